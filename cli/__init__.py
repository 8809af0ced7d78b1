"""The front door: every command is a thin call into `servicing` and `policies`.

Only here (and in the engines and the web) is the clock read, and only here do errors become
sentences on standard error and exit codes: 0 done, 1 refused or found wanting, 2 usage.
"""

import contextlib
import gc
import io
import os
import sys
from pathlib import Path

import click

from cli import (
    book,
    consent,
    day,
    figures,
    influence,
    messages,
    plan,
    tasks,
    users,
    web,
    workspaces,
)
from cli.door import FILE
from policies import errors

FEW_CYCLES = 100_000
"""New objects before Python looks for rings among them: rows are many, and hold none."""


def main() -> None:
    """Run a command; what a person can put right is one sentence and exit code 1."""
    gc.set_threshold(FEW_CYCLES)
    try:
        try:
            cli()
        finally:
            sys.stdout.flush()  # what still waits in the buffer may find no room, too
    except errors.ServicingError as error:
        _refuse(str(error))
    except BrokenPipeError:  # whoever reads has seen enough
        _close_output()
        sys.exit(1)
    except OSError as error:
        _close_output()
        _refuse(
            f"{error.filename or 'output'} cannot be written or read: {error.strerror or error}"
        )


def _close_output() -> None:
    """What could not be written is let go, or Python would try it once more and complain."""
    with contextlib.suppress(io.UnsupportedOperation):  # an output that is no file
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _refuse(sentence: str) -> None:
    click.echo(f"Error: {sentence}", err=True)
    sys.exit(1)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--home",
    type=FILE,
    envvar="SERVICING_HOME",
    default=Path(),
    help="The workspace; default: SERVICING_HOME, else this folder.",
)
@click.version_option(package_name="servicing")
@click.pass_context
def cli(ctx: click.Context, home: Path) -> None:
    """Walks every policy through its service timeline: messages, tasks, cards.

    \b
    Example:
      servicing --home office init
    """
    ctx.obj = home


for command in (
    *(workspaces.init, workspaces.demo),
    *(book.book_group, plan.plan_group),
    *(day.walk_command, day.dispatch_command),
    *(messages.messages_group, consent.consent_group),
    *(users.user_group, web.web_command, web.run_command),
    *(tasks.tasks_group, tasks.card_command),
    *(figures.persistency_command, figures.atrisk_command, figures.losses_command),
    *(figures.scorecard_command, influence.influence_command),
):
    cli.add_command(command)
