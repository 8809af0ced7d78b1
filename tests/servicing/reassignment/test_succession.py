"""Clients go to another agent: tasks, texts and cards with them, and nothing leaves in the old name."""

import datetime
import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec
import peewee
import pytest

from policies import database
from policies.models import Agent, Client, PastAgent, Policy, Reassignment
from servicing.card import card as cards
from servicing.channels import (
    Accepted,
    Answer,
    Capabilities,
    Directory,
    Outgoing,
    Rejected,
    Routes,
    Unknown,
)
from servicing.channels.memory import Memory
from servicing.core import errors
from servicing.core.models import CardEntry, Halt, Message, Touchpoint
from servicing.core.states import LEASE
from servicing.desk import agenda, tasks
from servicing.dispatch.claims import Dispatcher
from servicing.dispatch.reconcile import ASK_AGAIN
from servicing.explain import why
from servicing.messages import history, signing
from servicing.messages.waiting import previews
from servicing.reassignment import succession
from servicing.reassignment.reassigning import Reassigned
from servicing.reassignment.succession import Proposal, Request
from tests import cast
from tests.refusals import english, refuses
from tests.servicing import owed, stored
from tests.servicing.dispatched import ON, TEN, WALKER, by, dispatch
from tests.servicing.handed_over import NEXT_DAY, TO_HE_JING, hand_over

pytestmark = cast.on_one

Book = peewee.Database


def agents_of(policy_nos: list[str]) -> list[str]:
    rows = Policy.select(Policy.policy_no, Agent.agent_no).join(Agent).tuples()
    known = dict(rows)
    return [known[number] for number in policy_nos]


# ------------------------------------------------------------------------------- what moves with it


def test_the_preview_says_what_each_would_take_over_and_writes_nothing(queued: cast.Cast) -> None:
    cast.change(queued.policies[2], status="surrendered", ended_on="2025-09-15")
    before = stored.everything()
    shown = succession.preview(TO_HE_JING, cast.day(ON))
    (share,) = shown.shares
    assert (share.agent_no, share.agent_name, share.team) == ("A000", "何静", "一部")
    assert (share.clients, share.policies) == (1, 3), "what has ended moves with its client"
    assert str(share.annual_premium) == "24000.00", "and is not counted"
    assert (share.tasks, share.messages) == (3, 3)
    assert stored.everything() == before
    assert hand_over().proposal == shown


CURRENCIES = [
    # in which Lin Wei's three are; P003 has ended or not; the amount, if it is one; each by itself
    (["CNY", "CNY", "CNY"], False, "36000.00", {"CNY": "36000.00"}),
    (["CNY", "CNY", "USD"], False, None, {"CNY": "24000.00", "USD": "12000.00"}),
    (["USD", "CNY", "EUR"], False, None, {"CNY": "12000.00", "EUR": "12000.00", "USD": "12000.00"}),
    (["CNY", "CNY", "USD"], True, "24000.00", {"CNY": "24000.00"}),
]


@pytest.mark.parametrize(("currencies", "has_ended", "amount", "each"), CURRENCIES)
def test_amounts_of_two_currencies_are_never_added(
    currencies: list[str],
    has_ended: bool,
    amount: str | None,
    each: dict[str, str],
    book: Book,
) -> None:
    people = cast.everybody()
    for policy, currency in zip(people.policies, currencies, strict=True):
        cast.change(policy, currency=currency)
    if has_ended:
        cast.change(people.policies[2], status="surrendered", ended_on=ON)
    (share,) = succession.preview(TO_HE_JING, cast.day(ON)).shares
    assert (share.annual_premium is None) == (amount is None)
    assert amount is None or str(share.annual_premium) == amount
    assert {name: str(value) for name, value in share.by_currency.items()} == each


