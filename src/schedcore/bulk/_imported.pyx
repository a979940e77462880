"""Arrow columns made the shapes of this room: numbers, text, or lists of either.

One part that has the right type already stays where it is; parts are joined, and other types converted, by one copy.

Offsets, indices and views are held to all that the interface tells, and what it does not tell (`_capsules` lists that)
is believed. An error names the row, counted within its part where only the part is at fault.
"""

from libc.stdint cimport (
    INT64_MAX, int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t, uintptr_t
)

from schedcore._arrow cimport ArrowArray, ArrowSchema, text_of as as_text
from schedcore._column cimport Column, new_column
from schedcore.bulk._capsules cimport Imported, Part, check, check_rows, new_imported
from schedcore.bulk._columns cimport Builder, Ints, Lists, Memory, Text, all_there, fill, is_there, lose, text_of

from schedcore.errors import ColumnError, shorten

cdef int64_t DAY = 86_400

# How each fixed-width format of the C data interface lies in memory.
cdef enum Layout:
    I8, U8, I16, U16, I32, U32, I64, U64, BIT

cdef dict LAYOUTS = {"c": I8, "C": U8, "s": I16, "S": U16, "i": I32, "I": U32, "l": I64, "L": U64, "b": BIT}
cdef int[9] WIDTHS = [1, 1, 2, 2, 4, 4, 8, 8, 1]
# Units of timestamps and durations, by how many there are in a second.
cdef dict UNITS = {"s": 1, "m": 1_000, "u": 1_000_000, "n": 1_000_000_000}
# What to do about formats that hold no whole numbers, text or lists.
cdef dict ADVICE = {
    "e": "half floats; cast to int64", "f": "floats; cast to int64", "g": "doubles; cast to int64",
    "d": "decimals; cast to int64", "t": "times of day; cast to text or to timestamps",
    "w": "binary of a fixed width; cast to binary", "+": "nested values; give text, numbers, or lists of those",
}


def of_arrow(str name, Imported column not None):
    """Numbers, text or lists out of an Arrow column; ColumnError says what is wrong, in which row."""
    return imported(name, column, column.schema, 1)


cdef object imported(str name, Imported column, const ArrowSchema *schema, int depth):
    cdef str format = as_text(schema.format)
    cdef Py_ssize_t i
    try:
        for i in range(column.count):
            check(schema, column.parts[i], buffers(format, schema.dictionary is not NULL))
        if schema.dictionary is not NULL:
            return from_dictionary(name, column, format)
        if format in LAYOUTS:
            return from_numbers(name, column, LAYOUTS[format], 1, 1, "number", None)
        if format[:2] in ("ts", "tD") and format[2:3] in UNITS:
            return from_times(name, column, format)
        if format == "tdD":
            return from_numbers(name, column, I32, DAY, 1, "date", None)
        if format == "tdm":
            return from_numbers(name, column, I64, 1, 1000, "date", None)
        if format in ("u", "z", "U", "Z"):
            return from_text(name, column, format in ("U", "Z"))
        if format in ("vu", "vz"):
            return from_views(name, column)
        if format == "n":
            return text_of(name, [None] * column.size)
        if depth and (format in ("+l", "+L") or format.startswith("+w:")):
            return from_lists(name, column, format)
    except ColumnError as error:
        said = str(error)
        raise (error if said.startswith(f"{name}: ") else ColumnError(f"{name}: {said}")) from None
    advice = ADVICE.get(format[:1], "of another type; give text, numbers, or lists of those")
    raise ColumnError(f"{name}: Arrow format {shorten(format)}: {advice}")


cdef int64_t buffers(str format, bint dictionary) except? -1:
    """How many buffers arrays of a format have; negative: at least so many."""
    if not dictionary and format in ("u", "z", "U", "Z"):
        return 3
    if format in ("vu", "vz"):
        return -3
    if format == "n":
        return 0
    return 1 if format == "+s" or format.startswith("+w:") else 2


cdef const void *buffer(Part part, int64_t which, int width) except? NULL:
    """A buffer of the part's array, which must be there unless there is nothing to read."""
    cdef const void *found = part.array.buffers[which]
    if found is NULL and part.length:
        raise ColumnError(f"an Arrow array of {part.length} rows without its buffer {which}")
    if <uintptr_t> found % <uintptr_t> width:
        raise ColumnError(f"an Arrow buffer that is not aligned to its {width} bytes an element; copy the column")
    return found


