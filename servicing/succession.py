"""Handing clients over to another agent: who takes what, and what has to move with it.

A plan is a reading of the book, made anew inside the transaction that carries it out: what was shown
is what is done as long as nothing has changed between. Tasks follow by themselves, since they belong
to the policy's agent of today; what waits to be sent is signed anew; what a provider is being handed
at that moment is waited for, so that afterwards nothing leaves in the old name (DOMAIN §4).
"""

import datetime
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Literal

from peewee import JOIN

from policies import database, errors, models, rows
from policies.columns import Reject
from policies.models import Agent, Handing, PastAgent, Policy, Team
from servicing import dispatch, facts, trail
from servicing.channels import Routes
from servicing.compose import Composer
from servicing.handover import LEASE
from servicing.models import Message, literally

Rule = Literal["balanced"]

LOOK_EVERY_SECONDS = 0.25
"""How often it is looked whether a provider has answered."""

SIGNED_AT_A_TIME = 500
"""Messages in hand at a time."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to be handed over, and to whom; one of the last three is given."""

    from_no: str | None = None
    """The agent who hands over; None: whoever serves what a file names."""
    client_nos: tuple[str, ...] = ()
    """Only these clients; empty: all who are served."""
    to_no: str | None = None
    rule: Rule | None = None
    file: Path | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """One policy and who takes it over."""

    policy_id: int
    client_id: int
    from_id: int
    to_id: int


@dataclass(frozen=True)
class Share:
    """What one agent takes over."""

    agent_no: str
    agent_name: str
    team: str
    clients: int
    policies: int
    """The ended ones of these clients among them."""
    annual_premium: Decimal | None
    """Of those in service; None where they are in several currencies."""
    by_currency: dict[str, Decimal]
    tasks: int
    """Open ones, that move with the policies."""
    messages: int
    """That wait, and are signed anew."""


@dataclass(frozen=True)
class Proposal:
    """Who takes over what, and what that is for each."""

    taken: list[Taken] = field(default_factory=list)
    shares: list[Share] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Held:
    """A policy that may be handed over."""

    id: int
    policy_no: str
    client_id: int
    client_no: str
    agent_id: int
    premium: int
    """Hundredths."""
    currency: str
    is_in_service: bool


def propose(wish: Wish, on: datetime.date) -> Proposal:
    """Who would take over what on a day; nothing is written.

    Of an agent all clients who have a policy in service with him, and with each client all that he
    serves of theirs; clients who are named, whatever they have with him. Raises `AgentNotFound`,
    `ClientNotFound`, `BadHandover`, and of a file `UnreadableFile`, `MissingColumns` or `BadLines`.
    """
    giver = _agent(wish.from_no) if wish.from_no else None
    if wish.file is not None:
        to_of = _of_file(wish.file, giver, on)
    else:
        if giver is None:
            raise errors.BadHandover("say from whom: only a file may leave that open")
        held = _of_agent(giver, wish.client_nos, on)
        if wish.to_no is not None:
            to_of = dict.fromkeys(held, _taker(wish.to_no, giver).id)
        else:
            to_of = _balanced(list(held), _colleagues(giver, on), on)
    return _proposal({each: to for each, to in to_of.items() if each.agent_id != to})


def preview(wish: Wish, on: datetime.date) -> Proposal:
    """What `propose` says of the book as it is at one moment."""
    with database.explained(), database.snapshot():
        return propose(wish, on)


# ------------------------------------------------------------------------------- whose, and what


def _agent(agent_no: str) -> Agent:
    found: Agent | None = Agent.get_or_none(Agent.agent_no == agent_no)
    if found is None:
        raise errors.AgentNotFound(agent_no)
    return found


def _taker(agent_no: str, giver: Agent) -> Agent:
    """Who is to take over; raises `BadHandover` for one who cannot."""
    found = _agent(agent_no)
    if found.id == giver.id:
        raise errors.BadHandover(f"{agent_no} cannot hand over to himself")
    if found.left_on is not None:
        raise errors.BadHandover(
            f"{agent_no} has left ({found.left_on}), so nobody can be handed to him; if he is there"
            f" after all: servicing agents back {agent_no}"
        )
    return found


