"""The five measures and the figures of answers: the worked figures, by unit, and what counts in none."""

import datetime
from fractions import Fraction

import peewee
import pytest

from policies import database, satisfaction
from policies.models import Agent, Client, Policy
from servicing.core import errors
from servicing.surveys import figures
from servicing.surveys.queries import Part
from tests import cast
from tests.refusals import refuses
from tests.servicing.cases import opened
from tests.servicing.leads.named import named
from tests.servicing.surveys.scored import ASKED, DAY, asks

Book = peewee.Database
FIRST, LAST = datetime.date(2026, 1, 1), datetime.date(2026, 6, 30)
CSAT = {5: 96, 4: 68, 3: 20, 2: 10, 1: 6}
"""The answers of the worked figure, in all 200."""


def clients(count: int, agent: Agent, since: str = "2025-01-01", **facts: object) -> list[Client]:
    """New clients, each with a policy."""
    known = Client.select().count()
    rows = [
        {"client_no": f"N{known + each}", "name": "王", **facts} for each in range(1, count + 1)
    ]
    Client.insert_many(rows).execute()
    made = list(Client.select().where(Client.id > _last_before(count)).order_by(Client.id))
    for each in made:
        give(each, agent, since)
    return made


def _last_before(count: int) -> int:
    newest = Client.select().order_by(Client.id.desc()).limit(count)
    return min(each.id for each in newest) - 1


def give(client: Client, agent: Agent, since: str) -> Policy:
    number = Policy.select().count()
    return Policy.create(
        policy_no=f"X{number}",
        client=client,
        agent=agent,
        issue_date=cast.day(since),
        served_from=cast.day(since),
        annual_premium=100,
    )


def total() -> figures.Satisfaction:
    with database.snapshot():
        return figures.total(None, FIRST, LAST)


def test_the_worked_response_is_17_5_per_cent(book: Book) -> None:
    people = cast.people()
    with database.database.atomic():
        (client,) = clients(1, people.chen_yan)
        (policy,) = client.policies
        scores = [score for score, count in CSAT.items() for _ in range(count)] + [3] * 10
        for score in scores:
            asks(policy, score=score)
        for _ in range(50):
            asks(policy, state="undelivered")
        for _ in range(1250 - 50 - 210):
            asks(policy)
    found = total()
    assert (found.sent, found.undelivered, found.answered) == (1250, 50, 210)
    assert found.response == Fraction("0.175")


def test_the_worked_figures_come_out_of_answers(book: Book) -> None:
    people = cast.people()
    with database.database.atomic():
        (client,) = clients(1, people.chen_yan)
        (policy,) = client.policies
        for score, count in CSAT.items():
            for _ in range(count):
                asks(policy, score=score)
        for score, count in {10: 30, 9: 22, 8: 20, 7: 8, 6: 5, 0: 15}.items():
            for _ in range(count):
                asks(policy, score=score, figure="nps")
        for score in (7, 7, 1):
            asks(policy, score=score, figure="ces")
    found = total()
    csat, nps, ces = (found.figures[name] for name in satisfaction.NAMES)
    assert csat == satisfaction.figure("csat", (96, 68, 20, 10, 6)) and csat.enough
    assert (found.praise, nps) == (Fraction("0.82"), satisfaction.figure("nps", (52, 28, 20)))
    assert (ces.n, ces.enough) == (3, False), "too few"


NOT_COUNTED = [
    {"fate": "late"},
    {"fate": "second"},
    {"is_again": True},
    {"on": FIRST - datetime.timedelta(days=1)},
    {"on": LAST + datetime.timedelta(days=1)},
]


@pytest.mark.parametrize("facts", NOT_COUNTED)
def test_what_comes_late_or_again_counts_in_no_figure(book: Book, facts: dict[str, object]) -> None:
    people = cast.people()
    (client,) = clients(1, people.chen_yan)
    asks(client.policies.get(), score=5, **facts)  # type: ignore[arg-type]
    found = total()
    assert (found.answered, found.figures["csat"].n) == (0, 0)


