"""Twilio: what it takes, what it refuses, and what nobody can say, through its own library."""

import datetime
import json
import logging
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from twilio.request_validator import RequestValidator

from servicing.channels import (
    Accepted,
    Answer,
    Capabilities,
    Lookup,
    Outgoing,
    Rejected,
    Throttled,
    Unknown,
    twilio_line,
)
from servicing.channels.twilio_sms import MARGIN, MAX_LENGTH, TwilioSms
from servicing.core import errors
from servicing.core.settings import Twilio
from tests.refusals import english
from tests.servicing import letters
from tests.standins.sockets import answering, listening
from tests.standins.twilio import ACCOUNT, MAGIC_TO, NUMBER, TOKEN, Fault, TwilioStandIn

PUBLIC = "https://servicing.example"
SERVICE = "MG" + "1" * 32
HASTE = 2.0
"""Seconds the impatient wait: longer than a busy machine stands still."""


@pytest.fixture
def twilio() -> Iterator[TwilioStandIn]:
    with TwilioStandIn() as standin:
        yield standin


def reaching(base_url: str, public_url: str = PUBLIC, **known: Any) -> TwilioSms:
    """The channel as servicing.toml would make it."""
    facts = {
        "account_sid": ACCOUNT,
        "auth_token": TOKEN,
        "sender": NUMBER,
        "timeout_seconds": HASTE,
    }
    return TwilioSms(Twilio(base_url=base_url, **{**facts, **known}), public_url)


