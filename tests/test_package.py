"""The package as it is installed: what an import loads, what compiled docstrings say, what sdist and wheel hold."""

import doctest
import importlib
import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

import layers

# Import one thing in a fresh interpreter and print the modules that came with it.
LOADED = "import sys; before = set(sys.modules); {}; print(*sorted(set(sys.modules) - before))"


def run(*command: object, cwd: Path | None = None) -> str:
    """Run a command that must succeed and return what it printed."""
    # No PYTHONPATH: it would bring in the checkout where a test means the installed package.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def loaded(statement: str) -> set[str]:
    """The modules that a statement loads in a fresh interpreter."""
    path = f"import sys; sys.path.insert(0, {str(layers.SOURCES)!r}); "
    return set(run(sys.executable, "-c", path + LOADED.format(statement)).split())


def test_import_loads_nothing_else():
    """`import schedcore` loads that one module, and nothing of Python's that was not there already."""
    assert {"schedcore"} == loaded("import schedcore")


@pytest.mark.parametrize("statement", ["import schedcore", "from schedcore import *"])
def test_neither_numpy_nor_icalendar(statement):
    """NumPy and icalendar load when first used, and to name every class is not to use it."""
    assert set() == {module.split(".")[0] for module in loaded(statement)} & {"numpy", "icalendar", "dateutil"}


def test_a_rule_needs_no_numpy():
    """Reading a rule and walking a series loads neither NumPy nor icalendar."""
    statement = "; ".join(
        [
            "from datetime import datetime",
            "from schedcore import Rule, Series",
            "assert Series(datetime(2026, 1, 30, 9), Rule.parse('FREQ=DAILY')).take(2)[1].day == 31",
        ]
    )
    assert set() == {module.split(".")[0] for module in loaded(statement)} & {"numpy", "icalendar", "dateutil"}


@pytest.mark.parametrize("kernel", sorted(layers.module_of(file) for file in layers.files(".pyx")))
def test_examples_of_kernels(kernel):
    """Examples in the docstrings of compiled modules run; pytest itself looks for them in .py files only."""
    module = importlib.import_module(kernel)
    # Cython lists every docstring with an example in __test__ as well: look at each one once.
    tests = [test for test in doctest.DocTestFinder().find(module) if test.examples and ".__test__." not in test.name]
    runner = doctest.DocTestRunner(verbose=False)
    for test in tests:
        assert 0 == runner.run(test).failed, test.name
    if "__test__" in vars(module):
        assert len(tests) >= len(module.__test__), "examples that the finder did not see"


def sdist(folder: Path) -> Path:
    """Make the sdist in a folder."""
    run(sys.executable, "-m", "build", "--sdist", "--no-isolation", "--outdir", folder, cwd=layers.HOME)
    return next(folder.glob("*.tar.gz"))


def test_sdist_holds_the_sources(tmp_path):
    """The sdist has every source file, the tests and the build files, and nothing that was made from them."""
    with tarfile.open(sdist(tmp_path)) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    sources = {str(file.relative_to(layers.HOME)) for file in layers.files()} | {"src/schedcore/py.typed"}
    build_files = {"setup.py", "pyproject.toml", "MANIFEST.in", "Makefile", "LICENSE", "README.md", "CHANGELOG.md"}
    assert set() == (sources | build_files | {"tests/test_package.py"}) - names
    assert [] == [name for name in names if name.endswith((".so", ".pyc")) or name.startswith((".", "build/"))]
    assert [] == [name for name in names if name.startswith("src/") and name.endswith(".c")]


@pytest.mark.long
def test_wheel_from_the_sdist_alone(tmp_path):
    """A wheel builds from the unpacked sdist, holds stubs but no .pyx, and works in an empty environment."""
    with tarfile.open(sdist(tmp_path)) as archive:
        archive.extractall(tmp_path, filter="data")
    unpacked = next(path for path in tmp_path.iterdir() if path.is_dir())
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, cwd=unpacked)
    wheel = next(tmp_path.glob("*.whl"))

    names = set(zipfile.ZipFile(wheel).namelist())
    kept = {str(file.relative_to(layers.SOURCES)) for file in layers.files(".py", ".pyi", ".pxd")}
    assert set() == (kept | {"schedcore/py.typed", "schedcore/cli/rules.json"}) - names
    assert [] == [name for name in names if name.endswith((".c", ".pyx"))]
    assert len(layers.files(".pyx")) == sum(name.endswith((".so", ".pyd")) for name in names)

    venv.create(tmp_path / "empty", with_pip=True)
    python = tmp_path / "empty" / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel)
    program = "import schedcore; print(schedcore.__version__, schedcore.Rule.parse('FREQ=DAILY'), schedcore.__file__)"
    version, rule, file = run(python, "-c", program, cwd=tmp_path).split()
    assert f"-{version}-" in wheel.name
    assert "FREQ=DAILY" == rule
    assert file.startswith(str(tmp_path / "empty"))
