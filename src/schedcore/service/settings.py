"""Settings of a server: flags of `schedcore serve`, then `SCHEDCORE_*` in the environment, then the defaults here.

Rules of this module:

1. An address that others can reach needs TLS or tokens, else the server does not start.
2. Tokens over plain text can be read on the way, so on such an address they need TLS too. `insecure` says that
   something else encrypts the way (a proxy on the same machine, a mesh); it must be said, for nothing here can tell.
3. Every bound is a setting with a name, and refusals carry that name.
4. Every number has an end on both sides, and its type here says which: of two bounds of a kind, one in the type and one
   beside it, pydantic forgets the first.
5. A setting of TLS without the one that it needs is refused: somebody counts on it.
"""

from __future__ import annotations

import ipaddress
import json
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from schedcore.errors import InvalidValue, shorten
from schedcore.service.calendar_limits import CalendarLimits

__all__ = ["NAMES", "Settings", "is_loopback"]

#: What `tls_names` takes.
NAMES: Final = 'give JSON, such as {"mail.example.org": "backend:mail"}'
#: The largest int of C, in which gRPC counts bytes: 2 GiB.
_MOST: Final = (1 << 31) - 1

Positive = Annotated[int, Field(ge=1, le=_MOST)]
NoneOrMore = Annotated[int, Field(ge=0, le=_MOST)]
#: A thread each.
Workers = Annotated[int, Field(ge=1, le=256)]
#: A million calls, at some ten kilobytes each, are more than one process holds.
Calls = Annotated[int, Field(ge=1, le=1_000_000)]
#: 64 KiB: smaller ones would refuse what every client sends.
MessageBytes = Annotated[int, Field(ge=1 << 16, le=_MOST)]
#: A table comes in many messages: 1 TiB.
TableBytes = Annotated[int, Field(ge=1, le=1 << 40)]
#: A day.
Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
#: An hour, in which whoever lost an answer asks again, to ten years.
Kept = Annotated[float, Field(ge=3_600, le=315_360_000, allow_inf_nan=False)]
#: A year of 365 days.
Minutes = Annotated[int, Field(ge=1, le=525_600)]
#: The years 1 to 9999.
Days = Annotated[int, Field(ge=1, le=3_652_059)]


