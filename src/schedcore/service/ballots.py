"""Polls and votes loaded and kept: as much of a poll as a call needs, in the transaction of that call.

Rules of this module:

1. What a poll says is immutable at a version, so it is read and checked once in a process, and kept by (id, version); a
   vote changes no version. The version comes from the store in every call, with the lock that the call needs: what is
   kept is never older than what the transaction sees. Only what was committed is kept here, for a version that was
   rolled back may be given again: so a poll is loaded before anything is written, and never afterwards.
2. A vote sees the poll open in its own transaction: it holds the poll shared (`store.polls`), so a close waits for it,
   and it waits for a close.
3. `apply` decides a vote knowing the voter's own ballots, which are all that "one yes" asks about; and where an option
   that the vote says yes to has few places, all who said yes to it, of whom there are no more than places. The ballots
   of others change nothing else, and a poll may have a hundred thousand: they are not loaded. Then the poll is held
   alone, for the votes of others matter.
4. What `apply` changed of the ballots is what is written, with a line of the log for each.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from threading import Lock
from typing import Any, Final, Literal

from schedcore.errors import InvalidValue
from schedcore.policy.addresses import canonical_or_none
from schedcore.polls import Ballot, Poll, State, Vote, Voter, from_json, to_json
from schedcore.service import people
from schedcore.store import NotFound, Stale, polls

__all__ = ["Loaded", "alone", "changed", "create", "for_vote", "keep", "load", "save", "seen_as", "with_ballots"]

#: Polls kept in memory. One of 20 options and 50 voters takes some 50 KiB, so these are some tens of megabytes.
_KEPT: Final = 512


@dataclass(frozen=True)
class Loaded:
    """A poll without ballots, and its etag."""

    poll: Poll
    etag: str

    @cached_property
    def _voters(self) -> dict[str, Voter]:
        """Voters by every name of theirs; one look instead of a walk through all."""
        found: dict[str, Voter] = {}
        for one in self.poll.voters:
            for name in (*one.guest.addresses, one.id):
                found.setdefault(name, one)
        return found

    def voter(self, name: str) -> Voter | None:
        """As `Poll.voter`."""
        found = self._voters.get(name)
        if found is None or not found.guest.is_named(name):
            found = self._voters.get(canonical_or_none(name) or "")
        return found

    def is_in(self, name: str) -> bool:
        """Whether somebody made it or is asked."""
        return self.poll.creator.is_named(name) or self.voter(name) is not None


class _Cache:
    """Polls by id and version, those that were used last."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._found: OrderedDict[tuple[str, str], Loaded] = OrderedDict()

    def get(self, key: tuple[str, str]) -> Loaded | None:
        with self._lock:
            found = self._found.get(key)
            if found is not None:
                self._found.move_to_end(key)
            return found

    def put(self, key: tuple[str, str], value: Loaded) -> None:
        with self._lock:
            self._found[key] = value
            while len(self._found) > _KEPT:
                self._found.popitem(last=False)


_CACHE: Final = _Cache()


# --- loading ----------------------------------------------------------------------------------------------------------


def load(tx: Any, id: str, lock: Literal["vote", "edit"] | None = None) -> Loaded:
    """A poll without its ballots, held until the end as `lock` says; NotFound, for a deleted one too."""
    people.check_id("poll", id)
    head = polls.head(tx, id, lock)
    if head is None or head.state == State.DELETED:
        raise NotFound.of("poll", id)
    found = _CACHE.get((id, head.etag))
    if found is None:
        text, etag = polls.data(tx, id)
        if not text:
            raise NotFound.of("poll", id)
        found = Loaded(_read(text), etag)
        _CACHE.put((id, etag), found)
    return found


def seen_as(
    tx: Any, id: str, viewer: str, etag: str = "", lock: Literal["vote", "edit"] | None = None
) -> tuple[Loaded, str]:
    """A poll that somebody may see, and under which name they are in it; NotFound for all others, Stale."""
    found = load(tx, id, lock)
    name = people.named_as(tx, viewer, found.is_in)
    if not found.is_in(name):
        raise NotFound.of("poll", id)
    if etag and etag != found.etag:
        raise Stale.of("poll", id, given=etag, current=found.etag)
    return found, name


def with_ballots(tx: Any, loaded: Loaded, voters: Iterable[str] | None = None) -> Poll:
    """The poll with the ballots of some voters, or of all."""
    return replace(loaded.poll, ballots=_ballots(polls.votes_of(tx, loaded.poll.id, voters)))


def alone(tx: Any, loaded: Loaded, name: str) -> Poll:
    """The poll with the ballots of one voter and nobody else, for a list: nothing is read of others."""
    voter = loaded.voter(name)
    its = [] if voter is None else [voter]
    return replace(with_ballots(tx, loaded, [one.id for one in its]), voters=its)


def for_vote(tx: Any, loaded: Loaded, voter: Voter, yes: Iterable[int]) -> Poll:
    """As much of a poll as decides what a voter says, with yes to some options; rule 3 says why that is enough."""
    poll = loaded.poll
    polls.lock_voter(tx, poll.id, voter.id)
    rows = list(polls.votes_of(tx, poll.id, [voter.id]))
    wanted = set(yes)
    few = [one.number for one in poll.options if one.places is not None and one.number in wanted]
    if few:
        rows += [row for row in polls.yes_of(tx, poll.id, few) if row.voter != voter.id]
    return replace(poll, voters=(voter,), ballots=_ballots(rows))


def _ballots(rows: Iterable[Any]) -> list[Ballot]:
    return [Ballot(row.voter, row.option_number, Vote(row.vote), row.at) for row in rows]


def _read(text: str) -> Poll:
    found = from_json(json.loads(text))
    if not isinstance(found, Poll):
        raise InvalidValue("the store holds something else in the place of a poll: it is damaged")
    return found


# --- keeping ----------------------------------------------------------------------------------------------------------


def create(tx: Any, poll: Poll) -> str:
    """Keep a new poll; its etag."""
    return str(polls.create(tx, poll.id, **_row(poll)))


def save(tx: Any, poll: Poll) -> str:
    """Keep a poll as it is now, its ballots apart; its new etag."""
    return str(polls.save(tx, poll.id, **_row(poll)))


def keep(tx: Any, before: Poll, after: Poll, *, at: int, by: str) -> None:
    """Keep what became of the ballots of a poll, and log it."""
    said = changed(before, after)
    if said:
        polls.set_votes(tx, after.id, said, at=at, by=by)


def changed(before: Poll, after: Poll) -> list[tuple[str, int, int | None]]:
    """What is different of the ballots: voter, option, vote; None for one that is gone.

    A ballot that says the same again is there as well, since it is of a later moment.
    """
    old, new = ({(one.voter, one.option): one for one in poll.ballots} for poll in (before, after))
    gone: list[tuple[str, int, int | None]] = [(*key, None) for key in old if key not in new]
    return gone + [(*key, int(one.vote)) for key, one in new.items() if old.get(key) != one]


def _row(poll: Poll) -> dict[str, Any]:
    guests = [poll.creator, *(one.guest for one in poll.voters)]
    return {
        "data": json.dumps(to_json(replace(poll, ballots=())), ensure_ascii=False, separators=(",", ":")),
        "state": poll.state.value,
        "limited": any(one.places is not None for one in poll.options),
        "names": {name for guest in guests for name in (guest.id, *guest.addresses)},
        "voters": [one.id for one in poll.voters],
    }
