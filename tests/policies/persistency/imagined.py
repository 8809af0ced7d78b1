"""Books, ledgers and questions of persistency that nobody would think of: days next to each other's
boundaries, since that is where two readings part."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from hypothesis import strategies as st

from policies.importing.cells import cells
from policies.status import ENDED
from tests.policies.persistency import plain
from tests.policies.persistency.plain import Agent, Contract, Instalment, Question, months_after

MONTHS = st.sampled_from([13, 13, 13, 25, 37, 49, 61])
MODES = {"annual": 12, "semiannual": 6, "quarterly": 3, "monthly": 1, "single": 12}
PRODUCTS = ["终身寿险", "年金", "=1+1"]
STATUSES = ["in_force"] * 14 + ["suspended", "claim", "surrendered"] + sorted(cells.STATUSES)
DAYS_OFF = st.sampled_from([0, 0, 0, 0, -1, 1, -5, 20])

AGENTS = [
    Agent("A000", "一部", "上海"),
    Agent("A001", "一部", "上海"),
    Agent("A100", "二部", "上海"),
    Agent("A900", "九部", "北京"),
    Agent("A901", "一部", "北京"),  # two branches have a team so named
    Agent("A999"),  # of no team
]

AS_OF = st.sampled_from(
    [
        *(date(2024, 2, 29), date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 31)),
        *(date(2026, 6, 29), date(2026, 6, 30), date(2026, 5, 30), date(2025, 12, 31)),
    ]
) | st.dates(date(2023, 1, 1), date(2027, 12, 31))


@dataclass(frozen=True)
class Asked:
    """A book, and a question."""

    book: list[Contract]
    ask: Question


SELDOM = st.sampled_from([False] * 5 + [True])


def maybe(strategy: st.SearchStrategy[date]) -> Callable[[bool], st.SearchStrategy[date | None]]:
    return lambda is_wanted: strategy if is_wanted else st.none()


@st.composite
def questions(draw: st.DrawFn) -> Question:
    switches = st.lists(st.sampled_from(plain.SWITCHES), max_size=2, unique=True)
    usual = frozenset(plain.SWITCHES) - {"suspended"}
    as_of, month = draw(AS_OF), draw(MONTHS)
    first, last = (draw(SELDOM.flatmap(maybe(days_of_issue(as_of, month)))) for _ in range(2))
    whose = draw(
        st.sampled_from([None] * 12 + ["branch", "team", "agent_no", "product", "currency"])
    )
    agent = draw(st.sampled_from(AGENTS))
    values = {
        "branch": agent.branch,
        "team": draw(st.sampled_from([agent.team, plain.team_key(agent)])),
        "agent_no": agent.agent_no,
        "product": draw(st.sampled_from(PRODUCTS)),
        "currency": draw(st.sampled_from(["CNY", "CNY", "USD", ""])),
    }
    return Question(
        as_of=as_of,
        month=month,
        definition=draw(st.sampled_from(["paid", "paid", "in-force"])),
        basis=draw(st.sampled_from(["premium", "count"])),
        by=draw(st.sampled_from(["cohort", "cohort", "branch", "team", "agent", "product"])),
        is_rolling=draw(st.booleans()),
        first=first,
        last=last,
        excluded=usual ^ frozenset(draw(switches)),
        whose=draw(st.sampled_from(["serving", "serving", "writing"])),
        grace_days=draw(st.sampled_from([60, 60, 60, 31, 30, 0, 61, 90, 400])),
        product_grace=draw(st.sampled_from([{}, {}, {"年金": 30}, {"年金": 90, "=1+1": 0}])),
        **({whose: values[whose]} if whose else {}),
    )


@st.composite
def days_of_issue(draw: st.DrawFn, as_of: date, month: int) -> date:
    """A day whose cohort is about to be complete, or was long ago, or is not yet."""
    back = draw(st.sampled_from([month + 1, month + 1, month + 2, month]))
    further = draw(st.sampled_from([0, 0, 0, 0, 1, 1, 2, 11, 12, -1, -month]))
    day = months_after(as_of, -(back + further))
    if draw(st.integers(0, 3)) == 0:
        day = plain.last_day(day)
    return day + timedelta(days=draw(DAYS_OFF))


@st.composite
def days_of_change(draw: st.DrawFn, issued: date, ask: Question) -> date:
    """A day on which something happens to a policy: on a day that decides, or next to it."""
    decisive = [
        ask.as_of,
        months_after(issued, ask.month),
        months_after(issued, ask.month - 1),
        plain.judging_date(issued, ask),
        issued,
    ]
    return max(issued, draw(st.sampled_from(decisive)) + timedelta(days=draw(DAYS_OFF)))


@st.composite
def ledgers(
    draw: st.DrawFn, issued: date, mode: str, premium: int, ask: Question
) -> list[Instalment]:
    """The instalments of the year that decides and those about it, some of them odd."""
    if draw(st.integers(0, 4)) == 0:
        return []
    step, begins = MODES[mode], ask.month - 1
    from_, to = draw(
        st.sampled_from([(begins, begins + 3), (begins, begins + 12), (begins - 12, begins + 13)])
    )
    usually = draw(st.sampled_from(["on time", "on time", "on time", "never"]))
    found: dict[date, Instalment] = {}
    for number in range(from_, to, step):
        due = months_after(issued, number)
        if draw(st.integers(0, 7)) == 0:
            due += timedelta(days=draw(DAYS_OFF))
        amount = draw(st.sampled_from([premium * step // 12, premium, 0, 12_345]))
        found[due] = Instalment(due, amount, draw(payments(due, usually, ask)))
    return list(found.values())


@st.composite
def payments(draw: st.DrawFn, due: date, usually: str, ask: Question) -> date | None:
    how = draw(st.sampled_from([usually] * 12 + ["grace", "on time", "never", "as of"]))
    if how == "never":
        return None
    if how == "on time":
        return due - timedelta(days=draw(st.sampled_from([0, 3, 40])))
    if how == "as of":
        return ask.as_of + timedelta(days=draw(st.integers(-1, 1)))
    grace = draw(st.sampled_from([ask.grace_days, *ask.product_grace.values()]))
    return due + timedelta(days=grace + draw(st.integers(-1, 1)))


@st.composite
def contracts(draw: st.DrawFn, number: int, ask: Question, currencies: list[str]) -> Contract:
    issued = draw(days_of_issue(ask.as_of, ask.month))
    mode = draw(st.sampled_from(["annual"] * 3 + list(MODES)))
    premium = draw(st.sampled_from([0, 100_000, 1_200_000, 33_333]))
    status = draw(st.sampled_from(STATUSES))
    changes = days_of_change(issued, ask)
    ended_on = draw(changes if status in ENDED else st.sampled_from([None] * 7 + [ask.as_of]))
    untils = sorted(draw(changes) for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))))
    return Contract(
        policy_no=f"P{number:03}",
        issued=issued,
        premium=premium,
        agent=draw(st.sampled_from(AGENTS)),
        mode=mode,
        status=status,
        ended_on=max(ended_on, issued) if ended_on else None,
        term_years=draw(
            st.sampled_from([None, None, None, ask.month // 12, ask.month // 12 + 1, 20])
        ),
        product=draw(st.sampled_from(PRODUCTS)),
        currency=draw(st.sampled_from(currencies)),
        past_agents=tuple((draw(st.sampled_from(AGENTS)), until) for until in untils),
        ledger=tuple(draw(ledgers(issued, mode, premium, ask))),
    )


@st.composite
def asked(draw: st.DrawFn) -> Asked:
    ask = draw(questions())
    currencies = draw(st.sampled_from([["CNY"]] * 9 + [["CNY", ""], ["CNY", "USD"]]))
    numbers = range(1, 1 + draw(st.integers(1, 9)))
    book = [draw(contracts(number, ask, currencies)) for number in numbers]
    if draw(st.integers(0, 3)) == 0:  # the book is older than its ledger
        begins = months_after(ask.as_of, -draw(st.sampled_from([1, 2, 3, 12])))
        book = [
            replace(each, ledger=tuple(i for i in each.ledger if i.due >= begins)) for each in book
        ]
    if draw(st.integers(0, 9)) == 0:  # nothing was sold of late
        book = [replace(each, issued=months_after(each.issued, -24)) for each in book]
    return Asked(book, ask)
