"""The pending list beside a slow twin that walks every instance, and at the ends of the calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetings.cast import BEN, HOUR, NOON, NOW, after, meeting
from schedcore import Series
from schedcore.errors import InvalidValue
from schedcore.meetings import Accept, Cancel, Edit, Meeting, Participant, Refuse, State, pending
from schedcore.policy import Answer, Caps
from schedcore.zones import zone_of

RULES = ["FREQ=DAILY", "FREQ=DAILY;COUNT=30", "FREQ=WEEKLY;BYDAY=MO,TH", "FREQ=MONTHLY;BYMONTHDAY=31", "FREQ=YEARLY"]


def twin(one, now, tz, horizon, never_ending):
    """Walk all instances from the first on, and keep those that are not over and not answered."""
    zone = zone_of(tz).tzinfo

    def at(value):
        timed = value if isinstance(value, datetime) else datetime.combine(value, time())
        return timed if timed.tzinfo is not None else timed.replace(tzinfo=zone)

    found = []
    number = 0
    instances = {own.recurrence_id: own for own in one.instances}
    for named in one.series.replace(exdates=()).take(500):
        number += 1
        if one.series.is_infinite and never_ending is not None and number > never_ending:
            break
        if named in one.series.exdates:
            continue
        own = instances.get(named)
        start = named if own is None or own.start is None else own.start
        length = one.series.duration if isinstance(start, datetime) else timedelta(days=1)
        end = own.end if own is not None and own.end is not None else start + length
        if isinstance(start, datetime) and start.tzinfo is not None:
            end = (start.astimezone(UTC) + length).astimezone(start.tzinfo)
        over = at(end).astimezone(UTC) <= now
        if isinstance(start, datetime):
            soon = at(start).astimezone(UTC) < now + horizon
        else:
            soon = start < (now + horizon).astimezone(zone).date()
        given_ = one.given(one.participants[0], named).answer
        if not over and soon and given_ in (Answer.INVITED, Answer.TENTATIVE):
            found.append((start, end, named))
    return sorted(found)


@given(st.data())
def test_like_the_slow_twin(data):
    """Any kind of series, with instances answered, moved and cancelled, at any time and in any zone."""
    kind = data.draw(st.sampled_from(["zoned", "floating", "date"]))
    first = {"zoned": NOON, "floating": NOON.replace(tzinfo=None), "date": NOON.date()}[kind]
    series = Series(first, data.draw(st.sampled_from(RULES)), duration=None if kind == "date" else HOUR)
    cap = data.draw(st.sampled_from([20, 3, None]))
    caps = Caps(never_ending=cap)
    one = meeting(BEN, series=series)
    starts = series.take(min(cap or 25, 25))
    options = {"caps": caps}
    for named in data.draw(st.lists(st.sampled_from(starts), max_size=4, unique=True)):
        step = timedelta(days=data.draw(st.integers(0, 3)))
        command = data.draw(st.sampled_from([Accept, Refuse, Cancel, Edit]))
        if command is Edit:
            one = after(one, Edit(by="anna", recurrence_id=named, start=named + step, subject="x"), **options)
        else:
            one = after(one, command(by="anna" if command is Cancel else "ben", recurrence_id=named), **options)
    now = NOW + timedelta(minutes=data.draw(st.integers(-1000, 60 * 24 * 60)))
    tz = data.draw(st.sampled_from(["UTC", "Europe/Zurich", "Pacific/Kiritimati"]))
    horizon = timedelta(days=data.draw(st.sampled_from([0, 1, 30, 365])))
    found = pending([one], "ben", now, tz=tz, horizon=horizon, caps=caps)
    assert twin(one, now, tz, horizon, cap) == [(entry.start, entry.end, entry.recurrence_id) for entry in found]


def test_a_copy_of_an_endless_series_is_listed_up_to_the_cap():
    """What is kept elsewhere has no end, but no more than the cap of it is listed at a time, at any time."""
    series = Series(NOON, "FREQ=SECONDLY")
    one = Meeting("1", BEN, series, hosted=False, state=State.MEETING, participants=[Participant(BEN)])
    for now in (NOW, NOW + timedelta(days=40_000)):
        found = pending([one], "ben", now)
        assert 20 == len(found)
        assert now <= found[0].start <= max(NOON, now + HOUR)


def test_meetings_are_listed_by_time():
    """All-day and floating ones too, each as it is meant in the zone of who looks."""
    day = meeting(BEN, series=Series(date(2026, 10, 20)))
    late = meeting(BEN, series=Series(datetime(2026, 10, 19, 23, 30, tzinfo=UTC), duration=HOUR))
    for tz, order in (("Europe/Zurich", [day, late]), ("America/New_York", [late, day])):
        starts = [entry.start for entry in pending([day, late], "ben", NOW, tz=tz)]
        assert [one.series.dtstart for one in order] == starts


@pytest.mark.parametrize("start", [datetime(9999, 12, 31, 23, tzinfo=UTC), date(9999, 12, 31), datetime(1, 1, 1, 1)])
@pytest.mark.parametrize("now", [datetime(9999, 12, 31, 12, tzinfo=UTC), datetime(1, 1, 2, tzinfo=UTC)])
def test_the_ends_of_the_calendar(start, now):
    """Nothing breaks there."""
    one = meeting(BEN, series=Series(start, "FREQ=YEARLY"))
    assert len(pending([one], "ben", now, horizon=timedelta(days=999_999_999))) <= 20


def test_bad_questions():
    """Say what to pass."""
    with pytest.raises(InvalidValue, match="has no zone"):
        pending([], "ben", datetime(2026, 1, 1))
    with pytest.raises(InvalidValue, match="negative"):
        pending([], "ben", NOW, horizon=timedelta(days=-1))
