"""Arrow columns taken from the capsules of whoever has them, checked, and kept alive.

Rules

1. A capsule's content is moved into an object of our own and released when that goes.
2. A producer's functions are called without the GIL, since they may wait for threads that need it.
3. What the interface tells is checked before it is followed: that nothing is released yet, numbers of children and
   buffers, lengths, offsets, that pointers are there, that a part lies within its parent.
4. What it does not tell cannot be checked: how long a buffer is (only views carry the sizes of their texts), and
   whether a pointer points to memory. Here a producer in the same process is trusted, as by every Arrow library.

This module changes no value and does not look into buffers; `_imported` does.
"""

from cpython.mem cimport PyMem_RawFree, PyMem_RawMalloc
from libc.stdint cimport INT64_MAX, int64_t, uint8_t

from schedcore._arrow cimport ArrowArray, ArrowArrayStream, ArrowSchema, opened, text_of

from schedcore.errors import ColumnError, shorten

# Rows times the widest element (a view, 16 bytes) must not overflow 64 bits, also when some are added or doubled.
cdef int64_t MOST_ROWS = INT64_MAX // 64


cdef class OwnedSchema:
    """A schema that was moved here."""

    cdef ArrowSchema schema

    def __dealloc__(self):
        if self.schema.release is not NULL:
            self.schema.release(&self.schema)


cdef class OwnedArray:
    """An array that was moved here."""

    cdef ArrowArray array

    def __dealloc__(self):
        if self.array.release is not NULL:
            self.array.release(&self.array)


cdef class OwnedStream:
    """A stream that was moved here."""

    cdef ArrowArrayStream stream

    def __dealloc__(self):
        if self.stream.release is not NULL:
            self.stream.release(&self.stream)


cdef class Imported:
    """One column that came in: its schema, and rows of one array or of several, all kept alive.

    `format` is the string of the C data interface; the kernel of `bulk` turns it into a column of its own.
    """

    def __dealloc__(self):
        PyMem_RawFree(self.parts)

    def __len__(self):
        return self.size

    @property
    def format(self):
        """The column's type, as the C data interface spells it."""
        return text_of(self.schema.format)

    def __repr__(self):
        return f"<Arrow column of {self.size} rows, format {self.format!r}>"


cdef Imported new_imported(const ArrowSchema *schema, Py_ssize_t count, object keep):
    """A column with room for so many parts; `keep` is what owns their memory."""
    cdef Imported column = Imported.__new__(Imported)
    column.parts = <Part *> PyMem_RawMalloc(count * sizeof(Part) + 1)
    if column.parts is NULL:
        raise MemoryError(f"no memory for a column of {count} parts")
    column.schema = schema
    column.keep = keep
    return column


cdef OwnedSchema moved_schema(ArrowSchema *source):
    cdef OwnedSchema own = OwnedSchema.__new__(OwnedSchema)
    if source.release is NULL:
        raise ColumnError("the Arrow schema was released already; export it anew")
    own.schema = source[0]
    source.release = NULL
    return own


cdef OwnedArray moved_array(ArrowArray *source):
    cdef OwnedArray own = OwnedArray.__new__(OwnedArray)
    if source.release is NULL:
        raise ColumnError("the Arrow array was released already; export it anew")
    own.array = source[0]
    source.release = NULL
    return own


cdef tuple drained(OwnedStream own):
    """The schema of a stream, and all of its arrays."""
    cdef OwnedSchema schema = OwnedSchema.__new__(OwnedSchema)
    cdef OwnedArray array
    cdef int code
    cdef list arrays = []
    if own.stream.get_schema is NULL or own.stream.get_next is NULL:
        raise ColumnError("the Arrow stream lacks a function; the object's Arrow export is broken")
    with nogil:
        code = own.stream.get_schema(&own.stream, &schema.schema)
    if code:
        schema.schema.release = NULL
        raise stream_failure(own, code)
    if schema.schema.release is NULL:
        raise ColumnError("the Arrow stream gave a schema that was released already")
    while True:
        array = OwnedArray.__new__(OwnedArray)
        with nogil:
            code = own.stream.get_next(&own.stream, &array.array)
        if code:
            array.array.release = NULL
            raise stream_failure(own, code)
        if array.array.release is NULL:
            return schema, arrays
        arrays.append(array)


cdef object stream_failure(OwnedStream own, int code):
    cdef const char *said = NULL
    if own.stream.get_last_error is not NULL:
        said = own.stream.get_last_error(&own.stream)
    return ColumnError(f"the Arrow stream failed with code {code}: {shorten(text_of(said), 400)}")


cdef tuple taken(object data):
    """The schema and the arrays of anything that exports Arrow data."""
    cdef ArrowArrayStream *stream
    cdef OwnedStream own
    cdef OwnedSchema schema
    if hasattr(data, "__arrow_c_array__"):
        schema_capsule, array_capsule = data.__arrow_c_array__()
        schema = moved_schema(<ArrowSchema *> opened(schema_capsule, "arrow_schema"))
        return schema, [moved_array(<ArrowArray *> opened(array_capsule, "arrow_array"))]
    capsule = data.__arrow_c_stream__()
    stream = <ArrowArrayStream *> opened(capsule, "arrow_array_stream")
    own = OwnedStream.__new__(OwnedStream)
    if stream.release is NULL:
        raise ColumnError("the Arrow stream was read already; export it anew")
    own.stream = stream[0]
    stream.release = NULL
    return drained(own)


