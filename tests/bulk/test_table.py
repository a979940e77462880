"""`SeriesTable` against `Series`, row by row: rules of every kind, zones, dates, lists of dates, threads and pieces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from properties.strategies import HORIZON, ZONES, Case, cases, cases_near_changes
from schedcore import Series, SeriesTable
from schedcore.bulk.table import _time, _time_or_period
from schedcore.recurrence import Duration

EPOCH = datetime(1970, 1, 1)
LAST = datetime(9999, 12, 31)
Form: TypeAlias = Callable[[datetime], str]


@dataclass(frozen=True)
class Row:
    """One row of text columns, and when to ask about it."""

    case: Case
    zone: str | None
    kind: str
    duration: str | None
    rdates: tuple[str, ...]
    exdates: tuple[str, ...]

    @property
    def dtstart(self) -> str:
        """DTSTART as the column has it."""
        return basic(self.case.dtstart)[: 8 if self.kind == "date" else 15]

    def series(self) -> Series:
        """The same as one Series."""
        tzinfo = ZoneInfo(self.zone) if self.zone and self.kind != "date" else None
        start: date = self.case.dtstart.date() if self.kind == "date" else self.case.dtstart.replace(tzinfo=tzinfo)
        return Series(
            start,
            self.case.text,
            duration=None if self.duration is None else Duration.parse(self.duration),
            rdates=[_time_or_period(text, tzinfo) for text in self.rdates],
            exdates=[_time(text, tzinfo) for text in self.exdates],
            strict=False,
        )


def basic(t: datetime) -> str:
    """RFC 5545's form of a time, in the year 1 too."""
    return t.isoformat().replace("-", "").replace(":", "")


@st.composite
def rows(draw: st.DrawFn, near_changes: bool = False) -> Row:
    """A lenient rule with what may stand beside it; RDATE and EXDATE often on its own starts."""
    if near_changes:
        case, zone = draw(cases_near_changes())
        kind = "timed"
    else:
        case = draw(cases(strict=False))
        zone = draw(st.sampled_from([None, *ZONES]))
        kind = draw(st.sampled_from(["timed", "timed", "date"]))
    if not datetime(3, 1, 1) < case.dtstart < datetime(9990, 1, 1):
        case = Case(case.text, case.dtstart.replace(year=2024, day=28), case.freq, case.interval)
    duration = draw(st.sampled_from([None, "PT0S", "PT1H", "P1D", "P1DT2H", "PT36H", "P3D"]))
    rdates, exdates = draw(RDATES), draw(EXDATES)
    return Row(case, zone, kind, duration, times(case, rdates), times(case, exdates))


def lists(forms: list[Form]) -> st.SearchStrategy[list[tuple[int, int, Form]]]:
    """Days and hours from DTSTART, and how that is written. Made once: hypothesis checks each anew that is made."""
    one = st.tuples(st.integers(-3, 40), st.sampled_from([0, 0, 0, 1, -2]), st.sampled_from(forms[:1] * 3 + forms))
    return st.one_of(st.just([]), st.lists(one, max_size=5))


FORMS: list[Form] = [basic, lambda t: basic(t)[:8], lambda t: basic(t) + "Z", lambda t: t.isoformat(" ")]
RDATES = lists([*FORMS, lambda t: basic(t) + "/PT3H"])
EXDATES = lists(FORMS)


def times(case: Case, found: list[tuple[int, int, Form]]) -> tuple[str, ...]:
    """Times some days from DTSTART, in all forms that a list may have."""
    return tuple(form(case.dtstart + timedelta(days=days, hours=hours)) for days, hours, form in found)


def table_of(found: list[Row], **more: Any) -> SeriesTable:
    """Rows as a table."""
    return SeriesTable.from_columns(
        [row.dtstart for row in found],
        [row.zone for row in found],
        [row.duration for row in found],
        [row.case.text for row in found],
        rdate=[",".join(row.rdates) or None for row in found],
        exdate=[list(row.exdates) for row in found],
        **more,
    )


def seconds(value: Any) -> int:
    """A date or time as the table counts it."""
    if not isinstance(value, datetime):
        return (value - EPOCH.date()).days * 86_400
    since = EPOCH.replace(tzinfo=UTC) if value.tzinfo else EPOCH
    return (value - since) // timedelta(seconds=1)


def expected(row: Row, a: datetime, b: datetime, touching: bool) -> list[tuple[int, int]]:
    """What the row's Series gives."""
    series = row.series()
    bounds: tuple[date, date] = (a.date(), b.date()) if series.kind == "date" else (a, b)
    if series.kind == "zoned":
        bounds = (a.replace(tzinfo=UTC), b.replace(tzinfo=UTC))
    found = [(seconds(one.start), seconds(one.end)) for one in series.overlapping(*bounds)]
    return [pair for pair in found if touching or pair[0] >= seconds(a)]


def window(row: Row, days: int, length: float) -> tuple[datetime, datetime]:
    """A window of whole days that begins some days from a row's DTSTART."""
    a = row.case.dtstart.replace(hour=0, minute=0, second=0) + timedelta(days=days)
    return a, min(a + timedelta(days=1 + int(HORIZON[row.case.freq].days * length)), LAST)


def given_back(found: Any, row: int) -> list[tuple[int, int]]:
    """The occurrences of one row."""
    low, high = found.offsets[row], found.offsets[row + 1]
    return list(zip(found.start[low:high].tolist(), found.end[low:high].tolist(), strict=True))


