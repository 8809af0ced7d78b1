"""Each kind of personal data goes by itself when its time is over, and nothing before."""

import datetime
import json
import os
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from policies import database
from policies.models import Client, Policy
from servicing.card import notes
from servicing.core import audit_log, card_views, seals
from servicing.core.account_models import CardView, User
from servicing.core.audit_models import AuditEntry
from servicing.core.models import CardEntry, Message, Reply, Task
from servicing.core.settings import Retention
from servicing.desk import tasks
from servicing.operations import health, pending, retention, timetable
from servicing.operations.retention import Night
from servicing.operations.workspace import Workspace
from servicing.rights import expiring
from tests import cast

DAY = datetime.date(2025, 9, 30)
TEN = cast.at(DAY, "10:00")
FOREVER = Retention(reply_days=0, look_days=0, upload_days=0, audit_days=0)


def kept_for(space: Workspace, **days: int) -> Workspace:
    """The workspace with other rules, all else being kept for good."""
    rules = replace(FOREVER, **days)
    return Workspace(space.home, replace(space.settings, retention=rules))


def night(space: Workspace, days_later: int) -> dict[str, int]:
    """What goes in the night so many days after the day on which all was written."""
    now = TEN + datetime.timedelta(days=days_later)
    return retention.expire(space, now, lambda: False).expired


@pytest.fixture
def space(workspace: Workspace) -> Workspace:
    """A day on which everything personal was written once."""
    cast.everybody()
    cast.walk_only(DAY, workspace)
    dispatch_all(workspace)
    lin = cast.lin_wei()
    tasks.done(cast.task("month_1").id, TEN, "已通话")
    notes.remark(lin, "note", "喜欢下午来电", "chen", TEN)
    known = {"provider": "twilio", "provider_ref": "SM1", "meaning": "reply", "client": lin}
    Reply.create(sender="+12025550111", body="谢谢", received_at=TEN, **known)
    who = User.create(
        login="jing", name="何静", role="manager", password="x", session_key="k", made_at=TEN
    )
    card_views.looked_at(who, lin.id, TEN, DAY)
    pending.folder(workspace.home)
    for end in ("csv", "json", "mapping"):
        path = pending.path(workspace.home, "7", end)
        path.write_text("林伟", "utf-8")
        os.utime(path, (TEN.timestamp(), TEN.timestamp()))
    return workspace


def dispatch_all(space: Workspace) -> None:
    from servicing.dispatch import dispatcher

    dispatcher.dispatch(space.dispatcher(TEN.timestamp), lambda: TEN)


def held(space: Workspace) -> dict[str, int]:
    """How much there is of each kind."""
    has_text = Message.packed_text.is_null(False) & (Message.address != "")
    folder = space.home / pending.FOLDER
    return {
        "message": Message.select().where(has_text).count(),
        "note": Task.select().where(Task.note != "").count()
        + sum("note" in each or "text" in each for each in facts()),
        "reply": Reply.select().where(Reply.body != "").count(),
        "look": CardView.select().count(),
        "upload": len(list(folder.iterdir())),
        "outbox": len(list((space.home / "outbox").glob("*/*/*.txt"))),
        "client": Client.select().where(Client.erased_on.is_null()).count(),
    }


def facts() -> list[dict[str, Any]]:
    return [json.loads(each.facts) for each in CardEntry.select().order_by(CardEntry.id)]


KINDS = [
    # kind -> how much of it was written
    ("message", 4),
    ("note", 3),
    ("reply", 1),
    ("look", 1),
    ("upload", 3),
    ("outbox", 4),
]


@pytest.mark.parametrize(("kind", "count"), KINDS)
def test_each_kind_goes_when_its_time_is_over_and_nothing_else_does(
    space: Workspace, kind: str, count: int
) -> None:
    before = held(space)
    assert before[kind] == count
    rules = kept_for(space, **{f"{kind}_days": 30})
    assert night(rules, 29) == {kind: 0} and held(space) == before
    assert night(rules, 31) == {kind: count}
    assert held(space) == {**before, kind: 0}
    assert night(rules, 32) == {kind: 0}
    assert seals.verify().findings == []


def test_what_is_kept_for_good_is_not_looked_at(space: Workspace) -> None:
    before = held(space)
    assert night(kept_for(space), 10_000) == {} and held(space) == before


def test_lines_of_the_audit_log_go_once_they_are_sealed(space: Workspace) -> None:
    rules = kept_for(space, audit_days=180)
    audit_log.record("backup.written", TEN)
    assert night(rules, 181) == {"audit": 0}
    seals.seal(TEN + datetime.timedelta(hours=2), seals.LOG)
    assert night(rules, 180) == {"audit": 0} and night(rules, 181) == {"audit": 1}
    assert [each.kind for each in AuditEntry.select()] == ["audit.expired"]
    assert seals.verify(seals.LOG).findings == []


