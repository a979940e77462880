"""iCalendar text and `Calendar`: RFC 5545 as programs write it.

The way of a text: `text` unfolds and decodes it, `component` finds the components, `values` and `timezones` read single
values, `draft` one VEVENT, `grouping` puts masters and overrides together, `calendar` answers.

What this room does not do: it reads no files, fetches no URLs, and keeps nothing between two texts.
"""

from schedcore.ics.calendar import Calendar
from schedcore.ics.event import Event
from schedcore.ics.problem import Problem

__all__ = ["Calendar", "Event", "Problem"]
