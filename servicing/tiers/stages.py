"""In which stage clients are, counted by unit and listed (domain.md §18.7).

The facts are those of this moment. A policy is in the furthest stage whose conditions hold; a client in
the furthest of the policies in force that are looked at: an agent's share, or a unit's.
"""

import datetime
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field

from policies import dialect, inforce, records
from policies.plan import Plan
from policies.records import Record
from policies.stage import BEFORE, Stage
from servicing.core.context import COMPLAINS
from servicing.core.models import HAD


@dataclass(frozen=True)
class Stages:
    """The stages of the workspace, and which of its touchpoints have no task."""

    each: tuple[Stage, ...]
    only_sent: frozenset[str] = frozenset()
    """Touchpoints that are done once their message has left."""

    @property
    def ids(self) -> list[str]:
        """In their order, behind what comes before the first."""
        return [BEFORE, *(each.id for each in self.each)]


def of_plan(stages: Sequence[Stage], plan: Plan) -> Stages:
    """The stages where a plan is served by."""
    sent = (
        each.id for each in plan.touchpoints if not any(each.has_task(step) for step in each.due)
    )
    return Stages(tuple(stages), frozenset(sent))


# ------------------------------------------------------------------------ as a part of a statement


def rank(stages: Stages, on: datetime.date) -> str:
    """The stage of a policy `p` in force with its client `c`, as a number; 0: none yet."""
    numbered = reversed(list(enumerate(stages.each, 1)))
    whens = (f"WHEN {_holds(each, stages, on)} THEN {number}" for number, each in numbered)
    return f"(CASE {' '.join(whens)} ELSE 0 END)"


def furthest(stages: Stages, on: datetime.date, agent_id: int | None = None) -> str:
    """The stage of a client `c`, by the policies of an agent, or by all; NULL: none is in force."""
    hers = f" AND p.agent_id = {agent_id:d}" if agent_id is not None else ""
    return (
        f"(SELECT MAX({rank(stages, on)}) FROM policy p"
        f" WHERE p.client_id = c.id AND {inforce.in_force('p', on)}{hers})"
    )


def _holds(stage: Stage, stages: Stages, on: datetime.date) -> str:
    conditions = []
    if stage.delivered:
        conditions.append(f"p.delivered_on <= '{on}'")
    conditions += (_is_done(key, key in stages.only_sent) for key in stage.done)
    if stage.paid_year is not None:
        conditions.append(_is_paid(stage.paid_year, on))
    if stage.without == "open_complaint":
        conditions.append(f"NOT {COMPLAINS}")
    return " AND ".join(f"({each})" for each in conditions)


def _is_done(key: str, is_only_sent: bool) -> str:
    named = dialect.quoted([key])
    of_policy = f"t.policy_id = p.id AND t.key = {named} AND t.scope = 'policy' AND NOT t.released"
    if is_only_sent:
        what = f"message m ON m.touchpoint_id = t.id AND m.state IN ({dialect.quoted(HAD)})"
        return f"EXISTS (SELECT 1 FROM touchpoint t JOIN {what} WHERE {of_policy})"
    what = "task x ON x.touchpoint_id = t.id AND x.state = 'done'"
    return (
        f"EXISTS (SELECT 1 FROM done_task d WHERE d.policy_id = p.id AND d.key = {named})"
        f" OR EXISTS (SELECT 1 FROM touchpoint t JOIN {what} WHERE {of_policy})"
    )


def _is_paid(year: int, on: datetime.date) -> str:
    """An instalment that falls due in that year of the policy was paid."""
    first, behind = (dialect.months_after("p.issue_date", 12 * each) for each in (year - 1, year))
    return (
        f"EXISTS (SELECT 1 FROM premium i WHERE i.policy_id = p.id AND i.paid_on <= '{on}'"
        f" AND i.due_date >= {first} AND i.due_date < {behind})"
    )


# ----------------------------------------------------------------------------------------- counted


class _Ranked(Record, frozen=True):
    """How far a client has come with an agent."""

    client_id: int
    agent_id: int
    rank: int


