"""A series taken apart: what it was given, and each of its parts in keys (see `window`), for what edits and explains.

`gather` puts all parts into one set and forgets which is which, since nothing that expands needs to know. Here each
keeps its name. Nothing is checked a second time: a series that exists has been, so all is read leniently.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from schedcore._column import Column, column_of, union
from schedcore._stream import Stream
from schedcore._zone import dates, local_seconds, naive_datetimes
from schedcore.recurrence.fitting import Start, fit
from schedcore.recurrence.gather import Frame, day_window, keys_of_local, start_key, stream_of
from schedcore.recurrence.members import Members
from schedcore.recurrence.window import DAY, kind_of
from schedcore.zones import FOLDS, GAPS

if TYPE_CHECKING:
    from schedcore.recurrence.occurrence import Override
    from schedcore.recurrence.rule import Rule
    from schedcore.recurrence.series import Series

__all__ = ["Anatomy", "Limb", "Live", "arguments_of", "rdate_start"]


def arguments_of(series: Series) -> dict[str, Any]:
    """Give what a series was made of, by the names of its constructor's arguments."""
    _, _, given, reading, gap, fold, limits = series._given()
    names = ("duration", "rdates", "exdates", "exrules", "overrides", "strict", "include_dtstart")
    return {
        "dtstart": series.dtstart,
        "rule": series.rules,
        **dict(zip(names, given, strict=True)),
        "reading": reading,
        "gap": next(name for name, number in GAPS.items() if number == gap),
        "fold": next(name for name, number in FOLDS.items() if number == fold),
        "limits": limits,
    }


def rdate_start(value: Any) -> Any:
    """Give the start of an RDATE, which may be a period.

    >>> rdate_start(date(2026, 3, 2)), rdate_start((date(2026, 3, 2), date(2026, 3, 4)))
    (datetime.date(2026, 3, 2), datetime.date(2026, 3, 2))
    """
    return value[0] if isinstance(value, tuple) else value


class Limb(NamedTuple):
    """One rule of a series; `gives` is "all", or what is left of it beside this DTSTART: "dtstart" or "nothing"."""

    rule: Rule
    gives: str
    stream: Stream | None


class Live(NamedTuple):
    """A rule that gives starts, and their stream."""

    rule: Rule
    stream: Stream


