"""servicing events: client events are planned, clients invited and registered, who came is counted."""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import click

from policies import database
from servicing.commands.index import Group
from servicing.commands.options import (
    DAY,
    MOMENT,
    Parsed,
    by_option,
    format_option,
    gathered,
    in_workspace,
    now,
)
from servicing.core import output
from servicing.core.event_models import EventParty
from servicing.core.output import Format
from servicing.events import figures, moves, parties, planning, queries
from servicing.events.parties import Order
from servicing.events.planning import Wish
from servicing.events.queries import WantedEvents, WantedParties
from servicing.operations.workspace import Workspace
from servicing.terminal import events as shown

_event = click.argument("event_id", type=int, metavar="EVENT")
_clients = click.argument("client_nos", nargs=-1, required=True, metavar="CLIENT...")
_at = click.option("--at", type=MOMENT, help="When it happened; default: now.")
_first = click.option("--from", "first", type=DAY, help="Of events on this day and later.")
_last = click.option("--to", "last", type=DAY, help="Of events on this day and earlier.")
_persons = click.option(
    "--persons",
    type=click.IntRange(1, parties.MOST_PERSONS),
    help="How many of each party; default: 1.",
)


@click.group("events", cls=Group)
def events_group() -> None:
    """Plan events for clients, invite and register them, tick who has come, and count it.

    \b
    Example:
      servicing events list
    """


# -------------------------------------------------------------------------------------- the event


@dataclass(frozen=True)
class _Planned:
    title: str
    place: str
    at: datetime.datetime
    capacity: int
    cost: Decimal
    gifts: str
    branch: str
    team: str


@events_group.command("add")
@click.argument("title")
@click.option("--place", required=True, help="Where, as clients read it.")
@click.option("--at", type=MOMENT, required=True, help="When it starts, as 2026-06-20T14:00.")
@click.option("--capacity", type=click.IntRange(min=1), required=True, help="Places, in persons.")
@click.option(
    "--cost",
    type=Parsed("amount", shown.read_amount),
    default="0",
    help="What it costs for each person; default: 0.",
)
@click.option("--gifts", default="", help="What each guest is given; default: nothing.")
@click.option("--branch", default="", help="For the clients of this branch; default: of all.")
@click.option("--team", default="", help="For the clients of this team.")
@by_option
@format_option
@in_workspace
@gathered(_Planned)
def events_add(space: Workspace, asked: _Planned, by: str, form: Format) -> None:
    """Plan an event, as a draft. Somebody else approves it before clients are invited.

    TITLE is what it is called, as clients read it.

    \b
    Example:
      servicing events add Tea --place Hall --at 2026-06-20T14:00 --capacity 9
    """
    moment, starts = now(), asked.at
    starts = starts if starts.tzinfo else starts.replace(tzinfo=space.zone)
    wish = Wish(
        title=asked.title,
        place=asked.place,
        starts_at=starts,
        held_on=starts.astimezone(space.zone).date(),
        capacity=asked.capacity,
        cost_each=int(asked.cost * 100),
        gifts=asked.gifts,
        branch=asked.branch,
        team=asked.team,
    )
    _show_event(space, planning.add(wish, by, moment).id, "added", form)


@events_group.command("approve")
@_event
@click.option(
    "--by", required=True, help="The login of a manager or of operations, not its author."
)
@format_option
@in_workspace
def events_approve(space: Workspace, event_id: int, by: str, form: Format) -> None:
    """Approve an event with what it costs and what guests are given.

    \b
    Example:
      servicing events approve 1 --by office
    """
    moment = now()
    planning.approve(event_id, by, space.today(moment), moment)
    _show_event(space, event_id, "approved_now", form)


@events_group.command("open")
@_event
@format_option
@in_workspace
def events_open(space: Workspace, event_id: int, form: Format) -> None:
    """Open an approved event: from now on clients are invited and registered.

    \b
    Example:
      servicing events open 1
    """
    planning.open_to_clients(event_id, now())
    _show_event(space, event_id, "opened", form)


