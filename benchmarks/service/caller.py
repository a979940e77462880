"""A process that calls: reads one command a line as JSON, and tells what came of it in one line of JSON.

    {"address": "127.0.0.1:50051", "requests": [[path, principal, hex], ...], "callers": 8, "seconds": 0.5}

Each caller sends a request, waits for the answer, and sends the next. With "calls" they end after so many in all; with
"after" what begins in so many first seconds does not count. Bytes go out and come in as they are: messages are neither
made nor read here, for the caller and not the server would be measured. Who is refused waits as long as RetryInfo says.
Answer: {"OK": [microseconds, ...], "RESOURCE_EXHAUSTED": ..., "unannounced": refusals without RetryInfo}.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import defaultdict
from itertools import count
from time import perf_counter
from typing import Any

import grpc
from google.rpc import error_details_pb2, status_pb2

PATIENCE = 120.0
STREAMS = [("grpc.max_receive_message_length", -1)]


class Work:
    """One command: what to send, until when, and what came back."""

    def __init__(self, channel: grpc.aio.Channel, command: dict[str, Any]) -> None:
        requests = command["requests"]
        calls = {path: channel.unary_unary(path) for path in {path for path, _, _ in requests}}
        self._requests = [
            (calls[path], bytes.fromhex(data), [("schedcore-principal", principal)] if principal else None)
            for path, principal, data in requests
        ]
        self._numbers = count(command.get("first", 0))
        self._left = command.get("calls", sys.maxsize)
        self._from = perf_counter() + command.get("after", 0.0)
        self._until = perf_counter() + command.get("seconds", 1e9)
        self.found: defaultdict[str, list[float]] = defaultdict(list)
        self.unannounced = 0

    async def run(self) -> None:
        """Call, one request after the other, until it is time."""
        while self._left > 0 and perf_counter() < self._until:
            self._left -= 1
            method, data, metadata = self._requests[next(self._numbers) % len(self._requests)]
            began = perf_counter()
            try:
                await method(data, metadata=metadata, timeout=PATIENCE)
                code, pause = "OK", 0.0
            except grpc.aio.AioRpcError as error:
                code, pause = error.code().name, _pause(error)
            if began >= self._from:
                self.found[code].append(round((perf_counter() - began) * 1e6, 1))
            if code != "OK":
                self.unannounced += pause == 0
                await asyncio.sleep(pause or 0.01)


def _pause(error: grpc.aio.AioRpcError) -> float:
    """Seconds to wait, as RetryInfo says; 0 where there is none."""
    packed = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin", b"")
    for detail in status_pb2.Status.FromString(packed).details:
        if detail.Is(error_details_pb2.RetryInfo.DESCRIPTOR):
            info = error_details_pb2.RetryInfo()
            detail.Unpack(info)
            return info.retry_delay.ToTimedelta().total_seconds()
    return 0.0


async def main() -> None:
    """Do what the lines say, over one connection to each address."""
    channels: dict[str, grpc.aio.Channel] = {}
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        command = json.loads(line)
        address = command["address"]
        if address not in channels:
            channels[address] = grpc.aio.insecure_channel(address, options=STREAMS)
            await channels[address].channel_ready()
        work = Work(channels[address], command)
        await asyncio.gather(*(work.run() for _ in range(command["callers"])))
        print(json.dumps({**work.found, "unannounced": work.unannounced}), flush=True)
    for channel in channels.values():
        await channel.close()


if __name__ == "__main__":
    asyncio.run(main())
