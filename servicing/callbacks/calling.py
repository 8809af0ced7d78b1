"""A client is called: an attempt that failed, or answers to the questions (domain.md §15.2, §15.3).

One call concerns all contracts that wait for it: an attempt is recorded with each of them, answers with
those of which was spoken.
"""

import contextlib
import datetime
import zoneinfo
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from policies import calling, database, persons
from policies.calling import Hours
from policies.case_moves import Given
from policies.interview import Answer, Interview, Question
from policies.models import Agent
from policies.plan import text
from servicing.callbacks import opening, queries
from servicing.callbacks.answer_file import Answered
from servicing.callbacks.queries import KIND, ROOM, OpenCallback
from servicing.cases import opening as cases
from servicing.cases import queries as case_queries
from servicing.cases import recusal, stepping
from servicing.cases.ground import Ground
from servicing.cases.opening import Request
from servicing.cases.stepping import Order
from servicing.core import errors, i18n
from servicing.core.callback_models import CallbackAnswer, CallbackCall
from servicing.core.case_models import Case
from servicing.core.settings import Callbacks

Outcome = Literal["busy", "no_answer", "refused", "wrong_number"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
"""Four things that may come of a call which nobody answered to."""

QUESTIONS = "callback"
"""The questions of a new contract (`policies.question_set.find`)."""

ANSWERED = "answered"
PHONE = "phone"
"""The channel that the hours are about: whoever calls himself, or is visited, is not bothered by it."""

PROBLEM = "problem"
"""The kind of the item that a problem opens."""

AROUND = datetime.timedelta(days=2)


class House(NamedTuple):
    """By what is called: the kinds and clocks, the hours, where, what is asked, in which language."""

    ground: Ground
    rules: Callbacks
    zone: zoneinfo.ZoneInfo
    interview: Interview
    locale: str

    @property
    def hours(self) -> Hours:
        """How often a client may be called on a day, and when."""
        said = self.rules
        return Hours(
            said.attempts_a_day,
            said.hours_between,
            said.call_from,
            said.call_until,
            said.parts_from,
        )


class Call(NamedTuple):
    """Who has called when, because of which case."""

    case_id: int
    at: datetime.datetime
    by: str


@dataclass(frozen=True)
class Recorded:
    """What a call has come to for one contract."""

    case: int
    policy_no: str
    state: str
    outcome: str
    due: datetime.date | None
    """The last day of the free look; None: it does not run."""
    in_time: bool | None
    """Of answers: whether they were given inside the free look."""
    problem: int | None
    """The case of what was found."""


def attempt(house: House, call: Call, outcome: Outcome, now: datetime.datetime) -> list[Recorded]:
    """Record a call that nobody answered to, with each contract of the client that waits for one.

    Raises `CaseNotFound`, and `CaseRefused` for a case that is no call-back or does not wait for a
    call, for whoever may not call, and for a call outside the hours.
    """
    with _turn(call) as case:
        _prepare(house, case, call, PHONE, now)
        numbers = [case.id, *_others(case, call)]
        return [_attempted(house, each, call, outcome, now) for each in numbers]


def answer(house: House, call: Call, said: Answered, now: datetime.datetime) -> list[Recorded]:
    """Record what a client has answered, for each contract of which was spoken.

    What matters and was answered no or unclear opens a problem item. Raises the same as `attempt`, and
    `CaseRefused` for a contract of which no call-back is open.
    """
    with _turn(call) as case:
        _prepare(house, case, call, said.channel, now)
        waiting = {each.policy_no: each.case for each in queries.open_of(numbers_of(case))}
        spoken = {case.id: said.answers}
        for policy_no, answers in said.others.items():
            if policy_no not in waiting:
                known = sorted(waiting)
                raise errors.CaseRefused("callback_not_open", policy_no=policy_no, known=known)
            spoken[waiting[policy_no]] = answers
        return [
            _answered(house, stepping.of_number(number), call, said, answers, now)
            for number, answers in spoken.items()
        ]


# ------------------------------------------------------------------------------------ what comes first


@contextlib.contextmanager
def _turn(call: Call) -> Iterator[Case]:
    """One transaction, alone with the person who was called; answers with the case."""
    case = stepping.of_number(call.case_id)
    if case.kind != KIND or case.policy is None:
        raise errors.CaseRefused("not_a_callback", case_id=case.id, kind=case.kind)
    with database.exclusive(f"calls to {min(numbers_of(case))}"):
        yield case


def numbers_of(case: Case) -> list[int]:
    """All numbers of the person."""
    assert case.client_id is not None  # a case with a policy has a client
    return sorted(each.id for each in persons.clients([case.client_id]))


def _prepare(house: House, case: Case, call: Call, channel: str, now: datetime.datetime) -> None:
    """The call-backs stand as the book says; whoever called may do so, in these hours."""
    if call.at > now:
        raise errors.CaseRefused("call_ahead", at=_local(house, call.at), now=_local(house, now))
    today = now.astimezone(house.zone).date()
    opening.follow_clients(house.ground, numbers_of(case), today, now)
    if is_own(case, call.by):
        raise errors.CaseRefused("case_recused", login=call.by)
    known = [each.id for each in house.ground.kind(KIND).channel]
    if channel not in known:
        raise errors.CaseRefused("case_unknown_channel", name=channel, known=known)
    if channel != PHONE:
        return
    before = moments(numbers_of(case), call.at - AROUND, call.at + AROUND, house.zone)
    if no := calling.refusal(house.hours, before, _naive(house, call.at)):
        raise errors.CaseRefused(no.code, **no.facts)


def moments(
    numbers: Sequence[int],
    since: datetime.datetime,
    until: datetime.datetime,
    zone: zoneinfo.ZoneInfo,
) -> list[datetime.datetime]:
    """When a person was called between two moments, by the book's clock: under whichever number, once."""
    found = {each.called_at for each in queries.called(numbers, since, until)}
    return sorted(each.astimezone(zone).replace(tzinfo=None) for each in found)


def to_call_of(numbers: Sequence[int], but_of: int | None) -> list[OpenCallback]:
    """The contracts of a person that wait for a call, but for those of an agent, who does not call."""
    found = queries.open_of(numbers)
    return [each for each in found if each.is_to_call and not each.is_served_by(but_of)]


def to_be_written_to(house: House, case_id: int, now: datetime.datetime) -> Case:
    """A call-back as the book says it stands, whose client may be sent something about it.

    Raises `CaseNotFound`, and `CaseRefused` for what is no call-back, and while it is asked whether the
    client has died.
    """
    case = stepping.of_number(case_id)
    if case.kind != KIND or case.client is None or case.policy is None:
        raise errors.CaseRefused("not_a_callback", case_id=case.id, kind=case.kind)
    today = now.astimezone(house.zone).date()
    opening.follow_clients(house.ground, numbers_of(case), today, now)
    refuse_bereaved(case)
    return stepping.of_number(case_id)


def refuse_bereaved(case: Case) -> None:
    """Nothing is sent about a call-back while it is asked whether the client has died."""
    if case.client is not None and case.client.death_asked_on is not None:
        raise errors.CaseRefused("death_is_asked", client_no=case.client.client_no)


def is_own(case: Case, by: str) -> bool:
    """Whether somebody would call about their own service: as the agent of then, or of today."""
    agent = agent_id(by)
    held = {case.about_id, case.policy.agent_id if case.policy else None}
    return agent is not None and agent in held


def agent_id(by: str) -> int | None:
    """The agent whom a login or a number belongs to; None: nobody of the agents."""
    user = recusal.account(by)
    agent = Agent.get_or_none(Agent.agent_no == by) if user is None else user.agent
    return agent.id if agent is not None else None


def _naive(house: House, moment: datetime.datetime) -> datetime.datetime:
    return moment.astimezone(house.zone).replace(tzinfo=None)


def _local(house: House, moment: datetime.datetime) -> str:
    return f"{_naive(house, moment):%Y-%m-%d %H:%M}"


def _others(case: Case, call: Call) -> list[int]:
    """The other contracts of the client that wait for a call, but for those of whoever calls."""
    found = to_call_of(numbers_of(case), agent_id(call.by))
    return sorted(each.case for each in found if each.case != case.id)


# ------------------------------------------------------------------------------------ what is written


def _attempted(
    house: House, number: int, call: Call, outcome: Outcome, now: datetime.datetime
) -> Recorded:
    case = stepping.of_number(number)
    step = "again" if case.state == "attempting" else "attempt"
    case = _step(house, case, step, call, Given(reason=outcome), now)
    _write(case, call, outcome, PHONE, "", now)
    return _recorded(house, case, call, outcome, None)


def _answered(
    house: House,
    case: Case,
    call: Call,
    said: Answered,
    answers: Mapping[str, Answer],
    now: datetime.datetime,
) -> Recorded:
    if is_own(case, call.by):
        raise errors.CaseRefused("case_recused", login=call.by)
    problems = house.interview.problems(answers)
    told = _told(house, house.interview.questions, answers, said.note)
    case = _step(house, case, "problem" if problems else "clean", call, Given(text=told), now)
    made = _write(case, call, ANSWERED, said.channel, house.interview.edition, now)
    for question, answered in answers.items():
        CallbackAnswer.create(call=made, question=question, answer=answered)
    found = None
    if problems:
        text_of = _told(house, problems, answers, said.note)
        found = _open_problem(house, case, call, text_of, now)
    return _recorded(house, case, call, ANSWERED, found)


def _step(
    house: House, case: Case, step: str, call: Call, given: Given, now: datetime.datetime
) -> Case:
    today, on = now.astimezone(house.zone).date(), call.at.astimezone(house.zone).date()
    return stepping.step(
        house.ground, Order(case.id, step, call.by, on, given, room=ROOM), today, now
    )


def _write(
    case: Case, call: Call, outcome: str, channel: str, edition: str, now: datetime.datetime
) -> CallbackCall:
    made: CallbackCall = CallbackCall.create(
        case=case,
        client=case.client,
        called_at=call.at,
        recorded_at=now,
        outcome=outcome,
        channel=channel,
        done_by=call.by,
        edition=edition,
    )
    return made


def _told(
    house: House, questions: Sequence[Question], answers: Mapping[str, Answer], note: str
) -> str:
    """Questions with their answers, and what was noted, in the language of the workspace."""
    lines = [
        f"{text(each.ask, house.locale)} {i18n.say('callback', answers[each.id], house.locale)}"
        for each in questions
    ]
    return "\n".join([*lines, *filter(None, [note])])


def _open_problem(house: House, case: Case, call: Call, told: str, now: datetime.datetime) -> int:
    assert case.client is not None and case.policy is not None  # as every call-back has them
    asked = Request(
        kind=PROBLEM,
        received_on=call.at.astimezone(house.zone).date(),
        text=told,
        by=call.by,
        client_no=case.client.client_no,
        policy_no=case.policy.policy_no,
        about=case.about.agent_no if case.about else "",
        caused_by=case.id,
    )
    today = now.astimezone(house.zone).date()
    return int(cases.open_case(house.ground, asked, today, now).id)


def _recorded(house: House, case: Case, call: Call, outcome: str, problem: int | None) -> Recorded:
    due = next((each.due_on for each in case_queries.clocks(case.id)), None)
    on = call.at.astimezone(house.zone).date()
    is_in_time = due is not None and on <= due if outcome == ANSWERED else None
    assert case.policy is not None
    policy_no = case.policy.policy_no
    return Recorded(case.id, policy_no, case.state, outcome, due, is_in_time, problem)
