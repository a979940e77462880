"""The client against a real server: what it adds to a call, what it makes of errors, what it tries again."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from google.protobuf import descriptor_pool

from schedcore import SchedcoreError, SeriesTable
from schedcore.client import AsyncClient, Client, FieldError, ServiceError, Settings, occurrences
from schedcore.client.settings import is_local, with_request_id
from schedcore.errors import ColumnError, InvalidValue, shorten
from schedcore.v1 import agenda_pb2, calendar_pb2, common_pb2, poll_pb2, recurrence_pb2

DAILY = recurrence_pb2.CountRequest(
    series=common_pb2.Series(dtstart=common_pb2.Time(date="2026-10-26"), rrules=["FREQ=DAILY;COUNT=3"])
)
NONSENSE = recurrence_pb2.CountRequest(
    series=common_pb2.Series(dtstart=common_pb2.Time(date="2026-10-26"), rrules=["FREQ=DAILY;COUNT=0"])
)


# --- calls ------------------------------------------------------------------------------------------------------------


def test_a_call(client):
    """An answer, as the message that the proto says."""
    assert 3 == client.recurrence.Count(DAILY).count


def test_an_error_names_the_field(client):
    """INVALID_ARGUMENT comes as one of our errors, with the field apart, and gRPC's own as its cause."""
    with pytest.raises(ServiceError, match="COUNT=0") as caught:
        client.recurrence.Count(NONSENSE)
    error = caught.value
    assert isinstance(error, SchedcoreError)
    assert grpc.StatusCode.INVALID_ARGUMENT == error.code
    assert ["series.rrules"] == [one.field for one in error.fields]
    assert isinstance(error.fields[0], FieldError)
    assert isinstance(error.__cause__, grpc.RpcError)


def test_an_error_has_its_reason(anna):
    """A stale etag says so in a code that a program can tell apart."""
    kept = anna.agenda.PutProfile(agenda_pb2.PutProfileRequest(profile=agenda_pb2.Profile(phone="+41 79 1")))
    anna.agenda.PutProfile(agenda_pb2.PutProfileRequest(profile=kept.profile))
    with pytest.raises(ServiceError) as caught:
        anna.agenda.PutProfile(agenda_pb2.PutProfileRequest(profile=kept.profile))
    assert (grpc.StatusCode.FAILED_PRECONDITION, "STALE_ETAG") == (caught.value.code, caught.value.reason)


def test_who_asks(client, anna):
    """The principal of the settings goes with every call; one that a call names itself comes first."""
    with pytest.raises(ServiceError) as caught:
        client.agenda.GetProfile(agenda_pb2.GetProfileRequest())
    assert grpc.StatusCode.UNAUTHENTICATED == caught.value.code
    request = agenda_pb2.GetProfileRequest()
    assert "anna" == anna.agenda.GetProfile(request).profile.person
    assert "ben" == anna.agenda.GetProfile(request, metadata=[("schedcore-principal", "ben")]).profile.person


def test_many_threads_share_a_client(client):
    """One channel for all."""
    with ThreadPoolExecutor(8) as pool:
        assert [3] * 64 == [one.count for one in pool.map(client.recurrence.Count, [DAILY] * 64)]


def test_a_stream_ends_with_our_error(client):
    """What goes wrong in a stream is a ServiceError too, where the stream is read."""
    request = calendar_pb2.ExportEventsRequest(calendar="nobody's")
    stream = client.calendars.ExportEvents(request)
    with pytest.raises(ServiceError) as caught:
        list(stream)
    assert grpc.StatusCode.NOT_FOUND == caught.value.code


# --- deadlines and retries --------------------------------------------------------------------------------------------


class Silent(grpc.GenericRpcHandler):
    """A server that answers the n-th call to each method, and is out of order until then."""

    def __init__(self, failures: int) -> None:
        self.failures, self.requests, self.remaining = failures, [], []

    def service(self, details):
        def answer(request, context):
            self.requests.append(request)
            self.remaining.append(context.time_remaining())
            if len(self.requests) <= self.failures:
                context.abort(grpc.StatusCode.UNAVAILABLE, "away")
            return b""

        return grpc.unary_unary_rpc_method_handler(answer)


@pytest.fixture
def broken():
    """A server that fails twice."""
    handler = Silent(2)
    server = grpc.server(ThreadPoolExecutor(2), handlers=[handler])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    handler.address = f"127.0.0.1:{port}"
    yield handler
    server.stop(None).wait()


def test_a_write_is_tried_again_as_the_same_write(broken):
    """Lost calls are repeated, with the same request id each time, so that the service knows them again."""
    with Client(broken.address) as client:
        client.polls.ClosePoll(poll_pb2.ClosePollRequest(id="1"))
    assert 3 == len(broken.requests)
    ids = {poll_pb2.ClosePollRequest.FromString(one).request_id for one in broken.requests}
    assert 1 == len(ids) and 36 == len(ids.pop())


