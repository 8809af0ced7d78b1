"""Persistency against domain.md §8.7: its examples, a table of edges, a plain loop over policies."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import peewee
import pytest
from hypothesis import event, given, settings

from policies import errors
from policies.persistency import queries
from policies.persistency.figure import Audit, FigureRow
from policies.persistency.policy_lines import PolicyLine
from policies.persistency.verdicts import Verdict
from tests import cast
from tests.policies.imagined import each_rolled_back, examples
from tests.policies.persistency import books, imagined, plain
from tests.policies.persistency.imagined import Asked
from tests.policies.persistency.plain import Agent, Contract, Instalment, Question
from tests.refusals import english

day = date.fromisoformat

# ------------------------------------------------------- a plain loop over policies says the same


def agrees(asked: Asked) -> None:
    """The figure, and every policy behind it, are what the plain loop says."""
    with books.taken_back():
        books.put(asked.book, imagined.AGENTS)
        for ask in books.also(asked.ask):
            found = plain.figure(asked.book, imagined.AGENTS, ask)
            event("refused" if found is None else f"{ask.definition} by {ask.by}")
            if found is None:
                with pytest.raises(errors.NotMeasurable):
                    books.audit(ask)
                continue
            audit = books.audit(ask)
            assert audit.rows == [books.row_of(row, ask) for row in found.rows]
            assert audit.total == books.row_of(found.total, ask)
            lines_agree(audit, books.listed(ask), found.behind, ask)


def lines_agree(
    audit: Audit, lines: list[PolicyLine], behind: list[Contract], ask: Question
) -> None:
    assert [what_it_is(line) for line in lines] == [
        what_it_should_be(contract, ask)
        for contract in sorted(behind, key=lambda each: each.policy_no)
    ]
    for row in audit.rows:
        its_own = books.lines_of(row, lines, ask)
        assert books.lines_added_up(its_own) == books.added_up([row])


def what_it_is(line: PolicyLine) -> tuple[Any, ...]:
    premiums = (int(line.premium_counted * 100), int(line.premium_persisting * 100))
    verdict = (line.counted, line.persisting, *premiums)
    return (line.policy_no, line.cohort, verdict, line.complete, line.agent_no, line.team)


def what_it_should_be(contract: Contract, ask: Question) -> tuple[Any, ...]:
    found, agent = plain.answer(contract, ask), plain.whose(contract, ask)
    return (
        contract.policy_no,
        f"{contract.issued:%Y-%m}",
        (found.is_counted, found.is_kept, found.counted, found.kept),
        plain.is_complete(contract.issued, ask),
        agent.agent_no,
        plain.team_key(agent),
    )


@cast.on_one
@settings(each_rolled_back, max_examples=examples(80))
@given(imagined.asked())
def test_the_figures_are_those_of_a_plain_loop(book: peewee.Database, asked: Asked) -> None:
    agrees(asked)


@cast.on_postgresql
@settings(each_rolled_back, max_examples=examples(30))
@given(imagined.asked())
def test_the_figures_on_postgresql_are_those_of_a_plain_loop(
    book: peewee.Database, asked: Asked
) -> None:
    agrees(asked)


def agents_teams_and_branches_agree(asked: Asked) -> None:
    """What is told by agent adds up to what is told by team, by branch, and to the total."""
    ask = replace(asked.ask, basis="count")
    with books.taken_back():
        books.put(asked.book, imagined.AGENTS)
        try:
            found = {by: books.audit(replace(ask, by=by)) for by in ("agent", "team", "branch")}
        except errors.NotMeasurable:
            event("refused")
            return
        teams = {agent.agent_no: plain.team_key(agent) for agent in imagined.AGENTS}
        branches = {teams[agent.agent_no]: agent.branch for agent in imagined.AGENTS}
        adds_up(found["agent"].rows, found["team"].rows, teams)
        adds_up(found["team"].rows, found["branch"].rows, branches)
        for audit in found.values():
            assert books.added_up(audit.rows) == books.added_up([audit.total])


def adds_up(parts: list[FigureRow], wholes: list[FigureRow], belongs: dict[str, str]) -> None:
    assert {belongs[part.key] for part in parts} == {whole.key for whole in wholes}
    for whole in wholes:
        its_own = [part for part in parts if belongs[part.key] == whole.key]
        assert books.added_up(its_own) == books.added_up([whole])


@cast.on_one
@settings(each_rolled_back, max_examples=examples(40))
@given(imagined.asked())
def test_agents_add_up_to_teams_teams_to_branches_and_branches_to_the_total(
    book: peewee.Database, asked: Asked
) -> None:
    agents_teams_and_branches_agree(asked)


@cast.on_postgresql
@settings(each_rolled_back, max_examples=examples(10))
@given(imagined.asked())
def test_they_add_up_on_postgresql(book: peewee.Database, asked: Asked) -> None:
    agents_teams_and_branches_agree(asked)


# ------------------------------------------------------------------ the worked examples of domain.md §8.7

LI = Agent("A001", "一部", "上海")


def contract(
    policy_no: str, issued: str, premium: int, *paid: str | None, **facts: Any
) -> Contract:
    """A policy with an annual instalment each year from its first anniversary on: when it was paid."""
    since = day(issued)
    ledger = tuple(
        Instalment(plain.months_after(since, 12 * year), premium * 100, each and day(each))
        for year, each in enumerate(paid, 1)
    )
    return Contract(policy_no, since, premium * 100, LI, ledger=ledger, **facts)


def figure(book: list[Contract], ask: Question) -> Audit:
    with books.taken_back():
        books.put(book, [LI])
        return books.audit(ask)


def share(row: FigureRow, basis: str = "premium") -> Fraction:
    """Kept of counted, exactly; the ratio that is told must be that very number."""
    if basis == "premium":
        found = Fraction(row.premium_persisting) / Fraction(row.premium_counted)
    else:
        found = Fraction(row.persisting, row.counted)
    assert row.ratio == float(found)
    return found


SPRING = [
    contract("P001", "2025-04-10", 9_000, "2026-06-09"),
    contract("P002", "2025-04-20", 1_000, None),
    contract("P003", "2025-05-31", 5_000, "2026-05-01"),
    contract("P004", "2025-06-01", 10_000, "2026-07-31"),
]


@pytest.mark.parametrize("is_rolling", [True, False])
@pytest.mark.parametrize(
    ("as_of", "exactly"),
    [
        ("2026-06-30", Fraction(90, 100)),
        ("2026-07-30", Fraction(90, 100)),
        ("2026-07-31", Fraction(14_000, 15_000)),  # 93.3 %
        ("2026-08-31", Fraction(96, 100)),
    ],
)
def test_the_first_example_june_july_and_august_cumulated(
    book: peewee.Database, as_of: str, exactly: Fraction, is_rolling: bool
) -> None:
    ask = Question(day(as_of), definition="paid", is_rolling=is_rolling)
    assert share(figure(SPRING, ask).total) == exactly


def test_before_june_april_is_open_and_stays_out_of_the_total(book: peewee.Database) -> None:
    audit = figure(SPRING, Question(day("2026-06-29"), definition="paid"))
    assert [(row.key, row.complete) for row in audit.rows][0] == ("2025-04", False)
    assert (audit.total.counted, audit.total.ratio) == (0, None)


APRIL = [
    contract("A", "2025-04-30", 6_000, "2026-06-29"),  # the last day of grace
    contract("B", "2025-04-30", 3_000, None),
    contract("C", "2025-04-30", 1_000, status="free_look_cancelled", ended_on=day("2025-05-10")),
    contract("D", "2025-04-30", 50_000, mode="single"),
]


@pytest.mark.parametrize(
    ("basis", "exactly"), [("premium", Fraction(6_000, 9_000)), ("count", Fraction(1, 2))]
)
def test_the_second_example_free_look_and_single_premium_are_not_counted(
    book: peewee.Database, basis: str, exactly: Fraction
) -> None:
    audit = figure(APRIL, Question(day("2026-06-30"), definition="paid", basis=basis))
    assert [row.key for row in audit.rows] == ["2025-04"]
    assert share(audit.total, basis) == share(audit.rows[0], basis) == exactly
    assert (audit.total.issued, audit.total.counted) == (4, 2)


def test_the_third_example_a_hundred_issued_and_seventy_in_force(book: peewee.Database) -> None:
    ended = {
        **dict.fromkeys(range(2), ("claim", "2026-01-05")),
        **dict.fromkeys(range(2, 20), ("surrendered", "2025-12-31")),
        **dict.fromkeys(range(20, 30), ("terminated", "2026-05-15")),  # lapsed on the last day
    }
    hundred = []
    for number in range(100):
        status, ended_on = ended.get(number, ("in_force", None))
        facts = {"status": status, "ended_on": ended_on and day(ended_on)}
        hundred.append(contract(f"P{number:03}", "2025-04-15", 1_200, **facts))
    audit = figure(hundred, Question(day("2026-05-30"), basis="count"))
    assert (audit.total.issued, audit.total.counted, audit.total.persisting) == (100, 98, 70)
    assert share(audit.total, "count") == Fraction(70, 98)  # 71.4 %


# --------------------------------------------------------------------------------- a table of edges

V = Verdict
LEFT_OUT = {V.SINGLE_PREMIUM, V.TERM_OVER, V.FREE_LOOK, V.TRANSFERRED_OUT, V.CLAIM, V.SUSPENDED}
KEPT = {V.IN_FORCE, V.PAID, V.NOTHING_DUE, V.IN_GRACE, V.NOT_DUE, V.IN_ARREARS}
LOST = {V.ENDED, V.PAID_LATE, V.UNPAID, V.NO_INSTALMENT}

LONG_AFTER = "2027-12-31"
Ledger = dict[str, str | None]
"""Due dates, each with the day on which it was paid."""


def edge(
    title: str,
    issued: str,
    ledger: Ledger | None = None,
    as_of: str = LONG_AFTER,
    *,
    paid: Verdict,
    in_force: Verdict,
    off: str | None = None,
    on: str | None = None,
    **facts: Any,
) -> Any:
    """One policy, and what it is to either definition; `off` and `on` name a switch."""
    excluded = frozenset(plain.SWITCHES) - {"suspended", off} | ({on} if on else frozenset())
    ask = Question(day(as_of), excluded=excluded, product_grace={"短险": 30, "长险": 90})
    return pytest.param(issued, ledger or {}, facts, ask, (paid, in_force), id=title)


def ended(status: str, on: str) -> dict[str, str]:
    return {"status": status, "ended_on": on}


MONTHLY = {"payment_mode": "monthly"}
IN_TIME = {"2026-04-10": "2026-04-10", "2026-05-10": "2026-07-09", "2026-06-10": "2026-06-01"}

EDGES = [
    # the due date is the same day of the month, or the last of a month that is too short
    *(
        edge(f"{title} the day {issued}", issued, {due: paid_on}, paid=paid, in_force=V.IN_FORCE)
        for issued, due, last, late in [
            ("2024-02-29", "2025-02-28", "2025-04-29", "2025-04-30"),
            ("2025-01-31", "2026-01-31", "2026-04-01", "2026-04-02"),
            ("2024-12-31", "2025-12-31", "2026-03-01", "2026-03-02"),
            ("2024-08-31", "2025-08-31", "2025-10-30", "2025-10-31"),
            ("2025-04-30", "2026-04-30", "2026-06-29", "2026-06-30"),
            ("2023-02-28", "2024-02-28", "2024-04-28", "2024-04-29"),
        ]
        for title, paid_on, paid in [
            ("on the last day of grace, issued", last, V.PAID),
            ("a day late, issued", late, V.PAID_LATE),
            ("never paid, issued", None, V.UNPAID),
        ]
    ),
    # thirteen months after issue, by the same rule
    *(
        edge(f"{status} {when} {issued}", issued, paid=paid, in_force=verdict, **ended(status, on))
        for status, (issued, dates) in [
            ("surrendered", ("2024-02-29", ("2025-03-28", "2025-03-29", "2025-03-30"))),
            ("terminated", ("2025-01-31", ("2026-02-27", "2026-02-28", "2026-03-01"))),
            ("converted", ("2024-12-31", ("2026-01-30", "2026-01-31", "2026-02-01"))),
            ("matured", ("2024-08-31", ("2025-09-29", "2025-09-30", "2025-10-01"))),
            ("surrendered", ("2025-04-30", ("2026-05-29", "2026-05-30", "2026-05-31"))),
        ]
        for when, on, paid, verdict in [
            ("a day before thirteen months from", dates[0], V.ENDED, V.ENDED),
            ("thirteen months from", dates[1], V.ENDED, V.ENDED),
            ("a day after thirteen months from", dates[2], V.ENDED, V.IN_FORCE),
        ]
    ),
    *(
        edge(f"claim {when} 2025-01-31", "2025-01-31", paid=paid, in_force=verdict, **claim)
        for when, claim, paid, verdict in [
            ("a day before thirteen months from", ended("claim", "2026-02-27"), V.CLAIM, V.CLAIM),
            ("thirteen months from", ended("claim", "2026-02-28"), V.CLAIM, V.CLAIM),
            ("a day after thirteen months", ended("claim", "2026-03-01"), V.CLAIM, V.IN_FORCE),
            ("on the judging date of", ended("claim", "2026-03-31"), V.CLAIM, V.IN_FORCE),
            (
                "the day after the judging of",
                ended("claim", "2026-04-01"),
                V.NO_INSTALMENT,
                V.IN_FORCE,
            ),
        ]
    ),
    edge(
        *("a claim after a premium paid in time", "2025-04-10", {"2026-04-10": "2026-04-10"}),
        **ended("claim", "2026-05-01"),
        paid=V.CLAIM,
        in_force=V.CLAIM,
    ),
    edge(
        *("surrendered after a premium paid in time", "2025-04-10", {"2026-04-10": "2026-04-10"}),
        **ended("surrendered", "2026-04-20"),
        paid=V.PAID,
        in_force=V.ENDED,
    ),
    # what is dated after the as-of date has not happened
    *(
        edge(
            *(f"as of {as_of} a claim of 2026-01-10", "2025-04-10", None, as_of),
            **ended("claim", "2026-01-10"),
            paid=paid,
            in_force=verdict,
        )
        for as_of, paid, verdict in [
            ("2026-01-09", V.NOT_DUE, V.IN_FORCE),
            ("2026-01-10", V.CLAIM, V.CLAIM),
        ]
    ),
    *(
        edge(
            *(f"as of {as_of} {status} on 2025-04-20", "2025-04-10", None, as_of),
            **ended(status, "2025-04-20"),
            paid=paid,
            in_force=verdict,
        )
        for status, left in [
            ("free_look_cancelled", V.FREE_LOOK),
            ("transferred_out", V.TRANSFERRED_OUT),
        ]
        for as_of, paid, verdict in [
            ("2025-04-19", V.NOT_DUE, V.IN_FORCE),
            ("2025-04-20", left, left),
        ]
    ),
    edge(
        "transferred out long after it was judged",
        "2025-04-10",
        {"2026-04-10": "2026-04-10"},
        **ended("transferred_out", "2027-03-01"),
        paid=V.TRANSFERRED_OUT,
        in_force=V.TRANSFERRED_OUT,
    ),
    # the own grace of a product, shorter or longer than the book's
    *(
        edge(
            *(f"{product} paid on {paid_on}", "2025-04-30", {"2026-04-30": paid_on}),
            product=product,
            paid=paid,
            in_force=V.IN_FORCE,
        )
        for product, paid_on, paid in [
            ("短险", "2026-05-30", V.PAID),
            ("短险", "2026-05-31", V.PAID_LATE),
            ("长险", "2026-07-29", V.PAID),
            ("长险", "2026-07-30", V.PAID_LATE),
        ]
    ),
    # what asks for nothing is kept, and owed by nobody: see also the amounts below
    *(
        edge(
            f"paid up, {title}",
            *("2025-04-10", ledger, as_of),
            status="paid_up",
            paid=paid,
            in_force=V.IN_FORCE,
        )
        for title, ledger, as_of, paid in [
            ("the ledger lists it", {"2026-04-10": None}, LONG_AFTER, V.NOTHING_DUE),
            ("the ledger lists it", {"2026-04-10": None}, "2026-05-01", V.NOTHING_DUE),
            ("the ledger lists nothing", {}, LONG_AFTER, V.NOTHING_DUE),
            ("the ledger lists nothing", {}, "2026-04-01", V.NOTHING_DUE),
            ("paid in time before", {"2026-04-10": "2026-04-12"}, LONG_AFTER, V.PAID),
            ("paid too late before", {"2026-04-10": "2026-08-12"}, LONG_AFTER, V.PAID_LATE),
        ]
    ),
    edge(
        *("reinstated", "2025-04-30", {"2026-04-30": "2026-11-02"}),
        paid=V.PAID_LATE,
        in_force=V.IN_FORCE,
    ),
    # an open cohort: what is not lost yet is kept so far
    *(
        edge(f"{title} as of {as_of}", "2025-04-30", ledger, as_of, paid=paid, in_force=V.IN_FORCE)
        for title, ledger, as_of, paid in [
            ("nothing in the ledger", {}, "2026-04-29", V.NOT_DUE),
            ("nothing in the ledger", {}, "2026-04-30", V.IN_GRACE),
            ("nothing in the ledger", {}, "2026-06-29", V.IN_GRACE),
            ("nothing in the ledger", {}, "2026-06-30", V.NO_INSTALMENT),
            ("unpaid", {"2026-04-30": None}, "2026-04-29", V.NOT_DUE),
            ("unpaid", {"2026-04-30": None}, "2026-04-30", V.IN_GRACE),
            ("unpaid", {"2026-04-30": None}, "2026-06-29", V.IN_GRACE),
            ("unpaid", {"2026-04-30": None}, "2026-06-30", V.UNPAID),
            ("paid in advance", {"2026-04-30": "2026-03-01"}, "2026-03-01", V.PAID),
            ("paid the day after", {"2026-04-30": "2026-05-02"}, "2026-05-01", V.IN_GRACE),
        ]
    ),
    edge(
        "in an open cohort grace has ended",
        *("2025-04-01", {"2026-04-01": None}, "2026-06-01"),
        paid=V.UNPAID,
        in_force=V.IN_FORCE,
    ),
    # the grace of an instalment due on the last of January ends the day after its cohort is judged
    *(
        edge(f"unpaid as of {as_of}, at a month's end", *january, paid=paid, in_force=V.IN_FORCE)
        for as_of, paid_on, paid in [
            ("2026-03-30", None, V.IN_GRACE),
            ("2026-03-31", None, V.UNPAID),
            ("2026-04-01", "2026-04-01", V.PAID),
        ]
        for january in [("2025-01-31", {"2026-01-31": paid_on}, as_of)]
    ),
    # every instalment of the year that is due by the judging date, each in its own grace
    *(
        edge(f"monthly, {title}", "2025-04-10", ledger, paid=paid, in_force=V.IN_FORCE, **MONTHLY)
        for title, ledger, paid in [
            ("all there", IN_TIME, V.PAID),
            ("one unpaid", IN_TIME | {"2026-05-10": None}, V.UNPAID),
            ("one paid late", IN_TIME | {"2026-05-10": "2026-07-10"}, V.PAID_LATE),
            (
                "the last one due on the judging date unpaid",
                IN_TIME | {"2026-06-30": None},
                V.UNPAID,
            ),
            ("one due after the judging date unpaid", IN_TIME | {"2026-07-10": None}, V.PAID),
            ("one of the year before unpaid", IN_TIME | {"2026-04-09": None}, V.PAID),
            ("one that the ledger does not know", {"2026-04-10": "2026-04-10"}, V.NO_INSTALMENT),
            ("none in the ledger", {}, V.NO_INSTALMENT),
        ]
    ),
    edge(
        "zero premium",
        *("2025-04-10", {"2026-04-10": "2026-04-10"}),
        annual_premium="0",
        paid=V.PAID,
        in_force=V.IN_FORCE,
    ),
    # the premium term: after one year nothing is due any more
    *(
        edge(
            f"a premium term of {years} years",
            "2025-04-10",
            premium_term_years=years,
            paid=paid,
            in_force=V.IN_FORCE,
        )
        for years, paid in [(1, V.TERM_OVER), (2, V.NO_INSTALMENT)]
    ),
    # suspension is lost unless switched, and asked only of what is neither paid nor ended
    *(
        edge(
            f"suspended, {title}",
            *spring,
            on=on,
            status="suspended",
            paid=paid,
            in_force=V.IN_FORCE,
        )
        for title, paid_on, on, paid in [
            ("its switch off", None, None, V.UNPAID),
            ("its switch on", None, "suspended", V.SUSPENDED),
            ("its switch on, but paid in time", "2026-04-10", "suspended", V.PAID),
            ("its switch on, paid late", "2026-06-10", "suspended", V.SUSPENDED),
        ]
        for spring in [("2025-04-10", {"2026-04-10": paid_on})]
    ),
    edge(
        *("suspended in an open cohort", "2025-04-30", None, "2026-05-29"),
        status="suspended",
        paid=V.IN_GRACE,
        in_force=V.IN_ARREARS,
    ),
    # an end date ends it, whatever its status says
    *(
        edge(
            *(f"suspended in an open cohort, and ended {title}", "2025-04-30", None, "2026-05-29"),
            status="suspended",
            ended_on=ended_on,
            paid=paid,
            in_force=in_force,
        )
        for title, ended_on, paid, in_force in [
            ("on the day it is seen", "2026-05-29", V.ENDED, V.ENDED),
            ("a day later", "2026-05-30", V.IN_GRACE, V.IN_ARREARS),
        ]
    ),
    # each exclusion switched off
    edge(
        *("single premium", "2025-04-10"),
        payment_mode="single",
        paid=V.SINGLE_PREMIUM,
        in_force=V.SINGLE_PREMIUM,
    ),
    edge(
        *("single premium, counted", "2025-04-10"),
        off="single_premium",
        payment_mode="single",
        paid=V.NOTHING_DUE,
        in_force=V.IN_FORCE,
    ),
    edge(
        *("single premium, counted, surrendered", "2025-04-10"),
        off="single_premium",
        payment_mode="single",
        **ended("surrendered", "2026-04-30"),
        paid=V.ENDED,
        in_force=V.ENDED,
    ),
    edge(
        *("term over, counted", "2025-04-10"),
        off="term_over",
        premium_term_years=1,
        paid=V.NOTHING_DUE,
        in_force=V.IN_FORCE,
    ),
    edge(
        *("term over, counted, and yet in the ledger", "2025-04-10", {"2026-04-10": None}),
        off="term_over",
        premium_term_years=1,
        paid=V.UNPAID,
        in_force=V.IN_FORCE,
    ),
    *(
        edge(
            *(f"{status}, counted", "2025-04-10"),
            off=off,
            **ended(status, "2025-04-20"),
            paid=V.ENDED,
            in_force=V.ENDED,
        )
        for status, off in [
            ("free_look_cancelled", "free_look"),
            ("transferred_out", "transferred_out"),
            ("claim", "claim"),
        ]
    ),
]


@cast.on_one
@pytest.mark.parametrize(("issued", "ledger", "facts", "ask", "verdicts"), EDGES)
def test_an_edge(
    book: peewee.Database,
    issued: str,
    ledger: Ledger,
    facts: dict[str, Any],
    ask: Question,
    verdicts: tuple[Verdict, Verdict],
) -> None:
    stands_as(issued, ledger, facts, ask, verdicts)


@cast.on_postgresql
def test_every_edge_on_postgresql(book: peewee.Database) -> None:
    for each in EDGES:
        with books.taken_back():
            stands_as(*each.values)


def stands_as(
    issued: str,
    ledger: Ledger,
    facts: dict[str, Any],
    ask: Question,
    verdicts: tuple[Verdict, Verdict],
) -> None:
    """Lin Wei's policy is this to the two definitions, alone and in the row of its cohort."""
    people = cast.people()
    policy = cast.give_policy(people.lin_wei, "P001", issued, **facts)
    for due, paid_on in ledger.items():
        cast.give_premium(policy, due, paid_on=paid_on)
    a_ledger_of_old(people)
    for definition, verdict in zip(("paid", "in-force"), verdicts, strict=True):
        asked = replace(
            ask, definition=definition, basis="count", first=day(issued), last=day(issued)
        )
        (line,) = [each for each in books.listed(asked) if each.policy_no == "P001"]
        assert (definition, line.reason) == (definition, verdict.name.lower()), (issued, facts)
        assert (line.counted, line.persisting) == (verdict not in LEFT_OUT, verdict in KEPT)
        (row,) = [each for each in books.audit(asked).rows if each.key == line.cohort]
        assert (row.issued, row.counted, row.persisting) == (1, line.counted, line.persisting)


