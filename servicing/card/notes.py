"""Entries that a person writes on a client's card: notes, complaints, consent, family.

Each is an entry of the append-only trail, signed with a login.
"""

import datetime
import json
from dataclasses import dataclass
from typing import Literal, get_args

from policies import database, occasions, persons
from policies.models import Client, Relation
from servicing.core import errors, touched, trail
from servicing.core.models import CardEntry
from servicing.core.touched import TouchedRow
from servicing.messages import allowing, suppressions
from servicing.messages.allowing import Evidence, Refusal, Word

Remark = Literal["note", "complaint"]
REMARKS: tuple[Remark, ...] = get_args(Remark)

Kin = Literal["spouse", "child", "parent", "sibling", "other"]
KIN: tuple[Kin, ...] = get_args(Kin)


SAME = datetime.timedelta(minutes=10)
"""The same words of the same person within this time are one: a press too many, an answer too late."""


def remark(client: Client, kind: Remark, text: str, by: str, now: datetime.datetime) -> bool:
    """A note, or a complaint of the client's; False: the same person has written the same just now."""
    with database.exclusive(f"remarks on {client.id}"):
        is_it = (CardEntry.client == client) & (CardEntry.kind == f"{kind}.written")
        lately = CardEntry.select(CardEntry.facts).where(is_it & (CardEntry.at > now - SAME))
        said = (json.loads(each.facts) for each in lately)
        if any((each.get("text"), each.get("by")) == (text, by) for each in said):
            return False
        _write(client, f"{kind}.written", now, text=text, by=by)
        return True


def consent(
    client: Client,
    is_given: bool,
    by: str,
    now: datetime.datetime,
    evidence: Evidence | None = None,
) -> None:
    """The client allows marketing, or allows it no more; nothing changes where that was so already.

    A withdrawal outlives every import of the book; a consent is the book's until the book says
    something else (domain.md §7.4). `now` is by the clock of the book. Raises `Unproven` for a consent
    where the client has refused before, and nothing shows that they want it now.
    """
    word = Word(by, now, evidence)
    with database.writing():
        if not is_given:
            suppressions.suppress("marketing", client.client_no, "opted_out", by, now)
            return
        allowing.prove(_refused_in_the_book(client), word)
        was_suppressed = allowing.allow("marketing", client.client_no, word)
        if client.marketing_consent is True:
            return
        client.marketing_consent, client.consent_on = True, word.today
        client.save()
        touched.note_clients([client.id])
        if not was_suppressed:  # or `allow` has written it
            _write(client, "consent.given", now, of="marketing", source=by, **word.facts)


def _refused_in_the_book(client: Client) -> list[Refusal]:
    """What the book says that the client has refused, under any of their numbers."""
    return [
        Refusal(each.consent_on, "")
        for each in persons.clients([client.id])
        if each.marketing_consent is False
    ]


@dataclass(frozen=True)
class Relative:
    """Somebody who belongs to a client."""

    kin: str
    """One of `KIN`."""
    name: str
    birthday: datetime.date | None = None
    note: str = ""
    client_no: str = ""
    """The number of the client that this person is; empty: none, or nobody knows."""
    is_lunar: bool = False
    """The birthday is kept by the lunar calendar; `birthday` is the day of birth all the same."""
    deceased_on: datetime.date | None = None
    """The day of death; of a client it stands with the client."""


Kept = Literal["new", "changed", "known"]
"""What became of somebody who was written down: new, known with something changed, or known as said."""


def add_relative(
    client: Client,
    relative: Relative,
    by: str,
    now: datetime.datetime,
    today: datetime.date = datetime.date.max,
) -> Kept:
    """Somebody who belongs to the client; who is there already is not written twice.

    Of one who is there, whoever has the same name and kin, the birthday, the note and the number as a
    client are taken as said now; what is not said stays as it was. The calendar goes with the birthday.
    What was counted from a birthday that is another one now is taken back with the next sweep. Raises
    `BadArgument` for a birth or a death that is still to come by `today`, or a death before the birth.
    """
    _refuse_impossible(relative, today)
    kin, name, number = relative.kin, relative.name, relative.client_no
    with database.exclusive(f"family of {client.id}"):
        known = (Relation.client == client) & (Relation.kind == kin) & (Relation.name == name)
        there: Relation | None = Relation.select().where(known).first()
        if there is None:
            Relation.create(
                client=client,
                kind=kin,
                name=name,
                birthday=relative.birthday,
                note=relative.note,
                client_no=number,
                is_lunar=relative.is_lunar,
                deceased_on=relative.deceased_on,
            )
            touched.note([TouchedRow(client.id, occasions.FAMILY)])
            _write(client, "family.written", now, kin=kin, name=name, by=by, **_numbered(number))
            return "new"
        changed = _changed(there, relative)
        if not changed:
            return "known"
        there.save()
        touched.note([TouchedRow(client.id, occasions.FAMILY)])
        said = {"kin": kin, "name": name, "fields": changed, "by": by, **_numbered(number)}
        _write(client, "family.written", now, **said)
        return "changed"


def _refuse_impossible(said: Relative, today: datetime.date) -> None:
    for day in (said.deceased_on, said.birthday):
        if day and day > today:
            raise errors.BadArgument("death_to_come", on=day, today=today)
    if said.deceased_on and said.birthday and said.deceased_on < said.birthday:
        facts = {"on": said.deceased_on, "birthday": said.birthday}
        raise errors.BadArgument("death_before_birth", **facts)


def _changed(there: Relation, said: Relative) -> list[str]:
    """Take over what is said of one who is there; the names of what is another than before.

    The line of the card names them and not their values: a birthday is kept in one place.
    """
    names = "birthday", "note", "client_no", "deceased_on"
    given = {name: getattr(said, name) for name in names}
    changed = [name for name, value in given.items() if value and value != getattr(there, name)]
    if said.birthday and said.is_lunar != there.is_lunar:
        there.is_lunar = said.is_lunar
        changed.append("is_lunar")
    there.deceased_on = said.deceased_on or there.deceased_on
    there.birthday = said.birthday or there.birthday
    there.note = said.note or there.note
    there.client_no = said.client_no or there.client_no
    return changed


def _numbered(client_no: str) -> dict[str, str]:
    return {"client_no": client_no} if client_no else {}


def _write(client: Client, kind: str, now: datetime.datetime, **facts: object) -> None:
    trail.write([trail.Entry(client.id, None, None, kind, trail.facts(**facts))], now)
