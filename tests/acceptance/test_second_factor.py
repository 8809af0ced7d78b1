"""Second factors by the command line: shown without their secrets, and taken away where they are lost."""

import datetime
from pathlib import Path

import pyotp
import pytest

from servicing.core import accounts, authenticator_apps
from servicing.core.account_models import User
from servicing.operations import workspace
from tests.acceptance.frontdoor import MORNING, call
from tests.homes import close
from tests.servicing.web.visits import give_account

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def home(office: Path) -> Path:
    """A workspace in which Zhao Min has an app, and Gao Xiang has nothing."""
    space = workspace.at(office, {})
    space.open()
    give_account("gaoxiang", "administrator")
    user = give_account("zhaomin", "operations")
    before = MORNING - datetime.timedelta(hours=1)
    code = pyotp.TOTP(SECRET).at(before)
    assert authenticator_apps.set_up(user, SECRET, code, before, space.keys)
    close()
    return office


def test_the_list_says_who_has_one(home: Path) -> None:
    lines = call("user", "list", "--format", "json", cwd=home).done().document()
    told = {each["login"]: each["has_second_factor"] for each in lines}
    assert (told["zhaomin"], told["gaoxiang"]) == (True, False)
    table = call("user", "list", cwd=home).done().out
    assert [line.split()[0] for line in table.splitlines() if "second factor" in line] == [
        "zhaomin"
    ]


def test_it_is_shown_without_its_secret(home: Path) -> None:
    (line,) = (
        call("user", "second-factor", "zhaomin", "--format", "json", cwd=home).done().document()
    )
    assert (line["factor"], line["used_at"], line["left"]) == ("app", None, None)
    table = call("user", "second-factor", "zhaomin", cwd=home).done().out
    assert "authenticator app" in table and SECRET not in table
    hour_before = (MORNING - datetime.timedelta(hours=1)).strftime("%Y-%m-%d %H:%M")
    assert f" {hour_before} " in table and "+00:00" not in table
    told = call("user", "second-factor", "gaoxiang", cwd=home).done().out
    assert "gaoxiang has no second factor" in told


def test_a_reset_takes_it_away_and_ends_the_sessions(home: Path) -> None:
    space = workspace.at(home, {})
    space.open()
    before = accounts.named("zhaomin").session_key
    told = call("user", "second-factor", "zhaomin", "--reset", cwd=home).done().out
    assert "zhaomin: no second factor any more" in told
    space.open()
    assert User.get(login="zhaomin").session_key != before
    close()
    left = call("user", "second-factor", "zhaomin", "--format", "json", cwd=home).done()
    assert left.document() == []


def test_of_no_factor_none_is_taken_away_and_nothing_is_noted(home: Path) -> None:
    space = workspace.at(home, {})
    space.open()
    before = accounts.named("gaoxiang").session_key
    close()
    told = call("user", "second-factor", "gaoxiang", "--reset", cwd=home).done().out
    assert told.strip() == "gaoxiang has no second factor"
    space.open()
    assert accounts.named("gaoxiang").session_key == before
    close()
    log = call("audit", "log", "--kind", "factor.reset", "--format", "json", cwd=home).done()
    assert "gaoxiang" not in log.out


def test_nobody_has_that_login(home: Path) -> None:
    assert "nobody" in call("user", "second-factor", "nobody", cwd=home).refused()


ROLES = [
    ('["administrator", "manager"]', ""),
    ("[]", ""),
    ('["boss"]', "boss"),
    ('["administrator", "boss"]', "boss"),
    ('"administrator"', "second_factor"),
]


@pytest.mark.parametrize(("roles", "refused"), ROLES)
def test_an_unknown_role_is_refused_by_name(roles: str, refused: str, office: Path) -> None:
    settings = office / "servicing.toml"
    text = settings.read_text("utf-8")
    settings.write_text(f"{text}\n[web]\nsecond_factor = {roles}\n", "utf-8")
    outcome = call("user", "list", cwd=office)
    if refused:
        assert refused in outcome.refused()
    else:
        outcome.done()


def test_roles_are_set_by_the_environment_as_well(office: Path) -> None:
    said = {"SERVICING_WEB_SECOND_FACTOR": '["manager"]'}
    call("user", "list", cwd=office, env=said).done()
    wrong = {"SERVICING_WEB_SECOND_FACTOR": '["boss"]'}
    assert "boss" in call("user", "list", cwd=office, env=wrong).refused()
