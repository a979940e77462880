"""`schedcore freebusy`: who is busy when, for each calendar and for the whole team, in the form that is asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from itertools import islice
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console

from schedcore.cli import picture
from schedcore.cli.options import Pictures, Reading, Window, files, pictures, reading, window
from schedcore.cli.output import console, describe, iso, plain, print_json, print_table, tell_problems
from schedcore.cli.timeline import NAMES, Row, days_between, draw_day, legend, symbols
from schedcore.cli.times import local
from schedcore.freebusy import Block, FreeBusy, digits, minutes, query, vfreebusy
from schedcore.ics import Calendar

__all__ = ["freebusy"]

DRAWN_DAYS = picture.MOST_DAYS  # days drawn at most; the lists hold the whole window
TEAM = "Team"
PRODID: Final = "-//schedcore//schedcore freebusy//EN"

REPORTS: Final = ("timeline", "blocks", "vfreebusy", "digits", "minutes")
PICTURES: Final = {"svg": picture.svg, "html": picture.html}


@dataclass(frozen=True, slots=True)
class Asked:
    """The answer, with the files, calendars and names that its owners stand for."""

    answer: FreeBusy
    files: Sequence[Path]
    calendars: Sequence[Calendar | None]
    names: Sequence[str]
    tz: tzinfo

    def rows(self) -> list[Row]:
        """A row for each calendar, and the team's."""
        answer = self.answer
        rows = [Row(name, answer.blocks(owner), answer.is_unknown(owner)) for owner, name in enumerate(self.names)]
        return [*rows, Row(TEAM, answer.blocks(), answer.is_unknown(), together=True)]

    def owners(self) -> list[tuple[str, int | None]]:
        """Names with owners, the team at the end."""
        return [*((name, owner) for owner, name in enumerate(self.names)), (TEAM, None)]


@click.command()
@files
@window
@click.option("--report", type=click.Choice(REPORTS), help="What to print; the timeline unless a picture is written.")
@click.option("--minutes", "width", metavar="N", type=int, default=30, show_default=True, help="Minutes of a digit.")
@reading("FILE")
@pictures
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with digits or minutes if --report says so.")
def freebusy(
    files: Sequence[Path],
    window: Window,
    reading: Reading,
    pictures: Pictures,
    *,
    report: str | None,
    width: int,
    as_json: bool,
) -> None:
    """Say when the owners of some calendars are busy, and when any of them is.

    \b
    schedcore freebusy anna.ics ben.ics --from 2026-10-19 --to 2026-10-26 --tz Europe/Zurich
    schedcore freebusy anna.ics ben.ics --from 2026-10-19 --to 2026-10-26 --report digits --html week.html
    """
    reading.check(len(files), "files")
    if as_json and report == "vfreebusy":
        raise click.UsageError("--json does not go with --report vfreebusy, which is a format of its own")
    found = [reading.read(file) for file in files]
    asked = [reading.owned(place, calendar) for place, calendar in enumerate(found)]
    answer = query(asked, *window.bounds, tz=window.tz, on_unknown=reading.on_unknown or "report")
    calendars = [calendar if isinstance(calendar, Calendar) else None for calendar in found]
    names = [
        describe(file, None if calendar is None else calendar.name)
        for file, calendar in zip(files, calendars, strict=True)
    ]
    it = Asked(answer, files, calendars, names, window.tz)
    written = [_write(it, form, path) for form, path in pictures.wanted]
    if as_json:
        print_json(_as_json(it, window, report, width))
        return
    if report is None and written:
        for path in written:
            click.echo(f"written: {path}")
    else:
        _PRINTED[report or "timeline"](it, width)
    _tell(it)


def _tell(it: Asked) -> None:
    """What was wrong with the files, on stderr."""
    for owner, (file, calendar) in enumerate(zip(it.files, it.calendars, strict=True)):
        if calendar is None:
            click.echo(f"schedcore: {plain(it.answer.unknown[owner])}", err=True)
        else:
            tell_problems(file, calendar.problems)


# --- pictures ---------------------------------------------------------------------------------------------------------


def _write(it: Asked, form: str, path: Path) -> Path:
    answer = it.answer
    ends = (local(second, it.tz) for second in (answer.start, answer.end))
    title = "Free/busy, {} to {}".format(*(f"{end:%Y-%m-%d %H:%M}" for end in ends))
    text = PICTURES[form](it.rows(), answer.start, answer.end, it.tz, title=title)
    path.write_text(text, encoding="utf-8")
    _say_what_is_not_drawn(it)
    return path


def _say_what_is_not_drawn(it: Asked) -> None:
    days = islice(days_between(it.answer.start, it.answer.end, it.tz), DRAWN_DAYS + 1)
    if len(list(days)) > DRAWN_DAYS:
        click.echo(f"The first {DRAWN_DAYS} days are drawn; the lists hold the whole window.", err=True)


