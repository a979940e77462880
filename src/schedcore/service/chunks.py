"""Columns on the wire: Arrow IPC streams cut into messages, and read again.

Rules of this module:

1. The `data` of all chunks, one after the other, is one Arrow IPC stream: the schema is in the first, its end in the
   last. So any Arrow library reads an answer that was simply put together.
2. Columns are copied once, into the bytes of a message. Messages are some 1,920 KiB: what each costs in the event loop
   is then little beside its bytes. They are well under what clients take (4 MiB is gRPC's default).
3. Pieces are asked for one after the other, when there is no whole message left of those before. What is left of one
   is copied, so that the piece can go.
4. What clients send is a stranger's bytes: it is read as it comes, no further than its bound, and its reader checks it.

What is around the columns in a message (fields of protobuf, and in them the metadata of a record batch) says how many
rows and bytes they are, and nothing of what is in them. protobuf and nanoarrow write it, each once for messages of one
size; all messages of an answer but the first and the last have one.
"""

from __future__ import annotations

import io
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

import nanoarrow
from nanoarrow.ipc import InputStream, StreamWriter

from schedcore.errors import ColumnError, LimitExceeded, SchedcoreError, shorten
from schedcore.service.calls import Written
from schedcore.service.room import Room
from schedcore.v1 import common_pb2

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import numpy
    from google.protobuf.message import Message

__all__ = ["Shape", "Source", "batches_of", "frames"]

#: Names of columns and their types: "int64" or "int32".
Shape: TypeAlias = tuple[tuple[str, str], ...]

#: Bytes of the columns in a message. Below 2 MiB with all that is around them.
SIZE: Final = 1_920 << 10
#: Rows that are read at once at least: what is worked out once a table (days of a shape) is then small beside them,
#: and the answers to some are on their way while the next are read.
ROWS: Final = 1 << 16
#: Bytes that a table which a client sends may have in all.
MAX_TABLE: Final = 256 << 20
_WIDTHS: Final = {"int64": 8, "int32": 4}
#: What ends a stream: the mark of a message, and that nothing follows.
_END: Final = b"\xff\xff\xff\xff\0\0\0\0"


def frames(
    kind: type[Message],
    shape: Shape,
    pieces: Iterable[Sequence[numpy.ndarray[Any, Any]]],
    told: Callable[[], Message] | None = None,
    rows: int = 0,
) -> Iterator[Written]:
    """Write pieces of columns as messages of a kind with a `chunk`: all but the last have one number of rows.

    `told` gives what the last says besides; it is asked behind the last piece. `rows` is how many are in a message, as
    many as fit `SIZE` unless given. An answer without rows has its schema all the same. ValueError for columns of
    another type than `shape` says. Cost: a copy of the columns. Memory: a message over the piece that it is of.

    >>> import numpy
    >>> from schedcore.v1.poll_pb2 import TallyManyResponse
    >>> found = list(frames(TallyManyResponse, (("start", "int64"),), [[numpy.arange(5)]], rows=2))
    >>> [one.rows for one in found]
    [2, 2, 1]
    >>> [read] = batches_of(TallyManyResponse.FromString(one.data).chunk for one in found)
    >>> nanoarrow.Array(read["start"]).to_pylist()
    [0, 1, 2, 3, 4]
    """
    rows = rows or rows_of(shape)
    widths = [_WIDTHS[kind] for _, kind in shape]
    begin = _schema(shape)
    waiting: list[list[bytes | memoryview]] = []
    held = 0
    for piece in pieces:
        size = len(piece[0])
        if not size:
            continue
        views = [_bytes(column, kind) for column, (_, kind) in zip(piece, shape, strict=True)]
        at = 0
        while held + size - at >= rows:
            end = at + rows - held
            waiting.append([view[at * width : end * width] for view, width in zip(views, widths, strict=True)])
            yield _written(kind, rows, (begin, *_batch(shape, waiting, rows)))
            waiting, held, at, begin = [], 0, end, b""
        if at < size:
            waiting.append([bytes(view[at * width :]) for view, width in zip(views, widths, strict=True)])
            held += size - at
    last = _batch(shape, waiting, held) if held or begin else ()
    besides = b"" if told is None else told().SerializeToString()  # bytes of two messages in a row are both, merged
    yield _written(kind, held, (begin, *last, _END), besides)


