"""What a bad input is here: how it is shown, what is asked of it, and the one answer that is right.

The modules beside this one list them by subject; `test_bad_inputs` holds the answers, and `tools/bad_inputs.py` writes
them down, with the time and the memory they take, as the table of docs/reliability.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from schedcore.errors import SchedcoreError, shorten

#: How much of an answer the table shows.
MOST: Final = 110


@dataclass(frozen=True)
class Error:
    """The answer that is an error of this type, or of one below it, and says this among other things."""

    kind: type[SchedcoreError]
    says: str


@dataclass(frozen=True)
class Begins:
    """The answer that is a text which begins like this."""

    text: str


@dataclass(frozen=True)
class Case:
    """An input. `ask` is given what `given` makes, which is not part of what is measured."""

    shown: str
    ask: Callable[[Any], Any]
    answer: Any
    given: Callable[[], Any] = lambda: None

    def outcome(self) -> Any:
        """What comes of it: an answer, or the error that was raised. Anything but ours passes through."""
        made = self.given()
        try:
            return self.ask(made)
        except SchedcoreError as error:
            return error

    def is_right(self, outcome: Any) -> bool:
        """Whether that is what must come of it."""
        if isinstance(self.answer, Error):
            return isinstance(outcome, self.answer.kind) and self.answer.says in str(outcome)
        if isinstance(self.answer, Begins):
            return isinstance(outcome, str) and outcome.startswith(self.answer.text)
        return not isinstance(outcome, SchedcoreError) and bool(outcome == self.answer)


def worded(outcome: Any) -> str:
    """An outcome in a line of the table."""
    if isinstance(outcome, SchedcoreError):
        text = f"{type(outcome).__name__}: {outcome}"
        return text if len(text) <= MOST else f"{text[: MOST - 1]}…"
    return outcome if isinstance(outcome, str) and len(outcome) <= MOST else shorten(outcome, MOST)
