"""Files of series, read a batch of rows at a time: Parquet, CSV and TSV, Arrow IPC.

In text files all is text. What the library wants as numbers is made so row by row, since one bad row must not cost the
others theirs: a length of digits is seconds, and a status that is no digit becomes a number that is refused.
"""

from __future__ import annotations

import csv
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schedcore.errors import ColumnError, InvalidValue, shorten

if TYPE_CHECKING:
    import pyarrow

__all__ = ["SERIES", "WHOSE", "Source", "open_source"]

# The columns that say when, and those that say whose time it is and how it is taken.
SERIES = ("dtstart", "tzid", "duration", "rrule", "rdate", "exdate")
WHOSE = ("owner", "status")
SEPARATORS = {".csv": ",", ".tsv": "\t"}
# Least bytes of a text file that are read at once: a line must fit, and an EXDATE may be long.
LEAST_BLOCK = 1 << 20


class Source(ABC):
    """A file of series: which columns it has, its rows in batches, and how much of it is done."""

    def __init__(self, path: Path, wanted: Sequence[str], names: Sequence[str]) -> None:
        self.path = path
        self.names = [name for name in wanted if name in names]
        if "dtstart" not in names:
            have = ", ".join(shorten(name) for name in names[:9]) or "none"
            raise ColumnError(f"no column dtstart (there are {have}); name the columns {', '.join(wanted)}")

    @abstractmethod
    def batches(self, rows: int) -> Iterator[pyarrow.RecordBatch]:
        """Give the columns that are known, some rows at a time, `rows` at most."""

    @abstractmethod
    def done(self) -> float:
        """How much of the file was read, from 0 to 1."""

    def columns(self, batch: pyarrow.RecordBatch) -> dict[str, Any]:
        """The columns of a batch as `SeriesTable.from_columns` takes them."""
        found = {name: batch.column(name) for name in self.names}
        for name, change in (("duration", _lengths), ("status", _statuses)):
            if name in found and _is_text(found[name]):
                found[name] = change(found[name])
        return found


def open_source(path: Path, wanted: Sequence[str]) -> Source:
    """Open a file by its suffix, for some of its columns; InvalidValue for a suffix that is not known."""
    suffix = path.suffix.lower()
    for suffixes, source in KINDS.items():
        if suffix in suffixes:
            found: Source = source(path, wanted)
            return found
    known = " ".join(suffix for suffixes in KINDS for suffix in suffixes)
    raise InvalidValue(f"{path}: files named {shorten(suffix)} are not read; name it by what it is, one of {known}")


class ParquetSource(Source):
    """A Parquet file; only the columns that are known are read."""

    def __init__(self, path: Path, wanted: Sequence[str]) -> None:
        import pyarrow.parquet

        self.file = pyarrow.parquet.ParquetFile(path)
        super().__init__(path, wanted, self.file.schema_arrow.names)
        self.read = 0

    def batches(self, rows: int) -> Iterator[pyarrow.RecordBatch]:
        for batch in self.file.iter_batches(rows, columns=self.names):
            self.read += batch.num_rows
            yield batch

    def done(self) -> float:
        return self.read / max(int(self.file.metadata.num_rows), 1)


class IpcSource(Source):
    """An Arrow IPC file, or stream; batches that are larger than asked for are cut."""

    def __init__(self, path: Path, wanted: Sequence[str]) -> None:
        import pyarrow

        self.file = pyarrow.memory_map(str(path))
        try:
            reader = pyarrow.ipc.open_file(self.file)
            self.whole = (reader.get_batch(number) for number in range(reader.num_record_batches))
            self.count = reader.num_record_batches
        except pyarrow.ArrowInvalid:  # no magic at both ends: a stream
            self.file.seek(0)
            reader = pyarrow.ipc.open_stream(self.file)
            self.whole = iter(reader)
            self.count = 0
        super().__init__(path, wanted, reader.schema.names)
        self.read = 0

    def batches(self, rows: int) -> Iterator[pyarrow.RecordBatch]:
        for batch in self.whole:
            self.read += 1
            for start in range(0, batch.num_rows, rows):
                yield batch.slice(start, rows)

    def done(self) -> float:
        return self.read / self.count if self.count else int(self.file.tell()) / max(int(self.file.size()), 1)


class TextSource(Source):
    """A text file with a line of names; an empty field is a missing value."""

    def __init__(self, path: Path, wanted: Sequence[str]) -> None:
        self.separator = SEPARATORS[path.suffix.lower()]
        with path.open(encoding="utf-8-sig", newline="") as file:
            super().__init__(path, wanted, next(csv.reader(file, delimiter=self.separator), []))
        self.size = path.stat().st_size
        self.file: Any = None

    def batches(self, rows: int) -> Iterator[pyarrow.RecordBatch]:
        import pyarrow
        from pyarrow import csv as arrow_csv

        self.file = pyarrow.OSFile(str(self.path))
        # Rows of series have about 100 bytes.
        reader = arrow_csv.open_csv(
            self.file,
            arrow_csv.ReadOptions(use_threads=False, block_size=max(LEAST_BLOCK, rows * 100)),
            arrow_csv.ParseOptions(delimiter=self.separator, newlines_in_values=True),
            arrow_csv.ConvertOptions(
                include_columns=self.names,
                column_types=dict.fromkeys(self.names, pyarrow.string()),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )
        for batch in reader:
            for start in range(0, batch.num_rows, rows):
                yield batch.slice(start, rows)

    def done(self) -> float:
        return 0.0 if self.file is None else int(self.file.tell()) / max(self.size, 1)


KINDS: dict[tuple[str, ...], type[Any]] = {
    (".parquet",): ParquetSource,
    (".csv", ".tsv"): TextSource,
    (".arrow", ".arrows", ".feather", ".ipc"): IpcSource,
}


def _is_text(column: pyarrow.Array) -> bool:
    import pyarrow

    return bool(pyarrow.types.is_string(column.type) or pyarrow.types.is_large_string(column.type))


def _lengths(texts: pyarrow.Array) -> pyarrow.Array:
    """Write lengths that are digits as RFC 5545 writes seconds."""
    from pyarrow import compute

    digits = compute.match_substring_regex(texts, "^[0-9]+$")
    return compute.if_else(digits, compute.binary_join_element_wise("PT", texts, "S", ""), texts)


def _statuses(texts: pyarrow.Array) -> pyarrow.Array:
    """Read digits as numbers; -1, which no status is, stands for all else."""
    import pyarrow
    from pyarrow import compute

    digits = compute.if_else(compute.match_substring_regex(texts, "^[0-9]$"), texts, "-1")
    return compute.if_else(compute.is_valid(texts), digits, None).cast(pyarrow.int64())
