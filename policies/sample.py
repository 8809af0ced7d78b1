"""A synthetic book of business: seeded, of any size, and alive on the day it is made for.

The book is told agent by agent and client by client, so that no more than one agent's clients are
ever in memory. Three things always hold:

- The same (policies, as_of, seed) is the same book, byte for byte.
- A row and its premium ledger tell one story. Nothing in it happens after `as_of`; what is due in
  the 60 days to come is there, and unpaid.
- Something is due on `as_of` itself, whatever day that is and however small the book.
"""

from bisect import bisect, bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import accumulate, count, cycle, takewhile
from pathlib import Path
from random import Random
from typing import NamedTuple, TextIO, TypeVar

from policies import sample_words as words
from policies.dates import anchors_before, days_between, months_after

COLUMNS: tuple[str, ...] = words.listed(
    "policy_no issue_date annual_premium client_no client_name agent_no "
    "product payment_mode premium_term_years sum_assured currency status ended_on delivered_on "
    "gender birthday phone email language timezone channel marketing_consent "
    "agent_name agent_phone agent_email team branch referred_by"
)
PREMIUM_COLUMNS: tuple[str, ...] = words.listed("policy_no due_date amount paid_on")

YEARS = 15  # the age of the company
POLICIES_PER_AGENT, AGENTS_AT_LEAST = 120, 6
POLICIES_PER_BRANCH, BRANCHES_AT_LEAST = 20_000, 2
REFERRALS_DEEP = 5
GRACE = timedelta(days=60)
BILLED_AHEAD = timedelta(days=60)
REINSTATEMENT_MONTHS = 24  # a suspended policy is terminated when these have passed
MONTHS_BETWEEN = {"annual": 12, "semiannual": 6, "quarterly": 3, "monthly": 1, "single": 12}
PROGRESS_EVERY = 1_000  # policies

# What falls due on as_of. Months after issue: first the first year, then the monthly news with,
# now and then, an event or a visit beside it.
DELIVERY = timedelta(days=3)
TOUCHPOINT_MONTHS = (1, 4, 7, 10, 13, 15, 18, 19, 24, 36, 48)
OPEN_PREMIUMS = (-15, 0, 7, 30)  # days from as_of to the due date of an unpaid premium

# Pools to draw from: a value stands in them as often as it should come up.
POLICIES_HELD = (1,) * 70 + (2,) * 18 + (3,) * 7 + (4,) * 3 + (5, 6)
MODES = words.pool("annual 160 monthly 12 semiannual 9 quarterly 6 single 13")
CHANNELS = words.pool("sms 84 email 12 none 4")
CONSENTS = ("yes",) * 70 + ("no",) * 20 + ("",) * 10
UNUSABLE_PHONES = ("12345", "待补")
EARLY_ENDS = words.pool("surrendered 5 claim 3 transferred_out 2")
HANDING_OVER = tuple(timedelta(days) for days in range(3, 11))  # after issue
# From a premium's due date to its payment: most are collected on the day, every seventh within a
# fortnight, every fourth only after a reminder. All of them within the grace, and, where premiums
# are due more often, before the next one.
DELAY_DAYS = (0,) * 60 + tuple(range(1, 16)) + tuple(range(10, 60, 2))
DELAYS = tuple(timedelta(days) for days in DELAY_DAYS)
SHORT_DELAYS = tuple(timedelta(min(days, 24)) for days in DELAY_DAYS)
PROMPTLY = DELAYS[:1]

T = TypeVar("T")


@dataclass(frozen=True)
class SamplePolicy:
    """One row of the canonical book, in the order of COLUMNS, and the policy's premium ledger."""

    row: dict[str, str]
    premiums: tuple[dict[str, str], ...]


class SampleCounts(NamedTuple):
    """What was written."""

    policies: int
    clients: int
    agents: int
    premiums: int


