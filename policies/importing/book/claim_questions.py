"""A policy that ends by claim asks whether its client has died; a person answers (domain.md §4.16)."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from policies.importing.book import queries
from policies.importing.book.rows import PolicyRow
from policies.notices import Notice, notice
from policies.trail import Change

CLAIM = "claim"

SHOWN = 5
"""Policies that a warning names."""


class AskedOf(NamedTuple):
    """A policy that has ended by claim, and its client."""

    policy_id: int
    policy_no: str
    client_id: int
    client_no: str


class ClaimQuestions:
    """The questions that one book file raises."""

    def __init__(self, joined_on: datetime.date) -> None:
        self._joined_on = joined_on
        self._asked: list[AskedOf] = []
        self._count = 0

    def take_in(
        self,
        ids: Mapping[str, int],
        values: Mapping[str, Sequence[Any]],
        stored: Mapping[str, PolicyRow],
    ) -> list[Change]:
        """Ask of the clients of a batch; answers with the lines for their cards.

        `stored`: the policies as they were. Of a client whose death is known nobody asks, and a claim
        that is taken back asks no more.
        """
        queries.stop_asking(_undone(values, stored))
        found = [
            AskedOf(ids[number], number, client_id, client_no)
            for number, client_id, client_no in self._news(values, stored)
        ]
        if not found:
            return []
        alive = queries.ask_of_death({each.client_id for each in found}, self._joined_on)
        asked = [each for each in found if each.client_id in alive]
        self._count += len(asked)
        self._asked += asked[: SHOWN - len(self._asked)]
        return [
            Change("death.asked", each.client_id, each.policy_id, {"status": CLAIM})
            for each in asked
        ]

    def _news(
        self, values: Mapping[str, Sequence[Any]], stored: Mapping[str, PolicyRow]
    ) -> Iterator[tuple[str, int, str]]:
        """The policies that end by claim, and had not before; each with its client.

        What ended before it joined the book is no news: a first import does not ask about old claims.
        """
        for place, status in enumerate(values["status"]):
            if status != CLAIM:
                continue
            number, ended_on = values["policy_no"][place], values["ended_on"][place]
            was = stored.get(number)
            is_news = was.status != CLAIM if was else ended_on >= self._joined_on
            if is_news:
                yield number, values["client_id"][place], values["client_no"][place]

    def warnings(self) -> list[Notice]:
        """Which policies ask of which client, by their numbers; the first of them."""
        if not self._count:
            return []
        named = [
            notice("policy_of_client", policy_no=each.policy_no, client_no=each.client_no)
            for each in self._asked
        ]
        if self._count == len(named):
            return [notice("claim_asks", count=self._count, named=named)]
        return [notice("claim_asks_and_more", count=self._count, named=named)]


def _undone(values: Mapping[str, Sequence[Any]], stored: Mapping[str, PolicyRow]) -> set[int]:
    """The clients, by id, of policies that had ended by claim and go on."""
    rows = zip(values["policy_no"], values["status"], values["client_id"], strict=True)
    return {
        client_id
        for number, status, client_id in rows
        if status != CLAIM and (was := stored.get(number)) is not None and was.status == CLAIM
    }
