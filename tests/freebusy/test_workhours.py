"""Work hours in their short form: what they mean, by the clock on the wall, and what is refused."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schedcore.errors import InvalidValue, ZoneError
from schedcore.freebusy import Status, WorkHours

DAYS = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"]
WEEK = 7 * 86_400


def at(text: str, zone: str = "UTC") -> int:
    """UTC seconds of a local time."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


def shown(hours: WorkHours, start: str, end: str) -> list[str]:
    """The open stretches of a local window, by the clock on the wall."""
    zone = hours.tzinfo
    return [
        f"{datetime.fromtimestamp(a, zone):%d %H:%M}-{datetime.fromtimestamp(b, zone):%d %H:%M}"
        for a, b in hours.open(at(start, hours.zone), at(end, hours.zone))
    ]


class TestText:
    """One canonical text for what means the same."""

    @pytest.mark.parametrize(
        ("text", "canonical"),
        [
            ("Mo-Fr 09:00-12:00,13:00-17:30", "Mo-Fr 09:00-12:00,13:00-17:30"),
            ("mo,tu,we,TH,fr  9:00 - 12:00 , 13:00-17:30", "Mo-Fr 09:00-12:00,13:00-17:30"),
            ("Mo-Tu 09:00-17:00; Th 09:00-17:00; We 10:00-12:00", "Mo-Tu,Th 09:00-17:00; We 10:00-12:00"),
            ("Sa-Mo 10:00-14:00", "Mo,Sa-Su 10:00-14:00"),
            ("08:00-18:00", "Mo-Su 08:00-18:00"),
            ("Sa", "Sa 00:00-24:00"),
            ("Fr 22:00-06:00", "Fr 22:00-06:00"),
            ("Fr 12:00-14:00,13:00-15:00,15:00-16:00", "Fr 12:00-16:00"),
            ("24/7", "24/7"),
            ("Mo-Su", "24/7"),
            ("Mo-Su 00:00-12:00,12:00-24:00", "24/7"),
            (" Mo-Su 00:00-24:00 ", "24/7"),
        ],
    )
    def test_canonical(self, text: str, canonical: str) -> None:
        hours = WorkHours(text, "Europe/Zurich")
        assert canonical == str(hours)
        assert hours == WorkHours(canonical, "Europe/Zurich")

    def test_values(self) -> None:
        """Equal if they mean the same, hashable, frozen, and they survive a pickle."""
        one, other = (
            WorkHours("Mo 22:00-02:00", "Europe/Zurich"),
            WorkHours("Mo 22:00-24:00;Tu 0:00-2:00", "Europe/Zurich"),
        )
        assert one == other and hash(one) == hash(other)
        assert one != WorkHours("Mo 22:00-02:00", "Europe/Paris")
        assert one == pickle.loads(pickle.dumps(one))
        fixed = WorkHours("Mo 22:00-02:00", timezone(timedelta(hours=5, minutes=30)))
        assert fixed == pickle.loads(pickle.dumps(fixed)) and "UTC+05:30" == fixed.zone
        with pytest.raises(AttributeError):
            one.text = "24/7"

    @pytest.mark.parametrize(
        ("text", "piece"),
        [
            ("", "'' names no day and no time"),
            ("Mo-Fr 09:00-17:00;", "'' in 'Mo-Fr 09:00-17:00;' names no day and no time"),
            ("Mo-Fr 09:00-17:00; Fr 09:00-12:00", "Fr is named twice"),
            ("Mo,Mo 09:00-17:00", "'Mo,Mo' in 'Mo,Mo 09:00-17:00' names a day twice"),
            ("Mo-Xx 09:00-17:00", "'Mo-Xx' in 'Mo-Xx 09:00-17:00' is no day"),
            ("Mon 09:00-17:00", "'Mon' in 'Mon 09:00-17:00' is no day"),
            ("We off", "'We off' is no day"),
            ("Mo 09:00", "'09:00' in 'Mo 09:00' has no end"),
            ("Mo 9-17", "'9' in 'Mo 9-17' is no time of day"),
            ("Mo 09:00-25:00", "'25:00' in 'Mo 09:00-25:00' is no time of day"),
            ("Mo 09:60-17:00", "'09:60' in 'Mo 09:60-17:00' is no time of day"),
            ("Mo 24:30-25:00", "'24:30' in"),
            ("Mo 24:00-06:00", "'24:00-06:00' in 'Mo 24:00-06:00' begins when the day is over"),
            ("Mo 09:00-09:00", "'09:00-09:00' in 'Mo 09:00-09:00' is never open"),
            ("Mo 09:00-12:00,11:00-10:00", "is open for more than a day on end"),
            ("Mo ٠٩:00-12:00", "is no day|is no time"),
            ("Mo 09:00-12:00\x00", r"'12:00\\x00' in"),
            ("Mo " + "09:00-10:00," * 300, "is longer than 2000 characters"),
        ],
    )
    def test_refused(self, text: str, piece: str) -> None:
        """The piece that cannot be read is named."""
        with pytest.raises(InvalidValue, match=f"work hours: .*{piece}" if "named twice" in piece else piece):
            WorkHours(text)

    def test_not_a_text(self) -> None:
        with pytest.raises(InvalidValue, match="None is not a text"):
            WorkHours(None)  # type: ignore[arg-type]

    def test_unknown_zone(self) -> None:
        with pytest.raises(ZoneError, match="Mars/Olympus"):
            WorkHours("24/7", "Mars/Olympus")


