"""A poll as somebody may see it: options in their own zone, and the votes of others where those are to be seen.

Rules of this module:

1. Creator and voters see a poll, open or closed, and nobody else does.
2. The creator sees all votes at any time. A voter sees their own at any time, and those of others unless votes are
   hidden; hidden ones once the poll is closed. Whoever does not see votes does not see their sums either.
3. Times are told in the viewer's zone; days are the same days for everybody.
4. Polls are looked at from one's own environment, never from that of a group.
5. How votes came about, a log of changes, is more than how they stand: the creator may read all of it (L7), a voter
   what is about their own votes, also when the poll is closed.

Product rules: L1, L2, L3, L6, L7, L21.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, tzinfo

from schedcore.errors import NotAllowed, shorten
from schedcore.meetings import Guest, guests
from schedcore.policy import Directory, ExternalCalendar, GroupCalendar, PersonalCalendar
from schedcore.policy.calendars import AnyCalendar
from schedcore.polls.poll import Ballot, Option, Poll, State, Vote
from schedcore.polls.standing import Tally, tally

__all__ = ["SeenOption", "SeenPoll", "as_seen_by", "can_be_asked", "polls_in", "sees_log_of", "sees_votes"]


@dataclass(frozen=True, slots=True)
class SeenOption:
    """An option in the viewer's zone, with what the viewer said of it."""

    number: int
    start: date
    end: date
    places_left: int | None
    own: Vote | None
    chosen: bool


@dataclass(frozen=True, slots=True)
class SeenPoll:
    """What a viewer sees; `ballots` are the votes to be seen, `tally` is None where those of others are hidden."""

    id: str
    state: State
    subject: str
    description: str
    location: str
    options: tuple[SeenOption, ...]
    voters: tuple[str, ...]
    ballots: tuple[Ballot, ...]
    tally: Tally | None
    is_creator: bool


def can_be_asked(calendar: AnyCalendar, creator: str, directory: Directory, names: Iterable[str]) -> tuple[Guest, ...]:
    """Find whom the creator names, by id or address, among the people of their address books: each person once.

    An account is not needed. `calendar` is the one that the creator is in: NotAllowed in that of a group, and for
    somebody who is in no address book, their own or a group's.

    >>> from schedcore.policy import Directory, Group, Person, PersonalCalendar
    >>> team = Directory([Person("anna"), Person("ben")], [Group("sales", ["anna", "ben"])])
    >>> [guest.id for guest in can_be_asked(PersonalCalendar("anna", None), "anna", team, ["ben"])]
    ['ben']
    """
    _check_personal(calendar, "made")
    return guests(calendar, creator, directory, names)


def polls_in(calendar: AnyCalendar, viewer: str, polls: Iterable[Poll]) -> tuple[Poll, ...]:
    """The polls that somebody finds in a calendar: those they made or are asked in, in their own; in others none.

    >>> from schedcore.policy import PersonalCalendar
    >>> lunch = Poll("lunch", creator=Guest("anna", True))
    >>> [len(polls_in(PersonalCalendar(owner, None), "anna", [lunch])) for owner in ("anna", "ben")]
    [1, 0]
    """
    if not isinstance(calendar, PersonalCalendar) or calendar.owner != viewer:
        return ()
    return tuple(poll for poll in polls if poll.creator.is_named(viewer) or poll.voter(viewer) is not None)


def _check_personal(calendar: AnyCalendar, what: str) -> None:
    if isinstance(calendar, GroupCalendar):
        raise NotAllowed(f"polls are not {what} in the environment of group {shorten(calendar.group)}: use your own")
    if isinstance(calendar, ExternalCalendar):
        raise NotAllowed(f"polls are not {what} in an external calendar: use your own")


def as_seen_by(poll: Poll, viewer: str, tz: str | tzinfo) -> SeenPoll:
    """What the creator or a voter, by id or address, sees of a poll, with times in their zone.

    NotAllowed for anybody else, and of a deleted poll for everybody. Cost as `tally`.
    """
    is_creator, own = _standing(poll, viewer)
    open_to_all = sees_votes(poll, viewer)
    return SeenPoll(
        poll.id,
        poll.state,
        poll.subject,
        poll.description,
        poll.location,
        tuple(_option(poll, one, own, tz, open_to_all) for one in poll.options),
        tuple(one.id for one in poll.voters),
        tuple(one for one in poll.ballots if open_to_all or one.voter == own),
        tally(poll) if open_to_all else None,
        is_creator,
    )


def sees_votes(poll: Poll, viewer: str) -> bool:
    """Whether the creator or a voter sees the votes of others now; NotAllowed as `as_seen_by`. Linear in voters."""
    is_creator, _ = _standing(poll, viewer)
    return is_creator or not poll.hidden or poll.state is not State.OPEN


def sees_log_of(poll: Poll, viewer: str) -> str | None:
    """The id of the voter whose changes of votes somebody may read, None for those of all; NotAllowed as `as_seen_by`.

    >>> from schedcore.polls import Voter
    >>> poll = Poll("1", State.OPEN, Guest("anna", True), voters=[Voter(Guest("ben", True))])
    >>> sees_log_of(poll, "anna"), sees_log_of(poll, "ben")
    (None, 'ben')
    """
    is_creator, own = _standing(poll, viewer)
    return None if is_creator else own


def _standing(poll: Poll, viewer: str) -> tuple[bool, str]:
    """Whether a viewer is the creator, and their id as a voter ("" for none); NotAllowed for who is neither."""
    is_creator, voter = poll.creator.is_named(viewer), poll.voter(viewer)
    if poll.state in (State.NONE, State.DELETED) or (voter is None and not is_creator):
        raise NotAllowed(f"{shorten(viewer)} may not see poll {shorten(poll.id)}: its creator and those asked may")
    return is_creator, "" if voter is None else voter.id


def _option(poll: Poll, option: Option, own: str, tz: str | tzinfo, open_to_all: bool) -> SeenOption:
    start, end = option.told_in(tz)
    left = None
    if option.places is not None and open_to_all:
        taken = sum(one.option == option.number and one.vote is Vote.YES for one in poll.ballots)
        left = option.places - taken
    vote = poll.votes.get((own, option.number))
    return SeenOption(option.number, start, end, left, vote, option.number == poll.chosen)
