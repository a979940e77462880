"""Values of polls: their JSON form read strictly, who is busy for an option, why the first is first."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from schedcore import Calendar
from schedcore.errors import InvalidValue
from schedcore.freebusy import Unreadable, query
from schedcore.meetings import Guest
from schedcore.polls import Ballot, Cast, Choose, Create, Option, Poll, Vote, Voter, apply, from_json, tally, to_json

NOON = datetime(2026, 10, 25, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ZURICH = ZoneInfo("Europe/Zurich")
TWICE = datetime(2026, 10, 25, 2, 30, tzinfo=ZURICH)
ANNA, BEN, CARLA = (Guest(name, True) for name in ("anna", "ben", "carla"))
BOTH = (Voter(BEN), Voter(CARLA))


def poll(*options, said=(), voters=BOTH, **parts):
    numbered = [Option(one.start, one.end, one.places, number) for number, one in enumerate(options, 1)]
    return Poll("1", options=numbered, voters=voters, ballots=[Ballot(*one, 0) for one in said], **parts)


@pytest.mark.parametrize(
    "start",
    [NOON, TWICE, TWICE.replace(fold=1), NOON.astimezone(timezone(timedelta(hours=5.5))), date(2026, 10, 25)],
)
def test_every_kind_of_time_comes_back(start):
    """Times in any zone, the first and the second time a clock shows them, days: equal, instant for instant."""
    end = start + HOUR if isinstance(start, datetime) else None
    if start == TWICE:
        end = start + 3 * HOUR
    made = Create(by="anna", id="1", creator=ANNA, options=[Option(start, end, 3)], voters=[Voter(BEN, 2, True)])
    back = from_json(json.loads(json.dumps(to_json(made))))
    assert made == back
    assert [one.instant("UTC") for one in made.options] == [one.instant("UTC") for one in back.options]
    value, _ = apply(None, made, NOON - HOUR * 99)
    assert value == from_json(json.loads(json.dumps(to_json(value))))


GOOD = to_json(Choose(by="anna", option=1))
CAST = to_json(Cast(by="ben", votes=[(1, Vote.YES)]))
POLL = to_json(Poll("1"))
MADE = to_json(Create(by="anna", id="1", creator=ANNA, options=[Option(NOON, NOON + HOUR)], voters=[Voter(BEN)]))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, "give an object with a type"),
        ({"type": "Poll2"}, "give an object with a type"),
        (GOOD | {"v": 2}, r"Choose\.v: 2 is not 1"),
        (GOOD | {"v": True}, r"Choose\.v: True is not 1"),
        (GOOD | {"more": 1}, r"Choose\.more is unknown"),
        ({key: value for key, value in GOOD.items() if key != "by"}, r"Choose\.by is missing"),
        (GOOD | {"option": True}, r"Choose\.option: True is no whole number"),
        (GOOD | {"by": ""}, r"Choose: by='': name who acts"),
        (CAST | {"votes": [[1, "perhaps"]]}, r"Cast\.votes\[0\]\[1\]: 'perhaps' is none of no, if_need_be, yes"),
        (CAST | {"votes": [[1]]}, r"Cast\.votes\[0\]: \[1\] is no list of 2"),
        (CAST | {"votes": "1"}, r"Cast\.votes: '1' is no list"),
        (MADE | {"creator": []}, r"Create\.creator: \[\] is no object"),
        (MADE | {"options": [MADE["options"][0] | {"start": "2026-1-1"}]}, r"options\[0\]\.start: '2026-1-1' is not"),
        (MADE | {"options": [MADE["options"][0] | {"start": {"at": "2026-10-25T12:00:00"}}]}, r"start\.tz is missing"),
        (
            MADE | {"options": [MADE["options"][0] | {"start": {"at": "2026-10-25T12:00:00", "tz": "Mars/X"}}]},
            r"start\.tz: .*Mars/X",
        ),
        (MADE | {"options": [MADE["options"][0] | {"end": "2026-10-25"}]}, "pass two dates or two times"),
        (MADE | {"deadline": "2026-10-25"}, "has no zone"),
        (MADE | {"voters": [MADE["voters"][0] | {"weight": -1}]}, r"voters\[0\]: weight=-1"),
        (MADE | {"subject": "\ud800"}, r"Create\.subject: .* half of a surrogate pair"),
        (POLL | {"tz": "Mars/X"}, r"Poll: no zone is called 'Mars/X'"),
        (POLL | {"deadline": 10**30}, r"Poll: deadline=10+ is not in the years"),
    ],
)
def test_reading_is_strict(data, message):
    """What is wrong is named with its place."""
    with pytest.raises(InvalidValue, match=message):
        from_json(data)


def test_only_polls_and_commands_have_a_form():
    """A part of one has none, nor what only looks like one."""
    for value in (Option(date(2026, 1, 1)), BEN, 7):
        with pytest.raises(InvalidValue, match="no form in JSON"):
            to_json(value)


def test_who_is_busy_for_an_option():
    """Whoever is busy or away then, whatever they said; tentative is not; without a calendar it is unknown."""
    day = "DTSTART;VALUE=DATE:20261026"
    lines = ["BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:1", "DTSTART:20261025T123000Z", "DTEND:20261025T124000Z"]
    lines += ["END:VEVENT", "BEGIN:VEVENT", "UID:2", day, "STATUS:TENTATIVE", "TRANSP:OPAQUE", "END:VEVENT"]
    found = query(
        [Calendar.from_ical("\r\n".join([*lines, "END:VCALENDAR"])), Unreadable("gone")],
        date(2026, 10, 25), date(2026, 10, 27), tz="Europe/Zurich",
    )  # fmt: skip
    options = Option(NOON, NOON + HOUR), Option(NOON + HOUR, NOON + 2 * HOUR), Option(date(2026, 10, 26))
    late = Option(date(2026, 10, 27))
    asked = [Voter(BEN), Voter(CARLA), Voter(Guest("zoe@example.org"))]
    standing = tally(poll(*options, late, voters=asked, tz="Europe/Zurich"), busy=found, owners=["ben", "carla"])
    assert [("ben",), (), (), ()] == [one.busy for one in standing.standings]
    others = ("carla", "zoe@example.org")
    assert [others, others, others, ("ben", *others)] == [one.unknown for one in standing.standings]
    with pytest.raises(InvalidValue, match="1 owners for 2 calendars"):
        tally(poll(*options), busy=found, owners=["ben"])


NEEDED = Voter(CARLA, 1, True)
DAYS = [Option(date(2026, 10, day)) for day in (26, 27)]


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (poll(), "There is no option."),
        (poll(*DAYS), "Nobody has voted: option 1 is first as the earliest."),
        (poll(DAYS[0]), "Nobody has voted: option 1 is the only one."),
        (poll(DAYS[0], said=[("ben", 1, Vote.YES)]), "Option 1 is the only one: 1 can come."),
        (poll(*DAYS, said=[("ben", 2, Vote.YES)]), "Option 2 is first: 1 can come; to option 1, the next, 0 can."),
        (
            poll(*DAYS, said=[("ben", 2, Vote.YES), ("carla", 1, Vote.IF_NEED_BE)]),
            "Option 2 is first: as many can come as to option 1, the next, and 1 of them say yes, there 0.",
        ),
        (
            poll(*reversed(DAYS), said=[("ben", 2, Vote.YES), ("ben", 1, Vote.YES)]),
            "Option 2 is first: it has as many votes as option 1, the next, and starts earlier.",
        ),
        (
            poll(*DAYS, voters=[Voter(BEN, 3), NEEDED], said=[("ben", 1, Vote.YES), ("carla", 2, Vote.YES)]),
            "Option 2 is first: all required voters can come; to option 1, the next, 1 cannot or have not said.",
        ),
        (
            poll(*DAYS, voters=[Voter(BEN, 1, True), NEEDED], said=[("carla", 2, Vote.YES)]),
            "Option 2 is first: 1 required cannot come or have not said; to option 1, the next, 2.",
        ),
    ],
)  # fmt: skip
def test_why_the_first_is_first(value, why):
    """In one plain sentence."""
    assert why == tally(value).why


def test_a_zone_that_is_a_copy_of_itself_comes_back():
    """A ZoneInfo equals nothing but itself; what is written is its name, and the instant is the same."""
    start = NOON.replace(tzinfo=ZoneInfo.no_cache("Europe/Zurich"))
    made = Create(by="anna", id="1", creator=ANNA, options=[Option(start, start + HOUR)], voters=[Voter(BEN)])
    back = from_json(json.loads(json.dumps(to_json(made))))
    assert [one.instant("UTC") for one in made.options] == [one.instant("UTC") for one in back.options]
