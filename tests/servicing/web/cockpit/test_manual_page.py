"""The plan as a manual, and previews of its texts."""

from flask.testing import FlaskClient

from servicing.core.account_models import CardView
from servicing.core.context import of_touchpoints
from servicing.messages import suppressions
from servicing.operations.workspace import Workspace
from tests import cast
from tests.servicing.dispatched import TEN
from tests.servicing.web.cockpit.workplace import ON
from tests.servicing.web.visits import see


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
