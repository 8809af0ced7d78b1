"""Who is one person, and which numbers they have."""

import datetime

import peewee
import pytest

from policies import persons
from policies.models import Client
from tests import cast

BORN = datetime.date(1980, 5, 12)


def ilse(**facts: object) -> Client:
    known = {"name": "Ilse Brandt", "birthday": BORN, "phone": "+12125550101"}
    return Client(client_no="C1", **{**known, **facts})


OTHERS = [
    ({}, True),
    ({"name": "ILSE BRANDT"}, True),
    ({"name": "Ｉｌｓｅ　Brandt ", "phone": ""}, True),
    ({"name": "Ilse Klein"}, True),
    ({"name": "Ilse Klein", "phone": ""}, False),
    ({"birthday": None}, True),
    ({"birthday": None, "phone": ""}, False),
    ({"birthday": datetime.date(1990, 5, 12)}, True),
    ({"birthday": datetime.date(1990, 5, 13)}, False),
    ({"birthday": datetime.date(1970, 5, 11)}, False),
    ({"birthday": datetime.date(1970, 5, 12)}, True),
    ({"name": "", "birthday": None}, False),
]


@pytest.mark.parametrize(("facts", "is_one"), OTHERS)
def test_two_of_three_agree_and_no_generation_lies_between(
    facts: dict[str, object], is_one: bool
) -> None:
    assert persons.are_one(ilse(), ilse(**facts)) is is_one
    assert persons.are_one(ilse(**facts), ilse()) is is_one


def test_the_numbers_of_a_person_are_those_of_all_who_were_united(book: peewee.Database) -> None:
    people = cast.people()
    others = [Client.create(client_no=f"D{n}", name="") for n in range(3)]
    assert persons.numbers([people.lin_wei.id]) == [people.lin_wei.id]
    persons.unite(others[0], others[1])
    again = Client.get_by_id(others[1].id)
    persons.unite(again, people.lin_wei)
    three = sorted([others[0].id, others[1].id, people.lin_wei.id])
    assert all(persons.numbers([each]) == three for each in three)
    assert set(persons.by_number([others[0].id]).values()) == {three[0]}
    assert persons.client_nos("D1") == [each.client_no for each in persons.clients([three[0]])]
    assert persons.client_nos("D2") == ["D2"]
    assert persons.client_nos("nobody's") == ["nobody's"]
