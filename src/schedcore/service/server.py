"""The server: settings become a running grpc.aio server, and signals end it.

Rules of this module:

1. A server that cannot do what its settings say does not start, and says why in one line.
2. SIGTERM and SIGINT drain: health says that it goes, watchers are told, new calls are refused, running ones have the
   grace, then their loops are stopped. The process ends with 0.
3. SIGHUP reads tokens and certificates anew; a file that is wrong changes nothing, and the log says so.
4. Nothing here forks: gRPC's threads do not survive that.
5. Health and reflection are open to all: they say what is in the public contract, and whether the server is up.
6. Memory of the size of a message is kept for the next one, not given back to the system each time (`_keep_memory`).
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import grpc
from grpc_health.v1 import health, health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2_grpc

from schedcore.errors import InvalidValue, SchedcoreError
from schedcore.service.agenda import Agenda
from schedcore.service.auth import Gate, read_tokens
from schedcore.service.bridge import Bridge
from schedcore.service.calendars import Calendars
from schedcore.service.calls import Service
from schedcore.service.certificates import Certificates
from schedcore.service.freebusy import FreeBusy
from schedcore.service.holdings import Holdings
from schedcore.service.logs import Log
from schedcore.service.meetings import Meetings
from schedcore.service.metrics import Metrics
from schedcore.service.polls import Polls
from schedcore.service.purging import purging
from schedcore.service.recurrence import Recurrence
from schedcore.service.settings import Settings
from schedcore.service.wellknown import MOST, Health, Reflection
from schedcore.service.workers import Workers
from schedcore.store import Store

__all__ = ["SERVICES", "serve"]

#: Every service that a server has; a test holds it to the descriptors of schedcore.v1.
SERVICES: Final[Sequence[type[Service]]] = (Recurrence, FreeBusy, Calendars, Meetings, Polls, Agenda)

#: Seconds after which a worker that computes in Python gives way to the event loop: Python's own 5 ms, four workers
#: long, are many times what a small call takes.
_SWITCH: Final = 0.0005
#: What glibc's allocator is told, by the names that its environment has for it: a number of mallopt(3) and a value.
#: What is larger than the second comes from the system and goes back to it; as much as the first may lie free at the
#: end of a heap, and all threads share so many heaps, so that all of it together has a bound.
_MALLOC: Final = {
    "MALLOC_TRIM_THRESHOLD_": (-1, 32 << 20),
    "MALLOC_MMAP_THRESHOLD_": (-3, 16 << 20),
    "MALLOC_ARENA_MAX": (-8, 2),
}
#: Connections to the database beyond one for each worker: those that watch look now and then.
_SPARE: Final = 4
#: Metadata of a call: a token, a name, what tracing adds. gRPC's own default, said so that it cannot change unseen.
_METADATA: Final = 16 << 10
#: Seconds for what is left of calls that are over: some steps of the event loop.
_LAST_STEPS: Final = 0.5
#: What may come in at once beyond work, waiting and watching: calls that are about to be refused.
_SPARE_CALLS: Final = 256


async def serve(settings: Settings, listening: Callable[[str], None], log: Log | None = None) -> None:
    """Run a server until a signal ends it; `listening` is called with its address once it answers.

    SchedcoreError where it cannot start.
    """
    sys.setswitchinterval(_SWITCH)
    _keep_memory()
    log = log or Log()
    gate = _gate(settings)
    _see_who_may_come(gate, settings)
    certificates = None if settings.tls_cert is None else Certificates(settings)
    store = Store.open(settings.store.get_secret_value(), connections=settings.workers + _SPARE)
    workers = Workers(settings.workers, settings.max_waiting)
    metrics = Metrics()
    bridge = Bridge(settings, gate, store, workers, log, metrics)
    metrics.watch(workers, lambda: bridge.watching)
    metrics.follow(store)
    server = grpc.aio.server(options=_options(settings), maximum_concurrent_rpcs=_most_calls(settings))
    healths = await _add(server, bridge, settings)
    address = _bind(server, settings, certificates)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    # Not by add_signal_handler: when the loop is closed its signals are what ends a process again.
    again = partial(_read_again, bridge, certificates, settings, log)
    signal.signal(signal.SIGHUP, lambda *_: loop.call_soon_threadsafe(again))
    shown = None if settings.metrics_address is None else metrics.serve(settings.metrics_address)
    await server.start()
    purges = asyncio.create_task(purging(store, settings.keep_answers, log, metrics.purged))
    try:
        log.event("listening", address=address, **({} if shown is None else {"metrics": shown}))
        listening(address)
        await stop.wait()
        log.event("draining")
        await healths.enter_graceful_shutdown()
        bridge.stopping.set()
        await bridge.quiet()
        ending = asyncio.ensure_future(server.stop(settings.grace))
        await asyncio.sleep(0)  # from here on connections are told to go elsewhere
        bridge.gone.set()
        await ending
    finally:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        purges.cancel()
        await _last_steps()
        metrics.close()
        workers.close()
        store.close()
        log.event("stopped")


def _keep_memory() -> None:
    """Have glibc keep some freed memory, unless the environment says how much; other C libraries are left alone.

    Of itself it gives back columns of a megabyte whenever they are freed, and the system clears their pages again for
    the next: half of what it costs to make them. And each thread has a heap of its own, so that what one makes and
    another frees is not soon used again: an eighth of a large stream.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        for name, parameter in _MALLOC.items():
            if name not in os.environ:
                mallopt(*parameter)


