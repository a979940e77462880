"""`schedcore batch`: the same answers as the library in every format, rows that are left out, and runs cut short."""

import csv
import fcntl
import io
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pyarrow
import pyarrow.csv
import pyarrow.parquet
import pytest

import layers
from schedcore import Series
from schedcore.cli import batch_output, batch_progress
from schedcore.cli.command import run
from schedcore.errors import InvalidValue

WINDOW = ["--from", "2026-06-01", "--to", "2026-08-30"]
FIRST, LAST = (int(datetime(2026, *day, tzinfo=UTC).timestamp()) for day in ((6, 1), (8, 30)))
ROWS = pyarrow.table(
    {
        "id": ["a", "b", "c", "d", "e"],
        "dtstart": ["20260105T090000", "20260601", "20260601T120000Z", "20260710T080000", "20260102T100000"],
        "tzid": ["Europe/Zurich", None, None, "America/New_York", "Asia/Tokyo"],
        "duration": ["PT1H", "P1D", "1800", "3600", None],
        "rrule": ["FREQ=WEEKLY", None, "FREQ=DAILY;COUNT=3", "FREQ=MONTHLY;BYMONTHDAY=10,20", "FREQ=YEARLY"],
        "exdate": ["20260608T090000,20260615T090000", None, None, None, None],
    }
)
SUFFIXES = ["parquet", "csv", "tsv", "arrow", "arrows", "feather", "ipc"]


def write(table: pyarrow.Table, path: Path) -> Path:
    """A file in the format that its suffix names."""
    if path.suffix == ".parquet":
        pyarrow.parquet.write_table(table, path)
    elif path.suffix in (".csv", ".tsv"):
        pyarrow.csv.write_csv(table, path, pyarrow.csv.WriteOptions(delimiter="," if path.suffix == ".csv" else "\t"))
    else:
        make = pyarrow.ipc.new_stream if path.suffix == ".arrows" else pyarrow.ipc.new_file
        with pyarrow.OSFile(str(path), "wb") as sink, make(sink, table.schema) as writer:
            writer.write_table(table, 2)
    return path


def read(path: Path) -> dict[str, list[object]]:
    """The columns of an output."""
    if path.suffix == ".parquet":
        return pyarrow.parquet.read_table(path).to_pydict()
    if path.suffix in (".csv", ".tsv"):
        options = pyarrow.csv.ParseOptions(delimiter="," if path.suffix == ".csv" else "\t")
        return pyarrow.csv.read_csv(path, parse_options=options).to_pydict()
    opened = pyarrow.ipc.open_stream if path.suffix == ".arrows" else pyarrow.ipc.open_file
    with pyarrow.OSFile(str(path)) as source:
        return opened(source).read_all().to_pydict()


def expected() -> list[tuple[int, int]]:
    """The row and the start of each occurrence, by one `Series` after the other."""
    found = []
    for number, row in enumerate(ROWS.to_pylist()):
        lines = f"{row['dtstart']}", row["tzid"]
        start = datetime.fromisoformat(lines[0])
        if lines[1]:
            from zoneinfo import ZoneInfo

            start = start.replace(tzinfo=ZoneInfo(lines[1]))
        out = [] if row["exdate"] is None else [datetime.fromisoformat(text) for text in row["exdate"].split(",")]
        whole = start.date() if number == 1 else start
        series = Series(whole, row["rrule"], exdates=[day.replace(tzinfo=start.tzinfo) for day in out], strict=False)
        if number == 1:
            found += [(1, int(datetime(2026, 6, 1, tzinfo=UTC).timestamp()))]
        else:
            window = datetime.fromtimestamp(FIRST, UTC), datetime.fromtimestamp(LAST, UTC)
            found += [(number, int(moment.timestamp())) for moment in series.between(*window)]
    return found


def expand(*words: object) -> int:
    return run(["batch", "expand", *map(str, words), *WINDOW])


