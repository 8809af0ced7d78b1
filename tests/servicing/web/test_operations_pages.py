"""The pages of operations and administrators: dispatch, book, plan, people, health."""

import datetime
import html
import io
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient

from policies import database
from policies.importing.files import sheets
from policies.models import BookImport, Policy
from servicing.breaker import halts
from servicing.channels import Accepted, Answer, Outgoing, Rejected, Unknown
from servicing.channels.memory import Memory
from servicing.core import card_views, reasons, states
from servicing.core.account_models import CardView, User
from servicing.core.context import of_touchpoints
from servicing.core.models import HookCount, Message
from servicing.core.reasons import Reason
from servicing.core.states import LEASE
from servicing.messages import suppressions
from servicing.operations import metrics, workspace
from servicing.operations.workspace import Workspace
from servicing.web import app
from tests import cast
from tests.policies.importing import workbook_files
from tests.servicing.dispatched import TEN, WALKER, by, dispatch
from tests.servicing.web.visits import give_account, log_in, press, see

ON = "2025-09-30"
LATER = TEN + LEASE
BOOK = "policy_no,issue_date,annual_premium,client_no,client_name,agent_no\n"
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def space(own_url: str, tmp_path: Path) -> Iterator[Workspace]:
    workspace.create(tmp_path / "home", own_url)
    opened = workspace.at(tmp_path / "home", {"SERVICING_WEB_LARGEST_UPLOAD_MB": "1"})
    opened.open()
    yield opened
    database.database.close()


@pytest.fixture
def browser(space: Workspace) -> FlaskClient:
    """Ops has come in, on the day after the four messages of the day were dispatched."""
    cast.everybody()
    give_account("ops", "operations")
    return come_in(space, "ops")


def come_in(space: Workspace, login: str) -> FlaskClient:
    assert space.walker()  # its files are read before the first page, as `servicing web` does
    application = app.create(space, lambda: LATER)
    browser = application.test_client()
    browser.environ_base["wsgi.url_scheme"] = "https"
    log_in(browser, login)
    return browser


@pytest.fixture
def mixed() -> None:
    """One accepted, one refused, one unknown, one accepted."""
    cast.walk_only(ON, WALKER)
    waiting: list[Answer] = [Accepted("SM1"), Rejected("content", "30007"), Unknown()]

    def answer(message: Outgoing) -> Answer:
        return waiting.pop(0) if waiting else Accepted(f"SM{message.id}")

    dispatch(by(Memory(answer)))


def state(policy_no: str) -> str:
    return cast.message("month_1", policy_no).state


# ----------------------------------------------------------------------------------------- dispatch


def test_the_account_of_a_day_adds_up_and_its_bar_is_as_long_as_what_was_due(
    browser: FlaskClient, mixed: None
) -> None:
    told = see(browser, f"/dispatch?on={ON}")
    numbers = [int(each) for each in re.findall(r"<dd>(\d+)</dd>", told)]
    assert numbers == [4, 2, 0, 0, 1, 1] and numbers[0] == sum(numbers[1:])
    assert sum(float(each) for each in re.findall(r'width="([\d.]+)" height="24"', told)) == 1000


def test_the_page_never_renews_itself_under_a_form_and_says_that_a_dispatch_is_running(
    space: Workspace, browser: FlaskClient, mixed: None
) -> None:
    assert "正在发送" not in see(browser, f"/dispatch?on={ON}")
    memory = datetime.timedelta(seconds=30)
    Message.update(claimed_at=LATER - memory, provider="outbox").execute()
    told = see(browser, f"/dispatch?on={ON}")
    assert "正在发送" in told and "http-equiv" not in told


def test_a_touchpoint_or_a_channel_is_halted_with_a_reason_that_is_not_lost(
    browser: FlaskClient,
) -> None:
    form = {"what": "touchpoint:news", "why": " "}
    told = press(browser, "/dispatch", "/dispatch/halt", 400, **form)
    assert "请填写理由" in told and 'value="touchpoint:news" selected' in told
    form["why"] = HOSTILE
    assert "已停发" in press(browser, "/dispatch", "/dispatch/halt", **form)
    told = press(browser, "/dispatch", "/dispatch/halt", 409, **form)
    assert "&lt;script&gt;" in told and HOSTILE not in told
    press(browser, "/dispatch", "/dispatch/halt", 400, what="message:1", why="x")
    press(browser, "/dispatch", "/dispatch/halt", what="channel:email", why="x")
    assert [each.name for each in halts.listed()] == ["touchpoint:news", "channel:email"]
    assert {each.halted_by for each in halts.listed()} == {"ops"}


