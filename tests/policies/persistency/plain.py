"""Persistency as domain.md §8.2 tells it, policy by policy: loops and dates, no database.

The second reading that the figures must agree with. It shares no code with them; amounts are whole
hundredths. Where docs/domain.md is silent the decision stands beside the line that takes it.
"""

import calendar
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

from policies.ordering import by_name  # the order of names, which is no matter of figures

SWITCHES = ("single_premium", "term_over", "free_look", "transferred_out", "claim", "suspended")


@dataclass(frozen=True)
class Agent:
    agent_no: str
    team: str = ""
    branch: str = ""


@dataclass(frozen=True)
class Instalment:
    due: date
    amount: int
    paid_on: date | None = None


@dataclass(frozen=True)
class Contract:
    policy_no: str
    issued: date
    premium: int
    agent: Agent
    """Who serves it today."""
    mode: str = "annual"
    status: str = "in_force"
    ended_on: date | None = None
    term_years: int | None = None
    product: str = ""
    currency: str = ""
    past_agents: tuple[tuple[Agent, date], ...] = ()
    """Who served it before, in order, each with the first day on which the next one did."""
    ledger: tuple[Instalment, ...] = ()


@dataclass(frozen=True)
class Question:
    """What is asked, and what the company decided."""

    as_of: date
    month: int = 13
    definition: str = "in-force"
    basis: str = "premium"
    by: str = "cohort"
    is_rolling: bool = False
    first: date | None = None
    """Any day in the first month; None: as far as the book goes."""
    last: date | None = None
    branch: str | None = None
    team: str | None = None
    agent_no: str | None = None
    product: str | None = None
    currency: str | None = None
    excluded: frozenset[str] = frozenset(SWITCHES) - {"suspended"}
    whose: str = "serving"
    grace_days: int = 60
    product_grace: dict[str, int] = field(default_factory=dict)


# --------------------------------------------------------------------------------------- calendar


def months_after(day: date, months: int) -> date:
    """The same day of the month, or the last of a month that is too short (domain.md §4.1)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def month_of(day: date) -> date:
    """A month, known by its first day."""
    return day.replace(day=1)


def last_day(month: date) -> date:
    return months_after(month_of(month), 1) - timedelta(days=1)


def judging_date(cohort: date, ask: Question) -> date:
    """From then on the cohort is complete."""
    if ask.definition == "in-force":
        return months_after(last_day(cohort), ask.month)
    months_of_grace = math.ceil(ask.grace_days / 30)
    return last_day(months_after(month_of(cohort), ask.month - 1 + months_of_grace))


def is_complete(cohort: date, ask: Question) -> bool:
    return judging_date(cohort, ask) <= ask.as_of


# ----------------------------------------------------------------------------------- one contract


@dataclass(frozen=True)
class Answer:
    """What a contract is to the figure."""

    is_counted: bool
    is_kept: bool
    counted: int
    """Its hundredths in the denominator, and in the numerator."""
    kept: int


def answer(contract: Contract, ask: Question) -> Answer:
    if is_left_out(contract, ask):
        return Answer(False, False, 0, 0)
    if ask.definition == "in-force":
        is_kept = not has_ended_by(contract, months_after(contract.issued, ask.month), ask)
        return Answer(True, is_kept, contract.premium, contract.premium if is_kept else 0)
    due = instalments_that_decide(contract, ask)
    # asked after "paid" and after "ended", so a suspended policy may be found kept, or lost
    is_kept = is_paid_with_money(contract, due, ask)
    if not is_kept and not has_ended_by(contract, judging_date(contract.issued, ask), ask):
        is_kept = owes_nothing(contract, due, ask)
        if not is_kept and contract.status == "suspended" and "suspended" in ask.excluded:
            return Answer(False, False, 0, 0)
        is_kept = is_kept or may_still_be_paid(contract, due, ask)
    return Answer(True, is_kept, contract.premium, weight(contract, due, ask) if is_kept else 0)


def is_left_out(contract: Contract, ask: Question) -> bool:
    if contract.mode == "single" and "single_premium" in ask.excluded:
        return True
    if ask.definition == "paid" and is_term_over(contract, ask) and "term_over" in ask.excluded:
        return True
    if contract.status not in ("free_look_cancelled", "transferred_out", "claim"):
        return False
    switch = contract.status.removesuffix("_cancelled")
    if switch not in ask.excluded:
        return False
    until = ask.as_of
    if contract.status == "claim" and ask.definition == "in-force":
        until = months_after(contract.issued, ask.month)
    elif contract.status == "claim":
        until = judging_date(contract.issued, ask)
    return has_ended_by(contract, until, ask)


def has_ended_by(contract: Contract, day: date, ask: Question) -> bool:
    """What is dated after the as-of date has not happened yet."""
    return contract.ended_on is not None and contract.ended_on <= min(day, ask.as_of)


def is_term_over(contract: Contract, ask: Question) -> bool:
    """All premiums were due before the month that is asked for."""
    return contract.term_years is not None and contract.term_years * 12 <= ask.month - 1


def instalments_that_decide(contract: Contract, ask: Question) -> list[Instalment]:
    """Those of the year that begins k - 1 months after issue, due by the judging date."""
    begins = months_after(contract.issued, ask.month - 1)
    next_begins = months_after(contract.issued, ask.month - 1 + 12)
    judged = judging_date(contract.issued, ask)
    return [
        each for each in contract.ledger if begins <= each.due < next_begins and each.due <= judged
    ]


def grace_of(contract: Contract, ask: Question) -> timedelta:
    return timedelta(days=ask.product_grace.get(contract.product, ask.grace_days))


def asks_for_nothing(each: Instalment, contract: Contract, ask: Question) -> bool:
    """One of 0, and one of a paid-up policy that nobody had paid by then."""
    is_unpaid = each.paid_on is None or each.paid_on > ask.as_of
    return each.amount == 0 or (contract.status == "paid_up" and is_unpaid)


def was_received(each: Instalment, contract: Contract, ask: Question) -> bool:
    """By the last day of this policy's own grace, and not in the future; or nothing was asked for."""
    if asks_for_nothing(each, contract, ask):
        return True
    until = min(each.due + grace_of(contract, ask), ask.as_of)
    return each.paid_on is not None and each.paid_on <= until


