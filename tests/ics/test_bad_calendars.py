"""Broken iCalendar text: each is answered, or reported in problems, in bounded time; nothing is lost beside it."""

from __future__ import annotations

import time
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from ics.texts import DTSTART, GOOD, calendar, event
from schedcore import Calendar
from schedcore.errors import CalendarError

ZURICH = ZoneInfo("Europe/Zurich")
WINDOW = datetime(2026, 3, 1, tzinfo=ZURICH), datetime(2026, 4, 1, tzinfo=ZURICH)


def check(data: bytes | str, others: int, problem: str | None) -> Calendar:
    """The good event is whole, `others` occurrences stand beside it, and a problem says why.

    In bounded time: two seconds of the processor, of which it takes some hundredths.
    """
    begin = time.process_time()
    found = Calendar.from_ical(data)
    shown = found.overlapping(*WINDOW)
    took = time.process_time() - begin
    assert 4 == sum(occurrence.uid == "good" for occurrence in shown)
    assert others == sum(occurrence.uid != "good" for occurrence in shown)
    texts = [str(one) for one in found.problems]
    if problem is None:
        assert [] == texts
    else:
        assert any(problem in text for text in texts), texts
    assert all(len(text) < 400 for text in texts)
    assert took < 2
    return found


@pytest.mark.parametrize(
    ("lines", "others", "problem"),
    [
        ([DTSTART, "DTEND:20260301T090000Z"], 1, "read as no time at all"),
        ([DTSTART, "DTEND:20260303T083000Z"], 1, "taken for each other"),
        ([DTSTART, "DTEND:20260303T090000Z"], 1, None),
        ([DTSTART, "DTEND;VALUE=DATE:20260304"], 1, "not of the kind of DTSTART"),
        ([DTSTART, "DTEND:20260303T100000"], 1, "not of the kind of DTSTART"),
        ([DTSTART, "DTEND:20260303T100000Z", "DURATION:PT5M"], 1, "DTEND counts"),
        ([DTSTART, "DTEND:tomorrow"], 0, "DTEND='tomorrow' is no date"),
        ([DTSTART, "DURATION:P999999999W"], 0, "P999999999W"),
        ([DTSTART, "DURATION:-PT1H"], 1, "negative"),
        ([DTSTART, "DURATION:soon"], 0, "soon"),
        (["DTSTART;VALUE=DATE:20260303", "DTEND;VALUE=DATE:20260303"], 1, "read as one day"),
        (["DTSTART;VALUE=DATE:20260303", "DTEND:20260303T120000Z"], 1, "has a time"),
        (["DTSTART;VALUE=DATE:20260303", "RRULE:FREQ=DAILY;UNTIL=20260304T120000Z"], 2, "UNTIL"),
        (["DTSTART;VALUE=DATE:20260303", "RRULE:FREQ=HOURLY;COUNT=9"], 1, "FREQ=HOURLY"),
        (["DTSTART;VALUE=DATE:20260303T000000"], 1, None),
        (["SUMMARY:when?"], 0, "DTSTART is missing"),
        (["DTSTART:20260230T090000"], 0, "20260230T090000"),
        (["DTSTART:00000101T000000Z"], 0, "years 1 to 9999"),
        (["DTSTART:20260303T250000Z"], 0, "20260303T250000Z"),
        (["DTSTART:"], 0, "DTSTART=''"),
        (["DTSTART:2026-03-03T09:00:00+05:30"], 1, None),
        (["DTSTART:20260303T235960Z"], 1, None),
        (["DTSTART:20260303T240000Z"], 1, None),
        (["dtstart ; tzid=Europe/Zurich:20260303t090000"], 1, None),
        (['DTSTART;TZID="Europe/Zurich:20260303T090000'], 1, None),
        (["DTSTART;TZID=(UTC+01:00) Bern:20260303T090000"], 0, "DTSTART="),
        ([DTSTART, 'DESCRIPTION;ALTREP="open:text'], 1, None),
        ([DTSTART, "no colon here"], 1, None),
        ([DTSTART, "RRULE:"], 1, "RRULE is empty"),
        ([DTSTART, "RRULE:FREQ=SOMETIMES"], 0, "SOMETIMES"),
        ([DTSTART, "RRULE:FREQ=DAILY;COUNT=3;UNTIL=20260304T100000Z"], 2, "COUNT"),
        ([DTSTART, "RRULE:FREQ=WEEKLY;COUNT=-1"], 5, "read as no COUNT"),
        ([DTSTART, "RRULE:COUNT=-1;FREQ=WEEKLY;UNTIL=20260311T000000Z"], 2, "read as no COUNT"),
        ([DTSTART, "RRULE:FREQ=WEEKLY;COUNT=0"], 0, "COUNT=0"),
        ([DTSTART, "RRULE:FREQ=DAILY;UNTIL=20250101T000000Z"], 0, "is before DTSTART"),
        ([DTSTART, "RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30"], 1, None),
        ([DTSTART, "RRULE:FREQ=SECONDLY", "EXRULE:FREQ=SECONDLY"], 0, None),
        ([DTSTART, "RRULE:FREQ=DAILY;BYHOUR=" + ",".join(["5"] * 400_000)], 0, "max_rule_chars"),
        ([DTSTART, "EXDATE:junk,,20260303T090000Z"], 0, "EXDATE='junk'"),
        ([DTSTART, "RDATE:junk,20260304T090000Z/PT1H,20260305T090000Z/junk,/"], 2, "RDATE='junk'"),
        ([DTSTART, "RDATE:"], 1, None),
        ([DTSTART, "RECURRENCE-ID:someday"], 0, "RECURRENCE-ID"),
        ([DTSTART, "SEQUENCE:" + "9" * 100_000, "DTSTAMP:never"], 1, None),
        ([DTSTART, "SUMMARY:" + "\r\n ".join(["x" * 73] * 70_000)], 1, None),
        ([DTSTART, "SUMMARY:a\x00\x01\x7fb"], 1, "control characters"),
        ([DTSTART, "BEGIN:VALARM\r\n" * 5000 + "END:VALARM\r\n" * 5000], 1, None),
        ([DTSTART, "BEGIN:VALARM\r\n" * 5000], 1, "END:VALARM is missing"),
        ([DTSTART, "END:X-A\r\n" * 5000], 1, "END:X-A ends nothing"),
        (["".join(f"BEGIN:X-{k}\r\n" for k in range(5000)), DTSTART], 0, "END:X-4999 is missing"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_one_odd_event(lines: list[str], others: int, problem: str | None) -> None:
    """An odd event beside a good one."""
    check(calendar(event(*lines), GOOD), others, problem)
    check(calendar(GOOD, event(*lines)), others, problem)


@pytest.mark.parametrize(
    ("override", "others", "problem"),
    [
        (["RECURRENCE-ID;RANGE=THISANDFUTURE:20260309T080000Z", "DTSTART:20260309T090000Z"], 4, None),
        (["RECURRENCE-ID;RANGE=THISANDFUTURE:20260316T080000Z", "STATUS:CANCELLED"], 2, None),
        (
            ["RECURRENCE-ID;RANGE=THISANDFUTURE:20260310T080000Z", "DTSTART:20260310T090000Z"],
            5,
            "no instance starts at",
        ),
        (
            ["RECURRENCE-ID;RANGE=THISANDFUTURE:20260309T080000Z", "DTSTART;VALUE=DATE:20260309"],
            4,
            "only this one instance",
        ),
        (["RECURRENCE-ID:20260309T080000Z", "DTSTART:20260309T090000Z", "RRULE:FREQ=DAILY"], 4, "does not recur"),
        (["RECURRENCE-ID:20260310T080000Z", "DTSTART:20260310T090000Z"], 5, "no instance starts at"),
        (["RECURRENCE-ID;VALUE=DATE:20260309", "DTSTART:20260309T090000Z"], 4, None),
        (["RECURRENCE-ID:20260309T090000", "DTSTART:20260309T100000"], 4, "naive datetime"),
        (["RECURRENCE-ID:20260309T080000Z"], 4, "DTSTART is missing"),
        (["RECURRENCE-ID:20260309T080000Z", "STATUS:CANCELLED"], 3, None),
        (["RECURRENCE-ID:20260309T080000Z", "DTSTART:20270309T080000Z"], 3, None),
    ],
    ids=str,
)
def test_odd_overrides(override: list[str], others: int, problem: str | None) -> None:
    """An override that names nothing, everything later, or in another way; the series stands."""
    weekly = GOOD.replace("good", "odd")
    check(calendar(GOOD, weekly, event(*override)), others, problem)


def test_encodings_and_line_ends() -> None:
    """BOM, UTF-16, Latin-1, LF, CR, blank lines, a fold inside a character, and a text as str."""
    text = calendar(event(DTSTART, "SUMMARY:Café"), GOOD)
    for data in (
        text,
        "\ufeff" + text,
        text.encode(),
        b"\xef\xbb\xbf" + text.encode(),
        bytearray(text.encode()),
        text.replace("\r\n", "\n"),
        text.replace("\r\n", "\r"),
        text.replace("\r\n", "\r\n\r\n"),
        text.encode().replace(b"Caf\xc3\xa9", b"Caf\xc3\r\n \xa9"),
        text.encode().replace(b"Caf\xc3\xa9", b"Ca\n\n\n\tf\xc3\xa9"),
        calendar("\n" * 40_000, event(DTSTART, "SUMMARY:Café"), GOOD),
    ):
        assert "Café" == check(data, 1, None).events[0].summary
    assert "Café" == check(text.encode("utf-16"), 1, "UTF-16").events[0].summary
    assert "Café" == check(text.encode("latin-1"), 1, "not UTF-8").events[0].summary


def test_a_fold_after_a_million_blank_lines() -> None:
    """Unfolding is linear."""
    check(calendar("X-A:a" + "\n" * 1_000_000 + " b\r\n", GOOD), 0, None)


def test_missing_ends() -> None:
    """An END that is missing loses nothing but itself."""
    whole = calendar(event(DTSTART), GOOD)
    check(whole.replace("END:VCALENDAR\r\n", ""), 1, "END:VCALENDAR is missing at the end")
    check(whole.replace("END:VEVENT\r\n", "", 1), 1, "line 6: END:VEVENT is missing before this line")
    check(whole.removesuffix("END:VEVENT\r\nEND:VCALENDAR\r\n"), 1, "END:VEVENT is missing at the end")
    check(calendar("END:VEVENT\r\n", event(DTSTART), GOOD), 1, "line 3: END:VEVENT ends nothing")
    check(calendar("BEGIN:X-A\r\n" * 5000, GOOD), 0, "END:X-A is missing")
    nested = calendar("BEGIN:VEVENT\r\n" * 5000 + "END:VEVENT\r\n" * 5000, GOOD)
    check(nested, 0, "more BEGIN or END are missing")


def test_components_without_a_calendar() -> None:
    """As mails and drag and drop carry them: read as if a VCALENDAR stood around them, which is noted once."""
    note = "BEGIN:VCALENDAR is missing before this line: read as if it were there"
    bare = check(event(DTSTART) + GOOD, 1, note)
    assert [(None, 1, note)] == bare.problems
    assert (1, 1) == (len(check(GOOD + calendar(), 0, note).problems), len(check(calendar() + GOOD, 0, note).problems))
    check(GOOD + "END:VCALENDAR\r\n", 0, note)
    check(GOOD.removesuffix("END:VEVENT\r\n"), 0, "END:VEVENT is missing at the end")
    for name in ("VTODO", "VALARM", "VTIMEZONE", "VJOURNAL", "VFREEBUSY"):
        found = Calendar.from_ical(f"BEGIN:{name}\r\nUID:a\r\nEND:{name}\r\n")
        assert ([], [note]) == (found.events, [problem.reason for problem in found.problems])


def test_published_busy_time_is_told() -> None:
    """A VFREEBUSY is not read as busy time, and nobody is to take its owner for free unawares."""
    busy = "BEGIN:VFREEBUSY\r\nUID:b\r\nfreebusy;FBTYPE=BUSY:20260302T090000Z/PT1H\r\nEND:VFREEBUSY\r\n"
    told = "VFREEBUSY is kept, but its busy time is not counted"
    found = check(calendar(GOOD, busy), 0, told)
    assert [("b", 9, told)] == found.problems
    assert "freebusy;FBTYPE=BUSY:20260302T090000Z/PT1H" in found.to_ical().decode()
    assert [] == Calendar.from_ical(calendar(GOOD, busy.replace("freebusy;", "X-"))).problems


def test_missing_uids() -> None:
    """Each such event stands alone, and is reported."""
    found = Calendar.from_ical(calendar(GOOD.replace("UID:good\r\n", ""), GOOD.replace("UID:good", "UID:")))
    assert ([None, None], 8) == ([one.uid for one in found.events], len(found.overlapping(*WINDOW)))
    assert ["UID is missing: the event stands alone"] * 2 == [problem.reason for problem in found.problems]


def test_one_bad_event_among_a_thousand() -> None:
    """A thousand are answered, the one is reported with its UID and line."""
    parts = [GOOD.replace("good", f"good-{k}") for k in range(1000)]
    parts.insert(500, event("DTSTART:garbage", uid="bad"))
    found = Calendar.from_ical(calendar(*parts))
    assert (1000, 4000) == (len(found.events), len(found.overlapping(*WINDOW)))
    assert [("bad", 3003)] == [(problem.uid, problem.line) for problem in found.problems]


def test_a_fault_inside_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is raised while one event is read, the others are answered."""
    from icalendar.parser import Parameters

    def fail(*args: object, **kwargs: object) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr(Parameters, "from_ical", fail)
    odd = event("DTSTART;X-NEVER-SEEN-BEFORE=1:20260303T090000Z")
    found = Calendar.from_ical(calendar(odd, event(DTSTART, uid="plain")))
    assert ["plain"] == [one.uid for one in found.events]
    assert ["RecursionError: RecursionError('too deep')"] == [problem.reason for problem in found.problems]


@pytest.mark.parametrize(
    ("data", "named"),
    [
        ("", "empty"),
        (b"\r\n \r\n", "empty"),
        (b"\x00" * 1000, "empty"),
        (bytes(range(256)) * 100, "no BEGIN:VCALENDAR"),
        ("<html><body>Sign in</body></html>", "<html>"),
        ("BEGIN:VCARD\r\nEND:VCARD\r\n", "BEGIN:VCARD"),
        ("END:VCALENDAR\r\n", "no BEGIN:VCALENDAR"),
        (None, "None is no iCalendar text"),
        (5, "5 is no iCalendar text"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_no_calendar_at_all(data: object, named: str) -> None:
    """A text without a VCALENDAR is an error that shows how it begins."""
    with pytest.raises(CalendarError) as caught:
        Calendar.from_ical(data)  # type: ignore[arg-type]
    assert named in str(caught.value)
    assert len(str(caught.value)) < 300
