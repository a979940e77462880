"""`schedcore view`: as table, JSON and page; who sees what; and what is said of a RIGHTS.toml that is wrong."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from schedcore.cli.command import cli, run
from schedcore.cli.rights import read_rights
from schedcore.errors import InvalidValue
from schedcore.policy import PUBLIC

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
TEAM = [str(path) for path in sorted((EXAMPLES / "team").glob("*.ics"))]
RIGHTS = str(EXAMPLES / "rights.toml")

EVENTS = """\
BEGIN:VCALENDAR
X-WR-TIMEZONE:Europe/Zurich
BEGIN:VEVENT
UID:night@example.com
SUMMARY:<script>alert("night")</script>
DTSTART;TZID=Europe/Zurich:20261024T220000
DTEND;TZID=Europe/Zurich:20261025T060000
END:VEVENT
BEGIN:VEVENT
UID:away@example.com
SUMMARY:Away
LOCATION:Hut
DTSTART;VALUE=DATE:20261023
DTEND;VALUE=DATE:20261027
X-MICROSOFT-CDO-BUSYSTATUS:OOF
END:VEVENT
BEGIN:VEVENT
UID:broken@example.com
DTSTART:tomorrow
END:VEVENT
END:VCALENDAR
"""

TOML = """\
[people.anna]
name = "Anna"
addresses = ["anna@example.com"]
[people.ben]
[groups.team]
members = ["anna", "ben"]
[calendars."own.ics"]
owner = "anna"
"""


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """A folder with Anna's calendar and its RIGHTS.toml."""
    (tmp_path / "own.ics").write_text(EVENTS)
    (tmp_path / "rights.toml").write_text(TOML)
    return tmp_path


