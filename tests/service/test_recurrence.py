"""RecurrenceService over a real socket: every RPC, good and bad."""

from __future__ import annotations

import io
import threading
from datetime import datetime
from itertools import chain, pairwise
from zoneinfo import ZoneInfo

import grpc
import pyarrow
import pytest

from schedcore import Series
from schedcore.v1 import common_pb2 as common
from schedcore.v1 import recurrence_pb2 as pb
from schedcore.v1 import recurrence_pb2_grpc
from service.wire import faults, info, refused

ZURICH = "Europe/Zurich"
PAYDAY = "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"


@pytest.fixture(scope="module")
def stub(lone):
    with lone.channel() as channel:
        yield recurrence_pb2_grpc.RecurrenceServiceStub(channel)


def zoned(*rrules: str, start: str = "2026-01-30T09:00:00", duration: str = "PT1H", **more) -> common.Series:
    return common.Series(dtstart=common.Time(local=start, tz=ZURICH), duration=duration, rrules=rrules, **more)


def days(start: str, end: str, tz: str = ZURICH) -> common.Window:
    return common.Window(start=common.Time(date=start), end=common.Time(date=end), tz=tz)


# --- Next ------------------------------------------------------------------------------------------------------------


def test_next(stub):
    """Starts later than a moment, with offset and zone, and as seconds."""
    after = common.Time(instant="2026-02-27T08:00:00Z")
    found = stub.Next(pb.NextRequest(series=zoned(PAYDAY), after=after, limit=2))
    assert ["2026-03-31T09:00:00+02:00", "2026-04-30T09:00:00+02:00"] == [time.instant for time in found.starts]
    assert [ZURICH] * 2 == [time.tz for time in found.starts]
    assert [1774940400, 1777532400] == list(found.start_seconds)


@pytest.mark.parametrize("limit", [1, 20, 21, 1_500])
def test_next_is_the_librarys(stub, limit):
    """On the spot or in a worker, in one column or in several: what Series.take gives."""
    series = Series(datetime(2026, 1, 30, 9, tzinfo=ZoneInfo(ZURICH)), "FREQ=DAILY")
    found = stub.Next(pb.NextRequest(series=zoned("FREQ=DAILY"), limit=limit))
    assert [start.isoformat() for start in series.take(limit)] == [time.instant for time in found.starts]


@pytest.mark.parametrize(
    ("dtstart", "expected"),
    [
        (common.Time(date="2026-02-28"), common.Time(date="2026-03-01")),
        (common.Time(local="2026-02-28T09:00:00"), common.Time(local="2026-03-01T09:00:00")),
        (common.Time(instant="2026-02-28T09:00:00Z"), common.Time(instant="2026-03-01T09:00:00Z", tz="UTC")),
        (
            common.Time(epoch_seconds=0, tz="Asia/Tokyo"),
            common.Time(instant="1970-01-02T09:00:00+09:00", tz="Asia/Tokyo"),
        ),
        (
            common.Time(instant="2026-02-28T09:00:00+05:30"),
            common.Time(instant="2026-03-01T09:00:00+05:30", tz="UTC+05:30"),
        ),
    ],
)
def test_kinds(stub, dtstart, expected):
    """Answers are of DTSTART's own kind, in its own zone."""
    found = stub.Next(pb.NextRequest(series=common.Series(dtstart=dtstart, rrules=["FREQ=DAILY"]), after=dtstart))
    assert [expected] == list(found.starts)


def test_next_ends(stub):
    """A series that has ended gives fewer, and at last none."""
    series = zoned("FREQ=DAILY;COUNT=3")
    assert 3 == len(stub.Next(pb.NextRequest(series=series, limit=10)).starts)
    after = common.Time(instant="2027-01-01T00:00:00Z")
    assert [] == list(stub.Next(pb.NextRequest(series=series, after=after)).starts)


