"""What is fuzzed holds for seeds and for every input that was ever a finding; and the harness sees what is wrong."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parents[2]
FOUND = Path(__file__).parent / "found"
sys.path.insert(0, str(HOME))

from fuzz import producer  # noqa: E402 - it lies beside the tests
from fuzz.draws import Draws  # noqa: E402
from fuzz.targets import names, target  # noqa: E402
from schedcore import Rule  # noqa: E402
from schedcore.bulk import columns  # noqa: E402


def inputs() -> Iterator[object]:
    """Target and input, named."""
    for name in names():
        for number, seed in enumerate(target(name).seeds()):
            yield pytest.param(name, seed, id=f"{name} {number}")
        for file in sorted((FOUND / name).glob("*")):
            yield pytest.param(name, file.read_bytes(), id=f"{name} {file.name}")


@pytest.mark.parametrize(("name", "data"), list(inputs()))
def test_input(name: str, data: bytes) -> None:
    """Seeds, and what was found: every one is answered, and every answer holds."""
    target(name).check(data)


@pytest.mark.parametrize("name", names())
def test_target(name: str) -> None:
    """Each says what it tries, has seeds, words that differ, and takes what is hardly an input."""
    one = target(name)
    assert one.__doc__ and "must hold" in one.__doc__
    assert len(list(one.seeds())) > 4
    assert len(set(one.WORDS)) == len(one.WORDS)
    for data in (b"", b"\0", b"\xff" * 3, b"\x02\x00" * 20):
        one.check(data)


def test_all_targets_are_found() -> None:
    """A module beside the others is a target; one that got lost is missed here."""
    assert {"arrow", "calendars", "codecs", "requests", "rules", "zones"} <= set(names())


def test_a_wrong_answer_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule whose text means another one, and a column whose values are others, do not pass."""
    monkeypatch.setattr(Rule, "__str__", lambda self: "FREQ=YEARLY")
    with pytest.raises(AssertionError):
        target("rules").check(b"\0\0\0FREQ=DAILY;COUNT=3")
    monkeypatch.undo()
    made = producer.Made("l", [None, bytes(8)], [1], 0, 0)
    monkeypatch.setattr(producer, "column", lambda draws: made)
    with pytest.raises(AssertionError, match="'l'"):
        target("arrow").check(b"\0" * 8)
    producer.alive.clear()


def test_a_column_that_is_not_released_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever keeps a column keeps its memory, and the target says so."""
    kept = []
    real = columns.column
    monkeypatch.setattr(columns, "column", lambda name, values: kept.append(real(name, values)) or kept[-1])
    numbers = producer.Made("l", [None, bytes(8)], [0], 0, 0)
    monkeypatch.setattr(producer, "column", lambda draws: numbers)
    with pytest.raises(AssertionError, match="not released"):
        target("arrow").check(b"\0" * 8)
    kept.clear()
    assert not producer.alive


def test_draws() -> None:
    """Choices out of bytes, in their order; zeros behind the end."""
    draws = Draws(bytes([7, 1, 0x34, 0x12, 3, 97, 98, 99, 9]))
    assert (1, True, 0x1234, b"abc", 9, 0, b"") == (
        draws.below(3), draws.flag(), draws.number(2), draws.text(9), draws.byte(), draws.byte(), draws.text(5),
    )  # fmt: skip
    assert b"xyz" == Draws(b"xyz").rest()
    assert 0x0102 == Draws(b"\1\2").below(1000) and "b" == Draws(b"\4").of("abc")


def test_a_mistake_of_a_handler_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the server would answer with INTERNAL does not pass; a refusal does."""
    one = target("requests")
    seeds = list(one.seeds())

    def wrong(*given: object) -> None:
        raise KeyError("n")

    monkeypatch.setattr("schedcore.service.recurrence._kept", wrong)
    with pytest.raises(AssertionError, match="a mistake of the server's"):
        for seed in seeds:
            one.check(seed)
