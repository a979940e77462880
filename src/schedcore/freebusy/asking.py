"""From what is wanted to the columns of the kernel `_find`, and back from its answer to slots and reasons.

Rules of this module:

1. Whoever is asked is a row (see `people`), and has full days.
2. Busy time matters beyond the window by the buffers, and by whole days for the count of meetings. Calendars are asked
   for as much; a free/busy answer that covers less is refused, for what it does not cover would be taken for free.
3. Somebody whose calendar could not be read is neither free nor busy. With on_unknown="report" they are in nobody's
   way, and of those of whom some suffice they are not counted: only those who are known to be free suffice. A room of
   which nothing is known is not given away unless unknown means free.
4. Explanations are worked out when somebody looks at them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, tzinfo
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from schedcore._column import Column, column_of
from schedcore.errors import InvalidValue, shorten
from schedcore.freebusy._find import Search, Survey
from schedcore.freebusy._grid import full_days, grid, nearest
from schedcore.freebusy.clocks import Run, days, joined, moment, runs, seconds_of
from schedcore.freebusy.merging import Merged
from schedcore.freebusy.people import OPTIONAL, REQUIRED, ROOM, SOME, People
from schedcore.freebusy.query import FreeBusy, Unreadable, query, stretches
from schedcore.freebusy.slots import STATUS_WHY, Reason, Refusal, Slot, Why
from schedcore.freebusy.status import Status
from schedcore.freebusy.wanted import Room, Wanted
from schedcore.recurrence.window import DAY, MAX_KEY, MIN_KEY
from schedcore.zones import zone_of

if TYPE_CHECKING:
    from schedcore.freebusy.query import Asked

__all__ = ["MAX_STARTS", "Busy", "Look", "Question"]

#: A minute's grid over half a year, 20 MB while it is looked at; whoever wants more asks for parts.
MAX_STARTS: Final = 250_000

#: What is in the way, as the kernel numbers it.
BUSY, CLOSED, FULL = range(3)
#: Before every start there is: nothing is too early.
NEVER: Final = -(2**62)
#: What a count of meetings may need beyond the window: the rest of its first and last day in any zone, twice over.
MARGIN: Final = 2 * DAY

#: Where busy time comes from: merged columns, the answer of a query, or calendars, whose places are the owners.
Busy = Merged | FreeBusy | Sequence["Asked"]


class Question:
    """One question as the kernel takes it: `search`, the `starts` of the grid, and who stands in which row."""

    def __init__(
        self,
        busy: Busy,
        wanted: Wanted,
        start: date,
        end: date,
        tz: str | tzinfo,
        now: date | None,
        unknown: Iterable[int],
        meetings: tuple[Iterable[int], Iterable[int]] | None,
        max_starts: int,
    ) -> None:
        self.wanted = wanted
        self.zone = zone_of(tz)
        asker = self.zone.tzinfo
        self.start, self.end = moment(start, asker, "start"), moment(end, asker, "end")
        if self.end < self.start:
            raise InvalidValue(f"the window ends at {shorten(end)}, before its start {shorten(start)}; swap them")
        self.duration = seconds_of(wanted.duration, "duration")
        self.before, self.after = seconds_of(wanted.before, "before"), seconds_of(wanted.after, "after")
        self.earliest = self._earliest(now, asker)
        self.starts = self._grid(max_starts)
        self.calendars: Sequence[Asked] = () if isinstance(busy, (Merged, FreeBusy)) else busy
        merged = self._merged(busy, unknown)
        self.people = People(wanted, self.zone, self.calendars, self.unknown, (self.start, self.end))
        self.owners, self.roles = self.people.owner, self.people.role
        of_person, full = self._full_days(meetings)
        self.search = Search(
            (merged.owner, merged.start, merged.end, merged.status),
            (
                self.owners,
                self.roles,
                self.people.zone,
                self.people.closed_first,
                self.people.closed_last,
                *of_person,
            ),
            self.people.closed,
            full,
            self._held(asker),
            self._runs(),
            duration=self.duration,
            before=self.before,
            after=self.after,
            earliest=self.earliest,
            blocking=int(Status.BUSY if wanted.tentative == "free" else Status.TENTATIVE),
            spare=self.people.some - wanted.needed,
            needs_room=bool(wanted.rooms),
        )

    def _grid(self, most: int) -> Column:
        """The starts on the grid; done before any calendar is opened.

        Where they are twice too many the zone is not asked: a day of 23 hours does not make them half as many.
        """
        step, offset = seconds_of(self.wanted.grid, "grid"), seconds_of(self.wanted.offset, "offset")
        last = self.end - self.duration
        if (last - self.start) // step > 2 * most:
            return grid((Run(self.start, self.end, 0),), self.start, last, step, offset, most)
        found = runs(self.zone, self.start, self.end)
        return grid(found, self.start, last, step, offset, most)

    def _earliest(self, now: date | None, asker: tzinfo) -> int:
        notice = seconds_of(self.wanted.notice, "notice")
        if now is None:
            if notice:
                raise InvalidValue(f"notice={shorten(self.wanted.notice)} is counted from now: pass now=")
            return NEVER
        return moment(now, asker, "now") + notice

    # --- busy time ----------------------------------------------------------------------------------------------------

    def _merged(self, busy: Busy, unknown: Iterable[int]) -> Merged:
        """The merged columns, wherever they come from; finds out who is unknown."""
        low, high = self.start - self.before, self.end + self.after
        if isinstance(busy, Merged):
            self.unknown = frozenset(unknown)
            return busy
        answer = busy if isinstance(busy, FreeBusy) else self._query(busy, low, high)
        if answer is busy and (answer.start > low or answer.end < high):
            raise InvalidValue(
                f"the free/busy answer covers [{answer.start}, {answer.end}), but [{low}, {high}) is needed, the window"
                " and the buffers around it; query as much"
            )
        self.unknown = frozenset(unknown) | frozenset(answer.unknown)
        return answer.people

    def _query(self, calendars: Sequence[Asked], low: int, high: int) -> FreeBusy:
        named = (*self.wanted.required, *self.wanted.optional, *self.wanted.any_of)
        for owner in (*named, *(room.owner for room in self.wanted.rooms if isinstance(room, Room))):
            if owner >= len(calendars):
                raise InvalidValue(f"owner {owner} has no calendar: there are {len(calendars)}, numbered from 0")
        return query(calendars, _aware(low), _aware(high), tz=self.zone.tzinfo)

    def _meetings(self) -> tuple[list[int], list[int]]:
        """Owner and start of each meeting in the calendars, for the count of a day."""
        owners, starts = [], []
        begin, stop = _aware(self.start - MARGIN), _aware(self.end + MARGIN)
        for owner, calendar in enumerate(self.calendars):
            if owner in self.unknown:
                continue
            assert calendar is not None and not isinstance(calendar, (Unreadable, BaseException))  # else it is unknown
            for one in stretches(calendar, begin, stop, tz=self.zone.tzinfo):
                if one.status in (Status.TENTATIVE, Status.BUSY):  # being away is no meeting
                    owners.append(owner)
                    starts.append(one.start)
        return owners, starts

    # --- people -------------------------------------------------------------------------------------------------------

    def _full_days(
        self, meetings: tuple[Iterable[int], Iterable[int]] | None
    ) -> tuple[tuple[Column, Column], tuple[Column, Column]]:
        """The stretches of starts that are taken whatever is in the calendar: first and last of each row, and they."""
        spans: list[tuple[int, int]] = []
        first, last = [0] * len(self.owners), [0] * len(self.owners)
        if self.wanted.most_a_day is not None:
            begins, ends, firsts, lasts = self._count_meetings(meetings)
            spans += zip(begins.tolist(), ends.tolist(), strict=True)
            first[: len(firsts)], last[: len(lasts)] = firsts.tolist(), lasts.tolist()
        if self.unknown:
            for row, (owner, role) in enumerate(zip(self.owners.tolist(), self.roles.tolist(), strict=True)):
                said = self.wanted.on_unknown
                if owner in self.unknown and (said == "busy" or (role == ROOM and said == "report")):
                    first[row], last[row] = len(spans), len(spans) + 1
                    spans.append((self.start, self.end))
        return (column_of(first), column_of(last)), (column_of(a for a, _ in spans), column_of(b for _, b in spans))

    def _count_meetings(self, meetings: tuple[Iterable[int], Iterable[int]] | None) -> tuple[Column, ...]:
        """The days on which people have enough meetings: their bounds, and first and last of each person."""
        if meetings is None:
            if not self.calendars:
                raise InvalidValue(
                    f"most_a_day={self.wanted.most_a_day} counts meetings, of which merged stretches hide the number:"
                    " pass meetings=(owners, starts), or calendars"
                )
            meetings = self._meetings()
        owners, starts = (column_of(column) for column in meetings)
        if len(owners) != len(starts):
            raise InvalidValue(f"meetings: {len(owners)} owners, {len(starts)} starts; give columns of one length")
        edges = [days(runs(zone, self.start - MARGIN, self.end + MARGIN)) for zone in self.people.zones]
        count = self.people.count
        known = sorted((self.owners[place], place) for place in range(count))
        return full_days(
            owners,
            starts,
            column_of(owner for owner, _ in known),
            column_of(place for _, place in known),
            column_of(self.people.zone[place] for place in range(count)),
            _firsts(edges),
            column_of(edge for its in edges for edge in its),
            self.wanted.most_a_day or 0,
        )

    # --- what concerns nobody in particular ---------------------------------------------------------------------------

    def _held(self, asker: tzinfo) -> tuple[Column, ...]:
        spans = []
        for pair in self.wanted.holds:
            a, b = (second if type(second) is int else moment(second, asker, "holds") for second in pair)  # type: ignore[arg-type]
            if b < a:
                raise InvalidValue(f"holds: {shorten(pair)} ends before it starts; swap them")
            if a < b:
                spans.append((a, b))
        held = joined(spans)
        return column_of(a for a, _ in held), column_of(b for _, b in held)

    def _runs(self) -> tuple[Column, ...]:
        found = [runs(zone, self.start, self.end) for zone in self.people.zones]
        flat = [run for its in found for run in its]
        return _firsts(found), *(column_of(run[i] for run in flat) for i in range(3))


class Look:
    """Looks things up in a survey of some starts: slots, refusals, and why there is nothing."""

    def __init__(self, asked: Question, survey: Survey) -> None:
        self.asked = asked
        self.survey = survey
        self.duration = asked.duration

    def slot(self, place: int) -> Slot:
        """The slot at a place of the survey."""
        survey, asked = self.survey, self.asked
        start = survey.starts[place]
        missing = {
            asked.owners[row]
            for row, *_ in asked.search.in_the_way(start)
            if row >= 0 and asked.roles[row] in (SOME, OPTIONAL)
        }
        room = survey.room[place]
        return Slot(
            start,
            start + asked.duration,
            tuple(sorted(missing)),
            survey.tentative[place],
            survey.most[place],
            survey.total[place],
            asked.owners[room] if room >= 0 else None,
        )

    def refused(self) -> Column:
        """The places of the starts that do not work."""
        return self.survey.working(False)

    def refusal(self, place: int) -> Refusal:
        """Why the start at a place does not work."""
        asked = self.asked
        start = self.survey.starts[place]
        ways: dict[int, list[Reason]] = {role: [] for role in (REQUIRED, SOME, OPTIONAL, ROOM, -1)}
        for row, kind, a, b, status in asked.search.in_the_way(start):
            ways[asked.roles[row] if row >= 0 else -1].append(self._reason(row, kind, a, b, status))
        reasons = [Reason(Why.NOTICE, None, None, asked.earliest)] if start < asked.earliest else []
        reasons += ways[-1] + ways[REQUIRED]
        if self._short(place):
            reasons += [Reason(Why.TOO_FEW), *ways[SOME]]
            if asked.wanted.on_unknown == "report":
                reasons += [Reason(Why.UNKNOWN, owner) for owner in asked.wanted.any_of if owner in asked.unknown]
        if asked.wanted.rooms and self.survey.room[place] < 0:
            reasons += [Reason(Why.NO_ROOM), *ways[ROOM]]
        return Refusal(start, start + asked.duration, tuple(reasons), self._lacking(place), self._move(place))

    def nearness(self, place: int) -> tuple[int, bool, int, int]:
        """What near misses are ordered by: people lacking, whether and how far it would have to move, the start."""
        move = self._move(place)
        return self._lacking(place), move is None, abs(move or 0), self.survey.starts[place]

    def why_none(self) -> str:
        """Say in words why no start works."""
        asked, survey = self.asked, self.survey
        if asked.end - asked.start < asked.duration:
            return f"the window is {asked.end - asked.start} seconds long, the meeting takes {asked.duration}"
        if not len(survey.starts):
            return "no start on the grid lies in the window early enough for the meeting to end in it"
        columns = zip(survey.starts.tolist(), survey.required.tolist(), survey.held.tolist(), strict=True)
        early = lacking = held = 0
        for start, away, held_there in columns:
            early += start < asked.earliest
            lacking += away > 0
            held += held_there > 0
        places = range(len(survey.starts))
        counts = {
            "somebody required cannot come": lacking,
            "too few of any_of can come": sum(self._short(place) > 0 for place in places),
            "no room is free": sum(survey.room[place] < 0 for place in places) if asked.wanted.rooms else 0,
            "it is on offer elsewhere": held,
            "the notice is too short": early,
        }
        said = [f"at {count} {what}" for what, count in counts.items() if count]
        said += [f"owner {owner} has no hours in the window" for owner in asked.people.never_open()]
        if asked.wanted.on_unknown == "busy":
            lost = [owner for owner in asked.wanted.required if owner in asked.unknown]
            said += [f"the calendar of owner {owner} is unknown" for owner in lost]
        return f"none of {len(survey.starts)} starts works: {', '.join(said)}"

    def _reason(self, row: int, kind: int, a: int, b: int, status: int) -> Reason:
        if row < 0:
            return Reason(Why.HELD, None, a, b)
        owner = self.asked.owners[row]
        if kind == BUSY:
            return Reason(STATUS_WHY[Status(status)], owner, a, b)
        if kind == CLOSED:
            return Reason(Why.HOURS, owner, a, b)
        return Reason(Why.UNKNOWN, owner) if owner in self.asked.unknown else Reason(Why.DAY_FULL, owner, a, b)

    def _short(self, place: int) -> int:
        """How many more of any_of would have to be free."""
        asked = self.asked
        return max(asked.wanted.needed - (asked.people.some - self.survey.some[place]), 0)

    def _lacking(self, place: int) -> int:
        return self.survey.required[place] + self._short(place)

    def _move(self, place: int) -> int | None:
        return None if self._moves is None else self._moves[place]

    @cached_property
    def _moves(self) -> Column | None:
        """How far each start is from the nearest that works, on the grid or not; None if none works."""
        asked = self.asked
        low, high = max(asked.start, asked.earliest), asked.end - asked.duration
        if low > high:
            return None
        works = asked.search.survey(asked.search.edges(low, high), scores=False)
        places = works.working()
        if not len(places):
            return None
        return nearest(self.survey.starts, column_of(works.starts[i] for i in places.tolist()))


def _firsts(groups: Sequence[Sequence[Any]]) -> Column:
    """Where each group begins when all stand in one column, and where the last one ends."""
    firsts = [0]
    for group in groups:
        firsts.append(firsts[-1] + len(group))
    return column_of(firsts)


def _aware(second: int) -> datetime:
    """An instant as a datetime; what lies outside of the years 1 to 9999 is their edge."""
    return datetime.fromtimestamp(min(max(second, MIN_KEY + 2 * DAY), MAX_KEY - 2 * DAY - 1), UTC)
