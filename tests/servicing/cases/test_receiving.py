"""Whoever is offered on a case is taken, and whoever is not offered is refused: persons by cases."""

from typing import Any

import peewee
import pytest

from policies import persons
from policies.models import Agent, Client
from servicing.cases import desks, ladder, opening, receiving, recusal, stepping
from servicing.cases.opening import Request
from servicing.cases.stepping import Order
from servicing.core import accounts, errors, open_accounts
from servicing.core.account_models import User
from servicing.core.case_models import Case
from tests import cast
from tests.refusals import refuses
from tests.servicing.cases.opened import BY, CHINA, NOW, SAID, TODAY, done
from tests.servicing.web.visits import give_account

STAFF: dict[str, tuple[Any, dict[str, str], tuple[Any, ...]]] = {
    "chen": ("agent", {"agent_no": "A001"}, ()),
    "chendesk": ("agent", {"agent_no": "A001"}, ("complaint", "callback", "quality")),
    "sun": ("agent", {"agent_no": "A900"}, ()),
    "he": ("manager", {"branch": "上海", "team": "一部"}, ()),
    "hedesk": ("manager", {"branch": "上海", "team": "一部"}, ("complaint",)),
    "over": ("manager", {"branch": "上海"}, ()),
    "far": ("manager", {"branch": "北京"}, ()),
    "lihua": ("operations", {}, ("complaint",)),
    "calls": ("operations", {}, ("callback",)),
    "checks": ("operations", {}, ("quality",)),
    "gone": ("operations", {}, ("complaint", "callback", "quality")),
    "left": ("agent", {"agent_no": "A900"}, ("complaint",)),
    "ops": ("operations", {}, ()),
    "admin": ("administrator", {}, ()),
}
"""Chen Yan serves C001, Sun Li C900, of another branch; by the role, the part and the desks of each.

`gone` was shut out. In half of the cases Sun Li has left the company, so `left` and `sun` cannot come in.
"""

CASES: list[tuple[str, dict[str, Any]]] = [
    *(
        ("complaint", {"client_no": client, "about": about})
        for client in ("C001", "")
        for about in ("", "A001", "he", "over", "hedesk", "admin")
    ),
    ("complaint", {"client_no": "C900", "about": "A001"}),
    ("complaint", {"client_no": "C900"}),
    *(("enquiry", {"client_no": client}) for client in ("C001", "")),
    ("improvement", {"client_no": "C001"}),
    ("problem", {"client_no": "C001", "policy_no": "P001"}),
    ("follow_up", {"client_no": "C001"}),
]


@pytest.fixture
def staff(book: peewee.Database) -> dict[str, User]:
    cast.everybody(issued="2025-06-01")
    for login, (role, of, theirs) in STAFF.items():
        give_account(login, role, **of)
        desks.put(User.get(User.login == login), theirs, NOW)
    accounts.set_disabled(User.get(User.login == "gone"), True, NOW)
    return {each.login: each for each in User.select()}


def opened(kind: str, said: dict[str, Any]) -> Case:
    request = Request(kind, cast.day("2026-05-20"), "x", BY, **said)
    return opening.open_case(CHINA, request, TODAY, NOW)


def taken(case: Case, step: str, person: str, by: str) -> bool:
    """Whether a step takes somebody; nothing of it stays."""
    order = Order(case.id, step, by, TODAY, SAID._replace(person=person))
    with case._meta.database.atomic() as transaction:
        try:
            stepping.step(CHINA, order, TODAY, NOW)
        except errors.CaseRefused:
            return False
        finally:
            transaction.rollback()
    return True


def offered(who: Any) -> set[str]:
    return {each.login for each in receiving.offered(who)}


def of_united() -> None:
    """Zhou Ming is the person Lin Wei under another number: so Sun Li serves both."""
    persons.unite(cast.lin_wei(), Client.get(Client.client_no == "C900"))


def of_one_who_has_left() -> None:
    Agent.update(left_on=TODAY).where(Agent.agent_no == "A900").execute()


