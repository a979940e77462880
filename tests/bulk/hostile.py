"""Arrow arrays that say what is not so: true ones, with fields of their C structures overwritten."""

import ctypes


class CSchema(ctypes.Structure):
    """struct ArrowSchema."""


class CArray(ctypes.Structure):
    """struct ArrowArray."""


CSchema._fields_ = [
    ("format", ctypes.c_char_p),
    ("name", ctypes.c_char_p),
    ("metadata", ctypes.c_char_p),
    ("flags", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("children", ctypes.POINTER(ctypes.POINTER(CSchema))),
    ("dictionary", ctypes.POINTER(CSchema)),
    ("release", ctypes.c_void_p),
    ("private_data", ctypes.c_void_p),
]
CArray._fields_ = [
    ("length", ctypes.c_int64),
    ("null_count", ctypes.c_int64),
    ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    ("children", ctypes.POINTER(ctypes.POINTER(CArray))),
    ("dictionary", ctypes.POINTER(CArray)),
    ("release", ctypes.c_void_p),
    ("private_data", ctypes.c_void_p),
]

# A C function that does nothing, to release with: a producer's own would trip over what was overwritten. What was
# to be released, some bytes a test, stays behind.
_NOTHING = ctypes.cast(ctypes.pythonapi.Py_IsInitialized, ctypes.c_void_p).value

_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_pointer.restype = ctypes.c_void_p
_pointer.argtypes = [ctypes.py_object, ctypes.c_char_p]


class Hostile:
    """An Arrow column whose structures a function has overwritten."""

    def __init__(self, values, change):
        self.values, self.change, self.kept = values, change, []

    def __arrow_c_array__(self, requested_schema=None):
        schema, array = self.values.__arrow_c_array__()
        its_schema = CSchema.from_address(_pointer(schema, b"arrow_schema"))
        its_array = CArray.from_address(_pointer(array, b"arrow_array"))
        its_schema.release = its_array.release = _NOTHING
        self.change(its_schema, its_array, self)
        return schema, array

    def buffer(self, array, number, kind, values):
        """Put other memory in place of a buffer."""
        memory = (kind * len(values))(*values)
        self.kept.append(memory)
        array.buffers[number] = ctypes.addressof(memory)
