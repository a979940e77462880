"""Whether what happened to a poll has an explanation: some order of all that was asked gives every answer, and the end.

The clients write down what they asked and were told (`attempts`): when they asked, when they knew, and what. Nothing is
taken from the server but its answers. Times are of one monotonic clock that all processes of a machine share.

Theory
1. An operation takes effect at one moment between asking and knowing. What was acknowledged took effect. What was
   refused did not. What was neither (the connection lost, UNAVAILABLE, the deadline) took effect at some moment after
   it was asked, perhaps later than its caller gave up, or never. A history is right if such moments can be chosen that
   the operations, done one by one in their order by a poll that is a plain value, give each the answer that it got, and
   in the end what was read in the end (linearizability: Herlihy and Wing, 1990).
2. Attempts with one request id are one operation. It took effect once, between the first asking and the first
   acknowledgement, and all acknowledgements are alike. A second effect would show: what was said in between would be
   gone again, or the log would have an entry too many.
3. A vote is a write to registers, one for each (voter, option), all of them at once; its answer reads all registers of
   that voter. A place is a counter: what votes yes where the yes of others fill it must be refused, and may be refused
   only then.
4. Closing, and choosing a date, is a barrier: exactly one happens, what was acknowledged lies before it, and what was
   refused as closed behind it. So one moment must lie in the barrier's own interval, not before anybody asked who was
   acknowledged, and not after anybody knew who was refused. The latest such moment leaves the votes the most room.
5. Given that moment, voters do not touch each other's registers: each voter's operations are ordered by themselves.
   Where an option has few places, they are not alone, and the operations of all are ordered together.
6. Edits compare and set: each names the etag that it read, or none, and gives a new one. They are ordered by
   themselves, with the barrier, since votes leave the etag alone.
7. The log of votes that the poll keeps is held to the same order: every entry is the change of one operation, each
   operation's changes are in it once, and replayed it gives the end.

The search (after Wing and Gong, 1993): take any operation that was asked before every other was known, do it, go on;
go back where an answer does not fit. Positions that were seen are not searched again (Lowe, 2017). A read or a refusal
is taken as soon as it fits: it changes nothing, whenever it is, and can only be in the way later. (A write that happens
to change nothing now is another matter: later it might.)

What this does not see: that what one read tells of several voters is of one moment, where places are many; each voter's
part is explained by itself.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

__all__ = ["DONE", "NEVER", "REFUSED", "UNKNOWN", "End", "History", "Op", "operations", "order_of", "problems"]

#: Later than every moment.
NEVER = 1 << 62
#: Positions of one search; the histories of the tests take some hundreds. More is told, and never taken for an answer.
MOST = 400_000

DONE, REFUSED, UNKNOWN = "done", "refused", "unknown"
#: Codes with which nothing was done, for sure.
NOTHING_DONE = frozenset(
    (
        "INVALID_ARGUMENT",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION",
        "UNAUTHENTICATED",
    )
)
#: Codes of a connection that was lost, a server that was away, a deadline: nobody can know. All others are mistakes.
NOBODY_KNOWS = frozenset(("UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED"))

YES = 3
Votes = frozenset[tuple[tuple[str, int], int]]  # ((voter, option), vote)


@dataclass(frozen=True, slots=True)
class Op:
    """One operation: who asked what and when, how it came out, when that was known, and the answer.

    `kind` is cast, withdraw, read, edit, close or choose. `said` has the votes of a cast, the options of a withdrawal
    with None, the option that was chosen. `answer` has the votes that it told: the voter's own, or all of them for a
    read of the creator's. `etag` is what an edit or a barrier named, `told` the etag in its answer.
    """

    kind: str
    who: str
    began: int
    ended: int
    outcome: str = DONE
    said: tuple[tuple[int, int | None], ...] = ()
    reason: str = ""
    answer: Votes | None = None
    etag: str = ""
    told: str = ""
    state: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class End:
    """What is read in the end, when nobody asks anything any more."""

    state: str  # open, closed, chosen
    chosen: int
    etag: str
    subject: str
    votes: Votes
    tally: Mapping[int, tuple[int, int, int]]  # option: no, if need be, yes
    log: Sequence[tuple[str, int, int, int]]  # voter, option, before, after; 0 for nothing


@dataclass(frozen=True, slots=True)
class History:
    """All that happened to one poll, from the making on."""

    ops: Sequence[Op]
    end: End
    etag: str = ""
    subject: str = ""
    places: Mapping[int, int] = field(default_factory=dict)
    options: Sequence[int] = ()


def problems(history: History) -> list[str]:
    """What has no explanation, in words; nothing if all has one."""
    found, moment = _barrier(history)
    if not found:
        found = _votes(history, moment)
    return found + _edits(history) + _tally(history)


# --- operations from attempts -----------------------------------------------------------------------------------------


def operations(attempts: Iterable[Mapping[str, Any]]) -> tuple[list[Op], list[str]]:
    """The operations of some attempts, as the clients wrote them down, and what is wrong whatever the order."""
    by_id: dict[tuple[str, str, str], list[Mapping[str, Any]]] = defaultdict(list)
    ops, wrong = [], []
    for one in attempts:
        if one["id"]:
            by_id[one["kind"], one["who"], one["id"]].append(one)
        else:
            ops.append(_op(one))
        if outcome(one["code"]) is None:
            wrong.append(f"a mistake of the server's: {one}")
    for key, its in by_id.items():
        done = [one for one in its if one["code"] == "OK"]
        if any(one["answer"] != done[0]["answer"] or one["told"] != done[0]["told"] for one in done):
            wrong.append(f"repeats were answered otherwise than the first: {key}: {done}")
        ops += _merged(its, done)
    return ops, wrong


def outcome(code: str) -> str | None:
    """What a status says of the operation; None for a mistake of the server's."""
    if code == "OK":
        return DONE
    return REFUSED if code in NOTHING_DONE else UNKNOWN if code in NOBODY_KNOWS else None


