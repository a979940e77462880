"""`schedcore migrate`: the tables of a store brought to the revision that this program, or another, works with."""

from __future__ import annotations

from typing import Any, Final

import click

__all__ = ["migrate"]

_MISSING: Final = "a store needs {name}: pip install 'schedcore[store]', for PostgreSQL 'schedcore[postgres]'"


@click.command()
@click.option(
    "--store",
    "url",
    metavar="URL",
    required=True,
    envvar="SCHEDCORE_STORE",
    help="sqlite:///file.db or postgresql+psycopg://user@host/name. [SCHEDCORE_STORE]",
)
@click.option(
    "--to",
    metavar="REVISION",
    default="head",
    show_default=True,
    help="Where to; a way back loses what it has no place for, and base takes all tables away.",
)
@click.option("--check", is_flag=True, help="Change nothing: fail unless the tables are those of this program.")
def migrate(url: str, to: str, check: bool) -> None:
    """Make the tables of a store, or bring them to another revision, with what is in them.

    All steps are one transaction. Stop the servers of a store before its tables change under them.
    """
    store = _store()
    if check:
        click.echo(f"schedcore: the store has the tables of revision {store.verify(url)}")
        return
    found, made = store.migrate(url, to)
    click.echo(f"schedcore: {f'from revision {found} to {made}' if found != made else f'at revision {made} already'}")


def _store() -> Any:
    try:
        from schedcore import store
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("schedcore"):
            raise
        raise click.ClickException(_MISSING.format(name=error.name)) from error
    return store
