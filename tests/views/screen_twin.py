"""The slow twin of `views.arranging`: what is on a day, by looking at every entry and every second's worth of edges."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def first_moment(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a day: walk in minutes from well before until the clock shows the date."""
    at = datetime.combine(day, time(), tzinfo=UTC) - timedelta(hours=16)
    while at.astimezone(zone).date() < day:
        at += timedelta(minutes=15)
    return at


def span(start: date, end: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From when to when something is, as instants."""
    return tuple(instant(value, zone) for value in (start, end))


def instant(value: date, zone: ZoneInfo) -> datetime:
    """A date, a floating or a zoned time as an instant of the zone."""
    if not isinstance(value, datetime):
        return first_moment(value, zone)
    return (value.replace(tzinfo=zone) if value.tzinfo is None else value).astimezone(UTC)


def touching(start: date, end: date, day: date, zone: ZoneInfo) -> bool:
    """Whether something is on a day of a zone."""
    a, b = span(start, end, zone)
    low, high = first_moment(day, zone), first_moment(day + timedelta(days=1), zone)
    return (low <= a < high) or (a < low < b)


def most_side_by_side(spans: list[tuple[int, int]]) -> int:
    """How many of some stretches there are at a time, at most; one of no length takes a second."""
    spans = [(a, max(b, a + 1)) for a, b in spans]
    return max((sum(a <= at < b for a, b in spans) for at, _ in spans), default=0)