def generate(
    policies: int, as_of: date, seed: int = 1, *, ledger_years: int = 3
) -> Iterator[SamplePolicy]:
    """Tell the book. The policies of one client follow each other, as do the clients of one agent.

    `ledger_years` changes how far back the ledger reaches, and nothing else.
    """
    book = _Book(as_of, Random(f"{seed} {as_of} {policies}"), ledger_years)
    for agent, load in _staff(policies, book.rng):
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

    `progress` hears every 1,000 policies, and at the end, how many have been written so far.
    """
    written = clients = agents = instalments = 0
    client = agent = ""
    with ExitStack() as files:
        book = files.enter_context(_csv(out, COLUMNS))
        ledger = files.enter_context(_csv(premiums, PREMIUM_COLUMNS)) if premiums else None
        for written, policy in enumerate(generate(policies, as_of, seed), 1):
            book.write(_line(policy.row))
            if ledger:
                ledger.writelines(map(_line, policy.premiums))
                instalments += len(policy.premiums)
            # Who comes twice comes in a run: counting needs no memory of everyone seen.
            clients += policy.row["client_no"] != client
            agents += policy.row["agent_no"] != agent
            client, agent = policy.row["client_no"], policy.row["agent_no"]
            if progress and (written % PROGRESS_EVERY == 0 or written == policies):
                progress(written)
    return SampleCounts(written, clients, agents, instalments)


def _csv(path: Path, columns: Sequence[str]) -> TextIO:
    file = path.open("w", 1 << 20, encoding="utf-8", newline="")
    file.write(",".join(columns) + "\n")
    return file


def _line(row: dict[str, str]) -> str:
    """One line of CSV, without the quotes that no word of ours needs: csv.writer takes longer."""
    return ",".join(row.values()) + "\n"


# --- The staff ------------------------------------------------------------------------------


class _Agent(NamedTuple):
    number: str
    facts: dict[str, str]
    leaving: tuple[float, ...]  # by policy year: the share of clients who have stopped paying


def _staff(policies: int, rng: Random) -> Iterator[tuple[_Agent, int]]:
    """The agents, branch by branch, each with the number of policies to serve."""
    agents = max(AGENTS_AT_LEAST, round(policies / POLICIES_PER_AGENT))
    branches = max(BRANCHES_AT_LEAST, round(policies / POLICIES_PER_BRANCH))
    left = policies
    for index in range(agents):
        branch, seat = divmod(index * branches, agents)
        teams = min(4 + branch % 3, -(-agents // branches))
        fair = left / (agents - index)
        # The last one takes what is left, and so the loads add up without being known beforehand.
        load = left if index == agents - 1 else round(fair * (0.35 + 1.3 * rng.random()))
        left -= load
        yield _agent(rng, index + 1, branch, words.TEAMS[seat * teams // agents]), load


def _agent(rng: Random, number: int, branch: int, team: str) -> _Agent:
    gender, born = _pick(rng, "MF"), 1965 + int(35 * rng.random())
    again, city = divmod(branch, len(words.CITIES))
    facts = {
        "agent_name": _pick(rng, words.FAMILY_NAMES) + words.given_name(gender, born, rng.random()),
        # From the other end of the range, so that a small book has no number twice.
        "agent_phone": words.phone_number(-number),
        "agent_email": f"a{number:05d}@example.com",
        "team": team,
        "branch": f"{words.CITIES[city]}{f'第{again + 1}' if again else ''}分公司",
    }
    return _Agent(f"A{number:05d}", facts, _leaving(rng, number))


def _leaving(rng: Random, number: int) -> tuple[float, ...]:
    """How the clients of agent `number` drift away.

    One agent in twelve, the third of the smallest book, loses a third before the second year.
    """
    lost = 0.32 if number % 12 == 3 else 0.17 if number % 6 == 0 else 0.08
    lost *= 0.7 + 0.6 * rng.random()
    yearly = [lost, lost * 0.5, *[lost * 0.3] * (YEARS - 2)]
    staying = accumulate(yearly, lambda stay, gone: stay * (1 - gone), initial=1.0)
    return tuple(1 - stay for stay in staying)[1:]


# --- Sales: who buys when -------------------------------------------------------------------


class _Deal(NamedTuple):
    """A policy as it is sold, and what the demo needs of it."""

    issued: date
    settled: bool = False  # the client can be reached, pays promptly, and nothing ends the policy
    open_year: int = 0  # the premium at the end of this year is not paid yet; 0 = all are


def _sale_days(as_of: date) -> list[date]:
    """The days of sale, each as often as business was done: more of late, and in campaigns."""
    days = days_between(months_after(as_of, -12 * YEARS), as_of)
    return [day for day in days for _ in range(_business(day, as_of))]


def _business(day: date, as_of: date) -> int:
    growth = 1 + (YEARS - (as_of - day).days // 366) // 3
    campaign = 2 if day.month <= 3 else 1  # 开门红, the opening campaign of each year
    holiday = (day.month, day.day) in {(1, 1), (5, 1), (10, 1), (10, 2), (10, 3)}
    return growth * campaign * (1 if holiday or day.weekday() >= 5 else 6)


def _due_today(as_of: date) -> list[_Deal]:
    """Policies with a touchpoint of the standard plan on `as_of`.

    Not every month leads back: nothing issued in February is one month old on the 31st of March.
    """
    # The last of the anchors: at a month's end it is the one that is clamped.
    arrivals = [day for n in TOUCHPOINT_MONTHS for day in anchors_before(as_of, n)[-1:]]
    return [_Deal(issued, settled=True) for issued in (as_of - DELIVERY, *arrivals)]


def _renewing(as_of: date) -> Iterator[_Deal]:
    """Policies with an open premium about `as_of`, each of OPEN_PREMIUMS in turn, for ever."""
    choices = [_issued_for(as_of + timedelta(days)) for days in OPEN_PREMIUMS]
    for turn in count():
        for deals in choices:
            yield deals[turn % len(deals)]


def _issued_for(due: date) -> list[_Deal]:
    """Policies whose last premium before `due` is paid, and which owe the one due that day.

    Eight years back, because a 29 February has only a 29 February behind it.
    """
    return [
        _Deal(issued, settled=True, open_year=years)
        for years in range(1, 9)
        for issued in anchors_before(due, 12 * years)
    ]


# --- The book -------------------------------------------------------------------------------


class _Book:
    """What the whole book shares: the dice, the calendar, and the counters that number things."""

    def __init__(self, as_of: date, rng: Random, ledger_years: int) -> None:
        self.as_of = as_of
        self.rng = rng
        self.ledger_from = months_after(as_of, -12 * ledger_years)
        self.sale_days = _sale_days(as_of)
        self.due_today = cycle(_due_today(as_of))
        self.renewing = _renewing(as_of)
        self.portfolios = self.clients = self.policies = 0

    def round(self, agent: _Agent, load: int) -> Iterator[SamplePolicy]:
        """All that one agent serves, client by client in the order in which they came.

        That order is why a referral always names somebody who was a client already.
        """
        people: list[_Client] = []
        for deals in sorted(self._portfolios(load)):
            self.clients += 1
            client = _client(self.rng, self.clients, deals, people, self.as_of)
            people.append(client)
            for deal in deals:
                self.policies += 1
                yield self._policy(deal, client, agent)

    def _portfolios(self, load: int) -> Iterator[list[_Deal]]:
        while load > 0:
            deals = self._portfolio(load)
            load -= len(deals)
            yield deals

    def _portfolio(self, room: int) -> list[_Deal]:
        """What one client buys, oldest first: at most `room` policies.

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
        size = min(room, _pick(self.rng, POLICIES_HELD))
        return sorted(_Deal(_pick(self.rng, self.sale_days)) for _ in range(size))

    def _showpiece(self, size: int) -> list[_Deal]:
        """The client with five policies, the eldest of which brings the news today."""
        eldest = min(_due_today(self.as_of))
        days = (self.as_of - eldest.issued).days
        later = [timedelta(days=1 + int(days * self.rng.random())) for _ in range(size - 1)]
        return [eldest, *sorted(_Deal(eldest.issued + after, settled=True) for after in later)]

    def _policy(self, deal: _Deal, client: "_Client", agent: _Agent) -> SamplePolicy:
        number = f"P{self.policies:010d}"
        age = deal.issued.year - client.birthday.year
        contract = _contract(self.rng, deal, age, self.as_of)
        payer = _payer(self.rng, deal, contract, agent)
        story = _story(self.rng, deal, contract, payer, self.as_of)
        row = {
            "policy_no": number,
            "issue_date": _iso(deal.issued),
            "annual_premium": _money(contract.premium),
            "client_no": client.number,
            "client_name": client.name,
            "agent_no": agent.number,
            "product": contract.product.name,
            "payment_mode": contract.mode,
            "premium_term_years": str(contract.term),
            "sum_assured": _money(contract.sum_assured),
            "currency": "CNY",
            "status": story.status,
            "ended_on": _iso(story.ended_on) if story.ended_on else "",
            "delivered_on": _iso(story.delivered_on) if story.delivered_on else "",
            **client.facts,
            **agent.facts,
            "referred_by": client.referred_by,
        }
        ledger = _ledger(number, contract, payer, story, self.ledger_from, self.as_of)
        return SamplePolicy(row, tuple(ledger))


