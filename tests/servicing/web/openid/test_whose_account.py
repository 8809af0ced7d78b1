"""Whose account it is that somebody comes to by a provider, and in which role."""

import datetime
import json
from typing import Any

import pytest
from flask import Flask

from policies import database
from policies.models import Agent
from servicing.core import accounts, openid_accounts
from servicing.core.account_models import KnownDevice, OpenIdAccount, User
from servicing.core.audit_models import AuditEntry
from servicing.desk import audit_wording
from servicing.operations.workspace import Workspace
from servicing.web import afterwards
from tests.servicing.web.by_provider import (
    NO_ACCOUNT,
    NO_ROLE,
    OPS,
    SHUT,
    bound,
    come_in,
    is_in,
    pages_of,
    told,
)
from tests.servicing.web.visits import NOW, PASSWORD, Visitor, account, text_of
from tests.standins.openid import OpenIdStandIn


def test_a_local_administrator_is_nobodys_at_the_provider(
    visitor: Visitor, provider: OpenIdStandIn
) -> None:
    """Somebody calls themselves at the provider like an account that has a password."""
    account("admin")
    provider.claims |= {"preferred_username": "admin", "groups": ["svc-admins"]}
    assert NO_ACCOUNT in told(visitor, come_in(visitor, provider))
    assert not is_in(visitor)
    assert accounts.recognised("admin", PASSWORD, NOW.date()), "who comes in as before"


def test_an_account_that_was_made_for_the_provider_is_theirs_who_comes_first_by_that_login(
    app: Flask, provider: OpenIdStandIn
) -> None:
    accounts.add("Chen.Yan", "agent", None, NOW, accounts.Remit(agent_no="A001"))
    provider.claims |= {"preferred_username": "chen.yan", "groups": ["svc-force"]}
    visitor = Visitor(app)
    assert come_in(visitor, provider).location == "/"
    assert visitor.get("/day").status_code == 200
    provider.claims["sub"] = "s-2"
    other = Visitor(app)
    assert NO_ACCOUNT in told(other, come_in(other, provider)), "and nobody's who takes her login"


def test_whoever_is_known_is_known_by_another_login_too(
    app: Flask, provider: OpenIdStandIn
) -> None:
    come_in(Visitor(app), provider)
    provider.claims["preferred_username"] = "li.wen"
    assert come_in(Visitor(app), provider).location == "/"
    assert {each.user.login for each in OpenIdAccount.select()} == {"liwen"}
    begun = AuditEntry.select().where(AuditEntry.kind == "session.begun")
    assert [json.loads(each.facts)["by_provider"] for each in begun] == [True, True]


def test_the_same_subject_of_another_provider_is_somebody_else(
    app: Flask, provider: OpenIdStandIn
) -> None:
    bound("ops", "https://before.example")
    assert come_in(Visitor(app), provider).location == "/"
    assert User.select().where(User.login == "liwen").exists()


@pytest.mark.parametrize("login", ["", "two words", "x" * 101, 7, ["a", "b"], None, "\u202eadmin"])
def test_who_has_no_login_there_has_no_account_here(
    login: Any, visitor: Visitor, provider: OpenIdStandIn
) -> None:
    provider.claims["preferred_username"] = login
    assert NO_ACCOUNT in told(visitor, come_in(visitor, provider))


def test_without_groups_only_accounts_that_were_made_come_in_and_keep_their_role(
    space: Workspace, provider: OpenIdStandIn
) -> None:
    app = pages_of(space, provider.issuer, OPENID_GROUPS="{}")
    visitor = Visitor(app)
    assert NO_ACCOUNT in told(visitor, come_in(visitor, provider))
    accounts.add("liwen", "administrator", None, NOW)
    assert come_in(visitor, provider).location == "/"
    assert visitor.get("/people").status_code == 200


def test_the_first_line_of_the_settings_decides_between_two_groups(
    visitor: Visitor, provider: OpenIdStandIn
) -> None:
    provider.claims["groups"] = ["svc-ops", "elsewhere", "svc-admins"]
    assert come_in(visitor, provider).location == "/"
    assert User.get(login="liwen").role == "administrator"


