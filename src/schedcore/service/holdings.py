"""`Holdings`: the directory and the calendars of a store, kept in memory as long as they are what the store has.

Rules of this module:

1. Nothing is taken from memory without asking the store first whether it is still so: the revision of the directory,
   the version of what a calendar says of itself, the revision of its events. One SELECT tells all three, for any number
   of calendars, as of one moment. So somebody who left a group a second ago is gone from the very next answer; what is
   in memory saves work, never a question. On SQLite that SELECT need not be asked again as long as nothing at all was
   committed (`Store.state`, `recall`). An answer is kept with who asked, the words of the question and these numbers,
   of which it is a function: while they are the same, it is the answer (`answered`).
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
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
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
    from google.protobuf.message import Message

    from schedcore.policy.calendars import AnyCalendar
    from schedcore.store import Store, Transaction
    from schedcore.store.events import Event
    from schedcore.store.states import State

__all__ = ["Holdings", "Looked", "Name", "Question", "Remade", "calendar_of", "keep", "not_there", "whole"]

Value = TypeVar("Value")

#: How a question names a calendar: what kind of name it is, and the name.
Name = tuple[str, str]

#: Names of which is kept what the last SELECT told of them, and how long they may be: as long as any id.
_TOLD: Final = 20_000
_LONGEST: Final = 512
#: Calendars whose own words are kept: some kilobytes each with many grants.
_SHOWN: Final = 20_000
#: Rows of prepared calendars: 100 bytes each in a table, and rules of which many are alike.
_ROWS: Final = 4_000_000
#: Bytes of iCalendar text whose calendars are kept read; read, they take some ten times as much.
_TEXT: Final = 16 << 20
#: Up to so many people in a question, what stands around them is quicker to load than all there are.
_FEW: Final = 50
#: Bytes of answers that are kept, how many times as long as on the wire they are there, and what keeping one takes,
#: for itself and for each calendar.
_ANSWERS: Final = 32 << 20
_FOLD: Final = 5
_ANSWER: Final = 500
#: Events whose texts are loaded at once.
_BATCH: Final = 1_000
#: Entries made anew that are stored whatever the size of the calendar.
_ALWAYS: Final = 10


class Remade(NamedTuple):
    """Columns that were made anew, and are worth storing: of which calendar, at which revision."""

    calendar: str
    revision: int
    data: bytes


class Question(NamedTuple):
    """Which calendars somebody asks about, by name, and which state the store is in that is asked; None if not known.

    `check` is called now and then, and raises to stop.
    """

    names: Sequence[Name]
    viewer: str | None
    state: State | None
    check: Callable[[], None]


class Looked(NamedTuple):
    """What a question about free/busy is asked of: the directory, each calendar or None, and what was made anew.

    `good_for` are the numbers that tell what all of it is made of.
    """

    directory: Directory
    asked: list[Asked | None]
    remade: list[Remade]
    good_for: tuple[int, tuple[_Told | None, ...]]


class Answered(NamedTuple):
    """An answer that is kept, which nobody may change, and its bytes on the wire."""

    message: Any
    size: int


class _Kept(NamedTuple):
    """Something in memory, with what it is good for."""

    good_for: Any
    value: Any
    weight: int


class _Memory(Generic[Value]):
    """A bounded memory of values by id, each good for one state of what it was made of."""

    def __init__(self, most: int) -> None:
        self._most, self._weight = most, 0
        self._known: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._lock = Lock()

    def get(self, id: Hashable, good_for: object) -> Value | None:
        """The value for this state; None if there is none."""
        with self._lock:
            found = self._known.get(id)
            if found is None or found.good_for != good_for:
                return None
            self._known.move_to_end(id)
            value: Value = found.value
            return value

    def put(self, id: Hashable, good_for: object, value: Value, weight: int = 1) -> None:
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


class _Told(NamedTuple):
    """A calendar as a SELECT told of it, and what its columns are prepared for; None where they cannot be read."""

    id: str
    head: Head
    basis: Basis | None


class _Lately:
    """What questions were told of calendars in one state of the store, by how they were named."""

    def __init__(self) -> None:
        self._state: State | None = None
        self._directory = 0
        self._told: dict[Name, _Told | None] = {}
        self._lock = Lock()

    def get(self, state: State, names: Sequence[Name]) -> tuple[int, tuple[_Told | None, ...]] | None:
        """The revision of the directory, and each calendar, None if it is not there; None unless all were asked for."""
        with self._lock:
            if state != self._state:
                return None
            try:
                return self._directory, tuple([self._told[name] for name in names])
            except KeyError:
                return None

    def put(self, state: State, directory: int, told: Mapping[Name, _Told | None]) -> None:
        """Remember what was told of the store in this state."""
        with self._lock:
            if (self._state is not None and state < self._state) or len(told) > _TOLD:
                return
            if state != self._state or len(self._told) + len(told) > _TOLD:
                self._told.clear()
            self._state, self._directory = state, directory
            self._told.update((name, one) for name, one in told.items() if len(name[1]) <= _LONGEST)


class Holdings:
    """What one server has in memory of its store; all its services and threads share it."""

    def __init__(self, limits: CalendarLimits | None = None) -> None:
        self.limits = CalendarLimits() if limits is None else limits
        self.caps = self.limits.caps
        self._lately = _Lately()
        self._directory: tuple[int, Directory] = (0, Directory())
        self._seen = 0
        self._shown: _Memory[Shown] = _Memory(_SHOWN)
        self._ready: _Memory[Ready] = _Memory(_ROWS)
        self._contents: _Memory[tuple[Calendar, frozenset[str]]] = _Memory(_TEXT)
        self._answers: _Memory[Answered] = _Memory(_ANSWERS)

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
        question: Question,
        heads: Heads,
        ids: Mapping[Name, str | None],
    ) -> Looked:
        """What a question about calendars is asked of, with the id of each name, None for one that is nobody's.

        `heads` must have been read between two moments at which the store told the question's state.
        """
        shown = self.shown(tx, heads.calendars)
        people = {one.calendar.owner for one in shown.values() if isinstance(one.calendar, PersonalCalendar)}
        viewer = {question.viewer} if question.viewer is not None else set()
        known = self._directory_at(tx, heads.directory, people | viewer)
        bases = {id: self._basis(one, known) for id, one in shown.items() if not one.unreadable}
        ready, remade = self._readied(tx, heads.calendars, bases, question.check)
        there = {id: _asked(one, ready.get(id)) for id, one in shown.items()}
        told = {id: _Told(id, heads.calendars[id], bases.get(id)) for id in there}
        by_name = {name: told.get(ids[name] or "") for name in question.names}
        if question.state is not None:
            self._lately.put(question.state, heads.directory, by_name)
        good_for = heads.directory, tuple([by_name[name] for name in question.names])
        return Looked(known, [there.get(ids[name] or "") for name in question.names], remade, good_for)

    def recall(self, question: Question) -> Looked | None:
        """What `look` would give; None unless memory has all of it as of the question's state."""
        found = None if question.state is None else self._lately.get(question.state, question.names)
        revision, known = self._directory
        if found is None or found[0] != revision:
            return None
        asked: list[Asked | None] = []
        for one in found[1]:
            if one is None:
                asked.append(None)
                continue
            shown = self._shown.get(one.id, one.head.version)
            ready = None if one.basis is None else self._ready.get(one.id, (one.head.revision, one.basis))
            if shown is None or (ready is None and one.basis is not None):
                return None
            asked.append(_asked(shown, ready))
        return Looked(known, asked, [], found)

    def answered(self, viewer: str | None, words: bytes, looked: Looked) -> Answered | None:
        """The answer that a viewer was given to the same words, if all that it was made of is as it was."""
        return self._answers.get((viewer, words), looked.good_for)

    def keep_answer(self, viewer: str | None, words: bytes, looked: Looked, answer: Message) -> None:
        """Keep an answer for `answered`: one that depends on nothing else, such as the time, and is not changed."""
        size = answer.ByteSize()
        weight = len(words) + _FOLD * size + _ANSWER * (1 + len(looked.asked))
        self._answers.put((viewer, words), looked.good_for, Answered(answer, size), weight)

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


def _asked(shown: Shown, ready: Ready | None) -> Asked:
    """A calendar as it is asked: with its events, or why they cannot be read."""
    if shown.unreadable:
        return Asked(replace(shown.calendar, calendar=Unreadable(shown.unreadable)), None)
    return Asked(shown.calendar, ready)


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
