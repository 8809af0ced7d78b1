"""The call-back desk at its pages: whom to call, the call itself, what is recorded; and who may."""

import re
from collections.abc import Mapping
from urllib.parse import urlencode

import pytest

from policies import database
from policies.models import Client, Policy
from servicing.callbacks import calling
from servicing.cases import desks
from servicing.core.audit_models import AuditEntry
from servicing.core.callback_models import CallbackAnswer, CallbackCall
from servicing.core.case_models import Case, CaseEntry
from servicing.operations.workspace import Workspace
from servicing.web import paging
from tests import cast
from tests.servicing import looked_up
from tests.servicing.web import desk_callbacks
from tests.servicing.web.conftest import Visit
from tests.servicing.web.desk_callbacks import YES, case
from tests.servicing.web.extremes import FIELDS, VALUES
from tests.servicing.web.routes import mark_of
from tests.servicing.web.visits import MOST_STATEMENTS, NOW, Visitor, account, statements, text_of


@pytest.fixture
def desk(space: Workspace) -> Workspace:
    """Contracts to be called about, and those who call."""
    desk_callbacks.live(space)
    desk_callbacks.of_the_desk()
    return space


def rows(page: str) -> list[str]:
    """The contracts of a list, in its order."""
    return re.findall(r'data-name="保单号"[^>]*>([^<]+)<', page)


def path(policy_no: str, what: str = "") -> str:
    return f"/callbacks/{case(policy_no).id}{what}"


# --- Who may ------------------------------------------------------------------------------------

TABLE = """
                        mei chenyan team sunli shanghai ops admin
GET  /callbacks          +   +      +    -     -        -   +
GET  N1                  +   -      +    -     -        -   +
GET  N9                  +   +      +    -     -        -   +
GET  P001                -   -      -    -     -        -   -
POST N1/attempt          +   -      +    -     -        -   +
POST N9/attempt          +   +      +    -     -        -   +
POST N1/answers          +   -      +    -     -        -   +
"""


def test_the_desk_comes_to_its_pages_and_nobody_to_their_own_service(
    visit: Visit, desk: Workspace
) -> None:
    heads, *lines = [each.split() for each in TABLE.strip().splitlines()]
    found = {}
    for method, place, *marks in lines:
        policy_no, _, what = place.partition("/")
        if policy_no == "P001":
            address = "/callbacks/999"
        else:
            address = place if not policy_no else path(policy_no, f"/{what}" if what else "")
        for login, mark in zip(heads, marks, strict=True):
            visitor = visit(login)
            answer = visitor.get(address) if method == "GET" else visitor.post(address)
            if mark_of(answer) != mark:
                found[f"{method} {place} {login}"] = mark_of(answer)
    assert found == {}


def test_only_who_is_of_the_desk_has_the_way_there(visit: Visit, desk: Workspace) -> None:
    assert 'href="/callbacks"' in visit("mei").get("/clients").text
    assert 'href="/callbacks"' not in visit("ops").get("/clients").text


def test_an_administrator_looks_and_does_not_call(visit: Visit, desk: Workspace) -> None:
    visitor = visit("admin")
    assert "/attempt" not in visitor.get(path("N1")).text
    answer = visitor.post(path("N1", "/attempt"), outcome="busy")
    assert answer.status_code == 400 and not CallbackCall.select().count()


def test_a_list_names_no_client_of_the_reader_s_own_service(visit: Visit, desk: Workspace) -> None:
    assert rows(visit("mei").get("/callbacks").text) == ["N9", "N1"]
    assert rows(visit("chenyan").get("/callbacks").text) == ["N9"]


# --- Whom to call -------------------------------------------------------------------------------


def test_a_client_is_one_line_whatever_they_bought_and_what_ends_first_is_first(
    visit: Visit, desk: Workspace
) -> None:
    told = text_of(visit("mei").get("/callbacks", headers={"Accept-Language": "en"}))
    assert re.search(r"周明 .*N9 1 孙丽 2026-06-05 4 days left 0", told)
    assert re.search(r"林伟 .*N1 2 陈燕 2026-06-06 5 days left 0", told)


