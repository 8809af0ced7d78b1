"""Coverage and losses as a plain loop over touchpoints reads them, on either database.

Four policies of 10 March 2025, of two clients, were owed month_7 on 10 October 2025: what became of it
is anything. Two of them were surrendered on 20 March 2026, within their thirteen months.
"""

import datetime
import zoneinfo
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import peewee
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from policies import database
from policies.models import Agent
from policies.persistency import cohorts
from policies.persistency.selection import Selection
from servicing.core.models import CardEntry, Message, Task, Touchpoint
from servicing.core.settings import Settings
from servicing.core.states import MOVES, SENT, WAITING
from servicing.desk import tasks
from servicing.reports import coverage, losses, questions
from tests import cast
from tests.policies.imagined import each_rolled_back, examples
from tests.servicing import owed

Book = peewee.Database
SHANGHAI = zoneinfo.ZoneInfo("Asia/Shanghai")
WALKER = cast.walker(owed.only(owed.touchpoint("month_7")))
DUE, AS_OF = cast.day("2025-10-10"), cast.day("2026-06-15")
ISSUED, SURRENDERED, DECIDED = "2025-03-10", "2026-03-20", "2026-04-10"
IN_TIME_DAYS, CONTACT_DAYS = 7, 120

MOMENTS = st.sampled_from(
    [
        *("2025-10-10T08:00:00", "2025-10-17T23:59:59", "2025-10-18T00:00:00"),
        *("2025-11-19T23:59:59", "2025-11-20T00:00:00", "2026-03-20T23:59:59"),
        *("2026-03-21T00:00:00", "2026-04-10T12:00:00", "2026-04-11T00:00:00"),
    ]
).map(lambda text: datetime.datetime.fromisoformat(text).replace(tzinfo=SHANGHAI))


@dataclass(frozen=True)
class Became:
    """What became of a touchpoint."""

    is_of_client: bool
    is_released: bool
    days_late: int
    task: str | None
    """Its state; None: it has none."""
    ended_at: datetime.datetime
    is_by_another: bool
    message: str | None
    contact: datetime.datetime | None
    """When else an agent spoke to the client."""


BECAME = st.builds(
    Became,
    is_of_client=st.booleans(),
    is_released=st.sampled_from([False] * 4 + [True]),
    days_late=st.sampled_from([0, 0, 1, 3]),
    task=st.sampled_from(
        ["open", "done", "done", "done", "skipped", "missed", "cancelled", None, None]
    ),
    ended_at=MOMENTS,
    is_by_another=st.booleans(),
    message=st.sampled_from([*sorted(MOVES), None]),
    contact=st.none() | MOMENTS,
)


@pytest.fixture
def walked(book: Book) -> list[Touchpoint]:
    """The touchpoints of the four policies, each with a message and a task."""
    people = cast.people()
    lost = {"status": "surrendered", "ended_on": SURRENDERED}
    for number, client in enumerate([people.lin_wei, people.lin_wei, people.zhou_ming]):
        cast.give_policy(client, f"P00{number}", ISSUED, **(lost if number % 2 else {}))
    cast.give_policy(people.zhou_ming, "P003", ISSUED, agent=people.he_jing, **lost)
    cast.walk_only(DUE, WALKER)
    found = list(Touchpoint.select().order_by(Touchpoint.id))
    assert len(found) == Task.select().count() == Message.select().count() == 4
    return found


@contextmanager
def happened(touchpoints: list[Touchpoint], became: list[Became]) -> Iterator[None]:
    """All that, in a book that is as before afterwards."""
    with database.database.atomic() as transaction:
        for touchpoint, each in zip(touchpoints, became, strict=True):
            happen(touchpoint, each)
        yield
        transaction.rollback()


def happen(touchpoint: Touchpoint, became: Became) -> None:
    touchpoint = Touchpoint.get_by_id(touchpoint.id)
    cast.change(
        touchpoint,
        scope="client" if became.is_of_client else "policy",
        occurrence=f"of policy {touchpoint.policy_id}",
        released=became.is_released,
        found_on=DUE + datetime.timedelta(became.days_late),
    )
    task = Task.get(Task.touchpoint == touchpoint)
    if became.contact:
        task_of_a_reply(touchpoint, became.contact)
    if became.task is None:
        task.delete_instance()
    elif became.task == "done":
        agent = (
            Agent.get(Agent.agent_no == "A900") if became.is_by_another else touchpoint.policy.agent
        )
        cast.change(task, state="done", ended_at=became.ended_at, done_by_id=agent.id)
    else:
        cast.change(task, state=became.task)
    message = Message.get(Message.touchpoint == touchpoint)
    if became.message is None:
        message.delete_instance()
    else:
        cast.change(message, state=became.message, body="a text")


