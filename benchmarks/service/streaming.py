"""Ten million occurrences over the wire, and what the library does alone.

Two tables are asked about. "hourly" is a thousand rules of every hour: the request is small, and the library does no
more than write numbers as fast as memory takes them. "company" is what a back end sends: 726,000 series of a company
(`series.py`), 90 days of them, as text in an Arrow stream of 56 MB in batches of 65,536 rows.

The library alone is `SeriesTable.stream` in the same pieces, in one process, nothing encoded, and every column made; of
the company it begins with the bytes of the request, too, which pyarrow reads. "as Arrow" is the same with the answer
written as the messages that the service sends, with no wire: what any transport would have to begin with. Over the wire
the client is a process of its own, which asks in each round on one connection, so that none of the sides is at its
first: "received" takes the messages as bytes, "decoded" also makes columns of them (`schedcore.client.columns`). "wire"
is as many messages of the same size, in both directions, with the echo, which looks into none, and makes one that it
sends again and again: what this server stack carries.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import grpc
import numpy
import pyarrow

from benchmarks import bulk
from benchmarks.report import Row
from benchmarks.service.processes import HOME, Process
from schedcore import SeriesTable
from schedcore.bulk import Occurrences
from schedcore.client.columns import pieces
from schedcore.service import chunks
from schedcore.service.calls import Written
from schedcore.service.recurrence import _PIECE, EXPANDED, expanded
from schedcore.v1 import common_pb2, recurrence_pb2

__all__ = ["HALF", "stream"]

SERIES: Final = 1_000
HOURS: Final = 10_000
#: So many of a company's series have ten million occurrences in 90 days.
MANY: Final = 726_000
BATCH: Final = 1 << 16
HALF: Final = 0.5
#: Rounds for each that other questions have: a stream is at its best only when both processes find a core free all the
#: time, which is rare on a machine of two.
MORE: Final = 5
_START: Final = datetime(2026, 1, 1, tzinfo=UTC)
#: An hour apart, so many hours: a little over a year.
_END: Final = datetime.fromtimestamp(_START.timestamp() + HOURS * 3_600, UTC)
ECHO: Final = "/echo/Stream"
OTHERS: Final = ("library", "as Arrow", "wire")
_PATH: Final = "/schedcore.v1.RecurrenceService/ExpandTable"


@dataclass(frozen=True)
class Workload:
    """A table and a window; `sent` are the bytes of its Arrow stream, and `table` reads it."""

    name: str
    sent: bytes
    start: datetime
    end: datetime
    ready: SeriesTable | None = None

    @property
    def table(self) -> SeriesTable:
        """The series: read anew, unless they are ready."""
        return self.ready if self.ready is not None else _table(self.sent)

    def pieces(self) -> Iterator[Occurrences]:
        """Give what the library gives."""
        return self.table.stream(self.start, self.end, _PIECE)

    def written(self) -> Iterator[Written]:
        """Give the messages of the answer."""
        return chunks.frames(recurrence_pb2.ExpandTableResponse, EXPANDED, expanded([self.table], self.start, self.end))

    @cached_property
    def occurrences(self) -> int:
        """Count what is found."""
        return sum(map(len, self.pieces()))

    @cached_property
    def messages(self) -> tuple[int, int]:
        """How long most messages of the answer are, and how many of those are as many bytes as the answer."""
        sizes = [len(one.data) for one in self.written()]
        return max(sizes), -(-sum(sizes) // max(sizes))

    def requests(self) -> list[bytes]:
        """The messages of the request."""
        first, last = (common_pb2.Time(epoch_seconds=int(bound.timestamp())) for bound in (self.start, self.end))
        asked = [
            recurrence_pb2.ExpandTableRequest(chunk=common_pb2.ArrowChunk(data=self.sent[at : at + chunks.SIZE]))
            for at in range(0, len(self.sent), chunks.SIZE)
        ]
        asked[0].window.CopyFrom(common_pb2.Window(start=first, end=last, tz="UTC"))
        return [one.SerializeToString() for one in asked]


def _table(sent: bytes) -> SeriesTable:
    read = pyarrow.ipc.open_stream(sent).read_all()
    return SeriesTable.from_columns(**{name: read[name] for name in read.column_names})


def _bytes(columns: dict[str, Any]) -> bytes:
    table = pyarrow.table(columns)
    sink = io.BytesIO()
    with pyarrow.ipc.new_stream(sink, table.schema) as out:
        out.write_table(table, max_chunksize=BATCH)
    return sink.getvalue()


def workloads() -> list[Workload]:
    """Give both: the hourly rules are read before anything is timed, the company's series each time."""
    hourly = {
        "dtstart": ["20260101T000000"] * SERIES,
        "tzid": ["UTC"] * SERIES,
        "duration": ["PT30M"] * SERIES,
        "rrule": ["FREQ=HOURLY"] * SERIES,
    }
    company = bulk.columns(bulk.rows(MANY))
    return [
        Workload("hourly", _bytes(hourly), _START, _END, SeriesTable.from_columns(**hourly)),
        Workload("company", _bytes(company), bulk.A, bulk.B),
    ]


