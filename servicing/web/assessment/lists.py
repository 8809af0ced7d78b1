"""The assessment as a table, and the lists behind its numbers, each described once for page and file."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import url_for

from policies.assessment import Assessment
from policies.plan import text
from servicing.case_reports.assessed import FactorLine, UnitAssessed
from servicing.core import output, visibility
from servicing.reports.behind import AddOn, ReferredClient, ServedLine, batches
from servicing.web.assessment.asked import Asked
from servicing.web.current import me, today
from servicing.web.listing import Column, Listing
from servicing.web.rendering import locale, title_of, word

SHARES = frozenset(["persistency", "add_on", "coverage"])
"""The factors whose value is a share; of the others it is a number for each agent."""

HUNDREDTH = Decimal("0.01")

TOTAL = "total"
"""The key of the card of all units together."""

TONES = {"in_time": "good", "late": "wait", "missed": "bad"}


def said(key: str, **facts: object) -> str:
    """A word of the assessment."""
    return word("assessment", key, **facts)


def title(by: Assessment, name: str) -> str:
    """What the company's file calls a factor or a gate."""
    titles = {each.id: each.title for each in by.factors}
    titles.update({each.id: each.title for each in by.gates})
    return text(titles[name], locale())


def value(line: FactorLine, agents: int) -> str:
    """What was measured of so many agents, as people read it."""
    if line.value is None:
        return said("nothing")
    if line.id in SHARES:
        return output.percent(line.value)
    told = f"{round(line.value, 2):g}"
    return told if agents == 1 else said("per_agent", value=told)


# ------------------------------------------------------------------------------------------- the units


def units(lines: Iterable[UnitAssessed], asked: Asked) -> Listing[UnitAssessed]:
    """The points of each unit, a unit a line; a number leads to what it rests on."""
    by, part = asked.by, asked.part

    def factor(number: int) -> Column[UnitAssessed]:
        return Column(
            title(by, by.factors[number].id),
            lambda line: line.lines[number].points,
            "number",
            to=lambda line: behind(asked, line.lines[number], line.key),
        )

    def unit(line: UnitAssessed) -> str:
        return part.name_of(line.key) or word("manager", "no_unit")

    columns = [
        Column[UnitAssessed](word("manager", f"unit_{part.by}"), unit),
        Column(word("app", "agents"), lambda line: line.agents, "number"),
        *map(factor, range(len(by.factors))),
        Column(
            said("sum"),
            lambda line: line.points,
            "number",
            tone=lambda line: "bad" if line.shut else "",
        ),
        Column(
            word("terminal", "possible"),
            lambda line: line.possible.quantize(HUNDREDTH),
            "number",
        ),
        Column(
            said("gates"),
            lambda line: " · ".join(title(by, each) for each in line.shut),
            tone=lambda line: "bad",
        ),
    ]
    return Listing("assessment", columns, lines, about=f"{asked.period}")


def behind(asked: Asked, line: FactorLine, key: str) -> str:
    """Where the number of a unit leads; empty: it counts nothing, or there is no list for the reader."""
    is_whole = key == TOTAL or asked.is_own
    place = asked.part.place if is_whole else asked.part.place_of(key)
    is_kept = asked.is_own and line.id == "complaints"
    if not line.count or is_kept or not (is_whole or place):
        return ""
    arguments: dict[str, Any] = {**place, "period": str(asked.period)}
    return url_for("assessment.behind", factor=line.id, **arguments)


# ----------------------------------------------------------------------------------- what they rest on


@dataclass(frozen=True)
class Shown:
    """A line, and those of its clients whose card is open to the reader."""

    of: Any
    known: Collection[str]


def shown(lines: Iterable[Any]) -> Iterator[Shown]:
    """Lines with what is known of their clients, some hundred at a time."""
    for batch in batches(lines):
        numbers = sorted({number for each in batch for number in _clients(each)})
        known = visibility.known(me(), numbers, today())
        yield from (Shown(each, known) for each in batch)


def named(lines: Iterable[Shown]) -> Iterator[str]:
    """The clients whom a page has named."""
    return (number for each in lines for number in _clients(each.of) if number in each.known)


def _clients(line: ReferredClient | AddOn | ServedLine) -> list[str]:
    numbers = [line.client_no]
    return [*numbers, line.referrer_no] if isinstance(line, ReferredClient) else numbers


def _who(each: Shown, number: str, name: str) -> str:
    """A client as the reader may know them."""
    return f"{number} {name}" if number in each.known else word("manager", "of_another_unit")


def _card(each: Shown, number: str) -> str:
    return url_for("cards.card", client_no=number) if number in each.known else ""


def _heading(name: str) -> str:
    return word("heading", name)


def referrals(lines: Iterable[Shown], about: str) -> Listing[Shown]:
    """New clients, and who referred them."""
    columns = [
        Column[Shown](
            said("new_client"),
            lambda each: _who(each, each.of.client_no, each.of.client_name),
            to=lambda each: _card(each, each.of.client_no),
        ),
        Column(said("first_policy"), lambda each: each.of.issued, "day"),
        Column(
            said("referred_by"),
            lambda each: _who(each, each.of.referrer_no, each.of.referrer_name),
            to=lambda each: _card(each, each.of.referrer_no),
        ),
        Column(_heading("agent_name"), lambda each: each.of.agents),
    ]
    return Listing("referrals", columns, lines, about=about)


def add_ons(lines: Iterable[Shown], about: str) -> Listing[Shown]:
    """Clients with one policy, and what they bought."""
    columns = [
        _client(),
        Column(said("bought_on"), lambda each: each.of.issued, "day"),
        Column(_heading("policy_no"), lambda each: each.of.policy_no),
        Column(_heading("product"), lambda each: each.of.product),
        Column(said("bought"), lambda each: each.of.bought, "number"),
        Column(_heading("agent_name"), lambda each: each.of.agent_no),
    ]
    return Listing("add-ons", columns, lines, about=about)


def served(lines: Iterable[Shown], about: str) -> Listing[Shown]:
    """Touchpoints, and how they were served."""
    columns = [
        _client(),
        Column(_heading("touchpoint"), lambda each: title_of(each.of.touchpoint)),
        Column(_heading("due_on"), lambda each: each.of.due_on, "day"),
        Column(
            said("served"),
            lambda each: said(f"served_{each.of.served}"),
            tone=lambda each: TONES[each.of.served],
        ),
        Column(said("ended_at"), lambda each: each.of.ended_at, "moment"),
        Column(_heading("policy_no"), lambda each: each.of.policy_no),
        Column(_heading("agent_name"), lambda each: each.of.agent_no),
    ]
    return Listing("touchpoints", columns, lines, about=about)


def _client() -> Column[Shown]:
    return Column(
        _heading("client_name"),
        lambda each: _who(each, each.of.client_no, each.of.client_name),
        to=lambda each: _card(each, each.of.client_no),
    )
