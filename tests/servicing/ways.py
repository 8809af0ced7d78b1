"""The ways to Twilio's API, straight and through proxies, and what a message is answered on them."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from servicing.channels import Accepted, Answer, Rejected, Throttled, Unknown
from servicing.channels.twilio_sms import TwilioSms
from servicing.core.settings import Twilio
from tests.servicing import letters
from tests.standins.proxy import Proxy
from tests.standins.sockets import Serve, listening, secured
from tests.standins.twilio import ACCOUNT, NUMBER, TOKEN

HERE, NAME = "127.0.0.1", "api.twilio.test"
"""The second is known to the proxies of these tests alone."""

PATIENCE, HASTE, NO_PATIENCE = 20.0, 5.0, 0.3
"""Seconds until who says nothing is given up: never, after all else was done, at once."""

BODY = b'{"sid": "SM1"}'
CREATED = b"HTTP/1.1 201 Created\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)

TAKEN = Accepted("SM1")
LOST, SLOW = Unknown("connection lost"), Unknown("timeout")
UNREACHABLE = Throttled(None, "unreachable")
NO_TLS, NO_PROXY = Rejected("configuration", "TLS"), Rejected("configuration", "proxy")


def row(name: str, there: Serve, answer: Answer, seconds: float = PATIENCE) -> Any:
    """Of a table: what serves there, what the channel answers, and when it gives up."""
    return pytest.param(there, answer, seconds, id=name)


@contextlib.contextmanager
def reaching(base_url: str, seconds: float = PATIENCE) -> Iterator[TwilioSms]:
    """The channel as servicing.toml would make it."""
    settings = Twilio(ACCOUNT, TOKEN, NUMBER, base_url, timeout_seconds=seconds)
    with contextlib.closing(TwilioSms(settings, "")) as channel:
        yield channel


def answer_of(base_url: str, seconds: float = PATIENCE) -> Answer:
    with reaching(base_url, seconds) as channel:
        return channel.send(letters.to_lin_wei())


Way = Callable[[Serve, Path, pytest.MonkeyPatch], contextlib.AbstractContextManager[str]]
"""To what serves at its end, by an address that the channel is told."""


@contextlib.contextmanager
def straight(there: Serve, certificate: Path, environment: pytest.MonkeyPatch) -> Iterator[str]:
    with listening(there) as port:
        yield f"https://{HERE}:{port}"


@contextlib.contextmanager
def tunnel(there: Serve, certificate: Path, environment: pytest.MonkeyPatch) -> Iterator[str]:
    with listening(there) as port, listening(Proxy(port)) as proxy:
        environment.setenv("HTTPS_PROXY", f"http://{HERE}:{proxy}")
        yield f"https://{NAME}"


@contextlib.contextmanager
def safe_tunnel(there: Serve, certificate: Path, environment: pytest.MonkeyPatch) -> Iterator[str]:
    """TLS to Twilio inside of TLS to the proxy."""
    with listening(there) as port, listening(secured(certificate, Proxy(port))) as proxy:
        environment.setenv("HTTPS_PROXY", f"https://{HERE}:{proxy}")
        yield f"https://{NAME}"
