"""Every page: nothing that axe-core finds, best practice included, by day and in the dark.

Nothing has to be pushed sideways, and nothing comes from elsewhere. axe-core takes long: `make test`
lets it look at the page where each comes in, `make drill` at all.
"""

import pytest

from policies import database
from servicing.operations.workspace import Workspace
from servicing.web import app
from tests.browser import lived, places
from tests.browser.barriers import Scheme, barriers
from tests.browser.conftest import DESK, PHONE, Open
from tests.browser.places import Place

LOGINS = [None, "agent", "branch", "ops", "admin", "desk"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")


@pytest.fixture(scope="module")
def every(space: Workspace, address: str) -> list[Place]:
    with database.database.connection_context():
        return list(places.every(space))


def test_no_page_is_missing_here(every: list[Place], space: Workspace) -> None:
    rules = app.create(space, lambda: lived.NOW).url_map.iter_rules()
    pages = {each.endpoint for each in rules if "GET" in (each.methods or ())}
    seen = {each.endpoint for each in every} - {""}
    assert seen == pages - places.FILES - places.ONWARD
    assert {each.login for each in every} == set(LOGINS)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("login", LOGINS)
def test_nobody_meets_a_barrier_where_they_come_in(
    login: str | None, scheme: Scheme, every: list[Place], visit: Open
) -> None:
    first = next(each for each in every if each.login == login)
    assert list(barriers(visit(login, PHONE), first, scheme)) == []


@pytest.mark.drilled
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("login", LOGINS)
def test_nobody_meets_a_barrier(
    login: str | None, scheme: Scheme, every: list[Place], visit: Open
) -> None:
    phone = visit(login, PHONE)
    mine = [each for each in every if each.login == login]
    assert [told for each in mine for told in barriers(phone, each, scheme)] == []


@pytest.mark.drilled
@pytest.mark.parametrize("scheme", SCHEMES)
def test_figures_have_no_barrier_on_a_desk_either(
    scheme: Scheme, every: list[Place], visit: Open
) -> None:
    desk = visit("branch", DESK, "en")
    assert [told for each in every if each.is_figure for told in barriers(desk, each, scheme)] == []
