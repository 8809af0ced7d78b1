"""A day's messages through real providers' doors: Twilio's and a mail server's, and what comes back.

The Twilio that answers is the stand-in of `tests/standins`, the mail server is aiosmtpd, the webhooks
are `servicing web` in a process of its own.
"""

import datetime
import email
import email.policy
import json
import logging
import re
import signal
import socket
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tests.acceptance.frontdoor import DAY, MORNING, NOON, call
from tests.acceptance.serving import free_port, serving
from tests.homes import rows
from tests.standins import aliyun
from tests.standins.twilio import ACCOUNT, NUMBER, TOKEN, TwilioStandIn

PUBLIC = "https://service.example.com"


class Letters:
    """A mail server that keeps what it is given."""

    def __init__(self) -> None:
        self.taken: list[Any] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.taken.append(letter)
        return "250 OK"


@dataclass
class Providers:
    twilio: TwilioStandIn
    letters: Letters
    environment: dict[str, str] = field(default_factory=dict)


@pytest.fixture
def providers() -> Iterator[Providers]:
    letters = Letters()
    mail = Controller(letters, hostname="127.0.0.1", port=free_port())
    with TwilioStandIn(clock=lambda: MORNING) as twilio:
        mail.start()
        try:
            yield Providers(twilio, letters, environment(twilio.url, mail.port))
        finally:
            mail.stop()


def environment(twilio_url: str, mail_port: int) -> dict[str, str]:
    return {
        "SERVICING_CHANNELS_SMS_DEFAULT": "twilio",
        "SERVICING_CHANNELS_TWILIO_BASE_URL": twilio_url,
        "SERVICING_CHANNELS_TWILIO_FROM": NUMBER,
        "SERVICING_CHANNELS_TWILIO_MESSAGES_PER_SECOND": "100000",
        "SERVICING_CHANNELS_TWILIO_TIMEOUT_SECONDS": "1",
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "SERVICING_CHANNELS_EMAIL_DEFAULT": "smtp",
        "SERVICING_CHANNELS_SMTP_HOST": "127.0.0.1",
        "SERVICING_CHANNELS_SMTP_PORT": str(mail_port),
        "SERVICING_CHANNELS_SMTP_SENDER": "示例人寿 <service@example.com>",
        "SERVICING_CHANNELS_SMTP_MESSAGES_PER_SECOND": "100000",
        "SERVICING_WEB_PUBLIC_URL": PUBLIC,
    }


@pytest.fixture
def walked(new_office: Any, providers: Providers) -> Path:
    """A workspace whose day is made and not yet sent."""
    home: Path = new_office()
    call("book", "import", "book.csv", "--joined", DAY, cwd=home).done()
    call("book", "import", "premiums.csv", "--premiums", cwd=home).done()
    call("walk", "--on", DAY, cwd=home, env=providers.environment).done()
    return home


def account(home: Path) -> dict[str, Any]:
    told = call("messages", "account", "--on", DAY, "--format", "json", cwd=home).done().document()
    parts = ("sent", "suppressed", "skipped", "failed", "waiting")
    assert told["due"] == sum(told[part] for part in parts)
    return dict(told)


def test_a_days_messages_arrive_once_each_and_the_account_adds_up(
    walked: Path, providers: Providers
) -> None:
    due = account(walked)
    counts = call(
        *("dispatch", "--now", NOON, "--format", "json"), cwd=walked, env=providers.environment
    )
    accepted = counts.done().document()["accepted"]
    after = account(walked)
    assert accepted == len(providers.twilio.messages) + len(providers.letters.taken) > 50
    assert after["sent"] == accepted and after["due"] == due["due"]
    assert providers.twilio.duplicates() == []
    assert {each.sender for each in providers.twilio.messages} == {NUMBER}


