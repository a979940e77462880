"""The office that is asked about: a thousand people with a calendar each, twenty polls; and what must be answered.

Calendars have weekly and daily series, single hours and days off, a dozen events each. The first twenty people vote.
"""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import grpc

from benchmarks.service.processes import Request
from schedcore import Calendar, Rule, Series
from schedcore.freebusy import Wanted
from schedcore.policy import Directory, Group, Person, PersonalCalendar, find_times_as, freebusy_as
from schedcore.store import Store, calendars, directory, events
from schedcore.store.calendars import Shown
from schedcore.store.events import Event
from schedcore.v1 import common_pb2, freebusy_pb2, poll_pb2, recurrence_pb2

__all__ = ["Office", "Question"]

PEOPLE: Final = 1_000
TEAM: Final = 20
POLLS: Final = 20
OPTIONS: Final = 5
ZONE: Final = "Europe/Zurich"
MONDAY: Final = datetime(2026, 10, 19, tzinfo=ZoneInfo(ZONE))
WEEK: Final = timedelta(days=7)
_END: Final = 253_402_300_800


@dataclass(frozen=True)
class Question:
    """A question under its name: the requests that ask it, and how many occurrences, blocks or votes answer one.

    Of one that is asked `once`, no request is sent twice before all of them were.
    """

    name: str
    requests: list[Request]
    size: int
    once: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "_rest", itertools.cycle(self.requests))

    def some(self, most: int) -> list[Request]:
        """Requests for a round: all of them, or so many that were not sent yet."""
        rest: Iterator[Request] = self._rest  # type: ignore[attr-defined]
        return list(itertools.islice(rest, most)) if self.once else self.requests


