"""The one door for columns that are handed in: whatever a caller has, made numbers, text, or lists of either.

| given | becomes |
|---|---|
| list of str or bytes; NumPy `U`, `S`, `T`, object; Arrow text, binary, dictionaries of those | `Text` |
| list of int; NumPy integers; a buffer of integers; Arrow integers | `Ints`, "number" |
| list of naive datetimes; NumPy `datetime64[s]` and the like; Arrow timestamps without a zone | `Ints`, "local" |
| list of aware datetimes; Arrow timestamps with a zone | `Ints`, "utc", and the zone |
| list of dates; `datetime64[D]`; Arrow dates | `Ints`, "date" |
| list of timedeltas; `timedelta64`; Arrow durations | `Ints`, "duration" |
| list of lists; Arrow lists | `Lists` |

Missing rows are None, NaN and NaT among objects, NaT in NumPy, nulls in Arrow. What is int64 in one piece is read where
it lies, so it must not be written to while it is in use. Floats are refused: whether 3600.5 is a mistake is not ours to
say.

This module does not know what a column is for, and does not compare the lengths of two.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any

from schedcore._zone import local_seconds
from schedcore.bulk._capsules import Imported, read_column, read_table
from schedcore.bulk._columns import Ints, Lists, Text, ints_in, ints_of, is_missing, lists_of, nothing, text_of
from schedcore.bulk._imported import of_arrow
from schedcore.errors import ColumnError, shorten

__all__ = ["Ints", "Lists", "Text", "column", "ints", "table", "text"]

Column = Ints | Text | Lists

_SECOND = timedelta(seconds=1)
# Calendar units of NumPy: how long they are depends on when.
_VAGUE = ("Y", "M")


def table(data: object) -> dict[str, Imported]:
    """Take the columns of an Arrow table or batch by name, each for `column`, `text` or `ints`.

    `data` is anything with `__arrow_c_stream__` or `__arrow_c_array__`, as pyarrow, polars, DuckDB and pandas have.
    ColumnError for a single column, two columns of one name, and rows that are null as a whole. Copies nothing.

    >>> import pyarrow
    >>> columns = table(pyarrow.table({"tzid": ["Asia/Tokyo", None], "duration": [3600, 1800]}))
    >>> text("tzid", columns["tzid"]).tolist(), ints("duration", columns["duration"]).tolist()
    (['Asia/Tokyo', None], [3600, 1800])
    """
    found: dict[str, Imported] = _read(read_table, "the table", data)
    return found


def column(name: str, values: object) -> Column:
    """Take a column of any type; `name` is for messages.

    ColumnError names the row that is of another type than the first, does not fit 64 bits, or is not a whole second;
    and columns of no type that is known, of several dimensions, and broken Arrow data. One pass, O(n); int64 in one
    piece and large text of one Arrow array are not copied.

    >>> from datetime import timedelta
    >>> column("duration", [timedelta(hours=1), None])
    <Ints of 2 rows, duration>
    >>> column("rrule", ["FREQ=DAILY", 5])
    Traceback (most recent call last):
        ...
    schedcore.errors.ColumnError: rrule: row 1: 5 is not text; give text in every row
    """
    if isinstance(values, (Ints, Text, Lists)):
        return values
    if isinstance(values, Imported):
        return of_arrow(name, values)
    if isinstance(values, (str, bytes, bytearray)):
        raise ColumnError(f"{name}: {shorten(values)} is one value, not a column; give a list of one for each row")
    if hasattr(values, "__arrow_c_array__") or hasattr(values, "__arrow_c_stream__"):
        try:
            return of_arrow(name, _read(read_column, name, values))
        except ImportError:  # pandas without pyarrow; it can be had through NumPy
            pass
    numpy = sys.modules.get("numpy")
    if numpy is not None and (hasattr(values, "dtype") or hasattr(values, "__array__")):
        return _of_numpy(numpy, name, values)
    return _of_buffer(name, values)


def text(name: str, values: object) -> Text:
    """Take a column of text or bytes; ColumnError for any other type.

    >>> text("tzid", ["UTC", None, "Europe/Zürich"]).tolist()
    ['UTC', None, 'Europe/Zürich']
    """
    found = column(name, values)
    if isinstance(found, Text):
        return found
    what = "lists" if isinstance(found, Lists) else f"numbers ({found.kind})"
    raise ColumnError(f"{name}: {what}, where each row should be text; give text")


def ints(name: str, values: object) -> Ints:
    """Take a column of numbers, times, dates or lengths of time; ColumnError for any other type.

    A column without a single value has no type; it becomes numbers that are all missing.

    >>> from datetime import date
    >>> dates = ints("dtstart", [date(1970, 1, 2), None])
    >>> dates.kind, dates.tolist()
    ('date', [86400, None])
    """
    found = column(name, values)
    return found if isinstance(found, Ints) else nothing(name, found, "number")


def _read(read: Callable[[object], Any], name: str, data: object) -> Any:
    """Ask a producer for its Arrow data; what it raises is told as the column's fault, with the reason."""
    try:
        return read(data)
    except (ImportError, MemoryError):
        raise
    except ColumnError as error:
        raise ColumnError(f"{name}: {error}") from None
    except Exception as error:
        kind = type(data).__name__
        raise ColumnError(f"{name}: {kind} does not give Arrow data: {type(error).__name__}: {error}") from error


