"""Nothing leaks through a view: two worlds that differ only in what a viewer may not know look the same to them."""

from datetime import date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from schedcore import Calendar
from schedcore.cli import screen
from schedcore.policy import PUBLIC, Directory, Grant, Group, Person, PersonalCalendar, Publication, Right
from schedcore.views import to_ical, view

TEAM = Directory([Person("anna"), Person("ben"), Person("eve")], [Group("team", ["anna", "ben"])])
OF = date(2026, 10, 25)

#: What somebody may not know of an event, by who looks and its CLASS: its words, or that there is one.
WORDS, ALL, NOTHING = "words", "all", "nothing"
HIDDEN = {
    "anna": {"": WORDS, "PRIVATE": ALL, "CONFIDENTIAL": ALL},  # of one group, without a grant
    "reader": {"": NOTHING, "PRIVATE": ALL, "CONFIDENTIAL": WORDS},
    "eve": {"": ALL, "PRIVATE": ALL, "CONFIDENTIAL": ALL},  # of no group
    "public": {"": WORDS, "PRIVATE": ALL, "CONFIDENTIAL": ALL},  # of a calendar that is published as busy/free
}


def event(number: int, drawn: tuple, word: str, shift: int) -> str:
    """An event around the change of clocks; `shift` moves it, in hours."""
    hours, length, kind, classification, rule = drawn
    start = datetime(2026, 10, 19) + timedelta(hours=hours + shift)
    when = (
        f"DTSTART;VALUE=DATE:{start:%Y%m%d}" if kind == "date" else f"DTSTART;TZID=Europe/Zurich:{start:%Y%m%dT%H%M%S}"
    )
    lines = [f"UID:{word}-{number}", f"SUMMARY:{word} {number}", f"LOCATION:{word}", f"DESCRIPTION:{word}", when]
    lines += [f"DURATION:P{length}D" if kind == "date" else f"DURATION:PT{length}H", "TRANSP:OPAQUE"]
    lines += [f"CLASS:{classification}"] if classification else []
    lines += [rule] if rule else []
    return "\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT", ""])


EVENTS = st.tuples(
    st.integers(0, 7 * 24),
    st.integers(1, 3),
    st.sampled_from(["date", "zoned"]),
    st.sampled_from(["", "PRIVATE", "CONFIDENTIAL"]),
    st.sampled_from(["", "RRULE:FREQ=DAILY;COUNT=3"]),
)


@settings(max_examples=settings.default.max_examples // 3)
@given(
    st.lists(EVENTS, max_size=5),
    st.lists(EVENTS, max_size=3),
    st.sampled_from(sorted(HIDDEN)),
    st.sampled_from(["list", "day", "week", "month"]),
)
def test_what_may_not_be_known_changes_nothing(drawn, more, who, kind):
    """Other words, moved or further events that a viewer may not know of: view, page and feed are the same."""
    viewer = {"reader": "anna", "public": PUBLIC}.get(who, who)
    grants = [Grant(Right.READ, member="anna")] if who == "reader" else []
    publication = Publication.BUSY_FREE if who == "public" else Publication.OFF

    def looked(word: str, shift: int, others: list) -> tuple:
        lines = []
        for number, one in enumerate(drawn):
            hidden = HIDDEN[who][one[3]]
            lines.append(event(number, one, "known" if hidden == NOTHING else word, shift if hidden == ALL else 0))
        for number, one in enumerate(others):
            if HIDDEN[who][one[3]] == ALL:
                lines.append(event(100 + number, one, word, shift))
        text = f"BEGIN:VCALENDAR\nX-WR-TIMEZONE:Europe/Zurich\n{''.join(lines)}END:VCALENDAR\n"
        calendars = {"ben": PersonalCalendar("ben", Calendar.from_ical(text), grants, publication)}
        shown = view(kind, OF, viewer=viewer, calendars=calendars, directory=TEAM, tz="Europe/Zurich")
        return shown, screen.html(shown, {"ben": "Ben"}, title="It"), to_ical(shown)

    first, second = looked("secret", 0, []), looked("mystery", 5, more)
    assert first == second
    assert "secret" not in repr(first)
