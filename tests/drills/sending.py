"""A day's messages on their way to a Twilio of our own, and both sides' books compared.

The stand-in is a process of its own, so that it neither slows down who sends nor dies with him. It
and a workspace meet over loopback only, and every number is one that is reserved for fiction.
"""

import contextlib
import datetime
import itertools
import json
import os
import random
import subprocess
import sys
import threading
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any
from zoneinfo import ZoneInfo

from policies import database
from policies.models import Agent, Client, Policy, stored
from servicing.core.models import Message, Touchpoint
from servicing.operations.workspace import create
from tests.standins.twilio import ACCOUNT, FAULTS, NUMBER, TOKEN, Hook, signed

HOUSE = Path(__file__).parent.parent.parent
ZONE = ZoneInfo("Asia/Shanghai")
DAY = datetime.date(2026, 5, 11)
ISSUED, KEY, LOCALE = datetime.date(2026, 4, 11), "month_1", "zh_CN"
LAST_DAY = DAY + datetime.timedelta(days=7)

WORDS = (
    "【{{ company }}】{{ client_name }}，您的保单（尾号{{ policy_tail }}）生效一个月了，"
    "合同里有没有哪一处还想再了解？"
)
"""The office's own text: a message is composed when it leaves, and no two say the same."""

COMPANY = "示例人寿"
"""As settings name it where they name none."""

OPENS, CLOSES = datetime.time(9), datetime.time(20)
BETWEEN_DISPATCHES = datetime.timedelta(minutes=6)
"""Longer than the lease: what the one before has left behind may be asked for."""

WRONG, OPTED_OUT = ("+15005550001", "+15005550009"), "+15005550004"
"""Numbers of the test credentials, which refuse them."""

ALL_FAULTS = tuple(FAULTS)
READ_FAULTS = ("error_before", "unavailable_before", "reset_before", "close_before", "throttled")

REFUSED = {
    ("failed", "number_refused"),
    ("failed", "content_refused"),
    ("suppressed", "opted_out"),
    ("suppressed", "address_wrong"),
}
"""How a message may end that was not sent: its state and the reason that it states."""


# ---------------------------------------------------------------------------------- the provider


class Provider:
    """The stand-in as a process of its own."""

    def __enter__(self) -> "Provider":
        command = [sys.executable, "-m", "tests.standins.twilio"]
        self._process = subprocess.Popen(command, cwd=HOUSE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        self.url = self._process.stdout.readline().strip()
        assert self.url, "the stand-in did not start"
        with contextlib.suppress(PermissionError):  # a provider's machine is not ours to keep busy
            os.setpriority(os.PRIO_PROCESS, self._process.pid, -10)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def misbehave(self, **wanted: Any) -> None:
        """Rates, scripts, latency, ... from now on."""
        self._post("faults", wanted)

    def misread(self, share: float, steps: int, seed: int = 1) -> None:
        """Answer so many of the next look-ups badly, each in one of the known ways."""
        dice = random.Random(seed)
        script = [dice.choice(READ_FAULTS) if dice.random() < share else "ok" for _ in range(steps)]
        self.misbehave(read_script=script)

    def set_clock(self, now: datetime.datetime) -> None:
        """It dates what it takes by this moment, as if the drill's day were today."""
        self._post("clock", {"now": now.isoformat()})

    def messages(self) -> list[dict[str, Any]]:
        """Every message it has taken."""
        return self._get("messages")  # type: ignore[no-any-return]

    def state(self) -> dict[str, Any]:
        """What it has counted."""
        return self._get("state")  # type: ignore[no-any-return]

    def forget(self) -> None:
        """As new."""
        self._post("reset", {})

    def _get(self, what: str) -> Any:
        with urllib.request.urlopen(f"{self.url}/_standin/{what}", timeout=60) as answer:
            return json.load(answer)

    def _post(self, what: str, wanted: Mapping[str, Any]) -> None:
        url, body = f"{self.url}/_standin/{what}", json.dumps(wanted).encode()
        with urllib.request.urlopen(url, body, timeout=60) as answer:
            assert answer.status == 200


class Callbacks:
    """The provider's status callbacks, made while it goes on: often twice, and in any order."""

    TWICE = 0.4

    def __init__(self, provider: Provider, web: str, seed: int) -> None:
        self._provider, self._web = provider, web
        self._dice = random.Random(seed)
        self._told: set[str] = set()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._go_on)
        self.refused = 0
        """How many were answered with anything but a yes."""

    def __enter__(self) -> "Callbacks":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def come_to_an_end(self) -> None:
        """Tell what is not told yet, and stop."""
        self._is_over.set()
        self._thread.join()
        self._tell()

    def _go_on(self) -> None:
        while not self._is_over.wait(0.2):
            self._tell()

    def _tell(self) -> None:
        fresh = [each for each in self._provider.messages() if each["sid"] not in self._told]
        hooks = [hook for each in fresh for hook in self._hooks(each)]
        self._dice.shuffle(hooks)
        for hook in hooks:
            self.refused += hook.post(via=self._web, timeout=90) != 204
        self._told |= {each["sid"] for each in fresh}

    def _hooks(self, message: Mapping[str, str]) -> Iterator[Hook]:
        for status in ("sent", "delivered"):
            form = {"MessageSid": message["sid"], "MessageStatus": status, "To": message["to"]}
            hook = signed(TOKEN, message["status_callback"], form)
            yield from [hook] * (2 if self._dice.random() < self.TWICE else 1)


