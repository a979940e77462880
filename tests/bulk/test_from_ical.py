"""Calendars as bytes: the table says what `Calendar` says of each of them."""

from collections import Counter
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulk.both_ways import by_table, differences
from schedcore.bulk._scan import WORDS, Scanner
from schedcore.bulk.ical import _status_of, from_ical
from schedcore.errors import ColumnError, InvalidValue, ZoneError
from schedcore.freebusy.reading import status_of

A, B = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
TEAM = sorted((Path(__file__).resolve().parents[2] / "examples" / "team").glob("*.ics"))
ZURICH = ZoneInfo("Europe/Zurich")

VTIMEZONE = """BEGIN:VTIMEZONE
TZID:{name}
BEGIN:DAYLIGHT
TZOFFSETFROM:+0100
TZOFFSETTO:{summer}
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZOFFSETFROM:{summer}
TZOFFSETTO:+0100
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE"""


def text_of(*parts: str) -> bytes:
    return "\n".join(("BEGIN:VCALENDAR", *parts, "END:VCALENDAR")).encode()


def event(*lines: str) -> str:
    return "\n".join(("BEGIN:VEVENT", *lines, "END:VEVENT"))


def plain(number: int) -> str:
    return event(f"UID:{number}", f"DTSTART:202603{1 + number % 28:02}T090000Z", "DURATION:PT1H")


# --- everything there is ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", TEAM, ids=lambda file: file.name)
def test_examples(file: Path) -> None:
    """The calendars of examples/ have the same answer both ways; `make test-scan` asks so of some 250 others."""
    data = file.read_bytes()
    assert differences(data, A, B) == []
    assert differences(data, A, B, address="anna@example.com", tz=ZURICH) == []


