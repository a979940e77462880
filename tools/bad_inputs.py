"""Try every bad input, and write what comes of it into docs/reliability.md: `make bad-inputs`.

The inputs, with the answers that are right, are those of tests/reliability. For each the table has the answer, how long
it took, and the most memory that was in use beyond what was there before, as Python's own allocator counts it (kernels
allocate through it too, NumPy likewise; what an input itself takes is not counted). `--check` compares the answers with
those in the page and writes nothing: times and bytes depend on the machine, so they are not compared.
"""

from __future__ import annotations

import gc
import re
import sys
import time
import tracemalloc
from pathlib import Path
from typing import Any, Final

HOME: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HOME / "tests"))

from reliability.case import Case, worded  # noqa: E402 - it lies beside the tests
from reliability.inputs import SECTIONS  # noqa: E402

PAGE: Final = HOME / "docs" / "reliability.md"
BEGIN: Final = "<!-- made by `make bad-inputs`: begin -->\n"
END: Final = "<!-- end -->\n"
#: What no input may take; the largest, a million dates, is mostly the making of Python's own objects.
MOST_SECONDS: Final = 20.0
MOST_BYTES: Final = 512 << 20
_SPECIAL: Final = re.compile(r"([\\`*_<>|\[\]])")


def cell(text: str) -> str:
    """A text in a cell of a Markdown table, as it is; what does not print is shown by its number."""
    shown = "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)
    return _SPECIAL.sub(r"\\\1", shown)


def measured(case: Case) -> tuple[Any, float, int]:
    """The outcome, the seconds it took, and the bytes that it took at most; once for each, since counting is slow."""
    given = case.given()
    begin = time.perf_counter()
    first = _ask(case, given)
    seconds = time.perf_counter() - begin
    given = case.given()
    gc.collect()
    tracemalloc.start()
    try:
        again = _ask(case, given)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert worded(first) == worded(again), case.shown
    return first, seconds, most


def _ask(case: Case, given: object) -> Any:
    return Case(case.shown, case.ask, case.answer, lambda: given).outcome()


def rows() -> dict[str, list[tuple[str, str]]]:
    """Input and answer of each case, as the table shows them."""
    return {
        section: [(cell(case.shown), cell(worded(case.outcome()))) for case in cases]
        for section, cases in SECTIONS.items()
    }


def differences(page: str) -> list[str]:
    """The rows that a page does not have as they are now, or has in another section; nothing if it has all of them."""
    made = page.partition(BEGIN)[2].partition(END)[0]
    found = []
    for section, expected in rows().items():
        body = made.partition(f"### {section}\n")[2].partition("\n### ")[0]
        lines = [line.split(" | ") for line in body.splitlines() if line.startswith("| ") and " | " in line]
        there = [(line[0].removeprefix("| "), line[1]) for line in lines[1:]]
        found += [f"{section}: {shown}: {answer}" for shown, answer in expected if (shown, answer) not in there]
        found += [f"{section}: no such input: {row[0]}" for row in there if row[0] not in dict(expected)]
    return found


def table() -> tuple[str, list[str]]:
    """All tables, and what was wrong or took too much."""
    lines, wrong = [], []
    for section, cases in SECTIONS.items():
        lines += [f"### {section}\n", "| input | answer | ms | bytes |", "|---|---|---:|---:|"]
        for case in cases:
            outcome, seconds, most = measured(case)
            lines.append(f"| {cell(case.shown)} | {cell(worded(outcome))} | {seconds * 1000:,.1f} | {most:,} |")
            if not case.is_right(outcome) or seconds > MOST_SECONDS or most > MOST_BYTES:
                wrong.append(lines[-1])
        lines.append("")
    return "\n".join(lines), wrong


def main() -> int:
    """Write the tables, or check them; 1 if an answer is wrong, is not the page's, or took more than it may."""
    page = PAGE.read_text(encoding="utf-8")
    if "--check" in sys.argv[1:]:
        wrong = differences(page)
    else:
        for case in (cases[0] for cases in SECTIONS.values()):
            case.outcome()  # what is imported when it is first needed is not part of an input's cost
        made, wrong = table()
        head, _, rest = page.partition(BEGIN)
        PAGE.write_text(head + BEGIN + made + END + rest.partition(END)[2], encoding="utf-8")
    for line in wrong:
        print(line)
    print(f"{sum(map(len, SECTIONS.values()))} bad inputs, {len(wrong)} not answered as they should be")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
