"""`schedcore view`: some calendars over each other, as somebody in particular may see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import click

from schedcore.cli import screen
from schedcore.cli.files import read_calendar
from schedcore.cli.output import console, iso, plain, print_json, print_table, tell_problems
from schedcore.cli.rights import Rights, Whose, read_rights
from schedcore.cli.timeline import NAMES, clock_change
from schedcore.cli.times import zone
from schedcore.errors import CalendarError, InvalidValue, shorten
from schedcore.freebusy import Unreadable
from schedcore.ics import Calendar
from schedcore.policy import PUBLIC, ExternalCalendar, GroupCalendar, Level
from schedcore.views import Dates, DayView, Entry, Placed, View, iso_week
from schedcore.views import view as look
from schedcore.views.days import WEEKDAYS

__all__ = ["view"]

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_NEW_FILE = click.Path(dir_okay=False, writable=True, path_type=Path)


@dataclass(frozen=True, slots=True)
class Looked:
    """What was asked and what was found: `names` say by key whose the calendars are."""

    view: View
    names: Mapping[str, str]
    who: str
    problems: Mapping[Path, Sequence[object]]


@click.command()
@click.argument("files", metavar="FILE.ics...", nargs=-1, required=True, type=_FILE)
@click.option("--as", "who", metavar="WHO", required=True, help="Who looks: an id or an address, or public.")
@click.option("--rights", metavar="RIGHTS.toml", required=True, type=_FILE, help="Whose the files are.")
@click.option("--day", metavar="D", help="A day: 2026-04-01.")
@click.option("--week", metavar="W", help="A week: 2026-W14, or a day of it.")
@click.option("--month", metavar="M", help="A month: 2026-04, or a day of it.")
@click.option("--list", "as_list", is_flag=True, help="A list, with --from and --to.")
@click.option("--from", "start", metavar="A", help="The first day of a list.")
@click.option("--to", "end", metavar="B", help="The end of a list, not part of it.")
@click.option("--tz", metavar="Z", callback=zone, help="The zone to look from; else of WHO's calendar, else UTC.")
@click.option("--wkst", metavar="DAY", type=click.Choice(WEEKDAYS), default="MO", help="The first day of weeks.")
@click.option("--html", metavar="FILE", type=_NEW_FILE, help="Write it as a page to look at and to print.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def view(
    files: Sequence[Path],
    who: str,
    rights: Path,
    day: str | None,
    week: str | None,
    month: str | None,
    as_list: bool,
    start: str | None,
    end: str | None,
    tz: tzinfo | None,
    wkst: str,
    html: Path | None,
    as_json: bool,
) -> None:
    """Show calendars as somebody may see them: what they may not know is not there.

    \b
    schedcore view examples/team/*.ics --rights examples/rights.toml --as ben --week 2026-W44
    schedcore view examples/team/*.ics --rights examples/rights.toml --as public \\
        --list --from 2026-10-26 --to 2026-10-31
    """
    kind, of = _asked(day, week, month, as_list, start, end, wkst)
    known = read_rights(rights)
    found = _look(files, known, who, kind, of, tz, wkst)
    if as_json:
        print_json(_as_json(found))
        return
    if html is not None:
        html.write_text(screen.html(found.view, found.names, title=_title(found)), encoding="utf-8")
        click.echo(f"written: {html}")
    else:
        _print(found)
    for key, reason in found.view.unknown.items():
        click.echo(f"schedcore: {plain(found.names[key])}: {plain(reason)}", err=True)
    for file, problems in found.problems.items():
        tell_problems(file, problems)


def _asked(
    day: str | None, week: str | None, month: str | None, as_list: bool, start: str | None, end: str | None, wkst: str
) -> tuple[str, date | Dates]:
    """The kind of view, and of what."""
    kinds = {"--day": day, "--week": week, "--month": month, "--list": as_list}
    given = [name for name, value in kinds.items() if value]
    if len(given) != 1:
        raise click.UsageError(f"{' and '.join(given) or 'no view'} is given: give one of {', '.join(kinds)}")
    if not as_list and (start or end):
        raise click.UsageError(f"--from and --to go with --list, not with {given[0]}")
    if day:
        return "day", _date(day, "--day")
    if week:
        return "week", iso_week(week) if "w" in week.lower() and wkst == "MO" else _in_week(week)
    if month:
        return "month", _date(month, "--month")
    if not (start and end):
        raise click.UsageError("--list needs --from and --to")
    last = _date(end, "--to")
    if last <= (first := _date(start, "--from")):
        raise InvalidValue(f"--to {last} is not after --from {first}; the end is not part of the list")
    return "list", Dates(first, last - timedelta(days=1))


def _in_week(text: str) -> date:
    """A day of a week: for weeks that begin on another day, that of the numbered week's Thursday is the one meant."""
    if "w" not in text.lower():
        return _date(text, "--week")
    found = iso_week(text)
    return min(found.first + timedelta(days=3), found.last)


def _date(text: str, option: str) -> date:
    """A date; of a month, which may be given without a day, its first."""
    whole = f"{text.strip()}-01" if option == "--month" and text.count("-") == 1 else text.strip()
    try:
        return date.fromisoformat(whole)
    except ValueError:
        what = "month; write 2026-04" if option == "--month" else "date; write 2026-04-01"
        raise InvalidValue(f"{option}: {shorten(text)} is no {what}") from None


def _look(
    files: Sequence[Path], known: Rights, who: str, kind: str, of: date | Dates, tz: tzinfo | None, wkst: str
) -> Looked:
    viewer = known.viewer(who)
    calendars, names, problems, own = {}, {}, {}, None
    for file in files:
        whose = known.of(file)
        content = _content(file)
        key = str(file)
        calendars[key] = calendar = whose.of(content)
        names[key] = whose.name
        holder = _holder(calendar)
        if isinstance(content, Calendar) and viewer is not PUBLIC and holder == viewer:
            # Problems name events: they are for whose the calendar is.
            problems[file] = content.problems
            own = own or _zone(whose, content)
    tz = tz or own or UTC
    shown = look(kind, of, viewer=viewer, calendars=calendars, directory=known.directory, tz=tz, wkst=wkst)
    return Looked(shown, _distinct(names), "the public" if viewer is PUBLIC else str(viewer), problems)


def _distinct(names: Mapping[str, str]) -> dict[str, str]:
    """Names by key, with the file where two calendars have one."""
    given = list(names.values())
    return {key: name if given.count(name) == 1 else f"{name} ({Path(key).stem})" for key, name in names.items()}


def _content(file: Path) -> Calendar | Unreadable:
    try:
        return read_calendar(file)
    except CalendarError as error:
        return Unreadable(str(error))


def _holder(calendar: Any) -> str | None:
    if isinstance(calendar, GroupCalendar):
        return None
    holder: str = calendar.subscriber if isinstance(calendar, ExternalCalendar) else calendar.owner
    return holder


def _zone(whose: Whose, content: Calendar) -> tzinfo | None:
    return whose.tz or content.zone


# --- for people -------------------------------------------------------------------------------------------------------


def _title(found: Looked) -> str:
    shown = found.view
    first, last = shown.dates.first, shown.dates.last
    if shown.kind == "month":
        span = f"{shown.of:%B} {shown.of.year}"
    elif first == last:
        span = f"{first:%A} {first.isoformat()}"
    else:
        span = f"{first.isoformat()} to {last.isoformat()}"
        if shown.kind == "week" and first.weekday() == 0:
            year, number, _ = first.isocalendar()
            span = f"{year:04}-W{number:02}, {span}"
    return f"{span}, as {found.who} sees it, in {shown.zone}"


def _print(found: Looked) -> None:
    console().print(plain(_title(found)), markup=False)
    rows = [row for one in found.view.days for row in _rows(one, found)]
    if rows:
        print_table(["day", "from", "to", "whose", "what", "status"], rows)
    else:
        click.echo("Nothing there.", err=True)


def _rows(one: DayView, found: Looked) -> list[list[str | None]]:
    """A row for each entry of a day."""
    head = f"{one.date:%a} {one.date.isoformat()}"
    rows: list[list[str | None]] = []
    note = clock_change(one.start, one.end, found.view.zone).strip()
    for placed in (*one.all_day, *one.timed):
        entry = placed.entry
        begin, end = ("all day", "") if entry.is_all_day else _clocks(placed, one, found.view.zone)
        rows.append([head, begin, end, found.names[entry.calendar], _what(entry), _status(entry)])
        head = note
        note = ""
    if note and rows:
        rows.append([note, "", "", "", "", ""])
    return rows


def _clocks(placed: Placed, one: DayView, zone: tzinfo) -> tuple[str, str]:
    """From when to when on the clock of a day; what goes on before or after it is an ellipsis."""
    begin = screen.clock(placed.start, zone) if placed.begins else "…"
    if not placed.ends:
        return begin, "…"
    return begin, "24:00" if placed.end == one.end else screen.clock(placed.end, zone)


def _what(entry: Entry) -> str:
    summary: str | None = entry.item.summary
    return summary or ("(taken)" if entry.item.level < Level.DETAILS else "(no title)")


def _status(entry: Entry) -> str:
    status = entry.item.status
    return "" if status is None else NAMES[status]


# --- for programs -----------------------------------------------------------------------------------------------------


def _as_json(found: Looked) -> dict[str, Any]:
    shown = found.view
    return {
        "kind": shown.kind,
        "as": found.who,
        "zone": str(shown.zone),
        "from": shown.dates.first.isoformat(),
        "to": shown.dates.last.isoformat(),
        "calendars": dict(found.names),
        "unknown": dict(shown.unknown),
        "days": [_day_json(one, shown.zone) for one in shown.days],
        "problems": {str(file): [str(problem) for problem in its] for file, its in found.problems.items()},
    }


def _day_json(one: DayView, zone: tzinfo) -> dict[str, Any]:
    return {
        "date": one.date.isoformat(),
        "hours": (one.end - one.start) / 3600,
        "all_day": [_placed_json(placed, zone) for placed in one.all_day],
        "timed": [_placed_json(placed, zone) for placed in one.timed],
        "more": [{"from": _at(a, zone), "to": _at(b, zone), "events": count} for a, b, count in one.more],
        "all_day_more": one.all_day_more,
    }


def _placed_json(placed: Placed, zone: tzinfo) -> dict[str, Any]:
    entry, item = placed.entry, placed.entry.item
    known = {name: getattr(item, name, None) for name in ("uid", "summary", "description", "location")}
    status = getattr(item, "status", None)
    return {
        "calendar": entry.calendar,
        "start": iso(entry.start),
        "end": iso(entry.end),
        **({} if entry.is_all_day else {"on_day": [_at(placed.start, zone), _at(placed.end, zone)]}),
        "level": item.level.name,
        "status": None if status is None else NAMES[status],
        **{name: value for name, value in known.items() if value is not None},
        "lane": placed.lane,
        "lanes": placed.width,
    }


def _at(second: int, zone: tzinfo) -> str | None:
    """A moment in ISO 8601; None for one outside of the years 1 to 9999, as the end of the last day."""
    try:
        return iso(datetime.fromtimestamp(second, zone))
    except (OverflowError, ValueError):
        return None