def test_nothing_is_tried_again_without_retries(broken):
    """Who wants to see each failure does."""
    with Client(broken.address, retries=False) as client, pytest.raises(ServiceError, match="away") as caught:
        client.polls.ClosePoll(poll_pb2.ClosePollRequest(id="1"))
    assert grpc.StatusCode.UNAVAILABLE == caught.value.code
    assert 1 == len(broken.requests)


def test_every_call_has_a_deadline(broken):
    """That of the settings, unless the call says otherwise."""
    broken.failures = 0
    with Client(broken.address, timeout=40) as client:
        client.recurrence.Count(DAILY)
        client.recurrence.Count(DAILY, timeout=4)
    usual, own = broken.remaining
    assert 4.5 < usual <= 40.5 and 0 < own <= 4.5  # the server rounds


def test_nobody_there():
    """A server that cannot be reached is UNAVAILABLE, within the deadline."""
    with Client("127.0.0.1:1", timeout=5) as client, pytest.raises(ServiceError) as caught:
        client.recurrence.Count(DAILY)
    assert grpc.StatusCode.UNAVAILABLE == caught.value.code


def test_every_write_can_be_repeated():
    """Each RPC whose request has an etag or makes something has a request id: found in the descriptors."""
    pool = descriptor_pool.Default()
    reads = ("Get", "List", "Check", "Expand", "Next", "Count", "Explain", "Query", "Find", "Status", "Tally", "Watch")
    reads += ("Collect", "Export", "Suggest")
    for service in ("Recurrence", "FreeBusy", "Calendar", "Meeting", "Poll", "Agenda"):
        for method in pool.FindServiceByName(f"schedcore.v1.{service}Service").methods:
            has = "request_id" in method.input_type.fields_by_name
            assert has is not method.name.startswith(reads), method.full_name


def test_a_request_stays_as_it_is():
    """The id goes into a copy; one that is there, and a message without the field, are left alone."""
    request = poll_pb2.ClosePollRequest(id="1")
    assert with_request_id(request).request_id and not request.request_id
    assert with_request_id(DAILY) is DAILY
    named = poll_pb2.ClosePollRequest(id="1", request_id="mine")
    assert with_request_id(named) is named


# --- settings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("localhost:1", True),
        ("127.0.0.2:1", True),
        ("[::1]:1", True),
        ("unix:/run/schedcore.sock", True),
        ("192.168.1.1:1", False),
        ("localhost.example.com:1", False),
        ("127.0.0.1.example.com:1", False),
    ],
)
def test_local(address, expected):
    """A token in the clear goes to this machine and nowhere else."""
    assert expected is is_local(address)
    if expected:
        Settings(address, token="t")
    else:
        with pytest.raises(InvalidValue, match="in the clear"):
            Settings(address, token="t")
    Settings(address, token="t", tls=True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": ""},
        {"timeout": 0},
        {"timeout": float("inf")},
        {"timeout": float("nan")},
        {"stream_timeout": -1.0},
        {"stream_timeout": 1e18},
        {"cert": b"x"},
        {"key": b"x"},
        {"principal": "zoë"},
        {"principal": "anna\n"},
        {"max_message_bytes": 1 << 40},
        {"max_message_bytes": 0},
        {"max_message_bytes": -2},
    ],
)
def test_settings_that_mean_nothing(wrong):
    """Each is refused when the client is made, by name."""
    with pytest.raises(InvalidValue, match=next(iter(wrong))):
        Settings(**{"address": "127.0.0.1:1"} | wrong)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("127.0.0.1:110903", "port from 1 to 65535"),
        ("127.0.0.1:65536", "port from 1 to 65535"),
        ("127.0.0.1:0", "port from 1 to 65535"),
        ("127.0.0.1:\N{ARABIC-INDIC DIGIT FIVE}", "port from 1 to 65535"),
        (f"127.0.0.1:{'9' * 5_000}", "port from 1 to 65535"),
        ("dns:///localhost:110903", "port from 1 to 65535"),
        ("127.0.0.1", "HOST:PORT"),
        (":1", "HOST:PORT"),
        ("::1:50051", "in brackets"),
        ("unix:", "a path"),
        ("unix://", "a path"),
    ],
)
def test_addresses_of_nobody(address, said):
    """gRPC would reach another server, or none: refused when a client is made, with the value."""
    for client in (Client, AsyncClient):
        with pytest.raises(InvalidValue, match=said) as caught:
            client(address)
        assert shorten(address) in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "localhost:65535", "[::1]:1", "unix-abstract:schedcore", "dns:///localhost:1", "dns:///localhost",
        "dns://8.8.8.8/localhost:1", "dns:localhost:1", "ipv4:127.0.0.1:1,127.0.0.1:2", "ipv6:[::1]:1,[::1]:2",
        "xds:///schedcore",
    ],
)  # fmt: skip
def test_addresses(address):
    """All that gRPC can reach."""
    assert address == Settings(address).address


