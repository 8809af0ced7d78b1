"""servicing handover, orphans and agents: clients go to another agent, and none is left alone."""

import datetime
from dataclasses import dataclass
from pathlib import Path

import click

from policies.notices import notice
from servicing.commands.index import Group
from servicing.commands.options import (
    DAY,
    FILE,
    by_option,
    format_option,
    gathered,
    in_workspace,
    now,
    tell,
    warn,
)
from servicing.commands.refusal import Misused
from servicing.core import output
from servicing.core.output import Format
from servicing.operations.workspace import Workspace
from servicing.reassignment import orphans, reassigning, succession
from servicing.reassignment.orphans import OrphanLine
from servicing.reassignment.reassigning import Order
from servicing.reassignment.succession import Proposal, Request, Rule, Share
from servicing.terminal.reassignment import share_row, show_orphans


@dataclass(frozen=True)
class HandoverOptions:
    """A reassignment: from and to which agents, whether it is done or only shown, and by whom."""

    from_no: str | None
    to_no: str | None
    rule: Rule | None
    file: Path | None
    client_nos: tuple[str, ...]
    apply: bool
    why: str
    by: str
    left_on: datetime.date | None

    def request(self, country: str) -> Request:
        """The reassignment that is asked for; raises `Misused` where the options contradict."""
        if sum(each is not None for each in (self.to_no, self.rule, self.file)) != 1:
            raise Misused("to_whom")
        if self.from_no is None and (self.file is None or self.client_nos or self.left_on):
            raise Misused("from_whom")
        if self.file is not None and self.client_nos:
            raise Misused("client_beside_file")
        if self.apply and not self.why.strip():
            raise Misused("why_reassigned")
        return Request(self.from_no, self.client_nos, self.to_no, self.rule, self.file, country)


@click.command("handover")
@click.option("--from", "from_no", help="Who hands over (agent number).")
@click.option("--to", "to_no", help="Who takes over (agent number).")
@click.option("--rule", type=click.Choice(["balanced"]), help="Or spread evenly in the team.")
@click.option("--file", type=FILE, help="Or as a CSV says: policy_no or client_no, agent_no.")
@click.option("--client", "client_nos", multiple=True, help="Only this client; may be repeated.")
@click.option("--apply", is_flag=True, help="Do it; without, it is only shown.")
@click.option("--why", default="", help="The reason, which goes on the cards.")
@by_option
@click.option("--left", "left_on", type=DAY, help="The agent is gone from this day on.")
@format_option
@in_workspace
@gathered(HandoverOptions)
def handover_command(space: Workspace, asked: HandoverOptions, form: Format) -> None:
    """Reassign an agent's clients to other agents.

    Without --apply the command only shows what would move. Open tasks move with the policies, waiting
    messages are signed again, and the next day's walk introduces the new agent. When the command
    returns, nothing leaves in the old name any more.

    \b
    Example:
      servicing handover --from A00001 --rule balanced
      servicing handover --from A00001 --to A00002 --apply --why "has retired"
    """
    request, moment = asked.request(space.country), now()
    on = space.today(moment)
    if not asked.apply:
        _show(succession.preview(request, on), on, form, space.locale, is_done=False)
        return
    space.plan  # noqa: B018  (texts are written anew: what is wrong with them is said before)
    done = reassigning.reassign(
        Order(request, asked.why.strip(), asked.by, on, moment, asked.left_on),
        waits=lambda count: tell(space.locale, "waits", err=True, count=count),
    )
    if done.unanswered:
        warn([notice("unanswered", count=done.unanswered)], space.locale)
    _show(done.proposal, on, form, space.locale, is_done=True)


def _show(
    proposal: Proposal, on: datetime.date, form: Format, locale: str, *, is_done: bool
) -> None:
    if form == "json":
        output.emit_json({"on": on, "is_done": is_done, "shares": proposal.shares})
        return
    columns = ["agent_no", "agent_name", "clients", "policies", "annual_premium"]
    rows = proposal.shares if form == "csv" else map(share_row, proposal.shares)
    output.emit(rows, Share, [*columns, "tasks", "messages"], form, locale)
    if form == "table":
        tell(locale, "handed_over" if is_done else "only_shown")


@click.command("orphans")
@format_option
@in_workspace
def orphans_command(space: Workspace, form: Format) -> None:
    """List policies whose agent has left, and clients not yet told.

    Not yet told: they were reassigned, and nobody has introduced the new agent.

    \b
    Example:
      servicing orphans
    """
    lines = orphans.report(space.plan, space.today(now()))
    if form == "table":
        show_orphans(lines, space.locale)
    else:
        output.emit(lines, OrphanLine, [], form, space.locale)


@click.group("agents", cls=Group)
def agents_group() -> None:
    """Record that an agent has left, or is back.

    \b
    Example:
      servicing agents left A00001 --on 2030-01-07
    """


@agents_group.command("left")
@click.argument("agent_no")
@click.option("--on", type=DAY, help="From which day on; default: today.")
@in_workspace
def agents_left(space: Workspace, agent_no: str, on: datetime.date | None) -> None:
    """Record that an agent has left: the policies are orphans until reassigned.

    From that day on nobody logs in with the agent's account; sessions and calendar addresses end.

    \b
    Example:
      servicing agents left A00001 --on 2030-01-07
    """
    moment = now()
    day = on or space.today(moment)
    shut = orphans.left(agent_no, day, space.today(moment), moment)
    tell(space.locale, "agent_left", agent_no=agent_no, day=day)
    for login in shut:
        tell(space.locale, "account_shut", login=login)


@agents_group.command("back")
@click.argument("agent_no")
@in_workspace
def agents_back(space: Workspace, agent_no: str) -> None:
    """Record that an agent is back.

    The account's login works again; a new calendar address is made on the pages.

    \b
    Example:
      servicing agents back A00001
    """
    moment = now()
    orphans.left(agent_no, None, space.today(moment), moment)
    tell(space.locale, "agent_back", agent_no=agent_no)
