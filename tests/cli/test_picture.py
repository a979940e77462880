"""The timeline as a picture: what stands where, as a program that reads SVG sees it."""

import xml.etree.ElementTree as ElementTree
from datetime import datetime, timedelta
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest

from schedcore.cli.picture import BANDS_MEAN, FILLS, HOUR, LEAST, MOST_DAYS, Band, html, svg
from schedcore.cli.timeline import Row
from schedcore.freebusy import Block, Status

ZURICH = ZoneInfo("Europe/Zurich")
SVG = "{http://www.w3.org/2000/svg}"
DAY = 86_400


def at(text: str, zone: ZoneInfo = ZURICH) -> int:
    """UTC seconds of a wall time."""
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp())


def block(start: str, end: str, status: Status = Status.BUSY) -> Block:
    return Block(0, at(start), at(end), status)


def drawn(rows: list[Row], first: str, last: str, zone: ZoneInfo = ZURICH, **more: object) -> ElementTree.Element:
    """The picture as a tree."""
    text = svg(rows, at(first, zone), at(last, zone), zone, title="Free/busy", **more)  # type: ignore[arg-type]
    return ElementTree.fromstring(text)


def boxes(root: ElementTree.Element) -> dict[str, tuple[float, float, str]]:
    """Boxes by what they say: x, width and fill."""
    return {
        title.text or "": (float(rect.get("x", 0)), float(rect.get("width", 0)), rect.get("fill", ""))
        for rect in root.iter(f"{SVG}rect")
        for title in rect.iter(f"{SVG}title")
    }


def texts(root: ElementTree.Element) -> list[str]:
    return [text.text or "" for text in root.iter(f"{SVG}text")]


def test_where_boxes_stand() -> None:
    """Widths are lengths, places are times, fills are statuses."""
    row = Row(
        "Anna",
        [
            block("2026-10-26T09:00", "2026-10-26T10:30"),
            block("2026-10-26T10:30", "2026-10-26T12:00", Status.TENTATIVE),
            block("2026-10-26T22:00", "2026-10-27T02:00", Status.OUT_OF_OFFICE),
        ],
    )
    found = boxes(drawn([row], "2026-10-26", "2026-10-27"))
    busy = found["Anna: busy Mon 09:00 to Mon 10:30"]
    tentative = found["Anna: tentative Mon 10:30 to Mon 12:00"]
    away = found["Anna: out of office Mon 22:00 to Tue 02:00"]
    assert [1.5 * HOUR, 1.5 * HOUR, 2 * HOUR] == [box[1] for box in (busy, tentative, away)]
    assert [1.5 * HOUR, 13 * HOUR] == [tentative[0] - busy[0], away[0] - busy[0]]
    assert list(FILLS.values()) == [box[2] for box in (tentative, busy, away)]
    assert 3 == len(set(FILLS.values()))


@pytest.mark.parametrize(
    ("zone", "day", "hours", "labels", "said"),
    [
        ("Europe/Zurich", "2026-10-25", 25, "00 02 02 04 06", "25 hours: clocks go back"),
        ("Europe/Zurich", "2026-03-29", 23, "00 04 06", "23 hours: clocks go forward"),
        ("America/New_York", "2026-11-01", 25, "00 01 02 04", "25 hours: clocks go back"),
        ("Australia/Lord_Howe", "2026-04-05", 24.5, "00 02 04", "24.5 hours: clocks go back"),
        ("Australia/Lord_Howe", "2026-10-04", 23.5, "00 04 06", "23.5 hours: clocks go forward"),
        ("Asia/Kathmandu", "2026-10-04", 24, "00 02 04", ""),
    ],
)
def test_days_of_other_lengths(zone: str, day: str, hours: float, labels: str, said: str) -> None:
    """A strip is as long as its day, and its hours are those of the clock."""
    tz = ZoneInfo(zone)
    start = datetime.fromisoformat(day)
    end = (start + timedelta(days=1)).isoformat()
    whole = Row("Anna", [Block(0, at(day, tz), at(end, tz), Status.BUSY)])
    root = drawn([whole], day, end, tz)
    assert [hours * HOUR] == [width for _, width, _ in boxes(root).values()]
    found = texts(root)
    assert labels.split() == [text for text in found if text.isdecimal()][: len(labels.split())]
    assert bool(said) == (said in found)


def test_a_moment_is_seen() -> None:
    row = Row("Anna", [block("2026-10-26T09:00", "2026-10-26T09:00:01")])
    assert [LEAST] == [width for _, width, _ in boxes(drawn([row], "2026-10-26", "2026-10-27")).values()]


def test_a_free_day_is_one_line() -> None:
    """No rows are drawn for a day on which nobody has anything; an unknown one is not such a day."""
    busy = Row("Anna", [block("2026-10-26T09:00", "2026-10-26T10:00")])
    found = texts(drawn([busy], "2026-10-26", "2026-10-28"))
    assert (1, 1) == (found.count("Anna"), found.count("free"))
    assert "free" not in texts(drawn([Row("Ben", [], unknown=True)], "2026-10-26", "2026-10-28"))


def test_unknown_is_drawn_as_that() -> None:
    rows = [Row("Ben", [], unknown=True), Row("Team", [block("2026-10-26T09:00", "2026-10-26T10:00")], True, True)]
    found = boxes(drawn(rows, "2026-10-26", "2026-10-27"))
    assert "url(#unknown)" == found["Ben: unknown"][2] == found["Team: unknown"][2]
    assert FILLS[Status.BUSY] == found["Team: busy Mon 09:00 to Mon 10:00"][2]


