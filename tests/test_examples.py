"""Every public name is explained: by a docstring, a place in the reference, and an example that shows it."""

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from functools import cache

import pytest

import layers
from test_public_names import ROOMS

REFERENCE = layers.HOME / "docs" / "reference" / "api.md"
ROOM_OF_COMMANDS = "cli"
#: Rooms whose names are modules.
OF_MODULES = ("cluster", "compat")
#: What the service is made of: its contract, in proto/, is what it offers.
OF_THE_SERVICE = ("client", "service", "store", "v1")
#: What is written for those who work on the library: it shortens values for messages.
INTERNAL = {"errors.shorten"}

NAMES = [
    (room, name)
    for room, names in sorted(ROOMS.items())
    if room not in (ROOM_OF_COMMANDS, *OF_MODULES, *OF_THE_SERVICE)
    for name in names
    if f"{room}.{name}" not in INTERNAL
]
CODE = re.compile(r"^\s*(?:>>>|\.\.\.) (.*)$", re.MULTILINE)
WORD = re.compile(r"\w+")


def documented(room: str, name: str) -> bool:
    """Whether the reference has a name of a room, by itself or with all of a module."""
    module = f"schedcore.{room}"
    for line in REFERENCE.read_text(encoding="utf-8").splitlines():
        words = line.split()
        if words[:2] == ["..", "currentmodule::"]:
            module = words[2]
        elif len(words) == 3 and words[0] == ".." and words[1].startswith(("auto", "data")):
            if words[1] == "automodule::":
                whole = importlib.import_module(words[2])
                if getattr(whole, name, None) is value_of(room, name) and name in getattr(whole, "__all__", ()):
                    return True
            elif words[2] == name and module == f"schedcore.{room}":
                return True
    return False


def value_of(room: str, name: str) -> object:
    """What a room offers by a name."""
    return getattr(importlib.import_module(f"schedcore.{room}"), name)


@cache
def shown() -> frozenset[str]:
    """All words in the code of all examples: of docstrings, compiled ones too, and of the pages."""
    pages = [layers.HOME / "README.md", *(layers.HOME / "docs").rglob("*.md")]
    files = [*layers.files(".py"), *layers.files(".pyx"), *pages]
    return frozenset(
        word for file in files for line in CODE.findall(file.read_text(encoding="utf-8")) for word in WORD.findall(line)
    )


def mentioned(node: ast.AST) -> Iterator[str]:
    """The names in the annotations of a function or class, and of what is in it; in the value of an alias."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.FunctionDef):
            arguments = inner.args
            annotated = [inner.returns, *(one.annotation for one in arguments.args + arguments.kwonlyargs)]
        elif isinstance(inner, ast.AnnAssign):
            annotated = [inner.annotation, inner.value]
        else:
            continue
        for annotation in annotated:
            if annotation is not None:
                yield from WORD.findall(ast.unparse(annotation))


@cache
def reached() -> frozenset[str]:
    """All names that an example leads to: those in its code, what these take, hold and give back,
    and classes that are a kind of one of them.
    """
    defined: dict[str, set[str]] = {}
    for file in layers.files(".py"):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                defined.setdefault(node.name, set()).update(mentioned(node))
                for base in node.bases if isinstance(node, ast.ClassDef) else ():
                    defined.setdefault(ast.unparse(base), set()).add(node.name)
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                defined.setdefault(node.target.id, set()).update(mentioned(node))
    found: set[str] = set()
    waiting = set(shown())
    while waiting:
        name = waiting.pop()
        found.add(name)
        waiting |= defined.get(name, set()) - found
    return frozenset(found)


@pytest.mark.parametrize(("room", "name"), NAMES)
def test_is_in_the_reference(room, name):
    """The reference has the name, where those of its room stand."""
    assert documented(room, name)


@pytest.mark.parametrize(("room", "name"), [pair for pair in NAMES if callable(value_of(*pair))])
def test_says_what_it_is(room, name):
    """The docstring is its own, and opens with a sentence on one line."""
    value = value_of(room, name)
    if inspect.isclass(value) or inspect.isroutine(value):
        first, _, rest = inspect.getdoc(value).partition("\n")
        assert first.endswith((".", ":")), first
        assert not rest or rest.startswith("\n"), first


@pytest.mark.parametrize(("room", "name"), [pair for pair in NAMES if callable(value_of(*pair))])
def test_is_shown_by_an_example(room, name):
    """An example calls each function, and leads to each class: it uses it, or something that takes or gives it."""
    value = value_of(room, name)
    assert name in (shown() if inspect.isroutine(value) else reached())
