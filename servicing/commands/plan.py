"""servicing plan: the service plan, which is the service manual, too."""

import os
from pathlib import Path

import click

from servicing.commands import refusal
from servicing.commands.agreement import agreed, yes_option
from servicing.commands.index import Group
from servicing.commands.options import FILE, format_option, in_workspace, now, tell
from servicing.core import output
from servicing.core.output import Format
from servicing.desk import manual
from servicing.desk.manual import ManualEntry
from servicing.operations import edited_files, workspace
from servicing.operations.workspace import Workspace


@click.group("plan", cls=Group)
def plan_group() -> None:
    """Show the service plan, check it, compare it, use another.

    \b
    Example:
      servicing plan show
    """


@plan_group.command("show")
@click.option("--locale", help="zh_CN or en; default: the workspace's.")
@format_option
@click.pass_obj
def plan_show(home: Path, locale: str | None, form: Format) -> None:
    """Print the service manual: every touchpoint with its standard action, tool and script.

    \b
    Example:
      servicing plan show --locale en
    """
    space = workspace.or_default(home, os.environ)
    locale = locale or space.locale
    entries = list(manual.entries(space.plan_alone, locale))
    if form == "table":
        from servicing.terminal.manual import show_manual  # with rich, which takes a while to load

        show_manual(entries, locale)
    else:
        output.emit(entries, ManualEntry, [], form, locale)


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
    tell(refusal.language(home, os.environ), "plan_copied", path=path)


@plan_group.command("check")
@click.argument("file", type=FILE)
@click.pass_obj
def plan_check(home: Path, file: Path) -> None:
    """Check a plan file and the templates that it sends; the first mistake is named.

    \b
    Example:
      servicing plan check plans/ours.toml
    """
    space = workspace.or_default(home, os.environ)
    checked = space.checked(file)
    space.check_ways_out(checked, space.composer, file)
    tell(space.locale, "plan_checked", file=file, count=len(checked.touchpoints))


@plan_group.command("diff")
@click.argument("file", type=FILE)
@format_option
@in_workspace
def plan_diff(space: Workspace, file: Path, form: Format) -> None:
    """Show what another plan would change in the next 30 days.

    Nothing is written. The command says what would be sent additionally, no longer, earlier, later or
    otherwise, what that costs, and the first ten of each.

    \b
    Example:
      servicing plan diff plans/ours.toml
    """
    from servicing.operations import rollout
    from servicing.terminal import projections

    found = rollout.with_plan(space, file, now())
    projections.emit_difference(found, form, space.plan, space.locale)


@plan_group.command("use")
@click.argument("file", type=FILE)
@yes_option
@in_workspace
def plan_use(space: Workspace, file: Path, yes: bool) -> None:
    """Use another plan in place of the present one.

    The present one is kept in plans/past/. A change of more than [ahead] ask_above touchpoints of
    the next 30 days is asked about first.

    \b
    Example:
      servicing plan use plans/ours.toml --yes
    """
    from servicing.operations import rollout

    if agreed(rollout.with_plan(space, file, now()), space, yes):
        path = rollout.use_plan(space, file)
        edited_files.notice(space.home, now(), by="plan use")
        tell(space.locale, "plan_used", path=path)
