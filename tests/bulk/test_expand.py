"""What a table gives as a whole: the count of the contract, overrides put in by kernels, columns that are wrong."""

from __future__ import annotations

import hashlib
import traceback
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from benchmarks.bulk import A, B, columns, rows
from schedcore import Series, SeriesTable
from schedcore.errors import ColumnError, InvalidValue, ZoneError


@pytest.fixture(scope="module")
def company() -> SeriesTable:
    """The 20,000 series of the contract."""
    return SeriesTable.from_columns(**columns(rows(20_000)))  # type: ignore[arg-type]


def digest(parts: Any) -> str:
    """One hash of start and end of all parts, as if they were one."""
    hashes = [hashlib.sha256(), hashlib.sha256(), hashlib.sha256()]
    for part in parts:
        for found, column in zip(hashes, (part.series, part.start, part.end), strict=True):
            found.update(np.ascontiguousarray(column))
    return " ".join(found.hexdigest() for found in hashes)


def test_the_count_of_the_contract(company: SeriesTable) -> None:
    """20,000 series of seed 7, starts in 90 days: 275,525, whoever counts."""
    assert 275_525 == len(company.expand(A, B))


def test_one_hash_for_all(company: SeriesTable) -> None:
    """Threads, pieces and batches of rows: one answer, bit for bit."""
    expected = digest([company.expand(A, B)])
    for threads in (2, 3, 7):
        assert expected == digest([company.expand(A, B, threads)])
    for max_bytes in (1 << 20, 3 << 20, 1 << 30):
        assert expected == digest(company.stream(A, B, max_bytes, 2))


def test_zones_and_rules_are_read_once_for_tables_that_are_alike(company: SeriesTable) -> None:
    """The very objects of the table before; its rows, and what their days are, stay its own."""
    again = SeriesTable.from_columns(**columns(rows(20_000)), like=company)  # type: ignore[arg-type]
    assert len(company.rows.rules) == len(again.rows.rules)
    assert all(one is other for one, other in zip(company.rows.rules, again.rows.rules, strict=True))
    assert all(one is other for one, other in zip(company.rows.zones, again.rows.zones, strict=True))
    assert digest([company.expand(A, B)]) == digest([again.expand(A, B)])


def test_what_cannot_be_used_is_handed_on() -> None:
    """Zones and rules that there are not are problems of each table, with one reason."""
    given = {"dtstart": ["20260105T090000"] * 3, "tzid": ["Nowhere/At_All", None, None], "rrule": [None, "FREQ=", None]}
    first = SeriesTable.from_columns(**given)
    second = SeriesTable.from_columns(**given, like=first)
    assert [0, 1] == [problem.row for problem in first.problems]
    assert first.problems == second.problems


def test_an_error_that_is_handed_on_keeps_no_table() -> None:
    """It is one object for all tables: what led to it is that of the last time, and not of all times before."""
    table = SeriesTable.from_columns(["20260105T090000"], ["No/Where"])
    lengths = []
    for _ in range(4):
        with pytest.raises(ZoneError) as caught:
            SeriesTable.from_columns(["20260105T090000"], "No/Where", like=table)
        lengths.append(len(traceback.extract_tb(caught.value.__traceback__)))
    assert 1 == len(set(lengths))


def test_very_many_rules_are_not_handed_on() -> None:
    """Taking over what is mostly new again would cost each table more than the last."""
    given = [f"FREQ=YEARLY;BYYEARDAY={day};BYHOUR={hour}" for day in range(1, 201) for hour in range(24)]
    first = SeriesTable.from_columns(["20260105T090000"] * len(given), rrule=given)
    second = SeriesTable.from_columns(["20260105T090000"], rrule=["FREQ=DAILY"], like=first)
    assert ["FREQ=DAILY"] == [str(rule) for rule in second.rows.rules]


