"""`tally`: how the options of one poll stand, which is first, and why, for the creator who decides.

Rules of this module:

1. Options are ranked by how many required voters cannot come (they said no, or nothing), then by most who can come (yes
   and if need be), then by most yes, then by the earlier start, then by number. Votes count as often as their voters
   weigh. Nobody is the winner by that: the creator chooses (L16), also a date that suits only some (L17).
2. For each option it says who has not answered, who is required and cannot come, and, given a free/busy result, who
   is in fact busy then and of whom nothing is known. Busy is what is neither free nor tentative. That changes no rank.
3. `why` is a plain sentence: what the first has that the second has not.

Product rules: L5, L16, L17.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from schedcore.errors import InvalidValue
from schedcore.freebusy import FreeBusy, Status
from schedcore.polls.poll import Option, Poll, Vote

__all__ = ["Standing", "Tally", "tally"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How one option stands; votes are sums of weights, people are ids of voters, `rank` is 1 for the first.

    `silent` are those who said nothing of it, `lacking` the required who cannot come, `busy` who is in fact busy then,
    `unknown` of whom it is not known.
    """

    option: Option
    no: int
    if_need_be: int
    yes: int
    rank: int
    silent: tuple[str, ...]
    lacking: tuple[str, ...]
    busy: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def can_come(self) -> int:
        """Yes and if need be together."""
        return self.if_need_be + self.yes


@dataclass(frozen=True, slots=True)
class Tally:
    """All options, the first one first; `missing` are the ids of voters who have answered nothing at all."""

    standings: tuple[Standing, ...]
    missing: tuple[str, ...]
    why: str


def tally(poll: Poll, *, busy: FreeBusy | None = None, owners: Sequence[str] = ()) -> Tally:
    """Rank the options of a poll, with who is missing and who is busy.

    `busy` is what `freebusy.query` found, and `owners` names for each calendar of the question its owner, by an id or
    an address; calendars of people who are not asked do not matter. Days are those of the poll's zone. InvalidValue if
    there are not as many owners as calendars. Options times voters, and the blocks of the calendars for each option.

    >>> from datetime import date
    >>> from schedcore.meetings import Guest
    >>> from schedcore.polls import Ballot, Voter
    >>> monday, tuesday = Option(date(2026, 10, 26), number=1), Option(date(2026, 10, 27), number=2)
    >>> asked = [Voter(Guest("ben", True)), Voter(Guest("carla", True))]
    >>> said = [Ballot("ben", 1, Vote.YES, 0), Ballot("ben", 2, Vote.YES, 0), Ballot("carla", 2, Vote.IF_NEED_BE, 0)]
    >>> found = tally(Poll("1", options=[monday, tuesday], voters=asked, ballots=said))
    >>> [(one.option.number, one.can_come, one.silent) for one in found.standings]
    [(2, 2, ()), (1, 1, ('carla',))]
    >>> found.why
    'Option 2 is first: 2 can come, 1 of them if need be; to option 1, the next, 1 can.'
    """
    if busy is not None and len(owners) != busy.asked:
        raise InvalidValue(f"{len(owners)} owners for {busy.asked} calendars: name the owner of each")
    rows = [_count(poll, option, busy, owners) for option in poll.options]
    rows.sort(key=lambda row: _key(poll, row))
    ranked = tuple(replace(row, rank=rank) for rank, row in enumerate(rows, 1))
    return Tally(ranked, tuple(one.id for one in poll.unanswered), _why(poll, ranked))


def _key(poll: Poll, row: Standing) -> tuple[int, ...]:
    return (len(row.lacking), -row.can_come, -row.yes, row.option.instant(poll.tz), row.option.number)


def _count(poll: Poll, option: Option, busy: FreeBusy | None, owners: Sequence[str]) -> Standing:
    counts, silent, lacking = [0, 0, 0], [], []
    for voter in poll.voters:
        vote = poll.votes.get((voter.id, option.number))
        if vote is None:
            silent.append(voter.id)
        else:
            counts[vote] += voter.weight
        if voter.required and vote in (None, Vote.NO):
            lacking.append(voter.id)
    found, unknown = ((), ()) if busy is None else _busy(poll, option, busy, owners)
    no, if_need_be, yes = counts
    return Standing(option, no, if_need_be, yes, 0, tuple(silent), tuple(lacking), found, unknown)


def _busy(poll: Poll, option: Option, busy: FreeBusy, owners: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Who of the voters is busy during an option, and of whom that is not known: no calendar, or another window."""
    start, end = option.instant(poll.tz), option.instant(poll.tz, end=True)
    asked = busy.start <= start and end <= busy.end
    found, unknown = [], []
    for voter in poll.voters:
        calendars = [owner for owner, name in enumerate(owners) if voter.guest.is_named(name)]
        blocks = [block for owner in calendars for block in busy.blocks(owner)]
        if any(one.start < end and start < one.end and one.status > Status.TENTATIVE for one in blocks):
            found.append(voter.id)
        elif not asked or not calendars or any(busy.is_unknown(owner) for owner in calendars):
            unknown.append(voter.id)
    return tuple(found), tuple(unknown)


def _why(poll: Poll, ranked: Sequence[Standing]) -> str:
    """Why the first is first."""
    if not ranked:
        return "There is no option."
    first = ranked[0]
    if not poll.votes:
        place = "is first as the earliest" if len(ranked) > 1 else "is the only one"
        return f"Nobody has voted: option {first.option.number} {place}."
    unit = " by weight" if any(one.weight != 1 for one in poll.voters) else ""
    some = f", {first.if_need_be} of them if need be" if first.if_need_be else ""
    what = f"{first.can_come} can come{unit}{some}"
    if len(ranked) == 1:
        return f"Option {first.option.number} is the only one: {what}."
    second = ranked[1]
    other = f"option {second.option.number}, the next"
    head = f"Option {first.option.number} is first: "
    if len(first.lacking) != len(second.lacking):
        if not first.lacking:
            return f"{head}all required voters can come; to {other}, {len(second.lacking)} cannot or have not said."
        return f"{head}{len(first.lacking)} required cannot come or have not said; to {other}, {len(second.lacking)}."
    if first.can_come != second.can_come:
        return f"{head}{what}; to {other}, {second.can_come} can."
    if first.yes != second.yes:
        return f"{head}as many can come as to {other}, and {first.yes} of them say yes, there {second.yes}."
    return f"{head}it has as many votes as {other}, and starts earlier."
