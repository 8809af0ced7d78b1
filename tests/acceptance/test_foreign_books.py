"""Ten lists as people of the trade have them come in right by a mapping of a few lines."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tests import homes
from tests.acceptance import foreign_books as books
from tests.acceptance.foreign_books import POLICIES, Plain
from tests.acceptance.frontdoor import call

EXAMPLES = Path(__file__).parents[2] / "examples"
MOST_LINES = 15
JOINED = books.AS_OF + datetime.timedelta(days=1)

SERIALS = 'date_formats = ["serial"]'
TOTALS = 'totals = ["Total", "Grand total"]'
SHEETS = 'sheet = ["2023-2024", "2025"]'
APART = """
date_formats = ["%Y-%m-%d"]
columns.policy_no = "Policy"
columns.issue_date = "Start"
columns.annual_premium = "Premium p.a."
columns.client_no = "Customer"
columns.client_name = { join = ["First name", "Last name"] }
columns.phone = { first = ["Mobile", "Home"] }
columns.agent_no = "Advisor"
columns.status = "Status"
columns.ended_on = "End"
codes.status = { "in force" = "in_force", "*" = "terminated" }
"""
BY_STATUS = """
date_formats = ["%d/%m/%Y"]
numbers = "1.234,56"
columns.policy_no = "Policy"
columns.due_date = "Instalment due"
columns.amount = "Amount"
columns.paid_on = { of = "State", when = ["settled"], then = "due_date" }
"""


@dataclass(frozen=True)
class Shape:
    """A list in somebody's shape, the mapping that reads it, and what of the list it knows."""

    write: Callable[[Path], Path]
    mapping: str
    """The folder of an example, or the text where it is none."""
    knows: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.write.__name__

    @property
    def is_example(self) -> bool:
        return self.mapping.isidentifier()

    def text(self) -> str:
        if not self.is_example:
            return self.mapping
        return (EXAMPLES / self.mapping / "map.toml").read_text("utf-8")


SHAPES = [
    Shape(books.life_book, "life_book", ("name", "mode", "birthday", "phone", "branch")),
    Shape(books.french, "french_contracts", ("name", "mode", "birthday")),
    Shape(books.chinese, "chinese_list", ("mode", "term")),
    Shape(books.hebrew, "hebrew_export"),
    Shape(books.half_yearly, "half_yearly", ("name", "mode")),
    Shape(books.serials, SERIALS, ("name", "birthday")),
    Shape(books.totals, TOTALS, ("name",)),
    Shape(books.sheets, SHEETS, ("name",)),
    Shape(books.names_apart, APART, ("name", "phone")),
]
BOOK_SQL = """
SELECT p.policy_no, p.issue_date, p.annual_premium, p.status, p.ended_on, p.payment_mode,
    p.premium_term_years, c.client_no, c.name, c.birthday, c.phone, a.agent_no, b.name
FROM policy p JOIN client c ON c.id = p.client_id JOIN agent a ON a.id = p.agent_id
LEFT JOIN team t ON t.id = a.team_id LEFT JOIN branch b ON b.id = t.branch_id
ORDER BY p.policy_no
"""


@dataclass(frozen=True)
class Kept:
    """A policy as the book keeps it, or as the list has it."""

    policy_no: str
    issued: str
    annual: int
    status: str
    ended_on: str
    client_no: str
    agent_no: str
    known: tuple[Any, ...]
    """What this list knows beside that."""


def expected(shape: Shape, policy: Plain) -> Kept:
    known = {
        "name": " ".join(policy.name),
        "mode": policy.mode,
        "term": policy.term,
        "birthday": str(policy.birthday),
        "phone": policy.phone,
        "branch": f"Office {policy.agent % 2}",
    }
    is_told_only_as_ended = shape.write is books.names_apart and policy.ended_on
    return Kept(
        policy.policy_no,
        str(policy.issued),
        policy.annual,
        "terminated" if is_told_only_as_ended else policy.status,
        str(policy.ended_on or ""),
        f"K{policy.client:04d}",
        f"A{policy.agent}",
        tuple(known[name] for name in shape.knows),
    )


