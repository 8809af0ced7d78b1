"""What stands in a file of another system: its columns, what they hold, and what is odd in them."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
from msgspec.structs import replace

from policies import records
from policies.drafting import known
from policies.drafting.forms import Form, has_signs, of_cell
from policies.importing.files import files
from policies.importing.files.tables import REJECT_COLUMNS, FileRow, Reading, Recognised
from policies.importing.kinds import CELLS, Kind, needed
from policies.notices import Notice
from policies.records import Record

MOST_ROWS = 20_000
"""So many rows are looked at: what stands in them tells what the others hold."""

MOST_DISTINCT = 1_000
"""So many different cells of a column are told apart."""

FEW = 30
"""A column with at most so many different cells may hold codes."""

MAY_BE_CODES = frozenset(["code", "text", "id"])
"""What a column seems to hold of which a person may say that it holds codes."""

NEARLY_ALL = 0.95
"""What so many of a column's cells agree on, the column holds; the others are odd."""

SHOWN = 3

DAYS = frozenset(
    [
        "issue_date",
        "ended_on",
        "delivered_on",
        "suspended_on",
        "birthday",
        "due_date",
        "paid_on",
    ]
)
AMOUNTS = frozenset(["annual_premium", "sum_assured", "amount"])
NUMBERS = frozenset(["policy_no", "client_no", "agent_no", "referred_by"])


class OddCell(Record, frozen=True):
    """A cell that is not written as the others of its column are."""

    line: int
    value: str


class LookedColumn(Record, frozen=True):
    """A column of the file."""

    header: str
    ours: str
    """The canonical column that its header names; empty: nobody knows."""
    kind: str
    """What it holds: `id`, `date`, `amount`, `phone`, `email`, `code`, `text`, `empty`."""
    forms: tuple[str, ...]
    """The formats of days, or the styles of amounts, in which all its ordinary cells can be read."""
    filled: int
    distinct: int
    """At most `MOST_DISTINCT`."""
    samples: tuple[str, ...]
    codes: tuple[str, ...]
    """All its cells, the most frequent first, where there are few."""
    odd: tuple[OddCell, ...]
    has_signs: bool = False
    """Whether amounts have signs of money, or words such as 万."""


class Looking(Reading, frozen=True):
    """What is known of a file of which nobody knows anything: the headers of other systems."""

    def knows(self, cell: str) -> bool:
        """Whether a cell is a header of some system."""
        return known.folded(cell) in known.every_header()

    def names_people(self, header: str) -> bool:
        """Whether names of people stand under a header."""
        return known.headers("book").get(known.folded(header)) == "client_name"


class Look(Record, frozen=True):
    """What was seen of a file."""

    file: str
    kind: Kind
    recognised: Recognised
    rows: int
    """That were looked at."""
    is_whole: bool
    """Whether these are all."""
    header_row: int
    """The line of the header, if it is not the first; else 0."""
    totals: tuple[str, ...]
    """The first cells of rows of totals, as far as they are alike."""
    columns: tuple[LookedColumn, ...]
    sheets: tuple[str, ...] = ()
    """Of a workbook: those that were read."""
    told: tuple[Notice, ...] = ()
    """The warnings about the file as a whole, as its import would tell them."""

    def called(self, folded: frozenset[str]) -> list[LookedColumn]:
        """The columns with one of these headers."""
        return [each for each in self.columns if known.folded(each.header) in folded]