def test_bands() -> None:
    """A time to meet lies over all rows, also on a day on which all are free."""
    start = at("2026-10-26T14:00")
    band = Band(start, start + 2700, "1st")
    found = drawn([Row("Anna", []), Row("Ben", [])], "2026-10-26", "2026-10-27", bands=[band])
    assert [0.75 * HOUR] == [width for _, width, _ in boxes(found).values()]
    assert {"1st", "Anna", "Ben"} < set(texts(found))


def test_bands_are_explained() -> None:
    """In the legend, if there are any."""
    start = at("2026-10-26T14:00")
    for bands in ([Band(start, start + 2700, "1")], []):
        found = drawn([Row("Anna", [])], "2026-10-26", "2026-10-27", bands=bands)
        assert bool(bands) == (BANDS_MEAN in texts(found))


def test_bands_where_clocks_change() -> None:
    """The numbers of bands and what is said about the day stand in lines of their own."""
    start = at("2026-10-25T04:00")
    root = drawn([Row("Anna", [])], "2026-10-25", "2026-10-26", bands=[Band(start, start + 2700, "1")])
    places = {}

    def walk(element: ElementTree.Element, y: float) -> None:
        moved = element.get("transform", "translate(0 0)").removeprefix("translate(0 ").removesuffix(")")
        y += float(moved) if element.tag == f"{SVG}g" else 0
        places[element.text] = y + float(element.get("y", 0))
        for child in element:
            walk(child, y)

    walk(root, 0)
    assert 10 <= places["1"] - places["25 hours: clocks go back"] <= 20


def test_what_was_not_asked_for_is_paler() -> None:
    row = Row("Anna", [block("2026-10-26T09:00", "2026-10-26T10:00")])
    root = drawn([row], "2026-10-26T06:00", "2026-10-26T18:00")
    veils = [float(r.get("width", 0)) for r in root.iter(f"{SVG}rect") if r.get("fill-opacity") == "0.75"]
    assert [6 * HOUR, 6 * HOUR] == veils


@pytest.mark.parametrize("name", ['<script>alert("1")</script>', "A & B", "\u202eyad", "a\x1b[31m\nb", "'\""])
def test_names_do_no_harm(name: str) -> None:
    """Markup in a name is text, and nothing in a picture is a link or a script."""
    rows = [Row(name, [block("2026-10-26T09:00", "2026-10-26T10:00")])]
    window = at("2026-10-26"), at("2026-10-27"), ZURICH
    root = ElementTree.fromstring(svg(rows, *window, title=name))
    assert {"svg", "defs", "clipPath", "pattern", "rect", "path", "circle", "g", "text", "title"} >= {
        element.tag.removeprefix(SVG) for element in root.iter()
    }
    for text in (svg(rows, *window, title=name), html(rows, *window, title=name)):
        assert not {"\u202e", "\x1b"} & set(text)
        assert "<script" not in text


@pytest.mark.parametrize(
    ("name", "shown"), [("x" * 50, "x" * 20 + "…"), ("会" * 12, "会" * 10 + "…"), ("会" * 10, "会" * 10)]
)
def test_a_long_name_is_cut(name: str, shown: str) -> None:
    """By columns, of which a Chinese letter takes two; the whole name is told, what is still too wide clipped."""
    root = drawn([Row(name, [block("2026-10-26T09:00", "2026-10-26T10:00")])], "2026-10-26", "2026-10-27")
    (found,) = [text for text in root.iter(f"{SVG}text") if text.get("clip-path") == "url(#names)"]
    assert shown == found.text
    assert ([] if name == shown else [name]) == [title.text for title in found.iter(f"{SVG}title")]


def test_the_last_hour_has_a_label() -> None:
    """The end of a day is 24, however long it was."""
    for day, after in (("2026-10-25", "2026-10-26"), ("2026-03-29", "2026-03-30")):
        whole = Row("Anna", [block(day, after)])
        assert "24" == [text for text in texts(drawn([whole], day, after)) if text.isdecimal()][-1]


def test_so_many_days_and_no_more() -> None:
    """A picture stays one that can be shown."""
    rows = [Row("Anna", [block("2026-01-01T00:00", "2027-01-01T00:00")])]
    found = boxes(drawn(rows, "2026-01-01", "2027-01-01"))
    assert 1 == len(found)  # all of one stretch say the same
    assert MOST_DAYS == sum(text == "Anna" for text in texts(drawn(rows, "2026-01-01", "2027-01-01")))


def test_an_empty_window() -> None:
    assert "Free/busy" in texts(drawn([Row("Anna", [])], "2026-10-26", "2026-10-26"))


class Pictures(HTMLParser):
    """What a browser finds in a page."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: dict[str, int] = {}
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.counts[tag] = self.counts.get(tag, 0) + 1
        self.ids += [value or "" for name, value in attrs if name == "id"]


def test_page() -> None:
    """A picture for the legend and one for each day; patterns are defined once."""
    rows = [Row("Anna", [block("2026-10-26T09:00", "2026-10-28T10:00")])]
    page = Pictures()
    page.feed(html(rows, at("2026-10-26"), at("2026-10-29"), ZURICH, title="A & B"))
    assert (4, 1, 1) == tuple(page.counts[tag] for tag in ("svg", "h1", "defs"))
    assert ["names", "tentative", "away", "unknown"] == page.ids
