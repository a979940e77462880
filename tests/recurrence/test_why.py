"""`why` names what gives a start or keeps it away; the slow twin confirms each part that it names."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import brute_force
from properties.strategies import Case, cases, cases_near_changes
from schedcore import Override, Rule, SchedcoreError, Series
from schedcore.recurrence import Reason, Why

ZURICH = ZoneInfo("Europe/Zurich")
NEW_YEAR = datetime(2026, 1, 1, 9)
DAY = timedelta(days=1)
CHECKED = ("BYMONTH", "BYWEEKNO", "BYYEARDAY", "BYMONTHDAY", "BYDAY", "BYHOUR", "BYMINUTE", "BYSECOND")


def zurich(*args: int) -> datetime:
    return datetime(*args, tzinfo=ZURICH)  # type: ignore[misc,arg-type]


# --- the named part, against the twin ---------------------------------------------------------------------------------


def twin_agrees(rule: dict[str, Any], part: str, moment: datetime) -> bool:
    """One part alone, asked of the twin; ordinals of BYDAY need to see BYMONTH, whose own answer is left out."""
    if part not in rule:
        return True
    if part in ("BYHOUR", "BYMINUTE", "BYSECOND"):
        return getattr(moment, part[2:].lower()) in rule[part]
    day = moment.toordinal()
    page = brute_force.page_of(day)
    if part == "BYDAY":
        return brute_force.weekday_matches(rule, day, page)
    return brute_force.day_matches({"FREQ": rule["FREQ"], "WKST": rule["WKST"], part: rule[part]}, day)


def twin_in_step(rule: dict[str, Any], dtstart: datetime, moment: datetime) -> bool:
    unit = brute_force.UNIT.get(rule["FREQ"])
    if unit:
        epoch = datetime(1, 1, 1)
        index = [int((one - epoch).total_seconds()) // unit for one in (dtstart, moment)]
    else:
        index = [brute_force.period_index(rule, one.toordinal()) for one in (dtstart, moment)]
    return (index[1] - index[0]) % rule["INTERVAL"] == 0


def without(text: str, *parts: str) -> str:
    return ";".join(part for part in text.split(";") if not part.startswith(parts))


def confirm(case: Case, answer: Why, moment: datetime) -> None:
    """Ask the twin whether what keeps the moment out does, and whether nothing that comes before it does."""
    rule = brute_force.with_defaults(brute_force.parse(case.text), case.dtstart)
    if answer.reason is Reason.BEFORE_DTSTART:
        assert moment < case.dtstart
        return
    passed = CHECKED
    if answer.reason in (Reason.PART, Reason.TAKEN):
        assert answer.part is not None
        assert not twin_agrees(rule, answer.part, moment)
        assert (answer.reason is Reason.TAKEN) == (answer.part + "=" not in case.text)
        passed = CHECKED[: CHECKED.index(answer.part)]
    assert all(twin_agrees(rule, part, moment) for part in passed)
    if answer.reason in (Reason.PART, Reason.TAKEN):
        return
    assert (answer.reason is not Reason.INTERVAL) == twin_in_step(rule, case.dtstart, moment)
    if answer.reason is Reason.INTERVAL:
        return
    freed = without(case.text, "COUNT", "UNTIL", *(["BYSETPOS"] if answer.reason is Reason.BYSETPOS else []))
    day = moment.replace(hour=0, minute=0, second=0)
    stop = day + timedelta(days=1) if day < datetime(9999, 12, 31) else None
    given = brute_force.occurrences(freed, case.dtstart, False, start=moment, stop=stop)
    assert moment == next(given)
    assert answer.reason in (Reason.BYSETPOS, Reason.UNTIL, Reason.COUNT)
    assert answer.part == answer.reason.name


@given(cases(strict=False), st.booleans(), st.data())
def test_any_rule(case: Case, include_dtstart: bool, data: st.DataObject) -> None:
    """Near starts, where parts nearly agree, and right after an end."""
    rule = Rule.parse(case.text, strict=False)
    series = Series(case.dtstart, rule, include_dtstart=include_dtstart, strict=False)
    near = series.nth(data.draw(st.integers(0, 40))) or case.dtstart
    free = Series(case.dtstart, rule.replace(count=None, until=None), include_dtstart=include_dtstart, strict=False)
    moments = [near, free.after(near), free.before(near), data.draw(st.sampled_from([near, case.dtstart]))]
    shift = data.draw(st.sampled_from([1, 60, 3600, 86_400, 7 * 86_400, 30 * 86_400, 365 * 86_400]))
    for moment in moments:
        if moment is None or not 3 <= moment.year <= 9997:
            continue
        for t in (moment, moment + timedelta(seconds=shift), moment - timedelta(seconds=shift)):
            answer = series.why(t)
            assert answer.occurs == (series.count(t, t + timedelta(seconds=1)) == 1)
            assert (answer.before, answer.after) == (series.before(t), series.after(t))
            if not answer.occurs and not series.rule_is_empty:
                confirm(case, answer, t)


@given(
    cases_near_changes(),
    st.integers(0, 10),
    st.sampled_from([0, -3600, 3600, 1800, -1800]),
    st.sampled_from(["shift", "skip"]),
    st.sampled_from(["first", "last", "both"]),
)
def test_where_the_clocks_change(drawn: tuple[Case, str], place: int, more: int, gap: str, fold: str) -> None:
    """It occurs exactly if the series has it; a gap or a fold is named only beside one."""
    case, key = drawn
    zone = ZoneInfo(key)
    series = Series(case.dtstart.replace(tzinfo=zone), case.text, strict=False, gap=gap, fold=fold)
    near = series.nth(place) or series.dtstart
    t = near.astimezone(UTC) + timedelta(seconds=more)  # type: ignore[attr-defined]
    answer = series.why(t)
    assert answer.occurs == (series.count(t, t + timedelta(seconds=1)) == 1)
    if answer.reason is Reason.GAP:
        assert "skip" == gap
    if answer.reason is Reason.FOLD:
        assert "both" != fold


HOURS = st.integers(0, 400).map(lambda hours: zurich(2026, 3, 20, 9) + timedelta(hours=hours))
TEXTS = ["FREQ=DAILY", "FREQ=DAILY;INTERVAL=3;COUNT=9", "FREQ=WEEKLY;BYDAY=MO,TH;COUNT=7", "FREQ=HOURLY;INTERVAL=5"]


@given(
    rules=st.lists(st.sampled_from(TEXTS), max_size=2),
    exrules=st.lists(st.sampled_from(TEXTS), max_size=1),
    rdates=st.lists(HOURS, max_size=2),
    exdates=st.lists(st.one_of(HOURS, HOURS.map(datetime.date)), max_size=2),
    moved=st.lists(st.tuples(st.integers(0, 12), HOURS, st.booleans(), st.booleans()), max_size=3),
    t=HOURS,
)
def test_whole_sets(
    rules: list[str],
    exrules: list[str],
    rdates: list[datetime],
    exdates: list[Any],
    moved: list[tuple[int, datetime, bool, bool]],
    t: datetime,
) -> None:
    """With exceptions and overrides of one or of all later instances, it occurs exactly if the series has it."""
    start = zurich(2026, 3, 20, 9)
    plain = Series(start, rules, rdates=rdates, exrules=exrules)
    overrides = [
        Override(named, None if gone else to, cancelled=gone, this_and_future=future)
        for place, to, gone, future in moved
        if (named := plain.nth(place)) is not None
    ]
    series = Series(start, rules, rdates=rdates, exdates=exdates, exrules=exrules, overrides=overrides)
    for moment in (t, start, *rdates, *(one.recurrence_id for one in overrides), *plain.between(t, t + 2 * DAY)):
        answer = series.why(moment)
        occurs = len(series.between(moment, moment + timedelta(seconds=1))) == 1
        assert occurs == answer.occurs
        if answer.reason in (Reason.MOVED, Reason.CANCELLED):
            assert answer.value in overrides
        if answer.reason is Reason.EXDATE:
            assert answer.value in exdates
        if answer.reason is Reason.EXRULE:
            assert str(answer.value) in exrules


# --- by hand ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "t", "reason", "part"),
    [
        ("FREQ=DAILY", datetime(2025, 12, 31, 9), Reason.BEFORE_DTSTART, None),
        ("FREQ=DAILY", datetime(2026, 1, 2, 10), Reason.TAKEN, "BYHOUR"),
        ("FREQ=WEEKLY", datetime(2026, 1, 2, 9), Reason.TAKEN, "BYDAY"),
        ("FREQ=WEEKLY;BYDAY=MO,TU", datetime(2026, 1, 7, 9), Reason.PART, "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=2TU", datetime(2026, 1, 20, 9), Reason.PART, "BYDAY"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", datetime(2026, 2, 27, 9), Reason.PART, "BYMONTHDAY"),
        ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", datetime(2026, 5, 18, 9), Reason.PART, "BYWEEKNO"),
        ("FREQ=DAILY;INTERVAL=3", datetime(2026, 1, 3, 9), Reason.INTERVAL, "INTERVAL"),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", datetime(2026, 1, 29, 9), Reason.BYSETPOS, "BYSETPOS"),
        ("FREQ=DAILY;COUNT=3", datetime(2026, 1, 4, 9), Reason.COUNT, "COUNT"),
        ("FREQ=DAILY;UNTIL=20260103T090000", datetime(2026, 1, 4, 9), Reason.UNTIL, "UNTIL"),
        ("FREQ=DAILY", datetime(2026, 1, 4, 9, 0, 0, 1), Reason.FRACTION, None),
        ("FREQ=DAILY", NEW_YEAR, Reason.DTSTART, None),
        ("FREQ=DAILY", datetime(2026, 1, 2, 9), Reason.RULE, None),
    ],
)  # fmt: skip
def test_reasons_of_a_rule(text: str, t: datetime, reason: Reason, part: str | None) -> None:
    answer = Series(NEW_YEAR, text).why(t)
    assert (reason, part) == (answer.reason, answer.part)
    assert answer.sentence.endswith(".")
    assert answer.sentence == str(answer)


def test_sentences() -> None:
    series = Series(NEW_YEAR, "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=3")
    expected = [
        "It is 2026-01-31, SA, which BYDAY=MO,TU,WE,TH,FR does not name.",
        "BYSETPOS=-1 picks others from the times of its month.",
        "COUNT=3 is used up with 2026-02-27 09:00:00.",
    ]
    moments = [datetime(2026, 1, 31, 9), datetime(2026, 1, 29, 9), datetime(2026, 3, 31, 9)]
    assert expected == [series.why(t).sentence for t in moments]


def test_exceptions_and_overrides() -> None:
    """What takes a start away is handed back as it was given."""
    moved = Override(datetime(2026, 1, 4, 9), datetime(2026, 1, 4, 15))
    gone = Override(datetime(2026, 1, 5, 9), cancelled=True)
    changed = Override(datetime(2026, 1, 6, 9), event="longer")
    series = Series(
        NEW_YEAR, "FREQ=DAILY", rdates=[datetime(2026, 1, 2, 12)], exdates=[datetime(2026, 1, 3, 9), date(2026, 1, 8)],
        exrules="FREQ=WEEKLY;BYDAY=WE", overrides=[moved, gone, changed],
    )  # fmt: skip
    expected = {
        datetime(2026, 1, 2, 12): (True, Reason.RDATE, datetime(2026, 1, 2, 12)),
        datetime(2026, 1, 3, 9): (False, Reason.EXDATE, datetime(2026, 1, 3, 9)),
        datetime(2026, 1, 4, 9): (False, Reason.MOVED, moved),
        datetime(2026, 1, 4, 15): (True, Reason.OVERRIDE, moved),
        datetime(2026, 1, 5, 9): (False, Reason.CANCELLED, gone),
        datetime(2026, 1, 6, 9): (True, Reason.OVERRIDE, changed),
        datetime(2026, 1, 7, 9): (False, Reason.EXRULE, Rule.parse("FREQ=WEEKLY;BYDAY=WE")),
        datetime(2026, 1, 8, 9): (False, Reason.EXDATE, date(2026, 1, 8)),
    }
    assert expected == {t: (one.occurs, one.reason, one.value) for t in expected for one in [series.why(t)]}
    assert "An override moves this instance to 2026-01-04 15:00:00." == series.why(datetime(2026, 1, 4, 9)).sentence


def test_overrides_of_all_later_instances() -> None:
    later = Override(datetime(2026, 1, 3, 9), datetime(2026, 1, 3, 15), this_and_future=True)
    gone = Override(datetime(2026, 1, 6, 9), cancelled=True, this_and_future=True)
    series = Series(NEW_YEAR, "FREQ=DAILY", overrides=[later, gone])
    expected = {
        datetime(2026, 1, 4, 9): (False, Reason.MOVED, later),
        datetime(2026, 1, 4, 15): (True, Reason.OVERRIDE, later),
        datetime(2026, 1, 7, 9): (False, Reason.CANCELLED, gone),
    }
    assert expected == {t: (one.occurs, one.reason, one.value) for t in expected for one in [series.why(t)]}


def test_gaps_and_folds() -> None:
    series = Series(zurich(2026, 3, 20, 2, 30), "FREQ=DAILY")
    moved = series.why(zurich(2026, 3, 29, 3, 30))
    assert moved.occurs
    assert moved.sentence.endswith("moved from 2026-03-29 02:30:00, which the clocks jump over.")
    skipping = Series(zurich(2026, 3, 20, 2, 30), "FREQ=DAILY", gap="skip")
    assert Reason.GAP is skipping.why(zurich(2026, 3, 29, 3, 30)).reason
    assert Reason.GAP is skipping.why(zurich(2026, 3, 29, 2, 30)).reason
    assert Reason.FOLD is series.why(datetime(2026, 10, 25, 1, 30, tzinfo=UTC)).reason
    assert series.why(datetime(2026, 10, 25, 0, 30, tzinfo=UTC)).occurs


def test_several_rules_tell_the_nearest_miss() -> None:
    series = Series(NEW_YEAR, ["FREQ=YEARLY;BYMONTH=7;BYMONTHDAY=1", "FREQ=DAILY;COUNT=3"])
    assert Reason.COUNT is series.why(datetime(2026, 1, 4, 9)).reason


def test_without_a_rule() -> None:
    assert Reason.NO_RULE is Series(NEW_YEAR).why(datetime(2026, 1, 2, 9)).reason
    assert Reason.DTSTART is Series(NEW_YEAR).why(NEW_YEAR).reason


def test_a_rule_that_fits_dates_badly() -> None:
    series = Series(date(2026, 1, 1), "FREQ=HOURLY", strict=False)
    assert Reason.FREQ is series.why(date(2026, 1, 2)).reason
    nothing = Series(date(2026, 1, 1), "FREQ=DAILY;UNTIL=20250101", strict=False)
    assert Reason.UNTIL is nothing.why(date(2026, 1, 1)).reason


def test_another_kind_of_moment() -> None:
    with pytest.raises(SchedcoreError, match="pass a datetime"):
        Series(date(2026, 1, 1), "FREQ=DAILY").why(NEW_YEAR)