def test_calendars_hand_nothing_on() -> None:
    """Their zones may be of their own making, under the name of another."""
    text = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nDTSTART:20260302T090000Z\nEND:VEVENT\nEND:VCALENDAR"
    with pytest.raises(InvalidValue, match="pass a table that from_columns has made"):
        SeriesTable.from_columns(["20260105T090000"], like=SeriesTable.from_ical([text]))


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY", "FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;BYDAY=MO,WE", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SA",
        "FREQ=DAILY;BYHOUR=8,17", "FREQ=HOURLY;INTERVAL=7", "FREQ=MONTHLY;BYDAY=-1FR", "FREQ=YEARLY;BYMONTH=3,9",
    ],
)
def test_count_runs_out_in_the_window_and_beside_it(rule: str) -> None:
    """Rows with COUNT that share their days: DTSTART in step and out of step, before the window, in it, behind it."""
    a, b = datetime(2026, 2, 2, tzinfo=UTC), datetime(2026, 2, 20, tzinfo=UTC)
    starts = [datetime(2026, 1, 5, 9, tzinfo=UTC) + timedelta(days=day) for day in range(0, 60, 2)]
    given = [(start, f"{rule};COUNT={count}") for start in starts for count in (1, 2, 3, 5, 9, 14, 40, 400)]
    found = SeriesTable.from_columns([start for start, _ in given], rrule=[text for _, text in given]).expand(a, b)
    expected = [
        [int(at.timestamp()) for at in Series(start, text, strict=False) if a <= at < b] for start, text in given
    ]
    assert expected == [part.tolist() for part in np.split(found.start, found.offsets[1:-1])]


def test_a_window_with_a_change_of_the_clock(company: SeriesTable) -> None:
    """Rows that are converted one by one give what two calm windows beside the change give."""
    a, middle, b = (datetime(2026, month, day, tzinfo=UTC) for month, day in ((3, 1), (3, 20), (4, 20)))
    whole = company.expand(a, b)
    halves = [company.expand(a, middle), company.expand(middle, b)]
    assert len(whole) == len(halves[0]) + len(halves[1])
    assert sorted(whole.start.tolist()) == sorted(np.concatenate([half.start for half in halves]).tolist())


@pytest.mark.parametrize(
    ("dtstart", "more"),
    [
        (np.array(["2026-01-05T09:00:00", "2026-01-06T09:00:00"], dtype="datetime64[s]"), {}),
        ([datetime(2026, 1, 5, 9), datetime(2026, 1, 6, 9)], {}),
        (np.array([1767603600, 1767690000]), {"kind": "local"}),
        (["20260105T090000", "2026-01-06 09:00"], {}),
        ([1767600000, 1767686400], {"kind": "utc"}),
        (["20260105T080000Z", "2026-01-06T10:00+02:00"], {}),
        ([datetime(2026, 1, 5, 8, tzinfo=UTC), datetime(2026, 1, 6, 8, tzinfo=UTC)], {}),
    ],
    ids=["datetime64", "datetimes", "local seconds", "text", "utc seconds", "instants", "aware"],
)
def test_dtstart_of_every_kind(dtstart: Any, more: dict[str, Any]) -> None:
    """Numbers, text and objects say the same; an instant is shown in the zone of its row."""
    table = SeriesTable.from_columns(dtstart, "Europe/Zurich", rrule=["FREQ=YEARLY;BYMONTH=7"] * 2, **more)
    summer = table.expand(datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 8, 1, tzinfo=UTC))
    assert [1783234800, 1783321200] == summer.start.tolist()


def test_instants_without_a_zone_are_in_utc_or_their_own_offset() -> None:
    """09:00+02:00 every day is 07:00 UTC in winter too."""
    table = SeriesTable.from_columns(["2026-07-01T09:00+02:00", "20260701T090000Z"], rrule=["FREQ=DAILY"] * 2)
    found = table.expand(datetime(2027, 1, 1, tzinfo=UTC), datetime(2027, 1, 2, tzinfo=UTC))
    assert [7 * 3600, 9 * 3600] == (found.start % 86_400).tolist()


