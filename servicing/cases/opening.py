"""A case is opened: what is said of it is checked, its clocks start, the client's card tells it."""

import datetime
from dataclasses import dataclass

from policies import case_kind, case_moves, database, persons
from policies.case_kind import OPENED, Kind
from policies.case_moves import Who
from policies.models import Agent, Client, Policy
from servicing.cases import ladder, queries, recusal, writing
from servicing.cases.ground import Ground
from servicing.cases.queries import Before
from servicing.core import errors
from servicing.core.case_models import Case, CaseClock, CaseEntry

MOST_SPOKESMEN = 5
MAJOR_FROM = 20
"""So many people who come together, in person, are a major event."""

MAJOR = "major"
"""Why a case goes up when it is recorded."""


@dataclass(frozen=True)
class Request:
    """What is said of a case that is to be opened."""

    kind: str
    received_on: datetime.date
    text: str
    by: str
    client_no: str = ""
    """Empty: nobody has put a name to it."""
    policy_no: str = ""
    source: str = ""
    channel: str = ""
    categories: tuple[str, ...] = ()
    about: str = ""
    """An agent's number, or a login."""
    persons: int = 1
    spokesmen: int = 1
    caused_by: int | None = None
    began_with: str = ""
    """The digest of the words of somebody that it begins with (`discretion.digest`)."""
    runs_from: datetime.date | None = None
    """The day from which its clocks run, such as that of a follow-up; None: that of its receipt."""
    to_manager: bool = False
    """Whether it goes to the manager of the agent whom it is about, where there is one."""
    is_once: bool = False
    """The same words of the same person a moment ago are the same case: a form was sent twice."""
    by_hand: bool = False
    """Whether somebody opens it of their own accord: then its kind says who may."""


SAME = datetime.timedelta(minutes=10)
"""Within this a form that is sent again opens no second case, as with notes on a card."""


def open_case(ground: Ground, asked: Request, today: datetime.date, now: datetime.datetime) -> Case:
    """Open a case; its clocks run from the day of receipt, whenever it is recorded.

    Raises `CaseKindNotFound`, `ClientNotFound`, `PolicyNotFound`, and `CaseRefused` for what cannot be.
    """
    kind = ground.kind(asked.kind)
    _check(kind, asked, today)
    policy = _policy(kind, asked)
    client = _client(kind, asked, policy)
    if policy is not None and (policy.client_id not in numbers_of(client)):
        raise errors.CaseRefused("case_policy_of_another", policy_no=asked.policy_no)
    categories = writing.sorted_anew(kind, (), asked.categories)
    agent, login = _about(kind, asked, policy)
    with database.exclusive(f"cases of {client.id if client else 0}"):
        made = Case(
            kind=kind.id,
            client=client,
            policy=policy,
            received_on=asked.received_on,
            recorded_at=now,
            source=asked.source,
            channel=asked.channel,
            categories=" ".join(categories),
            about=agent,
            about_login=login,
            persons=asked.persons,
            spokesmen=asked.spokesmen,
            desk=kind.desk,
            state=kind.first.id,
            is_quiet=kind.quiet,
            moved_on=asked.received_on,
            caused_by=_cause(asked.caused_by),
            began_with=asked.began_with,
            moves=1,
        )
        made.owner = _owner(kind, made, asked, today)
        made.repeat_of = repeated(kind, made)
        if asked.is_once and (known := _just_now(made, asked, now)):
            return known
        _refuse_second(kind, made)
        who = recusal.who(asked.by, made)
        if who.is_recused:
            raise errors.CaseRefused("case_recused", login=asked.by)
        if asked.by_hand:
            recusal.refuse_shut_out(asked.by, today)
            _refuse_opener(kind, who)
        made.save()
        _start(ground, kind, made, categories, asked.runs_from or made.received_on)
        CaseEntry.create(
            case=made,
            at=now,
            done_on=asked.received_on,
            step=OPENED,
            from_state="",
            to_state=made.state,
            done_by=asked.by,
            text=asked.text,
        )
        writing.on_card(made, "opened", OPENED, asked.text, now)
        if is_major(made):
            _go_up_at_once(kind, made, today, now)
    return made


