"""`countdown`: the seconds up to the next live start, or to the end of an interruption.

Rules of this module:

1. Interruptions that overlap or touch are one (`freebusy.merge`). During one the countdown runs to the end of the
   merged one, half-open: at the second of its end it is over.
2. Otherwise it runs to the next live start. A start that falls into an interruption is where that one ends: nothing is
   live before.
3. An interruption has a start, and an end or a length. One of no length interrupts nothing.

Product rules: C1, C2, C4.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from schedcore.errors import InvalidValue, shorten
from schedcore.freebusy import merge
from schedcore.recurrence.window import instant

__all__ = ["Countdown", "countdown"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Countdown(NamedTuple):
    """So many whole seconds up to a moment in UTC, and whether an interruption ends there or something begins."""

    seconds: int
    until: datetime
    interrupted: bool


def countdown(
    now: datetime,
    interruptions: Iterable[tuple[datetime, datetime | timedelta]] = (),
    live: Iterable[datetime] = (),
) -> Countdown | None:
    """Count the seconds from an aware `now`; None if nothing is interrupted, and nothing begins any more.

    `interruptions` are pairs of an aware start, and an end or a timedelta; `live` are aware starts, one at `now` has
    begun. A part of a second counts as a whole one. InvalidValue for other times, and for an end before its start.
    Cost: a merge.

    >>> five = datetime(2026, 3, 2, 17, tzinfo=UTC)
    >>> countdown(five, [(five, timedelta(hours=2))]).seconds
    7200
    """
    begin = _second(now, "now", up=False)
    spans = [_span(*one) for one in interruptions]
    merged = merge([0] * len(spans), [a for a, _ in spans], [b for _, b in spans])
    stretches = list(zip(merged.start.tolist(), merged.end.tolist(), strict=True))
    for a, b in stretches:
        if a <= begin < b:
            return _until(b, begin, True)
    found = None
    for value in live:
        at = _second(value, "live", up=True)
        if at > begin:
            at = next((b for a, b in stretches if a <= at < b), at)
            found = at if found is None else min(found, at)
    return None if found is None else _until(found, begin, False)


def _until(at: int, begin: int, interrupted: bool) -> Countdown:
    return Countdown(at - begin, _EPOCH + timedelta(seconds=at), interrupted)


def _span(start: datetime, end: datetime | timedelta) -> tuple[int, int]:
    a = _second(start, "start of an interruption", up=False)
    if isinstance(end, timedelta):
        whole = -(-end // timedelta(seconds=1))
        b = a + int(whole)
    else:
        b = _second(end, "end of an interruption", up=True)
    if b < a:
        raise InvalidValue(f"an interruption from {shorten(start)} ends before, at {shorten(end)}: swap them")
    return a, b


def _second(value: object, name: str, *, up: bool) -> int:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise InvalidValue(f"{name}={shorten(value)}: give an aware datetime, such as datetime.now(UTC)")
    return instant(value if up else value.replace(microsecond=0))