def rows_of(shape: Shape) -> int:
    """How many rows a message has, so that no column needs padding.

    >>> rows_of((("series", "int32"), ("start", "int64"), ("end", "int64")))
    98304
    """
    return SIZE // sum(_WIDTHS[kind] for _, kind in shape) // 8 * 8


def _written(kind: type[Message], rows: int, parts: Sequence[Any], besides: bytes = b"") -> Written:
    head, tail = _around(cast("Any", kind), sum(len(part) for part in parts), rows)
    return Written(kind, b"".join((head, *parts, tail, besides)), rows)


@lru_cache(maxsize=64)
def _around(kind: Any, size: int, rows: int) -> tuple[bytes, bytes]:
    """What is before and behind the data in a message; it is looked for, for only protobuf knows where it is."""
    data = b"\xff" * size  # begins nowhere else: in a tag or a length there are not so many of them in a row
    message = kind(chunk=common_pb2.ArrowChunk(data=data, rows=rows)).SerializeToString()
    at = message.index(data)
    return message[:at], message[at + size :]


def _batch(shape: Shape, pieces: Sequence[Sequence[bytes | memoryview]], rows: int) -> Iterator[bytes | memoryview]:
    """A record batch: its metadata, and the columns one behind the other, each to a multiple of 8 bytes.

    https://arrow.apache.org/docs/format/Columnar.html, "Encapsulated message format".
    """
    yield _metadata(shape, rows)
    for place, (_, kind) in enumerate(shape):
        for piece in pieces:
            yield piece[place]
        yield bytes(-rows * _WIDTHS[kind] % 8)


def _bytes(column: Any, kind: str) -> memoryview:
    """The bytes of a column; ValueError for what is of another type."""
    view = memoryview(column)
    if view.itemsize != _WIDTHS[kind] or view.format not in ("i", "l", "q") or not view.c_contiguous:
        raise ValueError(f"a column of {view.format!r} in place of one of {kind}")
    return view.cast("B")


def _schema(shape: Shape) -> bytes:
    """The bytes that begin a stream."""
    return _metadata_of(shape, 0)[0]


def _metadata(shape: Shape, rows: int) -> bytes:
    """The bytes before the columns of a batch."""
    return _metadata_of(shape, rows)[1]


@lru_cache(maxsize=64)
def _metadata_of(shape: Shape, rows: int) -> tuple[bytes, bytes]:
    """Have nanoarrow write a stream with a batch of so many rows; its schema, and the metadata of the batch."""
    import numpy

    filler = [numpy.full(rows, -1, kind) for _, kind in shape]
    types = {name: getattr(nanoarrow, kind)() for name, kind in shape}
    children = [
        nanoarrow.c_array_from_buffers(kind, length=rows, buffers=[None, column])
        for kind, column in zip(types.values(), filler, strict=True)
    ]
    array = nanoarrow.c_array_from_buffers(nanoarrow.struct(types), length=rows, buffers=[None], children=children)
    out = io.BytesIO()
    writer = StreamWriter.from_writable(out)
    writer.write_stream(array)
    both = out.getvalue()
    writer.write_stream(array)
    batch = out.getvalue()[len(both) :]
    columns = b"".join(part for column in filler for part in (column.tobytes(), bytes(-column.nbytes % 8)))
    if not batch.endswith(columns) or not both.endswith(batch):
        raise AssertionError("nanoarrow has written a batch otherwise than the format says")
    return both[: len(both) - len(batch)], batch[: len(batch) - len(columns)]


# --- reading ---------------------------------------------------------------------------------------------------------