def _held(condition: str, values: Sequence[object], on: datetime.date) -> list[_Held]:
    """Policies by a condition, in the order of their clients' numbers, then theirs."""
    sql = f"""
        SELECT p.id, p.policy_no, p.client_id, c.client_no, p.agent_id, p.annual_premium, p.currency,
               p.ended_on IS NULL OR p.ended_on > '{on}'
        FROM policy p JOIN client c ON c.id = p.client_id
        WHERE {condition} ORDER BY c.client_no, p.policy_no
    """
    return [_Held(*row) for row in database.execute(sql, list(values))]


def _of_agent(giver: Agent, client_nos: Sequence[str], on: datetime.date) -> dict[_Held, None]:
    """What the agent hands over: of the clients named, or of all whom he serves."""
    held = _held("p.agent_id = ?", [giver.id], on)
    if client_nos:
        his = {each.client_no for each in held}
        for number in client_nos:
            if not models.Client.select().where(models.Client.client_no == number).exists():
                raise errors.ClientNotFound(number)
            if number not in his:
                raise errors.BadHandover(f"{giver.agent_no} serves no policy of client {number}")
        wanted = set(client_nos)
    else:
        wanted = {each.client_no for each in held if each.is_in_service}
    return {each: None for each in held if each.client_no in wanted}


# --------------------------------------------------------------------------------------- balanced


def _colleagues(giver: Agent, on: datetime.date) -> list[int]:
    """Who can take over: who serves somebody in the agent's team, or else in his branch.

    An agent of whom the book knows only the number, because all his policies went to others, may be
    gone for long: such a one is not found here and has to be named. Raises `BadHandover`.
    """
    serves = (
        "EXISTS (SELECT 1 FROM policy p WHERE p.agent_id = a.id"
        f" AND (p.ended_on IS NULL OR p.ended_on > '{on}'))"
    )
    team = giver.team
    units = [
        ("a.team_id = ?", giver.team_id),
        ("t.branch_id = ?", team.branch_id if team else None),
    ]
    for unit, number in units:
        sql = (
            "SELECT a.id FROM agent a JOIN team t ON t.id = a.team_id"
            f" WHERE {unit} AND a.id <> ? AND a.left_on IS NULL AND {serves} ORDER BY a.agent_no"
        )
        found = [row[0] for row in database.execute(sql, [number, giver.id])] if number else []
        if found:
            return found
    raise errors.BadHandover(
        f"no colleague of {giver.agent_no}, in team or branch, serves anybody: name who takes over"
    )


def _balanced(held: list[_Held], agents: list[int], on: datetime.date) -> dict[_Held, int]:
    """Clients to agents so that each serves as many policies, then has as many tasks, as the others.

    All policies of a client go to one agent: to one who serves the client already, if there is one.
    The largest clients are given first; what is even goes by the order of `agents`.
    """
    tasks = _open_tasks([each.id for each in held])
    clients: dict[int, list[_Held]] = {}
    for each in held:
        clients.setdefault(each.client_id, []).append(each)
    policies_of, tasks_of = _loads(agents, on)
    known = _known(list(clients), agents, on)

    def weight(client_id: int) -> tuple[int, int]:
        his = clients[client_id]
        return sum(each.is_in_service for each in his), sum(tasks[each.id] for each in his)

    def order(client_id: int) -> tuple[bool, int, int, str]:
        policies, open_tasks = weight(client_id)
        return client_id not in known, -policies, -open_tasks, clients[client_id][0].client_no

    found: dict[_Held, int] = {}
    for client_id in sorted(clients, key=order):
        ranks = [
            (-known.get(client_id, {}).get(agent, 0), policies_of[agent], tasks_of[agent], place)
            for place, agent in enumerate(agents)
        ]
        to = agents[min(ranks)[-1]]
        policies, open_tasks = weight(client_id)
        policies_of[to] += policies
        tasks_of[to] += open_tasks
        found.update(dict.fromkeys(clients[client_id], to))
    return found


def _loads(agents: Sequence[int], on: datetime.date) -> tuple[Counter[int], Counter[int]]:
    """By agent: how many policies in service he has, and how many open tasks."""
    marks = ", ".join("?" * len(agents))
    policies = (
        f"SELECT agent_id, COUNT(*) FROM policy WHERE agent_id IN ({marks})"
        f" AND (ended_on IS NULL OR ended_on > '{on}') GROUP BY agent_id"
    )
    tasks = (
        "SELECT p.agent_id, COUNT(*) FROM policy p JOIN task x ON x.policy_id = p.id"
        f" WHERE p.agent_id IN ({marks}) AND x.state = 'open' GROUP BY p.agent_id"
    )
    return Counter(dict(database.execute(policies, agents))), Counter(
        dict(database.execute(tasks, agents))
    )


