"""The wire contract as Python: made from proto/schedcore/v1 by `make proto`, and never changed by hand.

What the messages mean is said in the .proto files. The service and its clients import these modules; the core does not
know them.
"""

__all__: list[str] = []
