"""Fit a rule to a DTSTART: reading 9 of the design, what a rule may say depends on the kind of DTSTART.

Rules (RFC 5545 3.3.10):

1. UNTIL has the value type of DTSTART: a date with dates, local time with floating, UTC with zoned.
2. With a date, BYHOUR, BYMINUTE and BYSECOND make no sense, and neither does a FREQ below DAILY.
3. UNTIL does not lie before DTSTART.

Strict, a rule that breaks one of them is a SeriesError. Not strict, each is read as follows, and noted in `problems`:

- a date UNTIL of a timed series includes that whole local day; a date-time UNTIL of a series of dates means its date;
- a UTC UNTIL of a floating series is read as local time; a local UNTIL of a zoned series is in the zone of DTSTART;
- BYHOUR, BYMINUTE and BYSECOND of a series of dates are ignored; a FREQ below DAILY leaves DTSTART alone;
- UNTIL before DTSTART leaves nothing at all.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from schedcore._zone import local_seconds
from schedcore.errors import SeriesError
from schedcore.recurrence.window import DAY, MIN_KEY, instant, kind_of
from schedcore.recurrence.words import until_text

if TYPE_CHECKING:
    from schedcore._rrule import CompiledRule
    from schedcore._zone import ZoneTable
    from schedcore.recurrence.rule import Rule

__all__ = ["Fit", "Start", "compiled", "fit", "last_local"]

_BELOW_DAILY: Final = frozenset(("HOURLY", "MINUTELY", "SECONDLY"))


class Start(NamedTuple):
    """DTSTART as the kernels see it."""

    kind: str
    local: int
    table: ZoneTable | None


class Fit(NamedTuple):
    """What is left of a rule once DTSTART is known.

    `until` is the last local second, or `stop` the first UTC second after a UTC UNTIL; `gives` says what the rule
    contributes: "all" of its occurrences, "dtstart" alone, or "nothing".
    """

    until: int | None = None
    stop: int | None = None
    gives: str = "all"


def compiled(rule: Rule, kind: str, dateutil: bool = False) -> CompiledRule:
    """Give the rule compiled, once for all DTSTARTs; with a date as DTSTART, without the parts that say a time."""
    if kind == "date" and (rule.byhour or rule.byminute or rule.bysecond):
        rule = rule.replace(byhour=(), byminute=(), bysecond=(), strict=False)
    return rule._compile(dateutil)


def fit(rule: Rule, start: Start, strict: bool, problems: list[str]) -> Fit:
    """Check a rule against DTSTART; SeriesError if strict, else what was forgiven goes to `problems`."""
    if start.kind == "date" and not _fits_date(rule, strict, problems):
        return Fit(gives="dtstart")
    if rule.until is None:
        return Fit()
    until, stop = _until(rule, start, strict, problems)
    if stop is None or start.table is None:
        early = until < start.local
    else:
        begin = start.table.utc_of(start.local, 0, 0)
        early = begin is not None and stop <= begin
    if early:
        _forgive(strict, problems, f"{_named(rule.until)} is before DTSTART, nothing is left: raise or drop it")
        return Fit(gives="nothing")
    return Fit(until) if stop is None else Fit(None, stop)


def last_local(found: Fit, table: ZoneTable | None) -> int | None:
    """Give the last local second that a rule may have, None if it has no UNTIL.

    Beside a transition some local times up to there are behind a UTC UNTIL: the stream cuts at the instant too.
    """
    if found.stop is None or table is None:
        return found.until
    return table.local_window(MIN_KEY, found.stop)[1] - 1


def _fits_date(rule: Rule, strict: bool, problems: list[str]) -> bool:
    if rule.freq in _BELOW_DAILY:
        _forgive(strict, problems, f"FREQ={rule.freq} with a date as DTSTART: use DAILY or longer, or add a time")
        return False
    for part, values in (("BYHOUR", rule.byhour), ("BYMINUTE", rule.byminute), ("BYSECOND", rule.bysecond)):
        if values:
            text = f"{part}={','.join(map(str, values))}"
            _forgive(strict, problems, f"{text[:80]} with a date as DTSTART: leave {part} out, or give DTSTART a time")
    return True


def _until(rule: Rule, start: Start, strict: bool, problems: list[str]) -> tuple[int, int | None]:
    """Give the last local second of UNTIL or, if it is an instant, the UTC second after it."""
    until = rule.until
    assert until is not None
    given, kind = kind_of(until), start.kind
    if given != kind:
        _forgive(strict, problems, f"{_named(until)}: DTSTART is {_NAMES[kind]}, write UNTIL as {_UNTILS[kind]}")
    if kind == "date":
        return local_seconds(until) // DAY * DAY, None
    if given == "date":
        return local_seconds(until) + DAY - 1, None
    assert isinstance(until, datetime)
    if given == "floating" or start.table is None:
        return local_seconds(until.replace(tzinfo=None)), None
    return 0, instant(until) + 1


def _named(until: date | datetime) -> str:
    return f"UNTIL={until_text(until)}"


def _forgive(strict: bool, problems: list[str], message: str) -> None:
    if strict:
        raise SeriesError(message)
    problems.append(message)


_NAMES: Final = {"date": "a date", "floating": "floating", "zoned": "zoned"}
_UNTILS: Final = {
    "date": "a date, such as 20261231",
    "floating": "local time, such as 20261231T235959",
    "zoned": "UTC, such as 20261231T235959Z",
}
