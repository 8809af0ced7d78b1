"""A client is erased: what the law wants kept stays under another number, all else goes (domain.md §11).

All of it is one transaction. A dry run is the same, taken back.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field

from policies import database, persons
from policies.models import Client
from servicing.core import (
    audit_log,
    erased_lines,
    erased_numbers,
    errors,
    sealed_lines,
    states,
    trail,
)
from servicing.core.erased_lines import Left, Said
from servicing.core.models import Message, Suppression, Task, literally
from servicing.core.reasons import Reason
from servicing.core.states import Move
from servicing.desk import search_keys
from servicing.events import parties
from servicing.leads import forgetting as leads
from servicing.messages import suppressions
from servicing.rights import keeping, left_facts, queries, tracing
from servicing.rights.traces import Traces
from servicing.tiers import queries as tiers

_OF_CONTACT = ("sms", "email")


@dataclass(frozen=True)
class Order:
    """Who wants a client erased, on which legal ground, and when."""

    ground: str
    by: str
    today: datetime.date
    now: datetime.datetime
    kind: str = sealed_lines.ERASED
    """What the card's line says: on request, or since the time was over."""


@dataclass(frozen=True)
class Found:
    """What is erased of a client, and what stays."""

    traces: Traces
    policy_nos: list[str]
    gone: dict[str, int]
    """How much of each kind: texts of messages, notes, lines of cards, …"""
    kept: dict[str, int]
    """How many rows stay of each kind, without a word of the person."""
    kept_until: datetime.date | None
    """The last day on which the law wants a contract of theirs kept."""
    proofs: list[str] = field(default_factory=list)
    """What the lines of their cards say of it, which are sealed."""


class _TakenBack(Exception):
    """Takes a dry run back."""


def erase(client_no: str, order: Order, *, dry_run: bool = False) -> Found:
    """Erase a client, with all their numbers, or say what would be erased.

    Raises `ClientNotFound`, and `BadArgument` while a policy of theirs has not ended, while nobody
    knows of a message whether it has left, or where a year is out of the book that may name them.
    """
    found: list[Found] = []
    try:
        with database.explained(), database.exclusive("book"):
            found.append(_erased(_clients(client_no), order))
            if dry_run:
                raise _TakenBack
    except _TakenBack:
        pass
    return found[0]


def _clients(client_no: str) -> list[Client]:
    """All numbers of the person."""
    found: Client | None = Client.get_or_none(Client.client_no == client_no)
    if found is None:
        raise errors.ClientNotFound(client_no)
    return [each for each in persons.clients([found.id]) if each.erased_on is None]


def _erased(clients: Sequence[Client], order: Order) -> Found:
    ids = [each.id for each in clients]
    contracts = queries.contracts_of(ids)
    _refuse_while_owed(contracts, order)
    _refuse_while_unknown(ids)
    _refuse_while_years_are_away()
    traces = tracing.of(clients)
    _refuse_a_telling_ground(order.ground, traces)
    kept = queries.counts(ids)
    _end_what_is_open(ids, order.now)
    parties.forget(ids, order.now)
    gone = _emptied(clients, traces, order.today)
    proofs, lines = _erase_cards(clients, traces, order)
    for each in clients:
        erased_numbers.remember(each.client_no, each.id)
        queries.renumber(each.client_no, traces.numbers[each.client_no], left_facts.is_of_ours)
        queries.rename(each.id, traces.numbers[each.client_no], order.today.isoformat())
        audit_log.record("client.erased", order.now, client_id=each.id)
    queries.forget_marks(ids)
    search_keys.forget(ids)
    tiers.forget(ids)
    until = keeping.last_day(contracts)
    return Found(traces, [each.policy_no for each in contracts], gone | lines, kept, until, proofs)


# --------------------------------------------------------------------------- what stands against it


def _refuse_while_owed(contracts: Sequence[keeping.Contract], order: Order) -> None:
    owed = [each.policy_no for each in contracts if keeping.is_open(each, order.today)]
    if owed:
        raise errors.BadArgument("policy_not_ended", policies=owed, count=len(owed))


def _refuse_while_unknown(ids: Sequence[int]) -> None:
    """A message that is on its way has a text and an address; ours until we commit."""
    is_theirs = Message.client.in_(ids)
    query = Message.select(Message.id, Message.state).where(is_theirs)
    unknown = [each.id for each in database.locked(query) if each.state in ("sending", "unknown")]
    if unknown:
        raise errors.BadArgument("messages_on_their_way", messages=unknown, count=len(unknown))


