"""A workspace that is not as it should be: one clear sentence, and nothing half-written."""

import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from policies import database
from tests import homes, shared
from tests.acceptance import tables
from tests.acceptance.frontdoor import COMMAND, DAY, NOON, call, clean_environment, servicing
from tests.acceptance.own_plan import PLAN
from tests.homes import held

COMMANDS = {
    "book import": ("book", "import", "book.csv"),
    "walk": ("walk", "--on", str(DAY)),
    "dispatch": ("dispatch", "--now", NOON),
    "tasks list": ("tasks", "list"),
    "card": ("card", "C000001"),
}


in_a_file = pytest.mark.only_sqlite("what is wrong here is wrong with a database file")
on_a_disk = pytest.mark.only_sqlite("a server's disk is not the workspace's")


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


# --------------------------------------------------------------------------------- no workspace


@pytest.mark.parametrize("home", ["nowhere", "book.csv", "book.csv/inside", "."])
@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_a_home_that_is_no_workspace_is_named(
    words: tuple[str, ...], home: str, sample_files: Path
) -> None:
    before = contents(sample_files)
    sentence = call("--home", home, *words, cwd=sample_files).refused()
    assert sentence.startswith(f"{home} ")
    assert "servicing init" in sentence
    assert contents(sample_files) == before


def test_init_leaves_a_workspace_as_it_is(office: Path) -> None:
    before = held(office), (office / "servicing.toml").read_text("utf-8")
    assert "servicing.toml" in call("init", cwd=office).refused()
    assert (held(office), (office / "servicing.toml").read_text("utf-8")) == before


