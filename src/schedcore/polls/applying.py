"""`apply`: a command to a poll gives the poll afterwards and what must be sent, or it is refused.

Rules of this module:

1. What may be done, by whom, and what follows stands in `table`; this walks it. A command for which there is no row, or
   that comes from somebody else than the row asks for, is `errors.Refused`, with a code and a sentence, and changes
   nothing. So a second choice of a date finds no row, also where two arrive at once: whoever keeps polls applies
   commands one after the other.
2. Nobody acts for somebody else: rights to a calendar say nothing about a poll, which only its creator decides (L16).
3. From the deadline on, votes and reminders are refused; the creator still decides.
4. A yes takes a place where places are few; it is refused when they are taken. What one command says counts as a whole
   or not at all.
5. An edit keeps the votes for options whose time stays, and of voters who are still asked, also by another address or
   by an account that they have now; all other votes are gone.
6. A log of commands that were taken, replayed in order, gives the same value.

What this module does not do: it sends nothing, reads no clock and keeps no poll.

Product rules: L2, L4, L6, L7, L8, L9, L10, L11, L12, L13, L14, L15, L16, L17, L18, L19, L20, L22, L23, L24, L25, L26.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from schedcore.errors import InvalidValue, Refused, shorten
from schedcore.meetings import Change, Channel, Guest, Meeting, Notice
from schedcore.meetings import Create as CreateMeeting
from schedcore.meetings import apply as apply_to_meeting
from schedcore.polls import commands as c
from schedcore.polls.poll import Ballot, Option, Poll, State, Vote, Voter
from schedcore.polls.table import IMPOSSIBLE, Kind, Row, To, Who, row_of
from schedcore.recurrence import Series
from schedcore.zones import zone_of

__all__ = ["apply", "meeting_of", "replay"]

_UNTIL_DEADLINE: Final = (c.Cast, c.Withdraw, c.Remind)


def apply(poll: Poll | None, command: c.Command, now: datetime) -> tuple[Poll, list[Notice]]:
    """Do a command at a moment: the poll afterwards (None before it is made), and the notices to send.

    `now` is an aware datetime. Raises Refused, and then nothing has changed; InvalidValue for a `now` without a zone or
    what is no command. Linear in options, voters and votes.

    >>> from datetime import timedelta
    >>> from schedcore.polls import Cast, Create
    >>> noon, hour = datetime(2026, 10, 26, 12, tzinfo=UTC), timedelta(hours=1)
    >>> options = [Option(noon, noon + hour), Option(noon + hour, noon + 2 * hour)]
    >>> asked = [Voter(Guest("ben@example.com"))]
    >>> made = Create(by="anna", id="1", creator=Guest("anna", True), options=options, voters=asked)
    >>> poll, notices = apply(None, made, noon)
    >>> [(notice.to, notice.kind.value, notice.link) for notice in notices]
    [('ben@example.com', 'poll invited', 'vote')]
    >>> poll, _ = apply(poll, Cast(by="BEN@example.com", votes=[(1, Vote.YES), (2, Vote.NO)]), noon)
    >>> poll.votes
    {('ben@example.com', 1): <Vote.YES: 2>, ('ben@example.com', 2): <Vote.NO: 0>}
    """
    if type(command) not in EFFECTS:
        names = ", ".join(sorted(one.__name__ for one in EFFECTS))
        raise InvalidValue(f"{shorten(command)} is no command: pass one of {names}")
    if not isinstance(now, datetime) or now.tzinfo is None:
        raise InvalidValue(f"now={shorten(now)} has no zone: pass an aware datetime, such as datetime.now(UTC)")
    second = int(now.timestamp())
    state = State.NONE if poll is None else poll.state
    row = row_of(type(command), state)
    if row is None:
        raise refused(command, *IMPOSSIBLE[state])
    _check_who(poll, command, row)
    deadline = None if poll is None or not isinstance(command, _UNTIL_DEADLINE) else poll.deadline
    if deadline is not None and second >= deadline:
        passed = datetime.fromtimestamp(deadline, UTC).isoformat()
        raise refused(command, "deadline", f"the deadline was {passed}: only its creator can set a later one")
    after = replace(EFFECTS[type(command)](poll, command, second), state=row.after)
    return after, list(_notices(row, command, poll, after))


def replay(log: Iterable[tuple[c.Command, datetime]], poll: Poll | None = None) -> Poll | None:
    """The poll after commands that were taken, in order; Refused if one of them cannot have been.

    >>> from datetime import UTC, date
    >>> from schedcore.meetings import Guest
    >>> from schedcore.polls import Close, Create, Option, Voter
    >>> noon = datetime(2026, 10, 1, 12, tzinfo=UTC)
    >>> anna, options = Guest("anna", True), [Option(date(2026, 10, 26)), Option(date(2026, 10, 27))]
    >>> made = Create(by="anna", id="lunch", creator=anna, options=options, voters=[Voter(Guest("ben", True))])
    >>> replay([(made, noon), (Close(by="anna"), noon)]).state.name
    'CLOSED'
    """
    for command, now in log:
        poll, _ = apply(poll, command, now)
    return poll


def refused(command: c.Command, reason: str, message: str) -> Refused:
    """The error of a command that is not taken."""
    name = type(command).__name__
    return Refused(f"{name} by {shorten(command.by)}: {message}", command=name, reason=reason)


def _check_who(poll: Poll | None, command: c.Command, row: Row) -> None:
    """Refuse whoever is not who the row asks for, and who acts for somebody else."""
    if command.acting_for and command.acting_for != command.by:
        raise refused(
            command, "not_yours", f"nobody acts for {shorten(command.acting_for)} in a poll: they do it themselves"
        )
    creator: Guest = command.creator if isinstance(command, c.Create) else poll.creator  # type: ignore[union-attr]
    if row.who is Who.CREATOR and not creator.is_named(command.by):
        raise refused(command, "not_creator", f"only {shorten(creator.id)}, whose poll it is, can do this")
    if row.who is Who.VOTER and (poll is None or poll.voter(command.by) is None):
        raise refused(command, "not_asked", f"they are not asked: {shorten(creator.id)} can add them to the voters")


# --- what is done -----------------------------------------------------------------------------------------------------


def _create(_: Poll | None, command: c.Create, now: int) -> Poll:
    if command.environment:
        raise refused(command, "group", f"there are no polls of group {shorten(command.environment)}: use your own")
    if not command.id:
        raise refused(command, "no_id", "give the poll an id that is not empty")
    zone_of(command.tz)
    empty = Poll(command.id, State.NONE, command.creator, command.subject, command.description, command.location)
    poll = replace(
        empty,
        tz=command.tz,
        deadline=_deadline(command, command.deadline, now),
        hidden=command.hidden,
        one_yes=command.one_yes,
        voters=_voters(empty, command, command.voters),
    )
    return _with_options(poll, command, command.options)


def _edit(poll: Poll, command: c.Edit, now: int) -> Poll:
    texts = {name: getattr(command, name) for name in ("subject", "description", "location", "hidden", "one_yes")}
    after = replace(poll, **{name: value for name, value in texts.items() if value is not None})
    if command.no_deadline and command.deadline is not None:
        raise refused(command, "deadline", "give a deadline or no_deadline, not both")
    if command.no_deadline or command.deadline is not None:
        after = replace(after, deadline=_deadline(command, command.deadline, now))
    if command.voters is not None:
        after = _with_voters(after, command, command.voters)
    if command.options is not None:
        after = _with_options(after, command, command.options)
    _check_votes(after, command)
    return after


def _deadline(command: c.Command, deadline: datetime | None, now: int) -> int | None:
    if deadline is None:
        return None
    second = int(deadline.timestamp())
    if second <= now:
        raise refused(command, "past", f"deadline={deadline.isoformat()} is over: give a later one")
    return second


def _voters(poll: Poll, command: c.Command, given: Iterable[Voter]) -> tuple[Voter, ...]:
    """The voters, each person once: an account rather than an address."""
    found: list[Voter] = []
    for voter in given:
        if voter.guest.is_same(poll.creator) or poll.creator.is_named(voter.id):
            raise refused(command, "creator", f"{shorten(voter.id)} is its creator, who decides: leave them out")
        at = next((at for at, one in enumerate(found) if _same(one, voter)), None)
        if at is None:
            found.append(voter)
        elif voter.guest.account and not found[at].guest.account:
            found = [*found[:at], voter, *(one for one in found[at + 1 :] if not _same(one, voter))]
    if not found:
        raise refused(command, "no_voters", "nobody is asked: name at least one voter")
    return tuple(found)


def _same(one: Voter, other: Voter) -> bool:
    """Whether two names are one person's."""
    return one.id == other.id or one.guest.is_same(other.guest)


