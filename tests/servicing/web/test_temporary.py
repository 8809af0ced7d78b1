"""A password that an administrator has set is changed before anything else opens."""

import re

import pytest
from flask import Flask

from servicing.core import accounts, errors
from servicing.core.account_models import User
from tests.servicing.web import routes
from tests.servicing.web.conftest import Visit
from tests.servicing.web.visits import NOW, PASSWORD, Visitor, account, text_of

OWN = "a secret of my own"
EARLY = {"/account/password", "/logout"}
"""And all that is open to whoever has not come in."""


@pytest.fixture
def chosen_for(visit: Visit) -> Visitor:
    """Chen Yan, whose password somebody else has set; she has come in."""
    accounts.set_password(account("chenyan"), PASSWORD, NOW)
    return visit("chenyan")


CLOSED = [
    line
    for line in routes.lines()
    if line.marks[""] == ">" and line.path not in EARLY and "{" not in line.path
]


@pytest.mark.parametrize("line", CLOSED, ids=lambda line: f"{line.method} {line.path}")
def test_no_page_opens_before(line: routes.Line, chosen_for: Visitor) -> None:
    asked = chosen_for.get if line.method == "GET" else chosen_for.post
    answer = asked(line.path)
    assert (answer.status_code, answer.location) == (303, "/account/password")


def test_the_next_login_leads_to_the_page_that_changes_it(app: Flask, chosen_for: Visitor) -> None:
    visitor = Visitor(app)
    answer = visitor.post("/login?next=/clients", login="chenyan", password=PASSWORD)
    assert visitor.get(answer.location).location == "/account/password"
    page = visitor.get("/account/password")
    assert "当前密码由管理员设置" in text_of(page)
    ways = set(re.findall(r'(?:href|action)="(/[^"]*)"', page.text))
    ours = {each for each in ways if "static" not in each and "manifest" not in each}
    assert ours == {"/language", "/logout", "/account/password"}
    answer = visitor.post("/account/password", old=PASSWORD, new=OWN)
    assert (answer.status_code, answer.location) == (303, "/")
    assert "密码已修改" in text_of(visitor.get("/day"))
    assert not User.get(login="chenyan").is_temporary


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("wrong", OWN, "当前密码不正确"),
        (PASSWORD, PASSWORD, "新密码与原密码相同"),
        (PASSWORD, "woaini1314", "密码太容易猜到"),
        (PASSWORD, "short", "密码应为 10 至 256 个字符"),
    ],
)
def test_nothing_opens_for_a_poor_one(old: str, new: str, told: str, chosen_for: Visitor) -> None:
    answer = chosen_for.post("/account/password", old=old, new=new)
    assert answer.location == "/account/password"
    assert told in text_of(chosen_for.get(answer.location))
    assert chosen_for.get("/day").location == "/account/password"


def test_a_new_account_begins_with_one(visit: Visit) -> None:
    form = {"login": "liwen", "role": "operations", "password": PASSWORD}
    assert visit("admin").post("/people", **form).status_code == 303
    accounts.add("zhaomin", "operations", PASSWORD, NOW)
    assert [User.get(login=each).is_temporary for each in ("liwen", "zhaomin")] == [True, True]


def test_an_administrator_who_resets_a_password_makes_it_temporary(visit: Visit) -> None:
    admin, agent = visit("admin"), visit("chenyan")
    assert agent.get("/day").status_code == 200
    admin.post("/people/password", login="chenyan", new="another long secret")
    assert User.get(login="chenyan").is_temporary
    assert agent.get("/day").location.startswith("/login"), "and ends every session"


def test_what_is_reset_while_somebody_changes_it_stays_reset(visit: Visit) -> None:
    visit("chenyan")
    asked = User.get(login="chenyan")  # as the request of the change has read it
    accounts.set_password(User.get(login="chenyan"), "another long secret", NOW)
    with pytest.raises(errors.BadUser):
        accounts.choose_password(asked, PASSWORD, OWN, NOW)
    assert accounts.recognised("chenyan", "another long secret", NOW.date())
    assert User.get(login="chenyan").is_temporary


def test_the_login_the_name_and_the_company_are_no_password_on_any_page(visit: Visit) -> None:
    admin, agent = visit("admin"), visit("chenyan")
    for new in ("shilirenshou2026", "chenyan-2026", "陈燕20260101"):
        answer = agent.post("/account/password", old=PASSWORD, new=new)
        assert "密码太容易猜到" in text_of(agent.get(answer.location))
        answer = admin.post("/people/password", login="chenyan", new=new)
        assert "密码太容易猜到" in text_of(admin.get(answer.location))
        answer = admin.post(
            "/people", login="chenyan2", name="陈燕", role="operations", password=new
        )
        assert answer.status_code == 400 and "密码太容易猜到" in text_of(answer)
