"""What each command does to the value of a meeting: one function each, which knows neither notices nor next states.

Rules of this module:

1. An edit of start, end, recurrence, subject, description or location takes all answers back, of the instance or of the
   whole, and is a new revision; any other edit, and a participant more or less, leaves answers alone (M18).
2. To invite somebody who is in it already, by any of their addresses, adds nobody. A participant without an account
   who turns out to have one becomes that person and keeps their answer (M12).
3. An answer to the whole takes the place of earlier answers to single instances.
4. Somebody has not answered as long as an invitation of theirs is pending, within a year (M34, M24).

Product rules: M1, M4, M7, M12, M18, M20, M21, M24, M25, M26, G7.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, Final

from schedcore.errors import Refused, shorten
from schedcore.meetings import commands as c
from schedcore.meetings.meeting import (
    UNANSWERED,
    Given,
    Instance,
    Meeting,
    Participant,
    State,
    moved,
    series_of,
    span,
    span_of,
    with_instance,
)
from schedcore.meetings.notices import Change
from schedcore.meetings.pending import unanswered
from schedcore.meetings.people import Guest
from schedcore.meetings.table import ANSWERS
from schedcore.policy import Answer, Caps
from schedcore.recurrence import Series

__all__ = ["DETAILS", "Effect", "answered", "cancelled", "created", "edited", "invited", "reminded", "removed"]

#: What an edit can change of the text; each resets answers.
DETAILS: Final = ("subject", "description", "location")


@dataclass(frozen=True, slots=True)
class Effect:
    """What a command does: the meeting afterwards, whom it is about, and what there is to tell.

    `tells` is whether there is anything to tell; `people` are the new participants, or those to remind; `left` whether
    anything of the meeting is left.
    """

    meeting: Meeting
    tells: bool = True
    people: Iterable[Participant] = ()
    changes: Iterable[Change] = ()
    occurrence: date | None = None
    reason: str = ""
    left: bool = True
    data: Iterable[tuple[str, object]] = ()


@dataclass(frozen=True, slots=True)
class At:
    """When a command comes, in UTC seconds, and the cap that holds then."""

    now: int
    caps: Caps


def refused(command: c.Command, reason: str, message: str) -> Refused:
    """The error of a command that is not done."""
    return Refused(message, command=type(command).__name__, reason=reason)


# --- making, inviting, removing ---------------------------------------------------------------------------------------


def created(_: Meeting | None, command: c.Create, at: At) -> Effect:
    """A new event, with whoever is invited at once."""
    made = Meeting(
        command.id,
        command.creator,
        command.series,
        command.subject,
        command.description,
        command.location,
        command.status,
        command.group,
        stamp=at.now,
    )
    people = _added(made, command.guests, command)
    return Effect(_with_people(made, people), people=people)


def invited(meeting: Meeting, command: c.Invite, at: At) -> Effect:
    """The meeting with more participants."""
    known = _known_now(meeting, command.guests)
    new = _added(known, command.guests, command)
    if not new and known == meeting:
        names = ", ".join(shorten(guest.id) for guest in command.guests) or "nobody"
        raise refused(command, "already_invited", f"{names}: nobody of them is new; name somebody else")
    return Effect(_with_people(known, (*known.participants, *new)), people=new)


def _known_now(meeting: Meeting, guests: Iterable[Guest]) -> Meeting:
    """The meeting with participants who turned out to have an account under that account."""
    people = list(meeting.participants)
    for guest in guests:
        same = [place for place, one in enumerate(people) if one.guest.is_same(guest)]
        if guest.account and len(same) == 1 and not people[same[0]].guest.account:
            old = people[same[0]]
            addresses = (*guest.addresses, *old.guest.addresses)
            people[same[0]] = replace(old, guest=Guest(guest.id, True, guest.name or old.guest.name, addresses))
    return _with_people(meeting, people) if people else meeting


def _added(meeting: Meeting, guests: Iterable[Guest], command: c.Command) -> tuple[Participant, ...]:
    """Those who are not in it yet, each once; a contact and an account with a common address are one."""
    found: list[Guest] = []
    for guest in guests:
        if guest.is_same(meeting.creator) and not meeting.group:
            raise refused(
                command, "is_creator", f"{shorten(guest.id)} made the event, which is in their calendar: invite others"
            )
        same = next((one for one in found if one.is_same(guest)), None)
        if any(one.guest.is_same(guest) for one in meeting.participants):
            continue
        if same is None:
            found.append(guest)
        elif guest.account and not same.account:
            found[found.index(same)] = Guest(guest.id, True, guest.name, (*guest.addresses, *same.addresses))
    return tuple(Participant(guest) for guest in _apart(found))


def _apart(guests: list[Guest]) -> Iterable[Guest]:
    """Each guest once, also where somebody who was joined to another now meets a third."""
    kept: list[Guest] = []
    for guest in guests:
        if not any(one.is_same(guest) or one.id == guest.id for one in kept):
            kept.append(guest)
    return kept


def _with_people(meeting: Meeting, people: Iterable[Participant]) -> Meeting:
    people = tuple(people)
    return replace(meeting, participants=people, state=State.MEETING if people else State.EVENT)


def removed(meeting: Meeting, command: c.Remove, at: At) -> Effect:
    """The meeting without a participant."""
    one = meeting.participant(command.participant)
    if one is None:
        raise refused(command, "not_invited", f"{shorten(command.participant)} is no participant: name one who is")
    return Effect(_with_people(meeting, [other for other in meeting.participants if other is not one]))


def reminded(meeting: Meeting, command: c.Remind, at: At) -> Effect:
    """Nothing changes; those who have not answered are told, but for those who are left out."""
    out = []
    for name in command.leave_out:
        one = meeting.participant(name)
        if one is None:
            raise refused(command, "not_invited", f"{shorten(name)} is no participant: leave out one who is")
        out.append(one)
    now = datetime.fromtimestamp(at.now, UTC)
    chosen = [one for one in unanswered(meeting, now, caps=at.caps) if one not in out]
    if not chosen:
        raise refused(command, "nobody_to_remind", "nobody is left who has yet to answer: there is no one to remind")
    return Effect(meeting, people=chosen)


# --- answers ----------------------------------------------------------------------------------------------------------


def answered(
    meeting: Meeting, one: Participant, given: Given, recurrence_id: date | None, *, stays: frozenset[int]
) -> Effect:
    """The meeting with an answer; one to the whole leaves what was answered to the instances whose keys are `stays`."""
    if recurrence_id is None:
        kept = [pair for pair in one.instances if meeting.key(pair[0]) in stays]
        new = replace(one, given=given, instances=kept)
        befores = [one.given, *(old for pair in one.instances if pair not in kept for old in pair[1:])]
    else:
        befores = [meeting.given(one, recurrence_id)]
        key = meeting.key(recurrence_id)
        others = [pair for pair in one.instances if meeting.key(pair[0]) != key]
        new = replace(one, instances=sorted([*others, (recurrence_id, given)], key=lambda pair: meeting.key(pair[0])))
    steps = [old for old in befores if (old.answer, old.reason) != (given.answer, given.reason)]
    if not steps:
        return Effect(_replaced(meeting, one, new), tells=False)
    told = [old for old in steps if ANSWERS[old.answer, given.answer] or not meeting.hosted]
    change = Change("answer", (told or steps)[0].answer, given.answer)
    data = (("participant", one.id),)
    return Effect(_replaced(meeting, one, new), bool(told), (), (change,), recurrence_id, given.reason, data=data)


def _replaced(meeting: Meeting, old: Participant, new: Participant) -> Meeting:
    return replace(meeting, participants=tuple(new if one is old else one for one in meeting.participants))


# --- edits ------------------------------------------------------------------------------------------------------------


def edited(meeting: Meeting, command: c.Edit, at: At) -> Effect:
    """The meeting with other details, of the whole or of one instance."""
    if command.recurrence_id is None:
        return _edited_whole(meeting, command, at)
    return _edited_instance(meeting, command, command.recurrence_id, at)


def _edited_whole(meeting: Meeting, command: c.Edit, at: At) -> Effect:
    given = {name: getattr(command, name) for name in (*DETAILS, "series", "status")}
    given = {name: value for name, value in given.items() if value is not None}
    if given.keys() <= {"status"}:
        return Effect(replace(meeting, **given), tells=False)
    # Those of the old series may not even be of the kind of the new one.
    people = tuple(Participant(one.guest) for one in meeting.participants)
    new = replace(meeting, **given, instances=(), participants=people)
    changes = [*_changed_times(meeting, new), *_changed_details(meeting, new)]
    if not changes:
        status = given.get("status", meeting.status)
        return Effect(replace(meeting, status=status), tells=False)
    new = replace(
        new,
        instances=[one for one in meeting.instances if new.has(one.recurrence_id, at.caps)],
        sequence=meeting.sequence + 1,
        since=meeting.sequence + 1,
        stamp=at.now,
    )
    return Effect(new, changes=changes)


def _changed_details(before: Meeting, after: Meeting) -> Iterable[Change]:
    pairs = ((name, getattr(before, name), getattr(after, name)) for name in DETAILS)
    return [Change(*pair) for pair in pairs if pair[1] != pair[2]]


def _changed_times(before: Meeting, after: Meeting) -> Iterable[Change]:
    """What of start, end and recurrence is different."""
    if before.series == after.series:
        return []
    first, second = span(before.series, before.series.dtstart), span(after.series, after.series.dtstart)
    found = [Change(name, old, new) for name, old, new in zip(("start", "end"), first, second, strict=True)]
    # Equal instants in two zones repeat differently, and are shown differently.
    changes = [one for one in found if (one.before, _zone(one.before)) != (one.after, _zone(one.after))]
    repeats = [_recurrence(meeting) for meeting in (before, after)]
    if repeats[0] != repeats[1] or not changes:
        changes.append(Change("recurrence", *repeats))
    return changes


def _zone(value: object) -> Any:
    return getattr(value, "tzinfo", None)


def _recurrence(meeting: Meeting) -> tuple[str, ...]:
    series = meeting.series
    rules = [*(f"RRULE:{rule}" for rule in series.rules), *(f"EXRULE:{rule}" for rule in series.exrules)]
    dates = [f"RDATE:{_shown(value)}" for value in series.rdates] + [f"EXDATE:{_shown(v)}" for v in series.exdates]
    return (*rules, *dates)


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return "/".join(map(_shown, value))
    return str(value.isoformat()) if isinstance(value, date) else str(value)


def _edited_instance(meeting: Meeting, command: c.Edit, recurrence_id: date, at: At) -> Effect:
    old = meeting.instance(recurrence_id) or Instance(recurrence_id)
    end = command.end
    if end is None and old.end is not None:
        was = old.start if old.start is not None else recurrence_id
        end = old.end if command.start is None else moved(command.start, old.end, was)
    texts = {name: getattr(command, name) for name in DETAILS if getattr(command, name) is not None}
    new = replace(old, start=command.start if command.start is not None else old.start, end=end, **texts)
    made = with_instance(meeting, new)
    assert isinstance(made.whole, Series)  # SeriesError if start and end do not fit each other or the series
    changes = _changed_instance(meeting, made, recurrence_id)
    if not changes:
        return Effect(meeting, tells=False)
    revision = meeting.sequence + 1
    made = with_instance(replace(made, sequence=revision), replace(new, sequence=revision, stamp=at.now))
    people = tuple(_unanswered_at(made, one, recurrence_id) for one in made.participants)
    return Effect(replace(made, participants=people), changes=changes, occurrence=recurrence_id)


def _changed_instance(before: Meeting, after: Meeting, recurrence_id: date) -> list[Change]:
    whens = [span_of(meeting, recurrence_id) for meeting in (before, after)]
    texts = [[meeting.detail(name, recurrence_id) for name in DETAILS] for meeting in (before, after)]
    pairs = zip(("start", "end", *DETAILS), (*whens[0], *texts[0]), (*whens[1], *texts[1]), strict=True)
    return [Change(name, old, new) for name, old, new in pairs if (old, _zone(old)) != (new, _zone(new))]


def _unanswered_at(meeting: Meeting, one: Participant, recurrence_id: date) -> Participant:
    key = meeting.key(recurrence_id)
    others = [pair for pair in one.instances if meeting.key(pair[0]) != key]
    return replace(one, instances=sorted([*others, (recurrence_id, UNANSWERED)], key=lambda pair: meeting.key(pair[0])))


# --- the end ----------------------------------------------------------------------------------------------------------


def cancelled(meeting: Meeting, recurrence_id: date | None, revision: int, at: At) -> Effect:
    """The meeting called off; without one instance, if any other is left."""
    if recurrence_id is None:
        return Effect(replace(meeting, sequence=revision, stamp=at.now), left=False)
    series = meeting.series.without(recurrence_id)
    tombstone = Instance(recurrence_id, cancelled=True, sequence=revision, stamp=at.now)
    key = meeting.key(recurrence_id)
    people = tuple(
        replace(one, instances=[pair for pair in one.instances if meeting.key(pair[0]) != key])
        for one in meeting.participants
    )
    made = with_instance(replace(meeting, series=series, participants=people), tombstone)
    sequence = max(meeting.sequence, revision) if meeting.hosted else meeting.sequence
    left = not series_of(made, at.caps).is_empty
    return Effect(replace(made, sequence=sequence), occurrence=recurrence_id, left=left)


#: The answers that commands give.
GIVES: Final[dict[type[c.Command], Answer]] = {c.Accept: Answer.ACCEPTED, c.Tentative: Answer.TENTATIVE}