def at(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def refused(status: int, code: int | None, retry_after: str | None = None) -> Fault:
    return Fault("status", status=status, code=code, retry_after=retry_after)


def after(letter: Outgoing, **time: float) -> datetime.datetime:
    return letter.handed_over_at + datetime.timedelta(**time)


# a message that is taken


def test_a_message_that_is_taken_has_the_providers_id(twilio: TwilioStandIn) -> None:
    letter = letters.to_lin_wei()
    answer = reaching(twilio.url).send(letter)
    (taken,) = twilio.messages
    assert answer == Accepted(taken.sid)
    assert (taken.to, taken.body, taken.sender) == (letter.address, letter.body, NUMBER)
    assert taken.messaging_service == ""


def test_our_own_id_travels_in_the_address_that_receipts_go_to(twilio: TwilioStandIn) -> None:
    for public_url in (PUBLIC, f"{PUBLIC}/"):
        reaching(twilio.url, public_url).send(letters.to_lin_wei(id=42))
        taken = twilio.messages[-1]
        assert taken.status_callback == f"{PUBLIC}/hooks/twilio/status/42"
    hook = twilio.callback(taken, "delivered")
    assert hook.url == taken.status_callback
    signature = hook.headers["X-Twilio-Signature"]
    assert RequestValidator(TOKEN).validate(hook.url, hook.form, signature)


def test_without_a_public_address_no_receipts_are_asked_for(twilio: TwilioStandIn) -> None:
    assert isinstance(reaching(twilio.url, public_url="").send(letters.to_lin_wei()), Accepted)
    assert twilio.messages[0].status_callback == ""
    assert twilio.callbacks() == []


def test_a_messaging_service_sends_in_place_of_a_number(twilio: TwilioStandIn) -> None:
    assert isinstance(reaching(twilio.url, sender=SERVICE).send(letters.to_lin_wei()), Accepted)
    assert (twilio.messages[0].messaging_service, twilio.messages[0].sender) == (SERVICE, "")


@pytest.mark.parametrize(
    ("left", "seconds"),
    [
        ({"hours": 2}, "7200"),
        ({"seconds": 90.9}, "90"),
        ({"hours": 10}, "36000"),
        ({"hours": 10, "seconds": 1}, "36000"),
        ({"days": 3}, "36000"),
        ({"seconds": 0.5}, "1"),
        ({"seconds": 0}, "1"),
        ({"hours": -1}, "1"),
    ],
)
def test_the_provider_may_try_until_the_window_ends(
    twilio: TwilioStandIn, left: dict[str, float], seconds: str
) -> None:
    letter = letters.to_lin_wei()
    reaching(twilio.url).send(letters.to_lin_wei(not_after=after(letter, **left)))
    assert twilio.messages[0].validity_period == seconds


def test_it_says_what_it_can_do(twilio: TwilioStandIn) -> None:
    channel = reaching(twilio.url, messages_per_second=3, concurrency=5)
    assert channel.name == "twilio"
    assert channel.capabilities == Capabilities(3, concurrency=5, is_asked_by_address=True)


def test_a_text_that_is_too_long_is_not_handed_over(twilio: TwilioStandIn) -> None:
    channel = reaching(twilio.url)
    longest = letters.to_lin_wei(body="林" * MAX_LENGTH)
    assert isinstance(channel.send(longest), Accepted)
    answer = channel.send(letters.to_lin_wei(body="林" * (MAX_LENGTH + 1)))
    assert answer == Rejected("content", "too long")
    assert len(twilio.arrivals) == 1


def test_half_a_character_is_not_handed_over(twilio: TwilioStandIn) -> None:
    answer = reaching(twilio.url).send(letters.to_lin_wei(body="林伟\ud83d"))
    assert answer == Rejected("content", "cannot be encoded")
    assert twilio.arrivals == []


# a message that is refused

REFUSALS: list[tuple[int, int, Answer]] = [
    *((400, code, Rejected("number", str(code))) for code in (21211, 21614, 21635, 30005, 30006)),
    (400, 21610, Rejected("opted_out", "21610")),
    *(
        (400, code, Rejected("configuration", str(code)))
        for code in (20003, 21212, 21408, 21606, 21612)
    ),
    (401, 20003, Rejected("configuration", "20003")),
    (401, 20404, Rejected("configuration", "20404")),
    (403, 20005, Rejected("configuration", "20005")),
    (404, 20404, Rejected("configuration", "20404")),
    (403, 21211, Rejected("configuration", "21211")),
    (400, 30004, Rejected("content", "30004")),
    (400, 30007, Rejected("content", "30007")),
    (400, 21617, Rejected("content", "21617")),
    (400, 30003, Rejected("content", "30003")),
    (422, 12345, Rejected("content", "12345")),
    (429, 20429, Throttled(None, "20429", whole_sender=True)),
    (429, 63038, Throttled(None, "63038", whole_sender=True)),
    (400, 20429, Throttled(None, "20429", whole_sender=True)),
    (503, 20429, Throttled(None, "20429", whole_sender=True)),
    (400, 21611, Throttled(None, "21611", whole_sender=True)),
    (400, 30001, Throttled(None, "30001", whole_sender=True)),
    (400, 30036, Throttled(None, "30036", whole_sender=True)),
    (500, 20500, Unknown("20500")),
    (502, 20502, Unknown("20502")),
    (503, 20503, Unknown("20503")),
    (503, 21211, Unknown("21211")),
    (504, 20504, Unknown("20504")),
    (301, 301, Rejected("configuration", "301")),
    (308, 308, Rejected("configuration", "308")),
]


@pytest.mark.parametrize(("status", "code", "answer"), REFUSALS)
def test_every_refusal_says_what_happens_next(
    twilio: TwilioStandIn, status: int, code: int, answer: Answer
) -> None:
    twilio.script = [refused(status, code)]
    assert reaching(twilio.url).send(letters.to_lin_wei()) == answer
    assert len(twilio.arrivals) == 1


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (400, Rejected("content", "400")),
        (404, Rejected("configuration", "404")),
        (429, Throttled(None, "429", whole_sender=True)),
        (502, Unknown("502")),
    ],
)
def test_a_refusal_without_a_code_is_known_by_its_status(
    twilio: TwilioStandIn, status: int, answer: Answer
) -> None:
    strange: list[Any] = [None, "call +12025550111", 21211.5, True]
    for code in strange:
        twilio.script = [refused(status, code)]
        assert reaching(twilio.url).send(letters.to_lin_wei()) == answer


