"""A calendar made ready for free/busy, whoever asks: `Prepared`, a value that can be kept as bytes.

Theory. What somebody may know of an event's time hangs on two things of the event: its visibility, and its status. So
the events of a calendar become rows of a `SeriesTable` whose owner is the visibility; a question about a window expands
and merges them in C, into at most three columns of stretches; and what a viewer's `Sight` makes of those is a look-up.
Nothing of a viewer is in a row, so rows hold for everybody, and rights are those of the moment of the question.

Rules of this module:

1. A row is what `SeriesTable.from_columns` takes: one rule of a day or coarser, already ended where a cap ends it, in a
   zone of IANA's. An instance that an override changes is taken out of its series and becomes a row of its own.
2. What does not fit in a row (rules by the hour, floating times, zones that a file defines, RANGE=THISANDFUTURE,
   periods) is kept as text, and asked as a calendar: by the functions that ask all calendars. `preparing` says what
   fits.
3. What rows say depends on the owner's addresses, the caps, the zone of the calendar and the data of zones: `Basis`.
   Whoever keeps bytes compares it, and makes them anew where it is another one.
4. An event is looked at by itself, for all that belongs together has one UID. So an edit replaces one entry.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from schedcore.bulk import SeriesTable
from schedcore.errors import InvalidValue
from schedcore.freebusy import Merged, merge
from schedcore.freebusy.tables import of_table
from schedcore.ics import Calendar
from schedcore.policy.caps import Caps
from schedcore.recurrence.window import DAY
from schedcore.zones import tzdb_version

if TYPE_CHECKING:
    from schedcore._cancel import CancelToken

__all__ = ["Basis", "Entry", "Left", "Prepared", "Ready", "Row"]

#: The form of the bytes: another one is not read, and made anew.
_FORM: Final = 1
#: A window is expanded a year at a time: so long, a table needs a bit for each minute and no memory for occurrences.
_PIECE: Final = 366 * DAY


class Row(NamedTuple):
    """A row of a table, as texts of iCalendar values; the numbers of a `Visibility` and a `Status`."""

    start: str
    tzid: str
    duration: str
    rrule: str | None
    rdate: str | None
    exdate: str | None
    visibility: int
    status: int


class Left(NamedTuple):
    """An event that is no row: its text, and whether it was made here."""

    text: str
    native: bool


class Entry(NamedTuple):
    """What one UID takes of the time: rows, or itself, or nothing; `version` is that of the event it was made of."""

    version: str = ""
    rows: tuple[Row, ...] = ()
    left: Left | None = None


@dataclass(frozen=True, slots=True)
class Basis:
    """What rows depend on beside the events: zone of the calendar ("" for the asker's), addresses of its owner, caps.

    >>> Basis("Europe/Zurich", ("anna@example.com",), 20).key == Basis("Europe/Zurich", (), 20).key
    False
    """

    tz: str
    addresses: tuple[str, ...]
    never_ending: int | None

    @classmethod
    def of(cls, tz: str, addresses: tuple[str, ...], caps: Caps) -> Basis:
        """That of a calendar."""
        return cls(tz, tuple(sorted(addresses)), caps.never_ending)

    @property
    def key(self) -> str:
        """A text that is another where rows would be."""
        return json.dumps([_FORM, tzdb_version(), self.tz, self.addresses, self.never_ending])


class Prepared:
    """The entries of a calendar by UID, and the `basis` that they were made for. A value, made by `prepare`.

    >>> row = Row("20261019T120000", "Europe/Zurich", "P0DT3600S", "FREQ=WEEKLY", None, None, 0, 2)
    >>> its = Prepared(Basis("", (), 20), {"lunch": Entry("7", (row,))})
    >>> week = 1792281600, 1792281600 + 7 * 86400
    >>> [(block.owner, block.end - block.start) for block in its.ready().taken(*week)]
    [(0, 3600)]
    >>> Prepared.from_bytes(its.to_bytes(), its.basis) == its, Prepared.from_bytes(its.to_bytes(), Basis("UTC", (), 20))
    (True, None)
    """

    def __init__(self, basis: Basis, entries: Mapping[str, Entry]) -> None:
        self.basis = basis
        self.entries = entries

    def __eq__(self, other: object) -> bool:
        """Whether both say the same."""
        if not isinstance(other, Prepared):
            return NotImplemented
        return self.basis == other.basis and dict(self.entries) == dict(other.entries)

    __hash__ = None  # type: ignore[assignment]

    @property
    def versions(self) -> dict[str, str]:
        """By UID, the version of the event that each entry was made of."""
        return {uid: entry.version for uid, entry in self.entries.items()}

    def edited(self, gone: Iterable[str], made: Mapping[str, Entry]) -> Prepared:
        """The same without the entries of some UIDs, and with others in place of what there was. O(entries)."""
        without = frozenset(gone)
        kept = {uid: entry for uid, entry in self.entries.items() if uid not in without}
        return Prepared(self.basis, kept | dict(made))

    # --- as bytes -----------------------------------------------------------------------------------------------------

    def to_bytes(self) -> bytes:
        """All of it as bytes, columns of JSON: about 60 bytes a row beside the UID."""
        rows = [(uid, entry.version, *row) for uid, entry in self.entries.items() for row in entry.rows]
        left = {uid: entry.left for uid, entry in self.entries.items() if entry.left is not None}
        others = {uid: entry.version for uid, entry in self.entries.items() if not entry.rows}
        columns = [list(column) for column in zip(*rows, strict=True)] if rows else []
        text = json.dumps([self.basis.key, columns, left, others], ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "surrogatepass")

    @classmethod
    def from_bytes(cls, data: bytes, basis: Basis) -> Prepared | None:
        """What `to_bytes` gave; None if that was for another basis, or by another version of this module.

        Raises ValueError or TypeError for bytes that it did not give.
        """
        key, columns, left, others = json.loads(data.decode("utf-8", "surrogatepass"))
        if key != basis.key:
            return None
        rows: dict[tuple[str, str], list[Row]] = {}
        for uid, version, *row in zip(*columns, strict=True):
            rows.setdefault((uid, version), []).append(Row(*row))
        entries = {uid: Entry(version, tuple(its)) for (uid, version), its in rows.items()}
        for uid, version in others.items():
            entries[uid] = Entry(version, (), Left(*left[uid]) if uid in left else None)
        return cls(basis, entries)

    def ready(self) -> Ready:
        """What is asked about windows, made of the rows: some 40 microseconds for 100 of them."""
        rows = [row for entry in self.entries.values() for row in entry.rows]
        columns = [list(column) for column in zip(*rows, strict=True)] if rows else []
        return Ready(columns, {uid: its.left for uid, its in self.entries.items() if its.left is not None})


class Ready:
    """A prepared calendar in the form that is asked: a table, and a calendar of what is no row. About 100 bytes a row.

    `kinds` are visibility and status of each row of `table`, which is None without rows; `rest` is what is no row, None
    if there is nothing, and `native` the UIDs in it that were made here.
    """

    __slots__ = ("_daily", "_once", "_rest", "kinds", "native", "table")

    def __init__(self, columns: Sequence[Sequence[Any]], left: Mapping[str, Left]) -> None:
        self.table = _table(columns) if columns else None
        self.kinds = (bytes(columns[-2]), bytes(columns[-1])) if columns else (b"", b"")
        self.native = frozenset(uid for uid, one in left.items() if one.native)
        self._rest: Calendar | str | None = "".join(one.text for one in left.values()) if left else None
        rules = [rule for rule in columns[_RRULE] if rule is not None] if columns else []
        dates = sum(one.count(",") + 1 for one in columns[_RDATE] if one is not None) if columns else 0
        self._once = len(self.kinds[0]) + dates
        self._daily = None if left or any(map(_is_fine, rules)) else len(rules)

    @classmethod
    def from_bytes(cls, data: bytes, basis: Basis) -> Ready | None:
        """What `Prepared.to_bytes` gave, ready; None if that was for another basis, or by another version of this.

        Raises ValueError or TypeError for bytes that it did not give.
        """
        key, columns, left, _ = json.loads(data.decode("utf-8", "surrogatepass"))
        if key != basis.key:
            return None
        return cls(columns[_OF_EVENT:], {uid: Left(*its) for uid, its in left.items()})

    @property
    def weight(self) -> int:
        """How much memory it takes, counted in rows: a text is read into much more than it is long."""
        return 1 + len(self.kinds[0]) + (len(self._rest) // 10 if isinstance(self._rest, str) else 0)

    def most(self, days: int) -> int | None:
        """How many stretches there are in so many days at most; None where that is not told by the rules' words."""
        return None if self._daily is None else self._once + self._daily * (days + 1)

    @property
    def rest(self) -> Calendar | None:
        """What is no row, as a calendar; read when it is first asked for."""
        if isinstance(self._rest, str):
            self._rest = Calendar.from_ical(self._rest)
        return self._rest

    def taken(self, lo: int, hi: int, cancel: CancelToken | None = None) -> Merged:
        """What the rows take of the UTC seconds [lo, hi), merged, with the number of a visibility as owner.

        Cancelled if `cancel` is set. Cost: as `freebusy.of_table`, a year of the window at a time.
        """
        if self.table is None or lo >= hi:
            return merge([], [], [])
        if hi - lo <= _PIECE:
            return of_table(self.table, lo, hi, cancel=cancel)
        found = [of_table(self.table, a, b, cancel=cancel) for a, b in _pieces(lo, hi)]
        columns = [[value for one in found for value in getattr(one, name).tolist()] for name in _COLUMNS]
        return merge(*columns, cancel=cancel)


def _is_fine(rrule: str) -> bool:
    """Whether a rule may happen more than once a day: only one with one of these words can."""
    return any(word in rrule for word in _FINE)


def _table(columns: Sequence[Sequence[Any]]) -> SeriesTable:
    """The rows as a table; InvalidValue if one cannot be read, which `prepare` never makes."""
    start, tzid, duration, rrule, rdate, exdate, visibility, status = columns
    table = SeriesTable.from_columns(
        start,
        tzid,
        duration,
        rrule if any(rrule) else None,
        rdate=rdate if any(rdate) else None,
        exdate=exdate if any(exdate) else None,
        owner=visibility,
        status=status,
    )
    if table.problems:
        raise InvalidValue(f"a prepared calendar has a row that cannot be read: {table.problems[0]}; prepare it anew")
    return table


_FINE: Final = ("HOURLY", "MINUTELY", "SECONDLY", "BYHOUR", "BYMINUTE", "BYSECOND")
#: The places of columns in a `Row`.
_RRULE: Final = Row._fields.index("rrule")
_RDATE: Final = Row._fields.index("rdate")
#: In the bytes, what stands before the columns of a row: UID and version of its event.
_OF_EVENT: Final = 2
_COLUMNS: Final = ("owner", "start", "end", "status")


def _pieces(lo: int, hi: int) -> Iterator[tuple[int, int]]:
    return ((at, min(at + _PIECE, hi)) for at in range(lo, hi, _PIECE))
