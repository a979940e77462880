"""Reports of one answer: VFREEBUSY, digits, columns, minutes a day."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedcore.errors import InvalidValue, ZoneError
from schedcore.freebusy import (
    Block,
    FreeBusy,
    Status,
    columns,
    digits,
    merge,
    minutes,
    query,
    vfreebusy,
)
from schedcore.freebusy.status import FBTYPE

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR = 3600


def answer(*rows: tuple[int, int, int, int], start: int = 0, end: int = 24 * HOUR, **more: object) -> FreeBusy:
    """An answer whose people have these rows (owner, start, end, status)."""
    people = merge(*([list(column) for column in zip(*rows, strict=True)] or [[], [], [], []]))
    team = merge([0] * len(people), people.start, people.end, people.status)
    return FreeBusy(start, end, people, team, 2, **more)  # type: ignore[arg-type]


def window(zone: str, first: str, last: str, *rows: tuple[int, int, int]) -> FreeBusy:
    """An answer of one person for whole days of a zone; rows are in hours from its start."""
    tz = ZoneInfo(zone)
    start, end = (int(datetime.fromisoformat(day).replace(tzinfo=tz).timestamp()) for day in (first, last))
    return answer(*((0, start + a * HOUR, start + b * HOUR, s) for a, b, s in rows), start=start, end=end)


rows = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 200), st.integers(0, 60), st.integers(0, 3)).map(
        lambda r: (r[0], 60 * r[1], min(60 * (r[1] + r[2]), 240 * 60), r[3])
    ),
    max_size=12,
).map(lambda found: [row for row in found if row[1] <= row[2]])


class TestVfreebusy:
    """RFC 5545 3.6.4, as another program reads it."""

    @given(rows, st.sampled_from([0, 1, None]))
    def test_read_back(self, found: list[tuple[int, int, int, int]], owner: int | None) -> None:
        """The periods are the blocks, in order and in UTC."""
        given_answer = answer(*found)
        component = icalendar.FreeBusy.from_ical(vfreebusy(given_answer, owner, now=NOW).encode())
        lines = component.get("FREEBUSY", [])
        read = []
        for line in lines if isinstance(lines, list) else [lines]:
            start, end = line.dt
            assert UTC.utcoffset(None) == start.utcoffset()
            read.append((int(start.timestamp()), int(end.timestamp()), FBTYPE.status(line.params["FBTYPE"])))
        assert read == [(b.start, b.end, b.status) for b in given_answer.blocks(owner)]
        assert "COMMENT" not in component

    def test_text(self) -> None:
        text = vfreebusy(
            answer((0, HOUR, 2 * HOUR, 3), (0, 2 * HOUR, 3 * HOUR, 1)),
            0,
            now=NOW,
            uid="1@example.com",
            organizer="mailto:chair@example.com",
            attendee="anna@example.com",
        )
        assert [
            "BEGIN:VFREEBUSY",
            "ATTENDEE:mailto:anna@example.com",
            "DTEND:19700102T000000Z",
            "DTSTAMP:20260601T120000Z",
            "DTSTART:19700101T000000Z",
            "FREEBUSY;FBTYPE=BUSY-UNAVAILABLE;VALUE=PERIOD:19700101T010000Z/19700101T02",
            " 0000Z",
            "FREEBUSY;FBTYPE=BUSY-TENTATIVE;VALUE=PERIOD:19700101T020000Z/19700101T0300",
            " 00Z",
            "ORGANIZER:mailto:chair@example.com",
            "UID:1@example.com",
            "END:VFREEBUSY",
            "",
        ] == text.split("\r\n")

    def test_unknown_is_said_and_nothing_listed(self) -> None:
        unknown = answer((0, 0, HOUR, 2), unknown={1: "https://user:secret@example.com/ timed out"})
        text = vfreebusy(unknown, 1, now=NOW)
        assert "COMMENT:The calendar could not be read" in text
        assert "FREEBUSY;" not in text
        assert "secret" not in text
        team = vfreebusy(unknown, now=NOW)
        assert "COMMENT:1 of 2 calendars could not be read" in team.replace("\r\n ", "")
        assert 1 == team.count("FREEBUSY;")
        for said in ("busy", "free"):
            assert "COMMENT" not in vfreebusy(answer(unknown={1: ""}, on_unknown=said), 1, now=NOW)

    def test_the_same_question_has_the_same_uid(self) -> None:
        texts = [vfreebusy(answer(), owner, now=NOW) for owner in (0, 0, 1)]
        assert texts[0] == texts[1] != texts[2]

    def test_stamp_is_utc(self) -> None:
        local = NOW.astimezone(ZoneInfo("Asia/Kathmandu")).replace(microsecond=5)
        assert "DTSTAMP:20260601T120000Z" in vfreebusy(answer(), now=local)

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            ({"now": datetime(2026, 6, 1)}, "has no zone"),
            ({"now": NOW, "uid": "a\r\nATTENDEE:x"}, "uid='a"),
            ({"now": NOW, "attendee": "a@b\nX:y"}, "attendee='a@b"),
            ({"now": NOW, "organizer": " "}, "organizer=' '"),
        ],
    )
    def test_refused(self, words: dict[str, object], said: str) -> None:
        with pytest.raises(InvalidValue, match=said):
            vfreebusy(answer(), **words)  # type: ignore[arg-type]

    @pytest.mark.parametrize("tz", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
    def test_all_of_time(self, tz: str) -> None:
        assert "DTSTART:00010101T" in vfreebusy(query([], date.min, date.max, tz=tz), now=NOW)


class TestDigits:
    """A digit is the strongest status that touches its minutes."""

    @given(rows, st.sampled_from([5, 7, 30, 60, 1440]), st.sampled_from([0, 1, None]))
    def test_minute_by_minute(self, found: list[tuple[int, int, int, int]], width: int, owner: int | None) -> None:
        end = 241 * 60
        given_answer = answer(*found, end=end)
        each = [0] * 241
        for block in given_answer.blocks(owner):
            for minute in range(block.start // 60, block.end // 60):
                each[minute] = block.status
        expected = "".join(str(max(each[at : at + width])) for at in range(0, 241, width))
        assert expected == digits(given_answer, owner, minutes=width)

    def test_a_second_is_seen(self) -> None:
        assert "0120" == digits(answer((0, 3599, 3600, 1), (0, 3600, 3601, 2), end=7200), 0)

    def test_unknown(self) -> None:
        """Nobody knows: question marks. Of a team, only where nobody is known to be taken."""
        unknown = answer((0, HOUR, 2 * HOUR, 2), end=3 * HOUR, unknown={1: "timed out"})
        assert ["020", "???", "?2?"] == [digits(unknown, owner, minutes=60) for owner in (0, 1, None)]

    @pytest.mark.parametrize("width", [4, 0, -5, 1441])
    def test_refused(self, width: int) -> None:
        with pytest.raises(InvalidValue, match=f"minutes={width}: a digit stands for 5 to 1440"):
            digits(answer(), minutes=width)

    def test_an_empty_window(self) -> None:
        assert "" == digits(answer(end=0))


class TestColumns:
    """NumPy sees the answer without a copy."""

    def test_shared(self) -> None:
        merged = merge([0, 3], [0, HOUR], [HOUR, 2 * HOUR])
        found = columns(merged)
        assert ["owner", "start", "end", "status"] == list(found)
        assert ["int64", "datetime64[s]", "datetime64[s]", "int64"] == [c.dtype.name for c in found.values()]
        assert np.shares_memory(found["start"], np.asarray(merged.start))
        assert "1970-01-01T02:00:00" == str(found["end"][1])


class TestMinutes:
    """Minutes of each status a day, on days as long as they are."""

    @pytest.mark.parametrize(
        ("zone", "day", "hours"),
        [
            ("Europe/Zurich", "2026-10-25", 25),
            ("Europe/Zurich", "2026-03-29", 23),
            ("America/New_York", "2026-11-01", 25),
            ("America/New_York", "2026-03-08", 23),
            ("Australia/Lord_Howe", "2026-04-05", 24.5),
            ("Australia/Lord_Howe", "2026-10-04", 23.5),
            ("Asia/Kathmandu", "2026-10-04", 24),
            ("Africa/Cairo", "2026-04-24", 23),
        ],
    )
    def test_days_of_other_lengths(self, zone: str, day: str, hours: float) -> None:
        first = date.fromisoformat(day)
        before, after = str(first - timedelta(days=1)), str(first + timedelta(days=2))
        found = minutes(window(zone, before, after, (20, 40, 2)), 0, tz=zone)
        assert [first - timedelta(days=1), first, first + timedelta(days=1)] == [each.day for each in found]
        assert [1440, 60 * hours, 1440] == [sum(each[1:]) for each in found]
        assert [240, 960, 0] == [each.busy for each in found]

    def test_the_day_that_never_was(self) -> None:
        found = minutes(window("Pacific/Apia", "2011-12-29", "2012-01-01", (0, 48, 3)), 0, tz="Pacific/Apia")
        assert ["2011-12-29", "2011-12-31"] == [str(each.day) for each in found]
        assert [1440, 1440] == [each.out_of_office for each in found]

    def test_statuses_and_the_cut_of_the_window(self) -> None:
        found = answer((0, 0, HOUR, 1), (0, HOUR, 3 * HOUR, 2), (0, 3 * HOUR, 3 * HOUR + 90, 3), end=6 * HOUR)
        (only,) = minutes(found, 0)
        assert (date(1970, 1, 1), 178.5, 60, 120, 1.5, 0) == only

    def test_unknown(self) -> None:
        unknown = answer((0, 0, HOUR, 2), end=3 * HOUR, unknown={1: ""})
        assert [(120, 0), (0, 180), (0, 120)] == [
            (only.free, only.unknown) for only in (minutes(unknown, owner)[0] for owner in (0, 1, None))
        ]

    @given(rows)
    def test_nothing_is_lost(self, found: list[tuple[int, int, int, int]]) -> None:
        """Over days of an odd zone, the minutes of a status are those of its blocks."""
        given_answer = answer(*found, start=-HOUR, end=30 * HOUR)
        listed = minutes(given_answer, 1, tz="Asia/Kolkata")
        for status, name in (
            (Status.TENTATIVE, "tentative"),
            (Status.BUSY, "busy"),
            (Status.OUT_OF_OFFICE, "out_of_office"),
        ):
            seconds = sum(b.end - b.start for b in given_answer.blocks(1) if b.status is status)
            assert seconds / 60 == pytest.approx(sum(getattr(each, name) for each in listed))

    def test_refused(self) -> None:
        with pytest.raises(ZoneError, match="Mars/Olympus"):
            minutes(answer(), tz="Mars/Olympus")
        with pytest.raises(InvalidValue, match="outside of the years 1 to 9999"):
            minutes(query([], date.min, date.min + timedelta(days=2)), tz="America/New_York")

    def test_an_empty_window(self) -> None:
        assert [] == minutes(answer(end=0))


def test_blocks_are_a_report() -> None:
    """Blocks say what the others are made of."""
    assert [Block(1, 0, HOUR, Status.BUSY)] == answer((0, 5, 9, 1), (1, 0, HOUR, 2)).blocks(1)