class _Column:
    """The cells of a column, as they are seen."""

    def __init__(self, header: str) -> None:
        self.header = header
        self.filled = 0
        self._counts: Counter[str] = Counter()
        self._first_line: dict[str, int] = {}

    def see(self, lines: Sequence[int], cells: Sequence[str]) -> None:
        """Take the cells of some rows in."""
        for line, cell in zip(lines, map(str.strip, cells), strict=True):
            if not cell:
                continue
            self.filled += 1
            if cell in self._counts or len(self._counts) < MOST_DISTINCT:
                self._counts[cell] += 1
                self._first_line.setdefault(cell, line)

    def told(self, kind: Kind) -> LookedColumn:
        """What it holds."""
        ours = known.headers(kind).get(known.folded(self.header), "")
        weights = _weights(self._counts)
        holds = _holds(ours or self._unclear(), weights, self._counts, self.filled)
        forms = _agreed(weights, holds, sum(self._counts.values()))
        is_few = holds in MAY_BE_CODES and len(self._counts) <= FEW
        return LookedColumn(
            self.header,
            ours,
            holds,
            tuple(form.name for form in forms if form.name),
            self.filled,
            len(self._counts),
            tuple(itertools.islice(self._counts, SHOWN)),
            tuple(cell for cell, _ in self._counts.most_common()) if is_few else (),
            tuple(self._odd(holds, forms)),
            holds == "amount" and any(map(has_signs, self._counts)),
        )

    def _unclear(self) -> str:
        """The canonical column that its header may mean."""
        folded = known.folded(self.header)
        if folded in known.per_instalment() | known.unclear_premiums():
            return "annual_premium"
        return "ended_on" if folded in known.unclear_ends() else ""

    def _odd(self, holds: str, forms: Sequence[Form]) -> Iterable[OddCell]:
        if holds not in ("date", "amount", "email"):
            return ()
        ordinary = set(forms) or {form for form in _every_form(self._counts) if form.kind == holds}
        odd = (cell for cell in self._counts if ordinary.isdisjoint(of_cell(cell)))
        return (OddCell(self._first_line[cell], cell) for cell in itertools.islice(odd, SHOWN))


def look(path: Path, country: str, kind: Kind | None = None, encoding: str = "") -> Look:
    """Look at a file; raises `UnreadableFile`.

    `country`: of the workspace, where encodings are in doubt. `kind`: None: what the headers say.
    `encoding`: empty: it is looked for.
    """
    known_of = Looking(country=country, encoding=encoding)
    with files.opened(path, known_of) as table:
        seems = table.header_seems
    with files.opened(path, replace(known_of, header_row=seems or None)) as table:
        rows = list(itertools.islice(table.rows, MOST_ROWS))
        is_whole = next(table.rows, None) is None
        meant = kind or _kind_of(table.header)
        totals = [(row, word) for row in rows if (word := _total(row))]
        of_policies = [row for row in rows if not _total(row)]
        columns = _once(tuple(each.told(meant) for each in _seen(table.header, of_policies)))
    words = tuple(dict.fromkeys(word for _, word in totals))
    found = table.recognised
    told, sheets = tuple(table.told), tuple(table.sheets)
    return Look(path.name, meant, found, len(rows), is_whole, seems, words, columns, sheets, told)


def speaks_otherwise(path: Path, country: str, kind: Kind) -> bool:
    """Whether columns are missing in a file that has headers which are not ours."""
    with files.opened(path, Looking(country=country)) as table:
        header = {name.lower() for name in table.header if name}
    ours = {*records.columns(CELLS[kind]), *REJECT_COLUMNS}
    return not header.issuperset(needed(kind)) and not header <= ours


def _seen(header: Sequence[str], rows: Sequence[FileRow]) -> list[_Column]:
    """The columns of the table, with what stands in these rows."""
    columns = [_Column(name) for name in header]
    fitting = [row for row in rows if len(row.cells) == len(columns)]
    lines = [row.line for row in fitting]
    for column, cells in zip(columns, _by_column(fitting), strict=False):
        column.see(lines, cells)
    return columns


def _by_column(rows: Sequence[FileRow]) -> Iterable[tuple[str, ...]]:
    return zip(*(row.cells for row in rows), strict=True)


