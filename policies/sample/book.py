"""A synthetic book of business: seeded, of any size, and alive on the day it is made for.

The book comes agent by agent and client by client, so that no more than one agent's clients are
ever in memory. Three things always hold:

- The same (policies, as_of, seed) is the same book, byte for byte.
- A row and its premium ledger agree. Nothing in it happens after `as_of`; the premiums due in
  the 60 days to come is there, and unpaid.
- Something is due on `as_of` itself, whatever day that is and however small the book.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import cycle
from pathlib import Path
from random import Random
from typing import NamedTuple, TextIO

from policies import whole
from policies.dates import months_after
from policies.sample import names as words
from policies.sample.contracts import (
    Deal,
    contract_for,
    due_today,
    ledger_of,
    payer_for,
    renewing,
    sale_days,
    story_of,
)
from policies.sample.people import SampleAgent, SampleClient, client_for, staff

COLUMNS: tuple[str, ...] = words.listed(
    "policy_no issue_date annual_premium client_no client_name agent_no "
    "product payment_mode premium_term_years sum_assured currency status ended_on delivered_on "
    "suspended_on gender birthday phone email language timezone channel marketing_consent "
    "agent_name agent_phone agent_email team branch referred_by source"
)
PREMIUM_COLUMNS: tuple[str, ...] = words.listed("policy_no due_date amount paid_on")

POLICIES_PER_AGENT, AGENTS_AT_LEAST = 120, 6
POLICIES_PER_BRANCH, BRANCHES_AT_LEAST = 20_000, 2
PROGRESS_EVERY = 1_000  # policies
# How many policies a client holds, each number as often as it should come up.
POLICIES_HELD = (1,) * 70 + (2,) * 18 + (3,) * 7 + (4,) * 3 + (5, 6)


@dataclass(frozen=True)
class SamplePolicy:
    """One row of the canonical book, in the order of COLUMNS, and the policy's premium ledger."""

    row: dict[str, str]
    premiums: tuple[dict[str, str], ...]


class SampleCounts(NamedTuple):
    """How much was written."""

    policies: int
    clients: int
    agents: int
    premiums: int


def generate(
    policies: int, as_of: date, seed: int = 1, *, ledger_years: int = 3
) -> Iterator[SamplePolicy]:
    """Make the book. The policies of one client follow each other, as do the clients of one agent.

    `ledger_years` changes how far back the ledger reaches, and nothing else.
    """
    rng = Random(f"{seed} {as_of} {policies}")  # nosec B311
    book = _Book(as_of, rng, ledger_years)
    agents = max(AGENTS_AT_LEAST, round(policies / POLICIES_PER_AGENT))
    branches = max(BRANCHES_AT_LEAST, round(policies / POLICIES_PER_BRANCH))
    for agent, load in staff(policies, agents, branches, book.rng):
        yield from book.round(agent, load)


def write(
    policies: int,
    out: Path,
    *,
    premiums: Path | None = None,
    as_of: date,
    seed: int = 1,
    progress: Callable[[int], None] | None = None,
) -> SampleCounts:
    """Write the book to `out` and its premium ledger to `premiums`, as UTF-8 CSV.

    `progress` hears every 1,000 policies, and at the end, how many have been written so far. Raises
    `UnwritableFile`.
    """
    written = clients = agents = instalments = 0
    client = agent = ""
    with ExitStack() as files:
        book = _csv(files, out, COLUMNS)
        ledger = _csv(files, premiums, PREMIUM_COLUMNS) if premiums else None
        for written, policy in enumerate(generate(policies, as_of, seed), 1):
            book.write(_line(policy.row))
            if ledger:
                ledger.writelines(map(_line, policy.premiums))
                instalments += len(policy.premiums)
            # Clients with several policies come in a run: counting needs no memory of everyone seen.
            clients += policy.row["client_no"] != client
            agents += policy.row["agent_no"] != agent
            client, agent = policy.row["client_no"], policy.row["agent_no"]
            if progress and (written % PROGRESS_EVERY == 0 or written == policies):
                progress(written)
    return SampleCounts(written, clients, agents, instalments)


