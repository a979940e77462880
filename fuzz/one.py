"""Run one target under atheris: `python -m fuzz.one TARGET FOLDER [options]`; `fuzz.__main__` starts this."""

from __future__ import annotations

import hashlib
import os
import sys
import traceback
from pathlib import Path

import atheris


def main() -> None:
    """Import the library with its bytecode instrumented, then hand over to libFuzzer, which ends the process."""
    name, folder = sys.argv.pop(1), Path(sys.argv.pop(1))
    with atheris.instrument_imports(include=["schedcore"], enable_loader_override=False):
        from fuzz.targets import target

        check = target(name).check

    def tried(data: bytes) -> None:
        """Keep what raises, and end at once: libFuzzer would first look up the names of a stack that says nothing."""
        try:
            check(data)
        except BaseException:
            (folder / f"wrong-{hashlib.sha1(data).hexdigest()}").write_bytes(data)
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)

    atheris.Setup(sys.argv, tried)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
