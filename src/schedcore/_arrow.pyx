"""Columns out to any Arrow library, by PyCapsule, without a copy and without a dependency.

An array holds its column by the buffer protocol, which also keeps the column from moving, until the consumer releases
it: in whatever thread, in whatever order, the columns of a table one by one. A consumer that outlives the interpreter
releases nothing any more, since what it holds ends with the process. Nothing of the consumer's is ever looked at but
the schema that it asks for.

This module does not know what a column means. What comes in is `bulk`'s to take (`bulk/_capsules.pyx`).

Source: https://arrow.apache.org/docs/format/CDataInterface/PyCapsuleInterface.html
"""

from cpython.buffer cimport PyBUF_C_CONTIGUOUS, PyBUF_FORMAT, PyBuffer_Release, PyObject_GetBuffer
from cpython.mem cimport PyMem_RawFree, PyMem_RawMalloc
from cpython.pycapsule cimport PyCapsule_GetPointer, PyCapsule_IsValid, PyCapsule_New
from cpython.ref cimport Py_DECREF, Py_INCREF, PyObject
from libc.errno cimport EIO, ENOMEM
from libc.stdint cimport int64_t
from libc.string cimport memcpy, memset, strlen

from schedcore.errors import ColumnError, shorten

cdef extern from "Python.h":
    int Py_IsInitialized() noexcept nogil

# Bytes of one element for each format that goes out; times and lengths of time are int64 as well.
cdef dict WIDTHS = {"l": 8, "i": 4, "s": 2, "c": 1, "L": 8, "I": 4, "S": 2, "C": 1}


ctypedef struct Kept:           # what an exported column holds
    Py_buffer view
    const void *buffers[2]


cdef void *allocated(size_t size) except NULL:
    """Memory of zeros."""
    cdef void *memory = PyMem_RawMalloc(size)
    if memory is NULL:
        raise MemoryError(f"no memory for {size} bytes")
    return memset(memory, 0, size)


cdef char *copied(bytes text) except NULL:
    """A C string of one's own."""
    cdef char *copy = <char *> allocated(len(text) + 1)
    memcpy(copy, <const char *> text, len(text))
    return copy


cdef void release_schema(ArrowSchema *schema) noexcept nogil:
    cdef int64_t i
    for i in range(schema.n_children):
        if schema.children[i] is not NULL:
            if schema.children[i].release is not NULL:
                schema.children[i].release(schema.children[i])
            PyMem_RawFree(schema.children[i])
    PyMem_RawFree(schema.children)
    PyMem_RawFree(<void *> schema.format)
    PyMem_RawFree(<void *> schema.name)
    schema.release = NULL


cdef int fill_schema(ArrowSchema *schema, object fields) except -1:
    """A struct of the fields (name, format)."""
    cdef ArrowSchema *child
    cdef int64_t i
    schema.release = release_schema
    schema.format = copied(b"+s")
    schema.name = copied(b"")
    schema.children = <ArrowSchema **> allocated(len(fields) * sizeof(void *) + 1)
    schema.n_children = len(fields)
    for i, (name, format) in enumerate(fields):
        child = schema.children[i] = <ArrowSchema *> allocated(sizeof(ArrowSchema))
        child.release = release_schema
        child.format = copied(format.encode())
        child.name = copied(name.encode())
        # Columns that leave here have no nulls. They are called nullable all the same, as every producer does:
        # tables are told apart by it, and would not go together with those of others.
        child.flags = ARROW_FLAG_NULLABLE
    return 0


cdef void drop(Kept *kept) noexcept with gil:
    PyBuffer_Release(&kept.view)


cdef void release_column(ArrowArray *array) noexcept nogil:
    # Consumers that outlive the interpreter are not helped by freeing; the memory ends with the process.
    if Py_IsInitialized():
        drop(<Kept *> array.private_data)
        PyMem_RawFree(array.private_data)
    array.release = NULL


