"""AgendaService: reminders, digests and chats; `reminders` decides what is due, a sender asks for it and sends.

Rules of this module:

1. People read and edit what is theirs. A back end that names nobody collects for everybody, and edits nothing.
2. A calendar that does not concern the caller is NotFound, whether it is there or not.
3. A stream goes person by person, each from a snapshot of its own: no transaction is open while a client reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar, Final, TypeVar

from schedcore.errors import InvalidValue, LimitExceeded, NotAllowed, SchedcoreError, shorten
from schedcore.ics import Calendar
from schedcore.policy import has_reminders
from schedcore.reminders import FREE_HOOKS, Digest, Hooks, Reminders, day_digest, send_now, sendings, with_alarms
from schedcore.service import reminding
from schedcore.service.agenda_messages import (
    alarm_message,
    alarm_of,
    daily_of,
    day_of,
    digest_message,
    due_message,
    hook_of,
    profile_of,
    sms_of,
    told_digest,
)
from schedcore.service.calls import Call, Service, read, write
from schedcore.service.errors import field
from schedcore.service.event_texts import bounds_of
from schedcore.service.holdings import Holdings
from schedcore.service.paging import position_of, size_of, token_of
from schedcore.service.times import aware_window, seconds_of, time_of, zone_named
from schedcore.store import NotFound, calendars, directory, events
from schedcore.v1 import agenda_pb2, common_pb2

__all__ = ["Agenda"]

_LARGEST: Final = 1_000
#: A sender asks for minutes; a month for everybody is a mistake that would take hours.
_MOST: Final = timedelta(days=31)
#: People whose part of a stream is made from one snapshot.
_AT_ONCE: Final = 50
#: Reminders in one message of a stream: some hundred kilobytes.
_IN_MESSAGE: Final = 500

_Part = TypeVar("_Part")


class Agenda(Service):
    """The handlers of AgendaService."""

    descriptor: ClassVar = agenda_pb2.DESCRIPTOR.services_by_name["AgendaService"]

    # --- settings -----------------------------------------------------------------------------------------------------

    @read
    def GetProfile(self, call: Call, request: agenda_pb2.GetProfileRequest) -> agenda_pb2.GetProfileResponse:
        """Give how the caller is reached."""
        id = call.person()
        directory.person(call.tx, id)
        return agenda_pb2.GetProfileResponse(profile=_profile(reminding.person(call.tx, id)))

    @write
    def PutProfile(self, call: Call, request: agenda_pb2.PutProfileRequest) -> agenda_pb2.PutProfileResponse:
        """Keep how the caller is reached."""
        with field("profile"):
            profile = profile_of(request.profile, call.person())
            tz = request.profile.tz or "UTC"
            zone_named(tz)
        kept = reminding.put_profile(call.tx, profile, tz, request.profile.etag)
        return agenda_pb2.PutProfileResponse(profile=_profile(kept))

    @read
    def GetCalendarSettings(
        self, call: Call, request: agenda_pb2.GetCalendarSettingsRequest
    ) -> agenda_pb2.GetCalendarSettingsResponse:
        """Give what the caller chose for a calendar."""
        id = call.person()
        _concerned(call, id, request.calendar)
        found, etag = reminding.choices(call.tx, id, request.calendar)
        return agenda_pb2.GetCalendarSettingsResponse(settings=_settings(request.calendar, found, etag))

    @write
    def PutCalendarSettings(
        self, call: Call, request: agenda_pb2.PutCalendarSettingsRequest
    ) -> agenda_pb2.PutCalendarSettingsResponse:
        """Keep what the caller chose for a calendar."""
        id, wanted = call.person(), request.settings
        with field("settings"):
            calendar = _concerned(call, id, wanted.calendar)
            value = _choices(wanted)
            if value.defaults and not has_reminders(calendar):
                with field("defaults"):
                    raise InvalidValue("events of a group have no reminders: leave the defaults out")
        etag = reminding.put_choices(call.tx, id, wanted.calendar, value, wanted.etag)
        return agenda_pb2.PutCalendarSettingsResponse(settings=_settings(wanted.calendar, value, etag))

    @read
    def GetHooks(self, call: Call, request: agenda_pb2.GetHooksRequest) -> agenda_pb2.GetHooksResponse:
        """Give the chats of the caller."""
        found, etag = reminding.hooks(call.tx, call.person())
        return agenda_pb2.GetHooksResponse(hooks=_hooks(found), etag=etag)

    @write
    def PutHooks(self, call: Call, request: agenda_pb2.PutHooksRequest) -> agenda_pb2.PutHooksResponse:
        """Keep the chats of the caller."""
        id, found = call.person(), Hooks(quota=FREE_HOOKS)
        for number, one in enumerate(request.hooks):
            with field(f"hooks[{number}]"):
                found = found.add(hook_of(one))
        etag = reminding.put_hooks(call.tx, id, found, request.etag)
        return agenda_pb2.PutHooksResponse(hooks=_hooks(found), etag=etag)

    @write
    def SetAlarms(self, call: Call, request: agenda_pb2.SetAlarmsRequest) -> agenda_pb2.SetAlarmsResponse:
        """Give an event reminders of its own."""
        id = call.person()
        calendar = _concerned(call, id, request.calendar)
        if not has_reminders(calendar):
            with field("calendar"):
                raise InvalidValue("events of a group have no reminders")
        alarms = []
        for number, one in enumerate(request.alarms):
            with field(f"alarms[{number}]"):
                alarms.append(alarm_of(one))
        if request.none and alarms:
            with field("none"):
                raise InvalidValue("none says that there is no reminder, and alarms are given: leave one of them out")
        named = None
        if request.HasField("recurrence_id"):
            with field("recurrence_id"):
                named = time_of(request.recurrence_id)
        kept = events.get(call.tx, request.calendar, request.uid)
        content = Calendar.from_ical(kept.value.ics)
        addresses = directory.person(call.tx, id).value.addresses
        edited = with_alarms(
            content,
            _event(content, named),
            None if request.none else alarms,
            address=next(iter(addresses), None),
        )
        ics = edited.to_ical()
        first, last = bounds_of(ics)
        changed = replace(kept.value, ics=ics, first_start=first, last_end=last)
        etag = events.put(call.tx, request.calendar, changed, request.etag or kept.etag)
        return agenda_pb2.SetAlarmsResponse(etag=etag)

    # --- what is due --------------------------------------------------------------------------------------------------

    @read
    def ListDue(self, call: Call, request: agenda_pb2.ListDueRequest) -> agenda_pb2.ListDueResponse:
        """List what is due for the caller."""
        start, end = _window(request.window)
        size, position = size_of(request, largest=_LARGEST), position_of(call, request)
        who = reminding.person(call.tx, call.person())
        chats, _ = reminding.hooks(call.tx, who.profile.person)
        found = reminding.reminders(self.holdings, call.tx, who)
        begin, skip = (start, 0) if position is None else (max(start, _moment(position[0])), position[1])
        due = found.due(begin, max(begin, end))[skip:]
        token = ""
        if len(due) > size:
            last = due[size].at
            before = sum(one.at == last for one in due[:size]) + (skip if last == begin else 0)
            token = token_of(call, request, [seconds_of(last), before])
        return agenda_pb2.ListDueResponse(
            due=[due_message(one, chats, who.tz) for one in due[:size]],
            next_page_token=token,
            problems=[] if position is not None else _problems(found),
        )

    @read
    def NextDue(self, call: Call, request: agenda_pb2.NextDueRequest) -> agenda_pb2.NextDueResponse:
        """Say when the next thing is due for the caller."""
        with field("after"):
            after = time_of(request.after)
            if not isinstance(after, datetime) or after.tzinfo is None:
                raise InvalidValue(f"{after.isoformat()} is no instant: give one with an offset, or a tz")
        found = reminding.reminders(self.holdings, call.tx, reminding.person(call.tx, call.person())).next_due(after)
        return agenda_pb2.NextDueResponse(at=None if found is None else seconds_of(found))

    @read
    def CollectDue(self, call: Call, request: agenda_pb2.CollectDueRequest) -> Iterator[agenda_pb2.CollectDueResponse]:
        """Stream what is due for everybody."""
        _check_backend(call)
        start, end = _window(request.window, _MOST)

        def of(tx: Any, who: reminding.Person) -> Iterator[agenda_pb2.CollectDueResponse]:
            found = reminding.reminders(self.holdings, tx, who)
            chats, _ = reminding.hooks(tx, who.profile.person)
            due = [due_message(one, chats, who.tz) for one in found.due(start, end)]
            problems = _problems(found)
            for at in range(0, max(len(due), bool(problems)), _IN_MESSAGE):
                yield agenda_pb2.CollectDueResponse(
                    due=due[at : at + _IN_MESSAGE], problems=problems if at == 0 else []
                )

        yield from _of_everybody(call, of)

    # --- digests ------------------------------------------------------------------------------------------------------

    @read
    def GetDigest(self, call: Call, request: agenda_pb2.GetDigestRequest) -> agenda_pb2.GetDigestResponse:
        """Give a digest of a day."""
        who = reminding.person(call.tx, call.person())
        with field("tz"):
            zone = zone_named(request.tz or who.tz)
        one = _mine(self.holdings, call.tx, who, request.calendar)
        digest = one.choices.sms if request.sms else one.choices.daily
        watched, caps = reminding.watched(self.holdings, call.tx, who, one), self.holdings.caps
        if request.day:
            with field("day"):
                day = day_of(request.day)
            found = day_digest(digest, watched, day, zone, caps=caps)
        else:
            found = send_now(digest, watched, call.now, zone, caps=caps)
        return agenda_pb2.GetDigestResponse(digest=None if found is None else told_digest(found))

    @read
    def ListSendings(self, call: Call, request: agenda_pb2.ListSendingsRequest) -> agenda_pb2.ListSendingsResponse:
        """List when the caller's digests are sent."""
        start, end = _window(request.window)
        size, skip = size_of(request, largest=_LARGEST), position_of(call, request) or 0
        who = reminding.person(call.tx, call.person())
        found = [
            agenda_pb2.DigestSending(at=at, day=day.isoformat(), calendar=one.id, sms=digest is one.choices.sms)
            for at, day, one, digest in _sendings(self.holdings, call.tx, who, start, end)
        ]
        token = token_of(call, request, skip + size) if len(found) > skip + size else ""
        return agenda_pb2.ListSendingsResponse(sendings=found[skip : skip + size], next_page_token=token)

    @read
    def CollectDigests(
        self, call: Call, request: agenda_pb2.CollectDigestsRequest
    ) -> Iterator[agenda_pb2.CollectDigestsResponse]:
        """Stream the digests that are to be sent to everybody."""
        _check_backend(call)
        start, end = _window(request.window, _MOST)
        caps = self.holdings.caps

        def of(tx: Any, who: reminding.Person) -> Iterator[agenda_pb2.CollectDigestsResponse]:
            found, problems = [], []
            for at, day, one, digest in _sendings(self.holdings, tx, who, start, end):
                try:
                    made = day_digest(digest, reminding.watched(self.holdings, tx, who, one), day, who.tz, caps=caps)
                except SchedcoreError as error:  # one calendar that cannot be read: the others are sent
                    problems.append(common_pb2.Problem(where=one.id, reason=str(error)))
                    continue
                if made is not None:
                    found.append(told_digest(made, at))
            if found or problems:
                yield agenda_pb2.CollectDigestsResponse(digests=found, problems=problems)

        yield from _of_everybody(call, of)


