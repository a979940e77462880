"""`schedcore migrate`: what it says and how it ends, on a file; the steps themselves are tested with the store."""

import pytest

from schedcore.cli.command import run
from schedcore.store import Store, migrating


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/a.db"


def said(capsys, *arguments):
    """Exit code, stdout and stderr of a command line."""
    code = run(["migrate", *arguments])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_up_check_down(capsys, url):
    """Tables are made, checked, found to be there already, and taken away."""
    head = migrating.head()
    assert (0, f"schedcore: from revision base to {head}\n", "") == said(capsys, "--store", url)
    assert (0, f"schedcore: the store has the tables of revision {head}\n", "") == said(
        capsys, "--store", url, "--check"
    )
    assert (0, f"schedcore: at revision {head} already\n", "") == said(capsys, "--store", url)
    Store.open(url).close()
    assert (0, f"schedcore: from revision {head} to base\n", "") == said(capsys, "--store", url, "--to", "base")
    code, out, err = said(capsys, "--store", url, "--check")
    assert (2, "") == (code, out)
    assert "schedcore: the store has no tables of schedcore yet: run `schedcore migrate --store URL`\n" == err


def test_refused(capsys, url, monkeypatch):
    """A wrong URL, a wrong revision and no store at all are one line each, with exit code 2 and no password."""
    for arguments in (["--store", "mysql://u:secret@h/x"], ["--store", url, "--to", "9"], []):
        code, out, err = said(capsys, *arguments)
        assert (2, "", 1) == (code, out, err.count("\n"))
        assert "secret" not in err
    monkeypatch.setenv("SCHEDCORE_STORE", url)
    assert 0 == said(capsys)[0]
