"""`SeriesTable`: many series as columns, expanded in one call.

Rules of this module:

1. A row of columns is the series that `Series(..., strict=False)` would make of the same values, and gives what that
   gives: `tests/bulk` holds them to each other.
2. A row that cannot be read stays a row, gives nothing, and is listed in `problems`; or it is an error, as asked.
3. What comes out does not depend on threads or on how rows were cut into pieces, bit for bit.
4. Rows without a zone are counted in local seconds, and a window asked for in UTC seconds means the same numbers there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone, tzinfo
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from schedcore.bulk import columns
from schedcore.bulk._bits import joined, owners_of, statuses_of
from schedcore.bulk._read import Reader
from schedcore.bulk._rows import Rows
from schedcore.bulk._taken import Taken, clip
from schedcore.bulk._text import time_of
from schedcore.bulk.columns import Ints, Lists, Text
from schedcore.bulk.filling import LISTED, PIECES, Crew, Window, counted, filled, sized, streamed
from schedcore.bulk.occurrences import Occurrences
from schedcore.bulk.sharing import threads_of
from schedcore.errors import ColumnError, InvalidValue, shorten
from schedcore.recurrence import Duration, Limits, Series
from schedcore.recurrence.window import instant

if TYPE_CHECKING:
    from schedcore._cancel import CancelToken
    from schedcore._column import Column
    from schedcore.bulk.ical import CalendarTable

__all__ = ["Problem", "SeriesTable"]

#: What one answer may hold unless the caller says otherwise: columns of 6 GB.
DEFAULT_LIMITS: Final = Limits(max_occurrences=250_000_000)
#: A stream holds one piece at a time, whatever there is in all.
NO_LIMITS: Final = Limits(max_occurrences=1 << 60)
_FORMS: Final = {"date": 1, "local": 2, "utc": 3}
_EPOCH: Final = datetime(1970, 1, 1)


class Taking(NamedTuple):
    """When owners are taken: columns of one length, two of them made when called for."""

    owner: Callable[[], Column]
    start: Column
    end: Column
    status: Callable[[], Column]
    is_merged: bool


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that could not be read: its number, the column, the value that stands there, and what is wrong with it.

    >>> str(Problem(3, "dtstart", "soon", "is no time"))
    "row 3, dtstart 'soon': is no time"
    """

    row: int
    column: str
    value: Any
    reason: str

    def __str__(self) -> str:
        return f"row {self.row}, {self.column} {shorten(self.value)}: {self.reason}"


