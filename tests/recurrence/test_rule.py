"""`Rule` as a value: fields, canonical text, equality, and what is forgiven."""

import copy
import itertools
import pickle
import threading
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedcore import Rule
from schedcore.errors import RuleError
from schedcore.recurrence import parts
from schedcore.recurrence import rule as rule_module

FIELDS = [part.lower() for part in parts.BY_PARTS]


def test_fields():
    """Every part arrives in its field, sorted and without repeats."""
    rule = Rule.parse(
        "FREQ=YEARLY;COUNT=5;INTERVAL=2;WKST=SU;BYMONTH=12,1,1;BYMONTHDAY=-1,31;BYYEARDAY=1,-366;BYDAY=SU,-1MO,MO,SU;"
        "BYHOUR=23,0;BYMINUTE=59,0;BYSECOND=60,59;BYSETPOS=-1,1"
    )
    assert (rule.freq, rule.interval, rule.count, rule.until, rule.wkst) == ("YEARLY", 2, 5, None, 6)
    assert (rule.bymonth, rule.bymonthday, rule.byyearday) == ((1, 12), (-1, 31), (-366, 1))
    assert rule.byday == ((-1, 0), (0, 0), (0, 6))
    assert (rule.byhour, rule.byminute, rule.bysecond, rule.bysetpos) == ((0, 23), (0, 59), (59,), (-1, 1))
    assert (rule.byweekno, rule.problems) == ((), ())


def test_defaults():
    """What is not given is 1, Monday (reading 10), None or empty."""
    rule = Rule.parse("FREQ=DAILY")
    assert (rule.interval, rule.count, rule.until, rule.wkst) == (1, None, None, 0)
    assert {getattr(rule, field) for field in FIELDS} == {()}


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("20261231", date(2026, 12, 31)),
        ("20261231T235959", datetime(2026, 12, 31, 23, 59, 59)),
        ("20261231T235959Z", datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("20261231T235960Z", datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("00010101", date(1, 1, 1)),
        ("99991231T235959", datetime(9999, 12, 31, 23, 59, 59)),
    ],
)
def test_until(text, until):
    """A date, a local time or an instant, told apart by the text; a leap second becomes the one before."""
    rule = Rule.parse("FREQ=DAILY;UNTIL=" + text)
    assert until == rule.until
    assert (type(until), until.tzinfo if isinstance(until, datetime) else None) == (
        type(rule.until),
        rule.until.tzinfo if isinstance(rule.until, datetime) else None,
    )
    assert str(rule) == "FREQ=DAILY;UNTIL=" + text.replace("5960", "5959")


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("RRULE:FREQ=DAILY", "FREQ=DAILY"),
        ("rrule:freq=daily;byday=mo", "FREQ=DAILY;BYDAY=MO"),
        ("FREQ=DAILY;INTERVAL=1;WKST=MO", "FREQ=DAILY"),
        ("COUNT=007;FREQ=DAILY;INTERVAL=02", "FREQ=DAILY;INTERVAL=2;COUNT=7"),
        ("FREQ=MONTHLY;BYDAY=+2SU,02SU,MO,2MO,-1FR", "FREQ=MONTHLY;BYDAY=-1FR,MO,2MO,2SU"),
        ("FREQ=YEARLY;BYMONTH=09;BYMONTHDAY=+1,01", "FREQ=YEARLY;BYMONTH=9;BYMONTHDAY=1"),
        ("FREQ=DAILY;BYHOUR=09,9,00", "FREQ=DAILY;BYHOUR=0,9"),
        (
            "FREQ=YEARLY;UNTIL=20300101;WKST=SU;BYSETPOS=1;BYSECOND=1;BYMINUTE=2;BYHOUR=3;BYDAY=MO;BYMONTHDAY=4;"
            "BYYEARDAY=5;BYWEEKNO=6;BYMONTH=7;INTERVAL=8",
            "FREQ=YEARLY;INTERVAL=8;BYMONTH=7;BYWEEKNO=6;BYYEARDAY=5;BYMONTHDAY=4;BYDAY=MO;BYHOUR=3;BYMINUTE=2;"
            "BYSECOND=1;BYSETPOS=1;WKST=SU;UNTIL=20300101",
        ),
    ],
)
def test_canonical_text(text, canonical):
    """One order, no defaults, sorted lists; and rules are equal exactly if this text is."""
    rule = Rule.parse(text)
    assert canonical == str(rule)
    assert rule == Rule.parse(canonical) and hash(rule) == hash(Rule.parse(canonical))
    assert rule != Rule.parse("FREQ=SECONDLY")
    assert rule == eval(repr(rule), {"Rule": Rule})


