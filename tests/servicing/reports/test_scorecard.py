"""The scorecard, worked out by hand: what an agent and her team kept, how they grew and served.

Chen Yan (A001) and He Jing (A000) are the team 一部. Persistency is by `in-force`, so that at the
end of a month the youngest complete cohort is the one of thirteen months before.
"""

import datetime
import itertools
import zoneinfo
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import peewee
import pytest

from policies import dates
from policies.models import Agent, Client, PastAgent, Policy
from policies.persistency import figure, periods
from policies.persistency.cohorts import Definition
from policies.persistency.figure import Basis, Selection
from policies.persistency.units import UnitKind
from servicing.core import errors
from servicing.core.models import Task
from servicing.core.settings import Settings, Targets
from servicing.desk import tasks
from servicing.reports import coverage, questions, scorecard
from servicing.reports.scorecard import Score, ScoreCard, ScorecardLine
from tests import cast
from tests.refusals import refuses
from tests.servicing import owed

Book = peewee.Database
AS_OF = cast.day("2026-07-15")
SHANGHAI = zoneinfo.ZoneInfo("Asia/Shanghai")
FIRST_YEAR = coverage.first_year(owed.STANDARD)
WALKER = cast.walker(owed.only(*map(owed.touchpoint, FIRST_YEAR)))


def carded(
    period: str = "2026-06",
    by: UnitKind = "agent",
    *,
    as_of: cast.Day = AS_OF,
    definition: Definition = "in-force",
    basis: Basis = "premium",
    targets: Targets | None = None,
    **chosen: Any,
) -> dict[str, ScoreCard]:
    """By key the cards of the units, and everybody's as `total`."""
    question = questions.question(
        Settings(), cast.day(as_of), Selection(**chosen), definition=definition, basis=basis
    )
    found = scorecard.scorecard(
        *(question, by, periods.parse(period), targets or Targets(), FIRST_YEAR, SHANGHAI)
    )
    return {card.key: card for card in [*found.cards(), found.total]}


def hold(
    client: Client,
    issued: str,
    premium: int = 1000,
    *,
    agent: Agent,
    ended_on: str | None = None,
    **facts: Any,
) -> Policy:
    number = f"P{Policy.select().count() + 1:03}"
    facts = {"status": "surrendered" if ended_on else "in_force", **facts}
    return cast.give_policy(
        client, number, issued, agent=agent, ended_on=ended_on, annual_premium=str(premium), **facts
    )


def newcomer(number: str, by: str = "") -> Client:
    return Client.create(client_no=number, name=f"客户{number}", referred_by=by)


def column(card: ScoreCard, name: str) -> list[Any]:
    return [getattr(score, name) for score in card.trend]


# --- Worked out by hand ---------------------------------------------------------------------------

MONTHS = [
    *("2025-07", "2025-08", "2025-09", "2025-10", "2025-11", "2025-12"),
    *("2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06"),
]


@pytest.fixture
def team(book: Book) -> cast.Cast:
    """Chen Yan's clients Lin Wei, C011 and C012; He Jing's C021 and C022; whom Lin Wei referred."""
    people = cast.people()
    chen_yan, he_jing = people.chen_yan, people.he_jing
    hold(people.lin_wei, "2024-06-15", 1000, agent=chen_yan)
    hold(newcomer("C011"), "2024-09-10", 3000, agent=chen_yan, ended_on="2025-10-09")
    third = hold(newcomer("C012"), "2025-05-20", 6000, agent=chen_yan)
    fourth = hold(people.lin_wei, "2026-03-05", agent=chen_yan)
    hold(newcomer("C021"), "2025-02-10", 10000, agent=he_jing, ended_on="2025-05-15")
    hold(newcomer("C022"), "2026-05-01", agent=he_jing)
    for number, issued in [("C031", "2024-08-01"), ("C032", "2025-08-31"), ("C033", "2026-01-10")]:
        hold(newcomer(number, by="C001"), issued, agent=people.sun_li)
    serve(third, fourth)
    return people


def serve(third: Policy, fourth: Policy) -> None:
    """P003 had month_7 missed and month_10 done late; P004 delivery in time, and month_1 is open."""
    for day in ("2025-12-20", "2026-03-20", "2026-03-08", "2026-04-05"):
        cast.walk_only(day, WALKER)
    mine = {(task.policy_id, task.touchpoint.key): task for task in Task.select()}
    cast.change(mine[third.id, "month_7"], state="missed", ended_at=cast.at("2026-01-22"))
    tasks.done(mine[third.id, "month_10"].id, cast.at("2026-04-10"))
    tasks.done(mine[fourth.id, "delivery"].id, cast.at("2026-03-16", "23:30"))
    assert mine[fourth.id, "month_1"].state == "open"


