"""A day drawn as text: cells, hours, and the days on which clocks change."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from schedcore.cli.timeline import ASCII, DRAWN, Row, days_between, draw_day, legend, midnight, symbols
from schedcore.freebusy import Block, Status

ZURICH = ZoneInfo("Europe/Zurich")


def block(start: str, end: str, status: Status = Status.BUSY, zone: ZoneInfo = ZURICH) -> Block:
    """A stretch between two wall times of a zone."""
    first, last = (int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()) for text in (start, end))
    return Block(0, first, last, status)


def drawn(day: str, *blocks: Block, zone: ZoneInfo = ZURICH, name: str = "Anna") -> list[str]:
    """The lines of a day for one person, in ASCII."""
    return [line.plain for line in draw_day(date.fromisoformat(day), [Row(name, blocks)], zone, ASCII)]


def test_a_day() -> None:
    """A character for each half hour, under the hours."""
    lines = drawn(
        "2026-10-26",
        block("2026-10-26T09:00", "2026-10-26T10:00"),
        block("2026-10-26T10:00", "2026-10-26T10:30", Status.TENTATIVE),
        block("2026-10-26T23:00", "2026-10-27T03:00", Status.OUT_OF_OFFICE),
    )
    assert [
        "Mon 2026-10-26       00    03    06    09    12    15    18    21    ",
        "Anna                 ..................##?.........................xx",
    ] == [line[:69] for line in lines]


def test_the_shortest_meeting_is_seen() -> None:
    """A cell that is touched at all shows the strongest status that touches it."""
    lines = drawn(
        "2026-10-26",
        block("2026-10-26T00:29:59", "2026-10-26T00:30"),
        block("2026-10-26T00:30", "2026-10-26T00:31", Status.TENTATIVE),
        block("2026-10-26T00:31", "2026-10-26T00:32"),
    )
    assert "##.." == lines[1][21:25]


def test_a_free_day_is_one_line() -> None:
    """A block that ends at midnight is not of the next day."""
    assert ["Tue 2026-10-27       free"] == drawn("2026-10-27", block("2026-10-26T23:00", "2026-10-27T00:00"))


@pytest.mark.parametrize(
    ("day", "zone", "hours", "cells", "said"),
    [
        ("2026-10-25", "Europe/Zurich", "00    0203    06    09", 50, " 25 hours: clocks go back"),
        ("2026-03-29", "Europe/Zurich", "00  03    06    09", 46, " 23 hours: clocks go forward"),
        ("2026-11-01", "America/New_York", "00  01  03    06    09", 50, " 25 hours: clocks go back"),
        ("2026-04-05", "Australia/Lord_Howe", "00     03    06", 49, " 24.5 hours: clocks go back"),
        ("2026-10-04", "Australia/Lord_Howe", "00   03    06", 47, " 23.5 hours: clocks go forward"),
    ],
)
def test_days_of_other_lengths(day: str, zone: str, hours: str, cells: int, said: str) -> None:
    """Cells count elapsed time: the day of the change has more of them, or fewer, and the line above says so.

    Over the cells stands the hour of the wall clock, and the one that comes again (02 in Zurich, 01 in New York) too.
    """
    start = datetime.fromisoformat(day)
    whole = block(start.isoformat(), (start + timedelta(days=1)).isoformat(), zone=ZoneInfo(zone))
    head, row = drawn(day, whole, zone=ZoneInfo(zone))
    assert "#" * cells == row[21:]
    assert head.endswith(said)
    assert hours == head[21 : 21 + len(hours)]


def test_days_of_a_window() -> None:
    """The days that a window touches, also over a day that never was (Apia, 30 December 2011)."""
    apia = ZoneInfo("Pacific/Apia")
    start, end = midnight(date(2011, 12, 29), apia), midnight(date(2011, 12, 31), apia) + 1
    assert [29, 30, 31] == [day.day for day in days_between(start, end, apia)]
    assert end - 1 == midnight(date(2011, 12, 30), apia) == start + 86_400
    assert [] == list(days_between(start, start, apia))


def test_a_long_name_is_cut() -> None:
    """Names keep to their column."""
    line = drawn("2026-10-26", block("2026-10-26T00:00", "2026-10-26T01:00"), name="x" * 50)[1]
    assert "x" * 19 + "… ##." == line[:24]


def test_characters() -> None:
    """Every status has its own character, in ASCII too, and the legend names them all."""
    assert 4 == len(set(DRAWN.values())) == len(set(ASCII.values()))
    assert DRAWN is symbols("utf-8")
    assert ASCII is symbols("ascii") is symbols("no such encoding")
    assert all(
        word in legend(ASCII).plain for word in ("# busy", "? tentative", "x out of office", ". free", "30 minutes")
    )
