"""kill -9 of the server while everybody votes: nothing acknowledged is lost, and it starts again on the same store.

SCHEDCORE_KILLS says how often on each store (`make test-faults`: 100).
"""

from __future__ import annotations

import random
import shutil
import signal
import sqlite3
from collections import Counter
from pathlib import Path

import pytest

import stores
from faults.playing import Voters, free_address, judged, rounds, seed, serving
from faults.voters import Round

KILLS = rounds("SCHEDCORE_KILLS", 2)


def round_of(number: int, chance: random.Random) -> Round:
    """16 people ask four times each; the server is killed somewhere in between."""
    return Round(
        seed=number,
        voters=16,
        ops=4,
        places=3 if number % 4 == 3 else 0,
        barriers=((), ("close",), (), ("choose 1", "choose 2"))[number % 4],
        editors=2 if number % 4 == 2 else 0,
        now=chance.randint(4, 60),
    )


def check_file(url: str, folder: Path) -> None:
    """A file of SQLite is whole, with what a killed server left of a transaction: looked at in a copy."""
    if not url.startswith("sqlite"):
        return
    file = Path(url.removeprefix("sqlite:///"))
    folder.mkdir()
    for one in file.parent.glob(f"{file.name}*"):  # its journal too, if there is one
        shutil.copy(one, folder)
    with sqlite3.connect(folder / file.name) as connection:
        assert [("ok",)] == connection.execute("PRAGMA integrity_check").fetchall()
        assert [] == connection.execute("PRAGMA foreign_key_check").fetchall()
    connection.close()
    shutil.rmtree(folder)


def test_killed_while_voting(url, tmp_path, count: Counter[str]):
    """Whenever it is killed: what was acknowledged is there, what was not counts once or not at all, no file is
    damaged, and the next server goes on."""
    chance = random.Random(1)
    address = free_address()
    server = serving(url, address=address)
    try:
        with Voters(tmp_path, address) as voters:
            for number in range(KILLS):
                voters.begin(round_of(number, chance))
                voters.wait("now")
                server.signal(signal.SIGKILL)
                assert -signal.SIGKILL == server.wait()
                server.end()
                check_file(url, tmp_path / "copy")
                count["kills"] += 1
                server = serving(url, address=address)
                voters.wait("done")
                lines = voters.lines()
                count["attempts lost"] += sum(line.get("code") == "UNAVAILABLE" for line in lines)
                judged(lines, count)
        server.signal()
        assert 0 == server.wait()
    finally:
        server.end()
    check_file(url, tmp_path / "copy")
    assert KILLS == count["kills"] == count["polls"]
    assert count["attempts lost"] and count["operations done"], count


def test_a_damaged_file_is_found(tmp_path):
    """The check of files sees what it is for: one byte of a page's header that is another is enough."""
    url = stores.fresh("sqlite", tmp_path)
    seed(url)
    check_file(url, tmp_path / "copy")
    with Path(url.removeprefix("sqlite:///")).open("r+b") as file:
        file.seek(3 * 4096 + 3)  # how many cells the fourth page has: SQLite's file format, 1.6
        file.write(b"\xff\xff")
    with pytest.raises((AssertionError, sqlite3.DatabaseError)):
        check_file(url, tmp_path / "again")