def _of_buffer(name: str, values: object) -> Column:
    """Memory that shows itself (`array`, `memoryview`, a kernel's column), else a row of objects."""
    try:
        view = memoryview(values)  # type: ignore[arg-type]
    except (TypeError, ValueError, BufferError):
        if not isinstance(values, Iterable):
            raise ColumnError(
                f"{name}: {shorten(values)} is not a column; give a list, an array or Arrow data"
            ) from None
        return _of_objects(name, list(values))
    if view.ndim != 1:
        raise ColumnError(f"{name}: {view.ndim} dimensions {view.shape}; give a column of one dimension")
    if view.format in ("q", "l") and view.itemsize == 8 and view.c_contiguous:
        return ints_in(view, "number")
    return _of_objects(name, view.tolist())


def _of_numpy(numpy: Any, name: str, values: Any) -> Column:
    """A NumPy array, or what makes itself one."""
    array = values if isinstance(values, numpy.ndarray) else numpy.asarray(values)
    if array.ndim != 1:
        raise ColumnError(f"{name}: {array.ndim} dimensions {array.shape}; give a column of one dimension")
    kind = array.dtype.kind
    if kind in "OUST" or (isinstance(array, numpy.ma.MaskedArray) and kind in "iub"):
        return _of_objects(name, array.tolist())
    if isinstance(array, numpy.ma.MaskedArray) and kind in "mM":
        array = array.filled(numpy.array("NaT", array.dtype))
    if kind in "mM":
        return _of_numpy_times(numpy, name, array)
    if kind not in "iub":
        raise ColumnError(f"{name}: {array.dtype} is not a type of whole numbers, times or text; convert the column")
    if array.dtype == numpy.uint64 and len(array) and array.max() > numpy.iinfo(numpy.int64).max:
        raise ColumnError(f"{name}: row {array.argmax()}: {array.max()} does not fit int64")
    return ints_in(numpy.ascontiguousarray(array, numpy.int64), "number")


def _of_numpy_times(numpy: Any, name: str, array: Any) -> Ints:
    """`datetime64` and `timedelta64` as whole seconds; NaT is a missing row."""
    unit, _ = numpy.datetime_data(array.dtype)
    if unit == "generic" or (array.dtype.kind == "m" and unit in _VAGUE):
        raise ColumnError(
            f"{name}: {array.dtype} has no length in seconds; convert it, as with .astype('datetime64[s]')"
        )
    seconds = array.astype(f"{array.dtype.kind}8[s]", copy=False)
    uneven = (seconds.astype(array.dtype) != array) & ~numpy.isnat(array)
    if uneven.any():
        row = int(uneven.argmax())
        raise ColumnError(f"{name}: row {row}: {array[row]} is not a whole second; round the column")
    kind = "duration" if array.dtype.kind == "m" else "date" if unit in ("D", "W", "M", "Y") else "local"
    return ints_in(numpy.ascontiguousarray(seconds).view(numpy.int64), kind, nat=True)


