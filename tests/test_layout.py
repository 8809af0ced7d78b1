"""What tests share stands in a conftest or a module named after what it holds, not in a test."""

import ast
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
