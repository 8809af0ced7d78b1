"""A survey leaves: it is looked at together with others, and whom it asks is written down.

Called at the claim, in its transaction: who was asked a moment ago is not asked again, and at one number
one question waits for its digit (domain.md §16.6).
"""

import datetime
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from policies import database, fatigue, persons
from policies.plan import Plan
from servicing.core.context import TouchpointContext, of_touchpoints
from servicing.core.reasons import Reason
from servicing.core.survey_models import SurveyInvitation
from servicing.messages import suppressions
from servicing.messages.asking import Asking
from servicing.messages.permission import MessageVerdict
from servicing.surveys import queries


class Turn:
    """The surveys among what is about to leave, looked at one after the other."""

    def __init__(
        self,
        plan: Plan,
        contexts: Sequence[TouchpointContext],
        is_invited: Callable[[str, Collection[int]], bool] = lambda number, clients: False,
    ) -> None:
        """`is_invited`: whether an invitation waits for a digit at a number that some clients have."""
        self._plan, self._is_invited = plan, is_invited
        asking = [each.touchpoint_id for each in contexts if self._is_survey(each)]
        self.contexts: list[TouchpointContext] = []
        """The contexts of the surveys, read while nobody else asks."""
        self._person_of: dict[int, int] = {}
        if asking:
            database.wait_for_turn("surveys")
            self.contexts = list(of_touchpoints(asking))
            self._person_of = persons.by_number({each.client_id for each in self.contexts})
        self._people: set[int] = set()
        self._numbers: set[str] = set()

    def _is_survey(self, context: TouchpointContext) -> bool:
        touchpoint = self._plan.touchpoint(context.key)
        return touchpoint is not None and touchpoint.survey is not None

    def look(self, context: TouchpointContext, verdict: MessageVerdict) -> MessageVerdict:
        """The verdict on a message, or why it asks nobody now; who is asked is remembered."""
        if verdict.reason is not Reason.HANDED_OVER or not self._is_survey(context):
            return verdict
        person = self._person_of.get(context.client_id, context.client_id)
        if person in self._people:
            return MessageVerdict("cancelled", Reason.SURVEYED_LATELY)
        if verdict.channel == "sms" and self._must_wait(context, verdict):
            return MessageVerdict("suppressed", Reason.QUESTION_OPEN, verdict.channel)
        self._people.add(person)
        if verdict.channel == "sms":
            self._numbers.add(verdict.address)
        return verdict

    def _must_wait(self, context: TouchpointContext, verdict: MessageVerdict) -> bool:
        """Whether something else waits for an answer from the same number."""
        assert verdict.planned_on is not None  # it leaves on that day
        number, own = verdict.address, context.touchpoint_id
        clients = suppressions.concerned("sms", number)
        return self._asks(number, clients, verdict.planned_on, own) or self._is_invited(
            number, clients
        )

    def asks(self, number: str, on: datetime.date) -> bool:
        """Whether a survey waits for digits from a number, or is leaving for it."""
        return self._asks(number, suppressions.concerned("sms", number), on)

    def _asks(self, number: str, clients: Collection[int], on: datetime.date, but: int = 0) -> bool:
        asked = queries.asked_at(number, clients, on)
        waiting = (each for each in asked if each.waits(on) and each.touchpoint_id != but)
        return number in self._numbers or any(waiting)


class Leaving(NamedTuple):
    """A message that leaves, and where to."""

    message_id: int
    context: TouchpointContext
    channel: str
    on: datetime.date


def invite(plan: Plan, asking: Asking | None, leaving: Iterable[Leaving]) -> None:
    """Write down whom the surveys among these ask; one that is tried again is the same."""
    rows: list[Mapping[str, object]] = []
    for each in leaving:
        touchpoint = plan.touchpoint(each.context.key)
        question = asking.question_of(each.context.key) if asking else None
        if touchpoint is None or question is None:
            continue
        rows.append(
            {
                "message_id": each.message_id,
                "touchpoint_id": each.context.touchpoint_id,
                "client": each.context.client_id,
                "policy": each.context.policy_id,
                "agent": each.context.agent_id,
                "figure": question.figure,
                "edition": question.edition,
                "is_again": fatigue.is_again(touchpoint.case),
                "channel": each.channel,
                "invited_on": each.on,
                "open_until": each.on + datetime.timedelta(days=question.open_days),
            }
        )
    if rows:
        _write(rows)


def _write(rows: Sequence[Mapping[str, object]]) -> None:
    of = SurveyInvitation
    again = (of.policy, of.agent, of.edition, of.channel, of.invited_on, of.open_until)
    query = of.insert_many(rows).on_conflict(conflict_target=[of.touchpoint_id], preserve=again)
    query.execute()
