"""Encodings, layouts, numbers and dates of text files, and what becomes of each."""

import datetime
import json
from collections.abc import Iterator
from decimal import Decimal

from tests.policies.importing import foreign_lists
from tests.policies.importing.foreign_lists import Office
from tests.policies.importing.outcomes import (
    ROW,
    Case,
    NoFile,
    Refused,
    Taken,
    one,
    table,
    text,
)

Outcome = Taken | Refused | NoFile

# ---------------------------------------------------------------------------------------- encodings

PEOPLE = ["王小明", "Zoë Ødegård", "Łukasz Gołąb"]
NAMED = text(*({"client_name": each} for each in PEOPLE))
RIGHT = Taken({"client_name": PEOPLE})
MANY = text(*({"client_name": each} for each in PEOPLE * 4)).encode()
JOSE = one(client_name="José Núñez").decode()


def _of_office(office: Office) -> Case:
    said = foreign_lists.listed(office, 30, 7, own_header=False)
    rows = sorted(line.split(",") for line in said.splitlines()[1:])
    outcome = Taken({"client_name": [cells[4] for cells in rows]}, {"read_as": ()})
    name = f"{office.country}-{office.encoding}"
    return Case("encoding", name, said.encode(office.encoding), outcome, country=office.country)


def _encodings() -> Iterator[Case]:
    for codec in ("utf-8", "utf-8-sig", "utf-16", "utf-32"):
        yield Case("encoding", codec, NAMED.encode(codec), RIGHT)
    for codec in ("utf-16-le", "utf-16-be"):
        yield Case("encoding", f"{codec}-without-mark", NAMED.encode(codec), RIGHT)
    yield from map(_of_office, foreign_lists.OFFICES)
    of_two = NAMED.encode().replace("Zoë".encode(), "Zoë".encode("cp1252"))
    files: list[tuple[str, bytes, Outcome, str]] = [
        (
            "one-broken-byte",
            MANY.replace("Zoë".encode(), b"Zo\xc3", 1),
            NoFile("line 3 is not"),
            "",
        ),
        ("one-line-of-another", of_two, NoFile("line 3 is not UTF-8"), ""),
        ("cut-in-a-character", NAMED.encode()[:-6], NoFile("line 4 is not UTF-8"), ""),
        (
            "said-and-right",
            JOSE.encode("cp1252"),
            Taken({"client_name": "José Núñez"}),
            'encoding = "cp1252"',
        ),
        (
            "said-and-cannot-be",
            JOSE.encode("cp1252"),
            NoFile("line 2 cannot be read as 'utf-8'"),
            'encoding = "utf-8"',
        ),
        ("said-and-unknown", one(), NoFile("encoding"), 'encoding = "klingon"'),
        ("private-use", one(client_name="王\ue72d"), Refused(2, "client_name", "U+E72D"), ""),
        ("replacement", one(client_name="Jos\ufffd"), Refused(2, "client_name", "U+FFFD"), ""),
        ("c1-control", one(client_name="A\x85B"), Refused(2, "client_name", "control"), ""),
        ("escape", one(client_name="\x1b[31mIlse"), Refused(2, "client_name", "control"), ""),
        ("right-to-left", one(client_name="Il\u202ese"), Refused(2, "client_name", "control"), ""),
        ("zero-bytes", one(client_name="Il\0se"), NoFile("binary"), ""),
        ("picture", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", NoFile("binary"), ""),
        ("rare-name", one(client_name="𠮷野家"), Taken({"client_name": "𠮷野家"}), ""),
        ("accent-apart", one(client_name="Zoe\u0308"), Taken({"client_name": "Zoe\u0308"}), ""),
    ]
    for name, data, outcome, mapping in files:
        yield Case("encoding", name, data, outcome, mapping)


# ------------------------------------------------------------------------------------------ layouts

PLAIN = text({}, {})
BOTH = Taken({"policy_no": ["K1", "K2"], "annual_premium": [Decimal(1200), Decimal(1200)]})


def _json_lines() -> bytes:
    header, *rows = table({}, {})
    return "".join(json.dumps(dict(zip(header, row, strict=True))) + "\n" for row in rows).encode()


def _layouts() -> Iterator[Case]:
    header = PLAIN.split("\n")[0]
    for name, delimiter in (("semicolon", ";"), ("tab", "\t"), ("pipe", "|")):
        data = text({"client_name": "Vogt, Nora"}, {}, delimiter=delimiter).encode()
        yield Case("layout", name, data, Taken({"client_name": ["Vogt, Nora", "Ilse Brandt"]}))
    files: list[tuple[str, str | bytes, Outcome, str]] = [
        ("sep-line", "sep=;\n" + text({}, {}, delimiter=";"), BOTH, ""),
        ("json-lines", _json_lines(), BOTH, ""),
        ("crlf", PLAIN.replace("\n", "\r\n"), BOTH, ""),
        ("cr-alone", PLAIN.replace("\n", "\r"), BOTH, ""),
        ("no-last-line-end", PLAIN.rstrip(), BOTH, ""),
        ("blank-lines", "\n\n" + PLAIN.replace("\n", "\n\n"), BOTH, ""),
        ("commas-alone", PLAIN + ",,,,,\n", BOTH, ""),
        ("capitals", PLAIN.replace(header, header.upper()), BOTH, ""),
        ("blanks-around", PLAIN.replace(",", " , "), BOTH, ""),
        ("title", "All policies\n" + PLAIN, NoFile("line 2"), ""),
        ("title-passed", "All policies\n" + PLAIN, BOTH, "header_row = 2"),
        ("totals", PLAIN + "Total,,2400,,,\n", Refused(4, "issue_date", "expected"), ""),
        ("short-row", PLAIN + "K3,2025-03-10\n", Refused(4, "row", "6 cells were expected"), ""),
        ("long-row", PLAIN.replace("A1\n", "A1,x\n", 1), Refused(2, "row", "7 found"), ""),
        ("open-quote", PLAIN + 'K3,"2025\n', NoFile("a quote is never closed"), ""),
        ("quote-inside", PLAIN + 'K3,"20"25",1,C3,N,A1\n', NoFile("line 4"), ""),
        (
            "two-amounts",
            PLAIN.replace("client_no", "annual_premium", 1),
            NoFile("more than once"),
            "",
        ),
        ("no-agent", PLAIN.replace("agent_no", "seller"), NoFile("agent_no"), ""),
        ("empty", b"", NoFile("is empty"), ""),
        ("blank", b"\n \n", NoFile("is empty"), ""),
        ("header-alone", header + "\n", Taken({"policy_no": []}), ""),
        ("json-document", b'{"rows": []}', NoFile("JSON"), ""),
    ]
    for name, data, outcome, mapping in files:
        said = data.encode() if isinstance(data, str) else data
        yield Case("layout", name, said, outcome, mapping)


# ------------------------------------------------------------------------------------------ numbers

AMOUNTS: list[tuple[str, str, int | str]] = [
    # cell, numbers of the mapping, hundredths or a part of the sentence
    ("1234", "", 123400),
    ("1234.5", "", 123450),
    ("1,234.50", "", 123450),
    ("1,234,567.00", "", 123456700),
    ("0", "", 0),
    ("２５００.00", "", 250000),
    ("43926.840000000004", "", 4392684),
    ("0.30000000000000004", "", 30),
    ("2.500", "", "2,500.00 or 2.50?"),
    ("1.000,50", "", 'numbers = "1.234,56"'),
    ("1'234.50", "", "an amount such as"),
    ("1,00,000", "", "an amount such as"),
    ("¥1,234", "", "an amount such as"),
    ("1.2万", "", "an amount such as"),
    ("1e3", "", "without an exponent"),
    ("1.23457E+11", "", "without an exponent"),
    ("12.345", "", "at most two decimals"),
    ("0.001", "", "at most two decimals"),
    ("-5", "", "0 or more"),
    ("(5.00)", "", "an amount such as"),
    ("nan", "", "an amount"),
    ("1000000000000", "", "below"),
    ("#N/A", "", "could not calculate"),
    ("", "", "expected"),
    ("2.500", "1.234,56", 250000),
    ("1.000,50", "1.234,56", 100050),
    ("1'234.50", "1'234.56", 123450),
    ("1,00,000", "1,23,456.78", 10000000),
    ("¥1,234", "1,234.56", 123400),
    ("1.2万", "1234.56", 1200000),
    ("1 234,50 €", "1 234,56", 123450),
    ("1\u202f234,50", "1 234,56", 123450),
    ("1,234", "1234,56", "expected"),
    ("12.50", "1.234,56", 1250),
    ("12%", "1,234.56", "an amount such as"),
]

IDENTIFIERS: list[tuple[str, str]] = [
    # cell, the number or a part of the sentence
    ("0012345", "0012345"),
    ('="0012345"', "0012345"),
    ("'0012345", "0012345"),
    ("440105199001011234", "440105199001011234"),
    ("12E4", "12E4"),
    ("4.40105E+17", "has rounded this number"),
    ("1,23457E+11", "has rounded this number"),
    ("440105199001010000000000", "has rounded this number"),
    ("#REF!", "could not calculate"),
    ("#NV", "could not calculate"),
    ("Err:502", "could not calculate"),
    ("", "must not be empty"),
]


def _numbers() -> Iterator[Case]:
    for place, (cell, numbers, meant) in enumerate(AMOUNTS):
        mapping = f'numbers = "{numbers}"' if numbers else ""
        outcome: Outcome = (
            Taken({"annual_premium": Decimal(meant) / 100})
            if isinstance(meant, int)
            else Refused(2, "annual_premium", meant)
        )
        yield Case(
            "amount", f"{place}:{cell}:{numbers}", one(annual_premium=cell), outcome, mapping
        )
    for cell, said in IDENTIFIERS:
        is_taken = not said.islower() or said.isdecimal()
        outcome = Taken({"client_no": said}) if is_taken else Refused(2, "client_no", said)
        yield Case("identifier", cell, one(client_no=cell), outcome)
    for cell in ("4.40105E+17", "#N/A"):
        yield Case(
            "identifier", f"policy {cell}", one(policy_no=cell), Refused(2, "policy_no", "spre")
        )
        yield Case("phone", cell, one(phone=cell), Refused(2, "phone", "spreadsheet"))


# -------------------------------------------------------------------------------------------- dates

DMY, MDY = ('date_formats = ["%d/%m/%Y"]', 'date_formats = ["%m/%d/%Y"]')
SHORT, SERIAL = ('date_formats = ["%d.%m.%y"]', 'date_formats = ["serial"]')
BOTH_ORDERS = 'date_formats = ["%d/%m/%Y", "%m/%d/%Y"]'

DATES: list[tuple[str, str, str, str]] = [
    # column, cell, the mapping, the day or a part of the sentence
    ("issue_date", "2025/3/9", "", "2025-03-09"),
    ("issue_date", "2025.03.09", "", "2025-03-09"),
    ("issue_date", "2025年3月9日", "", "2025-03-09"),
    ("issue_date", "20250309", "", "2025-03-09"),
    ("issue_date", "2025-03-09 00:00:00", "", "2025-03-09"),
    ("issue_date", "2025-03-09T15:30", "", "2025-03-09"),
    ("issue_date", "2025-03-09T15:30+08:00", "", "without a time zone"),
    ("issue_date", "09/03/2025", "", "expected"),
    ("issue_date", "9.3.2025", "", "expected"),
    ("issue_date", "2025-02-29", "", "expected"),
    ("issue_date", "2025-W05-1", "", "expected"),
    ("issue_date", "45725", "", 'date_formats = ["serial"]'),
    ("issue_date", "0000-00-00", "", "expected"),
    ("issue_date", "#VALUE!", "", "could not calculate"),
    ("issue_date", "", "", "expected"),
    ("issue_date", "2062-03-09", "", "a day not after"),
    ("issue_date", "09/03/2025", DMY, "2025-03-09"),
    ("issue_date", "09/03/2025", MDY, "2025-09-03"),
    ("issue_date", "13/03/2025", MDY, "expected"),
    ("issue_date", "45725", SERIAL, "2025-03-09"),
    ("issue_date", "45725.0", SERIAL, "2025-03-09"),
    ("issue_date", "09.03.25", SHORT, "2025-03-09"),
    ("birthday", "09.03.45", SHORT, "1945-03-09"),
    ("birthday", "09.03.12", SHORT, "2012-03-09"),
    ("birthday", "2045-03-09", "", "a day not after"),
    ("birthday", "1899-12-31", "", "1900 to 2199"),
    ("birthday", "", "", "None"),
]


def _dates() -> Iterator[Case]:
    for column, cell, mapping, said in DATES:
        is_day = said == "None" or said[:4].isdecimal() and said[4] == "-"
        day = datetime.date.fromisoformat(said) if is_day and said != "None" else None
        outcome: Outcome = Taken({column: day}) if is_day else Refused(2, column, said)
        named = f"{column}:{cell}:{mapping[16:-2]}"
        yield Case("date", named, one(**{column: cell}), outcome, mapping)
    orders: list[tuple[str, tuple[str, ...], str, Outcome]] = [
        (
            "one-decides",
            ("05/06/2025", "25/06/2025"),
            BOTH_ORDERS,
            Taken({"issue_date": [datetime.date(2025, 6, 5), datetime.date(2025, 6, 25)]}),
        ),
        ("none-decides", ("05/06/2025", "06/07/2025"), BOTH_ORDERS, NoFile("issue_date")),
        ("contradict", ("05/25/2025", "25/06/2025"), BOTH_ORDERS, NoFile("contradict each other")),
        (
            "of-spreadsheet",
            (ROW["issue_date"],),
            'date_formats = ["dd/mm/yyyy"]',
            NoFile("%d/%m/%Y"),
        ),
        ("no-directive", (ROW["issue_date"],), 'date_formats = ["%d/%m/%q"]', NoFile("%q")),
    ]
    for name, cells, mapping, outcome in orders:
        data = text(*({"issue_date": cell} for cell in cells)).encode()
        yield Case("date", name, data, outcome, mapping)


CASES = [*_encodings(), *_layouts(), *_numbers(), *_dates()]
