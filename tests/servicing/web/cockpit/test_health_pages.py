"""What monitors read: health, numbers, alerts."""

import json
import re
from pathlib import Path

import pytest

from policies import database
from servicing.core.models import HookCount
from servicing.operations.workspace import Workspace
from servicing.web import app
from tests import cast
from tests.servicing.dispatched import WALKER
from tests.servicing.web.cockpit.workplace import LATER, ON

MONITORING = Path(__file__).parents[4] / "docs" / "monitoring"


def test_the_house_says_that_it_is_well_and_that_it_is_not(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = app.create(space, lambda: LATER).test_client()
    answer = visitor.get("/healthz")
    assert (answer.status_code, answer.get_data(as_text=True)) == (200, "ok\n")
    database.database.connect(reuse_if_open=True)
    database.execute("DROP TABLE schema_migration")
    answer = visitor.get("/healthz")
    assert answer.status_code == 503 and "schema" not in answer.get_data(as_text=True)


def test_the_numbers_are_read_by_the_machine_itself_and_by_nobody_through_a_proxy(
    space: Workspace,
) -> None:
    cast.everybody()
    cast.walk_only(ON, WALKER)
    HookCount.create(day=ON, hook="twilio status", outcome="forged", count=3)
    visitor = app.create(space, lambda: LATER).test_client()
    told = visitor.get("/metrics").get_data(as_text=True)
    assert 'servicing_messages{state="queued"} 4.0' in told
    assert 'servicing_hook_requests_today{hook="twilio status",outcome="forged"} 3.0' in told
    assert "servicing_last_walked_day_timestamp_seconds 1.7591904e+09" in told
    assert "servicing_tasks_overdue 0.0" in told and "C001" not in told
    away = {"REMOTE_ADDR": "192.0.2.7"}
    assert visitor.get("/metrics", environ_base=away).status_code == 404
    passed_on = {"X-Forwarded-For": "192.0.2.7"}
    assert visitor.get("/metrics", headers=passed_on).status_code == 404


def test_the_alerts_and_the_dashboard_name_numbers_that_there_are(space: Workspace) -> None:
    cast.everybody()
    cast.walk_only(ON, WALKER)
    visitor = app.create(space, lambda: LATER).test_client()
    told = visitor.get("/metrics").get_data(as_text=True)
    there_are = set(re.findall(r"^# TYPE (\w+) gauge$", told, re.MULTILINE))
    named = set()
    for file in MONITORING.iterdir():
        named |= set(re.findall(r"\bservicing_\w+", file.read_text("utf-8")))
    assert named == there_are
    assert 'servicing_messages_today{reason="due",state="queued"} 4.0' in told
    assert "servicing_touchpoints_today 4.0" in told
    assert 'servicing_needs_a_person{code="unknown"} 0.0' in told
    assert json.loads((MONITORING / "dashboard.json").read_text("utf-8"))["panels"]


def test_monitors_hear_that_others_can_read_the_workspace(space: Workspace) -> None:
    visitor = app.create(space, lambda: LATER).test_client()

    def said() -> str:
        told = visitor.get("/metrics").get_data(as_text=True)
        return next(each for each in told.splitlines() if 'code="open_to_others"' in each)

    assert said().endswith(" 0.0")
    (space.home / "servicing.toml").chmod(0o644)
    assert said().endswith(" 1.0")
