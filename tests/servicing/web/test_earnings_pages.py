"""An agent's income on the pages: hers and her managers' to see, and nobody else's."""

import pytest

from servicing.operations.workspace import Workspace
from tests import cast
from tests.servicing.web.conftest import Visit
from tests.servicing.web.visits import MOST_STATEMENTS, as_read, statements

TABLE = """
currency = "CNY"
[[rate]]
first_year = 0.5
renewal = [{ from = 2, share = 0.1 }]
bonus = [{ from = 0, share = 0.00997 }]
"""


@pytest.fixture
def with_table(space: Workspace) -> None:
    """Lin Wei's first premium of the second year is paid, the next one is due in the week to come."""
    (space.home / "commissions").mkdir()
    (space.home / "commissions" / "standard.toml").write_text(TABLE, "utf-8")
    of = cast.give_policy(cast.lin_wei(), "P777", "2025-05-12", currency="CNY")
    cast.give_premium(of, "2025-05-12", amount="100000", paid_on="2025-05-12")
    cast.give_premium(of, "2026-05-12", amount="100000", paid_on="2026-05-20")
    other = cast.give_policy(cast.lin_wei(), "P778", "2025-06-05", currency="CNY")
    cast.give_premium(other, "2026-06-05", amount="1000")


SEEN = [("chenyan", True), ("team", True), ("shanghai", True), ("sunli", False), ("beijing", False)]


@pytest.mark.parametrize(("login", "is_told"), SEEN)
def test_only_the_agent_and_her_managers_are_told_what_she_earns(
    login: str, is_told: bool, visit: Visit, with_table: None
) -> None:
    visitor = visit(login)
    with statements() as told:
        page = as_read(visitor.get("/earnings?period=2026-05&by=agent").text)
    assert len(told) <= MOST_STATEMENTS
    assert ("10,000" in page) == is_told
    assert ("A001" in page) == (is_told and login != "chenyan")


@pytest.mark.parametrize("login", ["ops", "admin"])
def test_operations_and_administrators_are_not(login: str, visit: Visit, with_table: None) -> None:
    assert visit(login).get("/earnings").status_code == 404


def test_a_renewal_has_its_commission_beside_it_on_her_day_and_not_on_the_card(
    visit: Visit, with_table: None, space: Workspace
) -> None:
    cast.walk_only("2026-06-02", space)
    visitor = visit("chenyan")
    call = as_read(visitor.get("/day/C001").text)
    assert "续期佣金 100 CNY" in call
    assert 'href="/earnings"' in visitor.get("/day").text
    card = as_read(visitor.get("/clients/C001").text)
    assert "1,000 CNY" in card
    assert "100 CNY" not in card and "佣金" not in card


def test_without_a_table_there_is_no_income_and_no_way_to_it(
    visit: Visit, space: Workspace
) -> None:
    assert 'href="/earnings"' not in visit("chenyan").get("/day").text
    assert "commissions/standard.toml" in as_read(visit("chenyan").get("/earnings").text)


def test_a_wrong_table_stops_nobody_s_day(visit: Visit, with_table: None, space: Workspace) -> None:
    (space.home / "commissions" / "standard.toml").write_text("currency = 1", "utf-8")
    assert visit("chenyan").get("/day").status_code == 200
    assert visit("chenyan").get("/earnings").status_code in (400, 500)
