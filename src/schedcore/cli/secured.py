"""How a command reaches a server: the options of TLS, which `call` and `doctor` have alike."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, Final

import click

__all__ = ["PEM", "secured"]

PEM: Final = click.Path(exists=True, dir_okay=False, path_type=Path)


def secured(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options to a command, and hand them over as `security`: what `Client` takes of them."""

    @click.option("--tls", is_flag=True, help="Speak TLS, trusting the system's authorities.")
    @click.option("--ca", type=PEM, help="Speak TLS, trusting this authority (PEM).")
    @click.option("--cert", type=PEM, help="Your certificate, for mutual TLS (PEM).")
    @click.option("--key", type=PEM, help="Its key (PEM).")
    @wraps(command)
    def reading(*, tls: bool, ca: Path | None, cert: Path | None, key: Path | None, **rest: Any) -> None:
        given = {"ca": ca, "cert": cert, "key": key}
        pems = {name: None if path is None else path.read_bytes() for name, path in given.items()}
        command(security={"tls": tls, **pems}, **rest)

    return reading
