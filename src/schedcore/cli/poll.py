"""`schedcore poll`: a poll in a JSON file, for trying the rules by hand, and tallies of votes in files.

The file is replaced as a whole: written beside it, then renamed, so that a reader finds the poll before or after a
command and nothing between. It is read and written without a lock: two commands at once are for a store.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from typing import Any

import click

from schedcore.cli import poll_tally
from schedcore.cli.files import read_calendar
from schedcore.cli.output import console, iso, plain, print_json, print_table
from schedcore.cli.times import aware, moment, zone
from schedcore.errors import InvalidValue, shorten
from schedcore.freebusy import FreeBusy, query
from schedcore.meetings import Guest, Notice
from schedcore.polls import (
    Cast,
    Choose,
    Close,
    Command,
    Create,
    Delete,
    Edit,
    Option,
    Poll,
    Remind,
    Standing,
    Tally,
    Vote,
    Voter,
    Withdraw,
    apply,
    as_seen_by,
    from_json,
    tally,
    to_json,
)

__all__ = ["poll"]

WORDS = {"yes": Vote.YES, "if-need-be": Vote.IF_NEED_BE, "no": Vote.NO}
NAMES = {vote: word for word, vote in WORDS.items()}
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_NEW_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group()
def poll() -> None:
    """Try a poll by hand: create, vote, tally, choose; or tally many votes.

    \b
    schedcore poll create lunch.json --by anna@example.com --ask ben@example.com --ask carla@example.com \\
        --option 2026-10-26T12:00/13:00 --option 2026-10-27 --tz Europe/Zurich
    schedcore poll vote lunch.json --by ben@example.com 1=yes 2=if-need-be
    schedcore poll tally lunch.json
    schedcore poll choose lunch.json --by anna@example.com 1
    """


def acting(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every command that changes a poll."""
    command = click.option(
        "--now", metavar="T", callback=moment, help="At which moment; else now. UTC unless it says."
    )(command)
    command = click.option("--by", metavar="WHO", required=True, help="Who does it: an address, or an id.")(command)
    return click.argument("file", metavar="FILE.json", type=_FILE)(command)


@poll.command()
@click.argument("file", metavar="FILE.json", type=_NEW_FILE)
@click.option("--by", metavar="WHO", required=True, help="The creator's address.")
@click.option(
    "--ask", metavar="WHO", multiple=True, required=True, help="A voter's address; `=3` is a weight, `!` required."
)
@click.option("--option", "options", metavar="A/B", multiple=True, required=True, help="A day, or a time and its end.")
@click.option("--tz", metavar="Z", callback=zone, default="UTC", show_default=True, help="The zone of days and times.")
@click.option("--subject", default="", help="What it is about.")
@click.option("--deadline", metavar="T", callback=moment, help="Votes are taken until then.")
@click.option("--places", metavar="N", type=click.IntRange(min=1), help="So many can say yes to an option.")
@click.option("--hidden", is_flag=True, help="Voters see the votes of others when it is closed.")
@click.option("--one-yes", is_flag=True, help="Each says yes to one option at most.")
@click.option("--now", metavar="T", callback=moment, help="At which moment; else now.")
def create(
    file: Path,
    by: str,
    ask: Sequence[str],
    options: Sequence[str],
    tz: tzinfo,
    subject: str,
    deadline: date | None,
    places: int | None,
    hidden: bool,
    one_yes: bool,
    now: date | None,
) -> None:
    """Make a poll, in a file that is not there yet."""
    if file.exists():
        raise InvalidValue(f"{file} is there already: take another name, or delete it")
    made = Create(
        by=by,
        id=file.stem,
        creator=_guest(by),
        options=[_option(text, tz, places) for text in options],
        voters=[_voter(text) for text in ask],
        subject=subject,
        tz=str(tz),
        deadline=None if deadline is None else aware(deadline, tz),
        hidden=hidden,
        one_yes=one_yes,
    )
    _do(file, None, made, now)


@poll.command()
@acting
@click.option("--ask", metavar="WHO", multiple=True, help="Those who are asked from now on, all of them.")
@click.option("--option", "options", metavar="A/B", multiple=True, help="The options from now on, all of them.")
@click.option("--subject", help="What it is about.")
def edit(
    file: Path, by: str, now: date | None, ask: Sequence[str], options: Sequence[str], subject: str | None
) -> None:
    """Change options, voters or subject."""
    before = _read(file)
    zone_of_poll = zone(None, None, before.tz)  # type: ignore[arg-type]
    assert zone_of_poll is not None
    changed = Edit(
        by=by,
        options=[_option(text, zone_of_poll, None) for text in options] or None,
        voters=[_voter(text) for text in ask] or None,
        subject=subject,
    )
    _do(file, before, changed, now)