OTHERS = [("C002", "L1", "2026-06-01"), ("C003", "O1", "2026-05-10"), ("C900", "O9", "2026-05-09")]
"""Others who wait: with two weeks left, over since 25 May, and over beside one that can be in time."""

VIEWS = [
    ("to_call", ["N9", "N1", "L1", "O1"]),
    ("pressing", ["N9", "N1", "O1"]),
    ("unsigned", ["P001", "P900"]),
]


@pytest.mark.parametrize(("view", "contracts"), VIEWS)
def test_three_views_each_with_a_client_once_and_what_is_over_last(
    visit: Visit, desk: Workspace, view: str, contracts: list[str]
) -> None:
    for client_no, policy_no, delivered_on in OTHERS:
        Client.get_or_create(client_no=client_no, defaults={"name": client_no})
        desk_callbacks.new(client_no, policy_no, cast.day(delivered_on))
    desk_callbacks.follow(desk)
    assert rows(visit("mei").get(f"/callbacks?view={view}").text) == contracts


def test_what_was_tried_stands_in_the_line_with_the_hour_of_the_next_call(
    visit: Visit, desk: Workspace
) -> None:
    visit("mei").post(path("N2", "/attempt"), outcome="busy")
    told = text_of(visit("mei").get("/callbacks", headers={"Accept-Language": "en"}))
    assert re.search(r"林伟 .*5 days left 1 busy 2026-06-01 12:00", told)


def test_a_view_that_is_none_is_refused(visit: Visit, desk: Workspace) -> None:
    assert visit("mei").get("/callbacks?view=all").status_code == 400


@pytest.mark.parametrize("view", [each for each, _ in VIEWS])
def test_the_list_costs_few_statements_and_reads_no_whole_table(
    visit: Visit, desk: Workspace, view: str
) -> None:
    visitor = visit("mei")
    with statements() as told:
        visitor.get(f"/callbacks?view={view}")
    assert len(told) <= MOST_STATEMENTS


@pytest.mark.only_sqlite("PostgreSQL plans by what a book holds: tests/drills/test_plans.py")
def test_no_page_of_the_desk_reads_a_whole_table(visit: Visit, desk: Workspace) -> None:
    visitor, places = visit("mei"), [f"/callbacks?view={each}" for each, _ in VIEWS]
    visitor.post(path("N9", "/answers"), **{**YES, "cover": "no"})
    with looked_up.listening(database.database.obj) as heard:
        for each in (*places, path("N1"), path("N9")):
            visitor.get(each)
        assert heard.faults() == []


INDEXES = [("to_call", "case_file_to_call"), ("unsigned", "case_file_unsigned")]


@pytest.mark.only_sqlite("PostgreSQL plans by what a book holds: tests/drills/test_plans.py")
@pytest.mark.parametrize(("view", "index"), INDEXES)
def test_a_list_is_read_in_its_order_by_an_index(
    visit: Visit, desk: Workspace, view: str, index: str
) -> None:
    """Of 100,000 open call-backs the first page costs as much as of ten."""
    visitor = visit("mei")
    with looked_up.listening(database.database.obj) as heard:
        visitor.get(f"/callbacks?view={view}")
    (plan,) = (
        [step.text for step in each.steps] for each in heard.told.values() if is_the_list(each.sql)
    )
    parts = [each for each in plan if each.startswith(f"SEARCH k USING INDEX {index} ")]
    assert len(parts) == (3 if view == "to_call" else 1)
    others = [each for each in plan if each.startswith("SEARCH o USING INDEX ")]
    assert set(others) == {"SEARCH o USING INDEX case_file_client_id (client_id=?)"}


def is_the_list(sql: str) -> bool:
    return "FROM meant m JOIN case_file k" in " ".join(sql.split())


# --- The receipt --------------------------------------------------------------------------------

RECEIPTS = [
    ("2026-05-29", "2026-06-13"),
    ("2026-05-31", "2026-06-15"),
    ("2026-06-01", "2026-06-16"),
]
"""Of a contract that was issued on 29 May: the day of the receipt, and the last of 15 days after it."""


