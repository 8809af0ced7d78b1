"""An agent's day on her phone: whom to call, and what became of it."""

import datetime
import json
import re

import pytest

from servicing.core.models import CardEntry, Task
from servicing.desk import agenda, tasks
from servicing.operations.workspace import Workspace
from tests import cast
from tests.servicing.web import mornings
from tests.servicing.web.conftest import Visit
from tests.servicing.web.visits import text_of

TODAY = datetime.date(2026, 6, 1)


def calls(space: Workspace, on: datetime.date = TODAY) -> dict[str, list[str]]:
    """By section: each client with what there is to do, `?` where it is not on the list yet."""
    found = agenda.agenda(space.plan, space.calendar, cast.agent("A001"), on)
    return {
        name: [
            f"{call.client_no}: "
            + ", ".join(
                f"{item.touchpoint} {item.show_on:%m-%d}{'' if item.task_id else '?'}"
                for item in call.due + call.soon
            )
            for call in some
        ]
        for name, some in vars(found).items()
        if some
    }


def test_one_call_serves_several_touchpoints(space: Workspace) -> None:
    """Three policies of one client, one of them due today and another in a week: one call."""
    assert calls(space) == {"today": ["C001: month_1 06-01, visit 06-01"]}


def test_what_is_to_come_is_what_the_walks_will_find(space: Workspace) -> None:
    cast.give_policy(cast.lin_wei(), "P004", "2026-05-05")
    cast.give_policy(cast.lin_wei(), "P005", "2026-05-30")
    foretold = calls(space)
    assert foretold == {
        "today": ["C001: month_1 06-01, visit 06-01, delivery 06-02?, month_1 06-05?"]
    }
    for day in ("2026-06-02", "2026-06-03", "2026-06-04", "2026-06-05"):
        cast.walk_only(day, space)
    assert calls(space) == {"today": [foretold["today"][0].replace("?", "")]}


def test_before_the_walk_of_the_day_its_tasks_are_foretold(space: Workspace) -> None:
    cast.give_policy(cast.lin_wei(), "P006", "2026-05-02")
    assert calls(space, cast.day("2026-06-02")) == {
        "overdue": ["C001: month_1 06-01, visit 06-01, month_1 06-02?"]
    }


def test_the_day_shows_whom_to_call_and_what_to_say(visit: Visit) -> None:
    page = visit("chenyan").get("/day")
    words = text_of(page)
    assert "林伟" in words and "周明" not in words, "only her own clients"
    assert 'href="tel:+12025550111"' in page.text
    for told in ("首月关怀", "P001", "安心终身寿险", "标准动作", "话术", "记录结果"):
        assert told in words


def test_the_page_of_a_call_has_all_that_it_takes(visit: Visit) -> None:
    visitor = visit("chenyan")
    assert 'href="/day/C001"' in visitor.get("/day").text
    assert 'href="/day/C001"' in visitor.get("/clients/C001").text, "from her card as well"
    page = visitor.get("/day/C001")
    words = text_of(page)
    assert 'href="tel:+12025550111"' in page.text
    for told in ("林伟", "首月关怀", "P001", "安心终身寿险", "标准动作", "话术", "备注"):
        assert told in words
    acts = [f"done {each}" for each in tasks.OUTCOMES] + [f"skip {each}" for each in tasks.WHYS]
    for act in ["postpone to", *acts, "postpone 1", "postpone 7"]:
        assert f'name="do" value="{act}"' in page.text
    first, *_ = re.findall('name="do" value="([^"]+)"', page.text)
    assert first == "postpone to", "what Enter in a field presses ends no task"
    for number in (task().id, task("visit").id):
        assert f'name="task" value="{number}" checked' in page.text
    assert page.text.count('class="sheet how"') == 2, "the care call and the visit"


def test_whether_a_client_has_died_is_answered_on_the_card_alone(visit: Visit) -> None:
    Task.update(reason="claim_asks", touchpoint=None).where(Task.id == task().id).execute()
    Task.delete().where(Task.reason != "claim_asks").execute()
    visitor = visit("chenyan")
    assert "记录结果" not in visitor.get("/day").text
    page = visitor.get("/day/C001").text
    assert '<a href="/clients/C001">在客户卡上记录</a>' in page
    assert 'name="do"' not in page


def test_a_call_that_is_over_leads_back_to_the_day(visit: Visit) -> None:
    visitor = visit("chenyan")
    visitor.post("/day", task=[task().id, task("visit").id], do="done met")
    answer = visitor.get("/day/C001")
    assert (answer.status_code, answer.location) == (303, "/day")
    assert "没有待办事项" in visitor.get("/day").text


def test_whoever_chooses_no_task_is_asked_again_on_the_same_page(visit: Visit) -> None:
    visitor = visit("chenyan")
    answer = visitor.post("/day", client="C001", do="done spoke")
    assert (answer.status_code, answer.location) == (303, "/day/C001")
    assert "请至少选择一项任务" in visitor.get("/day/C001").text
    assert visitor.post("/day", do="done spoke").location == "/day"