def _owner(kind: Kind, made: Case, asked: Request, today: datetime.date) -> str:
    """Who has it from the beginning; empty: its desk."""
    if kind.owner == "serving":
        return ladder.server(kind, made, today)
    return ladder.manager(kind, made) if asked.to_manager else ""


def _refuse_opener(kind: Kind, who: Who) -> None:
    """It is opened by whom its kind names."""
    if case_moves.may_open(kind, who):
        return
    if not kind.openers:
        raise errors.CaseRefused("case_opens_by_itself", kind=kind.id)
    by = list(kind.openers)
    raise errors.CaseRefused("case_opens_not_theirs", kind=kind.id, login=who.login, by=by)


def _just_now(made: Case, asked: Request, now: datetime.datetime) -> Case | None:
    """The case that the same form has opened."""
    number = queries.said_since(made.kind, made.client_id, asked.by, asked.text, now - SAME)
    found: Case | None = Case.get_by_id(number) if number else None
    return found if found is not None and _says(found) == _says(made) else None


def _says(case: Case) -> list[object]:
    """What else a form says of a case: where it differs, it is another one."""
    return [
        case.policy_id,
        case.about_id,
        case.about_login,
        case.categories,
        case.received_on,
        case.source,
        case.channel,
        case.persons,
        case.spokesmen,
    ]


def _go_up_at_once(kind: Kind, case: Case, today: datetime.date, now: datetime.datetime) -> None:
    """A major event goes one up when it is recorded, whatever is left of its clocks."""
    above = ladder.one_up(kind, case)
    case.escalated_to = above.login if above else ""
    case.moves += 1
    case.save()
    writing.went_up(case, MAJOR, case.escalated_to, today, now)


def is_major(case: Case) -> bool:
    """Whether so many came together, in person, that it is a major event."""
    return bool(case.persons >= MAJOR_FROM)


def _start(
    ground: Ground, kind: Kind, case: Case, categories: tuple[str, ...], day: datetime.date
) -> None:
    """Its clocks, but for those that wait for a step."""
    product = case.policy.product if case.policy else ""
    waits = any(each.waits for each in kind.source if each.id == case.source)
    for each in kind.clocks_in(ground.country):
        if each.starts and waits:
            continue
        counted = ground.counted(each, categories, day, product=product)
        CaseClock.create(
            case=case,
            clock=each.id,
            rule=counted.rule,
            started_on=day,
            due_on=counted.due,
        )
    case.due_on = queries.first_due(case.id)
    case.save()


# ------------------------------------------------------------------------------- what is said of it


def _check(kind: Kind, asked: Request, today: datetime.date) -> None:
    if not asked.text.strip():
        raise errors.CaseRefused("case_opened_without_words")
    if asked.received_on > today:
        raise errors.CaseRefused("case_received_ahead", on=asked.received_on, today=today)
    if not 1 <= asked.spokesmen <= MOST_SPOKESMEN:
        raise errors.CaseRefused("case_spokesmen", count=asked.spokesmen, most=MOST_SPOKESMEN)
    for each in asked.categories:
        of = kind.category_of(each)
        if of is not None and of.facet in kind.findings:
            raise errors.CaseRefused("case_finds_later", category=each)
    if asked.persons < asked.spokesmen:
        raise errors.CaseRefused("case_persons", count=asked.persons, spokesmen=asked.spokesmen)
    for code, said, known in (
        ("case_unknown_source", asked.source, kind.source),
        ("case_unknown_channel", asked.channel, kind.channel),
    ):
        names = [each.id for each in known]
        if said and names and said not in names:  # a kind that lists none takes any
            raise errors.CaseRefused(code, name=said, known=names)


