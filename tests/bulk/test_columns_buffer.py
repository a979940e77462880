"""Columns of numbers as kernels of other rooms read them: a read-only buffer of int64."""

import numpy as np
import pyarrow as pa
import pytest

from schedcore.bulk.columns import ints


@pytest.mark.parametrize("values", [[], [3, -1, 2**63 - 1], np.arange(5), pa.array([7, 8, 9]).slice(1)])
def test_the_memory_is_shown(values):
    """Every number, where it lies, and nobody writes to it."""
    found = ints("n", values)
    shown = memoryview(found)
    assert ("q", True, found.tolist()) == (shown.format, shown.readonly, shown.tolist())
    with pytest.raises(TypeError):
        shown[:1] = b"x"
    assert found.is_whole


def test_missing_rows_are_known():
    """A buffer cannot say which rows are missing, so the column does; of a slice only its own rows count."""
    assert not ints("n", [1, None]).is_whole
    holes = pa.array([None, 1, 2, None])
    assert [False, True] == [ints("n", column).is_whole for column in (holes, holes.slice(1, 2))]
