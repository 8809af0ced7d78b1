"""A book made anew of its backup does not send what the lost one has sent, on no day of its span."""

import datetime
import shutil
from pathlib import Path

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
    told = again("restore", file, "--lost-at", f"{DAYS[1]} 12:00").done().out
    assert "1 message may have been sent since" in told
    waiting = [("month_7", "queued", "due"), ("month_7", "unknown", "restored")]
    assert sorted(again.messages())[1:] == waiting
    assert again.dispatch(f"{DAYS[2]} 19:00") == {"accepted": 2}
    assert {state for _, state, _ in again.messages()} == {"accepted"}
    assert [len(again.sent(day)) for day in DAYS] == [1, 1, 1]
