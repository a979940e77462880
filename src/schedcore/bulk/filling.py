"""Rows of a window counted, then written into columns of exactly that size: all at once, or piece after piece.

What comes out does not depend on threads or on how rows are cut into chunks and pieces, bit for bit.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from schedcore.bulk._expand import Chunk, Window, sized
from schedcore.bulk.occurrences import Occurrences
from schedcore.bulk.sharing import shared
from schedcore.errors import LimitExceeded

if TYPE_CHECKING:
    from schedcore._cancel import CancelToken
    from schedcore._column import Column

__all__ = ["LISTED", "PIECES", "Counted", "Window", "counted", "filled", "placed", "sized", "streamed"]

#: How many moments the lists of all shapes may hold: 64 MiB.
LISTED: Final = 8 << 20
#: Pieces a thread: so many even out what the estimate of their cost has wrong, and nobody waits long for the last one.
PIECES: Final = 8
#: What one occurrence takes while a piece is made: start and end in the answer, and both once more where rows are not
#: simply copied from lists; then 8 for `series`, should it be asked for.
_BYTES: Final = 40


class Counted(NamedTuple):
    """Rows from `first` on in chunks that have been counted, and the column in which their notes wait for offsets."""

    chunks: list[Chunk]
    offsets: Column
    first: int


def counted(window: Window, low: int, high: int, threads: int) -> Counted:
    """Cut rows into chunks of about one cost, and count what is in them."""
    parts = 1 if threads == 1 else PIECES * threads
    offsets = sized(high - low + 1)
    chunks = [Chunk(window, *cut, offsets, low) for cut in pairwise(window.cuts(low, high, parts))]
    shared([chunk.count for chunk in chunks], threads)
    return Counted(chunks, offsets, low)


def placed(found: Counted, most: int) -> tuple[list[tuple[Chunk, int]], int]:
    """Where the occurrences of each chunk begin, and how many there are in all."""
    bounds = [0, *accumulate(chunk.total for chunk in found.chunks)]
    total = bounds[-1]
    if total > most:
        raise LimitExceeded(
            "max_occurrences",
            allowed=most,
            reached=total,
            message=f"the window holds {total} occurrences, over max_occurrences={most}: take them with stream(), "
            "ask for less, or pass limits=Limits(max_occurrences=...)",
        )
    return list(zip(found.chunks, bounds, strict=False)), total


def apart(places: list[tuple[Chunk, int]]) -> list[tuple[Chunk, int]]:
    """Put chunks in an order in which threads, taking one after the other, write far from each other.

    Threads that come to a fresh large page (2 MiB) at the same time each clear one for it, and all but one are thrown
    away: clearing takes as long as filling does. Neighbours share pages, so each thread has a stretch of its own.
    """
    return [place for number in range(PIECES) for place in places[number::PIECES]]


def filled(found: Counted, threads: int, most: int) -> Occurrences:
    """Fill columns of the size that was counted, each chunk into its own stretch."""
    places, total = placed(found, most)
    starts, ends = sized(total), sized(total)
    shared([partial(chunk.fill, starts, ends, at) for chunk, at in apart(places)], threads)
    memoryview(found.offsets)[-1] = total
    return Occurrences(starts, ends, found.offsets, first=found.first)


def streamed(
    rows: Any, lo: int, hi: int, max_bytes: int, threads: int, most: int, cancel: CancelToken | None
) -> Iterator[Occurrences]:
    """Give pieces of the table, each of as many rows as fit."""
    room = max_bytes // 2 // _BYTES  # half of it for occurrences, a quarter for lists, the rest for notes on rows
    window = Window(rows, lo, hi, False, min(max_bytes // 4 // 8, LISTED), room, cancel)
    at = 0
    while at < len(rows):
        end = window.fitting(at, room)
        if end > at:
            found: Iterator[Occurrences] = iter([filled(counted(window, at, end, threads), threads, most)])
        else:
            end = at + 1
            found = _row_in_pieces(rows, at, lo, hi, room, most, cancel)
        for piece in found:
            most -= len(piece)
            yield piece
        at = end


def _row_in_pieces(
    rows: Any, row: int, lo: int, hi: int, room: int, most: int, cancel: CancelToken | None
) -> Iterator[Occurrences]:
    """Give the occurrences of a row with very many of them, in stretches of time."""
    stretches = [(lo, hi)]
    while stretches:
        begin, end = stretches.pop()
        window = Window(rows, begin, end, False, 0, room, cancel)
        # What the window cannot tell without expanding it, its length in seconds can.
        if min(window.most(row), end - begin) > room:
            middle = (begin + end) // 2
            stretches += [(middle, end), (begin, middle)]
            continue
        piece = filled(counted(window, row, row + 1, 1), 1, most)
        most -= len(piece)
        if len(piece):
            yield piece
