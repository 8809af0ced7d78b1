"""Messages of which nobody can say whether they left: the provider is asked, or a person decides.

Only what the provider provably does not have is queued again.
"""

import datetime
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from policies import database
from servicing.channels import Lookup
from servicing.core import doubts
from servicing.core.context import of_touchpoints
from servicing.core.doubts import Span
from servicing.core.models import Message, literally
from servicing.core.reasons import Reason
from servicing.core.states import LEASE, Move, move
from servicing.dispatch import claims, queries
from servicing.dispatch.provider_pool import ProviderPool
from servicing.dispatch.queries import Found
from servicing.dispatch.questions import Asked, Question, Questions

ASK_AGAIN = datetime.timedelta(minutes=15)
"""A message that nobody can say anything of is asked for again after this pause."""

IN_ONE_GO = 100
"""Messages that are asked for at a time; what was heard is written down after each."""


def give_up_on_silent_claims(now: datetime.datetime) -> int:
    """`sending` beyond its lease becomes `unknown`: whoever claimed it cannot say any more."""
    query = Message.select().where(
        (Message.state == literally("sending")) & (Message.claimed_at <= now - LEASE)
    )
    with database.writing():
        moves = [Move(each, "unknown", Reason.NO_ANSWER, again_at=now) for each in query]
        return len(move(moves, ["sending"], now))


def doubt(span: Span, timezone: str, now: datetime.datetime) -> int:
    """Of an older copy of the book: what waits and could have left in the span is `unknown`.

    It may have been sent by the book that is lost, so somebody is asked before it is sent again.
    `timezone` is the book's. Answers with how many messages these are.
    """
    count, mark = 0, 0
    while messages := queries.queued_behind(mark):
        mark = messages[-1].id
        holding = [
            each
            for each in messages
            if span.holds(each.touchpoint.due_on, each.client.timezone or timezone)
        ]
        with database.writing():
            count += claims.put_in_doubt(holding, span, now)
    return count


def settle(questions: Questions, pool: ProviderPool, now: datetime.datetime) -> Counter[str]:
    """Ask the providers for what is unknown: found is accepted, provably absent is queued again.

    What nobody can say anything of stays unknown; it is asked for again later, or decided by a person.
    Providers that say nothing at all are not asked for the rest.
    """
    counts: Counter[str] = Counter()
    while unknown := queries.unknown(now, IN_ONE_GO):
        answered = _some(unknown, questions, pool, now)
        counts.update(answered)
        if answered["unknown"] == len(unknown) or len(unknown) < IN_ONE_GO:
            break
    return counts


class Told(NamedTuple):
    """What a provider has said."""

    provider: str
    lookup: Lookup


def _some(
    unknown: list[Message], questions: Questions, pool: ProviderPool, now: datetime.datetime
) -> Counter[str]:
    known = {
        each.touchpoint_id: each for each in of_touchpoints([m.touchpoint_id for m in unknown])
    }
    asked = list(questions.of(unknown, known))
    told: dict[int, list[Told]] = {each.id: [] for each in unknown}

    def work(message: Message, one: Asked) -> Callable[[], None]:
        return lambda: told[message.id].append(
            Told(one.channel.name, one.channel.find(one.outgoing))
        )

    pool.ask(
        (one.channel, work(question.message, one)) for question in asked for one in question.asked
    )
    counts: Counter[str] = Counter()
    with database.exclusive("settle"):  # one after the other: two messages may have the same words
        # what is known word by word comes first: another one's is not taken for it
        for question in sorted(asked, key=lambda each: not _is_exact(told[each.message.id])):
            counts.update(_settled(question, told[question.message.id], now))
    return counts


def _is_exact(told: list[Told]) -> bool:
    return any(each.lookup.state == "found" and each.lookup.is_exact for each in told)


def _settled(question: Question, told: list[Told], now: datetime.datetime) -> Counter[str]:
    """Found and not accounted for: accepted. Absent for certain: queued again. Else it stays."""
    message = question.message
    mine = [
        each
        for each in _found(question, told, lambda lookup: lookup.refs)
        if not queries.is_accounted_for(each, message)
    ]
    if mine and not queries.is_being_written_to(message):  # that may be the one that is on its way
        first = mine[0]
        if moved := move([Move(message, "accepted", Reason.ACCEPTED, first.ref)], ["unknown"], now):
            queries.carried_by(message, first.provider)
            _clear(question)
        return Counter(accepted=len(moved))
    if not mine and _is_absent(question, told):
        absent = Move(message, "queued", Reason.NOT_THERE, again_at=now)
        move([absent], ["unknown"], now)
        _clear(question)
        return Counter()
    same = (Message.id == message.id) & (Message.attempts == message.attempts)
    later = Message.update(send_from=now + ASK_AGAIN).where(same & (Message.state == "unknown"))
    return Counter(unknown=later.execute())


def _found(
    question: Question, told: list[Told], refs_of: Callable[[Lookup], Sequence[str]]
) -> Iterator[Found]:
    """What the providers have said to have, at the addresses that they were asked for."""
    addresses = {each.outgoing.address for each in question.asked}
    for provider, lookup in told:
        yield from (Found(provider, ref, addresses) for ref in refs_of(lookup))


def _clear(question: Question) -> None:
    if question.span:
        doubts.clear(question.message.id)


def _is_absent(question: Question, told: list[Told]) -> bool:
    """Whether the message, of which nothing was found, has certainly not left."""
    message = question.message
    if len(told) < len(question.asked) or not told:
        return False  # somebody was not asked
    if any(each.lookup.state == "undecided" for each in told):
        return False
    unplaced = _found(question, told, lambda lookup: lookup.maybe)
    if any(not queries.is_accounted_for(each, message) for each in unplaced):
        return False
    return not question.span or _is_certain(question, question.span, told)


def _is_certain(question: Question, span: Span, told: list[Told]) -> bool:
    """Whether a lost book has not sent it: nowhere, and not as one that was taken for another's.

    Where two messages look alike and one was found, nobody knows which.
    """
    found = _found(question, told, lambda lookup: lookup.refs)
    owners = (queries.owner_of(each, question.message) for each in found)
    if any(owner and owner.cleared == span.id for owner in owners):
        return False
    is_asked_by_address = any(
        each.channel.capabilities.is_asked_by_address for each in question.asked
    )
    return question.is_way_known or not is_asked_by_address
