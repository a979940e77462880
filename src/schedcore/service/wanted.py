"""From the message of FindTimes to `Wanted`, and from what was found back to messages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from schedcore.errors import InvalidValue
from schedcore.freebusy import Availability, Found, Room, Wanted, WorkHours
from schedcore.freebusy.slots import Refusal, Slot, Why
from schedcore.recurrence import Duration
from schedcore.recurrence.window import instant
from schedcore.service.errors import field, place_of
from schedcore.service.times import zone_named
from schedcore.v1 import freebusy_pb2 as pb

__all__ = ["found_message", "told_by_name", "wanted_of"]

#: Lengths that a request may leave out, with what they are then.
_LENGTHS: Final = {"grid": "PT15M", "offset": "PT0S", "before": "PT0S", "after": "PT0S", "notice": "PT0S"}
_WHY: Final = {
    Why.BUSY: pb.WHY_BUSY,
    Why.TENTATIVE: pb.WHY_TENTATIVE,
    Why.OUT_OF_OFFICE: pb.WHY_OUT_OF_OFFICE,
    Why.HOURS: pb.WHY_HOURS,
    Why.DAY_FULL: pb.WHY_DAY_FULL,
    Why.UNKNOWN: pb.WHY_UNKNOWN,
    Why.TOO_FEW: pb.WHY_TOO_FEW,
    Why.NO_ROOM: pb.WHY_NO_ROOM,
    Why.HELD: pb.WHY_HELD,
    Why.NOTICE: pb.WHY_NOTICE,
}
#: For a subject that is nobody in particular.
_NOBODY: Final = -1
#: Near misses that one request may ask for.
_MOST_MISSES: Final = 100
#: Stretches of availability that one text may have in a window: each is an object while it is looked at.
_MOST_AVAILABLE: Final = 5_000


def wanted_of(request: pb.FindTimesRequest, on_unknown: str, window: tuple[datetime, datetime]) -> Wanted:
    """Read what is wanted; InvalidValue on the field at fault, LimitExceeded for availability beyond measure."""
    with field("near_misses"):
        if not 0 <= request.near_misses <= _MOST_MISSES:
            raise InvalidValue(f"near_misses={request.near_misses}: give 0 to {_MOST_MISSES}")
    with field("duration"):
        duration = Duration.parse(request.duration)
    lengths = {}
    for name, default in _LENGTHS.items():
        with field(name):
            lengths[name] = Duration.parse(getattr(request, name) or default)
    count = len(request.subjects)
    required, optional, any_of = (
        _places(name, getattr(request, name), count) for name in ("required", "optional", "any_of")
    )
    rooms = []
    for number, room in enumerate(request.rooms):
        with field(f"rooms[{number}]"):
            rooms.append(Room(_place(room.subject, count, "subject"), room.capacity or None))
    for name in ("at_least", "seats", "most_a_day", "limit"):
        with field(name):
            if getattr(request, name) < 0:
                raise InvalidValue(f"{name}={getattr(request, name)}: give a whole number from 0 on")
    try:
        return Wanted(
            duration,
            at_least=request.at_least or None,
            rooms=rooms,
            seats=request.seats or None,
            hours=_hours(request, window),
            most_a_day=request.most_a_day or None,
            tentative="busy" if request.tentative_is_busy else "free",
            on_unknown=on_unknown,
            holds=[_held(one, number) for number, one in enumerate(request.holds)],
            required=required,
            optional=optional,
            any_of=any_of,
            **lengths,  # type: ignore[arg-type]
        )
    except InvalidValue as error:
        raise told_by_name(error, request) from None


def told_by_name(error: InvalidValue, request: Any) -> InvalidValue:
    """The error on the field that it names, where it begins with the name of one and no field is known yet."""
    name = str(error).partition("=")[0].partition(":")[0].strip()
    if name in request.DESCRIPTOR.fields_by_name and not place_of(error):
        try:
            with field(name):
                raise error
        except InvalidValue as placed:
            return placed
    return error


def _places(name: str, given: Sequence[int], count: int) -> list[int]:
    found = []
    for number, place in enumerate(given):
        with field(f"{name}[{number}]"):
            found.append(_place(place, count))
    return found


def _place(place: int, count: int, name: str = "") -> int:
    if not 0 <= place < count:
        with field(name):
            raise InvalidValue(f"{place} is no place among the {count} subjects: places are numbers from 0 on")
    return place


def _held(one: pb.Held, number: int) -> tuple[int, int]:
    if one.end < one.start:
        with field(f"holds[{number}].end"):
            raise InvalidValue(f"{one.end} is before the start {one.start}: swap them")
    return one.start, one.end


def _hours(request: pb.FindTimesRequest, window: tuple[datetime, datetime]) -> dict[int, Any] | None:
    """The hours of each subject; those of -1 are of all who have none of their own."""
    if not request.hours:
        return None
    found: dict[int, Any] = {}
    for number, one in enumerate(request.hours):
        with field(f"hours[{number}]"):
            if one.subject != _NOBODY:
                _place(one.subject, len(request.subjects), "subject")
            if one.subject in found:
                with field("subject"):
                    raise InvalidValue(f"{one.subject} has hours already: put them together in one text")
            found[one.subject] = _one(one, window)
    if _NOBODY in found:
        rest = found.pop(_NOBODY)
        found |= {place: rest for place in range(len(request.subjects)) if place not in found}
    return found


def _one(one: pb.Hours, window: tuple[datetime, datetime]) -> Any:
    tz = zone_named(one.tz) if one.tz else None
    which = one.WhichOneof("hours")
    if which == "vavailability":
        with field("vavailability"):
            hours = Availability.from_ical(one.vavailability, tz)
            hours.check(instant(window[0]), instant(window[1]), _MOST_AVAILABLE)
            return hours
    with field("text"):
        if not one.text:
            raise InvalidValue("no hours are given: set text or vavailability")
        read = WorkHours(one.text, "UTC" if tz is None else tz)
        return one.text if tz is None else read


# --- what was found ---------------------------------------------------------------------------------------------------


def found_message(found: Found, near_misses: int) -> pb.FindTimesResponse:
    """Tell what was found."""
    misses = found.refused.near_misses(near_misses) if near_misses and found.refused is not None else []
    return pb.FindTimesResponse(
        slots=[_slot(one) for one in found],
        looked_at=found.looked_at,
        why_none=found.why_none,
        unknown=list(found.unknown),
        near_misses=[_refusal(one) for one in misses],
    )


def _slot(slot: Slot) -> pb.Slot:
    return pb.Slot(
        start=slot.start,
        end=slot.end,
        missing=slot.missing,
        tentative=slot.tentative,
        outside_most=slot.outside_most,
        outside_total=slot.outside_total,
        room=_NOBODY if slot.room is None else slot.room,
    )


def _refusal(one: Refusal) -> pb.Refusal:
    reasons = [
        pb.Reason(
            why=_WHY[reason.why],
            subject=_NOBODY if reason.owner is None else reason.owner,
            start=reason.start or 0,
            end=reason.end or 0,
        )
        for reason in one.reasons
    ]
    return pb.Refusal(start=one.start, end=one.end, reasons=reasons, lacking=one.lacking, move=one.move or 0)
