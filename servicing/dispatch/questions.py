"""What a provider is asked of a message of which nobody can say whether it left.

Of one that this book has handed over: whether it is there. Of one that a lost book may have handed
over, everybody is asked who could have carried it, at every address the client has had, for every day
of the span; and that nobody has it counts only where no other address is possible.
"""

import contextlib
import dataclasses
import json
import re
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from policies import persons
from policies.importing.cells import phones
from policies.models import Client
from servicing.channels import Channel, Doubt, Outgoing
from servicing.core import errors, packed_texts, references
from servicing.core.context import TouchpointContext
from servicing.core.doubts import Doubts, Span
from servicing.core.models import CardEntry, Message
from servicing.core.packed_texts import Words
from servicing.corrections import queries as corrections
from servicing.dispatch import outgoing, queries
from servicing.dispatch.claims import Dispatcher
from servicing.messages import permission

Way = tuple[str, str]
"""A channel and an address."""

Skeletons = tuple[re.Pattern[str], ...]


class Past(NamedTuple):
    """What a client was known by in a span and is not any more."""

    ways: list[Way]
    client_nos: list[str]
    """Other numbers of the same person."""


class Asked(NamedTuple):
    """One provider, and the message as it is asked for."""

    channel: Channel
    outgoing: Outgoing


@dataclasses.dataclass(frozen=True)
class Question:
    """All that is asked of one message."""

    message: Message
    asked: list[Asked]
    span: Span | None
    """In which a lost book may have handed it over; None: this book has."""
    is_way_known: bool = True
    """The client has had no other address in the span, as far as the book says."""


class Questions:
    """The questions of some messages."""

    def __init__(self, worker: Dispatcher) -> None:
        self._worker = worker
        self._token = references.token()
        self._known: dict[tuple[str, str], Skeletons] = {}

    def of(
        self, messages: Sequence[Message], contexts: dict[int, TouchpointContext]
    ) -> Iterator[Question]:
        """A question for each."""
        known = Doubts(contexts.values(), self._worker.rules.timezone)
        spans = {each.id: known.of(each.cleared, contexts[each.touchpoint_id]) for each in messages}
        marks = [span.entry_mark for span in spans.values() if span]
        doubtful = [each for each in messages if spans[each.id]]
        past = _past_since(doubtful, contexts, min(marks)) if marks else {}
        said = packed_texts.of(messages)
        for each in messages:
            context = contexts[each.touchpoint_id]
            asked_for = self._outgoing(each, said[each.id], context)
            if span := spans[each.id]:
                yield self._doubtful(each, context, asked_for, span, past.get(each.touchpoint_id))
            else:
                channel = self._worker.directory.channels.get(each.provider)
                yield Question(each, [Asked(channel, asked_for)] if channel else [], None)

    def _outgoing(self, message: Message, said: Words, context: TouchpointContext) -> Outgoing:
        """The message; one that was not claimed here with the text that it would have had."""
        text = outgoing.text_of(message, said)
        if not said.body:
            with contextlib.suppress(errors.BadTemplate):
                text = self._worker.writer.write(
                    context, message.template, message.channel, message.address
                )
        not_after = message.send_until or message.claimed_at
        return outgoing.of(outgoing.Parcel(message, text), context, not_after, self._token)

    def _doubtful(
        self,
        message: Message,
        context: TouchpointContext,
        asked_for: Outgoing,
        span: Span,
        past: Past | None,
    ) -> Question:
        channel = permission.channel_of(context)
        today = (channel, permission.address_of(context, channel))
        ways = dict.fromkeys(
            [(message.channel, message.address), today, *(past.ways if past else [])]
        )
        since = min(span.since, message.claimed_at)
        marks = [references.mark_of(context, each) for each in (past.client_nos if past else [])]
        doubt = Doubt(since, span.until, *self._words(message, context), former_marks=tuple(marks))
        asked = [
            Asked(
                self._worker.directory.route(channel, address),
                dataclasses.replace(asked_for, channel=channel, address=address, doubt=doubt),
            )
            for channel, address in ways
            if channel and address
        ]
        is_known = past is None and (span.is_latest_book or self._has_a_book_since(span))
        return Question(message, asked, span, is_known)

    @cached_property
    def _last_import(self) -> int:
        return queries.last_book_import()

    def _has_a_book_since(self, span: Span) -> bool:
        return self._last_import > span.import_mark

    # ------------------------------------------------------------------------------- the words

    def _words(self, message: Message, context: TouchpointContext) -> tuple[Skeletons, Skeletons]:
        """The skeletons of its template, and those of all others, for texts without a reference.

        The same words of another policy are another touchpoint's.
        """
        tail = re.escape(context.policy_no[-4:])
        mine = self._skeletons(message.template, tail)
        of_others = [self._skeletons(each, "") for each in self._names - {message.template}]
        return mine, sum(of_others, self._skeletons(message.template, f"(?!{tail}).*?"))

    @cached_property
    def _names(self) -> set[str]:
        return self._worker.composer.names("sms")

    def _skeletons(self, template: str, tail: str) -> Skeletons:
        """Of a template in all its languages and editions.

        `tail` is the pattern of a policy's last digits; words without any are left out for those of
        another policy, since they are the same for it.
        """
        if (template, tail) not in self._known:
            from servicing.messages import skeletons  # with Jinja, and seldom asked for

            known = {"policy_tail": tail} if tail else {}
            sources = self._worker.composer.sources(template, "sms")
            wanted = (each for each in sources if "(?!" not in tail or "policy_tail" in each)
            made = (skeletons.of(each, known) for each in wanted)
            self._known[template, tail] = tuple(filter(None, made))
        return self._known[template, tail]


