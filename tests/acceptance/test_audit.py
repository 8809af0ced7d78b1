"""Every command is told as what it is, by whoever the operating system says has called it."""

import ast
import contextlib
import datetime
import os
import pwd
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import click
import pytest

import cli
from policies.importing.kinds import Kind as FileKind
from policies.models import Client
from servicing.breaker import halts
from servicing.commands import deeds
from servicing.core import audit_log, card_views, i18n, output
from servicing.desk import audit_wording
from servicing.operations import workspace
from servicing.web import deeds as web_deeds
from servicing.web import figures
from tests import homes
from tests.acceptance.frontdoor import MORNING, call, commands_of
from tests.homes import close
from tests.servicing.web.visits import give_account

EVENING = MORNING + datetime.timedelta(hours=9)
ME = f"os:{pwd.getpwuid(os.getuid()).pw_name}"


def commands(group: click.Group, before: tuple[str, ...] = ()) -> Iterator[str]:
    """The words of every command that does something, each joined by a blank."""
    for name, command in commands_of(group).items():
        words = (*before, name)
        if isinstance(command, click.Group):
            yield from commands(command, words)
        if not isinstance(command, click.Group) or command.invoke_without_command:
            yield " ".join(words)


def log(home: Path, *asked: object) -> list[dict[str, Any]]:
    """The lines, in the order in which they were written."""
    told = call("--home", home, "audit", "log", *asked, "--format", "json", cwd=home).done()
    return sorted(told.document(), key=lambda line: line["id"])


def test_every_command_stands_in_the_table() -> None:
    assert deeds.COMMANDS.keys() == set(commands(cli.cli))


def test_every_kind_is_one_of_the_log() -> None:
    kinds = {each for each in deeds.COMMANDS.values() if each and each != deeds.ITSELF}
    assert kinds <= set(audit_log.KINDS)


TYPED = ("text", "path", "directory", "file", "client_no", "policy_no", "format")
"""What is never kept of a command line, by type or name."""


def kept_of(words: str) -> Iterator[str]:
    """The options of a command that its line may name."""
    command: click.Command = cli.cli
    for word in words.split():
        assert isinstance(command, click.Group)
        command = commands_of(command)[word]
    for each in command.params:
        is_said = each.type.name in TYPED and each.name not in deeds.CHOICES
        if not is_said and each.name not in ("form", None):
            yield str(each.name)


@pytest.mark.parametrize("locale", ["en", "zh_CN"])
def test_every_option_that_is_kept_has_a_word(locale: str) -> None:
    told = [words for words, kind in deeds.COMMANDS.items() if kind and kind != deeds.ITSELF]
    names = {name for words in told for name in kept_of(words)} | set(figures.ARGUMENTS)
    assert [name for name in sorted(names) if not i18n.known("audit_fact", name, locale)] == []


RECORDING = ("record", "line_of", "taken_out")
"""What writes a line, or says what stands in it."""