def kept(home: Path, shape: Shape) -> list[Kept]:
    """What the book of a workspace holds."""
    found = []
    for row in homes.rows(home, BOOK_SQL):
        number, issued, annual, status, ended_on, mode, term, client, name, *more = row
        birthday, phone, agent, branch = more
        known = {
            **{"name": name, "mode": mode, "term": term, "birthday": str(birthday)},
            **{"phone": phone, "branch": branch},
        }
        told = tuple(known[name] for name in shape.knows)
        ended = str(ended_on or "")
        found.append(Kept(number, str(issued), annual, status, ended, client, agent, told))
    return found


@pytest.fixture
def office(tmp_path: Path) -> Path:
    call("init", cwd=tmp_path).done()
    return tmp_path


def take_in(office: Path, file: Path, mapping: str, *options: object) -> dict[str, Any]:
    map_file = file.parent / "map.toml"
    map_file.write_text(mapping, "utf-8")
    told = ("book", "import", file, "--map", map_file, "--joined", JOINED, "--format", "json")
    return call(*told, *options, cwd=office).done().document()


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_foreign_list_comes_in_right(office: Path, shape: Shape) -> None:
    file = shape.write(office / "theirs" if shape.write is books.life_book else office)
    counts = take_in(office, file, shape.text())
    tables = 2 if shape.write is books.life_book else 1  # its payments come in with it
    assert (counts["added"], counts["rejected"]) == (tables * len(POLICIES), 0)
    assert kept(office, shape) == [expected(shape, each) for each in POLICIES]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_its_figures_are_those_of_a_plain_calculation(office: Path, shape: Shape) -> None:
    file = shape.write(office / "theirs" if shape.write is books.life_book else office)
    take_in(office, file, shape.text())
    asked = ("--definition", "in-force", "--as-of", books.AS_OF, "--list", "--format", "json")
    policies = call("persistency", *asked, cwd=office).done().document()["policies"]
    counted = [each for each in policies if each["complete"]]
    issued, stays = (
        sum(round(each[name] * 100) for each in counted)
        for name in ("premium_counted", "premium_persisting")
    )
    assert (issued, stays) == books.kept(lambda policy: policy.annual)
    assert Fraction(stays, issued) < 1


def test_a_ledger_says_by_status_what_is_paid(office: Path) -> None:
    take_in(office, books.serials(office), SERIALS)
    counts = take_in(office, books.ledger_by_status(office), BY_STATUS, "--premiums")
    assert (counts["added"], counts["rejected"]) == (len(POLICIES), 0)
    sql = """SELECT p.policy_no, i.due_date, i.amount, i.paid_on FROM premium i
        JOIN policy p ON p.id = i.policy_id ORDER BY p.policy_no"""
    due = [(each, books.first_due(each)) for each in POLICIES]
    assert [
        (no, str(on), amount, str(paid or "")) for no, on, amount, paid in homes.rows(office, sql)
    ] == [
        (each.policy_no, str(on), each.instalment, "" if each.ended_on else str(on))
        for each, on in due
    ]


def test_the_payments_of_the_four_tables_are_the_ledger(office: Path) -> None:
    take_in(office, books.life_book(office / "theirs"), Shape(books.life_book, "life_book").text())
    sql = "SELECT COUNT(*), SUM(amount), COUNT(paid_on) FROM premium"
    (found,) = homes.rows(office, sql)
    assert tuple(found) == (len(POLICIES), sum(each.instalment for each in POLICIES), len(POLICIES))


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_mapping_is_short(shape: Shape) -> None:
    lines = [each for each in shape.text().splitlines() if each and not each.startswith("#")]
    assert len(lines) <= MOST_LINES


@pytest.mark.parametrize(
    "shape",
    [each for each in SHAPES if each.is_example],
    ids=lambda shape: shape.name,
)
def test_the_files_of_the_examples_are_these(tmp_path: Path, shape: Shape) -> None:
    """Whoever has changed a list writes it again: `python -m tests.acceptance.foreign_books`."""
    file = shape.write(tmp_path / "life_book" if shape.write is books.life_book else tmp_path)
    made = file.parent if shape.write is books.life_book else tmp_path
    shipped = EXAMPLES / shape.mapping
    files = {each.name: each.read_bytes() for each in made.iterdir()}
    assert files == {
        each.name: each.read_bytes() for each in shipped.iterdir() if each.suffix == ".csv"
    }
