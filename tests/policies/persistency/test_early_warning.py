"""The early warning: what is at stake in the cohorts still open, to the hundredth and the day.

Everything stands on 15 June 2026. By `paid`, the cohort of April 2025 is then judged in two weeks;
its premiums fell due in April 2026, and those of the 16th have their last day of grace today.
"""

import datetime
import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import peewee
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from policies import database, dates, errors
from policies.models import Agent, Client, PastAgent, Policy, Premium
from policies.persistency import cohorts, early_warning, figure
from policies.persistency.cohorts import Measure
from policies.persistency.early_warning import Deciding, EarlyWarning, Outlook
from policies.persistency.figure import Basis, Selection
from policies.persistency.rules import CountingRules
from tests import cast
from tests.policies.imagined import each_rolled_back, examples
from tests.refusals import english

Book = peewee.Database
AS_OF = cast.day("2026-06-15")
PAID, IN_FORCE = Measure(13, "paid", AS_OF), Measure(13, "in-force", AS_OF)
APRIL = cohorts.parse("2025-04")
IN_APRIL = Selection(first=APRIL, last=APRIL)

OVER, LAST_DAY, IN_GRACE = "2025-04-15", "2025-04-16", "2025-04-30"
"""Days of issue: on 15 June 2026 the grace of the second year's premium is over, ends, goes on."""


@pytest.fixture
def people(book: Book) -> cast.Cast:
    return cast.people()


@contextmanager
def taken_back() -> Iterator[None]:
    """Whatever is written here is not there afterwards."""
    with database.database.atomic() as transaction:
        yield
        transaction.rollback()


def give(
    client: Client,
    issued: str,
    premium: str = "1000",
    *,
    no: str = "",
    paid_on: str | None = None,
    billed: bool = True,
    **facts: Any,
) -> Policy:
    """An annual policy whose second premium stands in the ledger, unless it is not billed yet."""
    number = no or f"P{Policy.select().count() + 1:03}"
    policy = cast.give_policy(client, number, issued, annual_premium=premium, **facts)
    if billed:
        due = dates.months_after(cast.day(issued), 12)
        cast.give_premium(policy, due, amount=premium, paid_on=paid_on)
    return policy


def warned(
    measure: Measure = PAID,
    selection: Selection = IN_APRIL,
    basis: Basis = "premium",
    *,
    target: float = 0.88,
    ahead: int = 1,
) -> list[Outlook]:
    return warning(measure, selection, basis, target=target, ahead=ahead).rows


def warning(
    measure: Measure, selection: Selection, basis: Basis, *, target: float = 0.88, ahead: int = 1
) -> EarlyWarning:
    return early_warning.early_warning(measure, CountingRules(), selection, basis, target, ahead)


def deciding(
    measure: Measure = PAID, selection: Selection | None = None, ahead: int = 1
) -> list[Deciding]:
    with database.snapshot():
        return list(
            early_warning.deciding(measure, CountingRules(), selection or Selection(), ahead)
        )


def listed(measure: Measure = PAID, **how: Any) -> list[str]:
    return [each.policy_no for each in deciding(measure, **how)]


# --- One cohort -----------------------------------------------------------------------------------


def test_an_open_cohort_is_told_three_ways(people: cast.Cast) -> None:
    give(people.lin_wei, IN_GRACE, "5000.01", paid_on="2026-06-14")
    give(people.lin_wei, OVER, "2000")
    give(people.lin_wei, LAST_DAY, "2000")
    give(people.lin_wei, IN_GRACE, "1000")
    (row,) = warned()
    assert row == Outlook(
        cohort="2025-04",
        key="",
        judged_on=cast.day("2026-06-30"),
        counted=4,
        kept=1,
        undecided=2,
        lost=1,
        premium_counted=Decimal("10000.01"),
        premium_kept=Decimal("5000.01"),
        premium_undecided=Decimal("3000.00"),
        ratio=8000.01 / 10000.01,
        ratio_if_nothing=5000.01 / 10000.01,
        to_collect=Decimal("3800.00"),
        to_keep=3,  # of four, 3.52 have to be kept: all, and one is kept already
        within_reach=False,
    )