def _past_since(
    messages: Collection[Message], contexts: dict[int, TouchpointContext], mark: int
) -> dict[int, Past]:
    """By touchpoint whose client was known by something else, as a line of the cards behind `mark` says.

    Or whose policy another client holds by now: the lost book may have written to that one.
    """
    of_each = {each.id: contexts[each.touchpoint_id] for each in messages}
    by_client = {each.client_id: each for each in of_each.values()}
    mailed = {of_each[each.id].client_id for each in messages if each.channel == "email"}
    mailed |= {no for no, each in by_client.items() if permission.channel_of(each) == "email"}
    found = _past_of_clients(by_client, mailed, mark)
    pasts = {
        each.touchpoint_id: found[each.client_id]
        for each in of_each.values()
        if each.client_id in found
    }
    for touchpoint_id, client_id, holder in _held_elsewhere(of_each.values()):
        ways, client_nos = pasts.get(touchpoint_id, Past([], []))
        theirs = _ways_to(holder, client_id in mailed or holder.channel == "email")
        pasts[touchpoint_id] = Past([*ways, *theirs], client_nos)
    return pasts


def _past_of_clients(
    by_client: dict[int, TouchpointContext], mailed: Collection[int], mark: int
) -> dict[int, Past]:
    found: dict[int, Past] = {}
    for entry in queries.changed_contacts(by_client, mark):
        ways = list(_ways_of(entry, by_client[entry.client_id], entry.client_id in mailed))
        if ways:
            found.setdefault(entry.client_id, Past([], [])).ways.extend(ways)
    for client, former in queries.former_clients(by_client, mark):
        past = found.setdefault(client.id, Past([], []))
        past.ways.extend(_ways_to(former, client.id in mailed))
        if persons.are_one(client, former):
            past.client_nos.append(former.client_no)
    return found


def _held_elsewhere(
    contexts: Collection[TouchpointContext],
) -> Iterator[tuple[int, int, Client]]:
    """Touchpoints and their clients, by id, each with the other client who holds its policy.

    What a client is owed as a person stays with them as long as they hold any policy.
    """
    moved = [
        each
        for each in contexts
        if each.holder_id != each.client_id
        and (each.scope != "client" or corrections.holds_nothing(each.client_id))
    ]
    holders = {each.id: each for each in queries.clients(each.holder_id for each in moved)}
    for each in moved:
        yield each.touchpoint_id, each.client_id, holders[each.holder_id]


def _ways_to(client: Client, is_mailed: bool) -> list[Way]:
    is_by_either = is_mailed or _is_mailed_instead(client.phone)
    return [("sms", client.phone), ("email", client.email)][: 1 + is_by_either]


def _is_mailed_instead(phone: str) -> bool:
    """Whether email serves a client who prefers SMS: the number takes none."""
    return bool(phone) and not phones.takes_sms(phone)


def _ways_of(entry: CardEntry, context: TouchpointContext, is_mailed: bool) -> Iterator[Way]:
    """Where a client was reached before a change that his card tells."""
    facts = json.loads(entry.facts)
    numbers = facts.get("phone", ())
    was_mailed = any(map(_is_mailed_instead, numbers))
    yield from (("sms", each) for each in numbers)
    if was_mailed:
        yield "email", context.email
    if is_mailed or was_mailed:
        yield from (("email", each) for each in facts.get("email", ()))
    for channel in facts.get("channel", ()):
        if channel in ("", "sms"):
            yield "sms", context.phone
        is_instead = channel == "sms" and _is_mailed_instead(context.phone)
        if is_instead or channel in ("", "email"):
            yield "email", context.email
