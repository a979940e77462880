"""RIGHTS.toml: who there is, which groups they are in, whose the calendar files are, and who has a right to them.

    [people.anna]                       # the id by which the rest of the file names her
    name = "Anna Keller"                # optional
    addresses = ["anna@example.com"]    # optional; by these, answers to invitations are hers

    [groups.sales]
    name = "Sales"                      # optional
    members = ["anna", "ben"]
    administrator = "anna"              # optional
    co_administrators = []              # optional

    [calendars."anna.ics"]              # a file, relative to this one
    owner = "anna"                      # or group = "sales", or subscriber = "anna" of an external calendar
    public = "busy/free"                # optional: off, busy/free or details
    tz = "Europe/Zurich"                # optional: where whole days and floating times are meant
    native = true                       # optional: made here, not imported; or the list of UIDs that were
    grants = [{ right = "read", member = "ben" }, { right = "read-write", group = "sales" }]    # optional

What is not listed here is refused, since a word with a slip in it would leave somebody without a right, or with one. A
message names file, place and value, and what would be right. Whether people, groups and rights fit together is for
`policy` to say.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import Any, Final, TypeVar

from schedcore.errors import InvalidValue, shorten
from schedcore.policy import (
    PUBLIC,
    Directory,
    ExternalCalendar,
    Grant,
    Group,
    GroupCalendar,
    Person,
    PersonalCalendar,
    Publication,
    Right,
)
from schedcore.zones import zone_of

__all__ = ["Rights", "Whose", "read_rights"]

_TOP: Final = ("people", "groups", "calendars")
_PERSON: Final = ("name", "addresses")
_GROUP: Final = ("name", "members", "administrator", "co_administrators")
_OWNERS: Final = ("owner", "group", "subscriber")
_CALENDAR: Final = (*_OWNERS, "public", "tz", "native", "grants")
_GRANT: Final = ("right", "member", "group")

Made = TypeVar("Made")
AnyCalendar = PersonalCalendar | GroupCalendar | ExternalCalendar


@dataclass(frozen=True)
class Whose:
    """What is said of a calendar file: a way to make a calendar of its content, and the name of whose it is."""

    name: str
    of: Callable[[Any], AnyCalendar]
    tz: tzinfo | None


@dataclass(frozen=True)
class Rights:
    """All of a file: the directory, and by path what is said of each calendar."""

    file: Path
    directory: Directory
    calendars: Mapping[Path, Whose]

    def of(self, path: Path) -> Whose:
        """What is said of a calendar file; InvalidValue if it is not named."""
        found = self.calendars.get(path.resolve())
        if found is None:
            raise InvalidValue(
                f"{self.file}: nothing is said of {path}; add [calendars.{_quoted(path.name)}] with owner, group or"
                " subscriber"
            )
        return found

    def viewer(self, who: str) -> Any:
        """Whom a word means: the id of a person, one of their addresses, or `public`."""
        if who == "public" and self.directory.person(who) is None:
            return PUBLIC
        person = self.directory.person(who) or (self.directory.by_address(who) if "@" in who else None)
        if person is None:
            known = _listed([*(one.id for one in self.directory.people), "public"])
            raise InvalidValue(f"--as {shorten(who)}: nobody in {self.file} has this id or address; give {known}")
        return person.id


def read_rights(path: Path) -> Rights:
    """Read a RIGHTS.toml; InvalidValue says what is wrong in it and where."""
    data = path.read_bytes()
    try:
        found = tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidValue(f"{path} is no TOML: {error}") from error
    place = _Place(str(path), "")
    top = place.table(found, _TOP)
    people, groups = place.of(top, "people"), place.of(top, "groups")
    try:
        directory = Directory(
            [_person(id, its, people_at) for id, its, people_at in place.at("people").each(people)],
            [_group(id, its, group_at, people) for id, its, group_at in place.at("groups").each(groups)],
        )
    except InvalidValue as error:
        raise error if str(error).startswith(str(path)) else InvalidValue(f"{path}: {error}") from error
    calendars = {
        (path.parent / name).resolve(): _whose(name, its, at, directory)
        for name, its, at in place.at("calendars").each(place.of(top, "calendars"))
    }
    return Rights(path, directory, calendars)


def _person(id: str, its: Any, place: _Place) -> Person:
    table = place.table(its, _PERSON)
    return place.made(Person, id, place.texts(table, "addresses"), place.text(table, "name") or "")


def _group(id: str, its: Any, place: _Place, people: Mapping[str, Any]) -> Group:
    table = place.table(its, _GROUP)
    members, others = place.texts(table, "members"), place.texts(table, "co_administrators")
    administrator = place.text(table, "administrator")
    for name, given in (("members", members), ("co_administrators", others), ("administrator", [administrator])):
        for one in given:
            if one is not None and one not in people:
                raise place.at(name).wrong(one, f"is nobody in [people]; give {_listed(people)}")
    return place.made(Group, id, members, administrator, others, (), place.text(table, "name") or "")


def _whose(name: str, its: Any, place: _Place, directory: Directory) -> Whose:
    table = place.table(its, _CALENDAR)
    given = [key for key in _OWNERS if key in table]
    if len(given) != 1:
        said = " and ".join(given) or "neither owner nor group nor subscriber"
        raise InvalidValue(f"{place}: it has {said}; give one of owner, group and subscriber")
    kind, id = given[0], place.text(table, given[0]) or ""
    known = directory.groups if kind == "group" else directory.people
    holder = next((one for one in known if one.id == id), None)
    if holder is None:
        where = "[groups]" if kind == "group" else "[people]"
        raise place.at(kind).wrong(id, f"is not in {where}; give {_listed(one.id for one in known)}")
    zone = place.text(table, "tz")
    tz = None if zone is None else place.at("tz").made(lambda: zone_of(zone).tzinfo)
    if kind == "subscriber":
        for key in ("public", "native", "grants"):
            if key in table:
                raise InvalidValue(f"{place.at(key)}: an external calendar has none, it is read-only; leave it out")
        return Whose(Path(name).stem, lambda content: ExternalCalendar(id, content, tz), tz)
    make = GroupCalendar if kind == "group" else PersonalCalendar
    grants = tuple(_grants(table, place, directory))
    publication = place.choice(table, "public", Publication, Publication.OFF)
    native = _native(table, place)
    return Whose(
        holder.name or id,
        lambda content: make(id, content, grants, publication, tz, native(content)),
        tz,
    )


def _grants(table: Mapping[str, Any], place: _Place, directory: Directory) -> Iterable[Grant]:
    given = table.get("grants", [])
    if not isinstance(given, list):
        raise place.at("grants").wrong(given, 'is no list; write [{ right = "read", member = "..." }]')
    for number, one in enumerate(given):
        at = place.at(f"grants[{number}]")
        grant = at.table(one, _GRANT)
        right = at.choice(grant, "right", Right, None)
        member, group = at.text(grant, "member"), at.text(grant, "group")
        if member is not None and directory.person(member) is None:
            raise at.at("member").wrong(member, f"is not in [people]; give {_listed(p.id for p in directory.people)}")
        if group is not None and directory.group(group) is None:
            raise at.at("group").wrong(group, f"is not in [groups]; give {_listed(g.id for g in directory.groups)}")
        yield at.made(Grant, right, member, group)


def _native(table: Mapping[str, Any], place: _Place) -> Callable[[Any], Iterable[str]]:
    given = table.get("native", False)
    if isinstance(given, bool):
        return lambda content: [event.uid for event in content.events if event.uid is not None] if given else []
    uids = place.texts(table, "native")
    return lambda content: uids


class _Place:
    """A place in the file, by its dotted key: reads what stands there, and says what is wrong with it."""

    def __init__(self, file: str, key: str) -> None:
        self.file = file
        self.key = key

    def __str__(self) -> str:
        return f"{self.file}: {self.key}" if self.key else self.file

    def at(self, name: str) -> _Place:
        """A place below this one."""
        return _Place(self.file, f"{self.key}.{name}" if self.key else name)

    def wrong(self, value: object, said: str) -> InvalidValue:
        """The error for a value that stands here."""
        return InvalidValue(f"{self}: {shorten(value)} {said}")

    def table(self, value: Any, keys: Sequence[str]) -> Mapping[str, Any]:
        """A table that has no other keys than these."""
        if not isinstance(value, dict):
            raise self.wrong(value, "is no table")
        for key in value:
            if key not in keys:
                raise InvalidValue(f"{self}: there is no {shorten(key)} here; known are {', '.join(keys)}")
        return value

    def of(self, table: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        """A table within one."""
        found = table.get(name, {})
        if not isinstance(found, dict):
            raise self.at(name).wrong(found, "is no table")
        return found

    def each(self, table: Mapping[str, Any]) -> Iterable[tuple[str, Any, _Place]]:
        """What a table has, each with its place."""
        return [(name, its, self.at(_quoted(name))) for name, its in table.items()]

    def text(self, table: Mapping[str, Any], name: str) -> str | None:
        """A text, None if it is not given."""
        found = table.get(name)
        if found is not None and not isinstance(found, str):
            raise self.at(name).wrong(found, f'is no text; write {name} = "..."')
        return found

    def texts(self, table: Mapping[str, Any], name: str) -> list[str]:
        """A list of texts, empty if it is not given."""
        found = table.get(name, [])
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            raise self.at(name).wrong(found, f'is no list of texts; write {name} = ["...", "..."]')
        return found

    def choice(self, table: Mapping[str, Any], name: str, kind: Any, default: Any) -> Any:
        """One of the words of a StrEnum."""
        found = table.get(name, default)
        if found not in list(kind):
            raise self.at(name).wrong(found, f"is not known; give one of {', '.join(kind)}")
        return kind(found)

    def made(self, make: Callable[..., Made], *arguments: Any) -> Made:
        """Make a value; what is wrong with it is told with the place."""
        try:
            return make(*arguments)
        except InvalidValue as error:
            raise InvalidValue(f"{self}: {error}") from error


def _listed(names: Iterable[str]) -> str:
    """Some names for a message: the first ten."""
    found = list(names)
    return ", ".join(shorten(one, 40)[1:-1] for one in found[:10]) + (" or another" if len(found) > 10 else "") or "one"


def _quoted(name: str) -> str:
    """A key as TOML writes it."""
    return name if name.isascii() and name.replace("-", "").replace("_", "").isalnum() else f'"{name}"'