class SeriesTable:
    """Many series, a row each, in memory that C owns: about 90 bytes a row.

    Made by `from_columns`; `problems` lists the rows that could not be read, which stay rows and give nothing.

    >>> from datetime import UTC
    >>> table = SeriesTable.from_columns(
    ...     dtstart=["20260105T090000", "20260106"],
    ...     tzid=["Europe/Zurich", None],
    ...     duration=["PT1H", None],
    ...     rrule=["FREQ=WEEKLY;COUNT=2", "FREQ=YEARLY"],
    ... )
    >>> found = table.expand(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))
    >>> found.series.tolist(), found.start.tolist()
    ([0, 0, 1], [1767600000, 1768204800, 1767657600])
    """

    __slots__ = ("problems", "rows")

    rows: Final[Rows]
    problems: Final[tuple[Problem, ...]]

    def __init__(self, rows: Rows, problems: tuple[Problem, ...] = ()) -> None:
        self.rows = rows
        self.problems = problems

    @classmethod
    def from_columns(
        cls,
        dtstart: object,
        tzid: object = None,
        duration: object = None,
        rrule: object = None,
        *,
        rdate: object = None,
        exdate: object = None,
        owner: object = None,
        status: object = None,
        kind: Literal["local", "utc", "date"] = "local",
        on_error: Literal["report", "raise"] = "report",
        like: SeriesTable | None = None,
    ) -> SeriesTable:
        """Read series from columns: lists, NumPy arrays, or Arrow data, of one length; a missing value is None or null.

        `dtstart` is text (`20260105T090000`, with `Z`, `20260105`, the same of ISO 8601, offsets too) or whole seconds,
        and then `kind` says of what: "local" time, "utc", or the midnights of a "date"; columns of dates and times say
        it themselves. `tzid` names zones, one of all rows if it is a str; local times without one are floating.
        An instant is shown in the zone of its row, without one in UTC or its own offset. `duration` is seconds (exact)
        or text (`PT1H`, `P1D` by the clock). `rrule` is the text of a rule. `rdate` and `exdate` are text with commas,
        or lists of times. `owner` is a number from 0 on, 0 without the column. `status` is the number of a
        `freebusy.Status`, busy where there is none.

        `like` is a table that was read before, the last of many for one: the zones and rules of both are read once.

        Rules are read as `Series(..., strict=False)` reads them. A row that cannot be read is listed in `problems`, or
        with `on_error="raise"` a ColumnError. ColumnError also for columns of another type or length; ZoneError for a
        `tzid` of all rows that there is not; InvalidValue for a `like` whose zones are those of calendars.

        Cost: some 100 ns a row, and some microseconds for each distinct rule (COUNT and UNTIL apart) and zone.

        >>> table = SeriesTable.from_columns(["20260105T090000", "soon"], rrule=["FREQ=DAILY", None])
        >>> [(problem.row, problem.value) for problem in table.problems]
        [(1, 'soon')]
        """
        if on_error not in ("report", "raise"):
            raise InvalidValue(f"on_error={shorten(on_error)}: pass 'report' or 'raise'")
        if like is not None and type(like) is not SeriesTable:
            raise InvalidValue(f"like={shorten(like)}: pass a table that from_columns has made")
        rows = Rows()
        if like is not None:
            rows.know(like.rows)
        reader = _reader(rows, kind, dtstart, tzid, duration, rrule, rdate, exdate, owner, status)
        reader.read(_whole)
        problems = tuple(Problem(*problem) for problem in reader.problems)
        if problems and on_error == "raise":
            raise ColumnError(f"{problems[0]}; {len(problems)} rows of {len(rows)} cannot be read")
        return cls(rows, problems)

    @classmethod
    def from_ical(
        cls,
        blobs: object,
        *,
        owner: object = None,
        address: str | None = None,
        tz: str | tzinfo | None = None,
        on_error: Literal["report", "raise"] = "report",
    ) -> CalendarTable:
        """Read calendars, each an iCalendar text (RFC 5545): a list of bytes or text, or a column of Arrow or NumPy.

        A row is an event with its overrides; the table's columns `text` and `uid` tell which text it comes from, by
        number, and its UID. `owner` has a number from 0 on for each text; without it, it is the number of the text. The
        status of a row is what the event says about its owner's time (`freebusy.reading`), with `address` the owner's
        own answer to invitations too: one address for all texts. All-day events and floating times are put into the
        zone of their calendar (X-WR-TIMEZONE), else into `tz`; without either they are counted in local seconds.

        The answer is that of `Calendar.from_ical` for each text (`bulk.ical` has the fine print). What could not be
        read, or was forgiven, is in `problems`, by the number of the text, or with `on_error="raise"` a ColumnError.
        ColumnError also for columns of another type or length; ZoneError for an unknown `tz`.

        Cost: a microsecond for a plain event of 300 bytes, some 200 for one that is not plain.

        >>> text = "BEGIN:VCALENDAR\\nBEGIN:VEVENT\\nUID:a\\nDTSTART:20260302T090000Z\\nEND:VEVENT\\nEND:VCALENDAR"
        >>> table = SeriesTable.from_ical([text, "nothing", text])
        >>> table.text.tolist(), table.uid.tolist(), [problem.row for problem in table.problems]
        ([0, 2], ['a', 'a'], [1])
        """
        from schedcore.bulk.ical import from_ical

        return from_ical(blobs, owner=owner, address=address, tz=tz, on_error=on_error)

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        return f"<SeriesTable: {len(self)} rows, {len(self.problems)} of them unread>"

    def expand(
        self,
        a: datetime | int,
        b: datetime | int,
        threads: int | None = 1,
        *,
        limits: Limits = DEFAULT_LIMITS,
        cancel: CancelToken | None = None,
    ) -> Occurrences:
        """Give all occurrences that start in [a, b), in order of rows, then of starts.

        `a` and `b` are aware datetimes or UTC seconds; rows without a zone are asked by the same seconds of their wall
        clock. `threads` is how many share the rows, None as many as there are cores; the answer is the same.

        Each row gives what `Series.overlapping` gives, as far as it starts in the window: overrides where they now are.
        LimitExceeded for more than `limits.max_occurrences` in all: `stream` takes any number. Cancelled once `cancel`
        is set. InvalidValue for bounds that are no instants, or the wrong way round.

        Cost: some 50 ns a row and 2 ns an occurrence, without the GIL, wherever DTSTART lies; a rule whose moments in
        the window are very many (below DAILY), or a row that is a whole `Series`, some microseconds.
        """
        return self._expanded(a, b, False, threads, limits, cancel)

    def overlapping(
        self,
        a: datetime | int,
        b: datetime | int,
        threads: int | None = 1,
        *,
        limits: Limits = DEFAULT_LIMITS,
        cancel: CancelToken | None = None,
    ) -> Occurrences:
        """Give all occurrences that touch [a, b): those too that start before `a` and end behind it.

        Each row gives what `Series.overlapping` gives. Everything else as `expand`.

        >>> table = SeriesTable.from_columns(["20260105T220000Z"], duration=["PT8H"], rrule=["FREQ=DAILY"])
        >>> day = datetime(2026, 1, 7, tzinfo=timezone.utc)
        >>> table.expand(day, day + timedelta(hours=1)).start.tolist()
        []
        >>> table.overlapping(day, day + timedelta(hours=1)).start.tolist()
        [1767736800]
        """
        return self._expanded(a, b, True, threads, limits, cancel)

    def _expanded(
        self,
        a: datetime | int,
        b: datetime | int,
        touching: bool,
        threads: int | None,
        limits: Limits,
        cancel: CancelToken | None,
    ) -> Occurrences:
        lo, hi = _bounds(a, b)
        threads = threads_of(threads)
        most = limits.max_occurrences
        with Crew(min(threads, len(self))) as crew:
            window = Window(self.rows, lo, hi, touching, LISTED, most, cancel, crew)
            return filled(counted(window, 0, len(self), crew, threads, most), crew)

    def taken(
        self,
        a: datetime | int,
        b: datetime | int,
        rank: Sequence[int],
        threads: int | None = 1,
        *,
        limits: Limits = DEFAULT_LIMITS,
        cancel: CancelToken | None = None,
    ) -> Taking:
        """Give when owners are taken in [a, b), and whether that is merged.

        For `freebusy.of_table`, which says what it means. `rank` is how strong each status is. Merged columns are
        sorted and no stretches of an owner overlap; where times are too fine, they are occurrences. All are cut.
        """
        lo, hi = _bounds(a, b)
        threads = threads_of(threads)
        with Crew(min(threads, len(self))) as crew:
            window = Window(self.rows, lo, hi, True, LISTED, limits.max_occurrences, cancel, crew)
            rows = Taken(window, rank)
            if rows.fits:
                shares = pairwise(rows.shares(1 if threads == 1 else PIECES * threads))
                parts = crew.call([partial(rows.find, *share) for share in shares])
                found = [part for part in parts if part is not None]
                if len(found) == len(parts):
                    start, end = joined(found)
                    return Taking(partial(owners_of, found), start, end, partial(statuses_of, found, rank), True)
            chunks = counted(window, 0, len(self), crew, threads, limits.max_occurrences)
            owner, status = sized(chunks.total), sized(chunks.total)
            chunks.fill_owners(owner, status)
            occurrences = filled(chunks, crew)
        start, end = occurrences._start, occurrences._end
        clip(start, lo, hi)
        clip(end, lo, hi)
        return Taking(lambda: owner, start, end, lambda: status, False)

    def stream(
        self,
        a: datetime | int,
        b: datetime | int,
        max_bytes: int = 64 << 20,
        threads: int | None = 1,
        *,
        limits: Limits = NO_LIMITS,
        cancel: CancelToken | None = None,
    ) -> Iterator[Occurrences]:
        """Give what `expand` gives in pieces, so that one piece and what making it takes stay within `max_bytes`.

        Each piece has some rows of the table, in order; `Occurrences.first` is the number of its first. A row that
        alone is too much comes in several pieces, one stretch of time after the other. The bound is about memory only:
        put together, the pieces are the answer of `expand`. `limits.max_occurrences` bounds them all together.

        Errors as `expand`, and InvalidValue for less than 1 MiB.
        """
        lo, hi = _bounds(a, b)
        if not isinstance(max_bytes, int) or max_bytes < _LEAST_BYTES:
            raise InvalidValue(f"max_bytes={shorten(max_bytes)}: give {_LEAST_BYTES} (1 MiB) or more")
        return streamed(self.rows, lo, hi, max_bytes, threads_of(threads), limits.max_occurrences, cancel)


