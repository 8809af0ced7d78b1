"""What of a workspace is open to others, and the command that closes it: a table of modes."""

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from policies import database
from servicing.core import errors, settings_file
from servicing.core.settings import General
from servicing.operations import modes, workspace
from tests import homes
from tests.refusals import refuses

FILE = "sqlite:///servicing.db"
OURS, READ = General(database=FILE), General(database=FILE, readable_by_others=True)

PLACES = [
    *("servicing.toml", "keys.toml", "servicing.db"),
    *("servicing.db-wal", "servicing.db-shm", "servicing.db-journal"),
    *("list.csv", "Rejects.XLSX", "evidence-C1.zip", "may.backup", "cards.json", "run.log"),
    *("outbox", "outbox/2026-05-11", "outbox/2026-05-11/sms/000000001-month_1.txt"),
    *("imports", "imports/1.csv", "imports/1.json"),
]
WORDS = [
    *("plans", "plans/ours.toml", "plans/past/ours@1.toml"),
    *("cases", "cases/complaint.toml"),
    *("clocks", "clocks/cn.toml"),
    *("question_sets", "question_sets/basic.toml"),
    *("assessments", "assessments/standard.toml"),
    *("manners", "manners/zh_CN.toml"),
    *("templates", "templates/messages/en/month_1.sms.txt"),
]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A workspace in which everything stands that may stand there, its owner's alone."""
    home = tmp_path / "a home"
    for place in (*PLACES, *WORDS, "README"):
        path = home / place
        if Path(place).suffix or place == "README":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    for each in [home, *home.rglob("*")]:
        each.chmod(0o700 if each.is_dir() else 0o600)
    return home


def told(home: Path, general: General = OURS) -> list[str]:
    return [each.told for each in modes.open_to_others(home, general)]


def test_what_is_its_owners_alone_is_not_told(home: Path) -> None:
    assert told(home) == []
    modes.refuse_open_book(home, OURS)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o602, 0o610, 0o666, 0o777], ids=oct)
@pytest.mark.parametrize("place", [".", *PLACES])
def test_whatever_others_may_do_is_told_with_the_command_that_ends_it(
    home: Path, place: str, mode: int
) -> None:
    path = home / place
    path.chmod(mode | 0o700 if path.is_dir() else mode)
    (found,) = modes.open_to_others(home, OURS)
    assert found.told == f"{path} ({path.stat().st_mode & 0o777:03o})"
    subprocess.run(shlex.split(found.mend), check=True)
    assert told(home) == []


WRITTEN = [(0o644, False), (0o664, False), (0o660, False), (0o602, True), (0o666, True)]


@pytest.mark.parametrize(("mode", "is_told"), WRITTEN)
@pytest.mark.parametrize("place", WORDS)
def test_plans_and_texts_may_be_read_and_changed_by_nobody(
    home: Path, place: str, mode: int, is_told: bool
) -> None:
    path = home / place
    path.chmod(mode | 0o711 if path.is_dir() else mode)
    found = modes.open_to_others(home, OURS)
    assert bool(found) == is_told
    for each in found:
        subprocess.run(shlex.split(each.mend), check=True)
        assert path.stat().st_mode & 0o777 == (mode | 0o711 if path.is_dir() else mode) & ~0o002
    assert told(home) == []


@pytest.mark.parametrize(("mode", "is_told"), WRITTEN)
@pytest.mark.parametrize("place", [".", *(each for each in PLACES if each != "keys.toml")])
def test_where_everybody_may_read_nobody_may_write_all_the_same(
    home: Path, place: str, mode: int, is_told: bool
) -> None:
    path = home / place
    path.chmod(mode | 0o711 if path.is_dir() else mode)
    found = modes.open_to_others(home, READ)
    assert bool(found) == is_told
    for each in found:
        subprocess.run(shlex.split(each.mend), check=True)
    assert told(home, READ) == []


@pytest.mark.parametrize("general", [OURS, READ])
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620])
def test_the_keys_are_their_owners_alone_whoever_may_read_the_book(
    home: Path, mode: int, general: General
) -> None:
    (home / "keys.toml").chmod(mode)
    (found,) = modes.open_to_others(home, general)
    assert found.mend == shlex.join(["chmod", "600", str(home / "keys.toml")])


def test_other_files_of_a_folder_are_a_persons_own(home: Path) -> None:
    (home / "README").chmod(0o644)
    (home / "src").mkdir(mode=0o755)
    (home / "src" / "list.csv").touch(0o644)
    assert told(home) == []


def test_a_link_is_as_open_as_what_it_leads_to(home: Path, tmp_path: Path) -> None:
    """A database that stands elsewhere; of a link in the outbox its owner knows."""
    shutil.move(home / "servicing.db", tmp_path / "elsewhere.db")
    (home / "servicing.db").symlink_to(tmp_path / "elsewhere.db")
    (home / "outbox" / "theirs").symlink_to(tmp_path)
    assert told(home) == []
    (tmp_path / "elsewhere.db").chmod(0o644)
    assert told(home) == [f"{home / 'servicing.db'} (644)"]


def test_a_few_of_many_are_named_at_a_time(home: Path) -> None:
    for number in range(20):
        (home / f"{number:02}.csv").touch(0o600)
        (home / f"{number:02}.csv").chmod(0o644)
    (found,) = modes.open_to_others(home, OURS)
    assert [each.name for each in found.paths] == ["00.csv", "01.csv", "02.csv", "03.csv", "04.csv"]


def test_of_an_outbox_of_years_the_newest_days_are_looked_at(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(modes, "MOST", 50)
    for day in range(1, 31):
        folder = home / "outbox" / f"2026-04-{day:02}"
        folder.mkdir(mode=0o700)
        for number in range(5):
            (folder / f"{number}.txt").touch(0o600)
    (home / "outbox" / "2026-04-01" / "4.txt").chmod(0o644)
    assert told(home) == []
    (home / "outbox" / "2026-04-30" / "4.txt").chmod(0o644)
    assert told(home) == [f"{home / 'outbox/2026-04-30/4.txt'} (644)"]


REFUSED = [
    (0o644, True),
    (0o604, True),
    (0o602, True),
    (0o666, True),
    (0o640, False),
    (0o660, False),
]


@pytest.mark.parametrize(("mode", "is_refused"), REFUSED)
@pytest.mark.parametrize("place", [each for each in PLACES if each.startswith("servicing.db")])
def test_a_service_does_not_begin_on_a_book_that_everybody_may_read_or_write(
    home: Path, place: str, mode: int, is_refused: bool
) -> None:
    (home / place).chmod(mode)
    modes.refuse_open_book(home, READ)
    if not is_refused:
        modes.refuse_open_book(home, OURS)
        return
    mend = f"chmod 600 '{home / place}'"
    with refuses(errors.OpenToOthers, match=f"{mode:03o}.*{mend}"):
        modes.refuse_open_book(home, OURS)


def test_a_book_on_a_server_has_no_file_here(home: Path) -> None:
    (home / "servicing.db").chmod(0o644)
    general = General(database="postgresql://localhost/book")
    modes.refuse_open_book(home, general)
    assert told(home, general) == [f"{home / 'servicing.db'} (644)"]  # somebody's copy of a book


def test_a_new_workspace_is_its_owners_alone(tmp_path: Path) -> None:
    home = tmp_path / "new"
    workspace.create(home, homes.FILE)
    assert told(home, settings_file.load(home, {}).servicing) == []
    assert (home / "servicing.db-wal").exists()
    database.database.close()
