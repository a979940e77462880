"""A rule in words, in the wording people use, and never a wrong one.

Rules of this module:

1. What is said is true of the rule whatever DTSTART is; what a rule takes from DTSTART is said only if that is given.
   So `BYHOUR=9` without BYMINUTE is "in the hour 9": at which minute, only DTSTART knows.
2. A rule without INTERVAL is a filter of days and times, whatever its FREQ, as long as BYSETPOS does not pick from its
   periods: "every Friday" may be written with DAILY, WEEKLY, MONTHLY or YEARLY. A FREQ that adds nothing is not said.
3. Days have a wording of their own (`_days`) where people have one: weekdays, dates, the n-th weekday, the n-th of
   BYSETPOS in a month. What has none is listed part by part: a day is in the set if all its parts agree, so the list
   of the parts says the same (RFC 5545 3.3.10, and `matching`).
4. The order is the same in every language: how often, which days, what time, how many times, until when. Words and
   grammar are the language's (`language`).

A description is for people: it may get better from release to release, and no program should read it.
"""

from __future__ import annotations

from datetime import date, datetime
from itertools import product
from typing import Final

from schedcore._zone import local_seconds
from schedcore.errors import InvalidValue, shorten
from schedcore.recurrence.english import ENGLISH
from schedcore.recurrence.french import FRENCH
from schedcore.recurrence.german import GERMAN
from schedcore.recurrence.language import Language, runs_of
from schedcore.recurrence.matching import filled
from schedcore.recurrence.rule import Rule

__all__ = ["LANGUAGES", "describe"]

LANGUAGES: Final = {"de": GERMAN, "en": ENGLISH, "fr": FRENCH}

_WORKING: Final = [0, 1, 2, 3, 4]
_WEEKEND: Final = [5, 6]
_MANY_TIMES: Final = 12  # more times of a day than that are told as hours and minutes
_MANY_DATES: Final = 4  # more dates than that are told as days and months
_BELOW_DAILY: Final = ("HOURLY", "MINUTELY", "SECONDLY")


def describe(rule: Rule, language: str = "en", dtstart: date | None = None) -> str:
    """Say a rule in words; see `Rule.describe`."""
    try:
        words = LANGUAGES[language]
    except (KeyError, TypeError):
        known = ", ".join(LANGUAGES)
        raise InvalidValue(f"language={shorten(language)}: there are words for {known}; pass one of them") from None
    if dtstart is not None:
        rule = _known(rule, dtstart)
    said = _body(words, rule)
    if rule.freq not in _BELOW_DAILY and (clock := _clock(words, rule)):
        listed = words.only.partition("{")[0] in said or words.all_of([""])[:-1] in said
        said += f", {clock}" if listed else f" {clock}"
    return said + _picked(words, rule) + _week_start(words, rule) + _end(words, rule)


def _known(rule: Rule, dtstart: date) -> Rule:
    """Fill in what the rule takes from DTSTART; a date has no time."""
    if isinstance(dtstart, datetime):
        whole = filled(rule, local_seconds(dtstart))
        return whole if dtstart.second or rule.bysecond else whole.replace(bysecond=(), strict=False)
    return filled(rule, local_seconds(dtstart)).replace(byhour=(), byminute=(), bysecond=(), strict=False)


# --- how often, and which days ----------------------------------------------------------------------------------------


def _body(words: Language, rule: Rule) -> str:
    """Say FREQ, INTERVAL and the days; below DAILY the times too."""
    if rule.freq in _BELOW_DAILY:
        return _fine(words, rule)
    return (_nth(words, rule) if rule.bysetpos else None) or _unpicked(words, rule)


def _fine(words: Language, rule: Rule) -> str:
    """Say a FREQ below DAILY: finer parts add times to its periods, all others limit them (RFC 5545 3.3.10)."""
    place = _BELOW_DAILY.index(rule.freq)
    times = _times(words, rule)
    adding = [text for text in times[place + 1 :] if text]
    limiting = [text for text in times[: place + 1] if text]
    text = " ".join([_every(words, rule.freq, rule.interval), ", ".join(adding)]).rstrip()
    return text + "".join(words.only.format(clause=clause) for clause in (*_clauses(words, rule), *limiting))


