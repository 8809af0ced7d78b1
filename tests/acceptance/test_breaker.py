"""A poisoned import is stopped before anything leaves, and goes on when a person says so."""

import csv
import datetime
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.frontdoor import DAY, call
from tests.acceptance.office import ILSE, Office
from tests.homes import Homes
from tests.standins.twilio import ACCOUNT, NUMBER, TOKEN, Fault, TwilioStandIn

TOMORROW = DAY + datetime.timedelta(days=1)
AT_SIX, AT_TEN = (
    datetime.datetime.fromisoformat(f"{TOMORROW}T{time}+08:00") for time in ("06:00", "10:00")
)
ISSUED = "2025-04-12"
"""Thirteen months before tomorrow: the day from which a client is owed the monthly news."""


def book(path: Path, first: int, count: int) -> Path:
    """Clients who want marketing, each with a policy that owes him news tomorrow."""
    with path.open("w", encoding="utf-8", newline="") as file:
        names = "policy_no issue_date annual_premium client_no client_name agent_no phone"
        header = [*names.split(), "marketing_consent", "channel"]
        lines = csv.writer(file)
        lines.writerow(header)
        for number in range(first, first + count):
            who = (f"P{number:05}", ISSUED, 1200, f"C{number:05}", f"客户{number}", "A001")
            lines.writerow([*who, f"+1202555{number % 100 + 100:04}", "yes", "sms"])
    return path


@pytest.fixture
def poisoned(tmp_path: Path, homes: Homes) -> Path:
    """An office that was walked today, into which twenty times tomorrow's news was imported."""
    office = tmp_path / "office"
    call("--home", "office", "init", cwd=tmp_path).done()
    call("book", "import", book(tmp_path / "own.csv", 0, 10), cwd=office).done()
    call("walk", cwd=office).done()
    call("book", "import", book(tmp_path / "others.csv", 10, 190), cwd=office).done()
    return office


Call = Callable[..., Any]


def sent(office: Path) -> int:
    return len(list((office / "outbox").rglob("*.txt")))


def test_a_poisoned_import_is_stopped_with_no_message_out(poisoned: Path) -> None:
    def tell(*words: object, now: datetime.datetime = AT_TEN) -> Any:
        return call(*words, cwd=poisoned, now=now)

    walked = tell("walk", "--format", "json", now=AT_SIX).done()
    assert walked.document()["by_touchpoint"] == {"news": 200}
    assert "touchpoint:news" in walked.err
    dispatched = tell("dispatch", "--format", "json").done()
    assert dispatched.document() == {"accepted": 0, "halted": 200}
    assert "touchpoint:news" in dispatched.err and sent(poisoned) == 0

    status = tell("status", "--format", "json")
    assert status.code == 1 and "touchpoint:news" in status.err
    (halt,) = status.document()["halts"]
    assert (halt["kind"], halt["subject"], halt["cause"]) == ("touchpoint", "news", "volume")
    assert halt["facts"] == {"day": str(TOMORROW), "count": 200, "expected": 10}
    assert halt["waiting"] == 200
    assert [each["code"] for each in status.document()["needs"]] == ["halted"]
    first = tell("status").out.splitlines()[0]
    assert "touchpoint:news" in first and "200" in first and "10" in first
    assert "touchpoint:news" in tell("halts").done().out

    assert tell("resume", "news").code == 2, "a reason is needed"
    tell("resume", "news", "--why", "上海分公司并入", "--by", "何静").done()
    assert tell("halts").done().lines()[2:] == []
    (kept,) = tell("halts", "--all", "--format", "json").done().document()
    assert (kept["resumed_by"], kept["resumed_why"]) == ("何静", "上海分公司并入")
    assert re.match(rf"{TOMORROW}T02:00", kept["resumed_at"])
    assert tell("dispatch", "--format", "json").done().document() == {"accepted": 200}
    assert sent(poisoned) == 200
    assert tell("status").code == 0
    assert tell("walk", now=AT_TEN).err == "", "what was accepted is not stopped again"


def test_what_is_not_halted_is_not_resumed(poisoned: Path) -> None:
    refused = call("resume", "news", "--why", "x", cwd=poisoned).refused()
    assert refused == "'news' is not halted; nothing is"
    call("halt", "news", "--why", "the text names last month", "--by", "he", cwd=poisoned).done()
    again = call("halt", "news", "--why", "once more", cwd=poisoned).refused()
    assert again == "'news' is halted already, by he"
    call("resume", "touchpoint:news", "--why", "it is mended", cwd=poisoned).done()


