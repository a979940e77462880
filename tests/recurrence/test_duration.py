"""`Duration`: nominal days and exact seconds are never mixed up (RFC 5545 3.3.6)."""

import copy
import pickle
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedcore import Duration
from schedcore.errors import InvalidValue


@pytest.mark.parametrize(
    ("text", "days", "seconds"),
    [
        ("P15DT5H0M20S", 15, 18020),  # RFC 5545 3.3.6, first example
        ("P7W", 49, 0),  # RFC 5545 3.3.6, second example
        ("PT1H", 0, 3600),
        ("PT24H", 0, 86400),
        ("P1D", 1, 0),
        ("+P1D", 1, 0),
        ("-PT15M", 0, -900),
        ("-P1DT1S", -1, -1),
        ("P1DT2H", 1, 7200),
        ("PT1H20S", 0, 3620),
        ("pt30m", 0, 1800),
        ("P0D", 0, 0),
        ("PT0S", 0, 0),
        ("P" + "0" * 50 + "3D", 3, 0),
    ],
)
def test_parse(text, days, seconds):
    """Each form of the grammar, and the two forgiven ones, gives days and seconds."""
    assert Duration(days, seconds) == Duration.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "P", "PT", "P1DT", "T1H", "1D", "P1", "PD", "P1H", "PT1D", "P1D1D", "PT1M1H", "P1.5D", "P-1D", "--P1D"),
        *("P 1D", "P1D ", "P1_0D", "P٣D", "P\uff13D", "P1D\0", "P1Y", "P1M", "+-P1D", "PT1HT1H", "PT1H\n"),
    ],
)
def test_junk_is_named(text):
    """What cannot be read is an error that shows it."""
    with pytest.raises(InvalidValue) as caught:
        Duration.parse(text)
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize("text", ["P999999999W", "PT999999999999S", "P3652059D", "-P3652059D", "P" + "9" * 50 + "D"])
def test_longer_than_the_calendar_is_refused(text):
    """P999999999W is 19 million years: the message names the bound."""
    with pytest.raises(InvalidValue, match=r"over \d+ (days|seconds)") as caught:
        Duration.parse(text)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("text", ["P" + "9" * 10**6 + "D", "P" + "0" * 10**6 + "1D", "x" * 10**6])
def test_long_text_is_refused_unread(text):
    """No duration needs a megabyte; the message stays short."""
    with pytest.raises(InvalidValue, match="over 100 characters") as caught:
        Duration.parse(text)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize(
    "arguments",
    [
        {"days": 10**7},
        {"seconds": 10**12},
        {"days": 1.5},
        {"days": True},
        {"days": "1"},
        {"days": None},
        {"seconds": timedelta(1)},
        {"days": 1, "seconds": -1},
        {"days": -1, "seconds": 1},
    ],
)
def test_constructor_checks(arguments):
    """Wrong types, numbers beyond the calendar and two signs are refused, with the value in the message."""
    with pytest.raises(InvalidValue, match=r"Duration\("):
        Duration(**arguments)


def test_nominal_and_exact_differ():
    """PT24H is not P1D: they part company on the day the clocks change."""
    assert Duration(days=1) != Duration(seconds=86400)
    assert len({Duration(days=1), Duration(seconds=86400), Duration.parse("P1D")}) == 2
    assert [str(Duration.parse(text)) for text in ("P1D", "PT24H", "PT25H")] == ["P1D", "PT24H", "PT25H"]


def test_of():
    """A timedelta is exact, a Duration itself, and nothing else is taken."""
    nominal = Duration(days=2)
    assert Duration.of(nominal) is nominal
    assert Duration(seconds=172800) == Duration.of(timedelta(days=2))
    assert Duration(seconds=-1) == Duration.of(timedelta(seconds=-1))
    for bad in (timedelta(microseconds=1), 5, "PT1H", None):
        with pytest.raises(InvalidValue):
            Duration.of(bad)


def test_frozen_and_portable():
    """A value that cannot be set, and travels to other processes."""
    value = Duration(1, 2)
    with pytest.raises(AttributeError):
        value.days = 3
    assert value == pickle.loads(pickle.dumps(value)) == copy.deepcopy(value)
    assert value != (1, 2)


@given(st.integers(0, 3_652_058), st.integers(0, 315_537_897_599), st.sampled_from((1, -1)))
def test_text_round_trips(days, seconds, sign):
    """What `str` writes is read back as the same duration."""
    value = Duration(sign * days, sign * seconds)
    assert value == Duration.parse(str(value))


@given(st.text("PTWDHMS+-0123456789 ", max_size=30))
def test_any_text_is_read_or_refused(text):
    """No text raises anything but the typed error."""
    try:
        value = Duration.parse(text)
    except InvalidValue:
        return
    assert value == Duration.parse(str(value))
