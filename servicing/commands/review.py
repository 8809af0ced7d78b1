"""servicing review: what a family is covered for, and what is missing."""

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from policies import controls, cover
from policies.cover import COVER_KINDS, CoverKind
from policies.models import Client, Policy
from servicing.card import card as cards
from servicing.card import covering, notes
from servicing.card import review as reviews
from servicing.card.covering import Heir, Other, Word
from servicing.card.notes import Kin
from servicing.card.review import Reader
from servicing.commands.index import Group
from servicing.commands.options import (
    FILE,
    SERVICE_DAY,
    by_option,
    format_option,
    in_workspace,
    now,
)
from servicing.core import errors, i18n, output
from servicing.core.output import Format
from servicing.messages import placeholders
from servicing.operations.workspace import Workspace
from servicing.terminal import review as shown

_kind = click.option("--kind", type=click.Choice(COVER_KINDS), help="What it covers.")
_client = click.argument("client_no", metavar="NO")
_policy = click.argument("policy_no", metavar="POLICY")


@click.group("review", cls=Group)
def review_group() -> None:
    """Show what a family is covered for and what is missing, and record what a client tells of it.

    \b
    Example:
      servicing review show C000001
    """


@review_group.command("show")
@_client
@click.option("--on", "on", type=SERVICE_DAY, help="The day; default: today.")
@format_option
@in_workspace
def review_show(space: Workspace, client_no: str, on: datetime.date | None, form: Format) -> None:
    """Show the cover of a client's family by kind, other insurers' policies too, and the gap.

    What is unknown is told as unknown. No product is recommended.

    \b
    Example:
      servicing review show C000001
    """
    client, day = cards.client_of(client_no), on or space.today(now())
    covers = cover.load(cover.find(cover.NAME, space.home))
    reader = Reader(reviews.family_numbers(client))
    currency = placeholders.currency_of(space.country)
    found = reviews.review(client, day, covers, currency, reader)
    if form == "json":
        output.emit_json(found)
    elif form == "csv":
        output.emit_csv(shown.rows(found), shown.COLUMNS)
    else:
        shown.show(found, space.locale)


@review_group.command("gap")
@click.option("--income", required=True, help="What is earned in a year.")
@click.option("--cover", "held", required=True, help="The sum assured of what is there.")
@click.option(
    "--kind", type=click.Choice(COVER_KINDS), default="life", show_default=True, help="Of cover."
)
@format_option
@in_workspace
def review_gap(space: Workspace, income: str, held: str, kind: CoverKind, form: Format) -> None:
    """Count the gap between what is needed by an income and what is there.

    \b
    Example:
      servicing review gap --income 200000 --cover 500000
    """
    needed = cover.load(cover.find(cover.NAME, space.home)).need.get(kind)
    earned, has = covering.amount_of(income), covering.amount_of(held)
    need = None if needed is None else cover.need_of(needed, earned)
    gap = None if need is None else cover.gap_of(need, has)
    if form == "table":
        key = "no_need" if gap is None else "gap_is"
        facts = {"need": _told(need), "cover": _told(has), "gap": _told(gap)}
        click.echo(i18n.say("review", key, space.locale, **facts))
        return
    row = {"kind": kind, "need": need, "cover": has, "gap": gap}
    if form == "json":
        output.emit_figures(row)
    else:
        output.emit_csv([row], list(row))


def _told(amount: Decimal | None) -> str:
    return "" if amount is None else output.money(amount, "")


@review_group.command("other")
@_client
@click.option("--insurer", required=True, help="Whose policy it is.")
@_kind
@click.option("--sum", "amount", help="The sum assured; without it, it is unknown.")
@click.option("--currency", help="Of the sum; default: the currency of the book's country.")
@click.option("--until", type=SERVICE_DAY, help="Its last day.")
@by_option
@in_workspace
def review_other(space: Workspace, client_no: str, **said: Any) -> None:
    """Record a policy that a client has with another insurer.

    \b
    Example:
      servicing review other C000001 --insurer Mutual --kind life --sum 300000
    """
    client = cards.client_of(client_no)
    amount = covering.amount_of(said["amount"]) if said["amount"] else None
    currency = covering.currency_of(said["currency"] or placeholders.currency_of(space.country))
    other = Other(said["insurer"], said["kind"], amount, currency, said["until"])
    made = covering.add_other(client, other, _word(space, said["by"]))
    _tell(space, "other_written", number=made.id, client_no=client_no)


