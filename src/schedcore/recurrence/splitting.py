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
from schedcore.recurrence.anatomy import Anatomy, Limb, rdate_start
from schedcore.recurrence.matching import filled, period, taken
from schedcore.recurrence.window import DAY, MAX_KEY, MIN_KEY, key_of

if TYPE_CHECKING:
    from datetime import date

    from schedcore._stream import Stream
    from schedcore._zone import ZoneTable
    from schedcore.recurrence.rule import Rule
    from schedcore.recurrence.series import Series

__all__ = ["emptied", "split"]

_SLACK: Final = 2 * DAY  # no change of a clock moves a time by more than a day, and an offset is less than one


def split(series: Series, at: date) -> tuple[Series, Series]:
    """Give the series of the instances before `at`, and the one of those at or after it; see `Series.split`."""
    cut = key_of(at, series.kind, "at")
    body = Anatomy(series)
    return _head(body, cut), _tail(body, cut)


def emptied(series: Series) -> Series:
    """Give a series with the DTSTART of this one, and no start at all."""
    return _without_starts(Anatomy(series), series.dtstart)


def _remade(body: Anatomy, **changes: Any) -> Series:
    return type(body.series)(**(body.given | changes))


def _without_starts(body: Anatomy, dtstart: Any, **more: Any) -> Series:
    """Make a series of nothing but what `more` says."""
    bare = _remade(body, dtstart=dtstart, rule=None, rdates=(), exdates=(), exrules=(), overrides=())
    more["exdates"] = (*bare.take(2), *more.get("exdates", ()))
    given: dict[str, Any] = {"rdates": (), "exrules": (), "overrides": ()}
    return _remade(body, dtstart=dtstart, rule=None, **(given | more))


# --- dates and overrides ----------------------------------------------------------------------------------------------


def _shares(body: Anatomy, lo: int, hi: int) -> dict[str, Any]:
    """Give the RDATEs, EXDATEs and overrides that concern the instances in [lo, hi)."""
    overrides = []
    for keys, override in body.overrides:
        inside = [key for key in keys if lo <= key < hi]
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


def _timed(body: Anatomy, key: int, value: Any) -> Any:
    """Give an RDATE its time of day, if it took that of DTSTART."""
    if not body.names_day(rdate_start(value)):
        return value
    return (body.value(key), *value[1:]) if isinstance(value, tuple) else body.value(key)


# --- local times and the cut ------------------------------------------------------------------------------------------


def _both_sides(table: ZoneTable, cut: int) -> tuple[int, int]:
    """Give local times below which all have instants before the cut, and from which on all have them behind it.

    What lies between is so narrow that its local times can be looked at one by one: nothing but beside a change.
    """
    offsets = [table.offset_at(cut + shift) for shift in (-_SLACK, -DAY, 0, DAY, _SLACK)]
    return cut + min(offsets), cut + max(offsets)


def _boundary(body: Anatomy, stream: Stream, cut: int) -> int:
    """Give the local time from which on all instants of a rule are at or behind the cut, and none before it is."""
    table = body.frame.start.table
    if table is None:
        return cut
    low, high = _both_sides(table, cut)
    for local in reversed(stream.plan.between(low, high).tolist()):
        if any(key < cut for key in body.keys_of(local)):
            return int(local) + 1
    return low


def _strays(body: Anatomy, stream: Stream, cut: int, boundary: int) -> list[int]:
    """List the starts at or behind the cut whose local times lie before the boundary."""
    table = body.frame.start.table
    if table is None:
        return []
    locals_ = stream.plan.between(_both_sides(table, cut)[0], boundary).tolist()
    end = MAX_KEY if stream.stop is None else stream.stop
    return [key for local in locals_ for key in body.keys_of(local) if cut <= key < end]


def _begin(body: Anatomy, stream: Stream, boundary: int) -> int | None:
    """Find the first local time of a rule from the boundary on that has a start; None if there is none."""
    local = stream.plan.next(boundary)
    while local is not None:
        keys = body.keys_of(local)
        if keys:
            return local if stream.stop is None or keys[0] < stream.stop else None
        local = stream.plan.next(local + 1)  # a gap that skips
    return None


# --- the first part ---------------------------------------------------------------------------------------------------


def _head(body: Anatomy, cut: int) -> Series:
    share = _shares(body, MIN_KEY, cut)
    share["exrules"] = body.given["exrules"]
    rules: list[Rule] = []
    strays: list[int] = []
    for limb in body.limbs:
        if limb.stream is None:
            rules.append(limb.rule)
        elif limb.stream.latest(cut) is not None and len(limb.stream.starts(MIN_KEY, cut)[:1]):
            rules.append(limb.rule)
    if not rules:
        return body.series
    return _remade(body, rule=rules, **share)


def _tail(body: Anatomy, cut: int) -> Series:
    raise SeriesError("x")