def test_next_far_and_sparse(stub):
    """A seek far off and a rule that never matches are answered at once; what is taken away is bounded by a limit."""
    after = common.Time(instant="9000-01-01T00:00:00Z")
    assert 1 == len(stub.Next(pb.NextRequest(series=zoned("FREQ=SECONDLY"), after=after)).starts)
    never = zoned("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30")
    assert 1 == len(stub.Next(pb.NextRequest(series=never, limit=5)).starts)
    every = ",".join(map(str, range(60)))
    gone = zoned("FREQ=SECONDLY", exrules=[f"FREQ=MINUTELY;BYSECOND={every}"])
    with refused(grpc.StatusCode.RESOURCE_EXHAUSTED) as error:
        stub.Next(pb.NextRequest(series=gone))
    told = info(error)
    assert ("LIMIT_EXCEEDED", "max_walked") == (told.reason, told.metadata["limit"])


@pytest.mark.parametrize(
    ("place", "change"),
    [
        ("series.dtstart", {"dtstart": common.Time()}),
        ("series.dtstart.local", {"dtstart": common.Time(local="2026-02-30T09:00:00")}),
        ("series.dtstart.local", {"dtstart": common.Time(local="2026-02-03 09:00:00")}),
        ("series.dtstart.local", {"dtstart": common.Time(local="٢٠٢٦-02-03T09:00:00")}),
        ("series.dtstart.fold", {"dtstart": common.Time(local="2026-02-03T09:00:00", fold=2)}),
        ("series.dtstart.tz", {"dtstart": common.Time(local="2026-02-03T09:00:00", tz="../../etc/passwd")}),
        ("series.dtstart.date", {"dtstart": common.Time(date="20260203")}),
        ("series.dtstart.instant", {"dtstart": common.Time(instant="2026-02-03T09:00:00")}),
        ("series.dtstart.epoch_seconds", {"dtstart": common.Time(epoch_seconds=2**62)}),
        ("series.dtstart", {"dtstart": common.Time(epoch_seconds=253402300799, tz="Asia/Tokyo")}),
        ("series.duration", {"duration": "an hour"}),
        ("series.rrules", {"rrules": ["FREQ=DAILY;INTERVAL=0"]}),
        ("series.rrules", {"duration": "-PT1H"}),
        ("series.rdates[1]", {"rdates": [common.Time(local="2026-02-03T09:00:00", tz=ZURICH), common.Time()]}),
        ("series.exdates[0].date", {"exdates": [common.Time(date="soon")]}),
        ("series.gap", {"gap": 7}),
        ("series.fold", {"fold": 7}),
        ("series.text", {"text": "DTSTART:20260101T090000"}),
    ],
)
def test_bad_series(stub, place, change):
    """Each bad field of a series is named, with what to do."""
    series = zoned(PAYDAY)
    for name in change:
        series.ClearField(name)
    series.MergeFrom(common.Series(**change))
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        stub.Next(pb.NextRequest(series=series))
    assert [place] == [fault.field for fault in faults(error)]
    assert faults(error)[0].description


@pytest.mark.parametrize(
    ("place", "request_"),
    [
        ("limit", pb.NextRequest(series=zoned(), limit=-1)),
        ("limit", pb.NextRequest(series=zoned(), limit=10_001)),
        ("after", pb.NextRequest(series=zoned(), after=common.Time(date="2026-01-01"))),
        ("after.instant", pb.NextRequest(series=zoned(), after=common.Time(instant="now"))),
    ],
)
def test_bad_next(stub, place, request_):
    """Each bad field of Next is named."""
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        stub.Next(request_)
    assert [place] == [fault.field for fault in faults(error)]


# --- text ------------------------------------------------------------------------------------------------------------

LINES = "DTSTART;TZID=Europe/Zurich:20260105T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=3"


