"""Busy time of owners whose rows may stand anywhere in a file: merged batch by batch, then once more all together.

What a batch gives is merged already, and so a fraction of its occurrences; merging is associative (the strongest status
of an instant is the strongest of the parts), so the last merge gives what one over everything would.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from schedcore.freebusy import Merged, merge

if TYPE_CHECKING:
    import pyarrow

    from schedcore.bulk import SeriesTable

__all__ = ["Busy"]

NAMES = ("owner", "start", "end", "status")


class Busy:
    """Collects merged stretches, and knows owners that have names by numbers."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self.parts: list[Merged] = []
        self.numbers: dict[str, int] = {}

    def numbered(self, columns: dict[str, Any]) -> dict[str, Any]:
        """Put numbers in place of owners that are text; a missing owner stays missing, and is a problem of its row."""
        import pyarrow

        owner = columns.get("owner")
        if owner is None or pyarrow.types.is_integer(owner.type):
            return columns
        if pyarrow.types.is_dictionary(owner.type):
            owner = owner.cast(owner.type.value_type)
        words = owner.dictionary_encode()
        places = [None if word is None else self.numbers.setdefault(word, len(self.numbers)) for word in _texts(words)]
        numbers = pyarrow.array(places, pyarrow.int64())
        return {**columns, "owner": numbers.take(words.indices)}

    def add(self, table: SeriesTable, start: datetime, end: datetime) -> None:
        """Merge the busy time of a table."""
        from schedcore.freebusy import of_table

        self.parts.append(of_table(table, start, end, threads=self.threads))

    def answer(self) -> pyarrow.Table:
        """All stretches, in order of owner and start."""
        import numpy
        import pyarrow

        nothing = numpy.empty(0, numpy.int64)
        owner, start, end, status = (
            numpy.concatenate([nothing, *(numpy.asarray(getattr(part, name)) for part in self.parts)]) for name in NAMES
        )
        self.parts.clear()
        found = pyarrow.table(merge(owner, start, end, status, threads=self.threads))
        if not self.numbers:
            return found
        names = pyarrow.array(self.numbers, pyarrow.string()).take(found["owner"])
        return found.set_column(0, "owner", names)


def _texts(words: pyarrow.DictionaryArray) -> list[str | None]:
    """The distinct texts of a column."""
    texts: list[str | None] = words.dictionary.to_pylist()
    return texts
