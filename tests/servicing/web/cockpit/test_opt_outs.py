"""Opt-outs: found, made, and lifted with evidence."""

from flask.testing import FlaskClient

from servicing.messages import suppressions
from tests.servicing.dispatched import TEN
from tests.servicing.web.cockpit.workplace import HOSTILE, flashed
from tests.servicing.web.visits import press, see


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
