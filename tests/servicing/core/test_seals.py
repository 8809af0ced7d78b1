"""Seals over the trail: one byte that was changed afterwards is found and named."""

import datetime
import json
import zipfile
from pathlib import Path
from typing import Any

import peewee
import pytest

from policies import database
from servicing.channels.memory import Memory
from servicing.core import errors, line_kinds, seals, trail
from servicing.core.models import CardEntry, TrailSeal
from servicing.desk import tasks
from servicing.explain import evidence
from servicing.messages import suppressions
from tests import cast
from tests.refusals import refuses
from tests.servicing import owed
from tests.servicing.dispatched import TEN, by, dispatch

Book = peewee.Database

WALKER = cast.walker(owed.THREE_YEARS)
DAY = datetime.date(2025, 9, 30)
EVENING = cast.at(DAY, "20:00")


@pytest.fixture
def lived(book: Book) -> list[int]:
    """The numbers of the lines after a day's work, four messages and a task."""
    cast.everybody()
    cast.walk_only(DAY, WALKER)
    dispatch(by(Memory()))
    tasks.done(cast.task("month_1").id, TEN, "已通话")
    return [each.id for each in CardEntry.select().order_by(CardEntry.id)]


def tamper(sql: str, *values: Any) -> None:
    """As somebody does who may do anything to the database; but for that it refuses."""
    if database.is_sqlite():
        for trigger in ("card_entry_no_update", "card_entry_no_delete"):
            database.execute(f"DROP TRIGGER IF EXISTS {trigger}")
    else:
        database.execute("ALTER TABLE card_entry DISABLE TRIGGER USER")
    database.execute(sql, values)
    if not database.is_sqlite():  # the next test has the same database
        database.execute("ALTER TABLE card_entry ENABLE TRIGGER USER")


def faults() -> list[tuple[str, int]]:
    return [(each.fault, each.entry) for each in seals.verify().findings]


def test_what_is_as_it_was_sealed_is_found_to_be(lived: list[int]) -> None:
    assert seals.seal(EVENING) == len(lived)
    audit = seals.verify()
    assert (audit.lines, audit.unsealed, audit.findings) == (len(lived), 0, [])
    assert seals.seal(EVENING) == 0 and seals.verify().digest == audit.digest


def test_a_line_of_an_earlier_version_is_sealed_as_that_has_written_it(lived: list[int]) -> None:
    """It has the name of its kind where a line of today has a letter: its seal is over the name."""
    number, kind = next(
        row
        for row in database.execute("SELECT id, kind FROM card_entry ORDER BY id")
        if row[1] == "a"
    )
    tamper("UPDATE card_entry SET kind = ? WHERE id = ?", line_kinds.told(kind), number)
    told = [line.kind for line in trail.of_client(CardEntry.get_by_id(number).client_id)]
    seals.seal(EVENING)
    assert faults() == []
    tamper("UPDATE card_entry SET kind = ? WHERE id = ?", kind, number)
    (finding,) = seals.verify().findings
    assert (finding.fault, finding.entry, finding.kind) == ("changed", number, "message.accepted")
    client_id = CardEntry.get_by_id(number).client_id
    assert [line.kind for line in trail.of_client(client_id)] == told


def test_lines_of_the_last_hour_are_not_sealed_yet(lived: list[int]) -> None:
    """Another one with a lower number may still be on its way into the database."""
    assert seals.seal(TEN + datetime.timedelta(minutes=30)) < len(lived)
    assert seals.verify().unsealed > 0
    seals.seal(EVENING)
    assert seals.verify().unsealed == 0


def test_a_line_of_a_moment_to_come_keeps_no_other_from_being_sealed(lived: list[int]) -> None:
    """It is as old as the lines around it: while none behind it is old, it may have been written now."""
    client = CardEntry.get_by_id(lived[0]).client_id
    said = {"client": client, "kind": "note", "facts": "{}"}
    to_come = CardEntry.create(at=EVENING + datetime.timedelta(days=3650), **said)
    assert seals.seal(EVENING) == len(lived)
    CardEntry.create(at=EVENING, **said)
    later = EVENING + datetime.timedelta(minutes=59)
    assert seals.seal(later) == 0
    assert seals.seal(EVENING + datetime.timedelta(hours=1)) == 2
    assert seals.verify().unsealed == 0 and faults() == []
    assert to_come.id < TrailSeal.select().order_by(TrailSeal.id.desc()).get().last_entry


@pytest.mark.parametrize("lines", [2, 3, 10_000])
def test_one_byte_of_one_old_line_is_found_and_named(
    lived: list[int], monkeypatch: pytest.MonkeyPatch, lines: int
) -> None:
    monkeypatch.setattr(seals, "LINES", lines)
    seals.seal(EVENING)
    victim = CardEntry.get_by_id(lived[-1])
    told = victim.facts.replace('"', "'", 1)
    assert len(told) == len(victim.facts) and told != victim.facts
    tamper("UPDATE card_entry SET facts = ? WHERE id = ?", told, victim.id)
    (finding,) = seals.verify().findings
    assert (finding.fault, finding.entry, finding.kind) == ("changed", victim.id, victim.kind)
    assert finding.client_no == victim.client.client_no


