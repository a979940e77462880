"""The tree of errors: what a caller may rely on when schedcore says no."""

import copy
import pickle

import pytest

from schedcore import errors
from schedcore.errors import InvalidValue, LimitExceeded, Refused, RuleError, SchedcoreError, shorten

CLASSES = [getattr(errors, name) for name in errors.__all__ if name != "shorten"]


@pytest.mark.parametrize("kind", CLASSES)
def test_one_root(kind):
    """`except SchedcoreError` catches everything that is raised on purpose."""
    assert issubclass(kind, SchedcoreError)


@pytest.mark.parametrize("name", ["RuleError", "SeriesError", "ZoneError", "CalendarError", "ColumnError"])
def test_bad_input_is_a_value_error(name):
    """Code that knows only Python's own errors keeps working."""
    assert issubclass(getattr(errors, name), InvalidValue)
    assert issubclass(getattr(errors, name), ValueError)


@pytest.mark.parametrize("name", ["LimitExceeded", "Cancelled", "NotAllowed", "Refused"])
def test_stopped_work_is_no_value_error(name):
    """A limit or a cancel flag is not the fault of one value."""
    assert not issubclass(getattr(errors, name), ValueError)


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))])
def test_errors_travel_whole(again):
    """An error raised in another process arrives with all it carries."""
    rule = again(RuleError("no", part="BYDAY", value="XX"))
    assert ("BYDAY", "XX", "no") == (rule.part, rule.value, str(rule))
    refused = again(Refused("closed already", command="Vote", reason="closed"))
    assert ("Vote", "closed", "closed already") == (refused.command, refused.reason, str(refused))
    limit = again(LimitExceeded("max_rows", allowed=3, reached=4, message="stop"))
    assert ("max_rows", 3, 4, "stop") == (limit.limit, limit.allowed, limit.reached, str(limit))


@pytest.mark.parametrize(
    "value",
    ["x" * 10**6, b"\0" * 10**6, "\n" * 500, list(range(10**5)), {"a": "b" * 10**5}, 10**400],
    ids=["text", "bytes", "lines", "list", "dict", "int"],
)
@pytest.mark.parametrize("width", [40, 80])
def test_shorten_bounds_every_value(value, width):
    """However long the value, the message stays short, and says that something is missing."""
    text = shorten(value, width)
    assert len(text) <= width
    assert "…" in text and text.endswith("in all)")


@pytest.mark.parametrize("value", ["MO", b"MO", 7, None, ["a"], "x" * 78, "é" * 78])
def test_shorten_leaves_short_values_alone(value):
    """What fits is shown as `repr` shows it."""
    assert shorten(value) == repr(value)


def test_shorten_hides_control_characters():
    """NUL bytes and line ends must not reach a log raw."""
    assert shorten("a\0b\r\n") == r"'a\x00b\r\n'"
    assert shorten("a\0b\r\n" * 1000).isprintable()


def test_shorten_survives_a_broken_repr():
    """The error that is being told must not be lost to another one."""

    class Broken:
        def __repr__(self):
            raise RuntimeError

    assert shorten(Broken()) == "<Broken without a repr>"


def test_shorten_keeps_both_ends():
    """The cut is in the middle: both ends help to find the value."""
    text = shorten("begin" + "x" * 1000 + "end")
    assert text.startswith("'begin") and "end' (1008 in all)" in text
