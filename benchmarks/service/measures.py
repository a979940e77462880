"""What is measured of a server under load: latencies, memory, and what becomes of too many callers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from statistics import median
from typing import Final

from benchmarks.report import Row
from benchmarks.service.office import Question
from benchmarks.service.processes import Callers, Process, Request

__all__ = ["AT_ONCE", "MOST", "load", "memory", "overload"]

AT_ONCE: Final = (1, 8, 64)
#: How many times the echo's p50 those of Next and of a query of one calendar may be, one caller at a time.
MOST: Final = 1.5
JUDGED: Final = ("Next", "Query, one calendar")
#: Seconds that each question is asked in a round.
STRETCH: Final = 0.4
#: Requests of a round, where each is sent once: more than are answered in a stretch. Large ones: so many a caller.
MANY: Final = 1_200
FEW: Final = 4
#: Occurrences or blocks in an answer from which on a question is a large one.
LARGE: Final = 1_000
ECHO: Final = "/echo/Bare"
CALLS: Final = 100_000
PART: Final = 10_000
#: How much of what it holds after the first 20,000 calls a server may hold more after 100,000.
GROWTH: Final = 0.05
#: Callers that are ten times what workers and waiting room have places for, and seconds that they go on.
CROWD: Final = 680
CROWD_FOR: Final = 10.0
#: Seconds that do not count: all come at once, and all who are refused are told for the first time when to come again.
CROWD_COMES: Final = 4.0
#: How many times its p99 with a full waiting room the p99 of what is admitted may be with a crowd outside.
KEPT: Final = 2.0


def load(
    questions: Sequence[Question], store: str, server: Process, echo: Process, callers: Callers, rounds: int
) -> Iterator[Row]:
    """Latencies of each question and of the echo, for each number of callers."""
    (path, principal, data), *_ = questions[0].requests
    asked: dict[str, tuple[str, Callable[[int], list[Request]]]] = {
        "echo": (echo.address, lambda _: [(ECHO, "", data)]),
        **({"bridge": (echo.address, lambda _: [(path, principal, data)])} if store == "SQLite" else {}),
        **{one.name: (server.address, one.some) for one in questions},
    }
    for number in AT_ONCE:
        found: dict[str, list[list[float]]] = {name: [] for name in asked}
        large = {one.name for one in questions if one.size >= LARGE}
        for turn in range(rounds):
            for name, (address, some) in asked.items():
                if turn and number > 1 and name in large:
                    continue  # each of its rounds takes many times the stretch, and has an answer for every caller
                most = FEW * max(number, FEW) if name in large else MANY
                answers = callers.call(address, some(most), number, seconds=STRETCH)
                refused = {code: len(took) for code, took in answers.items() if code not in ("OK", "unannounced")}
                if refused:
                    raise AssertionError(f"{name}, {number} callers: refused {refused}")
                found[name].append(sorted(answers["OK"]))
        echoes = [_at(took, 0.5) for took in found["echo"]]  # those of the first rounds, where there are fewer
        for name in list(asked)[1:]:
            yield _row(name, store, number, found[name], echoes)


def _row(name: str, store: str, number: int, found: list[list[float]], echoes: list[float]) -> Row:
    """The medians of the rounds: p50, p99, and the p50 of an echo at the median of their ratios."""
    p50 = median(_at(took, 0.5) for took in found)
    ratio = median(_at(took, 0.5) / echo for took, echo in zip(found, echoes, strict=False))
    seconds = {
        "p50": p50 / 1e6,
        "p99": median(_at(took, 0.99) for took in found) / 1e6,
        "mean": median(sum(took) / len(took) for took in found) / 1e6,
        "echo": p50 / ratio / 1e6,
    }
    floors = {"echo": 1 / MOST} if name in JUDGED and number == 1 and store == "SQLite" else {}
    return Row(f"load {number}", f"{name}, {store}", sum(map(len, found)), seconds, floors)


def memory(questions: Sequence[Question], server: Process, callers: Callers) -> Iterator[Row]:
    """Resident bytes of the server (as `size`) after each part of many calls of all kinds, eight callers."""
    cheap = [one for one in questions if one.size < LARGE]
    rounds = min(len(one.requests) for one in cheap if len(one.requests) > 1)
    often = [*cheap, *(one for one in cheap if one.name in JUDGED)]
    mixed = [one.requests[turn % len(one.requests)] for turn in range(rounds) for one in often]
    for done in range(PART, CALLS + 1, PART):
        answers = callers.call(server.address, mixed, 8, calls=PART)
        if set(answers) != {"OK", "unannounced"}:
            raise AssertionError(f"refused: { {code: len(took) for code, took in answers.items()} }")
        yield Row("memory", f"{done:,} calls", server.resident, {"mean": sum(answers["OK"]) / len(answers["OK"]) / 1e6})


def overload(question: Question, server: Process, callers: Callers) -> Iterator[Row]:
    """A crowd under one name and one caller under another, beside a waiting room that is just full.

    Refused callers wait as they are told. `size` is how many calls were answered, or refused.
    """
    path, _, data = question.requests[0]
    crowd, alone = [(path, "p0001", data)], [(path, "p0002", data)]
    for name, number in (("full", 64), ("crowd", CROWD)):
        many = {
            "address": server.address,
            "requests": crowd,
            "callers": number,
            "seconds": CROWD_FOR,
            "after": CROWD_COMES,
        }
        greedy, modest = callers.apart(many, {**many, "requests": alone, "callers": 1})
        for whose, answers in (("of the many", greedy), ("of the one", modest)):
            codes = set(answers) - {"unannounced", "OK", "RESOURCE_EXHAUSTED"}
            if codes or answers["unannounced"]:
                raise AssertionError(f"{name}: {codes}, {answers['unannounced']} refused without a time to come again")
            for code, told in (("OK", "answered"), ("RESOURCE_EXHAUSTED", "refused")):
                took = sorted(answers.get(code, []))
                seconds = {"p50": _at(took, 0.5) / 1e6, "p99": _at(took, 0.99) / 1e6} if took else {"p50": 0.0}
                yield Row("overload", f"{name}, {whose}: {told}", len(took), seconds)


def _at(took: Sequence[float], part: float) -> float:
    """The latency at a place among sorted ones."""
    return took[min(int(len(took) * part), len(took) - 1)]
