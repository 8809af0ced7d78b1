"""Any story of sends, pauses, refusals, receipts, lost answers and crashes: nothing twice, nothing lost.

The provider is the shipped double. What it holds is what the clients have received, so it is the
judge: a message that it holds must never be handed to it again.
"""

import datetime
import time
from collections import Counter
from typing import Any

import peewee
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from policies.models import Agent, Client
from servicing.channels import (
    Accepted,
    Answer,
    Directory,
    Lookup,
    Outgoing,
    Rejected,
    Routes,
    Throttled,
    Unknown,
)
from servicing.channels.memory import Memory
from servicing.core import errors, states
from servicing.core.models import Message
from servicing.core.states import LEASE
from servicing.dispatch import dispatcher as dispatching
from servicing.dispatch import receipts
from servicing.dispatch.claims import Dispatcher
from servicing.dispatch.receipts import Receipt
from servicing.dispatch.reconcile import ASK_AGAIN
from servicing.messages import history
from tests import cast
from tests.policies.imagined import examples
from tests.servicing import owed

WALKER = cast.walker(owed.only(owed.touchpoint("month_1")))
DUE = datetime.date(2025, 9, 30)

SENT = frozenset(["accepted", "delivered", "undelivered"])
ENDED = SENT | {"failed", "suppressed", "skipped", "cancelled"}
ON_THE_WAY = frozenset(["queued", "sending", "unknown"])

ANSWERS = (
    "accepted",
    *("number", "opted_out", "content", "configuration"),
    *("throttled", "not processed", "processed, answer lost", "killed before", "killed after"),
)
LETTERS = 3


def number_of(client: int) -> str:
    """A number reserved for fiction, another one for each story: opt-outs stay with the number."""
    return f"+1{202 + client // 100}55501{client % 100:02}"


class Killed(BaseException):
    """The process is gone."""


class Provider(Memory):
    """The double, with a script: what it answers next, and whether it can be asked."""

    def __init__(self) -> None:
        super().__init__(self._scripted)
        self.script: list[str] = []
        self.can_be_asked = True
        self.attempts: Counter[int] = Counter()

    def _scripted(self, message: Outgoing) -> Answer:
        assert message.id not in self.sent, "the client gets this message twice"
        says = self.script.pop(0) if self.script else "accepted"
        if says in ("accepted", "processed, answer lost", "killed after"):
            self.sent[message.id] = message
            self.attempts[message.id] += 1
        if says.startswith("killed"):
            raise Killed
        if says in ("number", "opted_out", "content", "configuration"):
            return Rejected(says)
        if says == "throttled":
            return Throttled(datetime.timedelta(minutes=3))
        return Accepted(self.ref(message.id)) if says == "accepted" else Unknown(says)

    def ref(self, message_id: int) -> str:
        """Its id of the latest attempt."""
        return f"memory-{message_id}-{self.attempts[message_id]}"

    def find(self, message: Outgoing) -> Lookup:
        if not self.can_be_asked:
            return Lookup("undecided")
        found = message.id in self.sent
        return Lookup("found", (self.ref(message.id),)) if found else Lookup("absent")


