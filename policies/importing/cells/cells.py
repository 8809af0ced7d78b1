"""How the cells of each canonical column are read (domain.md §9.1): one by one, or many at a time."""

import datetime
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec

from policies import dates
from policies.importing.cells import addresses, amounts, days, phones, spoilt
from policies.importing.cells.days import Reading
from policies.importing.cells.texts import (
    Identifier,
    Text,
    parse_choice,
    parse_identifier,
    parse_text,
    parse_whole,
)
from policies.importing.findings import BadCell
from policies.notices import Notice, notice
from policies.status import ENDED

STATUSES = frozenset(["applied", "in_force", "grace", "suspended", "paid_up"]) | ENDED
PAYMENT_MODES = ("annual", "semiannual", "quarterly", "monthly", "single")

_LANGUAGE = re.compile(r"(?:[A-Za-z]{2,3}(?:[_-][A-Za-z0-9]{2,8})*)?")
_CONSENT = {"": None, "yes": True, "no": False}

Parser = Callable[[str], Any]

SELDOM_TWICE = frozenset(
    [
        "policy_no",
        "client_no",
        "client_name",
        "phone",
        "email",
        "annual_premium",
        "amount",
        "referred_by",
    ]
)
"""Columns whose cells differ from row to row; what the other cells say is remembered."""


class Remembered(dict[str, Any]):
    """What the cells of a column say: there are few of them in many rows."""

    LIMIT = 1 << 14

    def __init__(self, parse: Parser) -> None:
        self._parse = parse

    def __missing__(self, cell: str) -> Any:
        value = self._parse(cell.strip())
        if len(self) >= self.LIMIT:
            self.clear()
        self[cell] = value
        return value

    def __call__(self, cell: str) -> Any:
        """The value of a cell."""
        return self[cell]

    def all(self, cells: Iterable[str]) -> list[Any]:
        """The values of many cells."""
        return list(map(self.__getitem__, cells))


def remembering(column: str, parse: Parser) -> Parser:
    """The column's parser, which remembers where that is worth it."""
    return parse if column in SELDOM_TWICE else Remembered(parse)


def of_many(parse: Parser) -> Callable[[Sequence[str]], list[Any]]:
    """How many cells of a column are read, as they stand in the file, to be quick."""
    if isinstance(parse, Remembered):
        return parse.all
    if isinstance(parse, Text | Phone):
        return lambda cells: parse.all(list(map(str.strip, cells)))
    return lambda cells: [parse(cell.strip()) for cell in cells]


def among(parse: Parser, cells: Sequence[str]) -> Parser:
    """How one cell of a column with these cells is read: together they may show what was done to it."""
    return parse.among(cells) if isinstance(parse, Identifier) else parse


def reason(cell: str, found: BadCell) -> Notice:
    """Why a cell is invalid, whatever its column expects of it."""
    return notice("spreadsheet_error") if spoilt.is_spreadsheet_error(cell) else found.notice


class Style(msgspec.Struct, frozen=True, kw_only=True):
    """How the cells of a column are read that can be read in several ways."""

    country: str
    """Of phone numbers that name none."""
    today: datetime.date
    """The day of the import: no birthday is after it."""
    dates: tuple[str, ...] = ()
    """As Python's strptime has them; the year first is always understood."""
    pivot: int = 0
    """The last year that two digits mean; 0: the last in which the day can lie."""
    numbers: str = ""
    """An example of how amounts are spelled; empty: nobody has said it."""
    is_mended: bool = False
    """Whether a spreadsheet may have taken the plus off phone numbers: a rejects file comes back."""


A_YEAR, FIVE_YEARS = datetime.timedelta(366), datetime.timedelta(1827)

_LATEST = {
    "birthday": datetime.timedelta(),
    "issue_date": A_YEAR,
    **dict.fromkeys(("delivered_on", "suspended_on", "paid_on"), FIVE_YEARS),
}
"""How long after the import the days of a column can lie."""

_LATEST_OF_TWO = {
    **_LATEST,
    **dict.fromkeys(("delivered_on", "suspended_on", "paid_on", "due_date"), A_YEAR),
}
"""Likewise those whose year has two digits."""

DAYS = (
    "issue_date",
    "due_date",
    "ended_on",
    "delivered_on",
    "suspended_on",
    "birthday",
    "paid_on",
)
"""The columns that are days."""


