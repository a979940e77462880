"""Many series at once: columns in, columns out.

Columns come as lists, NumPy arrays or Arrow data (any object with `__arrow_c_stream__` or `__arrow_c_array__`), and
leave as memory that NumPy and Arrow see without a copy. This room reads no files, keeps nothing between two calls, and
merges nothing (`freebusy` does). NumPy loads when a column is asked for as an array, not before.
"""

# Type checkers take this name for true, wherever it comes from; importing `typing` would cost more than all the rest.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from schedcore.bulk.ical import CalendarTable
    from schedcore.bulk.occurrences import Occurrences
    from schedcore.bulk.table import Problem, SeriesTable

__all__ = ["CalendarTable", "Occurrences", "Problem", "SeriesTable"]

# Where each lazy name lives.
_MODULES = {"CalendarTable": "ical", "Occurrences": "occurrences", "Problem": "table", "SeriesTable": "table"}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        public = ", ".join(__all__)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}: its public names are {public}")
    from importlib import import_module

    value: object = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value