cdef void release_struct(ArrowArray *array) noexcept nogil:
    cdef int64_t i
    for i in range(array.n_children):
        if array.children[i] is not NULL:
            if array.children[i].release is not NULL:       # else it was moved out, and is released by who has it
                array.children[i].release(array.children[i])
            PyMem_RawFree(array.children[i])
    PyMem_RawFree(array.children)
    PyMem_RawFree(array.buffers)
    array.release = NULL


cdef int fill_column(ArrowArray *array, str name, str format, object column) except -1:
    """An array over a column's own memory."""
    cdef Py_ssize_t width = WIDTHS.get(format, 8)
    cdef Kept *kept = <Kept *> allocated(sizeof(Kept))
    try:
        PyObject_GetBuffer(column, &kept.view, PyBUF_FORMAT | PyBUF_C_CONTIGUOUS)
    except BaseException:
        PyMem_RawFree(kept)
        raise
    array.private_data = kept
    array.release = release_column
    if kept.view.ndim != 1 or kept.view.itemsize != width:
        raise ColumnError(f"{name}: {shorten(column)} is not one row of {width} bytes an element, as {format!r} has")
    kept.buffers[1] = kept.view.buf
    array.length = kept.view.len // width
    array.n_buffers = 2
    array.buffers = kept.buffers
    return 0


cdef int fill_array(ArrowArray *array, object fields, object columns) except -1:
    """A struct of the columns, all of one length."""
    cdef int64_t i
    if len(columns) != len(fields):
        raise ColumnError(f"{len(columns)} columns for {len(fields)} fields; give one for each")
    array.release = release_struct
    array.buffers = <const void **> allocated(sizeof(void *))       # no validity: no row is missing
    array.n_buffers = 1
    array.children = <ArrowArray **> allocated(len(fields) * sizeof(void *) + 1)
    array.n_children = len(fields)
    for i, ((name, format), column) in enumerate(zip(fields, columns)):
        array.children[i] = <ArrowArray *> allocated(sizeof(ArrowArray))
        fill_column(array.children[i], name, format, column)
        if array.children[i].length != array.children[0].length:
            raise ColumnError(
                f"{name}: {array.children[i].length} rows, but {fields[0][0]} has {array.children[0].length}"
            )
    array.length = array.children[0].length if fields else 0
    return 0


cdef void free_schema(object capsule) noexcept:
    cdef ArrowSchema *schema = <ArrowSchema *> PyCapsule_GetPointer(capsule, "arrow_schema")
    if schema.release is not NULL:
        schema.release(schema)
    PyMem_RawFree(schema)


cdef void free_array(object capsule) noexcept:
    cdef ArrowArray *array = <ArrowArray *> PyCapsule_GetPointer(capsule, "arrow_array")
    if array.release is not NULL:
        array.release(array)
    PyMem_RawFree(array)


cdef void free_stream(object capsule) noexcept:
    cdef ArrowArrayStream *stream = <ArrowArrayStream *> PyCapsule_GetPointer(capsule, "arrow_array_stream")
    if stream.release is not NULL:
        stream.release(stream)
    PyMem_RawFree(stream)


def export_schema(fields):
    """Make an `arrow_schema` capsule of a struct with the fields (name, format of the C data interface).

    >>> from schedcore._arrow import export_schema, formats
    >>> formats(export_schema([("start", "l"), ("status", "C")]))
    {'start': 'l', 'status': 'C'}
    """
    cdef ArrowSchema *schema = <ArrowSchema *> allocated(sizeof(ArrowSchema))
    capsule = PyCapsule_New(schema, "arrow_schema", free_schema)
    fill_schema(schema, fields)
    return capsule


def export_array(fields, columns):
    """Make the pair of capsules of `__arrow_c_array__`: a struct array whose children are the columns' own memory.

    A column is whatever shows contiguous memory by the buffer protocol, such as a `Column`. ColumnError for another
    number of columns than of fields, elements of another width than the format's, and columns of different lengths.
    """
    cdef ArrowArray *array
    schema = export_schema(fields)
    array = <ArrowArray *> allocated(sizeof(ArrowArray))
    capsule = PyCapsule_New(array, "arrow_array", free_array)
    fill_array(array, fields, columns)
    return schema, capsule


