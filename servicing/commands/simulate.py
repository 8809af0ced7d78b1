"""servicing simulate: the coming days, counted before they come."""

import datetime

import click

from policies import database
from servicing.commands.options import SERVICE_DAY, format_option, in_workspace, now
from servicing.core import errors, output
from servicing.core.models import WalkedDay
from servicing.core.output import Format
from servicing.operations.workspace import Workspace
from servicing.projections import simulate
from servicing.projections.simulate import ComingLine, Grouping, Load
from servicing.terminal import projections


@click.command("simulate")
@click.option(
    "--from", "first", type=SERVICE_DAY, help="The first day; default: the next to be walked."
)
@click.option("--to", "last", type=SERVICE_DAY, help="The last day; default: 30 days in all.")
@click.option(
    "--by",
    type=click.Choice(["day", "touchpoint", "team", "agent"]),
    default="day",
    show_default=True,
    help="What to count by; teams and agents: their tasks, day by day.",
)
@click.option("--list", "as_list", is_flag=True, help="Every touchpoint instead of the counts.")
@format_option
@in_workspace
def simulate_command(
    space: Workspace,
    first: datetime.date | None,
    last: datetime.date | None,
    by: Grouping,
    as_list: bool,
    form: Format,
) -> None:
    """Tell what the walks of the coming days will do.

    Nothing is written. Days that were missed are caught up on the first one. A day on which an agent
    has more to do than [capacity] says is red.

    \b
    Example:
      servicing simulate
      servicing simulate --by agent --format csv
    """
    today = space.today(now())
    first = first or WalkedDay.next(today)
    today = min(today, first)  # a day that is over is looked at as if it were today
    last = last or first + datetime.timedelta(days=simulate.DAYS - 1)
    if last < first:
        raise errors.BadArgument("last_before_first", first=first, last=last)
    walker, locale = space.walker(), space.locale
    if as_list:
        with database.explained(), database.snapshot():
            lines = simulate.listed(walker, today, first, last)
            columns = ["on", "touchpoint", "client_no", "policy_no", "message", "task"]
            output.emit(lines, ComingLine, columns, form, locale)
        return
    price = space.settings.channels.sms.price_per_part
    found = simulate.simulate(walker, today, first, last, space.settings.capacity, price)
    if by in ("team", "agent"):
        loads = simulate.loads(found, space.settings.capacity, by)
        columns = ["on", "key", "name", "tasks", "capacity", "over"]
        output.emit(loads, Load, columns, form, locale)
    else:
        projections.emit(found, by, form, space.plan, locale)
