"""The webhooks and the way out of marketing mail: who cannot prove himself changes nothing, counted."""

import datetime
import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from twilio.request_validator import RequestValidator

from policies import database
from servicing.channels import Accepted
from servicing.channels.memory import Memory
from servicing.core import settings
from servicing.core.models import HookCount, Message, Reply, Suppression
from servicing.dispatch import replies, unsubscribe
from servicing.dispatch.replies import Incoming
from servicing.operations import workspace
from servicing.operations.workspace import Workspace
from servicing.web import app
from servicing.web.current import TALLIES
from tests import cast
from tests.servicing import stored
from tests.servicing.dispatched import TEN, WALKER, by, dispatch

pytestmark = cast.on_one

ON = "2025-09-30"
PUBLIC = "https://service.example.com/servicing"
TOKEN = "a-token-of-a-test"
HOOK_SECRET = "only-aliyun-knows"
LATER = TEN + datetime.timedelta(minutes=2)


@pytest.fixture
def space(database_url: str, tmp_path: Any) -> Iterator[Workspace]:
    workspace.create(tmp_path / "home", database_url)
    environment = {
        "SERVICING_WEB_PUBLIC_URL": PUBLIC,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "SERVICING_CHANNELS_ALIYUN_HOOK_SECRET": HOOK_SECRET,
    }
    opened = workspace.at(tmp_path / "home", environment)
    opened.open()
    yield opened
    database.database.close()


@pytest.fixture
def browser(space: Workspace) -> FlaskClient:
    cast.everybody()
    cast.walk_only(ON, WALKER)
    memory = Memory(lambda message: Accepted(f"SM{message.id}"))
    dispatch(by(memory))
    Message.update(provider="twilio").execute()
    return app.create(space, lambda: LATER).test_client()


def signed(browser: FlaskClient, path: str, form: dict[str, str], token: str = TOKEN) -> int:
    signature = RequestValidator(token).compute_signature(f"{PUBLIC}{path}", form)
    headers = {"X-Twilio-Signature": signature}
    answer = browser.post(path, data=form, headers=headers)
    database.database.connect(reuse_if_open=True)
    return answer.status_code


def push(browser: FlaskClient, what: str, body: Any, secret: str = HOOK_SECRET) -> Any:
    answer = browser.post(f"/hooks/aliyun/{secret}/{what}", json=body)
    database.database.connect(reuse_if_open=True)
    return answer


def counted() -> dict[str, int]:
    """What is counted in the database."""
    return {f"{each.hook}: {each.outcome}": each.count for each in HookCount.select()}


def tallied(browser: FlaskClient) -> dict[str, int]:
    """What is counted in memory only."""
    counts = browser.application.extensions[TALLIES].of(LATER.date())
    return {f"{hook}: {outcome}": number for (hook, outcome), number in counts.items()}


def status(message: Message, word: str, **known: str) -> dict[str, str]:
    return {"MessageSid": f"SM{message.id}", "MessageStatus": word, "To": message.address, **known}


def book() -> dict[str, Any]:
    """Everything but the counts, which are what a rejected request leaves behind."""
    return {name: rows for name, rows in stored.everything().items() if name != "HookCount"}


# --------------------------------------------------------------------------------- Twilio's status


STATUSES = [
    *[(word, "accepted") for word in ("queued", "sending", "sent", "accepted")],
    *[(word, "delivered") for word in ("delivered", "read")],
    *[(word, "undelivered") for word in ("undelivered", "failed", "canceled")],
    ("receiving", "accepted"),
]


@pytest.mark.parametrize(("word", "state"), STATUSES)
def test_a_status_moves_the_message_on(browser: FlaskClient, word: str, state: str) -> None:
    message = cast.message("month_1")
    assert signed(browser, f"/hooks/twilio/status/{message.id}", status(message, word)) == 204
    assert cast.message("month_1").state == state


def test_a_forged_status_changes_nothing_and_is_counted(browser: FlaskClient) -> None:
    message = cast.message("month_1")
    before, path = book(), f"/hooks/twilio/status/{message.id}"
    form = status(message, "delivered")
    assert signed(browser, path, form, token="a guess") == 403
    assert browser.post(path, data=form).status_code == 403
    other = cast.message("month_1", "P002")
    signature = RequestValidator(TOKEN).compute_signature(f"{PUBLIC}{path}", form)
    moved = f"/hooks/twilio/status/{other.id}"  # signed, but for another message
    headers = {"X-Twilio-Signature": signature}
    assert browser.post(moved, data=form, headers=headers).status_code == 403
    database.database.connect(reuse_if_open=True)
    assert book() == before
    assert (counted(), tallied(browser)) == ({}, {"twilio status: forged": 3})