@pytest.mark.parametrize(("delivered_on", "due"), RECEIPTS)
def test_a_delivery_that_is_recorded_on_my_day_falls_due_at_once(
    visit: Visit, space: Workspace, delivered_on: str, due: str
) -> None:
    cast.give_policy(cast.lin_wei(), "P008", "2026-05-29")
    cast.walk_only("2026-06-01", space)
    desk_callbacks.follow(space)
    assert (case("P008").state, case("P008").due_on) == ("waiting_receipt", None)
    task = cast.task("delivery", "P008").id
    form = {"delivery": task, "client": "C001", "do": "done met", "delivered_on": delivered_on}
    assert visit("chenyan").post("/day", task=task, **form).status_code == 303
    assert (case("P008").state, str(case("P008").due_on)) == ("open", due)


def test_a_delivery_is_recorded_where_the_call_back_cannot_follow(
    visit: Visit, space: Workspace
) -> None:
    cast.give_policy(cast.lin_wei(), "P008", "2026-05-29")
    cast.walk_only("2026-06-01", space)
    desk_callbacks.follow(space)
    (space.home / "cases").mkdir()
    (space.home / "cases" / "callback.toml").write_text("title = 1", "utf-8")
    space.ground._kinds.clear()
    task = cast.task("delivery", "P008").id
    form = {"delivery": task, "client": "C001", "do": "done met", "delivered_on": "2026-05-31"}
    assert visit("chenyan").post("/day", task=task, **form).status_code == 303
    assert str(cast.policy("P008").delivered_on) == "2026-05-31"
    assert case("P008").state == "waiting_receipt"


# --- A call -------------------------------------------------------------------------------------


def test_the_page_has_the_words_in_both_languages_and_the_rules(
    visit: Visit, desk: Workspace
) -> None:
    page = visit("mei").get(path("N1"))
    told = text_of(page)
    assert "请问您是投保人本人吗？" in told and "Are you the applicant?" in told
    assert "每天最多拨打 3 次，间隔 2 小时以上，且在不同时段：09:00–12:00" in told
    assert 'href="tel:+12025550111"' in page.text
    assert page.text.count('value="na"') > 6 and 'name="applicant" value="na"' not in page.text
    assert "N2" in told and "N3" not in told, "of what has no receipt is not spoken"


@pytest.mark.parametrize("outcome", calling.OUTCOMES)
def test_an_attempt_is_one_tap_and_is_recorded_with_each_contract(
    visit: Visit, desk: Workspace, outcome: str
) -> None:
    answer = visit("mei").post(path("N1", "/attempt"), outcome=outcome)
    assert (answer.status_code, answer.location) == (303, "/callbacks")
    calls = list(CallbackCall.select().order_by(CallbackCall.id))
    assert [(each.outcome, each.done_by, each.called_at) for each in calls] == [
        (outcome, "mei", NOW)
    ] * 2
    assert {case("N1").state, case("N2").state, case("N9").state} == {"attempting", "open"}


def test_an_attempt_too_early_is_refused_in_a_sentence_and_nothing_is_written(
    visit: Visit, desk: Workspace
) -> None:
    visitor = visit("mei")
    visitor.post(path("N1", "/attempt"), outcome="busy")
    answer = visitor.post(path("N2", "/attempt"), outcome="no_answer")
    assert answer.status_code == 400 and "09:30" in text_of(answer)
    assert CallbackCall.select().count() == 2


MOMENTS = [
    ("2026-06-01T09:10", 303, "2026-06-01 09:10"),
    ("2026-06-01T08:59", 400, ""),
    ("2026-06-01T09:31", 400, ""),
    ("2026-06-01T25:00", 400, ""),
    ("0001-01-01T00:00", 400, ""),
    ("soon", 400, ""),
]