@poll.command()
@acting
@click.argument("votes", metavar="N=yes|if-need-be|no...", nargs=-1, required=True)
def vote(file: Path, by: str, now: date | None, votes: Sequence[str]) -> None:
    """Vote on some options by their numbers."""
    said = []
    for text in votes:
        number, _, word = text.partition("=")
        if not (number.isascii() and number.isdigit()) or word not in WORDS:
            raise InvalidValue(f"{shorten(text)} is no vote: write 1=yes, 1=if-need-be or 1=no")
        said.append((int(number), WORDS[word]))
    _do(file, _read(file), Cast(by=by, votes=said), now)


@poll.command()
@acting
@click.argument("option", metavar="[N]", type=int, required=False)
def withdraw(file: Path, by: str, now: date | None, option: int | None) -> None:
    """Take back one's votes, or the one on option N."""
    _do(file, _read(file), Withdraw(by=by, option=option), now)


@poll.command()
@acting
@click.option("--leave-out", metavar="WHO", multiple=True, help="Somebody who is not reminded.")
def remind(file: Path, by: str, now: date | None, leave_out: Sequence[str]) -> None:
    """Remind those who have not answered."""
    _do(file, _read(file), Remind(by=by, leave_out=leave_out), now)


@poll.command()
@acting
@click.argument("option", metavar="N", type=int)
def choose(file: Path, by: str, now: date | None, option: int) -> None:
    """Choose the final date, for good."""
    _do(file, _read(file), Choose(by=by, option=option), now)


@poll.command()
@acting
@click.option("--reason", default="", help="Why.")
def close(file: Path, by: str, now: date | None, reason: str) -> None:
    """Close it without a date."""
    _do(file, _read(file), Close(by=by, reason=reason), now)


@poll.command()
@acting
def delete(file: Path, by: str, now: date | None) -> None:
    """Delete it for ever; the file then says that its id was used."""
    _do(file, _read(file), Delete(by=by), now)


@poll.command()
@click.argument("file", metavar="FILE.json", type=_FILE)
@click.option("--as", "viewer", metavar="WHO", help="Who looks; else the creator.")
@click.option("--tz", metavar="Z", callback=zone, help="Their zone; else the poll's.")
def show(file: Path, viewer: str | None, tz: tzinfo | None) -> None:
    """Show a poll as its creator or a voter sees it."""
    found = _read(file)
    seen = as_seen_by(found, found.creator.id if viewer is None else viewer, found.tz if tz is None else tz)
    console().print(f"{plain(seen.subject) or seen.id}: {seen.state}", markup=False)
    said = {(one.voter, one.option): NAMES[one.vote] for one in seen.ballots}
    rows = [
        [
            f"{one.number}{' *' if one.chosen else ''}",
            iso(one.start),
            *(said.get((who, one.number), "") for who in seen.voters),
        ]
        for one in seen.options
    ]
    print_table(["", "from", *seen.voters], rows)


