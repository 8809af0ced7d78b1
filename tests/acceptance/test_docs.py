"""What the documents tell people to type is typed here, in order, and has to end well.

Read are README.md, README.zh-CN.md and docs/*.md. In blocks marked `sh` every line is a command, in
blocks marked `console` every line after `$ `; those that run `servicing` are run, in one folder a
document. The folder holds what a reader of the document has: book.csv and premiums.csv of
`book sample`, the repository's examples/, plans/ours.toml. Where the document itself says
`servicing init` the reader begins there; else in a workspace after a day's work.

Two remarks at the end of a line are understood: `# not run` for what cannot be (it never ends, or
needs what a reader may not have), and `# exit code 1` for what is refused on purpose.
"""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import pytest

import cli
from policies import plan
from tests.acceptance.frontdoor import COMMAND, call, clean_environment, commands_of
from tests.homes import Homes

ROOT = Path(__file__).parents[2]
WANTED = ("README.md", "README.zh-CN.md", "docs/architecture.md")
DOCUMENTS = sorted(
    {*WANTED, *(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md"))}
)

FENCE = re.compile(r"^\s*(?P<fence>`{3,}|~{3,})\s*(?P<language>[\w+-]*).*$")
RUNS_US = re.compile(r"^(?:\w+=\S*\s+)*servicing(?:\s|$)")
NEEDS_A_SHELL = re.compile(r"[|&;<>`$*~]|^\w+=")
NOT_RUN = re.compile(r"\s#\s*not run\s*$")
EXIT_CODE = re.compile(r"\s#\s*exit code (\d)\s*$")
MARKED = ("sh", "console")


@dataclass(frozen=True)
class Block:
    """A fenced block of a document."""

    language: str
    line: int
    lines: tuple[str, ...]

    def commands(self) -> Iterator[tuple[int, str]]:
        """The command lines with their line numbers; a backslash joins a line to the next."""
        held = ""
        for number, line in enumerate(self.lines, self.line + 1):
            said = line.strip()
            if self.language == "console" and not held:
                if not said.startswith("$ "):
                    continue  # what the command answers
                said = said.removeprefix("$ ")
            said = held + said.removeprefix("$ ")
            held = said.removesuffix("\\") if said.endswith("\\") else ""
            if not held:
                yield number, said


@dataclass(frozen=True)
class Typed:
    """A command line that a document tells people to type."""

    line: int
    command: str
    code: int
    is_run: bool


def blocks(text: str) -> Iterator[Block]:
    """The fenced blocks of a Markdown text."""
    fence, language, start, held = "", "", 0, []
    for number, line in enumerate(text.splitlines(), 1):
        mark = FENCE.match(line)
        if not fence and mark:
            fence, language, start, held = mark["fence"], mark["language"], number, []
        elif fence and line.strip() == fence:
            yield Block(language, start, tuple(held))
            fence = ""
        elif fence:
            held.append(line)
    assert not fence, f"the block of line {start} is never closed"


def typed(text: str) -> list[Typed]:
    """The commands of a document that run `servicing`, in order."""
    found = []
    for block in blocks(text):
        if block.language not in MARKED:
            continue
        for line, command in block.commands():
            if RUNS_US.match(command):
                code = EXIT_CODE.search(command)
                is_run = not NOT_RUN.search(command)
                found.append(Typed(line, command, int(code[1]) if code else 0, is_run))
    return found


def read(document: str) -> str:
    path = ROOT / document
    assert path.is_file(), f"{document} is not written yet"
    return path.read_text("utf-8")


@pytest.fixture
def seat(
    sample_files: Path, served_office: Path, tmp_path: Path, homes: Homes
) -> Callable[[list[Typed]], Path]:
    """The folder in which the reader of a document sits."""

    def seat(commands: list[Typed]) -> Path:
        begins_anew = any(re.search(r"\bservicing init\b", each.command) for each in commands)
        copied = shutil.copytree if begins_anew else homes.copied
        folder = copied(sample_files if begins_anew else served_office, tmp_path / "seat")
        shutil.copytree(ROOT / "examples", folder / "examples")
        (folder / "plans").mkdir()
        shutil.copy(plan.SHIPPED / "standard.toml", folder / "plans" / "ours.toml")
        return folder

    return seat


def run(each: Typed, folder: Path) -> tuple[int, str]:
    """Type the line: here, or in a shell where it needs one."""
    words = shlex.split(each.command, comments=True)
    if not NEEDS_A_SHELL.search(each.command.partition(" #")[0]):
        answer = call(*words[1:], cwd=folder)
        return answer.code, answer.err
    path = f"{COMMAND.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", each.command],
        cwd=folder,
        env=clean_environment() | {"PATH": path},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_a_document_tells_people_to_type_ends_well(
    document: str, seat: Callable[[list[Typed]], Path]
) -> None:
    commands = typed(read(document))
    folder = seat(commands)
    for each in commands:
        if each.is_run:
            code, complaint = run(each, folder)
            assert code == each.code, f"{document}, line {each.line}: {each.command}\n{complaint}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_no_command_hides_in_a_block_that_is_not_run(document: str) -> None:
    hidden = [
        f"{document}, line {block.line}: mark the block sh or console: {line.strip()}"
        for block in blocks(read(document))
        if block.language not in MARKED
        for line in block.lines
        if RUNS_US.match(line.strip().removeprefix("$ "))
    ]
    assert not hidden


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_is_not_run_is_at_least_spelled_as_the_command_line_has_it(document: str) -> None:
    for each in typed(read(document)):
        if not each.is_run and not NEEDS_A_SHELL.search(each.command.partition(" #")[0]):
            words = shlex.split(each.command, comments=True)[1:]
            answer = call(*words_of_command(words), "--help", cwd=ROOT)
            assert answer.code == 0, f"{document}, line {each.line}: {each.command}\n{answer.err}"


def words_of_command(words: list[str]) -> list[str]:
    """The words that name a command, up to its first argument or option."""
    named: list[str] = []
    command: click.Command = cli.cli
    for word in words:
        if not isinstance(command, click.Group):
            break
        if word in commands_of(command):
            command = commands_of(command)[word]
            named.append(word)
    assert named, f"no command in {words}"
    return named


def test_the_readme_tells_people_to_type_something() -> None:
    for document in ("README.md", "README.zh-CN.md"):
        assert [each for each in typed(read(document)) if each.is_run], document


@pytest.mark.parametrize("name", ["README", "docs/pages"])
def test_a_document_in_both_languages_tells_people_to_type_the_same(name: str) -> None:
    english, chinese = (
        [re.sub(r"\s+#.*", "", each.command) for each in typed(read(document))]
        for document in (f"{name}{language}.md" for language in ("", ".zh-CN"))
    )
    assert english == chinese


# ------------------------------------------------------------------------ the reading of documents

SAMPLE = """\
Text, `servicing inline`.
```sh
make install
servicing walk --on 2026-05-11   # a remark
servicing run  # not run
servicing book import \\
    book.csv --dry-run
```
```console
$ servicing card NOBODY  # exit code 1
servicing answers
$ SERVICING_HOME=. servicing tasks list
```
```toml
servicing = 1
```
"""


def test_documents_are_read_as_people_read_them() -> None:
    assert [(each.line, each.command, each.code, each.is_run) for each in typed(SAMPLE)] == [
        (4, "servicing walk --on 2026-05-11   # a remark", 0, True),
        (5, "servicing run  # not run", 0, False),
        (7, "servicing book import book.csv --dry-run", 0, True),
        (10, "servicing card NOBODY  # exit code 1", 1, True),
        (12, "SERVICING_HOME=. servicing tasks list", 0, True),
    ]


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("servicing tasks list --on 2026-05-11  # today's", 0),
        ("servicing card NOBODY", 1),
        ("servicing plan show --format json | grep -c script > count.txt", 0),
        ("servicing card NOBODY | cat", 1),
        ("SERVICING_HOME=. servicing tasks list", 0),
    ],
)
def test_a_command_line_is_run_here_or_in_a_shell(command: str, code: int, office: Path) -> None:
    assert run(Typed(1, command, code, True), office)[0] == code
