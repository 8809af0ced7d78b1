"""The page of a policy review: who sees it, what is written there, what goes on paper."""

import pytest

from servicing.core.account_models import CardView
from servicing.core.cover_models import Beneficiary, ClientIncome, OtherPolicy
from servicing.operations.workspace import Workspace
from tests import cast
from tests.servicing.web.conftest import Visit
from tests.servicing.web.visits import MOST_STATEMENTS, as_read, statements

ADDRESS = "/clients/C001/review"
OTHER = {"do": "other", "insurer": "他司人寿", "kind": "life", "sum": "500,000", "currency": "CNY"}


def test_an_agent_writes_what_the_client_tells_and_sees_the_gap(visit: Visit) -> None:
    visitor = visit("chenyan")
    assert "收入未知" in as_read(visitor.get(ADDRESS).text)
    visitor.post(ADDRESS, **OTHER)
    visitor.post(ADDRESS, **{"do": "income", "income": "200000", "currency": "CNY"})
    heir = {"do": "beneficiary", "policy": "P001", "name": "周明", "kin": "spouse", "share": "100"}
    visitor.post(ADDRESS, **heir)
    with statements() as told:
        page = as_read(visitor.get(ADDRESS).text)
    assert len(told) <= MOST_STATEMENTS
    for each in ("他司人寿", "1,500,000 CNY", "周明", "类别未知", "不推荐任何产品"):
        assert each in page
    assert "不超过 1,500,000 CNY" in page  # of his own policies nobody knows the kind
    number = OtherPolicy.get().id
    visitor.post(ADDRESS, **{"do": f"forget_other {number}"})
    heir_no = Beneficiary.get().id
    visitor.post(ADDRESS, **{"do": f"forget_beneficiary {heir_no}", "policy": "P001"})
    assert (OtherPolicy.select().count(), Beneficiary.select().count()) == (0, 0)
    assert ClientIncome.get().amount == 200_000


def test_a_look_is_noted(visit: Visit) -> None:
    before = CardView.select().count()
    visit("team").get(ADDRESS)
    assert CardView.select().count() == before + 1


WRONG = [
    {**OTHER, "sum": "viel"},
    {**OTHER, "insurer": ""},
    {**OTHER, "currency": "yuan"},
    {"do": "income", "income": "", "currency": "CNY"},
    {"do": "beneficiary", "policy": "P001", "name": "周明", "kin": "spouse", "share": "x"},
    {"do": "beneficiary", "policy": "P001", "name": "周明", "kin": "spouse", "share": "nan"},
    {"do": "forget_other 99"},
]


@pytest.mark.parametrize("form", WRONG)
def test_what_is_wrong_is_told_on_the_page_and_not_written(
    form: dict[str, str], visit: Visit
) -> None:
    answer = visit("chenyan").post(ADDRESS, **form)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert OtherPolicy.select().count() + Beneficiary.select().count() == 0


NOBODY_S = [
    ({"do": "nothing"}, 400),
    ({"do": "forget_other x"}, 400),
    ({"do": "beneficiary", "policy": "P900", "name": "x", "kin": "spouse"}, 404),
    ({"do": "beneficiary", "policy": "P001", "name": "x", "kin": "boss"}, 400),
]


@pytest.mark.parametrize(("form", "status"), NOBODY_S)
def test_what_no_form_of_ours_says_is_refused(
    form: dict[str, str], status: int, visit: Visit
) -> None:
    assert visit("chenyan").post(ADDRESS, **form).status_code == status


def test_an_agent_who_shares_a_client_sees_nothing_of_the_other_s_policies(
    visit: Visit, space: Workspace
) -> None:
    cast.change(cast.policy("P003"), agent=cast.agent("A900"), product="别人的产品")
    heir = {"do": "beneficiary", "policy": "P003", "name": "周明", "kin": "spouse"}
    assert visit("chenyan").post(ADDRESS, **heir).status_code == 404
    page = as_read(visit("chenyan").get(ADDRESS).text)
    assert "P003" not in page and "别人的产品" not in page
    assert "其他服务人员" in page
    assert "别人的产品" in as_read(visit("shanghai").get(ADDRESS).text)


def test_forms_and_buttons_stay_off_the_paper(visit: Visit) -> None:
    page = visit("chenyan").get(ADDRESS).text
    printed = page.split('<section class="sheet no-print">')[0]
    assert "<textarea" not in printed
    assert 'class="on-paper"' in page
    assert 'href="/clients/C001/review"' in visit("chenyan").get("/clients/C001").text
