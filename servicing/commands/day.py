"""servicing walk and dispatch: the day's work."""

import datetime
import signal
import sys

import click

from policies.notices import notice
from servicing.breaker import halts
from servicing.card import wording
from servicing.commands.options import (
    MOMENT,
    SERVICE_DAY,
    clock,
    format_option,
    in_workspace,
    now,
    wall,
    warn,
)
from servicing.core import output
from servicing.core.output import Format
from servicing.operations.workspace import Workspace
from servicing.schedule import giving_back


@click.command("walk")
@click.option("--on", type=SERVICE_DAY, help="The day; default: today in the book's time zone.")
@format_option
@in_workspace
def walk_command(space: Workspace, on: datetime.date | None, form: Format) -> None:
    """Make what falls due: the days missed, then this one.

    A day that is walked twice is made once.

    \b
    Example:
      servicing walk
    """
    from servicing.schedule import walk

    moment = now()
    walker, day = space.walker(), on or space.today(moment)
    giving_back.bring_up_to_date(walker, day, moment)
    walked = walk.walk(walker, day, moment)
    warn(walked.warnings, space.locale)
    if day > space.today(moment):
        warn([notice("day_to_come", day=day)], space.locale)
    _warn_of_halts(space)
    if form == "table":
        from servicing.terminal.day import show_walk

        show_walk(walked, space.plan, space.locale)
    else:
        output.emit_counts(walk.summary(walked), form, space.locale)


@click.command("dispatch")
@click.option("--now", "at", type=MOMENT, help="Dispatch as at this moment; default: the clock's.")
@click.option("--limit", type=click.IntRange(0), help="At most so many messages.")
@format_option
@in_workspace
def dispatch_command(
    space: Workspace, at: datetime.datetime | None, limit: int | None, form: Format
) -> None:
    """Hand queued messages to their providers.

    By default the messages become files in outbox/.

    \b
    Example:
      servicing dispatch --limit 100
    """
    from servicing.dispatch import dispatcher, rate_limit

    tells = clock(at, space)
    moment = tells()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    giving_back.bring_up_to_date(space.walker(), space.today(moment), moment)
    counts = dispatcher.dispatch(space.dispatcher(rate_limit.shared(wall)), tells, limit)
    _warn_of_halts(space)
    output.emit_counts({"accepted": 0, **dict(sorted(counts.items()))}, form, space.locale)


def _warn_of_halts(space: Workspace) -> None:
    found = [each.unaddressed for each in halts.listed()]
    told = [wording.halted(each, each.name, space.locale, space.zone) for each in found]
    warn(told, space.locale)