def a_ledger_of_old(people: cast.Cast) -> None:
    """Zhou Ming's, so that the book has a premium ledger that goes back far enough."""
    of_old = cast.give_policy(people.zhou_ming, "P900", "2010-01-05")
    cast.give_premium(of_old, "2011-01-05", paid_on="2011-01-05")


def test_every_verdict_is_kept_lost_or_left_out() -> None:
    assert {*LEFT_OUT, *KEPT, *LOST} == set(Verdict)
    assert len(LEFT_OUT) + len(KEPT) + len(LOST) == len(Verdict)


@cast.on_one
@pytest.mark.parametrize(
    ("issued", "month", "definition", "grace", "judged"),
    [
        ("2025-04-01", 13, "paid", 60, "2026-06-30"),  # June judges April of last year
        ("2025-04-30", 13, "paid", 31, "2026-06-30"),
        ("2025-04-30", 13, "paid", 30, "2026-05-31"),
        ("2025-04-30", 13, "paid", 0, "2026-04-30"),
        ("2025-12-31", 13, "paid", 60, "2027-02-28"),
        ("2022-12-01", 13, "paid", 60, "2024-02-29"),
        ("2025-04-30", 25, "paid", 60, "2027-06-30"),
        ("2025-04-01", 13, "in-force", 60, "2026-05-30"),
        ("2025-01-01", 13, "in-force", 60, "2026-02-28"),
        ("2025-01-31", 37, "in-force", 60, "2028-02-29"),
        ("2024-02-01", 13, "in-force", 60, "2025-03-29"),
    ],
)
def test_a_cohort_is_complete_from_its_judging_date_on(
    book: peewee.Database, issued: str, month: int, definition: str, grace: int, judged: str
) -> None:
    sold = contract("P001", issued, 1_000)
    sold = replace(
        sold, ledger=(Instalment(plain.months_after(sold.issued, month - 1), 100_000, None),)
    )
    on = day(judged)
    for as_of, is_complete in ((on - plain.timedelta(days=1), False), (on, True)):
        ask = Question(as_of, month, definition, grace_days=grace)
        audit = figure([sold], ask)
        assert [row.complete for row in audit.rows] == [is_complete]
        assert audit.total.issued == int(is_complete)


