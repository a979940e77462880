"""The answer of `schedcore find`, for people and for programs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

import click

from schedcore.cli.output import console, iso, plain, print_table, tell_problems
from schedcore.cli.times import local
from schedcore.freebusy import Availability, Found, Reason, Refusal, Slot, Unreadable
from schedcore.ics import Calendar, Problem

__all__ = ["Answer", "Person", "as_json", "print_answer"]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is asked, or a room: their file, what is in it, what they are called, and what they are asked as."""

    file: Path
    name: str
    calendar: Calendar | Unreadable
    availability: Availability | None
    role: str
    seats: int | None = None

    @property
    def problems(self) -> Sequence[Problem]:
        """What was wrong with the file; who reads hours from it reads all of it."""
        if self.availability is not None:
            return self.availability.problems
        return () if isinstance(self.calendar, Unreadable) else self.calendar.problems

    @property
    def unknown(self) -> str | None:
        """Why the file could not be read; None if it was."""
        return self.calendar.reason if isinstance(self.calendar, Unreadable) else None


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found for whom, of which `limit` slots and near misses are shown, in the asker's zone."""

    people: Sequence[Person]
    found: Found
    window: tuple[datetime, datetime]
    limit: int
    tz: tzinfo

    @property
    def has_rooms(self) -> bool:
        """Whether a room was asked for."""
        return any(person.role == "room" for person in self.people)

    def misses(self) -> Sequence[Refusal]:
        """What nearly works; nothing unless explanations were asked for."""
        return self.found.refused.near_misses(self.limit) if self.found.refused is not None else ()

    def local(self, second: int) -> datetime:
        """UTC seconds on the asker's clock."""
        return local(second, self.tz)

    def named(self, text: str) -> str:
        """Put names where the library says owners."""
        return re.sub(r"owner (\d+)", lambda found: self.people[int(found[1])].name, text)

    def tell(self) -> None:
        """What was wrong with the files, on stderr."""
        for person in self.people:
            if person.unknown is not None:
                click.echo(f"schedcore: {plain(person.unknown)}", err=True)
            tell_problems(person.file, person.problems)


# --- for people -------------------------------------------------------------------------------------------------------


def print_answer(answer: Answer) -> None:
    """Print the slots, best first, or why there is none; and what nearly works, if that was asked for."""
    found, limit = answer.found, answer.limit
    console().print(f"{len(found)} of {found.looked_at} starts work. Times in {answer.tz}", markup=False)
    if len(found):
        _print_slots(answer)
    else:
        click.echo(f"No time works: {answer.named(found.why_none)}.", err=True)
    if len(found) > limit:
        click.echo(f"There are more than these {limit}: raise --limit.", err=True)
    if misses := answer.misses():
        console().print("\nWhat nearly works", style="bold")
        _print_misses(answer, misses)


def _print_slots(answer: Answer) -> None:
    rooms = ["room"] if answer.has_rooms else []
    print_table(
        ["", "from", "to", *rooms, "missing", "tentative", "outside 8-18"],
        (
            (
                *_when(answer, slot),
                *((_room(answer, slot),) if rooms else ()),
                ", ".join(answer.people[owner].name for owner in slot.missing),
                _minutes(slot.tentative),
                _minutes(slot.outside_total),
            )
            for slot in answer.found[: answer.limit]
        ),
    )


def _print_misses(answer: Answer, misses: Sequence[Refusal]) -> None:
    print_table(
        ["", "from", "to", "works if moved by", "in the way"],
        (
            (
                *_when(answer, miss),
                "" if miss.move is None else f"{'-' if miss.move < 0 else '+'}{_minutes(abs(miss.move))}",
                "; ".join(_reason(answer, reason) for reason in miss.reasons),
            )
            for miss in misses
        ),
    )


def _when(answer: Answer, at: Slot | Refusal) -> tuple[str, str | None, str | None]:
    start, end = answer.local(at.start), answer.local(at.end)
    return f"{start:%a}", iso(start), iso(end)


def _room(answer: Answer, slot: Slot) -> str | None:
    return None if slot.room is None else answer.people[slot.room].name


def _reason(answer: Answer, reason: Reason) -> str:
    """One thing in the way, in words."""
    who = "" if reason.owner is None else f"{answer.people[reason.owner].name} "
    until = "" if reason.end is None else f" until {answer.local(reason.end):%H:%M}"
    return f"{who}{reason.why}{until}"


def _minutes(seconds: int) -> str:
    return f"{seconds / 60:g} min" if seconds else ""


# --- for programs -----------------------------------------------------------------------------------------------------


def as_json(answer: Answer) -> dict[str, Any]:
    """The answer as what JSON can say; times in ISO 8601, lengths in minutes."""
    found = answer.found
    document: dict[str, Any] = {
        "from": iso(answer.window[0]),
        "to": iso(answer.window[1]),
        "people": [_person_as_json(person) for person in answer.people],
        "looked_at": found.looked_at,
        "found": [_slot_as_json(answer, slot) for slot in found[: answer.limit]],
        "more": len(found) > answer.limit,
        "why_none": answer.named(found.why_none) or None,
    }
    if found.refused is not None:
        document["near_misses"] = [_miss_as_json(answer, miss) for miss in answer.misses()]
    return document


def _person_as_json(person: Person) -> dict[str, Any]:
    return {
        "file": str(person.file),
        "name": person.name,
        "role": person.role,
        "unknown": person.unknown,
        "problems": [str(problem) for problem in person.problems],
    } | ({"seats": person.seats} if person.role == "room" else {})


def _slot_as_json(answer: Answer, slot: Slot) -> dict[str, Any]:
    return {
        "start": iso(answer.local(slot.start)),
        "end": iso(answer.local(slot.end)),
        "room": _room(answer, slot),
        "missing": [answer.people[owner].name for owner in slot.missing],
        "tentative_minutes": slot.tentative / 60,
        "outside_minutes": {"most": slot.outside_most / 60, "total": slot.outside_total / 60},
    }


def _miss_as_json(answer: Answer, miss: Refusal) -> dict[str, Any]:
    return {
        "start": iso(answer.local(miss.start)),
        "end": iso(answer.local(miss.end)),
        "lacking": miss.lacking,
        "move_minutes": None if miss.move is None else miss.move / 60,
        "reasons": [
            {
                "why": str(reason.why),
                "who": None if reason.owner is None else answer.people[reason.owner].name,
                "start": None if reason.start is None else iso(answer.local(reason.start)),
                "end": None if reason.end is None else iso(answer.local(reason.end)),
            }
            for reason in miss.reasons
        ],
    }
