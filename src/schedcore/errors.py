"""One tree of errors: everything schedcore raises on purpose.

Rules of this module:

1. `SchedcoreError` is the root. Catching it catches all that schedcore says no to, and nothing else.
2. Bad input by the caller is an `InvalidValue`, which is a `ValueError` too: code that knows only Python's own
   errors keeps working.
3. A message carries the value, the place it stood in, and what to do. Values come from strangers, so they are
   shortened (`shorten`) and never printed raw: a `repr` shows NUL bytes and line ends instead of sending them on.
4. An error can be pickled and copied with all it carries, since work runs in other processes too.

What this module does not do: it logs nothing and knows nothing of the rooms above it.
"""

from __future__ import annotations

__all__ = [
    "CalendarError",
    "Cancelled",
    "ColumnError",
    "InvalidValue",
    "LimitExceeded",
    "NotAllowed",
    "Refused",
    "RuleError",
    "SchedcoreError",
    "SeriesError",
    "ZoneError",
    "shorten",
]


class SchedcoreError(Exception):
    """The root of every error that schedcore raises on purpose.

    >>> issubclass(RuleError, SchedcoreError) and issubclass(LimitExceeded, SchedcoreError)
    True
    """


class InvalidValue(SchedcoreError, ValueError):
    """A value given by the caller cannot be used; the message names it and says what to do.

    >>> issubclass(InvalidValue, ValueError)
    True
    """


class RuleError(InvalidValue):
    """A recurrence rule is malformed, or says what RFC 5545 3.3.10 forbids.

    `part` is the rule part at fault ("BYDAY", "UNTIL", ...; None for the rule as a whole) and `value` the value it
    had, as it was given.

    >>> error = RuleError("INTERVAL=0: give 1 or more", part="INTERVAL", value="0")
    >>> error.part, error.value, str(error)
    ('INTERVAL', '0', 'INTERVAL=0: give 1 or more')
    """

    def __init__(self, message: str, *, part: str | None = None, value: object = None) -> None:
        super().__init__(message)
        self.part = part
        self.value = value


class SeriesError(InvalidValue):
    """DTSTART, rule, duration, overrides or the window asked for do not fit each other.

    >>> issubclass(SeriesError, InvalidValue)
    True
    """


class ZoneError(InvalidValue):
    """A time zone is unknown, or its data are damaged.

    >>> issubclass(ZoneError, InvalidValue)
    True
    """


class CalendarError(InvalidValue):
    """A text cannot be read as iCalendar at all; a single bad component is a problem of its calendar instead.

    >>> issubclass(CalendarError, InvalidValue)
    True
    """


class ColumnError(InvalidValue):
    """A column has the wrong type, length or order, or a row of it makes no sense.

    >>> issubclass(ColumnError, InvalidValue)
    True
    """


class LimitExceeded(SchedcoreError):
    """A named limit was reached, and the work stopped there with nothing half done.

    `limit` is the name of the limit, `allowed` its value and `reached` how far the work got.

    >>> error = LimitExceeded("max_occurrences", allowed=1000, reached=1001)
    >>> error.limit, error.allowed, error.reached
    ('max_occurrences', 1000, 1001)
    >>> print(error)
    max_occurrences=1000 was reached (1001): ask for less, or raise the limit max_occurrences
    """

    def __init__(self, limit: str, *, allowed: int, reached: int, message: str | None = None) -> None:
        super().__init__(
            message or f"{limit}={allowed} was reached ({reached}): ask for less, or raise the limit {limit}"
        )
        self.limit = limit
        self.allowed = allowed
        self.reached = reached

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by what it carries: the default would call `__init__` with the message alone."""
        return _limit_exceeded, (self.limit, self.allowed, self.reached, str(self))


def _limit_exceeded(limit: str, allowed: int, reached: int, message: str) -> LimitExceeded:
    return LimitExceeded(limit, allowed=allowed, reached=reached, message=message)


class Cancelled(SchedcoreError):
    """A cancel flag or a deadline stopped the work before it was done.

    >>> issubclass(Cancelled, InvalidValue)
    False
    """


class NotAllowed(SchedcoreError):
    """Somebody may not do what they asked for; the message says who, what, and who may.

    It is no bad input: the same question by another, or at another time, has an answer.

    >>> issubclass(NotAllowed, InvalidValue)
    False
    """


class Refused(SchedcoreError):
    """A command to a meeting or a poll does not fit its state, or comes from somebody who may not; nothing changed.

    `command` is the name of the command's type, `reason` a short code that a program can tell apart ("closed",
    "not_creator", ...); the message says the same to people, and what to do.

    >>> error = Refused("the poll is closed: make another one", command="Vote", reason="closed")
    >>> error.command, error.reason, str(error)
    ('Vote', 'closed', 'the poll is closed: make another one')
    """

    def __init__(self, message: str, *, command: str = "", reason: str = "") -> None:
        super().__init__(message)
        self.command = command
        self.reason = reason


def shorten(value: object, width: int = 80) -> str:
    """Give the `repr` of a value for a message, cut in the middle to at most `width` characters.

    A cut text says how long the whole was. Never raises: a value whose `repr` fails is named by its type. Costs no
    more than a `repr`; of a long text or bytes only its ends are looked at.

    >>> shorten("MO,2TU")
    "'MO,2TU'"
    >>> shorten("9" * 1_000_000, width=40)
    "'9999999999…9999999999' (1000000 in all)"
    """
    whole = len(value) if isinstance(value, (str, bytes)) else None
    if whole is not None and whole > 2 * width:
        # A repr shows each end of a text as it would show it in the whole, so the ends alone are enough.
        assert isinstance(value, (str, bytes))
        text = repr(value[:width])[:-1] + repr(value[-width:])[1 + isinstance(value, bytes) :]
    else:
        try:
            text = repr(value)
        except Exception:  # a stranger's __repr__ may fail in any way, and the real error must still be told
            text = f"<{type(value).__name__} without a repr>"
        if len(text) <= width:
            return text
        if whole is None:
            whole = len(text)
    tail = f" ({whole} in all)"
    room = max(width - len(tail) - 1, 2)
    head = (room + 1) // 2
    return f"{text[:head]}…{text[len(text) - (room - head) :]}{tail}"
