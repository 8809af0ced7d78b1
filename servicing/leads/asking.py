"""Whether a client may be asked whom they know, and that they were (domain.md §19.1, §19.2).

One function decides, for the command, the card, the day and the moment of recording: `against`.
"""

import datetime
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from policies import database, persons
from policies.lead import ANSWERS
from policies.models import Client
from policies.notices import Notice, notice
from servicing.cases import recusal
from servicing.core import errors, trail, visibility
from servicing.core.lead_models import ReferralAsk
from servicing.core.settings import Leads
from servicing.leads import queries
from servicing.leads.queries import Fact

FreeLook = Callable[[datetime.date, str], datetime.date | None]
"""The last day of the free look that began on a day, of a product; None: there is none."""


@dataclass(frozen=True)
class AskRules:
    """By what is decided who may be asked."""

    leads: Leads
    free_look: FreeLook


@dataclass(frozen=True)
class Against:
    """Something that stands against asking a client."""

    code: str
    """erased, died, asked_of, mourning, matter, detractor, stopped, free_look or asked."""
    until: datetime.date | None = None
    """The last day on which it does; None: nobody knows, or for good."""

    @property
    def notice(self) -> Notice:
        """As people read it."""
        if self.until is None:
            return notice(f"not_asked_{self.code}")
        return notice(f"not_asked_{self.code}_until", until=self.until)


ORDER = (
    "erased",
    "died",
    "asked_of",
    "mourning",
    "matter",
    "detractor",
    "stopped",
    "free_look",
    "asked",
)
"""What weighs most stands first."""

DATED = ("mourning", "free_look", "asked")
"""What always has a last day."""

UNDATED = ("erased", "died", "asked_of", "matter", "stopped")
"""What has none."""


def against(client: Client, rules: AskRules, on: datetime.date) -> list[Against]:
    """What stands against asking a client on a day, under any of their numbers; nothing: they may be."""
    return judged(queries.facts(numbers_of(client), on), rules, on)


def numbers_of(client: Client) -> list[int]:
    """All numbers of a client, by id; of nearly everybody there is one, and no question is asked."""
    return [client.id] if client.person_id is None else persons.numbers([client.id])


def against_each(
    client_ids: Collection[int], rules: AskRules, on: datetime.date
) -> dict[int, list[Against]]:
    """The same of some clients, by id, in two questions to the database."""
    known = persons.by_number(client_ids)
    facts: defaultdict[int, list[Fact]] = defaultdict(list)
    for each in queries.facts(sorted({*client_ids, *known}), on):
        facts[known.get(each.client_id, each.client_id)].append(each)
    return {each: judged(facts[known.get(each, each)], rules, on) for each in client_ids}


def judged(facts: Iterable[Fact], rules: AskRules, on: datetime.date) -> list[Against]:
    """What of some facts stands against asking on a day: of each kind one, that which lasts longest."""
    found: dict[str, Against] = {}
    for each in _found(facts, rules, on):
        known = found.get(each.code)
        if known is None or (known.until and (each.until is None or each.until > known.until)):
            found[each.code] = each
    return sorted(found.values(), key=lambda each: ORDER.index(each.code))


def _found(facts: Iterable[Fact], rules: AskRules, on: datetime.date) -> Iterator[Against]:
    for each in facts:
        match each.what:
            case "erased" | "died" | "asked_of" | "matter":
                yield Against(each.what)
            case "refused" | "stopped":
                yield Against("stopped")
            case "bereaved":
                yield Against("mourning", each.day)
            case "detractor":
                yield from _lasts("detractor", each.day, rules.leads.detractor_days, on)
            case "asked":
                yield from _lasts("asked", each.day, rules.leads.ask_again_days, on)
            case "contract":
                until = _free_look(each, rules)
                if until is not None and until >= on:
                    yield Against("free_look", until)


def _lasts(
    code: str, since: datetime.date | None, days: int, on: datetime.date
) -> Iterator[Against]:
    """Something that stands against it for some days, the first not counted; what is open has no end."""
    until = since and since + datetime.timedelta(days)
    if until is None or (until >= on and days):
        yield Against(code, until)


def _free_look(contract: Fact, rules: AskRules) -> datetime.date | None:
    """The last day of a contract's free look; it begins with the signed receipt."""
    assert contract.day is not None  # of a contract it is always known
    if not contract.is_signed:
        unsigned = contract.day + datetime.timedelta(rules.leads.unsigned_days)
        return unsigned if rules.free_look(contract.day, contract.product) else None
    return rules.free_look(contract.day, contract.product)


# ------------------------------------------------------------------------------------------ recording


@dataclass(frozen=True)
class Asked:
    """A client was asked."""

    client_no: str
    answer: str
    """One of `policies.lead.ANSWERS`."""
    on: datetime.date
    by: str
    """A login, or who works at the machine."""


def record(
    asked: Asked, rules: AskRules, today: datetime.date, now: datetime.datetime
) -> ReferralAsk:
    """Record that a client was asked, and what they said.

    Raises `ClientNotFound`, and `LeadRefused` where something stands against asking, for a day to come
    and for an answer that there is not.
    """
    if asked.answer not in ANSWERS:
        raise errors.LeadRefused("lead_no_answer", value=asked.answer, known=list(ANSWERS))
    refuse_later(asked.on, today)
    client = client_for(asked.by, asked.client_no, today)
    with database.exclusive(f"referrals of {client.person_id or client.id}"):
        found = against(client, rules, asked.on)
        if found:
            raise errors.LeadRefused(
                "may_not_be_asked",
                client_no=asked.client_no,
                why=[each.notice for each in found],
            )
        made = ReferralAsk.create(
            client=client,
            agent=agent_for(asked.by, client, today),
            asked_on=asked.on,
            answer=asked.answer,
            asked_by=asked.by,
            recorded_at=now,
        )
        facts = trail.facts(answer=asked.answer, by=asked.by)
        trail.write([trail.Entry(client.id, None, None, "lead.asked_for", facts)], now)
    return made


def refuse_later(on: datetime.date, today: datetime.date) -> None:
    """Nothing is recorded before it has happened; raises `LeadRefused`."""
    if on > today:
        raise errors.LeadRefused("lead_on_later", on=on, today=today)


def client_for(by: str, client_no: str, today: datetime.date) -> Client:
    """A client whom somebody may see; whoever has no account works at the machine itself.

    Raises `ClientNotFound`, and `CaseRefused` for an account that may not come in.
    """
    recusal.refuse_shut_out(by, today)
    user = recusal.account(by)
    found: Client | None = (
        visibility.client(user, client_no, today)
        if user is not None
        else Client.get_or_none(Client.client_no == client_no)
    )
    if found is None:
        raise errors.ClientNotFound(client_no)
    return found


def agent_for(by: str, client: Client, today: datetime.date) -> int | None:
    """Whose an ask is in the figures: who asks as an agent, else who serves the client."""
    user = recusal.account(by)
    if user is not None and user.agent_id is not None:
        return user.agent_id
    return queries.serving(numbers_of(client), today)


def last_ask(client: Client) -> ReferralAsk | None:
    """The last time that a client was asked, under any number."""
    theirs = ReferralAsk.client.in_(numbers_of(client))
    query = ReferralAsk.select().where(theirs)
    found: ReferralAsk | None = query.order_by(
        ReferralAsk.asked_on.desc(), ReferralAsk.id.desc()
    ).first()
    return found