def _unpicked(words: Language, rule: Rule) -> str:
    """Say the days without BYSETPOS."""
    every = _every(words, rule.freq, rule.interval)
    if rule.freq in ("DAILY", "WEEKLY"):
        if rule.interval > 1:
            return _stepped(words, rule)
        if rule.byyearday or rule.byweekno or rule.bymonthday:
            return _dated(words, rule, every) or every + _only(words, rule)
        return _weekly(words, rule)
    found = _dated(words, rule, every)
    if found is None:
        return every + words.all_of(_clauses(words, rule))
    return found


def _every(words: Language, freq: str, interval: int) -> str:
    single, many = words.every[freq]
    return single if interval == 1 else many.format(n=interval)


def _weekdays(rule: Rule) -> list[int]:
    return sorted({weekday for _, weekday in rule.byday})


def _names(words: Language, weekdays: list[int]) -> list[str]:
    return [words.weekdays[weekday] for weekday in weekdays]


def _weekly(words: Language, rule: Rule) -> str:
    """Say every day or week, or weekdays, without INTERVAL."""
    weekdays = _weekdays(rule)
    if not weekdays or len(weekdays) == 7:
        text = _every(words, "DAILY" if weekdays else rule.freq, 1)
    else:
        text = _each(words, weekdays)
    return f"{text} {words.in_months(rule.bymonth)}" if rule.bymonth else text


def _each(words: Language, weekdays: list[int]) -> str:
    if len(weekdays) == 7:
        return _every(words, "DAILY", 1)
    return words.every_weekday if weekdays == _WORKING else words.every_of(_names(words, weekdays))


def _stepped(words: Language, rule: Rule) -> str:
    """Say DAILY or WEEKLY with INTERVAL: weekdays belong to the weeks, everything else only limits."""
    if rule.freq == "DAILY" or not rule.byday or rule.byweekno or rule.bymonthday or rule.byyearday:
        return _every(words, rule.freq, rule.interval) + _only(words, rule)
    weekdays = _weekdays(rule)
    if len(weekdays) == 1:
        text = words.every_nth(rule.interval, words.weekdays[weekdays[0]])
    else:
        text = f"{_every(words, 'WEEKLY', rule.interval)} {_on(words, weekdays)}"
    return text + (words.only.format(clause=words.in_months(rule.bymonth)) if rule.bymonth else "")


def _on(words: Language, weekdays: list[int]) -> str:
    return words.on_weekdays if weekdays == _WORKING else words.on_named(_names(words, weekdays))


# --- MONTHLY and YEARLY -----------------------------------------------------------------------------------------------


def _dated(words: Language, rule: Rule, every: str) -> str | None:
    """Say days of months and years where there is a wording for them; None if not."""
    monthly = rule.freq != "YEARLY"
    if rule.byyearday or rule.byweekno:
        if monthly or rule.bymonth or rule.bymonthday or (rule.byyearday and (rule.byweekno or rule.byday)):
            return None
        phrase = _of_the_year(words, rule)
        return f"{every} {phrase}"
    if rule.bymonth and monthly and rule.interval > 1:
        inner = _dated(words, rule.replace(bymonth=(), strict=False), every)
        return inner and inner + words.only.format(clause=words.in_months(rule.bymonth))
    if not rule.byday and not rule.bymonthday:
        yearly = _every(words, "YEARLY", 1) if monthly and rule.bymonth else every
        return f"{yearly} {words.in_months(rule.bymonth)}" if rule.bymonth else every
    return _in_the_month(words, rule, every, monthly)


def _of_the_year(words: Language, rule: Rule) -> str:
    if rule.byyearday:
        phrase, behind = words.on_the(_in_order(rule.byyearday), words.day)
        return phrase + words.of_year + behind
    weekdays = _weekdays(rule)
    return f"{_on(words, weekdays)} {_weeks(words, rule)}" if weekdays else _weeks(words, rule)


def _weeks(words: Language, rule: Rule) -> str:
    forward = [number for number in rule.byweekno if number > 0]
    return words.in_weeks(runs_of(forward), [number for number in _in_order(rule.byweekno) if number < 0])


