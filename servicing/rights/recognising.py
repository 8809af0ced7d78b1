"""Who was erased is recognised where a number of before is named again."""

from policies.erased import NUMBER, ErasedClients
from policies.models import Client
from servicing.core import keyed_digests
from servicing.rights import queries


def erased_clients() -> ErasedClients:
    """All who were erased, as an import meets them."""
    numbers = queries.pseudonyms()
    return ErasedClients(keyed_digests.key(), numbers) if numbers else ErasedClients()


def erased_before(client_no: str) -> Client | None:
    """The client whose number it was before, or is since then; None: nobody who was erased."""
    is_it = (Client.client_no == client_no) & Client.erased_on.is_null(False)
    known: Client | None = Client.get_or_none(is_it)
    if known is not None:
        return known
    found = keyed_digests.if_any(NUMBER, client_no)
    return queries.erased_client(found) if found else None
