"""The clients: people who vote, change their minds, repeat themselves and close polls, all at once, in one process.

`python -m faults.voters LOG ADDRESS...` reads a `Round` as JSON from each line of its input, plays it and says "done";
before that it says "now" once so many attempts have been made as the round asks for: that is when whoever plays the
faults strikes. Everything asked and told goes to LOG as a line of JSON when it is known, so that what was acknowledged
is not known to the server alone. `history` judges the lines.

An attempt that was lost is repeated with its request id until it is answered, or given up, as the round's numbers say;
nothing but the round and its seed decides what is asked, but not in which order it arrives.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from dataclasses import asdict, dataclass
from typing import Any, TextIO

import grpc
import grpc.aio
from google.rpc import error_details_pb2
from google.rpc.status_pb2 import Status
from grpc_status.rpc_status import GRPC_DETAILS_METADATA_KEY

from schedcore.v1 import common_pb2, poll_pb2
from schedcore.v1.poll_pb2_grpc import PollServiceStub

__all__ = ["CHAIR", "Round", "people"]

CHAIR = "chair"
#: Tried again soon after a server has come back, and not after a second or more, which is gRPC's own pace.
_OPTIONS = [
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.min_reconnect_backoff_ms", 50),
    ("grpc.max_reconnect_backoff_ms", 200),
    ("grpc.enable_retries", 0),  # every attempt is to be seen
    ("grpc.use_local_subchannel_pool", 1),
]
_STATES = {
    poll_pb2.POLL_STATE_OPEN: "open",
    poll_pb2.POLL_STATE_CHOSEN: "chosen",
    poll_pb2.POLL_STATE_CLOSED: "closed",
}
_VOTES = (poll_pb2.VOTE_NO, poll_pb2.VOTE_IF_NEED_BE, poll_pb2.VOTE_YES)
#: Two in the morning, seventy years on: the days of the options are none that a clock will pass.
_DAY = "209{}-01-01"


@dataclass(frozen=True)
class Round:
    """What happens to one poll.

    `voters` people do `ops` things each. One option has `places`, where that is not 0. `barriers` are the creator's
    calls, at once: "close", or "choose N". `editors` edit with the same etag. Of all attempts a share `repeated` is
    made twice with one request id; of those that are lost a share `given_up` is not repeated. "now" is said when `now`
    attempts were made. An attempt has `deadline` seconds; a lost one is repeated for `patience` seconds.
    """

    seed: int
    voters: int = 32
    ops: int = 1
    places: int = 0
    barriers: tuple[str, ...] = ("close",)
    editors: int = 0
    repeated: float = 0.2
    given_up: float = 0.2
    now: int = 0
    deadline: float = 20.0
    patience: float = 90.0

    def line(self) -> str:
        """The round as a line for the process."""
        return json.dumps(asdict(self)) + "\n"


def people(count: int) -> list[str]:
    """The ids of the voters."""
    return [f"v{number:02}" for number in range(count)]


class Players:
    """All who take part, over some channels to one server or to several."""

    def __init__(self, log: TextIO, addresses: list[str]) -> None:
        self._log = log
        # Two connections to each: what one connection puts in order is not to be mistaken for the server's doing.
        self._channels = [grpc.aio.insecure_channel(one, options=_OPTIONS) for one in addresses for _ in range(2)]
        self._stubs: list[Any] = [PollServiceStub(one) for one in self._channels]
        self._addresses = [one for one in addresses for _ in range(2)]

    async def play(self, its: Round) -> None:
        """Play a round to its end."""
        game = _Game(self, its)
        await game.play()

    def stub(self, chance: random.Random) -> tuple[Any, str]:
        """One of the servers, and its address."""
        at = chance.randrange(len(self._stubs))
        return self._stubs[at], self._addresses[at]

    def write(self, line: dict[str, Any]) -> None:
        """Note what is known now."""
        self._log.write(json.dumps(line, separators=(",", ":")) + "\n")

    async def connect(self, seconds: float) -> None:
        """Have all connections, so that a round begins with everybody on the line."""
        async with asyncio.timeout(seconds):
            await asyncio.gather(*(one.channel_ready() for one in self._channels))

    async def close(self) -> None:
        """Hang up."""
        for one in self._channels:
            await one.close()


class _Game:
    """One round."""

    def __init__(self, players: Players, its: Round) -> None:
        self.players = players
        self.its = its
        self.chance = random.Random(its.seed)
        self.poll = ""
        self.attempts = 0
        self.ids = 0
        self.sent: list[tuple[str, str, Any, dict[str, Any]]] = []

    async def play(self) -> None:
        """Make the poll, do everything at once, repeat some of it when all is over, and read the end."""
        self.players.write({"kind": "round", "seed": self.its.seed, **asdict(self.its)})
        await self.players.connect(self.its.patience)
        made = await self.until_answered(CHAIR, "create", "CreatePoll", _new_poll(self.its))
        self.poll = made.poll.id
        self.etag, self.subject = made.poll.etag, made.poll.subject
        jobs = [self.vote(who, random.Random(f"{self.its.seed} {who}")) for who in people(self.its.voters)]
        jobs += [self.decide(one, random.Random(f"{self.its.seed} {one}")) for one in self.its.barriers]
        jobs += [self.edit(number) for number in range(self.its.editors)]
        await asyncio.gather(*jobs)
        for who, method, request, about in self.chance.sample(self.sent, min(3, len(self.sent))):
            await self.attempt(who, method, request, about)
        await self.read_the_end()

    # --- what they do -------------------------------------------------------------------------------------------------

    async def vote(self, who: str, chance: random.Random) -> None:
        for turn in range(self.its.ops):
            if turn and chance.random() < 0.2:
                option = chance.choice((0, 1, 2))
                request = poll_pb2.WithdrawVotesRequest(id=self.poll, option=option, request_id=self.new_id())
                about = {"kind": "withdraw", "said": [[option, None]] if option else []}
                await self.insist(who, "WithdrawVotes", request, about, chance)
            elif turn and chance.random() < 0.1:
                await self.look(who, chance)
            else:
                options = chance.sample((1, 2, 3), chance.choice((1, 1, 2)))
                if self.its.places and 1 not in options:
                    options.append(1)
                said = [[option, chance.choice((1, 2, 3, 3) if option > 1 else (3, 3, 3, 1))] for option in options]
                votes = [poll_pb2.CastVote(option=option, vote=_VOTES[vote - 1]) for option, vote in said]
                request = poll_pb2.CastVotesRequest(id=self.poll, votes=votes, request_id=self.new_id())
                await self.insist(who, "CastVotes", request, {"kind": "cast", "said": said}, chance)

    async def decide(self, how: str, chance: random.Random) -> None:
        """The creator ends the poll while everybody votes."""
        # A vote takes some milliseconds and all of them some tens: anywhere in there.
        await asyncio.sleep(chance.random() * 0.002 * self.its.voters * self.its.ops)
        etag = self.etag if chance.random() < 0.5 else ""
        if how == "close":
            request: Any = poll_pb2.ClosePollRequest(id=self.poll, etag=etag, request_id=self.new_id())
            await self.insist(CHAIR, "ClosePoll", request, {"kind": "close", "said": [], "etag": etag}, chance)
        else:
            option = int(how.split()[1])
            request = poll_pb2.ChooseDateRequest(id=self.poll, etag=etag, option=option, request_id=self.new_id())
            about = {"kind": "choose", "said": [[option, None]], "etag": etag}
            await self.insist(CHAIR, "ChooseDate", request, about, chance)

    async def edit(self, number: int) -> None:
        """An editor changes the subject of what they have read, and reads again when told that it is another's."""
        chance = random.Random(f"{self.its.seed} editor {number}")
        etag = self.etag
        for turn in range(3):
            subject = f"{number} {turn}"
            request = poll_pb2.EditPollRequest(id=self.poll, etag=etag, subject=subject, request_id=self.new_id())
            about = {"kind": "edit", "said": [], "etag": etag, "subject": subject}
            found = await self.insist(CHAIR, "EditPoll", request, about, chance)
            if found is not None:
                return
            seen = await self.look(CHAIR, chance)
            etag = seen.poll.etag if seen is not None else etag

    async def look(self, who: str, chance: random.Random) -> Any:
        about = {"kind": "read", "said": []}
        return await self.attempt(who, "GetPoll", poll_pb2.GetPollRequest(id=self.poll), about, chance)

    async def insist(self, who: str, method: str, request: Any, about: dict[str, Any], chance: random.Random) -> Any:
        """Ask until it is answered or given up; now and then twice at once. The answer, None if it was not granted."""
        twice = chance.random() < self.its.repeated
        gives_up = chance.random() < self.its.given_up
        until = time.monotonic() + self.its.patience
        if twice:
            other = asyncio.create_task(self.attempt(who, method, request, about, chance))
        while True:
            code = []
            answer = await self.attempt(who, method, request, about, chance, code)
            if answer is not None or code[0] in ("FAILED_PRECONDITION", "INVALID_ARGUMENT", "NOT_FOUND"):
                break
            if gives_up and code[0] != "RESOURCE_EXHAUSTED":
                break
            if time.monotonic() > until:
                raise TimeoutError(f"{method} was not answered in {self.its.patience} s: {code}")
            await asyncio.sleep(0.02 + chance.random() * 0.06)
        if twice:
            await other
        if answer is not None:
            self.sent.append((who, method, request, about))
        return answer

    async def attempt(
        self,
        who: str,
        method: str,
        request: Any,
        about: dict[str, Any],
        chance: random.Random | None = None,
        told: list[str] | None = None,
    ) -> Any:
        """Ask once, and write down what came of it; the answer, None for none."""
        self.attempts += 1
        if self.attempts == self.its.now:
            print("now", flush=True)
        stub, address = self.players.stub(chance or self.chance)
        call = getattr(stub, method)
        line = {"poll": self.poll, "who": who, "id": getattr(request, "request_id", ""), "etag": "", **about}
        line |= {"method": method, "server": address}
        line["began"] = time.monotonic_ns()
        answer = None
        try:
            answer = await call(request, metadata=(("schedcore-principal", who),), timeout=self.its.deadline)
            code, reason = "OK", ""
        except grpc.aio.AioRpcError as error:
            code, reason = error.code().name, _reason(error)
            line["words"] = error.details()
        line |= {"ended": time.monotonic_ns(), "code": code, "reason": reason, "answer": None, "told": ""}
        if answer is not None:
            line |= _told(about["kind"], who, answer)
        self.players.write(line)
        if told is not None:
            told.append(code)
        return answer

    def new_id(self) -> str:
        self.ids += 1
        return f"{self.poll[:12]}-{self.ids}"

    # --- before and after ---------------------------------------------------------------------------------------------

    async def until_answered(self, who: str, kind: str, method: str, request: Any) -> Any:
        until = time.monotonic() + self.its.patience
        while (found := await self.attempt(who, method, request, {"kind": kind, "said": []})) is None:
            if time.monotonic() > until:
                raise TimeoutError(f"{method} was not answered in {self.its.patience} s")
            await asyncio.sleep(0.05)
        return found

    async def read_the_end(self) -> None:
        """Read the poll, its tally and its log, of a server each."""
        got = await self.until_answered(CHAIR, "look", "GetPoll", poll_pb2.GetPollRequest(id=self.poll))
        tally = await self.until_answered(CHAIR, "look", "Tally", poll_pb2.TallyRequest(id=self.poll))
        log: list[list[Any]] = []
        token = ""
        while True:
            asked = poll_pb2.ListVoteChangesRequest(id=self.poll, page_size=1000, page_token=token)
            page = await self.until_answered(CHAIR, "look", "ListVoteChanges", asked)
            log += [[one.voter, one.option, one.before, one.after] for one in page.changes]
            token = page.next_page_token
            if not token:
                break
        self.players.write(
            {
                "kind": "end",
                "poll": self.poll,
                "first_etag": self.etag,
                "first_subject": self.subject,
                "state": _STATES[got.poll.state],
                "chosen": sum(one.number for one in got.poll.options if one.chosen),
                "etag": got.poll.etag,
                "subject": got.poll.subject,
                "votes": _votes(got.poll.ballots),
                "tally": [[one.option, one.no, one.if_need_be, one.yes] for one in tally.standings],
                "log": log,
                "places": self.its.places,
            }
        )