def test_the_role_follows_the_groups_at_each_login(app: Flask, provider: OpenIdStandIn) -> None:
    provider.claims["groups"] = ["svc-admins"]
    before = Visitor(app)
    come_in(before, provider)
    assert before.get("/people").status_code == 200
    provider.claims["groups"] = OPS
    come_in(Visitor(app), provider)
    assert before.get("/people").status_code == 404, "also where they came in before"


def test_whoever_is_in_no_group_any_more_is_out_everywhere(
    app: Flask, provider: OpenIdStandIn
) -> None:
    before, now = Visitor(app), Visitor(app)
    come_in(before, provider)
    provider.claims["groups"] = ["canteen"]
    assert NO_ROLE in told(now, come_in(now, provider))
    assert not is_in(now) and not is_in(before)
    provider.claims["groups"] = None
    assert NO_ROLE in told(now, come_in(now, provider))


def test_an_agent_without_a_number_has_no_account(
    visitor: Visitor, provider: OpenIdStandIn
) -> None:
    provider.claims["groups"] = ["svc-force"]
    assert NO_ACCOUNT in told(visitor, come_in(visitor, provider))
    assert not User.select().where(User.login == "liwen").exists()


def test_another_role_that_lacks_its_part_ends_what_the_old_one_opened(
    app: Flask, provider: OpenIdStandIn
) -> None:
    before, after = Visitor(app), Visitor(app)
    come_in(before, provider)
    provider.claims["groups"] = ["svc-force"]
    assert NO_ACCOUNT in told(after, come_in(after, provider))
    assert not is_in(before)


PARTS = [
    ("svc-force", {"OPENID_AGENT_NO_CLAIM": "employee"}, {"employee": "A001"}, "/day"),
    (
        "svc-lead",
        {"OPENID_BRANCH_CLAIM": "unit.branch"},
        {"unit": {"branch": "上海"}},
        "/scorecard",
    ),
]


@pytest.mark.parametrize(("group", "settings", "claims", "page"), PARTS)
def test_the_provider_says_whose_clients_they_see(
    group: str,
    settings: dict[str, str],
    claims: dict[str, Any],
    page: str,
    space: Workspace,
    provider: OpenIdStandIn,
) -> None:
    groups = '{"svc-force" = "agent", "svc-lead" = "manager"}'
    visitor = Visitor(pages_of(space, provider.issuer, OPENID_GROUPS=groups, **settings))
    provider.claims |= {"groups": [group], **claims}
    assert come_in(visitor, provider).location == "/"
    assert visitor.get(page).status_code == 200
    named = dict.fromkeys(claims, "nobody's")
    provider.claims |= named
    answer = come_in(Visitor(visitor.client.application), provider)
    assert answer.location.startswith("/login"), "what the book does not know is nobody's"


def test_whoever_is_disabled_here_comes_in_by_no_provider(
    app: Flask, provider: OpenIdStandIn
) -> None:
    come_in(Visitor(app), provider)
    accounts.set_disabled(User.get(login="liwen"), True, NOW)
    visitor = Visitor(app)
    assert SHUT in told(visitor, come_in(visitor, provider))
    assert not is_in(visitor)


def test_an_agent_who_has_left_comes_in_by_no_provider(app: Flask, provider: OpenIdStandIn) -> None:
    bound("chenyan", provider.issuer)
    provider.claims["groups"] = ["svc-force"]
    visitor = Visitor(app)
    assert come_in(visitor, provider).location == "/"
    Agent.update(left_on=NOW.date()).where(Agent.agent_no == "A001").execute()
    assert not is_in(visitor)
    other = Visitor(app)
    assert SHUT in told(other, come_in(other, provider))


