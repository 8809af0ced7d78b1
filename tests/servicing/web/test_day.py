"""An agent's day on her phone: whom to call, and what became of it."""

import datetime
import json
import re

import pytest

from policies.models import Client
from servicing.core.models import CardEntry, Task
from servicing.desk import agenda, tasks
from servicing.operations.workspace import Workspace
from servicing.web import app as pages
from servicing.web import my_day
from tests import cast
from tests.servicing.web import mornings
from tests.servicing.web.conftest import Visit
from tests.servicing.web.visits import NOW, Clock, Visitor, text_of

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


def test_the_day_shows_whom_to_call_and_the_first_of_them_is_open(visit: Visit) -> None:
    page = visit("chenyan").get("/day")
    words = text_of(page)
    assert "林伟" in words and "周明" not in words, "only her own clients"
    assert 'href="tel:+12025550111"' in page.text
    for told in ("首月关怀", "P001", "安心终身寿险", "怎么做", "已电话沟通", "备注"):
        assert told in words
    assert page.text.count('id="open"') == 1


def test_the_page_of_a_call_has_all_that_it_takes(visit: Visit) -> None:
    visitor = visit("chenyan")
    assert 'href="/day/C001#open"' in visitor.get("/day").text
    assert 'href="/day/C001"' in visitor.get("/clients/C001").text, "from her card as well"
    page = visitor.get("/day/C001")
    words = text_of(page)
    assert 'href="tel:+12025550111"' in page.text
    for told in ("林伟", "首月关怀", "P001", "安心终身寿险", "备注"):
        assert told in words
    acts = [f"done {each}" for each in tasks.OUTCOMES] + [f"skip {each}" for each in tasks.WHYS]
    for act in ["postpone to", *acts, "postpone 2026-06-02", "postpone 2026-06-08"]:
        assert f'name="do" value="{act}"' in page.text
    first, *_ = re.findall('name="do" value="([^"]+)"', page.text)
    assert first == "postpone to", "what Enter in a field presses ends no task"
    assert page.text.index('name="note"') < page.text.index('value="done'), "the note comes first"
    for number in (task().id, task("visit").id):
        assert f'name="task" value="{number}" checked' in page.text


def test_whether_a_client_has_died_is_answered_on_the_card_alone(visit: Visit) -> None:
    Task.update(reason="claim_asks", touchpoint=None).where(Task.id == task().id).execute()
    Task.delete().where(Task.reason != "claim_asks").execute()
    page = visit("chenyan").get("/day/C001").text
    assert '<a href="/clients/C001">在客户卡上记录</a>' in page
    assert 'name="do"' not in page


def test_a_call_that_is_over_leads_back_to_the_day(visit: Visit) -> None:
    visitor = visit("chenyan")
    visitor.post("/day", task=[task().id, task("visit").id], do="done met")
    answer = visitor.get("/day/C001")
    assert (answer.status_code, answer.location) == (303, "/day")
    assert "没有待办事项" in visitor.get("/day").text


# ---------------------------------------------------------------------------------------- work list


def test_the_next_client_is_open_once_one_is_recorded(visit: Visit, space: Workspace) -> None:
    mornings.many_calls(space)
    visitor = visit("chenyan")
    page = visitor.get("/day").text
    order = re.findall('class="line" href="/day/([^"#]+)#open"', page)
    assert len(order) == mornings.CALLS + 1 == len(set(order))
    for place in range(3):
        assert f'name="client" value="{order[place]}"' in page
        assert f'name="next" value="{order[place + 1]}"' in page
        numbers = re.findall('name="task" value="([0-9]+)"', page)
        form = {"client": order[place], "next": order[place + 1], "do": "done spoke"}
        answer = visitor.post("/day", task=numbers, **form)
        assert answer.location == f"/day/{order[place + 1]}#open"
        page = visitor.get(answer.location).text
        assert f"{place + 1} / {mornings.CALLS + 1} 位" in page


def test_what_is_at_stake_stands_first(visit: Visit, space: Workspace) -> None:
    """In grace before overdue, the fewest days of grace first, then the money; then what falls due."""
    for number, (due, amount) in enumerate(
        [("2026-05-01", "100"), ("2026-04-20", "100"), ("2026-05-01", "900"), ("2026-06-20", "900")]
    ):
        client = Client.create(client_no=f"G{number}", name=f"客户{number}")
        policy = cast.give_policy(client, f"G{number}", "2026-05-01", agent=cast.agent())
        cast.give_premium(policy, due, amount=amount)
    cast.walk_only("2026-06-01", space)
    page = visit("chenyan").get("/day")
    order = re.findall('class="line" href="/day/([^"#]+)#open"', page.text)
    assert order == ["G1", "G2", "G0", "G3", "C001"]
    assert "900 · 宽限期剩 29 天" in text_of(page)


