"""What somebody sees when they look at some calendars together: `view`.

Rules of this module:

1. Only layers that are shown are asked for, so a hidden calendar leaves no trace: no entry, no lane, no count.
2. Each layer is asked as its viewer may know it (`policy.as_seen_by`), and what comes back is all that is drawn.
3. A layer of which nothing is known (it could not be read, or is not shared) is named in `unknown`, with policy's word
   for it.

Product rules: O3, O4, O5, Z1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, tzinfo
from typing import TYPE_CHECKING, Final

from schedcore.errors import InvalidValue, shorten
from schedcore.policy import Caps, as_seen_by
from schedcore.views.arranging import View, asking, entries, grid, listed
from schedcore.views.days import Dates, check, day, month, week
from schedcore.zones import zone_of

if TYPE_CHECKING:
    from schedcore.policy import Directory
    from schedcore.policy.calendars import AnyCalendar, Viewer
    from schedcore.views.layers import Layers

__all__ = ["KINDS", "view"]

KINDS: Final = ("list", "day", "week", "month")


def view(
    kind: str,
    of: date | Dates,
    *,
    viewer: Viewer,
    calendars: Mapping[str, AnyCalendar],
    directory: Directory,
    layers: Layers | None = None,
    tz: str | tzinfo = "UTC",
    wkst: str = "MO",
    caps: Caps | None = None,
) -> View:
    """Show some calendars over each other, as a list, a day, a week or a month, by the clock of a zone.

    `of` is a day of what is to be shown, or for any kind its `Dates`; a list of a day is that day's. `calendars` are
    the viewer's by the keys of `layers`, which says what is shown and in which order (None: all of them, as they come);
    those that it hides need not be there. `wkst` is the first day of weeks,
    `caps` how many instances a series without end has and how many events stand side by side.

    InvalidValue for another kind, a WKST that is no weekday, and a layer without a calendar; LimitExceeded for more
    than ten years; ZoneError for an unknown zone. Cost: of `policy.as_seen_by` for each layer, and of the entries.

    >>> from schedcore import Calendar
    >>> from schedcore.policy import Directory, PersonalCalendar
    >>> from schedcore.views import Layers
    >>> lunch = Calendar.from_ical("BEGIN:VEVENT\\nUID:1\\nSUMMARY:Lunch\\nDTSTART:20260401T120000\\nEND:VEVENT")
    >>> found = view("week", date(2026, 4, 1), viewer="anna", calendars={"anna": PersonalCalendar("anna", lunch)},
    ...              layers=Layers.of("anna"), directory=Directory(), tz="Europe/Zurich")
    >>> [(str(one.date), [entry.item.summary for entry in one.entries]) for one in found.days][2:4]
    [('2026-04-01', ['Lunch']), ('2026-04-02', [])]
    """
    zone, caps = zone_of(tz), Caps() if caps is None else caps
    dates = _dates(kind, of, wkst)
    check(dates)
    start, end = asking(dates, zone)
    seen = {
        key: as_seen_by(viewer, _of(calendars, key), start, end, directory=directory, tz=zone.tzinfo, caps=caps)
        for key in (calendars if layers is None else layers.visible)
    }
    found = entries({key: its.events for key, its in seen.items()}, zone.tzinfo)
    if kind == "list":
        shown = listed(found, dates, zone.tzinfo)
    else:
        shown = grid(kind, found, dates, of if not isinstance(of, Dates) else of.first, zone.tzinfo, most=caps.per_slot)
    return replace(shown, unknown={key: its.unknown for key, its in seen.items() if its.unknown is not None})


def _dates(kind: str, of: date | Dates, wkst: str) -> Dates:
    if kind not in KINDS:
        raise InvalidValue(f"kind={shorten(kind)}: give one of {', '.join(KINDS)}")
    if isinstance(of, Dates):
        return of
    if kind == "week":
        return week(of, wkst)
    return month(of, wkst) if kind == "month" else day(of)


def _of(calendars: Mapping[str, AnyCalendar], key: str) -> AnyCalendar:
    try:
        return calendars[key]
    except KeyError:
        known = ", ".join(shorten(one, 40) for one in list(calendars)[:10])
        said = f"calendars has no {shorten(key)}, which is layered ({known}): pass it, or hide it"
        raise InvalidValue(said) from None
