"""How messages leave the house: one small contract, one module a provider.

A channel says what it can do, and answers every send with one of four words: accepted, rejected,
throttled, unknown. It never raises for what a provider did; it never retries by itself.
"""

import datetime
from dataclasses import dataclass, field
from typing import Literal, Protocol

RejectKind = Literal["number", "opted_out", "content", "configuration"]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message as a provider is handed it."""

    id: int
    """Ours; travels with the message so that the provider can be asked about it."""
    channel: str
    address: str
    touchpoint: str
    template: str
    locale: str
    params: dict[str, str]
    subject: str
    body: str
    parts: int
    encoding: str
    message_class: str
    planned_on: datetime.date
    client_no: str
    policy_tail: str
    agent_name: str


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel says of itself."""

    free_text: bool
    """False: only approved templates with parameters."""
    two_way: bool
    echoes_reference: bool
    """Whether receipts carry our own id."""
    max_length: int | None = None
    messages_per_second: int | None = None
    lookup: datetime.timedelta | None = None
    """How long after a send it can be asked about; None: for ever."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider has it, under its own id."""

    ref: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """The provider will not send it; what for decides what happens next."""

    kind: RejectKind
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Throttled:
    """Not processed for certain; may be tried again after the pause."""

    retry_after: datetime.timedelta


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody can say whether it was processed; it must be asked for, never blindly resent."""

    detail: str = ""


Answer = Accepted | Rejected | Throttled | Unknown


@dataclass(frozen=True, slots=True)
class Lookup:
    """What the provider knows of a message: has it (with its id), has it not, or cannot say."""

    state: Literal["found", "absent", "undecided"]
    ref: str = ""


class Channel(Protocol):
    """One provider."""

    name: str
    capabilities: Capabilities

    def send(self, message: Outgoing) -> Answer:
        """Hand one message over."""

    def find(self, message: Outgoing) -> Lookup:
        """Ask whether the provider has this message."""


@dataclass
class Directory:
    """The channels of a workspace, and which one carries what."""

    channels: dict[str, Channel]
    sms: str
    email: str
    routes: dict[str, str] = field(default_factory=dict)
    """SMS by country calling code, such as "+86"; the longest one that fits decides."""

    def route(self, channel: str, address: str) -> Channel:
        """The provider for a message on `channel` to `address`."""
        if channel == "email":
            return self.channels[self.email]
        fitting = [code for code in self.routes if address.startswith(code)]
        name = self.routes[max(fitting, key=len)] if fitting else self.sms
        return self.channels[name]