def test_equal_to_rules_only():
    """A rule is not its text."""
    assert Rule("DAILY") != "FREQ=DAILY"
    assert Rule("DAILY") != Rule("DAILY", interval=2)
    assert len({Rule("DAILY"), Rule.parse("FREQ=DAILY"), Rule("DAILY", interval=1)}) == 1


def test_frozen():
    """No attribute can be set, deleted or added."""
    rule = Rule.parse("FREQ=DAILY")
    for name in ("freq", "count", "problems", "_text", "other"):
        with pytest.raises(AttributeError, match="frozen"):
            setattr(rule, name, 1)
        with pytest.raises(AttributeError, match="frozen"):
            delattr(rule, name)
    assert not hasattr(rule, "__dict__")


@pytest.mark.parametrize("text", ["FREQ=DAILY;COUNT=2", "FREQ=DAILY;COUNT=2;UNTIL=20260101;BYDAY=2MO;X-A=1"])
def test_copies_and_pickles(text):
    """A copy is the rule itself; a pickle comes back with its problems, those too that its text no longer shows."""
    rule = Rule.parse(text, strict=False)
    assert copy.copy(rule) is rule and copy.deepcopy([rule])[0] is rule
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        again = pickle.loads(pickle.dumps(rule, protocol))
        assert (again, again.problems) == (rule, rule.problems)


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (Rule("daily"), "FREQ=DAILY"),
        (Rule("WEEKLY", byday="MO,we"), "FREQ=WEEKLY;BYDAY=MO,WE"),
        (Rule("WEEKLY", byday=["MO", (0, 2)], wkst="SU"), "FREQ=WEEKLY;BYDAY=MO,WE;WKST=SU"),
        (Rule("MONTHLY", byday=((2, 6), "-1fr")), "FREQ=MONTHLY;BYDAY=-1FR,2SU"),
        (Rule("YEARLY", bymonth=3, bymonthday={1, -1}), "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=-1,1"),
        (Rule("YEARLY", byweekno=(n for n in (20, -1)), wkst=6), "FREQ=YEARLY;BYWEEKNO=-1,20;WKST=SU"),
        (Rule("YEARLY", byyearday=range(1, 4)), "FREQ=YEARLY;BYYEARDAY=1,2,3"),
        (Rule("HOURLY", byhour=[9], byminute=0, bysecond=60), "FREQ=HOURLY;BYHOUR=9;BYMINUTE=0;BYSECOND=59"),
        (Rule("DAILY", interval=3, count=10**9), "FREQ=DAILY;INTERVAL=3;COUNT=1000000000"),
        (Rule("DAILY", until=date(2026, 1, 2)), "FREQ=DAILY;UNTIL=20260102"),
        (Rule("DAILY", until="20260102T030405Z"), "FREQ=DAILY;UNTIL=20260102T030405Z"),
        (Rule("DAILY", until=datetime(2026, 1, 2, 3, 4, 5, 999)), "FREQ=DAILY;UNTIL=20260102T030405"),
        (
            Rule("DAILY", until=datetime(2026, 1, 2, 3, tzinfo=timezone(timedelta(hours=5)))),
            "FREQ=DAILY;UNTIL=20260101T220000Z",
        ),
        (Rule("DAILY", count=1, until=date(2026, 1, 2), strict=False), "FREQ=DAILY;COUNT=1;UNTIL=20260102"),
    ],
)
def test_constructor(made, text):
    """Python values end in the same rule as text."""
    assert text == str(made)
    assert made == Rule.parse(text, strict=False)


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ({"freq": "FORTNIGHTLY"}, "FREQ"),
        ({"freq": 3}, "FREQ"),
        ({"interval": 0}, "INTERVAL"),
        ({"interval": 2**63}, "INTERVAL"),
        ({"interval": 1.0}, "INTERVAL"),
        ({"interval": True}, "INTERVAL"),
        ({"count": 0}, "COUNT"),
        ({"count": "1_0"}, "COUNT"),
        ({"until": 2026}, "UNTIL"),
        ({"until": datetime.max.replace(tzinfo=timezone(timedelta(hours=-5)))}, "UNTIL"),
        ({"wkst": 7}, "WKST"),
        ({"wkst": "1MO"}, "WKST"),
        ({"bymonth": 13}, "BYMONTH"),
        ({"bymonth": [1, None]}, "BYMONTH"),
        ({"bymonth": ["1"]}, "BYMONTH"),
        ({"bymonthday": [0]}, "BYMONTHDAY"),
        ({"bysetpos": [367], "bymonth": 1}, "BYSETPOS"),
        ({"byday": (2, 6)}, "BYDAY"),
        ({"byday": [(54, 1)], "freq": "YEARLY"}, "BYDAY"),
        ({"byday": [(0, 7)]}, "BYDAY"),
        ({"byday": [(1, 7)], "freq": "YEARLY"}, "BYDAY"),
        ({"byday": [(1, 0)]}, "BYDAY"),
        ({"byday": [("1", 0)]}, "BYDAY"),
        ({"count": 1, "until": date(2026, 1, 1)}, "COUNT"),
        ({"byweekno": 1}, "BYWEEKNO"),
        ({"bysetpos": 1}, "BYSETPOS"),
    ],
)
def test_constructor_refuses(arguments, part):
    """The constructor is as strict as strict text, and names the part."""
    with pytest.raises(RuleError) as caught:
        Rule(**({"freq": "DAILY"} | arguments))
    assert part == caught.value.part


