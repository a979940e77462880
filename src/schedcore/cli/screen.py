"""A view as a page: a day or week as columns of hours, a month as a grid, a list as a table. HTML and CSS alone.

Rules
1. A column counts elapsed time from midnight to midnight in the zone of the view, so a day of 25 hours is longer and
   one of 23 shorter. Such a day says so and has hours of its own, read off the clock on the wall, an hour that comes
   again named again.
2. A calendar is told by its number, which is in every box, and only then by its colour. A status is told by the border
   and the pattern of the box. So a print without colours and an eye that does not see them lose nothing. The colours
   are those that Okabe and Ito chose for eyes of every kind (jfly.uni-koeln.de/color), pale enough for black text.
3. What found no lane is counted where it would stand. A cell of a month has so many lines and counts the rest.
4. Of time that is taken, and no more is known of, the box says that and nothing else.
5. Text from calendars is escaped. There is no script and no link in the page, and its policy allows none.

What this module does not do: open files, and decide who sees what.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import tzinfo
from html import escape
from typing import Final

from schedcore.cli.output import plain
from schedcore.cli.timeline import NAMES, clock_change
from schedcore.freebusy import More, Status
from schedcore.policy import Level
from schedcore.views import DayView, Entry, Placed, View
from schedcore.zones import zone_of

__all__ = ["clock", "html"]

HOUR: Final = 30  # points: a quarter of an hour is a line of 7.5
MARGIN: Final = 26  # beside the boxes: for hours of a day that has its own, and for how many more there are
LEAST: Final = 15  # the lowest box, which holds a line of text
LINES: Final = 7  # of timed entries in a cell of a month, before the rest is counted
DAY: Final = 86_400
STEP: Final = 1800  # clocks are looked at each half hour: some zones change them by that much

#: Pale, and dark for the edge, by the number of the calendar. From the eighth on they come again: the number tells.
COLOURS: Final = (
    ("#cfe6f5", "#00527f"),
    ("#fbe3bd", "#8a5a00"),
    ("#cdeee2", "#00604a"),
    ("#f3d9e8", "#863a68"),
    ("#faf3b0", "#6b6200"),
    ("#f6d3c0", "#8f3d00"),
    ("#dfeffa", "#2f6f99"),
)

#: A box by its status: a solid edge is certain, a broken one is not, a double one is away, a dotted one takes no time.
EDGES: Final = {
    None: "none",
    Status.FREE: "free",
    Status.TENTATIVE: "tentative",
    Status.BUSY: "busy",
    Status.OUT_OF_OFFICE: "away",
}

PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
* {{ box-sizing: border-box; }}
body {{ margin: 1rem auto; padding: 0 1rem; max-width: 1180px; color: #222; background: #fff;
  font: 13px/1.35 system-ui, "Segoe UI", Helvetica, Arial, "DejaVu Sans", sans-serif; }}
h1 {{ font-size: 1.15rem; margin: 0 0 .4rem; }}
.legend {{ display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; margin: 0 0 .7rem; padding: 0; list-style: none; }}
.legend .box {{ display: inline-block; position: static; width: 2.2em; height: 17px; margin-right: .4em;
  text-align: center; vertical-align: middle; }}
.unknown {{ margin: 0 0 .6rem; padding: .3rem .6rem; border: 1px dashed #777; color: #444; }}
table {{ border-collapse: collapse; width: 100%; table-layout: fixed; }}
th, td {{ border: 1px solid #c4c4c4; vertical-align: top; text-align: left; padding: 0; font-weight: 400; }}
th {{ padding: .25rem .35rem; background: #f3f3f3; font-weight: 600; }}
th.hours, td.hours {{ width: 3.2em; }}
th small {{ display: block; font-weight: 600; color: #a04000; }}
td.whole {{ padding: 1px; }}
.column {{ position: relative; }}
.line {{ position: absolute; left: 0; right: 0; border-top: 1px solid #e4e4e4; }}
.line.six {{ border-color: #b5b5b5; }}
.line span {{ position: absolute; left: 4px; top: -1px; font-size: 10px; color: #444; }}
td.hours .line span {{ left: auto; right: 4px; }}
.box {{ position: absolute; overflow: hidden; padding: 0 3px; border-radius: 2px; font-size: 11px; line-height: 13px;
  border: 1.5px solid var(--edge); border-left-width: 4px; background-color: var(--pale); color: #111;
  text-shadow: 0 0 2px #fff, 0 0 2px #fff, 0 0 3px #fff; }}
.box b {{ font-weight: 700; }}
.box.bar, .box.row {{ position: static; display: block; white-space: nowrap; text-overflow: ellipsis; margin: 1px 0;
  height: 17px; }}
.gap {{ height: 17px; margin: 1px 0; }}
.box.tentative {{ border-style: dashed;
  background-image: repeating-linear-gradient(45deg, transparent 0 5px, rgba(255, 255, 255, .75) 5px 9px); }}
.box.away {{ border-style: double; border-width: 3px; border-left-width: 5px;
  background-image: repeating-linear-gradient(0deg, transparent 0 6px, rgba(0, 0, 0, .13) 6px 7px),
    repeating-linear-gradient(90deg, transparent 0 6px, rgba(0, 0, 0, .13) 6px 7px); }}
.box.free, .box.none {{ border-style: dotted; background-color: #fff; }}
.box.into {{ border-left-style: none; border-radius: 0; }}
.box.onto {{ border-right-style: none; border-radius: 0; }}
.more {{ position: absolute; right: 0; width: 24px; text-align: center; font-size: 10px; font-weight: 700; color: #333;
  background: #ececec; border: 1px solid #888; border-radius: 2px; overflow: hidden; }}
.rest {{ padding: 0 4px; font-size: 11px; font-weight: 700; color: #444; }}
.month td {{ height: 104px; padding: 1px 2px 3px; }}
.month .date {{ display: block; padding: 0 2px; font-weight: 600; }}
.month small {{ color: #a04000; }}
.month .beside {{ background: #f6f6f6; }}
.month .beside .date {{ color: #6a6a6a; font-weight: 400; }}
.list td {{ padding: .2rem .4rem; border-width: 0 0 1px; }}
.list th {{ border-width: 1px 0; }}
.list .when {{ width: 9.5em; }}
.list .whose {{ width: 14em; }}
.list .box {{ display: block; position: static; padding: 1px 5px; font-size: 12px; line-height: 16px; }}
@media print {{ @page {{ size: A4 landscape; margin: 10mm; }} body {{ margin: 0; padding: 0; max-width: none; }}
  * {{ print-color-adjust: exact; -webkit-print-color-adjust: exact; }} tr {{ break-inside: avoid; }} }}
</style>
</head>
<body>
<h1>{title}</h1>
{body}
</body>
</html>
"""


