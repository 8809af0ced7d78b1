"""Every sentence that an import refuses or warns with, in the reader's language and in no other."""

import csv
import io
import re
import string
import zipfile
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest
from babel.messages.pofile import read_po

from policies import records
from policies.importing import kinds
from policies.importing.cells import cells
from servicing.core.i18n import shipped_templates
from tests.acceptance.frontdoor import DAY, call
from tests.homes import Homes
from tests.policies.importing.workbook_files import edited, ods_of, rezipped, xlsx

ROOT = Path(__file__).parents[2]
LOCALES = ["en", "zh_CN"]
SECTIONS = ("# ---- Book files", "# ---- Rows and cells")
"""Of the English catalogue: all that an import may say."""

NEEDED = ["policy_no", "issue_date", "annual_premium", "client_no", "client_name", "agent_no"]
HEADER = ",".join(NEEDED)
GOOD = "P1,2026-05-08,1200.50,C1,王小明,A1"
LEDGER = "policy_no,due_date,amount"


def book(*rows: str, more: str = "") -> str:
    """A book file of these rows; `more` are columns beyond the needed ones."""
    return "".join(f"{row}\n" for row in [HEADER + more, *rows])


def cell(column: str, value: str) -> str:
    """A book file of one row that is well but for one cell."""
    row = dict(zip(NEEDED, GOOD.split(","), strict=True)) | {column: value}
    return f"{','.join(row)}\n{','.join(row.values())}\n"


def workbook_without_sheets() -> bytes:
    full, empty = io.BytesIO(), io.BytesIO()
    openpyxl.Workbook().save(full)
    with zipfile.ZipFile(full) as old, zipfile.ZipFile(empty, "w") as new:
        for name in old.namelist():
            new.writestr(
                name, re.sub(rb"<sheets>.*</sheets>", b"<sheets></sheets>", old.read(name))
            )
    return empty.getvalue()


@dataclass(frozen=True)
class Example:
    """A file and the code of what is said of it."""

    code: str
    content: str | bytes | None
    """None: there is no such file."""
    mapping: str | bytes | None = None
    is_ledger: bool = False
    after: str = ""
    """A book that was imported before."""
    name: str = "–"
    """A column in the language of whoever made the file."""
    options: tuple[str, ...] = ()
    after_ledger: str = ""
    """A ledger that was imported before."""


ONE = {"S1": [NEEDED, GOOD.split(",")]}
"""The sheets of a workbook with one good row."""
OTHER = {**ONE, "S2": [["team"], ["S"]]}
MERGED = '</sheetData><mergeCells><mergeCell ref="A2:A3"/></mergeCells>'
REPEATED = (
    '<table:table table:name="S1"><table:table-row table:number-rows-repeated="100000">'
    "<table:table-cell><text:p>policy_no</text:p></table:table-cell></table:table-row></table:table>"
)

_SPREAD = (
    '<table:table-row table:number-rows-repeated="1000"><table:table-cell '
    'table:number-columns-repeated="900"><text:p>x</text:p></table:table-cell></table:table-row>'
)
_NEEDED = "".join(
    f"<table:table-cell><text:p>{name}</text:p></table:table-cell>" for name in NEEDED
)
SPREAD = (
    f'<table:table table:name="S1"><table:table-row>{_NEEDED}</table:table-row>'
    f"{_SPREAD * 2}</table:table>"
)

ENDED = ",status,ended_on"
CLAIM = f"{GOOD},claim,2026-05-12"
BOTH_ORDERS = 'date_formats = ["%d/%m/%Y", "%m/%d/%Y"]'
ELEVEN = [GOOD.replace("P1,", f"P{number},") for number in range(1, 12)]
SWAPPED = [each.replace("2026-05-08", "2026-08-05") for each in ELEVEN[:3]]
INSTALMENTS = [f"P1,2027-{month:02}-08,1," for month in range(1, 12)]


def two(more: str, one: str, other: str) -> str:
    """A book of a client's two policies, whose rows differ in a column."""
    return book(f"{GOOD},{one}", f"{GOOD.replace('P1', 'P2')},{other}", more=more)


