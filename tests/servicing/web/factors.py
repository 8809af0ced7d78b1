"""Second factors of the cast: how they are set up on the pages, and shown at the login."""

import datetime
import html
import json
import re
from typing import Any

import pyotp
from flask import Flask
from werkzeug.test import TestResponse

from servicing.core import authenticator_apps
from servicing.core.account_models import User
from servicing.operations.workspace import Workspace
from tests.servicing.web.visits import NOW, PASSWORD, Visitor, account

OWN = "/account/second-factor"
SECOND = "/login/second"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
HALF_A_MINUTE = datetime.timedelta(seconds=30)


def code(at: datetime.datetime = NOW, secret: str = SECRET) -> str:
    """What an app shows at a moment."""
    return pyotp.TOTP(secret).at(at)


def give_app(space: Workspace, login: str) -> User:
    """Somebody whose app was set up an hour ago, without the pages."""
    user, before = account(login), NOW - datetime.timedelta(hours=1)
    assert authenticator_apps.set_up(user, SECRET, code(before), before, space.keys)
    return user


def halfway(app: Flask, login: str, onward: str = "") -> Visitor:
    """Somebody who has typed the right password, and is asked for the rest."""
    account(login)
    visitor = Visitor(app)
    answer = visitor.post(f"/login?next={onward}", login=login, password=PASSWORD)
    assert (answer.status_code, answer.location.partition("?")[0]) == (303, SECOND)
    return visitor


def is_in(visitor: Visitor) -> bool:
    """Whether a page opens that is everybody's."""
    answer = visitor.get("/account")
    assert answer.status_code in (200, 303)
    return answer.status_code == 200


def options_in(page: TestResponse) -> dict[str, Any]:
    """What the page tells the browser to ask a passkey for."""
    found = re.search('data-options="([^"]+)"', page.text)
    assert found, page.text
    return dict(json.loads(html.unescape(found[1])))


def secret_in(page: TestResponse) -> str:
    """The key of an app, as the page shows it to be typed."""
    found = re.search('<code class="break">([A-Z2-7 ]+)</code>', page.text)
    assert found, page.text
    return found[1].replace(" ", "")


def codes_in(page: TestResponse) -> list[str]:
    """The recovery codes that a page shows."""
    return re.findall("<li><code>([a-z0-9-]+)</code></li>", page.text)


def set_up_app(visitor: Visitor, at: datetime.datetime = NOW) -> tuple[str, list[str]]:
    """Set an app up on the pages; answers with its secret and the recovery codes."""
    secret = secret_in(visitor.post(f"{OWN}/app", password=PASSWORD))
    answer = visitor.post(f"{OWN}/app/try", code=code(at, secret))
    return secret, codes_in(answer)
