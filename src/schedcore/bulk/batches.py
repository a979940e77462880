"""Batches of series to batches of occurrences: what one worker of a cluster does, whatever the cluster is.

Rules of this module:

1. A batch is a `pyarrow.RecordBatch` or a Table; its columns have the names of `SeriesTable.from_columns`, others are
   left alone. pyarrow loads when a function here is called.
2. Nothing is lost in silence. A row that cannot be read gives one row with its `problem`, without times.
3. Where a table lies in pieces, the number of a row says nothing. What names a row is a column of the caller's, and
   goes along (`keep`).
4. The rows that come out do not depend on how the rows were cut into batches. Their order does.

Who is busy is a question of `freebusy`, which has `batches` of its own on top of these.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from schedcore.bulk.table import Problem, SeriesTable
from schedcore.errors import ColumnError, InvalidValue, shorten

if TYPE_CHECKING:
    import pyarrow

    Batch: TypeAlias = "pyarrow.RecordBatch | pyarrow.Table"

__all__ = ["ROWS", "SERIES", "TIMES", "checked", "expand_batches", "gathered", "kept", "needed", "problem_texts"]

#: The columns that say when, as `SeriesTable.from_columns` names them.
SERIES: Final = ("dtstart", "tzid", "duration", "rrule", "rdate", "exdate")
#: What expanding adds to the columns that are kept.
TIMES: Final = ("start", "end", "problem")
#: Rows that are read at once. What is worked out once a table (rules, zones, days of a shape) is then small beside the
#: rows, and their text and columns stay below some 20 MB.
ROWS: Final = 1 << 16

Kind: TypeAlias = Literal["local", "utc", "date"]


def expand_batches(
    batches: Iterable[Batch],
    a: datetime | int,
    b: datetime | int,
    *,
    keep: Sequence[str] = (),
    kind: Kind = "local",
    max_bytes: int = 64 << 20,
) -> Iterator[pyarrow.RecordBatch]:
    """Give the occurrences of series that start in [a, b), with what is to be kept of their rows.

    Batches come out with the columns of `keep`, as they are in the row, then `start` and `end` (int64, as
    `Occurrences` has them) and `problem`: text in a row for each one that cannot be read, which has no start, and null
    in all others. Columns in are as for `SeriesTable.from_columns`, and so is `kind`; all batches have one schema.
    An input without rows gives a batch without rows, so that its columns are known.

    ColumnError for columns that are missing or of another type, InvalidValue for bounds that are no instants, or
    `keep` with a name that the answer has already. Cost: that of `SeriesTable`, and of copying what is kept. Memory:
    65,536 rows at a time, and `max_bytes` of times, as `SeriesTable.stream` has it.

    >>> import pyarrow
    >>> batch = pyarrow.record_batch({"uid": ["a", "b"], "dtstart": ["20260105T090000Z", "soon"]})
    >>> for found in expand_batches([batch], 0, 2**31, keep=["uid"]):
    ...     print(found.to_pydict())
    {'uid': ['a'], 'start': [1767603600], 'end': [1767603600], 'problem': [None]}
    {'uid': ['b'], 'start': [None], 'end': [None], 'problem': ["dtstart 'soon': is no time ..."]}
    """
    import pyarrow

    checked(a, b, kind)
    table: SeriesTable | None = None
    for rows in gathered(batches):
        needed(rows.schema.names, SERIES, keep, TIMES)
        fields = [rows.schema.field(name) for name in keep]
        added = zip(TIMES, (pyarrow.int64(), pyarrow.int64(), pyarrow.string()), strict=True)
        schema = pyarrow.schema([*fields, *(pyarrow.field(*field) for field in added)])
        given = {name: rows[name] for name in SERIES if name in rows.schema.names}
        table = SeriesTable.from_columns(**given, kind=kind, like=table)
        values = kept(rows, keep)
        for found in table.stream(a, b, max_bytes):
            places = pyarrow.array(found.series)
            columns = [column.take(places) for column in values]
            nothing = pyarrow.nulls(len(found), pyarrow.string())
            columns += [pyarrow.array(found.start), pyarrow.array(found.end), nothing]
            yield pyarrow.RecordBatch.from_arrays(columns, schema=schema)
        if table.problems or not len(table):
            places, texts = problem_texts(table.problems)
            nothing = pyarrow.nulls(len(texts), pyarrow.int64())
            columns = [*(column.take(places) for column in values), nothing, nothing, texts]
            yield pyarrow.RecordBatch.from_arrays(columns, schema=schema)


def checked(a: datetime | int, b: datetime | int, kind: Kind) -> None:
    """Refuse a window or a kind before any row is read; the error is that of `SeriesTable`."""
    SeriesTable.from_columns([], kind=kind).expand(a, b)


def needed(names: Sequence[str], known: Sequence[str], keep: Sequence[str], answer: Sequence[str]) -> list[str]:
    """The columns of an input that a job reads, each once.

    ColumnError if there is no `dtstart`, or none of a name to be kept; InvalidValue if what is kept would stand beside
    a column of the same name in the answer.

    >>> needed(["uid", "dtstart", "room"], SERIES, ["uid"], TIMES)
    ['dtstart', 'uid']
    """
    for name in ("dtstart", *keep):
        if name not in names:
            have = ", ".join(shorten(name) for name in names[:9]) or "none"
            raise ColumnError(f"no column {name} (there are {have}); name the columns {', '.join(known)}")
    for name in keep:
        if name in answer or list(keep).count(name) > 1:
            raise InvalidValue(f"keep: {shorten(name)} would be in the answer twice; rename the column, or leave it")
    return list(dict.fromkeys([*(name for name in known if name in names), *keep]))


def gathered(batches: Iterable[Batch], rows: int = ROWS) -> Iterator[pyarrow.Table]:
    """Give the rows of batches as tables of about `rows` rows, of the same memory: one at least if there is a batch.

    Clusters hand over batches of any size, often of 10,000 rows or less.

    >>> import pyarrow
    >>> batches = pyarrow.table({"dtstart": list(range(10))}).to_batches(max_chunksize=4)
    >>> [len(table) for table in gathered(batches, 8)]
    [8, 2]
    """
    import pyarrow

    waiting: list[pyarrow.RecordBatch] = []
    held, given, schema = 0, False, None
    for batch in batches:
        schema = batch.schema
        for start in range(0, batch.num_rows, rows):
            part = batch.slice(start, rows)
            if held + part.num_rows > rows:
                yield pyarrow.concat_tables(waiting)
                waiting, held, given = [], 0, True
            waiting.append(part if isinstance(part, pyarrow.Table) else pyarrow.Table.from_batches([part]))
            held += part.num_rows
    if waiting:
        yield pyarrow.concat_tables(waiting)
    elif schema is not None and not given:
        yield schema.empty_table()


def kept(rows: pyarrow.Table, keep: Sequence[str]) -> list[pyarrow.Array]:
    """The columns to keep, each in one piece."""
    import pyarrow

    found = [rows[name].combine_chunks() for name in keep]
    # An Arrow array of text holds 2 GiB; beyond that the pieces stay pieces.
    for name, column in zip(keep, found, strict=True):
        if isinstance(column, pyarrow.ChunkedArray):
            raise ColumnError(f"{name}: over 2 GiB in {len(rows)} rows; keep a shorter column that names the row")
    return found


def problem_texts(problems: Sequence[Problem]) -> tuple[pyarrow.Array, pyarrow.Array]:
    """The rows that could not be read, and what is wrong with each; without numbers, which say nothing elsewhere."""
    import pyarrow

    texts = [f"{problem.column} {shorten(problem.value)}: {problem.reason}" for problem in problems]
    places = [problem.row for problem in problems]
    return pyarrow.array(places, pyarrow.int64()), pyarrow.array(texts, pyarrow.string())
