"""What real files need is said in a mapping: how cells are made, and which rows count."""

from pathlib import Path

import pytest

from policies import errors
from policies.importing.mapping import loading
from tests.policies.importing.as_read import NAMED, read, read_text, row
from tests.refusals import english, refuses


def made(column: str, how: str) -> str:
    """A mapping that makes one column in its own way."""
    lines = [line for line in NAMED.splitlines() if not line.startswith(column)]
    return "\n".join([*lines, f"{column} = {how}"])


CELLS = [
    (
        "client_name",
        '{ join = ["First", "Last"] }',
        {"First": "Ilse", "Last": "Brandt"},
        "Ilse Brandt",
    ),
    ("client_name", '{ join = ["First", "Last"] }', {"First": "", "Last": "Brandt"}, "Brandt"),
    (
        "client_name",
        '{ join = ["Last", "First"], with = "" }',
        {"Last": "何", "First": "明"},
        "何明",
    ),
    ("product", '{ first = ["Plan", "Group"] }', {"Plan": " ", "Group": "Life"}, "Life"),
    ("product", '{ first = ["Plan", "Group"] }', {"Plan": "", "Group": ""}, ""),
    ("premium_term_years", "{ of = 'Term', match = '(\\d+)' }", {"Term": "20年"}, 20),
    ("premium_term_years", "{ of = 'Term', match = '(\\d+)' }", {"Term": ""}, None),
    ("premium_term_years", "{ of = 'Term', match = '\\d+' }", {"Term": "20 years"}, 20),
    ("premium_term_years", "{ of = 'Term', match = '^(\\d+)Y|^T(\\d+)' }", {"Term": "T15"}, 15),
    ("team", '{ of = "Unit", split = "/", part = 2 }', {"Unit": "North / Harbour"}, "Harbour"),
    ("team", '{ of = "Unit", split = "/", part = -1 }', {"Unit": "N/H/3"}, "3"),
    ("team", '{ of = "Unit", split = "/", part = 2 }', {"Unit": "North"}, ""),
    ("branch", '{ of = "Unit", split = "/" }', {"Unit": "North/Harbour"}, "North"),
    ("policy_no", '{ of = "Ref", strip = "#[]" }', {"Ref": "[ K7 ]"}, "K7"),
    (
        "ended_on",
        '{ of = "St", when = ["Out"], then = "Day" }',
        {"St": "out", "Day": "2026-02-01"},
        "2026-02-01",
    ),
    (
        "ended_on",
        '{ of = "St", when = ["Out"], then = "Day" }',
        {"St": "in", "Day": "2026-02-01"},
        None,
    ),
    (
        "delivered_on",
        '{ of = "St", when = ["Sent"], then = "issue_date" }',
        {"St": "Sent"},
        "2026-01-10",
    ),
]


@pytest.mark.parametrize(("column", "how", "cells", "value"), CELLS)
def test_a_cell_is_made_as_the_mapping_says(
    tmp_path: Path, column: str, how: str, cells: dict[str, str], value: object
) -> None:
    found = read(tmp_path, [row(**cells)], made(column, how))
    assert found.why == []
    (said,) = found.values[column]
    assert str(said) == str(value)


def test_a_cell_that_the_pattern_does_not_fit_is_refused_with_all_that_is_wrong(
    tmp_path: Path,
) -> None:
    how = made("premium_term_years", "{ of = 'Term', match = '(\\d+)年' }")
    found = read(tmp_path, [row(Term="life", Prem="much"), row("K2", Term="5年")], how)
    assert found.why == [
        "line 2, premium_term_years 'life': text that fits '(\\\\d+)年' was expected",
        "line 2, annual_premium 'much': an amount such as 1234.50 was expected",
    ]
    assert found.lines == [["K1", "2026-01-10", "much", "C1", "Ilse Brandt", "A1", "life"]]
    assert found.values["premium_term_years"] == [5]


def test_a_pattern_costs_no_more_than_its_text_is_long(tmp_path: Path) -> None:
    how = made("product", "{ of = 'Plan', match = '^(a+)+$' }")
    assert (
        read(tmp_path, [row(Plan="a" * 999 + "b")], how).why[0].startswith("line 2, product 'aaa")
    )
    (why,) = read(tmp_path, [row(Plan="a" * 1001)], how).why
    assert why.endswith("at most 1000 characters were expected, 1001 found")


def test_a_date_that_stands_elsewhere_is_read_as_it_is_there(tmp_path: Path) -> None:
    how = """
        [columns]
        policy_no = "Pol"
        amount = "Prem"
        due_date = { of = "Due", date_formats = ["%d.%m.%Y"] }
        paid_on = { of = "State", when = ["Paid"], then = "due_date" }
    """
    rows = [
        {"Pol": "K1", "Prem": "1", "Due": "05.06.2026", "State": each} for each in ("paid", "open")
    ]
    found = read(tmp_path, rows, how, "premiums")
    assert [str(each) for each in found.values["paid_on"]] == ["2026-06-05", "None"]


