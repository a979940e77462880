"""`schedcore call`: one RPC of a running service, in JSON; what there is to call comes from its reflection.

Rules of this command:

1. A request is JSON in the form of protobuf, with the names of the proto. `--file` puts what a file holds into a field.
2. One answer is printed as JSON, over several lines if one is too short; answers of a stream as one line each, as they
   come.
3. An error is one line on stderr with gRPC's code, and the fields that are wrong; the exit code is 1.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from schedcore.cli.output import plain
from schedcore.cli.secured import PEM, secured
from schedcore.errors import InvalidValue, shorten

if TYPE_CHECKING:
    from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor, ServiceDescriptor

    from schedcore.client import Client, ServiceError

__all__ = ["call"]

PACKAGE: Final = "schedcore.v1"
ADDRESS: Final = "127.0.0.1:50051"
#: Characters of an answer that is printed as one line.
_LINE: Final = 100


@click.command()
@click.argument("method", metavar="SERVICE.METHOD", required=False)
@click.argument("body", metavar="JSON", default="{}")
@click.option("--address", metavar="HOST:PORT", envvar="SCHEDCORE_ADDRESS", default=ADDRESS, show_default=True)
@click.option("--as", "principal", metavar="PERSON", help="Act for this person (a back end's credentials may).")
@click.option("--token-file", type=PEM, help="A file with the bearer token; else SCHEDCORE_TOKEN.")
@secured
@click.option("--timeout", type=float, default=30.0, show_default=True, help="Seconds that the call may take.")
@click.option("--file", "files", metavar="FIELD=PATH", multiple=True, help="Put a file's text or bytes into a field.")
@click.option("--get", "part", metavar="PATH", help="Print just this part of an answer, such as poll.id or options.0.")
@click.option("--describe", is_flag=True, help="Print the fields of the request and of the answer instead.")
def call(
    method: str | None, body: str, principal: str | None, part: str | None, describe: bool, **options: Any
) -> None:
    """Call an RPC of a running service, or list what can be called.

    \b
    schedcore call
    schedcore call RecurrenceService.Count '{"rrule": "FREQ=DAILY;COUNT=3", "dtstart": {"date": "2026-10-26"}}'
    schedcore call --as anna --describe PollService.CreatePoll
    """
    from schedcore.client import ServiceError

    with _client(principal, options) as client:
        try:
            services = _services(client)
            if method is None or "." not in method.removeprefix(f"{PACKAGE}."):
                _list(services, method)
                return
            found = _method(services, method)
            if describe:
                _describe(found)
                return
            for answer in _answers(client, found, _requests(found, body, options["files"]), options["timeout"]):
                click.echo(_shown(answer, part, in_a_line=found.server_streaming))
        except ServiceError as error:
            click.echo(f"schedcore: {plain(_said(error))}", err=True)
            sys.exit(1)


def _client(principal: str | None, options: dict[str, Any]) -> Client:
    from schedcore.client import Client

    return Client(
        options["address"],
        token=_token(options["token_file"]),
        principal=principal,
        timeout=options["timeout"],
        max_message_bytes=-1,  # who types a command may look at whatever there is
        **options["security"],
    )


def _token(file: Path | None) -> str | None:
    """The token of the file, else of the environment; InvalidValue says which of them has none."""
    import os

    from schedcore.client.settings import checked_token

    if file is None:
        given = os.environ.get("SCHEDCORE_TOKEN")
        return checked_token(given, "SCHEDCORE_TOKEN") if given else None
    # A byte that is not ASCII becomes a character that no token has.
    return checked_token(file.read_bytes().decode("ascii", "replace").strip(), f"--token-file {file}")


# --- what there is ----------------------------------------------------------------------------------------------------


def _services(client: Client) -> list[ServiceDescriptor]:
    """The services that can be called, as the server describes them."""
    from google.protobuf.descriptor_pool import DescriptorPool
    from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

    known = ProtoReflectionDescriptorDatabase(client.channel)
    pool = DescriptorPool(known)
    names = sorted(name for name in known.get_services() if name.startswith(f"{PACKAGE}."))
    return [pool.FindServiceByName(name) for name in names]


def _list(services: Sequence[ServiceDescriptor], wanted: str | None) -> None:
    """Print what can be called, of all services or of one."""
    names = [service.name for service in services]
    if wanted is not None and wanted.removeprefix(f"{PACKAGE}.") not in names:
        raise InvalidValue(f"there is no service {shorten(wanted)}: there are {', '.join(names)}")
    for service in services:
        if wanted is None or service.name == wanted.removeprefix(f"{PACKAGE}."):
            for method in service.methods:
                click.echo(f"{service.name}.{method.name}")


def _method(services: Sequence[ServiceDescriptor], wanted: str) -> MethodDescriptor:
    name, _, method = wanted.removeprefix(f"{PACKAGE}.").partition(".")
    for service in services:
        if service.name == name:
            found: MethodDescriptor | None = service.methods_by_name.get(method)
            if found is None:
                there = ", ".join(one.name for one in service.methods)
                raise InvalidValue(f"{name} has no method {shorten(method)}: it has {there}")
            return found
    raise InvalidValue(f"there is no service {shorten(name)}: there are {', '.join(one.name for one in services)}")


def _describe(method: MethodDescriptor) -> None:
    for title, message in (("request", method.input_type), ("answer", method.output_type)):
        click.echo(f"{title}: {message.name}")
        for field in message.fields:
            click.echo(f"  {field.name}: {_kind(field)}")


def _kind(field: FieldDescriptor) -> str:
    """What goes into a field, in a word; of a message its fields, of an enumeration its names."""
    if field.message_type is not None:
        inner = ", ".join(one.name for one in field.message_type.fields)
        said = f"{field.message_type.name} {{{inner}}}"
    elif field.enum_type is not None:
        said = " | ".join(value.name for value in field.enum_type.values)
    else:
        said = _KINDS.get(field.type, "number")
    return f"[{said}]" if field.is_repeated else said


_KINDS: Final = {8: "true or false", 9: "text", 12: "bytes (base64)"}


# --- calling ----------------------------------------------------------------------------------------------------------


def _requests(method: MethodDescriptor, body: str, files: Sequence[str]) -> list[Any]:
    """The request, or those of a stream: a JSON object, or a list of them; "-" is standard input."""
    import json

    from google.protobuf.json_format import ParseDict, ParseError
    from google.protobuf.message_factory import GetMessageClass

    text = sys.stdin.read() if body == "-" else body
    try:
        given = json.loads(text)
    except ValueError as error:
        raise InvalidValue(f"{shorten(text)} is no JSON: {error}") from None
    several = isinstance(given, list)
    if several and not method.client_streaming:
        raise InvalidValue(f"{method.name} takes one request: give a JSON object, not a list")
    kind = GetMessageClass(method.input_type)
    found = []
    for one in given if several else [given]:
        try:
            message = ParseDict(one, kind())
        except (ParseError, AttributeError, TypeError) as error:
            raise InvalidValue(f"{method.input_type.name}: {error}") from None
        for put in files:
            _put(message, put)
        found.append(message)
    return found


def _put(message: Any, put: str) -> None:
    """Put a file into a field, which may be one of a part: `event.ics=FILE`."""
    path, equals, file = put.partition("=")
    if not equals:
        raise InvalidValue(f"--file {shorten(put)}: write FIELD=PATH")
    *parts, name = path.split(".")
    try:
        for part in parts:
            message = getattr(message, part)
        data = Path(file).read_bytes()
        setattr(message, name, data if isinstance(getattr(message, name), bytes) else data.decode())
    except (AttributeError, TypeError):
        there = ", ".join(one.name for one in message.DESCRIPTOR.fields)
        raise InvalidValue(f"--file {shorten(put)}: no field {shorten(path)} takes a file; there are {there}") from None
    except UnicodeDecodeError as error:
        raise InvalidValue(f"--file {shorten(put)}: the file is not UTF-8: {error}") from None


def _answers(client: Client, method: MethodDescriptor, requests: list[Any], timeout: float) -> Iterator[Any]:
    from google.protobuf.message_factory import GetMessageClass

    path = f"/{method.containing_service.full_name}/{method.name}"
    kind = "stream" if method.client_streaming else "unary"
    kind += "_stream" if method.server_streaming else "_unary"
    asked = getattr(client.channel, kind)(
        path,
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=GetMessageClass(method.output_type).FromString,
    )
    endless = method.server_streaming and method.name == "Watch"
    given = iter(requests) if method.client_streaming else requests[0]
    answer = asked(given, timeout=None if endless else timeout)
    yield from answer if method.server_streaming else [answer]


def _shown(answer: Any, part: str | None, *, in_a_line: bool) -> str:
    """An answer as JSON, or a part of it; a text of its own without quotes, so that a shell can take it."""
    import json

    from google.protobuf.json_format import MessageToDict

    value: Any = MessageToDict(answer, preserving_proto_field_name=True)
    for step in part.split(".") if part is not None else ():
        try:
            value = value[int(step)] if isinstance(value, list) else value[step]
        except (LookupError, ValueError, TypeError):
            there = ", ".join(value) if isinstance(value, dict) else f"0 to {len(value) - 1}" if value else "nothing"
            raise InvalidValue(f"--get {shorten(part)}: there is no {shorten(step)}, but {there}") from None
    if part is not None and isinstance(value, str):
        return value
    line = json.dumps(value, ensure_ascii=False)
    return line if in_a_line or len(line) <= _LINE else json.dumps(value, ensure_ascii=False, indent=2)


def _said(error: ServiceError) -> str:
    """An error in one line: code, message, and the fields that the message does not name itself."""
    fields = [f"{one.field}: {one.reason}" for one in error.fields if one.reason not in str(error)]
    places = [one.field for one in error.fields if one.reason in str(error) and one.field]
    where = f"{', '.join(places)}: " if places else ""
    if error.code.name == "UNAVAILABLE":
        fields.append("is a server there? schedcore serve starts one, --address or SCHEDCORE_ADDRESS says where")
    return "; ".join([f"{error.code.name}: {where}{error}", *fields])
