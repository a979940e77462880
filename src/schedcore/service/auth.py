"""Who is asking: bearer tokens, certificates, and the back end on the same machine.

Rules of this module:

1. A token is 256 random bits. The file of tokens holds their SHA-256 and nothing to log in with. A slow hash with a
   salt protects words that people choose; 2^256 cannot be searched, and a slow one would cost every call.
2. A person's token, or certificate, is that person: to name another in `schedcore-principal` is refused, whatever is
   asked. A back end's may name anybody; without a name it acts for nobody, and sees what the public sees.
3. A certificate says who it is in a URI of its SAN: `schedcore:person:ID`, `schedcore:backend:NAME`. A bearer token
   comes before the certificate, for a back end may talk through a proxy that has one.
4. Without tokens and certificates, callers on the same machine are its back end. Elsewhere the server does not start
   without either (`settings`).
5. Which of the tokens is right is told by one lookup of the hash; whether one is wrong or unknown makes no difference
   in the answer.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import tomllib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from schedcore.errors import InvalidValue, NotAllowed, shorten
from schedcore.service.calls import Caller
from schedcore.service.errors import Unauthenticated

__all__ = [
    "PRINCIPAL",
    "Gate",
    "Tokens",
    "caller_of",
    "entry_of",
    "new_token",
    "read_tokens",
    "said_once",
    "tokens_of",
]

#: Metadata that names who acts.
PRINCIPAL: Final = "schedcore-principal"
#: Metadata with the token.
_TOKEN: Final = "authorization"
_SCHEME: Final = "bearer "
#: Tokens begin so, for scanners of repositories and logs to find them.
_PREFIX: Final = "sct_"
_BYTES: Final = 32
_HASH: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
#: As many bytes as the store takes for an id.
_LONGEST_ID: Final = 512
_SAN: Final = "schedcore:"


def new_token() -> str:
    """Make a token of 256 random bits.

    >>> len(new_token()), new_token().startswith("sct_")
    (47, True)
    """
    return _PREFIX + secrets.token_urlsafe(_BYTES)


def hash_of(token: str) -> str:
    """Give what the file holds of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def entry_of(token: str, *, person: str | None = None, backend: str | None = None) -> str:
    """Give the lines of the tokens file for a token.

    >>> print(entry_of("sct_x", person="anna").splitlines()[1])
    person = "anna"
    """
    name, value = ("person", person) if person is not None else ("backend", backend)
    return f'[[token]]\n{name} = {_toml(_id(value or "", name))}\nsha256 = "{hash_of(token)}"\n'


def _toml(text: str) -> str:
    """A TOML string: JSON's escapes are among TOML's, and ids have no control characters."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@dataclass(frozen=True, slots=True)
class Tokens:
    """Callers by the hash of their token."""

    callers: Mapping[str, Caller] = field(default_factory=dict)

    def caller(self, token: str) -> Caller:
        """Give whose token it is; Unauthenticated if nobody's."""
        found = self.callers.get(hash_of(token))
        if found is None:
            raise Unauthenticated(
                "the token is not known here: ask for one (schedcore token), or check how it was sent"
            )
        return found


