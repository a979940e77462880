"""Getting the rivals: npm packages beside this file, libical from the system; each that cannot be had is one line."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

from benchmarks.rivals.process import Driver, NoAnswer

__all__ = ["installed"]

HERE: Final = Path(__file__).resolve().parent
BUILT: Final = HERE / "built"
NODE: Final = {"rrule": "rrule_js.mjs", "rrule-rust": "rrule_rust.mjs", "rrule-temporal": "rrule_temporal.mjs"}
ENOUGH: Final = 600
"""Seconds for one package manager to finish."""


def installed(*, fetch: bool, say: Callable[[str], None]) -> list[Driver]:
    """Start every rival that is here or, if `fetch`, can be fetched; `say` hears of each that is not."""
    commands: dict[str, Callable[[], list[str]]] = {name: lambda name=name: node(name) for name in NODE}
    if fetch:
        fetch_node(say)
    found = []
    for name, command in {**commands, "libical": lambda: libical(fetch)}.items():
        try:
            found.append(Driver(command()))
        except (OSError, subprocess.SubprocessError, NoAnswer, LookupError) as error:
            say(f"without {name}: {str(error).splitlines()[0][:100]}")
    return found


def fetch_node(say: Callable[[str], None]) -> None:
    """Install what package.json names."""
    if shutil.which("npm") is None or all((HERE / "node_modules" / name).is_dir() for name in NODE):
        return
    command = ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent"]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=ENOUGH)
    if done.returncode:
        say(f"npm install failed: {(done.stderr.strip() or 'it did not say why').splitlines()[0][:100]}")


def node(name: str) -> list[str]:
    """The command of a driver in JavaScript; LookupError if its package or Node.js is not there."""
    program = shutil.which("node")
    if program is None:
        raise LookupError("no Node.js; install it from your system's packages, with npm")
    if not (HERE / "node_modules" / name).is_dir():
        raise LookupError(f"the npm package {name} is not installed; run npm install in benchmarks/rivals")
    return [program, str(HERE / NODE[name])]


def libical(fetch: bool) -> list[str]:
    """The command of libical's driver, compiled now; LookupError if the headers are not there."""
    release = libical_release()
    if not release and fetch and shutil.which("apt-get") and os.geteuid() == 0:
        quiet = {"capture_output": True, "timeout": ENOUGH}
        subprocess.run(["apt-get", "update"], **quiet)  # type: ignore[call-overload]
        subprocess.run(["apt-get", "install", "-y", "--no-install-recommends", "libical-dev"], **quiet)  # type: ignore[call-overload]
        release = libical_release()
    if not release:
        raise LookupError("its headers are not installed; as root, apt-get install libical-dev pkg-config")
    BUILT.mkdir(exist_ok=True)
    program = BUILT / "libical"
    source = str(HERE / "libical.c")
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "libical"], capture_output=True, text=True, check=True)
    command = ["cc", "-O2", f'-DLIBICAL_RELEASE="{release}"', source, "-o", str(program), *flags.stdout.split()]
    subprocess.run(command, check=True, capture_output=True)
    return [str(program)]


def libical_release() -> str:
    """The version of the libical that is installed; empty if there is none."""
    if shutil.which("pkg-config") is None:
        return ""
    return subprocess.run(["pkg-config", "--modversion", "libical"], capture_output=True, text=True).stdout.strip()
