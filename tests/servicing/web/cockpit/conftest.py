"""Operations have come in, on the day after four messages were dispatched."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from policies import database
from servicing.channels import Accepted, Answer, Outgoing, Rejected, Unknown
from servicing.channels.memory import Memory
from servicing.operations import workspace
from servicing.operations.workspace import Workspace
from tests import cast
from tests.servicing.dispatched import WALKER, by, dispatch
from tests.servicing.web.cockpit.workplace import ON, come_in
from tests.servicing.web.visits import give_account


@pytest.fixture
def space(own_url: str, tmp_path: Path) -> Iterator[Workspace]:
    workspace.create(tmp_path / "home", own_url)
    opened = workspace.at(tmp_path / "home", {"SERVICING_WEB_LARGEST_UPLOAD_MB": "1"})
    opened.open()
    yield opened
    database.database.close()


@pytest.fixture
def browser(space: Workspace) -> FlaskClient:
    """Ops has come in, on the day after the four messages of the day were dispatched."""
    cast.everybody()
    give_account("ops", "operations")
    return come_in(space, "ops")


@pytest.fixture
def mixed() -> None:
    """One accepted, one refused, one unknown, one accepted."""
    cast.walk_only(ON, WALKER)
    waiting: list[Answer] = [Accepted("SM1"), Rejected("content", "30007"), Unknown()]

    def answer(message: Outgoing) -> Answer:
        return waiting.pop(0) if waiting else Accepted(f"SM{message.id}")

    dispatch(by(Memory(answer)))


@pytest.fixture
def administrator(space: Workspace) -> FlaskClient:
    cast.everybody()
    give_account("root", "administrator")
    return come_in(space, "root")
