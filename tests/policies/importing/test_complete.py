"""Complete files: what they leave out is reported and paused, or void (domain.md §9.6)."""

from collections.abc import Iterable
from pathlib import Path

import peewee
import pytest

from policies import errors
from policies.importing import kinds as file_kinds
from policies.importing.book.upsert import SeenIds
from policies.importing.kinds import Kind, Said
from policies.importing.mapping.mapping import Mapping
from policies.models import BookImport, Client, Policy, Premium
from servicing.core.models import CardEntry, Touched
from tests import cast
from tests.policies.importing.book_files import everything, load, load_ledger, mapping_of, row

NORTH = {"branch": "North", "agent_no": "A1"}
SOUTH = {"branch": "South", "agent_no": "A2"}


def book_of(numbers: Iterable[int], **facts: str) -> list[dict[str, str]]:
    """A policy of a client of its own for each number."""
    return [row(f"P{each:03}", client_no=f"C{each:03}", **{**NORTH, **facts}) for each in numbers]


TWELVE = range(1, 13)


def times() -> dict[str, int]:
    """By policy how often complete files have left it out, where they have."""
    query = Policy.select().where(Policy.left_out_times > 0)
    return {each.policy_no: each.left_out_times for each in query}


FILES: list[tuple[list[list[dict[str, str]]], dict[str, int]]] = [
    ([book_of(range(2, 13))], {"P001": 1}),
    ([book_of(range(2, 13)), book_of(range(2, 13))], {"P001": 2}),
    ([book_of(range(2, 13))] * 3, {"P001": 2}),
    ([book_of(range(2, 13)), book_of(TWELVE)], {}),
    ([book_of(range(2, 13)), book_of(TWELVE), book_of(range(2, 13))], {"P001": 1}),
    ([book_of([101, 102], **SOUTH)], {}),
    ([[*book_of(range(2, 13)), *book_of([1], status="lapsed")]], {}),
    ([[*book_of(range(2, 13)), *book_of([1], annual_premium="")]], {}),
]


@pytest.mark.parametrize(("files", "left_out"), FILES)
def test_a_policy_is_left_out_by_the_complete_files_of_its_branch(
    book: peewee.Database,
    tmp_path: Path,
    files: list[list[dict[str, str]]],
    left_out: dict[str, int],
) -> None:
    load(tmp_path, *book_of(TWELVE), *book_of([101, 102], **SOUTH))
    for each in files:
        load(tmp_path, *each, complete=True)
    assert times() == left_out
    assert Policy.select().count() == 14


def test_what_a_file_leaves_out_stays_unless_it_says_that_it_is_complete(
    book: peewee.Database, tmp_path: Path
) -> None:
    load(tmp_path, *book_of(TWELVE))
    assert load(tmp_path, *book_of([1])).outcome.left_out is None
    assert (times(), CardEntry.select().count()) == ({}, 0)


def test_a_file_of_the_whole_book_speaks_of_branches_that_it_does_not_name(
    book: peewee.Database, tmp_path: Path
) -> None:
    load(tmp_path, *book_of(TWELVE), *book_of([101], **SOUTH))
    load(tmp_path, *book_of(TWELVE), complete="book")
    assert times() == {"P101": 1}


def test_what_has_ended_may_be_left_out(book: peewee.Database, tmp_path: Path) -> None:
    load(tmp_path, *book_of(TWELVE), *book_of([13], status="surrendered", ended_on="2026-01-10"))
    assert load(tmp_path, *book_of(TWELVE), complete=True).warnings == []
    assert times() == {}


