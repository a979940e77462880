"""The cancel flag that long computations poll."""


cdef class CancelToken:
    """A flag that stops a long computation from another thread, within some ten thousand values.

    The computation raises `Cancelled`; what it had made is dropped. Setting the flag twice is harmless, and a token
    that was set stays set.

    >>> from schedcore import CancelToken
    >>> token = CancelToken()
    >>> token.is_cancelled
    False
    >>> token.cancel()
    >>> token.is_cancelled
    True
    """

    def cancel(self):
        """Ask whatever was given this token to stop."""
        (<volatile int *> &self.flag)[0] = 1

    @property
    def is_cancelled(self):
        """Whether `cancel` was called."""
        return self.flag != 0
