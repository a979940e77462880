"""Messages of RFC 5546 (iTIP) as they come in: `read` makes commands of them, `take` does what they ask or reports it.

Rules of this module:

1. A message is text of strangers. What it asks for becomes a command, and `apply` decides; nothing is done here.
2. REQUEST, REPLY, CANCEL, COUNTER and REFRESH of events are read. Any other method, component or broken event is a
   problem that is named, and the rest is read.
3. A REPLY, COUNTER or REFRESH is from its one ATTENDEE, a REQUEST or CANCEL from its ORGANIZER. Whether the mail really
   came from them is for whoever received it to know (RFC 5546 6.1.1).
4. Addresses are those of people here where they match (M12). An attendee without a mail address is passed over, named.
5. A request of single instances alone, of a series that is not known here, is a series of those (3.2.2.6).

Product rules: M12.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from typing import TYPE_CHECKING, Any, Final

from schedcore.errors import CalendarError, InvalidValue, Refused, shorten
from schedcore.freebusy.status import CDO_BUSYSTATUS, EVENT_STATUS, TRANSP, Status
from schedcore.ics.component import Component, Property, components_of, text_of
from schedcore.ics.draft import Draft, read_draft
from schedcore.ics.text import lines_of
from schedcore.ics.timezones import Uses, Zones
from schedcore.ics.values import date_of
from schedcore.meetings import commands as c
from schedcore.meetings.applying import apply
from schedcore.meetings.meeting import UNANSWERED, Given, Instance, Meeting, span
from schedcore.meetings.people import Guest, guest_of
from schedcore.meetings.receiving import ANSWER_OF
from schedcore.policy import Caps, Directory
from schedcore.policy.addresses import canonical_or_none
from schedcore.recurrence import Series
from schedcore.recurrence.window import instant

if TYPE_CHECKING:
    from schedcore.meetings.notices import Notice

__all__ = ["Received", "Taken", "read", "take"]

_METHOD: Final = frozenset(("METHOD",))
_NAMES: Final = frozenset(
    ("UID", "SEQUENCE", "DTSTAMP", "RECURRENCE-ID", "DTSTART", "ORGANIZER", "ATTENDEE", "COMMENT", "SUMMARY",
     "DESCRIPTION", "LOCATION", "STATUS", "TRANSP", "X-MICROSOFT-CDO-BUSYSTATUS")
)  # fmt: skip
#: A message is about one event; a text with more is a calendar, or an attack.
_MOST: Final = 1000


@dataclass(frozen=True, slots=True)
class Received:
    """What a text asks for: its method, commands with the UIDs that they are about, and what could not be read."""

    method: str
    messages: tuple[tuple[str, c.Message], ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a text: the meeting afterwards, notices to send, and what was not taken, with the reason."""

    meeting: Meeting | None
    notices: tuple[Notice, ...]
    reports: tuple[str, ...]