def test_replace():
    """A changed copy, judged as the rule was."""
    rule = Rule.parse("FREQ=WEEKLY;COUNT=10;BYDAY=MO;WKST=SU")
    assert "FREQ=WEEKLY;BYDAY=MO;WKST=SU;UNTIL=20260101" == str(rule.replace(count=None, until=date(2026, 1, 1)))
    assert rule == rule.replace()
    with pytest.raises(RuleError, match="COUNT"):
        rule.replace(until=date(2026, 1, 1))
    with pytest.raises(TypeError):
        rule.replace(bywhat=1)
    forgiven = Rule.parse("FREQ=WEEKLY;COUNT=10;UNTIL=20260101", strict=False)
    assert forgiven.replace(interval=2).problems == forgiven.problems
    assert forgiven.replace(count=None).problems == ()


@pytest.mark.parametrize(
    ("text", "canonical", "told"),
    [
        ("FREQ=DAILY;COUNT=2;UNTIL=20260101", "FREQ=DAILY;COUNT=2;UNTIL=20260101", "COUNT and UNTIL"),
        ("FREQ=MONTHLY;BYWEEKNO=20", "FREQ=MONTHLY;BYWEEKNO=20", "BYWEEKNO is not allowed with FREQ=MONTHLY"),
        ("FREQ=MONTHLY;BYYEARDAY=1", "FREQ=MONTHLY;BYYEARDAY=1", "BYYEARDAY is not allowed with FREQ=MONTHLY"),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY is not allowed with FREQ=WEEKLY"),
        ("FREQ=WEEKLY;BYDAY=1MO,MO,2TU", "FREQ=WEEKLY;BYDAY=MO,TU", "an ordinal needs FREQ=MONTHLY or YEARLY"),
        ("FREQ=YEARLY;BYWEEKNO=1;BYDAY=1MO", "FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO", "cannot stand with BYWEEKNO"),
        ("FREQ=DAILY;BYSETPOS=1", "FREQ=DAILY;BYSETPOS=1", "BYSETPOS stands without another BYxxx part"),
        ("FREQ=DAILY;X-WHAT=5", "FREQ=DAILY", "'X-WHAT=5' is no part of RFC 5545"),
        ("FREQ=DAILY;FOO", "FREQ=DAILY", "'FOO' is no part of RFC 5545"),
        ("FREQ=DAILY;ÉTÉ=5;COUNT=2", "FREQ=DAILY;COUNT=2", "'ÉTÉ=5' is no part of RFC 5545"),
        ("freq=daily;été=5;count=2", "FREQ=DAILY;COUNT=2", "'été=5' is no part of RFC 5545"),
        ("FREQ=DAILY;RSCALE=GREGORIAN", "FREQ=DAILY", "RSCALE=GREGORIAN"),
        ("FREQ=DAILY;SKIP=OMIT", "FREQ=DAILY", "SKIP=OMIT"),
        ("FREQ=DAILY;", "FREQ=DAILY", "empty segment"),
        (";;FREQ=DAILY;;;COUNT=2", "FREQ=DAILY;COUNT=2", "empty segment"),
        (" FREQ = DAILY ; COUNT=2 ", "FREQ=DAILY;COUNT=2", "spaces"),
        ("FREQ=DAILY;BYDAY=MO, TU,WE", "FREQ=DAILY;BYDAY=MO,TU,WE", "read as MO,TU,WE"),
        ("FREQ=DAILY;COUNT=5;COUNT=6", "FREQ=DAILY;COUNT=6", "COUNT is given more than once"),
        ("FREQ=DAILY;FREQ=WEEKLY", "FREQ=WEEKLY", "FREQ is given more than once"),
        ("FREQ=DAILY;COUNT=;BYDAY=;UNTIL", "FREQ=DAILY", "COUNT has no value"),
        ("FREQ=DAILY;COUNT=+5", "FREQ=DAILY;COUNT=5", "COUNT=+5 was read as 5"),
        ("FREQ=DAILY;BYMONTH=1,13,2,", "FREQ=DAILY;BYMONTH=1,2", "BYMONTH=1,13,2, was read as 1,2"),
        ("FREQ=DAILY;BYMONTH=+3,0004", "FREQ=DAILY;BYMONTH=3,4", "read as 3,4"),
        ("FREQ=MONTHLY;BYMONTHDAY=31,32,0", "FREQ=MONTHLY;BYMONTHDAY=31", "read as 31"),
        ("FREQ=MONTHLY;BYDAY=0TH,54MO,1TU", "FREQ=MONTHLY;BYDAY=1TU", "read as 1TU"),
        ("FREQ=MONTHLY;BYDAY= 1 TU", "FREQ=MONTHLY;BYDAY=1TU", "read as 1TU"),
        ("FREQ=DAILY;UNTIL=2026-12-31T23:59:59Z", "FREQ=DAILY;UNTIL=20261231T235959Z", "read as 20261231T235959Z"),
        ("FREQ=DAILY;UNTIL=2026-12-31", "FREQ=DAILY;UNTIL=20261231", "read as 20261231"),
    ],
)
def test_reading_11_lenient(text, canonical, told):
    """Reading 11: what the RFC forbids is an error when strict; otherwise it is forgiven, and told."""
    with pytest.raises(RuleError):
        Rule.parse(text)
    rule = Rule.parse(text, strict=False)
    assert canonical == str(rule)
    assert any(told in problem for problem in rule.problems), rule.problems
    assert rule == Rule.parse(str(rule), strict=False)


