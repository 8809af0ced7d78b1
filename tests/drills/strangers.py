"""Files of strangers with known truth: good ones, respelled, written in other encodings, or damaged."""

import datetime
import random
import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO

from tests.policies.importing import foreign_lists, workbook_files

Row = dict[str, str]
"""The cells of a row by column; as the truth is written plainly, or as somebody has written it."""

COLUMNS = ("policy_no", "issue_date", "annual_premium", "client_no", "client_name", "agent_no")
COLUMNS += ("birthday", "phone", "sum_assured")


def truth(number: int, name: str, chance: random.Random) -> Row:
    """A row as it is meant, written plainly."""
    premium = chance.choice([chance.randrange(100, 10**9), chance.randrange(1, 10**5) * 100])
    return {
        "policy_no": f"P{number:06}",
        "issue_date": _day(chance, 2010, 2025).isoformat(),
        "annual_premium": f"{premium // 100}.{premium % 100:02}",
        "client_no": f"C{number:06}",
        "client_name": name,
        "agent_no": f"A{number % 7}",
        "birthday": _day(chance, 1940, 2005).isoformat(),
        "phone": f"+1212{chance.randrange(2, 9)}55{chance.randrange(10**4):04}",
        "sum_assured": f"{chance.randrange(1, 10**6) * 1000}.00",
    }


def _day(chance: random.Random, first: int, last: int) -> datetime.date:
    return datetime.date(chance.randint(first, last), chance.randint(1, 12), chance.randint(1, 28))


# ------------------------------------------------------------------------------------------ spellings

Spelling = Callable[[str], str]


def _wide(cell: str) -> str:
    return "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in cell)


def _grouped(group: str, point: str) -> Spelling:
    return lambda cell: f"{float(cell):,.2f}".translate({ord(","): group, ord("."): point})


def _of_day(form: str) -> Spelling:
    return lambda cell: datetime.date.fromisoformat(cell).strftime(form)


def _dialled(form: str) -> Spelling:
    return lambda cell: form.format(cell[2:5], cell[5:8], cell[8:])


def _bare(cell: str) -> str:
    return cell.removesuffix("00").removesuffix(".") if cell.endswith(".00") else cell


def _noisy(cell: str) -> str:
    noisy = float(cell) * (1 + 2**-52)
    return repr(noisy) if len(repr(noisy)) > 16 and "e" not in repr(noisy) else cell


def _serial(cell: str) -> str:
    return str((datetime.date.fromisoformat(cell) - datetime.date(1899, 12, 30)).days)


def _indian(cell: str) -> str:
    whole, part = cell.split(".")
    head, last = whole[:-3], whole[-3:]
    pairs = [head[max(0, end - 2) : end] for end in range(len(head), 0, -2)][::-1]
    return ",".join([*pairs, last]) + f".{part}"


def _as(form: str) -> Spelling:
    return lambda cell: form.format(cell)


ANY: list[Spelling] = [_as(" {} "), _as('="{}"'), _as("\u00a0{}\u00a0"), str]
"""Keep what is meant, in every column."""
AMOUNT: list[Spelling] = [_grouped(",", "."), _bare, _noisy, _wide, _as("+{}"), _as("{}0")]
KEPT: Mapping[str, Sequence[Spelling]] = {
    "policy_no": ANY,
    "client_no": ANY,
    "client_name": ANY,
    "agent_no": ANY,
    "annual_premium": [*ANY, *AMOUNT[:-1]],
    "sum_assured": [*ANY, *AMOUNT[:-1]],
    **dict.fromkeys(
        ("issue_date", "birthday"),
        [
            *ANY,
            *map(_of_day, ("%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日", "%Y-%m-%d 00:00:00")),
        ],
    ),
    "phone": [*ANY[:2], *map(_dialled, ("({}) {}-{}", "1-{}-{}-{}", "{}.{}.{}", "001 {} {} {}"))],
}
"""By column what keeps the truth and must be read."""