def test_open_tasks_are_the_new_agents_and_the_old_one_has_none(queued: cast.Cast) -> None:
    assert len(list(tasks.open_tasks(cast.day(NEXT_DAY), "A001"))) == 3
    hand_over()
    assert not list(tasks.open_tasks(cast.day(NEXT_DAY), "A001"))
    assert len(list(tasks.open_tasks(cast.day(NEXT_DAY), "A000"))) == 3


def would_say(policy_no: str) -> str:
    """The text of the policy's month_1, as it would leave now."""
    message = cast.message("month_1", policy_no)
    return previews(WALKER.writer, [message])[message.id].text.body


def test_what_waits_is_signed_by_the_new_agent_at_once_and_others_are_left_alone(
    queued: cast.Cast,
) -> None:
    outsiders = would_say("P900")
    hand_over()
    for number in ("P001", "P002", "P003"):
        assert "何静" in would_say(number) and "陈燕" not in would_say(number)
    assert would_say("P900") == outsiders
    memory = Memory()
    dispatch(by(memory))
    letter = memory.sent[cast.message("month_1", "P001").id]
    assert "何静" in letter.body and "陈燕" not in letter.body + str(letter.params)
    assert cast.message("month_1").agent_id == queued.he_jing.id


def test_the_card_says_who_when_why_and_by_whom_it_was_decided(queued: cast.Cast) -> None:
    hand_over()
    lines = list(CardEntry.select().where(CardEntry.kind == "agent.changed"))
    assert [(line.client_id, line.at) for line in lines] == [(queued.lin_wei.id, TEN)] * 3
    assert json.loads(lines[0].facts) == {
        "agent_no": ["A001", "A000"],
        "why": "退休",
        "by": "operations",
        "handed_on": ON,
    }
    handing = Reassignment.select().first()
    assert (handing.why, handing.decided_by, str(handing.handed_on)) == ("退休", "operations", ON)


def test_figures_of_the_past_stay_with_the_agent_of_their_day(queued: cast.Cast) -> None:
    hand_over()
    past = [(each.agent_id, str(each.until)) for each in PastAgent.select()]
    assert past == [(queued.chen_yan.id, ON)] * 3


def test_an_agent_who_hands_over_and_goes_can_be_handed_nobody(queued: cast.Cast) -> None:
    hand_over(left_on=cast.day(ON))
    assert str(cast.agent("A001").left_on) == ON
    with refuses(errors.BadReassignment, match="has left"):
        hand_over(Request("A000", to_no="A001"))


def test_only_the_clients_who_are_named_are_handed_over(queued: cast.Cast) -> None:
    other = cast.give_policy(Client.create(client_no="C002", name="王芳"), "P010")
    hand_over(Request("A001", ("C002",), to_no="A000"))
    assert agents_of(["P001", "P010"]) == ["A001", "A000"]
    assert other.policy_no == "P010"


def test_a_client_who_has_nothing_in_service_stays_unless_he_is_named(queued: cast.Cast) -> None:
    former = Client.create(client_no="C002", name="王芳")
    cast.give_policy(former, "P010", status="surrendered", ended_on="2025-09-01")
    hand_over()
    assert agents_of(["P001", "P010"]) == ["A000", "A001"]
    hand_over(Request("A001", ("C002",), to_no="A000"))
    assert agents_of(["P010"]) == ["A000"]


REFUSED: list[tuple[Request, str]] = [
    (Request("A777", to_no="A000"), "no agent 'A777'"),
    (Request("A001", to_no="A777"), "no agent 'A777'"),
    (Request("A001", to_no="A001"), "A001 cannot take over from A001"),
    (Request("A001", ("C777",), to_no="A000"), "no client 'C777'"),
    (Request("A001", ("C900",), to_no="A000"), "A001 serves no policy of client C900"),
    (Request("A900", rule="balanced"), "no colleague of A900"),
    (Request(to_no="A000"), "say from whom"),
]