# ------------------------------------------------------------------------- amounts, agents, windows


@pytest.mark.parametrize(
    ("mode", "premium", "amounts", "kept", "surplus"),
    [
        ("annual", 1_000, [950], 950, 0),  # an annual instalment counts as what it is
        ("annual", 1_000, [1_200], 1_000, 200),  # and never as more than the year's premium
        ("annual", 1_000, [2_500], 1_000, 1_500),
        ("annual", 1_000, [600, 500], 1_000, 100),  # billed in two parts
        ("annual", 1_000, [0], 1_000, 0),  # nothing was asked for
        ("annual", 1_000, [0, 950], 950, 0),
        ("semiannual", 1_000, [510], 1_000, 0),  # in other modes the year's premium does
        ("monthly", 1_200, [100, 100, 100], 1_200, 0),
        ("monthly", 1_200, [100, 0, 100], 1_200, 0),
    ],
)
def test_an_annual_instalment_counts_as_it_is_in_other_modes_the_years_premium(
    book: peewee.Database, mode: str, premium: int, amounts: list[int], kept: int, surplus: int
) -> None:
    ledger = tuple(
        Instalment(date(2026, 4 + number, 10), amount * 100, date(2026, 4 + number, 10))
        for number, amount in enumerate(amounts)
    )
    sold = Contract("P001", day("2025-04-10"), premium * 100, LI, mode, ledger=ledger)
    ask = Question(day("2026-06-30"), definition="paid")
    with books.taken_back():
        books.put([sold], [LI])
        total = books.audit(ask).total
        (line,) = books.listed(ask)
    assert (total.premium_counted, total.premium_persisting) == (premium, kept)
    assert (line.premium_persisting, line.surplus) == (kept, surplus)


