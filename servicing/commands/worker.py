"""servicing worker: one of those that share the work of a book in PostgreSQL."""

import click

from servicing.commands.options import begun, in_workspace, now
from servicing.operations.workspace import Workspace


@click.command("worker")
@in_workspace
def worker_command(space: Workspace) -> None:
    """Share the work with other workers, over PostgreSQL.

    Any number of workers on any number of machines share the walk and the dispatch. All have the same
    PostgreSQL, servicing.toml, plan and templates; `servicing web` serves the pages beside them. The
    command runs until it is stopped.

    \b
    Example:
      servicing worker
    """
    from servicing.operations import postgres_workers

    begun(space)
    space.check_keys()
    postgres_workers.run(space, now)
