"""Texts: any text as a duration, as work hours, as a mail address, as the address of a calendar, as a chat's template.

The first byte chooses which. What must hold: no error but InvalidValue, with a short message; what is read is written
in a form that is read as the same; an accepted address has a host that everybody can reach; and a template puts values
in their places and changes nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from schedcore import Duration
from schedcore.errors import InvalidValue
from schedcore.freebusy import WorkHours
from schedcore.policy import canonical, check_address, refusal_of_ip
from schedcore.reminders import Template

WORDS: Final = (
    *(b"P1W", b"PT1H", b"P1DT2H3M4S", b"-PT15M", b"Mo-Fr ", b"09:00-17:00", b"24/7", b"22:00-06:00", b"; Sa "),
    *(b"@example.com", b"mailto:", b"xn--", b"%C3%BC", b"https://", b"http://", b"[::ffff:127.0.0.1]", b"0x7f.1"),
    *(b"localhost", b"169.254.169.254", b"%subject%", b"%date%", b"{0}", "\u202e".encode(), "\u2069".encode()),
)
_WEEK: Final = tuple(int(datetime(2026, 3, day, tzinfo=UTC).timestamp()) for day in (23, 30))


def seeds() -> Iterable[bytes]:
    """Some of each kind."""
    for number, texts in enumerate(
        (
            ("PT1H30M", "P1W", "-P1DT2H", "+P0D", "P999999999W"),
            ("Mo-Fr 09:00-12:00,13:00-17:30; Sa 22:00-02:00", "24/7", "Sa-Mo", "09:00-09:00"),
            ("Anna@Example.COM", "mailto:b%C3%BCcher@example.com", '"anna b"@example.com', "anna@b\u00fccher.example"),
            ("https://example.com/a.ics", "http://127.1/", "webcal://example.com", "http://[::1]:80/", "http://a@b.c/"),
            ("*%subject%* on %date%", "%%subject%%", "\u202e%subject%", "{subject} %s"),
        )
    ):
        for text in texts:
            yield bytes([number]) + text.encode()


def check(data: bytes) -> None:
    """Read one of them."""
    if not data:
        return
    try:
        (_duration, _hours, _mail, _address, _template)[data[0] % 5](data[1:].decode("utf-8", "replace"))
    except InvalidValue as error:
        assert len(str(error)) < 500


def _duration(text: str) -> None:
    found = Duration.parse(text)
    assert found == Duration.parse(str(found)), str(found)


def _hours(text: str) -> None:
    found = WorkHours(text, "Europe/Zurich")
    assert (found, str(found)) == (WorkHours(str(found), "Europe/Zurich"), str(WorkHours(str(found))))
    # The clocks go forward in that week: an hour that is never shown is neither open nor closed.
    open_, closed = found.open(*_WEEK), found.closed(*_WEEK)
    assert _WEEK[1] - _WEEK[0] == sum(end - start for start, end in open_) + sum(one[1] - one[0] for one in closed)


def _mail(text: str) -> None:
    found = canonical(text)
    assert found == canonical(found), found


def _address(text: str) -> None:
    host = urlsplit(check_address(text)).hostname
    assert host and "@" not in urlsplit(text).netloc, host
    assert "." in host or refusal_of_ip(host) is None, host


def _template(text: str) -> None:
    values = {"subject": "%date%{0}", "date": "D", "description": "", "location": "\u05d0"}
    expected, at = "", 0
    while at < len(text):
        name = next((name for name in values if text.startswith(f"%{name}%", at)), None)
        expected += text[at] if name is None else values[name]
        at += 1 if name is None else len(name) + 2
    assert expected == Template(text).fill(**values), expected
