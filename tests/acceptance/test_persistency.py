"""Persistency as a manager asks for it: the figures, the policies behind them, and their files."""

import csv
import datetime
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.frontdoor import Answer, call
from tests.acceptance.other_system import HEADER, MAPPING, rows_of_export
from tests.acceptance.spreadsheet import Calculator
from tests.policies.persistency.plain import months_after

ROW_KEYS = [
    *("key", "issued", "counted", "persisting", "premium_counted", "premium_persisting"),
    *("ratio", "complete"),
]
SUMMED = ROW_KEYS[1:6]
Document = dict[str, Any]
Lines = list[dict[str, Any]]


def told(office: Path, *args: object, **how: Any) -> Document:
    return call("persistency", *args, "--format", "json", cwd=office, **how).done().document()


def added_up(rows: Iterable[dict[str, Any]]) -> list[Any]:
    rows = list(rows)
    return [pytest.approx(sum(row[name] for row in rows), rel=1e-12) for name in SUMMED]


def counts(row: dict[str, Any]) -> list[Any]:
    return [row[name] for name in SUMMED]


def of_lines(lines: Iterable[dict[str, Any]]) -> list[Any]:
    """What the row of these policies should say."""
    return added_up({**line, "issued": 1} for line in lines)


# --------------------------------------------------------------------------------- books of a test


@dataclass
class Book:
    """A small book and its ledger, as they stand in files."""

    policies: Lines = field(default_factory=list)
    ledger: Lines = field(default_factory=list)

    def sell(self, policy_no: str, issued: str, premium: object, **facts: object) -> "Book":
        who = {"client_no": "C001", "client_name": "林伟", "agent_no": "A001", "agent_name": "陈燕"}
        unit = {"team": "一部", "branch": "上海"}
        what = {"policy_no": policy_no, "issue_date": issued, "annual_premium": premium}
        self.policies.append({**what, **who, **unit, **facts})
        return self

    def bill(self, policy_no: str, due: str, amount: object, paid_on: str = "") -> "Book":
        names = ("policy_no", "due_date", "amount", "paid_on")
        self.ledger.append(dict(zip(names, (policy_no, due, amount, paid_on), strict=True)))
        return self

    def open(self, office: Path, database: str | None = None) -> Path:
        """Make a workspace and import both."""
        call("init", *(["--database", database] if database else []), cwd=office).done()
        if self.policies:
            write(office / "book.csv", self.policies)
            call("book", "import", "book.csv", "--joined", "2026-05-01", cwd=office).done()
        if self.ledger:
            write(office / "ledger.csv", self.ledger)
            call("book", "import", "ledger.csv", "--premiums", cwd=office).done()
        return office


def write(path: Path, rows: Lines) -> None:
    header = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, restval="")
        writer.writeheader()
        writer.writerows(rows)


# ---------------------------------------------------------------------------- the worked examples


def test_the_first_example_june_july_and_august(tmp_path: Path, empty_database_url: str) -> None:
    book = Book()
    book.sell("P001", "2025-04-10", 9_000).bill("P001", "2026-04-10", 9_000, "2026-06-09")
    book.sell("P002", "2025-04-20", 1_000).bill("P002", "2026-04-20", 1_000)
    book.sell("P003", "2025-05-31", 5_000).bill("P003", "2026-05-31", 5_000, "2026-05-01")
    book.sell("P004", "2025-06-01", 10_000).bill("P004", "2026-06-01", 10_000, "2026-07-31")
    office = book.open(tmp_path, empty_database_url)
    for as_of, exactly in [
        ("2026-06-30", Fraction(9, 10)),
        ("2026-07-31", Fraction(14, 15)),
        ("2026-08-31", Fraction(24, 25)),
    ]:
        for rolling in ([], ["--rolling"]):
            found = told(office, "--as-of", as_of, *rolling)
            assert found["definition"] == "paid", "the default where there is a ledger"
            assert found["total"]["ratio"] == float(exactly)