ZHANG, WANG = Agent("A002", "二部", "上海"), Agent("A900", "九部", "北京")


@pytest.mark.parametrize(
    ("whose", "as_of", "past", "agent_no"),
    [
        ("serving", "2026-06-30", [], "A001"),
        ("serving", "2026-06-30", [(ZHANG, "2026-06-30")], "A001"),  # served from that day on
        ("serving", "2026-06-30", [(ZHANG, "2026-07-01")], "A002"),
        ("serving", "2027-06-30", [(ZHANG, "2026-07-01")], "A002"),  # as on the judging date
        ("serving", "2026-06-30", [(ZHANG, "2025-05-01"), (WANG, "2026-06-30")], "A001"),
        ("serving", "2026-06-30", [(ZHANG, "2025-05-01"), (WANG, "2026-07-01")], "A900"),
        ("serving", "2025-04-30", [(ZHANG, "2025-05-01"), (WANG, "2026-07-01")], "A002"),
        ("writing", "2026-06-30", [(ZHANG, "2025-05-01"), (WANG, "2026-07-01")], "A002"),
        ("writing", "2026-06-30", [], "A001"),
    ],
)
def test_a_policy_is_its_agents_of_the_judging_date_or_the_first_ones(
    book: peewee.Database,
    whose: str,
    as_of: str,
    past: list[tuple[Agent, str]],
    agent_no: str,
) -> None:
    sold = contract("P001", "2025-04-10", 1_000, "2026-04-10")
    sold = replace(sold, past_agents=tuple((agent, day(until)) for agent, until in past))
    ask = Question(day(as_of), definition="paid", whose=whose)
    with books.taken_back():
        books.put([sold], [LI, ZHANG, WANG])
        assert [line.agent_no for line in books.listed(ask)] == [agent_no]
        if ask.as_of >= day("2026-06-30"):
            by_agent = books.audit(replace(ask, by="agent"))
            assert [row.key for row in by_agent.rows] == [agent_no]
            assert books.audit(replace(ask, agent_no=agent_no)).total.issued == 1