@cast.on_one
def test_the_basis_decides_of_what_the_ratios_are(people: cast.Cast) -> None:
    give(people.lin_wei, IN_GRACE, "9000", paid_on="2026-05-01")
    give(people.lin_wei, IN_GRACE, "600")
    give(people.lin_wei, OVER, "400")
    (by_premium,), (by_count,) = warned(), warned(basis="count")
    assert (by_premium.ratio, by_premium.ratio_if_nothing) == (0.96, 0.9)
    assert (by_count.ratio, by_count.ratio_if_nothing) == (2 / 3, 1 / 3)
    assert (by_premium.within_reach, by_count.within_reach) == (True, False)
    assert by_count == replace(by_premium, ratio=2 / 3, ratio_if_nothing=1 / 3, within_reach=False)


TO_COLLECT = [
    # kept, undecided, lost: 10,000.01 in all, of which 8,800.0088 are wanted, and so 8,800.01
    ("5000.01", "5000", "", "3800.00", True),
    ("5000", "5000.01", "", "3800.01", True),
    ("", "10000.01", "", "8800.01", True),
    ("8800", "1000.01", "200", "0.01", True),
    ("8800", "0.01", "1200", "0.01", True),
    ("8800", "", "1200.01", "0.01", False),
    ("8799.99", "0.01", "1200.01", "0.02", False),
    ("8800.01", "1200", "", "0.00", True),
    ("8800.01", "", "1200", "0.00", True),
    ("10000.01", "", "", "0.00", True),
    ("", "", "10000.01", "8800.01", False),
]


def test_what_is_to_collect_is_exact_to_the_hundredth(people: cast.Cast) -> None:
    for kept, undecided, lost, *expected in TO_COLLECT:
        with taken_back():
            if kept:
                give(people.lin_wei, IN_GRACE, kept, paid_on="2026-05-01")
            if undecided:
                give(people.lin_wei, LAST_DAY, undecided)
            if lost:
                give(people.lin_wei, OVER, lost)
            (row,) = warned()
        assert row.premium_counted == Decimal("10000.01")
        assert [str(row.to_collect), row.within_reach] == expected, (kept, undecided, lost)


TARGETS = [
    # of 100 policies of 1.00: as floats, 0.55 * 100 and 0.07 * 100 are a little more than whole
    (0.55, "55.00", 55),
    (0.07, "7.00", 7),
    (0.885, "88.50", 89),
    (0.0, "0.00", 0),
    (1.0, "100.00", 100),
]


@cast.on_one
def test_the_target_is_taken_as_it_is_written(people: cast.Cast) -> None:
    for _ in range(100):
        give(people.lin_wei, LAST_DAY, "1")
    for target, to_collect, to_keep in TARGETS:
        (row,) = warned(target=target)
        assert (str(row.to_collect), row.to_keep) == (to_collect, to_keep), target


# --- Which policies decide, and until when --------------------------------------------------------

STAND = [
    # issued, and what its second premium is on 15 June 2026: reason, days of grace left
    ("2025-04-15", None),  # grace ended yesterday
    ("2025-04-16", ("in_grace", 0)),
    ("2025-04-17", ("in_grace", 1)),
    ("2025-04-30", ("in_grace", 14)),
    ("2025-05-31", ("in_grace", 45)),
    ("2025-06-15", ("in_grace", 60)),
    ("2025-06-16", ("not_due", 61)),
    ("2025-07-31", ("not_due", 106)),
]


def test_a_policy_decides_until_the_last_day_of_its_grace(people: cast.Cast) -> None:
    give(people.zhou_ming, "2025-04-01", paid_on="2026-04-01")  # the ledger is not empty
    for billed in (True, False):
        with taken_back():
            for issued, _ in STAND:
                give(people.lin_wei, issued, no=issued, billed=billed)
            found = {each.policy_no: (each.reason, each.days_left) for each in deciding()}
        assert found == {issued: stand for issued, stand in STAND if stand}


@cast.on_one
def test_a_policy_that_decides_says_all_that_a_caller_needs(people: cast.Cast) -> None:
    give(people.lin_wei, LAST_DAY, "5000.01")
    assert deciding() == [
        Deciding(
            policy_no="P001",
            client_no="C001",
            client_name="林伟",
            agent_no="A001",
            agent_name="陈燕",
            cohort="2025-04",
            judged_on=cast.day("2026-06-30"),
            reason="in_grace",
            premium=Decimal("5000.01"),
            outstanding=Decimal("5000.01"),
            due_on=cast.day("2026-04-16"),
            grace_until=AS_OF,
            days_left=0,
            currency="",
        )
    ]


