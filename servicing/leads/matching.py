"""A lead becomes a client with a file: by name, and number or birthday (domain.md §19.4)."""

import datetime
from collections import defaultdict
from collections.abc import Collection

from policies import lead, persons, shredding
from policies.models import Client
from servicing.core.lead_models import Lead
from servicing.leads import queries, stepping
from servicing.leads.queries import Match


def after_import(since_client: int, on: datetime.date, now: datetime.datetime) -> int:
    """Settle the leads whose friends came with a file; answers with how many were won.

    `since_client`: the last client before the file. Call it in the transaction of the import.
    """
    by_client: defaultdict[int, list[Match]] = defaultdict(list)
    for each in queries.matches(since_client):
        if persons.compared(each.lead_name) == persons.compared(each.client_name):
            by_client[each.client_id].append(each)
    settled: set[int] = set()
    won = 0
    for some in by_client.values():
        left = [each for each in some if each.lead not in settled]
        settled |= {each.lead for each in left}
        won += bool(left) and _settle(left, on, now)
    return won


def winner(matches: Collection[Match]) -> Match | None:
    """The lead that counts of those of one client: whom the file names, else who agreed first.

    None: the file names somebody who has given none of them.
    """
    (said,) = {each.referred_by for each in matches}
    if said:
        numbers = set(persons.client_nos(said))
        matches = [each for each in matches if each.giver_no in numbers]
    return min(matches, key=lambda each: (each.consented_on, each.lead), default=None)


def _settle(matches: Collection[Match], on: datetime.date, now: datetime.datetime) -> bool:
    """Whether one of the leads of a new client was won; the others are lost to another referrer."""
    first = winner(matches)
    for each in matches:
        found = Lead.get_by_id(each.lead)
        with shredding.without_traces():
            if first is not None and each.lead == first.lead:
                stepping.win(found, Client.get_by_id(each.client_id), on)
            else:
                stepping.end(found, lead.LOST, on, lead.ANOTHER_REFERRER)
        stepping.tell_end(found, stepping.BY, now)
    return first is not None


def referrers(client_nos: Collection[str]) -> dict[str, str]:
    """By client who came by a lead: the number of who has named them."""
    return {each.client_no: each.giver_no for each in queries.referrers(client_nos)}
