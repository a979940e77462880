"""The product's rules: what each says, where it is built, and which tests hold it.

`docs/rules.tsv` lists the rules, with a ruling where the text leaves room. The other two facts stand where they cannot
go stale unseen, in the code itself:

1. A module says which rules it builds in its docstring, in a sentence that begins a line: `Product rules: O3, O4.`
2. A test says which rules it holds by a mark: `@pytest.mark.rule("O3")`, on a function, on a class, or on a module by
   `pytestmark`. Marks are read from the source by `ast`, so they are literals, and nothing need be imported.
3. `problems` names what does not fit: an id that is not in the table; a rule of a finished area that no module builds
   or no test holds; a rule whose tests never touch the room that is said to build it. `tests/test_rules.py` fails then.

docs/generate.py writes what follows from these into `docs/rules.md` and into the package, for `schedcore rules`.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

HOME = Path(__file__).resolve().parent.parent
TABLE = Path("docs") / "rules.tsv"
COLUMNS = ["id", "area", "when", "rule", "ruling"]

#: The areas in which every rule of now has been built: there, one without a module or a test is an error.
FINISHED = (
    "recurrence",
    "event",
    "availability",
    "visibility",
    "rights personal",
    "rights group",
    "public",
    "other calendars",
    "layering",
    "external",
    "settings",
    "feeds",
    "ticketing",
    "ksync",
    "dedupe",
    "import",
    "export",
    "reminder",
    "sms agenda",
    "digest",
    "webhook",
    "countdown",
    "meeting",
    "assistant",
    "poll",
)

_BUILT = re.compile(r"^Product rules: ([^.]+)\.", re.MULTILINE)
_ID = re.compile(r"[A-Z][0-9]{1,2}")

PAGE = """\
# The product's rules

<!-- Made by docs/generate.py: change docs/rules.tsv, the "Product rules" of a module, or the marks of the tests. -->

