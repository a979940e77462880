"""Run the test suite on kernels built with the sanitizers of gcc: `make test-sanitize`.

AddressSanitizer stops at a read or write outside of what was allocated, or after it was freed;
UndefinedBehaviorSanitizer at an overflow of a signed number, a shift that is too far, a null or crooked pointer, an
index out of a fixed array, a double that fits no integer. Both end the process, so that a finding cannot be overlooked.

Rules of this module:

1. The kernels are built in build/sanitize, in a copy of what is in the checkout: the ones beside the sources stay as
   they are. The code is that of the shipped kernels, with -O1 (-O3 takes five times as long to compile and gives the
   sanitizers nothing). SCHEDCORE_CHECKED=1 adds the checks of every index, here as elsewhere.
2. What is allocated by Python goes to malloc (PYTHONMALLOC), or AddressSanitizer would not see its ends.
3. Leaks are not looked for: an interpreter leaves things behind when it ends, and so do others' extensions.
4. Drawn examples are a tenth of those of the plain suite, which looks for wrong answers.
5. The libraries are there for Python and what it starts of itself, and not for other programs that tests start:
   PostgreSQL does not run with them. So Python is started by a script of its own (`launcher`).
6. What cannot run like this is in `LEFT_OUT`, with the reason; everything else runs.

Words after the command go to pytest, in place of what is run otherwise: `python tools/sanitize.py tests/bulk -x`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

HOME: Final = Path(__file__).resolve().parent.parent
BUILD: Final = HOME / "build" / "sanitize"
#: A process that ends by a finding of AddressSanitizer leaves a file here. UBSan beside it only writes to the standard
#: error output, which pytest must not take for itself therefore (--capture=sys).
REPORTS: Final = BUILD / "reports"
#: First on Python's path: what every one of its processes runs before all else.
SITE: Final = BUILD / "site"
#: What the tests read; all else in the checkout does not concern them.
COPIED: Final = ("src", "tests", "docs", "examples", "benchmarks", "tools", "fuzz", ".ci")
#: Made in the checkout by other builds.
NOT_COPIED: Final = ("*.so", "*.c", "__pycache__", "_build", "node_modules", "built")
#: gcc leaves float-cast-overflow out of "undefined".
KINDS: Final = "-fsanitize=address,undefined,float-cast-overflow"
#: Symbols and lines for the reports, and whole stacks.
FLAGS: Final = "-O1 -g1 -fno-omit-frame-pointer"
OPTIONS: Final = {
    # Python asks for more than there is in tests of sizes, and expects None.
    "ASAN_OPTIONS": f"detect_leaks=0:allocator_may_return_null=1:log_path={REPORTS}/report",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    "PYTHONMALLOC": "malloc",
}
#: Tests that cannot be run on such kernels, and why.
LEFT_OUT: Final[Mapping[str, str]] = {
    "tests/faults/test_clock.py": "another clock must be preloaded first as well",
    "tests/ics/test_vtimezone.py::test_many_observances": "it bounds seconds, of which they take many times more",
}


def copy(into: Path, names: Sequence[str] = COPIED) -> None:
    """Copy the checkout, with the times of its files, so that only what changed is compiled again."""
    into.mkdir(parents=True, exist_ok=True)
    for name in names:
        if (HOME / name).is_dir():
            _drop_what_went(HOME / name, into / name)
            shutil.copytree(HOME / name, into / name, ignore=shutil.ignore_patterns(*NOT_COPIED), dirs_exist_ok=True)
    for file in HOME.iterdir():
        if file.is_file():
            shutil.copy2(file, into)


def _drop_what_went(source: Path, copied: Path) -> None:
    """Remove files from the copy that the checkout does not have any more: a test that is gone shall not run."""
    for file in copied.rglob("*"):
        original = source / file.relative_to(copied)
        made = any(file.match(pattern) for pattern in NOT_COPIED)
        if file.is_file() and not made and not original.exists():
            file.unlink()


def build(into: Path, flags: str, link: str) -> None:
    """Compile the kernels of a copy, in place: those whose source changed, or all if something else did."""
    stamp, with_what = into / ".built", f"{flags}\n{link}\n{os.environ.get('SCHEDCORE_CHECKED')}\n{sys.version}"
    fresh = stamp.exists() and stamp.read_text() == with_what
    stamp.unlink(missing_ok=True)
    words = ["--quiet", "build_ext", "--inplace", "--parallel", str(os.cpu_count() or 1)]
    words += [] if fresh else ["--force"]
    environment = {**os.environ, "SCHEDCORE_FLAGS": flags, "LDFLAGS": link}
    subprocess.run([sys.executable, "setup.py", *words], cwd=into, env=environment, check=True)
    stamp.write_text(with_what)


def preloaded() -> str:
    """The libraries that must be there before all others; libstdc++, or exceptions of C++ would not be seen coming."""
    compiler = os.environ.get("CC", "gcc")
    names = ("libasan.so", "libubsan.so", "libstdc++.so")
    asked = [[compiler, f"-print-file-name={name}"] for name in names]
    found = [subprocess.run(words, stdout=subprocess.PIPE, text=True).stdout.strip() for words in asked]
    missing = [name for name, path in zip(names, found, strict=True) if path == name]
    if missing:
        sys.exit(f"the sanitizers cannot be run here: {compiler} has no {', '.join(missing)}")
    return " ".join(found)


def launcher() -> Path:
    """Write the script that starts Python with the libraries, and what hides them from other programs again."""
    script = SITE / "python"
    SITE.mkdir(parents=True, exist_ok=True)
    script.write_text(f'#!/bin/sh\nLD_PRELOAD="{preloaded()}" exec "{sys.executable}" "$@"\n')
    script.chmod(0o755)
    hidden = f"import os, sys\n\nos.environ.pop('LD_PRELOAD', None)\nsys.executable = {str(script)!r}\n"
    (SITE / "sitecustomize.py").write_text(hidden)
    return script


def main() -> int:
    """Copy, build, and run the tests; the exit code is pytest's."""
    copy(BUILD)
    build(BUILD, f"{FLAGS} {KINDS}", KINDS)
    wanted = sys.argv[1:]
    if not wanted:
        wanted = ["--numprocesses", str(os.cpu_count() or 1), "--hypothesis-profile", "few"]
        for test, reason in LEFT_OUT.items():
            print(f"left out: {test}: {reason}")
            wanted += ["--deselect", test]
    shutil.rmtree(REPORTS, ignore_errors=True)
    REPORTS.mkdir()
    environment = {**os.environ, **OPTIONS, "PYTHONPATH": os.pathsep.join(map(str, (SITE, BUILD / "src")))}
    command = [str(launcher()), "-m", "pytest", "--quiet", "--capture=sys", "-p", "no:cacheprovider", *wanted]
    code = subprocess.run(command, cwd=BUILD, env=environment).returncode
    reports = sorted(REPORTS.iterdir())
    for report in reports:
        print(report.read_text(errors="replace"), file=sys.stderr)
    print(f"{len(reports)} findings of the sanitizers")
    return code or bool(reports)


if __name__ == "__main__":
    sys.exit(main())
