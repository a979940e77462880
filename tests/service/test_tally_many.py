"""TallyMany over a socket: the columns that come back are those of the library, whatever pieces the votes came in."""

from __future__ import annotations

import random

import grpc
import numpy
import pyarrow
import pytest

import stores
from schedcore.polls import tally_many
from schedcore.v1 import common_pb2, poll_pb2, poll_pb2_grpc
from service.casts import Refusal
from service.processes import Server

NAMES = ("poll", "option", "no", "if_need_be", "yes", "rank")


def stream_of(table, rows=700):
    """An Arrow IPC stream of a table."""
    sink = pyarrow.BufferOutputStream()
    with pyarrow.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=rows)
    return sink.getvalue().to_pybytes()


def ask(server, data, piece=10_000, unique=False):
    """Send bytes in pieces; the columns of the answer."""
    pieces = [data[at : at + piece] for at in range(0, len(data), piece)] or [b""]
    requests = (
        poll_pb2.TallyManyRequest(chunk=common_pb2.ArrowChunk(data=one), unique=unique and not at)
        for at, one in enumerate(pieces)
    )
    with server.channel() as channel:
        found = poll_pb2_grpc.PollServiceStub(channel).TallyMany(requests, timeout=60)
        text = b"".join(one.chunk.data for one in found)
    return pyarrow.ipc.open_stream(text).read_all().to_pydict()


def refused(server, data, **parts):
    """Code and field of a refusal."""
    with pytest.raises(grpc.RpcError) as info:
        ask(server, data, **parts)
    return Refusal(info.value).told


def votes(count, seed=1):
    """Random votes as columns."""
    drawn = numpy.random.default_rng(seed)
    return {
        "poll": drawn.integers(0, 50, count),
        "option": drawn.integers(1, 9, count),
        "voter": drawn.integers(0, 200, count),
        "vote": drawn.integers(-1, 3, count),
    }


def told(found):
    """The columns of a library's answer."""
    return {name: getattr(found, name).tolist() for name in NAMES}


def test_like_the_library(lone):
    """With and without weights, in pieces of any size, of narrower numbers too."""
    columns = votes(20_000)
    assert told(tally_many(**columns)) == ask(lone, stream_of(pyarrow.table(columns)))
    assert told(tally_many(**columns, unique=True)) == ask(lone, stream_of(pyarrow.table(columns)), unique=True)
    weighted = columns | {"weight": numpy.arange(20_000) % 7}
    assert told(tally_many(**weighted)) == ask(lone, stream_of(pyarrow.table(weighted)), piece=997)
    narrow = {name: column.astype("int16") for name, column in columns.items()}
    assert told(tally_many(**columns)) == ask(lone, stream_of(pyarrow.table(narrow), rows=20_000))
    nothing = pyarrow.table({name: pyarrow.array([], "int64") for name in columns})
    assert told(tally_many([], [], [], [])) == ask(lone, stream_of(nothing))


def test_the_latest_counts(lone):
    """With `at` the order of rows does not matter, but among rows of one moment."""
    columns = votes(5_000) | {"at": numpy.arange(5_000)}
    order = list(range(5_000))
    random.Random(3).shuffle(order)
    mixed = {name: column[order] for name, column in columns.items()}
    columns.pop("at")
    assert told(tally_many(**columns)) == ask(lone, stream_of(pyarrow.table(mixed)))


def test_what_is_no_table_of_votes(lone):
    """Each is an error of the field, and the server lives on."""
    good = votes(10)
    table = pyarrow.table(good)
    text = stream_of(table)
    endless = b"\xff\xff\xff\xff\xff\xff\xff\x7f" + text
    bad = [
        b"", b"hello", text[: len(text) // 2], endless, stream_of(table.drop_columns("vote")),
        stream_of(table.append_column("extra", pyarrow.array(range(10)))),
        stream_of(table.append_column("vote", pyarrow.array(range(10)))),
        stream_of(pyarrow.table(good | {"vote": pyarrow.array([None] * 10, "int64")})),
        stream_of(pyarrow.table(good | {"vote": numpy.full(10, 3)})),
        stream_of(pyarrow.table(good | {"vote": numpy.ones(10)})),
        stream_of(pyarrow.table(good | {"voter": pyarrow.array(["a"] * 10)})),
        stream_of(pyarrow.table(good | {"poll": numpy.full(10, 2**64 - 1, "uint64")})),
        stream_of(pyarrow.table(good | {"weight": numpy.full(10, -1)})),
    ]  # fmt: skip
    for data in bad:
        assert ("INVALID_ARGUMENT", "chunk") == refused(lone, data), data[:40]
    drawn = random.Random(5)
    for _ in range(60):
        broken = bytearray(text)
        for _ in range(drawn.randint(1, 4)):
            broken[drawn.randrange(len(broken))] = drawn.randrange(256)
        try:
            ask(lone, bytes(broken))
        except grpc.RpcError as error:
            assert Refusal(error).code in ("INVALID_ARGUMENT", "RESOURCE_EXHAUSTED")
    assert told(tally_many(**good)) == ask(lone, text)


def test_too_many_rows(lone):
    """Reaching the limit is an error that names it; small numbers make a small message of many rows."""
    rows = 4_000_001
    column = numpy.zeros(rows, "int8")
    data = stream_of(pyarrow.table(dict.fromkeys(("poll", "option", "voter", "vote"), column)), rows=500_000)
    with pytest.raises(grpc.RpcError) as info:
        ask(lone, data, piece=1 << 20)
    refusal = Refusal(info.value)
    assert ("RESOURCE_EXHAUSTED", True) == (refusal.code, "max_tally_rows=4000000" in refusal.message)


def test_too_many_bytes(tmp_path):
    """However few rows they are of: what a call may send has a bound."""
    with Server(stores.fresh("sqlite", tmp_path), "--max-table-bytes", "100000") as server:
        with pytest.raises(grpc.RpcError) as info:
            ask(server, stream_of(pyarrow.table(votes(10_000)), rows=10_000))
        refusal = Refusal(info.value)
        assert ("RESOURCE_EXHAUSTED", True) == (refusal.code, "max_table_bytes=100000" in refusal.message)
        assert ask(server, stream_of(pyarrow.table(votes(1_000))))
