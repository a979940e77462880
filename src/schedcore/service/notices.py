"""Notices on the wire, with an iTIP message for those whom no calendar of this store tells.

Rules of this module:

1. A notice goes out as the library gives it; values are JSON, in the form of `meetings.codec`.
2. Who has no account reads of a meeting in their mail alone: their notice has the message of RFC 5546 to attach, about
   the whole or the one instance. An organizer elsewhere gets a REPLY. Where the message cannot be written, because
   somebody who must be named in it has no mail address, `itip` is "" and the notice goes all the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from schedcore.errors import CalendarError
from schedcore.meetings import Channel, Kind, Meeting, Notice, codec, itip
from schedcore.service.times import time_message
from schedcore.v1 import common_pb2

__all__ = ["CHANNELS", "notice_message", "notices_of_meeting"]

#: Ways of a notice, a reminder or a digest: what the library and the wire call each.
CHANNELS: Final = {
    Channel.MAIL: common_pb2.CHANNEL_MAIL,
    Channel.INTERNAL: common_pb2.CHANNEL_INTERNAL,
    Channel.SMS: common_pb2.CHANNEL_SMS,
    Channel.POP_UP: common_pb2.CHANNEL_POP_UP,
    Channel.CHAT: common_pb2.CHANNEL_CHAT,
}
_INVITING: Final = (Kind.INVITED, Kind.CHANGED, Kind.REMINDED, Kind.REFRESHED)


def notice_message(notice: Notice, message: str = "") -> common_pb2.Notice:
    """A notice as a message, with an iTIP message to attach.

    >>> found = notice_message(Notice("poll invited", "ben", Channel.MAIL, "p1", by="anna", data=[("places", 3)]))
    >>> found.kind, found.data["places"]
    ('poll invited', '3')
    """
    plain = codec.to_json(notice)
    return common_pb2.Notice(
        kind=str(notice.kind),
        to=notice.to,
        channel=CHANNELS[notice.channel],
        about=notice.about,
        by=notice.by,
        occurrence=None if notice.occurrence is None else time_message(notice.occurrence),
        changes=[
            common_pb2.Change(name=one["name"], before=_json(one["before"]), after=_json(one["after"]))
            for one in plain["changes"]
        ],
        reason=notice.reason,
        link=notice.link,
        suppressible=notice.suppressible,
        data={name: _json(value) for name, value in plain["data"]},
        itip=message,
    )


def notices_of_meeting(meeting: Meeting, notices: Iterable[Notice], now: datetime) -> list[common_pb2.Notice]:
    """The notices of a meeting as it is after the command that caused them."""
    return [notice_message(one, _itip(meeting, one, now)) for one in notices]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _itip(meeting: Meeting, notice: Notice, now: datetime) -> str:
    if _has_account(meeting, notice.to):
        return ""
    write: Callable[[], bytes]
    if notice.kind == Kind.ANSWERED:
        who = str(dict(notice.data)["participant"])
        write = lambda: itip.reply(meeting, who, now, notice.occurrence)  # noqa: E731 - one of three ways to write
    elif notice.kind == Kind.CANCELLED:
        write = lambda: itip.cancel(meeting, now, notice.occurrence)  # noqa: E731
    elif notice.kind in _INVITING or not isinstance(notice.kind, Kind):  # the date of a poll was chosen
        write = lambda: itip.request(meeting, now, notice.occurrence)  # noqa: E731
    else:
        return ""
    try:
        return write().decode()
    except CalendarError:
        return ""


def _has_account(meeting: Meeting, name: str) -> bool:
    one = meeting.participant(name)
    guest = meeting.creator if one is None else one.guest
    return guest.account
