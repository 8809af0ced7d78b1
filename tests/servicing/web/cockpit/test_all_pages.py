"""All pages of operations: for whom they are, and how much they ask the database."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from policies import database
from servicing.operations.workspace import Workspace
from tests import cast
from tests.servicing.web.cockpit.workplace import OPERATIONS, PAGES, come_in
from tests.servicing.web.visits import give_account, see


def test_people_are_for_administrators_only_and_the_rest_for_operations(
    space: Workspace, browser: FlaskClient
) -> None:
    give_account("chen", "agent", agent_no="A001")
    give_account("he", "manager", branch="上海")
    for page in PAGES:
        see(browser, page, status=404)
    for login in ("chen", "he"):
        other = come_in(space, login)
        for page in (*PAGES, *OPERATIONS, "/plan/preview"):
            see(other, page, status=404)


def test_no_page_asks_the_database_more_than_a_dozen_times(
    administrator: FlaskClient, mixed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    run = database.database.obj.execute_sql

    def counted(sql: str, *rest: Any) -> Any:
        asked.append(sql)
        return run(sql, *rest)

    monkeypatch.setattr(database.database.obj, "execute_sql", counted)
    message = f"/dispatch/messages/{cast.message('month_1').id}"
    preview = "/plan/preview?touchpoint=news&client_no=C001"
    for page in (*OPERATIONS, *PAGES, message, preview):
        asked.clear()
        see(administrator, page)
        assert len(asked) <= 12, (page, asked)
