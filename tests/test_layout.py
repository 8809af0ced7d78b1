"""What tests share stands in a conftest or a module named after what it holds, not in a test."""

import ast
import configparser
import re
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent


def imported(file: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in it, by its whole name."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{each.name}" for each in node.names)


def test_no_test_module_is_imported() -> None:
    """Whoever imports one runs its fixtures twice, or loses a helper when a test is moved."""
    modules = {
        ".".join(each.relative_to(ROOT).with_suffix("").parts) for each in HERE.rglob("test_*.py")
    }
    files = [
        *HERE.rglob("*.py"),
        *(ROOT / "docs").rglob("*.py"),
        *(ROOT / "benchmarks").rglob("*.py"),
    ]
    found = {
        f"{file.relative_to(ROOT)} imports {name}"
        for file in files
        for name in imported(file)
        if name in modules or name.rpartition(".")[0] in modules
    }
    assert found == set()


STATEMENT = re.compile(r"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH) \S")

BY_THEMSELVES = {
    *(
        f"servicing/core/{each}.py"
        for each in (
            "attempts",
            "audit_cuts",
            "audit_lines",
            "card_lines",
            "card_views",
            "context",
            "doubts",
            "due",
            "event_facts",
            "happened",
            "sealed_lines",
            "states",
            "touched",
            "trail",
            "unusual",
        )
    ),
    *(f"policies/persistency/{each}.py" for each in ("verdicts", "units", "extent")),
    "policies/postgres_archive.py",
    "servicing/operations/job_queue.py",
    "servicing/desk/search_keys.py",
    "servicing/corrections/suspensions.py",
    "servicing/reports/earned.py",
    "servicing/schedule/to_make.py",
    "servicing/tiers/stages.py",
    "servicing/schedule/waking.py",
    *(
        f"policies/{each}.py"
        for each in (
            *("backup", "database", "dialect", "inforce", "numbering", "records", "roles"),
            *("sqlite_copy", "staging"),
        )
    ),
}
"""Modules whose whole matter is a statement, as docs/architecture.md names them, or how one is run."""


def statements(file: Path) -> Iterator[int]:
    """The lines of a file in which a statement begins; docstrings are none."""
    tree = ast.parse(file.read_text("utf-8"))
    told = {
        id(each.value)
        for each in ast.walk(tree)
        if isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant)
    }
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and id(node) not in told and STATEMENT.match(node.value):
            yield node.lineno


def test_statements_stand_in_the_queries_of_their_room() -> None:
    files = [
        file
        for room in ("policies", "servicing")
        for file in (ROOT / room).rglob("*.py")
        if file.name != "queries.py" and file.parent.name != "migrations"
    ]
    found = {str(file.relative_to(ROOT)) for file in files for _ in statements(file)}
    assert found - BY_THEMSELVES == set()


MAKERS = {
    "mkdir",
    "makedirs",
    "touch",
    "chmod",
    "copy2",
    "copyfile",
    "copytree",
    "mkstemp",
    "mkdtemp",
}


def made(file: Path) -> Iterator[str]:
    """What a file makes on a disk by itself, or writes elsewhere than into a draft."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        of, name = ast.unparse(node.func.value).rpartition(".")[2], node.func.attr
        modes = [each.value for each in node.args[:1] if isinstance(each, ast.Constant)]
        opens = name == "open" and modes and str(modes[0])[:1] in {"w", "a", "x"}
        writes = name in {"write_text", "write_bytes"} or opens
        if name in MAKERS or (of, name) == ("shutil", "copy") or (writes and of != "draft"):
            yield f"{of}.{name}"


def test_files_and_folders_are_made_by_whole_alone() -> None:
    """What is made elsewhere would be as open as the umask leaves it, and seen while it is half."""
    found = {
        f"{file.relative_to(ROOT)}: {what}"
        for room in ("policies", "servicing")
        for file in (ROOT / room).rglob("*.py")
        if file != ROOT / "policies" / "whole.py"
        for what in made(file)
    }
    assert found == {"servicing/commands/book.py: path.write_text"}  # which `whole.new` has made


def test_every_page_that_is_named_has_a_template_and_every_template_a_page() -> None:
    """Two branches that give two templates one name may lose one of them when they meet."""
    sources = [*(ROOT / "servicing").rglob("*.py"), *(ROOT / "templates").rglob("*.html")]
    texts = [each.read_text("utf-8") for each in sources]
    named = {name for text in texts for name in re.findall(r'"(\w+\.html)"', text)}
    assert named == {each.name for each in (ROOT / "templates").rglob("*.html")}


def test_the_architecture_counts_the_rooms_and_draws_each_on_its_floor() -> None:
    cfg = configparser.ConfigParser()
    cfg.read(ROOT / "setup.cfg", "utf-8")
    layers = cfg["importlinter:contract:servicing"]["layers"].strip().splitlines()
    floors = [set(re.findall(r"\((\w+)\)", line)) for line in layers]
    told = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    rooms = sum(map(len, floors))
    assert f"stand {rooms} rooms on {len(floors)} floors" in told
    picture = told.split("```")[1].split("being[")[0]
    drawn = [set(re.findall(r"(\w+)/", line)) for line in re.findall(r'\["([^"]+?)<br>', picture)]
    assert [each for each in drawn if each] == floors