def test_an_account_of_the_provider_has_no_password_that_anybody_knows(
    app: Flask, provider: OpenIdStandIn
) -> None:
    here = Visitor(app, "ops")
    openid_accounts.make_by_provider(User.get(login="ops"), NOW, provider.issuer)
    assert not is_in(here), "every session is over"
    assert not accounts.recognised("ops", PASSWORD, NOW.date())
    provider.claims["preferred_username"] = "ops"
    assert come_in(here, provider).location == "/"
    page = text_of(here.get("/account"))
    assert "在本系统没有密码" in page and "当前密码" not in page
    answer = here.post("/account/password", old=PASSWORD, new="another long secret")
    assert "当前密码不正确" in text_of(here.get(answer.location))


def test_a_password_that_an_administrator_gives_ends_the_way_by_the_provider(
    app: Flask, provider: OpenIdStandIn
) -> None:
    come_in(Visitor(app), provider)
    Visitor(app, "admin").post("/people/password", login="liwen", new="another long secret")
    visitor = Visitor(app)
    assert NO_ACCOUNT in told(visitor, come_in(visitor, provider))
    assert visitor.post("/login", login="liwen", password="another long secret").status_code == 303


def test_the_administrator_sees_who_comes_by_the_provider_and_changes_it(
    app: Flask, provider: OpenIdStandIn
) -> None:
    admin = Visitor(app, "admin")
    form = {"login": "zhaomin", "role": "operations", "by_provider": "1"}
    assert admin.post("/people", **form).status_code == 303
    admin.post("/people/openid", login="ops")
    admin.post("/people/openid", login="admin")
    assert "公司统一登录" in text_of(admin.get("/people"))
    assert "改为密码登录" in text_of(admin.get("/people?q=ops")), "they have none to be reset"
    assert "重设密码" not in text_of(admin.get("/people?q=ops"))
    waiting = {each.user.login for each in OpenIdAccount.select()}
    assert waiting == {"zhaomin", "ops"}, "and not their own"


def test_without_a_provider_nobody_is_made_to_come_by_it(visit: Any, space: Workspace) -> None:
    admin = Visitor(pages_of(space, ""), "admin")
    assert admin.post("/people/openid", login="ops").status_code == 404
    answer = admin.post("/people", login="zhaomin", role="operations", by_provider="1")
    assert answer.status_code == 400


def test_the_calendar_of_somebody_who_comes_by_the_provider_needs_a_login_a_month(
    app: Flask, provider: OpenIdStandIn
) -> None:
    bound("chenyan", provider.issuer)
    provider.claims["groups"] = ["svc-force"]
    come_in(Visitor(app), provider)
    secret = accounts.new_feed(User.get(login="chenyan"))
    for days, is_open in ((0, True), (30, True), (31, False)):
        at = NOW + datetime.timedelta(days=days)
        assert bool(accounts.of_feed(secret, at.date(), at)) is is_open


def test_the_provider_asks_for_second_factors_and_we_do_not(
    space: Workspace, provider: OpenIdStandIn
) -> None:
    app = pages_of(space, provider.issuer, SECOND_FACTOR='["operations", "administrator"]')
    visitor = Visitor(app)
    assert come_in(visitor, provider).location == "/"
    assert visitor.get("/account").status_code == 200, "she is not led to set one up here"
    assert visitor.get("/account/second-factor").status_code == 404
    assert "second-factor" not in text_of(visitor.get("/account"))
    account("admin")
    local = Visitor(app, "admin")
    assert local.get("/people").location == "/account/second-factor", "who has a password is"


def deeds_of(app: Flask) -> list[tuple[str, str, dict[str, Any]]]:
    """The lines of the log since somebody was let in at all, with what was refused."""
    afterwards.write(app, is_last=True)
    database.database.connect(reuse_if_open=True)
    lines = AuditEntry.select().where(AuditEntry.way == "page").order_by(AuditEntry.id)
    return [(each.kind, each.who, json.loads(each.facts)) for each in lines]


