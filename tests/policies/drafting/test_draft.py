"""A draft of a mapping says what a file leaves no doubt of, and misleads nobody."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from policies.drafting import draft
from policies.drafting import look as looks
from policies.importing.mapping.patterns import Pattern
from tests.policies.importing import workbook_files
from tests.refusals import english


def text_of(look: looks.Look) -> str:
    return draft.mapping_text(look, english)


def drafted(folder: Path, *lines: str) -> dict[str, Any]:
    path = folder / "export.csv"
    path.write_text("\n".join(lines), "utf-8")
    return tomllib.loads(text_of(looks.look(path, "US")))


NAMES = [
    ("业务员,业务员工号", {"agent_no": "业务员工号", "agent_name": "业务员"}),
    ("业务员", {"agent_no": "业务员"}),
    ("业务员,业务员姓名,业务员工号", {"agent_no": "业务员工号", "agent_name": "业务员姓名"}),
    ("Agent,Agent Code", {"agent_no": "Agent Code", "agent_name": "Agent"}),
    ("Vermittler,Vermittlernummer", {"agent_no": "Vermittlernummer", "agent_name": "Vermittler"}),
    ("Client,Client ID", {"client_no": "Client ID", "client_name": "Client"}),
    ("Insured Name,Owner Name", {"client_name": "Owner Name"}),
    ("Insured Name", {"client_name": "Insured Name"}),
]


@pytest.mark.parametrize(("header", "columns"), NAMES)
def test_a_name_is_not_taken_for_the_number_beside_it(
    tmp_path: Path, header: str, columns: dict[str, str]
) -> None:
    cells = ",".join(f"X{place}" for place, _ in enumerate(header.split(",")))
    assert drafted(tmp_path, header, cells)["columns"] == columns


TERMS = [
    ("20", "20"),
    ("20年", "20"),
    ("20 years", "20"),
    ("趸交", ""),
    ("终身", ""),
    ("至60岁", None),
    ("60岁", None),
    ("to age 65", None),
    ("5/10", None),
]


@pytest.mark.parametrize(("cell", "years"), TERMS)
def test_the_years_of_a_term_are_never_an_age(tmp_path: Path, cell: str, years: str | None) -> None:
    made = drafted(tmp_path, "保单号,缴费年期", f"P1,{cell}", "P2,10年")["columns"]
    assert Pattern(made["premium_term_years"]["match"]).taken(cell) == years


AMOUNTS = [
    (["30万", "1.5万"], "1,234.56"),
    (["¥1,200", "¥300"], "1,234.56"),
    (["1,200", "300.50"], None),
    (["1200元", "300元"], "1234.56"),
    (["1.200,50 €", "300,00 €"], "1.234,56"),
]


@pytest.mark.parametrize(("cells", "numbers"), AMOUNTS)
def test_amounts_with_signs_are_drafted_so_that_they_are_read(
    tmp_path: Path, cells: list[str], numbers: str | None
) -> None:
    rows = [f'P{place},"{cell}"' for place, cell in enumerate(cells)]
    found = drafted(tmp_path, "Policy No,Sum Assured", *rows)
    assert found.get("numbers") == numbers


def test_a_maturity_is_no_end_of_a_policy_in_force(tmp_path: Path) -> None:
    rows = ["P1,aktiv,2050-01-01", "P2,aktiv,", "P3,storniert,"]
    found = drafted(tmp_path, "Vertragsnummer,Status,Ablauf", *rows)
    assert (found["columns"]["ended_on"], found["end_only_when_ended"]) == ("Ablauf", True)


def test_policies_whose_numbers_begin_like_a_total_are_none(tmp_path: Path) -> None:
    header = "Policy No,Client Name,Status"
    found = drafted(tmp_path, header, "SUM1,Ann,active", "SUM2,Bob,active", "Total,,")
    assert found["totals"] == ["Total"]


def test_what_steers_a_terminal_or_breaks_a_line_stays_out_of_remarks(tmp_path: Path) -> None:
    lines = ['Policy No,"No\nsuch = 1","\x1b[31mRed",Status', 'P1,1,2,"a\x7f"']
    found = drafted(tmp_path, *lines)
    assert found["columns"] == {"policy_no": "Policy No", "status": "Status"}
    assert found["codes"] == {"status": {"a\x7f": "?"}}


@pytest.mark.parametrize("form", sorted(workbook_files.WRITERS))
def test_a_title_and_a_cover_are_seen_before_the_list_of_a_workbook(
    tmp_path: Path, form: str
) -> None:
    title = [["In force"], ["Policy Number", "Start"]]
    sheets = {
        "Cover": [["Prepared for"], ["North"]],
        "North": [*title, ["P1", "2026-01-10"]],
        "South": [*title, ["P2", "2026-01-10"]],
    }
    path = tmp_path / "export.bin"
    path.write_bytes(workbook_files.WRITERS[form](sheets, []))
    look = looks.look(path, "US")
    assert (look.header_row, look.rows, look.sheets) == (2, 2, ("North", "South"))
    assert [english(each) for each in look.told] == [
        "1 sheet has another header and was not read: Cover"
    ]


def test_an_encoding_that_nobody_finds_can_be_said(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes("Policy No,Name\nP1,Zoë\n".encode("cp850"))
    look = looks.look(path, "US", encoding="cp850")
    assert [each.samples for each in look.columns] == [("P1",), ("Zoë",)]
    assert 'encoding = "cp850"' in text_of(look)
