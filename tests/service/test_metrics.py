"""Metrics: what is counted, that no name of anybody is in it, and who can look."""

from __future__ import annotations

import asyncio
import io
import threading
import time
import urllib.request

import grpc
import pytest

import stores
from schedcore.errors import InvalidValue
from schedcore.service import purging
from schedcore.service.logs import Log
from schedcore.service.metrics import Metrics, place_of
from schedcore.service.purging import purge_now
from schedcore.store import Store, requests
from schedcore.v1 import calendar_pb2, calendar_pb2_grpc, common_pb2, recurrence_pb2, recurrence_pb2_grpc
from service.processes import PATIENCE, Server, as_, refused
from service.wire import refused as refused_call

DAILY = common_pb2.Series(dtstart=common_pb2.Time(local="2026-01-05T09:00:00", tz="UTC"), rrules=["FREQ=DAILY"])


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """A server that shows its metrics, and where."""
    url = stores.fresh("sqlite", tmp_path_factory.mktemp("metrics"))
    with Server(url, "--metrics-address", "0") as server:
        until = time.monotonic() + PATIENCE
        while not (found := [line for line in server.errors if '"metrics":' in line]):
            assert time.monotonic() < until
            time.sleep(0.01)
        yield server, "http://" + found[0].split('"metrics":"')[1].split('"')[0]


def text_of(place: str) -> str:
    with urllib.request.urlopen(place + "/metrics", timeout=PATIENCE) as answer:
        return answer.read().decode()


def value(text: str, sample: str) -> float:
    (found,) = [line.rsplit(" ", 1)[1] for line in text.splitlines() if line.rsplit(" ", 1)[0] == sample]
    return float(found)


def test_calls_are_counted_by_method_and_code(shown):
    """With how long they took, and the occurrences that they gave."""
    server, place = shown
    with server.channel() as channel:
        asked = recurrence_pb2_grpc.RecurrenceServiceStub(channel)
        asked.Next(recurrence_pb2.NextRequest(series=DAILY, limit=3))
        with refused_call(grpc.StatusCode.INVALID_ARGUMENT):
            asked.Next(recurrence_pb2.NextRequest(series=DAILY, limit=-1))
    refusals = 'schedcore_calls_total{code="INVALID_ARGUMENT",method="RecurrenceService/Next"}'
    until = time.monotonic() + PATIENCE
    while refusals not in (text := text_of(place)) and time.monotonic() < until:
        time.sleep(0.01)  # a call is counted when its answer has left
    assert 1 == value(text, 'schedcore_calls_total{code="OK",method="RecurrenceService/Next"}')
    assert 1 == value(text, refusals)
    assert 2 == value(text, 'schedcore_call_seconds_count{method="RecurrenceService/Next"}')
    assert 3 == value(text, "schedcore_occurrences_total")


def test_nobody_is_named(shown):
    """Neither who calls, nor what they call things, is in the metrics; transactions are."""
    server, place = shown
    before = value(text_of(place), 'schedcore_store_transactions_total{outcome="commit"}')
    with server.channel() as channel:
        calls = calendar_pb2_grpc.CalendarServiceStub(channel)
        person = calendar_pb2.Person(id="secretperson", name="Secret Name", addresses=["secret@example.com"])
        calls.PutPerson(calendar_pb2.PutPersonRequest(person=person))
        with refused_call(grpc.StatusCode.NOT_FOUND):
            calls.GetCalendar(calendar_pb2.GetCalendarRequest(id="secretcalendar"), metadata=as_("secretperson"))
    text = text_of(place)
    assert "secret" not in text.lower()
    assert before < value(text, 'schedcore_store_transactions_total{outcome="commit"}')
    assert [0, 0, 0] == [value(text, f"schedcore_{name}") for name in ("waiting", "working", "watching")]


def test_they_are_off_unless_asked_for(lone):
    """A server that is told nothing listens on one port."""
    assert not any('"metrics":' in line for line in lone.errors)


