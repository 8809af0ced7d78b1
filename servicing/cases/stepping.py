"""A step is done with a case: decided by its kind, written down in one transaction, by one at a time."""

import datetime
from typing import Any, NamedTuple

from policies import case_moves, database
from policies.case_kind import Clock, Kind, Step
from policies.case_moves import Given, Moved, Refusal, Standing
from policies.clock import Extension
from servicing.cases import discretion, opening, queries, receiving, recusal, writing
from servicing.cases.ground import Ground
from servicing.core import audit_log, errors, touched
from servicing.core.account_models import User
from servicing.core.case_models import Case, CaseClock, CaseEntry
from servicing.core.touched import TouchedRow

NEVER = 1 << 63


class Order(NamedTuple):
    """What is to be done with a case."""

    case_id: int
    step: str
    by: str
    on: datetime.date
    given: Given = case_moves.NOTHING_GIVEN
    seen_moves: int | None = None
    """How many entries the case had when whoever acts saw it; None: they have not said."""
    room: str = ""
    """What records the step, such as callbacks; empty: somebody by hand."""
    is_aside: bool = False
    """What is done beside the case, such as a letter: it holds back no entry of an earlier day."""


def of_number(case_id: int) -> Case:
    """The case; raises `CaseNotFound`."""
    found: Case | None = Case.get_or_none(Case.id == case_id) if 0 < case_id < NEVER else None
    if found is None:
        raise errors.CaseNotFound(case_id)
    return found


def step(ground: Ground, order: Order, today: datetime.date, now: datetime.datetime) -> Case:
    """Do a step with a case, and answer with the case as it stands then.

    Raises `CaseNotFound`, `CaseRefused` for what its kind does not allow, and `CaseMovedMeanwhile`
    where somebody else has done something since it was seen.
    """
    if order.on > today:
        raise errors.CaseRefused("case_done_ahead", on=order.on, today=today)
    with database.writing():
        case = of_number(order.case_id)
        if order.seen_moves not in (None, case.moves):
            raise errors.CaseMovedMeanwhile(case.id)
        kind = ground.kind(case.kind)
        if not order.room:
            recusal.refuse_shut_out(order.by, today)
        who = recusal.who(order.by, case)._replace(room=order.room)
        order = _with_words(kind, case, order)
        moved = case_moves.move(kind, standing(case), order.step, who, order.on, order.given)
        if isinstance(moved, Refusal):
            raise errors.CaseRefused(moved.code, **moved.values)
        _refuse_past(moved.step, order, today)
        order = _with_person(kind, case, moved, order, today)
        _name(case, moved, order)
        _stand(case, kind, moved, order)
        _write(case, moved, order, now)
        _run_clocks(ground, kind, case, moved, order)
        _tell(case, moved, order, now)
        _note_end(case)
        if moved.step.opens and not _moves_on(ground, case, moved, order, today, now):
            opening.open_case(ground, _caused(ground, case, moved.step, order), today, now)
    return of_number(order.case_id)


def opened_by_last(kind: Kind, case: Case) -> Case | None:
    """The case that the last step done with a case has opened, such as a complaint; None: none."""
    last = CaseEntry.select().where(CaseEntry.case == case.id).order_by(CaseEntry.id.desc()).first()
    done = kind.step_of(last.step) if last is not None else None
    if done is None or not done.opens:
        return None
    found: Case | None = (
        Case.select()
        .where((Case.caused_by == case.id) & (Case.kind == done.opens))
        .order_by(Case.id.desc())
        .first()
    )
    return found


def standing(case: Case) -> Standing:
    """Where a case stands."""
    done = frozenset(queries.steps_done(case.id))
    categories = frozenset(case.categories.split())
    return Standing(case.state, case.received_on, case.moved_on, categories, done)


def _with_words(kind: Kind, case: Case, order: Order) -> Order:
    """The same with the words of whoever has come, where it becomes another kind and none are given."""
    meant = case_moves.meant(kind, case.state, order.step)
    if order.given.text.strip() or meant is None or not kind.turns(meant):
        return order
    return order._replace(given=order.given._replace(text=first_words(case)))


def first_words(case: Case) -> str:
    """The words with which a case began."""
    return queries.whole_entries(case.id)[0].text


def _with_person(kind: Kind, case: Case, moved: Moved, order: Order, today: datetime.date) -> Order:
    """The same by the login of its new owner, or of whoever approves it: those whom pages offer."""
    step, person = moved.step, order.given.person
    if not {"owner", "approver"} & set(step.needs):
        return order
    user = recusal.account(person)
    if user is None:
        raise errors.UserNotFound(person)
    asks = recusal.who(order.by, case).login
    who = (
        receiving.approvers(kind, step, case, asks, today)
        if "approver" in step.needs
        else receiving.owners(kind, case, today)
    )
    if not receiving.is_among(user, who):
        raise _why_not(kind, case, step, user, asks)
    return order._replace(given=order.given._replace(person=user.login))


