# Written by hand: keep it in step with _rrule.pyx, which type checkers cannot read.
from typing import final

from schedcore._plan import Plan

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
