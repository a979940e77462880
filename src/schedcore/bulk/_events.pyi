# Written by hand: keep it in step with _events.pyx.
from collections.abc import Callable

from schedcore.bulk._rows import Rows
from schedcore.zones import Zone

class Learner:
    rows: Rows
    number: int
    def __init__(
        self,
        statuses: bytes,
        meaning: Callable[[bytes], tuple[str, bool, bool]],
        zone: Callable[[str, bytes | None, int | None], tuple[bytes, Zone, bool]],
        address: bytes | None = None,
    ) -> None: ...