def _refuse_while_years_are_away() -> None:
    if names := queries.years_away():
        raise errors.BadArgument("years_are_away", names=names)


def _refuse_a_telling_ground(ground: str, traces: Traces) -> None:
    """The ground stays on the card for good."""
    if traces.without(ground) != ground:
        raise errors.BadArgument("ground_names_the_client")


# ----------------------------------------------------------------------------------- what is erased


def _end_what_is_open(ids: Sequence[int], now: datetime.datetime) -> None:
    is_queued = Message.client.in_(ids) & (Message.state == literally("queued"))
    queued = list(Message.select().where(is_queued))
    states.move((Move(each, "cancelled", Reason.ERASED) for each in queued), ("queued",), now)
    is_open = Task.client.in_(ids) & (Task.state == literally("open"))
    tasks = list(Task.select().where(is_open))
    rows = [("cancelled", Reason.ERASED.value, each.id) for each in tasks]
    database.update_rows(Task, ("state", "reason"), rows)
    facts = trail.reasoned(reason=Reason.ERASED.value)
    entries = (
        trail.Entry(each.client_id, each.policy_id, each.touchpoint_id, "task.cancelled", facts)
        for each in tasks
    )
    trail.write(entries, now)


def _emptied(clients: Sequence[Client], traces: Traces, on: datetime.date) -> dict[str, int]:
    """What is taken out of the tables, but for the cards; how much of each kind."""
    ids = [each.id for each in clients]
    return {
        "suppressions": _keep_digests(ids, traces),
        "birthdays": queries.hide_birthdays(ids, sorted(traces.birthdays))
        + queries.hide_family(ids, traces),
        "messages": queries.empty_messages(ids),
        "notes": queries.empty_notes(ids),
        "replies": queries.empty_replies(ids, traces.contacts),
        "cases": queries.empty_cases(ids),
        "events": queries.empty_parties(ids),
        "reassignments": queries.empty_reassignments(ids),
        "relations": queries.forget_relations(ids, traces),
        "covers": queries.forget_covers(ids),
        "leads": _forget_leads(ids, traces, on),
        "texts_of_others": sum(_clean(*each, traces) for each in queries.FREE_TEXTS),
    }


def _forget_leads(ids: Sequence[int], traces: Traces, on: datetime.date) -> int:
    """Friends for whom nobody else vouches, and they themselves as the friend of somebody."""
    return leads.of_givers(ids, on) + leads.of_friends(traces.contacts, on)


def _clean(table: str, column: str, traces: Traces) -> int:
    found = queries.texts_with(table, column, traces.words)
    clean = [queries.Written(each.id, traces.without(each.text)) for each in found]
    changed = [each for each, was in zip(clean, found, strict=True) if each != was]
    queries.rewrite(table, column, changed)
    return len(changed)


def _keep_digests(ids: Sequence[int], traces: Traces) -> int:
    """An opt-out outlives its client: the address is known by a digest, unless others have it, too."""
    known = {suppressions.normalised("email", each) for each in traces.contacts} | traces.contacts
    is_theirs = Suppression.kind.in_(_OF_CONTACT) & Suppression.subject.in_(known)
    count = 0
    for each in Suppression.select().where(is_theirs):
        column = "phone" if each.kind == "sms" else "email"
        if not queries.is_address_of_another(column, each.subject, ids):
            each.subject = suppressions.digest_of(each.kind, each.subject)
            each.source = each.source if left_facts.is_of_ours(each.source) else ""
            each.save()
            count += 1
    return count


def _erase_cards(
    clients: Sequence[Client], traces: Traces, order: Order
) -> tuple[list[str], dict[str, int]]:
    """The lines of their own cards, each number's by itself, and those of others that name them."""
    proofs, own, others = [], 0, []
    ids = [each.id for each in clients]
    for line in sealed_lines.of_others(ids, tracing.as_stored(traces.words)):
        others.append(Left(line, left_facts.on_another_card(line.named, line.facts, traces)))
    changed = [each for each in others if each.facts != each.line.facts]
    for place, each in enumerate(clients):
        lines = [
            Left(line, left_facts.on_own_card(line.named, line.facts, traces))
            for line in sealed_lines.of_clients([each.id])
        ]
        own += sum(left.facts != left.line.facts for left in lines)
        said = Said(each.id, order.kind, order.now, _told(order))
        proofs.append(erased_lines.erase([*lines, *(changed if place == 0 else [])], said))
    return proofs, {"lines": own, "lines_of_others": len(changed)}


def _told(order: Order) -> dict[str, str]:
    return {"by": order.by, "ground": order.ground}
