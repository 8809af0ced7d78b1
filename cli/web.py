"""servicing web and run: the pages and webhooks, served, alone or beside the clock."""

import signal
import sys

import click

from cli.door import in_workspace, now
from servicing.workspace import Workspace


@click.command("web")
@click.option("--host", help="The address to listen at; default: as in servicing.toml.")
@click.option("--port", type=int, help="The port; default: as in servicing.toml.")
@in_workspace
def web_command(space: Workspace, host: str | None, port: int | None) -> None:
    """Serve the pages, the providers' webhooks and the unsubscribe links, until it is stopped.

    \b
    Example:
      servicing web --port 8080
    """
    _serve(space, host, port)


@click.command("run")
@click.option("--host", help="The address to listen at; default: as in servicing.toml.")
@click.option("--port", type=int, help="The port; default: as in servicing.toml.")
@in_workspace
def run_command(space: Workspace, host: str | None, port: int | None) -> None:
    """All in one process: the pages, and the walk and dispatch by the clock, until it is stopped.

    \b
    Example:
      servicing run --port 8080
    """
    from servicing.engines import embedded

    space.walker()  # what is wrong with the plan is said before anything is begun
    scheduler = embedded.start(space, now)
    try:
        _serve(space, host, port)
    finally:
        scheduler.shutdown()


def _serve(space: Workspace, host: str | None, port: int | None) -> None:
    """Until somebody stops it, by a signal or a key."""
    from servicing.web.server import server

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    host, port = host or space.settings.web.host, space.settings.web.port if port is None else port
    serving = server(space, now, host, port)
    click.echo(f"listening at http://{host}:{serving.effective_port}", err=True)
    serving.run()
