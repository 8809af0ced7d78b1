"""The synthetic book: the same for everyone, true to itself, and never without work today."""

import csv
import re
import tracemalloc
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

import pytest

from policies import records, status
from policies.dates import months_after
from policies.importing import kinds
from policies.importing.cells import cells
from policies.sample import book as sample
from policies.sample.book import SamplePolicy
from policies.sample.names import AREA_CODES

TODAY = date(2026, 3, 31)
GRACE = timedelta(days=60)
MONTHS_BETWEEN = {"annual": 12, "semiannual": 6, "quarterly": 3, "monthly": 1}

CLIENT = (
    *("client_name", "agent_no", "gender", "birthday", "phone", "email", "language", "timezone"),
    *("channel", "marketing_consent", "referred_by"),
)
AGENT = ("agent_name", "agent_phone", "agent_email", "team", "branch")

EVERY_KIND_OF_DAY = [
    date(2026, 2, 17),  # Spring Festival
    date(2026, 3, 31),  # a long month's end, one month after no day of February
    date(2026, 4, 30),  # a short month's end
    date(2026, 2, 28),
    date(2028, 2, 29),
    date(2028, 2, 14),  # the 29th falls fifteen days later
    date(2028, 3, 1),
    date(2026, 1, 1),
    date(2026, 12, 31),
    date(2026, 7, 12),  # a Sunday
    date(2104, 2, 29),  # there was none in 2100
]


@lru_cache(maxsize=4)
def book(policies: int = 3000, as_of: date = TODAY, seed: int = 1) -> tuple[SamplePolicy, ...]:
    """With a ledger that goes back to the first day."""
    return tuple(sample.generate(policies, as_of, seed, ledger_years=20))


@lru_cache(maxsize=1)
def large_book() -> tuple[SamplePolicy, ...]:
    """Large enough to speak of shares."""
    return tuple(sample.generate(12_000, TODAY, ledger_years=20))


def clients(policies: tuple[SamplePolicy, ...]) -> dict[str, dict[str, str]]:
    return {policy.row["client_no"]: policy.row for policy in policies}


def day(text: str) -> date:
    return date.fromisoformat(text)


def paid_premiums(policy: SamplePolicy) -> list[dict[str, str]]:
    return [premium for premium in policy.premiums if premium["paid_on"]]


def open_dues(policy: SamplePolicy) -> list[date]:
    return [day(premium["due_date"]) for premium in policy.premiums if not premium["paid_on"]]


# --- What it is ---------------------------------------------------------------------------------


def test_the_columns_are_those_of_the_canonical_book() -> None:
    assert records.columns(kinds.BookCells) == sample.COLUMNS
    assert records.columns(kinds.PremiumCells) == sample.PREMIUM_COLUMNS
    for policy in book():
        assert tuple(policy.row) == sample.COLUMNS
        assert all(tuple(premium) == sample.PREMIUM_COLUMNS for premium in policy.premiums)


def test_what_a_book_needs_is_never_empty() -> None:
    assert all(policy.row[column] for policy in book() for column in kinds.needed("book"))


@pytest.mark.parametrize("policies", [0, 1, 2, 7, 100, 1000])
def test_there_are_as_many_policies_as_were_asked_for(policies: int) -> None:
    numbers = [policy.row["policy_no"] for policy in sample.generate(policies, TODAY)]
    assert len(set(numbers)) == policies
    assert all(re.fullmatch(r"P\d{10}", number) for number in numbers)


def test_the_same_seed_tells_the_same_book() -> None:
    assert list(sample.generate(500, TODAY, 7)) == list(sample.generate(500, TODAY, 7))


def test_another_seed_and_another_day_tell_another_one() -> None:
    books = [book(500), book(500, seed=2), book(500, TODAY + timedelta(days=1))]
    assert len({str(each) for each in books}) == 3


def test_a_longer_ledger_changes_no_policy() -> None:
    short = list(sample.generate(500, TODAY, ledger_years=1))
    assert [policy.row for policy in short] == [policy.row for policy in book(500)]
    for less, more in zip(short, book(500), strict=True):
        assert less.premiums == more.premiums[len(more.premiums) - len(less.premiums) :]


# --- The files ----------------------------------------------------------------------------------


