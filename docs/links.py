"""Say which links within the project lead nowhere: those of all Markdown files, or of a site that was built.

    python docs/links.py            # the Markdown files
    python docs/links.py SITE       # the pages of a site

Links to other places are not followed: nothing here asks the network.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

HOME = Path(__file__).resolve().parent.parent
#: Folders in which others' pages, or made ones, lie.
ELSEWHERE = {"build", "dist", "node_modules", "_build"}

FENCED = re.compile(r"^(```+|~~~+).*?^\1", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"\]\(\s*([^()\s]+)")
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*$", re.MULTILINE)


def pages() -> list[Path]:
    """The project's Markdown files."""
    found = (path for path in HOME.rglob("*.md") if not ELSEWHERE & {*path.relative_to(HOME).parts})
    return sorted(path for path in found if not any(part.startswith(".") for part in path.relative_to(HOME).parts))


def broken(files: Iterable[Path]) -> Iterator[str]:
    """Name each link of Markdown files that leads to no file, or to no heading of one."""
    for file in files:
        for link in LINK.findall(CODE.sub("", FENCED.sub("", file.read_text(encoding="utf-8")))):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = file.parent / unquote(parts.path) if parts.path else file
            if not target.exists():
                yield f"{file}: {link} leads to no file"
            elif parts.fragment and target.suffix == ".md" and parts.fragment not in anchors(target):
                yield f"{file}: {link} leads to no heading"


def anchors(file: Path) -> set[str]:
    """The names of a page's headings, made as GitHub and MyST make them."""
    headings = HEADING.findall(FENCED.sub("", file.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


class _Page(HTMLParser):
    """The links of a page, and what can be linked to in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.names: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and name in ("href", "src"):
                self.links.append(value)
            elif value and name in ("id", "name"):
                self.names.add(value)


def broken_in_site(site: Path) -> Iterator[str]:
    """Name each link of the pages of a site that leads to no file of it, or to no place in one."""
    known = {path.resolve(): _Page(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}
    if not known:
        yield f"{site} has no pages"
    for path, page in sorted(known.items()):
        for link in sorted(set(page.links)):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.exists():
                yield f"{path}: {link} leads to no file"
            elif parts.fragment and target in known and unquote(parts.fragment) not in known[target].names:
                yield f"{path}: {link} leads to no place"


def main(arguments: list[str]) -> int:
    """Print what is broken; 1 if anything is."""
    found = list(broken_in_site(Path(arguments[0])) if arguments else broken(pages()))
    print(*found, sep="\n", end="\n" if found else "", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
