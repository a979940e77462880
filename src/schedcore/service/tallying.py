"""Tallies: of one poll, with who of the voters is busy; and of votes by the million, that nobody keeps.

Rules of this module:

1. Who does not see the votes of a poll is not told how they stand either.
2. Who is busy is asked as the one who asks may know it (`policy.freebusy_as`); of whom nothing may be known is said.
3. Columns that are streamed in are read a batch at a time and held as 64-bit numbers: 8 bytes a value, and 16 a row
   while they are counted; with `at` 16 more to put rows in order. `max_tally_rows` bounds all of it.
4. A batch is checked by its reader (nanoarrow); columns are named, of whole numbers, and no value is missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import nanoarrow
from nanoarrow.ipc import InputStream

from schedcore.errors import ColumnError, LimitExceeded, NotAllowed, SchedcoreError, shorten
from schedcore.policy import freebusy_as
from schedcore.polls import Poll, tally, tally_many
from schedcore.polls.seeing import sees_votes
from schedcore.service.calls import Call, Written
from schedcore.service.chunks import Shape, Source, frames
from schedcore.service.contents import calendars_of
from schedcore.service.errors import field
from schedcore.service.poll_messages import standing_message
from schedcore.store import directory
from schedcore.v1 import poll_pb2

if TYPE_CHECKING:
    import numpy

    Column = numpy.ndarray[Any, numpy.dtype[numpy.int64]]

__all__ = ["many", "standings"]

#: With weights and times some 380 MB, and half of the workers at most read streams at once (`workers`).
MAX_ROWS: Final = 4_000_000
_NEEDED: Final = ("poll", "option", "voter", "vote")
_OTHERS: Final = ("weight", "at")
_TOLD: Final[Shape] = tuple((name, "int64") for name in ("poll", "option", "no", "if_need_be", "yes", "rank"))
#: Arrow's formats of whole numbers: signed and unsigned, of 8 to 64 bits.
_WHOLE: Final = frozenset("cCsSiIlL")


def standings(call: Call, poll: Poll, viewer: str, *, with_busy: bool) -> poll_pb2.TallyResponse:
    """Rank the options of a poll for whoever sees its votes."""
    if not sees_votes(poll, viewer):
        raise NotAllowed("votes are hidden until this poll is closed, and so is how its options stand")
    busy, owners = _busy(call, poll) if with_busy else (None, ())
    found = tally(poll, busy=busy, owners=owners)
    return poll_pb2.TallyResponse(
        standings=map(standing_message, found.standings), missing=found.missing, why=found.why
    )


def _busy(call: Call, poll: Poll) -> tuple[Any, tuple[str, ...]]:
    """The free/busy of the voters who have an account about the options, as the caller may know it."""
    person = call.person()
    spans = [(one.instant(poll.tz), one.instant(poll.tz, end=True)) for one in poll.options]
    start, end = (datetime.fromtimestamp(at, UTC) for at in (min(a for a, _ in spans), max(b for _, b in spans)))
    people_ids = [one.id for one in poll.voters if one.guest.account]
    own = calendars_of(call, people_ids, start - timedelta(days=1), end + timedelta(days=1))
    known = directory.around(call.tx, [person, *own])
    return freebusy_as(person, list(own.values()), start, end, directory=known, tz=poll.tz), tuple(own)


# --- many -------------------------------------------------------------------------------------------------------------


def many(call: Call, requests: Iterator[poll_pb2.TallyManyRequest]) -> Iterator[Written]:
    """Tally the votes of columns that are streamed in."""
    import numpy

    sent = _Sent(requests)
    with field("chunk"):
        columns = _columns(call, Source(sent, call.max_table_bytes, call.room))
        at = columns.pop("at", None)
        if at is not None:
            order = numpy.argsort(at, kind="stable")
            columns = {name: column[order] for name, column in columns.items()}
        found = tally_many(**columns, unique=sent.unique, cancel=call.cancel)
    del columns, at
    told = [[getattr(found, name) for name, _ in _TOLD]]
    call.room.hold(sum(column.nbytes for column in told[0]))
    yield from frames(poll_pb2.TallyManyResponse, _TOLD, told)


class _Sent:
    """The chunks of streamed requests, and what the first of them says besides."""

    def __init__(self, requests: Iterator[poll_pb2.TallyManyRequest]) -> None:
        self._requests = requests
        self.unique = False

    def __iter__(self) -> Iterator[bytes]:
        for number, request in enumerate(self._requests):
            if not number:
                self.unique = request.unique
            yield request.chunk.data


def _columns(call: Call, source: Source) -> dict[str, Column]:
    """The columns of a stream, each in one piece."""
    try:
        with InputStream.from_readable(source) as stream:
            pieces = _pieces(call, nanoarrow.c_array_stream(stream))
        source.check()
    except SchedcoreError:
        raise
    except (ValueError, TypeError, RuntimeError, NotImplementedError, MemoryError) as error:
        source.check()
        raise ColumnError(f"the chunks are no Arrow IPC stream that can be read: {str(error)[:200]}") from error
    return {name: _joined(pieces, name) for name in list(pieces)}


def _joined(pieces: dict[str, list[Column]], name: str) -> Column:
    import numpy

    its = pieces.pop(name)  # so that they go when they are joined
    return numpy.concatenate(its) if its else numpy.empty(0, numpy.int64)


def _pieces(call: Call, stream: Any) -> dict[str, list[Column]]:
    """The batches of a stream, by column."""
    names = _names(stream.get_schema())
    found: dict[str, list[Column]] = {name: [] for name in names}
    rows = 0
    for batch in stream:
        call.check()
        rows += batch.length
        if rows > MAX_ROWS:
            raise LimitExceeded("max_tally_rows", allowed=MAX_ROWS, reached=rows)
        if batch.null_count:
            raise ColumnError("a row is missing as a whole: give a number in every column of every row")
        for name, place in names.items():
            found[name].append(_numbers(name, batch.child(place)))
    return found


def _names(schema: Any) -> dict[str, int]:
    """The columns that are read, with their places."""
    if schema.format != "+s":
        raise ColumnError("the stream is no table of columns: give record batches")
    found: dict[str, int] = {}
    for place in range(schema.n_children):
        name = schema.child(place).name
        if name in found:
            raise ColumnError(f"the table has two columns {shorten(name)}: give each a name of its own")
        if name not in (*_NEEDED, *_OTHERS):
            raise ColumnError(f"column {shorten(name)} is none of {', '.join((*_NEEDED, *_OTHERS))}: leave it out")
        if schema.child(place).format not in _WHOLE:
            raise ColumnError(f"column {name} is not of whole numbers of at most 64 bits: give int64")
        found[name] = place
    for name in _NEEDED:
        if name not in found:
            raise ColumnError(f"column {name} is missing: give {', '.join(_NEEDED)}")
    return found


def _numbers(name: str, array: Any) -> Column:
    """A column of a batch as numbers of its own."""
    import numpy

    view = array.view()
    if view.null_count:
        raise ColumnError(f"column {name}: {view.null_count} rows are missing; give a whole number in every row")
    values = numpy.asarray(view.buffer(1))[array.offset : array.offset + array.length]
    if values.dtype == numpy.uint64 and len(values) and values.max() > numpy.uint64(2**63 - 1):
        raise ColumnError(f"column {name} has numbers above 2^63 - 1: give int64")
    return values.astype(numpy.int64)
