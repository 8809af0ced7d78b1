"""What is not said to clients is told wherever staff writes, and kept all the same."""

from collections.abc import Callable
from typing import Any

import pytest

from servicing.cases import desks, opening
from servicing.cases.opening import Request
from servicing.core.models import Task
from servicing.operations.workspace import Workspace
from tests.servicing.cases import opened
from tests.servicing.web import desk_work
from tests.servicing.web.conftest import Visit
from tests.servicing.web.visits import NOW, Visitor, account, text_of

TODAY = NOW.date()
RUDE, TOLD = "你怎么这么笨", "备注中的“你怎么这么”"


def on_the_card(visitor: Visitor) -> Any:
    return visitor.post("/clients/C001/remarks", kind="note", text=RUDE)


def of_the_day(visitor: Visitor) -> Any:
    task = Task.select().where(Task.desk.is_null()).order_by(Task.id).first()
    asked = {"client": "C001", "do": "done spoke", "note": RUDE}
    return visitor.post("/day", **asked, task=str(task.id))


def of_a_desk(visitor: Visitor) -> Any:
    task = desk_work.give("P900")
    desk_work.of_the_desk("chenyan")
    return visitor.post(f"/desks/tasks/{task.id}", do="done spoke", note=RUDE)


def of_a_case(visitor: Visitor) -> Any:
    said = Request("retention", TODAY, "not paid", opened.BY, policy_no="P001")
    case = opening.open_case(opened.CHINA, said, TODAY, NOW)
    desks.put(account("chenyan"), ["conservation"], NOW)
    return visitor.post(f"/cases/{case.id}/steps", step="record", text=RUDE, moves=str(case.moves))


PLACES: dict[str, Callable[[Visitor], Any]] = {
    "card": on_the_card,
    "day": of_the_day,
    "desk": of_a_desk,
    "case": of_a_case,
}


@pytest.mark.parametrize("place", PLACES)
def test_what_is_not_said_is_told_where_it_was_written(
    visit: Visit, space: Workspace, place: str
) -> None:
    visitor = visit("chenyan")
    answer = PLACES[place](visitor)
    assert answer.status_code == 303
    assert TOLD in text_of(visitor.get(answer.location))
