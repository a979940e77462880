"""Bad rules, and bad sets of dates."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Final

from reliability.case import Case, Error
from schedcore import Rule, Series
from schedcore.errors import RuleError, SeriesError

NINE: Final = datetime(2026, 1, 1, 9)
LAST: Final = datetime(9999, 12, 31)
EVERY: Final = {
    "BYMONTH": range(1, 13),
    "BYMONTHDAY": range(1, 32),
    "BYHOUR": range(24),
    "BYMINUTE": range(60),
    "BYSECOND": range(60),
}
ALL_PARTS: Final = "FREQ=YEARLY;" + ";".join(f"{part}={','.join(map(str, values))}" for part, values in EVERY.items())


def refused(text: str, says: str, shown: str | None = None) -> Case:
    """A rule that is none, strict and lenient; the message of the strict one is shown."""

    def ask(_: object) -> None:
        try:
            Rule.parse(text, strict=False)
        except RuleError:
            Rule.parse(text)

    return Case(shown or text, ask, Error(RuleError, says))


def strict(text: str, says: str, lenient: str) -> tuple[Case, Case]:
    """A rule that strict reading refuses, and what lenient reading makes of it."""
    return (
        Case(text, lambda _: Rule.parse(text), Error(RuleError, says)),
        Case(f"{text}, lenient", lambda _: str(Rule.parse(text, strict=False)), lenient),
    )


def series(text: str, dtstart: date = NINE, **parts: Any) -> Series:
    """A series that shows what its rule alone gives."""
    return Series(dtstart, Rule.parse(text), include_dtstart=False, **parts)


def empty(text: str) -> Case:
    """A rule that never matches, which is known at once."""
    return Case(text, lambda _: (Rule.parse(text).is_empty, series(text).take(1)), (True, []))


def first(text: str, dtstart: date, answer: list[date], shown: str | None = None) -> Case:
    """The first two of a series."""
    return Case(shown or f"{text} from {dtstart.isoformat()}", lambda _: series(text, dtstart).take(2), answer)


def until(text: str, says: str, lenient: int) -> tuple[Case, Case]:
    """An UNTIL that does not fit DTSTART, strict and lenient."""
    return (
        Case(f"{text} from 2026-01-01T09:00", lambda _: Series(NINE, text), Error(SeriesError, says)),
        Case(f"the same, lenient: {text}", lambda _: Series(NINE, text, strict=False).count(), lenient),
    )


def _million() -> list[datetime]:
    """A million RDATEs of 500,000 distinct times, in no order."""
    return [NINE + timedelta(minutes=7919 * k % 500_000) for k in range(1_000_000)]


CASES: Final[list[Case]] = [
    refused("FREQ=DAILY;INTERVAL=0", "INTERVAL=0"),
    refused("FREQ=DAILY;INTERVAL=-1", "INTERVAL=-1"),
    refused("FREQ=DAILY;INTERVAL=9223372036854775808", "INTERVAL=9223372036854775808"),
    refused("FREQ=DAILY;COUNT=0", "COUNT=0"),
    Case("FREQ=DAILY;COUNT=-1", lambda _: Rule.parse("FREQ=DAILY;COUNT=-1"), Error(RuleError, "COUNT=-1")),
    Case(
        "FREQ=SECONDLY;COUNT=1000000000: count, last",
        lambda one: (one.count(), one.last()),
        (10**9, NINE + timedelta(seconds=10**9 - 1)),
        lambda: series("FREQ=SECONDLY;COUNT=1000000000"),
    ),
    *strict("FREQ=DAILY;COUNT=5;UNTIL=20260101", "COUNT", "FREQ=DAILY;COUNT=5;UNTIL=20260101"),
    *until("FREQ=DAILY;UNTIL=20251231T090000", "UNTIL", 0),
    *until("FREQ=DAILY;UNTIL=20260103", "UNTIL", 3),
    refused("FREQ=DAILY;UNTIL=999990101T000000Z", "UNTIL"),
    empty("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"),
    empty("FREQ=MINUTELY;BYMONTH=4;BYMONTHDAY=31"),
    empty("FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30"),
    Case(
        "FREQ=SECONDLY from 1970, an hour of 2026",
        lambda one: len(one.starts(datetime(2026, 3, 2, 9), datetime(2026, 3, 2, 10))),
        3600,
        lambda: series("FREQ=SECONDLY", datetime(1970, 1, 1)),
    ),
    Case(
        "FREQ=SECONDLY;BYSECOND=0,30 from 1970, a minute of 9999",
        lambda one: len(one.starts(datetime(9999, 3, 2, 9), datetime(9999, 3, 2, 9, 1))),
        2,
        lambda: series("FREQ=SECONDLY;BYSECOND=0,30", datetime(1970, 1, 1)),
    ),
    first("FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO", datetime(1, 1, 1), [datetime(1, 1, 1), datetime(1, 12, 31)]),
    first("FREQ=MONTHLY;BYDAY=-1SU", datetime(1601, 1, 1), [datetime(1601, 1, 28), datetime(1601, 2, 25)]),
    first("FREQ=DAILY", datetime(9999, 12, 30), [datetime(9999, 12, 30), datetime(9999, 12, 31)]),
    first("FREQ=YEARLY", datetime(9999, 12, 30), [datetime(9999, 12, 30)]),
    first(f"{ALL_PARTS};COUNT=1", NINE, [NINE], "every value of every part from BYMONTH to BYSECOND, COUNT=1"),
    first(
        f"{ALL_PARTS};BYSETPOS=-1",
        NINE,
        [datetime(2026, 12, 31, 23, 59, 59), datetime(2027, 12, 31, 23, 59, 59)],
        "the same with BYSETPOS=-1",
    ),
    refused("FREQ=YEARLY;BYMONTH=1;BYSETPOS=0", "BYSETPOS"),
    refused("FREQ=YEARLY;BYMONTH=1;BYSETPOS=367", "BYSETPOS"),
    refused(
        "FREQ=YEARLY;BYMONTH=1;BYSETPOS=" + ",".join(map(str, range(1, 10_001))),
        "max_rule_chars",
        "FREQ=YEARLY;BYMONTH=1;BYSETPOS=1,2,…,10000",
    ),
    refused("FREQ=MONTHLY;BYDAY=0TH", "0TH"),
    refused("FREQ=MONTHLY;BYDAY=54MO", "54MO"),
    empty("FREQ=MONTHLY;BYDAY=1TH;BYSETPOS=2"),
    refused("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY"),
    refused("FREQ=DAILY;BYHOUR=25", "BYHOUR"),
    first("FREQ=DAILY;BYSECOND=60", NINE, [NINE.replace(second=59), datetime(2026, 1, 2, 9, 0, 59)]),
    first("FREQ=HOURLY;INTERVAL=2;BYHOUR=10", NINE, []),
    *strict("FREQ=DAILY;FREQ=WEEKLY", "FREQ", "FREQ=WEEKLY"),
    *strict("FREQ=DAILY;BYFOO=1", "BYFOO", "FREQ=DAILY"),
    *strict("FREQ=DAILY;X-FOO=1", "X-FOO", "FREQ=DAILY"),
    refused("FREQ=DAILY;COUNT=٣", "COUNT"),
    refused("FREQ=DAILY;COUNT=\uff13", "COUNT"),
    refused("FREQ=DAILY;COUNT=1_0", "COUNT"),
    *strict("FREQ=DAILY;COUNT=+5", "COUNT", "FREQ=DAILY;COUNT=5"),
    *strict("FREQ=DAILY;COUNT= 5", "COUNT", "FREQ=DAILY;COUNT=5"),
    refused("x" * 2**20, "max_rule_chars", "1 MiB of letters"),
    refused("FREQ=DAILY;COUNT=5\0", "COUNT", "FREQ=DAILY;COUNT=5 and a NUL byte"),
    Case("freq=daily;byday=mo", lambda _: str(Rule.parse("freq=daily;byday=mo")), "FREQ=DAILY;BYDAY=MO"),
    *strict("FREQ=DAILY;", "empty segment", "FREQ=DAILY"),
    Case(
        "FREQ=SECONDLY with an EXRULE that is equal: the first",
        lambda one: one.first(),
        None,
        lambda: series("FREQ=SECONDLY;UNTIL=20260102T090000", exrules=["FREQ=SECONDLY"]),
    ),
    Case(
        "FREQ=DAILY;COUNT=100000 with each of them as EXDATE",
        lambda one: (one.first(), one.count()),
        (None, 0),
        lambda: series("FREQ=DAILY;COUNT=100000", exdates=[NINE + timedelta(days=k) for k in range(100_000)]),
    ),
    Case(
        "1,000,000 RDATEs in no order, each twice: count, last",
        lambda dates: (lambda one: (one.count(), one.last()))(Series(NINE, rdates=dates)),
        (500_000, NINE + timedelta(minutes=499_999)),
        _million,
    ),
]
