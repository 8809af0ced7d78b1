"""A process that never ends works by the files as they are: read anew, named, or left as they were."""

import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from policies import plan
from servicing.core import settings_file
from servicing.core.settings import Settings
from servicing.operations import embedded, timetable
from servicing.operations.kept_open import KeptOpen
from servicing.operations.timetable import Job
from servicing.operations.workspace import Workspace
from tests import cast

pytestmark = cast.on_one
STANDARD = plan.SHIPPED.joinpath("standard.toml").read_text("utf-8")
WITHOUT = "[[touchpoint]]\n".join(
    each for each in STANDARD.split("[[touchpoint]]\n") if 'id = "month_1"' not in each
)
"""The standard plan without `month_1`."""

CLOCK = """\
[[rule]]
name = "free_look"
length = 20
unit = "calendar_days"
valid_from = 2026-01-01
"""

FIRST = cast.at("2026-06-01")


@pytest.fixture
def kept(workspace: Workspace, caplog: pytest.LogCaptureFixture) -> KeptOpen:
    caplog.set_level(logging.INFO)
    return keep(workspace)


def keep(space: Workspace) -> KeptOpen:
    kept = KeptOpen(space, lambda: settings_file.load(space.home, {}))
    space.keeper = kept
    return kept


def put(home: Path, name: str, text: str) -> None:
    """Write a file as an editor does: the moment on it is a new one."""
    path = home / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    later = time.time_ns() + put.edits * 1_000_000_000  # type: ignore[attr-defined]
    put.edits += 1  # type: ignore[attr-defined]
    os.utime(path, ns=(later, later))


put.edits = 1  # type: ignore[attr-defined]


def settings(home: Path, was: str, to: str) -> None:
    text = (home / settings_file.FILE).read_text("utf-8")
    assert was in text
    put(home, settings_file.FILE, text.replace(was, to))


def body(space: Workspace) -> str:
    (text,) = [each for each in space.composer.samples("month_1", "sms") if each.locale == "zh_CN"]
    return text.body


USABLE: dict[str, tuple[Callable[[Path], None], Callable[[Workspace], object]]] = {
    "a plan of one's own": (
        lambda home: put(home, "plans/standard.toml", WITHOUT),
        lambda space: space.plan.touchpoint("month_1") is None,
    ),
    "another plan": (
        lambda home: (
            put(home, "plans/ours.toml", WITHOUT),
            settings(home, 'plan = "standard" ', 'plan = "ours" '),
        )[0],
        lambda space: space.plan.name == "standard" and not space.plan.touchpoint("month_1"),
    ),
    "a text": (
        lambda home: put(
            home, "templates/messages/zh_CN/month_1.sms.txt", "【{{ company }}】您好。"
        ),
        lambda space: body(space) == "【示例人寿】您好。",
    ),
    "a clock of one's own": (
        lambda home: put(home, "clocks/cn.toml", CLOCK),
        lambda space: space.clocks.at("free_look", FIRST.date()).length == 20,
    ),
    "a setting": (
        lambda home: settings(home, "示例人寿", "晨星人寿"),
        lambda space: "晨星人寿" in body(space),
    ),
    "a rule": (
        lambda home: settings(home, "marketing_per_month = 4", "marketing_per_month = 2"),
        lambda space: space.walker().rules.marketing_per_month == 2,
    ),
}


