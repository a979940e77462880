"""Columns as messages with chunks of one Arrow stream, read by protobuf and pyarrow: beside what those two write."""

from __future__ import annotations

import io

import nanoarrow
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nanoarrow.ipc import StreamWriter

from schedcore.errors import ColumnError, LimitExceeded
from schedcore.service import chunks
from schedcore.service.errors import Overloaded
from schedcore.service.room import FREE, Room, Spare
from schedcore.v1 import common_pb2
from schedcore.v1 import recurrence_pb2 as pb

SHAPE = (("series", "int32"), ("start", "int64"), ("end", "int64"))


def columns(sizes: list[int]) -> list[list[np.ndarray]]:
    rng = np.random.default_rng(7)
    return [[rng.integers(np.iinfo(kind).min, np.iinfo(kind).max, size, kind) for _, kind in SHAPE] for size in sizes]


def written(pieces, rows=0, told=None) -> list[pb.ExpandTableResponse]:
    found = list(chunks.frames(pb.ExpandTableResponse, SHAPE, pieces, told, rows))
    answers = [pb.ExpandTableResponse.FromString(one.SerializeToString()) for one in found]
    assert [one.rows for one in found] == [one.chunk.rows for one in answers]
    return answers


@given(st.lists(st.integers(0, 25), max_size=8), st.integers(1, 12))
def test_what_is_written_is_read(sizes, rows):
    """Whatever the pieces: the same numbers in the same order; all messages but the last have one number of rows."""
    pieces = columns(sizes)
    found = [one.chunk for one in written(pieces, rows)]
    table = pa.ipc.open_stream(b"".join(one.data for one in found)).read_all()
    table.validate(full=True)
    for number, (name, kind) in enumerate(SHAPE):
        expected = np.concatenate([np.empty(0, kind), *(piece[number] for piece in pieces)])
        assert expected.tolist() == table[name].to_pylist()
        assert kind == table[name].type
    assert [rows] * (sum(sizes) // rows) == [one.rows for one in found[:-1]]
    assert sum(sizes) % rows == found[-1].rows
    read = list(chunks.batches_of(found, rows=20))
    assert table["end"].to_pylist() == [one for part in read for one in list(nanoarrow.Array(part["end"]).to_pylist())]


@pytest.mark.parametrize("sizes", [[], [0], [3], [8], [8, 8, 8], [20, 5, 1]])
def test_messages_are_those_that_protobuf_and_nanoarrow_write(sizes):
    """Byte for byte, full, in part and empty: what is put together here is what the two would write at once."""
    pieces = columns(sizes)
    nothing = [np.empty(0, kind) for _, kind in SHAPE]
    whole = [np.concatenate(parts) for parts in zip(nothing, *pieces, strict=True)]
    out = io.BytesIO()
    writer = StreamWriter.from_writable(out)
    types = {name: getattr(nanoarrow, kind)() for name, kind in SHAPE}
    expected = []
    cuts = [*range(0, len(whole[0]), 8)] or [0]
    for at in cuts:
        parts = [column[at : at + 8] for column in whole]
        children = [
            nanoarrow.c_array_from_buffers(kind, length=len(part), buffers=[None, part])
            for kind, part in zip(types.values(), parts, strict=True)
        ]
        size = len(parts[0])
        array = nanoarrow.c_array_from_buffers(nanoarrow.struct(types), length=size, buffers=[None], children=children)
        writer.write_stream(array)
        expected.append([out.getvalue(), size])
        out.seek(0)
        out.truncate()
    writer.close()
    if expected[-1][1] == 8:
        expected.append([b"", 0])
    expected[-1][0] += out.getvalue()
    found = chunks.frames(pb.ExpandTableResponse, SHAPE, pieces, rows=8)
    messages = [pb.ExpandTableResponse(chunk=common_pb2.ArrowChunk(data=data, rows=rows)) for data, rows in expected]
    assert [one.SerializeToString() for one in messages] == [one.data for one in found]


@pytest.mark.parametrize("sizes", [[], [3], [8, 8]])
def test_what_the_last_message_says_besides(sizes):
    """It is asked for behind the last piece, and read with the columns of that message, and of no other."""
    asked = []

    def pieces():
        yield from columns(sizes)
        asked.append("pieces")

    def told() -> pb.ExpandTableResponse:
        asked.append("told")
        return pb.ExpandTableResponse(problems=[common_pb2.Problem(where="row 1", reason="no time")], problem_count=7)

    *others, last = written(pieces(), 8, told)
    assert (["row 1"], 7) == ([one.where for one in last.problems], last.problem_count)
    assert last.chunk.data and last.chunk.rows == sum(sizes) % 8
    assert not any(one.problems or one.problem_count for one in others)
    assert ["pieces", "told"] == asked


def test_messages_are_below_two_mebibytes():
    """What clients take has room for more; no column of a full one is padded."""
    full, *_ = chunks.frames(pb.ExpandTableResponse, SHAPE, columns([120_000]))
    assert 1_800 << 10 < len(full.data) < 2 << 20
    assert 0 == full.rows % 8


def test_columns_of_another_type_are_refused():
    """Their bytes would be read as other numbers."""
    good = np.arange(4)
    for wrong in (np.arange(4.0), np.arange(4, dtype=np.int32), np.arange(8)[::2]):
        with pytest.raises(ValueError, match="in place of one of int64"):
            list(chunks.frames(pb.ExpandTableResponse, SHAPE, [[good.astype(np.int32), good, wrong]], rows=4))
    with pytest.raises(ValueError, match="in place of one of int32"):
        list(chunks.frames(pb.ExpandTableResponse, SHAPE, [[good, good, good]], rows=4))


# --- reading ---------------------------------------------------------------------------------------------------------


def sent(table: pa.Table, rows: int, cut: int) -> list[common_pb2.ArrowChunk]:
    out = io.BytesIO()
    with pa.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table, max_chunksize=rows)
    data = out.getvalue()
    return [common_pb2.ArrowChunk(data=data[at : at + cut]) for at in range(0, len(data), cut)]


