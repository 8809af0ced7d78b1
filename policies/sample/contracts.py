"""The contracts of the synthetic book: their sale, their product, and their end.

The way leads from a deal over its contract and the one who pays for it to a story and a premium
ledger. Whose they are is not known here.
"""

from bisect import bisect, bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import count, takewhile
from random import Random
from typing import NamedTuple

from policies.dates import anchors_before, days_between, months_after
from policies.sample import names as words

YEARS = 15  # the age of the company
GRACE = timedelta(days=60)
BILLED_AHEAD = timedelta(days=60)
REINSTATEMENT_MONTHS = 24  # a suspended policy is terminated when these have passed
MONTHS_BETWEEN = {"annual": 12, "semiannual": 6, "quarterly": 3, "monthly": 1, "single": 12}

# What falls due on as_of. Months after issue: first the first year, then the monthly news with,
# now and then, an event or a visit beside it.
DELIVERY = timedelta(days=3)
TOUCHPOINT_MONTHS = (1, 4, 7, 10, 13, 15, 18, 19, 24, 36, 48)
OPEN_PREMIUMS = (-15, 0, 7, 30)  # days from as_of to the due date of an unpaid premium

# Pools to draw from: a value stands in them as often as it should come up.
MODES = words.pool("annual 160 monthly 12 semiannual 9 quarterly 6 single 13")
EARLY_ENDS = words.pool("surrendered 5 claim 3 transferred_out 2")
HANDING_OVER = tuple(timedelta(days) for days in range(3, 11))  # after issue
# From a premium's due date to its payment: most are collected on the day, every seventh within a
# fortnight, every fourth only after a reminder. All of them within the grace, and, where premiums
# are due more often, before the next one.
DELAY_DAYS = (0,) * 60 + tuple(range(1, 16)) + tuple(range(10, 60, 2))
DELAYS = tuple(timedelta(days) for days in DELAY_DAYS)
SHORT_DELAYS = tuple(timedelta(min(days, 24)) for days in DELAY_DAYS)
PROMPTLY = DELAYS[:1]


# --- Sales: who buys when -------------------------------------------------------------------


class Deal(NamedTuple):
    """A policy as it is sold, with the demands of the demo on it."""

    issued: date
    settled: bool = False  # the client can be reached, pays promptly, and nothing ends the policy
    open_year: int = 0  # the premium at the end of this year is not paid yet; 0 = all are


def sale_days(as_of: date) -> list[date]:
    """The days of sale, each as often as business was done: more of late, and in campaigns."""
    days = days_between(months_after(as_of, -12 * YEARS), as_of)
    return [day for day in days for _ in range(_business(day, as_of))]


