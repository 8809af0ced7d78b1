"""Numbers that nobody can tell from one another are not two."""

from pathlib import Path

import peewee
import pytest

from policies import models
from policies.importing import importer
from policies.importing.findings import Findings
from policies.importing.sense import twins
from tests import cast
from tests.policies.importing.book_files import load, row

PLAIN = {"policy_no": "P1", "client_no": "C1", "agent_no": "A1"}
INVISIBLE, WIDTH = "\u200b", {"P1": "Ｐ1", "C1": "Ｃ１", "A1": "Ａ1"}

SEEN = [
    ("P1", "P1"),
    ("P\u200b1", "P1"),
    ("\u202eP1\u202c", "P1"),
    ("Ｐ１", "P1"),
    ("P\u00a01", "P 1"),
    ("京A1", "京A1"),
    ("p1", "p1"),
]


@pytest.mark.parametrize(("number", "seen"), SEEN)
def test_a_number_is_seen_without_what_nobody_sees(number: str, seen: str) -> None:
    assert twins.seen_as(number) == seen


def spelled(column: str, spelling: str) -> dict[str, str]:
    """A row of another policy whose number in that column is spelled otherwise."""
    others = {"policy_no": "P2", "client_no": "C1", "agent_no": "A1"}
    return row(**{**others, column: spelling})


SPELLINGS = [
    (column, spelling)
    for column, plain in PLAIN.items()
    for spelling in (WIDTH[plain], f"{plain[0]}\u200b{plain[1]}", f"{plain[0]}\u00ad{plain[1]}")
]


@pytest.mark.parametrize("rows_at_a_time", [1, 9])
@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(("column", "spelling"), SPELLINGS)
@cast.on_one
def test_the_later_of_two_that_look_alike_is_refused(
    book: peewee.Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    column: str,
    spelling: str,
    order: int,
    rows_at_a_time: int,
) -> None:
    monkeypatch.setattr(importer, "BATCH_ROWS", rows_at_a_time)
    found = load(tmp_path, *[row(**PLAIN), spelled(column, spelling)][::order])
    assert [(each.line, each.column) for each in found.rejects] == [(3, column)]


@pytest.mark.parametrize(("column", "spelling"), SPELLINGS)
@cast.on_one
def test_one_that_looks_like_one_of_the_book_is_refused(
    book: peewee.Database, tmp_path: Path, column: str, spelling: str
) -> None:
    load(tmp_path, row(**PLAIN))
    found = load(tmp_path, spelled(column, spelling))
    assert [(each.line, each.column) for each in found.rejects] == [(2, column)]
    assert "one in the book" in found.why[0]


UNSEEN = [
    ("P\u200b1", "P1"),
    ("\ufeffP1", "P1"),
    ("P1\u00ad", "P1"),
    ("Ｐ１", ""),
    ("京A1", ""),
    ("P1", ""),
]


@pytest.mark.parametrize("column", ["policy_no", "client_no", "agent_no"])
@pytest.mark.parametrize(("number", "seen"), UNSEEN)
@cast.on_one
def test_a_new_number_with_what_nobody_sees_is_told_once(
    book: peewee.Database, tmp_path: Path, number: str, seen: str, column: str
) -> None:
    first, again = (load(tmp_path, row(**{column: number})) for _ in range(2))
    told = [
        (each.code, each.facts["lines"], each.facts["names"]) for each in first.outcome.warnings
    ]
    assert told == ([("numbers_with_unseen", [2], [seen])] if seen else [])
    assert again.warnings == []


@cast.on_one
def test_what_the_book_has_already_stays_in_it(book: peewee.Database, tmp_path: Path) -> None:
    people = cast.everybody()
    models.Policy.update(policy_no="P\u200b001").where(
        models.Policy.id == people.policies[0].id
    ).execute()
    assert load(tmp_path, row("P\u200b001")).rejects == []


@pytest.mark.parametrize(
    ("file", "counted"),
    [(["P1", "p1"], 1), (["p1"], 1), (["P1", "P2"], 0), (["pa1", "Pa1", "PA1"], 2)],
)
@cast.on_one
def test_numbers_that_differ_in_case_are_two_and_are_told(
    book: peewee.Database, tmp_path: Path, file: list[str], counted: int
) -> None:
    if len(file) == 1:
        load(tmp_path, row("P1"))
    found = load(tmp_path, *map(row, file))
    assert found.rejects == []
    told = [each.facts["count"] for each in found.outcome.warnings]
    assert told == [counted] * bool(counted)
    assert load(tmp_path, *map(row, file)).warnings == []


AMONG = [
    (["P1", "P2", "P10"], True),
    (["p1", "p2"], True),
    (["P1", "p2"], True),
    (["P1", "p1"], False),
    ([], True),
]


@pytest.mark.parametrize(("numbers", "are_plain"), AMONG)
def test_numbers_of_which_none_is_odd_are_seen_at_a_glance(
    numbers: list[str], are_plain: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[str] = []

    def seen_as(number: str) -> str:
        looked_at.append(number)
        return number

    monkeypatch.setattr(twins, "seen_as", seen_as)
    found = twins.Twins(models.Policy, "policy_no", Findings(), is_first=True)
    assert found.refusals(numbers, range(2, 2 + len(numbers)), {}).keys() <= set(range(9))
    assert bool(looked_at) is not are_plain


ZEROS = [
    (["0012"], ["12"], "policy_no", 1),
    (["12"], ["0012"], "policy_no", 1),
    (["0012"], ["012"], "policy_no", 1),
    (["000012", "99"], ["0012", "13"], "policy_no", 1),
    ([], ["0012", "12"], "policy_no", 1),
    (["0012"], ["12"], "client_no", 1),
    (["007"], ["7"], "agent_no", 1),
    (["0012"], ["120", "A12", "0A12"], "policy_no", 0),
    (["0"], ["00"], "policy_no", 1),
    (["4711"], ["4711.0"], "client_no", 1),
    (["4711.0"], ["4711"], "client_no", 1),
    (["0012"], ["12.0"], "policy_no", 1),
    ([], ["12.0", "12"], "policy_no", 1),
    (["4711"], ["4711.1", "K4711.0"], "client_no", 0),
    (["A012"], ["A12"], "policy_no", 0),
]


@pytest.mark.parametrize(("before", "file", "column", "counted"), ZEROS)
def test_numbers_that_lost_their_zeros_are_told(
    book: peewee.Database,
    tmp_path: Path,
    before: list[str],
    file: list[str],
    column: str,
    counted: int,
) -> None:
    def rows(numbers: list[str], word: str) -> list[dict[str, str]]:
        return [row(**{"policy_no": f"{word}{each}", column: each}) for each in numbers]

    if before:
        load(tmp_path, *rows(before, "X"))
    found = load(tmp_path, *rows(file, "Y"))
    assert found.rejects == []
    told = {each.code: each.facts["count"] for each in found.outcome.warnings}
    assert told.get("numbers_differ_in_zeros", 0) == counted
    assert "numbers_differ_in_case" not in told