@pytest.mark.parametrize(
    ("home", "database", "parts"),
    [
        ("taken", "sqlite:///servicing.db", ["taken"]),
        ("taken/inside", "sqlite:///servicing.db", ["taken/inside"]),
        ("office", "mysql://root:secret@host/book", ["mysql", "sqlite", "postgresql"]),
        ("office", "sqlite:///no/such/folder/book.db", ["database", "folder"]),
        ("office", "postgresql://root:secret@127.0.0.1:1/book", ["database", "refused"]),
    ],
)
def test_init_that_cannot_be_is_refused_and_leaves_no_settings(
    home: str, database: str, parts: list[str], tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("a file, not a folder")
    sentence = call("--home", home, "init", "--database", database, cwd=tmp_path).refused()
    for part in parts:
        assert part in sentence
    assert "secret" not in sentence
    assert not list(tmp_path.rglob("servicing.toml"))


# ------------------------------------------------------------------------------- servicing.toml


SETTINGS = {
    "an unknown key": ("[servicing]\nlocal = 'en'\n", ["unknown key 'local'", "[servicing]"]),
    "an unknown section": ("[servcing]\n", ["unknown key 'servcing'"]),
    "an unknown key of a channel": (
        "[channels.sms]\ndefualt = 'outbox'\n",
        ["unknown key 'defualt'", "channels.sms"],
    ),
    "a value of another kind": ("[servicing]\ngrace_days = 'sixty'\n", ["servicing.grace_days"]),
    "a negative number": ("[servicing]\ngrace_days = -1\n", ["grace_days", "0 or more"]),
    "a country that is not": ("[servicing]\ncountry = 'ZZ'\n", ["country", "'ZZ'"]),
    "a zone that is not": ("[servicing]\ntimezone = 'Mars'\n", ["timezone", "'Mars'"]),
    "no TOML": ("database =\n", ["TOML", "line 1"]),
    "no text": (b"\xff\xfe\x00", ["UTF-8"]),
}


@pytest.mark.parametrize(("text", "parts"), SETTINGS.values(), ids=SETTINGS)
@pytest.mark.parametrize(
    "words", [COMMANDS["book import"], COMMANDS["walk"]], ids=["import", "walk"]
)
def test_a_mistake_in_the_settings_is_named(
    words: tuple[str, ...], text: str | bytes, parts: list[str], office: Path
) -> None:
    url = homes.url_of(office)
    before = tables.held(url, office)
    settings = text if isinstance(text, bytes) else text.encode()
    (office / "servicing.toml").write_bytes(settings)
    sentence = call(*words, cwd=office).refused()
    for part in ["servicing.toml", *parts]:
        assert part in sentence
    assert tables.held(url, office) == before


def test_a_mistake_in_the_environment_is_named(office: Path) -> None:
    env = {"SERVICING_SERVICING_GRACE_DAYS": "sixty"}
    assert "SERVICING_SERVICING_GRACE_DAYS" in call("walk", cwd=office, env=env).refused()


def test_a_provider_that_is_not_there_is_named_before_anything_is_sent(office: Path) -> None:
    before = held(office)
    env = {"SERVICING_CHANNELS_SMS_DEFAULT": "pigeon"}
    assert "'pigeon'" in call("dispatch", "--now", NOON, cwd=office, env=env).refused()
    assert held(office)["message"] == before["message"]


def test_a_language_without_templates_is_named(office: Path) -> None:
    env = {"SERVICING_SERVICING_LOCALE": "fr"}
    sentence = call("walk", "--on", "2026-05-12", cwd=office, env=env).refused()
    assert "'fr'" in sentence
    assert not [day for day in held(office)["walked_day"] if day["day"] == "2026-05-12"]


# -------------------------------------------------------------------------------------- the plan


PLANS = {
    "an unknown key": (PLAN + "colour = 'green'\n", ["'tea'", "unknown key 'colour'"]),
    "a bad offset": (PLAN.replace("months = 1", "months = -1"), ["'tea'", "months = -1"]),
    "an offset out of range": (PLAN.replace("months = 1", "days = 99999"), ["'tea'", "99999"]),
    "no offset": (PLAN.replace("{ months = 1 }", "{}"), ["'tea'", "days or months"]),
    "a duplicate id": (PLAN * 2, ["'tea'", "stands 2 times"]),
    "a message without a template": (PLAN.replace('"task"', '"message"'), ["'tea'", "template"]),
    "a template that is not there": (
        PLAN.replace('"task"', '"both"') + 'template = "samovar"\n',
        ["'tea'", "zh_CN/samovar.sms.txt", "no such file"],
    ),
    "a window that is none": (
        PLAN + 'send_window = "morning"\n',
        ["'tea'", "send_window", "'morning'"],
    ),
    "a word that is not known": (PLAN.replace('"basic"', '"nice"'), ["'tea'", "kind"]),
    "no touchpoints": ("name = 'empty'\n", ["touchpoint"]),
    "no TOML": ("[[touchpoint]\n", ["TOML", "line 1"]),
}


@pytest.mark.parametrize(("text", "parts"), PLANS.values(), ids=PLANS)
def test_a_mistake_in_a_plan_is_named_with_file_and_touchpoint(
    text: str, parts: list[str], office: Path
) -> None:
    before = held(office)
    (office / "plans").mkdir()
    (office / "plans" / "ours.toml").write_text(text, "utf-8")
    env = {"SERVICING_SERVICING_PLAN": "ours"}
    checked = call("plan", "check", "plans/ours.toml", cwd=office).refused()
    walked = call("walk", "--on", "2026-05-12", cwd=office, env=env).refused()
    assert checked == walked
    for part in ["plans/ours.toml", *parts]:
        assert part in checked
    assert held(office) == before


def test_a_plan_that_is_not_there_is_named(office: Path) -> None:
    env = {"SERVICING_SERVICING_PLAN": "ours"}
    sentence = call("walk", cwd=office, env=env).refused()
    assert "'ours'" in sentence, "the plan as the settings name it"


# ---------------------------------------------------------------------------------- the database


def test_a_database_of_a_newer_version_is_left_alone(office: Path) -> None:
    later = "('0099_tomorrow', '2030-01-01')"
    homes.rows(office, f"INSERT INTO schema_migration (name, applied) VALUES {later}")
    before = held(office)
    for words in COMMANDS.values():
        sentence = call(*words, cwd=office).refused()
        assert "newer version" in sentence
        assert "0099_tomorrow" in sentence
    assert held(office) == before


@in_a_file
@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_a_database_file_that_is_none_is_left_alone(words: tuple[str, ...], office: Path) -> None:
    diary = b"Dear diary, today it rained. " * 100
    (office / "servicing.db").write_bytes(diary)
    assert "not a database" in call(*words, cwd=office).refused()
    assert (office / "servicing.db").read_bytes() == diary


@in_a_file
def test_a_folder_for_a_database_is_refused(office: Path) -> None:
    (office / "servicing.db").unlink()
    (office / "servicing.db").mkdir()
    assert "database" in call("walk", cwd=office).refused()


def test_the_database_of_another_program_is_left_alone(office: Path) -> None:
    homes.ours.empty(office)
    homes.rows(office, "CREATE TABLE policy (premium TEXT)")
    homes.rows(office, "INSERT INTO policy VALUES ('of another program')")
    before = held(office)
    assert "database" in call("walk", cwd=office).refused()
    assert {name: rows for name, rows in held(office).items() if rows} == before


# ------------------------------------------------------------------------------------- the disk


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MB, where this machine lets us mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a disk can be mounted by root only; the test below fills one in another way")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture(scope="session")
def large_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book that no small disk has room for."""
    made = ("book", "sample", "--policies", 12_000, "--as-of", DAY, "--out", "large.csv")
    folder = shared.once_a_run(
        tmp_path_factory, "large", lambda folder: call(*made, cwd=folder).done()
    )
    return folder / "large.csv"


@on_a_disk
def test_a_full_disk_takes_nothing_of_a_book_and_serves_on(
    small_disk: Path, sample_files: Path, large_book: Path
) -> None:
    call("init", cwd=small_disk).done()
    call("book", "import", sample_files / "book.csv", "--joined", DAY, cwd=small_disk).done()
    before = held(small_disk)
    assert "disk is full" in call("book", "import", large_book, cwd=small_disk).refused()
    assert held(small_disk) == before
    again = ("book", "import", sample_files / "book.csv", "--format", "json")
    assert call(*again, cwd=small_disk).done().document()["unchanged"] == 500


@on_a_disk
def test_a_full_disk_takes_nothing_of_a_day(small_disk: Path, sample_files: Path) -> None:
    call("init", cwd=small_disk).done()
    call("book", "import", sample_files / "book.csv", "--joined", DAY, cwd=small_disk).done()
    before = held(small_disk)
    with (small_disk / "ballast").open("wb") as file:
        free = shutil.disk_usage(small_disk).free
        file.write(bytes(max(0, free - 64 * 1024)))
    assert "disk is full" in call("walk", "--on", "2026-06-11", cwd=small_disk).refused()
    assert held(small_disk) == before
    (small_disk / "ballast").unlink()
    told = call("walk", "--on", DAY, "--format", "json", cwd=small_disk).done().document()
    assert told["touchpoints"] > 0


@in_a_file
@pytest.mark.parametrize("words", ["book import", "walk"])
def test_a_database_that_cannot_grow_takes_nothing(
    words: str, new_office: Callable[[], Path], large_book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = new_office()
    if words == "walk":
        call("book", "import", "book.csv", "--joined", DAY, cwd=office).done()
    before = held(office)
    pages = (office / "servicing.db").stat().st_size // 4096
    limited = {**database.SQLITE_PRAGMAS, "max_page_count": pages + 4}
    monkeypatch.setattr(database, "SQLITE_PRAGMAS", limited)
    told = ("book", "import", large_book) if words == "book import" else COMMANDS["walk"]
    assert "disk is full" in call(*told, cwd=office).refused()
    assert held(office) == before
    monkeypatch.undo()
    call(*COMMANDS[words], cwd=office).done()


def limit_files(size: int) -> Callable[[], None]:
    """For a child process: no file of its own may grow beyond this size."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@in_a_file
def test_a_file_that_may_not_grow_takes_nothing_of_a_book(office: Path, large_book: Path) -> None:
    before = held(office)
    done = subprocess.run(
        [COMMAND, "book", "import", large_book],
        cwd=office,
        env=clean_environment() | {"LANGUAGE": "en"},
        preexec_fn=limit_files((office / "servicing.db").stat().st_size + 200_000),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ")
    assert "disk" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert held(office) == before


def test_letters_that_find_no_room_are_made_up_for_when_there_is_room(
    small_disk: Path, new_office: Callable[[], Path]
) -> None:
    office = new_office()
    (office / "outbox").symlink_to(small_disk)
    call("book", "import", "book.csv", "--joined", DAY, cwd=office).done()
    queued = call("walk", "--on", DAY, "--format", "json", cwd=office).done().document()
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(shutil.disk_usage(small_disk).free - 64 * 1024))
    call("dispatch", "--now", NOON, cwd=office)
    rows = held(office)["message"]
    accepted = {row["id"] for row in rows if row["state"] == "accepted"}
    assert 0 < len(accepted) < queued["messages"]
    assert accepted == {int(path.name[:9]) for path in small_disk.rglob("*.txt")}
    ballast.unlink()
    call("dispatch", "--now", "2026-05-11T13:00", cwd=office).done()
    rows = held(office)["message"]
    due = [row["state"] for row in rows if row["planned_on"] == str(DAY) and row["send_from"]]
    assert set(due) == {"accepted"}, "a full disk is nobody's last word"


# ------------------------------------------------------------------------------------- the output


@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_an_output_that_is_full_is_said_once(form: str, unbuffered: str, office: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [COMMAND, "plan", "show", "--format", form],
            cwd=office,
            env=clean_environment() | {"LANGUAGE": "en", "PYTHONUNBUFFERED": unbuffered},
            stdout=full,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == "Error: output cannot be written or read: the disk is full\n"


def test_a_reader_who_has_seen_enough_is_no_error(office: Path) -> None:
    """As in `servicing plan show | head -1`."""
    with subprocess.Popen(
        [COMMAND, "plan", "show", "--format", "json"],
        cwd=office,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == b""


@pytest.mark.parametrize(
    ("rejects", "parts"),
    [
        ("nowhere/rejects.csv", ["nowhere/rejects.csv"]),
        ("more.csv", ["more.csv", "being imported"]),
        ("outbox", ["outbox"]),
        (".", ["."]),
        ("book.csv/rejects.csv", ["book.csv/rejects.csv"]),
    ],
)
def test_a_rejects_file_that_cannot_be_written_is_named_before_anything_is_taken_in(
    rejects: str, parts: list[str], office: Path
) -> None:
    before = held(office)
    told = (
        "policy_no,issue_date,annual_premium,client_no,client_name,agent_no\nN,2026-05-08,1,N,N,N\n"
    )
    (office / "more.csv").write_text(told, "utf-8")
    sentence = call("book", "import", "more.csv", "--rejects", rejects, cwd=office).refused()
    for part in [*parts, "cannot be written"]:
        assert part in sentence
    assert held(office) == before


def test_a_rejects_file_that_is_no_file_is_never_replaced(office: Path) -> None:
    """`--rejects /dev/null`, run by root, must not take the device away."""
    os.mkfifo(office / "pipe")
    call("book", "import", "book.csv", "--rejects", "pipe", "--dry-run", cwd=office)
    assert (office / "pipe").is_fifo()


def test_the_installed_command_says_one_sentence_too(office: Path) -> None:
    sentence = servicing("book", "import", "missing.csv", cwd=office).refused()
    assert "missing.csv" in sentence
    assert "2026-02-30" in servicing("walk", "--on", "2026-02-30", cwd=office).refused(code=2)
