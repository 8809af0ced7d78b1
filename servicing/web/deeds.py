"""Which page is which deed of the audit log: every page stands in this table.

What a list has shown is written once the page is made, before anybody reads it: whom it named into the
access log, once for each client, place and day, and that it was seen into the audit log, once an hour
for the same page, filter and number of clients.
"""

import datetime
import functools
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from flask import Flask, Response, current_app, g, request
from flask_login import current_user

from servicing.core import attempts, audit_log, card_views
from servicing.core.account_models import User
from servicing.core.audit_log import Actor, Kind
from servicing.core.card_views import Place
from servicing.web import refused
from servicing.web.current import now, refusals, today
from servicing.web.refused import Refused

ITSELF: Literal["itself"] = "itself"
"""What it does writes the line, or notes the look at a card."""

ON_CARDS = None
"""What it does stands on the cards of the clients whom it concerns, with who did it."""

NOTHING = None
"""It shows nobody's data but the reader's own, or counts only."""

PAGES: Mapping[str, Kind | Literal["itself"] | None] = {
    "static": NOTHING,
    "bootstrap.static": NOTHING,
    "phone.manifest": NOTHING,
    "phone.worker": NOTHING,
    "health.healthz": NOTHING,
    "health.metrics": NOTHING,
    "webhooks.twilio_status": ON_CARDS,
    "webhooks.twilio_inbound": ON_CARDS,
    "webhooks.aliyun_receipts": ON_CARDS,
    "webhooks.aliyun_replies": ON_CARDS,
    "unsubscribe.ask": NOTHING,
    "unsubscribe.unsubscribe_now": ON_CARDS,
    "login.home": NOTHING,
    "login.login": ITSELF,
    "login.logout": ITSELF,
    "login.language": NOTHING,
    "login.account": NOTHING,
    "login.own_password": NOTHING,
    "login.password": ITSELF,
    "login.feed": "account.feed_changed",
    "openid.begin": NOTHING,
    "openid.back": ITSELF,
    "openid.out": NOTHING,
    "second_step.ask": NOTHING,
    "second_step.take": ITSELF,
    "second_factor.own": NOTHING,
    "second_factor.begin_app": NOTHING,
    "second_factor.try_app": ITSELF,
    "second_factor.begin_passkey": NOTHING,
    "second_factor.try_passkey": ITSELF,
    "second_factor.codes": ITSELF,
    "second_factor.remove": ITSELF,
    "login.end_session": ITSELF,
    "my_day.day": "list.seen",
    "my_day.view": "list.seen",
    "my_day.call": "list.seen",
    "my_day.how": NOTHING,
    "my_day.record": ON_CARDS,
    "my_day.undo": ON_CARDS,
    "workdays.week": "list.seen",
    "workdays.month": "list.seen",
    "workdays.move": ON_CARDS,
    "my_day.calendar": "list.seen",
    "cards.clients": "list.seen",
    "cards.keep_filter": NOTHING,
    "cards.card": ITSELF,
    "cards.why": ITSELF,
    "cards.remark": ON_CARDS,
    "cards.consent": ON_CARDS,
    "cards.family": ON_CARDS,
    "cards.death": ON_CARDS,
    "leads.listed": "list.seen",
    "leads.one": "list.seen",
    "leads.of_client": "list.seen",
    "leads.step": ON_CARDS,
    "leads.ask": ON_CARDS,
    "leads.give": ON_CARDS,
    "events.listed": NOTHING,
    "events.one": "list.seen",
    "events.step": ON_CARDS,
    "events.party": ON_CARDS,
    "events.door": "list.seen",
    "events.tick": ON_CARDS,
    "events.paper": "list.seen",
    "desk_tasks.listed": "list.seen",
    "desk_tasks.one": "list.seen",
    "desk_tasks.record": ON_CARDS,
    "desk_tasks.undo": ON_CARDS,
    "cases.shelved": "list.seen",
    "cases.case": "list.seen",
    "cases.step": ON_CARDS,
    "cases.begin": "list.seen",
    "cases.begin_with": "list.seen",
    "cases.register": ON_CARDS,
    "cases.begin_unnamed": NOTHING,
    "cases.begin_unnamed_with": NOTHING,
    "cases.register_unnamed": NOTHING,
    "keeping.to_call": "list.seen",
    "month.month": "list.seen",
    "month.grace": "list.seen",
    "month.agents": NOTHING,
    "month.changed": NOTHING,
    "month.overdue": "list.seen",
    "month.fresh": "list.seen",
    "month.orphans": "list.seen",
    "month.handed": "list.seen",
    "month.paper": "export.written",
    "handing.preview": "list.seen",
    "handing.hand_over": ITSELF,
    "handing.choose": "list.seen",
    "handing.reassign": ITSELF,
    "persistency.figure": NOTHING,
    "persistency.policies": "list.seen",
    "persistency.collect": NOTHING,
    "persistency.deciding": "list.seen",
    "persistency.export": "export.written",
    "scorecard.board": NOTHING,
    "earnings.income": NOTHING,
    "reviewing.review": ITSELF,
    "reviewing.write": ON_CARDS,
    "scorecard.export": "export.written",
    "assessment.board": NOTHING,
    "assessment.behind": "list.seen",
    "case_reports.week": NOTHING,
    "case_reports.report": NOTHING,
    "case_reports.behind": "list.seen",
    "tiers.funnel": NOTHING,
    "tiers.behind": "list.seen",
    "tiers.grant": ON_CARDS,
    "influence.centres": "list.seen",
    "influence.tree": "list.seen",
    "dispatch.account": NOTHING,
    "dispatch.retry_all": ON_CARDS,
    "dispatch.listing": "list.seen",
    "dispatch.queue": NOTHING,
    "dispatch.decide": "list.seen",
    "dispatch.decided": ON_CARDS,
    "dispatch.halt": ITSELF,
    "dispatch.message": ITSELF,
    "dispatch.retry": ON_CARDS,
    "dispatch.settle": ON_CARDS,
    "dispatch.resume": ITSELF,
    "dispatch.opted_out": "list.seen",
    "dispatch.ask_to_lift": "list.seen",
    "dispatch.suppress": ON_CARDS,
    "book.book": NOTHING,
    "book.take_in": ITSELF,
    "book.imported": "list.seen",
    "book.go_on": ITSELF,
    "book.columns": "list.seen",
    "book.match": NOTHING,
    "book.mapping_file": NOTHING,
    "book.rejects": "export.written",
    "book.rejects_workbook": "export.written",
    "plan.plan": NOTHING,
    "plan.text": ITSELF,
    "plan.texts": ITSELF,
    "plan.compare": NOTHING,
    "plan.compared": "list.seen",
    "reassignment.orphaned": "list.seen",
    "reassignment.propose": NOTHING,
    "reassignment.carry_out": ITSELF,
    "accounts.people": NOTHING,
    "accounts.add": ITSELF,
    "accounts.disable": ITSELF,
    "accounts.password": ITSELF,
    "accounts.reset_factors": ITSELF,
    "accounts.by_provider": ITSELF,
    "accounts.views": "audit.seen",
    "audit.log": "audit.seen",
    "callbacks.due": "list.seen",
    "callbacks.call": "list.seen",
    "callbacks.attempt": ON_CARDS,
    "callbacks.answer": ON_CARDS,
    "callbacks.link": ON_CARDS,
    "callbacks.letter": ON_CARDS,
    "checks.drawn": "list.seen",
    "checks.check": "list.seen",
    "checks.record": ON_CARDS,
    "callback_link.ask": NOTHING,
    "callback_link.answer": ON_CARDS,
    "surveys.board": NOTHING,
    "survey_link.ask": NOTHING,
    "survey_link.answer": ON_CARDS,
}
"""By the name of a page in the application."""


