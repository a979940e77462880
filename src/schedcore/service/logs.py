"""The log: one line of JSON a call, and one for what the server does itself.

Rules of this module:

1. A line says when, which call (an id of its own, the method), who (a person, a back end, or the one for the other),
   how it ended and how long it took. Nothing of what was asked or answered: no titles, no descriptions, no tokens, no
   message of an error, which may quote a value.
2. A mistake of ours is logged with its traceback, under the id that its answer carries. Frames, the error's type and,
   of one of the system's, its name are kept; its text is not, for it may quote what people wrote.
3. Lines are whole: each is one write.
"""

from __future__ import annotations

import errno
import json
import sys
import traceback
from datetime import UTC, datetime
from typing import Any, Final, TextIO

__all__ = ["Log"]

#: Made once: json.dumps makes one for each line that is not written its own way.
_JSON: Final = json.JSONEncoder(separators=(",", ":"))


class Log:
    """Writes lines of JSON.

    >>> import io
    >>> out = io.StringIO()
    >>> Log(out).call("1", "/schedcore.v1.PollService/Vote", "anna", "OK", 0.0042)
    >>> sorted(json.loads(out.getvalue()))
    ['at', 'call', 'method', 'milliseconds', 'principal', 'status']
    """

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out

    def call(self, call: str, method: str, principal: str | None, status: str, seconds: float, **more: Any) -> None:
        """Log a call that has ended."""
        milliseconds = round(seconds * 1000, 3)
        self._line(call=call, method=method, principal=principal, status=status, milliseconds=milliseconds, **more)

    def event(self, event: str, **more: Any) -> None:
        """Log something that the server did."""
        self._line(event=event, **more)

    def mistake(self, call: str, method: str, error: BaseException) -> None:
        """Log an error that nobody foresaw."""
        frames = [
            f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
        ]
        name = type(error).__qualname__
        self._line(event="mistake", call=call, method=method, error=name, **_of_the_system(error), frames=frames)

    def _line(self, **values: Any) -> None:
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        out = self._out if self._out is not None else sys.stderr
        out.write(_JSON.encode({"at": at, **values}) + "\n")
        out.flush()


def _of_the_system(error: BaseException) -> dict[str, str]:
    """The system's name of its error, such as ENOSPC; those of ssl and of names on the net have other numbers."""
    number = error.errno if isinstance(error, OSError) and type(error).__module__ == "builtins" else None
    return {"errno": errno.errorcode[number]} if isinstance(number, int) and number in errno.errorcode else {}
