"""Run one target under atheris: `python -m fuzz.one TARGET [options of libFuzzer]`; `fuzz.__main__` starts this."""

from __future__ import annotations

import sys

import atheris


def main() -> None:
    """Import the library with its bytecode instrumented, then hand over to libFuzzer, which ends the process."""
    name = sys.argv.pop(1)
    with atheris.instrument_imports(include=["schedcore"], enable_loader_override=False):
        from fuzz.targets import target

        check = target(name).check
    atheris.Setup(sys.argv, check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
