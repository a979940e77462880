# Written by hand: keep it in step with _tally.pyx, which type checkers cannot read.
from typing_extensions import Buffer

from schedcore._cancel import CancelToken
from schedcore._column import Column

def tally(
    poll: Buffer,
    option: Buffer,
    voter: Buffer,
    vote: Buffer,
    weight: Buffer | None,
    unique: bool,
    cancel: CancelToken | None,
) -> tuple[Column, ...]: ...
