# Written by hand: keep it in step with _levels.pyx, which type checkers cannot read.

from schedcore._cancel import CancelToken
from schedcore._column import Column

def levels(table: bytes, owner: memoryview, visibility: memoryview) -> Column: ...
def shown(
    table: bytes, owner: memoryview, status: memoryview | None, visibility: memoryview, token: CancelToken | None
) -> tuple[Column | None, bool]: ...
def check(
    table: bytes,
    owner: memoryview,
    start: memoryview,
    end: memoryview,
    status: memoryview | None,
    visibility: memoryview,
) -> None: ...
