"""RecurrenceService: rules and series asked by value. Nothing is stored, so anybody may ask.

A page of Expand says where the next begins by the key of the last start and how many of that same start are told
already, so that a page costs a seek and what it holds, however far on it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from schedcore import Limits, Rule, SeriesTable
from schedcore.bulk.table import NO_LIMITS
from schedcore.errors import InvalidValue, LimitExceeded, RuleError, SchedcoreError, shorten
from schedcore.recurrence.window import MAX_KEY, MIN_KEY, key_of
from schedcore.service import chunks, times
from schedcore.service.calls import Call, Service, Written, compute, quick
from schedcore.service.errors import field, place_of
from schedcore.service.paging import position_of, size_of, token_of
from schedcore.v1 import common_pb2
from schedcore.v1 import recurrence_pb2 as pb
from schedcore.zones import tzdb_version

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from schedcore import CancelToken, Occurrence, Series

__all__ = ["Recurrence"]

#: Occurrences of a page, where the request says nothing and at most: some 100 KB and 1 MB on the wire.
_PAGE: Final = 1_000
_LARGEST_PAGE: Final = 10_000
#: Starts that Next gives at most.
_MOST_NEXT: Final = 10_000
#: Starts that Next makes where it stands: 100 datetimes as messages are some 300 us.
_QUICK_NEXT: Final = 20
#: Occurrences of a table, where the request says nothing: 2.4 GB in all, streamed.
_TABLE: Final = 100_000_000
#: The columns of its answer: numbers of rows are short.
EXPANDED: Final[chunks.Shape] = (("series", "int32"), ("start", "int64"), ("end", "int64"))
#: Bytes that a piece of a table's answer may take while it is made: some 150,000 occurrences. Smaller ones make the
#: same shapes and change threads again and again, larger ones do not fit the processor's caches and take fresh pages.
_PIECE: Final = 12 << 20
#: Problems that an answer lists; it says how many there are.
_PROBLEMS: Final = 100
_LANGUAGES: Final[dict[int, str]] = {
    pb.LANGUAGE_UNSPECIFIED: "en",
    pb.LANGUAGE_ENGLISH: "en",
    pb.LANGUAGE_GERMAN: "de",
    pb.LANGUAGE_FRENCH: "fr",
}
_COLUMNS: Final = frozenset(("dtstart", "tzid", "duration", "rrule", "rdate", "exdate"))
#: Series that are kept as they were read, and how long their messages may be: one rule with its zone is some 100 bytes.
_KEPT: Final = 256
_KEPT_BYTES: Final = 512
#: Starts that are looked for at a time, and how many where most of them are taken away.
_STRETCH: Final = 1_000
_LONGEST_STRETCH: Final = 65_536


def _is_small(request: Any) -> bool:
    """Whether a series is one rule in parts: planned and asked in some tens of microseconds."""
    series = request.series
    return not (series.text or series.rdates or series.exdates or series.exrules or len(series.rrules) > 1)


def _is_small_next(request: pb.NextRequest) -> bool:
    return request.limit <= _QUICK_NEXT and _is_small(request)


class Recurrence(Service):
    """When something happens that repeats."""

    descriptor = pb.DESCRIPTOR.services_by_name["RecurrenceService"]

    @compute
    def Check(self, call: Call, request: pb.CheckRequest) -> pb.CheckResponse:
        """Read a rule or a series both ways, and tell what is wrong."""
        which = request.WhichOneof("subject")
        if which is None:
            with field("subject"):
                raise InvalidValue("nothing to check is given: set rrule or series")
        return _checked_rule(request.rrule) if which == "rrule" else _checked_series(request.series, call.limits)

    @compute
    def Expand(self, call: Call, request: pb.ExpandRequest) -> pb.ExpandResponse:
        """List a page of what happens in a window."""
        series, problems = _series(request, call.limits)
        with field("window"):
            lo, hi = (key_of(bound, series.kind, "bound") for bound in _window(request.window, series))
        size = size_of(request, _PAGE, _LARGEST_PAGE)
        position = position_of(call, request)
        found = list(islice(_after(_found(series, request.overlapping, lo, hi, position, call), position), size + 1))
        shown = found[:size]
        answer = pb.ExpandResponse(
            occurrences=(_occurrence(one, series) for _, one in shown),
            problems=_problems(problems),
            tzdb_version=tzdb_version(),
        )
        if len(found) > size:
            last = shown[-1][0]
            told = sum(key == last for key, _ in shown) + (position[1] if position and position[0] == last else 0)
            answer.next_page_token = token_of(call, request, [last, told])
        return answer

    @compute
    def ExpandTable(self, call: Call, requests: Iterator[pb.ExpandTableRequest]) -> Iterator[Written]:
        """Expand a table of series, piece by piece: while the client sends it."""
        first = next(requests, None)
        if first is None:
            raise InvalidValue("nothing was sent: give a window, and a table of series")
        with field("window"):
            a, b = times.aware_window(first.window)
        with field("max_occurrences"):
            most = first.max_occurrences or _TABLE
            limits = Limits(max_occurrences=most)
        told = pb.ExpandTableResponse()
        tables = _tables((message.chunk for message in chain((first,), requests)), call, told)
        found = expanded(tables, a, b, limits, call.cancel)
        yield from chunks.frames(pb.ExpandTableResponse, EXPANDED, found, lambda: told)

    @compute
    @quick(_is_small_next)
    def Next(self, call: Call, request: pb.NextRequest) -> pb.NextResponse:
        """Give the next starts after a moment."""
        limit = request.limit or 1
        if not 1 <= limit <= _MOST_NEXT:
            with field("limit"):
                raise InvalidValue(f"limit={limit}: give 1 to {_MOST_NEXT}, or 0 for 1")
        series, problems = _series(request, call.limits)
        key = MIN_KEY
        if request.HasField("after"):
            with field("after"):
                key = key_of(times.time_of(request.after), series.kind, "after") + 1
        answer = pb.NextResponse(problems=_problems(problems))
        for column, _, _ in _pages(series, key, MAX_KEY, min(limit, _STRETCH), call):
            left = limit - len(answer.starts)
            answer.start_seconds.extend(column.tolist()[:left])
            answer.starts.extend(map(times.time_message, series._values(column)[:left]))
            if len(answer.starts) == limit:
                break
        return answer

    @compute
    def Count(self, call: Call, request: pb.CountRequest) -> pb.CountResponse:
        """Count starts."""
        series, problems = _series(request, call.limits)
        if request.HasField("window"):
            with field("window"):
                a, b = _window(request.window, series)
                found = series.count(a, b)
        else:
            found = series.count()
        return pb.CountResponse(count=found or 0, infinite=found is None, problems=_problems(problems))

    @compute
    def Explain(self, call: Call, request: pb.ExplainRequest) -> pb.ExplainResponse:
        """Say what a series means, and why something happens or does not."""
        language = _LANGUAGES.get(request.language)
        if language is None:
            with field("language"):
                raise InvalidValue(f"language={request.language}: this server knows English, German and French")
        series, problems = _series(request, call.limits)
        answer = pb.ExplainResponse(description=series.describe(language), problems=_problems(problems))
        if request.HasField("at"):
            with field("at"):
                why = series.why(times.time_of(request.at))
            answer.happens = why.occurs
            answer.reasons.append(why.sentence)
            for name in ("before", "after"):
                value = getattr(why, name)
                if value is not None:
                    getattr(answer, name).CopyFrom(times.time_message(value))
        return answer


# --- reading ---------------------------------------------------------------------------------------------------------


def _series(request: Any, limits: Limits) -> tuple[Series, tuple[str, ...]]:
    message = request.series
    with field("series"):
        if message.ByteSize() > _KEPT_BYTES:
            return times.series_of(message, limits)
        return _kept(message.SerializeToString(), limits)


@lru_cache(maxsize=_KEPT)
def _kept(data: bytes, limits: Limits) -> tuple[Series, tuple[str, ...]]:
    """Read a series that is asked again and again once: it is a value, which threads share, and keeps its plan."""
    return times.series_of(common_pb2.Series.FromString(data), limits)


def _window(message: common_pb2.Window, series: Series) -> tuple[Any, Any]:
    """Read a window for a series: instants for a zoned one, and else bounds of the series' own kind."""
    if series.kind == "zoned":
        return times.aware_window(message)
    a, b = times.window_of(message)
    for name, bound in (("start", a), ("end", b)):
        with field(name):
            key_of(bound, series.kind, name)
    return a, b


