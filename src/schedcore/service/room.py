"""Memory that calls may have beyond a little each: so many bytes for all of them together.

Rules of this module:

1. What a call has of its own, whatever others do, is small: `FREE`. So who takes all the rest shuts out nobody but
   those who need as much.
2. What cannot be had is refused at once, and nothing waits here.
"""

from __future__ import annotations

import threading
from typing import Final

from schedcore.service.errors import Overloaded

__all__ = ["FREE", "Room", "Spare"]

#: Bytes: a table of 65,536 rows of 60 bytes, and the one before it.
FREE: Final = 8 << 20
_AGAIN: Final = 5.0


class Spare:
    """So many bytes in all, which any thread may borrow.

    >>> spare = Spare(100)
    >>> spare.lend(60), spare.lend(60)
    (True, False)
    """

    def __init__(self, size: int) -> None:
        self._left = size
        self._lock = threading.RLock()  # a collector that comes meanwhile may close a call that gives some back

    def lend(self, size: int) -> bool:
        """Whether there are so many, which are then the caller's."""
        with self._lock:
            if size > self._left:
                return False
            self._left -= size
            return True

    def take_back(self, size: int) -> None:
        """Have them back."""
        with self._lock:
            self._left += size


class Room:
    """What one call holds: `FREE` bytes, and as many more as there are to `spare`; without bound where that is None."""

    def __init__(self, spare: Spare | None = None) -> None:
        self._spare = spare
        self._lent = 0

    def hold(self, size: int) -> None:
        """Say that it holds so many bytes now, neither more nor less; Overloaded where others hold too much.

        >>> spare = Spare(1_000_000)
        >>> Room(spare).hold(FREE + 700_000)
        >>> Room(spare).hold(FREE)
        >>> Room(spare).hold(FREE + 700_000)
        Traceback (most recent call last):
            ...
        schedcore.service.errors.Overloaded: tables of others take the memory for those over 8 MiB: send record ...
        """
        if self._spare is None:
            return
        more = max(size - FREE, 0) - self._lent
        if more < 0:
            self._spare.take_back(-more)
        elif not self._spare.lend(more):
            told = f"tables of others take the memory for those over {FREE >> 20} MiB"
            raise Overloaded(f"{told}: send record batches of half of that, or ask again in a moment", _AGAIN)
        self._lent += more