What calendars of this product do, {now} rules by area, each with the ruling where its text leaves room, the modules
that build it and the tests that hold it. {other} further rules of the list are for later or for others. {tested} of
{now} are tested.
"""


class Rule(NamedTuple):
    """One line of the table."""

    id: str
    area: str
    when: str
    rule: str
    ruling: str


@dataclass(frozen=True)
class Traced:
    """The rules of now, in order, and by their ids the modules that build them and the tests that hold them."""

    rules: Sequence[Rule]
    others: Sequence[Rule]
    built: Mapping[str, Sequence[str]]
    tests: Mapping[str, Sequence[str]]
    rooms: Mapping[str, frozenset[str]] = field(default_factory=dict)  # rooms that the file of a test imports
    finished: Sequence[str] = FINISHED

    @property
    def tested(self) -> int:
        """How many rules of now have a test."""
        return sum(bool(self.tests.get(rule.id)) for rule in self.rules)

    def problems(self) -> list[str]:
        """What does not fit, a sentence each."""
        known = {rule.id for rule in (*self.rules, *self.others)}
        found = [
            f"{place}: {identifier} is not the id of a rule in {TABLE}"
            for where in (self.built, self.tests)
            for identifier, places in where.items()
            if identifier not in known
            for place in places
        ]
        areas = {rule.area for rule in self.rules}
        found += [f"{area!r} is said to be finished, but no rule is of that area" for area in {*self.finished} - areas]
        for rule in self.rules:
            if rule.area in self.finished:
                if not self.built.get(rule.id):
                    found.append(f'{rule.id} ({rule.area}) is built nowhere: name it in "Product rules: " of a module')
                if not self.tests.get(rule.id):
                    found.append(f'{rule.id} ({rule.area}) has no test: mark one @pytest.mark.rule("{rule.id}")')
            found += self._untouched(rule)
        return found

    def _untouched(self, rule: Rule) -> Iterator[str]:
        """Name the modules that are said to build a rule, but are of a room that none of its tests imports."""
        tests = self.tests.get(rule.id, ())
        for module in self.built.get(rule.id, ()):
            room = module.split(".")[1]
            if tests and not any(room in self.rooms[test.partition("::")[0]] for test in tests):
                yield f"{rule.id}: {module} is said to build it, but no test that holds it imports schedcore.{room}"


def read(home: Path = HOME, finished: Sequence[str] = FINISHED) -> Traced:
    """Read the table, the docstrings of `src` and the marks in `tests`."""
    rules = list(table((home / TABLE).read_text(encoding="utf-8")))
    built: dict[str, list[str]] = {}
    for file in sorted((home / "src").rglob("*.py")):
        name = ".".join(file.relative_to(home / "src").with_suffix("").parts).removesuffix(".__init__")
        for identifier in built_by(file.read_text(encoding="utf-8")):
            built.setdefault(identifier, []).append(name)
    tests: dict[str, list[str]] = {}
    rooms = {}
    for file in sorted((home / "tests").rglob("test_*.py")):
        name, tree = file.relative_to(home).as_posix(), ast.parse(file.read_text(encoding="utf-8"))
        rooms[name] = frozenset(_rooms(tree))
        for test, identifier in marks(tree, name):
            tests.setdefault(identifier, []).append(f"{name}::{test}")
    now = [rule for rule in rules if rule.when == "now"]
    return Traced(now, [rule for rule in rules if rule.when != "now"], built, tests, rooms, finished)


def table(text: str) -> Iterator[Rule]:
    """Read the table; ValueError names the line that is none."""
    lines = text.splitlines()
    if lines[0].split("\t") != COLUMNS:
        raise ValueError(f"{TABLE}: the first line is not {COLUMNS}")
    for number, line in enumerate(lines[1:], 2):
        cells = line.split("\t")
        if len(cells) != len(COLUMNS) or not _ID.fullmatch(cells[0]) or cells[2] not in ("now", "later", "outside"):
            raise ValueError(f"{TABLE}, line {number}: give id, area, now, later or outside, rule and ruling, by tabs")
        yield Rule(*(cell.strip() for cell in cells))


def built_by(source: str) -> list[str]:
    """The rules that a module says it builds.

    >>> built_by('\\"\\"\\"Layers.\\\\n\\\\nProduct rules: O3,\\\\nO4.\\\\n\\"\\"\\"')
    ['O3', 'O4']
    """
    found = _BUILT.search(ast.get_docstring(ast.parse(source)) or "")
    return [] if found is None else [identifier.strip() for identifier in found[1].split(",")]


def marks(tree: ast.Module, file: str) -> Iterator[tuple[str, str]]:
    """Each test with each rule that it holds: (name of the test, id)."""
    everywhere = [identifier for node in tree.body for identifier in _pytestmark(node, file)]
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            shared = [*everywhere, *_marked(node, file)]
            for inner in node.body:
                yield from _of_test(inner, file, shared, f"{node.name}::")
        else:
            yield from _of_test(node, file, everywhere, "")


def _of_test(node: ast.stmt, file: str, shared: Sequence[str], prefix: str) -> Iterator[tuple[str, str]]:
    if not isinstance(node, ast.FunctionDef):
        return
    own = _marked(node, file)
    if not node.name.startswith("test_"):
        if own:
            raise ValueError(f"{file}:{node.lineno}: {node.name} has the mark of a rule, but is no test")
        return
    yield from ((prefix + node.name, identifier) for identifier in dict.fromkeys([*shared, *own]))


def _marked(node: ast.FunctionDef | ast.ClassDef, file: str) -> list[str]:
    return [identifier for decorator in node.decorator_list for identifier in _mark(decorator, file)]


def _pytestmark(node: ast.stmt, file: str) -> list[str]:
    if not isinstance(node, ast.Assign) or "pytestmark" not in map(ast.unparse, node.targets):
        return []
    values = node.value.elts if isinstance(node.value, ast.List | ast.Tuple) else [node.value]
    return [identifier for value in values for identifier in _mark(value, file)]


def _mark(node: ast.expr, file: str) -> list[str]:
    """The ids of `pytest.mark.rule(...)`; of any other expression none."""
    called = node.func if isinstance(node, ast.Call) else node
    if not (isinstance(called, ast.Attribute) and ast.unparse(called) == "pytest.mark.rule"):
        return []
    if not isinstance(node, ast.Call) or not node.args or node.keywords:
        raise ValueError(f'{file}:{node.lineno}: name the rule, as in @pytest.mark.rule("O3")')
    if not all(isinstance(argument, ast.Constant) and isinstance(argument.value, str) for argument in node.args):
        raise ValueError(f"{file}:{node.lineno}: the ids in @pytest.mark.rule are texts, written out")
    return [argument.value for argument in node.args]  # type: ignore[attr-defined]


def _rooms(tree: ast.Module) -> Iterator[str]:
    """The rooms of the package that a file imports."""
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        yield from (name.split(".")[1] for name in names if name.startswith("schedcore."))


# --- what is written --------------------------------------------------------------------------------------------------


def page(traced: Traced) -> str:
    """The page of all rules, by area."""
    parts = [PAGE.format(now=len(traced.rules), other=len(traced.others), tested=traced.tested)]
    for area in dict.fromkeys(rule.area for rule in traced.rules):
        parts.append(f"## {area.capitalize()}\n")
        parts.append("| id | rule | built in | held by |\n|---|---|---|---|")
        for rule in traced.rules:
            if rule.area == area:
                text = _cell(rule.rule) + (f" *Ruling:* {_cell(rule.ruling)}" if rule.ruling else "")
                built = ", ".join(f"`{name.removeprefix('schedcore.')}`" for name in traced.built.get(rule.id, ()))
                parts.append(f"| {rule.id} | {text} | {built} | {_tests(traced.tests.get(rule.id, ()))} |")
        parts.append("")
    return "\n".join(parts).rstrip() + "\n"


def _tests(tests: Sequence[str]) -> str:
    """Tests by their file, which is named once."""
    files: dict[str, list[str]] = {}
    for test in tests:
        file, _, name = test.partition("::")
        files.setdefault(file, []).append(f"`{name}`")
    return "; ".join(f"`{file}`: {', '.join(names)}" for file, names in files.items())


def _cell(text: str) -> str:
    """Text as a cell of a Markdown table shows it unchanged."""
    return re.sub(r"([\\|*_`<>\[\]])", r"\\\1", text)


def data(traced: Traced) -> str:
    """The rules of now as JSON, for the package: what `schedcore rules` prints."""
    rows = [
        {**rule._asdict(), "built": list(traced.built.get(rule.id, ())), "tests": list(traced.tests.get(rule.id, ()))}
        for rule in traced.rules
    ]
    return json.dumps(rows, indent=1, ensure_ascii=False) + "\n"
