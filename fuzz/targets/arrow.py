"""Arrow: columns and tables through the C data interface, as the format allows them and with fields overwritten.

The input describes the columns (`fuzz.producer`). What must hold: what is as the format says gives its values, or is
refused for a value that no column here can have; what was overwritten gives an answer or a ColumnError; nothing is read
beyond a buffer or after its release (AddressSanitizer says so); and everything is released, once.

The interface does not say how long a buffer is, so that is never false here: no consumer can check it.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable
from typing import Any, Final

from fuzz import producer
from fuzz.draws import Draws
from fuzz.producer import UNFIT, Made, Producer
from schedcore.bulk import columns
from schedcore.errors import ColumnError

WORDS: Final = (b"\x00\x01", b"\xff\xff\xff\xff", b"\x00\x00\x00\x80", b"\xff\xff\xff\xff\xff\xff\xff\x7f")


def seeds() -> Iterable[bytes]:
    """One for each kind of column, and some longer ones."""
    for kind in range(12):
        yield bytes([0, 5, 1, kind]) + bytes(range(1, 60))
        yield bytes([1, 3, 2, kind]) + bytes(range(200, 40, -3))
    yield bytes([2, 3]) + bytes(range(120))


def check(data: bytes) -> None:
    """Make a column or a table, take it in, compare."""
    draws = Draws(data)
    what = draws.below(3)
    made = _table(draws) if what == 2 else producer.column(draws)
    spoiled = bool(what) and producer.spoil(made, draws)
    source = Producer(made)
    try:
        found = _taken(source, what == 2)
        # A table shows a part of its lists: whether a value that is unfit is in that part, this does not work out.
        if not spoiled and not any(child.unfit for child in made.children):
            assert made.values == found, (made.format, made.values, found)
    except ColumnError as error:
        assert len(str(error)) < 1000
        assert spoiled or _has_unfit(made), (made.format, str(error))
    source.close()
    gc.collect(0)
    assert not producer.alive, "not released"
    assert not producer.twice, "released twice"


def _has_unfit(made: Made) -> bool:
    return made.unfit or UNFIT in made.values or (made.format == "+s" and any(map(_has_unfit, made.children)))


def _taken(source: Producer, table: bool) -> list[Any]:
    if not table:
        return columns.column("c", source).tolist()
    read = [columns.column(name, one).tolist() for name, one in columns.table(source).items()]
    return [list(row) for row in zip(*read, strict=True)]


def _table(draws: Draws) -> Made:
    """A struct of columns of one length."""
    length, offset = draws.below(6), draws.below(3)
    children = []
    for _ in range(draws.below(4)):
        child = producer.column(draws)
        children.append(child)
    size = min([len(child.values) for child in children], default=0)
    offset = min(offset, size)
    length = min(length, size - offset)
    shown = [list(row) for row in zip(*(child.values for child in children), strict=False)][offset : offset + length]
    made = Made("+s", [None], shown if children else [], offset, 0, children=children)
    for number, child in enumerate(children):
        child.name = f"c{number}"
    return made