def test_the_card_of_an_agent_over_twelve_months(team: cast.Cast) -> None:
    card = carded()["A001"]
    assert (card.name, card.agents) == ("陈燕", 1)
    assert column(card, "period") == MONTHS
    # of 2024-06 alone; from October 2025 with 2024-09, which is lost; in June with 2025-05
    assert column(card, "counted") == [1] * 3 + [2] * 8 + [3]
    assert column(card, "persistency") == [1.0] * 3 + [0.25] * 8 + [0.7]
    # C031 of August 2024, then C032 of August 2025, then with C033 of January 2026
    assert column(card, "referrals") == [1] * 6 + [2] * 6
    assert column(card, "referrals_target") == [3] * 12
    # one policy a year ago: Lin Wei; from October 2024 on C011, from June 2025 on C012
    assert column(card, "one_policy") == [1] * 2 + [2] * 8 + [3] * 2
    assert column(card, "bought") == [0] * 8 + [1] * 4
    assert column(card, "add_on") == [0.0] * 8 + [1 / 2] * 2 + [1 / 3] * 2
    assert column(card, "missed") == [0] * 5 + [1] + [0] * 6
    assert column(card, "in_time") == column(card, "late") == [0] * 8 + [1] + [0] * 3
    assert column(card, "waiting") == [0] * 9 + [1] + [0] * 2
    nothing = [None] * 5
    assert column(card, "coverage") == [*nothing, 0.0, None, None, 1.0, None, None, None]
    assert column(card, "in_time_share") == [*nothing, 0.0, None, None, 0.5, None, None, None]
    assert card.now is card.trend[-1]


@cast.on_one
@pytest.mark.parametrize(
    ("facts", "serves"),
    [
        ({}, True),
        ({"ended_on": "2045-04-12", "status": "in_force"}, True),  # its term
        ({"ended_on": "2026-07-16", "status": "in_force"}, True),
        ({"ended_on": "2026-07-15"}, False),
        ({"status": "suspended"}, True),
        ({"status": "applied"}, False),
        ({"issued": "2026-07-15"}, True),
        ({"issued": "2026-07-16"}, False),
    ],
)
@pytest.mark.parametrize("by", ["agent", "team", "branch"])
def test_an_agent_counts_with_a_policy_in_force_on_the_day(
    book: Book, by: UnitKind, facts: dict[str, Any], serves: bool
) -> None:
    people = cast.people()
    hold(people.zhou_ming, "2024-06-15", agent=people.sun_li)
    known = dict(facts)
    hold(people.lin_wei, known.pop("issued", "2025-04-12"), agent=people.chen_yan, **known)
    cards = carded(by=by)
    unit = {"agent": "A001", "team": "上海 · 一部", "branch": "上海"}[by]
    ours = cards[unit].agents if unit in cards else 0
    assert (ours, cards["total"].agents) == (serves, 1 + serves)
    assert cards["total"].now.referrals_target == 3 * (1 + serves)


def test_the_card_of_her_team_over_twelve_months(team: cast.Cast) -> None:
    """He Jing adds C021, issued in February 2025 and lost, and a policy that she serves today."""
    hers, ours = carded()["A001"], carded(by="team")["上海 · 一部"]
    assert (ours.name, ours.agents) == ("", 2)
    assert column(ours, "counted") == [1] * 3 + [2] * 5 + [3] * 3 + [4]
    of_team = [1.0] * 3 + [0.25] * 5 + [1000 / 14000] * 3 + [7000 / 20000]
    assert column(ours, "persistency") == of_team
    assert column(ours, "referrals") == column(hers, "referrals")
    assert column(ours, "referrals_target") == [6] * 12
    # C021 had one policy from March 2025 until it ended in May
    of_he_jing = [0] * 7 + [1] * 3 + [0] * 2
    of_hers = column(hers, "one_policy")
    assert column(ours, "one_policy") == [a + b for a, b in zip(of_hers, of_he_jing, strict=True)]
    assert column(ours, "bought") == column(hers, "bought")
    for name in ("in_time", "late", "missed", "waiting", "coverage", "in_time_share"):
        assert column(ours, name) == column(hers, name)


@cast.on_one
def test_the_basis_counts_policies_where_it_is_count(team: cast.Cast) -> None:
    card = carded(basis="count")["A001"]
    assert column(card, "persistency") == [1.0] * 3 + [0.5] * 8 + [2 / 3]


