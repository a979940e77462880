"""How much one answer may hold and one question may walk through: named values, never a silent cut."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

from schedcore.errors import InvalidValue, LimitExceeded, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schedcore._column import Column
    from schedcore.recurrence.source import Source

__all__ = ["DEFAULT", "Limits", "check_window", "count", "walk"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on the work and memory of one question; reaching one raises LimitExceeded with its name.

    `max_occurrences` is how many starts one answer may hold (8 bytes each as a column, some 100 as datetimes); what is
    longer is counted, not made, and refused, and `Series.chunks` streams it. `max_walked` is how many starts one
    question may walk through where it cannot jump: past what EXDATE and EXRULE take away, and to count a series of
    several rules. InvalidValue for a limit that is not a whole number of 1 or more.

    >>> Limits(max_occurrences=1000)
    Limits(max_occurrences=1000, max_walked=1000000000)
    """

    max_occurrences: int = 10_000_000
    max_walked: int = 1_000_000_000

    def __post_init__(self) -> None:
        """Refuse what bounds nothing."""
        for field in fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, int) or value < 1:
                raise InvalidValue(f"{field.name}={shorten(value)}: pass a whole number of 1 or more")


DEFAULT: Final = Limits()


#: Pages of a walk grow from 64 starts (a page of a screen) to 65,536 (half a MiB of keys).
_FIRST_PAGE: Final = 64
_LAST_PAGE: Final = 65_536


def walk(source: Source, limits: Limits, lo: int, hi: int, size: int = _FIRST_PAGE) -> Iterator[Column]:
    """Walk through the starts in [lo, hi) in ever longer columns, some of them empty.

    LimitExceeded once EXDATE and EXRULE took more than `max_walked` starts away: nothing else bounds how many.
    """
    taken = 0
    while lo < hi:
        column, lo = source.page(lo, hi, size)
        yield column
        taken += max(size - len(column), 0)
        if taken > limits.max_walked:
            raise LimitExceeded("max_walked", allowed=limits.max_walked, reached=taken)
        size = min(size * 2, _LAST_PAGE)


def count(source: Source, limits: Limits, lo: int, hi: int) -> int:
    """Count the starts in [lo, hi) where the source can (`Source.rank`), and else on a walk."""
    before = source.rank(lo)
    behind = None if before is None else source.rank(hi)
    if before is not None and behind is not None:
        return behind - before
    found = 0
    for column in walk(source, limits, lo, hi):
        found += len(column)
        if found > limits.max_walked:
            raise LimitExceeded("max_walked", allowed=limits.max_walked, reached=found)
    return found


def check_window(source: Source, limits: Limits, lo: int, hi: int) -> None:
    """Raise LimitExceeded if [lo, hi) holds more than `max_occurrences`; they are counted, not made.

    To be called for a window of more than `max_occurrences` seconds: in a shorter one there is no room for so many.
    """
    if source.at_most(lo, hi) <= limits.max_occurrences:
        return
    found = count(source, limits, lo, hi)
    if found > limits.max_occurrences:
        raise LimitExceeded(
            "max_occurrences",
            allowed=limits.max_occurrences,
            reached=found,
            message=f"the window holds {found} occurrences, over max_occurrences={limits.max_occurrences}: stream it "
            "with chunks(), ask for less, or pass limits=Limits(max_occurrences=...)",
        )
