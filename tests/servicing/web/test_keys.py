"""What a server does while its keys are renewed, and what a copy of its database opens there."""

import hashlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import itsdangerous
import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from policies import database
from servicing.core import accounts, errors
from servicing.core.models import SigningKey
from servicing.dispatch import unsubscribe
from servicing.operations import backups, keyring, workspace
from servicing.operations.kept_open import KeptOpen
from servicing.operations.workspace import Workspace
from servicing.web import app as pages
from servicing.web import throttle
from tests.homes import Homes
from tests.servicing.web.visits import NOW, PASSWORD, Visitor, account, log_in


@pytest.fixture
def kept(space: Workspace) -> Iterator[Workspace]:
    """A workspace that a server keeps open."""
    space.keeper = KeptOpen(space, lambda: space.settings)
    yield space


def served(space: Workspace) -> Flask:
    return pages.create(space, lambda: NOW)


def come_in(app: Flask, login: str = "chenyan") -> Visitor:
    account(login)
    visitor = Visitor(app)
    log_in(visitor.client, login)
    database.database.connect(reuse_if_open=True)
    return visitor


def renew(space: Workspace, forget: bool = False) -> None:
    keyring.rotate(space.home, "", NOW, NOW.date(), forget)


@pytest.mark.parametrize("forget", [False, True])
def test_a_server_takes_up_new_keys_while_it_runs(forget: bool, kept: Workspace) -> None:
    app = served(kept)
    owner = come_in(app)
    assert owner.get("/day").status_code == 200
    sent = unsubscribe.url("", kept.keys.link_key, "C001")
    renew(kept, forget)
    assert owner.get("/day").status_code == 303
    assert come_in(app).get("/day").status_code == 200
    ring = kept.current().keys
    assert app.config["SECRET_KEY"] == ring.session_key != kept.keys.session_key
    assert Visitor(app).get(sent).status_code == (404 if forget else 200)
    new = unsubscribe.url("", ring.link_key, "C001")
    assert Visitor(app).get(new).status_code == 200


def test_a_server_on_another_machine_takes_up_the_keys_that_are_copied_there(
    space: Workspace, tmp_path: Path
) -> None:
    """It counts guesses under them, too, as all servers of the book do."""
    assert space.keys
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(space.home, elsewhere, ignore=shutil.ignore_patterns("*.db*"))
    other = Workspace(elsewhere, space.settings)
    other.keeper = KeptOpen(other, lambda: space.settings)
    app = served(other)
    assert Visitor(app).get("/login").status_code == 200
    renew(space)
    ring = keyring.opened(space.home, "")
    shutil.copy(space.home / keyring.FILE, elsewhere)
    database.database.connect(reuse_if_open=True)
    assert come_in(app).get("/day").status_code == 200
    assert app.config["SECRET_KEY"] == ring.session_key
    assert app.extensions[throttle.GUESSES]._secret == ring.guess_key


def test_a_server_that_cannot_use_the_file_any_more_goes_on_with_what_it_had(
    kept: Workspace,
) -> None:
    app = served(kept)
    owner = come_in(app)
    (kept.home / keyring.FILE).write_text("no keys", "utf-8")
    assert owner.get("/day").status_code == 200


def test_no_server_is_made_with_keys_of_another_book(space: Workspace) -> None:
    assert space.keys
    SigningKey.update(fingerprint="of another").execute()
    del space.keys
    with pytest.raises(errors.BadKeys, match="keys_do_not_fit"):
        served(space)


def test_no_cell_of_a_stolen_database_signs_a_cookie(space: Workspace) -> None:
    """Nor what older versions made of one; who could sign would lack the token all the same."""
    app = served(space)
    owner = come_in(app)
    cookie = owner.client.get_cookie("__Host-servicing", domain="localhost")
    assert cookie and owner.get("/day").status_code == 200
    forger = Flask("forger")
    for cell in sorted(cells_of_the_book()):
        for guess in (cell, hashlib.sha256(f"session {cell}".encode()).hexdigest()):
            forger.secret_key = guess
            serializer = SecureCookieSessionInterface().get_signing_serializer(forger)
            assert serializer
            with pytest.raises(itsdangerous.BadSignature):
                serializer.loads(cookie.value)


def cells_of_the_book() -> set[str]:
    """Every text of the database that is long enough for a key."""
    tables = database.database.get_tables()
    rows = [row for each in tables for row in database.execute(f'SELECT * FROM "{each}"')]
    return {str(cell) for row in rows for cell in row if len(str(cell)) >= 8}


# ----------------------------------------------------------------------------------- a stolen copy


def by_hand(space: Workspace, homes: Homes, tmp_path: Path) -> Workspace:
    """Of the database alone; the thief makes keys of his own."""
    stolen = homes.copied(space.home, tmp_path / "stolen")
    (stolen / keyring.FILE).unlink()
    thief = workspace.at(stolen, {})
    thief.open()
    keyring.rotate(thief.home, "", NOW, NOW.date(), forget=True)
    return thief


def of_a_backup(space: Workspace, homes: Homes, tmp_path: Path) -> Workspace:
    backups.save(space, tmp_path / "book.backup")
    workspace.create(tmp_path / "stolen", homes.new_url())
    thief = workspace.at(tmp_path / "stolen", {})
    thief.open()
    backups.restore(thief, tmp_path / "book.backup", NOW)
    return thief


@pytest.mark.parametrize("stolen", [by_hand, of_a_backup], ids=lambda each: each.__name__)
def test_whoever_has_a_copy_opens_nothing_on_the_live_server(
    stolen: Callable[[Workspace, Homes, Path], Workspace],
    space: Workspace,
    homes: Homes,
    tmp_path: Path,
) -> None:
    """A server of his own logs anybody in; its cookies and links are nothing to the live one."""
    app = served(space)
    owner = come_in(app)
    sent = unsubscribe.url("", space.keys.link_key, "C001")
    thief = stolen(space, homes, tmp_path)
    theirs = served(thief)
    accounts.choose_password(accounts.named("admin"), "", PASSWORD, NOW)
    forged = come_in(theirs, "admin")
    assert forged.get("/people").status_code == 200, "he may do what he likes with his copy"
    assert not is_let_in(theirs, owner, "/day"), "but a cookie of the live one opens nothing there"
    assert Visitor(theirs).get(sent).status_code == 404
    link = unsubscribe.url("", thief.keys.link_key, "C001")
    space.open()
    assert not is_let_in(app, forged, "/people")
    assert Visitor(app).get(link).status_code == 404
    assert owner.get("/day").status_code == 200, "nobody notices anything on the live one"
    assert Visitor(app).get(sent).status_code == 200


def is_let_in(app: Flask, visitor: Visitor, path: str) -> bool:
    """Whether another server takes the cookie of a visitor."""
    copy = Visitor(app)
    cookie = visitor.client.get_cookie("__Host-servicing", domain="localhost")
    assert cookie
    copy.client.set_cookie("__Host-servicing", cookie.value, domain="localhost", secure=True)
    return copy.get(path).status_code == 200