JAPANESE = GOOD.replace("王小明", "佐野 健")
NAMES = list(enumerate(["李丽", "周国强", "陈静", "刘建华", "赵敏"], 2))
OBJECT = (
    '{"policy_no": "P1", "issue_date": "2026-05-08", "annual_premium": 1200,'
    ' "client_no": "C1", "client_name": "王小明", "agent_no": "A1"}'
)
MANY_OBJECTS = "".join(f"{OBJECT.replace('P1', f'P{number}')}\n" for number in range(1, 1001))
LATE = MANY_OBJECTS + OBJECT.replace("P1", "P1001").replace("}", ', "remark": "x"}')


def ledger(*rows: str) -> str:
    """A ledger of these rows, with the days of payment."""
    return "".join(f"{row}\n" for row in [f"{LEDGER},paid_on", *rows])


PARTS = 'rows_per_policy = { sum = ["annual_premium"] }\n'
MAIN = PARTS.replace(" }", ', of = "agent_no", first = "A1" }')
JOINED = """
columns = { product = "c.client_name" }
files = { c = { file = "b*.csv", key = "client_no", on = "client_no" } }
"""
COUNTED = 'columns = { due_date = { instalment = "n" } }\n'

EXAMPLES = [
    # the file
    Example("system_enoent", None),
    Example("file_empty", ""),
    Example("file_empty", "\n\n  \n"),
    Example("header_twice", f"{HEADER},agent_no\n{GOOD},A1\n"),
    Example("broken_utf8", book(GOOD).encode() + b"P2,2026-05-08,1,C,\xe5\xbc\xa0\xe4\xbc,A\n"),
    Example("encoding_breaks", book(GOOD), mapping='encoding = "ascii"'),
    Example("encoding_unclear", book(JAPANESE).encode("euc_jp"), name="gb18030"),
    Example("reading", book(JAPANESE).encode("euc_jp"), name="gb18030"),
    Example("odd_characters", book(*ELEVEN).replace("王", "\ue863")),
    Example(
        "file_not_text", book(GOOD[:-1].replace("王小明", "X")).encode() + b"P\xff\x81\x80\xff\n"
    ),
    Example("file_is_json", '[\n{"policy_no": "P1"}\n]'),
    Example("file_is_binary", bytes(range(256)) * 64),
    Example("workbook_empty", workbook_without_sheets()),
    Example("workbook_damaged", b"PK\x03\x04" + b"no zip at all" * 20),
    Example("workbook_damaged", b"\xd0\xcf\x11\xe0" + bytes(600)),
    Example(
        "workbook_locked",
        b"\xd0\xcf\x11\xe0" + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
    ),
    Example("workbook_declares", rezipped(xlsx(ONE), {"xl/workbook.xml": b"<!DOCTYPE a><a/>"})),
    Example("workbook_unpacks", rezipped(xlsx(ONE), {"xl/styles.xml": bytes(3 << 20)})),
    Example(
        "workbook_gap",
        edited(edited(xlsx(ONE), 'r="2"', 'r="20000"'), 'r="(.)2"', r'r="\g<1>20000"'),
    ),
    Example("workbook_wide", edited(xlsx(ONE), 'r="F2"', 'r="XFD2"')),
    Example("workbook_cell_long", edited(xlsx(ONE), "王小明", "x" * 65_537)),
    Example("workbook_row_repeated", ods_of(REPEATED)),
    Example("workbook_many_sheets", ods_of('<table:table table:name="S1"/>' * 1001)),
    Example("workbook_repeats", ods_of(SPREAD)),
    Example("no_such_sheet", xlsx(ONE), mapping='sheet = "S2"'),
    Example("sheet_hidden", xlsx({**ONE, "S2": []}, ["S2"]), mapping='sheet = "S2"'),
    Example("sheet_differs", xlsx(OTHER), mapping='sheet = ["S1", "S2"]'),
    Example("hidden_sheets", xlsx({**ONE, "S2": []}, ["S2"])),
    Example("other_sheets", xlsx(OTHER)),
    Example("merged_cells", edited(xlsx(ONE), "</sheetData>", MERGED)),
    Example("uncalculated", xlsx({"S1": [[*NEEDED, "team"], [*GOOD.split(","), "=1+1"]]})),
    Example("quote_not_closed", book('P1,2026-05-08,1,C1,"王,A1')),
    Example("quote_inside", book('P1,2026-05-08,1,C1,"王"小明,A1')),
    Example("cell_endless", book(f"P1,2026-05-08,1,C1,{'x' * (64 * 1024 * 1024 + 1)},A1")),
    Example("missing_columns", "policy_no,client_no\nP1,C1\n"),
    Example("missing_columns", cell("agent_no", "A1").replace("client_name,", "")),
    Example("missing_columns", "policy_no,amount\nP1,2\n", is_ledger=True),
    Example("missing_columns_but", f"2026\n\n{book(GOOD)}"),
    Example(
        "missing_columns", book(GOOD), mapping='[columns]\npolicy_no = "保单号"\n', name="保单号"
    ),
    Example(
        "read_as",
        book(GOOD, *(f"P{n},2026-05-08,1,C{n},{name},A1" for n, name in NAMES)).encode("gb18030"),
    ),
    Example("key_comes_late", LATE),
    Example("column_left_out", book(f"{GOOD},x", more=",remark")),
    # the mapping
    Example("system_enoent", book(GOOD), mapping=""),
    Example("not_utf8", book(GOOD), mapping=b"country = '\xff'"),
    Example("not_toml", book(GOOD), mapping="country == 'CN'"),
    Example("not_toml_at_end", book(GOOD), mapping="date_formats = ["),
    Example("unknown_key", book(GOOD), mapping="land = 'CN'"),
    Example("wrong_type", book(GOOD), mapping="country = 86"),
    Example("not_a_column", book(GOOD), mapping='[columns]\ncolour = "red"\n'),
    Example("not_a_country", book(GOOD), mapping='country = "Mars"'),
    Example("not_an_encoding", book(GOOD), mapping='encoding = "klingon"'),
    Example("bad_delimiter", book(GOOD), mapping='delimiter = ";;"'),
    Example("one_of_keys", book(GOOD), mapping='[columns]\nproduct = { strip = "." }\n'),
    Example("keys_together", book(GOOD), mapping='[columns]\nproduct = { of = "x", then = "y" }\n'),
    Example("part_of_nothing", book(GOOD), mapping='[columns]\nproduct = { of = "x", part = 0 }\n'),
    Example(
        "not_a_pattern", book(GOOD), mapping='[columns]\nproduct = { of = "x", match = "(" }\n'
    ),
    Example(
        "instalment_of_due_date", book(GOOD), mapping='columns.product = { instalment = "x" }\n'
    ),
    Example("not_beside", book(GOOD), mapping=JOINED.replace("b*.csv", "a/b.csv")),
    Example("joined_missing", book(GOOD), mapping=JOINED.replace("b*", "c*")),
    Example("joined_several", book(GOOD), mapping=JOINED.replace("b*.csv", "*")),
    Example("not_summed", book(GOOD), mapping='rows_per_policy = { sum = ["status"] }\n'),
    Example(
        "columns_by_own_name",
        book(GOOD).replace("client_name", "名称"),
        mapping='columns = { client_name = "名称" }\n',
        name="名称",
    ),
    Example("totals_passed", book(GOOD, "合计,,,,,"), mapping='totals = "合计"\n'),
    Example("rows_skipped", book(GOOD), mapping='skip = { agent_no = "A1" }\n'),
    Example(
        "older_rows",
        book(f"{GOOD},1", f"{GOOD},2", more=",n"),
        mapping='rows_per_policy = { latest = "n" }\n',
    ),
    Example(
        "parts_differ",
        book(f"{GOOD},in_force", f"{GOOD},grace", more=",status"),
        mapping=PARTS,
    ),
    Example("parts_alike", book(GOOD, GOOD), mapping=PARTS),
    Example("not_a_currency", book(GOOD), mapping='[constants]\ncurrency = "yuan"\n'),
    Example("code_to_nothing", book(GOOD), mapping='[codes.status]\n"A" = "active"\n'),
    Example("format_of_spreadsheet", book(GOOD), mapping='date_formats = ["dd/mm/yyyy"]'),
    Example("no_such_directive", book(GOOD), mapping='date_formats = ["%d/%m/%q"]'),
    Example("format_of_no_day", book(GOOD), mapping='date_formats = ["%d/%m"]'),
    Example("not_a_pivot", book(GOOD), mapping="pivot = 26"),
    Example("no_such_spelling", book(GOOD), mapping='numbers = "1.2,3"'),
    Example(
        "orders_contradict",
        book(*(GOOD.replace("2026-05-08", day) for day in ("25/04/2026", "04/25/2026"))),
        mapping=BOTH_ORDERS,
    ),
    Example("orders_unclear", cell("issue_date", "05/04/2026"), mapping=BOTH_ORDERS),
    # rows
    Example("wrong_width", book(f"{GOOD},x")),
    Example(
        "no_match",
        book(GOOD),
        mapping='[columns]\nproduct = { of = "agent_no", match = "[0-9]{4}" }\n',
    ),
    Example(
        "not_in_file", book(GOOD), mapping=JOINED.replace('on = "client_no"', 'on = "agent_no"')
    ),
    Example(
        "mode_missing",
        book(f"{GOOD},", more=",payment_mode"),
        mapping='premium_per = "instalment"\n',
    ),
    Example("no_main_row", book(GOOD, GOOD), mapping=MAIN.replace("A1", "A2")),
    Example("main_row_twice", book(GOOD, GOOD), mapping=MAIN),
    Example("parts_disagree", book(GOOD, GOOD.replace("C1", "C2")), mapping=PARTS),
    Example(
        "latest_twice",
        book(GOOD, GOOD.replace("1200", "1300")),
        mapping='rows_per_policy = { latest = "issue_date" }\n',
    ),
    Example(
        "latest_unclear",
        book(f"{GOOD},05/06/2026", f"{GOOD},07/06/2026", more=",n"),
        mapping='date_formats = ["%d/%m/%Y", "%m/%d/%Y"]\nrows_per_policy = { latest = "n" }\n',
    ),
    Example(
        "not_in_order", book(GOOD, GOOD), mapping='rows_per_policy = { latest = "agent_no" }\n'
    ),
    Example("odd_character", cell("product", "\ue863")),
    Example("not_json", f"{OBJECT}\nP1;2\n"),
    Example("not_json_value", f"{OBJECT}\n{OBJECT.replace('1200', 'NaN')}\n"),
    Example("key_twice", f"{OBJECT}\n{OBJECT.replace('agent_no', 'policy_no')}\n"),
    Example("cell_nested", f"{OBJECT}\n{OBJECT.replace('1200', '[1200]')}\n"),
    Example("policy_twice", book(GOOD, GOOD)),
    Example("client_described_twice", book(GOOD, GOOD.replace("P1", "P2").replace("王", "李"))),
    Example(
        "agent_described_twice",
        book(f"{GOOD},孙", f"{GOOD.replace('P1', 'P2')},周", more=",agent_name"),
    ),
    Example("consent_contradicts", two(",marketing_consent", "yes", "no")),
    Example("channel_contradicts", two(",channel", "sms", "none")),
    Example("at_places", two(",marketing_consent", "yes", "no")),
    Example(
        "at_places_and_more",
        book(*(f"{row},a@x.example;b@x.example" for row in ELEVEN), more=",email"),
    ),
    Example("said_of", two(",marketing_consent", "yes", "no")),
    Example("said_in_two_lines", two(",marketing_consent", "yes", "no")),
    Example(
        "of_line",
        book(
            f"{GOOD},孙,一",
            f"{GOOD.replace('P1', 'P2')},孙,二",
            f"{GOOD.replace('P1', 'P3')},周,一",
            more=",agent_name,team",
        ),
    ),
    Example("two_people", two(",birthday", "1980-05-01", "1990-05-01")),
    Example("number_like_line", book(GOOD, GOOD.replace("P1", "P2").replace("C1", "C\u200b1"))),
    Example("number_like_book", book(GOOD.replace("P1", "P\u200b1")), after=book(GOOD)),
    Example("numbers_with_unseen", book(GOOD.replace("P1", "P\u200b1"))),
    Example("numbers_differ_in_case", book(GOOD, GOOD.replace("P1", "p1"))),
    Example(
        "numbers_differ_in_zeros",
        book(GOOD.replace("C1", "01"), GOOD.replace("P1", "P2").replace("C1", "1")),
    ),
    Example("several_addresses", book(f"{GOOD},a@x.example;b@x.example", more=",email")),
    Example("said_in_line", book(f"{GOOD},a@x.example;b@x.example", more=",email")),
    Example("new_agents", book(GOOD.replace("A1", "A2")), after=book(GOOD)),
    Example(
        "new_branches",
        book(f"{GOOD},沪", more=",branch"),
        after=book(f"{GOOD},京", more=",branch"),
        name="沪",
    ),
    Example("ended_ahead", book(f"{GOOD},surrendered,2046-05-08", more=ENDED)),
    Example("in_force_past_end", book(f"{GOOD},in_force,2026-05-10", more=ENDED)),
    Example("ended_without_date", book(f"{GOOD},surrendered,", more=ENDED)),
    Example("end_is_maturity", book(f"{GOOD},in_force,2046-05-08", more=ENDED)),
    Example(
        "premium_is_instalment",
        book(
            *(f"{GOOD.replace('P1', f'P{number}')},annual" for number in range(20)),
            *(f"{GOOD.replace('P1', f'M{number}')},monthly" for number in range(20)),
            more=",payment_mode",
        ).replace("1200.50,C1,王小明,A1,monthly", "100,C1,王小明,A1,monthly"),
    ),
    Example(
        "premium_is_single",
        book(
            *(f"{GOOD.replace('P1', f'P{number}')},1" for number in range(20)),
            more=",premium_term_years",
        ),
    ),
    Example(
        "single_in_instalments",
        f"{LEDGER}\nP1,2027-05-08,1\nP1,2028-05-08,1\n",
        is_ledger=True,
        after=book(f"{GOOD},single", more=",payment_mode"),
    ),
    Example("issue_dates_swapped", book(*SWAPPED), after=book(*ELEVEN[:3])),
    Example("said_and_stored", book(*SWAPPED), after=book(*ELEVEN[:3])),
    Example(
        "cannot_become",
        book(f"{GOOD},matured,2026-05-10", more=ENDED),
        after=book(f"{GOOD},surrendered,2026-05-10", more=ENDED),
    ),
    Example(
        "ended_before_issue",
        book(f"{GOOD},lapsed,2026-05-01".replace("lapsed", "terminated"), more=ENDED),
    ),
    Example(
        "suspended_before_issue",
        book(f"{GOOD},suspended,2026-05-01", more=",status,suspended_on"),
    ),
    Example(
        "end_taken_back",
        book(f"{GOOD},in_force,", more=ENDED),
        after=book(f"{GOOD},surrendered,2026-05-10", more=ENDED),
    ),
    # files that say they are complete
    Example("policies_left_out", book(*ELEVEN[1:]), after=book(*ELEVEN), options=("--complete",)),
    Example(
        "would_drop_policies",
        book(*ELEVEN[2:]),
        after=book(*ELEVEN),
        options=("--complete", "--dry-run"),
    ),
    Example("drops_many_policies", book(*ELEVEN[2:]), after=book(*ELEVEN), options=("--complete",)),
    Example(
        "instalments_void",
        ledger(*INSTALMENTS[1:]),
        is_ledger=True,
        after=book(GOOD),
        after_ledger=ledger(*INSTALMENTS),
        options=("--complete",),
    ),
    Example(
        "paid_instalments_void",
        ledger(*INSTALMENTS[1:]),
        is_ledger=True,
        after=book(GOOD),
        after_ledger=ledger(f"{INSTALMENTS[0]}2026-05-10", *INSTALMENTS[1:]),
        options=("--complete",),
    ),
    Example(
        "would_drop_instalments",
        ledger(*INSTALMENTS[2:]),
        is_ledger=True,
        after=book(GOOD),
        after_ledger=ledger(*INSTALMENTS),
        options=("--complete", "--dry-run"),
    ),
    Example(
        "drops_many_instalments",
        ledger(*INSTALMENTS[2:]),
        is_ledger=True,
        after=book(GOOD),
        after_ledger=ledger(*INSTALMENTS),
        options=("--complete",),
    ),
    Example("no_such_client", "client_no\nC404\n", after=book(GOOD), options=("--clients",)),
    Example("no_such_policy", f"{LEDGER}\nP404,2027-05-08,1\n", is_ledger=True, after=book(GOOD)),
    Example(
        "instalment_has_no_day",
        "policy_no,n,amount\nP1,2,1\n",
        mapping=COUNTED,
        is_ledger=True,
        after=book(f"{GOOD},single", more=",payment_mode"),
    ),
    Example(
        "instalment_twice",
        f"{LEDGER}\nP1,2027-05-08,1\nP1,2027-05-08,1\n",
        is_ledger=True,
        after=book(GOOD),
    ),
    # cells
    Example("too_long", cell("client_name", "长" * 201)),
    Example("empty", cell("policy_no", "")),
    Example("spreadsheet_error", cell("client_name", "#N/A")),
    Example("control_character", cell("client_name", "\x1b[31m小明")),
    Example("number_rounded", cell("policy_no", "4.40105E+17")),
    Example("not_one_of", cell("status", "resting")),
    Example("not_one_of", cell("payment_mode", "每周")),
    Example("not_yes_or_no", cell("marketing_consent", "是")),
    Example("not_a_currency", cell("currency", "yuan")),
    Example("not_a_language", cell("language", "中文")),
    Example("not_a_timezone", cell("timezone", "Mars/Base")),
    Example("date_missing", cell("issue_date", "")),
    Example("date_out_of_range", cell("issue_date", "0001-01-01")),
    Example("date_ahead", cell("birthday", "2080-01-01")),
    Example("not_a_date", cell("issue_date", "gestern")),
    Example("date_in_a_zone", cell("issue_date", "2026-05-08T16:00:00Z")),
    Example("date_is_serial", cell("issue_date", "46150")),
    Example("amount_missing", cell("annual_premium", "")),
    Example("not_an_amount", cell("annual_premium", "一千")),
    Example("amount_too_large", cell("annual_premium", "1e400")),
    Example("amount_negative", cell("annual_premium", "-1")),
    Example("amount_too_fine", cell("annual_premium", "1.005")),
    Example("amount_rounded", cell("annual_premium", "1.2E+06")),
    Example("amount_ambiguous", cell("annual_premium", "2.500")),
    Example("amount_of_spelling", cell("annual_premium", "￥1200")),
    Example("not_a_whole_number", cell("premium_term_years", "viele")),
    Example("unusable_phones", cell("phone", "待补")),
    Example("number_takes_no_sms", cell("phone", "+44 20 7946 0123")),
    Example("phone_lacks_its_plus", cell("phone", "442079460123")),
    Example(
        "phone_keeps_its_country",
        cell("phone", "13125550101"),
        after=cell("phone", "+13125550101"),
    ),
    Example("claim_asks", book(CLAIM, more=ENDED)),
    Example("policy_of_client", book(CLAIM, more=ENDED)),
    Example(
        "claim_asks_and_more",
        book(*(CLAIM.replace("P1,", f"P{number},") for number in range(1, 7)), more=ENDED),
    ),
    Example("refused_line", book(f"{GOOD},x")),
    Example("refused_row", cell("client_name", "")),
    Example("refused_cell", cell("birthday", "1980-02-30")),
    Example("refused_line_in", xlsx({**ONE, "S2": [NEEDED, [*GOOD.split(","), "x"]]})),
    Example("refused_row_in", xlsx({**ONE, "S2": [NEEDED, ["P2"]]})),
    Example("refused_cell_in", xlsx({**ONE, "S2": [NEEDED, ["P2", "2026-02-30"]]})),
]

