"""Requests: any bytes to the handlers of all RPCs, one request after the other, on an office that is new each time.

An input is some requests: a byte that chooses the RPC, one that chooses who asks, two for how long the message is, and
the message. `MEETING` and `POLL` in one stand for the ids of the office's own. What must hold: each request ends in
answers that protobuf reads, or in a refusal; none is a mistake of the server's.
"""

from __future__ import annotations

import asyncio
import io
import random
import shutil
import tempfile
import threading
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, Final

import grpc
from google.protobuf.message_factory import GetMessageClass

from schedcore.service.auth import Gate
from schedcore.service.bridge import Bridge, Rpc
from schedcore.service.calls import ANSWER
from schedcore.service.logs import Log
from schedcore.service.metrics import Metrics
from schedcore.service.running import Running
from schedcore.service.server import _services
from schedcore.service.settings import Settings
from schedcore.service.workers import Workers
from schedcore.store import Store
from schedcore.v1 import calendar_pb2, common_pb2, freebusy_pb2, meeting_pb2, poll_pb2, recurrence_pb2
from service import casts, offices, test_fuzz
from service.rpcs import rpcs

WHO: Final = ("anna", "ben", "", "zoe")
#: As long as the ids that the server gives.
MEETING: Final = b"m" * 32
POLL: Final = b"p" * 32
WORDS: Final = tuple(sorted({*(text.encode() for text in test_fuzz.TEXTS if 1 < len(text) < 80), MEETING, POLL, b"c"}))
#: Requests of an input at most, and messages that are taken of a stream.
_MOST: Final = 8
#: Seconds after which a call is cancelled, as the server would at its deadline.
_SECONDS: Final = 5.0
_METRICS: Final = Metrics()
_FILE: Final = "office.db"
_ALL: Final = [(one.method.containing_service.name, one.method.name) for one in rpcs()]
_ANSWERS: Final = {name: GetMessageClass(one.method.output_type) for name, one in zip(_ALL, rpcs(), strict=True)}
_SERIES: Final = common_pb2.Series(
    dtstart=common_pb2.Time(local="2026-10-19T09:00:00", tz="Europe/Zurich"), duration="PT1H", rrules=["FREQ=DAILY"]
)


class _Context:
    """gRPC's side of a call that has no deadline."""

    def time_remaining(self) -> None:
        return None


class _Server:
    """What a server has, on a store; requests are answered one by one, in this thread."""

    def __init__(self, url: str) -> None:
        settings = Settings()
        self._workers = Workers(1, 1)
        self._bridge = Bridge(settings, Gate(), Store.open(url), self._workers, Log(io.StringIO()), _METRICS)
        services = {service.descriptor.name: service for service in _services(settings)}
        self._rpcs = {
            (name, method): Rpc.of(services[name], services[name].descriptor.methods_by_name[method])
            for name, method in _ALL
        }

    def close(self) -> None:
        self._workers.close()
        self._bridge.store.close()

    def ask(self, name: tuple[str, str], who: str, data: bytes) -> list[bytes]:
        """The answers; none where it is refused, and AssertionError where that is the server's fault."""
        running = Running(self._bridge, self._rpcs[name], _Context())
        running.caller = self._bridge.gate.caller({"schedcore-principal": who} if who else {}, ())
        deadline = threading.Timer(_SECONDS, running.cancel.cancel)
        deadline.daemon = True
        deadline.start()
        try:
            return list(self._answers(running, data))
        except Exception as error:
            refused = running._answer(error)
            if refused.code == grpc.StatusCode.INTERNAL.value[0]:
                raise AssertionError(f"{name}: {refused.message}") from error
            assert refused.message and len(refused.message) < 4_000, (name, refused.message)
            return []
        finally:
            deadline.cancel()

    def _answers(self, running: Running, data: bytes) -> Iterator[bytes]:
        rpc = running.rpc
        sent: Any = map(running.decoded, [data]) if rpc.streams_in else None
        if rpc.mark == "watch":
            yield from asyncio.run(_seen(running, data))
        elif rpc.streams_out:
            for one in islice(running._written(running.call(ANSWER), lambda: sent or running.decoded(data)), _MOST):
                if isinstance(one, Exception):
                    raise one
                yield one
        elif rpc.streams_in:
            yield running.handled(sent)
        else:
            if rpc.quick is not None:
                running.at_once(data)
            yield running.answer(data)


async def _seen(running: Running, data: bytes) -> list[bytes]:
    """The first message of what is watched, if there is one at once."""
    messages = running.rpc.handler(running.call(ANSWER), running.decoded(data))
    try:
        return [(await asyncio.wait_for(anext(messages), 0.05)).SerializeToString()]
    except (TimeoutError, StopAsyncIteration):
        return []
    finally:
        await messages.aclose()


@cache
def _office() -> tuple[Any, bytes, bytes]:
    """A folder with people, a group, a calendar, a meeting and a poll in a file; and the ids of the last two."""
    folder = tempfile.TemporaryDirectory(prefix="schedcore-fuzz-")
    path = f"{folder.name}/{_FILE}"
    with closing(_Server(f"sqlite:///{path}")) as server:
        ids = []
        for name, who, message in _begun():
            [answer] = server.ask(name, who, message.SerializeToString())
            if name[1] == "CreateMeeting":
                ids.append(meeting_pb2.CreateMeetingResponse.FromString(answer).meeting.id.encode())
            if name[1] == "CreatePoll":
                ids.append(poll_pb2.CreatePollResponse.FromString(answer).poll.id.encode())
    meeting, poll = ids
    return folder, meeting, poll


