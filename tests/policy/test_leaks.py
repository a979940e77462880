"""Nothing leaks: drawn worlds, every answer that there is, and what the rules say, compared."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from policy.worlds import (
    FIELDS,
    GROUPS,
    OUTSIDER,
    PEOPLE,
    START,
    VIEWERS,
    WORLDS,
    World,
    answers,
    everything,
    plain,
    twin,
)
from schedcore.policy import (
    PUBLIC,
    Fields,
    Grant,
    Level,
    Publication,
    Right,
    Sights,
    as_seen_by,
    freebusy_as,
    level,
    sight,
    visibility_of,
)
from schedcore.policy.rights import fields
from schedcore.recurrence.window import instant

NAMES = {"times": 1, "status": 2, "subject": 4, "rest": 8, "write": 16}


def events_of(world: World):
    """Each event and override: place of the calendar, as drawn, the CLASS that counts, the Event."""
    for place, (drawn, calendar) in enumerate(zip(world.events, world.calendars, strict=True)):
        by_summary = {event.summary: event for event in calendar.calendar.events}
        for event in calendar.calendar.events:
            by_summary |= {one.event.summary: one.event for one in event.series.overrides if one.event is not None}
        for one in drawn:
            for part, word in one.all:
                if part.texts("summary") in by_summary:  # a cancelled override is no event
                    yield place, part, word, by_summary[part.texts("summary")]


@given(WORLDS, VIEWERS)
def test_no_field_above_the_level_is_in_any_answer(world, viewer):
    """No text of a field that the viewer may not know can be reached from any answer; what they may know is there.

    And every answer is the one of a world in which the events that do not show never were.
    """
    found = answers(world, viewer)
    text, shown = everything(found), plain(found)
    for place, drawn in enumerate(world.events):
        for one in drawn:
            for part, word in one.all:
                known = twin(world, place, viewer, word)
                for field, needed in FIELDS.items():
                    # An override has the UID of its event.
                    owner = one if field == "uid" else part
                    allowed = needed in known or (
                        field == "uid" and "rest" in twin(world, place, viewer, one.all[0][1])
                    )
                    allowed = allowed or (field == "uid" and "rest" in twin(world, place, viewer, one.all[-1][1]))
                    assert allowed or owner.texts(field) not in text, (field, part)
                    if part.texts("summary") in shown:
                        assert "subject" in known
                        assert field == "attendee" or (owner.texts(field) in shown) == allowed
    named = {place for place in (0, 1, 2) if "rest" in twin(world, place, viewer, None)}
    assert shown.count("nameofcalendar") == len(named)
    assert plain(answers(world.without(viewer), viewer)) == shown


@given(WORLDS, VIEWERS)
def test_levels_are_those_of_the_rules(world, viewer):
    """What may be known of each event is what the rules say one by one, asked singly and as a column."""
    rows = list(events_of(world))
    expected = [Fields(sum(NAMES[name] for name in twin(world, place, viewer, word))) for place, _, word, _ in rows]
    directory = world.directory
    assert expected == [fields(event, viewer, world.calendars[place], directory) for place, _, _, event in rows]
    levels = [level(event, viewer, world.calendars[place], directory) for place, _, _, event in rows]
    sights = Sights(viewer, world.calendars, directory)
    column = sights.levels([row[0] for row in rows], [visibility_of(word) for _, _, word, _ in rows])
    assert levels == column.tolist()


@given(WORLDS, VIEWERS)
def test_the_column_form_is_the_one_by_one_form(world, viewer):
    """Rows of all that happens, merged for a viewer, are what `freebusy_as` answers."""
    world = replace(world, administrators={**world.administrators, "sales": "dora"})
    world = replace(world, members={**world.members, "sales": (*{*world.members["sales"], "dora"},)})
    directory = world.directory
    words = {part.texts("summary"): word for _, part, word, _ in events_of(world)}
    rows = []
    for place, writer in enumerate(("anna", "dora", world.subscriber)):
        seen = as_seen_by(writer, world.calendars[place], START, START.replace(day=21), directory=directory)
        low, high = (instant(one) for one in (START, START.replace(day=21)))
        rows += [
            (place, max(one.span[0], low), min(one.span[1], high), one.status, visibility_of(words[one.summary]))
            for one in seen.events
        ]
    owner, start, end, status, visibility = (list(column) for column in zip(*rows, strict=True)) if rows else [[]] * 5
    sights = Sights(viewer, world.calendars, directory)
    merged = sights.merge(owner, start, end, status, visibility=visibility)
    answer = freebusy_as(viewer, world.calendars, START, START.replace(day=21), directory=directory)
    assert list(answer.people) == list(merged)
    assert {place for place in range(3) if sights.sights[place].is_blind} == set(answer.unknown)


@given(WORLDS, st.sampled_from(PEOPLE[1:]))
def test_a_leaver_sees_at_once_what_an_outsider_sees(world, viewer):
    """Who has left every group sees what somebody sees who never was in one, grants in their name or not."""
    world = replace(world, subscriber="anna")
    directory = world.directory
    for group in GROUPS:
        directory = directory.left(group, viewer)
    assert plain(answers(world, OUTSIDER, directory)) == plain(answers(world, viewer, directory))


def covered(world, viewer):
    """The seconds that show as taken, by the ends of stretches, for each calendar."""
    found = freebusy_as(viewer, world.calendars, START, START.replace(day=21), directory=world.directory)
    return [
        {second for block in found.blocks(owner) for second in range(block.start, block.end, 3600)}
        for owner in range(3)
    ]


MORE = st.sampled_from(["member", "group", "both", "admin", "publish", "join"])


@given(WORLDS, VIEWERS, MORE, st.sampled_from(Right))
def test_more_rights_never_show_less(world, viewer, what, right):
    """A grant, a membership, an office or a publication more: every level stays or rises, nothing shown disappears."""
    more = world
    if what in ("member", "group", "both"):
        named = viewer if viewer is not PUBLIC else "ben"
        grant = Grant(right, member=named) if what == "member" else Grant(right, group="sales")
        more = replace(more, grants=((*more.grants[0], grant), (*more.grants[1], grant)))
    elif what == "admin":
        more = replace(more, administrators={**more.administrators, "sales": viewer if viewer is not PUBLIC else None})
        if more.administrators["sales"] != world.administrators["sales"] == viewer:
            return
    elif what == "publish":
        order = list(Publication)
        more = replace(more, modes=tuple(order[min(order.index(mode) + 1, 2)] for mode in more.modes))
    elif viewer is not PUBLIC:
        more = replace(more, members={name: (*{*its, viewer},) for name, its in more.members.items()})
    for place, calendar in enumerate(world.calendars):
        before, after = (sight(viewer, one.calendars[place], one.directory) for one in (world, more))
        assert all(have & now == have for have, now in zip(before, after, strict=True)), calendar
    for before, after in zip(covered(world, viewer), covered(more, viewer), strict=True):
        assert before <= after
    was, now = plain(answers(world, viewer)), plain(answers(more, viewer))
    for _, part, _, _ in events_of(world):
        for field in FIELDS:
            assert part.texts(field) not in was or part.texts(field) in now


@given(WORLDS, VIEWERS)
def test_a_stricter_event_never_shows_more(world, viewer):
    """In every calendar: what is visible to some shows no more than what is visible, and what is invisible no more."""
    assert list(Level) == [Level.NONE, Level.BUSY, Level.DETAILS, Level.EDIT]
    for calendar in world.calendars:
        visible, some, invisible = sight(viewer, calendar, world.directory)
        assert some & visible == some and invisible & some == invisible
