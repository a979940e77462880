"""Files that are whole or not there: written under a name of their own, and renamed when all is in them.

Rules

1. The name beside the final one (`OUT.part`) is locked while it is written, so that two runs for one file do not mix.
   A lock ends with its process, however that ended.
2. What an interrupted run left behind is overwritten by the next one.
3. The final name is given after the content is on the disk: neither a kill nor a loss of power leaves half a file.
"""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from schedcore.cli.batch_input import SEPARATORS
from schedcore.errors import InvalidValue, shorten

if TYPE_CHECKING:
    import pyarrow

# The other commands of this package work without, and must not fail for it.
if sys.platform != "win32":
    import fcntl

__all__ = ["Output", "Problems", "check_name", "replacing"]

SUFFIXES = (".parquet", ".csv", ".tsv", ".arrow", ".feather", ".ipc", ".arrows")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give the name to write under; it becomes `path` at the end, or goes if there was an error."""
    part = path.with_name(path.name + ".part")
    lock = os.open(part, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InvalidValue(f"{path}: another run is writing it; wait for that, or choose another name") from None
        if not part.exists() or not os.path.samestat(os.stat(part), os.fstat(lock)):
            raise InvalidValue(f"{path}: another run has just finished it; start again if it should be made anew")
        try:
            os.truncate(lock, 0)
            yield part
            os.fsync(lock)
            os.replace(part, path)
        except BaseException:
            with suppress(FileNotFoundError):
                part.unlink()
            raise
    finally:
        os.close(lock)


class Output:
    """A file of columns, in the form that its suffix names; `with` it, as it must be finished."""

    def __init__(self, path: Path, target: Path, schema: pyarrow.Schema) -> None:
        import pyarrow

        suffix = path.suffix.lower()
        self.rows = 0
        self.sink = pyarrow.OSFile(str(target), "wb")
        self.writer: Any
        if suffix == ".parquet":
            self.writer = _parquet(self.sink, schema)
        elif suffix in SEPARATORS:
            from pyarrow import csv as arrow_csv

            options = arrow_csv.WriteOptions(delimiter=SEPARATORS[suffix], quoting_style="needed")
            self.writer = arrow_csv.CSVWriter(self.sink, schema, write_options=options)
        elif suffix == ".arrows":
            self.writer = pyarrow.ipc.new_stream(self.sink, schema)
        else:
            self.writer = pyarrow.ipc.new_file(self.sink, schema)

    def write(self, batch: pyarrow.RecordBatch) -> None:
        """Append rows."""
        self.writer.write_batch(batch)
        self.rows += batch.num_rows

    def __enter__(self) -> Output:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.writer.close()
        self.sink.close()


def _parquet(sink: object, schema: pyarrow.Schema) -> Any:
    """A writer of Parquet: numbers as differences, which are small from row to row, and names by a dictionary.

    Measured on occurrences: half the time, and a third of the size, of plain numbers under zstd.
    """
    import pyarrow
    from pyarrow import parquet

    numbers = [field.name for field in schema if pyarrow.types.is_integer(field.type)]
    return parquet.ParquetWriter(
        sink,
        schema,
        compression="zstd",
        use_dictionary=[name for name in schema.names if name not in numbers],
        column_encoding=dict.fromkeys(numbers, "DELTA_BINARY_PACKED"),
    )


def check_name(path: Path) -> None:
    """Refuse an output before the work begins: InvalidValue for a suffix that is not known, and on Windows.

    Windows neither locks a file while others may rename it nor renames one that is open.
    """
    if sys.platform == "win32":
        raise InvalidValue(f"{path}: `schedcore batch` writes on Linux and macOS only; on Windows run it in WSL")
    if path.suffix.lower() not in SUFFIXES:
        raise InvalidValue(
            f"{path}: files named {shorten(path.suffix)} are not written; use one of {' '.join(SUFFIXES)}"
        )


class Problems:
    """What rows had wrong: the first ones are kept to be told, all go to a file if there is one."""

    TOLD = 10  # lines on stderr; a million would help nobody, and the file has them all

    def __init__(self, target: Path | None) -> None:
        self.file = None if target is None else target.open("w", encoding="utf-8", newline="")
        self.writer = None if self.file is None else csv.writer(self.file)
        self.first: list[str] = []
        self.count = 0
        if self.writer is not None:
            self.writer.writerow(["row", "column", "value", "reason"])

    def add(self, base: int, problems: Sequence[Any]) -> None:
        """Take the problems of a batch whose first row has the number `base`."""
        self.count += len(problems)
        for problem in problems[: max(0, self.TOLD - len(self.first))]:
            self.first.append(f"row {base + problem.row}, {problem.column} {shorten(problem.value)}: {problem.reason}")
        if self.writer is not None:
            for problem in problems:
                self.writer.writerow([base + problem.row, problem.column, problem.value, problem.reason])

    def __enter__(self) -> Problems:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.file is not None:
            self.file.close()
