"""A book of business to measure with: canonical columns, any size, the same every time.

Plainer than `policies.sample`, and ten times as fast. Every client and agent has a phone number of
their own, as in life, so that no cache of ours flatters the import; the numbers are counted up and
never written to: what is queued here is thrown away.
"""

import csv
import itertools
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple, TypeVar

T = TypeVar("T")

DAY = date(2026, 6, 16)
"""The day that is walked: an ordinary Tuesday, mid-month, after a working day."""

COLUMNS = (
    *("policy_no", "issue_date", "annual_premium", "client_no", "client_name", "agent_no"),
    *("product", "payment_mode", "premium_term_years", "sum_assured", "currency", "status"),
    *("ended_on", "delivered_on", "gender", "birthday", "phone", "email", "language", "timezone"),
    *("channel", "marketing_consent", "agent_name", "agent_phone", "agent_email", "team"),
    *("branch", "referred_by"),
)
LEDGER_COLUMNS = ("policy_no", "due_date", "amount", "paid_on")

POLICIES_PER_AGENT, AGENTS_PER_TEAM, TEAMS_PER_BRANCH = 120, 20, 8
POLICIES_PER_VETERAN = 200
"""In the book of `write_history`: 5,000 agents for a million policies."""
YEARS = 20
"""Of issue: a book of so many years has several hundred dates that are due on a day."""
BILLED = timedelta(days=60)
"""The ledger holds the premiums due this long before and after the day."""

# A value stands in its pool as often as it should come up.
HELD = (1,) * 14 + (2,) * 4 + (3, 5)
STATUSES = (
    ("in_force",) * 32
    + ("paid_up",) * 3
    + ("grace", "suspended")
    + ("surrendered", "terminated", "claim")
)
ENDED = ("surrendered", "terminated", "claim")
CHANNELS = ("sms",) * 21 + ("email",) * 3 + ("none",)
CONSENTS = ("yes",) * 7 + ("no", "no", "")
LANGUAGES = ("zh_CN",) * 39 + ("en",)
ZONES = ("",) * 99 + ("America/New_York",)
PRODUCTS = ("传家终身寿险", "医享保长期医疗险", "安心两全保险", "金色年华养老年金", "守护重疾险")
MODES = ("annual",) * 8 + ("monthly", "single")
FAMILY, GIVEN = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗",
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚玲桂",
)


class Dates(NamedTuple):
    """What issue dates and birthdays are drawn from."""

    issued: Sequence[date]
    born: Sequence[date]


ANY = Dates(
    [DAY - timedelta(days) for days in range(1, 365 * YEARS)],
    [date(1960, 1, 1) + timedelta(days) for days in range(365 * 40)],
)
ASKED = (DAY, DAY + timedelta(1), DAY + timedelta(7))
"""The days about which a walk asks: the breaker's forecast is of the two that follow."""
DELIVERED = [each - timedelta(3) for each in ASKED]
IDLE = Dates(
    [each for each in ANY.issued if each.day not in {day.day for day in (*ASKED, *DELIVERED)}],
    [each for each in ANY.born if (each.month, each.day) not in {(d.month, d.day) for d in ASKED}],
)
"""Dates from which the standard plan owes nothing on these days."""


def write(path: Path, policies: int, idle: int = 0, ledger: Path | None = None) -> None:
    """Write a book, perhaps with a ledger; `idle` more policies follow to which nothing falls due."""
    _write(path, COLUMNS, itertools.chain(rows(1, policies, ANY), rows(policies + 1, idle, IDLE)))
    if ledger:
        _write(ledger, LEDGER_COLUMNS, premiums(rows(1, policies, ANY)))


def write_history(path: Path, policies: int, ledger: Path) -> None:
    """Write a book, and a ledger of the premiums that decide at month 13."""
    _write(path, COLUMNS, map(_yearly, rows(1, policies, ANY, POLICIES_PER_VETERAN)))
    _write(ledger, LEDGER_COLUMNS, second_premiums(rows(1, policies, ANY)))


