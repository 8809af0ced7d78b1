"""Many messages are decided at once, each of them once."""

import pytest
from flask.testing import FlaskClient

from servicing.core.models import Message
from tests import cast
from tests.servicing.dispatched import WALKER
from tests.servicing.web.cockpit.workplace import ON, flashed, state
from tests.servicing.web.visits import press, see


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
