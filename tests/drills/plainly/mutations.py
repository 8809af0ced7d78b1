"""Rules of the product made wrong, one at a time: the plain reading has to notice each.

By name a function that breaks the rule while a `pytest.MonkeyPatch` lasts. `NOT_MADE` names the rules
whose mutation waits until they are built, or that no single change can break.
"""

import datetime
from collections.abc import Callable, Iterable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from policies import database, dates, dialect, inforce, mourning
from policies.grace import Grace
from policies.importing.cells import phones
from policies.models import Client
from policies.plan import Plan, Touchpoint
from servicing.breaker import halts
from servicing.breaker.halts import Halted
from servicing.cases import stepping
from servicing.core import context, due, happened, touched
from servicing.core.context import TouchpointContext, of_touchpoints
from servicing.core.models import DayWalk
from servicing.corrections import conditions, moving, sweep
from servicing.corrections import queries as corrections
from servicing.desk import tasks
from servicing.messages import permission, placeholders, still_owed, suppressions
from servicing.messages.templates import Composer
from servicing.schedule import deaths, early, giving_back, materialize, queries
from tests.drills.plainly.greeting_mutations import GREETINGS
from tests.drills.plainly.lost_mutations import RESTORES, Mutation
from tests.drills.plainly.standing_mutations import STANDINGS

ALWAYS, NEVER = datetime.date(2000, 1, 1), "FALSE"


def _anchor_is_not_asked(anchor: str) -> Mutation:
    def mutate(patch: pytest.MonkeyPatch) -> None:
        stands: Any = inforce.anchor_stands
        patch.setitem(inforce._ANCHOR_STANDS, anchor, "TRUE")
        patch.setattr(
            inforce,
            "anchor_stands",
            lambda touchpoint, of: touchpoint.anchor == anchor or stands(touchpoint, of),
        )

    return mutate


def _not_released(patch: pytest.MonkeyPatch) -> None:
    for module in (corrections, sweep):
        patch.setattr(module, "release", lambda touchpoints: None)


def _released_although_had(patch: pytest.MonkeyPatch) -> None:
    def release(touchpoints: Iterable[int]) -> None:
        for some in database.chunks(touchpoints):
            sql = f"UPDATE touchpoint SET released = TRUE WHERE id IN ({dialect.marks(some)})"
            database.execute(sql, some)

    for module in (corrections, sweep):
        patch.setattr(module, "release", release)


def _revived_out_of_time(patch: pytest.MonkeyPatch) -> None:
    messages, tasks = queries.recalled_messages, queries.recalled_tasks
    patch.setattr(queries, "recalled_messages", lambda clients, since: messages(clients, ALWAYS))
    patch.setattr(queries, "recalled_tasks", lambda clients, on: tasks(clients, ALWAYS))
    verdict: Any = giving_back._Giving._verdict

    def as_on_its_day(self: Any, context: TouchpointContext, *rest: Any) -> Any:
        return verdict(replace(self, on=context.due_on), context, *rest)

    patch.setattr(giving_back._Giving, "_verdict", as_on_its_day)


