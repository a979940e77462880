"""Look for known vulnerabilities in what is installed in this environment, with pip-audit: `make audit`.

pip-audit comes into an environment of its own, build/audit, or its dependencies would be audited with ours. It asks
PyPI's JSON API for advisories. A mirror of the index need not have that API, and then pip-audit finds every package
"not on PyPI" and ends well; so what counts here is how many packages it could ask about. Where it is none, this says so
and ends with 0, for a build machine without that API, or with 2 under `--strict`. A vulnerability always ends with 1.
"""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any, Final

HOME: Final = Path(__file__).resolve().parent.parent
OWN: Final = HOME / "build" / "audit"
VERSION: Final = "2.10.1"
#: The project itself is on no index.
OURS: Final = "schedcore"


def report() -> list[dict[str, Any]] | str:
    """What pip-audit says of each package; a text if it cannot be had or cannot ask."""
    python = OWN / "bin" / "python"
    if not (OWN / "bin" / "pip-audit").exists():
        subprocess.run([sys.executable, "-m", "venv", OWN], check=True)
        words = ["--quiet", "--no-input", "--disable-pip-version-check", "install", f"pip-audit=={VERSION}"]
        if subprocess.run([python, "-m", "pip", *words]).returncode:
            return "pip-audit cannot be installed"
    words = ["--path", sysconfig.get_path("purelib"), "--timeout", "15", "--format", "json"]
    words += ["--progress-spinner", "off"]
    done = subprocess.run([python, "-m", "pip_audit", *words], capture_output=True, text=True)
    try:
        found: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        return done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"it ended with {done.returncode}"
    return found


def main() -> int:
    """Audit, and print what is known."""
    found = report()
    if isinstance(found, str):
        asked, bad, reason = 0, [], found
    else:
        theirs = [one for one in found if one["name"] != OURS]
        asked = sum("skip_reason" not in one for one in theirs)
        bad = [one for one in theirs if one.get("vulns")]
        reason = next((one["skip_reason"] for one in theirs if "skip_reason" in one), "nothing is installed")
    for one in bad:
        for known in one["vulns"]:
            fixed = ", ".join(known["fix_versions"]) or "no version"
            print(f"{one['name']} {one['version']}: {known['id']}, mended in {fixed}")
    if not asked:
        print(f"not audited, since advisories cannot be asked for from here: {reason}")
        return 2 if "--strict" in sys.argv[1:] else 0
    print(f"{asked} packages audited, {len(bad)} with known vulnerabilities")
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main())