def test_text(stub):
    """Lines, an event and a calendar are read alike."""
    event = f"BEGIN:VEVENT\nUID:a\n{LINES}\nEND:VEVENT"
    calendar = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{event}\nEND:VCALENDAR"
    for text in (LINES, LINES.replace("\n", "\r\n"), event, calendar):
        found = stub.Count(pb.CountRequest(series=common.Series(text=text)))
        assert 3 == found.count
    assert "" == "".join(
        problem.reason for problem in stub.Count(pb.CountRequest(series=common.Series(text=LINES))).problems
    )


def test_lenient_text(stub):
    """What calendars of others hold is an error, or with `lenient` a problem that is told."""
    text = "DTSTART:20260101T090000\nRRULE:FREQ=DAILY;UNTIL=20260105"
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        stub.Count(pb.CountRequest(series=common.Series(text=text)))
    assert "series.text" == faults(error)[0].field
    found = stub.Count(pb.CountRequest(series=common.Series(text=text, lenient=True)))
    assert 5 == found.count
    assert 1 == len(found.problems)


@pytest.mark.parametrize(
    "text",
    [
        "soon",
        "BEGIN:VCALENDAR\nEND:VCALENDAR",
        "RRULE:FREQ=DAILY",
        f"BEGIN:VEVENT\nUID:a\n{LINES}\nEND:VEVENT\nBEGIN:VEVENT\nUID:b\n{LINES}\nEND:VEVENT",
    ],
)
def test_bad_text(stub, text):
    """A text without one event that starts is named."""
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        stub.Count(pb.CountRequest(series=common.Series(text=text)))
    assert "series.text" == faults(error)[0].field


# --- Expand ----------------------------------------------------------------------------------------------------------


def pages(stub, request: pb.ExpandRequest) -> list[pb.ExpandResponse]:
    """All pages of a question."""
    found = [stub.Expand(request)]
    while found[-1].next_page_token:
        request.page_token = found[-1].next_page_token
        found.append(stub.Expand(request))
    return found


@pytest.mark.parametrize("size", [1, 3, 4, 1_000])
@pytest.mark.parametrize("overlapping", [False, True])
@pytest.mark.parametrize(
    "series",
    [
        zoned("FREQ=DAILY", duration="PT30H"),
        zoned("FREQ=DAILY", rdates=[common.Time(local="2026-02-05T12:00:00", tz=ZURICH)]),
        zoned("FREQ=HOURLY;INTERVAL=7", "FREQ=WEEKLY", exrules=["FREQ=HOURLY;INTERVAL=21"]),
    ],
    ids=["long", "dates", "rules"],
)
def test_pages(stub, series, overlapping, size):
    """Pages of every size, one after the other, are what one page gives, which is what the library gives."""
    request = pb.ExpandRequest(series=series, window=days("2026-02-03", "2026-02-09"), overlapping=overlapping)
    whole = stub.Expand(request)
    assert "" == whole.next_page_token
    request.page_size = size
    found = pages(stub, request)
    assert list(whole.occurrences) == [one for page in found for one in page.occurrences]
    assert all(len(page.occurrences) == size for page, _ in pairwise(found))
    zurich = ZoneInfo(ZURICH)
    a, b = datetime(2026, 2, 3, tzinfo=zurich), datetime(2026, 2, 9, tzinfo=zurich)
    expected = [one for one in library(series).overlapping(a, b) if overlapping or one.start >= a]
    assert [one.start.isoformat() for one in expected] == [one.start.instant for one in whole.occurrences]
    assert [one.end.isoformat() for one in expected] == [one.end.instant for one in whole.occurrences]


def library(message: common.Series) -> Series:
    from schedcore.service.times import series_of

    return series_of(message)[0]


