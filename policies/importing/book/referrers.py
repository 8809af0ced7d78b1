"""A client who came by a referral of ours keeps who referred them where a file names nobody."""

from collections.abc import Callable, Collection, Mapping, Sequence

from policies.importing.book.rows import ClientRow

Referrers = Callable[[Collection[str]], Mapping[str, str]]
"""By client number of some who came by a referral of ours: the number of who referred them."""


def of_nobody(client_nos: Collection[str]) -> Mapping[str, str]:
    """Nobody came by one."""
    return {}


def kept(
    client_nos: Sequence[str],
    said: Sequence[str],
    stored: Mapping[str, ClientRow],
    referrers: Referrers,
) -> Sequence[str]:
    """Who referred each client, as the rows say; an empty cell takes back nothing that we know."""
    silent = {
        number
        for number, each in zip(client_nos, said, strict=True)
        if not each and number in stored and stored[number].referred_by
    }
    if not silent:
        return said
    known = referrers(silent)
    return [
        each or (stored[number].referred_by if number in silent & known.keys() else each)
        for number, each in zip(client_nos, said, strict=True)
    ]
