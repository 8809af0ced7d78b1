"""A workspace in which people have worked for a while: what the browser and the pictures show."""

import contextlib
import dataclasses
import datetime
import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

from policies import database, dates, question_set
from policies.models import Agent, Policy, Team
from policies.sample import book as sample
from servicing.callbacks import calling, opening
from servicing.callbacks.calling import Call
from servicing.cases import desks
from servicing.channels import Accepted, Answer, Directory, Outgoing, Rejected, Routes, Unknown
from servicing.channels.memory import Memory
from servicing.checks import checking, drawing
from servicing.checks.drawing import Order
from servicing.checks.result_file import Result
from servicing.core import accounts
from servicing.core.account_models import User
from servicing.core.case_models import Case
from servicing.core.check_models import SpotCheck
from servicing.core.done_models import DoneTask
from servicing.core.errors import BadArgument
from servicing.core.models import Message, Task
from servicing.desk import tasks
from servicing.desk.windows import Windows
from servicing.dispatch import dispatcher
from servicing.dispatch.claims import Dispatcher
from servicing.operations import uploads, workspace
from servicing.operations.uploads import Upload
from servicing.operations.workspace import Workspace
from servicing.schedule import walk
from servicing.web.server import server
from tests import homes
from tests.browser import complained

PASSWORD = "correct horse battery"
POLICIES = 240
JOINED = datetime.date(2026, 5, 18)
NOW = datetime.datetime.fromisoformat("2026-06-10T09:30+08:00")
"""The morning on which the pages are looked at."""

TOO_LONG = 12
"""One task in so many is left undone."""
REFUSED = 31
"""One message in so many is refused by its provider; more would halt the channel."""
UNSURE = 1
"""Of which message of a dispatch, counted from 0, nobody knows what became of it."""


def workspace_at(home: Path, policies: int = POLICIES, url: str = homes.FILE) -> Workspace:
    """A made-up book that joined some weeks ago, walked, dispatched and worked on every day since."""
    workspace.create(home, url)
    space = workspace.at(home, {})
    space.open()
    book, premiums = home / "book.csv", home / "premiums.csv"
    sample.write(policies, book, premiums=premiums, as_of=NOW.date())
    with book.open("a") as file:
        file.write("X000000001,2026-02-30,12000,X01,何静,A00001\n")
    _accounts_of_the_house()
    _upload(space, book, "book")
    _upload(space, premiums, "premiums")
    for day in dates.days_between(JOINED, NOW.date()):
        walk.walk(space.walker(), day, _at(day, 6))
        _send(space, _at(day, 9), day == NOW.date())
        if day < NOW.date() and day.weekday() < 5:
            _serve(space, _at(day, 15))
    _accounts_of_the_force()
    _call_back(space)
    _check(space)
    _give_to_the_desk()
    User.update(is_temporary=False).execute()  # everybody has chosen this password
    complained.complain(space, NOW)
    _leave_waiting(space)
    return space


@contextmanager
def served(space: Workspace) -> Iterator[str]:
    """The address at which the pages of the workspace are served."""
    serving = server(space, lambda: NOW, "127.0.0.1", 0)
    database.database.close()
    thread = threading.Thread(target=serving.run, daemon=True)
    thread.start()
    yield f"http://localhost:{serving.effective_port}"
    serving.close()
    thread.join(10)


def _at(day: datetime.date, hour: int) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(hour), NOW.tzinfo)


def _upload(space: Workspace, file: Path, kind: uploads.Kind) -> None:
    """As operations do it by the pages, so that the result is kept."""
    upload = Upload(
        save=lambda to: to.write_bytes(file.read_bytes()),
        called=file.name,
        by="ops",
        kind=kind,
        joined=JOINED,
        dry_run=False,
    )
    uploads.take_in(space, upload, _at(JOINED, 5))


EXPORT = """保单号,承保日,年缴保费,客户号,投保人,业务员,保单状态
Y000000001,05/06/2026,12000,Y01,何静,A00001,有效
Y000000002,06/07/2025,many,Y02,李强,A00001,挂起
"""
"""Of another system; its days can be read in two ways, and one of its codes is not known."""


def _leave_waiting(space: Workspace) -> None:
    """Another system's file whose columns are still to be matched, and one that has been tried."""
    theirs = Upload(
        save=lambda to: to.write_text(EXPORT, "utf-8"),
        called="export.csv",
        by="ops",
        kind="book",
        joined=NOW.date(),
        dry_run=False,
    )
    with uploads.received(space, theirs, NOW) as token:
        uploads.matched(space, token, NOW)
    ours = dataclasses.replace(
        theirs, save=lambda to: to.write_bytes((space.home / "book.csv").read_bytes()), dry_run=True
    )
    uploads.take_in(space, ours, NOW)