def test_a_rolling_figure_is_a_cohort_and_the_eleven_before_it(book: peewee.Database) -> None:
    months = ["2024-04-30", "2024-05-01", "2025-03-31", "2025-04-01", "2025-05-01"]
    sold = [contract(f"P{n}", issued, 10**n, None) for n, issued in enumerate(months)]
    ask = Question(day("2026-05-31"), basis="count", is_rolling=True, first=day("2025-03-01"))
    rows = figure(sold, ask).rows
    assert [(row.key, row.premium_counted, row.complete) for row in rows][:3] == [
        ("2025-03", 111, True),
        ("2025-04", 1_110, True),
        ("2025-05", 11_100, False),
    ]
    total = figure(sold, ask).total
    assert total.premium_counted == 1_110, "the last complete twelve"


def test_june_judges_may_of_the_year_before_last_to_april_by_unit_too(
    book: peewee.Database,
) -> None:
    months = ["2024-04-30", "2024-05-01", "2025-04-30", "2025-05-01"]
    sold = [contract(f"P{n}", issued, 10**n, None, None) for n, issued in enumerate(months)]
    for by in ("agent", "team", "branch", "product"):
        ask = Question(day("2026-06-30"), definition="paid", by=by, is_rolling=True)
        assert figure(sold, ask).total.premium_counted == 110


