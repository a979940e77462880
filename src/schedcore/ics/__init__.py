"""iCalendar text and `Calendar`: RFC 5545 as programs write it.

The way of a text: `text` unfolds and decodes it, `component` finds the components, `values` reads single values,
`timezones` finds zones and `vtimezone` makes those that the text defines, `draft` takes one VEVENT apart, `grouping`
puts masters and overrides together, `calendar` answers. The way back: `outgoing` puts a series into lines and
`zone_text` its zone, `writing` folds them; `snapshot` writes single instances. From text to text: `importing` takes
files in, each event once (`identity`, `vcalendar`), `cutting` takes one event out, or instances away, `parting` makes
a text of each event, and one calendar of such texts.

What this room does not do: it reads no files, fetches no URLs, and keeps nothing between two texts.
"""

from schedcore.ics.calendar import Calendar
from schedcore.ics.cutting import event_to_ical, without_instances
from schedcore.ics.event import Event
from schedcore.ics.importing import Dropped, Imported, import_events
from schedcore.ics.outgoing import to_ical, with_series
from schedcore.ics.parting import joined, parted
from schedcore.ics.problem import Problem

__all__ = [
    "Calendar",
    "Dropped",
    "Event",
    "Imported",
    "Problem",
    "event_to_ical",
    "import_events",
    "joined",
    "parted",
    "to_ical",
    "with_series",
    "without_instances",
]
