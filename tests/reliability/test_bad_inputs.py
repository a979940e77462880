"""Inputs that hang, crash or mislead engines: each ends in its one right answer, or in a typed error that says why."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from reliability.case import MOST, Case, Error, worded
from reliability.inputs import SECTIONS
from schedcore.errors import RuleError, SchedcoreError

HOME = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=f"{section}: {case.shown}".encode("ascii", "replace").decode())
        for section, cases in SECTIONS.items()
        for case in cases
    ],
)
def test_answer(case: Case) -> None:
    """The answer is the one that is expected, and one line tells it."""
    outcome = case.outcome()
    assert case.is_right(outcome), f"{case.shown}: {outcome!r}"
    assert len(worded(outcome)) <= MOST + 30
    assert not isinstance(outcome, SchedcoreError) or len(str(outcome)) < 1000


def test_wrong_answers_are_seen() -> None:
    """The comparison can fail: another type, another text, an answer in place of an error and the other way round."""
    refused = Case("", lambda _: None, Error(RuleError, "INTERVAL"))
    assert refused.is_right(RuleError("INTERVAL=0"))
    assert not any(map(refused.is_right, (RuleError("COUNT=0"), SchedcoreError("INTERVAL=0"), None, "INTERVAL=0")))
    answered = Case("", lambda _: None, [1])
    assert answered.is_right([1]) and not answered.is_right([2]) and not answered.is_right(RuleError("1"))


def _tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bad_inputs", HOME / "tools" / "bad_inputs.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_says_what_is_answered() -> None:
    """docs/reliability.md has each input with the answer that it gets now; a page that does not is told apart."""
    tool = _tool()
    assert [] == tool.differences(tool.PAGE.read_text(encoding="utf-8"))
    stale = tool.PAGE.read_text(encoding="utf-8").replace("INTERVAL=0 is out of range", "INTERVAL=0 is fine", 1)
    (said,) = tool.differences(stale)
    assert "INTERVAL=0" in said