@given(st.integers(0, 40), st.integers(1, 9), st.integers(1, 900), st.integers(1, 30))
def test_tables_are_read_in_parts(size, rows, cut, wanted):
    """However they are cut into batches and messages: all rows in order, in parts that are no smaller than is asked."""
    table = pa.table({"a": [str(number) for number in range(size)], "b": range(size)})
    found = [
        {
            name: [] if isinstance(part, list) else list(nanoarrow.Array(part).to_pylist())
            for name, part in parts.items()
        }
        for parts in chunks.batches_of(sent(table, rows, cut), rows=wanted)
    ]
    assert found and all(["a", "b"] == list(part) for part in found)
    for name in ("a", "b"):
        assert table[name].to_pylist() == [one for part in found for one in part[name]]
    assert all(wanted <= len(part["b"]) < wanted + rows for part in found[:-1])


def test_what_is_held_of_a_table_is_told():
    """The part that was given last, the one that is read, and no more; what others hold too much of is not read on."""
    table = pa.table({"a": np.arange(3 << 20)})  # parts of 8 MiB, and some bytes around them
    stream = sent(table, 1 << 20, 1 << 20)
    spare = Spare(FREE + (1 << 20))
    room = Room(spare)
    for number, part in enumerate(chunks.batches_of(stream, rows=1 << 20, room=room)):
        del part
        lent = FREE if number else 0  # for the part before
        assert spare.lend(FREE - lent) and not spare.lend(2 << 20)
        spare.take_back(FREE - lent)
    assert 2 == number
    room.hold(0)
    assert spare.lend(FREE)
    with pytest.raises(Overloaded, match="over 8 MiB"):
        list(chunks.batches_of(stream, rows=1 << 20, room=room))


def test_what_is_no_table_is_refused():
    """Nothing, bytes of something else, a stream that breaks off, one name twice, more than was allowed."""
    good = sent(pa.table({"a": [1, 2, 3]}), 3, 64)
    twice = pa.Table.from_arrays([pa.array([1]), pa.array([2])], ["a", "a"])
    cases = (
        ("no table was sent", []),
        ("no Arrow IPC stream", [common_pb2.ArrowChunk(data=b"nonsense" * 9)]),
        ("no Arrow IPC stream", [common_pb2.ArrowChunk(data=b"".join(one.data for one in good)[:-20])]),
        ("two columns 'a'", sent(twice, 1, 900)),
    )
    for told, given_ in cases:
        with pytest.raises(ColumnError, match=told):
            list(chunks.batches_of(given_))
    with pytest.raises(LimitExceeded, match="max_table_bytes"):
        list(chunks.batches_of(good, 100))
