"""Chat reminders: the template, the names of hooks, and how many there may be."""

import string
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schedcore import Calendar
from schedcore.errors import InvalidValue, LimitExceeded
from schedcore.meetings import Channel
from schedcore.reminders import (
    FREE_HOOKS,
    Alarm,
    Hook,
    Hooks,
    Profile,
    Template,
    Watched,
    alarms_of,
    due,
    message,
    with_alarms,
)
from schedcore.reminders.templates import isolated

NAMES = ("subject", "date", "description", "location")
SLACK = Template(":bell: *%subject%* at _%date%_\n> %description% <https://example.com|join> `%location%` 100 %")


def hook(name: str, template: Template = SLACK) -> Hook:
    """A hook of a name."""
    return Hook(name, "https://chat.example.com/services/T0/B0", template)


def by_hand(text: str, values: dict[str, str]) -> str:
    """Fill a template in by walking from the left, character by character: the slow twin."""
    out = ""
    while text:
        name = next((name for name in NAMES if text.startswith(f"%{name}%")), None)
        if name is None:
            out, text = out + text[0], text[1:]
        else:
            out, text = out + values[name], text[len(name) + 2 :]
    return out


#: What other template languages and format strings would take for their own, and what would be filled in a second time.
# fmt: off
PIECES = st.sampled_from(
    [
        "%subject%", "%date%", "%description%", "%location%", "%room%", "%SUBJECT%", "% subject %", "%", "%%",
        "subject%", "{subject}", "{0}", "%s", "%(subject)s", "${subject}", "{{ subject }}", "{% if x %}",
        "<%= subject %>", "\\1", "\\g<0>", "#{subject}", "$subject", "@subject@", "\n", "é", "\x00", "{", "}", "a",
    ]
)
# fmt: on
TEXTS = st.lists(PIECES, max_size=8).map("".join)


@pytest.mark.rule("W1")
@given(TEXTS, TEXTS, TEXTS, TEXTS, TEXTS)
@example("%subject%%date%", "%date%", "%subject%", "", "")
@example("%subject%date%", "%", "x", "", "")
@example("%%subject%%", "%subject%", "x", "", "")
def test_values_are_put_in_once(text, subject, when, description, location):
    """W1: text passes through, unknown names stay, values are never looked at again; as a walk by hand does it."""
    values = dict(zip(NAMES, (subject, when, description, location), strict=True))
    assert by_hand(text, values) == Template(text).fill(**values)


@pytest.mark.rule("W1")
@pytest.mark.parametrize(
    "value",
    [
        "%subject%", "%date% %location%", "{subject}", "{0.__class__}", "%s %d", "%(subject)s", "${jndi:ldap://x}",
        "{{ 7*7 }}", "{% include 'x' %}", "<%= 1 %>", "\\1\\g<0>", "$1", "`id`",
    ],
)  # fmt: skip
def test_a_subject_that_looks_like_a_template(value):
    """W1: whatever a subject holds is shown as it is, %subject% within the subject too."""
    assert f"[{value}] %room%" == Template("[%subject%] %room%").fill(subject=value, date="no", location="no")


@pytest.mark.rule("W1")
def test_right_to_left_marks():
    """W1: a name with right-to-left marks stays one, is no placeholder, and cannot turn round what stands behind it."""
    marked = "%\u200fsubject%"
    assert marked == Template(marked).fill(subject="x")
    dana = "\u05d3\u05e0\u05d4\u200f"
    assert f"{dana}: 9:00" == Template("%subject%: %date%").fill(subject=dana, date="9:00")
    assert "\u202egpj.exe\u202c!" == Template("%subject%!").fill(subject="\u202egpj.exe")
    assert "\u2067a\u202eb\u202c\u2069!" == Template("%subject%!").fill(subject="\u2067a\u202eb")
    assert "\u202dab!\u202c" == Template("\u202d%subject%!\u202c").fill(subject="a\u202cb\u2069")
    assert "\u202ea\nb" == isolated("\u202ea\nb")


