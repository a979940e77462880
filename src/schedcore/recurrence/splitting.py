"""Cut a series in two at a time, so that both parts together are the old series: "this and following".

Rules of this module:

1. The first part keeps DTSTART and ends before the cut. A rule with COUNT counts the local times it has before the
   cut, any other gets the last of its starts before the cut as UNTIL.
2. The second part begins with the first local time of its rule from which on all instants lie at or behind the cut.
   That time becomes its DTSTART as it stands on the clock, even where the clocks jump over it: one shifted start must
   not shift the later ones. Being in step with the rule it carries on INTERVAL and the sets of BYSETPOS, and agrees
   with DTSTART in all that the rule takes from there. What is left of COUNT goes here.
3. Beside a change of the clock, instants can be out of the order of local times, so a few starts at or behind the cut
   may belong to local times before it: they are RDATEs of the second part, and with COUNT EXDATEs of the first.
4. RDATE, EXDATE and overrides go where the instance is that they name. A date that names the instances of a day goes
   to both, and an override by such a date becomes one for each of these instances.
5. Several rules share one DTSTART, and an EXRULE too. Behind the cut each says by its own parts what it took from the
   old DTSTART. One whose INTERVAL is out of step with the new DTSTART cannot be said so, nor can dateutil's reading of
   BYSETPOS, which leaves days before DTSTART out of the first set: then the second part keeps DTSTART and all rules,
   and EXRULEs (RFC 2445) take away what lies before the cut.
6. A part without any start is still a series, an empty one: a DTSTART that an EXDATE takes away.

Costs a seek in each rule and a look at each date; nothing is expanded.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from schedcore.errors import SeriesError
from schedcore.recurrence.anatomy import Anatomy, Live, arguments_of, rdate_start
from schedcore.recurrence.duration import Duration
from schedcore.recurrence.matching import period, taken
from schedcore.recurrence.occurrence import Override
from schedcore.recurrence.ranges import Ranged, Stretch
from schedcore.recurrence.rule import Rule
from schedcore.recurrence.window import DAY, MAX_KEY, MIN_KEY, key_of

if TYPE_CHECKING:
    from datetime import date

    from schedcore._plan import Plan
    from schedcore._stream import Stream
    from schedcore.recurrence.series import Series

__all__ = ["emptied", "split"]

_SLACK: Final = 2 * DAY  # no change of a clock moves a time by more than a day, and an offset is less than one


def split(series: Series, at: date) -> tuple[Series, Series]:
    """Give the series of the instances before `at`, and the one of those at or after it; see `Series.split`."""
    key = key_of(at, series.kind, "at")
    body = Anatomy(series)
    cut = _Cut(body, key)
    return _head(body, cut), _in_stretch(body, cut, _tail(body, cut))


def emptied(series: Series) -> Series:
    """Give a series with the DTSTART of this one, and no start at all."""
    return _without_starts(Anatomy(series), series.dtstart)


def _remade(body: Anatomy, **changes: Any) -> Series:
    return type(body.series)(**(body.given | changes))


def _without_starts(body: Anatomy, dtstart: Any, **more: Any) -> Series:
    """Make a series of nothing but what `more` says."""
    bare = _remade(body, dtstart=dtstart, rule=None, rdates=(), exdates=(), exrules=(), overrides=())
    given_again = {body.key(rdate_start(value), "RDATE") for value in more.get("rdates", ())}
    alone = tuple(value for value in bare.take(2) if body.key(value, "DTSTART") not in given_again)
    more["exdates"] = (*alone, *more.get("exdates", ()))
    given: dict[str, Any] = {"rdates": (), "exrules": (), "overrides": ()}
    return _remade(body, dtstart=dtstart, rule=None, **(given | more))


# --- dates and overrides ----------------------------------------------------------------------------------------------


def _shares(body: Anatomy, lo: int, hi: int) -> dict[str, Any]:
    """Give the RDATEs, EXDATEs and overrides that concern the instances in [lo, hi)."""
    overrides = []
    for keys, override in body.overrides:
        inside = [key for key in keys if lo <= key < hi]
        if inside and isinstance(body.members, Ranged):
            override = _settled(body, body.members, keys[0], override)
        if body.names_day(override.recurrence_id):
            # The day's instances may lie on both sides, and a date that meets none takes DTSTART's time of day.
            overrides += [replace(override, recurrence_id=body.value(key)) for key in inside]
        elif inside:
            overrides.append(override)
    return {
        "rdates": tuple(_timed(body, key, value) for key, value in body.rdates if lo <= key < hi),
        "exdates": tuple(value for begin, end, value in body.exdates if begin < hi and end > lo),
        "overrides": tuple(overrides),
    }


def _settled(body: Anatomy, members: Ranged, key: int, override: Override) -> Override:
    """Say all of an override of no instance, which takes what it leaves open from the stretch that it lies in."""
    if override.this_and_future or override.cancelled or members.has(key):
        return override
    shown = next((one for one in members.moved if one.override is override), None)
    return override if shown is None else replace(override, start=body.value(shown.start), end=body.value(shown.end))


def _timed(body: Anatomy, key: int, value: Any) -> Any:
    """Give an RDATE its time of day, if it took that of DTSTART."""
    if not body.names_day(rdate_start(value)):
        return value
    return (body.value(key), *value[1:]) if isinstance(value, tuple) else body.value(key)


def _in_stretch(body: Anatomy, cut: _Cut, tail: Series) -> Series:
    """Let an override of all instances from one on, which lies before the cut, go on behind it.

    It is written again for the first instance there. Where that cannot carry it, because its new start would fall
    into a gap, that instance gets an override of its own and the next one carries it.
    """
    members = body.members
    if not isinstance(members, Ranged):
        return tail
    own = {key for keys, _ in body.overrides for key in keys}
    given = arguments_of(tail)
    more: list[Override] = []
    for start in type(tail)(**(given | {"overrides": ()})):
        key = key_of(start, tail.kind, "start")
        stretch = members.stretch_of(key)
        if stretch.override is None or stretch.begin >= cut.key:
            break
        carries, override = _carrier(body, members, key, stretch)
        if carries or key not in own:
            more.append(override)
        if carries:
            break
    return type(tail)(**(given | {"overrides": (*more, *given["overrides"])})) if more else tail


def _carrier(body: Anatomy, members: Ranged, key: int, stretch: Stretch) -> tuple[bool, Override]:
    """Give the override that puts the instance at `key` where its stretch does, and whether it can carry that on."""
    assert stretch.override is not None
    place = members.place(key, stretch)
    start, event = body.value(key), stretch.override.event
    if stretch.cancelled or place is None:
        return stretch.cancelled, Override(start, cancelled=True, event=event, this_and_future=stretch.cancelled)
    carries = body.locals_of(place)[0] - body.locals_of(key)[0] == stretch.shift
    length = None if stretch.length is None else Duration(*stretch.length)
    return carries, Override(start, body.value(place), duration=length, event=event, this_and_future=carries)


# --- local times and the cut ------------------------------------------------------------------------------------------


class _Cut:
    """A cut through the local times of all rules: those from `boundary` on have no start before `key`."""

    __slots__ = ("body", "boundary", "dtstart", "first", "key", "low")

    def __init__(self, body: Anatomy, key: int) -> None:
        self.body = body
        self.key = key
        self.dtstart = body.frame.start.local
        table = body.frame.start.table
        first = self.dtstart if table is None else table.utc_of(self.dtstart, 0, 0)
        assert first is not None  # a gap that shifts leaves no local time without an instant
        self.first = first  # UNTIL must not lie before it
        if table is None:
            self.low = self.boundary = key
        else:
            # Offsets near the cut bound where the order can be lost: nowhere but beside a change of the clock.
            offsets = [table.offset_at(key + shift) for shift in (-_SLACK, -DAY, 0, DAY, _SLACK)]
            self.low = key + min(offsets)
            high = key + max(offsets)
            self.boundary = max([self._own(limb.stream.plan, high) for limb in body.live], default=self.low)

    def _own(self, plan: Plan, high: int) -> int:
        """The lowest boundary that one rule allows."""
        for local in reversed(plan.between(self.low, high).tolist()):
            if any(key < self.key for key in self.body.keys_of(local)):
                return int(local) + 1
        return self.low

    def strays(self, stream: Stream) -> list[int]:
        """List the starts at or behind the cut whose local times lie before the boundary."""
        return self.behind(stream, self.key, self.boundary, MAX_KEY if stream.stop is None else stream.stop)

    def behind(self, stream: Stream, key: int, boundary: int, end: int) -> list[int]:
        """List the starts in [key, end) whose local times lie before a boundary, which is near."""
        locals_ = stream.plan.between(min(self.low, boundary - _SLACK), boundary).tolist()
        return [one for local in locals_ for one in self.body.keys_of(local) if key <= one < end]

    def begin(self, stream: Stream) -> int | None:
        """Find the first local time of a rule from the boundary on that has a start; None if there is none."""
        local = stream.plan.next(self.boundary)
        while local is not None:
            keys = self.body.keys_of(local)
            if keys:
                return local if stream.stop is None or keys[0] < stream.stop else None
            local = stream.plan.next(local + 1)  # a gap that skips
        return None


# --- the first part ---------------------------------------------------------------------------------------------------


def _head(body: Anatomy, cut: _Cut) -> Series:
    share = _shares(body, MIN_KEY, cut.key)
    rules: list[Rule] = []
    strays: list[int] = []
    for limb in body.live:
        if limb.stream.rank(cut.key):
            rules.append(_ended(body, limb, cut, strays))
    if not rules and not any(key < cut.key for key in body.dtstart_keys()):
        return _without_starts(body, body.series.dtstart, exrules=body.given["exrules"], **share)
    if not rules:
        strays += [key for key in body.dtstart_keys() if key >= cut.key]
    rules += [limb.rule for limb in body.limbs if limb.stream is None]
    share["exdates"] += tuple(body.value(key) for key in sorted(set(strays)))
    return _remade(body, rule=rules, **share)


def _ended(body: Anatomy, limb: Live, cut: _Cut, strays: list[int]) -> Rule:
    """Give a rule that has starts before the cut without the others; what COUNT cannot tell from them is a stray."""
    rule, stream = limb
    own = cut.strays(stream)
    if not own and cut.begin(stream) is None:
        return rule
    if rule.count is None:
        last = stream.nth(stream.rank(cut.key) - 1)
        assert last is not None
        until = body.until_of(last)
        if until is not None and last >= cut.first:
            return rule.replace(until=until)
        # No UNTIL can say it: COUNT does, also in place of the UNTIL that the rule had.
        own = cut.behind(stream, cut.key if stream.stop is None else min(cut.key, stream.stop), cut.boundary, MAX_KEY)
        rule = rule.replace(until=None)
    strays += own
    return rule.replace(count=stream.plan.rank(cut.boundary))


# --- the second part --------------------------------------------------------------------------------------------------


def _tail(body: Anatomy, cut: _Cut) -> Series:
    share = _shares(body, cut.key, MAX_KEY + 1)
    if cut.dtstart >= cut.boundary and all(key >= cut.key for key in body.keys_of(cut.dtstart)):
        return _remade(body, **share)
    strays = {key for limb in body.live for key in cut.strays(limb.stream)}
    strays.update(key for key in body.dtstart_keys() if key >= cut.key)
    share["rdates"] += tuple(body.value(key) for key in sorted(strays))
    begins = [(limb, local) for limb in body.live if (local := cut.begin(limb.stream)) is not None]
    if not begins:
        return _dates_only(body, share, sorted(strays.union(key for key, _ in body.rdates if key >= cut.key)))
    dtstart = min(local for _, local in begins)
    rules = [_carried(body, limb, cut.dtstart, dtstart, body.include_dtstart) for limb, _ in begins]
    going = [limb for limb in body.exlive if limb.stream.plan.next(dtstart) is not None]
    exrules = [_carried(body, limb, cut.dtstart, dtstart, False) for limb in going]
    if None in rules or None in exrules:
        return _taken_away(body, cut, [limb.rule for limb, _ in begins], share)
    share["exdates"] += tuple(body.value(key) for key in _still_excluded(body, cut, dtstart, share))
    return _remade(body, dtstart=body.local_value(dtstart), rule=rules, exrules=exrules, **share)


def _carried(body: Anatomy, limb: Live, old: int, new: int, include_dtstart: bool) -> Rule | None:
    """Give the rule that continues one at a new DTSTART; None if there is no such rule (rule 5 of this module)."""
    rule, stream = limb
    member = stream.plan.contains(new)
    if body.frame.dateutil and (rule.bysetpos or not member):
        return None
    changes: dict[str, Any] = {}
    if not member:
        if (period(rule, new) - period(rule, old)) % rule.interval:
            return None
        before = _taken(body, rule, old)
        if before != _taken(body, rule, new):
            changes |= before
    if rule.count is not None:
        # DTSTART counts, also for a rule that would not give it.
        changes["count"] = rule.count - stream.plan.rank(new) + (include_dtstart and not member)
    return rule.replace(**changes) if changes else rule


def _taken(body: Anatomy, rule: Rule, local: int) -> dict[str, Any]:
    """What a rule takes from DTSTART, by the names of its fields; no times if DTSTART is a date."""
    silent = ("BYHOUR", "BYMINUTE", "BYSECOND") if body.series.kind == "date" else ()
    return {part.lower(): value for part, value in taken(rule, local).items() if part not in silent}


def _still_excluded(body: Anatomy, cut: _Cut, dtstart: int, share: dict[str, Any]) -> list[int]:
    """List the keys that EXRULEs take away by local times before the new DTSTART, where they no longer begin."""
    if not body.exlive:
        return []
    first = min(body.keys_of(dtstart))
    given = {body.key(rdate_start(value), "RDATE") for value in share["rdates"]}
    lost = {key for key in given if key < first + _SLACK and isinstance(body.excluding(key), Rule)}
    for limb in body.exlive:
        lost.update(key for key in cut.behind(limb.stream, first, dtstart, MAX_KEY))
    return sorted(lost)


def _dates_only(body: Anatomy, share: dict[str, Any], keys: list[int]) -> Series:
    """Make a series of the starts with these keys, which are among its RDATEs."""
    share["exrules"] = ()
    share["exdates"] += tuple(body.value(key) for key in keys if isinstance(body.excluding(key), Rule))
    if keys:
        dtstart = body.value(keys[0])
        alone = _remade(body, dtstart=dtstart, rule=None, rdates=(), exdates=(), exrules=(), overrides=())
        if [dtstart] == alone.take(2) or not body.include_dtstart:
            return _remade(body, dtstart=dtstart, rule=None, **share)
    return _without_starts(body, body.series.dtstart, **share)


def _taken_away(body: Anatomy, cut: _Cut, rules: list[Rule], share: dict[str, Any]) -> Series:
    """Keep DTSTART and the rules, and take what lies before the cut away by EXRULEs."""
    last = body.until_of(cut.key - (DAY if body.series.kind == "date" else 1))
    if last is None:
        raise SeriesError(
            f"at={body.value(cut.key)}: no UNTIL can be that early in UTC, and the rules have no other form after "
            "this cut: split later"
        )
    before = [rule.replace(count=None, until=last) for rule in rules]
    share["exdates"] += tuple(body.value(key) for key in body.keys_of(cut.dtstart) if key < cut.key)
    return _remade(body, rule=rules, exrules=[*body.given["exrules"], *before], **share)
