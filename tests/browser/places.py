"""Every page that there is, with somebody who may see it: for those who look at all of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import peewee

from policies import referrals
from policies.models import Client, Policy
from servicing.callbacks.links import signed
from servicing.core import visibility
from servicing.core.account_models import User
from servicing.core.callback_models import CallbackLink
from servicing.core.case_models import Case
from servicing.core.check_models import CheckResult
from servicing.core.context import of_touchpoints
from servicing.core.event_models import ClientEvent
from servicing.core.lead_models import Lead
from servicing.core.models import Message, Task
from servicing.core.survey_models import SurveyInvitation
from servicing.dispatch import unsubscribe
from servicing.operations import pending
from servicing.operations.workspace import Workspace
from servicing.surveys import signed as survey_signed
from tests.browser import lived
from tests.servicing.events import at_work as guests
from tests.servicing.leads.named import ask, named

FILES = frozenset(
    [
        *("static", "bootstrap.static", "my_day.calendar", "book.rejects", "book.mapping_file"),
        *("book.rejects_workbook", "phone.manifest", "phone.worker"),
        *(
            "month.paper",
            "persistency.export",
            "scorecard.export",
            "health.healthz",
            "health.metrics",
        ),
    ]
)
"""What answers with something else than a page."""

ONWARD = frozenset(["login.home", "openid.begin", "openid.back", "openid.out"])
"""What leads to another page and is none itself."""


@dataclass(frozen=True)
class Place:
    """A page: what the application calls it, who looks at it, and where it is."""

    endpoint: str
    login: str | None
    path: str
    is_figure: bool = False
    """Whether it is made for a desk as well: a manager's figures."""
    note: str = ""

    @property
    def name(self) -> str:
        """Of its picture."""
        return "-".join(filter(None, (*self.endpoint.split("."), self.note)))


def every(space: Workspace) -> Iterator[Place]:
    """All of them, over the lived-in workspace; the database is connected."""
    client, failed, unknown = client_of("agent"), _message("failed"), _message("unknown")
    token = unsubscribe.url("", space.keys.link_key, client).removeprefix(unsubscribe.PATH)
    yield Place("login.login", None, "/login")
    yield Place("second_step.ask", None, "/login/second")
    yield Place("unsubscribe.ask", None, f"{unsubscribe.PATH}{token}")
    yield Place("my_day.day", "agent", "/day")
    yield Place("my_day.call", "agent", f"/day/{_to_call()}")
    yield Place("my_day.view", "agent", "/day/view/waiting", note="waiting")
    yield Place("my_day.view", "agent", "/day/view/done", note="done")
    yield Place("workdays.week", "agent", "/day/week", note="own")
    yield Place("workdays.month", "agent", "/day/month", note="own")
    yield Place("my_day.how", "agent", "/day/how")
    yield from _leads(client)
    yield from _events(client)
    yield Place("cards.clients", "agent", f"/clients?q={client[:3]}")
    yield Place("cards.clients", "agent", "/clients", note="book")
    yield Place("cards.clients", "branch", "/clients?grace=1&sort=days", note="grace")
    yield Place("cards.card", "agent", f"/clients/{client}")
    yield Place("reviewing.review", "agent", f"/clients/{client}/review")
    policy_no = Policy.get(Policy.client == Client.get(Client.client_no == client)).policy_no
    yield Place(
        "cards.why", "agent", f"/clients/{client}/why?policy={policy_no}&touchpoint=month_1"
    )
    yield Place("login.account", "agent", "/account")
    yield Place("login.own_password", "agent", "/account/password")
    yield Place("second_factor.own", "agent", "/account/second-factor")
    yield Place("cards.card", "branch", f"/clients/{client_of('branch')}", note="manager")
    yield Place("cases.shelved", "ops", "/cases")
    yield Place("cases.shelved", "branch", "/cases", note="manager")
    yield Place("cases.case", "ops", f"/cases/{_case()}")
    yield Place("cases.case", "branch", f"/cases/{_case()}", note="manager")
    yield Place("cases.begin_unnamed", "ops", "/cases/complaint")
    yield Place("cases.begin_unnamed", "ops", "/cases/new/enquiry", note="enquiry")
    complains = _complains()
    yield Place("cases.begin", "ops", f"/clients/{complains}/complaint")
    yield Place("cases.begin", "agent", f"/clients/{client}/cases/enquiry", note="enquiry")
    yield Place("cards.card", "branch", f"/clients/{complains}", note="complains")
    yield from _figures()
    yield Place("dispatch.account", "ops", "/dispatch")
    yield Place("dispatch.listing", "ops", "/dispatch/messages")
    yield Place("dispatch.message", "ops", f"/dispatch/messages/{failed}", note="failed")
    yield Place("dispatch.message", "ops", f"/dispatch/messages/{unknown}", note="unknown")
    yield Place("dispatch.queue", "ops", "/dispatch/queue")
    yield Place("dispatch.decide", "ops", "/dispatch/decide")
    yield Place("dispatch.decide", "ops", "/dispatch/decide?state=failed", note="failed")
    yield Place("dispatch.opted_out", "ops", "/dispatch/barred")
    yield Place("dispatch.ask_to_lift", "ops", f"/dispatch/barred/lift?whom={client}")
    yield Place("book.book", "ops", "/book")
    yield Place("book.imported", "ops", "/book/imports/1")
    unmatched, tried = _waiting(space)
    yield Place("book.columns", "ops", f"/book/imports/{unmatched}/columns")
    yield Place("book.imported", "ops", f"/book/imports/{tried}", note="tried")
    yield Place("plan.plan", "ops", "/plan")
    preview = f"/plan/preview?touchpoint=renewal:renewal_due&client_no={client}"
    yield Place("plan.text", "ops", preview)
    yield Place("plan.texts", "ops", f"/plan/texts?client_no={client}")
    yield Place("plan.compare", "ops", "/plan/compare")
    yield Place("reassignment.orphaned", "ops", "/orphans")
    agent_no = User.get(User.login == "agent").agent.agent_no
    yield Place("reassignment.propose", "ops", f"/reassign?from={agent_no}")
    yield Place("", "ops", "/nothing", note="nothing")
    yield Place("accounts.people", "admin", "/people")
    yield Place("accounts.views", "admin", "/views")
    yield Place("audit.log", "admin", "/audit")
    yield from _callbacks()
    yield Place("callback_link.ask", None, _link(space))
    yield Place("survey_link.ask", None, _survey(space))


