"""Whether the rows of a file mean whom they name: no two that look alike, no two people as one."""

from collections.abc import Mapping
from typing import NamedTuple

from policies import models
from policies.importing.book import queries
from policies.importing.book.rows import AgentRow, ClientRow, PolicyRow
from policies.importing.book.upsert import Upsert
from policies.importing.findings import Findings, Refusal
from policies.importing.mapping.columns import RowBatch
from policies.importing.sense.twins import Twins
from policies.importing.sense.two_people import TwoPeople


class Known(NamedTuple):
    """What the book knows of the numbers of a batch."""

    policies: Mapping[str, PolicyRow]
    clients: Mapping[str, ClientRow]
    agents: Mapping[str, AgentRow]


class Identities:
    """The numbers of one file."""

    def __init__(self, clients: Upsert[ClientRow], findings: Findings) -> None:
        self._people = TwoPeople(clients.line_before)
        is_first = not queries.are_any(models.Policy)
        kinds: tuple[tuple[type[models.Numbered], str], ...] = (
            (models.Policy, "policy_no"),
            (models.Client, "client_no"),
            (models.Agent, "agent_no"),
        )
        self._twins = [Twins(model, column, findings, is_first) for model, column in kinds]

    def refusals(self, batch: RowBatch, known: Known) -> dict[int, Refusal]:
        """Which rows, by place, name somebody or something that is mistaken for another."""
        lines, values = batch.lines, batch.values
        refused: dict[int, Refusal] = {}
        for twins, stored in zip(self._twins, known, strict=True):
            refused |= twins.refusals(values[twins.column], lines, stored)
        if "birthday" in values:
            numbers, birthdays = values["client_no"], values["birthday"]
            refused |= self._people.refusals(numbers, birthdays, lines, known.clients)
        return refused