STARTS = (
    "DTSTART:20260302T090000Z", "DTSTART;TZID=Europe/Zurich:20260302T090000", "DTSTART;TZID=Mine:20260302T090000",
    "DTSTART;TZID=Europe/Zurich:20260329T023000", "DTSTART;TZID=Pacific Standard Time:20260302T090000",
    "DTSTART;VALUE=DATE:20260302", "DTSTART:20260302", "DTSTART:20260302T090000",
    "DTSTART;TZID=Nowhere:20260302T090000",
    "DTSTART:2026-03-02T09:00:00Z", "DTSTART;VALUE=DATE:20260302T090000", "DTSTART:soon", "",
)  # fmt: skip
LENGTHS = (
    "", "DTEND:20260302T100000Z", "DTEND;TZID=Europe/Zurich:20260302T170000", "DTEND;TZID=Mine:20260303T000000",
    "DTEND;VALUE=DATE:20260304", "DTEND:20260302", "DTEND:20260302T113000", "DURATION:PT90M", "DURATION:P1D",
    "DURATION:PT24H", "DURATION:P1DT1H", "DURATION:-PT1H", "DURATION:P999999999W", "DURATION:PT1H\nDTEND:20260303",
)  # fmt: skip
RULES = (
    "", "", "RRULE:FREQ=WEEKLY;BYDAY=MO,FR;COUNT=9", "RRULE:FREQ=DAILY;UNTIL=20260320T090000Z",
    "RRULE:FREQ=DAILY;UNTIL=20260320", "RRULE:FREQ=DAILY;UNTIL=20260320T120000",
    "RRULE:FREQ=DAILY;UNTIL=20250101T000000Z",
    "RRULE:FREQ=MONTHLY;BYDAY=-1SU;BYHOUR=2;BYMINUTE=30", "RRULE:FREQ=HOURLY;INTERVAL=5;COUNT=30", "RRULE:FREQ=YEARLY",
    "RRULE:FREQ=DAILY;COUNT=3;UNTIL=20260320", "RRULE:freq=daily;count=3", "RRULE:FREQ=NEVER",
    "RRULE:FREQ=DAILY;COUNT=-1",
    "RRULE:FREQ=DAILY;COUNT=4\nRRULE:FREQ=WEEKLY;COUNT=4", "RRULE:FREQ=DAILY;COUNT=9\nEXRULE:FREQ=DAILY;INTERVAL=2",
    "RRULE:FREQ=WEEKLY;BYDAY=2MO;COUNT=5", "RRULE:FREQ=DAILY;UNTIL=2026-03-20",
)  # fmt: skip
EXTRAS = (
    "", "", "RDATE:20260401T090000Z", "RDATE;VALUE=DATE:20260401,20260402", "RDATE;TZID=Europe/Zurich:20260401T090000",
    "RDATE;VALUE=PERIOD:20260401T090000Z/PT3H", "EXDATE:20260303T090000Z", "EXDATE;VALUE=DATE:20260303,20260309",
    "EXDATE;TZID=Europe/Zurich:20260303T090000,20260309T090000", "EXDATE:20260303T090000", "EXDATE:soon",
    "EXDATE;TZID=Mine:20260303T090000",
)  # fmt: skip
WORDS_SAID = (
    "", "", "STATUS:TENTATIVE", "STATUS:CANCELLED", "TRANSP:TRANSPARENT", "TRANSP:OPAQUE", "STATUS:x",
    "X-MICROSOFT-CDO-BUSYSTATUS:OOF", "X-MICROSOFT-CDO-BUSYSTATUS:FREE", "STATUS:\u017f", "SEQUENCE:2",
    "ATTENDEE;PARTSTAT=DECLINED:mailto:anna@example.com", "ATTENDEE:mailto:anna@example.com",
    "ATTENDEE;EMAIL=\"Anna@example.com\";PARTSTAT=TENTATIVE:urn:x",
    "ATTENDEE;CN=A\\, B;PARTSTAT=DECLINED:ANNA@EXAMPLE.COM",
)  # fmt: skip
NAMED = (
    "", "", "", "RECURRENCE-ID:20260303T090000Z", "RECURRENCE-ID;TZID=Europe/Zurich:20260309T090000",
    "RECURRENCE-ID;VALUE=DATE:20260303", "RECURRENCE-ID:20260309", "RECURRENCE-ID:20260303T090000",
    "RECURRENCE-ID;RANGE=THISANDFUTURE:20260309T090000Z", "RECURRENCE-ID;TZID=Mine:20260309T090000",
)  # fmt: skip
UIDS = ("UID:a", "UID:a", "UID:b", "UID:c", "UID:é", "UID:a\\,b", "")
HEADS = (
    "X-WR-CALNAME:team", "X-WR-TIMEZONE:America/New_York", "X-WR-TIMEZONE:Mine", "X-WR-TIMEZONE:Nowhere",
    VTIMEZONE.format(name="Mine", summer="+0200"), VTIMEZONE.format(name="Mine", summer="+0230"),
    VTIMEZONE.format(name="Europe/Zurich", summer="+0200"), VTIMEZONE.format(name="Europe/Zurich", summer="+0300"),
    "BEGIN:VTODO\nDUE;TZID=Mine:19990101T000000\nEND:VTODO", "BEGIN:VTIMEZONE\nTZID:Mine\nEND:VTIMEZONE",
)  # fmt: skip

one_event = st.tuples(
    *map(st.sampled_from, (UIDS, STARTS, LENGTHS, RULES, EXTRAS, EXTRAS, WORDS_SAID, WORDS_SAID, NAMED))
)
#: Mostly what is plain, so that families of it come about.
plain_event = st.tuples(
    *map(st.sampled_from, (UIDS[:4], STARTS[:2], LENGTHS[:3], RULES[:4], EXTRAS[:3], WORDS_SAID[:6], NAMED[:5]))
)
days_event = st.tuples(
    *map(st.sampled_from, (UIDS[:4], STARTS[5:8], ("", *LENGTHS[4:9]), (*RULES[:3], RULES[4]), ("", *EXTRAS[5:9]),
                           WORDS_SAID[:6], ("", "", *NAMED[5:8])))
)  # fmt: skip