@lru_cache(maxsize=64)
def parser(column: str, style: Style) -> Parser:
    """How a canonical column is read."""
    if column in DAYS:
        return days.parse_day(reading(column, style), needed=column in ("issue_date", "due_date"))
    if make := _STYLED.get(column):
        return make(style)
    return _PARSERS[column]


def reading(column: str, style: Style) -> Reading:
    """How the days of a column are read."""
    latest = _after(style.today, _LATEST.get(column))
    of_two = _after(style.today, _LATEST_OF_TWO.get(column))
    if style.pivot:
        of_two = datetime.date(style.pivot, 12, 31)
    return Reading(formats=style.dates, latest=latest or days.LATEST, latest_of_two=of_two)


def _after(day: datetime.date, span: datetime.timedelta | None) -> datetime.date | None:
    return None if span is None else min(day, days.LATEST - span) + span


_AS_GIVEN = parse_text(100)


@dataclass(frozen=True, slots=True)
class Phone:
    """Reads a phone number: in E.164, or as it was given where there is no such number."""

    country: str
    """Of those that name none."""
    is_mended: bool = False
    """See `Style`."""

    def __call__(self, cell: str) -> tuple[str, str]:
        """The number in a cell."""
        if self.is_mended and phones.lacks_plus(cell, self.country):
            return "", cell
        e164 = phones.to_e164(cell, self.country) if cell else ""
        if not e164.endswith(cell):
            spoilt.refuse_number(cell)
        return e164, "" if e164 else _AS_GIVEN(cell)

    def all(self, cells: list[str]) -> list[tuple[str, str]]:
        """The numbers in many cells: nearly always the country's own mobile numbers, or none."""
        is_asked = any(cells) and not self.is_mended
        if is_asked and phones.are_mobiles_at_home(cells, self.country):
            code = phones.calling_code(self.country)
            return [(code + cell if cell else "", "") for cell in cells]
        return list(map(self, cells))


def _parse_phone(style: Style) -> Parser:
    return Phone(style.country, style.is_mended)


def _parse_any_phone(style: Style) -> Parser:
    parse = _parse_phone(style)
    return lambda cell: "".join(parse(cell))


def _parse_amount(style: Style) -> Parser:
    return amounts.parse_amount(numbers=style.numbers)


def _parse_needed_amount(style: Style) -> Parser:
    return amounts.parse_amount(needed=True, numbers=style.numbers)


def _parse_currency(cell: str) -> str:
    if cell and not (len(cell) == 3 and cell.isalpha() and cell.isupper()):
        raise BadCell("not_a_currency")
    return cell


def _parse_language(cell: str) -> str:
    if not _LANGUAGE.fullmatch(cell):
        raise BadCell("not_a_language")
    return cell.replace("-", "_")


def _parse_timezone(cell: str) -> str:
    if cell and not dates.is_timezone(cell):
        raise BadCell("not_a_timezone")
    return cell


def _parse_consent(cell: str) -> bool | None:
    if cell not in _CONSENT:
        raise BadCell("not_yes_or_no")
    return _CONSENT[cell]


_STYLED: dict[str, Callable[[Style], Parser]] = {
    **dict.fromkeys(("annual_premium", "amount"), _parse_needed_amount),
    "sum_assured": _parse_amount,
    "phone": _parse_phone,
    "agent_phone": _parse_any_phone,
}
"""How the columns are read whose cells can be read in several ways."""

_NUMBER, _NAME = parse_identifier(64, needed=True), parse_text(200)

_PARSERS: dict[str, Parser] = {
    **dict.fromkeys(("policy_no", "client_no", "agent_no"), _NUMBER),
    **dict.fromkeys(("product", "agent_name", "team", "branch"), _NAME),
    **dict.fromkeys(("email", "agent_email"), addresses.parse_address()),
    "client_name": parse_text(200, needed=True),
    "referred_by": parse_identifier(64),
    "payment_mode": parse_choice(*PAYMENT_MODES),
    "premium_term_years": parse_whole(0, 120),
    "currency": _parse_currency,
    "status": parse_choice(*sorted(STATUSES)),
    "gender": parse_choice("M", "F"),
    "language": _parse_language,
    "timezone": _parse_timezone,
    "channel": parse_choice("sms", "email", "none"),
    "source": parse_choice("company", "agent", "referral", "other", "unknown"),
    "marketing_consent": _parse_consent,
}
"""How the others are read."""