@dataclass
class Funnel:
    """How many clients of a unit are in each stage."""

    key: str
    at: dict[str, int] = field(default_factory=dict)
    """By stage, `before` among them, how many are in it."""

    @property
    def clients(self) -> int:
        """All of them."""
        return sum(self.at.values())

    def reached(self) -> dict[str, int]:
        """By stage, without `before`, how many are in it or in a later one."""
        names = list(self.at)
        return {
            name: sum(self.at[each] for each in names[place:])
            for place, name in enumerate(names)
            if name != BEFORE
        }


@dataclass(frozen=True)
class Funnels:
    """The funnels of the units of a part, and the one of all of them, where everybody counts once."""

    rows: list[Funnel]
    total: Funnel


def count(
    stages: Stages,
    agent_ids: Collection[int] | None,
    key_of: Callable[[int], str],
    on: datetime.date,
) -> Funnels:
    """The funnels of agents, by unit; `key_of`: the unit of an agent by id. Ask inside a `snapshot`.

    A client whom several agents of a unit serve counts once in it. Clients come one by one: nothing is
    held but the counts.
    """
    total, rows = Funnel("", _empty(stages)), dict[str, Funnel]()
    for found in _by_client(_ranked(stages, agent_ids, on)):
        by_unit: dict[str, int] = {}
        for each in found:
            key = key_of(each.agent_id)
            by_unit[key] = max(by_unit.get(key, 0), each.rank)
        for key, reached in by_unit.items():
            row = rows.setdefault(key, Funnel(key, _empty(stages)))
            row.at[stages.ids[reached]] += 1
        total.at[stages.ids[max(by_unit.values())]] += 1
    return Funnels([rows[key] for key in sorted(rows)], total)


def _empty(stages: Stages) -> dict[str, int]:
    return dict.fromkeys(stages.ids, 0)


def _ranked(
    stages: Stages, agent_ids: Collection[int] | None, on: datetime.date
) -> Iterator[_Ranked]:
    theirs, values = "", list[object]()
    if agent_ids is not None:
        condition, values = dialect.among("p.agent_id", sorted(agent_ids))
        theirs = f"AND {condition}"
    sql = f"""
        SELECT p.client_id, p.agent_id, MAX({rank(stages, on)})
        FROM policy p JOIN client c ON c.id = p.client_id
        WHERE c.deceased_on IS NULL AND {inforce.in_force("p", on)} {theirs}
        GROUP BY p.client_id, p.agent_id ORDER BY p.client_id
    """
    return records.read(_Ranked, sql, values)


def _by_client(rows: Iterator[_Ranked]) -> Iterator[list[_Ranked]]:
    same: list[_Ranked] = []
    for each in rows:
        if same and same[0].client_id != each.client_id:
            yield same
            same = []
        same.append(each)
    if same:
        yield same


# ------------------------------------------------------------------------------------------ listed


class StagedClient(Record, frozen=True):
    """A client behind a number of a funnel."""

    client_no: str
    name: str
    rank: int
    policies: int
    """In force, of the agents who are looked at."""


def clients(
    stages: Stages,
    stage: str,
    agent_ids: Collection[int] | None,
    on: datetime.date,
    limit: int,
    *,
    or_later: bool = False,
) -> list[StagedClient]:
    """The clients of agents who are in a stage, or in it or a later one, by number."""
    theirs, values = "", list[object]()
    if agent_ids is not None:
        condition, values = dialect.among("p.agent_id", sorted(agent_ids))
        theirs = f"AND {condition}"
    compared = ">=" if or_later else "="
    reached = f"MAX({rank(stages, on)})"
    sql = f"""
        SELECT c.client_no, c.name, {reached}, COUNT(*)
        FROM policy p JOIN client c ON c.id = p.client_id
        WHERE c.deceased_on IS NULL AND {inforce.in_force("p", on)} {theirs}
        GROUP BY c.id, c.client_no, c.name
        HAVING {reached} {compared} {stages.ids.index(stage)}
        ORDER BY c.client_no LIMIT {limit:d}
    """
    return records.listed(StagedClient, sql, values)