def test_the_largest_premium_stands_first_then_the_least_grace(people: cast.Cast) -> None:
    for no, issued, premium in [
        *[("P1", IN_GRACE, "1000"), ("P2", "2025-05-31", "1000.01"), ("P3", LAST_DAY, "1000")],
        *[("P5", LAST_DAY, "999.99"), ("P4", LAST_DAY, "1000"), ("P6", "2025-07-01", "20000")],
    ]:
        give(people.lin_wei, issued, premium, no=no)
    assert listed() == ["P6", "P2", "P3", "P4", "P1", "P5"]


GRACES = [
    # the book's days of grace, the product's, and how many are left of a premium of 16 April
    (60, None, 0),
    (61, None, 1),
    (59, None, None),
    (60, 75, 15),
    (60, 31, None),
    (31, 60, 0),
]


@cast.on_one
def test_a_product_may_have_another_grace_than_the_book(people: cast.Cast) -> None:
    give(people.lin_wei, LAST_DAY, product="健康险")
    give(people.lin_wei, "2025-06-10", paid_on="2026-06-10")
    for of_book, of_product, left in GRACES:
        products = {} if of_product is None else {"健康险": of_product}
        rules, measure = (
            CountingRules(product_grace=products),
            replace(PAID, grace_days=of_book),
        )
        with database.snapshot():
            found = list(early_warning.deciding(measure, rules, Selection()))
        assert [each.days_left for each in found] == ([] if left is None else [left]), of_product


PAYMENTS = [
    # what is known on 15 June of a premium that fell due on 16 April (grace: today) or the 15th
    ("2025-04-16", "2026-06-15", "kept"),
    ("2025-04-16", "2026-06-16", "undecided"),  # tomorrow is not known yet
    ("2025-04-15", "2026-06-14", "kept"),
    ("2025-04-15", "2026-06-15", "lost"),  # late
    ("2025-04-15", None, "lost"),
    ("2025-04-30", "2026-04-01", "kept"),  # before it was due
]


def test_what_is_paid_in_time_is_kept_and_what_was_late_is_lost(people: cast.Cast) -> None:
    for issued, paid_on, stand in PAYMENTS:
        with taken_back():
            give(people.lin_wei, issued, paid_on=paid_on)
            (row,) = warned()
        told = {name: getattr(row, name) for name in ("kept", "undecided", "lost")}
        assert {name for name, count in told.items() if count} == {stand}, (issued, paid_on)


# --- Other modes than annual ----------------------------------------------------------------------

MONTHLY = [
    # issued, when each instalment of the second year was paid -> reason, due on, days left, to pay
    ("2025-05-10", ["2026-05-10", "2026-06-10", None], ("not_due", "2026-07-10", 85, "1000.00")),
    ("2025-05-10", ["2026-05-10", None, None], ("in_grace", "2026-06-10", 55, "2000.00")),
    ("2025-05-10", [None, None, None], ("in_grace", "2026-05-10", 24, "3000.00")),
    ("2025-05-10", ["2026-05-10", None, "2026-06-01"], ("in_grace", "2026-06-10", 55, "1000.00")),
    ("2025-05-10", ["2026-05-10", "2026-06-10", "2026-06-15"], "kept"),
    ("2025-04-16", [None, None, None], ("in_grace", "2026-04-16", 0, "3000.00")),
    ("2025-04-15", [None, None, None], "lost"),
    ("2025-04-15", [None, "2026-05-15", "2026-06-15"], "lost"),
    ("2025-04-15", ["2026-06-14", None, None], ("in_grace", "2026-05-15", 29, "2000.00")),
    ("2025-04-15", ["2026-06-15", None, None], "lost"),  # one was late: it cannot be mended
]


def test_of_monthly_instalments_every_one_decides(people: cast.Cast) -> None:
    """Those due after the judging day (31 July for May, 30 June for April) do not."""
    for issued, paid, stand in MONTHLY:
        with taken_back():
            monthly(people.lin_wei, issued, paid)
            (row,), found = warned(selection=Selection()), deciding()
        assert row.premium_counted == Decimal(12000), "a year's premium, whatever its mode"
        if isinstance(stand, str):
            assert (getattr(row, stand), row.undecided, found) == (1, 0, []), (issued, paid)
            continue
        (one,) = found
        assert one.premium == row.premium_undecided == Decimal(12000)
        told = (one.reason, str(one.due_on), one.days_left, str(one.outstanding))
        assert told == stand, (issued, paid)


