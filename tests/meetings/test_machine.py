"""Any sequence of commands by anybody at any time: what is refused changes nothing, and what is told is what is due."""

from __future__ import annotations

import json
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from meetings.cast import ANNA, BEN, CARLA, DORA, DORAS, HOUR, NOW, ONCE, WEEKLY, WEEKS, XAVIER, YVONNE
from schedcore.errors import Refused
from schedcore.freebusy import Status
from schedcore.meetings import (
    Accept,
    Cancel,
    Counter,
    Create,
    Edit,
    Guest,
    Invite,
    Refresh,
    Refuse,
    Remind,
    Remove,
    Reply,
    Request,
    State,
    Tentative,
    Withdraw,
    apply,
    icon,
    pending,
    replay,
)
from schedcore.meetings.codec import from_json, to_json
from schedcore.meetings.meeting import UNANSWERED
from schedcore.meetings.table import REFUSALS
from schedcore.policy import Answer

GUESTS = [BEN, CARLA, DORA, XAVIER, YVONNE, Guest("BEN@example.com"), Guest("x2@example.net", addresses=[XAVIER.id])]
NAMES = ["anna", "ben", "carla", "dora", "eve", XAVIER.id, YVONNE.id, "Ben@Example.com", "anna@example.com"]
#: Of the newer of two commands the clock may say an earlier time.
MINUTES = st.integers(-5, 60 * 24 * 40)
NAMED = st.one_of(st.none(), st.sampled_from([*WEEKS, WEEKS[0] + HOUR, WEEKS[0].date()]))
FLAG = st.booleans()
BY = st.sampled_from(NAMES)
TEXT = st.sampled_from(["", "one", "two"])
SERIES = st.sampled_from([ONCE, WEEKLY, WEEKLY.without(WEEKS[1]), WEEKLY.replace(dtstart=WEEKS[0] + HOUR)])


def acting(by):
    """A command's `by`, mostly in one's own name."""
    return st.fixed_dictionaries({"by": by, "acting_for": st.sampled_from(["", "", "", "anna", "ben"])})


REVISION = {"sequence": st.integers(0, 5), "stamp": st.integers(0, 3).map(lambda days: int(NOW.timestamp()) + days)}
SOME = st.lists(st.sampled_from(GUESTS), max_size=3)


def made(kind, base, **parts):
    """Commands of a kind."""
    return st.tuples(base, st.fixed_dictionaries(parts)).map(lambda both: kind(**both[0], **both[1]))


ONE = st.fixed_dictionaries({"by": BY})
MAKER = st.fixed_dictionaries({"by": st.just("anna")})


def changes(base):
    """What a creator may do, by somebody who may be none."""
    return st.one_of(
        made(Invite, base, guests=SOME, notify=FLAG),
        made(Edit, base, subject=st.none() | TEXT, series=st.none() | SERIES, notify=FLAG),
        made(Edit, base, status=st.sampled_from(Status), location=st.none() | TEXT),
        made(
            Edit,
            base,
            recurrence_id=st.sampled_from(WEEKS),
            location=st.none() | TEXT,
            start=st.sampled_from([None, WEEKS[2] + HOUR, WEEKS[0].date()]),
            end=st.sampled_from([None, WEEKS[0]]),
            notify=FLAG,
        ),
        made(Remove, base, participant=BY),
        made(Cancel, base, recurrence_id=st.sampled_from([None, *WEEKS]), notify=FLAG),
        made(Remind, base, leave_out=st.lists(BY, max_size=2)),
    )


PARTSTATS = st.sampled_from(["ACCEPTED", "DECLINED", "TENTATIVE", "DELEGATED", "NEEDS-ACTION", ""])
REQUESTED = {"id": st.just("m1"), "guests": st.just([BEN]), "answers": st.just([UNANSWERED])}
OTHERS = st.one_of(
    made(Create, ONE, id=st.just("m1"), creator=st.just(ANNA), series=SERIES, guests=SOME, notify=FLAG),
    made(Accept, acting(BY), recurrence_id=NAMED),
    made(Tentative, acting(BY), recurrence_id=NAMED),
    made(Refuse, acting(BY), keep=FLAG, reason=TEXT, recurrence_id=NAMED),
    made(Reply, ONE, partstat=PARTSTATS, recurrence_id=NAMED, comment=TEXT, **REVISION),
    made(Counter, ONE, recurrence_id=NAMED, comment=TEXT, **REVISION),
    made(Refresh, ONE, recurrence_id=NAMED, **REVISION),
    made(Request, ONE, creator=st.just(ANNA), series=SERIES, **REQUESTED, **REVISION),
    made(Withdraw, ONE, recurrence_id=NAMED, **REVISION),
)

DETAILS = ("subject", "description", "location", "series")


def due(before, command, after):
    """Who is to be told of a command that was taken, straight from the rules: (to, kind), in any order."""
    if isinstance(command, Create | Invite):
        known = {one.id for one in before.participants} if before else set()
        known |= {address for one in (before.participants if before else ()) for address in one.guest.addresses}
        new = [one.guest for one in after.participants if known.isdisjoint((one.id, *one.guest.addresses))]
        return [(one, "invited") for one in new]
    everybody = [one.guest for one in after.participants]
    if isinstance(command, Edit) and command.recurrence_id is None:
        same = all(getattr(before, name) == getattr(after, name) for name in DETAILS)
        return [] if same else [(one, "changed") for one in everybody]
    if isinstance(command, Edit):
        return [] if before == after else [(one, "changed") for one in everybody]
    if isinstance(command, Cancel):
        return [(one, "cancelled") for one in everybody]
    if isinstance(command, Counter):
        return [(ANNA, "countered")]
    if isinstance(command, Refresh):
        return [(after.participant(command.by).guest, "refreshed")]
    if isinstance(command, Accept | Tentative | Refuse | Reply):
        return [(ANNA, "answered")] if news(before, command, after) else []
    return []