def open_of(kind: Kind, policy: Policy) -> Case | None:
    """The open case of a policy and of who holds it now; a case of a former holder is none."""
    theirs = numbers_of(policy.client)
    found = (Case.get_by_id(number) for number in queries.open_of(kind.id, policy.id))
    return next((each for each in found if each.client_id in theirs), None)


def _refuse_second(kind: Kind, made: Case) -> None:
    """Of a policy one is open at a time, or a source brings one and no second one: so says its kind."""
    if kind.one_open and made.policy is not None and (known := open_of(kind, made.policy)):
        policy_no = made.policy.policy_no
        raise errors.CaseRefused("case_open_of_policy", policy_no=policy_no, case_id=known.id)
    is_once = any(each.once for each in kind.source if each.id == made.source)
    if not is_once or made.policy is None:
        return
    if before := queries.of_policy(kind.id, made.source, made.policy.id):
        raise errors.CaseRefused(
            "case_once_of_policy",
            policy_no=made.policy.policy_no,
            case_id=before[0],
            source=made.source,
        )


def _client(kind: Kind, asked: Request, policy: Policy | None) -> Client | None:
    """Whose it is; where somebody has to be, and nobody is named, the policy's client."""
    if not asked.client_no:
        if kind.client == "required" and policy is None:
            raise errors.CaseRefused("case_needs_client", kind=kind.id)
        return policy.client if policy and kind.client == "required" else None
    found: Client | None = Client.get_or_none(Client.client_no == asked.client_no)
    if found is None:
        raise errors.ClientNotFound(asked.client_no)
    return found


def _policy(kind: Kind, asked: Request) -> Policy | None:
    if not asked.policy_no:
        if kind.policy == "required":
            raise errors.CaseRefused("case_needs_policy", kind=kind.id)
        return None
    found: Policy | None = Policy.get_or_none(Policy.policy_no == asked.policy_no)
    if found is None:
        raise errors.PolicyNotFound(asked.policy_no)
    return found


def _about(kind: Kind, asked: Request, policy: Policy | None) -> tuple[Agent | None, str]:
    """The agent, or the login, whom it is about."""
    if not asked.about:
        is_serving = kind.about == "serving" and policy is not None
        return (policy.agent if policy and is_serving else None), ""
    return named(asked.about)


def about(case: Case) -> str:
    """Whom a case is about, as it is said of another one: an agent's number, or a login."""
    return case.about.agent_no if case.about else case.about_login


def named(person: str) -> tuple[Agent | None, str]:
    """Whom a case is about: an agent by number or by their login, else another login.

    Raises `AgentNotFound` for nobody.
    """
    agent: Agent | None = Agent.get_or_none(Agent.agent_no == person)
    if agent is not None:
        return agent, ""
    user = recusal.account(person)
    if user is None:
        raise errors.AgentNotFound(person)
    return (user.agent, "") if user.agent else (None, user.login)


def numbers_of(client: Client | None) -> set[int]:
    """All numbers of the person; none of nobody."""
    return {each.id for each in persons.clients([client.id])} if client else set()


def _cause(number: int | None) -> int | None:
    if number is not None and Case.get_or_none(Case.id == number) is None:
        raise errors.CaseNotFound(number)
    return number


def repeated(kind: Kind, case: Case) -> int | None:
    """The last case of the client on the same subject, where this one came soon after its end.

    The same policy is the same subject, unless both are sorted and as something else; so is the same
    matter where no policy is named. What nobody has sorted, of no policy, repeats nothing yet.
    """
    if case.client is None or not kind.repeat_days:
        return None
    since = case.received_on - datetime.timedelta(days=kind.repeat_days)
    before = queries.lately(kind.id, numbers_of(case.client), since, case.received_on)
    same = [each.id for each in before if each.id != case.id and _is_same(kind, case, each)]
    return max((each for each in same if case.id is None or each < case.id), default=None)


def _is_same(kind: Kind, case: Case, before: Before) -> bool:
    if case.policy_id != before.policy_id:
        return False
    alike = case_kind.is_same_matter(kind, case.categories.split(), before.sorted_as)
    return case.policy_id is not None if alike is None else alike
