"""What is installed is known by what replaces it."""

import hashlib
import subprocess
import sys
from pathlib import Path

from servicing.operations import installed


def test_libraries_are_known_by_their_versions() -> None:
    found = {name.split("-")[0].lower() for place in installed.libraries() for name in place}
    assert {*installed.LIBRARIES, "servicing"} <= found


def test_modules_are_known_by_what_is_in_them() -> None:
    found = dict(installed.modules())
    own = Path(__file__).parents[3]
    for name in ("policies/dates.py", "servicing/messages/templates.py"):
        content = hashlib.sha256((own / name).read_bytes()).hexdigest()
        assert found[name] == content


def test_two_machines_with_the_same_program_agree() -> None:
    assert not [name for name, _ in installed.modules() if str(Path.cwd()) in name]


def test_the_modules_of_a_check_are_among_them() -> None:
    checked = (
        "import sys, pathlib; from servicing.core.settings import Settings;"
        "from servicing.operations.workspace import Workspace; from policies import plan;"
        "Workspace(pathlib.Path('nowhere'), Settings()).checked(plan.SHIPPED / 'standard.toml');"
        "print(*(name for name in sys.modules if name.startswith(('policies.', 'servicing.'))))"
    )
    command = [sys.executable, "-c", checked]
    own = Path(__file__).parents[3]
    loaded = subprocess.run(command, cwd=own, check=True, capture_output=True, text=True).stdout
    known = {
        name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for name, _ in installed.modules()
    }
    assert len(loaded.split()) > 30
    assert set(loaded.split()) <= known
