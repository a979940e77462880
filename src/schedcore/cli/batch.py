"""`schedcore batch`: files of series to files of occurrences, or of busy time.

Rules

1. Rows go through in batches, so memory does not grow with the file.
2. A row that cannot be read is told with its number and the reason, and costs the others nothing. The exit code is then
   3 (`SOME`): the answer is there, and is not about all rows.
3. The output has its name when it is whole (`batch_output`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, tzinfo
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from schedcore.bulk.sharing import threads_of
from schedcore.cli.batch_input import SERIES, WHOSE, Source, open_source
from schedcore.cli.batch_output import Output, Problems, check_name, replacing
from schedcore.cli.batch_progress import Steps
from schedcore.cli.ending import terminable
from schedcore.cli.output import iso, plain
from schedcore.cli.times import aware, moment, zone
from schedcore.errors import ColumnError, InvalidValue, shorten

if TYPE_CHECKING:
    from schedcore.bulk import SeriesTable

__all__ = ["batch"]

SOME = 3  # exit code: answered, but rows were left out
UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
LEAST_MEMORY = 16 << 20
# Of the memory: half for occurrences, a quarter for rows, text and all; the rest is what readers and writers keep.
BYTES_A_ROW = 512


class Job:
    """What every batch command is asked: from where to where, of which time, with how much of the machine."""

    def __init__(
        self,
        file: Path,
        out: Path,
        start: date,
        end: date,
        tz: tzinfo | None,
        threads: int | None,
        memory: int,
        problems: Path | None,
    ) -> None:
        self.file, self.out, self.problems = file, out, problems
        self.start, self.end = aware(start, tz or UTC), aware(end, tz or UTC)
        if self.end < self.start:
            raise InvalidValue(f"--to {iso(end)} is before --from {iso(start)}; swap them")
        self.threads = threads_of(threads)
        self.memory = memory


def size(_: click.Context, param: click.Parameter, text: str) -> int:
    """Read an amount of memory, as click's callback of an option: 800M, 2G, 1.5GiB."""
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*([KMG]?)(?:I?B)?", text.strip().upper(), re.ASCII)
    amount = 0 if found is None else int(float(found[1]) * UNITS[found[2]])
    if amount < LEAST_MEMORY:
        raise InvalidValue(f"{param.opts[0]} {shorten(text)}: give 16M or more, as in 800M or 2G")
    return amount


def options(command: Callable[[Job], int]) -> Callable[..., int]:
    """The arguments that both commands have, gathered in a `Job`."""
    path = click.Path(dir_okay=False, path_type=Path)

    def gathered(**given: Any) -> int:
        if find_spec("pyarrow") is None:
            raise InvalidValue("schedcore batch needs pyarrow: pip install 'schedcore[batch]'")
        return command(Job(**given))

    gathered.__name__, gathered.__doc__ = command.__name__, command.__doc__
    for decorate in reversed(
        [
            click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path)),
            click.option("--from", "start", metavar="A", callback=moment, required=True, help="Start of the window."),
            click.option("--to", "end", metavar="B", callback=moment, required=True, help="Its end, not part of it."),
            click.option("-o", "--out", metavar="OUT", type=path, required=True, help="The file to write."),
            click.option("--tz", metavar="Z", callback=zone, help="The zone of --from and --to; else UTC."),
            click.option("--threads", metavar="N", type=click.IntRange(min=1), help="How many; else one a core."),
            click.option(
                "--memory",
                metavar="SIZE",
                callback=size,
                default="256M",
                show_default=True,
                help="About how much to use.",
            ),
            click.option("--problems", metavar="FILE", type=path, help="A CSV file for all rows that cannot be read."),
        ]
    ):
        gathered = decorate(gathered)
    return gathered


@click.group()
def batch() -> None:
    """Answer for files of series: Parquet, CSV, TSV, Arrow IPC.

    The columns of FILE are dtstart, and if it has them tzid, duration, rrule, rdate, exdate, owner and status; others
    are left out. Needs pyarrow: pip install 'schedcore[batch]'.
    """


