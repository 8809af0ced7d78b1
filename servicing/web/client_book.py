"""The client book as a page asks for it: whom one looks for, the filters, the unit, and the list."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Response, request, url_for

from policies.ordering import by_name
from policies.status import APPLIED, ENDED, OF_SERVICE
from servicing.core import visibility
from servicing.desk import client_book, client_search, saved_filters
from servicing.desk.client_book import MARKS, SORTED_BY, BookLine, By, Filters, Mark
from servicing.web import deeds, figures, listing, nearness, paging
from servicing.web.current import me, today, workspace
from servicing.web.listing import Column, Listing
from servicing.web.rendering import word

CLIENTS_A_PAGE = 30
MOST_UNITS = 300
"""Teams that are offered to choose from; an agent is named by number."""

CHOICES = [*MARKS, "above", "status", "tier", "stage", "sort", *figures.PLACES]
"""The arguments that a saved filter keeps; what somebody looks for is none of them."""

STATUSES = [*sorted(OF_SERVICE), *sorted(APPLIED), *sorted(ENDED)]
"""By which the list is filtered."""

HASTE = 15
"""Fewer days than these are marked."""


@dataclass(frozen=True)
class BookPage:
    """What the page of the client book shows."""

    listing: Listing[BookLine]
    page: paging.Page[BookLine]
    lines: Sequence[BookLine]
    """Of all its pages."""
    text: str
    filters: Filters
    is_too_large: bool
    is_cut: bool
    """More may be meant than are shown."""
    is_behind: bool
    """Some clients are found by their numbers alone for now."""
    units: Sequence[tuple[str, str]]
    """Teams to choose from: as they stand in an address, and as people read them."""

    @property
    def count(self) -> int:
        """All lines of the filter."""
        return len(self.lines)


def shown() -> BookPage | Response:
    """The page that the request asks for, or its list as a file."""
    text, filters, on = request.args.get("q", ""), _filters(), today()
    text = text[: client_search.LONGEST_TEXT]
    country, grace = workspace().country, workspace().composer.grace
    is_asked = bool(text.strip())
    found = client_search.found(me(), text, country, on) if is_asked else None
    ids = found.ids if found else None
    of = client_book.part(me(), on, _agents(), ids)
    reads = visibility.reads_for(me(), workspace().settings.web.shared_clients)
    is_agent = me().role == "agent"
    lines = client_book.lines(
        of,
        filters,
        on,
        grace,
        reads,
        workspace().zone,
        is_for_agent=is_agent,
        staged=workspace().stages,
    )
    if ids is not None and not request.args.get("sort"):
        place = {number: turn for turn, number in enumerate(ids)}
        lines.sort(key=lambda each: place[each.client_id])
    marks = " ".join(each for each in MARKS if each in filters.marks)
    known: dict[str, Any] = {"filter": marks} if marks else {}
    if paging.file_asked_for():
        return listing.sent(_listing(lines), **known)
    page = paging.page_of(lines, CLIENTS_A_PAGE)
    if page.lines:
        deeds.seen((each.client_no for each in page.lines), "search", **known)
    return BookPage(
        listing=_listing(page.lines),
        page=page,
        lines=lines,
        text=text,
        filters=filters,
        is_too_large=of.is_too_large,
        is_cut=bool(found and found.is_cut),
        is_behind=bool(found and found.is_behind),
        units=_units() if of.is_too_large or any(map(request.args.get, figures.PLACES)) else [],
    )


def _filters() -> Filters:
    marks: frozenset[Mark] = frozenset(each for each in MARKS if request.args.get(each))
    by: By = next((each for each in SORTED_BY if each == request.args.get("sort")), "name")
    status = request.args.get("status", "")
    tier, stage = request.args.get("tier", ""), request.args.get("stage", "")
    return Filters(
        marks,
        _above(),
        status if status in STATUSES else "",
        tier if tier in nearness.tiers() else "",
        stage if stage in nearness.stage_titles() else "",
        by,
    )


def _above() -> Decimal | None:
    text = request.args.get("above", "").strip().replace(",", "")[:15]
    try:
        found = Decimal(text) if text else None
    except InvalidOperation:
        return None
    return found if found is not None and found.is_finite() else None


def _agents() -> list[int] | None:
    """The agents of the unit that the address names; None: it names none, the whole part is meant."""
    if me().role == "agent" or not any(request.args.get(each) for each in figures.PLACES):
        return None
    return [each.id for each in figures.part().agents]


def _units() -> list[tuple[str, str]]:
    """The teams of the reader's part, with what of an address leads to them."""
    if me().role == "agent":
        return []
    force = figures.part().force.limited(visibility.agent_ids(me()))
    teams = {(each.branch, each.team) for each in force if each.team}
    return [
        (urlencode({"branch": branch, "team": team}), _unit_name(branch, team))
        for branch, team in sorted(teams, key=lambda each: tuple(map(by_name, each)))[:MOST_UNITS]
    ]