def test_moved_instances(stub):
    """An instance that was moved comes at its new place, and says which it is; two that coincide are both told."""
    text = (
        f"BEGIN:VEVENT\nUID:a\n{LINES}\nEND:VEVENT\nBEGIN:VEVENT\nUID:a\nRECURRENCE-ID;TZID=Europe/Zurich:20260105T090000\n"
        "DTSTART;TZID=Europe/Zurich:20260112T090000\nDURATION:PT2H\nEND:VEVENT"
    )
    request = pb.ExpandRequest(series=common.Series(text=text), window=days("2026-01-01", "2026-02-01"), page_size=1)
    found = [one for page in pages(stub, request) for one in page.occurrences]
    assert ["2026-01-12T09:00:00+01:00"] * 2 + ["2026-01-19T09:00:00+01:00"] == [one.start.instant for one in found]
    assert ["2026-01-05T09:00:00+01:00"] == [
        one.recurrence_id.instant for one in found if one.HasField("recurrence_id")
    ]


def test_floating_and_dates(stub):
    """Floating series and dates are asked by bounds of their own kind, and need no zone."""
    series = common.Series(dtstart=common.Time(date="2026-01-01"), rrules=["FREQ=DAILY"])
    found = stub.Expand(pb.ExpandRequest(series=series, window=days("2026-02-01", "2026-02-03", "")))
    assert [("2026-02-01", "2026-02-02"), ("2026-02-02", "2026-02-03")] == [
        (one.start.date, one.end.date) for one in found.occurrences
    ]
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        wrong = common.Window(start=common.Time(epoch_seconds=0), end=common.Time(epoch_seconds=1))
        stub.Expand(pb.ExpandRequest(series=series, window=wrong))
    assert "window.start" == faults(error)[0].field


@pytest.mark.parametrize(
    ("place", "window"),
    [
        ("window.start", common.Window(end=common.Time(date="2026-01-01"), tz=ZURICH)),
        ("window.end", common.Window(start=common.Time(date="2026-01-01"), tz=ZURICH)),
        ("window.end", days("2026-01-02", "2026-01-01")),
        ("window.start", days("2026-01-01", "2026-01-02", "")),
        ("window.start.tz", days("2026-01-01", "2026-01-02", "Mars/Olympus")),
    ],
)
def test_bad_windows(stub, place, window):
    """Each bad bound is named."""
    for ask, request in ((stub.Expand, pb.ExpandRequest), (stub.Count, pb.CountRequest)):
        with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
            ask(request(series=zoned("FREQ=DAILY"), window=window))
        assert [place] == [fault.field for fault in faults(error)]


def test_bad_pages(stub):
    """A negative size, a damaged token, and one of another question are refused by name."""
    request = pb.ExpandRequest(series=zoned("FREQ=DAILY"), window=days("2026-02-01", "2026-03-01"), page_size=2)
    token = stub.Expand(request).next_page_token
    other = pb.ExpandRequest(series=zoned("FREQ=WEEKLY"), window=request.window, page_token=token)
    damaged = pb.ExpandRequest(series=request.series, window=request.window, page_token=token[:-2])
    negative = pb.ExpandRequest(series=request.series, window=request.window, page_size=-1)
    for place, wrong in (("page_token", other), ("page_token", damaged), ("page_size", negative)):
        with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
            stub.Expand(wrong)
        assert [place] == [fault.field for fault in faults(error)]


def test_a_page_costs_what_it_holds(stub):
    """A page of a window without end is answered at once, and so is one far on."""
    request = pb.ExpandRequest(series=zoned("FREQ=SECONDLY"), window=days("2026-02-01", "9000-01-01"), page_size=10)
    first = stub.Expand(request, timeout=20)
    request.page_token = first.next_page_token
    second = stub.Expand(request, timeout=20)
    assert first.occurrences[-1].start_seconds + 1 == second.occurrences[0].start_seconds


# --- Count, Check, Explain -------------------------------------------------------------------------------------------


