"""`rrule`: one recurrence rule with python-dateutil's signature, read as python-dateutil 4.0.0 reads it.

What dateutil keeps on a rule under names of its own (`_dtstart`, `_until`, `_byhour`, `_original_rule` and so on) is
kept here under the same names, since much code in the field looks at it. It is there to be read: a rule is compiled
when it is first asked something, and does not notice later changes. `replace` makes a changed one.
"""

from __future__ import annotations

import calendar
import operator
from collections.abc import Iterable, Iterator
from datetime import date, datetime, tzinfo
from typing import Any
from warnings import warn

from schedcore._plan import Plan
from schedcore._zone import local_seconds
from schedcore.compat import parts
from schedcore.compat.base import rrulebase
from schedcore.compat.ordering import Source, bound
from schedcore.compat.parts import HOURLY, MINUTELY, MONTHLY, SECONDLY, WEEKLY, YEARLY, Times, Weekday
from schedcore.compat.weekday import WEEKDAY_NAMES, weekday
from schedcore.errors import RuleError, SeriesError, shorten

__all__ = ["rrule"]

IN_TEXT = (
    ("BYSETPOS", "bysetpos"),
    ("BYMONTH", "bymonth"),
    ("BYMONTHDAY", "bymonthday"),
    ("BYYEARDAY", "byyearday"),
    ("BYWEEKNO", "byweekno"),
    ("BYDAY", "byweekday"),
    ("BYHOUR", "byhour"),
    ("BYMINUTE", "byminute"),
    ("BYSECOND", "bysecond"),
    ("BYEASTER", "byeaster"),
)

#: From which FREQ on a part of the time is not taken from DTSTART.
LEVELS = {"byhour": HOURLY, "byminute": MINUTELY, "bysecond": SECONDLY}

Numbers = int | Iterable[int] | None


