"""To whom a case does not go, who approves, and what goes up at once."""

from typing import Any

import peewee
import pytest

from policies import database, persons
from policies.case_kind import ESCALATED
from policies.models import Client
from servicing.cases import desks, opening, person, queries, recusal, shelf, stepping
from servicing.cases.opening import Request
from servicing.cases.queries import Wanted
from servicing.cases.shelf import Asked
from servicing.cases.stepping import Order
from servicing.core import errors
from servicing.core.account_models import User
from servicing.core.case_models import Case, CaseEntry
from tests import cast
from tests.refusals import refuses
from tests.servicing.cases.opened import BY, CHINA, NOW, SAID, TODAY, complaint, done
from tests.servicing.web.visits import give_account

STAFF: dict[str, tuple[Any, dict[str, str]]] = {
    "chen": ("agent", {"agent_no": "A001"}),
    "sun": ("agent", {"agent_no": "A900"}),
    "he": ("manager", {"team": "一部"}),
    "over": ("manager", {"branch": "上海"}),
    "far": ("manager", {"branch": "北京"}),
    "lihua": ("operations", {}),
    "ops": ("operations", {}),
    "admin": ("administrator", {}),
}
"""Chen Yan serves C001, Sun Li C900; he and over stand above Chen Yan; lihua is of the desk."""


@pytest.fixture
def staff(book: peewee.Database) -> None:
    cast.everybody(issued="2025-06-01")
    for login, (role, of) in STAFF.items():
        give_account(login, role, **of)
    desks.put(account("lihua"), ["complaint"], NOW)


def account(login: str) -> User:
    found: User = User.get(User.login == login)
    return found


def given(case: Case, step: str, person: str, by: str = BY) -> Case:
    order = Order(case.id, step, by, TODAY, SAID._replace(person=person))
    return stepping.step(CHINA, order, TODAY, NOW)


# --- To whom it goes ------------------------------------------------------------------------------

GIVEN = [
    # about, client, person, what is said
    ("", "C001", "chen", "nobody has said yet whom"),
    ("", "C001", "A001", "nobody has said yet whom"),
    ("", "C001", "sun", ""),
    ("", "C001", "he", ""),
    ("", "C001", "lihua", ""),
    ("", "C900", "chen", ""),
    ("", "C900", "sun", "nobody has said yet whom"),
    ("", "", "chen", ""),
    ("A001", "C001", "chen", "recused"),
    ("A900", "C001", "chen", ""),
    ("he", "C001", "he", "recused"),
    ("he", "C001", "chen", "recused"),
    ("over", "C001", "he", "recused"),
    ("", "C001", "nobody", "nobody has the login"),
]


@pytest.mark.parametrize(("about", "client_no", "person", "told"), GIVEN)
def test_a_case_goes_to_nobody_whom_it_is_or_may_be_about(
    staff: None, about: str, client_no: str, person: str, told: str
) -> None:
    for login in ("chen", "sun"):
        desks.put(account(login), ["complaint"], NOW)
    case = complaint(client_no=client_no, about=about)
    if not told:
        assert given(case, "assign", person).owner == person
        return
    with refuses(errors.ServicingError, told):
        given(case, "assign", person)
    assert stepping.of_number(case.id).moves == 1, "nothing of it is written"


def test_under_another_number_of_the_client_it_may_be_about_the_agent_as_well(staff: None) -> None:
    persons.unite(cast.lin_wei(), Client.get(Client.client_no == "C900"))
    with refuses(errors.CaseRefused, "nobody has said yet whom"):
        given(complaint(client_no="C900"), "assign", "chen")


def test_a_kind_that_concerns_nobody_of_the_house_may_go_to_the_agent(staff: None) -> None:
    asked = Request("improvement", cast.day("2026-05-04"), "late", BY, "C001")
    case = opening.open_case(CHINA, asked, TODAY, NOW)
    assert given(case, "assign", "chen").owner == "chen"


# --- Who approves ---------------------------------------------------------------------------------

APPROVES = [
    # by whom it is asked, who has approved it, what is said
    ("lihua", "he", ""),
    ("lihua", "HE", ""),
    ("lihua", "far", ""),
    ("lihua", "admin", ""),
    (BY, "over", ""),
    ("lihua", "somebody", "nobody has the login"),
    ("lihua", "ops", "may not approve it"),
    ("lihua", "sun", "may not approve it"),
    ("lihua", "lihua", "cannot approve what they ask for"),
    ("lihua", "LiHua ", "cannot approve what they ask for"),
    ("lihua", "A001", "recused"),
]


@pytest.mark.parametrize(("by", "person", "told"), APPROVES)
def test_an_extension_is_approved_by_somebody_who_may(
    staff: None, by: str, person: str, told: str
) -> None:
    case = done(complaint("2026-05-20", categories=("complex",), about="A001"), "accept", on=TODAY)
    if not told:
        given(case, "extend", person, by)
        assert CaseEntry.get(CaseEntry.step == "extend").person == person.lower()
        return
    with refuses(errors.ServicingError, told):
        given(case, "extend", person, by)
    assert not CaseEntry.select().where(CaseEntry.step == "extend").exists()


