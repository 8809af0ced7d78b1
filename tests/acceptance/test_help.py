"""Every command's help ends with an example, and the example runs."""

import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import cli
from policies import commission, controls
from servicing.commands import index
from tests import homes, two_roles
from tests.acceptance.frontdoor import COLUMNS, call, commands_of, width
from tests.acceptance.own_plan import PLAN
from tests.acceptance.tier_facts import TIER_FACTS


def commands(command: click.Command, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words of every command, groups included."""
    yield words
    if isinstance(command, click.Group):
        for name, below in commands_of(command).items():
            yield from commands(below, (*words, name))


def command_of(words: tuple[str, ...]) -> click.Command:
    command: click.Command = cli.cli
    for word in words:
        assert isinstance(command, click.Group)
        command = commands_of(command)[word]
    return command


def examples(words: tuple[str, ...]) -> list[str]:
    """The command lines after the last `Example:` of a help text."""
    _, _, told = (command_of(words).help or "").partition("Example:\n")
    return [line.strip() for line in told.splitlines() if line.strip()]


ALL = list(commands(cli.cli))
GROUPS = [words for words in ALL if isinstance(command_of(words), click.Group)]


@pytest.fixture
def prepared(office: Path) -> Path:
    """A workspace in which every example finds what it names."""
    (office / "plans").mkdir()
    (office / "plans" / "ours.toml").write_text(PLAN, "utf-8")
    (office / "new" / "zh_CN").mkdir(parents=True)
    (office / "new" / "zh_CN" / "news.sms.txt").write_text(
        "【{{ company }}】新。拒收请回复R", "utf-8"
    )
    return office


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_help_fits_the_terminal_and_says_what_the_command_does(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    told = call(*words, "--help", cwd=tmp_path).done()
    assert told.err == ""
    assert told.out.startswith(f"Usage: servicing{''.join(f' {word}' for word in words)} ")
    assert max(width(line) for line in told.lines()) <= COLUMNS
    assert command_of(words).help


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_the_help_of_a_command_ends_with_an_example_of_that_command(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    found = examples(words)
    assert found, f"servicing {' '.join(words)} has no example"
    for line in found:
        said = [word for word in shlex.split(line) if word not in ("--home", "office")]
        assert said[: len(words) + 1] == ["servicing", *words]
    shown = call(*words, "--help", cwd=tmp_path).done().out
    before_options, _, _ = shown.partition("\nOptions:")
    assert before_options.rstrip().endswith(found[-1])


@pytest.mark.parametrize("columns", [60, COLUMNS, 100])
@pytest.mark.parametrize("words", GROUPS, ids=" ".join)
def test_a_group_tells_each_of_its_commands_in_a_whole_sentence(
    words: tuple[str, ...], columns: int, tmp_path: Path
) -> None:
    wide = {"COLUMNS": str(columns)}
    told = " ".join(call(*words, "--help", cwd=tmp_path, env=wide).done().out.split())
    group = command_of(words)
    assert isinstance(group, click.Group)
    for name, command in commands_of(group).items():
        assert f"{name} {index.first_sentence(command.help or '')}" in told
    assert "…" not in told


@pytest.mark.parametrize("name", index.ENTRIES)
def test_the_index_of_commands_says_of_each_what_its_own_help_says(name: str) -> None:
    command = command_of((name,))
    assert command.name == name
    assert index.ENTRIES[name].sentence == index.first_sentence(command.help or "")


def test_the_help_of_the_first_level_loads_no_command(tmp_path: Path) -> None:
    loaded = "import sys, cli; cli.main()"
    watched = (
        "import atexit, sys; atexit.register(lambda: print(sorted(each for each in sys.modules"
        " if each.startswith('servicing.')), file=sys.stderr))"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"{watched}; {loaded}", "--help"],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert done.stderr.strip() == "['servicing.commands', 'servicing.commands.index']"


COMPLETED = [
    ("servicing ta", 1, ["tasks"]),
    ("servicing t", 1, ["tasks", "templates"]),
    ("servicing tasks p", 2, ["postpone"]),
    ("servicing tasks list --fo", 3, ["--format"]),
    ("servicing --ho", 1, ["--home"]),
]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize(("typed", "place", "offered"), COMPLETED)
def test_a_shell_completes_what_is_typed(
    typed: str, place: int, offered: list[str], shell: str, tmp_path: Path
) -> None:
    said = {"COMP_WORDS": typed, "COMP_CWORD": typed.split()[-1] if shell == "fish" else str(place)}
    told = call(cwd=tmp_path, env={"_SERVICING_COMPLETE": f"{shell}_complete", **said}).done()
    for each in offered:
        assert each in told.out
    assert "walk" not in told.out


NEVER_END = {("web",), ("run",), ("worker",)}
"""Servers: tests of their own start them, and stop them."""

ASK = {("user", "add"), ("user", "password")}
"""Commands that ask for a password at a terminal; here it comes by standard input."""

PASSWORD = "correct horse battery\n"

PROVIDER = """
[web]
public_url = "https://service.example.com"
[web.openid]
issuer = "https://login.example.com/staff"
client_id = "servicing"
"""

ON_POSTGRESQL = {words for words in ALL if words[:1] == ("years",)} | {("database", "grant")}
"""`tests/servicing/years`, `tests/servicing/operations/test_ownership.py` and a drill call these."""

ENDING = [words for words in ALL if examples(words) and words not in NEVER_END | ON_POSTGRESQL]


def lose_sight_of(message_id: int, home: Path) -> None:
    """Nobody knows any more whether this message left."""
    homes.rows(home, f"UPDATE message SET state = 'unknown' WHERE id = {message_id}")


GRANT = ("tiers", "override", "C000002", "personal", "--until", "2026-12-31", "--reason", "x")

BEFORE = {
    ("tasks", "undo"): ("tasks", "done", "1"),
    ("review", "forget"): ("review", "other", "C000001", "--insurer", "x"),
    ("tiers", "lift"): GRANT,
    ("resume",): ("halt", "news", "--why", "as the other example"),
}
"""What was called before an example is."""


def drawn(home: Path) -> None:
    """Clients were drawn for spot checks, and of the first one a result is written down."""
    draw = ("checks", "draw", "--share", "0.1", "--seed", "as the other example")
    call(*draw, cwd=home).done()
    sheet = call("checks", "show", "1", "--sheet", cwd=home).done().out
    (home / "result.toml").write_text(sheet.replace('= ""', '= "pass"'), "utf-8")


def made_ready(words: tuple[str, ...], prepared: Path) -> None:
    """What an example takes for granted."""
    if words in ((), ("init",)):  # both make a workspace
        shutil.rmtree(prepared)
        prepared.mkdir()
    if words == ("plan", "copy"):
        (prepared / "plans" / "ours.toml").unlink()
    if words == ("messages", "settle"):
        lose_sight_of(1, prepared)
    if words in BEFORE:
        call(*BEFORE[words], cwd=prepared).done()
    if words == ("restore",):
        call("backup", "servicing-2026-06-01.backup", cwd=prepared).done()
        homes.ours.empty(prepared)
    for of, prepare in (
        (("cases", "show"), open_a_case),
        (("cases", "step"), open_a_case),
        (("retention", "step"), open_a_retention_case),
        (("leads", "step"), name_a_friend),
        (("checks",), drawn),
        (("callbacks", "answer"), called_back),
        (("callbacks", "link"), called_back_by_a_link),
        (("events",), lambda home: with_an_event(words, home)),
        (("tiers", "score"), with_facts),
        (("earnings", "report"), with_commissions),
    ):
        if words[: len(of)] == of:
            prepare(prepared)
    if words == ("client", "readmit"):
        gone = ("client", "erase", "C000007", "--ground", "PIPL 47(1)(3)", "--yes")
        call(*gone, cwd=prepared).done()
    if words == ("user", "openid"):
        with (prepared / "servicing.toml").open("a") as settings:
            settings.write(PROVIDER)
    with_an_account(words, prepared)


def open_a_retention_case(prepared: Path) -> None:
    opening = ("--policy", "P0000000001", "--text", "wants to leave")
    call("retention", "open", *opening, cwd=prepared).done()


def name_a_friend(prepared: Path) -> None:
    friend = ("--name", "Ada Example", "--phone", "+12025550142")
    call("leads", "give", "C000001", *friend, cwd=prepared).done()


def open_a_case(prepared: Path) -> None:
    said = ("--received", "2026-05-04", "--text", "as the other example")
    call("cases", "open", "complaint", *said, cwd=prepared).done()


def with_an_event(words: tuple[str, ...], prepared: Path) -> None:
    """An event is planned, and as far as the example takes for granted."""
    step = words[-1]
    adding = ("user", "add", "office", "--role", "operations", "--password-stdin")
    call(*adding, cwd=prepared, typed=PASSWORD).done()
    told = ("--place", "Hall", "--at", "2026-06-20T14:00", "--capacity", "9")
    call("events", "add", "Tea", *told, cwd=prepared).done()
    if step not in ("add", "approve"):
        call("events", "approve", "1", "--by", "office", cwd=prepared).done()
    if step not in ("add", "approve", "open"):
        call("events", "open", "1", cwd=prepared).done()
    if step == "invite":  # the sample has clients who want no marketing
        agreed = "UPDATE client SET marketing_consent = NULL, consent_on = NULL"
        homes.rows(prepared, agreed)
    if step in ("decline", "confirm", "withdraw"):
        call("events", "register", "1", "C000001", "C000002", cwd=prepared).done()


def with_facts(prepared: Path) -> None:
    shutil.copy(TIER_FACTS, prepared / "facts.toml")


def with_commissions(prepared: Path) -> None:
    (prepared / "commissions").mkdir()
    shutil.copy(commission.SHIPPED / "example.toml", prepared / "commissions" / "standard.toml")


def called_back(prepared: Path) -> None:
    """Call-backs are open, and a sheet is filled in."""
    call("callbacks", "open", cwd=prepared).done()
    lines = call("callbacks", "sheet", cwd=prepared).done().out.splitlines()
    filled = [each if each[:4] == "note" else each.replace('= ""', '= "yes"') for each in lines]
    (prepared / "answers.toml").write_text("\n".join(filled), "utf-8")


def called_back_by_a_link(prepared: Path) -> None:
    """The pages have an address, and the free look of the first call-back runs."""
    called_back(prepared)
    with (prepared / "servicing.toml").open("a") as settings:
        settings.write('\n[web]\npublic_url = "https://service.example.com"\n')


def with_an_account(words: tuple[str, ...], prepared: Path) -> None:
    """The account that some examples name."""
    if words in (
        ("user", "desks"),
        ("user", "disable"),
        ("user", "email"),
        ("user", "password"),
        ("user", "openid"),
        ("user", "second-factor"),
    ):
        adding = ("user", "add", "chenyan", "--role", "operations", "--password-stdin")
        call(*adding, cwd=prepared, typed=PASSWORD).done()


@pytest.mark.parametrize("words", ENDING, ids=" ".join)
def test_the_example_runs(words: tuple[str, ...], prepared: Path) -> None:
    made_ready(words, prepared)
    asked = ("--password-stdin",) if words in ASK else ()
    for line in examples(words):
        call(*shlex.split(line)[1:], *asked, cwd=prepared, typed=PASSWORD).done()


OF_THE_OWNER = {("restore",), ("database",), ("database", "migrate")}
"""What only the owner of the tables does, beside `years` and `database grant`; `init` makes its own."""


@pytest.mark.parametrize("words", sorted({*ENDING} - {(), ("init",), ("demo",)}), ids=" ".join)
def test_the_example_runs_in_a_role_that_owns_no_table(
    words: tuple[str, ...], prepared: Path
) -> None:
    if homes.ours.server is None:
        pytest.skip("SQLite has no roles")
    made_ready(words, prepared)
    works = works_as(two_roles.WORKER, prepared)
    asked = ("--password-stdin",) if words in ASK else ()
    for line in examples(words):
        told = call(*shlex.split(line)[1:], *asked, cwd=prepared, typed=PASSWORD, env=works)
        if words in OF_THE_OWNER:
            assert "does not own the tables" in told.refused()
        else:
            told.done()


def works_as(role: str, home: Path) -> dict[str, str]:
    """The environment in which a workspace is worked with by a role that was granted its use."""
    url = homes.url_of(home)
    two_roles.given(homes.ours.server, homes.name_of(url))
    call("database", "grant", role, cwd=home).done()
    return {"SERVICING_SERVICING_DATABASE": url.replace("postgres@", f"{role}@")}


STEERING = "\x1b]0;owned\x07\x9b31m\u202e\u2066"
"""The title of the window, a colour in one character, the other direction."""

OF_STRANGERS = {
    "client": ("name", "referred_by", "phone_given"),
    "agent": ("name", "email"),
    "policy": ("product",),
    "team": ("name",),
    "branch": ("name",),
    "book_import": ("file",),
    "task": ("note",),
    "message": ("subject", "address", "provider_ref"),
    "barred": ("why", "source"),
    "reply": ("sender", "body"),
    "relation": ("name", "note"),
    "handing": ("why", "decided_by"),
    "halt": ("halted_by", "halted_why", "resumed_by", "resumed_why"),
    "user_account": ("name",),
}
"""Where text stands that somebody else may have written."""


def filled_by_a_stranger(home: Path) -> None:
    """Rows of every kind, each text in them such that it would steer a terminal."""
    made = "'2026-05-11 01:00:00'"
    for rows in (
        f"reply (provider, provider_ref, sender, body, received_at, meaning) VALUES"
        f" ('twilio', 'x', '+12025550101', 'x', {made}, 'other')",
        f"barred (kind, subject, why, since, source) VALUES ('phone', '+12025550188', 'x', {made}, 'x')",
        "relation (client_id, kind, name) VALUES (1, 'spouse', 'x')",
        "halt (kind, subject, cause, facts, halted_at)"
        f" VALUES ('channel', 'email', 'person', '{{}}', {made})",
        f"user_account (login, name, role, password, session_key, is_disabled, made_at) VALUES"
        f" ('udo', 'x', 'operations', 'x', 'x', FALSE, {made})",
        f"card_entry (client_id, at, kind, facts) VALUES (1, {made}, 'note{STEERING}', '{{}}')",
    ):
        homes.rows(home, f"INSERT INTO {rows}")
    for table, columns in OF_STRANGERS.items():
        sets = ", ".join(f"{each} = '{STEERING}' || {each}" for each in columns)
        homes.rows(home, f"UPDATE {table} SET {sets}")


@pytest.mark.parametrize("words", ENDING, ids=" ".join)
def test_whatever_a_stranger_has_filled_in_no_command_lets_it_steer_the_terminal(
    words: tuple[str, ...], prepared: Path
) -> None:
    """Nor does one that cannot go on with it: what it refuses, it names inert.

    CSV that goes to a file has the cells as they are, and there it goes to one.
    """
    filled_by_a_stranger(prepared)
    made_ready(words, prepared)
    for line in (each for each in examples(words) if "--format csv" not in each):
        asked = ("--password-stdin",) if words in ASK else ()
        told = call(*shlex.split(line)[1:], *asked, cwd=prepared, typed=PASSWORD)
        shown = told.out + told.err
        assert controls.first(shown.replace("\n", "").replace("\r", "").replace("\t", "")) == ""
