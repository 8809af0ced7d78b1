"""servicing tasks and card: the agent's day, and one client."""

import datetime
from collections.abc import Sequence
from typing import Any

import click

from policies import database, records
from policies.desks import DESKS, Desk
from servicing.commands.index import Group
from servicing.commands.options import (
    SERVICE_DAY,
    format_option,
    in_workspace,
    now,
    tell,
    warn_of_words,
)
from servicing.core import i18n, output
from servicing.core.output import Format
from servicing.desk import deliveries, stakes, tasks, undoing
from servicing.desk.of_desks import work
from servicing.desk.queries import TaskLine
from servicing.desk.windows import Windows
from servicing.operations.workspace import Workspace

_task = click.argument("task_id", type=int, metavar="ID")

_by = click.option("--by", default="", help="Who of its desk (login); only for a desk's task.")

OPERATOR = "operator"
"""Stands on the card where a login would."""


@click.group("tasks", cls=Group)
def tasks_group() -> None:
    """List the tasks of agents and desks, and record what became of them.

    \b
    Example:
      servicing tasks list
    """


@tasks_group.command("list")
@click.option("--agent", help="Of this agent only (agent number).")
@click.option("--desk", type=click.Choice(DESKS), help="Of this desk only.")
@click.option("--on", type=SERVICE_DAY, help="The day; default: today.")
@format_option
@in_workspace
def tasks_list(
    space: Workspace,
    agent: str | None,
    desk: Desk | None,
    on: datetime.date | None,
    form: Format,
) -> None:
    """List what is to be done on a day, overdue tasks first: by agents, and by desks.

    \b
    Example:
      servicing tasks list --on 2026-05-04
    """
    if agent and desk:
        raise click.UsageError(i18n.say("desk_task", "agent_or_desk", space.locale))
    day = on or space.today(now())
    lines = list(tasks.open_tasks(day, agent, desk))
    if not lines and form == "table":
        later = tasks.next_day_with_tasks(day, agent, desk)
        key = "next_tasks" if later else "no_tasks"
        tell(space.locale, key, on=day, next=later)
        return
    columns = ["id", "show_on", "title", "client_name", "phone", "policy_no"]
    earned = _income(space, lines, day) if form != "table" else {}
    answered = _answers(space, lines) if form != "table" else {}
    titled = (
        {
            **records.named(line),
            "title": _title(space, line),
            **earned.get(line.id, NO_INCOME),
            "last_answer": answered.get(line.id),
        }
        for line in lines
    )
    names = [*output.names_of(TaskLine), "title", *NO_INCOME, "last_answer"]
    output.emit(titled, names, columns, form, space.locale)


NO_INCOME: dict[str, Any] = {"income": None, "currency": None}
"""Of a task that is no renewal, or where the company's table tells nothing."""


def _income(
    space: Workspace, lines: Sequence[TaskLine], on: datetime.date
) -> dict[int, dict[str, Any]]:
    """By renewal task of an agent what the premium that is owed earns her, and in which currency."""
    table = space.commissions
    if table is None:
        return {}
    renewals = {each.id for each in space.plan.touchpoints if each.anchor == "premium_due"}
    some = [each for each in lines if each.touchpoint in renewals and not each.desk]
    grace = space.settings.servicing.grace
    owed = stakes.of_numbers([each.policy_no for each in some], on, grace, table)
    return {
        each.id: {"income": stake.income, "currency": stake.currency}
        for each in some
        if (stake := owed.get(each.policy_no)) and stake.income is not None
    }


def _answers(space: Workspace, lines: Sequence[TaskLine]) -> dict[int, dict[str, object]]:
    """By task what its client answered last; by an agent's, what that agent may know, as on the pages."""
    from servicing.surveys import last  # a table tells nothing of it

    found = last.last_answers([each.client_no for each in lines], space.zone)
    return {
        each.id: answer.document()
        for each in lines
        if (answer := found.get(each.client_no)) and (each.desk or answer.is_for(each.agent_no))
    }


def _title(space: Workspace, line: TaskLine) -> str:
    """What there is to do, and which desk's it is; of a client who complains, that they do."""
    title = tasks.title(space.plan, line.touchpoint, space.locale)
    if line.desk:
        desk = i18n.say("desk", line.desk, space.locale)
        title = i18n.say("desk_task", "titled", space.locale, title=title, desk=desk)
    if not line.complains:
        return title
    return i18n.say("case", "task_of_complainant", space.locale, title=title)