@batch.command()
@options
def expand(job: Job) -> int:
    """Write when the series of FILE take place: the number of the row, start and end in UTC seconds.

    Rows are counted from 0. Exit code 3: some rows could not be read, and are not in it.

    \b
    schedcore batch expand IN.parquet --from 2026-06-01 --to 2026-09-01 -o OUT.parquet
    """
    import pyarrow

    fields = pyarrow.schema([(name, pyarrow.int64()) for name in ("series", "start", "end")])

    def write(table: SeriesTable, base: int, output: Output) -> None:
        for found in table.stream(job.start, job.end, job.memory // 2, threads=job.threads):
            rows = pyarrow.record_batch(found)
            if base:
                series = pyarrow.array(found.series + base)
                rows = pyarrow.record_batch([series, rows.column(1), rows.column(2)], schema=fields)
            output.write(rows.cast(fields))

    with running(job, SERIES) as (source, target, problems, steps):
        with Output(job.out, target, fields) as output:
            for table, base in tables(source, job, problems, steps):
                write(table, base, output)
        finish = f"{output.rows:,} occurrences"
    return told(job, finish, problems, steps)


@batch.command()
@options
def freebusy(job: Job) -> int:
    """Write when the owners in FILE are busy: owner, start and end in UTC seconds, status.

    Statuses are 1 (tentative), 2 (busy), 3 (out of office). Owners are numbers or names; stretches of one owner are in
    order and do not overlap. Exit code 3: some rows could not be read, and are not in it.

    \b
    schedcore batch freebusy IN.parquet --from 2026-06-01 --to 2026-09-01 -o OUT.parquet
    """
    from schedcore.cli.batch_busy import Busy

    with running(job, SERIES + WHOSE) as (source, target, problems, steps):
        busy = Busy(job.threads)
        for table, _ in tables(source, job, problems, steps, busy.numbered):
            busy.add(table, job.start, job.end)
        answer = busy.answer()
        with Output(job.out, target, answer.schema) as output:
            for rows in answer.to_batches(max_chunksize=job.memory // 64):
                output.write(rows)
        finish = f"{output.rows:,} busy stretches"
    return told(job, finish, problems, steps)


def tables(
    source: Source,
    job: Job,
    problems: Problems,
    steps: Steps,
    change: Callable[[dict[str, Any]], dict[str, Any]] = lambda columns: columns,
) -> Iterator[tuple[SeriesTable, int]]:
    """Read the file as tables, each with the number of its first row."""
    from schedcore.bulk import SeriesTable

    base = 0
    table: SeriesTable | None = None
    for rows in source.batches(max(1024, job.memory // 4 // BYTES_A_ROW)):
        table = SeriesTable.from_columns(**change(source.columns(rows)), like=table)
        problems.add(base, table.problems)
        yield table, base
        base += len(table)
        steps.advance(len(table), source.done())


@contextmanager
def running(job: Job, columns: Sequence[str]) -> Iterator[tuple[Source, Path, Problems, Steps]]:
    """Open all that a job needs, and close it however the job ends; the output has its name if it went well."""
    import pyarrow

    check_name(job.out)
    with ExitStack() as stack:
        stack.enter_context(terminable())
        source = opened(job.file, columns)
        listed = None if job.problems is None else stack.enter_context(replacing(job.problems))
        target = stack.enter_context(replacing(job.out))
        problems = stack.enter_context(Problems(listed))
        steps = stack.enter_context(Steps())
        try:
            yield source, target, problems, steps
        except ColumnError as error:
            raise ColumnError(f"{job.file}: {error}") from error
        except pyarrow.ArrowInvalid as error:
            raise InvalidValue(f"{job.file}: {error}") from error


def opened(file: Path, columns: Sequence[str]) -> Source:
    """Open the input; InvalidValue for a file that is not what its name says."""
    import pyarrow

    try:
        return open_source(file, columns)
    except ColumnError as error:
        raise ColumnError(f"{file}: {error}") from error
    except (pyarrow.ArrowException, UnicodeDecodeError) as error:
        raise InvalidValue(f"{file}: not a file of its suffix: {error}") from error


def told(job: Job, what: str, problems: Problems, steps: Steps) -> int:
    """Say what was written and what was left out; the exit code."""
    for line in problems.first:
        click.echo(f"schedcore: {plain(job.file.name)}: {plain(line)}", err=True)
    more = problems.count - len(problems.first)
    if more:
        where = f"see {job.problems}" if job.problems is not None else "list them with --problems FILE"
        click.echo(f"schedcore: {more:,} more rows cannot be read; {where}", err=True)
    click.echo(f"{job.out}: {what}, of {steps.rows:,} rows, in {steps.seconds:,.1f} s")
    return SOME if problems.count else 0
