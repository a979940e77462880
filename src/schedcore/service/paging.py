"""Pages of lists: a token says where the next page begins, and which question it belongs to.

Rules of this module:

1. A token holds a position, as JSON, and a digest of the question it was made for: every field of the request but the
   page's size and the token itself, with the method and the caller. Another question's token is refused.
2. It is signed with nothing: it says no more than its caller could ask for, and every page is judged anew.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from schedcore.errors import InvalidValue, shorten
from schedcore.service.errors import field

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from schedcore.service.calls import Call

__all__ = ["position_of", "size_of", "token_of"]

#: What a page holds where the request says 0, and the most it holds, whatever the request says.
DEFAULT_SIZE: Final = 100
LARGEST: Final = 10_000
#: Bytes of the digest in a token: enough that no two questions of one caller are taken for one another by chance.
_DIGEST: Final = 16


def size_of(request: Any, default: int = DEFAULT_SIZE, largest: int = LARGEST) -> int:
    """Give how many rows a page of this request holds; larger wishes are cut to the largest, as AIP-158 has it."""
    size = int(request.page_size)
    if size < 0:
        with field("page_size"):
            raise InvalidValue(f"page_size={size}: give 1 or more, or 0 for {default}")
    return min(size or default, largest)


def position_of(call: Call, request: Any) -> Any:
    """Give the position that the token of a request holds; None at the beginning."""
    token: str = request.page_token
    if not token:
        return None
    with field("page_token"):
        try:
            raw = base64.urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
            position = json.loads(raw[_DIGEST:])
        except (ValueError, binascii.Error, RecursionError) as error:
            raise InvalidValue(f"page_token={shorten(token)}: it is damaged; begin again without one") from error
        if raw[:_DIGEST] != _digest(call, request, raw[_DIGEST:]):
            raise InvalidValue(
                f"page_token={shorten(token)}: it was made for another question; ask the same one, or begin without"
            )
        return position


def token_of(call: Call, request: Message, position: object) -> str:
    """Give the token of the page that begins at a position, any value that JSON holds.

    >>> from schedcore.service.calls import Caller, Call
    >>> from schedcore.v1.recurrence_pb2 import ExpandRequest
    >>> call, request = Call(Caller("anna")), ExpandRequest(page_size=2)
    >>> request.page_token = token_of(call, request, [1, "a"])
    >>> position_of(call, request)
    [1, 'a']
    """
    text = json.dumps(position, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_digest(call, request, text) + text).rstrip(b"=").decode("ascii")


def _digest(call: Call, request: Message, position: bytes) -> bytes:
    question = type(request)()
    question.CopyFrom(request)
    question.ClearField("page_token")
    question.ClearField("page_size")
    asked = question.SerializeToString(deterministic=True)
    parts = (type(request).__name__.encode(), call.caller.share.encode(), asked)
    digest = hashlib.blake2b(digest_size=_DIGEST)
    for part in (*parts, position):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()
