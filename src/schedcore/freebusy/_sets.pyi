# Written by hand: keep it in step with _sets.pyx, which type checkers cannot read.
from collections.abc import Sequence
from typing import TypeAlias

from schedcore._cancel import CancelToken
from schedcore._column import Column

Columns: TypeAlias = tuple[Column, Column, Column, Column]

def overlay(a: Columns, b: Columns, outcomes: Sequence[int]) -> Columns: ...
def at_least(columns: Columns, k: int, rank: Sequence[int], token: CancelToken | None = None) -> Columns: ...
