"""Reports on cases, and the lists behind their numbers, each described once for page and file."""

import datetime
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from flask import url_for

from policies.persistency import units
from servicing.callbacks.queries import Contract
from servicing.case_reports.figures import CaseRow
from servicing.case_reports.tables import COUNTS, TableColumn
from servicing.core import i18n, visibility
from servicing.web.case_reports.asked import UNITS, Asked
from servicing.web.cases import names
from servicing.web.current import me, today
from servicing.web.listing import Column, Listing
from servicing.web.rendering import locale, word

TONES = {"abnormal": "bad", "normal": "good"}


def said(key: str, **facts: object) -> str:
    """A word of the reports."""
    return word("case_reports", key, **facts)


# ---------------------------------------------------------------------------------------- the report


def report(of: Asked) -> Listing[Any]:
    """A report as its table; each number of cases leads to them."""
    table = of.table()
    columns = [_column(of, each) for each in table.columns]
    return Listing(table.name, columns, table.lines, about=_of_unit(of, table.about))


def _column(of: Asked, column: TableColumn) -> Column[Any]:
    to = (lambda line: _address(of, column.key, line)) if column.kind == "number" else None
    tone = (lambda line: TONES.get(line.verdict, "")) if column.key == "verdict" else None
    return Column(column.title, column.of, column.kind, to=to, tone=tone)


def _address(of: Asked, column: str, line: Any) -> str:
    """Where a number leads; empty: it counts no cases, or none."""
    more: dict[str, Any] = {}
    figure = ""
    match of.name:
        case "weekly" | "monthly" if column == "count" and line.count:
            figure = line.figure
            more = {"key": line.category or None, "unsorted": line.unsorted or None}
        case "daily" if column == "faulty" and line.faulty:
            figure = line.what
        case "daily" if column == "of" and line.of:
            figure = f"{line.what}-of"
        case "complained-of" if column == "complaints" and line.complaints:
            figure = column
        case "callbacks" if column in COUNTS and getattr(line, column):
            figure = column
    if not figure:
        return ""
    if of.name in UNITS and line.key != "total":
        more = {"key": line.key}
    arguments = of.arguments(of.name) | more
    return url_for("case_reports.behind", report=of.name, figure=figure, **arguments)


def about(of: Asked, figure: str) -> str:
    """Of which number, report, unit and day a list is, in a sentence."""
    number = said(f"figure_{figure.removesuffix('-of')}")
    if figure.endswith("-of"):
        number = said("all_of", number=number)
    return _of_unit(of, said("about_list", report=said(of.name), number=number, on=of.on))


def _of_unit(of: Asked, about: str) -> str:
    """A sentence with the reader's unit before it, in full."""
    return units.BETWEEN.join(filter(None, (of.part.unit, about)))


# ------------------------------------------------------------------------------------------ the cases


@dataclass(frozen=True)
class Shown:
    """A line, and whether its client's card is open to the reader."""

    of: Any
    is_known: bool


def shown(lines: Iterable[Any]) -> Iterator[Shown]:
    """Lines with what is known of their clients, some hundred at a time."""
    for batch in _batches(lines):
        numbers = sorted({each.client_no for each in batch if each.client_no})
        known = visibility.known(me(), numbers, today())
        yield from (Shown(each, each.client_no in known) for each in batch)


BATCH = 500


