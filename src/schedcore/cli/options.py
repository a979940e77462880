"""What `freebusy` and `find` are asked alike: files, a window, whose files they are, pictures; and lengths of time.

Each decorator adds its options to a command and hands them over as one value, so that they read the same everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from functools import wraps
from pathlib import Path
from typing import Any, Final, Literal

import click

from schedcore.cli.files import read_calendar
from schedcore.cli.times import aware, moment, zone
from schedcore.errors import CalendarError, InvalidValue, shorten
from schedcore.freebusy import Owned, Unreadable
from schedcore.ics import Calendar

__all__ = ["FILE", "Pictures", "Reading", "Window", "files", "length", "pictures", "reading", "window"]

Command = Callable[..., None]
OnUnknown = Literal["report", "busy", "free"]

FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_NEW_FILE: Final = click.Path(dir_okay=False, writable=True, path_type=Path)
#: Six digits: 114 years, more than any window, and no number that Python would not add.
_LENGTH: Final = re.compile(r"(?:(\d{1,6})h)?(?:(\d{1,6})m(?:in)?)?", re.ASCII | re.IGNORECASE)


def length(_: click.Context, param: click.Parameter, text: str | None) -> timedelta | None:
    """Read a length of time, as click's callback of an option: 45m, 1h, 1h30m."""
    if text is None:
        return None
    read = _LENGTH.fullmatch(text.strip())
    if read is None or not (read[1] or read[2]):
        raise InvalidValue(f"{param.opts[0]}: {shorten(text)} is no length of time; write 45m, 1h or 1h30m")
    return timedelta(hours=int(read[1] or 0), minutes=int(read[2] or 0))


files: Final = click.argument("files", metavar="FILE.ics...", nargs=-1, required=True, type=FILE)


@dataclass(frozen=True, slots=True)
class Window:
    """The stretch [start, end) that is asked about, as it was typed, and the asker's zone."""

    start: date
    end: date
    tz: tzinfo

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """Both ends as instants in the asker's zone."""
        return aware(self.start, self.tz), aware(self.end, self.tz)


def window(command: Command) -> Command:
    """Ask for a window: `window`, a `Window`."""

    @wraps(command)
    def asked(*, start: date, end: date, tz: tzinfo, **others: Any) -> None:
        command(window=Window(start, end, tz), **others)

    return _with(
        asked,
        click.option("--from", "start", metavar="A", callback=moment, required=True, help="Start of the window."),
        click.option(
            "--to",
            "end",
            metavar="B",
            callback=moment,
            required=True,
            help="End of the window, not part of it; a date is its midnight.",
        ),
        click.option(
            "--tz", metavar="Z", callback=zone, default="UTC", show_default=True, help="Your zone: an IANA name."
        ),
    )


@dataclass(frozen=True, slots=True)
class Reading:
    """How files are read: whose they are, and what one is that cannot be read (None: then nothing is answered)."""

    owners: Sequence[str]
    on_unknown: OnUnknown | None

    def check(self, count: int, what: str) -> None:
        """Refuse another number of owners than there are files."""
        if self.owners and len(self.owners) != count:
            raise click.UsageError(
                f"--owner is given {len(self.owners)} times for {count} {what}: give one for each, in order"
            )

    def read(self, file: Path) -> Calendar | Unreadable:
        """Read a file; CalendarError if that fails and was not provided for."""
        try:
            return read_calendar(file)
        except CalendarError as error:
            if self.on_unknown is None:
                raise
            return Unreadable(str(error))

    def owned(self, place: int, calendar: Calendar | Unreadable) -> Calendar | Owned | Unreadable:
        """The calendar of the file at a place, with its owner's address if there is one."""
        known = isinstance(calendar, Calendar) and place < len(self.owners)
        return Owned(calendar, self.owners[place]) if known else calendar  # type: ignore[arg-type]


def reading(whose: str) -> Callable[[Command], Command]:
    """Ask whose files they are, and what an unreadable one is: `reading`, a `Reading`."""

    def decorate(command: Command) -> Command:
        @wraps(command)
        def asked(*, owners: Sequence[str], on_unknown: OnUnknown | None, **others: Any) -> None:
            command(reading=Reading(owners, on_unknown), **others)

        return _with(
            asked,
            click.option(
                "--owner",
                "owners",
                metavar="ADDRESS",
                multiple=True,
                help=f"Whose the {whose} is, one for each in order: what they declined does not count.",
            ),
            click.option(
                "--on-unknown",
                type=click.Choice(["report", "busy", "free"]),
                help="What a FILE is that cannot be read; without it the command refuses.",
            ),
        )

    return decorate


@dataclass(frozen=True, slots=True)
class Pictures:
    """The files to draw into, if any."""

    svg: Path | None
    html: Path | None

    @property
    def wanted(self) -> list[tuple[str, Path]]:
        """The form and the file of each."""
        return [(form, path) for form, path in (("svg", self.svg), ("html", self.html)) if path is not None]


def pictures(command: Command) -> Command:
    """Ask for files to draw into: `pictures`, a `Pictures`."""

    @wraps(command)
    def asked(*, svg: Path | None, html: Path | None, **others: Any) -> None:
        command(pictures=Pictures(svg, html), **others)

    return _with(
        asked,
        click.option("--svg", metavar="FILE", type=_NEW_FILE, help="Write the timeline as a picture."),
        click.option("--html", metavar="FILE", type=_NEW_FILE, help="Write it as a page to look at and to print."),
    )


def _with(command: Command, *options: Callable[[Command], Command]) -> Command:
    """Add options, the first on top in the help."""
    for option in reversed(options):
        command = option(command)
    return command
