"""The service: gRPC over the library and the store. A handler converts, asks the library or the store, converts back.

Rules of this room:

1. Handlers are plain synchronous functions of a `Call` and a message (`calls`). They know no gRPC: `bridge` runs them.
2. What decides is in the library; what is kept is in the store. A handler that has an opinion is in the wrong room.
3. An error says what and where, and never more than the caller may know (`errors`).
4. Nothing of what people wrote goes to the log: no titles, no descriptions, no tokens (`logs`).

The room does not send mail, fetch URLs or draw.
"""

from schedcore.service.calls import Call, Caller, Service, compute, read, watch, write
from schedcore.service.errors import field

__all__ = ["Call", "Caller", "Service", "compute", "field", "read", "watch", "write"]
