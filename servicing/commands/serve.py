"""servicing web and run: the pages and webhooks, served, alone or beside the clock."""

import gc
import logging
import signal
import sys
from typing import Any

import click

from servicing.commands.options import begun, in_workspace, now
from servicing.desk import names
from servicing.operations.workspace import Workspace

log = logging.getLogger("servicing.web")

LAST_PORT = 65535
_host_option = click.option(
    "--host", help="The address to listen at; default: as in servicing.toml."
)
_port_option = click.option(
    "--port",
    type=click.IntRange(0, LAST_PORT),
    metavar="INTEGER",
    help="The port; default: as in servicing.toml.",
)


@click.command("web")
@_host_option
@_port_option
@in_workspace
def web_command(space: Workspace, host: str | None, port: int | None) -> None:
    """Serve the pages, webhooks and unsubscribe links.

    The command runs until it is stopped.

    \b
    Example:
      servicing web --port 8080
    """
    begun(space, is_signing=True)
    _listening(space, host, port).run()


@click.command("run")
@_host_option
@_port_option
@in_workspace
def run_command(space: Workspace, host: str | None, port: int | None) -> None:
    """Run all in one process: the pages, and the day by the clock.

    The command walks and dispatches by itself, and runs until it is stopped.

    \b
    Example:
      servicing run --port 8080
    """
    from servicing.operations import embedded

    begun(space, is_signing=True)
    serving = _listening(space, host, port)
    scheduler = embedded.start(space, now)
    try:
        serving.run()
    finally:
        scheduler.shutdown()


def _listening(space: Workspace, host: str | None, port: int | None) -> Any:
    """A server that is `run()` until somebody stops it, by a signal or a key."""
    from servicing.web.server import server

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    host, port = host or space.settings.web.host, space.settings.web.port if port is None else port
    serving = server(space, now, host, port)
    names.readings("一")  # or whoever looks for a name first would wait for the lists
    gc.collect()
    gc.freeze()  # what is here is here for good: to look through it again would stop all pages
    log.info("listening at http://%s:%s", host, serving.effective_port)
    return serving
