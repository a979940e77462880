# Written by hand: keep it in step with _scan.pyx.
from typing import Any, Final

DOUBTS: Final[dict[int, str]]
WORDS: Final[dict[str, tuple[str | None, ...]]]

class Scanner:
    def __init__(self, address: bytes | None = None) -> None: ...
    def count(self, text: bytes | bytearray | memoryview) -> tuple[int, int]: ...
    def scan(self, text: bytes | bytearray | memoryview) -> dict[str, Any]: ...
