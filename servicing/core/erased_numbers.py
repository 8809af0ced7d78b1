"""Client numbers of before, known by their keyed digests alone: who was erased is recognised by them."""

from policies.erased import NUMBER, ErasedClients
from policies.models import Client
from servicing.core import errors, keyed_digests
from servicing.core.erasure_models import ErasedNumber


def client_of(client_no: str) -> Client | None:
    """The client who was erased and had this number, or has it since; None: nobody."""
    is_it = (Client.client_no == client_no) & Client.erased_on.is_null(False)
    known: Client | None = Client.get_or_none(is_it)
    return known or _of_before(client_no)


def anybody(client_no: str) -> Client | None:
    """The client who has this number, or had it until an erasure; None: nobody, as far as is known.

    For what was written down before the erasure and is read after it, with or without the key.
    """
    known: Client | None = Client.get_or_none(Client.client_no == client_no)
    try:
        return known or _of_before(client_no)
    except errors.BadKeys:
        return None


def _of_before(client_no: str) -> Client | None:
    digest = keyed_digests.if_any(NUMBER, client_no)
    found = ErasedNumber.get_or_none(ErasedNumber.digest == digest) if digest else None
    return found.client if found else None


def remember(client_no: str, client_id: int) -> None:
    """From now on a file that names the number means this client."""
    ErasedNumber.create(digest=keyed_digests.of(NUMBER, client_no), client=client_id)


def everybody() -> ErasedClients:
    """All who were erased, as an import meets them."""
    query = ErasedNumber.select(ErasedNumber.digest, Client.client_no).join(Client)
    numbers = {each.digest: each.client.client_no for each in query}
    return ErasedClients(keyed_digests.key(), numbers) if numbers else ErasedClients()