@events_group.command("hold")
@_event
@_at
@format_option
@in_workspace
def events_hold(
    space: Workspace, event_id: int, at: datetime.datetime | None, form: Format
) -> None:
    """Record that an event was held: whoever had a place and was not ticked has not come.

    \b
    Example:
      servicing events hold 1 --at 2026-06-20T17:00
    """
    moment = _moment(space, at)
    planning.hold(event_id, space.today(moment), moment)
    _show_event(space, event_id, "held_now", form)


@events_group.command("cancel")
@_event
@click.option("--why", required=True, help="Why, for those who ask.")
@format_option
@in_workspace
def events_cancel(space: Workspace, event_id: int, why: str, form: Format) -> None:
    """Call an event off: reminders stop, and whoever was coming is told.

    \b
    Example:
      servicing events cancel 1 --why "The hall is flooded"
    """
    moment = now()
    planning.cancel(event_id, why, space.today(moment), moment)
    _show_event(space, event_id, "called_off", form)


@events_group.command("list")
@_first
@_last
@click.option("--state", type=click.Choice(moves.EVENT_STATES), help="Only those in this state.")
@format_option
@in_workspace
def events_list(
    space: Workspace,
    first: datetime.date | None,
    last: datetime.date | None,
    state: str | None,
    form: Format,
) -> None:
    """List events with their places and waiting lists.

    \b
    Example:
      servicing events list
      servicing events list --state open
    """
    lines = queries.events(WantedEvents(first, last, (state,) if state else ()))
    shown.show_events(lines, form, space.locale, space.zone)


@events_group.command("show")
@_event
@click.option(
    "--state",
    type=click.Choice(moves.PARTY_STATES),
    metavar="STATE",
    help="Only parties in this state, such as waitlisted.",
)
@format_option
@in_workspace
def events_show(space: Workspace, event_id: int, state: str | None, form: Format) -> None:
    """Show an event with its guests: who comes, who waits, who is invited.

    \b
    Example:
      servicing events show 1
      servicing events show 1 --state waitlisted
    """
    with database.snapshot():
        event = planning.event(event_id)
        lines = queries.parties(WantedParties(event_id, (state,) if state else ()))
    shown.show_event(event, lines, form, space.locale, space.zone)


# ------------------------------------------------------------------------------------ the parties


@events_group.command("invite")
@_event
@_clients
@click.option("--unreached", is_flag=True, help="The invitation has not reached them.")
@by_option
@format_option
@in_workspace
def events_invite(
    space: Workspace,
    event_id: int,
    client_nos: Sequence[str],
    unreached: bool,
    by: str,
    form: Format,
) -> None:
    """Record that clients were invited in person. All of them, or none where one is refused.

    The service plan invites by message: its touchpoint event, where a client is not invited yet.

    \b
    Example:
      servicing events invite 1 C000001 C000002
    """

    def deed(order: Order) -> EventParty:
        return parties.invite(space.ground, order, is_reached=not unreached)

    _each(space, event_id, client_nos, by, None, form, deed)


@events_group.command("register")
@_event
@_clients
@_persons
@by_option
@_at
@format_option
@in_workspace
def events_register(
    space: Workspace,
    event_id: int,
    client_nos: Sequence[str],
    persons: int | None,
    by: str,
    at: datetime.datetime | None,
    form: Format,
) -> None:
    """Give clients places, or put them on the waiting list. A party is not split.

    \b
    Example:
      servicing events register 1 C000001 --persons 2
    """
    heads = persons or 1
    _each(space, event_id, client_nos, by, at, form, lambda order: parties.register(order, heads))


@events_group.command("decline")
@_event
@_clients
@by_option
@format_option
@in_workspace
def events_decline(
    space: Workspace, event_id: int, client_nos: Sequence[str], by: str, form: Format
) -> None:
    """Record that invited clients do not come.

    \b
    Example:
      servicing events decline 1 C000002
    """
    _each(space, event_id, client_nos, by, None, form, parties.decline)