def test_marketing_mail_has_a_way_out_and_service_mail_has_not(
    walked: Path, providers: Providers
) -> None:
    call("dispatch", "--now", NOON, cwd=walked, env=providers.environment).done()
    sql = (
        "SELECT message_class, COUNT(*) FROM message WHERE channel = 'email' AND state = 'accepted'"
    )
    kinds = dict(rows(walked, f"{sql} GROUP BY message_class"))
    with_way_out = [each for each in providers.letters.taken if each["List-Unsubscribe"]]
    assert len(providers.letters.taken) == sum(kinds.values()) > 0
    assert len(with_way_out) == kinds.get("marketing", 0)
    for letter in with_way_out:
        assert letter["List-Unsubscribe"].startswith(f"<{PUBLIC}/u/")
        assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_provider_that_cannot_send_says_so_loudly_and_loses_nothing(
    walked: Path, providers: Providers
) -> None:
    wrong = providers.environment | {"TWILIO_AUTH_TOKEN": "not-the-token"}
    refused = call("dispatch", "--now", NOON, cwd=walked, env=wrong)
    sentence = refused.refused()
    assert sentence.startswith("the provider 'twilio' has stopped (20003)")
    assert "not-the-token" not in refused.out + refused.err
    assert providers.letters.taken, "the mail went out all the same"
    waiting = account(walked)["waiting"]
    later = MORNING + datetime.timedelta(hours=1)  # a clock set back would make the sender pause
    call("dispatch", "--now", NOON, cwd=walked, env=providers.environment, now=later).done()
    assert len(providers.twilio.messages) > 0 and account(walked)["waiting"] < waiting


def test_a_full_run_writes_no_number_no_name_and_no_token(
    walked: Path, providers: Providers, caplog: pytest.LogCaptureFixture
) -> None:
    faults = ("throttled", "error_after", "reset_before", "malformed_after", "unavailable_before")
    providers.twilio.rates = dict.fromkeys(faults, 0.1)
    said = ""
    with caplog.at_level(logging.DEBUG):
        for minute in ("12:00", "12:10", "13:30"):
            moment = f"{DAY}T{minute}"
            told = call("dispatch", "--now", moment, cwd=walked, env=providers.environment)
            said += told.out + told.err
    # the mail server is in this process, too, and keeps a log of its own
    said += "\n".join(f"{r.name} {r.getMessage()}" for r in caplog.records if r.name != "mail.log")
    people = rows(
        walked, "SELECT name, phone, email FROM client UNION SELECT name, phone, email FROM agent"
    )
    secrets = {TOKEN, *(word for row in people for word in row if len(word) > 1)}
    secrets |= {number.removeprefix("+1") for _, number, _ in people if number}
    assert len(secrets) > 500
    found = [word for word in secrets if word in said]
    assert not found, [line for line in said.splitlines() if found[0] in line][0].split()[0]
    assert account(walked)["sent"] > 50


# ----------------------------------------------------------------------------------- what comes back


def test_receipts_and_replies_come_in_by_the_web(walked: Path, providers: Providers) -> None:
    call("dispatch", "--now", NOON, cwd=walked, env=providers.environment).done()
    first, second = providers.twilio.messages[:2]
    reference = "[a-z2-7]{8}-[0-9]+-[a-z2-7]{10}"
    assert re.fullmatch(rf"{PUBLIC}/hooks/twilio/status/{reference}", first.status_callback)
    with serving(walked, providers.environment) as web:
        for status in ("delivered", "sent", "delivered"):
            assert providers.twilio.callback(first, status).post(via=web.url) == 204
        forged = providers.twilio.callback(second, "delivered")
        forged.headers["X-Twilio-Signature"] = "forged"
        assert forged.post(via=web.url) == 403
        inbound = providers.twilio.inbound(f"{PUBLIC}/hooks/twilio/inbound", second.to, "退订")
        assert [inbound.post(via=web.url) for _ in range(2)] == [200, 200]
        code, said = web.stop()
    assert code in (0, -signal.SIGTERM), said
    delivered = rows(walked, "SELECT COUNT(*) FROM message WHERE state = 'delivered'")
    assert delivered == [(1,)]
    counts = dict(rows(walked, "SELECT hook || ': ' || outcome, count FROM hook_count"))
    assert counts == {
        **{"twilio status: applied": 1, "twilio status: repeated": 2, "twilio status: forged": 1},
        **{"twilio inbound: applied": 1, "twilio inbound: repeated": 1},
    }
    assert rows(walked, "SELECT kind, subject FROM barred") == [("sms", second.to)]
    assert second.to.removeprefix("+1") not in said and TOKEN not in said