@pytest.mark.parametrize("token", ["", "Xyzzy\n", "Xyz zy", "Xyzzy\x7f", "Xyzzyé", b"Xyzzy"])
def test_tokens_that_cannot_be_sent(token):
    """Refused when the client is made; the message does not have the token."""
    with pytest.raises(InvalidValue, match=r"^token is ") as caught:
        Client("127.0.0.1:1", token=token)
    assert "Xyz" not in str(caught.value)


# --- columns ----------------------------------------------------------------------------------------------------------


def sent(table) -> list[common_pb2.ArrowChunk]:
    import io

    import pyarrow

    written = io.BytesIO()
    with pyarrow.ipc.new_stream(written, table.schema) as stream:
        stream.write_table(table)
    data = written.getvalue()
    return [common_pb2.ArrowChunk(data=data[at : at + 1000]) for at in range(0, len(data), 1000)]


def test_a_table_over_the_wire(client):
    """What ExpandTable streams, as Occurrences: those of the same table here."""
    import pyarrow

    starts, rules = ["20260105T090000Z"] * 300, ["FREQ=DAILY", "FREQ=WEEKLY", "FREQ=MONTHLY"] * 100
    window = common_pb2.Window(
        start=common_pb2.Time(instant="2026-01-01T00:00:00Z"), end=common_pb2.Time(instant="2026-07-01T00:00:00Z")
    )
    chunks = sent(pyarrow.table({"dtstart": starts, "rrule": rules}))
    requests = [recurrence_pb2.ExpandTableRequest(window=window)]
    requests += [recurrence_pb2.ExpandTableRequest(chunk=chunk) for chunk in chunks]
    found = list(occurrences(client.recurrence.ExpandTable(iter(requests))))
    here = SeriesTable.from_columns(starts, rrule=rules).expand(1767225600, 1782864000)
    for name in ("series", "start", "end"):
        assert getattr(here, name).tolist() == [one for piece in found for one in getattr(piece, name).tolist()]


def test_a_stream_that_breaks_off(client):
    """An error on the way comes through the reader as it is."""
    window = common_pb2.Window(start=common_pb2.Time(date="2026-01-01"), end=common_pb2.Time(date="2026-07-01"))
    with pytest.raises(ServiceError) as caught:
        list(occurrences(client.recurrence.ExpandTable(iter([recurrence_pb2.ExpandTableRequest(window=window)]))))
    assert grpc.StatusCode.INVALID_ARGUMENT == caught.value.code


def test_columns_of_something_else():
    """Bytes that are no stream, and a table without the columns, are ColumnErrors."""
    import pyarrow

    with pytest.raises(ColumnError, match="no Arrow IPC stream"):
        list(occurrences([common_pb2.ArrowChunk(data=b"nonsense" * 100)]))
    with pytest.raises(ColumnError, match="'series'"):
        list(occurrences(sent(pyarrow.table({"start": [1]}))))
    with pytest.raises(ColumnError, match="int64"):
        list(occurrences(sent(pyarrow.table({"series": ["a"]}))))


# --- asyncio ----------------------------------------------------------------------------------------------------------


def test_asyncio(served):
    """The same for asyncio: answers, errors, streams, who asks."""

    async def main() -> None:
        async with AsyncClient(served.address, principal="anna") as client:
            assert 3 == (await client.recurrence.Count(DAILY)).count
            with pytest.raises(ServiceError, match="COUNT=0") as caught:
                await client.recurrence.Count(NONSENSE)
            assert ["series.rrules"] == [one.field for one in caught.value.fields]
            profile = (await client.agenda.GetProfile(agenda_pb2.GetProfileRequest())).profile
            assert "anna" == profile.person
            with pytest.raises(ServiceError) as caught:
                async for _ in client.calendars.ExportEvents(calendar_pb2.ExportEventsRequest(calendar="nobody's")):
                    pass
            assert grpc.StatusCode.NOT_FOUND == caught.value.code

    asyncio.run(main())


def test_asyncio_tries_again(broken):
    """As the other client does."""

    async def main() -> None:
        async with AsyncClient(broken.address) as client:
            await client.polls.ClosePoll(poll_pb2.ClosePollRequest(id="1"))

    asyncio.run(main())
    assert 1 == len({poll_pb2.ClosePollRequest.FromString(one).request_id for one in broken.requests})
    assert 3 == len(broken.requests)


def test_who_stops_reading_ends_the_call(served):
    """A stream that is left is cancelled while the connection goes on: the server knows, and stops as well."""

    def ended() -> bool:
        return any('"CANCELLED"' in line and "Watch" in line for line in served.errors)

    async def main() -> None:
        async with AsyncClient(served.address, principal="ben") as client:

            async def read() -> None:
                async for _ in client.polls.Watch(poll_pb2.WatchRequest()):
                    pass

            reading = asyncio.ensure_future(read())
            await asyncio.sleep(0.2)
            assert not ended()
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading
            while not ended():
                await asyncio.sleep(0.05)

    asyncio.run(asyncio.wait_for(main(), 20))
