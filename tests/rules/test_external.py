"""External calendars: which addresses are accepted and why others are not, and how far ahead providers tell."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedcore import Calendar
from schedcore.errors import InvalidValue
from schedcore.policy import (
    HORIZON_DAYS,
    Directory,
    ExternalCalendar,
    Level,
    Person,
    check_address,
    horizon,
    level,
    may_write,
    provider_of,
    refusal,
    refusal_of_ip,
)

GOOD = [
    "https://calendar.google.com/calendar/ical/anna%40example.com/private-0f/basic.ics",
    "http://example.com/a.ics",
    "HTTPS://Example.COM/",
    "https://example.com",
    "https://example.com?calendar=1#today",
    "https://example.com:8443/a.ics",
    "https://xn--bcher-kva.example/a.ics",
    "https://8.8.8.8/a.ics",
    "https://[2001:4860:4860::8888]:443/a.ics",
    "https://example.com./a.ics",
    "https://a-b.example.com/a@b.ics",
]


@pytest.mark.rule("O7")
@pytest.mark.parametrize("address", GOOD)
def test_accepted(address):
    """O7: an address that begins with http:// or https:// and leads to a public host is accepted as it is."""
    assert refusal(address) is None
    assert address == check_address(address)


@pytest.mark.rule("O7")
@pytest.mark.parametrize(
    "address",
    [
        "",
        "example.com/a.ics",
        "ftp://example.com/a",
        "file:///etc/passwd",
        "//example.com",
        "https:example.com",
        "https:/example.com",
        "httpss://example.com",
        "javascript:x",
    ],
)
def test_other_schemes(address):
    """O7: everything else is refused, and the refusal says what it must begin with."""
    assert refusal(address).endswith("does not begin with http:// or https://")
    with pytest.raises(InvalidValue, match="external calendar: "):
        check_address(address)


@pytest.mark.rule("O8")
@pytest.mark.parametrize(
    "address", ["webcal://example.com/a.ics", "WEBCAL://example.com/a.ics", "webcals://example.com/"]
)
def test_webcal(address):
    """O8: webcal:// is refused, with the words to write instead."""
    scheme = address.split(":")[0].lower()
    assert f"{scheme}:// is not accepted: write the address with https://" == refusal(address)


@pytest.mark.rule("O7")
@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://169.254.169.254/latest/", "a link-local address"),
        ("http://[::ffff:127.0.0.1]/", "a loopback address"),
        ("http://[::ffff:10.0.0.1]/", "a private address"),
        ("http://[::1]/", "a loopback address"),
        ("http://[::]/", "a loopback address"),
        ("http://[fe80::1]/", "a link-local address"),
        ("http://[fe80::1%25eth0]/", "names a zone of one machine"),
        ("http://[fd00::1]/", "a private address"),
        ("http://[2002:7f00:0001::]/", "a loopback address"),  # 6to4 of 127.0.0.1
        ("http://[64:ff9b::10.0.0.1]/", "a private address"),  # NAT64 of 10.0.0.1
        ("http://[64:ff9b::a9fe:a9fe]/", "a link-local address"),
        ("http://[2001:0:0:0:0:0:f5ff:fffe]/", "address: give one that can be reached"),  # Teredo of 10.0.0.1
        ("http://[v1.x]/", "is no IP address"),
        ("http://localhost/", "a name of a local network"),
        ("http://LOCALHOST./", "a name of a local network"),
        ("http://a.localhost/", "a name of a local network"),
        ("http://printer.local/", "a name of a local network"),
        ("http://intranet/", "a name of a local network"),
        ("http://100.64.0.1/", "a shared or reserved address"),
        ("http://10.1.2.3/", "a private address"),
        ("http://192.168.0.1:8080/", "a private address"),
        ("http://0.0.0.0/", "a loopback address"),
        ("http://224.0.0.1/", "a multicast address"),
        ("http://127.1/", "is no IP address as it is usually written"),
        ("http://2130706433/", "is no IP address as it is usually written"),
        ("http://0x7f000001/", "is no IP address as it is usually written"),
        ("http://0x7f.0.0.1/", "is no IP address as it is usually written"),
        ("http://0177.0.0.1/", "is no IP address as it is usually written"),
        ("http://\uff11\uff12\uff17.0.0.1/", "cannot stand in an address"),
        ("http://127。0。0。1/", "cannot stand in an address"),
        ("http://user:password@example.com/", "a user or a password"),
        ("http://example.com@127.0.0.1/", "a user or a password"),
        ("http://@example.com/", "a user or a password"),
        ("http://127.0.0.1\\@example.com/", "cannot stand in an address"),
        ("http://example.com:0/", "port '0' is none"),
        ("http://example.com:99999/", "port '99999' is none"),
        ("http://example.com:8a/", "port '8a' is none"),
        ("http://exa mple.com/", "cannot stand in an address"),
        ("http://example.com/\r\nHost: x", "cannot stand in an address"),
        ("http://example.com/\0", "cannot stand in an address"),
        ("http://bücher.example/", "letters of a name as xn--"),
        ("http://%6c%6fcalhost/", "is no host"),
        ("http:///a.ics", "is no host"),
        ("http://.example.com/", "is no host"),
        ("http://-a.example.com/", "is no host"),
        ("http://[::1", "is no host"),
        ("http://a[b].example.com/", "is no host"),
        ("http://example.com/" + "a" * 10_000, "characters: 8000 at most"),
    ],
)  # fmt: skip
def test_hosts_that_are_not_public(address, said):
    """O7: an address that leads into the network of whoever fetches it is refused, in whatever way it is written."""
    assert said in refusal(address)


