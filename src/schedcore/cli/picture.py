"""A timeline as a picture: a strip for each day, a row for each person, a box for each stretch. SVG, alone or in HTML.

Rules
1. Strips count elapsed time from midnight to midnight in the asker's zone, so a day of 25 hours is longer and one of
   23 shorter. The hours above are read off the clock on the wall, and an hour that comes again is named again.
2. Statuses are told apart by pattern and by lightness, so that a print without colours and an eye that does not see
   them lose nothing. The colours are those that Okabe and Ito chose for eyes of every kind (jfly.uni-koeln.de/color).
3. The shortest stretch is still a line that can be seen.
4. A day on which everybody is free is one line. So many days and no more are drawn; the caller says what is left out.
5. Text from calendars is escaped; nothing in the picture is a link or a script.

What this module does not do: open files, and measure fonts. Names are cut by their number of letters, and what wide
letters still have too much is clipped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta, tzinfo
from html import escape
from typing import Final, NamedTuple

from rich.cells import cell_len, set_cell_size

from schedcore.cli.output import plain
from schedcore.cli.timeline import NAMES, Row, clock_change, days_between, midnight
from schedcore.cli.times import local
from schedcore.freebusy import Block, Status

__all__ = ["MOST_DAYS", "Band", "html", "svg"]

MOST_DAYS: Final = 62  # two months: a picture of some 8,000 points, as high as programs show at all

# Points, at 96 an inch.
HOUR: Final = 30  # a day is 720 wide, so that a quarter of an hour is 7.5
LEFT: Final = 150  # the names
RIGHT: Final = 56  # room for the day of 25 hours, and for the last hour's label
EDGE: Final = 16
ROW: Final = 20  # the height of a person's row ...
BOX: Final = 14  # ... and of a box in it
HEAD: Final = 36  # the date and the hours over the rows
LEGEND: Final = 30
BETWEEN: Final = 14  # between two days
FREE_DAY: Final = 22
WIDTH: Final = EDGE + LEFT + 24 * HOUR + RIGHT + EDGE
LEAST: Final = 1.6  # the width of a box of a moment
LETTERS: Final = 21  # of a name, before it is cut; those of Chinese, Japanese and Korean count twice
NOTE: Final = 14  # the height of a line of its own for what is said about a day that has bands

STEP: Final = 1800  # clocks are looked at each half hour: some zones change them by that much
LABEL_HOURS: Final = 2
BANDS_MEAN: Final = "time to meet, 1 the best"

FILLS: Final = {
    Status.TENTATIVE: "url(#tentative)",
    Status.BUSY: "#0072b2",
    Status.OUT_OF_OFFICE: "url(#away)",
}
#: The outline is dark where the pattern is light.
STROKES: Final = {Status.TENTATIVE: "#a06800", Status.BUSY: "#004a75", Status.OUT_OF_OFFICE: "#7b2d5e"}
UNKNOWN: Final = "url(#unknown)"
#: Of a band: the box, how much of it shows, the outline.
BAND: Final = 'fill="#009e73" fill-opacity="0.14" stroke="#00674b" stroke-width="1.6" rx="2"'
BAND_TEXT: Final = "#00674b"

DEFS: Final = f"""<defs>
<clipPath id="names"><rect x="{EDGE}" y="-99" width="{LEFT - 6}" height="99999"/></clipPath>
<pattern id="tentative" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
<rect width="6" height="6" fill="#fff3d6"/><rect width="2.2" height="6" fill="#e69f00"/></pattern>
<pattern id="away" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
<rect width="7" height="7" fill="#a8447f"/><path d="M0 0H7M0 0V7" stroke="#fff" stroke-width="2.4"/></pattern>
<pattern id="unknown" width="6" height="6" patternUnits="userSpaceOnUse">
<rect width="6" height="6" fill="#f2f2f2"/><circle cx="3" cy="3" r="0.9" fill="#777"/></pattern>
</defs>"""

FONT: Final = "font-family=\"system-ui, 'Segoe UI', Helvetica, Arial, 'DejaVu Sans', sans-serif\" font-size=\"12\""

PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ margin: 1rem auto; max-width: {width}px; color: #222; background: #fff; font: 14px/1.4 system-ui, sans-serif; }}
h1 {{ font-size: 1.1rem; margin: 0 {edge}px 0.3rem; }}
svg {{ display: block; width: 100%; height: auto; break-inside: avoid; }}
@media screen {{ svg {{ min-width: 45rem; }} }}
@media print {{ @page {{ size: A4 landscape; margin: 12mm; }} body {{ margin: 0; }}
  * {{ print-color-adjust: exact; -webkit-print-color-adjust: exact; }} }}
</style>
</head>
<body>
<h1>{title}</h1>
{body}
</body>
</html>
"""


class Band(NamedTuple):
    """A stretch [start, end), in UTC seconds, to mark over all rows, such as a time to meet."""

    start: int
    end: int
    label: str


