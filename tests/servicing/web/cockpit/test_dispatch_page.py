"""The page of a day's dispatch, its messages, and what is halted."""

import datetime
import html
import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from policies import database
from servicing.breaker import halts
from servicing.channels.memory import Memory
from servicing.core import reasons, states
from servicing.core.account_models import CardView
from servicing.core.models import HookCount, Message
from servicing.core.reasons import Reason
from servicing.operations import metrics
from servicing.operations.workspace import Workspace
from tests import cast
from tests.servicing.dispatched import TEN, WALKER, by, dispatch
from tests.servicing.web.cockpit.workplace import HOSTILE, LATER, ON, come_in, state
from tests.servicing.web.visits import give_account, press, see


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


def test_a_provider_shows_what_it_answered_last(browser: FlaskClient, mixed: None) -> None:
    (health,) = metrics.providers(["memory"], LATER)
    assert dict(health.by_state) == {"accepted": 2, "failed": 1, "unknown": 1}
    assert (health.last_success, health.error_reason) == (TEN, "content_refused")
    assert health.error_code == "30007"
    assert metrics.is_dispatching([health], TEN) and not metrics.is_dispatching([health], LATER)
    Message.update(provider="outbox").execute()
    assert "30007" in see(browser, "/dispatch")


def test_the_requests_from_outside_stand_below_the_providers(browser: FlaskClient) -> None:
    HookCount.create(day=ON, hook="twilio status", outcome="forged", count=1300)
    shown = see(browser, "/dispatch")
    (row,) = re.findall(r"<tr><th scope=\"row\">twilio status</th>(.*?)</tr>", shown)
    assert re.sub("<[^>]*>", " ", row).split() == ["伪造，已拒绝", "1,300"]
