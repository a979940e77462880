"""Chunks of Arrow IPC bytes as columns again: `pieces` of any table, `occurrences` of an expanded one.

Rules of this module:

1. A stream is read as it comes: one record batch at a time is in memory, and nothing is read ahead of it.
2. Columns are NumPy arrays over the bytes that came, without a copy; they are read-only.
3. A batch takes the memory that the one before has had. The C library would give some of it back to the system each
   time, and the system clear it for the next: half of what receiving takes.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from schedcore.bulk import Occurrences
from schedcore.errors import ColumnError

if TYPE_CHECKING:
    import numpy

__all__ = ["occurrences", "pieces"]

#: Bytes of free memory that stay with the process, twice over: those of the few copies that a message has on its way.
_KEPT: Final = 16 << 20
#: Arrow's formats of int64 and int32.
_WHOLE: Final = frozenset("li")


def pieces(answers: Iterable[Any]) -> Iterator[dict[str, numpy.ndarray[Any, Any]]]:
    """Give the columns of a streamed table, a record batch at a time, by name.

    `answers` are `ArrowChunk` messages, or responses that have one in `chunk`. Columns of the service are int64,
    and `series` of `ExpandTable` int32.
    ColumnError for what is no Arrow IPC stream of such columns. Cost: that of receiving. Memory: a batch.
    """
    import nanoarrow
    import numpy
    from nanoarrow.ipc import InputStream

    _keep_memory()
    raw = _Readable(answers)
    try:
        with InputStream.from_readable(io.BufferedReader(raw)) as stream:
            batches = nanoarrow.c_array_stream(stream)
            schema = batches.get_schema()
            names = [schema.child(place).name for place in range(schema.n_children)]
            for name, place in zip(names, range(schema.n_children), strict=True):
                if schema.child(place).format not in _WHOLE:
                    raise ColumnError(
                        f"column {name!r} of the answer is neither int64 nor int32: is this another service?"
                    )
            for batch in batches:
                view = batch.view()
                yield {name: numpy.asarray(view.child(place).buffer(1)) for place, name in enumerate(names)}
    except RuntimeError as error:  # nanoarrow's own error is one, and has no public name
        if raw.failed is not None:
            raise raw.failed from None
        raise ColumnError(f"the answer is no Arrow IPC stream: {str(error)[:200]}") from error


def occurrences(answers: Iterable[Any]) -> Iterator[Occurrences]:
    """Give what `ExpandTable` streams as `Occurrences`, a record batch at a time.

    `series` counts the rows of the table that was sent; a row of many occurrences may go on in the next piece. Errors,
    cost and memory as `pieces`, and ColumnError where a column is missing.

    >>> import pyarrow, pyarrow.ipc
    >>> from schedcore.v1 import common_pb2
    >>> table = pyarrow.table({"series": [3, 3], "start": [0, 86400], "end": [60, 86460]})
    >>> written = io.BytesIO()
    >>> with pyarrow.ipc.new_stream(written, table.schema) as stream:
    ...     stream.write_table(table)
    >>> [found] = occurrences([common_pb2.ArrowChunk(data=written.getvalue())])
    >>> found.first, found.start.tolist()
    (3, [0, 86400])
    """
    for piece in pieces(answers):
        for name in ("series", "start", "end"):
            if name not in piece:
                raise ColumnError(f"the answer has no column {name!r}: these are no occurrences")
        if len(piece["series"]):
            yield Occurrences.of_columns(piece["series"].astype("int64"), piece["start"], piece["end"])


@cache
def _keep_memory() -> None:
    """Have the C library keep free memory: glibc does, up to twice the largest block that it has seen freed.

    See M_MMAP_THRESHOLD in mallopt(3). The block is never touched; elsewhere nothing is changed.
    """
    import numpy

    numpy.empty(_KEPT, numpy.uint8)


class _Readable(io.RawIOBase):
    """The bytes of all chunks as one file."""

    def __init__(self, answers: Iterable[Any]) -> None:
        self._answers = iter(answers)
        self._rest = memoryview(b"")
        self.failed: Exception | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        while not self._rest:
            try:
                answer = next(self._answers, None)
            except Exception as error:  # the reader turns every error into its own: this one is raised in its place
                self.failed = error
                raise
            if answer is None:
                return 0
            self._rest = memoryview(getattr(answer, "chunk", answer).data)
        size = min(len(into), len(self._rest))
        into[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size
