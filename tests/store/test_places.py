"""Who runs a store is told which file or server it is, and what keeps this process from using it."""

from __future__ import annotations

import os
import resource

import pytest

import stores
from schedcore.store import Store, Unavailable, migrate, verify
from schedcore.store.places import place_of

WRITERS = (Store.open, migrate)
ALL = (*WRITERS, verify)


def said(call, url) -> tuple[str, str]:
    """What is said, and the reason."""
    with pytest.raises(Unavailable) as raised:
        call(url)
    return str(raised.value), raised.value.reason


@pytest.mark.parametrize("call", ALL)
def test_files_that_cannot_be_opened(call, tmp_path):
    """A folder in the place of the file, one that is not there, and a file in the place of a folder; none is made."""
    (tmp_path / "file").touch()
    assert (f"{tmp_path} is a directory: give the path of a file", "gone") == said(call, f"sqlite:///{tmp_path}")
    assert (f"{tmp_path}/no/a.db is not there, nor is its folder {tmp_path}/no", "gone") == said(
        call, f"sqlite:///{tmp_path}/no/a.db"
    )
    assert (f"{tmp_path}/file/a.db cannot be reached: not a directory", "gone") == said(
        call, f"sqlite:///{tmp_path}/file/a.db"
    )
    assert ("/dev/null is a device or a pipe: give the path of a file", "gone") == said(call, "sqlite:////dev/null")
    assert ["file"] == [one.name for one in tmp_path.iterdir()]


@pytest.mark.parametrize("call", ALL)
def test_a_file_that_may_not_be_read(call):
    """Because of its own mode, or of its folder's."""
    folder = stores.for_all()
    url = stores.fresh("sqlite", folder)
    (file,) = folder.glob("*.db")
    file.chmod(0)
    with stores.nobody():
        assert (f"{file} cannot be read: permission denied", "gone") == said(call, url)
    folder.chmod(0o700 if folder.stat().st_uid == 0 else 0)
    with stores.nobody():
        assert (f"{file} cannot be reached: permission denied", "gone") == said(call, url)
    folder.chmod(0o700)


@pytest.mark.parametrize("call", WRITERS)
def test_a_file_that_may_not_be_written(call):
    """It is refused before people find out; whoever only looks may."""
    folder = stores.for_all()
    url = stores.fresh("sqlite", folder)
    (file,) = folder.glob("*.db")
    file.chmod(0o444)
    verify(url)  # as root all modules are read that another user may not read
    with stores.nobody():
        assert (f"{file} cannot be written: permission denied", "read-only") == said(call, url)
    file.chmod(0o666)
    folder.chmod(0o555)
    with stores.nobody():
        refused = f"the folder {folder} cannot be written, and SQLite makes a journal in it: permission denied"
        assert (refused, "read-only") == said(call, url)
        assert (refused, "read-only") == said(call, f"sqlite:///{folder}/new.db")
    folder.chmod(0o700)


def test_looking_needs_no_writing(monkeypatch, tmp_path):
    """Nor may it ask whether it could."""
    monkeypatch.setattr("os.access", lambda path, how, **_: not how & os.W_OK)
    assert "0001" == verify(stores.fresh("sqlite", tmp_path))


def test_a_full_disk_stops_no_start(tmp_path):
    """Reading goes on where not a byte can be written."""
    url = stores.fresh("sqlite", tmp_path)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        with Store.open(url) as store, store.reading():
            pass
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize("call", ALL)
def test_what_is_no_database(call, tmp_path):
    """What SQLite says of a file comes with its path."""
    (tmp_path / "letter").write_text("Dear Anna, this is no database.\n" * 100)
    what, reason = said(call, f"sqlite:///{tmp_path}/letter")
    assert what.startswith(f"{tmp_path}/letter: unavailable: the database's file is damaged, or is none")
    assert "damaged" == reason


@pytest.mark.parametrize("call", ALL)
def test_a_server_that_is_not_there(call):
    """Host, port and name are told, and neither user nor password."""
    what, reason = said(call, "postgresql://anna:secret@127.0.0.1:1/plans?application_name=secret")
    assert ("127.0.0.1:1/plans: unavailable: the database cannot be reached", "gone") == (what, reason)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("postgresql://u:secret@h/n", "h:5432/n"),
        ("postgresql://u:secret@[::1]:5433/n", "[::1]:5433/n"),
        ("postgresql:///n?host=/run/pg&password=secret", "/run/pg:5432/n"),
        ("postgresql:///?host=a:1&host=b:2&dbname=n&passfile=secret", "a:1,b:2/n"),
        ("postgresql://u:p@secret@h/n", ""),  # a password that is not written as it must be
        ("postgresql://", "the local socket:5432"),
        ("sqlite://", ""),
        ("sqlite:////tmp/a.db", "/tmp/a.db"),
    ],
)
def test_places(url, place, monkeypatch):
    """What is told of a URL; nothing where it cannot be told what of it is the password."""
    for name in ("PGHOST", "PGPORT", "PGDATABASE"):
        monkeypatch.delenv(name, raising=False)
    assert place == place_of(url)
