"""The dates of a stored client and of each policy, as the timeline needs them."""

import datetime
from collections import defaultdict
from collections.abc import Sequence

from policies.models import Client, Policy, Premium, Reassignment, hundredths
from policies.timeline import ClientDates, Instalment, PolicyDates


def dates_of(client: Client, policies: Sequence[Policy]) -> ClientDates:
    """The dates of a client and of these policies, in their order."""
    premiums = _premiums(policies)
    handed_on = _handed_on(policies)
    return ClientDates(
        client.birthday,
        tuple(
            PolicyDates(
                id=each.id,
                policy_no=each.policy_no,
                issue_date=each.issue_date,
                served_from=each.served_from,
                status=each.status,
                ended_on=each.ended_on,
                delivered_on=each.delivered_on,
                premiums=tuple(premiums[each.id]),
                handed_on=tuple(handed_on[each.id]),
                left_out_times=each.left_out_times,
            )
            for each in policies
        ),
    )


def _premiums(policies: Sequence[Policy]) -> dict[int, list[Instalment]]:
    """The instalments of each policy, by its id, in the order of their due dates."""
    found: dict[int, list[Instalment]] = defaultdict(list)
    query = Premium.select().where(Premium.policy.in_(policies)).order_by(Premium.due_date)
    for each in query:
        found[each.policy_id].append(
            Instalment(each.due_date, each.paid_on, amount=hundredths(each.amount))
        )
    return found


def _handed_on(policies: Sequence[Policy]) -> dict[int, list[datetime.date]]:
    """The days on which each policy, by its id, went to another agent."""
    found: dict[int, list[datetime.date]] = defaultdict(list)
    is_one = Reassignment.policy.in_(policies)
    for each in Reassignment.select().where(is_one).order_by(Reassignment.handed_on):
        found[each.policy_id].append(each.handed_on)
    return found
