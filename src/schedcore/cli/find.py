"""`schedcore find`: when can the owners of some calendars meet, best first, and what is in the way at other times."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import click

from schedcore.cli import picture
from schedcore.cli.files import read_availability, read_calendar
from schedcore.cli.output import console, describe, iso, print_json, print_table, tell_problems
from schedcore.cli.timeline import Row
from schedcore.cli.times import aware, moment, zone
from schedcore.errors import InvalidValue, shorten
from schedcore.freebusy import Availability, Found, Reason, Refusal, Slot, Wanted, WorkHours, find_times, query
from schedcore.ics import Calendar, Problem

__all__ = ["find"]

TITLE = "Times to meet"
SHOWN = 10  # slots, and near misses, unless --limit says otherwise; what is left out is said
_LENGTH = re.compile(r"(?:(\d{1,6})h)?(?:(\d{1,6})m(?:in)?)?", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is asked: their file, what is in it, and what they are called."""

    file: Path
    name: str
    calendar: Calendar
    availability: Availability | None
    role: str

    @property
    def problems(self) -> Sequence[Problem]:
        """What was wrong with the file; who reads hours from it reads all of it."""
        return self.calendar.problems if self.availability is None else self.availability.problems


def length(_: click.Context, param: click.Parameter, text: str | None) -> timedelta | None:
    """Read a length of time, as click's callback of an option: 45m, 1h, 1h30m."""
    if text is None:
        return None
    read = _LENGTH.fullmatch(text.strip())
    if read is None or not (read[1] or read[2]):
        raise InvalidValue(f"{param.opts[0]}: {shorten(text)} is no length of time; write 45m, 1h or 1h30m")
    return timedelta(hours=int(read[1] or 0), minutes=int(read[2] or 0))


_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_NEW_FILE = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.command()
@click.argument("files", metavar="FILE.ics...", nargs=-1, required=True, type=_FILE)
@click.option("--duration", metavar="D", callback=length, required=True, help="How long: 45m, 1h, 1h30m.")
@click.option("--from", "start", metavar="A", callback=moment, required=True, help="Start of the window.")
@click.option(
    "--to",
    "end",
    metavar="B",
    callback=moment,
    required=True,
    help="End of the window, not part of it; a date is its midnight.",
)
@click.option("--tz", metavar="Z", callback=zone, default="UTC", show_default=True, help="Your zone: an IANA name.")
@click.option(
    "--work-hours",
    "hours",
    metavar="H",
    help='Such as "Mo-Fr 09:00-17:30", in the zone of each calendar; a VAVAILABILITY in a file counts instead.',
)
@click.option("--optional", metavar="FILE", multiple=True, type=_FILE, help="Somebody who need not come; repeatable.")
@click.option("--at-least", metavar="K", type=int, help="So many of the FILEs are enough; else all must be free.")
@click.option("--grid", metavar="G", callback=length, default="15m", show_default=True, help="Starts are so far apart.")
@click.option("--limit", metavar="N", type=click.IntRange(min=0), default=SHOWN, show_default=True, help="At most N.")
@click.option("--explain", is_flag=True, help="Say what is in the way at the times that nearly work.")
@click.option("--svg", metavar="FILE", type=_NEW_FILE, help="Write the calendars with the best times as a picture.")
@click.option("--html", metavar="FILE", type=_NEW_FILE, help="Write them as a page to look at and to print.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def find(
    files: Sequence[Path],
    duration: timedelta,
    start: date,
    end: date,
    tz: tzinfo,
    hours: str | None,
    optional: Sequence[Path],
    at_least: int | None,
    grid: timedelta,
    limit: int,
    explain: bool,
    svg: Path | None,
    html: Path | None,
    as_json: bool,
) -> None:
    """Find the times at which the owners of some calendars can meet, best first.

    The best miss the fewest, then touch the least that is tentative, then lie within 08:00 to 18:00 for everybody, then
    are the earliest.

    \b
    schedcore find anna.ics ben.ics --duration 45m --from 2026-10-26 --to 2026-10-31 --tz Europe/Zurich \\
        --work-hours "Mo-Fr 09:00-17:30"
    """
    people = [_person(file, "required" if at_least is None else "any of") for file in files]
    people += [_person(file, "optional") for file in optional]
    wanted = _wanted(people, duration, grid, hours, at_least)
    begin, stop = aware(start, tz), aware(end, tz)
    calendars = [person.calendar for person in people]
    found = find_times(calendars, wanted, begin, stop, tz=tz, explain=explain)
    for draw, path in ((picture.svg, svg), (picture.html, html)):
        if path is not None:
            answer = query(calendars, begin, stop, tz=tz)
            rows = [Row(person.name, answer.blocks(owner)) for owner, person in enumerate(people)]
            drawn = draw(rows, answer.start, answer.end, tz, title=TITLE, bands=_bands(found[:limit]))
            path.write_text(drawn, encoding="utf-8")
    misses = found.refused.near_misses(limit) if found.refused is not None else []
    if as_json:
        print_json(_as_json(people, found, misses, (begin, stop), limit, tz))
        return
    console().print(f"{len(found)} of {found.looked_at} starts work. Times in {tz}", markup=False)
    if len(found):
        _print_slots(found[:limit], people, tz)
    else:
        click.echo(f"No time works: {_named(found.why_none, people)}.", err=True)
    if len(found) > limit:
        click.echo(f"There are more than these {limit}: raise --limit.", err=True)
    if explain and misses:
        console().print("\nWhat nearly works", style="bold")
        _print_misses(misses, people, tz)
    for path in filter(None, (svg, html)):
        click.echo(f"written: {path}")
        if stop - begin > timedelta(days=picture.MOST_DAYS):
            click.echo(f"The first {picture.MOST_DAYS} days are drawn; the list holds the whole window.", err=True)
    for person in people:
        tell_problems(person.file, person.problems)