def is_awaited(each: Instalment, contract: Contract, ask: Question) -> bool:
    """Not paid yet, and its grace has not ended."""
    is_unpaid = each.paid_on is None or each.paid_on > ask.as_of
    return is_unpaid and each.due + grace_of(contract, ask) >= ask.as_of


def is_paid(contract: Contract, due: list[Instalment], ask: Question) -> bool:
    """Every instalment that was due stands in the ledger, and was received in its grace."""
    is_whole = len(due) >= expected_instalments(contract, ask)
    return is_whole and all(was_received(each, contract, ask) for each in due)


def is_paid_with_money(contract: Contract, due: list[Instalment], ask: Question) -> bool:
    """And something was asked for: this is asked before whether the policy has ended."""
    asked = [each for each in due if not asks_for_nothing(each, contract, ask)]
    return bool(asked) and is_paid(contract, due, ask)


def expected_instalments(contract: Contract, ask: Question) -> int:
    """By the mode: how many fall due in the year that decides, by the judging date."""
    every = {"monthly": 1, "quarterly": 3, "semiannual": 6}.get(contract.mode, 12)
    judged = judging_date(contract.issued, ask)
    due = [months_after(contract.issued, ask.month - 1 + n) for n in range(0, 12, every)]
    return sum(each <= judged for each in due)


def owes_nothing(contract: Contract, due: list[Instalment], ask: Question) -> bool:
    """Nothing is asked for: by any instalment, of a paid-up policy, or after all premiums were due."""
    if not due and (contract.mode == "single" or is_term_over(contract, ask)):
        return True
    is_settled = all(was_received(each, contract, ask) for each in due)
    return is_paid(contract, due, ask) or (contract.status == "paid_up" and is_settled)


def may_still_be_paid(contract: Contract, due: list[Instalment], ask: Question) -> bool:
    """Only in an open cohort; in a complete one the same policy is lost."""
    if is_complete(contract.issued, ask):
        return False
    if not due:
        first_due = months_after(contract.issued, ask.month - 1)
        return first_due + grace_of(contract, ask) >= ask.as_of
    return all(was_received(each, contract, ask) or is_awaited(each, contract, ask) for each in due)


def weight(contract: Contract, due: list[Instalment], ask: Question) -> int:
    """What it keeps: an annual instalment as it is, but no more than the year's premium; in other
    modes, and where nothing was asked for, that premium."""
    asked = [each.amount for each in due if not asks_for_nothing(each, contract, ask)]
    if contract.mode == "annual" and asked:
        return min(sum(asked), contract.premium)
    return contract.premium


def whose(contract: Contract, ask: Question) -> Agent:
    """The agent who served it on the judging date, or today if that has not come; or the first."""
    day = min(judging_date(contract.issued, ask), ask.as_of)
    for agent, until in contract.past_agents:
        if ask.whose == "writing" or day < until:
            return agent
    return contract.agent


# ---------------------------------------------------------------------------------------- figures


@dataclass
class Sum:
    """One line of a figure."""

    key: str
    complete: bool = True
    issued: int = 0
    counted: int = 0
    persisting: int = 0
    premium_counted: int = 0
    premium_persisting: int = 0

    def add(self, contracts: Iterable[Contract], ask: Question) -> "Sum":
        for contract in contracts:
            found = answer(contract, ask)
            self.issued += 1
            self.counted += found.is_counted
            self.persisting += found.is_kept
            self.premium_counted += found.counted
            self.premium_persisting += found.kept
        return self

    def ratio(self, basis: str) -> float | None:
        kept, counted = (
            (self.premium_persisting, self.premium_counted)
            if basis == "premium"
            else (self.persisting, self.counted)
        )
        return float(Fraction(kept, counted)) if counted else None


