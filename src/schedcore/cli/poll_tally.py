"""Votes in files (CSV, TSV, Parquet, Arrow) tallied, as a table, JSON or a picture of bars.

The picture tells yes, if need be and no apart by lightness and pattern, so that a print without colours loses nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Any, Final, NamedTuple

import click

from schedcore.cli.output import plain, print_json, print_table
from schedcore.errors import ColumnError, InvalidValue, shorten
from schedcore.polls import Tallies, tally_many

__all__ = ["Bar", "print_many", "svg"]

COLUMNS: Final = ("poll", "option", "voter", "vote", "weight")
MOST_BARS: Final = 200  # a picture of some 6,000 points, as high as programs show at all
LEFT: Final = 170  # the titles
WIDE: Final = 460  # the longest bar
ROW: Final = 26
BOX: Final = 16
EDGE: Final = 16
LETTERS: Final = 22
#: Name, fill and outline of each part of a bar, from left to right: dark, striped, white.
PARTS: Final = (
    ("yes", "#00553d", "#00553d"),
    ("if need be", "url(#maybe)", "#00553d"),
    ("no", "#fff", "#999"),
)
DEFS: Final = (
    '<defs><pattern id="maybe" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="6" height="6" fill="#cdeee2"/><rect width="2.4" height="6" fill="#009e73"/></pattern></defs>'
)
FONT: Final = "font-family=\"system-ui, 'Segoe UI', Helvetica, Arial, 'DejaVu Sans', sans-serif\" font-size=\"12\""


class Bar(NamedTuple):
    """One option: its title, how often each was said, and its rank."""

    title: str
    no: int
    if_need_be: int
    yes: int
    rank: int


def print_many(file: Path, unique: bool, picture: Path | None, as_json: bool) -> None:
    """Tally the votes of a file and print how each option stands."""
    columns = read_votes(file)
    try:
        found = tally_many(*(columns.get(name) for name in COLUMNS), unique=unique)
    except ColumnError as error:
        raise ColumnError(f"{file}: {error}") from error
    rows = list(zip(*(column.tolist() for column in _columns(found)), strict=True))
    if picture is not None:
        bars = [Bar(f"{row[0]}: option {row[1]}", *row[2:]) for row in rows]
        picture.write_text(svg(bars, f"Votes of {file.name}"), encoding="utf-8")
        if len(bars) > MOST_BARS:
            click.echo(f"The first {MOST_BARS} options are drawn, of {len(bars)}.", err=True)
    names = ("poll", "option", "no", "if_need_be", "yes", "rank")
    if as_json:
        print_json([dict(zip(names, row, strict=True)) for row in rows])
        return
    print_table(["poll", "option", "no", "if need be", "yes", "rank"], ([str(one) for one in row] for row in rows))
    if picture is not None:
        click.echo(f"written: {picture}")


def _columns(found: Tallies) -> Sequence[Any]:
    return found.poll, found.option, found.no, found.if_need_be, found.yes, found.rank


def read_votes(file: Path) -> dict[str, Any]:
    """Read the columns of a file by its suffix; InvalidValue for one that is not known or lacks a column."""
    try:
        import pyarrow
        from pyarrow import csv, feather, parquet
    except ImportError:
        raise InvalidValue(f"{file}: votes are read with pyarrow: pip install 'schedcore[batch]'") from None
    suffix = file.suffix.lower()
    try:
        if suffix in (".csv", ".tsv"):
            table = csv.read_csv(file, parse_options=csv.ParseOptions(delimiter="\t" if suffix == ".tsv" else ","))
        elif suffix == ".parquet":
            table = parquet.read_table(file)
        elif suffix in (".arrow", ".feather", ".ipc"):
            table = feather.read_table(file)
        else:
            raise InvalidValue(f"{file}: name votes by what they are, one of .csv .tsv .parquet .arrow .feather .ipc")
    except pyarrow.ArrowException as error:
        raise InvalidValue(f"{file}: {error}") from error
    lacking = [name for name in COLUMNS[:4] if name not in table.column_names]
    if lacking:
        have = ", ".join(shorten(name) for name in table.column_names[:9])
        raise InvalidValue(f"{file}: no column {lacking[0]} (there are {have}); name them {', '.join(COLUMNS)}")
    return {name: table.column(name) for name in COLUMNS if name in table.column_names}


# --- the picture ------------------------------------------------------------------------------------------------------


def svg(bars: Sequence[Bar], title: str) -> str:
    """Draw each option as a bar of yes, if need be and no; the first in rank has a mark."""
    shown = bars[:MOST_BARS]
    most = max((bar.yes + bar.if_need_be + bar.no for bar in shown), default=0) or 1
    top = 64
    height, width = top + ROW * len(shown) + EDGE, EDGE + LEFT + WIDE + 150
    elements = [DEFS, f'<rect width="{width}" height="{height}" fill="#fff"/>']
    elements.append(f'<text x="{EDGE}" y="24" font-size="15" font-weight="600">{_text(title)}</text>')
    x = EDGE
    for name, fill, stroke in PARTS:
        elements.append(f'<rect x="{x}" y="36" width="22" height="12" fill="{fill}" stroke="{stroke}"/>')
        elements.append(f'<text x="{x + 28}" y="46">{name}</text>')
        x += 54 + 7 * len(name)
    for number, bar in enumerate(shown):
        elements += _bar(bar, top + ROW * number, most)
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    body = "\n".join(elements)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{_text(title)}" {size} {FONT}>\n{body}\n</svg>'
    )


def _bar(bar: Bar, y: float, most: int) -> Iterable[str]:
    name = bar.title if len(bar.title) <= LETTERS else bar.title[: LETTERS - 1] + "…"
    weight = ' font-weight="600"' if bar.rank == 1 else ""
    yield f'<text x="{EDGE}" y="{y + 13}"{weight}>{_text(name)}</text>'
    x = float(EDGE + LEFT)
    for (said, fill, stroke), votes in zip(PARTS, (bar.yes, bar.if_need_be, bar.no), strict=True):
        if votes:
            wide = WIDE * votes / most
            box = f'<rect x="{x:.1f}" y="{y}" width="{wide:.1f}" height="{BOX}" fill="{fill}" stroke="{stroke}"'
            yield f"{box}><title>{_text(bar.title)}: {votes} {said}</title></rect>"
            x += wide
    counts = f"{bar.yes} + {bar.if_need_be}, {bar.no} no"
    rank = f"{bar.rank}. " if bar.rank > 1 else "1. ★ "
    yield f'<text x="{x + 8:.1f}" y="{y + 13}"{weight}>{rank}{counts}</text>'


def _text(text: str) -> str:
    """Text of strangers, harmless in markup."""
    return escape(plain(text))
