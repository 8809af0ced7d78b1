"""servicing client: what a person has learned of a client (a death, the family), and who is erased."""

import datetime

import click

from policies import occasions
from servicing.card import card as cards
from servicing.card import notes
from servicing.card.notes import Kin, Relative
from servicing.commands.index import Group
from servicing.commands.options import (
    DAY,
    SERVICE_DAY,
    by_option,
    format_option,
    in_workspace,
    now,
    tell,
)
from servicing.core import erased_numbers, errors
from servicing.core.output import Format
from servicing.operations.workspace import Workspace
from servicing.schedule import deaths
from servicing.schedule.deaths import Report

_client = click.argument("client_no", metavar="NO")


@click.group("client", cls=Group)
def client_group() -> None:
    """Record a death or the family of a client, or erase a client.

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


@client_group.command("relative")
@_client
@click.argument("name", metavar="NAME")
@click.option("--kin", type=click.Choice(notes.KIN), required=True, help="What NAME is to NO.")
@click.option("--born", type=DAY, help="The day of birth, by the solar calendar.")
@click.option(
    "--calendar",
    type=click.Choice([occasions.SOLAR, occasions.LUNAR]),
    default=occasions.SOLAR,
    help="By which calendar the birthday is kept.",
)
@click.option("--died", type=SERVICE_DAY, help="The day of death.")
@by_option
@in_workspace
def client_relative(
    space: Workspace,
    client_no: str,
    name: str,
    kin: Kin,
    born: datetime.date | None,
    calendar: str,
    died: datetime.date | None,
    by: str,
) -> None:
    """Record somebody of a client's family who is no client: a birthday, or a death.

    Where the plan greets on birthdays of the family, this one is greeted. After a death the client is
    spared greetings and marketing for a time.

    \b
    Example:
      servicing client relative C000002 Mei --kin child --born 2018-06-01
    """
    client, report = cards.client_of(client_no), _report(space, by)
    is_lunar = calendar == occasions.LUNAR
    relative = Relative(kin, name, born, is_lunar=is_lunar, deceased_on=died)
    notes.add_relative(client, relative, by, report.now, report.day)
    deaths.joined(space.walker(), client, report)
    tell(space.locale, "relative_written", client_no=client_no, name=name)


@client_group.command("erase")
@_client
@click.option("--ground", required=True, help="The legal ground, such as: PIPL 47(1)(3).")
@click.option("--yes", is_flag=True, help="Erase; without it, it is only said what would be.")
@by_option
@format_option
@in_workspace
def client_erase(
    space: Workspace, client_no: str, ground: str, yes: bool, by: str, form: Format
) -> None:
    """Erase the personal data of a client whose policies have all ended.

    What the law wants kept (policies, dates, premiums, the fact and day of messages and tasks) stays
    under a number that says nothing. The rest is gone from tables, cards, outbox and uploads. It cannot
    be taken back: without --yes nothing is changed.

    \b
    Example:
      servicing client erase C000006 --ground "PIPL 47(1)(3)"
    """
    from servicing.operations import erasures
    from servicing.rights import erasing
    from servicing.terminal import erasure as shown

    moment = now()
    order = erasing.Order(ground, by, space.today(moment), moment)
    if was := erased_numbers.client_of(client_no):
        is_shredded = yes and erasures.erase_again(space, client_no, was)
        tell(space.locale, "erased_before", on=was.erased_on, number=was.client_no)
        shown.warn_of_pages(is_shredded or not yes, space.locale)
        return
    if not yes:
        shown.show(erasures.look(space, client_no, order), form, space.locale, is_done=False)
        return
    done = erasures.erase(space, client_no, order)
    shown.show(done.found, form, space.locale, is_done=True)
    shown.warn_of_pages(done.is_shredded, space.locale)


@client_group.command("readmit")
@_client
@by_option
@in_workspace
def client_readmit(space: Workspace, client_no: str, by: str) -> None:
    """Let a client who was erased come back with the next book, as a new one.

    NO is the number that the company has for them. What was erased stays so; opt-outs hold.

    \b
    Example:
      servicing client readmit C000007
    """
    from servicing.rights import readmitting

    number = readmitting.readmit(client_no, by, now())
    tell(space.locale, "readmitted", client_no=client_no, number=number)


def _report(space: Workspace, by: str) -> Report:
    moment = now()
    return Report(by, space.today(moment), moment)
