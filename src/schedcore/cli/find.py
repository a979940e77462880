"""`schedcore find`: when can the owners of some calendars meet, best first, and what is in the way at other times."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import click

from schedcore.cli import picture
from schedcore.cli.files import read_availability
from schedcore.cli.options import FILE, Pictures, Reading, Window, files, length, pictures, reading, window
from schedcore.cli.output import describe, print_json
from schedcore.cli.slots import Answer, Person, as_json, print_answer
from schedcore.cli.timeline import Row
from schedcore.cli.times import aware, moment, read_moment
from schedcore.errors import InvalidValue, shorten
from schedcore.freebusy import Availability, Room, Slot, Unreadable, Wanted, WorkHours, find_times, query

__all__ = ["find"]

TITLE: Final = "Times to meet"
SHOWN: Final = 10  # slots, and near misses, unless --limit says otherwise; what is left out is said
_ROOM: Final = re.compile(r"(.+):(\d{1,6})", re.ASCII | re.DOTALL)
DRAW: Final = {"svg": picture.svg, "html": picture.html}


def room(context: click.Context, param: click.Parameter, texts: Sequence[str]) -> list[tuple[Path, int | None]]:
    """Read rooms, as click's callback of an option: FILE, or FILE:SEATS. A file that bears all of the name is meant."""
    found = []
    for text in texts:
        read = None if Path(text).exists() else _ROOM.fullmatch(text)
        name, seats = (text, None) if read is None else (read[1], int(read[2]))
        found.append((FILE.convert(name, param, context), seats))
    return found


def hold(_: click.Context, param: click.Parameter, texts: Sequence[str]) -> list[tuple[date, date]]:
    """Read stretches, as click's callback of an option: START/END, each a date or a time."""
    found = []
    for text in texts:
        start, slash, end = text.partition("/")
        if not slash:
            raise InvalidValue(
                f"{param.opts[0]}: {shorten(text)} is no stretch of time; write 2026-10-25T09:00/2026-10-25T10:00"
            )
        found.append((read_moment(param, start), read_moment(param, end)))
    return found


@click.command()
@files
@click.option("--duration", metavar="D", callback=length, required=True, help="How long: 45m, 1h, 1h30m.")
@window
@click.option(
    "--work-hours",
    "hours",
    metavar="H",
    help='Such as "Mo-Fr 09:00-17:30", in the zone of each calendar; a VAVAILABILITY in a file counts instead.',
)
@click.option("--optional", metavar="FILE", multiple=True, type=FILE, help="Somebody who need not come; repeatable.")
@click.option("--at-least", metavar="K", type=int, help="So many of the FILEs are enough; else all must be free.")
@click.option(
    "--room",
    "rooms",
    metavar="FILE[:SEATS]",
    multiple=True,
    callback=room,
    help="A room that may be taken; repeatable, one of them must be free. The smallest that seats all is given.",
)
@click.option("--seats", metavar="N", type=int, help="Seats that the room must have; else one for each who is named.")
@click.option("--before", metavar="D", callback=length, help="People must be free so long before the meeting, too.")
@click.option("--after", metavar="D", callback=length, help="People must be free so long after it, too.")
@click.option("--notice", metavar="D", callback=length, help="It starts so long from now at the earliest.")
@click.option(
    "--now",
    metavar="T",
    callback=moment,
    help="The moment before which nothing starts, and that --notice counts from; else the clock tells.",
)
@click.option("--most-a-day", metavar="N", type=int, help="Whoever has N meetings on a day is not asked for another.")
@click.option(
    "--hold",
    "holds",
    metavar="A/B",
    multiple=True,
    callback=hold,
    help="A stretch that is on offer elsewhere: nobody meets then; repeatable.",
)
@click.option(
    "--tentative",
    type=click.Choice(["free", "busy"]),
    default="free",
    show_default=True,
    help="Whether people come who have something tentative.",
)
@click.option("--grid", metavar="G", callback=length, default="15m", show_default=True, help="Starts are so far apart.")
@click.option("--offset", metavar="D", callback=length, help="The first start of a day is so long after midnight.")
@click.option("--limit", metavar="N", type=click.IntRange(min=0), default=SHOWN, show_default=True, help="At most N.")
@click.option("--explain", is_flag=True, help="Say what is in the way at the times that nearly work.")
@reading("FILE, and then the --optional FILE,")
@pictures
@click.option("--json", "json", is_flag=True, help="Print JSON.")
def find(
    files: Sequence[Path],
    window: Window,
    reading: Reading,
    pictures: Pictures,
    *,
    optional: Sequence[Path],
    rooms: Sequence[tuple[Path, int | None]],
    hours: str | None,
    at_least: int | None,
    now: date | None,
    holds: Sequence[tuple[date, date]],
    limit: int,
    explain: bool,
    json: bool,
    **needs: Any,
) -> None:
    """Find the times at which the owners of some calendars can meet, best first.

    The best miss the fewest, then touch the least that is tentative, then lie within 08:00 to 18:00 for everybody, then
    are the earliest.

    \b
    schedcore find anna.ics ben.ics --duration 45m --from 2026-10-26 --to 2026-10-31 --tz Europe/Zurich \\
        --work-hours "Mo-Fr 09:00-17:30"
    schedcore find anna.ics ben.ics --duration 45m --from 2026-10-26 --to 2026-10-31 --tz Europe/Zurich \\
        --room attic.ics:4 --room hall.ics:30 --before 10m --notice 24h --most-a-day 3
    """
    reading.check(len(files) + len(optional), "people")
    asked: list[tuple[Path, str, int | None]] = [
        (file, "required" if at_least is None else "any of", None) for file in files
    ]
    asked += [(file, "optional", None) for file in optional]
    asked += [(file, "room", seats) for file, seats in rooms]
    people = [_person(file, reading, role, seats) for file, role, seats in asked]
    begin, stop = window.bounds
    given: dict[str, Any] = {name: value for name, value in needs.items() if value is not None}
    wanted = Wanted(
        **given | _roles(people),
        at_least=at_least,
        hours=_hours(people, hours),
        holds=[(aware(a, window.tz), aware(b, window.tz)) for a, b in holds],
        on_unknown=reading.on_unknown or "report",
    )
    if now is None and wanted.notice:
        now = datetime.now(UTC)
    calendars = [reading.owned(place, person.calendar) for place, person in enumerate(people)]
    found = find_times(calendars, wanted, begin, stop, tz=window.tz, now=now, explain=explain)
    if pictures.wanted:
        _draw(pictures, people, calendars, window, reading, found[:limit])
    answer = Answer(people, found, (begin, stop), limit, window.tz)
    if json:
        print_json(as_json(answer))
        return
    print_answer(answer)
    for _, path in pictures.wanted:
        click.echo(f"written: {path}")
        if stop - begin > timedelta(days=picture.MOST_DAYS):
            click.echo(f"The first {picture.MOST_DAYS} days are drawn; the list holds the whole window.", err=True)
    answer.tell()


