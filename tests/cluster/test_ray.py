"""Series in Ray Data: the one answer, and what a cluster brings along (blocks without rows, types, late errors)."""

from __future__ import annotations

import datetime as dt
from datetime import datetime
from decimal import Decimal

import pyarrow
import pytest

from cluster.asked import A, B, assert_answers, table
from cluster.guides import run_guide
from examples.on_a_cluster import ray_here, stored
from schedcore.cluster import ray as on_ray
from schedcore.errors import ColumnError, InvalidValue

DAY = (datetime(2026, 7, 6, tzinfo=dt.UTC), datetime(2026, 7, 7, tzinfo=dt.UTC))


@pytest.fixture(scope="module")
def ray():
    """A Ray of two workers."""
    with ray_here() as ray:
        yield ray


def collected(ray, dataset) -> pyarrow.Table:
    """All rows of a Dataset."""
    return pyarrow.concat_tables(ray.get(dataset.to_arrow_refs()))


def test_one_hash(ray, tmp_path):
    """What single calls give, wherever the rows are."""
    dataset = ray.data.read_parquet(stored(table(), tmp_path))
    assert_answers(
        collected(ray, on_ray.expand(dataset, A, B, keep=["uid"])),
        collected(ray, on_ray.freebusy(dataset, A, B, keep=["uid"], shares=5)),
    )


def test_slices_are_not_taken_for_one_another(ray):
    """Slices of one table as blocks: each worker gets its own rows, not those of the whole."""
    slices = [table().slice(at, 13) for at in range(0, 39, 13)]
    found = collected(ray, on_ray.expand(ray.data.from_arrow(slices), A, B, keep=["uid"]))
    assert set(found["uid"].to_pylist()) <= set(table().slice(0, 39)["uid"].to_pylist())
    whole = collected(ray, on_ray.expand(ray.data.from_arrow(table().slice(0, 39)), A, B, keep=["uid"]))
    assert sorted(map(str, whole.to_pylist())) == sorted(map(str, found.to_pylist()))


def test_nobody_is_busy(ray):
    """A window without anything has an answer without rows, and is no error."""
    dataset = ray.data.from_arrow(table().slice(0, 9))
    assert [] == on_ray.freebusy(dataset, 0, 1, keep=["uid"], shares=2).take_all()
    assert [] == on_ray.expand(dataset, 0, 1).take_all()


def test_owners_of_any_type(ray):
    """Decimals are owners like names, and a row without an owner is a problem, not a block of somebody."""
    owners = [Decimal(10**30), Decimal(-1), None]
    column = pyarrow.array(owners, pyarrow.decimal128(38, 0))
    rows = pyarrow.table({"owner": column, "dtstart": ["20260706T080000Z"] * 3, "duration": ["PT1H"] * 3})
    found = collected(ray, on_ray.freebusy(ray.data.from_arrow(rows), *DAY, shares=2))
    assert column.type == found.schema.field("owner").type
    assert {(owners[0], True), (owners[1], True), (None, False)} == set(
        zip(found["owner"].to_pylist(), found["start"].is_valid().to_pylist(), strict=True)
    )


def test_mistakes(ray):
    """The bounds at once; columns when a worker meets them, by the error that a single machine gives."""
    dataset = ray.data.from_arrow(table().slice(0, 9))
    with pytest.raises(InvalidValue, match="pass a datetime with tzinfo"):
        on_ray.expand(dataset, A.replace(tzinfo=None), B)
    with pytest.raises(InvalidValue, match="shares=-1"):
        on_ray.freebusy(dataset, A, B, shares=-1)
    with pytest.raises(ColumnError, match="no column owner"):
        collected(ray, on_ray.freebusy(dataset.drop_columns(["owner"]), A, B))


def test_the_guide(ray, tmp_path):
    """What the guide says runs."""
    run_guide("busy-blocks-on-ray.md", tmp_path, {"ray": ray})
