"""Choices out of bytes, so that an input that is a few bytes longer or other makes a few choices more or other.

Behind the end everything is 0: any bytes are good for any number of choices.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Draws:
    """Takes an input apart from its front."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def byte(self) -> int:
        """0 to 255."""
        self.at += 1
        return self.data[self.at - 1] if self.at <= len(self.data) else 0

    def below(self, end: int) -> int:
        """0 to end - 1, out of one byte or as many as it takes."""
        value, most = self.byte(), 256
        while most < end:
            value, most = value << 8 | self.byte(), most << 8
        return value % end

    def of(self, choices: Sequence[T]) -> T:
        """One of some."""
        return choices[self.below(len(choices))]

    def flag(self) -> bool:
        """Yes or no."""
        return bool(self.byte() & 1)

    def number(self, size: int) -> int:
        """A whole number of so many bytes, with a sign."""
        return int.from_bytes(bytes(self.byte() for _ in range(size)), "little", signed=True)

    def text(self, most: int) -> bytes:
        """Bytes of any length up to `most`, a few of them mostly."""
        size = min(self.below(most + 1), max(len(self.data) - self.at, 0))
        self.at += size
        return self.data[self.at - size : self.at]

    def rest(self) -> bytes:
        """All that is left."""
        found = self.data[self.at :]
        self.at = len(self.data)
        return found