def test_lenient_without_problems_is_strict():
    """A good rule is the same in both modes."""
    text = "FREQ=MONTHLY;BYDAY=2SU;COUNT=3"
    assert (Rule.parse(text, strict=False), ()) == (Rule.parse(text), Rule.parse(text, strict=False).problems)


def test_table_is_the_rfc_table():
    """RFC 5545 3.3.10, its table typed off once more."""
    printed = """
        BYMONTH    Limit  Limit  Limit  Limit  Limit  Limit  Expand
        BYWEEKNO   N/A    N/A    N/A    N/A    N/A    N/A    Expand
        BYYEARDAY  Limit  Limit  Limit  N/A    N/A    N/A    Expand
        BYMONTHDAY Limit  Limit  Limit  Limit  N/A    Expand Expand
        BYDAY      Limit  Limit  Limit  Limit  Expand Note1  Note2
        BYHOUR     Limit  Limit  Limit  Expand Expand Expand Expand
        BYMINUTE   Limit  Limit  Expand Expand Expand Expand Expand
        BYSECOND   Limit  Expand Expand Expand Expand Expand Expand
        BYSETPOS   Limit  Limit  Limit  Limit  Limit  Limit  Limit
    """
    expected = {name: cells for name, *cells in (line.split() for line in printed.strip().splitlines())}
    fine_to_coarse = parts.FREQUENCIES[::-1]
    actual = {part: [row[freq].value.replace(" ", "") for freq in fine_to_coarse] for part, row in parts.TABLE.items()}
    assert expected == actual
    assert list(parts.TABLE) == list(parts.RANGES) == list(parts.BY_PARTS)


