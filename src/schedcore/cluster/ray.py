"""Series in a Ray Dataset to occurrences or busy blocks, as Datasets; for Ray Data 2.

Nothing runs before the answer is asked for, as ever in Ray Data. The workers need schedcore and pyarrow installed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from schedcore.bulk.batches import ROWS, Kind, checked, expand_batches
from schedcore.freebusy.batches import SHARE, busy_batches, busy_checked, merge_blocks

if TYPE_CHECKING:
    import pyarrow
    from ray.data import Dataset

__all__ = ["expand", "freebusy"]


def expand(
    dataset: Dataset, a: datetime | int, b: datetime | int, *, keep: Sequence[str] = (), kind: Kind = "local"
) -> Dataset:
    """Give the occurrences of the series in a Dataset that start in [a, b): `bulk.batches.expand_batches` on Ray.

    Columns in and out are those of `cluster.spark.expand`. InvalidValue at once for the bounds; all else comes from the
    workers, as the cause of a `ray.exceptions.RayTaskError`. Cost: one stage without a shuffle; memory of a worker as
    that of `expand_batches`, and of a block that Ray makes of what it gives.
    """
    checked(a, b, kind)

    def work(batch: pyarrow.Table) -> Iterator[pyarrow.Table]:
        return _tables(expand_batches([batch], a, b, keep=keep, kind=kind))

    return dataset.map_batches(work, batch_format="pyarrow", batch_size=ROWS)


def freebusy(
    dataset: Dataset,
    a: datetime | int,
    b: datetime | int,
    *,
    keep: Sequence[str] = (),
    kind: Kind = "local",
    shares: int = 64,
) -> Dataset:
    """Give the merged busy blocks in [a, b) of all owners in a Dataset: `freebusy.of_table` on Ray.

    Columns in and out, and `shares`, are those of `cluster.spark.freebusy`. Errors as `expand`; and a Dataset without
    any row is refused by Ray's own groupby, since it has no columns there. Cost: one shuffle, of blocks that are merged
    already.
    """
    busy_checked(a, b, kind, shares)

    def first(batch: pyarrow.Table) -> Iterator[pyarrow.Table]:
        return (_filled(table) for table in _tables(busy_batches([batch], a, b, keep=keep, kind=kind, shares=shares)))

    def second(group: pyarrow.Table) -> pyarrow.Table:
        return merge_blocks(group)

    dealt = dataset.map_batches(first, batch_format="pyarrow", batch_size=ROWS)
    return dealt.groupby(SHARE, num_partitions=shares).map_groups(second, batch_format="pyarrow")


def _tables(batches: Iterator[Any]) -> Iterator[pyarrow.Table]:
    """Batches as the tables that Ray's blocks are."""
    import pyarrow

    return (pyarrow.Table.from_batches([batch]) for batch in batches)


def _filled(table: pyarrow.Table) -> pyarrow.Table:
    """A table, or one row of nothing in place of none.

    Ray 2.60 forgets the columns of blocks without rows, and then finds no column to group by where nobody is busy.
    `merge_blocks` takes such rows away again.
    """
    import pyarrow

    if len(table):
        return table
    nothing = {field.name: pyarrow.nulls(1, field.type) for field in table.schema}
    return pyarrow.table({**nothing, SHARE: pyarrow.array([0], pyarrow.int64())}, schema=table.schema)
