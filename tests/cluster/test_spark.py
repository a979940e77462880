"""Series in Spark: the one answer, and what a cluster brings along (empty partitions, its own types, late errors)."""

from __future__ import annotations

import datetime as dt
from datetime import datetime
from decimal import Decimal

import pyarrow
import pytest

from cluster.asked import A, B, assert_answers, table
from cluster.guides import run_guide
from examples.on_a_cluster import spark_here, stored
from schedcore.cluster import spark
from schedcore.errors import ColumnError, InvalidValue

DAY = (datetime(2026, 7, 6, tzinfo=dt.UTC), datetime(2026, 7, 7, tzinfo=dt.UTC))


@pytest.fixture(scope="module")
def session():
    """A Spark of two workers."""
    with spark_here() as session:
        yield session


@pytest.fixture(scope="module")
def frame(session, tmp_path_factory):
    """All series, from Parquet files."""
    return session.read.parquet(*stored(table(), tmp_path_factory.mktemp("spark")))


def test_one_hash(frame):
    """What single calls give, wherever the rows are."""
    assert_answers(
        spark.expand(frame, A, B, keep=["uid"]).toArrow(),
        spark.freebusy(frame, A, B, keep=["uid"], shares=5).toArrow(),
    )


def test_the_schema_is_known_before_anything_runs(frame):
    """Whoever plans a job sees its columns; what is kept has the type it had, also if the answer has no rows."""
    expanded = spark.expand(frame.limit(0), A, B, keep=["status", "uid"])
    assert {"status": "bigint", "uid": "string", "start": "bigint", "end": "bigint", "problem": "string"} == dict(
        expanded.dtypes
    )
    assert 0 == expanded.count() == spark.freebusy(frame.limit(0), A, B).count()


def test_partitions_without_rows(session):
    """Two series in seven partitions."""
    rows = [("ann", "20260706T080000Z", 3600), ("ann", "20260706T083000Z", 3600)]
    frame = session.createDataFrame(rows, "owner string, dtstart string, duration long").repartition(7)
    found = spark.freebusy(frame, *DAY).toArrow()
    assert [("ann", 1783324800, 1783330200, 2, None)] == [tuple(row.values()) for row in found.to_pylist()]


@pytest.mark.parametrize(
    ("kind", "owners"),
    [("decimal(38,0)", [Decimal(10**30), Decimal(-1)]), ("bigint", [-5, 2**62]), ("binary", [b"\x00", b"\xff"])],
)
def test_owners_of_any_type(session, kind, owners):
    """Numbers that hash functions made, and decimals, are owners like names; they come back as they were."""
    rows = [(owner, "20260706T080000Z") for owner in [*owners, None]]
    frame = session.createDataFrame(rows, f"owner {kind}, dtstart string").selectExpr("*", "'PT1H' AS duration")
    found = spark.freebusy(frame, *DAY, shares=2)
    assert found.schema["owner"].dataType == frame.schema["owner"].dataType
    answer = found.toArrow()
    busy = answer.filter(pyarrow.compute.is_valid(answer["start"]))["owner"].to_pylist()
    assert sorted(owners) == sorted(busy)
    assert {None, "owner None: is missing: say whose time the row takes"} == set(answer["problem"].to_pylist())


def test_columns_as_a_warehouse_has_them(session):
    """Instants, arrays of text, and columns that are nobody's business; the session's own zone changes nothing."""
    session.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")
    frame = session.sql(
        "SELECT timestamp'2026-06-29T06:00:00Z' AS dtstart, 'Europe/Zurich' AS tzid, INTERVAL '1' HOUR AS duration, "
        "'FREQ=WEEKLY' AS rrule, array('20260713T080000', null) AS exdate, map('a', 1) AS colours"
    )
    found = spark.expand(frame, DAY[0], datetime(2026, 7, 28, tzinfo=dt.UTC)).toArrow()
    session.conf.unset("spark.sql.session.timeZone")
    assert [1783317600, 1784527200, 1785132000] == found["start"].to_pylist()
    assert [1783321200, 1784530800, 1785135600] == found["end"].to_pylist()


def test_mistakes_are_told_before_anything_runs(frame):
    """Names, bounds and shares need no worker to be wrong."""
    with pytest.raises(ColumnError, match="no column dtstart"):
        spark.expand(frame.drop("dtstart"), A, B)
    with pytest.raises(ColumnError, match="no column owner"):
        spark.freebusy(frame.drop("owner"), A, B)
    with pytest.raises(ColumnError, match="no column room"):
        spark.freebusy(frame, A, B, keep=["room"])
    with pytest.raises(InvalidValue, match="'owner' would be in the answer twice"):
        spark.freebusy(frame, A, B, keep=["owner"])
    with pytest.raises(InvalidValue, match="pass a datetime with tzinfo"):
        spark.expand(frame, A.replace(tzinfo=None), B)
    with pytest.raises(InvalidValue, match="shares=0"):
        spark.freebusy(frame, A, B, shares=0)


def test_a_column_of_the_wrong_type_fails_the_job(frame):
    """The worker's error comes through, with its words."""
    from pyspark.errors import PythonException

    with pytest.raises(PythonException, match="ColumnError: owner: a column of double"):
        spark.freebusy(frame.withColumn("owner", frame["duration"] * 0.5), A, B).collect()


def test_the_guide(session, tmp_path):
    """What the guide says runs."""
    run_guide("busy-blocks-on-spark.md", tmp_path, {"spark": session})