def test_count(stub):
    """Counts in a window and in all; without end is said, and a billion is counted, not stepped through."""
    assert 12 == stub.Count(pb.CountRequest(series=zoned(PAYDAY), window=days("2026-01-01", "2027-01-01"))).count
    assert stub.Count(pb.CountRequest(series=zoned(PAYDAY))).infinite
    start = common.Time(instant="2026-01-01T00:00:00Z")
    billion = common.Series(dtstart=start, rrules=["FREQ=SECONDLY;COUNT=1000000000"])
    assert 1_000_000_000 == stub.Count(pb.CountRequest(series=billion), timeout=20).count


def test_check_rule(stub):
    """A rule that is wrong is an answer: which part, what to do, and how it reads leniently."""
    right = stub.Check(pb.CheckRequest(rrule="FREQ=DAILY"))
    assert (True, True, ["FREQ=DAILY"], []) == (right.valid, right.readable, list(right.rrules), list(right.problems))
    lenient = stub.Check(pb.CheckRequest(rrule="INTERVAL=2;FREQ=WEEKLY;BYDAY=WE,MO;"))
    assert (False, True, ["FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE"]) == (
        lenient.valid,
        lenient.readable,
        list(lenient.rrules),
    )
    wrong = stub.Check(pb.CheckRequest(rrule="FREQ=SOMETIMES"))
    assert (False, False, "FREQ") == (wrong.valid, wrong.readable, wrong.problems[0].where)
    assert stub.Check(pb.CheckRequest(rrule="FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30")).empty


def test_check_series(stub):
    """A series is read both ways, and told in parts."""
    right = stub.Check(pb.CheckRequest(series=zoned(PAYDAY)))
    assert (True, True, True, False) == (right.valid, right.readable, right.infinite, right.empty)
    assert [PAYDAY] == list(right.series.rrules)
    until = zoned("FREQ=DAILY;UNTIL=20260301")
    forgiven = stub.Check(pb.CheckRequest(series=until))
    assert (False, True) == (forgiven.valid, forgiven.readable)
    assert "UNTIL" in forgiven.problems[0].reason
    unread = stub.Check(pb.CheckRequest(series=common.Series(dtstart=common.Time(local="soon"))))
    assert (False, False, "dtstart.local") == (unread.valid, unread.readable, unread.problems[0].where)
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        stub.Check(pb.CheckRequest())
    assert "subject" == faults(error)[0].field


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (pb.LANGUAGE_UNSPECIFIED, "on the last working day of the month at 09:00"),
        (pb.LANGUAGE_ENGLISH, "on the last working day of the month at 09:00"),
        (pb.LANGUAGE_GERMAN, "am letzten Arbeitstag des Monats um 09:00 Uhr"),
        (pb.LANGUAGE_FRENCH, "le dernier jour ouvré du mois à 09:00"),
    ],
)
def test_explain(stub, language, words):
    """A series in three languages, and why it does not happen at a time."""
    at = common.Time(local="2026-02-26T09:00:00", tz=ZURICH)
    found = stub.Explain(pb.ExplainRequest(series=zoned(PAYDAY), language=language, at=at))
    assert words == found.description
    assert (False, ["BYSETPOS=-1 picks others from the times of its month."]) == (found.happens, list(found.reasons))
    assert "2026-01-30T09:00:00+01:00" == found.before.instant
    assert "2026-02-27T09:00:00+01:00" == found.after.instant


def test_bad_explain(stub):
    """A language that the server does not know, and a moment of another kind, are named."""
    for place, wrong in (("language", {"language": 9}), ("at", {"at": common.Time(date="2026-01-01")})):
        with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
            stub.Explain(pb.ExplainRequest(series=zoned(PAYDAY), **wrong))
        assert [place] == [fault.field for fault in faults(error)]


# --- ExpandTable -----------------------------------------------------------------------------------------------------


def sent(
    table: pyarrow.Table, window: common.Window, cut: int = 1_000, rows: int = 1 << 16, **more
) -> list[pb.ExpandTableRequest]:
    """A table as messages of at most `cut` bytes, in record batches of at most so many rows."""
    out = io.BytesIO()
    with pyarrow.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table, max_chunksize=rows)
    data = out.getvalue()
    parts = [common.ArrowChunk(data=data[at : at + cut]) for at in range(0, len(data), cut)]
    return [pb.ExpandTableRequest(window=window, chunk=part, **more) for part in parts]