cdef const uint8_t *validity(Part part) noexcept:
    return <const uint8_t *> part.array.buffers[0] if part.array.null_count else NULL


cdef Memory gathered(Imported column):
    """One bitmap for all parts; None if no part has one."""
    cdef Memory bits = None
    cdef const uint8_t *valid
    cdef int64_t i, row, done = 0
    for i in range(column.count):
        valid = validity(column.parts[i])
        if valid is not NULL:
            if bits is None:
                bits = all_there(column.size)
            for row in range(column.parts[i].length):
                if not is_there(valid, column.parts[i].offset, row):
                    lose(bits, done + row)
        done += column.parts[i].length
    return bits


ctypedef fused Number:
    int8_t
    uint8_t
    int16_t
    uint16_t
    int32_t
    uint32_t
    int64_t
    uint64_t


cdef void widen(const Number *source, int64_t size, int64_t *out) noexcept:
    cdef int64_t i
    for i in range(size):
        out[i] = <int64_t> source[i]


cdef int load(const void *data, int layout, Part part, int64_t *out) except -1:
    """Write the numbers of a part as int64; those of 64 bits without sign as if they had one."""
    cdef int64_t i, first = part.offset, size = part.length
    if layout == I8:
        widen(<const int8_t *> data + first, size, out)
    elif layout == U8:
        widen(<const uint8_t *> data + first, size, out)
    elif layout == I16:
        widen(<const int16_t *> data + first, size, out)
    elif layout == U16:
        widen(<const uint16_t *> data + first, size, out)
    elif layout == I32:
        widen(<const int32_t *> data + first, size, out)
    elif layout == U32:
        widen(<const uint32_t *> data + first, size, out)
    elif layout == BIT:
        for i in range(size):
            out[i] = is_there(<const uint8_t *> data, first, i)
    else:
        widen(<const int64_t *> data + first, size, out)
    return 0


cdef Ints from_times(str name, Imported column, str format):
    """Timestamps (`ts`, a unit, a colon and the name of a zone if there is one) and durations (`tD` and a unit)."""
    cdef int64_t unit = UNITS[format[2]]
    if format[:2] == "tD":
        return from_numbers(name, column, I64, 1, unit, "duration", None)
    zone = format[4:] or None
    return from_numbers(name, column, I64, 1, unit, "local" if zone is None else "utc", zone)


cdef Ints from_numbers(
    str name, Imported column, int layout, int64_t times, int64_t per_second, str kind, object zone
):
    cdef Ints out = Ints.__new__(Ints)
    cdef Column copy
    cdef Part part
    cdef Py_ssize_t i
    for i in range(column.count):
        buffer(column.parts[i], 1, WIDTHS[layout])
    if column.count == 1 and layout == I64 and times == per_second == 1:
        part = column.parts[0]
        fill(out, <const int64_t *> part.array.buffers[1], part.length, None, kind, zone, column)
        if out.data is not NULL:
            out.data += part.offset
        out.valid = validity(part)
        out.bit = part.offset
        return out
    copy = new_column(column.size)
    for i in range(column.count):
        part = column.parts[i]
        load(part.array.buffers[1], layout, part, copy.data + copy.size)
        copy.size += part.length
    fill(out, copy.data, copy.size, gathered(column), kind, zone, copy)
    if layout == U64:
        refuse_large(name, out)
    if times != 1 or per_second != 1:
        to_seconds(name, out, copy.data, times, per_second)
    return out


cdef int refuse_large(str name, Ints column) except -1:
    cdef Py_ssize_t row
    for row in range(column.size):
        if column.data[row] < 0 and is_there(column.valid, column.bit, row):
            raise ColumnError(f"{name}: row {row}: {<uint64_t> column.data[row]} does not fit int64")
    return 0


cdef int to_seconds(str name, Ints column, int64_t *data, int64_t times, int64_t per_second) except -1:
    """Multiply, then divide where it comes out even."""
    cdef Py_ssize_t row
    for row in range(column.size):
        if not is_there(column.valid, column.bit, row):
            data[row] = 0
        elif data[row] % per_second:
            raise ColumnError(
                f"{name}: row {row}: {data[row]} in units of 1/{per_second} s is not a whole second; round the column"
            )
        else:
            data[row] = data[row] // per_second * times
    return 0


