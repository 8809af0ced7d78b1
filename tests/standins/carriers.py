"""Twilio and Aliyun in one mould, for tests that are about neither: what a provider has in the end."""

import contextlib
import datetime
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from servicing.core.references import parse
from tests.standins import aliyun
from tests.standins.twilio import ACCOUNT, NUMBER, TOKEN, TwilioStandIn

TEMPLATES = (
    *("birthday", "delivery", "event", "introduction", "month_1", "month_10"),
    *("month_4", "month_7", "news", "renewal_due", "renewal_grace", "renewal_today"),
)
_CODES = ", ".join(f'"zh_CN/{each}" = {{ code = "SMS_{each}" }}' for each in TEMPLATES)


@dataclass(frozen=True)
class Taken:
    """A message that the provider has."""

    reference: str
    ref: str
    """The provider's own id."""
    to: int
    """The client's number, as `Carrier.number` makes it."""
    words: tuple[str, ...]
    """What tells the touchpoint apart by the text alone; empty: nothing does."""

    @property
    def mark(self) -> str:
        found = parse(self.reference)
        assert found and found.mark, self.reference
        return found.mark


@dataclass(frozen=True)
class Carrier:
    """A stand-in, and how a workspace is told to send by it."""

    name: str
    environment: Mapping[str, str]
    number: Callable[[int], str]
    """A client's number."""
    taken: Callable[[], list[Taken]]
    set_clock: Callable[[datetime.datetime], None]
    forget: Callable[[], None]


@contextlib.contextmanager
def on_twilio() -> Iterator[Carrier]:
    with TwilioStandIn() as provider:

        def taken() -> list[Taken]:
            return [
                Taken(
                    each.status_callback.rpartition("/")[2],
                    each.sid,
                    int(each.to[-4:]) - 1000,
                    _told(each.body),
                )
                for each in provider.messages
            ]

        def set_clock(now: datetime.datetime) -> None:
            provider.clock = lambda: now

        environment = {
            "SERVICING_CHANNELS_SMS_DEFAULT": "twilio",
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "SERVICING_CHANNELS_TWILIO_FROM": NUMBER,
            "SERVICING_CHANNELS_TWILIO_BASE_URL": provider.url,
            "SERVICING_CHANNELS_TWILIO_MESSAGES_PER_SECOND": "100000",
            "SERVICING_WEB_PUBLIC_URL": "https://book.example",
            "SERVICING_BREAKER_ENABLED": "false",
        }
        yield Carrier("twilio", environment, _american, taken, set_clock, provider.forget)


def _american(number: int) -> str:
    return f"+1202555{1000 + number}"


def _told(body: str) -> tuple[str, ...]:
    """What the words say of the touchpoint: a policy's last digits, and what surrounds all names."""
    if "生日快乐" in body:
        return ("birthday",)
    tail = re.search(r"(?:尾号|\.\.)\s*(\d{4})", body)
    kind = next((each for each in ("已满一个月", "如需理赔", "已承保") if each in body), "")
    return (tail[1], kind) if tail and kind else ()


@contextlib.contextmanager
def on_aliyun() -> Iterator[Carrier]:
    with aliyun.running() as provider:

        def taken() -> list[Taken]:
            return [
                Taken(each.out_id, each.biz_id, int(each.phone[-4:]), _meant(each))
                for each in provider.taken
            ]

        def set_clock(now: datetime.datetime) -> None:
            provider.now = lambda: now

        environment = {
            "SERVICING_CHANNELS_SMS_DEFAULT": "aliyun",
            "ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAI-of-a-test",
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "the-secret-of-a-test",
            "SERVICING_CHANNELS_ALIYUN_SIGNATURE": "示例人寿",
            "SERVICING_CHANNELS_ALIYUN_ENDPOINT": provider.url,
            "SERVICING_CHANNELS_ALIYUN_MESSAGES_PER_SECOND": "100000",
            "SERVICING_CHANNELS_ALIYUN_TEMPLATES": f"{{ {_CODES} }}",
            "SERVICING_BREAKER_ENABLED": "false",
        }
        yield Carrier("aliyun", environment, _chinese, taken, set_clock, provider.forget)


def _meant(each: aliyun.Taken) -> tuple[str, ...]:
    if each.template == "SMS_birthday":
        return ("birthday",)
    tail = each.param.get("policy_tail", "")
    return (tail, each.template) if tail else ()


def _chinese(number: int) -> str:
    return f"+86139{10000000 + number}"


CARRIERS = {"twilio": on_twilio, "aliyun": on_aliyun}
"""By the name of the provider."""
