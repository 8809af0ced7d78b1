"""What service earns, worked out by hand: the agent's income of renewals and of the first year."""

import datetime
from pathlib import Path
from typing import Any

import peewee
import pytest

from policies import commission
from policies.grace import Grace
from policies.models import PastAgent, Policy
from policies.persistency import periods
from policies.persistency.selection import Selection
from policies.persistency.units import UnitKind
from servicing.core import errors
from servicing.core.settings import Settings
from servicing.reports import earned, earnings, questions
from servicing.reports.earnings import Earnings, EarningsRow
from tests import cast

Book = peewee.Database
AS_OF = cast.day("2026-12-31")

TABLE = """
currency = "CNY"
[[rate]]
first_year = 0.5
renewal = [{ from = 2, share = 0.1 }]
bonus = [{ from = 0, to = 0.8, share = 0 }, { from = 0.8, share = 0.00997 }]
"""


@pytest.fixture
def table(tmp_path: Path) -> commission.Table:
    path = tmp_path / "commissions.toml"
    path.write_text(TABLE, "utf-8")
    return commission.load(path)


def asked(
    table: commission.Table,
    by: UnitKind = "agent",
    as_of: datetime.date = AS_OF,
    period: str = "2026",
    **selection: Any,
) -> Earnings:
    question = questions.question(Settings(), as_of, Selection(**selection))
    return earnings.earnings(table, question, by, periods.parse(period), Grace(60))


def held(client: Any, policy_no: str, issued: str, **facts: Any) -> Policy:
    return cast.give_policy(client, policy_no, issued, currency="CNY", **facts)


def worked() -> cast.Cast:
    """Chen Yan has sold a policy of 36,538 in 2026, and serves one of 100,000 of 2025."""
    people = cast.people()
    old = held(people.lin_wei, "P001", "2025-05-12", annual_premium="100000")
    cast.give_premium(old, "2025-05-12", amount="100000", paid_on="2025-05-12")
    cast.give_premium(old, "2026-05-12", amount="100000", paid_on="2026-06-01")
    new = held(people.lin_wei, "P002", "2026-03-10", annual_premium="36538")
    cast.give_premium(new, "2026-03-10", amount="36538", paid_on="2026-03-10")
    return people


def row(of: Earnings, key: str = "A001") -> EarningsRow:
    return next(each for each in of.rows if each.key == key)


def test_renewal_income_is_set_against_first_year_commission(
    book: Book, table: commission.Table
) -> None:
    """10,000 commission and 997 bonus: 10,997 ÷ 18,269 = 60 %."""
    worked()
    found = row(asked(table))
    amounts = (found.first_year, found.renewal, found.bonus, found.income)
    assert [f"{each:,}" for each in amounts] == ["18,269.00", "10,000.00", "997.00", "10,997.00"]
    assert found.ratio is not None and f"{found.ratio:.0%}" == "60%"
    assert (found.persistency, found.unknown, found.outstanding) == (1.0, 0, 0)
    assert asked(table, "branch").total.ratio == found.ratio


def test_what_is_not_paid_yet_can_still_be_earned_while_grace_runs(
    book: Book, table: commission.Table
) -> None:
    worked()
    before = row(asked(table, as_of=cast.day("2026-05-31")))  # it was paid the day after
    assert (before.renewal, before.bonus, before.outstanding) == (0, 0, 10_000)
    cast.change(cast.policy().premiums.where(due_in(2026)).get(), paid_on=None)
    assert row(asked(table, as_of=cast.day("2026-07-11"))).outstanding == 10_000
    assert row(asked(table, as_of=cast.day("2026-07-12"))).outstanding == 0


def due_in(year: int) -> Any:
    from policies.models import Premium

    return Premium.due_date >= datetime.date(year, 1, 1)


NOTHING = {
    "the free look": {"status": "free_look_cancelled", "ended_on": "2026-03-20"},
    "an application": {"status": "applied"},
    "another currency": {"currency": "USD"},
}


@pytest.mark.parametrize("why", NOTHING)
def test_a_premium_that_earns_nothing(why: str, book: Book, table: commission.Table) -> None:
    people = worked()
    facts = {"currency": "CNY", **NOTHING[why]}
    other = cast.give_policy(people.zhou_ming, "P900", "2026-03-10", **facts)  # type: ignore[arg-type]
    cast.give_premium(other, "2026-03-10", amount="500", paid_on="2026-03-10")
    if why == "another currency":
        found = asked(table, agent_no="A900", currency="USD")
        assert (found.total.first_year, found.total.unknown) == (0, 1)
    else:
        assert asked(table, agent_no="A900").total.first_year == 0


def test_a_premium_belongs_to_who_served_on_the_day_it_was_paid(
    book: Book, table: commission.Table
) -> None:
    people = worked()
    mine = cast.policy()
    PastAgent.create(policy=mine, agent=people.sun_li, until=cast.day("2026-06-02"))
    found = asked(table)
    assert row(found, "A900").renewal == 10_000
    assert row(found).renewal == 0
    assert asked(table, agent_no="A900").total.renewal == 10_000
    PastAgent.update(until=cast.day("2026-06-01")).execute()
    assert row(asked(table)).renewal == 10_000


def test_few_agents_and_many_are_asked_the_same(
    book: Book, table: commission.Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked()
    few = asked(table, team="一部")
    monkeypatch.setattr(earned, "FEW", 0)
    assert asked(table, team="一部") == few
    assert few.rows


def test_a_month_has_what_fell_due_in_it(book: Book, table: commission.Table) -> None:
    worked()
    assert asked(table, period="2026-05").total.renewal == 10_000
    assert asked(table, period="2026-06").total.renewal == 0  # it was paid in June, and due in May
    assert asked(table, period="2026-Q1").total.first_year == 18_269


def test_a_period_to_come_and_a_book_without_a_ledger_are_refused(
    book: Book, table: commission.Table
) -> None:
    cast.everybody()
    for period, code in (("2027", "period_not_begun"), ("2026", "no_ledger_to_collect")):
        with pytest.raises(errors.NotMeasurable) as refused:
            asked(table, period=period)
        assert refused.value.notice.code == code
