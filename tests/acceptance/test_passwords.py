"""Passwords on the command line: the same rules as on the pages, and temporary as there."""

from pathlib import Path

import pytest

from tests import homes
from tests.acceptance.frontdoor import call

ADDING = ("user", "add", "chenyan", "--role", "operations", "--password-stdin")
CHANGING = ("user", "password", "chenyan", "--password-stdin")
GOOD, OTHER = "correct horse battery\n", "another long secret\n"


@pytest.fixture
def office(tmp_path: Path) -> Path:
    call("init", cwd=tmp_path).done()
    return tmp_path


REFUSED = [
    ("short\n", "a password has 10 to 256 characters, not 5"),
    ("woaini1314\n", "the password is too easy to guess"),
    ("chenyan-2026\n", "the password is too easy to guess"),
    ("shilirenshou\n", "the password is too easy to guess"),
    ("\n", "a password has 10 to 256 characters, not 0"),
]


@pytest.mark.parametrize(("typed", "told"), REFUSED)
def test_a_poor_password_is_refused_in_a_sentence(typed: str, told: str, office: Path) -> None:
    assert call(*ADDING, cwd=office, typed=typed).refused().startswith(told)
    call(*ADDING, cwd=office, typed=GOOD).done()
    assert call(*CHANGING, cwd=office, typed=typed).refused().startswith(told)


def test_a_password_by_command_is_temporary(office: Path) -> None:
    def is_temporary() -> bool:
        ((told,),) = homes.rows(office, "SELECT is_temporary FROM user_account")
        return bool(told)

    call(*ADDING, cwd=office, typed=GOOD).done()
    assert is_temporary()
    homes.rows(office, "UPDATE user_account SET is_temporary = (1 = 0)")
    call(*CHANGING, cwd=office, typed=OTHER).done()
    assert is_temporary()