def test_a_port_that_is_taken_is_told_in_a_sentence(walked: Path, providers: Providers) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        told = call("web", "--port", port, cwd=walked, env=providers.environment)
    assert "another program listens there already" in told.refused()


# ------------------------------------------------------------------------------------------ Aliyun

TEMPLATES = (
    *("birthday", "delivery", "event", "introduction", "month_1", "month_10"),
    *("month_4", "month_7", "news"),
    *("renewal_due", "renewal_grace", "renewal_today"),
)


def codes(*without: str) -> str:
    """An approved code for each template, as the environment says it."""
    approved = [
        f'"zh_CN/{each}" = {{ code = "SMS_{each}" }}' for each in TEMPLATES if each not in without
    ]
    return f"{{ {', '.join(approved)} }}"


@pytest.fixture
def aliyun_office(new_office: Any) -> Iterator[tuple[Path, aliyun.Aliyun, dict[str, str]]]:
    """A walked day whose SMS all go to an Aliyun of our own, whose clock stands where ours does."""
    with aliyun.running() as provider:
        provider.now = lambda: MORNING
        env = {
            "SERVICING_CHANNELS_SMS_DEFAULT": "aliyun",
            "ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAI-of-a-test",
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "the-secret-of-a-test",
            "SERVICING_CHANNELS_ALIYUN_SIGNATURE": "示例人寿",
            "SERVICING_CHANNELS_ALIYUN_ENDPOINT": provider.url,
            "SERVICING_CHANNELS_ALIYUN_HOOK_SECRET": "only-aliyun-knows",
            "SERVICING_CHANNELS_ALIYUN_MESSAGES_PER_SECOND": "100000",
            "SERVICING_CHANNELS_ALIYUN_TIMEOUT_SECONDS": "2",
            "SERVICING_CHANNELS_ALIYUN_TEMPLATES": codes(),
        }
        home: Path = new_office()
        call("book", "import", "book.csv", "--joined", DAY, cwd=home).done()
        call("walk", "--on", DAY, cwd=home, env=env).done()
        yield home, provider, env


def test_what_aliyun_has_taken_and_not_told_is_asked_for_and_not_sent_again(
    aliyun_office: tuple[Path, aliyun.Aliyun, dict[str, str]],
) -> None:
    home, provider, env = aliyun_office
    after, before = aliyun.Fault(accepts=True, resets=True), aliyun.Fault(resets=True)
    provider.will("SendSms", after, before, aliyun.Fault(status=503), after)
    call("dispatch", "--now", f"{DAY}T09:00", cwd=home, env=env).done()
    assert account(home)["by_state"]["unknown"] == 4
    call("dispatch", "--now", f"{DAY}T09:06", cwd=home, env=env).done()
    assert "unknown" not in account(home)["by_state"]
    taken = [each.out_id for each in provider.taken]
    assert len(taken) == len(set(taken)) == account(home)["sent"] - len(letters_of(home)) > 20
    with serving(home, env) as web:
        pushed = json.dumps(provider.receipts()).encode()
        address = f"{web.url}/hooks/aliyun/only-aliyun-knows/receipts"
        with urllib.request.urlopen(urllib.request.Request(address, pushed), timeout=20) as answer:
            assert json.load(answer)["code"] == 0
    assert rows(home, "SELECT COUNT(*) FROM message WHERE state = 'delivered'") == [(len(taken),)]


def letters_of(home: Path) -> list[Path]:
    """What went by mail, which is the outbox here."""
    return list((home / "outbox").rglob("*.txt"))


def test_the_day_does_not_begin_with_a_template_that_aliyun_has_not_approved(
    aliyun_office: tuple[Path, aliyun.Aliyun, dict[str, str]],
) -> None:
    home, provider, env = aliyun_office
    lacking = env | {"SERVICING_CHANNELS_ALIYUN_TEMPLATES": codes("month_7")}
    for words in (("walk", "--on", DAY), ("dispatch", "--now", NOON)):
        sentence = call(*words, cwd=home, env=lacking).refused()
        assert "touchpoint 'month_7'" in sentence and "has no approved code" in sentence
    assert provider.requests == []
