"""The command line as people and programs meet it: output, exit codes, one line on bad input."""

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import icalendar
import pytest

import schedcore
from schedcore.cli import main
from schedcore.cli.command import run

TEAM = Path(__file__).resolve().parent.parent.parent / "examples" / "team"
WEEK = ["--from", "2026-10-26", "--to", "2026-10-31"]

EVENT = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//example//test//EN
BEGIN:VEVENT
UID:one@example.com
DTSTAMP:20261001T000000Z
DTSTART:20261027T090000Z
DTEND:20261027T100000Z
SUMMARY:{summary}
END:VEVENT
{more}END:VCALENDAR
"""
NO_START = "BEGIN:VEVENT\nUID:bad@example.com\nDTSTAMP:20261001T000000Z\nSUMMARY:When?\nEND:VEVENT\n"


class Answer:
    """What a command printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *words: object) -> None:
        self.code = run([str(word) for word in words])
        self.out, self.err = capsys.readouterr()

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def json(self) -> dict[str, object]:
        return json.loads(self.out)


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]):
    return lambda *words: Answer(capsys, *words)


def write(folder: Path, name: str = "one.ics", summary: str = "One", more: str = "") -> Path:
    """A calendar file with one event, and what else is given."""
    path = folder / name
    path.write_text(EVENT.format(summary=summary, more=more), encoding="utf-8", newline="\r\n")
    return path


class TestExpandRule:
    """`schedcore expand --rrule`."""

    def test_limit(self, ask) -> None:
        answer = ask("expand", "--rrule", "FREQ=DAILY", "--dtstart", "2026-10-24T09:00", "--limit", 2)
        assert (0, ["Sat 2026-10-24T09:00", "Sun 2026-10-25T09:00"]) == (answer.code, answer.lines)
        assert "There are more than these 2" in answer.err

    def test_zone_and_window(self, ask) -> None:
        """A window is half-open, its dates are midnights in the zone, and the wall clock is kept over the change."""
        window = ["--from", "2026-10-24", "--to", "2026-10-26"]
        answer = ask(
            "expand", "--rrule", "FREQ=DAILY", "--dtstart", "2026-01-01T00:00", "--tz", "Europe/Zurich", *window
        )
        assert ["Sat 2026-10-24T00:00+02:00", "Sun 2026-10-25T00:00+02:00"] == answer.lines
        assert "" == answer.err

    def test_window_and_limit(self, ask) -> None:
        window = ["--from", "2026-10-24", "--to", "2026-11-24"]
        answer = ask("expand", "--rrule", "FREQ=DAILY", "--dtstart", "2026-01-01", *window, "--limit", 1)
        assert ["Sat 2026-10-24"] == answer.lines
        assert "more than these 1" in answer.err

    def test_a_limit_takes_no_longer_for_a_long_window(self, ask) -> None:
        """What a limit cuts off is not made, so it is not too much either."""
        window = ["--from", "2026-10-24", "--to", "2096-11-24"]
        answer = ask("expand", "--rrule", "FREQ=SECONDLY", "--dtstart", "2026-01-01T00:00:00", *window, "--limit", 2)
        assert ["Sat 2026-10-24T00:00", "Sat 2026-10-24T00:00:01"] == answer.lines

    def test_to_alone_starts_at_dtstart(self, ask) -> None:
        answer = ask("expand", "--rrule", "FREQ=DAILY", "--dtstart", "2026-10-24", "--to", "2026-10-26")
        assert ["Sat 2026-10-24", "Sun 2026-10-25"] == answer.lines

    def test_too_many_are_refused_at_once(self, ask) -> None:
        """As of a file: they are counted first, and the error speaks of options."""
        answer = ask("expand", "--rrule", "FREQ=SECONDLY", "--dtstart", "2026-10-01T00:00", "--to", "2026-11-01")
        assert (2, "") == (answer.code, answer.out)
        assert "over 100000 occurrences in [2026-10-01T00:00, 2026-11-01T00:00): give --limit N" in answer.err

    def test_ten_when_nothing_is_said(self, ask) -> None:
        """An endless rule is not printed endlessly, and that is said."""
        answer = ask("expand", "--rrule", "FREQ=SECONDLY", "--dtstart", "2026-10-24T00:00:58Z")
        assert 10 == len(answer.lines)
        assert ["Sat 2026-10-24T00:00:58+00:00", "Sat 2026-10-24T00:00:59+00:00"] == answer.lines[:2]
        assert "There are more than these 10" in answer.err

    def test_json(self, ask) -> None:
        answer = ask("expand", "--rrule", "count=2;freq=daily", "--dtstart", "20261024T090000", "--json")
        assert {
            "rrule": "FREQ=DAILY;COUNT=2",
            "dtstart": "2026-10-24T09:00",
            "starts": ["2026-10-24T09:00", "2026-10-25T09:00"],
            "more": False,
        } == answer.json

    def test_nothing_there(self, ask) -> None:
        window = ["--from", "2027-01-01", "--to", "2027-02-01"]
        answer = ask("expand", "--rrule", "FREQ=DAILY;COUNT=2", "--dtstart", "2026-10-24", *window)
        assert (0, "", "It never takes place there.\n") == (answer.code, answer.out, answer.err)


