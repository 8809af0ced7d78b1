"""Bad input: one clear sentence each, exit code 1 or 2, and nothing half-written."""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.acceptance.frontdoor import DAY, call
from tests.homes import held

HEADER = "policy_no,issue_date,annual_premium,client_no,client_name,agent_no"
GOOD = "NEW-1,2026-05-08,1200.50,NEW-C1,王小明,A00001"
IMPORT = ("book", "import", "bad.csv", "--joined", str(DAY))


def write(office: Path, content: str | bytes, name: str = "bad.csv") -> None:
    data = content if isinstance(content, bytes) else content.encode("utf-8")
    (office / name).write_bytes(data)


# ------------------------------------------------------------------------- files refused as a whole


@dataclass(frozen=True)
class Bad:
    """A file that cannot be taken in, and what its sentence must name."""

    content: str | bytes | None
    parts: tuple[str, ...]


FILES = {
    "missing": Bad(None, ("bad.csv", "no such file")),
    "binary": Bad(bytes(range(256)) * 64, ("bad.csv", "binary")),
    "a picture": Bad(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", ("bad.csv", "binary")),
    "an old Excel file": Bad(b"\xd0\xcf\x11\xe0" + bytes(600), ("bad.csv", "workbook")),
    "a broken workbook": Bad(b"PK\x03\x04" + b"no zip at all" * 20, ("bad.csv", "workbook")),
    "empty": Bad("", ("bad.csv", "empty")),
    "blank lines": Bad("\n\n   \n", ("bad.csv", "empty")),
    "a needed column missing": Bad(
        f"{HEADER.replace('annual_premium,', '')}\nNEW-1,2026-05-08,NEW-C1,王小明,A00001\n",
        ("bad.csv", "annual_premium", "needed", "client_name"),
    ),
    "two needed columns missing": Bad(
        "policy_no\nP1\n", ("issue_date", "annual_premium", "needed")
    ),
    "a column twice": Bad(
        f"{HEADER},agent_no\n{GOOD},A\n", ("bad.csv", "'agent_no'", "more than once")
    ),
    "UTF-8 with broken bytes": Bad(
        f"{HEADER}\n{GOOD}\n".encode() + b"NEW-2,2026-05-08,1,C,\xff\xff\xfe,A\n",
        ("bad.csv", "not UTF-8", "line 3"),
    ),
    "an encoding that nobody can tell": Bad(
        f"{HEADER}\nNEW-1,2026-05-08,1,C,川上 元,A\n".encode("euc_jp"),
        ("bad.csv", "say it in the mapping", "'gb18030'", "'euc_jp'", "川上 元"),
    ),
    "half a character of UTF-16": Bad(
        f"{HEADER}\n{GOOD}\n".encode("utf-16")[:-1], ("bad.csv", "'utf-16'", "line 2")
    ),
    "a quote never closed": Bad(
        f'{HEADER}\n{GOOD}\nNEW-2,2026-05-08,1,C,"王,A\n', ("bad.csv", "quote")
    ),
}


@pytest.mark.parametrize("bad", FILES.values(), ids=FILES)
def test_a_file_that_cannot_be_meant_is_refused_in_one_sentence(bad: Bad, office: Path) -> None:
    before = held(office)
    if bad.content is not None:
        write(office, bad.content)
    answer = call(*IMPORT, "--rejects", "rejects.csv", cwd=office)
    sentence = answer.refused()
    for part in bad.parts:
        assert part in sentence
    assert answer.out == ""
    assert held(office) == before
    assert not list(office.glob("rejects.csv*"))


def test_a_folder_is_refused(office: Path) -> None:
    (office / "bad.csv").mkdir()
    sentence = call(*IMPORT, cwd=office).refused()
    assert "bad.csv" in sentence
    assert "folder" in sentence


def test_a_ledger_is_refused_by_its_own_columns(office: Path) -> None:
    write(office, "policy_no,amount\nP1,2\n")
    sentence = call("book", "import", "bad.csv", "--premiums", cwd=office).refused()
    assert "due_date" in sentence


def test_gb18030_is_read_when_the_file_is_that(office: Path) -> None:
    write(office, f"{HEADER}\n{GOOD}\n".encode("gb18030"))
    call(*IMPORT, cwd=office).done()
    card = call("card", "NEW-C1", "--format", "json", cwd=office).done().document()
    assert card["name"] == "王小明"


@pytest.mark.parametrize(
    ("encoding", "name"), [("latin-1", "José"), ("utf-16", "王小明"), ("utf-16-le", "王小明")]
)
def test_a_file_is_read_in_the_encoding_that_it_has(encoding: str, name: str, office: Path) -> None:
    write(office, f"{HEADER}\n{GOOD.replace('王小明', name)}\n".encode(encoding))
    call(*IMPORT, cwd=office).done()
    card = call("card", "NEW-C1", "--format", "json", cwd=office).done().document()
    assert card["name"] == name


# ------------------------------------------------------------------------- rows refused one by one


ROWS = {
    "a day that is not": ("issue_date", "2026-02-30", "calendar"),
    "no leap year": ("issue_date", "2025-02-29", "calendar"),
    "a month that is not": ("issue_date", "2026-13-01", "calendar"),
    "words for a date": ("issue_date", "gestern", "YYYY-MM-DD"),
    "no date": ("issue_date", "", "empty"),
    "a date before our time": ("issue_date", "0001-01-01", "1900"),
    "a negative premium": ("annual_premium", "-1200.50", "0 or more"),
    "no premium": ("annual_premium", "", "empty"),
    "a premium of 401 digits": ("annual_premium", "1e400", "below 1,000,000,000,000"),
    "a premium that is not a number": ("annual_premium", "NaN", "amount"),
    "an infinite premium": ("annual_premium", "inf", "amount"),
    "words for a premium": ("annual_premium", "一千", "amount"),
    "a premium finer than money": ("annual_premium", "1.005", "two decimals"),
    "no number": ("policy_no", "", "empty"),
    "no name": ("client_name", "", "empty"),
    "10 MB in one cell": ("client_name", "长" * 3_500_000, "at most 200 characters"),
    "10 MB in a date": ("issue_date", "2" * 10_000_000, "calendar"),
    "10 MB in a premium": ("annual_premium", "9" * 10_000_000, "below 1,000,000,000,000"),
    "an unknown status": ("status", "resting", "in_force"),
    "an unknown mode": ("payment_mode", "weekly", "quarterly"),
    "an unknown channel": ("channel", "pigeon", "sms"),
    "an unknown time zone": ("timezone", "Mars/Base", "Asia/Shanghai"),
    "an end before the beginning": ("ended_on", "2026-05-01", "on or after"),
}


@pytest.mark.parametrize(("column", "value", "why"), ROWS.values(), ids=ROWS)
def test_a_bad_row_is_refused_alone_with_line_column_value_and_reason(
    column: str, value: str, why: str, office: Path
) -> None:
    before = held(office)
    columns = HEADER.split(",")
    bad = dict(zip(columns, ["BAD-1", "2026-05-08", "10", "BAD-C1", "李丽", "A-BAD"], strict=True))
    good = dict(zip(columns, GOOD.split(","), strict=True))
    bad[column] = value
    with (office / "bad.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, bad.keys())
        writer.writeheader()
        writer.writerows([good, bad])
    answer = call(*IMPORT, "--format", "json", cwd=office)
    assert answer.code == 1
    assert (answer.document()["added"], answer.document()["rejected"]) == (1, 1)
    (sentence,) = answer.err.splitlines()
    shown = f" '{value}'" if len(value) < 40 else f" '{value[:39]}…'"
    if not value or column == "client_name":  # a person's name stays out of logs
        shown = ""
    assert sentence.startswith(f"refused: line 3, {column}{shown}: ")
    assert why in sentence
    assert len(sentence) < 300
    after = held(office)
    assert len(after["policy"]) == len(before["policy"]) + 1
    assert not [row for row in after["client"] if row["client_no"] == "BAD-C1"]
    assert not [row for row in after["agent"] if row["agent_no"] == "A-BAD"]


def test_a_number_that_stands_twice_is_taken_once(office: Path) -> None:
    write(
        office,
        f"{HEADER}\n{GOOD}\nNEW-2,2026-05-08,1,C2,李丽,A00001\n{GOOD.replace('1200', '9')}\n",
    )
    answer = call(*IMPORT, "--format", "json", cwd=office)
    assert answer.code == 1
    assert answer.document()["added"] == 2
    (sentence,) = answer.err.splitlines()
    assert sentence.startswith("refused: line 4, policy_no 'NEW-1': ")
    assert "more than once in this file" in sentence


def test_a_row_of_another_width_is_refused(office: Path) -> None:
    write(office, f"{HEADER}\n{GOOD},something more\nNEW-2,2026-05-08,1\n")
    answer = call(*IMPORT, "--format", "json", cwd=office)
    assert answer.document()["rejected"] == 2
    assert [line.partition(": ")[2] for line in answer.err.splitlines()] == [
        "line 2: 6 cells were expected, 7 found",
        "line 3: 6 cells were expected, 3 found",
    ]


def test_a_status_that_cannot_follow_is_refused_with_both_named(office: Path) -> None:
    write(office, f"{HEADER},status,ended_on\n{GOOD},surrendered,2026-05-10\n")
    call(*IMPORT, cwd=office).done()
    write(office, f"{HEADER},status,ended_on\n{GOOD},matured,2026-05-10\n")
    answer = call(*IMPORT, "--format", "json", cwd=office)
    assert answer.code == 1
    assert "'surrendered'" in answer.err
    assert "'matured'" in answer.err


OUT_OF_REACH = [
    ("walk", "--on", "9999-12-31"),
    ("walk", "--on", "0001-01-01"),
    ("dispatch", "--now", "0001-01-01T00:00"),
    ("why", "NEW-1", "month_1", "--on", "9999-12-31"),
    ("tasks", "list", "--on", "0001-01-01"),
    ("tasks", "mail", "--on", "0001-01-01"),
]


@pytest.mark.parametrize("words", OUT_OF_REACH, ids=" ".join)
def test_a_day_that_no_book_can_mean_is_refused(office: Path, words: tuple[str, ...]) -> None:
    answer = call(*words, cwd=office)
    assert (answer.code, "1900-01-01 to 2199-12-31 was expected" in answer.err) == (2, True)


def test_nobody_is_a_relative_of_their_own(office: Path) -> None:
    write(office, f"{HEADER}\n{GOOD}\n")
    call(*IMPORT, cwd=office).done()
    number = GOOD.split(",")[3]
    answer = call("client", "family", number, number, "--kin", "spouse", cwd=office)
    assert (answer.code, "no relative of their own" in answer.err) == (1, True)


def test_an_unusable_phone_is_kept_out_of_sms_and_the_policy_comes_in(office: Path) -> None:
    write(office, f"{HEADER},phone\n{GOOD},待补\n")
    answer = call(*IMPORT, "--format", "json", cwd=office).done()
    assert answer.document()["added"] == 1
    (warning,) = answer.err.splitlines()
    assert warning.startswith("Warning: ")
    assert "phone" in warning
    assert "SMS" in warning
    card = call("card", "NEW-C1", "--format", "json", cwd=office).done().document()
    assert (card["phone"], card["phone_given"]) == ("", "待补")


# --------------------------------------------------------------------------------- formulas


FORMULAS = [
    "=cmd|'/c calc'!A0",
    "@SUM(1+1)",
    "+cmd|x",
    "-2+3+cmd|x",
    "\t=1+1",
    '=HYPERLINK("http://x")',
]


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_never_leaves_alive(formula: str, office: Path) -> None:
    rows = [
        {
            "client_no": "F1",
            "client_name": formula,
            "agent_name": formula,
            "issue_date": "2026-05-08",
        },
        {
            "client_no": "F2",
            "client_name": formula,
            "agent_name": formula,
            "issue_date": "2026-02-30",
        },
    ]
    with (office / "bad.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*HEADER.split(","), "agent_name", "product"])
        writer.writeheader()
        for row in rows:
            number = f"P-{row['client_no']}"
            rest = {
                "policy_no": number,
                "annual_premium": "1",
                "agent_no": "AF",
                "product": formula,
            }
            writer.writerow({**row, **rest})
    answer = call(*IMPORT, "--rejects", "rejects.csv", cwd=office)
    assert answer.code == 1
    call("walk", "--on", DAY, cwd=office).done()
    call("tasks", "skip", first_task(office, "F1"), "--note", formula, cwd=office).done()
    exported = [
        (office / "rejects.csv").read_text("utf-8-sig"),
        call("tasks", "list", "--on", "2026-06-01", "--format", "csv", cwd=office).done().out,
        call("card", "F1", "--format", "csv", cwd=office).done().out,
        call("book", "timeline", "P-F1", "--format", "csv", cwd=office).done().out,
    ]
    cells = [cell for text in exported for row in csv.reader(text.splitlines()) for cell in row]
    assert any(formula.strip() in cell for cell in cells)
    assert not [cell for cell in cells if is_live(cell)]


def is_live(cell: str) -> bool:
    """Whether a spreadsheet would take the cell for a formula."""
    if not cell.startswith(("=", "+", "-", "@", "\t", "\r")):
        return False
    is_number = cell.lstrip("+-").replace(".", "").isdigit()
    return not is_number and not re.fullmatch(r'="[+]?[\d .,:()/-]+"', cell)


def first_task(office: Path, client_no: str) -> int:
    card = call("card", client_no, "--format", "json", cwd=office).done().document()
    return card["open_tasks"][0]["id"]


def test_a_refused_formula_comes_back_as_it_was_when_it_is_mended(office: Path) -> None:
    write(office, f"{HEADER}\nP-F,2026-02-30,1,F3,=cmd|x,AF\n")
    call(*IMPORT, "--rejects", "rejects.csv", cwd=office)
    mended = (office / "rejects.csv").read_text("utf-8-sig").replace("2026-02-30", "2026-02-28")
    write(office, mended)
    call(*IMPORT, cwd=office).done()
    card = call("card", "F3", "--format", "json", cwd=office).done().document()
    assert card["name"] == "=cmd|x"
