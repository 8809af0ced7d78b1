"""Where cases stand beside other things: in their owner's day, on the client's card, in a month."""

from collections.abc import Collection

from policies.models import Client
from servicing.cases import shelf
from servicing.cases.shelf import Counted, OfPerson, ShelfLine
from servicing.web.current import me, today

MOST = 20
"""Cases that the card of a client, or the day of their owner, shows."""


def of_owner() -> list[ShelfLine]:
    """The reader's own open cases, what is due first before the others."""
    return shelf.owned(me(), MOST)


def of_card(client: Client) -> OfPerson:
    """The open cases of a client: those that the reader may see, and others, of which nothing is told."""
    found = shelf.of_person(me(), client, MOST)
    return found._replace(seen=[each for each in found.seen if each.is_open])


def of_unit(agent_ids: Collection[int] | None, kinds: Collection[str]) -> dict[str, Counted]:
    """The open cases of a unit by kind, by its agents; None: of all that the reader may see."""
    return shelf.counted(me(), kinds, agent_ids, today())
