"""The lists of a manager's month, each described once."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import url_for

from policies.persistency.standing import AgentStand
from policies.persistency.units import ForceAgent
from servicing.month import queries
from servicing.month.queries import HandedTask, OpenTask, PolicyOfUnit, Work
from servicing.month.work import FREE_LOOK_DAYS, InGrace
from servicing.web import figures, listing
from servicing.web.current import today, workspace
from servicing.web.listing import Column, Listing
from servicing.web.months import UnitMonth
from servicing.web.rendering import reasons_of, states_of, title_of, word

SOON = 7
"""Fewer days of grace than these, and one more, are marked."""


@dataclass(frozen=True)
class GraceLine:
    """A policy in its grace, with its client and its agent."""

    grace: InGrace
    of: PolicyOfUnit


@dataclass(frozen=True)
class AgentLine:
    """An agent at the end of a month."""

    stand: AgentStand
    agent: ForceAgent
    late: int
    """Open tasks of before today."""


@dataclass(frozen=True)
class OrphanLine:
    """A policy whose agent has left."""

    left_on: datetime.date
    of: PolicyOfUnit


def _heading(name: str) -> str:
    return word("heading", name)


def _own(name: str) -> str:
    return word("month", name)


def _card(client_no: str) -> str:
    return url_for("cards.card", client_no=client_no)


def _call(phone: str) -> str:
    return f"tel:{phone}" if phone else ""


# ------------------------------------------------------------------------------------------ grace


def grace_lines(found: Sequence[InGrace]) -> list[GraceLine]:
    """The policies with those whom they concern."""
    known = {each.id: each for each in queries.policies("id", [each.policy_id for each in found])}
    return [GraceLine(each, known[each.policy_id]) for each in found if each.policy_id in known]


def in_grace(lines: Sequence[GraceLine], about: str) -> Listing[GraceLine]:
    """Policies in their grace: the fewest days first."""
    columns = [
        Column[GraceLine](_heading("policy_no"), lambda each: each.of.policy_no),
        Column(
            _heading("client_name"),
            lambda each: each.of.client_name,
            to=lambda each: _card(each.of.client_no),
        ),
        Column(_heading("phone"), lambda each: each.of.phone, to=lambda each: _call(each.of.phone)),
        Column(_heading("days_left"), lambda each: each.grace.days_left, "number", tone=_haste),
        Column(_heading("grace_until"), lambda each: each.grace.until, "day"),
        Column(_heading("outstanding"), _outstanding, "money"),
        Column(_heading("agent_name"), lambda each: f"{each.of.agent_no} {each.of.agent_name}"),
        Column(_own("last_contact"), lambda each: each.of.last_contact, "moment"),
        Column(_own("asked"), lambda each: _own("is_asked") if each.of.asked else ""),
    ]
    return Listing("in-grace", columns, lines, key=lambda each: each.of.policy_no, about=about)


def _outstanding(each: GraceLine) -> dict[str, Decimal] | None:
    return listing.amount(each.grace.amount, each.grace.currency)


def _haste(each: GraceLine) -> str:
    return "bad" if each.grace.days_left <= SOON else "wait"


# ----------------------------------------------------------------------------------------- agents


def agent_lines(
    stands: Iterable[AgentStand], agents: Mapping[int, ForceAgent], late: Mapping[int, int]
) -> list[AgentLine]:
    """The agents of a unit; one who is of another unit today has no line."""
    return [
        AgentLine(each, agents[each.agent_id], late.get(each.agent_id, 0))
        for each in stands
        if each.agent_id in agents
    ]


def agents_of(unit: UnitMonth) -> list[AgentLine]:
    """The agents of a unit's month; none where there is no figure."""
    if unit.found.standing is None:
        return []
    known = {each.id: each for each in unit.part.agents}
    return agent_lines(unit.found.standing.agents, known, dict(unit.found.todo.late()))


def movers(lines: Sequence[AgentLine]) -> list[AgentLine]:
    """Who accounts for the most of the change; whoever has moved nothing is not among them."""
    moved = [each for each in lines if points(each.stand.share)]
    return sorted(moved, key=lambda each: -abs(each.stand.share))


def is_above(each: AgentLine) -> bool:
    """Whether the target is reached."""
    return each.stand.ratio is not None and not is_below(each)


def is_below(each: AgentLine) -> bool:
    """Whether the target is missed; nothing is missed where nothing counts."""
    ratio = each.stand.ratio
    return ratio is not None and ratio < workspace().settings.targets.persistency


def agents(unit: UnitMonth, lines: Iterable[AgentLine], about: str) -> Listing[AgentLine]:
    """Agents against their target at the end of a month."""

    def figure(each: AgentLine) -> str:
        return url_for("persistency.figure", **place_of(each.agent), as_of=unit.ends)

    columns = [
        Column[AgentLine](
            _heading("agent_name"),
            lambda each: each.agent.label("agent"),
            to=lambda each: url_for("month.month", **place_of(each.agent), **_kept()),
        ),
        Column(_own("unit"), lambda each: each.agent.team),
        Column(_heading("ratio"), lambda each: each.stand.ratio, "percent", to=figure, tone=_tone),
        Column(_own("was"), lambda each: each.stand.was, "percent"),
        Column(_own("share"), lambda each: each.stand.share, "percent"),
        _missing(unit),
        Column(_heading("counted"), lambda each: each.stand.policies, "number"),
        Column(_heading("overdue"), lambda each: each.late, "number"),
    ]
    return Listing("agents", columns, lines, about=about)