def test_a_replayed_status_changes_nothing_and_is_counted(browser: FlaskClient) -> None:
    message = cast.message("month_1")
    path, form = f"/hooks/twilio/status/{message.id}", status(message, "delivered")
    signed(browser, path, form)
    before = book()
    assert [signed(browser, path, form) for _ in range(2)] == [204, 204]
    assert signed(browser, path, status(message, "sent")) == 204
    assert book() == before
    assert counted() == {"twilio status: applied": 1, "twilio status: repeated": 3}


def test_a_number_that_no_longer_exists_is_remembered(browser: FlaskClient) -> None:
    message = cast.message("month_1")
    form = status(message, "undelivered", ErrorCode="30005")
    signed(browser, f"/hooks/twilio/status/{message.id}", form)
    assert [(each.why, each.source) for each in Suppression.select()] == [("wrong", "twilio 30005")]


def test_without_a_token_nobody_is_twilio(space: Workspace, browser: FlaskClient) -> None:
    space.settings = settings.Settings(web=settings.Web(public_url=PUBLIC))
    message = cast.message("month_1")
    form = status(message, "delivered")
    assert signed(browser, f"/hooks/twilio/status/{message.id}", form, token="") == 403


# --------------------------------------------------------------------------------- Twilio's inbound


def inbound(body: str, sid: str = "IN1", **known: str) -> dict[str, str]:
    return {"MessageSid": sid, "From": "+12025550111", "Body": body, **known}


def test_stop_comes_in_and_a_replay_after_start_does_nothing(browser: FlaskClient) -> None:
    for form in (inbound("STOP", "IN1"), inbound("START", "IN2"), inbound("STOP", "IN1")):
        assert signed(browser, "/hooks/twilio/inbound", form) == 200
    assert not Suppression.select().exists()
    assert counted() == {"twilio inbound: applied": 2, "twilio inbound: repeated": 1}
    assert signed(browser, "/hooks/twilio/inbound", inbound("退订", "IN3")) == 200
    assert Suppression.get().since == LATER


def test_a_forged_stop_stops_nobody(browser: FlaskClient) -> None:
    assert signed(browser, "/hooks/twilio/inbound", inbound("STOP"), token="a guess") == 403
    assert not Suppression.select().exists() and not Reply.select().exists()


# ----------------------------------------------------------------------------------------- Aliyun


def receipt(message: Message, **known: Any) -> dict[str, Any]:
    told = {"phone_number": "13800000000", "success": True, "err_code": "DELIVERED"}
    return {**told, "biz_id": f"SM{message.id}", "out_id": str(message.id), **known}


def test_receipts_come_by_the_array(browser: FlaskClient) -> None:
    Message.update(provider="aliyun").execute()
    first, second = cast.message("month_1"), cast.message("month_1", "P002")
    lost = receipt(second, success=False, err_code="NO_ROUTE")
    answer = push(
        browser, "receipts", [receipt(first), lost, {"out_id": "rubbish"}, receipt(first)]
    )
    assert (answer.status_code, answer.get_json()["code"]) == (200, 0)
    assert cast.message("month_1").state == "delivered"
    assert cast.message("month_1", "P002").state in ("undelivered", "queued")
    assert counted()["aliyun receipts: repeated"] == 1
    assert counted()["aliyun receipts: not_understood"] == 1


def test_a_receipt_finds_a_message_that_was_known_by_our_own_number(browser: FlaskClient) -> None:
    """Aliyun's list has no BizId: a message that was asked for is found by our number only."""
    message = cast.message("month_1")
    Message.update(provider="aliyun", provider_ref=str(message.id)).execute()
    push(browser, "receipts", [receipt(message)])
    assert cast.message("month_1").state == "delivered"
    assert cast.message("month_1").provider_ref == f"SM{message.id}"


