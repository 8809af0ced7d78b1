"""One person who has several client numbers, plainly: found once, and never forgotten."""

from collections.abc import Iterator

from tests.drills.plainly.rows import Day, months_later
from tests.drills.plainly.world import Row

A_GENERATION = 120
"""Months: who is more than that apart in age is not one person."""


class People:
    """Who is whom, by what the files say of clients between whom policies went."""

    def __init__(self, clients: dict[str, Row]) -> None:
        self._clients = clients
        self._handed_on: dict[tuple[str, str], None] = {}
        self._persons: list[set[str]] = []

    def hands_on(self, one: str, other: str) -> None:
        """A policy goes from one client to another."""
        self._handed_on[one, other] = None

    def pairs(self) -> Iterator[tuple[str, str, bool]]:
        """Those who are one person, as policies went; and whether nobody knew it before."""
        for one, other in self._handed_on:
            is_known = other in self.numbers(one)
            if is_known or self._are_one(one, other):
                self._unite(one, other)
                yield one, other, not is_known

    def numbers(self, client_no: str) -> list[str]:
        """All numbers of a person, in the order in which the book got to know them."""
        for person in self._persons:
            if client_no in person:
                return [each for each in self._clients if each in person]
        return [client_no]

    def _unite(self, one: str, other: str) -> None:
        person = {*self.numbers(one), *self.numbers(other)}
        self._persons = [each for each in self._persons if not each & person] + [person]

    def _are_one(self, one: str, other: str) -> bool:
        """Two of three agree: the name, the birthday, a phone number or an address."""
        this, that = self._clients[one], self._clients[other]
        born = sorted(Day.fromisoformat(each["birthday"]) for each in (this, that))
        if born[1] > months_later(born[0], A_GENERATION):
            return False
        agree = [
            _spelled(this["client_name"]) == _spelled(that["client_name"]),
            this["birthday"] == that["birthday"],
            this["phone"] == that["phone"] or this["email"].lower() == that["email"].lower(),
        ]
        return sum(agree) >= 2


def _spelled(name: str) -> str:
    return " ".join(name.lower().split())
