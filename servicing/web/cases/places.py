"""Where cases stand beside other things: in their owner's day, on the client's card, in a month."""

from collections.abc import Collection

from policies.models import Client
from servicing.cases import person, shelf
from servicing.cases.person import OfPerson
from servicing.cases.shelf import Counted
from servicing.web.current import me, today

MOST = 20
"""Cases that the card of a client, or the day of their owner, shows."""


def of_card(client: Client) -> OfPerson:
    """The cases of a client: those that the reader may see, and others, of which nothing is told."""
    return person.of_person(me(), client)


def of_unit(agent_ids: Collection[int] | None, kinds: Collection[str]) -> dict[str, Counted]:
    """The open cases of a unit by kind, by its agents; None: of all that the reader may see."""
    return shelf.counted(me(), kinds, agent_ids, today())