class Anatomy:
    """The parts of a series, each by itself."""

    __slots__ = (
        "exdates",
        "exlimbs",
        "exlive",
        "frame",
        "given",
        "include_dtstart",
        "limbs",
        "live",
        "overrides",
        "rdates",
        "series",
    )

    def __init__(self, series: Series) -> None:
        """Costs a plan for each rule and a look at each date; nothing is expanded."""
        self.series = series
        self.given: dict[str, Any] = arguments_of(series)
        self.include_dtstart: bool = self.given["include_dtstart"]
        start = Start(series.kind, local_seconds(series.dtstart), series._table)
        tzinfo = getattr(series.dtstart, "tzinfo", None)
        dateutil = self.given["reading"] == "dateutil"
        self.frame = Frame(start, tzinfo, series._gap, series._fold, False, dateutil, [])
        exrules = self.given["exrules"]
        self.limbs = tuple(self._limb(rule, self.include_dtstart, rule in exrules) for rule in series.rules)
        self.exlimbs = tuple(self._limb(rule, False, False) for rule in exrules)
        self.live = [Live(limb.rule, limb.stream) for limb in self.limbs if limb.stream is not None]
        self.exlive = [Live(limb.rule, limb.stream) for limb in self.exlimbs if limb.stream is not None]
        self.rdates = [(self.key(rdate_start(value), "RDATE"), value) for value in self.given["rdates"]]
        self.exdates = [(*self._taken(value), value) for value in self.given["exdates"]]
        self.overrides = [(self._named(override), override) for override in self.given["overrides"]]

    def _limb(self, rule: Rule, include_dtstart: bool, excluded: bool) -> Limb:
        found = fit(rule, self.frame.start, False, self.frame.problems)
        gives = "dtstart" if excluded and found.gives == "all" else found.gives
        stream = stream_of(self.frame, rule, found, include_dtstart) if gives == "all" else None
        return Limb(rule, gives, stream)

    def _taken(self, value: Any) -> tuple[int, int]:
        """The keys [lo, hi) that an EXDATE takes away."""
        if self.names_day(value):
            return day_window(self.frame, value)
        key = self.key(value, "EXDATE")
        return key, key + 1

    def _named(self, override: Override) -> list[int]:
        """The keys of the instances that an override names; of one that does not exist, the key it would have."""
        named = override.recurrence_id
        found = self.generated(*day_window(self.frame, named)).tolist() if self.names_day(named) else []
        found = found or [self.key(named, "RECURRENCE-ID")]
        return found[:1] if override.this_and_future else found

    # --- values and keys ----------------------------------------------------------------------------------------------

    def local_value(self, local: int) -> Any:
        """Give a local time as a DTSTART, as it stands on the clock even where the clocks jump over it."""
        if self.series.kind == "date":
            return dates(column_of((local // DAY * DAY,)))[0]
        value = naive_datetimes(column_of((local,)))[0]
        return value.replace(tzinfo=self.frame.tzinfo)  # type: ignore[arg-type]

    def value(self, key: int) -> Any:
        """Give a key as a start of the series."""
        return self.series._one(key)

    def key(self, value: Any, where: str) -> int:
        """Read a value that the series was given as a start."""
        return start_key(self.frame, value, where)

    def keys_of(self, local: int) -> list[int]:
        """List the starts of one local time."""
        return keys_of_local(self.frame, local)

    def names_day(self, value: Any) -> bool:
        """Whether a value names a whole day of a timed series."""
        return kind_of(value) == "date" and self.series.kind != "date"

    def until_of(self, key: int) -> date | datetime | None:
        """Give a key as UNTIL: in UTC if zoned; None if datetime cannot hold it."""
        if self.frame.start.table is None:
            value: date | datetime = self.value(key)
            return value
        try:
            return naive_datetimes(column_of((key,)))[0].replace(tzinfo=UTC)
        except (OverflowError, ValueError):
            return None

    # --- what gives, and what takes -----------------------------------------------------------------------------------

    def dtstart_keys(self) -> list[int]:
        """List the starts that DTSTART gives beside the rules: none where it is left out, or is theirs to give."""
        gives = {limb.gives for limb in self.limbs}
        return [] if not self.include_dtstart or gives & {"all", "nothing"} else self.keys_of(self.frame.start.local)

    def offered(self, lo: int, hi: int) -> Column:
        """List what rules, RDATEs and DTSTART give in [lo, hi), before anything is taken away."""
        fixed = {key for key, _ in self.rdates}.union(self.dtstart_keys())
        out = column_of(sorted(key for key in fixed if lo <= key < hi))
        for limb in self.limbs:
            if limb.stream is not None:
                out = union(out, limb.stream.starts(lo, hi))
        return out

    @property
    def members(self) -> Members | None:
        """The set of starts; None if the series is one rule and nothing else."""
        source = self.series._open()
        return source if isinstance(source, Members) else None

    def generated(self, lo: int, hi: int) -> Column:
        """List the starts in [lo, hi) before overrides."""
        members = self.members
        return self.offered(lo, hi) if members is None else members.generated(lo, hi)

    def locals_of(self, key: int) -> tuple[int, int | None]:
        """Give the local time of a key, and the one in a gap that is read as this key too, if there is one."""
        table = self.frame.start.table
        if table is None:
            return key, None
        for at, before, after in table.gaps(key - DAY, key + 1):
            if key - at < after - before:
                return key + after, key + before
        return key + table.offset_at(key), None

    def excluding(self, key: int) -> Any:
        """Find the EXDATE (as given) or the EXRULE (a Rule) that takes a key away; None if none does."""
        for lo, hi, value in self.exdates:
            if lo <= key < hi:
                return value
        for limb in self.exlimbs:
            if limb.stream is None:
                if limb.gives == "dtstart" and key in self.keys_of(self.frame.start.local):
                    return limb.rule
            elif len(limb.stream.starts(key, key + 1)):
                return limb.rule
        return None
