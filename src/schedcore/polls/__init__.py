"""Polls: which of some dates suits those who were asked; state as frozen values, votes by the million as columns.

`table` has the transitions, `applying` walks them, `standing` ranks the options of one poll, `tallying` those of
millions of votes, and `codec` is the form in which polls and commands are kept. This room keeps nothing, sends nothing
and looks at no clock: the caller passes `now`, and keeps what it gets back.
"""

from schedcore.polls.applying import apply, meeting_of, replay
from schedcore.polls.codec import from_json, to_json
from schedcore.polls.commands import Cast, Choose, Close, Command, Create, Delete, Edit, Remind, Withdraw
from schedcore.polls.poll import Ballot, Option, Poll, State, Vote, Voter
from schedcore.polls.seeing import SeenOption, SeenPoll, as_seen_by, can_be_asked, polls_in
from schedcore.polls.standing import Standing, Tally, tally
from schedcore.polls.table import Kind
from schedcore.polls.tallying import Tallies, tally_many

__all__ = [
    "Ballot",
    "Cast",
    "Choose",
    "Close",
    "Command",
    "Create",
    "Delete",
    "Edit",
    "Kind",
    "Option",
    "Poll",
    "Remind",
    "SeenOption",
    "SeenPoll",
    "Standing",
    "State",
    "Tallies",
    "Tally",
    "Vote",
    "Voter",
    "Withdraw",
    "apply",
    "as_seen_by",
    "can_be_asked",
    "from_json",
    "meeting_of",
    "polls_in",
    "replay",
    "tally",
    "tally_many",
    "to_json",
]
