"""Calendars as bytes into a table: `SeriesTable.from_ical`.

Rules of this module:

1. A table of calendars says what `Calendar.from_ical` says of each of them. `_scan` and `_place` read in C what is
   plain, and `Calendar` the rest: single families of events where lines and zones are plain, else the whole text. The
   events that have become rows are then blanked out, line by line, so that line numbers in `problems` stay right.
2. A text that cannot be read, and what could not be read or was forgiven in one, is in `problems`, by the number of the
   text. Nothing stops the others. (One note is only there where `Calendar` read the text: that an override names an
   instance which does not exist. It is an occurrence of its own either way.)
3. A row is an event with its overrides. What `Calendar` read becomes a row as a whole `Series`; a series in which
   instances have different statuses becomes one row for each of them, in which all others are cancelled.
4. All-day events and floating times are put into the zone of their calendar (X-WR-TIMEZONE), else into the one that
   the caller names, else they stay without one. From there on they are series of that zone: an all-day event lasts
   days of the clock, a floating one as long as it says. (`Calendar` keeps both ends of a floating event on the wall
   clock; the two differ where the clocks change while it lasts, or at its start.)
5. The status of a row is what `freebusy.status_of` says of the words of its event. This room lies below that one and
   cannot ask it, so the rules stand here once more; `tests/bulk/test_from_ical.py` compares them word for word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta, tzinfo
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any, Final, Literal

from schedcore.bulk import columns
from schedcore.bulk._place import Placer
from schedcore.bulk._scan import WORDS
from schedcore.bulk.columns import Ints, Text
from schedcore.bulk.table import Problem, SeriesTable
from schedcore.errors import ColumnError, InvalidValue, SchedcoreError, shorten
from schedcore.ics.answers import address_of, partstat_of
from schedcore.ics.calendar import Calendar
from schedcore.ics.component import components_of, property_of
from schedcore.ics.text import Line, lines_of
from schedcore.ics.timezones import Uses, Zones
from schedcore.recurrence import Duration, Override, Rule, Series
from schedcore.recurrence.anatomy import arguments_of
from schedcore.recurrence.window import DAY, floating_key
from schedcore.zones import CustomZone, Zone, zone_of

if TYPE_CHECKING:
    from schedcore._column import Column
    from schedcore.ics.event import Event
    from schedcore.ics.grouping import Track

__all__ = ["CalendarTable", "from_ical"]

#: Zones that are remembered while texts are read: calendars share a few, strangers may bring one each.
_REMEMBERED: Final = 1024
_FREE, _TENTATIVE, _BUSY, _OUT_OF_OFFICE = range(4)
_NO_HOME: Final = -1
_BELOW_DAILY: Final = frozenset(("HOURLY", "MINUTELY", "SECONDLY"))


class CalendarTable(SeriesTable):
    """A `SeriesTable` of calendars: also which text each row comes from, and the UID of its event.

    `text` is a column of numbers, `uid` one of text, missing for events that have none.
    """

    __slots__ = ("text", "uid")

    text: Final[Column]
    uid: Final[Text]

    def __init__(self, placer: Placer, problems: tuple[Problem, ...]) -> None:
        super().__init__(placer.rows, problems)
        self.text, self.uid = placer.finish()


def from_ical(
    blobs: object,
    *,
    owner: object = None,
    address: str | None = None,
    tz: str | tzinfo | None = None,
    on_error: Literal["report", "raise"] = "report",
) -> CalendarTable:
    """Read calendars, each an iCalendar text (RFC 5545) as bytes or text, into one table; see `SeriesTable.from_ical`.

    >>> text = b"BEGIN:VCALENDAR\\nBEGIN:VEVENT\\nUID:a\\nDTSTART:20260302T090000Z\\nEND:VEVENT\\nEND:VCALENDAR"
    >>> table = from_ical([text, b"nothing", text])
    >>> table.text.tolist(), table.uid.tolist(), [problem.row for problem in table.problems]
    ([0, 2], ['a', 'a'], [1])
    """
    if on_error not in ("report", "raise"):
        raise InvalidValue(f"on_error={shorten(on_error)}: pass 'report' or 'raise'")
    texts = columns.text("blobs", [blobs] if isinstance(blobs, (bytes, str)) else blobs)
    owners = None if owner is None else columns.ints("owner", owner)
    if owners is not None and (len(owners) != len(texts) or any(one is None or one < 0 for one in owners.tolist())):
        raise ColumnError(f"owner: give one number from 0 on for each of the {len(texts)} texts")
    return _Reader(texts, owners, address, tz).table(on_error)


class _Reader:
    """Reads texts in C as far as that goes, and by `Calendar` where it does not."""

    def __init__(self, texts: Text, owners: Ints | None, address: str | None, tz: str | tzinfo | None) -> None:
        self.texts, self.owners = texts, owners
        self.address = None if address is None else address_of(address)
        self.problems: list[Problem] = []
        self.notes: list[Problem] = []
        self.known: dict[tuple[str, bytes | None, int | None], tuple[bytes, Zone, tuple[str, ...]]] = {}
        self.customs: dict[tzinfo, bytes] = {}
        self.tz = None if tz is None else zone_of(tz)
        wanted = None if self.address is None else self.address.encode("utf-8", "surrogatepass")
        self.placer = Placer(_statuses(), _meaning, self._zone, wanted)
        self.home = _NO_HOME if self.tz is None else self.placer.rows.add_zone(*self._named(self.tz))

    def table(self, on_error: str) -> CalendarTable:
        at = 0
        while at < len(self.texts):
            at, doubts, places = self.placer.read(self.texts, self.owners, at, self.home)
            if at < len(self.texts):
                self._by_calendar(at, doubts, places)
                at += 1
            if self.problems and on_error == "raise":
                raise ColumnError(f"{self.problems[0]}; on_error='report' reads the others")
        # Notes on zones come while a text is read, its other problems afterwards.
        problems = sorted((*self.problems, *self.notes), key=lambda one: one.row)
        if problems and on_error == "raise":
            raise ColumnError(f"{problems[0]}; on_error='report' reads the others")
        return CalendarTable(self.placer, tuple(problems))

    # --- zones --------------------------------------------------------------------------------------------------------

    def _zone(self, tzid: str, definition: bytes | None, first: int | None) -> tuple[bytes, Zone, bool]:
        """The zone of a TZID, for the kernel: its name in the table, itself, and whether there are notes on it."""
        year = None if first is None else _first_of_year(first)
        key = (tzid, definition, year)
        if key not in self.known:
            if len(self.known) >= _REMEMBERED:
                self.known.clear()
            lines = lines_of(b"" if definition is None else definition)[0]
            parts = [part for calendar in components_of(lines)[0] for part in calendar.parts]
            zones = Zones(parts, (), _Since(year))
            found = zone_of(zones.find(tzid))
            self.known[key] = (*self._named(found), tuple(zones.notes))
        name, zone, notes = self.known[key]
        number = self.placer.number
        for note in notes:
            if not any(one.row == number and one.reason == note for one in reversed(self.notes[-len(notes) :])):
                self.notes.append(Problem(number, "blobs", None, note))
        return name, zone, bool(notes)

    def _named(self, zone: Zone) -> tuple[bytes, Zone]:
        """A zone with the name that it has in the table: those that calendars define may share one with IANA's."""
        if isinstance(zone.tzinfo, CustomZone):
            return self.customs.setdefault(zone.tzinfo, b"\0%d" % len(self.customs)), zone
        return zone.key.encode(), zone

    # --- what is not plain --------------------------------------------------------------------------------------------

    def _by_calendar(self, number: int, doubts: list[str], places: list[tuple[int, int]]) -> None:
        """Read a text by `Calendar`, but for what is in the table already."""
        if not doubts:
            self.problems.append(Problem(number, "blobs", None, "the text is missing"))
            return
        data = self.placer.raw(self.texts, number)
        if not places:
            self.notes = [note for note in self.notes if note.row != number]  # they come again
        try:
            calendar = Calendar.from_ical(_without(data, places))
        except SchedcoreError as error:
            self.problems.append(Problem(number, "blobs", data[:200], str(error)))
            return
        for problem in calendar.problems:
            reason = problem.reason if problem.line is None else f"line {problem.line}: {problem.reason}"
            self.problems.append(Problem(number, "uid", problem.uid, reason))
        owner = number if self.owners is None else int(self.owners[number] or 0)
        home = self.tz if calendar.zone is None else zone_of(calendar.zone)
        for track in calendar._tracks:
            try:
                for series, status in self._told(track, home):
                    self.placer.rows.add_series(series, owner, status)
                    self.placer.note(number, None if track.event.uid is None else _encoded(track.event.uid))
            except SchedcoreError as error:
                self.problems.append(Problem(number, "uid", track.event.uid, str(error)))

    def _told(self, track: Track, home: Zone | None) -> Iterator[tuple[Series, int]]:
        """The series of a track, one for each status that its instances have."""
        series = track.series
        given = arguments_of(series)
        usual = None if track.hidden else self._status(track.event)
        shown = [None if one.cancelled else self._status(one.event or track.event) for one in given["overrides"]]
        if home is not None and series.kind != "zoned":
            given = _in_zone(given, home.tzinfo)
        if {status for status in shown if status is not None} <= {usual}:
            if usual is not None:
                yield Series(**given), usual
            return
        for wanted in sorted({usual, *shown} - {None}):  # type: ignore[type-var]
            overrides = [
                one if status == wanted else replace(one, cancelled=True)
                for one, status in zip(given["overrides"], shown, strict=True)
            ]
            if usual != wanted:
                first = Series(**{**given, "overrides": ()}).first()
                nothing = [] if first is None else [Override(first, cancelled=True, this_and_future=True)]
                overrides = [*nothing, *overrides]
            assert wanted is not None
            yield Series(**{**given, "overrides": overrides}), wanted

    def _status(self, event: Event) -> int:
        partstat = None if self.address is None else partstat_of(event, self.address)
        all_day = event.series.kind == "date"
        return _status_of(event.status, event.transp, event.busystatus, partstat, all_day)


