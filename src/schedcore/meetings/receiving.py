"""What messages of others do to a meeting, and which of them come too late (RFC 5546).

Rules of this module:

1. A reply is void if its SEQUENCE is before the revision that last reset answers, and if its DTSTAMP is before that of
   the answer that is known (2.1.5). One of a SEQUENCE that was never sent is refused as well.
2. PARTSTAT has three answers, ACCEPTED, DECLINED and TENTATIVE. DELEGATED names somebody whom the creator did not
   invite, so it is refused, for the creator to decide; so is every other word (M13).
3. An organizer's message is void if (SEQUENCE, DTSTAMP) is before that of what it changes: for an instance what is
   known of that instance, else of the whole.
4. A higher SEQUENCE takes the answers of people here back; with the same one they stay. What others answered is known
   from the organizer alone, so it is as the organizer says.
5. A message about a whole series leaves what is known of an instance from a newer message.

Product rules: M13.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Final

from schedcore.errors import SeriesError, shorten
from schedcore.meetings import commands as c
from schedcore.meetings.changing import At, Effect, cancelled, refused
from schedcore.meetings.meeting import UNANSWERED, Given, Instance, Meeting, Participant, State, with_instance
from schedcore.meetings.notices import Change
from schedcore.policy import Answer

if TYPE_CHECKING:
    from schedcore.meetings.people import Guest

__all__ = ["checked_reply", "countered", "refreshed", "requested", "withdrawn"]

#: PARTSTAT of a reply (RFC 5545 3.2.12), as an answer.
ANSWER_OF: Final = {"ACCEPTED": Answer.ACCEPTED, "DECLINED": Answer.REFUSED, "TENTATIVE": Answer.TENTATIVE}


# --- from an invitee --------------------------------------------------------------------------------------------------


def checked_reply(meeting: Meeting, one: Participant, reply: c.Reply, at: At) -> Given:
    """The answer in a reply; Refused if it is none, or void."""
    word = reply.partstat.upper()
    if word == "DELEGATED":
        raise refused(
            reply, "delegated", f"{shorten(one.id)} sends somebody else: invite them, or remove {shorten(one.id)}"
        )
    if word not in ANSWER_OF:
        raise refused(reply, "no_answer", f"PARTSTAT={shorten(reply.partstat)} answers nothing: ask them again")
    _check_sequence(meeting, reply)
    known = meeting.given(one, reply.recurrence_id).stamp
    if reply.recurrence_id is not None:
        known = max(known, one.given.stamp)
    if reply.stamp < known:
        raise refused(reply, "stale", f"DTSTAMP {reply.stamp}: a newer answer is known, of {known}; pass it over")
    # Clocks differ: a stamp of the future must not outlast what is answered until then.
    return Given(ANSWER_OF[word], reply.comment, min(reply.stamp, at.now))


def _check_sequence(meeting: Meeting, message: c.Message) -> None:
    """Refuse a SEQUENCE of before the last reset, or one that was never sent."""
    since = meeting.since
    if message.recurrence_id is not None:
        own = meeting.instance(message.recurrence_id)
        since = max(since, own.sequence if own is not None else 0)
    if message.sequence < since:
        raise refused(
            message, "stale", f"SEQUENCE {message.sequence} is of before the change {since}: wait for an answer to that"
        )
    if message.sequence > meeting.sequence:
        raise refused(
            message,
            "ahead",
            f"SEQUENCE {message.sequence} was never sent, the newest is {meeting.sequence}: ask them"
            " for what they have",
        )


def countered(meeting: Meeting, command: c.Counter, at: At) -> Effect:
    """Nothing changes; the creator is told what is proposed."""
    _check_sequence(meeting, command)
    names = ("start", "end", "subject", "description", "location")
    changes = [Change(name, None, value) for name in names if (value := getattr(command, name)) not in (None, "")]
    return Effect(meeting, changes=changes, occurrence=command.recurrence_id, reason=command.comment)


def refreshed(meeting: Meeting, command: c.Refresh, at: At) -> Effect:
    """Nothing changes; who asked is sent the newest state."""
    return Effect(meeting, occurrence=command.recurrence_id, reason=command.comment)


# --- from an organizer ------------------------------------------------------------------------------------------------


def requested(meeting: Meeting | None, command: c.Request, at: At) -> Effect:
    """The meeting as its organizer says it is."""
    guests, answers = tuple(command.guests), tuple(command.answers)
    if not guests or len(answers) != len(guests):
        raise refused(command, "nobody_invited", "the message invites nobody: an event without ATTENDEE is no meeting")
    if meeting is None:
        return Effect(_sound(_made(command, guests, answers)))
    if command.id != meeting.id:
        raise refused(
            command, "other_meeting", f"UID {shorten(command.id)} is another meeting than {shorten(meeting.id)}"
        )
    if command.recurrence_id is not None:
        return _requested_instance(meeting, command, command.recurrence_id)
    _check_newer(command, meeting.sequence, meeting.stamp)
    made = _made(command, guests, answers)
    newer = [one for one in meeting.instances if (one.sequence, one.stamp) > (command.sequence, command.stamp)]
    if not newer and command.sequence > meeting.sequence:
        return Effect(_sound(made))
    for one in newer:
        if len(made.series._column(made.key(one.recurrence_id), made.key(one.recurrence_id) + 1, None)):
            made = _with_newer(made, one)
    people = _kept(meeting, made, reset=command.sequence > meeting.sequence)
    return Effect(_sound(replace(made, participants=people)))


def _sound(meeting: Meeting) -> Meeting:
    """The meeting, if what its instances have of their own fits its series; else SeriesError."""
    assert meeting.whole is not None
    return meeting


def _made(command: c.Request, guests: Iterable[Guest], answers: Iterable[Given]) -> Meeting:
    people = [Participant(guest, given) for guest, given in zip(guests, answers, strict=True)]
    if command.recurrence_id is not None:
        people = [Participant(one.guest, UNANSWERED, [(command.recurrence_id, one.given)]) for one in people]
    return Meeting(
        command.id,
        command.creator,
        command.series,
        command.subject,
        command.description,
        command.location,
        command.status,
        hosted=False,
        state=State.MEETING,
        participants=people,
        instances=command.instances,
        sequence=command.sequence,
        stamp=command.stamp,
        since=command.sequence,
    )


def _with_newer(made: Meeting, one: Instance) -> Meeting:
    if one.cancelled:
        made = replace(made, series=made.series.without(one.recurrence_id))
    return with_instance(made, one)


def _kept(old: Meeting, new: Meeting, *, reset: bool) -> Iterable[Participant]:
    """The participants of a newer message; those with an account keep what they answered, unless it was reset."""
    for one in new.participants:
        known = next((other for other in old.participants if other.guest.is_same(one.guest)), None)
        if known is None or not one.guest.account:
            yield one
            continue
        same = tuple(old.instances) if old.series.kind == new.series.kind else ()
        instances = [
            (named, given)
            for named, given in known.instances
            if old.series.kind == new.series.kind and (not reset or new.instance(named) in same)
        ]
        yield Participant(one.guest, one.given if reset else known.given, instances)


def _requested_instance(meeting: Meeting, command: c.Request, named: date) -> Effect:
    """One instance as the organizer says it is; it comes back if it was cancelled before."""
    if not meeting.repeats:
        raise refused(command, "not_a_series", f"recurrence_id={named.isoformat()}: it does not repeat; leave it out")
    known = meeting.instance(named)
    _check_newer(command, *_revision(meeting, known))
    (own,) = command.instances
    key = meeting.key(named)
    series = meeting.series.replace(exdates=[one for one in meeting.series.exdates if _key(meeting, one) != key])
    if not series.rules and not len(series._column(key, key + 1, None)):
        # Only single instances are known here, those to which somebody was invited: this is one more.
        series = series.replace(rdates=(*series.rdates, named))
    if not len(series._column(key, key + 1, None)):
        raise refused(command, "no_instance", f"recurrence_id={named.isoformat()}: no instance has this start")
    made = with_instance(replace(meeting, series=series), own)
    people = []
    reset = command.sequence > _revision(meeting, known)[0]
    said = dict(zip((guest.id for guest in command.guests), command.answers, strict=True))
    for one in made.participants:
        keeps = one.id not in said or (one.guest.account and not reset)
        given = meeting.given(one, named) if keeps else said[one.id]
        others = [pair for pair in one.instances if made.key(pair[0]) != key]
        people.append(replace(one, instances=sorted([*others, (named, given)], key=lambda pair: made.key(pair[0]))))
    return Effect(_sound(replace(made, participants=people)), occurrence=named)


def _key(meeting: Meeting, exdate: date) -> int | None:
    """The number of an EXDATE; None for a date that stands for a whole day of a timed series."""
    try:
        return meeting.key(exdate)
    except SeriesError:
        return None


def withdrawn(meeting: Meeting, command: c.Withdraw, at: At) -> Effect:
    """The meeting called off by its organizer, or one instance of it."""
    stamped = At(command.stamp, at.caps)
    if command.recurrence_id is None:
        _check_newer(command, meeting.sequence, meeting.stamp)
        return cancelled(meeting, None, command.sequence, stamped)
    known = meeting.instance(command.recurrence_id)
    _check_newer(command, *_revision(meeting, known))
    if not meeting.has(command.recurrence_id, at.caps):
        named = command.recurrence_id.isoformat()
        raise refused(command, "no_instance", f"recurrence_id={named}: no instance has this start; pass it over")
    return cancelled(meeting, command.recurrence_id, command.sequence, stamped)


def _revision(meeting: Meeting, own: Instance | None) -> tuple[int, int]:
    """SEQUENCE and DTSTAMP of what is known of an instance: its own, else those of the whole."""
    whole = meeting.sequence, meeting.stamp
    return whole if own is None else max(whole, (own.sequence, own.stamp))


def _check_newer(command: c.Message, sequence: int, stamp: int) -> None:
    if (command.sequence, command.stamp) < (sequence, stamp):
        raise refused(
            command,
            "stale",
            f"SEQUENCE {command.sequence}, DTSTAMP {command.stamp}: newer is known, {sequence} and"
            f" {stamp}; pass it over",
        )