def monthly(client: Client, issued: str, paid: Sequence[str | None]) -> None:
    """A monthly policy whose second year is billed: when its first instalments were paid."""
    policy = give(client, issued, "12000", payment_mode="monthly", billed=False)
    for months, paid_on in enumerate([*paid, *[None] * 9], 12):
        due = dates.months_after(cast.day(issued), months)
        cast.give_premium(policy, due, amount="1000", paid_on=paid_on)


MODES = [("annual", "12000.00"), ("semiannual", "6000.00"), ("quarterly", "3000.00")]


def test_before_the_ledger_bills_it_the_first_instalment_is_a_part_of_the_year(
    people: cast.Cast,
) -> None:
    give(people.zhou_ming, "2025-04-01", paid_on="2026-04-01")
    for mode, _ in MODES:
        give(people.lin_wei, IN_GRACE, "12000", no=mode, payment_mode=mode, billed=False)
    assert {each.policy_no: str(each.outstanding) for each in deciding()} == dict(MODES)


# --- Which cohorts are open -----------------------------------------------------------------------

OPEN = [
    # by `paid` on 15 June 2026; July 2025 falls due next month
    ("2025-03-31", None, 11),  # judged on 31 May: complete
    ("2025-04-30", 0, 0),
    ("2025-06-15", 0, 0),
    ("2025-07-01", 1, 0),
    ("2025-08-31", 2, 0),
    ("2026-05-31", 11, 0),
    ("2026-06-15", None, 11),  # due in a year
]


@cast.on_one
def test_the_cohorts_ahead_are_those_whose_premium_falls_due_by_then(people: cast.Cast) -> None:
    for issued, *_ in OPEN:
        give(people.lin_wei, issued, billed=issued < "2025-07")
    for ahead in range(12):
        expected = [issued[:7] for issued, since, _ in OPEN if since is not None and since <= ahead]
        rows = warned(selection=Selection(), ahead=ahead)
        assert [row.cohort for row in rows] == expected, ahead
        assert {each.cohort for each in deciding(ahead=ahead)} <= set(expected)


@cast.on_one
def test_in_force_is_open_until_the_whole_cohort_is_thirteen_months_old(
    people: cast.Cast,
) -> None:
    for issued in ("2025-04-30", "2025-05-01", "2025-12-31", "2026-06-15"):
        give(people.lin_wei, issued)
    rows = warned(IN_FORCE, Selection())
    assert [(row.cohort, str(row.judged_on)) for row in rows] == [
        ("2025-05", "2026-06-30"),
        ("2025-12", "2027-01-31"),
        ("2026-06", "2027-07-30"),
    ]


# --- In force -------------------------------------------------------------------------------------

STATUSES = [
    ("in_force", None, "kept"),
    ("paid_up", None, "kept"),
    ("grace", None, "undecided"),
    ("suspended", None, "undecided"),
    ("surrendered", "2026-06-15", "lost"),
    ("terminated", "2026-06-14", "lost"),
    ("matured", "2025-12-01", "lost"),
    ("claim", "2026-06-15", None),  # not counted at all
    ("free_look_cancelled", "2025-06-20", None),
    ("transferred_out", "2026-01-01", None),
]


def test_without_a_ledger_the_status_says_what_is_at_stake(people: cast.Cast) -> None:
    for status, ended_on, _ in STATUSES:
        give(people.lin_wei, "2025-06-10", no=status, status=status, ended_on=ended_on)
    (row,) = warned(IN_FORCE, Selection(), "count")
    expected = {
        name: sum(stand == name for *_, stand in STATUSES) for name in ("kept", "undecided", "lost")
    }
    assert {name: getattr(row, name) for name in expected} == expected
    assert row.counted == sum(expected.values()) == 7
    assert listed(IN_FORCE) == ["grace", "suspended"]
    (first, _) = deciding(IN_FORCE)
    assert (first.reason, first.premium) == ("in_arrears", Decimal(1000))
    assert (first.outstanding, first.due_on, first.grace_until, first.days_left) == (None,) * 4


