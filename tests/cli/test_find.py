"""`schedcore find` as people and programs meet it."""

import json
from pathlib import Path

import pytest

from schedcore.cli.command import run

TEAM = Path(__file__).resolve().parent.parent.parent / "examples" / "team"
ANNA, BEN, CHLOE = TEAM / "anna.ics", TEAM / "ben.ics", TEAM / "chloe.ics"
WEEK = ["--from", "2026-10-26", "--to", "2026-10-31", "--tz", "Europe/Zurich"]
HOURS = ["--work-hours", "Mo-Fr 09:00-17:30"]

BUSY = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//example//test//EN
X-WR-CALNAME:{name}
BEGIN:VEVENT
UID:one@example.com
DTSTAMP:20261001T000000Z
DTSTART:20261027T{start}Z
DTEND:20261027T{end}Z
END:VEVENT
{more}END:VCALENDAR
"""
OFFICE = """BEGIN:VAVAILABILITY
UID:hours@example.com
DTSTAMP:20261001T000000Z
PRIORITY:99
BEGIN:AVAILABLE
UID:tuesday@example.com
DTSTAMP:20261001T000000Z
DTSTART:20261027T090000Z
DTEND:20261027T110000Z
END:AVAILABLE
END:VAVAILABILITY
"""
TUESDAY = ["--from", "2026-10-27T08:00", "--to", "2026-10-27T12:00"]


class Answer:
    """What a command printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *words: object) -> None:
        self.code = run(["find", *(str(word) for word in words)])
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


def write(folder: Path, name: str, start: str, end: str, more: str = "") -> Path:
    path = folder / f"{name}.ics"
    path.write_text(BUSY.format(name=name.title(), start=start, end=end, more=more), encoding="utf-8", newline="\r\n")
    return path


class TestTable:
    """What people read."""

    def test_slots(self, ask) -> None:
        answer = ask(ANNA, BEN, "--optional", CHLOE, "--duration", "45m", *WEEK, *HOURS, "--limit", 2)
        assert 0 == answer.code
        assert "starts work. Times in Europe/Zurich" in answer.lines[0]
        assert ["from", "to", "missing", "tentative", "outside", "8-18"] == answer.lines[1].split()
        assert 4 == len(answer.lines)
        assert "Chloe (Sydney)" in answer.lines[2]
        assert "There are more than these 2: raise --limit." in answer.err

    def test_each_ones_own_zone(self, ask) -> None:
        """Hours are those of the wall in Zurich and in New York, five hours apart in that week."""
        answer = ask(ANNA, BEN, "--duration", "15m", *WEEK, *HOURS, "--limit", 1000)
        starts = {line.split()[1][11:16] for line in answer.lines[2:]}
        assert "14:00" <= min(starts) and max(starts) <= "17:15"

    def test_nothing(self, ask) -> None:
        """Zurich, New York and Sydney share no office hour; that is said, not left blank."""
        answer = ask(ANNA, BEN, CHLOE, "--duration", "45m", *WEEK, *HOURS)
        assert 0 == answer.code
        assert answer.lines[0].startswith("0 of ")
        assert "No time works: none of" in answer.err and "somebody required cannot come" in answer.err

    def test_some_suffice(self, ask) -> None:
        answer = ask(ANNA, BEN, CHLOE, "--at-least", 2, "--duration", "45m", *WEEK, *HOURS, "--limit", 1)
        assert "Chloe (Sydney)" in answer.lines[2]

    def test_explained(self, ask, tmp_path: Path) -> None:
        anna, ben = write(tmp_path, "anna", "080000", "095000"), write(tmp_path, "ben", "104000", "120000")
        answer = ask(anna, ben, "--duration", "1h", *TUESDAY, "--explain", "--limit", 2)
        assert "What nearly works" in answer.out
        assert "Anna busy until 09:50" in answer.out
        answer = ask(anna, ben, "--duration", "50m", *TUESDAY, "--explain", "--limit", 2)
        assert "+5 min" in answer.out and "-10 min" in answer.out

    def test_grid(self, ask, tmp_path: Path) -> None:
        anna = write(tmp_path, "anna", "080000", "090000")
        answer = ask(anna, "--duration", "30m", *TUESDAY, "--grid", "1h30m")
        assert ["09:00", "10:30"] == sorted(line.split()[1][11:16] for line in answer.lines[2:])

    def test_hours_of_the_file(self, ask, tmp_path: Path) -> None:
        """A VAVAILABILITY counts instead of --work-hours, and what is wrong with it is told."""
        anna = write(tmp_path, "anna", "080000", "093000", OFFICE)
        answer = ask(anna, "--duration", "30m", *TUESDAY, "--work-hours", "00:00-24:00", "--grid", "30m")
        assert ["09:30", "10:00", "10:30"] == [line.split()[1][11:16] for line in answer.lines[2:]]
        assert "PRIORITY='99' is not 0 to 9" in answer.err

    def test_ninety_files(self, ask, tmp_path: Path) -> None:
        """Nobody counts the people."""
        files = [write(tmp_path, f"p{i}", "080000", "090000") for i in range(90)]
        assert "11 of 15 starts work" in ask(*files, "--duration", "30m", *TUESDAY).out


