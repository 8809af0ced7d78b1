"""`kill -9` at any moment: the database opens, the job runs again, and all is as if never killed."""

import os
import random
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from servicing.core import line_kinds
from servicing.corrections import sweep
from tests.acceptance import tables
from tests.acceptance.frontdoor import DAY, NOON
from tests.acceptance.tables import Tables
from tests.drills import books, jobs
from tests.drills.books import URL
from tests.drills.jobs import Words, end_well
from tests.drills.letters import assert_each_left_once, letters

POLICIES = 500
MOMENTS = 50
SEED = 9
BOOK_TABLES = ("branch", "team", "agent", "client", "policy", "premium", "book_import")

FIRST_IMPORT = ("book", "import", "book.csv", "--joined", DAY)
LATER_IMPORT = ("book", "import", "later.csv", "--joined", DAY)
WALK = ("walk", "--on", DAY)
DISPATCH = ("dispatch", "--now", NOON)
AFTER_THE_LEASE = ("dispatch", "--now", "2026-05-11T12:06")


def held(home: Path) -> Tables:
    return tables.without_moments(tables.held(URL, home))


def moments(duration: float, count: int = MOMENTS) -> Iterator[float]:
    """Random moments of [0, duration], one in each of `count` equal parts of it."""
    dice = random.Random(SEED)
    for part in range(count):
        yield duration * (part + dice.random()) / count


def rid(home: Path) -> None:
    shutil.rmtree(home)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("killed")


@pytest.fixture(scope="module")
def empty_office(room: Path) -> Path:
    """A workspace without a book, and the files of one."""
    home = room / "empty"
    home.mkdir()
    books.make_files(home, POLICIES)
    end_well(("init",), home)
    return home


@pytest.fixture(scope="module")
def waiting_office(room: Path) -> Path:
    """A workspace with five days to catch up, and a changed book to come."""
    home = books.make_office(room / "waiting", policies=POLICIES, joined=books.days_before(5))
    books.write_later_book(home, new=150)
    return home


@pytest.fixture(scope="module")
def walked_office(room: Path, waiting_office: Path) -> Path:
    """The same workspace, walked: some hundred messages are queued."""
    home = shutil.copytree(waiting_office, room / "walked")
    end_well(WALK, home)
    return home


def drill(
    job: Words, of: Path, room: Path, is_whole: Callable[[Tables], bool], count: int = MOMENTS
) -> None:
    """Kill the job at `count` moments; each time it must be whole, and end as if never killed."""
    make_home = books.copies(of, room)
    wanted_home = make_home()
    end_well(job, wanted_home)
    wanted = held(wanted_home)
    for moment in moments(jobs.duration_of(job, make_home), count):
        home = jobs.killed_at(moment, job, make_home)
        assert is_whole(held(home)), f"half-written after {moment:.3f} s"
        end_well(job, home)
        assert held(home) == wanted, f"killed after {moment:.3f} s"
        rid(home)


def test_an_import_killed_at_any_moment_ends_as_if_never_killed(
    waiting_office: Path, walked_office: Path, tmp_path: Path
) -> None:
    before = held(walked_office)
    after_home = shutil.copytree(walked_office, tmp_path / "after")
    end_well(LATER_IMPORT, after_home)
    after = held(after_home)

    def is_whole(found: Tables) -> bool:
        now = [found[name] for name in BOOK_TABLES]
        return now in (
            [before[name] for name in BOOK_TABLES],
            [after[name] for name in BOOK_TABLES],
        )

    drill(LATER_IMPORT, walked_office, tmp_path, is_whole)


