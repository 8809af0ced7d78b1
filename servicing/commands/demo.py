"""servicing demo: the main job once, on a made-up book, in words that a manager understands."""

import datetime
import shutil
from pathlib import Path

import click
from rich.rule import Rule

from policies import database, records, whole
from policies.importing.importer import BookFile
from policies.notices import notice
from policies.persistency import early_warning, figure
from policies.persistency.selection import Selection
from policies.sample import book as sample
from servicing.card import card as cards
from servicing.card import wording
from servicing.commands.options import now as the_clock
from servicing.core import consoles, errors, i18n, output
from servicing.core.models import Message, Touchpoint
from servicing.core.settings import General
from servicing.desk import tasks
from servicing.dispatch import dispatcher
from servicing.operations import imports, workspace
from servicing.operations.imports import ImportRequest
from servicing.operations.workspace import Workspace
from servicing.reports import questions
from servicing.schedule import walk
from servicing.terminal import figures
from servicing.terminal.card import show_card
from servicing.terminal.day import show_walk

FOLDER = "servicing-demo"
MARK = ".made-by-servicing-demo"
OPEN_AT = datetime.time(10)
"""The demo works as at ten in the morning, so that it shows the same at any hour."""

SHOWN_TASKS = 8


@click.command("demo")
@click.option("--policies", default=2_000, show_default=True, help="How many policies to make up.")
@click.option("--locale", default="zh_CN", show_default=True, help="zh_CN or en.")
@click.pass_obj
def demo_command(home: Path, policies: int, locale: str) -> None:
    """Do the main job once, on a made-up book.

    The demo imports the book, walks today, writes the messages to files, and shows an agent's tasks,
    a client's card and the persistency of the branches.

    \b
    Example:
      servicing demo
    """
    run(home, policies, locale, the_clock())


def run(home: Path, policies: int, locale: str, now: datetime.datetime) -> None:
    """Make the demo's own workspace anew under `home` and do a day's work in it."""
    folder = home / FOLDER
    _make_room(folder)
    workspace.create(folder, "sqlite:///servicing.db", General(locale=locale))
    space = workspace.at(folder, {})
    space.open()
    say = _Teller(space.locale)
    now = datetime.datetime.combine(space.today(now), OPEN_AT, space.zone)
    _import(space, policies, now, say)
    _walk(space, now, say)
    _dispatch(space, now, say)
    _tasks(space, now, say)
    _card(space, now, say)
    _persistency(space, now, say)
    say.line("next", home=folder, day=space.calendar.on_or_after(space.today(now)))


class _Teller:
    """Prints headings and sentences in the workspace's language."""

    def __init__(self, locale: str) -> None:
        self.locale = locale
        self.console = consoles.console()

    def heading(self, key: str, **values: object) -> None:
        self.console.print()
        self.console.print(Rule(i18n.say("demo", key, self.locale, **values), align="left"))

    def line(self, key: str, **values: object) -> None:
        self.console.print(i18n.say("demo", key, self.locale, **values), highlight=False)


def _make_room(folder: Path) -> None:
    """Only a folder that an earlier demo made is taken away."""
    if folder.exists():
        if not (folder / MARK).exists():
            raise errors.UnwritableFile(folder, notice("not_of_the_demo"))
        shutil.rmtree(folder)
    whole.folder(folder)
    whole.new(folder / MARK)


def _import(space: Workspace, policies: int, now: datetime.datetime, say: _Teller) -> None:
    say.heading("book")
    today = space.today(now)
    files = {"book": space.home / "book.csv", "premiums": space.home / "premiums.csv"}
    sample.write(policies, files["book"], premiums=files["premiums"], as_of=today)
    requests = {
        "book": ImportRequest(BookFile(files["book"])),
        "premiums": ImportRequest(BookFile(files["premiums"], "premiums")),
    }
    done = {name: imports.take_in(space, each, now).outcome for name, each in requests.items()}
    rejected = sum(outcome.rejected for outcome in done.values())
    say.line(
        "taken", policies=done["book"].added, premiums=done["premiums"].added, rejected=rejected
    )
    for outcome in done.values():
        for warning in outcome.warnings:
            say.console.print(f"  {i18n.sentence(warning, say.locale)}", highlight=False)


def _walk(space: Workspace, now: datetime.datetime, say: _Teller) -> None:
    say.heading("day")
    walked = walk.walk(space.walker(), space.today(now), now)
    for warning in walked.warnings:
        say.console.print(i18n.sentence(warning, say.locale), highlight=False)
    show_walk(walked, space.plan, space.locale)


def _dispatch(space: Workspace, now: datetime.datetime, say: _Teller) -> None:
    say.heading("sent")
    for state, count in sorted(
        dispatcher.dispatch(space.dispatcher(now.timestamp), lambda: now).items()
    ):
        say.line("counted", count=count, state=wording.state_name(state, space.locale))
    first = Message.select().where(Message.state == "accepted").order_by(Message.id).first()
    if first:
        path = space.home / "outbox" / first.provider_ref
        say.line("letter", path=path)
        say.console.print(path.read_text("utf-8"), highlight=False, markup=False)


def _tasks(space: Workspace, now: datetime.datetime, say: _Teller) -> None:
    day = space.calendar.on_or_after(space.today(now))
    lines = list(tasks.open_tasks(day))
    if not lines:
        return
    agents = [line.agent_no for line in lines]
    busiest = max(agents, key=agents.count)
    own = [line for line in lines if line.agent_no == busiest]
    say.heading("tasks", agent=own[0].agent_name, day=day)
    titled = [
        {**records.named(line), "title": tasks.title(space.plan, line.touchpoint, space.locale)}
        for line in own
    ]
    columns = ["id", "show_on", "title", "client_name", "phone"]
    output.emit_table(titled[:SHOWN_TASKS], columns, space.locale)
    if len(own) > SHOWN_TASKS:
        say.line("more", count=len(own) - SHOWN_TASKS)


def _card(space: Workspace, now: datetime.datetime, say: _Teller) -> None:
    """The card of whoever was served most today."""
    from peewee import fn

    busiest = (
        Touchpoint.select(Touchpoint.client, fn.COUNT(Touchpoint.id).alias("many"))
        .group_by(Touchpoint.client)
        .order_by(fn.COUNT(Touchpoint.id).desc(), Touchpoint.client)
        .first()
    )
    if busiest:
        say.heading("card")
        found = cards.card(space.writer, space.calendar, busiest.client.client_no, space.today(now))
        show_card(found, space.plan, space.locale, space.zone)


def _persistency(space: Workspace, now: datetime.datetime, say: _Teller) -> None:
    """Show the persistency of the branches, and the cohorts that are still open."""
    say.heading("persistency")
    today = space.today(now)
    rolling = questions.question(space.settings, today, Selection(by="branch", is_rolling=True))
    with database.snapshot():
        audit = figure.audit(rolling.measure, rolling.rules, rolling.selection, rolling.basis)
        early = early_warning.early_warning(
            rolling.measure,
            rolling.rules,
            Selection(),
            rolling.basis,
            space.settings.targets.persistency,
        )
    figures.show_audit(audit, space.locale)
    say.console.print()
    figures.show_early_warning(early, space.locale)
