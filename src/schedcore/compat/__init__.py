"""Drop-ins for other libraries, on the core of this one.

What this room does not do: it does not import the libraries that it stands in for.
"""

__all__ = ["dateutil"]

from schedcore.compat import dateutil
