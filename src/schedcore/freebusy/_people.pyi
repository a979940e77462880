# Written by hand: keep it in step with _people.pyx, which type checkers cannot read.

from schedcore._column import Column

def in_rows(
    owner: Column, role: Column, group: Column, zone: Column, first: Column, last: Column, movable: int
) -> tuple[Column, Column, Column, Column, Column]: ...
