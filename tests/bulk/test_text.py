"""Times, durations and rules read in C, against Python's own readers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from properties.strategies import cases
from schedcore import Duration, Rule
from schedcore.bulk._text import duration_of, rule_of, time_of
from schedcore.errors import SchedcoreError

EPOCH = datetime(1970, 1, 1)
DATE, LOCAL, UTC_FORM = 1, 2, 3


def since(t: datetime) -> int:
    return (t - EPOCH) // timedelta(seconds=1)


@given(st.datetimes(), st.sampled_from(["T", "t", " "]))
def test_times_in_all_forms(t: datetime, separator: str) -> None:
    """RFC 5545 and ISO 8601, local and UTC, from the year 1 to 9999."""
    t = t.replace(microsecond=0)
    extended = t.isoformat(separator)
    texts = {extended: LOCAL, extended + "Z": UTC_FORM, extended + ".000": LOCAL, extended + ".0z": UTC_FORM}
    if separator != " ":
        plain = extended.replace("-", "").replace(":", "")
        texts |= {plain: LOCAL, plain + "Z": UTC_FORM, plain + "z": UTC_FORM}
    for text, form in texts.items():
        assert (form, since(t), 0) == time_of(text.encode())
    if not t.second:
        assert (LOCAL, since(t), 0) == time_of(t.isoformat(separator, "minutes").encode())


@given(st.dates())
def test_dates(day: date) -> None:
    """Dates are midnights."""
    midnight = since(datetime(day.year, day.month, day.day))
    assert (DATE, midnight, 0) == time_of(day.isoformat().encode()) == time_of(f"{day:%Y%m%d}".rjust(8, "0").encode())


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1)), st.integers(-1439, 1439))
def test_offsets(t: datetime, minutes: int) -> None:
    """An offset makes an instant, and is told."""
    t = t.replace(microsecond=0)
    text = f"{t.isoformat()}{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    for form in (text, text[:-3] + text[-2:]):
        assert (UTC_FORM, since(t) - minutes * 60, minutes * 60) == time_of(form.encode())


@pytest.mark.parametrize(
    "text",
    ["", "2", "soon", "20260230", "2026-02-30", "20261301", "00000101", "20260105T240000", "20260105T096000",
     "20260105T090060", "20260105T090000X", "20260105 090000", "2026-1-5", "2026-01-05T9:00", "2026-01-05T09:00:00.5",
     "2026-01-05T09:00:00+24:00", "2026-01-05T09:00:00+1", "20260105T090000+0100", "२०२६०१०५", "2026-01-05T09:00 ",
     " 20260105", "20260105\x00", "2026-01-05T", "-0260105", "20260105T", "20260105T0900"],
)  # fmt: skip
def test_what_is_no_time(text: str) -> None:
    """Days and times that do not exist, other notations, and junk of every length."""
    assert 0 == time_of(text.encode())[0]


@given(st.text("PWDTHMS0123456789+-pdt ", max_size=14))
def test_durations_are_read_as_python_reads_them(text: str) -> None:
    """What C takes, `Duration.parse` takes, and as the same; what C leaves, it refuses."""
    try:
        duration = Duration.parse(text)
    except SchedcoreError:
        assert duration_of(text.encode()) is None
    else:
        assert (duration.days, duration.seconds) == duration_of(text.encode())


@pytest.mark.parametrize("text", ["P1W", "P1DT2H", "PT1H30M", "-PT15M", "+P2D", "P15DT5H0M20S", "pt1h20s", "P0D"])
def test_plain_durations(text: str) -> None:
    """The usual ones are read in C."""
    duration = Duration.parse(text)
    assert (duration.days, duration.seconds) == duration_of(text.encode())


@given(cases(strict=False), st.sampled_from(["{}", "RRULE:{}", "{};", "rrule:{}"]))
def test_count_and_until_are_taken_out_of_a_rule(case, form: str) -> None:  # type: ignore[no-untyped-def]
    """The rest, COUNT and UNTIL together are the rule."""
    text = form.format(case.text)
    rule = Rule.parse(text, strict=False)
    read = rule_of(text.encode())
    assert read is not None
    core, count, (form_of_until, until, _) = read
    assert rule.replace(count=None, until=None) == Rule.parse(core.decode(), strict=False)
    assert (rule.count or -1) == count
    if rule.until is None:
        assert not form_of_until
    else:
        assert rule.until == (EPOCH + timedelta(seconds=until)).replace(tzinfo=UTC if form_of_until == 3 else None)


@pytest.mark.parametrize(
    "text",
    ["", "RRULE:", "COUNT=3", "FREQ=DAILY;COUNT=3;COUNT=4", "FREQ=DAILY;COUNT=0", "FREQ=DAILY;COUNT=+3",
     "FREQ=DAILY; COUNT=3", "FREQ=DAILY;COUNT =3", "FREQ=DAILY;COUNT=", "FREQ=DAILY;UNTIL=tomorrow",
     "FREQ=DAILY;UNTIL=20260101;UNTIL=20260102", "FREQ=DAILY;UNTIL=20260101T000060Z", "FREQ=DAILY\nRRULE:FREQ=WEEKLY",
     "FREQ=DAILY;BYHOUR=" + ",".join(["1"] * 400)],
)  # fmt: skip
def test_odd_rules_are_left_to_python(text: str) -> None:
    """Whatever the grammar does not have exactly so is judged in one place."""
    assert rule_of(text.encode()) is None
