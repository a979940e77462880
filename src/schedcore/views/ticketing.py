"""How the dates of an event with tickets are offered: as a list, a month or a week.

Rules of this module:

1. The seller enables some of the three modes, one of which is the default. The customer may switch among those.
2. A list suits dates that are few and far between. A week suits several sessions a day. A month suits what is between
   the two: it is too empty for the first and too busy for the second.
3. What suits is counted, from the days of the sessions: from two a day on, on average of the days that have any, it is
   a week; up to one such day in a week, a list. If that mode is not enabled, the next best is suggested.

Product rules: E1, E2, E3, E4.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final

from schedcore.errors import InvalidValue, shorten

__all__ = ["Mode", "Modes", "suited"]

#: Sessions on a day, from which on a cell of a month gets too small for them.
_SEVERAL: Final = 2
#: Days with sessions in seven, up to which most weeks of a month would be empty, or hold one.
_SPARSE: Final = 1


class Mode(StrEnum):
    """How dates are shown.

    >>> Mode("week").name
    'WEEK'
    """

    LIST = "list"
    MONTH = "month"
    WEEK = "week"


#: The others, by which of them comes closer.
_NEXT: Final = {
    Mode.LIST: (Mode.LIST, Mode.MONTH, Mode.WEEK),
    Mode.MONTH: (Mode.MONTH, Mode.WEEK, Mode.LIST),
    Mode.WEEK: (Mode.WEEK, Mode.LIST, Mode.MONTH),
}


@dataclass(frozen=True)
class Modes:
    """The modes that a customer can switch among, and the one that is shown.

    `default` is shown first; it must be among those that are `enabled`. InvalidValue where it is not.

    >>> Modes({Mode.LIST, Mode.WEEK}, Mode.MONTH)
    Traceback (most recent call last):
        ...
    schedcore.errors.InvalidValue: the default month is not among the enabled modes list, week: enable it, or choose another
    """  # noqa: E501 - the message is one line

    enabled: Iterable[Mode]
    default: Mode
    shown: Mode | None = None

    def __post_init__(self) -> None:
        enabled = frozenset(_mode(one) for one in self.enabled)
        object.__setattr__(self, "enabled", enabled)
        object.__setattr__(self, "default", _mode(self.default))
        names = ", ".join(mode for mode in Mode if mode in enabled) or "(none)"
        if self.default not in enabled:
            raise InvalidValue(
                f"the default {self.default} is not among the enabled modes {names}: enable it, or choose another"
            )
        object.__setattr__(self, "shown", self.default if self.shown is None else _mode(self.shown))
        if self.shown not in enabled:
            raise InvalidValue(f"{self.shown} is not among the enabled modes {names}: switch to one of these")

    def switched(self, mode: Mode) -> Modes:
        """The same with another mode shown; InvalidValue for one that the seller has not enabled."""
        return replace(self, shown=mode)

    def suggested(self, sessions: Iterable[date]) -> Mode:
        """The enabled mode that suits some sessions best, by their dates; the default where there are none.

        >>> week = [date(2026, 3, day) for day in (2, 2, 3, 3, 4)]
        >>> Modes(list(Mode), Mode.LIST).suggested([*week, *week]).name
        'WEEK'
        """
        dates = list(sessions)
        if not dates:
            return self.default
        return next(mode for mode in _NEXT[suited(dates)] if mode in set(self.enabled))


def suited(sessions: Iterable[date]) -> Mode:
    """Tell which mode suits sessions on some dates, one item a session; InvalidValue if there are none.

    >>> suited([date(2026, 3, 1), date(2026, 4, 12), date(2026, 6, 3)]).name
    'LIST'
    """
    dates = sorted(date(one.year, one.month, one.day) for one in sessions)
    if not dates:
        raise InvalidValue("there are no sessions: any mode suits them; show the default")
    days = len(set(dates))
    if len(dates) >= _SEVERAL * days:
        return Mode.WEEK
    # From the first to the last there are so many days: a single one is a list.
    span = (dates[-1] - dates[0]).days + 1
    return Mode.LIST if days == 1 or days * 7 <= _SPARSE * (span + 6) else Mode.MONTH


def _mode(value: object) -> Mode:
    try:
        return Mode(value)  # type: ignore[arg-type]
    except ValueError:
        raise InvalidValue(f"{shorten(value)} is no mode: give one of {', '.join(Mode)}") from None