cdef int bounds(Part part, bint wide, int64_t *out) except -1:
    """Write the offsets of a part, one more than it has rows; ColumnError unless they increase from 0 or more."""
    cdef const void *data = buffer(part, 1, 8 if wide else 4)
    if data is NULL:        # an empty array need not have any
        out[0] = 0
        return 0
    load(data, I64 if wide else I32, Part(part.array, part.offset, part.length + 1), out)
    return increasing(out, part.length)


cdef int increasing(const int64_t *offsets, int64_t size) except -1:
    cdef int64_t row
    cdef bint wrong = offsets[0] < 0
    for row in range(size):
        wrong |= offsets[row + 1] < offsets[row]
    if wrong:
        for row in range(size):
            if offsets[row] < 0 or offsets[row + 1] < offsets[row]:
                raise ColumnError(f"Arrow offsets {offsets[row]} and {offsets[row + 1]} of row {row} do not increase")
        raise ColumnError(f"the first Arrow offset is {offsets[0]}")
    return 0


cdef Text from_text(str name, Imported column, bint wide):
    """Text of one part stays where it is, with offsets made int64 if they are not; more parts are joined."""
    cdef Builder out
    cdef Part part
    cdef Text one
    cdef Py_ssize_t i
    if column.count == 1:
        return in_place(column.parts[0], wide, column)
    out = Builder(column.size)
    for i in range(column.count):
        part = column.parts[i]
        one = in_place(part, wide, column)
        add_rows(out, one)
    return out.finish()


cdef Text in_place(Part part, bint wide, object keep):
    cdef Text out = Text.__new__(Text)
    cdef Column offsets
    out.size = part.length
    out.valid = validity(part)
    out.bit = part.offset
    out.data = <const char *> part.array.buffers[2]
    if wide and buffer(part, 1, 8) is not NULL:
        out.offsets = <const int64_t *> part.array.buffers[1] + part.offset
        increasing(out.offsets, part.length)
        out.keep = keep
    else:
        offsets = new_column(part.length + 1)
        bounds(part, wide, offsets.data)
        offsets.size = part.length + 1
        out.offsets = offsets.data
        out.keep = (keep, offsets)
    if out.data is NULL and out.offsets[out.size] > out.offsets[0]:
        raise ColumnError(f"an Arrow array of {out.offsets[out.size]} bytes of text without its buffer 2")
    return out


cdef int add_rows(Builder out, Text rows) except -1:
    cdef Py_ssize_t row
    for row in range(rows.size):
        add_row(out, rows, row)
    return 0


cdef int add_row(Builder out, Text rows, Py_ssize_t row) except -1:
    if not is_there(rows.valid, rows.bit, row):
        return out.skip()
    return out.add(rows.data + rows.offsets[row], rows.offsets[row + 1] - rows.offsets[row])


cdef Text from_views(str name, Imported column):
    """Text of 16 bytes a row: up to 12 in the row itself, more of them in one of several buffers."""
    cdef Builder out = Builder(column.size)
    cdef Part part
    cdef const uint8_t *valid
    cdef const char *views
    cdef int64_t row
    cdef Py_ssize_t i
    for i in range(column.count):
        part = column.parts[i]
        views = <const char *> buffer(part, 1, 4)
        valid = validity(part)
        for row in range(part.length):
            if is_there(valid, part.offset, row):
                add_view(out, part.array, views + 16 * (part.offset + row), row)
            else:
                out.skip()
    return out.finish()


cdef int add_view(Builder out, const ArrowArray *array, const char *view, int64_t row) except -1:
    # The last buffer has the sizes of those between it and the views.
    cdef const int64_t *sizes = <const int64_t *> array.buffers[array.n_buffers - 1]
    cdef const int32_t *words = <const int32_t *> view      # length, first 4 bytes, buffer, offset
    cdef int64_t size = words[0], which, offset
    if 0 <= size <= 12:
        return out.add(view + 4, size)
    which = words[2]
    offset = words[3]
    if size < 0 or offset < 0 or not 0 <= which < array.n_buffers - 3 or sizes is NULL:
        raise ColumnError(f"an Arrow view of {size} bytes at {offset} of buffer {which}, in row {row}")
    if array.buffers[2 + which] is NULL or offset + size > sizes[which]:
        raise ColumnError(f"an Arrow view of {size} bytes at {offset} of a buffer of {sizes[which]}, in row {row}")
    return out.add(<const char *> array.buffers[2 + which] + offset, size)


