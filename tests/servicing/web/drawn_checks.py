"""Spot checks of the cast on the pages: Lin Wei and Zhou Ming were drawn, and who checks."""

from decimal import Decimal

from policies import question_set
from policies.models import Client
from servicing.cases import desks
from servicing.checks import checking, drawing
from servicing.checks.drawing import Order
from servicing.checks.result_file import Result
from servicing.core.check_models import SpotCheck
from servicing.operations.workspace import Workspace
from tests.servicing.web.visits import NOW, account, give_account

ON = NOW.date()


def draw(space: Workspace, seed: str = "2026-06") -> None:
    """Everybody is drawn."""
    questions = question_set.load(question_set.find("basic", space.home), space.plan_alone)
    order = Order(seed, Decimal(1), 0, "branch", ON, "quality")
    drawing.draw(order, questions, ON, NOW)


def of_the_desk() -> None:
    """Ping is of the quality desk, and so is Chen Yan, whose own service she does not check."""
    give_account("ping", "operations")
    for login in ("ping", "chenyan"):
        desks.put(account(login), ["quality"], NOW)


def check(client_no: str) -> SpotCheck:
    """The check of a client, in the first draw."""
    query = SpotCheck.select().join(Client, on=SpotCheck.client == Client.id)
    found: SpotCheck = query.where(Client.client_no == client_no).order_by(SpotCheck.id).get()
    return found


def answers(client_no: str, **otherwise: question_set.Answer) -> dict[str, question_set.Answer]:
    """All passed, but for what is said."""
    items = checking.check(check(client_no).id).items
    passed: dict[str, question_set.Answer] = {each.id: "pass" for each in items}
    return passed | otherwise


def record(space: Workspace, client_no: str, **otherwise: question_set.Answer) -> None:
    """What a check has found."""
    found = checking.check(check(client_no).id)
    house = checking.House(space.ground, space.locale)
    result = Result(answers(client_no, **otherwise), "")
    checking.record(house, found, result, "quality", ON, NOW)


def live(space: Workspace) -> None:
    """Of those who were drawn Lin Wei is checked, with a red line that failed."""
    draw(space)
    record(space, "C001", private_money="fail")
