"""Calendars of other providers: which addresses are accepted, and how far ahead a provider tells.

This room fetches nothing. It says whether whoever does may fetch an address, and why not.

Rules of this module:

1. An address begins with http:// or https://. webcal:// is refused, with the words to write instead, and so is
   everything else.
2. Whoever fetches an address that a stranger typed must not be led into their own network. So the host is a name with
   a dot, or an IP address that everybody can reach: none that is private, local, shared (RFC 6598), link-local or of
   the machine itself (the registries of RFC 6890). An IPv4 address within an IPv6 one is judged as the IPv4 address
   that it is: mapped, 6to4, Teredo or NAT64 (RFC 4291 2.5.5, RFC 3056, RFC 4380, RFC 6052).
3. Programs read many texts as an IPv4 address: 127.1, 0x7f000001, 2130706433, full-width digits. A host whose last
   part is a number is refused unless it is written in the usual way; a host is ASCII, other letters as xn--.
4. A user and password in an address are refused: they would be stored and shown.
5. A name can lead to any address, and a reply to another place. Ask `refusal_of_ip` about each address that a name
   resolves to, and `refusal` about each redirect, before going there.
6. Outlook and iCloud tell 200 days ahead, Google one year; of others nothing is known. What lies beyond is unknown, not
   free.

Product rules: O7, O8, O10.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

from schedcore.errors import InvalidValue, shorten

__all__ = ["HORIZON_DAYS", "check_address", "horizon", "provider_of", "refusal", "refusal_of_ip"]

#: How many days ahead the calendar of a provider tells, by the provider's name.
HORIZON_DAYS: Final = {"outlook": 200, "icloud": 200, "google": 365}

#: Which provider serves a host and all names under it.
_PROVIDERS: Final = {
    "outlook.com": "outlook",
    "outlook.live.com": "outlook",
    "outlook.office.com": "outlook",
    "outlook.office365.com": "outlook",
    "icloud.com": "icloud",
    "calendar.google.com": "google",
}

#: The longest address that programs take on the way (RFC 9110 4.1 asks for 8,000 octets at least).
_LONGEST: Final = 8_000
_SCHEMES: Final = ("http", "https")
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):", re.ASCII)
#: What stands between // and the path (RFC 3986 3.2): user, host or [IPv6], port.
_AUTHORITY: Final = re.compile(r"(?:([^@]*)@)?(\[[^\]]*\]|[^:]*)(?::([^:]*))?")
_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?", re.ASCII)
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
#: Names that never leave a network, or mean the machine itself (RFC 6761, 6762, 8375 and 9476; internal: ICANN).
_LOCAL_NAMES: Final = frozenset(
    ("localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "corp", "alt", "onion", "arpa")
)
_NAT64: Final = IPv6Network("64:ff9b::/96")


def refusal(address: str) -> str | None:
    """Say why an address is not accepted for an external calendar; None if it is. Never raises. O(length).

    >>> refusal("https://calendar.google.com/calendar/ical/anna/basic.ics")
    >>> refusal("webcal://p12-caldav.icloud.com/published/2/abc")
    'webcal:// is not accepted: write the address with https://'
    >>> refusal("http://169.254.169.254/latest/")
    '169.254.169.254 is a link-local address: give one that can be reached from everywhere'
    """
    if not isinstance(address, str):
        return f"{shorten(address)} is no text: give an address that begins with https://"
    if len(address) > _LONGEST:
        return f"the address has {len(address)} characters: {_LONGEST} at most"
    odd = next((char for char in address if not "!" <= char <= "~" or char in '\\"<>^`{|}'), None)
    if odd is not None:
        return f"{shorten(odd)} cannot stand in an address: write it as %XX, and letters of a name as xn--"
    scheme = _SCHEME.match(address)
    name = scheme[1].lower() if scheme else ""
    if name == "webcal" or name == "webcals":
        return f"{name}:// is not accepted: write the address with https://"
    if name not in _SCHEMES or not address[len(name) :].startswith("://"):
        return f"{shorten(address, 60)} does not begin with http:// or https://"
    return _refusal_of_authority(re.split(r"[/?#]", address[len(name) + 3 :], maxsplit=1)[0])


def _refusal_of_authority(authority: str) -> str | None:
    parts = _AUTHORITY.fullmatch(authority)
    if parts is None:
        return f"{shorten(authority, 60)} is no host: write it as in https://calendar.example.com/"
    user, host, port = parts.groups()
    if user is not None:
        return "a user or a password stands in the address: leave out everything up to the @"
    if port and not (port.isdigit() and 1 <= int(port) <= 65535):
        return f"port {shorten(port, 20)} is none: give one from 1 to 65535, or leave it out"
    if host.startswith("["):
        return refusal_of_ip(host[1:-1])
    return _refusal_of_name(host.lower().removesuffix("."))


def _refusal_of_name(host: str) -> str | None:
    labels = host.split(".")
    if not host or not all(map(_LABEL.fullmatch, labels)) or len(host) > 253:
        return f"{shorten(host, 60)} is no host: write it as in https://calendar.example.com/"
    if _NUMBER.fullmatch(labels[-1]):
        return refusal_of_ip(host)
    if labels[-1] in _LOCAL_NAMES or len(labels) == 1:
        return f"{shorten(host, 60)} is a name of a local network: give one that can be reached from everywhere"
    return None


def refusal_of_ip(text: str) -> str | None:
    """Say why an IP address must not be fetched from; None if everybody can reach it. For what a name resolves to.

    >>> refusal_of_ip("8.8.8.8"), refusal_of_ip("::ffff:127.0.0.1")
    (None, '::ffff:127.0.0.1 is a loopback address: give one that can be reached from everywhere')
    """
    try:
        found = ip_address(text)
    except ValueError:
        return f"{shorten(text, 60)} is no IP address as it is usually written"
    if isinstance(found, IPv6Address) and found.scope_id is not None:
        return f"{shorten(text, 60)} names a zone of one machine: give an address that can be reached from everywhere"
    for one in (found, *_within(found)):
        kind = _kind(one)
        if kind:
            return f"{shorten(text, 60)[1:-1]} is {kind} address: give one that can be reached from everywhere"
    return None


def _within(found: IPv4Address | IPv6Address) -> list[IPv4Address]:
    """The IPv4 addresses that stand within an IPv6 one."""
    if isinstance(found, IPv4Address):
        return []
    teredo = found.teredo or ()
    nat64 = [IPv4Address(int(found) & 0xFFFF_FFFF)] if found in _NAT64 else []
    return [one for one in (found.ipv4_mapped, found.sixtofour, *teredo, *nat64) if one is not None]


def _kind(found: IPv4Address | IPv6Address) -> str:
    """What is wrong with an address; "" if nothing is."""
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        return ""  # it is judged by the address within
    if found.is_unspecified or found.is_loopback:
        return "a loopback"
    if found.is_link_local:
        return "a link-local"
    if found.is_multicast:
        return "a multicast"
    if found.is_global:
        return ""
    return "a private" if found.is_private else "a shared or reserved"


def check_address(address: str) -> str:
    """Give an address back that is accepted; InvalidValue says why it is not.

    >>> check_address("file:///etc/passwd")
    Traceback (most recent call last):
        ...
    schedcore.errors.InvalidValue: external calendar: 'file:///etc/passwd' does not begin with http:// or https://
    """
    said = refusal(address)
    if said is not None:
        raise InvalidValue(f"external calendar: {said}")
    return address


def provider_of(address: str) -> str | None:
    """Tell by its host which provider serves an accepted address: outlook, icloud, google, or None for another.

    >>> provider_of("https://p12-caldav.icloud.com/published/2/abc"), provider_of("https://example.com/icloud.com")
    ('icloud', None)
    """
    host = re.split(r"[/?#:]", check_address(address).split("://", 1)[1], maxsplit=1)[0].lower().removesuffix(".")
    for name, provider in _PROVIDERS.items():
        if host == name or host.endswith("." + name):
            return provider
    return None


def horizon(provider: str | None, now: datetime) -> datetime | None:
    """Up to when, in UTC, a provider tells what is in a calendar at an aware `now`; None where no limit is known.

    InvalidValue for a `now` without a zone. A provider that is not in HORIZON_DAYS has no known limit.

    >>> new_year = datetime(2026, 1, 1, tzinfo=UTC)
    >>> horizon("outlook", new_year).date().isoformat(), horizon(None, new_year)
    ('2026-07-20', None)
    """
    if now.tzinfo is None:
        raise InvalidValue(f"now={shorten(now)} has no zone: pass an aware datetime, such as datetime.now(UTC)")
    days = None if provider is None else HORIZON_DAYS.get(provider)
    if days is None:
        return None
    try:
        return now.astimezone(UTC) + timedelta(days=days)  # elapsed time, not the wall clock's
    except OverflowError:  # the calendar ends before
        return datetime.max.replace(tzinfo=UTC)
