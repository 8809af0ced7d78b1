"""The table of attacks in docs/security.md: every row names a test that exists."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "security.md"

TEST = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def rows() -> list[str]:
    """The rows of the table, without its parts' headings."""
    _, _, table = PAGE.read_text("utf-8").partition("## The attacks that were tried")
    lines = table.partition("\n## ")[0].splitlines()
    cells = [line for line in lines if line.startswith("| ") and not line.startswith("| **")]
    return [line for line in cells if not line.startswith("| attack |")]


def named_in(path: Path) -> set[str]:
    """The names of the tests in a module, or in a class of it."""
    found = ast.walk(ast.parse(path.read_text("utf-8")))
    return {each.name for each in found if isinstance(each, ast.FunctionDef)}


def test_every_attack_names_a_test_that_exists() -> None:
    for row in rows():
        named = TEST.findall(row)
        assert named, row
        for path, name in named:
            assert (ROOT / path).is_file(), row
            assert not name or name in named_in(ROOT / path), row


def test_no_attack_stands_there_twice() -> None:
    assert len(set(rows())) == len(rows())
