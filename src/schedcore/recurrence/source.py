"""What a series asks for its starts, whatever it is made of.

A source is one rule (`schedcore._stream.Stream`) or a whole set of rules and dates (`members.Members`). It counts in
keys (see `window`), and a window of keys is [lo, hi).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from schedcore._cancel import CancelToken
    from schedcore._column import Column

__all__ = ["Source"]


class Source(Protocol):
    """The starts of a series, as keys."""

    def starts(self, low: int, high: int, cancel: CancelToken | None = None) -> Column:
        """All starts in [low, high), strictly increasing."""

    def page(self, low: int, high: int, size: int, cancel: CancelToken | None = None) -> tuple[Column, int]:
        """The first starts in [low, high), about `size` of them, and the key to go on from; a page may be empty."""

    def latest(self, high: int) -> int | None:
        """A key at or before the latest candidate below `high`; None if there is none."""

    def at_most(self, low: int, high: int) -> int:
        """A number that the starts in [low, high) do not exceed, told without counting them."""

    def rank(self, key: int) -> int | None:
        """How many starts lie before `key`; None where that takes a walk through them."""

    def nth(self, k: int) -> int | None:
        """The start number k, from 0, if `rank` can count; None if there are fewer."""
