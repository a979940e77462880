"""Any bytes to any RPC: never a mistake of the server's, never its end.

Messages are random bytes; random messages of the RPC's own type, filled from a pool of values that are often wrong; and
those with bytes changed. What is drawn is drawn from the name of the RPC, so that a failure can be had again.
"""

from __future__ import annotations

import os
import random
import zlib

import grpc
import pytest
from google.protobuf.descriptor import FieldDescriptor

from service.processes import as_
from service.rpcs import Rpc, name, rpcs

CODE = grpc.StatusCode
BAD = {CODE.INTERNAL, CODE.UNKNOWN, CODE.UNIMPLEMENTED, CODE.UNAVAILABLE, CODE.DATA_LOSS}
#: Messages for each RPC and store: two seconds for all of them; SCHEDCORE_LONG draws a hundred times as many.
TURNS = 4_000 if os.environ.get("SCHEDCORE_LONG") else 40

TEXTS = [
    "", "a", "anna", "\0", "\n", "\N{RIGHT-TO-LEFT OVERRIDE}x", "x" * 5_000, "%s{0}${x}", "2026-10-26", "9999-12-31",
    "2026-10-26T09:00:00", "9999-12-31T23:59:59", "0001-01-01T00:00:00", "2026-10-26T09:00:00Z", "Europe/Zurich", "UTC",
    "../../etc/passwd", "FREQ=DAILY", "FREQ=SECONDLY;INTERVAL=7;BYMONTH=2;BYMONTHDAY=30", "FREQ=YEARLY;COUNT=999999999",
    "PT1H", "P999999999W", "-P1D", "BEGIN:VEVENT\nDTSTART:20260101T000000Z\nRRULE:FREQ=SECONDLY\nEND:VEVENT",
    "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nDTSTART:20260101\nEND:VEVENT\nEND:VCALENDAR", "anna@example.com",
    "' OR 1=1 --",
]  # fmt: skip
NUMBERS = [0, 1, -1, 2, 7, 60, 1_000, 2**31 - 1, -(2**31), 2**63 - 1, -(2**63), 1_767_225_600, 253_402_300_799]


def filled(message, draw: random.Random, depth: int = 0) -> None:
    """Fill a message from the pool."""
    for field in message.DESCRIPTOR.fields:
        if draw.random() < 0.4 or depth > 4:
            continue
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            continue
        count = draw.choice([0, 1, 1, 2, 5]) if field.is_repeated else 1
        for _ in range(count):
            if field.cpp_type == FieldDescriptor.CPPTYPE_MESSAGE:
                inner = getattr(message, field.name).add() if field.is_repeated else getattr(message, field.name)
                if not field.is_repeated:
                    inner.SetInParent()
                filled(inner, draw, depth + 1)
            else:
                value = scalar(field, draw)
                if field.is_repeated:
                    getattr(message, field.name).append(value)
                else:
                    setattr(message, field.name, value)


def scalar(field: FieldDescriptor, draw: random.Random):
    """A value of a field's type."""
    kind = field.cpp_type
    if kind == FieldDescriptor.CPPTYPE_STRING:
        text = draw.choice(TEXTS)
        return text.encode() if field.type == FieldDescriptor.TYPE_BYTES else text
    if kind == FieldDescriptor.CPPTYPE_ENUM:
        return draw.choice([0, 1, 2, 3, 99])
    if kind == FieldDescriptor.CPPTYPE_BOOL:
        return draw.random() < 0.5
    if kind in (FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT):
        return draw.choice([0.0, -1.0, float("nan"), float("inf"), 1e300])
    number = draw.choice(NUMBERS)
    if kind in (FieldDescriptor.CPPTYPE_INT32, FieldDescriptor.CPPTYPE_UINT32):
        number = max(min(number, 2**31 - 1), -(2**31))
    return abs(number) if kind in (FieldDescriptor.CPPTYPE_UINT32, FieldDescriptor.CPPTYPE_UINT64) else number


def drawn(rpc: Rpc, draw: random.Random) -> bytes:
    """Bytes for an RPC."""
    if draw.random() < 0.15:
        return draw.randbytes(draw.choice([0, 1, 7, 300]))
    request = rpc.request
    filled(request, draw)
    data = bytearray(request.SerializeToString())
    if draw.random() < 0.3:
        for _ in range(draw.randint(1, 4)):
            at = draw.randrange(len(data) + 1)
            data[at : at + draw.randint(0, 2)] = draw.randbytes(draw.randint(0, 2))
    return bytes(data)


@pytest.mark.parametrize("rpc", rpcs(), ids=name)
def test_any_bytes(rpc, server, channel):
    """Each ends in an answer or in a refusal that says why, in bounded time; the server lives."""
    draw = random.Random(zlib.crc32(rpc.path.encode()))
    seen = set()
    for _ in range(TURNS):
        data = drawn(rpc, draw)
        who = draw.choice([(), as_("anna"), as_("ben"), as_("x" * 600)])
        told = rpc.call(channel, data, who, timeout=10 if not rpc.method.name.startswith("Watch") else 0.3)
        assert told not in BAD, (told, data, [line for line in server.errors if '"mistake"' in line][-1:])
        seen.add(told)
    assert server.process.poll() is None
    assert seen, "nothing was asked"


@pytest.mark.parametrize("rpc", rpcs(), ids=name)
def test_a_packed_list_of_millions(rpc, lone):
    """4,000,000 integers in each of the first fields: refused, or left aside, and the server lives."""
    packed = b"\x05" * 4_000_000
    size = b"\x80\x92\xf4\x01"  # 4,000,000 as a varint
    with lone.channel() as channel:
        for number in (1, 2, 3):
            data = bytes([number << 3 | 2]) + size + packed
            told = rpc.call(channel, data, as_("anna"), timeout=20 if not rpc.method.name.startswith("Watch") else 1)
            assert told not in BAD
