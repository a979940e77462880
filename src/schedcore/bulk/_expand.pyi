# Written by hand: keep it in step with _expand.pyx, which type checkers cannot read.
from typing import final

from schedcore._cancel import CancelToken
from schedcore._column import Column
from schedcore.bulk._crew import Crew
from schedcore.bulk._rows import Rows

@final
class Window:
    rows: Rows
    def __init__(
        self,
        rows: Rows,
        a: int,
        b: int,
        touching: bool,
        room: int,
        limit: int,
        token: CancelToken | None,
        crew: Crew,
    ) -> None: ...
    def most(self, row: int) -> int: ...
    def fitting(self, low: int, room: int) -> int: ...
    def cuts(self, low: int, high: int, parts: int) -> list[int]: ...

@final
class Chunks:
    window: Window
    size: int
    total: int
    first: int
    offsets: Column
    def __init__(self, window: Window, low: int, high: int, parts: int) -> None: ...
    def count(self, crew: Crew) -> int: ...
    def fill_owners(self, owner: Column, status: Column) -> None: ...
    def fill(self, crew: Crew, start: Column, end: Column) -> None: ...

def sized(size: int) -> Column: ...
