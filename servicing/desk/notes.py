"""What a person writes on a client's card: notes, complaints, a change of consent, family.

Each is an entry of the append-only trail, signed with a login.
"""

import datetime
from typing import Literal, get_args

from policies import database
from policies.models import Client, Relation
from servicing.core import trail
from servicing.messages import suppressions

Remark = Literal["note", "complaint"]
REMARKS: tuple[Remark, ...] = get_args(Remark)

Kin = Literal["spouse", "child", "parent", "sibling", "other"]
KIN: tuple[Kin, ...] = get_args(Kin)


def remark(client: Client, kind: Remark, text: str, by: str, now: datetime.datetime) -> None:
    """A note, or a complaint of the client's."""
    with database.writing():
        _tell(client, f"{kind}.written", now, text=text, by=by)


def consent(client: Client, is_given: bool, by: str, now: datetime.datetime) -> None:
    """The client allows marketing, or allows it no more; what is so already stays as it is.

    A withdrawal outlives every import of the book; a consent is the book's until the book says
    something else (domain.md §7.4).
    """
    with database.writing():
        if not is_given:
            suppressions.suppress("marketing", client.client_no, "opted_out", by, now)
            return
        was_suppressed = suppressions.lift("marketing", client.client_no, by, now)
        if client.marketing_consent is True:
            return
        client.marketing_consent, client.consent_on = True, now.date()
        client.save()
        if not was_suppressed:  # or the lifting has told it
            _tell(client, "consent.given", now, of="marketing", source=by)


def add_relation(
    client: Client,
    kind: Kin,
    name: str,
    by: str,
    now: datetime.datetime,
    birthday: datetime.date | None = None,
    note: str = "",
) -> None:
    """Somebody who belongs to the client; written down twice it is once."""
    with database.writing():
        known = (Relation.client == client) & (Relation.kind == kind) & (Relation.name == name)
        if Relation.select().where(known).exists():
            return
        Relation.create(client=client, kind=kind, name=name, birthday=birthday, note=note)
        _tell(client, "family.written", now, kin=kind, name=name, by=by)


def _tell(client: Client, kind: str, now: datetime.datetime, **facts: object) -> None:
    trail.write([trail.Entry(client.id, None, None, kind, trail.facts(**facts))], now)