#: An event of every second.
TICK = """BEGIN:VEVENT
UID:tick@example.com
DTSTART:20260101T000000Z
DTEND:20260101T000001Z
RRULE:FREQ=SECONDLY
SUMMARY:Tick
END:VEVENT
"""


class TestExpandFile:
    """`schedcore expand FILE.ics`."""

    def test_table(self, ask) -> None:
        answer = ask("expand", TEAM / "ben.ics", *WEEK, "--tz", "America/New_York")
        assert 0 == answer.code
        assert "Ben (New York): 4 in [2026-10-26T00:00-04:00, 2026-10-31T00:00-04:00)" == answer.lines[0]
        assert ["start", "end", "what", "status"] == answer.lines[1].split()
        assert [
            "2026-10-26T10:00-04:00   2026-10-26T10:30-04:00   Pipeline              CONFIRMED",
            "2026-10-27T09:00-04:00   2026-10-27T10:00-04:00   Team sync             CONFIRMED",
            "2026-10-29T14:00-04:00   2026-10-29T16:00-04:00   Visit to the plant?   TENTATIVE",
            "2026-10-30T11:00-04:00   2026-10-30T11:45-04:00   Customer call         CONFIRMED",
        ] == [line.rstrip() for line in answer.lines[2:]]

    def test_json(self, ask) -> None:
        """A moved instance keeps the place it came from; a date stays a date."""
        words = ["--from", "2026-10-22", "--to", "2026-10-31", "--tz", "Europe/Zurich", "--json"]
        found = ask("expand", TEAM / "anna.ics", *words).json
        by_summary = {occurrence["summary"]: occurrence for occurrence in found["occurrences"]}
        moved = by_summary["Design review (moved to Friday)"]
        assert ("2026-10-23T10:00+02:00", "2026-10-22T13:00+02:00") == (moved["start"], moved["recurrence_id"])
        assert ("2026-10-30", "2026-10-31") == (by_summary["Holiday"]["start"], by_summary["Holiday"]["end"])
        assert (False, []) == (found["more"], found["problems"])

    def test_limit(self, ask) -> None:
        answer = ask("expand", TEAM / "ben.ics", *WEEK, "--limit", 1)
        assert 3 == len(answer.lines)
        assert "There are more than these 1" in answer.err

    def test_too_many_are_refused_at_once(self, ask, tmp_path: Path) -> None:
        """What would take minutes to make and fill no screen is counted first; the error says what to do."""
        file = write(tmp_path, more=TICK)
        answer = ask("expand", file, "--from", "2026-10-01", "--to", "2026-11-01")
        assert 2 == answer.code
        assert "" == answer.out
        assert "over 100000 occurrences in [2026-10-01T00:00+00:00, 2026-11-01T00:00+00:00): give --limit" in answer.err
        answer = ask("expand", file, "--from", "2026-10-01", "--to", "2026-10-01T00:30")
        assert 1800 == sum("Tick" in line for line in answer.lines)

    @pytest.mark.parametrize("limit", [0, 3, 61, 2000])
    def test_the_first_of_many(self, ask, tmp_path: Path, limit: int) -> None:
        """With a limit as many are made as it takes, and they are the first of the window."""
        file = write(tmp_path, more=TICK)
        window = ["--from", "2026-10-25T12:00", "--to", "2029-10-01"]
        found = ask("expand", file, *window, "--limit", limit, "--json").json
        ticks = [at for at in found["occurrences"] if at["summary"] == "Tick"]
        assert (limit, True) == (len(found["occurrences"]), found["more"])
        first = datetime(2026, 10, 25, 12, tzinfo=UTC)
        expected = [first + timedelta(seconds=i) for i in range(len(ticks))]
        assert expected == [datetime.fromisoformat(tick["start"]) for tick in ticks]

    def test_the_last_of_few(self, ask, tmp_path: Path) -> None:
        """Fewer than the limit are all there, however far they are from the start of the window."""
        window = ["--from", "2010-01-01", "--to", "2040-01-01"]
        found = ask("expand", write(tmp_path), *window, "--limit", 50, "--json").json
        assert (1, False) == (len(found["occurrences"]), found["more"])

    def test_problems_are_told_and_the_rest_is_answered(self, ask, tmp_path: Path) -> None:
        file = write(tmp_path, more=NO_START)
        answer = ask("expand", file, *WEEK)
        assert 0 == answer.code
        assert "One" in answer.out
        assert answer.err.startswith("schedcore: one.ics: ") and "bad@example.com" in answer.err
        assert 1 == answer.err.count("\n")
        assert ["bad@example.com" in problem for problem in ask("expand", file, *WEEK, "--json").json["problems"]] == [
            True
        ]

    def test_text_from_files_steers_nothing(self, ask, tmp_path: Path) -> None:
        """Escapes, rich's markup and right-to-left marks in a title are shown, not obeyed."""
        file = write(tmp_path, summary="[bold]x[/bold] \x1b[31m \u202eyad")
        out = ask("expand", file, *WEEK).out
        assert "[bold]x[/bold]" in out
        assert "\x1b" not in out
        assert "\u202e" not in out


