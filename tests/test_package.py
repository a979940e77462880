"""The package as it is installed: what an import loads, what compiled docstrings say, what sdist and wheel hold."""

import doctest
import importlib
import importlib.util
import os
import subprocess
import sys
import tarfile
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


def checker():
    """The module tools/dist_check.py, which is no part of a package; `make dist-check` runs it on real packages."""
    spec = importlib.util.spec_from_file_location("dist_check", layers.HOME / "tools" / "dist_check.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def packed(folder: Path, *names: str) -> Path:
    """A wheel with files of these names, beside the sources of a package with one module and one kernel."""
    room = folder / "src" / "schedcore" / "room"
    room.mkdir(parents=True, exist_ok=True)
    for name in ("__init__.py", "_kernel.pyx", "_kernel.pxd", "_kernel.pyi", "template.mako"):
        (room / name).touch()
    with zipfile.ZipFile(folder / "made.whl", "w") as archive:
        for name in names:
            archive.writestr(name, "")
    return folder / "made.whl"


WHOLE = [f"schedcore/room/{name}" for name in ("__init__.py", "_kernel.cp.so", "_kernel.pyi", "template.mako")]


def test_a_whole_wheel_passes(tmp_path, capsys):
    """Modules, stubs, data and compiled kernels, and no sources of kernels: that is a wheel."""
    checker().check_wheel(packed(tmp_path, *WHOLE, "schedcore-1.dist-info/METADATA"), tmp_path)
    assert "1 kernels, 1 .py, 1 .pyi; ['schedcore/room/template.mako']" in capsys.readouterr().out


@pytest.mark.parametrize("lacking", WHOLE)
def test_a_wheel_that_lacks_a_file_is_seen(tmp_path, lacking):
    """Each kind of file that is missing is named."""
    wheel = packed(tmp_path, *[name for name in WHOLE if name != lacking])
    with pytest.raises(SystemExit, match=lacking.removesuffix(".cp.so")):
        checker().check_wheel(wheel, tmp_path)


@pytest.mark.parametrize("extra", ["schedcore/room/_kernel.pyx", "schedcore/room/_kernel.pxd", "tests/conftest.py"])
def test_a_wheel_that_holds_more_is_seen(tmp_path, extra):
    """Sources of kernels and files from beside the package are named."""
    with pytest.raises(SystemExit, match=extra):
        checker().check_wheel(packed(tmp_path, *WHOLE, extra), tmp_path)


def test_a_wheel_that_is_too_large_is_seen(tmp_path, monkeypatch):
    """The bound is on the bytes of the file."""
    wheel = packed(tmp_path, *WHOLE)
    module = checker()
    monkeypatch.setattr(module, "MOST_BYTES", wheel.stat().st_size)
    with pytest.raises(SystemExit, match=r"made\.whl has"):
        module.check_wheel(wheel, tmp_path)
