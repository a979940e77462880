"""Ten million occurrences over the wire, and what the library does alone.

The library alone is `SeriesTable.stream` over the same table in the same pieces: in one process, nothing encoded, and
every column made. "as Arrow" is the same with each piece written as Arrow IPC, in one process and with no wire: what
any transport would have to begin with. Over the wire the client is a process of its own: "received" takes the messages
as bytes, "decoded" also makes columns of them (nanoarrow). "wire" is as many messages of the same size from the echo,
which makes one and sends it again and again: what this server stack carries.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from time import perf_counter
from typing import Any, Final

import grpc

from benchmarks.report import Row
from benchmarks.service.processes import HOME, Process
from schedcore import SeriesTable
from schedcore.service import chunks
from schedcore.service.recurrence import _PIECE
from schedcore.v1 import common_pb2, recurrence_pb2

__all__ = ["HALF", "stream"]

OCCURRENCES: Final = 10_000_000
SERIES: Final = 1_000
HALF: Final = 0.5
_START: Final = datetime(2026, 1, 1, tzinfo=UTC)
#: An hour apart, so many hours: a little over a year.
_END: Final = datetime.fromtimestamp(_START.timestamp() + OCCURRENCES // SERIES * 3_600, UTC)
#: Bytes of a message: three columns of int64.
MESSAGE: Final = chunks.ROWS * 24
ECHO: Final = "/echo/Stream"
OTHERS: Final = ("library", "as Arrow", "wire")
_PATH: Final = "/schedcore.v1.RecurrenceService/ExpandTable"


def _columns() -> dict[str, list[Any]]:
    return {
        "dtstart": ["20260101T000000"] * SERIES,
        "tzid": ["UTC"] * SERIES,
        "duration": ["PT30M"] * SERIES,
        "rrule": ["FREQ=HOURLY"] * SERIES,
    }


def stream(server: Process, echo: Process, rounds: int) -> Iterator[Row]:
    """Time each way in turns; the answers are counted, and the last column is compared."""
    table = SeriesTable.from_columns(**_columns())
    ways = {
        "received": lambda: _received(server.address, "received"),
        "wire": lambda: _received(echo.address, "wire"),
        "library": lambda: _alone(table),
        "as Arrow": lambda: _arrow(table),
        "decoded": lambda: _received(server.address, "decoded"),
    }
    best: dict[str, float] = {}
    for _ in range(rounds):
        for name, way in ways.items():
            best[name] = min(best.get(name, 1e9), way())
    for ours, told in (("received", "to bytes"), ("decoded", "to columns")):
        seconds = {name: best[name] for name in (ours, *OTHERS)}
        yield Row("stream", told, OCCURRENCES, seconds, {"library": HALF})


def _alone(table: SeriesTable) -> float:
    began = perf_counter()
    found = 0
    for piece in table.stream(_START, _END, _PIECE):
        found += sum(len(column) for column in (piece.series, piece.start, piece.end)) // 3
    _counted(found)
    return perf_counter() - began


def _arrow(table: SeriesTable) -> float:
    began = perf_counter()
    pieces = ((piece.series, piece.start, piece.end) for piece in table.stream(_START, _END, _PIECE))
    _counted(sum(chunk.rows for chunk in chunks.frames(("series", "start", "end"), pieces)))
    return perf_counter() - began


def _counted(found: int) -> None:
    if found != OCCURRENCES:
        raise AssertionError(f"{found:,} occurrences, not {OCCURRENCES:,}: nothing is timed")


def _received(address: str, way: str) -> float:
    """Have another process ask: it prints how long it took."""
    command = [sys.executable, "-m", "benchmarks.service.streaming", address, way]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=HOME)
    return float(done.stdout)


def _request() -> bytes:
    import pyarrow

    table = pyarrow.table(_columns())
    sink = pyarrow.BufferOutputStream()
    with pyarrow.ipc.new_stream(sink, table.schema) as out:
        out.write_table(table)
    window = common_pb2.Window(
        start=common_pb2.Time(epoch_seconds=int(_START.timestamp())),
        end=common_pb2.Time(epoch_seconds=int(_END.timestamp())),
        tz="UTC",
    )
    chunk = common_pb2.ArrowChunk(data=sink.getvalue().to_pybytes())
    return recurrence_pb2.ExpandTableRequest(window=window, chunk=chunk).SerializeToString()


def main(address: str, way: str) -> None:
    """Ask once, and print the seconds; once before, for the connection and the tables."""
    with grpc.insecure_channel(address, [("grpc.max_receive_message_length", -1)]) as channel:
        path, data = (ECHO, b"") if way == "wire" else (_PATH, _request())
        call = channel.stream_stream(path)
        began = perf_counter()
        answers = call(iter([data]), timeout=120)
        if way != "decoded":
            size = sum(map(len, answers))
            took = perf_counter() - began
            assert size > OCCURRENCES * 24
        else:
            parts = (recurrence_pb2.ExpandTableResponse.FromString(one).chunk for one in answers)
            columns = chunks.columns_of(parts, 1 << 40)
            took = perf_counter() - began
            _counted(len(columns["start"]))
    print(took)


if __name__ == "__main__":
    main(*sys.argv[1:])
