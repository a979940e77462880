"""The scanner against its slow twin, and against bytes of every kind."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulk.scan_twin import events_of
from schedcore.bulk._scan import DOUBTS, Scanner

EVENT = (
    "BEGIN:VEVENT", "UID:one@example.com", "DTSTAMP:20260101T000000Z", "DTSTART;TZID=Europe/Zurich:20260302T090000",
    'DTEND;TZID="Europe/Zurich":20260302T100000', "RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10", "SEQUENCE:3",
    "SUMMARY:Café: “weekly”; all, of us", "STATUS:confirmed", "TRANSP:OPAQUE", "CLASS:PRIVATE",
    "X-MICROSOFT-CDO-BUSYSTATUS:OOF", "EXDATE;TZID=Europe/Zurich:20260304T090000, 20260309T090000",
    "RDATE;VALUE=DATE:20260401", "RECURRENCE-ID:20260302T080000Z", "BEGIN:VALARM", "TRIGGER:-PT5M", "DURATION:PT1M",
    "END:VALARM", "END:VEVENT",
)  # fmt: skip
#: Lines that an event may have, plain ones and others.
LINES = (
    *EVENT[1:15], "uid:two", "UID:", "UID:a\\,b", "UID: with blanks ", "UID:ümlaut", "DTSTART:20260302",
    "DTSTART;VALUE=DATE:20260302", "DTSTART:20260302T250000", "DTSTART:20260230", "DTSTART:2026-03-02T09:00:00",
    "DTSTART:00010101T000000Z", "DTSTART:99991231T235959", "DTSTART;X=\"a:b;c\":20260302T090000", "DTSTART;X=\"a:2026",
    "DTSTART :20260302", "DTSTART", "DTSTARTS:20260302", "dtend:20260303", "DTEND:20240229", "DURATION:PT1H",
    "DURATION:P1W", "DURATION:-PT1H", "RRULE:", "RRULE:FREQ=DAILY", "EXRULE:FREQ=DAILY", "RDATE:", "RDATE:,20260302,,",
    "RDATE:20260302T090000Z/PT1H", "EXDATE:20260302 ,\t20260303", "STATUS:", "STATUS:cancelled", "STATUS:\u017f",
    "STATUS;X=1:TENTATIVE", "TRANSP:transparent", "CLASS:SECRET", "X-MICROSOFT-CDO-BUSYSTATUS:WorkingElsewhere",
    "SEQUENCE:x", "SEQUENCE:1234567890", "SEQUENCE:00000001", "DTSTAMP;X=1:20260101T000000Z", "DTSTAMP:soon",
    "ATTENDEE;PARTSTAT=DECLINED:mailto:anna@example.com", "no property at all", "item1.DTSTART:20260302", ":", ";",
    "BEGIN;X=1:VEVENT", "BEGIN:VALARM\nEND:VALARM", "BEGIN:X-A\nBEGIN:X-B\nUID:deep\nEND:X-B\nend:x-a", "END:VALARM",
    "BEGIN:VTODO", "X-EMPTY:", "DESCRIPTION:one\n two\n\tthree", "DESCRIPTION:one\n\n two", "",
)  # fmt: skip


def text_of(*lines: str) -> bytes:
    return "\r\n".join(("BEGIN:VCALENDAR", "VERSION:2.0", *lines, "END:VCALENDAR", "")).encode()


def scanned(text: bytes) -> dict[str, object]:
    """What the scanner finds, which must not depend on what lies behind the text."""
    found = [
        Scanner().scan(memoryview(text + behind)[: len(text)])
        for behind in (b"", b"\nEND:VEVENT\nEND:VCALENDAR\n" * 3, b"\xff\x00" * 20, b" \n " * 9, b"0" * 30)
    ]
    assert all(one == found[0] for one in found)
    return found[0]


def agree(text: bytes) -> None:
    """Of what is in no doubt, the scanner says what its twin says."""
    found = scanned(text)
    if found["doubts"]:
        return
    twins = events_of(text)
    assert len(found["events"]) == len(twins)
    for event, twin in zip(found["events"], twins, strict=True):
        if not event["doubts"]:
            assert {key: event[key] for key in twin} == twin


def test_plain() -> None:
    """Everything there is to take from a plain event is taken, and nothing of it is in doubt."""
    text = text_of(*EVENT)
    found = scanned(text)
    assert (found["doubts"], [event["doubts"] for event in found["events"]]) == ([], [[]])
    agree(text)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\n\n", "\r\n\r\n"])
@pytest.mark.parametrize("fold", ["\r\n ", "\n\t", "\n\n ", "\r\n \r\n\t"])
def test_fold_anywhere(ending: str, fold: str) -> None:
    """A fold at any byte, also within a character, a name or between CR and LF's neighbours, changes nothing."""
    plain = text_of(*EVENT)
    expected = [{**event, "place": None} for event in Scanner().scan(plain)["events"]]
    text = plain.replace(b"\r\n", ending.encode())
    for at in range(1, len(text)):
        if text[at - 1 : at + 1] == b"\r\n" or text[at - 1 : at] == b"\n" or text[at : at + 1] in (b"\n", b"\r", b""):
            continue
        folded = text[:at] + fold.encode() + text[at:]
        found = Scanner().scan(folded)
        assert (found["doubts"], [{**event, "place": None} for event in found["events"]]) == ([], expected), at