@pytest.mark.parametrize(
    ("freq", "present", "role", "scope"),
    [
        ("MONTHLY", (), "Expand", "MONTHLY"),
        ("MONTHLY", ("BYMONTHDAY",), "Limit", "MONTHLY"),
        ("YEARLY", (), "Expand", "YEARLY"),
        ("YEARLY", ("BYMONTH",), "Expand", "MONTHLY"),
        ("YEARLY", ("BYWEEKNO", "BYMONTH"), "Expand", "WEEKLY"),
        ("YEARLY", ("BYYEARDAY",), "Limit", "YEARLY"),
        ("YEARLY", ("BYMONTHDAY", "BYMONTH"), "Limit", "MONTHLY"),
        ("WEEKLY", (), "Expand", "WEEKLY"),
        ("DAILY", (), "Limit", "DAILY"),
    ],
)
def test_notes(freq, present, role, scope):
    """The two notes under the table, settled by what else is there."""
    assert (role, scope) == (parts.role("BYDAY", freq, present).value, parts.scope(freq, present))


def test_markdown_has_every_cell():
    """The documentation's table is made from the data: a row a part, a column a FREQ, and both notes."""
    lines = parts.markdown().splitlines()
    rows = lines[2 : 2 + len(parts.BY_PARTS)]
    assert list(parts.BY_PARTS) == [row.split("|")[1].strip() for row in rows]
    assert {2 + len(parts.FREQUENCIES) + 1} == {row.count("|") for row in (*lines[:2], *rows)}
    assert parts.NOTES[parts.Role.NOTE_2].text in parts.markdown()


@pytest.mark.parametrize(("freq", "part"), list(itertools.product(parts.FREQUENCIES, parts.BY_PARTS)))
def test_validator_follows_the_table(freq, part):
    """A part is refused under a FREQ exactly where the table says N/A (BYSETPOS needs another part beside it)."""
    values = {"BYDAY": "MO", "BYSETPOS": "1;BYMONTH=1"}
    text = f"FREQ={freq};{part}={values.get(part, '1')}"
    if parts.TABLE[part][freq] is parts.Role.FORBIDDEN:
        with pytest.raises(RuleError, match=f"{part} is not allowed with FREQ={freq}") as caught:
            Rule.parse(text)
        assert (part, "1") == (caught.value.part, caught.value.value)
        assert Rule.parse(text, strict=False).problems
    else:
        assert Rule.parse(text).problems == ()


@pytest.mark.parametrize("part", [part for part in parts.BY_PARTS if part not in ("BYDAY", "BYSETPOS")])
def test_ranges(part):
    """Each number of the range is taken, and the next ones on both sides are refused."""
    span = parts.RANGES[part]
    good = list(range(span.low, span.high + 1)) + (list(range(-span.high, -span.low + 1)) if span.signed else [])
    rule = Rule.parse(f"FREQ=YEARLY;{part}={','.join(map(str, good))}")
    assert sorted({59 if (part, number) == ("BYSECOND", 60) else number for number in good}) == list(
        getattr(rule, part.lower())
    )
    for bad in {span.low - 1, span.high + 1, -span.high - 1, *(() if span.signed else (-1,))}:
        with pytest.raises(RuleError, match=f"{part}={bad} is out of range"):
            Rule.parse(f"FREQ=YEARLY;{part}={bad}")
        with pytest.raises(RuleError, match=f"{part}={bad} is out of range"):
            Rule("YEARLY", **{part.lower(): bad})


