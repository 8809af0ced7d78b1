"""What a touchpoint was before the book was corrected: counted from another date, of another client."""

import datetime
import json
from collections.abc import Iterator, Sequence

from policies import timeline
from policies.models import Policy
from servicing.core import happened
from servicing.core.models import Touchpoint
from servicing.core.trail import Line
from servicing.explain.chain import Link
from servicing.explain.grounds import Inquiry
from servicing.explain.recorded import had_as


def of_the_row(inquiry: Inquiry, row: Touchpoint, told: Sequence[Line]) -> Iterator[Link]:
    """Its earlier date or its earlier day, and its earlier clients; `told`: the lines of its card."""
    if row.released:
        yield _let_go(inquiry, row)
    else:
        yield from map(_first_counted, _earlier(inquiry, row))
    if carried := _carried_by(row):
        yield Link("carried_before", True, {"policy_no": carried, "now": row.policy.policy_no})
    yield from _of_its_clients(inquiry.policy, row, told)


def _let_go(inquiry: Inquiry, row: Touchpoint) -> Link:
    """The date that it was counted from, and what the book has instead; or that it stands."""
    now = _dates_now(inquiry, row)
    if row.anchor_on in now:
        return Link("occurrence_is_free", True, {"period": row.occurrence})
    return Link("date_has_fallen", True, {"was": row.anchor_on, "now": list(map(str, now))})


def _dates_now(inquiry: Inquiry, row: Touchpoint) -> list[datetime.date]:
    """What the book has today in place of the date that a touchpoint was counted from."""
    if inquiry.planned is None:
        return []
    policy = Policy.get_by_id(row.anchor_policy_id or row.policy_id)
    known = happened.dates_of([inquiry.planned], row.client, [policy])
    found = timeline.anchors(inquiry.planned, known, known.policies[0])
    return [each.on for each in found]


def _earlier(inquiry: Inquiry, row: Touchpoint) -> list[Touchpoint]:
    """Those of the same occurrence that were counted from a date which fell."""
    return [
        each
        for each in inquiry.recorded
        if each.released and each.occurrence == row.occurrence and each.id < row.id
        if each.anchor_on not in _dates_now(inquiry, each)
    ]


def _first_counted(earlier: Touchpoint) -> Link:
    return Link("recorded_before", True, {"on": earlier.due_on, "was": earlier.anchor_on})


def _carried_by(row: Touchpoint) -> str | None:
    """The policy that carried it first, if another one does by now."""
    if row.anchor_policy_id in (None, row.policy_id):
        return None
    return str(Policy.get_by_id(row.anchor_policy_id).policy_no)


def _of_its_clients(policy: Policy, row: Touchpoint, told: Sequence[Line]) -> Iterator[Link]:
    """Whose it was when it was recorded, if it is another's by now."""
    for entry in told:
        if entry.kind != "touchpoint.changed":
            continue
        if both := json.loads(entry.facts).get("client_no"):
            was, now = both
            yield Link("went_along", True, {"at": entry.at, "client_no": was, "now": now})
    if earlier := had_as(row):
        facts = {"client_no": earlier.client_no, "now": row.client.client_no}
        yield Link("had_as", True, facts)
    elif row.client_id != policy.client_id:
        facts = {"client_no": row.client.client_no, "now": policy.client.client_no}
        yield Link("stayed_with", True, facts)