def _in_the_month(words: Language, rule: Rule, every: str, monthly: bool) -> str | None:
    """Say dates and weekdays of months, or n-th weekdays of the year."""
    plain = all(number == 0 for number, _ in rule.byday)
    alone = rule.interval == 1 and (monthly or not rule.bymonth)  # "of the month" says that it is every month
    if rule.bymonth:
        scope = words.of_months(rule.bymonth)
        every = _every(words, "YEARLY", 1) if monthly else every
        alone = False
    else:
        scope = words.of_month if monthly or rule.interval == 1 else words.of_every_month
    if rule.bymonthday and rule.byday:
        if not plain:
            return None
        phrase = _falling(words, rule, scope)
    elif rule.bymonthday:
        phrase = _on_dates(words, rule, scope)
    elif plain:
        if rule.interval == 1:
            return _weekly(words, rule)
        phrase = words.on_every_of(_names(words, _weekdays(rule)))
        phrase += f" {words.in_months(rule.bymonth)}" if rule.bymonth else ""
    else:
        if not monthly and not rule.bymonth:
            scope, alone = words.of_year, False
        phrase = _nth_weekdays(words, rule, scope)
    return phrase if alone else f"{every} {phrase}"


def _falling(words: Language, rule: Rule, scope: str) -> str:
    names = _names(words, _weekdays(rule))
    days = rule.bymonthday
    if len(names) == len(days) == 1 and days[0] > 0 and scope == words.of_month:
        return words.numbered(names[0], days[0])
    return words.falling(names, _on_dates(words, rule, scope))


def _on_dates(words: Language, rule: Rule, scope: str) -> str:
    """Say days of the month: as dates if they are few, else as days of months."""
    runs = runs_of([number for number in rule.bymonthday if number > 0])
    if rule.bymonth and rule.bymonthday[0] > 0 and len(runs) * len(rule.bymonth) <= _MANY_DATES:
        return words.on_dates([(run, month) for month in rule.bymonth for run in runs])
    return words.both.join(_month_days(words, rule.bymonthday, scope))


def _month_days(words: Language, numbers: tuple[int, ...], scope: str) -> list[str]:
    """Say days of the month, those counted from the end apart."""
    out = []
    forward = [number for number in numbers if number > 0]
    if forward:
        out.append(words.on_days(runs_of(forward)) + scope)
    backward = [number for number in _in_order(numbers) if number < 0]
    if backward:
        phrase, behind = words.on_the(backward, words.day)
        out.append(phrase + scope + behind)
    return out


def _nth_weekdays(words: Language, rule: Rule, scope: str) -> str:
    """Say weekdays with ordinals: those of the same ordinals together, weekday by weekday."""
    plain = [weekday for number, weekday in rule.byday if not number]
    out = [words.on_every_of(_names(words, plain)) + scope] if plain else []
    for weekday in _weekdays(rule):
        numbers = _in_order([number for number, day in rule.byday if day == weekday and number])
        if numbers and weekday not in plain:
            phrase, behind = words.on_the(numbers, words.weekdays[weekday])
            out.append(phrase + scope + behind)
    return words.both.join(out)


def _in_order(numbers: tuple[int, ...] | list[int]) -> list[int]:
    """Positions from the front, then from the back, the last one last."""
    return sorted(numbers, key=lambda number: (number < 0, number))


# --- BYSETPOS ---------------------------------------------------------------------------------------------------------


def _nth(words: Language, rule: Rule) -> str | None:
    """Say what BYSETPOS picks among weekdays of a week, month or year; None if there is no wording for it."""
    if rule.freq == "DAILY" or rule.byweekno or rule.byyearday or rule.bymonthday or not rule.byday:
        return None
    if any(number for number, _ in rule.byday):
        return None
    if rule.bymonth and (rule.freq == "WEEKLY" or (rule.freq == "YEARLY" and len(rule.bymonth) > 1)):
        return None  # months limit the set that is picked from, and no wording says so
    within_months = bool(rule.bymonth) and (rule.interval == 1 or rule.freq == "YEARLY")
    scope = {"WEEKLY": words.of_week, "MONTHLY": words.of_month, "YEARLY": words.of_year}[rule.freq]
    if within_months:
        scope = words.of_months(rule.bymonth)
    phrase = _nth_of(words, _in_order(rule.bysetpos), _weekdays(rule), scope)
    if rule.interval == 1 and rule.freq in ("MONTHLY", "WEEKLY") and not rule.bymonth:
        return phrase
    every = _every(words, "YEARLY" if within_months else rule.freq, rule.interval)
    limit = "" if within_months or not rule.bymonth else words.only.format(clause=words.in_months(rule.bymonth))
    return f"{every} {phrase}{limit}"