def test_a_provider_that_refuses_one_after_the_other_is_left_alone(
    tmp_path: Path, homes: Homes
) -> None:
    office = tmp_path / "office"
    office.mkdir()
    call("init", cwd=office).done()
    call("book", "import", book(office / "own.csv", 0, 90), cwd=office).done()
    call("walk", cwd=office, now=AT_SIX).done()
    with TwilioStandIn(clock=lambda: AT_TEN) as twilio:
        twilio.script = [Fault("status", status=400, code=21617)] * 90
        environment = {
            "SERVICING_CHANNELS_SMS_DEFAULT": "twilio",
            "SERVICING_CHANNELS_TWILIO_BASE_URL": twilio.url,
            "SERVICING_CHANNELS_TWILIO_FROM": NUMBER,
            "SERVICING_CHANNELS_TWILIO_MESSAGES_PER_SECOND": "40",
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
        }

        def dispatch() -> dict[str, int]:
            words = ("dispatch", "--now", f"{TOMORROW}T10:00", "--format", "json")
            told = call(*words, cwd=office, env=environment, now=AT_TEN)
            return dict(told.done().document())

        counts = dispatch()
        (halt,) = call("halts", "--format", "json", cwd=office).done().document()
        assert (halt["kind"], halt["subject"], halt["cause"]) == ("channel", "sms", "rejections")
        assert 11 <= counts["failed"] < 90 and counts["failed"] + halt["waiting"] == 90
        assert dispatch() == {"accepted": 0}
        twilio.script = []
        call("resume", "sms", "--why", "Twilio has mended it", cwd=office).done()
        assert dispatch() == {"accepted": halt["waiting"]}
        assert twilio.duplicates() == []


GUESTS = ["Nora Vogt", "Paul Winter", "Lea Sommer", "Jan Herbst", "Mia Lenz", "Tom Ried"]


def born_on_a_day(office: Office) -> None:
    """One person in two records with one number, and others: all have their birthday on 12 May."""
    names = ["Ilse Brandt", "Ilse Brandt", *GUESTS]
    rows = [
        {
            **ILSE,
            "policy_no": f"K{number}",
            "client_no": f"C{number}",
            "client_name": name,
            "phone": f"+12125550{100 + max(number, 2)}",
        }
        for number, name in enumerate(names, 1)
    ]
    office.book(*rows, joined="2027-05-10")
    office.walk("2027-05-12")


def test_a_double_holds_its_second_message_and_nobody_else(tmp_path: Path) -> None:
    office = Office(tmp_path / "office")
    born_on_a_day(office)
    told = office("dispatch", "--now", "2027-05-12 10:00", "--format", "json").done()
    assert told.document() == {"accepted": 7, "halted": 1}
    assert "C1" in told.err and "C2" in told.err and "+1212" not in told.err, "logs keep it"
    (halt,) = office("halts", "--format", "json").done().document()
    assert (halt["kind"], halt["cause"], halt["waiting"]) == ("message", "repeated", 1)
    assert (halt["client_no"], halt["other_client_no"]) == ("C2", "C1")
    for command in (("halts",), ("status",), ("card", "C2")):
        shown = " ".join(office(*command).out.split())
        assert "C1" in shown and "C2" in shown and "+12125550102" in shown, command
    assert f"message:{halt['subject']}" in office("status").err
    assert office.dispatch("2027-05-12 11:00") == {}
    assert office.dispatch("2027-05-13 20:30") == {"skipped": 1}
    assert office("halts", "--format", "json").done().document() == []


@pytest.mark.parametrize("name", ["message", "birthday"])
@pytest.mark.parametrize(("drop", "counts"), [(["--drop-repeated"], {}), ([], {"accepted": 1})])
def test_a_double_is_dropped_or_sent_by_name_or_with_its_touchpoint(
    tmp_path: Path, name: str, drop: list[str], counts: dict[str, int]
) -> None:
    office = Office(tmp_path / "office")
    born_on_a_day(office)
    office.dispatch("2027-05-12 10:00")
    (halt,) = office("halts", "--format", "json").done().document()
    what = f"message:{halt['subject']}" if name == "message" else name
    office("resume", what, "--why", "one person, two records", *drop).done()
    assert office.dispatch("2027-05-12 10:30") == counts
    states = sorted(state for _, state, _ in office.messages())
    assert states == ["accepted"] * 7 + (["cancelled"] if drop else ["accepted"])


def test_many_doubles_stop_the_touchpoint(tmp_path: Path) -> None:
    office = Office(tmp_path / "office")
    settings = office.home / "servicing.toml"
    settings.write_text(
        f"{settings.read_text('utf-8')}\n[breaker]\nrepeated_at_least = 1\n", "utf-8"
    )
    born_on_a_day(office)
    assert office.dispatch("2027-05-12 10:00") == {"halted": 8}
    names = [each["subject"] for each in office("halts", "--format", "json").done().document()]
    assert "birthday" in names
