"""A file taken in, and the file of its refused rows: what fails is blamed on what has failed."""

import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest

from policies import whole
from policies.importing.importer import BookFile
from policies.models import BookImport, Policy
from servicing.core import errors
from servicing.operations import imports
from servicing.operations.imports import ImportRequest
from servicing.operations.workspace import Workspace
from tests import cast
from tests.refusals import english

pytestmark = cast.on_one

HEADER = "policy_no,issue_date,annual_premium,client_no,client_name,agent_no\n"
REFUSED = "N1,2026-13-08,1,C1,林伟,A1\n"
NOW = cast.at("2026-05-11")


@pytest.fixture
def request_of(tmp_path: Path) -> ImportRequest:
    """One row, which is refused."""
    path = tmp_path / "more.csv"
    path.write_text(HEADER + REFUSED, "utf-8")
    return ImportRequest(BookFile(path), rejects=tmp_path / "rejects.csv")


def full_disk(fraction: float) -> None:
    """What shows the progress has no room for it."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "progress.log")


@pytest.mark.parametrize(
    ("joined", "latest"),
    [
        ("2026-05-11", None),
        ("2016-01-01", None),
        ("2027-05-12", None),  # 366 days
        ("2027-05-13", "2027-05-12"),
        ("2062-05-11", "2027-05-12"),
    ],
)
@pytest.mark.parametrize("dry_run", [False, True])
def test_a_joining_day_that_nobody_means_is_refused(
    workspace: Workspace,
    request_of: ImportRequest,
    joined: str,
    latest: str | None,
    dry_run: bool,
) -> None:
    request_of.file.path.write_text(HEADER + "N1,2026-04-12,1,C1,林伟,A1\n", "utf-8")
    request = replace(request_of, joined=cast.day(joined), dry_run=dry_run)
    if latest is None:
        assert imports.take_in(workspace, request, NOW).outcome.added == 1
        return
    with pytest.raises(errors.BadArgument) as caught:
        imports.take_in(workspace, request, NOW)
    assert english(caught.value.notice) == (
        f"the joining day {joined} is more than a year ahead: the latest is {latest}"
    )
    assert not Policy.select().exists() and not BookImport.select().exists()
    assert request.rejects and not request.rejects.exists()


def test_what_fails_elsewhere_is_not_blamed_on_the_rejects_file(
    workspace: Workspace, request_of: ImportRequest
) -> None:
    with pytest.raises(OSError, match=r"progress\.log"):
        imports.take_in(workspace, request_of, NOW, full_disk)
    assert sorted(path.name for path in request_of.file.path.parent.glob("*.csv*")) == ["more.csv"]


def draft_on_a_full_disk(path: Path) -> Path:
    draft = path.with_name(f"{path.name}{whole.DRAFT}")
    draft.symlink_to("/dev/full")
    return draft


def drafts_of(request: ImportRequest) -> list[Path]:
    return list(request.file.path.parent.glob(f"*{whole.DRAFT}"))


@pytest.mark.parametrize("rows", [1, 4000], ids=["at the end", "in between"])
def test_a_rejects_file_that_has_no_room_is_named(
    workspace: Workspace, request_of: ImportRequest, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A few rows stand in memory until the file is closed."""
    request_of.file.path.write_text(HEADER + REFUSED * rows, "utf-8")
    monkeypatch.setattr(whole, "new_draft", draft_on_a_full_disk)
    with pytest.raises(errors.UnwritableFile) as caught:
        imports.take_in(workspace, request_of, NOW)
    assert "rejects.csv cannot be written: the disk is full" in english(caught.value.notice)
    assert drafts_of(request_of) == []


def test_the_refused_rows_appear_when_the_import_has_ended(
    workspace: Workspace, request_of: ImportRequest
) -> None:
    assert request_of.rejects
    result = imports.take_in(workspace, request_of, NOW)
    assert (len(result.refused), request_of.rejects.exists()) == (1, True)
    assert "N1" in request_of.rejects.read_text("utf-8-sig")
    assert drafts_of(request_of) == []