@tasks_group.command("done")
@_task
@click.option("--note", default="", help="What happened.")
@click.option("--outcome", type=click.Choice(tasks.OUTCOMES), help="How the client was reached.")
@click.option("--was-on", type=SERVICE_DAY, help="The day on which it was done; default: today.")
@click.option("--delivered-on", type=SERVICE_DAY, help="The day the contract was handed over.")
@_by
@in_workspace
def tasks_done(
    space: Workspace,
    task_id: int,
    note: str,
    outcome: tasks.Outcome | None,
    was_on: datetime.date | None,
    delivered_on: datetime.date | None,
    by: str,
) -> None:
    """Record that a task is done, also one that is not on the list yet; it goes on the client's card.

    \b
    Example:
      servicing tasks done 1 --note "contract handed over"
    """
    moment = now()
    day = tasks.day_of_doing(was_on, space.today(moment))
    with database.writing():
        today = space.today(moment)
        login = work.login_for(task_id, by, today)
        tasks.done(task_id, moment, note, outcome or "", day, login, on=today)
        if delivered_on:
            deliveries.record(task_id, delivered_on, today, OPERATOR, moment)
    if delivered_on:
        from servicing.callbacks import opening  # with all of the cases: for nothing else here

        opening.after_delivery(space.ground, [task_id], space.today(moment), moment)
    tell(space.locale, "task_done", task_id=task_id)
    warn_of_words(note, space.home, space.locale)


@tasks_group.command("postpone")
@_task
@click.option("--to", "to", type=SERVICE_DAY, required=True, help="The day to show it again.")
@click.option("--note", default="", help="Why.")
@_by
@in_workspace
def tasks_postpone(space: Workspace, task_id: int, to: datetime.date, note: str, by: str) -> None:
    """Show a task again on a later day; a day off becomes the next working day.

    It is a day on which the task is still worth doing.

    \b
    Example:
      servicing tasks postpone 2 --to 2026-05-20
    """
    moment = now()
    windows = Windows(space.plan, space.calendar, space.settings.servicing.grace)
    with database.writing():
        today = space.today(moment)
        login = work.login_for(task_id, by, today)
        day = tasks.postpone(task_id, to, today, moment, note, windows=windows, by=login)
    tell(space.locale, "task_postponed", task_id=task_id, to=day)
    warn_of_words(note, space.home, space.locale)


@tasks_group.command("skip")
@_task
@click.option("--note", default="", help="Why, in words.")
@click.option("--why", type=click.Choice(tasks.WHYS), help="Why.")
@_by
@in_workspace
def tasks_skip(space: Workspace, task_id: int, note: str, why: tasks.Why | None, by: str) -> None:
    """Record that a task will not be done; the reason goes on the client's card.

    \b
    Example:
      servicing tasks skip 3 --note "client is abroad"
    """
    moment = now()
    with database.writing():
        login = work.login_for(task_id, by, space.today(moment))
        tasks.skip(task_id, moment, note, why or "", login)
    tell(space.locale, "task_skipped", task_id=task_id)
    warn_of_words(note, space.home, space.locale)


@tasks_group.command("undo")
@_task
@in_workspace
def tasks_undo(space: Workspace, task_id: int) -> None:
    """Take back what was recorded last of a task, within a quarter of an hour.

    It is open again as it was, and the client's card says so.

    \b
    Example:
      servicing tasks undo 1
    """
    undoing.undo(task_id, now())
    tell(space.locale, "task_undone", task_id=task_id)


@tasks_group.command("mail")
@click.option("--on", type=SERVICE_DAY, help="The day; default: today.")
@in_workspace
def tasks_mail(space: Workspace, on: datetime.date | None) -> None:
    """Write to each agent how much there is today, once a day.

    The mail names no client. It goes by the provider of email, to agents who have an account and an
    email, and not on a day off. With `[desk] morning_mail` the timetable does the same by itself.

    \b
    Example:
      servicing tasks mail
    """
    from servicing.operations import morning_mail  # with the channels, which take a while to load

    moment = now()
    day = on or space.today(moment)
    if not space.calendar.is_workday(day):
        tell(space.locale, "mail_day_off", on=day)
        return
    done = morning_mail.send(space, day, moment)
    for state in ("sent", "nothing", "no_email", "failed"):
        tell(space.locale, f"mail_{state}", count=done[state])


@click.command("card")
@click.argument("client_no")
@format_option
@in_workspace
def card_command(space: Workspace, client_no: str, form: Format) -> None:
    """Show a client's 360° service card.

    The card has the profile, the policies with their timelines, the reminders and the trail of service.

    \b
    Example:
      servicing card C000001
    """
    from servicing.card import card as cards

    found = cards.card(space.writer, space.calendar, client_no, space.today(now()), space.clocks)
    if form == "json":
        output.emit_json(found)
    elif form == "csv":
        output.emit_csv(found.trail, cards.TrailLine)
    else:
        from servicing.terminal.card import show_card  # with rich, which takes a while to load

        show_card(found, space.plan, space.locale, space.zone)
