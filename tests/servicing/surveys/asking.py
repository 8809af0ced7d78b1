"""A workspace that asks how satisfied clients are, and what they are asked and answer."""

import datetime
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from twilio.request_validator import RequestValidator

from policies import database
from policies.plan import SHIPPED
from servicing.channels import Directory, Routes
from servicing.channels.memory import Memory
from servicing.core.done_models import DoneTask
from servicing.core.survey_models import SurveyAnswer, SurveyInvitation
from servicing.dispatch import dispatcher as dispatching
from servicing.dispatch.claims import Dispatcher
from servicing.messages.permission import PermissionRules
from servicing.operations import workspace
from servicing.operations.workspace import Workspace
from tests import cast

PUBLIC = "https://service.example.com"
TOKEN = "a-token-of-a-test"
BASE = "https://localhost"
DAY = datetime.timedelta(days=1)
ON = datetime.date(2025, 9, 30)
"""The day on which they are asked."""

NOW = cast.at(ON, "10:00")

ROW = """
[[touchpoint]]
id = "{name}"
title = {{ en = "How was it", zh_CN = "服务评价" }}
anchor = "task_done"
task = "month_1"
due = [{{ days = 1 }}]
kind = "value-added"
owner = "message"
template = "survey"
survey = "{figure}"

[[touchpoint]]
id = "again"
title = {{ en = "Asked once more", zh_CN = "再次评价" }}
anchor = "case_closed"
case = "detractor"
scope = "client"
due = [{{ days = 30 }}]
kind = "value-added"
owner = "message"
template = "survey"
survey = "{figure}"
"""


def live(home: Path, url: str, figure: str = "csat") -> Iterator[Workspace]:
    """The cast in a workspace whose plan asks after the task of the first month."""
    workspace.create(home, url)
    plan = home / "plans" / "standard.toml"
    plan.parent.mkdir(exist_ok=True)
    standard = (SHIPPED / "standard.toml").read_text("utf-8")
    plan.write_text(standard + ROW.format(name="how", figure=figure), "utf-8")
    environment = {"SERVICING_WEB_PUBLIC_URL": PUBLIC, "TWILIO_AUTH_TOKEN": TOKEN}
    opened = workspace.at(home, environment)
    opened.open()
    cast.everybody(issued="2025-06-01", delivered_on="2025-06-04")
    yield opened
    database.database.close()


class Asked:
    """Who is asked by memory, at a moment, and what they do then."""

    def __init__(self, space: Workspace, browser: FlaskClient) -> None:
        self.space, self.browser, self.memory = space, browser, Memory()

    def visited(self, policy_no: str = "P001", on: datetime.date = ON - DAY) -> None:
        """The agent's task of the policy was done."""
        of = cast.policy(policy_no)
        number = 1 + DoneTask.select().count()
        facts = {"policy_id": of.id, "client_id": of.client_id, "done_on": on}
        DoneTask.create(task_id=900 + number, key="month_1", **facts)

    def morning(self, on: datetime.date = ON) -> dict[str, int]:
        """The day is walked, and what is due leaves at ten."""
        routes = Routes("memory", "memory")
        cast.walk_only(on, replace(self.space.walker(), routes=routes))
        worker = Dispatcher(
            self.space.plan,
            self.space.composer,
            PermissionRules.of(self.space.settings),
            _directory(self.memory),
            time.time,
        )
        return dict(dispatching.dispatch(worker, lambda: cast.at(on, "10:00"), None))

    def texts(self) -> list[str]:
        """What has left that asks, the oldest first."""
        sent = (each.body for each in self.memory.sent.values())
        return [each for each in sent if f"{PUBLIC}/s/" in each]

    def path(self) -> str:
        """Where the link of the last question leads."""
        found = re.search(rf"{PUBLIC}(/s/[\w.\-]+)", self.texts()[-1])
        assert found
        return found[1]

    def replies(self, body: str, ref: str, sender: str = "+12025550111") -> int:
        """A client writes to us, as Twilio tells it."""
        form = {"MessageSid": ref, "From": sender, "Body": body}
        path = "/hooks/twilio/inbound"
        signature = RequestValidator(TOKEN).compute_signature(f"{PUBLIC}{path}", form)
        answer = self.browser.post(path, data=form, headers={"X-Twilio-Signature": signature})
        database.database.connect(reuse_if_open=True)
        return answer.status_code

    def opens(self, path: str = "", language: str = "en") -> Any:
        return self._back(
            self.browser.get(
                path or self.path(), base_url=BASE, headers={"Accept-Language": language}
            )
        )

    def presses(self, path: str = "", **form: str) -> Any:
        return self._back(
            self.browser.post(
                path or self.path(), base_url=BASE, data=form, headers={"Accept-Language": "en"}
            )
        )

    def _back(self, answer: Any) -> Any:
        database.database.connect(reuse_if_open=True)
        return answer


def _directory(memory: Memory) -> Directory:
    return Directory({memory.name: memory}, Routes(memory.name, memory.name, {}))


def answers() -> list[tuple[int, str, str]]:
    """Score, channel and fate of all answers, as they came."""
    found = SurveyAnswer.select().order_by(SurveyAnswer.id)
    return [(each.score, each.channel, each.fate) for each in found]


def invited() -> int:
    return SurveyInvitation.select().count()