def _unit_name(branch: str, team: str) -> str:
    name = team.removeprefix(f"{branch} / ")
    return f"{branch} · {name}" if branch else name


def with_other(**changed: Any) -> str:
    """The address of this list with some arguments in place of others; None leaves one out."""
    asked: dict[str, Any] = {name: request.args.get(name) for name in ["q", *CHOICES]}
    asked.update(changed)
    return url_for("cards.clients", **{name: it for name, it in asked.items() if it})


def chosen() -> str:
    """The filters of this list as a saved one keeps them."""
    asked = {name: request.args.get(name, "") for name in CHOICES}
    return urlencode({name: value[:100] for name, value in asked.items() if value})


def of_ours(query: str) -> str:
    """Of a query the filters alone: what else somebody puts into it is kept nowhere."""
    asked = dict(parse_qsl(query[: saved_filters.LONGEST_QUERY]))
    return urlencode({name: asked[name][:100] for name in CHOICES if asked.get(name)})


def saved() -> Iterable[tuple[int, str, str]]:
    """The reader's saved filters: number, name and address."""
    for each in saved_filters.of(me()):
        yield each.id, each.name, f"{url_for('cards.clients')}?{each.query}"


# ----------------------------------------------------------------------------------------- the list


def _listing(lines: Sequence[BookLine]) -> Listing[BookLine]:
    def title(name: str) -> str:
        return word("card", f"book_{name}")

    def day(line: BookLine) -> datetime.date | None:
        return line.contact.astimezone(workspace().zone).date() if line.contact else None

    def stake(line: BookLine) -> dict[str, Decimal] | None:
        of = line.stake
        return listing.amount(of.amount, of.currency) if of else None

    def tags(line: BookLine) -> str:
        return " · ".join(word("card", f"mark_{each}") for each in MARKS if each in line.marks)

    tiers, stages = nearness.tiers(), nearness.stage_titles()
    columns = [
        Column[BookLine](title("name"), lambda it: it.name or it.client_no, to=_card),
        Column(title("number"), lambda it: it.client_no),
        Column(title("tags"), tags, tone=_tone),
        Column(word("stages", "tier"), lambda it: tiers.get(it.tier, it.tier)),
        Column(word("stages", "stage"), lambda it: stages.get(it.stage, "")),
        Column(title("policies"), lambda it: len(it.in_force), "number"),
        Column(title("premium"), lambda it: it.premiums or None, "money"),
        Column(title("stake"), _told_stake, tone=_haste),
        Column(title("amount"), stake, "money"),
        Column(title("contact"), day, "day"),
        Column(title("phone"), lambda it: it.phone, to=lambda it: it.phone and f"tel:{it.phone}"),
    ]
    return Listing("clients", columns, lines, key=lambda it: it.client_no)


def _card(line: BookLine) -> str:
    return url_for("cards.card", client_no=line.client_no)


def _told_stake(line: BookLine) -> str:
    """Until when the premium is to be paid, in words."""
    of = line.stake
    if of is None:
        return ""
    if not of.is_due:
        return word("card", "stake_to_come", count=of.days_left, on=of.due_on)
    if of.days_left < 0:
        return word("card", "stake_over", count=-of.days_left, until=of.grace_until)
    return word("card", "stake_due", count=of.days_left, until=of.grace_until)


def _haste(line: BookLine) -> str:
    of = line.stake
    if of is None or not of.is_due:
        return ""
    return "bad" if of.days_left < HASTE else "wait"


def _tone(line: BookLine) -> str:
    if "complaint" in line.marks:
        return "bad"
    return "wait" if line.marks else ""
