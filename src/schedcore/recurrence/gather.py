"""Turn what a series was given (rules, RDATE, EXDATE, EXRULE, overrides) into a set of starts.

Rules of this module:

1. A value of DTSTART's kind is a start. A zoned value in another zone is the same instant.
2. A date among the EXDATEs, or as the RECURRENCE-ID, of a timed series names the instances of that local day.
3. Any other kind is an error when strict. Else a date among the RDATEs takes DTSTART's time of day, a local time is in
   DTSTART's zone, a zoned time of a floating series loses its zone, a date-time of a series of dates loses its time.
4. Of two overrides for one instance the later given holds; one for an instance that does not exist is shown all the
   same (unless it cancels), for somebody put it into the calendar. Both are noted in `problems`.
5. An override of this and all later instances opens a stretch (see `ranges`); its own instance is overridden like any
   other.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from schedcore._column import column_of
from schedcore._stream import Stream
from schedcore._zone import local_seconds
from schedcore.errors import SeriesError, shorten
from schedcore.recurrence.ends import Length, end_key, length_of
from schedcore.recurrence.fitting import Fit, Start, compiled, fit, last_local
from schedcore.recurrence.members import Members, Moved
from schedcore.recurrence.occurrence import Override
from schedcore.recurrence.ranges import Ranged, Stretch
from schedcore.recurrence.window import DAY, MAX_KEY, MIN_KEY, instant, kind_of
from schedcore.zones import same_zone

if TYPE_CHECKING:
    from schedcore.recurrence.rule import Rule

__all__ = ["Frame", "day_window", "keys_of_local", "settle", "start_key", "stream_of"]


class Frame(NamedTuple):
    """What every value of a series is read against."""

    start: Start
    tzinfo: object
    gap: int
    fold: int
    strict: bool
    dateutil: bool
    problems: list[str]

    def forgive(self, message: str) -> None:
        """Raise when strict, else remember."""
        if self.strict:
            raise SeriesError(message)
        self.problems.append(message)


def stream_of(frame: Frame, rule: Rule, found: Fit, include_dtstart: bool) -> Stream:
    """Make the stream of a rule that fits."""
    start = frame.start
    until = last_local(found, start.table)
    plan = compiled(rule, start.kind, frame.dateutil).at(start.local, include_dtstart, until)
    return Stream(plan, start.table, frame.gap, frame.fold, found.stop)


def settle(
    frame: Frame,
    rules: tuple[Rule, ...],
    include_dtstart: bool,
    length: Length,
    rdates: tuple[Any, ...],
    exdates: tuple[Any, ...],
    exrules: tuple[Rule, ...],
    overrides: tuple[Override, ...],
) -> tuple[Fit | None, Members | None]:
    """Check all parts of a series: the fit of its one rule if there is nothing else, or else the set of its starts."""
    frame.problems[:0] = [problem for rule in (*rules, *exrules) for problem in rule.problems]
    if len(rules) == 1 and not (rdates or exdates or exrules or overrides):
        known = len(frame.problems)
        found = fit(rules[0], frame.start, frame.strict, frame.problems)
        if found.gives == "all":
            return found, None
        del frame.problems[known:]  # what follows finds the same again
    members = _gather(frame, rules, include_dtstart, rdates, exdates, exrules)
    if any(override.this_and_future for override in overrides):
        members = _ranged(frame, members, overrides, length)
    if overrides:
        _place_overrides(frame, members, overrides, length)
    return None, members


def _gather(
    frame: Frame,
    rules: tuple[Rule, ...],
    include_dtstart: bool,
    rdates: Iterable[Any],
    exdates: Iterable[Any],
    exrules: tuple[Rule, ...],
) -> Members:
    """Build the set of starts, without overrides; costs O(n log n) in RDATEs and EXDATEs, nothing per occurrence."""
    streams = []
    fixed: set[int] = set()
    nothing = False
    for rule in rules:
        found = fit(rule, frame.start, frame.strict, frame.problems)
        nothing = nothing or found.gives == "nothing"
        # A rule that is excluded by itself leaves DTSTART at most: said here, not searched for to the year 9999.
        if found.gives == "all" and rule not in exrules:
            streams.append(stream_of(frame, rule, found, include_dtstart))
    if include_dtstart and not streams and not nothing:
        fixed.update(keys_of_local(frame, frame.start.local))
    spans: dict[int, Length] = {}
    for value in rdates:
        fixed.add(_rdate(frame, value, spans))
    exfixed, days = _exdates(frame, exdates)
    exstreams = []
    for rule in exrules:
        found = fit(rule, frame.start, frame.strict, frame.problems)
        if found.gives == "all":
            exstreams.append(stream_of(frame, rule, found, False))
        elif found.gives == "dtstart":
            exfixed.update(keys_of_local(frame, frame.start.local))
    return Members(
        tuple(streams), tuple(exstreams), column_of(sorted(fixed)), column_of(sorted(exfixed)), _joined(days), spans
    )


def keys_of_local(frame: Frame, local: int) -> list[int]:
    """The starts of one local time of the series: none if its gap is skipped, two if a fold counts both."""
    if frame.start.table is None:
        return [local]
    return frame.start.table.to_utc(column_of((local,)), frame.gap, frame.fold).tolist()


def _rdate(frame: Frame, value: Any, spans: dict[int, Length]) -> int:
    if not isinstance(value, tuple):
        return start_key(frame, value, "RDATE")
    if len(value) != 2:
        raise SeriesError(f"RDATE={shorten(value)}: a period is (start, end) or (start, duration)")
    key = start_key(frame, value[0], "RDATE")
    spans[key] = _length(frame, key, value[1], "RDATE")
    return key


def _length(frame: Frame, key: int, end: Any, where: str) -> Length:
    """The length of an instance from its start and an end or duration of its own."""
    if kind_of(end) is None:
        return length_of(end, frame.start.kind, frame.strict, frame.problems)
    seconds = start_key(frame, end, f"end of {where}") - key
    if seconds < 0:
        frame.forgive(f"end of {where}={shorten(end)} is before its start: give an end at or after it")
        seconds = 0
    return (seconds // DAY, 0) if frame.start.kind == "date" else (0, seconds)


def _exdates(frame: Frame, exdates: Iterable[Any]) -> tuple[set[int], list[tuple[int, int]]]:
    fixed: set[int] = set()
    days = []
    for value in exdates:
        if kind_of(value) == "date" and frame.start.kind != "date":
            days.append(day_window(frame, value))
        else:
            fixed.add(start_key(frame, value, "EXDATE"))
    return fixed, days


def day_window(frame: Frame, value: Any) -> tuple[int, int]:
    """The keys of one local day of a timed series."""
    begin = local_seconds(value)
    table = frame.start.table
    if table is None:
        return begin, begin + DAY
    lo, hi = table.utc_of(begin, 0, 0), table.utc_of(begin + DAY, 0, 0)
    assert lo is not None and hi is not None  # a gap that shifts leaves no local time without an instant
    return lo, hi


def _joined(days: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Windows in order, those that overlap or touch made one."""
    out: list[tuple[int, int]] = []
    for begin, end in sorted(days):
        if out and begin <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((begin, end))
    return out


