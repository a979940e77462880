"""Series in a Spark DataFrame to occurrences or busy blocks, as DataFrames; for PySpark 4, with Arrow.

Nothing runs before the answer is asked for, as ever in Spark. The workers need schedcore and pyarrow installed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from schedcore.bulk.batches import SERIES, TIMES, Kind, checked, expand_batches, needed
from schedcore.freebusy.batches import BLOCKS, SHARE, busy_batches, busy_checked, busy_needed, merge_blocks

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["expand", "freebusy"]


def expand(
    frame: DataFrame, a: datetime | int, b: datetime | int, *, keep: Sequence[str] = (), kind: Kind = "local"
) -> DataFrame:
    """Give the occurrences of the series in a DataFrame that start in [a, b): `bulk.batches.expand_batches` on Spark.

    The DataFrame has the columns of `SeriesTable.from_columns`, `dtstart` at least. The answer has those of `keep`,
    `start` and `end` (bigint, UTC seconds) and `problem` (text where a row could not be read, which has no times).

    ColumnError, InvalidValue: at once for what names and bounds show, from the workers for types. Cost: one stage
    without a shuffle; memory of a worker as that of `expand_batches`.
    """
    checked(a, b, kind)
    names = needed(frame.columns, SERIES, keep, TIMES)

    def work(batches: Iterable[Any]) -> Iterator[Any]:
        return expand_batches(batches, a, b, keep=keep, kind=kind)

    types = {name: frame.schema[name].dataType for name in keep}
    return frame.select(*names).mapInArrow(work, _schema([*keep, *TIMES], types))


def freebusy(
    frame: DataFrame,
    a: datetime | int,
    b: datetime | int,
    *,
    keep: Sequence[str] = (),
    kind: Kind = "local",
    shares: int = 64,
) -> DataFrame:
    """Give the merged busy blocks in [a, b) of all owners in a DataFrame: `freebusy.of_table` on Spark.

    The DataFrame has the columns of `SeriesTable.from_columns`, `dtstart` and `owner` at least; owners are of any type.
    The answer has `owner`, `start`, `end`, `status` (bigint), `problem`, and the columns of `keep`, which are null
    unless there is a problem. The blocks of one owner are in order; the owners are not.

    `shares` is among how many groups the owners are dealt out for the second step: as many as there are cores, at
    least, and so many that the blocks of one fit in the memory of a worker.

    ColumnError, InvalidValue: at once for what names and bounds show, from the workers for types. Cost: one shuffle, of
    blocks that are merged already.
    """
    busy_checked(a, b, kind, shares)
    names = busy_needed(frame.columns, keep)
    types = {name: frame.schema[name].dataType for name in ("owner", *keep)}

    def first(batches: Iterable[Any]) -> Iterator[Any]:
        return busy_batches(batches, a, b, keep=keep, kind=kind, shares=shares)

    def second(group: Any) -> Any:
        return merge_blocks(group)

    dealt = frame.select(*names).mapInArrow(first, _schema([*BLOCKS, *keep, SHARE], types))
    return dealt.groupBy(SHARE).applyInArrow(second, _schema([*BLOCKS, *keep], types))


def _schema(names: Sequence[str], types: dict[str, Any]) -> Any:
    """The columns of an answer: what is kept has the type it had, `problem` is text, the others are numbers."""
    from pyspark.sql.types import LongType, StringType, StructField, StructType

    types = {"problem": StringType(), **types}
    return StructType([StructField(name, types.get(name, LongType())) for name in names])
