"""What a server shows of itself over TLS, and whose certificates of clients it takes: files that may be read again.

Rules of this module:

1. What was read is tried on gRPC itself before it counts: it takes other certificates than OpenSSL does, and of those
   that it does not take it says nothing until somebody connects. What is wrong names the setting and the file; of files
   that are read again it changes nothing.
2. Connections are made with what was read last. Those that stand go on as they were made, also where an authority that
   signed a client's certificate is trusted no more.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import grpc

from schedcore.errors import InvalidValue

if TYPE_CHECKING:
    from schedcore.service.settings import Settings

__all__ = ["Certificates"]


class Certificates:
    """The certificate, key and authority that settings name; InvalidValue where one cannot be read or does not fit."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._given = _read(settings)
        self._new: deque[grpc.ServerCertificateConfiguration] = deque(maxlen=1)

    def credentials(self) -> grpc.ServerCredentials:
        """Give what gRPC listens with; it asks for newer files with every connection."""
        asks_clients = self._settings.tls_client_ca is not None
        # None is "no change" by grpc's documentation, which its stubs do not know.
        return grpc.dynamic_ssl_server_credentials(self._given, self._newer, asks_clients)  # type: ignore[arg-type]

    def read_again(self) -> None:
        """Take the files as they are now for connections to come; InvalidValue, and those of before stay."""
        self._new.append(_read(self._settings))

    def _newer(self) -> grpc.ServerCertificateConfiguration | None:
        """Give what gRPC has not been given yet; in any thread. None for nothing new."""
        try:
            return self._new.pop()
        except IndexError:
            return None


def _read(settings: Settings) -> grpc.ServerCertificateConfiguration:
    cert, key, ca = settings.tls_cert, settings.tls_key, settings.tls_client_ca
    assert cert is not None and key is not None
    pair = _pem("tls-key", key), _pem("tls-cert", cert)
    authority = None if ca is None else _pem("tls-client-ca", ca)
    if not _serves(pair, None):
        told = f"tls-cert={cert} and tls-key={key} cannot be served with"
        raise InvalidValue(
            f"{told}: give the key's own certificate first, then those that signed it, and the key without a password"
        )
    if authority is not None and not _serves(pair, authority):
        raise InvalidValue(f"tls-client-ca={ca} cannot be used: give the certificates of authorities")
    return grpc.ssl_server_certificate_configuration([pair], root_certificates=authority)


def _serves(pair: tuple[bytes, bytes], authority: bytes | None) -> bool:
    """Whether gRPC takes them: by a server that listens on the loopback for nobody."""
    trial = grpc.server(ThreadPoolExecutor(1))
    try:
        trial.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([pair], authority, authority is not None))
    except RuntimeError:
        return False
    finally:  # one that has not begun does not end, and keeps its port
        trial.start()
        trial.stop(None).wait()
    return True


def _pem(name: str, path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InvalidValue(f"{name}={path} cannot be read: {error.strerror}") from error
    if b"-----BEGIN " not in data:
        raise InvalidValue(f"{name}={path} is no PEM file")
    return data