class TestExpand:
    """Occurrences, in every format in and out."""

    @pytest.mark.parametrize("suffix", SUFFIXES)
    def test_formats(self, suffix, tmp_path, capsys):
        """Each format is read and written, and the answer is that of the library, row by row."""
        source, out = write(ROWS, tmp_path / f"in.{suffix}"), tmp_path / f"out.{suffix}"
        assert 0 == expand(source, "-o", out)
        found = read(out)
        assert ["series", "start", "end"] == list(found)
        assert expected() == list(zip(found["series"], found["start"], strict=True))
        lengths = {row: end - start for row, start, end in zip(*found.values(), strict=True)}
        assert {0: 3600, 1: 86400, 2: 1800, 3: 3600} == lengths
        assert f"{out}: {len(expected())} occurrences, of 5 rows, in " in capsys.readouterr().out
        assert sorted([source.name, out.name]) == sorted(os.listdir(tmp_path))

    def test_batches(self, tmp_path, monkeypatch):
        """Rows keep their numbers, however few are read at a time and whatever the threads."""
        whole = pyarrow.concat_tables([ROWS] * 500)
        source = write(whole, tmp_path / "in.parquet")
        answers = []
        for words in (["--memory", "16M"], ["--memory", "1G", "--threads", "1"], ["--threads", "3"]):
            assert 0 == expand(source, "-o", tmp_path / "out.arrow", *words)
            answers.append(read(tmp_path / "out.arrow"))
        assert answers[0] == answers[1] == answers[2]
        numbered = [(row + 5 * copy, start) for copy in range(500) for row, start in expected()]
        assert numbered == list(zip(answers[0]["series"], answers[0]["start"], strict=True))

    def test_typed_columns(self, tmp_path):
        """Columns may be timestamps, numbers, dictionaries and lists as well."""
        starts = pyarrow.array([datetime(2026, 6, 2, 9), datetime(2026, 6, 3, 9)], pyarrow.timestamp("us"))
        typed = pyarrow.table(
            {
                "dtstart": starts,
                "duration": pyarrow.array([60, 120]),
                "tzid": pyarrow.array(["UTC", "UTC"]).dictionary_encode(),
                "rdate": pyarrow.array([["20260604T090000"], None]),
            }
        )
        assert 0 == expand(write(typed, tmp_path / "in.parquet"), "-o", tmp_path / "out.parquet")
        day = int(datetime(2026, 6, 2, 9, tzinfo=UTC).timestamp())
        found = read(tmp_path / "out.parquet")
        assert {"series": [0, 0, 1], "start": [day, day + 172800, day + 86400]} == {
            name: found[name] for name in ("series", "start")
        }

    def test_the_window_is_somebodys(self, tmp_path):
        """A date begins at midnight of the zone that is named, else of UTC."""
        source = tmp_path / "in.csv"
        source.write_text("dtstart\n20260601T030000Z\n20260601T050000Z\n")
        for words, rows in (([], [0, 1]), (["--tz", "America/New_York"], [1])):
            assert 0 == expand(source, "-o", tmp_path / "out.csv", *words)
            assert rows == read(tmp_path / "out.csv")["series"]

    def test_no_rows(self, tmp_path):
        for suffix in SUFFIXES:
            source = write(ROWS.slice(0, 0), tmp_path / f"in.{suffix}")
            assert 0 == expand(source, "-o", tmp_path / "out.parquet")
            assert {"series": [], "start": [], "end": []} == read(tmp_path / "out.parquet")


class TestRowsLeftOut:
    """Rows that cannot be read."""

    TEXT = "dtstart,tzid,rrule\n20260601,,\nsoon,,\n20260602,,FREQ=NEVER\n20260603T09,Mars/Base,\n20260604,,\n"

    def test_told(self, tmp_path, capsys):
        """Each is told with its number and the reason; the others are answered, and the exit code is 3."""
        source, out = tmp_path / "in.csv", tmp_path / "out.csv"
        source.write_text(self.TEXT)
        assert 3 == expand(source, "-o", out)
        assert {0, 4} == set(read(out)["series"])
        lines = capsys.readouterr().err.splitlines()
        assert ["row 1, dtstart 'soon'", "row 2, rrule 'FREQ=NEVER'"] == [line.split(": ")[2] for line in lines[:2]]
        assert 3 == len(lines) and all(line.startswith("schedcore: in.csv: row ") for line in lines)

    def test_file(self, tmp_path, capsys):
        """All of them go to a file, while the terminal gets the first few, with nothing that steers it."""
        source, problems = tmp_path / "in.tsv", tmp_path / "problems.csv"
        bad = "\x1b[31mred"
        source.write_text("dtstart\n20260601\n" + f"{bad}\n" * 5000)
        assert 3 == expand(source, "-o", tmp_path / "out.csv", "--problems", problems, "--memory", "16M")
        rows = list(csv.reader(io.StringIO(problems.read_text())))
        assert ["row", "column", "value", "reason"] == rows[0]
        assert [[str(row), "dtstart", bad] for row in range(1, 5001)] == [row[:3] for row in rows[1:]]
        err = capsys.readouterr().err
        assert "\x1b" not in err
        assert f"schedcore: 4,990 more rows cannot be read; see {problems}" == err.splitlines()[-1]
        assert 11 == len(err.splitlines())

    def test_all_rows(self, tmp_path, capsys):
        source = tmp_path / "in.csv"
        source.write_text("dtstart\n" + "never\n" * 12)
        assert 3 == expand(source, "-o", tmp_path / "out.csv")
        assert "2 more rows cannot be read; list them with --problems FILE" in capsys.readouterr().err


