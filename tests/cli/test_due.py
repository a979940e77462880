"""`schedcore agenda` and `schedcore due` as people and programs meet them."""

import json
from pathlib import Path

import pytest

from schedcore.cli.command import run

CALENDAR = """\
BEGIN:VCALENDAR
X-WR-CALNAME:Anna
X-WR-TIMEZONE:Europe/Zurich
BEGIN:VEVENT
UID:standup
SUMMARY:Stand-up
DTSTART;TZID=Europe/Zurich:20200106T091500
DURATION:PT15M
RRULE:FREQ=DAILY
CONFERENCE;VALUE=URI;FEATURE=VIDEO:https://video.example.com/1
BEGIN:VALARM
ACTION:DISPLAY
TRIGGER:-P1D
END:VALARM
BEGIN:VALARM
ACTION:X-CHAT
X-SCHEDCORE-HOOK:Team
TRIGGER:-PT5M
END:VALARM
END:VEVENT
BEGIN:VEVENT
UID:night
SUMMARY:Night train
LOCATION:Platform 7
DTSTART;TZID=Europe/Zurich:20261024T220000
DTEND;TZID=Europe/Zurich:20261025T060000
BEGIN:VALARM
ACTION:FAX
TRIGGER:-PT5M
END:VALARM
END:VEVENT
BEGIN:VEVENT
UID:fair
DTSTART;VALUE=DATE:20261025
END:VEVENT
END:VCALENDAR
"""
SUNDAY = ["--from", "2026-10-25", "--to", "2026-10-26", "--tz", "Europe/Zurich"]


@pytest.fixture
def file(tmp_path: Path) -> str:
    """Anna's calendar."""
    path = tmp_path / "anna.ics"
    path.write_text(CALENDAR)
    return str(path)


def told(capsys, *arguments: str, code: int = 0) -> tuple[list[str], str]:
    """The lines on stdout, and stderr."""
    assert code == run(arguments)
    out, err = capsys.readouterr()
    return out.splitlines(), err


def test_a_day(file, capsys):
    """Whole days first, then by the clock; what began on another day says so."""
    lines, err = told(capsys, "agenda", file, "--day", "2026-10-25", "--tz", "Europe/Zurich")
    assert [
        "Sunday 2026-10-25, in Europe/Zurich",
        "from               to      what          where        link                          calendar",
        "all day                    (no title)                                               Anna",
        "2026-10-24 22:00   06:00   Night train   Platform 7                                 Anna",
        "09:15              09:30   Stand-up                   https://video.example.com/1   Anna",
    ] == lines
    assert "" == err


def test_a_day_as_json(file, capsys):
    """The same for programs; what recurs can be left out."""
    lines, _ = told(capsys, "agenda", file, "--day", "2026-10-25", "--tz", "Europe/Zurich", "--no-recurring", "--json")
    found = json.loads("\n".join(lines))
    assert ["fair", "night"] == [item["uid"] for item in found["items"]]
    night = found["items"][1]
    assert ("2026-10-24T22:00+02:00", "2026-10-25T06:00+01:00") == (night["start"], night["end"])
    assert ("2026-10-25", "Europe/Zurich") == (found["day"], found["zone"])


def test_an_empty_day(file, capsys):
    """A day without anything says so."""
    lines, err = told(capsys, "agenda", file, "--day", "2019-10-25")
    assert ["Friday 2019-10-25, in UTC"] == lines
    assert "Nothing there." in err


def test_due(file, capsys):
    """A row for each reminder, the next one below, and what was wrong with an alarm on stderr."""
    lines, err = told(capsys, "due", file, *SUNDAY)
    assert [
        "due                by            what       starts             calendar",
        "2026-10-25 09:10   chat (Team)   Stand-up   2026-10-25 09:15   Anna",
        "2026-10-25 09:15   pop-up        Stand-up   2026-10-26 09:15   Anna",
        "Next: 2026-10-26 09:10, in Europe/Zurich",
    ] == lines
    assert "ACTION='FAX': only DISPLAY" in err


def test_defaults(file, capsys):
    """A default is for events that say nothing of reminders."""
    lines, _ = told(capsys, "due", file, *SUNDAY[:4], "--default", "0", "--json")
    found = json.loads("\n".join(lines))
    its = [(one["uid"], one["at"], one["repeat"]) for one in found["due"]]
    assert [("standup", "2026-10-25T08:10+00:00", 0), ("standup", "2026-10-25T08:15+00:00", 0)] == its
    lines, _ = told(capsys, "due", file, *SUNDAY, "--default", "0", "--json")
    found = json.loads("\n".join(lines))
    assert ("fair", "2026-10-25T00:00+02:00") == tuple(found["due"][0][key] for key in ("uid", "at"))
    assert "2026-10-26T09:10+01:00" == found["next"]
    assert 1 == sum("FAX" in one for one in found["problems"][file])


def test_nothing_is_due(file, capsys):
    """An empty window says so, and tells the next one all the same."""
    lines, err = told(capsys, "due", file, "--from", "2019-10-25", "--to", "2019-10-25")
    assert ["Next: 2020-01-05 08:15, in UTC"] == lines
    assert "Nothing is due." in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["agenda", "{}", "--day", "tomorrow"], "--day: 'tomorrow' is no date; write 2026-10-27"),
        (["agenda", "{}"], "Missing option '--day'"),
        (["agenda", "{}", "--day", "2026-10-25", "--tz", "Nowhere/Land"], "'Nowhere/Land'"),
        (["agenda", "{}.not", "--day", "2026-10-25"], "does not exist"),
        (["due", "{}", "--from", "2026-10-26", "--to", "2026-10-25"], "is before --from 2026-10-26: swap them"),
        (["due", "{}", "--from", "soon", "--to", "2026-10-25"], "--from: 'soon' is not a date"),
        (["due", "{}", *SUNDAY, "--default", "x"], "'x' is not a valid integer"),
    ],
)
def test_questions_that_mean_nothing(file, capsys, arguments, said):
    """Each is one line that says what to write, and exit code 2."""
    lines, err = told(capsys, *(one.format(file) for one in arguments), code=2)
    assert [] == lines
    assert said in err and "Traceback" not in err


def test_a_file_that_is_no_calendar(tmp_path, capsys):
    """It is named."""
    path = tmp_path / "note.ics"
    path.write_text("Dear Anna")
    for command in (["agenda", "--day", "2026-10-25"], ["due", "--from", "2026-10-25", "--to", "2026-10-26"]):
        _, err = told(capsys, *command, str(path), code=2)
        assert "note.ics: there is no BEGIN:VCALENDAR" in err


def test_the_ends_of_the_calendar(file, capsys):
    """The first and the last day have an agenda, and windows up to the ends are answered."""
    for day in ("0001-01-01", "9999-12-31"):
        told(capsys, "agenda", file, "--day", day, "--tz", "Europe/Zurich")
    lines, _ = told(capsys, "due", file, "--from", "9999-12-30", "--to", "9999-12-31T23:59:59")
    assert lines[0].startswith("due")
    told(capsys, "due", file, "--from", "0001-01-01", "--to", "0001-01-01")
