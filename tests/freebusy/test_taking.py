"""What calendars take of a window by columns, against what `Calendar.overlapping` lists one by one."""

from datetime import UTC, date, datetime, timedelta
from unittest.mock import patch

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schedcore import Calendar
from schedcore._column import column_of
from schedcore.errors import ColumnError, LimitExceeded
from schedcore.freebusy import Owned, Status, merge, query
from schedcore.freebusy._rows import Rows
from schedcore.freebusy.query import Stretch, bounds_of, occurring, stretches
from schedcore.freebusy.reading import partstat_of, status_of
from schedcore.policy.caps import is_before
from schedcore.recurrence import Limits, Series, spans
from schedcore.recurrence.ends import LAST_LOCAL, end_key
from schedcore.recurrence.window import instant
from schedcore.zones import zone_of

ANNA = "anna@example.com"

#: Changes of the clock by an hour, half an hour (Lord Howe), at midnight (Santiago), a day left out (Apia, 2011).
ZONES = ["UTC", "Europe/Zurich", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Pacific/Apia"]
#: Days on which, or near which, one of these changes its clock; the edges of the calendar.
DAYS = [date(2026, 3, 28), date(2026, 10, 24), date(2026, 4, 4), date(2026, 9, 5), date(2011, 12, 29), date(2026, 6, 1)]
TIMES = ["000000", "013000", "023000", "120000", "233000"]
RULES = [
    "",
    "FREQ=DAILY",
    "FREQ=DAILY;COUNT=5",
    "FREQ=WEEKLY;BYDAY=SA,SU",
    "FREQ=DAILY;INTERVAL=3;UNTIL=20270101",
    "FREQ=HOURLY;INTERVAL=5",
    "FREQ=MONTHLY;BYMONTHDAY=-1,28",
    "FREQ=MINUTELY;INTERVAL=45;COUNT=300",
]
LENGTHS = ["", "PT0S", "PT30M", "PT24H", "P1D", "P1DT1H", "P3D", "PT49H"]
WORDS = [
    (),
    ("STATUS:TENTATIVE",),
    ("STATUS:CANCELLED",),
    ("TRANSP:TRANSPARENT",),
    ("TRANSP:OPAQUE",),
    ("X-MICROSOFT-CDO-BUSYSTATUS:OOF",),
    (f"ATTENDEE;PARTSTAT=DECLINED:mailto:{ANNA}",),
    (f"ATTENDEE;PARTSTAT=TENTATIVE:mailto:{ANNA}",),
]


@st.composite
def when(draw: st.DrawFn, kind: str, around: date) -> str:
    """Parameters and value of a DTSTART (or another start) of a kind."""
    day = around + timedelta(days=draw(st.integers(-3, 3)))
    if kind == "date":
        return f";VALUE=DATE:{day:%Y%m%d}"
    time = draw(st.sampled_from(TIMES))
    if kind == "floating":
        return f":{day:%Y%m%d}T{time}"
    return f":{day:%Y%m%d}T{time}Z" if kind == "UTC" else f";TZID={kind}:{day:%Y%m%d}T{time}"


@st.composite
def events(draw: st.DrawFn, number: int, around: date) -> list[str]:
    """A VEVENT that recurs or not, what is taken out of it and put into it, and overrides of it."""
    kind = draw(st.sampled_from(["date", "floating", *ZONES]))
    own = [f"UID:{number}", "DTSTAMP:20260101T000000Z"]
    start = draw(when(kind, around))

    def words(lengths: list[str]) -> list[str]:
        length = draw(st.sampled_from([one for one in lengths if kind != "date" or "T" not in one]))
        return [*([f"DURATION:{length}"] if length else []), *draw(st.sampled_from(WORDS))]

    lines = ["BEGIN:VEVENT", *own, f"DTSTART{start}", *words(LENGTHS)]
    rule = draw(st.sampled_from(RULES))
    lines += [f"RRULE:{rule}"] if rule else []
    for name in ("RDATE", "EXDATE"):
        if draw(st.booleans()):
            lines.append(name + draw(when(kind, around)))
    if kind == "UTC" and draw(st.booleans()):
        lines.append(f"RDATE;VALUE=PERIOD:{around:%Y%m%d}T070000Z/PT5H")
    lines.append("END:VEVENT")
    for _ in range(draw(st.integers(0, 2))):
        reach = draw(st.sampled_from(["", "", ";RANGE=THISANDFUTURE"]))
        named = start if draw(st.booleans()) else draw(when(kind, around))
        moved = draw(when(kind, around + timedelta(days=draw(st.sampled_from([0, 40])))))
        lines += ["BEGIN:VEVENT", *own, f"RECURRENCE-ID{reach}{named}", f"DTSTART{moved}"]
        lines += [*words(LENGTHS), "END:VEVENT"]
    return lines


@st.composite
def calendars(draw: st.DrawFn, around: date) -> Calendar:
    """A calendar of up to four events, with a zone or without."""
    zone = draw(st.sampled_from(["", *ZONES]))
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example//test//EN"]
    lines += [f"X-WR-TIMEZONE:{zone}"] if zone else []
    for number in range(draw(st.integers(1, 4))):
        lines += draw(events(number, around))
    return Calendar.from_ical("\r\n".join([*lines, "END:VCALENDAR", ""]))


@st.composite
def questions(draw: st.DrawFn) -> tuple[Owned, datetime, datetime, str]:
    """A calendar of somebody, a window near what is in it, and the zone of who asks."""
    around = draw(st.sampled_from(DAYS))
    tz, home = draw(st.sampled_from(ZONES)), draw(st.sampled_from([None, *ZONES]))
    begin = datetime(around.year, around.month, around.day, tzinfo=UTC) + timedelta(
        minutes=draw(st.integers(-200, 200)) * 30, seconds=draw(st.sampled_from([0, 0, 1]))
    )
    length = draw(st.sampled_from([0, 1, 1800, 7200, 86_400, 5 * 86_400, 60 * 86_400]))
    owned = Owned(draw(calendars(around)), draw(st.sampled_from([None, ANNA])), home)
    return owned, begin, begin + timedelta(seconds=length), tz


def one_by_one(owned: Owned, start: datetime, end: datetime, tz: str) -> list[Stretch]:
    """The twin of `stretches`: each occurrence as `Calendar.overlapping` lists it."""
    begin, stop, asker = bounds_of(start, end, tz)
    lo, hi = instant(begin), instant(stop)
    found = []
    for a, b, one in occurring(owned, begin, stop, asker):
        status = status_of(
            status=one.status,
            transp=one.event.transp,
            busystatus=one.event.busystatus,
            partstat=None if owned.address is None else partstat_of(one.event, owned.address),
            all_day=not isinstance(one.start, datetime),
        )
        status = status if owned.takes is None else owned.takes(one)
        a, b = max(a, lo), min(b, hi)
        if status is not Status.FREE and a < b:
            found.append(Stretch(a, b, status, one.uid))
    return sorted(found, key=lambda one: (one[:3], str(one.uid)))


def compare(owned: Owned, start: datetime, end: datetime, tz: str) -> None:
    """Both forms of the answer against the twin."""
    expected = one_by_one(owned, start, end, tz)
    found = stretches(owned, start, end, tz=tz)
    assert expected == sorted(found, key=lambda one: (one[:3], str(one.uid)))
    columns = [list(column) for column in zip(*expected, strict=True)] or [[], [], []]
    assert list(merge([0] * len(expected), *columns[:3])) == list(query([owned], start, end, tz=tz).people)


@given(questions())
def test_columns_are_what_is_listed(question: tuple[Owned, datetime, datetime, str]) -> None:
    """Each kind of event, override, length, zone and window."""
    compare(*question)


@given(questions(), st.integers(1, 5))
def test_pieces_do_not_show(question: tuple[Owned, datetime, datetime, str], size: int) -> None:
    """However few instances come at a time, the answer is the same."""
    with patch.object(spans, "PIECE", size):
        compare(*question)


@given(questions(), st.integers(-2, 6))
def test_what_all_instances_take(question: tuple[Owned, datetime, datetime, str], ended: int) -> None:
    """With `alike` beside `takes`: instances count before some start, overrides by the start that they name."""
    owned, start, end, tz = question
    ends = {}
    for event in owned.calendar.events:
        starts = event.series.take(ended) if ended > 0 else []
        ends[event.uid] = (starts[-1] if starts else None), event.series.kind

    def takes(one) -> Status:
        before, kind = ends[one.uid]
        lasts = before is None or one.recurrence_id is None or is_before(one.recurrence_id, before, kind)
        return Status.TENTATIVE if lasts else Status.FREE

    def keep(event) -> bool:
        return event.transp is None

    by_one = Owned(owned.calendar, None, owned.tz, keep, takes)
    expected = one_by_one(by_one, start, end, tz)
    assert expected == sorted(stretches(by_one, start, end, tz=tz), key=lambda one: (one[:3], str(one.uid)))
    compare(
        Owned(owned.calendar, None, owned.tz, keep, takes, lambda event: (Status.TENTATIVE, ends[event.uid][0])),
        start,
        end,
        tz,
    )


def of_lines(*events: str) -> Owned:
    """A calendar of events of one UID, a text of properties each; all start at noon for an hour."""
    lines = ["BEGIN:VCALENDAR"]
    for event in events:
        lines += ["BEGIN:VEVENT", "UID:1", *event.split(), "DURATION:PT1H", "END:VEVENT"]
    return Owned(Calendar.from_ical("\n".join([*lines, "END:VCALENDAR"])))


@pytest.mark.parametrize(
    ("events", "hours"),
    [
        # A cancelled event of which an override happens; all that follow an override, too, are overridden.
        (
            (
                "DTSTART:20260601T120000Z RRULE:FREQ=DAILY STATUS:CANCELLED",
                ":20260603T120000Z DTSTART:20260603T140000Z",
            ),
            [62],
        ),
        (
            (
                "DTSTART:20260601T120000Z RRULE:FREQ=DAILY STATUS:CANCELLED",
                ";RANGE=THISANDFUTURE:20260603T120000Z DTSTART:20260603T140000Z",
            ),
            [62, 86],
        ),
        # An override that takes no time takes away what the series has there, and where it now is.
        (
            (
                "DTSTART:20260601T120000Z RRULE:FREQ=DAILY",
                ":20260603T120000Z DTSTART:20260603T150000Z TRANSP:TRANSPARENT",
            ),
            [12, 36, 84],
        ),
        # A free event of which an override takes time.
        (
            (
                "DTSTART:20260601T120000Z RRULE:FREQ=DAILY TRANSP:TRANSPARENT",
                ":20260603T120000Z DTSTART:20260603T150000Z",
            ),
            [63],
        ),
    ],
)
def test_overrides_speak_for_themselves(events: tuple[str, str], hours: list[int]) -> None:
    """What an override takes has nothing to do with what its event takes."""
    owned = of_lines(events[0], f"RECURRENCE-ID{events[1]}")
    start, end = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 6, 5, tzinfo=UTC)
    compare(owned, start, end, "UTC")
    assert hours == [(one.start - int(start.timestamp())) // 3600 for one in stretches(owned, start, end)]


def test_what_is_alike_ends_where_it_is_said() -> None:
    """From the start on that `alike` names, the series takes nothing."""
    owned = of_lines("DTSTART:20260601T120000Z RRULE:FREQ=DAILY")
    ended = Owned(
        owned.calendar,
        takes=lambda one: pytest.fail(f"asked of {one}"),
        alike=lambda event: (Status.TENTATIVE, datetime(2026, 6, 3, 12, tzinfo=UTC)),
    )
    found = stretches(ended, date(2026, 6, 1), date(2026, 6, 9))
    assert [(1, Status.TENTATIVE), (2, Status.TENTATIVE)] == [
        (datetime.fromtimestamp(one.start, UTC).day, one.status) for one in found
    ]


@pytest.mark.parametrize("first", ["00010101", "99991228"])
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Apia", "America/New_York"])
@pytest.mark.parametrize("length", ["P1D", "P7D"])
def test_edges_of_the_calendar(first: str, zone: str, length: str) -> None:
    """The first and the last days that there are, as days, local times and instants."""
    starts = [f";VALUE=DATE:{first}", f":{first}T120000", f";TZID={zone}:{first}T120000"]
    lines = ["BEGIN:VCALENDAR", f"X-WR-TIMEZONE:{zone}"]
    for number, start in enumerate(starts):
        lines += ["BEGIN:VEVENT", f"UID:{number}", f"DTSTART{start}", f"DURATION:{length}", "TRANSP:OPAQUE"]
        lines += ["RRULE:FREQ=DAILY;COUNT=4", "END:VEVENT"]
    owned = Owned(Calendar.from_ical("\n".join([*lines, "END:VCALENDAR"])))
    year = int(first[:4])
    compare(owned, datetime(year, 1, 1, tzinfo=UTC), datetime(year, 12, 31, 23, 59, 59, tzinfo=UTC), zone)


SECONDLY = """BEGIN:VCALENDAR
BEGIN:VEVENT
UID:1
DTSTART:20260101T000000Z
DTEND:20260101T000001Z
RRULE:FREQ=SECONDLY{}
END:VEVENT
END:VCALENDAR"""


class TestLimits:
    """How much a question may be."""

    def test_every_second_is_one_stretch(self) -> None:
        """Half a year of seconds, more than one answer of a series may hold, is one row."""
        found = query([Calendar.from_ical(SECONDLY.format(""))], date(2026, 6, 1), date(2026, 12, 1))
        assert [(183 * 86_400, Status.BUSY)] == [(one.end - one.start, one.status) for one in found.people]

    def test_too_many_are_refused_before_they_are_made(self) -> None:
        """Over `max_walked` the question ends, with what to do."""
        with pytest.raises(LimitExceeded, match=r"max_walked=1000000000: ask for a shorter window") as caught:
            query([Calendar.from_ical(SECONDLY.format(""))], date(2026, 6, 1), date(2126, 12, 1))
        assert (10**9, True) == (caught.value.allowed, caught.value.reached > 3 * 10**9)

    def test_stretches_that_do_not_touch(self) -> None:
        """What is not joined is bounded by what an answer may hold; so is the list that is never joined."""
        calendar = Calendar.from_ical(SECONDLY.format(";INTERVAL=2"))
        for ask in (lambda *window: query([calendar], *window), lambda *window: stretches(calendar, *window)):
            with (
                patch("schedcore.freebusy.query.DEFAULT", Limits(1000)),
                pytest.raises(LimitExceeded, match="max_occurrences=1000 was reached"),
            ):
                ask(date(2026, 6, 1), date(2026, 6, 2))

    def test_all_events_of_a_calendar_count(self) -> None:
        """Many events that are each allowed can be too many together."""
        calendar = Calendar.from_ical(SECONDLY.format(""))
        with patch("schedcore.freebusy.taking.DEFAULT", Limits(1000, 1000)), pytest.raises(LimitExceeded):
            query([calendar], date(2026, 6, 1), date(2026, 6, 2))


class TestRows:
    """Rows gathered from columns."""

    @given(
        st.lists(
            st.tuples(
                st.integers(0, 1), st.integers(0, 3), st.lists(st.integers(0, 50), max_size=6), st.integers(0, 9)
            ),
            max_size=6,
        )
    )
    @example([(0, 2, [5, 3, 4], 2)])
    def test_joined_rows_merge_alike(self, added: list[tuple[int, int, list[int], int]]) -> None:
        """Joined or not, cut or not, a merge gives the same; in any order."""
        rows, apart = Rows(), []
        for owner, status, starts, seconds in added:
            rows.add(owner, status, column_of(starts), None, seconds, 10, 40)
            cut = [(owner, max(a, 10), min(a + seconds, 40), status) for a in starts]
            apart += [row for row in cut if row[1] < row[2]]
        columns = [list(column) for column in zip(*apart, strict=True)] or [[], [], [], []]
        assert list(merge(*columns)) == list(merge(rows.owner, rows.start, rows.end, rows.status))
        assert len(rows) <= len(apart)

    def test_ends_of_another_length(self) -> None:
        """Columns that do not fit each other are an error."""
        with pytest.raises(ColumnError, match="ends: 1 rows, but 2 starts"):
            Rows().add(0, 2, column_of([1, 2]), column_of([3]), 0, 0, 9)


@given(
    st.sampled_from(ZONES),
    st.sampled_from(DAYS),
    st.lists(st.integers(-200_000, 200_000), max_size=5),
    st.sampled_from([(0, 0), (0, 5400), (1, 0), (1, 3600), (3, 0)]),
)
def test_ends_and_moments_one_for_one(zone: str, day: date, shifts: list[int], length: tuple[int, int]) -> None:
    """The columns of a zone's table against what it says of single values."""
    table = zone_of(zone).table
    base = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
    keys = sorted(base + shift for shift in shifts)
    assert [end_key(key, length, table) for key in keys] == table.ends_of(column_of(keys), *length, LAST_LOCAL).tolist()
    assert [table.utc_of(key + 60) for key in keys] == table.moments(column_of(keys), 60, LAST_LOCAL).tolist()


def test_plain_is_what_a_series_says_alone() -> None:
    """A rule, dates and single overrides are plain; RDATEs that are periods have lengths of their own."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert spans.is_plain(Series(start, "FREQ=DAILY"))
    assert spans.is_plain(Series(start, rdates=[start + timedelta(days=1)]))
    assert not spans.is_plain(Series(start, rdates=[(start + timedelta(days=1), timedelta(hours=1))]))