def test_a_page_in_html_is_known_by_its_status() -> None:
    page = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 6\r\n\r\n<html>"
    with listening(answering(page)) as port:
        assert reaching(at(port)).send(letters.to_lin_wei()) == Unknown("502")


@pytest.mark.parametrize(("number", "code"), MAGIC_TO.items())
def test_the_test_credentials_numbers_are_refused_as_published(
    twilio: TwilioStandIn, number: str, code: int
) -> None:
    answer = reaching(twilio.url).send(letters.to_lin_wei(address=number))
    assert isinstance(answer, Rejected)
    assert answer.detail == str(code)
    assert twilio.messages == []


@pytest.mark.parametrize("known", [{"auth_token": "another"}, {"account_sid": "AC" + "9" * 32}])
def test_a_wrong_account_stops_everything(twilio: TwilioStandIn, known: dict[str, str]) -> None:
    answer = reaching(twilio.url, **known).send(letters.to_lin_wei())
    assert answer == Rejected("configuration", "20003")
    assert reaching(twilio.url, **known).find(letters.to_lin_wei()) == Lookup("undecided")


def test_who_sent_stop_is_refused_by_the_provider_itself(twilio: TwilioStandIn) -> None:
    letter, channel = letters.to_lin_wei(), reaching(twilio.url)
    twilio.inbound(f"{PUBLIC}/hooks/twilio/inbound", letter.address, "STOP", opt_out="STOP")
    assert channel.send(letter) == Rejected("opted_out", "21610")
    twilio.inbound(f"{PUBLIC}/hooks/twilio/inbound", letter.address, "START", opt_out="START")
    assert isinstance(channel.send(letter), Accepted)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        (" 7 ", 7),
        ("0", 0),
        ("86401", 86_400),
        ("9" * 30, 86_400),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("٣", None),
        ("Tue, 30 Sep 2025 10:00:00 GMT", None),
    ],
)
def test_the_pause_that_is_asked_for_is_kept(header: str, seconds: int | None) -> None:
    pause = None if seconds is None else datetime.timedelta(seconds=seconds)
    assert twilio_line.pause_of(header) == pause
    assert twilio_line.pause_of(None) is None


def test_a_pause_is_of_the_answer_that_asked_for_it(twilio: TwilioStandIn) -> None:
    channel, letter = reaching(twilio.url), letters.to_lin_wei()
    twilio.script = [refused(429, 20429, "7"), refused(429, 20429), "reset_before"]
    pause = datetime.timedelta(seconds=7)
    assert channel.send(letter) == Throttled(pause, "20429", whole_sender=True)
    assert channel.send(letter) == Throttled(None, "20429", whole_sender=True)
    assert channel.send(letter) == Unknown("connection lost")


# a connection that fails

LOST: list[tuple[str, Answer]] = [
    ("error_before", Unknown("20500")),
    ("error_after", Unknown("20500")),
    ("unavailable_before", Unknown("20503")),
    ("unavailable_after", Unknown("20503")),
    ("reset_before", Unknown("connection lost")),
    ("reset_after", Unknown("connection lost")),
    ("close_before", Unknown("connection lost")),
    ("close_after", Unknown("connection lost")),
    ("hang_before", Unknown("timeout")),
    ("hang_after", Unknown("timeout")),
    ("truncated_after", Unknown("connection lost")),
    ("malformed_after", Unknown("malformed answer")),
    ("empty_after", Unknown("answer without an id")),
]


