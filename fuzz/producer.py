"""Arrow columns that an input describes: made by hand, so that every byte lies where an input wants it.

Rules of this module:

1. A column is as the C data interface and the columnar format say, offsets, bitmaps, junk behind null rows and before
   the first one included; then fields that a consumer can check may be overwritten (`spoil`). What it cannot check, the
   true length of a buffer, stays true: nobody can be held to more.
2. Every buffer is a block of malloc of exactly its length, so that AddressSanitizer sees a read one byte beyond it.
3. A release frees the buffers at once, so that AddressSanitizer sees a read after it, and must come once: `alive`
   counts what was not released yet.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from bulk.hostile import CArray, CSchema
from fuzz.draws import Draws

_LIBC: Final = ctypes.CDLL(None)
_LIBC.malloc.restype = ctypes.c_void_p
_LIBC.malloc.argtypes = [ctypes.c_size_t]
_LIBC.free.argtypes = [ctypes.c_void_p]

#: Formats of numbers, and struct's letters for them.
NUMBERS: Final = {"c": "b", "C": "B", "s": "h", "S": "H", "i": "i", "I": "I", "l": "q", "L": "Q"}
UNITS: Final = {"s": 1, "m": 10**3, "u": 10**6, "n": 10**9}
#: What a value may be that is asked for but cannot be given: then the column must be refused.
UNFIT: Final = object()


@dataclass
class Made:
    """A column: what its structures say, and the values that must come out of them."""

    format: str
    buffers: list[bytes | None]
    values: list[Any]
    offset: int
    nulls: int
    children: list[Made] = field(default_factory=list)
    dictionary: Made | None = None
    name: str = "c"
    #: Whether it must be refused even where no row shows why.
    unfit: bool = False
    #: Changes to make to the structures when they are there.
    changes: list[Callable[[CSchema, CArray], None]] = field(default_factory=list)


def column(draws: Draws, deep: bool = True) -> Made:
    """Any column; lists only where it may be `deep`."""
    kinds = [_numbers, _numbers, _booleans, _times, _text, _text, _views, _words, _nothing, _lists, _lists]
    length, offset = draws.below(9), draws.below(4)
    return draws.of(kinds if deep else kinds[:-2])(draws, length, offset)


def _valid(draws: Draws, length: int, offset: int) -> tuple[bytes | None, list[bool], int]:
    """A bitmap of what is there, as a list too, and the number of nulls: known or left open (-1)."""
    if not draws.flag():
        return None, [True] * (offset + length), 0
    bits = [bool(draws.byte() & 3) for _ in range(offset + length)]
    packed = bytearray((len(bits) + 7) // 8)
    for at, bit in enumerate(bits):
        packed[at >> 3] |= bit << (at & 7)
    return bytes(packed), bits, -1 if draws.flag() else length - sum(bits[offset:])


def _shown(values: Sequence[Any], valid: list[bool], offset: int) -> list[Any]:
    """The values from the offset on, None where the bitmap has nothing."""
    return [value if there else None for value, there in zip(values, valid, strict=True)][offset:]


def _numbers(draws: Draws, length: int, offset: int) -> Made:
    letter = draws.of(list(NUMBERS))
    code = NUMBERS[letter]
    size = struct.calcsize(code)
    raw = [draws.number(size) if draws.flag() else draws.number(1) for _ in range(offset + length)]
    packed = b"".join((value % (1 << 8 * size)).to_bytes(size, "little") for value in raw)
    found = [UNFIT if value >= 1 << 63 else value for (value,) in struct.iter_unpack(f"<{code}", packed)]
    bitmap, valid, nulls = _valid(draws, length, offset)
    return Made(letter, [bitmap, packed], _shown(found, valid, offset), offset, nulls)


def _booleans(draws: Draws, length: int, offset: int) -> Made:
    packed = bytes(draws.byte() for _ in range((offset + length + 7) // 8))
    found = [packed[at >> 3] >> (at & 7) & 1 for at in range(offset + length)]
    bitmap, valid, nulls = _valid(draws, length, offset)
    return Made("b", [bitmap, packed], _shown(found, valid, offset), offset, nulls)


def _times(draws: Draws, length: int, offset: int) -> Made:
    what, unit = draws.of(["ts", "tD", "tdD", "tdm"]), draws.of(list(UNITS))
    per = 1 if what == "tdD" else 1000 if what == "tdm" else UNITS[unit]
    days, form = what == "tdD", {"tdD": "tdD", "tdm": "tdm", "tD": f"tD{unit}"}.get(what, f"ts{unit}:Europe/Zurich")
    raw = [draws.number(3) * per if draws.flag() else draws.number(4 if days else 8) for _ in range(offset + length)]
    packed = struct.pack(f"<{len(raw)}{'i' if days else 'q'}", *((value + 2**63) % 2**64 - 2**63 for value in raw))
    raw = [value for (value,) in struct.iter_unpack("<i" if days else "<q", packed)]
    found = [UNFIT if value % per else value // per * (86_400 if days else 1) for value in raw]
    bitmap, valid, nulls = _valid(draws, length, offset)
    return Made(form, [bitmap, packed], _shown(found, valid, offset), offset, nulls)


def _texts(draws: Draws, count: int) -> list[bytes]:
    return [draws.text(20) for _ in range(count)]


def _offsets(draws: Draws, sizes: Sequence[int], wide: bool) -> tuple[bytes, int]:
    """Offsets of rows of these sizes, beginning somewhere, and where the first begins."""
    first = at = draws.below(3)
    found = [at]
    for size in sizes:
        at += size
        found.append(at)
    return struct.pack(f"<{len(found)}{'q' if wide else 'i'}", *found), first


def _text(draws: Draws, length: int, offset: int) -> Made:
    letter = draws.of(["u", "U", "z", "Z"])
    texts = _texts(draws, offset + length)
    offsets, first = _offsets(draws, [len(text) for text in texts], letter.isupper())
    bitmap, valid, nulls = _valid(draws, length, offset)
    found = [text.decode("utf-8", "replace") for text in texts]
    return Made(letter, [bitmap, offsets, bytes(first) + b"".join(texts)], _shown(found, valid, offset), offset, nulls)


def _views(draws: Draws, length: int, offset: int) -> Made:
    texts = _texts(draws, offset + length)
    stores = [b"" for _ in range(1 + draws.below(2))]
    views = b""
    for text in texts:
        if len(text) <= 12:
            views += struct.pack("<i12s", len(text), text)
        else:
            which = draws.below(len(stores))
            views += struct.pack("<i4sii", len(text), text[:4], which, len(stores[which]))
            stores[which] += text
    sizes = struct.pack(f"<{len(stores)}q", *map(len, stores))
    bitmap, valid, nulls = _valid(draws, length, offset)
    found = _shown([text.decode("utf-8", "replace") for text in texts], valid, offset)
    return Made(draws.of(["vu", "vz"]), [bitmap, views, *stores, sizes], found, offset, nulls)


def _words(draws: Draws, length: int, offset: int) -> Made:
    words = _text(draws, 1 + draws.below(4), draws.below(3))
    letter = draws.of(["c", "C", "s", "S", "i", "I", "l", "L"])
    places = [draws.below(len(words.values)) for _ in range(offset + length)]
    bitmap, valid, nulls = _valid(draws, length, offset)
    # Indices behind null rows may be anything.
    shown = [at if there else draws.below(100) for at, there in zip(places, valid, strict=True)]
    packed = struct.pack(f"<{len(shown)}{NUMBERS[letter]}", *shown)
    found = _shown([words.values[at] for at in places], valid, offset)
    return Made(letter, [bitmap, packed], found, offset, nulls, dictionary=words)


def _nothing(draws: Draws, length: int, offset: int) -> Made:
    return Made("n", [], [None] * length, offset, draws.of([length, -1]))


def _lists(draws: Draws, length: int, offset: int) -> Made:
    kind = draws.of(["+l", "+L", "+w:"])
    fixed = draws.below(4)
    sizes = [fixed if kind == "+w:" else draws.below(4) for _ in range(offset + length)]
    bitmap, valid, nulls = _valid(draws, length, offset)
    offsets, first = _offsets(draws, sizes, kind == "+L")
    first = 0 if kind == "+w:" else first
    items = draws.of([_numbers, _text, _times])(draws, first + sum(sizes) + draws.below(2), draws.below(3))
    starts = [first + sum(sizes[:row]) for row in range(len(sizes) + 1)]
    found: list[Any] = [items.values[at:end] for at, end in pairwise(starts)]
    # Items of null rows are read too: from the first row's to the last one's, in one piece.
    if UNFIT in items.values[starts[offset] : starts[-1]]:
        found = [UNFIT] * len(found)
    buffers = [bitmap] if kind == "+w:" else [bitmap, offsets]
    name = f"+w:{fixed}" if kind == "+w:" else kind
    shown = _shown(found, valid, offset)
    return Made(name, buffers, shown, offset, nulls, children=[items], unfit=UNFIT in found)


# --- spoiling ---------------------------------------------------------------------------------------------------------

#: Numbers that no array can have as its length, and some that it can.
_ABSURD: Final = (-1, -(2**63), 2**63 - 1, 2**58, -2, 0)
_NOT_FORMATS: Final = (
    *(b"", b"?", b"ts", b"tsx:", b"+w:", b"+w:-1", b"+w:99999999999999999999", b"\xff\xfe", b"l" * 5000, b"+"),
)


def spoil(made: Made, draws: Draws) -> bool:
    """Overwrite a few things in a column or in what belongs to it; False if nothing was."""
    parts = [made, *made.children, *([made.dictionary] if made.dictionary else [])]
    spoiled = False
    for _ in range(draws.below(4)):
        spoiled = _spoil(draws.of(parts), draws) or spoiled
    return spoiled


def _spoil(made: Made, draws: Draws) -> bool:
    how = draws.below(12)
    if how == 0:
        value = draws.of(_ABSURD)
        made.changes.append(lambda schema, array: setattr(array, "length", value))
    elif how == 1:
        value = draws.of(_ABSURD[:4])
        made.changes.append(lambda schema, array: setattr(array, "offset", value))
    elif how == 2:
        value = draws.number(8) if draws.flag() else draws.number(1)
        made.changes.append(lambda schema, array: setattr(array, "null_count", value))
    elif how == 3 and not made.format.startswith("v"):
        value = draws.number(1)
        made.changes.append(lambda schema, array: setattr(array, "n_buffers", value))
    elif how == 4:
        value = draws.number(1)
        made.changes.append(lambda schema, array: setattr(array, "n_children", value))
    elif how == 5 and made.buffers:
        made.buffers[draws.below(len(made.buffers))] = None
    elif how == 6:
        name = draws.of(["buffers", "children", "dictionary"])
        made.changes.append(lambda schema, array: setattr(array, name, type(getattr(array, name))()))
    elif how == 7:
        name = draws.of(["children", "dictionary"])
        made.changes.append(lambda schema, array: setattr(schema, name, type(getattr(schema, name))()))
    elif how == 8:
        value = draws.of(_NOT_FORMATS)
        made.changes.append(lambda schema, array: setattr(schema, "format", value))
    elif how == 9 and made.children:
        made.changes.append(lambda schema, array: array.children.__setitem__(0, None))
    elif how == 10 and made.children:
        made.changes.append(lambda schema, array: schema.children.__setitem__(0, None))
    else:
        return _overwrite(made, draws)
    return True


def _overwrite(made: Made, draws: Draws) -> bool:
    """Change numbers that lead elsewhere: offsets, views, indices. Offsets of text stay below the end of its bytes."""
    leads = made.format in ("u", "z", "U", "Z", "vu", "vz", "+l", "+L") or made.dictionary is not None
    buffer = made.buffers[1] if leads and len(made.buffers) > 1 else None
    if not buffer:
        return False
    width = 4 if made.format in ("u", "z", "vu", "vz", "+l") else 8
    if made.dictionary is not None:
        width = struct.calcsize(NUMBERS.get(made.format, "q"))
    at = draws.below(len(buffer) // width) * width
    value = draws.number(width) if draws.flag() else draws.number(1)
    if made.format in ("u", "z", "U", "Z"):
        value = min(value, len(made.buffers[2] or b""))
    made.buffers[1] = buffer[:at] + (value % (1 << 8 * width)).to_bytes(width, "little") + buffer[at + width :]
    return True


# --- structures -------------------------------------------------------------------------------------------------------

_RELEASE_SCHEMA: Final = ctypes.CFUNCTYPE(None, ctypes.POINTER(CSchema))
_RELEASE_ARRAY: Final = ctypes.CFUNCTYPE(None, ctypes.POINTER(CArray))
_new_capsule = ctypes.pythonapi.PyCapsule_New
_new_capsule.restype = ctypes.py_object
_new_capsule.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]

#: ARROW_FLAG_NULLABLE of the C data interface.
_NULLABLE: Final = 2
#: What was exported and not released: by number, what keeps it alive and the blocks to be freed.
alive: Final[dict[int, tuple[Any, list[int]]]] = {}
#: Releases of what was not alive any more.
twice: Final[list[int]] = []


def _let_go(number: int) -> None:
    found = alive.pop(number, None)
    if found is None:
        twice.append(number)
        return
    for block in found[1]:
        _LIBC.free(block)


@_RELEASE_SCHEMA
def _release_schema(schema: Any) -> None:
    _let_go(schema[0].private_data)
    schema[0].release = None


@_RELEASE_ARRAY
def _release_array(array: Any) -> None:
    _let_go(array[0].private_data)
    array[0].release = None


class Producer:
    """Exports a column; what it exports lives until it is released, or until `close`."""

    _numbers = 0

    def __init__(self, made: Made) -> None:
        self.made = made
        self.own: list[Any] = []

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        blocks: list[int] = []
        kept: list[Any] = []
        schema, array = _structures(self.made, kept, blocks)
        self._root(schema, _release_schema, (kept, []))
        self._root(array, _release_array, (kept, blocks))
        self.own.append((schema, array))
        return (
            _new_capsule(ctypes.addressof(schema), b"arrow_schema", None),
            _new_capsule(ctypes.addressof(array), b"arrow_array", None),
        )

    def _root(self, structure: Any, release: Any, keeps: tuple[Any, list[int]]) -> None:
        Producer._numbers += 1
        alive[Producer._numbers] = keeps
        structure.private_data = Producer._numbers
        structure.release = ctypes.cast(release, ctypes.c_void_p).value

    def close(self) -> None:
        """Release what nobody took; as the destructor of a capsule would."""
        for pair in self.own:
            for structure in pair:
                if structure.release:
                    _let_go(structure.private_data)
                    structure.release = None


def _structures(made: Made, kept: list[Any], blocks: list[int]) -> tuple[CSchema, CArray]:
    """Both structures of a column and of what belongs to it; only the root has a release of its own to call."""
    schema, array = CSchema(), CArray()
    schema.format, schema.name, schema.flags = made.format.encode(), made.name.encode(), _NULLABLE
    array.length, array.offset, array.null_count = len(made.values), made.offset, made.nulls
    array.n_buffers = len(made.buffers)
    pointers = (ctypes.c_void_p * max(len(made.buffers), 1))()
    for at, content in enumerate(made.buffers):
        if content is not None:
            block = _LIBC.malloc(len(content))
            ctypes.memmove(block, content, len(content))
            blocks.append(block)
            pointers[at] = block
    array.buffers = pointers
    inner = [_structures(child, kept, blocks) for child in made.children]
    schema.n_children = array.n_children = len(inner)
    if inner:
        schemas = (ctypes.POINTER(CSchema) * len(inner))(*(ctypes.pointer(one) for one, _ in inner))
        arrays = (ctypes.POINTER(CArray) * len(inner))(*(ctypes.pointer(one) for _, one in inner))
        schema.children, array.children = schemas, arrays
        kept += [schemas, arrays]
    if made.dictionary is not None:
        inner.append(_structures(made.dictionary, kept, blocks))
        schema.dictionary, array.dictionary = ctypes.pointer(inner[-1][0]), ctypes.pointer(inner[-1][1])
    # Not released yet, as anybody may see; their parent's release sees to them.
    schema.release = ctypes.cast(_release_schema, ctypes.c_void_p).value
    array.release = ctypes.cast(_release_array, ctypes.c_void_p).value
    kept += [schema, array, pointers, inner]
    for change in made.changes:
        change(schema, array)
    return schema, array