def asked(world: Path, *arguments: str, who: str = "anna") -> Result:
    files = [str(world / "own.ics"), "--rights", str(world / "rights.toml"), "--as", who]
    result = CliRunner().invoke(cli, ["view", *files, *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


def example(who: str, *arguments: str) -> Result:
    shared = ["view", *TEAM, "--rights", RIGHTS, "--as", who, "--tz", "Europe/Zurich"]
    result = CliRunner().invoke(cli, [*shared, *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


def test_a_week(world):
    """A table by days, in the zone of who looks: whole days first, what goes on before or after as an ellipsis."""
    lines = asked(world, "--week", "2026-W43").stdout.splitlines()
    assert "2026-W43, 2026-10-19 to 2026-10-25, as anna sees it, in Europe/Zurich" == lines[0]
    rows = [re.split(r" {3,}", line.strip()) for line in lines[2:]]
    assert [
        ["Fri 2026-10-23", "all day", "Anna", "Away", "out of office"],
        ["Sat 2026-10-24", "all day", "Anna", "Away", "out of office"],
        ["22:00", "…", "Anna", '<script>alert("night")</script>', "busy"],
        ["Sun 2026-10-25", "all day", "Anna", "Away", "out of office"],
        ["25 hours: clocks go back", "…", "06:00", "Anna", '<script>alert("night")</script>', "busy"],
    ] == rows


@pytest.mark.parametrize(
    ("arguments", "title"),
    [
        (["--day", "2026-10-25"], "Sunday 2026-10-25"),
        (["--week", "2026-10-25"], "2026-W43, 2026-10-19 to 2026-10-25"),
        (["--week", "2026-W43", "--wkst", "SU"], "2026-10-18 to 2026-10-24"),
        (["--month", "2026-10"], "October 2026"),
        (["--month", "2026-10-25"], "October 2026"),
        (["--list", "--from", "2026-10-25", "--to", "2026-10-27"], "2026-10-25 to 2026-10-26"),
        (["--day", "9999-12-31", "--tz", "America/New_York"], "Friday 9999-12-31"),
        (["--month", "0001-01"], "January 1"),
    ],
)
def test_kinds(world, arguments, title):
    """Each kind of view has its title, and its page and its JSON can be made of it."""
    assert asked(world, *arguments).stdout.startswith(title)
    assert "days" in json.loads(asked(world, *arguments, "--json").stdout)
    page = world / "page.html"
    assert f"written: {page}\n" == asked(world, *arguments, "--html", str(page)).stdout
    assert f"<title>{title}, as anna sees it" in page.read_text(encoding="utf-8")


def test_json(world):
    """For programs: days with their hours, entries with level, status and lanes, in the zone that was asked for."""
    found = json.loads(asked(world, "--day", "2026-10-25", "--json").stdout)
    assert ("day", "anna", "Europe/Zurich") == (found["kind"], found["as"], found["zone"])
    (day,) = found["days"]
    assert ("2026-10-25", 25.0, 0) == (day["date"], day["hours"], day["all_day_more"])
    assert {
        "calendar": str(world / "own.ics"), "start": "2026-10-23", "end": "2026-10-27", "level": "EDIT",
        "status": "out of office", "uid": "away@example.com", "summary": "Away", "location": "Hut", "lane": 0,
        "lanes": 1,
    } == day["all_day"][0]  # fmt: skip
    (night,) = day["timed"]
    assert ["2026-10-25T00:00+02:00", "2026-10-25T06:00+01:00"] == night["on_day"]
    assert 1 == len(found["problems"][str(world / "own.ics")])


class Page(HTMLParser):
    """What a browser reads: elements, texts, and the boxes with what they say."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.titles: list[str] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)
        self.titles += [value for name, value in attrs if name == "title"]

    def handle_data(self, data):
        self.texts += [data.strip()] if data.strip() else []


@pytest.mark.parametrize("kind", [["--week", "2026-W43"], ["--month", "2026-10"], ["--day", "2026-10-25"],
                                  ["--list", "--from", "2026-10-19", "--to", "2026-10-30"]])  # fmt: skip
def test_page(world, kind):
    """A page has every entry of each day once, no script, no link, and text from calendars as text."""
    path = world / "page.html"
    asked(world, *kind, "--html", str(path))
    text = path.read_text(encoding="utf-8")
    page = Page(text)
    assert not {"script", "a", "img", "iframe"} & set(page.names)
    assert "default-src 'none'" in text
    days = json.loads(asked(world, *kind, "--json").stdout)["days"]
    boxes = [title for title in page.titles if re.match(r"all day|[\d…]", title)]
    assert sum(len(day["all_day"]) + len(day["timed"]) for day in days) == len(boxes)
    assert '… – 06:00: <script>alert("night")</script> (busy)' in boxes
    assert "all day: Away, Hut (out of office)" in boxes
    assert any("25 hours" in one for one in page.texts)


def test_no_title(world):
    """What has no title is not taken for time of which nothing is known."""
    (world / "own.ics").write_text(EVENTS.replace("SUMMARY:Away\n", ""))
    assert re.search(r"all day +Anna +\(no title\)", asked(world, "--day", "2026-10-24").stdout)
    asked(world, "--day", "2026-10-24", "--html", str(world / "page.html"))
    assert "all day: no title, Hut (out of office)" in (world / "page.html").read_text(encoding="utf-8")


def test_page_of_a_crowd(tmp_path):
    """Of eight at once five are drawn and three counted; of eight in a cell of a month seven lines and one counted."""
    events = "".join(
        f"BEGIN:VEVENT\nUID:{n}\nSUMMARY:E{n}\nDTSTART:20261027T0900{n:02}Z\nDURATION:PT1H\nEND:VEVENT\n"
        for n in range(8)
    )
    (tmp_path / "own.ics").write_text(f"BEGIN:VCALENDAR\n{events}END:VCALENDAR\n")
    (tmp_path / "rights.toml").write_text(TOML)
    path = tmp_path / "page.html"
    asked(tmp_path, "--week", "2026-W44", "--html", str(path))
    page = Page(path.read_text(encoding="utf-8"))
    assert 5 == sum("(busy)" in title for title in page.titles)
    assert "+3" in page.texts and "up to 3 more, 09:00 – 10:00" in page.titles
    asked(tmp_path, "--month", "2026-10", "--html", str(path))
    page = Page(path.read_text(encoding="utf-8"))
    assert 7 == sum("(busy)" in title for title in page.titles)
    assert "+1 more" in page.texts


def test_who_sees_what():
    """The example of the documentation: a reader sees words, a colleague blocks, the public what is published."""
    anna, ben, chloe, public = (example(who, "--week", "2026-W44").stdout for who in ("anna", "ben", "chloe", "public"))
    assert "Interview, second round" in anna and "Interview, second round" in ben
    assert "Interview" not in chloe and re.search(r"14:00 +15:30 +Anna +\(taken\) +busy", chloe)
    assert "Away, back on 2 November" in anna and "Away" not in ben
    assert "Anna" not in public and re.search(r"15:00 +15:30 +Ben +\(taken\)\n", public)


def test_nothing_of_others_in_any_form(tmp_path):
    """What a viewer may not know is in no form of the answer: neither table, nor JSON, nor page, nor stderr."""
    for form in ([], ["--json"], ["--html", str(tmp_path / "page.html")]):
        result = example("public", "--month", "2026-10", *form)
        text = (
            result.output + (tmp_path / "page.html").read_text(encoding="utf-8") if "--html" in form else result.output
        )
        for word in ("Stand-up", "Pipeline", "team-sync-2026", "6f2d1c1e", "Handover", "Interview", "Visit"):
            assert word not in text


def test_problems_are_for_whose_they_are(world):
    """What is wrong with a file names its events: its owner is told, nobody else."""
    assert "broken@example.com" in asked(world, "--week", "2026-W43").stderr
    assert "broken" not in asked(world, "--week", "2026-W43", who="ben").output
    (world / "own.ics").write_text("secret password")
    assert "secret" not in asked(world, "--week", "2026-W43", who="ben").output
    assert "there is no BEGIN:VCALENDAR" in asked(world, "--week", "2026-W43").stderr


def test_viewers(world):
    """Somebody is named by id or by address; the public is the public, and a stranger is nobody."""
    rights = read_rights(world / "rights.toml")
    assert ["anna", "anna", "ben", PUBLIC] == [
        rights.viewer(who) for who in ("anna", "ANNA@example.com", "ben", "public")
    ]
    with pytest.raises(InvalidValue, match=r"--as 'eve': nobody in .* has this id or address; give anna, ben, public"):
        rights.viewer("eve")


def refused(*arguments: str, capsys) -> str:
    """The one line that a refusal is."""
    assert 2 == run(["view", *arguments])
    line = capsys.readouterr().err
    assert 1 == line.count("\n") and line.startswith("schedcore: ")
    return line


ANNAS = "[people.a]\n[calendars.'own.ics']\nowner='a'\n"


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("[people.anna]\nname = x", r"rights\.toml is no TOML: .*line 2"),
        ("people = 5", r"rights\.toml: people: 5 is no table"),
        ("[persons.anna]", r"rights\.toml: there is no 'persons' here; known are people, groups, calendars"),
        ("[people.anna]\nmail = 'a'", r"people\.anna: there is no 'mail' here; known are name, addresses"),
        ("[people.anna]\naddresses = 'a@example.com'", r"addresses: 'a@example\.com' is no list of texts"),
        ("[people.anna]\naddresses = ['nobody']", r"people\.anna: .*'nobody'"),
        ("[people.anna]\nname = 5", r"people\.anna\.name: 5 is no text; write name = "),
        ("[groups.team]\nmembers = ['bn']", r"groups\.team\.members: 'bn' is nobody in \[people\]"),
        ("[people.b]\n[people.a]\n[groups.t]\nmembers = ['b']\nadministrator = 'a'", r"groups\.t: .*is no member"),
        ("[calendars.'own.ics']", r'calendars\."own\.ics": it has neither owner nor group nor subscriber; give one'),
        ("[people.a]\n[calendars.'own.ics']\nowner = 'a'\nsubscriber = 'a'", "it has owner and subscriber; give one"),
        ("[people.anna]\n[calendars.'own.ics']\nowner = 'ann'", r"owner: 'ann' is not in \[people\]; give anna"),
        ("[calendars.'own.ics']\ngroup = 'x'", r"group: 'x' is not in \[groups\]; give one"),
        (ANNAS + "public='all'", r"public: 'all' is not known; give one of off"),
        (ANNAS + "tz='Mars'", r"tz: no zone is called 'Mars'"),
        (ANNAS + "grants=5", r"grants: 5 is no list; write \[\{ right"),
        (ANNAS + "grants=[{}]", r"grants\[0\]\.right: None is not known; give one of read"),
        (ANNAS + "grants=[{right='read'}]", r"grants\[0\]: .*names nobody"),
        (ANNAS + "grants=[{right='read', member='b'}]", r"member: 'b' is not in \[people\]"),
        (ANNAS + "grants=[{right='read', group='b'}]", r"group: 'b' is not in \[groups\]"),
        ("[people.a]\n[calendars.'own.ics']\nsubscriber='a'\ngrants=[]", r"grants: an external calendar has none"),
        (ANNAS + "native='x'", r"native: 'x' is no list of texts"),
        ("[people.anna]\n[calendars.'other.ics']\nowner='anna'", r"nothing is said of .*own\.ics; add \[cal"),
        ("[people.a]\naddresses=['x@y.z']\n[people.b]\naddresses=['X@y.z']", r"rights\.toml: .*belongs to one person"),
    ],
)  # fmt: skip
def test_rights_that_are_wrong(world, toml, said, capsys):
    """Each slip is one line with the file, the place in it, the value, and what would be right."""
    (world / "rights.toml").write_text(toml)
    files = [str(world / "own.ics"), "--rights", str(world / "rights.toml"), "--as", "anna", "--day", "2026-10-25"]
    assert re.search(said, refused(*files, capsys=capsys))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "no view is given: give one of --day, --week, --month, --list"),
        (["--day", "2026-10-25", "--week", "2026-W43"], "--day and --week is given"),
        (["--day", "25.10.2026"], "--day: '25.10.2026' is no date; write 2026-04-01"),
        (["--week", "2027-W53"], "the year has no such week"),
        (["--month", "2026-13"], "--month: '2026-13' is no month; write 2026-04"),
        (["--list"], "--list needs --from and --to"),
        (["--list", "--from", "2026-10-25", "--to", "2026-10-25"], "is not after --from"),
        (["--list", "--from", "0001-01-01", "--to", "9999-12-31"], "a view has at most 3660"),
        (["--day", "2026-10-25", "--from", "2026-10-24"], "--from and --to go with --list, not with --day"),
        (["--day", "2026-10-25", "--tz", "Mars"], "no zone is called 'Mars'"),
    ],
)
def test_questions_that_are_wrong(world, arguments, said, capsys):
    """What is asked wrongly is one line, with what would be right."""
    files = [str(world / "own.ics"), "--rights", str(world / "rights.toml"), "--as", "anna"]
    assert said in refused(*files, *arguments, capsys=capsys)


def test_two_calendars_of_one_name(world):
    """Where two files are of the same person the file tells them apart."""
    (world / "more.ics").write_text(EVENTS.replace("Away", "Gone"))
    (world / "rights.toml").write_text(TOML + "[calendars.'more.ics']\nowner = 'anna'\n")
    found = asked(world, str(world / "more.ics"), "--day", "2026-10-24").stdout
    assert "Anna (own)" in found and "Anna (more)" in found


def test_the_guide(tmp_path):
    """The guide's RIGHTS.toml can be read, and its table is what the command prints."""
    guide = (EXAMPLES.parent / "docs" / "guide" / "views.md").read_text(encoding="utf-8")
    (tmp_path / "rights.toml").write_text(re.search(r"```toml\n(.*?)```", guide, re.DOTALL)[1])
    assert [tmp_path / "anna.ics"] == list(read_rights(tmp_path / "rights.toml").calendars)
    shown = CliRunner().invoke(cli, ["view", *TEAM, "--rights", RIGHTS, "--as", "chloe", "--day", "2026-10-27"])
    assert re.search(r"```text\n(.*?)```", guide, re.DOTALL)[1] == shown.stdout
