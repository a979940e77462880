"""How a client speaks: to whom, as whom, how long it waits, and what is tried again.

Rules of this module:

1. Every call has a deadline: `timeout` for one with one answer, `stream_timeout` for a stream. Only `Watch`, which has
   no end, has none.
2. What is tried again is what did not reach the service, or lost it (UNAVAILABLE, or CANCELLED by a server that stops),
   four times at most and ever later.
   This is safe for every call: reads change nothing, and a write is given a `request_id` if it has none, by which the
   service knows it again. A stream is not tried again once its first message has come: gRPC sees to that.
3. Tokens go over TLS, or to this machine: a token in the clear to anywhere else is an error, not a warning.
4. What gRPC would take for something else is refused here: it sends to port 110903 as to 45367, its lowest 16 bits, and
   of a header that is not printable ASCII it says when called that it is illegal. A token is never repeated.
"""

from __future__ import annotations

import ipaddress
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import grpc

from schedcore.errors import InvalidValue, shorten

__all__ = ["Settings", "checked_token", "is_local", "metadata_of", "method_name", "options_of", "with_request_id"]

_RETRIES: Final = {
    "methodConfig": [
        {
            "name": [{}],  # every method
            "retryPolicy": {
                "maxAttempts": 4,
                "initialBackoff": "0.1s",
                "maxBackoff": "2s",
                "backoffMultiplier": 2,
                # A server of grpcio that stops ends as CANCELLED what it has not yet begun. (What the caller cancels is
                # not tried again: there is no call any more.)
                "retryableStatusCodes": ["UNAVAILABLE", "CANCELLED"],
            },
        }
    ]
}
#: The largest int of C, in which gRPC counts bytes.
_MOST_BYTES: Final = (1 << 31) - 1
#: Ten years: of infinity, and of far longer times, gRPC makes a deadline that is past.
_MOST_SECONDS: Final = 315_360_000
#: The only RPC without an end.
ENDLESS: Final = "Watch"


@dataclass(frozen=True, slots=True)
class Settings:
    """To whom a client speaks, and how.

    `address` is HOST:PORT or unix:PATH; `token` a bearer token; `principal` the id of the person for whom a back end
    acts. `ca`, `cert` and `key` are PEM bytes: `tls` alone takes the system's authorities. `timeout` and
    `stream_timeout` are seconds; `retries` whether calls that were lost are tried again; `max_message_bytes` the
    longest answer, -1 for any. InvalidValue for what cannot be, for a token that would go in the clear, and for a
    certificate without its key.

    >>> Settings("calendar.example.com:443", token="secret")
    Traceback (most recent call last):
        ...
    schedcore.errors.InvalidValue: a token for 'calendar.example.com:443' would go in the clear: pass tls=True or ca=
    """

    address: str
    token: str | None = None
    principal: str | None = None
    tls: bool = False
    ca: bytes | None = None
    cert: bytes | None = None
    key: bytes | None = None
    timeout: float = 10.0
    stream_timeout: float = 300.0
    retries: bool = True
    max_message_bytes: int = 16 << 20

    def __post_init__(self) -> None:
        """Refuse what would go wrong, or tell a secret."""
        _check_address(self.address)
        if (self.cert is None) is not (self.key is None):
            raise InvalidValue("cert and key go together: pass both, or neither")
        if self.token is not None:
            checked_token(self.token, "token")
        if self.principal is not None and not _is_header(self.principal):
            raise InvalidValue(f"principal={shorten(self.principal)}: give printable ASCII, all that a header may hold")
        if self.token is not None and not self.is_encrypted and not is_local(self.address):
            said = f"a token for {shorten(self.address)} would go in the clear"
            raise InvalidValue(f"{said}: pass tls=True or ca=")
        for name in ("timeout", "stream_timeout"):
            if not 0 < getattr(self, name) <= _MOST_SECONDS:
                told = f"{name}={shorten(getattr(self, name))}"
                raise InvalidValue(f"{told}: give seconds above zero, and at most {_MOST_SECONDS}")
        if self.max_message_bytes != -1 and not 1 <= self.max_message_bytes <= _MOST_BYTES:
            told = f"max_message_bytes={shorten(self.max_message_bytes)}"
            raise InvalidValue(f"{told}: give 1 to {_MOST_BYTES}, or -1 for no bound")

    @property
    def is_encrypted(self) -> bool:
        """Whether calls go over TLS."""
        return self.tls or self.ca is not None or self.cert is not None

    def credentials(self) -> grpc.ChannelCredentials:
        """Credentials of the channel, for `is_encrypted`."""
        return grpc.ssl_channel_credentials(self.ca, self.key, self.cert)

    def deadline(self, method: str, *, streams: bool) -> float | None:
        """Seconds that a call may take unless the caller says otherwise; None for one without an end."""
        if method_name(method) == ENDLESS:
            return None
        return self.stream_timeout if streams else self.timeout