cdef int check_rows(const ArrowArray *array) except -1:
    """Check that an array is one, and its numbers of rows."""
    if array.release is NULL:
        raise ColumnError("an Arrow array was released already; export it anew")
    if array.length < 0 or array.offset < 0 or array.length > MOST_ROWS or array.offset > MOST_ROWS - array.length:
        raise ColumnError(f"an Arrow array of length {array.length} at offset {array.offset}")
    return 0


cdef int check(const ArrowSchema *schema, Part part, int64_t buffers) except -1:
    """Hold an array to its schema and to the number of its buffers, and a part to its array; ColumnError says where.

    A negative number of buffers is the least one (of views, which have any number).
    """
    cdef const ArrowArray *array = part.array
    if array is NULL or schema is NULL or schema.format is NULL:
        raise ColumnError("an Arrow array or its format is missing")
    check_rows(array)
    if part.offset < array.offset or part.length < 0 or part.offset + part.length > array.offset + array.length:
        raise ColumnError(f"an Arrow array has {array.length} rows, too few for its parent")
    if array.null_count < -1 or array.null_count > array.length:
        raise ColumnError(f"an Arrow array of length {array.length} with {array.null_count} nulls")
    if array.n_buffers != buffers if buffers >= 0 else array.n_buffers < -buffers:
        raise ColumnError(f"an Arrow array of format {shorten(text_of(schema.format))} with {array.n_buffers} buffers")
    if array.n_buffers and array.buffers is NULL:
        raise ColumnError("an Arrow array without its buffers")
    if array.n_buffers and array.buffers[0] is NULL and array.null_count > 0:
        raise ColumnError(f"an Arrow array with {array.null_count} nulls, but no bitmap of them")
    if array.n_children != schema.n_children or array.n_children < 0 or (
        array.n_children and (array.children is NULL or schema.children is NULL)
    ):
        raise ColumnError(f"an Arrow array with {array.n_children} children where its schema has {schema.n_children}")
    if (array.dictionary is NULL) != (schema.dictionary is NULL):
        raise ColumnError("an Arrow array and its schema do not agree on a dictionary")
    return 0


cdef Part whole(const ArrowArray *array) noexcept:
    return Part(array, array.offset, array.length)


def read_column(data):
    """Take one column from anything with `__arrow_c_array__` or `__arrow_c_stream__`; ColumnError for a table."""
    cdef OwnedSchema schema
    cdef OwnedArray array
    cdef Imported column
    schema, arrays = taken(data)
    column = new_imported(&schema.schema, len(arrays), (schema, arrays))
    if column.format == "+s":
        raise ColumnError(f"{type(data).__name__} is a table of {schema.schema.n_children} columns; give one of them")
    for array in arrays:
        check_rows(&array.array)
        column.parts[column.count] = whole(&array.array)
        column.count += 1
        column.size += array.array.length
    return limited(column)


def read_table(data):
    """Take the columns of a table, by name, from anything with `__arrow_c_array__` or `__arrow_c_stream__`.

    ColumnError for a single column, for two columns of one name, and for rows that are null as a whole.
    """
    cdef OwnedSchema schema
    cdef OwnedArray array
    cdef const ArrowArray *root
    cdef Imported column
    cdef dict columns = {}
    cdef int64_t i
    schema, arrays = taken(data)
    if text_of(schema.schema.format) != "+s":
        raise ColumnError(f"{type(data).__name__} is one column, not a table; name it, as in dtstart=...")
    for array in arrays:
        check_batch(&schema.schema, &array.array)
    if schema.schema.n_children < 0 or (schema.schema.n_children and schema.schema.children is NULL):
        raise ColumnError(f"an Arrow schema of {schema.schema.n_children} columns that are not there")
    for i in range(schema.schema.n_children):
        if schema.schema.children[i] is NULL:
            raise ColumnError(f"column {i} of the Arrow schema is missing")
        column = new_imported(schema.schema.children[i], len(arrays), (schema, arrays))
        name = text_of(schema.schema.children[i].name)
        if name in columns:
            raise ColumnError(f"two columns are called {shorten(name)}; rename one")
        columns[name] = column
        for array in arrays:
            root = &array.array
            if root.children[i] is NULL:
                raise ColumnError(f"column {shorten(name)} of an Arrow array is missing")
            column.parts[column.count] = Part(root.children[i], root.children[i].offset + root.offset, root.length)
            column.count += 1
            column.size += root.length
        limited(column)
    return columns


cdef Imported limited(Imported column):
    """The column, unless its parts together have more rows than can be counted."""
    cdef Py_ssize_t i
    cdef int64_t left = MOST_ROWS
    for i in range(column.count):
        left -= column.parts[i].length
        if left < 0:
            raise ColumnError(f"an Arrow column of more than {MOST_ROWS} rows")
    return column


cdef int check_batch(const ArrowSchema *schema, const ArrowArray *array) except -1:
    """Check the struct array that a batch is."""
    check(schema, whole(array), 1)
    cdef const uint8_t *bits = <const uint8_t *> array.buffers[0]
    cdef int64_t row
    if array.null_count and bits is not NULL:
        for row in range(array.offset, array.offset + array.length):
            if not bits[row >> 3] >> (row & 7) & 1:
                raise ColumnError(f"row {row - array.offset} of the table is null as a whole; drop such rows")
    return 0
