"""What the commands write is its owner's alone, whatever umask they are called with."""

import os
import shlex
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from policies import plan
from tests.acceptance.frontdoor import COMMAND, DAY, NOON, call, clean_environment, servicing
from tests.acceptance.serving import serving
from tests.homes import Homes

UMASKS = [0o000, 0o022, 0o077]

BOOK = """\
policy_no,issue_date,annual_premium,client_no,client_name,agent_no,phone
K1,2026-04-11,1200,C1,Ilse Brandt,A1,+12125550101
K2,2026-04-11,-1,C2,Nora Vogt,A1,+12125550102
"""
"""A policy that is due on `DAY`, and a row that is refused."""


@pytest.fixture(params=UMASKS, ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def looser(folder: Path) -> dict[str, str]:
    """What is in a folder that others may read, write or enter, each with its mode."""
    found = [folder, *folder.rglob("*")]
    modes = {str(each.relative_to(folder)): stat.S_IMODE(each.lstat().st_mode) for each in found}
    return {name: oct(mode) for name, mode in modes.items() if mode & 0o077}


@pytest.fixture
def handed(tmp_path: Path) -> Path:
    """Where the files stand that a person hands in: as loose as she has them."""
    folder = tmp_path / "handed"
    folder.mkdir()
    (folder / "book.csv").write_text(BOOK, "utf-8")
    (folder / "texts" / "en").mkdir(parents=True)
    (folder / "texts" / "en" / "month_1.sms.txt").write_text("Dear {{ client_name }}\n", "utf-8")
    shutil.copy(plan.SHIPPED / "standard.toml", folder / "ours.toml")
    return folder


def made(tmp_path: Path) -> Path:
    """A folder that a person has made for what is written, with a file that it replaces."""
    out = tmp_path / "out"
    out.mkdir(mode=0o700)
    for name in ("list.csv", "evidence.zip"):
        (out / name).write_text("old")
        (out / name).chmod(0o666)
    return out


def test_every_file_of_a_day_is_its_owners_alone(tmp_path: Path, handed: Path, umask: int) -> None:
    """The table of the kind: each command that writes, with each umask."""
    home, out = tmp_path / "deep" / "home", made(tmp_path)
    english = {"SERVICING_SERVICING_LOCALE": "en"}

    def run(*args: object, code: int = 0) -> None:
        answer = call("--home", home, *args, cwd=out, env=english)
        assert answer.code == code, answer
        assert not home.exists() or looser(home.parent) == {}, args

    sampled = ("--policies", 20, "--out", "sample.csv", "--premiums", "premiums.csv")
    run("book", "sample", *sampled, "--as-of", DAY)
    run("init")
    book = handed / "book.csv"
    for rejects in ("rejects.csv", "rejects.xlsx"):
        run("book", "import", book, "--joined", DAY, "--rejects", rejects, code=1)
    run("book", "look", book, "--out", "map.toml")
    run("walk", "--on", DAY)
    run("dispatch", "--now", NOON)
    assert list((home / "outbox").rglob("*.txt"))
    for figure in ("list.csv", "list.xlsx"):
        run("persistency", "--list", "--out", figure)
    run("evidence", "C1", "--out", "evidence.zip")
    run("evidence", "C1")
    run("plan", "copy", "standard", "--as", "theirs")
    run("plan", "use", handed / "ours.toml", "--yes")
    run("plan", "use", handed / "ours.toml", "--yes")
    run("templates", "use", handed / "texts", "--yes")
    run("backup", "book.backup")
    expected = {"sample.csv", "premiums.csv", "rejects.csv", "rejects.xlsx", "map.toml"}
    expected |= {"list.csv", "list.xlsx", "evidence.zip", "evidence-C1.zip", "book.backup"}
    assert {each.name for each in out.iterdir()} == expected
    assert looser(out) == {}


def test_the_demo_is_its_owners_alone(tmp_path: Path, umask: int) -> None:
    home = tmp_path / "shown"
    for _ in range(2):  # the second one takes the first away
        call("--home", home, "demo", "--policies", 40, "--locale", "en", cwd=tmp_path).done()
        assert looser(home) == {}


def test_a_restored_book_is_its_owners_alone(
    office: Path, tmp_path: Path, umask: int, homes: Homes
) -> None:
    (tmp_path / "new").mkdir(mode=0o700)
    call("backup", "../book.backup", cwd=office).done()
    call("--home", "new/home", "init", cwd=tmp_path).done()
    call("--home", "new/home", "restore", "book.backup", "--yes", cwd=tmp_path).done()
    assert looser(tmp_path / "new") == {}


def test_the_installed_command_sets_it_for_all_that_it_makes(
    tmp_path: Path, handed: Path, umask: int
) -> None:
    servicing("--home", tmp_path / "home", "init", cwd=handed).done()
    rejects = ("--rejects", tmp_path / "home" / "rejects.csv")
    told = servicing(
        "--home", tmp_path / "home", "book", "import", "book.csv", *rejects, cwd=handed
    )
    assert told.code == 1
    assert looser(tmp_path / "home") == {}


def test_a_folder_that_a_person_has_opened_is_not_closed_behind_her(tmp_path: Path) -> None:
    home = tmp_path / "shared"
    home.mkdir()
    home.chmod(0o755)
    answer = call("--home", "shared", "init", cwd=tmp_path).done()
    told = "shared (755) is open to other users of this machine: chmod 700 shared"
    assert answer.err == f"Warning: {told}\n"
    assert looser(home) == {".": "0o755"}
    assert not call("--home", "new", "init", cwd=tmp_path).done().err


# ------------------------------------------------------------------- what a person has opened


ENGLISH, CHINESE = {"SERVICING_SERVICING_LOCALE": "en"}, {"SERVICING_SERVICING_LOCALE": "zh_CN"}


def test_status_names_what_is_open_and_the_command_that_closes_it(tmp_path: Path) -> None:
    call("--home", "home", "init", cwd=tmp_path).done()
    call("--home", "home", "status", cwd=tmp_path, env=ENGLISH).done()
    (tmp_path / "home").chmod(0o755)
    (tmp_path / "home" / "servicing.toml").chmod(0o644)

    answer = call("--home", "home", "status", cwd=tmp_path, env=ENGLISH)
    assert answer.code == 1
    assert [each for each in answer.err.splitlines() if each.startswith("Error")] == [
        "Error: home (755) is open to other users of this machine: chmod 700 home",
        "Error: home/servicing.toml (644) is open to other users of this machine: "
        "chmod 600 home/servicing.toml",
    ]
    answer = call("--home", "home", "status", cwd=tmp_path, env=CHINESE)
    assert "本机其他用户可以访问 home (755)：chmod 700 home" in answer.err

    answer = call("--home", "home", "status", "--format", "json", cwd=tmp_path, env=ENGLISH)
    first, second = answer.document()["needs"]
    assert first == {
        "code": "open_to_others",
        "what": "home (755)",
        "how": "chmod 700 home",
        "sentence": "home (755) is open to other users of this machine: chmod 700 home",
    }
    assert second["what"] == "home/servicing.toml (644)"

    for need in (first, second):
        subprocess.run(shlex.split(need["how"]), cwd=tmp_path, check=True)
    call("--home", "home", "status", cwd=tmp_path, env=ENGLISH).done()


@pytest.mark.only_sqlite("a server's files are not here")
@pytest.mark.parametrize("command", ["web", "run"])
@pytest.mark.parametrize("mode", [0o644, 0o604, 0o666], ids=oct)
def test_a_service_does_not_begin_on_a_book_that_everybody_reads(
    tmp_path: Path, command: str, mode: int
) -> None:
    call("--home", "home", "init", cwd=tmp_path).done()
    book = tmp_path / "home" / "servicing.db"
    book.chmod(mode)
    begin = ("--home", "home", command, "--port", 0)
    assert call(*begin, cwd=tmp_path, env=ENGLISH).refused() == (
        f"the book is open to every user of this machine, home/servicing.db ({mode:o}): "
        "chmod 600 home/servicing.db; "
        "or, if everybody may read it, set readable_by_others = true in [servicing]"
    )
    assert "chmod 600 home/servicing.db" in call(*begin, cwd=tmp_path, env=CHINESE).err


@pytest.mark.only_sqlite("a server's files are not here")
def test_a_service_begins_where_the_settings_let_everybody_read(tmp_path: Path) -> None:
    home = tmp_path / "home"
    call("--home", home, "init", cwd=tmp_path).done()
    for each in [home, *home.iterdir()]:
        each.chmod(0o755 if each.is_dir() else 0o644)
    settings = home / "servicing.toml"
    said = settings.read_text("utf-8").replace(
        "[servicing]", "[servicing]\nreadable_by_others = true"
    )
    settings.write_text(said, "utf-8")
    with serving(home, {}, "run") as server:
        code, said = server.stop()
    assert code == 0, said
    call("--home", home, "status", cwd=tmp_path, env=ENGLISH).done()
    (home / "servicing.db").chmod(0o666)
    answer = call("--home", home, "status", cwd=tmp_path, env=ENGLISH)
    assert f"chmod o-w {home / 'servicing.db'}" in answer.err


# --------------------------------------------------------------------------- pipes and devices


@pytest.mark.parametrize("into", ["a pipe", "a file"])
def test_standard_output_gets_the_file_and_nothing_else(tmp_path: Path, into: str) -> None:
    """What is said of it goes to standard error."""
    sampled = ("book", "sample", "--policies", "3", "--as-of", str(DAY), "--out")
    call(*sampled, "sample.csv", cwd=tmp_path).done()
    with (tmp_path / "out").open("w+b") as out:
        done = subprocess.run(
            [COMMAND, *sampled, "/dev/stdout"],
            stdout=subprocess.PIPE if into == "a pipe" else out,
            stderr=subprocess.PIPE,
            env=clean_environment(),
            check=True,
        )
    heard = done.stdout or (tmp_path / "out").read_bytes()
    assert heard == (tmp_path / "sample.csv").read_bytes()
    assert b"/dev/stdout" in done.stderr


INTO_PIPES = [
    (("book", "sample", "--policies", 3, "--as-of", DAY, "--out"), "pipe", b"policy_no,"),
    (("evidence", "C000001", "--out"), "pipe", b"PK"),
    (("persistency", "--list", "--out"), "pipe.csv", b"\xef\xbb\xbfpolicy_no,"),
    (("persistency", "--list", "--out"), "pipe.xlsx", b"PK"),
]
KINDS = ["sample", "evidence", "figure", "workbook"]

COUNTING = """
import sys
pipe, opened = sys.argv.pop(1), []
sys.addaudithook(lambda what, of: what == "open" and str(of[0]) == pipe and opened.append(of))
import cli
try:
    cli.main()
finally:
    print("opened", len(opened), file=sys.stderr)
"""


@pytest.mark.parametrize(("command", "name", "begins"), INTO_PIPES, ids=KINDS)
def test_a_pipe_is_opened_once(
    office: Path, command: tuple[object, ...], name: str, begins: bytes
) -> None:
    """Its reader takes what was closed for the end, and would not be there a second time."""
    pipe = office / name
    os.mkfifo(pipe, 0o600)
    held = os.open(pipe, os.O_RDWR)
    words = [sys.executable, "-c", COUNTING, str(pipe), *map(str, command), str(pipe)]
    done = subprocess.run(
        words, cwd=office, env=clean_environment(), capture_output=True, text=True, check=False
    )
    heard = os.read(held, len(begins))
    os.close(held)
    assert (done.returncode, heard, "opened 1" in done.stderr) == (0, begins, True), done.stderr


@pytest.mark.parametrize(("command", "name", "begins"), INTO_PIPES, ids=KINDS)
def test_a_pipe_that_a_person_names_gets_the_file(
    office: Path, command: tuple[object, ...], name: str, begins: bytes
) -> None:
    pipe = office / name
    os.mkfifo(pipe, 0o600)
    with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE) as reader:
        servicing(*command, name, cwd=office).done()
        heard = reader.communicate(timeout=60)[0]
    assert heard.startswith(begins), heard[:40]
    assert pipe.is_fifo()