def test_who_is_complained_of_or_may_not_log_in_approves_nothing(staff: None) -> None:
    case = done(complaint("2026-05-20", categories=("complex",), about="over"), "accept", on=TODAY)
    for login, told in (("over", "recused"), ("he", "recused")):
        with refuses(errors.CaseRefused, told):
            given(case, "extend", login)
    User.update(is_disabled=True).where(User.login == "far").execute()
    with refuses(errors.CaseRefused, "may not approve"):
        given(case, "extend", "far")


# --- A major event --------------------------------------------------------------------------------

MAJOR = [
    # how many, whom it is about, of which client, to whom it goes up; None: it does not
    (19, "", "C001", None),
    (20, "", "C001", "he"),
    (30, "A001", "C001", "he"),
    (30, "he", "C001", "over"),
    (30, "over", "C001", "admin"),
    (30, "", "", "admin"),
]


@pytest.mark.parametrize(("count", "about", "client_no", "to"), MAJOR)
def test_a_major_event_goes_one_up_at_once(
    staff: None, count: int, about: str, client_no: str, to: str | None
) -> None:
    case = complaint(persons=count, about=about, client_no=client_no)
    entries = CaseEntry.select().where(CaseEntry.step == ESCALATED)
    told = [(each.reason, each.person, each.done_on) for each in entries]
    assert told == ([] if to is None else [("major", to, TODAY)])
    assert case.escalated_to == (to or "")
    assert case.moves == CaseEntry.select().where(CaseEntry.case == case).count()
    with database.snapshot():
        (listed,) = queries.cases(Wanted())
    assert listed.persons == count
    if to:
        (mine,) = shelf.lines(account(to), [], Asked("mine"), TODAY, 10)
        assert (mine.case, mine.is_major) == (case.id, True)


# --- Mine -----------------------------------------------------------------------------------------


def test_mine_are_those_that_went_up_to_me_as_well(staff: None) -> None:
    own, went_up, both, over = (complaint() for _ in range(4))
    complaint()
    Case.update(owner="he").where(Case.id.in_([own.id, both.id, over.id])).execute()
    Case.update(escalated_to="he").where(Case.id.in_([went_up.id, both.id])).execute()
    Case.update(kind="problem").where(Case.id == both.id).execute()
    done(over, "withdraw")
    open_ones = [own.id, went_up.id, both.id]

    def seen(asked: Asked, limit: int | None, after: int = 0) -> list[int]:
        lines = shelf.lines(account("he"), [], asked, TODAY, limit, after)
        return [each.case for each in lines]

    for limit in (None, 10):
        assert seen(Asked("mine"), limit) == open_ones
        assert seen(Asked("mine", "complaint"), limit) == open_ones[:2]
        assert seen(Asked("mine", state="withdrawn", is_ended=True), limit) == [over.id]
    assert [seen(Asked("mine"), 2, after) for after in (0, 2)] == [open_ones[:2], open_ones[2:]]


# --- More than a page shows -----------------------------------------------------------------------


@pytest.mark.parametrize("login", ["chen", "lihua"])
def test_cases_of_a_client_count_though_the_card_does_not_name_them_all(
    staff: None, login: str
) -> None:
    first = complaint()
    for _ in range(22):
        asked = Request("problem", cast.day("2026-05-04"), "cash", BY, "C001", about="A001")
        Case.update(desk="complaint").where(
            Case.id == opening.open_case(CHINA, asked, TODAY, NOW).id
        ).execute()
    found = person.of_person(account(login), cast.lin_wei())
    assert found.is_quiet, "the first is a complaint, and is among no twenty of them"
    assert (found.open_seen, found.others) == ((23, 0) if login == "lihua" else (0, 23))
    done(first, "withdraw")
    assert not person.of_person(account(login), cast.lin_wei()).is_quiet


# --- Of one matter --------------------------------------------------------------------------------


def seen_by(login: str) -> set[int]:
    return {each.id for each in Case.select().where(recusal.seen(account(login)))}


@pytest.mark.parametrize("on", ["complaint", "follow_up"])
def test_whom_it_is_found_to_be_about_sees_no_case_of_the_matter_ended_ones_too(
    staff: None, on: str
) -> None:
    """Of a complaint about the manager who is named at its end, or with its follow-up."""
    first = done(complaint("2026-03-02"), "accept", "investigate", "offer", "decide", "improvement")
    done(first, "inform", "follow_up")
    follow_up = Case.get(Case.kind == "follow_up")
    measure = Case.get(Case.kind == "improvement")
    assert seen_by("he") == {first.id, follow_up.id, measure.id}
    if on == "complaint":
        done(follow_up, "done", on=TODAY)
        given(first, "responsibility", "he")
    else:
        done(first, "close")
        given(follow_up, "record", "he")
    assert seen_by("he") == set()
    assert {first.id, follow_up.id, measure.id} <= seen_by("admin")


def test_what_was_done_meanwhile_with_another_case_of_the_matter_is_not_overwritten(
    staff: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = done(complaint("2026-03-02"), "accept", "investigate", "offer", "decide", "follow_up")
    follow_up = Case.get(Case.kind == "follow_up")
    family = stepping._family

    def meanwhile(case: Case) -> list[Case]:
        found = family(case)
        Case.update(state="done", is_open=False, moves=Case.moves + 1).where(
            Case.id == follow_up.id
        ).execute()
        return found

    monkeypatch.setattr(stepping, "_family", meanwhile)
    with refuses(errors.CaseMovedMeanwhile):
        given(first, "responsibility", "he")
    assert stepping.of_number(first.id).about_login == ""
