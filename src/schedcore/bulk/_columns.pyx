"""Three shapes that every column handed in is brought to, and the way there from Python's objects.

Rules

1. Numbers are int64. Those that say a time or a length of time are whole seconds, dates included; what is finer and not
   whole is an error, never rounded. `kind` says what they count.
2. Text is UTF-8 with int64 offsets, one piece of memory for a column. It is not validated here: who parses it looks at
   every byte anyway. So bytes are as good as text, and a lone surrogate (three bytes that no strict reader takes) stops
   its own row and not the column.
3. What lies in one piece and has the right type is used where it is; all else is copied, once.
4. Missing rows are a bitmap, as in Arrow, or NULL where none is missing.

The way from Arrow is in `_imported`. This module knows no calendar: years out of range and times that mean nothing are
the table's to report.
"""

from cpython.buffer cimport PyBUF_FORMAT, PyBUF_ND, PyBUF_STRIDES, PyBUF_WRITABLE
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.long cimport PyLong_AsLongLong, PyLong_AsLongLongAndOverflow
from cpython.mem cimport PyMem_RawFree, PyMem_RawMalloc, PyMem_RawRealloc
from cpython.number cimport PyNumber_Index
from libc.stdint cimport INT64_MIN, int64_t, uint8_t, uintptr_t
from libc.string cimport memcpy, memset

from schedcore._column cimport Column, append, new_column

from schedcore.errors import ColumnError, shorten

cdef extern from "Python.h":
    const char *PyUnicode_AsUTF8AndSize(object text, Py_ssize_t *size) except NULL


cdef class Memory:
    """Raw memory that goes away with its name."""

    def __dealloc__(self):
        PyMem_RawFree(self.data)


cdef Memory room(Py_ssize_t size):
    cdef Memory memory = Memory.__new__(Memory)
    memory.data = <char *> PyMem_RawMalloc(max(size, 1))
    if memory.data is NULL:
        raise MemoryError(f"no memory for {size} bytes")
    return memory


