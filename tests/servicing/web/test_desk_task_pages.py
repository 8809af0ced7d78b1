"""The tasks of a desk at its pages: who sees them, who records them, and that the first one takes one."""

import re

import pytest

from policies.models import PastAgent, Policy
from servicing.core.case_models import Case
from servicing.core.done_models import DoneTask
from servicing.core.models import Task
from servicing.desk.undoing import WITHIN
from servicing.operations.workspace import Workspace
from tests import cast
from tests.servicing.web import desk_callbacks, desk_work
from tests.servicing.web.conftest import Visit
from tests.servicing.web.desk_work import give, of_the_desk
from tests.servicing.web.routes import mark_of
from tests.servicing.web.visits import MOST_STATEMENTS, NOW, Visitor, statements, text_of

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def desk(space: Workspace) -> dict[str, Task]:
    """A task of Lin Wei's and one of the outsider's; Mei, and both agents, are of the desk."""
    given = {policy_no: give(policy_no) for policy_no in ("P001", "P900")}
    of_the_desk("mei", "chenyan", "sunli")
    return given


def policies(page: str) -> list[str]:
    return re.findall(r'data-name="保单号"[^>]*>([^<]+)<', page)


def path(task: Task, what: str = "") -> str:
    return f"/desks/tasks/{task.id}{what}"


TABLE = """
                    mei chenyan sunli team shanghai beijing ops admin
GET  list            +   +      +     +    +        +       -   +
GET  P001            +   -      +     +    +        -       -   +
GET  P900            +   +      -     -    -        +       -   +
POST P001            +   -      +     -    -        -       -   -
POST P900            +   +      -     -    -        -       -   -
POST P001/undo       +   -      +     -    -        -       -   -
"""
LISTED = {
    "mei": ["P001", "P900"],
    "chenyan": ["P900"],
    "sunli": ["P001"],
    "team": ["P001"],
    "shanghai": ["P001"],
    "beijing": ["P900"],
    "admin": ["P001", "P900"],
}


def test_the_desk_comes_to_its_pages_and_nobody_to_a_client_of_their_own(
    visit: Visit, desk: dict[str, Task]
) -> None:
    heads, *lines = [each.split() for each in TABLE.strip().splitlines()]
    found = {}
    for method, place, *marks in lines:
        policy_no, _, what = place.partition("/")
        address = "/desks/tasks"
        if policy_no in desk:
            address = path(desk[policy_no], f"/{what}" if what else "")
        for login, mark in zip(heads, marks, strict=True):
            visitor = visit(login)
            answer = visitor.get(address) if method == "GET" else visitor.post(address)
            if mark_of(answer) != mark:
                found[f"{method} {place} {login}"] = mark_of(answer)
    assert found == {}
    listed = {login: sorted(policies(visit(login).get("/desks/tasks").text)) for login in LISTED}
    assert listed == LISTED


def test_the_agent_reads_nothing_of_it_on_the_card_and_others_do(
    visit: Visit, desk: dict[str, Task]
) -> None:
    """Nor why, nor what came of it, and no day of a contact."""
    asked = "/clients/C001/why?policy=P001&touchpoint=month_4"
    for _ in range(2):
        page = visit("chenyan").get("/clients/C001", headers=ENGLISH)
        told = text_of(page)
        assert "call-back desk" not in told and "C9 call" not in told
        assert visit("chenyan").get(asked).status_code == 404
        assert "call-back desk" in text_of(visit("shanghai").get("/clients/C001", headers=ENGLISH))
        assert "the plan gave it to the call-back desk" in text_of(
            visit("shanghai").get(asked, headers=ENGLISH)
        )
        visit("mei").post(path(desk["P001"]), do="done spoke", note="C9 call")


def test_it_is_not_in_the_agents_day_nor_recorded_there(
    visit: Visit, desk: dict[str, Task]
) -> None:
    visitor = visit("chenyan")
    form = {"task": desk["P001"].id, "do": "done spoke", "client": "C001"}
    assert visitor.post("/day", **form).status_code == 404
    assert f'value="{desk["P001"].id}"' not in visitor.get("/day/C001").text
    assert (
        visit("shanghai").post("/day/move", task=desk["P001"].id, to="2026-06-05").status_code
        == 404
    )
    assert Task.get_by_id(desk["P001"].id).state == "open"


def test_who_comes_first_takes_it(visit: Visit, desk: dict[str, Task]) -> None:
    mine, late = visit("mei"), visit("sunli")
    answer = mine.post(path(desk["P001"]), do="done spoke", note="已致谢")
    assert answer.status_code == 303
    assert mine.post(path(desk["P001"]), do="done spoke", note="已致谢").status_code == 303
    refused = late.post(path(desk["P001"]), do="skip declined", headers=ENGLISH)
    assert refused.status_code == 409
    task = Task.get_by_id(desk["P001"].id)
    assert (task.state, task.done_by_login, task.note) == ("done", "mei", "已致谢")
    assert [each.task_id for each in DoneTask.select()] == [task.id]  # a plan may count from it
    assert policies(mine.get("/desks/tasks").text) == ["P900"]
    assert policies(mine.get("/desks/tasks?view=done").text) == ["P001"]
    assert policies(late.get("/desks/tasks?view=done").text) == []


