"""Whoever finds that a settings file, a plan or a text is another one writes it down, once."""

import hashlib
import json
import shutil
import socket
from pathlib import Path

import pytest

from servicing.core.audit_models import AuditEntry
from servicing.core.models import Kept
from servicing.operations import edited_files, timetable
from servicing.operations.workspace import Workspace
from tests import cast

TEN = cast.at("2026-06-01", "10:00")
TEXT = "templates/messages/zh_CN/news.sms.txt"

Told = tuple[str, bool, bool]


def noticed() -> list[Told]:
    """Each file, and whether it was there before and is there now."""
    query = AuditEntry.select().where(AuditEntry.kind == "file.changed").order_by(AuditEntry.id)
    facts = [json.loads(each.facts) for each in query]
    return [(each["file"], "was" in each, "became" in each) for each in facts]


def write(space: Workspace, name: str, text: str) -> None:
    path = space.home / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


@pytest.fixture
def space(workspace: Workspace) -> Workspace:
    """A workspace whose files are known, with a text of its own."""
    write(workspace, TEXT, "【安心】新闻。拒收请回复R")
    edited_files.notice(workspace.home, TEN)
    return workspace


def test_a_file_that_is_added_changed_or_removed_is_told_once(space: Workspace) -> None:
    before = len(noticed())
    write(space, "plans/ours.toml", "# a plan")
    write(space, "clocks/cn.toml", "# clocks")
    write(space, "question_sets/basic.toml", "# questions")
    write(space, TEXT, "【安心】别的新闻。拒收请回复R")
    for _ in range(2):
        edited_files.notice(space.home, TEN)
    (space.home / TEXT).unlink()
    edited_files.notice(space.home, TEN)
    assert noticed()[before:] == [
        ("clocks/cn.toml", False, True),
        ("plans/ours.toml", False, True),
        ("question_sets/basic.toml", False, True),
        (TEXT, True, True),
        (TEXT, True, False),
    ]


def test_what_does_not_decide_what_is_sent_is_not_looked_at(space: Workspace) -> None:
    before = noticed()
    for name in ("keys.toml", "book.csv", "plans/past/x.toml", "outbox/x.txt"):
        write(space, name, "x")
    edited_files.notice(space.home, TEN)
    assert noticed() == before


def test_a_file_that_is_written_anew_as_it_was_is_none(space: Workspace) -> None:
    before = noticed()
    write(space, TEXT, (space.home / TEXT).read_text("utf-8"))
    edited_files.notice(space.home, TEN)
    assert noticed() == before


def test_the_service_notices_it_by_itself_within_a_minute(space: Workspace) -> None:
    write(space, "plans/ours.toml", "# a plan")
    assert {job.cron for job in timetable.TIMETABLE if job.work is timetable.send} == {"* * * * *"}
    timetable.send(space, lambda: TEN, lambda: False)
    line = AuditEntry.select().order_by(AuditEntry.id.desc()).get()
    assert (line.who, line.way) == ("service", "service")
    assert noticed()[-1] == ("plans/ours.toml", False, True)


def test_a_workspace_that_has_moved_or_was_copied_has_what_it_had(
    space: Workspace, tmp_path: Path
) -> None:
    before, copy = len(noticed()), tmp_path / "copy"
    shutil.copytree(space.home, copy, ignore=shutil.ignore_patterns("*.db*"))
    edited_files.notice(copy, TEN)
    assert len(noticed()) == before
    again = shutil.copytree(copy, tmp_path / "again")
    (again / TEXT).write_text("【安心】第三条。拒收请回复R", "utf-8")
    edited_files.notice(again, TEN)
    assert noticed()[before:] == [(TEXT, True, True)]


def test_two_machines_with_other_files_under_the_same_path_tell_of_each_change_once(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = len(noticed())
    texts = {"one": (space.home / TEXT).read_text("utf-8"), "two": "【安心】第二台。拒收请回复R"}
    monkeypatch.setattr(socket, "gethostname", lambda: "one")
    edited_files.notice(space.home, TEN)
    for machine in ["two", "one"] * 3:
        monkeypatch.setattr(socket, "gethostname", lambda name=machine: name)
        write(space, TEXT, texts[machine])
        edited_files.notice(space.home, TEN)
    assert noticed()[before:] == [(TEXT, True, True)]


def test_no_more_of_a_digest_is_kept_than_the_log_tells(space: Workspace) -> None:
    whole = hashlib.sha256((space.home / "servicing.toml").read_bytes()).hexdigest()
    kept = " ".join(each.value for each in Kept.select())
    assert whole not in kept and whole[: edited_files.SHOWN] in kept
