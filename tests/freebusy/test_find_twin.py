"""find_times against the twin that looks at every start, every person and every minute."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from freebusy.find_twin import MINUTE, Person, Question, judge, move, starts
from schedcore.freebusy import Room, Status, Wanted, find_times, merge, next_time

# Days on which clocks change, in both directions and by half an hour, and quiet ones; zones of halves and quarters.
DAYS = ["2026-10-25", "2026-03-29", "2026-04-04", "2026-10-03", "2026-11-01", "2026-03-08", "2026-06-10"]
ZONES = ["Europe/Zurich", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Asia/Kolkata", "UTC"]
HOUR = 60


@dataclass(frozen=True)
class Closed:
    """Hours of whatever stretches the twin closes."""

    zone: str
    rows: tuple[tuple[int, int, int], ...]

    @property
    def tzinfo(self) -> tzinfo:
        return ZoneInfo(self.zone)

    def closed(self, start: int, end: int) -> list[tuple[int, int, Status]]:
        cut = ((max(a * MINUTE, start), min(b * MINUTE, end), Status(s)) for a, b, s in self.rows)
        return [row for row in cut if row[0] < row[1]]


@st.composite
def stretches(draw: st.DrawFn, start: int, end: int, most: int, statuses: list[int]) -> list[tuple[int, int, int]]:
    """Stretches of minutes that overlap as they like."""
    rows = []
    for _ in range(draw(st.integers(0, most))):
        a = draw(st.integers(start, end - 1))
        rows.append((a, a + draw(st.integers(1, 150)), draw(st.sampled_from(statuses))))
    return rows


def minutes(rows: list[tuple[int, int, int]]) -> dict[int, int]:
    """The strongest status of each minute."""
    found: dict[int, int] = {}
    for a, b, status in rows:
        for m in range(a, b):
            found[m] = max(found.get(m, 0), status)
    return found


def disjoint(by_minute: dict[int, int]) -> tuple[tuple[int, int, int], ...]:
    """Minutes as stretches of one status each, in order."""
    rows: list[tuple[int, int, int]] = []
    for m in sorted(by_minute):
        if rows and rows[-1][1] == m and rows[-1][2] == by_minute[m]:
            rows[-1] = (rows[-1][0], m + 1, by_minute[m])
        else:
            rows.append((m, m + 1, by_minute[m]))
    return tuple(rows)


@dataclass
class Case:
    """One question, as the library and as the twin take it."""

    twin: Question
    arguments: dict[str, object]
    wanted: Wanted


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Few people, some hours, everything that can be wanted."""
    zone = draw(st.sampled_from(ZONES))
    day = datetime.fromisoformat(draw(st.sampled_from(DAYS))).replace(tzinfo=UTC)
    start = int(day.timestamp()) // MINUTE + draw(st.sampled_from([-14 * HOUR, -90, 0, 7, 600]))
    end = start + draw(st.sampled_from([0, 20, 95, 5 * HOUR, 9 * HOUR]))
    roles = draw(st.permutations(range(6)))
    cuts = sorted(draw(st.tuples(*[st.integers(0, 6)] * 3)))
    required, some, optional, rooms = (sorted(roles[a:b]) for a, b in zip([0, *cuts], [*cuts, 6], strict=True))
    people, busy, hours = {}, [], {}
    for owner in range(6):
        own = draw(st.sampled_from(ZONES))
        rows = draw(stretches(start - 200, end + 200, 4, [1, 2, 3]))
        person = people[owner] = Person(own, minutes(rows), meetings=[a for a, _, s in rows if s < 3])
        busy += [(owner, *row) for row in rows]
        person.closed = minutes(draw(stretches(start - 60, end + 60, 2, [1, 3])))
        hours[owner] = Closed(own, disjoint(person.closed))
    grid = draw(st.sampled_from([1, 5, 15, 25, 60]))
    question = Question(
        start, end, draw(st.sampled_from([1, 15, 45, 90])), people, required, some,
        draw(st.integers(0, len(some))), optional,
        [(owner, draw(st.sampled_from([None, 2, 4, 8]))) for owner in rooms], draw(st.integers(0, 5)),
        grid, draw(st.integers(0, grid - 1)), draw(st.sampled_from([0, 0, 10])), draw(st.sampled_from([0, 0, 7])),
        start + draw(st.sampled_from([-10_000, 0, 30])), draw(st.sampled_from([None, None, 1, 2])),
        draw(st.sampled_from([1, 2])), set(), draw(st.sets(st.integers(0, 5), max_size=1)),
        draw(st.sampled_from(["report", "busy", "free"])), zone,
    )  # fmt: skip
    holds = [(a, b) for a, b, _ in draw(stretches(start, max(end, start + 1), 1, [2]))]
    question.held = {m for a, b in holds for m in range(a, b)}
    for owner in question.unknown:  # nothing is known of them but their hours
        people[owner].busy, people[owner].meetings = {}, []
    busy = [row for row in busy if row[0] not in question.unknown]
    columns = merge(*([list(column) for column in zip(*busy, strict=True)] or [[], [], [], []]))
    columns = merge(
        columns.owner,
        [second * MINUTE for second in columns.start.tolist()],
        [second * MINUTE for second in columns.end.tolist()],
        columns.status,
    )
    met = [(owner, m * MINUTE) for owner, person in people.items() for m in person.meetings]
    wanted = Wanted(
        timedelta(minutes=question.duration),
        required=required, optional=optional, any_of=some, at_least=question.needed,
        rooms=[Room(owner, size) for owner, size in question.rooms], seats=question.seats,
        hours=hours, zones={owner: person.zone for owner, person in people.items()},
        grid=timedelta(minutes=grid), offset=timedelta(minutes=question.offset),
        before=timedelta(minutes=question.before), after=timedelta(minutes=question.after),
        most_a_day=question.most, tentative="free" if question.blocking == 2 else "busy",
        on_unknown=question.on_unknown, holds=[(a * MINUTE, b * MINUTE) for a, b in holds],
    )  # fmt: skip
    arguments = {
        "busy": columns,
        "wanted": wanted,
        "end": at(end),
        "tz": zone,
        "unknown": question.unknown,
        "meetings": ([owner for owner, _ in met], [start for _, start in met]),
    }
    return Case(question, arguments, wanted)