MONEY: list[Spelling] = [
    *(_grouped(*each) for each in (".,", " ,", " .", "',", "'.", "\u202f,", ",,", "..")),
    *map(_as, ("¥{}", "{}元", "USD {}", "€ {}", "{} 万", "{}%", "({})", "-{}", "{}-", "{}/年")),
    lambda cell: f"{float(cell):e}",
    lambda cell: f"{float(cell):.2E}",
    lambda cell: f"{float(cell) / 1e4:.3f}万",
    lambda cell: f"{float(cell) / 1e3:.0f}k",
    lambda cell: _bare(_grouped(".", ",")(cell)).removesuffix(",00"),
    lambda cell: cell.replace(".", ","),
    _indian,
]
SPOILT: list[Spelling] = list(map(_as, ("#N/A", "#REF!", "Err:502", "#NV", "\u202e{}", "{}\x07")))
"""What spreadsheets and terminals make of any cell; nothing of it may come in."""
ODD: list[Spelling] = list(map(_as, ("\x1b[31m{}", "{}\ufffd", "{}\ue000", "{}\x85")))
"""What wrong encodings make of it: of many such rows the file is refused."""
UNSEEN: list[Spelling] = list(map(_as, ("\ufeff{}", "{}\u200b", "{}\u00ad")))
"""What nobody sees at the ends of a number: it is another number, which has to be told."""
DAYS = (
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%d-%b-%Y",
    "%d.%m.%y",
    "%m/%d/%y",
    "%B %d, %Y",
    "%Y-W%V-%u",
)
FOREIGN: Mapping[str, Sequence[Spelling]] = {
    "policy_no": [*SPOILT, _as("4.40105E+17"), _as("1,23457E+11")],
    "client_no": [*SPOILT, _as("4.40105E+17")],
    "client_name": SPOILT,
    "agent_no": SPOILT,
    "annual_premium": [*SPOILT, *MONEY],
    "sum_assured": [*SPOILT, *MONEY],
    **dict.fromkeys(
        ("issue_date", "birthday"),
        [*SPOILT, *map(_of_day, DAYS), _serial, _as("{}T23:30+08:00"), _as("{}Z"), _as("{}?")],
    ),
    "phone": [*SPOILT, _as("{}.0"), _as("2.12555E+09"), _as("{} / +442079460123")],
}
"""By column what is not ours: it is read right, or refused, or told."""


def respelled(row: Row, spellings: Mapping[str, Sequence[Spelling]], chance: random.Random) -> Row:
    """A row of which one to three cells are written otherwise."""
    columns = chance.sample(COLUMNS, chance.randint(1, 3))
    return {**row, **{name: chance.choice(spellings[name])(row[name]) for name in columns}}


# ---------------------------------------------------------------------------------------------- files


@dataclass(frozen=True)
class Stranger:
    """A file, what is meant by it, and what is known of it."""

    how: str
    """What was done to a good file."""
    data: bytes
    rows: list[Row]
    """As they are meant; none: nobody knows any more."""
    country: str = "US"
    is_good: bool = False
    """Whether it must come in whole."""
    forgives_last: bool = False
    """Whether its last row may be another, because a file that was cut ends as any other."""


def _names(chance: random.Random) -> tuple[foreign_lists.Office, list[str]]:
    office = chance.choice(foreign_lists.OFFICES)
    return office, [chance.choice(office.cells) for _ in range(chance.randint(3, 40))]


def _rows(chance: random.Random) -> tuple[foreign_lists.Office, list[Row]]:
    office, names = _names(chance)
    return office, [truth(number, name, chance) for number, name in enumerate(names)]


def text(rows: Sequence[Row], delimiter: str = ",", end: str = "\n") -> str:
    """A good file of these rows."""
    lines = [COLUMNS, *([row[name] for name in COLUMNS] for row in rows)]
    return "".join(delimiter.join(map(_quoted, cells)) + end for cells in lines)


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if set(cell) & set(',;|\t"\r\n') else cell