def test_two_weeks_stand_as_a_chart_and_as_a_table(browser: FlaskClient, mixed: None) -> None:
    told = see(browser, "/dispatch?on=2025-10-02")
    days = re.findall(r"/dispatch\?on=(\d{4}-\d\d-\d\d)\">\1</a></th>(.*?)</tr>", told)
    assert len(days) == 14 and days[0][0] == "2025-10-02"
    counts = {day: re.findall(r">([\d,]+)<", cells) for day, cells in days}
    assert counts[ON] == ["4", "2", "0", "0", "1", "1"]
    assert counts["2025-10-01"] == ["0"] * 6


def test_a_look_counts_no_more_days_than_it_has_time_for(
    browser: FlaskClient, mixed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("servicing.web.fortnight.A_LOOK", 3)
    keep = "INSERT INTO volume (day, key, touchpoints, verdict) VALUES (?, '', 2, 'usual')"
    days = [datetime.date(2025, 9, number) for number in range(2, 16)]
    for day in days:
        database.execute(keep, [day])
    gaps = [see(browser, "/dispatch?on=2025-09-15").count('class="gap"') for _ in range(15)]
    assert gaps[:3] == [12, 11, 10] and gaps[-1] == 0


def test_what_waits_is_counted_by_touchpoint_and_channel_and_leads_to_its_messages(
    browser: FlaskClient,
) -> None:
    cast.walk_only(ON, WALKER)
    told = see(browser, "/dispatch/queue")
    (line,) = re.findall(r"<tr>\s*<th scope=\"row\".*?</tr>", told, re.DOTALL)
    assert ">4<" in line.replace(" ", "") and ON in line
    (address,) = re.findall(r'href="(/dispatch/messages[^"]+)"', line)
    assert see(browser, html.unescape(address)).count("/clients/C") == 4


def test_what_is_halted_stands_in_red_and_is_resumed_with_a_reason(
    space: Workspace, browser: FlaskClient
) -> None:
    cast.walk_only(ON, WALKER)
    told = {"day": ON, "count": 2100, "expected": 105}
    halts.stop(halts.Subject("touchpoint", "month_1"), "volume", told, TEN)
    for page in ("/dispatch", "/book", "/plan", "/clients"):
        bar = re.search("alert-danger[^>]*>([^<]*)", see(browser, page))
        assert bar and "2100" in bar[1] and "105" in bar[1] and "等待发送 4 条" in bar[1], page
    give_account("chenyan", "agent", agent_no="A001")
    give_account("shanghai", "manager", branch="上海")
    assert "alert-danger" not in see(come_in(space, "chenyan"), "/clients")
    seen = see(come_in(space, "shanghai"), "/clients")
    assert "alert-danger" in seen and "#halts" not in seen, (
        "a manager sees it, and cannot resume it"
    )
    form = {"name": "touchpoint:month_1", "why": "  "}
    press(browser, "/dispatch", "/dispatch/resume", 400, **form)
    form["why"] = HOSTILE
    assert "已恢复发送" in press(browser, "/dispatch", "/dispatch/resume", **form)
    assert "此前已恢复" in press(browser, "/dispatch", "/dispatch/resume", **form)
    (line,) = halts.listed(is_all=True)
    assert (line.resumed_by, line.resumed_why) == ("ops", HOSTILE)


def test_what_repeats_is_cancelled_where_the_operator_says_so(browser: FlaskClient) -> None:
    cast.change(cast.policy("P002"), policy_no="XP001")
    cast.walk_only(ON, WALKER)
    dispatch(by(Memory()))
    form = {"name": "touchpoint:month_1", "why": "twice in the book", "drop": "yes"}
    assert 'name="drop"' in see(browser, "/dispatch")
    press(browser, "/dispatch", "/dispatch/resume", **form)
    assert state("XP001") == "cancelled"


def test_a_message_that_is_held_by_itself_is_named_and_resumed_by_itself(
    browser: FlaskClient,
) -> None:
    cast.change(cast.policy("P002"), policy_no="XP001")
    cast.walk_only(ON, WALKER)
    dispatch(by(Memory()))
    number = cast.message("month_1", "XP001").id
    bar = re.search("alert-danger[^>]*>([^<]*)", see(browser, "/plan"))
    assert bar and "1 条" in bar[1] and "C001" not in bar[1], "a bar on every page names nobody"
    page = see(browser, "/dispatch")
    assert f"消息 {number}" in page and page.count("C001") >= 2 and "+12025550111" not in page
    assert f"/dispatch/messages/{number}" in page
    assert "+12025550111" in see(browser, "/clients/C001"), "the card says it all"
    assert "内容相同" in see(browser, "/clients/C001")
    form = {"name": f"message:{number}", "why": "they are two", "drop": ""}
    told = press(browser, "/dispatch", "/dispatch/resume", **form)
    assert f"消息 {number}" in told and "alert-danger" not in see(browser, "/plan")


def test_a_failed_message_is_tried_again_once_however_often_it_is_pressed(
    browser: FlaskClient, mixed: None
) -> None:
    page = f"/dispatch?on={ON}"
    form = {"on": ON, "state": "failed", "reason": "content_refused"}
    assert "已重新排队：1 条" in press(browser, page, "/dispatch/retry", **form)
    assert "没有可重发的消息" in press(browser, page, "/dispatch/retry", **form)
    message = cast.message("month_1", "P002")
    assert (message.state, message.reason) == ("queued", "retried")
    assert cast.trail_of(cast.lin_wei()).count("message.queued") == 4


def test_one_message_is_tried_again_from_its_own_page(browser: FlaskClient, mixed: None) -> None:
    page = f"/dispatch/messages/{cast.message('month_1', 'P002').id}"
    assert "人工重发" in press(browser, page, f"{page}/retry")
    assert state("P002") == "queued"
    sent = cast.message("month_1", "P001").id
    press(browser, page, f"/dispatch/messages/{sent}/retry")
    assert state("P001") == "accepted"


def test_what_is_unknown_is_settled_once(browser: FlaskClient, mixed: None) -> None:
    page = f"/dispatch/messages/{cast.message('month_1', 'P003').id}"
    forms: Any = ({"decision": "sent", "note": HOSTILE}, {"decision": "resend"})
    told = press(browser, page, f"{page}/settle", **forms[0])
    assert "已记录" in told and HOSTILE not in told and "&lt;script&gt;" in told
    assert "此前已有结论" in press(browser, page, f"{page}/settle", **forms[1])
    assert state("P003") == "accepted"


def unknown_of(browser: FlaskClient) -> list[int]:
    """All messages of the day, now unknown."""
    cast.walk_only(ON, WALKER)
    state = {"state": "unknown", "reason": "no_answer", "provider": "twilio"}
    Message.update(**state).where(Message.state == "queued").execute()
    return [each.id for each in Message.select().order_by(Message.id)]


DECISIONS = [("sent", "accepted"), ("resend", "queued"), ("left", "failed")]


@pytest.mark.parametrize(("decision", "becomes"), DECISIONS)
def test_all_of_a_filter_are_decided_once_after_their_number_was_confirmed(
    browser: FlaskClient, decision: str, becomes: str
) -> None:
    numbers = unknown_of(browser)
    form = {"state": "unknown", "reason": "no_answer", "decision": decision, "note": "asked"}
    told = press(browser, "/dispatch/decide", "/dispatch/decide", 200, **form)
    assert "4 条" in told and f'name="last" value="{numbers[-1]}"' in told
    assert {each.state for each in Message.select()} == {"unknown"}, "nothing is decided yet"
    press(browser, "/dispatch/decide", "/dispatch/decide", **form, last=str(numbers[-2]))
    states = [each.state for each in Message.select().order_by(Message.id)]
    assert states == [becomes, becomes, becomes, "unknown"], "what came after it was counted waits"
    told = press(browser, "/dispatch/decide", "/dispatch/decide", **form, last=str(numbers[-2]))
    assert flashed(told)[0][0] == "danger"
    life = see(browser, f"/dispatch/messages/{numbers[0]}")
    assert "asked" in life and "ops" in life


def test_where_more_have_come_before_it_was_confirmed_it_is_asked_again(
    browser: FlaskClient,
) -> None:
    older, *others = unknown_of(browser)
    Message.update(state="accepted").where(Message.id == older).execute()
    form = {"state": "unknown", "decision": "resend"}
    told = press(browser, "/dispatch/decide", "/dispatch/decide", 200, **form)
    assert 'name="count" value="3"' in told
    Message.update(state="unknown").where(Message.id == older).execute()
    confirmed = {**form, "last": str(others[-1]), "count": "3"}
    told = press(browser, "/dispatch/decide", "/dispatch/decide", 200, **confirmed)
    assert 'name="count" value="4"' in told
    assert {each.state for each in Message.select()} == {"unknown"}, (
        "nobody has looked at one of them"
    )
    press(browser, "/dispatch/decide", "/dispatch/decide", **{**confirmed, "count": "4"})
    assert {each.state for each in Message.select()} == {"queued"}


def test_only_ticked_messages_are_decided_and_the_next_group_follows(browser: FlaskClient) -> None:
    first, second, *others = unknown_of(browser)
    Message.update(provider="aliyun").where(Message.id.in_(others)).execute()
    form = {"state": "unknown", "provider": "twilio", "decision": "sent"}
    told = press(browser, "/dispatch/decide", "/dispatch/decide", message=str(first), **form)
    assert told.count('name="message"') == 1 and f'value="{second}"' in told, (
        "the same filter goes on"
    )
    told = press(browser, "/dispatch/decide", "/dispatch/decide", message=str(second), **form)
    assert told.count('name="message"') == 2 and 'aria-current="true"' in told
    assert 'name="provider" value="aliyun"' in told, "the next group"
    form["provider"] = "aliyun"
    told = press(
        browser,
        "/dispatch/decide",
        "/dispatch/decide",
        message=[str(each) for each in others],
        **form,
    )
    assert "/dispatch/queue" in told, "nothing is left: the account again"
    assert {each.state for each in Message.select()} == {"accepted"}


def test_failed_messages_are_tried_again_by_ticks_and_by_reason(
    browser: FlaskClient, mixed: None
) -> None:
    page = f"/dispatch/decide?on={ON}&state=failed&reason=content_refused"
    told = see(browser, page)
    assert told.count('name="message"') == 1 and 'value="retry"' in told
    form = {"on": ON, "state": "failed", "decision": "retry"}
    number = str(cast.message("month_1", "P002").id)
    assert "已重新排队" in press(browser, page, "/dispatch/decide", message=number, **form)
    assert (
        flashed(press(browser, page, "/dispatch/decide", message=number, **form))[0][0] == "danger"
    )
    assert state("P002") == "queued"
    press(browser, page, "/dispatch/decide", 400, **{**form, "decision": "sent"})


def test_the_life_of_a_message_says_in_words_why_it_had_ended(browser: FlaskClient) -> None:
    cast.walk_only(ON, WALKER)
    message = cast.message("month_1", "P002")
    now = cast.at(ON, "07:00")
    states.move([states.Move(message, "cancelled", Reason.PAUSED)], ["queued"], now)
    ended = cast.message("month_1", "P002")
    revived = states.Move(ended, "queued", Reason.REVIVED, was=ended.reason)
    states.move([revived], ["cancelled"], now)
    told = see(browser, f"/dispatch/messages/{message.id}")
    assert "此前：" + reasons.sentence("policy_paused", "zh_CN") in told
    assert "policy_paused" not in told


def test_a_message_that_is_looked_at_counts_as_a_look_at_the_card(
    browser: FlaskClient, mixed: None
) -> None:
    see(browser, f"/dispatch/messages/{cast.message('month_1').id}")
    assert [each.client.client_no for each in CardView.select()] == ["C001"]


def test_the_list_of_messages_is_narrowed_and_paged(
    browser: FlaskClient, mixed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("servicing.web.message_lists.A_PAGE", 3)
    told = see(browser, f"/dispatch/messages?on={ON}")
    assert told.count("/clients/C") == 3 and "page=2" in told and "page=0" not in told
    assert see(browser, f"/dispatch/messages?on={ON}&page=2").count("/clients/C") == 1
    assert see(browser, "/dispatch/messages?state=unknown").count("/clients/C") == 1
    see(browser, "/dispatch/messages?state=lost", status=404)
    see(browser, "/dispatch/messages?on=someday", status=400)


def test_opt_outs_are_found_by_number_or_address_made_and_lifted(browser: FlaskClient) -> None:
    page = "/dispatch/barred"
    press(browser, page, page, whom="+1 202 555 0111", note=HOSTILE, do="bar")
    press(browser, page, page, whom="C900", do="bar")
    assert [each.subject for each in suppressions.listed()] == ["C900", "+12025550111"]
    told = see(browser, f"{page}?q=C001")
    assert "+12025550111" in told and "C900" not in told and HOSTILE not in told
    press(browser, f"{page}/lift?whom=%2B12025550111", page, whom="+12025550111", do="lift")
    assert [each.subject for each in suppressions.listed()] == ["C900"]
    assert "不是有效的客户号" in press(browser, page, page, whom="nobody", do="bar")


def test_a_clients_refusal_is_lifted_with_evidence_only(browser: FlaskClient) -> None:
    page, number = "/dispatch/barred", "+12025550111"
    suppressions.suppress("sms", number, "opted_out", "reply", TEN)
    suppressions.suppress("email", "wrong@mail.example", "wrong", "smtp 550", TEN)
    told = see(browser, page)
    assert 'value="lift"' not in told and "林伟" in told and "短信退订指令" in told
    question = f"{page}/lift?whom=%2B12025550111"
    assert question in told and 'name="evidence"' in see(browser, question)
    assert 'name="evidence"' not in see(browser, f"{page}/lift?whom=wrong@mail.example")
    shown = {"evidence": "recording", "reference": "R-7", "dated": str(TEN.date())}
    for form in ({}, {**shown, "reference": ""}, {**shown, "dated": "2020-01-01"}):
        told = press(browser, question, page, 400, whom=number, do="lift", note="想恢复", **form)
        assert 'role="alert"' in told and number in told and 'value="想恢复"' in told
        assert form.get("reference", "") in told, "what was typed stands there still"
    told = press(browser, page, page, whom=number, do="lift", **shown)
    assert flashed(told) == [("success", "已恢复发送。")]
    press(browser, page, page, whom="wrong@mail.example", do="lift")
    assert [*suppressions.listed()] == []
    assert "R-7" in see(browser, "/clients/C001")


def test_a_provider_shows_what_it_answered_last(browser: FlaskClient, mixed: None) -> None:
    (health,) = metrics.providers(["memory"], LATER)
    assert dict(health.by_state) == {"accepted": 2, "failed": 1, "unknown": 1}
    assert (health.last_success, health.error_reason) == (TEN, "content_refused")
    assert health.error_code == "30007"
    assert metrics.is_dispatching([health], TEN) and not metrics.is_dispatching([health], LATER)
    Message.update(provider="outbox").execute()
    assert "30007" in see(browser, "/dispatch")


# --------------------------------------------------------------------------------------------- book


def upload(
    browser: FlaskClient, text: str | bytes, name: str = "book.csv", status: int = 303, **form: Any
) -> str:
    given = {"kind": "book", "joined": ON, **form}
    content = text if isinstance(text, bytes) else text.encode()
    return press(browser, "/book", "/book", status, file=(io.BytesIO(content), name), **given)


def kept(space: Workspace) -> list[str]:
    return sorted(path.suffix for path in (space.home / "imports").iterdir())


def test_a_book_comes_in_and_its_bad_rows_are_downloaded(
    space: Workspace, browser: FlaskClient
) -> None:
    rows = f"N1,2025-09-30,1200,C7,{HOSTILE},A001\nN2,someday,1200,C8,周,A001\n"
    told = upload(browser, BOOK + rows)
    assert "N1" in {each.policy_no for each in Policy.select()} and HOSTILE not in told
    (address,) = re.findall(r"/book/imports/[^\"]+/rejects.csv", told)
    answer = browser.get(address)
    database.database.connect(reuse_if_open=True)
    assert "attachment" in answer.headers["Content-Disposition"]
    assert "N2,someday" in answer.get_data(as_text=True)
    workbook = browser.get(f"{address.removesuffix('csv')}xlsx").get_data()
    header, refused = openpyxl.load_workbook(io.BytesIO(workbook)).active.values
    assert (header[0], refused[:2]) == ("policy_no", ("N2", "someday"))
    assert "book.csv" in see(browser, "/book")
    assert kept(space) == [".csv", ".json"]


@pytest.mark.parametrize("form", [{}, {"dry_run": "1"}])
def test_a_card_opens_while_a_workbook_is_read(
    space: Workspace, browser: FlaskClient, form: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    other, statuses = come_in(space, "ops"), list[int]()
    emptiness = sheets.Emptiness.count

    def open_a_card() -> None:
        statuses.append(other.get("/clients/C001").status_code)

    def held_up(self: sheets.Emptiness, *counts: int) -> None:
        if not statuses:
            opening = threading.Thread(target=open_a_card)
            opening.start()
            opening.join(30)
        emptiness(self, *counts)

    monkeypatch.setattr(sheets.Emptiness, "count", held_up)
    rows = [line.split(",") for line in f"{BOOK}N1,2025-09-30,1200,C7,王,A001\n".splitlines()]
    content = workbook_files.xlsx({"S1": rows, "S2": [["team"]], "S3": rows}, ["S3"])
    told = upload(browser, content, "book.xlsx", **form)
    assert statuses == [200]
    assert [(each.login, each.client_no) for each in card_views.views()] == [("ops", "C001")]
    assert "隐藏的工作表" in told and "S2" in told
    assert Policy.select().where(Policy.policy_no == "N1").exists() is not bool(form)


def test_a_workbook_that_would_cost_much_is_told_by_its_sentence(
    space: Workspace, browser: FlaskClient
) -> None:
    good = workbook_files.xlsx({"S1": [BOOK.strip().split(","), ["N1"]]})
    content = workbook_files.edited(good, 'r="(A?)2"', r'r="\g<1>1048576"')
    content = workbook_files.edited(content, 'ref="[^"]*"', 'ref="A1:XFD1048576"')
    for form in ({}, {"dry_run": "1"}):
        told = upload(browser, content, "book.xlsx", 400, **form)
        assert "1,048,575" in told
    assert kept(space) == []


def test_a_dry_run_writes_nothing(space: Workspace, browser: FlaskClient) -> None:
    imports = BookImport.select().count()
    told = upload(browser, BOOK + "N1,2025-09-30,1200,C7,王,A001\n", dry_run="1")
    assert "试算结果" in told
    assert not Policy.select().where(Policy.policy_no == "N1").exists()
    assert BookImport.select().count() == imports


def step(page: str) -> str:
    """The step of the import on which a page stands."""
    (found,) = re.findall(r'<li aria-current="step">(?:<a[^>]*>)?([^<]+)', page)
    return str(found)


def test_a_file_is_led_step_by_step_and_back_with_its_other_entries(browser: FlaskClient) -> None:
    assert step(see(browser, "/book")) == "选择文件"
    rows = BOOK + "N1,2025-09-30,1200,C7,王,A001\n"
    tried = upload(browser, rows, dry_run="1", kind="book", complete="named", joined="2025-09-29")
    assert step(tried) == "试算"
    (back,) = re.findall(r'href="(/book\?[^"]+)"', tried)
    form = see(browser, html.unescape(back))
    assert 'value="2025-09-29"' in form and 'value="named" selected' in form
    assert 'value="book" selected' in form and step(form) == "选择文件"
    (columns,) = set(re.findall(r'href="(/book/imports/[^"]+/columns)"', tried))
    result = columns.removesuffix("/columns")
    done = press(browser, result, result, drops_much="1")
    assert step(done) == "导入" and "/book?" not in done
    tried = upload(browser, rows, dry_run="1")
    (columns,) = set(re.findall(r'href="(/book/imports/[^"]+/columns)"', tried))
    assert step(see(browser, columns)) == "列对应"


def test_a_complete_file_says_so_on_the_page_and_much_is_agreed_to_first(
    space: Workspace, browser: FlaskClient
) -> None:
    assert 'name="drops_much"' not in see(browser, "/book")
    rows = BOOK + "N1,2025-09-30,1200,C7,王,A001\n"
    imports = BookImport.select().count()
    refused = upload(browser, rows, status=409, complete="book")
    assert "超过十分之一" in refused and 'name="drops_much"' in refused
    assert 'value="book" selected' in refused
    assert BookImport.select().count() == imports
    assert not Policy.select().where(Policy.left_out_times > 0).exists()
    told = upload(browser, rows, complete="book", drops_much="1")
    assert "未列入文件" in told
    missing = Policy.select().where(Policy.left_out_times == 1).count()
    assert missing == Policy.select().count() - 1 > 0
    assert BookImport.select().order_by(BookImport.id.desc()).get().left_out == missing


def test_a_files_name_is_shown_and_never_a_path(space: Workspace, browser: FlaskClient) -> None:
    for name in ("../../../evil.csv", "..\\evil.csv", "/etc/evil.csv"):
        upload(browser, BOOK + "N1,2025-09-30,1200,C7,王,A001\n", name)
        told = BookImport.select().order_by(BookImport.id.desc()).get().file
        assert told.endswith("evil.csv") and not {"/", "\\"} & set(told)
    assert not list(space.home.parent.rglob("*evil*")) and set(kept(space)) == {".json"}


@pytest.mark.parametrize(
    "name",
    ["a\0evil.csv", "evil" * 500, "..", "evil.CSV", "\u202eevil.csv", "C:evil.csv"],
    ids=["NUL", "long", "a folder", "capitals", "right to left", "a drive"],
)
def test_whatever_a_file_is_called_it_is_kept_under_a_name_of_ours(
    space: Workspace, browser: FlaskClient, name: str
) -> None:
    upload(browser, BOOK + "N1,2025-09-30,1200,C7,王,A001\nN2,someday,1200,C8,周,A001\n", name)
    told = BookImport.select().order_by(BookImport.id.desc()).get().file
    assert told.isprintable() and len(told) <= 100
    imports = space.home / "imports"
    assert kept(space) == [".csv", ".json"]
    assert not list(space.home.parent.rglob("*evil*"))
    assert imports.stat().st_mode & 0o777 == 0o700
    assert {each.stat().st_mode & 0o777 for each in imports.iterdir()} == {0o600}


def test_nothing_but_results_is_read_by_their_address(browser: FlaskClient) -> None:
    for name in ("..%2Fservicing", "%2e%2e", "9", "servicing.db"):
        see(browser, f"/book/imports/{name}", status=404)
        see(browser, f"/book/imports/{name}/rejects.csv", status=404)
        see(browser, f"/book/imports/{name}/rejects.xlsx", status=404)


def test_a_file_that_cannot_be_taken_in_is_told_by_its_sentence(
    space: Workspace, browser: FlaskClient
) -> None:
    told = upload(browser, "policy_no\nN1\n", status=400)
    assert "book.csv：缺少必需的列 issue_date" in told and str(space.home) not in told
    bad = (io.BytesIO(b"colums = 1"), "map.toml")
    assert "colums" in upload(browser, BOOK, status=400, mapping=bad)
    assert "请选择文件" in upload(browser, "", name="", status=400)
    assert kept(space) == []


def test_a_joining_day_more_than_a_year_ahead_is_refused(
    space: Workspace, browser: FlaskClient
) -> None:
    row = "N1,2025-09-30,1200,C7,王,A001\n"
    told = upload(browser, BOOK + row, status=400, joined="2062-05-11")
    assert "加入日期 2062-05-11 晚于一年之后" in told
    assert kept(space) == [] and not Policy.select().where(Policy.policy_no == "N1").exists()


def test_a_mapping_file_reads_another_systems_headers(browser: FlaskClient) -> None:
    mapping = (io.BytesIO('[columns]\npolicy_no = "保单号"\n'.encode()), "map.toml")
    row = "N1,2025-09-30,1200,C7,王,A001\n"
    upload(browser, BOOK.replace("policy_no", "保单号") + row, mapping=mapping)
    assert Policy.select().where(Policy.policy_no == "N1").exists()


def test_what_is_too_large_is_refused(space: Workspace, browser: FlaskClient) -> None:
    upload(browser, BOOK + "x" * (1 << 20), status=413)
    press(browser, "/book", "/dispatch/barred", 413, whom="x" * (1 << 20))


# --------------------------------------------------------------------------------------------- plan


def test_the_plan_is_the_manual(browser: FlaskClient) -> None:
    told = see(browser, "/plan")
    assert told.count("<article") == 11 and "续期缴费提醒" in told


def test_a_preview_is_what_the_client_would_be_sent(space: Workspace, browser: FlaskClient) -> None:
    cast.walk_only(ON, space)
    made = cast.message("month_1")
    told = see(browser, "/plan/preview?touchpoint=month_1&client_no=C001&channel=sms")
    (facts,) = of_touchpoints([made.touchpoint_id])
    text = space.composer.compose(facts, "month_1", "sms", "outbox")
    assert f'class="letter">{text.body}<' in told
    assert "可以发送" in told and "UCS-2" in told
    assert CardView.select().count() == 1


def test_a_preview_says_why_it_may_not_be_sent(browser: FlaskClient) -> None:
    suppressions.suppress("sms", "+12025550111", "opted_out", "reply", TEN)
    told = see(browser, "/plan/preview?touchpoint=month_1&client_no=C001")
    assert "不可发送" in told and "该号码或邮箱已退订" in told
    marketing = see(browser, "/plan/preview?touchpoint=news&client_no=C900&locale=en")
    assert "未取得营销同意" in marketing and 'lang="en"' in marketing
    see(browser, "/plan/preview?touchpoint=month_1&client_no=nobody", status=404)
    see(browser, "/plan/preview?touchpoint=visit&client_no=C001", status=404)


def test_a_premium_reminder_is_of_the_next_unpaid_instalment(browser: FlaskClient) -> None:
    page = "/plan/preview?touchpoint=renewal:renewal_grace&client_no=C001"
    assert "没有与此触点相关" in see(browser, page)
    cast.give_premium(cast.policy("P002"), "2025-10-03", amount="6543")
    assert "6,543" in see(browser, page)


# ------------------------------------------------------------------------------------------- people


@pytest.fixture
def administrator(space: Workspace) -> FlaskClient:
    cast.everybody()
    give_account("root", "administrator")
    return come_in(space, "root")


def flashed(page: str) -> list[tuple[str, str]]:
    """What a page says of what was just done: its kind and its words."""
    found = re.findall(r'<p class="alert alert-(\w+)" role="status">([^<]*)</p>', page)
    return [(kind, html.unescape(words)) for kind, words in found]


def test_accounts_are_made_shut_out_let_in_and_given_passwords(
    space: Workspace, administrator: FlaskClient
) -> None:
    made = {"login": "ChenYan", "name": HOSTILE, "role": "agent", "agent_no": "A001"}
    told = press(administrator, "/people", "/people", password="four odd words here", **made)
    assert flashed(told) == [("success", "账户 chenyan 已建立。")]
    assert HOSTILE not in told and "&lt;script&gt;" in told
    assert "登录名“chenyan”已有人使用" in press(
        administrator, "/people", "/people", 400, password="four odd words here", **made
    )
    key = User.get(User.login == "chenyan").session_key
    told = press(administrator, "/people", "/people/state", login="chenyan", do="disable")
    assert flashed(told) == [("success", "chenyan 已停用。")]
    assert User.get(User.login == "chenyan").is_disabled
    told = press(administrator, "/people", "/people/state", login="chenyan", do="enable")
    assert flashed(told) == [("success", "chenyan 已恢复使用。")]
    form = {"login": "chenyan", "new": "another password"}
    told = press(administrator, "/people", "/people/password", **form)
    assert flashed(told) == [("success", "chenyan 的密码已重设，所有设备均已退出。")]
    user = User.get(User.login == "chenyan")
    assert not user.is_disabled and user.is_temporary and user.session_key != key
    (shown,) = flashed(press(administrator, "/people", "/people/state", login="root"))
    assert shown[0] == "danger" and "不能停用自己" in shown[1]


def test_an_administrator_sees_who_looked(administrator: FlaskClient) -> None:
    see(administrator, "/plan/preview?touchpoint=month_1&client_no=C001")
    assert "C001" in see(administrator, "/views?client_no=C001&login=ROOT")
    assert "没有查看记录" in see(administrator, "/views?client_no=C900")


PAGES = ["/people", "/views"]
OPERATIONS = ["/dispatch", "/dispatch/messages", "/dispatch/barred", "/book", "/plan"]
OPERATIONS += [
    "/plan/texts",
    "/plan/compare",
    "/dispatch/queue",
    "/dispatch/decide",
    "/orphans",
    "/reassign",
]


def test_people_are_for_administrators_only_and_the_rest_for_operations(
    space: Workspace, browser: FlaskClient
) -> None:
    give_account("chen", "agent", agent_no="A001")
    give_account("he", "manager", branch="上海")
    for page in PAGES:
        see(browser, page, status=404)
    for login in ("chen", "he"):
        other = come_in(space, login)
        for page in (*PAGES, *OPERATIONS, "/plan/preview"):
            see(other, page, status=404)


def test_no_page_asks_the_database_more_than_a_dozen_times(
    administrator: FlaskClient, mixed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    run = database.database.obj.execute_sql

    def counted(sql: str, *rest: Any) -> Any:
        asked.append(sql)
        return run(sql, *rest)

    monkeypatch.setattr(database.database.obj, "execute_sql", counted)
    message = f"/dispatch/messages/{cast.message('month_1').id}"
    preview = "/plan/preview?touchpoint=news&client_no=C001"
    for page in (*OPERATIONS, *PAGES, message, preview):
        asked.clear()
        see(administrator, page)
        assert len(asked) <= 12, (page, asked)


def test_the_requests_from_outside_stand_below_the_providers(browser: FlaskClient) -> None:
    HookCount.create(day=ON, hook="twilio status", outcome="forged", count=1300)
    shown = see(browser, "/dispatch")
    (row,) = re.findall(r"<tr><th scope=\"row\">twilio status</th>(.*?)</tr>", shown)
    assert re.sub("<[^>]*>", " ", row).split() == ["伪造，已拒绝", "1,300"]


# ------------------------------------------------------------------------------------------- health

MONITORING = Path(__file__).parents[3] / "docs" / "monitoring"


def test_the_house_says_that_it_is_well_and_that_it_is_not(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = app.create(space, lambda: LATER).test_client()
    answer = visitor.get("/healthz")
    assert (answer.status_code, answer.get_data(as_text=True)) == (200, "ok\n")
    database.database.connect(reuse_if_open=True)
    database.execute("DROP TABLE schema_migration")
    answer = visitor.get("/healthz")
    assert answer.status_code == 503 and "schema" not in answer.get_data(as_text=True)


def test_the_numbers_are_read_by_the_machine_itself_and_by_nobody_through_a_proxy(
    space: Workspace,
) -> None:
    cast.everybody()
    cast.walk_only(ON, WALKER)
    HookCount.create(day=ON, hook="twilio status", outcome="forged", count=3)
    visitor = app.create(space, lambda: LATER).test_client()
    told = visitor.get("/metrics").get_data(as_text=True)
    assert 'servicing_messages{state="queued"} 4.0' in told
    assert 'servicing_hook_requests_today{hook="twilio status",outcome="forged"} 3.0' in told
    assert "servicing_last_walked_day_timestamp_seconds 1.7591904e+09" in told
    assert "servicing_tasks_overdue 0.0" in told and "C001" not in told
    away = {"REMOTE_ADDR": "192.0.2.7"}
    assert visitor.get("/metrics", environ_base=away).status_code == 404
    passed_on = {"X-Forwarded-For": "192.0.2.7"}
    assert visitor.get("/metrics", headers=passed_on).status_code == 404


def test_the_alerts_and_the_dashboard_name_numbers_that_there_are(space: Workspace) -> None:
    cast.everybody()
    cast.walk_only(ON, WALKER)
    visitor = app.create(space, lambda: LATER).test_client()
    told = visitor.get("/metrics").get_data(as_text=True)
    there_are = set(re.findall(r"^# TYPE (\w+) gauge$", told, re.MULTILINE))
    named = set()
    for file in MONITORING.iterdir():
        named |= set(re.findall(r"\bservicing_\w+", file.read_text("utf-8")))
    assert named == there_are
    assert 'servicing_messages_today{reason="due",state="queued"} 4.0' in told
    assert "servicing_touchpoints_today 4.0" in told
    assert 'servicing_needs_a_person{code="unknown"} 0.0' in told
    assert json.loads((MONITORING / "dashboard.json").read_text("utf-8"))["panels"]


def test_monitors_hear_that_others_can_read_the_workspace(space: Workspace) -> None:
    visitor = app.create(space, lambda: LATER).test_client()

    def said() -> str:
        told = visitor.get("/metrics").get_data(as_text=True)
        return next(each for each in told.splitlines() if 'code="open_to_others"' in each)

    assert said().endswith(" 0.0")
    (space.home / "servicing.toml").chmod(0o644)
    assert said().endswith(" 1.0")
