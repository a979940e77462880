"""The client: the service's RPCs from Python, with deadlines, safe retries and errors that say what was wrong.

`Client` is for threads, `AsyncClient` for asyncio; `errors` is what both raise, `columns` makes Arrow chunks columns
again. Requests and responses are the messages of `schedcore.v1`. This room decides nothing and keeps nothing.
"""

from schedcore.client.asynchronous import AsyncClient
from schedcore.client.columns import occurrences, pieces
from schedcore.client.errors import FieldError, ServiceError
from schedcore.client.settings import Settings
from schedcore.client.synchronous import Client

__all__ = ["AsyncClient", "Client", "FieldError", "ServiceError", "Settings", "occurrences", "pieces"]
