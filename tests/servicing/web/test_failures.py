"""A page that fails says that it did not work, and the log by what kind of mistake: of nobody."""

import logging
from collections.abc import Callable

import pytest

from policies import database
from policies.models import Client
from tests.servicing.web.conftest import Visit

NAME, PHONE = "Ilse Brandt", "+12125550199"


def a_line_that_is_no_json() -> None:
    columns, values = "client_id, at, kind, facts", "'2026-05-01 00:00:00', 'task.done', ?"
    database.execute(
        f"INSERT INTO card_entry ({columns}) SELECT id, {values} FROM client", (f"{NAME} {PHONE}",)
    )


def a_table_that_is_gone() -> None:
    database.execute("DROP TABLE card_view")


def a_text_that_fails_for_her(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise KeyError(f"{NAME} {PHONE}")

    monkeypatch.setattr("servicing.web.cards.render_template", fails)


@pytest.mark.parametrize("failure", [a_line_that_is_no_json, a_table_that_is_gone])
def test_a_page_that_fails_names_nobody(
    visit: Visit,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    failure: Callable[[], None],
) -> None:
    visitor = visit("admin")
    Client.update(name=NAME, phone=PHONE).execute()
    failure()
    caplog.set_level(logging.DEBUG)
    answer = visitor.get(f"/clients/C001?q={NAME}")
    assert answer.status_code >= 500
    assert any(each.name == "servicing.web" for each in caplog.records)
    told = caplog.text + "".join(capfd.readouterr()) + answer.text
    assert [each for each in ("Ilse", "5550199") if each in told] == []


def test_what_a_library_says_of_her_is_not_logged(
    visit: Visit, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = visit("admin")
    a_text_that_fails_for_her(monkeypatch)
    caplog.set_level(logging.DEBUG)
    assert visitor.get("/clients/C001").status_code == 500
    assert "KeyError" in caplog.text and "Ilse" not in caplog.text