def checked_token(token: object, where: str) -> str:
    """Give a token that can be sent; InvalidValue names `where` it stood, and does not repeat it.

    >>> checked_token("sct_ü", "SCHEDCORE_TOKEN")
    Traceback (most recent call last):
        ...
    schedcore.errors.InvalidValue: SCHEDCORE_TOKEN is no token: give printable ASCII without blanks (schedcore token)
    """
    if token == "":
        raise InvalidValue(f"{where} is empty: give a token (schedcore token), or leave it out")
    if not isinstance(token, str) or not _is_header(token) or " " in token:
        raise InvalidValue(f"{where} is no token: give printable ASCII without blanks (schedcore token)")
    return token


def _is_header(text: object) -> bool:
    """Whether metadata can hold a text: the bytes 0x20 to 0x7e (gRPC over HTTP/2, ASCII-Value)."""
    return isinstance(text, str) and text.isascii() and text.isprintable()


def _check_address(address: object) -> None:
    """Refuse what names no server, as gRPC does not: HOST:PORT, or one of its names (doc/naming.md of gRPC)."""
    told = f"address={shorten(address)}"
    if not isinstance(address, str):
        raise InvalidValue(f"{told}: give HOST:PORT")
    scheme, _, rest = address.partition(":")
    if scheme in ("unix", "unix-abstract"):
        if not rest.removeprefix("//"):
            raise InvalidValue(f"{told}: give a path, such as unix:/run/schedcore.sock")
        return
    if scheme in ("xds", "vsock"):
        return
    # Of several addresses each counts; a name of dns may have a server before it, and no port.
    endpoints = {"ipv4": rest.split(","), "ipv6": rest.split(","), "dns": [rest.rpartition("/")[2]]}
    for one in endpoints.get(scheme, [address]):
        host, colon, port = one.rpartition(":")
        if scheme == "dns" and not colon and port:
            continue
        if not host or not (port.isascii() and port.isdecimal() and len(port) <= 5 and 1 <= int(port) <= 65_535):
            raise InvalidValue(f"{told}: give HOST:PORT, with a port from 1 to 65535")
        if ":" in host and not (host.startswith("[") and host.endswith("]")):
            raise InvalidValue(f"{told}: give an IPv6 address in brackets, such as [::1]:50051")


def is_local(address: str) -> bool:
    """Whether an address is this machine's own.

    >>> is_local("127.0.0.1:50051"), is_local("[::1]:50051"), is_local("unix:/run/schedcore"), is_local("10.0.0.1:1")
    (True, True, True, False)
    """
    if address.startswith(("unix:", "unix-abstract:")):
        return True
    host = address.rsplit(":", 1)[0].strip("[]")
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def method_name(method: str | bytes) -> str:
    """The name of an RPC from its path, as gRPC hands it to interceptors.

    >>> method_name("/schedcore.v1.PollService/Watch")
    'Watch'
    """
    return (method.decode() if isinstance(method, bytes) else method).rsplit("/", 1)[-1]


def options_of(settings: Settings) -> list[tuple[str, Any]]:
    """Options of the channel."""
    found: list[tuple[str, Any]] = [("grpc.max_receive_message_length", settings.max_message_bytes)]
    if settings.retries:
        return [*found, ("grpc.service_config", json.dumps(_RETRIES))]
    return [*found, ("grpc.enable_retries", 0)]


def metadata_of(settings: Settings, given: Sequence[tuple[str, Any]] | None) -> tuple[tuple[str, Any], ...]:
    """What goes with a call: what the caller gave, and after it who asks where the caller did not say."""
    found = tuple(given or ())
    said = {key for key, _ in found}
    if settings.token is not None and "authorization" not in said:
        found += (("authorization", f"Bearer {settings.token}"),)
    if settings.principal is not None and "schedcore-principal" not in said:
        found += (("schedcore-principal", settings.principal),)
    return found


def with_request_id(request: Any) -> Any:
    """The request, with an id by which the service knows it again, if it is a write without one.

    A copy: the caller's message stays as it is, so that it can be sent a second time as another write.
    """
    fields = getattr(getattr(request, "DESCRIPTOR", None), "fields_by_name", {})
    if "request_id" not in fields or request.request_id:
        return request
    found = type(request)()
    found.CopyFrom(request)
    found.request_id = str(uuid.uuid4())
    return found
