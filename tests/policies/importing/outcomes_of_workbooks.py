"""Workbooks of the three formats, and what becomes of each."""

import datetime
from collections.abc import Iterator, Mapping
from decimal import Decimal

from tests.policies.importing import workbook_files
from tests.policies.importing.outcomes import Case, NoFile, Refused, Taken, table
from tests.policies.importing.workbook_files import WRITERS, Error, Sheets, Shown

Outcome = Taken | Refused | NoFile

DAY = datetime.date(2025, 3, 9)
GOOD, OTHER = table({"policy_no": "K1"}), table({"policy_no": "K2", "client_no": "C2"})
NOTES: list[list[object]] = [["Note", "Who"], ["call", "Nora"]]
K1, BOTH = Taken({"policy_no": ["K1"]}), Taken({"policy_no": ["K1", "K2"]})
TYPED: list[tuple[str, Mapping[str, object], Outcome]] = [
    ("date", {"issue_date": DAY}, Taken({"issue_date": DAY})),
    (
        "moment",
        {"issue_date": datetime.datetime(2025, 3, 9, 15, 30)},
        Taken({"issue_date": DAY}),
    ),
    ("number", {"annual_premium": 1200.5}, Taken({"annual_premium": Decimal("1200.50")})),
    (
        "noise",
        {"annual_premium": 43926.840000000004},
        Taken({"annual_premium": Decimal("43926.84")}),
    ),
    ("thousandths", {"annual_premium": 2.345}, Refused(2, "annual_premium", "two decimals")),
    ("number-for-id", {"client_no": 12345}, Taken({"client_no": "12345"})),
    (
        "zeros-of-format",
        {"client_no": Shown(12345, "0000000000", "0000012345")},
        Taken({"client_no": "0000012345"}),
    ),
    ("long-number", {"client_no": 440105199001011234}, Refused(2, "client_no", "rounded")),
    ("serial-unsaid", {"issue_date": 45725}, Refused(2, "issue_date", "serial")),
    ("text-with-zeros", {"client_no": "0012345"}, Taken({"client_no": "0012345"})),
    ("error", {"client_name": Error("#N/A")}, Refused(2, "client_name", "could not calculate")),
    ("error-in-amount", {"annual_premium": Error("#DIV/0!")}, Refused(2, "annual_premium", "")),
    ("yes", {"marketing_consent": True}, Taken({"marketing_consent": True})),
]
SHEETS: list[tuple[str, Sheets, set[str], str, Outcome]] = [
    (
        "hidden-first",
        {"Old": OTHER, "Now": GOOD},
        {"Old"},
        "",
        Taken(K1.values, {"hidden_sheets": ()}),
    ),
    ("two-alike", {"2024": GOOD, "2025": OTHER}, set(), "", BOTH),
    ("another", {"Now": GOOD, "Notes": NOTES}, set(), "", Taken(K1.values, {"other_sheets": ()})),
    ("cover", {"Cover": NOTES, "Now": GOOD}, set(), "", Taken(K1.values, {"other_sheets": ()})),
    ("chosen", {"Now": OTHER, "Then": GOOD}, set(), 'sheet = "Then"', K1),
    ("chosen-hidden", {"Now": OTHER, "Then": GOOD}, {"Then"}, 'sheet = "Then"', NoFile("hidden")),
    ("chosen-unknown", {"Now": GOOD}, set(), 'sheet = "Then"', NoFile("has no sheet 'Then'")),
    ("empty-row", {"Now": [*GOOD, [], *OTHER[1:]]}, set(), "", BOTH),
    ("nothing", {"Now": []}, set(), "", NoFile("empty")),
]


def _written(form: str) -> Iterator[Case]:
    write = WRITERS[form]
    for name, cells, outcome in TYPED:
        yield Case(form, name, write({"Now": table(cells)}), outcome)
    for name, sheets, hidden, mapping, outcome in SHEETS:
        yield Case(form, name, write(sheets, hidden), outcome, mapping)
    whole = write({"Now": GOOD})
    yield Case(form, "cut", whole[: len(whole) // 2], NoFile("is not a workbook"))
    yield Case(form, "begun", whole[:600], NoFile("is not a workbook"))


def _of_xlsx() -> Iterator[Case]:
    whole, sheet = workbook_files.xlsx({"Now": GOOD}), workbook_files.FIRST
    yield Case(
        "xlsx", "without-sheet", workbook_files.rezipped(whole, {sheet: None}), NoFile("workb")
    )
    not_xml = workbook_files.rezipped(whole, {sheet: b"<worksheet"})
    yield Case("xlsx", "no-xml", not_xml, NoFile("workbook"))
    formula = workbook_files.xlsx({"Now": table({"client_name": "=A1"})})
    yield Case(
        "xlsx", "uncalculated", formula, Refused(2, "client_name", "", {"uncalculated": (2,)})
    )
    far = workbook_files.edited(whole, 'r="F2"', 'r="XFD2"')
    yield Case("xlsx", "far-column", far, NoFile("column"))
    locked = b"\xd0\xcf\x11\xe0" + bytes(600) + "EncryptedPackage".encode("utf-16-le")
    yield Case("xlsx", "locked", locked, NoFile("password"))
    archive = workbook_files.rezipped(whole, {"xl/workbook.xml": None})
    yield Case("xlsx", "any-archive", archive, NoFile("workbook"))


CASES = [*(case for form in WRITERS for case in _written(form)), *_of_xlsx()]