@cast.on_one
def test_a_quarter_and_a_year_end_where_their_last_month_does(team: cast.Cast) -> None:
    """Persistency, referrals and add-ons look back a year from there; service is the period's own."""
    by_month = dict(zip(MONTHS, carded()["A001"].trend, strict=True))
    yearly = ("persistency", "counted", "referrals", "one_policy", "bought", "add_on")
    for period, month in [("2026-Q2", "2026-06"), ("2026-Q1", "2026-03"), ("2025", "2025-12")]:
        now = carded(period)["A001"].now
        for name in yearly:
            assert getattr(now, name) == getattr(by_month[month], name), (period, name)
    quarters = carded("2026-Q2")["A001"]
    assert column(quarters, "period")[-4:] == ["2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2"]
    assert column(quarters, "period")[0] == "2023-Q3"
    served = [[getattr(each, name) for each in quarters.trend[-3:]] for name in SERVICE]
    assert served == [[0, 1, 0], [0, 1, 0], [1, 0, 0], [0, 0, 1]]
    years = carded("2026")["A001"]
    assert column(years, "period") == [str(year) for year in range(2015, 2027)]
    assert [getattr(years.now, name) for name in SERVICE] == [1, 1, 0, 1]
    assert (years.now.coverage, years.now.in_time_share) == (1.0, 0.5)
    assert (years.trend[-2].missed, years.trend[-2].coverage) == (1, 0.0)


SERVICE = ("in_time", "late", "missed", "waiting")


@cast.on_one
def test_overdue_is_what_is_so_on_the_day(team: cast.Cast) -> None:
    """Her month_1 of 5 April stood on the list on the 7th, after Qingming."""
    for as_of, count in [("2026-04-07", 0), ("2026-04-08", 1), ("2026-07-15", 1)]:
        cards = carded("2026-03", as_of=as_of)
        assert (cards["A001"].overdue, cards["total"].overdue) == (count, count), as_of
        assert cards["A000"].overdue == 0


@cast.on_one
def test_a_row_for_each_period_says_overdue_only_in_the_last(team: cast.Cast) -> None:
    question = questions.question(Settings(), AS_OF, Selection(), definition="in-force")
    rules = (periods.parse("2026-06"), Targets(), FIRST_YEAR, SHANGHAI)
    found = scorecard.scorecard(question, "team", *rules)
    rows: list[ScorecardLine] = list(scorecard.lines(found, True))
    assert [(row.key, row.period) for row in rows] == list(
        itertools.product(["北京 · 九部", "上海 · 一部", "total"], MONTHS)
    )
    assert [row.overdue for row in rows[12:24]] == [None] * 11 + [1]
    assert list(scorecard.lines(found, False)) == rows[11::12]


# --- Sums -----------------------------------------------------------------------------------------

ADDED_UP = ("counted", "referrals", "referrals_target", "one_policy", "bought", *SERVICE)


def added_up(cards: Sequence[ScoreCard]) -> list[tuple[Any, ...]]:
    """Of some cards together: what adds up, for each period, and overdue tasks and agents."""
    trends = [
        tuple(sum(getattr(card.trend[place], name) for card in cards) for name in ADDED_UP)
        for place in range(12)
    ]
    return [*trends, (sum(card.overdue for card in cards), sum(card.agents for card in cards))]


def test_agents_add_up_to_teams_teams_to_branches_and_all_to_the_total(team: cast.Cast) -> None:
    by_agent, by_team, by_branch = (carded(by=by) for by in ("agent", "team", "branch"))
    total = by_agent["total"]
    assert [*by_agent] == ["A000", "A001", "A900", "total"]
    assert by_team["total"] == by_branch["total"] == total
    assert added_up([by_agent["A000"], by_agent["A001"]]) == added_up([by_team["上海 · 一部"]])
    assert replace(by_team["上海 · 一部"], key="上海") == by_branch["上海"]
    assert replace(by_team["北京 · 九部"], key="北京") == by_branch["北京"]
    for cards in (by_agent, by_team, by_branch):
        units = [card for key, card in cards.items() if key != "total"]
        assert added_up(units) == added_up([total])
    assert carded(by="agent", branch="上海")["total"].trend == by_branch["上海"].trend