def stream(server: Process, echo: Process, rounds: int) -> Iterator[Row]:
    """Time each way in turns, once what comes over the wire is what the library gives; then answers are counted."""
    for workload in workloads():
        with tempfile.TemporaryDirectory() as folder:
            best = _timed(workload, Path(folder), server.address, echo.address, MORE * rounds)
        for ours, told in (("received", "to bytes"), ("decoded", "to columns")):
            seconds = {name: best[name] for name in (ours, *OTHERS)}
            yield Row("stream", f"{workload.name}, {told}", workload.occurrences, seconds, {"library": HALF})


def _timed(workload: Workload, folder: Path, server: str, echo: str, rounds: int) -> dict[str, float]:
    size, count = workload.messages
    sent, echoed = folder / "service", folder / "echo"
    sent.write_bytes(_packed(workload.requests()))
    echoed.write_bytes(_packed([json.dumps([size, count]).encode(), *workload.requests()]))
    with Client(server, "hashed", sent, workload.occurrences) as client:
        if client.ask() != _hashed(_shown(workload.pieces())):
            raise AssertionError(f"{workload.name}: the service and the library differ: nothing is timed")
    with (
        Client(server, "received", sent, workload.occurrences) as received,
        Client(echo, "wire", echoed, workload.occurrences) as wire,
        Client(server, "decoded", sent, workload.occurrences) as decoded,
    ):
        ways = {
            "received": lambda: float(received.ask()),
            "wire": lambda: float(wire.ask()),
            "library": lambda: _alone(workload),
            "as Arrow": lambda: _arrow(workload),
            "decoded": lambda: float(decoded.ask()),
        }
        best: dict[str, float] = {}
        for _ in range(rounds):
            for name, way in ways.items():
                best[name] = min(best.get(name, 1e9), way())
    return best


def _alone(workload: Workload) -> float:
    began = perf_counter()
    found = 0
    for piece in workload.pieces():
        found += sum(len(column) for column in (piece.series, piece.start, piece.end)) // 3
    took = perf_counter() - began
    _counted(found, workload.occurrences)
    return took


def _arrow(workload: Workload) -> float:
    began = perf_counter()
    found = sum(one.rows for one in workload.written())
    took = perf_counter() - began
    _counted(found, workload.occurrences)
    return took


def _counted(found: int, expected: int) -> None:
    if found != expected:
        raise AssertionError(f"{found:,} occurrences, not {expected:,}: nothing is timed")


# --- the client, a process of its own ---------------------------------------------------------------------------------


class Client:
    """Another process that asks a server, on one connection, as often as it is told to; see `main`."""

    def __init__(self, address: str, way: str, requests: Path, expected: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.service.streaming", address, way, str(requests), str(expected)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=HOME,
        )

    def ask(self) -> str:
        """Have it ask once: what it prints."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        told = self._process.stdout.readline().strip()
        if not told:
            raise AssertionError("a client has ended: see what it wrote above")
        return told

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *exception: object) -> None:
        try:
            self._process.communicate(timeout=30)
        finally:
            self._process.kill()


def _shown(found: Iterable[Occurrences]) -> Iterator[dict[str, Any]]:
    """The columns that the service gives of what the library gives."""
    for piece in found:
        yield {"series": piece.series, "start": piece.start, "end": piece.end}


def _hashed(columns: Iterable[dict[str, Any]]) -> str:
    """Each column by itself, in whatever pieces it comes."""
    hashes = {name: sha256() for name in ("series", "start", "end")}
    for piece in columns:
        for name, one in hashes.items():
            one.update(numpy.asarray(piece[name]).astype("int64", copy=False).tobytes())
    return " ".join(one.hexdigest() for one in hashes.values())


def _packed(messages: Iterable[bytes]) -> bytes:
    """Messages as one file: each after its length."""
    return b"".join(len(one).to_bytes(8, "little") + one for one in messages)


def _unpacked(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        end = at + 8 + int.from_bytes(data[at : at + 8], "little")
        yield data[at + 8 : end]
        at = end


def main(address: str, way: str, requests: str, expected: str) -> None:
    """Ask once for each line that is read, and print the seconds, or what the columns hash to."""
    sent = list(_unpacked(Path(requests).read_bytes()))
    with grpc.insecure_channel(address) as channel:
        grpc.channel_ready_future(channel).result(30)
        call = channel.stream_stream(ECHO if way == "wire" else _PATH)
        for _ in sys.stdin:
            print(_told(call, way, sent, int(expected)), flush=True)


def _told(call: Any, way: str, sent: list[bytes], expected: int) -> str:
    began = perf_counter()
    answers = call(iter(sent), timeout=120)
    columns = pieces(recurrence_pb2.ExpandTableResponse.FromString(one) for one in answers)
    if way == "hashed":
        return _hashed(columns)
    if way == "decoded":
        found = sum(len(column["start"]) for column in columns)
        took = perf_counter() - began
        _counted(found, expected)
    else:
        size = sum(map(len, answers))
        took = perf_counter() - began
        assert size >= expected * 20
    return str(took)


if __name__ == "__main__":
    main(*sys.argv[1:])