def _task_is_not_revived(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(queries, "recalled_tasks", lambda clients, on: [])


def _message_is_not_revived(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(queries, "recalled_messages", lambda clients, since: [])


def _suspension_is_made_up_for(patch: pytest.MonkeyPatch) -> None:
    """What fell due before the policy was served again is found as well."""

    def owed(alias: str, on: datetime.date, paused: frozenset[str] = inforce.PAUSED) -> str:
        paused_now = f"{alias}.status NOT IN ({dialect.quoted(paused)})"
        return f"{inforce.in_force(alias, on)} AND {paused_now}"

    patch.setattr(inforce, "owed", owed)
    patch.setattr(
        inforce,
        "is_owed",
        lambda policy, on, paused=inforce.PAUSED: (
            inforce.is_in_force(policy, on) and policy.status not in paused
        ),
    )


def _no_carrier_after_downtime(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(materialize, "carried_on", lambda making, batch, dues, now: batch)


def _no_carrier_at_all(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(still_owed, "may_be_carried_on", lambda gone, touchpoint: False)
    patch.setattr(corrections, "orphaned", lambda plan, on, which: [])
    patch.setattr(corrections, "_carriers", lambda plan, on: "SELECT 1 WHERE FALSE")


def _as_it_was_made(patch: pytest.MonkeyPatch, fact: Callable[[TouchpointContext], Any]) -> Any:
    """Answers with a reader of the fact as it was when the message was made."""
    known: dict[int, Any] = {}
    making: Any = materialize.make

    def make(walker: Any, batch: Any, *rest: Any) -> None:
        made = of_touchpoints(each.touchpoint_id for each in batch)
        known.update((each.touchpoint_id, fact(each)) for each in made)
        making(walker, batch, *rest)

    patch.setattr(materialize, "make", make)
    return lambda context: known.get(context.touchpoint_id, fact(context))


def _channel_of_the_making(patch: pytest.MonkeyPatch) -> None:
    was: Any = _as_it_was_made(patch, lambda context: context.channel)

    def way_to(context: TouchpointContext, touchpoint: Any) -> Any:
        channel = was(context) or "sms"
        if "none" in (channel, context.channel):
            return "", "", permission.Reason.NO_CHANNEL
        refusal = permission.refusal_of(context, touchpoint, channel)
        return channel, permission.address_of(context, channel), refusal

    patch.setattr(permission, "way_to", way_to)


def _owes_premium_though_paid_up(patch: pytest.MonkeyPatch) -> None:
    nobody: frozenset[str] = frozenset()
    for module in (inforce, still_owed):
        patch.setattr(module, "OWES_NO_PREMIUM", nobody)
    patch.setattr(inforce, "owes_no_premium", lambda alias: "FALSE")


def _nothing_is_asked_for(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(inforce, "is_asked_for", lambda status, amount: status != "paid_up")
    patch.setattr(inforce, "asked_for", lambda policy, premium: f"({policy}.status <> 'paid_up')")


def _one_grace_for_all(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Grace, "days_of", lambda self, product: self.days)


def _left_out_pauses(times: int) -> Mutation:
    return lambda patch: patch.setattr(inforce, "LEFT_OUT_PAUSES", times)


def _merged_is_greeted_again(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(moving, "merge", lambda plan, clients, now: [])


def _sold_takes_nothing_along(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(moving, "follow", lambda now: 0)


def _case_of_an_address_counts(patch: pytest.MonkeyPatch) -> None:
    known: Any = suppressions.normalised
    patch.setattr(dialect, "caseless", lambda column: column)
    patch.setattr(
        suppressions,
        "normalised",
        lambda kind, subject: subject if kind == "email" else known(kind, subject),
    )


def _death_is_not_asked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(mourning, "has_died", lambda client: False)
    patch.setattr(mourning, "died", lambda alias: NEVER)


def _question_stops_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(mourning, "waits", lambda touchpoint, client: False)
    patch.setattr(mourning, "waiting", lambda alias, touchpoints: NEVER)


def _family_is_not_spared(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(mourning, "is_spared", lambda touchpoint, client, on: False)
    patch.setattr(mourning, "spared", lambda alias, touchpoints, on: NEVER)


def _east_is_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(early, "searches", lambda dues, day, zone, zones: iter(()))


def _template_of_the_morning(patch: pytest.MonkeyPatch) -> None:
    """A text keeps the words that its template had when the first one was written."""
    words: dict[tuple[str, ...], Any] = {}
    compose: Any = Composer._load

    def load(self: Composer, *named: str) -> Any:
        return words.setdefault(named, compose(self, *named))

    patch.setattr(Composer, "_load", load)


def _amount_of_the_making(patch: pytest.MonkeyPatch) -> None:
    was: Any = _as_it_was_made(patch, lambda context: context.premium)
    patch.setitem(
        placeholders.PLACEHOLDERS,
        "premium",
        lambda context, locale, general: placeholders.money(was(context) or 0, "CNY", locale),
    )


def _agent_of_the_making(patch: pytest.MonkeyPatch) -> None:
    was: Any = _as_it_was_made(patch, lambda context: context.agent_name)
    patch.setitem(
        placeholders.PLACEHOLDERS, "agent_name", lambda context, locale, general: was(context)
    )


def _last_day_is_served(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(inforce, "has_ended", lambda ended_on, on: ended_on is not None and ended_on < on)
    patch.setattr(
        inforce,
        "not_ended",
        lambda alias, on: f"({alias}.ended_on IS NULL OR {alias}.ended_on >= '{on}')",
    )


def _window_closes_in_the_books_zone(patch: pytest.MonkeyPatch) -> None:
    def open_until(context: TouchpointContext, touchpoint: Any, rules: Any) -> datetime.datetime:
        last_day = context.due_on + datetime.timedelta(days=touchpoint.message_window_days)
        closes = permission.send_window(touchpoint.send_window).closes
        return permission.moment(last_day, closes, rules.timezone)

    patch.setattr(permission, "open_until", open_until)


def _paid_is_asked_for(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(inforce, "is_unpaid", lambda paid_on, on: True)
    patch.setattr(inforce, "unpaid", lambda alias, on: "TRUE")


def _stop_is_not_heard(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(permission, "suppressed_by", lambda context, channel, message_class: None)


def _complaint_is_not_asked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Touchpoint, "is_soliciting", property(lambda self: False))


def _day_itself_is_walked_once(patch: pytest.MonkeyPatch) -> None:
    """What is counted from a deed of today waits for tomorrow's walk, which does not look back."""
    for module in (stepping, tasks):
        patch.setattr(module, "touched", SimpleNamespace(note=lambda rows: None))


def _any_task_is_counted_from(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(happened, "_begins", lambda occurrence, name: "TRUE")


def _closing_is_not_found(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(due._ANCHORED, "case_closed", NEVER)


def _deed_is_not_found(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(happened, "done", lambda due, scope: NEVER)


def _halt_is_not_asked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(halts, "halted", lambda: Halted(frozenset(), frozenset()))


def _days_off_are_worked(patch: pytest.MonkeyPatch) -> None:
    """The reading asks the calendar for working days only."""
    patch.setattr(dates.WorkCalendar, "on_or_after", lambda self, day: day)
    patch.setattr(dates.WorkCalendar, "answers_for", lambda self, day: [day])


def _right_day_never_comes(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(queries, "record", lambda rows: None)


def _period_stays_taken(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(corrections, "without_carrier", lambda plan, clients: [])


def _holder_brings_no_date(patch: pytest.MonkeyPatch) -> None:
    anchors = touched._anchors
    patch.setattr(
        touched, "_anchors", lambda each: [""] if each.kind == "client.changed" else anchors(each)
    )


def _other_number_is_not_asked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(conditions, "is_had_elsewhere", lambda: NEVER)
    patch.setattr(context, "_select_recorded", context._select_supposed)


def _death_is_of_one_number(patch: pytest.MonkeyPatch) -> None:
    def clients(client_ids: Iterable[int]) -> list[Client]:
        return list(Client.select().where(Client.id.in_(list(client_ids))))

    patch.setattr(deaths, "persons", SimpleNamespace(clients=clients, alike=lambda client: []))


def _edited_plan_has_no_right_days(patch: pytest.MonkeyPatch) -> None:
    known: Any = queries.steps_of_days

    def of_this_edition(first: datetime.date, last: datetime.date, plan: Plan) -> Any:
        walks = DayWalk.select(DayWalk.day).where(DayWalk.plan == plan.edition)
        days = {each.day for each in walks}
        return {day: had for day, had in known(first, last, plan).items() if day in days}

    patch.setattr(queries, "steps_of_days", of_this_edition)


def _landline_is_texted(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(phones, "takes_sms", lambda number: True)


MUTATIONS: dict[str, tuple[Mutation, int]] = {
    "the anchor of a birthday is not asked": (_anchor_is_not_asked("birthday"), 0),
    "the anchor of an issue date is not asked": (_anchor_is_not_asked("issue"), 9),
    "the anchor of a delivery is not asked": (_anchor_is_not_asked("delivered"), 21),
    "the anchor of a suspension is not asked": (_anchor_is_not_asked("suspended"), 0),
    "the anchor of an end is not asked": (_anchor_is_not_asked("ended"), 0),
    "an instalment that vanished is still owed": (_anchor_is_not_asked("premium_due"), 6),
    "an occurrence is not released": (_not_released, 0),
    "an occurrence is released although it was had": (_released_although_had, 2),
    "what is given back does not ask for its window": (_revived_out_of_time, 2),
    "a bounce brings back the message and not the task": (_task_is_not_revived, 21),
    "a bounce brings back the task and not the message": (_message_is_not_revived, 17),
    "a reinstatement makes up for the suspension": (_suspension_is_made_up_for, 1),
    "the carrier is not asked after downtime": (_no_carrier_after_downtime, 11),
    "the carrier is not asked at all": (_no_carrier_at_all, 11),
    "a merge lets the second number be greeted": (_merged_is_greeted_again, 4),
    "a policy that is sold takes nothing along": (_sold_takes_nothing_along, 9),
    "a suppression is compared with its case": (_case_of_an_address_counts, 3),
    "a stop is not heard": (_stop_is_not_heard, 3),
    "a complaint is not asked": (_complaint_is_not_asked, 15),
    "what was done today is counted from tomorrow": (_day_itself_is_walked_once, 0),
    "a closed case is not counted from": (_closing_is_not_found, 15),
    "a task that was done is not counted from": (_deed_is_not_found, 0),
    "whatever task was done is counted from": (_any_task_is_counted_from, 0),
    "a landline is texted": (_landline_is_texted, 19),
    "the channel of the making is used": (_channel_of_the_making, 17),
    "the amount of the making is told": (_amount_of_the_making, 1),
    "the agent of the making signs": (_agent_of_the_making, 1),
    "the template of the morning is used": (_template_of_the_morning, 0),
    "a text tells grace without the product": (_one_grace_for_all, 1),
    "a paid-up policy is dunned": (_owes_premium_though_paid_up, 10),
    "an instalment of 0 is dunned": (_nothing_is_asked_for, 2),
    "what is paid is asked for": (_paid_is_asked_for, 0),
    "left out once already pauses": (_left_out_pauses(1), 0),
    "what is left out is never paused": (_left_out_pauses(99), 16),
    "a death stops nothing": (_death_is_not_asked, 0),
    "a claim asks and stops nothing": (_question_stops_nothing, 7),
    "the family is greeted in mourning": (_family_is_not_spared, 30),
    "the last day of a policy is served": (_last_day_is_served, 11),
    "a window closes in the zone of the book": (_window_closes_in_the_books_zone, 8),
    "a client far east is walked on the book's day": (_east_is_not_looked_at, 0),
    "a halt is not asked": (_halt_is_not_asked, 3),
    "tasks fall on days off": (_days_off_are_worked, 0),
    "the right day of a corrected date never comes late": (_right_day_never_comes, 1),
    "a period stays taken that no policy could carry": (_period_stays_taken, 129),
    "a new holder's birthday never comes late": (_holder_brings_no_date, 0),
    "the right day after an edited plan never comes late": (_edited_plan_has_no_right_days, 6),
    "what is had under the other number is not asked": (_other_number_is_not_asked, 19),
    "a death is not said of the other number": (_death_is_of_one_number, 127),
    **GREETINGS,
    **STANDINGS,
    **RESTORES,
}
"""By name; each with a seed whose week notices it."""

NOT_MADE = {
    "what is kept back by a complaint stays so": "what counts from the end of a case is looked at, too",
    "revival sends what had left": "the compare-and-swap of a message refuses it",
    "ids are given again after a restore": "references go by the token, and questions by the mark",
    "a corrected date forgets the day before it": "no week of the first 700 comes to it",
    "who holds a policy by now is not asked for": "no week of the first 700 comes to it",
    "a restored book keeps its token": "receipts of a book that was lost are known by their ids, too",
    "caps count what was cancelled": "the plan of the simulator reaches no cap of marketing",
    "a client is greeted more than six times a year": "no week is a year; test_whole_year.py has one",
    "greetings have no cap": "the plan of the simulator greets on birthdays only",
    "a festival is nearer than a birthday": "the plan of the simulator has no festival and no family",
}
"""Mutations that are left out, and why; tests/servicing/operations have those of a restore."""