@pytest.mark.rule("W1")
@given(st.text("a\n\u202a\u202b\u202d\u202e\u202c\u2066\u2067\u2068\u2069", max_size=12))
def test_what_a_value_opens_it_closes(value):
    """W1: after a value no embedding or isolate of it is open, it ends none of the text's, and it is changed once."""
    closed = isolated(value)
    depth = []
    for char in closed:
        if char in "\u202a\u202b\u202d\u202e":
            depth.append("\u202c")
        elif char in "\u2066\u2067\u2068":
            depth.append("\u2069")
        elif char in "\u202c\u2069":
            assert depth
            if char == "\u2069":
                while depth.pop() != char:
                    pass
            else:
                assert char == depth.pop()
        elif char == "\n":
            depth.clear()
    assert [] == depth
    assert closed == isolated(closed)
    assert [char for char in value if char in "a\n"] == [char for char in closed if char in "a\n"]


@pytest.mark.rule("W1")
@pytest.mark.parametrize("text", [None, 5, b"%subject%", "x" * 40_001])
def test_what_is_no_template(text):
    """W1: a template is a text of a length that a chat can take; nothing else is tried."""
    with pytest.raises(InvalidValue, match="template"):
        Template(text)


@pytest.mark.rule("W2")
def test_location_may_be_absent():
    """W2: a template need not name the location, and an event need not have one."""
    assert "Lunch" == Template("%subject%").fill(subject="Lunch", location="Bellevue")
    assert "Lunch at " == Template("%subject% at %location%").fill(subject="Lunch")
    assert ("subject",) == Template("%subject% %room% %subject%").placeholders


def lunch(*lines: str) -> Calendar:
    """A calendar of one lunch."""
    head = ["BEGIN:VEVENT", "UID:1", "DTSTART;TZID=Europe/Zurich:20260331T120000"]
    return Calendar.from_ical("\n".join([*head, *lines, "END:VEVENT"]))


@pytest.mark.rule("W3")
def test_a_hook_is_a_kind_of_reminder():
    """W3: each hook is a kind of reminder by its name, that an event chooses and keeps in its text."""
    hooks = Hooks((hook("Team"), hook("Familie; Zürich, 1")), None)
    assert [(Channel.CHAT, "Team"), (Channel.CHAT, "Familie; Zürich, 1")] == [
        (kind.channel, kind.hook) for kind in hooks.kinds
    ]
    chosen = [Alarm.before(10, kind.channel, kind.hook) for kind in hooks.kinds]
    calendar = lunch()
    found = with_alarms(calendar, calendar.events[0], chosen)
    assert ["Team", "Familie; Zürich, 1"] == [alarm.hook for alarm in alarms_of(found.events[0]).alarms]
    with pytest.raises(InvalidValue, match="needs the name of a hook"):
        Alarm(channel=Channel.CHAT)


@pytest.mark.rule("W4")
def test_it_fires_at_reminder_time_in_its_format():
    """W4: when the reminder is due the hook's own template is filled, with the date by the owner's clock."""
    hooks = Hooks((hook("Team"), hook("Plain", Template("%date%: %subject%"))), None)
    calendar = lunch("SUMMARY:Lunch\\, long", "LOCATION:Bellevue", "DESCRIPTION:Two\\nlines %date%")
    calendar = with_alarms(calendar, calendar.events[0], [Alarm.before(5, Channel.CHAT, n) for n in ("plain", "Team")])
    noon = datetime(2026, 3, 31, 10, tzinfo=UTC)
    found = due([Watched("anna", calendar, Profile("anna"))], noon - timedelta(hours=1), noon)
    assert [noon - timedelta(minutes=5)] * 2 == [one.at for one in found]
    assert [
        ("Plain", "2026-03-31 12:00: Lunch, long"),
        (
            "Team",
            ":bell: *Lunch, long* at _2026-03-31 12:00_\n"
            "> Two\nlines %date% <https://example.com|join> `Bellevue` 100 %",
        ),
    ] == [(its.name, text) for its, text in (message(one, hooks, "Europe/Zurich") for one in found)]
    assert [("hook", "plain"), ("hook", "Team")] == [one.notice().data[-1] for one in found]
    with pytest.raises(InvalidValue, match="there is no hook 'plain': there are 'Team'"):
        message(found[0], hooks.remove("Plain"), "UTC")
    with pytest.raises(InvalidValue, match="goes through no hook"):
        message(found[0]._replace(channel=Channel.SMS), hooks, "UTC")