def _missing(unit: UnitMonth) -> Column[AgentLine]:
    """What is lost beyond the target, in the unit of the figure."""
    if unit.found.basis != "premium":
        return Column(_own("missing_policies"), lambda each: int(each.stand.missing), "number")
    currency = unit.found.standing.currency if unit.found.standing else ""

    def missing(each: AgentLine) -> dict[str, Decimal] | None:
        return listing.amount(each.stand.missing, currency)

    return Column(_own("missing"), missing, "money")


def _kept() -> dict[str, Any]:
    return {name: value for name, value in figures.arguments().items() if name == "month"}


def place_of(agent: ForceAgent) -> dict[str, Any]:
    """The arguments that lead to an agent."""
    place = {"branch": agent.branch, "team": agent.team, "agent": agent.agent_no}
    return {name: value for name, value in place.items() if value}


def _tone(each: AgentLine) -> str:
    return "" if each.stand.ratio is None else "bad" if is_below(each) else "good"


def points(share: float) -> str:
    """A part of a ratio in percentage points, with its sign; nothing where it rounds to none."""
    told = f"{100 * share:+.1f}"
    return "" if told in ("+0.0", "-0.0") else told


# ------------------------------------------------------------------------------------------ tasks


def task_lines(found: Sequence[Work]) -> list[OpenTask]:
    """Those of the tasks that are open still, in their order."""
    known = {each.id: each for each in queries.tasks([each.id for each in found])}
    return [known[each.id] for each in found if each.id in known]


def overdue(lines: Iterable[OpenTask], about: str) -> Listing[OpenTask]:
    """Open tasks of before today."""
    columns = [
        *_of_task(),
        Column(_own("since"), lambda each: each.show_on, "day"),
        Column(_own("late_days"), lambda each: (today() - each.show_on).days, "number"),
        Column(_own("closes_on"), lambda each: each.closes_on, "day"),
    ]
    return Listing("overdue", columns, lines, about=about)


def fresh(lines: Iterable[OpenTask], about: str) -> Listing[OpenTask]:
    """Open tasks of policies that can still be given back."""
    free_look = datetime.timedelta(days=FREE_LOOK_DAYS)
    columns = [
        *_of_task(),
        Column(_own("handed_on"), lambda each: each.handed_on, "day"),
        Column(_own("free_until"), lambda each: each.handed_on + free_look, "day"),
    ]
    return Listing("free-look", columns, lines, about=about)


def _of_task() -> list[Column[OpenTask]]:
    return [
        Column(_heading("policy_no"), lambda each: each.policy_no),
        Column(
            _heading("client_name"),
            lambda each: each.client_name,
            to=lambda each: _card(each.client_no),
        ),
        Column(_heading("phone"), lambda each: each.phone, to=lambda each: _call(each.phone)),
        Column(_own("what"), _about),
        Column(_heading("agent_name"), lambda each: f"{each.agent_no} {each.agent_name}"),
    ]


def _about(each: OpenTask) -> str:
    """The title of its touchpoint, or why there is a task without one."""
    return title_of(each.touchpoint) if each.touchpoint else reasons_of(each.reason)


# -------------------------------------------------------------------------------- orphans, handed


def orphan_lines(found: Sequence[Work]) -> list[OrphanLine]:
    """The policies with their clients, in their order."""
    known = {each.id: each for each in queries.policies("id", [each.id for each in found])}
    return [OrphanLine(each.day, known[each.id]) for each in found if each.id in known]


def orphans(lines: Iterable[OrphanLine], about: str) -> Listing[OrphanLine]:
    """Policies whose agent has left."""
    columns = [
        Column[OrphanLine](_heading("policy_no"), lambda each: each.of.policy_no),
        Column(
            _heading("client_name"),
            lambda each: each.of.client_name,
            to=lambda each: _card(each.of.client_no),
        ),
        Column(_heading("phone"), lambda each: each.of.phone, to=lambda each: _call(each.of.phone)),
        Column(_own("served_by"), lambda each: f"{each.of.agent_no} {each.of.agent_name}"),
        Column(_own("left_on"), lambda each: each.left_on, "day"),
        Column(_own("days"), lambda each: (today() - each.left_on).days, "number"),
        Column(_own("last_contact"), lambda each: each.of.last_contact, "moment"),
    ]
    return Listing("orphans", columns, lines, key=lambda each: each.of.policy_no, about=about)


def handed(lines: Iterable[HandedTask], about: str) -> Listing[HandedTask]:
    """What was handed over, and what has become of it."""
    columns = [
        Column[HandedTask](_heading("policy_no"), lambda each: each.policy_no),
        Column(
            _heading("client_name"),
            lambda each: each.client_name,
            to=lambda each: _card(each.client_no),
        ),
        Column(_heading("agent_name"), lambda each: f"{each.agent_no} {each.agent_name}"),
        Column(_heading("state"), lambda each: states_of(each.state), tone=_state),
        Column(_own("ended_at"), lambda each: each.ended_at, "moment"),
        Column(_own("note"), lambda each: each.note),
        Column(_own("stands_on"), lambda each: each.show_on, "day"),
        Column(_own("asked_at"), lambda each: each.asked_at, "moment"),
        Column(_own("asked_by"), lambda each: each.asked_by),
    ]
    return Listing("handed-over", columns, lines, about=about)


def _state(each: HandedTask) -> str:
    return {"open": "wait", "done": "good"}.get(each.state, "bad")


def told_of(unit: str, month: str, on: datetime.date) -> str:
    """Of which unit, month and day a list is, in a sentence."""
    return word("month", "told", unit=unit, month=month, on=on)