@given(st.data())
def test_as_the_twin(data: st.DataObject) -> None:
    """Events of any lines, in any order, folded and ended in any way."""
    chosen = st.lists(st.sampled_from(LINES), max_size=12)
    lines = []
    for _ in range(data.draw(st.integers(0, 3))):
        lines += ["BEGIN:VEVENT", *data.draw(chosen), "END:VEVENT"]
    text = text_of(*lines).replace(b"\r\n", data.draw(st.sampled_from([b"\r\n", b"\n"])))
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(text)))
        text = text[:at] + data.draw(st.sampled_from([b"\r\n ", b"\n\t"])) + text[at:]
    agree(text)


@given(st.data())
def test_any_bytes(data: st.DataObject) -> None:
    """Mutated texts and noise: nothing behind the end is read, and what is in no doubt is as the twin has it."""
    text = bytearray(text_of(*EVENT, *EVENT))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(text)))
        text[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    scanned(bytes(text))
    scanned(data.draw(st.binary(max_size=200)))
    scanned(b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n" + data.draw(st.binary(max_size=100)))


def test_cut_anywhere() -> None:
    """A text cut off at any byte is in doubt, unless only the last line end is missing."""
    text = text_of(*EVENT)
    for size in range(len(text)):
        assert (scanned(text[:size])["doubts"] == []) == (size == len(text) - 2), size


ODD = {
    "control characters, or CR alone": [b"BEGIN:VCALENDAR\nX:\x00\nEND:VCALENDAR", b"BEGIN:VCALENDAR\rEND:VCALENDAR"],
    "not UTF-8": [
        b"BEGIN:VCALENDAR\nX:" + bad + b"\nEND:VCALENDAR"
        for bad in (b"\xff", b"\xc3", b"\xc0\x80", b"\xe0\x80\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\x80")
    ],
    "a first line that is a continuation, or blanks within a name": [
        b" BEGIN:VCALENDAR\nEND:VCALENDAR", b"BEGIN:VCALENDAR\nDTSTART :1\nEND:VCALENDAR",
        "BEGIN:VCALENDAR\nBEG\u0131N:VEVENT\nEND:VCALENDAR".encode(),
    ],
    "BEGIN and END that do not match, or components where none belong": [
        b"", b"x", b"BEGIN:VCALENDAR", b"END:VCALENDAR", b"BEGIN:VEVENT\nEND:VEVENT", text_of("BEGIN:VEVENT"),
        text_of("BEGIN:VEVENT", "BEGIN:VTODO", "END:VTODO", "END:VEVENT"), text_of("BEGIN:VEVENT", "END:VTODO"),
        text_of(*["BEGIN:X"] * 5000, *["END:X"] * 5000), text_of("BEGIN:VTIMEZONE", "END:VTIMEZONE"),
        text_of("END:VEVENT"), text_of("BEGIN:VALARM", "END:VALARM", "END:VALARM"), text_of("BEGIN:", "END:"),
    ],
    "zones that are defined twice, or used where that is not expected": [
        text_of("X-WR-TIMEZONE:Europe/Zurich", "X-WR-TIMEZONE:Europe/Berlin"),
        text_of("BEGIN:VTIMEZONE", "TZID:A", "END:VTIMEZONE", "BEGIN:VTODO", "DUE;TZID=A:20260101T000000", "END:VTODO"),
        text_of("BEGIN:VTIMEZONE", "TZID:A", "END:VTIMEZONE", "BEGIN:VTODO", "DUE;tzid=A:20260101T000000", "END:VTODO"),
    ],
    "a VFREEBUSY, of which it is told that it is not read": [text_of("BEGIN:vfreebusy", "END:VFREEBUSY")],
}  # fmt: skip
ODD_EVENTS = {
    "parameters that are not plain": ['DTSTART;X="a:20260302', "DTSTART;X=" + "y" * 300 + ":20260302"],
    "values that are not plain": [
        "DTSTART:2026-03-02",
        "DTEND:20260230",
        "RDATE:20260302/PT1H",
        "STATUS:\u017f",
        "DURATION:",
    ],
    "properties that call for more than one start, length and rule": ["RRULE:FREQ=DAILY\nRRULE:FREQ=DAILY", "EXRULE:X"],
    "no UID, or one that is not plain": ["SUMMARY:x", "UID:ü", "UID:a\\n"],
    "no DTSTART": ["UID:a"],
    "attendees that are not plain": [
        f"ATTENDEE{line}"
        for line in (";CN=a\\b:mailto:a", ";X:mailto:a", ";EMAIL=a,b:mailto:x", ":mailto:ü", ";EMAIL=ü:x")
    ],
    "a length that is negative or not of the kind of DTSTART": ["DTEND:20260303\nDURATION:P1D"],
    "a rule that is not plain, or does not suit DTSTART": ["RRULE:"],
}


@pytest.mark.parametrize(("doubt", "text"), [(doubt, text) for doubt, texts in ODD.items() for text in texts])
def test_doubtful_texts(doubt: str, text: bytes) -> None:
    """Each doubt about a text has what it is for."""
    assert doubt in scanned(text)["doubts"]


@pytest.mark.parametrize(("doubt", "line"), [(doubt, line) for doubt, lines in ODD_EVENTS.items() for line in lines])
def test_doubtful_events(doubt: str, line: str) -> None:
    """Each doubt about an event too, and then it is not about the text."""
    found = Scanner(b"anna@example.com").scan(text_of("BEGIN:VEVENT", *line.split("\n"), "END:VEVENT"))
    assert (found["doubts"], doubt in found["events"][0]["doubts"]) == ([], True)


def test_all_doubts_have_examples() -> None:
    """Those that are left are about families and zones, and `test_from_ical` has them."""
    left = set(DOUBTS.values()) - set(ODD) - set(ODD_EVENTS)
    assert left == {"several events of one UID that are no plain overrides", "dates of different kinds"}


def test_large() -> None:
    """Long lines, many lines and many parameters take memory in proportion, and no longer than they are."""
    fold = b"X-LONG:" + b"\n x" * 1_000_000
    assert Scanner().scan(text_of(*EVENT).replace(b"SEQUENCE", fold + b"\nSEQUENCE"))["events"][0]["sequence"] == 3
    assert Scanner().scan(b"\n" * 40_000 + text_of(*EVENT))["events"][0]["uid"] == b"one@example.com"
    assert Scanner().scan(text_of("BEGIN:VEVENT", "UID:" + "\n a" * 500_000, "END:VEVENT"))["events"][0]["uid"] == (
        b"a" * 500_000
    )
    many = text_of(*(f"BEGIN:VEVENT\nUID:{i}\nDTSTART;X={i}:20260302\nEND:VEVENT" for i in range(5_000)))
    scanner = Scanner()
    assert scanner.count(many) == (5_000, 5_000 - 2_047)  # as many parameters are remembered
    assert scanner.count(text_of(*EVENT)) == (1, 0)  # and forgotten before the next text


def test_attendee() -> None:
    """The first answer of the person who is asked for counts, whatever the case, by address or EMAIL."""

    def answer(*lines: str) -> object:
        text = text_of("BEGIN:VEVENT", "UID:a", "DTSTART:20260302", *lines, "END:VEVENT")
        (event,) = Scanner(b"anna@example.com").scan(text)["events"]
        return event["doubts"] or event["partstat"]

    assert answer() == 0
    assert answer("ATTENDEE:mailto:ben@example.com", "ATTENDEE;PARTSTAT=declined:MAILTO:Anna@Example.COM") == 4
    assert (
        answer('ATTENDEE;CN="Anna: A; B":mailto:anna@example.com', "ATTENDEE;PARTSTAT=ACCEPTED:anna@example.com") == 1
    )
    assert answer("ATTENDEE;EMAIL=anna@example.com;PARTSTAT=TENTATIVE:urn:uuid:1") == 3
    assert answer("ATTENDEE;CN=Jürgen;PARTSTAT=ACCEPTED:mailto:anna@example.com.org") == 0
    assert answer("ATTENDEE;PARTSTAT=X-OTHER:mailto:anna@example.com") == 6
