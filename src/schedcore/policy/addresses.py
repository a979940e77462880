"""Mail addresses as people mean them: one form in which equal addresses are equal texts.

Rules of this module:

1. RFC 5321 2.4 lets a server tell upper from lower case before the @. None that people use does, and people type
   either, so case does not matter on either side.
2. `mailto:` in front and everything from `?` on are not part of the address, and %XX is a byte of it (RFC 6068 2).
3. Text is in Unicode's composed form (RFC 6532 3.1). A domain is compared as Unicode, whether it came so or as xn--
   (RFC 5890 2.3.2.1); its dots may be those of East Asian keyboards (RFC 3490 3.1). Letters are lowered and not
   folded: by folding, straße.example would be strasse.example, which is another domain (RFC 5894 7.2).
4. A local part in quotes is the same as without, where none are needed (RFC 5321 4.1.2).
5. What does not show (control characters, marks of direction, joiners) is in no address: it would let two addresses
   look alike. An error names it.

What this module does not do: it does not know which addresses exist, and `anna+shop@` is not `anna@`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from schedcore.errors import InvalidValue, shorten

__all__ = ["canonical", "canonical_or_none"]

#: RFC 5321 4.5.3.1.3: a path of 256 octets, brackets included.
LONGEST: Final = 254

_SCHEME: Final = "mailto:"
_PERCENT: Final = re.compile("%([0-9A-Fa-f]{2})")
_DOTS: Final = str.maketrans("。．｡", "...")  # noqa: RUF001 - the dots of RFC 3490 3.1
#: What a local part may be without quotes (RFC 5322 3.2.3, dot-atom); letters beyond ASCII by RFC 6531.
_PLAIN: Final = re.compile(r"[^\s\x00-\x20()<>\[\]:;@\\,\"]+")
#: Categories of characters that do not show: control, format, surrogate, private use, unassigned, line ends.
_UNSEEN: Final = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))


@lru_cache(maxsize=4096)
def canonical(address: str) -> str:
    """Give the form of a mail address in which it compares; InvalidValue says why a text is none.

    Giving it the result again changes nothing. O(length), and a dictionary's look for one that was asked lately.

    >>> canonical("MAILTO:Anna@Example.com "), canonical("anna@xn--bcher-kva.example")
    ('anna@example.com', 'anna@bücher.example')
    >>> canonical("anna")
    Traceback (most recent call last):
        ...
    schedcore.errors.InvalidValue: 'anna' is no mail address: it has no @; give one like anna@example.com
    """
    if not isinstance(address, str):
        raise InvalidValue(f"{shorten(address)} is no mail address: give a text like anna@example.com")
    text = address.strip()
    if text[: len(_SCHEME)].lower() == _SCHEME:
        text = _decoded(text[len(_SCHEME) :].partition("?")[0], address)
    text = unicodedata.normalize("NFC", text)
    for character in text:
        if unicodedata.category(character) in _UNSEEN:
            raise _refused(address, f"it has the character U+{ord(character):04X}, which does not show")
    local, at, domain = text.rpartition("@")
    if not at:
        raise _refused(address, "it has no @")
    found = f"{_local(local, address)}@{_domain(domain, address)}"
    if len(found.encode()) > LONGEST:
        raise _refused(address, f"it is longer than {LONGEST} octets")
    return found


def canonical_or_none(address: str) -> str | None:
    """The same for text that strangers wrote: None where it is no address.

    >>> canonical_or_none("urn:uuid:1") is None
    True
    """
    try:
        return canonical(address)
    except InvalidValue:
        return None


def _decoded(text: str, address: str) -> str:
    """Undo %XX: the bytes are UTF-8 (RFC 6068 2, 5)."""
    raw = _PERCENT.sub(lambda found: chr(int(found[1], 16)), text.encode("utf-8", "replace").decode("latin-1"))
    try:
        return raw.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        raise _refused(address, "its %XX are no UTF-8") from None


def _local(text: str, address: str) -> str:
    if len(text) > 2 and text[0] == text[-1] == '"':
        inner = re.sub(r"\\(.)", r"\1", text[1:-1])
        if not _is_dot_atom(inner):
            return _lowered(text)
        text = inner
    if not _is_dot_atom(text):
        raise _refused(address, f"{shorten(text)} cannot stand before the @")
    return _lowered(text)


def _is_dot_atom(text: str) -> bool:
    return _PLAIN.fullmatch(text) is not None and all(text.split("."))


def _domain(text: str, address: str) -> str:
    text = unicodedata.normalize("NFKC", text.translate(_DOTS)).removesuffix(".")
    labels = [_label(_lowered(label), address) for label in text.split(".")]
    found = ".".join(labels)
    if not all(labels) or _PLAIN.fullmatch(found) is None:
        raise _refused(address, f"{shorten(text)} is no domain")
    return found


def _label(label: str, address: str) -> str:
    """A label as Unicode. What xn-- hides must be in the form that it would be written in, or it stays as it is."""
    if not label.startswith("xn--") or not label.isascii():
        return label
    try:
        shown = label[4:].encode("ascii").decode("punycode")
    except (UnicodeError, ValueError):
        raise _refused(address, f"{shorten(label)} is no label of a domain") from None
    plain = shown and not shown.isascii() and _lowered(unicodedata.normalize("NFKC", shown)) == shown
    return shown if plain and not any(unicodedata.category(one) in _UNSEEN for one in shown) else label


def _lowered(text: str) -> str:
    """In lower case, composed again: İ becomes two characters."""
    return unicodedata.normalize("NFC", text.lower())


def _refused(address: str, why: str) -> InvalidValue:
    return InvalidValue(f"{shorten(address)} is no mail address: {why}; give one like anna@example.com")
