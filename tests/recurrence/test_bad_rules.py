"""Bad rules: each ends in a typed error that names part and value, or in the right answer, whatever its size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedcore import Rule
from schedcore.errors import RuleError
from schedcore.recurrence.parse import MAX_RULE_CHARS
from schedcore.recurrence.parts import BY_PARTS, MAX_COUNT, MAX_INTERVAL, RANGES

NEVER = [
    # text, part, value: an error both strict and lenient
    ("", "FREQ", ""),
    ("FREQ", None, None),
    ("COUNT=5", "FREQ", "COUNT=5"),
    ("FREQ=FORTNIGHTLY", "FREQ", "FORTNIGHTLY"),
    ("FREQ=DAILY;INTERVAL=0", "INTERVAL", "0"),
    ("FREQ=DAILY;INTERVAL=-1", "INTERVAL", "-1"),
    ("FREQ=DAILY;INTERVAL=9223372036854775808", "INTERVAL", "9223372036854775808"),
    (f"FREQ=DAILY;INTERVAL={MAX_INTERVAL + 1}", "INTERVAL", str(MAX_INTERVAL + 1)),
    ("FREQ=DAILY;INTERVAL=" + "9" * 10_000, "INTERVAL", "9" * 10_000),
    ("FREQ=DAILY;INTERVAL=1.5", "INTERVAL", "1.5"),
    ("FREQ=DAILY;COUNT=0", "COUNT", "0"),
    ("FREQ=DAILY;COUNT=-1", "COUNT", "-1"),
    (f"FREQ=DAILY;COUNT={MAX_COUNT + 1}", "COUNT", str(MAX_COUNT + 1)),
    ("FREQ=DAILY;COUNT=1_0", "COUNT", "1_0"),
    ("FREQ=DAILY;COUNT=1 0", "COUNT", "1 0"),
    ("FREQ=DAILY;COUNT=٣", "COUNT", "٣"),
    ("FREQ=DAILY;COUNT=\uff13", "COUNT", "\uff13"),
    ("FREQ=DAILY;COUNT=²", "COUNT", "²"),
    ("FREQ=DAILY;BYMONTHDAY=٣", "BYMONTHDAY", "٣"),
    ("FREQ=DAILY;COUNT=5\0", "COUNT", "5\0"),
    ("FREQ=DAILY;BYDAY=MO\0", "BYDAY", "MO\0"),
    ("FREQ=DAILY;BYDAY=MO,XX", "BYDAY", "XX"),
    ("FREQ=DAILY;BYMONTHDAY=1,two", "BYMONTHDAY", "TWO"),
    ("FREQ=MONTHLY;BYDAY=0TH", "BYDAY", "0TH"),
    ("FREQ=MONTHLY;BYDAY=54MO", "BYDAY", "54MO"),
    ("FREQ=MONTHLY;BYDAY=2", "BYDAY", "2"),
    ("FREQ=MONTHLY;BYDAY=--1MO", "BYDAY", "--1MO"),
    ("FREQ=MONTHLY;BYDAY=MO1", "BYDAY", "MO1"),
    ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY", "32"),
    ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY", "0"),
    ("FREQ=DAILY;BYHOUR=25", "BYHOUR", "25"),
    ("FREQ=DAILY;BYHOUR=24", "BYHOUR", "24"),
    ("FREQ=DAILY;BYMINUTE=60", "BYMINUTE", "60"),
    ("FREQ=DAILY;BYSECOND=61", "BYSECOND", "61"),
    ("FREQ=DAILY;BYMONTH=0", "BYMONTH", "0"),
    ("FREQ=YEARLY;BYWEEKNO=54", "BYWEEKNO", "54"),
    ("FREQ=YEARLY;BYYEARDAY=-367", "BYYEARDAY", "-367"),
    ("FREQ=YEARLY;BYMONTH=1;BYSETPOS=0", "BYSETPOS", "0"),
    ("FREQ=YEARLY;BYMONTH=1;BYSETPOS=367", "BYSETPOS", "367"),
    ("FREQ=DAILY;UNTIL=999990101", "UNTIL", "999990101"),
    ("FREQ=DAILY;UNTIL=999990101T000000Z", "UNTIL", "999990101T000000Z"),
    ("FREQ=DAILY;UNTIL=00000101", "UNTIL", "00000101"),
    ("FREQ=DAILY;UNTIL=20260230", "UNTIL", "20260230"),
    ("FREQ=DAILY;UNTIL=20260101T240000", "UNTIL", "20260101T240000"),
    ("FREQ=DAILY;UNTIL=20260101T000061", "UNTIL", "20260101T000061"),
    ("FREQ=DAILY;UNTIL=20260101T0000", "UNTIL", "20260101T0000"),
    ("FREQ=DAILY;UNTIL=20260101Z", "UNTIL", "20260101Z"),
    ("FREQ=DAILY;UNTIL=20260101T000000ZZ", "UNTIL", "20260101T000000ZZ"),
    ("FREQ=DAILY;UNTIL=20260101X000000", "UNTIL", "20260101X000000"),
    ("FREQ=DAILY;UNTIL=\uff12\uff10\uff12\uff160101", "UNTIL", "\uff12\uff10\uff12\uff160101"),
    ("FREQ=DAILY;WKST=XX", "WKST", "XX"),
    ("FREQ=DAILY;WKST=1MO", "WKST", "1MO"),
    ("RSCALE=CHINESE;FREQ=YEARLY", "RSCALE", "CHINESE"),
    ("FREQ=YEARLY;BYEASTER=0", "BYEASTER", "0"),
    ("FREQ=\u017fECONDLY", "FREQ", "\u017fECONDLY"),
    ("FREQ=DAILY,WEEKLY", "FREQ", "DAILY,WEEKLY"),
]


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize(("text", "part", "value"), NEVER, ids=lambda item: str(item)[:40] if item else "none")
def test_never_taken(text, part, value, strict):
    """What has no meaning is an error in both modes, with part and value, and the value in the message."""
    with pytest.raises(RuleError) as caught:
        Rule.parse(text, strict=strict)
    error = caught.value
    assert len(str(error)) < 350
    if part is not None:
        assert (part, value) == (error.part, error.value)
        assert part in str(error)
        assert value in str(error) or repr(value)[1:-1][:20] in str(error)


STRICT = [
    ("FREQ=DAILY;COUNT=5;UNTIL=20260101", "COUNT", "5"),
    ("FREQ=DAILY;FREQ=DAILY", "FREQ", "DAILY"),
    ("FREQ=DAILY;COUNT=5;COUNT=5", "COUNT", "5"),
    ("FREQ=DAILY;COUNT=+5", "COUNT", "+5"),
    ("FREQ=DAILY;INTERVAL=+5", "INTERVAL", "+5"),
    ("FREQ=DAILY;COUNT= 5", "COUNT", " 5"),
    ("FREQ=DAILY;COUNT=5 ", "COUNT", "5 "),
    ("FREQ=DAILY; COUNT=5", " COUNT", "5"),
    ("FREQ=DAILY;COUNT=", "COUNT", ""),
    ("FREQ=DAILY;COUNT", "COUNT", ""),
    ("FREQ=DAILY;BYDAY=MO,", "BYDAY", ""),
    ("FREQ=DAILY;BYMONTH=,1", "BYMONTH", ""),
    ("FREQ=DAILY;BYMONTH=+1", "BYMONTH", "+1"),
    ("FREQ=DAILY;BYMONTH=001", "BYMONTH", "001"),
    ("FREQ=MONTHLY;BYDAY=001MO", "BYDAY", "001MO"),
    ("FREQ=DAILY;", None, "FREQ=DAILY;"),
    ("FREQ=DAILY;X-FOO=1", "X-FOO", "1"),
    ("FREQ=DAILY;BYFOO=1", "BYFOO", "1"),
    ("FREQ=DAILY;B\0Y=1", "B\0Y", "1"),
    ("FREQ=DAILY\r\n", "FREQ", "DAILY\r\n"),
    ("EXRULE:FREQ=DAILY", "EXRULE:FREQ", "DAILY"),
    ("FREQ=MONTHLY;BYWEEKNO=1", "BYWEEKNO", "1"),
    ("FREQ=DAILY;BYYEARDAY=1", "BYYEARDAY", "1"),
    ("FREQ=WEEKLY;BYMONTHDAY=1,2", "BYMONTHDAY", "1,2"),
    ("FREQ=DAILY;BYDAY=1TH", "BYDAY", "1TH"),
    ("FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO,1TH", "BYDAY", "MO,1TH"),
    ("FREQ=DAILY;BYSETPOS=1", "BYSETPOS", "1"),
]


@pytest.mark.parametrize(("text", "part", "value"), STRICT)
def test_reading_11_strict(text, part, value):
    """Reading 11: what the RFC forbids, or a text that is not quite one, is an error that names part and value."""
    with pytest.raises(RuleError) as caught:
        Rule.parse(text)
    assert (part, value) == (caught.value.part, caught.value.value)
    assert repr(part or value)[1:-1] in str(caught.value)


@pytest.mark.parametrize("text", [None, 5, b"FREQ=DAILY", ["FREQ=DAILY"], {"FREQ": ["DAILY"]}, Rule("DAILY")])
def test_what_is_no_text(text):
    """Other types are a RuleError, hashable or not."""
    with pytest.raises(RuleError, match="a rule is text"):
        Rule.parse(text)


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize(
    "text",
    [
        "x" * 10**6,
        "FREQ=DAILY;" * 10**5,
        ";" * 10**6,
        "FREQ=DAILY;COUNT=" + "1" * 10**6,
        "\0" * 10**6,
        "é" * 10**6,
        "FREQ=YEARLY;BYMONTH=1;BYSETPOS=" + ",".join(map(str, range(1, 10_001))),
    ],
    ids=["letters", "repeats", "semicolons", "digits", "nul", "not-ascii", "positions"],
)
def test_a_megabyte_is_refused_unread(text, strict):
    """The limit is named with how far over it the text is, and the message stays short."""
    with pytest.raises(RuleError, match=f"{len(text)} characters is over max_rule_chars={MAX_RULE_CHARS}") as caught:
        Rule.parse(text, strict=strict)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize(
    "body",
    [
        ";" * 16_000,
        "A=1;" * 4_000,
        "COUNT=5;" * 2_000,
        "BYMONTH=" + "13," * 5_000,
        "BYDAY=" + "," * 16_000,
        "BYMONTHDAY=" + "0" * 16_000,
        "COUNT=" + "0" * 16_000 + "1",
    ],
    ids=["semicolons", "unknown", "repeated", "out-of-range", "commas", "zero", "one"],
)
def test_long_junk_within_the_limit(body):
    """As long as a text may be, it is refused when strict, and short work when lenient."""
    text = "FREQ=DAILY;" + body
    try:
        rule = Rule.parse(text, strict=False)
    except RuleError as error:
        assert len(str(error)) < 350
    else:
        assert len(rule.problems) < 10


def test_every_value_at_once():
    """Every value of BYMONTH to BYSECOND and every BYSETPOS is a good rule, and so is every value of every list."""
    times = {part.lower(): range(RANGES[part].low, RANGES[part].high + 1) for part in BY_PARTS if part != "BYDAY"}
    times["bymonthday"] = times["byyearday"] = times["byweekno"] = times["bysetpos"] = ()
    times["bymonthday"] = [day for day in range(-31, 32) if day]
    for positions in ((), (-1,), [position for position in range(-366, 367) if position]):
        rule = Rule("YEARLY", **(times | {"bysetpos": positions}), count=1)
        assert rule == Rule.parse(str(rule))
    whole = {part.lower(): [n for n in range(-400, 400) if n in RANGES[part]] for part in BY_PARTS if part != "BYDAY"}
    days = [(ordinal, weekday) for ordinal in range(-53, 54) for weekday in range(7)]
    rule = Rule("YEARLY", **whole, byday=days, until="99991231T235959Z", interval=MAX_INTERVAL, wkst=6, strict=False)
    assert rule == Rule.parse(str(rule), strict=False)
    longest = Rule("MONTHLY", **whole, byday=days, count=MAX_COUNT, interval=MAX_INTERVAL, wkst=6, strict=False)
    assert len(str(longest)) < MAX_RULE_CHARS
    assert longest == Rule.parse(str(longest), strict=False)
    assert days == sorted(longest.byday)


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("FREQ=DAILY;COUNT=1000000000", "count", 10**9),
        (f"FREQ=DAILY;COUNT={MAX_COUNT}", "count", MAX_COUNT),
        (f"FREQ=SECONDLY;INTERVAL={MAX_INTERVAL}", "interval", MAX_INTERVAL),
        ("FREQ=DAILY;BYSECOND=60", "bysecond", (59,)),
        ("FREQ=MONTHLY;BYDAY=53MO", "byday", ((53, 0),)),
        ("FREQ=MONTHLY;BYDAY=1TH;BYSETPOS=2", "bysetpos", (2,)),
        ("FREQ=HOURLY;INTERVAL=2;BYHOUR=1", "byhour", (1,)),
        ("freq=daily;byday=mo", "byday", ((0, 0),)),
        ("FREQ=DAILY;COUNT=0000000000000000000000000000005", "count", 5),
    ],
)
def test_odd_but_right(text, field, value):
    """Unusual rules that the RFC allows are taken as they are."""
    assert value == getattr(Rule.parse(text), field)


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MINUTELY;BYMONTH=4;BYMONTHDAY=31",
        "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYDAY=6MO",
        "FREQ=MONTHLY;BYDAY=1TH;BYSETPOS=2",
    ],
)
def test_rules_that_never_match_say_so(text):
    """Emptiness is known from the rule alone, without a search."""
    assert Rule.parse(text).is_empty


@pytest.mark.parametrize("text", ["FREQ=DAILY", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "FREQ=YEARLY;BYWEEKNO=53"])
def test_rare_rules_are_not_empty(text):
    """What happens now and then is not never."""
    assert not Rule.parse(text).is_empty


PIECES = [
    *("FREQ=", "COUNT=", "UNTIL=", "BYDAY=", "BYMONTHDAY=", "BYSETPOS=", "INTERVAL=", "X-A=", "RRULE:"),
    *("DAILY", "YEARLY", ";", ",", "=", "MO", "1", "-", "+", "0", "99", "20260101", "T000000", "Z", " ", "\0", "é"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join) | st.text(max_size=40))
def test_any_text_is_read_or_refused(text):
    """No text raises anything but RuleError, and what is read can be written and read again."""
    for strict in (True, False):
        try:
            rule = Rule.parse(text, strict=strict)
        except RuleError:
            continue
        assert rule == Rule.parse(str(rule), strict=strict)
        assert Rule.parse(text, strict=False) == rule
        assert bool(rule.problems) <= (not strict)
