"""No page asks the database more than a dozen times, however much it shows."""

import pytest

from policies import database
from policies.models import Client
from servicing.core.models import Message
from servicing.operations.workspace import Workspace
from tests import cast
from tests.servicing import looked_up
from tests.servicing.web import registered
from tests.servicing.web.conftest import Visit
from tests.servicing.web.routes import lines
from tests.servicing.web.visits import MOST_STATEMENTS, statements

WHO = ("chenyan", "shanghai", "ops", "admin")
FILES = ("/export", ".pdf", "rejects.csv", "rejects.xlsx", "/static", "/calendar", "/metrics")


@pytest.mark.parametrize("login", WHO)
def test_no_page_asks_more_than_a_dozen_times(visit: Visit, space: Workspace, login: str) -> None:
    for number in range(30):  # one client with much, and an agent with many
        cast.give_policy(cast.lin_wei(), f"P1{number:02}", "2026-05-01")
        client = Client.create(client_no=f"C1{number:02}", name="某人", referred_by="C001")
        cast.give_premium(cast.give_policy(client, f"P2{number:02}", "2026-05-01"), "2027-05-01")
    cast.walk_only("2026-06-02", space)
    message, case = Message.select().order_by(Message.id).first(), registered.case()
    visitor = visit(login)
    too_many = []
    for line in lines():
        if line.method == "GET" and line.marks[login] == "+" and not _is_file(line.path):
            with statements() as told:
                visitor.get(line.path.format(message=message.id, case=case.id))
            if len(told) > MOST_STATEMENTS:
                too_many.append(f"{line.path}: {len(told)}\n" + "\n".join(told))
    assert not too_many, "\n\n".join(too_many)


FIGURES = (
    *("/month", "/persistency", "/scorecard", "/influence", "/cases/reports/complained-of"),
    "/stages",
    "/assessment",
    "/satisfaction",
)


@pytest.mark.only_sqlite("PostgreSQL plans by what a book holds: tests/drills/test_plans.py")
def test_only_figures_read_a_whole_table_and_each_of_them_once(
    visit: Visit, space: Workspace
) -> None:
    case = registered.case()
    with looked_up.listening(database.database.obj) as heard:
        for login in WHO:
            visitor = visit(login)
            for line in lines():
                if line.method == "GET" and line.marks[login] == "+":
                    visitor.get(line.path.format(message=1, case=case.id))
                    is_figure = line.path.startswith(FIGURES)
                    assert heard.faults(*(("policy", "client") if is_figure else ())) == []
                    heard.told.clear()


def _is_file(path: str) -> bool:
    return any(each in path for each in FILES)
