"""Free/busy over stored calendars: columns of rules beside iCalendar text, from an SQLite file.

    python -m benchmarks.storing [CALENDARS]

Calendars of 100 events each, half of them series, asked about a week by a colleague. Before anything is timed, answers
are compared with those of `policy.freebusy_as` on the calendars as they were read. Times are of the processor, the
better of several runs in turn, so that a busy machine tells the same.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from schedcore import Calendar, SeriesTable
from schedcore.ics import parted
from schedcore.policy import Directory, Group, Person, PersonalCalendar, freebusy_as
from schedcore.service.calls import Call, Caller
from schedcore.service.freebusy import FreeBusy
from schedcore.store import Store, calendars, directory, events
from schedcore.v1 import common_pb2
from schedcore.v1 import freebusy_pb2 as pb

__all__ = ["main"]

EVENTS: Final = 100
START: Final = datetime(2026, 10, 19, tzinfo=UTC)
END: Final = START + timedelta(days=7)
#: Half of the events recur, as in `benchmarks.series`; one in a hundred is of a kind that no row can say.
RULES: Final = [None, None, None, "FREQ=WEEKLY;BYDAY=MO,WE", "FREQ=DAILY;COUNT=30", "FREQ=MONTHLY;BYDAY=2TU"]
CLASSES: Final = ["PUBLIC"] * 8 + ["CONFIDENTIAL", "PRIVATE"]


def text_of(number: int) -> str:
    """A calendar of one person."""
    rng = random.Random(number)
    found = ["BEGIN:VCALENDAR", "VERSION:2.0"]
    for place in range(EVENTS):
        day, hour = date(2025, 8, 1) + timedelta(days=rng.randrange(480)), rng.randrange(7, 18)
        rule = "FREQ=HOURLY;INTERVAL=30" if place == 0 else rng.choice(RULES)
        found += [
            "BEGIN:VEVENT",
            f"UID:{place}-{number}@example.com",
            "DTSTAMP:20260101T000000Z",
            f"SUMMARY:Event {place}",
            f"CLASS:{rng.choice(CLASSES)}",
            f"DTSTART;TZID=Europe/Zurich:{day:%Y%m%d}T{hour:02}0000",
            f"DTEND;TZID=Europe/Zurich:{day:%Y%m%d}T{hour:02}4500",
            *([] if rule is None else [f"RRULE:{rule}"]),
            "END:VEVENT",
        ]
    return "\r\n".join([*found, "END:VCALENDAR", ""])


def stored(store: Store, texts: list[str]) -> Directory:
    """Everybody in one group, each with their calendar."""
    people = [Person(f"p{number}", [f"p{number}@example.com"]) for number in range(len(texts))]
    group = Group("all", [one.id for one in people])
    with store.writing() as tx:
        for person in people:
            directory.put_person(tx, person)
        directory.put_group(tx, group)
    for person, text in zip(people, texts, strict=True):
        its = [events.Event(uid, data, native=False) for uid, data in parted(Calendar.from_ical(text)).items()]
        with store.writing() as tx:
            calendars.create(tx, calendars.Shown(person.id, PersonalCalendar(person.id, None, tz="Europe/Zurich")))
            events.put_many(tx, person.id, its)
    return Directory(people, [group])


def timed(call: Callable[[], object], times: int = 1) -> float:
    """Milliseconds of the processor for one call, of so many in a row."""
    began = time.thread_time()
    for _ in range(times):
        call()
    return (time.thread_time() - began) * 1e3 / times


def asking(store: Store, ids: list[str]) -> Callable[[FreeBusy], pb.QueryResponse]:
    """The question of a colleague about some calendars."""
    bounds = [common_pb2.Time(epoch_seconds=int(one.timestamp())) for one in (START, END)]
    window = common_pb2.Window(start=bounds[0], end=bounds[1], tz="UTC")
    request = pb.QueryRequest(subjects=[pb.Subject(calendar=id) for id in ids], window=window)
    return lambda service: service.Query(Call(Caller("p0"), store=store), request)


def check(answer: pb.QueryResponse, texts: list[str], known: Directory) -> int:
    """Compare an answer with that of the calendars; how many stretches it has."""
    its = [
        PersonalCalendar(f"p{number}", Calendar.from_ical(text), tz="Europe/Zurich")
        for number, text in enumerate(texts)
    ]
    expected = freebusy_as("p0", its, START, END, directory=known)
    for owner, person in enumerate(answer.people):
        wanted = [(one.start, one.end, one.status + 1) for one in expected.blocks(owner)]
        assert wanted == [(one.start, one.end, one.status) for one in person.blocks], owner
    return len(expected.people)


def measured(folder: Path, count: int) -> dict[str, float]:
    """What each way costs, in milliseconds."""
    texts = [text_of(number) for number in range(count)]
    with Store.open(f"sqlite:///{folder}/calendars.db") as store:
        known = stored(store, texts)
        all_of, one = asking(store, list(map(str, (f"p{n}" for n in range(count))))), asking(store, ["p1"])
        found: dict[str, float] = {}
        found["columns made of all events, first question"] = timed(lambda: all_of(FreeBusy()))
        warm = FreeBusy()
        sample = all_of(warm)
        assert check(sample, texts[:20], known) if count <= 20 else check_first(sample, texts, known)
        for _ in range(3):
            _best(found, "columns from the store", timed(lambda: all_of(FreeBusy())))
            _best(found, "columns in memory", timed(lambda: all_of(warm)))
            _best(found, "iCalendar text to a table in C, nobody's rights asked", timed(lambda: _by_table(texts)))
            _best(found, "one calendar in memory", timed(lambda: one(warm), 200))
            _best(found, "a transaction without a question", timed(lambda: _nothing(store), 200))
        few = texts[: max(1, count // 50)]
        found["iCalendar text to calendars and freebusy_as"] = (
            timed(lambda: _by_calendars(few, known)) * count / len(few)
        )
    return found


def check_first(answer: pb.QueryResponse, texts: list[str], known: Directory) -> int:
    """The same for the first twenty of many."""
    first: Any = pb.QueryResponse(people=answer.people[:20])
    return check(first, texts[:20], known)


def _best(found: dict[str, float], name: str, value: float) -> None:
    found[name] = min(value, found.get(name, value))


def _by_table(texts: list[str]) -> None:
    SeriesTable.from_ical(texts).overlapping(START, END)


def _by_calendars(texts: list[str], known: Directory) -> None:
    its = [PersonalCalendar(f"p{n}", Calendar.from_ical(text)) for n, text in enumerate(texts)]
    freebusy_as("p0", its, START, END, directory=known)


def _nothing(store: Store) -> None:
    with store.reading() as tx:
        directory.revision(tx)


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    with tempfile.TemporaryDirectory() as folder:
        found = measured(Path(folder), count)
    print(f"{count} calendars of {EVENTS} events, a week; milliseconds of the processor")
    for name, value in found.items():
        print(f"{value:12.3f}  {name}")


if __name__ == "__main__":
    main()