def _write(path: Path, header: Sequence[str], lines: Iterable[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(header)
        table.writerows(lines)


def rows(
    first: int, count: int, dates: Dates, per_agent: int = POLICIES_PER_AGENT
) -> Iterator[tuple[str, ...]]:
    """`count` policies, numbered from `first`; those of one client follow each other."""
    rng = Random(first)
    client: tuple[str, ...] = ()
    left = 0
    for number in range(first, first + count):
        if not left:
            client, left = _client(rng, number, dates.born), _pick(rng, HELD)
        left -= 1
        name, client_no, *person, referred_by = client
        agent_no, *agent = _agent(number // per_agent)
        contract = _contract(rng, _pick(rng, dates.issued))
        yield (
            *(f"P{number:010d}", *contract[:2], client_no, name, agent_no),
            *(*contract[2:], *person, *agent, referred_by),
        )


def _client(rng: Random, number: int, born: Sequence[date]) -> tuple[str, ...]:
    email = f"c{number:07d}@example.com" if rng.random() < 0.85 else ""
    return (
        _pick(rng, FAMILY) + _pick(rng, GIVEN) + _pick(rng, GIVEN),
        f"C{number:07d}",
        _pick(rng, "MF"),
        str(_pick(rng, born)),
        f"13{number:09d}",
        email,
        _pick(rng, LANGUAGES),
        _pick(rng, ZONES),
        _pick(rng, CHANNELS) if email else "sms",
        _pick(rng, CONSENTS),
        f"C{int(rng.random() * number):07d}" if rng.random() < 0.4 else "",
    )


def _agent(number: int) -> tuple[str, ...]:
    team = number // AGENTS_PER_TEAM
    name = FAMILY[number % len(FAMILY)] + GIVEN[number % len(GIVEN)]
    contact = (f"18{number:09d}", f"a{number:05d}@example.com")
    return (
        f"A{number:05d}",
        name,
        *contact,
        f"{team % TEAMS_PER_BRANCH + 1}部",
        f"第{team // TEAMS_PER_BRANCH + 1}分公司",
    )


def _contract(rng: Random, issued: date) -> tuple[str, ...]:
    status = _pick(rng, STATUSES)
    ended_on = issued + (DAY - issued) * rng.random() if status in ENDED else ""
    delivered_on = issued + timedelta(4) if issued + timedelta(4) < DAY else ""
    return (
        str(issued),
        f"{1_200 * (1 + int(30 * rng.random()))}.{int(100 * rng.random()):02d}",
        _pick(rng, PRODUCTS),
        _pick(rng, MODES),
        str(_pick(rng, (10, 15, 20, 30))),
        f"{100_000 * (1 + int(20 * rng.random()))}.00",
        "CNY",
        status,
        str(ended_on),
        str(delivered_on),
    )


def premiums(book: Iterable[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """Each living policy's premium of this year, if due about the day; a quarter of the late are open."""
    for number, row in enumerate(book):
        policy_no, issued, amount = row[:3]
        due = _anniversary(date.fromisoformat(issued))
        if due and not row[COLUMNS.index("ended_on")]:
            yield policy_no, str(due), amount, str(due) if due < DAY and number % 4 else ""


def second_premiums(book: Iterable[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """The premium a year after issue of each policy that was there to owe it; a tenth stay unpaid."""
    for number, row in enumerate(book):
        policy_no, issued, amount = row[:3]
        due = _year_after(date.fromisoformat(issued))
        ended_on = row[COLUMNS.index("ended_on")]
        if due <= DAY and (not ended_on or str(due) < ended_on):
            yield (
                policy_no,
                str(due),
                amount,
                str(due + timedelta(number % 50)) if number % 10 else "",
            )


def _yearly(row: tuple[str, ...]) -> tuple[str, ...]:
    """The same contract, paid once a year if it was to be paid every month."""
    return tuple("annual" if cell == "monthly" else cell for cell in row)


def _year_after(day: date) -> date:
    return date(day.year + 1, day.month, 28 if (day.month, day.day) == (2, 29) else day.day)


def _anniversary(issued: date) -> date | None:
    if (issued.month, issued.day) == (2, 29):
        return None
    due = issued.replace(year=DAY.year)
    return due if due > issued and abs(due - DAY) <= BILLED else None


def _pick(rng: Random, pool: Sequence[T]) -> T:
    return pool[int(len(pool) * rng.random())]