@pytest.mark.parametrize(("wish", "sentence"), REFUSED)
def test_what_cannot_be_meant_is_refused_with_a_sentence(
    wish: Request, sentence: str, queued: cast.Cast
) -> None:
    before = stored.everything()
    with refuses(errors.ServicingError, match=sentence):
        hand_over(wish)
    assert stored.everything() == before


# -------------------------------------------------------------------------------------- balanced

BALANCED: list[tuple[str, dict[str, list[int]], list[int], list[int]]] = [
    # what it shows; what colleagues serve (policies by client); what is handed over; what they end with
    ("even from nothing much", {"B1": [1], "B2": [1]}, [1, 1, 1, 1], [3, 3]),
    ("who has less gets more", {"B1": [1, 1, 1, 1], "B2": [1]}, [1, 1, 1], [4, 4]),
    ("a client stays together", {"B1": [1], "B2": [1]}, [3, 1, 1, 1], [4, 4]),
    ("the largest first", {"B1": [1], "B2": [2]}, [1, 2, 2, 4], [6, 6]),
]


@pytest.mark.parametrize(("what", "colleagues", "given", "ends"), BALANCED)
def test_balanced_makes_the_numbers_of_policies_even(
    what: str,
    colleagues: dict[str, list[int]],
    given: list[int],
    ends: list[int],
    book: Book,
) -> None:
    people = cast.people()
    for agent_no, sizes in colleagues.items():
        agent = Agent.create(agent_no=agent_no, team=people.chen_yan.team)
        clients(sizes, agent, agent_no)
    clients(given, people.chen_yan, "G")
    proposal = succession.preview(Request("A001", rule="balanced"), cast.day(ON))
    assert proposal == succession.preview(Request("A001", rule="balanced"), cast.day(ON))
    hand_over(Request("A001", rule="balanced"))
    served = Counter(Policy.select(Agent.agent_no).join(Agent).tuples())
    assert [served[(agent_no,)] for agent_no in colleagues] == ends
    of_one = Counter(client for client, _ in {(t.client_id, t.to_id) for t in proposal.taken})
    assert set(of_one.values()) == {1}, "all policies of a client go to one agent"


def clients(sizes: list[int], agent: Agent, prefix: str) -> None:
    """Clients of an agent with so many policies each."""
    for number, size in enumerate(sizes):
        client = Client.create(client_no=f"{prefix}-{number}", name="王芳")
        for each in range(size):
            cast.give_policy(client, f"{prefix}-{number}-{each}", agent=agent)


def test_balanced_prefers_who_serves_the_client_already(book: Book) -> None:
    people = cast.people()
    busy, idle = (Agent.create(agent_no=f"B{n}", team=people.chen_yan.team) for n in (1, 2))
    clients([5], busy, "B1")
    clients([1], idle, "B2")
    known = Client.get(Client.client_no == "B1-0")
    cast.give_policy(known, "G-1", agent=people.chen_yan)
    hand_over(Request("A001", rule="balanced"))
    assert agents_of(["G-1"]) == ["B1"]


def test_balanced_counts_open_tasks_where_policies_are_even(book: Book) -> None:
    people = cast.people()
    for agent_no in ("B1", "B2"):
        agent = Agent.create(agent_no=agent_no, team=people.chen_yan.team)
        clients([1], agent, agent_no)
    clients([1], people.chen_yan, "G")
    cast.joined(cast.ISSUED)
    one = Policy.get(Policy.policy_no == "B1-0-0")
    cast.change(Policy.get(Policy.policy_no == "B2-0-0"), served_from=cast.day(NEXT_DAY))
    cast.walk_only(ON, WALKER)  # a task of B1's is open, B2 has none
    assert one.policy_no
    hand_over(Request("A001", rule="balanced"))
    assert agents_of(["G-0-0"]) == ["B2"]