OWED = [
    ("2026-04-03", "宽限期剩 1 天", "宽限期至 2026-06-02"),
    ("2026-04-02", "宽限期剩 0 天", "宽限期至 2026-06-01"),
    ("2026-04-01", "宽限期已过 1 天", "宽限期已于 2026-05-31 届满"),
]
"""Due on, with a grace of sixty days, on 1 June: what the line says, and what the open call says."""


@pytest.mark.parametrize(("due", "line", "call"), OWED)
def test_a_grace_that_is_over_is_told_as_over(
    visit: Visit, space: Workspace, due: str, line: str, call: str
) -> None:
    client = Client.create(client_no="G0", name="客户")
    cast.give_premium(cast.give_policy(client, "G0", "2026-05-01", agent=cast.agent()), due)
    cast.walk_only("2026-06-01", space)
    page = text_of(visit("chenyan").get("/day/G0"))
    assert line in page and call in page


def test_a_line_tells_the_own_note_and_how_often_it_was_postponed(visit: Visit) -> None:
    visitor = visit("chenyan")
    both = [task().id, task("visit").id]
    visitor.post("/day", task=both, do="postpone 1", note="在开会")
    visitor.post("/day", task=both, do="postpone 7", note="说下周再打")
    page = text_of(visitor.get("/day/view/waiting"))
    assert "已推迟 2 次" in page and "说下周再打" in page and "在开会" not in page
    assert "在开会" not in text_of(visit("sunli").get("/day"))


def test_taken_back_it_is_as_before(visit: Visit) -> None:
    visitor = visit("chenyan")
    before = Task.select().where(Task.id == task().id).dicts().get()
    visitor.post("/day", task=task().id, client="C001", do="done spoke", note="误点")
    page = visitor.get("/day")
    assert "撤销" in text_of(page) and 'action="/day/undo"' in page.text
    for told in ("已撤销", "没有可撤销的记录"):
        answer = visitor.post("/day/undo", task=task().id, client="C001")
        assert answer.location == "/day/C001#open"
        assert told in text_of(visitor.get(answer.location))
    assert Task.select().where(Task.id == task().id).dicts().get() == before
    kinds = [each for each in cast.trail_of(cast.lin_wei()) if each.startswith("task.")]
    assert kinds == ["task.done", "task.reopened"]


def test_after_a_quarter_of_an_hour_nothing_is_taken_back(space: Workspace) -> None:
    clock = Clock()
    visitor = Visitor(pages.create(space, clock), "chenyan")
    visitor.post("/day", task=task().id, do="skip declined")
    clock.now = NOW + datetime.timedelta(minutes=16)
    for path in ("/day", "/day/view/done"):
        assert 'action="/day/undo"' not in visitor.get(path).text
    answer = visitor.post("/day/undo", task=task().id)
    assert "已超过 15 分钟" in text_of(visitor.get(answer.location))
    assert task().state == "skipped"


def test_nobody_takes_back_what_another_agent_has_recorded(visit: Visit) -> None:
    visit("chenyan").post("/day", task=task().id, do="done spoke")
    assert visit("sunli").post("/day/undo", task=task().id).status_code == 404
    assert task().state == "done"


def test_what_was_recorded_today_stands_in_a_view_of_its_own(visit: Visit) -> None:
    visitor = visit("chenyan")
    visitor.post("/day", task=task().id, do="done spoke", note="已约见")
    visitor.post("/day", task=task("visit").id, do="postpone 7")
    page = visitor.get("/day/view/done")
    for told in ("已约见", "首月关怀", "完成", "延期", "2026-06-08"):
        assert told in text_of(page)
    assert page.text.count('action="/day/undo"') == 3, "the last of all, and each of them"


