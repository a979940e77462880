"""Try inputs again, without a fuzzer, on the plain kernels: `python -m fuzz.again TARGET FILE...`."""

from __future__ import annotations

import sys
from pathlib import Path

from fuzz.targets import target


def main() -> None:
    """Run the target's check on each file; what it raises is the finding."""
    name, *files = sys.argv[1:]
    for file in files:
        data = Path(file).read_bytes()
        print(file, data[:200])
        target(name).check(data)


if __name__ == "__main__":
    main()