def test_who_is_refused_is_told_by_the_account_and_so_are_the_sessions_that_end(
    app: Flask, provider: OpenIdStandIn
) -> None:
    come_in(Visitor(app), provider)
    before = len(deeds_of(app))
    provider.claims["groups"] = ["canteen"]
    come_in(Visitor(app), provider)
    come_in(Visitor(app), provider)
    assert deeds_of(app)[before:] == [
        ("session.ended", "liwen", {"sessions": 1}),
        ("login.refused", "liwen", {"count": 2}),
    ]


def test_who_is_refused_without_an_account_is_told_without_a_name(
    visitor: Visitor, app: Flask, provider: OpenIdStandIn
) -> None:
    provider.claims["groups"] = ["canteen"]
    come_in(visitor, provider)
    assert deeds_of(app) == [("login.refused", "", {"count": 1})]


def test_who_is_disabled_or_has_left_is_told_as_refused(
    app: Flask, provider: OpenIdStandIn
) -> None:
    user = bound("chenyan", provider.issuer)
    provider.claims["groups"] = ["svc-force"]
    Agent.update(left_on=NOW.date()).where(Agent.agent_no == "A001").execute()
    come_in(Visitor(app), provider)
    Agent.update(left_on=None).where(Agent.agent_no == "A001").execute()
    accounts.set_disabled(user, True, NOW)
    come_in(Visitor(app), provider)
    assert deeds_of(app) == [("login.refused", "chenyan", {"count": 2})]


def test_another_role_by_a_group_is_told_with_the_one_before_and_no_second_time(
    app: Flask, provider: OpenIdStandIn
) -> None:
    come_in(Visitor(app), provider)
    provider.claims["groups"] = ["svc-admins"]
    come_in(Visitor(app), provider)
    come_in(Visitor(app), provider)
    changes = [each for each in deeds_of(app) if each[0] == "account.role_changed"]
    facts = {"login": "liwen", "role_was": "operations", "role": "administrator"}
    assert changes == [("account.role_changed", "liwen", facts)]
    _, before, after = audit_wording.facts(facts, "zh_CN")
    assert before.startswith("原身份") and before.endswith("运营") and after.endswith("管理员")


def test_another_part_by_the_provider_is_told_too(
    space: Workspace, provider: OpenIdStandIn
) -> None:
    app = pages_of(space, provider.issuer, OPENID_AGENT_NO_CLAIM="employee")
    bound("chenyan", provider.issuer)
    for agent_no in ("A001", "A900", "A900"):
        provider.claims |= {"groups": ["svc-force"], "employee": agent_no}
        come_in(Visitor(app), provider)
    changes = [facts for kind, _, facts in deeds_of(app) if kind == "account.role_changed"]
    assert [each["agent_no"] for each in changes] == ["A900"]


def test_whose_account_was_prepared_is_told_as_they_come_first(
    app: Flask, provider: OpenIdStandIn
) -> None:
    accounts.add("liwen", "operations", None, NOW)
    come_in(Visitor(app), provider)
    come_in(Visitor(app), provider)
    told = [each for each in deeds_of(app) if each[0] == "account.by_provider"]
    assert told == [("account.by_provider", "liwen", {"login": "liwen"})]


def test_a_browser_by_which_somebody_came_in_by_the_provider_is_known(
    app: Flask, provider: OpenIdStandIn
) -> None:
    provider.claims["groups"] = ["svc-admins"]
    visitor = Visitor(app)
    come_in(visitor, provider)
    visitor.post("/logout")
    come_in(visitor, provider)
    assert KnownDevice.select().count() == 1
    come_in(Visitor(app), provider)
    assert KnownDevice.select().count() == 2


def test_the_audit_log_says_who_was_handed_to_the_provider_and_how_she_came_in(
    visitor: Visitor, provider: OpenIdStandIn
) -> None:
    come_in(visitor, provider)
    user = User.get(login="liwen")
    openid_accounts.make_by_provider(user, NOW, provider.issuer)
    kinds = [(each.kind, each.who) for each in AuditEntry.select().order_by(AuditEntry.id)]
    assert ("session.begun", "liwen") in kinds
    assert [kind for kind, _ in kinds].count("account.by_provider") == 1
