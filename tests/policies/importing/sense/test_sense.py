"""What makes no sense is taken as it stands, counted, and told with its lines."""

import itertools
from pathlib import Path
from typing import Any

import peewee
import pytest

from policies.importing import importer
from policies.models import Client
from tests import cast
from tests.policies.importing.book_files import Imported, load, load_ledger, row, zhou_mings


def told(found: Imported) -> dict[str, list[int]]:
    """The lines of what is told, by its code."""
    return {each.code: list(each.facts["lines"]) for each in found.outcome.warnings}


ENDS = [  # joined on 2026-01-15, issued on 2025-08-31; the last: whether it is told again
    ("in_force", "", "", False),
    ("surrendered", "2026-01-15", "", False),
    ("surrendered", "2025-12-31", "", False),
    ("surrendered", "2026-01-16", "ended_ahead", True),
    ("matured", "2045-08-31", "ended_ahead", True),
    ("in_force", "2026-01-15", "in_force_past_end", True),
    ("suspended", "2025-12-31", "in_force_past_end", True),
    ("claim", "", "ended_without_date", False),
    ("in_force", "2045-08-31", "end_is_maturity", False),
    ("in_force", "2045-08-30", "end_is_maturity", False),
    ("in_force", "2045-07-31", "", False),
    ("", "2025-12-31", "", False),
    ("", "2045-08-31", "end_is_maturity", False),
]


@pytest.mark.parametrize(("status", "ended_on", "code", "is_told_again"), ENDS)
@cast.on_one
def test_a_status_and_an_end_that_contradict_each_other_are_told(
    book: peewee.Database,
    tmp_path: Path,
    status: str,
    ended_on: str,
    code: str,
    is_told_again: bool,
) -> None:
    rows = row(status=status, ended_on=ended_on), zhou_mings(status="", ended_on="2025-12-31")
    first, again = (load(tmp_path, *rows, read_by="this program") for _ in range(2))
    asks = {"claim_asks"} if status == "claim" else set()
    assert {each.code for each in first.outcome.warnings} - asks == ({code} if code else set())
    assert {each.code for each in again.outcome.warnings} == ({code} if is_told_again else set())


@cast.on_one
def test_a_few_anniversaries_are_no_maturity_dates(book: peewee.Database, tmp_path: Path) -> None:
    ends = ["2045-08-31", *["2045-07-31"] * 2]
    rows = [row(f"P{place}", ended_on=each) for place, each in enumerate(ends)]
    assert told(load(tmp_path, *rows)) == {}


CONSENTS = [
    (["yes", "no"], False, True),
    (["yes", "yes"], True, False),
    (["", "no"], False, False),
    (["", "yes"], True, False),
    (["yes", "", "no", "yes"], False, True),
    ([""], None, False),
]


@pytest.mark.parametrize("rows_at_a_time", [1, 2, 9])
@pytest.mark.parametrize(("cells", "consent", "is_told"), CONSENTS)
@cast.on_one
def test_the_strictest_row_decides_on_consent_in_any_order(
    book: peewee.Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cells: list[str],
    consent: bool | None,
    is_told: bool,
    rows_at_a_time: int,
) -> None:
    monkeypatch.setattr(importer, "BATCH_ROWS", rows_at_a_time)
    for order in set(itertools.permutations(cells)):
        rows = [row(f"P{place}", marketing_consent=each) for place, each in enumerate(order)]
        found = load(tmp_path, *rows, read_by="this program")
        assert cast.lin_wei().marketing_consent == consent
        assert ("consent_contradicts" in told(found)) == is_told


AGAIN = [
    ["yes", "no"],
    ["no", "yes"],
    ["", "yes"],
    ["yes", "", "no", "yes"],
    ["no", "no", "yes"],
]


@pytest.mark.parametrize("read_by", ["", "this program"])
@pytest.mark.parametrize("rows_at_a_time", [1, 2, 9])
@pytest.mark.parametrize("cells", AGAIN)
@cast.on_one
def test_a_contradictory_file_changes_nothing_when_it_comes_again(
    book: peewee.Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cells: list[str],
    rows_at_a_time: int,
    read_by: str,
) -> None:
    monkeypatch.setattr(importer, "BATCH_ROWS", rows_at_a_time)
    rows = [row(f"P{place}", marketing_consent=each) for place, each in enumerate(cells)]
    first = load(tmp_path, *rows, read_by=read_by)
    trail = len(cast.trail_of(cast.lin_wei()))
    for day in ("2026-01-20", "2026-01-25"):
        again = load(tmp_path, *rows, read_by=read_by, joined=day)
        assert (again.counts, again.warnings) == ((0, 0, len(rows), 0), first.warnings)
    assert cast.lin_wei().consent_on == cast.day("2026-01-15")
    assert len(cast.trail_of(cast.lin_wei())) == trail


@pytest.mark.parametrize("rows_at_a_time", [1, 2, 9])
@cast.on_one
def test_a_consent_that_is_given_later_counts_once(
    book: peewee.Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows_at_a_time: int
) -> None:
    monkeypatch.setattr(importer, "BATCH_ROWS", rows_at_a_time)
    rows = [[row(f"P{n}", marketing_consent=each) for n in range(3)] for each in ("no", "yes")]
    load(tmp_path, *rows[0])
    found = load(tmp_path, *rows[1], joined="2026-01-20")
    assert (found.counts, found.warnings) == ((0, 1, 2, 0), [])
    assert cast.lin_wei().marketing_consent is True
    assert cast.lin_wei().consent_on == cast.day("2026-01-20")
    assert load(tmp_path, *rows[1]).counts == (0, 0, 3, 0)


