"""The dates of stored clients and of each policy, as the timeline needs them."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from policies import queries
from policies.models import Client, Policy, Premium, Reassignment, hundredths
from policies.occasions import Born
from policies.timeline import ClientDates, Instalment, PolicyDates


def dates_of(client: Client, policies: Sequence[Policy]) -> ClientDates:
    """The dates of a client and of these policies, in their order."""
    ids = [each.id for each in policies]
    premiums, handed_on = _premiums(ids), _handed_on(ids)
    return ClientDates(
        client.birthday, tuple(_policy_dates(each, premiums, handed_on) for each in policies)
    )


def dates_by_client(client_ids: Collection[int]) -> dict[int, ClientDates]:
    """The dates of some clients, by id and in this order, and of all their policies."""
    ids = list(client_ids)
    held = list(Policy.select().where(Policy.client.in_(ids)).order_by(Policy.id))
    numbers = [each.id for each in held]
    premiums, handed_on = _premiums(numbers), _handed_on(numbers)
    theirs: dict[int, list[PolicyDates]] = defaultdict(list)
    for each in held:
        theirs[each.client_id].append(_policy_dates(each, premiums, handed_on))
    clients = Client.select(Client.id, Client.birthday).where(Client.id.in_(ids))
    return {
        each.id: ClientDates(each.birthday, tuple(theirs[each.id]))
        for each in clients.order_by(Client.id)
    }


def with_family(known: Mapping[int, ClientDates]) -> dict[int, ClientDates]:
    """The dates of clients by id, with the birthdays of all in their families who are alive."""
    found: dict[int, list[Born]] = defaultdict(list)
    for each in queries.family_births(known):
        found[each.client_id].append(Born(each.birthday, each.is_lunar))
    return {number: replace(each, family=tuple(found[number])) for number, each in known.items()}


def _policy_dates(
    policy: Policy,
    premiums: Mapping[int, Sequence[Instalment]],
    handed_on: Mapping[int, Sequence[datetime.date]],
) -> PolicyDates:
    """The dates of a policy; of others, too, are its instalments and the days it was handed on."""
    return PolicyDates(
        id=policy.id,
        policy_no=policy.policy_no,
        issue_date=policy.issue_date,
        served_from=policy.served_from,
        status=policy.status,
        ended_on=policy.ended_on,
        delivered_on=policy.delivered_on,
        suspended_on=policy.suspended_on,
        premiums=tuple(premiums.get(policy.id, ())),
        handed_on=tuple(handed_on.get(policy.id, ())),
        left_out_times=policy.left_out_times,
    )


def _premiums(policy_ids: Sequence[int]) -> dict[int, list[Instalment]]:
    """The instalments of each policy, by its id, in the order of their due dates."""
    found: dict[int, list[Instalment]] = defaultdict(list)
    query = Premium.select().where(Premium.policy.in_(policy_ids)).order_by(Premium.due_date)
    for each in query:
        found[each.policy_id].append(
            Instalment(each.due_date, each.paid_on, amount=hundredths(each.amount))
        )
    return found


def _handed_on(policy_ids: Sequence[int]) -> dict[int, list[datetime.date]]:
    """The days on which each policy, by its id, went to another agent."""
    found: dict[int, list[datetime.date]] = defaultdict(list)
    is_one = Reassignment.policy.in_(policy_ids)
    for each in Reassignment.select().where(is_one).order_by(Reassignment.handed_on):
        found[each.policy_id].append(each.handed_on)
    return found
