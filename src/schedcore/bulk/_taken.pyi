# Written by hand: keep it in step with _taken.pyx, which type checkers cannot read.
from collections.abc import Sequence
from typing import final

from schedcore._column import Column
from schedcore.bulk._bits import Blocks
from schedcore.bulk._expand import Window

@final
class Taken:
    unit: int
    fits: bool
    def __init__(self, window: Window, rank: Sequence[int]) -> None: ...
    def shares(self, wanted: int) -> list[int]: ...
    def find(self, low: int, high: int) -> Blocks | None: ...

def clip(column: Column, low: int, high: int) -> None: ...
