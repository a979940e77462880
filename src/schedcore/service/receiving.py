"""iTIP messages of other systems: each command that a text holds, done to the meeting that it names.

Rules of this module:

1. A message says itself whom it is from, so only a back end hands one in: it has received the mail, and vouches for its
   sender (RFC 5546 6.1.1). A person could answer in the name of everybody else.
2. What is refused, comes too late or cannot be read is a report, and all the rest is done.
3. An invitation is kept if it invites somebody who has an account here. A poll's id is its future meeting's, and nobody
   takes it by mail.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from schedcore.errors import InvalidValue, LimitExceeded, NotAllowed, Refused, shorten
from schedcore.meetings import Meeting, Notice, Request, apply, itip
from schedcore.meetings.commands import Message
from schedcore.policy import Directory
from schedcore.service import placing
from schedcore.service.calls import Call
from schedcore.service.errors import field
from schedcore.service.notices import notices_of_meeting
from schedcore.store import Conflict, Exists, NotFound, directory, polls
from schedcore.v1 import meeting_pb2

__all__ = ["receive"]

#: Bytes of a message: it is about one event, and mail systems cut at some megabytes.
_MOST: Final = 1 << 20


def receive(call: Call, request: meeting_pb2.ReceiveRequest) -> meeting_pb2.ReceiveResponse:
    """Do what a message asks for."""
    if not call.caller.backend:
        raise NotAllowed("a message says itself whom it is from: only a back end, which knows, hands one in")
    with field("message"):
        if len(request.message) > _MOST:
            raise LimitExceeded("max_message_bytes", allowed=_MOST, reached=len(request.message))
        received = itip.read(request.message)
        received = itip.read(request.message, directory=_known(call.tx, received.messages))
    reports = list(received.problems)
    changed: dict[str, Meeting] = {}
    notices: list[Any] = []
    for uid, command in received.messages:
        try:
            meeting, told = _taken(call, uid, command)
        except Refused as error:
            reports.append(f"{error.command} from {shorten(command.by)}, {error.reason}: {error}")
        except (InvalidValue, LimitExceeded) as error:
            reports.append(f"UID {shorten(uid)}: {error}")
        else:
            changed[uid] = meeting
            notices += notices_of_meeting(meeting, told, call.now)
    return meeting_pb2.ReceiveResponse(method=received.method, ids=changed, notices=notices, reports=reports)


def _known(tx: Any, messages: Iterable[tuple[str, Message]]) -> Directory:
    """Those here whom messages name."""
    addresses: set[str] = set()
    for _, command in messages:
        addresses.add(command.by)
        if isinstance(command, Request):
            for guest in (command.creator, *command.guests):
                addresses.update(guest.addresses)
    ids = directory.by_address(tx, addresses).values()
    return directory.around(tx, ids)


def _taken(call: Call, uid: str, command: Message) -> tuple[Meeting, list[Notice]]:
    """Do one command to the meeting of a UID, and keep it."""
    try:
        before = placing.load(call.tx, uid).value
    except NotFound:
        return _made(call, uid, command)
    after, notices = apply(before, command, call.now)
    if after != before:
        placing.save(call.tx, before, after)
    return after, notices


def _made(call: Call, uid: str, command: Message) -> tuple[Meeting, list[Notice]]:
    """A meeting that is kept elsewhere, from its first message."""
    after, notices = apply(None, command, call.now)
    if not any(one.guest.account for one in after.participants):
        raise Refused(
            "nobody who has an account here is invited: there is no calendar to write it into",
            command=type(command).__name__,
            reason="nobody_here",
        )
    if polls.head(call.tx, uid) is not None:
        raise Refused("this id is taken", command=type(command).__name__, reason="exists")
    try:
        placing.create(call.tx, after)
    except Exists as error:
        raise Conflict("the same message came twice at once: run it again", reason="conflict") from error
    return after, notices
