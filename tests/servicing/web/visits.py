"""People who come in by the pages, as tests see them."""

import re
from typing import Any

from flask.testing import FlaskClient

from policies import database
from servicing import people
from servicing.people import Role
from tests import cast

PASSWORD = "correct horse battery"


def give_account(login: str, role: Role, **part: str) -> None:
    """An account with the password that all of them have here."""
    people.add(login, role, PASSWORD, cast.at("2025-09-01"), **part)


def log_in(browser: FlaskClient, login: str) -> None:
    """Come in by the form, as a person does."""
    known = {"login": login, "password": PASSWORD, "csrf_token": token(browser, "/login")}
    assert browser.post("/login", data=known).status_code == 303
    database.database.connect(reuse_if_open=True)


def token(browser: FlaskClient, path: str) -> str:
    """The token in the forms of a page."""
    found = re.search('name="csrf_token" value="([^"]+)"', see(browser, path))
    assert found, path
    return found[1]


def see(browser: FlaskClient, path: str, status: int = 200) -> str:
    """The page at a path."""
    answer = browser.get(path)
    database.database.connect(reuse_if_open=True)
    assert answer.status_code == status, (path, answer.status_code)
    return answer.get_data(as_text=True)


def press(browser: FlaskClient, page: str, path: str, status: int = 303, **form: Any) -> str:
    """Send a form of a page; answers with the page that follows, or with the answer itself."""
    form["csrf_token"] = token(browser, page)
    answer = browser.post(path, data=form)
    database.database.connect(reuse_if_open=True)
    assert answer.status_code == status, (path, answer.status_code)
    return see(browser, answer.location) if status == 303 else answer.get_data(as_text=True)
