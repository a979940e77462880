"""What every command prints with: tables and JSON, and text from strangers made harmless."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from rich.cells import cell_len
from rich.console import Console

__all__ = ["console", "describe", "iso", "plain", "print_json", "print_table", "tell_problems"]

GAP = 3  # blanks between two columns of a table
PIPED_WIDTH = 120  # columns where nobody's terminal says how many: enough for two dates and a title in a line


def console() -> Console:
    """The console for stdout as it is now: colours and its own width on a terminal, neither in a pipe."""
    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=PIPED_WIDTH)


def plain(text: str) -> str:
    """One line in which nothing steers a terminal: line ends become blanks, controls and direction marks are shown.

    >>> plain("Lunch\\r\\n\\x1b[31mat noon")
    'Lunch \\\\x1b[31mat noon'
    """
    line = " ".join(text.split())
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in line)


def iso(value: date | datetime | None) -> str | None:
    """Write a date or time in ISO 8601, without seconds that are zero.

    >>> iso(date(2026, 10, 25)), iso(datetime(2026, 10, 25, 9)), iso(datetime(2026, 10, 25, 9, 0, 1))
    ('2026-10-25', '2026-10-25T09:00', '2026-10-25T09:00:01')
    """
    if value is None:
        return None
    if not isinstance(value, datetime):
        return value.isoformat()
    return value.isoformat(timespec="auto" if value.second or value.microsecond else "minutes")


def print_json(value: Any) -> None:
    """Print one JSON document."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str | None]]) -> None:
    """Print a table for people, a line each row; text from files is shown as it is, never read as markup.

    By hand, since rich's Table takes a fifth of a millisecond a row, and a calendar has thousands.
    """
    cells = [list(columns), *([plain(cell or "") for cell in row] for row in rows)]
    lengths = [[cell_len(cell) for cell in row] for row in cells]  # in columns of the screen: CJK takes two
    widths = [max(column) for column in zip(*lengths, strict=True)]
    for number, (row, its) in enumerate(zip(cells, lengths, strict=True)):
        padded = (cell + " " * (width - own) for cell, own, width in zip(row, its, widths, strict=True))
        click.secho((" " * GAP).join(padded).rstrip(), bold=number == 0)


def describe(path: Path, name: str | None) -> str:
    """A calendar's name, else that of its file."""
    return plain(name or "") or plain(path.stem)


def tell_problems(path: Path, problems: Iterable[object]) -> None:
    """List on stderr what a file had wrong, a line each."""
    for problem in problems:
        click.echo(f"schedcore: {plain(path.name)}: {plain(str(problem))}", err=True)