class rrule(rrulebase):
    """The datetimes that a rule gives from `dtstart` on (else from now on), which itself counts only in step with it.

    A part that is not given and that the rule needs comes from `dtstart`. Times keep the wall clock and the tzinfo of
    `dtstart`. `until` is inclusive, `wkst` is `calendar.firstweekday()` unless given, and `byeaster` counts days from
    Easter Sunday. Errors are RuleError and SeriesError, both a ValueError. Making one takes some 8 us, the first
    question as much again, and each further one about 1 us, at any distance from `dtstart`.

    >>> from datetime import datetime
    >>> list(rrule(YEARLY, dtstart=datetime(2026, 1, 1), count=2, byeaster=-2))
    [datetime.datetime(2026, 4, 3, 0, 0), datetime.datetime(2027, 3, 26, 0, 0)]
    """

    def __init__(
        self,
        freq: int,
        dtstart: date | None = None,
        interval: int = 1,
        wkst: int | Weekday | None = None,
        count: int | None = None,
        until: date | None = None,
        bysetpos: Numbers = None,
        bymonth: Numbers = None,
        bymonthday: Numbers = None,
        byyearday: Numbers = None,
        byeaster: Numbers = None,
        byweekno: Numbers = None,
        byweekday: int | Weekday | Iterable[int | Weekday] | None = None,
        byhour: Numbers = None,
        byminute: Numbers = None,
        bysecond: Numbers = None,
        cache: bool = False,
    ) -> None:
        self._freq = operator.index(freq)
        if not YEARLY <= freq <= SECONDLY:
            raise RuleError(f"freq={shorten(freq)}: give one of YEARLY (0) to SECONDLY (6)", part="FREQ", value=freq)
        self._interval = operator.index(interval)
        if interval < 1:
            raise RuleError(f"interval={shorten(interval)}: give 1 or more", part="INTERVAL", value=interval)
        self._count = count
        self._take_ends(dtstart, until)
        self._take_wkst(wkst)
        self._original_rule: dict[str, tuple[Any, ...] | None] = {}
        self._bysetpos = None if bysetpos is None else (bysetpos,) if isinstance(bysetpos, int) else tuple(bysetpos)
        parts.in_range("bysetpos", self._bysetpos, 1, 366, signed=True)
        if self._bysetpos:
            self._original_rule["bysetpos"] = self._bysetpos
        names_day = any(part is not None for part in (byweekno, byyearday, bymonthday, byweekday, byeaster))
        if not names_day:
            bymonth, bymonthday, byweekday = self._days_of_dtstart(bymonth)
        self._take_days(bymonth, bymonthday, byyearday, byeaster, byweekno)
        self._take_weekdays(byweekday)
        self._byhour = self._take_times("byhour", byhour, HOURLY, self._dtstart.hour, 24)
        self._byminute = self._take_times("byminute", byminute, MINUTELY, self._dtstart.minute, 60)
        self._bysecond = self._take_times("bysecond", bysecond, SECONDLY, self._dtstart.second, 60)
        super().__init__(cache)

    # --- what is given -----------------------------------------------------------------------------------------------

    def _take_ends(self, dtstart: date | None, until: date | None) -> None:
        if until is not None and not isinstance(until, datetime):
            until = datetime.fromordinal(until.toordinal())
        if not dtstart:
            dtstart = datetime.now(tz=until.tzinfo if until else None)
        elif not isinstance(dtstart, datetime):
            dtstart = datetime.fromordinal(dtstart.toordinal())
        assert isinstance(dtstart, datetime)
        self._dtstart = dtstart.replace(microsecond=0)
        self._tzinfo = dtstart.tzinfo
        self._until = until
        if until and (dtstart.tzinfo is None) != (until.tzinfo is None):
            raise SeriesError(
                f"until={until} and dtstart={dtstart}: either both or neither must have a time zone; RFC 5545 3.3.10"
                " asks for UNTIL in UTC when DTSTART is timezone-aware"
            )
        if until and self._count is not None:
            warn(
                "Using both 'count' and 'until' is inconsistent with RFC 5545 and has been deprecated in dateutil."
                " Give one of them.",
                DeprecationWarning,
                stacklevel=3,
            )

    def _take_wkst(self, wkst: int | Weekday | None) -> None:
        if wkst is None:
            self._wkst = calendar.firstweekday()
        else:
            self._wkst = wkst if isinstance(wkst, int) else wkst.weekday
        if not 0 <= self._wkst <= 6:
            raise RuleError(f"wkst={shorten(wkst)}: give MO to SU, or 0 to 6", part="WKST", value=wkst)

    def _days_of_dtstart(self, bymonth: Numbers) -> tuple[Numbers, int | None, int | None]:
        """BYMONTH, BYMONTHDAY and BYDAY where the rule names no day; they are noted as not given."""
        if self._freq == WEEKLY:
            self._original_rule["byweekday"] = None
            return bymonth, None, self._dtstart.weekday()
        if self._freq > MONTHLY:
            return bymonth, None, None
        self._original_rule["bymonthday"] = None
        if self._freq == YEARLY and bymonth is None:
            self._original_rule["bymonth"] = None
            bymonth = self._dtstart.month
        return bymonth, self._dtstart.day, None

    def _take_days(
        self, bymonth: Numbers, bymonthday: Numbers, byyearday: Numbers, byeaster: Numbers, byweekno: Numbers
    ) -> None:
        month_days = parts.numbers(bymonthday) or ()
        self._bymonthday = tuple(day for day in month_days if day > 0)
        self._bynmonthday = tuple(day for day in month_days if day < 0)
        self._bymonth = parts.numbers(bymonth)
        self._byyearday = parts.numbers(byyearday)
        self._byeaster = parts.numbers(byeaster, once=False)
        self._byweekno = parts.numbers(byweekno)
        self._note("bymonth", self._bymonth)
        self._note("bymonthday", None if bymonthday is None else self._bymonthday + self._bynmonthday)
        self._note("byyearday", self._byyearday)
        self._note("byeaster", self._byeaster)
        self._note("byweekno", self._byweekno)

    def _take_weekdays(self, byweekday: int | Weekday | Iterable[int | Weekday] | None) -> None:
        self._byweekday, self._bynweekday = parts.days(byweekday, self._freq <= MONTHLY)
        if byweekday is not None:
            plain = tuple(weekday(day) for day in self._byweekday or ())
            self._note("byweekday", plain + tuple(weekday(*day) for day in self._bynweekday or ()))

    def _take_times(self, name: str, given: Numbers, level: int, start: int, base: int) -> Times | None:
        """BYHOUR, BYMINUTE or BYSECOND, which is DTSTART's where FREQ is coarser, and None where it is not."""
        values = parts.numbers(given)
        if values is None:
            return (start,) if self._freq < level else None
        parts.in_range(name, values, 0, base - 1)
        if self._freq == level:
            values = parts.reached(name, values, start, self._interval, base)
        self._original_rule[name] = values
        return values

    def _note(self, name: str, values: tuple[Any, ...] | None) -> None:
        """Keep what was given for `str` and `replace`; what DTSTART gave is there as None."""
        if values is not None:
            self._original_rule.setdefault(name, values)

    # --- what it gives -----------------------------------------------------------------------------------------------

    def _make_source(self) -> tuple[Source | None, tzinfo | None]:
        start = local_seconds(self._dtstart)
        times = {name: self._original_rule.get(name) for name in LEVELS}
        hours, minutes, seconds = (times[name] or () for name in LEVELS)
        parts.check_reachable(self._freq, self._interval, start % 86_400, hours, minutes, seconds)
        count = self._count if self._count is None else max(self._count, 0)
        if any(self._freq < level and times[name] == () for name, level in LEVELS.items()):
            count = 0  # no time of day was left to it
        rule = parts.compiled(
            self._freq,
            self._interval,
            self._wkst,
            count,
            {
                "bymonth": self._bymonth,
                "byweekno": self._byweekno,
                "byyearday": self._byyearday,
                "bymonthday": self._bymonthday + self._bynmonthday,
                "byweekday": self._byweekday,
                "byeaster": self._byeaster,
                "bysetpos": self._bysetpos,
                **times,
            },
            self._bynweekday,
        )
        plan: Plan = rule.at(start, False, None)
        if self._until:
            plan = rule.at(start, False, bound(plan, self._tzinfo, self._until, True) - 1)
        return plan, self._tzinfo

    def _walk(self) -> Iterator[datetime]:
        return iter(())  # a rule has a source

    def replace(self, **kwargs: Any) -> rrule:
        """Give a new rule with the same arguments but for those named.

        >>> from datetime import datetime
        >>> rrule(YEARLY, dtstart=datetime(2026, 5, 1), count=1).replace(count=2)[-1]
        datetime.datetime(2027, 5, 1, 0, 0)
        """
        arguments: dict[str, Any] = {
            "interval": self._interval,
            "count": self._count,
            "dtstart": self._dtstart,
            "freq": self._freq,
            "until": self._until,
            "wkst": self._wkst,
            "cache": self._cache is not None,
        }
        return rrule(**{**arguments, **self._original_rule, **kwargs})

    def __str__(self) -> str:
        lines = [f"DTSTART:{_stamp(self._dtstart)}"]
        texts = ["FREQ=" + parts.FREQNAMES[self._freq]]
        if self._interval != 1:
            texts.append(f"INTERVAL={self._interval}")
        if self._wkst:
            texts.append("WKST=" + WEEKDAY_NAMES[self._wkst])
        if self._count is not None:
            texts.append(f"COUNT={self._count}")
        if self._until:
            texts.append(f"UNTIL={_stamp(self._until)}")
        for name, key in IN_TEXT:
            if values := self._original_rule.get(key):
                texts.append(f"{name}=" + ",".join(_entry(value) for value in values))
        return "\n".join([*lines, "RRULE:" + ";".join(texts)])


def _stamp(value: datetime) -> str:
    """The wall clock as in iCalendar, without a zone, and with four digits for any year."""
    return f"{value.year:04}{value.month:02}{value.day:02}T{value.hour:02}{value.minute:02}{value.second:02}"


def _entry(value: object) -> str:
    """`+2MO` for `MO(2)`, and a number as it is."""
    if isinstance(value, weekday) and value.n:
        return f"{value.n:+d}{WEEKDAY_NAMES[value.weekday]}"
    return str(value)
