"""What stands against writing to a client: what they have refused, and addresses that are wrong."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from servicing.card.queries import Around

KINDS = ("marketing", "sms", "email")


@dataclass(frozen=True)
class Refused:
    """Something that a client has refused, or that cannot reach them, and since when."""

    of: str
    """marketing, sms (to their number) or email (to their address)."""
    why: str
    """opted_out or wrong."""
    on: datetime.date
    """By the clock of the book."""
    source: str


def of(around: Iterable[Around], zone: datetime.tzinfo) -> list[Refused]:
    """The refusals among what is known around a client, marketing first, by the clock of a zone."""
    found = [each for each in around if each.what == "refused" and each.client_no]
    found.sort(key=lambda each: KINDS.index(each.kind))
    return [
        Refused(each.kind, each.name, each.since.astimezone(zone).date(), each.note)
        for each in found
        if each.since
    ]
