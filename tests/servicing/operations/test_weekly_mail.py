"""The mail of the week: how complaints went, to each manager once, and no client's name in it."""

import datetime
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from servicing.channels import Accepted, Rejected, Throttled, smtp_letter
from servicing.channels.memory import Memory
from servicing.core import account_emails, accounts, audit_log, errors, settings, settings_file
from servicing.core.account_models import User
from servicing.core.audit_models import AuditEntry
from servicing.core.weekly_models import WeeklyMail
from servicing.operations import timetable, weekly_mail, workspace
from servicing.operations.workspace import Workspace
from tests import cast
from tests.homes import Homes, close
from tests.servicing.case_reports.filed import clock, file
from tests.servicing.stored import at_once

MONDAY = datetime.date(2026, 6, 1)
"""The week before is that of 25 to 31 May."""
EIGHT = datetime.datetime.fromisoformat("2026-06-01T08:00+08:00")
PASSWORD = "correct horse battery"


@pytest.fixture
def space(tmp_path: Path, homes: Homes) -> Iterator[Workspace]:
    """A manager of each branch has an email; each branch has complaints about an agent of it."""
    workspace.create(tmp_path / "home", homes.new_url())
    space = workspace.at(tmp_path / "home", {})
    space.open()
    people = cast.everybody(issued="2025-06-01")
    for login, branch in (("shanghai", "上海"), ("beijing", "北京")):
        user = accounts.add(login, "manager", PASSWORD, EIGHT, accounts.Remit(branch=branch))
        account_emails.put(user, f"{login}@example.com", EIGHT)
    accounts.add("nobody", "manager", PASSWORD, EIGHT, accounts.Remit(branch="上海"))
    policy = cast.policy()
    whole = {"about": people.chen_yan, "client": policy.client, "policy": policy}
    file(received="2026-05-20", **whole)
    clock(file(received="2026-05-26", **whole), "2026-05-29")
    file(received="2026-05-28", about=people.sun_li)
    told(space, public_url="https://service.example.com")
    yield space
    close()


def told(space: Workspace, at: str = "08:00", public_url: str = "") -> None:
    web = msgspec.structs.replace(space.settings.web, public_url=public_url)
    desk = settings.Desk(weekly_mail=at)
    space.settings = msgspec.structs.replace(space.settings, web=web, desk=desk)


def letters(space: Workspace) -> dict[str, str]:
    """By the address."""
    found = [each.read_text("utf-8") for each in sorted(space.home.glob("outbox/*/email/*"))]
    return {each.partition("To: ")[2].partition("\n")[0]: each for each in found}


def test_each_manager_reads_how_the_week_of_the_unit_went(space: Workspace) -> None:
    assert weekly_mail.send(space, MONDAY, EIGHT) == {"sent": 2}
    found = letters(space)
    shanghai, beijing = found["shanghai@example.com"], found["beijing@example.com"]
    assert "2026-05-25 至 2026-05-31 周报：收到 1 件投诉" in shanghai
    assert "期初未结 1 件，收到 1 件，办结 0 件，期末未结 2 件" in shanghai
    assert "期初未结 0 件，收到 1 件，办结 0 件，期末未结 1 件" in beijing
    assert "周末已有 1 件事项逾期" in shanghai and "逾期" not in beijing
    assert "https://service.example.com/cases/reports?on=2026-05-31" in shanghai
    for secret in ("林伟", "C001", "P001", "陈燕", "A001", "+1202"):
        assert secret not in shanghai


def test_the_unit_is_named_in_full(space: Workspace) -> None:
    team = accounts.add("team", "manager", PASSWORD, EIGHT, accounts.Remit(team="一部"))
    account_emails.put(team, "team@example.com", EIGHT)
    weekly_mail.send(space, MONDAY, EIGHT)
    found = letters(space)
    span = "，2026-05-25 至 2026-05-31 的投诉："
    for address, unit in (("shanghai", "上海"), ("beijing", "北京"), ("team", "上海 · 一部")):
        assert f"\n{unit}{span}" in found[f"{address}@example.com"]


def test_it_does_not_count_what_is_about_the_reader(space: Workspace) -> None:
    file(received="2026-05-27", about_login="beijing")
    user = User.get(User.login == "beijing")
    assert weekly_mail.told_of(user, weekly_mail.last_week(MONDAY))["received"] == 1


def test_it_speaks_the_language_of_the_account(space: Workspace) -> None:
    accounts.set_locale(User.get(login="shanghai"), "en")
    weekly_mail.send(space, MONDAY, EIGHT)
    letter = letters(space)["shanghai@example.com"]
    assert "Week 2026-05-25 to 2026-05-31: 1 complaint received" in letter
    assert "open at the start 1, received 1, ended 0, open at the end 2." in letter
    assert "1 case was overdue at the end of the week." in letter


def test_whoever_was_written_to_is_not_written_to_again(space: Workspace) -> None:
    weekly_mail.send(space, MONDAY, EIGHT)
    for day in range(7):
        on = MONDAY + datetime.timedelta(days=day)
        assert not weekly_mail.send(space, on, EIGHT)
    following = MONDAY + datetime.timedelta(days=7)
    assert weekly_mail.send(space, following, EIGHT)["sent"] == 2


def test_of_two_who_begin_at_once_one_writes(space: Workspace) -> None:
    provider = Memory()
    at_once(*[lambda: weekly_mail.send(space, MONDAY, EIGHT, channel=provider)] * 4)
    assert sorted(each.address for each in provider.sent.values()) == [
        "beijing@example.com",
        "shanghai@example.com",
    ]


class Killed(BaseException):
    """The process ends while the provider has the letter."""


