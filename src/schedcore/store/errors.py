"""What a store says no with: not there, there already, changed meanwhile, and a database that cannot do it now.

Rules of this module:

1. Nothing that was refused is half done: the transaction in which it happened is rolled back as a whole.
2. `Unavailable` is the database's fault and never the caller's: somebody must do what the message says. Of its kind,
   `Conflict` says that the same call may well succeed at once.
3. A message never has the password of a store's URL in it, nor what was to be stored.
"""

from __future__ import annotations

from schedcore.errors import SchedcoreError, shorten

__all__ = ["Conflict", "Exists", "NotFound", "Stale", "Unavailable", "WrongRevision"]


class NotFound(SchedcoreError):
    """There is no such thing in the store; `kind` says what was looked for, `id` which.

    >>> str(NotFound.of("poll", "p1"))
    "poll 'p1' is not there"
    """

    def __init__(self, message: str, *, kind: str = "", id: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.id = id

    @classmethod
    def of(cls, kind: str, id: str) -> NotFound:
        """The error for a kind of thing and the id that nothing has."""
        return cls(f"{kind} {shorten(id)} is not there", kind=kind, id=id)


class Exists(SchedcoreError):
    """The id is taken, also where what had it was deleted; `kind` and `id` as in `NotFound`."""

    def __init__(self, message: str, *, kind: str = "", id: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.id = id

    @classmethod
    def of(cls, kind: str, id: str) -> Exists:
        """The error for a kind of thing and the id that is taken."""
        return cls(f"{kind} {shorten(id)} is there already: take another id, or edit that one", kind=kind, id=id)


class Stale(SchedcoreError):
    """What was to be changed has changed since the caller read it: `given` is their etag, `current` the one it has.

    >>> str(Stale.of("poll", "p1", given="7", current="9"))
    "poll 'p1' has etag '9', not '7': read it again and repeat the change"
    """

    def __init__(self, message: str, *, kind: str = "", id: str = "", given: str = "", current: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.id = id
        self.given = given
        self.current = current

    @classmethod
    def of(cls, kind: str, id: str, *, given: str, current: str) -> Stale:
        """The error for a thing, the etag that was given and the one that it has."""
        said = f"{kind} {shorten(id)} has etag {shorten(current)}, not {shorten(given)}"
        return cls(f"{said}: read it again and repeat the change", kind=kind, id=id, given=given, current=current)


class Unavailable(SchedcoreError):
    """The database cannot do it now, and has done nothing of it.

    `reason` is one of "gone" (no connection), "full" (no space), "read-only", "damaged", and those of `Conflict`. Of
    "gone" during the last step, the commit, nobody can know whether it was done: repeat it with the same request id.
    """

    def __init__(self, message: str, *, reason: str = "gone") -> None:
        super().__init__(message)
        self.reason = reason


class Conflict(Unavailable):
    """Other calls were in the way, and the same call may well succeed if it is run again at once.

    `reason` is "busy" (locked by others for too long) or "conflict" (two changed the same things at the same time).
    """


class WrongRevision(SchedcoreError):
    """The tables of a store are of another version than this program; `found` and `wanted` are the revisions."""

    def __init__(self, message: str, *, found: str = "", wanted: str = "") -> None:
        super().__init__(message)
        self.found = found
        self.wanted = wanted
