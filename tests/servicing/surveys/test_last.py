"""What a client answered last: what counts, of all numbers of a person, and what an agent is told."""

from collections.abc import Iterator
from pathlib import Path

import peewee
import pytest

from policies.models import Client
from servicing.core.models import Task
from servicing.core.reasons import Reason
from servicing.operations.workspace import Workspace
from servicing.surveys import last
from tests import cast
from tests.acceptance.frontdoor import call
from tests.servicing.surveys import asking
from tests.servicing.surveys.asking import ON
from tests.servicing.surveys.scored import ASKED, DAY, asks

Book = peewee.Database
ZONE = cast.at(ASKED).tzinfo
PUBLIC = {"SERVICING_WEB_PUBLIC_URL": asking.PUBLIC}


def told(client_no: str = "C001") -> tuple[str, int] | None:
    assert ZONE is not None
    found = last.of_client(client_no, ZONE)
    return (found.figure, found.score) if found else None


def test_it_is_the_last_that_counts(book: Book) -> None:
    people = cast.everybody()
    assert told() is None
    of = people.policies[0]
    asks(of, score=5, on=ASKED + DAY)
    asks(of, score=4, figure="ces", on=ASKED)
    for fate in ("late", "second"):
        asks(of, score=1, on=ASKED + 2 * DAY, fate=fate)
    asks(of, on=ASKED + 3 * DAY)
    assert told() == ("csat", 5) and told("C900") is None
    asks(of, score=9, figure="nps", on=ASKED + 4 * DAY, is_again=True)
    assert told() == ("nps", 9)


def test_it_is_of_all_numbers_of_a_person(book: Book) -> None:
    people = cast.everybody()
    asks(people.policies[0], score=3)
    other = Client.get(Client.client_no == "C900")
    cast.change(other, person_id=people.lin_wei.id)
    assert told("C900") is None, "the first number is of the person, too"
    cast.change(people.lin_wei, person_id=people.lin_wei.id)
    assert told("C900") == told() == ("csat", 3)


AGENTS = [
    ("csat", 5, True),
    ("csat", 3, True),
    ("csat", 2, False),
    ("nps", 7, True),
    ("nps", 6, False),
    ("ces", 1, True),
]


@pytest.mark.parametrize(("figure", "score", "is_told"), AGENTS)
def test_an_agent_is_told_unless_somebody_had_to_call(
    figure: str, score: int, *, is_told: bool, book: Book
) -> None:
    people = cast.everybody()
    asks(people.policies[0], score=score, figure=figure)
    assert ZONE is not None
    assert (last.for_agent("C001", "A001", ZONE) is not None) == is_told
    assert last.for_agent("C001", "A900", ZONE) is None, "it is about another agent's policy"


# ---------------------------------------------------------------------------------- by the command


@pytest.fixture
def space(database_url: str, tmp_path: Path) -> Iterator[Workspace]:
    yield from asking.live(tmp_path / "home", database_url)


@pytest.mark.parametrize(("score", "is_told"), [(5, True), (2, False)])
def test_a_list_of_tasks_tells_it_to_the_same_people(
    space: Workspace, score: int, *, is_told: bool
) -> None:
    asks(cast.policy("P001"), score=score)
    facts = {"due_on": ON, "show_on": ON, "closes_on": ON + 30 * DAY, "state": "open", "note": ""}
    of = cast.policy("P001")
    for desk in (None, "callback"):
        Task.create(policy=of, client=of.client, reason=Reason.REPLIED.value, desk=desk, **facts)
    listed = (
        call("tasks", "list", "--on", ON, "--format", "json", cwd=space.home, env=PUBLIC)
        .done()
        .document()
    )
    answer = {"figure": "csat", "score": score, "answered_on": ASKED.isoformat()}
    told = {each["desk"]: each["last_answer"] for each in listed if each["client_no"] == "C001"}
    assert told == {"": answer if is_told else None, "callback": answer}
