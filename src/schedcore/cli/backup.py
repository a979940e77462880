"""`schedcore backup`: a copy of a SQLite store, made while it is served."""

from __future__ import annotations

from pathlib import Path
from time import monotonic
from typing import Final

import click

from schedcore.cli.ending import terminable

__all__ = ["backup"]

_MISSING: Final = "a store needs {name}: pip install 'schedcore[store]'"


@click.command()
@click.option(
    "--store", "url", metavar="URL", required=True, envvar="SCHEDCORE_STORE", help="sqlite:///file.db [SCHEDCORE_STORE]"
)
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
def backup(url: str, out: Path) -> None:
    """Copy a SQLite store, as it is at one moment, into the new file OUT; servers go on.

    The copy is checked before it has its name. To restore it, stop the servers and put it in the place of the store.
    PostgreSQL copies itself: use pg_dump.
    """
    try:
        from schedcore.store.backups import backup as copy
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("schedcore"):
            raise
        raise click.ClickException(_MISSING.format(name=error.name)) from error
    began = monotonic()
    with terminable():
        size = copy(url, out)
    click.echo(f"schedcore: {out} has {size:,} bytes, checked, in {monotonic() - began:.1f} s")
