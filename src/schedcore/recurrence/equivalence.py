"""Whether two rules give the same occurrences for a DTSTART, decided exactly and without walking through them all.

Rules of this module:

1. What is compared are starts, DTSTART included (reading 8). COUNT and UNTIL need not be alike, only what they leave.
2. A rule without its bounds repeats: after 400 years the calendar does, INTERVAL after so many periods, both after
   their least common multiple (`_cycle`). What agrees through one cycle of both rules agrees for ever.
3. So the rules without bounds are compared from DTSTART to where the first of both ends, and no further than a cycle;
   then the last starts.
4. Where every day that a rule has gets the same times (`_Grid`), days and times are compared apart: 146,097 days
   and 86,400 seconds at most, where both together are 12.6 thousand million. That is every rule but those with BYSETPOS
   among several times in a week or more, and those whose steps do not divide a day (every 7 hours).
5. The others are compared in columns of some thousand starts, from DTSTART on. Rules that differ mostly do so in the
   first; of rules that agree, those of the same steps are settled by rule 4, for steps apart they are grids. What is
   left costs some 30 ns a start of one cycle: a second for MINUTELY, minutes for the worst of SECONDLY.
6. In a zone two local times can be one instant. Rules with different local times are compared by their instants, from
   the first difference on.
"""

from __future__ import annotations

from datetime import date
from math import lcm
from typing import TYPE_CHECKING, Final, NamedTuple

from schedcore._column import Column, column_of, difference
from schedcore._zone import local_seconds
from schedcore.errors import SeriesError, shorten
from schedcore.recurrence.anatomy import Anatomy
from schedcore.recurrence.fitting import compiled
from schedcore.recurrence.rule import Rule
from schedcore.recurrence.series import Series
from schedcore.recurrence.window import DAY, MAX_KEY

if TYPE_CHECKING:
    from schedcore._plan import Plan
    from schedcore._stream import Stream

__all__ = ["equivalent"]

_CYCLE_DAYS: Final = 146_097  # 400 years, a whole number of weeks
_CYCLE_YEARS: Final = 400
_CHUNK: Final = 65_536  # starts compared at a time: half a MiB for each rule
_END: Final = 253_402_300_800  # the first local second after 9999
_SLACK: Final = 2 * DAY  # no change of a clock moves a time by more than a day
_UNITS: Final = {"WEEKLY": 7 * DAY, "DAILY": DAY, "HOURLY": 3600, "MINUTELY": 60, "SECONDLY": 1}
_BELOW_DAILY: Final = ("HOURLY", "MINUTELY", "SECONDLY")


def equivalent(one: Rule, other: Rule, dtstart: date) -> bool:
    """Tell whether both rules give the same starts for this DTSTART; see `Rule.equivalent`."""
    if not isinstance(other, Rule):
        raise SeriesError(f"{shorten(other)} is no Rule: pass one, or Rule.parse(text)")
    first, second = (Series(dtstart, rule, strict=False) for rule in (one, other))
    if one == other:
        return True
    bodies = Anatomy(first), Anatomy(second)
    lives = [live for body in bodies for live in body.live]
    if len(lives) < 2:  # a rule that gives nothing beside this DTSTART, or DTSTART alone
        return bool(first.take(2) == second.take(2))
    kind, local = first.kind, local_seconds(first.dtstart)
    sides = [_Side(live.rule, live.stream.plan, kind, local) for live in lives]
    place = _first_difference(sides[0], sides[1])
    if first.kind != "zoned":
        return place is None
    streams = lives[0].stream, lives[1].stream
    stops = [stream.stop for stream in streams if stream.stop is not None]
    if place is None:
        if not stops:
            return True
        place = min(stops)  # the local times agree, and the instants may end apart
    return _same_instants(*streams, place - 2 * _SLACK)


class _Side:
    """One of the two rules: as it is (`plan`), and without its bounds (`rule`, `free`)."""

    __slots__ = ("cycle", "dtstart", "free", "kind", "last", "plan", "rule")

    def __init__(self, rule: Rule, plan: Plan, kind: str, dtstart: int) -> None:
        self.kind = kind
        self.dtstart = dtstart
        self.plan = plan
        self.rule = rule.replace(count=None, until=None)
        if kind == "date":
            self.rule = self.rule.replace(byhour=(), byminute=(), bysecond=(), strict=False)
        self.free = self.at(self.rule, dtstart, True)
        self.last = self.plan.prev(MAX_KEY)
        self.cycle = _cycle(self.rule)

    def at(self, rule: Rule, dtstart: int, include_dtstart: bool) -> Plan:
        return compiled(rule, self.kind).at(dtstart, include_dtstart, None)


def _cycle(rule: Rule) -> int:
    """The seconds after which a rule without bounds repeats."""
    if rule.freq == "YEARLY":
        return lcm(_CYCLE_YEARS, rule.interval) // _CYCLE_YEARS * _CYCLE_DAYS * DAY
    if rule.freq == "MONTHLY":
        return lcm(_CYCLE_YEARS * 12, rule.interval) // (_CYCLE_YEARS * 12) * _CYCLE_DAYS * DAY
    return lcm(_CYCLE_DAYS * DAY, _UNITS[rule.freq] * rule.interval)


def _first_difference(one: _Side, other: _Side) -> int | None:
    """Find the first local time that only one of both rules gives; None if there is none."""
    if one.last is None or other.last is None:
        given = one.plan if other.last is None else other.plan
        return given.next(-MAX_KEY)
    end = min(one.last, other.last) + 1
    stop = min(end, one.dtstart + lcm(one.cycle, other.cycle) + DAY)
    place = _free_difference(one, other, stop)
    if place is not None:
        return place
    longer = one if one.last > other.last else other
    return longer.plan.next(end)


