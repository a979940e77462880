# Written by hand: keep it in step with _merge.pyx, which type checkers cannot read.
from typing_extensions import Buffer

from schedcore._column import Column

def merge_columns(
    owner: Buffer, start: Buffer, end: Buffer, status: Buffer | None = None
) -> tuple[Column, Column, Column, Column]: ...