# --- Clients --------------------------------------------------------------------------------


@dataclass(slots=True)
class _Client:
    number: str
    name: str
    family_name: str
    english: bool
    gender: str
    birthday: date
    depth: int  # 1 = came alone, 2 = referred by such a one, ...
    referred_by: str
    facts: dict[str, str]


class _Kinship(NamedTuple):
    """What somebody is to the relative who referred them."""

    same_name: bool
    years_younger: range


# In China the spouses keep their own family names; children and brothers and sisters share one.
SPOUSE = _Kinship(False, range(-5, 6))
CHILD = _Kinship(True, range(22, 33))
SIBLING = _Kinship(True, range(-8, 9))
FRIEND = _Kinship(False, range(-12, 13))
KINSHIPS = (SPOUSE, CHILD, CHILD, SIBLING, FRIEND, FRIEND, FRIEND, FRIEND)


def _client(
    rng: Random, number: int, deals: list[_Deal], people: list[_Client], as_of: date
) -> _Client:
    """The client who buys `deals`: a newcomer, or referred by one of `people`."""
    by = _referrer(rng, people)
    kinship = _pick(rng, KINSHIPS) if by else FRIEND
    english = by.english if by and kinship is not FRIEND else rng.random() < 0.03
    gender = _pick(rng, "MF")
    if by and kinship is SPOUSE:
        gender = "F" if by.gender == "M" else "M"
    born = by.birthday.year + _pick(rng, kinship.years_younger) if by else None
    birthday = _birthday(rng, deals[0].issued, born)
    if number % 211 == 40:  # beside those whom chance has given it: today is their birthday
        birthday = months_after(as_of, 12 * (birthday.year - as_of.year))
    family = by.family_name if by and kinship.same_name else _family_name(rng, english)
    return _Client(
        number=f"C{number:06d}",
        name=_full_name(rng, family, english, gender, birthday.year),
        family_name=family,
        english=english,
        gender=gender,
        birthday=birthday,
        depth=by.depth + 1 if by else 1,
        referred_by=by.number if by else "",
        facts={"gender": gender, "birthday": _iso(birthday)}
        | _contact(rng, number, english, reachable=deals[0].settled),
    )


