# Written by hand: keep it in step with _crew.pyx, which type checkers cannot read.
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TypeVar, final

Result = TypeVar("Result")

@final
class Crew:
    def __init__(self, threads: int) -> None: ...
    def __enter__(self) -> Crew: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None: ...
    def call(self, calls: Sequence[Callable[[], Result]]) -> list[Result]: ...
