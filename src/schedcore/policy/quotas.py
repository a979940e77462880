"""What a subscription allows, as a value that is passed in: how many calendars somebody may add, and layer at a time.

Reaching a quota is a LimitExceeded that names it; nothing is cut in silence, and nothing changes then.

Product rules: O2, O6.
"""

from __future__ import annotations

from dataclasses import dataclass

from schedcore.errors import InvalidValue, LimitExceeded, shorten

__all__ = ["Quotas"]


@dataclass(frozen=True, slots=True)
class Quotas:
    """How many calendars somebody may add to their own, and how many may be layered together; None: no limit.

    Their own calendar is not added, but it is a layer when it is shown. InvalidValue for what is no such number.

    >>> Quotas(added=3, layered=0)
    Traceback (most recent call last):
        ...
    schedcore.errors.InvalidValue: layered=0: give a whole number from 1 on, or None for no limit
    """

    added: int | None = None
    layered: int | None = None

    def __post_init__(self) -> None:
        for name, least in (("added", 0), ("layered", 1)):
            value = getattr(self, name)
            if value is not None and (type(value) is not int or value < least):
                raise InvalidValue(
                    f"{name}={shorten(value)}: give a whole number from {least} on, or None for no limit"
                )

    def check(self, *, added: int, layered: int) -> None:
        """Refuse more than is allowed: LimitExceeded says which quota, and what to do.

        >>> Quotas(added=1).check(added=2, layered=1)
        Traceback (most recent call last):
            ...
        schedcore.errors.LimitExceeded: 2 calendars added, the subscription has 1: remove one first
        """
        for name, count, what in (("added", added, "remove"), ("layered", layered, "hide")):
            allowed: int | None = getattr(self, name)
            if allowed is not None and count > allowed:
                said = f"{count} calendars {name}, the subscription has {allowed}: {what} one first"
                raise LimitExceeded(name, allowed=allowed, reached=count, message=said)