def html(shown: View, names: Mapping[str, str], *, title: str) -> str:
    """Draw a view as a page; `names` are those of the calendars, by their keys and in their order."""
    page = _Page(names, shown.zone)
    draw = {"list": page.listed, "month": page.month}.get(shown.kind, page.hours)
    body = [*_legend(names), *_unknown(shown, names), *draw(shown)]
    return PAGE.format(title=_text(title), body="\n".join(body))


def clock(second: int, zone: tzinfo) -> str:
    """The time of day on the clock of a zone."""
    minutes = _wall(second, zone) // 60
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _wall(second: int, zone: tzinfo) -> int:
    """Seconds since midnight on the clock of a zone; by its table, for the last day of the calendar ends in no year."""
    return (second + zone_of(zone).table.offset_at(second)) % DAY


def _legend(names: Mapping[str, str]) -> Iterator[str]:
    yield '<ul class="legend">'
    for number, name in enumerate(names.values(), 1):
        yield f'<li><span class="box busy" style="{_colour(number)}"><b>{number}</b></span>{_text(name)}</li>'
    grey = "--pale:#eee;--edge:#555"
    for status, edge in EDGES.items():
        if status is not None:
            yield f'<li><span class="box {edge}" style="{grey}">&nbsp;</span>{NAMES[status]}</li>'
    yield "</ul>"


def _unknown(shown: View, names: Mapping[str, str]) -> Iterator[str]:
    for key, reason in shown.unknown.items():
        yield f'<p class="unknown">{_text(names[key])}: {_text(reason)}</p>'