def _merged(its: list[Mapping[str, Any]], done: list[Mapping[str, Any]]) -> list[Op]:
    """Attempts with one request id: one operation, but for refusals without any effect, each of which is told apart."""
    began = min(one["began"] for one in its)
    if done:
        return [replace(_op(min(done, key=lambda one: one["ended"])), began=began)]
    lost = [one for one in its if outcome(one["code"]) != REFUSED]
    refused = [_op(one) for one in its if outcome(one["code"]) == REFUSED]
    if not lost:
        return refused
    return [*refused, replace(_op(lost[0]), began=began, ended=NEVER, outcome=UNKNOWN)]


def _op(one: Mapping[str, Any]) -> Op:
    its = outcome(one["code"]) or UNKNOWN
    answer = one.get("answer")
    return Op(
        one["kind"],
        one["who"],
        one["began"],
        NEVER if its == UNKNOWN else one["ended"],
        its,
        tuple((option, vote) for option, vote in one["said"]),
        one["reason"],
        None if answer is None else frozenset(((voter, option), vote) for voter, option, vote in answer),
        one["etag"],
        one["told"],
        one.get("state", ""),
        one.get("subject", ""),
    )


# --- the search -------------------------------------------------------------------------------------------------------


def order_of(
    ops: Iterable[Op], step: Callable[[Any, Op], Any], start: Any, is_end: Callable[[Any], bool]
) -> list[Op] | None:
    """An order in which every operation fits that is known to have had its moment, and the end does; None for none.

    `step` gives the state after an operation, None where it does not fit. Operations of unknown outcome may be left
    out. OverflowError for a search that grows too long.
    """
    those = sorted(ops, key=lambda op: op.ended)
    must = sum(1 << at for at, op in enumerate(those) if op.outcome != UNKNOWN)
    positions: list[tuple[int, Any, Any]] = [(0, start, None)]  # what is done, the state, how it came to it
    seen = {(0, start)}
    while positions:
        done, state, path = positions.pop()
        if done & must == must and is_end(state):
            return _path(path)
        for at, op, new in reversed(_next(those, done, must, state, step)):
            key = (done | 1 << at, new)
            if key not in seen:
                seen.add(key)
                positions.append((*key, (op, path)))
        if len(seen) > MOST:
            raise OverflowError(f"no order found among {MOST} positions of {len(those)} operations")
    return None


def _next(those: Sequence[Op], done: int, must: int, state: Any, step: Any) -> list[tuple[int, Op, Any]]:
    """The operations that can come next."""
    left = [(at, op) for at, op in enumerate(those) if not done >> at & 1]
    known = min((op.ended for at, op in left if must >> at & 1), default=NEVER)
    found = []
    for at, op in left:
        if op.began > known:
            continue
        new = step(state, op)
        if new is None or (new == state and op.outcome == UNKNOWN):
            continue
        if op.kind == "read" or op.outcome == REFUSED:
            return [(at, op, new)]
        found.append((at, op, new))
    return found