class TestFreebusy:
    """`schedcore freebusy`; the example team is in tests/test_demo.py."""

    def test_a_file_without_a_name(self, ask, tmp_path: Path) -> None:
        answer = ask("freebusy", write(tmp_path, "carla.ics"), "--from", "2026-10-27", "--to", "2026-10-28")
        assert 0 == answer.code
        assert "Times in UTC" == answer.lines[0]
        assert ["carla: 1 h busy", "Team: 1 h busy"] == [line for line in answer.lines if " h " in line]

    def test_a_window_within_a_day(self, ask, tmp_path: Path) -> None:
        """Stretches are cut at the bounds of the window."""
        window = ["--from", "2026-10-27T09:15", "--to", "2026-10-27T09:45"]
        found = ask("freebusy", write(tmp_path), *window, "--json").json
        assert [{"start": "2026-10-27T09:15+00:00", "end": "2026-10-27T09:45+00:00", "status": "busy"}] == found["team"]

    def test_nobody_is_busy(self, ask, tmp_path: Path) -> None:
        answer = ask("freebusy", write(tmp_path), "--from", "2026-10-28", "--to", "2026-10-29")
        assert "Wed 2026-10-28       free" in answer.lines
        assert ["one: free", "Team: free"] == answer.lines[-3:][::2]

    def test_an_empty_window(self, ask, tmp_path: Path) -> None:
        assert (
            [] == ask("freebusy", write(tmp_path), "--from", "2026-10-27", "--to", "2026-10-27", "--json").json["team"]
        )

    def test_problems(self, ask, tmp_path: Path) -> None:
        file = write(tmp_path, more=NO_START)
        answer = ask("freebusy", file, *WEEK)
        assert (0, True) == (answer.code, "bad@example.com" in answer.err)
        calendars = ask("freebusy", file, *WEEK, "--json").json["calendars"]
        assert "bad@example.com" in calendars[0]["problems"][0]

    def test_a_long_window_is_listed_and_drawn_in_part(self, ask, tmp_path: Path) -> None:
        answer = ask("freebusy", write(tmp_path), "--from", "2026-01-01", "--to", "2027-01-01")
        assert "The first 62 days are drawn" in answer.err
        assert "one: 1 h busy" in answer.lines

    def test_rows_fit_eighty_columns(self, ask) -> None:
        answer = ask("freebusy", *sorted(TEAM.glob("*.ics")), "--from", "2026-10-25", "--to", "2026-11-02")
        assert 80 >= max(len(line.rstrip()) for line in answer.lines)

    def test_the_end_of_the_calendar(self, ask, tmp_path: Path) -> None:
        answer = ask("freebusy", write(tmp_path), "--from", "9999-12-30", "--to", "9999-12-31")
        assert 0 == answer.code

    @pytest.mark.parametrize("report", ["timeline", "blocks", "vfreebusy", "digits", "minutes"])
    def test_the_beginning_of_the_calendar(self, ask, tmp_path: Path, report: str) -> None:
        """The first midnight of Tokyo is still the year before in UTC, which has no name."""
        svg = tmp_path / "one.svg"
        first = ["--from", "0001-01-01", "--to", "0001-01-03", "--tz", "Asia/Tokyo"]
        answer = ask("freebusy", write(tmp_path), *first, "--report", report, "--svg", svg)
        assert (0, "") == (answer.code, answer.err)
        assert "0001-01-02" in svg.read_text(encoding="utf-8")
        found = ask("find", write(tmp_path), *first, "--duration", "1h", "--limit", "1", "--json").json["found"]
        assert ["0001-01-01T08:00+09:18:59"] == [slot["start"] for slot in found]