# --- text -------------------------------------------------------------------------------------------------------------


def _timeline(it: Asked, width: int) -> None:
    out = console()
    drawn = symbols(getattr(sys.stdout, "encoding", None) or "ascii")
    rows = it.rows()
    out.print(f"Times in {it.tz}", markup=False)
    out.print(legend(drawn))
    for day in islice(days_between(it.answer.start, it.answer.end, it.tz), DRAWN_DAYS):
        out.print()
        for line in draw_day(day, rows, it.tz, drawn):
            out.print(line, no_wrap=True, crop=False, overflow="ignore")
    _say_what_is_not_drawn(it)
    out.print()
    _lists(it, width)


def _lists(it: Asked, width: int) -> None:
    for number, row in enumerate(it.rows()):
        if number:
            console().print()
        _list(row, it.tz)


def _list(row: Row, tz: tzinfo) -> None:
    out: Console = console()
    out.print(f"{row.name}: {_amount(row)}", markup=False, style="bold")
    if row.blocks:
        print_table(
            ["", "from", "to", "status"],
            (
                (f"{local(b.start, tz):%a}", iso(local(b.start, tz)), iso(local(b.end, tz)), NAMES[b.status])
                for b in row.blocks
            ),
        )


def _amount(row: Row) -> str:
    hours = {status: sum(b.end - b.start for b in row.blocks if b.status is status) / 3600 for status in NAMES}
    said = [f"{hours[status]:g} h {name}" for status, name in NAMES.items() if hours[status]]
    if row.unknown:
        said.append("the rest unknown" if row.together else "unknown")
    return ", ".join(said) or "free"


def _digits(it: Asked, width: int) -> None:
    """A line for each: the digits first, so that programs find them."""
    for name, owner in it.owners():
        click.echo(f"{digits(it.answer, owner, minutes=width)} {name}")


def _minutes(it: Asked, width: int) -> None:
    out: Console = console()
    for name, owner in it.owners():
        out.print(f"{name}, minutes a day in {it.tz}", markup=False, style="bold")
        found = minutes(it.answer, owner, tz=it.tz)
        print_table(
            ["", "day", "free", "tentative", "busy", "out of office", "unknown"],
            ((f"{each.day:%a}", each.day.isoformat(), *(f"{amount:g}" for amount in each[1:])) for each in found),
        )


def _vfreebusy(it: Asked, width: int) -> None:
    """One VCALENDAR with a VFREEBUSY for each calendar; the team is nobody's."""
    now = datetime.now(UTC)
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODID}", "METHOD:PUBLISH"]
    parts = [vfreebusy(it.answer, owner, now=now) for owner in range(it.answer.asked)]
    click.echo("\r\n".join([*lines, *(part.rstrip("\r\n") for part in parts), "END:VCALENDAR", ""]), nl=False)


_PRINTED: Final[dict[str, Callable[[Asked, int], None]]] = {
    "timeline": _timeline,
    "blocks": _lists,
    "vfreebusy": _vfreebusy,
    "digits": _digits,
    "minutes": _minutes,
}


# --- JSON -------------------------------------------------------------------------------------------------------------


def _as_json(it: Asked, window: Window, report: str | None, width: int) -> dict[str, Any]:
    answer = it.answer
    calendars = []
    for owner, (file, name, calendar) in enumerate(zip(it.files, it.names, it.calendars, strict=True)):
        problems = [] if calendar is None else list(map(str, calendar.problems))
        calendars.append(
            {"file": str(file), "name": name, "unknown": answer.unknown.get(owner)}
            | {"busy": _blocks_as_json(answer.blocks(owner), it.tz), "problems": problems}
        )
    document: dict[str, Any] = {
        "from": iso(window.bounds[0]),
        "to": iso(window.bounds[1]),
        "calendars": calendars,
        "team": _blocks_as_json(answer.blocks(), it.tz),
    }
    if report == "digits":
        document["digits"] = {"minutes": width} | _for_all(it, lambda owner: digits(answer, owner, minutes=width))
    if report == "minutes":
        document["minutes"] = _for_all(
            it, lambda owner: [each._asdict() | {"day": str(each.day)} for each in minutes(answer, owner, tz=it.tz)]
        )
    return document


def _for_all(it: Asked, what: Callable[[int | None], object]) -> dict[str, object]:
    return {"calendars": [what(owner) for owner in range(it.answer.asked)], "team": what(None)}


def _blocks_as_json(blocks: Sequence[Block], tz: tzinfo) -> list[dict[str, Any]]:
    return [
        {"start": iso(local(b.start, tz)), "end": iso(local(b.end, tz)), "status": b.status.name.lower()}
        for b in blocks
    ]
