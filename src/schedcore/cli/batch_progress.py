"""How far a long job is: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

__all__ = ["Steps"]

# Seconds between two lines of a log: often enough to see that it lives, seldom enough to be kept.
PAUSE = 5.0


class Steps:
    """Rows that are done, how many a second, and how long the rest will take; on stderr."""

    def __init__(self) -> None:
        self.rows = 0
        self.began = self.told = time.monotonic()
        self.bar: Progress | None = None
        if sys.stderr.isatty():
            self.bar = Progress(
                BarColumn(),
                TextColumn("{task.percentage:>3.0f} %"),
                TextColumn("{task.fields[rows]:,} rows"),
                TextColumn("{task.fields[rate]:,.0f} rows/s"),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self.task = self.bar.add_task("", total=1.0, rows=0, rate=0)

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.began

    def advance(self, rows: int, done: float) -> None:
        """So many more rows are done, and so much (0 to 1) of the whole."""
        self.rows += rows
        rate = self.rows / max(self.seconds, 1e-9)
        if self.bar is not None:
            self.bar.update(self.task, completed=done, rows=self.rows, rate=rate)
        elif time.monotonic() - self.told >= PAUSE:
            self.told = time.monotonic()
            left = f", {self.seconds * (1 - done) / done:,.0f} s left" if 0 < done < 1 else ""
            click.echo(f"schedcore: {self.rows:,} rows, {rate:,.0f} rows/s{left}", err=True)

    def __enter__(self) -> Steps:
        if self.bar is not None:
            self.bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.bar is not None:
            self.bar.stop()