def task_of_a_reply(touchpoint: Touchpoint, at: datetime.datetime) -> None:
    day = at.date()
    facts = {"due_on": day, "show_on": day, "closes_on": day, "state": "open", "reason": "due"}
    task = Task.create(policy=touchpoint.policy, client=touchpoint.client, **facts)
    tasks.done(task.id, at)


# ------------------------------------------------------------------------------- the plain readings


def state_of(touchpoint: Touchpoint) -> tuple[Task | None, str | None]:
    """Its task, and the state that counts: the task's, or where there is none the message's."""
    task = Task.get_or_none(Task.touchpoint == touchpoint)
    message = Message.get_or_none(Message.touchpoint == touchpoint)
    return task, task.state if task else message.state if message else None


def day_ends(day: datetime.date) -> datetime.datetime:
    midnight = datetime.datetime.combine(day, datetime.time.min, SHANGHAI)
    return midnight + datetime.timedelta(1)


def plain_service(touchpoint: Touchpoint) -> str | None:
    task, state = state_of(touchpoint)
    if touchpoint.released or state in (None, "cancelled"):
        return None
    if task:
        stood_on = max(task.due_on, touchpoint.found_on) + datetime.timedelta(IN_TIME_DAYS)
        done = "in_time" if task.ended_at and task.ended_at < day_ends(stood_on) else "late"
        return {"open": "waiting", "done": done}.get(task.state, "missed")
    sent = "in_time" if touchpoint.found_on <= touchpoint.due_on else "late"
    return "waiting" if state in WAITING else sent if state in SENT else "missed"


def plain_coverage() -> Counter[tuple[int, str]]:
    found: Counter[tuple[int, str]] = Counter()
    for touchpoint in Touchpoint.select():
        if served := plain_service(touchpoint):
            task = Task.get_or_none(Task.touchpoint == touchpoint)
            done_by = task.done_by_id if task else None
            found[done_by or touchpoint.policy.agent_id, served] += 1
    return found


def plain_losses() -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for touchpoint in Touchpoint.select():  # one for each policy
        policy = touchpoint.policy
        lost_on = policy.ended_on or cast.day(DECIDED)
        fate, key = "lost" if policy.ended_on else "kept", policy.agent.agent_no
        found[key, f"{fate}_{plain_record(touchpoint, lost_on)}"] += 1
        if fate == "lost" and not was_spoken_to(policy.client_id, lost_on):
            found[key, "lost_no_contact"] += 1
    return found


def plain_record(touchpoint: Touchpoint, lost_on: datetime.date) -> str:
    task, state = state_of(touchpoint)
    if touchpoint.released or state == "cancelled":
        return "no_record"
    if task:
        is_served = task.state == "done" and task.ended_at < day_ends(lost_on)
    else:
        is_served = state in SENT and touchpoint.due_on <= lost_on
    return "served" if is_served else "unserved"


def was_spoken_to(client_id: int, lost_on: datetime.date) -> bool:
    since = day_ends(lost_on - datetime.timedelta(CONTACT_DAYS + 1))
    moments = CardEntry.select().where(CardEntry.client == client_id, CardEntry.kind == "task.done")
    return any(since <= each.at < day_ends(lost_on) for each in moments)


# ------------------------------------------------------------------------------------- they agree


def agree(touchpoints: list[Touchpoint], became: list[Became]) -> None:
    with happened(touchpoints, became):
        told = coverage.coverage(["month_7"], DUE, DUE, SHANGHAI, IN_TIME_DAYS)
        expected = plain_coverage()
        assert {each.month for each in told} <= {cohorts.parse("2025-10")}
        names = ("in_time", "late", "missed", "waiting")
        found = {(each.agent_id, name): getattr(each, name) for each in told for name in names}
        assert +Counter(found) == expected
        event(f"served: {sorted({name for _, name in expected})}")
        assert lost() == plain_losses()


def lost() -> Counter[tuple[str, str]]:
    selection = Selection(by="agent")
    question = questions.question(Settings(), AS_OF, selection, definition="in-force")
    *rows, _ = losses.losses(question, ["month_7"], SHANGHAI)
    kinds = (
        *("kept_served", "kept_unserved", "kept_no_record"),
        *("lost_served", "lost_unserved", "lost_no_record", "lost_no_contact"),
    )
    return +Counter({(row.key, kind): getattr(row, kind) for row in rows for kind in kinds})


EACH = st.lists(BECAME, min_size=4, max_size=4)


@cast.on_one
@settings(each_rolled_back, max_examples=examples(60))
@given(EACH)
def test_what_was_served_is_what_a_plain_loop_says(
    walked: list[Touchpoint], became: list[Became]
) -> None:
    agree(walked, became)


@cast.on_postgresql
@settings(each_rolled_back, max_examples=examples(15))
@given(EACH)
def test_what_was_served_is_what_a_plain_loop_says_on_postgresql(
    walked: list[Touchpoint], became: list[Became]
) -> None:
    agree(walked, became)