def _person(file: Path, reading: Reading, role: str, seats: int | None) -> Person:
    calendar = reading.read(file)
    if isinstance(calendar, Unreadable):
        return Person(file, describe(file, None), calendar, None, role, seats)
    return Person(file, describe(file, calendar.name), calendar, read_availability(file), role, seats)


def _roles(people: Sequence[Person]) -> dict[str, list[Any]]:
    """Who is asked as what: people are numbered as they were named, rooms behind them."""
    roles: dict[str, list[Any]] = {"required": [], "any_of": [], "optional": [], "rooms": []}
    for owner, person in enumerate(people):
        if person.role == "room":
            roles["rooms"].append(Room(owner, person.seats))
        else:
            roles[person.role.replace(" ", "_")].append(owner)
    return roles


def _hours(people: Sequence[Person], hours: str | None) -> dict[int, str | Availability]:
    """Whose hours are which; those that are typed are of people, a room has those of its file."""
    if hours is not None:
        WorkHours(hours)  # refused here, also where every file brings hours of its own
    its: dict[int, str | Availability] = {}
    for owner, person in enumerate(people):
        given = person.availability or (hours if person.role != "room" else None)
        if given is not None:
            its[owner] = given
    return its


def _draw(
    pictures: Pictures,
    people: Sequence[Person],
    calendars: Sequence[Any],
    window: Window,
    reading: Reading,
    slots: Sequence[Slot],
) -> None:
    """The calendars with the best times, as pictures."""
    answer = query(calendars, *window.bounds, tz=window.tz, on_unknown=reading.on_unknown or "report")
    rows = [Row(one.name, answer.blocks(owner), answer.is_unknown(owner)) for owner, one in enumerate(people)]
    for form, path in pictures.wanted:
        drawn = DRAW[form](rows, answer.start, answer.end, window.tz, title=TITLE, bands=_bands(slots))
        path.write_text(drawn, encoding="utf-8")


def _bands(slots: Sequence[Slot]) -> list[picture.Band]:
    """The slots to draw, numbered by rank: each that overlaps no better one, so that numbers do not lie on numbers."""
    bands: list[picture.Band] = []
    for rank, slot in enumerate(slots, 1):
        if all(slot.end <= band.start or band.end <= slot.start for band in bands):
            bands.append(picture.Band(slot.start, slot.end, str(rank)))
    return bands