class TestFreebusyReports:
    """`schedcore freebusy --report`, pictures, owners, and files that cannot be read."""

    NINE_TO_NOON = ("--from", "2026-10-27T09:00", "--to", "2026-10-27T12:00")

    def test_blocks(self, ask, tmp_path: Path) -> None:
        """The lists without the drawing."""
        answer = ask("freebusy", write(tmp_path), *self.NINE_TO_NOON, "--report", "blocks")
        assert "one: 1 h busy" == answer.lines[0]
        assert "Tue   2026-10-27T09:00+00:00   2026-10-27T10:00+00:00   busy" == answer.lines[2]

    def test_digits(self, ask, tmp_path: Path) -> None:
        answer = ask("freebusy", write(tmp_path), *self.NINE_TO_NOON, "--report", "digits", "--minutes", 60)
        assert ["200 one", "200 Team"] == answer.lines
        found = ask("freebusy", write(tmp_path), *self.NINE_TO_NOON, "--report", "digits", "--json").json["digits"]
        assert {"minutes": 30, "calendars": ["220000"], "team": "220000"} == found

    def test_minutes(self, ask, tmp_path: Path) -> None:
        """Days as long as they are."""
        window = ["--from", "2026-10-25", "--to", "2026-10-28", "--tz", "Europe/Zurich"]
        answer = ask("freebusy", write(tmp_path), *window, "--report", "minutes")
        assert [
            "one, minutes a day in Europe/Zurich",
            "day free tentative busy out of office unknown",
            "Sun 2026-10-25 1500 0 0 0 0",
            "Mon 2026-10-26 1440 0 0 0 0",
            "Tue 2026-10-27 1380 0 60 0 0",
        ] == [" ".join(line.split()) for line in answer.lines[:5]]
        found = ask("freebusy", write(tmp_path), *window, "--report", "minutes", "--json").json["minutes"]
        assert ("2026-10-27", 60) == (found["team"][2]["day"], found["calendars"][0][2]["busy"])

    def test_vfreebusy(self, ask, tmp_path: Path) -> None:
        """What another program reads."""
        files = [write(tmp_path, "one.ics"), write(tmp_path, "two.ics")]
        answer = ask("freebusy", *files, *self.NINE_TO_NOON, "--report", "vfreebusy")
        calendar = icalendar.Calendar.from_ical(answer.out)
        found = [part["FREEBUSY"] for part in calendar.walk("VFREEBUSY")]
        assert ["BUSY", "BUSY"] == [line.params["FBTYPE"] for line in found]
        assert [] == calendar.errors

    def test_pictures(self, ask, tmp_path: Path) -> None:
        """Written instead of printing; with --report as well as."""
        drawing, page = tmp_path / "week.svg", tmp_path / "week.html"
        answer = ask("freebusy", write(tmp_path), *WEEK, "--svg", drawing, "--html", page)
        assert [f"written: {drawing}", f"written: {page}"] == answer.lines
        assert drawing.read_text(encoding="utf-8").startswith("<svg ")
        assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
        answer = ask("freebusy", write(tmp_path), *self.NINE_TO_NOON, "--svg", drawing, "--report", "digits")
        assert ["220000 one", "220000 Team"] == answer.lines

    def test_a_picture_of_a_long_window_says_what_it_leaves_out(self, ask, tmp_path: Path) -> None:
        window = ["--from", "2026-01-01", "--to", "2027-01-01"]
        answer = ask("freebusy", write(tmp_path), *window, "--svg", tmp_path / "year.svg")
        assert "The first 62 days are drawn" in answer.err

    def test_owners(self, ask, tmp_path: Path) -> None:
        """What its owner declined is free."""
        file = write(tmp_path, summary="One\nATTENDEE;PARTSTAT=DECLINED:mailto:anna@example.com")
        for address, digit in (("anna@example.com", "0"), ("ben@example.com", "2")):
            answer = ask("freebusy", file, *self.NINE_TO_NOON, "--owner", address, "--report", "digits")
            assert f"{digit * 2}0000 one" == answer.lines[0]

    @pytest.mark.parametrize(("on_unknown", "digits"), [("report", "??????"), ("busy", "222222"), ("free", "000000")])
    def test_a_file_that_cannot_be_read(self, ask, tmp_path: Path, on_unknown: str, digits: str) -> None:
        """It is what --on-unknown says, and why is told on stderr; the others are answered."""
        bad = tmp_path / "bad.ics"
        bad.write_text("Dear diary,")
        words = ["freebusy", write(tmp_path), bad, *self.NINE_TO_NOON, "--on-unknown", on_unknown]
        answer = ask(*words, "--report", "digits")
        assert ["220000 one", f"{digits} bad"] == answer.lines[:2]
        assert (0, 1, True) == (answer.code, answer.err.count("\n"), "bad.ics" in answer.err)
        assert "VCALENDAR" in ask(*words, "--json").json["calendars"][1]["unknown"]

    def test_the_timeline_of_what_is_not_known(self, ask, tmp_path: Path) -> None:
        bad = tmp_path / "bad.ics"
        bad.write_text("Dear diary,")
        answer = ask("freebusy", write(tmp_path), bad, *WEEK, "--on-unknown", "report")
        assert {"bad: unknown", "Team: 1 h busy, the rest unknown", "bad                  unknown"} < set(answer.lines)