def test_a_client_goes_so_long_after_the_last_policy_has_ended(space: Workspace) -> None:
    ended = {"status": "surrendered", "ended_on": DAY}
    Policy.update(**ended).where(Policy.client == cast.lin_wei()).execute()
    rules = kept_for(space, client_days=3653)
    assert night(rules, 3652) == {"client": 0}
    assert night(rules, 3653) == {"client": 1}
    assert {each.name for each in Client.select()} & {"林伟", "周明"} == {"周明"}
    letters = (space.home / "outbox").glob("*/*/*.txt")
    assert all("林伟" not in each.read_text("utf-8") for each in letters)
    line = CardEntry.select().where(CardEntry.kind == "client.expired").get()
    assert json.loads(line.facts)["ground"] == "[retention] client_days = 3653"
    assert night(rules, 3654) == {"client": 0}


def test_looks_that_wait_beside_the_database_are_brought_in_before_clients_go(
    space: Workspace,
) -> None:
    file = database.file_of(space.settings.servicing.database, space.home)
    if file is None:
        pytest.skip("PostgreSQL: many write at a time, so no look waits beside the database")
    ended = {"status": "surrendered", "ended_on": DAY}
    Policy.update(**ended).where(Policy.client == cast.lin_wei()).execute()
    look = {"login": "jing", "client_no": "C001", "at": cast.at(DAY, "11:00").isoformat()}
    folder = file.parent / "looks"
    folder.mkdir()
    (folder / "look-1.json").write_text(json.dumps(look), "utf-8")
    assert night(kept_for(space, client_days=3653), 3653) == {"client": 1}
    assert not list(folder.iterdir()) and CardView.select().count() == 2


def test_a_line_says_on_each_card_what_has_gone(space: Workspace) -> None:
    seals.seal(TEN + datetime.timedelta(hours=2))
    digest = seals.verify().digest
    night(kept_for(space, note_days=30), 31)
    (line,) = CardEntry.select().where(CardEntry.kind == "client.expired")
    said = json.loads(line.facts)
    assert (said["by"], said["ground"], said["lines"]) == (
        "servicing",
        "[retention] note_days = 30",
        2,
    )
    assert (seals.verify().digest, seals.verify().findings) == (digest, [])


def test_a_message_that_waits_keeps_its_text_until_it_is_at_its_end(space: Workspace) -> None:
    first = Message.select().order_by(Message.id).get()
    Message.update(state="unknown").where(Message.id == first.id).execute()
    rules = kept_for(space, message_days=30)
    assert night(rules, 31) == {"message": 3}
    Message.update(state="accepted").where(Message.id == first.id).execute()
    assert night(rules, 32) == {"message": 1}


def test_a_night_reads_on_where_the_last_one_ended(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expiring, "BATCH", 1)
    rules = kept_for(space, message_days=30, note_days=30)
    night(rules, 31)
    last = Message.select().order_by(Message.id.desc()).get().id
    assert retention.last().marks["message 30"] == last
    shorter = kept_for(space, message_days=20)
    night(shorter, 31)
    assert retention.last().marks["message 20"] == last
    assert "message 30" not in retention.last().marks


def test_one_that_is_told_to_end_goes_on_the_next_night(space: Workspace) -> None:
    rules = kept_for(space, message_days=30)
    now = TEN + datetime.timedelta(days=31)
    assert retention.expire(rules, now, lambda: True).expired == {}
    assert retention.expire(rules, now, lambda: False).expired == {"message": 4}


def test_the_status_tells_of_the_last_night(space: Workspace) -> None:
    assert retention.last() == Night() and health.status(["outbox"], DAY, TEN).retention == {}
    rules, now = kept_for(space, look_days=30), TEN + datetime.timedelta(days=31)
    assert timetable.expire(rules, lambda: now, lambda: False) == {"look": 1}
    told = health.status(["outbox"], DAY, TEN).retention
    assert told == {"at": now.isoformat(), "expired": {"look": 1}}


@cast.on_sqlite
def test_nothing_of_it_is_left_in_the_file(space: Workspace) -> None:
    file, word = Path(database.database.obj.database), "喜欢下午来电".encode()
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert word in file.read_bytes()
    night(kept_for(space, note_days=30), 31)
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert word not in file.read_bytes()


def test_those_of_whom_something_stands_against_it_keep_nobody_waiting(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A night looks at two, and of the first two nobody knows whether a message has left."""
    monkeypatch.setattr(expiring, "MOST_CLIENTS", 2)
    ended = {"status": "surrendered", "ended_on": DAY}
    for number in range(3):
        client = Client.create(client_no=f"C10{number}", name=f"N{number}", phone="")
        cast.give_policy(client, f"P10{number}", "2020-01-01")
    Policy.update(**ended).execute()
    known = Message.state == "accepted"
    assert {each.client_id for each in Message.select().where(known)} == {1, 2}
    Message.update(state="unknown").where(known).execute()
    rules = kept_for(space, client_days=3653)
    assert [night(rules, 3653 + later)["client"] for later in range(4)] == [0, 2, 1, 0]
    Message.update(state="delivered").where(Message.state == "unknown").execute()
    assert night(rules, 3657) == {"client": 2}
