"""A hundred histories of a copy, a loss and a restore: nobody gets one touchpoint twice.

And nothing that was never sent stays unsent without standing on a list.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from policies import database
from tests.drills.lost_books import History, Taken
from tests.standins import aliyun
from tests.standins.twilio import ACCOUNT, NUMBER, TOKEN, TwilioStandIn

SEEDS = 100
IN_ONE = 10

TEMPLATES = (
    *("birthday", "delivery", "event", "introduction", "month_1", "month_10"),
    *("month_4", "month_7", "news", "renewal_due", "renewal_grace", "renewal_today"),
)
_CODES = ", ".join(f'"zh_CN/{each}" = {{ code = "SMS_{each}" }}' for each in TEMPLATES)

New = Callable[[int, Path], History]


@pytest.fixture
def on_twilio() -> Iterator[New]:
    with TwilioStandIn() as provider:

        def taken() -> list[Taken]:
            return [
                Taken(each.status_callback.rpartition("/")[2], each.sid, _told(each.body))
                for each in provider.messages
            ]

        def set_clock(now: Any) -> None:
            provider.clock = lambda: now

        def new(seed: int, folder: Path) -> History:
            provider.forget()
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
            return History(
                seed,
                folder,
                environment,
                "twilio",
                lambda number: f"+1202555{1000 + number}",
                taken,
                set_clock,
            )

        yield new


def _told(body: str) -> tuple[str, ...]:
    """What the words say of the touchpoint: a policy's last digits, and what surrounds all names."""
    tail = re.search(r"(?:尾号|\.\.)\s*(\d{4})", body)
    kind = next((each for each in ("已满一个月", "如需理赔", "已承保") if each in body), "")
    return (tail[1], kind) if tail and kind else ()


@pytest.fixture
def on_aliyun() -> Iterator[New]:
    with aliyun.running() as provider:

        def taken() -> list[Taken]:
            return [
                Taken(each.out_id, each.biz_id, (each.template, each.param["policy_tail"]))
                if "policy_tail" in each.param
                else Taken(each.out_id, each.biz_id, ())
                for each in provider.taken
            ]

        def set_clock(now: Any) -> None:
            provider.now = lambda: now

        def new(seed: int, folder: Path) -> History:
            provider.forget()
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
            return History(
                seed,
                folder,
                environment,
                "aliyun",
                lambda number: f"+86139{10000000 + number}",
                taken,
                set_clock,
            )

        yield new


@pytest.mark.parametrize("tens", range(SEEDS // IN_ONE))
@pytest.mark.parametrize("provider", ["on_twilio", "on_aliyun"])
def test_nobody_gets_one_touchpoint_twice(
    provider: str, tens: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    new: New = request.getfixturevalue(provider)
    states: Counter[str] = Counter()
    for seed in range(tens * IN_ONE, (tens + 1) * IN_ONE):
        history = new(seed, tmp_path / str(seed))
        try:
            history.run()
            history.assert_nothing_twice()
            came_out = history.assert_nothing_lost()
        finally:
            if not database.database.is_closed():
                database.database.close()
        print(f"seed {seed}: {dict(came_out)}")
        states += came_out
    assert states["accepted"] > states["unknown"], states
