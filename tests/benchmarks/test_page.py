"""The tables and the picture of the pages are those of the committed results."""

from itertools import pairwise

import pytest

from benchmarks import page, plot
from benchmarks.report import RESULTS, Report, Row


def test_the_pages_have_the_tables_of_the_results():
    """Each table is what `python -m benchmarks.page` would write now."""
    assert [] == page.outdated()


def test_the_picture_is_of_the_results():
    """It carries the digest of what it was drawn from, and no date."""
    text = plot.PICTURE.read_text(encoding="utf-8")
    assert plot.digest(Report.read(RESULTS / "rivals.json")) in text
    assert "dc:date" not in text


def test_an_outdated_page_is_seen(tmp_path, monkeypatch, capsys):
    """It is named, then written, then up to date."""
    copy = tmp_path / "performance.md"
    text = page.PAGES[0].read_text(encoding="utf-8")
    copy.write_text(text.replace("| `daily_count` |", "| `other` |"), encoding="utf-8")
    monkeypatch.setattr(page, "PAGES", (copy,))
    assert 1 == page.main(["--check"])
    assert "performance.md is out of date" in capsys.readouterr().err
    assert 0 == page.main([])
    assert 0 == page.main(["--check"])


def test_the_page_names_what_misses_its_floor():
    """With the ratio, the floor and what it is a ratio to."""
    rows = [Row("expand", "slow", 1, {"schedcore": 1.0, "dateutil": 5.0}, {"dateutil": 20})]
    assert "- `slow` (expand): 5 of 20, beside dateutil" in "\n".join(page.floors(rows))


def test_the_page_says_what_the_machine_reached():
    """In the table of the row, and where its floor was missed; nothing where it was not measured."""
    both = {"2 threads": 2.0, "1 thread": 3.2}
    short = Row("bulk", "two", 4_000_000, both, {"1 thread": 1.7}, ceilings={"1 thread": 1.65})
    plain = Row("bulk", "one", 1_000_000, {"of_table": 1.0, "expand": 0.5})
    assert "| `two` | 2 | 1 thread | 1.6 | 1.7 | 1.65 |" in page.bulk([short, plain])
    assert "| `one` | 1 | expand | 0.5 |  |  |" in page.bulk([short, plain])
    assert "- `two` (bulk): 1.6 of 1.7, beside 1 thread, where the machine itself reached 1.65" in page.floors([short])


def test_lines_are_read_from_the_rows():
    """One for each engine, as far as it answered."""
    rows = [
        Row("distance", "daily 1", 7, {"schedcore": 1.0, "dateutil": 2.0}),
        Row("distance", "daily 10", 7, {"schedcore": 1.0}),
        Row("distance", "weekly 1", 7, {"schedcore": 9.0}),
    ]
    assert {"schedcore": [(1, 1.0), (10, 1.0)], "dateutil": [(1, 2.0)]} == plot.lines(rows, "daily")


@pytest.mark.parametrize("ends", [{"a": 0.0, "b": 0.01, "c": 0.02}, {"a": 1.0, "b": -1.0}, {}])
def test_labels_do_not_touch(ends):
    """They keep their order and their distance."""
    heights = plot.placed(ends)
    order = sorted(ends, key=ends.get)
    assert order == sorted(heights, key=heights.get)
    for low, high in pairwise(order):
        assert heights[high] - heights[low] >= plot.GAP - 1e-9