# --- from columns ----------------------------------------------------------------------------------------------------


def _reader(
    rows: Rows,
    kind: str,
    dtstart: object,
    tzid: object,
    duration: object,
    rrule: object,
    rdate: object,
    exdate: object,
    owner: object,
    status: object,
) -> Reader:
    """Check what can be checked of whole columns."""
    start = columns.column("dtstart", dtstart)
    if isinstance(start, Lists):
        raise ColumnError("dtstart: a column of lists; give one time a row")
    if kind not in _FORMS:
        raise InvalidValue(f"kind={shorten(kind)}: pass 'local', 'utc' or 'date'")
    if isinstance(start, Ints):
        if start.kind == "duration":
            raise ColumnError("dtstart: a column of durations; give times")
        kind = kind if start.kind == "number" else start.kind
    size = len(start)
    return Reader(
        rows,
        size,
        start,
        _FORMS[kind],
        tzid if isinstance(tzid, str) else _column("tzid", tzid, size, columns.text),
        _column("duration", duration, size, _lengths),
        _column("rrule", rrule, size, columns.text),
        _column("rdate", rdate, size, columns.column),
        _column("exdate", exdate, size, columns.column),
        _column("owner", owner, size, columns.ints),
        _column("status", status, size, columns.ints),
    )


def _column(name: str, values: object, size: int, read: Callable[[str, object], Any]) -> Any:
    if values is None:
        return None
    column = read(name, values)
    if len(column) != size:
        raise ColumnError(f"{name}: {len(column)} rows, but dtstart has {size}; give columns of one length")
    return column