async def _last_steps() -> None:
    """Let calls end of which gRPC has sent the status: `stop` does not wait for their tasks (grpc/grpc#37239)."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    if left:
        await asyncio.wait(left, timeout=_LAST_STEPS)


def _options(settings: Settings) -> list[tuple[str, Any]]:
    return [
        ("grpc.max_receive_message_length", settings.max_message_bytes),
        ("grpc.max_send_message_length", -1),  # answers are bounded by limits that have names
        ("grpc.max_metadata_size", _METADATA),
        ("grpc.so_reuseport", 0),  # a second server on the same address is a mistake, and must fail
    ]


def _most_calls(settings: Settings) -> int:
    own = settings.workers + settings.max_waiting + settings.max_watching + settings.max_streaming
    return own + 2 * MOST + _SPARE_CALLS


def _services(settings: Settings) -> list[Service]:
    """One of each service; they share what they have in memory."""
    holdings = Holdings(settings.calendar_limits)
    return [service(holdings) for service in SERVICES]


async def _add(server: grpc.aio.Server, bridge: Bridge, settings: Settings) -> Health:
    """Add all services, health and reflection."""
    names = [service.descriptor.full_name for service in SERVICES]
    server.add_generic_rpc_handlers([bridge.handler(service) for service in _services(settings)])
    healths = Health(names, bridge.gone)
    await healths.begin()
    health_pb2_grpc.add_HealthServicer_to_server(healths, server)
    own = (health.SERVICE_NAME, reflection.SERVICE_NAME)
    reflections = Reflection((*names, *own), bridge.gone)
    reflection_pb2_grpc.add_ServerReflectionServicer_to_server(reflections, server)
    return healths


def _bind(server: grpc.aio.Server, settings: Settings, certificates: Certificates | None) -> str:
    """Listen; give the address with the port that it really is."""
    try:
        if certificates is None:
            port = server.add_insecure_port(settings.address)
        else:
            port = server.add_secure_port(settings.address, certificates.credentials())
    except RuntimeError as error:
        raise InvalidValue(f"address={settings.address} cannot be listened on: is another server there?") from error
    host, _, given = settings.address.rpartition(":")
    return f"{host}:{port}" if given == "0" else settings.address


def _gate(settings: Settings) -> Gate:
    tokens = None if settings.tokens is None else read_tokens(settings.tokens)
    return Gate(tokens, settings.tls_client_ca is not None, settings.tls_names)


def _see_who_may_come(gate: Gate, settings: Settings) -> None:
    """Refuse to start where nobody could come in. To a server that runs it may happen: the last token is taken away."""
    if gate.tokens is not None and not gate.tokens.callers and not gate.certificates:
        raise InvalidValue(f"{settings.tokens} has no entry, and would let nobody in: make one with schedcore token")


def _read_again(bridge: Bridge, certificates: Certificates | None, settings: Settings, log: Log) -> None:
    """Take tokens and certificates as their files have them now, each if it is right."""
    try:
        bridge.gate = _gate(settings)
    except SchedcoreError as error:
        log.event("tokens", kept=str(error))
    else:
        log.event("tokens", read=len(bridge.gate.tokens.callers) if bridge.gate.tokens is not None else 0)
    if certificates is not None:
        try:
            certificates.read_again()
        except SchedcoreError as error:
            log.event("certificates", kept=str(error))
        else:
            log.event("certificates", read=str(settings.tls_cert))