def test_a_row_of_another_length_goes_back_as_it_is(tmp_path: Path) -> None:
    lines = ["Pol,Issued,Prem,Cl,First,Last,Ag", "K1,2026-01-10,1,C1,Ilse,Brandt"]
    text = "\n".join([*lines, "K2,2026-01-10,1,C1,Ilse,B,A1"])
    found = read_text(tmp_path, text, made("client_name", '{ join = ["First", "Last"] }'))
    assert found.why == ["line 2: 7 cells were expected, 6 found"]
    assert found.lines == [["K1", "2026-01-10", "1", "C1", "Ilse", "Brandt"]]
    assert found.values["policy_no"] == ["K2"]


@pytest.mark.parametrize(
    "how", ['"Ref"', '{ of = "Ref" }', '{ join = ["Pol", "Ref"] }', '{ first = ["Ref"] }']
)
def test_a_header_that_is_not_there_is_named(tmp_path: Path, how: str) -> None:
    with refuses(errors.MissingColumns, match="the column Ref is needed"):
        read(tmp_path, [row()], made("product", how))


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ('{ of = "A", join = ["B"] }', "exactly one of of, join, first, instalment was expected"),
        ('{ split = "/" }', "exactly one of of, join, first, instalment was expected"),
        ('{ of = "A", when = ["B"] }', "'when' and 'then' are stated together, or neither is"),
        ('{ of = "A", then = "B" }', "'when' and 'then' are stated together, or neither is"),
        (
            '{ of = "A", split = "/", part = 0 }',
            "the first part is 1, the last -1: there is no part 0",
        ),
        ('{ of = "A", match = "(" }', "'(' is no pattern that can be used"),
        ('{ of = "A", match = "(?=a)" }', "'(?=a)' is no pattern that can be used"),
        ('{ instalment = "A" }', "an instalment is counted of due_date alone"),
    ],
)
def test_a_cell_that_cannot_be_made_is_told_when_the_mapping_is_read(
    tmp_path: Path, how: str, why: str
) -> None:
    path = tmp_path / "map.toml"
    path.write_text(f"[columns]\nproduct = {how}\n", "utf-8")
    with pytest.raises(errors.BadSetting) as refusal:
        loading.load_mapping(path)
    assert english(refusal.value) == f"{path}: columns.product: {why}"


# --- Columns that bear our names ----------------------------------------------------------------


def test_columns_in_our_words_are_named_beside_those_of_a_mapping(tmp_path: Path) -> None:
    found = read(tmp_path, [row(Currency="Rs", Status="in_force")], NAMED)
    assert found.why == ["line 2, currency 'Rs': a currency such as CNY was expected"]
    assert found.told == [
        "the columns Currency, Status are read because they bear our names, though the mapping does not "
        "name them: name them in [columns], or say own_headers = false"
    ]


@pytest.mark.parametrize(
    "more", ['currency = "Currency"', 'product = { of = "Currency", strip = "." }']
)
def test_a_column_that_the_mapping_names_is_none_of_them(tmp_path: Path, more: str) -> None:
    told = read(tmp_path, [row(Currency="EUR")], NAMED + more).told
    assert bool(told) is ("product" in more)


def test_columns_in_our_words_can_be_switched_off(tmp_path: Path) -> None:
    found = read(tmp_path, [row(Currency="Rs", Status="Live")], "own_headers = false\n" + NAMED)
    assert (found.why, found.told) == ([], [])
    assert "currency" not in found.values


def test_without_columns_of_its_own_a_mapping_warns_of_strange_ones_only(tmp_path: Path) -> None:
    ours = "policy_no,issue_date,annual_premium,client_no,client_name,agent_no,Memo"
    text = f"{ours}\nK1,2026-01-10,1,C1,Ilse,A1,x"
    assert read_text(tmp_path, text, 'country = "DE"').told == [
        "column 'Memo' is unknown and is ignored"
    ]


# --- Rows that do not count ---------------------------------------------------------------------

TOTAL = {"Pol": "", "Issued": "Grand TOTAL:", "Prem": "2400", "Cl": "", "Name": "", "Ag": ""}


@pytest.mark.parametrize("words", ['"grand total"', '["Sum", "Grand Total"]', '"GRANDTOTAL"'])
def test_a_row_of_totals_is_passed_over_and_counted(tmp_path: Path, words: str) -> None:
    found = read(tmp_path, [row(), row("K2"), TOTAL], f"totals = {words}\n{NAMED}")
    assert (found.values["policy_no"], found.why) == (["K1", "K2"], [])
    assert found.told == ["1 row of totals is passed over, as the mapping says: line 4"]


def test_a_total_that_is_not_the_first_cell_is_none(tmp_path: Path) -> None:
    found = read(tmp_path, [row(Name="Total GmbH")], f'totals = "Total"\n{NAMED}')
    assert (found.values["client_name"], found.told) == (["Total GmbH"], [])