def received(answer) -> tuple[pyarrow.Table, list[pb.ExpandTableResponse]]:
    messages = list(answer)
    return pyarrow.ipc.open_stream(b"".join(message.chunk.data for message in messages)).read_all(), messages


def test_table(stub):
    """A table in pieces gives columns in pieces, those of the library; rows that cannot be read are told."""
    table = pyarrow.table(
        {
            "dtstart": ["20260105T090000", "soon", "2026-01-06"],
            "tzid": [ZURICH, ZURICH, None],
            "duration": ["PT1H", None, None],
            "rrule": ["FREQ=DAILY", None, "FREQ=WEEKLY;COUNT=2"],
        }
    )
    found, messages = received(stub.ExpandTable(iter(sent(table, days("2026-01-01", "2026-01-15"), cut=100))))
    assert 10 * [0] + 2 * [2] == found["series"].to_pylist()
    assert 1767600000 == found["start"][0].as_py()
    assert 3600 == found["end"][0].as_py() - found["start"][0].as_py()
    assert found.num_rows == sum(message.chunk.rows for message in messages)
    assert (1, ["row 1, dtstart"]) == (messages[-1].problem_count, [one.where for one in messages[-1].problems])
    assert all(not message.problems for message in messages[:-1])


def test_many_rows_in_chunks(stub):
    """A million occurrences come in chunks that every client takes, and are all there."""
    table = pyarrow.table({"dtstart": ["20260101T000000"] * 1_000, "rrule": ["FREQ=DAILY"] * 1_000})
    window = common.Window(
        start=common.Time(epoch_seconds=1767225600), end=common.Time(epoch_seconds=1767225600 + 86400_000)
    )
    found, messages = received(stub.ExpandTable(iter(sent(table, window, cut=1 << 20))))
    assert 1_000_000 == found.num_rows
    assert max(len(message.chunk.data) for message in messages) < 4 << 20
    assert len(messages) > 10


def test_nothing_found(stub):
    """A table without rows in the window is a stream with its schema."""
    table = pyarrow.table({"dtstart": ["20260101T000000"]})
    found, _ = received(stub.ExpandTable(iter(sent(table, days("2027-01-01", "2027-01-02")))))
    assert (["series", "start", "end"], 0) == (found.column_names, found.num_rows)