def _referrer(rng: Random, people: list[_Client]) -> _Client | None:
    """Somebody among `people` who refers the next client, or nobody.

    Old clients are asked most often, and so a few of them become centres of influence.
    """
    if not people or rng.random() > 0.45:
        return None
    friend = people[int(len(people) * rng.random() ** 1.5)]
    return friend if friend.depth < REFERRALS_DEEP else None


def _birthday(rng: Random, first_sale: date, year: int | None) -> date:
    """Born in or near `year`, but between 22 and 58 years old at the first sale.

    Fifteen years of sales later that is still not over 75, with a year to spare on either side.
    """
    age = first_sale.year - year if year else 22 + 18 * (rng.random() + rng.random())
    days = 365.25 * min(max(age, 22), 58) + 365 * rng.random()
    return date.fromordinal(first_sale.toordinal() - int(days))


def _family_name(rng: Random, english: bool) -> str:
    return _pick(rng, words.ENGLISH_FAMILY_NAMES if english else words.FAMILY_NAMES)


def _full_name(rng: Random, family: str, english: bool, gender: str, born: int) -> str:
    if english:
        return f"{_pick(rng, words.ENGLISH_GIVEN_NAMES[gender])} {family}"
    return family + words.given_name(gender, born, rng.random())


def _contact(rng: Random, number: int, english: bool, *, reachable: bool) -> dict[str, str]:
    """How the client may be written to; `reachable`, by a message of any kind."""
    spoilt = rng.random() < 0.01 and not reachable
    email = f"c{number:06d}@example.com" if rng.random() < 0.85 else ""
    channel, consent = _pick(rng, CHANNELS), _pick(rng, CONSENTS)
    if (channel == "email" and not email) or (channel == "none" and reachable):
        channel = "sms"
    abroad = rng.random() < (0.25 if english else 0.01)
    return {
        "phone": _pick(rng, UNUSABLE_PHONES) if spoilt else words.phone_number(number),
        "email": email,
        "language": "en" if english else "zh_CN",
        "timezone": _pick(rng, words.TIMEZONES) if abroad else "",
        "channel": channel,
        "marketing_consent": "yes" if reachable else consent,
    }


# --- Contracts ------------------------------------------------------------------------------


@dataclass(slots=True)
class _Contract:
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