@pytest.mark.parametrize(
    ("words", "kept", "skipped"),
    [
        (
            'skip = { St = "draft" }',
            ["K1", "K3"],
            "1 row is passed over, as the mapping says: line 3",
        ),
        (
            'skip = { St = ["Draft", "Live"] }',
            ["K3"],
            "2 rows are passed over, as the mapping says: lines 2, 3",
        ),
        (
            'only = { St = ["LIVE"] }',
            ["K1"],
            "2 rows are passed over, as the mapping says: lines 3, 4",
        ),
        (
            'only = { St = ["", "Live"] }',
            ["K1", "K3"],
            "1 row is passed over, as the mapping says: line 3",
        ),
        (
            'only = { St = "Live", Ag = "A2" }',
            [],
            "3 rows are passed over, as the mapping says: lines 2, 3, 4",
        ),
    ],
)
def test_rows_are_chosen_by_their_cells(
    tmp_path: Path, words: str, kept: list[str], skipped: str
) -> None:
    rows = [row("K1", St=" Live"), row("K2", St="Draft"), row("K3", St="")]
    found = read(tmp_path, rows, f"{words}\n{NAMED}")
    assert (found.values.get("policy_no", []), found.told) == (kept, [skipped])


def test_a_choice_of_a_header_that_is_not_there_is_named(tmp_path: Path) -> None:
    with refuses(errors.MissingColumns, match="the column Stat is needed"):
        read(tmp_path, [row()], f'skip = {{ Stat = "x" }}\n{NAMED}')


# --- Codes --------------------------------------------------------------------------------------

CODES = '"Active" = "in_force"\n"OUT" = "surrendered"\n"Out" = "terminated"\n"" = "grace"\n'


@pytest.mark.parametrize(
    ("cell", "status"),
    [
        ("Active", "in_force"),
        ("ACTIVE", "in_force"),
        (" act ive ", "in_force"),
        ("OUT", "surrendered"),
        ("Out", "terminated"),
        ("", "grace"),
        ("claim", "claim"),
    ],
)
def test_case_and_blanks_of_a_code_do_not_count(tmp_path: Path, cell: str, status: str) -> None:
    text = f'{NAMED}status = "St"\n[codes.status]\n{CODES}'
    assert read(tmp_path, [row(St=cell)], text).values["status"] == [status]


def test_a_code_that_two_could_be_is_refused(tmp_path: Path) -> None:
    text = f'{NAMED}status = "St"\n[codes.status]\n{CODES}"*" = "matured"'
    (why,) = read(tmp_path, [row(St="out")], text).why
    assert why.startswith("line 2, status 'out': one of ")


@pytest.mark.parametrize(
    ("cell", "status"), [("Gone", "matured"), ("active", "in_force"), ("", "")]
)
def test_there_is_a_code_of_all_other_cells_but_not_of_empty_ones(
    tmp_path: Path, cell: str, status: str
) -> None:
    text = f'{NAMED}status = "St"\n[codes.status]\n"Active" = "in_force"\n"*" = "matured"'
    assert read(tmp_path, [row(St=cell)], text).values["status"] == [status]


# --- Premiums and ends --------------------------------------------------------------------------

PER_INSTALMENT = f'premium_per = "instalment"\n{NAMED}payment_mode = "Mode"\n'


@pytest.mark.parametrize(
    ("mode", "cents"),
    [
        ("annual", 10050),
        ("semiannual", 20100),
        ("quarterly", 40200),
        ("monthly", 120600),
        ("single", 10050),
    ],
)
def test_a_premium_of_an_instalment_is_that_often_a_year(
    tmp_path: Path, mode: str, cents: int
) -> None:
    found = read(tmp_path, [row(Prem="100.50", Mode=mode)], PER_INSTALMENT)
    assert found.values["annual_premium"] == [cents]


def test_of_a_premium_of_an_instalment_the_mode_is_needed(tmp_path: Path) -> None:
    found = read(tmp_path, [row(Mode=""), row("K2", Mode="monthly")], PER_INSTALMENT)
    assert found.why == [
        "line 2, payment_mode: a payment mode was expected: the premium is of an instalment"
    ]
    assert found.values["annual_premium"] == [1440000]
    with refuses(errors.MissingColumns, match="the column payment_mode is needed"):
        read(tmp_path, [row()], 'premium_per = "instalment"\n' + NAMED)


def test_an_end_date_counts_only_where_the_status_has_ended(tmp_path: Path) -> None:
    columns = f'{NAMED}status = "St"\nended_on = "Mat"\n[codes.status]\n"Out" = "surrendered"'
    text = f"end_only_when_ended = true\n{columns}"
    rows = [row(f"K{n}", St=each, Mat="2046-01-10") for n, each in enumerate(["", "grace", "out"])]
    ends = read(tmp_path, rows, text).values["ended_on"]
    assert [str(each) for each in ends] == ["None", "None", "2046-01-10"]


def test_without_a_status_nobody_knows_what_has_ended(tmp_path: Path) -> None:
    with refuses(errors.MissingColumns, match="the column status is needed"):
        read(tmp_path, [row()], "end_only_when_ended = true\n" + NAMED)
