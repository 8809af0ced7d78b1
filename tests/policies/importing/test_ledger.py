"""The premium ledger: what is due, what was paid, and what a change leaves on the card."""

from pathlib import Path

import peewee
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies import errors
from policies.database import database
from policies.importing import importer as books
from policies.models import BookImport, Premium
from servicing.core.models import CardEntry
from tests import cast
from tests.policies.imagined import each_rolled_back, examples
from tests.policies.importing.book_files import everything, load_file, load_ledger, mapping_of
from tests.refusals import refuses


def due(policy_no: str = "P001", due_date: str = "2026-08-31", **facts: str) -> dict[str, str]:
    """A row of the ledger: an instalment of Lin Wei's that is not paid, unless it says so."""
    known = {"policy_no": policy_no, "due_date": due_date, "amount": "12000", "paid_on": ""}
    return {**known, **facts}


def ledger() -> list[tuple[str, str, str, str | None]]:
    """Every instalment as the book has it."""
    return [
        (
            each.policy.policy_no,
            str(each.due_date),
            str(each.amount),
            each.paid_on and str(each.paid_on),
        )
        for each in Premium.select().order_by(Premium.policy, Premium.due_date)
    ]


def test_a_ledger_is_taken_in_and_remembered(book: peewee.Database, tmp_path: Path) -> None:
    cast.everybody()
    found = load_ledger(
        tmp_path,
        due("P001", "2025-08-31", paid_on="2025-08-31"),
        due("P001", "2026-08-31"),
        due("P900", "2026-08-31", amount="1,234.50"),
    )
    assert found.counts == (3, 0, 0, 0)
    assert ledger() == [
        ("P001", "2025-08-31", "12000.00", "2025-08-31"),
        ("P001", "2026-08-31", "12000.00", None),
        ("P900", "2026-08-31", "1234.50", None),
    ]
    done = BookImport.select().order_by(BookImport.id.desc()).get()
    assert (done.kind, done.joined_on, done.rows, done.added) == ("premiums", None, 3, 3)


def test_the_same_ledger_twice_changes_nothing(book: peewee.Database, tmp_path: Path) -> None:
    cast.everybody()
    rows = [due("P001"), due("P002", paid_on="2026-08-30"), due("P001", "2027-08-31")]
    load_ledger(tmp_path, *rows)
    before = ledger()
    assert load_ledger(tmp_path, *rows).counts == (0, 0, 3, 0)
    assert ledger() == before
    assert cast.trail_of(cast.lin_wei()) == []


@pytest.mark.parametrize(
    ("before", "after", "kind", "facts"),
    [
        (
            due(),
            due(paid_on="2026-08-30"),
            "premium.paid",
            '{"due_date": "2026-08-31", "amount": "12000.00", "paid_on": [null, "2026-08-30"]}',
        ),
        (
            due(paid_on="2026-08-30"),
            due(),
            "premium.changed",
            '{"due_date": "2026-08-31", "amount": "12000.00", "paid_on": ["2026-08-30", null]}',
        ),
        (
            due(paid_on="2026-08-30"),
            due(paid_on="2026-09-02"),
            "premium.changed",
            '{"due_date": "2026-08-31", "amount": "12000.00",'
            ' "paid_on": ["2026-08-30", "2026-09-02"]}',
        ),
        (
            due(),
            due(amount="12500"),
            "premium.changed",
            '{"due_date": "2026-08-31", "amount": "12500.00", "amount_was": "12000.00"}',
        ),
    ],
)
def test_a_changed_instalment_changes_what_it_says_and_leaves_a_trail(
    book: peewee.Database,
    tmp_path: Path,
    before: dict[str, str],
    after: dict[str, str],
    kind: str,
    facts: str,
) -> None:
    cast.everybody()
    load_ledger(tmp_path, before, due("P002"))
    assert load_ledger(tmp_path, after, due("P002")).counts == (0, 1, 1, 0)
    (entry,) = CardEntry.select()
    assert (entry.kind, entry.facts) == (kind, facts)
    assert (entry.client_id, entry.policy_id) == (cast.lin_wei().id, cast.policy().id)
    assert ledger()[0][2:] == (*(f"{after['amount']}.00", after["paid_on"] or None),)


def test_an_instalment_of_a_policy_nobody_knows_is_refused_alone(
    book: peewee.Database, tmp_path: Path
) -> None:
    cast.everybody()
    found = load_ledger(tmp_path, due("P404"), due("P001"))
    assert found.counts == (1, 0, 0, 1)
    assert found.why == ["line 2, policy_no 'P404': no policy of this number is in the book"]


