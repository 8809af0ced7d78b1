"""The page of people to call so that a policy stays: whose they are, in which order, what it says."""

import csv
import datetime
import io

import pytest

from policies import database
from policies.models import Policy
from policies.persistency import collection, units
from policies.persistency.collection import Span
from policies.persistency.rules import Limits
from servicing.cases import opening
from servicing.cases.opening import Request
from servicing.cases.signals import looking
from servicing.core.case_models import Case
from servicing.operations.workspace import Workspace
from tests import cast
from tests.servicing.web.conftest import Visit
from tests.servicing.web.visits import MOST_STATEMENTS, NOW, statements, text_of

TODAY = NOW.date()
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def owing(space: Workspace) -> dict[str, Policy]:
    """Second-year premiums: of Lin Wei two, due on the 20th and 10 days before, of the outsider one."""
    people = (("P010", "2025-05-20", "C001"), ("P011", "2025-05-10", "C001"))
    found = {}
    for policy_no, issued, client_no in (*people, ("P910", "2025-05-20", "C900")):
        client = cast.lin_wei() if client_no == "C001" else cast.policy("P900").client
        found[policy_no] = cast.give_policy(client, policy_no, issued)
        cast.give_premium(found[policy_no], f"2026{issued[4:]}")
    return found


def listed(visit: Visit, login: str, view: str = "premiums") -> list[str]:
    """The policies of the list, by its file."""
    answer = visit(login).get(f"/keeping?view={view}&as=csv")
    assert answer.status_code == 200
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))
    return [row["保单号"] for row in rows]


@pytest.mark.parametrize(
    ("login", "policies"),
    [
        ("chenyan", ["P011", "P010"]),  # the fewest days first
        ("sunli", ["P910"]),
        ("team", ["P011", "P010"]),
        ("shanghai", ["P011", "P010"]),
        ("beijing", ["P910"]),
        ("admin", ["P011", "P010", "P910"]),
    ],
)
def test_premiums_of_the_second_year_by_who_reads(
    visit: Visit, owing: dict[str, Policy], login: str, policies: list[str]
) -> None:
    assert listed(visit, login) == policies


def test_what_is_not_of_the_second_year_or_paid_is_not_there(
    visit: Visit, owing: dict[str, Policy]
) -> None:
    third = cast.give_policy(cast.lin_wei(), "P012", "2024-05-20")
    cast.give_premium(third, "2026-05-20")
    (premium,) = owing["P010"].premiums
    cast.change(premium, paid_on=TODAY)
    assert listed(visit, "chenyan") == ["P011"]


def test_it_has_the_policies_that_collection_lists(
    visit: Visit, space: Workspace, owing: dict[str, Policy]
) -> None:
    grace = space.composer.grace
    span = Span(TODAY - datetime.timedelta(days=grace.days), TODAY, TODAY)
    with database.snapshot():
        found = list(collection.still_open(span, grace, Limits(), units.force()))
    assert listed(visit, "admin") == [each.policy_no for each in found]


def test_nobody_is_called_who_has_died(visit: Visit, owing: dict[str, Policy]) -> None:
    cast.change(cast.lin_wei(), deceased_on=cast.day("2026-05-25"))
    assert listed(visit, "chenyan") == []


def test_it_says_to_sell_nothing_to_whoever_complains(
    visit: Visit, space: Workspace, owing: dict[str, Policy]
) -> None:
    asked = Request("complaint", TODAY, "nobody answers", "root", client_no="C001")
    opening.open_case(space.ground, asked, TODAY, NOW)
    page = text_of(visit("chenyan").get("/keeping", headers=ENGLISH))
    assert page.count("do not sell") == 2


def test_a_unit_is_chosen_by_a_manager(visit: Visit, owing: dict[str, Policy]) -> None:
    page = visit("admin").get("/keeping?branch=北京&as=csv").get_data(as_text=True)
    assert "P910" in page and "P010" not in page
    assert visit("team").get("/keeping?branch=北京").status_code == 404


@pytest.fixture
def at_risk(space: Workspace) -> Case:
    """A retention case of P010: its agent has it, and its premium has come in since."""
    of = cast.give_policy(cast.lin_wei(), "P010", "2025-05-10")
    premium = cast.give_premium(of, "2026-05-10")
    day = cast.day("2026-05-25")
    looking.look(space.ground, "en", day, NOW)
    cast.change(premium, paid_on=cast.day("2026-05-28"))
    assert looking.look(space.ground, "en", cast.day("2026-05-28"), NOW)["paid"] == 1
    return Case.get(Case.policy == of)


@pytest.mark.parametrize(
    ("login", "policies"),
    [
        ("chenyan", ["P010"]),
        ("sunli", []),
        ("team", ["P010"]),
        ("beijing", []),
        ("admin", ["P010"]),
    ],
)
def test_retention_cases_by_who_reads(
    visit: Visit, at_risk: Case, login: str, policies: list[str]
) -> None:
    assert listed(visit, login, "cases") == policies


def test_a_case_says_why_it_is_there_and_that_its_premium_was_paid(
    visit: Visit, at_risk: Case
) -> None:
    page = text_of(visit("chenyan").get("/keeping?view=cases", headers=ENGLISH))
    assert "A premium in arrears" in page
    assert "paid: the premium of 2026-05-10" in page


def test_whoever_has_the_case_saves_it_with_one_press(visit: Visit, at_risk: Case) -> None:
    visitor = visit("chenyan")
    page = text_of(visitor.get(f"/cases/{at_risk.id}", headers=ENGLISH))
    assert "Paid: the policy stays" in page
    moves = str(Case.get_by_id(at_risk.id).moves)
    visitor.post(f"/cases/{at_risk.id}/steps", step="paid", moves=moves)
    assert Case.get_by_id(at_risk.id).state == "saved"
    assert listed(visit, "chenyan", "cases") == []


def test_the_agent_complained_of_does_not_see_the_case_that_comes_of_it(
    visit: Visit, space: Workspace
) -> None:
    told = {"client_no": "C001", "policy_no": "P001", "about": "A001"}
    asked = Request("complaint", TODAY, "she has lied", "root", **told)
    opening.open_case(space.ground, asked, TODAY, NOW)
    assert looking.look(space.ground, "en", TODAY, NOW)["opened"] == 1
    assert listed(visit, "chenyan", "cases") == []
    assert listed(visit, "team", "cases") == ["P001"]


def test_my_day_and_the_month_lead_to_it(visit: Visit) -> None:
    assert 'href="/keeping"' in visit("chenyan").get("/day").get_data(as_text=True)
    assert 'href="/keeping"' in visit("team").get("/month").get_data(as_text=True)


@pytest.mark.parametrize("view", ["premiums", "cases"])
def test_a_page_asks_the_database_a_dozen_times_at_most(
    visit: Visit, owing: dict[str, Policy], view: str
) -> None:
    visitor = visit("team")
    visitor.get("/keeping")
    with statements() as asked:
        assert visitor.get(f"/keeping?view={view}").status_code == 200
    assert len(asked) <= MOST_STATEMENTS


def test_a_view_that_there_is_not_is_refused(visit: Visit) -> None:
    assert visit("chenyan").get("/keeping?view=gold").status_code == 400