WHOLE = {f"refused_{part}{where}" for part in ("line", "row", "cell") for where in ("", "_in")}
"""The sentences around a reason, which stands by itself in a rejects file."""

IN_ANOTHER_TEST = {"joined_not_given", "joined_too_long", "twice_in_file", "no_such_joined_file"}
"""Files that are joined: see test_joining."""

IN_ANOTHER_TEST |= {"in_file", "people_are_not_complete", "one_kind_of_file"}
"""What is typed wrongly: see test_people."""

IN_ANOTHER_TEST |= {"earlier_agent_named", "policies_paused", "ledger_is_no_book"}

BEYOND_A_TEST = {"workbook_large", "workbook_row_endless", "workbook_nearly_empty"}
"""Of workbooks that are shown with smaller bounds (`test_xlsx`): real ones are large."""


def section_codes() -> set[str]:
    """The codes of those sections of the English catalogue."""
    text = (shipped_templates() / "words" / "en" / "notices.po").read_text("utf-8")
    parts = re.split(r"(?m)^(?=# ---- )", text)
    return {
        code
        for part in parts
        if part.startswith(SECTIONS)
        for code in re.findall(r'(?m)^msgid "(\w+)"', part)
    }


def codes_in_source() -> set[str]:
    """The codes that the importer writes out."""
    sources = (ROOT / "policies" / "importing").glob("*.py")
    pattern = r'(?:notice|BadCell|Costly)\(\s*"(\w+)"'
    return {code for path in sources for code in re.findall(pattern, path.read_text("utf-8"))}