def _batches(lines: Iterable[Any]) -> Iterator[list[Any]]:
    batch = []
    for each in lines:
        batch.append(each)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def cases(lines: Iterable[Shown], about: str) -> Listing[Shown]:
    """The cases behind a number."""
    columns = [
        Column[Shown](said("column_number"), lambda each: str(each.of.case), to=_case),
        Column(said("column_kind"), lambda each: names.kind_title(each.of.kind)),
        Column(said("column_client"), _client, to=_card),
        Column(said("column_policy"), lambda each: each.of.policy_no),
        Column(said("column_about"), lambda each: _about(each.of)),
        Column(said("column_categories"), lambda each: _categories(each.of)),
        Column(said("column_state"), lambda each: names.state_title(each.of.kind, each.of.state)),
        Column(said("column_received"), lambda each: each.of.received_on, "day"),
        Column(
            said("column_due"),
            lambda each: each.of.due_on,
            "day",
            tone=lambda each: "bad" if _is_over(each.of.due_on) else "",
        ),
        Column(said("column_ended"), lambda each: each.of.ended_on, "day"),
        Column(said("column_with"), lambda each: _with(each.of)),
    ]
    return Listing("cases", columns, lines, about=about)


def _categories(of: CaseRow) -> str:
    return " · ".join(names.category_titles(of.kind, of.categories))


def _about(of: CaseRow) -> str:
    return f"{of.agent_no or ''} {of.agent_name or ''}".strip() or of.about_login


def _with(of: CaseRow) -> str:
    return of.owner or i18n.say("desk", of.desk, locale())


def _is_over(due_on: datetime.date | None) -> bool:
    return due_on is not None and due_on < today()


def _client(each: Shown) -> str:
    return f"{each.of.client_no or ''} {each.of.client_name or ''}".strip()


def _case(each: Shown) -> str:
    return url_for("cases.case", case_id=each.of.case) if each.of.case else ""


def _card(each: Shown) -> str:
    return url_for("cards.card", client_no=each.of.client_no) if each.is_known else ""


# -------------------------------------------------------------------------------------- the contracts


def contracts(lines: Iterable[Shown], about: str) -> Listing[Shown]:
    """The contracts behind a number of call-backs."""
    columns = [
        Column[Shown](said("column_policy"), lambda each: each.of.policy_no),
        Column(said("column_client"), _client, to=_card),
        Column(said("column_agent"), lambda each: f"{each.of.agent_no} {each.of.agent_name}"),
        Column(said("column_issued_on"), lambda each: each.of.issue_date, "day"),
        Column(said("column_delivered_on"), lambda each: each.of.delivered_on, "day"),
        Column(
            said("column_became"), lambda each: _became(each.of), tone=lambda each: _tone(each.of)
        ),
        Column(said("column_number"), lambda each: str(each.of.case or ""), to=_case),
    ]
    return Listing("call-backs", columns, lines, about=about)


def _became(of: Contract) -> str:
    became = said(f"became_{of.became}")
    return f"{became} · {said('became_problem')}" if of.has_problem else became


def _tone(of: Contract) -> str:
    if of.has_problem:
        return "wait"
    return {"in_time": "good", "late": "bad", "never": "bad"}.get(of.became, "")


# ----------------------------------------------------------------------------------------- the checks


def checks(lines: Iterable[Shown], about: str) -> Listing[Shown]:
    """The spot checks behind a number of a day."""
    columns = [
        Column[Shown](said("column_check"), lambda each: str(each.of.check), to=_check),
        Column(said("column_client"), _client, to=_card),
        Column(said("column_policy"), lambda each: each.of.policy_no),
        Column(said("column_agent"), lambda each: f"{each.of.agent_no} {each.of.agent_name}"),
        Column(
            said("column_result"),
            lambda each: each.of.ratio,
            "percent",
            tone=lambda each: "bad" if each.of.red_lines else "",
        ),
        Column(said("column_red_lines"), lambda each: each.of.red_lines, "number"),
        Column(said("column_checked"), lambda each: each.of.checked_on, "day"),
        Column(said("column_checker"), lambda each: each.of.checker),
    ]
    return Listing("checks", columns, lines, about=about)


def _check(each: Shown) -> str:
    return url_for("checks.check", check_id=each.of.check)


def clients(lines: Collection[Shown]) -> Iterator[str]:
    """Whom a page has named."""
    return (each.of.client_no for each in lines if each.of.client_no)
