"""Columns as chunks of one Arrow stream, read again by pyarrow: the quick way to write a chunk beside nanoarrow's."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedcore.service import chunks

NAMES = ("series", "start", "end")


def columns(sizes: list[int]) -> list[list[np.ndarray]]:
    rng = np.random.default_rng(7)
    return [[rng.integers(-(2**63), 2**63 - 1, size) for _ in NAMES] for size in sizes]


@given(st.lists(st.integers(0, 25), max_size=8), st.integers(1, 12))
def test_what_is_written_is_read(sizes, rows):
    """Whatever the pieces: the same numbers in the same order, and each chunk says how many rows it has."""
    pieces = columns(sizes)
    found = list(chunks.frames(NAMES, pieces, rows))
    table = pa.ipc.open_stream(b"".join(one.data for one in found)).read_all()
    table.validate(full=True)
    for number, name in enumerate(NAMES):
        expected = np.concatenate([np.empty(0, np.int64), *(piece[number] for piece in pieces)])
        assert expected.tolist() == table[name].to_pylist()
    assert table.num_rows == sum(one.rows for one in found)
    assert all(one.rows <= rows for one in found)
    again = chunks.columns_of(found)
    assert table["end"].to_pylist() == again["end"].to_pylist()


def test_equal_chunks_are_nanoarrows_own():
    """Byte for byte: the second of three is written by nanoarrow, the third the quick way."""
    ((series, start, end),) = columns([64])
    _, slow, quick, _ = chunks.frames(NAMES, [[series, start, end]] * 3, 64)
    assert slow == quick


def test_columns_of_another_type_are_refused():
    """Their bytes would be read as other numbers."""
    out = chunks.Frames(["a"])
    for _ in range(2):
        out.chunk([np.arange(4)])
    for wrong in (np.arange(4.0), np.arange(4, dtype=np.int32), np.arange(8)[::2]):
        with pytest.raises(ValueError, match="in place of one of int64"):
            out.chunk([wrong])