WHERE = {"line", "at_key", "in_file", "at_lines", "at_lines_and_more", "at_lines_of"}
"""Codes that only say where in a file."""


def test_there_is_an_example_of_all_that_an_import_says() -> None:
    shown = {each.code for each in EXAMPLES} | IN_ANOTHER_TEST | BEYOND_A_TEST
    assert section_codes() - shown == set()
    assert codes_in_source() - shown - WHERE == set()


def sentences(code: str, locale: str) -> list[str]:
    """The forms of a code in a language."""
    path = shipped_templates() / "words" / locale / "notices.po"
    with path.open("rb") as file:
        found = read_po(file, locale=locale, charset="utf-8").get(code, context="notice")
    assert found is not None, code
    return [found.string] if isinstance(found.string, str) else list(found.string)


def as_pattern(sentence: str) -> str:
    """What the sentence looks like whatever its facts are."""
    parts = string.Formatter().parse(sentence)
    return "".join(re.escape(text) + (".+" if name else "") for text, name, _, _ in parts)


def says(told: str, code: str, locale: str) -> bool:
    return any(re.search(as_pattern(each), told) for each in sentences(code, locale))


CODE_WORDS = {
    *records.columns(kinds.BookCells),
    *records.columns(kinds.PremiumCells),
    *cells.STATUSES,
    *cells.PAYMENT_MODES,
    *("sms", "email", "none", "yes", "no"),
    *("country", "delimiter", "sheet", "columns", "constants", "date_formats", "rows_per_policy"),
    *("codes", "pivot", "numbers", "serial"),
    *("files", "file"),
    *("end_only_when_ended", "true", "premium_per", "instalment"),
    *("header_row", "encoding", "JSON", "Lines"),
    *("CSV", "XLSX", "TOML", "UTF", "GB", "MiB", "Excel", "xls", "xlsx", "YYYY", "MM", "DD"),
    *("CN", "CNY", "zh_CN", "en", "Asia", "Shanghai"),
    *("bad", "csv", "map", "toml", "policies", "rejects"),
}
"""What is written alike in every language: columns, their codes, kinds of files, names of files."""

