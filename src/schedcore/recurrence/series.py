"""`Series`: a DTSTART and what repeats it, as one value that answers when it happens.

Rules of this module (design, "Time" and "Recurrence"):

1. DTSTART is a date, a naive datetime (floating) or a datetime in a zone. Answers are of its kind, and so must be what
   is asked with.
2. DTSTART is the first occurrence, in step with the rule or not (reading 8); `include_dtstart=False` leaves only what
   the rules and RDATEs give.
3. Starts are distinct and in order; in a zone that is the order of instants. `gap` and `fold` choose what becomes of
   local times that do not exist or exist twice (reading 7). DTSTART is read by that choice too, not by its own `fold`;
   where that makes a difference, `problems` says so.
4. Everything ends with the year 9999.

How a question is answered: `_open()` gives what has the starts as columns of keys (see `window`), either the one rule
itself (`Stream`) or the whole set (`Members`); only what is returned becomes Python objects. The
common series, one rule and nothing else, is checked with a few comparisons and planned when it is first asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from operator import index
from typing import TYPE_CHECKING, Any, Final

from schedcore._column import Column, column_of
from schedcore._stream import Stream
from schedcore._zone import dates, local_seconds, naive_datetimes
from schedcore.errors import LimitExceeded, SeriesError, shorten
from schedcore.recurrence._asked import SeriesCore
from schedcore.recurrence.arguments import choice, rules_of, second_of_two, whole_second
from schedcore.recurrence.editing import Editing
from schedcore.recurrence.ends import default_length, length_of
from schedcore.recurrence.fitting import Start, compiled, last_local
from schedcore.recurrence.gather import Frame, settle
from schedcore.recurrence.limits import Limits, check_window, count, walk
from schedcore.recurrence.occurrence import Occurrence, Override
from schedcore.recurrence.rule import Rule
from schedcore.recurrence.touching import occurrences
from schedcore.recurrence.window import DAY, MAX_KEY, MIN_KEY, key_of
from schedcore.zones import FOLDS, GAPS, same_zone, zone_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from schedcore._cancel import CancelToken
    from schedcore.recurrence.duration import Duration

__all__ = ["Series"]

#: Looking back for a start that nothing takes away: of every second, 32 days are 22 MB.
_LONGEST_LOOK: Final = 32 * DAY
_READINGS: Final = ("rfc5545", "dateutil")


class Series(SeriesCore, Editing):
    """What happens at a DTSTART and repeats by rules and dates (RFC 5545 3.8.5).

    `dtstart` is a date, a naive datetime, or a datetime whose tzinfo is a `zoneinfo.ZoneInfo` or a
    `datetime.timezone`. `rule` is a `Rule`, its text, several of them, or None. `duration` is a timedelta (exact) or a
    `Duration` (days by the clock, seconds exact); None is one day for dates and no time at all for times. `rdates` adds
    starts, also as pairs (start, end or duration); `exdates` takes starts away, a date in a timed series all of that
    local day; `exrules` takes away what rules give; `overrides` change single instances.

    `strict=True` raises SeriesError for what does not fit DTSTART (reading 9); `strict=False` reads it as calendars
    mean it, and says in `problems` what was forgiven. `reading` is "rfc5545" or "dateutil", `gap` "shift" or "skip",
    `fold` "first", "last" or "both". `limits` bounds what one question may hold and walk through (`Limits`).

    Raises SeriesError, RuleError for the text of a rule, ZoneError for an unknown zone. Costs about a microsecond
    for one rule; nothing is expanded.

    >>> from datetime import datetime, timedelta
    >>> from zoneinfo import ZoneInfo
    >>> zurich = ZoneInfo("Europe/Zurich")
    >>> s = Series(datetime(2026, 3, 23, 9, tzinfo=zurich), "FREQ=WEEKLY;COUNT=3", duration=timedelta(hours=1))
    >>> [str(start) for start in s]
    ['2026-03-23 09:00:00+01:00', '2026-03-30 09:00:00+02:00', '2026-04-06 09:00:00+02:00']
    """

    __slots__ = ()

    def _build(
        self,
        dtstart: date,
        rule: Rule | Iterable[Rule | str] | None,
        duration: timedelta | Duration | None,
        rdates: Iterable[Any],
        exdates: Iterable[Any],
        exrules: Rule | str | Iterable[Rule | str],
        overrides: Iterable[Override],
        strict: bool,
        include_dtstart: bool,
        reading: str,
        gap: str,
        fold: str,
    ) -> None:
        """Check the parts against each other; see the class for what each may be."""
        problems: list[str] = []
        if isinstance(dtstart, datetime):
            tzinfo = dtstart.tzinfo
            self._kind = "floating" if tzinfo is None else "zoned"
            self._table = None if tzinfo is None else zone_of(tzinfo).table
            if self._table is not None and dtstart.fold and fold == "first":
                problems += second_of_two(dtstart, self._table)
            if dtstart.microsecond:
                dtstart = whole_second(dtstart, strict, problems)
        elif isinstance(dtstart, date):
            self._kind, self._table = "date", None
        else:
            raise SeriesError(f"DTSTART={shorten(dtstart)}: pass a datetime.date or a datetime.datetime")
        self._dtstart = dtstart
        self._local = local_seconds(dtstart)
        self._gap = choice(gap, "gap", GAPS)
        self._fold = choice(fold, "fold", FOLDS)
        if reading not in _READINGS:
            raise SeriesError(f"reading={shorten(reading)}: pass one of {', '.join(_READINGS)}")
        if reading == "dateutil":
            include_dtstart = False  # python-dateutil gives DTSTART only where the rule does
        self._reading = reading
        if duration is None:
            self._length = default_length(self._kind)
        else:
            self._length = length_of(duration, self._kind, strict, problems)
        self._rules = rules_of(rule, strict)
        self._arguments = (duration, (), (), (), (), strict, include_dtstart)
        self._include_dtstart = bool(include_dtstart)
        self._settle(rdates, exdates, exrules, overrides, problems)

    def _limited(self, limits: object) -> Limits:
        """Take the limits, if that is what they are."""
        if not isinstance(limits, Limits):
            raise SeriesError(f"limits={shorten(limits)}: pass Limits(max_occurrences=..., max_walked=...)")
        return limits

    def _settle(
        self,
        rdates: Iterable[Any],
        exdates: Iterable[Any],
        exrules: Any,
        overrides: Iterable[Override],
        problems: list[str],
    ) -> None:
        """Check everything that is not one rule without UNTIL on a time."""
        duration, *_, strict, include_dtstart = self._arguments
        rdates, exdates, exrules, overrides = tuple(rdates), tuple(exdates), rules_of(exrules, strict), tuple(overrides)
        self._arguments = (duration, rdates, exdates, exrules, overrides, strict, include_dtstart)
        start = Start(self._kind, self._local, self._table)
        tzinfo = getattr(self._dtstart, "tzinfo", None)
        frame = Frame(start, tzinfo, self._gap, self._fold, strict, self._reading == "dateutil", problems)
        self._fit, self._source = settle(
            frame, self._rules, include_dtstart, self._length, rdates, exdates, exrules, overrides
        )
        self._problems = tuple(frame.problems)

    # --- what it is ---------------------------------------------------------------------------------------------------

    @property
    def dtstart(self) -> date | datetime:
        """The first start, as it was given."""
        return self._dtstart

    @property
    def kind(self) -> str:
        """The kind of DTSTART: "date", "floating" or "zoned".

        >>> from datetime import date
        >>> Series(date(2026, 3, 2)).kind
        'date'
        """
        return self._kind

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules, as they were given or read."""
        return self._rules

    @property
    def duration(self) -> timedelta | Duration | None:
        """How long an instance lasts, as it was given."""
        duration: timedelta | Duration | None = self._arguments[0]
        return duration

    @property
    def problems(self) -> tuple[str, ...]:
        """What was forgiven, a sentence each; empty for a series that needed nothing forgiven.

        >>> from datetime import datetime
        >>> Series(datetime(2026, 3, 2, 9), "FREQ=DAILY;UNTIL=20260303", strict=False).problems
        ('UNTIL=20260303: DTSTART is floating, write UNTIL as local time, such as 20261231T235959',)
        """
        return self._problems

    @property
    def is_infinite(self) -> bool:
        """Whether it goes on to the end of the calendar: a rule without COUNT and UNTIL that matches now and then.

        What EXRULE takes away is not looked at. Costs what the first question to a rule costs; nothing is expanded.

        >>> from datetime import date
        >>> Series(date(2026, 1, 1), "FREQ=DAILY").is_infinite
        True
        """
        source = self._open()
        return source.plan.is_infinite if isinstance(source, Stream) else source.running

    @property
    def is_empty(self) -> bool:
        """Whether nothing ever happens; with DTSTART included that takes an EXDATE or a cancellation.

        >>> from datetime import date
        >>> Series(date(2026, 1, 1), "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", include_dtstart=False).is_empty
        True
        """
        source = self._open()
        if isinstance(source, Stream) and source.plan.is_empty:
            return True
        return self.first() is None

    @property
    def rule_is_empty(self) -> bool:
        """Whether there are rules, and none of them can ever match (30 February).

        >>> from datetime import date
        >>> Series(date(2026, 1, 1), "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30").rule_is_empty
        True
        """
        return bool(self._rules) and all(rule.is_empty for rule in self._rules)

    def __repr__(self) -> str:
        """Show DTSTART, the rules, and how much else there is."""
        text = f"<Series {self._dtstart.isoformat()}"
        for rule in self._rules[:3]:
            text += f" {str(rule)[:120]}"
        names = ("rdates", "exdates", "exrules", "overrides")
        for name, values in zip(names, self._arguments[1:5], strict=True):
            if values:
                text += f" {len(values)} {name}"
        return text + ">"

    def __eq__(self, other: object) -> bool:
        """Compare what the series were given, zones too: equal instants in two zones repeat differently."""
        if not isinstance(other, Series):
            return NotImplemented
        return (
            self._local == other._local
            and self._kind == other._kind
            and _in_one_zone(self._dtstart, other._dtstart)
            and self._given()[1:] == other._given()[1:]
        )

    def __hash__(self) -> int:
        """Hash DTSTART and the rules."""
        return hash((self._dtstart, self._rules))

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle what the series was given; plans are made again where they are needed."""
        return _restore, (type(self), *self._given())

    def _given(self) -> tuple[Any, ...]:
        return self._dtstart, self._rules, self._arguments, self._reading, self._gap, self._fold, self._limits

    # --- what happens -------------------------------------------------------------------------------------------------

    def starts(self, a: date, b: date, *, cancel: CancelToken | None = None) -> NDArray[np.int64]:
        """Give the starts in [a, b) as a numpy column of int64: UTC seconds, local seconds if floating or dates.

        The array shares the memory the kernel wrote. Cost and errors as `between`, without the Python objects.

        >>> from datetime import datetime
        >>> Series(datetime(1970, 1, 1), "FREQ=HOURLY").starts(datetime(1970, 1, 2), datetime(1970, 1, 2, 2)).tolist()
        [86400, 90000]
        """
        import numpy

        lo, hi = self._window(a, b)
        return numpy.asarray(self._column(lo, hi, cancel))

    def chunks(
        self, a: date, b: date, size: int = 65_536, *, cancel: CancelToken | None = None
    ) -> Iterator[NDArray[np.int64]]:
        """Stream the starts in [a, b) as numpy columns of at most `size`, in order; see `starts` for what they hold.

        Costs what `starts` costs, in the memory of one chunk, so no limit holds it back. Errors as `between`, and
        SeriesError for a size below 1.

        >>> from datetime import datetime
        >>> s = Series(datetime(1970, 1, 1), "FREQ=SECONDLY")
        >>> [len(chunk) for chunk in s.chunks(datetime(1970, 1, 1), datetime(1970, 1, 1, 0, 0, 10), 4)]
        [4, 4, 2]
        """
        if not isinstance(size, int) or size < 1:
            raise SeriesError(f"size={shorten(size)}: pass how many starts a chunk may hold, 1 or more")
        size = min(size, MAX_KEY - MIN_KEY)  # there cannot be more
        lo, hi = self._window(a, b)
        return self._stream_of(lo, hi, size, cancel)

    def overlapping(self, a: date, b: date, *, cancel: CancelToken | None = None) -> list[Occurrence]:
        """List the occurrences that touch [a, b): those that start before b and end after a, in order of starts.

        An occurrence of no length touches if it starts in [a, b). Cost and errors as `between`.

        >>> from datetime import datetime, timedelta
        >>> s = Series(datetime(2026, 3, 2, 22), "FREQ=DAILY", duration=timedelta(hours=8))
        >>> [str(o.end) for o in s.overlapping(datetime(2026, 3, 5), datetime(2026, 3, 5, 12))]
        ['2026-03-05 06:00:00']
        """
        lo, hi = self._window(a, b)
        return self._occurrences(lo, hi, cancel)

    def __iter__(self) -> Iterator[Any]:
        """Walk through all starts, to the end of the year 9999 if the rule has no end; columns are made as needed.

        >>> from datetime import date
        >>> next(iter(Series(date(2026, 2, 28), "FREQ=YEARLY")))
        datetime.date(2026, 2, 28)
        """
        for column in walk(self._open(), self._limits, MIN_KEY, MAX_KEY):
            yield from self._values(column)

    def take(self, n: int) -> list[Any]:
        """List the first n starts, fewer if there are fewer; LimitExceeded for more than `max_occurrences`.

        >>> from datetime import date
        >>> Series(date(2024, 2, 29), "FREQ=YEARLY").take(2)
        [datetime.date(2024, 2, 29), datetime.date(2028, 2, 29)]
        """
        if not isinstance(n, int) or n < 0:
            raise SeriesError(f"take({shorten(n)}): pass how many starts to list, 0 or more")
        out: list[Any] = []
        if not n:
            return out
        for column in walk(self._open(), self._limits, MIN_KEY, MAX_KEY, min(n, 65_536)):
            values = self._values(column)
            out += values[: n - len(out)]
            if len(out) > self._limits.max_occurrences:
                raise LimitExceeded("max_occurrences", allowed=self._limits.max_occurrences, reached=len(out))
            if len(out) == n:
                break
        return out

    def after(self, t: date) -> Any:
        """Give the first start later than t; None if there is none.

        Costs a seek; what EXDATE and EXRULE take away is walked over. SeriesError if t is of another kind.

        >>> from datetime import date
        >>> Series(date(2026, 1, 1), "FREQ=DAILY;COUNT=3").after(date(2026, 1, 2))
        datetime.date(2026, 1, 3)
        """
        key = key_of(t, self._kind, "t")
        return self._first_from(key if getattr(t, "microsecond", 0) else key + 1)

    def before(self, t: date) -> Any:
        """Give the last start earlier than t; None if there is none. Cost and errors as `after`.

        >>> from datetime import date
        >>> Series(date(2026, 1, 1), "FREQ=DAILY").before(date(2026, 1, 3))
        datetime.date(2026, 1, 2)
        """
        return self._last_before(key_of(t, self._kind, "t"))

    def first(self) -> Any:
        """Give the first start, an RDATE before DTSTART too; None if the series is empty.

        >>> from datetime import date
        >>> Series(date(2026, 1, 1), "FREQ=DAILY", exdates=[date(2026, 1, 1)]).first()
        datetime.date(2026, 1, 2)
        """
        return self._first_from(MIN_KEY)

    def last(self) -> Any:
        """Give the last start; None if there is none, because the series is empty or because it has no end.

        >>> from datetime import date
        >>> Series(date(2026, 1, 1), "FREQ=DAILY;COUNT=1000").last()
        datetime.date(2028, 9, 26)
        """
        return None if self.is_infinite else self._last_before(MAX_KEY)

    # --- how many -----------------------------------------------------------------------------------------------------

    def rank(self, t: date) -> int:
        """Count the starts before t.

        One rule, with RDATE, EXDATE and overrides: a count by its tables, some microseconds once the years from DTSTART
        to t and the changes of the clock in them have been looked at. The first look takes, for each century, some 5 us
        for the years (40 us where a step finer than a day does not divide the day and dates are asked of), and 20 to
        400 us for the changes (2 ms for a rule that fits no pattern: SECONDLY;INTERVAL=7 with BYMONTH and BYHOUR).
        RANGE=THISANDFUTURE, several rules or an EXRULE: a walk through the starts, LimitExceeded after `max_walked`.
        SeriesError if t is of another kind.

        >>> from datetime import datetime
        >>> Series(datetime(2000, 1, 1), "FREQ=SECONDLY").rank(datetime(2100, 1, 1))
        3155760000
        """
        return count(self._open(), self._limits, MIN_KEY, key_of(t, self._kind, "t"))

    def count(self, a: date | None = None, b: date | None = None) -> int | None:
        """Count all starts, or those in [a, b); None for all of a series without end. Cost and errors as `rank`.

        What the calendar has no room for is not counted: COUNT=1000000000 of a daily rule ends with the year 9999.

        >>> from datetime import date
        >>> s = Series(date(2026, 1, 1), "FREQ=DAILY;COUNT=1000000")
        >>> s.count(), s.count(date(2026, 1, 1), date(2027, 1, 1))
        (1000000, 365)
        """
        if a is not None and b is not None:
            lo, hi = self._window(a, b)
            return count(self._open(), self._limits, lo, hi)
        if a is not None or b is not None:
            raise SeriesError(f"count({shorten(a)}, {shorten(b)}): pass both bounds of the window, or none for all")
        return None if self.is_infinite else count(self._open(), self._limits, MIN_KEY, MAX_KEY)

    def nth(self, k: int) -> Any:
        """Give the start number k, from 0; negative, from the end of a finite series. None if there are fewer.

        Cost as `rank`. SeriesError for a negative k of a series without end, and for what is no whole number.

        >>> from datetime import date
        >>> s = Series(date(2026, 1, 1), "FREQ=DAILY;COUNT=1000000")
        >>> s.nth(364), s.nth(-1) == s.last()
        (datetime.date(2026, 12, 31), True)
        """
        try:
            k = index(k)
        except TypeError as error:
            raise SeriesError(f"nth({shorten(k)}): pass a whole number, negative to count from the end") from error
        if k < 0:
            total = self.count()
            if total is None:
                raise SeriesError(f"nth({k}): the series has no end to count from; pass 0 or more")
            if total + k < 0:
                return None
            k += total
        key = self._key_at(k)
        return None if key is None else self._one(key)

    # --- inside -------------------------------------------------------------------------------------------------------

    def _between(self, a: date, b: date, cancel: CancelToken | None) -> list[Any]:
        """List the starts in [a, b): all the cases of `between`."""
        lo, hi = self._window(a, b)
        return self._values(self._column(lo, hi, cancel))

    def _fitted(self) -> Stream:
        """Plan the one rule, at the first question: all the cases of `_open`."""
        fit, table = self._fit, self._table
        rule = compiled(self._rules[0], self._kind, self._reading == "dateutil")
        until = None if fit is None else last_local(fit, table)
        plan = rule.at(self._local, self._include_dtstart, until)
        return Stream(plan, table, self._gap, self._fold, None if fit is None else fit.stop)

    def _window(self, a: date, b: date) -> tuple[int, int]:
        """Turn the bounds of a window into keys."""
        lo, hi = key_of(a, self._kind, "a"), key_of(b, self._kind, "b")
        if lo > hi:
            raise SeriesError(f"a={shorten(a)} is after b={shorten(b)}: pass the earlier bound first")
        return lo, hi

    def _values(self, column: Column) -> list[Any]:
        """Turn keys into values of the kind of DTSTART."""
        if self._table is not None:
            return self._table.datetimes(column, self._dtstart.tzinfo)  # type: ignore[attr-defined]
        return dates(column) if self._kind == "date" else naive_datetimes(column)

    def _column(self, lo: int, hi: int, cancel: CancelToken | None) -> Column:
        """All starts in [lo, hi), if they are within limits; only a window of so many seconds can hold more."""
        source = self._open()
        if hi - lo > self._limits.max_occurrences:
            check_window(source, self._limits, lo, hi)
        return source.starts(lo, hi, cancel)

    def _stream_of(self, lo: int, hi: int, size: int, cancel: CancelToken | None) -> Iterator[NDArray[np.int64]]:
        import numpy

        source = self._open()
        while lo < hi:
            column, lo = source.page(lo, hi, size, cancel)
            values = numpy.asarray(column)
            for at in range(0, len(values), size):  # a page beside a change of the clock may be a little longer
                yield values[at : at + size]

    def _key_at(self, k: int) -> int | None:
        """The key of start number k; None if there are fewer."""
        source = self._open()
        if source.rank(MIN_KEY) is not None:
            return source.nth(k)
        for column in walk(source, self._limits, MIN_KEY, MAX_KEY):
            if k < len(column):
                return column[k]
            k -= len(column)
        return None

    def _first_from(self, key: int) -> Any:
        for column in walk(self._open(), self._limits, key, MAX_KEY, 1):
            if len(column):
                return self._one(column[0])
        return None

    def _last_before(self, key: int) -> Any:
        """Look at ever longer stretches before the latest candidate, for some may be taken away."""
        source = self._open()
        span, taken = DAY, 0
        while (candidate := source.latest(key)) is not None:
            lo = candidate - span
            column = source.starts(lo, key)
            if len(column):
                return self._one(column[len(column) - 1])
            taken += min(source.at_most(lo, key), key - lo)
            if taken > self._limits.max_walked:
                raise LimitExceeded("max_walked", allowed=self._limits.max_walked, reached=taken)
            key = lo
            span = min(2 * span, _LONGEST_LOOK)
        return None

    def _one(self, key: int) -> Any:
        return self._values(column_of((key,)))[0]

    def _occurrences(self, lo: int, hi: int, cancel: CancelToken | None = None) -> list[Occurrence]:
        """List the occurrences that touch the keys [lo, hi)."""
        source = self._open()
        days, seconds = self._length
        # What starts so long before reaches in too. The longest length counts for all: none is counted too little.
        reach = max(days * DAY + seconds, 0 if isinstance(source, Stream) else source.reach)
        if hi - lo + reach > self._limits.max_occurrences:
            check_window(source, self._limits, lo - reach, hi)
        return occurrences(source, self._length, self._table, self._values, self._recurs(), lo, hi, cancel)

    def _recurs(self) -> bool:
        _, rdates, _, _, overrides, _, _ = self._arguments
        return bool(self._rules or rdates or overrides)


def _in_one_zone(one: date, other: date) -> bool:
    """Whether two DTSTARTs are in the same zone, though a name may have many tzinfo objects; or in none, both."""
    mine, theirs = getattr(one, "tzinfo", None), getattr(other, "tzinfo", None)
    return mine is theirs or (mine is not None and theirs is not None and same_zone(mine, theirs))


def _restore(
    cls: type[Series],
    dtstart: date,
    rules: tuple[Rule, ...],
    arguments: tuple[Any, ...],
    reading: str,
    gap: int,
    fold: int,
    limits: Limits,
) -> Series:
    duration, rdates, exdates, exrules, overrides, strict, include_dtstart = arguments
    return cls(
        dtstart,
        rules,
        duration=duration,
        rdates=rdates,
        exdates=exdates,
        exrules=exrules,
        overrides=overrides,
        strict=strict,
        include_dtstart=include_dtstart,
        reading=reading,
        gap=next(name for name, number in GAPS.items() if number == gap),
        fold=next(name for name, number in FOLDS.items() if number == fold),
        limits=limits,
    )