def test_whoever_is_killed_meanwhile_writes_to_nobody_twice(space: Workspace) -> None:
    def dies(message: object) -> Accepted:
        raise Killed

    with pytest.raises(Killed):
        weekly_mail.send(space, MONDAY, EIGHT, channel=Memory(dies))
    assert [each.state for each in WeeklyMail.select()] == ["begun"]
    provider = Memory()
    weekly_mail.send(space, MONDAY, EIGHT, channel=provider)
    assert [each.address for each in provider.sent.values()] == ["shanghai@example.com"]


def test_a_provider_that_takes_no_more_is_asked_again_the_next_time(space: Workspace) -> None:
    turns = iter([Accepted("1"), Throttled(), Accepted("2")])
    provider = Memory(lambda message: next(turns))
    for _ in range(2):
        assert weekly_mail.send(space, MONDAY, EIGHT, channel=provider) == {"sent": 1}
    assert not weekly_mail.send(space, MONDAY, EIGHT, channel=provider)


def test_what_a_provider_refuses_is_not_tried_again(space: Workspace) -> None:
    provider = Memory(lambda message: Rejected("mailbox"))
    assert weekly_mail.send(space, MONDAY, EIGHT, channel=provider)["failed"] == 2
    assert not weekly_mail.send(space, MONDAY, EIGHT, channel=provider)


def test_whoever_is_disabled_or_has_nothing_to_read_is_not_written_to(space: Workspace) -> None:
    User.update(is_disabled=True).where(User.login == "shanghai").execute()
    early = datetime.date(2025, 6, 2)
    assert weekly_mail.send(space, early, EIGHT) == {"nothing": 1}
    assert not letters(space)


def test_a_mail_server_gets_a_letter_of_its_own_name(space: Workspace) -> None:
    provider = Memory()
    weekly_mail.send(space, MONDAY, EIGHT, channel=provider)
    message = next(iter(provider.sent.values()))
    recipient = smtp_letter.address(message.address)
    assert recipient
    letter = smtp_letter.letter(message, smtp_letter.sender("desk@example.com"), recipient)
    assert letter["Message-ID"] == f"<servicing.weekly-{message.id}-20260525@example.com>"


TIMES = [
    ("", "2026-06-01T08:00", False),
    ("08:00", "2026-06-01T07:59", False),
    ("08:00", "2026-06-01T08:00", True),
    ("08:00", "2026-06-01T19:59", True),
    ("08:00", "2026-06-01T20:00", False),
    ("08:00", "2026-06-02T08:00", False),
    ("08:00", "2026-06-06T08:00", False),
    ("08:00", "2026-10-05T08:00", False),  # the holidays of October
    ("08:00", "2026-10-08T08:00", True),  # a Thursday, the first working day of its week
    ("23:30", "2026-06-01T23:45", True),
]


FIRST = [
    ("2026-02-15", False),
    ("2026-02-16", True),  # the week of the Spring Festival, which nobody works: its Monday
    ("2026-02-17", False),
    ("2026-02-22", False),
    ("2026-02-23", False),
    ("2026-02-24", True),
    ("2026-06-01", True),
]


@pytest.mark.parametrize(("on", "is_first"), FIRST)
def test_each_week_has_one_day_on_which_it_goes(space: Workspace, on: str, is_first: bool) -> None:
    assert weekly_mail.is_first_workday(space, cast.day(on)) == is_first


@pytest.mark.parametrize(("said", "here", "goes"), TIMES)
def test_it_goes_on_the_first_working_day_of_a_week_by_the_clock_of_the_book(
    space: Workspace, said: str, here: str, goes: bool
) -> None:
    told(space, at=said)
    file(received="2026-01-05", about=cast.agent("A001"))  # there is something to tell in any week
    now = datetime.datetime.fromisoformat(f"{here}+08:00")
    counted = timetable.write_to_managers(space, lambda: now, lambda: False)
    assert bool(counted) is goes and bool(letters(space)) is goes


def test_what_is_old_is_forgotten(space: Workspace) -> None:
    weekly_mail.send(space, MONDAY, EIGHT)
    later = MONDAY + datetime.timedelta(weeks=20)
    weekly_mail.send(space, later, EIGHT)
    assert {each.week for each in WeeklyMail.select()} == {weekly_mail.last_week(later).first}


@pytest.mark.parametrize("said", ["8:00", "24:00", "monday"])
def test_what_is_no_time_of_day_is_refused_by_name(space: Workspace, said: str) -> None:
    path = space.home / settings_file.FILE
    path.write_text(f'{path.read_text("utf-8")}\n[desk]\nweekly_mail = "{said}"\n', "utf-8")
    with pytest.raises(errors.BadSetting) as refused:
        workspace.at(space.home, {})
    assert "desk.weekly_mail" in str(refused.value.notice)


WRONG = [
    "wang",
    "a@b@c",
    "a b@example.com",
    "a@example.com, b@example.com",
    f"{'x' * 200}@example.com",
]


@pytest.mark.parametrize("said", WRONG)
def test_what_is_no_address_is_refused(space: Workspace, said: str) -> None:
    user = User.get(User.login == "shanghai")
    with pytest.raises(errors.BadUser, match="not_an_email"):
        account_emails.put(user, said, EIGHT)
    assert User.get(User.login == "shanghai").email == "shanghai@example.com"


def test_the_audit_log_says_that_an_address_was_changed_and_not_which(space: Workspace) -> None:
    account_emails.put(User.get(User.login == "shanghai"), "", EIGHT)
    kind: audit_log.Kind = "account.email_changed"
    lines = [each.facts for each in AuditEntry.select().where(AuditEntry.kind == kind)]
    assert len(lines) == 3 and all("example.com" not in each for each in lines)
    assert weekly_mail.send(space, MONDAY, EIGHT) == {"sent": 1}