@pytest.mark.parametrize("name", USABLE)
def test_what_is_edited_holds_from_the_next_look_on(
    kept: KeptOpen, workspace: Workspace, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    edit, holds = USABLE[name]
    assert workspace.current() is workspace and not holds(workspace)
    edit(workspace.home)
    now = workspace.current()
    assert holds(now) and not holds(workspace), "a job that runs goes on with what it began with"
    assert workspace.current() is now, "read once"
    (told,) = [each for each in caplog.records if each.msg.startswith("read anew")]
    assert vars(told)["plan"] == now.plan.edition


UNUSABLE: dict[str, tuple[Callable[[Path], None], str]] = {
    "a broken plan": (
        lambda home: put(home, "plans/standard.toml", "[[touchpoint"),
        "standard.toml",
    ),
    "a plan with a mistake": (
        lambda home: put(
            home, "plans/standard.toml", STANDARD.replace('"first-year"', '"first"', 1)
        ),
        "delivery",
    ),
    "a clock with a mistake": (
        lambda home: put(home, "clocks/cn.toml", CLOCK.replace("length = 20", "length = -1")),
        "free_look",
    ),
    "a broken text": (
        lambda home: put(home, "templates/messages/zh_CN/month_1.sms.txt", "{{ company"),
        "month_1.sms.txt",
    ),
    "a text that asks for what there is not": (
        lambda home: put(home, "templates/messages/en/month_1.sms.txt", "{{ compny }}"),
        "compny",
    ),
    "broken settings": (
        lambda home: put(home, settings_file.FILE, "[servicing"),
        "servicing.toml",
    ),
    "an unknown key": (
        lambda home: settings(home, "grace_days", "grace_day"),
        "grace_day",
    ),
    "a plan that is not there": (
        lambda home: settings(home, 'plan = "standard" ', 'plan = "nobody" '),
        "nobody",
    ),
    "an unknown provider": (lambda home: settings(home, '"outbox"', '"pigeon"'), "pigeon"),
    "no settings": (lambda home: (home / settings_file.FILE).unlink(), "no_workspace"),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_what_cannot_be_used_is_named_once_and_the_old_stays(
    kept: KeptOpen, workspace: Workspace, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    break_it, sign = UNUSABLE[name]
    before = (workspace.home / settings_file.FILE).read_text("utf-8")
    said = body(workspace)
    break_it(workspace.home)
    for _ in range(3):
        assert workspace.current() is workspace
        assert body(workspace.current()) == said
    (told,) = [each.getMessage() for each in caplog.records if each.levelno == logging.ERROR]
    assert told.startswith("what was edited cannot be used") and sign in told
    put(workspace.home, settings_file.FILE, before.replace("示例人寿", "晨星人寿"))
    for broken in (
        "plans/standard.toml",
        "clocks/cn.toml",
        *workspace.home.glob("templates/messages/*/*.txt"),
    ):
        (workspace.home / broken).unlink(missing_ok=True)
    assert "晨星人寿" in body(workspace.current())


def test_a_file_that_is_written_again_with_the_same_words_changes_nothing(
    kept: KeptOpen, workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    settings(workspace.home, "示例人寿", "示例人寿")
    assert workspace.current() is workspace
    assert caplog.records == []


@pytest.mark.parametrize(
    ("was", "to", "key"),
    [
        ('timezone = "Asia/Shanghai"', 'timezone = "Europe/Berlin"', "servicing.timezone"),
        ("[permission]", "[web]\nport = 9999\n[permission]", "web.port"),
        ("[permission]", '[logs]\nlevel = "debug"\n[permission]', "logs.level"),
    ],
)
def test_what_needs_a_restart_is_said_and_all_else_holds(
    kept: KeptOpen,
    workspace: Workspace,
    was: str,
    to: str,
    key: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings(workspace.home, was, to)
    settings(workspace.home, "示例人寿", "晨星人寿")
    now = workspace.current()
    assert now.settings.servicing.company == "晨星人寿"
    section, name = key.split(".")
    assert getattr(getattr(now.settings, section), name) == getattr(
        getattr(workspace.settings, section), name
    )
    warned = [each.getMessage() for each in caplog.records if each.levelno == logging.WARNING]
    assert warned == [f"{key} was changed: it holds once the process is started again"]


def test_another_database_needs_a_restart(kept: KeptOpen, workspace: Workspace) -> None:
    url = workspace.settings.servicing.database
    settings(workspace.home, url, "sqlite:///another.db")
    assert workspace.current().settings.servicing.database == url


def test_a_language_that_comes_while_its_texts_are_broken_is_not_mixed_in(
    kept: KeptOpen, workspace: Workspace
) -> None:
    """Who speaks it is written to as before, by the words that were read."""
    put(workspace.home, "templates/messages/fr/month_1.sms.txt", "{{")
    assert workspace.current().composer.locales() == ["en", "zh_CN"]


def test_every_job_has_the_files_of_its_own_beginning(
    kept: KeptOpen, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next walk is one by the new plan, and says so of its day."""
    seen: list[str] = []

    def work(space: Workspace, *_: object) -> timetable.Counted:
        seen.append(space.plan.edition)
        put(space.home, "plans/standard.toml", WITHOUT)
        seen.append(space.plan.edition)
        return {}

    monkeypatch.setattr(embedded, "TIMETABLE", (Job("walk", "0 0 1 1 *", work),))
    clockwork = embedded.Clockwork(workspace, lambda: FIRST)
    job = clockwork._carried_out(embedded.TIMETABLE[0])
    job()
    job()
    old, new = workspace.plan.edition, workspace.current().plan.edition
    assert old != new
    assert seen == [old, old, new, new]


def test_a_workspace_that_nobody_keeps_open_stays_as_it_was_read(workspace: Workspace) -> None:
    put(workspace.home, "plans/standard.toml", WITHOUT)
    assert workspace.current() is workspace


def test_the_others_go_on_helping(kept: KeptOpen, workspace: Workspace) -> None:
    class Nobody:
        def make(self, part: object) -> None: ...

        def send(self, batches: object) -> None: ...

    workspace.others = Nobody()  # type: ignore[assignment]
    settings(workspace.home, "示例人寿", "晨星人寿")
    assert workspace.current().others is workspace.others


def test_settings_that_are_the_same_leave_nothing_for_a_restart() -> None:
    from servicing.operations.kept_open import keeping

    assert keeping(Settings(), Settings()) == (Settings(), [])