# --------------------------------------------------------------------------------- the workspace


def make_office(
    home: Path,
    base_url: str,
    messages: int,
    *,
    url: str = "sqlite:///servicing.db",
    refused_of_100: int = 0,
    **twilio: float,
) -> Path:
    """A workspace that sends by the stand-in, with so many messages queued for the day."""
    create(home, url)
    write_settings(home, base_url, url, **twilio)
    _write_words(home)
    database.connect(url, home)
    with database.writing():
        _queue(messages, refused_of_100)
    database.database.close()
    return home


def write_settings(home: Path, base_url: str, url: str, **twilio: float) -> None:
    """servicing.toml; `twilio` are numbers of its section."""
    quick = {"messages_per_second": 100_000, "concurrency": 16, "timeout_seconds": 10}
    numbers = "\n".join(f"{name} = {value}" for name, value in {**quick, **twilio}.items())
    text = f"""
[servicing]
database = "{url}"

[channels.sms]
default = "twilio"

[channels.twilio]
account_sid = "{ACCOUNT}"
auth_token = "{TOKEN}"
from = "{NUMBER}"
base_url = "{base_url}"
{numbers}
"""
    (home / "servicing.toml").write_text(text, "utf-8")


def _write_words(home: Path) -> None:
    folder = home / "templates" / "messages" / LOCALE
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{KEY}.sms.txt").write_text(WORDS, "utf-8")


def numbers() -> Iterator[str]:
    """Numbers that nobody has: 555-0100 to 555-0199 of every area, two clients sharing each."""
    areas = (area for area in range(201, 990) if area % 100 != 11 and area != 500)
    for area, last in itertools.product(areas, range(100)):
        yield from [f"+1{area}5550{100 + last}"] * 2


def _queue(count: int, refused_of_100: int) -> None:
    """One client, policy, touchpoint and message each, as the walk of the day leaves them."""
    agent = Agent.create(agent_no="A1", name="陈燕", phone="+12025550101")
    free, refusing = numbers(), itertools.cycle([*WRONG, OPTED_OUT])
    letters = [
        _Letter(number, next(refusing) if number % 100 < refused_of_100 else next(free))
        for number in range(1, count + 1)
    ]
    rows_of = {
        Client: [each.client() for each in letters],
        Policy: [each.policy(agent.id) for each in letters],
        Touchpoint: [each.touchpoint() for each in letters],
        Message: [each.message(agent.id) for each in letters],
    }
    for model, rows in rows_of.items():
        database.insert_rows(model, list(rows[0]), [list(row.values()) for row in rows])