def test_the_second_example_free_look_and_single_premium(
    tmp_path: Path, empty_database_url: str
) -> None:
    book = Book()
    book.sell("A", "2025-04-30", 6_000).bill("A", "2026-04-30", 6_000, "2026-06-29")
    book.sell("B", "2025-04-30", 3_000).bill("B", "2026-04-30", 3_000)
    book.sell("C", "2025-04-30", 1_000, status="free_look_cancelled", ended_on="2025-05-10")
    book.sell("D", "2025-04-30", 50_000, payment_mode="single")
    office = book.open(tmp_path, empty_database_url)
    by_premium = told(office, "--as-of", "2026-06-30", "--list")
    by_count = told(office, "--as-of", "2026-06-30", "--basis", "count")
    assert by_premium["total"]["ratio"] == 6_000 / 9_000
    assert by_count["total"]["ratio"] == 1 / 2
    reasons = {line["policy_no"]: line["reason"] for line in by_premium["policies"]}
    assert reasons == {"A": "paid", "B": "unpaid", "C": "free_look", "D": "single_premium"}
    assert by_premium.keys() == {
        *("month", "definition", "basis", "as_of", "rows", "total", "policies")
    }
    assert [list(row) for row in (*by_premium["rows"], by_premium["total"])] == [ROW_KEYS] * 2


def test_the_third_example_seventy_of_ninety_eight(tmp_path: Path, empty_database_url: str) -> None:
    book = Book()
    for number in range(100):
        facts: dict[str, object] = {}
        if number < 2:
            facts = {"status": "claim", "ended_on": "2026-01-05"}
        elif number < 30:
            facts = {"status": "surrendered", "ended_on": "2026-05-15"}
        book.sell(f"P{number:03}", "2025-04-15", 1_200, **facts)
    office = book.open(tmp_path, empty_database_url)
    found = told(office, "--as-of", "2026-05-30", "--basis", "count")
    assert found["definition"] == "in-force", "the default where there is no ledger"
    assert found["total"]["ratio"] == 70 / 98


# ------------------------------------------------------------------------- the list and the files

DANGEROUS = {
    "product": ["=1+1", "终身寿险", '=HYPERLINK("http://x.example","y")', ""],
    "agent_no": ["+A", "A002", "-A3", "@A4"],
    "team": ["=2+2", "一部", "+三部", "四部"],
    "branch": ["@北京", "上海", "-南", "东"],
}
"""Words that a careless file would have a spreadsheet work out."""

BY = ("cohort", "branch", "team", "agent", "product")
AUGUST = ("--as-of", "2026-08-31")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with sixty policies of two years, most with a ledger, of everybody's."""
    book = Book()
    for number in range(60):
        issued = months_after(datetime.date(2024, 2, 29), number % 28)
        who = {name: words[number % 7 % 4] for name, words in DANGEROUS.items()}
        facts: dict[str, object] = {}
        if number % 11 == 3:
            facts = {"status": "surrendered", "ended_on": months_after(issued, 9)}
        if number % 13 == 5:
            facts = {"payment_mode": "single"}
        premium = f"{1_000 + number * 37}.{number:02}"
        book.sell(f"P{number:03}", issued.isoformat(), premium, **who, **facts)
        for year in (1, 2):
            due = months_after(issued, 12 * year)
            if due <= datetime.date(2026, 8, 31) and not facts:
                paid_on = due + datetime.timedelta(days=number * 2)
                book.bill(f"P{number:03}", due.isoformat(), premium, paid_on.isoformat())
    return book.open(tmp_path_factory.mktemp("office"))


@pytest.mark.parametrize("rolling", [[], ["--rolling"]], ids=["each", "rolling"])
@pytest.mark.parametrize("by", BY)
def test_the_list_adds_up_to_every_row(office: Path, by: str, rolling: list[str]) -> None:
    found = told(office, *AUGUST, "--by", by, *rolling, "--list")
    assert found["rows"]
    for row in found["rows"]:
        its_own = [line for line in found["policies"] if belongs(line, row, by, bool(rolling))]
        assert counts(row) == of_lines(its_own)
    if by != "cohort":
        assert counts(found["total"]) == added_up(found["rows"]) == of_lines(found["policies"])
    elif not rolling:
        assert counts(found["total"]) == added_up(row for row in found["rows"] if row["complete"])
        assert counts(found["total"]) == of_lines(x for x in found["policies"] if x["complete"])