class Settings(BaseSettings):
    """What a server is told; each field is a flag (`--max-waiting`) and a variable (`SCHEDCORE_MAX_WAITING`)."""

    model_config = SettingsConfigDict(env_prefix="SCHEDCORE_", frozen=True, extra="ignore")

    address: str = Field("127.0.0.1:50051", description="HOST:PORT to listen on; port 0 takes a free one")
    store: SecretStr = Field(SecretStr("sqlite:///schedcore.db"), description="URL of the store")
    tokens: Path | None = Field(None, description="file of tokens (schedcore token makes its entries)")
    tls_cert: Path | None = Field(None, description="PEM of the server's certificate and those above it")
    tls_key: Path | None = Field(None, description="PEM of its private key")
    tls_client_ca: Path | None = Field(None, description="PEM of who signs clients: each must show a certificate")
    tls_names: dict[str, str] = Field(
        default_factory=dict, description='JSON: names of SANs to callers, {"mail.example.org": "backend:mail"}'
    )
    insecure: bool = Field(False, description="take tokens over plain text on an address that others can reach")
    workers: Workers = Field(4, description="calls that are worked on at once")
    max_waiting: Calls = Field(64, description="calls that may wait for a worker; others are refused")
    max_watching: Calls = Field(1_000, description="calls of Watch at once")
    max_streaming: Calls = Field(64, description="answers that are streamed at once; each may hold some 44 MiB")
    max_message_bytes: MessageBytes = Field(4 << 20, description="size of a message that is taken")
    max_table_bytes: TableBytes = Field(256 << 20, description="size of a table that is streamed in")
    deadline: Seconds = Field(60.0, description="seconds that a call has which brings no deadline of its own")
    stall: Seconds = Field(30.0, description="seconds that a client may leave a stream waiting, in all")
    grace: Seconds = Field(20.0, description="seconds that running calls have once the server is told to stop")
    metrics_address: str | None = Field(
        None, description="PORT or HOST:PORT to show metrics at, in plain text; a PORT alone is this machine's"
    )
    keep_answers: Kept = Field(
        172_800, description="seconds that the answer to a write is kept for who repeats it with its request_id"
    )

    never_ending: NoneOrMore = Field(20, description="instances of a series without end that is made here; 0: no cap")
    default_minutes: Minutes = Field(60, description="minutes that a new timed event lasts whose maker says nothing")
    external_calendars: NoneOrMore = Field(50, description="external calendars of one person; 0: no bound")
    max_events: Positive = Field(20_000, description="events in one calendar")
    max_event_bytes: Positive = Field(1 << 20, description="size of all that has one UID")
    max_import_bytes: Positive = Field(32 << 20, description="size of a file that is imported")
    max_window_days: Days = Field(3_700, description="days of a window that is asked about")
    max_listed: Positive = Field(100_000, description="occurrences that one list looks at")
    max_shown: Positive = Field(1_000, description="occurrences that a deletion tells of")
    max_calendars: Positive = Field(5_000, description="calendars in one question about free/busy")
    max_slots: Positive = Field(1_000, description="slots that one answer of FindTimes holds")
    max_near_misses: Positive = Field(100, description="near misses that one answer of FindTimes holds")

    @field_validator("tokens", "tls_cert", "tls_key", "tls_client_ca", mode="before")
    @classmethod
    def _is_said(cls, value: object) -> object:
        """Refuse an empty path, which would be the current folder."""
        if value == "":
            raise ValueError("it is empty: name a file, or leave it out")
        return value

    @field_validator("tls_names", mode="before")
    @classmethod
    def _read_names(cls, value: object) -> object:
        """Read the JSON of the flag; that of the environment pydantic-settings reads itself."""
        try:
            return json.loads(value) if isinstance(value, str) else value
        except (ValueError, RecursionError) as error:
            raise ValueError(NAMES) from error

    @field_validator("tls_names")
    @classmethod
    def _are_callers(cls, value: dict[str, str]) -> dict[str, str]:
        """Refuse at once what would let nobody in."""
        from schedcore.service.auth import caller_of

        for name, said in value.items():
            if not name:
                raise ValueError(f"a name is empty: {NAMES}")
            caller_of(said, shorten(name))
        return value

    @field_validator("metrics_address")
    @classmethod
    def _read_place(cls, value: str | None) -> str | None:
        """Refuse at once what could not be listened on."""
        if value is not None:
            from schedcore.service.metrics import place_of

            place_of(value)
        return value

    @model_validator(mode="after")
    def _fits(self) -> Settings:
        """Hold the settings to one another."""
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError("tls-cert and tls-key go together: give both or neither")
        if self.tls_client_ca is not None and self.tls_cert is None:
            raise ValueError("tls-client-ca needs tls-cert and tls-key")
        if self.tls_names and self.tls_client_ca is None:
            raise ValueError("tls-names needs tls-client-ca: without it no client shows a certificate")
        if is_loopback(self.address):
            return self
        if self.tokens is None and self.tls_client_ca is None:
            raise ValueError(
                f"address={self.address} can be reached from elsewhere, and nothing would tell who asks: give tokens, "
                "or tls-client-ca, or listen on 127.0.0.1"
            )
        if self.tls_cert is None and not self.insecure:
            raise ValueError(
                f"address={self.address} can be reached from elsewhere, and tokens would go over it in plain text: "
                "give tls-cert and tls-key, or say insecure if something else encrypts the way"
            )
        return self

    @property
    def calendar_limits(self) -> CalendarLimits:
        """The settings that are of calendars and of free/busy; what is 0 for no bound is None there."""
        given: dict[str, Any] = {one.name: getattr(self, one.name) or None for one in fields(CalendarLimits)}
        return CalendarLimits(**given)


def is_loopback(address: str) -> bool:
    """Tell whether only this machine can reach an address; InvalidValue for what is no HOST:PORT or unix:PATH.

    >>> is_loopback("127.0.0.1:0"), is_loopback("[::1]:50051"), is_loopback("0.0.0.0:50051"), is_loopback("[::]:1")
    (True, True, False, False)
    >>> is_loopback("ipv4:127.0.0.1:50051")  # gRPC's own names are not looked into
    False
    """
    if address.startswith("unix:"):
        if not address.removeprefix("unix:").removeprefix("//"):
            raise InvalidValue(f"address={shorten(address)}: give a path, such as unix:/run/schedcore.sock")
        return True
    if address.partition(":")[0] in ("dns", "ipv4", "ipv6"):
        return False
    host, _, port = address.rpartition(":")
    if not host or not _is_port(port):
        raise InvalidValue(f"address={shorten(address)}: give HOST:PORT, such as 127.0.0.1:50051")
    if host == "localhost":
        return True
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        found = ipaddress.ip_address(bare)
    except ValueError:
        found = None  # a name: who can reach it is not to be guessed
    if (":" in host or bare != host) and (bare == host or not isinstance(found, ipaddress.IPv6Address)):
        raise InvalidValue(f"address={shorten(address)}: give an IPv6 address in brackets, such as [::1]:50051")
    return found is not None and found.is_loopback


def _is_port(text: str) -> bool:
    """Tell whether a text is a port: int() takes other digits than ASCII's, too."""
    return text.isascii() and text.isdecimal() and len(text) <= 5 and int(text) <= 65_535
