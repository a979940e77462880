"""A flag that another thread sets and kernels read without the GIL."""


cdef class CancelToken:
    cdef int flag


cdef inline bint is_cancelled(CancelToken token) noexcept nogil:
    # A plain read of an aligned int, through volatile so that it is not lifted out of a loop.
    return token is not None and (<volatile int *> &token.flag)[0] != 0
