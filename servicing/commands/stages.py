"""servicing stages: how near clients have come, counted and listed."""

from dataclasses import dataclass
from typing import Any

import click

from policies import database
from policies.persistency import units
from policies.persistency.selection import Selection, agents_of
from policies.persistency.units import UnitKind
from servicing.commands.figures import by_option
from servicing.commands.index import Group
from servicing.commands.options import format_option, gathered, in_workspace, now
from servicing.core import errors, output
from servicing.core.output import Format
from servicing.operations.workspace import Workspace
from servicing.tiers import stages
from servicing.tiers.stages import Funnel, StagedClient


@dataclass(frozen=True)
class PartOptions:
    """Whose clients are asked for."""

    branch: str | None
    team: str | None
    agent_no: str | None

    def agent_ids(self) -> list[int] | None:
        """The agents of the part; None: everybody."""
        if not (self.branch or self.team or self.agent_no):
            return None
        selection = Selection(branch=self.branch, team=self.team, agent_no=self.agent_no)
        return list(agents_of(selection, units.force()))


def _of_part(command: Any) -> Any:
    for option in (
        click.option("--agent", "agent_no", help="Only of this agent (agent number)."),
        click.option("--team", help="Only of this team."),
        click.option("--branch", help="Only of this branch."),
    ):
        command = option(command)
    return command


@click.group("stages", cls=Group)
def stages_group() -> None:
    """Count how near clients have come, from met to relying on us, and list them.

    \b
    Example:
      servicing stages report
    """


@stages_group.command("report")
@by_option("branch", "team", "agent")
@_of_part
@format_option
@in_workspace
@gathered(PartOptions)
def stages_report(space: Workspace, asked: PartOptions, by: UnitKind, form: Format) -> None:
    """Count the clients of each unit by stage: how many are in it, and how many have reached it.

    A client whom several agents of a unit serve counts once in it. The stages are those of
    stages/standard.toml.

    \b
    Example:
      servicing stages report --by agent
    """
    with database.snapshot():
        force = units.force()
        found = stages.count(
            space.stages, asked.agent_ids(), lambda each: force[each].key(by), space.today(now())
        )
    if form == "json":
        rows = [_document(each) for each in found.rows]
        output.emit_json({"by": by, "rows": rows, "total": _document(found.total)})
    elif form == "csv":
        lines = [_line(each) for each in [*found.rows, found.total]]
        output.emit_csv(lines, list(lines[-1]))
    else:
        from servicing.terminal import stages as shown

        shown.show(found, space.stages, space.locale)


def _document(of: Funnel) -> dict[str, Any]:
    return {"key": of.key, "clients": of.clients, "at": of.at, "reached": of.reached()}


def _line(of: Funnel) -> dict[str, Any]:
    return {"key": of.key, "clients": of.clients, **of.at}


@stages_group.command("list")
@click.argument("stage")
@click.option("--reached", "or_later", is_flag=True, help="In it, or in a later one.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=1000, help="At most so many.")
@_of_part
@format_option
@in_workspace
@gathered(PartOptions)
def stages_list(
    space: Workspace, asked: PartOptions, stage: str, or_later: bool, limit: int, form: Format
) -> None:
    """List the clients who are in a stage.

    STAGE is an id of stages/standard.toml, such as met, or before: who is in none yet.

    \b
    Example:
      servicing stages list met
    """
    known = space.stages.ids
    if stage not in known:
        raise errors.BadArgument("stage_unknown", stage=stage, known=known)
    with database.snapshot():
        day = space.today(now())
        found = stages.clients(
            space.stages, stage, asked.agent_ids(), day, limit, or_later=or_later
        )
    lines = [_of_client(each, known) for each in found]
    if form == "table":
        from servicing.terminal import stages as shown

        shown.show_clients(found, space.stages, space.locale)
    elif form == "json":
        output.emit_json(lines)
    else:
        output.emit_csv(lines, ("client_no", "name", "stage", "policies"))


def _of_client(of: StagedClient, known: list[str]) -> dict[str, Any]:
    told = {"client_no": of.client_no, "name": of.name}
    return {**told, "stage": known[of.rank], "policies": of.policies}
