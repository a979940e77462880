"""The types of columns: alike on SQLite and PostgreSQL, and strict about what neither could keep alike.

Rules of this module:

1. A key is compared and ordered by its UTF-8 bytes on both: PostgreSQL's "C" collation is what SQLite does anyway.
   Pages go on after a key, so the order may not depend on a server's locale.
2. PostgreSQL keeps no NUL in a text, and no index entry above 2,704 bytes (a third of a page). So a text with a NUL
   is refused on both stores, and so is a key above its length: what one store takes, the other takes as well.
3. Times are whole UTC seconds, and every number has 64 bits.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BigInteger, Integer, LargeBinary, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from schedcore.errors import InvalidValue, LimitExceeded, shorten

__all__ = ["BYTES", "KEY", "LONG_KEY", "NUMBER", "SERIAL", "TEXT"]

#: Bytes of an id or an address (an address has 254 characters at most, RFC 5321 4.5.3.1.3).
_KEY_BYTES: Final = 512
#: Bytes of a UID: RFC 7986 5.3 wants at most 255 octets, programs have made longer ones. With two ids it fits an index.
_LONG_KEY_BYTES: Final = 1024


class _Text(TypeDecorator[str]):
    """A text without NUL and lone surrogates; with `most`, of so many bytes at most."""

    impl = Text
    cache_ok = True

    def __init__(self, most: int | None = None, collation: str | None = None) -> None:
        super().__init__(collation=collation)
        self.most = most

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Refuse what one of the stores could not keep."""
        if value is None:
            return value
        if "\0" in value:
            raise InvalidValue(f"{shorten(value)} has a NUL character, which no store keeps: leave it out")
        if not value.isascii() or (self.most is not None and len(value) > self.most):
            self._check(value)
        return value

    def _check(self, value: str) -> None:
        try:
            size = len(value.encode("utf-8"))
        except UnicodeEncodeError:
            raise InvalidValue(f"{shorten(value)} is no text: half of a surrogate pair stands alone") from None
        if self.most is not None and size > self.most:
            raise LimitExceeded(
                "key_bytes",
                allowed=self.most,
                reached=size,
                message=f"{shorten(value, 40)} has {size} bytes: an id of this kind has {self.most} at most",
            )


#: A text of any length.
TEXT: Final = _Text()
#: An id, an address, the name of a kind.
KEY: Final = _Text(_KEY_BYTES).with_variant(_Text(_KEY_BYTES, "C"), "postgresql")
#: The UID of an event.
LONG_KEY: Final = _Text(_LONG_KEY_BYTES).with_variant(_Text(_LONG_KEY_BYTES, "C"), "postgresql")
NUMBER: Final = BigInteger()
#: A number that the database gives: SQLite counts only what is called INTEGER, which has 64 bits there.
SERIAL: Final = BigInteger().with_variant(Integer(), "sqlite")
BYTES: Final = LargeBinary()
