"""All bad inputs, by the heading that they have in docs/reliability.md."""

from __future__ import annotations

from typing import Final

from reliability import addresses, calendars, columns, people, rules, zones
from reliability.case import Case

SECTIONS: Final[dict[str, list[Case]]] = {
    "Rules": rules.CASES,
    "Zones": zones.CASES,
    "iCalendar": calendars.CASES,
    "Free/busy and columns": columns.CASES,
    "People": people.CASES,
    "An external calendar's address": addresses.CASES,
}
