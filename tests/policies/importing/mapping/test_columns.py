"""Which columns a book has, what their cells may say, and how other systems say it."""

from pathlib import Path

import peewee
import pytest

from policies import errors
from policies.importing import importer, kinds
from policies.importing.mapping import loading
from policies.models import Agent, Client, Policy
from tests import cast
from tests.policies.importing import book_files
from tests.policies.importing.book_files import load, load_file, mapping_of, row
from tests.refusals import english, refuses


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What a cell may say does not depend on the database."""
    return sqlite_url


CELLS = {
    "product": "安心终身寿险",
    "payment_mode": "quarterly",
    "premium_term_years": "20",
    "sum_assured": "500,000.00",
    "currency": "CNY",
    "status": "grace",
    "delivered_on": "2025-09-03",
    "gender": "M",
    "birthday": "1984-02-29",
    "phone": "138 1234 5678",
    "email": "lin@example.com",
    "language": "zh-CN",
    "timezone": "Asia/Shanghai",
    "channel": "email",
    "marketing_consent": "yes",
    "agent_name": "陈燕",
    "agent_phone": "+12025550101",
    "agent_email": "chen@example.com",
    "team": "一部",
    "branch": "上海",
    "referred_by": "C900",
}


def test_every_known_column_comes_into_the_book(book: peewee.Database, tmp_path: Path) -> None:
    assert load(tmp_path, row(**CELLS)).counts == (1, 0, 0, 0)
    policy, client, agent = cast.policy(), cast.lin_wei(), Agent.get()
    assert (policy.product, policy.payment_mode, policy.premium_term_years) == (
        *("安心终身寿险", "quarterly", 20),
    )
    assert (str(policy.annual_premium), str(policy.sum_assured), policy.currency) == (
        *("12000.00", "500000.00", "CNY"),
    )
    assert (policy.status, policy.delivered_on) == ("grace", cast.day("2025-09-03"))
    assert (client.name, client.gender, client.birthday) == ("林伟", "M", cast.day("1984-02-29"))
    assert (client.phone, client.email) == ("+8613812345678", "lin@example.com")
    assert (client.language, client.timezone) == ("zh_CN", "Asia/Shanghai")
    assert (client.channel, client.marketing_consent) == ("email", True)
    assert client.referred_by == "C900"
    assert (agent.name, agent.phone, agent.email) == ("陈燕", "+12025550101", "chen@example.com")
    assert (agent.team.name, agent.team.branch.name) == ("一部", "上海")


def test_the_needed_columns_are_enough(book: peewee.Database, tmp_path: Path) -> None:
    assert load(tmp_path, row()).counts == (1, 0, 0, 0)
    policy = cast.policy()
    assert (policy.status, policy.ended_on, policy.payment_mode) == ("in_force", None, "annual")
    assert policy.served_from == book_files.JOINED
    assert cast.lin_wei().marketing_consent is None


@pytest.mark.parametrize("column", kinds.needed("book"))
def test_a_book_without_a_needed_column_is_refused(
    book: peewee.Database, tmp_path: Path, column: str
) -> None:
    cells = {name: value for name, value in row().items() if name != column}
    with pytest.raises(errors.MissingColumns) as refusal:
        load(tmp_path, cells)
    assert f"book.csv: the column {column} is needed; the header has " in english(refusal.value)
    assert Policy.select().count() == 0


def test_all_missing_columns_are_named_at_once(book: peewee.Database, tmp_path: Path) -> None:
    with refuses(errors.MissingColumns, match="the columns client_no, agent_no are needed"):
        cells = {
            name: value for name, value in row().items() if name not in ("client_no", "agent_no")
        }
        load(tmp_path, cells)


def test_headers_may_be_in_capitals(book: peewee.Database, tmp_path: Path) -> None:
    assert load(tmp_path, {name.upper(): value for name, value in row().items()}).counts[0] == 1


def test_a_column_that_means_nothing_is_named(book: peewee.Database, tmp_path: Path) -> None:
    found = load(tmp_path, row(brithday="1984-02-29"))
    assert found.warnings == ["column 'brithday' is unknown and is ignored"]
    assert load(tmp_path, row(reject_reason="", reject_line="2")).warnings == []


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("policy_no", "", "must not be empty"),
        ("policy_no", "9" * 65, "at most 64 characters were expected, 65 found"),
        ("client_no", "", "must not be empty"),
        ("client_name", "", "must not be empty"),
        ("client_name", "林" * 201, "at most 200 characters were expected, 201 found"),
        ("agent_no", "", "must not be empty"),
        ("issue_date", "", "a date was expected, the cell is empty"),
        ("issue_date", "2026-02-30", "a date of the calendar as YYYY-MM-DD was expected"),
        ("annual_premium", "", "an amount was expected, the cell is empty"),
        ("annual_premium", "-12000", "an amount of 0 or more was expected"),
        ("annual_premium", "1e400", "an amount below 1,000,000,000,000 was expected"),
        ("annual_premium", "12.345", "an amount with at most two decimals was expected"),
        ("sum_assured", "much", "an amount such as 1234.50 was expected"),
        (
            "payment_mode",
            "weekly",
            "one of annual, semiannual, quarterly, monthly, single was expected",
        ),
        ("premium_term_years", "121", "a whole number from 0 to 120 was expected"),
        ("currency", "yuan", "a currency such as CNY was expected"),
        ("ended_on", "31.8.2025", "a date of the calendar as YYYY-MM-DD was expected"),
        ("birthday", "1984-02-30", "a date of the calendar as YYYY-MM-DD was expected"),
        ("delivered_on", "soon", "a date of the calendar as YYYY-MM-DD was expected"),
        ("gender", "X", "one of M, F was expected"),
        ("language", "中文", "a language such as zh_CN or en was expected"),
        ("timezone", "Peking", "a time zone such as Asia/Shanghai was expected"),
        ("timezone", "posix/Asia/Shanghai", "a time zone such as Asia/Shanghai was expected"),
        ("channel", "fax", "one of sms, email, none was expected"),
        ("marketing_consent", "maybe", "yes or no was expected"),
        ("email", "x" * 201, "at most 200 characters were expected, 201 found"),
        ("phone", "x" * 101, "at most 100 characters were expected, 101 found"),
        ("referred_by", "9" * 65, "at most 64 characters were expected, 65 found"),
        ("product", "x" * 10_000_000, "at most 200 characters were expected, 10000000 found"),
    ],
)
def test_a_bad_cell_refuses_its_row_alone(
    book: peewee.Database, tmp_path: Path, column: str, value: str, reason: str
) -> None:
    bad = {**row("P002"), column: value}
    found = load(tmp_path, row("P001"), bad, row("P003"))
    assert found.counts == (2, 0, 0, 1)
    (reject,) = found.rejects
    assert (reject.line, reject.column, english(reject.reason)) == (3, column, reason)
    assert reject.value == value
    assert len(english(reject.notices[0])) < 200


def test_an_unknown_status_is_refused_with_those_there_are(
    book: peewee.Database, tmp_path: Path
) -> None:
    (why,) = load(tmp_path, row(status="sleeping")).why
    assert why.startswith("line 2, status 'sleeping': one of applied, claim, converted, free_look")
    assert why.endswith("was expected")


def test_a_row_of_another_length_is_refused_alone(book: peewee.Database, tmp_path: Path) -> None:
    path = book_files.write(tmp_path / "book.csv", [row(), row("P002")])
    lines = path.read_text("utf-8").splitlines()
    path.write_text(
        "\n".join([*lines[:2], lines[2] + ",more", lines[2].rpartition(",")[0]]), "utf-8"
    )
    assert load_file(path).why == [
        "line 3: 6 cells were expected, 7 found",
        "line 4: 6 cells were expected, 5 found",
    ]


def test_space_around_a_cell_means_nothing(book: peewee.Database, tmp_path: Path) -> None:
    load(tmp_path, {name: f" {value}\t" for name, value in row().items()})
    assert cast.policy().client.name == "林伟"


def test_a_formula_is_only_a_name(book: peewee.Database, tmp_path: Path) -> None:
    load(tmp_path, row(client_name="=cmd|' /C calc'!A0"))
    assert cast.lin_wei().name == "=cmd|' /C calc'!A0"


# --- Mapping another system's file --------------------------------------------------------------

MAP = """
date_formats = ["%m/%d/%Y"]
country = "US"