class Office:
    """An office in a store, for a server at an address; `ask` compares answers with the library's own."""

    def __init__(self, url: str) -> None:
        rng = random.Random(7)
        self.people = [f"p{number:04}" for number in range(PEOPLE)]
        self.directory = Directory(
            [Person(one, [f"{one}@example.com"]) for one in self.people],
            [Group("office", self.people, self.people[0])],
        )
        self.texts = {one: _texts(rng, one) for one in self.people}
        with Store.open(url) as store, store.writing() as tx:
            for person in self.directory.people:
                directory.put_person(tx, person)
            directory.put_group(tx, self.directory.groups[0])
            for one, texts in self.texts.items():
                calendars.create(tx, Shown(one, PersonalCalendar(one, None, tz=ZONE)))
                events.put_many(tx, one, [Event(uid, ics, True, None, 0, _END) for uid, ics in texts.items()])
        self.polls: list[str] = []

    def calendar(self, person: str) -> PersonalCalendar:
        """Somebody's calendar as the library takes it."""
        texts = self.texts[person]
        return PersonalCalendar(person, Calendar.from_ical(b"".join(texts.values())), tz=ZONE, native=frozenset(texts))

    def questions(self, address: str) -> list[Question]:
        """All questions, their answers checked; polls are made first, with votes."""
        with grpc.insecure_channel(address, [("grpc.max_receive_message_length", -1)]) as channel:
            return [
                _next(channel),
                self._query(channel, "one calendar", [[one] for one in self.people[:100]]),
                self._query(channel, "one calendar, no week twice", [[one] for one in self.people[:100]], 190),
                self._query(channel, f"{PEOPLE:,} calendars", [self.people], 360),
                self._find(channel),
                self._vote(channel),
                self._tally(channel),
            ]

    def _query(self, channel: grpc.Channel, name: str, kinds: list[list[str]], once: int = 0) -> Question:
        """Free/busy of a week, as one of the office may know it; with `once` of so many weeks, a minute apart.

        The first of those is asked here, and not again.
        """
        viewer = self.people[1]
        made = [
            freebusy_pb2.QueryRequest(
                subjects=[freebusy_pb2.Subject(calendar=one) for one in asked], window=_window(minute)
            )
            for minute in range(max(once, 1))
            for asked in kinds
        ]
        size = 0
        for asked, request in zip(kinds, made, strict=False):  # those of the first week
            answer = _sent(channel, "FreeBusyService/Query", viewer, request, freebusy_pb2.QueryResponse)
            found = freebusy_as(
                viewer,
                [self.calendar(one) for one in asked],
                MONDAY,
                MONDAY + WEEK,
                directory=self.directory,
                tz=ZONE,
                caps=_caps(),
            )
            for owner, told in enumerate(answer.people):
                expected = [(one.start, one.end, one.status) for one in found.blocks(owner)]
                _same("Query", expected, [(one.start, one.end, one.status - 1) for one in told.blocks])
                size += len(expected)
        requests = [_request("FreeBusyService/Query", viewer, one) for one in made[len(kinds) if once else 0 :]]
        return Question(f"Query, {name}", requests, size // len(kinds), once > 0)

    def _find(self, channel: grpc.Channel) -> Question:
        """Times for twenty people within a week of work."""
        viewer, team = self.people[1], self.people[:TEAM]
        request = freebusy_pb2.FindTimesRequest(
            subjects=[freebusy_pb2.Subject(calendar=one) for one in team],
            window=_window(),
            duration="PT1H",
            required=range(4),
            any_of=range(4, TEAM),
            at_least=8,
            limit=20,
            hours=[freebusy_pb2.Hours(subject=-1, text="Mo-Fr 09:00-17:00", tz=ZONE)],
        )
        answer = _sent(channel, "FreeBusyService/FindTimes", viewer, request, freebusy_pb2.FindTimesResponse)
        wanted = Wanted(
            timedelta(hours=1), required=range(4), any_of=range(4, TEAM), at_least=8, hours="Mo-Fr 09:00-17:00"
        )
        found = find_times_as(
            viewer,
            [self.calendar(one) for one in team],
            wanted,
            MONDAY,
            MONDAY + WEEK,
            directory=self.directory,
            tz=ZONE,
            caps=_caps(),
            limit=20,
        )
        _same("FindTimes", [one.start for one in found], [one.start for one in answer.slots])
        return Question(
            "FindTimes, 20 people", [_request("FreeBusyService/FindTimes", viewer, request)], len(answer.slots)
        )

    def _vote(self, channel: grpc.Channel) -> Question:
        """Votes of each of twenty people in each of twenty polls, on all options."""
        start = datetime.fromtimestamp(time.time() + 30 * 86_400, UTC).replace(microsecond=0)
        times = [common_pb2.Time(epoch_seconds=int(start.timestamp()) + hour * 3_600) for hour in range(OPTIONS + 1)]
        options = [poll_pb2.ProposedOption(start=a, end=b) for a, b in itertools.pairwise(times)]
        voters = [poll_pb2.ProposedVoter(name=one) for one in self.people[1 : TEAM + 1]]
        requests = []
        for _ in range(POLLS):
            made = poll_pb2.CreatePollRequest(subject="Lunch", options=options, voters=voters)
            answer = _sent(channel, "PollService/CreatePoll", self.people[0], made, poll_pb2.CreatePollResponse)
            self.polls.append(answer.poll.id)
            for number, voter in enumerate(self.people[1 : TEAM + 1]):
                said = [
                    poll_pb2.CastVote(option=option, vote=_vote_of(number, option)) for option in range(1, OPTIONS + 1)
                ]
                request = poll_pb2.CastVotesRequest(id=answer.poll.id, votes=said)
                told = _sent(channel, "PollService/CastVotes", voter, request, poll_pb2.CastVotesResponse)
                _same("CastVotes", [one.vote for one in said], [one.vote for one in told.ballots])
                requests.append(_request("PollService/CastVotes", voter, request))
        return Question("CastVotes, 5 options", requests, OPTIONS)

    def _tally(self, channel: grpc.Channel) -> Question:
        """How the options stand, after votes that are known."""
        requests = []
        for poll in self.polls:
            request = poll_pb2.TallyRequest(id=poll)
            answer = _sent(channel, "PollService/Tally", self.people[0], request, poll_pb2.TallyResponse)
            yes = {one.option: one.yes for one in answer.standings}
            expected = {
                option: sum(_vote_of(number, option) == poll_pb2.VOTE_YES for number in range(TEAM))
                for option in range(1, OPTIONS + 1)
            }
            _same("Tally", expected, yes)
            requests.append(_request("PollService/Tally", self.people[0], request))
        return Question(f"Tally, {TEAM} voters", requests, TEAM * OPTIONS)


def _next(channel: grpc.Channel) -> Question:
    """The next start of a weekly series in a zone."""
    start, after = datetime(2026, 1, 5, 9, tzinfo=ZoneInfo(ZONE)), datetime(2026, 10, 19, tzinfo=UTC)
    rule = "FREQ=WEEKLY;BYDAY=MO,WE,FR"
    request = recurrence_pb2.NextRequest(
        series=common_pb2.Series(
            dtstart=common_pb2.Time(local="2026-01-05T09:00:00", tz=ZONE), duration="PT1H", rrules=[rule]
        ),
        after=common_pb2.Time(epoch_seconds=int(after.timestamp())),
        limit=1,
    )
    answer = _sent(channel, "RecurrenceService/Next", "", request, recurrence_pb2.NextResponse)
    expected = Series(start, Rule.parse(rule)).after(after)
    assert isinstance(expected, datetime)
    _same("Next", [int(expected.timestamp())], list(answer.start_seconds))
    return Question("Next", [_request("RecurrenceService/Next", "", request)], 1)


def _caps() -> Any:
    from schedcore.service.calendar_limits import CalendarLimits

    return CalendarLimits().caps


def _vote_of(number: int, option: int) -> Any:
    return (poll_pb2.VOTE_YES, poll_pb2.VOTE_IF_NEED_BE, poll_pb2.VOTE_NO)[(number * option + option) % 3]


def _window(minute: int = 0) -> common_pb2.Window:
    """A week from that minute of Monday on."""
    seconds = (int(at.timestamp()) + 60 * minute for at in (MONDAY, MONDAY + WEEK))
    start, end = (common_pb2.Time(epoch_seconds=at) for at in seconds)
    return common_pb2.Window(start=start, end=end, tz=ZONE)


def _request(name: str, principal: str, message: Any) -> Request:
    return f"/schedcore.v1.{name}", principal, message.SerializeToString().hex()


def _sent(channel: grpc.Channel, name: str, principal: str, message: Any, answer: Any) -> Any:
    path, _, _ = _request(name, principal, message)
    metadata = [("schedcore-principal", principal)] if principal else None
    return answer.FromString(channel.unary_unary(path)(message.SerializeToString(), metadata=metadata, timeout=120))


def _same(what: str, expected: Any, found: Any) -> None:
    if expected != found or not expected:
        raise AssertionError(f"{what}: the service answers {found!r}, the library {expected!r}: nothing is timed")


def _texts(rng: random.Random, owner: str) -> dict[str, bytes]:
    """A dozen events of somebody, as iCalendar by UID."""
    found = {}
    for number in range(12):
        uid = f"{owner}-{number}"
        day = MONDAY + timedelta(days=rng.randrange(-300, 7))
        start = day.replace(tzinfo=None) + timedelta(minutes=15 * rng.randrange(32, 68))
        lines = [f"DTSTART;TZID={ZONE}:{start:%Y%m%dT%H%M%S}", f"DURATION:PT{rng.choice((30, 60, 90))}M"]
        if number < 5:
            lines.append(f"RRULE:FREQ=WEEKLY;BYDAY={rng.choice(('MO', 'TU,TH', 'WE', 'FR', 'MO,WE'))};COUNT=200")
        elif number == 5:
            lines.append("RRULE:FREQ=DAILY;COUNT=400")
        elif number == 6:
            lines = [f"DTSTART;VALUE=DATE:{start:%Y%m%d}", "RRULE:FREQ=MONTHLY;COUNT=20", "TRANSP:TRANSPARENT"]
        body = "\r\n".join(["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20260101T000000Z", "SUMMARY:Work", *lines])
        head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//schedcore//bench//EN\r\n"
        found[uid] = f"{head}{body}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n".encode()
    return found