def at(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * MINUTE, UTC)


def ask(case: Case, **more: object):
    q = case.twin
    return find_times(**case.arguments, start=at(q.start), now=at(q.earliest), **more)


@settings(max_examples=150)
@given(cases())
def test_slots(case: Case) -> None:
    """The same starts in the same order, each with the same people, seconds and room."""
    q = case.twin
    judged = [judge(q, start) for start in starts(q)]
    expected = [
        (
            v.start * MINUTE, (v.start + q.duration) * MINUTE, v.missing, v.tentative * MINUTE, v.outside_most * MINUTE,
            v.outside_total * MINUTE, v.room,
        )
        for v in sorted(judged, key=lambda v: v.rank)
        if v.works
    ]  # fmt: skip
    found = ask(case)
    actual = [(s.start, s.end, s.missing, s.tentative, s.outside_most, s.outside_total, s.room) for s in found]
    assert expected == actual
    assert [slot[0] for slot in expected] == found.starts.tolist()
    assert len(judged) == found.looked_at
    assert bool(expected) == (found.why_none == "")


@settings(max_examples=40)
@given(cases())
def test_refusals(case: Case) -> None:
    """The same starts are refused, with as many people lacking, and moved as far to the nearest that works."""
    q = case.twin
    judged = [judge(q, start) for start in starts(q)]
    refused = ask(case, explain=True).refused
    assert [v.start * MINUTE for v in judged if not v.works] == [refusal.start for refusal in refused]
    for v, refusal in zip((v for v in judged if not v.works), refused, strict=True):
        assert v.lacking == refusal.lacking
        assert refusal.reasons, refusal
    for refusal in [*refused[:1], *refused[-1:]]:
        expected = move(q, refusal.start // MINUTE)
        assert (None if expected is None else expected * MINUTE) == refusal.move


@settings(max_examples=60)
@given(cases())
def test_next(case: Case) -> None:
    """The next time is the earliest of all slots from now on, and just as it is among them."""
    arguments = dict(case.arguments)
    now = at(case.twin.start)
    first = next_time(**arguments, now=now)
    every = find_times(**arguments, start=now, now=now)
    assert (min(every, key=lambda slot: slot.start) if every else None) == first


@settings(max_examples=30)
@given(cases())
def test_the_same_every_time(case: Case) -> None:
    """Asked again, and with people named in another order, the answer is the same; a limit only cuts it."""
    found = list(ask(case))
    assert found == list(ask(case))
    assert found[:2] == list(ask(case, limit=2))
