"""`MO` to `SU`: a weekday, and which one of the period where a number is given.

Equality and hash look only at `.weekday` and `.n`, so these are interchangeable with those of `dateutil.rrule` and
`dateutil.relativedelta`, in both directions.
"""

from __future__ import annotations

from typing import Final, Self

from schedcore.errors import RuleError

__all__ = ["FR", "MO", "SA", "SU", "TH", "TU", "WE", "WEEKDAY_NAMES", "weekday", "weekdays"]

WEEKDAY_NAMES: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class weekday:
    """A day of the week, 0 for Monday, with `n` where it means the n-th of its period; `MO(2)` makes another.

    >>> MO, FR(-1), MO(2) == weekday(0, 2)
    (MO, FR(-1), True)
    """

    __slots__ = ("n", "weekday")

    def __init__(self, wkday: int, n: int | None = None) -> None:
        if n == 0:
            raise RuleError("weekday with n=0: count from 1, or from -1 for the last", part="BYDAY", value=n)
        self.weekday = wkday
        self.n = n

    def __call__(self, n: int | None) -> Self:
        """Give the n-th such weekday, as in `FR(-1)`."""
        return self if n == self.n else type(self)(self.weekday, n)

    def __eq__(self, other: object) -> bool:
        try:
            return bool(self.weekday == other.weekday and self.n == other.n)  # type: ignore[attr-defined]
        except AttributeError:
            return False

    def __hash__(self) -> int:
        return hash((self.weekday, self.n))

    def __repr__(self) -> str:
        return WEEKDAY_NAMES[self.weekday] + (f"({self.n:+d})" if self.n else "")

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.weekday, self.n)


weekdays: Final = tuple(weekday(number) for number in range(7))
MO, TU, WE, TH, FR, SA, SU = weekdays
