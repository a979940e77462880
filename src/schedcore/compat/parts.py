"""What `rrule` is given, as the compiled core takes it; what DTSTART adds where a part is missing; what is refused.

Rules of this module:

1. A part may be one value or several, and `None` means that it was not given. An empty one was given: it stops DTSTART
   from filling in, and filters nothing; or it names no time of day at all, and then the rule gives nothing.
2. Days that no year has (month 13, day 0, week 60) are kept out of the core's tables but still filter: the rule then
   matches nothing. Times that no day has are an error, as they are in dateutil, where making the time fails.
3. Under HOURLY a BYHOUR that INTERVAL never reaches from DTSTART is dropped, and it is an error if none is left; so
   for MINUTELY and SECONDLY with their own parts.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from math import gcd
from typing import Any, Final, Protocol

from schedcore._rrule import CompiledRule
from schedcore.errors import RuleError, shorten

__all__ = [
    "DAILY",
    "FREQNAMES",
    "HOURLY",
    "MINUTELY",
    "MONTHLY",
    "SECONDLY",
    "WEEKLY",
    "YEARLY",
    "Times",
    "Weekday",
    "check_reachable",
    "compiled",
    "days",
    "in_range",
    "numbers",
    "reached",
]

FREQNAMES: Final = ["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY"]
YEARLY, MONTHLY, WEEKLY, DAILY, HOURLY, MINUTELY, SECONDLY = range(7)

NEVER: Final = 0  # in the core's tables no month, day or week has this number
NO_WEEKDAY: Final = 7
FAR: Final = 1000  # days from Easter: in no year

Times = tuple[int, ...]


class Weekday(Protocol):
    """A weekday of this module, of dateutil or of anybody's: its number, and which one where that was given."""

    @property
    def weekday(self) -> int: ...  # noqa: D102 - a protocol of two values
    @property
    def n(self) -> int | None: ...  # noqa: D102


def numbers(value: int | Iterable[int] | None, once: bool = True) -> Times | None:
    """A part as numbers in order, each once."""
    if value is None:
        return None
    return (value,) if isinstance(value, int) else tuple(sorted(set(value) if once else value))


def days(
    value: int | Weekday | Iterable[int | Weekday] | None, ordinals: bool
) -> tuple[Times | None, tuple[tuple[int, int], ...] | None]:
    """BYDAY as plain weekdays and as (weekday, number), each None without any; `ordinals`: numbers count."""
    if value is None:
        return None, None
    given: list[Any] = [value] if isinstance(value, int) or hasattr(value, "n") else list(value)
    plain, counted = set(), set()
    for day in given:
        if isinstance(day, int):
            plain.add(day)
        elif ordinals and day.n:
            counted.add((day.weekday, day.n))
        else:
            plain.add(day.weekday)
    return tuple(sorted(plain)) or None, tuple(sorted(counted)) or None


def in_range(part: str, values: Times | None, low: int, high: int, signed: bool = False) -> None:
    """RuleError for a value outside of `low` to `high`, or with `signed` of their negatives too."""
    for value in values or ():
        if not (low <= value <= high or (signed and low <= -value <= high)):
            also = f", or between {-high} and {-low}" if signed else ""
            raise RuleError(f"{part}={shorten(value)} must be between {low} and {high}{also}", part=part, value=value)


def reached(part: str, values: Times, start: int, interval: int, base: int) -> Times:
    """Those of BYHOUR, BYMINUTE or BYSECOND that steps of INTERVAL from DTSTART reach, at the level of FREQ itself."""
    step = gcd(interval, base)
    found = tuple(value for value in values if (value - start) % step == 0)
    if not found:
        raise RuleError(
            f"{part}={shorten(','.join(map(str, values)))} is never reached from {start} in steps of {interval}:"
            " the rule would generate an empty set. Change INTERVAL or DTSTART",
            part=part,
            value=values,
        )
    return found


def check_reachable(freq: int, interval: int, start: int, hours: Times, minutes: Times, seconds: Times) -> None:
    """RuleError where MINUTELY or SECONDLY never reaches an allowed hour; `start` is DTSTART's second of the day."""
    if freq < MINUTELY or not (hours or (minutes and freq == SECONDLY)):
        return
    step = gcd(interval * (60 if freq == MINUTELY else 1), 86_400)
    own = (start % 60,) if freq == MINUTELY else range(min(60, step))
    wanted = {(start - second) % step for second in seconds or own} if freq == SECONDLY else {(start - own[0]) % step}
    later = {minute * 60 % step for minute in minutes or range(60)}
    if any((hour * 3600 + minute) % step in wanted for hour in hours or range(24) for minute in later):
        return
    parts = "byhour" if freq == MINUTELY else "byhour and byminute"
    message = f"Invalid combination of interval ({interval}) and {parts} resulting in empty rule: none is reached"
    raise RuleError(message, part="INTERVAL", value=interval)


def compiled(
    freq: int,
    interval: int,
    wkst: int,
    count: int | None,
    parts: dict[str, Times | None],
    counted: tuple[tuple[int, int], ...] | None,
) -> CompiledRule:
    """The rule on the core, in dateutil's reading; `parts` are as `rrule` keeps them, DTSTART's days among them."""
    plain = [(0, day if 0 <= day < 7 else NO_WEEKDAY) for day in parts["byweekday"] or ()]
    ordinals = [(n, day) for day, n in counted or () if 0 <= day < 7 and abs(n) <= 53]
    if counted and not ordinals:
        plain = [(0, NO_WEEKDAY)]
    elif not (plain or ordinals or any(parts[name] for name in ("byweekno", "byyearday", "bymonthday", "byeaster"))):
        plain = [(0, day) for day in range(7)]  # the core would take DTSTART's day; here that was asked for or is not
    return _compiled(
        freq,
        interval,
        wkst,
        _existing(parts["bymonth"], 1, 12),
        _existing(parts["byweekno"], 1, 53, True),
        _existing(parts["byyearday"], 1, 366, True),
        _existing(parts["bymonthday"], 1, 31, True),
        tuple(plain + ordinals),
        parts["byhour"] or (),
        parts["byminute"] or (),
        parts["bysecond"] or (),
        parts["bysetpos"] or (),
        count,
        True,  # the reading
        tuple(max(min(offset, FAR), -FAR) for offset in parts["byeaster"] or ()),
    )


def _existing(values: Times | None, low: int, high: int, signed: bool = False) -> Times:
    """Values as the core's tables can hold them: those that nothing can have become NEVER, which still filters."""
    return tuple(
        value if low <= value <= high or (signed and low <= -value <= high) else NEVER for value in values or ()
    )


@lru_cache(maxsize=1024)
def _compiled(*arguments: Any) -> CompiledRule:
    """Rules with the same parts share their tables; companies have few distinct ones."""
    return CompiledRule(*arguments)