MOST_REMEMBERED = 200_000
"""Clients that a process remembers to have noted: some ten megabytes."""


@dataclass
class Shown:
    """What this process has written of a day, so that a page that is opened again writes nothing."""

    day: datetime.date = datetime.date.min
    clients: set[tuple[int, Place, str]] = field(default_factory=set)
    lists: set[tuple[Any, ...]] = field(default_factory=set)
    turn: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, day: datetime.date) -> None:
        """Forget what was of another day, or has become much: it is written once more, to no effect."""
        with self.turn:
            if self.day != day or len(self.clients) > MOST_REMEMBERED:
                self.day, self.clients, self.lists = day, set(), set()


@dataclass(frozen=True)
class _Seen:
    """What a page has shown."""

    user: User
    client_nos: list[str]
    place: Place
    facts: dict[str, Any]


SHOWN = "servicing shown"
"""The application keeps its `Shown` under this name."""


def seen(
    client_nos: Iterable[str], place: Place, *, reader: User | None = None, **facts: Any
) -> None:
    """The page names these clients; `reader`: to whom, where nobody has come in.

    `facts`: by what it was filtered, in words of ours; never what somebody typed of a client.
    """
    known = list(dict.fromkeys(each for each in client_nos if each))
    g.seen = _Seen(reader or current_user.user, known, place, {"clients": len(known), **facts})


