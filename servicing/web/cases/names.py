"""What the files of kinds call things, in the reader's language: states, steps, categories, refusals."""

import datetime
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask import g

from policies import case_file, case_kind
from policies.case_kind import ESCALATED, Kind
from policies.desks import DESKS
from policies.notices import Notice
from policies.plan import text
from servicing.cases import shelf, telling
from servicing.core import errors
from servicing.web.current import workspace
from servicing.web.rendering import locale, noticed, word


def said(key: str, **values: Any) -> str:
    """A word of the pages of cases."""
    return word("case_page", key, **values)


def kind_of(name: str) -> Kind | None:
    """The kind of that name; None: there is no such file any more, or it cannot be used.

    It is looked for once in a request, however many lines name it.
    """
    known: dict[str, Kind | None] = g.setdefault("case_kinds", {})
    if name not in known:
        known[name] = _read(name)
    return known[name]


def _read(name: str) -> Kind | None:
    try:
        return workspace().ground.kind(name)
    except (errors.CaseKindNotFound, errors.BadCaseKind):  # its cases are shown by their ids
        return None


def kinds() -> list[Kind]:
    """All kinds that can be used, by the names of their files."""
    if "kinds_of_cases" not in g:
        g.kinds_of_cases = case_file.names(workspace().home)
    found = map(kind_of, g.kinds_of_cases)
    return [each for each in found if each is not None]


def kind_title(name: str) -> str:
    """What a kind is called."""
    kind = kind_of(name)
    return text(kind.title, locale()) if kind else name


def state_title(name: str, state: str) -> str:
    """What a state of a kind is called."""
    kind = kind_of(name)
    return telling.stands(kind, state, locale()) if kind else state


def step_title(kind: Kind, step: str) -> str:
    """What a step of a kind is called; that a case was opened is no step of its kind."""
    found = kind.step_of(step)
    if step == ESCALATED:
        return word("escalation", "title")
    return text(found.title, locale()) if found else word("case", step)


def done_by(login: str) -> str:
    """Who did something: the book, the client and the clock in words."""
    return telling.done_by(login, locale())


def people(logins: Iterable[str]) -> dict[str, str]:
    """What people are called, by their logins; the book, the client and the clock in words."""
    wanted = set(logins)
    named = {login: name for login, name in shelf.named(wanted).items() if name}
    return {each: done_by(each) for each in wanted} | named


def category_titles(name: str, categories: str) -> list[str]:
    """What the categories of a case are called."""
    kind = kind_of(name)
    found = [(each, kind.category_of(each) if kind else None) for each in categories.split()]
    return [text(of.title, locale()) if of else each for each, of in found]


def option_title(options: Iterable[case_kind.Option], name: str) -> str:
    """What a source or a channel is called."""
    return telling.option_title(options, name, locale())


def desk_or_role(name: str) -> str:
    """What a desk or a role is called."""
    return word("desk" if name in DESKS else "role", name)


def reason(code: str, step: str = "") -> str:
    """Why a step was taken; a reason of a company's own file stands for itself."""
    return telling.reason(code, step, locale())


def left(due_on: datetime.date | None, on: datetime.date) -> str:
    """What is left of a clock, in words."""
    if due_on is None:
        return said("no_clock")
    days = (due_on - on).days
    if days == 0:
        return said("due_today")
    return said("days_left" if days > 0 else "days_over", count=abs(days))


SOON = 3
"""So many days before it is due a case is marked."""


def haste(due_on: datetime.date | None, on: datetime.date) -> str:
    """How what is left of a clock looks."""
    if due_on is None:
        return ""
    if due_on < on:
        return "bad"
    return "wait" if (due_on - on).days <= SOON else "good"


def sentence(error: errors.ServicingError, kind: Kind | None) -> str:
    """A refusal as people read it: what it names by the ids of a file, by its titles."""
    return noticed(error.notice if kind is None else _titled(error.notice, kind))


def _titled(told: Notice, kind: Kind) -> Notice:
    ways: Mapping[str, Callable[[str], str]] = {
        **dict.fromkeys(("step", "missing", "done"), lambda each: step_title(kind, each)),
        **dict.fromkeys(("at", "states"), lambda each: telling.stands(kind, each, locale())),
        **dict.fromkeys(("reason", "reasons"), reason),
        **dict.fromkeys(("category", "one", "other"), lambda each: _category(kind, each)),
        "clock": lambda each: _clock(kind, each),
        "facets": lambda each: telling.facet(each, locale()),
        "by": desk_or_role,
    }
    facts = {
        name: _each(ways[name], value) if name in ways else value
        for name, value in told.facts.items()
    }
    return Notice(told.code, facts)


def _each(way: Callable[[str], str], value: Any) -> Any:
    return [way(str(each)) for each in value] if isinstance(value, list) else way(str(value))


def _category(kind: Kind, name: str) -> str:
    found = kind.category_of(name)
    return text(found.title, locale()) if found else name


def _clock(kind: Kind, name: str) -> str:
    return next((text(each.title, locale()) for each in kind.clock if each.id == name), name)
