"""Who waits for a call: one line a client, whatever they have bought, and all that one call is about."""

import datetime
import zoneinfo
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from policies import calling, persons, pressing
from policies.calling import Hours
from policies.dates import WorkCalendar
from policies.models import Agent, Client, Policy
from policies.pressing import Level
from servicing.callbacks import calling as calls
from servicing.callbacks import queries as callback_queries
from servicing.callbacks.calling import PHONE
from servicing.callbacks.queries import KIND, OpenCallback
from servicing.callbacks.waiting import queries
from servicing.callbacks.waiting.queries import CallLine, DeskLine, Reader
from servicing.cases import recusal, stepping
from servicing.core.account_models import User
from servicing.core.case_models import Case

LOOK_BACK = datetime.timedelta(days=2)
"""Earlier calls stand against none of today."""


@dataclass(frozen=True)
class Line:
    """A client who waits for a call."""

    of: DeskLine
    days_left: int | None
    """After today; negative: the free look is over. None: it does not run."""
    level: Level | None
    call_from: datetime.datetime | None
    """From which moment on they may be called; None: never, or not before the receipt is signed."""


def reader(user: User) -> Reader:
    """Who reads the list, and whose cases are kept from them."""
    return Reader(user.agent_id or 0, sorted({user.login, *recusal.superiors(user)}))


def lines(
    found: Sequence[DeskLine],
    hours: Hours,
    calendar: WorkCalendar,
    now: datetime.datetime,
    zone: zoneinfo.ZoneInfo,
) -> list[Line]:
    """The same with what is left of the time, and when each may be called."""
    here, on = _here(now, zone), now.astimezone(zone).date()
    before = _called([each.client_id for each in found], now, zone)
    return [
        Line(
            of=each,
            days_left=(each.due_on - on).days if each.due_on else None,
            level=pressing.level(calendar, on, each.due_on) if each.due_on else None,
            call_from=_aware(calling.next_moment(hours, before[each.client_id], here), zone),
        )
        for each in found
    ]


def _called(
    clients: Sequence[int], now: datetime.datetime, zone: zoneinfo.ZoneInfo
) -> dict[int, list[datetime.datetime]]:
    """The moments at which the person of each client was called lately, by the book's clock.

    A call concerns the person: it counts under each of their numbers, whichever was called.
    """
    person = persons.by_number(clients)
    told: defaultdict[int, set[datetime.datetime]] = defaultdict(set)
    if clients:
        for each in callback_queries.called(sorted({*clients, *person}), now - LOOK_BACK, now):
            told[person.get(each.client_id, each.client_id)].add(each.called_at)
    return {
        each: sorted(_naive(moment, zone) for moment in told[person.get(each, each)])
        for each in clients
    }


def _naive(moment: datetime.datetime, zone: zoneinfo.ZoneInfo) -> datetime.datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def _here(moment: datetime.datetime, zone: zoneinfo.ZoneInfo) -> datetime.datetime:
    """A moment by the book's clock, to the minute."""
    return moment.astimezone(zone).replace(second=0, microsecond=0, tzinfo=None)


def _aware(moment: datetime.datetime | None, zone: zoneinfo.ZoneInfo) -> datetime.datetime | None:
    return None if moment is None else moment.replace(tzinfo=zone)


@dataclass(frozen=True)
class CallPage:
    """All that one call is about."""

    case: Case
    numbers: Sequence[int]
    """All numbers of the client."""
    contracts: Sequence[OpenCallback]
    """Those that wait for a call, that of the case first; none: the case has ended, or waits."""
    calls: Sequence[CallLine]
    """About the client, the last first."""
    call_from: datetime.datetime | None
    """From which moment on the client may be called."""

    @property
    def in_vain(self) -> int:
        """How often the client was called in this case and has not answered."""
        theirs = [each for each in self.calls if each.case_id == self.case.id]
        return sum(each.outcome != calls.ANSWERED for each in theirs)

    @property
    def others(self) -> Sequence[OpenCallback]:
        """The other contracts."""
        return [each for each in self.contracts if each.case != self.case.id]


def of_case(
    number: int, user: User, hours: Hours, now: datetime.datetime, zone: zoneinfo.ZoneInfo
) -> CallPage | None:
    """A call-back with what else is spoken of in its call; None: it is none, or is kept from them.

    Raises `CaseNotFound`.
    """
    case = _whole(number)
    if case.kind != KIND or case.policy is None or recusal.is_recused(user, case):
        return None
    if case.policy.agent_id == user.agent_id:
        return None
    assert case.client_id is not None  # a case with a policy has a client
    ids = persons.numbers([case.client_id])
    waiting = calls.to_call_of(ids, user.agent_id)
    first = [each for each in waiting if each.case == number]
    contracts = first + [each for each in waiting if each.case != number] if first else []
    made = queries.calls_of(ids)
    lately = {each.called_at for each in made if each.channel == PHONE}
    before = [_naive(each, zone) for each in lately if each >= now - LOOK_BACK]
    return CallPage(
        case=case,
        numbers=ids,
        contracts=contracts,
        calls=made,
        call_from=_aware(calling.next_moment(hours, before, _here(now, zone)), zone),
    )


def _whole(number: int) -> Case:
    """The case with its client and its policy, and with the agent of the policy; else as `of_number`."""
    query: Any = Case.select(Case, Client, Policy, Agent)
    joined = query.join(Client).switch(Case).join(Policy).join(Agent)
    is_number = 0 < number < stepping.NEVER
    found: Case | None = joined.where(Case.id == number).first() if is_number else None
    return found or stepping.of_number(number)