def calendars_of(heads: tuple[str, ...], events: st.SearchStrategy[tuple[str, ...]]) -> st.SearchStrategy[bytes]:
    return st.builds(
        lambda heads, events: text_of(*heads, *(event(*filter(None, lines)) for lines in events)),
        st.lists(st.sampled_from(heads), max_size=2, unique=True),
        st.lists(events, min_size=1, max_size=5),
    )


calendars = st.one_of(
    calendars_of(HEADS, one_event), calendars_of(HEADS, plain_event), calendars_of(HEADS[:2], plain_event),
    calendars_of((*HEADS[:2], HEADS[6]), plain_event), calendars_of(HEADS[:2], days_event),
)  # fmt: skip


@given(calendars)
def test_as_calendar(data: bytes) -> None:
    """Generated calendars, plain and not: the same occurrences and statuses, the same said to be wrong."""
    assert differences(data, A, B, "anna@example.com", ZURICH) == []


@given(st.lists(calendars, min_size=1, max_size=5))
def test_texts_together(texts: list[bytes]) -> None:
    """A table of several texts is that of each, rows and problems by their number."""
    together = from_ical(texts, tz=ZURICH)
    alone = [from_ical([text], tz=ZURICH) for text in texts]
    expected: Counter[Any] = sum((by_table(table, A, B) for table in alone), Counter())
    assert by_table(together, A, B) == expected
    assert together.text.tolist() == [number for number, table in enumerate(alone) for _ in range(len(table))]
    assert [one.row for one in together.problems] == [n for n, table in enumerate(alone) for _ in table.problems]


