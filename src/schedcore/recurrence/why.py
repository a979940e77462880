"""Why a series has a start at a moment, or why not.

Rules of this module:

1. A start is explained by what gives it: an override that was put there, DTSTART, a rule, or an RDATE, in this order.
2. What is no start is explained by the last thing that takes it away: an override that moved or cancelled it, else an
   EXDATE, else an EXRULE.
3. What nothing gives is explained by the rule that came nearest to giving it, and in that by the first thing that stops
   it: before DTSTART; a part, in the order of RFC 5545 3.3.10 (BYMONTH to BYSECOND), written or taken from DTSTART;
   INTERVAL; BYSETPOS; UNTIL; COUNT. A rule that gives the local time all the same has lost it to a change of the clock.
4. The local time of a moment is that of DTSTART's zone. A moment behind a gap may have come from a local time in it.

The sentence is for people and may change; the code, the part and the values are for programs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from schedcore.recurrence.anatomy import Anatomy, Limb, Live
from schedcore.recurrence.fitting import compiled
from schedcore.recurrence.matching import CHECKED, date_of, filled, first_against, taken, week_number
from schedcore.recurrence.members import Members
from schedcore.recurrence.parts import WEEKDAYS
from schedcore.recurrence.ranges import Ranged
from schedcore.recurrence.rule import Rule
from schedcore.recurrence.window import DAY, key_of
from schedcore.recurrence.words import WRITERS

if TYPE_CHECKING:
    from schedcore._plan import Plan
    from schedcore.recurrence.series import Series

__all__ = ["Reason", "Why", "why"]


class Reason(StrEnum):
    """What gives a start, or what keeps it away.

    >>> Reason("exdate") is Reason.EXDATE
    True
    """

    DTSTART = "dtstart"  # gives it: the series begins with it
    RULE = "rule"  # gives it; Why.value is the Rule
    RDATE = "rdate"  # gives it; Why.value is the RDATE
    OVERRIDE = "override"  # gives it; Why.value is the Override that puts an instance there
    MOVED = "moved"  # an Override (Why.value) puts this instance elsewhere
    CANCELLED = "cancelled"  # an Override (Why.value) cancels this instance
    EXDATE = "exdate"  # Why.value is the EXDATE
    EXRULE = "exrule"  # Why.value is the Rule that excludes it
    BEFORE_DTSTART = "before-dtstart"
    PART = "part"  # Why.part, written in the rule, does not agree
    TAKEN = "taken-from-dtstart"  # Why.part, which the rule takes from DTSTART, does not agree
    INTERVAL = "interval"  # the parts agree, in a period that INTERVAL skips
    BYSETPOS = "bysetpos"  # in the set of its period, at another position
    UNTIL = "until"  # behind UNTIL
    COUNT = "count"  # COUNT is used up before
    GAP = "gap"  # its local time is jumped over, and the series skips such times
    FOLD = "fold"  # its local time comes twice, and the other one counts
    FREQ = "freq"  # FREQ is finer than a day, and DTSTART a date: such a rule gives DTSTART alone
    NO_RULE = "no-rule"  # nothing but DTSTART and RDATEs gives starts
    FRACTION = "fraction"  # starts fall on whole seconds


@dataclass(frozen=True, slots=True)
class Why:
    """The answer to why a series has a start at a moment, or why not.

    `t` is the moment asked for, `occurs` whether a start is there, `reason` what decides that, `sentence` the same in
    plain English. `part` names the part of the rule that decides ("BYDAY", "INTERVAL", "COUNT", ...), None where no
    part does. `value` is what decides, as it was given: a Rule, an RDATE, an EXDATE, an Override; None for DTSTART.
    `before` and `after` are the nearest starts on either side, `t` itself left out; None where there is none.

    >>> from schedcore.recurrence.series import Series
    >>> answer = why(Series(date(2026, 3, 2), "FREQ=DAILY;BYDAY=MO,FR"), date(2026, 3, 4))
    >>> answer.occurs, answer.reason.value, answer.part, str(answer.before), str(answer.after)
    (False, 'part', 'BYDAY', '2026-03-02', '2026-03-06')
    """

    t: date | datetime
    occurs: bool
    reason: Reason
    sentence: str
    part: str | None = None
    value: Any = None
    before: date | datetime | None = None
    after: date | datetime | None = None

    def __str__(self) -> str:
        """Give the sentence."""
        return self.sentence


class Finding(NamedTuple):
    """What was found out, without the question."""

    reason: Reason
    sentence: str
    part: str | None = None
    value: Any = None


_GIVES: Final = frozenset((Reason.DTSTART, Reason.RULE, Reason.RDATE, Reason.OVERRIDE))


def why(series: Series, t: date) -> Why:
    """Explain whether and why the series has a start at `t`; see `Series.why`."""
    found = _find(Anatomy(series), t)
    return Why(
        t, found.reason in _GIVES, found.reason, found.sentence, found.part, found.value,
        series.before(t), series.after(t),
    )  # fmt: skip


def _find(body: Anatomy, t: date) -> Finding:
    key = key_of(t, body.series.kind, "t")
    if getattr(t, "microsecond", 0):
        return Finding(Reason.FRACTION, "It has a fraction of a second, and starts fall on whole seconds.")
    return _shown(body, key) or _replaced(body, key) or _given(body, key) or _missed(body, key)


def text(value: Any) -> str:
    """Show a date, a datetime, a period or anything else in a sentence.

    >>> text(datetime(2026, 3, 2, 9))
    '2026-03-02 09:00:00'
    """
    if isinstance(value, tuple):
        return text(value[0])
    return str(value)


# --- overrides, exceptions, and what gives it -------------------------------------------------------------------------


def _shown(body: Anatomy, key: int) -> Finding | None:
    """An override that puts an instance here."""
    members = body.members
    for one in members.moved if members else ():
        if one.start == key:
            named = text(body.value(one.recurrence_id))
            what = "is changed by an override" if one.recurrence_id == key else "is put here by an override"
            return Finding(Reason.OVERRIDE, f"The instance of {named} {what}.", value=one.override)
    if not isinstance(members, Ranged):
        return None
    for moved in members.touching(body.series._length, key, key + 1):
        if moved.start == key != moved.recurrence_id:
            named = text(body.value(moved.recurrence_id))
            sentence = f"The instance of {named} is put here by an override of all instances from one on."
            return Finding(Reason.OVERRIDE, sentence, value=moved.override)
    return None


def _replaced(body: Anatomy, key: int) -> Finding | None:
    """An override that takes the instance of this start away."""
    members = body.members
    if members is None or key not in memoryview(members.dropped):
        return _shifted_away(body, members, key)
    override = next((one for keys, one in reversed(body.overrides) if key in keys), None)
    if override is None or override.cancelled:
        return Finding(Reason.CANCELLED, "An override cancels this instance.", value=override)
    return Finding(Reason.MOVED, f"An override moves this instance to {text(override.start)}.", value=override)


def _shifted_away(body: Anatomy, members: Members | None, key: int) -> Finding | None:
    """An override of all instances from one on that takes the instance of this start away."""
    if not isinstance(members, Ranged) or not members.has(key):
        return None
    stretch = members.stretch_of(key)
    if stretch.cancelled:
        sentence = "An override cancels all instances from one on, and this one too."
        return Finding(Reason.CANCELLED, sentence, value=stretch.override)
    if not stretch.shift:
        return None
    place = members.place(key, stretch)
    where = "into a gap of the clocks" if place is None else f"to {text(body.value(place))}"
    sentence = f"An override moves all instances from one on, and this one {where}."
    return Finding(Reason.MOVED, sentence, value=stretch.override)


def _given(body: Anatomy, key: int) -> Finding | None:
    """What gives this start; or what excludes it then."""
    found = _giver(body, key)
    if found is None:
        return None
    exclusion = body.excluding(key)
    if exclusion is None:
        return found
    if isinstance(exclusion, Rule):
        return Finding(Reason.EXRULE, f"EXRULE {exclusion} takes this start away.", value=exclusion)
    return Finding(Reason.EXDATE, f"EXDATE {text(exclusion)} takes this start away.", value=exclusion)


def _giver(body: Anatomy, key: int) -> Finding | None:
    rule = next((limb.rule for limb in body.live if len(limb.stream.starts(key, key + 1))), None)
    first = body.include_dtstart and key in body.keys_of(body.frame.start.local)
    if first and (rule is not None or key in body.dtstart_keys()):
        return Finding(Reason.DTSTART, "It is DTSTART, with which the series begins.")
    if rule is not None:
        return Finding(Reason.RULE, f"RRULE {rule} gives it{_shifted(body, key)}.", value=rule)
    value = next((value for one, value in body.rdates if one == key), None)
    return None if value is None else Finding(Reason.RDATE, f"RDATE {text(value)} gives it.", value=value)


def _shifted(body: Anatomy, key: int) -> str:
    """Say from where the clocks moved a start, if they did."""
    local, origin = body.locals_of(key)
    if origin is None or any(limb.stream.plan.contains(local) for limb in body.live):
        return ""
    return f", moved from {date_of(origin)} {_clock(origin)}, which the clocks jump over"


# --- what keeps it out ------------------------------------------------------------------------------------------------


def _missed(body: Anatomy, key: int) -> Finding:
    """Why no rule gives this key: the finding of the rule that came nearest to it."""
    found = [_against(body, limb, key) for limb in body.limbs]
    if not found:
        return Finding(Reason.NO_RULE, "There is no rule, and neither DTSTART nor an RDATE is at this time.")
    return max(found, key=lambda one: _ORDER[one.reason, one.part])


def _against(body: Anatomy, limb: Limb, key: int) -> Finding:
    rule = limb.rule
    if limb.gives == "nothing":
        return Finding(Reason.UNTIL, f"UNTIL={_written(rule, 'UNTIL')} lies before DTSTART.", "UNTIL", rule)
    if limb.stream is None:
        if rule in body.given["exrules"]:
            return Finding(Reason.EXRULE, f"EXRULE {rule} takes all away that the same RRULE gives.", value=rule)
        return Finding(Reason.FREQ, f"FREQ={rule.freq} beside a date gives DTSTART alone.", "FREQ", rule)
    local, origin = body.locals_of(key)
    live = Live(rule, limb.stream)
    if origin is not None and live.stream.plan.contains(origin):
        return _lost(body, live, origin)
    if live.stream.plan.contains(local):
        return _lost(body, live, local)
    return _outside(body, live, local)


def _lost(body: Anatomy, limb: Live, local: int) -> Finding:
    """Why a local time that the rule gives is no start at the moment asked for."""
    when = f"{date_of(local)} {_clock(local)}"
    keys = body.keys_of(local)
    if not keys:
        return Finding(Reason.GAP, f"The clocks jump over {when}, and the series skips such times.", value=limb.rule)
    if limb.stream.stop is not None and keys[0] >= limb.stream.stop:
        return Finding(Reason.UNTIL, _until(limb.rule), "UNTIL", limb.rule)
    which = "second" if body.series._fold == 1 else "first"
    return Finding(Reason.FOLD, f"{when} comes twice, and the {which} of the two counts.", value=limb.rule)


def _outside(body: Anatomy, limb: Live, local: int) -> Finding:
    """Why a local time is none of those that a rule gives."""
    rule, plan, dtstart = limb.rule, limb.stream.plan, body.frame.start.local
    if local < dtstart:
        return Finding(Reason.BEFORE_DTSTART, f"It is before DTSTART, {text(body.series.dtstart)}.", value=rule)
    if body.series.kind == "date":
        rule = rule.replace(byhour=(), byminute=(), bysecond=(), strict=False)
    part = first_against(rule, dtstart, local)
    if part == "INTERVAL":
        return Finding(Reason.INTERVAL, _interval(rule), part, limb.rule)
    if part is not None and not body.frame.dateutil:
        return _part(rule, dtstart, local, part, limb.rule)
    return _bounded(body, limb, local, plan, part)


def _bounded(body: Anatomy, limb: Live, local: int, plan: Plan, part: str | None) -> Finding:
    """BYSETPOS, UNTIL or COUNT: the rule without its bounds tells which."""
    rule = limb.rule
    if rule.count is not None or rule.until is not None:
        endless = rule.replace(count=None, until=None)
        unbounded = compiled(endless, body.series.kind, body.frame.dateutil).at(
            body.frame.start.local, body.include_dtstart
        )
        if unbounded.contains(local):
            if rule.until is not None and (rule.count is None or unbounded.rank(local) < rule.count):
                return Finding(Reason.UNTIL, _until(rule), "UNTIL", rule)
            last = plan.prev(local)
            where = "" if last is None else f" with {date_of(last)} {_clock(last)}"
            return Finding(Reason.COUNT, f"COUNT={rule.count} is used up{where}.", "COUNT", rule)
    if part is not None:
        return _part(rule, body.frame.start.local, local, part, rule)
    if not rule.bysetpos:
        return Finding(Reason.PART, f"dateutil reads {rule} in another way than RFC 5545.", value=rule)
    picks = f"BYSETPOS={_written(rule, 'BYSETPOS')} picks others from the times of its {_PERIODS[rule.freq]}."
    return Finding(Reason.BYSETPOS, picks, "BYSETPOS", rule)


# --- sentences --------------------------------------------------------------------------------------------------------

_PERIODS: Final = {
    "YEARLY": "year",
    "MONTHLY": "month",
    "WEEKLY": "week",
    "DAILY": "day",
    "HOURLY": "hour",
    "MINUTELY": "minute",
    "SECONDLY": "second",
}

#: How near a rule came: the later in the order of the checks, the nearer.
_CHECKS: Final = (
    (Reason.FREQ, "FREQ"),
    (Reason.EXRULE, None),
    (Reason.PART, None),
    (Reason.BEFORE_DTSTART, None),
    *((reason, part) for part in CHECKED for reason in (Reason.TAKEN, Reason.PART)),
    (Reason.INTERVAL, "INTERVAL"),
    (Reason.BYSETPOS, "BYSETPOS"),
    (Reason.UNTIL, "UNTIL"),
    (Reason.COUNT, "COUNT"),
    (Reason.FOLD, None),
    (Reason.GAP, None),
)
_ORDER: Final = {check: place for place, check in enumerate(_CHECKS)}


def _clock(local: int) -> str:
    second = local % DAY
    return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"


def _written(rule: Rule, part: str) -> str:
    return WRITERS[part](getattr(rule, part.lower()))


def _until(rule: Rule) -> str:
    return f"It is behind UNTIL={_written(rule, 'UNTIL')}."


def _interval(rule: Rule) -> str:
    unit = _PERIODS[rule.freq]
    return f"INTERVAL={rule.interval} counts {unit}s from that of DTSTART, and skips this {unit}."


def _part(rule: Rule, dtstart: int, local: int, part: str, given: Rule) -> Finding:
    """Say which part does not agree, and with what."""
    has = _has(part, rule, local)
    if part in taken(rule, dtstart):
        wanted = _written(filled(rule, dtstart), part)
        sentence = f"{has}; without {part} the rule takes that of DTSTART, {wanted}."
        return Finding(Reason.TAKEN, sentence, part, given)
    return Finding(Reason.PART, f"{has}, which {part}={_written(rule, part)} does not name.", part, given)


def _has(part: str, rule: Rule, local: int) -> str:
    """Say what a local time has where a part looks."""
    day = date_of(local)
    if part in ("BYHOUR", "BYMINUTE", "BYSECOND"):
        return f"It is at {_clock(local)}"
    if part == "BYMONTH":
        return f"It is in month {day.month}"
    if part == "BYWEEKNO":
        return f"It is in week {week_number(day, rule.wkst)[0]}"
    if part == "BYYEARDAY":
        return f"It is day {day.timetuple().tm_yday} of the year"
    if part == "BYMONTHDAY":
        return f"It is day {day.day} of the month"
    return f"It is {day}, {WEEKDAYS[day.weekday()]}"
