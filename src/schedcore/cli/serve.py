"""`schedcore serve`: the gRPC server in the foreground. `schedcore token`: one more caller for it.

Flags are made from the fields of `service.settings`. What no flag says, `SCHEDCORE_*` in the environment does.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click

from schedcore.errors import InvalidValue, shorten

__all__ = ["serve", "token"]

_MISSING: Final = "the service needs {name}: pip install 'schedcore[service]'"


class _Serve(click.Command):
    """The command, whose flags are made when it is asked: other commands must not load what the service needs."""

    def make_context(self, *given: Any, **more: Any) -> click.Context:
        """Begin: from now on a SIGHUP, by which whoever renews a certificate tells servers, ends none that starts."""
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        return super().make_context(*given, **more)

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Make a flag of each setting."""
        return [*_flags(), *super().get_params(ctx)]


def _flags() -> list[click.Parameter]:
    fields = _settings().model_fields
    return [
        click.Option(
            [f"--{name.replace('_', '-')}", name],
            is_flag=told.annotation is bool,
            default=None,
            help=f"{told.description} [SCHEDCORE_{name.upper()}]",
        )
        for name, told in fields.items()
    ]


def _settings() -> Any:
    try:
        from schedcore.service.settings import Settings
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("schedcore"):
            raise
        raise click.ClickException(_MISSING.format(name=error.name)) from error
    return Settings


@click.command(cls=_Serve)
def serve(**flags: Any) -> None:
    """Answer over gRPC until SIGTERM; prints the address once it listens."""
    import asyncio

    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    settings = _settings()
    try:
        chosen = settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as error:
        raise InvalidValue(_told(error, flags)) from error
    except SettingsError as error:  # the one variable that is JSON cannot be read
        from schedcore.service.settings import NAMES

        raise InvalidValue(f"SCHEDCORE_TLS_NAMES: {NAMES}") from error
    from schedcore.service.server import serve as run

    asyncio.run(run(chosen, _listening))


def _listening(address: str) -> None:
    click.echo(f"schedcore: listening on {address}")


def _told(error: Any, flags: Mapping[str, object]) -> str:
    """What is wrong with the settings, in one line, each by the name under which it was given.

    Values are repeated of numbers and switches alone: any other may be a secret.
    """
    fields = _settings().model_fields
    said = []
    for one in error.errors(include_url=False):
        reason = one["msg"].removeprefix("Value error, ")
        if not one["loc"]:
            said.append(reason)
            continue
        name, *inner = (str(part) for part in one["loc"])
        where = f"SCHEDCORE_{name.upper()}" if flags.get(name) is None else f"--{name.replace('_', '-')}"
        shown = f"={shorten(one['input'])}" if fields[name].annotation in (int, float, bool) else ""
        said.append(f"{'.'.join([where, *inner])}{shown}: {reason}")
    return "; ".join(said)


@click.command()
@click.option("--person", metavar="ID", help="The token of a person, who can only ever act as that person.")
@click.option("--backend", metavar="NAME", help="The token of a back end, which may act for anybody.")
@click.option("--file", type=click.Path(dir_okay=False, path_type=Path), help="Add its hash to this file of tokens.")
def token(person: str | None, backend: str | None, file: Path | None) -> None:
    """Make a token: print it, once, and add its hash to the file that `serve --tokens` reads.

    Without --file the lines for the file are printed too, on stderr. SIGHUP has a server read its file again.
    """
    if (person is None) == (backend is None):
        raise click.UsageError("give --person or --backend")
    _settings()
    from schedcore.service.auth import entry_of, new_token

    made = new_token()
    entry = entry_of(made, person=person, backend=backend)
    if file is None:
        click.echo(entry, err=True, nl=False)
    else:
        _append(file, entry)
    click.echo(made)


def _append(file: Path, entry: str) -> None:
    """Add an entry to the file, if a server can read both; a new one can be read by its owner alone."""
    from schedcore.service.auth import tokens_of

    try:
        with os.fdopen(os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600), "r+b") as out:
            there = out.read()
            added = (f"\n{entry}" if there else entry).encode()
            tokens_of(there + added, file)
            out.write(added)
    except OSError as error:
        told = f"--file {file} cannot be written: {error.strerror or error}"
        raise InvalidValue(f"{told}; name a file that you may read and write, in a folder that is there") from error
