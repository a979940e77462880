"""`schedcore freebusy`: who is busy when, drawn and listed for each calendar and for the whole team."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from itertools import islice
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from schedcore.cli.files import read_calendar
from schedcore.cli.output import console, describe, iso, print_json, print_table, tell_problems
from schedcore.cli.timeline import NAMES, Row, days_between, draw_day, legend, symbols
from schedcore.cli.times import aware, moment, zone
from schedcore.freebusy import Block, query

__all__ = ["freebusy"]

DRAWN_DAYS = 62  # two months of days are drawn at most; the list below them holds the whole window
TEAM = "Team"


@click.command()
@click.argument(
    "files",
    metavar="FILE.ics...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
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
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def freebusy(files: Sequence[Path], start: date, end: date, tz: tzinfo, as_json: bool) -> None:
    """Say when the owners of some calendars are busy, and when any of them is.

    \b
    schedcore freebusy anna.ics ben.ics --from 2026-10-19 --to 2026-10-26 --tz Europe/Zurich
    """
    calendars = [read_calendar(file) for file in files]
    answer = query(calendars, aware(start, tz), aware(end, tz), tz=tz)
    rows = [
        Row(describe(file, calendar.name), answer.blocks(owner))
        for owner, (file, calendar) in enumerate(zip(files, calendars, strict=True))
    ]
    team = Row(TEAM, list(answer.team))
    if as_json:
        problems = [list(map(str, calendar.problems)) for calendar in calendars]
        print_json(
            {
                "from": iso(aware(start, tz)),
                "to": iso(aware(end, tz)),
                "calendars": [
                    {"file": str(file), "name": row.name, "busy": _as_json(row.blocks, tz), "problems": found}
                    for file, row, found in zip(files, rows, problems, strict=True)
                ],
                "team": _as_json(team.blocks, tz),
            }
        )
        return
    _draw([*rows, team], answer.start, answer.end, tz)
    for row in [*rows, team]:
        _list(row, tz)
    for file, calendar in zip(files, calendars, strict=True):
        tell_problems(file, calendar.problems)


def _draw(rows: Sequence[Row], start: int, end: int, tz: tzinfo) -> None:
    out = console()
    drawn = symbols(getattr(sys.stdout, "encoding", None) or "ascii")
    days = list(islice(days_between(start, end, tz), DRAWN_DAYS + 1))
    out.print(f"Times in {tz}", markup=False)
    out.print(legend(drawn))
    for day in days[:DRAWN_DAYS]:
        out.print()
        for line in draw_day(day, rows, tz, drawn):
            out.print(line, no_wrap=True, crop=False, overflow="ignore")
    if len(days) > DRAWN_DAYS:
        click.echo(f"The first {DRAWN_DAYS} days are drawn; the lists hold the whole window.", err=True)


def _list(row: Row, tz: tzinfo) -> None:
    out: Console = console()
    out.print()
    out.print(f"{row.name}: {_amount(row.blocks)}", markup=False, style="bold")
    if row.blocks:
        print_table(
            ["", "from", "to", "status"],
            (
                (f"{_local(b.start, tz):%a}", iso(_local(b.start, tz)), iso(_local(b.end, tz)), NAMES[b.status])
                for b in row.blocks
            ),
        )


def _amount(blocks: Sequence[Block]) -> str:
    if not blocks:
        return "free"
    hours = {status: sum(b.end - b.start for b in blocks if b.status is status) / 3600 for status in NAMES}
    return ", ".join(f"{hours[status]:g} h {name}" for status, name in NAMES.items() if hours[status])


def _local(second: int, tz: tzinfo) -> datetime:
    return datetime.fromtimestamp(second, tz)


def _as_json(blocks: Sequence[Block], tz: tzinfo) -> list[dict[str, Any]]:
    return [
        {"start": iso(_local(b.start, tz)), "end": iso(_local(b.end, tz)), "status": b.status.name.lower()}
        for b in blocks
    ]