def test_rows_that_cannot_be_read_are_reported_and_stop_nobody() -> None:
    """Each column with something wrong in it: number, column and value of the row, and the others are there."""
    table = SeriesTable.from_columns(
        dtstart=["20260101T090000"] * 8 + ["20260230T090000", None, "20260101T090000"],
        tzid=[None, "Mars/Olympus", "Mars/Olympus", *[None] * 8],
        duration=["PT1H", None, None, "soon", "-PT1H", *[None] * 6],
        rrule=[*[None] * 5, "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;COUNT=0", *[None] * 4],
        exdate=[*[None] * 7, "never", *[None] * 3],
        owner=[1] * 10 + [-1],
    )
    told = [(problem.row, problem.column, problem.value) for problem in table.problems]
    assert told == [
        (1, "tzid", "Mars/Olympus"), (2, "tzid", "Mars/Olympus"), (3, "duration", "soon"), (4, "duration", "-PT1H"),
        (5, "rrule", "FREQ=DAILY;INTERVAL=0"), (6, "rrule", "FREQ=DAILY;COUNT=0"), (7, "exdate", "never"),
        (8, "dtstart", "20260230T090000"), (9, "dtstart", None), (10, "owner", -1),
    ]  # fmt: skip
    assert 11 == len(table)
    assert [0] == table.expand(0, 10**10).series.tolist()
    with pytest.raises(ColumnError, match="row 1, dtstart 'x'"):
        SeriesTable.from_columns(["20260101", "x"], on_error="raise")


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"dtstart": ["20260101"], "rrule": ["FREQ=DAILY", None]}, "rrule: 2 rows, but dtstart has 1"),
        ({"dtstart": [1.5]}, "dtstart"),
        ({"dtstart": 7}, "dtstart"),
        ({"dtstart": [[1], [2]]}, "dtstart: a column of lists"),
        ({"dtstart": [timedelta(1)]}, "dtstart: a column of durations"),
        ({"dtstart": ["20260101"], "duration": [date(2026, 1, 1)]}, "duration"),
        ({"dtstart": ["20260101"], "rrule": [3]}, "rrule"),
        ({"dtstart": ["20260101"], "rdate": [3]}, "rdate"),
        ({"dtstart": ["20260101"], "owner": ["x"]}, "owner"),
        ({"dtstart": np.zeros((2, 2), dtype="int64")}, "dtstart"),
    ],
)
def test_columns_of_another_shape_are_errors(given: dict[str, Any], error: str) -> None:
    """Wrong lengths and types, whatever `on_error` says."""
    with pytest.raises(ColumnError, match=error):
        SeriesTable.from_columns(**given)


def test_other_arguments_are_checked() -> None:
    """An unknown zone for all rows, an unknown word."""
    with pytest.raises(ZoneError):
        SeriesTable.from_columns(["20260101T090000"], "Mars/Olympus")
    with pytest.raises(InvalidValue):
        SeriesTable.from_columns([0], kind="seconds")  # type: ignore[arg-type]
    with pytest.raises(InvalidValue):
        SeriesTable.from_columns([0], on_error="ignore")  # type: ignore[arg-type]


def test_empty_and_extreme_columns() -> None:
    """No rows, numbers at the ends of 64 bits, all rows missing, every second one."""
    empty = SeriesTable.from_columns([])
    assert 0 == len(empty.expand(0, 10, 2)) == len(list(empty.stream(0, 10)))
    extreme = SeriesTable.from_columns([-(2**63), 2**63 - 1, None, 0, 253402300799], duration=[2**62, 0, 0, 0, 2**40])
    assert [0, 1, 2, 4] == [problem.row for problem in extreme.problems]
    strided = SeriesTable.from_columns(np.arange(10)[::2])
    assert [0, 2, 4, 6, 8] == strided.expand(0, 10).start.tolist()


def test_ends_stop_with_the_calendar() -> None:
    """An event at the end of 9999 ends there, as that of a Series does."""
    table = SeriesTable.from_columns(["99991231T230000", "99991231"], duration=["PT5H", "P9D"])
    assert [253402300799] * 2 == table.expand(0, 10**12).end.tolist()
