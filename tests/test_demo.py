"""The example team, right across the change of clocks: what `make demo` prints, checked by hand once.

Every stretch below was worked out from the calendars on paper, in the zone in which it is meant, and put into
Zurich's time by the offsets in force: Zurich +2 to 25 October 03:00, then +1; New York -4 to 1 November 02:00, then
-5; Sydney +11 throughout. `zoneinfo` checks the arithmetic.
"""

import json
import os
import re
import shlex
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from schedcore.cli.command import run

HOME = Path(__file__).resolve().parent.parent
README = HOME / "examples" / "README.md"

ZURICH, SYDNEY = "Europe/Zurich", "Australia/Sydney"

# From and to in Zurich's time, status; the zone in which the event is meant, and its start and end there.
EXPECTED = {
    "Anna (Zurich)": """
    Thu 2026-10-22T09:15+02:00 2026-10-22T09:30+02:00 busy           Europe/Zurich    2026-10-22T09:15 2026-10-22T09:30
    Fri 2026-10-23T09:15+02:00 2026-10-23T09:30+02:00 busy           Europe/Zurich    2026-10-23T09:15 2026-10-23T09:30
    Fri 2026-10-23T10:00+02:00 2026-10-23T11:30+02:00 busy           Europe/Zurich    2026-10-23T10:00 2026-10-23T11:30
    Sat 2026-10-24T22:00+02:00 2026-10-25T05:00+01:00 busy           UTC              2026-10-24T20:00 2026-10-25T04:00
    Mon 2026-10-26T09:15+01:00 2026-10-26T09:30+01:00 busy           Europe/Zurich    2026-10-26T09:15 2026-10-26T09:30
    Tue 2026-10-27T09:15+01:00 2026-10-27T09:30+01:00 busy           Europe/Zurich    2026-10-27T09:15 2026-10-27T09:30
    Tue 2026-10-27T14:00+01:00 2026-10-27T15:30+01:00 busy           America/New_York 2026-10-27T09:00 2026-10-27T10:30
    Wed 2026-10-28T09:15+01:00 2026-10-28T09:30+01:00 busy           Europe/Zurich    2026-10-28T09:15 2026-10-28T09:30
    Thu 2026-10-29T09:15+01:00 2026-10-29T09:30+01:00 busy           Europe/Zurich    2026-10-29T09:15 2026-10-29T09:30
    Fri 2026-10-30T00:00+01:00 2026-10-31T00:00+01:00 busy           Europe/Zurich    2026-10-30T00:00 2026-10-31T00:00
    Mon 2026-11-02T09:15+01:00 2026-11-02T09:30+01:00 busy           Europe/Zurich    2026-11-02T09:15 2026-11-02T09:30
    Tue 2026-11-03T09:15+01:00 2026-11-03T09:30+01:00 busy           Europe/Zurich    2026-11-03T09:15 2026-11-03T09:30
    Tue 2026-11-03T15:00+01:00 2026-11-03T16:00+01:00 busy           America/New_York 2026-11-03T09:00 2026-11-03T10:00
    """,
    "Ben (New York)": """
    Fri 2026-10-23T17:00+02:00 2026-10-23T17:45+02:00 busy           America/New_York 2026-10-23T11:00 2026-10-23T11:45
    Mon 2026-10-26T15:00+01:00 2026-10-26T15:30+01:00 busy           America/New_York 2026-10-26T10:00 2026-10-26T10:30
    Tue 2026-10-27T14:00+01:00 2026-10-27T15:00+01:00 busy           America/New_York 2026-10-27T09:00 2026-10-27T10:00
    Thu 2026-10-29T19:00+01:00 2026-10-29T21:00+01:00 tentative      America/New_York 2026-10-29T14:00 2026-10-29T16:00
    Fri 2026-10-30T16:00+01:00 2026-10-30T16:45+01:00 busy           America/New_York 2026-10-30T11:00 2026-10-30T11:45
    Sun 2026-11-01T03:00+01:00 2026-11-01T09:00+01:00 busy           America/New_York 2026-10-31T22:00 2026-11-01T03:00
    Mon 2026-11-02T16:00+01:00 2026-11-02T16:30+01:00 busy           America/New_York 2026-11-02T10:00 2026-11-02T10:30
    Tue 2026-11-03T15:00+01:00 2026-11-03T16:00+01:00 busy           America/New_York 2026-11-03T09:00 2026-11-03T10:00
    """,
    "Chloe (Sydney)": """
    Thu 2026-10-22T09:00+02:00 2026-10-22T09:30+02:00 busy           Australia/Sydney 2026-10-22T18:00 2026-10-22T18:30
    Fri 2026-10-23T06:00+02:00 2026-10-23T07:30+02:00 tentative      Australia/Sydney 2026-10-23T15:00 2026-10-23T16:30
    Sun 2026-10-25T14:00+01:00 2026-10-30T14:00+01:00 out of office  Australia/Sydney 2026-10-26T00:00 2026-10-31T00:00
    Mon 2026-11-02T08:00+01:00 2026-11-02T08:30+01:00 busy           Australia/Sydney 2026-11-02T18:00 2026-11-02T18:30
    Tue 2026-11-03T00:00+01:00 2026-11-03T01:00+01:00 busy           Australia/Sydney 2026-11-03T10:00 2026-11-03T11:00
    """,
    "Team": """
    Thu 2026-10-22T09:00+02:00 2026-10-22T09:30+02:00 busy
    Fri 2026-10-23T06:00+02:00 2026-10-23T07:30+02:00 tentative
    Fri 2026-10-23T09:15+02:00 2026-10-23T09:30+02:00 busy
    Fri 2026-10-23T10:00+02:00 2026-10-23T11:30+02:00 busy
    Fri 2026-10-23T17:00+02:00 2026-10-23T17:45+02:00 busy
    Sat 2026-10-24T22:00+02:00 2026-10-25T05:00+01:00 busy
    Sun 2026-10-25T14:00+01:00 2026-10-30T14:00+01:00 out of office
    Fri 2026-10-30T14:00+01:00 2026-10-31T00:00+01:00 busy
    Sun 2026-11-01T03:00+01:00 2026-11-01T09:00+01:00 busy
    Mon 2026-11-02T08:00+01:00 2026-11-02T08:30+01:00 busy
    Mon 2026-11-02T09:15+01:00 2026-11-02T09:30+01:00 busy
    Mon 2026-11-02T16:00+01:00 2026-11-02T16:30+01:00 busy
    Tue 2026-11-03T00:00+01:00 2026-11-03T01:00+01:00 busy
    Tue 2026-11-03T09:15+01:00 2026-11-03T09:30+01:00 busy
    Tue 2026-11-03T15:00+01:00 2026-11-03T16:00+01:00 busy
    """,
}