@pytest.mark.parametrize("biz_id", [None, ""])
def test_a_receipt_that_names_no_attempt_comes_twice_and_counts_once(
    browser: FlaskClient, biz_id: str | None
) -> None:
    message = cast.message("month_1")
    Message.update(provider="aliyun", provider_ref=str(message.id)).execute()
    told = receipt(message, biz_id=biz_id, success=False, err_code="IS_CLOSE")
    push(browser, "receipts", [told, told])
    message = cast.message("month_1")
    assert (message.state, message.past_refs) == ("queued", str(message.id))
    assert counted() == {"aliyun receipts: applied": 1, "aliyun receipts: repeated": 1}


def test_replies_come_by_the_array_and_once(browser: FlaskClient) -> None:
    cast.change(cast.lin_wei(), phone="+8613800138000")
    told = {"phone_number": "13800138000", "content": "TD", "send_time": "2025-09-30 10:00:00"}
    push(browser, "replies", [told, {**told, "sequence_id": 7}, told])
    assert Suppression.get().subject == "+8613800138000"
    assert counted() == {"aliyun replies: applied": 2, "aliyun replies: repeated": 1}


FIRST, SECOND = "+8613800138000", "+8613800138001"
TOLD = {"phone_number": "13800138000", "content": "好的", "send_time": "2025-09-30 10:00:00"}
STOPPED = {**TOLD, "phone_number": "13800138001", "content": "TD"}

STRANGE: list[Any] = [
    {**TOLD, "content": "a\ud800b"},
    {**TOLD, "content": "a\0b"},
    {**TOLD, "send_time": "\ud800\0"},
    {**TOLD, "sequence_id": "\udfff"},
    {**TOLD, "sequence_id": [float("nan"), {"\0": "\ud800"}]},
    {**TOLD, "phone_number": "\ud800"},
    {**TOLD, "phone_number": {"\0": 1}},
    {**TOLD, "phone_number": "9" * 5_000},
    {},
    7,
    None,
    "words",
    [STOPPED],
]


@pytest.mark.parametrize("strange", STRANGE, ids=ascii)
def test_a_strange_reply_costs_nobody_else_his_opt_out(browser: FlaskClient, strange: Any) -> None:
    assert push(browser, "replies", [strange, STOPPED, strange]).status_code == 200
    assert [each.subject for each in Suppression.select()] == [SECOND]


def test_a_strange_reply_is_kept_as_far_as_it_can_be(browser: FlaskClient) -> None:
    cast.change(cast.lin_wei(), phone=FIRST)
    strange = [{**TOLD, "content": each} for each in ("a\ud800b\0c", "\ud800TD\0")]
    push(browser, "replies", strange)
    bodies = [(each.body, each.meaning) for each in Reply.select().order_by(Reply.id)]
    assert bodies == [("a\ufffdbc", "reply"), ("\ufffdTD", "stop")]


@pytest.mark.parametrize("byte", [b"\xff", b"\xed\xa0\x80", b"\0", b"\n"])
def test_a_byte_that_is_no_letter_costs_one_entry_at_the_most(
    browser: FlaskClient, byte: bytes
) -> None:
    body = json.dumps([{**TOLD, "content": "HERE"}, STOPPED]).encode().replace(b"HERE", byte)
    answer = browser.post(f"/hooks/aliyun/{HOOK_SECRET}/replies", data=body)
    database.database.connect(reuse_if_open=True)
    assert answer.status_code == 200
    assert [each.subject for each in Suppression.select()] == [SECOND]


