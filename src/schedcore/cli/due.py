"""`schedcore due`: which reminders of some calendars are due between two moments, and when the next one is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import click

from schedcore.cli.files import read_calendar
from schedcore.cli.output import console, describe, iso, plain, print_json, print_table, tell_problems
from schedcore.cli.times import aware, moment, zone
from schedcore.errors import InvalidValue
from schedcore.reminders import Alarm, Due, Profile, Reminders, Watched

__all__ = ["due"]

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("files", metavar="FILE.ics...", nargs=-1, required=True, type=_FILE)
@click.option("--from", "start", metavar="A", callback=moment, required=True, help="From this moment on.")
@click.option("--to", "end", metavar="B", callback=moment, required=True, help="Up to this one, not part of it.")
@click.option("--tz", metavar="Z", callback=zone, default="UTC", show_default=True, help="Your zone: an IANA name.")
@click.option("--default", "minutes", metavar="N", type=int, help="Minutes before events that have no reminder.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def due(files: Sequence[Path], start: date, end: date, tz: tzinfo, minutes: int | None, as_json: bool) -> None:
    """List the reminders that are due: when, over which channel, and of what; and when the next one is.

    \b
    schedcore due anna.ics --from 2026-10-27 --to 2026-10-28 --tz Europe/Zurich --default 15
    """
    a, b = aware(start, tz), aware(end, tz)
    if b.astimezone(UTC) < a.astimezone(UTC):
        raise InvalidValue(f"--to {iso(end)} is before --from {iso(start)}: swap them")
    calendars = {str(file): read_calendar(file) for file in files}
    names = {key: describe(Path(key), calendar.name) for key, calendar in calendars.items()}
    defaults = [] if minutes is None else [Alarm.before(minutes)]
    reminders = Reminders(
        [Watched(key, calendar, Profile(key), defaults=defaults) for key, calendar in calendars.items()], tz=tz
    )
    found = reminders.due(a, b)
    # What is due at the very end of the window is not part of it, and so it is the next.
    following = reminders.next_due(_before(b))
    problems = {key: [*calendar.problems, *reminders.problems.get(key, ())] for key, calendar in calendars.items()}
    if as_json:
        print_json(
            {
                "from": iso(a),
                "to": iso(b),
                "due": [_as_json(one, names, tz) for one in found],
                "next": iso(None if following is None else following.astimezone(tz)),
                "problems": {key: list(map(str, its)) for key, its in problems.items()},
            }
        )
        return
    if found:
        print_table(["due", "by", "what", "starts", "calendar"], (_row(one, names, tz) for one in found))
    else:
        click.echo("Nothing is due.", err=True)
    if following is not None:
        shown = str(iso(following.astimezone(tz).replace(tzinfo=None))).replace("T", " ")
        console().print(plain(f"Next: {shown}, in {tz}"), markup=False)
    for key, its in problems.items():
        tell_problems(Path(key), its)


def _before(moment: datetime) -> datetime:
    """A second earlier; the first second of the calendar has none before it."""
    utc = moment.astimezone(UTC)
    return utc - timedelta(seconds=1) if utc > datetime.min.replace(tzinfo=UTC) + timedelta(seconds=1) else utc


def _row(one: Due, names: dict[str, str], tz: tzinfo) -> list[str | None]:
    at = str(iso(one.at.astimezone(tz).replace(tzinfo=None))).replace("T", " ")
    by = f"{one.channel} ({one.alarm.hook})" if one.alarm.hook else str(one.channel)
    return [at, by, one.event.summary or "(no title)", _start(one, tz), names[one.calendar]]


def _start(one: Due, tz: tzinfo) -> str:
    value = one.start
    if isinstance(value, datetime) and value.tzinfo is not None:
        value = value.astimezone(tz).replace(tzinfo=None)
    return str(iso(value)).replace("T", " ")


def _as_json(one: Due, names: dict[str, str], tz: tzinfo) -> dict[str, Any]:
    return {
        "at": iso(one.at.astimezone(tz)),
        "channel": str(one.channel),
        "hook": one.alarm.hook or None,
        "calendar": names[one.calendar],
        "file": one.calendar,
        "uid": one.uid,
        "summary": one.event.summary,
        "start": iso(one.start),
        "end": iso(one.end),
        "recurrence_id": iso(one.recurrence_id),
        "repeat": one.number,
    }