def start_key(frame: Frame, value: Any, where: str) -> int:
    """Read a value as a start of the series; see rules 1 and 3."""
    kind, given = frame.start.kind, kind_of(value)
    if given is None:
        raise SeriesError(f"{where}={shorten(value)}: pass a date or a datetime, of the kind of DTSTART ({kind})")
    if getattr(value, "microsecond", 0):
        frame.forgive(f"{where}={shorten(value)}: starts fall on whole seconds; drop the microseconds")
        value = value.replace(microsecond=0)
    if given != kind:
        frame.forgive(f"{where}={shorten(value)} is {_NAMES[given]}, DTSTART is {_NAMES[kind]}: give both alike")
    if kind == "date":
        return local_seconds(value) // DAY * DAY
    if given == "date":
        return _local_key(frame, local_seconds(value) + frame.start.local % DAY)
    assert isinstance(value, datetime)
    if frame.start.table is None:
        return local_seconds(value.replace(tzinfo=None))
    if given == "zoned" and not (frame.fold == 1 and same_zone(value.tzinfo, frame.tzinfo)):  # type: ignore[arg-type]
        return instant(value)
    return _local_key(frame, local_seconds(value.replace(tzinfo=None)))


def _local_key(frame: Frame, local: int) -> int:
    """The key of a local time of the series; in a fold that counts twice, the first."""
    if frame.start.table is None:
        return local
    key = frame.start.table.utc_of(local, 0, 1 if frame.fold == 1 else 0)
    assert key is not None
    return key


