"""Certificates for tests, by the openssl of the system: a CA of one's own, and what it signs."""

from __future__ import annotations

import subprocess
from pathlib import Path


class Authority:
    """A CA in a folder; `cert` is its certificate."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key, self.cert = folder / "ca.key", folder / "ca.pem"
        self._run("req", "-x509", *NEW, "-keyout", self.key, "-out", self.cert, "-subj", "/CN=tests", "-days", "2")

    def issue(self, name: str, *names: str) -> tuple[Path, Path]:
        """Key and certificate with these names in its SAN ("URI:...", "DNS:...")."""
        key, request, cert = (self.folder / f"{name}.{suffix}" for suffix in ("key", "csr", "pem"))
        said = self.folder / f"{name}.ext"
        said.write_text(f"subjectAltName={','.join(names)}\n")
        self._run("req", *NEW, "-keyout", key, "-out", request, "-subj", f"/CN={name}"[:60])
        signed = ["-CA", self.cert, "-CAkey", self.key, "-CAcreateserial", "-days", "2", "-extfile", said]
        self._run("x509", "-req", "-in", request, "-out", cert, *signed)
        return key, cert

    def _run(self, *arguments: object) -> None:
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


NEW = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
