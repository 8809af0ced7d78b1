"""servicing status: the state of the workspace, and the needs that a person must meet."""

import sys

import click

from servicing.channels import directory
from servicing.commands.options import complain, format_option, in_workspace, now, warn
from servicing.core import output
from servicing.core.output import Format
from servicing.operations import health, modes
from servicing.operations.workspace import Workspace
from servicing.terminal.status import show_status


@click.command("status")
@format_option
@in_workspace
def status_command(space: Workspace, form: Format) -> None:
    """Show how everything is, and what needs a person.

    The exit code is 1 if a person is needed.

    \b
    Example:
      servicing status
    """
    moment = now().astimezone(space.zone)
    names = directory.routes_of(space.settings).names()
    general = space.settings.servicing
    is_open = modes.open_to_others(space.home, general)
    found = health.status(names, moment.date(), moment, is_open, general.guarded_by_role)
    if form == "table":
        show_status(found, space.locale, space.zone)
    else:
        output.emit_counts(found.document(space.locale), form, space.locale)
    warn([each.sentence(space.locale) for each in found.advice], space.locale)
    for need in found.needs:
        complain(need.sentence(space.locale), space.locale)
    sys.exit(bool(found.needs))
