"""Every page is drawn with these: words in the reader's language, the navigation, plain formats."""

import datetime
import zoneinfo
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask import Flask, g, request, session, url_for
from flask_login import current_user
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from policies.desks import Desk
from policies.notices import Notice
from policies.plan import text
from servicing.breaker import halts
from servicing.breaker.halts import HaltLine
from servicing.card import wording
from servicing.card.card import TrailLine
from servicing.core import i18n, output
from servicing.core.accounts import Role
from servicing.core.output import amounts, percent
from servicing.desk import tasks
from servicing.web import paging
from servicing.web.current import workspace

WAYS: dict[Role, tuple[tuple[str, str], ...]] = {
    "agent": (("my_day.day", "day"), ("cards.clients", "clients"), ("cases.shelved", "cases")),
    "manager": (
        ("month.month", "month"),
        ("persistency.figure", "persistency"),
        ("scorecard.board", "scorecard"),
        ("workdays.week", "workdays"),
        ("influence.centres", "influence"),
        ("cases.shelved", "cases"),
        ("cards.clients", "clients"),
    ),
    "operations": (
        ("dispatch.account", "dispatch"),
        ("book.book", "book"),
        ("plan.plan", "plan"),
        ("reassignment.orphaned", "orphans"),
        ("events.listed", "events"),
        ("cases.shelved", "cases"),
        ("cards.clients", "clients"),
    ),
    "administrator": (
        ("accounts.people", "people"),
        ("accounts.views", "views"),
        ("audit.log", "audit_log"),
        ("dispatch.account", "dispatch"),
        ("book.book", "book"),
        ("plan.plan", "plan"),
        ("reassignment.orphaned", "orphans"),
        ("persistency.figure", "persistency"),
        ("scorecard.board", "scorecard"),
        ("influence.centres", "influence"),
        ("events.listed", "events"),
        ("cases.shelved", "cases"),
        ("callbacks.due", "callbacks"),
        ("checks.drawn", "checks"),
        ("cards.clients", "clients"),
    ),
}
"""The pages that a role can go to from anywhere: where, and the word for it."""


def locale() -> str:
    """The reader's language: the one chosen, then the browser's, then the workspace's."""
    if "locale" not in g:
        asked = request.headers.get("Accept-Language", "")
        g.locale = _chosen() or asked_for(asked) or workspace().settings.servicing.locale
    return str(g.locale)


def _chosen() -> str:
    own = current_user.user.locale if current_user.is_authenticated else ""
    return own or str(session.get("locale", ""))


def asked_for(languages_accepted: str) -> str:
    """The language of ours that a browser prefers, by its header `Accept-Language`; empty: none."""
    accepted = parse_accept_header(languages_accepted, LanguageAccept)
    known = {each.replace("_", "-"): each for each in i18n.locales()}
    languages = {each.split("-")[0]: locale for each, locale in known.items()}
    found = accepted.best_match([*known, *languages])
    return known.get(str(found)) or languages.get(str(found), "")


def say(key: str, **values: Any) -> str:
    """A word of the pages in the reader's language."""
    return i18n.say("pages", key, locale(), **values)


def word(section: str, key: str, **values: Any) -> str:
    """A word that the terminal knows as well."""
    return i18n.say(section, key, locale(), **values)


def title_of(key: str) -> str:
    """The title of a touchpoint in the plan."""
    return tasks.title(workspace().plan, key, locale())


def task_title(key: str, *, complains: bool) -> str:
    """The same of a task; of a client who complains, that they do."""
    title = title_of(key)
    return word("case", "task_of_complainant", title=title) if complains else title


def states_of(states: str) -> str:
    """The state of a message or task, or of both."""
    return wording.state_name(states, locale())


def reasons_of(codes: str) -> str:
    """Why a message or task is as it is, or both, each sentence once."""
    return wording.reason_name(codes, locale())


def in_all_languages(texts: Mapping[str, str]) -> list[tuple[str, str]]:
    """A text in all its languages, the reader's first: a client is asked in whichever they know."""
    return sorted(texts.items(), key=lambda each: (each[0] != locale(), each[0]))


def noticed(notice: Notice) -> str:
    """A refusal, a warning or another notice."""
    return i18n.sentence(notice, locale())


def told(line: TrailLine) -> str:
    """The headline of a line of a trail."""
    return wording.headline(line, locale())


def details(line: TrailLine) -> list[str]:
    """The facts of a line of a trail."""
    return wording.details(line, locale())


def particulars(facts: Mapping[str, Any]) -> list[str]:
    """What is known of a change of a message."""
    return wording.particulars(facts, locale())


def money(value: Decimal | str | None, currency: str) -> str:
    """An amount with its thousands and its currency; hundredths only where there are any."""
    return "" if value is None or value == "" else output.money(Decimal(value), currency)