cdef Memory all_there(Py_ssize_t rows):
    """A bitmap in which no row is missing."""
    cdef Memory bits = room(rows // 8 + 1)
    memset(bits.data, 0xFF, rows // 8 + 1)
    return bits


cdef Py_ssize_t place(Py_ssize_t row, Py_ssize_t size) except -1:
    if row < 0:
        row += size
    if not 0 <= row < size:
        raise IndexError(f"row {row} of a column of {size}")
    return row


cdef class Ints:
    """A column of whole numbers; `kind` says of what, and `zone` where instants belong.

    Kinds: "number"; "local", seconds of a wall clock; "utc", seconds UTC, with the name of the zone that they belong to
    (one for all rows, or a Text of one each); "date", seconds of the date's midnight; "duration", seconds.
    """

    def __len__(self):
        return self.size

    def __getitem__(self, Py_ssize_t row):
        row = place(row, self.size)
        return self.data[row] if is_there(self.valid, self.bit, row) else None

    def tolist(self):
        """All rows as a list of int and None."""
        return [self[row] for row in range(self.size)]

    def __repr__(self):
        return f"<Ints of {self.size} rows, {self.kind}>"

    @property
    def address(self):
        """Where the numbers lie: tells a column that was copied from one that was not."""
        return <uintptr_t> self.data

    @property
    def is_whole(self):
        """Whether no row is missing, so that the memory tells all; at worst one look at each row."""
        cdef Py_ssize_t row
        if self.valid is not NULL:
            for row in range(self.size):
                if not is_there(self.valid, self.bit, row):
                    return False
        return True

    def __getbuffer__(self, Py_buffer *buffer, int flags):
        # For kernels of other rooms, as const int64_t[::1]. A missing row's number is anything: ask `is_whole` before.
        if flags & PyBUF_WRITABLE:
            raise BufferError("a column that was handed in is read-only")
        self.shape[0] = self.size
        self.strides[0] = sizeof(int64_t)
        buffer.buf = <void *> self.data if self.data is not NULL else <void *> self.shape
        buffer.format = NULL
        if flags & PyBUF_FORMAT:
            buffer.format = b"q"
        buffer.internal = NULL
        buffer.itemsize = sizeof(int64_t)
        buffer.len = self.size * sizeof(int64_t)
        buffer.ndim = 1
        buffer.obj = self
        buffer.readonly = 1
        buffer.shape = self.shape if flags & PyBUF_ND else NULL
        buffer.strides = self.strides if (flags & PyBUF_STRIDES) == PyBUF_STRIDES else NULL
        buffer.suboffsets = NULL


cdef class Text:
    """A column of text, or of bytes."""

    def __len__(self):
        return self.size

    def __getitem__(self, Py_ssize_t row):
        row = place(row, self.size)
        return self.raw(row).decode("utf-8", "replace") if is_there(self.valid, self.bit, row) else None

    def raw(self, Py_ssize_t row):
        """The bytes of a row; those of a missing row are nothing to go by."""
        row = place(row, self.size)
        return self.data[self.offsets[row]:self.offsets[row + 1]] if self.offsets[row + 1] > self.offsets[row] else b""

    def tolist(self):
        """All rows as a list of str and None; bytes that are not UTF-8 are shown as U+FFFD."""
        return [self[row] for row in range(self.size)]

    def __repr__(self):
        return f"<Text of {self.size} rows>"

    @property
    def address(self):
        """Where the text lies: tells a column that was copied from one that was not."""
        return <uintptr_t> self.data


cdef class Lists:
    """A column of lists of numbers or of text, all in one column of items."""

    def __len__(self):
        return self.size

    def __getitem__(self, Py_ssize_t row):
        row = place(row, self.size)
        if not is_there(self.valid, self.bit, row):
            return None
        return [self.items[i] for i in range(self.offsets[row], self.offsets[row + 1])]

    def tolist(self):
        """All rows as a list of lists and None."""
        return [self[row] for row in range(self.size)]

    def __repr__(self):
        return f"<Lists of {self.size} rows>"


# From Python's objects

cdef class Builder:
    """Text of as yet unknown length, a row at a time."""

    def __cinit__(self, Py_ssize_t rows):
        self.rows = rows
        self.offsets = new_column(rows + 1)
        append(self.offsets, 0)
        self.capacity = rows * 16 + 64      # a local time has 15 characters, most zone names some more
        self.memory = room(self.capacity)

    cdef int add(self, const char *text, Py_ssize_t size) except -1:
        cdef void *grown
        if size > self.capacity - self.used:
            self.capacity = max(2 * self.capacity, self.used + size)
            grown = PyMem_RawRealloc(self.memory.data, self.capacity)
            if grown is NULL:
                raise MemoryError(f"no memory for {self.capacity} bytes of text")
            self.memory.data = <char *> grown
        if size:
            memcpy(self.memory.data + self.used, text, size)
            self.used += size
        append(self.offsets, self.used)
        return 0

    cdef int skip(self) except -1:
        """Add a row that is missing."""
        if self.bits is None:
            self.bits = all_there(self.rows)
        lose(self.bits, self.offsets.size - 1)
        append(self.offsets, self.used)
        return 0

    cdef Text finish(self):
        cdef Text text = Text.__new__(Text)
        text.data = self.memory.data
        text.offsets = self.offsets.data
        text.size = self.offsets.size - 1
        if self.bits is not None:
            text.valid = <const uint8_t *> self.bits.data
        text.keep = self
        return text


cpdef bint is_missing(object item):
    """Whether an item among objects stands for nothing: None, NaN, or the marks of pandas."""
    if item is None:
        return True
    if isinstance(item, float):
        return item != item
    return type(item).__name__ in ("NaTType", "NAType")


cpdef Text text_of(str name, list items):
    """Text out of str, bytes and None; ColumnError names the row that is neither."""
    cdef Builder out = Builder(len(items))
    cdef Py_ssize_t size = 0, row = 0
    cdef const char *data
    for item in items:
        if isinstance(item, str):
            try:
                data = PyUnicode_AsUTF8AndSize(item, &size)
            except UnicodeEncodeError:
                item = item.encode("utf-8", "surrogatepass")
                data = PyBytes_AS_STRING(item)
                size = PyBytes_GET_SIZE(item)
            out.add(data, size)
        elif isinstance(item, (bytes, bytearray, memoryview)):
            item = bytes(item)
            out.add(PyBytes_AS_STRING(item), PyBytes_GET_SIZE(item))
        elif is_missing(item):
            out.skip()
        else:
            raise ColumnError(f"{name}: row {row}: {shorten(item)} is not text; give text in every row")
        row += 1
    return out.finish()


def ints_of(str name, list items, str kind, zone=None):
    """Numbers out of int, whatever else is one, and None; ColumnError names the row that does not fit 64 bits."""
    cdef Ints out = Ints.__new__(Ints)
    cdef Column column = new_column(len(items))
    cdef Memory bits = None
    cdef int overflow = 0
    cdef int64_t value
    for item in items:
        if type(item) is int:
            value = PyLong_AsLongLongAndOverflow(item, &overflow)
            if not overflow:
                append(column, value)
                continue
        if is_missing(item):
            if bits is None:
                bits = all_there(len(items))
            lose(bits, column.size)
            append(column, 0)
            continue
        try:
            append(column, PyLong_AsLongLong(PyNumber_Index(item)))     # a float is no whole number
        except (OverflowError, TypeError):
            raise ColumnError(
                f"{name}: row {column.size}: {shorten(item)} is not a whole number of 64 bits; convert it to int"
            ) from None
    return fill(out, column.data, column.size, bits, kind, zone, column)


cdef Ints fill(
    Ints out, const int64_t *data, Py_ssize_t size, Memory bits, str kind, object zone, object keep
):
    out.data = data
    out.size = size
    out.kind = kind
    out.zone = zone
    out.keep = (keep, bits)
    if bits is not None:
        out.valid = <const uint8_t *> bits.data
    return out


def ints_in(values, str kind, zone=None, bint nat=False):
    """Numbers where they lie, in a contiguous buffer of int64; with `nat`, NumPy's NaT is a missing row."""
    cdef Ints out = Ints.__new__(Ints)
    cdef const int64_t[::1] view = values
    cdef const int64_t *data = &view[0] if view.shape[0] else NULL
    cdef Memory bits = None
    cdef Py_ssize_t row
    if nat:
        for row in range(view.shape[0]):
            if data[row] == INT64_MIN:
                if bits is None:
                    bits = all_there(view.shape[0])
                lose(bits, row)
    return fill(out, data, view.shape[0], bits, kind, zone, view)


def lists_of(list offsets, list missing, items):
    """Lists out of the bounds of each in a column of items; `missing` has the rows that are not there."""
    cdef Lists out = Lists.__new__(Lists)
    cdef Column bounds = new_column(len(offsets))
    cdef Memory bits = None
    for value in offsets:
        append(bounds, value)
    out.size = bounds.size - 1
    if missing:
        bits = all_there(out.size)
        for row in missing:
            lose(bits, row)
        out.valid = <const uint8_t *> bits.data
    out.offsets = bounds.data
    out.items = items
    out.keep = (bounds, bits)
    return out


def nothing(str name, column, str kind):
    """Numbers that are all missing, for a column of which nothing tells the type; ColumnError if a row has one."""
    cdef Text text
    cdef Py_ssize_t row
    if not isinstance(column, Text):
        raise ColumnError(f"{name}: lists, where each row should be one number; give numbers")
    text = column
    for row in range(text.size):
        if is_there(text.valid, text.bit, row):
            raise ColumnError(f"{name}: row {row}: {shorten(text[row])} is not a whole number; convert the column")
    return ints_of(name, [None] * text.size, kind)
