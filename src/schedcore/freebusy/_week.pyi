# Written by hand: keep it in step with _week.pyx, which type checkers cannot read.
from collections.abc import Sequence

from schedcore._column import Column
from schedcore.freebusy.status import Status

def opened(runs: Sequence[tuple[int, int, int]], week: Column) -> list[tuple[int, int]]: ...
def closed(runs: Sequence[tuple[int, int, int]], week: Column, status: Status) -> list[tuple[int, int, Status]]: ...