@pytest.mark.parametrize(
    ("first_due", "shown"),
    [
        ("2026-03-01", ["2025-03", "2025-04"]),
        ("2026-03-31", ["2025-03", "2025-04"]),  # the month counts, not the day
        ("2026-04-01", ["2025-04"]),
        ("2026-04-30", ["2025-04"]),
        ("2026-05-01", []),
    ],
)
def test_cohorts_whose_instalments_the_ledger_does_not_reach_are_left_out(
    book: peewee.Database, first_due: str, shown: list[str]
) -> None:
    sold = [contract("P001", "2025-03-15", 1_000), contract("P002", "2025-04-15", 1_000)]
    # of an older policy, judged at another month
    ledger = (Instalment(day(first_due), 100_000, None),)
    of_old = replace(contract("P900", "2020-01-01", 1_000), ledger=ledger)
    ask = Question(day("2026-06-30"), definition="paid", last=day("2025-04-30"))
    if shown:
        assert [row.key for row in figure([*sold, of_old], ask).rows] == shown
    else:
        with pytest.raises(errors.NotMeasurable):
            figure([*sold, of_old], ask)


@pytest.mark.parametrize(("second", "kept"), [("2027-04-09", False), ("2027-04-10", True)])
def test_the_year_that_decides_ends_where_the_next_one_begins(
    book: peewee.Database, second: str, kept: bool
) -> None:
    """Seen only where grace, and with it the judging date, is longer than that year."""
    paid, unpaid = Instalment(day("2026-04-10"), 100_000, day("2026-04-10")), day(second)
    sold = contract("P001", "2025-04-10", 1_000)
    sold = replace(sold, ledger=(paid, Instalment(unpaid, 100_000, None)))
    ask = Question(day("2027-12-31"), definition="paid", grace_days=400)
    assert figure([sold], ask).total.persisting == int(kept)


