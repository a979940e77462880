"""Rows of a window counted, then written into columns of exactly that size: all at once, or piece after piece.

What comes out does not depend on threads or on how rows are cut into chunks and pieces, bit for bit.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from schedcore.bulk._crew import Crew
from schedcore.bulk._expand import Chunks, Window, sized
from schedcore.bulk.occurrences import Occurrences
from schedcore.errors import LimitExceeded

if TYPE_CHECKING:
    from schedcore._cancel import CancelToken

__all__ = ["LISTED", "PIECES", "Crew", "Window", "counted", "filled", "sized", "streamed"]

#: How many moments the lists of all shapes may hold: 64 MiB.
LISTED: Final = 8 << 20
#: Pieces a thread: so many even out what the estimate of their cost has wrong, and nobody waits long for the last one.
PIECES: Final = 12
#: What one occurrence takes while a piece is made: start and end in the answer, and both once more where rows are not
#: simply copied from lists; then 8 for `series`, should it be asked for.
_BYTES: Final = 40


def counted(window: Window, low: int, high: int, crew: Crew, threads: int, most: int) -> Chunks:
    """Cut rows into chunks of about one cost, and count what is in them; LimitExceeded for more than `most` in all."""
    chunks = Chunks(window, low, high, 1 if threads == 1 else PIECES * threads)
    total = chunks.count(crew)
    if total > most:
        raise LimitExceeded(
            "max_occurrences",
            allowed=most,
            reached=total,
            message=f"the window holds {total} occurrences, over max_occurrences={most}: take them with stream(), "
            "ask for less, or pass limits=Limits(max_occurrences=...)",
        )
    return chunks


def filled(chunks: Chunks, crew: Crew) -> Occurrences:
    """Fill columns of the size that was counted, each chunk into its own stretch."""
    starts, ends = sized(chunks.total), sized(chunks.total)
    chunks.fill(crew, starts, ends)
    return Occurrences(starts, ends, chunks.offsets, first=chunks.first)


def streamed(
    rows: Any, lo: int, hi: int, max_bytes: int, threads: int, most: int, cancel: CancelToken | None
) -> Iterator[Occurrences]:
    """Give pieces of the table, each of as many rows as fit."""
    room = max_bytes // 2 // _BYTES  # half of it for occurrences, a quarter for lists, the rest for notes on rows
    with Crew(min(threads, len(rows))) as crew:
        window = Window(rows, lo, hi, False, min(max_bytes // 4 // 8, LISTED), room, cancel, crew)
    at = 0
    while at < len(rows):
        end = window.fitting(at, room)
        if end > at:
            with Crew(min(threads, end - at)) as crew:
                found: Iterator[Occurrences] = iter([filled(counted(window, at, end, crew, threads, most), crew)])
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
        with Crew(1) as crew:
            window = Window(rows, begin, end, False, 0, room, cancel, crew)
        # What the window cannot tell without expanding it, its length in seconds can.
        if min(window.most(row), end - begin) > room:
            middle = (begin + end) // 2
            stretches += [(middle, end), (begin, middle)]
            continue
        with Crew(1) as crew:
            piece = filled(counted(window, row, row + 1, crew, 1, most), crew)
        most -= len(piece)
        if len(piece):
            yield piece