@pytest.mark.rule("O7")
def test_a_password_is_not_repeated():
    """O7: the refusal of an address with a password does not show it."""
    assert "secret" not in refusal("https://anna:secret@example.com/")


@pytest.mark.parametrize("value", [None, 5, b"https://example.com"])
def test_no_text(value):
    """What is no text is refused like any other."""
    assert "is no text" in refusal(value)


@given(st.text(alphabet="htps:/.@[]%0127x ?#\\aé\0-", max_size=40))
def test_any_text_is_answered(text):
    """Never an exception; and what is accepted has a scheme, a host with a dot or in brackets, and no user."""
    said = refusal("http://" + text)
    if said is None:
        host = text.replace("?", "/").replace("#", "/").split("/")[0]
        assert "@" not in host and ("." in host or "[" in host)


@given(st.ip_addresses(v=4))
def test_addresses_within_addresses(ip):
    """An IPv4 address is refused, or not, alike by itself, mapped into IPv6 and behind NAT64."""
    assert (refusal_of_ip(str(ip)) is None) == (refusal_of_ip(f"::ffff:{ip}") is None)
    assert (refusal_of_ip(str(ip)) is None) == (refusal_of_ip(f"64:ff9b::{ip}") is None)


@pytest.mark.rule("O10")
def test_horizons():
    """O10: Outlook and iCloud tell 200 days ahead, Google one year, of others no limit is known."""
    assert {"outlook": 200, "icloud": 200, "google": 365} == dict(HORIZON_DAYS)
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert now + timedelta(days=200) == horizon("outlook", now) == horizon("icloud", now)
    assert now + timedelta(days=365) == horizon("google", now)
    assert horizon("example", now) is None and horizon(None, now) is None
    assert 9999 == horizon("google", datetime(9999, 6, 1, tzinfo=UTC)).year
    with pytest.raises(InvalidValue, match="has no zone"):
        horizon("google", datetime(2026, 3, 1))


@pytest.mark.rule("O10")
@pytest.mark.parametrize(
    ("address", "provider"),
    [
        ("https://calendar.google.com/calendar/ical/x/basic.ics", "google"),
        ("https://outlook.office365.com/owa/calendar/x/calendar.ics", "outlook"),
        ("https://OUTLOOK.live.com:443/owa/calendar/x.ics", "outlook"),
        ("https://p12-caldav.icloud.com/published/2/x", "icloud"),
        ("https://notgoogle.com/calendar.google.com", None),
        ("https://calendar.google.com.example.com/", None),
        ("https://fakeicloud.com/", None),
        ("https://[2001:4860:4860::8888]/icloud.com", None),
    ],
)
def test_providers(address, provider):
    """O10: a provider is known by the host of the address, and by nothing that only looks like it."""
    assert provider == provider_of(address)


@pytest.mark.rule("O11")
def test_read_only():
    """O11: an external calendar is always read-only, for its subscriber too."""
    calendar = Calendar.from_ical("BEGIN:VEVENT\nUID:1\nDTSTART:20260302T120000Z\nEND:VEVENT")
    its = ExternalCalendar("anna", calendar)
    everybody = Directory([Person("anna"), Person("ben")])
    assert Level.DETAILS is level(calendar.events[0], "anna", its, everybody)
    assert Level.NONE is level(calendar.events[0], "ben", its, everybody)
    assert not may_write("anna", its, everybody)