def belongs(line: dict[str, Any], row: dict[str, Any], by: str, is_rolling: bool) -> bool:
    if by == "cohort":
        behind = index(row["key"]) - index(line["cohort"])
        return 0 <= behind < (12 if is_rolling else 1)
    return line[{"agent": "agent_no"}.get(by, by)] == row["key"]


def index(cohort: str) -> int:
    return int(cohort[:4]) * 12 + int(cohort[5:])


@pytest.mark.parametrize("rolling", [[], ["--rolling"]], ids=["each", "rolling"])
@pytest.mark.parametrize("by", BY)
def test_the_formulas_of_a_workbook_come_to_what_it_says_and_to_the_json(
    office: Path, by: str, rolling: list[str]
) -> None:
    asked = (*AUGUST, "--by", by, *rolling, "--list")
    found = told(office, *asked)
    call("persistency", *asked, "--out", "figure.xlsx", cwd=office).done()
    sheets = Calculator(office / "figure.xlsx")
    assert len(sheets.formula_cells()) == 6 * (len(found["rows"]) + 1), "all numbers of all rows"
    formulas_come_to_their_results(sheets)
    figure, policies = (sheets.results[name].iter_rows(min_row=2) for name in sheets_of(sheets))
    for cells, row in zip(figure, [*found["rows"], found["total"]], strict=True):
        says_the_same(cells, row)
    lines = {line["policy_no"]: line for line in found["policies"]}
    for cells in policies:
        says_the_same(cells, lines.pop(cells[0].value))
    assert not lines, "policies that are not in the file"


def formulas_come_to_their_results(sheets: Calculator) -> None:
    for sheet, cell in sheets.formula_cells():
        assert sheet == "persistency"
        is_near = pytest.approx(sheets.result(sheet, cell) or 0, rel=1e-12)
        assert (sheets.value(sheet, cell) or 0) == is_near, (cell.coordinate, cell.value)


def sheets_of(sheets: Calculator) -> list[str]:
    figure, policies, about = sheets.results.sheetnames
    assert about == "about"
    return [figure, policies]


def says_the_same(cells: tuple[Any, ...], document: dict[str, Any]) -> None:
    """A line of a sheet and its JSON, whose columns stand in the same order."""
    for cell, (name, value) in zip(cells, document.items(), strict=True):
        assert of_cell(cell, name) == in_a_sheet(name, value), (cell.coordinate, name)


def of_cell(cell: Any, name: str) -> Any:
    """A cell's value, which is of its kind and not a text that looks like it."""
    value = None if cell.value == "" else cell.value
    if isinstance(value, datetime.datetime):
        assert cell.is_date
    if isinstance(value, str):
        assert cell.data_type == "s", (cell.coordinate, cell.data_type)
    return bool(value) if name in ("counted", "persisting") and value in (0, 1) else value


def in_a_sheet(name: str, value: Any) -> Any:
    """What JSON says, as a spreadsheet has it: dates are dates, a month is its first day."""
    if value in (None, ""):
        return None
    if name in ("counted", "persisting") and value in (0, 1):
        return bool(value)
    if isinstance(value, str) and (name.endswith(("_on", "_date")) or name == "grace_until"):
        return datetime.datetime.fromisoformat(value)
    if name in ("key", "cohort") and value[:2] == "20":
        return datetime.datetime.fromisoformat(f"{value}-01")
    return pytest.approx(value, rel=1e-12) if isinstance(value, float) else value