def _with_voters(poll: Poll, command: c.Command, given: Iterable[Voter]) -> Poll:
    """Other voters; those who are asked already keep their votes, under the name that they have now."""
    voters = _voters(poll, command, given)
    now_named: dict[str, str] = {}
    for old in poll.voters:
        same = next((one.id for one in voters if _same(one, old)), None)
        if same is not None and same not in now_named.values():
            now_named[old.id] = same
    ballots = tuple(
        replace(one, voter=now_named[one.voter]) for one in poll.ballots if one.voter in now_named
    )  # fmt: skip
    return replace(poll, voters=voters, ballots=ballots)


def _with_options(poll: Poll, command: c.Command, given: Iterable[Option]) -> Poll:
    """Other options; those of a time that was there keep their number, and so their votes."""
    found: list[Option] = []
    made = poll.options_made
    for option in given:
        if any(one.is_same_time(option) for one in found):
            raise refused(command, "twice", f"{option.start.isoformat()} is proposed twice: leave one out")
        old = next((one for one in poll.options if one.is_same_time(option)), None)
        made += old is None
        found.append(replace(option, number=made if old is None else old.number))
    if not found:
        raise refused(command, "no_options", "no date is proposed: propose at least one")
    kept = {one.number for one in found}
    ballots = tuple(one for one in poll.ballots if one.option in kept)
    return replace(poll, options=found, ballots=ballots, options_made=made)


