"""Four hundred days in the embedded engine, killed at random and asleep for three days at a time.

A twin lives the same days undisturbed. At the end both have recorded the same.
"""

import datetime
import itertools
import os
import random
import shutil
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from policies import database
from servicing.case_reports import weeks
from servicing.messages import history
from tests.acceptance import tables
from tests.acceptance.frontdoor import DAY
from tests.drills import books, casework, lifetime
from tests.servicing.cases import opened

POLICIES, DAYS = 2_000, 400
KILLS, SLEEP_EVERY = 40, 4
"""One kill in four is followed by three days of sleep."""

ASLEEP = datetime.timedelta(days=3)
BEGUN = datetime.datetime.combine(
    DAY, datetime.time(5), datetime.timezone(datetime.timedelta(hours=8))
)
ENDED = BEGUN + datetime.timedelta(days=DAYS)

Named = tuple[str, ...]
Sleep = tuple[datetime.date, datetime.date]


def end(pid: int) -> int:
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


def disturbed(home: Path, chance: random.Random) -> list[Sleep]:
    """Live all the days, killed again and again; answers with the days that were slept through."""
    slept = []
    for kill in range(KILLS):
        child = lifetime.begin(home, ENDED)
        time.sleep(chance.uniform(0.3, 3.0))
        os.kill(child, signal.SIGKILL)
        code = end(child)
        if code == 0 and kill > KILLS // 2:  # a quick machine: it has lived all its days
            break
        assert code == -signal.SIGKILL, (home / "child.txt").read_text("utf-8")
        if kill % SLEEP_EVERY == 0:
            went_to_sleep = lifetime.come_to(home)
            lifetime.put_on(home, went_to_sleep + ASLEEP)
            slept.append((went_to_sleep.date(), (went_to_sleep + ASLEEP).date()))
    assert end(lifetime.begin(home, ENDED)) == 0, (home / "child.txt").read_text("utf-8")
    return slept


def owed(home: Path) -> dict[Named, tuple[str, str, str]]:
    """Every touchpoint by whose it is, which, and when; what became of its message and its task."""
    rows = tables.held(books.URL, home)
    client = {row["id"]: row["client_no"] for row in rows["client"]}
    policy = {row["id"]: row["policy_no"] for row in rows["policy"]}
    message = {row["touchpoint_id"]: (row["state"], row["reason"]) for row in rows["message"]}
    task = {row["touchpoint_id"]: row["state"] for row in rows["task"]}
    named = {
        row["id"]: (
            client[row["client_id"]],
            policy[row["policy_id"]] if row["scope"] == "policy" else "",
            *(str(row[name]) for name in ("key", "occurrence", "due_on")),
        )
        for row in rows["touchpoint"]
    }
    assert len(set(named.values())) == len(named), "no touchpoint twice"
    return {
        name: (*message.get(number, ("", "")), task.get(number, ""))
        for number, name in named.items()
    }


def is_near(name: Named, slept: list[Sleep]) -> bool:
    """Whether it fell due while the house slept, or in a month in which a cap may have counted so."""
    due = datetime.date.fromisoformat(name[-1])
    month = datetime.timedelta(days=31)
    return any(begun <= due <= ended + month for begun, ended in slept)


@pytest.fixture
def homes(tmp_path: Path) -> tuple[Path, Path]:
    office = books.make_office(tmp_path / "office", policies=POLICIES, joined=DAY)
    for name in ("calm", "stormy"):
        shutil.copytree(office, tmp_path / name)
        lifetime.put_on(tmp_path / name, BEGUN)
    return tmp_path / "calm", tmp_path / "stormy"


def test_the_disturbed_ends_as_the_undisturbed(homes: tuple[Path, Path]) -> None:
    calm, stormy = homes
    undisturbed = lifetime.begin(calm, ENDED)
    slept = disturbed(stormy, random.Random(400))
    assert end(undisturbed) == 0, (calm / "child.txt").read_text("utf-8")

    wanted, found = owed(calm), owed(stormy)
    assert found.keys() == wanted.keys(), "none twice, none missing"
    others = {name for name in wanted if wanted[name] != found[name]}
    assert {name for name in others if not is_near(name, slept)} == set()
    assert {found[name][0] for name in others} <= {"accepted", "skipped", "suppressed", ""}
    for home in homes:
        assert [each for each, times in Counter(lifetime.sent(home)).items() if times > 1] == []
        add_up(home)
    compare_cases(calm, stormy, slept)


def add_up(home: Path) -> None:
    """Due = sent + suppressed + skipped + failed + waiting, on each of the days."""
    database.connect(books.URL, home)
    every = tables.held(books.URL, home)
    due = Counter(row["due_on"] for row in every["touchpoint"])
    for number in range(DAYS):
        on = DAY + datetime.timedelta(days=number)
        account = history.account(on)
        parts = {name: getattr(account, name) for name in history.PARTS}
        assert sum(parts.values()) == account.due <= due[on.isoformat()], (on, parts)
        assert number > DAYS - 40 or parts["waiting"] == 0, (on, parts)
    database.database.close()


def compare_cases(calm: Path, stormy: Path, slept: list[Sleep]) -> None:
    """The same cases, moved by the same steps, whoever was killed; each went up in time, once."""
    wanted, found = told_of(calm), told_of(stormy)
    assert found.cases == wanted.cases
    assert found.checks == wanted.checks and wanted.checks
    kinds = Counter(kind for kind, _, _ in wanted.cases)
    assert kinds["complaint"] > DAYS / 4 and kinds["callback"] and kinds["problem"]
    assert {"closed", "withdrawn", "refused", "forwarded", "accepted", "done_clean"} <= {
        each.state for each in wanted.cases.values()
    }
    for name, steps in wanted.went_up.items():
        taken = [step[:2] for step in found.went_up[name]]
        assert len(set(taken)) == len(taken), "a step twice"
        if not any(overslept(due, slept) for due, _, _ in steps + found.went_up[name]):
            assert found.went_up[name] == steps


def overslept(due: str, slept: list[Sleep]) -> bool:
    """Whether the house slept at a time at which a case went up that was due on that day."""
    last = datetime.date.fromisoformat(due)
    near = datetime.timedelta(days=10)  # with days off before it
    return any(begun <= last + near and last - near <= ended for begun, ended in slept)


def told_of(home: Path) -> casework.Told:
    """What stands in a book; its weeks add up, and nothing in it is over in silence."""
    database.connect(books.URL, home)
    told = casework.told()
    for name, each in told.cases.items():
        if each.due_on and each.due_on < str(ENDED.date() - ASLEEP):
            assert (each.due_on, "over") in [step[:2] for step in told.went_up[name]], name
    sundays = [DAY + datetime.timedelta(days=6 + 7 * number) for number in range(DAYS // 7)]
    kind = opened.CHINA.kind("complaint")
    found = [weeks.week(kind, sunday) for sunday in sundays]
    for week, after in itertools.pairwise(found):
        assert week.open_at_start + week.received - week.closed == week.open_at_end
        assert week.open_at_end == after.open_at_start
    database.database.close()
    return told
