# Written by hand: keep it in step with _rrule.pyx, which type checkers cannot read.
from typing import final

from schedcore._cancel import CancelToken
from schedcore._column import Column

@final
class CompiledRule:
    def __init__(
        self,
        freq: int,
        interval: int,
        wkst: int,
        bymonth: tuple[int, ...],
        byweekno: tuple[int, ...],
        byyearday: tuple[int, ...],
        bymonthday: tuple[int, ...],
        byday: tuple[tuple[int, int], ...],
        byhour: tuple[int, ...],
        byminute: tuple[int, ...],
        bysecond: tuple[int, ...],
        bysetpos: tuple[int, ...],
        count: int | None = None,
        dateutil: bool = False,
        byeaster: tuple[int, ...] = (),
    ) -> None: ...
    @property
    def is_empty(self) -> bool: ...
    def at(self, dtstart: int, include_dtstart: bool = True, until: int | None = None) -> Plan: ...

@final
class Plan:
    @property
    def is_empty(self) -> bool: ...
    @property
    def is_infinite(self) -> bool: ...
    @property
    def rule_is_empty(self) -> bool: ...
    def between(self, low: int, high: int, limit: int = -1, cancel: CancelToken | None = None) -> Column: ...
    def contains(self, t: int) -> bool: ...
    def count(self) -> int | None: ...
    def next(self, t: int) -> int | None: ...
    def nth(self, k: int) -> int | None: ...
    def prev(self, t: int) -> int | None: ...
    def rank(self, t: int) -> int: ...