def _send(space: Workspace, now: datetime.datetime, is_half_done: bool) -> None:
    """A day's messages leave, and some fail; of the last day some still wait."""
    ours = space.dispatcher(now.timestamp)
    outbox = Memory(_answers())
    outbox.name = "outbox"
    channels = Directory({"outbox": outbox}, Routes("outbox", "outbox", {}))
    worker = Dispatcher(ours.plan, ours.composer, ours.rules, channels, ours.wall)
    queued = Message.select().where(Message.state == "queued").count()
    dispatcher.dispatch(worker, lambda: now, limit=queued * 3 // 4 if is_half_done else None)


def _answers() -> Callable[[Outgoing], Answer]:
    """What the provider of one dispatch answers."""
    turns = itertools.count()

    def answer(message: Outgoing) -> Answer:
        if next(turns) == UNSURE:
            return Unknown()
        if message.id % REFUSED == 0:
            return Rejected("content", "30007")
        return Accepted(f"outbox-{message.id}")

    return answer


def _serve(space: Workspace, now: datetime.datetime) -> None:
    """The agents do what is due, most of it; some clients ask for another day."""
    due = Task.select(Task.id).where((Task.state == "open") & (Task.show_on <= now.date()))
    for (number,) in list(due.tuples()):
        match number % TOO_LONG:
            case 0:
                continue
            case 1:
                _put_off(space, number, now)
            case 2:
                tasks.skip(number, now, "", "declined")
            case turn:
                tasks.done(number, now, "", tasks.OUTCOMES[turn % len(tasks.OUTCOMES)])


def _put_off(space: Workspace, number: int, now: datetime.datetime) -> None:
    """For a week, unless it is worth nothing by then."""
    windows = Windows(space.plan, space.calendar, space.settings.servicing.grace)
    with contextlib.suppress(BadArgument):
        to = now.date() + datetime.timedelta(7)
        tasks.postpone(number, to, now.date(), now, "白天在开会", windows=windows)


def _accounts_of_the_house() -> None:
    accounts.add("ops", "operations", PASSWORD, NOW, name="赵敏")
    accounts.add("admin", "administrator", PASSWORD, NOW, name="高翔")


def _call_back(space: Workspace) -> None:
    """Contracts of the last weeks are owed a call; of some the receipt is signed, one was tried."""
    user = accounts.add("desk", "operations", PASSWORD, NOW, name="苏梅")
    desks.put(user, ["callback", "quality"], NOW)
    young = Policy.issue_date > NOW.date() - datetime.timedelta(days=60)
    for each in Policy.select().where(young & Policy.delivered_on.is_null()).order_by(Policy.id):
        if each.id % 4:
            signed = NOW.date() - datetime.timedelta(days=each.id % 14)
            each.delivered_on = max(signed, each.issue_date)
            each.save()
    opening.bring_up_to_date(space.ground, space.settings.callbacks, NOW.date(), NOW)
    tried = Case.select().where((Case.kind == "callback") & (Case.state == "open"))
    first = tried.order_by(Case.due_on, Case.id).first()
    calling.attempt(space.house, Call(first.id, _at(NOW.date(), 9), "desk"), "no_answer", NOW)


def _check(space: Workspace) -> None:
    """A tenth of the clients is drawn for spot checks; one is checked, and a red line has failed."""
    questions = question_set.load(question_set.find("basic", space.home), space.plan_alone)
    order = Order("2026-06", Decimal("0.1"), 2, "branch", NOW.date(), "desk")
    drawn = drawing.draw(order, questions, NOW.date(), NOW)
    found = checking.check(drawn.draw.checks.order_by(SpotCheck.id).first().id)
    passed: dict[str, question_set.Answer] = {each.id: "pass" for each in found.items}
    result = Result({**passed, "birthday": "fail", "private_money": "fail"}, "")
    house = checking.House(space.ground, space.locale)
    checking.record(house, found, result, "desk", NOW.date(), NOW)


def _give_to_the_desk() -> None:
    """Some tasks are the call-back desk's, as a plan would have given them; one of them is done."""
    is_plain = (
        (Task.state == "open") & (Policy.agent != _busiest()) & Task.touchpoint.is_null(False)
    )
    some = [
        each.id for each in Task.select().join(Policy).where(is_plain).order_by(Task.id).limit(6)
    ]
    Task.update(desk="callback").where(Task.id.in_(some)).execute()
    Task.update(show_on=NOW.date() + datetime.timedelta(days=5)).where(
        Task.id == some[-1]
    ).execute()
    tasks.done(some[0], NOW, "已致谢，暂无需求", "spoke", by="desk")


@contextmanager
def tasks_kept() -> Iterator[None]:
    """Afterwards every task is as it was, and so is what plans count of those that were done."""
    with database.database.connection_context():
        rows, done = list(Task.select().dicts()), list(DoneTask.select().dicts())
    yield
    with database.database.connection_context(), database.writing():
        for row in rows:
            Task.update(**row).where(Task.id == row["id"]).execute()
        DoneTask.delete().execute()
        DoneTask.insert_many(done).execute()


def _accounts_of_the_force() -> None:
    """The agent with the most to do, and the managers above her."""
    busiest = _busiest()
    team = Team.get_by_id(busiest.team_id)
    branch = team.branch.name
    accounts.add("agent", "agent", PASSWORD, NOW, accounts.Remit(busiest.agent_no))
    of_team, of_branch = (accounts.Remit(branch=branch, team=each) for each in (team.name, None))
    accounts.add("team", "manager", PASSWORD, NOW, of_team, "林涛")
    accounts.add("branch", "manager", PASSWORD, NOW, of_branch, "周岚")


def _busiest() -> Agent:
    counts: dict[int, int] = {}
    for task in Task.select(Task, Policy).join(Policy).where(Task.state == "open"):
        counts[task.policy.agent_id] = counts.get(task.policy.agent_id, 0) + 1
    return Agent.get_by_id(max(counts, key=lambda each: (counts[each], -each)))