class _Strip(NamedTuple):
    """A day as elements, drawn from y=0 on, and how high it is."""

    elements: list[str]
    height: float


def svg(rows: Sequence[Row], start: int, end: int, zone: tzinfo, *, title: str, bands: Sequence[Band] = ()) -> str:
    """Draw the window [start, end) of UTC seconds as one picture; its days stand below each other."""
    strips = [_heading(title, zone, bands), *_strips(rows, start, end, zone, bands)]
    elements, y = [], float(EDGE)
    for strip in strips:
        elements += [f'<g transform="translate(0 {_n(y)})">', *strip.elements, "</g>"]
        y += strip.height + BETWEEN
    return _picture([DEFS, *elements], y - BETWEEN + EDGE, title)


def html(rows: Sequence[Row], start: int, end: int, zone: tzinfo, *, title: str, bands: Sequence[Band] = ()) -> str:
    """Draw the window as a page, a picture for each day, between which a printer may turn the page."""
    strips = [_heading("", zone, bands), *_strips(rows, start, end, zone, bands)]
    pictures = [
        _picture([*([DEFS] if number == 0 else []), *strip.elements], strip.height + BETWEEN, "")
        for number, strip in enumerate(strips)
    ]
    return PAGE.format(title=_text(title), width=WIDTH, edge=EDGE, body="\n".join(pictures))


def _picture(elements: Iterable[str], height: float, title: str) -> str:
    named = f' aria-label="{_text(title)}"' if title else ""
    size = f'width="{WIDTH}" height="{_n(height)}" viewBox="0 0 {WIDTH} {_n(height)}"'
    body = "\n".join(elements)
    back = f'<rect width="{WIDTH}" height="{_n(height)}" fill="#fff"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" role="img"{named} {size} {FONT}>\n{back}\n{body}\n</svg>'


def _heading(title: str, zone: tzinfo, bands: Sequence[Band]) -> _Strip:
    """The title, and what patterns and bands mean."""
    elements = []
    if title:
        elements.append(f'<text x="{EDGE}" y="13" font-size="15" font-weight="600">{_text(title)}</text>')
    y = 22 if title else 0
    x = float(EDGE)
    marks = [(NAMES[status], FILLS[status], STROKES[status]) for status in FILLS] + [("unknown", UNKNOWN, "#999")]
    for name, fill, stroke in marks:
        elements.append(_box(x, y + 2, 22, 12, fill, stroke))
        elements.append(f'<text x="{_n(x + 28)}" y="{y + 12}">{name}</text>')
        x += 28 + 7 * len(name) + 24
    if bands:
        elements.append(f'<rect x="{_n(x)}" y="{y + 1}" width="22" height="14" {BAND}/>')
        elements.append(f'<text x="{_n(x + 28)}" y="{y + 12}">{BANDS_MEAN}</text>')
        x += 28 + 7 * len(BANDS_MEAN) + 24
    elements.append(f'<text x="{_n(x + 12)}" y="{y + 12}" fill="#555">hours in {_text(str(zone))}</text>')
    return _Strip(elements, y + LEGEND - 8)


def _strips(rows: Sequence[Row], start: int, end: int, zone: tzinfo, bands: Sequence[Band]) -> Iterator[_Strip]:
    for number, day in enumerate(days_between(start, end, zone)):
        if number == MOST_DAYS:
            return
        yield _strip(day, rows, (start, end), zone, bands)


def _strip(day: date, rows: Sequence[Row], window: tuple[int, int], zone: tzinfo, bands: Sequence[Band]) -> _Strip:
    """One day: its date and hours, and a row for everybody; one line where all of them are free.

    The numbers of bands stand where otherwise a note on the day does, which then has a line of its own.
    """
    start, end = midnight(day, zone), midnight(day + timedelta(days=1), zone)
    note = clock_change(start, end, zone)
    date_text = f'<text x="{EDGE}" y="13" font-weight="600">{day:%a} {day.isoformat()}</text>'
    if note:
        date_text += f'<text x="{EDGE + LEFT}" y="13" fill="#a04000" font-weight="600">{_text(note.strip())}</text>'
    marked = [band for band in bands if band.start < end and start < band.end]
    if not marked and not any(row.unknown or _within(row.blocks, start, end) for row in rows):
        text = f'<text x="{EDGE + LEFT + (150 if note else 0)}" y="13" fill="#555">free</text>'
        return _Strip([date_text, text], FREE_DAY)
    bottom = HEAD + ROW * len(rows)
    elements = [*_hours(start, end, zone, bottom)]
    for number, row in enumerate(rows):
        elements += _row(row, HEAD + ROW * number, (start, end), zone)
    elements += _outside(window, start, end, bottom)
    for band in marked:
        elements += _band(band, start, end, bottom, zone)
    if note and marked:
        return _Strip([date_text, f'<g transform="translate(0 {NOTE})">', *elements, "</g>"], bottom + 2 + NOTE)
    return _Strip([date_text, *elements], bottom + 2)