def test_a_reassigned_policy_comes_in_the_file_of_its_earlier_agent_until_a_book_agrees(
    book: peewee.Database, tmp_path: Path
) -> None:
    load(tmp_path, *book_of(TWELVE), *book_of([101, 102], **SOUTH))
    policy = Policy.get(Policy.policy_no == "P001")
    was, other = policy.agent, Policy.get(Policy.policy_no == "P101").agent
    Policy.update(agent=other).where(Policy.id == policy.id).execute()
    cast.give_handing(Policy.get_by_id(policy.id), "2026-01-10", was=was)
    load(tmp_path, *book_of([101, 102], **SOUTH), complete=True)
    assert times() == {}
    load(tmp_path, *book_of(range(2, 13)), complete=True)
    assert times() == {"P001": 1}


def test_a_policy_that_was_paused_is_served_anew_from_the_day_it_is_named(
    book: peewee.Database, tmp_path: Path
) -> None:
    load(tmp_path, *book_of(TWELVE), joined="2026-01-01")
    for _ in range(2):
        load(tmp_path, *book_of(range(2, 13)), complete=True)
    load(tmp_path, *book_of(TWELVE), joined="2026-03-01")
    served = Policy.get(Policy.policy_no == "P001")
    assert (served.left_out_times, str(served.served_from)) == (0, "2026-03-01")
    lines = [(each.kind, each.facts) for each in CardEntry.select().order_by(CardEntry.id)]
    assert lines == [
        ("policy.left_out", '{"left_out_times": [0, 1]}'),
        ("policy.left_out", '{"left_out_times": [1, 2]}'),
        (
            "policy.named_again",
            '{"left_out_times": [2, 0], "served_from": ["2026-01-01", "2026-03-01"]}',
        ),
    ]


@pytest.mark.parametrize(("kept", "is_asked"), [(18, False), (17, True), (0, True)])
def test_more_than_a_tenth_is_asked_about_and_nothing_is_written(
    book: peewee.Database, tmp_path: Path, kept: int, is_asked: bool
) -> None:
    load(tmp_path, *book_of(range(20)))
    rows = [*book_of(range(kept)), *book_of([900])]
    before = everything()
    if not is_asked:
        load(tmp_path, *rows, complete=True)
        return
    with pytest.raises(errors.DropsTooMany):
        load(tmp_path, *rows, complete=True)
    assert everything() == before
    assert load(tmp_path, *rows, complete=True, dry_run=True).outcome.left_out is not None
    assert everything() == before
    load(tmp_path, *rows, complete=True, drops_much=True)
    assert len(times()) == 20 - kept


def test_an_import_remembers_what_it_left_out(book: peewee.Database, tmp_path: Path) -> None:
    load(tmp_path, *book_of(TWELVE))
    load(tmp_path, *book_of(range(2, 13)), complete=True)
    done = BookImport.select().order_by(BookImport.id.desc()).get()
    assert (done.complete, done.left_out) == ("branches", 1)


# --------------------------------------------------------------------------------------- ledgers


def due(due_date: str, policy_no: str = "P001", **facts: str) -> dict[str, str]:
    known = {"policy_no": policy_no, "due_date": due_date, "amount": "12000", "paid_on": ""}
    return {**known, **facts}


def ledger() -> list[tuple[str, str]]:
    query = Premium.select().order_by(Premium.policy, Premium.due_date)
    return [(each.policy.policy_no, str(each.due_date)) for each in query]


MAY, JUNE, PAID = due("2026-05-01"), due("2026-06-01"), due("2026-04-01", paid_on="2026-04-01")
OTHERS = due("2026-05-01", "P900")

LEDGERS: list[tuple[list[dict[str, str]], list[tuple[str, str]], str]] = [
    ([JUNE], [("P001", "2026-06-01"), ("P900", "2026-05-01")], "moved: not asked about"),
    (
        [PAID, MAY, JUNE],
        [*(("P001", f"2026-0{month}-01") for month in (4, 5, 6)), ("P900", "2026-05-01")],
        "nothing is left out",
    ),
    (
        [OTHERS],
        [("P001", "2026-04-01"), ("P001", "2026-05-01"), ("P900", "2026-05-01")],
        "a policy that is not in the file keeps its ledger",
    ),
    (
        [MAY, due("never"), OTHERS],
        [("P001", "2026-04-01"), ("P001", "2026-05-01"), ("P900", "2026-05-01")],
        "of a policy with a refused row nothing is void",
    ),
]