class _Page:
    """Draws the days of a view: it knows the numbers of the calendars and the clock on the wall."""

    def __init__(self, names: Mapping[str, str], zone: tzinfo) -> None:
        self.names = names
        self.numbers = {key: number for number, key in enumerate(names, 1)}
        self.zone = zone

    # --- hours --------------------------------------------------------------------------------------------------------

    def hours(self, shown: View) -> Iterator[str]:
        """A day or a week: whole days on top, then a column of hours for each day."""
        yield '<table><thead><tr><th class="hours"></th>'
        for one in shown.days:
            note = clock_change(one.start, one.end, self.zone).strip()
            said = f"<small>{_text(note)}</small>" if note else ""
            yield f"<th>{one.date:%a} {one.date.isoformat()}{said}</th>"
        yield '</tr></thead><tbody><tr><td class="hours"></td>'
        for one in shown.days:
            yield f'<td class="whole">{"".join(self._bars(one))}</td>'
        yield '</tr><tr><td class="hours">'
        longest = max(one.end - one.start for one in shown.days)
        # The hours of the first usual day; each unusual one has its own.
        usual = next((one for one in shown.days if one.end - one.start == DAY), None)
        if usual is not None:
            yield from self._column(usual, longest, (), hours=True)
        yield "</td>"
        for one in shown.days:
            yield "<td>"
            length = one.end - one.start
            yield from self._column(one, length, self._boxes(one), hours=length != DAY)
            yield "</td>"
        yield "</tr></tbody></table>"

    def _column(self, one: DayView, length: int, boxes: Iterable[str], *, hours: bool) -> Iterator[str]:
        """Lines at the full hours, with their `hours` or without, and the boxes over them."""
        yield f'<div class="column" style="height:{_n(_y(length))}px">'
        for second in range(one.start, one.end, STEP):
            hour, rest = divmod(_wall(second, self.zone), 3600)
            if rest == 0:
                label = f"<span>{hour:02}</span>" if hours else ""
                six = " six" if hour % 6 == 0 else ""
                yield f'<div class="line{six}" style="top:{_n(_y(second - one.start))}px">{label}</div>'
        yield from boxes
        yield "</div>"

    def _boxes(self, one: DayView) -> Iterator[str]:
        """Timed entries beside each other, and how many there are beyond those."""
        # Beside the hours of an unusual day, and the counts of those that are not drawn.
        left, right = (0 if one.end - one.start == DAY else MARGIN), MARGIN if one.more else 0
        free = f"(100% - {left + right}px)"
        for placed in one.timed:
            if placed.lane < 0:
                continue
            top, height = _y(placed.start - one.start), max(_y(placed.end - placed.start), LEAST)
            style = (
                f"top:{_n(top)}px;height:{_n(height)}px;left:calc({left}px + {free} * {placed.lane} / {placed.width});"
                f"width:calc({free} / {placed.width} - 1px)"
            )
            at = clock(placed.start, self.zone) if placed.begins else "…"
            yield self._box(placed.entry, _classes(placed), style, at, self._when(placed))
        for first, last, count in _joined(one.more):
            top, height = _y(first - one.start), max(_y(last - first), LEAST)
            style = f"top:{_n(top)}px;height:{_n(height)}px"
            said = f"up to {count} more, {clock(first, self.zone)} – {clock(last, self.zone)}"
            yield f'<div class="more" style="{style}" title="{said}">+{count}</div>'

    # --- whole days ---------------------------------------------------------------------------------------------------

    def _bars(self, one: DayView) -> Iterator[str]:
        """Entries of whole days, each in its line; what has no line is counted."""
        drawn = {placed.lane: placed for placed in one.all_day if placed.lane >= 0}
        for lane in range(max(drawn, default=-1) + 1):
            placed = drawn.get(lane)
            if placed is None:
                yield '<div class="gap"></div>'
            else:
                yield self._box(placed.entry, f"bar {_classes(placed)}", "", "", self._when(placed))
        if one.all_day_more:
            yield f'<div class="rest">+{one.all_day_more} more</div>'

    def month(self, shown: View) -> Iterator[str]:
        """A month: a row for each week, a cell for each day."""
        yield '<table class="month"><thead><tr>'
        # The last week may end early, with the year 9999, and the first begin late: the middle ones are whole.
        names = max(shown.weeks, key=len)
        yield from (f"<th>{one.date:%A}</th>" for one in names)
        yield "</tr></thead><tbody>"
        for number, week in enumerate(shown.weeks):
            yield "<tr>"
            if number == 0:
                yield "<td></td>" * (len(names) - len(week))
            for one in week:
                beside = "" if one.date.month == shown.of.month else ' class="beside"'
                note = clock_change(one.start, one.end, self.zone).partition(":")[0]
                said = f" <small>{_text(note)}</small>" if note else ""
                yield f'<td{beside}><span class="date">{one.date.day}{said}</span>'
                yield from self._bars(one)
                yield from self._lines(one)
                yield "</td>"
            yield "</tr>"
        yield "</tbody></table>"

    def _lines(self, one: DayView) -> Iterator[str]:
        """Timed entries of a cell, a line each, and how many more there are."""
        for placed in one.timed[:LINES]:
            at = clock(placed.start, self.zone) if placed.begins else "…"
            yield self._box(placed.entry, f"row {_classes(placed)}", "", at, self._when(placed))
        if len(one.timed) > LINES:
            yield f'<div class="rest">+{len(one.timed) - LINES} more</div>'

    def listed(self, shown: View) -> Iterator[str]:
        """A list: a table with a head for each day."""
        yield '<table class="list"><colgroup><col class="when"><col class="whose"><col></colgroup><tbody>'
        for one in shown.days:
            note = clock_change(one.start, one.end, self.zone).strip()
            said = f"<small>{_text(note)}</small>" if note else ""
            yield f'<tr><th colspan="3">{one.date:%A} {one.date.isoformat()}{said}</th></tr>'
            for placed in (*one.all_day, *one.timed):
                box = self._box(placed.entry, _classes(placed), "", "", self._when(placed))
                whose = _text(self.names[placed.entry.calendar])
                yield f"<tr><td>{_text(self._when(placed))}</td><td>{whose}</td><td>{box}</td></tr>"
        yield "</tbody></table>"
        if not shown.days:
            yield "<p>Nothing there.</p>"

    # --- boxes --------------------------------------------------------------------------------------------------------

    def _when(self, placed: Placed) -> str:
        """From when to when, in words for a day."""
        if placed.entry.is_all_day:
            return "all day"
        begin = clock(placed.start, self.zone) if placed.begins else "…"
        return f"{begin} – {clock(placed.end, self.zone) if placed.ends else '…'}"

    def _box(self, entry: Entry, classes: str, style: str, at: str, when: str) -> str:
        number = self.numbers[entry.calendar]
        status = getattr(entry.item, "status", None)
        known = [_text(getattr(entry.item, name, None) or "") for name in ("summary", "location")]
        nameless = "taken" if entry.item.level < Level.DETAILS else "no title"
        what, where = known[0] or f"<i>{nameless}</i>", f", {known[1]}" if known[1] else ""
        said = f"{when}: {known[0] or nameless}{where}" + (f" ({NAMES[status]})" if status is not None else "")
        time = f"{at} " if at else ""
        return (
            f'<div class="box {classes} {EDGES[status]}" style="{_colour(number)};{style}" title="{said}">'
            f"<b>{number}</b> {time}{what}{where}</div>"
        )


def _joined(stretches: Iterable[More]) -> list[tuple[int, int, int]]:
    """Counts that touch as one, with the most there are at a time: a stretch of minutes has no room for a number."""
    found: list[tuple[int, int, int]] = []
    for start, end, count in stretches:
        if found and found[-1][1] == start:
            start, _, before = found.pop()
            count = max(before, count)
        found.append((start, end, count))
    return found


def _classes(placed: Placed) -> str:
    """Whether it comes from the day before and goes on to the next."""
    return " ".join(_marks(placed)) or "whole"


def _marks(placed: Placed) -> Iterable[str]:
    if placed.entry.is_all_day:
        yield from ([] if placed.begins else ["into"])
        yield from ([] if placed.ends else ["onto"])


def _colour(number: int) -> str:
    pale, edge = COLOURS[(number - 1) % len(COLOURS)]
    return f"--pale:{pale};--edge:{edge}"


def _y(seconds: int) -> float:
    """How far down so many seconds are."""
    return seconds * HOUR / 3600


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _text(text: str) -> str:
    """Text of strangers, harmless in markup."""
    return escape(plain(text))
