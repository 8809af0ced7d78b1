"""servicing years: the past in parts, closed, taken out of the book, and brought back."""

from contextlib import AbstractContextManager

import click

from servicing.commands.index import Group
from servicing.commands.options import format_option, in_workspace, now, tell
from servicing.core import output
from servicing.core.output import Format
from servicing.operations import ownership
from servicing.operations.workspace import Workspace
from servicing.years import years
from servicing.years.years import YearLine


def _as_owner(space: Workspace) -> AbstractContextManager[str]:
    """Tables are made, moved and renamed."""
    return ownership.as_owner(space.settings.servicing, space.home)


@click.group("years", cls=Group)
def years_group() -> None:
    """Close past years on PostgreSQL, take one out of the book, bring it back.

    \b
    Example:
      servicing years list
    """


@years_group.command("list")
@format_option
@in_workspace
def years_list(space: Workspace, form: Format) -> None:
    """List the closed years and what is written to, with rows and bytes.

    \b
    Example:
      servicing years list
    """
    columns = ["year", "state", "first_day", "last_day", "rows", "bytes"]
    output.emit(years.listed(), YearLine, columns, form, space.locale)


@years_group.command("close")
@click.argument("name")
@in_workspace
def years_close(space: Workspace, name: str) -> None:
    """Make all that was recorded since the last closed year a year of its own.

    Its touchpoints, messages, tasks and lines of the card become a partition each: touchpoint_NAME,
    message_NAME, task_NAME, card_entry_NAME. Everything goes on as before.

    \b
    Example:
      servicing years close 2025
    """
    with _as_owner(space):
        year = years.close(name, now())
    tell(space.locale, "year_closed", name=name, first=year.first_day, last=year.last_day)


@years_group.command("detach")
@click.argument("name")
@in_workspace
def years_detach(space: Workspace, name: str) -> None:
    """Take a closed year out of the book.

    Its tables stay in the database until you drop them: archive them first.

    \b
    Example:
      servicing years detach 2025
    """
    with _as_owner(space):
        years.detach(name, now())
    tell(space.locale, "year_detached", name=name)


@years_group.command("attach")
@click.argument("name")
@in_workspace
def years_attach(space: Workspace, name: str) -> None:
    """Bring a year back into the book, whose tables are in the database.

    \b
    Example:
      servicing years attach 2025
    """
    with _as_owner(space):
        years.attach(name)
    tell(space.locale, "year_attached", name=name)