def facts_in(source: str) -> Iterator[str]:
    """The names of the facts that a module records."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name in RECORDING:
            yield from (each.arg for each in node.keywords if each.arg)


@pytest.mark.parametrize("locale", ["en", "zh_CN"])
def test_every_fact_that_is_recorded_has_a_word(locale: str) -> None:
    package = Path(cli.__file__).parent / "servicing"
    sources = [each.read_text("utf-8") for each in package.rglob("*.py")]
    recording = [each for each in sources if "audit_log" in each or "taken_out" in each]
    names = {name for each in recording for name in facts_in(each)} - {"of", "client_id"}
    assert {"factor", "sessions", "steps", "role", "page", "what", "cause"} <= names
    assert [name for name in sorted(names) if not i18n.known("audit_fact", name, locale)] == []


NOT_PAGES = (
    "static",
    "bootstrap",
    "health",
    "phone",
    "webhooks",
    "unsubscribe",
    "callback_link",
    "survey_link",
)
"""What people do not know by a name, and never ask for where they have come in."""

VALUES = [
    *[("factor", each) for each in ("app", "passkey", "recovery")],
    *[("what", each) for each in ("figure", "policies", "scorecard", *get_args(FileKind))],
    *[("what", f"{each}:name") for each in get_args(halts.Kind)],
    *[("cause", each) for each in get_args(halts.Cause)],
    *[("filter", "grace birthday orphan silent")],
    *[("page", each) for each in web_deeds.PAGES if not each.startswith(NOT_PAGES)],
]


@pytest.mark.parametrize("locale", ["en", "zh_CN"])
@pytest.mark.parametrize(("name", "value"), VALUES)
def test_every_code_among_the_facts_has_a_word(name: str, value: str, locale: str) -> None:
    (told,) = audit_wording.facts({name: value}, locale)
    said = told.removeprefix(i18n.say("audit_fact", name, locale)).strip()
    is_a_word_itself = locale == "en" and value.isalpha()
    assert said and (said != value or is_a_word_itself)


WRITTEN = [
    ({"command": "tasks list"}, "command: tasks list", "命令：tasks list"),
    ({"clients": 3}, "clients: 3", "客户数：3"),
    ({"forgotten": True}, "old keys forgotten: yes", "旧密钥作废：是"),
    ({"factor": "recovery"}, "second factor: recovery code", "双重验证方式：恢复码"),
    ({"page": "persistency.policies"}, "page: The policies behind the figure", ""),
    ({"page": "audit.log"}, "page: Audit log", ""),
    ({"what": "touchpoint:news"}, "of: touchpoint news", ""),
    ({"what": "channel:sms"}, "of: channel SMS", ""),
    ({"cause": "person"}, "because of: a person has halted it", ""),
]


@pytest.mark.parametrize(("facts", "english", "chinese"), WRITTEN)
def test_a_fact_is_written_as_its_language_writes(
    facts: dict[str, Any], english: str, chinese: str
) -> None:
    assert audit_wording.facts(facts, "en") == [english]
    (told,) = audit_wording.facts(facts, "zh_CN")
    assert "： " not in told and told == (chinese or told)


READING = [
    (("card", "C000001"), "card.seen"),
    (("why", "P0000000001", "month_1"), "card.seen"),
    (("book", "timeline", "P0000000001"), "card.seen"),
    (("messages", "show", "1"), "card.seen"),
    (("tasks", "list"), "list.seen"),
    (("messages",), "list.seen"),
    (("persistency", "--list"), "list.seen"),
    (("persistency", "--out", "figure.csv"), "export.written"),
    (("atrisk",), "list.seen"),
    (("influence", "--top", "3"), "list.seen"),
    (("consent", "list"), "list.seen"),
    (("orphans",), "list.seen"),
    (("user", "views"), "audit.seen"),
    (("audit", "unusual"), "audit.seen"),
    (("evidence", "C000001"), "evidence.packed"),
    (("backup", "now.backup"), "backup.written"),
]


@pytest.mark.parametrize(("words", "kind"), READING, ids=str)
def test_what_a_command_shows_is_told(office: Path, words: tuple[str, ...], kind: str) -> None:
    call(*words, cwd=office).done()
    line = log(office, "--kind", kind)[-1]
    named = " ".join(each for each in words if each.isalpha() and each.islower())
    assert (line["kind"], line["who"], line["way"]) == (kind, ME, "command")
    assert named.startswith(line["facts"]["command"])
    if kind in ("card.seen", "evidence.packed"):
        assert line["client_no"]


def test_a_command_that_is_refused_is_not_told(office: Path) -> None:
    call("card", "C999999", cwd=office).refused()
    assert "card.seen" not in {each["kind"] for each in log(office)}


INTERRUPTED = [
    (("tasks", "list", "--format", "json"), ["list.seen"]),
    (("user", "views", "--format", "json"), ["audit.seen"]),
    (("book", "timeline", "P0000000001", "--format", "json"), ["card.seen"]),
    (("user", "list", "--format", "json"), []),
]


@pytest.mark.parametrize(("words", "kinds"), INTERRUPTED, ids=str)
def test_a_command_that_is_interrupted_is_told_as_far_as_it_reads(
    office: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], kinds: list[str]
) -> None:
    """Once it has shown its list, somebody presses Ctrl-C."""
    kinds_of = "SELECT kind FROM audit_entry ORDER BY id"
    before = homes.rows(office, kinds_of)
    emit = output.emit

    def interrupted(*args: Any, **given: Any) -> None:
        emit(*args, **given)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(output, "emit", interrupted)
        answer = call(*words, cwd=office)
    assert answer.code and answer.out
    assert [kind for (kind,) in homes.rows(office, kinds_of)[len(before) :]] == kinds


def test_no_word_of_a_command_line_that_may_name_a_client_is_kept(office: Path) -> None:
    call("consent", "stop", "C000002", "--note", "Frau Ahr rief an", cwd=office).done()
    call("card", "C000002", cwd=office).done()
    call("tasks", "list", "--agent", "Frau Ahr", cwd=office)
    call("tasks", "list", "--agent", "A00001", cwd=office).done()
    call("halt", "news", "--why", "Frau Ahr", "--by", "Frau Ahr", cwd=office).done()
    rows = str(homes.rows(office, "SELECT who, facts FROM audit_entry"))
    assert "Ahr" not in rows and "C000002" not in rows and "A00001" in rows


DEEDS = [
    (("halt", "news", "--why", "x"), "halt.made", {"what": "touchpoint:news", "cause": "person"}),
    (("keys", "rotate"), "keys.rotated", {"forgotten": False}),
    (("agents", "left", "A00001"), "agent.changed", {"agent_no": "A00001"}),
]


@pytest.mark.parametrize(("words", "kind", "facts"), DEEDS, ids=str)
def test_what_a_command_does_is_told_with_it(
    office: Path, words: tuple[str, ...], kind: str, facts: dict[str, object]
) -> None:
    call(*words, cwd=office).done()
    (line,) = log(office, "--kind", kind)
    assert line["who"] == ME and facts.items() <= line["facts"].items()


def test_an_import_is_told_by_its_number_and_counts(office: Path) -> None:
    before = log(office, "--kind", "book.imported")
    call("book", "import", "book.csv", cwd=office, now=EVENING).done()
    call("book", "import", "book.csv", "--dry-run", cwd=office, now=EVENING).done()
    *known, line = log(office, "--kind", "book.imported")
    assert known == before and line["facts"]["unchanged"] == 500
    assert line["facts"]["number"] > before[-1]["facts"]["number"]


# ----------------------------------------------------------------------------------- edited files


def test_an_edited_file_is_told_once_by_whoever_finds_it(office: Path) -> None:
    call("status", cwd=office)  # on PostgreSQL a copy names another database
    before = log(office, "--kind", "file.changed")
    settings = office / "servicing.toml"
    settings.write_text(settings.read_text("utf-8") + "\n# edited\n", "utf-8")
    for _ in range(2):
        call("status", cwd=office)
    *known, line = log(office, "--kind", "file.changed")
    assert known == before
    facts = line["facts"]
    assert facts["file"] == "servicing.toml" and facts["was"] != facts["became"] and facts["was"]


def test_a_plan_that_is_put_in_place_is_told_with_the_command(office: Path) -> None:
    call("status", cwd=office)
    call("plan", "copy", "standard", "--as", "new", cwd=office).done()
    file = office / "plans" / "new.toml"
    file.write_text(file.read_text("utf-8") + "\n# another\n", "utf-8")
    call("plan", "use", file, "--yes", cwd=office).done()
    line = log(office, "--kind", "file.changed")[-1]
    assert (line["facts"]["file"], line["facts"]["command"]) == ("plans/standard.toml", "plan use")


# --------------------------------------------------------------------------------- asked and sealed


@pytest.mark.parametrize(
    ("locale", "place"), [("en", "card"), ("zh_CN", "客户卡"), ("en", "figures")]
)
def test_looks_are_listed_by_the_clock_of_the_book_and_in_words(
    office: Path, locale: str, place: str
) -> None:
    space = workspace.at(office, {})
    space.open()
    user, client = give_account("gaoxiang", "operations"), Client.get(client_no="C000001")
    if place == "figures":
        card_views.saw(user, [client.client_no], "figures", MORNING, MORNING.date(), None)
    else:
        card_views.looked_at(user, client.id, MORNING, MORNING.date())
    close()
    told = call("user", "views", cwd=office, env={"SERVICING_SERVICING_LOCALE": locale}).done().out
    assert MORNING.strftime("%Y-%m-%d %H:%M") in told and place in told
    assert "+00:00" not in told


def test_the_log_is_asked_by_who_kind_and_day(office: Path) -> None:
    call("card", "C000001", cwd=office).done()
    assert [each["kind"] for each in log(office, "--kind", "card.seen")] == ["card.seen"]
    assert log(office, "--login", "nobody") == []
    assert log(office, "--to", "2026-05-10") == [] != log(office, "--from", "2026-05-11")
    told = call("audit", "log", "--limit", "1", cwd=office, env={"COLUMNS": "80"}).done().out
    assert ME in told


ASKED = [
    ("chenyan", "chenyan"),
    (" ChenYan ", "chenyan"),
    ("Service", "service"),
    ("os:Ops", "os:Ops"),
]


@pytest.mark.parametrize(("said", "who"), ASKED)
def test_who_acts_is_asked_for_in_any_spelling(office: Path, said: str, who: str) -> None:
    space = workspace.at(office, {})
    space.open()
    with audit_log.acting(audit_log.Actor("page", who)):
        audit_log.record("keys.rotated", MORNING, forgotten=False)
    close()
    assert {each["who"] for each in log(office, "--login", said)} == {who}


def test_a_log_without_such_lines_says_so(office: Path) -> None:
    asked = ("audit", "log", "--login", "nobody")
    assert call(*asked, cwd=office).done().out == "There are no such lines.\n"
    speaks = {"SERVICING_SERVICING_LOCALE": "zh_CN"}
    assert call(*asked, cwd=office, env=speaks).done().out == "没有符合条件的记录。\n"
    assert call(*asked, "--format", "json", cwd=office).done().document() == []


NO_KINDS = [
    ("session", "the log has no kind 'session'; it has session.begun, session.ended"),
    ("factor.reste", "it has factor.reset"),
    ("?", "it has session.begun, session.ended, login.refused"),
]


@pytest.mark.parametrize(("kind", "told"), NO_KINDS)
def test_a_kind_that_the_log_does_not_have_is_refused_with_those_near_it(
    office: Path, kind: str, told: str
) -> None:
    refused = call("audit", "log", "--kind", kind, cwd=office)
    assert refused.code == 2 and told in " ".join(refused.err.split())


@pytest.mark.only_sqlite("the triggers of a file are dropped here")
def test_verify_names_a_line_of_the_log_and_ends_with_1(office: Path) -> None:
    call("card", "C000001", cwd=office).done()
    call("audit", "seal", cwd=office, now=MORNING + datetime.timedelta(days=1)).done()
    with contextlib.closing(sqlite3.connect(office / "servicing.db")) as book, book:
        (number,) = book.execute(
            "SELECT MAX(id) FROM audit_entry WHERE kind = 'card.seen'"
        ).fetchone()
        book.execute("DROP TRIGGER audit_entry_no_update")
        book.execute("UPDATE audit_entry SET who = 'os:nobody' WHERE id = ?", [number])
    told = call("audit", "verify", cwd=office)
    assert told.code == 1 and f"line {number} of the audit log (card.seen" in told.err
    found = call("audit", "verify", "--format", "json", cwd=office).document()
    assert found["findings"] == [] and [each["entry"] for each in found["log"]["findings"]] == [
        number
    ]


def test_a_session_that_may_only_read_shows_what_it_shows_and_tells_nobody(office: Path) -> None:
    if not homes.url_of(office).startswith("postgresql"):
        pytest.skip("a standby is PostgreSQL's")
    standby = {"PGOPTIONS": "-c default_transaction_read_only=on"}
    call("card", "C000001", cwd=office, env=standby).done()
    assert log(office, "--kind", "card.seen") == []
