"""Client events as a terminal shows them."""

import zoneinfo
from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from policies import records
from policies.notices import Invalid
from servicing.core import i18n, output
from servicing.core.event_models import ClientEvent, EventParty
from servicing.core.output import Format, percent
from servicing.events import figures
from servicing.events.figures import Counted, EventFigures
from servicing.events.queries import EventCounted, EventLine, PartyLine
from servicing.terminal.lines import line

OWN = "events"
"""The section of its words."""

MOST_COST = Decimal(1_000_000)


def read_amount(text: str) -> Decimal:
    """An amount in units of money with at most two decimals; raises `Invalid`."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise Invalid("event_cost", value=text) from None
    if not (amount.is_finite() and 0 <= amount <= MOST_COST and amount * 100 % 1 == 0):
        raise Invalid("event_cost", value=text)
    return amount


def _say(key: str, locale: str, **facts: Any) -> str:
    return i18n.say(OWN, key, locale, **facts)


# --------------------------------------------------------------------------------------- the event


def show_done(of: EventLine, done: str, form: Format, locale: str) -> None:
    """What became of an event: planned, approved, opened, held, called off."""
    row = records.named(of)
    if form == "json":
        output.emit_json(row)
    elif form == "csv":
        output.emit_csv([row], list(row))
    else:
        line(_say(done, locale, **row))


def show_events(
    lines: Sequence[EventLine], form: Format, locale: str, zone: zoneinfo.ZoneInfo
) -> None:
    """Events, each with its places."""
    if form != "table":
        output.emit(lines, EventLine, [], form, locale)
        return
    if not lines:
        line(_say("no_events", locale))
        return
    rows = [
        {
            **records.named(each),
            "starts": f"{each.starts_at.astimezone(zone):%Y-%m-%d %H:%M}",
            "where": each.place,
            "unit": each.team or each.branch or "",
            "state": _say(each.state, locale),
            "places": each.capacity,
            "waitlisted": each.waiting,
        }
        for each in lines
    ]
    columns = ["event", "title", "starts", "where", "unit", "state", "places", "taken"]
    output.emit_table(rows, [*columns, "waitlisted"], locale)


def show_event(
    of: ClientEvent,
    parties: Sequence[PartyLine],
    form: Format,
    locale: str,
    zone: zoneinfo.ZoneInfo,
) -> None:
    """An event with its guests."""
    if form == "csv":
        output.emit_csv(parties, PartyLine)
    elif form == "json":
        output.emit_json({**document(of), "parties": parties})
    else:
        _show_event(of, parties, locale, zone)


def document(of: ClientEvent) -> dict[str, Any]:
    """An event as JSON has it."""
    return {
        "event": of.id,
        "title": of.title,
        "place": of.place,
        "starts_at": of.starts_at,
        "held_on": of.held_on,
        "branch": of.branch.name if of.branch else None,
        "team": of.team.name if of.team else None,
        "state": of.state,
        "capacity": of.capacity,
        "taken": of.taken,
        "cost_each": of.cost_each / 100,
        "gifts": of.gifts,
        "made_by": of.made_by,
        "approved_by": of.approved_by,
        "why": of.why,
    }


def _show_event(
    of: ClientEvent, parties: Sequence[PartyLine], locale: str, zone: zoneinfo.ZoneInfo
) -> None:
    facts = {
        **document(of),
        "at": f"{of.starts_at.astimezone(zone):%Y-%m-%d %H:%M}",
        "state": _say(of.state, locale),
        "cost": f"{of.cost_each / 100:.2f}",
    }
    line(_say("event", locale, **facts), "bold")
    line(_say("of_it", locale, **facts))
    if of.gifts:
        line(_say("gives", locale, **facts))
    if of.approved_by:
        line(_say("was_approved", locale, **facts))
    if of.why:
        line(_say("was_called_off", locale, **facts))
    if not parties:
        line(_say("no_parties", locale))
        return
    output.emit_table(
        [_party_row(each, locale) for each in parties],
        ["client_no", "client_name", "persons", "state", "agent_name"],
        locale,
    )


def _party_row(of: PartyLine, locale: str) -> dict[str, Any]:
    state = _say("walk_in" if of.walk_in else f"party_{of.state}", locale)
    name = of.client_name or _say("nobody", locale)
    return {**records.named(of), "state": state, "client_name": name}


# ------------------------------------------------------------------------------------- the parties


def show_moved(parties: Iterable[EventParty], form: Format, locale: str) -> None:
    """Where parties stand after what was done."""
    rows = [
        {
            "event": each.event_id,
            "client_no": each.client.client_no if each.client else None,
            "persons": each.persons,
            "state": each.state,
            "walk_in": each.walk_in,
        }
        for each in parties
    ]
    if form == "json":
        output.emit_json(rows)
    elif form == "csv":
        output.emit_csv(rows, list(rows[0]))
    else:
        for each in rows:
            told = "walk_in" if each["walk_in"] else f"party_{each['state']}"
            who = each["client_no"] or _say("nobody", locale)
            facts = {"who": who, "persons": each["persons"], "count": each["persons"]}
            line(_say("stands", locale, state=_say(told, locale), **facts))


# ------------------------------------------------------------------------------------- the figures


def figures_of(of: EventFigures) -> dict[str, Any]:
    """The figures as JSON has them."""
    return records.named(of)


def report_rows(found: Iterable[EventCounted]) -> list[dict[str, Any]]:
    """A row an event, with what it has cost: for each who was there."""
    return [
        {
            "event": each.event,
            "title": each.title,
            "held_on": each.held_on,
            "state": each.state,
            "capacity": each.capacity,
            **records.named(figures.figures(_counted(each))),
            "cost": each.cost_each * each.persons / 100,
        }
        for each in found
    ]


def _counted(of: EventCounted) -> Counted:
    return Counted(**{name: getattr(of, name) for name in records.columns(Counted)})


def show_report(
    found: Sequence[EventCounted], total: EventFigures, form: Format, locale: str
) -> None:
    """A row an event, then all of them."""
    rows = report_rows(found)
    if form == "csv":
        output.emit_csv(rows, REPORTED)
        return
    if not rows:
        line(_say("no_events", locale))
        return
    if len(rows) > 1:
        columns = ["title", "held_on", "invited", "delivered", "registered", "attended", "present"]
        output.emit_table(rows, columns, locale)
    shares = {
        "registered_share": percent(total.registered_ratio),
        "show_up_share": percent(total.show_up_ratio),
    }
    for key in ("answered", "came"):
        line(_say(key, locale, **figures_of(total), **shares))


REPORTED = [
    "event",
    "title",
    "held_on",
    "state",
    "capacity",
    *records.columns(EventFigures),
    "cost",
]
"""The names of a row of CSV."""
