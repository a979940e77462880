"""`FreeBusyIndex`: patched as merging anew would have it, and honest about what changed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedcore import Calendar
from schedcore.errors import ColumnError, InvalidValue
from schedcore.freebusy import RFC7953, Block, Change, FreeBusyIndex, Status, merge, query, stretches

DAY = 86_400
FREE, TENTATIVE, BUSY, OUT_OF_OFFICE = Status

# Minutes and days together: rows within a day, over midnight, and of a month and more.
row = st.tuples(
    st.integers(-3, 3), st.integers(0, 20), st.sampled_from([0, 1, 5, 30, DAY, 40 * DAY]), st.sampled_from(Status)
).map(lambda r: (r[0] * DAY + r[1], r[0] * DAY + r[1] + r[2], r[3]))
step = st.tuples(st.integers(0, 1), st.sampled_from("abc"), st.lists(row, max_size=5))


def statuses(index: FreeBusyIndex, owner: int) -> dict[tuple[int, int], Status]:
    return {(block.start, block.end): block.status for block in index.blocks(owner)}


@given(st.lists(step, max_size=12), st.sampled_from([(3, 2, 1), RFC7953]))
def test_as_merging_anew(
    steps: list[tuple[int, str, list[tuple[int, int, Status]]]], precedence: tuple[Status]
) -> None:
    """After every step: the blocks, and what the changes said, from the first to the last second."""
    index = FreeBusyIndex(precedence=tuple(map(Status, precedence)))
    for owner, series, rows in steps:
        before = {number: index.blocks(number) for number in (0, 1)}
        changes = index.put(owner, series, rows)
        index._check()
        edges = sorted({edge for b in (*before[owner], *index.blocks(owner)) for edge in (b.start, b.end)})
        seen = [edge for change in changes for edge in (change.start, change.end)]
        assert seen == sorted(seen)
        for at in edges:
            was = next((b.status for b in before[owner] if b.start <= at < b.end), FREE)
            told = next((c for c in changes if c.start <= at < c.end), None)
            said = (told.before, told.after) if told else (was, was)
            assert (was, index.status_at(owner, at)) == said
            assert (told is None) == (said[0] is said[1])
        assert before[1 - owner] == index.blocks(1 - owner)


@given(st.lists(row, max_size=12), st.integers(-4 * DAY, 4 * DAY))
def test_presence(rows: list[tuple[int, int, Status]], t: int) -> None:
    """The status at a moment and the next change, against a look at every block."""
    index = FreeBusyIndex()
    index.put(0, "a", rows)
    blocks = index.blocks(0)
    assert next((b.status for b in blocks if b.start <= t < b.end), FREE) is index.status_at(0, t)
    later = [edge for b in blocks for edge in (b.start, b.end) if edge > t]
    assert min(later, default=None) == index.next_change(0, t)


def test_only_what_differs_is_told() -> None:
    """One instance of a year of stand-ups is moved: two stretches change."""
    index = FreeBusyIndex()
    daily = [(day * DAY, day * DAY + 900, BUSY) for day in range(365)]
    assert 365 == len(index.put(7, "stand-up", daily))
    moved = [*daily[:100], (100 * DAY + 3600, 100 * DAY + 4500, BUSY), *daily[101:]]
    assert [
        Change(7, 100 * DAY, 100 * DAY + 900, BUSY, FREE),
        Change(7, 100 * DAY + 3600, 100 * DAY + 4500, FREE, BUSY),
    ] == index.put(7, "stand-up", moved)
    assert [] == index.put(7, "stand-up", moved)


def test_what_another_series_covers_does_not_change() -> None:
    index = FreeBusyIndex()
    index.put(0, "away", [(0, 60 * DAY, OUT_OF_OFFICE)])
    assert [] == index.put(0, "call", [(600, 900, BUSY), (5 * DAY, 6 * DAY, TENTATIVE)])
    assert [Change(0, 0, 600, OUT_OF_OFFICE, FREE), Change(0, 600, 900, OUT_OF_OFFICE, BUSY)] == index.remove(
        0, "away"
    )[:2]
    assert {(600, 900): BUSY, (5 * DAY, 6 * DAY): TENTATIVE} == statuses(index, 0)


def test_two_series_that_take_the_same() -> None:
    """The same stretch from two series goes away with the second."""
    index = FreeBusyIndex()
    same = [(0, 900, BUSY), (0, 900, BUSY)]
    index.put(0, "a", same)
    assert [] == index.put(0, "b", same)
    assert [] == index.remove(0, "a")
    assert [Change(0, 0, 900, BUSY, FREE)] == index.remove(0, "b")
    assert 0 == len(index.merged())


def test_touching_stretches_join() -> None:
    index = FreeBusyIndex()
    index.put(0, "a", [(0, 10, BUSY), (20, 30, BUSY)])
    assert [Change(0, 10, 20, FREE, BUSY)] == index.put(0, "b", [(10, 20, BUSY)])
    assert {(0, 30): BUSY} == statuses(index, 0)


def test_in_a_call_until_half_past_eleven() -> None:
    index = FreeBusyIndex()
    eleven = datetime(2026, 10, 19, 11, tzinfo=UTC)
    start = int(eleven.timestamp())
    index.put(0, "call", [(start, start + 1800, BUSY)])
    assert (BUSY, start + 1800) == (index.status_at(0, eleven), index.next_change(0, eleven))
    assert (FREE, None) == (index.status_at(0, eleven + timedelta(hours=1)), index.next_change(0, start + 1800))
    assert (FREE, start) == (index.status_at(0, 0), index.next_change(0, 0))
    assert (FREE, None) == (index.status_at(99, eleven), index.next_change(99, eleven))


EVENT = (
    "BEGIN:VEVENT\nUID:{}\nDTSTART:202606{:02}T080000Z\nDTEND:202606{:02}T090000Z\n"
    "RRULE:FREQ=DAILY;COUNT={}\nEND:VEVENT\n"
)


def calendar(*events: tuple[str, int, int]) -> Calendar:
    body = "".join(EVENT.format(uid, day, day, count) for uid, day, count in events)
    return Calendar.from_ical(f"BEGIN:VCALENDAR\n{body}END:VCALENDAR\n")


def test_from_calendars() -> None:
    """Loading a calendar gives what `query` gives; loading it again after a change tells what changed."""
    window = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
    before, after = calendar(("a", 1, 3), ("b", 10, 2)), calendar(("a", 1, 4), ("c", 20, 1))
    index = FreeBusyIndex()
    index.load(3, stretches(before, *window))
    assert [b[1:] for b in query([before], *window).people] == [b[1:] for b in index.blocks(3)]
    changes = index.load(3, stretches(after, *window))
    assert [(10, BUSY, FREE), (11, BUSY, FREE), (4, FREE, BUSY), (20, FREE, BUSY)] == [
        (datetime.fromtimestamp(c.start, UTC).day, c.before, c.after) for c in changes
    ]
    assert list(query([None, None, None, after], *window).people) == list(index.merged())
    index._check()


def test_merged_is_columns() -> None:
    index = FreeBusyIndex()
    index.put(5, "a", [(0, 9, BUSY)])
    index.put(2, "a", [(3, 4, TENTATIVE)])
    assert list(merge([5, 2], [0, 3], [9, 4], [2, 1])) == list(index.merged())
    assert "<FreeBusyIndex of 2 owners, 2 blocks>" == repr(index)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([(0, 9, BUSY), (9, 0, BUSY)], "row 1 ends at 0, before its start 9"),
        ([(0, 9, 7)], "row 0: status 7"),
        ([(0.5, 9, BUSY)], "row 0: .*whole UTC seconds"),
    ],
)
def test_refused_rows_change_nothing(rows: list[tuple[int, int, Status]], said: str) -> None:
    index = FreeBusyIndex()
    index.put(0, "a", [(0, 5, BUSY)])
    with pytest.raises(ColumnError, match=said):
        index.put(0, "a", rows)
    assert [Block(0, 0, 5, BUSY)] == index.blocks(0)


def test_refused() -> None:
    index = FreeBusyIndex()
    with pytest.raises(InvalidValue, match="owner -1"):
        index.put(-1, "a", [])
    index.put(0, "a", [])
    with pytest.raises(InvalidValue, match="no zone"):
        index.status_at(0, datetime(2026, 1, 1))
    with pytest.raises(InvalidValue, match="once each"):
        FreeBusyIndex(precedence=())
