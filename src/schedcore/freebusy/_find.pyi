# Written by hand: keep it in step with _find.pyx, which type checkers cannot read.
from typing import final

from schedcore._cancel import CancelToken
from schedcore._column import Column

_Columns = tuple[Column, ...]

@final
class Survey:
    starts: Column
    required: Column
    some: Column
    optional: Column
    held: Column
    room: Column
    tentative: Column
    most: Column
    total: Column
    def works(self, i: int) -> bool: ...
    def working(self, works: bool = True) -> Column: ...
    def ranked(self) -> Column: ...

@final
class Search:
    def __init__(
        self,
        busy: _Columns,
        people: _Columns,
        closed: _Columns,
        full: _Columns,
        held: _Columns,
        runs: _Columns,
        *,
        duration: int,
        before: int,
        after: int,
        earliest: int,
        blocking: int,
        spare: int,
        needs_room: bool,
    ) -> None: ...
    def survey(self, starts: Column, scores: bool = True, cancel: CancelToken | None = None) -> Survey: ...
    def in_the_way(self, start: int) -> list[tuple[int, int, int, int, int]]: ...
    def edges(self, low: int, high: int) -> Column: ...
