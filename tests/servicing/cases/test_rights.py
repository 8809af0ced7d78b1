"""What is said in a case goes with its client, and what is told of it is not whom it is about."""

import datetime
import json

import peewee
import pytest

from policies.models import Policy
from servicing.cases import telling
from servicing.core import seals
from servicing.core.case_models import CaseEntry
from servicing.core.models import CardEntry
from servicing.explain import evidence
from servicing.rights import access, erasing
from servicing.rights.access import Request
from servicing.rights.erasing import Order
from tests import cast
from tests.servicing import owed
from tests.servicing.cases.opened import NOW, TO_DECIDED, TODAY, complaint, done

WALKER = cast.walker(owed.THREE_YEARS)
ORDER = Order("PIPL 47(1)(3)", "ada", TODAY, NOW)


@pytest.fixture
def people(book: peewee.Database) -> cast.Cast:
    """Lin Wei has complained of her agent, and Zhou Ming has named her in his own complaint."""
    people = cast.everybody(issued="2025-06-01")
    case = complaint(text="林伟说无人回电", about="A001", policy_no="P001")
    done(case, *TO_DECIDED, "penalty")
    complaint(text="与林伟一样", client_no="C900")
    return people


def words() -> str:
    return " ".join(each.text for each in CaseEntry.select())


def test_an_erasure_takes_the_words_and_leaves_that_there_was_one(people: cast.Cast) -> None:
    seals.seal(NOW + datetime.timedelta(days=1))
    ended = {"status": "surrendered", "ended_on": datetime.date(2026, 5, 1)}
    Policy.update(**ended).where(Policy.client == people.lin_wei).execute()
    steps = [each.step for each in CaseEntry.select().order_by(CaseEntry.id)]
    found = erasing.erase("C001", ORDER)
    assert found.gone["cases"] == 6
    assert "林伟" not in words() and "as it was said" not in words()
    assert "与" in words(), "Zhou Ming's own words stay"
    assert [each.step for each in CaseEntry.select().order_by(CaseEntry.id)] == steps
    lines = [json.loads(each.facts) for each in CardEntry.select().where(CardEntry.kind % "case%")]
    assert all("case" in each for each in lines)
    assert seals.verify().findings == []


@pytest.mark.parametrize("is_for_the_client", [True, False])
def test_a_pack_has_the_case_without_penalty_and_whom_it_is_about(
    people: cast.Cast, is_for_the_client: bool
) -> None:
    request = Request("示例人寿", "en", datetime.UTC, NOW)
    held = (
        access.pack(WALKER, "C001", request)
        if is_for_the_client
        else evidence.pack(WALKER, "C001", "en", TODAY, NOW)
    )
    (case,) = json.loads(held["cases.json"])
    assert [each["step"] for each in case["entries"]] == ["opened", *TO_DECIDED]
    assert case["entries"][0]["text"] == "林伟说无人回电"
    assert "A001" not in held["cases.json"].decode()
    assert all(b"penalty" not in each for each in held.values())
    assert len(telling.of_client(people.lin_wei.id)) == 1