def test_a_long_list_has_pages_and_whoever_is_open_stands_on_it(
    visit: Visit, space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(my_day, "LINES_A_PAGE", 10)
    mornings.many_calls(space)
    page = visit("chenyan").get("/day?page=4").text
    lines = re.findall('class="line" href="/day/([^"#]+)#open"', page)
    assert len(lines) == 2, "the one of the fourth page, and the first, who is open"
    assert page.count('id="open"') == 1


# ------------------------------------------------------------------------------------ week and month


def test_a_week_holds_tasks_against_capacity_and_marks_days_off(visit: Visit) -> None:
    page = visit("chenyan").get("/day/week")
    words = text_of(page)
    assert "2 / 12" in words and words.count("休息") == 2
    assert page.text.count("<meter") == 5
    june = text_of(visit("chenyan").get("/day/month"))
    assert june.count("休息") == 9, "eight days of weekends, and the Dragon Boat Festival"


def test_tasks_are_moved_by_the_rules_of_postponing(visit: Visit) -> None:
    visitor = visit("chenyan")
    both = {"task": [task().id, task("visit").id], "span": "week", "from": "2026-06-01"}
    answer = visitor.post("/day/move", to="2026-06-06", **both)
    assert answer.location == "/day/week?from=2026-06-01"
    assert "2 项已改到 2026-06-08 星期一" in text_of(visitor.get(answer.location))
    assert {str(task().show_on), str(task("visit").show_on)} == {"2026-06-08"}
    visitor.post("/day/move", to="2026-07-02", **both)
    assert "最晚只能改到" in text_of(visitor.get("/day/week"))
    assert str(task().show_on) == "2026-06-08"


def test_a_manager_sees_the_days_of_the_unit_and_moves_tasks_of_an_agent(visit: Visit) -> None:
    team = visit("team")
    assert "陈燕" in text_of(team.get("/day/week"))
    assert "林伟" in text_of(team.get("/day/week?agent=A001"))
    assert team.get("/day/week?agent=A900").status_code == 404
    form = {"task": task().id, "to": "2026-06-03", "agent": "A001", "from": "2026-06-01"}
    assert visit("beijing").post("/day/move", **form).status_code == 404
    answer = team.post("/day/move", **form)
    assert answer.location == "/day/week?agent=A001&from=2026-06-01"
    assert "1 项已改到 2026-06-03 星期三" in text_of(team.get(answer.location))
    (facts,) = (
        json.loads(each.facts) for each in CardEntry.select() if each.kind == "task.postponed"
    )
    assert (facts["by"], facts["agent_no"]) == ("team", "A001")
    agent = visit("chenyan")
    assert 'action="/day/undo"' not in agent.get("/day/view/done").text, "it was not she"
    assert "team" in text_of(agent.get("/clients/C001")), "her card says who"


def test_whoever_chooses_no_task_is_asked_again_on_the_same_page(visit: Visit) -> None:
    visitor = visit("chenyan")
    answer = visitor.post("/day", client="C001", do="done spoke")
    assert (answer.status_code, answer.location) == (303, "/day/C001")
    assert "请至少选择一项任务" in visitor.get("/day/C001").text
    assert visitor.post("/day", do="done spoke").location == "/day"


def test_how_a_task_is_done_is_told_on_a_page_of_its_own(visit: Visit, space: Workspace) -> None:
    mornings.many_calls(space)
    visitor = visit("chenyan")
    page = visitor.get("/day/how").text
    told = re.findall('id="how-([^"]+)"', page)
    assert len(told) == len(set(told)), "each once"
    for each in ("标准动作", "话术", "首月关怀"):
        assert each in page
    asked = set(re.findall('href="/day/how#how-([^"]+)"', visitor.get("/day").text))
    assert asked and asked <= set(told)


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
    # 1 June 2026 is a Monday; the window of a month's care closes on Wednesday 1 July
    ({"do": "postpone 1"}, "2026-06-02"),
    ({"do": "postpone 7"}, "2026-06-08"),
    ({"do": "postpone 2026-06-10"}, "2026-06-10"),
    ({"do": "postpone to", "to": "2026-06-06"}, "2026-06-08"),
    ({"do": "postpone to", "to": "2026-06-19"}, "2026-06-22"),  # the Dragon Boat Festival, a Friday
    ({"do": "postpone to", "to": "2026-07-01"}, "2026-07-01"),
]


@pytest.mark.parametrize(("form", "shown"), POSTPONED)
def test_not_reached_is_not_done_but_later(visit: Visit, form: dict[str, str], shown: str) -> None:
    visitor = visit("chenyan")
    for _ in range(2):
        assert visitor.post("/day", task=task().id, **form).status_code == 303
    assert (task().state, str(task().show_on)) == ("open", shown)
    assert CardEntry.select().where(CardEntry.kind == "task.postponed").count() == 1


def test_the_page_says_to_which_day_a_day_off_was_moved(visit: Visit) -> None:
    visitor = visit("chenyan")
    answer = visitor.post("/day", task=task().id, do="postpone to", to="2026-06-06")
    told = text_of(visitor.get(answer.location))
    assert "2026-06-06 是休息日，1 项已改到 2026-06-08 星期一" in told


