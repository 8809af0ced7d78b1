"""Whether clients may be asked: one answer for one of them and for many, under any of their numbers."""

import datetime

import peewee
import pytest

from policies import persons
from policies.models import Client
from servicing.core.models import Suppression
from servicing.core.settings import Leads
from servicing.desk import tasks
from servicing.leads import asking, showing
from servicing.leads.asking import AskRules
from tests import cast
from tests.servicing.case_reports.filed import file
from tests.servicing.leads.named import NOW, ask

TODAY = cast.day("2027-06-01")


def free_look(start: datetime.date, product: str) -> datetime.date | None:
    return start + datetime.timedelta(15)


RULES = AskRules(Leads(), free_look)


def codes(client: Client, on: cast.Day = TODAY) -> list[str]:
    client = Client.get_by_id(client.id)
    found = asking.against(client, RULES, cast.day(on))
    many = asking.against_each([each.id for each in Client.select()], RULES, cast.day(on))
    assert many[client.id] == found
    return [each.code for each in found]


def test_nothing_stands_against_it_and_then_all_does(book: peewee.Database) -> None:
    people = cast.everybody()
    lin_wei = people.lin_wei
    assert codes(lin_wei) == []
    ask(lin_wei, TODAY)
    file("complaint", received=TODAY, client=lin_wei, is_quiet=True)
    file("detractor", received=TODAY, client=lin_wei)
    Suppression.create(kind="marketing", subject="C001", why="opted_out", since=NOW, source="reply")
    lin_wei.bereaved_until = TODAY
    lin_wei.save()
    assert codes(lin_wei) == ["mourning", "matter", "detractor", "stopped", "asked"]
    assert codes(people.zhou_ming) == []


def test_what_stands_against_one_number_stands_against_the_person(book: peewee.Database) -> None:
    people = cast.everybody()
    ask(people.zhou_ming, TODAY)
    assert codes(people.lin_wei) == []
    persons.unite(people.lin_wei, people.zhou_ming)
    assert codes(people.lin_wei) == codes(people.zhou_ming) == ["asked"]


@pytest.mark.parametrize("consent", [None, True, False])
def test_a_no_to_marketing_in_the_book_is_a_no(book: peewee.Database, consent: bool | None) -> None:
    people = cast.everybody()
    Client.update(marketing_consent=consent).where(Client.id == people.lin_wei.id).execute()
    assert codes(people.lin_wei) == (["stopped"] if consent is False else [])


def test_whoever_was_called_lately_is_named_to_the_agent_unless_something_stands_against_it(
    book: peewee.Database,
) -> None:
    people = cast.everybody()
    agent = people.chen_yan.id
    cast.walk_on("2025-12-31")
    made = cast.task("month_4")
    tasks.done(made.id, cast.at("2025-12-31"), "", "spoke")
    days = ("2025-12-31", "2026-01-13", "2026-01-14", "2026-01-15")

    def named(on: str) -> list[str]:
        found = showing.to_ask(agent, RULES, cast.day(on), cast.at(on))
        return [each.client_no for each in found]

    assert [named(each) for each in days] == [["C001"], ["C001"], ["C001"], []]
    ask(people.lin_wei, "2025-12-31")
    assert named("2026-01-13") == []
