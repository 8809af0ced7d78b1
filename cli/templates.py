"""servicing templates: every text looked at before it is sent, and one written to nobody."""

import sys

import click

from cli.door import format_option, in_workspace, now, progress
from policies import errors
from policies.models import Client
from servicing import preflight, present, preview, terminal
from servicing.present import Format
from servicing.workspace import Workspace


@click.group("templates")
def templates_group() -> None:
    """The texts of the messages."""


@templates_group.command("check")
@format_option
@in_workspace
def templates_check(space: Workspace, form: Format) -> None:
    """Write every text for everybody it would reach today, to nobody, and tell what is wrong.

    Ends with 1 if something is: a fact that is missing for some clients, a text that cannot be
    worked out, that is too long, or that says what it must not.

    \b
    Example:
      servicing templates check
    """
    known = sum(len(preview.templates(each)) for each in space.plan.touchpoints)
    done = iter(range(1, known + 1))
    with progress("templates", form) as show:
        found = preflight.check(
            space.walker(),
            space.settings,
            space.today(now()),
            lambda texts: show(next(done, known) / known),
        )
    if form == "json":
        present.emit_json(found)
    elif form == "csv":
        rows = list(terminal.preflight_rows(found))
        present.emit(rows, list(rows[0]) if rows else ["template"], [], form, space.locale)
    else:
        terminal.show_preflight(found, space.locale)
    for each in found.complaints:
        click.echo(f"Error: {terminal.complaint(each, space.locale)}", err=True)
    sys.exit(bool(found.complaints))


@templates_group.command("preview")
@click.argument("key", metavar="TEMPLATE")
@click.option("--client", "client_no", required=True, help="To whom it would be (client number).")
@click.option("--channel", type=click.Choice(["sms", "email"]), help="Default: as he prefers.")
@in_workspace
def templates_preview(space: Workspace, key: str, client_no: str, channel: str | None) -> None:
    """A text as one client would read it today; nothing is sent.

    \b
    Example:
      servicing templates preview month_1 --client C000001
    """
    client = Client.get_or_none(Client.client_no == client_no)
    if client is None:
        raise errors.ClientNotFound(client_no)
    sending = [each for each in space.plan.touchpoints if key in preview.templates(each)]
    if not sending:
        known = ", ".join(space.plan.templates())
        raise errors.BadSetting("template", f"{key!r} is not sent by the plan, there is: {known}")
    today = space.today(now())
    price = space.settings.channels.sms.price_per_part
    found = preview.preview(
        space.walker(), client, sending[0], key, today, channel or "", price_per_part=price
    )
    if found is None:
        raise errors.BadSetting("template", f"{key!r} has nothing to speak of to {client_no}")
    terminal.show_preview(found, space.locale)
