"""The front door: a command is loaded when it is called, an error becomes a sentence and an exit code.

Exit codes: 0 done, 1 refused or found wanting (a sentence on standard error), 2 usage.
"""

import gc
import os
import sys
from pathlib import Path

import click

from servicing.commands.index import Commands, close_output

OTHERS = 0o077
"""What is made of this program, or of what it calls, is for its owner alone."""

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
    os.umask(OTHERS)
    gc.set_threshold(FEW_CYCLES)
    try:
        cli()
    except BrokenPipeError:  # whoever reads has seen enough
        close_output()
        sys.exit(1)
    except OSError as error:  # the help found no room, for one
        close_output()
        _refuse(error)


def _refuse(error: OSError) -> None:
    from servicing.commands import refusal

    refused = refusal.of(error, None)
    refused.show()
    sys.exit(refused.exit_code)


if __name__ == "__main__":
    main()
