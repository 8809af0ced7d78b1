"""An imagined world, put in the book."""

from collections.abc import Iterable

from policies import models
from policies.models import Agent, Client, Relation
from policies.timeline import Happened, PolicyDates
from servicing.core.case_models import Case
from servicing.core.done_models import DoneTask
from tests import cast
from tests.policies.imagined import World


def put_in_the_book(world: World) -> None:
    agent = Agent.create(agent_no="A001")
    for number, facts in enumerate(world.book, 1):
        client = Client.create(
            client_no=f"C{number:03}",
            name="林伟",
            birthday=facts.birthday,
            channel="none",  # whether and how he is written to is not the question here
        )
        for each in facts.policies:
            put_policy(each, client, agent)
        put_cases(client, facts.happened)
        for born in facts.family:
            for name in ("林小云", "林小雨"):  # twins
                told = {"birthday": born.on, "is_lunar": born.is_lunar}
                Relation.create(client=client, kind="child", name=name, **told)
    cast.joined(world.span.first)


def put_policy(facts: PolicyDates, client: Client, agent: Agent) -> None:
    policy = cast.give_policy(
        client,
        facts.policy_no,
        facts.issue_date,
        agent=agent,
        served_from=facts.served_from,
        status=facts.status,
        ended_on=facts.ended_on,
        delivered_on=facts.delivered_on,
        suspended_on=facts.suspended_on,
        left_out_times=facts.left_out_times,
    )
    for premium in facts.premiums:
        amount = str(models.amount(premium.amount))
        cast.give_premium(policy, premium.due_date, amount=amount, paid_on=premium.paid_on)
    for day in facts.handed_on:
        cast.give_handing(policy, day)
    for each in facts.happened:
        _, _, key = each.of.partition(":")
        known = DoneTask.select().count()
        done = {"policy_id": policy.id, "client_id": client.id, "done_on": each.on}
        DoneTask.create(task_id=known + 1, key=key, **done)


def put_cases(client: Client, happened: Iterable[Happened]) -> None:
    """The cases of a client that were closed; of those that end alike on a day there are two."""
    for each in happened:
        if each.of.count(":") < 2:
            continue
        _, kind, end = each.of.split(":")
        for _ in range(2):
            Case.create(
                kind=kind,
                client=client,
                received_on=each.on,
                recorded_at=cast.at(each.on),
                desk="complaint",
                state=end,
                is_open=False,
                moved_on=each.on,
                ended_on=each.on,
            )
