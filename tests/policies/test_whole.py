"""Files appear whole or not at all, are their owner's alone, and follow nothing put in their way."""

import contextlib
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from policies import database, errors, whole
from servicing.core import settings_file
from servicing.operations import pending, workspace
from tests import cast
from tests.refusals import refuses

UMASKS = [0o000, 0o022, 0o077]
NOW = cast.at("2026-05-11")


@contextlib.contextmanager
def umask(of: int) -> Iterator[None]:
    before = os.umask(of)
    try:
        yield
    finally:
        os.umask(before)


def modes(folder: Path) -> dict[str, str]:
    """What is in a folder, each with its mode."""
    return {
        each.relative_to(folder).as_posix(): oct(stat.S_IMODE(each.lstat().st_mode))[2:]
        for each in sorted(folder.rglob("*"))
    }


def written(path: Path, text: str = "Lin Wei") -> Path:
    with whole.written(path) as draft:
        draft.write_text(text)
    return path


def into_a_new_folder(to: Path) -> None:
    whole.folder(to / "one" / "two" / "three")


def over_an_old_file(to: Path) -> None:
    (to / "old.csv").write_text("old")
    (to / "old.csv").chmod(0o666)
    written(to / "old.csv")


def a_database(to: Path) -> None:
    database.connect("sqlite:///book.db", to)
    database.database.execute_sql("CREATE TABLE client (name TEXT)")
    assert {"book.db", "book.db-wal", "book.db-shm"} <= modes(to).keys()
    assert set(modes(to).values()) == {"600"}
    database.database.close()


def settings(to: Path) -> None:
    settings_file.create(to / "home", "sqlite:///servicing.db")


def an_upload(to: Path) -> None:
    pending.keep(pending.folder(to) / "x.upload", lambda path: path.write_text("Lin Wei"), NOW)


def a_plan(to: Path) -> None:
    workspace.copy_plan(to, "standard", "ours")


WRITERS: list[Callable[[Path], object]] = [
    lambda to: written(to / "list.csv"),
    into_a_new_folder,
    over_an_old_file,
    a_database,
    settings,
    an_upload,
    a_plan,
]
NAMES = ["a file", "folders", "a file replaced", "a database", "settings", "an upload", "a plan"]


@pytest.mark.parametrize("mask", UMASKS, ids=oct)
@pytest.mark.parametrize("write", WRITERS, ids=NAMES)
def test_what_is_made_is_its_owners_alone_whatever_the_umask(
    tmp_path: Path, write: Callable[[Path], object], mask: int
) -> None:
    with umask(mask):
        write(tmp_path)
    found = modes(tmp_path)
    assert found
    for name, mode in found.items():
        assert mode == ("700" if (tmp_path / name).is_dir() else "600"), name


def test_the_draft_is_its_owners_alone_too_and_nobody_foresees_its_name(tmp_path: Path) -> None:
    names = set()
    for _ in range(20):
        with umask(0), whole.written(tmp_path / "list.csv") as draft:
            assert stat.S_IMODE(draft.stat().st_mode) == 0o600
            names.add(draft.name)
    assert len(names) == 20
    assert list(modes(tmp_path)) == ["list.csv"]


def test_a_folder_that_is_there_stays_as_its_owner_wants_it(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(mode=0o755)
    whole.folder(tmp_path / "open" / "new")
    assert modes(tmp_path) == {"open": "755", "open/new": "700"}
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError):
        whole.folder(tmp_path / "file")


@pytest.mark.parametrize("target", ["theirs", "nowhere"])
def test_a_link_in_the_way_is_replaced_and_not_followed(tmp_path: Path, target: str) -> None:
    (tmp_path / "theirs").write_text("theirs")
    (tmp_path / "list.csv").symlink_to(tmp_path / target)
    written(tmp_path / "list.csv")
    assert not (tmp_path / "list.csv").is_symlink()
    assert (tmp_path / "list.csv").read_text() == "Lin Wei"
    assert (tmp_path / "theirs").read_text() == "theirs"
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("target", ["theirs", "nowhere"])
def test_a_link_where_the_draft_would_stand_is_not_followed(tmp_path: Path, target: str) -> None:
    (tmp_path / "theirs").write_text("theirs")
    (tmp_path / "planted").symlink_to(tmp_path / target)
    with pytest.raises(FileExistsError):
        whole.new(tmp_path / "planted")
    assert modes(tmp_path).keys() == {"planted", "theirs"}
    assert (tmp_path / "theirs").read_text() == "theirs"


