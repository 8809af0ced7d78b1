"""Whoever asks for what they may not see is answered as if it were not there at all, to the letter."""

import re
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from servicing.core.models import Message, Task
from servicing.operations.workspace import Workspace
from tests import cast
from tests.servicing.web import registered
from tests.servicing.web.conftest import Visit
from tests.servicing.web.visits import as_read

CLIENT, POLICY, AGENT = "<client>", "<policy>", "<agent>"
PLACES = [
    f"/clients/{CLIENT}",
    f"/clients/{CLIENT}?show=messages&all=1",
    f"/clients/{CLIENT}/why?policy={POLICY}&touchpoint=month_1",
    f"/clients/{CLIENT}/why?policy={POLICY}&touchpoint=rubbish&on=0001-01-01",
    f"/clients/C900/why?policy={POLICY}&touchpoint=month_1",
    f"/clients/C900/why?policy={POLICY}&touchpoint=rubbish",
    f"/clients/C900/why?policy={POLICY}&touchpoint=month_1&on=9999-12-31",
    f"/clients?q={CLIENT}",
    f"/clients?q={POLICY}",
    f"/day/{CLIENT}",
    f"/influence/{CLIENT}",
    f"/persistency?agent={AGENT}",
    f"/persistency/policies?agent={AGENT}",
    f"/persistency/export?agent={AGENT}&kind=csv",
    f"/scorecard?agent={AGENT}",
    f"/scorecard/export?agent={AGENT}",
    f"/assessment?agent={AGENT}",
    f"/assessment/referrals?agent={AGENT}",
    f"/assessment/coverage?agent={AGENT}",
    "/assessment?branch=<branch>",
    "/persistency?branch=<branch>",
    "/persistency?team=<team>",
    "/scorecard?branch=<branch>",
    "/dispatch/messages/<message>",
    "/cases/<case>",
    "/cases/<case>?restricted=1",
    f"/clients/{CLIENT}/complaint",
    f"/clients/{CLIENT}/cases/enquiry",
    "/plan/preview?touchpoint=news&client_no=<client>",
    "/book/imports/<message>",
]
FORMS: list[tuple[str, dict[str, str]]] = [
    (f"/clients/{CLIENT}/remarks", {"kind": "note", "text": "x"}),
    (f"/clients/{CLIENT}/remarks", {}),
    (f"/clients/{CLIENT}/consent", {"consent": "given"}),
    (f"/clients/{CLIENT}/family", {"kin": "spouse", "name": "x"}),
    (f"/clients/{CLIENT}/death", {"on": "2026-05-01"}),
    (f"/clients/{CLIENT}/death", {}),
    (f"/clients/{CLIENT}/complaint", {"received": "2026-05-28", "text": "x"}),
    (f"/clients/{CLIENT}/complaint/form", {"text": "x"}),
    ("/clients/C900/complaint", {"received": "2026-05-28", "text": "x", "policy": POLICY}),
    ("/clients/C900/complaint", {"received": "2026-05-28", "text": "x", "about": AGENT}),
    ("/clients/C900/complaint", {"received": "2026-05-28", "text": "x", "about": "<login>"}),
    (f"/clients/{CLIENT}/cases/enquiry", {"received": "2026-05-28", "text": "x"}),
    (f"/clients/{CLIENT}/cases/enquiry/form", {"text": "x"}),
    ("/clients/C900/cases/enquiry", {"received": "2026-05-28", "text": "x", "policy": POLICY}),
    ("/cases/<case>/steps", {"step": "record", "text": "x", "moves": "1"}),
    ("/clients/C900/family", {"kin": "spouse", "name": "x", "kin_client_no": CLIENT}),
    ("/day", {"task": "<task>", "do": "done spoke"}),
    ("/day", {"task": "<task>", "do": "rubbish"}),
    ("/dispatch/messages/<message>/retry", {}),
    ("/dispatch/messages/<message>/settle", {"decision": "sent"}),
    ("/people/state", {"login": "<login>", "do": "disable"}),
]


def filled(text: str, those: dict[str, str]) -> str:
    for name, value in those.items():
        text = text.replace(f"<{name}>", value)
    return text


def plain(answer: TestResponse, asked: str, those: dict[str, str]) -> tuple[int, str, str]:
    """What was answered, without what was asked for and what is new each time."""
    text = as_read(answer.text)
    address = answer.headers.get("Location", "")
    for value in (value for name, value in those.items() if f"<{name}>" in asked):
        if value.isdecimal():  # of a path; elsewhere it may be any number
            text, address = (re.sub(f"/{value}\\b", "/?", each) for each in (text, address))
            continue
        for written in (value, quote(value), quote(quote(value))):
            text, address = text.replace(written, "?"), address.replace(written, "?")
    return answer.status_code, text, address


@pytest.fixture
def there(space: Workspace) -> dict[str, str]:
    """What there is, and is neither Sun Li's nor Beijing's."""
    task = Task.select().where(Task.client == cast.lin_wei()).first()
    message = Message.select().where(Message.client == cast.lin_wei()).first()
    return {
        **{"client": "C001", "policy": "P001", "agent": "A001", "branch": "上海", "team": "一部"},
        **{"task": str(task.id), "message": str(message.id), "login": "chenyan"},
        "case": str(registered.case().id),
    }


NOT_THERE = {
    **{"client": "C999", "policy": "P999", "agent": "A999", "branch": "天津", "team": "无此部"},
    **{"task": "99999", "message": "99999", "login": "nobody", "case": "99999"},
}


@pytest.mark.parametrize("login", ["sunli", "beijing", None])
def test_no_page_tells_what_there_is(
    app: Flask, visit: Visit, there: dict[str, str], login: str | None
) -> None:
    visitor, told = visit(login), []
    for place in PLACES:
        answers = [
            plain(visitor.get(filled(place, each)), place, each) for each in (there, NOT_THERE)
        ]
        if answers[0] != answers[1]:
            told.append(f"{place}: {answers[0][0]}, {answers[1][0]}")
    assert not told


@pytest.mark.parametrize("login", ["sunli", "beijing", None])
def test_no_form_tells_what_there_is(
    app: Flask, visit: Visit, there: dict[str, str], login: str | None
) -> None:
    visitor, told = visit(login), []
    for place, fields in FORMS:
        answers: list[Any] = []
        for those in (there, NOT_THERE):
            form = {name: filled(value, those) for name, value in fields.items()}
            answers.append(
                plain(visitor.post(filled(place, those), **form), f"{place} {fields}", those)
            )
        if answers[0] != answers[1]:
            told.append(f"{place} {fields}: {answers[0][0]}, {answers[1][0]}")
    assert not told
