"""Views: what a screen would show of some calendars, as values.

The way of an entry: `layers` says which calendars are shown, `days` which days, `looking` asks policy what the viewer
may know and `arranging` lays that out in days and lanes. Beside them: `feeds` (windows from today on, a calendar as
read-only iCalendar), `deleting` (between two dates, shown first), `ticketing` (list, month or week).

What this room does not do: it decides nothing about who may know what, and draws nothing.
"""

from schedcore.views.arranging import DayView, Entry, Placed, View, entries, grid, listed
from schedcore.views.days import Dates, day, iso_week, month, week
from schedcore.views.deleting import Deletion, plan_deletion
from schedcore.views.feeds import Feed, feed_dates, to_ical
from schedcore.views.layers import Layer, Layers
from schedcore.views.looking import view
from schedcore.views.ticketing import Mode, Modes, suited

__all__ = [
    "Dates",
    "DayView",
    "Deletion",
    "Entry",
    "Feed",
    "Layer",
    "Layers",
    "Mode",
    "Modes",
    "Placed",
    "View",
    "day",
    "entries",
    "feed_dates",
    "grid",
    "iso_week",
    "listed",
    "month",
    "plan_deletion",
    "suited",
    "to_ical",
    "view",
    "week",
]
