"""Which provider carries what, and the double that stands in for one."""

import datetime
from pathlib import Path

import pytest

from servicing.channels import (
    Accepted,
    Answer,
    Channel,
    Directory,
    Lookup,
    Outgoing,
    Rejected,
    Routes,
    Throttled,
    Unknown,
    directory,
)
from servicing.channels.memory import Memory
from servicing.channels.outbox import Outbox
from servicing.core import errors
from servicing.core.settings import Channels, Email, Settings, Sms
from tests.refusals import refuses
from tests.servicing import letters

ROUTES = [
    ("sms", "+8613800138000", "china"),
    ("sms", "+85251234567", "hong_kong"),  # the longer code decides
    ("sms", "+12025550111", "america"),
    ("sms", "+442079460000", "rest"),
    ("sms", "", "rest"),
    ("email", "lin.wei@example.com", "post"),
    ("email", "+8613800138000@example.com", "post"),
]


@pytest.mark.parametrize(("channel", "address", "expected"), ROUTES)
def test_a_number_is_carried_by_the_provider_of_its_calling_code(
    channel: str, address: str, expected: str
) -> None:
    names = ("china", "hong_kong", "america", "rest", "post")
    providers: dict[str, Channel] = {name: Memory() for name in names}
    routes = {"+86": "china", "+852": "hong_kong", "+8": "rest", "+1": "america"}
    found = Directory(providers, Routes("rest", "post", routes)).route(channel, address)
    assert found is providers[expected]


def test_by_default_everything_becomes_a_file(tmp_path: Path) -> None:
    found = directory.of(Settings(), tmp_path)
    assert isinstance(found.route("sms", "+8613800138000"), Outbox)
    assert isinstance(found.route("email", "lin.wei@example.com"), Outbox)


NOT_KNOWN = [
    Channels(sms=Sms(default="carrier_pigeon")),
    Channels(email=Email(default="carrier_pigeon")),
    Channels(sms=Sms(routes={"+1": "carrier_pigeon"})),
]


@pytest.mark.parametrize("channels", NOT_KNOWN)
def test_a_provider_that_is_not_there_is_refused_before_the_day_begins(
    tmp_path: Path, channels: Channels
) -> None:
    with refuses(errors.BadSetting, match=r"'carrier_pigeon' is not known.*outbox"):
        directory.of(Settings(channels=channels), tmp_path)


def test_the_double_keeps_what_it_accepted() -> None:
    memory, letter = Memory(), letters.to_lin_wei()
    assert memory.find(letter) == Lookup("absent")
    assert memory.send(letter) == Accepted("memory-7")
    assert memory.sent == {7: letter}
    assert memory.find(letter) == Lookup("found", ("memory-7",))


NOT_ACCEPTED: list[Answer] = [
    Rejected("number", "no such number"),
    Rejected("opted_out"),
    Rejected("content"),
    Rejected("configuration"),
    Throttled(datetime.timedelta(seconds=30)),
    Unknown("timed out"),
]


@pytest.mark.parametrize("answer", NOT_ACCEPTED)
def test_the_double_answers_as_it_is_told_and_keeps_nothing_else(answer: Answer) -> None:
    asked: list[Outgoing] = []

    def answers(message: Outgoing) -> Answer:
        asked.append(message)
        return answer

    memory, letter = Memory(answers), letters.to_lin_wei()
    assert memory.send(letter) == answer
    assert asked == [letter]
    assert memory.sent == {}
    assert memory.find(letter) == Lookup("absent")
