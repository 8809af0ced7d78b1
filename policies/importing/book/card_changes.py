"""The changes that a file made to clients and policies, as their cards show them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from policies import models
from policies.importing.book import queries
from policies.importing.book.changes import Altered, Changes
from policies.importing.book.rows import StandingRow
from policies.trail import Change, ChangeKind

CONSENT = "marketing_consent"
MONEY_COLUMNS = ("annual_premium", "sum_assured")


def of_client(change: Changes) -> Iterator[Change]:
    """A changed client on the client's own card; a consent has a line of its own."""
    consent = change.columns.get(CONSENT)
    is_own_line = consent is not None and (consent.now is not None or bool(consent.was))
    if consent and is_own_line:
        kind: ChangeKind = "consent.given" if consent.now else "consent.withdrawn"
        yield Change(kind, change.id, None, {CONSENT: list(consent)})
    contact = {
        name: list(altered)
        for name, altered in change.columns.items()
        if name != CONSENT or not is_own_line
    }
    if contact:
        yield Change("contact.changed", change.id, None, contact)


def of_policies(changes: Sequence[Changes], owners: Mapping[int, int]) -> Iterator[Change]:
    """Each changed policy on its client's card; one that was handed on also on the earlier client's.

    `owners`: by policy, the client's id.
    """
    people = _People(changes)
    for change in changes:
        before = change.columns.get("client_id")
        cards = {owners[change.id], before.was if before else owners[change.id]}
        for kind, altered in _by_kind(change).items():
            for client_id in sorted(cards) if altered else ():
                yield Change(kind, client_id, change.id, people.shown(altered))


def _by_kind(change: Changes) -> dict[ChangeKind, dict[str, Altered]]:
    """The altered columns under the kind of change that they are."""
    others = dict(change.columns)

    def taken(*names: str) -> dict[str, Altered]:
        return {name: others.pop(name) for name in names if name in others}

    named_again = taken("left_out_times")
    if named_again:
        named_again |= taken("served_from")
    return {
        "policy.named_again": named_again,
        "status.changed": taken(*StandingRow._fields),
        "agent.changed": taken("agent_id"),
        "client.changed": taken("client_id"),
        "policy.changed": others,
    }


class _People:
    """The agents and clients between whom policies moved, by the numbers that people know."""

    def __init__(self, changes: Sequence[Changes]) -> None:
        agents, clients = _ids(changes, "agent_id"), _ids(changes, "client_id")
        self._agents = queries.numbers_of(models.Agent, "agent_no", agents)
        self._clients = queries.numbers_of(models.Client, "client_no", clients)

    def shown(self, altered: Mapping[str, Altered]) -> dict[str, list[Any]]:
        """Altered columns as people read them."""
        return dict(self._shown(name, each) for name, each in altered.items())

    def _shown(self, name: str, altered: Altered) -> tuple[str, list[Any]]:
        if name == "agent_id":
            return "agent_no", [self._agents.get(each, "") for each in altered]
        if name == "client_id":
            return "client_no", [self._clients.get(each, "") for each in altered]
        if name in MONEY_COLUMNS:
            return name, [None if each is None else str(models.amount(each)) for each in altered]
        return name, list(altered)


def _ids(changes: Sequence[Changes], column: str) -> set[int]:
    return {each for change in changes for each in change.columns.get(column, ())}