class Source:
    """The bytes of chunks as a file, for a reader in C. What goes wrong on the way is kept, and raised by `check`.

    LimitExceeded over `max_bytes`. What is held of it is told to `room`: all, until parts are given.
    """

    def __init__(self, chunks: Iterable[bytes], max_bytes: int, room: Room) -> None:
        self._chunks = iter(chunks)
        self._rest = memoryview(b"")
        self._failed: Exception | None = None
        self._most = max_bytes
        self._room = room
        self._gone = self._given = 0
        self.size = 0

    def readinto(self, target: Any) -> int:
        """Fill a buffer, as far as there is anything."""
        target = memoryview(target).cast("B")
        filled = 0
        while filled < len(target):
            if not self._rest and not self._next():
                break
            size = min(len(target) - filled, len(self._rest))
            target[filled : filled + size] = self._rest[:size]
            self._rest = self._rest[size:]
            filled += size
        return filled

    def _next(self) -> bool:
        try:
            data = next(self._chunks, None)
            if data is None:
                return False
            self.size += len(data)
            if self.size > self._most:
                raise LimitExceeded("max_table_bytes", allowed=self._most, reached=self.size)
            self._room.hold(self.size - self._gone)
        except Exception as error:  # the reader in C would make a text of it
            self._failed = error
            return False
        self._rest = memoryview(data)
        return True

    def given(self) -> None:
        """Say that what has come so far was given as a part; the part before it is held no more."""
        self._gone, self._given = self._given, self.size
        self._room.hold(self.size - self._gone)

    def check(self) -> None:
        """Raise what went wrong while chunks came in."""
        if self._failed is not None:
            raise self._failed


def batches_of(
    chunks: Iterable[common_pb2.ArrowChunk], max_bytes: int = MAX_TABLE, rows: int = ROWS, room: Room | None = None
) -> Iterator[Mapping[str, Any]]:
    """Read one stream that comes in chunks: its columns by name, some record batches of `rows` rows or more at a time.

    So each part is read while the next comes, and in memory that the one before has had. A stream without rows gives
    columns without any. ColumnError for what is no Arrow IPC stream or has a name twice, LimitExceeded over
    `max_bytes`. What stands behind the end of the stream is not read. Cost: two copies. Memory: two parts, of which
    `room` is told.
    """
    source = Source((chunk.data for chunk in chunks), max_bytes, room or Room())
    try:
        with InputStream.from_readable(source) as stream:
            for part in _gathered(nanoarrow.c_array_stream(stream), rows):
                yield part
                source.given()
        source.check()
    except SchedcoreError:
        raise
    except (ValueError, TypeError, RuntimeError, NotImplementedError, MemoryError) as error:
        source.check()
        if not source.size:
            raise ColumnError("no table was sent: give the bytes of an Arrow IPC stream, schema first") from None
        raise ColumnError(f"the chunks are no Arrow IPC stream that can be read: {str(error)[:200]}") from error


def _gathered(batches: Any, rows: int) -> Iterator[Mapping[str, Any]]:
    names = _names(batches.get_schema())
    waiting: list[Any] = []
    held = 0
    given = False
    for batch in batches:
        waiting.append(batch)
        held += batch.length
        if held >= rows:
            yield _columns(names, waiting)
            waiting, held, given = [], 0, True
    if held or not given:
        yield _columns(names, waiting)


def _columns(names: Sequence[str], batches: Sequence[Any]) -> Mapping[str, Any]:
    if not batches:
        return {name: [] for name in names}
    parts = ((name, [batch.child(place) for batch in batches]) for place, name in enumerate(names))
    # As streams: an Array of several parts says that it is one array, and then is not.
    return {name: nanoarrow.c_array_stream(nanoarrow.Array.from_chunks(part)) for name, part in parts}


def _names(schema: Any) -> list[str]:
    if schema.format != "+s":
        raise ColumnError("the stream is no table of columns: give record batches")
    found: list[str] = []
    for place in range(schema.n_children):
        name = str(schema.child(place).name)
        if name in found:
            raise ColumnError(f"the table has two columns {shorten(name)}: give each a name of its own")
        found.append(name)
    return found
