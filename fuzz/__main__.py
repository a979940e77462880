"""Build the kernels for fuzzing, then give each target its share of the time: `python -m fuzz SECONDS [TARGET...]`.

Everything made lies in build/fuzz: the kernels, and for each target its corpus, which the next run goes on with, and
what was found. A finding ends its target's share, is told with the way to try it again, and makes the exit code 1.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Final, NamedTuple

from fuzz.targets import names, target

HOME: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HOME / "tools"))

import sanitize  # noqa: E402 - it lies beside, not in a package

BUILD: Final = HOME / "build" / "fuzz"
#: As the sanitizers' build, and coverage. UBSan ends the process like ASan does.
FLAGS: Final = f"{sanitize.FLAGS} {sanitize.KINDS} -fno-sanitize-recover=all -fsanitize-coverage=trace-pc,trace-cmp"
#: An input that takes longer than 30 seconds, or more than 2 GiB, is a finding; inputs have at most 4,096 bytes.
LIMITS: Final = ("-timeout=30", "-rss_limit_mb=2048", "-max_len=4096", "-print_final_stats=1")
#: libFuzzer's line of where it stands.
_LINE: Final = re.compile(r"#(\d+)\s+\w+\s+cov: (\d+) ft: (\d+) corp: (\d+)")


class Result(NamedTuple):
    """What came of a target's share: inputs tried, edges seen when it began and at the end, inputs kept, findings."""

    name: str
    seconds: float
    tried: int
    first: int
    covered: int
    corpus: int
    found: list[Path]


def build() -> dict[str, str]:
    """Have kernels that tell libFuzzer where they have been; gives the environment to run with."""
    import atheris

    sanitize.copy(BUILD, ("src",))
    # Nothing is linked: the sanitizers' functions are in the library of atheris that is preloaded.
    sanitize.build(BUILD, FLAGS, "")
    shim = BUILD / "kernels.so"
    compiler = os.environ.get("CC", "gcc")
    subprocess.run([compiler, "-O2", "-fPIC", "-shared", "-o", shim, HOME / "fuzz" / "kernels.c"], check=True)
    runtime = Path(atheris.path()) / "asan_with_fuzzer.so"
    if not runtime.exists():
        sys.exit(f"the kernels cannot be fuzzed here: {runtime} is missing; install atheris for Linux on x86_64")
    return {
        **os.environ,
        "LD_PRELOAD": f"{shim} {runtime}",
        # The shim comes before the sanitizer, and has nothing of its own to guard.
        "ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1:verify_asan_link_order=0",
        "UBSAN_OPTIONS": "print_stacktrace=1",
        "PYTHONPATH": os.pathsep.join(map(str, (BUILD / "src", HOME / "tests", HOME))),
    }


def prepare(name: str) -> tuple[list[str], Path]:
    """Write down a target's seeds and words; gives libFuzzer's arguments, and the folder for what it finds."""
    place = BUILD / "targets" / name
    folders = [place / folder for folder in ("corpus", "seeds", "found")]
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
    one = target(name)
    for number, seed in enumerate(one.seeds()):
        (folders[1] / f"{number:03}").write_bytes(seed)
    kept = sorted((HOME / "tests" / "fuzzing" / "found" / name).glob("*"))
    escaped = ["".join(f"\\x{byte:02x}" for byte in word) for word in one.WORDS]
    (place / "words").write_text("".join(f'"{word}"\n' for word in escaped))
    known = [HOME / "tests" / "fuzzing" / "found" / name] if kept else []
    words = [f"-dict={place / 'words'}", f"-artifact_prefix={folders[2]}/", *map(str, [*folders[:2], *known])]
    return words, folders[2]


def run(name: str, seconds: int, environment: dict[str, str]) -> Result:
    """Fuzz one target for a time, showing what libFuzzer says."""
    words, folder = prepare(name)
    before = set(folder.iterdir())
    command = [sys.executable, "-m", "fuzz.one", name, folder, *LIMITS, f"-max_total_time={seconds}", *words]
    begin, said = time.monotonic(), BUILD / f"{name}.log"
    with said.open("w") as log:
        code = subprocess.run(command, cwd=HOME, env=environment, stdout=log, stderr=subprocess.STDOUT).returncode
    found = sorted(set(folder.iterdir()) - before)
    if code and not found:  # it ended in a way that left no input behind
        found = [said]
    lines = map(_LINE.match, said.read_text(errors="replace").splitlines())
    stands = [tuple(map(int, line.groups())) for line in lines if line]
    tried, covered, _, corpus = stands[-1] if stands else (0, 0, 0, 0)
    return Result(name, time.monotonic() - begin, tried, stands[0][1] if stands else 0, covered, corpus, found)


def main() -> int:
    """Fuzz all targets, or those that are named; 1 if anything was found."""
    seconds = int(sys.argv[1])
    wanted = sys.argv[2:] or names()
    environment = build()
    share = max(seconds // len(wanted), 1)
    print("target       seconds    inputs  a second   edges at first and last  corpus  findings", flush=True)
    bad = False
    for name in wanted:
        one = run(name, share, environment)
        rate = one.tried / one.seconds
        line = f"{name:<12}{one.seconds:>8.0f}{one.tried:>10,}{rate:>10,.0f}{one.first:>15,}{one.covered:>11,}"
        print(f"{line}{one.corpus:>8,}{len(one.found):>10}", flush=True)
        for file in one.found:
            again = f"PYTHONPATH=tests python -m fuzz.again {name} {file}"
            print(f"  {file}\n  tail of {BUILD / name}.log says why; try it again: {again}")
        bad = bad or bool(one.found)
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