@given(st.data())
def test_any_bytes(data: st.DataObject) -> None:
    """A calendar with bytes changed, or cut off, has the same answer both ways."""
    text = bytearray(text_of(HEADS[0], event(*filter(None, data.draw(plain_event))), plain(3)))
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(text)))
        text[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    assert differences(bytes(text[: data.draw(st.integers(len(text) // 2, len(text)))]), A, B) == []


# --- what the scanner alone must do ----------------------------------------------------------------------------------


def test_plain_families_stay_in_c() -> None:
    """An event with moved, cancelled and shortened instances is a row of its own making, not a whole Series."""
    uid, start = "UID:a", "DTSTART;TZID=Europe/Zurich:20260302T090000"
    data = text_of(
        VTIMEZONE.format(name="Europe/Zurich", summer="+0200"),
        event(uid, "RECURRENCE-ID:20260303T080000Z", "DTSTART:20260303T150000Z"),
        event(uid, start, "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=9", "EXDATE;VALUE=DATE:20260305"),
        event(uid, "RECURRENCE-ID;TZID=Europe/Zurich:20260304T090000", start, "STATUS:CANCELLED"),
    )
    table = from_ical([data])
    assert (len(table), table.rows.series, table.problems) == (1, [], ())
    assert differences(data, A, B, table=table) == []
    assert sum(by_table(table, A, B).values()) == 7


@pytest.mark.parametrize(
    ("doubt", "events"),
    [
        ("several events of one UID that are no plain overrides", [plain(1), plain(1)]),
        ("dates of different kinds", [event("UID:a", "DTSTART:20260302T090000Z", "RDATE:20260303")]),
    ],
)
def test_doubtful_families(doubt: str, events: list[str]) -> None:
    """What is in doubt between events goes to `Calendar`, and the rest of the text does not."""
    data = text_of(plain(0), *events, plain(2))
    assert Scanner().count(data) == (len(events) + 2, 0), doubt
    table = from_ical([data])
    assert len(table.rows.series) == len(table) - 2 > 0
    assert differences(data, A, B, table=table) == []


def test_line_numbers() -> None:
    """A problem bears the line of the whole text, though only a part of it was read by `Calendar`."""
    data = text_of(plain(0), plain(1), event("UID:bad", "DTSTART:soon"), plain(2)).replace(b"\n", b"\r\n")
    table = from_ical([data])
    (problem,) = table.problems
    assert (problem.row, problem.column, problem.value) == (0, "uid", "bad")
    assert problem.reason.startswith("line 12: DTSTART='soon' is no date")
    assert len(table) == 3


def test_statuses() -> None:
    """The rules about statuses that this room repeats are those of `freebusy`, for all words."""
    words = (WORDS["status"], WORDS["transp"], WORDS["busystatus"], (*WORDS["partstat"], "declined "), (False, True))
    for status, transp, busystatus, partstat, all_day in product(*words):
        expected = status_of(status=status, transp=transp, busystatus=busystatus, partstat=partstat, all_day=all_day)
        assert expected == _status_of(status, transp, busystatus, partstat, all_day)


# --- the call ---------------------------------------------------------------------------------------------------------


def test_one_bad_among_a_thousand() -> None:
    """What cannot be read is a problem with its number; the others are rows."""
    texts: list[Any] = [text_of(plain(number)) for number in range(1_000)]
    texts[10], texts[500], texts[999] = b"\xff\xfe\x00", None, b"BEGIN:VCARD"
    table = from_ical(texts)
    assert [problem.row for problem in table.problems] == [10, 500, 999]
    assert (len(table), table.uid[10], table.text[10]) == (997, "11", 11)
    with pytest.raises(ColumnError, match="row 10"):
        from_ical(texts, on_error="raise")


def test_owners_and_one_text() -> None:
    """The owner of a row is the number of its text, or what the caller says; one text need not be in a list."""
    texts = [text_of(plain(1), event("UID:x", "DTSTART:2026-03-02")), text_of(plain(2))]
    assert [from_ical(texts).rows.describe(i)["owner"] for i in range(3)] == [0, 0, 1]
    assert [from_ical(texts, owner=[7, 9]).rows.describe(i)["owner"] for i in range(3)] == [7, 7, 9]
    assert len(from_ical(texts[0])) == 2
    assert len(from_ical(texts[0].decode())) == 2


def test_zone_of_days() -> None:
    """All-day events are put into the calendar's zone, else into the one that is named, else they stay without one."""
    data = text_of(event("UID:a", "DTSTART:20260329", "TRANSP:OPAQUE"))
    named = data.replace(b"BEGIN:VEVENT", b"X-WR-TIMEZONE:Asia/Tokyo\nBEGIN:VEVENT")
    midnight = int(datetime(2026, 3, 29, tzinfo=UTC).timestamp())

    def span(text: bytes, tz: str | None) -> tuple[int, int]:
        found = from_ical([text], tz=tz).expand(A, B)
        return found.start[0] - midnight, found.end[0] - midnight

    assert span(data, None) == (0, 86_400)
    assert span(data, "Europe/Zurich") == (-3_600, 86_400 - 7_200)  # the clocks went forward: 23 hours
    assert span(named, "Europe/Zurich") == span(named, None) == (-9 * 3_600, 15 * 3_600)


def test_refusals() -> None:
    """What is wrong with the call itself."""
    with pytest.raises(InvalidValue, match="on_error"):
        from_ical([], on_error="ignore")  # type: ignore[arg-type]
    with pytest.raises(ColumnError, match="blobs"):
        from_ical([1, 2])
    for owner in ([1, 2], [-1], [None]):
        with pytest.raises(ColumnError, match="owner"):
            from_ical([b""], owner=owner)
    with pytest.raises(ZoneError):
        from_ical([b""], tz="Nowhere")


def test_arrow() -> None:
    """Arrow's binary columns are read where they lie, missing rows and slices included."""
    texts = [text_of(plain(number)) for number in range(5)]
    for kind in (pyarrow.binary(), pyarrow.large_binary()):
        table = from_ical(pyarrow.array([*texts, None], kind).slice(2))
        assert (table.uid.tolist(), [one.row for one in table.problems]) == (["2", "3", "4"], [3])
