"""Free/busy and times to meet from prepared calendars, as somebody in particular may know them.

The same answers as those of `asking`, which asks calendars: that is a property test. What differs is the cost. Rows of
a prepared calendar are expanded for everybody alike, and become the viewer's by a look-up for each stretch; only events
that are no rows are asked one by one.

Rules of this module:

1. Whose a calendar is, and who has a right to it, comes with each question (`Asked.calendar`), and so does the
   directory. Nothing of a viewer is kept between two questions.
2. A calendar of which a viewer may know nothing is not looked at: not its rows, and not whether it is prepared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from schedcore._column import column_of
from schedcore.errors import Cancelled, InvalidValue, shorten
from schedcore.freebusy import FreeBusy, Merged, Owned, Status, Unreadable, find_times, merge, query
from schedcore.freebusy.asking import MAX_STARTS
from schedcore.freebusy.clocks import seconds_of
from schedcore.freebusy.query import ON_UNKNOWN, bounds_of, owned_by, team_of
from schedcore.policy.asking import MEETINGS, around, aware, met, stretches_of
from schedcore.policy.calendars import ExternalCalendar
from schedcore.policy.caps import Caps
from schedcore.policy.columns import Sights
from schedcore.policy.sighting import NOT_SHARED, Sighting, content_of
from schedcore.policy.visibility import Fields
from schedcore.recurrence.window import instant

if TYPE_CHECKING:
    from schedcore._cancel import CancelToken
    from schedcore._column import Column
    from schedcore.freebusy import Found, Wanted
    from schedcore.freebusy.query import OnUnknown
    from schedcore.ics import Event
    from schedcore.policy.calendars import AnyCalendar, Viewer
    from schedcore.policy.directory import Directory
    from schedcore.policy.prepared import Ready

__all__ = ["Asked", "find_times_prepared", "freebusy_prepared"]

_TOUCHED: Final = Fields.SUBJECT | Fields.REST


class Asked(NamedTuple):
    """A calendar of which free/busy is asked: whose it is, and its events; without them, why it cannot be read."""

    calendar: AnyCalendar
    ready: Ready | None


def freebusy_prepared(
    viewer: Viewer,
    asked: Sequence[Asked | None],
    start: date | datetime,
    end: date | datetime,
    *,
    directory: Directory,
    tz: str | tzinfo = "UTC",
    caps: Caps | None = None,
    on_unknown: OnUnknown = "report",
    cancel: CancelToken | None = None,
) -> FreeBusy:
    """Tell what `freebusy_as` tells, from prepared calendars. None among them is one that is shared with nobody.

    `caps` and the directory's addresses must be those that the calendars were prepared for. Cancelled if `cancel` is
    set; else errors as `freebusy_as`. Cost: rights once a calendar, some 10 microseconds for each to expand a week of
    100 events, and one merge.

    >>> from schedcore.policy import Directory, PersonalCalendar
    >>> from schedcore.policy.prepared import Basis
    >>> from schedcore.policy.preparing import prepare
    >>> text = "BEGIN:VEVENT\\nUID:1\\nDTSTART:20261019T120000Z\\nDTEND:20261019T130000Z\\nEND:VEVENT"
    >>> its = Asked(PersonalCalendar("anna", None), prepare({"1": text}, Basis("", (), 20)).ready())
    >>> for viewer in ("anna", "eve"):
    ...     answer = freebusy_prepared(viewer, [its], date(2026, 10, 19), date(2026, 10, 20), directory=Directory())
    ...     print(viewer, len(answer.people), dict(answer.unknown))
    anna 1 {}
    eve 0 {0: 'nothing of this calendar is shared with you'}
    """
    begin, stop, asker = bounds_of(start, end, tz)
    window = instant(begin), instant(stop)
    if on_unknown not in ON_UNKNOWN:
        raise InvalidValue(f"on_unknown={shorten(on_unknown)}: give one of {', '.join(ON_UNKNOWN)}")
    looked = _Looked(viewer, asked, directory, Caps() if caps is None else caps, cancel)
    parts = [looked.rows(*window), *looked.rest(begin, stop, asker)]
    if on_unknown == "busy" and window[0] < window[1]:
        parts += [merge([owner], window[:1], window[1:]) for owner in looked.unknown]
    people = parts[0] if len(parts) == 1 else _together(parts, cancel)
    team = people if len(asked) == 1 else team_of(people)
    return FreeBusy(*window, people, team, len(asked), looked.unknown, on_unknown)


def find_times_prepared(
    viewer: Viewer,
    asked: Sequence[Asked | None],
    wanted: Wanted,
    start: date,
    end: date,
    *,
    directory: Directory,
    tz: str | tzinfo = "UTC",
    caps: Caps | None = None,
    now: date | None = None,
    limit: int | None = None,
    explain: bool = False,
    cancel: CancelToken | None = None,
    max_starts: int = MAX_STARTS,
) -> Found:
    """Find the times that `find_times_as` finds, from prepared calendars; errors as that.

    >>> from datetime import timedelta
    >>> from schedcore.freebusy import Wanted
    >>> from schedcore.policy import Directory
    >>> wanted = Wanted(timedelta(hours=1), required=[0], on_unknown="busy")
    >>> len(find_times_prepared("eve", [None], wanted, date(2026, 10, 19), date(2026, 10, 20), directory=Directory()))
    0
    """
    caps = Caps() if caps is None else caps
    begin, stop, asker = bounds_of(start, end, tz)
    low = aware(instant(begin) - seconds_of(wanted.before, "before"))
    high = aware(instant(stop) + seconds_of(wanted.after, "after"))
    answer = freebusy_prepared(viewer, asked, low, high, directory=directory, tz=tz, caps=caps, cancel=cancel)
    meetings = None
    if wanted.most_a_day is not None:
        looked = _Looked(viewer, asked, directory, caps, cancel)
        meetings = looked.meetings(*around(begin, stop), asker)
    return find_times(
        answer,
        replace(wanted, zones=_zones(wanted, asked, answer.unknown)),
        start,
        end,
        tz=tz,
        now=now,
        meetings=meetings,
        limit=limit,
        explain=explain,
        cancel=cancel,
        max_starts=max_starts,
    )


def _zones(wanted: Wanted, asked: Sequence[Asked | None], unknown: Mapping[int, str]) -> Any:
    """Each one's zone: what is wanted, of their hours, of their calendar if anything of it may be known."""
    if wanted.zones is not None and not isinstance(wanted.zones, Mapping):
        return wanted.zones
    found = dict(wanted.zones or {})
    for owner, one in enumerate(asked):
        hours = wanted.hours.get(owner) if isinstance(wanted.hours, Mapping) else wanted.hours
        known = one is not None and owner not in unknown
        if known and owner not in found and getattr(hours, "tzinfo", None) is None:
            assert one is not None
            if one.calendar.tz is not None:
                found[owner] = one.calendar.tz
    return found


