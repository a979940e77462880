"""Rules in words: what people say, written by hand in three languages; and never the same for different rules."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.corpora import corpus
from properties.strategies import Case, cases
from schedcore import Rule, Series
from schedcore.errors import InvalidValue
from schedcore.recurrence.describe import LANGUAGES

ENGLISH = {
    "FREQ=DAILY": "every day",
    "FREQ=DAILY;INTERVAL=2": "every 2 days",
    "FREQ=DAILY;COUNT=10": "every day, 10 times",
    "FREQ=DAILY;COUNT=1": "every day, once",
    "FREQ=DAILY;UNTIL=20261231": "every day, until 31 December 2026",
    "FREQ=DAILY;UNTIL=20261231T235959": "every day, until 31 December 2026",
    "FREQ=DAILY;UNTIL=20261231T090000Z": "every day, until 31 December 2026 at 09:00 UTC",
    "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR": "every weekday",
    "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;BYHOUR=9,17;BYMINUTE=0": "every weekday at 09:00 and 17:00",
    "FREQ=DAILY;BYHOUR=9": "every day in hour 9",
    "FREQ=DAILY;BYHOUR=9;BYMINUTE=0;BYSECOND=30": "every day at 09:00:30",
    "FREQ=DAILY;BYMONTH=1": "every day in January",
    "FREQ=DAILY;INTERVAL=3;BYDAY=MO": "every 3 days, only on Monday",
    "FREQ=WEEKLY": "every week",
    "FREQ=WEEKLY;BYDAY=TU": "every Tuesday",
    "FREQ=WEEKLY;BYDAY=SA,SU": "every Saturday and Sunday",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU": "every second Tuesday",
    "FREQ=WEEKLY;INTERVAL=12;BYDAY=TU": "every 12th Tuesday",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE": "every 2 weeks on Monday and Wednesday",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU": "every 2 weeks on Tuesday and Sunday (weeks start on Sunday)",
    "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1": "on the first working day of the week",
    "FREQ=MONTHLY": "every month",
    "FREQ=MONTHLY;BYMONTHDAY=31": "on the 31st of the month",
    "FREQ=MONTHLY;BYMONTHDAY=-1": "on the last day of the month",
    "FREQ=MONTHLY;BYMONTHDAY=1,15": "on the 1st and 15th of the month",
    "FREQ=MONTHLY;BYMONTHDAY=8,9,10,11": "on the 8th to 11th of the month",
    "FREQ=MONTHLY;BYDAY=2TU": "on the second Tuesday of the month",
    "FREQ=MONTHLY;BYDAY=1MO,3MO": "on the first and third Monday of the month",
    "FREQ=MONTHLY;INTERVAL=3;BYDAY=-1FR": "every 3 months on the last Friday of the month",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1": "on the last working day of the month",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=-2": "on the second-to-last day of the month",
    "FREQ=MONTHLY;BYDAY=MO,TH;BYSETPOS=1": "on the first day of the month that is a Monday or Thursday",
    "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13": "on every Friday the 13th",
    "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,9": "on every Saturday that falls on the 7th or 9th of the month",
    "FREQ=YEARLY": "every year",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29": "every year on 29 February",
    "FREQ=YEARLY;BYMONTH=1,7;BYMONTHDAY=1": "every year on 1 January and 1 July",
    "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU": "every year on the last Sunday of March",
    "FREQ=YEARLY;BYMONTH=3": "every year in March",
    "FREQ=YEARLY;BYDAY=20MO": "every year on the 20th Monday of the year",
    "FREQ=YEARLY;BYDAY=MO": "every Monday",
    "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO": "every year on Monday in week 20",
    "FREQ=YEARLY;BYWEEKNO=1,53": "every year in weeks 1 and 53",
    "FREQ=YEARLY;BYYEARDAY=1,100,-1": "every year on the first, 100th and last day of the year",
    "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8":
        "every 4 years on every Tuesday that falls on 2 to 8 November",
    "FREQ=YEARLY;BYYEARDAY=200;BYDAY=MO,TU":
        "every year on every day that meets all of these: on the 200th day of the year, on Monday or Tuesday",
    "FREQ=HOURLY;INTERVAL=3": "every 3 hours",
    "FREQ=HOURLY;BYMINUTE=0,30;BYDAY=MO": "every hour at minutes 0 and 30, only on Monday",
    "FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11,12,13": "every 20 minutes, only in hours 9 to 13",
    "FREQ=DAILY;BYHOUR=9,17;BYMINUTE=0;BYSETPOS=-1": "every day at 09:00 and 17:00, but only the last time in each day",
}  # fmt: skip

OTHERS = {
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU": ("jeden zweiten Dienstag", "un mardi sur deux"),
    "FREQ=WEEKLY;BYDAY=MO,TH;BYHOUR=9,17;BYMINUTE=30": (
        "jeden Montag und Donnerstag um 09:30 und 17:30 Uhr",
        "tous les lundis et jeudis à 09:30 et 17:30",
    ),
    "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR": ("montags bis freitags", "du lundi au vendredi"),
    "FREQ=DAILY;COUNT=1": ("jeden Tag, einmal", "tous les jours, une fois"),
    "FREQ=DAILY;INTERVAL=3;COUNT=10": ("alle 3 Tage, 10-mal", "tous les 3 jours, 10 fois"),
    "FREQ=WEEKLY;UNTIL=20270101": (
        "jede Woche, bis zum 1. Januar 2027",
        "toutes les semaines, jusqu’au 1er janvier 2027",
    ),
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE": (
        "alle 2 Wochen am Montag und Mittwoch",
        "toutes les 2 semaines le lundi et le mercredi",
    ),
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1": (
        "am letzten Arbeitstag des Monats",
        "le dernier jour ouvré du mois",
    ),
    "FREQ=MONTHLY;BYDAY=1MO,3MO": (
        "am ersten und dritten Montag des Monats",
        "le premier et le troisième lundi du mois",
    ),
    "FREQ=MONTHLY;BYDAY=-2TU,-3TU": (
        "am drittletzten und vorletzten Dienstag des Monats",
        "l’avant-dernier mardi du mois et le troisième en partant de la fin",
    ),
    "FREQ=MONTHLY;BYMONTHDAY=1,15,-1": (
        "am 1. und 15. des Monats und am letzten Tag des Monats",
        "le 1er et le 15 du mois et le dernier jour du mois",
    ),
    "FREQ=MONTHLY;BYMONTHDAY=8,9,10": ("vom 8. bis 10. des Monats", "du 8 au 10 du mois"),
    "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13": ("an jedem Freitag, dem 13.", "tous les vendredis 13"),
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29": ("jedes Jahr am 29. Februar", "tous les ans le 29 février"),
    "FREQ=YEARLY;BYMONTH=3,10;BYDAY=-1SU": (
        "jedes Jahr am letzten Sonntag im März und Oktober",
        "tous les ans le dernier dimanche de mars et d’octobre",
    ),
    "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO": (
        "jedes Jahr am Montag in Kalenderwoche 20",
        "tous les ans le lundi en semaine 20",
    ),
    "FREQ=YEARLY;BYWEEKNO=-1": (
        "jedes Jahr in der letzten Kalenderwoche des Jahres",
        "tous les ans dans la dernière semaine de l’année",
    ),
    "FREQ=YEARLY;BYYEARDAY=100": ("jedes Jahr am 100. Tag des Jahres", "tous les ans le 100e jour de l’année"),
    "FREQ=HOURLY;BYMINUTE=0,30;BYDAY=MO": (
        "jede Stunde in den Minuten 0 und 30, nur am Montag",
        "toutes les heures aux minutes 0 et 30, seulement le lundi",
    ),
    "FREQ=MONTHLY;BYMONTHDAY=29;BYHOUR=9,17;BYMINUTE=0;BYSETPOS=1": (
        "am 29. des Monats um 09:00 und 17:00 Uhr, davon nur das erste Mal je Monat",
        "le 29 du mois à 09:00 et 17:00, mais seulement la première fois de chaque mois",
    ),
}


@pytest.mark.parametrize("text", ENGLISH)
def test_english(text: str) -> None:
    assert ENGLISH[text] == Rule.parse(text).describe()


@pytest.mark.parametrize("text", OTHERS)
def test_german_and_french(text: str) -> None:
    assert OTHERS[text] == (Rule.parse(text).describe("de"), Rule.parse(text).describe("fr"))


def test_with_what_dtstart_gives() -> None:
    """Weekday, day, month and time are said if DTSTART is known."""
    start = datetime(2026, 1, 31, 9)
    expected = {
        "FREQ=YEARLY": "every year on 31 January at 09:00",
        "FREQ=MONTHLY": "on the 31st of the month at 09:00",
        "FREQ=WEEKLY": "every Saturday at 09:00",
        "FREQ=WEEKLY;INTERVAL=2": "every second Saturday at 09:00",
        "FREQ=DAILY;BYHOUR=9,17": "every day at 09:00 and 17:00",
        "FREQ=HOURLY": "every hour at minute 0",
    }
    assert expected == {text: Rule.parse(text).describe(dtstart=start) for text in expected}
    assert "every Saturday" == Rule.parse("FREQ=WEEKLY").describe(dtstart=date(2026, 1, 31))
    assert "jeden Samstag um 09:00 Uhr" == Series(start, "FREQ=WEEKLY").describe("de")
    assert "" == Series(start).describe()


@pytest.mark.parametrize("language", ["eo", "EN", None])
def test_unknown_language(language: str) -> None:
    with pytest.raises(InvalidValue, match="there are words for de, en, fr"):
        Rule.parse("FREQ=DAILY").describe(language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_rules_of_the_corpora_are_told_alike_if_they_differ(language: str) -> None:
    """A description that fits two rules loses something, unless both mean the same (weeks begin alike)."""
    told = defaultdict(list)
    for text in sorted({case["rrule"] for name in ("rules", "ruled", "zones") for case in corpus(name)}):
        rule = Rule.parse(text, strict=False)
        told[rule.describe(language), rule.wkst].append(rule)
    assert len(told) > 2500
    for (words, _), (first, *others) in told.items():
        for other in others:
            for dtstart in (datetime(2024, 2, 29, 9, 30), datetime(2026, 1, 30)):
                assert first.equivalent(other, dtstart), (words, first, other)


@given(cases(strict=False), st.sampled_from(sorted(LANGUAGES)))
def test_any_rule_has_words(case: Case, language: str) -> None:
    """And those of a rule with all said that it takes from DTSTART are those with DTSTART known."""
    rule = Rule.parse(case.text, strict=False)
    words = rule.describe(language)
    assert words == " ".join(words.split())
    assert words[0].isalpha()
    assert rule.describe(language, case.dtstart)
