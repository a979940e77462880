"""A day drawn as text: a row for each person, a character for each half hour.

Rules
1. A cell shows the strongest status that touches it, so the shortest meeting is seen.
2. Cells count elapsed time from midnight to midnight: a day of 25 hours has two cells more, a day of 23 two less. The
   hours above them are read off the clock on the wall, and an hour that comes again is named.
3. Statuses are told apart by their characters alone; colour only helps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from rich.text import Text

from schedcore.cli.times import local
from schedcore.freebusy import Block, Status

__all__ = ["CELL", "NAMES", "Row", "clock_change", "days_between", "draw_day", "legend", "midnight", "symbols"]

CELL = 1800  # seconds a character: a day of 48 and a name stay within 80 columns
LABEL_HOURS = 3  # hours between two labels over the cells
NAME_WIDTH = 20
DAY = 86_400

DRAWN = {Status.FREE: "·", Status.TENTATIVE: "░", Status.BUSY: "█", Status.OUT_OF_OFFICE: "×"}
#: Where the output cannot show those.
ASCII = {Status.FREE: ".", Status.TENTATIVE: "?", Status.BUSY: "#", Status.OUT_OF_OFFICE: "x"}
STYLES = {Status.FREE: "dim", Status.TENTATIVE: "yellow", Status.BUSY: "blue", Status.OUT_OF_OFFICE: "magenta"}
NAMES = {
    Status.FREE: "free",
    Status.TENTATIVE: "tentative",
    Status.BUSY: "busy",
    Status.OUT_OF_OFFICE: "out of office",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A person and what they do, blocks in order; or of `unknown` nothing is known, or it is all of them `together`."""

    name: str
    blocks: Sequence[Block]
    unknown: bool = False
    together: bool = False


def symbols(encoding: str) -> dict[Status, str]:
    """The characters to draw with, in an encoding that may know ASCII only."""
    try:
        "".join(DRAWN.values()).encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return DRAWN


def legend(drawn: dict[Status, str]) -> Text:
    """What the characters mean."""
    parts: list[str | tuple[str, str]] = []
    for status, name in NAMES.items():
        parts += [(drawn[status], STYLES[status]), f" {name}   "]
    return Text.assemble(*parts, f"one character is {CELL // 60} minutes")


def midnight(day: date, zone: tzinfo) -> int:
    """UTC seconds at which a day begins in a zone; where midnight is skipped, the first time that is not."""
    return int(datetime.combine(day, time(), tzinfo=zone).timestamp())


def days_between(start: int, end: int, zone: tzinfo) -> Iterator[date]:
    """The days of a zone that [start, end) touches."""
    day = local(start, zone).date()
    while midnight(day, zone) < end:
        yield day
        day += timedelta(days=1)


def draw_day(day: date, rows: Sequence[Row], zone: tzinfo, drawn: dict[Status, str]) -> list[Text]:
    """Lines for one day: its date with the hours, and a line for each row; one line if all are free all day."""
    start, end = midnight(day, zone), midnight(day + timedelta(days=1), zone)
    title = f"{day:%a} {day.isoformat()}"
    lines = [_cells(row.blocks, start, end) for row in rows]
    change = clock_change(start, end, zone)
    if not any(row.unknown or any(line) for row, line in zip(rows, lines, strict=True)):
        return [Text.assemble((f"{title:{NAME_WIDTH}} ", "bold"), ("free", "dim"), (change, "bold yellow"))]
    head = Text.assemble((f"{title:{NAME_WIDTH}} {_hours(start, end, zone)}", "bold"), (change, "bold yellow"))
    return [head, *(_draw_row(row, line, drawn) for row, line in zip(rows, lines, strict=True))]


def _cells(blocks: Sequence[Block], start: int, end: int) -> list[Status]:
    """The strongest status that touches each cell of a day."""
    cells = [Status.FREE] * -(-(end - start) // CELL)
    for block in blocks:
        first, last = max(block.start, start), min(block.end, end)
        if first < last:
            for cell in range((first - start) // CELL, -(-(last - start) // CELL)):
                cells[cell] = max(cells[cell], block.status)
    return cells


def _draw_row(row: Row, line: list[Status], drawn: dict[Status, str]) -> Text:
    short = row.name if len(row.name) <= NAME_WIDTH else row.name[: NAME_WIDTH - 1] + "…"
    if row.unknown and not row.together:
        return Text.assemble(f"{short:{NAME_WIDTH}} ", ("unknown", "dim"))
    return Text.assemble(f"{short:{NAME_WIDTH}} ", *((drawn[status], STYLES[status]) for status in line))


def _hours(start: int, end: int, zone: tzinfo) -> str:
    """Labels over the cells: every third hour of the clock, and the hour that it shows for the second time."""
    cells = [local(second, zone) for second in range(start, end, CELL)]
    text = [" "] * (len(cells) + 1)
    for i, cell in enumerate(cells):
        if cell.minute == 0 and (cell.hour % LABEL_HOURS == 0 or cell.fold) and text[i] == " ":
            text[i : i + 2] = f"{cell.hour:02}"
    return "".join(text)


def clock_change(start: int, end: int, zone: tzinfo) -> str:
    """What is said of a day on which the clocks change: "" on all others."""
    if end - start == DAY:
        return ""
    hours = f"{(end - start) / 3600:g}"
    before, after = (local(second, zone).utcoffset() for second in (start, end))
    way = "back" if (before or timedelta()) > (after or timedelta()) else "forward"
    return f" {hours} hours: clocks go {way}"
