"""Edits of a series, each of which gives a new series: `Series` inherits what stands here.

Rules of this module:

1. A series is a value. An edit leaves it as it was, so an edit is undone by keeping what was before it.
2. The scope of an edit is in its name: one instance (`without`, `changed`), this and all following (`split`, `ended`),
   or all of them (`replace`, `at_time`, `limited`, `stopped`).
3. An instance is named by the start that the series gives it, its RECURRENCE-ID, not by where an override moved it. To
   edit one that does not exist is an error.
4. One instance is deleted by an EXDATE and changed by an override; the rule stays as it is. An edit never brings back
   an instance that was deleted, and never leaves an override behind whose instance it took away.

Product rules: R2, R3, R4, R6.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final, cast

from schedcore._zone import local_seconds
from schedcore.errors import SeriesError, shorten
from schedcore.recurrence.anatomy import Anatomy, arguments_of
from schedcore.recurrence.occurrence import Override
from schedcore.recurrence.rule import Rule
from schedcore.recurrence.splitting import emptied, split
from schedcore.recurrence.window import DAY, key_of

if TYPE_CHECKING:
    from schedcore.recurrence.duration import Duration
    from schedcore.recurrence.series import Series
    from schedcore.recurrence.why import Why

__all__ = ["Editing"]

_EPOCH: Final = datetime(1970, 1, 1)


class Editing:
    """The edits of a series, and the questions of who edits one: why, and in which words."""

    __slots__ = ()

    # --- what an edit starts from -------------------------------------------------------------------------------------

    @property
    def rdates(self) -> tuple[Any, ...]:
        """The RDATEs, as they were given."""
        return cast("tuple[Any, ...]", arguments_of(cast("Series", self))["rdates"])

    @property
    def exdates(self) -> tuple[date, ...]:
        """The EXDATEs, as they were given."""
        return cast("tuple[date, ...]", arguments_of(cast("Series", self))["exdates"])

    @property
    def exrules(self) -> tuple[Rule, ...]:
        """The EXRULEs, as they were given or read."""
        return cast("tuple[Rule, ...]", arguments_of(cast("Series", self))["exrules"])

    @property
    def overrides(self) -> tuple[Override, ...]:
        """The overrides, as they were given."""
        return cast("tuple[Override, ...]", arguments_of(cast("Series", self))["overrides"])

    # --- all instances ------------------------------------------------------------------------------------------------

    def replace(self, **changes: Any) -> Series:
        """Give the series with other arguments, named as in the constructor: a change of all instances.

        Unless `overrides` are given, those go whose instance is no longer there. SeriesError as the constructor.

        >>> from datetime import date
        >>> from schedcore import Series
        >>> print(Series(date(2026, 3, 2), "FREQ=DAILY").replace(rule="FREQ=WEEKLY").take(2)[1])
        2026-03-09
        """
        series = cast("Series", self)
        made = type(series)(**(arguments_of(series) | changes))
        return made if "overrides" in changes else _without_orphans(Anatomy(series), made)

    def at_time(self, clock: time) -> Series:
        """Give the series at another time of day, with its EXDATEs, RDATEs, RECURRENCE-IDs and UNTIL moved along.

        An instance that an override put elsewhere stays there. SeriesError for a series of dates, and if a rule says
        times of its own (BYHOUR, a FREQ below DAILY): those are changed by `replace(rule=...)`.

        >>> from datetime import datetime, time
        >>> from schedcore import Series
        >>> s = Series(datetime(2026, 3, 2, 9), "FREQ=DAILY;COUNT=3", exdates=[datetime(2026, 3, 3, 9)])
        >>> [str(start) for start in s.at_time(time(14, 30))]
        ['2026-03-02 14:30:00', '2026-03-04 14:30:00']
        """
        return _Retimed(cast("Series", self), clock).series()

    def limited(self, count: int) -> Series:
        """Give the series with COUNT=`count` in its rule, in place of the COUNT or UNTIL it had.

        COUNT counts what the rule generates, before EXDATEs take any away. SeriesError if there is not just one rule.

        >>> from datetime import date
        >>> from schedcore import Series
        >>> Series(date(2026, 3, 2), "FREQ=DAILY").limited(3).last()
        datetime.date(2026, 3, 4)
        """
        series = cast("Series", self)
        if len(series.rules) != 1:
            raise SeriesError(f"limited({shorten(count)}): the series has {len(series.rules)} rules; it takes one rule")
        return self.replace(rule=series.rules[0].replace(count=count, until=None))

    def stopped(self) -> Series:
        """Give a series that no longer repeats, which leaves no instance at all, the first neither.

        To keep the first instance is `limited(1)`.

        >>> from datetime import date
        >>> from schedcore import Series
        >>> Series(date(2026, 3, 2), "FREQ=DAILY").stopped().is_empty
        True
        """
        return emptied(cast("Series", self))

    def duplicate(self) -> Series:
        """Give an equal series of its own.

        >>> from datetime import date
        >>> from schedcore import Series
        >>> s = Series(date(2026, 3, 2), "FREQ=DAILY")
        >>> s.duplicate() == s, s.duplicate() is s
        (True, False)
        """
        series = cast("Series", self)
        return type(series)(**arguments_of(series))

    # --- one instance -------------------------------------------------------------------------------------------------

    def without(self, t: date) -> Series:
        """Give the series without the instance that starts at `t`: an EXDATE, and its override goes.

        SeriesError if no instance has this start, saying why not.

        >>> from datetime import date
        >>> from schedcore import Series
        >>> s = Series(date(2026, 3, 2), "FREQ=DAILY;COUNT=3").without(date(2026, 3, 3))
        >>> s.count(), s.exdates
        (2, (datetime.date(2026, 3, 3),))
        """
        body, key = _instance(cast("Series", self), t)
        if _opens_a_stretch(body, key):  # that override says how all later ones are changed: it must stay
            return body.series.replace(overrides=(*_others(body, key), Override(t, cancelled=True)))
        exdates = (*body.given["exdates"], t) if len(body.generated(key, key + 1)) else body.given["exdates"]
        return body.series.replace(exdates=exdates, overrides=_others(body, key))

    def changed(
        self,
        t: date,
        start: date | None = None,
        end: date | None = None,
        duration: timedelta | Duration | None = None,
        event: Any = None,
    ) -> Series:
        """Give the series with the instance that starts at `t` moved or changed; what is None stays as it was.

        It takes the place of an override that this instance had. SeriesError if no instance has this start.

        >>> from datetime import datetime
        >>> from schedcore import Series
        >>> s = Series(datetime(2026, 3, 2, 9), "FREQ=DAILY").changed(datetime(2026, 3, 3, 9), datetime(2026, 3, 3, 15))
        >>> [start.hour for start in s.take(3)]
        [9, 15, 9]
        """
        body, key = _instance(cast("Series", self), t)
        override = Override(t, start, end, duration, event=event)
        return body.series.replace(overrides=(*_others(body, key), override))

    # --- this instance and all that follow ----------------------------------------------------------------------------

    def split(self, at: date) -> tuple[Series, Series]:
        """Give the series of the instances before `at` and the one of those at or after it.

        Together both are this series: COUNT, UNTIL, RDATE, EXDATE, EXRULE and overrides are shared out, an instance
        that was moved goes by the start that it had. A part without instances is a series that is empty. Costs a seek
        and a look at each date. SeriesError if `at` is of another kind than the series.

        >>> from datetime import date
        >>> from schedcore import Series
        >>> before, after = Series(date(2026, 3, 2), "FREQ=DAILY;COUNT=10").split(date(2026, 3, 5))
        >>> print(before.rules[0], after.dtstart, after.rules[0])
        FREQ=DAILY;COUNT=3 2026-03-05 FREQ=DAILY;COUNT=7
        """
        return split(cast("Series", self), at)

    def ended(self, at: date) -> Series:
        """Give the series of the instances before `at`, the first part of `split`.

        >>> from datetime import date
        >>> from schedcore import Series
        >>> print(Series(date(2026, 3, 2), "FREQ=DAILY").ended(date(2026, 3, 5)).rules[0])
        FREQ=DAILY;UNTIL=20260304
        """
        return split(cast("Series", self), at)[0]

    # --- for who edits it ---------------------------------------------------------------------------------------------

    def why(self, t: date) -> Why:
        """Say why there is a start at `t`, or what keeps it out: a part of the rule, an exception, a gap, a bound.

        The answer names the nearest starts on both sides too. Costs a few seeks and a look at each date. SeriesError if
        `t` is of another kind than the series.

        >>> from datetime import date
        >>> from schedcore import Series
        >>> answer = Series(date(2026, 3, 2), "FREQ=WEEKLY;INTERVAL=2").why(date(2026, 3, 9))
        >>> answer.occurs, answer.reason.value, answer.sentence
        (False, 'interval', 'INTERVAL=2 counts weeks from that of DTSTART, and skips this week.')
        """
        from schedcore.recurrence.why import why

        return why(cast("Series", self), t)

    def describe(self, language: str = "en") -> str:
        """Say in words how the series repeats, with what its rules take from DTSTART; empty without a rule.

        `language` is "en", "de" or "fr"; InvalidValue for another. RDATEs and exceptions are not told.

        >>> from datetime import datetime
        >>> from schedcore import Series
        >>> Series(datetime(2026, 3, 3, 9), "FREQ=WEEKLY;INTERVAL=2").describe()
        'every second Tuesday at 09:00'
        """
        series = cast("Series", self)
        return "; ".join(rule.describe(language, series.dtstart) for rule in series.rules)


def _instance(series: Series, t: date) -> tuple[Anatomy, int]:
    """Find the instance that `t` names."""
    key = key_of(t, series.kind, "t")
    body = Anatomy(series)
    if getattr(t, "microsecond", 0) or not (
        len(body.generated(key, key + 1)) or any(key in keys for keys, _ in body.overrides)
    ):
        raise SeriesError(f"t={t.isoformat()}: no instance has this start. {series.why(t)} Pass a recurrence_id")
    return body, key


def _others(body: Anatomy, key: int) -> list[Override]:
    """List the overrides without those of this one instance."""
    out = []
    for keys, override in body.overrides:
        if key not in keys or override.this_and_future:
            out.append(override)
        else:  # a date names all instances of its day
            out += [replace(override, recurrence_id=body.value(one)) for one in keys if one != key]
    return out


def _opens_a_stretch(body: Anatomy, key: int) -> bool:
    return any(key in keys and override.this_and_future for keys, override in body.overrides)


def _without_orphans(body: Anatomy, made: Series) -> Series:
    """Drop the overrides whose instance the series had and the new one has not."""
    if not body.overrides or made.kind != body.series.kind:
        return made
    new = Anatomy(made)
    kept = []
    for (keys, override), (places, _) in zip(body.overrides, new.overrides, strict=True):
        had = any(len(body.generated(key, key + 1)) for key in keys)
        if not had or any(len(new.generated(key, key + 1)) for key in places):
            kept.append(override)
    return made if len(kept) == len(body.overrides) else type(made)(**(arguments_of(made) | {"overrides": kept}))


class _Retimed:
    """A series on its way to another time of day."""

    def __init__(self, series: Series, clock: time) -> None:
        if series.kind == "date":
            raise SeriesError(f"at_time({clock}): a series of dates has no time of day: give DTSTART one by replace()")
        if not isinstance(clock, time) or clock.tzinfo is not None or clock.microsecond:
            raise SeriesError(f"at_time({shorten(clock)}): pass a naive datetime.time of whole seconds")
        self.body = Anatomy(series)
        self.dtstart = series.dtstart
        for rule in (*series.rules, *self.body.given["exrules"]):
            if rule.byhour or rule.byminute or rule.bysecond or rule.freq in ("HOURLY", "MINUTELY", "SECONDLY"):
                raise SeriesError(f"at_time({clock}): {rule} says times of its own: change it by replace(rule=...)")
        seconds = clock.hour * 3600 + clock.minute * 60 + clock.second
        self.old = local_seconds(series.dtstart) % DAY
        self.shift = seconds - self.old
        assert isinstance(series.dtstart, datetime)
        self.first = datetime.combine(series.dtstart.date(), clock, series.dtstart.tzinfo)

    def series(self) -> Series:
        body = self.body
        given = body.given
        return type(body.series)(
            **(
                given
                | {
                    "dtstart": self.first,
                    "rule": [self.rule(rule) for rule in body.series.rules],
                    "exrules": [self.rule(rule) for rule in given["exrules"]],
                    "rdates": [self.rdate(value) for value in given["rdates"]],
                    "exdates": [self.value(value, "EXDATE") for value in given["exdates"]],
                    "overrides": [self.override(override) for override in given["overrides"]],
                }
            )
        )

    def value(self, value: Any, where: str) -> Any:
        """Move a start; a date names a day, whatever the time."""
        if self.body.names_day(value):
            return value
        key = self.body.key(value, where)
        local, origin = self.body.locals_of(key)
        if origin is not None and origin % DAY == self.old:
            local = origin  # its own time of day, before the clocks moved it
        return self.body.local_value(local + self.shift)

    def rdate(self, value: Any) -> Any:
        if not isinstance(value, tuple):
            return self.value(value, "RDATE")
        end = self.value(value[1], "RDATE") if isinstance(value[1], datetime) else value[1]
        return self.value(value[0], "RDATE"), end

    def override(self, override: Override) -> Override:
        named = self.value(override.recurrence_id, "RECURRENCE-ID")
        if override.start is None and isinstance(override.end, datetime):
            return replace(override, recurrence_id=named, end=self.value(override.end, "end"))
        return replace(override, recurrence_id=named)

    def rule(self, rule: Rule) -> Rule:
        """Move UNTIL along; a date stays, and so does an UNTIL of another kind than DTSTART."""
        until = rule.until
        if not isinstance(until, datetime):
            return rule
        if until.tzinfo is None or self.body.series.kind == "floating":
            return rule.replace(until=until + timedelta(seconds=self.shift))
        moved = self.value(until, "UNTIL")
        return rule.replace(until=moved.astimezone(UTC))