@poll.command(name="tally")
@click.argument("file", metavar="FILE.json|VOTES.csv|VOTES.parquet", type=_FILE)
@click.option("--busy", metavar="WHO=FILE.ics", multiple=True, help="The calendar of a voter of FILE.json.")
@click.option("--unique", is_flag=True, help="Nobody has two rows for one option of VOTES.")
@click.option("--svg", metavar="FILE", type=_NEW_FILE, help="Write the standing as a picture of bars.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def tally_command(file: Path, busy: Sequence[str], unique: bool, svg: Path | None, as_json: bool) -> None:
    """Rank the options of a poll, or of many: VOTES has columns poll, option, voter, vote and perhaps weight."""
    if file.suffix.lower() != ".json":
        if busy:
            raise InvalidValue("--busy: VOTES name no people; give it with a FILE.json")
        poll_tally.print_many(file, unique, svg, as_json)
        return
    if unique:
        raise InvalidValue("--unique: in a poll each voter has one vote for an option; leave it out")
    found = _read(file)
    owners = [text.partition("=")[0] for text in busy]
    its = _busy(found, [Path(text.partition("=")[2]) for text in busy]) if busy else None
    standing = tally(found, busy=its, owners=owners)
    if svg is not None:
        bars = [
            poll_tally.Bar(_title(found, one.option), one.no, one.if_need_be, one.yes, one.rank)
            for one in standing.standings
        ]
        svg.write_text(poll_tally.svg(bars, found.subject or found.id), encoding="utf-8")
    if as_json:
        print_json(_as_json(found, standing))
        return
    rows = ([*_row(found, one)] for one in standing.standings)
    print_table(["rank", "option", "from", "yes", "if need be", "no", "silent", "required, cannot", "busy"], rows)
    click.echo(standing.why)
    if svg is not None:
        click.echo(f"written: {svg}")


# --- reading and writing ----------------------------------------------------------------------------------------------


def _read(file: Path) -> Poll:
    try:
        found = from_json(json.loads(file.read_text(encoding="utf-8")))
    except (ValueError, RecursionError) as error:
        raise InvalidValue(f"{file}: {error}") from error
    if not isinstance(found, Poll):
        raise InvalidValue(f"{file}: it holds a {type(found).__name__}, no poll")
    return found


def _do(file: Path, before: Poll | None, command: Command, now: date | None) -> None:
    """Give a command, keep what comes of it, and print what would be sent."""
    at = datetime.now(UTC) if now is None else aware(now, UTC)
    after, notices = apply(before, command, at)
    text = json.dumps(to_json(after), indent=1, ensure_ascii=False) + "\n"
    handle, name = tempfile.mkstemp(prefix=file.name, dir=file.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as new:
            new.write(text)
            new.flush()
            os.fsync(new.fileno())
        os.replace(name, file)
    except BaseException:
        os.unlink(name)
        raise
    click.echo(f"{file}: {after.state}")
    for notice in notices:
        click.echo(plain(_told(notice)))


def _told(notice: Notice) -> str:
    changed = ", ".join(change.name for change in notice.changes)
    details = [text for text in (changed, f"with a link to {notice.link}" if notice.link else "") if text]
    return f"{notice.channel} to {notice.to}: {notice.kind}{' (' + '; '.join(details) + ')' if details else ''}"


def _guest(name: str) -> Guest:
    return Guest(name, account="@" not in name)


def _voter(text: str) -> Voter:
    """`ben@example.com`, `ben@example.com=3` who counts thrice, `ben@example.com!` who must be able to come."""
    name, _, weight = text.removesuffix("!").partition("=")
    if weight and not (weight.isascii() and weight.isdigit() and len(weight) < 10):
        raise InvalidValue(f"--ask {shorten(text)}: the weight is a whole number, as in {name}=3")
    return Voter(_guest(name), int(weight or 1), text.endswith("!"))


def _option(text: str, tz: tzinfo, places: int | None) -> Option:
    """A day, two days, or a time with an end: 2026-10-26T12:00/13:00."""
    first, _, last = text.partition("/")
    try:
        if "T" not in first:
            return Option(date.fromisoformat(first), date.fromisoformat(last) if last else None, places)
        start = aware(datetime.fromisoformat(first), tz)
        last = last if "T" in last else f"{first.partition('T')[0]}T{last}"
        return Option(start, aware(datetime.fromisoformat(last), tz), places)
    except InvalidValue:
        raise
    except ValueError:
        wanted = "write 2026-10-26, or 2026-10-26T12:00/13:00"
        raise InvalidValue(f"--option {shorten(text)} is neither a day nor a time with its end: {wanted}") from None


def _busy(found: Poll, files: Sequence[Path]) -> FreeBusy:
    """Who is busy in the stretch that all options lie in."""
    starts = [one.instant(found.tz) for one in found.options]
    ends = [one.instant(found.tz, end=True) for one in found.options]
    window = (datetime.fromtimestamp(one, UTC) for one in (min(starts, default=0), max(ends, default=0)))
    return query([read_calendar(file) for file in files], *window, tz=found.tz)


def _title(found: Poll, option: Option) -> str:
    return str(iso(option.told_in(found.tz)[0]))


def _row(found: Poll, one: Standing) -> Iterator[str]:
    yield from map(str, (one.rank, one.option.number, _title(found, one.option), one.yes, one.if_need_be, one.no))
    yield from (", ".join(people) for people in (one.silent, one.lacking, one.busy))


def _as_json(found: Poll, standing: Tally) -> dict[str, Any]:
    return {
        "id": found.id,
        "state": str(found.state),
        "options": [
            {
                "option": one.option.number,
                "rank": one.rank,
                "start": iso(one.option.told_in(found.tz)[0]),
                "end": iso(one.option.told_in(found.tz)[1]),
                "yes": one.yes,
                "if_need_be": one.if_need_be,
                "no": one.no,
                "silent": list(one.silent),
                "lacking": list(one.lacking),
                "busy": list(one.busy),
                "unknown": list(one.unknown),
            }
            for one in standing.standings
        ],
        "missing": list(standing.missing),
        "why": standing.why,
    }
