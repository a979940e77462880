"""Write the files that are made from the project's own data; with --check, only say which of them are out of date.

    python docs/generate.py [--check]
"""

import sys
from pathlib import Path

import diagrams
import product_rules
import settings_page

from schedcore.recurrence import parts

PAGES = Path(__file__).resolve().parent

BY_PARTS = """\
# Which part does what, under which FREQ

<!-- Made by docs/generate.py: change the table in recurrence/parts.py instead. -->

The table of RFC 5545 3.3.10. A part that *expands* makes more occurrences in each period of FREQ, one that *limits*
takes some away; where it says N/A the part is an error, or in a lenient reading left out.

"""


def pages() -> dict[Path, str]:
    """Every generated file, with the text that it should have."""
    traced = product_rules.read()
    return {
        PAGES / "reference" / "by-parts.md": BY_PARTS + parts.markdown().rstrip() + "\n",
        PAGES / "reference" / "settings.md": settings_page.page(),
        PAGES / "rules.md": product_rules.page(traced),
        PAGES.parent / "src" / "schedcore" / "cli" / "rules.json": product_rules.data(traced),
        **diagrams.texts(),
    }


def outdated() -> list[Path]:
    """The generated files whose text is not what it should be."""
    return [page for page, text in pages().items() if not page.is_file() or page.read_text(encoding="utf-8") != text]


def undrawn() -> list[Path]:
    """The pictures that were not drawn since their table changed."""
    return diagrams.stale()


def main(arguments: list[str]) -> int:
    """Write what is out of date, or with --check list it and return 1."""
    stale = outdated()
    if arguments == ["--check"]:
        for page in stale:
            print(f"{page.relative_to(PAGES.parent)} is out of date: run python docs/generate.py", file=sys.stderr)
        for picture in undrawn():
            print(f"{picture.relative_to(PAGES.parent)} is out of date: run make diagrams", file=sys.stderr)
        return 1 if stale or undrawn() else 0
    for page in stale:
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(pages()[page], encoding="utf-8")
        print(page.relative_to(PAGES.parent))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
