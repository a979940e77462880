"""`Poll`: which of some dates suits those who were asked, as one frozen value.

Rules of this module:

1. An option is a stretch of whole days or of time in any zone, half-open. Its number is given once and never again, so
   that a vote for an option that was removed cannot count for another.
2. A voter is named by the id of an account or by an address; one address in common makes two names one person.
3. A ballot is what one voter said of one option: yes, if need be, or no. There is one or none; what was not said is not
   a no. Only a voter of the poll, for an option of the poll, can have one.
4. A poll is open until a date was chosen or it was closed; it never opens again. Of a deleted one nothing is left but
   that its id was used.

Product rules: L2, L5, L6, L8, L25.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import IntEnum, StrEnum
from functools import cached_property
from typing import Any

from schedcore.errors import InvalidValue, shorten
from schedcore.meetings import Guest
from schedcore.zones import zone_of

__all__ = ["Ballot", "Option", "Poll", "State", "Vote", "Voter"]

NOBODY = Guest("nobody", account=True)
_DAY = timedelta(days=1)


class State(StrEnum):
    """What a poll is: not there yet, open, closed with a date or without one, or deleted."""

    NONE = "none"
    OPEN = "open"
    CHOSEN = "chosen"
    CLOSED = "closed"
    DELETED = "deleted"


class Vote(IntEnum):
    """What a voter says of an option; the numbers are those of `tally_many`."""

    NO = 0
    IF_NEED_BE = 1
    YES = 2


@dataclass(frozen=True, slots=True)
class Option:
    """A proposed stretch [start, end): two dates, or two aware times. A date without an end is that day.

    `places` is how many can say yes (None: any number), `number` names the option in its poll, which gives it.
    InvalidValue for an end that is not after the start, times without a zone, and a date with a time.

    >>> Option(date(2026, 10, 26)).end
    datetime.date(2026, 10, 27)
    """

    start: date
    end: date | None = None
    places: int | None = None
    number: int = 0

    def __post_init__(self) -> None:
        """Check that it is a stretch."""
        for value in (self.start, self.end):
            if isinstance(value, datetime) and value.tzinfo is None:
                raise InvalidValue(f"option {value.isoformat()} has no zone: pass an aware datetime, or a date")
            if isinstance(value, datetime) and value.microsecond:
                raise InvalidValue(f"option {value.isoformat()} is not of whole seconds: round it")
            if not isinstance(value, date) and (value is not None or value is self.start):
                raise InvalidValue(f"option {shorten(value)}: pass a date or an aware datetime")
        if self.end is None:
            if isinstance(self.start, datetime) or self.start == date.max:
                raise InvalidValue(f"option {self.start.isoformat()} has no end: pass end=")
            object.__setattr__(self, "end", self.start + _DAY)
        if isinstance(self.start, datetime) is not isinstance(self.end, datetime):
            raise InvalidValue(f"option {self.start} to {self.end}: pass two dates or two times")
        if self.instant("UTC", end=True) <= self.instant("UTC"):
            raise InvalidValue(f"option {self.start} ends at {self.end}, which is not after its start")
        if self.places is not None and (type(self.places) is not int or self.places < 1):
            raise InvalidValue(f"places={shorten(self.places)}: give 1 or more, or None for any number")

    @property
    def is_all_day(self) -> bool:
        """Whether it is of dates."""
        return not isinstance(self.start, datetime)

    def instant(self, tz: str | tzinfo, *, end: bool = False) -> int:
        """The start, or with `end` the end, in UTC seconds; a date is midnight in a zone."""
        value = self.end if end else self.start
        assert value is not None
        if not isinstance(value, datetime):
            value = datetime.combine(value, time(), zone_of(tz).tzinfo)
        return _seconds(value)

    def is_same_time(self, other: Option) -> bool:
        """Whether both are one stretch, whatever zones they are told in."""
        return self.is_all_day is other.is_all_day and all(
            self.instant("UTC", end=end) == other.instant("UTC", end=end) for end in (False, True)
        )

    def told_in(self, tz: str | tzinfo) -> tuple[date, date]:
        """Start and end as they are in a voter's zone; days are the same days everywhere.

        >>> noon = datetime(2026, 10, 26, 12, tzinfo=UTC)
        >>> Option(noon, noon + timedelta(hours=1)).told_in("Asia/Tokyo")[0].isoformat()
        '2026-10-26T21:00:00+09:00'
        """
        assert self.end is not None
        if not isinstance(self.start, datetime) or not isinstance(self.end, datetime):
            return self.start, self.end
        zone = zone_of(tz).tzinfo
        try:
            return self.start.astimezone(zone), self.end.astimezone(zone)
        except OverflowError:
            raise InvalidValue(f"option {self.start} lies outside of the years 1 to 9999 in {zone}") from None


def _seconds(value: datetime) -> int:
    """UTC seconds of an aware time, which may lie out of what datetime can tell in UTC."""
    offset = value.utcoffset()
    assert offset is not None
    return int((value.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC) - offset) // timedelta(seconds=1))


@dataclass(frozen=True, slots=True)
class Voter:
    """Somebody who is asked; `weight` is how often their votes count, and what suits must suit who is `required`.

    >>> Voter(Guest("ben@example.com"), weight=2).id
    'ben@example.com'
    """

    guest: Guest
    weight: int = 1
    required: bool = False

    def __post_init__(self) -> None:
        """Check the weight."""
        if type(self.weight) is not int or not 0 <= self.weight < 2**31:
            raise InvalidValue(f"weight={shorten(self.weight)}: give a whole number from 0 to {2**31 - 1}")

    @property
    def id(self) -> str:
        """The id of their account, else their address."""
        return self.guest.id


@dataclass(frozen=True, slots=True)
class Ballot:
    """What a voter, by id, said of an option, by number; `at` is when, in UTC seconds."""

    voter: str
    option: int
    vote: Vote
    at: int


@dataclass(frozen=True)
class Poll:
    """A poll as it is after some commands: made and changed by `apply` alone.

    `tz` is where its days are meant; `deadline` is in UTC seconds, the first second too late; `hidden` says that voters
    see the votes of others only when it is closed, `one_yes` that each says yes to one option at most. `chosen` is the
    number of the final date, `reason` the words with which it was closed, `options_made` how many numbers were given.
    """

    id: str
    state: State = State.NONE
    creator: Guest = NOBODY
    subject: str = ""
    description: str = ""
    location: str = ""
    tz: str = "UTC"
    options: Iterable[Option] = ()
    voters: Iterable[Voter] = ()
    ballots: Iterable[Ballot] = ()
    deadline: int | None = None
    hidden: bool = False
    one_yes: bool = False
    chosen: int | None = None
    chosen_at: int = 0
    reason: str = ""
    options_made: int = 0

    def __post_init__(self) -> None:
        """Make every part a value."""
        for name in ("options", "voters", "ballots"):
            object.__setattr__(self, name, tuple(getattr(self, name)))

    def option(self, number: int | None) -> Option | None:
        """The option of a number; None if it has none, or no longer."""
        return next((one for one in self.options if one.number == number), None)

    def voter(self, name: str) -> Voter | None:
        """The voter whom an id or an address names; None for somebody who is not asked."""
        return next((one for one in self.voters if one.guest.is_named(name)), None)

    @cached_property
    def votes(self) -> dict[tuple[str, int], Vote]:
        """What each voter said, by voter and option."""
        return {(one.voter, one.option): one.vote for one in self.ballots}

    @property
    def unanswered(self) -> tuple[Voter, ...]:
        """Those who have said nothing of any option that is there."""
        answered = {one.voter for one in self.ballots}
        return tuple(one for one in self.voters if one.id not in answered)

    def _check(self) -> None:
        """Check what holds after whatever commands; for tests."""
        numbers = [one.number for one in self.options]
        ids = [one.id for one in self.voters]
        assert len({*numbers}) == len(numbers) and all(0 < one <= self.options_made for one in numbers)
        assert len({*ids}) == len(ids)
        assert len(self.votes) == len(tuple(self.ballots))
        assert all(one.voter in ids and one.option in numbers for one in self.ballots)
        assert (self.chosen is not None) is (self.state is State.CHOSEN)
        assert self.chosen is None or self.chosen in numbers
        for option in self.options:
            said: list[Any] = [one for one in self.ballots if one.option == option.number and one.vote is Vote.YES]
            assert option.places is None or len(said) <= option.places
        if self.one_yes:
            for voter in ids:
                assert sum(one.voter == voter and one.vote is Vote.YES for one in self.ballots) <= 1
