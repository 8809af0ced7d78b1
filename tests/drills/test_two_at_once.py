"""Two of a kind at once, as processes, on SQLite and on PostgreSQL: the same end state as one.

Numbers of rows are compared on SQLite only: PostgreSQL's counters skip some when two race, so there
rows are told apart by what they say.
"""

import os
import shutil
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance import tables
from tests.acceptance.frontdoor import DAY, NOON
from tests.acceptance.tables import Tables
from tests.drills import books, jobs
from tests.drills.jobs import end_well, together
from tests.drills.letters import assert_each_left_once, letters

POLICIES = 300
IMPORT = ("book", "import", "book.csv", "--joined", books.days_before(3))
LEDGER = ("book", "import", "premiums.csv", "--premiums")
LATER = ("book", "import", "later.csv", "--joined", DAY)
WALK = ("walk", "--on", DAY)
DISPATCH = ("dispatch", "--now", NOON)

BY_NAME = {"client_id": "client", "policy_id": "policy", "agent_id": "agent", "done_by_id": "agent"}
NAMES = {"client": "client_no", "policy": "policy_no", "agent": "agent_no"}

Office = Callable[[str], Path]


@pytest.fixture
def urls(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """The addresses of two databases of one kind: where one works, and where two do."""
    if database_url.startswith("sqlite"):
        yield [f"sqlite:///{tmp_path / name}.db" for name in ("one", "two")]
        return
    server = request.getfixturevalue("postgres_server")
    other = server.new_database()
    yield [database_url, server.url(other)]
    server.drop(other)


@pytest.fixture
def one(urls: list[str], sample_office: Path, tmp_path: Path) -> Path:
    return with_database(sample_office, tmp_path / "one", urls[0])


@pytest.fixture
def two(urls: list[str], sample_office: Path, tmp_path: Path) -> Path:
    return with_database(sample_office, tmp_path / "two", urls[1])


@pytest.fixture(scope="module")
def sample_office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a book and of the same book later."""
    home = tmp_path_factory.mktemp("sample")
    books.make_files(home, POLICIES)
    books.write_later_book(home, new=60)
    return home


def with_database(files: Path, home: Path, url: str) -> Path:
    shutil.copytree(files, home)
    end_well(("init", "--database", url), home)
    return home


def url_of(home: Path) -> str:
    settings = tomllib.loads((home / "servicing.toml").read_text("utf-8"))
    return settings["servicing"]["database"]


def found(home: Path) -> Tables:
    """The tables with all their numbers, without the moments; each workspace makes its own keys."""
    rows_of = tables.without_moments(tables.held(url_of(home), home))
    rows_of.pop("secret")
    return rows_of


def held(home: Path) -> Tables:
    """The tables, with rows told apart by what they say where numbers may differ."""
    return found(home) if url_of(home).startswith("sqlite:") else by_name(found(home))


def by_name(rows_of: Tables) -> Tables:
    """Every row with names instead of numbers, in the order of what it says."""
    names: dict[str, dict[Any, Any]] = {
        table: {row["id"]: row[name] for row in rows_of[table]} for table, name in NAMES.items()
    }
    names["touchpoint"] = {
        row["id"]: (names["policy"][row["policy_id"]], row["key"], row["occurrence"])
        for row in rows_of["touchpoint"]
    }
    names["text_base"] = {row["id"]: row["digest"] for row in rows_of["text_base"]}
    for table in ("branch", "team"):
        names[table] = {row["id"]: row["name"] for row in rows_of[table]}
    links = {**BY_NAME, "touchpoint_id": "touchpoint", "team_id": "team", "branch_id": "branch"}

    def said(row: dict[str, Any]) -> dict[str, Any]:
        told = {
            name: names[links[name]].get(value) if name in links else value
            for name, value in row.items()
        }
        for number in ("id", "policy_mark"):
            told.pop(number, None)
        if packed := told.get("packed_text"):
            base = int.from_bytes(packed[:3], "big")  # whoever comes first keeps the words first
            told["packed_text"] = (names["text_base"][base], packed[3:])
        if told.get("provider_ref"):
            told["provider_ref"] = "…"  # the outbox names its files by the message's number
        if '"ref"' in str(told.get("facts", "")):
            told["facts"] = "…"
        return told

    return {name: sorted(map(said, rows), key=repr) for name, rows in rows_of.items()}


def due(home: Path) -> dict[tuple[str, ...], str]:
    """Every touchpoint, by what it is and whose, and the policy that carries it."""
    rows = by_name(found(home))["touchpoint"]
    return {
        (
            *(row["client_id"], row["key"], row["occurrence"], row["due_on"]),
            *([row["policy_id"]] if row["scope"] == "policy" else []),
        ): row["policy_id"]
        for row in rows
    }


def gone(home: Path) -> set[tuple[str, ...]]:
    """The touchpoints of clients whose message has left, or may not, named as in `due`."""
    rows = found(home)
    client = {row["id"]: row["client_no"] for row in rows["client"]}
    ended = ("accepted", "suppressed")
    left = {row["touchpoint_id"] for row in rows["message"] if row["state"] in ended}
    return {
        (client[row["client_id"]], row["key"], row["occurrence"], row["due_on"])
        for row in rows["touchpoint"]
        if row["id"] in left
    }


def assert_both_ended_well(ended: list[tuple[int, str]]) -> None:
    for code, said in ended:
        assert code == 0, said


def test_two_imports_at_once_are_one(one: Path, two: Path) -> None:
    end_well(IMPORT, one)
    assert_both_ended_well(together([IMPORT, IMPORT], two))
    assert held(two) == held(one)
    end_well(LEDGER, one)
    assert_both_ended_well(together([LEDGER, LEDGER], two))
    assert held(two) == held(one)


def test_two_imports_of_a_changed_book_at_once_are_one(one: Path, two: Path) -> None:
    for home in (one, two):
        for job in (IMPORT, LEDGER, WALK):
            end_well(job, home)
    end_well(LATER, one)
    assert_both_ended_well(together([LATER, LATER], two))
    assert held(two) == held(one)


def test_two_walks_at_once_are_one(one: Path, two: Path) -> None:
    for home in (one, two):
        end_well(IMPORT, home)
        end_well(LEDGER, home)
    end_well(WALK, one)
    assert_both_ended_well(together([WALK, WALK], two))
    assert len(found(two)["touchpoint"]) > 100
    assert held(two) == held(one)


def test_two_dispatches_at_once_send_every_message_once(one: Path, two: Path) -> None:
    for home in (one, two):
        for job in (IMPORT, LEDGER, WALK):
            end_well(job, home)
    end_well(DISPATCH, one)
    assert_both_ended_well(together([DISPATCH, DISPATCH], two))
    assert len(letters(two)) > 50
    assert by_name(found(two)) == by_name(found(one))
    assert_each_left_once(found(two), letters(two).keys())


def test_four_dispatches_of_a_few_messages_each_send_every_message_once(
    one: Path, two: Path
) -> None:
    for home in (one, two):
        for job in (IMPORT, LEDGER, WALK):
            end_well(job, home)
    end_well(DISPATCH, one)
    few = (*DISPATCH, "--limit", 20)
    while len(letters(two)) < len(letters(one)):
        before = len(letters(two))
        assert_both_ended_well(together([few] * 4, two))
        assert len(letters(two)) > before
    assert by_name(found(two)) == by_name(found(one))
    assert_each_left_once(found(two), letters(two).keys())


def test_all_of_them_at_once_end_as_one_after_the_other(one: Path, two: Path) -> None:
    """An import, a walk and a dispatch meet; a walk and a dispatch afterwards make the rest."""
    for home in (one, two):
        for job in (IMPORT, LEDGER, WALK):
            end_well(job, home)
    for job in (LATER, WALK, DISPATCH):
        end_well(job, one)
    assert_both_ended_well(together([LATER, WALK, DISPATCH], two))
    for job in (WALK, DISPATCH):
        end_well(job, two)
    owed, carried = due(one), due(two)
    assert carried.keys() == owed.keys()
    # what had its end before the import told that its policy has ended stays with that policy
    assert {each for each in owed if carried[each] != owed[each]} <= gone(two)
    assert not [row for row in found(two)["message"] if row["state"] in ("sending", "unknown")]
    sent = {row["id"] for row in found(two)["message"] if row["state"] == "accepted"}
    assert letters(two).keys() == sent


ESCALATE, CALL_BACKS = ("cases", "escalate", "--on", DAY), ("callbacks", "open", "--on", DAY)


def with_cases(home: Path) -> None:
    """A book with twelve complaints that are about to be over, or are."""
    end_well(IMPORT, home)
    for number in range(12):
        received = ("--received", books.days_before(10 + number % 8))
        whose = ("--client", f"C{number // 2 + 1:06}") if number % 4 else ()
        end_well(("cases", "open", "complaint", *whose, *received, "--text", "late"), home)


def cases(home: Path) -> list[tuple[object, ...]]:
    """Each case by what it is, with all that was done in it."""
    rows = found(home)
    policy = {row["id"]: row["policy_no"] for row in rows["policy"]}
    entries: dict[int, list[tuple[object, ...]]] = {row["id"]: [] for row in rows["case_file"]}
    for row in rows["case_entry"]:
        told = (row["step"], row["done_on"], row["reason"], row["set_on"], row["to_state"])
        entries[row["case_id"]].append(told)
    named = ("kind", "received_on", "state", "due_on", "moves", "escalation", "escalated_due")
    return sorted(
        (
            policy.get(row["policy_id"], ""),
            *(str(row[name]) for name in named),
            tuple(entries[row["id"]]),
        )
        for row in rows["case_file"]
    )


def test_two_who_let_cases_go_up_at_once_are_one(one: Path, two: Path) -> None:
    for home in (one, two):
        with_cases(home)
    end_well(ESCALATE, one)
    assert_both_ended_well(together([ESCALATE, ESCALATE], two))
    end_well(ESCALATE, two)  # who was disturbed by the other looks again the next time
    assert cases(two) == cases(one)
    assert any("escalated" in str(each) for each in cases(one))


def test_two_who_open_call_backs_at_once_are_one(one: Path, two: Path) -> None:
    for home in (one, two):
        end_well(IMPORT, home)
    end_well(CALL_BACKS, one)
    assert_both_ended_well(together([CALL_BACKS, CALL_BACKS], two))
    end_well(CALL_BACKS, two)
    assert cases(two) == cases(one) != []


def test_who_is_killed_again_and_again_ends_as_one_who_was_not(one: Path, two: Path) -> None:
    for home in (one, two):
        with_cases(home)
        end_well(CALL_BACKS, home)
    end_well(ESCALATE, one)
    moment = 0.0
    while jobs.kill_after(moment, jobs.start(ESCALATE, two)):
        moment += 0.01
    end_well(ESCALATE, two)
    assert cases(two) == cases(one)


def somebody_waits(home: Path) -> bool:
    """Whether a process waits for another one's lock in this PostgreSQL."""
    import psycopg

    with psycopg.connect(url_of(home)) as connection:
        return bool(connection.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchall())


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_policies_that_come_in_while_a_day_is_walked_are_not_forgotten(
    one: Path, two: Path
) -> None:
    """SQLite has one writer; on PostgreSQL an import may end in the middle of a walk."""
    tomorrow = ("walk", "--on", books.days_before(-1))
    newcomers = ("book", "import", "later.csv", "--joined", DAY)
    for home in (one, two):
        end_well(("book", "import", "book.csv", "--joined", DAY), home)
    for job in (WALK, newcomers, tomorrow):
        end_well(job, one)

    walking, let_go = jobs.walk_to_the_middle(WALK, two)
    importing = jobs.start(newcomers, two)
    while not jobs.has_ended(importing) and not somebody_waits(two):
        os.sched_yield()
    let_go()
    assert_both_ended_well([jobs.finish(walking), jobs.finish(importing)])
    end_well(tomorrow, two)
    assert due(two) == due(one)
