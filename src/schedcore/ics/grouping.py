"""Which VEVENTs are one event: a master and the overrides of its instances, by UID (RFC 5545 3.8.4.4, 3.8.4.7).

Rules of this module:

1. Masters and overrides with one UID belong together, also across the VCALENDARs of a text. An override without a
   master stands alone, and so does each event without a UID.
2. Of two masters, or of two overrides for one instance, the newer counts: higher SEQUENCE, then later DTSTAMP (RFC 5546
   2.1.5). Two masters that are equally new are two events, for programs exist that give all events one UID.
3. STATUS:CANCELLED on an override takes the instance away; with RANGE=THISANDFUTURE, all later ones too.
4. An override without DTEND and DURATION is as long as the instance was. By the letter of RFC 5545 3.6.1 it would take
   no time; but it changes an instance (3.8.4.4), its program left out what it did not change, and a meeting that was
   moved would else vanish from its owner's busy time. Everything else that an override leaves out, it does not have.
5. RANGE=THISANDFUTURE moves and stretches all later instances like its own (RFC 5545 3.8.4.4), and they show its event.
   It may name the same instance as an override of that one alone.
6. An override that turns a timed instance into an all-day one, or back, takes the instance away and stands for itself.
   With RANGE=THISANDFUTURE that goes for its own instance only, which is noted.
7. An override does not recur: an RRULE or RDATE in it is passed over, which is noted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import NamedTuple

from schedcore.ics.draft import Draft
from schedcore.ics.event import Event
from schedcore.ics.problem import Problem
from schedcore.recurrence import Override, Series
from schedcore.recurrence.window import instant

__all__ = ["Track", "group", "instance_of"]


class Track(NamedTuple):
    """A series to ask when a window is wanted, and the event it belongs to.

    `hidden`: its plain instances do not happen, for the event is cancelled. `replaces`: the instance of another series
    in whose place it stands.
    """

    event: Event
    series: Series
    hidden: bool = False
    replaces: date | datetime | None = None


def group(drafts: Iterable[Draft], problems: list[Problem]) -> Iterator[tuple[Event, list[Track]]]:
    """Join drafts to events, in the order of the text; what one of them makes impossible is a problem, not an error."""
    families: dict[object, list[Draft]] = {}
    for draft in drafts:
        if draft.uid is None:
            problems.append(Problem(None, draft.component.line, "UID is missing: the event stands alone"))
        # Anything but a text is a key of its own, so an event without UID is alone in its family.
        families.setdefault(draft.uid if draft.uid is not None else id(draft), []).append(draft)
    for family in families.values():
        masters, overrides = _split(family, problems)
        for number, master in enumerate(masters):
            try:
                yield _event(master, overrides if number == 0 else [], problems)
            except Exception as error:
                problems.append(Problem(master.uid, master.component.line, _reason(error)))


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"


def _split(family: list[Draft], problems: list[Problem]) -> tuple[list[Draft], list[Draft]]:
    """Tell masters from overrides, and leave out what is outdated."""
    masters = [draft for draft in family if draft.recurrence_id is None]
    overrides = [draft for draft in family if draft.recurrence_id is not None]
    if len(masters) > 1:
        newest = max(draft.revision for draft in masters)
        for draft in masters:
            if draft.revision < newest:
                _note(problems, draft, "an event of the same UID is newer, this one does not count")
        masters = [draft for draft in masters if draft.revision == newest]
    if len(masters) > 1:
        distinct = {(draft.start, draft.rules, draft.summary): draft for draft in reversed(masters)}
        masters = list(reversed(distinct.values()))
        _note(problems, masters[0], f"{len(masters)} events have this UID and are equally new: each is read")
    named: dict[object, Draft] = {}
    for draft in sorted(overrides, key=lambda one: one.revision):
        key = instance_of(draft)
        if key in named:
            _note(problems, named[key], "another override of this instance is newer, this one does not count")
        named[key] = draft
    return (masters, list(named.values())) if masters else (list(named.values()), [])


def instance_of(draft: Draft) -> object:
    """What tells the overrides of one series apart: the day, the local time or the instant, and how far they reach."""
    value = draft.recurrence_id
    named = instant(value) if isinstance(value, datetime) and value.tzinfo is not None else value
    return named, draft.this_and_future


def _note(problems: list[Problem], draft: Draft, reason: str) -> None:
    problems.append(Problem(draft.uid, draft.component.line, reason))


def _event(master: Draft, overrides: list[Draft], problems: list[Problem]) -> tuple[Event, list[Track]]:
    """Build an event, its overrides in its series; what cannot go there gets a track of its own."""
    placed: list[Override] = []
    tracks: list[Track] = []
    for draft in overrides:
        try:
            override, track = _override(draft, master)
        except Exception as error:
            _note(problems, draft, _reason(error))
            continue
        placed.append(override)
        tracks += [] if track is None else [track]
        for reason in draft.problems:
            _note(problems, draft, reason)
    series = Series(
        master.start,
        master.rules,
        duration=master.length,
        rdates=master.rdates,
        exdates=master.exdates,
        exrules=master.exrules,
        overrides=placed,
        strict=False,
    )
    for reason in (*master.problems, *series.problems):
        _note(problems, master, reason)
    event = Event(master, series)
    return event, [Track(event, series, master.status == "CANCELLED", master.recurrence_id), *tracks]


def _override(draft: Draft, master: Draft) -> tuple[Override, Track | None]:
    """Make the override of a draft, and a track if it becomes an event of another kind."""
    named, onwards = draft.recurrence_id, draft.this_and_future
    assert named is not None
    if draft.rules or draft.rdates:
        draft.problems.append("the RRULE or RDATE of an override is passed over: it does not recur")
    if draft.status == "CANCELLED":
        return Override(named, cancelled=True, this_and_future=onwards), None
    alike = isinstance(draft.start, datetime) == isinstance(master.start, datetime)
    event = Event(
        draft,
        Series(draft.start, duration=master.length if alike and draft.length is None else draft.length, strict=False),
    )
    if alike:
        return Override(named, draft.start, duration=draft.length, event=event, this_and_future=onwards), None
    if onwards:
        draft.problems.append("RANGE=THISANDFUTURE between a date and a time: only this one instance is changed")
    return Override(named, cancelled=True), Track(event, event.series, False, named)
