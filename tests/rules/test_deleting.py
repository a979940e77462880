"""Delete between two dates: what would go is shown first, then it is gone, and the rest is what it was."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schedcore import Calendar
from schedcore.errors import InvalidValue, NotAllowed
from schedcore.ics import without_instances
from schedcore.policy import Level
from schedcore.views import plan_deletion

ZURICH = ZoneInfo("Europe/Zurich")
ALWAYS = datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)


def calendar(*events: str) -> Calendar:
    """A calendar of events, each all lines between BEGIN and END."""
    return Calendar.from_ical("".join(f"BEGIN:VEVENT\n{lines}\nEND:VEVENT\n" for lines in events))


def left(its: Calendar) -> list[tuple[str, str]]:
    """What happens in a calendar: UID and start."""
    return [(str(one.uid), str(one.start)) for one in its.overlapping(*ALWAYS, tz="Europe/Zurich")]


def plan(its: Calendar, start: str, end: str, level: Level = Level.EDIT):
    return plan_deletion(its, date.fromisoformat(start), date.fromisoformat(end), tz="Europe/Zurich", level=level)


WEEKLY = (
    "UID:weekly\nSUMMARY:Weekly\nDTSTART;TZID=Europe/Zurich:20260302T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=5"
)
ONCE = "UID:once\nSUMMARY:Secret once\nDTSTART;TZID=Europe/Zurich:20260310T120000\nDURATION:PT1H"
HOLIDAY = "UID:holiday\nSUMMARY:Secret holiday\nDTSTART;VALUE=DATE:20260309\nDTEND;VALUE=DATE:20260320"


@pytest.mark.rule("R11")
def test_what_would_go_is_shown_first():
    """R11: the plan lists what starts between the two dates, and until it is applied nothing has happened."""
    its = calendar(WEEKLY, ONCE, HOLIDAY)
    before = its.to_ical()
    found = plan(its, "2026-03-09", "2026-03-17")
    assert ["holiday", "weekly", "once", "weekly"] == [one.uid for one in found.occurrences]
    assert {"once", "holiday"} == {event.uid for event in found.events}
    assert [2] == [len(starts) for starts in found.exceptions.values()]
    assert before == its.to_ical()


@pytest.mark.rule("R11")
def test_deleting_is_irreversible():
    """R11: what was deleted is in no part of the text that is left; the rest is as it was."""
    its = calendar(WEEKLY, ONCE, HOLIDAY, "UID:other\nSUMMARY:Other\nX-KEEP:this\nDTSTART:20260401T090000Z")
    after = plan(its, "2026-03-09", "2026-03-17").apply()
    assert [("weekly", "2026-03-02"), ("weekly", "2026-03-23"), ("weekly", "2026-03-30"), ("other", "2026-04-01")] == [
        (uid, start[:10]) for uid, start in left(after)
    ]
    text = after.to_ical().decode()
    assert "Secret" not in text and "once" not in text
    assert "X-KEEP:this" in text
    assert [] == after.problems


@pytest.mark.rule("R11")
def test_words_of_changed_instances_go_too():
    """R11: overrides of a deleted instance go, outdated ones included, and the series does not bring it back."""
    named = "RECURRENCE-ID;TZID=Europe/Zurich:20260309T090000\nDTSTART:20260311T090000Z"
    moved = "UID:weekly\nSUMMARY:Secret {}\nSEQUENCE:{}\n" + named
    its = calendar(WEEKLY, moved.format("old", 1), moved.format("new", 2))
    after = plan(its, "2026-03-11", "2026-03-12").apply()
    assert "Secret" not in after.to_ical().decode()
    assert ["2026-03-02", "2026-03-16", "2026-03-23", "2026-03-30"] == [start[:10] for _, start in left(after)]


@pytest.mark.rule("R11")
def test_older_revisions_do_not_come_back():
    """R11: an event that goes takes its outdated revisions along; another of the same UID and age stays."""
    old = ONCE.replace("UID:once", "UID:once\nSEQUENCE:1").replace("20260310", "20260601")
    new = ONCE.replace("UID:once", "UID:once\nSEQUENCE:2")
    twin = new.replace("20260310", "20260701")
    assert [] == left(plan(calendar(old, new), "2026-03-10", "2026-03-11").apply())
    assert ["2026-07-01"] == [
        start[:10] for _, start in left(plan(calendar(old, new, twin), "2026-03-10", "2026-03-11").apply())
    ]


@pytest.mark.rule("R11")
def test_a_change_of_all_that_follows_stays():
    """R11: where an override changes all later instances, its own may go and the later ones stay changed."""
    onwards = "UID:weekly\nRECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Zurich:20260309T090000\n" \
              "DTSTART;TZID=Europe/Zurich:20260309T140000"  # fmt: skip
    after = plan(calendar(WEEKLY, onwards), "2026-03-09", "2026-03-10").apply()
    assert [("02", "09"), ("16", "14"), ("23", "14"), ("30", "14")] == [
        (one[8:10], one[11:13]) for _, one in left(after)
    ]


@pytest.mark.rule("R11")
def test_all_of_a_series():
    """R11: a series of which everything starts there goes as a whole; one that is endless never does."""
    found = plan(
        calendar(WEEKLY, WEEKLY.replace(";COUNT=5", "").replace("weekly", "endless")), "2026-03-01", "2026-05-01"
    )
    assert ["weekly"] == [event.uid for event in found.events]
    assert ["endless"] == sorted({uid for uid, _ in left(found.apply())})


@pytest.mark.rule("R11")
def test_instances_of_another_kind():
    """R11: an instance that was made a whole day, outside of its series, goes with it, or keeps it alive."""
    whole = "UID:weekly\nSUMMARY:Day\nRECURRENCE-ID;TZID=Europe/Zurich:20260309T090000\nDTSTART;VALUE=DATE:20260615"
    its = calendar(WEEKLY, whole)
    after = plan(its, "2026-03-01", "2026-04-01").apply()
    assert [("weekly", "2026-06-15")] == left(after)
    assert 5 == len(plan(its, "2026-03-01", "2026-07-01").occurrences)
    assert [] == left(plan(its, "2026-03-01", "2026-07-01").apply())
    assert "2026-06-15" not in dict(map(reversed, left(plan(its, "2026-06-01", "2026-07-01").apply())))


@pytest.mark.rule("R11")
def test_only_who_may_edit():
    """R11: who may not edit is refused before anything of the calendar is told."""
    for level in (Level.NONE, Level.BUSY, Level.DETAILS):
        with pytest.raises(NotAllowed, match=f"level={level.name}: only who may edit"):
            plan(calendar(ONCE), "2026-03-01", "2026-04-01", level)


@pytest.mark.rule("R11")
def test_nothing_there():
    """R11: where nothing starts nothing goes, and the calendar is the same."""
    its = calendar(WEEKLY)
    found = plan(its, "2027-01-01", "2028-01-01")
    assert () == found.occurrences
    assert found.apply() is its
    with pytest.raises(InvalidValue, match="is before start"):
        plan(its, "2026-03-02", "2026-03-01")


def test_another_calendars_event():
    """Instances of an event that is not of the calendar are refused."""
    with pytest.raises(InvalidValue, match="is not of this calendar"):
        without_instances(calendar(ONCE), {calendar(ONCE).events[0]: None})


@st.composite
def events(draw):
    """An event with some overrides, in March 2026."""
    uid = draw(st.sampled_from(["a", "b", "c"]))
    start = datetime(2026, 3, 20) + timedelta(hours=draw(st.integers(0, 240)))
    kind = draw(st.sampled_from(["zoned", "floating", "date"]))

    def value(name: str, at: datetime) -> str:
        if kind == "date":
            return f"{name};VALUE=DATE:{at:%Y%m%d}"
        return f"{name}{';TZID=Europe/Zurich' if kind == 'zoned' else ''}:{at:%Y%m%dT%H%M%S}"

    rule = draw(
        st.sampled_from(["", "\nRRULE:FREQ=DAILY;COUNT=6", "\nRRULE:FREQ=DAILY", "\nRRULE:FREQ=WEEKLY;COUNT=2"])
    )
    found = [f"UID:{uid}\nSUMMARY:{uid}\n{value('DTSTART', start)}{rule}"]
    if rule:
        for day in draw(st.sets(st.integers(0, 5), max_size=2)):
            named = start + timedelta(days=day)
            to = named + timedelta(hours=draw(st.sampled_from([0, 5, 72, -48])))
            onwards = draw(st.sampled_from(["", ";RANGE=THISANDFUTURE"]))
            named_text = value("RECURRENCE-ID", named).replace("RECURRENCE-ID", "RECURRENCE-ID" + onwards)
            cancelled = draw(st.sampled_from(["", "", "\nSTATUS:CANCELLED"]))
            found.append(f"UID:{uid}\nSUMMARY:{uid} moved\n{named_text}\n{value('DTSTART', to)}{cancelled}")
    return found


@pytest.mark.rule("R11")
@settings(max_examples=settings.default.max_examples // 2)
@given(st.lists(events(), max_size=4, unique_by=lambda one: one[0][:5]), st.integers(18, 31), st.integers(0, 9))
def test_what_is_left_is_the_rest(drawn, first, days):
    """R11: afterwards exactly what did not start between the dates is there, each as it was, and no more."""
    its = calendar(*(lines for event in drawn for lines in event), "UID:far\nDTSTART:20290101T000000Z")
    start, end = date(2026, 3, first), date(2026, 3, first) + timedelta(days=days)
    found = plan_deletion(its, start, end, tz="Europe/Zurich", level=Level.EDIT)

    def inside(value: date) -> bool:
        local = value.astimezone(ZURICH) if isinstance(value, datetime) and value.tzinfo else value
        return start <= (local.date() if isinstance(local, datetime) else local) < end

    window = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
    before = its.overlapping(*window, tz="Europe/Zurich")
    after = found.apply().overlapping(*window, tz="Europe/Zurich")

    def shown(occurrences):
        return sorted((str(one.uid), str(one.start), str(one.end), str(one.event.summary)) for one in occurrences)

    assert shown(one for one in before if not inside(one.start)) == shown(after)
    assert shown(one for one in before if inside(one.start)) == shown(found.occurrences)
