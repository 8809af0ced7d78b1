"""servicing web: the pages and webhooks, served."""

import click

from cli.door import in_workspace, now
from servicing.workspace import Workspace


@click.command("web")
@click.option("--host", help="The address to listen at; default: as in servicing.toml.")
@click.option("--port", type=int, help="The port; default: as in servicing.toml.")
@in_workspace
def web_command(space: Workspace, host: str | None, port: int | None) -> None:
    """Serve the providers' webhooks and the unsubscribe links, until it is stopped.

    \b
    Example:
      servicing web --port 8080
    """
    import waitress

    from servicing.web import app

    host, port = host or space.settings.web.host, port or space.settings.web.port
    server = waitress.create_server(app.create(space, now), host=host, port=port, ident=None)
    click.echo(f"listening at http://{host}:{port}", err=True)
    server.run()
