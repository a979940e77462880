"""Both commands over every calendar file that `icalendar` carries: exports of many programs, and broken ones."""

from pathlib import Path

import icalendar
import pytest

from schedcore.cli.command import run

FOLDER = Path(icalendar.__file__).parent
FILES = sorted(FOLDER.rglob("*.ics"))
COMPONENTS = (
    b"VCALENDAR",
    b"VEVENT",
    b"VTODO",
    b"VJOURNAL",
    b"VFREEBUSY",
    b"VTIMEZONE",
    b"VAVAILABILITY",
    b"VALARM",
)
WINDOWS = [["--from", "1997-09-01", "--to", "1997-10-01"], ["--from", "2020-01-01", "--to", "2021-01-01"]]


def test_there_are_many() -> None:
    """The package carries its own tests' files; were they gone, the test below would test nothing."""
    assert 100 < len(FILES)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_answered_or_refused_in_one_line(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A calendar, and a component of one, is answered, its problems in lines of their own; any other text is refused
    in one line."""
    text = file.read_bytes().upper()
    expected = (0, True) if any(b"BEGIN:" + name in text for name in COMPONENTS) else (2, False)
    for window in WINDOWS:
        for command in ("expand", "freebusy"):
            code = run([command, str(file), *window, "--tz", "Europe/Zurich"])
            out, err = capsys.readouterr()
            assert expected == (code, bool(out)), err
            assert "Traceback" not in err
            assert all(line.startswith(("schedcore: ", "The first 62 days")) for line in err.splitlines())
            if code:
                assert 1 == err.count("\n")
