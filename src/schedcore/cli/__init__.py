"""The command line: one file a command. It opens files, reads arguments and draws; everything else is the library's."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run the `schedcore` command; what `[project.scripts]` calls."""
    try:
        from schedcore.cli.command import run
    except ModuleNotFoundError as error:
        if error.name not in ("click", "rich"):
            raise
        print(f"schedcore: the command line needs {error.name}: pip install 'schedcore[cli]'", file=sys.stderr)
        sys.exit(2)
    sys.exit(run())
