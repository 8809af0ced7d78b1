"""What a person chooses of a mapping is preset by the draft, and written as TOML."""

import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from policies.drafting import choices, draft, known
from policies.drafting import look as looks
from policies.drafting.choices import AS_SAID, UNSAID, Choices
from policies.drafting.look import Look

HEADER = "Policy No,Start,Annual Premium,Cust ID,First Name,Last Name,Advisor,State"
ROWS = [
    "A1,31/12/2025,1200,C7,Nora,Field,W1,active",
    "A2,30/11/2025,1300,C8,Otto,Hill,W1,dormant",
]


def seen(tmp_path: Path, *rows: str, header: str = HEADER) -> Look:
    path = tmp_path / "export.csv"
    path.write_text("\n".join([header, *(rows or ROWS)]), "utf-8")
    return looks.look(path, "US", "book")


def test_the_draft_is_what_is_chosen_at_first(tmp_path: Path) -> None:
    look = seen(tmp_path)
    found = choices.drafted(look)
    said = choices.told(found.tables, found.asked)
    assert (found.asked, said.dates) == ((), ["%d/%m/%Y"])
    assert said.columns["policy_no"] == "Policy No" and said.columns["client_name"] == AS_SAID
    assert choices.coded(look, said)["status"] == {"active": "in_force", "dormant": UNSAID}
    assert choices.unsaid(look, said) == ["status"]


def test_what_is_chosen_as_it_was_is_the_same_mapping(tmp_path: Path) -> None:
    look = seen(tmp_path)
    tables = choices.drafted(look).tables
    again = choices.chosen(tables, look, choices.told(tables, ()))
    assert tomllib.loads(choices.as_text(again)) == again == tables


@pytest.mark.parametrize(
    ("premium", "numbers", "asked"),
    [
        ("1200", None, ()),
        ("1,200.50", None, ()),
        ("1200,50", "1234,56", ()),
        ("1.200,50", "1.234,56", ()),
        ("1.200", None, ("numbers",)),  # 1,200, or 1.20
    ],
)
def test_a_draft_says_how_amounts_are_spelled_only_where_they_mean_one_amount(
    tmp_path: Path, premium: str, numbers: str | None, asked: tuple[str, ...]
) -> None:
    found = choices.drafted(seen(tmp_path, f'A1,2025-12-31,"{premium}",C7,Nora,Field,W1,active'))
    assert (found.tables.get("numbers"), found.asked) == (numbers, asked)


ASKED = [
    ("Start", "05/06/2025", "07/08/2025", ("date_formats",)),
    ("Start", "31/12/2025", "07/08/2025", ()),
    ("Annual Premium", "1.200", "1.300", ("numbers",)),
    ("Annual Premium", "1.200,50", "1.300,00", ()),
    ("Annual Premium", "1,200", "1,300.50", ()),
    ("Annual Premium", "1.200", "1300.5", ()),
    ("Premium", "1200", "1300", ("premium_per",)),
    ("Monthly Premium", "1200", "1300", ()),
]


@pytest.mark.parametrize(("header", "first", "second", "asked"), ASKED)
def test_what_can_be_read_in_several_ways_is_asked(
    tmp_path: Path, header: str, first: str, second: str, asked: tuple[str, ...]
) -> None:
    rows = [f'A1,"{first}"', f'A2,"{second}"']
    look = seen(tmp_path, *rows, header=f"Policy No,{header}")
    found = choices.drafted(look)
    assert found.asked == asked
    assert set(asked).isdisjoint(found.tables)
    assert choices.unsaid(look, choices.told(found.tables, found.asked)) == list(asked)


CHANGES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"numbers": "1.234,56"}, {"numbers": "1.234,56"}),
    ({"numbers": UNSAID}, {}),
    ({"dates": ["%d.%m.%Y"]}, {"date_formats": ["%d.%m.%Y"]}),
    ({"dates": [UNSAID]}, {}),
    ({"premium_per": "instalment"}, {"premium_per": "instalment"}),
    ({"end_only_when_ended": True}, {"end_only_when_ended": True}),
    ({"constants": {"agent_no": "W1", "policy_no": "P1"}}, {"constants": {"agent_no": "W1"}}),
    ({"codes": {"gender": {"m": "M"}}}, {}),
]


@pytest.mark.parametrize(("change", "written"), CHANGES)
def test_a_choice_is_a_line_of_the_mapping(
    tmp_path: Path, change: dict[str, Any], written: dict[str, Any]
) -> None:
    look = seen(tmp_path)
    said = msgspec.structs.replace(Choices(columns={"policy_no": "Policy No"}), **change)
    tables = choices.chosen({}, look, said)
    assert tables == {"columns": {"policy_no": "Policy No"}, **written}


def test_what_nobody_is_asked_stays_as_it_was(tmp_path: Path) -> None:
    look = seen(tmp_path)
    before = {"encoding": "cp932", "totals": "Total", "columns": {"client_name": {"join": ["a"]}}}
    said = Choices(columns={"client_name": AS_SAID, "policy_no": "Policy No"})
    columns = {"client_name": {"join": ["a"]}, "policy_no": "Policy No"}
    assert choices.chosen(before, look, said) == {**before, "columns": columns}


def test_a_column_of_our_name_that_is_not_chosen_is_not_read(tmp_path: Path) -> None:
    look = seen(tmp_path, "A1,x", "A2,y", header="policy_no,Status")
    both = Choices(columns={"policy_no": "policy_no", "status": "Status"})
    one = Choices(columns={"policy_no": "policy_no", "status": ""})
    assert "own_headers" not in choices.chosen({}, look, both)
    assert choices.chosen({}, look, one)["own_headers"] is False


def test_codes_are_of_the_column_that_is_chosen_now(tmp_path: Path) -> None:
    look = seen(tmp_path, "A1,active,x", "A2,lapsed,y", header="Policy No,State,Other")
    said = Choices(columns={"status": "Other"}, codes={"status": {"active": "in_force"}})
    tables = choices.chosen({}, look, said)
    assert tables["codes"] == {"status": {"x": UNSAID, "y": UNSAID}}


@pytest.mark.parametrize("column", sorted(draft.CODED))
def test_no_code_is_drafted_that_is_none_of_ours(column: str) -> None:
    meant = {draft.meant(column, theirs) for theirs in known.codes(column)}
    assert meant <= draft.CODED[column] | {draft.UNKNOWN}
