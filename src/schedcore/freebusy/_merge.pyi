# Written by hand: keep it in step with _merge.pyx, which type checkers cannot read.
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from typing_extensions import Buffer

from schedcore._cancel import CancelToken
from schedcore._column import Column

Columns: TypeAlias = tuple[Column, Column, Column, Column]

class Merger:
    def __init__(
        self,
        owner: Buffer,
        start: Buffer,
        end: Buffer,
        status: Buffer | None,
        rank: Sequence[int],
        token: CancelToken | None,
    ) -> None: ...
    def in_order(self, low: int, high: int, backwards: bool = False) -> Columns | None: ...
    def survey(self) -> tuple[int, int]: ...
    def any_order(self, low: int, high: int) -> Columns: ...

def joined(parts: Iterable[Columns]) -> Columns: ...