def read_tokens(path: Path) -> Tokens:
    """Read the file of tokens; InvalidValue with what is wrong in it, and in which entry."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InvalidValue(f"{path}: the tokens cannot be read: {error.strerror}") from error
    return tokens_of(data, path)


def tokens_of(data: bytes, path: Path) -> Tokens:
    """Read what a file of tokens holds (TOML); InvalidValue with what is wrong in it, and in which entry."""
    try:
        read = tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidValue(f"{path} is no TOML: {error}; make entries with schedcore token") from error
    entries = read.get("token", [])
    if not isinstance(entries, list) or read.keys() - {"token"}:
        raise InvalidValue(f"{path}: give [[token]] tables and nothing else")
    callers: dict[str, Caller] = {}
    for number, entry in enumerate(entries, 1):
        digest, caller = _entry(f"{path}, token {number}", entry)
        if digest in callers:
            raise InvalidValue(f"{path}, token {number}: its hash is there already; every token is one caller's")
        callers[digest] = caller
    return Tokens(callers)


def _entry(where: str, entry: object) -> tuple[str, Caller]:
    if not isinstance(entry, dict) or set(entry) not in ({"person", "sha256"}, {"backend", "sha256"}):
        raise InvalidValue(f"{where}: give person or backend, and sha256")
    digest = entry["sha256"]
    if not isinstance(digest, str) or not _HASH.fullmatch(digest):
        raise InvalidValue(f"{where}: sha256 takes 64 hexadecimal digits, lower case; make one with schedcore token")
    kind = "person" if "person" in entry else "backend"
    name = entry[kind]
    if not isinstance(name, str):
        raise InvalidValue(f"{where}: {kind} takes a text")
    return digest, _caller(kind, _id(name, f"{where}: {kind}"))


def _caller(kind: str, name: str) -> Caller:
    return Caller(name) if kind == "person" else Caller(None, backend=True, name=name)


def caller_of(said: str, where: str) -> Caller:
    """Give whom a URI of a SAN names, or what stands for a name in its place; InvalidValue where that is nobody.

    >>> caller_of("schedcore:person:anna", "SAN"), caller_of("backend:mail", "SAN")
    (Caller(principal='anna', backend=False, name=''), Caller(principal=None, backend=True, name='mail'))
    """
    kind, _, told = said.removeprefix(_SAN).partition(":")
    if kind not in ("person", "backend"):
        raise InvalidValue(f"{where}: {shorten(said)} is nobody: give person:ID or backend:NAME")
    return _caller(kind, _id(told, f"{where}: {kind}"))


def _id(text: str, where: str) -> str:
    """Check the id of a person or the name of a back end."""
    if not text or len(text.encode("utf-8", "replace")) > _LONGEST_ID or not text.isprintable():
        raise InvalidValue(f"{where}={shorten(text)}: give 1 to {_LONGEST_ID} bytes of printable text")
    return text


def said_once(metadata: Iterable[tuple[str, str | bytes]]) -> dict[str, str]:
    """Give what metadata says about who asks; Unauthenticated for a thing that is said twice.

    A proxy may look at the first of two, and a server at the last: with both, one could be smuggled past the other.
    """
    found: dict[str, str] = {}
    for key, value in metadata:
        if key in (PRINCIPAL, _TOKEN) and isinstance(value, str):
            if key in found:
                raise Unauthenticated(f"{key} is sent twice: send it once")
            found[key] = value
    return found


@dataclass(frozen=True, slots=True)
class Gate:
    """Tells who asks, from metadata, from the client's certificate and from where the call comes.

    `tokens` is None where none are used. `certificates` tells whether clients show one. `names` maps further names of a
    SAN to what they stand for ("person:anna", "backend:mail").

    >>> gate = Gate()
    >>> gate.caller({"schedcore-principal": "anna"}, ())
    Caller(principal='anna', backend=True, name='local')
    """

    tokens: Tokens | None = None
    certificates: bool = False
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Whether everybody who can connect is let in, as on the loopback."""
        return self.tokens is None and not self.certificates

    def caller(self, metadata: Mapping[str, str], san: Iterable[str]) -> Caller:
        """Give who asks; Unauthenticated where nobody is told, NotAllowed for a person who names another."""
        who = self._shown(metadata, san)
        named = metadata.get(PRINCIPAL, "")
        if not named:
            return who
        try:
            named = _id(named, PRINCIPAL)
        except InvalidValue as error:
            raise Unauthenticated(str(error)) from error
        if who.backend:
            return Caller(named, backend=True, name=who.name)
        if named != who.principal:
            raise NotAllowed(f"{PRINCIPAL}={shorten(named)}: these credentials are another person's; leave it out")
        return who

    def _shown(self, metadata: Mapping[str, str], san: Iterable[str]) -> Caller:
        authorization = metadata.get(_TOKEN, "")
        if authorization and self.tokens is not None:
            if authorization[: len(_SCHEME)].lower() != _SCHEME:
                raise Unauthenticated("authorization: give Bearer and a token")
            return self.tokens.caller(authorization[len(_SCHEME) :].strip())
        if self.certificates:
            for name in san:
                if name in self.names or name.startswith(_SAN):
                    with suppress(InvalidValue):
                        return caller_of(self.names.get(name, name), "SAN")
        if self.is_open:
            return Caller(None, backend=True, name="local")
        raise Unauthenticated("nobody is told who asks: send authorization: Bearer TOKEN, or a client certificate")
