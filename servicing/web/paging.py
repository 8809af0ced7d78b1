"""What a page is asked for by its address: a day, one page of a long list."""

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

from flask import abort, request

from servicing.web.current import today

T = TypeVar("T")

PAGE = 100
"""Lines of a page."""

LAST_PAGE = 100_000


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some lines of a list, and the addresses of the pages before and after; empty: there is none."""

    lines: list[T]
    before: str
    after: str


def day(text: str | None, otherwise: datetime.date | None = None) -> datetime.date:
    """A day as a form or an address has it; none given is `otherwise`, by default today."""
    if not text:
        return otherwise or today()
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        abort(400)


def page(read: Callable[[int, int], Iterable[T]]) -> Page[T]:
    """The page of a list that the address names; `read` is told how many lines, and after how many."""
    number = min(max(request.args.get("page", 1, type=int), 1), LAST_PAGE)
    lines = list(read(PAGE + 1, (number - 1) * PAGE))
    before = _address(number - 1) if number > 1 else ""
    after = _address(number + 1) if len(lines) > PAGE else ""
    return Page(lines[:PAGE], before, after)


def _address(number: int) -> str:
    asked = {**request.args.to_dict(), "page": str(number)}
    return f"{request.path}?{urlencode(asked)}"
