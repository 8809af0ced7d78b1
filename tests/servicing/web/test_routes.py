"""Every route and everybody: who may come where, as the table of `routes` says."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from policies import database
from servicing.core.models import Message, Task
from servicing.web import app as pages
from tests.servicing.web import registered
from tests.servicing.web.conftest import Visit, live
from tests.servicing.web.routes import VISITORS, Line, lines, mark_of
from tests.servicing.web.visits import NOW, Visitor
from tests.two_roles import TwoRoles

FORMS = {
    "/day": {"do": "done spoke"},
    "/cases/complaint": {"received": "2026-05-28", "text": "x"},
    "/clients/C001/complaint": {"received": "2026-05-28", "text": "x"},
    "/cases/new/enquiry": {"received": "2026-05-28", "text": "x"},
    "/clients/C001/cases/enquiry": {"received": "2026-05-28", "text": "x"},
    "/clients/C001/remarks": {"kind": "note", "text": "x"},
    "/people/state": {"login": "sunli", "do": "disable"},
    "/people/second-factor": {"login": "sunli"},
    "/people/password": {"login": "sunli", "password": "another long secret"},
    "/dispatch/barred": {"whom": "C001", "do": "bar"},
}


@pytest.mark.parametrize("login", VISITORS)
def test_everybody_comes_where_he_may_and_nowhere_else(visit: Visit, login: str) -> None:
    assert not list(surprises(visit, login))


def test_it_is_the_same_on_postgresql_in_a_role_that_owns_nothing(
    two_roles: TwoRoles, tmp_path: Path
) -> None:
    space = live(tmp_path / "home", two_roles.worker, two_roles.owner)
    app = pages.create(space, lambda: NOW)
    for login in ("chenyan", "shanghai", "ops"):
        his = [line for line in lines() if line.marks[login] == "+"]
        assert not list(surprises(lambda name: Visitor(app, name), login, his))
    database.database.close()


def surprises(visit: Visit, login: str, asked: Iterable[Line] = ()) -> Iterator[str]:
    """Where something else becomes of a visitor than the table says."""
    task = Task.select().where(Task.state == "open").order_by(Task.id).first()
    message, case = Message.select().order_by(Message.id).first(), registered.case()
    for line in asked or lines():
        visitor = visit(login or None)
        path = line.path.format(message=message.id, case=case.id)
        if line.method == "GET":
            answer = visitor.get(path)
        else:
            answer = visitor.post(path, task=task.id if task else 0, **FORMS.get(path, {}))
        mark = "+" if path == "/logout" and login and answer.status_code == 303 else mark_of(answer)
        if mark != line.marks[login]:
            yield f"{line.method} {path}: {mark} instead of {line.marks[login]}"


def test_the_table_has_every_route(app: Flask) -> None:
    """A new one is not open to anybody by chance."""
    routes = app.url_map.bind("localhost")
    told = {
        (
            routes.match(line.path.split("?")[0].format(message=1, case=1), line.method)[0],
            line.method,
        )
        for line in lines()
    }
    known = {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert known - told == set()
