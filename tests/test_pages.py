"""The pages: links lead somewhere, what they name is there, and the commands that they show run."""

import re
import shlex
import shutil
from pathlib import Path

import links
import pyarrow
import pyarrow.parquet
import pytest

import layers
from schedcore.cli.command import run

STANDARDS = layers.HOME / "docs" / "standards.md"
SOURCES = layers.SOURCES / layers.PACKAGE
SHOWN = re.compile(r"^    schedcore ((?:.*\\\n)*.*)", re.MULTILINE)


def test_links_lead_somewhere():
    """No Markdown file of the project links to a file or a heading that is not there."""
    assert [] == list(links.broken(links.pages()))


def test_pages_are_those_of_the_project():
    """The pages at the root and in docs are looked at, those of packages that are installed below are not."""
    found = {str(path.relative_to(layers.HOME)) for path in links.pages()}
    assert {"README.md", "COMPARE.md", "CONTRIBUTING.md", "docs/design.md", "docs/pitfalls/the-31st.md"} <= found
    assert not any("node_modules" in name or name.startswith(".") for name in found)


def test_broken_links_are_seen(tmp_path):
    """A file or a heading that is not there is named; code, other places and headings that are there are not."""
    page = tmp_path / "a.md"
    page.write_text(
        "# One `two`\n[x](gone.md) [y](b.md#three) ![p](p.svg) [z](#one-two) [w](https://example.com/gone)\n`[c](c.md)`\n"
        "```python\n# four\n[d](d.md)\n```\n[f](#four)\n"
    )
    (tmp_path / "b.md").write_text("## Two\n")
    found = [line.removeprefix(f"{page}: ") for line in links.broken([page])]
    assert [
        "gone.md leads to no file",
        "b.md#three leads to no heading",
        "p.svg leads to no file",
        "#four leads to no heading",
    ] == found


def test_broken_links_of_a_site_are_seen(tmp_path, capsys):
    """Files and places that are not there are named; a folder without pages is no site."""
    (tmp_path / "a.html").write_text('<p id="one"><a href="b.html#two"></a><a href="#one"></a><img src="gone.svg"></p>')
    (tmp_path / "b.html").write_text('<a href="a.html#one"></a><a href="https://example.com">z</a>')
    assert 1 == links.main([str(tmp_path)])
    told = capsys.readouterr().err
    assert "b.html#two leads to no place" in told
    assert "gone.svg leads to no file" in told
    assert 2 == told.count("leads to")
    assert 1 == links.main([str(tmp_path / "nowhere")])


def names(pattern: str) -> list[str]:
    """What the page of standards names, each once."""
    return sorted(set(re.findall(pattern, STANDARDS.read_text(encoding="utf-8"))))


@pytest.mark.parametrize("name", names(r"`(tests/[\w/]+\.py::\w+)`"))
def test_each_test_of_the_standards_is_there(name):
    """A test that a section is said to be held by exists."""
    file, _, function = name.partition("::")
    assert re.search(rf"^\s*def {function}\(", (layers.HOME / file).read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("name", names(r"`((?!tests/)[\w/]+\.pyx?)`"))
def test_each_module_of_the_standards_is_there(name):
    """A module that is said to build a section exists."""
    assert (SOURCES / name).exists()


PAGES = [path for path in links.pages() if SHOWN.search(path.read_text(encoding="utf-8"))]
PAGES = [path for path in PAGES if path.name == "README.md" or path.parent.name == "guide"]


def shown(page: Path) -> list[list[str]]:
    """The commands of a page in their order, as words."""
    return [shlex.split(line.replace("\\\n", " "), comments=True) for line in SHOWN.findall(page.read_text("utf-8"))]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with the files that the pages name: the examples, calendars beside them, and a table of series."""
    (tmp_path / "examples").symlink_to(layers.HOME / "examples")
    for name in ("anna", "ben"):
        shutil.copy(layers.HOME / "examples" / "team" / f"{name}.ics", tmp_path)
    shutil.copy(tmp_path / "anna.ics", tmp_path / "FILE.ics")
    series = pyarrow.table({"dtstart": ["20260105T090000Z"], "rrule": ["FREQ=WEEKLY"], "owner": [1]})
    pyarrow.parquet.write_table(series, tmp_path / "series.parquet")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(layers.HOME).as_posix())
def test_commands_run(page, place, capsys):
    """Each command of the page succeeds and says something, one after the other."""
    for words in shown(page):
        words = [name for word in words for name in (sorted(map(str, place.glob(word))) if "*" in word else [word])]
        assert 0 == run(words), (words, capsys.readouterr().err)
        told = capsys.readouterr()
        assert told.out or told.err or "--svg" in words, words


def test_pages_with_commands():
    """The pages above are not none by mistake."""
    assert {"README.md", "polls.md", "batch-jobs.md", "free-busy.md", "views.md"} <= {path.name for path in PAGES}