def test_the_worked_return_is_11_per_cent_and_complaints_1_2(book: Book) -> None:
    people = cast.people()
    with database.database.atomic():
        known = clients(1000, people.chen_yan)
        for each in known[:80]:  # bought again
            give(each, people.chen_yan, "2026-02-01")
        for number, each in enumerate(known[60:110]):  # introduced somebody who bought; 20 did both
            friend = Client.create(client_no=f"F{number}", name="李", referred_by=each.client_no)
            give(friend, people.sun_li, "2026-04-01")
        for number in range(14):  # 12 clients, two of them twice
            opened.complaint(client_no=known[number % 12].client_no)
    with database.snapshot():
        (found,) = figures.report(
            Part(by="total", agents=frozenset([people.chen_yan.id])), FIRST, LAST
        )
    assert (found.returned, found.complaint) == (Fraction("0.11"), Fraction("0.012"))


def test_known_by_name_is_of_new_clients_whose_source_is_known(book: Book) -> None:
    people = cast.people()
    for source in ("company", "agent", "referral", "other", "unknown", ""):
        clients(1, people.chen_yan, "2026-02-01", source=source)
    clients(1, people.chen_yan, "2026-02-01", referred_by="C001")
    clients(1, people.chen_yan, "2025-02-01", source="company")
    (before,) = clients(1, people.chen_yan, "2025-02-01", source="other")
    give(before, people.chen_yan, "2026-03-01")
    assert total().known == Fraction(4, 5), "who came before the span is not new"


def test_each_unit_has_its_own_and_a_person_of_two_is_one(book: Book) -> None:
    people = cast.people()
    (client,) = clients(1, people.chen_yan)
    asks(client.policies.get(), score=5)
    asks(give(client, people.sun_li, "2025-03-01"), score=1)
    with database.snapshot():
        by = {
            kind: figures.report(Part(by=kind, agents=None), FIRST, LAST)
            for kind in ("branch", "team", "agent")
        }
    told = {kind: {each.key: each.praise for each in rows} for kind, rows in by.items()}
    assert told == {
        "branch": {"上海": 1, "北京": 0},
        "team": {"上海 · 一部": 1, "北京 · 九部": 0},
        "agent": {"A001": 1, "A900": 0},
    }
    assert total().praise == Fraction(1, 2)


CLOSED = [("won", FIRST), ("won", LAST), ("lost", FIRST), ("expired", LAST), ("no_consent", ASKED)]
"""How leads end, and when: 2 of these 5 are won."""

NOT_CLOSED = [("won", FIRST - DAY), ("lost", LAST + DAY), ("met", None)]


def test_closing_is_of_the_leads_that_ended_in_the_span(book: Book) -> None:
    people = cast.people()
    assert total().closing is None, "nothing has ended"
    for state, ended_on in [*CLOSED, *NOT_CLOSED]:
        named(people.lin_wei, state, agent=people.chen_yan, ended_on=ended_on)
    assert total().closing == Fraction(2, 5)


def test_closing_is_of_the_agent_whose_the_lead_is(book: Book) -> None:
    people = cast.people()
    for state, agent in (
        *(("won", people.chen_yan), ("lost", people.chen_yan), ("won", people.sun_li)),
        *(("lost", None), ("lost", None)),
    ):
        named(people.lin_wei, state, agent=agent, ended_on=ASKED)
    with database.snapshot():
        by = {
            kind: figures.report(Part(by=kind, agents=None), FIRST, LAST)
            for kind in ("branch", "team", "agent")
        }
        hers = figures.total(frozenset([people.chen_yan.id]), FIRST, LAST)
    told = {kind: {each.key: each.closing for each in rows} for kind, rows in by.items()}
    assert told == {
        "branch": {"": 0, "上海": Fraction(1, 2), "北京": 1},
        "team": {"": 0, "上海 · 一部": Fraction(1, 2), "北京 · 九部": 1},
        "agent": {"": 0, "A001": Fraction(1, 2), "A900": 1},
    }
    assert (hers.closing, total().closing) == (Fraction(1, 2), Fraction(2, 5))


def test_a_span_that_ends_before_it_begins_is_refused(book: Book) -> None:
    with refuses(errors.BadArgument, "ends"):
        figures.report(Part(by="total", agents=None), LAST, FIRST)