def _lengths(name: str, values: object) -> Text | Ints:
    column = columns.column(name, values)
    if isinstance(column, Lists) or (isinstance(column, Ints) and column.kind not in ("number", "duration")):
        raise ColumnError(f"{name}: a column of {column.kind if isinstance(column, Ints) else 'lists'}; give lengths")
    return column


def _whole(parts: dict[str, Any]) -> Series:
    """Make a Series of a row that the table's own columns cannot tell."""
    zone = parts["zone"]
    tzinfo = None if zone is None else zone.tzinfo
    local = _EPOCH + timedelta(seconds=parts["local"])
    days, seconds = parts["length"]
    rules = [line for line in (parts["rrule"] or "").splitlines() if line.strip()]
    return Series(
        local.date() if parts["kind"] == "date" else local.replace(tzinfo=tzinfo),
        rules,
        duration=Duration(days, seconds),
        rdates=[_time_or_period(value, tzinfo) for value in parts["rdate"]],
        exdates=[_time(value, tzinfo) for value in parts["exdate"]],
        strict=False,
    )


def _time_or_period(value: str | tuple[int, int], tzinfo: Any) -> Any:
    """Read an RDATE: a time, or a period with an end or a duration (RFC 5545 3.3.9)."""
    if not isinstance(value, str) or "/" not in value:
        return _time(value, tzinfo)
    start, _, end = value.partition("/")
    return _time(start, tzinfo), Duration.parse(end) if end[:1] in "Pp+-" else _time(end, tzinfo)


def _time(value: str | tuple[int, int], tzinfo: Any) -> date | datetime:
    form, seconds, offset = time_of(value.encode()) if isinstance(value, str) else (*value, 0)
    if not form:
        raise InvalidValue(f"{shorten(value)} is no time: give 20260105T090000 and the like")
    found = _EPOCH + timedelta(seconds=seconds + offset)
    if form == _FORMS["date"]:
        return found.date()
    if form == _FORMS["utc"]:
        return found.replace(tzinfo=timezone(timedelta(seconds=offset)))
    return found.replace(tzinfo=tzinfo)


# --- expanding -------------------------------------------------------------------------------------------------------

#: What a piece of a stream may be bounded by at least.
_LEAST_BYTES: Final = 1 << 20


def _bounds(a: datetime | int, b: datetime | int) -> tuple[int, int]:
    lo, hi = _key("a", a), _key("b", b)
    if lo > hi:
        raise InvalidValue(f"a={shorten(a)} is after b={shorten(b)}: pass the earlier bound first")
    return lo, hi


def _key(name: str, value: datetime | int) -> int:
    if isinstance(value, datetime) and value.utcoffset() is not None:
        return instant(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return min(max(value, -_FAR), _FAR)
    raise InvalidValue(f"{name}={shorten(value)}: pass a datetime with tzinfo, or UTC seconds")


_FAR: Final = 1 << 60
