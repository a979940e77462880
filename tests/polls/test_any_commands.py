"""A poll under any commands by anybody at any time, beside a model that keeps votes in a dictionary."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from schedcore.errors import NotAllowed, Refused
from schedcore.meetings import Guest
from schedcore.polls import (
    Cast,
    Choose,
    Close,
    Create,
    Delete,
    Edit,
    Option,
    Remind,
    State,
    Vote,
    Voter,
    Withdraw,
    apply,
    as_seen_by,
    from_json,
    meeting_of,
    replay,
    tally,
    tally_many,
    to_json,
)

NOON = datetime(2026, 10, 26, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ANNA = Guest("anna", True, addresses=["anna@example.com"])
BEN = Guest("ben", True, addresses=["ben@example.com"])
BEN_BY_MAIL = Guest("ben@example.com")
PEOPLE = [BEN, BEN_BY_MAIL, Guest("carla@example.com"), Guest("dora", True)]
WHO = st.sampled_from(
    ["anna", "Anna@Example.com", "ben", "BEN@example.com", "carla@example.com", "dora", "eve", "mallory@x.org"]
)
TIMES = [date(2026, 10, 26), date(2026, 10, 27), NOON, NOON + HOUR, NOON.astimezone()]
OPTIONS = st.lists(
    st.builds(
        lambda start, places: Option(start, start + HOUR if isinstance(start, datetime) else None, places),
        st.sampled_from(TIMES),
        st.sampled_from([None, None, 1, 2]),
    ),
    max_size=4,
)
VOTERS = st.lists(st.builds(Voter, st.sampled_from(PEOPLE), st.integers(0, 3), st.booleans()), max_size=4)
NUMBERS = st.integers(0, 6)
REASONS = {
    "no_poll", "exists", "closed", "deleted", "not_creator", "not_asked", "not_yours", "deadline", "past", "group",
    "no_voters", "no_options", "twice", "no_option", "no_vote", "full", "one_yes", "creator",
}  # fmt: skip


def person(name):
    """Who somebody is, by any of their names."""
    name = name.lower()
    return {"anna@example.com": "anna", "ben@example.com": "ben"}.get(name, name)


class AnyCommands(RuleBasedStateMachine):
    """Whoever does whatever, whenever."""

    def __init__(self):
        super().__init__()
        self.poll, self.now, self.log = None, NOON - timedelta(days=9), []
        self.votes, self.choices = {}, 0

    def do(self, command):
        """Give a command; hold what must hold of a refusal, and of what is told."""
        assert command == from_json(to_json(command))
        before = self.poll
        kept = None if before is None else to_json(before)
        try:
            after, notices = apply(before, command, self.now)
        except Refused as error:
            assert error.reason in REASONS and type(command).__name__ == error.command
            assert command.by in str(error) and ": " in str(error)
            assert kept == (None if before is None else to_json(before))
            return False
        self.log.append((command, self.now))
        self.poll = after
        after._check()
        told = [(person(one.to), one.kind.value) for one in notices]
        assert sorted(self.expected(command, before, after)) == sorted(told)
        assert all(one.about == after.id and one.by == command.by and one.channel == "mail" for one in notices)
        return True

    def expected(self, command, before, after):
        """Who is to be told what, by the rules."""
        old = set() if before is None else {person(one.id) for one in before.voters}
        new = {person(one.id) for one in after.voters}
        if isinstance(command, Create):
            return [(one, "poll invited") for one in new]
        if isinstance(command, Choose):
            return [(one, "poll chosen") for one in new]
        if isinstance(command, Remind):
            answered = {who for who, _ in self.votes}
            return [(one, "poll reminded") for one in new - answered - {person(name) for name in command.leave_out}]
        if isinstance(command, Edit):
            times = [{(one.instant("UTC"), one.is_all_day) for one in poll.options} for poll in (before, after)]
            changed = times[0] != times[1] or old != new
            return [(one, "poll invited") for one in new - old] + [
                (one, "poll changed") for one in new & old if changed
            ]
        return []

    @initialize(by=WHO, options=OPTIONS, voters=VOTERS, hidden=st.booleans(), one_yes=st.booleans())
    def begins(self, by, options, voters, hidden, one_yes):
        """Most runs begin with a poll that there is."""
        self.do(Create(by=by, id="1", creator=ANNA, options=options, voters=voters, hidden=hidden, one_yes=one_yes))
        if self.poll is None:
            voters = [Voter(BEN), Voter(PEOPLE[2])]
            options = [Option(TIMES[0]), Option(NOON, NOON + HOUR, 1)]
            assert self.do(Create(by="anna", id="1", creator=ANNA, options=options, voters=voters, hidden=hidden))

    @rule(by=WHO, options=OPTIONS, voters=VOTERS, environment=st.sampled_from(["", "sales"]))
    def creates(self, by, options, voters, environment):
        made = Create(by=by, id="1", creator=ANNA, options=options, voters=voters, environment=environment)
        assert not self.do(made)  # its id is used

    @rule(
        by=WHO | st.just("anna"),
        options=st.none() | OPTIONS,
        voters=st.none() | VOTERS,
        subject=st.none() | st.text(max_size=3),
        deadline=st.none() | st.integers(-2, 9).map(lambda days: NOON + timedelta(days=days)),
        one_yes=st.none() | st.booleans(),
        hidden=st.none() | st.booleans(),
    )
    def edits(self, **parts):
        before = self.poll
        if not self.do(Edit(**parts)):
            return
        times = {one.number: (one.instant("UTC"), one.is_all_day) for one in self.poll.options}
        were = {one.number: (one.instant("UTC"), one.is_all_day) for one in before.options}
        assert all(were[number] == times[number] for number in times.keys() & were.keys())
        asked = {person(one.id) for one in self.poll.voters}
        self.votes = {key: vote for key, vote in self.votes.items() if key[0] in asked and key[1] in times}

    @rule(
        by=WHO,
        votes=st.lists(st.tuples(NUMBERS, st.sampled_from([*Vote])), max_size=4),
        acting=st.sampled_from(["", "", "", "ben"]),
    )
    def casts(self, by, votes, acting):
        if self.do(Cast(by=by, votes=votes, acting_for=acting)):
            assert acting in ("", by)
            self.votes.update({(person(by), number): vote for number, vote in votes})

    @rule(by=WHO, option=st.none() | NUMBERS)
    def withdraws(self, by, option):
        if self.do(Withdraw(by=by, option=option)):
            gone = [key for key in self.votes if key[0] == person(by) and option in (None, key[1])]
            assert gone
            for key in gone:
                del self.votes[key]

    @rule(by=WHO | st.just("anna"), leave_out=st.lists(WHO, max_size=2))
    def reminds(self, by, leave_out):
        self.do(Remind(by=by, leave_out=leave_out))

    @rule(by=WHO, option=NUMBERS)
    def chooses(self, by, option):
        self.choices += self.do(Choose(by=by, option=option))
        assert self.choices <= 1

    @rule(by=WHO, really=st.integers(0, 3))
    def closes(self, by, really):
        if really == 0:
            self.do(Close(by=by, reason="none suits"))

    @rule(by=WHO, really=st.integers(0, 5))
    def deletes(self, by, really):
        if really == 0 and self.do(Delete(by=by)):
            self.votes = {}
            kept = {name: value for name, value in to_json(self.poll).items() if name not in ("type", "v")}
            assert {"1", "deleted"} <= {value for value in kept.values() if isinstance(value, str)}
            assert ([], [], []) == (kept["options"], kept["voters"], kept["ballots"])

    @rule(days=st.integers(0, 5))
    def waits(self, days):
        self.now += timedelta(days=days)

    @invariant()
    def votes_are_those_that_were_given(self):
        """None from nobody, none lost, none changed."""
        if self.poll is not None:
            assert self.votes == {(person(who), number): vote for (who, number), vote in self.poll.votes.items()}

    @invariant()
    def closed_stays_closed(self):
        """What state it is in follows from the log."""
        kinds = [type(command) for command, _ in self.log]
        ends = {Choose: State.CHOSEN, Close: State.CLOSED}
        expected = next((ends[kind] for kind in kinds if kind in ends), State.OPEN)
        if self.poll is not None:
            assert (State.DELETED if Delete in kinds else expected) is self.poll.state
            assert sum(kind in ends for kind in kinds) <= 1

    @precondition(lambda self: self.poll is not None and self.poll.ballots)
    @invariant()
    def tally_is_that_of_many(self):
        """Counts and, where nobody is required, ranks."""
        order = sorted(self.poll.options, key=lambda one: (one.instant("UTC"), one.number))
        rows = {one.number: row for row, one in enumerate(order)}
        ids = [one.id for one in self.poll.voters]
        weights = {one.id: one.weight for one in self.poll.voters}
        columns = zip(
            *((1, rows[one.option], ids.index(one.voter), one.vote, weights[one.voter]) for one in self.poll.ballots),
            strict=True,
        )
        many = tally_many(*columns)
        found = tally(self.poll)
        mine = {rows[one.option.number]: (one.no, one.if_need_be, one.yes) for one in found.standings}
        counts = zip(many.no.tolist(), many.if_need_be.tolist(), many.yes.tolist(), strict=True)
        theirs = dict(zip(many.option.tolist(), counts, strict=True))
        assert theirs == {row: mine[row] for row in theirs}
        assert all(mine[row] == (0, 0, 0) for row in mine.keys() - theirs.keys())
        if not any(one.required for one in self.poll.voters) and len(theirs) == len(mine):
            ranks = {rows[one.option.number]: one.rank for one in found.standings}
            assert dict(zip(many.option.tolist(), many.rank.tolist(), strict=True)) == ranks

    @invariant()
    def hidden_votes_stay_hidden(self):
        """Nobody who may not sees a poll, and of hidden votes a voter sees their own."""
        if self.poll is None:
            return
        for viewer in ("anna", "ben", "carla@example.com", "eve"):
            may = self.poll.state is not State.DELETED and (viewer == "anna" or self.poll.voter(viewer) is not None)
            if not may:
                with pytest.raises(NotAllowed):
                    as_seen_by(self.poll, viewer, "Asia/Tokyo")
                continue
            seen = as_seen_by(self.poll, viewer, "Asia/Tokyo")
            if viewer != "anna" and self.poll.hidden and self.poll.state is State.OPEN:
                assert {person(viewer)} >= {person(one.voter) for one in seen.ballots} and seen.tally is None
            else:
                assert len(self.poll.ballots) == len(seen.ballots) and seen.tally is not None

    def teardown(self):
        """The log gives the same value; the value comes back from JSON; a final date gives a meeting."""
        if self.poll is None:
            return
        assert self.poll == replay(self.log) == from_json(to_json(self.poll))
        if self.poll.state is State.CHOSEN:
            meeting = meeting_of(self.poll)
            assert {one.id for one in self.poll.voters} == {one.id for one in meeting.participants}
            assert all("invited" == one.given.answer.value for one in meeting.participants)


TestAnyCommands = AnyCommands.TestCase
TestAnyCommands.settings = settings(stateful_step_count=30)
