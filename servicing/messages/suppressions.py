"""Suppressions: clients and addresses that may not be written to any more (domain.md §6.2).

An opt-out from a number holds for everybody who has that number; one from marketing for the client.
Each stands on the card of whom it concerns, with its date and source, for good.
"""

import datetime
import string
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import peewee

from policies import database, dialect, persons
from policies.erased import digest
from policies.importing.cells import phones
from policies.models import Client
from servicing.core import audit_log, erased_numbers, errors, keyed_digests, touched, trail
from servicing.core.models import Suppression, literally
from servicing.messages import queries

Kind = Literal["sms", "email", "marketing"]
Why = Literal["opted_out", "wrong"]

_SMALL = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)

LOCK = "barred"
"""Who changes a suppression waits for this; programs of an older version wait for the same name."""


REPLY, LINK = "reply", "unsubscribe link"
"""The sources of what the client has said himself: a word such as STOP, the link in a mail."""

OWN_WORDS = (REPLY, LINK)


def normalised(kind: str, subject: str) -> str:
    """A subject as suppressions compare it: a number in E.164, an email address without regard to case.

    Of the letters A to Z only: so much both databases do alike (`dialect.caseless`).
    """
    if kind == "email":
        return subject.strip().translate(_SMALL)
    return phones.to_e164(subject, "") or subject if kind == "sms" else subject


def suppress(kind: Kind, subject: str, why: Why, source: str, now: datetime.datetime) -> bool:
    """Nothing more to this address, or no more marketing to this client; False if that was so already.

    An address that is wrong and then opts out has opted out. Marketing ends for all numbers of a client.
    """
    if all(_is_so(_known(kind, each), why, source) for each in _all_of(kind, subject)):
        return False  # read first: who says it a thousand times keeps no writer waiting
    with database.exclusive(LOCK):
        done = [_suppress(kind, each, why, source, now) for each in _all_of(kind, subject)]
    return any(done)


def _is_so(known: Suppression | None, why: Why, source: str) -> bool:
    """Whether nothing is left to be suppressed; the client's own word stands, whoever said so before."""
    if known is None or (
        why == "opted_out" and source in OWN_WORDS and known.source not in OWN_WORDS
    ):
        return False
    return known.why == why or why == "wrong"


def _suppress(kind: Kind, subject: str, why: Why, source: str, now: datetime.datetime) -> bool:
    known = _known(kind, subject)
    if _is_so(known, why, source):
        return False
    if known:
        known.delete_instance()
    made = Suppression.create(kind=kind, subject=subject, why=why, since=now, source=source)
    entry = "contact.refused" if why == "wrong" else "consent.withdrawn"
    if not _tell(kind, subject, entry, source, now):
        audit_log.record("address.suppressed", now, channel=kind, suppression=made.id)
    return True


def lift(kind: Kind, subject: str, source: str, now: datetime.datetime, **facts: object) -> bool:
    """The owner of the address, or the client, wants to be written to again, whatever their number.

    False if nothing was suppressed. A wrong number that writes to us is not wrong. Whether somebody
    else may say so, and which `facts` show it, is asked in `servicing.messages.allowing`.
    """
    with database.exclusive(LOCK):
        done = [_lift(kind, each, source, now, facts) for each in _all_of(kind, subject)]
    return any(done)


def _lift(
    kind: Kind, subject: str, source: str, now: datetime.datetime, facts: Mapping[str, object]
) -> bool:
    known = _known(kind, subject)
    if known is None:
        return False
    known.delete_instance()
    if not _tell(kind, subject, "consent.given", source, now, facts):
        audit_log.record("address.allowed", now, channel=kind, suppression=known.id)
    touched.note_clients(concerned(kind, subject))
    return True


def why_not(kind: Kind, subject: str) -> str:
    """Why nothing may go to an address: opted_out or wrong; empty: it may."""
    found = _known(kind, normalised(kind, subject))
    return str(found.why) if found else ""


def opted_out(kind: Kind, subject: str) -> list[Suppression]:
    """What the owner of the address, or the client, has refused, under any of their numbers.

    One that holds since it was refused under another number is not told twice.
    """
    subjects = _all_of(kind, subject)
    is_it = (Suppression.kind == kind) & Suppression.subject.in_(list(subjects))
    found = list(Suppression.select().where(is_it & (Suppression.why == literally("opted_out"))))
    told = {each.subject for each in found}
    return [each for each in found if each.source == each.subject or each.source not in told]


def _all_of(kind: Kind, subject: str) -> Sequence[str]:
    """An address as it is compared; of a client all numbers, of one who was erased the one since then."""
    if kind != "marketing":
        return [normalised(kind, subject)]
    erased = erased_numbers.client_of(subject)
    return persons.client_nos(erased.client_no if erased else subject)


