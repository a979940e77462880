"""`schedcore call` against a real server: listing, describing, calling, streams, and how it refuses."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import NamedTuple

import pytest

import stores
from schedcore.cli.command import run
from service.processes import Server

COUNT = '{"series": {"dtstart": {"date": "2026-10-26"}, "rrules": ["FREQ=DAILY;COUNT=3"]}}'


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[Server]:
    with Server(stores.fresh("sqlite", tmp_path_factory.mktemp("served"))) as server:
        yield server


class Printed(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def call(served, capsys, monkeypatch):
    monkeypatch.setenv("SCHEDCORE_ADDRESS", served.address)
    monkeypatch.delenv("SCHEDCORE_TOKEN", raising=False)

    def called(*arguments: str) -> Printed:
        try:
            code = run(["call", *arguments])
        except SystemExit as ended:
            code = ended.code
        return Printed(code, *capsys.readouterr())

    return called


def test_what_there_is(call):
    """All that can be called, or all of one service."""
    assert "PollService.CastVotes" in call().out.splitlines()
    of_one = call("RecurrenceService")
    assert ["RecurrenceService.Check", "RecurrenceService.Expand"] == of_one.out.splitlines()[:2]
    assert all(line.startswith("RecurrenceService.") for line in of_one.out.splitlines())
    assert of_one == call("schedcore.v1.RecurrenceService")


def test_what_a_method_takes(call):
    """Fields of request and answer, without a call."""
    lines = call("--describe", "AgendaService.PutHooks").out.splitlines()
    assert "request: PutHooksRequest" == lines[0]
    assert "  hooks: [Hook {name, address, template}]" in lines
    assert "  request_id: text" in lines and "answer: PutHooksResponse" in lines
    assert "  minutes: number" in call("--describe", "FreeBusyService.Query").out


def test_a_call(call, monkeypatch):
    """An answer as JSON; the request from an argument or from standard input."""
    assert {"count": "3"} == json.loads(call("RecurrenceService.Count", COUNT).out)
    monkeypatch.setattr("sys.stdin", io.StringIO(COUNT))
    assert {"count": "3"} == json.loads(call("schedcore.v1.RecurrenceService.Count", "-").out)


def test_for_somebody(call, tmp_path):
    """--as names who acts; --file puts a file's bytes or text into a field; a stream is a line of JSON each."""
    person = '{"person": {"id": "anna", "addresses": ["anna@example.com"]}}'
    assert 0 == call("CalendarService.PutPerson", person).code
    calendar = '{"calendar": {"id": "own", "kind": "CALENDAR_KIND_PERSONAL"}}'
    assert 0 == call("--as", "anna", "CalendarService.CreateCalendar", calendar).code
    file = tmp_path / "own.ics"
    file.write_text("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART:20261026T090000Z\nEND:VEVENT\nEND:VCALENDAR\n")
    imported = call("--as", "anna", "CalendarService.ImportEvents", '{"calendar": "own"}', "--file", f"data={file}")
    assert ["1"] == json.loads(imported.out)["uids"]
    exported = call("--as", "anna", "CalendarService.ExportEvents", '{"calendar": "own"}')
    assert all(json.loads(line) for line in exported.out.splitlines()) and exported.out
    file.write_text("Zürich")
    nested = call("CalendarService.PutPerson", '{"person": {"id": "ben"}}', "--file", f"person.name={file}")
    assert "Zürich" == json.loads(nested.out)["person"]["name"]


def test_refused_by_the_service(call):
    """gRPC's code, the field and the reason, in one line; exit code 1."""
    found = call("RecurrenceService.Count", COUNT.replace("COUNT=3", "COUNT=0"))
    assert 1 == found.code and not found.out
    assert found.err.startswith("schedcore: INVALID_ARGUMENT: series.rrules: COUNT=0")
    assert 1 == len(found.err.splitlines())
    assert "NOT_FOUND" in call("--as", "nobody", "AgendaService.GetProfile").err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["RecurrenceService.Cuont"], "has no method 'Cuont': it has Check"),
        (["NoService.Count"], "there is no service 'NoService'"),
        (["NoService"], "there is no service 'NoService'"),
        (["RecurrenceService.Count", "{"], "is no JSON"),
        (["RecurrenceService.Count", "[{}]"], "takes one request"),
        (["RecurrenceService.Count", "3"], "CountRequest"),
        (["RecurrenceService.Count", '{"rrule": "x"}'], '"rrule"'),
        (["RecurrenceService.Count", '{"series": 3}'], "series"),
        (["RecurrenceService.Count", "{}", "--file", "series"], "write FIELD=PATH"),
        (["RecurrenceService.Count", "{}", "--file", "serie=/dev/null"], "no field 'serie'"),
        (["RecurrenceService.Count", "{}", "--file", "series=/dev/null"], "no field 'series'"),
        (["RecurrenceService.Count", "{}", "--file", "series.text=/nowhere"], "No such file"),
        (["RecurrenceService.Count", "{}", "--token-file", "/nowhere"], "does not exist"),
        (["RecurrenceService.Count", "{}", "--timeout", "0"], "timeout"),
    ],
)
def test_nonsense(call, arguments, said):
    """What was typed wrongly is one line on stderr, and exit code 2."""
    found = call(*arguments)
    assert said in found.err and 1 == len(found.err.splitlines()), found.err
    assert (2, "") == (found.code, found.out)


def test_nobody_there(call, monkeypatch):
    """It says what is missing."""
    found = call("--address", "127.0.0.1:1", "RecurrenceService.Count", COUNT)
    assert 1 == found.code and "schedcore serve" in found.err


def test_a_token_in_the_clear(call, monkeypatch):
    """A token does not leave the machine unencrypted."""
    monkeypatch.setenv("SCHEDCORE_TOKEN", "secret")
    found = call("--address", "192.0.2.1:443", "RecurrenceService.Count", COUNT)
    assert 2 == found.code and "in the clear" in found.err and "secret" not in found.err


@pytest.mark.parametrize(
    ("data", "said"),
    [(b"", "is empty"), (b" \n", "is empty"), (b"Xyz\xff", "is no token"), (b"Xyz\nzy", "is no token")],
    ids=["nothing", "blanks", "bytes", "lines"],
)
def test_a_token_that_is_none(call, monkeypatch, tmp_path, data, said):
    """The file, or the variable, is named, and what it holds is not repeated; a last line may have an end."""
    file = tmp_path / "token"
    file.write_bytes(data)
    found = call("--token-file", str(file))
    assert (2, "") == (found.code, found.out)
    assert f"--token-file {file} {said}" in found.err and "Xyz" not in found.err
    monkeypatch.setenv("SCHEDCORE_TOKEN", data.decode("ascii", "replace").strip())
    found = call()
    if said == "is empty":  # as where it is not set: who writes VARIABLE=${OTHER:-} means that
        assert 0 == found.code
    else:
        assert 2 == found.code and f"SCHEDCORE_TOKEN {said}" in found.err and "Xyz" not in found.err
    file.write_bytes(b"sct_x\n")
    assert 0 == call("--token-file", str(file)).code
