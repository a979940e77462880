"""Columns on the wire: Arrow IPC streams cut into messages, and read again.

Rules of this module:

1. The `data` of all chunks, one after the other, is one Arrow IPC stream: the schema is in the first, its end in the
   last. So any Arrow library reads an answer that was simply put together.
2. One piece is made at a time, when the client has taken the one before (`bridge` asks a generator no sooner), and cut
   so that a message stays well under what clients take (4 MiB is gRPC's default).
3. What clients send is a stranger's bytes: it is bounded before it is read, and its reader checks it.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

import nanoarrow
from nanoarrow.ipc import InputStream, StreamWriter

from schedcore.errors import ColumnError, LimitExceeded, shorten
from schedcore.v1 import common_pb2

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import numpy

__all__ = ["columns_of", "frames"]

#: Rows of a chunk: three int64 columns of 65,536 rows are 1.5 MiB.
ROWS: Final = 65_536
#: Bytes that a table which a client sends may have in all.
MAX_TABLE: Final = 256 << 20


class Frames:
    """Writes one Arrow IPC stream, a chunk at a time.

    A record batch is metadata, which say how many rows and bytes follow, and the columns one behind the other, each to
    a multiple of 8 bytes (https://arrow.apache.org/docs/format/Columnar.html, "Encapsulated message format"). All
    chunks but the last have as many rows, and so the same metadata: nanoarrow writes them once, and from then on a
    chunk is one copy of its columns, thirty times as fast.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._out = io.BytesIO()
        self._writer: Any = StreamWriter.from_writable(self._out)
        self._began = False
        self._head = (-1, b"")  # rows, and the metadata of a batch of so many
        self._schema = nanoarrow.struct({name: nanoarrow.int64() for name in names})

    def chunk(self, columns: Sequence[Any]) -> common_pb2.ArrowChunk:
        """Give the chunk of columns of one length."""
        rows, head = self._head
        if len(columns[0]) == rows:
            return common_pb2.ArrowChunk(data=b"".join((head, *map(_bytes, columns))), rows=rows)
        children = [nanoarrow.c_array(column) for column in columns]
        rows = len(children[0])
        array = nanoarrow.c_array_from_buffers(self._schema, length=rows, buffers=[None], children=children)
        self._writer.write_stream(array)
        data = self._taken()
        if self._began:  # before the first batch stands the schema
            self._head = rows, _head_of(data, columns)
        self._began = True
        return common_pb2.ArrowChunk(data=data, rows=rows)

    def end(self) -> common_pb2.ArrowChunk:
        """Give the chunk that ends the stream."""
        self._writer.close()
        return common_pb2.ArrowChunk(data=self._taken(), rows=0)

    def _taken(self) -> bytes:
        data = self._out.getvalue()
        self._out.seek(0)
        self._out.truncate()
        return data


def _bytes(column: Any) -> memoryview:
    """The bytes of a column of int64; ValueError for what is none."""
    view = memoryview(column)
    if view.itemsize != 8 or view.format not in ("l", "q") or not view.c_contiguous:
        raise ValueError(f"a column of {view.format!r} in place of one of int64")
    return view.cast("B")


def _head_of(data: bytes, columns: Sequence[Any]) -> bytes:
    """The metadata before the columns in a chunk that was written."""
    body = b"".join(map(_bytes, columns))
    if not data.endswith(body):
        raise AssertionError("nanoarrow has written a batch otherwise than the format says")
    return data[: len(data) - len(body)]


def frames(
    names: Sequence[str], pieces: Iterable[Sequence[numpy.ndarray[Any, Any]]], rows: int = ROWS
) -> Iterator[common_pb2.ArrowChunk]:
    """Write pieces of int64 columns as chunks of one stream, at most `rows` in each.

    An answer without rows has its schema all the same. Cost: a copy of the columns; memory: one chunk over the piece.

    >>> import numpy
    >>> found = list(frames(["start"], [[numpy.arange(5)]], rows=2))
    >>> [chunk.rows for chunk in found]
    [2, 2, 1, 0]
    >>> columns_of(found)["start"].to_pylist()
    [0, 1, 2, 3, 4]
    """
    out = Frames(names)
    began = False
    for piece in pieces:
        for at in range(0, len(piece[0]), rows):
            began = True
            yield out.chunk([column[at : at + rows] for column in piece])
    if not began:
        yield out.chunk([nanoarrow.c_array([], nanoarrow.int64()) for _ in names])
    yield out.end()


def columns_of(
    chunks: Iterable[common_pb2.ArrowChunk | bytes], max_bytes: int = MAX_TABLE
) -> Mapping[str, nanoarrow.Array]:
    """Read one stream that came in chunks: its columns by name, each in one piece.

    ColumnError for what is no Arrow IPC stream or has a name twice, LimitExceeded over `max_bytes`.
    """
    parts, size = [], 0
    for chunk in chunks:
        data = chunk if isinstance(chunk, bytes) else chunk.data
        size += len(data)
        if size > max_bytes:
            raise LimitExceeded("max_table_bytes", allowed=max_bytes, reached=size)
        parts.append(data)
    if not size:
        raise ColumnError("no table was sent: give the bytes of an Arrow IPC stream, schema first")
    try:
        with InputStream.from_readable(b"".join(parts)) as stream:
            table = nanoarrow.Array(nanoarrow.c_array_stream(stream))
            return _named(table)
    except (ValueError, TypeError, RuntimeError, NotImplementedError) as error:
        raise ColumnError(f"the chunks are no Arrow IPC stream that can be read: {str(error)[:200]}") from error


def _named(table: nanoarrow.Array) -> Mapping[str, nanoarrow.Array]:
    found: dict[str, nanoarrow.Array] = {}
    for number in range(table.n_children):
        child = table.child(number)
        name = str(child.schema.name)
        if name in found:
            raise ColumnError(f"the table has two columns {shorten(name)}: give each a name of its own")
        found[name] = child
    return found
