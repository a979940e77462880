"""Print the home of a Java that Spark runs on, 17 or 21; install one where there is none and we may.

Looks at JAVA_HOME, at the `java` on PATH, and where Debian and others keep them. Without one, root on a Debian gets
openjdk-17-jre-headless; anybody else gets a line that says what is missing, and exit code 1.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

VERSIONS = (17, 21)  # what Spark 4 is tested with
PLACES = ("/usr/lib/jvm", "/usr/local/lib/jvm", "/opt/java", "/opt/jdk")
PACKAGE = "openjdk-17-jre-headless"
MISSING = f"Spark needs Java 17 or 21, and none is here: apt-get install {PACKAGE} (Debian), or set JAVA_HOME"


def homes() -> Iterator[Path]:
    """Where a Java may be, best first."""
    if os.environ.get("JAVA_HOME"):
        yield Path(os.environ["JAVA_HOME"])
    found = shutil.which("java")
    if found:
        yield Path(found).resolve().parent.parent
    for place in PLACES:
        yield from sorted(Path(place).glob("*"))


def version(home: Path) -> int | None:
    """The main version of the Java there, None if there is none that runs."""
    try:
        done = subprocess.run([home / "bin" / "java", "-version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    found = re.search(r'version "(\d+)', done.stderr)
    return None if found is None else int(found[1])


def suitable() -> Path | None:
    """The first Java that will do."""
    return next((home for home in homes() if version(home) in VERSIONS), None)


def install() -> None:
    """Install Debian's, if this is root on a Debian; what apt prints goes to stderr."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "--yes", "--no-install-recommends", PACKAGE]):
        subprocess.run(["apt-get", "--quiet", *words], stdout=sys.stderr, env=environment, check=False)


def main() -> int:
    """Print the home, or say what is missing."""
    home = suitable()
    if home is None:
        install()
        home = suitable()
    if home is None:
        print(MISSING, file=sys.stderr)
        return 1
    print(home)
    return 0


if __name__ == "__main__":
    sys.exit(main())
