"""People who come in by a provider: the pages of a workspace that has one, and the way there and back."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from flask import Flask
from werkzeug.test import TestResponse

from servicing.core import openid_accounts
from servicing.core.account_models import User
from servicing.operations import workspace
from servicing.operations.workspace import Workspace
from servicing.web import app as pages
from tests.servicing.web.visits import NOW, Clock, Visitor, account, text_of
from tests.standins.openid import CLIENT_ID, CLIENT_SECRET, OpenIdStandIn

PUBLIC = "https://service.example.com"
BACK = f"{PUBLIC}/login/openid/back"
GROUPS = '{"svc-admins" = "administrator", "svc-ops" = "operations", "svc-force" = "agent"}'

OPS = ["svc-ops"]

NOT_CONFIRMED = "身份未能核实"
NOT_BEGUN = "不是从本浏览器开始的"
SILENT = "暂时连不上"
NONSENSE = "答复无法识别"
NO_ACCOUNT = "还没有为您建立账户"
SHUT = "账户已关闭"
NO_ROLE = "所在的组都不能进入"
"""What the pages say to whom they refuse."""


def environment(issuer: str, **more: str) -> dict[str, str]:
    """The settings of a workspace with this provider."""
    said = {
        "PUBLIC_URL": PUBLIC,
        "OPENID_ISSUER": issuer,
        "OPENID_CLIENT_ID": CLIENT_ID,
        "OPENID_CLIENT_SECRET": CLIENT_SECRET,
        "OPENID_NAME": "Example Login",
        "OPENID_GROUPS": GROUPS,
        **more,
    }
    return {f"SERVICING_WEB_{name}": value for name, value in said.items()}


def pages_of(space: Workspace, issuer: str, clock: Clock | None = None, **more: str) -> Flask:
    """The pages of a workspace whose book is open, with this provider."""
    own = workspace.at(space.home, environment(issuer, **more))
    return pages.create(own, clock or Clock())


def sent(visitor: Visitor, provider: OpenIdStandIn, onward: str = "") -> str:
    """They press the button; the state that the provider sends them back with."""
    query = f"?{urlencode({'next': onward})}" if onward else ""
    answer = visitor.get(f"/login/openid{query}")
    assert answer.status_code == 303, text_of(answer)
    return provider.sends(answer.location)


def come_back(visitor: Visitor, state: str, **more: str) -> TestResponse:
    """They come back from the provider."""
    return visitor.get(f"/login/openid/back?{urlencode({'code': 'c', 'state': state, **more})}")


def come_in(visitor: Visitor, provider: OpenIdStandIn, onward: str = "") -> TestResponse:
    """There and back."""
    return come_back(visitor, sent(visitor, provider, onward))


def told(visitor: Visitor, answer: TestResponse) -> str:
    """What the page says to which somebody is sent who did not come in."""
    assert answer.status_code == 303 and answer.location.startswith("/login"), answer.location
    return text_of(visitor.get(answer.location))


def is_in(visitor: Visitor) -> bool:
    return visitor.get("/account").status_code == 200


def bound(login: str, issuer: str, subject: str = "s-1") -> User:
    """An account of the cast that comes in by the provider, known to it as this."""
    user = account(login)
    openid_accounts.make_by_provider(user, NOW, issuer, subject)
    return user


def query_of(address: str) -> Mapping[str, Any]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
