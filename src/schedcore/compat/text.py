"""`rrulestr`: RRULE, EXRULE, RDATE, EXDATE and DTSTART lines as an `rrule`, or as an `rruleset` where that takes more.

Rules of this module:

1. The text is read in capitals, and split at blanks and line ends; `unfold` splits at line ends alone and joins folded
   lines (RFC 5545 3.1). Zone names keep their own letters.
2. The last of two equal parts holds, and a part that is unknown or unreadable is an error that names it.
3. Like dateutil it reads BYWEEKDAY as BYDAY and `MO(+1)` as `+1MO`, takes X- parameters only on RRULE, and TZID on
   DTSTART and EXDATE; an RDATE is read without.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from schedcore.compat.dates import TzIds, TzInfos, moment_of, zone_named
from schedcore.compat.parts import FREQNAMES
from schedcore.compat.rule import rrule
from schedcore.compat.sets import rruleset
from schedcore.compat.weekday import WEEKDAY_NAMES, weekday, weekdays
from schedcore.errors import RuleError, shorten

__all__ = ["rrulestr"]

VALUE_PARAMETERS: Final = {"VALUE=DATE-TIME", "VALUE=DATE"}
BY_DAY: Final = re.compile(r"(?P<n>[-+]?\d+)?(?P<day>[A-Z]+)(?:\((?P<after>[-+]?\d+)\))?")


def rrulestr(
    s: str,
    *,
    dtstart: date | None = None,
    cache: bool = False,
    unfold: bool = False,
    forceset: bool = False,
    compatible: bool = False,
    ignoretz: bool = False,
    tzids: TzIds = None,
    tzinfos: TzInfos = None,
) -> rrule | rruleset:
    """Read the text of a rule or of a set of rules and dates.

    `dtstart` serves where the text has none. `forceset` gives a set in any case; `compatible` does that too, unfolds,
    and adds DTSTART to the set. `ignoretz` reads all times as naive. `tzids` finds zones by TZID (a mapping or a
    function; without it IANA names), `tzinfos` by what stands behind a time. RuleError, a ValueError, for text that
    cannot be read.

    >>> rule = rrulestr("DTSTART:20260105T090000\\nRRULE:FREQ=WEEKLY;COUNT=2")
    >>> list(rule)
    [datetime.datetime(2026, 1, 5, 9, 0), datetime.datetime(2026, 1, 12, 9, 0)]
    """
    zones = {name.upper(): name for name in re.findall("TZID=([^:]+):", s)}
    lines = _lines(s.upper(), unfold or compatible)
    reader = _Reader(zones, ignoretz, tzids, tzinfos)
    for line in lines:
        reader.take(line)
    if reader.dtstart is not None:
        dtstart = reader.dtstart
    if len(reader.rules) == 1 and not (forceset or compatible or reader.needs_set):
        return reader.rule(reader.rules[0], dtstart, cache)
    if not (reader.rules or reader.needs_set or forceset or compatible):
        raise RuleError(f"{shorten(s)} has no RRULE: add one, or give forceset=True for a set without")
    found = rruleset(cache=cache)
    for text in reader.rules:
        found.rrule(reader.rule(text, dtstart))
    for text in reader.exrules:
        found.exrule(reader.rule(text, dtstart))
    for value in reader.rdates:
        found.rdate(value)
    for value in reader.exdates:
        found.exdate(value)
    if compatible and dtstart:
        found.rdate(dtstart)  # type: ignore[arg-type]  # a date is for the caller to answer for, as in dateutil
    return found


def _lines(text: str, unfold: bool) -> list[str]:
    if not text.strip():
        raise RuleError("empty string: give the text of a rule, such as FREQ=DAILY;COUNT=3")
    if not unfold:
        return text.split()
    lines: list[str] = []
    for line in map(str.rstrip, text.splitlines()):
        if line.startswith(" ") and lines:
            lines[-1] += line[1:]
        elif line:
            lines.append(line)
    return lines


@dataclass
class _Reader:
    """Lines sorted by their property; rules stay text until DTSTART is known."""

    zones: dict[str, str]
    ignoretz: bool
    tzids: TzIds
    tzinfos: TzInfos

    def __post_init__(self) -> None:
        self.dtstart: datetime | None = None
        self.rules: list[str] = []
        self.exrules: list[str] = []
        self.rdates: list[datetime] = []
        self.exdates: list[datetime] = []

    @property
    def needs_set(self) -> bool:
        return len(self.rules) > 1 or bool(self.exrules or self.rdates or self.exdates)

    def take(self, line: str) -> None:
        """One unfolded line; one without a colon is a rule."""
        head, colon, value = line.partition(":")
        if not colon:
            head, value = "RRULE", line
        name, *parameters = head.split(";")
        if name in ("RRULE", "EXRULE"):
            refused = [text for text in parameters if not (name == "RRULE" and text.startswith("X-"))]
            self._refuse(name, refused)
            (self.rules if name == "RRULE" else self.exrules).append(value)
        elif name == "RDATE":
            self._refuse(name, [text for text in parameters if text != "VALUE=DATE-TIME"])
            self.rdates += [moment_of(text, self.ignoretz, self.tzinfos) for text in value.split(",")]
        elif name == "EXDATE":
            self.exdates += self._dates(name, value, parameters)
        elif name == "DTSTART":
            dates = self._dates(name, value, parameters)
            if len(dates) != 1:
                raise RuleError(f"Multiple DTSTART values specified: {shorten(value)}", part=name, value=value)
            self.dtstart = dates[0]
        else:
            raise RuleError(f"unsupported property: {shorten(name)}", part=name, value=line)

    @staticmethod
    def _refuse(name: str, parameters: list[str]) -> None:
        if parameters:
            raise RuleError(f"unsupported {name} parm: {shorten(parameters[0])}", part=name, value=parameters[0])

    def _dates(self, name: str, value: str, parameters: list[str]) -> list[datetime]:
        zone = None
        found_value = False
        for text in parameters:
            if text.startswith("TZID="):
                key = self.zones.get(text.removeprefix("TZID="))
                zone = zone if key is None else zone_named(key, self.tzids)
                continue
            if text not in VALUE_PARAMETERS:
                self._refuse(name, [text])
            if found_value:
                raise RuleError(f"Duplicate value parameter found in: {shorten(text)}", part=name, value=text)
            found_value = True
        dates = [moment_of(text, self.ignoretz, self.tzinfos) for text in value.split(",")]
        if zone is None:
            return dates
        if any(found.tzinfo is not None for found in dates):
            raise RuleError(f"{name} specifies multiple timezones: TZID and {shorten(value)}", part=name, value=value)
        return [found.replace(tzinfo=zone) for found in dates]

    def rule(self, text: str, dtstart: date | None, cache: bool = False) -> rrule:
        """A rule from its parts."""
        arguments: dict[str, Any] = {}
        for pair in text.split(";"):
            name, equals, value = pair.partition("=")
            if not equals or "=" in value:
                raise RuleError(f"{shorten(pair)} is not a rule part: write NAME=VALUE", part=name, value=pair)
            keyword, read = PARTS.get(name, ("", _number))
            if name == "UNTIL":
                keyword, read = "until", self._until
            if not keyword:
                raise RuleError(f"unknown parameter {shorten(name)}", part=name, value=value)
            try:
                arguments[keyword] = read(value)
            except (KeyError, ValueError) as error:
                raise RuleError(f"invalid '{name}': {shorten(value)}", part=name, value=value) from error
        if "freq" not in arguments:
            raise RuleError(f"{shorten(text)} has no FREQ: add one, such as FREQ=DAILY", part="FREQ")
        return rrule(dtstart=dtstart, cache=cache, **arguments)

    def _until(self, value: str) -> datetime:
        return moment_of(value, self.ignoretz, self.tzinfos)


def _number(value: str) -> int:
    return int(value)


def _numbers(value: str) -> list[int]:
    return [int(entry) for entry in value.split(",")]


def _weekdays(value: str) -> list[weekday]:
    found = []
    for entry in value.split(","):
        match = BY_DAY.fullmatch(entry)
        if match is None:
            raise ValueError(f"{shorten(entry)} is not a weekday")
        n = match["after"] or match["n"]
        found.append(weekdays[WEEKDAY_NAMES.index(match["day"])](int(n) if n else None))
    return found


PARTS: Final[dict[str, tuple[str, Callable[[str], Any]]]] = {
    "FREQ": ("freq", FREQNAMES.index),
    "WKST": ("wkst", WEEKDAY_NAMES.index),
    "INTERVAL": ("interval", _number),
    "COUNT": ("count", _number),
    "BYDAY": ("byweekday", _weekdays),
    "BYWEEKDAY": ("byweekday", _weekdays),
    **{
        name: (name.lower(), _numbers)
        for name in ("BYSETPOS", "BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYEASTER", "BYWEEKNO")
    },
    **{name: (name.lower(), _numbers) for name in ("BYHOUR", "BYMINUTE", "BYSECOND")},
}