def _tables(sent: Iterable[common_pb2.ArrowChunk], call: Call, told: pb.ExpandTableResponse) -> Iterator[SeriesTable]:
    """The tables of a stream as it comes. Rows that could not be read, numbered through all, are put into `told`."""
    before = 0
    table: SeriesTable | None = None
    with field("chunk"):
        for columns in chunks.batches_of(sent, call.max_table_bytes, room=call.room):
            table = _table(columns, table)
            told.problem_count += len(table.problems)
            for one in table.problems[: _PROBLEMS - len(told.problems)]:
                told.problems.add(where=f"row {before + one.row}, {one.column}", reason=one.reason)
            yield table
            before += len(table)


def _table(columns: Any, like: SeriesTable | None) -> SeriesTable:
    unknown = sorted(columns.keys() - _COLUMNS)
    if unknown:
        raise InvalidValue(f"column {shorten(unknown[0])} is not known: give some of {', '.join(sorted(_COLUMNS))}")
    if "dtstart" not in columns:
        raise InvalidValue("there is no column dtstart: give when each series starts")
    return SeriesTable.from_columns(**columns, like=like)


def expanded(
    tables: Iterable[SeriesTable],
    a: datetime,
    b: datetime,
    limits: Limits = NO_LIMITS,
    cancel: CancelToken | None = None,
) -> Iterator[tuple[Any, Any, Any]]:
    """Give the columns of `EXPANDED`, a piece at a time; rows are numbered through all tables."""
    before = found = 0
    for table in tables:
        for piece in table.stream(a, b, _PIECE, limits=limits, cancel=cancel):
            found += len(piece)
            if found > limits.max_occurrences:
                raise LimitExceeded("max_occurrences", allowed=limits.max_occurrences, reached=found)
            offsets = piece.offsets
            first = before + piece.first
            rows = np.arange(first, first + len(offsets) - 1, dtype=np.int32)
            yield np.repeat(rows, np.diff(offsets)), piece.start, piece.end
        before += len(table)