def test_balanced_takes_the_branch_where_the_team_has_nobody_left(book: Book) -> None:
    people = cast.people()
    team = cast.models.Team.create(branch=people.chen_yan.team.branch, name="二部")
    clients([1], Agent.create(agent_no="B1", team=team), "B1")
    gone = Agent.create(agent_no="B0", team=people.chen_yan.team, left_on=cast.day(ON))
    clients([1], gone, "B0")
    clients([2], people.chen_yan, "G")
    hand_over(Request("A001", rule="balanced"))  # He Jing serves nobody: the book may not know why
    assert agents_of(["G-0-0", "G-0-1", "B0-0-0"]) == ["B1", "B1", "B0"]


# ----------------------------------------------------------------------------------------- a file


def file_of(folder: Path, text: str) -> Path:
    path = folder / "handover.csv"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("from_no", ["A001", None])
def test_a_file_says_policy_by_policy_who_takes_over(
    from_no: str | None, queued: cast.Cast, tmp_path: Path
) -> None:
    path = file_of(tmp_path, "policy_no,agent_no\nP001,A000\nP003,A900\n")
    hand_over(Request(from_no, file=path))
    assert agents_of(["P001", "P002", "P003"]) == ["A000", "A001", "A900"]
    again = succession.preview(Request(from_no, file=path), cast.day(ON))
    assert again == Proposal(), "what is done already is nothing to do"


def test_the_numbers_of_a_file_may_be_kept_from_a_spreadsheet(
    queued: cast.Cast, tmp_path: Path
) -> None:
    path = file_of(tmp_path, 'policy_no,agent_no\n"=""P001""","=""A000"""\n')
    hand_over(Request("A001", file=path))
    assert agents_of(["P001"]) == ["A000"]


def test_a_file_may_name_clients(queued: cast.Cast, tmp_path: Path) -> None:
    hand_over(Request(file=file_of(tmp_path, "client_no,agent_no\nC001,A900\n")))
    assert agents_of(["P001", "P002", "P003"]) == ["A900"] * 3


@pytest.mark.parametrize(
    "text",
    [
        "client_no;agent_no;remark\nC001;A900;1,5\n",
        "sep=|\nclient_no|agent_no\nC001|A900\n",
        "Client_No\tAgent_No\n\t\nC001\tA900\n",
        '{"client_no": "C001", "agent_no": "A900"}\n',
        "\ufeffclient_no,agent_no,Notes,Notes\nC001,A900,x,y\n",
    ],
)
def test_a_file_is_read_as_a_book_is(text: str, queued: cast.Cast, tmp_path: Path) -> None:
    hand_over(Request(file=file_of(tmp_path, text)))
    assert agents_of(["P001", "P002", "P003"]) == ["A900"] * 3


def test_a_file_that_names_agents_twice_is_refused(queued: cast.Cast, tmp_path: Path) -> None:
    with refuses(errors.UnreadableFile, match="'agent_no' more than once"):
        hand_over(Request(file=file_of(tmp_path, "client_no,agent_no,Agent_no\nC001,A900,A000\n")))


BAD_LINES = [
    ("P777,A000", "line 3, policy_no 'P777': no policy of this number is in the book"),
    (",A000", "line 3, policy_no: no policy of this number is in the book"),
    ("P002,A777", "line 3, agent_no 'A777': no agent of this number is in the book"),
    ("P002,A800", "line 3, agent_no 'A800': this agent has left on 2025-01-01"),
    ("P900,A000", "line 3, policy_no 'P900': is not served by A001"),
    ("P001,A900", "line 3, policy_no 'P001': another line gives it to another agent"),
    ("#N/A,A000", "line 3, policy_no '#N/A': a spreadsheet could not calculate this cell"),
    ("P002,#REF!", "line 3, agent_no '#REF!': a spreadsheet could not calculate this cell"),
    ("4.40105E+17,A000", "line 3, policy_no '4.40105E+17': a spreadsheet has rounded this number"),
    ("P\u202e2,A000", "the control character U+202E is not allowed in a text"),
]