QUOTED = r"“[^”]*”|'[^']*'"
"""Values that are told as the file has them."""


def foreign(told: str, locale: str, name: str = "–") -> list[str]:
    """The words of another language in what was told; `name` is a column of the file, and is none."""
    kept = re.sub(QUOTED, "", told).replace(name, "")
    kept = re.sub(r"\w+…", "", kept)  # a name cut short
    if locale == "en":
        return re.findall(r"[\u3000-\u9fff\uff00-\uffef]+", kept)
    return [word for word in re.findall(r"[A-Za-z][A-Za-z_]+", kept) if word not in CODE_WORDS]


@pytest.fixture(scope="module")
def empty_office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace without a book. To be copied, not touched."""
    folder = tmp_path_factory.mktemp("empty") / "office"
    folder.mkdir()
    call("init", cwd=folder).done()
    return folder


@pytest.fixture
def fresh(empty_office: Path, tmp_path: Path, homes: Homes) -> Path:
    return homes.copied(empty_office, tmp_path / "office")


def write(path: Path, content: str | bytes) -> None:
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))


def rejected(office: Path) -> list[dict[str, str]]:
    """The refused rows, as the file for them has them."""
    path = office / "rejects.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def named(example: Example) -> str:
    return f"{example.code}-{EXAMPLES.index(example)}"


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("example", EXAMPLES, ids=named)
def test_a_refusal_is_in_the_readers_language(example: Example, locale: str, fresh: Path) -> None:
    speaks = {"SERVICING_SERVICING_LOCALE": locale}
    words = ["book", "import", "bad.csv", "--joined", str(DAY), "--rejects", "rejects.csv"]
    if example.after:
        write(fresh / "bad.csv", example.after)
        call(*words, cwd=fresh, env=speaks).done()
    if example.after_ledger:
        write(fresh / "bad.csv", example.after_ledger)
        call(*words, "--premiums", cwd=fresh, env=speaks).done()
    write(fresh / "bad.csv", example.content or "")
    if example.content is None:
        (fresh / "bad.csv").unlink()
    if example.mapping is not None:
        words += ["--map", "map.toml"]
    if example.mapping:
        write(fresh / "map.toml", example.mapping)
    words += ["--premiums"] if example.is_ledger else []
    told = call(*words, *example.options, cwd=fresh, env=speaks).err
    assert says(told, example.code, locale), told
    assert foreign(told, locale, example.name) == [], told
    for row in rejected(fresh):
        assert says(row["reject_reason"], example.code, locale) or example.code in WHOLE
        assert foreign(row["reject_reason"], locale) == []


@pytest.mark.parametrize("locale", LOCALES)
def test_an_agent_who_was_replaced_since_is_told_in_the_readers_language(
    locale: str, fresh: Path
) -> None:
    speaks = {"SERVICING_SERVICING_LOCALE": locale}
    words = ("book", "import", "book.csv", "--joined", str(DAY))
    write(fresh / "book.csv", book(GOOD, "P2,2026-05-08,1,C2,李丽,A2"))
    call(*words, cwd=fresh, env=speaks).done()
    handed = ("handover", "--from", "A1", "--to", "A2", "--apply", "--why", "x")
    call(*handed, cwd=fresh, env=speaks).done()
    told = call(*words, cwd=fresh, env=speaks).done().err
    assert says(told, "earlier_agent_named", locale), told
    assert foreign(told, locale) == []


@pytest.mark.parametrize("locale", LOCALES)
def test_a_second_complete_file_without_a_policy_says_so_in_the_readers_language(
    locale: str, fresh: Path
) -> None:
    speaks = {"SERVICING_SERVICING_LOCALE": locale}
    words = ("book", "import", "book.csv", "--joined", str(DAY))
    write(fresh / "book.csv", book(*ELEVEN))
    call(*words, cwd=fresh, env=speaks).done()
    write(fresh / "book.csv", book(*ELEVEN[1:]))
    told = [call(*words, "--complete", cwd=fresh, env=speaks).done().err for _ in range(2)]
    assert says(told[0], "policies_left_out", locale), told
    assert says(told[1], "policies_paused", locale), told
    assert foreign(told[1], locale) == []


@pytest.mark.parametrize("locale", LOCALES)
def test_a_ledger_is_no_whole_book_in_either_language(locale: str, fresh: Path) -> None:
    write(fresh / "ledger.csv", ledger(*INSTALMENTS))
    words = ("book", "import", "ledger.csv", "--premiums", "--whole-book")
    told = call(*words, cwd=fresh, env={"SERVICING_SERVICING_LOCALE": locale})
    assert (told.code, says(told.err, "ledger_is_no_book", locale)) == (2, True)


FOREIGN = [
    ("错误：bad.csv：permission is denied", "zh_CN", ["permission", "is", "denied"]),
    ("错误：bad.csv：第 3 行，status“resting”：应为 in_force 之一", "zh_CN", []),
    ("Error: bad.csv: 没有这个文件", "en", ["没有这个文件"]),
    ("refused: line 3, product '年金': no", "en", []),
]


@pytest.mark.parametrize(("told", "locale", "words"), FOREIGN)
def test_the_reader_of_these_tests_knows_a_foreign_word(
    told: str, locale: str, words: list[str]
) -> None:
    assert foreign(told, locale) == words