@pytest.mark.parametrize(("at", "status", "kept"), MOMENTS)
def test_a_call_may_be_recorded_later_than_it_was(
    visit: Visit, desk: Workspace, at: str, status: int, kept: str
) -> None:
    answer = visit("mei").post(path("N1", "/attempt"), outcome="busy", at=at)
    assert answer.status_code == status
    found = {f"{each.called_at.astimezone(desk.zone):%Y-%m-%d %H:%M}" for each in calls()}
    assert found == ({kept} if kept else set())


def calls() -> list[CallbackCall]:
    return list(CallbackCall.select())


def test_answers_are_recorded_as_by_the_command(visit: Visit, desk: Workspace) -> None:
    form = {**YES, "payment": "na", "note": "他说合同已收到"}
    answer = visit("mei").post(path("N1", "/answers"), **form)
    assert answer.status_code == 303
    assert (case("N1").state, case("N2").state) == ("done_clean", "open")
    told = {each.question: each.answer for each in CallbackAnswer.select()}
    assert told == {**YES, "payment": "na"}
    assert {each.edition for each in calls()} == {desk.house.interview.edition}
    page = text_of(visit("mei").get(path("N1")))
    assert "回访成功" in page and "不适用。" in page


def test_no_or_unclear_opens_a_problem_item_with_what_was_said(
    visit: Visit, desk: Workspace
) -> None:
    form = {**YES, "surrender": "unclear", "note": "以为随时可退"}
    visitor = visit("mei")
    page = visitor.get(visitor.post(path("N1", "/answers"), **form).location)
    problem = Case.get(Case.kind == "problem")
    assert f"已立问题件 {problem.id}" in text_of(page)
    text = CaseEntry.get(CaseEntry.case == problem).text
    assert "退保可能会有损失" in text and text.endswith("以为随时可退")
    shown = visitor.get(path("N1"))
    assert f"已立问题件 {problem.id}" in text_of(shown)
    for each in (shown, visitor.get(f"/cases/{case('N1').id}")):
        assert f'href="/cases/{problem.id}"' in each.text
    assert f'href="/cases/{case("N1").id}"' in visitor.get(f"/cases/{problem.id}").text
    assert str(problem.due_on) == "2026-06-08", "five working days"


def test_one_call_about_two_contracts_has_two_records(visit: Visit, desk: Workspace) -> None:
    other = {"spoken": "N2", "N2:cover": "no", "N2:payment": "same"}
    visit("mei").post(path("N1", "/answers"), **YES, **other)
    assert (case("N1").state, case("N2").state) == ("done_clean", "done_problem")


def test_what_was_answered_otherwise_counts_for_nothing_unless_it_was_spoken_of(
    visit: Visit, desk: Workspace
) -> None:
    visit("mei").post(path("N1", "/answers"), **YES, **{"N2:cover": "no"})
    assert case("N2").state == "open"


REFUSED: list[tuple[Mapping[str, str], str]] = [
    ({"surrender": ""}, "第 5 题没有回答"),
    ({"surrender": "", "payment": ""}, "第 5、7 题没有回答"),
    ({"applicant": "na"}, "第 1 题：na 不是有效的回答"),
    ({"cover": "maybe"}, "第 4 题：maybe 不是有效的回答"),
    ({"questions": "callback@0"}, "问卷已更改"),
]


@pytest.mark.parametrize(("wrong", "told"), REFUSED)
def test_what_is_missing_is_said_and_what_was_typed_stands_there(
    visit: Visit, desk: Workspace, wrong: Mapping[str, str], told: str
) -> None:
    answer = visit("mei").post(path("N1", "/answers"), **{**YES, "note": "原话", **wrong})
    assert answer.status_code == 400 and told in text_of(answer)
    assert "原话" in answer.text and 'name="bought" value="yes" required checked' in answer.text
    assert not calls()


def test_a_client_who_calls_does_so_at_any_hour_and_nobody_links_for_him(
    visit: Visit, desk: Workspace
) -> None:
    visitor = visit("mei")
    visitor.post(path("N1", "/attempt"), outcome="busy")
    assert visitor.post(path("N1", "/answers"), **YES).status_code == 400
    assert visitor.post(path("N1", "/answers"), **YES, channel="link").status_code == 400
    assert visitor.post(path("N1", "/answers"), **YES, channel="incoming").status_code == 303
    assert [each.channel for each in calls()][-1] == "incoming"