@pytest.mark.parametrize(("line", "sentence"), BAD_LINES)
def test_a_file_with_a_bad_line_is_refused_as_a_whole(
    line: str, sentence: str, queued: cast.Cast, tmp_path: Path
) -> None:
    Agent.create(agent_no="A800", left_on=cast.day("2025-01-01"))
    path = file_of(tmp_path, f"policy_no,agent_no\nP001,A000\n{line}\n")
    before = stored.everything()
    with pytest.raises(errors.BadLines) as refusal:
        hand_over(Request("A001", file=path))
    assert sentence in english(refusal.value)
    assert stored.everything() == before


def test_a_file_without_its_columns_is_refused(queued: cast.Cast, tmp_path: Path) -> None:
    with refuses(errors.MissingColumns, match="agent_no"):
        hand_over(Request(file=file_of(tmp_path, "policy_no,to\nP001,A000\n")))


# ---------------------------------------------------------------------------------- introductions


def introductions() -> list[tuple[str, str, bool]]:
    """The policy that carries each, its occurrence, and whether He Jing signs it."""
    query = Touchpoint.select().where(Touchpoint.key == "introduction").order_by(Touchpoint.id)
    texts = previews(WALKER.writer, [each.messages[0] for each in query])
    signed = {number for number, each in texts.items() if "何静" in each.text.body}
    return [
        (each.policy.policy_no, each.occurrence, each.messages[0].id in signed) for each in query
    ]


def test_the_next_day_the_client_is_told_once_by_the_new_agent(queued: cast.Cast) -> None:
    hand_over()
    cast.walk_on(NEXT_DAY, WALKER)
    cast.walk_on("2025-10-02", WALKER)
    assert introductions() == [("P001", f"{ON}+1d", True)]


def test_it_is_signed_for_what_was_handed_over_though_another_serves_an_older_policy(
    queued: cast.Cast,
) -> None:
    wish = Request("A001", to_no="A000")
    cast.change(queued.policies[0], agent=queued.sun_li)
    hand_over(wish)
    cast.walk_on(NEXT_DAY, WALKER)
    assert introductions() == [("P002", f"{ON}+1d", True)]


def test_what_is_handed_back_on_the_same_day_was_never_handed_over(queued: cast.Cast) -> None:
    hand_over()
    hand_over(Request("A000", to_no="A001"))
    cast.walk_on(NEXT_DAY, WALKER)
    assert introductions() == []
    assert not Reassignment.select().exists()
    assert cast.trail_of(queued.lin_wei).count("agent.changed") == 6, "but the card knows"


def test_what_goes_through_two_hands_on_a_day_is_one_handover(queued: cast.Cast) -> None:
    hand_over(Request("A001", to_no="A900"))
    hand_over(Request("A900", ("C001",), to_no="A000"))
    assert {
        (each.from_agent.agent_no, each.to_agent.agent_no) for each in Reassignment.select()
    } == {("A001", "A000")}
    cast.walk_on(NEXT_DAY, WALKER)
    assert introductions() == [("P001", f"{ON}+1d", True)]


def test_a_client_handed_over_on_two_days_is_told_of_each(queued: cast.Cast) -> None:
    hand_over(Request("A001", to_no="A900"))
    cast.walk_on(NEXT_DAY, WALKER)
    hand_over(Request("A900", ("C001",), to_no="A000"), cast.at(NEXT_DAY, "21:00"))
    cast.walk_on("2025-10-02", WALKER)
    told = [occurrence for _, occurrence, _ in introductions()]
    assert told == [f"{ON}+1d", f"{NEXT_DAY}+1d"]