class TestNeeds:
    """What a meeting needs besides people: room, and time around it. Anna is busy 09:00 to 10:00 of 08:00 to 12:00."""

    @pytest.fixture
    def anna(self, tmp_path: Path) -> Path:
        return write(tmp_path, "anna", "090000", "100000")

    @pytest.fixture
    def starts(self, ask, anna: Path):
        """The starts of an hour's meeting, in order."""

        def find(*words: object) -> list[str]:
            found = ask(anna, "--duration", "1h", *TUESDAY, "--grid", "30m", "--json", *words).json["found"]
            return sorted(slot["start"][11:16] for slot in found)

        return find

    def test_buffers(self, starts) -> None:
        """Before and after, each of its own length."""
        assert ["08:00", "10:00", "10:30", "11:00"] == starts()
        assert ["08:00", "10:30", "11:00"] == starts("--before", "30m")
        assert ["10:00", "10:30", "11:00"] == starts("--after", "5m")

    def test_notice(self, starts) -> None:
        """Counted from --now, which alone keeps what has begun away; else from the clock, for which 2026 is over."""
        assert ["10:30", "11:00"] == starts("--now", "2026-10-27T10:15")
        assert ["11:00"] == starts("--now", "2026-10-27T10:15", "--notice", "45m")
        assert [] == starts("--notice", "999999h")

    def test_most_a_day(self, starts) -> None:
        assert [] == starts("--most-a-day", 1)
        assert 4 == len(starts("--most-a-day", 2))

    def test_holds(self, starts) -> None:
        """Two of them; a date is its midnight."""
        assert ["10:00", "10:30"] == starts(
            "--hold", "2026-10-27T08:30/2026-10-27T09:00", "--hold", "2026-10-27T11:30/2026-10-28"
        )

    def test_grid(self, starts) -> None:
        assert ["10:15", "10:45"] == starts("--offset", "15m")

    def test_tentative(self, ask, tmp_path: Path) -> None:
        """Free unless said otherwise."""
        text = BUSY.replace("DTSTAMP", "STATUS:TENTATIVE\nDTSTAMP").format(
            name="T", start="080000", end="120000", more=""
        )
        path = tmp_path / "t.ics"
        path.write_text(text, encoding="utf-8")
        asked = (path, "--duration", "1h", *TUESDAY, "--json")
        assert 60 == ask(*asked).json["found"][0]["tentative_minutes"]
        assert [] == ask(*asked, "--tentative", "busy").json["found"]

    def test_rooms(self, ask, anna: Path, tmp_path: Path) -> None:
        """The smallest that is free and seats all."""
        attic, hall = write(tmp_path, "attic", "100000", "110000"), write(tmp_path, "hall", "080000", "083000")
        asked = [anna, "--duration", "1h", *TUESDAY, "--grid", "1h", "--room", f"{attic}:4", "--room", f"{hall}:30"]
        assert ["08:00 Attic", "10:00 Hall", "11:00 Attic"] == rooms_of(ask(*asked, "--json"))
        assert ["10:00 Hall", "11:00 Hall"] == rooms_of(ask(*asked, "--seats", 5, "--json"))
        shown = ask(*asked)
        assert ["from", "to", "room", "missing", "tentative", "outside", "8-18"] == shown.lines[1].split()
        assert "Attic" in shown.lines[2]
        none = ask(*asked, "--seats", 31, "--explain")
        assert "at 4 no room is free" in none.err and "no room is free" in none.out
        people = ask(*asked, "--json").json["people"]
        assert [("Attic", "room", 4), ("Hall", "room", 30)] == [(p["name"], p["role"], p["seats"]) for p in people[1:]]

    def test_a_room_without_seats(self, ask, anna: Path, tmp_path: Path) -> None:
        """It seats enough; a name that looks as if it told seats is a name, if there is such a file."""
        odd = write(tmp_path, "attic", "100000", "110000").rename(tmp_path / "attic:1")
        asked = (anna, "--duration", "1h", *TUESDAY, "--grid", "1h", "--seats", 90, "--room", odd, "--json")
        assert ["08:00 Attic", "11:00 Attic"] == rooms_of(ask(*asked))

    def test_owners(self, ask, tmp_path: Path) -> None:
        """What somebody declined is free."""
        declined = BUSY.replace("DTSTAMP", "ATTENDEE;PARTSTAT=DECLINED:mailto:anna@example.com\nDTSTAMP")
        path = tmp_path / "a.ics"
        path.write_text(declined.format(name="A", start="080000", end="120000", more=""), encoding="utf-8")
        asked = (path, "--optional", path, "--duration", "1h", *TUESDAY)
        assert "0 of" in ask(*asked).out
        found = ask(*asked, "--owner", "anna@example.com", "--owner", "ben@example.com", "--json").json["found"]
        assert [["A"]] * 10 == [slot["missing"] for slot in found]

    def test_unknown(self, ask, anna: Path, tmp_path: Path) -> None:
        """Refused; or nobody waits for them, and they are named; or busy throughout; or free."""
        broken = tmp_path / "broken.ics"
        broken.write_text("no calendar", encoding="utf-8")
        asked = (anna, broken, "--duration", "1h", *TUESDAY, "--grid", "1h", "--json")
        assert 2 == ask(*asked).code
        for on_unknown, starts in (("report", 3), ("free", 3), ("busy", 0)):
            answer = ask(*asked, "--on-unknown", on_unknown).json
            assert starts == len(answer["found"])
            assert [None, True] == [one["unknown"] and "broken.ics" in one["unknown"] for one in answer["people"]]
        svg = tmp_path / "when.svg"
        said = ask(*asked[:-1], "--on-unknown", "report", "--svg", svg)
        assert "broken.ics" in said.err and "url(#unknown)" in svg.read_text(encoding="utf-8")