def test_what_was_answered_is_not_answered_again(visit: Visit, desk: Workspace) -> None:
    visitor = visit("mei")
    visitor.post(path("N1", "/answers"), **YES)
    answer = visitor.post(path("N1", "/answers"), **{**YES, "cover": "no"}, channel="incoming")
    assert answer.status_code == 400
    assert not Case.select().where(Case.kind == "problem").exists()


def test_a_contract_without_a_receipt_has_no_form(visit: Visit, desk: Workspace) -> None:
    page = visit("mei").get(path("N3"))
    assert "回执签收并记录日期后" in text_of(page) and "/attempt" not in page.text


def test_an_agent_of_the_desk_does_not_hear_of_her_own_contracts(
    visit: Visit, desk: Workspace
) -> None:
    """Zhou Ming has a contract of Chen Yan's as well: she calls about the other one."""
    desk_callbacks.new("C900", "N8")
    Policy.update(agent=cast.agent("A001")).where(Policy.policy_no == "N8").execute()
    desk_callbacks.follow(desk)
    assert "N8" not in visit("chenyan").get(path("N9")).text
    assert "N8" in visit("mei").get(path("N9")).text


def test_whom_the_desk_looked_at_is_noted(visit: Visit, desk: Workspace) -> None:
    visit("mei").get(path("N1"))
    line = AuditEntry.select().where(AuditEntry.kind == "list.seen").order_by(AuditEntry.id).get()
    assert "callbacks.call" in line.facts


# --- A letter -----------------------------------------------------------------------------------


def test_whom_no_call_has_reached_is_written_a_letter_by_one_tap(
    visit: Visit, desk: Workspace
) -> None:
    visitor = visit("mei")
    assert "/letter" not in visitor.get(path("N1")).text
    assert visitor.post(path("N1", "/letter")).status_code == 400
    for at in ("2026-05-30T10:00", "2026-05-30T13:00", "2026-05-31T10:00"):
        visitor.post(path("N1", "/attempt"), outcome="no_answer", at=at)
    assert "/letter" in visitor.get(path("N1")).text
    page = visitor.get(visitor.post(path("N2", "/letter")).location)
    assert "outbox/2026-06-01/letter/" in text_of(page)
    assert len(list((desk.home / "outbox").glob("*/letter/*-callback.html"))) == 1
    shown = visitor.get(path("N1"))
    assert "信函已于 2026-06-01 生成" in text_of(shown) and "/letter" not in shown.text
    assert "/letter" not in visit("admin").get(path("N1")).text


# --- Extremes -----------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["attempt", "answers"])
def test_no_form_of_a_call_makes_its_page_fail(visit: Visit, desk: Workspace, what: str) -> None:
    usual, visitor, wrong = FIELDS[f"/callbacks/1/{what}"], visit("mei"), []
    for name in usual:
        for value in VALUES:
            answer = visitor.post(path("N1", f"/{what}"), **{**usual, name: value})
            if answer.status_code >= 500:
                wrong.append(f"{name}={value[:30]!r}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


def test_a_page_and_its_file_go_through_a_long_list(
    visit: Visit, desk: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "PAGE", 1)
    visitor = visit("mei")
    assert rows(visitor.get("/callbacks").text) == ["N9"]
    assert rows(visitor.get("/callbacks?page=2").text) == ["N1"]
    text = visitor.get(f"/callbacks?{urlencode({'as': 'csv'})}").data.decode("utf-8-sig")
    assert [each.split(",")[3] for each in text.splitlines()[1:]] == ["N9", "N1"]


def test_who_left_the_desk_is_not_shown_the_way(visit: Visit, desk: Workspace) -> None:
    visitor: Visitor = visit("mei")
    assert visitor.get("/callbacks").status_code == 200
    desks.put(account("mei"), [], NOW)
    assert visitor.get("/callbacks").status_code == 404
