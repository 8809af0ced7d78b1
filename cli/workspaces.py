"""servicing init and demo: a workspace is made."""

from pathlib import Path

import click

from cli.door import now
from servicing.operations import workspace


@click.command("init")
@click.option(
    "--database", "url", default="sqlite:///servicing.db", help="sqlite:///FILE or postgresql://..."
)
@click.pass_obj
def init_command(home: Path, url: str) -> None:
    """Make a workspace: servicing.toml and a database.

    \b
    Example:
      servicing --home office init
    """
    path = workspace.create(home, url)
    click.echo(f"{path} is written: look through it, then import a book")


@click.command("demo")
@click.option("--policies", default=2_000, show_default=True, help="How many policies to make up.")
@click.option("--locale", default="zh_CN", show_default=True, help="zh_CN or en.")
@click.pass_obj
def demo_command(home: Path, policies: int, locale: str) -> None:
    """The main job once, on a made-up book: import, today's walk, messages to files, tasks, a card.

    \b
    Example:
      servicing demo
    """
    from servicing.commands import demo

    demo.run(home, policies, locale, now())