def taken_out(rows: int, **facts: Any) -> None:
    """The answer is a file with so many lines: one line tells of it, whoever stands in it."""
    g.deed = "export.written"
    g.seen = _Seen(current_user.user, [], "export", {"rows": rows, **facts})


def watch(app: Flask) -> None:
    """Know of each page whether it was made, or somebody was sent elsewhere before."""
    for endpoint, view in app.view_functions.items():
        app.view_functions[endpoint] = _watched(view)


def _watched(view: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(view)  # with what the view says of itself to the guard
    def made(*args: Any, **named: Any) -> Any:
        answer = view(*args, **named)
        g.is_made = True
        return answer

    return made


def note(response: Response) -> Response:
    """Write what the page has shown; nobody reads it unless that is written."""
    kind = g.get("deed") or PAGES.get(request.endpoint or "")
    if kind is None or kind == ITSELF or not _is_done(kind, response):
        return response
    found: _Seen | None = g.get("seen")
    if found is None and current_user.is_authenticated and _is_told(kind):
        found = _Seen(current_user.user, [], "card", {})
    if found:
        _note(kind, found)
    return response


def _is_done(kind: Kind, response: Response) -> bool:
    """The page was made; a file was asked for, and is the answer, not a page that says why it is not."""
    is_made = bool(g.get("is_made")) and response.status_code < 400
    return is_made and (kind != "export.written" or response.mimetype != "text/html")


def _is_told(kind: Kind) -> bool:
    """A list that has shown nothing is none."""
    return kind != "list.seen"


_READING = ("list.seen", "audit.seen")
"""What is told once an hour; anything else is told each time."""


def _note(kind: Kind, found: _Seen) -> None:
    if kind not in _READING:
        audit_log.record(kind, now(), of=found.user, page=request.endpoint, **found.facts)
        return
    shown: Shown = current_app.extensions[SHOWN]
    shown.begin(today())
    keys = {(found.user.id, found.place, each): each for each in found.client_nos}
    new = {key: each for key, each in keys.items() if key not in shown.clients}
    name = _name(kind, found)
    is_told = name in shown.lists
    if new or not is_told:
        told = None if is_told else _line(kind, found)
        card_views.saw(found.user, list(new.values()), found.place, now(), today(), told)
    with shown.turn:
        shown.clients.update(new)
        shown.lists.add(name)


def _line(kind: Kind, found: _Seen) -> audit_log.Line:
    by = audit_log.actor().being(found.user)
    return audit_log.line_of(kind, now(), by, page=request.endpoint, **found.facts)


def _name(kind: Kind, found: _Seen) -> tuple[Any, ...]:
    """Lines of the same name are one, within an hour."""
    facts = tuple(sorted((name, str(value)) for name, value in found.facts.items()))
    hour = now().replace(minute=0, second=0, microsecond=0)
    return found.user.id, kind, request.endpoint, facts, hour


def begin() -> None:
    """Whoever has come in acts in this request; a stranger, until they are recognised."""
    audit_log.act(_actor)


def end(error: BaseException | None) -> None:
    """Nobody acts in this thread any more."""
    audit_log.act(lambda: audit_log.SERVICE)


def _actor() -> Actor:
    source = attempts.source(request.remote_addr)
    stranger = Actor("page", "", None, source)
    return stranger.being(current_user.user) if current_user.is_authenticated else stranger


# ------------------------------------------------------------------------------- what was refused


def login_refused(kind: Kind, login: str) -> None:
    """A password or a code was wrong, or not looked at; what is no login of ours is kept nowhere."""
    user: User | None = User.get_or_none(User.login == login)
    _refused(kind, user, "")


def page_refused() -> None:
    """Somebody who has come in has asked for what is not there for them."""
    if current_user.is_authenticated:
        _refused("page.refused", current_user.user, request.endpoint or "")


def _refused(kind: Kind, user: User | None, page: str) -> None:
    source = attempts.source(request.remote_addr)
    who, user_id = (user.login, user.id) if user else ("", None)
    at = now()
    refusals().add(Refused(refused.quarter_of(at), kind, who, user_id, source, page), at)
