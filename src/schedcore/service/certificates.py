"""What a server shows of itself over TLS, and whose certificates of clients it takes: files that may be read again.

Rules of this module:

1. Files are checked before they are used. What is wrong names the setting and the file; of files that are read again it
   changes nothing.
2. Connections are made with what was read last. Those that stand go on as they were made, also where an authority that
   signed a client's certificate is trusted no more.
"""

from __future__ import annotations

import ssl
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
        self._new: grpc.ServerCertificateConfiguration | None = None

    def credentials(self) -> grpc.ServerCredentials:
        """Give what gRPC listens with; it asks for newer files with every connection."""
        asks_clients = self._settings.tls_client_ca is not None
        # None is "no change" by grpc's documentation, which its stubs do not know.
        return grpc.dynamic_ssl_server_credentials(self._given, self._newer, asks_clients)  # type: ignore[arg-type]

    def read_again(self) -> None:
        """Take the files as they are now for connections to come; InvalidValue, and those of before stay."""
        self._new = _read(self._settings)

    def _newer(self) -> grpc.ServerCertificateConfiguration | None:
        """Give what gRPC has not been given yet; in a thread of its own. None for nothing new."""
        found, self._new = self._new, None
        return found


def _read(settings: Settings) -> grpc.ServerCertificateConfiguration:
    cert, key, ca = settings.tls_cert, settings.tls_key, settings.tls_client_ca
    assert cert is not None and key is not None
    pair, authority = (_pem(key), _pem(cert)), None if ca is None else _pem(ca)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(cert, key, password="")  # without one it would ask for it at the terminal
    except ssl.SSLError as error:
        told = "the key is not the certificate's, or one of them is damaged or has a password"
        raise InvalidValue(f"tls-cert={cert}, tls-key={key}: {told}") from error
    try:
        if ca is not None:
            context.load_verify_locations(ca)
    except ssl.SSLError as error:
        raise InvalidValue(f"tls-client-ca={ca}: there is no certificate in it that can be read") from error
    return grpc.ssl_server_certificate_configuration([pair], root_certificates=authority)


def _pem(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InvalidValue(f"{path} cannot be read: {error.strerror}") from error
    if b"-----BEGIN " not in data:
        raise InvalidValue(f"{path} is no PEM file")
    return data