@pytest.mark.parametrize(
    ("place", "messages"),
    [
        ("", []),
        ("window.start", sent(pyarrow.table({"dtstart": ["20260101"]}), common.Window())),
        ("chunk", [pb.ExpandTableRequest(window=days("2026-01-01", "2026-01-02"))]),
        ("chunk", sent(pyarrow.table({"start": ["20260101"]}), days("2026-01-01", "2026-01-02"))),
        ("chunk", sent(pyarrow.table({"rrule": ["FREQ=DAILY"]}), days("2026-01-01", "2026-01-02"))),
        ("chunk", sent(pyarrow.table({"dtstart": [[1, 2]]}), days("2026-01-01", "2026-01-02"))),
        ("chunk", [*sent(pyarrow.table({"dtstart": ["20260101"]}), days("2026-01-01", "2026-01-02"))[:1], b""]),
        (
            "max_occurrences",
            sent(pyarrow.table({"dtstart": ["20260101"]}), days("2026-01-01", "2026-01-02"), max_occurrences=-1),
        ),
    ],
)
def test_bad_tables(stub, place, messages):
    """What is no table, or no table of series, is named."""
    if messages and messages[-1] == b"":
        broken = messages[0].chunk.data[: len(messages[0].chunk.data) // 2]
        messages = [pb.ExpandTableRequest(window=messages[0].window, chunk=common.ArrowChunk(data=broken))]
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        list(stub.ExpandTable(iter(messages)))
    assert [place] == [fault.field for fault in faults(error)]


def test_limits_of_tables(stub):
    """More occurrences than were asked for end the stream with the name of the limit."""
    table = pyarrow.table({"dtstart": ["20260101T000000"], "rrule": ["FREQ=DAILY"]})
    with refused(grpc.StatusCode.RESOURCE_EXHAUSTED) as error:
        list(stub.ExpandTable(iter(sent(table, days("2026-01-01", "2027-01-01"), max_occurrences=10))))
    assert ("max_occurrences", "10") == (info(error).metadata["limit"], info(error).metadata["allowed"])


def test_a_table_in_parts(stub):
    """Rows are numbered through all batches, those that cannot be read too, and a limit is one of all of them."""
    starts = [
        ["20260105T090000Z"] * 200_000,
        ["20260105T090000Z"] * 62_144,
        ["20260106T090000Z", "soon", "20260107T090000Z"],
    ]
    table = pyarrow.concat_tables([pyarrow.table({"dtstart": part}) for part in starts])
    window = days("2026-01-01", "2026-01-15")
    found, messages = received(stub.ExpandTable(iter(sent(table, window, cut=1 << 19, max_occurrences=262_146))))
    assert [*range(262_145), 262_146] == found["series"].to_pylist()
    assert (["row 262145, dtstart"], 1) == ([one.where for one in messages[-1].problems], messages[-1].problem_count)
    with refused(grpc.StatusCode.RESOURCE_EXHAUSTED) as error:
        list(stub.ExpandTable(iter(sent(table, window, cut=1 << 19, max_occurrences=262_145))))
    assert ("max_occurrences", "262145") == (info(error).metadata["limit"], info(error).metadata["allowed"])


def test_many_problems(stub):
    """All are counted, a hundred are listed: the first ones, whatever part of the table they are in."""
    starts = ["20260105T090000Z", "soon"] * 40_000
    table = pyarrow.table({"dtstart": ["soon"] * 40 + starts})
    found, messages = received(stub.ExpandTable(iter(sent(table, days("2026-01-01", "2026-01-15"), cut=1 << 19))))
    assert (40_000, 40_040) == (found.num_rows, messages[-1].problem_count)
    expected = [f"row {row}, dtstart" for row in [*range(40), *range(41, 161, 2)]]
    assert expected == [one.where for one in messages[-1].problems]


def test_a_table_is_answered_while_it_comes(stub):
    """A client that waits for the first answers before it sends the last rows gets both."""
    table = pyarrow.table({"dtstart": ["20260101T000000Z"] * 140_000, "rrule": ["FREQ=DAILY"] * 140_000})
    messages = sent(table, days("2026-01-01", "2026-01-05"), cut=1 << 19)
    answered = threading.Event()

    def asked():
        yield from messages[:-1]
        assert answered.wait(30)
        yield messages[-1]

    answers = stub.ExpandTable(asked(), timeout=60)
    first = next(answers)
    assert first.chunk.rows
    answered.set()
    found, _ = received(chain([first], answers))
    assert 4 * 140_000 == found.num_rows


def test_a_client_may_send_all_before_it_takes_any_answer(stub):
    """More than the queues hold on both sides, while nothing is taken: neither waits for the other for ever."""
    count = 400_000
    far = ["20300101T000000Z,20300102T000000Z,20300103T000000Z"]
    columns = {"dtstart": ["20260101T000000Z"], "rrule": ["FREQ=DAILY"], "exdate": far}
    table = pyarrow.table({name: column * count for name, column in columns.items()})
    messages = sent(table, days("2026-01-01", "2026-01-08"), cut=1 << 20)
    done = threading.Event()

    def asked():
        yield from messages
        done.set()

    answers = stub.ExpandTable(asked(), timeout=60)
    assert done.wait(30)
    found, _ = received(answers)
    assert 7 * count == found.num_rows
