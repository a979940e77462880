"""A VTIMEZONE into a table of transitions (RFC 5545 3.6.5).

Rules of this module:

1. Each STANDARD or DAYLIGHT gives onsets: its DTSTART, and what its RRULEs and RDATEs add. From an onset on
   TZOFFSETTO holds. The local time of an onset is that of TZOFFSETFROM, whatever was in force. Which of the two kinds
   it is, and what the time is called, moves no event.
2. Before the first onset the TZOFFSETFROM of that onset holds.
3. UNTIL is in UTC; a local one, or a date, is read by TZOFFSETFROM. A rule that never matches leaves DTSTART.
4. Two observances that repeat every year for ever, one to daylight saving time and one back, on dates that POSIX can
   write ("last Sunday of March"), become the tail of a table, which covers 400 years and so all of them. Any other
   endless rule is written out to the year 9999.
5. An observance that cannot be read is noted and passed over. One without TZOFFSETFROM has that of TZOFFSETTO. A
   definition without any, or with more onsets than `MAX_ONSETS`, cannot be used, and that is a CalendarError.

Cost: what the onsets cost that are written out, some ten for the usual definition; never more than `MAX_ONSETS`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from schedcore.errors import CalendarError, InvalidValue, shorten
from schedcore.ics.component import Property, property_of
from schedcore.ics.text import Line
from schedcore.ics.values import rdate_of
from schedcore.recurrence import Rule
from schedcore.recurrence.fitting import compiled
from schedcore.recurrence.window import DAY, MAX_KEY, MIN_KEY, floating_key, instant
from schedcore.zones import CustomZone

if TYPE_CHECKING:
    from schedcore._plan import Plan
    from schedcore.zones import Zone

__all__ = ["MAX_ONSETS", "Definition", "definition_of"]

#: What is remembered, so that strangers cannot fill the memory: so many definitions, of texts so long, with so many
#: transitions. All of them together take some 15 MB.
_REMEMBERED: Final = 128
_REMEMBERED_CHARS: Final = 8_000
_REMEMBERED_TRANSITIONS: Final = 1_000

#: Two onsets in each of 9,999 years; a transition takes some 40 bytes.
MAX_ONSETS: Final = 20_000

_KINDS: Final = frozenset(("STANDARD", "DAYLIGHT"))
_OFFSET: Final = re.compile(r"([+-]?)(\d\d):?(\d\d):?(\d\d)?", re.ASCII)
#: The days of a year before each month, in a year that is no leap year: POSIX counts Jn so (RFC 9636 3.3.1).
_BEFORE: Final = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)
_LENGTHS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

Day = tuple[int, int, int, int, int]  # as `ZoneTable` has it: kind, month, week, day, seconds


class Definition(NamedTuple):
    """A zone as a file defines it: its first and last onset (None: it has no last one), and what was forgiven.

    `compared` is for who compares it with other zones, to write down how that went.
    """

    zone: CustomZone
    first: int
    last: int | None
    notes: tuple[str, ...]
    compared: dict[tuple[Zone, int | None], str | None]


class _Observance(NamedTuple):
    """One STANDARD or DAYLIGHT: local seconds of DTSTART, offsets before and after, rules, other onsets in UTC."""

    start: int
    before: int
    after: int
    rules: tuple[Rule, ...]
    dates: tuple[int, ...]

    def plans(self) -> list[Plan]:
        return [compiled(rule, "floating").at(self.start, True, _last(rule.until, self.before)) for rule in self.rules]


def definition_of(tzid: str, text: str) -> Definition:
    """Read the text of a VTIMEZONE, BEGIN and END included, LF between its lines; CalendarError if it is of no use.

    Zones of equal name and text are one object, whichever calendars they stand in, while they are remembered.
    """
    found = _known.get((tzid, text))
    if found is None:
        found = _read(tzid, text)
        if len(text) <= _REMEMBERED_CHARS and found.zone.size <= _REMEMBERED_TRANSITIONS:
            if len(_known) >= _REMEMBERED:
                _known.clear()  # one atomic step that needs no lock; what is in use is back soon
            found = _known.setdefault((tzid, text), found)
    return found


_known: Final[dict[tuple[str, str], Definition]] = {}


def _read(tzid: str, text: str) -> Definition:
    notes: list[str] = []
    observances = list(_observances(text, notes))
    where = f"the VTIMEZONE of TZID={shorten(tzid)}"
    if not observances:
        reason = f": {notes[0]}" if notes else ""
        raise CalendarError(f"{where} has no STANDARD or DAYLIGHT that can be read{reason}")
    endless = [one for one in observances if any(plan.is_infinite for plan in one.plans())]
    tail = _tail(observances, endless)
    onsets = _onsets(observances, MAX_KEY if tail is None else tail[0], where)
    times = sorted(onsets)
    zone = CustomZone(
        tzid,
        onsets[times[0]].before,
        times,
        [onsets[time].after for time in times],
        None if tail is None else tail[1],
        text,
    )
    return Definition(zone, times[0], None if endless else times[-1], tuple(notes), {})


# --- text to observances ----------------------------------------------------------------------------------------------


def _observances(text: str, notes: list[str]) -> Iterator[_Observance]:
    """Read each STANDARD and DAYLIGHT, wherever it stands; what is nested in one is passed over."""
    props: dict[str, list[Property]] | None = None
    kind, depth = "", 0
    for line in text.split("\n"):
        head, _, name = line.upper().partition(":")
        if props is None:
            if head == "BEGIN" and name.strip() in _KINDS:
                props, kind, depth = {}, name.strip(), 0
        elif head == "BEGIN":
            depth += 1
        elif head == "END" and depth:
            depth -= 1
        elif head == "END":
            try:
                yield _observance(props)
            except InvalidValue as error:
                notes.append(f"a {kind} of it cannot be read: {error}")
            props = None
        elif not depth and (prop := property_of(Line(0, line))) is not None:
            props.setdefault(prop.name, []).append(prop)


def _observance(props: dict[str, list[Property]]) -> _Observance:
    if "DTSTART" not in props:
        raise CalendarError("DTSTART is missing")
    after = _offset(props, "TZOFFSETTO")
    before = _offset(props, "TZOFFSETFROM") if "TZOFFSETFROM" in props else after
    first = _value(props["DTSTART"][0], props["DTSTART"][0].value)
    start = _local(first, before, 0)
    dates = {
        _local(_value(prop, text), before, start % DAY) - before
        for prop in props.get("RDATE", ())
        for text in prop.value.split(",")
        if text.strip()
    }
    rules = tuple(Rule.parse(prop.value.strip(), strict=False) for prop in props.get("RRULE", ()) if prop.value.strip())
    return _Observance(start, before, after, rules, (start - before, *dates))


def _offset(props: dict[str, list[Property]], name: str) -> int:
    if name not in props:
        raise CalendarError(f"{name} is missing")
    text = props[name][0].value.strip()
    found = _OFFSET.fullmatch(text)
    if found is None:
        raise CalendarError(f"{name}={shorten(text)} is no offset: write +0100 or -053000")
    seconds = int(found[2]) * 3600 + int(found[3]) * 60 + int(found[4] or 0)
    if seconds >= DAY:
        raise CalendarError(f"{name}={shorten(text)}: an offset is less than a day")
    return -seconds if found[1] == "-" else seconds


def _value(prop: Property, text: str) -> Any:
    """A date or time of an observance. A TZID has no place there (RFC 5545 3.6.5) and may name this very zone."""
    found = rdate_of(prop._replace(params={}), _no_zone, text)
    return found[0] if isinstance(found, tuple) else found


def _no_zone(tzid: str) -> Any:
    raise CalendarError(f"TZID={shorten(tzid)} within a VTIMEZONE")


def _local(value: date | datetime, before: int, clock: int) -> int:
    """Local seconds by the offset before an onset; a date is meant at `clock`, seconds of the day."""
    if not isinstance(value, datetime):
        return floating_key(datetime(value.year, value.month, value.day)) + clock
    return floating_key(value) if value.tzinfo is None else instant(value) + before


def _last(until: date | datetime | None, before: int) -> int | None:
    """The last local second that UNTIL allows; of a date, all of that day."""
    if until is None:
        return None
    return _local(until, before, DAY - 1)


# --- observances to onsets --------------------------------------------------------------------------------------------


def _onsets(observances: list[_Observance], stop: int, where: str) -> dict[int, _Observance]:
    """All onsets before the UTC second `stop`; of two at one instant the later in the text holds."""
    onsets: dict[int, _Observance] = {}
    left = MAX_ONSETS
    for one in observances:
        found = [time for time in one.dates if time < stop]
        for plan in one.plans():
            # One more than is allowed, for then it is known to be too many.
            locals_ = plan.between(MIN_KEY, stop + one.before, left + 1)
            found += [time - one.before for time in locals_.tolist()]
        left -= len(found)
        if left < 0:
            raise CalendarError(f"{where} has more than {MAX_ONSETS} onsets: give it rules that repeat once a year")
        onsets.update(dict.fromkeys(found, one))
    return onsets


def _tail(observances: list[_Observance], endless: list[_Observance]) -> tuple[int, tuple[int, ...]] | None:
    """Where the tail begins (UTC seconds) and what it is; None if POSIX cannot write it."""
    if len(endless) != 2 or any(len(one.rules) != 1 for one in endless):
        return None
    first, second = endless
    if first.before != second.after or first.after != second.before or first.after == second.after:
        return None
    standard, daylight = (first, second) if first.after < second.after else (second, first)
    start, end = _day(daylight), _day(standard)
    if start is None or end is None:
        return None
    finite = [
        time
        for one in observances
        for plan in one.plans()
        if not plan.is_infinite and (time := plan.prev(MAX_KEY)) is not None
    ]
    latest = max([*finite, *(time for one in observances for time in one.dates)])
    # A year behind everything else, both rules have had an onset that is written out.
    return latest + 366 * DAY, (standard.after, daylight.after, *start, *end)


def _day(one: _Observance) -> Day | None:
    """The date of an endless yearly rule as POSIX writes it; None if it cannot."""
    (rule,) = one.rules
    parts = (rule.byweekno, rule.byyearday, rule.byhour, rule.byminute, rule.bysecond)
    if rule.freq != "YEARLY" or rule.interval != 1 or any(parts) or len(rule.bymonth) > 1 or len(rule.byday) > 1:
        return None
    start = datetime(1970, 1, 1) + (one.start // DAY) * _ONE_DAY
    month, clock = (rule.bymonth or (start.month,))[0], one.start % DAY
    if not rule.byday:
        days = rule.bymonthday or (start.day,)
        if len(days) != 1 or not 1 <= days[0] <= _LENGTHS[month - 1] or rule.bysetpos:
            return None
        if not rule.bymonth and rule.bymonthday:  # that day of every month
            return None
        return 1, 0, 0, _BEFORE[month - 1] + days[0], clock
    if not rule.bymonth:
        return None
    (ordinal, weekday), days = rule.byday[0], rule.bymonthday
    if not days:
        picks = {ordinal} if ordinal else set(rule.bysetpos)  # BYDAY=-1SU, or BYDAY=SU;BYSETPOS=-1
        if len(picks) != 1 or not picks <= _ORDINALS or (ordinal and rule.bysetpos):
            return None
        return 0, month, 5 if -1 in picks else picks.pop(), (weekday + 1) % 7, clock
    if ordinal or rule.bysetpos:
        return None
    if days == tuple(range(-7, 0)):
        return 0, month, 5, (weekday + 1) % 7, clock
    if days != tuple(range(days[0], days[0] + 7)) or not 1 <= days[0] <= _LENGTHS[month - 1] - 6:
        return None
    # "Sunday on or after the 9th" is the day after the second Saturday: POSIX takes hours beyond a day for that.
    week, late = divmod(days[0] - 1, 7)
    return 0, month, week + 1, (weekday + 1 - late) % 7, clock + late * DAY


_ONE_DAY: Final = timedelta(days=1)
#: POSIX knows the first to the fourth of a weekday, and the last.
_ORDINALS: Final = frozenset((1, 2, 3, 4, -1))