def _hours(start: int, end: int, zone: tzinfo, bottom: float) -> Iterator[str]:
    """Lines and labels at the full hours of the clock, and one that is shown for the second time."""
    width, height = _n(_x(end, start)), _n(bottom - HEAD + 4)
    yield f'<rect x="{EDGE + LEFT}" y="{HEAD - 4}" width="{width}" height="{height}" fill="#fafafa"/>'
    for second in range(start, end, STEP):
        clock = local(second, zone)
        if clock.minute:
            continue
        x = EDGE + LEFT + _x(second, start)
        strong = clock.hour % 6 == 0
        colour = "#b5b5b5" if strong else "#e2e2e2"
        yield f'<path d="M{_n(x)} {HEAD - 4}V{_n(bottom)}" stroke="{colour}"/>'
        if clock.hour % LABEL_HOURS == 0 or clock.fold:
            yield _hour(x, f"{clock:%H}")
    x = EDGE + LEFT + _x(end, start)
    yield f'<path d="M{_n(x)} {HEAD - 4}V{_n(bottom)}" stroke="#b5b5b5"/>'
    yield _hour(x, "24")


def _hour(x: float, label: str) -> str:
    return f'<text x="{_n(x)}" y="{HEAD - 8}" font-size="10" text-anchor="middle" fill="#555">{label}</text>'


def _row(row: Row, y: float, day: tuple[int, int], zone: tzinfo) -> Iterator[str]:
    start, end = day
    name = plain(row.name)
    shown = name if cell_len(name) <= LETTERS else set_cell_size(name, LETTERS - 1).rstrip() + "…"
    weight = ' font-weight="600"' if row.together else ""
    if row.together:
        yield f'<path d="M{EDGE} {_n(y)}H{_n(EDGE + LEFT + _x(end, start))}" stroke="#888"/>'
    told = f"<title>{_text(name)}</title>" if shown != name else ""
    yield f'<text x="{EDGE}" y="{_n(y + 14)}"{weight} clip-path="url(#names)">{_text(shown)}{told}</text>'
    left, top = EDGE + LEFT, y + (ROW - BOX) / 2
    if row.unknown:
        yield _box(left, top, _x(end, start), BOX, UNKNOWN, "#999", f"{row.name}: unknown")
    for block in _within(row.blocks, start, end):
        first, last = max(block.start, start), min(block.end, end)
        width = max(_x(last, first), LEAST)
        said = f"{row.name}: {NAMES[block.status]} {_clock(block.start, zone)} to {_clock(block.end, zone)}"
        yield _box(left + _x(first, start), top, width, BOX, FILLS[block.status], STROKES[block.status], said)


def _outside(window: tuple[int, int], start: int, end: int, bottom: float) -> Iterator[str]:
    """What of the day was not asked for is paler."""
    for first, last in ((start, min(window[0], end)), (max(window[1], start), end)):
        if first < last:
            x, width = EDGE + LEFT + _x(first, start), _x(last, first)
            yield (
                f'<rect x="{_n(x)}" y="{HEAD - 4}" width="{_n(width)}" height="{_n(bottom - HEAD + 4)}"'
                ' fill="#fff" fill-opacity="0.75"/>'
            )


def _band(band: Band, start: int, end: int, bottom: float, zone: tzinfo) -> Iterator[str]:
    first, last = max(band.start, start), min(band.end, end)
    x, width = EDGE + LEFT + _x(first, start), max(_x(last, first), LEAST)
    said = f"{band.label}: {_clock(band.start, zone)} to {_clock(band.end, zone)}"
    yield (
        f'<rect x="{_n(x)}" y="{HEAD - 4}" width="{_n(width)}" height="{_n(bottom - HEAD + 6)}"'
        f" {BAND}><title>{_text(said)}</title></rect>"
    )
    yield (
        f'<text x="{_n(x + width / 2)}" y="{HEAD - 22}" font-size="10" font-weight="600" text-anchor="middle"'
        f' fill="{BAND_TEXT}">{_text(band.label)}</text>'
    )


def _box(x: float, y: float, width: float, height: float, fill: str, stroke: str, said: str = "") -> str:
    box = f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" fill="{fill}" stroke="{stroke}"'
    if not said:
        return f'{box} stroke-width="0.8"/>'
    return f'{box} stroke-width="0.8"><title>{_text(said)}</title></rect>'


def _within(blocks: Sequence[Block], start: int, end: int) -> list[Block]:
    return [block for block in blocks if block.start < end and start < block.end]


def _x(second: int, since: int) -> float:
    """How far right a second is of another."""
    return (second - since) * HOUR / 3600


def _clock(second: int, zone: tzinfo) -> str:
    return f"{local(second, zone):%a %H:%M}"


def _n(value: float) -> str:
    """A number as SVG writes it, to a hundredth of a point."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _text(text: str) -> str:
    """Text of strangers, harmless in markup."""
    return escape(plain(text))