def _cast(poll: Poll, command: c.Cast, now: int) -> Poll:
    voter = poll.voter(command.by)
    assert voter is not None  # checked with the row
    said: dict[int, Vote] = {}
    for number, vote in command.votes:
        if poll.option(number) is None:
            raise refused(
                command, "no_option", f"option {shorten(number)} is not, or no longer, proposed: choose others"
            )
        if number in said:
            raise refused(command, "twice", f"option {number} is voted on twice in one ballot: say one thing")
        if vote not in tuple(Vote) or isinstance(vote, bool):
            raise refused(command, "no_vote", f"{shorten(vote)} is no vote: say yes, if need be or no")
        said[number] = Vote(vote)
    if not said:
        raise refused(command, "no_vote", "it says nothing: vote on at least one option, or withdraw")
    rest = tuple(one for one in poll.ballots if one.voter != voter.id or one.option not in said)
    new = tuple(Ballot(voter.id, number, vote, now) for number, vote in said.items())
    after = replace(poll, ballots=rest + new)
    _check_votes(after, command)
    return after


def _check_votes(poll: Poll, command: c.Command) -> None:
    """Refuse more yes than there are places, and than each may say."""
    yes = [(one.voter, one.option) for one in poll.ballots if one.vote is Vote.YES]
    for option in poll.options:
        taken = sum(number == option.number for _, number in yes)
        if option.places is not None and taken > option.places:
            raise refused(
                command,
                "full",
                f"option {option.number} has {option.places} places, all taken: choose another, or say if need be",
            )
    if poll.one_yes:
        for voter in poll.voters:
            many = sum(name == voter.id for name, _ in yes)
            if many > 1:
                raise refused(command, "one_yes", f"each says yes once, {shorten(voter.id)} would {many} times: say no")


def _withdraw(poll: Poll, command: c.Withdraw, now: int) -> Poll:
    voter = poll.voter(command.by)
    assert voter is not None  # checked with the row
    if command.option is not None and poll.option(command.option) is None:
        raise refused(command, "no_option", f"option {shorten(command.option)} is not, or no longer, proposed")
    gone = [one for one in poll.ballots if one.voter == voter.id and command.option in (None, one.option)]
    if not gone:
        raise refused(command, "no_vote", "there is no vote of theirs to take back")
    return replace(poll, ballots=tuple(one for one in poll.ballots if one not in gone))


