"""servicing init: a workspace is made."""

import os
from pathlib import Path

import click

from servicing.commands import refusal
from servicing.commands.options import tell
from servicing.operations import workspace


@click.command("init")
@click.option(
    "--database", "url", default="sqlite:///servicing.db", help="sqlite:///FILE or postgresql://..."
)
@click.pass_obj
def init_command(home: Path, url: str) -> None:
    """Make a workspace: its settings and its database.

    \b
    Example:
      servicing --home office init
    """
    path = workspace.create(home, url)
    tell(refusal.language(home, os.environ), "workspace_made", path=path)
