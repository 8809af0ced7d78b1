"""servicing templates: every text looked at before it is sent, and one written to nobody."""

import sys
from pathlib import Path

import click

from policies import not_said
from policies.models import Client
from policies.notices import notice
from servicing.commands.agreement import agreed, yes_option
from servicing.commands.index import Group
from servicing.commands.options import (
    FOLDER,
    complain,
    format_option,
    in_workspace,
    now,
    progress,
    tell,
    warn,
)
from servicing.core import errors, output
from servicing.core.output import Format
from servicing.operations import edited_files, rollout
from servicing.operations.workspace import Workspace
from servicing.projections import manners, preview, template_check
from servicing.projections.preview import TextChoice
from servicing.terminal import projections
from servicing.terminal.messages import (
    PREFLIGHT,
    flaw_sentence,
    preflight_rows,
    show_preflight,
    show_preview,
)


@click.group("templates", cls=Group)
def templates_group() -> None:
    """Check the texts, preview one, compare others, use them.

    \b
    Example:
      servicing templates check
    """


@templates_group.command("check")
@format_option
@in_workspace
def templates_check(space: Workspace, form: Format) -> None:
    """Write every text for everyone it would reach today, to nobody, and say what is wrong.

    The exit code is 1 if something is: a fact that some clients lack, a text that cannot be written,
    one that is too long, or one that says what it must not. What is not said to clients (rude words,
    also in the plan's scripts) is a warning only.

    \b
    Example:
      servicing templates check
    """
    known = sum(len(preview.templates(each)) for each in space.plan.touchpoints)
    done = iter(range(1, known + 1))
    with progress("templates", form) as show:
        found = template_check.check(
            space.walker(),
            space.settings,
            space.today(now()),
            lambda texts: show(next(done, known) / known),
        )
    rude = list(manners.in_plan(space.plan, space.home, not_said.read(space.home)))
    if form == "json":
        output.emit_json(found.document(space.locale))
    elif form == "csv":
        output.emit(preflight_rows(found), PREFLIGHT, [], form, space.locale)
    else:
        show_preflight(found, space.locale)
    for each in found.complaints:
        complain(flaw_sentence(each, space.locale), space.locale)
    facts = ({"place": each.place, "phrase": each.phrase, "manners": each.kind} for each in rude)
    warn((notice("not_said", **each) for each in facts), space.locale)
    sys.exit(bool(found.complaints))


@templates_group.command("preview")
@click.argument("key", metavar="TEMPLATE")
@click.option("--client", "client_no", required=True, help="To whom it would be (client number).")
@click.option(
    "--channel", type=click.Choice(["sms", "email"]), help="Default: as the client prefers."
)
@in_workspace
def templates_preview(space: Workspace, key: str, client_no: str, channel: str | None) -> None:
    """Show a text as one client would read it today; nothing is sent.

    \b
    Example:
      servicing templates preview month_1 --client C000001
    """
    client = Client.get_or_none(Client.client_no == client_no)
    if client is None:
        raise errors.ClientNotFound(client_no)
    sending = [each for each in space.plan.touchpoints if key in preview.templates(each)]
    if not sending:
        known = space.plan.templates()
        raise errors.BadArgument("template_not_sent", template=key, known=known)
    today = space.today(now())
    price = space.settings.channels.sms.price_per_part
    choice = TextChoice(key, channel or "")
    found = preview.preview(space.walker(), client, sending[0], choice, today, price)
    if found is None:
        raise errors.BadArgument("nothing_to_preview", template=key, client_no=client_no)
    show_preview(found, space.locale)


@templates_group.command("diff")
@click.argument("folder", type=FOLDER)
@format_option
@in_workspace
def templates_diff(space: Workspace, folder: Path, form: Format) -> None:
    """Show what other texts would change in the next 30 days.

    Nothing is written. FOLDER holds the texts as templates/messages does: zh_CN/month_1.sms.txt and
    so on.

    \b
    Example:
      servicing templates diff new
    """
    found = rollout.with_templates(space, folder, now())
    projections.emit_difference(found, form, space.plan, space.locale)


@templates_group.command("use")
@click.argument("folder", type=FOLDER)
@yes_option
@in_workspace
def templates_use(space: Workspace, folder: Path, yes: bool) -> None:
    """Use other texts in place of the present ones.

    The present ones are kept in templates/past/. A change of more than [ahead] ask_above messages of
    the next 30 days is asked about first.

    \b
    Example:
      servicing templates use new --yes
    """
    if agreed(rollout.with_templates(space, folder, now()), space, yes):
        count = rollout.use_templates(space, folder)
        edited_files.notice(space.home, now(), by="templates use")
        tell(space.locale, "templates_used", count=count)