def test_after_an_error_all_is_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("old")
    with pytest.raises(ZeroDivisionError), whole.written(tmp_path / "list.csv") as draft:
        draft.write_text("half")
        raise ZeroDivisionError
    assert [each.name for each in tmp_path.iterdir()] == ["list.csv"]
    assert (tmp_path / "list.csv").read_text() == "old"


@pytest.mark.parametrize("name", ["x" * 255, "险" * 85, "𠮷" * 63], ids=["latin", "3", "4 bytes"])
def test_a_name_may_be_as_long_as_a_name_can_be(tmp_path: Path, name: str) -> None:
    assert written(tmp_path / name).read_text() == "Lin Wei"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("nowhere/list.csv", "there is no such file"),
        ("x" * 256, "name is too long"),
        (".", "folder"),
        ("", "folder"),
    ],
)
def test_what_cannot_be_written_is_refused_and_leaves_nothing(
    tmp_path: Path, name: str, why: str
) -> None:
    with contextlib.chdir(tmp_path), refuses(errors.UnwritableFile, match=why):
        written(Path(name))
    assert list(tmp_path.iterdir()) == []


# ------------------------------------------------------------------------ what goes on to somebody


def test_a_pipe_gets_what_is_written_and_stays(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    heard: list[str] = []
    listener = threading.Thread(target=lambda: heard.append((tmp_path / "pipe").read_text()))
    listener.start()
    written(tmp_path / "pipe")
    listener.join(10)
    assert heard == ["Lin Wei"]
    assert (tmp_path / "pipe").is_fifo()


SAY = """
from pathlib import Path
from policies import whole
with whole.written(Path({path!r})) as draft:
    draft.write_text("Lin Wei")
"""


@pytest.mark.parametrize("path", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
@pytest.mark.parametrize("into", ["a pipe", "a file"])
def test_standard_output_is_written_to_as_it_stands(tmp_path: Path, path: str, into: str) -> None:
    before = Path("/dev/stdout").readlink()
    with (tmp_path / "out").open("w+") as out:
        done = subprocess.run(
            [sys.executable, "-c", SAY.format(path=path)],
            stdout=subprocess.PIPE if into == "a pipe" else out,
            text=True,
            check=True,
        )
        out.seek(0)
        assert (done.stdout if into == "a pipe" else out.read()) == "Lin Wei"
    assert Path("/dev/stdout").readlink() == before
    assert not list(Path("/dev").glob("*.part"))


def test_a_full_device_is_a_refusal() -> None:
    with refuses(errors.UnwritableFile, match="disk is full"):
        written(Path("/dev/full"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives a link to somebody else")
@pytest.mark.parametrize("target", ["pipe", "/dev/null", "/proc/self/fd/{}"])
def test_a_link_of_another_user_is_in_the_way_wherever_it_leads(
    tmp_path: Path, target: str
) -> None:
    """Through `/proc/self/fd` it would lead into what we have open: the book."""
    os.mkfifo(tmp_path / "pipe", 0o600)
    with (tmp_path / "book.db").open("w") as book:
        book.write("the book")
        book.flush()
        (tmp_path / "list.csv").symlink_to(target.format(book.fileno()))
        os.lchown(tmp_path / "list.csv", 65534, 65534)
        written(tmp_path / "list.csv")
    assert not (tmp_path / "list.csv").is_symlink()
    assert (tmp_path / "list.csv").read_text() == "Lin Wei"
    assert (tmp_path / "book.db").read_text() == "the book"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives a pipe to somebody else")
def test_a_pipe_of_another_user_is_in_the_way_and_never_written_to(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "list.csv", 0o666)
    os.chown(tmp_path / "list.csv", 65534, 65534)
    written(tmp_path / "list.csv")
    assert (tmp_path / "list.csv").is_file()
    assert modes(tmp_path) == {"list.csv": "600"}
