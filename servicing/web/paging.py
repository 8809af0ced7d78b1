"""An address names a day, and one page of a long list or the file of all its lines."""

import datetime
import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

from flask import abort, request

from policies import dates
from policies.notices import Invalid
from servicing.web.current import today

T = TypeVar("T")

PAGE = 100
"""Lines of a page."""

FILES = ("xlsx", "csv")
"""What a list can be taken out as (`servicing.web.listing`)."""

LAST_PAGE = 100_000


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some lines of a list, and the addresses of the pages before and after; empty: there is none."""

    lines: list[T]
    number: int
    """Counted from 1."""
    before: str
    after: str


def day_or_none(text: str | None) -> datetime.date | None:
    """A day as a form or an address has it; None where it has none, or what no book can mean."""
    try:
        return dates.parse_within_reach(text or "")
    except Invalid:
        return None


def day(text: str | None) -> datetime.date:
    """A day as a form or an address has it, today where it has none; what is no day is refused."""
    return (day_or_none(text) or abort(400)) if text else today()


def page(read: Callable[[int, int], Iterable[T]], size: int | None = None) -> Page[T]:
    """The page of a list that the address names; `read` takes how many lines, and after how many."""
    size = size or PAGE
    number = min(max(request.args.get("page", 1, type=int), 1), LAST_PAGE)
    lines = list(read(size + 1, (number - 1) * size))
    before = _address(number - 1) if number > 1 else ""
    after = _address(number + 1) if len(lines) > size else ""
    return Page(lines[:size], number, before, after)


def page_of(items: Iterable[T], size: int) -> Page[T]:
    """The page of a list that is read from its beginning; no more of it is read than the page takes."""
    return page(lambda limit, offset: itertools.islice(items, offset, offset + limit), size)


def _address(number: int) -> str:
    asked = {**request.args.to_dict(), "page": str(number)}
    given = {name: value for name, value in asked.items() if value}
    return f"{request.path}?{urlencode(given)}"


def file_asked_for() -> str:
    """The kind of file that the request wants in place of the page; empty: the page."""
    kind = request.args.get("as", "")
    return kind if kind in FILES else ""


def file_links() -> Iterator[tuple[str, str]]:
    """The kinds of file, each with its address: that of this page, with everything that it asks for."""
    asked = request.args.to_dict(flat=False)
    asked.pop("page", None)
    for kind in FILES:
        # never by `url_for`: what an address names is no instruction to it, such as `_scheme`
        yield kind, f"{request.path}?{urlencode({**asked, 'as': kind}, doseq=True)}"