def _leads(client_no: str) -> Iterator[Place]:
    """The friends of an agent's client: one who has not agreed, and one who was met."""
    giver = Client.get(Client.client_no == client_no)
    if not Lead.select().where(Lead.client == giver).exists():
        of = ask(giver, "2026-06-01", giver.policies.get().agent)
        for name, state in (("方圆", "new"), ("Ada Example", "met")):
            named(giver, state, ask=of, name=name, given_on="2026-06-01", until="2026-06-30")
    yield Place("leads.listed", "agent", "/leads")
    yield Place("leads.listed", "branch", "/leads", is_figure=True, note="unit")
    yield Place("leads.of_client", "agent", f"/leads/of/{client_no}")
    for each in Lead.select().where(Lead.client == giver).order_by(Lead.id):
        yield Place("leads.one", "agent", f"/leads/{each.id}", note=each.state)


def _events(client_no: str) -> Iterator[Place]:
    """An event of today, to which the agent's client comes: its list, its door, its paper."""
    known = ClientEvent.get_or_none()
    of = known.id if known else guests.today_at(lived.NOW, client_no)
    yield Place("events.listed", "agent", "/events")
    yield Place("events.one", "agent", f"/events/{of}")
    yield Place("events.one", "agent", f"/events/{of}?q={client_no}", note="found")
    yield Place("events.one", "ops", f"/events/{of}", note="office")
    yield Place("events.door", "agent", f"/events/{of}/door")
    yield Place("events.door", "agent", f"/events/{of}/door?q={client_no}", note="found")
    yield Place("events.paper", "agent", f"/events/{of}/paper")


def _callbacks() -> Iterator[Place]:
    """The list, a call that was tried, a contract that is not called about yet; and spot checks."""
    yield Place("callbacks.due", "desk", "/callbacks")
    yield Place("callbacks.due", "desk", "/callbacks?view=unsigned", note="unsigned")
    for state in ("attempting", "waiting_receipt"):
        found = Case.select().where((Case.kind == "callback") & (Case.state == state))
        case = found.order_by(Case.id).first()
        yield Place("callbacks.call", "desk", f"/callbacks/{case.id}", note=state)
    yield Place("desk_tasks.listed", "desk", "/desks/tasks")
    yield Place("desk_tasks.listed", "desk", "/desks/tasks?view=done", note="done")
    for state in ("open", "done"):
        task = Task.select().where((Task.desk == "callback") & (Task.state == state))
        number = task.order_by(Task.id).first().id
        yield Place("desk_tasks.one", "desk", f"/desks/tasks/{number}", note=state)
    for login in ("agent", "branch"):
        yield Place("keeping.to_call", login, "/keeping", note=login)
        yield Place("keeping.to_call", login, "/keeping?view=cases", note=f"cases_{login}")
    yield Place("checks.drawn", "desk", "/checks")
    yield Place("checks.drawn", "desk", "/checks?view=done", note="done")
    checked = CheckResult.select().first().check_id
    yield Place("checks.check", "desk", f"/checks/{checked}", note="done")
    yield Place("checks.check", "desk", f"/checks/{checked + 1}", note="open")


def _link(space: Workspace) -> str:
    """Where the link of a client leads; its row is as one that was sent."""
    case = Case.select().where((Case.kind == "callback") & (Case.state == "open"))
    last = case.order_by(Case.due_on.desc(), Case.id).first()
    digest = signed.digest("secret")
    made, _ = CallbackLink.get_or_create(
        digest=digest,
        defaults={
            **{"case": last, "channel": "sms", "made_at": lived.NOW, "made_by": "desk"},
            **{"state": "sent"},
        },
    )
    return signed.url("", space.keys.callback_key, signed.Link(made.id, "secret"))