FRIDAY = datetime.datetime(2026, 6, 5, 9, 30, tzinfo=NOW.tzinfo)


def test_the_tomorrow_of_a_friday_is_monday(space: Workspace) -> None:
    visitor = Visitor(pages.create(space, lambda: FRIDAY), "chenyan", FRIDAY)
    page = visitor.get("/day/C001")
    assert 'value="postpone 2026-06-08"' in page.text and "下个工作日" in text_of(page)
    assert 'value="postpone 2026-06-12"' in page.text, "in a week"
    assert 'min="2026-06-08" max="2026-07-01"' in page.text


LAST_DAY = datetime.datetime(2026, 7, 1, 9, 30, tzinfo=NOW.tzinfo)


def test_on_the_last_day_of_its_window_a_task_is_not_postponed(space: Workspace) -> None:
    visitor = Visitor(pages.create(space, lambda: LAST_DAY), "chenyan", LAST_DAY)
    page = visitor.get("/day/C001")
    assert 'name="do" value="postpone 2' not in page.text and 'name="to"' not in page.text
    assert "不能再改期" in text_of(page)
    answer = visitor.post("/day", task=task().id, client="C001", do="postpone 1", note="没人接")
    assert answer.status_code == 400
    assert "2026-07-01" in text_of(answer) and ">没人接</textarea>" in answer.text, (
        "nothing is lost"
    )


def test_what_was_done_on_another_day_is_told_with_it(visit: Visit) -> None:
    visitor = visit("chenyan")
    visitor.post("/day", task=task().id, do="done met", was_on="2026-05-30")
    assert "实际日期 2026-05-30" in text_of(visitor.get("/clients/C001"))
    answer = visitor.post("/day", task=task("visit").id, do="done met", was_on="2026-06-02")
    assert answer.status_code == 400 and task("visit").state == "open"


def test_the_day_of_delivery_is_recorded_with_its_task(visit: Visit, space: Workspace) -> None:
    policy = cast.give_policy(cast.lin_wei(), "P008", "2026-05-29")
    cast.walk_only("2026-06-01", space)
    delivery = cast.task("delivery", "P008")
    visitor = visit("chenyan")
    page = visitor.get("/day/C001").text
    assert (
        page.count('name="delivered_on"')
        == page.count(f'name="delivery" value="{delivery.id}"')
        == 1
    )
    form = {"delivery": delivery.id, "client": "C001", "do": "done met"}
    answer = visitor.post("/day", task=delivery.id, delivered_on="2026-05-28", **form)
    assert answer.status_code == 400 and "不能早于承保日 2026-05-29" in text_of(answer)
    assert cast.task("delivery", "P008").state == "open", "all of it or nothing"
    some = [delivery.id, task().id]
    assert visitor.post("/day", task=some, delivered_on="2026-05-31", **form).status_code == 303
    assert str(cast.policy(policy.policy_no).delivered_on) == "2026-05-31"
    assert cast.policy("P001").delivered_on is None
    assert "2026-05-31" in text_of(visitor.get("/clients/C001"))


def test_a_task_of_a_far_day_is_recorded_all_the_same(visit: Visit) -> None:
    """A visit that happened early: from its card, on the page of the call."""
    visitor = visit("chenyan")
    visitor.post("/day", task=[task().id, task("visit").id], do="postpone 2026-06-30")
    assert "没有待办" not in text_of(visitor.get("/day/C001"))
    assert "2026-06-30" in text_of(visitor.get("/day/view/waiting"))
    visitor.post("/day", task=task("visit").id, do="done met")
    assert task("visit").state == "done"


def test_what_is_wrong_is_told_also_where_nothing_is_left_to_do(visit: Visit) -> None:
    visitor = visit("chenyan")
    for number in [each.id for each in Task.select().where(Task.client == cast.lin_wei())]:
        visitor.post("/day", task=number, do="done spoke", client="C001")
    answer = visitor.post(
        "/day", task=task().id, do="done spoke", client="C001", was_on="2030-01-01"
    )
    assert (answer.status_code, answer.location) == (400, None)
    assert "2030-01-01" in text_of(answer)


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
    ({"do": "postpone soon"}, 400),
    ({"do": "done met", "was_on": "soon"}, 400),
    ({"do": "done met", "was_on": "2026-06-02"}, 400),
    ({"do": "done met", "delivered_on": "soon"}, 400),
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
