"""How messages leave the house: one small contract, one module a provider.

A channel says what it can do, and answers every send with one of four words: accepted, rejected,
throttled, unknown. It never raises for what a provider did; it never retries by itself.
"""

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

RejectKind = Literal["number", "opted_out", "content", "configuration", "mailbox", "blocked"]


Meaning = Literal["", "wrong", "opted_out", "later"]
"""What a receipt's code says of the address, or that another attempt may succeed."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A message that the book which is lost may have handed over: from when to when, in what words."""

    since: datetime.datetime
    until: datetime.datetime
    words: tuple[re.Pattern[str], ...] = ()
    """What its touchpoint says, whatever stands in for the placeholders."""
    others: tuple[re.Pattern[str], ...] = ()
    """What other touchpoints say."""
    former_marks: tuple[str, ...] = ()
    """Of the same touchpoint, while the client had another number in the book."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message as a provider is handed it."""

    id: int
    """Ours; it travels with the message, in its reference."""
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
    handed_over_at: datetime.datetime
    """When it was claimed to be sent: a provider that is asked for it has it since, or has it not."""
    not_after: datetime.datetime
    """The end of its send window, or of its lateness: later it may not leave."""
    unsubscribe_url: str = ""
    """Of marketing mail: one click ends all marketing to this client."""
    token: str = ""
    """Of the book that hands it over (`servicing.core.references`)."""
    mark: str = ""
    """Of its touchpoint: the same in every copy of the book."""
    doubt: Doubt | None = None
    """Of one that is only asked for: another copy of the book may have handed it over."""

    @property
    def marks(self) -> set[str]:
        """What its touchpoint may be called by at the provider; empty: a version without marks."""
        former = self.doubt.former_marks if self.doubt else ()
        return {self.mark, *former} if self.mark else set()

    @property
    def reference(self) -> str:
        """What it is called by at the provider: there and in receipts nothing else is ours."""
        return f"{self.token}-{self.id}-{self.mark}" if self.token else str(self.id)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """How much a channel can take."""

    messages_per_second: int | None = None
    """What the sender may send, all processes together; None: as much as it can."""
    concurrency: int = 0
    """How many messages may be on their way at a time; 0: one, in the caller's own thread."""
    is_asked_by_address: bool = False
    """It can only say what it has for an address: that it has none says nothing of other addresses."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider has it, under its own id."""

    ref: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """The provider will not send it; what for decides what happens next.

    `number`: the address itself is wrong, for good. `opted_out`: its owner wants nothing from us.
    `content`: this text is refused. `configuration`: we are at fault, and nothing else can leave.
    `mailbox`: the address is right, and takes nothing at present. `blocked`: a rule of theirs keeps
    us out, whoever it is addressed to. Neither says anything against the address.
    """

    kind: RejectKind
    detail: str = ""
    """The provider's code, or our sentence; never a number, a name or a secret."""


@dataclass(frozen=True, slots=True)
class Throttled:
    """Not processed for certain; may be tried again after a pause."""

    retry_after: datetime.timedelta | None = None
    """As the provider asks; None: ours to decide, longer each time."""
    detail: str = ""
    whole_sender: bool = False
    """The sender as a whole goes too fast, not this message: everything else waits as well."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody can say whether it was processed; it must be asked for, never blindly resent."""

    detail: str = ""


Answer = Accepted | Rejected | Throttled | Unknown


@dataclass(frozen=True, slots=True)
class Lookup:
    """A provider's answer about a message: it has it, provably has it not, or cannot say.

    `refs` are its ids of what may be this message, the likeliest first: where a provider does not
    echo our reference, two messages may look alike, and one of them may be accounted for already.
    """

    state: Literal["found", "absent", "undecided"]
    refs: tuple[str, ...] = ()
    maybe: tuple[str, ...] = ()
    """Its ids of what nobody can place: unless they are accounted for, this message may be one."""
    is_exact: bool = True
    """The likeliest is this message, by its reference or word by word."""


class Channel(Protocol):
    """One provider."""

    name: str
    capabilities: Capabilities

    def prepare(self) -> None:
        """Load what the first send of this thread needs, so that it takes no longer than the next."""

    def send(self, message: Outgoing) -> Answer:
        """Hand one message over; called by several threads where `concurrency` says so."""

    def find(self, message: Outgoing) -> Lookup:
        """Ask whether the provider has this message."""

    def close(self) -> None:
        """Nothing more for now: let go of connections; the next send opens them again."""


@dataclass(frozen=True)
class Routes:
    """Which provider carries what, by name."""

    sms: str
    email: str
    by_code: Mapping[str, str] = field(default_factory=dict)
    """SMS by country calling code, such as "+86"; the longest one that fits decides."""

    def of(self, channel: str, address: str) -> str:
        """The name of the provider for a message on `channel` to `address`."""
        if channel == "email":
            return self.email
        if not self.by_code:
            return self.sms
        fitting = [code for code in self.by_code if address.startswith(code)]
        return self.by_code[max(fitting, key=len)] if fitting else self.sms

    def names(self) -> list[str]:
        """Every provider that anything may be handed to."""
        return sorted({self.sms, self.email, *self.by_code.values()})


@dataclass(frozen=True)
class Directory:
    """The channels of a workspace, and which one carries what."""

    channels: Mapping[str, Channel]
    routes: Routes

    def route(self, channel: str, address: str) -> Channel:
        """The provider for a message on `channel` to `address`."""
        return self.channels[self.routes.of(channel, address)]
