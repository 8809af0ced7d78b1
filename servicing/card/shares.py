"""What one of several agents is shown of a client whom they share (docs/pages.md, "A shared client").

Her own policies with all that was done for them, and what concerns the client as a person. Of another
agent's policy she is told of one thing only: what the client was owed once and has had by it, so that
nobody greets twice.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from policies.models import Policy
from servicing.card import queries
from servicing.card.policy_timeline import TimelineLine
from servicing.card.queries import Writer
from servicing.core.trail import Line

OF_THE_CLIENT = ("contact", "consent", "family", "death", "cover")
"""Subjects of lines that concern the client, whatever policy brought them up."""

REMARKS = ("note", "complaint")
"""Subjects of lines that are what somebody has written in their own words."""


@dataclass(frozen=True)
class Share:
    """The part of a card that is an agent's."""

    ids: frozenset[int]
    """Of her policies."""
    numbers: frozenset[str]
    """The same policies by number."""
    writers: frozenset[str]
    """The logins whose remarks she reads."""
    people: Sequence[Writer] | None = None
    """Everybody who has written on the card; None: nobody was asked about."""

    def timeline(self, lines: Sequence[TimelineLine]) -> list[TimelineLine]:
        """Lines of a policy of hers; of what another agent's policy carried, that and how it was had."""
        return [
            each
            if each.carried_by in self.numbers
            else replace(each, reason="", carried_by="", task_on=None)
            for each in lines
        ]

    def trail(self, lines: Sequence[Line]) -> list[Line]:
        """The lines of a trail that are hers to read."""
        return [each for each in lines if self._reads(each)]

    def _reads(self, line: Line) -> bool:
        subject = line.kind.partition(".")[0]
        if subject in REMARKS:
            return str(json.loads(line.facts).get("by", "")) in self.writers
        if subject in OF_THE_CLIENT or line.policy_id in self.ids:
            return True
        return line.policy_id is None and line.touchpoint_id is None


def of_agent(agent_id: int, policies: Sequence[Policy], lines: Sequence[Line]) -> Share | None:
    """An agent's share of a client with these policies and this trail; None: it is the whole."""
    hers = [each for each in policies if each.agent_id == agent_id]
    known = {each.id for each in policies}
    gone = {each.policy_id for each in lines if each.policy_id} - known
    if len(hers) == len(policies) and not gone:
        return None
    theirs = [*hers, *_served(agent_id, gone)]
    ids = frozenset(each.id for each in theirs)
    numbers = frozenset(each.policy_no for each in theirs)
    logins = _logins(lines)
    if len(hers) == len(policies):
        return Share(ids, numbers, frozenset(logins))
    people = queries.writers(agent_id, ids, logins)
    return Share(ids, numbers, frozenset(each.login for each in people if each.is_read), people)


def named(share: Share | None, lines: Sequence[Line]) -> dict[str, str]:
    """By login, how whoever has written on a card is called.

    Empty for another agent of a shared client: who that is, is not told.
    """
    people = share.people if share else None
    if people is None:
        people = queries.writers(None, (), _logins(lines))
    return {each.login: "" if each.is_agent and not each.is_read else each.name for each in people}


def _logins(lines: Sequence[Line]) -> set[str]:
    """Those that the lines of a trail name."""
    found = (json.loads(each.facts).get("by") for each in lines if '"by"' in each.facts)
    return {str(each) for each in found if each}


def _served(agent_id: int, policy_ids: Collection[int]) -> list[Policy]:
    """Those of some policies, which are other clients' by now, that the agent serves."""
    if not policy_ids:
        return []
    query = Policy.select().where(Policy.id.in_(list(policy_ids)) & (Policy.agent == agent_id))
    return list(query)