def _known(
    client_ids: Sequence[int], agents: Sequence[int], on: datetime.date
) -> dict[int, dict[int, int]]:
    """By client: how many of his policies in service each of the agents has already."""
    found: dict[int, dict[int, int]] = {}
    among = set(agents)
    for some in database.chunks(client_ids):
        sql = (
            "SELECT client_id, agent_id, COUNT(*) FROM policy"
            f" WHERE client_id IN ({', '.join('?' * len(some))})"
            f" AND (ended_on IS NULL OR ended_on > '{on}') GROUP BY client_id, agent_id"
        )
        for client_id, agent_id, count in database.execute(sql, some):
            if agent_id in among:
                found.setdefault(client_id, {})[agent_id] = count
    return found


# ----------------------------------------------------------------------------------------- a file


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of a file: of which policy or client, to which agent."""

    row: rows.Row
    column: str
    """policy_no or client_no."""
    number: str
    agent_no: str

    def refused(self, column: str, value: str, reason: str) -> Reject:
        return Reject(self.row.line, column, value, reason, self.row.cells)


def _of_file(path: Path, giver: Agent | None, on: datetime.date) -> dict[_Held, int]:
    """Which policies a file gives to whom; raises `BadLines` where any line cannot be meant."""
    found: dict[_Held, int] = {}
    said: dict[int, str] = {}
    refused: list[Reject] = []
    with rows.opened(path) as table:
        lines = _lines(path, table)
        for some in database.chunks(lines):
            agents = _agents({each.agent_no for each in some})
            held = _named(some, on)
            for line in some:
                reject = _mistake(line, giver, held.get(line.number, []), agents, said)
                if reject:
                    refused.append(reject)
                    continue
                to = agents[line.agent_no]
                for each in held[line.number]:
                    if giver is None or each.agent_id in (giver.id, to.id):
                        said[each.id] = line.agent_no
                        found[each] = to.id
    if refused:
        raise errors.BadLines(path, refused)
    return found


def _lines(path: Path, table: rows.Table) -> Iterable[_Line]:
    header = [name.strip() for name in table.header]
    column = "policy_no" if "policy_no" in header else "client_no"
    if missing := [name for name in (column, "agent_no") if name not in header]:
        raise errors.MissingColumns(path, missing, table.header)
    number, agent = header.index(column), header.index("agent_no")
    for row in table.rows:
        yield _Line(row, column, _cell(row, number), _cell(row, agent))


def _cell(row: rows.Row, place: int) -> str:
    return row.cells[place].strip() if place < len(row.cells) else ""


def _agents(numbers: set[str]) -> dict[str, Agent]:
    return {
        each.agent_no: each
        for some in database.chunks(numbers)
        for each in Agent.select().where(Agent.agent_no.in_(some))
    }


def _named(lines: Sequence[_Line], on: datetime.date) -> dict[str, list[_Held]]:
    """By the number that a line names: its policies."""
    numbers = list(dict.fromkeys(each.number for each in lines))
    is_policy = lines[0].column == "policy_no"
    column = "p.policy_no" if is_policy else "c.client_no"
    found: dict[str, list[_Held]] = {}
    for each in _held(f"{column} IN ({', '.join('?' * len(numbers))})", numbers, on):
        found.setdefault(each.policy_no if is_policy else each.client_no, []).append(each)
    return found


def _mistake(
    line: _Line,
    giver: Agent | None,
    held: list[_Held],
    agents: dict[str, Agent],
    said: dict[int, str],
) -> Reject | None:
    """Why a line cannot be meant; None: it can."""
    to = agents.get(line.agent_no)
    what = line.column.removesuffix("_no")
    if not held:
        return line.refused(line.column, line.number, f"a {what} of this book was expected")
    if to is None:
        return line.refused("agent_no", line.agent_no, "an agent of this book was expected")
    if to.left_on is not None:
        why = f"an agent who has not left was expected (this one did on {to.left_on})"
        return line.refused("agent_no", line.agent_no, why)
    if giver and not any(each.agent_id in (giver.id, to.id) for each in held):
        why = f"a {what} that {giver.agent_no} serves was expected"
        return line.refused(line.column, line.number, why)
    if any(said.get(each.id, line.agent_no) != line.agent_no for each in held):
        return line.refused(line.column, line.number, "another line gives it to another agent")
    return None


# ------------------------------------------------------------------------- what it is for each one


def _proposal(to_of: dict[_Held, int]) -> Proposal:
    """The policies with their takers, and what each of these takes over."""
    ids = [each.id for each in to_of]
    tasks, messages = _open_tasks(ids), Counter(whose for _, whose in _waiting(ids))
    takers: dict[int, list[_Held]] = {}
    for each, to in to_of.items():
        takers.setdefault(to, []).append(each)
    shares = [
        Share(
            agent_no=agent.agent_no,
            agent_name=agent.name,
            team=agent.team.name if agent.team else "",
            clients=len({each.client_id for each in takers[agent.id]}),
            policies=len(takers[agent.id]),
            annual_premium=sum(premiums.values(), Decimal()) if len(premiums) < 2 else None,
            by_currency=premiums,
            tasks=sum(tasks[each.id] for each in takers[agent.id]),
            messages=sum(messages[each.id] for each in takers[agent.id]),
        )
        for agent in Agent.select(Agent, Team)
        .join(Team, JOIN.LEFT_OUTER)
        .where(Agent.id.in_(list(takers)))
        .order_by(Agent.agent_no)
        for premiums in [_premiums(takers[agent.id])]
    ]
    taken = [Taken(each.id, each.client_id, each.agent_id, to) for each, to in to_of.items()]
    return Proposal(taken, shares)


def _premiums(held: Iterable[_Held]) -> dict[str, Decimal]:
    """By currency: the annual premium of what is in service."""
    found: Counter[str] = Counter()
    for each in held:
        if each.is_in_service:
            found[each.currency] += each.premium
    return {currency: models.amount(held) for currency, held in sorted(found.items())}


def _open_tasks(policy_ids: Sequence[int]) -> Counter[int]:
    """By policy: how many tasks are open."""
    found: Counter[int] = Counter()
    for some in database.chunks(policy_ids):
        sql = (
            "SELECT policy_id, COUNT(*) FROM task WHERE state = 'open'"
            f" AND policy_id IN ({', '.join('?' * len(some))}) GROUP BY policy_id"
        )
        found.update(dict(database.execute(sql, some)))
    return found


def _waiting(policy_ids: Sequence[int]) -> list[tuple[int, int]]:
    """The messages that are queued for some policies, and for which.

    Found by what was recorded for their clients: that is little, whatever else waits to be sent.
    """
    found: list[tuple[int, int]] = []
    for some in database.chunks(policy_ids):
        sql = f"""
            SELECT m.id, p.id FROM policy p
            CROSS JOIN touchpoint t CROSS JOIN message m
            WHERE p.id IN ({", ".join("?" * len(some))}) AND t.client_id = p.client_id
              AND m.touchpoint_id = t.id AND m.policy_id = p.id AND m.state = 'queued'
            ORDER BY m.id
        """
        found += [(number, policy_id) for number, policy_id in database.execute(sql, some)]
    return found


# -------------------------------------------------------------------------------- carrying it out


@dataclass(frozen=True)
class HandedOver:
    """What was handed over."""

    proposal: Proposal
    on_their_way: int
    """Messages in the old name that a provider was being handed at that moment: waited for."""
    unanswered: int
    """Of these, those of which nobody has said within its lease what became of them.

    They can leave no more: they will be settled as unknown, and signed anew if they have to leave.
    """


def hand_over(
    wish: Wish,
    why: str,
    by: str,
    on: datetime.date,
    now: datetime.datetime,
    composer: Composer,
    routes: Routes,
    left_on: datetime.date | None = None,
    tell: Callable[[int], None] = lambda waiting: None,
) -> HandedOver:
    """Hand over what `propose` says, in one transaction; back when nothing leaves in the old name.

    `why` and `by` stand on the clients' cards. `left_on`: the day from which whoever hands over is
    gone. `tell` hears how many messages have to be waited for. Raises what `propose` raises, and
    `BadTemplate` where a text that waits cannot be written anew.
    """
    with database.explained():
        with database.exclusive("book"):  # neither an import nor a walk reads the agents meanwhile
            database.wait_for_turn(dispatch.SIGNING)  # nor does a claim
            proposal = propose(wish, on)
            _carry_out(proposal.taken, why, by, on, now)
            _sign_anew([each.policy_id for each in proposal.taken], composer, routes)
            if left_on and wish.from_no:
                Agent.update(left_on=left_on).where(Agent.agent_no == wish.from_no).execute()
        return HandedOver(proposal, *_wait_for_providers(now, tell))


def _carry_out(
    taken: Sequence[Taken], why: str, by: str, on: datetime.date, now: datetime.datetime
) -> None:
    """The policies' agents, who they were until now, the handings, and the lines on the cards."""
    columns = ("policy_id", "agent_id", "until")
    database.insert_rows(PastAgent, columns, [(e.policy_id, e.from_id, str(on)) for e in taken])
    database.update_rows(Policy, ("agent_id",), [(each.to_id, each.policy_id) for each in taken])
    first = _handed_before([each.policy_id for each in taken], on)
    handings = [
        (each.policy_id, from_id, each.to_id, str(on), models.stored(now), why, by)
        for each in taken
        if (from_id := first.get(each.policy_id, each.from_id)) != each.to_id
    ]
    names = ("policy_id", "from_agent_id", "to_agent_id", "handed_on", "at", "why", "decided_by")
    database.insert_rows(Handing, names, handings)
    ids = list({number for each in taken for number in (each.from_id, each.to_id)})
    numbers = {each.id: each.agent_no for each in Agent.select().where(Agent.id.in_(ids))}
    trail.write((_entry(each, numbers, why, by, on) for each in taken), now)