def _path(path: Any) -> list[Op]:
    found = []
    while path is not None:
        op, path = path
        found.append(op)
    return found[::-1]


# --- the barrier ------------------------------------------------------------------------------------------------------


def _barrier(history: History) -> tuple[list[str], int]:
    """What is wrong with how the poll was closed, and the latest moment at which it can have been."""
    tried = [op for op in history.ops if op.kind in ("close", "choose")]
    won = [op for op in tried if op.outcome == DONE]
    if len(won) > 1:
        return [f"closed {len(won)} times: {won}"], NEVER
    if not won and history.end.state != "open":
        won = [op for op in tried if op.outcome == UNKNOWN and _fits(op, history.end)][:1]
        if not won:
            return [f"{history.end.state} though nobody did it: {tried}"], NEVER
    if not won:
        behind = [op for op in history.ops if _is_behind(op)]
        return ([f"refused as closed though it is open: {behind}"] if behind else []), NEVER
    (barrier,) = won
    if not _fits(barrier, history.end):
        return [f"{history.end} is not what {barrier} asked for"], NEVER
    first = max([barrier.began, *(op.began for op in history.ops if _is_before(op))])
    last = min([barrier.ended, *(op.ended for op in history.ops if _is_behind(op))])
    if first > last:
        early = [op for op in history.ops if _is_behind(op) and op.ended < first]
        late = [op for op in history.ops if _is_before(op) and op.began > last]
        return [f"no moment can be that of {barrier}, because of {early} and {late}"], NEVER
    reads = [op for op in history.ops if op.kind == "read" and op.state not in ("", "open")]
    wrong = [op for op in reads if op.answer != _seen(op, history.end.votes)]
    return ([f"read when closed, and otherwise in the end: {wrong}"] if wrong else []), last


def _fits(op: Op, end: End) -> bool:
    """Whether a poll is in the end what this made of it."""
    if op.kind == "close":
        return end.state == "closed"
    return end.state == "chosen" and op.said[0][0] == end.chosen


def _is_before(op: Op) -> bool:
    """Whether its moment is certainly before the barrier."""
    if op.kind in ("cast", "withdraw", "edit"):
        return op.outcome == DONE or op.reason in ("FULL", "NO_VOTE")
    return op.kind == "read" and op.outcome == DONE and op.state == "open"


def _is_behind(op: Op) -> bool:
    """Whether its moment is certainly behind the barrier."""
    return op.reason == "CLOSED" or (op.kind == "read" and op.outcome == DONE and op.state not in ("", "open"))


# --- votes ------------------------------------------------------------------------------------------------------------

State = tuple[Votes, int]  # the votes, and how much of the log they explain


def _votes(history: History, moment: int) -> list[str]:
    """Groups of voters whose operations have no order."""
    ops = [
        replace(op, ended=min(op.ended, moment))
        for op in history.ops
        if op.kind in ("cast", "withdraw", "read") and not _is_behind(op) and op.began <= moment and _counts(op)
    ]
    end = history.end
    if history.places:
        return _unexplained("all voters", ops, end.votes, [(v, o, b, a) for v, o, b, a in end.log], history.places)
    voters = {op.who for op in ops if op.kind != "read"}
    voters |= {voter for (voter, _), _ in end.votes} | {voter for voter, *_ in end.log}
    found = []
    for voter in sorted(voters):
        its = [_part(op, voter) for op in ops if op.who == voter or op.kind == "read"]
        votes = frozenset(one for one in end.votes if one[0][0] == voter)
        log = [line for line in end.log if line[0] == voter]
        found += _unexplained(voter, its, votes, log, {})
    return found


def _counts(op: Op) -> bool:
    """Whether an operation says anything of the votes: done or not known, or refused for a reason that they give."""
    return op.outcome != REFUSED or op.reason in ("FULL", "NO_VOTE")


def _part(op: Op, voter: str) -> Op:
    """What a read tells of one voter."""
    if op.kind != "read" or op.answer is None:
        return op
    return replace(op, answer=frozenset(one for one in op.answer if one[0][0] == voter))


def _unexplained(
    whose: str, ops: list[Op], votes: Votes, log: list[tuple[str, int, int, int]], places: Mapping[int, int]
) -> list[str]:
    def is_end(state: State) -> bool:
        return state == (votes, len(log))

    def step(state: State, op: Op) -> State | None:
        return _step(state, op, log, places)

    if order_of(ops, step, (frozenset(), 0), is_end) is not None:
        return []
    asked = sorted(ops, key=lambda op: op.began)
    return [f"no order of what {whose} asked gives {sorted(votes)} and log {log}: " + "; ".join(map(str, asked))]


