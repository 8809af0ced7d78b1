"""The morning mail: how much there is today, to each agent once, and no client's name in it."""

import datetime
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from policies.models import Agent, Client
from servicing.channels import Accepted, Rejected, Throttled, smtp_letter
from servicing.channels.memory import Memory
from servicing.core import accounts, errors, settings, settings_file
from servicing.core.account_models import User
from servicing.core.models import Task
from servicing.core.morning_models import MorningMail
from servicing.operations import morning_mail, timetable, workspace
from servicing.operations.workspace import Workspace
from tests import cast
from tests.homes import Homes, close
from tests.servicing.stored import at_once

DAY = datetime.date(2026, 6, 1)
"""A Monday."""
HALF_PAST_SEVEN = datetime.datetime.fromisoformat("2026-06-01T07:30+08:00")
PASSWORD = "correct horse battery"


@pytest.fixture
def space(tmp_path: Path, homes: Homes) -> Iterator[Workspace]:
    """The cast on 1 June 2026: Chen Yan has an account and an email, Sun Li an account only."""
    workspace.create(tmp_path / "home", homes.new_url())
    space = workspace.at(tmp_path / "home", {})
    space.open()
    cast.everybody(issued=["2026-05-01", "2025-06-08", "2023-06-01"])
    cast.walk_only("2026-06-01", space)
    for login, agent_no in (("chenyan", "A001"), ("sunli", "A900")):
        accounts.add(login, "agent", PASSWORD, HALF_PAST_SEVEN, accounts.Remit(agent_no))
    Agent.update(email="").execute()
    Agent.update(email="chenyan@example.com").where(Agent.agent_no == "A001").execute()
    told(space, public_url="https://service.example.com")
    yield space
    close()


def told(space: Workspace, at: str = "07:30", public_url: str = "") -> None:
    web = msgspec.structs.replace(space.settings.web, public_url=public_url)
    desk = settings.Desk(morning_mail=at)
    space.settings = msgspec.structs.replace(space.settings, web=web, desk=desk)


def letters(space: Workspace) -> list[str]:
    return [each.read_text("utf-8") for each in sorted(space.home.glob("outbox/*/email/*"))]


def test_an_agent_reads_how_much_there_is_and_no_name(space: Workspace) -> None:
    done = morning_mail.send(space, DAY, HALF_PAST_SEVEN)
    assert done == {"sent": 1, "no_email": 1}
    (letter,) = letters(space)
    assert "To: chenyan@example.com" in letter
    assert "2026-06-01 今日待办：1 位客户" in letter and "今天有 1 位客户要联系" in letter
    assert "https://service.example.com/day" in letter
    for secret in ("林伟", "C001", "P001", "+1202"):
        assert secret not in letter


def test_it_tells_what_ends_its_grace_soon_and_what_is_overdue(space: Workspace) -> None:
    policy = cast.give_policy(cast.lin_wei(), "P300", "2025-04-04", agent=cast.agent("A001"))
    cast.give_premium(policy, "2026-04-04")
    Task.update(show_on=datetime.date(2026, 5, 29)).execute()
    morning_mail.send(space, DAY, HALF_PAST_SEVEN)
    (letter,) = letters(space)
    assert "1 张保单的宽限期在 3 天内结束" in letter, "60 days from 4 April are over on 3 June"
    assert "其中 1 位已逾期" in letter


def test_it_speaks_the_language_of_the_account(space: Workspace) -> None:
    accounts.set_locale(User.get(login="chenyan"), "en")
    morning_mail.send(space, DAY, HALF_PAST_SEVEN)
    assert "There is 1 client to serve today." in letters(space)[0]


def test_whoever_was_written_to_is_not_written_to_again(space: Workspace) -> None:
    morning_mail.send(space, DAY, HALF_PAST_SEVEN)
    assert not morning_mail.send(space, DAY, HALF_PAST_SEVEN)
    assert len(letters(space)) == 1
    tuesday = DAY + datetime.timedelta(days=1)
    assert morning_mail.send(space, tuesday, HALF_PAST_SEVEN)["sent"] == 1


def test_of_some_who_begin_at_once_one_writes(space: Workspace) -> None:
    provider = Memory()
    at_once(*[lambda: morning_mail.send(space, DAY, HALF_PAST_SEVEN, channel=provider)] * 4)
    assert [each.address for each in provider.sent.values()] == ["chenyan@example.com"]


