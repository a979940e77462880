"""`apply`: a command to a meeting gives the meeting afterwards and what must be sent, or it is refused.

Rules of this module:

1. What may be done, by whom, and what follows stands in `table`; this walks it. A command for which there is no row, or
   whose principal is not who the row asks for, is `errors.Refused`, with a code and a sentence.
2. Who acts for somebody else needs Read-write on their calendar at that moment (P5, M17): `deputies` knows. Without
   them nobody acts for anybody.
3. Nobody is told of what they did themselves.
4. A log of commands that were taken, replayed in order, gives the same value (`replay`): the right to act was checked
   when they were taken, so it is not asked again.
5. A message (RFC 5546 2.1.5) counts only if nothing newer was seen: of answers, SEQUENCE not before the last reset and
   DTSTAMP not before that of the last answer; of an organizer's messages, the pair of both not before that of the last.

What this module does not do: it sends nothing, reads no clock and keeps no meeting.

Product rules: M4, M5, M6, M7, M8, M10, M11, M13, M17, M18, M19, M20, M22, M23, M34, P5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

from schedcore.errors import InvalidValue, shorten
from schedcore.meetings import commands as c
from schedcore.meetings import receiving
from schedcore.meetings.changing import (
    GIVES,
    At,
    Effect,
    answered,
    cancelled,
    created,
    edited,
    invited,
    refused,
    reminded,
    removed,
)
from schedcore.meetings.meeting import Given, Meeting, Participant, State
from schedcore.meetings.notices import Channel, Notice
from schedcore.meetings.pending import moment_of
from schedcore.meetings.people import Deputies, Guest
from schedcore.meetings.table import Row, To, When, Who, rows_of
from schedcore.policy import Answer, Caps

__all__ = ["apply", "replay"]


def apply(
    meeting: Meeting | None,
    command: c.Command,
    now: datetime,
    *,
    deputies: Deputies | None = None,
    caps: Caps | None = None,
) -> tuple[Meeting, list[Notice]]:
    """Do a command at a moment: the meeting afterwards (None before it is made), and the notices to send.

    `now` is an aware datetime; `deputies` knows who may act for whom, `caps` how many instances a series without end
    has. Raises Refused, and then nothing has changed; InvalidValue for a `now` without a zone or what is no command.
    Cost: linear in participants and their answers, and for single instances a seek in the series.

    >>> from datetime import UTC
    >>> from schedcore import Series
    >>> from schedcore.meetings import Accept, Create
    >>> noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    >>> made = Create(by="anna", id="1", creator=Guest("anna", True), series=Series(noon), guests=[Guest("b@example.com")])
    >>> meeting, notices = apply(None, made, noon)
    >>> meeting.state.value, [(notice.to, notice.kind.value) for notice in notices]
    ('meeting', [('b@example.com', 'meeting invited')])
    >>> meeting, notices = apply(meeting, Accept(by="B@Example.com"), noon)
    >>> meeting.participants[0].given.answer.value, notices
    ('accepted', [])
    """  # noqa: E501 - a line of the example
    return _apply(meeting, command, now, Deputies() if deputies is None else deputies, caps)


def replay(
    log: Iterable[tuple[c.Command, datetime]], meeting: Meeting | None = None, *, caps: Caps | None = None
) -> Meeting | None:
    """The meeting after commands that were taken, in order; `Refused` if one of them cannot have been.

    >>> from datetime import UTC, timedelta
    >>> from schedcore import Series
    >>> from schedcore.meetings import Accept, Create, Guest
    >>> now, anna, ben = datetime(2026, 3, 2, 9, tzinfo=UTC), Guest("anna", True), Guest("ben", True)
    >>> lunch = Series(now + timedelta(days=1), duration=timedelta(hours=1))
    >>> invited = Create(by="anna", id="m1", creator=anna, series=lunch, guests=[ben])
    >>> log = [(invited, now), (Accept(by="ben"), now + timedelta(minutes=5))]
    >>> replay(log).participant("ben").given.answer.value
    'accepted'
    """
    for command, now in log:
        meeting, _ = _apply(meeting, command, now, None, caps)
    return meeting


def _apply(
    meeting: Meeting | None, command: c.Command, now: datetime, deputies: Deputies | None, caps: Caps | None
) -> tuple[Meeting, list[Notice]]:
    if not isinstance(command, c.Command) or type(command) not in EFFECTS:
        raise InvalidValue(f"{shorten(command)} is no command: pass one of {', '.join(_NAMES)}")
    at = At(int(moment_of(now).timestamp()), Caps() if caps is None else caps)
    rows = _rows(meeting, command)
    _check_who(meeting, command, rows[0], deputies)
    _check_instance(meeting, command, at)
    if not getattr(command, "notify", True) and not rows[-1].suppressible and rows[-1].kind is not None:
        raise refused(
            command,
            "must_notify",
            "only an invitation at the creation, an edit or a cancellation can go untold; leave out notify=False",
        )
    try:
        effect = EFFECTS[type(command)](meeting, command, at)
    except InvalidValue as error:
        raise refused(command, "invalid", str(error)) from error
    row = next(row for row in rows if HOLDS[row.when](effect))
    after = effect.meeting if effect.meeting.state is row.after else replace(effect.meeting, state=row.after)
    return after, list(_notices(row, command, effect, after))


HOLDS: Final[Mapping[When, Callable[[Effect], bool]]] = {
    When.ALWAYS: lambda effect: True,
    When.GUESTS: lambda effect: bool(effect.meeting.participants),
    When.NO_GUESTS: lambda effect: not effect.meeting.participants,
    When.INSTANCES: lambda effect: effect.left,
    When.NOTHING: lambda effect: not effect.left,
}


# --- what may be done -------------------------------------------------------------------------------------------------


def _rows(meeting: Meeting | None, command: c.Command) -> tuple[Row, ...]:
    """The rows of a command in the state that the meeting is in, and where it is kept."""
    state = State.NONE if meeting is None else meeting.state
    rows = rows_of(type(command), state)
    if meeting is not None and state is not State.CANCELLED and isinstance(command, c.Create):
        raise refused(command, "exists", f"{shorten(meeting.id)} is there already: edit it, or take an id of its own")
    outside = isinstance(command, (c.Request, c.Withdraw))
    if not rows and not (outside and state is State.EVENT):
        raise refused(command, *_IMPOSSIBLE[state])
    if meeting is not None and (not rows or rows[0].hosted not in (None, meeting.hosted)):
        if meeting.hosted:
            raise refused(command, "hosted", "this meeting is kept here: change it by commands, not by messages")
        raise refused(
            command, "not_hosted", f"{shorten(meeting.creator.id)} keeps this meeting elsewhere: ask them to change it"
        )
    return rows


_IMPOSSIBLE: Final = {
    State.NONE: ("no_meeting", "there is no such meeting yet: create it first"),
    State.EVENT: ("not_meeting", "nobody is invited to this event: invite somebody first"),
    State.CANCELLED: ("cancelled", "this meeting was cancelled, which is for good: create another one"),
}


def _check_who(meeting: Meeting | None, command: c.Command, row: Row, deputies: Deputies | None) -> None:
    """Refuse who may not act for whom they name, and whoever is not who the row asks for."""
    by, principal = command.by, command.principal
    if principal != by and deputies is not None and not deputies.may(by, principal):
        raise refused(
            command,
            "no_right",
            f"{shorten(by)} may not act for {shorten(principal)}: that takes Read-write on their calendar",
        )
    creator: Guest = command.creator if isinstance(command, (c.Create, c.Request)) else meeting.creator  # type: ignore[union-attr]
    if row.who is Who.INVITEE:
        if meeting is not None and meeting.participant(principal) is None:
            raise refused(
                command, "not_invited", f"{shorten(principal)} was not invited: {shorten(creator.id)} can invite them"
            )
    elif not creator.is_named(principal) or (meeting is not None and not meeting.creator.is_named(principal)):
        code = "not_creator" if row.who is Who.CREATOR else "not_organizer"
        raise refused(
            command,
            code,
            f"{shorten(principal)} is not the {row.who} of this meeting: only"
            f" {shorten((meeting.creator if meeting is not None else creator).id)} can do this",
        )


def _check_instance(meeting: Meeting | None, command: c.Command, at: At) -> None:
    """Refuse an instance that is not there."""
    named: date | None = getattr(command, "recurrence_id", None)
    if named is None or meeting is None or type(command) is c.Request:
        return
    if not meeting.repeats:
        raise refused(command, "not_a_series", f"recurrence_id={named.isoformat()}: it does not repeat; leave it out")
    if type(command) is not c.Withdraw and not meeting.has(named, at.caps):
        raise refused(
            command, "no_instance", f"recurrence_id={named.isoformat()}: no instance has this start; pass that of one"
        )


# --- what is done -----------------------------------------------------------------------------------------------------


def _principal(meeting: Meeting, command: c.Command) -> Participant:
    one = meeting.participant(command.principal)
    assert one is not None  # checked with the row
    return one


def _answer(meeting: Meeting, command: Any, at: At) -> Effect:
    if isinstance(command, c.Refuse):
        given = Given(Answer.REFUSED_KEPT if command.keep else Answer.REFUSED, command.reason, at.now)
    else:
        given = Given(GIVES[type(command)], "", at.now)
    return answered(meeting, _principal(meeting, command), given, command.recurrence_id, stays=frozenset())


def _cancel(meeting: Meeting, command: c.Cancel, at: At) -> Effect:
    return cancelled(meeting, command.recurrence_id, meeting.sequence + 1, at)


def _reply(meeting: Meeting, command: c.Reply, at: At) -> Effect:
    one = _principal(meeting, command)
    given = receiving.checked_reply(meeting, one, command, at)
    changed = [own.recurrence_id for own in meeting.instances if own.sequence > command.sequence]
    newer = [named for named, known in one.instances if known.stamp > command.stamp]
    stays = frozenset(map(meeting.key, (*changed, *newer)))
    return answered(meeting, one, given, command.recurrence_id, stays=stays)


#: What each command does; receiving has those of an organizer elsewhere.
EFFECTS: Final[Mapping[type[c.Command], Callable[[Any, Any, At], Effect]]] = {
    c.Create: created,
    c.Invite: invited,
    c.Edit: edited,
    c.Remove: removed,
    c.Remind: reminded,
    c.Cancel: _cancel,
    c.Accept: _answer,
    c.Tentative: _answer,
    c.Refuse: _answer,
    c.Reply: _reply,
    c.Counter: receiving.countered,
    c.Refresh: receiving.refreshed,
    c.Request: receiving.requested,
    c.Withdraw: receiving.withdrawn,
}

_NAMES: Final = sorted(command.__name__ for command in EFFECTS)


# --- what is told -----------------------------------------------------------------------------------------------------


def _notices(row: Row, command: c.Command, effect: Effect, after: Meeting) -> Iterable[Notice]:
    """One notice for each who is told, whether a series or not; internal people are spared if that was granted."""
    if row.kind is None or not effect.tells:
        return
    for guest in _audience(row.to, command, effect, after):
        suppressible = row.suppressible and guest.account
        if guest.is_named(command.by) and row.to is not To.SENDER:
            continue
        if suppressible and not getattr(command, "notify", True):
            continue
        yield Notice(
            row.kind,
            guest.id,
            Channel.MAIL,
            after.id,
            by=command.by,
            occurrence=effect.occurrence,
            changes=effect.changes,
            reason=effect.reason,
            link="" if guest.account or row.to is To.CREATOR else "answer",
            suppressible=suppressible,
            data=effect.data,
        )


def _audience(to: To, command: c.Command, effect: Effect, after: Meeting) -> Iterable[Guest]:
    if to is To.CREATOR:
        return [after.creator]
    if to is To.SENDER:
        return [_principal(after, command).guest]
    people = after.participants if to is To.ALL else effect.people
    return [one.guest for one in people] if to is not To.NOBODY else []