cdef Text from_dictionary(str name, Imported column, str format):
    """Text by numbers into a few texts, written out."""
    cdef Builder out = Builder(column.size)
    cdef Imported values
    cdef Column places
    cdef Part part
    cdef Text texts
    cdef const uint8_t *valid
    cdef Py_ssize_t i
    cdef int64_t row
    if format not in LAYOUTS or format == "b":
        raise ColumnError(f"an Arrow dictionary with indices of format {shorten(format)}")
    for i in range(column.count):
        part = column.parts[i]
        values = new_imported(column.schema.dictionary, 1, column)
        values.parts[0] = Part(part.array.dictionary, part.array.dictionary.offset, part.array.dictionary.length)
        values.count = 1
        values.size = part.array.dictionary.length
        found = imported(name, values, values.schema, 0)
        if not isinstance(found, Text):
            raise ColumnError("an Arrow dictionary of numbers; cast the column to its own type")
        texts = found
        places = new_column(part.length)
        load(buffer(part, 1, WIDTHS[LAYOUTS[format]]), LAYOUTS[format], part, places.data)
        valid = validity(part)
        for row in range(part.length):
            if not is_there(valid, part.offset, row):
                out.skip()
            elif 0 <= places.data[row] < texts.size:
                add_row(out, texts, places.data[row])
            else:
                raise ColumnError(f"row {row} is number {places.data[row]} of a dictionary of {texts.size}")
    return out.finish()


cdef int64_t fixed_size(str format) except -1:
    """How many items each list has by its format, "+w:" and a number (Arrow's own limit is that of an int32)."""
    if not format[3:].isascii() or not format[3:].isdigit() or len(format) > 13:
        raise ColumnError(f"Arrow lists of the format {shorten(format)}")
    return int(format[3:])


cdef Lists from_lists(str name, Imported column, str format):
    """Lists, of all parts, with what is in them made one column."""
    cdef Lists out = Lists.__new__(Lists)
    cdef Column offsets = new_column(column.size + 1)
    cdef Imported items
    cdef Part part
    cdef const ArrowArray *child
    cdef int64_t *here
    cdef int64_t row, first, done = 0
    cdef int64_t fixed = fixed_size(format) if format.startswith("+w:") else -1
    cdef Py_ssize_t i
    if column.schema.n_children != 1 or column.schema.children is NULL or column.schema.children[0] is NULL:
        raise ColumnError(f"Arrow lists with {column.schema.n_children} children; they have one")
    items = new_imported(column.schema.children[0], column.count, column)
    offsets.data[0] = 0
    for i in range(column.count):
        part = column.parts[i]
        child = part.array.children[0]
        if child is NULL:
            raise ColumnError("Arrow lists without their items")
        check_rows(child)
        here = offsets.data + offsets.size
        if fixed >= 0:
            if fixed and part.offset + part.length > INT64_MAX // fixed:
                raise ColumnError(f"{part.length} Arrow lists of {fixed} items each")
            for row in range(part.length + 1):
                here[row] = (part.offset + row) * fixed
        else:
            bounds(part, format == "+L", here)
        first = here[0]
        if here[part.length] > child.length:
            raise ColumnError(f"Arrow lists reach to item {here[part.length]} of {child.length}")
        items.parts[i] = Part(child, child.offset + first, here[part.length] - first)
        items.count += 1
        items.size += here[part.length] - first
        for row in range(part.length + 1):
            here[row] += done - first
        done = here[part.length]
        offsets.size += part.length
    offsets.size += 1
    out.size = column.size
    out.offsets = offsets.data
    bits = gathered(column)
    if bits is not None:
        out.valid = <const uint8_t *> (<Memory> bits).data
    out.items = imported(name, items, items.schema, 0)
    out.keep = (offsets, bits)
    return out