def rooms_of(answer: Answer) -> list[str]:
    return sorted(f"{slot['start'][11:16]} {slot['room']}" for slot in answer.json["found"])


class TestJson:
    """What programs read."""

    def test_slots_and_misses(self, ask, tmp_path: Path) -> None:
        anna, ben = write(tmp_path, "anna", "080000", "095000"), write(tmp_path, "ben", "104000", "120000")
        answer = ask(anna, "--optional", ben, "--duration", "1h", *TUESDAY, "--grid", "1h", "--explain", "--json")
        found = answer.json
        assert ("2026-10-27T08:00+00:00", "2026-10-27T12:00+00:00") == (found["from"], found["to"])
        assert [("Anna", "required"), ("Ben", "optional")] == [(one["name"], one["role"]) for one in found["people"]]
        assert (4, False, None) == (found["looked_at"], found["more"], found["why_none"])
        assert [
            {
                "start": "2026-10-27T10:00+00:00",
                "end": "2026-10-27T11:00+00:00",
                "room": None,
                "missing": ["Ben"],
                "tentative_minutes": 0.0,
                "outside_minutes": {"most": 0.0, "total": 0.0},
            },
        ] == found["found"][:1]
        (near, *_) = found["near_misses"]
        assert {
            "start": "2026-10-27T09:00+00:00",
            "end": "2026-10-27T10:00+00:00",
            "lacking": 1,
            "move_minutes": 50.0,
            "reasons": [
                {
                    "why": "busy",
                    "who": "Anna",
                    "start": "2026-10-27T08:00+00:00",
                    "end": "2026-10-27T09:50+00:00",
                }
            ],
        } == near

    def test_nothing(self, ask) -> None:
        found = ask(ANNA, "--duration", "48h", "--from", "2026-10-26", "--to", "2026-10-27", "--json").json
        assert ([], 0, False) == (found["found"], found["looked_at"], found["more"])
        assert "the window is 86400 seconds long, the meeting takes 172800" == found["why_none"]
        assert "near_misses" not in found


