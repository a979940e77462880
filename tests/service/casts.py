"""People and calls for tests of meetings and polls: a team of its own for each test, on a server that all share."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from functools import cache

import grpc
from google.rpc import code_pb2, error_details_pb2
from grpc_status import rpc_status

from schedcore.policy import Contact, Grant, Group, Person, PersonalCalendar, Right
from schedcore.store import Store, calendars, directory, events
from schedcore.v1 import common_pb2, meeting_pb2, meeting_pb2_grpc, poll_pb2, poll_pb2_grpc

HOUR = timedelta(hours=1)
#: Far enough that nothing is over while tests run; whole seconds.
NOON = (datetime.now(UTC) + timedelta(days=30)).replace(hour=12, minute=0, second=0, microsecond=0)
ZURICH = "Europe/Zurich"
YES, MAYBE, NO = poll_pb2.VOTE_YES, poll_pb2.VOTE_IF_NEED_BE, poll_pb2.VOTE_NO


@cache
def store_of(url):
    """The store of a server, opened once."""
    return Store.open(url, connections=4)


class Refusal:
    """How a call failed: code, message, the field at fault, the reason of its ErrorInfo."""

    def __init__(self, error):
        status = rpc_status.from_call(error)
        self.code = error.code().name
        self.message = error.details()
        self.field = self.reason = ""
        for detail in status.details if status is not None else ():
            bad, info = error_details_pb2.BadRequest(), error_details_pb2.ErrorInfo()
            if detail.Unpack(bad):
                self.field = bad.field_violations[0].field
            if detail.Unpack(info):
                self.reason = info.reason
        assert status is None or status.code == getattr(code_pb2, self.code)

    @property
    def told(self):
        """Code, and field or reason."""
        return self.code, self.field or self.reason


class Cast:
    """Anna, Ben, Carla and Dora are in one group, Eve is in none; Anna knows Zoe and Xavier, who have no account."""

    def __init__(self, server, channel):
        self.mark = uuid.uuid4().hex[:8]
        self.store = store_of(server.store)
        self.meetings = meeting_pb2_grpc.MeetingServiceStub(channel)
        self.polls = poll_pb2_grpc.PollServiceStub(channel)
        self.anna, self.ben, self.carla, self.dora, self.eve = (
            f"{name}-{self.mark}" for name in ("anna", "ben", "carla", "dora", "eve")
        )
        self.zoe, self.xavier = (f"{name}-{self.mark}@example.org" for name in ("zoe", "xavier"))
        self.group = f"sales-{self.mark}"
        team = [self.anna, self.ben, self.carla, self.dora]
        with self.store.writing() as tx:
            for one in (*team, self.eve):
                directory.put_person(tx, Person(one, [f"{one}@example.com"], one.partition("-")[0].title()))
            directory.put_book(
                tx, self.anna, [Contact("Zoe \u202e %subject%", [self.zoe]), Contact("X", [self.xavier])]
            )
            directory.put_group(tx, Group(self.group, team, self.carla))

    def add_people(self, count):
        """More people of the group; their ids."""
        more = [f"p{number}-{self.mark}" for number in range(count)]
        with self.store.writing() as tx:
            for one in more:
                directory.put_person(tx, Person(one, [f"{one}@example.com"]))
            old = directory.group(tx, self.group).value
            directory.put_group(tx, Group(self.group, [*old.members, *more], self.carla))
        return more

    def grant(self, owner, member, right=Right.READ_WRITE):
        """Give somebody a right to somebody's calendar."""
        with self.store.writing() as tx:
            id = calendars.personal(tx, owner)
            shown = calendars.get(tx, id).value
            calendars.put(
                tx, calendars.Shown(id, PersonalCalendar(owner, None, [Grant(right, member=member)]), shown.name)
            )

    def event(self, owner, id):
        """The event of a meeting in somebody's calendar, as text; None if it does not stand there."""
        with self.store.reading() as tx:
            if owner == self.group:
                calendar = calendars.of_group(tx, owner)
            else:
                calendar = calendars.heads_of(tx, [owner]).ids.get(owner)
            found = {} if calendar is None else events.many(tx, calendar, [id])
            return found[id].value.ics.decode().replace("\r\n ", "") if id in found else None

    # --- calls --------------------------------------------------------------------------------------------------------

    def do(self, rpc, request, by):
        """Call as somebody; as the back end itself with None."""
        metadata = [] if by is None else [("schedcore-principal", by)]
        return rpc(request, metadata=metadata, timeout=60)

    def refusal(self, rpc, request, by):
        """How a call is refused."""
        try:
            found = self.do(rpc, request, by)
        except grpc.RpcError as error:
            return Refusal(error)
        raise AssertionError(f"not refused: {found}")

    def told(self, rpc, request, by):
        """Code, and field or reason, of a refused call."""
        return self.refusal(rpc, request, by).told

    def poll(self, options=3, voters=None, by=None, **parts):
        """A new poll of Anna's, with an option an hour."""
        voters = [self.ben, self.carla, self.zoe] if voters is None else voters
        request = poll_pb2.CreatePollRequest(
            subject="Lunch",
            options=[option(number) for number in range(options)] if isinstance(options, int) else options,
            voters=[asked(one) for one in voters],
            **parts,
        )
        return self.do(self.polls.CreatePoll, request, by or self.anna).poll

    def vote(self, id, by, *votes):
        """Cast votes, pairs of option and vote."""
        said = [poll_pb2.CastVote(option=number, vote=vote) for number, vote in votes]
        return self.do(self.polls.CastVotes, poll_pb2.CastVotesRequest(id=id, votes=said), by)

    def meeting(self, invite=None, series=None, by=None, **parts):
        """A new meeting of Anna's."""
        request = meeting_pb2.CreateMeetingRequest(
            subject=parts.pop("subject", "Plan"),
            series=once() if series is None else series,
            invite=[self.ben, self.carla, self.zoe] if invite is None else invite,
            **parts,
        )
        return self.do(self.meetings.CreateMeeting, request, by or self.anna)


def time(value, tz=""):
    """An instant."""
    return common_pb2.Time(instant=value.isoformat().replace("+00:00", "Z"), tz=tz)


def asked(name, **parts):
    """Somebody to ask."""
    return poll_pb2.ProposedVoter(name=name, **parts)


def option(hours, places=0):
    """An hour to choose."""
    return poll_pb2.ProposedOption(start=time(NOON + hours * HOUR), end=time(NOON + (hours + 1) * HOUR), places=places)


def once():
    """A single hour."""
    return common_pb2.Series(dtstart=time(NOON, ZURICH), duration="PT1H")


def weekly(count=4):
    """An hour a week."""
    return common_pb2.Series(dtstart=time(NOON, ZURICH), duration="PT1H", rrules=[f"FREQ=WEEKLY;COUNT={count}"])


def week(number):
    """The start of an instance of `weekly`, by the clock of Zurich."""
    from zoneinfo import ZoneInfo

    local = NOON.astimezone(ZoneInfo(ZURICH)).replace(tzinfo=None) + timedelta(weeks=number)
    return common_pb2.Time(local=local.isoformat(), tz=ZURICH)