CHANGES = [
    ("UPDATE card_entry SET kind = 'message.delivered' WHERE id = ?", "changed"),
    ("UPDATE card_entry SET at = '2025-09-01 00:00:00' WHERE id = ?", "changed"),
    ("UPDATE card_entry SET policy_id = 7 WHERE id = ?", "changed"),
    ("DELETE FROM card_entry WHERE id = ?", "gone"),
]


@pytest.mark.parametrize(("sql", "fault"), CHANGES)
def test_whatever_was_done_to_a_line_is_found(lived: list[int], sql: str, fault: str) -> None:
    seals.seal(EVENING)
    tamper(sql, lived[1])
    assert faults() == [(fault, lived[1])]


@pytest.mark.parametrize("column", ["client_id", "policy_id", "touchpoint_id", "at", "facts"])
@pytest.mark.parametrize("value", ["'?'", "x'00'", "1.5"])
def test_whatever_was_forged_into_the_file_is_found(
    lived: list[int], column: str, value: str
) -> None:
    if not database.is_sqlite():
        pytest.skip("only SQLite keeps a value of another type")
    seals.seal(EVENING)
    database.execute("PRAGMA foreign_keys = OFF")
    tamper(f"UPDATE card_entry SET {column} = {value} WHERE id = ?", lived[1])
    assert faults() == [("changed", lived[1])]


def test_a_line_put_in_between_is_found(lived: list[int]) -> None:
    tamper("DELETE FROM card_entry WHERE id = ?", lived[1])
    seals.seal(EVENING)
    CardEntry.insert(
        id=lived[1], client=cast.lin_wei(), at=EVENING, kind="task.done", facts="{}"
    ).execute()
    assert faults() == [("added", lived[1])]


def test_a_seal_that_was_changed_or_taken_away_is_found(
    lived: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seals, "LINES", 1)
    seals.seal(EVENING)
    first, second, third = TrailSeal.select().order_by(TrailSeal.id).limit(3)
    TrailSeal.update(digest="0" * 64).where(TrailSeal.id == first.id).execute()
    assert ("broken", first.last_entry) in faults()
    assert ("broken", second.last_entry) in faults(), "it is over another one"
    TrailSeal.update(digest=first.digest).where(TrailSeal.id == first.id).execute()
    assert faults() == []
    TrailSeal.delete().where(TrailSeal.id == second.id).execute()
    assert faults() == [("broken", third.last_entry)]


def test_what_is_written_later_is_sealed_over_what_was(lived: list[int]) -> None:
    seals.seal(EVENING)
    before = seals.verify().digest
    suppressions.suppress("sms", "+12025550111", "opted_out", "reply", EVENING)
    CardEntry.create(client=cast.lin_wei(), at=EVENING, kind="note.written", facts="{}")
    seals.seal(EVENING + datetime.timedelta(days=1))
    audit = seals.verify()
    assert audit.seals == 2 and audit.digest != before and audit.findings == []


# --------------------------------------------------------------------------------------- evidence


def pack(client_no: str = "C001") -> evidence.Pack:
    return evidence.pack(WALKER, client_no, "en", DAY, EVENING)


def test_a_pack_has_all_of_the_client_and_nothing_of_others(
    lived: list[int], tmp_path: Path
) -> None:
    seals.seal(EVENING)
    evidence.write(pack(), tmp_path / "lin-wei.zip")
    with zipfile.ZipFile(tmp_path / "lin-wei.zip") as archive:
        held = {name: archive.read(name).decode() for name in archive.namelist()}
    assert {"card.json", "messages.json", "consents.json", "reasons.json", "manifest.json"} <= set(
        held
    )
    texts = [text for name, text in held.items() if name.startswith("messages/")]
    assert len(texts) == 3 and all("林伟" in text for text in texts)
    assert not any("周明" in text or "C900" in text for text in held.values())
    reasons = json.loads(held["reasons.json"])
    assert {chain["outcome"] for chain in reasons} == {"recorded"}
    assert oct((tmp_path / "lin-wei.zip").stat().st_mode)[-3:] == "600"


def test_the_manifest_proves_every_file_and_names_the_seal(lived: list[int]) -> None:
    import hashlib

    seals.seal(EVENING)
    files = pack()
    manifest = json.loads(files["manifest.json"])
    assert manifest["trail"]["digest"] == seals.verify().digest
    assert manifest["files"] == {
        name: hashlib.sha256(held).hexdigest()
        for name, held in files.items()
        if name != "manifest.json"
    }


def test_the_same_book_makes_the_same_bytes(lived: list[int], tmp_path: Path) -> None:
    for name in ("one.zip", "two.zip"):
        evidence.write(pack(), tmp_path / name)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_a_pack_of_nobody_and_a_place_that_is_none_are_refused(
    lived: list[int], tmp_path: Path
) -> None:
    with refuses(errors.ClientNotFound, match="C404"):
        pack("C404")
    with pytest.raises(errors.UnwritableFile):
        evidence.write(pack(), tmp_path / "no-such-folder" / "x.zip")
