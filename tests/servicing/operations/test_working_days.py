"""Working days are read from what was kept of them, and are the library's."""

import pytest

from policies import database, dates
from servicing.core.models import Kept
from servicing.core.settings import General, Settings
from servicing.operations import installed, working_days
from servicing.operations.workspace import Workspace
from tests import cast


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The countries of which the library was asked."""
    found: list[str] = []
    ask = dates.work_calendar

    def noted(country: str, subdivision: str = "") -> dates.WorkCalendar:
        found.append(f"{country} {subdivision}".rstrip())
        return ask(country, subdivision)

    monkeypatch.setattr(dates, "work_calendar", noted)
    return found


def test_the_library_is_asked_once(workspace: Workspace, asked: list[str]) -> None:
    first, second = (working_days.of("CN") for _ in range(2))
    assert asked[-1:] == ["CN"]
    asked.clear()
    assert not second.is_workday(cast.day("2026-02-15"))
    assert (second.published_until, asked) == (first.published_until, [])


def test_each_country_is_kept_by_itself(workspace: Workspace, asked: list[str]) -> None:
    for country in ("CN", "US", "CN", "US"):
        working_days.of(country)
    asked.clear()
    assert not working_days.of("US").is_workday(cast.day("2026-07-03"))
    assert working_days.of("CN").is_workday(cast.day("2026-07-03"))
    assert asked == []


def test_each_part_of_a_country_is_kept_by_itself(workspace: Workspace, asked: list[str]) -> None:
    easter_monday = cast.day("2026-04-06")
    for part in ("ENG", "SCT", "", "ENG", "SCT", ""):
        assert working_days.of("GB", part).is_workday(easter_monday) == (part != "ENG")
    asked.clear()
    assert not working_days.of("GB", "ENG").is_workday(easter_monday)
    assert working_days.of("GB", "SCT").is_workday(easter_monday)
    assert asked == []


def test_another_version_of_the_library_is_asked_again(
    workspace: Workspace, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    working_days.of("CN")
    asked.clear()
    monkeypatch.setattr(installed, "digest", lambda: "another version")
    working_days.of("CN")
    assert "CN" in asked


def test_what_was_begun_and_never_written_is_written_later(
    workspace: Workspace, asked: list[str]
) -> None:
    Kept.insert(name="days CN", digest=installed.digest(), value="").execute()
    assert not working_days.of("CN").is_workday(cast.day("2026-02-15"))
    asked.clear()
    assert not working_days.of("CN").is_workday(cast.day("2026-02-15"))
    assert asked == []


def test_in_a_transaction_the_library_is_asked(workspace: Workspace, asked: list[str]) -> None:
    with database.writing():
        working_days.of("CN")
    assert asked == ["CN"]
    assert not Kept.select().exists()


def test_a_workspace_has_the_days_of_its_country_s_part(workspace: Workspace) -> None:
    easter_monday = cast.day("2026-04-06")
    for part, is_workday in (("ENG", False), ("SCT", True), ("", True)):
        general = General(country="GB", subdivision=part)
        space = Workspace(workspace.home, Settings(servicing=general))
        assert space.calendar.is_workday(easter_monday) == is_workday
        assert space.clocks.at("complaint_summary", easter_monday).length == 3