class TestClocks:
    """The wall clock decides, whatever happens to it."""

    def test_a_week_over_a_change(self) -> None:
        """Hours do not shift on the day of a change, nor after it."""
        hours = WorkHours("Mo-Su 09:00-17:00", "Europe/Zurich")
        assert ["24 09:00-24 17:00", "25 09:00-25 17:00", "26 09:00-26 17:00"] == shown(
            hours, "2026-10-24", "2026-10-27"
        )
        assert [8 * 3600] * 3 == [b - a for a, b in hours.open(at("2026-10-24"), at("2026-10-27"))]

    @pytest.mark.parametrize(
        ("zone", "day", "text", "hours"),
        [
            ("Europe/Zurich", "2026-10-25", "24/7", 25),
            ("Europe/Zurich", "2026-03-29", "24/7", 23),
            ("Europe/Zurich", "2026-10-25", "01:00-04:00", 4),  # 02:00 to 03:00 comes twice
            ("Europe/Zurich", "2026-10-25", "01:00-02:30", 2),  # so does its first half, in two pieces
            ("Europe/Zurich", "2026-10-25", "02:30-03:00", 1),
            ("Europe/Zurich", "2026-03-29", "01:00-04:00", 2),
            ("Europe/Zurich", "2026-03-29", "02:00-03:00", 0),  # there is no such hour
            ("Europe/Zurich", "2026-03-29", "02:30-04:00", 1),  # it opens when clocks jump to 03:00
            ("America/New_York", "2026-11-01", "00:00-12:00", 13),
            ("Australia/Lord_Howe", "2026-04-05", "24/7", 24.5),
            ("Australia/Lord_Howe", "2026-10-04", "01:00-03:00", 1.5),
            ("Africa/Cairo", "2026-04-24", "24/7", 23),  # clocks go forward at midnight
            ("Asia/Kathmandu", "2026-06-01", "09:00-17:00", 8),
            ("Pacific/Apia", "2011-12-30", "24/7", 0),  # the day that never was
        ],
    )
    def test_days_of_other_lengths(self, zone: str, day: str, text: str, hours: float) -> None:
        start = at(day, zone)
        end = at((datetime.fromisoformat(day) + timedelta(days=1)).isoformat(), zone)
        assert hours * 3600 == sum(b - a for a, b in WorkHours(text, zone).open(start, end))

    def test_over_midnight_and_the_end_of_the_week(self) -> None:
        hours = WorkHours("Su 22:00-06:00", "Asia/Kolkata")
        assert ["31 22:00-01 06:00"] == shown(hours, "2026-05-30", "2026-06-06")
        assert ["01 00:00-01 06:00"] == shown(hours, "2026-06-01", "2026-06-02")

    def test_open_and_closed_make_up_the_window(self) -> None:
        hours = WorkHours("Mo-Fr 09:00-12:00,13:00-17:30", "Europe/Zurich")
        start, end = at("2026-10-19"), at("2026-11-02")
        both = sorted([*hours.open(start, end), *((a, b) for a, b, _ in hours.closed(start, end))])
        assert (start, end) == (both[0][0], both[-1][1])
        assert all(one[1] == other[0] for one, other in pairwise(both))
        assert {Status.OUT_OF_OFFICE} == {status for *_, status in hours.closed(start, end)}

    def test_no_window(self) -> None:
        assert ([], []) == (WorkHours("24/7").open(5, 5), WorkHours("24/7").closed(5, 5))


@st.composite
def texts(draw: st.DrawFn) -> tuple[str, dict[int, list[tuple[int, int]]]]:
    """A text, and for each day the minutes it means, an end over 1,440 being on the next day."""
    days = draw(st.permutations(range(7)))
    parts, meant = [], {}
    for size in draw(st.lists(st.integers(1, 3), min_size=1, max_size=3)):
        its, days = days[:size], days[size:]
        if not its:
            break
        spans = []
        for _ in range(draw(st.integers(1, 2))):
            a = draw(st.integers(0, 1439))
            spans.append((a, a + draw(st.integers(1, min(700, 2879 - a)))))
        if any(a < 1440 <= b - 1440 for a, b in spans) or max(b for _, b in spans) - min(a for a, _ in spans) > 1440:
            continue
        meant.update(dict.fromkeys(its, spans))
        times = ",".join(
            f"{a // 60:02}:{a % 60:02}-{b // 60 - (24 if b > 1440 else 0):02}:{b % 60:02}" for a, b in spans
        )
        parts.append(f"{','.join(DAYS[day] for day in its)} {times}")
    return "; ".join(parts), meant


@settings(max_examples=60)
@given(
    texts(),
    st.sampled_from(["Europe/Zurich", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
    st.sampled_from(["2026-10-24", "2026-03-28", "2026-04-04", "2026-10-03", "2026-10-31", "2026-03-07"]),
)
def test_minute_by_minute(text: tuple[str, dict[int, list[tuple[int, int]]]], zone: str, day: str) -> None:
    """Every minute of some days is open or not as the clock on the wall says."""
    written, meant = text
    if not written:
        return
    start = at(day)
    found = WorkHours(written, zone).open(start, start + 3 * 86_400)
    opened = {second for a, b in found for second in range(a, b, 60)}
    tz = ZoneInfo(zone)
    for second in range(start, start + 3 * 86_400, 60):
        wall = datetime.fromtimestamp(second, UTC).astimezone(tz)
        today, minute = wall.weekday(), wall.hour * 60 + wall.minute
        expected = any(a <= minute < b for a, b in meant.get(today, ())) or any(
            a <= minute + 1440 < b for a, b in meant.get((today - 1) % 7, ())
        )
        assert expected == (second in opened), (written, wall)
