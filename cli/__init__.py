"""The front door: every command is a thin call into `servicing` and `policies`.

Only here (and in the engines and the web) is the clock read, and only here do errors become
sentences on standard error and exit codes: 0 done, 1 refused or found wanting, 2 usage.
"""

import contextlib
import gc
import importlib
import io
import os
import sys
from pathlib import Path

import click

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


COMMANDS = {
    **dict.fromkeys(["init", "demo"], "workspaces"),
    **dict.fromkeys(["walk", "dispatch"], "day"),
    **dict.fromkeys(["tasks", "card"], "tasks"),
    **dict.fromkeys(["persistency", "atrisk", "losses", "scorecard"], "figures"),
    **dict.fromkeys(["web", "run"], "web"),
    **dict.fromkeys(["handover", "orphans", "agents"], "handover"),
    **dict.fromkeys(["backup", "restore"], "backups"),
    **dict.fromkeys(["audit", "evidence"], "audit"),
    **dict.fromkeys(["halts", "halt", "resume"], "halts"),
    **{
        name: name
        for name in (
            "book",
            "plan",
            "messages",
            "consent",
            "influence",
            "simulate",
            "status",
            "templates",
            "worker",
            "why",
        )
    },
    "user": "users",
}
"""By the first word of a command, the module that holds it as `<word>_command` or `<word>_group`."""


class Commands(click.Group):
    """Loads the module of the command that was asked for, and no other: a start takes half the time."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The first words there are."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, or the group, of a first word."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"cli.{COMMANDS[cmd_name]}")
        found = vars(module).get(f"{cmd_name}_command") or vars(module)[f"{cmd_name}_group"]
        assert isinstance(found, click.Command)
        return found


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--home",
    type=click.Path(path_type=Path),
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
