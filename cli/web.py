"""servicing web: the pages and webhooks, served."""

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
    from servicing.web.server import server

    host, port = host or space.settings.web.host, space.settings.web.port if port is None else port
    serving = server(space, now, host, port)
    click.echo(f"listening at http://{host}:{serving.effective_port}", err=True)
    serving.run()