class _Since(Uses):
    """When a text begins to use zones, where that is known."""

    def __init__(self, first: int | None) -> None:
        super().__init__(())
        self._first = first

    def first(self, tzid: str) -> int | None:
        return self._first


def _first_of_year(local: int) -> int:
    """Local seconds of the start of the year that a local second is in."""
    year = date.fromordinal(date(1970, 1, 1).toordinal() + local // DAY).year
    return floating_key(datetime(year, 1, 1))


def _meaning(params: bytes) -> tuple[str, bool, bool]:
    """What parameters of a date mean: the TZID or "", whether VALUE is DATE, and whether that is all of it."""
    prop = property_of(Line(0, f"X{params.decode()}:"))
    if prop is None:
        return "", False, False
    plain = prop.params.get("RANGE", "").upper() != "THISANDFUTURE"
    return prop.params.get("TZID", ""), prop.params.get("VALUE", "").upper() == "DATE", plain


def _encoded(uid: str) -> bytes:
    return uid.encode("utf-8", "replace")


def _without(data: bytes, places: Iterable[tuple[int, int]]) -> bytes:
    """A text in which some stretches are blank lines."""
    parts = []
    at = 0
    for begin, end in places:
        parts += [data[at:begin], b"\n" * data.count(b"\n", begin, end)]
        at = end
    return b"".join((*parts, data[at:]))


# --- statuses ---------------------------------------------------------------------------------------------------------

_CERTAIN: Final = {"CANCELLED": _FREE, "TENTATIVE": _TENTATIVE}
_ANSWERED: Final = {None: _BUSY, "ACCEPTED": _BUSY, "DECLINED": _FREE, "DELEGATED": _FREE}
_SAID: Final = {"FREE": _FREE, "TENTATIVE": _TENTATIVE, "OOF": _OUT_OF_OFFICE, "WORKINGELSEWHERE": _FREE}


def _status_of(
    status: str | None, transp: str | None, busystatus: str | None, partstat: str | None, all_day: bool
) -> int:
    """What `freebusy.status_of` says; words in capitals."""
    answer = None if partstat is None else partstat.strip().upper()
    certain = min(_CERTAIN.get(status or "", _BUSY), _ANSWERED.get(answer, _TENTATIVE))
    if certain == _FREE or transp == "TRANSPARENT":
        return _FREE
    usual = _FREE if all_day and transp is None else _BUSY
    said = usual if busystatus is None else _SAID.get(busystatus, _BUSY)
    return certain if said == _BUSY else said


@cache
def _statuses() -> bytes:
    """The status of all words that the scanner tells apart, in the order that `_place.status_at` counts them."""
    words = (WORDS["status"], WORDS["transp"], WORDS["busystatus"], WORDS["partstat"], (False, True))
    return bytes(_status_of(*said) for said in product(*words))


# --- days and floating times in a zone --------------------------------------------------------------------------------


def _in_zone(given: dict[str, Any], zone: tzinfo) -> dict[str, Any]:
    """What a series of dates or floating times is made of, put into a zone, as `recurrence.gather` reads it."""
    dates = not isinstance(given["dtstart"], datetime)

    def moment(value: Any) -> Any:
        if dates:
            return datetime.combine(value, time(), zone)  # of a datetime it takes the date
        return value.replace(tzinfo=zone) if isinstance(value, datetime) else value

    def length(value: Any) -> Any:
        if not dates or value is None:
            return value
        days = value.days if isinstance(value, timedelta) else value.days + value.seconds // DAY
        return Duration(days=days)

    def start(value: Any) -> Any:
        if not isinstance(value, tuple):
            return moment(value)
        return moment(value[0]), moment(value[1]) if isinstance(value[1], date) else length(value[1])

    def below(rules: Iterable[Rule]) -> list[Rule]:
        return [rule for rule in rules if dates and rule.freq in _BELOW_DAILY]

    def local(rules: Iterable[Rule]) -> list[Rule]:
        return [_local_rule(rule, dates) for rule in rules if not dates or rule.freq not in _BELOW_DAILY]

    def moved(one: Override) -> Override:
        return replace(
            one,
            recurrence_id=moment(one.recurrence_id),
            start=None if one.start is None else moment(one.start),
            end=None if one.end is None else moment(one.end),
            duration=length(one.duration),
        )

    return {
        **given,
        "dtstart": moment(given["dtstart"]),
        "rule": local(given["rule"]),
        "exrules": local(given["exrules"]),
        "duration": Duration(days=1) if dates and given["duration"] is None else length(given["duration"]),
        "rdates": [start(value) for value in given["rdates"]],
        # An EXRULE below DAILY takes DTSTART from a series of dates, and nothing else (`recurrence.fitting`).
        "exdates": [
            moment(value) for value in (*given["exdates"], *(given["dtstart"] for _ in below(given["exrules"])))
        ],
        "overrides": [moved(one) for one in given["overrides"]],
    }


def _local_rule(rule: Rule, dates: bool) -> Rule:
    """A rule as it is read for dates or floating times: without times of day, and with a local UNTIL."""
    if dates and (rule.byhour or rule.byminute or rule.bysecond):
        rule = rule.replace(byhour=(), byminute=(), bysecond=(), strict=False)
    until = rule.until
    if isinstance(until, datetime) and (dates or until.tzinfo is not None):
        rule = rule.replace(until=until.date() if dates else until.replace(tzinfo=None), strict=False)
    return rule
