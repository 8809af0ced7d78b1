"""A book as another system exports it: its headers, US dates, its codes, and rows that are wrong.

The export is made up here after the one that the mapping in examples/ was written for; nothing
depends on the real file.
"""

import csv
import datetime
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.acceptance.frontdoor import MORNING, Answer, call
from tests.acceptance.other_system import HEADER, MAPPING, MODES, REASONS, rows_of_export

JOINED = "2008-06-01"


@dataclass(frozen=True)
class Export:
    """The made-up export: the file, its rows, and the lines of those that must be refused."""

    path: Path
    rows: list[dict[str, str]]
    wrong: dict[int, str]
    """By line of the file: the negative premium that stands there."""


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Export:
    path = tmp_path_factory.mktemp("export") / "export.csv"
    rows = list(rows_of_export(600))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADER)
        writer.writeheader()
        writer.writerows(rows)
    wrong = {
        line: row["Annual Prem"] for line, row in enumerate(rows, 2) if row["Annual Prem"][0] == "-"
    }
    return Export(path, rows, wrong)


@pytest.fixture
def office(tmp_path: Path) -> Path:
    call("init", cwd=tmp_path).done()
    return tmp_path


def take_in(
    office: Path, file: Path | str, *args: object, now: datetime.datetime = MORNING
) -> Answer:
    told = ("book", "import", file, "--map", MAPPING, "--joined", JOINED, "--format", "json")
    return call(*told, *args, cwd=office, now=now)


def test_negative_premiums_are_refused_each_with_line_column_and_reason(
    office: Path, export: Export
) -> None:
    answer = take_in(office, export.path, "--rejects", "rejects.csv")
    assert answer.code == 1
    assert answer.document() == {
        "rows": 600,
        "added": 600 - len(export.wrong),
        "changed": 0,
        "unchanged": 0,
        "rejected": len(export.wrong),
    }
    first, premium = next(iter(export.wrong.items()))
    told = [line for line in answer.err.splitlines() if line.startswith("refused:")]
    assert told[0].startswith(f"refused: line {first}, annual_premium '{premium}': ")
    assert told[-1] == f"refused: {len(export.wrong) - 5} more"
    with (office / "rejects.csv").open(encoding="utf-8-sig", newline="") as file:
        rejects = list(csv.DictReader(file))
    assert {int(row["reject_line"]): row["Annual Prem"] for row in rejects} == export.wrong
    assert {row["reject_column"] for row in rejects} == {"annual_premium"}
    assert {row["reject_reason"] for row in rejects} == {"an amount of 0 or more was expected"}
    assert [row["Contract"] for row in rejects] == [
        row["Contract"] for row in export.rows if row["Annual Prem"][0] == "-"
    ]


def test_a_dry_run_says_what_is_found_as_a_program_reads_it(office: Path, export: Export) -> None:
    """On the day of joining: a look ahead walks each day since then."""
    joining = MORNING.replace(year=2008, month=6, day=1)
    document = take_in(office, export.path, "--dry-run", now=joining).document()
    assert {each["code"] for each in document["warnings"]} == {"claim_asks", "ended_ahead"}
    assert [each["line"] for each in document["refused"]] == list(export.wrong)[:5]
    assert document["refused"][0]["value"] == next(iter(export.wrong.values()))
    assert document["read_as"]["delimiter"] == ","


def test_importing_it_again_changes_nothing_and_refuses_the_same(
    office: Path, export: Export
) -> None:
    take_in(office, export.path)
    again = take_in(office, export.path)
    assert again.code == 1
    counts = again.document()
    assert (counts["added"], counts["changed"]) == (0, 0)
    assert counts["unchanged"] + counts["rejected"] == 600
    assert counts["rejected"] == len(export.wrong)


def test_refused_rows_are_mended_and_come_in(office: Path, export: Export) -> None:
    take_in(office, export.path, "--rejects", "rejects.csv")
    text = (office / "rejects.csv").read_text("utf-8-sig")
    for premium in export.wrong.values():
        text = text.replace(premium, premium.removeprefix("-"))
    (office / "mended.csv").write_text(text, "utf-8")
    answer = take_in(office, "mended.csv", "--rejects", "still-wrong.csv").done()
    assert answer.document()["added"] == len(export.wrong)
    assert answer.err == ""
    told = (office / "still-wrong.csv").read_text("utf-8-sig").splitlines()
    assert len(told) == 1, "only a header is left"
    assert take_in(office, export.path).document()["unchanged"] == 600 - len(export.wrong)


def test_what_the_export_says_is_what_the_card_shows(office: Path, export: Export) -> None:
    take_in(office, export.path)
    for row in export.rows[:12]:
        if row["Annual Prem"][0] == "-":
            continue
        client = call("card", row["Insured ID"], "--format", "json", cwd=office).done().document()
        (policy,) = [each for each in client["policies"] if each["policy_no"] == row["Contract"]]
        issued = datetime.datetime.strptime(row["Issue Dt"], "%m/%d/%Y").date()
        assert policy["issue_date"] == issued.isoformat()
        assert policy["status"] == REASONS[row["Term Reason"]]
        assert policy["payment_mode"] == MODES[row["Mode"]]
        assert policy["annual_premium"] == row["Annual Prem"]
        assert (policy["team"], policy["branch"]) == (row["Unit"], row["Office"])
        assert (policy["currency"], policy["agent_name"]) == ("USD", row["Agent Name"])
        assert client["phone"] == row["Mobile"]


def test_without_its_mapping_the_export_is_refused_by_its_missing_columns(
    office: Path, export: Export
) -> None:
    sentence = call("book", "import", export.path, cwd=office).refused()
    for part in ("export.csv", "policy_no", "issue_date", "agent_no", "Contract"):
        assert part in sentence


@pytest.mark.parametrize(
    ("mapping", "parts"),
    [
        ("[columns]\npolicy_no = 'Kontrakt'\n", ["export.csv", "Kontrakt"]),
        ("[columns]\npolicy = 'Contract'\n", ["map.toml", "[columns]", "'policy'"]),
        ("colums = 1\n", ["map.toml", "unknown key 'colums'"]),
        ("country = 'ZZ'\n", ["map.toml", "'ZZ'"]),
        ("delimiter = ''\n", ["map.toml", "delimiter"]),
        ("[columns\n", ["map.toml", "TOML"]),
    ],
    ids=["header", "column", "key", "country", "delimiter", "syntax"],
)
def test_a_mapping_with_a_mistake_is_refused_by_name(
    mapping: str, parts: list[str], office: Path, export: Export
) -> None:
    (office / "map.toml").write_text(mapping, "utf-8")
    sentence = call("book", "import", export.path, "--map", "map.toml", cwd=office).refused()
    for part in parts:
        assert part in sentence


def test_the_day_after_it_joined_is_walked(office: Path, export: Export) -> None:
    take_in(office, export.path)
    day = call("walk", "--on", "2008-06-16", "--format", "json", cwd=office).done().document()
    assert len(day["caught_up"]) == 15
    assert day["by_touchpoint"]["news"] > 0