def news(before, command, after):
    """Whether an answer is news to the creator: a refusal, its reason, or the acceptance after one (M5 to M8)."""
    old = before.participant(command.principal)
    new = after.participant(command.principal)
    named = [None, *before.series] if command.recurrence_id is None else [command.recurrence_id]
    steps = []
    for one in named:
        was, now = before.given(old, one), after.given(new, one)
        steps.append((was.answer, was.reason, now.answer, now.reason))
    return any(
        (was, why) != (now, because) and (now in REFUSALS or (was in REFUSALS and now is Answer.ACCEPTED))
        for was, why, now, because in steps
    )


class Meetings(RuleBasedStateMachine):
    """One meeting, and everybody doing anything with it."""

    @initialize(
        series=st.sampled_from([ONCE, WEEKLY]),
        guests=st.lists(st.sampled_from(GUESTS), min_size=1, max_size=5),
        notify=FLAG,
    )
    def begin(self, series, guests, notify):
        self.meeting, self.log = None, []
        self.do(Create(by="anna", id="m1", creator=ANNA, series=series, guests=guests, notify=notify), 0)

    @rule(command=changes(MAKER), minutes=MINUTES)
    def by_the_creator(self, command, minutes):
        self.do(command, minutes)

    @rule(command=changes(acting(BY)), minutes=MINUTES)
    def a_change(self, command, minutes):
        self.do(command, minutes)

    @rule(command=OTHERS, minutes=MINUTES)
    def anything_else(self, command, minutes):
        self.do(command, minutes)

    @precondition(lambda self: self.meeting.state is State.MEETING)
    @rule(data=st.data(), minutes=MINUTES)
    def an_answer(self, data, minutes):
        """Drawn apart, so that answers are common."""
        by = data.draw(st.sampled_from([one.id for one in self.meeting.participants]))
        kind = data.draw(st.sampled_from([Accept, Tentative, Refuse, Reply]))
        more = {"partstat": "DECLINED", "sequence": self.meeting.sequence, "stamp": int(NOW.timestamp()) + minutes * 60}
        named = data.draw(st.sampled_from([None, *self.meeting.series]))
        self.do(kind(by=by, recurrence_id=named, **(more if kind is Reply else {})), minutes)

    def do(self, command, minutes):
        now = NOW + timedelta(minutes=minutes)
        before = self.meeting
        try:
            after, notices = apply(before, command, now, deputies=DORAS)
        except Refused as error:
            assert type(command).__name__ == error.command
            assert error.reason and " " not in error.reason and len(str(error)) > 20
            assert before is self.meeting  # and frozen: the log, replayed at the end, tells if it was changed
            assert error.reason != "must_notify" or not command.notify
            return
        self.check(before, command, after, notices)
        self.meeting, self.log = after, [*self.log, (command, now)]

    def check(self, before, command, after, notices):
        """Who acted might; the notices are those that are due; nobody answered but who did."""
        if not isinstance(command, Accept | Tentative | Refuse | Reply | Counter | Refresh):
            assert command.principal in ("anna", "anna@example.com")
        assert command.by == command.principal or (command.by, command.acting_for) == ("dora", "anna")
        if isinstance(command, Remind):
            assert {notice.to for notice in notices} <= {one.id for one in after.participants}
            assert all(pending([after], notice.to, NOW - timedelta(days=9)) for notice in notices)
        else:
            quiet = not getattr(command, "notify", True)
            wanted = [
                (one.id, kind)
                for one, kind in due(before, command, after)
                if (not one.is_named(command.by) or kind == "refreshed") and not (quiet and one.account)
            ]
            found = [(notice.to, notice.kind.removeprefix("meeting ")) for notice in notices]
            assert sorted(wanted) == sorted(found)
        if isinstance(command, Edit) and any(kind == "changed" for _, kind in due(before, command, after)):
            at = command.recurrence_id
            assert {Answer.INVITED} == {after.given(one, at).answer for one in after.participants}
            assert at is not None or not any(one.instances for one in after.participants)
        for one in after.participants:
            mine = isinstance(command, Accept | Tentative | Refuse | Reply) and one.guest.is_named(command.principal)
            old = (
                next((other for other in before.participants if other.guest.is_same(one.guest)), None)
                if before
                else None
            )
            given = [one.given, *(each for _, each in one.instances)]
            had = [] if old is None else [old.given, *(each for _, each in old.instances)]
            assert mine or all(each in had or each.answer is Answer.INVITED for each in given)

    @invariant()
    def what_holds_of_every_meeting(self):
        if self.meeting is None:
            return
        one = self.meeting
        assert bool(one.participants) == (one.state is State.MEETING) or one.state is State.CANCELLED
        counts = icon(one)
        if counts is not None:
            assert len(one.participants) == counts.accepted + counts.refused + counts.unanswered

    def teardown(self):
        """The log gives the same value again, also after it was kept as text."""
        kept = [(from_json(json.loads(json.dumps(to_json(command)))), now) for command, now in self.log]
        assert kept == self.log
        assert self.meeting == replay(self.log) == replay(kept)
        assert self.meeting == from_json(json.loads(json.dumps(to_json(self.meeting))))


#: A sequence of commands costs many times what an example of the other properties does.
TestMeetings = Meetings.TestCase
TestMeetings.settings = settings(max_examples=settings.default.max_examples // 2, stateful_step_count=30)