@events_group.command("confirm")
@_event
@_clients
@by_option
@format_option
@in_workspace
def events_confirm(
    space: Workspace, event_id: int, client_nos: Sequence[str], by: str, form: Format
) -> None:
    """Record that registered clients have said once more that they come.

    \b
    Example:
      servicing events confirm 1 C000001
    """
    _each(space, event_id, client_nos, by, None, form, parties.confirm)


@events_group.command("withdraw")
@_event
@_clients
@by_option
@format_option
@in_workspace
def events_withdraw(
    space: Workspace, event_id: int, client_nos: Sequence[str], by: str, form: Format
) -> None:
    """Take clients off the list; their places go to the first of the waiting list who fit.

    \b
    Example:
      servicing events withdraw 1 C000001
    """
    _each(space, event_id, client_nos, by, None, form, parties.withdraw)


@events_group.command("attend")
@_event
@click.argument("client_nos", nargs=-1, metavar="[CLIENT...]")
@_persons
@click.option("--guest", is_flag=True, help="A walk-in who is no client: only counted.")
@click.option("--absent", is_flag=True, help="They were not there, or were ticked by mistake.")
@by_option
@_at
@format_option
@in_workspace
def events_attend(
    space: Workspace,
    event_id: int,
    client_nos: Sequence[str],
    persons: int | None,
    guest: bool,
    absent: bool,
    by: str,
    at: datetime.datetime | None,
    form: Format,
) -> None:
    """Tick who has come. A client without a place is a walk-in, and takes a free one.

    \b
    Example:
      servicing events attend 1 C000001 --at 2026-06-20T14:00
      servicing events attend 1 --guest --persons 2 --at 2026-06-20T14:00
    """
    if guest == bool(client_nos) or (absent and (guest or persons)):
        raise click.UsageError("Name clients, or say --guest.")
    if guest:
        moment = _moment(space, at)
        order = Order(event_id, "", by, space.today(moment), moment)
        shown.show_moved([parties.walk_in(order, persons or 1)], form, space.locale)
        return

    def deed(order: Order) -> EventParty:
        return parties.miss(order) if absent else parties.attend(order, persons)

    _each(space, event_id, client_nos, by, at, form, deed)


def _each(
    space: Workspace,
    event_id: int,
    client_nos: Sequence[str],
    by: str,
    at: datetime.datetime | None,
    form: Format,
    deed: Callable[[Order], EventParty],
) -> None:
    """Do it for each of the clients, all or none, and show where they stand."""
    moment = _moment(space, at)
    today = space.today(moment)
    with database.writing():
        moved = [deed(Order(event_id, each, by, today, moment)) for each in client_nos]
    shown.show_moved(moved, form, space.locale)


def _moment(space: Workspace, at: datetime.datetime | None) -> datetime.datetime:
    if at is None:
        return now()
    return at if at.tzinfo else at.replace(tzinfo=space.zone)


def _show_event(space: Workspace, event_id: int, done: str, form: Format) -> None:
    (line,) = queries.events(WantedEvents(event_id=event_id))
    shown.show_done(line, done, form, space.locale)


# ------------------------------------------------------------------------------------ the figures


@events_group.command("report")
@click.argument("event_id", type=int, metavar="[EVENT]", required=False)
@_first
@_last
@format_option
@in_workspace
def events_report(
    space: Workspace,
    event_id: int | None,
    first: datetime.date | None,
    last: datetime.date | None,
    form: Format,
) -> None:
    """Count what came of events: invited, reached, registered, there.

    \b
    Example:
      servicing events report
      servicing events report 1
      servicing events report --from 2026-04-01 --to 2026-06-30
    """
    if event_id is not None:
        planning.event(event_id)
    with database.snapshot():
        found = queries.counted(WantedEvents(first, last, event_id=event_id))
    total = figures.total(found)
    if form == "json":
        head: dict[str, Any] = {"event": event_id, "from": first, "to": last}
        output.emit_json({**head, **shown.figures_of(total), "rows": shown.report_rows(found)})
    else:
        shown.show_report(found, total, form, space.locale)