@cast.on_one
@pytest.mark.parametrize("so", [None, of_united, of_one_who_has_left])
def test_whoever_is_offered_is_taken_and_nobody_else(staff: dict[str, User], so: Any) -> None:
    if so:
        so()
    for kind_id, said in CASES:
        case, kind = opened(kind_id, said), CHINA.kind(kind_id)
        shown = offered(receiving.owners(kind, case, TODAY))
        assert {each for each in staff if taken(case, "assign", each, BY)} == shown, (kind_id, said)
        assert all(open_accounts.may_come_in(staff[each], TODAY) for each in shown)
        assert "gone" not in shown
        kept = {each for each, user in staff.items() if recusal.is_kept(kind, user, case)}
        assert not shown & kept
        if so is of_one_who_has_left:
            assert not shown & {"sun", "left"}
        high = {each.login for rung in ladder._rungs(case) for each in rung}
        assert high - kept <= shown, "to whom it goes up it may be given"


@cast.on_one
@pytest.mark.parametrize("by", ["lihua", "hedesk", BY])
@pytest.mark.parametrize("about", ["", "A001", "over", "far"])
def test_whoever_is_offered_approves_and_nobody_else(
    staff: dict[str, User], about: str, by: str
) -> None:
    case = opened("complaint", {"client_no": "C900", "about": about, "categories": ("complex",)})
    case, kind = done(case, "accept", on=TODAY), CHINA.kind("complaint")
    if recusal.who(by, case).is_recused:
        return
    step = kind.step_of("extend")
    assert step
    shown = offered(receiving.approvers(kind, step, case, by, TODAY))
    assert {each for each in staff if taken(case, "extend", each, by)} == shown
    assert shown, "somebody can"


ELSEWHERE = [
    # of which client, to whom, what is said; an agent of another client, another branch, another desk
    ("C001", "sun", "the case does not go to sun"),
    ("C001", "far", "the case does not go to far"),
    ("C001", "calls", "of a desk that works on it \\(complaint, quality\\)"),
    ("C001", "ops", "the case does not go to ops"),
    ("C001", "gone", "the case does not go to gone"),
    ("C001", "chen", "nobody has said yet whom"),
    ("", "chen", "the case does not go to chen"),
]


@pytest.mark.parametrize(("client_no", "person", "told"), ELSEWHERE)
def test_whom_it_does_not_go_to_is_told_to_whom_it_does(
    staff: dict[str, User], client_no: str, person: str, told: str
) -> None:
    case = opened("complaint", {"client_no": client_no})
    order = Order(case.id, "assign", BY, TODAY, SAID._replace(person=person))
    with refuses(errors.CaseRefused, told):
        stepping.step(CHINA, order, TODAY, NOW)


ACTS = [("gone", False), ("left", False), ("A900", False), ("lihua", True), (BY, True)]
"""Sun Li is no longer there, A900: the number has accounts, and none of them may come in."""


@pytest.mark.parametrize(("by", "may"), ACTS)
def test_who_may_not_come_in_neither_opens_a_case_nor_takes_a_step(
    staff: dict[str, User], by: str, may: bool
) -> None:
    of_one_who_has_left()
    case = opened("complaint", {"client_no": "C001"})
    asked = Request("complaint", TODAY, "y", by, client_no="C001", by_hand=True)
    order = Order(case.id, "accept", by, TODAY, SAID)
    if may:
        assert opening.open_case(CHINA, asked, TODAY, NOW).state == "received"
        assert stepping.step(CHINA, order, TODAY, NOW).state == "accepted"
        return
    with refuses(errors.CaseRefused, "may not log in any more"):
        opening.open_case(CHINA, asked, TODAY, NOW)
    with refuses(errors.CaseRefused, "may not log in any more"):
        stepping.step(CHINA, order, TODAY, NOW)
    assert [each.state for each in Case.select()] == ["received"]


def test_an_agent_who_is_named_by_number_acts_by_an_account_that_is_open(
    staff: dict[str, User],
) -> None:
    accounts.set_disabled(staff["chen"], True, NOW)
    found = recusal.account("A001")
    assert found and found.login == "chendesk"


def test_an_enquiry_goes_to_the_agent_who_serves_its_client(staff: dict[str, User]) -> None:
    """It is about nobody; the desk gives it to whoever can answer."""
    case = opened("enquiry", {"client_no": "C001"})
    order = Order(case.id, "assign", "lihua", TODAY, SAID._replace(person="chen"))
    assert stepping.step(CHINA, order, TODAY, NOW).owner == "chen"
    order = Order(case.id, "answer", "chen", TODAY, SAID)
    assert stepping.step(CHINA, order, TODAY, NOW).state == "answered"