def _known(kind: Kind, subject: str) -> Suppression | None:
    """The suppression of a subject, also of one that is known by its digest alone."""
    named = [subject] if kind == "marketing" else [subject, *_digests(kind, subject)]
    is_it = (Suppression.kind == kind) & Suppression.subject.in_(named)
    found: Suppression | None = Suppression.get_or_none(is_it)
    return found


def digest_of(kind: str, subject: str) -> str:
    """What stands for an address that may not be kept: whoever has the address finds it again."""
    return keyed_digests.PREFIX + keyed_digests.of(kind, subject)


def _digests(kind: str, subject: str) -> list[str]:
    """Under which digest an address may be known."""
    found = keyed_digests.if_any(kind, subject)
    return [keyed_digests.PREFIX + found] if found else []


def name_again(since_client: int, since_entry: int) -> int:
    """Addresses that came back with the book are barred by their name again, if they were by a digest.

    Looks at the clients with a higher number, and at those of whom a later line of a card says that
    their address has changed; answers with how many suppressions it has named.
    """
    is_digest = Suppression.subject.startswith(keyed_digests.PREFIX)
    known = {each.subject: each for each in Suppression.select().where(is_digest)}
    if not known:
        return 0
    by, count = keyed_digests.key(), 0
    for kind, address in queries.fresh_addresses(since_client, since_entry):
        subject = normalised(kind, address)
        found = known.pop(keyed_digests.PREFIX + digest(by, kind, subject), None)
        if found is not None and found.kind == kind:
            Suppression.update(subject=subject).where(Suppression.id == found.id).execute()
            count += 1
    return count


@dataclass(frozen=True)
class SuppressionLine:
    """Somebody who may not be written to, as an operator sees it."""

    subject: str
    of: str
    why: str
    since: datetime.datetime
    source: str


def listed(
    subjects: Collection[str] | None = None,
    limit: int | None = None,
    offset: int = 0,
    *,
    of: str = "",
    why: str = "",
) -> Iterator[SuppressionLine]:
    """The suppressions, the latest first: all of them, or those of some subjects, of a kind, for a cause.

    `limit` lines at the most, after the first `offset` of them.
    """
    query = Suppression.select().order_by(Suppression.since.desc(), Suppression.id.desc())
    if subjects is not None:
        query = query.where(Suppression.subject.in_(list(subjects)))
    if of:
        query = query.where(Suppression.kind == of)
    if why:
        query = query.where(Suppression.why == why)
    for each in query.limit(limit).offset(offset) if limit is not None else query:
        yield SuppressionLine(each.subject, each.kind, each.why, each.since, each.source)


def owners(lines: Iterable[SuppressionLine]) -> Mapping[tuple[str, str], list[queries.Owner]]:
    """By kind and subject: the clients of today whose address it is, or who they are."""
    found: dict[tuple[str, str], list[queries.Owner]] = {}
    for some in database.chunks(dict.fromkeys(each.subject for each in lines), 200):
        for owner in queries.owners(some):
            found.setdefault((owner.kind, owner.subject), []).append(owner)
    return found


def subjects(given: str, country: str) -> set[str]:
    """The subjects that a number or address, as a person writes it, may stand for.

    Of a client, by number, their telephone and address as well.
    """
    found = {given, phones.to_e164(given, country), normalised("email", given)}
    client = Client.get_or_none(Client.client_no == given)
    theirs = {client.phone, normalised("email", client.email)} if client else set()
    named = (found | theirs) - {""}
    return named | {
        it for kind in ("sms", "email") for each in named for it in _digests(kind, each)
    }


def whom(given: str, country: str) -> tuple[Kind, str]:
    """The suppression that an operator means: of a number, an email address or marketing to a client.

    Raises `ClientNotFound` for what is none of them.
    """
    if Client.select().where(Client.client_no == given).exists():
        return "marketing", given
    if "@" in given:
        return "email", normalised("email", given)
    if number := phones.to_e164(given, country):
        return "sms", number
    raise errors.ClientNotFound(given)


def concerned(kind: Kind, subject: str) -> list[int]:
    """The ids of the clients whose address, or who, this is."""
    column = {"sms": Client.phone, "email": Client.email, "marketing": Client.client_no}[kind]
    compared = peewee.SQL(dialect.caseless("email")) if kind == "email" else column
    is_theirs = compared == normalised(kind, subject)
    has_one = column != literally("")
    query = Client.select(Client.id).where(has_one & is_theirs).order_by(Client.id)
    return [client.id for client in query]


def _tell(
    kind: Kind,
    subject: str,
    entry: str,
    source: str,
    now: datetime.datetime,
    others: Mapping[str, object] | None = None,
) -> bool:
    """Write it on the cards of whom it concerns; whether there is anybody.

    An address that nobody has stands on no card. Then the audit log tells of it, by the number of the
    suppression: the address itself stands in no log.
    """
    facts = trail.facts(of=kind, source=source, **(others or {}))
    entries: list[trail.Entry] = [
        trail.Entry(client_id, None, None, entry, facts) for client_id in concerned(kind, subject)
    ]
    trail.write(entries, now)
    return bool(entries)
