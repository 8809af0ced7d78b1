"""The coming days from the command line: looked at, and a change of them asked about."""

from pathlib import Path

import pytest

from policies import plan
from tests.acceptance.frontdoor import DAY, call

SHIPPED = (plan.SHIPPED / "standard.toml").read_text("utf-8")


@pytest.fixture
def halved(office: Path) -> Path:
    """A plan with half of month_4's offset."""
    path = office / "halved.toml"
    path.write_text(SHIPPED.replace("{ months = 4 }", "{ months = 2 }"), "utf-8")
    return path


def test_a_change_of_many_touchpoints_is_refused_unless_it_is_agreed(
    office: Path, halved: Path
) -> None:
    few = {"SERVICING_AHEAD_ASK_ABOVE": "0"}
    refused = call("plan", "use", halved, cwd=office, env=few).refused()
    assert "more than 0: nothing was changed; use --yes" in refused
    assert not (office / "plans" / "standard.toml").exists()
    told = call("plan", "use", halved, "--yes", cwd=office, env=few).done()
    assert "plans/standard.toml" in told.out
    assert (office / "plans" / "standard.toml").read_bytes() == halved.read_bytes()


def test_texts_are_put_in_place_as_a_plan_is(office: Path) -> None:
    new = office / "new" / "zh_CN"
    new.mkdir(parents=True)
    (new / "news.sms.txt").write_text("【{{ company }}】新闻。拒收请回复R", "utf-8")
    none = {"SERVICING_AHEAD_ASK_ABOVE": "0"}
    assert "use --yes" in call("templates", "use", "new", cwd=office, env=none).refused()
    call("templates", "use", "new", "--yes", cwd=office, env=none).done()
    assert (office / "templates" / "messages" / "zh_CN" / "news.sms.txt").exists()


def test_a_dry_run_shows_the_coming_days(office: Path) -> None:
    asked = ("book", "import", "book.csv", "--joined", DAY, "--dry-run")
    told = call(*asked, "--format", "json", cwd=office).document()
    assert told["dry_run"] is True and told["difference"]["count"] == 0
    assert told["difference"]["before"] == told["difference"]["after"]


def test_a_span_that_ends_before_it_begins_is_refused(office: Path) -> None:
    asked = ("simulate", "--from", "2030-02-01", "--to", "2030-01-31")
    assert "2030-01-31 is before 2030-02-01" in call(*asked, cwd=office).refused()