def _begun() -> Iterator[tuple[tuple[str, str], str, Any]]:
    calendars = "CalendarService"
    for id in WHO[:2]:
        person = calendar_pb2.Person(id=id, name=id.title(), addresses=[f"{id}@example.com"])
        yield (calendars, "PutPerson"), "", calendar_pb2.PutPersonRequest(person=person)
    group = calendar_pb2.Group(id="g", name="Sales", members=WHO[:2], administrator="anna")
    yield (calendars, "PutGroup"), "", calendar_pb2.PutGroupRequest(group=group)
    calendar = calendar_pb2.Calendar(id="c", kind=calendar_pb2.CALENDAR_KIND_PERSONAL, owner="anna")
    yield (calendars, "CreateCalendar"), "anna", calendar_pb2.CreateCalendarRequest(calendar=calendar)
    event = offices.ics(offices.vevent("e", "RRULE:FREQ=DAILY;COUNT=5"))
    yield (calendars, "PutEvent"), "anna", calendar_pb2.PutEventRequest(calendar="c", ics=event)
    meeting = meeting_pb2.CreateMeetingRequest(subject="Plan", series=casts.weekly(), invite=["ben"])
    yield ("MeetingService", "CreateMeeting"), "anna", meeting
    options, voters = [casts.option(0), casts.option(1, 1)], [casts.asked("ben")]
    poll = poll_pb2.CreatePollRequest(subject="Lunch", tz="Europe/Zurich", options=options, voters=voters)
    yield ("PollService", "CreatePoll"), "anna", poll


def _asked() -> Iterator[tuple[tuple[str, str], str, Any]]:
    """Questions and changes about what the office has."""
    window, subject = offices.window(), freebusy_pb2.Subject(calendar="c")
    meeting, poll = MEETING.decode(), POLL.decode()
    vote = poll_pb2.CastVote(option=1, vote=3)
    yield ("CalendarService", "ListEvents"), "anna", calendar_pb2.ListEventsRequest(calendar="c", window=window)
    yield ("CalendarService", "DeleteEvent"), "anna", calendar_pb2.DeleteEventRequest(calendar="c", uid="e")
    yield ("CalendarService", "ExportEvents"), "ben", calendar_pb2.ExportEventsRequest(calendar="c", window=window)
    yield ("FreeBusyService", "Query"), "ben", freebusy_pb2.QueryRequest(subjects=[subject], window=window, minutes=60)
    yield (
        ("FreeBusyService", "FindTimes"),
        "ben",
        freebusy_pb2.FindTimesRequest(subjects=[subject], window=window, duration="PT1H", required=[0]),
    )
    answered = meeting_pb2.AnswerRequest(id=meeting, answer=3, recurrence_id=casts.week(1))
    yield ("MeetingService", "Answer"), "ben", answered
    yield ("MeetingService", "CancelMeeting"), "anna", meeting_pb2.CancelMeetingRequest(id=meeting)
    yield ("PollService", "CastVotes"), "ben", poll_pb2.CastVotesRequest(id=poll, votes=[vote])
    yield ("PollService", "Tally"), "anna", poll_pb2.TallyRequest(id=poll, with_busy=True)
    yield ("PollService", "ChooseDate"), "anna", poll_pb2.ChooseDateRequest(id=poll, option=1)
    yield ("RecurrenceService", "Expand"), "", recurrence_pb2.ExpandRequest(series=_SERIES, window=window)
    yield ("RecurrenceService", "Explain"), "", recurrence_pb2.ExplainRequest(series=_SERIES, language=1)


def _packed(requests: Iterable[tuple[tuple[str, str], str, bytes]]) -> bytes:
    return b"".join(
        bytes([_ALL.index(name), WHO.index(who)]) + len(data).to_bytes(2, "little") + data
        for name, who, data in requests
    )


def seeds() -> Iterable[bytes]:
    """What the office is asked, in one input and each by itself; and a request of each RPC that is often wrong."""
    asked = [(name, who, message.SerializeToString()) for name, who, message in _asked()]
    yield _packed(asked[:6])
    yield _packed(asked[6:])
    yield from (_packed([one]) for one in asked)
    for name, rpc in zip(_ALL, rpcs(), strict=True):
        data = test_fuzz.drawn(rpc, random.Random(zlib.crc32(rpc.path.encode())))
        yield _packed([(name, "anna", data[:4_000])])


def check(data: bytes) -> None:
    """Ask all of it, one request after the other."""
    if len(data) < 4:
        return
    office, meeting, poll = _office()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / _FILE
        shutil.copyfile(Path(office.name) / _FILE, path)
        with closing(_Server(f"sqlite:///{path}")) as server:
            for _ in range(_MOST):
                if len(data) < 4:
                    return
                name, who = _ALL[data[0] % len(_ALL)], WHO[data[1] % len(WHO)]
                end = 4 + int.from_bytes(data[2:4], "little")
                message = data[4:end].replace(MEETING, meeting).replace(POLL, poll)
                for answer in server.ask(name, who, message):
                    _ANSWERS[name].FromString(answer)
                data = data[end:]
