"""Polls: each as JSON without ballots, its votes one row each, and the log of who changed which vote when.

Rules of this module:

1. A vote never changes the row of its poll: its version is that of dates, voters and state. Many vote at once without
   waiting for each other.
2. Who votes holds the poll's row shared (FOR SHARE), and who edits, closes or deletes holds it alone (FOR NO KEY
   UPDATE): so a vote sees the poll open in its own transaction, and a close waits for the votes that were under way.
   Where an option has few places the votes of others matter: then a voter holds the row alone too.
3. Two calls of one voter come one after the other, by the voter's own row (`lock_voter`).
4. Every change of a vote goes through `set_votes`, which writes the log. The log is only ever added to. A deleted poll
   takes votes and log with it; that its id was used is all that stays (rule L25).

What this module does not do: it does not know who may vote, or until when; `polls.apply` does.

Product rules: L25.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import Row, bindparam, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from schedcore.store.errors import Conflict
from schedcore.store.schema import changes, poll_people, polls, requests, vote_log, voters, votes
from schedcore.store.transactions import Transaction, check, listed

__all__ = [
    "Head", "create", "data", "head", "lock_voter", "log", "named", "remove", "save", "set_votes", "votes_of", "yes_of"
]  # fmt: skip

#: What the state of a deleted poll is called.
_DELETED: Final = "deleted"

_HEAD: Final = select(polls.c.state, polls.c.limited, polls.c.version).where(polls.c.id == bindparam("key"))
_SHARED: Final = _HEAD.with_for_update(read=True)
_ALONE: Final = _HEAD.with_for_update(key_share=True)
_DATA: Final = select(polls.c.data, polls.c.version).where(polls.c.id == bindparam("key"))
_SAVE: Final = update(polls).where(polls.c.id == bindparam("key"))
_VOTER: Final = select(voters.c.voter).where(
    voters.c.poll == bindparam("key"), voters.c.voter == bindparam("its_voter")
)  # fmt: skip
_VOTES: Final = select(votes.c.voter, votes.c.option_number, votes.c.vote, votes.c.at)
_ORDER: Final = (votes.c.voter, votes.c.option_number)
_ALL_VOTES: Final = _VOTES.where(votes.c.poll == bindparam("key")).order_by(*_ORDER)
_THEIR_VOTES: Final = listed(
    lambda among: _VOTES.where(votes.c.poll == bindparam("key"), among(votes.c.voter)).order_by(*_ORDER)
)
_YES_OF: Final = _VOTES.where(
    votes.c.poll == bindparam("key"),
    votes.c.vote == 2,
    votes.c.option_number.in_(bindparam("options", expanding=True)),
).order_by(*_ORDER)
_VOTE_KEY: Final = ("poll", "voter", "option_number")
#: Made once: to put such a statement together takes as long as to run it.
_PUT_VOTE: Final = {
    is_postgresql: add.on_conflict_do_update(
        index_elements=_VOTE_KEY, set_={name: add.excluded[name] for name in ("vote", "at")}
    )
    for is_postgresql, add in ((False, sqlite.insert(votes)), (True, postgresql.insert(votes)))
}
_WITHDRAW: Final = delete(votes).where(
    votes.c.poll == bindparam("key"),
    votes.c.voter == bindparam("its_voter"),
    votes.c.option_number == bindparam("its_option"),
)
_LOG: Final = (
    select(vote_log)
    .where(vote_log.c.poll == bindparam("key"), vote_log.c.seq > bindparam("after"))
    .order_by(vote_log.c.seq)
    .limit(bindparam("limit"))
)
_LOG_OF_VOTER: Final = _LOG.where(vote_log.c.voter == bindparam("its_voter"))
_NAMED: Final = listed(
    lambda among: (
        select(poll_people.c.poll)
        .where(among(poll_people.c.name), poll_people.c.poll > bindparam("after"))
        .distinct()
        .order_by(poll_people.c.poll)
        .limit(bindparam("limit"))
    )
)
_FORGET: Final = [
    delete(table).where(table.c.poll == bindparam("key")) for table in (votes, vote_log, voters, poll_people)
]
_FORGET_ANSWERS: Final = delete(requests).where(requests.c.about == bindparam("key"))
_FORGET_WHO: Final = delete(changes).where(
    changes.c.kind == "poll", changes.c.id == bindparam("key"), changes.c.who.is_not(None)
)
_FORGET_NAMES: Final = [delete(table).where(table.c.poll == bindparam("key")) for table in (voters, poll_people)]


@dataclass(frozen=True, slots=True)
class Head:
    """A poll without what it says: its state, whether votes of others matter for a vote, and its etag."""

    state: str
    limited: bool
    etag: str


# --- reading and locking ----------------------------------------------------------------------------------------------


def head(tx: Transaction, id: str, lock: Literal["vote", "edit"] | None = None) -> Head | None:
    """The head of a poll, None if there never was one; with `lock` held until the end, as rule 2 says.

    Conflict where an edit gave it few places in this very moment. O(log n), without its JSON.
    """
    statement = _HEAD
    if lock is not None and tx.is_postgresql:
        before = tx.first(_HEAD, {"key": id})
        if before is None:
            return None
        statement = _ALONE if lock == "edit" or before.limited else _SHARED
    row = tx.first(statement, {"key": id})
    if row is None:
        return None
    if statement is _SHARED and row.limited:
        # To ask for the row alone while others hold it shared too is how deadlocks are made.
        raise Conflict(f"poll {id!r} changed at the same time: run it again", reason="conflict")
    return Head(row.state, bool(row.limited), str(row.version))


def data(tx: Transaction, id: str) -> tuple[str, str]:
    """The JSON text of a poll and its etag; NotFound. A deleted one has "" for it."""
    row = check("poll", id, tx.first(_DATA, {"key": id}))
    return row.data, str(row.version)


def lock_voter(tx: Transaction, id: str, voter: str) -> bool:
    """Hold one voter of a poll until the end; False if there is no such voter."""
    return tx.locked(_VOTER, {"key": id, "its_voter": voter}) is not None


def votes_of(tx: Transaction, id: str, voters: Iterable[str] | None = None) -> list[Row[Any]]:
    """The votes of a poll, of some voters or of all: rows of voter, option_number, vote, at, in that order."""
    if voters is None:
        return tx.all(_ALL_VOTES, {"key": id})
    return tx.among(_THEIR_VOTES, voters, {"key": id})


def yes_of(tx: Transaction, id: str, options: Iterable[int]) -> list[Row[Any]]:
    """The votes that say yes to some options; as `votes_of`. For options with few places."""
    return tx.all(_YES_OF, {"key": id, "options": list(options)})


def log(tx: Transaction, id: str, *, voter: str | None = None, after: int = 0, limit: int = 1000) -> list[Row[Any]]:
    """Who changed which vote when, oldest first, after a `seq`: rows of seq, voter, option_number, old, new, at,
    changed_by."""
    values: dict[str, Any] = {"key": id, "after": after, "limit": limit}
    return tx.all(_LOG, values) if voter is None else tx.all(_LOG_OF_VOTER, values | {"its_voter": voter})


def named(tx: Transaction, names: Iterable[str], *, after: str = "", limit: int = 1000) -> list[str]:
    """The ids of polls in which somebody is under one of some names, in order, those after an id."""
    return [row.poll for row in tx.among(_NAMED, names, {"after": after, "limit": limit})]


# --- writing ----------------------------------------------------------------------------------------------------------


def create(
    tx: Transaction, id: str, data: str, *, state: str, limited: bool, names: Iterable[str], voters: Iterable[str]
) -> str:
    """Keep a new poll, found by the `names` of its people, with the ids of its voters; its etag.

    Exists where the id is taken, also by a poll that was deleted.
    """
    version = tx.mark("poll", id)
    tx.create(polls, "poll", {"id": id, "state": state, "limited": int(limited), "data": data, "version": version})
    _name(tx, id, names, voters)
    return str(version)


def save(
    tx: Transaction,
    id: str,
    data: str,
    *,
    state: str,
    limited: bool,
    names: Iterable[str],
    voters: Iterable[str],
    etag: str = "",
) -> str:
    """Keep a poll as it is now; the new etag. NotFound, Stale. Votes stay as they are: see `set_votes`."""
    check("poll", id, tx.first(_ALONE if tx.is_postgresql else _HEAD, {"key": id}), etag)
    version = tx.mark("poll", id)
    tx.run(_SAVE, {"key": id, "state": state, "limited": int(limited), "data": data, "version": version})
    for forget in _FORGET_NAMES:
        tx.run(forget, {"key": id})
    _name(tx, id, names, voters)
    return str(version)


def remove(tx: Transaction, id: str, etag: str = "") -> None:
    """Delete a poll with its votes and their log, and whatever else tells of them; NotFound, Stale.

    That its id was used stays. Answers that were kept for repeated requests go, and who voted when out of the log of
    changes. Linear in that log, which nobody searches by poll otherwise.
    """
    check("poll", id, tx.first(_ALONE if tx.is_postgresql else _HEAD, {"key": id}), etag)
    version = tx.mark("poll", id)
    tx.run(_SAVE, {"key": id, "state": _DELETED, "limited": 0, "data": "", "version": version})
    for forget in (*_FORGET, _FORGET_ANSWERS, _FORGET_WHO):
        tx.run(forget, {"key": id})


def set_votes(
    tx: Transaction, id: str, said: Sequence[tuple[str, int, int | None]], *, at: int, by: str
) -> int:  # fmt: skip
    """Set votes, each (voter, option, vote), None to take one back, and log what changes; how many did.

    `at` is when, in UTC seconds, `by` who does it. The caller holds the poll, and the voter (rules 2 and 3).
    """
    whose = sorted({voter for voter, _, _ in said})
    there = {(row.voter, row.option_number): int(row.vote) for row in votes_of(tx, id, whose)}
    new = {(voter, option): vote for voter, option, vote in said}
    upserts = [_vote(id, key, vote, at) for key, vote in sorted(new.items()) if vote is not None]
    gone = [key for key, vote in new.items() if vote is None and key in there]
    changed = [(key, there.get(key), vote) for key, vote in new.items() if there.get(key) != vote]
    if upserts:
        tx.run(_PUT_VOTE[tx.is_postgresql], upserts)
    if gone:
        tx.run(_WITHDRAW, [{"key": id, "its_voter": voter, "its_option": option} for voter, option in gone])
    if changed:
        tx.run(insert(vote_log), [_line(id, one, at, by) for one in changed])
        for voter in whose:
            tx.mark("poll", id, voter)
    return len(changed)


def _vote(id: str, key: tuple[str, int], vote: int, at: int) -> dict[str, Any]:
    return {"poll": id, "voter": key[0], "option_number": key[1], "vote": vote, "at": at}


def _line(id: str, changed: tuple[tuple[str, int], int | None, int | None], at: int, by: str) -> dict[str, Any]:
    (voter, option), old, new = changed
    return {
        "poll": id, "voter": voter, "option_number": option, "old": old, "new": new, "at": at, "changed_by": by
    }  # fmt: skip


def _name(tx: Transaction, id: str, names: Iterable[str], ids: Iterable[str]) -> None:
    people = [{"poll": id, "name": name} for name in sorted(set(names))]
    asked = [{"poll": id, "voter": voter} for voter in sorted(set(ids))]
    if people:
        tx.run(insert(poll_people), people)
    if asked:
        tx.run(insert(voters), asked)
