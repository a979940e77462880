"""What somebody has yet to answer, and what others see of the answers: the pending list, and the icon with its counts.

Rules of this module:

1. A meeting that is over is not pending, whoever forgot to answer it; one that goes on is. All-day and floating times
   are over by the clock of `tz`.
2. Of a series each instance is a pending invitation of its own, up to `horizon` from now (a year unless said) and never
   beyond the cap of a series without end: not past its last instance if it was made here, no more than so many at a
   time if it came from elsewhere.
3. A tentative answer is not one yet.
4. The icon is crossed out if anybody refused, else a question mark if anybody has yet to answer, else normal.

Product rules: M3, M13, M14, M15, M16, M24, M34.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Final

from schedcore.errors import InvalidValue, shorten
from schedcore.meetings.meeting import Instance, Meeting, Participant, State, series_of
from schedcore.policy import Answer, Caps
from schedcore.recurrence import Occurrence, Override, Series
from schedcore.recurrence.window import instant, key_of
from schedcore.zones import zone_of

__all__ = ["HORIZON", "Icon", "Pending", "Sign", "icon", "moment_of", "pending", "unanswered"]

#: How far ahead instances are listed (M24).
HORIZON: Final = timedelta(days=365)

#: Answers that are none yet (M13).
OPEN: Final = (Answer.INVITED, Answer.TENTATIVE)


class Sign(StrEnum):
    """What the icon of a meeting shows."""

    NORMAL = "normal"
    QUESTION = "question mark"
    CROSSED = "crossed out"


@dataclass(frozen=True, slots=True)
class Icon:
    """The icon of a meeting, and how many participants have accepted, refused and not yet answered.

    `tentative` is how many of those who have not yet answered said perhaps.
    """

    sign: Sign
    accepted: int
    refused: int
    unanswered: int
    tentative: int = 0


@dataclass(frozen=True, slots=True)
class Pending:
    """An invitation that waits for an answer: of which meeting, when, which instance (None: it does not repeat)."""

    meeting: str
    start: date
    end: date
    recurrence_id: date | None
    answer: Answer


def icon(meeting: Meeting, recurrence_id: date | None = None) -> Icon | None:
    """The icon of a meeting, or of one instance of a series; None for an event, which has none. Linear in answers.

    Without `recurrence_id` the answers to the whole count. SeriesError for a date of another kind than the series.
    """
    if not meeting.participants:
        return None
    answers = [meeting.given(one, recurrence_id).answer for one in meeting.participants]
    accepted, open_ = answers.count(Answer.ACCEPTED), sum(map(answers.count, OPEN))
    refused = len(answers) - accepted - open_
    sign = Sign.CROSSED if refused else Sign.QUESTION if open_ else Sign.NORMAL
    return Icon(sign, accepted, refused, open_, answers.count(Answer.TENTATIVE))


def pending(
    meetings: Iterable[Meeting],
    person: str,
    now: datetime,
    *,
    tz: str | tzinfo = "UTC",
    horizon: timedelta = HORIZON,
    caps: Caps | None = None,
) -> list[Pending]:
    """List what somebody, named by id or address, has yet to answer, in order of time; its length is the count.

    InvalidValue for a `now` without a zone or a negative horizon; LimitExceeded as `Series.overlapping`. Cost: a look
    at the participants of each meeting, a seek for each that is open, and what is found.

    >>> from schedcore.meetings import Create, Guest, apply
    >>> noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    >>> made = Create(by="anna", id="1", creator=Guest("anna", True), series=Series(noon), guests=[Guest("ben", True)])
    >>> meeting, _ = apply(None, made, noon - timedelta(days=1))
    >>> [len(pending([meeting], "ben", noon + timedelta(days=later))) for later in (-1, 1)]
    [1, 0]
    """
    moment = moment_of(now)
    if horizon < timedelta(0):
        raise InvalidValue(f"horizon={shorten(horizon)} is negative: give how far ahead to look")
    zone = zone_of(tz).tzinfo
    caps = Caps() if caps is None else caps
    found: list[tuple[int, str, int, Pending]] = []
    for meeting in meetings:
        one = meeting.participant(person) if meeting.state is State.MEETING else None
        if one is not None:
            for start, entry in _open(meeting, one, moment, horizon, zone, caps):
                named = start if entry.recurrence_id is None else _instant(entry.recurrence_id, zone)
                found.append((start, meeting.id, named, entry))
    return [entry for *_, entry in sorted(found, key=lambda row: row[:3])]


def unanswered(meeting: Meeting, now: datetime, *, caps: Caps | None = None) -> list[Participant]:
    """List the participants who have yet to answer something within a year from `now`: those whom `Remind` reminds.

    They are what is preselected; whom the creator takes out of them is left out by `Remind.leave_out`. InvalidValue for
    a `now` without a zone. Cost as `pending`, for each participant.

    >>> from datetime import UTC, timedelta
    >>> from schedcore import Series
    >>> from schedcore.meetings import Create, Guest, apply
    >>> now, guests = datetime(2026, 3, 2, 9, tzinfo=UTC), [Guest("ben", True), Guest("zoe@example.org")]
    >>> lunch = Series(now + timedelta(days=1), duration=timedelta(hours=1))
    >>> made = Create(by="anna", id="m1", creator=Guest("anna", True), series=lunch, guests=guests)
    >>> meeting, _ = apply(None, made, now)
    >>> [one.id for one in unanswered(meeting, now)]
    ['ben', 'zoe@example.org']
    """
    moment, caps = moment_of(now), Caps() if caps is None else caps
    if meeting.state is not State.MEETING:
        return []
    return [one for one in meeting.participants if any(_open(meeting, one, moment, HORIZON, UTC, caps))]


def moment_of(now: datetime) -> datetime:
    """A moment in UTC; InvalidValue for one without a zone."""
    if not isinstance(now, datetime) or now.tzinfo is None:
        raise InvalidValue(f"now={shorten(now)} has no zone: pass an aware datetime, such as datetime.now(UTC)")
    return now.astimezone(UTC)


def _open(
    meeting: Meeting, one: Participant, now: datetime, horizon: timedelta, zone: tzinfo, caps: Caps
) -> Iterable[tuple[int, Pending]]:
    """The instances that somebody has yet to answer, with the instants of their starts."""
    if one.given.answer not in OPEN and not any(given.answer in OPEN for _, given in one.instances):
        return
    answers = {meeting.key(named): given.answer for named, given in one.instances}
    for found in _coming(meeting, now, horizon, zone, caps):
        named = found.recurrence_id if meeting.repeats else None
        answer = one.given.answer if named is None else answers.get(meeting.key(named), one.given.answer)
        if answer in OPEN:
            yield _instant(found.start, zone), Pending(meeting.id, found.start, found.end, named, answer)


def _coming(meeting: Meeting, now: datetime, horizon: timedelta, zone: tzinfo, caps: Caps) -> Iterable[Occurrence]:
    """The instances that are not over, up to the horizon and the cap."""
    if not meeting.repeats:
        # An invitation is pending until it is over, however far away.
        begin = _bound(meeting.series, now, zone)
        return meeting.series.overlapping(begin, _after(meeting.series.dtstart, begin))
    series = series_of(meeting, caps)
    begin = _bound(series, now, zone)
    until = _bound(series, _later(now, horizon), zone)
    endless = series.is_infinite and caps.never_ending is not None
    if endless:
        last = series.rank(begin) + (caps.never_ending or 0)
        until = min(until, series.nth(last) or until)
    own = [one for one in meeting.instances if not one.cancelled]
    whole = series if not own else _with_own(series, own)
    coming = whole.overlapping(begin, max(begin, until))
    return coming[: caps.never_ending] if endless else coming


def _with_own(series: Series, own: Iterable[Instance]) -> Series:
    """The series with what instances have of their own; those beyond its cap go."""
    given = [Override(one.recurrence_id, one.start, one.end, event=one) for one in own]
    keys = {key_of(one.recurrence_id, series.kind, "recurrence_id"): one for one in given}
    there = [one for key, one in keys.items() if len(series._column(key, key + 1, None))]
    return series.replace(overrides=there)


def _bound(series: Series, now: datetime, zone: tzinfo) -> date:
    """A moment as a bound of a series of this kind."""
    if series.kind == "zoned":
        return now
    local = now.astimezone(zone).replace(tzinfo=None)
    return local.date() if series.kind == "date" else local


def _after(start: date, begin: date) -> date:
    """A bound behind both."""
    step = timedelta(days=1) if not isinstance(start, datetime) else timedelta(seconds=1)
    try:
        return max(start, begin) + step
    except OverflowError:
        return max(start, begin)


def _later(now: datetime, horizon: timedelta) -> datetime:
    try:
        return now + horizon
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def _instant(value: date, zone: tzinfo) -> int:
    """The instant of a start, all-day and floating ones in a zone."""
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    return instant(value if value.tzinfo is not None else value.replace(tzinfo=zone))