[columns]
policy_no = "Contract"
issue_date = "Issue Dt"
status = "Term Reason"
ended_on = "Term Dt"
annual_premium = "Annual Prem"
client_no = "Insured ID"
client_name = "Insured Name"
agent_no = "Writing Agent"
phone = "Mobile"

[codes.status]
"Surrender" = "surrendered"
"-" = "in_force"

[constants]
product = "Whole life"
currency = "USD"
"""

THEIRS = {
    "Contract": "P001",
    "Issue Dt": "8/31/2025",
    "Term Reason": "",
    "Term Dt": "",
    "Annual Prem": "1,234.50",
    "Insured ID": "C001",
    "Insured Name": "Lin Wei",
    "Writing Agent": "A001",
    "Mobile": "(202) 555-0111",
    "Remarks": "a friend",
}


def test_another_systems_file_comes_in_through_a_mapping(
    book: peewee.Database, tmp_path: Path
) -> None:
    mapping = mapping_of(tmp_path, MAP)
    gone = {**THEIRS, "Contract": "P002", "Term Reason": "Surrender", "Term Dt": "01/31/2026"}
    found = load(tmp_path, THEIRS, gone, mapping=mapping)
    assert found.counts == (2, 0, 0, 0)
    # who wrote a mapping chose what to leave out
    assert [each.code for each in found.outcome.warnings] == ["ended_ahead"]
    one, two = cast.policy("P001"), cast.policy("P002")
    assert (one.issue_date, str(one.annual_premium)) == (cast.day("2025-08-31"), "1234.50")
    assert (one.product, one.currency, one.client.phone) == ("Whole life", "USD", "+12025550111")
    assert (one.status, one.ended_on) == ("in_force", None)
    assert (two.status, two.ended_on) == ("surrendered", cast.day("2026-01-31"))


def test_a_code_that_the_mapping_does_not_know_is_refused(
    book: peewee.Database, tmp_path: Path
) -> None:
    mapping = mapping_of(tmp_path, MAP)
    found = load(tmp_path, {**THEIRS, "Term Reason": "Lost"}, mapping=mapping)
    assert found.why[0].startswith("line 2, status 'Lost': one of applied, ")


def test_a_mapped_header_that_is_not_there_is_named(book: peewee.Database, tmp_path: Path) -> None:
    mapping = mapping_of(tmp_path, MAP)
    with refuses(errors.MissingColumns, match="the column Mobile is needed"):
        load(
            tmp_path,
            {name: cell for name, cell in THEIRS.items() if name != "Mobile"},
            mapping=mapping,
        )


def test_a_constant_stands_for_a_needed_column(book: peewee.Database, tmp_path: Path) -> None:
    mapping = mapping_of(tmp_path, '[constants]\nagent_no = "A001"\n')
    cells = {name: value for name, value in row().items() if name != "agent_no"}
    assert load(tmp_path, cells, mapping=mapping).counts == (1, 0, 0, 0)
    assert Agent.get().agent_no == "A001"


def test_a_constant_is_stronger_than_a_column(book: peewee.Database, tmp_path: Path) -> None:
    mapping = mapping_of(tmp_path, '[constants]\ncurrency = "USD"\n')
    load(tmp_path, row(currency="CNY"), mapping=mapping)
    assert cast.policy().currency == "USD"


def test_a_constant_that_cannot_be_meant_is_refused(book: peewee.Database, tmp_path: Path) -> None:
    mapping = mapping_of(tmp_path, '[constants]\ncurrency = "dollars"\n')
    with pytest.raises(errors.BadSetting) as refusal:
        load(tmp_path, row(), mapping=mapping)
    sentence = "[constants] currency = 'dollars': a currency such as CNY was expected"
    assert english(refusal.value).endswith(sentence)


def test_a_mapping_may_name_the_delimiter(book: peewee.Database, tmp_path: Path) -> None:
    path = tmp_path / "book.csv"
    path.write_text(";".join(row()) + "\n" + ";".join(row().values()), "utf-8")
    assert load_file(path, mapping=mapping_of(tmp_path, 'delimiter = ";"')).counts == (1, 0, 0, 0)


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_a_delimiter_that_nobody_names_is_found(
    book: peewee.Database, tmp_path: Path, delimiter: str
) -> None:
    path = tmp_path / "book.csv"
    path.write_text(delimiter.join(row()) + "\n" + delimiter.join(row().values()), "utf-8")
    found = load_file(path)
    assert found.counts == (1, 0, 0, 0)
    assert importer.read_as(found.outcome) == {
        **{"encoding": "utf-8", "delimiter": delimiter, "header_line": 1}
    }


def test_names_are_for_whoever_tries_a_file(book: peewee.Database, tmp_path: Path) -> None:
    found = load(tmp_path, row(), dry_run=True)
    assert found.outcome.names == ("林伟",)
    assert "names" not in importer.read_as(found.outcome)


SHIFTED = "North branch,,,,,\nas of May,,,,,\n"
UNNAMED = "".join(
    f'{column} = "{letter}"\n' for column, letter in zip(row(), "ABCDEF", strict=True)
)


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (f"{SHIFTED}{','.join(row())}\n", "header_row = 3"),
        ("", f"header_row = 0\n[columns]\n{UNNAMED}"),
    ],
)
def test_a_mapping_says_where_the_header_stands(
    book: peewee.Database, tmp_path: Path, before: str, text: str
) -> None:
    path = tmp_path / "book.csv"
    path.write_text(before + ",".join(row().values()), "utf-8")
    assert load_file(path, mapping=mapping_of(tmp_path, text)).counts == (1, 0, 0, 0)
    assert cast.lin_wei().name == "林伟"


def test_a_title_above_the_header_is_not_skipped_by_guess(
    book: peewee.Database, tmp_path: Path
) -> None:
    path = tmp_path / "book.csv"
    path.write_text(f"{SHIFTED}{','.join(row())}\n{','.join(row().values())}", "utf-8")
    with refuses(errors.MissingColumns, match="line 3 .* header_row = 3 in the mapping"):
        load_file(path)


@pytest.mark.parametrize("encoding", ["gb18030", "GBK", "gb2312", "cp936"])
def test_a_mapping_names_the_encoding_as_people_do(
    book: peewee.Database, tmp_path: Path, encoding: str
) -> None:
    path = tmp_path / "book.csv"
    path.write_bytes(f"{','.join(row())}\n{','.join(row().values())}".encode("gb18030"))
    found = load_file(path, mapping=mapping_of(tmp_path, f'encoding = "{encoding}"'))
    assert (found.counts, found.warnings) == ((1, 0, 0, 0), [])
    assert cast.lin_wei().name == "林伟"


NOTED = f"{','.join(row())},Notes,Notes\n{','.join(row().values())},x,y\n"


def test_a_header_that_stands_twice_and_is_not_used_is_ignored(
    book: peewee.Database, tmp_path: Path
) -> None:
    path = tmp_path / "book.csv"
    path.write_text(NOTED, "utf-8")
    found = load_file(path)
    assert (found.counts, found.warnings) == (
        *((1, 0, 0, 0), ["column 'Notes' is unknown and is ignored"]),
    )


@pytest.mark.parametrize(
    ("text", "mapped", "name"),
    [
        (NOTED, '[columns]\nproduct = "Notes"\n', "Notes"),
        (NOTED.replace("Notes,Notes", "phone,phone"), "", "phone"),
        (NOTED.replace("Notes,Notes", "phone,Phone"), "", "phone"),
        (NOTED.replace("Notes,Notes", "Notes,policy_no"), "", "policy_no"),
    ],
)
def test_a_header_that_stands_twice_and_is_used_is_refused(
    book: peewee.Database, tmp_path: Path, text: str, mapped: str, name: str
) -> None:
    path = tmp_path / "book.csv"
    path.write_text(text, "utf-8")
    with refuses(errors.UnreadableFile, match=f"the header has '{name}' more than once"):
        load_file(path, mapping=mapping_of(tmp_path, mapped))


def test_a_header_in_our_words_counts_once_beside_a_mapped_one(
    book: peewee.Database, tmp_path: Path
) -> None:
    mapping = mapping_of(tmp_path, '[columns]\nproduct = "Product"\n')
    found = load(tmp_path, row(Product="年金", product="other"), mapping=mapping)
    assert (found.counts, cast.policy().product) == ((1, 0, 0, 0), "年金")


@pytest.mark.parametrize("column", ["policy_no", "client_name", "product", "agent_no"])
def test_a_character_that_no_text_has_refuses_its_row(
    book: peewee.Database, tmp_path: Path, column: str
) -> None:
    found = load(tmp_path, row(product="x"), {**row("P002", product="x"), column: "a\ue863b"})
    assert found.counts == (1, 0, 0, 1)
    (why,) = found.why
    assert why.startswith(f"line 3, {column}: U+E863 is no character of a text")


def test_such_a_character_in_a_column_that_nobody_reads_costs_nothing(
    book: peewee.Database, tmp_path: Path
) -> None:
    assert load(tmp_path, row(remark="a\ue863b")).counts == (1, 0, 0, 0)


LINE = '{"policy_no": "P001", "issue_date": "2025-08-31", "annual_premium": 12000.10,'
PERSON = ' "client_no": "C001", "client_name": "林伟", "agent_no": "A001"}'


def test_lines_of_json_are_a_book(book: peewee.Database, tmp_path: Path) -> None:
    path = tmp_path / "book.jsonl"
    broken = LINE.replace("P001", "P002") + PERSON.replace('"C001"', '["C001"]')
    path.write_text(f"{LINE}{PERSON}\n{broken}\n", "utf-8")
    found = load_file(path)
    assert found.counts == (1, 0, 0, 1)
    assert found.why == [
        "line 2: 'client_no' holds a list or an object: a text or a number was expected"
    ]
    assert str(cast.policy().annual_premium) == "12000.10"
    assert found.first_reject[0] == broken


def test_the_country_of_the_mapping_is_that_of_the_phones(
    book: peewee.Database, tmp_path: Path
) -> None:
    load(tmp_path, row(phone="202-555-0111"), mapping=mapping_of(tmp_path, 'country = "US"'))
    assert cast.lin_wei().phone == "+12025550111"


def test_a_mended_rejects_file_is_read_by_the_mapping_of_its_book(
    book: peewee.Database, tmp_path: Path
) -> None:
    """A code such as "-" is made inert in the rejects file, and is still that code."""
    from policies.importing.files import rejects

    mapping = mapping_of(tmp_path, MAP)
    found = load(tmp_path, {**THEIRS, "Term Reason": "-", "Annual Prem": "-5"}, mapping=mapping)
    cells = dict(
        zip(
            rejects.header(found.header),
            found.first_reject,
            strict=True,
        )
    )
    again = load(tmp_path, {**cells, "Annual Prem": "5"}, mapping=mapping)
    assert (again.why, again.counts) == ([], (1, 0, 0, 0))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("colour = 1", "unknown key 'colour'"),
        ('[columns]\npolicy = "No"', "[columns] 'policy' is no column of a book"),
        ('[codes.state]\nA = "B"', "[codes] 'state' is no column of a book"),
        (
            '[columns]\ncurrency = "Cur"\n[constants]\ncurrency = "EUR"',
            "constants.currency: exactly one of columns, constants was expected",
        ),
        ('[constants]\nproducts = "B"', "[constants] 'products' is no column of a book"),
        ('country = "XX"', "'XX' is not a country code such as CN"),
        ('delimiter = ""', "delimiter must be one character"),
        ('delimiter = "||"', "delimiter must be one character"),
        ('delimiter = "\\n"', "delimiter must be one character"),
        ('encoding = "klingon"', "encoding 'klingon' is unknown: "),
        ('encoding = "base64"', "encoding 'base64' is unknown: "),
        ('encoding = "utf\\u00008"', "encoding "),
        ("encoding = 8", "encoding: expected text, not a whole number"),
        ("header_row = -1", "header_row: "),
        ('header_row = "3"', "header_row: expected a whole number, not text"),
        ("date_formats = 3", "date_formats: expected a list, not a whole number"),
        (
            "[columns]\npolicy_no = 3",
            "columns.policy_no: expected text or a table, not a whole number",
        ),
        ("date_formats = [", "is not TOML: "),
        ('date_formats = ["dd/mm/yyyy"]', "date_formats: 'dd/mm/yyyy' is written as"),
        (
            '[columns]\nbirthday = { of = "DOB", date_formats = ["%d/%q"] }',
            "columns.birthday.date_formats: '%d/%q': %q means nothing in a format of dates",
        ),
        ("pivot = 26", "pivot: a year from 1900 to 2199 was expected"),
        ('numbers = "1.2,3"', "numbers: one of these examples was expected: 1234.56, 1234,56, "),
        (
            '[columns]\namount = { of = "Amt", numbers = "1.2" }',
            "columns.amount.numbers: one of these examples was expected: ",
        ),
        (
            '[codes.status]\n"Active" = "active"',
            "codes.status: 'Active' becomes 'active': one of applied, claim, ",
        ),
        (
            '[codes.issue_date]\n"today" = "29/11/2026"',
            "codes.issue_date: 'today' becomes '29/11/2026': a date of the calendar as ",
        ),
    ],
)
def test_a_mapping_with_a_mistake_is_refused(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(errors.ServicingError) as refusal:
        mapping_of(tmp_path, text)
    assert english(refusal.value).startswith(f"{tmp_path / 'map.toml'}: {sentence}")


def test_a_code_may_become_whatever_its_column_reads(tmp_path: Path) -> None:
    text = """date_formats = ["%d/%m/%Y"]\nnumbers = "1.234,56"\n[codes]\nstatus = { A = "in_force" }
