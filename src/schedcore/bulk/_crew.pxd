"""Threads that share the pieces of a job, for kernels that have pieces to share."""

# Does piece `number` of a job; what it raises is raised by the thread that shared the job.
ctypedef int (*Step)(void *job, Py_ssize_t number) except -1 nogil


cdef class Crew:
    cdef void *gate

    cdef int share(self, Step step, void *job, Py_ssize_t pieces) except -1
