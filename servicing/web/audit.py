"""The audit log, and above it the days of the last two weeks on which somebody should look."""

import datetime
from collections.abc import Iterable, Iterator
from typing import Any

from flask import Blueprint, render_template, request, url_for

from servicing.core import audit_listing, audit_log, unusual
from servicing.core.audit_listing import AuditLine, Wanted
from servicing.core.unusual import UnusualDay
from servicing.desk import audit_wording
from servicing.web import listing, paging
from servicing.web.access import allow
from servicing.web.current import today, workspace
from servicing.web.listing import Column, Listing
from servicing.web.rendering import locale, say, title_of, word

blueprint = Blueprint("audit", __name__)

LONGEST_WHO = 100

MOST_UNUSUAL = 50
"""Unusual days above the log; `servicing audit unusual` lists all."""


@blueprint.get("/audit")
@allow("administrator")
def log() -> Any:
    """The lines of the log, by who, kind and day."""
    who = audit_listing.who_is(request.args.get("who", "")[:LONGEST_WHO])
    kind = next((each for each in audit_log.KINDS if each == request.args.get("kind")), "")
    on = paging.day_or_none(request.args.get("on"))
    since, until = audit_listing.day(on, workspace().zone) if on else (None, None)
    wanted = Wanted(since, until, who, kind)
    if paging.file_asked_for():
        return listing.sent(_lines(audit_listing.lines(wanted)))
    page = paging.page(lambda limit, offset: audit_listing.lines(wanted, limit, offset))
    found = _unusual()
    return render_template(
        "audit.html",
        page=page,
        listing=_lines(page.lines),
        unusual=found[:MOST_UNUSUAL],
        hidden=len(found) - MOST_UNUSUAL,
        who=who,
        kind=kind,
        on=on,
        kinds=list(_kinds()),
        words=audit_wording,
    )


def _lines(found: Iterable[AuditLine]) -> Listing[AuditLine]:
    """Who used which power, when, and from where."""

    def facts(line: AuditLine) -> str:
        return word("notice", "semicolon").join(audit_wording.facts(line.facts, locale(), title_of))

    def card(line: AuditLine) -> str:
        return url_for("cards.card", client_no=line.client_no) if line.client_no else ""

    columns = [
        Column[AuditLine](word("heading", "at"), lambda line: line.at, "moment"),
        Column(say("who_acted"), lambda line: audit_wording.actor(line.who, locale())),
        Column(say("deed"), lambda line: audit_wording.kind(line.kind, locale())),
        Column(word("heading", "client_no"), lambda line: line.client_no, to=card),
        Column(word("app", "facts"), facts),
        Column(say("came_from"), lambda line: f"{word('audit', line.way)} {line.source}".strip()),
    ]
    return Listing("audit", columns, found)


def _unusual() -> list[UnusualDay]:
    last = today()
    first = last - datetime.timedelta(days=unusual.SHOWN_DAYS - 1)
    return unusual.days(first, last, workspace().settings.audit, workspace().zone)


def _kinds() -> Iterator[tuple[str, str]]:
    """The kinds to choose from, and any."""
    yield "", word("audit", "any_kind")
    yield from ((each, word("audit", each)) for each in audit_log.KINDS)
