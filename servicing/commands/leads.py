"""servicing leads: whom clients were asked about, whom they named, and what came of it."""

import datetime
from dataclasses import asdict, dataclass

import click

from policies import database
from policies.lead import ANSWERS, CONSENTS, ENDS, LOSSES, OPEN
from policies.models import Agent
from servicing.commands.index import Group
from servicing.commands.options import (
    DAY,
    SERVICE_DAY,
    by_option,
    format_option,
    gathered,
    in_workspace,
    now,
)
from servicing.core import errors, i18n, output
from servicing.core.output import Format
from servicing.leads import asking, figures, giving, queries, showing, stepping
from servicing.leads.asking import Asked
from servicing.leads.figures import Brought
from servicing.leads.giving import Named
from servicing.leads.stepping import Order
from servicing.operations.workspace import Workspace
from servicing.terminal import leads as shown

_client = click.argument("client_no", metavar="CLIENT_NO")
_on_option = click.option("--on", type=SERVICE_DAY, help="The day of it; default: today.")


@click.group("leads", cls=Group)
def leads_group() -> None:
    """Record who was asked whom they know, whom they named, and what came of it.

    \b
    Example:
      servicing leads list
    """


@leads_group.command("list")
@click.option("--agent", "agent_no", help="Of the clients whom this agent serves.")
@click.option(
    "--state", type=click.Choice([*OPEN, *ENDS]), help="In this state; default: all open ones."
)
@click.option("--limit", type=click.IntRange(1), help="At most so many.")
@format_option
@in_workspace
def leads_list(
    space: Workspace, agent_no: str | None, state: str | None, limit: int | None, form: Format
) -> None:
    """List leads with their next step and the days left, what ends first before the others.

    What is known of a friend is gone once the lead has ended.

    \b
    Example:
      servicing leads list --state won
    """
    on = space.today(now())
    agents = None if agent_no is None else [_agent(agent_no)]
    with database.snapshot():
        if state is None:
            lines = queries.open_leads(agents, on, limit)
        else:
            lines = queries.leads_in(state, agents, on, limit)
    rows = [shown.row(each, space.locale) for each in showing.shown(lines, on)]
    if form == "json":
        rows = [{name: each[name] for name in shown.LISTED} for each in rows]
    output.emit(rows, shown.LISTED, shown.IN_TABLE, form, space.locale)


def _agent(agent_no: str) -> int:
    found: Agent | None = Agent.get_or_none(Agent.agent_no == agent_no)
    if found is None:
        raise errors.AgentNotFound(agent_no)
    return int(found.id)


@leads_group.command("ask")
@_client
@click.option("--answer", type=click.Choice(ANSWERS), help="What the client said; none: only look.")
@_on_option
@by_option
@format_option
@in_workspace
def leads_ask(
    space: Workspace,
    client_no: str,
    answer: str | None,
    on: datetime.date | None,
    by: str,
    form: Format,
) -> None:
    """Record that a client was asked, and the answer; without one, say whether they may be asked.

    Nobody is asked twice within 180 days, nor while a complaint is open, in free look, in mourning.
    The refusal names what stands against it, and until when.

    \b
    Example:
      servicing leads ask C000001
    """
    moment = now()
    today = space.today(moment)
    if answer is not None:
        made = asking.record(Asked(client_no, answer, on or today, by), space.asking, today, moment)
        told = {"client_no": client_no, "asked_on": made.asked_on, "answer": made.answer}
        shown.say(told, "asked", form, space.locale)
        return
    client = asking.client_for(by, client_no, today)
    found = asking.against(client, space.asking, on or today)
    if form == "table":
        why = i18n.listed([each.notice for each in found], space.locale)
        shown.say_standing(client_no, why, space.locale)
    else:
        rows = [{"why": each.code, "until": each.until} for each in found]
        told = {"client_no": client_no, "may_ask": not found}
        if form == "csv":
            why = " ".join(f"{each.code}:{each.until or ''}" for each in found)
            output.emit_csv([{**told, "against": why}], [*told, "against"])
        else:
            output.emit_json({**told, "against": rows})


@dataclass(frozen=True)
class GiveOptions:
    """A friend whom a client has named."""

    client_no: str
    name: str
    phone: str
    email: str
    on: datetime.date | None
    by: str


