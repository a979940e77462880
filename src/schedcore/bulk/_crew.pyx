"""Threads that are started once for a call, and share the pieces of one job of it after the other.

Rules of this module:

1. Pieces are numbered and taken in order, each by whichever thread is free, so that a slow one keeps nobody waiting.
   Whoever shares a job does pieces too; where no thread can be started, it does them all.
2. A job is done when no thread is in it: then `share` returns, or raises what the first piece that failed has raised.
   Once one has failed no more are begun.
3. Threads wait for the next job in C (`_threads`), and need the GIL neither to start nor to take a piece. Python knows
   of them while they are in a job and no longer, so that pieces may raise, or ask for the GIL, as anywhere. When
   `share` returns, none of them can touch an object any more, and the end of the interpreter has nothing to wait for.
"""

cimport cython

from schedcore.bulk._threads cimport Gate, close_gate, new_gate, next_piece, open_gate, shut_gate, stop_pieces

cdef extern from "Python.h" nogil:
    """
    /* A piece of which the exception is set: told to Cython by a value, as a call would. */
    #define schedcore_failed() (-1)
    """
    ctypedef struct PyInterpreterState:
        pass
    ctypedef struct PyThreadState:
        pass
    PyInterpreterState *PyInterpreterState_Get()
    PyThreadState *PyThreadState_New(PyInterpreterState *interpreter)
    void PyEval_RestoreThread(PyThreadState *state)
    void PyThreadState_Clear(PyThreadState *state)
    void PyThreadState_DeleteCurrent()
    int failed "schedcore_failed"() except -1

# The same without a look at what is raised: pieces are done without the GIL, and an exception waits where it is set.
ctypedef int (*Quiet)(void *job, Py_ssize_t number) noexcept nogil

cdef enum:
    MOST = 1024                 # threads of a crew: what is asked for beyond that is more than there is to be had


# What a thread needs to know of a job. On the stack of the one that shares it.
ctypedef struct Job:
    Gate *gate
    Quiet step
    void *job
    void *errors                # a list
    PyInterpreterState *interpreter


@cython.final
cdef class Crew:
    """The thread that makes it and as many others as can be had, up to `threads` in all; to be used in a `with`.

    One thread at a time may share a job.
    """

    def __cinit__(self, int threads):
        self.gate = new_gate(max(min(threads, MOST), 1) - 1)
        if self.gate is NULL:
            raise MemoryError(f"no memory for {threads} threads")

    def __dealloc__(self):
        if self.gate is not NULL:
            shut_gate(<Gate *> self.gate)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, where):
        """Let the threads go."""
        shut_gate(<Gate *> self.gate)
        self.gate = NULL

    cdef int share(self, Step step, void *job, Py_ssize_t pieces) except -1:
        """Do all pieces of a job."""
        cdef Job shared
        cdef list errors = []
        if self.gate is NULL:
            raise RuntimeError("the threads of this crew have gone home; share work inside its `with`")
        shared.gate, shared.step, shared.job = <Gate *> self.gate, <Quiet> step, job
        shared.errors, shared.interpreter = <void *> errors, PyInterpreterState_Get()
        with nogil:
            open_gate(shared.gate, help_out, &shared, pieces)
            take_pieces(&shared)
            close_gate(shared.gate)
        if errors:
            raise errors[0]
        return 0

    def call(self, calls):
        """Make all calls and give what they return, in their order."""
        cdef Calls made = Calls.__new__(Calls)
        made.calls, made.results = list(calls), [None] * len(calls)
        self.share(make_call, <void *> made, len(made.calls))
        return made.results


@cython.final
cdef class Calls:
    cdef list calls, results


cdef int make_call(void *job, Py_ssize_t number) except -1 with gil:
    cdef Calls made = <Calls> job
    made.results[number] = made.calls[number]()
    return 0


cdef void help_out(void *given) noexcept nogil:
    """Take part in a job, with a state of this thread as Python wants it wherever the GIL is taken."""
    cdef Job *job = <Job *> given
    cdef PyThreadState *state = PyThreadState_New(job.interpreter)
    if state is NULL:           # no memory: others do it
        return
    take_pieces(job)
    PyEval_RestoreThread(state)
    PyThreadState_Clear(state)
    PyThreadState_DeleteCurrent()


cdef void take_pieces(Job *job) noexcept nogil:
    cdef long number = next_piece(job.gate)
    while number >= 0:
        if job.step(job.job, number) == -1:
            stop_pieces(job.gate)
            keep_error(job)
            return
        number = next_piece(job.gate)


cdef void keep_error(Job *job) noexcept with gil:
    """Keep the exception that is set in this thread for the one that shared the job."""
    try:
        failed()
    except BaseException as error:
        (<list> job.errors).append(error)