@pytest.mark.parametrize("by", ["team", "branch", "agent"])
def test_agents_of_several_branches_without_a_team_are_one_row_of_a_workbook(
    tmp_path: Path, by: str
) -> None:
    book = Book()
    for number, (branch, team) in enumerate(
        [("上海", ""), ("上海", "一部"), ("北京", ""), ("", ""), ("", "二部")]
    ):
        where = {"agent_no": f"A{number:03}", "branch": branch, "team": team}
        book.sell(f"P{number:03}", "2025-04-10", 10**number, **where)
    office = book.open(tmp_path)
    asked = (*AUGUST, "--by", by, "--list")
    found = told(office, *asked)
    for row in found["rows"]:
        its_own = [line for line in found["policies"] if belongs(line, row, by, False)]
        assert counts(row) == of_lines(its_own)
    call("persistency", *asked, "--out", "teams.xlsx", cwd=office).done()
    formulas_come_to_their_results(Calculator(office / "teams.xlsx"))


def test_no_text_of_a_workbook_is_a_formula(office: Path) -> None:
    for by in BY:
        asked = (*AUGUST, "--by", by, "--list", "--out", "words.xlsx")
        call("persistency", *asked, cwd=office).done()
        book = Calculator(office / "words.xlsx").formulas
        texts = {
            cell.value
            for sheet in book
            for row in sheet.iter_rows()
            for cell in row
            if cell.data_type == "s"
        }
        assert texts >= {"=1+1", "+A", "-A3", "@北京"}
        assert any("=2+2" in each for each in texts)
        links = [cell for sheet in book for row in sheet for cell in row if cell.hyperlink]
        assert not links


def test_a_workbook_without_its_policies_holds_the_same_numbers(office: Path) -> None:
    call("persistency", *AUGUST, "--out", "plain.xlsx", cwd=office).done()
    sheets = Calculator(office / "plain.xlsx")
    assert sheets.results.sheetnames == ["persistency", "about"]
    found = told(office, *AUGUST)
    rows = list(sheets.results["persistency"].iter_rows(min_row=2))
    for cells, row in zip(rows, [*found["rows"], found["total"]], strict=True):
        says_the_same(cells, row)
    formulas_come_to_their_results(sheets)
    about = dict(sheets.results["about"].iter_rows(max_col=2, values_only=True))
    assert about == {
        **{"month": 13, "definition": "paid", "basis": "premium"},
        "as_of": datetime.datetime(2026, 8, 31),
    }


def test_a_csv_file_holds_the_rows_or_the_policies_and_no_formula(office: Path) -> None:
    found = told(office, *AUGUST, "--by", "product", "--list")
    for listed, wanted in (([], "rows"), (["--list"], "policies")):
        asked = (*AUGUST, "--by", "product", *listed, "--out", "figure.csv")
        assert call("persistency", *asked, cwd=office).done().out == ""
        with (office / "figure.csv").open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.DictReader(file))
        assert [list(line) for line in lines] == [list(each) for each in found[wanted]]
        assert not [x for line in lines for x in line.values() if x[:1] in ("=", "@")]
        column = "key" if wanted == "rows" else "policy_no"
        assert sorted(line[column].removeprefix("'") for line in lines) == sorted(
            each[column] for each in found[wanted]
        )


def test_a_table_names_the_units_and_fits_eighty_columns(office: Path) -> None:
    shown = call("persistency", *AUGUST, "--by", "team", cwd=office).done().out
    assert "一部" in shown and "%" in shown
    listed = call("persistency", *AUGUST, "--list", "--format", "csv", cwd=office).done().table()
    assert len(listed) == len(told(office, *AUGUST, "--list")["policies"])


# -------------------------------------------------------------------------------------- bad lines

