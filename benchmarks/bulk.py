"""A company's calendars in one call: 200,000 series of `series.py`, 90 days of them, text columns in, UTC columns out.

`python -m benchmarks.bulk` also takes ten million series as a stream of batches, and says how much memory that took.
"""

from __future__ import annotations

import io
import random
import resource
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from hashlib import sha3_512
from time import perf_counter
from zoneinfo import ZoneInfo

from benchmarks.report import Row
from benchmarks.series import main as write_series
from benchmarks.timing import best_of, timer
from schedcore import SeriesTable
from schedcore.freebusy import Merged, of_table

__all__ = ["bulk"]

A, B = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 8, 30, tzinfo=UTC)
MANY = 200_000
SAMPLE = 200  # rows that dateutil is asked about: some seconds
A_PERSON = 10  # series of one owner
BATCH = 200_000  # rows of one batch of the stream
HASHED = bytes(2 << 20)  # what each of two threads hashes: about as long as they expand
BOUND = 1 << 30  # bytes that ten million series may take

# The numbers to reach.
DATEUTIL = 1000  # times dateutil on a sample of the same rows
TWO_THREADS = 1.7  # times one, expanding alone
MERGED = 1 / 1.5  # of the time of expanding alone, to merged blocks


@cache
def rows(n: int) -> tuple[tuple[str, ...], ...]:
    """The generated series: DTSTART, TZID, duration in seconds, RRULE."""
    out = io.StringIO()
    write_series(n, 7, out)
    return tuple(tuple(line.split("\t")[1:]) for line in out.getvalue().splitlines())


def columns(found: Sequence[tuple[str, ...]]) -> dict[str, list[str] | list[int]]:
    """Rows as what `from_columns` takes: lists."""
    dtstart, tzid, duration, rrule = (list(column) for column in zip(*found, strict=True))
    return {"dtstart": dtstart, "tzid": tzid, "duration": [int(text) for text in duration], "rrule": rrule}


def arrow(found: Sequence[tuple[str, ...]]) -> dict[str, object] | None:
    """The same as Arrow columns, if pyarrow is here."""
    try:
        import pyarrow
    except ImportError:
        return None
    return {name: pyarrow.array(values) for name, values in columns(found).items()}


def expanded(given: dict[str, object], threads: int = 1) -> list[int]:
    """Text in, columns out."""
    found = SeriesTable.from_columns(**given).expand(A, B, threads)
    return [len(found), len(found.series)]


def with_dateutil(found: Sequence[tuple[str, ...]]) -> list[int]:
    """The starts, as UTC seconds, row by row."""
    from dateutil.rrule import rrulestr

    starts: list[int] = []
    for dtstart, tzid, _, rule in found:
        start = datetime.strptime(dtstart, "%Y%m%dT%H%M%S").replace(tzinfo=ZoneInfo(tzid))
        inside = rrulestr(rule, dtstart=start).between(A - timedelta(seconds=1), B)
        starts += [int(t.timestamp()) for t in inside if A <= t < B]
    return starts


def taken(table: SeriesTable, threads: int = 1) -> Merged:
    """From rules to merged blocks."""
    return of_table(table, A, B, threads=threads)


def threads(table: SeriesTable) -> Row:
    """Expanding on two threads and on one; and in turns with it, what two threads reach that share nothing.

    That is a hash, for which Python lets go of the GIL: no lock, and no memory but what is read. Two of it at once take
    the time of one where the machine has two cores to give; what lacks of twice as fast is the machine's.
    """
    with ThreadPoolExecutor(1) as other:

        def together() -> None:
            begun = other.submit(sha3_512, HASHED)
            sha3_512(HASHED)
            begun.result()

        seconds = best_of(
            {
                "2 threads": timer(partial(table.expand, A, B, 2)),
                "1 thread": timer(partial(table.expand, A, B, 1)),
                "two hashes at once": timer(together),
                "two hashes": timer(lambda: (sha3_512(HASHED), sha3_512(HASHED))),
            },
            1.0,
        )
    ceiling = seconds.pop("two hashes") / seconds.pop("two hashes at once")
    return Row("bulk", "expand alone", MANY, seconds, {"1 thread": TWO_THREADS}, ceilings={"1 thread": ceiling})


def bulk() -> Iterator[Row]:
    """Expand a company's series; dateutil is asked about a sample, and its time is that of as many rows."""
    found = rows(MANY)
    sample = random.Random(1).sample(found, SAMPLE)
    theirs = with_dateutil(sample)
    if theirs != SeriesTable.from_columns(**columns(sample)).expand(A, B).start.tolist():
        raise AssertionError("dateutil and schedcore differ: nothing is timed until they agree")
    begin = perf_counter()
    with_dateutil(sample)
    dateutil = (perf_counter() - begin) * MANY / SAMPLE
    for name, given in (("text lists to columns", columns(found)), ("Arrow to columns", arrow(found))):
        if given is None:
            continue
        seconds = best_of({"schedcore": timer(partial(expanded, given))}, 1.0)
        yield Row("bulk", name, MANY, {**seconds, "dateutil": dateutil}, {"dateutil": DATEUTIL})
    table = SeriesTable.from_columns(**columns(found), owner=[row // A_PERSON for row in range(MANY)])
    if table.expand(A, B) != table.expand(A, B, 2):
        raise AssertionError("two threads and one differ: nothing is timed until they agree")
    yield threads(table)
    contestants = {"of_table": timer(partial(taken, table)), "expand": timer(partial(table.expand, A, B))}
    yield Row("bulk", "rules to merged blocks", MANY, best_of(contestants, 1.0), {"expand": MERGED})
    given = columns(found) | {"owner": [row // A_PERSON for row in range(MANY)]}
    contestants = {
        "of_table": timer(lambda: taken(SeriesTable.from_columns(**given))),
        "expand": timer(lambda: SeriesTable.from_columns(**given).expand(A, B)),
    }
    yield Row("bulk", "text to merged blocks", MANY, best_of(contestants, 1.0), {"expand": MERGED})


def stream(series: int) -> tuple[int, float, int]:
    """Take so many series in batches of text; how many occurrences, in how many seconds, and the most memory in bytes.

    The batches are the same 200,000 series over and over: what is measured is that nothing is kept from one to another.
    """
    given = arrow(rows(BATCH)) or columns(rows(BATCH))
    begin, found = perf_counter(), 0
    for _ in range(series // BATCH):
        found += sum(map(len, SeriesTable.from_columns(**given).stream(A, B)))
    return found, perf_counter() - begin, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    """Print the table, and the stream."""
    from benchmarks.report import printed

    print(*printed(bulk(), ("dateutil", "1 thread", "expand"), "M/s"), sep="\n")
    series = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    found, seconds, memory = stream(series)
    print(f"{series} series, {found} occurrences in {seconds:.1f} s ({series / seconds / 1e6:.2f} M series/s)")
    print(f"at most {memory / (1 << 20):.0f} MiB, of {BOUND >> 20}")


if __name__ == "__main__":
    main()