issue_date = { start = "29/11/2026" }\nannual_premium = { low = "2.500" }\ngender = { "-" = "" }
birthday = { none = "" }\npolicy_no = { "#N/A" = "" }\nphone = { none = "-" }\n"""
    assert len(mapping_of(tmp_path, text).codes) == 7


def test_a_number_of_the_mapping_is_no_spelling_of_a_file(
    book: peewee.Database, tmp_path: Path
) -> None:
    """A number of three decimals is none that is grouped, however the file spells."""
    text = 'numbers = "1.234,56"\n[constants]\nsum_assured = 2.5\nannual_premium = 2.125\n'
    with refuses(errors.BadSetting, match="at most two decimals"):
        load(tmp_path, row(), mapping=mapping_of(tmp_path, text))


def test_a_mapping_that_an_editor_has_marked_is_read(tmp_path: Path) -> None:
    assert mapping_of(tmp_path, "\ufeffcountry = 'US'").country == "US"


def test_amounts_are_read_as_the_file_or_the_column_spells_them(
    book: peewee.Database, tmp_path: Path
) -> None:
    text = 'numbers = "1,234.56"\n[columns]\nsum_assured = { of = "Sum", numbers = "1.234,56" }\n'
    cells = row(annual_premium="$2.500", Sum="2.500")
    load(tmp_path, cells, mapping=mapping_of(tmp_path, text))
    policy = cast.policy()
    assert (str(policy.annual_premium), str(policy.sum_assured)) == ("2.50", "2500.00")


def test_the_shipped_mapping_is_a_good_one() -> None:
    shipped = Path(__file__).parents[4] / "examples" / "us_tied_agent.toml"
    assert loading.load_mapping(shipped).country == "US"


def test_clients_and_policies_are_as_many_as_the_file_says(
    book: peewee.Database, tmp_path: Path
) -> None:
    load(tmp_path, row(), row("P002"), row("P003"), book_files.zhou_mings())
    assert (Client.select().count(), Policy.select().count(), Agent.select().count()) == (2, 4, 2)
