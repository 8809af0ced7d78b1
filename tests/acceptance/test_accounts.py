"""Accounts by the command line: who is shut out by it is shut out of the pages at once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from servicing.core import accounts
from servicing.operations import workspace
from servicing.web import app as pages
from tests.acceptance.frontdoor import DAY, MORNING, call
from tests.homes import close
from tests.servicing.web.visits import BASE, PASSWORD, give_account, log_in


@pytest.fixture
def served(office: Path) -> Iterator[Path]:
    """The workspace, with an agent's account whose owner may come in."""
    space = workspace.at(office, {})
    space.open()
    give_account("chenyan", "agent", agent_no="A00001")
    yield office
    close()


def open_pages(home: Path) -> Flask:
    space = workspace.at(home, {})
    space.open()
    return pages.create(space, lambda: MORNING)


def come_in(home: Path) -> tuple[FlaskClient, str]:
    """A browser that has come in, and the secret of its owner's calendar."""
    browser = open_pages(home).test_client()
    log_in(browser, "chenyan")
    return browser, accounts.new_feed(accounts.named("chenyan"))


def is_in(home: Path, browser: FlaskClient) -> bool:
    """Whether the browser is let in by a server of the workspace."""
    browser.application = open_pages(home)
    return browser.get("/day", base_url=BASE).status_code == 200


def opens(home: Path, secret: str) -> bool:
    """Whether the calendar's address is there."""
    browser = open_pages(home).test_client()
    return browser.get(f"/calendar/{secret}.ics", base_url=BASE).status_code == 200


ENDINGS = [
    ("user", "disable", "chenyan"),
    ("user", "password", "chenyan", "--password-stdin"),
    ("agents", "left", "A00001"),
    ("handover", "--from", "A00001", "--rule", "balanced", "--left", str(DAY), "--apply"),
]


@pytest.mark.parametrize("words", ENDINGS, ids=" ".join)
def test_a_command_that_shuts_somebody_out_ends_sessions_and_calendar(
    words: tuple[str, ...], served: Path
) -> None:
    browser, secret = come_in(served)
    assert is_in(served, browser) and opens(served, secret)
    how = {"--apply": ("--why", "has retired")}.get(words[-1], ())
    call(*words, *how, cwd=served, typed="another long secret\n").done()
    assert not is_in(served, browser)
    assert not opens(served, secret)


def test_who_is_back_logs_in_again_and_makes_a_new_address(served: Path) -> None:
    browser, secret = come_in(served)
    told = call("agents", "left", "A00001", "--on", DAY, cwd=served).done().lines()
    assert told[1].startswith("chenyan: no login any more")
    (line,) = call("user", "list", "--format", "json", cwd=served).done().document()
    assert (line["is_disabled"], line["left_on"]) == (False, str(DAY))
    assert f"gone from {DAY} on" in call("user", "list", cwd=served).done().out
    told = call("user", "disable", "chenyan", "--undo", cwd=served).done().lines()
    assert told == ["chenyan: enabled", told[1]] and "agents back" in told[1]
    call("agents", "back", "A00001", cwd=served).done()
    assert not is_in(served, browser) and not opens(served, secret)
    anew, new = come_in(served)
    assert is_in(served, anew) and opens(served, new)
    assert PASSWORD not in call("user", "list", cwd=served).done().out


# ------------------------------------------------------------------------ who comes in by the provider

PROVIDED = {
    "SERVICING_WEB_PUBLIC_URL": "https://service.example.com",
    "SERVICING_WEB_OPENID_ISSUER": "https://login.example.com/staff",
    "SERVICING_WEB_OPENID_CLIENT_ID": "servicing",
}


def is_in_by(home: Path, password: str) -> bool:
    """Whether somebody comes in with it."""
    open_pages(home)
    return accounts.recognised("chenyan", password, DAY) is not None


def ways_in(home: Path) -> dict[str, bool]:
    lines = call("user", "list", "--format", "json", cwd=home).done().document()
    return {line["login"]: line["by_provider"] for line in lines}


def told_of(home: Path, kind: str) -> list[dict[str, Any]]:
    """What the audit log says of deeds of a kind, in order."""
    lines = call("audit", "log", "--kind", kind, "--format", "json", cwd=home).done().document()
    return [each["facts"] for each in sorted(lines, key=lambda line: line["id"])]


def test_an_account_is_made_for_the_provider_and_nobody_is_asked_for_a_password(
    served: Path,
) -> None:
    words = ("user", "add", "zhaomin", "--role", "operations", "--openid")
    call(*words, cwd=served, env=PROVIDED).done()
    assert ways_in(served) == {"chenyan": False, "zhaomin": True}
    assert told_of(served, "account.made")[-1]["by_provider"] is True
    assert "company's login" in call("user", "list", cwd=served).done().out


def test_an_account_changes_from_its_password_to_the_provider_and_back(served: Path) -> None:
    browser, secret = come_in(served)
    call("user", "openid", "chenyan", cwd=served, env=PROVIDED).done()
    assert [each["has_subject"] for each in told_of(served, "account.by_provider")] == [False]
    assert ways_in(served) == {"chenyan": True}
    assert not is_in(served, browser) and not opens(served, secret)
    assert not is_in_by(served, PASSWORD)
    call(
        *("user", "password", "chenyan", "--password-stdin"),
        cwd=served,
        typed="another long secret\n",
    ).done()
    assert ways_in(served) == {"chenyan": False}
    assert is_in_by(served, "another long secret")


def test_one_person_there_is_one_account_here(served: Path) -> None:
    words = ("user", "add", "zhaomin", "--role", "operations", "--subject", "00u1")
    call(*words, cwd=served, env=PROVIDED).done()
    assert [each["has_subject"] for each in told_of(served, "account.by_provider")] == [True]
    assert "00u1" not in call("audit", "log", "--format", "json", cwd=served).done().out
    again = call("user", "openid", "chenyan", "--subject", "00u1", cwd=served, env=PROVIDED)
    assert (again.code, "the provider knows somebody else as '00u1'" in again.err) == (1, True)
    assert ways_in(served) == {"chenyan": False, "zhaomin": True}


@pytest.mark.parametrize(
    "words", [("openid", "chenyan"), ("add", "x", "--role", "operations", "--openid")]
)
def test_without_a_provider_nobody_comes_in_by_it(words: tuple[str, ...], served: Path) -> None:
    told = call("user", *words, cwd=served)
    assert (told.code, "web.openid" in told.err) == (1, True)
    assert ways_in(served) == {"chenyan": False}