def test_a_first_import_killed_at_any_moment_ends_as_if_never_killed(
    empty_office: Path, tmp_path: Path
) -> None:
    def is_whole(found: Tables) -> bool:
        return len(found["policy"]) in (0, POLICIES) and len(found["book_import"]) in (0, 1)

    drill(FIRST_IMPORT, empty_office, tmp_path, is_whole, count=MOMENTS // 2)


def test_an_import_killed_before_it_has_swept_ends_as_if_never_killed(
    walked_office: Path, tmp_path: Path
) -> None:
    """The book is in, and what it ended is not yet taken back: no random moment is that exact."""
    wanted, home = (
        shutil.copytree(walked_office, tmp_path / name) for name in ("wanted", "killed")
    )
    end_well(LATER_IMPORT, wanted)
    assert "cancelled" in [row["state"] for row in held(wanted)["message"]]

    def die_before_the_sweep() -> None:
        sweep.sweep = lambda *_: os.kill(os.getpid(), signal.SIGKILL)

    code, _ = jobs.finish(jobs.start(LATER_IMPORT, home, die_before_the_sweep))
    assert code == -signal.SIGKILL
    end_well(LATER_IMPORT, home)
    assert held(home) == held(wanted)


def test_a_walk_killed_at_any_moment_ends_as_if_never_killed(
    waiting_office: Path, tmp_path: Path
) -> None:
    def is_whole(found: Tables) -> bool:
        """Every day is there with its messages and tasks, or not at all."""
        days = {row["day"] for row in found["walked_day"]}
        made = {row["touchpoint_id"] for name in ("message", "task") for row in found[name]}
        return {row["due_on"] for row in found["touchpoint"]} <= days and made == {
            row["id"] for row in found["touchpoint"]
        }

    drill(WALK, waiting_office, tmp_path, is_whole)


def test_a_dispatch_killed_at_any_moment_writes_every_letter_once(
    walked_office: Path, tmp_path: Path
) -> None:
    make_home = books.copies(walked_office, tmp_path)
    wanted_home = make_home()
    end_well(DISPATCH, wanted_home)
    wanted = letters(wanted_home)
    assert len(wanted) > 100
    for moment in moments(jobs.duration_of(DISPATCH, make_home), MOMENTS // 2):
        home = jobs.killed_at(moment, DISPATCH, make_home)
        found = held(home)
        accepted = {row["id"] for row in found["message"] if row["state"] == "accepted"}
        assert accepted <= letters(home).keys(), "what is called accepted is there"
        end_well(AFTER_THE_LEASE, home)
        assert letters(home) == wanted
        assert_each_left_once(held(home), wanted.keys())
        rid(home)


def test_a_dispatch_killed_again_and_again_writes_every_letter_once(
    walked_office: Path, tmp_path: Path
) -> None:
    make_home = books.copies(walked_office, tmp_path)
    home = make_home()
    duration = jobs.duration_of(DISPATCH, make_home)
    wanted_home = make_home()
    end_well(DISPATCH, wanted_home)
    for minute, moment in enumerate(moments(duration, count=8)):
        job = jobs.start(("dispatch", "--now", f"2026-05-11T12:{minute * 6:02d}"), home)
        jobs.kill_after(moment, job)
    end_well(("dispatch", "--now", "2026-05-11T12:59"), home)
    assert letters(home) == letters(wanted_home)
    assert_each_left_once(held(home), letters(home).keys())


# -------------------------------------------------------------------------------------------- cases

PRESSING = 24
"""Complaints that are about to be over, or are."""


@pytest.fixture(scope="module")
def casework_office(room: Path, waiting_office: Path) -> Path:
    """The same workspace with complaints of the last weeks."""
    home = shutil.copytree(waiting_office, room / "casework")
    for number in range(PRESSING):
        received = books.days_before(10 + number % 8)
        whose = ("--client", f"C{number // 2 + 1:06}") if number % 4 else ()
        end_well(
            ("cases", "open", "complaint", *whose, "--received", received, "--text", "late"), home
        )
    return home


def cases_are_whole(found: Tables) -> bool:
    """Each case stands as its entries say, and the card tells of each of them."""
    entries: dict[int, list[dict[str, object]]] = {row["id"]: [] for row in found["case_file"]}
    for row in found["case_entry"]:
        entries[row["case_id"]].append(row)
    for case in found["case_file"]:
        of = entries[case["id"]]
        went_up = [row["reason"] for row in of if row["step"] == "escalated"]
        if len(of) != case["moves"] or of[-1]["to_state"] != case["state"]:
            return False
        if (went_up[-1] if went_up else "") != case["escalation"]:
            return False
    named = {row["id"] for row in found["case_file"] if row["client_id"] is not None}
    lines = sum(row["kind"] in OF_CASES for row in found["card_entry"])
    return lines == sum(len(entries[number]) for number in named)


OF_CASES = {line_kinds.stored(f"case.{each}") for each in ("opened", "moved", "noted", "ended")}


def test_what_goes_up_by_itself_goes_once_however_it_is_killed(
    casework_office: Path, tmp_path: Path
) -> None:
    drill(("cases", "escalate", "--on", DAY), casework_office, tmp_path, cases_are_whole)


def test_call_backs_that_are_opened_are_whole_however_that_is_killed(
    casework_office: Path, tmp_path: Path
) -> None:
    drill(("callbacks", "open", "--on", DAY), casework_office, tmp_path, cases_are_whole)


def test_a_step_that_is_killed_was_taken_or_was_not(casework_office: Path, tmp_path: Path) -> None:
    """Taken once more it is refused where it was taken, and taken where it was not."""
    accept = ("cases", "step", 2, "accept", "--text", "ours", "--on", DAY)
    make_home = books.copies(casework_office, tmp_path)
    wanted_home = make_home()
    end_well(accept, wanted_home)
    wanted = held(wanted_home)
    for moment in moments(jobs.duration_of(accept, make_home), MOMENTS // 2):
        home = jobs.killed_at(moment, accept, make_home)
        found = held(home)
        assert cases_are_whole(found), f"half-written after {moment:.3f} s"
        was_taken = found["case_file"][1]["state"] == "accepted"
        code, _ = jobs.finish(jobs.start(accept, home))
        assert code == int(was_taken)
        assert held(home) == wanted
        rid(home)