@leads_group.command("give")
@_client
@click.option("--name", required=True, help="The friend's name.")
@click.option("--phone", default="", help="One way to reach the friend: a number,")
@click.option("--email", default="", help="or an email address.")
@_on_option
@by_option
@format_option
@in_workspace
@gathered(GiveOptions)
def leads_give(space: Workspace, asked: GiveOptions, form: Format) -> None:
    """Keep a friend whom a client has named: a name and one way to reach them.

    Nothing is sent to the friend. Who has not agreed within 30 days is forgotten.

    \b
    Example:
      servicing leads give C000001 --name "Ada Example" --phone +12025550142
    """
    moment = now()
    today = space.today(moment)
    named = Named(
        asked.client_no, asked.name, asked.phone, asked.email, asked.on or today, asked.by
    )
    made = giving.give(named, space.settings.leads, space.country, today, moment)
    told = {"lead": made.id, "state": made.state, "until": made.until}
    shown.say(told, "given", form, space.locale)


@dataclass(frozen=True)
class StepOptions:
    """What somebody does with a lead."""

    lead_id: int
    step: str
    how: str
    reason: str
    friend_no: str
    birthday: datetime.date | None
    on: datetime.date | None
    by: str


@leads_group.command("step")
@click.argument("lead_id", type=int, metavar="LEAD")
@click.argument("step", metavar="STEP")
@click.option("--how", type=click.Choice(CONSENTS), default=None, help="How the friend agreed.")
@click.option("--reason", type=click.Choice(LOSSES), default=None, help="Why the lead is lost.")
@click.option("--client", "friend_no", default="", help="The client that the friend has become.")
@click.option("--birthday", type=DAY, help="The friend's, who has agreed.")
@_on_option
@by_option
@format_option
@in_workspace
def leads_step(
    space: Workspace,
    lead_id: int,
    step: str,
    how: str | None,
    reason: str | None,
    friend_no: str,
    birthday: datetime.date | None,
    on: datetime.date | None,
    by: str,
    form: Format,
) -> None:
    """Take a step of a lead: consent, contact, meet, win, lose, forget.

    The friend's consent comes first. A step that ends the lead deletes the friend's name and number;
    so does `forget`, by which a friend is deleted who wants it.

    \b
    Example:
      servicing leads step 1 consent --how call
    """
    moment = now()
    today = space.today(moment)
    order = Order(lead_id, step, on or today, by, how or "", reason or "", friend_no, birthday)
    moved = stepping.step(order, giving.spans(space.settings.leads), today, moment)
    told = {"lead": moved.id, "state": moved.state, "until": moved.until}
    shown.say(told, f"is_{moved.state}", form, space.locale)


@leads_group.command("report")
@click.option(
    "--from", "first", type=SERVICE_DAY, required=True, help="Asked on this day or later."
)
@click.option("--to", "last", type=SERVICE_DAY, required=True, help="Asked on this day or earlier.")
@click.option("--by", "by", type=click.Choice(["agent"]), help="The funnel of each agent.")
@format_option
@in_workspace
def leads_report(
    space: Workspace, first: datetime.date, last: datetime.date, by: str | None, form: Format
) -> None:
    """Count who was asked over some days, who gave names, and how many friends became clients.

    \b
    Example:
      servicing leads report --from 2026-01-01 --to 2026-06-30
      servicing leads report --from 2026-01-01 --to 2026-06-30 --by agent
    """
    with database.snapshot():
        if by is not None:
            found = figures.funnels(first, last)
            rows = [shown.funnel_row(each, space.locale) for each in [*found.rows, found.total]]
            if form == "json":
                kept = [{name: each[name] for name in shown.FUNNEL} for each in rows]
                output.emit_json({"rows": kept[:-1], "total": kept[-1]})
            else:
                output.emit(rows, shown.FUNNEL, shown.FUNNEL_TABLE, form, space.locale)
            return
        brought = figures.report(first, last)
    if form == "json":
        output.emit_json(asdict(brought))
    elif form == "csv":
        output.emit_csv([brought], Brought)
    else:
        shown.show(brought, space.locale)


@leads_group.command("expire")
@format_option
@in_workspace
def leads_expire(space: Workspace, form: Format) -> None:
    """End the leads whose time is over: without consent after 30 days, the others 90 days after it.

    `servicing run` and the workers do this each night, and what was missed when they start.

    \b
    Example:
      servicing leads expire
    """
    moment = now()
    done = stepping.run_out(space.today(moment), moment)
    shown.say(asdict(done), "ran_out", form, space.locale)