THIRTEEN_MONTHS = [("2025-05-16", True), ("2025-05-15", False), ("2025-05-01", False)]


@cast.on_one
def test_a_policy_that_has_had_its_thirteen_months_decides_nothing_any_more(
    people: cast.Cast,
) -> None:
    """domain.md §8.4: persisting is what has no end date, or one after issue + 13 months."""
    for issued, _ in THIRTEEN_MONTHS:
        give(people.lin_wei, issued, no=issued, status="grace")
    assert listed(IN_FORCE) == [issued for issued, decides in THIRTEEN_MONTHS if decides]
    (row,) = warned(IN_FORCE, Selection(), "count")
    assert (row.kept, row.undecided) == (2, 1)


# --- Units ----------------------------------------------------------------------------------------

ADDED_UP = (
    *("counted", "kept", "undecided", "lost"),
    *("premium_counted", "premium_kept", "premium_undecided"),
)


def sums(rows: Sequence[Outlook]) -> dict[str, list[Any]]:
    """By cohort: what adds up, added up."""
    grouped = itertools.groupby(sorted(rows, key=lambda row: row.cohort), lambda row: row.cohort)
    return {
        cohort: [sum(getattr(row, name) for row in told) for name in ADDED_UP]
        for cohort, told in ((cohort, list(some)) for cohort, some in grouped)
    }


@pytest.fixture
def three_agents(people: cast.Cast) -> cast.Cast:
    """Two of one team and one of another branch, in two open cohorts."""
    for agent, client in (
        (people.chen_yan, people.lin_wei),
        (people.he_jing, people.lin_wei),
        (people.sun_li, people.zhou_ming),
    ):
        for number, issued in enumerate((OVER, LAST_DAY, IN_GRACE, "2025-05-20", "2025-05-21")):
            premium = str(1000 * (number + agent.id))
            paid_on = "2026-06-01" if number in (2, 4) else None
            give(client, issued, premium, agent=agent, paid_on=paid_on)
    return people


UNITS: list[tuple[figure.By, list[str]]] = [
    ("agent", ["A000", "A001", "A900"]),
    ("team", ["北京 · 九部", "上海 · 一部"]),
    ("branch", ["北京", "上海"]),
]


@pytest.mark.parametrize("measure", [PAID, IN_FORCE], ids=["paid", "in-force"])
def test_units_add_up_to_their_cohort(three_agents: cast.Cast, measure: Measure) -> None:
    everybody = warned(measure, Selection())
    told = [row.cohort for row in everybody]
    for by, keys in UNITS:
        rows = warned(measure, Selection(by=by))
        assert [(row.cohort, row.key) for row in rows] == list(itertools.product(told, keys))
        assert sums(rows) == sums(everybody)


CHOSEN: list[tuple[dict[str, Any], int]] = [
    ({"agent_no": "A001"}, 5),
    ({"agent_no": "A900"}, 5),
    ({"team": "一部"}, 10),
    ({"branch": "北京"}, 5),
    ({"branch": "上海", "agent_no": "A000"}, 5),
]


def test_the_early_warning_of_one_unit_is_its_own(three_agents: cast.Cast) -> None:
    for chosen, policies in CHOSEN:
        rows = warned(selection=Selection(**chosen))
        assert sum(row.counted for row in rows) == policies
        found = deciding(selection=Selection(**chosen))
        assert len(found) == sum(row.undecided for row in rows)
        for row in rows:
            premium = sum(each.premium for each in found if each.cohort == row.cohort)
            assert premium == row.premium_undecided


@cast.on_one
def test_each_unit_is_told_how_much_it_still_has_to_collect(three_agents: cast.Cast) -> None:
    """Of April: the agent with id n has n, n + 1 and n + 2 thousand, of which the last is paid."""
    told = {row.key: row for row in warned(selection=replace(IN_APRIL, by="agent"))}
    for agent in (three_agents.chen_yan, three_agents.he_jing, three_agents.sun_li):
        wanted = Decimal("0.88") * 3000 * (agent.id + 1)
        expected = wanted - 1000 * (agent.id + 2)
        assert told[agent.agent_no].to_collect == expected
        assert told[agent.agent_no].within_reach == (1000 * (agent.id + 1) >= expected)


