"""Where cases stand beside other things: in their owner's day, on the client's card, in a month."""

from collections.abc import Collection

from policies.models import Client
from servicing.cases import person, shelf
from servicing.cases.person import OfPerson
from servicing.cases.shelf import Asked, Counted
from servicing.web.cases.begun import KIND
from servicing.web.current import me, today

MOST = 20
"""Cases that the card of a client, or the day of their owner, shows."""


def of_card(client: Client) -> OfPerson:
    """The cases of a client: those that the reader may see, and others, of which nothing is told."""
    return person.of_person(me(), client)


def complaints(agent_ids: Collection[int] | None) -> Counted:
    """The open complaints of a unit, by its agents; None: of all that the reader may see."""
    return shelf.counted(me(), Asked("all", KIND, agent_ids=agent_ids), today())
