"""What agents, managers and operations ask of the book on their pages, one statement after the other."""

import datetime

from policies.grace import Grace
from policies.models import Agent, Client
from servicing.card import household
from servicing.card.card import Card
from servicing.core.account_models import User
from servicing.desk import client_book, client_search, saved_filters, tasks, undoing, worklist
from servicing.desk.client_book import Filters
from servicing.desk.windows import Windows
from servicing.month import asking, queries, work
from servicing.month.asking import Word

SEARCHED = ("林", "林伟", "lin", "linwei", "lw", "0111", "+12025550111")
"""A part of a name, its letters, its initials, the end of a telephone, a telephone."""


def readers(agent: Agent) -> list[User]:
    """An agent, the managers of her team and of her branch, and who sees everybody."""
    return [
        User(login="hers", role="agent", agent=agent),
        User(login="team", role="manager", branch=agent.team.branch, team=agent.team),
        User(login="branch", role="manager", branch=agent.team.branch),
        User(login="everybody", role="operations"),
    ]


def look_for(agent: Agent, policy_no: str, client: Client, on: datetime.date, grace: Grace) -> None:
    """The search, and the client book: of an agent, and of those who are found."""
    for reader in readers(agent):
        for text in (*SEARCHED, client.client_no, policy_no):
            client_search.found(reader, text, "CN", on)
        theirs = None if reader.role == "agent" else [agent.id]
        for agent_ids, client_ids in ((theirs, None), (None, [client.id])):
            of = client_book.part(reader, on, agent_ids, client_ids)
            client_book.lines(of, Filters(), on, grace, reader.agent_id, datetime.UTC)


def keep_filters() -> None:
    """A filter is saved, listed and forgotten."""
    user = User.create(
        login="keeper", role="operations", name="", password="", session_key="", made_at=EPOCH
    )
    assert saved_filters.save(user, "急办", "grace=1", EPOCH)
    (kept,) = saved_filters.of(user)
    saved_filters.remove(user, kept.id)


EPOCH = datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC)


def month_of(
    agent: Agent, policy_no: str, on: datetime.date, now: datetime.datetime, grace: Grace
) -> None:
    """A unit's month: what needs somebody, the lists behind it, and what is handed over."""
    queries.changes()
    todo = work.todo([agent.id], on, grace)
    queries.policies("id", [each.policy_id for each in todo.in_grace] or [1])
    of = queries.policies("policy_no", [policy_no])
    queries.tasks([each.id for each in todo.overdue] or [1])
    asking.hand_over(Word(of, {}, "请联系", "team", "press"), on, now)
    for state in ("", "open", "done"):
        queries.handed([agent.id], now - asking.LOOK_BACK, state, 100)


def day_of(windows: Windows, agent: Agent, on: datetime.date, now: datetime.datetime) -> None:
    """An agent's day: the list of work; a result is recorded, and taken back."""
    found = worklist.of_agent(windows, agent, "hers", on, now)
    numbers = [item.task_id for each in found.lines() for item in each.call.items if item.task_id]
    for number in numbers[:1]:
        tasks.done(number, now, "", "spoke")
        undoing.undo(number, now)


def around(card: Card, agent: Agent, on: datetime.date) -> None:
    """The household of a client: whoever of it is a client of the reader's."""
    for reader in readers(agent):
        household.related(card, reader, on, reader.agent_id)