def test_who_goes_on_before_the_first_introduction_has_left_hears_of_the_last_and_halts_nobody(
    queued: cast.Cast,
) -> None:
    hand_over(Request("A001", to_no="A900"))
    cast.walk_on(NEXT_DAY, WALKER)
    hand_over(Request("A900", ("C001",), to_no="A000"), cast.at(NEXT_DAY, "21:00"))
    cast.walk_on("2025-10-02", WALKER)
    memory = Memory()
    dispatch(by(memory), cast.at("2025-10-02", "10:00"))
    query = Message.select().join(Touchpoint).where(Touchpoint.key == "introduction")
    became = [(each.state, each.reason) for each in query.order_by(Message.id)]
    assert became == [("cancelled", "reassigned_since"), ("accepted", "accepted")]
    (told,) = (each.body for each in memory.sent.values() if each.touchpoint == "introduction")
    assert "何静" in told
    assert not Halt.select().exists()


def test_a_great_handover_is_meant_and_trips_no_breaker(book: Book) -> None:
    people, walker = cast.people(), cast.walker(owed.THREE_YEARS, breaks=True)
    clients([1] * 150, people.chen_yan, "G")
    cast.joined("2025-09-28")
    cast.walk_on("2025-09-28", walker)
    cast.walk_on("2025-09-29", walker)
    hand_over(now=cast.at("2025-09-29", "12:00"))
    cast.walk_on(ON, walker)
    assert len(introductions()) == 150
    assert [each.subject for each in Halt.select()] == []


def test_an_introduction_ends_with_its_policy_if_no_other_went_with_it(queued: cast.Cast) -> None:
    hand_over()
    Policy.update(agent=queued.sun_li).where(Policy.policy_no != "P001").execute()
    cast.walk_on(NEXT_DAY, WALKER)
    cast.change(cast.policy("P001"), status="surrendered", ended_on=NEXT_DAY)
    assert dispatch(by(Memory()), cast.at(NEXT_DAY, "10:00"))["cancelled"] >= 1
    assert cast.message("introduction").state == "cancelled"


def test_why_and_the_card_tell_of_an_introduction_before_and_after_its_day(
    queued: cast.Cast,
) -> None:
    today, walker = cast.day(ON), cast.walker()
    cast.change(queued.policies[2], agent=queued.sun_li)
    assert why.why(walker, "P001", "introduction", None, today).outcome == "no_anchor"
    hand_over()
    to_come = why.why(walker, "P001", "introduction", None, today)
    assert (to_come.outcome, to_come.on, to_come.message) == (
        *("to_come", cast.day(NEXT_DAY), "queued"),
    )
    assert "保单移交" in to_come.chain[1].sentence("zh_CN")
    others = [why.why(walker, each, "introduction", None, today) for each in ("P002", "P003")]
    assert [each.outcome for each in others] == ["carried_by_another", "no_anchor"]
    (planned,) = introductions_on_the_card()
    cast.walk_on(NEXT_DAY)
    recorded = why.why(walker, "P001", "introduction", None, cast.day(NEXT_DAY))
    assert (recorded.outcome, recorded.message) == ("recorded", "queued")
    assert introductions_on_the_card() == [planned._replace(state="queued", reason="due")]


class OnTheCard(NamedTuple):
    due_on: datetime.date
    occurrence: str
    state: str
    reason: str


def introductions_on_the_card() -> list[OnTheCard]:
    """As they stand on the card, for the policy that carries them."""
    walked = Touchpoint.select().where(Touchpoint.key == "introduction").exists()
    on = cast.day(NEXT_DAY if walked else ON)
    found = cards.card(WALKER.writer, WALKER.calendar, "C001", on).policies[0].timeline
    return [
        OnTheCard(line.due_on, line.occurrence, line.state, line.reason)
        for line in found
        if line.touchpoint == "introduction"
    ]


def test_where_the_plan_asks_for_a_call_the_new_agent_sees_it_coming(queued: cast.Cast) -> None:
    introduction = msgspec.structs.replace(owed.touchpoint("introduction"), owner="both")
    of = owed.only(introduction)
    hand_over()

    def calls(agent: Agent, on: str) -> list[tuple[str, str]]:
        found = agenda.agenda(of, WALKER.calendar, agent, cast.day(on), days=14)
        items = [item for call in found.calls() for item in (*call.due, *call.soon)]
        return [(e.policy_no, str(e.show_on)) for e in items if e.touchpoint == "introduction"]

    foreseen = calls(queued.he_jing, ON)
    assert foreseen == [("P001", "2025-10-09")], "after the holidays"
    assert calls(queued.chen_yan, ON) == []