class TestRefused:
    """What stops a run before it has written anything: one line, exit code 2, no file."""

    @pytest.mark.parametrize(
        ("name", "content", "words", "message"),
        [
            ("in.csv", "start\n20260601\n", [], "in.csv: no column dtstart (there are 'start'); name the columns"),
            ("in.csv", "", [], "in.csv: no column dtstart (there are none)"),
            ("in.csv", "dtstart,rrule\n20260601\n", [], "in.csv: CSV parse error: Row #2: Expected 2 columns, got 1"),
            ("in.csv", b"dtstart\n\xff\xfe\n", [], "in.csv: "),
            ("in.csv", b"\xff\xfe\n", [], "in.csv: not a file of its suffix"),
            ("in.parquet", "no parquet", [], "in.parquet: not a file of its suffix"),
            ("in.arrow", "no arrow", [], "in.arrow: not a file of its suffix"),
            ("in.xlsx", "", [], "files named '.xlsx' are not read; name it by what it is, one of .parquet .csv"),
            ("in.csv", "dtstart\n20260601\n", ["-o", "out.json"], "out.json: files named '.json' are not written"),
            ("in.csv", "dtstart\n20260601\n", ["--memory", "1K"], "--memory '1K': give 16M or more"),
            ("in.csv", "dtstart\n20260601\n", ["--memory", "much"], "--memory 'much': give 16M or more"),
            ("in.csv", "dtstart\n20260601\n", ["--threads", "0"], "0 is not in the range x>=1"),
            ("in.csv", "dtstart\n20260601\n", ["--to", "2026-05-01"], "--to 2026-05-01 is before --from 2026-06-01"),
            ("in.csv", "dtstart\n20260601\n", ["-o", "missing/out.csv"], "No such file or directory"),
        ],
    )
    def test_refused(self, name, content, words, message, tmp_path, capsys, monkeypatch):
        monkeypatch.chdir(tmp_path)
        data = content if isinstance(content, bytes) else content.encode()
        Path(name).write_bytes(data)
        assert 2 == run(["batch", "expand", name, *WINDOW, "-o", "out.csv", *words])
        out, err = capsys.readouterr()
        assert ("", 1) == (out, len(err.splitlines()))
        assert message in err
        assert [name] == os.listdir(tmp_path)

    def test_the_old_output_stays(self, tmp_path):
        """A run that fails leaves the last good answer alone."""
        source, out = tmp_path / "in.csv", tmp_path / "out.csv"
        out.write_text("the last answer")
        source.write_text("dtstart,rrule\n20260601\n")
        assert 2 == expand(source, "-o", out)
        assert "the last answer" == out.read_text()

    def test_two_runs_for_one_file(self, tmp_path, capsys):
        """While one run writes, another for the same file is refused."""
        source, out = write(ROWS, tmp_path / "in.csv"), tmp_path / "out.csv"
        with (tmp_path / "out.csv.part").open("w") as other:
            fcntl.flock(other, fcntl.LOCK_EX)
            assert 2 == expand(source, "-o", out)
        assert "another run is writing it" in capsys.readouterr().err
        assert 0 == expand(source, "-o", out)

    def test_windows(self, monkeypatch):
        """Windows cannot lock and rename as `batch_output` does, which is said before the work begins."""
        monkeypatch.setattr(sys, "platform", "win32")
        with pytest.raises(InvalidValue, match=r"out\.csv: `schedcore batch` writes on Linux and macOS only"):
            batch_output.check_name(Path("out.csv"))

    def test_without_pyarrow(self, tmp_path, capsys, monkeypatch):
        """The extra is named where it is missing."""
        source = write(ROWS, tmp_path / "in.csv")
        monkeypatch.setattr("schedcore.cli.batch.find_spec", lambda name: None)
        assert 2 == expand(source, "-o", tmp_path / "out.csv")
        assert "schedcore batch needs pyarrow: pip install 'schedcore[batch]'" in capsys.readouterr().err