def _survey(space: Workspace) -> str:
    """Where the link of a survey leads; its row is as one that was sent."""
    left = Message.select().order_by(Message.id).first()
    context = next(of_touchpoints([left.touchpoint_id]))
    on = lived.NOW.date()
    SurveyInvitation.get_or_create(
        touchpoint_id=left.touchpoint_id,
        defaults={
            **{"message_id": left.id, "client": left.client_id, "policy": left.policy_id},
            **{"agent": left.agent_id, "figure": "csat", "edition": "csat@1", "channel": "sms"},
            **{"is_again": False, "invited_on": on, "open_until": on},
        },
    )
    return survey_signed.url("", space.keys.survey_key, context)


def _figures() -> Iterator[Place]:
    for endpoint, path in (
        ("month.month", "/month"),
        ("month.grace", "/month/grace?within=30"),
        ("month.agents", "/month/agents"),
        ("month.changed", "/month/changed"),
        ("month.overdue", "/month/overdue"),
        ("month.fresh", "/month/fresh"),
        ("month.orphans", "/month/orphans"),
        ("month.handed", "/month/handed"),
        ("handing.preview", f"/month/hand?policy={_policy_of_branch()}"),
        ("handing.choose", f"/month/reassign?policy={_policy_of_branch()}"),
        ("persistency.figure", "/persistency"),
        ("persistency.policies", "/persistency/policies?fate=lost"),
        ("persistency.collect", "/persistency/collect"),
        ("persistency.deciding", "/persistency/deciding"),
        ("scorecard.board", "/scorecard"),
        ("assessment.board", "/assessment"),
        ("assessment.behind", "/assessment/coverage?period=" + f"{lived.NOW:%Y-%m}"),
        ("earnings.income", "/earnings"),
        ("workdays.week", "/day/week"),
        ("workdays.month", "/day/month"),
        ("case_reports.week", "/cases/reports"),
        ("case_reports.report", "/cases/reports/daily"),
        ("case_reports.behind", f"/cases/reports/callbacks/issued?on={lived.NOW.date()}"),
        ("tiers.funnel", "/stages"),
        ("tiers.behind", "/stages/met"),
        ("surveys.board", "/satisfaction"),
        ("influence.centres", "/influence"),
        ("influence.tree", f"/influence/{_root()}"),
    ):
        yield Place(endpoint, "branch", path, is_figure=True)


def _policy_of_branch() -> str:
    """A policy of a client whom the branch's manager sees, served by an agent of the branch."""
    ids = visibility.agent_ids(User.get(User.login == "branch"))
    served = Policy.select().where(Policy.agent.in_(ids) & (Policy.status == "in_force"))
    return str(served.order_by(Policy.id).first().policy_no)


def client_of(login: str) -> str:
    """Of the clients whom an agent or manager sees: the one with the most policies."""
    ids = visibility.agent_ids(User.get(User.login == login))
    query = (
        Policy.select(Client.client_no)
        .join(Client)
        .where(Policy.agent.in_(ids) & (Policy.status == "in_force"))
        .group_by(Client.id)
        .order_by(peewee.fn.COUNT(Policy.id).desc(), Client.id)
    )
    return str(query.tuples().first()[0])


def _to_call() -> str:
    """Of the agent's clients: the one with the most tasks of today and before."""
    query = (
        Task.select(Client.client_no)
        .join(Policy)
        .join(Client)
        .where((Policy.agent == User.get(User.login == "agent").agent) & (Task.state == "open"))
        .where(Task.show_on <= lived.NOW.date())
        .group_by(Client.id)
        .order_by(peewee.fn.COUNT(Task.id).desc(), Client.id)
    )
    return str(query.tuples().first()[0])


def _root() -> str:
    """The largest centre of influence that the branch's manager sees."""
    ids = visibility.agent_ids(User.get(User.login == "branch"))
    return referrals.centres(lived.NOW.date(), 1, "CNY", ids).centres[0].client_no


def _case() -> int:
    """The complaint with the most entries."""
    return int(Case.select().order_by(Case.moves.desc(), Case.id).first().id)


def _complains() -> str:
    """Of the clients whom the manager of the branch sees: the one who has complained first."""
    ids = visibility.agent_ids(User.get(User.login == "branch"))
    theirs = Policy.select(Policy.client).where(Policy.agent.in_(ids))
    query = Case.select().where((Case.kind == "complaint") & Case.client.in_(theirs))
    return str(query.order_by(Case.id).first().client.client_no)


def _waiting(space: Workspace) -> tuple[str, str]:
    """The file whose columns are to be matched, and the one that has been tried."""
    found = {each.stem: pending.of(space.home, each.stem) for each in uploaded(space)}
    matched = {token: bool(waiting and waiting.look) for token, waiting in found.items()}
    unmatched = next(token for token, is_matched in matched.items() if is_matched)
    return unmatched, next(token for token, is_matched in matched.items() if not is_matched)


def uploaded(space: Workspace) -> list[Path]:
    return sorted((space.home / pending.FOLDER).glob("*.waiting"))


def _message(state: str) -> int:
    """The latest message in that state."""
    return Message.select().where(Message.state == state).order_by(Message.id.desc()).first().id