def _free_difference(one: _Side, other: _Side, stop: int) -> int | None:
    """Find the first difference before `stop` of both rules without their bounds."""
    midnight = one.dtstart // DAY * DAY
    tomorrow = min(midnight + DAY, stop)
    place = _scan(one.free, other.free, one.dtstart, tomorrow)
    if place is not None or tomorrow == stop:
        return place
    grids = [_grid(side) for side in (one, other)]
    if grids[0] is None or grids[1] is None:
        return None if _same_filters(one, other) else _scan(one.free, other.free, tomorrow, stop)
    # The last day may be cut off, so its times are compared for themselves.
    last = stop // DAY * DAY
    day = _different_day(grids[0], grids[1], tomorrow, last)
    begin = last if day is None else day
    return _scan(one.free, other.free, begin, min(begin + DAY, stop))


# --- days and times apart ---------------------------------------------------------------------------------------------


class _Grid(NamedTuple):
    """A rule whose days all have the same times: the days as midnights, the times as seconds of a day."""

    days: Plan
    times: Column


_NO_DAYS: Final[dict[str, tuple[int, ...]]] = {
    "bymonth": (),
    "byweekno": (),
    "byyearday": (),
    "bymonthday": (),
    "byday": (),
}
_MIDNIGHT: Final[dict[str, tuple[int, ...]]] = {"byhour": (0,), "byminute": (0,), "bysecond": (0,)}


def _grid(side: _Side) -> _Grid | None:
    """Take a rule apart into days and times of its own, from the day after DTSTART; None if it has no such form."""
    rule, midnight = side.rule, side.dtstart // DAY * DAY
    below = rule.freq in _BELOW_DAILY
    if below and DAY % (_UNITS[rule.freq] * rule.interval):
        return None
    if below or rule.freq == "DAILY":
        # BYSETPOS picks among the times of a day, or of less.
        daily = rule.replace(**_NO_DAYS, interval=rule.interval if below else 1, strict=False)
        times = _times(side, daily, midnight)
        interval = 1 if below else rule.interval
        days = rule.replace(freq="DAILY", interval=interval, bysetpos=(), **_no_times(side.kind), strict=False)
    else:
        clock = Rule("DAILY", byhour=rule.byhour, byminute=rule.byminute, bysecond=rule.bysecond)
        times = _times(side, clock, midnight)
        if rule.bysetpos and len(times) > 1:
            return None
        days = rule.replace(**_no_times(side.kind), strict=False)
    return _Grid(side.at(days, midnight, False), times)


def _no_times(kind: str) -> dict[str, tuple[int, ...]]:
    return {"byhour": (), "byminute": (), "bysecond": ()} if kind == "date" else _MIDNIGHT


def _times(side: _Side, rule: Rule, midnight: int) -> Column:
    """The times of the day after DTSTART, from a rule that has every day, as seconds from its midnight."""
    found = side.at(rule, side.dtstart, False).between(midnight + DAY, midnight + 2 * DAY)
    return column_of(time - midnight - DAY for time in found.tolist())


def _different_day(one: _Grid, other: _Grid, begin: int, end: int) -> int | None:
    """Find the first midnight in [begin, end) of a day on which both rules differ."""
    if _differ(one.times, other.times) is None:
        return _scan(one.days, other.days, begin, end) if len(one.times) else None
    found = [grid.days.next(begin) for grid in (one, other) if len(grid.times)]
    return min((day for day in found if day is not None and day < end), default=None)


def _same_filters(one: _Side, other: _Side) -> bool:
    """Tell whether two rules of the same steps choose alike among all that have these steps; False if not known.

    A step of 7 hours meets every time of a day in turn. With a step of one unit each rule is a grid; are these alike,
    so is what both leave of the same steps.
    """
    steps = [(side.rule.freq, side.rule.interval) for side in (one, other)]
    if steps[0] != steps[1] or steps[0][0] not in _BELOW_DAILY:
        return False
    single = [_grid(_Side(side.rule.replace(interval=1), side.plan, side.kind, side.dtstart)) for side in (one, other)]
    assert single[0] is not None and single[1] is not None  # a unit divides a day
    begin = one.dtstart // DAY * DAY + DAY
    return _different_day(single[0], single[1], begin, min(_END, begin + (_CYCLE_DAYS + 1) * DAY)) is None


# --- starts one by one ------------------------------------------------------------------------------------------------


def _differ(one: Column, other: Column) -> int | None:
    """Find the first value that only one of two increasing columns has."""
    found = [column[0] for column in (difference(one, other), difference(other, one)) if len(column)]
    return min(found, default=None)


def _scan(one: Plan, other: Plan, begin: int, end: int) -> int | None:
    """Find the first local time in [begin, end) that only one of both has, in columns of about `_CHUNK`."""
    size = 64  # most rules that differ do so early
    while begin < end:
        bounds = [plan.nth(plan.rank(begin) + size) for plan in (one, other)]
        stop = min([bound for bound in bounds if bound is not None and bound < end], default=end)
        place = _differ(one.between(begin, stop), other.between(begin, stop))
        if place is not None:
            return place
        begin, size = stop, min(size * 4, _CHUNK)
    return None


def _same_instants(one: Stream, other: Stream, begin: int) -> bool:
    """Compare the starts of two rules in a zone, from a key before the first difference of their local times."""
    if one.rank(MAX_KEY) != other.rank(MAX_KEY):
        return False
    low = begin
    while low < MAX_KEY:
        ends = [stream.page(low, MAX_KEY, _CHUNK)[1] for stream in (one, other)]
        stop = max(min(ends), low + 1)
        if _differ(one.starts(low, stop), other.starts(low, stop)) is not None:
            return False
        low = stop
    return True