def test_an_entry_that_fails_is_pushed_again_and_the_others_are_taken(
    browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = replies.take

    def breaks_down(incoming: Incoming, *rest: Any) -> bool:
        if incoming.sender == FIRST:
            raise RuntimeError
        return take(incoming, *rest)

    monkeypatch.setattr(replies, "take", breaks_down)
    assert push(browser, "replies", [TOLD, STOPPED]).status_code == 500
    assert [each.subject for each in Suppression.select()] == [SECOND]
    monkeypatch.setattr(replies, "take", take)
    assert push(browser, "replies", [TOLD, STOPPED]).status_code == 200
    assert Reply.select().count() == 2


@pytest.mark.parametrize("code", ["\ud800", "a\0b"])
def test_a_strange_receipt_costs_no_other_one(browser: FlaskClient, code: str) -> None:
    Message.update(provider="aliyun").execute()
    first, second = cast.message("month_1"), cast.message("month_1", "P002")
    strange = receipt(first, success=False, err_code=code)
    answer = push(browser, "receipts", [strange, {**strange, "biz_id": code}, receipt(second)])
    assert answer.status_code == 200
    assert cast.message("month_1", "P002").state == "delivered"


@pytest.mark.parametrize("body", ["Unsubscribe", "回复TD", "Stop.", "End of May suits me"])
def test_a_word_means_the_same_on_both_hooks(browser: FlaskClient, body: str) -> None:
    signed(browser, "/hooks/twilio/inbound", inbound(body))
    push(browser, "replies", [{**STOPPED, "content": body}])
    kinds = [each.meaning for each in Reply.select()]
    assert kinds == ["reply" if "May" in body else "stop"] * 2


@pytest.mark.parametrize("what", ["receipts", "replies"])
def test_who_does_not_know_the_secret_is_not_aliyun(browser: FlaskClient, what: str) -> None:
    before = book()
    assert push(browser, what, [receipt(cast.message("month_1"))], "a-guess").status_code == 403
    assert book() == before
    assert (counted(), tallied(browser)) == ({}, {f"aliyun {what}: forged": 1})


@pytest.mark.parametrize("body", [{}, "words", 7, None, [1], [[]]])
def test_what_is_no_array_of_receipts_is_refused(browser: FlaskClient, body: Any) -> None:
    before = book()
    assert push(browser, "receipts", body).status_code == 400
    assert book() == before


# ------------------------------------------------------------------------------------- unsubscribe


def link(space: Workspace, client_no: str = "C001") -> str:
    address = unsubscribe.url(PUBLIC, space.keys.link_key, client_no)
    assert address.startswith(f"{PUBLIC}/u/")
    return address.removeprefix(PUBLIC)


def test_one_click_ends_all_marketing_and_looking_does_not(
    space: Workspace, browser: FlaskClient
) -> None:
    path = link(space)
    shown = browser.get(path)
    database.database.connect(reuse_if_open=True)
    assert shown.status_code == 200 and not Suppression.select().exists()
    clicked = browser.post(path, data={"List-Unsubscribe": "One-Click"})
    database.database.connect(reuse_if_open=True)
    assert clicked.status_code == 200
    suppression = Suppression.get()
    assert (suppression.kind, suppression.subject, suppression.source) == (
        *("marketing", "C001", "unsubscribe link"),
    )
    browser.post(path)
    database.database.connect(reuse_if_open=True)
    assert counted() == {"unsubscribe: applied": 1}
    assert tallied(browser) == {"unsubscribe: repeated": 1}
    assert cast.trail_of(cast.lin_wei()).count("consent.withdrawn") == 1


def test_a_link_for_somebody_else_cannot_be_made_up(space: Workspace, browser: FlaskClient) -> None:
    path = link(space)
    forged = unsubscribe.url("", "another key", "C900")
    for wrong in (forged, path[:-1], f"{path}x", "/u/C900", "/u/"):
        assert browser.post(wrong).status_code == 404
    database.database.connect(reuse_if_open=True)
    assert not Suppression.select().exists()


LANGUAGES = [("zh-CN,zh;q=0.9", "退订"), ("en-GB,en", "Unsubscribe"), ("fr", "退订"), ("", "退订")]


@pytest.mark.parametrize(("wanted", "button"), LANGUAGES)
def test_the_page_speaks_the_language_of_the_browser(
    space: Workspace, browser: FlaskClient, wanted: str, button: str
) -> None:
    shown = browser.get(link(space), headers={"Accept-Language": wanted})
    assert f">{button}</button>" in shown.get_data(as_text=True)


# ------------------------------------------------------------------------------------------ secrecy


def test_a_request_that_fails_tells_no_secret(
    space: Workspace,
    browser: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def break_down(*_: object) -> bool:
        raise RuntimeError("+12025550111 林伟")

    monkeypatch.setattr(replies, "take", break_down)
    told = {"phone_number": "+12025550111", "content": "好", "send_time": "2025-09-30 10:00:00"}
    assert push(browser, "replies", [told]).status_code == 500
    said = caplog.text
    assert "aliyun_replies failed: RuntimeError" in said
    assert not any(word in said for word in (HOOK_SECRET, "5550111", "林伟"))


def test_a_request_that_is_too_large_is_not_read(browser: FlaskClient) -> None:
    huge = json.dumps([{"out_id": "1", "content": "x" * (1 << 20)}])
    answer = browser.post(f"/hooks/aliyun/{HOOK_SECRET}/receipts", data=huge)
    assert answer.status_code == 413