@cast.on_one
def test_an_agent_without_a_team_is_in_the_total_once(team: cast.Cast) -> None:
    """Team and branch are columns that a book may lack (domain.md §9.1): it has agents all the same."""
    expected = carded(by="agent")["total"]
    cast.change(team.chen_yan, team=None)
    for by in ("agent", "team", "branch"):
        assert carded(by=by)["total"] == expected, by
    Agent.update(team=None).execute()
    for by in ("agent", "team", "branch"):
        assert carded(by=by)["total"] == expected, by


@cast.on_one
def test_an_agent_without_a_team_has_a_row_where_teams_have_theirs(team: cast.Cast) -> None:
    """Else the rows of a list do not add up to its last."""
    cast.change(team.chen_yan, team=None)
    for by in ("team", "branch"):
        cards = carded(by=by)
        units = [card for key, card in cards.items() if key != "total"]
        assert sum(card.agents for card in units) == cards["total"].agents, by


@cast.on_one
def test_a_referral_of_two_agents_counts_for_both_and_once_for_their_team(
    team: cast.Cast,
) -> None:
    """Lin Wei has a policy with He Jing, too, and one with Sun Li in the other branch."""
    hold(team.lin_wei, "2020-01-01", agent=team.he_jing)
    for by, expected in [
        ("agent", {"A000": 2, "A001": 2, "A900": 0, "total": 2}),
        ("team", {"上海 · 一部": 2, "北京 · 九部": 0, "total": 2}),
    ]:
        assert {key: card.now.referrals for key, card in carded(by=by).items()} == expected
    hold(team.lin_wei, "2020-01-01", agent=team.sun_li)
    told = {key: card.now.referrals for key, card in carded(by="branch").items()}
    assert told == {"上海": 2, "北京": 2, "total": 2}
    assert carded(by="agent", agent_no="A000")["total"].now.referrals == 2


@cast.on_one
def test_the_card_of_one_unit_is_its_own(team: cast.Cast) -> None:
    for chosen, by, key in [
        ({"agent_no": "A001"}, "agent", "A001"),
        ({"team": "一部"}, "team", "上海 · 一部"),
        ({"branch": "北京"}, "branch", "北京"),
    ]:
        cards = carded(by=by, **chosen)
        assert [*cards] == [key, "total"]
        assert cards[key] == carded(by=by)[key]
        assert cards["total"].trend == cards[key].trend


# --- Persistency is persistency -------------------------------------------------------------------


@pytest.fixture
def a_force(book: Book) -> cast.Cast:
    """Three agents with policies of two and a half years; every second premium paid, late or not."""
    people = cast.people()
    agents = [people.chen_yan, people.he_jing, people.sun_li]
    days = dates.days_between(cast.day("2023-01-05"), cast.day("2025-12-31"))
    for number, issued in enumerate(itertools.islice(days, 0, None, 13)):
        ended_on = issued + datetime.timedelta(200 + 3 * number) if number % 4 == 0 else None
        if ended_on and ended_on > cast.day("2026-06-30"):
            ended_on = None
        policy = hold(
            people.lin_wei,
            str(issued),
            1000 + number,
            agent=agents[number % 3],
            ended_on=ended_on and str(ended_on),
        )
        due = dates.months_after(issued, 12)
        paid_on = due + datetime.timedelta([0, 59, 61][number % 3]) if number % 5 else None
        cast.give_premium(policy, due, amount=str(1000 + number), paid_on=paid_on)
        if number % 7 == 0:
            PastAgent.create(policy=policy, agent=agents[(number + 1) % 3], until="2026-02-10")
    return people


def rolling(as_of: cast.Day, by: UnitKind, definition: Definition) -> dict[str, tuple[Any, Any]]:
    """What `persistency --rolling` says as of that day."""
    selection = Selection(by=by, is_rolling=True)
    question = questions.question(Settings(), cast.day(as_of), selection, definition=definition)
    audit = figure.audit(question.measure, question.rules, selection, "premium")
    return {row.key: (row.counted, row.ratio) for row in [*audit.rows, audit.total]}


DEFINITIONS: list[Definition] = ["paid", "in-force"]
ENDS = [("2026-06", "2026-06-30"), ("2026-Q1", "2026-03-31"), ("2025", "2025-12-31")]


@cast.on_one
def test_persistency_is_the_rolling_one_as_of_the_period_s_end(a_force: cast.Cast) -> None:
    for definition, (period, ends) in itertools.product(DEFINITIONS, ENDS):
        expected = rolling(ends, "agent", definition)
        for as_of in (ends, AS_OF):  # asked that evening, or later
            told = kept(carded(period, definition=definition, as_of=as_of))
            assert told == expected, (definition, period, as_of)


