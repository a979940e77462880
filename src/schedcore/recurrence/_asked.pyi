# Written by hand: keep it in step with _asked.pyx, which type checkers cannot read.
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from schedcore._cancel import CancelToken
from schedcore._stream import Stream
from schedcore._zone import ZoneTable
from schedcore.recurrence.duration import Duration
from schedcore.recurrence.fitting import Fit
from schedcore.recurrence.limits import Limits
from schedcore.recurrence.members import Members
from schedcore.recurrence.occurrence import Override
from schedcore.recurrence.rule import Rule

class SeriesCore:
    _dtstart: date | datetime
    _rules: tuple[Rule, ...]
    _fit: Fit | None
    _problems: tuple[str, ...]
    _limits: Limits
    _arguments: tuple[Any, ...]
    _length: tuple[int, int]
    _kind: str
    _reading: str
    _source: Stream | Members | None
    _table: ZoneTable | None
    _local: int
    _gap: int
    _include_dtstart: bool
    _fold: int
    def __init__(
        self,
        dtstart: date,
        rule: Rule | str | Iterable[Rule | str] | None = None,
        *,
        duration: timedelta | Duration | None = None,
        rdates: Iterable[Any] = (),
        exdates: Iterable[Any] = (),
        exrules: Rule | str | Iterable[Rule | str] = (),
        overrides: Iterable[Override] = (),
        strict: bool = True,
        include_dtstart: bool = True,
        reading: str = "rfc5545",
        gap: str = "shift",
        fold: str = "first",
        limits: Limits | None = None,
    ) -> None: ...
    def between(self, a: date, b: date, *, cancel: CancelToken | None = None) -> list[Any]: ...
    def _open(self) -> Stream | Members: ...
