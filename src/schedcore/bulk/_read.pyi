# Written by hand: keep it in step with _read.pyx, which type checkers cannot read.
from collections.abc import Callable
from typing import Any, final

from schedcore.bulk._columns import Ints, Lists, Text
from schedcore.bulk._rows import Rows
from schedcore.recurrence import Series

@final
class Reader:
    rows: Rows
    problems: list[tuple[int, str, Any, str]]
    def __init__(
        self,
        rows: Rows,
        size: int,
        start: Text | Ints,
        form: int,
        tzid: Text | str | None,
        length: Text | Ints | None,
        rrule: Text | None,
        rdate: Text | Lists | None,
        exdate: Text | Lists | None,
        owner: Ints | None,
        status: Ints | None,
    ) -> None: ...
    def read(self, whole: Callable[[dict[str, Any]], Series]) -> None: ...
