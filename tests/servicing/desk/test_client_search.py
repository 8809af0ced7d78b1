"""Clients are found among all of a company's, by words that are kept in step with the book."""

import peewee
import pytest

from policies import database
from policies.models import Branch, Client
from servicing.core.account_models import User
from servicing.desk import client_search, search_keys
from tests import cast
from tests.servicing import looked_up

Book = peewee.Database
TODAY = cast.day("2026-06-01")
OPS = User(login="ops", role="operations")


@pytest.fixture
def people(book: Book) -> cast.Cast:
    """Everybody with a policy each; their words are made."""
    known = cast.people()
    cast.give_policy(known.lin_wei, "P0000001257")
    cast.give_policy(known.zhou_ming, "P9000009999")
    search_keys.bring_up_to_date(lambda: False)
    return known


def found(text: str, user: User = OPS) -> list[str]:
    ids = client_search.found(user, text, "CN", TODAY).ids
    return [Client.get_by_id(each).client_no for each in ids]


def words_of(client: Client) -> list[str]:
    sql = "SELECT word FROM client_word WHERE client_id = ? ORDER BY word"
    return [word for (word,) in database.execute(sql, [client.id])]


WAYS = ["林伟", "林", "伟", "linwei", "lin w", "lw", "wei", "0111", "55501 11", "C001", "c001"]
WAYS += ["P0000001257", "p0000-001257", "1257", "０１１１", "+12025550111"]


@pytest.mark.parametrize("text", WAYS)
def test_operations_find_one_of_all_clients_by(people: cast.Cast, text: str) -> None:
    assert found(text) == ["C001"]


@pytest.mark.parametrize("text", ["", " ", "%", "'", "-", "_", "011", "王", "x" * 20_000, "\0"])
def test_nobody_is_found_by(people: cast.Cast, text: str) -> None:
    assert found(text) == []


def test_a_manager_finds_the_same_within_the_unit(people: cast.Cast) -> None:
    for branch, numbers in (("上海", ["C001"]), ("北京", [])):
        user = User(login=branch, role="manager", branch=Branch.get(Branch.name == branch))
        assert found("linwei", user) == found("0111", user) == found("1257", user) == numbers


def test_an_agent_needs_no_words(people: cast.Cast) -> None:
    database.execute("DELETE FROM client_word")
    agent = User(login="a", role="agent", agent=people.chen_yan)
    assert found("lw", agent) == found("伟", agent) == found("57", agent) == ["C001"]
    assert found("zhou", agent) == []


def test_whoever_is_new_is_found_before_their_words_are_made(people: cast.Cast) -> None:
    Client.create(client_no="C777", name="单立", phone="+12025550177")
    assert found("shan") == found("单") == found("0177") == ["C777"]
    assert not client_search.found(OPS, "shan", "CN", TODAY).is_behind


def test_another_name_or_telephone_is_known_after_the_next_turn(people: cast.Cast) -> None:
    cast.change(people.lin_wei, name="曾国强", phone="+12025550155")
    assert search_keys.bring_up_to_date(lambda: False) == 1
    assert (found("zeng"), found("0155"), found("linwei"), found("0111")) == (
        ["C001"],
        ["C001"],
        [],
        [],
    )
    assert search_keys.bring_up_to_date(lambda: False) == 0


def test_a_name_that_was_is_nobodys(people: cast.Cast) -> None:
    """Before the words are made anew, what is typed in characters is compared with the book itself."""
    cast.change(people.lin_wei, name="曾国强")
    assert found("林伟") == []


def test_it_ends_when_its_time_is_over_and_goes_on_there(people: cast.Cast) -> None:
    database.execute("DELETE FROM client_key")
    assert search_keys.bring_up_to_date(lambda: True) == 0
    assert search_keys.bring_up_to_date(lambda: False) == 2


def test_words_that_are_forgotten_find_nobody(people: cast.Cast) -> None:
    assert words_of(people.lin_wei)
    search_keys.forget([people.lin_wei.id])
    assert words_of(people.lin_wei) == []


def test_so_many_are_shown_at_the_most(people: cast.Cast) -> None:
    for number in range(client_search.MOST_FOUND + 5):
        Client.create(client_no=f"D{number:03}", name="林立")
    search_keys.bring_up_to_date(lambda: False)
    told = client_search.found(OPS, "lin", "CN", TODAY)
    assert (len(told.ids), told.is_cut) == (client_search.MOST_FOUND, True)


def test_a_manager_finds_her_own_among_many_namesakes(
    people: cast.Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And is told where so many names begin alike that not all of them were looked at."""
    for number in range(20):
        Client.create(client_no=f"D{number:03}", name="林伟")
    hers = Client.create(client_no="E001", name="林伟")
    cast.give_policy(hers, "P7", agent=people.chen_yan)
    search_keys.bring_up_to_date(lambda: False)
    manager = User(login="m", role="manager", branch=Branch.get(Branch.name == "上海"))
    assert found("林伟", manager) == ["C001", "E001"]
    monkeypatch.setattr(client_search, "MOST_ALIKE", {True: 10, False: 10})
    told = client_search.found(manager, "林伟", "CN", TODAY)
    assert (len(told.ids), told.is_cut) == (1, True)


@cast.on_sqlite
def test_no_table_is_read_for_it(people: cast.Cast, book: Book) -> None:
    manager = User(login="m", role="manager", branch=Branch.get(Branch.name == "上海"))
    agent = User(login="a", role="agent", agent=people.chen_yan)
    with looked_up.listening(book) as heard:
        for user in (OPS, manager, agent):
            for text in WAYS:
                client_search.found(user, text, "CN", TODAY)
        assert heard.faults() == []