# ------------------------------------------------------------------------- nothing in the old name


class Slow:
    """A provider that takes long: it lets go of a message when it is told to."""

    name = "memory"
    capabilities = Capabilities(concurrency=4)

    def __init__(self, answer: Callable[[Outgoing], Answer] | None = None) -> None:
        self.handed: list[Outgoing] = []
        self.bodies: list[str] = []
        """In the order in which they had left."""
        self.begun, self.may_go = threading.Event(), threading.Event()
        self._answer = answer or (lambda message: Accepted(f"memory-{message.id}"))

    def prepare(self) -> None:
        """Nothing to load."""

    def send(self, message: Outgoing) -> Answer:
        self.handed.append(message)
        self.begun.set()
        assert self.may_go.wait(30)
        self.bodies.append(f"{message.body} {message.params} {message.agent_name}")
        return self._answer(message)

    find = Memory.find
    sent: dict[int, Outgoing] = {}

    def close(self) -> None:
        """Nothing is held open."""


def is_in_the_old_name(text: str) -> bool:
    return "陈燕" in text or "+12025550101" in text


def test_it_waits_for_what_a_provider_is_being_handed_in_the_old_name(queued: cast.Cast) -> None:
    slow = Slow()
    sending = stored.in_a_thread(lambda: dispatch(by(slow)))
    assert slow.begun.wait(30)
    done: list[Reassigned] = []
    told: list[int] = []
    handing = stored.in_a_thread(lambda: done.append(hand_over(waits=told.append)))
    until(lambda: bool(told))
    assert not done, "it has not come back while they are on their way"
    slow.may_go.set()
    handing.join(30)
    sending.join(30)
    assert (done[0].on_their_way, done[0].unanswered, told) == (3, 0, [3])
    assert {each.state for each in Message.select()} == {"accepted"}
    signed = Message.select().where(Message.agent_id == queued.chen_yan.id)
    assert signed.count() == 3, "they had left in the old name, and the book says so"


def test_a_claim_that_has_read_the_old_agent_and_not_committed_is_waited_for(
    queued: cast.Cast,
) -> None:
    """The worst moment: no table shows yet that the message is on its way."""
    slow = Slow()
    slow.may_go.set()
    routing, go_on = threading.Event(), threading.Event()

    class HeldUp(Routes):
        def of(self, channel: str, address: str) -> str:
            routing.set()
            assert go_on.wait(30)
            return "memory"

    plain = by(slow)
    routes = HeldUp("memory", "memory")
    worker = Dispatcher(
        plain.plan,
        plain.composer,
        plain.rules,
        Directory(plain.directory.channels, routes),
        time.time,
    )
    left_at_return: list[int] = []
    sending = stored.in_a_thread(lambda: dispatch(worker))
    assert routing.wait(30)
    handing = stored.in_a_thread(lambda: (hand_over(), left_at_return.append(len(slow.bodies))))
    time.sleep(0.3)  # long enough to come back, if nobody waited for anybody
    assert not left_at_return
    go_on.set()
    handing.join(30)
    sending.join(30)
    (so_many,) = left_at_return
    assert sum(map(is_in_the_old_name, slow.bodies)) == 3
    assert not any(map(is_in_the_old_name, slow.bodies[so_many:]))


