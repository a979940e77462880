"""The slow twins of the kernel: obviously right, one time after the other, no arithmetic of its own.

`ask_zoneinfo` asks `zoneinfo` which instants show a local time; `ask_segments` walks all segments of a hand-made table.
Both return what `ZoneTable.to_utc` should. `tzif` writes the files that the reader is tested with.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo

EPOCH = datetime(1970, 1, 1)
SHIFT, SKIP = 0, 1
FIRST, LAST, BOTH = 0, 1, 2


def instants_of(local: int, tz: tzinfo) -> tuple[list[int], int]:
    """The instants at which clocks show a local time, increasing, and where it moves if there are none."""
    naive = EPOCH + timedelta(seconds=local)
    found, moved = set(), 0
    for fold in (0, 1):
        aware = naive.replace(tzinfo=tz, fold=fold)
        instant = aware.astimezone(UTC)
        seconds = int((instant.replace(tzinfo=None) - EPOCH).total_seconds())
        if instant.astimezone(tz).replace(tzinfo=None) == naive:
            found.add(seconds)
        if fold == 0:
            moved = seconds
    return sorted(found), moved


def chosen(found: Sequence[int], moved: int, gap: int, fold: int) -> list[int]:
    """Reading 7 for one local time."""
    if not found:
        return [moved] if gap == SHIFT else []
    return list(found) if fold == BOTH else [found[0] if fold == FIRST else found[-1]]


def to_utc(
    column: Iterable[int], instants: Callable[[int], tuple[list[int], int]], gap: int = SHIFT, fold: int = FIRST
) -> list[int]:
    """Reading 7 for a column: in order of instants, equal ones once."""
    return sorted({utc for local in column for utc in chosen(*instants(local), gap, fold)})


def ask_zoneinfo(tz: tzinfo) -> Callable[[int], tuple[list[int], int]]:
    return lambda local: instants_of(local, tz)


def ask_segments(first: int, times: Sequence[int], offsets: Sequence[int]) -> Callable[[int], tuple[list[int], int]]:
    """The same for a table: a segment is [begin, end) with one offset; a gap is left by the first jump over it."""
    bounds = [-(10**18), *times, 10**18]
    all_offsets = [first, *offsets]

    def instants(local: int) -> tuple[list[int], int]:
        found = [
            local - offset
            for begin, end, offset in zip(bounds, bounds[1:], all_offsets, strict=False)
            if begin <= local - offset < end
        ]
        jumps = (
            local - before
            for at, before, after in zip(times, all_offsets, all_offsets[1:], strict=False)
            if at + before <= local < at + after
        )
        return found, 0 if found else next(jumps)

    return instants


def tzif(
    first: int = 0,
    times: Sequence[int] = (),
    offsets: Sequence[int] = (),
    footer: str = "",
    *,
    version: bytes = b"2",
    types: Sequence[tuple[int, int, int]] | None = None,
    kinds: Sequence[int] | None = None,
    leaps: int = 0,
    indicators: tuple[int, int] = (0, 0),
    names: bytes = b"TST\0",
) -> bytes:
    """A TZif file (RFC 9636 3) with one type for each offset, or with whatever is given, right or wrong."""
    types = [(first, 0, 0), *((offset, 0, 0) for offset in offsets)] if types is None else types
    kinds = range(1, len(times) + 1) if kinds is None else kinds

    def block(code: str) -> bytes:
        counts = (*indicators, leaps, len(times), len(types), len(names))
        leap = b"".join(struct.pack(f">{code}l", 78796800 + i, i + 1) for i in range(leaps))
        return (
            b"TZif"
            + version
            + bytes(15)
            + struct.pack(">6L", *counts)
            + struct.pack(f">{len(times)}{code}", *times)
            + bytes(kinds)
            + b"".join(struct.pack(">lBB", *entry) for entry in types)
            + names
            + leap
            + bytes(sum(indicators))
        )

    if version == b"\0":
        return block("l")
    empty = b"TZif" + version + bytes(15) + struct.pack(">6L", 0, 0, 0, 0, 1, 4) + bytes(6) + b"TST\0"
    return empty + block("q") + b"\n" + footer.encode() + b"\n"
