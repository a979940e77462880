"""A company's busy time on a cluster of two workers, on this machine, and once more without any cluster.

    python -m examples.on_a_cluster spark|ray [SERIES]

Both get the same Parquet files, of generated series, and must give the same blocks: a hash of each answer is printed.
Spark needs Java 17 or 21 (`make demo-spark` sees to that). All that is started here listens on the loopback interface
only, and ends with this program.
"""

from __future__ import annotations

import hashlib
import io
import logging
import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import pyarrow
from pyarrow import compute, parquet

from benchmarks.series import main as write_series
from schedcore import SeriesTable
from schedcore.cluster import ray as on_ray
from schedcore.cluster import spark as on_spark
from schedcore.freebusy import of_table

A, B = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 8, 30, tzinfo=UTC)
WORKERS = 2
FILES = 4
SHARES = 8  # some for each worker, so that both have work to the end
A_PERSON = 10  # series of one owner, but for the one below
CROWDED = 20  # every 20th series is of one owner, as a room's or a holiday calendar's are: owners are never alike
BROKEN = 5_000  # every 5,000th row cannot be read


def company(series: int, seed: int = 7) -> pyarrow.Table:
    """Generate the series of a company: who, when, how often; some rows with something missing, a few broken."""
    out = io.StringIO()
    write_series(series, seed, out)
    number, dtstart, tzid, duration, rrule = map(list, zip(*map(str.split, out.getvalue().splitlines()), strict=True))
    rows = range(series)
    owner = ["everyone" if row % CROWDED == 0 else f"person-{row // A_PERSON:06}" for row in rows]
    status = [None if row % 3 else 1 + row % 7 % 3 for row in rows]
    for row in rows[BROKEN // 2 :: BROKEN]:
        dtstart[row] = "soon"
    for row in rows[BROKEN - 1 :: BROKEN]:
        owner[row] = None
    return pyarrow.table(
        {
            "uid": [f"{text}@example.org" for text in number],
            "owner": owner,
            "dtstart": dtstart,
            "tzid": tzid,
            "duration": pyarrow.array(list(map(int, duration)), pyarrow.int64()),
            "rrule": [None if row % 11 == 0 else text for row, text in enumerate(rrule)],
            "status": pyarrow.array(status, pyarrow.int64()),
        }
    )


def stored(table: pyarrow.Table, folder: Path) -> list[str]:
    """Write the table as some Parquet files."""
    size = -(-len(table) // FILES) or 1
    paths = []
    for number in range(FILES):
        paths.append(str(folder / f"series-{number}.parquet"))
        parquet.write_table(table.slice(number * size, size), paths[-1], row_group_size=max(1, size // 2))
    return paths


def alone(table: pyarrow.Table) -> pyarrow.Table:
    """The answer without a cluster, and without the code for one: one table, one call."""
    names = sorted({owner for owner in table["owner"].to_pylist() if owner is not None})
    numbers = {name: number for number, name in enumerate(names)}
    owner = [numbers.get(name) for name in table["owner"].to_pylist()]
    columns = {name: table[name] for name in ("dtstart", "tzid", "duration", "rrule", "status")}
    found = SeriesTable.from_columns(**columns, owner=owner)
    blocks = pyarrow.table(of_table(found, A, B))
    blocks = blocks.set_column(0, "owner", pyarrow.array(names, pyarrow.string()).take(blocks["owner"]))
    unread = table.take([problem.row for problem in found.problems]).select(["owner", "uid"])
    return pyarrow.concat_tables([blocks, unread], promote_options="default")


def fingerprint(answer: pyarrow.Table) -> str:
    """A hash of all blocks, and of which rows were not read; not of the order, which a cluster does not keep."""
    digest = hashlib.sha256()
    blocks = answer.filter(compute.is_valid(answer["start"]))
    blocks = blocks.sort_by([("owner", "ascending"), ("start", "ascending")])
    digest.update("\n".join(blocks["owner"].to_pylist()).encode())
    for name in ("start", "end", "status"):
        digest.update(blocks[name].combine_chunks().to_numpy())
    unread = answer.filter(compute.is_null(answer["start"]))
    whose = zip(unread["owner"].to_pylist(), unread["uid"].to_pylist(), strict=True)
    digest.update("\n".join(sorted(map(str, whose))).encode())
    return digest.hexdigest()[:16]


@contextmanager
def spark_here() -> Iterator[Any]:
    """A Spark of two workers in this process's own JVM, which ends with the process."""
    os.environ["PYSPARK_PYTHON"] = sys.executable  # workers are of the same environment
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)  # nothing here does
    from pyspark.sql import SparkSession

    with tempfile.TemporaryDirectory() as folder:
        settings = {
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.memory": "1g",
            # A JVM that lives for seconds is better off with quick compiling than with quick code.
            "spark.driver.extraJavaOptions": f"-Djava.io.tmpdir={folder} -XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
            "spark.local.dir": folder,
            "spark.sql.warehouse.dir": f"{folder}/warehouse",
            "spark.sql.shuffle.partitions": str(SHARES),
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.log.level": "ERROR",
        }
        builder = SparkSession.builder.master(f"local[{WORKERS}]").appName("schedcore")
        session = builder.config(map=settings).getOrCreate()
        try:
            yield session
        finally:
            session.stop()


@contextmanager
def ray_here() -> Iterator[Any]:
    """A Ray of two workers, which is shut down at the end."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # it reports to its makers otherwise
    # Without this Ray takes 127.0.0.1 for the address by which other machines know this one.
    os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
    import ray

    # Sockets have names of 107 bytes at most, and Ray's own part of them takes 75.
    folder = tempfile.mkdtemp(dir=None if len(tempfile.gettempdir()) < 20 else "/tmp")
    try:
        ray.init(
            num_cpus=WORKERS,
            include_dashboard=False,
            _node_ip_address="127.0.0.1",
            _temp_dir=folder,
            object_store_memory=400 << 20,
            # Kinds of tasks have processes of their own, which take seconds to start and else end when idle.
            _system_config={"num_workers_soft_limit": 8, "idle_worker_killing_time_threshold_ms": 60_000},
            log_to_driver=False,
            logging_level=logging.ERROR,
        )
        ray.data.DataContext.get_current().enable_progress_bars = False
        logging.getLogger("ray.data").setLevel(logging.ERROR)
        yield ray
    finally:
        ray.shutdown()
        shutil.rmtree(folder, ignore_errors=True)


def busy_on_spark(session: Any, paths: list[str]) -> pyarrow.Table:
    """Parquet files to busy blocks, on Spark."""
    return on_spark.freebusy(session.read.parquet(*paths), A, B, keep=["uid"], shares=SHARES).toArrow()


def busy_on_ray(ray: Any, paths: list[str]) -> pyarrow.Table:
    """Parquet files to busy blocks, on Ray."""
    found = on_ray.freebusy(ray.data.read_parquet(paths), A, B, keep=["uid"], shares=SHARES)
    return pyarrow.concat_tables(ray.get(found.to_arrow_refs()))


CLUSTERS: dict[str, tuple[Callable[[], Any], Callable[[Any, list[str]], pyarrow.Table]]] = {
    "spark": (spark_here, busy_on_spark),
    "ray": (ray_here, busy_on_ray),
}


def timed(call: Callable[..., Any], *arguments: Any) -> tuple[Any, float]:
    """What a call gives, and the seconds that it took."""
    begin = perf_counter()
    return call(*arguments), perf_counter() - begin


def main(name: str, series: int) -> int:
    """Print both answers' hashes and times; 0 if they are equal."""
    here, busy = CLUSTERS[name]
    table = company(series)
    expected, seconds = timed(alone, table)
    unread = expected["start"].null_count
    print(f"{series:,} series to {len(expected) - unread:,} busy blocks; {unread} rows cannot be read")
    line = "{:24}{:>7.1f} s   {}".format
    print(line("one thread", seconds, fingerprint(expected)), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        paths = stored(table, Path(folder))
        begin = perf_counter()
        with here() as cluster:
            print(line(f"{name}: start", perf_counter() - begin, ""), flush=True)
            answer, seconds = timed(busy, cluster, paths)
            print(line(f"{name}: {WORKERS} workers", seconds, fingerprint(answer)))
    if fingerprint(answer) != fingerprint(expected):
        print("the answers differ", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 200_000))
