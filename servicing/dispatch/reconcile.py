"""Messages of which nobody can say whether they left: the provider is asked, or a person decides.

Only what the provider provably does not have is queued again.
"""

import datetime
from collections import Counter
from collections.abc import Callable

from policies import database, models
from servicing.channels import Channel, Lookup, Outgoing
from servicing.core.context import TouchpointContext, of_touchpoints
from servicing.core.models import Message, literally
from servicing.core.reasons import Reason
from servicing.core.states import LEASE, Move, move, past_ids
from servicing.dispatch import queries
from servicing.dispatch.provider_pool import ProviderPool

ASK_AGAIN = datetime.timedelta(minutes=15)
"""A message that nobody can say anything of is asked for again after this pause."""

IN_ONE_GO = 100
"""Messages that are asked for at a time; what was heard is written down after each."""

Asked = Callable[[Message, TouchpointContext, datetime.datetime], Outgoing]


def give_up_on_silent_claims(now: datetime.datetime) -> int:
    """`sending` beyond its lease becomes `unknown`: whoever claimed it cannot say any more."""
    query = Message.select().where(
        (Message.state == literally("sending")) & (Message.claimed_at <= now - LEASE)
    )
    with database.writing():
        moves = [Move(each, "unknown", Reason.NO_ANSWER, again_at=now) for each in query]
        return len(move(moves, ["sending"], now))


def doubt(since: datetime.datetime, until: datetime.datetime, today: datetime.date) -> int:
    """Of an older copy of the book: what could have left from `since` to `until` is `unknown`.

    It may have been sent by the book that is lost, so somebody is asked before it is sent again:
    what waits and could leave, and what fell due before `today`, when it would have been sent in
    time. Answers with how many messages these are.
    """
    count = 0
    while messages := queries.could_have_left(until, today):
        with database.writing():
            claims = [(models.utc(since), each.attempts + 1, each.id) for each in messages]
            database.update_rows(Message, ("claimed_at", "attempts"), claims)
            for each in messages:
                each.attempts += 1
            moves = [Move(each, "unknown", Reason.RESTORED, again_at=until) for each in messages]
            count += len(move(moves, ["queued"], until))
    return count


def settle(
    channel_of: Callable[[str], Channel | None],
    pool: ProviderPool,
    now: datetime.datetime,
    outgoing_of: Asked,
) -> Counter[str]:
    """Ask the providers for what is unknown: found is accepted, provably absent is queued again.

    What nobody can say anything of stays unknown; it is asked for again later, or decided by a person.
    Providers that say nothing at all are not asked for the rest.
    """
    counts: Counter[str] = Counter()
    while unknown := queries.unknown(now, IN_ONE_GO):
        answered = _some(unknown, channel_of, pool, now, outgoing_of)
        counts.update(answered)
        if answered["unknown"] == len(unknown) or len(unknown) < IN_ONE_GO:
            break
    return counts


def _some(
    unknown: list[Message],
    channel_of: Callable[[str], Channel | None],
    pool: ProviderPool,
    now: datetime.datetime,
    outgoing_of: Asked,
) -> Counter[str]:
    known = {
        each.touchpoint_id: each for each in of_touchpoints([m.touchpoint_id for m in unknown])
    }
    answers: dict[int, Lookup] = {}

    def ask(channel: Channel, message: Message) -> Callable[[], None]:
        outgoing = outgoing_of(message, known[message.touchpoint_id], message.send_until)

        def work() -> None:
            answers[message.id] = channel.find(outgoing)

        return work

    asked = [(channel, each) for each in unknown if (channel := channel_of(each.provider))]
    pool.ask((channel, ask(channel, message)) for channel, message in asked)
    counts: Counter[str] = Counter()
    with database.exclusive("settle"):  # one after the other: two messages may have the same words
        for message in unknown:
            counts.update(_settled(message, answers.get(message.id, Lookup("undecided")), now))
    return counts


def _settled(message: Message, lookup: Lookup, now: datetime.datetime) -> Counter[str]:
    mine = [ref for ref in lookup.refs if not _is_another(ref, message)]
    if lookup.state == "found" and queries.is_being_written_to(message):
        lookup = Lookup("undecided")  # this may be the one that is on its way
    elif lookup.state == "found" and mine:
        found = Move(message, "accepted", Reason.ACCEPTED, mine[0])
        return Counter(accepted=len(move([found], ["unknown"], now)))
    if lookup.state != "undecided":
        absent = Move(message, "queued", Reason.NOT_THERE, again_at=now)
        move([absent], ["unknown"], now)
        return Counter()
    same = (Message.id == message.id) & (Message.attempts == message.attempts)
    later = Message.update(send_from=now + ASK_AGAIN).where(same & (Message.state == "unknown"))
    return Counter(unknown=later.execute())


def _is_another(ref: str, message: Message) -> bool:
    """Whether the provider's id belongs to another message of ours: two may have the same words."""
    return ref in past_ids(message) or queries.is_anothers(ref, message)