def test_a_rolling_figure_leaves_out_cohorts_that_the_ledger_does_not_reach(
    book: peewee.Database,
) -> None:
    before_it = contract("P001", "2024-12-10", 1_000)  # nobody knows whether its premium was paid
    sold = [before_it, contract("P002", "2025-04-10", 1_000, "2026-04-10")]
    ask = Question(day("2026-06-30"), definition="paid")
    assert share(figure(sold, ask).total) == 1
    assert share(figure(sold, replace(ask, is_rolling=True)).total) == 1


def test_the_rolling_total_is_the_last_complete_row_though_nothing_was_sold_since(
    book: peewee.Database,
) -> None:
    sold = [contract("P001", "2020-04-10", 1_000)]
    audit = figure(sold, Question(day("2026-06-30"), is_rolling=True))
    assert audit.rows[-1].key == "2021-03"
    assert audit.total == replace(audit.rows[-1], key="total")


# -------------------------------------------------------------------------------- what is refused

EURO = replace(SPRING[2], currency="EUR")
YUAN = [replace(each, currency="CNY") for each in SPRING[:2]]
IN_TWO = [*YUAN, EURO]

REFUSED: dict[str, tuple[list[Contract], Question, Any, list[str]]] = {
    "no policy by then": (
        SPRING,
        Question(day("2025-04-09")),
        errors.NotMeasurable,
        ["2025-04-10", "2025-04-09"],
    ),
    "an empty book": ([], Question(day("2026-06-30")), errors.NotMeasurable, ["no policy"]),
    "month 14": (SPRING, Question(day("2026-06-30"), 14), errors.NotMeasurable, ["14", "13, 25"]),
    "no ledger": (
        [contract("P001", "2025-04-10", 1_000)],
        Question(day("2026-06-30"), definition="paid"),
        errors.NotMeasurable,
        ["paid", "ledger"],
    ),
    "from after to": (
        SPRING,
        Question(day("2026-08-31"), first=day("2025-06-01"), last=day("2025-05-01")),
        errors.NotMeasurable,
        ["2025-06", "2025-05"],
    ),
    "nothing complete by agent": (
        SPRING,
        Question(day("2026-05-29"), by="agent"),
        errors.NotMeasurable,
        ["2026-05-29", "2025-04", "2026-05-30"],
    ),
    "nobody's product": (
        SPRING,
        Question(day("2026-08-31"), product="年金"),
        errors.NotMeasurable,
        ["no policy", "selection"],
    ),
    "cohorts to come": (
        SPRING,
        Question(day("2026-08-31"), first=day("2026-09-01")),
        errors.NotMeasurable,
        ["2026-08-31"],
    ),
    "two currencies": (
        IN_TWO,
        Question(day("2026-08-31")),
        errors.NotMeasurable,
        ["CNY", "EUR", "do not add up"],
    ),
    "an unknown branch": (
        SPRING,
        Question(day("2026-08-31"), branch="天津"),
        errors.BranchNotFound,
        ["branch", "天津"],
    ),
    "an unknown team": (
        SPRING,
        Question(day("2026-08-31"), team="七部"),
        errors.TeamNotFound,
        ["team", "七部"],
    ),
    "an unknown agent": (
        SPRING,
        Question(day("2026-08-31"), agent_no="A777"),
        errors.AgentNotFound,
        ["agent", "A777"],
    ),
}


