"""Addresses of external calendars that must not be fetched."""

from __future__ import annotations

from typing import Final

from reliability.case import Case, Error
from schedcore.errors import InvalidValue
from schedcore.policy import check_address


def refused(address: str, says: str, shown: str | None = None) -> Case:
    """An address that is refused, and why."""
    return Case(shown or address, lambda _: check_address(address), Error(InvalidValue, says))


CASES: Final[list[Case]] = [
    Case("https://example.com/a.ics", lambda _: check_address("https://example.com/a.ics"), "https://example.com/a.ics"),
    refused("webcal://example.com/a.ics", "write the address with https://"),
    refused("file:///etc/passwd", "does not begin with http:// or https://"),
    refused("example.com/a.ics", "does not begin with http:// or https://"),
    refused("http://169.254.169.254/", "a link-local address"),
    refused("http://[::ffff:127.0.0.1]/", "a loopback address"),
    refused("http://localhost/", "a name of a local network"),
    refused("http://100.64.0.1/", "a shared or reserved address"),
    refused("http://user:password@example.com/", "a user or a password"),
    refused("http://127.1/", "is no IP address as it is usually written", "a redirect to http://127.1/"),
]
