"""How the cells of each canonical column are read (domain.md §9.1): one by one, or many at a time."""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

from policies import dates
from policies.importing import files, phones
from policies.importing.files import BadCell
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
        "sum_assured",
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
    if isinstance(parse, files.Text):
        return lambda cells: parse.all(list(map(str.strip, cells)))
    return lambda cells: [parse(cell.strip()) for cell in cells]


@lru_cache(maxsize=4)
def parsers(formats: tuple[str, ...], country: str) -> dict[str, Parser]:
    """How each canonical column is read."""
    day, number, name = (
        files.parse_date(formats),
        files.parse_text(64, needed=True),
        files.parse_text(200),
    )
    needed_day, amount = files.parse_date(formats, needed=True), files.parse_amount()
    as_given = files.parse_text(100)

    def phone(cell: str) -> tuple[str, str]:
        e164 = phones.to_e164(cell, country) if cell else ""
        return e164, "" if e164 else as_given(cell)

    return {
        **dict.fromkeys(("policy_no", "client_no", "agent_no"), number),
        **dict.fromkeys(("product", "email", "agent_name", "agent_email", "team", "branch"), name),
        **dict.fromkeys(("issue_date", "due_date"), needed_day),
        **dict.fromkeys(("ended_on", "delivered_on", "birthday", "paid_on"), day),
        **dict.fromkeys(("annual_premium", "amount"), files.parse_amount(needed=True)),
        "phone": phone,
        "agent_phone": lambda cell: "".join(phone(cell)),
        "client_name": files.parse_text(200, needed=True),
        "referred_by": files.parse_text(64),
        "sum_assured": amount,
        "payment_mode": files.parse_choice(*PAYMENT_MODES),
        "premium_term_years": files.parse_whole(0, 120),
        "currency": _parse_currency,
        "status": files.parse_choice(*sorted(STATUSES)),
        "gender": files.parse_choice("M", "F"),
        "language": _parse_language,
        "timezone": _parse_timezone,
        "channel": files.parse_choice("sms", "email", "none"),
        "marketing_consent": _parse_consent,
    }


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
