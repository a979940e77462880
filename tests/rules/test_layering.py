"""Other calendars and layering: what is added, layered, hidden, viewed alone, and how many of it."""

from datetime import date

import pytest

from schedcore import Calendar
from schedcore.errors import InvalidValue, LimitExceeded
from schedcore.policy import (
    Directory,
    ExternalCalendar,
    Group,
    GroupCalendar,
    Person,
    PersonalCalendar,
    Quotas,
    Relation,
)
from schedcore.views import Layer, Layers, view

MONDAY = date(2026, 3, 2)
TEAM = Directory([Person("anna"), Person("ben")], [Group("team", ["anna", "ben"])])


def calendar(name: str) -> Calendar:
    """A calendar of one event a day, named for it."""
    return Calendar.from_ical(
        f"BEGIN:VEVENT\nUID:{name}\nSUMMARY:{name}\nDTSTART:20260302T120000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY\nEND:VEVENT"
    )


CALENDARS = {
    "anna": PersonalCalendar("anna", calendar("own")),
    "ben": PersonalCalendar("ben", calendar("member")),
    "team": GroupCalendar("team", calendar("group")),
    "school": ExternalCalendar("anna", calendar("external")),
}
LAYERS = Layers.of("anna").add("ben", Relation.MEMBER).add("team", Relation.GROUP).add("school", Relation.EXTERNAL)


def seen(layers: Layers) -> list[str]:
    """The calendars of which something is in Anna's day, in order."""
    found = view("day", MONDAY, viewer="anna", calendars=CALENDARS, layers=layers, directory=TEAM, tz="UTC")
    return [entry.calendar for entry in found.entries]


@pytest.mark.rule("O1")
def test_one_calendar_of_ones_own():
    """O1: only one own calendar; others are member, group or external."""
    assert [Relation.OWN, Relation.MEMBER, Relation.GROUP, Relation.EXTERNAL] == [one.relation for one in LAYERS.all]
    with pytest.raises(InvalidValue, match="'second': nobody has two calendars of their own"):
        LAYERS.add("second", Relation.OWN)
    with pytest.raises(InvalidValue, match="0 calendars of one's own"):
        Layers((Layer("ben", Relation.MEMBER),))
    with pytest.raises(InvalidValue, match="'anna' is one's own calendar, which cannot be removed; hide it"):
        LAYERS.remove("anna")


@pytest.mark.rule("O2")
def test_quota_on_added_calendars():
    """O2: quota on number added; the own calendar is not added, and None is no quota."""
    two = Layers.of("anna", Quotas(added=2)).add("ben", Relation.MEMBER).add("team", Relation.GROUP)
    with pytest.raises(LimitExceeded) as caught:
        two.add("school", Relation.EXTERNAL)
    assert ("added", 2, 3) == (caught.value.limit, caught.value.allowed, caught.value.reached)
    assert ("anna", "team", "school") == two.remove("ben").add("school", Relation.EXTERNAL).visible
    many = Layers.of("anna")
    for number in range(50):
        many = many.add(str(number), Relation.MEMBER)
    assert 51 == len(many.visible)


@pytest.mark.rule("O3")
def test_what_is_added_is_layered():
    """O3: an added calendar is layered automatically."""
    assert ["anna"] == seen(Layers.of("anna"))
    assert ["anna", "team"] == seen(Layers.of("anna").add("team", Relation.GROUP))
    assert ["anna", "ben", "team", "school"] == seen(LAYERS)


@pytest.mark.rule("O4")
def test_toggle():
    """O4: toggle excludes and includes without deleting; the rest stays, in its order."""
    hidden = LAYERS.toggle("ben")
    assert ["anna", "team", "school"] == seen(hidden)
    assert [one.key for one in LAYERS.all] == [one.key for one in hidden.all]
    assert LAYERS == hidden.toggle("ben")
    assert hidden == hidden.hide("ben")
    assert LAYERS == LAYERS.show("ben")
    with pytest.raises(
        InvalidValue, match=r"'carla' is none of the calendars here \('anna', 'ben', 'team', 'school'\)"
    ):
        LAYERS.toggle("carla")


@pytest.mark.rule("O5")
def test_view_one_alone():
    """O5: view-only-this hides the rest, shows it if it was hidden, and deletes nothing."""
    alone = LAYERS.hide("team").only("team")
    assert ["team"] == seen(alone)
    assert len(LAYERS.all) == len(alone.all)
    assert ["anna", "team"] == seen(alone.show("anna"))


@pytest.mark.rule("O6")
def test_quota_on_layered_calendars():
    """O6: quota on simultaneously layered calendars: what is hidden does not count, the own one does when shown."""
    two = Layers.of("anna", Quotas(layered=2)).add("ben", Relation.MEMBER)
    with pytest.raises(LimitExceeded) as caught:
        two.add("team", Relation.GROUP)
    assert ("layered", 2, 3) == (caught.value.limit, caught.value.allowed, caught.value.reached)
    three = two.hide("anna").add("team", Relation.GROUP)
    assert ("ben", "team") == three.visible
    with pytest.raises(LimitExceeded, match="layered=2"):
        three.show("anna")
    assert ("anna",) == three.only("anna").visible


def test_keeping_what_exists():
    """Calendars that are gone leave the layers; one's own stays whatever is listed."""
    assert ("anna", "team") == LAYERS.keep(["team"]).visible


def test_keys():
    """A key is a text, and names one calendar."""
    with pytest.raises(InvalidValue, match="'ben' is there already; show it if it is hidden"):
        LAYERS.add("ben", Relation.MEMBER)
    with pytest.raises(InvalidValue, match="the key of a calendar is a text"):
        Layers.of("")
    with pytest.raises(InvalidValue, match="calendars has no 'carla'"):
        seen(LAYERS.add("carla", Relation.MEMBER))