RULE = ["expand", "--rrule", "FREQ=DAILY", "--dtstart"]


class TestBadInput:
    """One line on stderr that names the value, nothing on stdout, exit code 2."""

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["expand"], "give a FILE, or --rrule and --dtstart"),
            (["expand", "--rrule", "FREQ=DAILY"], "--dtstart"),
            (["expand", "--rrule", "FREQ=NEVER", "--dtstart", "2026-01-01"], "NEVER"),
            (["expand", "--rrule", "FREQ=DAILY;INTERVAL=0", "--dtstart", "2026-01-01"], "INTERVAL"),
            (["expand", "--rrule", "FREQ=DAILY;COUNT=1_0", "--dtstart", "2026-01-01"], "1_0"),
            (["expand", "--rrule", "FREQ=HOURLY", "--dtstart", "2026-01-01"], "HOURLY"),
            ([*RULE, "2026-02-30"], "--dtstart: '2026-02-30' is not a date"),
            ([*RULE, "tomorrow"], "--dtstart: 'tomorrow' is not a date"),
            ([*RULE, "2026-01-01T00:00:00.5"], "whole seconds"),
            ([*RULE, "9" * 5000], "(5000 in all)"),
            ([*RULE, "2026-01-01T09:00", "--tz", "Mars/Olympus"], "Mars/Olympus"),
            ([*RULE, "2026-01-01T09:00", "--tz", "../../etc/passwd"], "../../etc/passwd"),
            ([*RULE, "2026-01-01T09:00", "--limit", "-1"], "-1"),
            ([*RULE, "2026-01-01T09:00", "--from", "2026-01-01"], "--from needs --to"),
            ([*RULE, "2026-01-01", "--to", "2026-01-01T09:00"], "the series is one of dates"),
            ([*RULE, "2026-01-01T09:00", "--to", "2026-02-01T09:00Z"], "the series has local times"),
            ([*RULE, "0001-01-01T00:00+05:00", "--tz", "UTC"], "years 1 to 9999"),
            ([TEAM], "No such command"),
            (["expand", TEAM / "nobody.ics", *WEEK], "nobody.ics"),
            (["expand", TEAM, *WEEK], "is a directory"),
            (["expand", TEAM / "ben.ics"], "needs --from and --to"),
            (["expand", TEAM / "ben.ics", "--rrule", "FREQ=DAILY"], "do not go with a FILE"),
            (["expand", TEAM / "ben.ics", "--from", "2026-01-02", "--to", "2026-01-01"], "before --from 2026-01-02"),
            (["freebusy", *WEEK], "FILE.ics"),
            (["freebusy", TEAM / "ben.ics", "--from", "2026-01-01"], "--to"),
            (["freebusy", TEAM / "ben.ics", "--from", "2026-01-02", "--to", "2026-01-01"], "swap them"),
            (["freebusy", TEAM / "ben.ics", *WEEK, "--tz", "Nowhere"], "Nowhere"),
            (["freebusy", TEAM / "ben.ics", *WEEK, "--loud"], "--loud"),
            (["freebusy", TEAM / "ben.ics", *WEEK, "--report", "poem"], "poem"),
            (["freebusy", TEAM / "ben.ics", *WEEK, "--report", "digits", "--minutes", "4"], "minutes=4"),
            (["freebusy", TEAM / "ben.ics", *WEEK, "--report", "vfreebusy", "--json"], "--json does not go"),
            (["freebusy", TEAM / "ben.ics", *WEEK, "--owner", "a@b", "--owner", "c@d"], "given 2 times for 1 file"),
            (["freebusy", TEAM / "ben.ics", *WEEK, "--on-unknown", "maybe"], "maybe"),
            (["freebusy", TEAM / "ben.ics", *WEEK, "--svg", TEAM], "is a directory"),
            (["nonsense\n\x1b[31m"], "nonsense"),
        ],
    )
    def test_one_line(self, ask, words: list[object], said: str) -> None:
        answer = ask(*words)
        assert (2, "") == (answer.code, answer.out)
        assert said in answer.err
        assert answer.err.startswith("schedcore: ")
        assert 1 == answer.err.count("\n")
        assert "\x1b" not in answer.err
        assert 400 > len(answer.err)

    def test_not_a_calendar(self, ask, tmp_path: Path) -> None:
        file = tmp_path / "notes.ics"
        file.write_text("Dear diary,")
        answer = ask("freebusy", file, *WEEK)
        assert (2, 1) == (answer.code, answer.err.count("\n"))
        assert "notes.ics" in answer.err

    def test_without_click(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        """Where the extra is not installed, the command says how to get it."""
        monkeypatch.setitem(sys.modules, "click", None)
        for module in [name for name in sys.modules if name.startswith("schedcore.cli.")]:
            monkeypatch.delitem(sys.modules, module)
        with pytest.raises(SystemExit) as stopped:
            main()
        assert 2 == stopped.value.code
        assert "schedcore: the command line needs click: pip install 'schedcore[cli]'\n" == capsys.readouterr().err


def test_help(ask) -> None:
    """Help is on stdout and no failure."""
    for words in ([], ["--help"], ["expand", "-h"], ["freebusy", "--help"]):
        answer = ask(*words)
        assert (0, "", True) == (answer.code, answer.err, "Usage: schedcore" in answer.out)


def test_version(ask) -> None:
    """The version is the package's."""
    assert schedcore.__version__ in ask("--version").out