ctypedef struct Batches:        # what an exported stream holds
    PyObject *fields
    PyObject *rest
    char *error


cdef int failed(Batches *batches, object error) noexcept:
    """Keep the words of an error for `get_last_error`."""
    PyMem_RawFree(batches.error)
    batches.error = NULL
    try:
        batches.error = copied(f"{type(error).__name__}: {error}".encode(errors="replace"))
    except MemoryError:
        return ENOMEM
    return EIO


cdef int stream_schema(ArrowArrayStream *stream, ArrowSchema *out) noexcept with gil:
    cdef Batches *batches = <Batches *> stream.private_data
    memset(out, 0, sizeof(ArrowSchema))
    try:
        fill_schema(out, <object> batches.fields)
    except BaseException as error:
        if out.release is not NULL:
            out.release(out)
        return failed(batches, error)
    return 0


cdef int stream_next(ArrowArrayStream *stream, ArrowArray *out) noexcept with gil:
    cdef Batches *batches = <Batches *> stream.private_data
    memset(out, 0, sizeof(ArrowArray))
    try:
        columns = next(<object> batches.rest, None)
        if columns is not None:     # else the array stays released, which says that the stream has ended
            fill_array(out, <object> batches.fields, columns)
    except BaseException as error:  # a KeyboardInterrupt, too, cannot pass through the consumer's C
        if out.release is not NULL:
            out.release(out)
        return failed(batches, error)
    return 0


cdef const char *stream_error(ArrowArrayStream *stream) noexcept nogil:
    return (<Batches *> stream.private_data).error


cdef void drop_batches(Batches *batches) noexcept with gil:
    Py_DECREF(<object> batches.fields)
    Py_DECREF(<object> batches.rest)


cdef void release_stream(ArrowArrayStream *stream) noexcept nogil:
    cdef Batches *batches = <Batches *> stream.private_data
    if Py_IsInitialized():
        drop_batches(batches)
        PyMem_RawFree(batches.error)
        PyMem_RawFree(batches)
    stream.release = NULL


def export_stream(fields, batches):
    """Make the capsule of `__arrow_c_stream__`: of each sequence of columns that `batches` gives, one struct array.

    `batches` is asked for the next one when the consumer asks, in the consumer's thread, and is read once. What it
    raises reaches the consumer as the text of an error, and so does what `export_array` would raise.
    """
    cdef ArrowArrayStream *stream = <ArrowArrayStream *> allocated(sizeof(ArrowArrayStream))
    capsule = PyCapsule_New(stream, "arrow_array_stream", free_stream)
    cdef object rest = iter(batches)
    cdef Batches *held = <Batches *> allocated(sizeof(Batches))
    held.fields = <PyObject *> fields
    held.rest = <PyObject *> rest
    Py_INCREF(fields)
    Py_INCREF(rest)
    stream.private_data = held
    stream.get_schema = stream_schema
    stream.get_next = stream_next
    stream.get_last_error = stream_error
    stream.release = release_stream
    return capsule


# For both ways

cdef str text_of(const char *text):
    return "" if text is NULL else text[:strlen(text)].decode("utf-8", "backslashreplace")


cdef void *opened(object capsule, const char *name) except NULL:
    if not PyCapsule_IsValid(capsule, name):
        raise ColumnError(
            f"{shorten(capsule)} is not a capsule named {name.decode()!r}; the object's Arrow export is broken"
        )
    return PyCapsule_GetPointer(capsule, name)


def formats(capsule):
    """Read name and format of each child of an `arrow_schema` capsule, which stays as it is.

    This is how a consumer says which types it would like (`requested_schema`).
    """
    cdef const ArrowSchema *schema = <const ArrowSchema *> opened(capsule, "arrow_schema")
    cdef int64_t i
    if schema.release is NULL:
        raise ColumnError("the Arrow schema was released already; export it anew")
    if schema.n_children and schema.children is NULL:
        raise ColumnError(f"an Arrow schema of {schema.n_children} columns that are not there")
    return {text_of(schema.children[i].name): text_of(schema.children[i].format) for i in range(schema.n_children)}
