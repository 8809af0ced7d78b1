"""Tier and stage on the pages: on the card, as filters of the client book, and as a funnel."""

import re

import pytest

from servicing.core.tier_models import TierStanding
from servicing.operations.workspace import Workspace
from tests import cast
from tests.servicing import tiered
from tests.servicing.web.conftest import Visit
from tests.servicing.web.visits import Visitor

pytestmark = cast.on_one

FORM = {"tier": "personal", "until": "2026-12-31", "reason": "新生儿"}


@pytest.fixture
def lin_wei(space: Workspace) -> int:
    """He has a tier by points, and one of his policies was delivered."""
    client = cast.lin_wei()
    tiered.give_tier(client, "attentive", points="16")
    cast.change(cast.policy("P001"), delivered_on="2025-08-31")
    return int(client.id)


def given(client_id: int) -> str:
    return str(TierStanding.get(TierStanding.client_id == client_id).tier)


def test_the_card_tells_tier_and_stage(visit: Visit, lin_wei: int) -> None:
    page = visit("chenyan").get("/clients/C001").text
    assert "关怀服务" in page and "16 分" in page and "相识" in page
    assert "指定服务等级" not in page, "an agent grants none"


def test_a_manager_grants_a_tier_and_takes_it_back(visit: Visit, lin_wei: int) -> None:
    manager = visit("team")
    manager.post("/clients/C001/tier", **FORM)
    assert given(lin_wei) == "personal"
    assert "指定至 2026-12-31" in manager.get("/clients/C001").text
    manager.post("/clients/C001/tier", do="lift")
    assert given(lin_wei) == "attentive"


REFUSED = [
    ({"reason": "难缠的客户"}, "难缠"),
    ({"until": "2029-01-01"}, "2029-01-01"),
    ({"until": ""}, "服务等级已保存"),
    ({"tier": "gold"}, "gold"),
    ({"reason": ""}, "理由"),
]


@pytest.mark.parametrize(("changed", "told"), REFUSED)
def test_what_is_refused_is_told(
    visit: Visit, lin_wei: int, changed: dict[str, str], told: str
) -> None:
    manager = visit("team")
    manager.post("/clients/C001/tier", **{**FORM, **changed})
    assert told in manager.get("/clients/C001").text


def listed(visitor: Visitor, query: str) -> list[str]:
    table = visitor.get(f"/clients?{query}").text.partition("<tbody>")[2]
    return re.findall(r'scope="row"[^>]*><a class="reach" href="/clients/(\w+)"', table)


FILTERS = [
    ("tier=attentive", ["C001"]),
    ("tier=regular", []),
    ("stage=met", ["C001"]),
    ("stage=before", []),
    ("stage=nonsense&tier=nonsense", ["C001"]),
]


@pytest.mark.parametrize(("query", "expected"), FILTERS)
def test_the_client_book_is_filtered_by_them(
    visit: Visit, lin_wei: int, query: str, expected: list[str]
) -> None:
    assert listed(visit("chenyan"), query) == expected


def test_the_funnel_leads_to_the_clients_behind_a_number(visit: Visit, lin_wei: int) -> None:
    for login, address in (
        ("chenyan", "/stages/met"),
        ("team", "/stages/met"),
        ("admin", "/stages/met"),
    ):
        visitor = visit(login)
        assert address in visitor.get("/stages").text
        assert "/clients/C001" in visitor.get("/stages/met").text
    assert "/clients/C001" not in visit("sunli").get("/stages/met").text
    assert visit("team").get("/stages/nonsense").status_code in (400, 404)


def test_the_funnel_is_a_file_too(visit: Visit, lin_wei: int) -> None:
    told = visit("team").get("/stages?as=csv").text
    assert "相依" in told.splitlines()[0]