# --- reading the request ----------------------------------------------------------------------------------------------


def _window(message: Any, most: timedelta | None = None) -> tuple[datetime, datetime]:
    with field("window"):
        start, end = aware_window(message)
    if most is not None and end - start > most:
        raise LimitExceeded("collect_days", allowed=most.days, reached=(end - start).days)
    return start, end


def _choices(message: agenda_pb2.CalendarSettings) -> reminding.Choices:
    defaults = []
    for number, one in enumerate(message.defaults):
        with field(f"defaults[{number}]"):
            defaults.append(alarm_of(one))
            if defaults[-1].is_absolute:
                raise InvalidValue("a default at an instant would remind of all events at once: give an offset")
    with field("daily"):
        daily = daily_of(message.daily)
    with field("sms"):
        sms = sms_of(message.sms)
    return reminding.Choices(not message.reminders_off, tuple(defaults), daily, sms)


def _check_backend(call: Call) -> None:
    if not call.caller.backend or call.caller.principal is not None:
        raise NotAllowed("what is due for everybody is for back ends that act for nobody: ask ListDue for yourself")


def _concerned(call: Call, id: str, calendar: str) -> Any:
    """A calendar that reminds the caller, without content; NotFound for any other."""
    found = calendars.get(call.tx, calendar).value.calendar
    if not reminding.concerns(id, found, directory.around(call.tx, [id])):
        raise NotFound.of("calendar", calendar)
    return found


