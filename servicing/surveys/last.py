"""What a client answered last, for whoever has something to do for them (domain.md §16.9).

Of who was not satisfied a case is open, or was: no agent is told of it here, since that may be about them
or kept from them, nor of an older answer in its place.
"""

import datetime
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from policies import database, survey
from policies.satisfaction import Name
from servicing.surveys import queries
from servicing.surveys.queries import Given

AT_ONCE = 500
"""Clients whom one statement names."""


class LastAnswer(NamedTuple):
    """The last answer that counts of a client, under whichever of their numbers."""

    figure: Name
    score: int
    on: datetime.date
    agent_no: str
    """Who serves the policy it is about."""

    @property
    def best(self) -> int:
        """The best that can be answered."""
        return survey.SCALES[self.figure][-1]

    def is_for(self, agent_no: str) -> bool:
        """Whether an agent is told: it is about a policy of theirs, and nobody had to call for it."""
        return self.agent_no == agent_no and not survey.is_detractor(self.figure, self.score)

    def document(self) -> dict[str, object]:
        """The answer as a document has it."""
        return {"figure": self.figure, "score": self.score, "answered_on": self.on.isoformat()}


def last_answers(client_nos: Collection[str], zone: datetime.tzinfo) -> Mapping[str, LastAnswer]:
    """By number of some clients, however many, what they answered last; left out is who never did."""
    found = dict[str, LastAnswer]()
    for some in database.chunks(sorted(set(client_nos)), AT_ONCE):
        found |= _last(queries.given(some), zone)
    return found


def _last(given: Iterable[Given], zone: datetime.tzinfo) -> dict[str, LastAnswer]:
    in_order = sorted(given, key=lambda each: each.at)
    return {
        each.client_no: LastAnswer(
            each.figure,  # type: ignore[arg-type]  # as the table holds it
            each.score,
            each.at.astimezone(zone).date(),
            each.agent_no,
        )
        for each in in_order
    }


def of_client(client_no: str, zone: datetime.tzinfo) -> LastAnswer | None:
    """What one client answered last."""
    return last_answers([client_no], zone).get(client_no)


def for_agent(client_no: str, agent_no: str, zone: datetime.tzinfo) -> LastAnswer | None:
    """The same as an agent is told it."""
    found = of_client(client_no, zone)
    return found if found and found.is_for(agent_no) else None