@pytest.mark.parametrize(("sold", "ask", "error", "parts"), REFUSED.values(), ids=REFUSED)
def test_a_question_that_has_no_answer_is_refused_in_one_sentence(
    book: peewee.Database, sold: list[Contract], ask: Question, error: Any, parts: list[str]
) -> None:
    with pytest.raises(error) as refusal:
        figure(sold, ask)
    sentence = english(refusal.value)
    assert len(sentence.splitlines()) == 1
    for part in parts:
        assert part in sentence


@pytest.mark.parametrize(
    "ask",
    [
        Question(day("2026-08-31"), basis="count"),
        Question(day("2026-08-31"), currency="CNY"),
        Question(day("2026-08-31"), last=day("2025-04-01")),  # all of one currency
    ],
    ids=["by count", "one of them", "another month"],
)
def test_two_currencies_are_refused_only_where_they_would_be_added(
    book: peewee.Database, ask: Question
) -> None:
    assert figure(IN_TWO, ask).total.issued > 0


@cast.on_one
def test_a_currency_that_the_first_policies_lack_is_the_book_s_if_it_is_the_only_one(
    book: peewee.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "LOOKED_AT", 1)
    nameless = replace(SPRING[0], currency="")
    ask = Question(day("2026-08-31"))
    with books.taken_back():
        assert figure([nameless, YUAN[1]], ask).total.issued == 2
    with books.taken_back(), pytest.raises(errors.NotMeasurable) as refusal:
        figure([nameless, YUAN[1], EURO], ask)
    assert "CNY and EUR" in english(refusal.value)


@cast.on_one
def test_a_currency_of_policies_that_do_not_count_is_no_second_one(book: peewee.Database) -> None:
    single = replace(EURO, mode="single")
    assert figure([*YUAN, single], Question(day("2026-08-31"))).total.issued == 3


def test_a_zero_premium_counts_as_a_policy_and_weighs_nothing(book: peewee.Database) -> None:
    free = [contract("P001", "2025-04-10", 0, "2026-04-10")]
    by_premium = figure(free, Question(day("2026-06-30"), definition="paid")).total
    by_count = figure(free, Question(day("2026-06-30"), definition="paid", basis="count")).total
    assert (by_premium.counted, by_premium.persisting, by_premium.ratio) == (1, 1, None)
    assert share(by_count, "count") == 1