@cast.on_one
def test_who_serves_a_policy_today_has_to_collect_its_premium(people: cast.Cast) -> None:
    policy = give(people.lin_wei, IN_GRACE)
    PastAgent.create(policy=policy, agent=people.sun_li, until=AS_OF)
    (found,) = deciding()
    assert found.agent_no == "A001"
    with database.snapshot():
        writing = list(early_warning.deciding(PAID, CountingRules(whose="writing"), Selection()))
    assert [each.agent_no for each in writing] == ["A900"]


# --- What cannot be asked -------------------------------------------------------------------------


def refusal(measure: Measure = PAID, basis: Basis = "premium", **chosen: Any) -> str:
    with pytest.raises(errors.ServicingError) as found:
        warning(measure, Selection(**chosen), basis)
    return english(found.value)


@cast.on_one
def test_a_book_of_nobody_has_nothing_at_risk(book: Book) -> None:
    assert "no policy in this book" in refusal(IN_FORCE)


@cast.on_one
def test_a_unit_that_is_not_there_is_named(people: cast.Cast) -> None:
    give(people.lin_wei, IN_GRACE)
    for chosen in ({"branch": "广州"}, {"team": "三部"}, {"agent_no": "A404"}):
        assert [*chosen.values()][0] in refusal(**chosen)


@cast.on_one
def test_when_no_cohort_is_open_it_says_so(people: cast.Cast) -> None:
    give(people.lin_wei, "2025-03-31", paid_on="2026-03-31")
    cast.give_policy(people.lin_wei, "P101", "2026-06-01")
    for chosen in ({"last": APRIL - 1}, {"first": APRIL + 4}, {"first": APRIL, "last": APRIL - 1}):
        assert "open at month 13 as of 2026-06-15" in refusal(**chosen)


@cast.on_one
def test_paid_cannot_be_asked_of_a_book_without_a_ledger(people: cast.Cast) -> None:
    """As little as persistency itself: nobody is in arrears of whom nothing is known."""
    give(people.lin_wei, OVER, billed=False)
    give(people.lin_wei, IN_GRACE, billed=False)
    assert "premium ledger" in refusal(PAID)


@cast.on_one
def test_premiums_of_two_currencies_are_not_added_up(people: cast.Cast) -> None:
    for currency in ("CNY", "USD"):
        give(people.lin_wei, IN_GRACE, currency=currency)
    assert "CNY and USD" in refusal(PAID)
    (row,) = warned(selection=replace(IN_APRIL, currency="USD"))
    assert row.premium_counted == Decimal(1000)


# --- What is warned of comes true -----------------------------------------------------------------

AMOUNTS = st.integers(1, 2_000_000).map(lambda hundredths: Decimal(hundredths).scaleb(-2))
DAYS_OF_ISSUE = st.dates(cast.day("2025-04-01"), cast.day("2025-07-31"))
PARTS = {"annual": 1, "semiannual": 2, "quarterly": 4, "monthly": 12}


@dataclass(frozen=True)
class Story:
    """A policy, and how its second year's premiums were paid, day by day after the due date."""

    issued: datetime.date
    premium: Decimal
    mode: str
    agent: int
    paid_after: list[int | None]
    billed: int
    """So many instalments the ledger knows."""
    ended: tuple[str, datetime.date] | None

    def dues(self) -> list[datetime.date]:
        step = 12 // PARTS[self.mode]
        return [dates.months_after(self.issued, 12 + step * n) for n in range(PARTS[self.mode])]


@st.composite
def stories(draw: st.DrawFn) -> Story:
    issued, mode = draw(DAYS_OF_ISSUE), draw(st.sampled_from([*PARTS, "annual", "annual"]))
    after = st.sampled_from([0, 59, 60, 61]) | st.integers(-10, 70)
    parts = PARTS[mode]
    ends = st.tuples(
        st.sampled_from(["surrendered", "terminated", "claim", "transferred_out"]),
        st.dates(issued, AS_OF),
    )
    # the ledger has billed the year, or nothing of it yet
    return Story(
        issued,
        draw(AMOUNTS),
        mode,
        draw(st.integers(0, 2)),
        draw(st.lists(st.none() | after, min_size=parts, max_size=parts)),
        draw(st.sampled_from([parts, parts, parts, 0])),
        draw(st.none() | st.none() | st.none() | ends),
    )