@dataclass(frozen=True)
class _Letter:
    """A message with whom and what it is about; all of them have this number."""

    number: int
    address: str

    def client(self) -> dict[str, Any]:
        number = f"C{self.number:06}"
        return {
            **{"id": self.number, "client_no": number},
            **{"name": _name(self.number), "phone": self.address},
        }

    def policy(self, agent_id: int) -> dict[str, Any]:
        return {
            **{"id": self.number, "policy_no": f"P{self.number:06}", "client_id": self.number},
            **{"agent_id": agent_id, "issue_date": ISSUED, "served_from": ISSUED},
            "annual_premium": 1_200_000,
        }

    def touchpoint(self) -> dict[str, Any]:
        return {
            **{"id": self.number, "key": KEY, "scope": "policy", "occurrence": "once"},
            **{"policy_id": self.number, "client_id": self.number},
            **{"anchor_on": ISSUED, "due_on": DAY, "found_on": DAY},
        }

    def message(self, agent_id: int) -> dict[str, Any]:
        return {
            **{"id": self.number, "touchpoint_id": self.number, "policy_id": self.number},
            **{"client_id": self.number, "agent_id": agent_id, "channel": "sms"},
            **{"address": self.address, "message_class": "service", "template": KEY},
            **{"locale": "", "params": "{}", "subject": "", "body": ""},
            **{"parts": 0, "encoding": "", "state": "queued", "reason": "due"},
            **{"planned_on": DAY, "provider": "twilio"},
            "send_from": stored(at(DAY, OPENS)),
            "send_until": stored(at(LAST_DAY, CLOSES)),
        }


def words(number: int) -> str:
    """What a message says when it leaves, which no other one says."""
    who, policy = _name(number), f"尾号{number % 10_000:04}"
    return f"【{COMPANY}】{who}，您的保单（{policy}）生效一个月了，合同里有没有哪一处还想再了解？"


def _name(number: int) -> str:
    return f"林伟{number}"


def at(day: datetime.date, time: datetime.time) -> datetime.datetime:
    return datetime.datetime.combine(day, time, ZONE)


def rounds() -> Iterator[datetime.datetime]:
    """The moments of the dispatches: every few minutes of every send window until it is too late."""
    day = DAY
    while day <= LAST_DAY:
        now = at(day, OPENS)
        while now < at(day, CLOSES):
            yield now
            now += BETWEEN_DISPATCHES
        day += datetime.timedelta(days=1)


# -------------------------------------------------------------------------- both sides compared


@dataclass(frozen=True)
class Books:
    """What became of the messages: ours by state and reason, and the three that have to be zero."""

    ends: Counter[tuple[str, str]]
    lost: int
    """Nobody has them, and nobody says why."""
    duplicates: int
    unexplained: int
    """At the provider and not accepted, or accepted under another's id, or still waiting."""

    @property
    def accepted(self) -> int:
        return self.ends["accepted", "accepted"]

    def assert_whole(self) -> None:
        """Every message is at the provider once and accepted, or was refused for a stated reason."""
        assert (self.lost, self.duplicates, self.unexplained) == (0, 0, 0), self
        assert self.ends.keys() <= {("accepted", "accepted"), *REFUSED}, self


def compared(ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> Books:
    """Our messages and the provider's, told apart by number and by the words that ours should say."""
    refs: dict[tuple[str, str], list[str]] = {}
    for message in theirs:
        refs.setdefault((message["to"], message["body"]), []).append(message["sid"])
    lost = unexplained = 0
    for message in ours:
        there = refs.get(_said_to(message), [])
        if message["state"] == "accepted":
            lost += not there
            unexplained += bool(there) and message["provider_ref"] not in there
        else:
            refused = (message["state"], message["reason"]) in REFUSED
            unexplained += bool(there) or not refused
    known = {_said_to(message) for message in ours}
    return Books(
        Counter((message["state"], message["reason"]) for message in ours),
        lost,
        sum(len(each) - 1 for each in refs.values()),
        unexplained + len(refs.keys() - known),
    )


def _said_to(message: Mapping[str, Any]) -> tuple[str, str]:
    return message["address"], words(message["id"])
