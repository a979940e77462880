"""Read the layers from pyproject.toml, and the imports from every kind of source file: what test_layers.py compares.

import-linter holds the .py files to the layers but cannot see .pyx, .pxd and .pyi; this sees all four. A "room" is a
child of src/schedcore, folder or module: `schedcore.zones.tzif` is in the room `zones`, `schedcore._rrule` in `_rrule`.
"""

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
SOURCES = HOME / "src"
PACKAGE = "schedcore"
SUFFIXES = {".py", ".pyi", ".pyx", ".pxd"}
COMPILED = {".pyx", ".pxd"}

# `from a.b import c`, `from a cimport (c, d)` and `cimport a.b as c`, at any depth of indentation. Names in parentheses
# may run over lines. Nothing here needs more of Cython's grammar: `include` is refused by a test.
FROM = re.compile(r"^[ \t]*from[ \t]+(\.*[\w.]*)[ \t]+c?import[ \t]+(\([^)]*\)|[^#;\n]*)", re.MULTILINE)
PLAIN = re.compile(r"^[ \t]*c?import[ \t]+([^#;\n]+)", re.MULTILINE)


@dataclass(frozen=True)
class Import:
    """One import: in which file, of which module (absolute, and as deep as the line tells)."""

    file: Path
    module: str

    @property
    def importer(self) -> str:
        """The room that imports."""
        return room_of(module_of(self.file))

    @property
    def imported(self) -> str:
        """The room that is imported."""
        return room_of(self.module)

    def __str__(self) -> str:
        return f"{self.file.relative_to(SOURCES)} imports {self.module}"


def configuration() -> dict[str, object]:
    """The `tool` tables of pyproject.toml."""
    return tomllib.loads((HOME / "pyproject.toml").read_text(encoding="utf-8"))["tool"]


def contract(identifier: str) -> dict[str, list[str]]:
    """One of import-linter's contracts, by its id."""
    contracts = configuration()["importlinter"]["contracts"]
    return next(found for found in contracts if found["id"] == identifier)


def heights() -> dict[str, int]:
    """Height of each room over the ground: the errors are 0; rooms of one height do not see each other."""
    layers = contract("layers")["layers"]
    names = [[name.strip(" ()") for name in layer.split("|")] for layer in layers]
    return {name: height for height, layer in enumerate(reversed(names)) for name in layer}


def kernel_clients() -> dict[str, list[str]]:
    """Which rooms may open each kernel that stands at the root."""
    return configuration()["schedcore"]["kernels"]


def files(*suffixes: str) -> list[Path]:
    """The package's source files with one of these suffixes, in order."""
    wanted = set(suffixes) or SUFFIXES
    return sorted(path for path in (SOURCES / PACKAGE).rglob("*") if path.suffix in wanted)


def module_of(file: Path) -> str:
    """Dotted name of the module that a file defines."""
    parts = file.relative_to(SOURCES).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(module: str) -> str:
    """The room that a module is in; "" for the package itself and for everything outside of it."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[0] == PACKAGE else ""


def kernels() -> set[str]:
    """Dotted names of the compiled modules, of the root and of the rooms."""
    return {module_of(file) for file in files(*COMPILED)}


def imports() -> tuple[Import, ...]:
    """Every import of a module of this package, in every source file."""
    return _imports(SOURCES)


@cache
def _imports(_sources: Path) -> tuple[Import, ...]:
    """All imports, read once for each place of the sources: every file is held to them."""
    return tuple(_found())


def _found() -> Iterator[Import]:
    known = {module_of(file) for file in files()}
    for file in files():
        for module, name in _statements(file):
            target = _absolute(file, module)
            if target.split(".")[0] != PACKAGE:
                continue
            deeper = f"{target}.{name}"
            yield Import(file, deeper if deeper in known else target)


def _statements(file: Path) -> Iterator[tuple[str, str]]:
    """(module, name) of each imported name; `import a.b` is (a.b, "")."""
    text = file.read_text(encoding="utf-8")
    if file.suffix not in COMPILED:
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Import):
                yield from ((alias.name, "") for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from (("." * node.level + (node.module or ""), alias.name) for alias in node.names)
        return
    for module, names in FROM.findall(text):
        yield from ((module, name) for name in _names(names))
    for modules in PLAIN.findall(text):
        yield from ((module, "") for module in _names(modules))


def _names(text: str) -> list[str]:
    """The names of `(a as b, c)`, without their aliases."""
    bare = re.sub("#[^\n]*", "", text).strip(" \t\n()").rstrip("\\")
    return [part.split()[0] for part in bare.split(",") if part.strip()]


def _absolute(file: Path, module: str) -> str:
    """A relative module name made absolute."""
    dots = len(module) - len(module.lstrip("."))
    if not dots:
        return module
    here = module_of(file).split(".")
    package = here if file.stem == "__init__" else here[:-1]
    return ".".join([*package[: len(package) - dots + 1], *filter(None, [module[dots:]])])