def test_how_a_task_is_done_is_told_once_for_all_calls(visit: Visit, space: Workspace) -> None:
    mornings.many_calls(space)
    page = visit("chenyan").get("/day").text
    told = re.findall('id="how-([^"]+)"', page)
    assert " ".join(sorted(told)) == "delivery month_1 month_10 month_4 month_7 renewal visit"
    assert set(re.findall('href="#how-([^"]+)"', page)) == set(told)


def task(key: str = "month_1") -> Task:
    return cast.task(key, "P001" if key == "month_1" else "P003")


def test_done_in_two_taps_is_done_once_however_often_it_is_pressed(visit: Visit) -> None:
    visitor = visit("chenyan")
    for _ in range(2):
        answer = visitor.post("/day", task=task().id, do="done spoke", note="问候家人")
        assert answer.status_code == 303
    assert "已记录完成：1 项" in visitor.get(answer.location).text
    assert task().state == "done"
    entries = [json.loads(each.facts) for each in CardEntry.select() if each.kind == "task.done"]
    assert entries == [{"note": "问候家人", "agent_no": "A001", "outcome": "spoke"}]


def test_one_press_for_several_tasks_of_a_client(visit: Visit) -> None:
    visit("chenyan").post("/day", task=[task().id, task("visit").id], do="done met")
    assert {task().state, task("visit").state} == {"done"}


POSTPONED = [
    ({"do": "postpone 1"}, "2026-06-02"),
    ({"do": "postpone 7"}, "2026-06-08"),
    ({"do": "postpone to", "to": "2026-06-20"}, "2026-06-20"),
    ({"do": "postpone to", "to": "2027-06-02"}, "2027-06-02"),
]


@pytest.mark.parametrize(("form", "shown"), POSTPONED)
def test_not_reached_is_not_done_but_later(visit: Visit, form: dict[str, str], shown: str) -> None:
    visitor = visit("chenyan")
    for _ in range(2):
        assert visitor.post("/day", task=task().id, **form).status_code == 303
    assert (task().state, str(task().show_on)) == ("open", shown)
    assert CardEntry.select().where(CardEntry.kind == "task.postponed").count() == 1


def test_skipped_with_its_reason(visit: Visit) -> None:
    visitor = visit("chenyan")
    visitor.post("/day", task=task().id, do="skip declined")
    assert task().state == "skipped"
    assert "客户不需要" in text_of(visitor.get("/clients/C001"))


REFUSED = [
    ({"do": "done shouted"}, 400),
    ({"do": "skip"}, 400),
    ({"do": "explode"}, 400),
    ({"do": "postpone to", "to": "soon"}, 400),
    ({"do": "postpone to", "to": "2026-05-01"}, 400),
    ({"do": "postpone to", "to": "2027-06-03"}, 400),
    ({"do": "postpone to", "to": "9999-12-31"}, 400),
    ({"do": "postpone to", "to": "0001-01-01"}, 400),
    ({"do": "postpone 367"}, 400),
    ({"do": "postpone 999999999"}, 400),
    ({"do": "done spoke", "task": "999"}, 404),
    ({"do": "done spoke", "task": str(1 << 64)}, 404),
]


@pytest.mark.parametrize(("form", "status"), REFUSED)
def test_what_makes_no_sense_changes_nothing(
    visit: Visit, form: dict[str, str], status: int
) -> None:
    answer = visit("chenyan").post("/day", **{"task": str(task().id), **form})
    assert answer.status_code == status
    assert task().state == "open"


def test_nobody_does_the_tasks_of_another_agent(visit: Visit) -> None:
    assert visit("sunli").post("/day", task=task().id, do="done spoke").status_code == 404
    assert task().state == "open"


def test_what_was_skipped_is_not_done_afterwards(visit: Visit) -> None:
    visitor = visit("chenyan")
    visitor.post("/day", task=task().id, do="skip settled")
    assert visitor.post("/day", task=task().id, do="done spoke").status_code == 409
    assert task().state == "skipped"


@pytest.mark.parametrize("times", [2, 1_000])
def test_a_task_that_a_form_names_many_times_is_one(visit: Visit, times: int) -> None:
    task = Task.select().where(Task.state == "open").order_by(Task.id).first()
    visitor = visit("chenyan")
    answer = visitor.post("/day", task=[task.id] * times, do="done spoke")
    assert answer.status_code == 303
    assert CardEntry.select().where(CardEntry.kind == "task.done").count() == 1


def test_a_form_with_more_tasks_than_anybody_has_is_refused(visit: Visit) -> None:
    visitor = visit("chenyan")
    assert visitor.post("/day", task=list(range(1, 202)), do="done spoke").status_code == 400
    assert visitor.post("/day", task=[1] * 20_000, do="done spoke").status_code == 413