STORIES = st.lists(stories(), min_size=1, max_size=6)


def put_in_the_book(told: list[Story]) -> None:
    people = cast.people()
    agents = [people.chen_yan, people.he_jing, people.sun_li]
    old = cast.give_policy(people.zhou_ming, "P000", "2024-01-31")
    cast.give_premium(old, "2025-01-31", paid_on="2025-01-31")  # the ledger reaches back
    for number, story in enumerate(told, 1):
        status, ended_on = story.ended or ("in_force", None)
        policy = cast.give_policy(
            *(people.lin_wei, f"P{number:03}", story.issued),
            agent=agents[story.agent],
            annual_premium=str(story.premium),
            payment_mode=story.mode,
            status=status,
            ended_on=ended_on,
        )
        for due, after in list(zip(story.dues(), story.paid_after, strict=True))[: story.billed]:
            paid_on = None if after is None else due + datetime.timedelta(after)
            known = paid_on if paid_on and paid_on <= AS_OF else None
            cast.give_premium(policy, due, amount=part_of(story), paid_on=known)


def part_of(story: Story) -> str:
    amount = story.premium / PARTS[story.mode]
    return str(max(amount.quantize(Decimal("0.01")), Decimal("0.01")))


def judged(rows: Sequence[Outlook], basis: Basis, by: Any) -> list[float | None]:
    """The ratios of those units and cohorts on the days they are judged, as the audit has them."""
    found: dict[tuple[str, str], float | None] = {}
    for name, judged_on in {(row.cohort, row.judged_on) for row in rows}:
        cohort = cohorts.parse(name)
        selection = Selection(by=by, first=cohort, last=cohort)
        audit = figure.audit(PAID.on(judged_on), CountingRules(), selection, basis)
        assert all(row.complete for row in audit.rows)
        found |= {(name, "" if by == "cohort" else row.key): row.ratio for row in audit.rows}
    assert found.keys() == {(row.cohort, row.key) for row in rows}
    return [found[row.cohort, row.key] for row in rows]


def pay_what_is_undecided(told: list[Story]) -> None:
    """Every instalment of the listed policies today or when it falls due, billed or not."""
    for found in deciding():
        story, policy = told[int(found.policy_no[1:]) - 1], cast.policy(found.policy_no)
        for due in story.dues():
            row, _ = Premium.get_or_create(
                policy=policy, due_date=due, defaults={"amount": Decimal(part_of(story))}
            )
            if row.paid_on is None:
                cast.change(row, paid_on=max(due, AS_OF))


def comes_true(told: list[Story], basis: Basis, by: Any) -> None:
    with taken_back():
        put_in_the_book(told)
        rows = warned(selection=Selection(by=by), basis=basis)
        undecided = sum(row.undecided for row in rows)
        event(f"undecided: {min(undecided, 3)}")
        assert len(deciding()) == undecided
        assert all(row.counted == row.kept + row.undecided + row.lost for row in rows)
        if_nothing = [row.ratio_if_nothing for row in rows]
        assert judged(rows, basis, by) == if_nothing, "nothing more was paid"
        pay_what_is_undecided(told)
        paid = [row.ratio for row in rows]
        assert judged(rows, basis, by) == paid, "all that was undecided was paid in time"


BASES, KINDS = st.sampled_from(["premium", "count"]), st.sampled_from(["cohort", "team", "agent"])


@cast.on_one
@settings(each_rolled_back, max_examples=examples(25))
@given(STORIES, BASES, KINDS)
def test_what_is_warned_of_comes_true(book: Book, told: list[Story], basis: Basis, by: str) -> None:
    comes_true(told, basis, by)


@cast.on_postgresql
@settings(each_rolled_back, max_examples=examples(5))
@given(STORIES, BASES, KINDS)
def test_what_is_warned_of_comes_true_on_postgresql(
    book: Book, told: list[Story], basis: Basis, by: str
) -> None:
    comes_true(told, basis, by)


@cast.on_one
def test_the_agents_of_a_book_are_found_by_number(three_agents: cast.Cast) -> None:
    """The names on the list are those of the book: whoever is called knows who called."""
    names = {each.agent_no: each.agent_name for each in deciding()}
    assert names == {each.agent_no: each.name for each in Agent.select()}
