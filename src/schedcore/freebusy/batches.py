"""Batches of series to busy blocks, in two steps that a cluster can put far apart.

1. `busy_batches` merges the time that the owners of its rows are taken, as far as it sees them. What comes out is a
   fraction of the occurrences, so little is sent on.
2. Blocks of one owner come together, wherever they were made, and `merge_blocks` merges them once more.

Merging is associative (the strongest status of an instant is the strongest of the parts), so both steps together give
what `of_table` gives for all rows at once. In between, owners are dealt out by `share`, a number that depends on the
owner alone: a cluster that groups by it makes some dozens of large groups, where one of each owner would be a call of
Python for every owner. Owners are of any type that has equality, and come out as they came in.

A row that cannot be read is a row with its `problem`, which passes through both steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from zlib import crc32

from schedcore.bulk import SeriesTable
from schedcore.bulk.batches import SERIES, checked, gathered, kept, needed, problem_texts
from schedcore.errors import ColumnError, InvalidValue, shorten
from schedcore.freebusy.merging import merge
from schedcore.freebusy.status import PRECEDENCE, Status
from schedcore.freebusy.tables import of_table

if TYPE_CHECKING:
    import pyarrow

    from schedcore.bulk.batches import Batch, Kind

__all__ = ["BLOCKS", "OWNED", "SHARE", "busy_batches", "busy_checked", "busy_needed", "merge_blocks"]

#: The columns that are read: when, and whose time is taken how.
OWNED: Final = (*SERIES, "owner", "status")
#: The columns of an answer, before those that are kept.
BLOCKS: Final = ("owner", "start", "end", "status", "problem")
#: The column by which the first step deals out owners.
SHARE: Final = "share"
NO_OWNER: Final = "is missing: say whose time the row takes"


def busy_batches(
    batches: Iterable[Batch],
    a: datetime | int,
    b: datetime | int,
    *,
    keep: Sequence[str] = (),
    kind: Kind = "local",
    shares: int = 1,
    precedence: Sequence[Status] = PRECEDENCE,
) -> Iterator[pyarrow.RecordBatch]:
    """Give the merged blocks in [a, b) of the owners in some rows: the first step.

    Columns in are as for `SeriesTable.from_columns`, but `owner` has to be there, and is of any type: numbers, text,
    decimals, bytes. Batches come out with `owner`, `start`, `end` and `status` (int64, as `Merged` has them), `problem`
    (null, or text in a row for each one that cannot be read, which has no times), the columns of `keep` (null for
    blocks: they are there to say which row has a problem), and `share`, from 0 to below `shares`, the same for all rows
    of one owner.

    ColumnError for columns that are missing or of another type, InvalidValue for bounds that are no instants, for
    `keep` with a name that the answer has already, and for less than one share. Cost: that of `of_table`. Memory:
    65,536 rows at a time, and their blocks.

    >>> import pyarrow
    >>> rows = {"owner": ["ann", "ann", "bob"], "dtstart": ["20260105T090000Z", "20260105T093000Z", "soon"]}
    >>> batch = pyarrow.record_batch({**rows, "duration": ["PT1H", "PT1H", None]})
    >>> merged = merge_blocks(busy_batches([batch], 0, 2**31))
    >>> merged["owner"].to_pylist(), merged["end"].to_pylist(), merged["problem"].is_valid().to_pylist()
    (['ann', 'bob'], [1767609000, None], [False, True])
    """
    busy_checked(a, b, kind, shares)
    for rows in gathered(batches):
        busy_needed(rows.schema.names, keep)
        yield from _step(rows, a, b, keep, kind, shares, precedence)


def busy_checked(a: datetime | int, b: datetime | int, kind: Kind, shares: int) -> None:
    """Refuse what `busy_batches` would refuse before it reads a row."""
    checked(a, b, kind)
    if not isinstance(shares, int) or shares < 1:
        raise InvalidValue(f"shares={shorten(shares)}: give 1 or more")


def busy_needed(names: Sequence[str], keep: Sequence[str]) -> list[str]:
    """The columns of an input that `busy_batches` reads; its errors where one is missing, or there twice."""
    if "owner" not in names:
        raise ColumnError("no column owner: say whose time each row takes")
    return needed(names, OWNED, keep, (*BLOCKS, SHARE))


def _step(
    rows: pyarrow.Table,
    a: datetime | int,
    b: datetime | int,
    keep: Sequence[str],
    kind: Kind,
    shares: int,
    precedence: Sequence[Status],
) -> Iterator[pyarrow.RecordBatch]:
    import pyarrow

    numbers, names = _numbered(rows["owner"])
    columns = {name: rows[name] for name in OWNED if name in rows.schema.names}
    table = SeriesTable.from_columns(**{**columns, "owner": numbers}, kind=kind)
    schema = _schema(names.type, [rows.schema.field(name) for name in keep], [(SHARE, pyarrow.int64())])
    dealt = pyarrow.array([_share(name, shares) for name in names.to_pylist()], pyarrow.int64())
    found = pyarrow.record_batch(of_table(table, a, b, precedence=precedence))
    columns = dict(zip(found.schema.names, found.columns, strict=True))
    owner = columns["owner"]
    yield _batch(schema, {**columns, "owner": names.take(owner), SHARE: dealt.take(owner)}, len(owner))
    if table.problems:
        # The numbers of owners are ours, so what is wrong with one is that there was none.
        problems = [replace(p, reason=NO_OWNER) if p.column == "owner" else p for p in table.problems]
        places, texts = problem_texts(problems)
        owner = numbers.take(places)
        columns = {"owner": names.take(owner), "problem": texts, SHARE: dealt.take(owner).fill_null(0)}
        values = zip(keep, kept(rows, keep), strict=True)
        yield _batch(schema, {**columns, **{name: column.take(places) for name, column in values}}, len(texts))


def merge_blocks(parts: Iterable[Batch] | Batch, *, precedence: Sequence[Status] = PRECEDENCE) -> pyarrow.Table:
    """Merge what `busy_batches` gave for some owners, wherever it was made: the second step.

    A table with the same columns, but for `share`: the blocks of each owner together and in order, then all rows with
    a problem. Rows with neither times nor a problem say nothing. InvalidValue without any batch. Cost: that of `merge`;
    everything is in memory at once.
    """
    import pyarrow
    from pyarrow import compute

    if isinstance(parts, (pyarrow.RecordBatch, pyarrow.Table)):
        parts = [parts]
    tables = [pyarrow.Table.from_batches([part]) if isinstance(part, pyarrow.RecordBatch) else part for part in parts]
    if not tables:
        raise InvalidValue("parts: no batches, so no columns are known; give what busy_batches gave")
    rows = pyarrow.concat_tables(tables)
    if SHARE in rows.schema.names:
        rows = rows.drop_columns([SHARE])
    has_problem = compute.is_valid(rows["problem"])
    # Without either a row says nothing; some clusters need one where there would be none.
    blocks = rows.filter(compute.and_not(compute.is_valid(rows["start"]), has_problem))
    numbers, names = _numbered(blocks["owner"])
    start, end, status = (blocks[name].combine_chunks().to_numpy() for name in ("start", "end", "status"))
    merged = pyarrow.record_batch(merge(numbers.to_numpy(), start, end, status, precedence=precedence))
    columns = dict(zip(merged.schema.names, merged.columns, strict=True))
    found = _batch(rows.schema, {**columns, "owner": names.take(columns["owner"])}, len(merged))
    return pyarrow.concat_tables([pyarrow.Table.from_batches([found]), rows.filter(has_problem)])


def _numbered(owners: pyarrow.ChunkedArray) -> tuple[pyarrow.Array, pyarrow.Array]:
    """Owners as numbers from 0 on, without gaps, and what each number stands for; a missing one stays missing."""
    import pyarrow

    kind = owners.type.value_type if pyarrow.types.is_dictionary(owners.type) else owners.type
    if pyarrow.types.is_floating(kind) or pyarrow.types.is_nested(kind):
        raise ColumnError(f"owner: a column of {kind}; give numbers, text, or what else names one")
    words = owners.cast(kind).combine_chunks().dictionary_encode()
    return words.indices.cast(pyarrow.int64()), words.dictionary


def _share(owner: Any, shares: int) -> int:
    """The share of an owner: of its text, since Python's own hashes differ from process to process."""
    return crc32(str(owner).encode("utf-8", "surrogatepass")) % shares


def _schema(owner: Any, keep: Sequence[Any], more: Sequence[tuple[str, Any]]) -> pyarrow.Schema:
    import pyarrow

    types = (owner, pyarrow.int64(), pyarrow.int64(), pyarrow.int64(), pyarrow.string())
    answer = [pyarrow.field(name, kind) for name, kind in zip(BLOCKS, types, strict=True)]
    # Blocks have null in the columns that are kept, whatever the input said of nulls.
    return pyarrow.schema([*answer, *(field.with_nullable(True) for field in keep), *(pyarrow.field(*f) for f in more)])


def _batch(schema: pyarrow.Schema, columns: dict[str, Any], rows: int) -> pyarrow.RecordBatch:
    """Columns as a batch, null in those that are not given."""
    import pyarrow

    given = (columns.get(field.name) for field in schema)
    arrays = [
        pyarrow.nulls(rows, field.type) if column is None else column
        for field, column in zip(schema, given, strict=True)
    ]
    return pyarrow.RecordBatch.from_arrays(arrays, schema=schema)