@pytest.mark.parametrize("cells", [["none", "sms"], ["sms", "none"], ["", "none", "email"]])
@cast.on_one
def test_who_wants_no_messages_gets_none(
    book: peewee.Database, tmp_path: Path, cells: list[str]
) -> None:
    rows = [row(f"P{place}", channel=each) for place, each in enumerate(cells)]
    found = load(tmp_path, *rows)
    assert (cast.lin_wei().channel, [*told(found)]) == ("none", ["channel_contradicts"])


@cast.on_one
def test_a_conflict_names_its_lines_and_both_values(book: peewee.Database, tmp_path: Path) -> None:
    rows = (
        row("P1", language="en", phone="13812345678"),
        row("P2", language="zh", phone="13912345678"),
    )
    assert load(tmp_path, *rows).warnings == [
        "1 row describes its client differently from an earlier row, which was kept:"
        " C001 (language 'en' in line 2, 'zh' in line 3;"
        " phone '+8613…78' in line 2, '+8613…78' in line 3)"
    ]


@cast.on_one
def test_two_addresses_are_kept_and_told_each_time(book: peewee.Database, tmp_path: Path) -> None:
    both = "lin@example.com; wei@example.com"
    for _ in range(2):
        found = load(tmp_path, row(email=both), zhou_mings(), read_by="this program")
        assert told(found) == {"several_addresses": [2]}
        assert both.split()[1] not in " ".join(found.warnings)
    assert cast.lin_wei().email == both


AGENTS = [
    ([row()], {"new_agents": [3]}),
    ([row(agent_no="A900")], {}),
    ([], {}),
]


@pytest.mark.parametrize(("before", "found"), AGENTS)
@cast.on_one
def test_an_agent_whom_the_book_never_had_is_told_once(
    book: peewee.Database, tmp_path: Path, before: list[Any], found: dict[str, list[int]]
) -> None:
    if before:
        load(tmp_path, *before)
    rows = row(agent_no=before[0]["agent_no"] if before else "A001"), zhou_mings()
    assert told(load(tmp_path, *rows)) == found
    assert told(load(tmp_path, *rows)) == {}


@cast.on_one
def test_a_branch_that_the_book_never_had_is_told_once(
    book: peewee.Database, tmp_path: Path
) -> None:
    assert told(load(tmp_path, row(branch="上海"))) == {}
    rows = row(branch="上海"), zhou_mings(branch="北京")
    assert told(load(tmp_path, *rows)) == {"new_agents": [3], "new_branches": [3]}
    assert told(load(tmp_path, *rows)) == {}


@pytest.mark.parametrize(("count", "is_told"), [(2, False), (3, True)])
@cast.on_one
def test_issue_dates_whose_day_and_month_are_exchanged_are_told(
    book: peewee.Database, tmp_path: Path, count: int, is_told: bool
) -> None:
    load(tmp_path, *(row(f"P{place}", issue_date="2025-06-05") for place in range(3)))
    rows = [row(f"P{place}", issue_date="2025-05-06") for place in range(count)]
    assert ("issue_dates_swapped" in told(load(tmp_path, *rows))) == is_told


PREMIUMS = [  # a year's premium of those who pay monthly, where those who pay yearly pay 1,200
    ("100", True),
    ("80", True),
    ("70", False),
    ("1200", False),
    ("300", False),
]


@pytest.mark.parametrize(("monthly", "is_told"), PREMIUMS)
@cast.on_one
def test_premiums_that_look_like_instalments_are_told_once(
    book: peewee.Database, tmp_path: Path, monthly: str, is_told: bool
) -> None:
    rows = [
        row(f"{mode}{place}", payment_mode=mode, annual_premium=premium)
        for mode, premium in (("annual", "1200"), ("monthly", monthly))
        for place in range(20)
    ]
    found = load(tmp_path, *rows)
    assert told(found) == ({"premium_is_instalment": [*range(22, 32)]} if is_told else {})
    assert not is_told or found.outcome.warnings[0].facts["count"] == 20
    assert told(load(tmp_path, *rows)) == {}


@pytest.mark.parametrize(("amount", "is_told"), [("12000", True), ("6000", False), ("0", False)])
@cast.on_one
def test_an_instalment_as_large_as_a_years_premium_is_told(
    book: peewee.Database, tmp_path: Path, amount: str, is_told: bool
) -> None:
    load(tmp_path, row(payment_mode="semiannual"))
    ledger = [
        {"policy_no": "P001", "due_date": day, "amount": amount}
        for day in ("2026-02-28", "2026-08-31")
    ]
    assert told(load_ledger(tmp_path, *ledger)) == (
        {"premium_is_instalment": [2]} if is_told else {}
    )
    assert told(load_ledger(tmp_path, *ledger)) == {}


@pytest.mark.parametrize(("term", "is_told"), [("1", True), ("20", False)])
@cast.on_one
def test_a_book_of_single_premiums_is_told(
    book: peewee.Database, tmp_path: Path, term: str, is_told: bool
) -> None:
    rows = [row(f"P{place}", premium_term_years=term) for place in range(20)]
    assert ("premium_is_single" in told(load(tmp_path, *rows))) == is_told


@cast.on_one
def test_a_single_premium_with_instalments_of_two_years_is_told(
    book: peewee.Database, tmp_path: Path
) -> None:
    load(tmp_path, row(payment_mode="single"))
    ledger = [
        {"policy_no": "P001", "due_date": day, "amount": "1"}
        for day in ("2026-02-28", "2027-02-28")
    ]
    assert told(load_ledger(tmp_path, *ledger)) == {"single_in_instalments": [3]}
    assert Client.select().count() == 1