def _nth_of(words: Language, numbers: list[int], weekdays: list[int], scope: str) -> str:
    noun = None
    if weekdays == _WORKING:
        noun = words.working_day
    elif weekdays == _WEEKEND:
        noun = words.weekend_day
    elif len(weekdays) == 7:
        noun = words.day
    elif len(weekdays) == 1:
        noun = words.weekdays[weekdays[0]]
    if noun is None:
        return words.one_of(numbers, _names(words, weekdays), scope)
    phrase, behind = words.on_the(numbers, noun)
    return phrase + scope + behind


def _picked(words: Language, rule: Rule) -> str:
    """Say BYSETPOS where the days did not."""
    if not rule.bysetpos:
        return ""
    if rule.freq not in _BELOW_DAILY and _nth(words, rule) is not None:
        return ""
    return words.picked(_in_order(rule.bysetpos), words.units[rule.freq])


# --- part by part -----------------------------------------------------------------------------------------------------


def _only(words: Language, rule: Rule) -> str:
    return "".join(words.only.format(clause=clause) for clause in _clauses(words, rule))


def _clauses(words: Language, rule: Rule) -> list[str]:
    """Say each part that speaks of days by itself; a day must agree with all of them."""
    out = []
    if rule.bymonth:
        out.append(words.in_months(rule.bymonth))
    if rule.byweekno:
        out.append(_weeks(words, rule))
    if rule.byyearday:
        phrase, behind = words.on_the(_in_order(rule.byyearday), words.day)
        out.append(phrase + words.of_year + behind)
    if rule.bymonthday:
        out.append(words.both.join(_month_days(words, rule.bymonthday, words.of_month)))
    if rule.byday:
        if rule.byweekno or not any(number for number, _ in rule.byday):
            out.append(_on(words, _weekdays(rule)))
        else:
            scope = words.of_month if rule.freq == "MONTHLY" or rule.bymonth else words.of_year
            out.append(_nth_weekdays(words, rule, scope))
    return out


# --- times, and the end -----------------------------------------------------------------------------------------------


def _clock(words: Language, rule: Rule) -> str:
    """Say the times of a day, or the hours, minutes and seconds by themselves."""
    hours, minutes, seconds = rule.byhour, rule.byminute, rule.bysecond
    if hours and minutes and len(hours) * len(minutes) * max(len(seconds), 1) <= _MANY_TIMES:
        if seconds in ((), (0,)):
            return words.at_times([f"{hour:02}:{minute:02}" for hour, minute in product(hours, minutes)])
        return words.at_times([f"{h:02}:{m:02}:{s:02}" for h, m, s in product(hours, minutes, seconds)])
    return ", ".join(text for text in _times(words, rule) if text)


def _times(words: Language, rule: Rule) -> list[str]:
    """Say hours, minutes and seconds by themselves; empty what is not there."""
    return [
        words.in_hours(runs_of(rule.byhour)) if rule.byhour else "",
        words.at_minutes(runs_of(rule.byminute)) if rule.byminute else "",
        words.at_seconds(runs_of(rule.bysecond)) if rule.bysecond else "",
    ]


def _week_start(words: Language, rule: Rule) -> str:
    """Say where weeks begin, if not on Monday and if it matters."""
    matters = rule.byweekno or (rule.freq == "WEEKLY" and (rule.interval > 1 or rule.bysetpos) and len(rule.byday) > 1)
    return words.week_start(words.weekdays[rule.wkst]) if rule.wkst and matters else ""


def _end(words: Language, rule: Rule) -> str:
    out = "" if rule.count is None else f", {words.times(rule.count)}"
    until = rule.until
    if until is None:
        return out
    time, utc = "", False
    if isinstance(until, datetime):
        utc = until.tzinfo is not None
        clock = f"{until:%H:%M:%S}"
        if utc or clock != "23:59:59":  # to the last second of a day is to the end of the day
            time = clock.removesuffix(":00")
    return f"{out}, {words.until(until.day, until.month, until.year, time, utc)}"
