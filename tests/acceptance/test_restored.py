"""A book made anew of its backup does not send what the lost one has sent, on no day of its span."""

import datetime
import os
import shutil
from pathlib import Path

from policies import signature
from tests.acceptance.office import Office

ROWS = [
    {
        "policy_no": f"K{number}",
        "issue_date": f"2025-10-{number}",
        "annual_premium": 900,
        "client_no": f"C{number}",
        "client_name": f"Client {number}",
        "agent_no": "A1",
        "phone": f"+121255501{number}",
    }
    for number in (11, 12, 13)
]
"""Seven months old on three days, one after the other."""

DAYS = ("2026-05-11", "2026-05-12", "2026-05-13")


def test_what_left_on_the_day_of_the_loss_leaves_no_second_time(tmp_path: Path) -> None:
    lost, file = Office(tmp_path / "lost"), tmp_path / "night.backup"
    lost.book(*ROWS, joined="2026-05-10")
    lost.walk(DAYS[0])
    assert lost.dispatch(f"{DAYS[0]} 09:30") == {"accepted": 1}
    lost("backup", file).done()
    lost.walk(DAYS[1])
    assert lost.dispatch(f"{DAYS[1]} 09:30") == {"accepted": 1}
    again = Office(tmp_path / "again")
    shutil.copytree(lost.home / "outbox", again.home / "outbox")
    again.now = datetime.datetime.fromisoformat(f"{DAYS[2]}T10:00+08:00")
    told = again("restore", file, "--yes", "--lost-at", f"{DAYS[1]} 12:00").done().out
    assert "1 message may have been sent since" in told
    waiting = [("month_7", "queued", "due"), ("month_7", "unknown", "restored")]
    assert sorted(again.messages())[1:] == waiting
    assert again.dispatch(f"{DAYS[2]} 19:00") == {"accepted": 2}
    assert {state for _, state, _ in again.messages()} == {"accepted"}
    assert [len(again.sent(day)) for day in DAYS] == [1, 1, 1]


def test_restore_says_what_it_will_do_and_asks_where_nobody_vouches(tmp_path: Path) -> None:
    """Without a terminal nobody can be asked, so nothing is replaced before somebody says --yes."""
    one, file = Office(tmp_path / "one"), tmp_path / "night.backup"
    one.book(*ROWS, joined="2026-05-10")
    one.walk(DAYS[0])
    one("backup", file).done()
    again = Office(tmp_path / "again")
    told = again("restore", file)
    assert "signed by another workspace, and nobody has agreed" in told.refused()
    assert "clients: 3, policies: 3, messages: 1, of these yet to be sent: 1" in told.out
    assert "signed by another workspace: nobody here vouches for what it says" in told.out
    assert again("card", "C11").refused()
    os.truncate(file, file.stat().st_size - signature.LENGTH)
    told = again("restore", file)
    assert "has no signature, and nobody has agreed" in told.refused()
    assert "without a signature" in told.out
    assert "restored: 3 policies" in again("restore", file, "--yes").done().out


def test_what_this_workspace_has_signed_needs_no_word(tmp_path: Path) -> None:
    office, file = Office(tmp_path / "one"), tmp_path / "night.backup"
    office("backup", file).done()
    assert "signed by this workspace" in office("restore", file).done().out


def test_a_backup_that_was_changed_is_refused_also_with_yes(tmp_path: Path) -> None:
    office, file = Office(tmp_path / "one"), tmp_path / "night.backup"
    office("backup", file).done()
    file.write_bytes(file.read_bytes().replace(b"append-only", b"append only"))
    told = office("restore", file, "--yes").refused()
    assert told.startswith(f"{file}: has a signature that does not fit its content")
