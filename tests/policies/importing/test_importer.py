"""Importing a book: an upsert by number, a trail of every change, and bad rows refused alone."""

import json
from pathlib import Path

import peewee
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies import errors, models
from policies.database import database
from policies.importing import importer as books
from policies.importing.files import rejects
from policies.models import Agent, BookImport, Branch, Client, Policy, Team
from servicing.core.models import CardEntry
from tests import cast
from tests.policies.imagined import each_rolled_back, examples
from tests.policies.importing import book_files
from tests.policies.importing.book_files import JOINED, everything, load, load_file, row, zhou_mings
from tests.refusals import refuses

LATER = cast.day("2026-03-02")

FULL = row(
    product="安心终身寿险",
    payment_mode="annual",
    premium_term_years="20",
    sum_assured="500000",
    currency="CNY",
    status="in_force",
    ended_on="",
    delivered_on="2025-09-03",
    gender="M",
    birthday="1984-02-29",
    phone="13812345678",
    email="lin@example.com",
    language="zh_CN",
    timezone="Asia/Shanghai",
    channel="sms",
    marketing_consent="yes",
    agent_name="陈燕",
    agent_phone="+12025550101",
    agent_email="chen@example.com",
    team="一部",
    branch="上海",
    referred_by="C900",
)
"""A row with something in every column."""


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rows at a time, so that a few rows are many batches."""
    monkeypatch.setattr(books, "BATCH_ROWS", 2)


def facts_of(kind: str) -> list[str]:
    """What the entries of this kind on the cards say."""
    rows = CardEntry.select(CardEntry.facts).where(CardEntry.kind == kind)
    return [facts for (facts,) in rows.order_by(CardEntry.id).tuples()]


# --- Twice the same -----------------------------------------------------------------------------


def test_a_book_is_taken_in_and_remembered(book: peewee.Database, tmp_path: Path) -> None:
    found = load(tmp_path, row(), row("P002"), zhou_mings(), row("", client_no="C002"))
    assert found.counts == (3, 0, 0, 1)
    done = BookImport.get()
    assert (done.file, done.kind, done.joined_on) == ("book.csv", "book", JOINED)
    assert (done.rows, done.added, done.changed, done.unchanged, done.rejected) == (4, 3, 0, 0, 1)
    assert {each.policy_no for each in cast.lin_wei().policies} == {"P001", "P002"}


def test_the_same_file_twice_changes_nothing(book: peewee.Database, tmp_path: Path) -> None:
    rows = [FULL, {**FULL, "policy_no": "P002"}, zhou_mings(status="claim"), row("P003")]
    load(tmp_path, *rows)
    before = everything()
    assert load(tmp_path, *rows, joined=LATER).counts == (0, 0, 4, 0)
    del before["BookImport"]
    assert {name: rows for name, rows in everything().items() if name in before} == before


CELL_POOLS = {
    "status": ["", "in_force", "grace", "suspended", "paid_up", "claim", "matured"],
    "ended_on": ["", "2026-01-31", "2027-12-31", "2025-08-30"],
    "phone": ["", "13812345678", "12"],
    "marketing_consent": ["", "yes", "no"],
    "agent_no": ["A001", "A002"],
    "agent_name": ["", "陈燕", "孙丽"],
    "client_no": ["C001", "C002"],
    "client_name": ["林伟", "周明"],
    "team": ["", "一部"],
    "branch": ["", "上海"],
    "annual_premium": ["0", "12000", "-1"],
    "delivered_on": ["", "2025-09-03"],
    "policy_no": ["P001", "P002", "P003"],
}


@st.composite
def files(draw: st.DrawFn) -> list[dict[str, str]]:
    """A few rows over a few people, not always of one mind."""
    stated = draw(
        st.sets(st.sampled_from([each for each in CELL_POOLS if each not in book_files.ROW]))
    )
    names = [*book_files.ROW, *sorted(stated)]
    cells = {
        name: st.sampled_from(CELL_POOLS.get(name, [book_files.ROW.get(name, "")]))
        for name in names
    }
    return draw(st.lists(st.fixed_dictionaries(cells), min_size=1, max_size=6))


@settings(each_rolled_back, max_examples=examples(20))
@given(files(), files())
@pytest.mark.usefixtures("small_batches")
def test_any_file_twice_changes_nothing_the_second_time(
    book: peewee.Database, tmp_path: Path, first: list[dict[str, str]], second: list[dict[str, str]]
) -> None:
    with database.atomic() as transaction:
        load(tmp_path, *first)
        once = load(tmp_path, *second, joined=LATER)
        before = everything()
        again = load(tmp_path, *second, joined=LATER)
        after = everything()
        transaction.rollback()
    assert again.counts == (
        0,
        0,
        again.outcome.rows - again.outcome.rejected,
        again.outcome.rejected,
    )
    assert again.why == once.why
    del before["BookImport"], after["BookImport"]
    assert after == before


# --- What changed -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "value", "kind", "facts"),
    [
        ("status", "grace", "status.changed", '{"status": ["in_force", "grace"]}'),
        (
            "ended_on",
            "2026-12-31",
            "status.changed",
            '{"ended_on": [null, "2026-12-31"]}',
        ),
        ("agent_no", "A002", "agent.changed", '{"agent_no": ["A001", "A002"]}'),
        (
            "phone",
            "13912345678",
            "contact.changed",
            '{"phone": ["+8613812345678", "+8613912345678"]}',
        ),
        (
            "email",
            "new@example.com",
            "contact.changed",
            '{"email": ["lin@example.com", "new@example.com"]}',
        ),
        ("client_name", "林大伟", "contact.changed", '{"name": ["林伟", "林大伟"]}'),
        (
            "birthday",
            "1984-02-28",
            "contact.changed",
            '{"birthday": ["1984-02-29", "1984-02-28"]}',
        ),
        ("channel", "none", "contact.changed", '{"channel": ["sms", "none"]}'),
        ("marketing_consent", "no", "consent.withdrawn", '{"marketing_consent": [true, false]}'),
        (
            "annual_premium",
            "12500.5",
            "policy.changed",
            '{"annual_premium": ["12000.00", "12500.50"]}',
        ),
        ("product", "另一款", "policy.changed", '{"product": ["安心终身寿险", "另一款"]}'),
        (
            "delivered_on",
            "2025-09-04",
            "policy.changed",
            '{"delivered_on": ["2025-09-03", "2025-09-04"]}',
        ),
        (
            "issue_date",
            "2025-08-30",
            "policy.changed",
            '{"issue_date": ["2025-08-31", "2025-08-30"]}',
        ),
    ],
)
def test_a_changed_row_changes_what_it_says_and_leaves_a_trail(
    book: peewee.Database, tmp_path: Path, column: str, value: str, kind: str, facts: str
) -> None:
    load(tmp_path, FULL, zhou_mings())
    found = load(tmp_path, {**FULL, column: value}, zhou_mings(), joined=LATER)
    assert found.counts == (0, 1, 1, 0)
    assert cast.trail_of(cast.lin_wei()) == [kind]
    assert facts_of(kind) == [facts]
    entry = CardEntry.get()
    assert entry.at == cast.at(LATER, "08:00")
    is_of_policy = kind in ("status.changed", "agent.changed", "policy.changed")
    assert entry.policy_id == (cast.policy().id if is_of_policy else None)


def test_changed_contacts_stand_on_the_card_in_a_lasting_order(
    book: peewee.Database, tmp_path: Path
) -> None:
    """As scripts have read them since the first cards: the phone number at the end."""
    load(tmp_path, FULL)
    load(
        tmp_path,
        {**FULL, "phone": "nonsense", "email": "new@example.com", "timezone": "Asia/Tokyo"},
        joined=LATER,
    )
    (facts,) = facts_of("contact.changed")
    assert list(json.loads(facts)) == ["email", "timezone", "phone", "phone_given"]


def test_a_first_import_leaves_no_trail(book: peewee.Database, tmp_path: Path) -> None:
    load(tmp_path, FULL)
    assert cast.trail_of(cast.lin_wei()) == []


@pytest.mark.parametrize(
    ("column", "value"), [("agent_name", "陈小燕"), ("team", "二部"), ("branch", "苏州")]
)
@cast.on_one
def test_a_changed_agent_is_a_changed_row(
    book: peewee.Database, tmp_path: Path, column: str, value: str
) -> None:
    load(tmp_path, FULL, zhou_mings())
    agents = [{**FULL, column: value}, zhou_mings()]
    assert load(tmp_path, *agents, dry_run=True).counts == (0, 1, 1, 0)
    assert load(tmp_path, *agents).counts == (0, 1, 1, 0)
    assert load(tmp_path, *agents).counts == (0, 0, 2, 0)


def test_a_column_that_is_not_in_the_file_is_left_alone(
    book: peewee.Database, tmp_path: Path
) -> None:
    load(tmp_path, {**FULL, "status": "grace", "ended_on": "2027-01-31"})
    before = everything()
    assert load(tmp_path, row(), joined=LATER).counts == (0, 0, 1, 0)
    after = everything()
    assert after["Policy"] == before["Policy"]
    assert after["Client"] == before["Client"]
    assert after["Agent"] == before["Agent"]


def test_a_file_of_statuses_leaves_the_end_alone(book: peewee.Database, tmp_path: Path) -> None:
    load(tmp_path, row(status="in_force", ended_on="2027-01-31"))
    load(tmp_path, row(status="grace"), joined=LATER)
    assert (cast.policy().status, cast.policy().ended_on) == ("grace", cast.day("2027-01-31"))


SUSPENDED = {"status": "suspended", "ended_on": ""}
TERM = {"status": "in_force", "ended_on": "2045-08-31"}
ENDED = {"status": "surrendered", "ended_on": "2026-02-10"}
WHAT_A_FILE_HAS: list[tuple[dict[str, str], dict[str, str], tuple[str, str | None]]] = [
    # what the book says, what a file of 2 March says: status and end after it
    (SUSPENDED, {}, ("suspended", None)),
    (TERM, {}, ("in_force", "2045-08-31")),
    (ENDED, {}, ("surrendered", "2026-02-10")),
    # status alone
    (SUSPENDED, {"status": "in_force"}, ("in_force", None)),
    (SUSPENDED, {"status": ""}, ("in_force", None)),
    (TERM, {"status": ""}, ("in_force", "2045-08-31")),
    (TERM, {"status": "suspended"}, ("suspended", "2045-08-31")),
    (SUSPENDED, {"status": "terminated"}, ("terminated", "2026-03-02")),
    (ENDED, {"status": "surrendered"}, ("surrendered", "2026-02-10")),
    # ended_on alone
    (SUSPENDED, {"ended_on": ""}, ("suspended", None)),
    (SUSPENDED, {"ended_on": "2026-03-01"}, ("terminated", "2026-03-01")),
    (SUSPENDED, {"ended_on": "2026-03-02"}, ("terminated", "2026-03-02")),
    (SUSPENDED, {"ended_on": "2026-03-03"}, ("suspended", "2026-03-03")),
    (SUSPENDED, {"ended_on": "2045-08-31"}, ("suspended", "2045-08-31")),
    (TERM, {"ended_on": ""}, ("in_force", None)),
    (TERM, {"ended_on": "2046-08-31"}, ("in_force", "2046-08-31")),
    (ENDED, {"ended_on": ""}, ("surrendered", "2026-02-10")),
    (ENDED, {"ended_on": "2026-02-11"}, ("surrendered", "2026-02-11")),
    # both
    (SUSPENDED, {"status": "", "ended_on": ""}, ("in_force", None)),
    (SUSPENDED, {"status": "suspended", "ended_on": "2045-08-31"}, ("suspended", "2045-08-31")),
    (SUSPENDED, {"status": "", "ended_on": "2026-02-28"}, ("terminated", "2026-02-28")),
    (TERM, {"status": "in_force", "ended_on": ""}, ("in_force", None)),
    (ENDED, {"status": "", "ended_on": "2026-02-11"}, ("surrendered", "2026-02-11")),
    (ENDED, {"status": "surrendered", "ended_on": ""}, ("surrendered", "2026-02-10")),
]


@pytest.mark.parametrize(("known", "said", "then"), WHAT_A_FILE_HAS)
@cast.on_one
def test_what_becomes_of_status_and_end_with_one_column_or_both(
    book: peewee.Database,
    tmp_path: Path,
    known: dict[str, str],
    said: dict[str, str],
    then: tuple[str, str | None],
) -> None:
    """As the table of docs/book.md has it."""
    load(tmp_path, row(**known))
    found = load(tmp_path, row(**said), joined=LATER)
    assert found.why == []
    policy = cast.policy()
    assert (policy.status, policy.ended_on) == (then[0], cast.maybe_day(then[1]))


@pytest.mark.parametrize("status", ["suspended", "paid_up", "grace", "applied"])
@cast.on_one
def test_a_file_of_ends_leaves_the_status_of_the_living_alone(
    book: peewee.Database, tmp_path: Path, status: str
) -> None:
    load(tmp_path, row(status=status))
    found = load(tmp_path, row(ended_on=""), joined=LATER)
    assert found.why == []
    assert cast.policy().status == status


def test_an_emptied_cell_empties_what_the_book_says(book: peewee.Database, tmp_path: Path) -> None:
    load(tmp_path, FULL)
    load(tmp_path, {**FULL, "email": "", "phone": "", "birthday": "", "delivered_on": ""})
    client = cast.lin_wei()
    assert (client.email, client.phone, client.birthday) == ("", "", None)
    assert cast.policy().delivered_on is None


def test_consent_is_dated_when_it_changes_and_only_then(
    book: peewee.Database, tmp_path: Path
) -> None:
    load(tmp_path, row(marketing_consent="yes"))
    assert cast.lin_wei().consent_on == JOINED
    load(tmp_path, row(marketing_consent="yes"), joined="2026-02-01")
    assert cast.lin_wei().consent_on == JOINED
    load(tmp_path, row(marketing_consent="no"), joined=LATER)
    assert (cast.lin_wei().marketing_consent, cast.lin_wei().consent_on) == (False, LATER)
    load(tmp_path, row(marketing_consent="yes"), joined="2026-04-01")
    assert cast.lin_wei().consent_on == cast.day("2026-04-01")
    assert cast.trail_of(cast.lin_wei()) == ["consent.withdrawn", "consent.given"]


def test_a_policy_that_changes_hands_is_told_on_both_cards(
    book: peewee.Database, tmp_path: Path
) -> None:
    load(tmp_path, row(), zhou_mings())
    load(tmp_path, zhou_mings("P001"), zhou_mings(), joined=LATER)
    assert cast.policy("P001").client.client_no == "C900"
    assert "client.changed" in cast.trail_of(cast.policy("P001").client)
    assert "client.changed" in cast.trail_of(cast.lin_wei())
    assert '"client_no": ["C001", "C900"]' in facts_of("client.changed")[0]


# --- Within one file ----------------------------------------------------------------------------


@pytest.mark.parametrize("between", [0, 1, 2, 3])
@pytest.mark.usefixtures("small_batches")
@cast.on_one
def test_a_policy_may_stand_once_in_a_file(
    book: peewee.Database, tmp_path: Path, between: int
) -> None:
    others = [row(f"P10{number}") for number in range(between)]
    found = load(tmp_path, row(product="first"), *others, row(product="second"))
    assert found.counts == (1 + between, 0, 0, 1)
    assert found.why == [
        f"line {3 + between}, policy_no 'P001': stands more than once in this file"
    ]
    assert cast.policy().product == "first"
    again = load(tmp_path, row(product="first"), *others, row(product="second"))
    assert again.counts == (0, 0, 1 + between, 1)


@pytest.mark.usefixtures("small_batches")
def test_a_refused_row_does_not_stand_for_its_policy(book: peewee.Database, tmp_path: Path) -> None:
    ended_before = row(ended_on="2025-08-30", status="claim")
    found = load(tmp_path, ended_before, row(ended_on="", status="grace"))
    assert found.counts == (1, 0, 0, 1)
    assert cast.policy().status == "grace"


@pytest.mark.usefixtures("small_batches")
def test_the_first_row_of_a_client_decides(book: peewee.Database, tmp_path: Path) -> None:
    rows = [
        row("P001", email="first@example.com", agent_name="陈燕"),
        row("P002", email="second@example.com", agent_name="陈燕"),
        row("P003", email="third@example.com", agent_name="陈小燕"),
    ]
    found = load(tmp_path, *rows)
    assert found.counts == (3, 0, 0, 0)
    assert (cast.lin_wei().email, Agent.get().name) == ("first@example.com", "陈燕")
    assert found.warnings == [
        "2 rows describe their client differently from an earlier row, which was kept:"
        " C001 (email 'f…@example.com' in line 2, 's…@example.com' in line 3);"
        " C001 (email 'f…@example.com' in line 2, 't…@example.com' in line 4)",
        "1 row describes its agent differently from an earlier row, which was kept:"
        " A001 (agent_name '陈…' in line 2, '陈…' in line 4)",
    ]
    again = load(tmp_path, *rows)
    assert again.counts == (0, 0, 3, 0)
    assert cast.trail_of(cast.lin_wei()) == []


def test_a_change_of_a_client_is_counted_once_however_many_policies_he_has(
    book: peewee.Database, tmp_path: Path
) -> None:
    numbers = ("P001", "P002", "P003")
    load(tmp_path, *(row(number, email="old@example.com") for number in numbers))
    found = load(tmp_path, *(row(number, email="new@example.com") for number in numbers))
    assert found.counts == (0, 1, 2, 0)
    assert cast.trail_of(cast.lin_wei()) == ["contact.changed"]


def test_a_bad_row_is_refused_alone_and_comes_in_once_it_is_mended(
    book: peewee.Database, tmp_path: Path
) -> None:
    found = load(tmp_path, row(), row("P002", annual_premium="-12000"), zhou_mings())
    assert found.counts == (2, 0, 0, 1)
    assert found.why == ["line 3, annual_premium '-12000': an amount of 0 or more was expected"]
    assert load(tmp_path, row("P002", annual_premium="12000")).counts == (1, 0, 0, 0)
    assert Policy.select().count() == 3


@pytest.mark.usefixtures("small_batches")
@cast.on_one
def test_refused_rows_come_in_the_order_of_their_lines(
    book: peewee.Database, tmp_path: Path
) -> None:
    found = load(tmp_path, row(), row(), row("P002", issue_date="x"), row("P001"), row(""))
    assert [reject.line for reject in found.rejects] == [3, 4, 5, 6]


def test_a_file_of_bad_rows_only_changes_nothing(book: peewee.Database, tmp_path: Path) -> None:
    assert load(tmp_path, row(""), row("")).counts == (0, 0, 0, 2)
    assert (Client.select().count(), Agent.select().count()) == (0, 0)


@cast.on_one
def test_a_header_alone_is_a_book_of_nobody(book: peewee.Database, tmp_path: Path) -> None:
    (tmp_path / "book.csv").write_text(",".join(book_files.ROW), "utf-8")
    assert load_file(tmp_path / "book.csv").counts == (0, 0, 0, 0)


# --- Nothing written ----------------------------------------------------------------------------


def test_a_dry_run_says_what_would_change_and_writes_nothing(
    book: peewee.Database, tmp_path: Path
) -> None:
    load(tmp_path, FULL)
    before = everything()
    rows = [
        {**FULL, "status": "grace", "agent_no": "A002"},
        zhou_mings(),
        row("P003", issue_date="x"),
    ]
    found = load(tmp_path, *rows, dry_run=True)
    assert found.counts == (1, 1, 0, 1)
    assert everything() == before
    assert load(tmp_path, *rows).counts == found.counts


@pytest.mark.usefixtures("small_batches")
def test_a_file_that_breaks_off_in_the_middle_writes_nothing(
    book: peewee.Database, tmp_path: Path
) -> None:
    path = book_files.write(tmp_path / "book.csv", [row(f"P10{number}") for number in range(5)])
    path.write_text(path.read_text("utf-8") + 'P200,"never closed\n', "utf-8")
    before = everything()
    with refuses(errors.UnreadableFile, match="line 7: a quote is never closed"):
        load_file(path)
    assert everything() == before


@pytest.mark.usefixtures("small_batches")
def test_an_import_that_is_interrupted_writes_nothing(
    book: peewee.Database, tmp_path: Path
) -> None:
    before = everything()

    def interrupt(fraction: float) -> None:
        if Policy.select().count() >= 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(tmp_path, *(row(f"P10{number}") for number in range(6)), on_progress=interrupt)
    assert everything() == before


# --- Status and end -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stated", "ended_on", "status", "ends"),
    [
        ("", "", "in_force", None),
        ("", "2026-01-10", "terminated", "2026-01-10"),
        ("in_force", "", "in_force", None),
        ("in_force", "2027-08-31", "in_force", "2027-08-31"),
        ("claim", "2026-01-10", "claim", "2026-01-10"),
        ("claim", "", "claim", "2026-01-15"),
        ("free_look_cancelled", "", "free_look_cancelled", "2026-01-15"),
        ("suspended", "", "suspended", None),
    ],
)
@cast.on_one
def test_a_new_policy_has_the_status_its_row_means(
    book: peewee.Database, tmp_path: Path, stated: str, ended_on: str, status: str, ends: str | None
) -> None:
    load(tmp_path, row(status=stated, ended_on=ended_on))
    policy = cast.policy()
    assert (policy.status, policy.ended_on) == (status, cast.maybe_day(ends))
    assert policy.served_from == JOINED


def test_an_end_nobody_dated_is_never_before_the_issue(
    book: peewee.Database, tmp_path: Path
) -> None:
    load(tmp_path, row(issue_date="2026-02-20", status="claim"))
    assert cast.policy().ended_on == cast.day("2026-02-20")


def test_an_end_nobody_dated_is_dated_once(book: peewee.Database, tmp_path: Path) -> None:
    load(tmp_path, row(status="in_force"))
    load(tmp_path, row(status="claim"), joined="2026-02-01")
    assert cast.policy().ended_on == cast.day("2026-02-01")
    assert load(tmp_path, row(status="claim"), joined=LATER).counts == (0, 0, 1, 0)
    assert cast.policy().ended_on == cast.day("2026-02-01")


def test_the_end_of_an_ended_policy_may_be_corrected(book: peewee.Database, tmp_path: Path) -> None:
    load(tmp_path, row(status="surrendered", ended_on="2026-01-10"))
    load(tmp_path, row(status="", ended_on="2026-01-09"), joined=LATER)
    assert (cast.policy().status, cast.policy().ended_on) == (
        *("surrendered", cast.day("2026-01-09")),
    )


def test_a_policy_cannot_end_before_it_is_issued(book: peewee.Database, tmp_path: Path) -> None:
    found = load(tmp_path, row(ended_on="2025-08-30"), row("P002", ended_on="2025-08-31"))
    assert found.why == [
        "line 2, ended_on '2025-08-30': a date on or after the issue date 2025-08-31 was expected"
    ]


@pytest.mark.parametrize(
    ("was", "later"),
    [
        ("surrendered", "in_force"),
        ("terminated", "suspended"),
        ("matured", "claim"),
        ("paid_up", "grace"),
        ("paid_up", "in_force"),
        ("in_force", "applied"),
        ("applied", "paid_up"),
    ],
)
@cast.on_one
def test_a_change_that_cannot_be_is_refused_with_both_statuses_named(
    book: peewee.Database, tmp_path: Path, was: str, later: str
) -> None:
    load(tmp_path, row(status=was))
    found = load(tmp_path, row(status=later), zhou_mings(status=""), joined=LATER)
    assert found.counts == (1, 0, 0, 1)
    assert found.why == [
        f"line 2, status '{later}': a policy that is '{was}' cannot become '{later}'"
    ]
    assert cast.policy().status == was
    assert cast.trail_of(cast.lin_wei()) == []


@pytest.mark.parametrize(
    ("was", "later", "served_from"),
    [
        ("suspended", "in_force", LATER),
        ("suspended", "paid_up", LATER),
        ("suspended", "grace", LATER),
        ("suspended", "suspended", JOINED),
        ("suspended", "terminated", JOINED),
        ("grace", "in_force", JOINED),
        ("in_force", "grace", JOINED),
        ("applied", "in_force", JOINED),
    ],
)
@cast.on_one
def test_a_reinstated_policy_is_served_from_that_day_on(
    book: peewee.Database, tmp_path: Path, was: str, later: str, served_from: cast.Day
) -> None:
    load(tmp_path, row(status=was))
    load(tmp_path, row(status=later), joined=LATER)
    assert cast.policy().served_from == served_from


def test_a_policy_known_before_keeps_the_day_it_joined(
    book: peewee.Database, tmp_path: Path
) -> None:
    load(tmp_path, row())
    load(tmp_path, row(product="另一款"), row("P002"), joined=LATER)
    assert cast.policy("P001").served_from == JOINED
    assert cast.policy("P002").served_from == LATER


# --- Phones -------------------------------------------------------------------------------------


def test_a_phone_that_cannot_be_one_is_kept_out_and_the_policy_comes_in(
    book: peewee.Database, tmp_path: Path
) -> None:
    found = load(tmp_path, row(phone="ask his wife"), zhou_mings(phone="139 1234 5678"))
    assert found.counts == (2, 0, 0, 0)
    assert found.warnings == ["1 phone number is invalid and is not used for SMS (line 2: C001)"]
    assert (cast.lin_wei().phone, cast.lin_wei().phone_given) == ("", "ask his wife")
    zhou_ming = Client.get(client_no="C900")
    assert (zhou_ming.phone, zhou_ming.phone_given) == ("+8613912345678", "")


def test_a_phone_that_is_none_takes_the_place_of_one_that_was(
    book: peewee.Database, tmp_path: Path
) -> None:
    load(tmp_path, row(phone="13812345678"))
    load(tmp_path, row(phone="lost"), joined=LATER)
    assert (cast.lin_wei().phone, cast.lin_wei().phone_given) == ("", "lost")
    assert cast.trail_of(cast.lin_wei()) == ["contact.changed"]


# --- Who serves ---------------------------------------------------------------------------------


def test_teams_stand_in_branches(book: peewee.Database, tmp_path: Path) -> None:
    load(
        tmp_path,
        row("P001", agent_no="A001", team="一部", branch="上海"),
        row("P002", agent_no="A002", team="一部", branch="北京"),
        row("P003", agent_no="A003", team="一部", branch="上海"),
        row("P004", agent_no="A004", team="", branch="上海"),
        row("P005", agent_no="A005", team="直属", branch=""),
        row("P006", agent_no="A006", team="", branch=""),
    )
    places = {
        agent.agent_no: agent.team
        and (agent.team.branch and agent.team.branch.name, agent.team.name)
        for agent in Agent.select()
    }
    assert places == {
        "A001": ("上海", "一部"),
        "A002": ("北京", "一部"),
        "A003": ("上海", "一部"),
        "A004": ("上海", ""),
        "A005": (None, "直属"),
        "A006": None,
    }
    assert (Branch.select().count(), Team.select().count()) == (2, 4)


def test_an_agent_moves_to_another_team(book: peewee.Database, tmp_path: Path) -> None:
    load(tmp_path, row(team="一部", branch="上海"))
    load(tmp_path, row(team="二部", branch="上海"))
    assert (Agent.get().team.name, Branch.select().count()) == ("二部", 1)


def test_a_file_of_teams_leaves_the_branch_alone(book: peewee.Database, tmp_path: Path) -> None:
    load(tmp_path, row(team="一部", branch="上海"))
    load(tmp_path, row(team="一部"), joined=LATER)
    assert Agent.get().team.branch.name == "上海"


def test_a_new_agent_takes_over_and_the_card_says_so(book: peewee.Database, tmp_path: Path) -> None:
    load(tmp_path, row("P001"), row("P002"))
    load(tmp_path, row("P001", agent_no="A002", agent_name="王芳"), row("P002"))
    assert cast.policy("P001").agent.name == "王芳"
    assert cast.policy("P002").agent.agent_no == "A001"
    assert facts_of("agent.changed") == ['{"agent_no": ["A001", "A002"]}']


def test_a_book_that_has_not_heard_of_a_handover_does_not_take_it_back(
    book: peewee.Database, tmp_path: Path
) -> None:
    load(tmp_path, row("P001"), row("P002"))
    handed_over("P001", to="A002")
    found = load(tmp_path, row("P001"), row("P002"))
    assert cast.policy("P001").agent.agent_no == "A002"
    assert found.counts == (0, 0, 2, 0)
    assert found.warnings == [
        "1 reassigned policy is still given to its earlier agent by the file and is left as it is"
    ]


def test_once_a_book_has_agreed_to_a_handover_its_next_change_counts(
    book: peewee.Database, tmp_path: Path
) -> None:
    load(tmp_path, row("P001"))
    handed_over("P001", to="A002")
    load(tmp_path, row("P001", agent_no="A002"))
    load(tmp_path, row("P001", agent_no="A001"))
    assert cast.policy("P001").agent.agent_no == "A001"


def test_a_book_that_names_a_third_agent_after_a_handover_is_believed(
    book: peewee.Database, tmp_path: Path
) -> None:
    load(tmp_path, row("P001"))
    handed_over("P001", to="A002")
    load(tmp_path, row("P001", agent_no="A003"))
    assert cast.policy("P001").agent.agent_no == "A003"
    load(tmp_path, row("P001", agent_no="A001"))
    assert cast.policy("P001").agent.agent_no == "A001"


def handed_over(policy_no: str, to: str) -> None:
    """A person has given the policy to another agent."""
    policy = cast.policy(policy_no)
    was = policy.agent
    cast.change(policy, agent=Agent.get_or_create(agent_no=to)[0])
    cast.give_handing(policy, JOINED, was=was)


# --- Rejects files ------------------------------------------------------------------------------


@cast.on_one
def test_a_rejects_file_holds_the_row_and_why(book: peewee.Database, tmp_path: Path) -> None:
    found = load(tmp_path, row(annual_premium="-5", client_name="=cmd|' /C calc'!A0"))
    header = rejects.header(found.header)
    assert header == [*book_files.ROW, "reject_line", "reject_column", "reject_reason"]
    cells = dict(zip(header, found.first_reject, strict=True))
    assert cells["client_name"] == "'=cmd|' /C calc'!A0"
    assert cells["annual_premium"] == "-5"
    assert (cells["reject_line"], cells["reject_column"]) == ("2", "annual_premium")
    assert cells["reject_reason"] == "an amount of 0 or more was expected"


@cast.on_one
def test_a_mended_rejects_file_comes_in_as_the_book_would_have(
    book: peewee.Database, tmp_path: Path
) -> None:
    found = load(tmp_path, row(annual_premium="-5", client_name="=cmd|' /C calc'!A0"))
    header = rejects.header(found.header)
    cells = dict(zip(header, found.first_reject, strict=True))
    again = load(tmp_path, {**cells, "annual_premium": "5"})
    assert (again.counts, again.warnings) == ((1, 0, 0, 0), [])
    assert cast.lin_wei().name == "=cmd|' /C calc'!A0"


@cast.on_one
def test_a_rejects_file_that_is_refused_again_has_its_columns_once(
    book: peewee.Database, tmp_path: Path
) -> None:
    found = load(tmp_path, row(annual_premium="-5", reject_line="9", reject_reason="old"))
    header = rejects.header(found.header)
    cells = found.first_reject
    assert header == [*book_files.ROW, "reject_line", "reject_column", "reject_reason"]
    assert cells[-3:] == ["2", "annual_premium", "an amount of 0 or more was expected"]


@cast.on_one
def test_a_header_is_no_formula_either(book: peewee.Database, tmp_path: Path) -> None:
    found = load(tmp_path, row(annual_premium="-5", **{"=cmd|' /C calc'!A0": "x"}))
    assert not any(name.startswith("=") for name in rejects.header(found.header))


@cast.on_one
def test_progress_is_told_from_start_to_end(book: peewee.Database, tmp_path: Path) -> None:
    told: list[float] = []
    load(tmp_path, row(), row("P002"), on_progress=told.append)
    assert told[-1] == 1.0


def test_money_is_kept_to_the_hundredth(book: peewee.Database, tmp_path: Path) -> None:
    load(tmp_path, row(annual_premium="999999999999.99", sum_assured="0.01"))
    policy = cast.policy()
    assert (str(policy.annual_premium), str(policy.sum_assured)) == ("999999999999.99", "0.01")
    assert models.hundredths(policy.annual_premium) == 99_999_999_999_999


@pytest.mark.parametrize("rows_at_a_time", [1, 2, 3, 9])
@cast.on_one
def test_each_row_that_describes_a_client_otherwise_counts_wherever_it_stands(
    book: peewee.Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows_at_a_time: int
) -> None:
    monkeypatch.setattr(books, "BATCH_ROWS", rows_at_a_time)
    others = [row(f"P00{number}", client_name="林大伟") for number in (2, 3, 4)]
    found = load(tmp_path, row(), *others)
    places = (f"C001 (client_name '林…' in line 2, '林…' in line {line})" for line in (3, 4, 5))
    assert found.warnings == [
        "3 rows describe their client differently from an earlier row, which was kept: "
        + "; ".join(places)
    ]
    assert cast.lin_wei().name == "林伟"
