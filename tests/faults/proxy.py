"""A TCP proxy that cuts connections in the middle of what goes through them."""

from __future__ import annotations

import asyncio
import random
import threading
from typing import Any

__all__ = ["Proxy"]

#: What is read at once: a call of the tests and its answer are some hundred bytes.
_CHUNK = 4096


class Proxy:
    """Listens on a free port and passes everything on to `target` (HOST:PORT, or the path of a socket).

    While `cutting`, each connection is cut after a random number of bytes, up to `most` in one direction: what is cut
    off does not arrive, and both ends see the connection fail. So some requests are lost on the way and some answers on
    the way back; `lost` counts both, and `close` ends it.
    """

    def __init__(self, target: str, seed: int, most: int) -> None:
        self.cutting = False
        self.lost = {"requests": 0, "answers": 0}
        self._target = target
        self._chance = random.Random(seed)
        self._most = most
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._open: set[asyncio.Task[None]] = set()
        self._server = self._run(asyncio.start_server(self._connected, "127.0.0.1", 0))
        self.port = self._server.sockets[0].getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"

    def _run(self, job: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(job, self._loop).result(30)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        ends = [writer]
        try:
            host, _, port = self._target.rpartition(":")
            opening = asyncio.open_connection(host, int(port)) if host else asyncio.open_unix_connection(self._target)
            there, back = await opening
            ends.append(back)
            await asyncio.gather(self._pass_on("requests", reader, back), self._pass_on("answers", there, writer))
        except (OSError, EOFError, asyncio.CancelledError):
            pass  # one end has gone, or was cut off: so has the other, below
        finally:
            for end in ends:
                end.transport.abort()
            self._open.discard(task)

    async def _pass_on(self, what: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        left = self._chance.randint(1, self._most)
        while data := await reader.read(_CHUNK):
            if self.cutting:
                left -= len(data)
                if left < 0:
                    self.lost[what] += 1
                    raise EOFError
            writer.write(data)
            await writer.drain()
        raise EOFError

    def close(self) -> None:
        """Cut everything off, and listen no more."""

        async def end() -> None:
            self._server.close()
            for task in list(self._open):
                task.cancel()
            await asyncio.gather(*self._open, return_exceptions=True)

        self._run(end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(30)
        self._loop.close()

    def __enter__(self) -> Proxy:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