def _ranged(frame: Frame, plain: Members, overrides: tuple[Override, ...], length: Length) -> Ranged:
    """Cut the set into stretches, at each override of this and all later instances."""
    members = Ranged(plain, frame.start.table, frame.gap, frame.fold)
    changes: dict[int, Stretch] = {}
    for override in overrides:
        if not override.this_and_future:
            continue
        key = _named(frame, plain, override)[0][0]
        if key in changes:
            frame.problems.append(f"two overrides name {_shown(override)} and what follows: the later given holds")
        shift, lasts = _change(frame, key, override)
        changes[key] = Stretch(key, MAX_KEY, shift, None if lasts == length else lasts, override)
    bounds = [MIN_KEY, *sorted(changes), MAX_KEY]
    members.stretches = [
        changes.get(begin, Stretch(begin, end))._replace(end=end) for begin, end in pairwise(bounds) if begin < end
    ]
    return members


def _change(frame: Frame, key: int, override: Override) -> tuple[int, Length | None]:
    """How far an override moves its instance on the wall clock, and how long it makes it (None: as it was)."""
    start = key if override.start is None else start_key(frame, override.start, "start of an override")
    table = frame.start.table
    shift = start - key if table is None else start + table.offset_at(start) - key - table.offset_at(key)
    return shift, _own_length(frame, start, override)


def _own_length(frame: Frame, start: int, override: Override) -> Length | None:
    if override.end is not None:
        return _length(frame, start, override.end, "an override")
    if override.duration is not None:
        return _length(frame, start, override.duration, "an override")
    return None


def _place_overrides(frame: Frame, members: Members, overrides: Iterable[Override], length: Length) -> None:
    """Put the overrides of a series in their places."""
    dropped: set[int] = set()
    moved: dict[int, Moved] = {}
    single: set[int] = set()
    # Single instances come last, for they hold against what moves everything behind it.
    for override in sorted(overrides, key=_is_single):
        named = _named(frame, members, override)
        for key, exists in named[:1] if override.this_and_future else named:
            if key in single:
                frame.problems.append(f"two overrides name {_shown(override)}: the later given holds")
            moved.pop(key, None)
            if exists:
                dropped.add(key)
            elif not override.cancelled:
                frame.problems.append(f"no instance starts at {_shown(override)}: its override is shown as an extra")
            if not override.cancelled and (one := _moved(frame, members, key, override, length)) is not None:
                moved[key] = one
            if not override.this_and_future:
                single.add(key)
    members.override(list(moved.values()), dropped)


def _is_single(override: Override) -> bool:
    return not override.this_and_future


def _named(frame: Frame, members: Members, override: Override) -> list[tuple[int, bool]]:
    """The instances that an override names, and whether each exists."""
    named = override.recurrence_id
    if kind_of(named) == "date" and frame.start.kind != "date":
        lo, hi = day_window(frame, named)
        found = members.generated(lo, hi).tolist()
        usual = _local_key(frame, local_seconds(named) + frame.start.local % DAY)
        return [(key, True) for key in found] or [(usual, False)]
    key = start_key(frame, named, "RECURRENCE-ID")
    return [(key, members.has(key))]


def _moved(frame: Frame, members: Members, key: int, override: Override, length: Length) -> Moved | None:
    """Where an override puts its instance; what it leaves open is as in the stretch that the instance is in."""
    length = members.spans.get(key, length)
    start: int | None = key
    if isinstance(members, Ranged):
        stretch = members.stretch_of(key)
        length = stretch.length or length
        start = members.place(key, stretch)
    if override.start is not None:
        start = start_key(frame, override.start, "start of an override")
    if start is None:
        return None
    own = _own_length(frame, start, override)
    return Moved(key, start, end_key(start, length if own is None else own, frame.start.table), override)


def _shown(override: Override) -> str:
    value = override.recurrence_id
    return value.isoformat() if kind_of(value) else shorten(value)


_NAMES = {"date": "a date", "floating": "a naive datetime", "zoned": "a zoned datetime"}