def test_nobody_claims_while_the_agents_are_being_changed(queued: cast.Cast) -> None:
    """Or a message that was queued again at that moment would be signed by who serves no more."""
    slow = Slow()
    slow.may_go.set()
    with database.writing():
        database.wait_for_turn(signing.LOCK)
        sending = stored.in_a_thread(lambda: dispatch(by(slow)))
        time.sleep(0.3)  # long enough to claim, if nobody held it up
        Policy.update(agent=queued.he_jing).where(Policy.client == queued.lin_wei).execute()
    sending.join(30)
    assert len(slow.bodies) == 4
    assert not any(map(is_in_the_old_name, slow.bodies))


def test_what_nobody_knows_of_is_signed_anew_if_it_has_to_leave_again(queued: cast.Cast) -> None:
    unsure = Memory(lambda message: Unknown())
    dispatch(by(unsure))
    hand_over()
    assert cast.message("month_1").state == "unknown"
    memory = Memory()  # it has none of them
    dispatch(by(memory), TEN + LEASE + ASK_AGAIN)
    assert len(memory.sent) == 4
    assert not any(is_in_the_old_name(each.body) for each in memory.sent.values())


def test_what_a_person_tries_again_is_signed_anew(queued: cast.Cast) -> None:
    dispatch(by(Memory(lambda message: Rejected("content", "30007"))))
    hand_over()
    history.retry([each.id for each in Message.select()], TEN)
    memory = Memory()
    dispatch(by(memory))
    assert len(memory.sent) == 4
    assert not any(is_in_the_old_name(each.body) for each in memory.sent.values())


def test_a_claim_of_somebody_who_has_died_is_not_waited_for_beyond_its_lease(
    queued: cast.Cast,
) -> None:
    long_ago = TEN - LEASE
    claim = {"claimed_at": long_ago, "attempts": 1, "provider": "memory", "body": "a text"}
    Message.update(state="sending", **claim).execute()
    assert hand_over().on_their_way == 0
    memory = Memory()
    dispatch(by(memory))
    assert len(memory.sent) == 4, "settled as unknown, not found, and sent in the new name"
    assert not any(is_in_the_old_name(each.body) for each in memory.sent.values())


def until(holds: Callable[[], bool]) -> None:
    for _ in range(3_000):
        if holds():
            return
        time.sleep(0.01)
    raise AssertionError("it has taken half a minute")


POLICIES = 1_000


def test_after_the_handover_of_a_thousand_policies_nothing_is_sent_in_the_old_name(
    book: Book,
) -> None:
    people = cast.people()
    with cast.models.database.atomic():
        for number in range(POLICIES // 2):
            phone = f"+1202555{number:04}"
            client = Client.create(client_no=f"T{number:04}", name="王芳", phone=phone)
            for each in (1, 2):
                cast.give_policy(client, f"T{number:04}-{each}", agent=people.chen_yan)
        cast.joined(cast.ISSUED)
    cast.walk_only(ON, WALKER)
    assert Message.select().where(Message.state == "queued").count() == POLICIES
    busy = Busy()
    sending = stored.in_a_thread(lambda: dispatch(by(busy)))
    assert busy.some_have_left.wait(60)
    hand_over(waits=lambda waiting: busy.may_go.set())
    left_before = len(busy.bodies)
    sending.join(60)
    in_the_old_name = [is_in_the_old_name(body) for body in busy.bodies]
    assert len(in_the_old_name) == POLICIES
    assert 0 < sum(in_the_old_name) < POLICIES, "it came in the middle"
    assert not any(in_the_old_name[left_before:])
    assert {each.state for each in Message.select(Message.state)} == {"accepted"}
    signed = Message.select().where(Message.agent_id == people.chen_yan.id).count()
    assert signed == sum(in_the_old_name)


class Busy(Slow):
    """A provider that takes some, and comes to a standstill with several in hand."""

    def __init__(self) -> None:
        super().__init__()
        self.some_have_left = threading.Event()

    def send(self, message: Outgoing) -> Answer:
        if len(self.bodies) > POLICIES // 10:
            self.some_have_left.set()
            return super().send(message)
        self.bodies.append(message.body)
        return Accepted(f"memory-{message.id}")
