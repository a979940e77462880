"""Exact and fast answers for calendar back ends: when does this happen, who is busy, and when can we meet?

The names below load on first use, so that `import schedcore` costs next to nothing: it brings in no other module of
the package, and neither NumPy nor icalendar.

>>> import schedcore
>>> schedcore.Duration(days=1)
Duration(days=1, seconds=0)
"""

# Type checkers take this name for true, wherever it comes from; importing `typing` would cost more than all the rest.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from schedcore._cancel import CancelToken
    from schedcore.bulk import SeriesTable
    from schedcore.errors import SchedcoreError
    from schedcore.ics import Calendar
    from schedcore.recurrence import Duration, Limits, Occurrence, Override, Rule, Series

__version__ = "0.1.0"

__all__ = [
    "Calendar",
    "CancelToken",
    "Duration",
    "Limits",
    "Occurrence",
    "Override",
    "Rule",
    "SchedcoreError",
    "Series",
    "SeriesTable",
    "__version__",
]

# Where each lazy name lives. tests/test_public_names.py holds this, __all__ and the imports above to one another.
_ROOMS = {
    "Calendar": "ics",
    "CancelToken": "_cancel",
    "Duration": "recurrence",
    "Limits": "recurrence",
    "Occurrence": "recurrence",
    "Override": "recurrence",
    "Rule": "recurrence",
    "SchedcoreError": "errors",
    "Series": "recurrence",
    "SeriesTable": "bulk",
}


def __getattr__(name: str) -> object:
    if name not in _ROOMS:
        public = ", ".join(__all__)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}: its public names are {public}")
    from importlib import import_module

    value: object = getattr(import_module(f"{__name__}.{_ROOMS[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