@dataclass
class Figure:
    rows: list[Sum]
    total: Sum
    behind: list[Contract]
    """The contracts that stand behind the rows."""


def figure(book: list[Contract], agents: list[Agent], ask: Question) -> Figure | None:
    """The figure; None where nothing can be judged and the question is refused."""
    cohorts = cohorts_asked_for(book, ask)
    known = [contract for contract in book if is_in_ledger(contract.issued, book, ask)]
    chosen = [contract for contract in known if is_chosen(contract, agents, ask)]
    if ask.by == "cohort":
        found = by_cohort(chosen, cohorts, ask)
    else:
        found = by_unit(chosen, agents, cohorts, ask)
    counted = [contract for contract in found.behind if answer(contract, ask).is_counted]
    currencies = {contract.currency for contract in counted} - {""}
    if not found.rows or (ask.basis == "premium" and len(currencies) > 1):
        return None
    return found


def cohorts_asked_for(book: list[Contract], ask: Question) -> list[date]:
    """The months that may be shown: as far as the book, its ledger and the question go."""
    issued = [contract.issued for contract in book if contract.issued <= ask.as_of]
    if not issued:
        return []
    first, last = month_of(min(issued)), month_of(ask.as_of)
    months = [months_after(first, n) for n in range(months_between(first, last) + 1)]
    if ask.first is not None:
        months = [month for month in months if month >= month_of(ask.first)]
    if ask.last is not None:
        months = [month for month in months if month <= month_of(ask.last)]
    return [month for month in months if is_in_ledger(month, book, ask)]


def months_between(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month


def is_in_ledger(cohort: date, book: list[Contract], ask: Question) -> bool:
    """Whether the ledger goes back to the instalments of a month; if not, it is left out."""
    if ask.definition == "in-force":
        return True
    due = [each.due for contract in book for each in contract.ledger]
    return bool(due) and months_after(month_of(cohort), ask.month - 1) >= month_of(min(due))


def is_chosen(contract: Contract, agents: list[Agent], ask: Question) -> bool:
    agent = whose(contract, ask)
    return (
        contract.issued <= ask.as_of
        and contract.status != "applied"  # not issued yet
        and ask.branch in (None, agent.branch)
        and ask.team in (None, agent.team, team_key(agent))
        and ask.agent_no in (None, agent.agent_no)
        and ask.product in (None, contract.product)
        and ask.currency in (None, contract.currency)
    )


def by_cohort(chosen: list[Contract], cohorts: list[date], ask: Question) -> Figure:
    """A row a month; rolling: a row is the month and the eleven before it."""
    rows, behind = [], {}
    for cohort in cohorts:
        months = {cohort}
        if ask.is_rolling:
            months = {months_after(cohort, -back) for back in range(12)}
        found = [each for each in chosen if month_of(each.issued) in months]
        if found:
            rows.append(Sum(f"{cohort:%Y-%m}", is_complete(cohort, ask)).add(found, ask))
            behind |= {each.policy_no: each for each in found}
    complete = [row for row in rows if row.complete]
    if ask.is_rolling:  # sums of sums say nothing
        complete = complete[-1:]
    return Figure(rows, total_of(complete), list(behind.values()))


def by_unit(
    chosen: list[Contract], agents: list[Agent], cohorts: list[date], ask: Question
) -> Figure:
    """A row a unit, of the complete cohorts; rolling: of the last twelve of these."""
    complete = [cohort for cohort in cohorts if is_complete(cohort, ask)]
    if ask.is_rolling:
        complete = complete[-12:]
    behind = [each for each in chosen if month_of(each.issued) in complete]
    keys = sorted({key_of(each, agents, ask) for each in behind}, key=by_name)
    rows = [
        Sum(key).add((each for each in behind if key_of(each, agents, ask) == key), ask)
        for key in keys
    ]
    return Figure(rows, total_of(rows), behind)


def key_of(contract: Contract, agents: list[Agent], ask: Question) -> str:
    if ask.by == "product":
        return contract.product
    agent = whose(contract, ask)
    return {
        "agent": agent.agent_no,
        "team": team_key(agent),
        "branch": agent.branch,
    }[ask.by]


def team_key(agent: Agent) -> str:
    """A team's name, with its branch before it."""
    return f"{agent.branch} · {agent.team}" if agent.team and agent.branch else agent.team


def total_of(rows: list[Sum]) -> Sum:
    total = Sum("total")
    for row in rows:
        for name in counts():
            setattr(total, name, getattr(total, name) + getattr(row, name))
    return total


def counts() -> Iterator[str]:
    yield from ("issued", "counted", "persisting", "premium_counted", "premium_persisting")