@pytest.mark.rule("W4")
def test_the_date_of_a_whole_day():
    """W4: a whole day is a date without a time, in whatever zone."""
    calendar = Calendar.from_ical("BEGIN:VEVENT\nSUMMARY:Fair\nDTSTART;VALUE=DATE:20260331\nEND:VEVENT")
    anna = Watched("anna", calendar, Profile("anna"), defaults=[Alarm.before(0, Channel.CHAT, "Team")])
    [one] = due([anna], datetime(2026, 3, 31, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
    assert "Fair 2026-03-31" == message(one, Hooks((hook("Team", Template("%subject% %date%")),)), "Asia/Tokyo")[1]


@pytest.mark.rule("W5")
def test_the_free_plan_has_one():
    """W5: the free plan has one hook; the second is refused, and the first is still there."""
    hooks = Hooks().add(hook("Team"))
    assert 1 == FREE_HOOKS == hooks.quota
    with pytest.raises(LimitExceeded, match="hooks=1 was reached \\(2\\)") as caught:
        hooks.add(hook("Family"))
    assert ("hooks", 1, 2) == (caught.value.limit, caught.value.allowed, caught.value.reached)
    assert ["Team"] == [one.name for one in hooks.all]
    assert ["Family"] == [one.name for one in hooks.remove("team").add(hook("Family")).all]


@pytest.mark.rule("W6")
@pytest.mark.parametrize("text", ["*bold* _it_ ~no~ `x`", "<https://example.com|join>", ":bell:", "> a\n• b", "<@U1>"])
def test_formats_of_the_target_pass_through(text):
    """W6: what Slack or another chat reads as bold, links or icons comes out as it went in."""
    assert f"{text} x {text}" == Template(f"{text} %subject% {text}").fill(subject="x")


@pytest.mark.rule("W7")
def test_many_hooks_for_many_threads():
    """W7: without a quota there are as many hooks as wanted, to one address too, each with its own template."""
    hooks = Hooks(quota=None)
    for number in range(200):
        hooks = hooks.add(hook(f"Thread {number}", Template(f"{number}: %subject%")))
    assert 200 == len(hooks.all) == len(hooks.kinds)
    assert "7: x" == hooks.find("thread 7").template.fill(subject="x")


@pytest.mark.parametrize("name", ["team", "TEAM", "te\u200fam", "\u202eteam\u202c", " Team ", "\uff34eam"])
def test_names_that_look_alike(name):
    """Two hooks must not look the same in a menu: what cannot be seen does not tell names apart."""
    with pytest.raises(InvalidValue, match="looks like, the name of another hook"):
        Hooks((hook("Team"), hook(name)), None)


@pytest.mark.parametrize("name", ["", " ", "\u200f", "\u202e\u202c", "a\nb", "a\x00", "x" * 101, None, 5, "\u2028a"])
def test_what_is_no_name(name):
    """A name has something to see, in one line."""
    with pytest.raises(InvalidValue, match="hook"):
        hook(name)


@pytest.mark.parametrize("address", ["ftp://x.example.com", "http://169.254.169.254/", "https://u:p@example.com/", ""])
def test_addresses_of_hooks(address):
    """A hook's address is held to what an external calendar's is: no machine inside is posted to."""
    with pytest.raises(InvalidValue, match="hook 'Team'"):
        Hook("Team", address, SLACK)


def test_templates_take_no_time():
    """A long text of percent signs is read once, from left to right."""
    text = "%subjec" * 5_000 + "%" * 4_000
    assert text == Template(text).fill(**dict.fromkeys(NAMES, string.ascii_letters))