def test_what_was_recorded_is_taken_back_by_who_has_recorded_it(
    visit: Visit, desk: dict[str, Task]
) -> None:
    mine, other, place = visit("mei"), visit("sunli"), path(desk["P001"])
    mine.post(place, do="skip unreachable")
    assert "/undo" in mine.get(place).text and "/undo" not in other.get(place).text
    other.post(f"{place}/undo")
    assert Task.get_by_id(desk["P001"].id).state == "skipped"
    mine.post(f"{place}/undo")
    assert Task.get_by_id(desk["P001"].id).state == "open"


POSTPONED = [
    ("2026-06-05", 303, "2026-06-05"),
    ("2026-06-06", 303, "2026-06-08"),  # a Saturday
    ("2026-06-01", 400, "2026-06-01"),
    ("2026-07-02", 400, "2026-06-01"),  # behind the window
    ("", 400, "2026-06-01"),
]


@pytest.mark.parametrize(("to", "status", "shown_on"), POSTPONED)
def test_it_is_postponed_inside_its_window(
    visit: Visit, desk: dict[str, Task], to: str, status: int, shown_on: str
) -> None:
    answer = visit("mei").post(path(desk["P001"]), do="postpone to", to=to, note="节后再打")
    assert answer.status_code == status
    assert str(Task.get_by_id(desk["P001"].id).show_on) == shown_on
    if status == 400 and to:
        assert "节后再打" in answer.text


def test_the_receipt_is_recorded_with_the_delivery_and_its_call_is_owed_at_once(
    visit: Visit, space: Workspace, desk: dict[str, Task]
) -> None:
    desk_callbacks.new("C001", "N1", None)
    desk_callbacks.follow(space)
    delivery = give("N1", key="delivery")
    mine, case = visit("mei"), Case.get(Case.policy == cast.policy("N1"))
    assert case.state == "waiting_receipt"
    assert mine.get(path(delivery)).text.count('name="delivered_on"') == 1
    refused = mine.post(path(delivery), do="done met", note="已送达", delivered_on="2026-05-01")
    assert refused.status_code == 400 and "已送达" in refused.text
    assert "不能早于承保日 2026-05-20" in text_of(refused)
    assert Task.get_by_id(delivery.id).state == "open", "all of it or nothing"
    for _ in range(2):
        answer = mine.post(path(delivery), do="done met", delivered_on="2026-05-30")
        assert answer.status_code == 303
    assert str(cast.policy("N1").delivered_on) == "2026-05-30"
    assert Task.get_by_id(delivery.id).state == "done"
    assert Case.get_by_id(case.id).state == "open"


def test_only_a_task_that_hands_a_contract_over_takes_the_day(
    visit: Visit, desk: dict[str, Task]
) -> None:
    mine, place = visit("mei"), path(desk["P001"])
    assert 'name="delivered_on"' not in mine.get(place).text
    for day in ("2026-05-30", "soon"):
        assert mine.post(place, do="done met", delivered_on=day).status_code == 400
    assert Task.get_by_id(desk["P001"].id).state == "open"
    assert cast.policy("P001").delivered_on is None


def test_a_desk_without_members_is_told_to_who_can_change_it(
    visit: Visit, space: Workspace
) -> None:
    give("P001")
    for login in ("team", "admin"):
        told = text_of(visit(login).get("/desks/tasks", headers=ENGLISH))
        assert "One task here may be recorded by nobody" in told
    of_the_desk("mei")
    assert "by nobody" not in text_of(visit("admin").get("/desks/tasks", headers=ENGLISH))


def test_the_way_there_is_shown_to_who_has_tasks_there(visit: Visit, desk: dict[str, Task]) -> None:
    for login, is_shown in (("mei", True), ("chenyan", True), ("team", True), ("ops", False)):
        assert ('href="/desks/tasks"' in visit(login).get("/cases").text) == is_shown


def test_a_former_agent_of_the_policy_is_recused(visit: Visit, desk: dict[str, Task]) -> None:
    policy = Policy.get(Policy.policy_no == "P001")
    PastAgent.create(policy=policy, agent=cast.agent("A900"), until=desk_work.ON)
    assert visit("sunli").get(path(desk["P001"])).status_code == 404
    assert policies(visit("sunli").get("/desks/tasks").text) == []


def test_the_pages_ask_the_database_at_most_a_dozen_times(
    visit: Visit, desk: dict[str, Task]
) -> None:
    for number in range(40):
        cast.give_policy(cast.lin_wei(), f"D{number:02}", "2026-01-31")
        give(f"D{number:02}")
    for login in ("mei", "team", "admin", "sunli"):
        visitor: Visitor = visit(login)
        for address in ("/desks/tasks", "/desks/tasks?view=later", path(desk["P001"])):
            visitor.get(address)
            with statements() as told:
                assert visitor.get(address).status_code == 200
            assert len(told) <= MOST_STATEMENTS, "\n".join(told)


def test_it_can_no_longer_be_taken_back_after_a_while(visit: Visit, desk: dict[str, Task]) -> None:
    visit("mei").post(path(desk["P001"]), do="done wrote")
    Task.update(ended_at=NOW - 2 * WITHIN).where(Task.id == desk["P001"].id).execute()
    assert "/undo" not in visit("mei").get(path(desk["P001"])).text