def _business(day: date, as_of: date) -> int:
    growth = 1 + (YEARS - (as_of - day).days // 366) // 3
    campaign = 2 if day.month <= 3 else 1  # 开门红, the opening campaign of each year
    holiday = (day.month, day.day) in {(1, 1), (5, 1), (10, 1), (10, 2), (10, 3)}
    return growth * campaign * (1 if holiday or day.weekday() >= 5 else 6)


def due_today(as_of: date) -> list[Deal]:
    """Policies with a touchpoint of the standard plan on `as_of`.

    Not every month leads back: nothing issued in February is one month old on the 31st of March.
    """
    # The last of the anchors: at a month's end it is the one that is clamped.
    arrivals = [day for n in TOUCHPOINT_MONTHS for day in anchors_before(as_of, n)[-1:]]
    return [Deal(issued, settled=True) for issued in [as_of - DELIVERY, *arrivals]]


def renewing(as_of: date) -> Iterator[Deal]:
    """Policies with an open premium about `as_of`, each of OPEN_PREMIUMS in turn, for ever."""
    choices = [_issued_for(as_of + timedelta(days)) for days in OPEN_PREMIUMS]
    for turn in count():
        for deals in choices:
            yield deals[turn % len(deals)]


def _issued_for(due: date) -> list[Deal]:
    """Policies whose last premium before `due` is paid, and which owe the one due that day.

    Eight years back, because a 29 February has only a 29 February behind it.
    """
    return [
        Deal(issued, settled=True, open_year=years)
        for years in range(1, 9)
        for issued in anchors_before(due, 12 * years)
    ]


# --- Contracts ------------------------------------------------------------------------------


@dataclass(slots=True)
class Contract:
    """A contract: a product, and the days and amounts of its premiums."""

    product: words.Product
    mode: str
    term: int  # years
    months: Sequence[date]  # the day of issue and of every month after it, as far as known
    due: Sequence[date]  # those of them on which an instalment is due
    premium: int  # a year's, in fen
    instalment: int  # in fen; they add up to the premium exactly
    sum_assured: int  # in fen

    def anniversary(self, years: int) -> date:
        """The day `years` after issue; the end of time if it is further off than we know."""
        return self.months[12 * years] if 12 * years < len(self.months) else date.max


def contract_for(rng: Random, deal: Deal, age: int, as_of: date) -> Contract:
    """The contract of a deal: the premium follows from product, sum assured, age and term."""
    product, mode = words.pick(rng, words.PRODUCTS), words.pick(rng, MODES)
    if deal.open_year or (mode == "single" and not product.lump):
        mode = "annual"
    # A showpiece pays for as long as it can: on as_of it must not be paid up already.
    term = product.terms[-1] if deal.settled else words.pick(rng, product.terms)
    term = 1 if mode == "single" else term
    sum_assured = 1_000_000 * words.pick(rng, product.sums)
    rate = product.rate / 1_000 * product.ageing ** (age - 30) * words.TERM_LOADING[term]
    # A multiple of twelve can be paid in any mode without a remainder.
    premium = 12 * max(round(sum_assured * rate / 12), 1)
    step = MONTHS_BETWEEN[mode]
    months = _monthly(deal.issued, as_of + BILLED_AHEAD)
    return Contract(
        product=product,
        mode=mode,
        term=term,
        months=months,
        due=months[: 12 * term : step],
        premium=premium,
        instalment=premium * step // 12,
        sum_assured=sum_assured,
    )


@lru_cache(maxsize=8192)  # room for every day of sale
def _monthly(issued: date, until: date) -> tuple[date, ...]:
    """`issued`, and the same day of every month after it up to `until`."""
    days = (months_after(issued, passed) for passed in count())
    return tuple(map(_only, takewhile(until.__ge__, days)))


@lru_cache(maxsize=8192)
def _only(day: date) -> date:
    """`day`, always as the same object: half a million months are some six thousand days."""
    return day


@dataclass(slots=True)
class Payer:
    """How a client pays: the first `kept` instalments, each after a delay that is their habit."""

    kept: int
    habit: int  # where among the delays they begin
    delays: Sequence[timedelta]

    def paid_on(self, due: date, index: int) -> date:
        """The first is paid before the policy is issued."""
        return due + self.delays[(self.habit + 37 * index) % len(self.delays)] if index else due


def payer_for(rng: Random, deal: Deal, contract: Contract, leaving: Sequence[float]) -> Payer:
    """The payer of `contract`; by policy year, `leaving` is the share who have stopped paying."""
    if deal.settled:
        return Payer(deal.open_year or len(contract.due), 0, PROMPTLY)
    per_year = 12 // MONTHS_BETWEEN[contract.mode]
    # The instalment missed is one of the year that ends with the next anniversary.
    missed = bisect(leaving, rng.random()) * per_year + 1 + int(per_year * rng.random())
    return Payer(missed, int(100 * rng.random()), DELAYS if per_year == 1 else SHORT_DELAYS)


@dataclass(slots=True)
class Story:
    """The standing of a policy by as_of."""

    status: str
    ended_on: date | None
    delivered_on: date | None
    suspended_on: date | None = None


def story_of(rng: Random, deal: Deal, contract: Contract, payer: Payer, as_of: date) -> Story:
    """The standing of `contract`: the earliest of its ends, or its status without one."""
    handed_over = deal.issued + words.pick(rng, HANDING_OVER)
    delivered_on = handed_over if handed_over < as_of else None
    ends = () if deal.settled else _ends(rng, contract, payer, handed_over, as_of)
    ended_on, status = min(ends, default=(date.max, ""))
    if ended_on <= as_of:
        return Story(status, ended_on, delivered_on)
    status, suspended_on = _standing(contract, payer, as_of)
    return Story(status, None, delivered_on, suspended_on)


def _ends(
    rng: Random, contract: Contract, payer: Payer, handed_over: date, as_of: date
) -> Iterator[tuple[date, str]]:
    """The ends that wait for a policy, with their statuses; the earliest is the one it meets.

    Nothing but time ends a policy that is suspended: no claim is paid, nothing matures.
    """
    issued = contract.months[0]
    covers = contract.product.covers_years
    expiry = contract.anniversary(covers) if covers else date.max
    missed = contract.due[payer.kept] if payer.kept < len(contract.due) else None
    lapse = missed + GRACE if missed else date.max
    chance, days = rng.random(), (as_of - issued).days
    if chance < 0.012:
        yield handed_over + timedelta(1 + int(14 * rng.random())), "free_look_cancelled"
    elif chance < 0.012 + 0.00003 * days:  # about one in a hundred a year
        day = issued + timedelta(30 + int(days * rng.random()))
        if day <= lapse:
            yield day, words.pick(rng, EARLY_ENDS)
    if missed and lapse < expiry:
        ended_on, status = _parting(rng, issued, missed)
        yield min(ended_on, expiry), status
    elif expiry < date.max:
        yield expiry, "matured"


def _parting(rng: Random, issued: date, missed: date) -> tuple[date, str]:
    """Clients who stop paying either say so beforehand or let the policy lapse and never return."""
    if rng.random() < 0.35:
        notice = missed - timedelta(int(45 * rng.random()))
        return max(notice, issued + timedelta(28)), "surrendered"
    return months_after(missed + GRACE, REINSTATEMENT_MONTHS), "terminated"


def _standing(contract: Contract, payer: Payer, as_of: date) -> tuple[str, date | None]:
    """The status of a policy that has not ended, which its first open premium decides.

    And since when it is suspended: from the day after its grace.
    """
    latest = bisect(contract.due, as_of) - 1
    due = contract.due[min(payer.kept, latest)]
    if payer.kept > latest and payer.paid_on(due, latest) <= as_of:
        over = contract.anniversary(contract.term) <= as_of and contract.mode != "single"
        return "paid_up" if over else "in_force", None
    if due + GRACE < as_of:
        return "suspended", due + GRACE + timedelta(1)
    return "grace" if due < as_of else "in_force", None


def ledger_of(
    number: str, contract: Contract, payer: Payer, story: Story, since: date, as_of: date
) -> Iterator[dict[str, str]]:
    """The premiums due from `since` until the policy ended, or until they are billed.

    It is pure, so that its length does not disturb the dice.
    """
    amount = words.money(contract.instalment)
    known_to = story.ended_on or as_of
    end = bisect(contract.due, story.ended_on) if story.ended_on else len(contract.due)
    for index in range(bisect_left(contract.due, since), end):
        due = contract.due[index]
        paid_on = payer.paid_on(due, index)
        yield {
            "policy_no": number,
            "due_date": words.iso(due),
            "amount": amount,
            "paid_on": words.iso(paid_on) if index < payer.kept and paid_on <= known_to else "",
        }