@pytest.mark.parametrize("warm", [False, True], ids=["first", "kept open"])
@pytest.mark.parametrize(("fault", "answer"), LOST)
def test_what_was_sent_and_not_answered_is_unknown_and_not_sent_again(
    twilio: TwilioStandIn, fault: str, answer: Answer, warm: bool
) -> None:
    channel, letter = reaching(twilio.url), letters.to_lin_wei()
    if warm:
        channel.send(letters.to_lin_wei(address="+12025550199"))
    twilio.script = [fault]
    assert channel.send(letter) == answer
    taken = [each for each in twilio.messages if each.to == letter.address]
    assert len(taken) == fault.endswith("_after")
    assert len(twilio.arrivals) == 1 + warm
    assert isinstance(channel.send(letter), Accepted)


@pytest.mark.parametrize(
    "body", [b"[]", b"null", b'"SM1"', b"7", b'{"sid": null}', b'{"sid": 7}', b'{"sid": ""}', b""]
)
def test_an_answer_that_is_no_message_is_unknown(body: bytes) -> None:
    head = b"HTTP/1.1 201 Created\r\nContent-Length: %d\r\n\r\n" % len(body)
    with listening(answering(head + body)) as port:
        answer = reaching(at(port)).send(letters.to_lin_wei())
    assert answer in (Unknown("malformed answer"), Unknown("answer without an id"))


@pytest.mark.parametrize("headers", [b"X: y\r\n" * 200, b"X: " + b"y" * 70_000 + b"\r\n"])
def test_an_answer_of_headers_alone_is_unknown(headers: bytes) -> None:
    with listening(answering(b"HTTP/1.1 201 Created\r\n" + headers + b"\r\n")) as port:
        answer = reaching(at(port)).send(letters.to_lin_wei())
    assert answer == Unknown("answer without an id")


@pytest.mark.parametrize(
    "words",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 201 Created\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 201 Created\r\nX: " + b"y" * 200_000 + b"\r\n\r\n",
        b"HTTP/1.1 201 Created\r\n" + b"X: y\r\n" * 40_000 + b"\r\n",
    ],
)
def test_an_answer_that_is_no_http_is_unknown(words: bytes) -> None:
    with listening(answering(words)) as port:
        assert reaching(at(port)).send(letters.to_lin_wei()) == Unknown("connection lost")


def test_where_nobody_listens_nothing_was_sent() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        answer = reaching(at(taken.getsockname()[1])).send(letters.to_lin_wei())
    assert answer == Throttled(None, "unreachable")


def test_a_name_that_does_not_exist_was_never_sent_to() -> None:
    answer = reaching("http://api.twilio.invalid").send(letters.to_lin_wei())
    assert answer == Throttled(None, "unreachable")


def test_where_connecting_takes_too_long_nothing_was_sent() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        # the queue of those who wait to be let in is full: further ones get no answer at all
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(address)
        answer = reaching(at(address[1])).send(letters.to_lin_wei())
        for each in waiting:
            each.close()
    assert answer == Throttled(None, "unreachable")


@pytest.mark.parametrize(
    "base_url",
    [
        *("api.twilio.com", "ftp://127.0.0.1", "http://", "http://[::", "http://a..b"),
        *("http://127.0.0.1:port", "http://127.0.0.1:99999", "https://xn--a.test"),
    ],
)
def test_an_address_that_is_none_is_our_configuration(base_url: str) -> None:
    answer = reaching(base_url).send(letters.to_lin_wei())
    assert answer == Rejected("configuration", "base_url")


