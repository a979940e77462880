"""`Holdings`: the directory and the calendars of a store, kept in memory as long as they are what the store has.

Rules of this module:

1. Nothing is taken from memory without asking the store first whether it is still so: the revision of the directory,
   the version of what a calendar says of itself, the revision of its events. One SELECT tells all three, for any number
   of calendars, as of one moment. So somebody who left a group a second ago is gone from the very next answer; what is
   in memory saves work, never a question.
2. Memory is bounded; what was not asked for the longest goes first.
3. A directory that changes with every question is not loaded whole each time: at a revision that is seen for the first
   time, what stands around the people in question is enough, if they are few.
4. What a transaction has changed itself is loaded for that transaction alone.
5. Columns for free/busy are made again from what changed, event by event: each entry has the version of its event. They
   are stored when that pays (`_is_worth`), by a transaction of their own, after the answer's has ended: on SQLite a
   reader that waits to write waits for itself.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, TypeVar

from schedcore.errors import SchedcoreError
from schedcore.freebusy import Unreadable
from schedcore.ics import Calendar
from schedcore.policy import Asked, Basis, Directory, ExternalCalendar, PersonalCalendar, Prepared, Ready, entry_of
from schedcore.service.calendar_limits import CalendarLimits
from schedcore.store import calendars, columns, directory, events
from schedcore.store.calendars import Head, Heads, Shown
from schedcore.store.errors import NotFound

if TYPE_CHECKING:
    from schedcore.policy.calendars import AnyCalendar
    from schedcore.store import Store, Transaction
    from schedcore.store.events import Event

__all__ = ["Holdings", "Looked", "Remade", "calendar_of", "keep", "not_there", "whole"]

Value = TypeVar("Value")

#: Calendars whose own words are kept: some kilobytes each with many grants.
_SHOWN: Final = 20_000
#: Rows of prepared calendars: 100 bytes each in a table, and rules of which many are alike.
_ROWS: Final = 4_000_000
#: Bytes of iCalendar text whose calendars are kept read; read, they take some ten times as much.
_TEXT: Final = 16 << 20
#: Up to so many people in a question, what stands around them is quicker to load than all there are.
_FEW: Final = 50
#: Events whose texts are loaded at once.
_BATCH: Final = 1_000
#: Entries made anew that are stored whatever the size of the calendar.
_ALWAYS: Final = 10


class Remade(NamedTuple):
    """Columns that were made anew, and are worth storing: of which calendar, at which revision."""

    calendar: str
    revision: int
    data: bytes


class Looked(NamedTuple):
    """What a question about free/busy is asked of: the directory, each calendar or None, and what was made anew."""

    directory: Directory
    asked: list[Asked | None]
    remade: list[Remade]


class _Kept(NamedTuple):
    """Something in memory, with what it is good for."""

    good_for: Any
    value: Any
    weight: int


class _Memory(Generic[Value]):
    """A bounded memory of values by id, each good for one state of what it was made of."""

    def __init__(self, most: int) -> None:
        self._most, self._weight = most, 0
        self._known: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = Lock()

    def get(self, id: str, good_for: object) -> Value | None:
        """The value for this state; None if there is none."""
        with self._lock:
            found = self._known.get(id)
            if found is None or found.good_for != good_for:
                return None
            self._known.move_to_end(id)
            value: Value = found.value
            return value

    def put(self, id: str, good_for: object, value: Value, weight: int = 1) -> None:
        """Remember a value in place of what there was; one that is larger than all there may be is not."""
        with self._lock:
            old = self._known.pop(id, None)
            self._weight -= 0 if old is None else old.weight
            if weight > self._most:
                return
            self._known[id] = _Kept(good_for, value, weight)
            self._weight += weight
            while self._weight > self._most:
                self._weight -= self._known.popitem(last=False)[1].weight


class Holdings:
    """What one server has in memory of its store; all its services and threads share it."""

    def __init__(self, limits: CalendarLimits | None = None) -> None:
        self.limits = CalendarLimits() if limits is None else limits
        self.caps = self.limits.caps
        self._directory: tuple[int, Directory] = (0, Directory())
        self._seen = 0
        self._shown: _Memory[Shown] = _Memory(_SHOWN)
        self._ready: _Memory[Ready] = _Memory(_ROWS)
        self._contents: _Memory[tuple[Calendar, frozenset[str]]] = _Memory(_TEXT)

    # --- the directory ------------------------------------------------------------------------------------------------

    def directory(self, tx: Transaction, people: Iterable[str] | None = None) -> Directory:
        """The directory of this moment; with `people`, it may be only what stands around them."""
        if tx.writes and tx.has_changed("directory"):
            return directory.load(tx)
        return self._directory_at(tx, directory.revision(tx), people)

    def _directory_at(self, tx: Transaction, revision: int, people: Iterable[str] | None) -> Directory:
        known, value = self._directory
        if known == revision:
            return value
        if people is not None and self._seen != revision:
            named = set(people)
            if len(named) <= _FEW:
                self._seen = revision
                return directory.around(tx, named)
        value = directory.load(tx)
        # A writer may read rows that were committed after the revision it has seen (READ COMMITTED).
        if not tx.writes:
            self._directory = revision, value
        return value

    # --- what calendars say of themselves -----------------------------------------------------------------------------

    def shown(self, tx: Transaction, heads: Mapping[str, Head]) -> dict[str, Shown]:
        """What calendars say of themselves, by id, as of the versions in their heads."""
        found: dict[str, Shown] = {}
        missing = []
        for id, head in heads.items():
            known = self._shown.get(id, head.version)
            if known is None:
                missing.append(id)
            else:
                found[id] = known
        for id, kept in calendars.many(tx, missing).items() if missing else ():
            found[id] = kept.value
            if not tx.writes:
                self._shown.put(id, int(kept.etag), kept.value)
        return found

    # --- events -------------------------------------------------------------------------------------------------------

    def content(self, tx: Transaction, shown: Shown) -> AnyCalendar:
        """A calendar with all its events, read; kept by its revision. Cost: 100 microseconds an event, once."""
        known = self._contents.get(shown.id, shown.revision)
        if known is None:
            its = [one.value for one in events.all_of(tx, shown.id)]
            known = calendar_of(its), frozenset(one.uid for one in its if one.native)
            if not tx.writes:
                self._contents.put(shown.id, shown.revision, known, sum(len(one.ics) for one in its))
        return whole(shown, *known)

    # --- free/busy ----------------------------------------------------------------------------------------------------

    def look(
        self,
        tx: Transaction,
        heads: Heads,
        ids: Sequence[str | None],
        viewer: str | None,
        check: Callable[[], None],
    ) -> Looked:
        """What a question about calendars is asked of; None among the ids, or one that is not there, is nobody's.

        `heads` are those of the ids, `check` is called now and then, and raises to stop.
        """
        shown = self.shown(tx, heads.calendars)
        people = {one.calendar.owner for one in shown.values() if isinstance(one.calendar, PersonalCalendar)}
        known = self._directory_at(tx, heads.directory, people | ({viewer} if viewer is not None else set()))
        bases = {id: self._basis(one, known) for id, one in shown.items() if not one.unreadable}
        ready, remade = self._readied(tx, heads.calendars, bases, check)
        asked: list[Asked | None] = []
        for id in ids:
            one = shown.get(id) if id is not None else None
            if one is None:
                asked.append(None)
            elif one.unreadable:
                asked.append(Asked(replace(one.calendar, calendar=Unreadable(one.unreadable)), None))
            else:
                asked.append(Asked(one.calendar, ready[one.id]))
        return Looked(known, asked, remade)

    def _basis(self, shown: Shown, known: Directory) -> Basis:
        calendar = shown.calendar
        addresses = known.addresses_of(calendar.owner) if isinstance(calendar, PersonalCalendar) else ()
        return Basis.of(str(calendar.tz or ""), addresses, self.caps)

    def _readied(
        self, tx: Transaction, heads: Mapping[str, Head], bases: Mapping[str, Basis], check: Callable[[], None]
    ) -> tuple[dict[str, Ready], list[Remade]]:
        """Calendars ready for questions, by id: from memory, from stored columns, or made anew."""
        found: dict[str, Ready] = {}
        for id, basis in bases.items():
            ready = self._ready.get(id, (heads[id].revision, basis))
            if ready is not None:
                found[id] = ready
        missing = [id for id in bases if id not in found]
        remade = []
        stored = columns.latest(tx, missing) if missing else {}
        for id in missing:
            check()
            revision, basis = heads[id].revision, bases[id]
            at, data = stored.get(id, (-1, b""))
            ready = _read(Ready, data, basis) if at == revision else None
            if ready is None:
                prepared, new = _prepared(tx, id, _read(Prepared, data, basis) or Prepared(basis, {}), check)
                ready = prepared.ready()
                if _is_worth(new, len(prepared.entries)):
                    remade.append(Remade(id, revision, prepared.to_bytes()))
            found[id] = ready
            if not tx.writes:
                self._ready.put(id, (revision, basis), ready, ready.weight)
        return found, remade


def keep(store: Store, remade: Iterable[Remade]) -> None:
    """Store columns that were made anew. They are a copy, so that to fail costs time later and nothing else."""
    for one in remade:
        try:
            with store.writing() as tx:
                columns.put(tx, *one)
        except SchedcoreError as error:
            logging.getLogger(__name__).info("columns of a calendar were not stored: %s", error)
            return


def _is_worth(new: int, entries: int) -> bool:
    """Whether so many entries made anew, of so many, are worth writing all of them: so few are soon made again."""
    return new >= _ALWAYS or 100 * new >= entries > 0


def _prepared(tx: Transaction, id: str, base: Prepared, check: Callable[[], None]) -> tuple[Prepared, int]:
    """What is prepared of a calendar's events now, and how many entries had to be made or dropped."""
    now, then = events.versions(tx, id), base.versions
    changed = [uid for uid, version in now.items() if then.get(uid) != version]
    gone = [uid for uid in then if uid not in now]
    made = {}
    for at in range(0, len(changed), _BATCH):
        for uid, kept in events.many(tx, id, changed[at : at + _BATCH]).items():
            check()
            made[uid] = entry_of(kept.value.ics, base.basis, native=kept.value.native, version=kept.etag)
    return base.edited(gone, made), len(changed) + len(gone)


Form = TypeVar("Form", Ready, Prepared)


def _read(form: type[Form], data: bytes, basis: Basis) -> Form | None:
    """Columns as they were stored; None where there are none, or they cannot be read."""
    try:
        return form.from_bytes(data, basis) if data else None
    except (ValueError, TypeError, KeyError, IndexError):
        return None


# --- calendars as values ----------------------------------------------------------------------------------------------

_EMPTY: Final = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"


def calendar_of(its: Iterable[Event]) -> Calendar:
    """The events of a store as one calendar."""
    return Calendar.from_ical(b"".join(one.ics for one in its) or _EMPTY)


def whole(shown: Shown, content: Calendar, native: Iterable[str]) -> AnyCalendar:
    """A calendar with content, as `policy` takes it; what could not be read says why."""
    if shown.unreadable:
        return replace(shown.calendar, calendar=Unreadable(shown.unreadable))
    if isinstance(shown.calendar, ExternalCalendar):
        return replace(shown.calendar, calendar=content)
    return replace(shown.calendar, calendar=content, native=native)


def not_there(id: str) -> NotFound:
    """The error for a calendar that is not there, or of which the caller may know nothing: the same for both."""
    return NotFound.of("calendar", id)
