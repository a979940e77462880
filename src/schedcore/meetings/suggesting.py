"""What to suggest: an answer to an invitation, and an event made from a mail.

Rules of this module:

1. Who is out of office cannot accept: for an invitation into such a stretch it is suggested to decline, with the
   reason. Nothing is answered for anybody.
2. From a mail come the participants, everybody it is from or to but for who reads it, customers or not, each person
   once; and the title, its subject, unless another is given. A text that is no address is passed over and named.
3. The time is the first at or after now on the grid at which everybody is free whose calendar is known, and a room if
   one is asked for. Whose calendar is not known, or not to the reader, is named; nobody waits for them.

Product rules: A7, X1, X2, X3, X4, X6.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from email.utils import getaddresses
from typing import TYPE_CHECKING, Any, Final

from schedcore.errors import InvalidValue, shorten
from schedcore.freebusy import Room, Wanted, next_time
from schedcore.meetings.commands import Create
from schedcore.meetings.meeting import Meeting, span_of
from schedcore.meetings.pending import moment_of
from schedcore.meetings.people import Guest, guest_of
from schedcore.policy import Directory, Suggestion, canonical, freebusy_as
from schedcore.policy import suggest_answer as _suggest
from schedcore.recurrence import Duration, Series
from schedcore.recurrence.window import instant
from schedcore.zones import zone_of

if TYPE_CHECKING:
    from schedcore.freebusy import Block
    from schedcore.freebusy.wanted import Hours
    from schedcore.policy.calendars import AnyCalendar

__all__ = ["Draft", "Mail", "from_mail", "suggest_answer"]

#: How far ahead a time is looked for: two months hold one for most, and cost some milliseconds.
_AHEAD: Final = timedelta(days=60)


def suggest_answer(
    meeting: Meeting, taken: Iterable[Block], recurrence_id: date | None = None, *, tz: str | tzinfo = "UTC"
) -> Suggestion | None:
    """Suggest what to answer to an invitation, given the invitee's own taken time; None where nothing is.

    `taken` are stretches as `FreeBusy.blocks` lists them. Of a series `recurrence_id` names the instance, without it it
    is about the first; all-day and floating times are meant in `tz`. SeriesError for a date of another kind.

    >>> from schedcore.freebusy import Status
    >>> from schedcore.freebusy import Block
    >>> event = Meeting("1", Guest("anna", True), Series(date(1970, 1, 1)))
    >>> suggest_answer(event, [Block(0, 0, 86400, Status.OUT_OF_OFFICE)]).answer.value
    'refused'
    """
    zone = zone_of(tz).tzinfo
    start, end = span_of(meeting, meeting.series.dtstart if recurrence_id is None else recurrence_id)
    return _suggest(_seconds(start, zone), _seconds(end, zone), taken)


def _seconds(value: date, zone: tzinfo) -> int:
    timed = value if isinstance(value, datetime) else datetime.combine(value, time())
    return instant(timed if timed.tzinfo is not None else timed.replace(tzinfo=zone))


@dataclass(frozen=True, slots=True)
class Mail:
    """What of a mail makes an event: its subject, and the lines From, To and Cc as they are in its head."""

    subject: str = ""
    sender: str = ""
    to: Iterable[str] = ()
    cc: Iterable[str] = ()

    def __post_init__(self) -> None:
        """Take a line alone for a list of one."""
        for name in ("to", "cc"):
            value = getattr(self, name)
            object.__setattr__(self, name, (value,) if isinstance(value, str) else tuple(value))


@dataclass(frozen=True, slots=True)
class Draft:
    """An event to be made: its title, whom it invites, when and in which room; all of it can be changed first.

    `start` and `end` are None if no time was found. `unknown` are guests for whom nobody could look, `passed_over`
    texts that are no addresses. `create` makes the command.
    """

    title: str
    guests: tuple[Guest, ...]
    start: datetime | None
    end: datetime | None
    room: str | None = None
    unknown: tuple[str, ...] = ()
    passed_over: tuple[str, ...] = ()

    def create(self, id: str, creator: Guest, **details: Any) -> Create:
        """The command that makes the event and invites; InvalidValue without a time. `details` as of `Create`."""
        if self.start is None or self.end is None:
            raise InvalidValue(f"{shorten(self.title)}: no time was found; set start and end first")
        length = timedelta(seconds=instant(self.end) - instant(self.start))
        series = Series(self.start, duration=length)
        parts: dict[str, Any] = {"subject": self.title, "location": self.room or "", "guests": self.guests}
        return Create(by=creator.id, id=id, creator=creator, series=series, **(parts | details))


def from_mail(
    mail: Mail,
    creator: str,
    now: datetime,
    duration: timedelta | Duration,
    *,
    directory: Directory,
    calendars: Mapping[str, AnyCalendar],
    rooms: Mapping[str, AnyCalendar] | None = None,
    seats: Mapping[str, int] | None = None,
    title: str | None = None,
    tz: str | tzinfo = "UTC",
    grid: timedelta = timedelta(minutes=15),
    hours: str | Hours | None = None,
    ahead: timedelta = _AHEAD,
) -> Draft:
    """Make a draft of an event from a mail, for its reader.

    `creator` is the id of the reader; `calendars` are those of people by their ids, as far as the reader may know them,
    `rooms` those of rooms by name, of which one is taken if there are any, `seats` how many each seats. Times are
    looked for from `now` to `ahead` of it, every `grid` of the clock in `tz`, within `hours` if given.

    InvalidValue for a `now` without a zone; errors and cost as `policy.find_times_as`, in which the first time counts.

    >>> from schedcore.policy import Person
    >>> team = Directory([Person("anna", ["anna@example.com"])])
    >>> mail = Mail("Lunch?", "Ben <ben@example.net>", "anna@example.com")
    >>> draft = from_mail(mail, "anna", datetime(2026, 3, 2, 11, 50, tzinfo=UTC), timedelta(hours=1), directory=team,
    ...     calendars={})
    >>> draft.title, [guest.id for guest in draft.guests], str(draft.start)
    ('Lunch?', ['ben@example.net'], '2026-03-02 12:00:00+00:00')
    """
    begin = moment_of(now)
    invited, passed_over = _people(mail, creator, directory)
    rooms = {} if rooms is None else rooms
    people = [creator, *(guest.id for guest in invited if guest.account)]
    known = [one for one in people if one in calendars]
    its = [*(calendars[one] for one in known), *rooms.values()]
    end = begin + ahead
    busy = freebusy_as(creator, its, begin - timedelta(days=1), end + timedelta(days=1), directory=directory, tz=tz)
    blind = {known[place] for place in busy.unknown if place < len(known)}
    # Somebody is asked in any case: an owner without a calendar is always free.
    asked = list(range(len(known))) or [len(its)]
    taken = [Room(len(known) + place, (seats or {}).get(name)) for place, name in enumerate(rooms)]
    wanted = Wanted(duration, required=asked, rooms=taken, seats=len(invited) + 1, grid=grid, hours=hours)
    slot = next_time(busy, wanted, begin, end, tz=tz)
    zone = zone_of(tz).tzinfo
    unknown = tuple(one.id for one in invited if one.id not in known or one.id in blind)
    draft = Draft(mail.subject.strip() if title is None else title, invited, None, None, None, unknown, passed_over)
    if slot is None:
        return draft
    room = None if slot.room is None else list(rooms)[slot.room - len(known)]
    first, last = (datetime.fromtimestamp(second, UTC).astimezone(zone) for second in (slot.start, slot.end))
    return replace(draft, start=first, end=last, room=room)


def _people(mail: Mail, creator: str, directory: Directory) -> tuple[tuple[Guest, ...], tuple[str, ...]]:
    """Everybody whom a mail names but its reader, each once, and the texts that name nobody."""
    found: dict[str, Guest] = {}
    passed_over = []
    # Line by line: of a line with two readings (CVE-2023-27043) getaddresses gives nothing at all.
    pairs = [(*pair, line) for line in (mail.sender, *mail.to, *mail.cc) if line for pair in getaddresses([line])]
    for name, address, line in pairs:
        try:
            person = directory.by_address(canonical(address))
        except InvalidValue:
            passed_over.append(address or name or line)
            continue
        guest = Guest(address, False, name) if person is None else guest_of(person)
        if guest.id != creator:
            found.setdefault(guest.id, guest)
    return tuple(found.values()), tuple(passed_over)
