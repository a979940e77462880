"""`schedcore poll`: a poll by hand in a file, and votes in files."""

import json
import xml.etree.ElementTree as ElementTree

import pyarrow as pa
import pytest
from pyarrow import csv, parquet

from schedcore.cli.command import run
from schedcore.cli.poll_tally import Bar, svg

ANNA, BEN, CARLA = "anna@example.com", "ben@example.com", "carla@example.com"


@pytest.fixture
def lunch(tmp_path, capsys):
    """A poll of two options and two voters."""
    file = tmp_path / "lunch.json"
    made = ["poll", "create", str(file), "--by", ANNA, "--ask", BEN, "--ask", f"{CARLA}=2!", "--subject", "Lunch"]
    made += ["--option", "2026-10-26T12:00/13:00", "--option", "2026-10-27", "--tz", "Europe/Zurich"]
    assert 0 == run([*made, "--now", "2026-10-01"])
    assert [
        f"{file}: open", f"mail to {BEN}: poll invited (with a link to vote)",
        f"mail to {CARLA}: poll invited (with a link to vote)",
    ] == capsys.readouterr().out.splitlines()  # fmt: skip
    return file


def told(capsys, *arguments):
    """What a command prints that works."""
    assert 0 == run([str(one) for one in arguments])
    return capsys.readouterr().out


def test_from_the_first_vote_to_the_last_word(lunch, capsys):
    """Vote, change, withdraw, edit, remind, look, tally, choose, delete."""
    told(capsys, "poll", "vote", lunch, "--by", BEN, "1=yes", "2=if-need-be")
    assert f"mail to {CARLA}: poll reminded" in told(capsys, "poll", "remind", lunch, "--by", ANNA)
    assert "mail" not in told(capsys, "poll", "remind", lunch, "--by", ANNA, "--leave-out", CARLA)
    told(capsys, "poll", "vote", lunch, "--by", CARLA, "1=no", "2=yes")
    shown = told(capsys, "poll", "show", lunch, "--as", BEN, "--tz", "Asia/Tokyo")
    assert "2026-10-26T20:00+09:00   yes" in shown
    standing = json.loads(told(capsys, "poll", "tally", lunch, "--json"))
    assert [(2, 2, 1, 0), (1, 1, 0, 2)] == [
        (one["option"], one["yes"], one["if_need_be"], one["no"]) for one in standing["options"]
    ]
    assert [[], [CARLA]] == [one["lacking"] for one in standing["options"]]
    told(capsys, "poll", "withdraw", lunch, "--by", CARLA, "1")
    assert "poll changed (voters; with" in told(capsys, "poll", "edit", lunch, "--by", ANNA, "--ask", BEN)
    assert f"mail to {BEN}: poll chosen (with a link to answer)" in told(
        capsys, "poll", "choose", lunch, "--by", ANNA, "2"
    )
    assert "2 *" in told(capsys, "poll", "show", lunch)
    assert "deleted" in told(capsys, "poll", "delete", lunch, "--by", ANNA)
    assert BEN not in lunch.read_text() and [lunch] == list(lunch.parent.iterdir())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["vote", "--by", "eve@example.com", "1=yes"], "not asked"),
        (["vote", "--by", BEN, "3=yes"], "option 3 is not"),
        (["vote", "--by", BEN, "1=perhaps"], "is no vote"),
        (["choose", "--by", BEN, "1"], "only 'anna@example.com'"),
        (["edit", "--by", ANNA, "--option", "2026-13-01"], "neither a day"),
        (["edit", "--by", ANNA, "--ask", "x@example.com=many"], "weight"),
    ],
)
def test_what_is_refused_leaves_the_file(lunch, capsys, arguments, message):
    """One line that says why, exit code 2, and the file as it was."""
    before = lunch.read_bytes()
    assert 2 == run(["poll", arguments[0], str(lunch), *arguments[1:]])
    error = capsys.readouterr().err
    assert message in error and 1 == error.count("\n")
    assert before == lunch.read_bytes() and [lunch] == list(lunch.parent.iterdir())


def test_a_poll_is_made_once(lunch, capsys):
    """Not over another, and not from what is no poll."""
    assert 2 == run(["poll", "create", str(lunch), "--by", ANNA, "--ask", BEN, "--option", "2026-10-27"])
    assert "is there already" in capsys.readouterr().err
    for text in ("", "{}", "[" * 100_000, '{"type": "Choose", "v": 1, "by": "a", "acting_for": "", "option": 1}'):
        lunch.write_text(text)
        assert 2 == run(["poll", "show", str(lunch)])
        assert str(lunch) in capsys.readouterr().err


def test_who_is_busy(lunch, capsys):
    """A calendar of a voter says who is busy, whatever they voted."""
    calendar = lunch.parent / "ben.ics"
    calendar.write_text(
        "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nBEGIN:VEVENT\nUID:1\nDTSTART:20261026T110000Z\n"
        "DTEND:20261026T120000Z\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    found = json.loads(told(capsys, "poll", "tally", lunch, "--json", "--busy", f"{BEN}={calendar}"))
    assert {1: [BEN], 2: []} == {one["option"]: one["busy"] for one in found["options"]}


VOTES = {"poll": [1, 1, 1, 1], "option": [1, 2, 1, 1], "voter": [1, 1, 2, 2], "vote": [2, 1, 0, 2]}


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_votes_in_files(tmp_path, capsys, suffix):
    """As table, JSON and picture; the last vote counts unless each voter has one."""
    file = tmp_path / f"votes.{suffix}"
    (csv.write_csv if suffix == "csv" else parquet.write_table)(pa.table(VOTES), file)
    found = json.loads(told(capsys, "poll", "tally", file, "--json"))
    assert [{"poll": 1, "option": 1, "no": 0, "if_need_be": 0, "yes": 2, "rank": 1},
            {"poll": 1, "option": 2, "no": 0, "if_need_be": 1, "yes": 0, "rank": 2}] == found  # fmt: skip
    assert 1 == json.loads(told(capsys, "poll", "tally", file, "--json", "--unique"))[0]["no"]
    picture = tmp_path / "bars.svg"
    assert "1      1        0    0            2     1" in told(capsys, "poll", "tally", file, "--svg", picture)
    ElementTree.fromstring(picture.read_text())


def test_votes_that_are_none(tmp_path, capsys):
    """A column that lacks, a vote that is none, a file of another kind: one line each."""
    file = tmp_path / "votes.csv"
    for text, message in (
        ("poll,option,voter\n1,1,1\n", "no column vote"),
        ("poll,option,voter,vote\n1,1,1,7\n", "vote: row 0 is 7"),
        ("poll,option,voter,vote\n1,1,,2\n1,1,2,2\n", "voter: row 0 is missing"),
        ("poll,option,voter,vote\n1,1,a,2\n", "voter"),
    ):
        file.write_text(text)
        assert 2 == run(["poll", "tally", str(file)])
        error = capsys.readouterr().err
        assert message in error and "votes.csv" in error
    other = tmp_path / "votes.txt"
    other.write_text("")
    assert 2 == run(["poll", "tally", str(other)])


def test_the_picture():
    """Titles of strangers are text; parts that nobody said are not drawn; nothing divides by no votes."""
    drawn = ElementTree.fromstring(svg([Bar("<b>&", 0, 1, 2, 1), Bar("none", 0, 0, 0, 2)], "<script>"))
    boxes = [one for one in drawn.iter("{http://www.w3.org/2000/svg}rect") if len(one)]
    assert ["<b>&: 2 yes", "<b>&: 1 if need be"] == [one[0].text for one in boxes]
