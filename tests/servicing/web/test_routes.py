"""Every route and everybody: who may come where.

The columns are whoever has not come in, Chen Yan (whose client C001 is), Sun Li (an agent of another
branch), the managers of Chen Yan's team, of her branch and of the other branch, operations, and the
administrator. `+` may, `-` is told that there is none (404), `>` is asked to come in first; a number
is another refusal. A route that is not in the table fails the test.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from policies import database
from servicing.core.models import Message, Task
from servicing.web import app as pages
from tests.servicing.web.conftest import Visit, live
from tests.servicing.web.visits import NOW, Visitor

VISITORS = ("", "chenyan", "sunli", "team", "shanghai", "beijing", "ops", "admin")

TABLE = """
                                                 -  chenyan sunli team shanghai beijing ops admin
GET  /                                           >  +  +  +  +  +  +  +
GET  /login                                      +  +  +  +  +  +  +  +
POST /login                                      401 401 401 401 401 401 401 401
POST /language                                   +  +  +  +  +  +  +  +
GET  /account                                    >  +  +  +  +  +  +  +
POST /account/password                           >  +  +  +  +  +  +  +
POST /account/feed                               >  +  +  -  -  -  -  -
GET  /calendar/made-up.ics                       -  -  -  -  -  -  -  -

GET  /day                                        >  +  +  -  -  -  -  -
POST /day                                        >  +  -  -  -  -  -  -

GET  /clients                                    >  +  +  +  +  +  +  +
GET  /clients/C001                               >  +  -  +  +  -  +  +
GET  /clients/C001/why?policy=P001&touchpoint=month_1 >  +  -  +  +  -  +  +
POST /clients/C001/remarks                       >  +  -  +  +  -  +  -
POST /clients/C001/consent                       >  +  -  +  +  -  +  -
POST /clients/C001/family                        >  +  -  +  +  -  -  -
GET  /clients/nobody                             >  -  -  -  -  -  -  -

GET  /persistency                                >  -  -  +  +  +  -  +
GET  /persistency?branch=上海                    >  -  -  +  +  -  -  +
GET  /persistency/policies?agent=A001            >  -  -  +  +  -  -  +
GET  /persistency/collect?team=一部              >  -  -  +  +  -  -  +
GET  /persistency/deciding?agent=A001            >  -  -  +  +  -  -  +
GET  /persistency/export?agent=A001&kind=csv     >  -  -  +  +  -  -  +
GET  /scorecard?agent=A001                       >  -  -  +  +  -  -  +
GET  /scorecard/export?branch=上海               >  -  -  +  +  -  -  +
GET  /influence                                  >  -  -  +  +  +  -  +
GET  /influence/C001                             >  -  -  +  +  -  -  +

GET  /dispatch                                   >  -  -  -  -  -  +  +
POST /dispatch/retry                             >  -  -  -  -  -  +  +
GET  /dispatch/messages                          >  -  -  -  -  -  +  +
GET  /dispatch/messages/{message}                >  -  -  -  -  -  +  +
POST /dispatch/messages/{message}/retry          >  -  -  -  -  -  +  +
POST /dispatch/messages/{message}/settle         >  -  -  -  -  -  +  +
POST /dispatch/resume                            >  -  -  -  -  -  +  +
GET  /dispatch/barred                            >  -  -  -  -  -  +  +
POST /dispatch/barred                            >  -  -  -  -  -  +  +
GET  /book                                       >  -  -  -  -  -  +  +
POST /book                                       >  -  -  -  -  -  +  +
GET  /book/imports/made-up                       >  -  -  -  -  -  -  -
GET  /book/imports/made-up/rejects.csv           >  -  -  -  -  -  -  -
GET  /plan                                       >  -  -  -  -  -  +  +
GET  /plan/preview                               >  -  -  -  -  -  +  +
GET  /people                                     >  -  -  -  -  -  -  +
POST /people                                     >  -  -  -  -  -  -  +
POST /people/state                               >  -  -  -  -  -  -  +
POST /people/password                            >  -  -  -  -  -  -  +
GET  /views                                      >  -  -  -  -  -  -  +

GET  /healthz                                    +  +  +  +  +  +  +  +
GET  /metrics                                    +  +  +  +  +  +  +  +
GET  /static/servicing.css                       +  +  +  +  +  +  +  +
GET  /bootstrap/static/css/bootstrap.min.css     +  +  +  +  +  +  +  +
GET  /u/made-up                                  -  -  -  -  -  -  -  -
POST /u/made-up                                  -  -  -  -  -  -  -  -
POST /hooks/twilio/status/1                      403 403 403 403 403 403 403 403
POST /hooks/twilio/inbound                       403 403 403 403 403 403 403 403
POST /hooks/aliyun/made-up/receipts              403 403 403 403 403 403 403 403
POST /hooks/aliyun/made-up/replies               403 403 403 403 403 403 403 403

POST /logout                                     >  +  +  +  +  +  +  +
"""

FORMS = {
    "/day": {"do": "done spoke"},
    "/clients/C001/remarks": {"kind": "note", "text": "x"},
    "/people/state": {"login": "sunli", "do": "disable"},
    "/people/password": {"login": "sunli", "password": "another long secret"},
    "/dispatch/barred": {"whom": "C001", "do": "bar"},
}


class Line(NamedTuple):
    """A route, and what becomes of each visitor there."""

    method: str
    path: str
    marks: dict[str, str]


def lines() -> Iterator[Line]:
    for line in TABLE.splitlines():
        if found := re.match(r"(GET|POST) +(\S+) +(.+)", line):
            yield Line(found[1], found[2], dict(zip(VISITORS, found[3].split(), strict=True)))


def mark_of(answer: TestResponse) -> str:
    """What became of a visitor."""
    if answer.status_code == 404:
        return "-"
    if answer.status_code == 303 and answer.location.startswith("/login"):
        return ">"
    return str(answer.status_code) if answer.status_code in (401, 403, 500) else "+"


@pytest.mark.parametrize("login", VISITORS)
def test_everybody_comes_where_he_may_and_nowhere_else(visit: Visit, login: str) -> None:
    assert not list(surprises(visit, login))


def test_it_is_the_same_on_postgresql(postgresql_url: str, tmp_path: Path) -> None:
    app = pages.create(live(tmp_path / "home", postgresql_url), lambda: NOW)
    for login in ("chenyan", "shanghai", "ops"):
        his = [line for line in lines() if line.marks[login] == "+"]
        assert not list(surprises(lambda name: Visitor(app, name), login, his))
    database.database.close()


def surprises(visit: Visit, login: str, asked: Iterable[Line] = ()) -> Iterator[str]:
    """Where something else becomes of a visitor than the table says."""
    task = Task.select().where(Task.state == "open").order_by(Task.id).first()
    message = Message.select().order_by(Message.id).first()
    for line in asked or lines():
        visitor = visit(login or None)
        path = line.path.format(message=message.id)
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
        (routes.match(line.path.split("?")[0].format(message=1), line.method)[0], line.method)
        for line in lines()
    }
    known = {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert known - told == set()
