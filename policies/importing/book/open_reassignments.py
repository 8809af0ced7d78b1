"""Policies that a person reassigned, until the book agrees."""

from collections.abc import Mapping, Sequence

from policies.importing.book import queries
from policies.importing.book.rows import PolicyRow


class OpenReassignments:
    """The policies that were reassigned since a book last agreed.

    A book that comes every night names the earlier agent for as long as its own system has not heard
    of the reassignment: that must not take it back. Once a book has agreed, the next change is its own.
    """

    def __init__(self, day: str) -> None:
        self._day = day
        self._earlier: dict[int, set[int]] | None = None
        self.kept = 0
        """How many policies a book has left with the agent before."""

    def of_today(
        self, numbers: Sequence[str], stated: list[int], stored: Mapping[str, PolicyRow]
    ) -> list[int]:
        """The agents of the rows, by id: those that the file states, unless it is out of date."""
        if self._earlier is None:
            self._earlier = queries.open_reassignments()
        if not self._earlier:
            return stated
        today: list[int] = []
        agreed: list[int] = []
        for number, agent_id in zip(numbers, stated, strict=True):
            policy = stored.get(number)
            earlier = self._earlier.get(policy.id) if policy else None
            if policy is None or earlier is None:
                today.append(agent_id)
            elif agent_id in earlier and agent_id != policy.agent_id:
                today.append(policy.agent_id)
                self.kept += 1
            else:
                today.append(agent_id)
                agreed.append(policy.id)
        queries.agree_to_reassignments(agreed, self._day)
        return today
