"""Run python-dateutil's own tests of its rrule against schedcore.compat.dateutil: `make test-dateutil`.

The tests come out of dateutil's sdist, which pip fetches from the registry, and stay in build/, which is not committed.
They run unchanged but for the import of what they test; `dateutil.tz`, which they take zones from, is dateutil's own.
"""

import subprocess
import sys
import tarfile
from pathlib import Path

VERSION = "4.0.0"
HOME = Path(__file__).resolve().parent.parent
BUILD = HOME / "build" / "dateutil"
PACKAGES = BUILD / "packages"
SUITE = BUILD / "test_rrule.py"
PIP = [sys.executable, "-m", "pip", "--quiet", "--no-input", "--disable-pip-version-check"]

#: The marks that the tests carry, as dateutil's pyproject.toml declares them.
SETTINGS = """\
[pytest]
addopts = --import-mode=importlib
filterwarnings = error
markers =
    rrule
    rruleset
    rrulestr
    smoke
"""


def fetch() -> None:
    """Have the sdist, and freezegun, which stops the clock for the tests; dateutil is installed, for `dateutil.tz`."""
    sdist = BUILD / f"python_dateutil-{VERSION}.tar.gz"
    BUILD.mkdir(parents=True, exist_ok=True)
    if not sdist.exists():
        wanted = f"python-dateutil=={VERSION}"
        subprocess.run([*PIP, "download", "--no-deps", "--no-binary=python-dateutil", "-d", BUILD, wanted], check=True)
    if not (PACKAGES / "freezegun").exists():
        subprocess.run([*PIP, "install", "--no-deps", "--target", PACKAGES, "freezegun"], check=True)
    with tarfile.open(sdist) as archive:
        member = archive.extractfile(f"python_dateutil-{VERSION}/tests/test_rrule.py")
        assert member is not None
        text = member.read().decode()
    SUITE.write_text(text.replace("from dateutil.rrule import", "from schedcore.compat.dateutil import"))
    (BUILD / "pytest.ini").write_text(SETTINGS)


def main() -> int:
    """Fetch, rewrite the import, run; the exit code is pytest's."""
    fetch()
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", BUILD / "pytest.ini", SUITE]
    paths = f"{HOME / 'src'}:{PACKAGES}"
    return subprocess.run(command, cwd=BUILD, env={"PYTHONPATH": paths, "PATH": "/usr/bin:/bin"}).returncode


if __name__ == "__main__":
    sys.exit(main())