def _mine(holdings: Holdings, tx: Any, who: reminding.Person, calendar: str) -> reminding.Kept:
    found = calendars.get(tx, calendar)
    if not reminding.concerns(who.profile.person, found.value.calendar, holdings.directory(tx)):
        raise NotFound.of("calendar", calendar)
    chosen, _ = reminding.choices(tx, who.profile.person, calendar)
    return reminding.Kept(found.value, chosen, ())


def _event(content: Calendar, named: date | None) -> Any:
    """The event, or the override of an instance."""
    for one in content.events:
        if one.recurrence_id == named:
            return one
    with field("recurrence_id"):
        if named is None:
            raise InvalidValue("there are only single instances of this event: name one of them")
        raise InvalidValue(f"{shorten(named.isoformat())} has nothing of its own: change that instance first")


def _moment(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


# --- telling ----------------------------------------------------------------------------------------------------------


def _profile(kept: reminding.Person) -> agenda_pb2.Profile:
    its = kept.profile
    return agenda_pb2.Profile(
        person=its.person,
        default_address=its.default_address or "",
        login_address=its.login_address or "",
        phone=its.phone or "",
        tz=kept.tz,
        etag=kept.etag,
    )


def _settings(calendar: str, value: reminding.Choices, etag: str) -> agenda_pb2.CalendarSettings:
    return agenda_pb2.CalendarSettings(
        calendar=calendar,
        reminders_off=not value.on,
        defaults=[alarm_message(one) for one in value.defaults],
        daily=digest_message(value.daily),
        sms=digest_message(value.sms),
        etag=etag,
    )


def _hooks(value: Hooks) -> list[agenda_pb2.Hook]:
    return [agenda_pb2.Hook(name=one.name, address=one.address, template=one.template.text) for one in value.all]


def _problems(found: Reminders) -> list[common_pb2.Problem]:
    """Calendars that cannot be read, and alarms."""
    unread = [common_pb2.Problem(where=key, reason=reason) for key, reason in found.unknown.items()]
    return unread + [
        common_pb2.Problem(where=key if one.uid is None else f"{key}/{one.uid}", reason=one.reason)
        for key, its in found.problems.items()
        for one in its
    ]


# --- everybody --------------------------------------------------------------------------------------------------------


def _of_everybody(call: Call, of: Callable[[Any, reminding.Person], Iterator[_Part]]) -> Iterator[_Part]:
    """What is said of each person, in order of ids; from one snapshot each, which ends before a client reads it."""
    after = ""
    while True:
        with call.store.reading() as tx:
            ids = directory.person_ids(tx, after=after, limit=_AT_ONCE)
        for id in ids:
            call.check()
            with call.store.reading() as tx:
                parts = list(of(tx, reminding.person(tx, id)))
            yield from parts
        if len(ids) < _AT_ONCE:
            return
        after = ids[-1]


def _sendings(
    holdings: Holdings, tx: Any, who: reminding.Person, start: datetime, end: datetime
) -> list[tuple[int, date, reminding.Kept, Digest]]:
    """When somebody's digests are sent, in order of moments: of which day, calendar and digest."""
    found = [
        (seconds_of(one.at), one.day, its, digest)
        for its in reminding.kept(holdings, tx, who.profile.person)
        for digest in its.choices.digests
        for one in sendings(digest, start, end, who.tz)
    ]
    return sorted(found, key=lambda one: (one[0], one[2].id, one[3] is one[2].choices.sms))