def test_a_proxy_that_is_not_there_is_our_configuration(
    twilio: TwilioStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    answer = reaching("http://api.twilio.invalid").send(letters.to_lin_wei())
    assert answer == Rejected("configuration", "proxy")


def test_what_broke_behind_a_proxy_is_unknown(
    twilio: TwilioStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", twilio.url)
    monkeypatch.setenv("no_proxy", "")
    twilio.script = ["reset_after", "hang_after"]
    channel = reaching("http://api.twilio.invalid")
    assert channel.send(letters.to_lin_wei()) == Unknown("connection lost")
    assert channel.send(letters.to_lin_wei()) == Unknown("timeout")
    assert len(twilio.arrivals) == 2


def test_a_mistake_of_our_own_is_not_the_providers(twilio: TwilioStandIn) -> None:
    broken: Any = None
    channel = reaching(twilio.url)
    for _ in range(2):
        with pytest.raises(TypeError):
            channel.send(letters.to_lin_wei(not_after=broken))
        assert isinstance(channel.send(letters.to_lin_wei()), Accepted)


# a message that is asked for


def test_what_was_taken_is_found_and_nothing_else(twilio: TwilioStandIn) -> None:
    letter = letters.to_lin_wei()
    twilio.clock = lambda: letter.handed_over_at
    channel = reaching(twilio.url)
    assert channel.find(letter) == Lookup("absent")
    twilio.script = ["hang_after"]
    assert channel.send(letter) == Unknown("timeout")
    assert channel.find(letter) == Lookup("found", (twilio.messages[0].sid,))
    assert channel.find(letters.to_lin_wei(body="别的话")) == Lookup("absent")
    assert channel.find(letters.to_lin_wei(address="+12025550112")) == Lookup("absent")


def test_what_came_back_broken_was_not_taken(twilio: TwilioStandIn) -> None:
    letter = letters.to_lin_wei()
    twilio.clock = lambda: letter.handed_over_at
    twilio.script = ["unavailable_before"]
    channel = reaching(twilio.url)
    assert channel.send(letter) == Unknown("20503")
    assert channel.find(letter) == Lookup("absent")


def test_what_was_taken_twice_is_found_twice_the_likeliest_first(twilio: TwilioStandIn) -> None:
    letter = letters.to_lin_wei()
    times = [after(letter, minutes=each) for each in (-40, 5, 0, 90)]
    sids = [twilio.add(letter.address, letter.body, created=each).sid for each in times]
    found = reaching(twilio.url).find(letter)
    assert found == Lookup("found", (sids[2], sids[1], sids[0], sids[3]))


@pytest.mark.parametrize(
    ("ago", "state"),
    [
        (MARGIN, "found"),
        (MARGIN + datetime.timedelta(seconds=1), "absent"),
        (datetime.timedelta(days=31), "absent"),
    ],
)
def test_last_months_same_words_are_another_message(
    twilio: TwilioStandIn, ago: datetime.timedelta, state: str
) -> None:
    letter = letters.to_lin_wei()
    twilio.add(letter.address, letter.body, created=letter.handed_over_at - ago)
    assert reaching(twilio.url).find(letter).state == state


def test_it_may_have_been_sent_and_delivered_meanwhile(twilio: TwilioStandIn) -> None:
    letter = letters.to_lin_wei()
    for outcome, error in (("delivered", None), ("undelivered", 30003)):
        message = twilio.add(
            letter.address,
            letter.body,
            created=letter.handed_over_at,
            status_callback=f"{PUBLIC}/hooks/twilio/status/7",
        )
        assert len(twilio.callbacks([message], outcome, error)) == 2
        assert message.sid in reaching(twilio.url).find(letter).refs


def test_the_clients_own_words_are_not_ours(twilio: TwilioStandIn) -> None:
    letter = letters.to_lin_wei()
    facts: dict[str, Any] = {"created": letter.handed_over_at}
    twilio.add(letter.address, letter.body, direction="inbound", **facts)
    assert reaching(twilio.url).find(letter) == Lookup("absent")
    reply = twilio.add(letter.address, letter.body, direction="outbound-reply", **facts)
    assert reaching(twilio.url).find(letter) == Lookup("found", (reply.sid,))


def test_spaces_and_line_breaks_do_not_hide_it(twilio: TwilioStandIn) -> None:
    letter = letters.to_lin_wei(body="Café\r\nLin Wei \n")
    taken = twilio.add(letter.address, "Cafe\u0301\nLin Wei", created=letter.handed_over_at)
    assert reaching(twilio.url).find(letter) == Lookup("found", (taken.sid,))


def test_words_that_the_account_hides_may_be_ours(twilio: TwilioStandIn) -> None:
    letter = letters.to_lin_wei()
    twilio.add(letter.address, "", created=letter.handed_over_at)
    assert reaching(twilio.url).find(letter) == Lookup("undecided")
    seen = twilio.add(letter.address, letter.body, created=letter.handed_over_at)
    assert reaching(twilio.url).find(letter) == Lookup("found", (seen.sid,))


def test_hidden_words_of_last_month_are_another_message(twilio: TwilioStandIn) -> None:
    letter = letters.to_lin_wei()
    twilio.add(letter.address, "", created=after(letter, days=-31))
    assert reaching(twilio.url).find(letter) == Lookup("absent")


def test_it_is_looked_for_on_every_page_of_the_same_address(twilio: TwilioStandIn) -> None:
    letter = letters.to_lin_wei()
    taken = twilio.add(letter.address, letter.body, created=letter.handed_over_at)
    for minute in range(1, 6):
        twilio.add(letter.address, f"第{minute}条", created=after(letter, minutes=minute))
    twilio.largest_page = 2
    assert reaching(twilio.url).find(letter) == Lookup("found", (taken.sid,))
    assert len(twilio.paths) == 3
    for path in twilio.paths:
        assert parse_qs(urlsplit(path).query)["To"] == [letter.address]


def test_the_search_ends_where_everything_is_too_old(twilio: TwilioStandIn) -> None:
    letter = letters.to_lin_wei()
    for day in range(20, 0, -1):
        twilio.add(letter.address, f"第{day}条", created=after(letter, days=-day))
    twilio.add(letter.address, "今天", created=letter.handed_over_at)
    twilio.largest_page = 2
    assert reaching(twilio.url).find(letter) == Lookup("absent")
    assert len(twilio.paths) == 2


def test_one_that_is_out_of_order_does_not_end_it(twilio: TwilioStandIn) -> None:
    """The list is sorted by when messages left, and ours may not have left yet."""
    letter = letters.to_lin_wei()
    taken = twilio.add(letter.address, letter.body, created=letter.handed_over_at)
    twilio.add(letter.address, "昨天", created=after(letter, days=-1))
    assert reaching(twilio.url).find(letter) == Lookup("found", (taken.sid,))


READ_FAULTS = ["throttled", "error_before", "unavailable_before", "reset_before", "close_before"]
READ_FAULTS += ["hang_before", "malformed_after", "truncated_after", "empty_after"]


@pytest.mark.parametrize("page", [1, 2])
@pytest.mark.parametrize(
    "fault", [*READ_FAULTS, refused(401, 20003), refused(403, 20005), refused(404, 20404)], ids=str
)
def test_a_page_that_is_missing_leaves_it_undecided(
    twilio: TwilioStandIn, fault: str | Fault, page: int
) -> None:
    letter = letters.to_lin_wei()
    twilio.largest_page = 1
    twilio.add(letter.address, "别的话", created=letter.handed_over_at)
    twilio.add(letter.address, letter.body, created=letter.handed_over_at)
    twilio.read_script = [*["ok"] * (page - 1), fault]
    assert reaching(twilio.url).find(letter) == Lookup("undecided")
    assert reaching(twilio.url).find(letter).state == "found"


def test_a_list_that_goes_round_in_a_circle_is_undecided() -> None:
    circle = b'{"messages": [], "next_page_uri": "/again"}'
    page = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(circle), circle)
    with listening(answering(page)) as port:
        assert reaching(at(port), timeout_seconds=5).find(letters.to_lin_wei()) == Lookup(
            "undecided"
        )


def test_where_nobody_listens_it_is_undecided() -> None:
    assert reaching("http://127.0.0.1:9").find(letters.to_lin_wei()) == Lookup("undecided")


# several at once


def test_every_thread_has_a_connection_of_its_own(twilio: TwilioStandIn) -> None:
    channel, together = reaching(twilio.url, timeout_seconds=5), threading.Barrier(4)

    def send(first: int) -> list[Answer]:
        together.wait()
        return [channel.send(letters.to_lin_wei(id=each)) for each in range(first, first + 25)]

    with ThreadPoolExecutor(4) as threads:
        answers = [each for some in threads.map(send, (1, 101, 201, 301)) for each in some]
    assert {each.ref for each in answers if isinstance(each, Accepted)} == {
        each.sid for each in twilio.messages
    }
    assert len(twilio.messages) == 100
    assert twilio.connections == 4
    assert twilio.peak_per_second() <= 100
    assert twilio.duplicates() == [(letters.to_lin_wei().address, letters.to_lin_wei().body)]


def test_what_happens_to_one_thread_is_no_news_to_another(twilio: TwilioStandIn) -> None:
    twilio.rates = {"throttled": 0.2, "reset_after": 0.2, "error_before": 0.2}
    channel = reaching(twilio.url, timeout_seconds=5)
    with ThreadPoolExecutor(4) as threads:
        answers = list(
            threads.map(channel.send, [letters.to_lin_wei(id=each) for each in range(200)])
        )
    counted = {
        "201": sum(isinstance(each, Accepted) for each in answers),
        "throttled": answers.count(
            Throttled(datetime.timedelta(seconds=1), "20429", whole_sender=True)
        ),
        "reset_after": answers.count(Unknown("connection lost")),
        "error_before": answers.count(Unknown("20500")),
    }
    assert counted == dict(twilio.answered)
    assert sum(counted.values()) == 200


# settings


@pytest.mark.parametrize(
    ("key", "known", "variable"),
    [
        ("account_sid", {"account_sid": ""}, "TWILIO_ACCOUNT_SID"),
        ("auth_token", {"auth_token": ""}, "TWILIO_AUTH_TOKEN"),
        ("from", {"sender": ""}, ""),
    ],
)
def test_what_is_missing_is_said_before_anything_is_sent(
    key: str, known: dict[str, str], variable: str
) -> None:
    with pytest.raises(errors.BadSetting) as raised:
        reaching("", **known)
    said = english(raised.value)
    assert said.startswith(f"channels.twilio: {key} ")
    assert variable in said
    assert TOKEN not in said


def test_the_environment_does_not_change_an_address_that_was_set(
    twilio: TwilioStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_EDGE", "sydney")
    monkeypatch.setenv("TWILIO_REGION", "au1")
    assert isinstance(reaching(twilio.url).send(letters.to_lin_wei()), Accepted)


def test_the_library_is_not_loaded_before_a_message_is_sent() -> None:
    code = (
        "import sys; from servicing.channels.twilio_sms import TwilioSms;"
        "from servicing.core.settings import Twilio;"
        "TwilioSms(Twilio(account_sid='a', auth_token='b', sender='c'), '');"
        "sys.exit(bool({'twilio', 'requests', 'httpx'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_first_message_loads_nothing_more(twilio: TwilioStandIn) -> None:
    code = (
        "import sys; from servicing.channels.twilio_sms import TwilioSms;"
        "from servicing.core.settings import Twilio; from tests.servicing import letters;"
        "channel = TwilioSms(Twilio(*sys.argv[1:]), ''); channel.prepare();"
        "loaded = set(sys.modules); print(channel.send(letters.to_lin_wei()));"
        "print(sorted(set(sys.modules) - loaded))"
    )
    command = [sys.executable, "-c", code, ACCOUNT, TOKEN, NUMBER, twilio.url]
    home = Path(__file__).parents[3]
    said = subprocess.run(command, cwd=home, check=True, capture_output=True, text=True).stdout
    assert said.splitlines() == [f"{Accepted(twilio.messages[0].sid)}", "[]"]


# connections


def test_a_connection_is_kept_however_long_nothing_is_sent(
    twilio: TwilioStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = reaching(twilio.url)
    for now in (time.monotonic(), time.monotonic() + 3_600):
        monkeypatch.setattr(time, "monotonic", lambda now=now: now)
        assert isinstance(channel.send(letters.to_lin_wei()), Accepted)
    monkeypatch.undo()
    assert twilio.connections == 1


def test_when_it_is_closed_no_connection_is_left_of_any_thread(twilio: TwilioStandIn) -> None:
    channel, together = reaching(twilio.url), threading.Barrier(3)

    def send(_: int) -> Answer:
        together.wait()
        return channel.send(letters.to_lin_wei())

    with ThreadPoolExecutor(3) as threads:
        assert all(isinstance(each, Accepted) for each in threads.map(send, range(3)))
        assert twilio.connections == 3
        channel.close()
        assert twilio.has_nobody_left()
        assert isinstance(channel.send(letters.to_lin_wei()), Accepted)
    assert twilio.connections == 4


# what nobody may read

TALKATIVE = ["httpx", "httpcore", "twilio", "twilio.http_client", "urllib3", "requests"]


def test_no_log_and_no_answer_holds_a_number_a_word_or_the_token(
    twilio: TwilioStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in TALKATIVE:
        caplog.set_level(logging.DEBUG, name)
    letter, channel = letters.to_lin_wei(), reaching(twilio.url)
    twilio.script = [*(name for name, _ in LOST), refused(400, 21211), "throttled", "ok"]
    twilio.read_script = ["throttled", "reset_before", "close_before", "hang_before", "ok"]
    said = [repr(channel), repr(channel.capabilities)]
    said += [repr(channel.send(letter)) for _ in range(len(LOST) + 3)]
    said += [repr(channel.find(letter)) for _ in range(5)]
    said += [
        repr(each.__dict__) + each.getMessage() + str(each.exc_text) for each in caplog.records
    ]
    assert not [each for each in caplog.records if each.name.split(".")[0] in TALKATIVE]
    everything = "\n".join(said)
    for secret in (letter.address, letter.address[1:], letter.body, "林伟", TOKEN):
        assert secret not in everything
    assert twilio.script == twilio.read_script == []


def test_what_others_log_meanwhile_is_still_logged(
    twilio: TwilioStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    for name in TALKATIVE:
        caplog.set_level(logging.DEBUG, name)
    reaching(twilio.url).send(letters.to_lin_wei())
    assert caplog.records == []
    for name in ("httpx", "httpcore.http11"):
        logging.getLogger(name).debug("of another's")
    assert [each.getMessage() for each in caplog.records] == ["of another's"] * 2


# the stand-in as a process of its own


def steer(url: str, what: str, wanted: object = None) -> Any:
    sent = None if wanted is None else json.dumps(wanted).encode()
    with urllib.request.urlopen(f"{url}/_standin/{what}", sent, timeout=5) as answer:
        return json.load(answer)


def test_the_stand_in_is_steered_from_another_process() -> None:
    letter = letters.to_lin_wei()
    command = [sys.executable, "-m", "tests.standins.twilio", "--port", "0"]
    home = Path(__file__).parents[3]
    with subprocess.Popen(command, cwd=home, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            steer(url, "clock", {"now": letter.handed_over_at.isoformat()})
            steer(url, "faults", {"script": ["throttled", "hang_after"], "retry_after": 3})
            steer(url, "faults", {"hang_seconds": 0.1, "latency": [0.01, 0.02], "seed": 2})
            channel = reaching(url, timeout_seconds=5)
            pause = datetime.timedelta(seconds=3)
            assert channel.send(letter) == Throttled(pause, "20429", whole_sender=True)
            assert isinstance(channel.send(letter), Accepted)
            assert channel.find(letter).state == "found"
            state = steer(url, "state")
            assert (state["accepted"], state["posts"], state["requests"]) == (1, 2, 3)
            assert [each["body"] for each in steer(url, "messages")] == [letter.body]
            steer(url, "reset", {})
            assert steer(url, "state")["accepted"] == 0
            with pytest.raises(urllib.error.HTTPError):
                steer(url, "faults", {"rates": {"no such fault": 1}})
        finally:
            process.terminate()