def _csv(files: ExitStack, path: Path, columns: Sequence[str]) -> TextIO:
    draft = files.enter_context(whole.written(path))
    file = files.enter_context(draft.open("w", 1 << 20, encoding="utf-8", newline=""))
    file.write(",".join(columns) + "\n")
    return file


def _line(row: dict[str, str]) -> str:
    """One line of CSV, without the quotes that no word of ours needs: csv.writer takes longer."""
    return ",".join(row.values()) + "\n"


# --- The book -------------------------------------------------------------------------------


class _Book:
    """The dice, the calendar, and the counters of the whole book."""

    def __init__(self, as_of: date, rng: Random, ledger_years: int) -> None:
        self.as_of = as_of
        self.rng = rng
        # whole months: a ledger that began in the middle of one could not judge its cohort
        self.ledger_from = months_after(as_of, -12 * ledger_years).replace(day=1)
        self.sale_days = sale_days(as_of)
        self.due_today = cycle(due_today(as_of))
        self.renewing = renewing(as_of)
        self.portfolios = self.clients = self.policies = 0

    def round(self, agent: SampleAgent, load: int) -> Iterator[SamplePolicy]:
        """All that one agent serves, client by client in the order in which they came.

        That order is why a referral always names somebody who was a client already.
        """
        people: list[SampleClient] = []
        for deals in sorted(self._portfolios(load)):
            self.clients += 1
            client = client_for(self.rng, self.clients, deals, people, self.as_of)
            people.append(client)
            for deal in deals:
                self.policies += 1
                yield self._policy(deal, client, agent)

    def _portfolios(self, load: int) -> Iterator[list[Deal]]:
        while load > 0:
            deals = self._portfolio(load)
            load -= len(deals)
            yield deals

    def _portfolio(self, room: int) -> list[Deal]:
        """The purchases of one client, oldest first: at most `room` policies.

        Every seventh client has one policy with something due today, a tenth of the book; every
        fourteenth has a premium open.
        """
        turn = self.portfolios
        self.portfolios += 1
        if turn == 0:
            return self._showpiece(min(room, 5))
        if turn % 7 == 2:
            return [next(self.due_today)]
        if turn % 14 == 5:
            return [next(self.renewing)]
        size = min(room, words.pick(self.rng, POLICIES_HELD))
        return sorted(Deal(words.pick(self.rng, self.sale_days)) for _ in range(size))

    def _showpiece(self, size: int) -> list[Deal]:
        """The client with five policies, the eldest of which brings the news today."""
        eldest = min(due_today(self.as_of))
        days = (self.as_of - eldest.issued).days
        later = [timedelta(days=1 + int(days * self.rng.random())) for _ in range(size - 1)]
        return [eldest, *sorted(Deal(eldest.issued + after, settled=True) for after in later)]

    def _policy(self, deal: Deal, client: SampleClient, agent: SampleAgent) -> SamplePolicy:
        number = f"P{self.policies:010d}"
        age = deal.issued.year - client.birthday.year
        contract = contract_for(self.rng, deal, age, self.as_of)
        payer = payer_for(self.rng, deal, contract, agent.leaving)
        story = story_of(self.rng, deal, contract, payer, self.as_of)
        row = {
            "policy_no": number,
            "issue_date": words.iso(deal.issued),
            "annual_premium": words.money(contract.premium),
            "client_no": client.number,
            "client_name": client.name,
            "agent_no": agent.number,
            "product": contract.product.name,
            "payment_mode": contract.mode,
            "premium_term_years": str(contract.term),
            "sum_assured": words.money(contract.sum_assured),
            "currency": "CNY",
            "status": story.status,
            "ended_on": words.iso(story.ended_on) if story.ended_on else "",
            "delivered_on": words.iso(story.delivered_on) if story.delivered_on else "",
            "suspended_on": words.iso(story.suspended_on) if story.suspended_on else "",
            **client.facts,
            **agent.facts,
            "referred_by": client.referred_by,
            "source": "referral" if client.referred_by else "",
        }
        ledger = ledger_of(number, contract, payer, story, self.ledger_from, self.as_of)
        return SamplePolicy(row, tuple(ledger))
