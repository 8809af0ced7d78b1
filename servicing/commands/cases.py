"""servicing cases: complaints, call-backs and their like, from receipt to end."""

import datetime
import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click

from policies import database
from policies.case_moves import Given
from policies.notices import notice
from policies.plan import text
from policies.pressing import LEVELS
from servicing.cases import escalation, opening, queries, recusal, running_out, stepping, telling
from servicing.cases.ground import Ground
from servicing.cases.opening import Request
from servicing.cases.queries import CaseLine, Wanted
from servicing.cases.stepping import Order
from servicing.commands import case_reports
from servicing.commands.index import Group
from servicing.commands.options import (
    SERVICE_DAY,
    by_option,
    format_option,
    gathered,
    in_workspace,
    now,
    tell,
    warn,
    warn_of_words,
)
from servicing.core import i18n, output
from servicing.core.case_models import Case
from servicing.core.output import Format
from servicing.operations.workspace import Workspace

_case = click.argument("case_id", type=int, metavar="CASE")


def _ground(space: Workspace) -> Ground:
    return space.ground


@click.group("cases", cls=Group)
def cases_group() -> None:
    """Open complaints and other cases, take their steps, list them.

    \b
    Example:
      servicing cases list
    """


@dataclass(frozen=True)
class OpeningOptions:
    """What is said of a case that is to be opened."""

    client_no: str
    policy_no: str
    received: datetime.date | None
    source: str
    channel: str
    categories: tuple[str, ...]
    about: str
    text: str
    persons: int
    spokesmen: int
    cause: int | None
    by: str

    def request(self, kind: str, today: datetime.date) -> Request:
        """As the room of cases wants it; received today, where no day is said."""
        return Request(
            kind=kind,
            received_on=self.received or today,
            text=self.text,
            by=self.by,
            client_no=self.client_no,
            policy_no=self.policy_no,
            source=self.source,
            channel=self.channel,
            categories=self.categories,
            about=self.about,
            persons=max(self.persons, self.spokesmen),
            spokesmen=self.spokesmen,
            caused_by=self.cause,
            by_hand=True,
        )


OPENING = (
    click.option("--client", "client_no", default="", help="The client; none: it is anonymous."),
    click.option("--policy", "policy_no", default="", help="The client's policy that it is about."),
    click.option("--source", default="", help="Who has brought it, such as client or regulator."),
    click.option("--channel", default="", help="The way by which it came, such as phone."),
    click.option("--category", "categories", multiple=True, help="What it is; may be repeated."),
    click.option("--about", default="", help="Whom it is about: an agent number, or a login."),
    click.option("--text", required=True, help="What was said."),
    click.option("--persons", type=int, default=1, help="How many have come, in person."),
    click.option("--spokesmen", type=int, default=1, help="How many speak for them; at most 5."),
    click.option("--cause", type=int, help="The case that it comes from."),
)


def opening_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What is said of a case of whatever kind."""
    return functools.reduce(lambda made, option: option(made), reversed(OPENING), command)


@cases_group.command("open")
@click.argument("kind")
@opening_options
@click.option("--received", type=SERVICE_DAY, required=True, help="The day of receipt.")
@by_option
@format_option
@in_workspace
@gathered(OpeningOptions)
def cases_open(space: Workspace, asked: OpeningOptions, kind: str, form: Format) -> None:
    """Open a case of a kind, such as complaint; its clocks run from the day of receipt.

    \b
    Example:
      servicing cases open complaint --received 2026-05-04 --text "no answer"
    """
    open_one(space, asked, kind, form)


def open_one(space: Workspace, asked: OpeningOptions, kind: str, form: Format) -> None:
    """Open a case, and say what it is to be known by."""
    moment = now()
    today = space.today(moment)
    made = opening.open_case(_ground(space), asked.request(kind, today), today, moment)
    if made.repeat_of:
        warn([notice("case_repeats", case_id=made.repeat_of)], space.locale)
    if opening.is_major(made):
        warn([notice("case_is_major", count=made.persons)], space.locale)
    _told(space, made, "case_opened", form)


def _told(space: Workspace, case: Case, key: str, form: Format, opened: Case | None = None) -> None:
    """The case as it stands now; `opened`: the case that has come of it."""
    told: dict[str, Any] = {"case": case.id, "due": case.due_on, "state": case.state}
    if opened is not None:
        told["opened"] = opened.id
    if form == "json":
        output.emit_json(told)
    elif form == "csv":
        output.emit_csv([told], list(told))
    else:
        said = key if case.due_on else f"{key}_without_due"
        stands = telling.stands(_ground(space).kind(case.kind), case.state, space.locale)
        tell(space.locale, said, case=case.id, due=case.due_on, state=stands)
        if opened is not None:
            title = text(_ground(space).kind(opened.kind).title, space.locale)
            tell(space.locale, "case_opened_by_step", case=opened.id, kind=title)


@dataclass(frozen=True)
class StepOptions:
    """What is to be done with a case."""

    case_id: int
    step: str
    text: str
    reason: str
    date: datetime.date | None
    person: str
    categories: tuple[str, ...]
    on: datetime.date | None
    by: str

    def order(self, today: datetime.date) -> Order:
        """As the room of cases wants it."""
        given = Given(self.text, self.reason, self.date, self.person, self.categories)
        return Order(self.case_id, self.step, self.by, self.on or today, given)


STEPPING = (
    _case,
    click.argument("step"),
    click.option("--text", default="", help="What was said, found or decided."),
    click.option("--reason", default="", help="One of the reasons that the step knows."),
    click.option("--date", type=SERVICE_DAY, help="The day that is set, such as of the follow-up."),
    click.option(
        "--person", default="", help="Whom it goes to, who has approved it, or whom it is about."
    ),
    click.option("--category", "categories", multiple=True, help="What it was found to be."),
    click.option("--on", type=SERVICE_DAY, help="The day on which it was done; default: today."),
)


def step_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What is said of a step of a case of whatever kind."""
    return functools.reduce(lambda made, option: option(made), reversed(STEPPING), command)