def _why_not(kind: Kind, case: Case, step: Step, user: User, asks: str) -> errors.CaseRefused:
    """Why somebody neither gets a case nor approves; that it is so was decided before."""
    if recusal.is_recused(user, case):
        return errors.CaseRefused("case_recused", login=user.login)
    if recusal.is_kept(kind, user, case):
        return errors.CaseRefused("case_may_be_about", login=user.login)
    if "approver" not in step.needs:
        return errors.CaseRefused("case_goes_elsewhere", login=user.login, by=list(kind.desks))
    if user.login == asks:
        return errors.CaseRefused("case_approves_oneself", login=user.login)
    by = list(step.approved_by)
    return errors.CaseRefused("case_approver_may_not", login=user.login, by=by)


def _refuse_past(step: Step, order: Order, today: datetime.date) -> None:
    """On a day that is over nobody does anything any more."""
    day = order.given.date
    if step.ahead and day is not None and day < today:
        raise errors.CaseRefused("case_day_is_past", step=step.id, on=day, today=today)


def _name(case: Case, moved: Moved, order: Order) -> None:
    """Whom the case is about: it is kept from them from now on, though they have had it."""
    if not moved.step.names or not order.given.person:
        return
    case.about, case.about_login = opening.named(order.given.person)
    if recusal.who(order.by, case).is_recused:
        raise errors.CaseRefused("case_recused", login=order.by)
    _keep(case)
    for each in _family(case):
        if each.about is None and not each.about_login:
            _name_alike(each, case)


def _name_alike(other: Case, case: Case) -> None:
    """The same of a case of the same matter, such as its follow-up, ended ones too."""
    other.about, other.about_login = case.about, case.about_login
    _keep(other)
    _as_read(
        other,
        about=other.about,
        about_login=other.about_login,
        owner=other.owner,
        escalated_to=other.escalated_to,
    )


def tie(case: Case, cause: Case) -> None:
    """A case comes of another one as well: whom that is about, and what is said of it later, counts.

    Raises `CaseMovedMeanwhile`.
    """
    if case.caused_by is None:
        case.caused_by = cause.id
        _as_read(case, caused_by=cause.id)
    if case.about is None and not case.about_login and opening.about(cause):
        _name_alike(case, cause)


def give_back(case: Case) -> None:
    """A case is its desk's again, and goes to nobody until somebody gives or takes it."""
    case.owner = ""
    _as_read(case, owner="")


def _as_read(case: Case, **changed: Any) -> None:
    is_as_read = (Case.id == case.id) & (Case.moves == case.moves)
    if not Case.update(**changed).where(is_as_read).execute():
        raise errors.CaseMovedMeanwhile(case.id)


def _family(case: Case) -> list[Case]:
    """The cases from which a case came, and those that came of these, without the case itself."""
    found: dict[int, Case] = {}
    near: list[Any] = [case]
    while near:
        ids, causes = (
            [each.id for each in near],
            [each.caused_by for each in near if each.caused_by],
        )
        query = Case.select().where(Case.caused_by.in_(ids) | Case.id.in_(causes))
        near = [each for each in query if each.id not in found and each.id != case.id]
        found |= {each.id: each for each in near}
    return list(found.values())


def _keep(case: Case) -> None:
    """Nobody has a case from whom it is kept."""
    case.owner = _kept_from(case.owner, case)
    case.escalated_to = _kept_from(case.escalated_to, case)


def _kept_from(login: str, case: Case) -> str:
    """Who has a case; empty where it is kept from them: then it is the desk's again."""
    user = recusal.account(login) if login else None
    return "" if user is not None and recusal.is_recused(user, case) else login


def _moves_on(
    ground: Ground,
    case: Case,
    moved: Moved,
    order: Order,
    today: datetime.date,
    now: datetime.datetime,
) -> bool:
    """Whether what has come of a step for a day is open still: then it goes to the new day."""
    if not (moved.step.ahead and moved.step.opens):
        return False
    kind = ground.kind(moved.step.opens)
    known = _came_of(case).where(Case.kind == kind.id).order_by(Case.id.desc()).first()
    starting = {name for each in kind.clock for name in each.starts}
    onward = [each.id for each in kind.step if each.ahead and each.id in starting]
    if known is None or not onward:
        return False
    on = max(order.on, known.moved_on)
    step(ground, Order(known.id, onward[0], order.by, on, Given(date=order.given.date)), today, now)
    return True


def _came_of(case: Case) -> Any:
    """The open cases that came of a case."""
    return Case.select().where((Case.caused_by == case.id) & Case.is_open)


def _caused(ground: Ground, case: Case, step: Step, order: Order) -> opening.Request:
    """The case that comes of a step, about the same client, policy and agent.

    It has the words of the step, or else those with which this case began. A policy that is another's by
    now is not named: the new case could not be opened.
    """
    policy = case.policy
    if policy is not None and policy.client_id not in opening.numbers_of(case.client):
        policy = None
    began = first_words(case)
    known = [each.id for each in ground.kind(step.opens).source]
    return opening.Request(
        kind=step.opens,
        source=step.source if step.source in known else "",
        received_on=order.on,
        text=order.given.text or began or f"{case.kind} {case.id}",
        by=order.by,
        client_no=case.client.client_no if case.client else "",
        policy_no=policy.policy_no if policy else "",
        about=opening.about(case),
        caused_by=case.id,
        began_with=case.began_with or discretion.digest(began),
        runs_from=order.given.date if step.ahead else None,
    )