def _entry(
    each: Taken, numbers: Mapping[int, str], why: str, by: str, on: datetime.date
) -> trail.Entry:
    """Who served and who serves, since when, why, and who has decided it."""
    agents = [numbers[each.from_id], numbers[each.to_id]]
    told = trail.facts(agent_no=agents, why=why, by=by, handed_on=on)
    return (each.client_id, each.policy_id, None, "agent.changed", told)


def _handed_before(policy_ids: Sequence[int], on: datetime.date) -> dict[int, int]:
    """From whom policies were handed earlier on this day; that line gives way to the one to come."""
    found: dict[int, int] = {}
    for some in database.chunks(policy_ids):
        among = Handing.policy.in_(some) & (Handing.handed_on == on)
        found.update((each.policy_id, each.from_agent_id) for each in Handing.select().where(among))
        Handing.delete().where(among).execute()
    return found


def _sign_anew(policy_ids: Sequence[int], composer: Composer, routes: Routes) -> None:
    """What waits to be sent is signed by who takes over, so that people see it as it will leave."""
    for some in database.chunks((number for number, _ in _waiting(policy_ids)), SIGNED_AT_A_TIME):
        is_queued = Message.id.in_(some) & (Message.state == literally("queued"))
        messages = list(database.locked(Message.select().where(is_queued).order_by(Message.id)))
        known = {
            each.touchpoint_id: each
            for each in facts.of_touchpoints([message.touchpoint_id for message in messages])
        }
        for message in messages:
            dispatch.sign_anew(composer, routes, message, known[message.touchpoint_id])


def _wait_for_providers(now: datetime.datetime, tell: Callable[[int], None]) -> tuple[int, int]:
    """Until nothing that was claimed in an old name is on its way; how much was, and how much is.

    Claims made from now on read the agents of today, so this ends: with the answers, or when whoever
    made the claims must be dead.
    """
    waiting = at_first = _in_the_old_name(now)
    if at_first:
        tell(at_first)
    begun = time.monotonic()
    while waiting:
        time.sleep(LOOK_EVERY_SECONDS)
        waited = datetime.timedelta(seconds=time.monotonic() - begun)
        waiting = _in_the_old_name(now + waited)
    return at_first, _in_the_old_name(now) if at_first else 0


def _in_the_old_name(now: datetime.datetime) -> int:
    """Messages that are with a provider, signed by another than the policy's agent of today.

    A claim that is older than its lease was made by somebody who died.
    """
    sql = """
        SELECT COUNT(*) FROM message m JOIN policy p ON p.id = m.policy_id
        WHERE m.state = 'sending' AND m.claimed_at > ? AND m.agent_id <> p.agent_id
    """
    return int(database.execute(sql, [models.stored(now - LEASE)]).fetchone()[0])