def _new_poll(its: Round) -> poll_pb2.CreatePollRequest:
    days = [common_pb2.Time(date=_DAY.format(number)) for number in (1, 2, 3)]
    return poll_pb2.CreatePollRequest(
        request_id=f"new-{its.seed}-{time.monotonic_ns()}",
        subject="first",
        options=[
            poll_pb2.ProposedOption(start=day, places=its.places if at == 0 else 0) for at, day in enumerate(days)
        ],
        voters=[poll_pb2.ProposedVoter(name=name) for name in people(its.voters)],
    )


def _reason(error: grpc.aio.AioRpcError) -> str:
    """The reason that a refusal gives for programs; "" for none."""
    for key, value in error.trailing_metadata() or ():
        if key == GRPC_DETAILS_METADATA_KEY:
            for detail in Status.FromString(value).details:
                info = error_details_pb2.ErrorInfo()
                if detail.Unpack(info):
                    return str(info.reason)
    return ""


def _told(kind: str, who: str, answer: Any) -> dict[str, Any]:
    """What an answer tells that the history is held to."""
    if kind in ("cast", "withdraw"):
        return {"answer": _votes(answer.ballots)}
    if kind == "read":
        poll = answer.poll
        shown = poll.ballots if who == CHAIR else [one for one in poll.ballots if one.voter == who]
        return {"answer": _votes(shown), "state": _STATES[poll.state], "who": "" if who == CHAIR else who}
    if kind in ("edit", "close", "choose"):
        return {"told": answer.poll.etag}
    return {}


def _votes(ballots: Any) -> list[list[Any]]:
    return sorted([one.voter, one.option, one.vote] for one in ballots)


async def main(log: str, *addresses: str) -> None:
    """Play the rounds that come in."""
    loop = asyncio.get_running_loop()
    with open(log, "a", encoding="utf-8") as file:
        players = Players(file, list(addresses))
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            its = json.loads(line)
            await players.play(Round(**{**its, "barriers": tuple(its["barriers"])}))
            file.flush()
            print("done", flush=True)
        await players.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