BAD_LINES: list[tuple[int, tuple[str, ...], list[str]]] = [
    (2, ("--month", "14"), ["14"]),
    (2, ("--as-of", "2026-02-30"), ["2026-02-30"]),
    (2, ("--from", "2026-13"), ["2026-13"]),
    (2, ("--to", "April"), ["April"]),
    (2, ("--basis", "kilos"), ["kilos"]),
    (2, ("--definition", "kept"), ["kept"]),
    (2, ("--by", "client"), ["client"]),
    (2, ("--format", "xml"), ["xml"]),
    (2, ("--nonsense",), ["--nonsense"]),
    (2, ("2026",), ["2026"]),
    (1, ("--as-of", "2020-01-01"), ["2024-02-29", "2020-01-01"]),
    (1, ("--from", "2026-01", "--to", "2025-12"), ["2026-01", "2025-12"]),
    (1, (*AUGUST, "--branch", "天津"), ["branch", "天津"]),
    (1, (*AUGUST, "--team", "七部"), ["team", "七部"]),
    (1, (*AUGUST, "--agent", "A777"), ["agent", "A777"]),
    (1, (*AUGUST, "--product", "年金"), ["selection"]),
    (1, (*AUGUST, "--currency", "EUR"), ["selection"]),
    (1, ("--by", "team", "--as-of", "2024-06-01"), ["2024-06-01"]),
    (1, (*AUGUST, "--out", "figure.pdf"), ["figure.pdf", ".csv", ".xlsx"]),
    (1, (*AUGUST, "--out", "nowhere/figure.csv"), ["nowhere/figure.csv"]),
    (1, (*AUGUST, "--out", "nowhere/figure.xlsx"), ["nowhere/figure.xlsx"]),
    (1, (*AUGUST, "--team", "七部", "--list", "--out", "no.xlsx"), ["七部"]),
]


@pytest.mark.parametrize(
    ("code", "line", "parts"), BAD_LINES, ids=[" ".join(x[1]) for x in BAD_LINES]
)
def test_a_bad_line_is_refused_in_one_sentence(
    office: Path, code: int, line: tuple[str, ...], parts: list[str]
) -> None:
    before = sorted(path.name for path in office.iterdir())
    sentence = call("persistency", *line, cwd=office).refused(code)
    for part in parts:
        assert part in sentence
    assert sorted(path.name for path in office.iterdir()) == before, "nothing is left behind"


def test_the_end_of_the_calendar_is_answered_or_refused(office: Path) -> None:
    answer = call("persistency", "--by", "team", "--as-of", "9999-12-31", cwd=office)
    assert answer.code in (0, 1), answer


def test_a_folder_without_a_workspace_and_an_empty_book_are_refused(tmp_path: Path) -> None:
    assert "servicing.toml" in call("persistency", cwd=tmp_path).refused()
    Book().open(tmp_path)
    for by in BY:
        assert "import" in call("persistency", "--by", by, cwd=tmp_path).refused()


def test_paid_without_a_ledger_and_two_currencies_are_refused(tmp_path: Path) -> None:
    book = Book().sell("P001", "2025-04-10", 10, currency="CNY")
    office = book.sell("P002", "2025-04-10", 10, currency="USD").open(tmp_path)
    paid = call("persistency", *AUGUST, "--definition", "paid", cwd=office).refused()
    assert "in-force" in paid
    assert "--currency" in call("persistency", *AUGUST, cwd=office).refused()
    assert told(office, *AUGUST, "--currency", "USD")["total"]["issued"] == 1
    assert told(office, *AUGUST, "--basis", "count")["total"]["issued"] == 2


# ------------------------------------------------------------------------- a book of another system

REAL_BOOK = "SERVICING_REAL_BOOK"
"""Names a file in the format of examples/us_tied_agent.toml; without it a made-up one is enough."""

COHORTS = ("--from", "1995-01", "--to", "2007-11", "--as-of", "2010-12-31")


@dataclass
class Export:
    """An export, its rows that can be taken in, and the workspace that did."""

    rows: list[dict[str, str]]
    office: Path

    def told(self, *args: object) -> Document:
        return told(self.office, *COHORTS, *args)


@pytest.fixture(scope="module", params=["made up", "real"])
def export(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Export:
    office = tmp_path_factory.mktemp("export")
    path = office / "export.csv"
    if request.param == "real":
        if REAL_BOOK not in os.environ:
            pytest.skip(f"{REAL_BOOK} names no file: only the made-up export is judged")
        path = Path(os.environ[REAL_BOOK])
    else:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, HEADER)
            writer.writeheader()
            writer.writerows(rows_of_export(2_000))
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    good = [row for row in rows if not row["Annual Prem"].startswith("-")]
    call("init", cwd=office).done()
    imported: Answer = call(
        *("book", "import", path, "--map", MAPPING, "--joined", "2008-06-01", "--format", "json"),
        cwd=office,
    )
    assert imported.document()["rejected"] == len(rows) - len(good)
    return Export(good, office)