@pytest.mark.parametrize("between", [0, 1, 2])
def test_an_instalment_may_stand_once_in_a_file(
    book: peewee.Database, tmp_path: Path, between: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(books, "BATCH_ROWS", 2)
    cast.everybody()
    others = [due("P002", f"202{number}-08-31") for number in range(between)]
    found = load_ledger(tmp_path, due(amount="1"), *others, due(amount="2"))
    assert found.counts == (1 + between, 0, 0, 1)
    why = "this instalment stands more than once in this file"
    assert found.why == [f"line {3 + between}, due_date '2026-08-31': {why}"]
    again = load_ledger(tmp_path, due(amount="1"), *others, due(amount="2"))
    assert again.counts == (0, 0, 1 + between, 1)


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (due(""), "line 2, policy_no: must not be empty"),
        (due(due_date=""), "line 2, due_date: a date was expected, the cell is empty"),
        (
            due(due_date="2026-02-30"),
            "line 2, due_date '2026-02-30': a date of the calendar as YYYY-MM-DD was expected",
        ),
        (due(amount=""), "line 2, amount: an amount was expected, the cell is empty"),
        (due(amount="-1"), "line 2, amount '-1': an amount of 0 or more was expected"),
        (
            due(amount="1e400"),
            "line 2, amount '1e400': an amount below 1,000,000,000,000 was expected",
        ),
        (
            due(paid_on="yes"),
            "line 2, paid_on 'yes': a date of the calendar as YYYY-MM-DD was expected",
        ),
    ],
)
@cast.on_one
def test_a_bad_row_is_refused_alone(
    book: peewee.Database, tmp_path: Path, bad: dict[str, str], why: str
) -> None:
    cast.everybody()
    found = load_ledger(tmp_path, bad, due("P002"))
    assert (found.counts, found.why) == ((1, 0, 0, 1), [why])


def test_a_ledger_without_paid_on_leaves_payments_alone(
    book: peewee.Database, tmp_path: Path
) -> None:
    cast.everybody()
    load_ledger(tmp_path, due(paid_on="2026-08-30"))
    unsaid = {name: value for name, value in due(amount="12500").items() if name != "paid_on"}
    assert load_ledger(tmp_path, unsaid).counts == (0, 1, 0, 0)
    assert ledger() == [("P001", "2026-08-31", "12500.00", "2026-08-30")]


@pytest.mark.parametrize("column", ["policy_no", "due_date", "amount"])
@cast.on_one
def test_a_ledger_without_a_needed_column_is_refused(
    book: peewee.Database, tmp_path: Path, column: str
) -> None:
    cast.everybody()
    cells = {name: value for name, value in due().items() if name != column}
    with refuses(errors.MissingColumns, match=f"the column {column} is needed"):
        load_ledger(tmp_path, cells)


def test_a_dry_run_of_a_ledger_writes_nothing(book: peewee.Database, tmp_path: Path) -> None:
    cast.everybody()
    load_ledger(tmp_path, due())
    before = everything()
    found = load_ledger(tmp_path, due(paid_on="2026-08-30"), due("P002"), dry_run=True)
    assert found.counts == (1, 1, 0, 0)
    assert everything() == before


@cast.on_one
def test_another_systems_ledger_comes_in_through_a_mapping(
    book: peewee.Database, tmp_path: Path
) -> None:
    cast.everybody()
    mapping = mapping_of(
        tmp_path,
        'date_formats = ["%d.%m.%Y"]\n[columns]\npolicy_no = "Nr"\ndue_date = "Due"\n'
        'amount = "Sum"\n[codes.paid_on]\n"open" = ""\n',
    )
    (tmp_path / "theirs.csv").write_text("Nr,Due,Sum,paid_on\nP001,31.08.2026,99.5,open\n", "utf-8")
    found = load_file(tmp_path / "theirs.csv", kind="premiums", mapping=mapping)
    assert found.counts == (1, 0, 0, 0)
    assert ledger() == [("P001", "2026-08-31", "99.50", None)]


def test_a_payment_stops_the_reminders_still_to_come(book: peewee.Database, tmp_path: Path) -> None:
    cast.everybody(issued="2025-03-31")
    load_ledger(tmp_path, due(due_date="2026-03-31"), due("P002", "2026-03-31"))
    cast.walk_only("2026-03-01")
    load_ledger(tmp_path, due(due_date="2026-03-31", paid_on="2026-03-10"))
    cast.walk_only("2026-03-24")
    assert cast.touchpoints_on("2026-03-01") == ["P001 renewal", "P002 renewal"]
    assert cast.touchpoints_on("2026-03-24") == ["P002 renewal"]


ROWS = st.fixed_dictionaries(
    {
        "policy_no": st.sampled_from(["P001", "P002", "P900", "P404"]),
        "due_date": st.sampled_from(["2026-08-31", "2027-08-31"]),
        "amount": st.sampled_from(["0", "12000", "-1"]),
        "paid_on": st.sampled_from(["", "2026-08-30"]),
    }
)


@settings(each_rolled_back, max_examples=examples(20))
@given(st.lists(ROWS, min_size=1, max_size=6), st.lists(ROWS, min_size=1, max_size=6))
def test_any_ledger_twice_changes_nothing_the_second_time(
    book: peewee.Database,
    tmp_path: Path,
    first: list[dict[str, str]],
    second: list[dict[str, str]],
) -> None:
    with database.atomic() as transaction:
        cast.everybody()
        load_ledger(tmp_path, *first)
        once = load_ledger(tmp_path, *second)
        before = ledger()
        again = load_ledger(tmp_path, *second)
        after = ledger()
        transaction.rollback()
    assert again.counts[:2] == (0, 0)
    assert (again.why, after) == (once.why, before)