@given(st.lists(rows(), min_size=1, max_size=4), st.integers(-400, 400), st.floats(0, 0.2), st.integers(1, 3))
def test_rows_are_series(found: list[Row], days: int, length: float, threads: int) -> None:
    """Rules, kinds, zones, lengths, RDATE and EXDATE: start and end of every occurrence, in and around a window."""
    table = table_of(found)
    assert () == table.problems
    for row in found:
        a, b = window(row, days, length if len({one.case.freq for one in found}) == 1 else 0)
        for touching, ask in ((False, table.expand), (True, table.overlapping)):
            answer = ask(seconds(a), seconds(b), threads)
            for number, one in enumerate(found):
                assert expected(one, a, b, touching) == given_back(answer, number)


@given(st.lists(rows(near_changes=True), min_size=1, max_size=3), st.integers(-3, 3))
def test_beside_changes_of_the_clock(found: list[Row], days: int) -> None:
    """Local times that do not exist, exist twice, or fall on others, and windows that begin there."""
    table = table_of(found)
    for row in found:
        a, b = window(row, days, 0.01)
        for number, one in enumerate(found):
            assert expected(one, a, b, True) == given_back(table.overlapping(seconds(a), seconds(b)), number)


@given(st.lists(rows(), min_size=1, max_size=12), st.integers(-30, 30), st.sampled_from([1 << 20, 1 << 24]))
def test_threads_and_pieces_change_nothing(found: list[Row], days: int, max_bytes: int) -> None:
    """One answer, bit for bit, for 1, 2, 3 and 7 threads and for a stream of pieces."""
    table = table_of(found)
    a, b = (seconds(t) for t in window(found[0], days, 0.01))
    answer = table.expand(a, b)
    for threads in (2, 3, 7):
        assert answer == table.expand(a, b, threads)
    pieces = list(table.stream(a, b, max_bytes, 2))
    for name in ("series", "start", "end"):
        together = np.concatenate([np.zeros(0, np.int64), *(getattr(piece, name) for piece in pieces)])
        assert np.array_equal(getattr(answer, name), together)


@given(st.lists(rows(), min_size=1, max_size=4), st.lists(rows(), min_size=1, max_size=4), st.integers(-30, 30))
def test_tables_hand_on_what_they_know(before: list[Row], found: list[Row], days: int) -> None:
    """A table like another has the answers of one that was read alone, and the other keeps its own."""
    alone, first = table_of(found), table_of(before)
    a, b = (seconds(t) for t in window(found[0], days, 0.01))
    expected = first.expand(a, b)
    second = table_of(found, like=first)
    assert alone.expand(a, b) == second.expand(a, b)
    assert expected == first.expand(a, b)
    third = table_of(before, like=second)
    assert expected == third.expand(a, b)
    assert set(map(str, second.rows.rules)) >= {str(rule) for rule in alone.rows.rules}


def test_a_row_of_very_many_comes_in_several_pieces() -> None:
    """A second's rule over days does not fit a MiB: pieces are stretches of time, and none is larger than asked."""
    table = SeriesTable.from_columns(
        ["20260101T000000", "20260101T000000"], rrule=["FREQ=SECONDLY", "FREQ=DAILY"], duration=[1, 1]
    )
    a, b = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 2, 3, tzinfo=UTC)
    pieces = list(table.stream(a, b, 1 << 20))
    assert max(len(piece) for piece in pieces) * 40 <= 1 << 20
    assert [0] * 172_800 + [1] * 2 == [int(row) for piece in pieces for row in piece.series]
    assert table.expand(a, b).start.tolist() == [int(start) for piece in pieces for start in piece.start]


def test_bounds_of_any_kind_are_checked() -> None:
    """Naive bounds, bounds that are no times, and the wrong way round."""
    import pytest

    from schedcore.errors import InvalidValue

    table = SeriesTable.from_columns(["20260101T000000Z"])
    for a, b in ((datetime(2026, 1, 1), 0), (True, 2), ("2026", 3), (1.5, 2), (2, 1)):
        with pytest.raises(InvalidValue):
            table.expand(a, b)  # type: ignore[arg-type]
    with pytest.raises(InvalidValue):
        table.expand(0, 1, 0)
    with pytest.raises(InvalidValue):
        list(table.stream(0, 1, 1000))
    assert 1 == len(table.expand(-(10**30), 10**30))


def test_limits_are_named_and_not_silent() -> None:
    """Over `max_occurrences`: of the whole answer, of one row that asks its plan, of a stream."""
    import pytest

    from schedcore import Limits
    from schedcore.errors import Cancelled, LimitExceeded

    daily = SeriesTable.from_columns(["20260101T000000"] * 3, rrule=["FREQ=DAILY"] * 3)
    with pytest.raises(LimitExceeded) as caught:
        daily.expand(0, 10**11, limits=Limits(max_occurrences=1000))
    assert "max_occurrences" == caught.value.limit
    secondly = SeriesTable.from_columns(["00010101T000000"], rrule=["FREQ=SECONDLY"])
    with pytest.raises(LimitExceeded):
        secondly.expand(0, 10**11)
    with pytest.raises(LimitExceeded):
        list(daily.stream(1_770_000_000, 1_780_000_000, limits=Limits(max_occurrences=100)))
    token = __import__("schedcore").CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        daily.expand(0, 10**10, cancel=token)