@dataclass(slots=True)
class _Event:
    """One VEVENT of a message: properties by name, and the zones of its calendar."""

    component: Component
    zone: Callable[[str], tzinfo]
    props: Mapping[str, list[Property]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        found: dict[str, list[Property]] = {}
        for prop in self.component.properties(_NAMES):
            found.setdefault(prop.name, []).append(prop)
        self.props = found

    def first(self, name: str) -> Property | None:
        return self.props[name][0] if name in self.props else None

    def text(self, name: str) -> str | None:
        prop = self.first(name)
        return None if prop is None else text_of(prop)

    @property
    def uid(self) -> str:
        uid = self.text("UID")
        if not uid:
            raise CalendarError("UID is missing: nobody knows which meeting it is about")
        return uid

    @property
    def recurrence_id(self) -> date | None:
        prop = self.first("RECURRENCE-ID")
        if prop is not None and prop.params.get("RANGE"):
            raise CalendarError("RECURRENCE-ID with RANGE: ask for the whole series, or for single instances")
        return None if prop is None else date_of(prop, self.zone)

    @property
    def revision(self) -> tuple[int, int]:
        """SEQUENCE and DTSTAMP, 0 where there is none that can be read."""
        number, stamp = (self.first(name) for name in ("SEQUENCE", "DTSTAMP"))
        text = "" if number is None else number.value.strip()
        try:
            at = None if stamp is None else date_of(stamp, lambda tzid: UTC)
        except InvalidValue:
            at = None
        if isinstance(at, datetime) and at.tzinfo is None:
            at = at.replace(tzinfo=UTC)  # it is UTC by definition (RFC 5545 3.8.7.2)
        sequence = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
        return sequence, instant(at) if isinstance(at, datetime) else 0

    def revised(self) -> dict[str, Any]:
        return dict(zip(("sequence", "stamp"), self.revision, strict=True))


def take(
    meeting: Meeting | None,
    data: bytes | str,
    now: datetime,
    *,
    directory: Directory | None = None,
    caps: Caps | None = None,
) -> Taken:
    """Do what a message asks of a meeting (None: of one that is not known here); what is refused is reported.

    CalendarError if the text is no calendar; InvalidValue for a `now` without a zone. Cost as `apply`.

    >>> from datetime import UTC
    >>> take(None, "BEGIN:VCALENDAR\\nMETHOD:REFRESH\\nBEGIN:VEVENT\\nUID:1\\nORGANIZER:mailto:a@example.com\\n"
    ...     "ATTENDEE:mailto:b@example.com\\nEND:VEVENT\\nEND:VCALENDAR", datetime(2026, 3, 2, tzinfo=UTC)).reports
    ("Refresh from 'b@example.com', no_meeting: there is no such meeting yet: create it first",)
    """
    received = read(data, directory=directory)
    notices: list[Notice] = []
    reports = list(received.problems)
    for uid, command in received.messages:
        if meeting is not None and uid != meeting.id:
            reports.append(f"UID {shorten(uid)} is not that of {shorten(meeting.id)}: look for its meeting")
            continue
        try:
            meeting, more = apply(meeting, command, now, caps=caps)
        except Refused as error:
            reports.append(f"{error.command} from {shorten(command.by)}, {error.reason}: {error}")
        else:
            notices += more
    return Taken(meeting, tuple(notices), tuple(reports))


def read(data: bytes | str, *, directory: Directory | None = None) -> Received:
    """Read a message; `directory` knows whose addresses are whose.

    CalendarError if there is no calendar in the text, or none with a METHOD. Cost: linear in the length of the text.
    """
    lines, _ = lines_of(data)
    calendars, found = components_of(lines)
    problems = [str(problem.reason) for problem in found]
    if not calendars:
        raise CalendarError(f"there is no VCALENDAR in {shorten(data)}: pass the text/calendar part of a mail")
    messages: list[tuple[str, c.Message]] = []
    parts = [part for calendar in calendars for part in calendar.parts]
    uses = Uses(line for part in parts if part.name != "VTIMEZONE" for line in part.own)
    said = [prop.value.strip().upper() for calendar in calendars for prop in calendar.properties(_METHOD)]
    if not said:
        raise CalendarError("the calendar has no METHOD: it is none of the messages of RFC 5546; import it instead")
    if len(parts) > _MOST:
        raise CalendarError(f"the message has {len(parts)} components, over {_MOST}: import it as a calendar instead")
    for calendar in calendars:
        method = next((prop.value.strip().upper() for prop in calendar.properties(_METHOD)), "")
        zones = Zones(calendar.parts, parts, uses)
        events = [_Event(part, zones.find) for part in calendar.parts if part.name == "VEVENT"]
        others = {part.name for part in calendar.parts} - {"VEVENT", "VTIMEZONE"}
        problems += [f"{name} is not read: only events are" for name in sorted(others)]
        if method not in _READERS:
            problems.append(f"METHOD={shorten(method)} is not taken: only {', '.join(_READERS)} are")
            continue
        messages += _READERS[method](events, directory or Directory(), problems)
    return Received(said[0], tuple(messages), tuple(problems))


# --- from an attendee -------------------------------------------------------------------------------------------------


def _each(
    events: Iterable[_Event], problems: list[str], one: Callable[[_Event], c.Message]
) -> Iterator[tuple[str, c.Message]]:
    """One command for each event; what cannot be read is a problem."""
    for event in events:
        try:
            yield event.uid, one(event)
        except InvalidValue as error:
            problems.append(f"line {event.component.line}: {error}")


def _replies(events: list[_Event], directory: Directory, problems: list[str]) -> Iterator[tuple[str, c.Message]]:
    def one(event: _Event) -> c.Message:
        sender = _sender(event)
        partstat = sender.params.get("PARTSTAT", "NEEDS-ACTION")
        return c.Reply(
            by=_address(sender),
            partstat=partstat,
            recurrence_id=event.recurrence_id,
            comment=event.text("COMMENT") or "",
            **event.revised(),
        )

    return _each(events, problems, one)


def _counters(events: list[_Event], directory: Directory, problems: list[str]) -> Iterator[tuple[str, c.Message]]:
    def one(event: _Event) -> c.Message:
        draft = read_draft(event.component, event.zone)
        start, end = span(Series(draft.start, duration=draft.length, strict=False), draft.start)
        texts: dict[str, Any] = {
            name.lower(): event.text(name) or "" for name in ("DESCRIPTION", "LOCATION", "COMMENT")
        }
        return c.Counter(
            by=_address(_sender(event)),
            recurrence_id=event.recurrence_id,
            start=start,
            end=end,
            subject=event.text("SUMMARY") or "",
            **texts,
            **event.revised(),
        )

    return _each(events, problems, one)


def _refreshes(events: list[_Event], directory: Directory, problems: list[str]) -> Iterator[tuple[str, c.Message]]:
    def one(event: _Event) -> c.Message:
        return c.Refresh(
            by=_address(_sender(event)),
            recurrence_id=event.recurrence_id,
            comment=event.text("COMMENT") or "",
            **event.revised(),
        )

    return _each(events, problems, one)


def _sender(event: _Event) -> Property:
    attendees = event.props.get("ATTENDEE", [])
    if len(attendees) != 1:
        raise CalendarError(f"{len(attendees)} ATTENDEEs: a message of an invitee names that one alone")
    return attendees[0]


def _address(prop: Property) -> str:
    """The mail address of an ATTENDEE or ORGANIZER; that of its EMAIL parameter (RFC 7986 6.2) if it is another URI."""
    for text in (prop.value, prop.params.get("EMAIL", "")):
        if (found := canonical_or_none(text)) is not None:
            return found
    raise CalendarError(f"{prop.name}={shorten(prop.value)} is no mail address: nobody can be found by it")


# --- from an organizer ------------------------------------------------------------------------------------------------


def _cancels(events: list[_Event], directory: Directory, problems: list[str]) -> Iterator[tuple[str, c.Message]]:
    def one(event: _Event) -> c.Message:
        return c.Withdraw(by=_organizer(event, directory).id, recurrence_id=event.recurrence_id, **event.revised())

    return _each(events, problems, one)


def _organizer(event: _Event, directory: Directory) -> Guest:
    prop = event.first("ORGANIZER")
    if prop is None:
        raise CalendarError("ORGANIZER is missing: nobody knows whose meeting it is")
    return _guest(prop, directory)


def _guest(prop: Property, directory: Directory) -> Guest:
    address = _address(prop)
    person = directory.by_address(address)
    return Guest(address, False, prop.params.get("CN", "")) if person is None else guest_of(person)


def _requests(events: list[_Event], directory: Directory, problems: list[str]) -> Iterator[tuple[str, c.Message]]:
    """One command for each whole, with its instances; instances of a whole that is not there stand for themselves."""
    wholes: dict[str, tuple[_Event, list[_Event]]] = {}
    alone: list[_Event] = []
    try:
        for event in events:
            if event.first("RECURRENCE-ID") is None:
                wholes[event.uid] = (event, [])
        for event in events:
            if event.first("RECURRENCE-ID") is not None:
                (wholes[event.uid][1] if event.uid in wholes else alone).append(event)
    except InvalidValue as error:
        problems.append(str(error))
        return
    for event, its in wholes.values():
        yield from _each([event], problems, lambda one, its=its: _whole(one, its, directory, problems))  # type: ignore[misc]
    yield from _each(alone, problems, lambda one: _alone(one, directory, problems))


def _whole(event: _Event, its: list[_Event], directory: Directory, problems: list[str]) -> c.Request:
    draft = read_draft(event.component, event.zone)
    problems += draft.problems
    series = Series(
        draft.start,
        draft.rules,
        duration=draft.length,
        rdates=draft.rdates,
        exdates=draft.exdates,
        exrules=draft.exrules,
        strict=False,
    )
    instances = []
    for one in its:
        named = one.recurrence_id
        assert named is not None
        own = _instance(one, named, series)
        if own.cancelled:
            series = series.without(named)
        instances.append(own)
    return _request(event, draft, series, instances, None, directory, problems)


def _alone(event: _Event, directory: Directory, problems: list[str]) -> c.Request:
    named = event.recurrence_id
    assert named is not None
    draft = read_draft(event.component, event.zone)
    series = Series(named, duration=draft.length, rdates=[named], strict=False)
    return _request(event, draft, series, [_instance(event, named, series)], named, directory, problems)


def _instance(event: _Event, named: date, series: Series) -> Instance:
    """What an instance has of its own; RFC 5545 3.8.4.4: it says all of it."""
    draft = read_draft(event.component, event.zone)
    length = series.duration if draft.length is None else draft.length
    start, end = span(Series(draft.start, duration=length, strict=False), draft.start)
    texts: dict[str, Any] = {
        "subject": event.text("SUMMARY"),
        "description": event.text("DESCRIPTION"),
        "location": event.text("LOCATION"),
    }
    return Instance(named, start, end, cancelled=draft.status == "CANCELLED", **texts, **event.revised())


def _request(
    event: _Event,
    draft: Draft,
    series: Series,
    instances: list[Instance],
    named: date | None,
    directory: Directory,
    problems: list[str],
) -> c.Request:
    organizer = _organizer(event, directory)
    people = _people(event, directory, problems)
    return c.Request(
        by=organizer.id,
        id=event.uid,
        creator=organizer,
        series=series,
        subject=event.text("SUMMARY") or "",
        description=event.text("DESCRIPTION") or "",
        location=event.text("LOCATION") or "",
        status=_status(draft),
        guests=[guest for guest, _ in people],
        answers=[given for _, given in people],
        instances=instances,
        recurrence_id=named,
        **event.revised(),
    )


def _people(event: _Event, directory: Directory, problems: list[str]) -> list[tuple[Guest, Given]]:
    """Everybody who is invited, each once, with what the organizer says that they answered."""
    found: list[tuple[Guest, Given]] = []
    for prop in event.props.get("ATTENDEE", ()):
        try:
            guest = _guest(prop, directory)
        except InvalidValue as error:
            problems.append(f"line {prop.line}: {error}")
            continue
        answer = ANSWER_OF.get(prop.params.get("PARTSTAT", "").upper())
        if not any(one.is_same(guest) for one, _ in found):
            found.append((guest, UNANSWERED if answer is None else Given(answer)))
    return found


def _status(draft: Draft) -> Status:
    """What the organizer says that it takes of everybody's time."""
    if draft.busystatus:
        return CDO_BUSYSTATUS.status(draft.busystatus)
    if draft.transp:
        free = TRANSP.status(draft.transp) is Status.FREE
        return Status.FREE if free else EVENT_STATUS.status(draft.status or "")
    return EVENT_STATUS.status(draft.status or "")


_READERS: Final[Mapping[str, Callable[[list[_Event], Directory, list[str]], Iterator[tuple[str, c.Message]]]]] = {
    "REQUEST": _requests,
    "REPLY": _replies,
    "CANCEL": _cancels,
    "COUNTER": _counters,
    "REFRESH": _refreshes,
}