def moment(value: datetime.datetime | None, zone: zoneinfo.ZoneInfo | None = None) -> str:
    """A moment in the book's time zone, to the minute."""
    return "" if value is None else f"{value.astimezone(zone or workspace().zone):%Y-%m-%d %H:%M}"


def weekday(day: datetime.date) -> str:
    """The day of the week."""
    return say(f"weekday_{day.weekday()}")


def ways() -> Iterator[tuple[str, str, bool]]:
    """The pages in the reader's navigation: address, word, and whether it is the one shown."""
    if not current_user.is_authenticated:
        return
    found = _ways_of_reader()
    here = _way_here([endpoint for endpoint, _ in found])
    for endpoint, name in found:
        yield url_for(endpoint), say(name), endpoint == here


OF_DESKS: dict[Desk, tuple[str, str]] = {
    "callback": ("callbacks.due", "callbacks"),
    "quality": ("checks.drawn", "checks"),
}
"""The page of a desk, which whoever is of it can go to from anywhere, and the word for it."""


def _ways_of_reader() -> list[tuple[str, str]]:
    own = WAYS[current_user.user.role]
    desks = (way for desk, way in OF_DESKS.items() if desk in current_user.desks)
    return list(dict.fromkeys([*own, *desks]))


NEAR = {
    "assessment": "scorecard",
    "case_reports": "cases",
    "cases": "month",
    "checks": "scorecard",
    "desk_tasks": "cases",
    "earnings": "scorecard",
    "events": "month",
    "reviewing": "cards",
    "handing": "month",
    "keeping": "persistency",
    "leads": "month",
    "month": "my_day",
    "persistency": "my_day",
    "scorecard": "my_day",
    "surveys": "scorecard",
    "tiers": "scorecard",
    "workdays": "my_day",
}
"""Pages that belong to the way of other pages; a manager has a way of their own to the workdays."""


def _way_here(endpoints: Sequence[str]) -> str:
    """The one way that the page belongs to: itself, else the first of its kind; empty: none."""
    if request.endpoint in endpoints:
        return request.endpoint or ""
    own = request.blueprint or ""
    kinds = {each.partition(".")[0]: each for each in reversed(endpoints)}
    while own not in kinds and own in NEAR:
        own = NEAR[own]
    return kinds.get(own, "")


def is_own() -> bool:
    """Whether the page is of the reader's own account, which is no way of the navigation."""
    return request.blueprint in ("login", "second_factor")


def open_halts() -> list[HaltLine]:
    """The open halts, for readers who answer for them; read once a request."""
    if "halts" not in g:
        is_in = current_user.is_authenticated
        is_told = is_in and current_user.user.role != "agent" and current_user.is_halted
        g.halts = halts.listed() if is_told else []
    return list(g.halts)


def may_resume() -> bool:
    """Whether the reader can let what is halted go on."""
    role = current_user.user.role
    return any(endpoint == "dispatch.account" for endpoint, _ in WAYS[role])


def name_of(line: HaltLine) -> str:
    """The name of a halted touchpoint, channel or message in the reader's language."""
    if line.kind == "touchpoint":
        return title_of(line.subject)
    if line.kind == "message":
        return word("operations", "held_message", id=line.subject)
    return word("channel", line.subject)


def halted(line: HaltLine) -> str:
    """A halt in one line."""
    return wording.halted(line.unaddressed, name_of(line), locale(), workspace().zone)


def sentence_of(line: HaltLine) -> str:
    """Why something is halted, for whoever may see the addresses."""
    return line.sentence(locale())


def webcal(address: str) -> str:
    """The same address as a phone's calendar takes it by a tap."""
    return f"webcal:{address.partition(':')[2]}"


def script(name: str) -> str:
    """The address of a script of ours; the page that names one may run scripts of ours, and no others."""
    g.has_script = True
    return url_for("static", filename=name)


def draw_with(app: Flask) -> None:
    """Give the templates their words and formats."""
    filters: list[Callable[..., Any]] = [money, amounts, percent, moment, weekday]
    filters += [
        title_of,
        states_of,
        reasons_of,
        told,
        details,
        particulars,
        halted,
        name_of,
        noticed,
        sentence_of,
        webcal,
    ]
    for each in filters:
        app.jinja_env.filters[each.__name__] = each
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(_everywhere)


def _everywhere() -> dict[str, Any]:
    return {
        "say": say,
        "word": word,
        "lang": locale().replace("_", "-"),
        "locale": locale(),
        "locales": i18n.locales(),
        "words_of": lambda each: i18n.say("pages", "language", each),
        "ways": ways,
        "is_own": is_own,
        "halts": open_halts,
        "may_resume": may_resume,
        "script": script,
        "file_links": paging.file_links,
        "company": workspace().settings.servicing.company,
        "plan_text": lambda texts: text(texts, locale()),
    }
