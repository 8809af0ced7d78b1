"""Sample books and the workspace that the tests of the command line begin with."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import quick_passwords, shared
from tests.acceptance.frontdoor import DAY, NOON, call
from tests.homes import Homes

POLICIES = 500


@pytest.fixture(autouse=True)
def in_homes_of_their_own(books_of_the_moment: None) -> None:
    """All of them make workspaces by `init` or copy one."""


@pytest.fixture(scope="session", autouse=True)
def passwords_hashed_quickly() -> Iterator[None]:
    """Accounts are made by many tests, and what their passwords withstand is no matter of most."""
    with quick_passwords.hashed():
        yield


@pytest.fixture(scope="session")
def sample_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with book.csv (500 policies, alive on `DAY`) and premiums.csv."""
    made = ("book", "sample", "--policies", POLICIES, "--as-of", DAY)
    files = ("--out", "book.csv", "--premiums", "premiums.csv")
    return shared.once_a_run(
        tmp_path_factory, "sample", lambda folder: call(*made, *files, cwd=folder).done()
    )


@pytest.fixture(scope="session")
def served_office(
    sample_files: Path, tmp_path_factory: pytest.TempPathFactory, homes: Homes
) -> Path:
    """The workspace after a day's work: imported, walked, dispatched. To be copied, not touched."""

    def make(folder: Path) -> None:
        shutil.copytree(sample_files, folder, dirs_exist_ok=True)
        call("init", cwd=folder).done()
        call("book", "import", "book.csv", "--joined", DAY, cwd=folder).done()
        call("book", "import", "premiums.csv", "--premiums", cwd=folder).done()
        call("walk", "--on", DAY, cwd=folder).done()
        call("dispatch", "--now", NOON, cwd=folder).done()

    return shared.office_once_a_run(tmp_path_factory, "served", make)


@pytest.fixture
def office(served_office: Path, tmp_path: Path, homes: Homes) -> Path:
    """A workspace after a day's work, of one's own."""
    return homes.copied(served_office, tmp_path / "office")


@pytest.fixture
def new_office(sample_files: Path, tmp_path: Path) -> Callable[[], Path]:
    """Makes workspaces in which nothing was done yet, with the sample files beside the settings."""
    made = []

    def make() -> Path:
        folder = shutil.copytree(sample_files, tmp_path / f"new-{len(made)}")
        made.append(folder)
        call("init", cwd=folder).done()
        return folder

    return make