def _problems(problems: Iterable[str]) -> list[common_pb2.Problem]:
    return [common_pb2.Problem(where="series", reason=problem) for problem in islice(problems, _PROBLEMS)]


# --- asking ----------------------------------------------------------------------------------------------------------


def _pages(series: Series, lo: int, hi: int, size: int, call: Call) -> Iterator[tuple[Any, int, int]]:
    """The starts in the keys [lo, hi), at first about `size` at a time, with the stretch of keys that each is all of.

    Where EXDATE and EXRULE take nearly all away, pages must be long, or a walk past them is one of Python's.
    """
    source = series._open()
    taken = 0
    while lo < hi:
        column, behind = source.page(lo, hi, size, call.cancel)
        yield column, lo, behind
        lo = behind
        taken += max(size - len(column), 0)
        if taken > call.limits.max_walked:
            raise LimitExceeded("max_walked", allowed=call.limits.max_walked, reached=taken)
        if len(column) < size:
            size = min(2 * size, _LONGEST_STRETCH)


def _found(
    series: Series, touching: bool, lo: int, hi: int, position: Any, call: Call
) -> Iterator[tuple[int, Occurrence]]:
    """What happens in the keys [lo, hi) with the key it starts at, made as it is asked for."""
    if lo > hi:
        with field("window.end"):
            raise InvalidValue("the window ends before it starts: swap its bounds")
    if touching and lo < hi and (position is None or position[0] < lo):
        yield from ((key, one) for key, one in _keyed(series, lo, lo + 1, call) if key < lo)
    begin = lo if position is None else max(lo, position[0])
    for _, first, behind in _pages(series, begin, hi, _STRETCH, call):
        yield from ((key, one) for key, one in _keyed(series, first, behind, call) if key >= first)


def _keyed(series: Series, lo: int, hi: int, call: Call) -> Iterator[tuple[int, Occurrence]]:
    for one in series._occurrences(lo, hi, call.cancel):
        yield key_of(one.start, series.kind, "start"), one


def _after(found: Iterator[tuple[int, Occurrence]], position: Any) -> Iterator[tuple[int, Occurrence]]:
    """Leave out what earlier pages have told: all before a key, and so many that start at it."""
    last, told = (MIN_KEY, 0) if position is None else position
    for key, one in found:
        if key > last:
            yield key, one
        elif key == last:
            if told <= 0:
                yield key, one
            told -= 1


# --- telling ---------------------------------------------------------------------------------------------------------


def _occurrence(one: Any, series: Series) -> pb.Occurrence:
    message = pb.Occurrence(
        start=times.time_message(one.start),
        end=times.time_message(one.end),
        start_seconds=key_of(one.start, series.kind, "start"),
        end_seconds=key_of(one.end, series.kind, "end"),
    )
    if one.recurrence_id is not None and one.recurrence_id != one.start:
        message.recurrence_id.CopyFrom(times.time_message(one.recurrence_id))
    return message


def _checked_rule(text: str) -> pb.CheckResponse:
    answer = pb.CheckResponse()
    try:
        rule = Rule.parse(text)
        answer.valid = True
    except SchedcoreError as error:
        answer.problems.append(_wrong(error))
        try:
            rule = Rule.parse(text, strict=False)
        except SchedcoreError:
            return answer
    answer.readable = True
    answer.rrules.append(str(rule))
    answer.problems.extend(common_pb2.Problem(where="", reason=reason) for reason in rule.problems)
    answer.empty = rule.is_empty
    return answer


def _checked_series(message: common_pb2.Series, limits: Limits) -> pb.CheckResponse:
    answer = pb.CheckResponse()
    asked = common_pb2.Series()
    asked.CopyFrom(message)
    asked.lenient = False
    try:
        series, problems = times.series_of(asked, limits)
        answer.valid = not problems
    except SchedcoreError as error:
        answer.problems.append(_wrong(error))
        asked.lenient = True
        try:
            series, problems = times.series_of(asked, limits)
        except SchedcoreError:
            return answer
    answer.readable = True
    answer.problems.extend(_problems(problems))
    answer.rrules.extend(str(rule) for rule in series.rules)
    answer.series.CopyFrom(times.series_message(series))
    answer.empty = series.rule_is_empty
    answer.infinite = series.is_infinite
    return answer


def _wrong(error: SchedcoreError) -> common_pb2.Problem:
    """An error as a problem: at the part of the rule, or else at the field."""
    where = error.part if isinstance(error, RuleError) and error.part else place_of(error)
    return common_pb2.Problem(where=where, reason=str(error))
