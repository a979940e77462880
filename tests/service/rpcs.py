"""Every RPC there is, out of the descriptors of schedcore.v1: a test of all of them is one of new ones too."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass

import grpc
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message_factory import GetMessageClass

import schedcore.v1

PATIENCE = 30.0


def services() -> list[ServiceDescriptor]:
    """The services of all modules of the contract."""
    names = [name for _, name, _ in pkgutil.iter_modules(schedcore.v1.__path__) if name.endswith("_pb2")]
    modules = [importlib.import_module(f"schedcore.v1.{name}") for name in sorted(names)]
    return [service for module in modules for service in module.DESCRIPTOR.services_by_name.values()]


@dataclass(frozen=True)
class Rpc:
    """One RPC, which can be called with any bytes."""

    method: MethodDescriptor

    @property
    def path(self) -> str:
        return f"/{self.method.containing_service.full_name}/{self.method.name}"

    @property
    def request(self):
        """An empty request."""
        return GetMessageClass(self.method.input_type)()

    def call(self, channel: grpc.Channel, data: bytes, metadata=(), timeout: float = PATIENCE) -> grpc.StatusCode:
        """Call it, read at most a few messages, and give the status that it ends with."""
        kind = (
            "stream" if self.method.client_streaming else "unary",
            "stream" if self.method.server_streaming else "unary",
        )
        ask = getattr(channel, "_".join(kind))(self.path)
        sent = iter([data]) if self.method.client_streaming else data
        try:
            if not self.method.server_streaming:
                ask(sent, metadata=metadata, timeout=timeout)
                return grpc.StatusCode.OK
            answer = ask(sent, metadata=metadata, timeout=timeout)
            for number, _ in enumerate(answer):
                if number == 3:
                    answer.cancel()
                    return grpc.StatusCode.OK
            return answer.code()
        except grpc.RpcError as error:
            return error.code()


def rpcs() -> list[Rpc]:
    """All RPCs, in the order of the contract."""
    return [Rpc(method) for service in services() for method in service.methods]


def name(rpc: Rpc) -> str:
    """An RPC by its name, for the names of tests."""
    return f"{rpc.method.containing_service.name}.{rpc.method.name}"
