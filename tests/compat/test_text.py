"""rrulestr: what it reads, as what, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil import rrule as theirs

from schedcore.compat.dateutil import MO, rrule, rruleset, rrulestr
from schedcore.errors import RuleError

START = datetime(1997, 9, 2, 9)

TEXTS = [
    "FREQ=DAILY;COUNT=3",
    "RRULE:FREQ=DAILY;COUNT=3",
    "rrule:freq=daily;count=3;wkst=su",
    "RRULE;X-FROM=elsewhere:FREQ=DAILY;COUNT=3",
    "DTSTART:19970903T090000\nRRULE:FREQ=DAILY;COUNT=3",
    "DTSTART:19970903T090000 RRULE:FREQ=DAILY;COUNT=3",
    "DTSTART;VALUE=DATE:19970903\nRRULE:FREQ=DAILY;COUNT=3",
    "DTSTART:1997-09-03T09:00:00\nRRULE:FREQ=DAILY;UNTIL=1997-09-05",
    "DTSTART:19970903T0900\nRRULE:FREQ=DAILY;COUNT=2",
    "DTSTART:19970902T090000Z\nRRULE:FREQ=DAILY;UNTIL=19970905T090000Z",
    "DTSTART:19970902T090000+0200\nRRULE:FREQ=DAILY;UNTIL=19970905T070000Z",
    "DTSTART;TZID=America/New_York:19970902T090000\nRRULE:FREQ=DAILY;UNTIL=19970905T130000Z",
    "DTSTART;VALUE=DATE-TIME;TZID=Europe/Zurich:19970902T090000\nRRULE:FREQ=DAILY;COUNT=2",
    "DTSTART;TZID=Nowhere/Land:19970902T090000\nRRULE:FREQ=DAILY;COUNT=2",
    "FREQ=MONTHLY;COUNT=9;BYDAY=1MO,-1FR,+2TU",
    "FREQ=MONTHLY;COUNT=9;BYWEEKDAY=MO(1),FR(-1),TU",
    "FREQ=YEARLY;COUNT=3;BYEASTER=-2,1",
    "FREQ=YEARLY;COUNT=3;COUNT=5;BYSETPOS=-1;BYMONTH=1,2;BYMONTHDAY=1,-1;BYHOUR=3,4;BYMINUTE=5;BYSECOND=6",
    "FREQ=YEARLY;COUNT=9;BYWEEKNO=1,-1;BYYEARDAY=1,2,3,364,365",
    "RRULE:FREQ=DAILY;COUNT=3\nRRULE:FREQ=WEEKLY;COUNT=3",
    "RRULE:FREQ=DAILY;COUNT=9\nEXRULE:FREQ=DAILY;INTERVAL=2;COUNT=3\nEXDATE:19970903T090000,19970905T090000",
    "RDATE:19970903T090000,19970908T090000\nRDATE;VALUE=DATE-TIME:19980101T000000",
    "DTSTART;TZID=Europe/Zurich:19970902T090000\nRRULE:FREQ=DAILY;COUNT=3\nEXDATE;TZID=Europe/Zurich:19970903T090000",
    "DTSTART;TZID=Europe/Zurich:19970902T090000\nRRULE:FREQ=DAILY;COUNT=3\nEXDATE:19970903T070000Z",
]

OPTIONS = [{}, {"forceset": True}, {"cache": True}, {"ignoretz": True}]


def outcome(read: Callable[..., Any], text: str, options: dict[str, bool]) -> tuple[object, ...]:
    """What comes of a text: its kind, the datetimes and their offsets, or the kind of error."""
    try:
        found = read(text, dtstart=START, **options)
        values = list(found)
    except (TypeError, ValueError) as error:
        return (TypeError if isinstance(error, TypeError) else ValueError,)
    return type(found).__name__, values, [value.utcoffset() for value in values]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("text", TEXTS)
def test_like_dateutil(text, options):
    """The same kind of thing with the same datetimes, or the same kind of error."""
    assert outcome(theirs.rrulestr, text, options) == outcome(rrulestr, text, options)


@pytest.mark.parametrize(
    "text", ["FREQ=DAI\n LY;COUNT=3", "DTSTART:1997\n 0905\n T090000 \n\nRRULE:FREQ=DAILY;COUNT=3"]
)
@pytest.mark.parametrize("options", [{"unfold": True}, {"compatible": True}], ids=str)
def test_folded_lines(text, options):
    """`compatible` unfolds as well, and adds DTSTART to the set."""
    expected = outcome(theirs.rrulestr, text, options)
    assert ValueError not in expected
    assert expected == outcome(rrulestr, text, options)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n ",
        "FREQ=DAILY;",
        "FREQ",
        "FREQ=DAILY=1",
        "FREQ=NEVER",
        "COUNT=3",
        "FREQ=DAILY;COUNT=many",
        "FREQ=DAILY;FOO=1",
        "FREQ=DAILY;HANDLE_INT=1",
        "FREQ=WEEKLY;BYDAY=",
        "FREQ=WEEKLY;BYDAY=-1OK",
        "FREQ=WEEKLY;BYDAY=0MO",
        "FREQ=WEEKLY;BYDAY=MO,,TU",
        "FREQ=WEEKLY;WKST=XX",
        "FREQ=DAILY;UNTIL=TheCowsComeHome",
        "FREQ=DAILY;UNTIL=19971301",
        "FREQ=DAILY;BYHOUR=24",
        "FREQ=DAILY;BYSETPOS=0",
        "DTSTART:19970902T250000\nFREQ=DAILY",
        "DTSTART:19970101,19970102\nFREQ=DAILY",
        "DTSTART;VALUE=DATE;VALUE=DATE:19970101\nFREQ=DAILY",
        "DTSTART;FOO=1:19970101\nFREQ=DAILY",
        "DTSTART;TZID=America/New_York:19970902T090000Z\nFREQ=DAILY",
        "RRULE;FOO=1:FREQ=DAILY",
        "EXRULE;X-FOO=1:FREQ=DAILY",
        "RDATE;VALUE=PERIOD:19970101T000000/P1D",
        "SUMMARY:lunch",
        "DTSTART:19970902T090000",
    ],
)
def test_refused(text):
    """A RuleError, which is a ValueError; what dateutil refuses is refused."""
    with pytest.raises(RuleError):
        rrulestr(text, dtstart=START)
    with pytest.raises((ValueError, TypeError, IndexError)):  # no FREQ is a TypeError there, no RRULE an IndexError
        theirs.rrulestr(text, dtstart=START)


def test_errors_name_the_part():
    with pytest.raises(RuleError, match="invalid 'BYHOUR': 'NOON'") as caught:
        rrulestr("FREQ=DAILY;BYHOUR=noon", dtstart=START)
    assert ("BYHOUR", "NOON") == (caught.value.part, caught.value.value)
    with pytest.raises(RuleError, match="unknown parameter 'SINCE'"):
        rrulestr("FREQ=DAILY;SINCE=ever", dtstart=START)
    with pytest.raises(RuleError, match="unsupported property: 'SUMMARY'"):
        rrulestr("SUMMARY:lunch")


def test_tzids():
    """A mapping or a function finds zones by the letters they were written in; what finds nothing gives naive times."""
    text = "DTSTART;TZID=Eastern:19970902T090000\nRRULE:FREQ=YEARLY;COUNT=1"
    zone = ZoneInfo("America/New_York")
    assert [START.replace(tzinfo=zone)] == list(rrulestr(text, tzids={"Eastern": zone}))
    assert [START.replace(tzinfo=zone)] == list(rrulestr(text, tzids=lambda name: {"Eastern": zone}[name]))
    assert [START] == list(rrulestr(text)) == list(rrulestr(text, tzids={}))
    with pytest.raises(RuleError, match="tzids must be a callable, mapping, or None, not 5"):
        rrulestr(text, tzids=5)


@pytest.mark.parametrize(
    ("given", "offset"),
    [
        ({"EST": timezone(timedelta(hours=-5))}, timedelta(hours=-5)),
        ({"EST": -18000}, timedelta(hours=-5)),
        ({"EST": "America/New_York"}, timedelta(hours=-4)),
        (lambda name, seconds: -3600 if (name, seconds) == ("EST", None) else None, timedelta(hours=-1)),
    ],
)
def test_tzinfos(given, offset):
    """Names behind a time, as tzinfo, seconds or zone, in a mapping or from a function."""
    rule = rrulestr("DTSTART:19970902T090000EST\nRRULE:FREQ=DAILY;COUNT=1", tzinfos=given)
    assert offset == rule[0].utcoffset()
    with pytest.warns(UserWarning, match="the zone EST is not known"):
        assert rrulestr("DTSTART:19970902T090000EST\nRRULE:FREQ=DAILY;COUNT=1")[0].tzinfo is None


def test_kinds():
    """A single rule is an rrule; a second one, dates, or `forceset` make a set."""
    assert type(rrulestr("FREQ=DAILY", dtstart=START)) is rrule
    assert type(rrulestr("FREQ=DAILY", dtstart=START, forceset=True)) is rruleset
    assert type(rrulestr("RDATE:19970101", dtstart=START)) is rruleset
    rule = rrulestr("DTSTART:19970902T090000Z\nRRULE:FREQ=MONTHLY;BYDAY=1MO")
    assert (UTC, ((0, 1),)) == (rule._dtstart.tzinfo, rule._bynweekday)
    assert str(rule).endswith("BYDAY=+1MO") and rule._original_rule["byweekday"] == (MO(1),)