def american(text: str) -> datetime.date:
    return datetime.datetime.strptime(text, "%m/%d/%Y").date()


def by_plain_loop(
    rows: list[dict[str, str]], key: Callable[[dict[str, str]], str]
) -> dict[str, list[int]]:
    """Issued, counted, persisting and the two premiums in cents, of the cohorts asked for."""
    found: dict[str, list[int]] = {}
    for row in rows:
        issued, cents = american(row["Issue Dt"]), round(Fraction(row["Annual Prem"]) * 100)
        if not datetime.date(1995, 1, 1) <= issued <= datetime.date(2007, 11, 30):
            continue
        bound = months_after(issued, 13)
        is_lost = bool(row["Term Dt"]) and american(row["Term Dt"]) <= bound
        is_counted = not (is_lost and row["Term Reason"] == "Death")
        is_kept = is_counted and not is_lost
        sums = found.setdefault(key(row), [0] * 5)
        added = (1, is_counted, is_kept, cents * is_counted, cents * is_kept)
        sums[:] = [one + other for one, other in zip(sums, added, strict=True)]
    return found


def is_as(row: dict[str, Any], sums: list[int], basis: str) -> None:
    """To twelve digits, counts to the last."""
    assert [row["issued"], row["counted"], row["persisting"]] == sums[:3], row
    premiums = [row["premium_counted"], row["premium_persisting"]]
    assert premiums == [pytest.approx(cents / 100, rel=1e-12) for cents in sums[3:]], row
    counted, kept = sums[3:] if basis == "premium" else sums[1:3]
    assert row["ratio"] == (pytest.approx(kept / counted, rel=1e-12) if counted else None), row


@pytest.mark.parametrize("basis", ["premium", "count"])
def test_every_cohort_of_the_export_is_as_a_plain_loop_says(export: Export, basis: str) -> None:
    found = export.told("--basis", basis)
    assert (found["month"], found["definition"]) == (13, "in-force")
    wanted = by_plain_loop(export.rows, lambda row: f"{american(row['Issue Dt']):%Y-%m}")
    assert [row["key"] for row in found["rows"]] == sorted(wanted)
    for row in found["rows"]:
        assert row["complete"]
        is_as(row, wanted[row["key"]], basis)
    is_as(found["total"], [sum(each) for each in zip(*wanted.values(), strict=True)], basis)


def test_agents_of_the_export_add_up_to_teams_branches_and_the_total(export: Export) -> None:
    keys: dict[str, Callable[[dict[str, str]], str]] = {
        "agent": lambda row: row["Writing Agent"],
        "team": lambda row: f"{row['Office']} · {row['Unit']}",
        "branch": lambda row: row["Office"],
    }
    whole = export.told()["total"]
    for by, key in keys.items():
        found, wanted = export.told("--by", by), by_plain_loop(export.rows, key)
        assert [row["key"] for row in found["rows"]] == sorted(wanted)
        for row in found["rows"]:
            is_as(row, wanted[row["key"]], "premium")
        assert (
            counts(found["total"])
            == added_up(found["rows"])
            == [pytest.approx(each, rel=1e-12) for each in counts(whole)]
        )


def test_the_list_of_one_cohort_of_the_export_adds_up_to_it(export: Export) -> None:
    cohort = ("--from", "2001-03", "--to", "2001-03", "--as-of", "2010-12-31")
    found = told(export.office, *cohort, "--list")
    (row,) = found["rows"]
    assert counts(row) == of_lines(found["policies"]) == counts(found["total"])
    wanted = {
        each["Contract"]
        for each in export.rows
        if f"{american(each['Issue Dt']):%Y-%m}" == "2001-03"
    }
    assert {line["policy_no"] for line in found["policies"]} == wanted
    assert len(found["policies"]) == len(wanted) == row["issued"] > 0