def _stand(case: Case, kind: Kind, moved: Moved, order: Order) -> None:
    """Compare and swap: who comes second is told so."""
    before = case.moves
    case.state, case.is_open = moved.state.id, moved.state.is_open
    case.moves = before + 1
    if not order.is_aside:
        case.moved_on = order.on
    if not case.is_open:
        case.ended_on = order.on
    if "owner" in moved.step.needs:
        case.owner = order.given.person
    if order.given.categories:
        was = case.categories.split()
        case.categories = " ".join(writing.sorted_anew(kind, was, order.given.categories))
        case.repeat_of = opening.repeated(kind, case)
    changed = {
        "state": case.state,
        "is_open": case.is_open,
        "moved_on": case.moved_on,
        "moves": case.moves,
        "ended_on": case.ended_on,
        "owner": case.owner,
        "categories": case.categories,
        "repeat_of": case.repeat_of,
        "escalated_to": case.escalated_to,
    }
    if moved.step.names and order.given.person:  # else another case of the matter may have said it
        changed |= {"about": case.about, "about_login": case.about_login}
    is_as_seen = (Case.id == case.id) & (Case.moves == before)
    if not Case.update(**changed).where(is_as_seen).execute():
        raise errors.CaseMovedMeanwhile(case.id)


def _write(case: Case, moved: Moved, order: Order, now: datetime.datetime) -> None:
    given, step = order.given, moved.step
    entry = CaseEntry.create(
        case=case,
        at=now,
        done_on=order.on,
        step=step.id,
        from_state=moved.from_state,
        to_state=moved.state.id,
        done_by=order.by,
        text=given.text,
        reason=given.reason,
        set_on=given.date,
        person=given.person,
        categories=" ".join(given.categories),
        length=step.extends.length if step.extends else 0,
        is_restricted=step.restricted,
    )
    if step.restricted:  # no client is named: what is told of one does not tell it
        audit_log.record("case.restricted", now, case=case.id, entry=entry.id, by=order.by)


def _run_clocks(ground: Ground, kind: Kind, case: Case, moved: Moved, order: Order) -> None:
    """Clocks begin, stop at an end and where their kind says so; the others are counted anew."""
    running = {each.id: each for each in kind.clocks_in(ground.country)}
    for each in running.values():
        if moved.step.id in each.starts and order.given.date is not None:
            _begin(ground, kind, case, each, order.given.date)
    extended = moved.step.extends.clock if moved.step.extends else ""
    is_counted = False
    for row in CaseClock.select().where((CaseClock.case == case) & CaseClock.stopped_on.is_null()):
        of = running.get(row.clock)
        if not case.is_open or (of is not None and case.state in of.stops):
            row.stopped_on = order.on
        elif of is not None and (of.id == extended or order.given.categories):
            _count_anew(ground, kind, case, of, row)
            is_counted = is_counted or of.id == extended
        row.save()
    if extended and not is_counted:
        raise errors.CaseRefused("case_clock_stands", clock=extended)
    Case.update(due_on=queries.first_due(case.id)).where(Case.id == case.id).execute()


def _begin(ground: Ground, kind: Kind, case: Case, of: Clock, day: datetime.date) -> None:
    """A clock runs from a day, which may come in place of another one that was said before."""
    categories = case.categories.split()
    counted = ground.counted(of, categories, day, _granted(kind, case, of), _product(case))
    runs = {"rule": counted.rule, "started_on": day, "due_on": counted.due}
    there = (CaseClock.case == case) & (CaseClock.clock == of.id)
    if not CaseClock.update(**runs).where(there).execute():
        CaseClock.create(case=case, clock=of.id, **runs)


def _product(case: Case) -> str:
    return case.policy.product if case.policy else ""


def _granted(kind: Kind, case: Case, of: Clock) -> list[Extension]:
    """The extensions of a clock."""
    return [
        Extension(each.length, each.done_on)
        for each in CaseEntry.select().where((CaseEntry.case == case) & (CaseEntry.length > 0))
        if (done := kind.step_of(each.step)) and done.extends and done.extends.clock == of.id
    ]


def _count_anew(ground: Ground, kind: Kind, case: Case, of: Clock, row: CaseClock) -> None:
    categories, more = case.categories.split(), _granted(kind, case, of)
    counted = ground.counted(of, categories, row.started_on, more, _product(case))
    if counted.late:
        raise errors.CaseRefused("case_extended_late", due=row.due_on)
    row.rule, row.due_on = counted.rule, counted.due


def _tell(case: Case, moved: Moved, order: Order, now: datetime.datetime) -> None:
    if moved.step.restricted:
        return
    what = "moved" if moved.step.to else "noted"
    writing.on_card(case, what if case.is_open else "ended", moved.step.id, order.given.text, now)


def _note_end(case: Case) -> None:
    """A plan may count from the day on which it was closed, which may be walked already."""
    if not case.is_open and case.client_id is not None:
        touched.note([TouchedRow(case.client_id, "case_closed")])
