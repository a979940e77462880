"""Metrics for Prometheus, on a port of their own: what an operator watches.

Rules of this module:

1. They are off unless an address is given, and then on this machine alone unless the address says otherwise: they are
   served in plain text to whoever asks.
2. No label is a name that somebody chose: methods, statuses and outcomes are few, and known beforehand. Who calls is in
   the log.
3. A call costs some microseconds here. What has a value at any moment is asked only when somebody looks.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server
from sqlalchemy import event

from schedcore.errors import InvalidValue

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from schedcore.service.calls import Written
    from schedcore.service.workers import Workers
    from schedcore.store import Store

__all__ = ["Metrics", "place_of"]

#: Seconds: from what is answered on the event loop to the deadline of a call that brings none.
_BUCKETS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0)
#: How many occurrences an answer holds, by the name of its message.
_OCCURRENCES: Final[dict[str, Callable[[Any], int]]] = {
    "schedcore.v1.NextResponse": lambda answer: len(answer.start_seconds),
    "schedcore.v1.ExpandResponse": lambda answer: len(answer.occurrences),
    "schedcore.v1.ExpandTableResponse": lambda answer: int(answer.rows),
}


def place_of(address: str) -> tuple[str, int]:
    """Read HOST:PORT, or PORT on this machine; InvalidValue.

    >>> place_of("9464"), place_of("0.0.0.0:9464"), place_of("[::1]:0")
    (('127.0.0.1', 9464), ('0.0.0.0', 9464), ('::1', 0))
    """
    host, _, port = address.rpartition(":")
    if not port.isascii() or not port.isdecimal() or int(port) > 65_535:
        raise InvalidValue(f"metrics-address={address!r}: give PORT, or HOST:PORT, such as 127.0.0.1:9464")
    return host.strip("[]") or "127.0.0.1", int(port)


class Metrics:
    """What a server counts; `serve` shows it.

    >>> metrics = Metrics()
    >>> metrics.called("/schedcore.v1.PollService/Tally", "OK", 0.004)
    >>> metrics.registry.get_sample_value("schedcore_calls_total", {"method": "PollService/Tally", "code": "OK"})
    1.0
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        make: dict[str, Any] = {"registry": self.registry}
        self._calls = Counter("schedcore_calls", "Calls that have ended.", ("method", "code"), **make)
        self._seconds = Histogram(
            "schedcore_call_seconds", "How long calls took, refused ones too.", ("method",), buckets=_BUCKETS, **make
        )
        self._occurrences = Counter("schedcore_occurrences", "Occurrences in answers of RecurrenceService.", **make)
        self._transactions = Counter(
            "schedcore_store_transactions", "Transactions of the store that have ended.", ("outcome",), **make
        )
        self._again = Counter("schedcore_store_retries", "Writes that were run again: others were in the way.", **make)
        self._purged = Counter("schedcore_requests_purged", "Answers kept for repeats that have been let go.", **make)
        self._waiting = Gauge("schedcore_waiting", "Calls that wait for a worker.", **make)
        self._working = Gauge("schedcore_working", "Workers that are at work.", **make)
        self._watching = Gauge("schedcore_watching", "Calls of Watch.", **make)
        self._known: dict[tuple[str, str], tuple[Any, Any]] = {}
        self._server: tuple[WSGIServer, threading.Thread] | None = None

    # --- counting -----------------------------------------------------------------------------------------------------

    def called(self, path: str, code: str, seconds: float) -> None:
        """Count a call that has ended."""
        known = self._known.get((path, code))
        if known is None:
            method = path.rpartition(".")[2]
            known = self._calls.labels(method, code), self._seconds.labels(method)
            self._known[path, code] = known
        known[0].inc()
        known[1].observe(seconds)

    def answered(self, answer: Message | Written) -> None:
        """Count the occurrences of an answer."""
        count = _OCCURRENCES.get(answer.DESCRIPTOR.full_name)
        if count is not None:
            self._occurrences.inc(count(answer))

    def again(self) -> None:
        """Count a write that is run again."""
        self._again.inc()

    def purged(self, count: int) -> None:
        """Count answers that were let go."""
        self._purged.inc(count)

    def watch(self, workers: Workers, watching: Callable[[], int]) -> None:
        """Tell from now on how many work, wait and watch."""
        self._waiting.set_function(lambda: workers.waiting)
        self._working.set_function(lambda: workers.working)
        self._watching.set_function(watching)

    def follow(self, store: Store) -> None:
        """Count the transactions of a store from now on."""
        for outcome in ("commit", "rollback"):
            counted = self._transactions.labels(outcome)
            event.listen(store.engine, outcome, lambda _, counted=counted: counted.inc())

    # --- showing ------------------------------------------------------------------------------------------------------

    def serve(self, address: str) -> str:
        """Show the metrics at an address; where that is, with the port that it really is. InvalidValue."""
        host, port = place_of(address)
        try:
            self._server = start_http_server(port, addr=host, registry=self.registry)
        except OSError as error:
            raise InvalidValue(f"metrics-address={address} cannot be listened on: {error.strerror}") from error
        return f"{f'[{host}]' if ':' in host else host}:{self._server[0].server_port}"

    def close(self) -> None:
        """Show them no more."""
        if self._server is not None:
            server, thread = self._server
            server.shutdown()
            server.server_close()
            thread.join()
            self._server = None