def _person(file: Path, role: str) -> Person:
    calendar = read_calendar(file)
    return Person(file, describe(file, calendar.name), calendar, read_availability(file), role)


def _wanted(
    people: Sequence[Person], duration: timedelta, grid: timedelta, hours: str | None, at_least: int | None
) -> Wanted:
    """The question: people are numbered as they were named."""
    its: dict[int, str | Availability] = {}
    if hours is not None:
        WorkHours(hours)  # refused here, also where every file brings hours of its own
    for owner, person in enumerate(people):
        given = person.availability or hours
        if given is not None:
            its[owner] = given
    roles: dict[str, list[int]] = {"required": [], "any of": [], "optional": []}
    for owner, person in enumerate(people):
        roles[person.role].append(owner)
    return Wanted(
        duration,
        required=roles["required"],
        any_of=roles["any of"],
        at_least=at_least,
        optional=roles["optional"],
        hours=its,
        grid=grid,
    )


def _bands(slots: Sequence[Slot]) -> list[picture.Band]:
    """The slots to draw, numbered by rank: each that overlaps no better one, so that numbers do not lie on numbers."""
    bands: list[picture.Band] = []
    for rank, slot in enumerate(slots, 1):
        if all(slot.end <= band.start or band.end <= slot.start for band in bands):
            bands.append(picture.Band(slot.start, slot.end, str(rank)))
    return bands


def _print_slots(slots: Sequence[Slot], people: Sequence[Person], tz: tzinfo) -> None:
    print_table(
        ["", "from", "to", "missing", "tentative", "outside 8-18"],
        (
            (
                f"{_local(slot.start, tz):%a}",
                iso(_local(slot.start, tz)),
                iso(_local(slot.end, tz)),
                ", ".join(people[owner].name for owner in slot.missing),
                _minutes(slot.tentative),
                _minutes(slot.outside_total),
            )
            for slot in slots
        ),
    )


def _print_misses(misses: Sequence[Refusal], people: Sequence[Person], tz: tzinfo) -> None:
    print_table(
        ["", "from", "to", "works if moved by", "in the way"],
        (
            (
                f"{_local(miss.start, tz):%a}",
                iso(_local(miss.start, tz)),
                iso(_local(miss.end, tz)),
                "" if miss.move is None else f"{'-' if miss.move < 0 else '+'}{_minutes(abs(miss.move))}",
                "; ".join(_reason(reason, people, tz) for reason in miss.reasons),
            )
            for miss in misses
        ),
    )


def _reason(reason: Reason, people: Sequence[Person], tz: tzinfo) -> str:
    """One thing in the way, in words."""
    who = "" if reason.owner is None else f"{people[reason.owner].name} "
    until = "" if reason.end is None else f" until {_local(reason.end, tz):%H:%M}"
    return f"{who}{reason.why}{until}"


def _named(text: str, people: Sequence[Person]) -> str:
    """Put names where the library says owners."""
    return re.sub(r"owner (\d+)", lambda found: people[int(found[1])].name, text)


def _minutes(seconds: int) -> str:
    return f"{seconds / 60:g} min" if seconds else ""


def _local(second: int, tz: tzinfo) -> datetime:
    return datetime.fromtimestamp(second, tz)


def _as_json(
    people: Sequence[Person],
    found: Found,
    misses: Sequence[Refusal],
    window: tuple[datetime, datetime],
    limit: int,
    tz: tzinfo,
) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "from": iso(window[0]),
        "to": iso(window[1]),
        "people": [
            {
                "file": str(person.file),
                "name": person.name,
                "role": person.role,
                "problems": [str(problem) for problem in person.problems],
            }
            for person in people
        ],
        "looked_at": found.looked_at,
        "found": [_slot_as_json(slot, people, tz) for slot in found[:limit]],
        "more": len(found) > limit,
        "why_none": _named(found.why_none, people) or None,
    }
    if found.refused is not None:
        answer["near_misses"] = [_miss_as_json(miss, people, tz) for miss in misses]
    return answer


def _slot_as_json(slot: Slot, people: Sequence[Person], tz: tzinfo) -> dict[str, Any]:
    return {
        "start": iso(_local(slot.start, tz)),
        "end": iso(_local(slot.end, tz)),
        "missing": [people[owner].name for owner in slot.missing],
        "tentative_minutes": slot.tentative / 60,
        "outside_minutes": {"most": slot.outside_most / 60, "total": slot.outside_total / 60},
    }


def _miss_as_json(miss: Refusal, people: Sequence[Person], tz: tzinfo) -> dict[str, Any]:
    return {
        "start": iso(_local(miss.start, tz)),
        "end": iso(_local(miss.end, tz)),
        "lacking": miss.lacking,
        "move_minutes": None if miss.move is None else miss.move / 60,
        "reasons": [
            {
                "why": str(reason.why),
                "who": None if reason.owner is None else people[reason.owner].name,
                "start": None if reason.start is None else iso(_local(reason.start, tz)),
                "end": None if reason.end is None else iso(_local(reason.end, tz)),
            }
            for reason in miss.reasons
        ],
    }
