"""People who visit the pages: accounts of the cast, and what they do there."""

import contextlib
import dataclasses
import datetime
import html
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from policies import database
from servicing.core import accounts, sessions
from servicing.core.account_models import User

BASE = "https://localhost"
PASSWORD = "correct horse battery"
NOW = datetime.datetime(2026, 6, 1, 9, 30, tzinfo=datetime.timezone(datetime.timedelta(hours=8)))
HOUR = datetime.timedelta(hours=1)

ACCOUNTS: dict[str, tuple[accounts.Role, dict[str, str]]] = {
    "chenyan": ("agent", {"agent_no": "A001"}),
    "sunli": ("agent", {"agent_no": "A900"}),
    "team": ("manager", {"branch": "上海", "team": "一部"}),
    "shanghai": ("manager", {"branch": "上海"}),
    "beijing": ("manager", {"branch": "北京"}),
    "ops": ("operations", {}),
    "admin": ("administrator", {}),
}
"""By login: the agent, the outsider's agent, managers of both branches, and those who see everybody."""


def account(login: str) -> User:
    """The account of somebody of the cast; made when it is first asked for."""
    known = User.get_or_none(User.login == login)
    if known:
        return known
    role, part = ACCOUNTS[login]
    return give_account(login, role, **part)


@dataclasses.dataclass
class Clock:
    """The clock of a server, which a test moves."""

    now: datetime.datetime = NOW

    def __call__(self) -> datetime.datetime:
        return self.now


class Visitor:
    """A browser without a window, and who sits before it."""

    def __init__(self, app: Flask, login: str | None = None, at: datetime.datetime = NOW) -> None:
        self.client: FlaskClient = app.test_client()
        self._token = ""
        within = ("/account", "/account/password")
        self._with_form = (*within, "/login") if login else ("/login", *within)
        """Pages that may have one, the likeliest first."""
        if login:
            token = sessions.begin(account(login), at, datetime.timedelta(hours=12), "")
            with self.client.session_transaction(base_url=BASE) as session:
                session["_user_id"], session["_fresh"] = token, True
            database.database.connect(reuse_if_open=True)

    def get(self, path: str, **how: Any) -> TestResponse:
        return self._back(self.client.get(path, base_url=BASE, **how))

    def post(
        self, path: str, headers: Mapping[str, str] | None = None, **form: Any
    ) -> TestResponse:
        """Send a form of ours, with the token that stands in it."""
        data = {"csrf_token": self.token(), **form}
        how: dict[str, Any] = {"data": data, "headers": {"Referer": BASE, **(headers or {})}}
        if any(isinstance(each, tuple) for each in form.values()):  # a file to upload
            how["content_type"] = "multipart/form-data"
        return self._back(self.client.post(path, base_url=BASE, **how))

    def token(self) -> str:
        """The token of the forms of this session: looked up once while the session is the same."""
        if not self._token:
            found = (token_of(self.get(each)) for each in self._with_form)
            self._token = next(filter(None, found), "")
        return self._token

    def _back(self, answer: TestResponse) -> TestResponse:
        database.database.connect(reuse_if_open=True)  # a request closes it behind itself
        if "Set-Cookie" in answer.headers:  # it may be another session
            self._token = ""
        if answer.mimetype == "text/html" and not answer.content_encoding:
            answer.text = as_read(answer.text)
        return answer


def made_feed(visitor: Visitor) -> str:
    """The path of a new calendar of theirs, as the page after it shows it."""
    page = visitor.get(visitor.post("/account/feed").location).text
    return re.findall('readonly value="https?://[^/"]+([^"]+)"', page)[0]  # type: ignore[no-any-return]


def text_of(answer: TestResponse) -> str:
    """What a reader sees of a page: no tags, one blank between words."""
    bare = re.sub(r"<[^>]+>", " ", answer.text)
    return html.unescape(re.sub(r"\s+", " ", bare))


def log_in(browser: FlaskClient, login: str) -> None:
    """Come in by the form, as people do."""
    token = token_in(browser.get("/login", base_url=BASE).text)
    form = {"csrf_token": token, "login": login, "password": PASSWORD}
    answer = browser.post("/login", data=form, base_url=BASE, headers={"Referer": BASE})
    assert answer.status_code == 303


def give_account(login: str, role: accounts.Role, **part: str) -> User:
    """An account whose owner has chosen the password that all of them have here."""
    user = accounts.add(login, role, PASSWORD, NOW, accounts.Remit(**part))
    user.is_temporary = False
    user.save()
    return user


def token_in(page: str) -> str:
    """The token that stands in the forms of a page; nothing where it has none."""
    found = re.search('name="csrf_token" value="([^"]+)"', page)
    return found[1] if found else ""


def token_of(answer: TestResponse) -> str:
    """The token that stands in the forms of an answer."""
    return token_in(answer.get_data(as_text=True))


def as_read(page: str) -> str:
    """A page without its token: another one each second, and any short word may stand in it."""
    return re.sub('name="csrf_token" value="[^"]+"', "", page)


def see(browser: FlaskClient, path: str, status: int = 200) -> str:
    """The page at a path."""
    return as_read(_answer(browser, path, status).text)


def token_at(browser: FlaskClient, path: str) -> str:
    """The token that stands in the forms of a page."""
    return token_in(_answer(browser, path, 200).text)


def _answer(browser: FlaskClient, path: str, status: int) -> TestResponse:
    answer = browser.get(path)
    database.database.connect(reuse_if_open=True)
    assert answer.status_code == status, (path, answer.status_code)
    return answer


def press(browser: FlaskClient, page: str, path: str, status: int = 303, **form: Any) -> str:
    """Send a form of a page; answers with the page that follows, or with the answer itself."""
    form["csrf_token"] = token_at(browser, page)
    answer = browser.post(path, data=form)
    database.database.connect(reuse_if_open=True)
    assert answer.status_code == status, (path, answer.status_code)
    return see(browser, answer.location) if status == 303 else answer.get_data(as_text=True)


MOST_STATEMENTS = 12
"""That a page may ask of the database, however much it shows."""

SCRATCH = (
    *("BEGIN", "SET TRANSACTION", "DROP TABLE", "CREATE TEMPORARY", "ANALYZE"),
    "INSERT INTO service_day",
)
"""What a figure does for its snapshot and its own small tables, however large the book is."""


@contextlib.contextmanager
def statements() -> Iterator[list[str]]:
    """The statements that were run meanwhile, streamed ones included."""
    told: list[str] = []
    kind, stream = type(database.database.obj), database.stream
    run = kind.execute_sql

    def remembered(self: Any, sql: str, *rest: Any) -> Any:
        told.append(sql)
        return run(self, sql, *rest)

    def streamed(sql: str, values: Any = ()) -> Any:
        told.append(sql)
        return stream(sql, values)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(kind, "execute_sql", remembered)
        patched.setattr(database, "stream", streamed)
        yield told
    told[:] = [each for each in told if not each.startswith(SCRATCH)]
