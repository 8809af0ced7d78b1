"""The front door: a command is loaded when it is called, an error becomes a sentence and an exit code.

Exit codes: 0 done, 1 refused or found wanting (a sentence on standard error), 2 usage.
"""

import contextlib
import gc
import io
import os
import sys
from pathlib import Path

import click

from servicing.commands.index import Commands

FEW_CYCLES = 100_000
"""New objects before Python looks for reference cycles: a command makes many rows, and few cycles."""


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


def main() -> None:
    """Run a command; what a person can put right is one sentence and exit code 1."""
    gc.set_threshold(FEW_CYCLES)
    try:
        try:
            cli()
        finally:
            sys.stdout.flush()  # what still waits in the buffer may find no room, too
    except BrokenPipeError:  # whoever reads has seen enough
        _close_output()
        sys.exit(1)
    except OSError as error:
        _close_output()
        _refuse(error)


def _close_output() -> None:
    """Let go of the output that could not be written, or Python would try once more and complain."""
    with contextlib.suppress(io.UnsupportedOperation):  # an output that is no file
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _refuse(error: OSError) -> None:
    from servicing.commands import refusal

    refused = refusal.of(error, None)
    refused.show()
    sys.exit(refused.exit_code)


if __name__ == "__main__":
    main()
