"""An erased person is a client again: from now on a book that names the number means a new client."""

import datetime

from policies import database
from policies.erased import NUMBER
from policies.models import Client
from servicing.core import errors, keyed_digests, trail
from servicing.core.erasure_models import ErasedNumber
from servicing.core.models import Suppression
from servicing.messages import suppressions


def readmit(client_no: str, by: str, now: datetime.datetime) -> str:
    """Forget that the number was erased; the number that has stood in its place.

    What was erased stays so. Who wanted no marketing wants none, whatever comes. Raises `BadArgument`
    for a number of nobody who was erased.
    """
    with database.explained(), database.exclusive("book"):
        digest = keyed_digests.if_any(NUMBER, client_no)
        known: ErasedNumber | None = ErasedNumber.get_or_none(ErasedNumber.digest == digest)
        if known is None:
            raise errors.BadArgument("not_erased", client_no=client_no)
        was: Client = known.client
        known.delete_instance()
        for each in _stops(was):
            suppressions.suppress("marketing", client_no, "opted_out", each.source, now)
        line = trail.Entry(was.id, None, None, "client.readmitted", trail.facts(by=by))
        trail.write([line], now)
    return was.client_no


def _stops(client: Client) -> list[Suppression]:
    is_theirs = (Suppression.kind == "marketing") & (Suppression.subject == client.client_no)
    return list(Suppression.select().where(is_theirs))