TIMELINE = [
    # The day before the change in Europe, and the day itself: Anna is on call for eight hours, which end at 05:00.
    "Sat 2026-10-24       00    03    06    09    12    15    18    21     ",
    "Anna (Zurich)        ············································████",
    "Sun 2026-10-25       00    0203    06    09    12    15    18    21      25 hours: clocks go back",
    "Anna (Zurich)        ████████████······································",
    "Chloe (Sydney)       ······························××××××××××××××××××××",
    # The team meets at 14:00 in Zurich between the two changes, at 15:00 before and after.
    "Tue 2026-10-27       00    03    06    09    12    15    18    21     ",
    "Anna (Zurich)        ··················█·········███·················",
    "Ben (New York)       ····························██··················",
    "Team                 ××××××××××××××××××××××××××××××××××××××××××××××××",
    "Thu 2026-10-29       00    03    06    09    12    15    18    21     ",
    "Ben (New York)       ······································░░░░······",
    "Sat 2026-10-31       free",
    "Tue 2026-11-03       00    03    06    09    12    15    18    21     ",
    "Anna (Zurich)        ··················█···········██················",
    "Ben (New York)       ······························██················",
    "Chloe (Sydney)       ██··············································",
]


def command() -> list[str]:
    """The demo's arguments, as the examples' README has them."""
    line = next(line for line in README.read_text(encoding="utf-8").splitlines() if "schedcore freebusy" in line)
    words = shlex.split(line)[1:]
    return [name for word in words for name in (sorted(map(str, HOME.glob(word))) if "*" in word else [word])]


def fields(row: str) -> list[str]:
    """The fields of an expected line, which stand in fixed columns."""
    row = row.strip()
    return [row[:3], row[4:26].strip(), row[27:49].strip(), row[50:65].strip(), *row[65:].split()]


def expected(name: str) -> list[list[str]]:
    """The expected lines of a calendar."""
    return [fields(row) for row in EXPECTED[name].strip().splitlines()]


@pytest.fixture(scope="module")
def printed() -> str:
    """What the demo prints."""
    done = subprocess.run(
        [sys.executable, "-m", "schedcore.cli", *command()],
        capture_output=True,
        encoding="utf-8",
        check=True,
        env=os.environ | {"PYTHONUTF8": "1"},
    )
    assert "" == done.stderr
    return done.stdout


@pytest.mark.parametrize("name", EXPECTED)
def test_lists(printed: str, name: str) -> None:
    """Each one's busy stretches, and the team's."""
    listed = re.search(rf"^{re.escape(name)}: [^\n]*h [^\n]*\n *from[^\n]*\n(.*?)(?:\n\n|\Z)", printed, re.M | re.S)
    assert listed is not None
    assert [row[:4] for row in expected(name)] == [re.split(r"\s{2,}", row.strip()) for row in rows(listed[1])]


def rows(text: str) -> list[str]:
    """The lines of a table that are not blank."""
    return [line for line in text.splitlines() if line.strip()]


@pytest.mark.parametrize("name", [name for name in EXPECTED if name != "Team"])
def test_the_arithmetic(name: str) -> None:
    """Zurich's times are those of the zones in which the events are meant, by `zoneinfo`."""
    for day, start, end, _, zone, *meant in expected(name):
        for shown, local in zip((start, end), meant, strict=True):
            instant = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone))
            assert shown == instant.astimezone(ZoneInfo(ZURICH)).isoformat(timespec="minutes")
        assert day == f"{datetime.fromisoformat(start):%a}"


def test_timeline(printed: str) -> None:
    """The drawn days around both changes of clocks, in this order."""
    lines = iter(printed.splitlines())
    for wanted in TIMELINE:
        assert any(wanted.rstrip() == line.rstrip() for line in lines), wanted


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    """Programs get the same stretches."""
    assert 0 == run([*command(), "--json"])
    answer = json.loads(capsys.readouterr().out)
    found = {calendar["name"]: calendar["busy"] for calendar in answer["calendars"]} | {"Team": answer["team"]}
    for name in EXPECTED:
        wanted = [[start, end, status.replace(" ", "_")] for _, start, end, status, *_ in expected(name)]
        assert wanted == [[block["start"], block["end"], block["status"]] for block in found[name]]
    assert [[], [], []] == [calendar["problems"] for calendar in answer["calendars"]]


def test_seen_from_sydney(capsys: pytest.CaptureFixture[str]) -> None:
    """Chloe's week away is five whole days in her own zone."""
    assert 0 == run([SYDNEY if word == ZURICH else word for word in command()])
    assert "2026-10-26T00:00+11:00   2026-10-31T00:00+11:00   out of office" in capsys.readouterr().out