class TestCutShort:
    """Runs that are stopped in the middle."""

    # Rows enough for some seconds, so that there is a middle.
    LONG = ("--from", "1700-01-01", "--to", "2700-01-01", "--memory", "16M", "--threads", "1")

    def start(self, source: Path, out: Path) -> subprocess.Popen[str]:
        words = [sys.executable, "-m", "schedcore.cli", "batch", "expand", source, *self.LONG, "-o", out]
        environment = {**os.environ, "PYTHONPATH": str(layers.SOURCES)}
        running = subprocess.Popen(map(str, words), env=environment, stderr=subprocess.PIPE, text=True)
        part = out.with_name(out.name + ".part")
        deadline = time.monotonic() + 60
        while not (part.exists() and part.stat().st_size) and time.monotonic() < deadline:
            assert running.poll() is None, running.communicate()
            time.sleep(0.01)
        return running

    @pytest.mark.parametrize(
        ("number", "code", "left"),
        [(signal.SIGINT, 130, []), (signal.SIGTERM, 143, []), (signal.SIGKILL, -9, ["out.parquet.part"])],
    )
    def test_stopped(self, number, code, left, tmp_path):
        """No half file has the final name; what a kill leaves is in nobody's way, and the next run does the whole."""
        source, out = tmp_path / "in.csv", tmp_path / "out.parquet"
        source.write_text("dtstart,rrule\n" + "16000101,FREQ=DAILY\n" * 4000)
        running = self.start(source, out)
        running.send_signal(number)
        _, err = running.communicate(timeout=60)
        assert (code, "") == (running.returncode, "".join(line for line in err.splitlines() if "rows/s" not in line))
        assert sorted(["in.csv", *left]) == sorted(os.listdir(tmp_path))
        assert 0 == expand(source, "-o", out)
        assert 4000 * 90 == len(read(out)["start"])
        assert ["in.csv", "out.parquet"] == sorted(os.listdir(tmp_path))


class TestProgress:
    """How far it is: lines in a log, a bar on a terminal."""

    def test_lines(self, tmp_path, capsys, monkeypatch):
        """Rows, rate and the time left, not more often than every few seconds."""
        monkeypatch.setattr(batch_progress, "PAUSE", 0.0)
        source = write(pyarrow.concat_tables([ROWS] * 4000), tmp_path / "in.parquet")
        assert 0 == expand(source, "-o", tmp_path / "out.parquet", "--memory", "16M")
        lines = capsys.readouterr().err.splitlines()
        assert lines[0].startswith("schedcore: 8,192 rows, ") and lines[0].endswith(" s left")
        assert " rows/s, " in lines[0]
        assert "20,000 rows" in lines[-1] and " left" not in lines[-1]

    def test_quiet(self, tmp_path, capsys):
        """A short job says nothing before it is done."""
        assert 0 == expand(write(ROWS, tmp_path / "in.parquet"), "-o", tmp_path / "out.parquet")
        assert "" == capsys.readouterr().err

    def test_terminal(self, tmp_path):
        """On a terminal there is a bar with rows and rate, which goes away at the end."""
        source = write(pyarrow.concat_tables([ROWS] * 4000), tmp_path / "in.parquet")
        main, terminal = os.openpty()
        words = [sys.executable, "-m", "schedcore.cli", "batch", "expand", source, *WINDOW, "--memory", "16M"]
        environment = {**os.environ, "PYTHONPATH": str(layers.SOURCES), "TERM": "xterm", "COLUMNS": "100"}
        done = subprocess.run(
            [*map(str, words), "-o", str(tmp_path / "out.parquet")],
            env=environment,
            stderr=terminal,
            stdout=subprocess.PIPE,
            text=True,
        )
        os.close(terminal)
        shown = os.read(main, 1 << 20).decode()
        os.close(main)
        assert 0 == done.returncode
        assert " rows/s" in shown and "%" in shown and "\x1b[" in shown
        assert "of 20,000 rows" in done.stdout