def lists(part):
    """Draw a list of good values of a part, as texts."""
    span = parts.RANGES[part]
    numbers = st.integers(span.low, span.high)
    if span.signed:
        numbers = numbers | st.integers(-span.high, -span.low)
    return st.lists(numbers, max_size=4)


@st.composite
def fields(draw):
    """Draw what `Rule(...)` takes, such that the RFC allows it."""
    freq = draw(st.sampled_from(parts.FREQUENCIES))
    drawn = {"freq": freq, "interval": draw(st.integers(1, parts.MAX_INTERVAL)), "wkst": draw(st.integers(0, 6))}
    for part in parts.BY_PARTS:
        if part not in parts.FORBIDDEN[freq] and part != "BYDAY":
            drawn[part.lower()] = draw(lists(part))
    ordinals = freq in ("MONTHLY", "YEARLY") and not drawn.get("byweekno")
    ordinal = st.just(0) | (st.integers(-53, 53) if ordinals else st.just(0))
    drawn["byday"] = draw(st.lists(st.tuples(ordinal, st.integers(0, 6)), max_size=4))
    if not any(drawn.get(part.lower()) for part in parts.BY_PARTS if part != "BYSETPOS"):
        drawn["bysetpos"] = ()
    until = st.dates() | st.datetimes() | st.datetimes(timezones=st.just(UTC))
    end = draw(st.none() | st.integers(1, parts.MAX_COUNT) | until)
    drawn["count" if isinstance(end, int) else "until"] = end
    return drawn


@given(fields(), st.randoms())
def test_canonical_text_round_trips(drawn, random):
    """`Rule.parse(str(rule)) == rule`, and order, case and repeats of the text do not matter."""
    rule = Rule(**drawn)
    again = Rule.parse(str(rule))
    assert (rule, hash(rule), str(rule)) == (again, hash(again), str(again))
    assert [getattr(rule, name) for name in ("freq", "interval", "count", "until", "wkst", *FIELDS)] == [
        getattr(again, name) for name in ("freq", "interval", "count", "until", "wkst", *FIELDS)
    ]
    segments = str(rule).split(";")
    random.shuffle(segments)
    for index, segment in enumerate(segments):
        name, value = segment.split("=")
        values = value.split(",")
        if name.startswith("BY"):
            values += [random.choice(values)]
            random.shuffle(values)
        segments[index] = random.choice((str.upper, str.lower))(f"{name}={','.join(values)}")
    assert rule == Rule.parse(";".join(segments))
    assert rule == pickle.loads(pickle.dumps(rule)) == rule.replace()


def test_cache_is_bounded_and_right():
    """More texts than the cache holds leave it within its bound, and every answer right."""
    for count in range(1, rule_module._CACHE_TEXTS + 100):
        assert count == Rule.parse(f"FREQ=DAILY;COUNT={count}").count
        assert len(rule_module._STRICT) <= rule_module._CACHE_TEXTS
    text = "FREQ=YEARLY;BYYEARDAY=" + ",".join(map(str, range(1, 367)))
    assert Rule.parse(text) == Rule.parse(text)
    assert text not in rule_module._STRICT
    assert Rule.parse("FREQ=DAILY;COUNT=7") is Rule.parse("FREQ=DAILY;COUNT=7")


def test_strict_and_lenient_are_cached_apart():
    """A forgiven text is still an error when strict, in either order."""
    text = "FREQ=DAILY;COUNT=3;UNTIL=20260105"
    assert Rule.parse(text, strict=False).problems
    with pytest.raises(RuleError):
        Rule.parse(text)
    assert Rule.parse(text, strict=False).problems


def test_threads_agree():
    """Threads that parse the same texts at once all get the right rules."""
    texts = [f"FREQ=WEEKLY;INTERVAL={number};BYDAY=TU,MO" for number in range(2, 300)]
    wrong = []

    def work():
        wrong.extend(text for text in texts if str(Rule.parse(text)) != text.replace("TU,MO", "MO,TU"))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_subclasses_of_str_are_text():
    """Libraries hand over text of classes of their own; the cache keeps none of them."""

    class Text(str):
        __slots__ = ("owner",)

    assert Rule.parse(Text("FREQ=DAILY;COUNT=77")).count == 77
    assert all(type(key) is str for key in rule_module._STRICT)
