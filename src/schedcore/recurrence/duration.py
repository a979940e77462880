"""`Duration`: nominal days and exact seconds, as RFC 5545 3.3.6 tells them apart.

Rules of this module:

1. Days are nominal: a day later is the same time on the clock, 23 to 25 hours away. Seconds are exact: elapsed time.
   So P1D and PT24H differ, and neither is ever turned into the other.
2. A week is seven days. Days and seconds never have opposite signs: no text of RFC 5545 says such a thing.
3. A duration may be negative, as the trigger of a reminder is (RFC 5545 3.8.6.3). That of an event may not (3.8.2.5):
   the series it is given to refuses it.

What this module does not do: it adds to no time. A series does, in its zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from schedcore.errors import InvalidValue, shorten

__all__ = ["Duration"]

_DAY: Final = 86_400

_MAX_DAYS: Final = 3_652_058
_MAX_SECONDS: Final = 315_537_897_599
"""From the first day and second of the years 1 to 9999 to the last ones: nothing lasts longer in this calendar."""

_MAX_CHARS: Final = 100
"""The longest duration within the bounds takes 26 characters; the rest is room for zeros in front."""

_DATE_UNITS: Final = {"W": 7, "D": 1}
_TIME_UNITS: Final = {"H": 3600, "M": 60, "S": 1}


@dataclass(frozen=True, slots=True)
class Duration:
    """How long something lasts: `days` on the clock, then `seconds` of elapsed time.

    Both are int, of the same sign, at most 3,652,058 days and 315,537,897,599 seconds. Durations are frozen, hash, and
    are equal if both numbers are; there is no order, since P1D is sometimes longer than PT24H and sometimes shorter.

    Raises InvalidValue. Cost: about a microsecond. Source: RFC 5545 3.3.6.

    >>> Duration(days=1) == Duration(seconds=86400)
    False
    >>> str(Duration(days=1, seconds=7200)), str(Duration(seconds=86400))
    ('P1DT2H', 'PT24H')
    """

    days: int = 0
    seconds: int = 0

    def __post_init__(self) -> None:
        """Check type, bounds and signs."""
        for name, value, bound in (("days", self.days, _MAX_DAYS), ("seconds", self.seconds, _MAX_SECONDS)):
            if type(value) is not int:
                raise InvalidValue(f"Duration({name}={shorten(value)}): give a whole number as int")
            if not -bound <= value <= bound:
                raise InvalidValue(
                    f"Duration({name}={shorten(value)}) is over {bound}, the whole of the years 1 to 9999: give less"
                )
        if (self.days > 0 > self.seconds) or (self.days < 0 < self.seconds):
            raise InvalidValue(
                f"Duration(days={self.days}, seconds={self.seconds}) has two signs: give both of one sign"
            )

    @classmethod
    def parse(cls, text: str) -> Duration:
        """Read a DURATION value: P1W, P1DT2H, PT1H30M, -PT15M.

        Units come in the order W, D, T, H, M, S, each at most once; left out ones count nothing, so that PT1H20S, which
        the grammar does not grant but programs write, is read too. Case does not matter.

        Raises InvalidValue naming the text. Cost: a few microseconds. Source: RFC 5545 3.3.6.

        >>> Duration.parse("P15DT5H0M20S")
        Duration(days=15, seconds=18020)
        >>> Duration.parse("P999999999W")
        Traceback (most recent call last):
        ...
        schedcore.errors.InvalidValue: DURATION 'P999999999W' is over 3652058 days, the whole of the years 1 to 9999: give less
        """  # noqa: E501 - the message of the error is one line
        if not isinstance(text, str):
            raise InvalidValue(f"DURATION {shorten(text)} is {type(text).__name__}: give text, as PT1H")
        if len(text) > _MAX_CHARS:
            raise InvalidValue(f"DURATION {shorten(text)} is over {_MAX_CHARS} characters: give a shorter text")
        body = text.upper() if text.isascii() else ""
        sign = -1 if body.startswith("-") else 1
        body = body.removeprefix("-" if sign < 0 else "+")
        date_text, separator, time_text = body[1:].partition("T")
        days = _sum(date_text, _DATE_UNITS)
        seconds = _sum(time_text, _TIME_UNITS)
        # A P or a T with nothing behind it is cut off, not zero.
        whole = bool(time_text) if separator else bool(date_text)
        if not body.startswith("P") or days is None or seconds is None or not whole:
            raise InvalidValue(f"DURATION {shorten(text)} cannot be read: give P1W, P1DT2H, PT30M or alike")
        if days > _MAX_DAYS or seconds > _MAX_SECONDS:
            bound = f"{_MAX_DAYS} days" if days > _MAX_DAYS else f"{_MAX_SECONDS} seconds"
            raise InvalidValue(f"DURATION {shorten(text)} is over {bound}, the whole of the years 1 to 9999: give less")
        return cls(sign * days, sign * seconds)

    @classmethod
    def of(cls, value: Duration | timedelta) -> Duration:
        """Take a Duration as it is, and a timedelta as exact seconds.

        Raises InvalidValue for anything else, and for a timedelta with a fraction of a second.

        >>> Duration.of(timedelta(days=1))
        Duration(days=0, seconds=86400)
        """
        if isinstance(value, Duration):
            return value
        if not isinstance(value, timedelta):
            raise InvalidValue(f"{shorten(value)} is no duration: give a timedelta (exact) or a schedcore.Duration")
        if value.microseconds:
            raise InvalidValue(f"{shorten(value)} has a fraction of a second: give whole seconds")
        return cls(0, value.days * _DAY + value.seconds)

    @property
    def is_negative(self) -> bool:
        """Whether it points back in time.

        >>> Duration.parse("-PT15M").is_negative
        True
        """
        return self.days < 0 or self.seconds < 0

    def __str__(self) -> str:
        """Write it as RFC 5545 3.3.6 has it; parsed again it is equal.

        >>> str(Duration(days=14)), str(Duration(seconds=3620)), str(Duration())
        ('P2W', 'PT1H0M20S', 'PT0S')
        """
        sign = "-" if self.is_negative else ""
        days, seconds = abs(self.days), abs(self.seconds)
        if seconds == 0 and days and days % 7 == 0:
            return f"{sign}P{days // 7}W"
        text = f"{days}D" if days else ""
        if seconds or not days:
            text += "T" + _clock(seconds)
        return f"{sign}P{text}"


def _clock(seconds: int) -> str:
    """Write hours, minutes, seconds; the grammar lets zeros go at both ends but not between."""
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    if not seconds:
        return "0S"
    text = f"{hour}H" if hour else ""
    if minute or (hour and second):
        text += f"{minute}M"
    return text + (f"{second}S" if second else "")


def _sum(text: str, units: dict[str, int]) -> int | None:
    """Add up number and unit pairs, units in their order and each at most once; None if the text is not that."""
    total, digits = 0, ""
    left = list(units)
    for char in text:
        if char.isdigit():
            digits += char
        elif digits and char in left:
            total += int(digits) * units[char]
            left = left[left.index(char) + 1 :]
            digits = ""
        else:
            return None
    return None if digits else total