class TestPicture:
    """The calendars with the best times, by the writer of `schedcore freebusy`."""

    def test_written(self, ask, tmp_path: Path) -> None:
        anna, ben = write(tmp_path, "anna", "080000", "093000"), write(tmp_path, "ben", "100000", "103000")
        svg, html = tmp_path / "when.svg", tmp_path / "when.html"
        answer = ask(anna, ben, "--duration", "30m", *TUESDAY, "--limit", 4, "--svg", svg, "--html", html)
        assert 0 == answer.code and f"written: {svg}" in answer.out and f"written: {html}" in answer.out
        for path in (svg, html):
            text = path.read_text(encoding="utf-8")
            assert "Anna" in text and "Ben" in text and "Times to meet" in text
            assert "1: Tue 09:30 to Tue 10:00" in text and "2: Tue 10:30 to Tue 11:00" in text
            assert "3: Tue 10:45" not in text, "what overlaps a better one is not drawn over it"

    def test_nowhere(self, ask, tmp_path: Path) -> None:
        path = tmp_path / "no" / "when.svg"
        answer = ask(ANNA, "--duration", "30m", *TUESDAY, "--svg", path)
        assert 2 == answer.code and "when.svg" in answer.err


class TestBadInput:
    """One line on stderr, exit code 2."""

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (["--duration", "45x"], "--duration: '45x' is no length of time; write 45m, 1h or 1h30m"),
            (["--duration", ""], "--duration: '' is no length of time"),
            (["--duration", "0m"], "duration="),
            (["--duration", "45m", "--grid", "0m"], "grid="),
            (["--duration", "45m", "--grid", "25h"], "is over a day"),
            (["--duration", "45m", "--work-hours", "Mo-Fr 9-17"], "work hours: '9' in 'Mo-Fr 9-17' is no time of day"),
            (["--duration", "45m", "--at-least", "2"], "at_least=2 of any_of, which are 1 people: ask for 0 to 1"),
            (["--duration", "45m", "--limit", "-1"], "--limit"),
            (["--duration", "45m", "--tz", "Mars/Olympus"], "Mars/Olympus"),
            (["--duration", "45m", "--optional", "nobody.ics"], "nobody.ics"),
            (["--duration", "45m", "--before", "x"], "--before: 'x' is no length of time"),
            (["--duration", "45m", "--offset", "15m"], "offset="),
            (["--duration", "45m", "--most-a-day", "-1"], "most_a_day=-1: give a whole number"),
            (["--duration", "45m", "--seats", "-1"], "seats=-1"),
            (["--duration", "45m", "--seats", "many"], "--seats"),
            (["--duration", "45m", "--tentative", "maybe"], "--tentative"),
            (["--duration", "45m", "--now", "soon"], "--now: 'soon' is not a date"),
            (["--duration", "45m", "--hold", "2026-10-27"], "--hold: '2026-10-27' is no stretch of time; write"),
            (["--duration", "45m", "--hold", "2026-10-27/x"], "--hold: 'x' is not a date"),
            (["--duration", "45m", "--hold", "2026-10-28/2026-10-27"], "ends before it starts"),
            (["--duration", "45m", "--room", "nowhere.ics:4"], "nowhere.ics"),
            (["--duration", "45m", "--room", f"{BEN}:٣"], "ben.ics:٣"),
            (["--duration", "45m", "--room", ":4"], ":4"),
            (["--duration", "45m", "--room", ""], "--room"),
            (["--duration", "45m", "--room", f"{BEN}:0"], "capacity=0"),
            (["--duration", "45m", "--room", f"{BEN}:9999999"], "ben.ics:9999999"),
            (["--duration", "45m", "--owner", "a@example.com", "--owner", "b@example.com"], "2 times for 1 people"),
            ([], "--duration"),
        ],
    )
    def test_refused(self, ask, words: list[str], message: str) -> None:
        answer = ask(ANNA, *WEEK, *words)
        assert (2, "") == (answer.code, answer.out)
        assert message in answer.err and 1 == answer.err.count("\n")

    def test_window(self, ask) -> None:
        answer = ask(ANNA, "--duration", "1h", "--from", "2026-10-27", "--to", "2026-10-26")
        assert 2 == answer.code and "before its start" in answer.err
        answer = ask(ANNA, "--duration", "1m", "--grid", "1m", "--from", "0001-01-01", "--to", "9999-12-31")
        assert 2 == answer.code and "max_starts=250000" in answer.err

    def test_no_calendar(self, ask, tmp_path: Path) -> None:
        path = tmp_path / "notes.txt"
        path.write_text("Lunch at noon")
        answer = ask(path, "--duration", "1h", *WEEK)
        assert 2 == answer.code and "notes.txt" in answer.err
