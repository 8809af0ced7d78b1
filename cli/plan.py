"""servicing plan: the service plan, which is the service manual, too."""

import os
from pathlib import Path

import click

from cli.door import FILE, format_option
from servicing import manual, present, terminal, workspace
from servicing.manual import ManualEntry
from servicing.present import Format


@click.group("plan")
def plan_group() -> None:
    """The service plan, which is the service manual, too."""


@plan_group.command("show")
@click.option("--locale", help="zh_CN or en; default: the workspace's.")
@format_option
@click.pass_obj
def plan_show(home: Path, locale: str | None, form: Format) -> None:
    """Print the service manual: every touchpoint, its standard action, tool and script.

    \b
    Example:
      servicing plan show --locale en
    """
    space = workspace.or_default(home, os.environ)
    locale = locale or space.locale
    entries = list(manual.entries(space.plan, locale))
    if form == "table":
        terminal.show_manual(entries, locale)
    else:
        present.emit(entries, ManualEntry, [], form, locale)


@plan_group.command("copy")
@click.argument("name", default="standard")
@click.option("--as", "copy_name", help="What to call the copy; default: the same.")
@click.pass_obj
def plan_copy(home: Path, name: str, copy_name: str | None) -> None:
    """Copy a shipped plan into the workspace's plans/, to be edited.

    \b
    Example:
      servicing plan copy standard --as ours
    """
    path = workspace.copy_plan(home, name, copy_name or name)
    click.echo(f"{path} is written: edit it, check it, and name it in servicing.toml")


@plan_group.command("check")
@click.argument("file", type=FILE)
@click.pass_obj
def plan_check(home: Path, file: Path) -> None:
    """Check a plan file and the templates it sends; the first mistake is named.

    \b
    Example:
      servicing plan check plans/ours.toml
    """
    space = workspace.or_default(home, os.environ)
    checked = space.checked(file)
    click.echo(f"{file}: {len(checked.touchpoints)} touchpoints, no mistakes")
