"""Hold every source file to the layers of pyproject.toml, the compiled ones too, which import-linter cannot see."""

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

import layers

# What reads a clock or opens a file, by the name under which it is called. Zone data is the one thing the core reads.
CLOCKS = {"now", "today", "utcnow", "time_ns", "monotonic", "perf_counter"}
OPENERS = {"open", "open_binary", "open_text", "read_bytes", "read_text", "write_bytes", "write_text"}


def name(file: Path) -> str:
    """A file by its path in src, for the names of the tests."""
    return str(file.relative_to(layers.SOURCES))


def test_every_room_has_its_place():
    """A room that the layers do not name would be held to nothing."""
    found = {layers.room_of(layers.module_of(file)) for file in layers.files()} - {""}
    assert set() == found - layers.heights().keys()


def test_imports_are_seen():
    """The reader of imports sees what it must: in Python, in a stub, and both ways to import in Cython."""
    seen = {(name(found.file), found.module) for found in layers.imports()}
    assert ("schedcore/_column.pyx", "schedcore.errors") in seen
    assert ("schedcore/__init__.py", "schedcore.recurrence") in seen
    cimports = {file for file, module in seen if module == "schedcore._civil"}
    assert any(file.endswith((".pyx", ".pxd")) for file in cimports)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from schedcore.errors import RuleError", ["schedcore.errors"]),
        ("from schedcore cimport _column", ["schedcore._column"]),
        ("from schedcore cimport (\n  _column,  # why\n  _civil as c,\n)", ["schedcore._column", "schedcore._civil"]),
        ("cimport schedcore._column, schedcore._civil as c", ["schedcore._column", "schedcore._civil"]),
        ("def f():\n    import schedcore.errors", ["schedcore.errors"]),
        ("from .. cimport _column", ["schedcore._column"]),
        ("from ..errors import RuleError", ["schedcore.errors"]),
        ("from . import bands", ["schedcore.freebusy"]),
        ("from libc.stdint cimport int64_t\nimport os", []),
    ],
)
def test_ways_to_import(tmp_path, monkeypatch, text, expected):
    """Every way to write an import in Cython is read as the module that it names."""
    room = tmp_path / "schedcore" / "freebusy"
    room.mkdir(parents=True)
    for module in ("errors.py", "_column.pyx", "_civil.pxd"):
        (tmp_path / "schedcore" / module).write_text("")
    (room / "_merge.pyx").write_text(text)
    monkeypatch.setattr(layers, "SOURCES", tmp_path)
    assert expected == [found.module for found in layers.imports()]


@cache
def all_imports() -> list[layers.Import]:
    """Read once: each file is held to its place by a test of its own."""
    return list(layers.imports())


@pytest.mark.parametrize("file", layers.files(), ids=name)
def test_imports_point_down(file):
    """A file imports from its own room and from the rooms below it."""
    heights = layers.heights()
    everything = all_imports()
    # The package itself gives names out of these rooms, so it stands as high as the highest of them.
    heights[""] = max(heights[found.imported] for found in everything if not found.importer)
    wrong = [
        str(found)
        for found in everything
        if found.file == file
        and found.importer
        and found.importer != found.imported
        and heights[found.importer] <= heights.get(found.imported, len(heights))
    ]
    assert [] == wrong


def test_the_same_data_as_import_linter():
    """The order that this test reads is the design's, with the compiled modules between zones and errors."""
    heights = layers.heights()
    order = ["cli", "freebusy", "ics", "recurrence", "zones", "_rrule", "_plan", "_column", "_civil", "errors"]
    assert order == sorted(order, key=lambda room: -heights[room])
    assert heights["_plan"] == heights["_zone"]


def test_only_a_rooms_own_door_opens_its_kernel():
    """Only a room's own Python module imports its kernel, and only one; root kernels serve the rooms that are named."""
    compiled, clients = layers.kernels(), layers.kernel_clients()
    doors = defaultdict(set)
    wrong = []
    for found in layers.imports():
        if found.module not in compiled or layers.module_of(found.file) in compiled:
            continue
        if not found.importer:  # the package's own names, looked up when they are used
            continue
        if found.module.count(".") == 1:
            if found.importer not in clients[found.imported]:
                wrong.append(str(found))
        else:
            doors[found.module].add(found.file)
            if found.importer != found.imported:
                wrong.append(str(found))
    assert [] == wrong
    assert {} == {kernel: files for kernel, files in doors.items() if len(files) > 1}


def test_root_kernels_are_named():
    """Each kernel at the root says whom it serves, else the test above could not hold anyone to it."""
    at_root = {layers.room_of(kernel) for kernel in layers.kernels() if kernel.count(".") == 1}
    assert set() == at_root - layers.kernel_clients().keys()


def test_a_rooms_kernel_is_closed_to_other_kernels():
    """A kernel of a room is cimported from inside of that room alone."""
    compiled = layers.kernels()
    wrong = [
        str(found)
        for found in layers.imports()
        if found.module in compiled and found.module.count(".") > 1 and found.importer != found.imported
    ]
    assert [] == wrong


@pytest.mark.parametrize("file", layers.files(".pyx", ".pxd"), ids=name)
def test_no_textual_include(file):
    """A textual include would bring in names that no import line shows."""
    assert [] == re.findall(r"^\s*include\s+[\"'].*", file.read_text(encoding="utf-8"), re.MULTILINE)


def test_the_core_reads_no_clock_and_opens_no_file():
    """The caller passes the time and the bytes; zone data is all that the core reads for itself.

    A rule of the drop-in for dateutil begins now where no `dtstart` is given: that is dateutil's signature.
    """
    rooms = {layers.room_of(module) for module in layers.contract("core")["source_modules"]}
    wrong = []
    for file in layers.files(".py"):
        room = layers.room_of(layers.module_of(file))
        if room not in rooms:
            continue
        refused = CLOCKS if room == "zones" else CLOCKS | OPENERS
        if name(file) == "schedcore/compat/rule.py":
            refused = refused - {"now"}
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if called in refused:
                    wrong.append(f"{name(file)}:{node.lineno} calls {called}")
    assert [] == wrong


def test_every_room_below_the_command_line_is_core():
    """The list of core rooms keeps up with the rooms that exist."""
    outside = {"cli", "service", "client", "v1", "store", "cluster"}
    rooms = {layers.room_of(layers.module_of(file)) for file in layers.files(".py")} - {""} - outside
    assert {f"schedcore.{room}" for room in rooms} == set(layers.contract("core")["source_modules"])