class Story(RuleBasedStateMachine):
    """Three messages of one client, and whatever can happen to them in a week."""

    def __init__(self) -> None:
        super().__init__()
        self.provider = Provider()
        directory = Directory({"memory": self.provider}, Routes("memory", "memory"))
        self.worker = Dispatcher(owed.STANDARD, WALKER.composer, WALKER.rules, directory, time.time)
        self.now = cast.at(DUE, "09:00")
        self.known: dict[int, str] = {}
        self.told: list[Receipt] = []
        """Receipts the provider has sent: each may come again at any time."""
        self.ended_there: set[int] = set()
        """Messages of which the provider has told the end."""

    @initialize()
    def three_messages_are_queued(self) -> None:
        Message.update(state="cancelled").where(Message.state.in_(list(ON_THE_WAY))).execute()
        number = Client.select().count()
        self.client = Client.create(
            client_no=f"C{number:05}", name="林伟", phone=number_of(number), channel="sms"
        )
        agent = Agent.get(Agent.agent_no == "A001")
        for each in range(LETTERS):
            cast.give_policy(self.client, f"{self.client.client_no}-{each}", agent=agent)
        cast.walk_only(DUE, WALKER)
        self.known = self.states()
        assert list(self.known.values()) == ["queued"] * LETTERS

    def states(self) -> dict[int, str]:
        rows = Message.select(Message.id, Message.state).where(Message.client == self.client)
        return dict(rows.order_by(Message.id).tuples())

    @rule(
        script=st.lists(st.sampled_from(ANSWERS), max_size=4),
        limit=st.none() | st.integers(0, 4),
        can_be_asked=st.booleans(),
    )
    def dispatch(self, script: list[str], limit: int | None, can_be_asked: bool) -> None:
        self.provider.script, self.provider.can_be_asked = script, can_be_asked
        before = self.states()
        try:
            counts = dispatching.dispatch(self.worker, lambda: self.now, limit)
        except (Killed, errors.ChannelStopped):
            return
        after = self.states()
        ended = Counter(after[each] for each in after if before[each] != after[each])
        for state in ENDED:
            assert counts[state] == ended[state], (state, counts, before, after)
        assert "sending" not in [after[each] for each in after if before[each] != "sending"]
        if limit is not None:
            asked_for = sum(state in ("sending", "unknown") for state in before.values())
            assert sum(ended.values()) <= limit + asked_for

    @rule(
        which=st.integers(0, LETTERS - 1),
        outcome=st.sampled_from(["accepted", "delivered", "undelivered", "undelivered, later"]),
    )
    def the_provider_tells(self, which: int, outcome: str) -> None:
        """Of a message that it has: what became of it, in the end once and for all."""
        number = sorted(self.known)[which]
        if number not in self.provider.sent or number in self.ended_there:
            return
        word, _, later = outcome.partition(", ")
        means: Any = later
        receipt = Receipt(number, "memory", self.provider.ref(number), word, "30003", means)  # type: ignore[arg-type]
        if word != "accepted":
            self.ended_there.add(number)
        self.tell(receipt)
        self.told.append(receipt)

    @rule(which=st.integers(0, 9))
    def a_receipt_comes_again(self, which: int) -> None:
        if self.told:
            self.tell(self.told[which % len(self.told)])

    def tell(self, receipt: Receipt) -> None:
        receipts.apply(receipt, self.now)
        state = self.states()[receipt.message_id]
        was_sent = receipt.message_id in self.provider.sent
        if receipt.means == "later" and was_sent and state == "queued":
            # it is to be tried again, which is allowed: the provider gave this attempt up
            del self.provider.sent[receipt.message_id]
            self.ended_there.discard(receipt.message_id)
            self.known[receipt.message_id] = "queued"

    @rule(minutes=st.sampled_from([1, 3, 5, 15, 60, 12 * 60, 24 * 60]))
    def time_passes(self, minutes: int) -> None:
        self.now += datetime.timedelta(minutes=minutes)

    @rule(channel=st.sampled_from(["sms", "none"]))
    def the_client_changes_his_mind(self, channel: str) -> None:
        cast.change(self.client, channel=channel)

    @invariant()
    def nothing_goes_backwards(self) -> None:
        now = self.states() if self.known else {}
        for number, was in self.known.items():
            forwards = now[number] in states.MOVES[was] and was in SENT and now[number] in SENT
            assert was not in ENDED or now[number] == was or forwards, f"{was} became {now[number]}"
        self.known = now

    @invariant()
    def what_the_client_has_is_never_told_otherwise(self) -> None:
        for number, state in self.known.items():
            has_it = number in self.provider.sent
            assert not (has_it and state in ENDED - SENT), f"received, and told as {state}"
            assert has_it or state not in SENT, f"told as {state}, and nobody has it"
            assert not (has_it and state == "queued"), "it would go out again"

    def teardown(self) -> None:
        """A quiet week later everything has come to an end, and the card tells each end once."""
        if not self.known:
            return
        self.provider.script, self.provider.can_be_asked = [], True
        for _ in range(3):
            self.now += max(LEASE, ASK_AGAIN)
            dispatching.dispatch(self.worker, lambda: self.now)
        self.now = max(self.now, cast.at(DUE, "10:00") + datetime.timedelta(days=9))
        dispatching.dispatch(self.worker, lambda: self.now)
        self.nothing_goes_backwards()
        self.what_the_client_has_is_never_told_otherwise()
        assert set(self.known.values()) <= ENDED, self.known
        told = Counter(kind.removeprefix("message.") for kind in cast.trail_of(self.client))
        ends = Counter(self.known.values())
        final = ENDED - {"accepted", "undelivered"}  # these may come to more than one attempt's end
        assert {state: told[state] for state in final} == {state: ends[state] for state in final}
        account = history.account(DUE)
        parts = (getattr(account, part) for part in history.PARTS)
        assert account.due == sum(parts) == Message.select().count()


@pytest.mark.hypothesis
def test_whatever_happens_nothing_goes_out_twice_and_nothing_is_lost(book: peewee.Database) -> None:
    cast.people()
    run_state_machine_as_test(
        Story,
        settings=settings(
            max_examples=examples(30),
            stateful_step_count=12,
            suppress_health_check=list(HealthCheck),
        ),
    )
