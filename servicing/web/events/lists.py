"""Events and their guests as tables, each described once for page and file."""

from collections.abc import Iterable

from flask import url_for

from policies.models import Client
from servicing.events.queries import EventLine, PartyLine
from servicing.web.listing import Column, Listing
from servicing.web.rendering import word

TONES = {"draft": "wait", "open": "good", "full": "good", "cancelled": "bad"}
PARTY_TONES = {"attended": "good", "waitlisted": "wait", "no_show": "bad"}


def said(key: str, **facts: object) -> str:
    """A word of these pages."""
    return word("event_page", key, **facts)


def state(of: EventLine) -> str:
    """The state of an event, in words."""
    return word("events", of.state)


def unit(of: EventLine) -> str:
    """Whose clients an event is for."""
    return " · ".join(filter(None, (of.branch, of.team))) or said("of_all")


def stands(line: PartyLine) -> str:
    """Where a party stands, in words."""
    return word("events", "walk_in" if line.walk_in else f"party_{line.state}")


def who(line: PartyLine) -> str:
    """Who it is; of a guest who is no client, and of one who was erased, nothing is kept."""
    return line.client_name or line.client_no or word("events", "nobody")


def events(lines: Iterable[EventLine], about: str) -> Listing[EventLine]:
    """Events with their places."""
    columns = [
        Column[EventLine](
            said("event"),
            lambda it: it.title,
            to=lambda it: url_for("events.one", event_id=it.event),
        ),
        Column(said("starts"), lambda it: it.starts_at, "moment"),
        Column(said("place"), lambda it: it.place),
        Column(said("for_whom"), unit),
        Column(word("heading", "state"), state, tone=lambda it: TONES.get(it.state, "")),
        Column(said("places"), lambda it: it.capacity, "number"),
        Column(said("taken"), lambda it: it.taken, "number"),
        Column(word("events", "party_waitlisted"), lambda it: it.waiting, "number"),
    ]
    return Listing("events", columns, lines, about=about)


def parties(lines: Iterable[PartyLine], about: str, *, with_agents: bool) -> Listing[PartyLine]:
    """Guests of an event, all of them clients of the reader."""
    columns = [
        Column[PartyLine](
            word("heading", "client_name"),
            who,
            to=lambda it: url_for("cards.card", client_no=it.client_no) if it.client_no else "",
        ),
        Column(word("heading", "client_no"), lambda it: it.client_no),
        Column(
            word("heading", "phone"),
            lambda it: it.phone,
            to=lambda it: f"tel:{it.phone}" if it.phone else "",
        ),
        Column(said("persons"), lambda it: it.persons, "number"),
        Column(word("heading", "state"), stands, tone=lambda it: PARTY_TONES.get(it.state, "")),
    ]
    if with_agents:
        columns.append(
            Column(word("heading", "agent_name"), lambda it: it.agent_name or it.agent_no)
        )
    return Listing("guests", columns, lines, about=about)


def is_there(line: PartyLine | None) -> bool:
    """Whether somebody was ticked."""
    return line is not None and line.state == "attended"


def heads(line: PartyLine | None) -> int:
    """With how many somebody is expected, or is there; whoever is not on the list comes alone."""
    return line.persons if line else 1


def name(client: Client) -> str:
    """A client who was looked for."""
    return str(client.name or client.client_no)