@review_group.command("income")
@_client
@click.argument("amount")
@click.option("--currency", help="Default: the currency of the book's country.")
@by_option
@in_workspace
def review_income(
    space: Workspace, client_no: str, amount: str, currency: str | None, by: str
) -> None:
    """Record what a client earns in a year, by which the need is counted.

    \b
    Example:
      servicing review income C000001 200000
    """
    client = cards.client_of(client_no)
    said = covering.currency_of(currency or placeholders.currency_of(space.country))
    covering.set_income(client, covering.amount_of(amount), said, _word(space, by))
    _tell(space, "income_written", client_no=client_no)


@review_group.command("beneficiary")
@_policy
@click.option("--name", required=True, help="Who is paid when the client dies.")
@click.option("--kin", type=click.Choice(notes.KIN), required=True, help="What they are to NO.")
@click.option("--share", type=float, help="Per cent among those of the same place.")
@click.option("--place", type=click.IntRange(1, 9), default=1, show_default=True, help="In order.")
@by_option
@in_workspace
def review_beneficiary(
    space: Workspace,
    policy_no: str,
    name: str,
    kin: Kin,
    share: float | None,
    place: int,
    by: str,
) -> None:
    """Record a beneficiary of a policy; one of that name who is there is changed.

    \b
    Example:
      servicing review beneficiary P0000000001 --name Ada --kin spouse
    """
    percent = None if share is None else Decimal(str(share))
    heir = Heir(name, kin, place, percent)
    made = covering.add_beneficiary(_policy_of(policy_no), heir, _word(space, by))
    _tell(space, "beneficiary_written", number=made.id, policy_no=policy_no)


@review_group.command("forget")
@_client
@click.option("--other", type=int, help="The number of a policy of another insurer.")
@click.option("--beneficiary", type=int, help="The number of a beneficiary, with --policy.")
@click.option("--policy", "policy_no", help="Whose beneficiary it is.")
@by_option
@in_workspace
def review_forget(
    space: Workspace,
    client_no: str,
    other: int | None,
    beneficiary: int | None,
    policy_no: str | None,
    by: str,
) -> None:
    """Take away what was recorded wrongly; `review show --format json` has the numbers.

    \b
    Example:
      servicing review forget C000001 --other 1
    """
    client = cards.client_of(client_no)
    if (other is None) == (beneficiary is None) or bool(policy_no) != (beneficiary is not None):
        raise click.UsageError(i18n.say("review", "forget_what", space.locale))
    if other is not None:
        covering.forget_other(client, other, _word(space, by))
    elif beneficiary is not None:
        covering.forget_beneficiary(
            _held_by(client, policy_no or ""), beneficiary, _word(space, by)
        )
    _tell(space, "forgotten", client_no=client_no)


@review_group.command("check")
@click.argument("file", type=FILE)
@in_workspace
def review_check(space: Workspace, file: Path) -> None:
    """Check a file of kinds of cover and needs; the first mistake is named with its line.

    FILE is a file, or the name of the shipped one, standard.

    \b
    Example:
      servicing review check standard
    """
    is_name = len(file.parts) == 1 and not file.suffix and not file.exists()
    path = cover.find(f"{file}", space.home) if is_name else file
    found = cover.load(path)
    facts = {"file": path, "count": len(found.kinds), "needs": len(found.need)}
    click.echo(controls.inert(i18n.say("review", "checked", space.locale, **facts)))


def _policy_of(policy_no: str) -> Policy:
    found: Policy | None = Policy.get_or_none(Policy.policy_no == policy_no)
    if found is None:
        raise errors.PolicyNotFound(policy_no)
    return found


def _held_by(client: Client, policy_no: str) -> Policy:
    found = _policy_of(policy_no)
    if found.client_id != client.id:
        raise errors.PolicyNotFound(policy_no)
    return found


def _word(space: Workspace, by: str) -> Word:
    moment = now()
    return Word(by, moment, space.today(moment))


def _tell(space: Workspace, key: str, **facts: object) -> None:
    click.echo(controls.inert(i18n.say("review", key, space.locale, **facts)))
