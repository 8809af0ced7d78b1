"""The workspaces of these tests are where the tests were asked to run."""

from pathlib import Path

import pytest

from tests import homes
from tests.acceptance.frontdoor import call


def test_a_copied_workspace_and_a_new_one_are_on_the_database_that_was_asked_for(
    office: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    call("--home", "another", "init", cwd=tmp_path).done()
    urls = {homes.url_of(office), homes.url_of(tmp_path / "another")}
    assert {url.split(":")[0] for url in urls} == {request.config.getoption("on")}
    assert len(urls) == (1 if homes.FILE in urls else 2), "each has a book of its own"


def test_what_is_done_in_a_copy_is_not_done_in_what_was_copied(
    office: Path, served_office: Path
) -> None:
    before = homes.held(served_office)
    assert homes.held(office) == before
    call("book", "import", "book.csv", "--joined", "2026-05-12", cwd=office).done()
    homes.rows(office, "DELETE FROM walked_day")
    assert homes.held(office) != before == homes.held(served_office)