class _Looked:
    """The calendars of a question as a viewer may know them: which are unknown, and what the others take."""

    def __init__(
        self,
        viewer: Viewer,
        asked: Sequence[Asked | None],
        directory: Directory,
        caps: Caps,
        cancel: CancelToken | None,
    ) -> None:
        self.directory, self.caps, self.cancel = directory, caps, cancel
        self.unknown: dict[int, str] = {}
        there = [(owner, one) for owner, one in enumerate(asked) if one is not None]
        self.sights = Sights(viewer, [one.calendar for _, one in there], directory)
        self.known: list[tuple[int, int, Asked, Ready]] = []
        self.unknown = {owner: NOT_SHARED for owner, one in enumerate(asked) if one is None}
        for place, (owner, one) in enumerate(there):
            if self.sights.sights[place].is_blind:
                self.unknown[owner] = NOT_SHARED
            elif one.ready is None:
                told = content_of(viewer, one.calendar, directory)[1]
                assert isinstance(told, Unreadable)
                self.unknown[owner] = told.reason
            else:
                self.known.append((owner, place, one, one.ready))
        self.unknown = dict(sorted(self.unknown.items()))

    # --- rows ---------------------------------------------------------------------------------------------------------

    def rows(self, lo: int, hi: int) -> Merged:
        """What the rows of all take, as the viewer may know it."""
        found = [(owner, place, ready.taken(lo, hi, self.cancel)) for owner, place, _, ready in self.known]
        if len(found) == 1:
            owner, place, one = found[0]
            shown = self.sights.of_calendar(place, one, self.cancel)
            return shown if owner == place else owned_by(shown, owner)
        return self._shown([one for one in found if len(one[2])])

    def _shown(self, found: list[tuple[int, int, Merged]]) -> Merged:
        import numpy as np

        if not found:
            return merge([], [], [])
        sizes = [len(one) for *_, one in found]
        places = np.repeat(np.array([place for _, place, _ in found], np.int64), sizes)
        start, end, status, visibility = (
            np.concatenate([np.asarray(getattr(one, name)) for *_, one in found])
            for name in ("start", "end", "status", "owner")
        )
        shown = self.sights.merge(places, start, end, status, visibility=visibility, cancel=self.cancel)
        owners = np.zeros(len(self.sights.sights), np.int64)
        for owner, place, _ in found:
            owners[place] = owner
        return _owned(shown, column_of(owners[np.asarray(shown.owner)].tolist()))

    # --- what is no row -----------------------------------------------------------------------------------------------

    def sightings(self) -> list[tuple[int, Sighting]]:
        """The calendars of what is no row, as the viewer may know them."""
        found = []
        for owner, place, one, ready in self.known:
            if ready.rest is not None:
                calendar: Any = one.calendar
                if not isinstance(calendar, ExternalCalendar):
                    calendar = replace(calendar, native=ready.native)
                known = self.sights.sights[place]
                found.append((owner, Sighting(known, calendar, ready.rest, self.directory, self.caps)))
        return found

    def rest(self, begin: datetime, stop: datetime, asker: tzinfo) -> list[Merged]:
        """What they take, if there are any."""
        sightings = self.sightings()
        if not sightings:
            return []
        people = query([self._cancellable(one) for _, one in sightings], begin, stop, tz=asker).people
        return [_owned(people, column_of([sightings[place][0] for place in people.owner.tolist()]))]

    def _cancellable(self, sighting: Sighting) -> Owned:
        """A calendar that is asked event by event, as long as nobody has cancelled the question."""

        def keep(event: Event) -> bool:
            if self.cancel is not None and self.cancel.is_cancelled:
                raise Cancelled("the question was cancelled; nothing of it was kept")
            return sighting.blocks(event)

        return replace(sighting.owned, keep=keep)

    # --- meetings of a day --------------------------------------------------------------------------------------------

    def meetings(self, low: datetime, high: datetime, asker: tzinfo) -> tuple[list[int], list[int]]:
        """Owner and start of each meeting that the viewer sees in a window: what shows as one, and taken stretches."""
        starts: dict[int, list[int]] = {owner: [] for owner, *_ in self.known}
        blocks: dict[int, list[tuple[int, int, Status]]] = {owner: [] for owner, *_ in self.known}
        for owner, place, _, ready in self.known:
            self._met(ready, place, (instant(low), instant(high)), starts[owner], blocks[owner])
        for owner, sighting in self.sightings():
            more, taken = met(sighting, low, high, asker)
            starts[owner] += more
            blocks[owner] += taken
        found = [(owner, at) for owner, its in starts.items() for at in (*its, *stretches_of(blocks[owner]))]
        return [owner for owner, _ in found], [at for _, at in found]

    def _met(
        self,
        ready: Ready,
        place: int,
        window: tuple[int, int],
        starts: list[int],
        blocks: list[tuple[int, int, Status]],
    ) -> None:
        if ready.table is None:
            return
        found = ready.table.overlapping(*window, cancel=self.cancel)
        visibilities, statuses = ready.kinds
        for row, a, b in zip(found.series.tolist(), found.start.tolist(), found.end.tolist(), strict=True):
            fields = self.sights.sights[place][visibilities[row]]
            status = Status(statuses[row]) if fields & Fields.STATUS else Status.BUSY
            if fields & _TOUCHED:
                starts += [a] if status in MEETINGS and a < b else []
            elif fields & Fields.TIMES:
                blocks.append((a, b, status))


# --- columns ----------------------------------------------------------------------------------------------------------


def _together(parts: Sequence[Merged], cancel: CancelToken | None) -> Merged:
    import numpy as np

    columns = [
        np.concatenate([np.asarray(getattr(one, name)) for one in parts])
        for name in ("owner", "start", "end", "status")
    ]
    return merge(*columns, cancel=cancel)


def _owned(found: Merged, owner: Column) -> Merged:
    """Merged stretches under other numbers, in the same order."""
    return Merged(owner, found.start, found.end, found.status)