def _total(row: FileRow) -> str:
    """The word with which a row of totals begins; empty: it is a row like others."""
    first = next(filter(None, map(str.strip, row.cells)), "")
    folded = known.folded(first)
    begins = next((each for each in known.totals() if folded.startswith(each)), "")
    digits = folded.removeprefix(begins)
    is_full = sum(map(bool, map(str.strip, row.cells))) > len(row.cells) / 2
    if not begins or is_full or (digits and not digits.isdecimal()):
        return ""
    return first.rstrip("0123456789 :：-/")


def _kind_of(header: Sequence[str]) -> Kind:
    """A ledger has days on which something is due, and no day of issue."""
    folded = set(map(known.folded, header))
    ours = {known.headers("premiums").get(name) for name in folded}
    is_book = any(known.headers("book").get(name) == "issue_date" for name in folded)
    return "premiums" if "due_date" in ours and not is_book else "book"


def _once(columns: tuple[LookedColumn, ...]) -> tuple[LookedColumn, ...]:
    """One column of theirs for each of ours: the best; the others are left to a person."""
    best: dict[str, LookedColumn] = {}
    for each in columns:
        if each.ours and (each.ours not in best or _rank(each) > _rank(best[each.ours])):
            best[each.ours] = each
    chosen = {id(each): name for name, each in best.items()}
    for each in columns:
        name = _NAMES.get(each.ours, "") if id(each) not in chosen and not _rank(each)[0] else ""
        if name and name not in chosen.values():
            chosen[id(each)] = name
    return tuple(
        each
        if each.ours == chosen.get(id(each), "")
        else msgspec.structs.replace(each, ours=chosen.get(id(each), ""))
        for each in columns
    )


_NAMES = {"agent_no": "agent_name", "client_no": "client_name"}
"""What a column holds that bears the name of somebody whose number stands in another."""


def _rank(column: LookedColumn) -> tuple[bool, int]:
    """Of two columns that mean the same the one whose header says it, then the fullest."""
    return known.folded(column.header) not in known.weak(column.ours), column.filled


def _weights(counts: Counter[str]) -> dict[Form, int]:
    """How many cells may be written in each form."""
    weights: defaultdict[Form, int] = defaultdict(int)
    for cell, count in counts.items():
        for form in of_cell(cell):
            weights[form] += count
    return weights


def _every_form(counts: Iterable[str]) -> set[Form]:
    return {form for cell in counts for form in of_cell(cell)}


def _agreed(weights: dict[Form, int], kind: str, total: int) -> list[Form]:
    """The forms of that kind in which nearly all cells can be read, those of most cells first."""
    fits = [
        form
        for form, weight in weights.items()
        if form.kind == kind and weight >= NEARLY_ALL * total
    ]
    return sorted(fits, key=weights.__getitem__, reverse=True)


def _holds(ours: str, weights: dict[Form, int], counts: Counter[str], filled: int) -> str:
    """What a column holds: what its header says; else what its cells look like."""
    if not filled:
        return "empty"
    if ours in NUMBERS:
        return "id"
    if ours in DAYS:
        return "date"
    if ours in AMOUNTS:
        return "amount"
    if ours in known.with_codes():
        return "code"
    if ours in ("phone", "email"):
        return ours
    return "text" if ours else _looks_like(weights, counts)


def _looks_like(weights: dict[Form, int], counts: Counter[str]) -> str:
    """What a column looks like whose header says nothing."""
    total = sum(counts.values())

    def is_all(kind: str) -> bool:
        return any(
            form.kind == kind and form.name != "serial" and weight >= NEARLY_ALL * total
            for form, weight in weights.items()
        )

    if is_all("email"):
        return "email"
    if is_all("date"):
        return "date"
    if is_all("phone") and any(cell.startswith("+") for cell in counts):
        return "phone"
    if is_all("amount") and any("." in cell or "," in cell for cell in counts):
        return "amount"
    if len(counts) == total and all(any(map(str.isdigit, cell)) for cell in counts):
        return "id"
    return "code" if len(counts) <= FEW and total >= 2 * len(counts) else "text"