def _step(
    state: State, op: Op, log: Sequence[tuple[str, int, int, int]], places: Mapping[int, int]
) -> State | None:
    """The state after an operation; None where its answer, or the log, says that this is not its place."""
    votes, at = state
    if op.kind == "read":
        return state if op.answer == _seen(op, votes) else None
    own = {option: vote for (voter, option), vote in votes if voter == op.who}
    after = _after(own, op)
    if op.outcome == REFUSED:
        return state if after is None or not _has_room(votes, op, after, places) else None
    if after is None or not _has_room(votes, op, after, places):
        return None
    if op.answer is not None and op.answer != frozenset(((op.who, option), vote) for option, vote in after.items()):
        return None
    changed = {
        (op.who, option, own.get(option, 0), after.get(option, 0))
        for option in own.keys() | after.keys()
        if own.get(option) != after.get(option)
    }
    if Counter(changed) != Counter(log[at : at + len(changed)]):
        return None
    others = frozenset(one for one in votes if one[0][0] != op.who)
    return others | {((op.who, option), vote) for option, vote in after.items()}, at + len(changed)


def _after(own: Mapping[int, int], op: Op) -> dict[int, int] | None:
    """What a voter says after an operation; None for a withdrawal of nothing."""
    if op.kind == "cast":
        return {**own, **{option: vote for option, vote in op.said if vote is not None}}
    gone = {option for option, _ in op.said} or set(own)
    return {option: vote for option, vote in own.items() if option not in gone} if gone & own.keys() else None


def _has_room(votes: Votes, op: Op, after: Mapping[int, int], places: Mapping[int, int]) -> bool:
    for option, most in places.items():
        others = sum(1 for (voter, one), vote in votes if one == option and vote == YES and voter != op.who)
        if others + (after.get(option) == YES) > most:
            return False
    return True


def _seen(op: Op, votes: Votes) -> Votes:
    """What a read tells of the votes: its own to a voter, all to the creator, whose reads are of nobody."""
    return votes if op.who == "" else frozenset(one for one in votes if one[0][0] == op.who)


# --- edits, and the tally ---------------------------------------------------------------------------------------------


def _edits(history: History) -> list[str]:
    """Whether edits, closing and choosing have an order in which each etag named was that of the poll then."""
    ops = [op for op in history.ops if op.kind in ("edit", "close", "choose") and _is_of_etags(op)]
    known = {op.told for op in ops if op.outcome == DONE} | {history.etag}

    def step(state: tuple[str, str, bool], op: Op) -> tuple[str, str, bool] | None:
        etag, subject, is_open = state
        # After an edit whose answer was lost nobody knows the etag, but that it is none that others were told.
        named = not op.etag or (op.etag == etag if etag else op.etag not in known)
        if op.outcome == REFUSED:
            if op.reason == "CLOSED":
                return None if is_open else state
            return None if named else state
        if not named or not is_open:
            return None
        told = op.told if op.outcome == DONE else ""
        return told, op.subject if op.kind == "edit" else subject, op.kind == "edit"

    def is_end(state: tuple[str, str, bool]) -> bool:
        etag, subject, is_open = state
        fits = etag == history.end.etag if etag else history.end.etag not in known
        return fits and (subject, is_open) == (history.end.subject, history.end.state == "open")

    if order_of(ops, step, (history.etag, history.subject, True), is_end) is not None:
        return []
    return [f"no order of edits leads from {history.etag} to {history.end}: {ops}"]


def _is_of_etags(op: Op) -> bool:
    return op.outcome != REFUSED or op.reason in ("CLOSED", "STALE_ETAG")


def _tally(history: History) -> list[str]:
    """Whether the tally is the sum of the votes, and places are not given twice."""
    counted: dict[int, list[int]] = {option: [0, 0, 0] for option in history.options}
    for (_, option), vote in history.end.votes:
        counted.setdefault(option, [0, 0, 0])[vote - 1] += 1
    found = []
    if {option: tuple(sums) for option, sums in counted.items()} != dict(history.end.tally):
        found.append(f"the tally is {history.end.tally}, the votes are {counted}")
    for option, most in history.places.items():
        if counted[option][YES - 1] > most:
            found.append(f"option {option} has {most} places, and {counted[option][YES - 1]} have one")
    return found
