"""Build sdist and wheel and try both as a stranger would: what `make dist-check` runs.

1. `python -m build` makes the sdist, and then the wheel from the sdist alone: unpacked elsewhere, in an environment
   that holds nothing but the packages of [build-system].
2. The sdist holds every file that git tracks, but the repository's own, and none that git does not.
3. The wheel holds what the sdist has under src, each kernel compiled in place of its source, and is small.
4. In an empty environment pip installs the wheel and what it declares. Every module can be imported there, or lacks the
   package of an extra; `import schedcore` loads neither NumPy nor icalendar, and is not slow beside dateutil's.
5. The commands with which cibuildwheel tests a wheel ([tool.cibuildwheel]) pass, in a folder that holds what it would
   copy and nothing else.

The registry is needed, and git. Prints what it found; the first thing that is wrong ends it, with exit code 1.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import venv
import zipfile
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
MOST_BYTES = 3_000_000
# `import schedcore` against `import dateutil.rrule`, the best of this many fresh processes each, taken in turns.
MOST_RATIO = 2.0
PROCESSES = 15
# What setuptools adds to an sdist.
METADATA = ("PKG-INFO", "setup.cfg", "src/schedcore.egg-info/")

TIMED = "import time; t = time.perf_counter(); {}; print(time.perf_counter() - t)"
LOADED = "import sys, schedcore; print(*{'numpy', 'icalendar'} & {*sys.modules}, schedcore.__file__)"
# Which packages modules lack. What else goes wrong in an import, a missing file say, is an error.
LACKING = """
import importlib, json, pkgutil, schedcore
lacking, count = set(), 0
for module in pkgutil.walk_packages(schedcore.__path__, "schedcore.", onerror=lambda name: None):
    if module.name.endswith("__main__"):
        continue
    try:
        importlib.import_module(module.name)
        count += 1
    except ModuleNotFoundError as error:
        if error.name.startswith("schedcore"):
            raise
        lacking.add(error.name)