NOT_WRITTEN_TO = {
    "a day off": lambda: None,
    "disabled": lambda: User.update(is_disabled=True).execute(),
    "left": lambda: Agent.update(left_on=DAY).execute(),
    "nothing to do": lambda: Task.update(state="done").execute(),
}


@pytest.mark.parametrize("why", NOT_WRITTEN_TO)
def test_nobody_is_written_to_without_need(space: Workspace, why: str) -> None:
    NOT_WRITTEN_TO[why]()
    sunday = DAY - datetime.timedelta(days=1)
    morning_mail.send(space, sunday if why == "a day off" else DAY, HALF_PAST_SEVEN)
    assert not letters(space)


TIMES = [
    ("", "07:30", False),
    ("07:30", "07:29", False),
    ("07:30", "07:30", True),
    ("07:30", "10:29", True),
    ("07:30", "10:30", False),
    ("23:30", "23:45", True),
    ("23:30", "00:15", False),
]


@pytest.mark.parametrize(("said", "here", "goes"), TIMES)
def test_it_goes_by_the_clock_of_the_book_and_in_the_morning_only(
    space: Workspace, said: str, here: str, goes: bool
) -> None:
    told(space, at=said)
    now = datetime.datetime.fromisoformat(f"2026-06-01T{here}+08:00")
    counted = timetable.write_to_agents(space, lambda: now, lambda: False)
    assert bool(counted) is goes and bool(letters(space)) is goes
    assert MorningMail.select().count() == (2 if goes else 0)


def test_a_provider_that_takes_no_more_is_asked_again_the_next_time(space: Workspace) -> None:
    Agent.update(email="somebody@example.com").execute()
    cast.give_policy(
        Client.create(client_no="C77", name="某人"), "P77", "2026-05-01", agent=sunli()
    )
    cast.walk_only("2026-06-01", space)
    turns = iter([Accepted("1"), Throttled(), Accepted("2")])
    provider = Memory(lambda message: next(turns))
    assert morning_mail.send(space, DAY, HALF_PAST_SEVEN, channel=provider) == {"sent": 1}
    assert MorningMail.select().count() == 1, "whoever was not reached is not written down"
    assert morning_mail.send(space, DAY, HALF_PAST_SEVEN, channel=provider) == {"sent": 1}
    assert len(provider.sent) == 2


def sunli() -> Agent:
    return cast.agent("A900")


def test_what_a_provider_refuses_is_not_tried_again(space: Workspace) -> None:
    provider = Memory(lambda message: Rejected("mailbox"))
    assert morning_mail.send(space, DAY, HALF_PAST_SEVEN, channel=provider)["failed"] == 1
    assert not morning_mail.send(space, DAY, HALF_PAST_SEVEN, channel=provider)


def test_a_mail_server_gets_a_letter_of_its_own_name(space: Workspace) -> None:
    provider = Memory()
    morning_mail.send(space, DAY, HALF_PAST_SEVEN, channel=provider)
    (message,) = provider.sent.values()
    recipient = smtp_letter.address(message.address)
    assert recipient
    letter = smtp_letter.letter(message, smtp_letter.sender("desk@example.com"), recipient)
    assert letter["Message-ID"] == f"<servicing.morning-{message.id}-20260601@example.com>"
    assert "List-Unsubscribe" not in letter


@pytest.mark.parametrize("said", ["7:30", "24:00", "07:60", "half past seven", "07:30 "])
def test_what_is_no_time_of_day_is_refused_by_name(space: Workspace, said: str) -> None:
    path = space.home / settings_file.FILE
    path.write_text(f'{path.read_text("utf-8")}\n[desk]\nmorning_mail = "{said}"\n', "utf-8")
    with pytest.raises(errors.BadSetting) as refused:
        workspace.at(space.home, {})
    assert "desk.morning_mail" in str(refused.value.notice)


def test_what_is_old_is_forgotten(space: Workspace) -> None:
    morning_mail.send(space, DAY, HALF_PAST_SEVEN)
    later = DAY + datetime.timedelta(days=35)
    morning_mail.send(space, later, HALF_PAST_SEVEN)
    assert {each.day for each in MorningMail.select()} == {later}