def _of_objects(name: str, items: list[Any]) -> Column:
    """A list of Python's own objects: the first that is not missing says of which type all are."""
    first = next((item for item in items if not is_missing(item)), None)
    if first is None or isinstance(first, (str, bytes, bytearray, memoryview)):
        return text_of(name, items)
    if isinstance(first, (date, timedelta)):
        return _of_times(name, items, first)
    if hasattr(first, "__index__"):
        return ints_of(name, items, "number")
    if type(first).__module__ == "numpy" and hasattr(first, "dtype") and not getattr(first, "ndim", 0):
        return column(name, sys.modules["numpy"].array(items, first.dtype))  # datetime64 and timedelta64, one by one
    if isinstance(first, Iterable):
        return _of_lists(name, items)
    row = items.index(first)
    raise ColumnError(f"{name}: row {row}: {shorten(first)} is of no type that a column can have; give text or numbers")


def _of_lists(name: str, items: list[Any]) -> Lists:
    """Lists of lists: the bounds of each, and one column of all that is in them."""
    bounds, missing = [0], []
    inner: list[Any] = []
    for row, item in enumerate(items):
        if isinstance(item, (str, bytes)) or (not isinstance(item, Iterable) and not is_missing(item)):
            raise ColumnError(
                f"{name}: row {row}: {shorten(item)} is not a list, as other rows are; give a list in each"
            )
        if isinstance(item, Iterable):
            inner.extend(item)
        else:
            missing.append(row)
        bounds.append(len(inner))
    found = column(f"{name}: item of all lists", inner)
    if isinstance(found, Lists):
        raise ColumnError(f"{name}: lists within lists; give lists of text or numbers")
    return lists_of(bounds, missing, found)


def _of_times(name: str, items: list[Any], first: date | timedelta) -> Ints:
    """Datetimes of one kind, dates, or lengths of time; ColumnError names the row that is another."""
    kind = _kind(first)
    seconds: list[object] = []
    zones: list[object] = []
    for row, item in enumerate(items):
        if is_missing(item):
            seconds.append(None)
            zones.append(None)
            continue
        if _kind(item) != kind:
            raise ColumnError(
                f"{name}: row {row}: {shorten(item)} is not of the kind of {shorten(first)}; give one kind"
            )
        if getattr(item, "microsecond", 0) or getattr(item, "microseconds", 0) or getattr(item, "nanosecond", 0):
            raise ColumnError(f"{name}: row {row}: {shorten(item)} is not a whole second; round the column")
        if kind == "duration":
            seconds.append(item // _SECOND)
        elif kind == "utc":
            seconds.append(local_seconds(item) - item.utcoffset() // _SECOND)
            zones.append(_zone_name(item))
        else:
            seconds.append(local_seconds(item))
    if kind != "utc":
        return ints_of(name, seconds, kind)
    names = {zone for zone in zones if zone is not None}
    return ints_of(name, seconds, kind, names.pop() if len(names) == 1 else text_of(name, zones))  # type: ignore[arg-type]


def _kind(item: object) -> str:
    if isinstance(item, timedelta):
        return "duration"
    if isinstance(item, datetime):
        return "local" if item.utcoffset() is None else "utc"
    return "date" if isinstance(item, date) else "other"


def _zone_name(moment: datetime) -> str:
    """The IANA name of a datetime's zone, else the tzinfo's own: "UTC", "UTC+05:30"."""
    key = getattr(moment.tzinfo, "key", None)
    return key if isinstance(key, str) else str(moment.tzinfo)