@cast.on_postgresql
def test_persistency_is_the_rolling_one_on_postgresql(a_force: cast.Cast) -> None:
    for definition in DEFINITIONS:
        told = kept(carded("2026-06", definition=definition))
        assert told == rolling("2026-06-30", "agent", definition), definition


def kept(cards: dict[str, ScoreCard]) -> dict[str, tuple[int, float | None]]:
    """Of each unit how many policies were counted, and what was kept of them."""
    return {key: (card.now.counted, card.now.persistency) for key, card in cards.items()}


@cast.on_one
def test_the_trend_is_what_each_period_said_of_itself(a_force: cast.Cast) -> None:
    trend = carded("2026-06", definition="paid")["A001"].trend
    for score in trend[-3:]:
        assert carded(score.period, definition="paid")["A001"].now == score


@cast.on_one
def test_a_period_that_is_not_over_has_what_is_complete_today(a_force: cast.Cast) -> None:
    told = kept(carded("2026-07", as_of="2026-07-15", definition="paid"))
    assert told == rolling("2026-07-15", "agent", "paid") == rolling("2026-06-30", "agent", "paid")


# --- Targets --------------------------------------------------------------------------------------


@cast.on_one
def test_the_referrals_target_is_so_many_for_each_agent_who_serves(team: cast.Cast) -> None:
    """He Jing has one policy in force; without it she is nobody's agent, and has no target."""
    cards = carded(by="branch", targets=Targets(referrals=5))
    assert {key: each.now.referrals_target for key, each in cards.items()} == {
        **{"上海": 10, "北京": 5, "total": 15}
    }
    Policy.update(status="surrendered", ended_on=cast.day("2026-07-01")).where(
        Policy.agent == team.he_jing
    ).execute()
    assert carded()["A000"].now.referrals_target == 0
    assert carded(by="team")["上海 · 一部"].now.referrals_target == 3


@cast.on_one
def test_days_in_time_are_those_of_the_targets(team: cast.Cast) -> None:
    """month_10 of 20 March was done on 10 April, 21 days later."""
    for days, in_time in [(20, 1), (21, 2)]:
        cards = carded("2026-03", targets=Targets(in_time_days=days))
        assert cards["A001"].now.in_time == in_time, days


@cast.on_one
def test_the_head_of_the_document_says_what_was_asked(team: cast.Cast) -> None:
    question = questions.question(Settings(), AS_OF, Selection(), definition="in-force")
    total = carded()["total"]
    head = scorecard.head(question, "agent", periods.parse("2026-06"), Targets(), total)
    assert head == {
        **{"period": "2026-06", "by": "agent", "as_of": AS_OF, "month": 13},
        **{"definition": "in-force", "basis": "premium", "total": total},
        "targets": {"persistency": 0.88, "referrals": 3, "add_on": 0.1, "in_time_days": 7},
    }


# --- Nothing to tell ------------------------------------------------------------------------------


@cast.on_one
def test_an_agent_of_whom_nothing_is_known_has_no_shares(book: Book) -> None:
    """No share is not a share of nothing: nobody is below a target for want of clients."""
    people = cast.people()
    hold(people.lin_wei, "2026-07-01", agent=people.chen_yan)
    card = carded()["A001"]
    assert card.now == Score(
        period="2026-06",
        persistency=None,
        counted=0,
        referrals=0,
        referrals_target=3,
        add_on=None,
        one_policy=0,
        bought=0,
        in_time=0,
        late=0,
        missed=0,
        waiting=0,
        coverage=None,
        in_time_share=None,
    )
    assert [*carded()] == ["A001", "total"], "who serves nobody has no card"


@cast.on_one
def test_what_cannot_be_told_is_refused_in_a_sentence(book: Book) -> None:
    with refuses(errors.NotMeasurable, match="no policy in this book"):
        carded()
    people = cast.people()
    hold(people.lin_wei, "2026-07-01", agent=people.chen_yan, currency="CNY")
    with refuses(errors.NotMeasurable, match="premium ledger"):
        carded(definition="paid")
    for chosen in ({"branch": "广州"}, {"team": "三部"}, {"agent_no": "A404"}):
        with refuses(errors.ServicingError, match=[*chosen.values()][0]):
            carded(**chosen)
    hold(people.lin_wei, "2026-07-02", agent=people.chen_yan, currency="USD")
    with refuses(errors.NotMeasurable, match="CNY and USD"):
        carded()
    assert carded(basis="count")["A001"].agents == 1
