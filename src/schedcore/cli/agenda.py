"""`schedcore agenda`: what a digest says of a day, for some calendars together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from typing import Any

import click

from schedcore.cli.files import read_calendar
from schedcore.cli.output import console, describe, iso, plain, print_json, print_table, tell_problems
from schedcore.cli.times import zone
from schedcore.errors import InvalidValue, shorten
from schedcore.ics import Calendar
from schedcore.reminders import Digest, Item, Profile, Watched, daily_digest, day_digest

__all__ = ["agenda"]

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_DAY_FORM = "write 2026-10-27"


@click.command()
@click.argument("files", metavar="FILE.ics...", nargs=-1, required=True, type=_FILE)
@click.option("--day", metavar="D", required=True, help="The day: 2026-10-27.")
@click.option("--tz", metavar="Z", callback=zone, default="UTC", show_default=True, help="Your zone: an IANA name.")
@click.option("--no-recurring", is_flag=True, help="Leave out what recurs.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def agenda(files: Sequence[Path], day: str, tz: tzinfo, no_recurring: bool, as_json: bool) -> None:
    """List what is on a day: times, titles, locations and links of video calls, as a daily digest has them.

    \b
    schedcore agenda anna.ics --day 2026-10-27 --tz Europe/Zurich
    """
    asked = _day(day)
    calendars = [(file, read_calendar(file)) for file in files]
    found = _found(calendars, daily_digest(recurring=not no_recurring), asked, tz)
    if as_json:
        print_json(_as_json(calendars, found, asked, tz))
        return
    console().print(plain(f"{asked:%A} {asked.isoformat()}, in {tz}"), markup=False)
    if found:
        print_table(["from", "to", "what", "where", "link", "calendar"], (_row(*one, asked) for one in found))
    else:
        click.echo("Nothing there.", err=True)
    for file, calendar in calendars:
        tell_problems(file, calendar.problems)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise InvalidValue(f"--day: {shorten(text)} is no date; {_DAY_FORM}") from None


def _found(calendars: Sequence[tuple[Path, Calendar]], digest: Digest, day: date, tz: tzinfo) -> list[tuple[str, Item]]:
    """The items of all calendars with the names of those, in the order of one."""
    found: list[tuple[str, Item]] = []
    for file, calendar in calendars:
        digested = day_digest(digest, Watched(str(file), calendar, Profile(str(file))), day, tz)
        name = describe(file, calendar.name)
        found += [(name, item) for item in (() if digested is None else digested.items)]
    return sorted(found, key=lambda one: _order(one[1], tz))


def _order(item: Item, tz: tzinfo) -> tuple[bool, datetime]:
    if not isinstance(item.start, datetime):
        return False, datetime.combine(item.start, datetime.min.time(), UTC)
    return True, item.start if item.start.tzinfo is not None else item.start.replace(tzinfo=tz)


def _row(name: str, item: Item, day: date) -> list[str | None]:
    begin, end = ("all day", "") if item.is_all_day else (_clock(item.start, day), _clock(item.end, day))
    return [begin, end, item.summary or "(no title)", item.location, item.link, name]


def _clock(value: date, day: date) -> str:
    """The time on the clock; with the date where it is that of another day."""
    assert isinstance(value, datetime)
    return f"{value:%H:%M}" if value.date() == day else str(iso(value.replace(tzinfo=None))).replace("T", " ")


def _as_json(
    calendars: Sequence[tuple[Path, Calendar]], found: Sequence[tuple[str, Item]], day: date, tz: tzinfo
) -> dict[str, Any]:
    items = [
        {**item._asdict(), "calendar": name, "start": iso(item.start), "end": iso(item.end)} for name, item in found
    ]
    problems = {str(file): [str(one) for one in calendar.problems] for file, calendar in calendars}
    return {"day": day.isoformat(), "zone": str(tz), "items": items, "problems": problems}