print(json.dumps([count, sorted(lacking)]))
"""


def main() -> None:
    """Check everything, in order."""
    with tempfile.TemporaryDirectory(prefix="schedcore-dist-") as name:
        folder = Path(name)
        sdist, wheel = built(folder / "dist")
        unpacked = check_sdist(sdist, folder)
        check_wheel(wheel, unpacked)
        python = installed(wheel, folder)
        check_modules(python, folder)
        check_import_time(python, folder)
        check_commands(python, wheel, unpacked, folder)
    print("dist-check: all good")


def expect(holds: bool, otherwise: str) -> None:
    """End with a message unless something holds."""
    if not holds:
        sys.exit(f"dist-check: {otherwise}")


def run(*command: object, cwd: Path) -> str:
    """Run a command that must succeed and return what it printed."""
    # No PYTHONPATH: it would bring in the checkout where the installed package is meant.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([str(part) for part in command], cwd=cwd, env=environment, capture_output=True, text=True)
    expect(done.returncode == 0, f"{' '.join(map(str, command))[:200]}\n{done.stdout}{done.stderr}")
    return done.stdout


def built(folder: Path) -> tuple[Path, Path]:
    """The sdist, and the wheel made from it in an environment of its own."""
    run(sys.executable, "-m", "build", "--outdir", folder, HOME, cwd=HOME)
    return next(folder.glob("*.tar.gz")), next(folder.glob("*.whl"))


def check_sdist(sdist: Path, folder: Path) -> Path:
    """Compare the sdist with what git tracks, and unpack it."""
    with tarfile.open(sdist) as archive:
        archive.extractall(folder / "sdist", filter="data")
    unpacked = next((folder / "sdist").iterdir())
    names = {path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*") if path.is_file()}
    names = {name for name in names if not name.startswith(METADATA)}
    tracked = set(run("git", "ls-files", "-z", cwd=HOME).rstrip("\0").split("\0"))
    tracked = {name for name in tracked if not name.startswith(".")}  # .ci, .gitignore: the repository's own
    expect(names <= tracked, f"not under git, but in the sdist: {sorted(names - tracked)} (MANIFEST.in)")
    expect(tracked <= names, f"under git, but not in the sdist: {sorted(tracked - names)} (MANIFEST.in)")
    print(f"{sdist.name}: {sdist.stat().st_size:,} bytes, {len(names)} files, those that git tracks")
    return unpacked


def check_wheel(wheel: Path, unpacked: Path) -> None:
    """Compare the wheel with the sources, and with the size that is allowed."""
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    files = (path for path in (unpacked / "src" / "schedcore").rglob("*") if path.is_file())
    sources = {path.relative_to(unpacked / "src") for path in files}
    expected = {path.as_posix() for path in sources if path.suffix not in (".pyx", ".pxd")}
    kernels = {path.with_suffix("").as_posix() for path in sources if path.suffix == ".pyx"}
    compiled = {name for name in names if name.endswith((".so", ".pyd"))}
    found = {name.partition(".")[0] for name in compiled}
    expect(found == kernels, f"compiled are not the kernels, but differ in {sorted(found ^ kernels)}")
    rest = names - compiled
    expect(rest == expected, f"the wheel differs from src in {sorted(rest ^ expected)} (pyproject.toml, setuptools)")
    size = wheel.stat().st_size
    expect(size < MOST_BYTES, f"{wheel.name} has {size:,} bytes, over {MOST_BYTES:,}")
    kinds = {suffix: sum(name.endswith(suffix) for name in rest) for suffix in (".py", ".pyi")}
    others = sorted(name for name in rest if not name.endswith((".py", ".pyi")))
    print(f"{wheel.name}: {size:,} bytes; {len(compiled)} kernels, {kinds['.py']} .py, {kinds['.pyi']} .pyi; {others}")


def installed(wheel: Path, folder: Path) -> Path:
    """An environment with the wheel and what it declares; its Python."""
    venv.create(folder / "empty", with_pip=True)
    python = folder / "empty" / ("Scripts" if os.name == "nt" else "bin") / "python"
    install(python, folder, wheel)
    run(python, "-m", "pip", "check", cwd=folder)
    found = json.loads(run(python, "-m", "pip", "list", "--format", "json", cwd=folder))
    print("in an empty environment:", ", ".join(f"{one['name']} {one['version']}" for one in found))
    return python


def install(python: Path, folder: Path, *what: object) -> None:
    """What pip does, quietly."""
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *what, cwd=folder)


def check_modules(python: Path, folder: Path) -> None:
    """Import the package, and every module of it."""
    *loaded, file = run(python, "-c", LOADED, cwd=folder).split()
    expect(file.startswith(str(folder)), f"imported is not the wheel, but {file}")
    expect(not loaded, f"`import schedcore` loads {loaded}")
    count, lacking = json.loads(run(python, "-c", LACKING, cwd=folder))
    print(f"{count} modules can be imported; others wait for {', '.join(lacking)}")


def check_import_time(python: Path, folder: Path) -> None:
    """Time the import beside dateutil's, which icalendar has brought along."""
    statements = ["import schedcore", "import dateutil.rrule", "from schedcore import Rule, Series"]
    best = dict.fromkeys(statements, float("inf"))
    for _ in range(PROCESSES):
        for statement in statements:
            seconds = float(run(python, "-I", "-c", TIMED.format(statement), cwd=folder))
            best[statement] = min(best[statement], seconds)
    print(", ".join(f"`{statement}` {seconds * 1000:.2f} ms" for statement, seconds in best.items()))
    ratio = best["import schedcore"] / best["import dateutil.rrule"]
    expect(ratio <= MOST_RATIO, f"`import schedcore` takes {ratio:.2f} times as long as `import dateutil.rrule`")


def check_commands(python: Path, wheel: Path, unpacked: Path, folder: Path) -> None:
    """Run what cibuildwheel would, after installing and copying what it would."""
    wanted = tomllib.loads((unpacked / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["cibuildwheel"]
    install(python, folder, f"{wheel}[{','.join(wanted['test-extras'])}]", *wanted["test-requires"])
    place = folder / "tests"
    for source in map(Path, wanted["test-sources"]):
        (place / source).parent.mkdir(parents=True, exist_ok=True)
        if (unpacked / source).is_dir():
            shutil.copytree(unpacked / source, place / source)
        else:
            shutil.copyfile(unpacked / source, place / source)
    environment = os.environ | {"PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}"}
    environment.pop("PYTHONPATH", None)
    for command in wanted["test-command"]:
        print("$", command, flush=True)
        done = subprocess.run(command, shell=True, cwd=place, env=environment)
        expect(done.returncode == 0, f"that ended with {done.returncode}")


if __name__ == "__main__":
    main()