class TestFreebusy:
    """Busy time of owners, whose rows may stand anywhere."""

    BUSY = pyarrow.table(
        {
            "dtstart": [
                "20260601T080000Z",
                "20260601T083000Z",
                "20260601T100000Z",
                "20260601T080000Z",
                "20260601",
                "x",
            ],
            "duration": ["PT1H", "PT1H", "3600", "3600", "P1D", None],
            "rrule": ["FREQ=DAILY;COUNT=2", None, None, None, None, None],
            "owner": ["zoë", "zoë", "zoë", "adam", "adam", "eve"],
            "status": ["2", "1", "3", "0", "1", "2"],
        }
    )
    NUMBERED = BUSY.set_column(3, "owner", pyarrow.array([7, 7, 7, 2, 2, 9])).set_column(
        4, "status", pyarrow.array([2, 1, 3, 0, 1, 2], pyarrow.int8())
    )
    DAY, HOUR = 86400, 3600
    ZOE = ((8, 9, 2), (9, 9.5, 1), (10, 11, 3), (32, 33, 2))
    ADAM = ((0, 24, 1),)

    def ask(self, source: Path, out: Path, *words: str) -> list[tuple[object, float, float, int]]:
        """What a file is answered, in hours of the window."""
        assert 3 == run(["batch", "freebusy", str(source), *WINDOW, "-o", str(out), *words])
        rows = zip(*(read(out)[name] for name in ("owner", "start", "end", "status")), strict=True)
        return [
            (owner, (start - FIRST) / self.HOUR, (end - FIRST) / self.HOUR, status)
            for owner, start, end, status in rows
        ]

    @pytest.mark.parametrize("suffix", SUFFIXES)
    def test_names(self, suffix, tmp_path, capsys):
        """Owners that are text are answered by their names, in the order in which they first come."""
        found = self.ask(write(self.BUSY, tmp_path / f"in.{suffix}"), tmp_path / f"out.{suffix}")
        assert [("zoë", *row) for row in self.ZOE] + [("adam", *row) for row in self.ADAM] == found
        out, err = capsys.readouterr()
        assert "5 busy stretches, of 6 rows, in " in out
        assert "row 5, dtstart 'x': " in err and 1 == len(err.splitlines())

    def test_numbers(self, tmp_path):
        """Owners that are numbers are answered by those, in their order."""
        found = self.ask(write(self.NUMBERED, tmp_path / "in.parquet"), tmp_path / "out.parquet")
        assert [(2, *row) for row in self.ADAM] + [(7, *row) for row in self.ZOE] == found

    @pytest.mark.parametrize("table", [BUSY, NUMBERED])
    def test_batches(self, table, tmp_path):
        """However the rows of an owner are spread over batches, the answer is one."""
        spread = pyarrow.concat_tables([table.slice(0, 3), *[table.slice(3, 3)] * 4000, table.slice(0, 3)])
        source = write(spread, tmp_path / "in.parquet")
        once = self.ask(source, tmp_path / "out.arrow", "--memory", "1G")
        assert once == self.ask(source, tmp_path / "out.arrow", "--memory", "16M", "--threads", "3")
        assert len(self.ZOE) + len(self.ADAM) == len(once)

    def test_one_owner(self, tmp_path):
        """Without a column of owners all rows are one's."""
        table = self.BUSY.drop_columns(["owner", "status"])
        found = self.ask(write(table, tmp_path / "in.parquet"), tmp_path / "out.parquet")
        assert [(0, 0, 24, 2), (0, 32, 33, 2)] == found

    def test_rows_without_an_owner(self, tmp_path, capsys):
        """A status that is none, and an owner that is none, is a problem of its row."""
        source = tmp_path / "in.csv"
        source.write_text("dtstart,duration,owner,status\n20260601,P1D,a,busy\n20260601,P1D,a,2\n20260602,P1D,b,9\n")
        assert [("a", 0, 24, 2)] == self.ask(source, tmp_path / "out.csv")
        assert 2 == len(capsys.readouterr().err.splitlines())
