"""What goes of referrals with a client who is erased (domain.md §19.6)."""

import datetime
from collections.abc import Collection

from policies import dialect
from servicing.leads import queries
from servicing.messages import suppressions


def of_givers(client_ids: Collection[int], on: datetime.date) -> int:
    """Friends whom these clients have named and who have not agreed: nobody else vouches for them."""
    theirs, values = dialect.among("client_id", client_ids)
    return queries.forget(f"state = 'new' AND {theirs}", values, on)


def of_friends(contacts: Collection[str], on: datetime.date) -> int:
    """Open leads by which one could reach whoever has these numbers and addresses."""
    known = {suppressions.normalised("email", each) for each in contacts} | set(contacts)
    theirs, values = dialect.among("reach", sorted(known - {""}))
    return queries.forget(theirs, values, on)