def test_the_files_hold_what_was_generated(tmp_path: Path) -> None:
    counts = sample.write(
        500, tmp_path / "book.csv", premiums=tmp_path / "premiums.csv", as_of=TODAY, seed=3
    )
    told = list(sample.generate(500, TODAY, 3))
    with (tmp_path / "book.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file)) == [policy.row for policy in told]
    with (tmp_path / "premiums.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file)) == [row for policy in told for row in policy.premiums]
    assert counts == (
        500,
        len({policy.row["client_no"] for policy in told}),
        len({policy.row["agent_no"] for policy in told}),
        sum(len(policy.premiums) for policy in told),
    )


def test_the_book_is_the_same_with_and_without_a_ledger(tmp_path: Path) -> None:
    sample.write(200, tmp_path / "with.csv", premiums=tmp_path / "premiums.csv", as_of=TODAY)
    counts = sample.write(200, tmp_path / "without.csv", as_of=TODAY)
    assert (tmp_path / "with.csv").read_bytes() == (tmp_path / "without.csv").read_bytes()
    assert counts.premiums == 0


def test_an_empty_book_is_a_header(tmp_path: Path) -> None:
    assert sample.write(0, tmp_path / "book.csv", as_of=TODAY) == (0, 0, 0, 0)
    assert (tmp_path / "book.csv").read_text() == ",".join(sample.COLUMNS) + "\n"


def test_progress_is_told_every_thousand_and_at_the_end(tmp_path: Path) -> None:
    heard: list[int] = []
    sample.write(2500, tmp_path / "book.csv", as_of=TODAY, progress=heard.append)
    assert heard == [1000, 2000, 2500]


def test_a_larger_book_takes_no_more_memory() -> None:
    def peak(policies: int) -> int:
        tracemalloc.start()
        for _ in sample.generate(policies, TODAY):
            pass
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    deque(
        sample.generate(4000, TODAY), maxlen=0
    )  # fills the caches, which have a bound of their own
    assert peak(4000) < peak(1000) + 2_000_000, "three thousand policies take some 7 MB"


# --- The staff ----------------------------------------------------------------------------------


def test_the_smallest_book_has_two_branches_and_six_agents() -> None:
    rows = [policy.row for policy in book(100)]
    assert len({row["branch"] for row in rows}) == 2
    assert len({row["agent_no"] for row in rows}) == 6


def test_a_large_book_has_branches_teams_and_agents_in_proportion(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sample, "POLICIES_PER_BRANCH", 1000)
    monkeypatch.setattr(sample, "POLICIES_PER_AGENT", 50)
    rows = [policy.row for policy in sample.generate(3000, TODAY)]
    loads = Counter(row["agent_no"] for row in rows)
    assert len({row["branch"] for row in rows}) == 3
    assert 12 <= len({(row["branch"], row["team"]) for row in rows}) <= 18
    assert len(loads) == 60
    assert min(loads.values()) < 25
    assert max(loads.values()) > 75


def test_an_agent_is_described_alike_everywhere() -> None:
    described = defaultdict(set)
    for policy in book():
        described[policy.row["agent_no"]].add(tuple(policy.row[column] for column in AGENT))
    assert all(len(descriptions) == 1 for descriptions in described.values())


def test_persistency_is_good_on_the_whole_and_poor_with_some_agents() -> None:
    kept: dict[str, list[bool]] = defaultdict(list)
    for policy in large_book():
        if policy.row["payment_mode"] == "annual" and policy.row["status"] not in (
            *("free_look_cancelled", "transferred_out", "claim"),
        ):
            second = months_after(day(policy.row["issue_date"]), 12)
            if second + GRACE <= TODAY:
                paid = [day(premium["due_date"]) for premium in paid_premiums(policy)]
                kept[policy.row["agent_no"]].append(second in paid)
    everyone = [one for each in kept.values() for one in each]
    rates = sorted(sum(each) / len(each) for each in kept.values() if len(each) > 20)
    assert 0.85 <= sum(everyone) / len(everyone) <= 0.92
    assert rates[len(rates) // 20] < 0.80
    assert rates[-len(rates) // 4] > 0.92


# --- The clients --------------------------------------------------------------------------------


def test_a_client_is_described_alike_everywhere() -> None:
    described = defaultdict(set)
    for policy in book():
        described[policy.row["client_no"]].add(tuple(policy.row[column] for column in CLIENT))
    assert all(len(descriptions) == 1 for descriptions in described.values())


def test_clients_have_one_policy_or_a_few_and_some_have_five() -> None:
    held = Counter(Counter(policy.row["client_no"] for policy in book()).values())
    assert 1.3 <= 3000 / held.total() <= 1.5
    assert held[5] + held[6] >= 10


def test_every_phone_lies_in_the_range_reserved_for_fiction() -> None:
    fiction = re.compile(r"\+1(\d{3})55501\d\d")
    unusable = []
    for policy in book():
        for column in ("phone", "agent_phone"):
            if found := fiction.fullmatch(policy.row[column]):
                assert found[1] in AREA_CODES
            else:
                unusable.append((column, policy.row[column]))
    assert set(unusable) == {("phone", "12345"), ("phone", "待补")}
    assert len(unusable) < 0.02 * 3000


def test_in_a_small_book_no_two_people_share_a_phone() -> None:
    rows = [policy.row for policy in book()]
    owners = {(row["client_no"], row["phone"]) for row in rows if row["phone"].startswith("+")}
    owners |= {(row["agent_no"], row["agent_phone"]) for row in rows}
    assert len({phone for _, phone in owners}) == len(owners)


def test_emails_lead_nowhere() -> None:
    for policy in book():
        assert re.fullmatch(r"(c\d{6,}@example\.com)?", policy.row["email"])
        assert re.fullmatch(r"a\d{5,}@example\.com", policy.row["agent_email"])


def test_who_prefers_email_has_one() -> None:
    assert all(policy.row["email"] for policy in book() if policy.row["channel"] == "email")


def test_clients_differ_in_consent_channel_language_and_time_zone() -> None:
    people = clients(large_book()).values()

    def share(column: str, value: str) -> float:
        return sum(row[column] == value for row in people) / len(people)

    assert 0.68 <= share("marketing_consent", "yes") <= 0.80
    assert 0.13 <= share("marketing_consent", "no") <= 0.22
    assert 0.80 <= share("channel", "sms") <= 0.92
    assert 0.02 <= share("language", "en") <= 0.04
    assert 0.96 <= share("timezone", "") <= 0.99
    assert 0.10 <= share("email", "") <= 0.20


def test_who_reads_english_has_an_english_name() -> None:
    for row in clients(book()).values():
        assert row["client_name"].isascii() == (row["language"] == "en")


def test_policyholders_are_18_to_75_at_issue() -> None:
    for policy in large_book():
        issued, born = day(policy.row["issue_date"]), day(policy.row["birthday"])
        assert months_after(born, 12 * 18) <= issued < months_after(born, 12 * 76)


@pytest.mark.parametrize("as_of", [date(2026, 3, 31), date(2026, 2, 17), date(2028, 2, 29)])
def test_somebody_has_a_birthday_today(as_of: date) -> None:
    policies = tuple(sample.generate(3000, as_of, ledger_years=0))
    born = [day(row["birthday"]) for row in clients(policies).values()]
    assert any((each.month, each.day) == (as_of.month, as_of.day) for each in born)


# --- Referrals ----------------------------------------------------------------------------------


def test_a_referral_names_a_client_who_was_there_before() -> None:
    """And so there is no cycle: who refers comes first."""
    known: set[str] = set()
    for policy in book():
        assert policy.row["referred_by"] in {"", *known} - {policy.row["client_no"]}
        known.add(policy.row["client_no"])


def test_who_refers_bought_no_later() -> None:
    first: dict[str, date] = {}
    for policy in book():
        issued = day(policy.row["issue_date"])
        first[policy.row["client_no"]] = min(first.get(policy.row["client_no"], issued), issued)
    for number, row in clients(book()).items():
        if row["referred_by"]:
            assert first[row["referred_by"]] <= first[number]


def test_trees_of_referrals_grow_five_deep() -> None:
    depth = {"": 0}
    for number, row in clients(book()).items():
        depth[number] = depth[row["referred_by"]] + 1
    assert set(range(1, 6)) == set(depth.values()) - {0}


def test_families_share_a_name() -> None:
    people = clients(book())
    referred = [row for row in people.values() if row["referred_by"]]
    alike = [
        row
        for row in referred
        if row["client_name"][0] == people[row["referred_by"]]["client_name"][0]
    ]
    assert len(referred) > 0.3 * len(people)
    assert len(alike) > 0.3 * len(referred)


# --- Status and ledger tell one story -----------------------------------------------------------


def test_ended_policies_have_an_end_and_others_none() -> None:
    for policy in book():
        assert (policy.row["status"] in status.ENDED) == bool(policy.row["ended_on"])


def test_nothing_is_known_of_the_future() -> None:
    for policy in book():
        known = [policy.row[column] for column in ("issue_date", "ended_on", "delivered_on")]
        known += [premium["paid_on"] for premium in policy.premiums]
        assert max(known) <= TODAY.isoformat()


def test_a_policy_begins_before_it_ends() -> None:
    for policy in book():
        issued, delivered, ended = (
            policy.row[column] for column in ("issue_date", "delivered_on", "ended_on")
        )
        assert not delivered or issued < delivered
        assert not ended or issued < ended


def test_every_status_is_met() -> None:
    met = {policy.row["status"] for policy in book()}
    assert met == cells.STATUSES - {"applied", "converted"}


def test_most_policies_are_served() -> None:
    served = [policy for policy in book() if policy.row["status"] in ("in_force", "paid_up")]
    assert 0.70 * 3000 < len(served) < 0.85 * 3000


def expected_dues(row: dict[str, str], since: date) -> Iterator[date]:
    """Counted from the issue date each time, and clamped to the month's end."""
    issued, years = day(row["issue_date"]), int(row["premium_term_years"])
    last = day(row["ended_on"]) if row["ended_on"] else TODAY + GRACE
    step = MONTHS_BETWEEN.get(row["payment_mode"], 12 * years)
    for months in range(0, 12 * years, step):
        if since <= months_after(issued, months) <= last:
            yield months_after(issued, months)


def test_every_instalment_is_billed_from_issue_to_the_end_of_term_or_policy() -> None:
    for policy in book():
        billed = [day(premium["due_date"]) for premium in policy.premiums]
        assert billed == list(expected_dues(policy.row, date.min))


def test_the_ledger_reaches_three_years_back() -> None:
    since = date(2023, 3, 1)  # whole months
    for policy in sample.generate(1000, TODAY):
        billed = [day(premium["due_date"]) for premium in policy.premiums]
        assert billed == list(expected_dues(policy.row, since))


def test_instalments_add_up_to_the_premium() -> None:
    for policy in book():
        in_year = 12 // MONTHS_BETWEEN.get(policy.row["payment_mode"], 12)
        for premium in policy.premiums:
            assert round(float(premium["amount"]) * in_year, 2) == float(
                policy.row["annual_premium"]
            )
            assert re.fullmatch(r"\d+\.\d\d", premium["amount"])


def test_premiums_are_paid_one_after_the_other_inside_their_grace() -> None:
    for policy in book():
        paid = paid_premiums(policy)
        assert paid == list(policy.premiums[: len(paid)]), "a later one before an earlier one"
        for premium in paid:
            late = day(premium["paid_on"]) - day(premium["due_date"])
            assert timedelta(0) <= late < GRACE


def test_some_pay_late() -> None:
    paid = [premium for policy in book() for premium in paid_premiums(policy)]
    late = [premium for premium in paid if premium["paid_on"] > premium["due_date"]]
    assert 0.1 < len(late) / len(paid) < 0.4


def test_the_first_premium_is_paid_at_issue() -> None:
    for policy in book():
        assert policy.premiums[0]["paid_on"] == policy.row["issue_date"]


@pytest.mark.parametrize(
    ("status", "oldest_open", "newest_open"),
    [
        ("in_force", 0, None),
        ("grace", -60, -1),
        ("suspended", None, -61),
        ("paid_up", None, None),
    ],
)
def test_the_first_open_premium_decides_the_status(
    status: str, oldest_open: int | None, newest_open: int | None
) -> None:
    policies = [policy for policy in book() if policy.row["status"] == status]
    assert policies
    for policy in policies:
        first = min(open_dues(policy), default=None)
        if oldest_open is not None and first:
            assert first >= TODAY + timedelta(days=oldest_open)
        if newest_open is not None:
            assert first and first <= TODAY + timedelta(days=newest_open)
        if status == "paid_up":
            assert first is None and policy.row["payment_mode"] != "single"


def test_a_terminated_policy_was_unpaid_for_grace_and_the_time_of_reinstatement() -> None:
    for policy in book():
        if policy.row["status"] == "terminated":
            lapsed, ended = min(open_dues(policy)) + GRACE, day(policy.row["ended_on"])
            covered = policy.row["product"] == "福满两全险"  # its cover may run out meanwhile
            assert ended == months_after(lapsed, 24) or (covered and lapsed < ended)


@pytest.mark.parametrize("status", ["claim", "matured", "transferred_out", "free_look_cancelled"])
def test_what_ended_otherwise_was_paid_but_for_a_premium_in_grace(status: str) -> None:
    for policy in book():
        if policy.row["status"] == status:
            assert all(due + GRACE >= day(policy.row["ended_on"]) for due in open_dues(policy))


# --- Sales --------------------------------------------------------------------------------------


def test_sales_grow_and_peak_in_the_opening_campaign_on_working_days() -> None:
    issued = [day(policy.row["issue_date"]) for policy in large_book()]
    years, months = Counter(each.year for each in issued), Counter(each.month for each in issued)
    assert min(issued) >= months_after(TODAY, -12 * 15)
    assert years[2025] > 1.5 * years[2020] > 2 * years[2013]
    assert months[1] + months[2] > 1.3 * (months[9] + months[10])
    assert sum(each.weekday() >= 5 for each in issued) < 0.2 * len(issued)


def test_single_premiums_are_paid_once() -> None:
    singles = [policy for policy in book() if policy.row["payment_mode"] == "single"]
    assert 0.02 * 3000 < len(singles) < 0.04 * 3000
    assert all(policy.row["premium_term_years"] == "1" for policy in singles)
    assert all(len(policy.premiums) == 1 for policy in singles)


# --- Today --------------------------------------------------------------------------------------


def owed_on(as_of: date, row: dict[str, str]) -> str:
    """The touchpoint of the standard plan that falls on `as_of`, spelled out by hand."""
    issued = day(row["issue_date"])
    if issued + timedelta(days=3) == as_of:
        return "delivery"
    months = (as_of.year - issued.year) * 12 + as_of.month - issued.month
    if months < 1 or months_after(issued, months) != as_of:
        return ""
    return "news" if months >= 13 else f"month_{months}" if months in (1, 4, 7, 10) else ""


def can_be_written_to(row: dict[str, str]) -> bool:
    return (
        row["marketing_consent"] == "yes"
        and row["channel"] in ("sms", "email")
        and row["phone"].startswith("+1")
    )


@pytest.mark.parametrize("policies", [100, 3000])
@pytest.mark.parametrize("as_of", EVERY_KIND_OF_DAY, ids=str)
def test_something_is_due_today(as_of: date, policies: int) -> None:
    due = Counter(
        owed_on(as_of, policy.row)
        for policy in sample.generate(policies, as_of, ledger_years=0)
        if policy.row["status"] == "in_force" and can_be_written_to(policy.row)
    )
    del due[""]
    assert due.total() >= 0.09 * policies
    assert due["delivery"] and due["news"]
    assert len(due) >= 3


@pytest.mark.parametrize("as_of", EVERY_KIND_OF_DAY[3:6], ids=str)
def test_on_most_days_each_first_year_touchpoint_is_due(as_of: date) -> None:
    due = {owed_on(as_of, policy.row) for policy in book(100, as_of)}
    assert due >= {"delivery", "month_1", "month_4", "month_7", "month_10", "news"}


@pytest.mark.parametrize("as_of", EVERY_KIND_OF_DAY, ids=str)
@pytest.mark.parametrize("days", [-15, 0, 7, 30])
def test_premiums_are_open_before_and_after_today(as_of: date, days: int) -> None:
    due = as_of + timedelta(days=days)
    open_ = [policy for policy in book(100, as_of) if due in open_dues(policy)]
    assert any(policy.row["status"] in ("in_force", "grace") for policy in open_)
    assert any(can_be_written_to(policy.row) for policy in open_)


@pytest.mark.parametrize("as_of", EVERY_KIND_OF_DAY, ids=str)
def test_a_client_has_five_policies_and_the_eldest_brings_news_today(as_of: date) -> None:
    held: dict[str, list[dict[str, str]]] = defaultdict(list)
    for policy in book(100, as_of):
        held[policy.row["client_no"]].append(policy.row)
    fives = [rows for rows in held.values() if len(rows) == 5]
    assert any(
        owed_on(as_of, rows[0]) == "news"
        and can_be_written_to(rows[0])
        and all(row["status"] == "in_force" for row in rows)
        and rows[0]["issue_date"] == min(row["issue_date"] for row in rows)
        for rows in fives
    )