def test_a_port_that_is_taken_is_refused(shown, capsys, monkeypatch, tmp_path):
    """The server does not start without what it was told to show."""
    _, place = shown
    told = refused(capsys, monkeypatch, tmp_path, "--metrics-address", place.removeprefix("http://"))
    assert "metrics-address" in told and "cannot be listened on" in told
    assert "give PORT" in refused(capsys, monkeypatch, tmp_path, "--metrics-address", "everywhere")


@pytest.mark.parametrize("address", ["", "70000", "127.0.0.1:x", "-1"])
def test_addresses_that_are_none(address):
    """Are told as what they are."""
    with pytest.raises(InvalidValue, match="metrics-address"):
        place_of(address)


def test_repeated_writes_are_counted(tmp_path):
    """A write that is run again, and what is let go."""
    metrics = Metrics()
    metrics.again()
    metrics.purged(3)
    told = {name: metrics.registry.get_sample_value(f"schedcore_{name}_total") for name in ("store_retries",)}
    assert {"store_retries": 1.0} == told
    assert 3.0 == metrics.registry.get_sample_value("schedcore_requests_purged_total")


@pytest.mark.parametrize("kind", stores.KINDS)
def test_old_answers_are_let_go_a_few_at_a_time(kind, tmp_path):
    """The oldest first, never more than was said, none that is young."""
    url = stores.fresh(kind, tmp_path)
    with Store.open(url) as store:
        with store.writing() as tx:
            for number in range(7):
                at = tx.now - 100 + number if number < 5 else tx.now
                requests.keep(tx, "person:anna", "/a", f"r{number}", b"h", b"a", at)
        assert 3 == purge_now(store, 50, rows=3)
        with store.reading() as tx:
            there = [requests.find(tx, "person:anna", "/a", f"r{number}") is not None for number in range(7)]
        assert [False, False, False, True, True, True, True] == there
        assert 2 == purge_now(store, 50, rows=3)
        assert 0 == purge_now(store, 50, rows=3)
    stores.give_back(url)


def test_a_pass_that_fails_is_not_the_last(monkeypatch):
    """Whatever it failed with: it is in the log, and tried again."""
    monkeypatch.setattr(purging, "_EACH", 0.001)
    tried, out = [], io.StringIO()

    class Broken:
        def writing(self):
            tried.append(1)
            raise KeyError("no such thing")

    async def main() -> None:
        task = asyncio.ensure_future(purging.purging(Broken(), 1, Log(out), tried.append))
        async with asyncio.timeout(PATIENCE):
            while len(tried) < 3:
                await asyncio.sleep(0.001)
        task.cancel()

    asyncio.run(main())
    assert '"event":"purge","failed":"KeyError"' in out.getvalue()


def test_the_server_lets_old_answers_go_by_itself(tmp_path):
    """Soon after it starts; a young answer is still there for who repeats its request."""
    url = stores.fresh("sqlite", tmp_path)
    with Store.open(url) as store:
        with store.writing() as tx:
            for number in range(1_200):
                requests.keep(tx, "person:anna", "/a", f"r{number}", b"h", b"a", tx.now - 999_999)
            requests.keep(tx, "person:anna", "/a", "young", b"h", b"a", tx.now)
        with Server(url):
            until = time.monotonic() + PATIENCE
            while time.monotonic() < until:
                with store.reading() as tx:
                    if all(requests.find(tx, "person:anna", "/a", f"r{number}") is None for number in (0, 600, 1_199)):
                        break
                time.sleep(0.05)
            with store.reading() as tx:
                assert requests.find(tx, "person:anna", "/a", "r1199") is None
                assert requests.find(tx, "person:anna", "/a", "young") is not None


def test_counting_is_safe_from_threads():
    """Workers count as well as the event loop."""
    metrics = Metrics()

    def count():
        for _ in range(500):
            metrics.called("/schedcore.v1.PollService/Tally", "OK", 0.001)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    labels = {"method": "PollService/Tally", "code": "OK"}
    assert 2_000 == metrics.registry.get_sample_value("schedcore_calls_total", labels)