def recoded(chance: random.Random) -> Stranger:
    """In the encoding of its office, or in one of Unicode; at home, in China or in America."""
    office, rows = _rows(chance)
    codec = chance.choice([office.encoding] * 4 + ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
    data = text(rows, end=chance.choice(["\n", "\r\n"])).encode(codec)
    country = chance.choice([office.country, "CN", "US"])
    return Stranger(f"in {codec}", data, rows, country, is_good=codec.startswith("utf"))


def delimited(chance: random.Random) -> Stranger:
    """With another delimiter, some of its cells quoted."""
    _, rows = _rows(chance)
    delimiter = chance.choice(",;\t|")
    said = text(rows, delimiter, chance.choice(["\n", "\r\n", "\r"]))
    first = f"sep={delimiter}\n" * chance.choice([0, 0, 1])
    return Stranger(f"with {delimiter!r}", (first + said).encode(), rows, is_good=True)


def in_our_spelling(chance: random.Random) -> Stranger:
    """Columns written in other ways that are ours."""
    return _of_columns(chance, KEPT, is_good=True)


def in_their_spelling(chance: random.Random) -> Stranger:
    """Columns written as others do, or as a spreadsheet leaves them."""
    return _of_columns(
        chance, {name: [*FOREIGN[name], *ODD, *_unseen(name)] for name in COLUMNS}, is_good=False
    )


def _unseen(column: str) -> list[Spelling]:
    return UNSEEN * 2 if column in ("policy_no", "client_no") else []


def _of_columns(
    chance: random.Random, spellings: Mapping[str, Sequence[Spelling]], *, is_good: bool
) -> Stranger:
    _, rows = _rows(chance)
    columns = chance.sample(COLUMNS, chance.randint(1, 3))
    chosen = {name: chance.choice(spellings[name]) for name in columns}
    written = [
        {**row, **{name: spell(row[name]) for name, spell in chosen.items()}} for row in rows
    ]
    how = "written " + ", ".join(f"{name} {written[0][name]!r}" for name in columns)
    return Stranger(how, text(written, chance.choice(",;\t")).encode(), rows, is_good=is_good)


def with_a_high_bit(chance: random.Random) -> Stranger:
    """In UTF-8, one byte of which has its highest bit changed: it is UTF-8 no more."""
    office, rows = _rows(chance)
    data = bytearray(text(rows).encode())
    place = chance.randrange(len(data))
    data[place] ^= 0x80
    return Stranger(f"with bit 7 of byte {place} changed", bytes(data), rows, office.country)


def cut(chance: random.Random) -> Stranger:
    """Cut anywhere."""
    _, rows = _rows(chance)
    data = text(rows).encode()
    length = chance.randrange(len(data))
    return Stranger(f"cut after {length}", data[:length], rows, forgives_last=True)


def with_noise(chance: random.Random) -> Stranger:
    """With a few bytes that are others, more or less: what is meant nobody can know."""
    good = chance.choice([recoded, delimited, in_book])(chance)
    data = bytearray(good.data)
    for _ in range(chance.randint(1, 5)):
        place = chance.randrange(len(data))
        data[place : place + chance.randint(0, 3)] = chance.randbytes(chance.randint(0, 3))
    return Stranger(f"with noise, {good.how}", bytes(data), [], good.country)


# ------------------------------------------------------------------------------------------ workbooks

FORMATS = sorted(workbook_files.WRITERS)


def _sheet(rows: Sequence[Row], *, are_typed: bool = False) -> list[list[object]]:
    return [
        [*COLUMNS],
        *(
            [_typed(name, row[name]) if are_typed else row[name] for name in COLUMNS]
            for row in rows
        ),
    ]


def _typed(column: str, cell: str) -> object:
    if column in ("annual_premium", "sum_assured"):
        return float(cell)
    return datetime.date.fromisoformat(cell) if column in ("issue_date", "birthday") else cell


def in_book(chance: random.Random) -> Stranger:
    """In a workbook, its cells typed or texts."""
    _, rows = _rows(chance)
    form, are_typed = chance.choice(FORMATS), chance.random() < 0.5
    data = workbook_files.WRITERS[form]({"Now": _sheet(rows, are_typed=are_typed)})
    return Stranger(f"in {form}", data, rows, is_good=True)


def with_sheets(chance: random.Random) -> Stranger:
    """In a workbook of several sheets in any order: two visible, one that is hidden, and notes."""
    _, rows = _rows(chance)
    middle = len(rows) // 2
    old = [{**row, "policy_no": f"OLD{place}"} for place, row in enumerate(rows)]
    sheets = {
        "One": _sheet(rows[:middle]),
        "Two": _sheet(rows[middle:]),
        "Old": _sheet(old),
        "Notes": [["Who", "What"], ["Nora", "calls"]],
    }
    order = chance.sample(sorted(sheets), len(sheets))
    form = chance.choice(FORMATS)
    data = workbook_files.WRITERS[form]({name: sheets[name] for name in order}, {"Old"})
    return Stranger(f"in {form}, sheets {order}", data, rows, is_good=True)


def with_damaged_archive(chance: random.Random) -> Stranger:
    """In a workbook whose archive has a few wrong bytes: it has checksums."""
    good = chance.choice([in_book, with_sheets])(chance)
    while good.data[:2] != b"PK":
        good = in_book(chance)
    data = bytearray(good.data)
    for _ in range(chance.randint(1, 3)):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return replace(good, how=f"damaged, {good.how}", data=bytes(data), is_good=False)


def with_damaged_part(chance: random.Random) -> Stranger:
    """In a workbook one of whose parts is away, empty, cut or noisy, its checksum being right."""
    good = in_book(chance)
    while good.data[:2] != b"PK":
        good = in_book(chance)
    with zipfile.ZipFile(BytesIO(good.data)) as archive:
        name = chance.choice(archive.namelist())
        part = archive.read(name)
    noisy = bytearray(part)
    if noisy:
        noisy[chance.randrange(len(noisy))] ^= 1 << chance.randrange(8)
    options: dict[str, bytes | None] = {
        "away": None,
        "empty": b"",
        "cut": part[: len(part) // 2],
        "noisy": bytes(noisy),
        "of zeros": struct.pack("64x"),
    }
    how = chance.choice(sorted(options))
    data = workbook_files.rezipped(good.data, {name: options[how]})
    return Stranger(f"{good.how} with {name} {how}", data, [])


def cut_book(chance: random.Random) -> Stranger:
    """In a workbook that is cut."""
    good = chance.choice([in_book, with_sheets])(chance)
    length = chance.randrange(8, len(good.data))
    return replace(good, how=f"{good.how}, cut", data=good.data[:length], is_good=False)


MAKERS: list[Callable[[random.Random], Stranger]] = [
    recoded,
    delimited,
    in_our_spelling,
    in_their_spelling,
    with_a_high_bit,
    cut,
    with_noise,
    in_book,
    with_sheets,
    with_damaged_archive,
    with_damaged_part,
    cut_book,
]


def files(seed: int, count: int) -> Iterator[Stranger]:
    """So many files, of each kind in turn."""
    for number in range(count):
        chance = random.Random(f"{seed}-{number}")
        yield MAKERS[number % len(MAKERS)](chance)
