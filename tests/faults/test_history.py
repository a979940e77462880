"""The judge of histories, judged: what it takes and refuses, beside a twin that tries all orders."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faults.history import DONE, NEVER, REFUSED, UNKNOWN, End, History, Op, operations, order_of, problems

ANNA, BEN = "anna", "ben"


def votes(**said: int):
    """Votes for option 1."""
    return frozenset(((voter, 1), vote) for voter, vote in said.items())


def cast(who: str, began: int, ended: int, vote: int, outcome: str = DONE, **more) -> Op:
    answer = votes(**{who: vote}) if outcome == DONE else None
    its = {"said": ((1, vote),), "answer": answer, **more}
    return Op("cast", who, began, NEVER if outcome == UNKNOWN else ended, outcome, **its)


def end(state: str = "closed", etag: str = "e2", subject: str = "", log=(), chosen: int = 0, **said: int) -> End:
    sums = [0, 0, 0]
    for vote in said.values():
        sums[vote - 1] += 1
    return End(state, chosen, etag, subject, votes(**said), {1: tuple(sums)}, log)


CLOSE = Op("close", "chair", 100, 200, told="e2")
STALE = Op("edit", "chair", 5, 7, REFUSED, reason="STALE_ETAG", etag="e1")
#: Anna says no, then yes, before the close; Ben's yes is refused behind it.
GOOD = History(
    [
        cast(ANNA, 10, 20, 1),
        cast(ANNA, 30, 150, 3),
        CLOSE,
        cast(BEN, 90, 210, 3, REFUSED, reason="CLOSED"),
    ],
    end(anna=3, log=[("anna", 1, 0, 1), ("anna", 1, 1, 3)]),
    etag="e1",
    options=[1],
)


def test_a_good_one():
    """What is right is taken."""
    assert [] == problems(GOOD)


def with_end(**its):
    return replace(GOOD, end=end(**its))


def with_op(at: int, **its):
    ops = list(GOOD.ops)
    ops[at] = replace(ops[at], **its)
    return replace(GOOD, ops=ops)


TWO = [("anna", 1, 0, 1), ("anna", 1, 1, 3)]


@pytest.mark.parametrize(
    ("what", "history"),
    [
        ("an acknowledged vote is lost", with_end(anna=1, log=TWO[:1])),
        ("nothing of a voter is left", with_end()),
        ("a vote that was refused counts", with_end(anna=3, ben=3, log=[*TWO, ("ben", 1, 0, 3)])),
        ("somebody votes who never asked", with_end(anna=3, carl=3, log=[*TWO, ("carl", 1, 0, 3)])),
        ("the log has an entry too many", with_end(anna=3, log=[*TWO, *TWO])),
        ("the log lacks an entry", with_end(anna=3, log=TWO[1:])),
        ("the log is in another order", with_end(anna=3, log=TWO[::-1])),
        ("a vote was acknowledged that was asked after the close", with_op(1, began=201, ended=210)),
        ("a vote was refused that was known before the close", with_op(3, ended=95)),
        ("an answer tells what nobody said", with_op(1, answer=votes(anna=2))),
        ("an answer tells what was said later", with_op(0, answer=votes(anna=3))),
        ("it is open in the end", with_end(state="open", etag="e1", anna=3, log=TWO)),
        ("it is chosen in the end", with_end(state="chosen", chosen=1, anna=3, log=TWO)),
        ("it was closed twice", replace(GOOD, ops=[*GOOD.ops, replace(CLOSE, told="e3")])),
        ("it was closed by nobody", replace(GOOD, ops=GOOD.ops[:2])),
        ("the etag is none that anybody was told", with_end(etag="e9", anna=3, log=TWO)),
        ("a stale etag was taken", with_op(2, etag="e0")),
        ("a good etag was refused", replace(GOOD, ops=[*GOOD.ops, STALE])),
        (
            "the tally is not the sum of the votes",
            replace(GOOD, end=replace(GOOD.end, tally={1: (0, 0, 2)})),
        ),
        (
            "what was read before is not what was there",
            replace(GOOD, ops=[*GOOD.ops, Op("read", "", 22, 25, answer=votes(), state="open")]),
        ),
        (
            "what was read behind the close is not the end",
            replace(GOOD, ops=[*GOOD.ops, Op("read", "", 300, 310, answer=votes(anna=1), state="closed")]),
        ),
    ],
)
def test_each_fault_is_found(what, history):
    """Each single lie, in an otherwise good history, is found."""
    assert problems(history), what


def test_what_nobody_knows():
    """A vote that was lost counts or does not, and may come late, but not behind the close, and only once."""
    lost = cast(BEN, 50, 0, 3, UNKNOWN)
    both = [replace(GOOD, ops=[*GOOD.ops[:3], lost])]
    assert [] == problems(both[0])
    counted = end(anna=3, ben=3, log=[*TWO, ("ben", 1, 0, 3)])
    assert [] == problems(replace(both[0], end=counted))
    assert problems(replace(both[0], ops=[*GOOD.ops[:3], replace(lost, began=201)], end=counted))
    again = end(anna=3, ben=3, log=[*TWO, ("ben", 1, 0, 3), ("ben", 1, 3, 1), ("ben", 1, 1, 3)])
    changed = cast(BEN, 60, 70, 1)
    assert problems(replace(both[0], ops=[*GOOD.ops[:3], lost, changed], end=again))


def test_a_close_that_nobody_knows():
    """A close that was lost may have happened, and then votes behind it are refused."""
    lost = replace(CLOSE, outcome=UNKNOWN, ended=NEVER, told="")
    assert [] == problems(with_op(2, outcome=UNKNOWN, ended=NEVER, told=""))
    assert [] == problems(
        replace(GOOD, ops=[*GOOD.ops[:2], lost], end=end(state="open", etag="e1", anna=3, log=TWO))
    )


def test_places():
    """One place for two: one has it, the other was refused while it was taken, and a free one is not refused."""
    ops = [cast(ANNA, 10, 20, 3), cast(BEN, 12, 30, 3, REFUSED, reason="FULL")]
    log = [("anna", 1, 0, 3)]
    open_ = {"state": "open", "etag": "e1"}
    good = History(ops, end(**open_, anna=3, log=log), "e1", places={1: 1}, options=[1])
    assert [] == problems(good)
    assert problems(replace(good, places={1: 2}))
    both = end(**open_, anna=3, ben=3, log=[*log, ("ben", 1, 0, 3)])
    assert problems(replace(good, ops=[ops[0], cast(BEN, 12, 30, 3)], end=both))
    assert problems(replace(good, ops=[ops[0], replace(ops[1], began=1, ended=5)]))
    given = [cast(ANNA, 10, 20, 3), cast(ANNA, 30, 40, 1), cast(BEN, 12, 50, 3)]
    log = [("anna", 1, 0, 3), ("anna", 1, 3, 1), ("ben", 1, 0, 3)]
    assert [] == problems(replace(good, ops=given, end=end(**open_, anna=1, ben=3, log=log)))


def test_edits():
    """Of two edits with one etag one wins; the other reads again; a lost one may stand between two that are known."""
    edit = Op("edit", "chair", 10, 20, etag="e1", told="e2", subject="a")
    last = end(state="open", etag="e3", subject="b")
    second = Op("edit", "chair", 30, 40, etag="e2", told="e3", subject="b")
    refused = Op("edit", "chair", 10, 25, REFUSED, reason="STALE_ETAG", etag="e1", subject="b")
    good = History([edit, refused, second], last, "e1", options=[1])
    assert [] == problems(good)
    assert problems(replace(good, ops=[edit, replace(second, etag="e1")]))
    assert problems(replace(good, end=replace(last, subject="a")))
    lost = replace(edit, outcome=UNKNOWN, ended=NEVER, told="")
    assert [] == problems(replace(good, ops=[lost, second]))
    assert problems(replace(good, ops=[second]))


def line(code: str, began: int, ended: int, **more):
    its = {"kind": "cast", "who": ANNA, "id": "1", "said": [[1, 3]], "reason": "", "answer": None}
    return {**its, "etag": "", "told": "", "began": began, "ended": ended, "code": code, **more}


def test_attempts():
    """Attempts with one id are one operation; unlike answers, and mistakes, are wrong whatever the order."""
    answer = [[ANNA, 1, 3]]
    lost, done, again = (
        line("UNAVAILABLE", 1, 2),
        line("OK", 3, 4, answer=answer),
        line("OK", 5, 6, answer=answer),
    )
    assert ([cast(ANNA, 1, 4, 3)], []) == operations([lost, done, again])
    assert ([cast(ANNA, 1, 0, 3, UNKNOWN)], []) == operations([lost])
    assert operations([done, line("OK", 5, 6, answer=[[ANNA, 1, 1]])])[1]
    assert operations([line("INTERNAL", 1, 2)])[1]
    (refused,) = operations([line("FAILED_PRECONDITION", 1, 2, reason="CLOSED")])[0]
    assert (REFUSED, "CLOSED", 2) == (refused.outcome, refused.reason, refused.ended)


def step(state: int, op: Op) -> int | None:
    """A register: `told` is what was written, `reason` what was read."""
    if op.kind == "cast":
        return int(op.told)
    return state if op.reason == str(state) else None


def twin(ops, last: int) -> bool:
    """Whether any order of any choice of the unknown ones does, tried one after the other."""
    must = [op for op in ops if op.outcome == DONE]
    rest = [op for op in ops if op.outcome == UNKNOWN]
    for chosen in range(1 << len(rest)):
        some = must + [op for at, op in enumerate(rest) if chosen >> at & 1]
        for order in permutations(some):
            if any(late.ended < early.began for at, early in enumerate(order) for late in order[at + 1 :]):
                continue
            state: int | None = 0
            for op in order:
                state = None if state is None else step(state, op)
            if state == last:
                return True
    return False


@st.composite
def registers(draw) -> list[Op]:
    ops = []
    for _ in range(draw(st.integers(1, 5))):
        began = draw(st.integers(0, 8))
        ended = began + draw(st.integers(0, 6))
        value = str(draw(st.integers(0, 2)))
        kind = draw(st.sampled_from(["cast", "cast", "read", "lost"]))
        if kind == "lost":
            ops.append(Op("cast", ANNA, began, NEVER, UNKNOWN, told=value))
        else:
            ops.append(Op(kind, ANNA, began, ended, told=value, reason=value))
    return ops


@given(registers(), st.integers(0, 2))
def test_search_beside_all_orders(ops, last):
    """The search finds an order where trying all of them finds one, and nowhere else."""
    found = order_of(ops, step, 0, lambda state: state == last)
    assert twin(ops, last) == (found is not None)
    if found is not None:
        state: int | None = 0
        for op in found:
            state = step(state, op)
        assert last == state