@cases_group.command("step")
@step_options
@by_option
@format_option
@in_workspace
@gathered(StepOptions)
def cases_step(space: Workspace, asked: StepOptions, form: Format) -> None:
    """Take a step of a case; `cases show` names those that may be taken now.

    STEP may also be the state that the step leads to.

    \b
    Example:
      servicing cases step 1 accept --text "ours to answer"
    """
    take(space, asked, form)


def take(space: Workspace, asked: StepOptions, form: Format) -> None:
    """Take a step, and say where the case stands now."""
    moment = now()
    today = space.today(moment)
    done = stepping.step(_ground(space), asked.order(today), today, moment)
    opened = stepping.opened_by_last(_ground(space).kind(done.kind), done)
    _told(space, done, "case_stepped", form, opened)
    warn_of_words(asked.text, space.home, space.locale)


@cases_group.command("show")
@_case
@click.option("--restricted", is_flag=True, help="Show the restricted entries, such as penalties.")
@format_option
@in_workspace
def cases_show(space: Workspace, case_id: int, restricted: bool, form: Format) -> None:
    """Show a case: its clocks and entries, what may be done now, what is missing to close it.

    \b
    Example:
      servicing cases show 1
    """
    ground = _ground(space)
    found = telling.of_number(ground, case_id, restricted=restricted)
    if form == "json":
        output.emit_json(found)
    elif form == "csv":
        output.emit_csv(found.entries, queries.EntryLine)
    else:
        from servicing.terminal.cases import show_case  # with rich, which takes a while to load

        show_case(found, ground.kind(found.kind), space.locale)


@cases_group.command("escalate")
@click.option("--on", type=SERVICE_DAY, help="As of this day; default: today.")
@format_option
@in_workspace
def cases_escalate(space: Workspace, on: datetime.date | None, form: Format) -> None:
    """Let cases whose time is about to end, or is over, go one up.

    Where a kind says what follows when a clock has run out, that step is taken first, as an application
    for reinstatement then counts as accepted. `servicing run` and the workers do this every night.
    Each step is taken once.

    \b
    Example:
      servicing cases escalate
    """
    moment = now()
    today = space.today(moment)
    day = on or today
    escalation.refuse_ahead(day, today)
    ran_out = running_out.take_steps(_ground(space), day, moment)
    done = escalation.escalate(_ground(space), day, today, moment)
    went_up: dict[str, int] = {each: done[each] for each in LEVELS}
    told = {**went_up, "ran_out": ran_out}
    if form == "json":
        output.emit_json(told)
    elif form == "csv":
        output.emit_csv([told], list(told))
    else:
        if ran_out:
            click.echo(i18n.say("escalation", "ran_out", space.locale, ran_out=ran_out))
        click.echo(i18n.say("escalation", "done", space.locale, **went_up))


@dataclass(frozen=True)
class ListOptions:
    """Which cases are listed."""

    kind: str | None
    state: str | None
    owner: str | None
    overdue: bool
    on: datetime.date | None
    escalated_to: str | None
    limit: int | None

    def wanted(self, today: datetime.date) -> Wanted:
        """As the room of cases wants it."""
        return Wanted(
            self.kind,
            self.state,
            login(self.owner),
            (self.on or today) if self.overdue else None,
            login(self.escalated_to),
        )


def login(said: str | None) -> str | None:
    """The login of an agent's number, where that agent has one; else what was said."""
    account = recusal.account(said) if said else None
    return account.login if account else said


@cases_group.command("list")
@click.option("--kind", help="Of this kind only.")
@click.option("--state", help="In this state; default: all that are open.")
@click.option("--owner", help="Of this login, agent number or desk.")
@click.option("--overdue", is_flag=True, help="Only those of which a clock has run out.")
@click.option("--on", type=SERVICE_DAY, help="By this day; default: today.")
@click.option("--escalated-to", help="Only those that have gone up to this login.")
@click.option("--limit", type=click.IntRange(1), help="At most so many.")
@format_option
@in_workspace
@gathered(ListOptions)
def cases_list(space: Workspace, asked: ListOptions, form: Format) -> None:
    """List cases, what is due first before the others.

    \b
    Example:
      servicing cases list --overdue --on 2026-06-01
    """
    list_some(space, asked.wanted(space.today(now())), asked.limit, form)


def list_some(space: Workspace, wanted: Wanted, limit: int | None, form: Format) -> None:
    """Print the cases that are meant."""
    with database.snapshot():
        lines = queries.cases(wanted, limit)
        if form == "table":
            from servicing.terminal.cases import show_list

            show_list(lines, _ground(space).kind, space.locale)
        else:
            output.emit(lines, CaseLine, [], form, space.locale)


cases_group.add_command(case_reports.report_command)
cases_group.add_command(case_reports.register_command)
cases_group.add_command(case_reports.mail_command)
