"""The `schedcore` command: its subcommands, and how every failure ends.

Rules
1. What was asked wrongly (an option, a date, a rule, a zone, a file) is one line on stderr and exit code 2.
2. A calendar that has problems is answered all the same; its problems are told on stderr, or in the JSON.
3. A traceback is a bug of this package.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

import schedcore
from schedcore.cli.agenda import agenda
from schedcore.cli.backup import backup
from schedcore.cli.batch import batch
from schedcore.cli.call import call
from schedcore.cli.doctor import doctor
from schedcore.cli.due import due
from schedcore.cli.expand import expand
from schedcore.cli.find import find
from schedcore.cli.freebusy import freebusy
from schedcore.cli.migrate import migrate
from schedcore.cli.output import plain
from schedcore.cli.poll import poll
from schedcore.cli.rules import rules
from schedcore.cli.serve import serve, token
from schedcore.cli.view import view
from schedcore.errors import SchedcoreError

__all__ = ["cli", "run"]

BAD_INPUT = 2  # click's own exit code for a wrong option, so that every refusal has the same one
STOPPED = 130  # what a shell gives for a command stopped by Ctrl-C: 128 and SIGINT


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(schedcore.__version__)
@click.pass_context
def cli(context: click.Context) -> None:
    """When does it happen, who is busy, and when can we meet."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


cli.add_command(agenda)
cli.add_command(backup)
cli.add_command(batch)
cli.add_command(call)
cli.add_command(doctor)
cli.add_command(due)
cli.add_command(expand)
cli.add_command(find)
cli.add_command(freebusy)
cli.add_command(migrate)
cli.add_command(poll)
cli.add_command(rules)
cli.add_command(serve)
cli.add_command(token)
cli.add_command(view)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command line (None: the process's own) and return its exit code."""
    try:
        return int(cli.main(arguments, prog_name="schedcore", standalone_mode=False) or 0)
    except click.exceptions.Abort:
        return STOPPED
    except click.ClickException as error:
        return refuse(error.format_message())
    except BrokenPipeError:
        # The reader has gone (`| head`): point stdout elsewhere, or Python complains once more when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OverflowError as error:  # arithmetic at an edge of the calendar, in Python's datetime
        return refuse(f"outside of the years 1 to 9999: {error}")
    except (SchedcoreError, OSError) as error:
        return refuse(str(error))


def refuse(message: str) -> int:
    """Say in one line what is wrong."""
    click.echo(f"schedcore: {plain(message)}", err=True)
    return BAD_INPUT
