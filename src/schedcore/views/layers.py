"""Layers: which calendars somebody looks at, one over the other.

Rules of this module:

1. Everybody has one calendar of their own, which is always there. All others were added: a member's, a group's or an
   external one.
2. What is added is layered at once. It may be hidden and shown again without being removed; viewing one alone hides the
   rest.
3. There are two quotas, of how many may be added and of how many may be layered at a time (`policy.Quotas`). Reaching
   one is an error that says which, and changes nothing: what is added is layered, or it is not added.
4. `Layers` is a frozen value: every change gives a new one, and the old one is still there to go back to.

Product rules: O1, O2, O3, O4, O5, O6.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from schedcore.errors import InvalidValue, shorten
from schedcore.policy import Quotas, Relation

__all__ = ["Layer", "Layers"]


class Layer(NamedTuple):
    """A calendar by its key, whose it is for who looks, and whether it is hidden now."""

    key: str
    relation: Relation
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Layers:
    """The calendars that somebody looks at, their own first and the others as they were added.

    >>> layers = Layers.of("anna").add("ben", Relation.MEMBER).add("team", Relation.GROUP)
    >>> layers.visible, layers.hide("ben").visible, layers.only("team").visible
    (('anna', 'ben', 'team'), ('anna', 'team'), ('team',))
    """

    all: tuple[Layer, ...]
    quotas: Quotas = field(default_factory=Quotas)

    @classmethod
    def of(cls, own: str, quotas: Quotas | None = None) -> Layers:
        """Begin with somebody's own calendar alone, shown."""
        return cls((Layer(own, Relation.OWN),), quotas or Quotas())

    def __post_init__(self) -> None:
        own = [layer.key for layer in self.all if layer.relation is Relation.OWN]
        if len(own) != 1:
            raise InvalidValue(f"{len(own)} calendars of one's own ({', '.join(own)}): there is exactly one")
        keys = [layer.key for layer in self.all]
        for key in keys:
            if not isinstance(key, str) or not key or keys.count(key) > 1:
                raise InvalidValue(f"{shorten(key)}: the key of a calendar is a text that no other calendar has")
        self.quotas.check(added=len(keys) - 1, layered=sum(not layer.hidden for layer in self.all))

    @property
    def visible(self) -> tuple[str, ...]:
        """The keys of the calendars that are shown, in order."""
        return tuple(layer.key for layer in self.all if not layer.hidden)

    def add(self, key: str, relation: Relation) -> Layers:
        """Add a calendar, layered at once.

        LimitExceeded where a quota says no; InvalidValue for one that is there, and for a second one of one's own.
        """
        if any(layer.key == key for layer in self.all):
            raise InvalidValue(f"{shorten(key)} is there already; show it if it is hidden")
        if relation is Relation.OWN:
            raise InvalidValue(f"{shorten(key)}: nobody has two calendars of their own; add it as a group's")
        return replace(self, all=(*self.all, Layer(key, relation)))

    def remove(self, key: str) -> Layers:
        """Take an added calendar away; InvalidValue for one's own, which can only be hidden."""
        layer = self._find(key)
        if layer.relation is Relation.OWN:
            raise InvalidValue(f"{shorten(key)} is one's own calendar, which cannot be removed; hide it")
        return replace(self, all=tuple(one for one in self.all if one is not layer))

    def hide(self, key: str) -> Layers:
        """Hide a calendar; it stays among those that were added."""
        return self._with(self._find(key), True)

    def show(self, key: str) -> Layers:
        """Show a calendar again; LimitExceeded if as many as may be are layered."""
        return self._with(self._find(key), False)

    def toggle(self, key: str) -> Layers:
        """Hide a calendar that is shown, show one that is hidden."""
        return self.show(key) if self._find(key).hidden else self.hide(key)

    def only(self, key: str) -> Layers:
        """View one calendar alone: hide the rest, and show it."""
        self._find(key)
        return replace(self, all=tuple(layer._replace(hidden=layer.key != key) for layer in self.all))

    def keep(self, keys: Iterable[str]) -> Layers:
        """Keep only those added calendars that still exist or may still be seen, and one's own."""
        known = set(keys)
        return replace(self, all=tuple(one for one in self.all if one.relation is Relation.OWN or one.key in known))

    def _with(self, layer: Layer, hidden: bool) -> Layers:
        return replace(self, all=tuple(one._replace(hidden=hidden) if one is layer else one for one in self.all))

    def _find(self, key: str) -> Layer:
        for layer in self.all:
            if layer.key == key:
                return layer
        known = ", ".join(shorten(layer.key, 40) for layer in self.all[:10])
        raise InvalidValue(f"{shorten(key)} is none of the calendars here ({known}): add it first")