def _remind(poll: Poll, command: c.Remind, now: int) -> Poll:
    for name in command.leave_out:
        if poll.voter(name) is None:
            raise refused(command, "not_asked", f"{shorten(name)} is not asked, and need not be left out")
    return poll


def _choose(poll: Poll, command: c.Choose, now: int) -> Poll:
    if poll.option(command.option) is None:
        raise refused(command, "no_option", f"option {shorten(command.option)} is not proposed: choose one that is")
    return replace(poll, chosen=command.option, chosen_at=now)


def _close(poll: Poll, command: c.Close, now: int) -> Poll:
    return replace(poll, reason=command.reason)


def _delete(poll: Poll, command: c.Delete, now: int) -> Poll:
    return Poll(poll.id)


EFFECTS: Final[Mapping[type[c.Command], Callable[[Any, Any, int], Poll]]] = {
    c.Create: _create,
    c.Edit: _edit,
    c.Cast: _cast,
    c.Withdraw: _withdraw,
    c.Remind: _remind,
    c.Choose: _choose,
    c.Close: _close,
    c.Delete: _delete,
}


def meeting_of(poll: Poll) -> Meeting:
    """The meeting that the final date makes, in the calendars of the creator and of all voters with an account.

    Voters without one are its guests too, who answer by the link in the mail that told them of the date. Nobody has
    answered: who voted for a date has not yet accepted it. InvalidValue for a poll without a final date.
    """
    option = poll.option(poll.chosen)
    if option is None:
        raise InvalidValue(f"poll {shorten(poll.id)} has no final date: it is {poll.state}")
    assert option.end is not None
    create = CreateMeeting(
        by=poll.creator.id,
        id=poll.id,
        creator=poll.creator,
        series=Series(option.start, duration=_length(option)),
        subject=poll.subject,
        description=poll.description,
        location=poll.location,
        guests=[one.guest for one in poll.voters],
    )
    # The notice of the choice is their invitation; those of the meeting would be another mail of the same words.
    return apply_to_meeting(None, create, datetime.fromtimestamp(poll.chosen_at, UTC))[0]


def _length(option: Option) -> Any:
    """How long it lasts: days as they are counted, times as they elapse."""
    if option.is_all_day:
        return option.end - option.start  # type: ignore[operator]
    return timedelta(seconds=option.instant("UTC", end=True) - option.instant("UTC"))


# --- what is told -----------------------------------------------------------------------------------------------------


def _notices(row: Row, command: c.Command, before: Poll | None, after: Poll) -> Iterator[Notice]:
    """One mail for each who is told."""
    changes = tuple(_changes(before, after)) if before is not None and row.command is c.Edit else ()
    for kind, to in row.notices:
        for voter in _audience(to, command, before, after, changes):
            link = "vote"
            data: tuple[tuple[str, object], ...] = ()
            if kind is Kind.CHOSEN:
                option = after.option(after.chosen)
                assert option is not None
                link = "" if voter.guest.account else "answer"
                data = (("start", option.start), ("end", option.end))
            told = changes if kind is Kind.CHANGED else ()
            yield Notice(kind, voter.id, Channel.MAIL, after.id, by=command.by, changes=told, link=link, data=data)


def _audience(
    to: To, command: c.Command, before: Poll | None, after: Poll, changes: tuple[Change, ...]
) -> Iterator[Voter]:
    for voter in after.voters:
        old = before is not None and any(_same(one, voter) for one in before.voters)
        told = {
            To.ALL: True,
            To.NEW: not old,
            To.KEPT: old and bool(changes),
            To.UNANSWERED: isinstance(command, c.Remind)
            and voter in after.unanswered
            and not any(voter.guest.is_named(name) for name in command.leave_out),
        }[to]
        if told:
            yield voter


def _changes(before: Poll, after: Poll) -> Iterator[Change]:
    """What of dates, times and participants is different; nothing else is told of."""
    times = [tuple((one.start, one.end) for one in poll.options) for poll in (before, after)]
    if {one.number for one in before.options} != {one.number for one in after.options}:
        yield Change("options", *times)
    gone = [one for one in before.voters if not any(_same(one, other) for other in after.voters)]
    come = [one for one in after.voters if not any(_same(one, other) for other in before.voters)]
    if gone or come:
        yield Change("voters", *(tuple(one.id for one in poll.voters) for poll in (before, after)))
