# Written by hand: keep it in step with _cancel.pyx, which type checkers cannot read.
from typing import final

@final
class CancelToken:
    @property
    def is_cancelled(self) -> bool: ...
    def cancel(self) -> None: ...