def _contract(rng: Random, deal: _Deal, age: int, as_of: date) -> _Contract:
    """What is bought: the premium follows from product, sum assured, age and term."""
    product, mode = _pick(rng, words.PRODUCTS), _pick(rng, MODES)
    if deal.open_year or (mode == "single" and not product.lump):
        mode = "annual"
    # A showpiece pays for as long as it can: on as_of it must not be paid up already.
    term = product.terms[-1] if deal.settled else _pick(rng, product.terms)
    term = 1 if mode == "single" else term
    sum_assured = 1_000_000 * _pick(rng, product.sums)
    rate = product.rate / 1_000 * product.ageing ** (age - 30) * words.TERM_LOADING[term]
    # A multiple of twelve can be paid in any mode without a remainder.
    premium = 12 * max(round(sum_assured * rate / 12), 1)
    step = MONTHS_BETWEEN[mode]
    months = _monthly(deal.issued, as_of + BILLED_AHEAD)
    return _Contract(
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
class _Payer:
    """How a client pays: the first `kept` instalments, each after a delay that is their habit."""

    kept: int
    habit: int  # where among the delays they begin
    delays: Sequence[timedelta]

    def paid_on(self, due: date, index: int) -> date:
        """The first is paid before the policy is issued."""
        return due + self.delays[(self.habit + 37 * index) % len(self.delays)] if index else due


def _payer(rng: Random, deal: _Deal, contract: _Contract, agent: _Agent) -> _Payer:
    if deal.settled:
        return _Payer(deal.open_year or len(contract.due), 0, PROMPTLY)
    per_year = 12 // MONTHS_BETWEEN[contract.mode]
    # The instalment missed is one of the year that ends with the next anniversary.
    missed = bisect(agent.leaving, rng.random()) * per_year + 1 + int(per_year * rng.random())
    return _Payer(missed, int(100 * rng.random()), DELAYS if per_year == 1 else SHORT_DELAYS)


@dataclass(slots=True)
class _Story:
    """What became of a policy by as_of."""

    status: str
    ended_on: date | None
    delivered_on: date | None


def _story(rng: Random, deal: _Deal, contract: _Contract, payer: _Payer, as_of: date) -> _Story:
    handed_over = deal.issued + _pick(rng, HANDING_OVER)
    delivered_on = handed_over if handed_over < as_of else None
    ends = () if deal.settled else _ends(rng, contract, payer, handed_over, as_of)
    ended_on, status = min(ends, default=(date.max, ""))
    if ended_on <= as_of:
        return _Story(status, ended_on, delivered_on)
    return _Story(_standing(contract, payer, as_of), None, delivered_on)


def _ends(
    rng: Random, contract: _Contract, payer: _Payer, handed_over: date, as_of: date
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
            yield day, _pick(rng, EARLY_ENDS)
    if missed and lapse < expiry:
        ended_on, status = _parting(rng, issued, missed)
        yield min(ended_on, expiry), status
    elif expiry < date.max:
        yield expiry, "matured"


def _parting(rng: Random, issued: date, missed: date) -> tuple[date, str]:
    """Who stops paying either says so beforehand or lets the policy lapse and never returns."""
    if rng.random() < 0.35:
        notice = missed - timedelta(int(45 * rng.random()))
        return max(notice, issued + timedelta(28)), "surrendered"
    return months_after(missed + GRACE, REINSTATEMENT_MONTHS), "terminated"


def _standing(contract: _Contract, payer: _Payer, as_of: date) -> str:
    """The status of a policy that has not ended, which its first open premium decides."""
    latest = bisect(contract.due, as_of) - 1
    due = contract.due[min(payer.kept, latest)]
    if payer.kept > latest and payer.paid_on(due, latest) <= as_of:
        over = contract.anniversary(contract.term) <= as_of and contract.mode != "single"
        return "paid_up" if over else "in_force"
    return "suspended" if due + GRACE < as_of else "grace" if due < as_of else "in_force"


def _ledger(
    number: str, contract: _Contract, payer: _Payer, story: _Story, since: date, as_of: date
) -> Iterator[dict[str, str]]:
    """The premiums due from `since` until the policy ended, or until they are billed.

    It is pure, so that its length does not disturb the dice.
    """
    amount = _money(contract.instalment)
    known_to = story.ended_on or as_of
    end = bisect(contract.due, story.ended_on) if story.ended_on else len(contract.due)
    for index in range(bisect_left(contract.due, since), end):
        due = contract.due[index]
        paid_on = payer.paid_on(due, index)
        yield {
            "policy_no": number,
            "due_date": _iso(due),
            "amount": amount,
            "paid_on": _iso(paid_on) if index < payer.kept and paid_on <= known_to else "",
        }


def _pick(rng: Random, pool: Sequence[T]) -> T:
    """One of `pool`, in a third of the time that Random.choice takes."""
    return pool[int(len(pool) * rng.random())]


def _money(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


_iso = lru_cache(maxsize=1 << 15)(date.isoformat)  # ninety years: a book writes few dates, often
