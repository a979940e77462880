"""`schedcore expand`: when a rule, or the events of a calendar file, take place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import islice
from pathlib import Path
from typing import Any

import click

from schedcore.cli.files import read_calendar
from schedcore.cli.output import console, describe, iso, print_json, print_table, tell_problems
from schedcore.cli.times import aware, like, moment, zone
from schedcore.errors import InvalidValue, LimitExceeded
from schedcore.ics import Calendar
from schedcore.recurrence import Occurrence, Rule, Series
from schedcore.recurrence.limits import walk

__all__ = ["expand"]

SHOWN = 10  # occurrences of a rule when neither a window nor a limit is given; said in the output, never a silent cut
MOST = 100_000  # occurrences that are shown without a limit: some seconds, and more than anybody reads
FIRST_LOOK = timedelta(minutes=1)  # where a limit stops: of a thousand events of every second, 60,000 occurrences
LONGER = 8  # times the last look: 9 looks are 30 years


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@click.option("--rrule", metavar="R", help="A recurrence rule of RFC 5545, such as FREQ=WEEKLY;BYDAY=MO.")
@click.option("--dtstart", metavar="T", callback=moment, help="When the rule starts: 2026-10-19 or 2026-10-19T09:00.")
@click.option("--tz", metavar="Z", callback=zone, help="The zone of times that have none; else the file's, else UTC.")
@click.option("--from", "start", metavar="A", callback=moment, help="Start of the window.")
@click.option(
    "--to", "end", metavar="B", callback=moment, help="End of the window, not part of it; a date is its midnight."
)
@click.option("--limit", metavar="N", type=click.IntRange(min=0), help="At most so many occurrences.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def expand(
    file: Path | None,
    rrule: str | None,
    dtstart: date | None,
    tz: tzinfo | None,
    start: date | None,
    end: date | None,
    limit: int | None,
    as_json: bool,
) -> None:
    """Say when a rule or the events of a calendar FILE take place.

    \b
    schedcore expand --rrule FREQ=DAILY --dtstart 2026-10-19T09:00 --tz Europe/Zurich --limit 5
    schedcore expand FILE.ics --from 2026-10-19 --to 2026-10-26 --tz Europe/Zurich
    """
    if file is not None:
        if rrule is not None or dtstart is not None:
            raise click.UsageError("--rrule and --dtstart do not go with a FILE: give one or the other")
        if start is None or end is None:
            raise click.UsageError("a FILE needs --from and --to: its events may repeat without end")
        _expand_file(file, start, end, tz, limit, as_json)
        return
    if rrule is None or dtstart is None:
        raise click.UsageError("give a FILE, or --rrule and --dtstart")
    if start is not None and end is None:
        raise click.UsageError("--from needs --to; without a window, --limit counts from --dtstart")
    _expand_rule(rrule, dtstart, tz, (start, end), limit, as_json)


def _expand_rule(
    rrule: str,
    dtstart: date,
    tz: tzinfo | None,
    window: tuple[date | None, date | None],
    limit: int | None,
    as_json: bool,
) -> None:
    if tz is not None and isinstance(dtstart, datetime):
        dtstart = aware(dtstart, tz)
    rule = Rule.parse(rrule)
    series = Series(dtstart, rule)
    found, more = _starts(series, dtstart, window, limit)
    if as_json:
        starts = [iso(start) for start in found]
        print_json({"rrule": str(rule), "dtstart": iso(dtstart), "starts": starts, "more": more})
        return
    for start in found:
        click.echo(f"{start:%a} {iso(start)}")
    if not found:
        click.echo("It never takes place there.", err=True)
    if more:
        click.echo(f"There are more than these {len(found)}: ask for them with --limit, or --from and --to.", err=True)


def _starts(
    series: Series, dtstart: date, window: tuple[date | None, date | None], limit: int | None
) -> tuple[Sequence[date], bool]:
    """The starts asked for, and whether a limit has cut them."""
    start, end = window
    if end is None:
        wanted = SHOWN if limit is None else limit
        found: Iterable[date] = islice(series, wanted + 1)
    else:
        begin = dtstart if start is None else like(start, dtstart, "--from")
        stop = like(end, dtstart, "--to")
        if limit is None:
            about = series.count(begin, stop)
            assert about is not None  # with both bounds there is always a number
            _check_number(about, MOST, begin, stop)
            return series.between(begin, stop), False
        found = _walked(series, *series._window(begin, stop))
        wanted = limit
    cut = list(islice(found, wanted + 1))
    return cut[:wanted], len(cut) > wanted


def _walked(series: Series, lo: int, hi: int) -> Iterator[date]:
    """The starts in a window of keys, made as they are asked for."""
    for column in walk(series._open(), series._limits, lo, hi):
        yield from series._values(column)


def _expand_file(file: Path, start: date, end: date, tz: tzinfo | None, limit: int | None, as_json: bool) -> None:
    calendar = read_calendar(file)
    tz = tz or calendar.zone or UTC
    begin, stop = aware(start, tz), aware(end, tz)
    if stop < begin:
        raise InvalidValue(f"--to {iso(end)} is before --from {iso(start)}; swap them")
    found = _occurrences(calendar, begin, stop, tz, limit)
    more = limit is not None and len(found) > limit
    found = found[:limit]
    if as_json:
        problems = [str(problem) for problem in calendar.problems]
        print_json(
            {
                "file": str(file),
                "name": calendar.name,
                "from": iso(begin),
                "to": iso(stop),
                "occurrences": [_as_json(occurrence, tz) for occurrence in found],
                "more": more,
                "problems": problems,
            }
        )
        return
    console().print(f"{describe(file, calendar.name)}: {len(found)} in [{iso(begin)}, {iso(stop)})", markup=False)
    rows = ((_shown(o.start, tz), _shown(o.end, tz), _summary(o), o.status) for o in found)
    if found:
        print_table(["start", "end", "what", "status"], rows)
    if more:
        click.echo(f"There are more than these {limit}: raise --limit.", err=True)
    tell_problems(file, calendar.problems)


def _occurrences(
    calendar: Calendar, begin: datetime, stop: datetime, tz: tzinfo, limit: int | None
) -> list[Occurrence]:
    """What there is in a window; with a limit, the first of it, one more than the limit if there are so many.

    What starts before some time comes before what starts later, so the first are looked for in ever longer windows.
    """
    span = stop - begin if limit is None else min(FIRST_LOOK, stop - begin)
    most = MOST if limit is None else max(MOST, limit * LONGER)
    while True:
        end = stop if span >= stop - begin else begin + span
        _check_number(calendar._about(begin, end, most), most, begin, end)
        found = calendar.overlapping(begin, end, tz=tz)
        if limit is None or end is stop or len(found) > limit:
            return found
        span = min(span * LONGER, stop - begin)


def _check_number(about: int, most: int, begin: date, end: date) -> None:
    """Refuse more than anybody reads, before any is made."""
    if about > most:
        said = f"there are over {most} occurrences in [{iso(begin)}, {iso(end)}): "
        said += "give --limit N for the first of them, or a shorter window"
        raise LimitExceeded("occurrences", allowed=most, reached=about, message=said)


def _as_json(occurrence: Occurrence, tz: tzinfo) -> dict[str, Any]:
    return {
        "uid": occurrence.uid,
        "start": _shown(occurrence.start, tz),
        "end": _shown(occurrence.end, tz),
        "recurrence_id": _shown(occurrence.recurrence_id, tz),
        "status": occurrence.status,
        "summary": _summary(occurrence),
    }


def _shown(value: date | None, tz: tzinfo) -> str | None:
    """An instant in the asker's zone; dates and local times are what they are in every zone."""
    return iso(aware(value, tz) if isinstance(value, datetime) and value.tzinfo is not None else value)


def _summary(occurrence: Occurrence) -> str | None:
    summary = getattr(occurrence.event, "summary", None)
    return None if summary is None else str(summary)
