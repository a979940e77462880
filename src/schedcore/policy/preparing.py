"""From the events of a calendar to the rows of a `Prepared`: `prepare`.

Rules of this module:

1. What an event takes and to whom it shows is asked of `Sighting`, which answers for everybody: here for one who may
   know all. Nothing is decided here.
2. An event becomes rows if these give what it gives, else it is left as it is. It does where it has at most one rule,
   of a day or coarser and without times of its own; a start in a zone of IANA's, or a date in a calendar whose zone is
   known; no EXRULE, no period, no RANGE=THISANDFUTURE; and no RDATE where a cap ends it.
3. An override takes its instance out of the series as an EXDATE does, and is a row without a rule.
4. What takes no time is no row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

from schedcore.freebusy import Status
from schedcore.freebusy.taking import changed
from schedcore.ics import Calendar
from schedcore.ics.calendar import tracks_of
from schedcore.policy.calendars import PersonalCalendar
from schedcore.policy.caps import Caps, capped
from schedcore.policy.directory import Directory, Person
from schedcore.policy.prepared import Basis, Entry, Left, Prepared, Row
from schedcore.policy.rights import ALL, Sight
from schedcore.policy.sighting import Sighting
from schedcore.policy.visibility import Visibilities
from schedcore.recurrence.anatomy import arguments_of
from schedcore.recurrence.window import DAY, instant
from schedcore.zones import CustomZone, zone_of

__all__ = ["entry_of", "prepare"]

_EVERYTHING: Final = Sight(ALL, ALL, ALL)
_COARSE: Final = frozenset(("YEARLY", "MONTHLY", "WEEKLY", "DAILY"))
#: An override is one occurrence; a list of more RDATEs or EXDATEs than this is no longer quick to write as text.
_MOST_DATES: Final = 2_000


class _NoRow(Exception):
    """An event that does not fit into rows."""


def prepare(
    texts: Mapping[str, bytes | str],
    basis: Basis,
    native: frozenset[str] = frozenset(),
    versions: Mapping[str, str] | None = None,
) -> Prepared:
    """Make events ready for free/busy: by UID, each the text of a calendar with all components of that UID.

    `native` are the UIDs that were made here, `versions` those of the events, where somebody counts them.
    Errors as `Calendar.from_ical`. Cost: to read the texts.

    >>> text = "BEGIN:VEVENT\\nUID:1\\nDTSTART:20261019T120000Z\\nDTEND:20261019T130000Z\\nCLASS:PRIVATE\\nEND:VEVENT"
    >>> (row,) = prepare({"1": text}, Basis("", (), 20)).entries["1"].rows
    >>> row.start, row.tzid, row.duration, row.visibility, row.status
    ('20261019T120000', 'UTC', 'P0DT3600S', 2, 2)
    """
    known = {} if versions is None else versions
    return Prepared(
        basis,
        {uid: entry_of(text, basis, native=uid in native, version=known.get(uid, "")) for uid, text in texts.items()},
    )


def entry_of(text: bytes | str, basis: Basis, *, native: bool, version: str = "") -> Entry:
    """What the events of one UID take. Cost: some 100 microseconds."""
    try:
        return Entry(version, tuple(_Sorter(Calendar.from_ical(text), basis, native).rows()))
    except _NoRow:
        return Entry(version, (), Left(text if isinstance(text, str) else text.decode("utf-8", "replace"), native))


class _Sorter:
    """Makes rows of the events of a calendar, or finds that they are none."""

    def __init__(self, calendar: Calendar, basis: Basis, native: bool) -> None:
        self.calendar = calendar
        self.caps = Caps(never_ending=basis.never_ending)
        self.home = zone_of(basis.tz) if basis.tz else None
        uids = frozenset(one.uid for one in calendar.events if one.uid is not None) if native else frozenset()
        # Somebody who may know all, with the owner's addresses: no other member of a directory matters to them.
        its = PersonalCalendar("owner", calendar, tz=basis.tz or None, native=uids)
        directory = Directory([Person("owner", basis.addresses)])
        self.sighting = Sighting(_EVERYTHING, its, calendar, directory, self.caps)
        self.visibilities = Visibilities.of_calendar(calendar)

    def rows(self) -> Iterator[Row]:
        for track in tracks_of(self.calendar):
            series, known = track.series, self.sighting.of(track.event)
            overrides = arguments_of(series)["overrides"]
            if track.replaces is not None or any(one.this_and_future for one in overrides):
                raise _NoRow
            if self._zone(series) is None:
                raise _NoRow
            named = [one.recurrence_id for one in overrides]
            if not track.hidden and known.status is not Status.FREE:
                yield self._of_series(track.event, series, known, named)
            for one in changed(track):
                status = self.sighting.takes(one)
                if status is not Status.FREE:
                    yield from self._of_one(one, int(status))

    def _zone(self, series: Any) -> Any:
        """The zone in which a series happens, if rows can name it."""
        if series.kind == "date":
            return self.home
        if series.kind == "floating":
            return None
        zone = zone_of(series.dtstart.tzinfo)
        return None if isinstance(zone.tzinfo, CustomZone) else zone

    def _of_series(self, event: Any, series: Any, known: Any, named: list[Any]) -> Row:
        """The row of what no override changes."""
        given = arguments_of(series)
        if len(series.rules) > 1 or given["exrules"] or len(given["exdates"]) + len(given["rdates"]) > _MOST_DATES:
            raise _NoRow
        exdates = [*given["exdates"], *named]
        if known.end is not None:
            if given["rdates"]:
                raise _NoRow
            series = capped(series, self.caps)
        for rule in series.rules:
            if rule.freq not in _COARSE or rule.byhour or rule.byminute or rule.bysecond:
                raise _NoRow
        days, seconds = series._length
        if series.kind == "date" and seconds % DAY:
            raise _NoRow
        return Row(
            _local(series.dtstart),
            self._zone(series).key,
            f"P{days}DT{seconds}S" if series.kind != "date" else f"P{days + seconds // DAY}D",
            _rule(series) if series.rules else None,
            _dates(given["rdates"], series) or None,
            _dates(exdates, series) or None,
            int(self.visibilities.of(event)),
            int(known.status),
        )

    def _of_one(self, one: Any, status: int) -> Iterator[Row]:
        """The row of an override; none if it takes no time."""
        visibility = int(self.visibilities.of(one.event))
        if isinstance(one.start, datetime):
            if one.start.tzinfo is None:
                raise _NoRow
            length = instant(one.end) - instant(one.start)
            if length > 0:
                yield Row(_utc(one.start), "UTC", f"P0DT{length}S", None, None, None, visibility, status)
        else:
            assert self.home is not None
            days = (one.end - one.start).days
            yield Row(_local(one.start), self.home.key, f"P{days}D", None, None, None, visibility, status)


# --- values -----------------------------------------------------------------------------------------------------------


def _local(value: date) -> str:
    if not isinstance(value, datetime):
        return f"{value.year:04}{value:%m%d}T000000"
    return f"{value.year:04}{value:%m%dT%H%M%S}"


def _utc(value: datetime) -> str:
    return _local(value.astimezone(UTC))


def _rule(series: Any) -> str:
    """The rule of a series; of one of dates with an UNTIL that is a date, for its rows are times."""
    (rule,) = series.rules
    if series.kind == "date" and isinstance(rule.until, datetime):
        rule = rule.replace(until=rule.until.date(), strict=False)
    return str(rule)


def _dates(values: list[Any], series: Any) -> str:
    """A list of starts as a row has them; a period, and a start of another kind than the series, fits no row."""
    return ",".join(_date(value, series) for value in values)


def _date(value: Any, series: Any) -> str:
    if isinstance(value, tuple):
        raise _NoRow
    if series.kind == "date":
        return _local(value.date() if isinstance(value, datetime) else value)
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise _NoRow
    return _utc(value) + "Z"
