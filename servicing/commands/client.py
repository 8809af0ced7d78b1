"""servicing client: what a person has learned of a client: a death, or who belongs to the family."""

import datetime

import click

from servicing.commands.index import Group
from servicing.commands.options import SERVICE_DAY, by_option, in_workspace, now, tell
from servicing.core import errors
from servicing.desk import card as cards
from servicing.desk import notes
from servicing.desk.notes import Kin, Relative
from servicing.operations.workspace import Workspace
from servicing.schedule import deaths
from servicing.schedule.deaths import Report

_client = click.argument("client_no", metavar="NO")


@click.group("client", cls=Group)
def client_group() -> None:
    """Record that a client has died, or is alive, and who belongs to the family.

    \b
    Example:
      servicing client deceased C000002 --on 2026-05-02
    """


@client_group.command("deceased")
@_client
@click.option("--on", "on", type=SERVICE_DAY, required=True, help="The day of death.")
@by_option
@in_workspace
def client_deceased(space: Workspace, client_no: str, on: datetime.date, by: str) -> None:
    """Record that a client has died.

    Everything to that client stops at once; in place of the open tasks stands one of condolence and
    help with the claim. Clients of the family are spared greetings and marketing for a time.

    \b
    Example:
      servicing client deceased C000002 --on 2026-05-02
    """
    deaths.deceased(space.walker(), cards.client_of(client_no), on, _report(space, by))
    tell(space.locale, "client_deceased", client_no=client_no, on=on)


@client_group.command("alive")
@_client
@by_option
@in_workspace
def client_alive(space: Workspace, client_no: str, by: str) -> None:
    """Record that a client is alive: a claim has asked, or a death was recorded wrongly.

    What was stopped lives again while it is still worth sending or doing.

    \b
    Example:
      servicing client alive C000002
    """
    is_news = deaths.alive(space.walker(), cards.client_of(client_no), _report(space, by))
    tell(space.locale, "client_alive" if is_news else "client_alive_before", client_no=client_no)


@client_group.command("family")
@_client
@click.argument("other_no", metavar="OTHER")
@click.option("--kin", type=click.Choice(notes.KIN), required=True, help="What OTHER is to NO.")
@by_option
@in_workspace
def client_family(space: Workspace, client_no: str, other_no: str, kin: Kin, by: str) -> None:
    """Record that a client belongs to the family of another one.

    \b
    Example:
      servicing client family C000002 C000003 --kin spouse
    """
    client, other = cards.client_of(client_no), cards.client_of(other_no)
    if client.id == other.id:
        raise errors.BadArgument("own_relative", client_no=client_no)
    report = _report(space, by)
    relative = Relative(kin, other.name, other.birthday, client_no=other_no)
    notes.add_relative(client, relative, by, report.now)
    deaths.joined(space.walker(), client, report)
    tell(space.locale, "family_written", client_no=client_no, other_no=other_no)


def _report(space: Workspace, by: str) -> Report:
    moment = now()
    return Report(by, space.today(moment), moment)