@pytest.mark.parametrize(("rows", "stand", "why"), LEDGERS)
def test_an_instalment_that_a_complete_ledger_leaves_out_is_void(
    book: peewee.Database,
    tmp_path: Path,
    rows: list[dict[str, str]],
    stand: list[tuple[str, str]],
    why: str,
) -> None:
    cast.everybody()
    load_ledger(tmp_path, PAID, MAY, OTHERS)
    load_ledger(tmp_path, *rows, complete=True, drops_much=True)
    assert ledger() == stand, why


def test_the_card_tells_of_a_void_instalment_and_of_its_payment(
    book: peewee.Database, tmp_path: Path
) -> None:
    cast.everybody()
    load_ledger(tmp_path, PAID, MAY)
    done = load_ledger(tmp_path, JUNE, due("2026-07-01"), complete=True)
    assert done.outcome.left_out is not None
    assert done.outcome.left_out.counts == {"left_out": 2, "left_out_paid": 1}
    lines = [each.facts for each in CardEntry.select().order_by(CardEntry.id)]
    assert lines == [
        '{"due_date": "2026-04-01", "amount": "12000.00", "paid_on": ["2026-04-01", null]}',
        '{"due_date": "2026-05-01", "amount": "12000.00"}',
    ]


def test_a_ledger_that_drops_more_than_a_tenth_is_asked_about(
    book: peewee.Database, tmp_path: Path
) -> None:
    cast.everybody()
    load_ledger(tmp_path, PAID, MAY)
    before = ledger()
    with pytest.raises(errors.DropsTooMany):
        load_ledger(tmp_path, MAY, complete=True)
    assert ledger() == before


def test_a_fresh_instalment_is_noted_where_there_was_a_ledger_and_costs_nothing_else(
    book: peewee.Database, tmp_path: Path
) -> None:
    cast.everybody()
    load_ledger(tmp_path, MAY)
    assert Touched.select().count() == 0
    load_ledger(tmp_path, MAY, JUNE, OTHERS)
    assert [(each.client_id, each.anchor) for each in Touched.select()] == [
        (Client.get(Client.client_no == "C001").id, "premium_due")
    ]
    assert CardEntry.select().count() == 0


# ------------------------------------------------------------------------------- how it is said


@pytest.mark.parametrize(
    ("said", "book_scope", "ledger_scope"),
    [
        (False, "", ""),
        (True, "branches", "policies"),
        ("branches", "branches", ""),
        ("book", "book", ""),
        ("policies", "", "policies"),
    ],
)
def test_one_mapping_may_say_it_of_both_kinds_of_file(
    said: Said, book_scope: str, ledger_scope: str
) -> None:
    kinds: tuple[Kind, Kind] = ("book", "premiums")
    assert [file_kinds.scope_of(said, kind) for kind in kinds] == [book_scope, ledger_scope]


def test_a_mapping_says_that_its_files_are_complete(book: peewee.Database, tmp_path: Path) -> None:
    mapping = mapping_of(tmp_path, "complete = true\n")
    assert mapping == Mapping(complete=True)
    load(tmp_path, *book_of(TWELVE))
    load(tmp_path, *book_of(range(2, 13)), mapping=mapping)
    assert times() == {"P001": 1}


@pytest.mark.parametrize("said", ['"yes"', "1", '["book"]'])
def test_a_mapping_that_says_something_else_is_refused(tmp_path: Path, said: str) -> None:
    with pytest.raises(errors.BadSetting):
        mapping_of(tmp_path, f"complete = {said}\n")


def test_the_ids_that_a_file_has_spoken_of_come_back_in_order() -> None:
    seen = SeenIds()
    seen.update([900, 3, 17, 8])
    assert list(seen) == [3, 8, 17, 900]
