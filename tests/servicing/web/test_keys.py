"""What a server does while its keys are renewed, and what a copy of its database opens there."""

import hashlib
from collections.abc import Iterator

import itsdangerous
import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from policies import database
from servicing.core import errors
from servicing.core.models import SigningKey
from servicing.dispatch import unsubscribe
from servicing.operations import keyring
from servicing.operations.kept_open import KeptOpen
from servicing.operations.workspace import Workspace
from servicing.web import app as pages
from tests.servicing.web.visits import NOW, Visitor, account, log_in


@pytest.fixture
def kept(space: Workspace) -> Iterator[Workspace]:
    """A workspace that a server keeps open."""
    space.keeper = KeptOpen(space, lambda: space.settings)
    yield space


def served(space: Workspace) -> Flask:
    return pages.create(space, lambda: NOW)


def come_in(app: Flask) -> Visitor:
    account("chenyan")
    visitor = Visitor(app)
    log_in(visitor.client, "chenyan")
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
