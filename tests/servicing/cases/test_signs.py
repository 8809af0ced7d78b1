"""What the book says before a policy is lost: each sign by its days, and who may be told of it."""

import datetime
from pathlib import Path
from typing import Any

import peewee
import pytest

from policies import errors as policy_errors
from policies.case_moves import Given
from policies.models import Client, Policy, Premium
from servicing.cases import opening, recusal, stepping
from servicing.cases.opening import Request
from servicing.cases.signals import looking
from servicing.cases.stepping import Order
from servicing.core import errors
from servicing.core.case_models import Case, CaseEntry
from servicing.core.models import Task
from tests import cast
from tests.refusals import refuses
from tests.servicing import looked_up
from tests.servicing.cases.opened import BY, CHINA, SAID, complaint, ground
from tests.servicing.web.visits import give_account

NOW = cast.at("2026-07-01")


@pytest.fixture
def people(book: peewee.Database) -> cast.Cast:
    return cast.everybody(issued="2024-03-20")


def look(on: cast.Day) -> tuple[int, int]:
    done = looking.look(CHINA, "en", cast.day(on), cast.at(on))
    return done["opened"], done["noted"]


def said() -> list[tuple[str, str, str]]:
    """Each signal that a case has had: the policy, the signal, its day."""
    rows = CaseEntry.select().where(CaseEntry.step == "signal").order_by(CaseEntry.id)
    return [(each.case.policy.policy_no, each.reason, str(each.set_on)) for each in rows]


def spoke(client: Client, on: cast.Day, state: str = "done") -> Task:
    """Somebody has done a task for a client."""
    day = cast.day(on)
    mine = Policy.get(Policy.client == client)
    days = {"due_on": day, "show_on": day, "closes_on": day, "ended_at": cast.at(on, zone="+00:00")}
    return Task.create(policy=mine, client=client, state=state, reason="due", **days)


# -------------------------------------------------------------------------------- 120 days


@pytest.mark.parametrize(
    ("on", "opened"),
    [
        ("2026-06-30", 0),
        ("2026-07-01", 1),  # 120 days after 3 March
        ("2026-07-15", 1),
        ("2026-07-16", 0),  # nobody has looked for two weeks
    ],
)
def test_nobody_has_spoken_to_a_client_for_120_days(
    people: cast.Cast, on: str, opened: int
) -> None:
    spoke(people.lin_wei, "2026-03-03")
    assert look(on) == (opened, 0)
    assert said() == [("P001", "no_contact", "2026-03-03")] * opened


def test_the_first_policy_in_force_carries_what_is_said_of_a_client(people: cast.Cast) -> None:
    spoke(people.lin_wei, "2026-03-03")
    cast.change(cast.policy("P001"), status="surrendered", ended_on=cast.day("2026-05-01"))
    cast.change(cast.policy("P002"), issue_date=cast.day("2024-03-21"))
    assert look("2026-07-01") == (1, 0)
    assert said() == [("P003", "no_contact", "2026-03-03")]


def test_whoever_was_spoken_to_since_is_not_silent(people: cast.Cast) -> None:
    spoke(people.lin_wei, "2026-03-03")
    spoke(people.lin_wei, "2026-05-03")
    assert look("2026-07-01") == (0, 0)
    assert look("2026-08-31") == (1, 0)


def test_whoever_was_spoken_to_under_another_number_is_not_silent(people: cast.Cast) -> None:
    spoke(people.lin_wei, "2026-03-03")
    spoke(people.zhou_ming, "2026-05-03")
    for each in (people.lin_wei, people.zhou_ming):
        cast.change(each, person_id=people.lin_wei.id)
    assert look("2026-07-01") == (0, 0)


@pytest.mark.parametrize("state", ["skipped", "missed", "open"])
def test_what_was_not_done_is_no_contact(people: cast.Cast, state: str) -> None:
    spoke(people.lin_wei, "2026-03-03")
    spoke(people.lin_wei, "2026-05-03", state)
    assert look("2026-07-01") == (1, 0)


@pytest.mark.parametrize(
    ("served_from", "opened"),
    [("2026-03-03", 1), ("2026-03-05", 1), ("2026-04-02", 1), ("2026-04-03", 0)],
)
def test_a_client_who_bought_and_was_never_called_is_silent(
    people: cast.Cast, served_from: str, opened: int
) -> None:
    cast.give_policy(people.zhou_ming, "P901", "2026-03-03", served_from=served_from)
    assert look("2026-07-01") == (opened, 0)


def test_another_purchase_is_contact(people: cast.Cast) -> None:
    spoke(people.lin_wei, "2026-03-03")
    cast.give_policy(people.lin_wei, "P004", "2026-05-03")
    assert look("2026-07-01") == (0, 0)
    assert look("2026-08-31") == (1, 0)


SPARED: dict[str, dict[str, Any]] = {
    "has died": {"deceased_on": cast.day("2026-06-10")},
    "may have died": {"death_asked_on": cast.day("2026-06-10")},
    "mourns": {"bereaved_until": cast.day("2026-07-01")},
    "was erased": {"erased_on": cast.day("2026-06-10")},
}


@pytest.mark.parametrize("why", SPARED)
def test_nobody_is_called_who(people: cast.Cast, why: str) -> None:
    spoke(people.lin_wei, "2026-03-03")
    cast.change(cast.lin_wei(), **SPARED[why])
    assert look("2026-07-01") == (0, 0)


def test_a_day_begins_by_the_clock_of_the_book(people: cast.Cast) -> None:
    """At 23:30 of the second in Shanghai, it was the second there, and 15:30 UTC."""
    of = spoke(people.lin_wei, "2026-03-03")
    cast.change(of, ended_at=cast.at("2026-03-03", "00:30"))
    shanghai = datetime.timezone(datetime.timedelta(hours=8))
    at = ground()
    at = type(at)(at.home, at.country, at.rules, at.calendar, zone=shanghai)
    assert not looking.look(at, "en", cast.day("2026-06-30"), NOW)
    assert looking.look(at, "en", cast.day("2026-07-01"), NOW)["opened"] == 1
    assert said() == [("P001", "no_contact", "2026-03-03")]


# ------------------------------------------------------------- a payment that bounced, a surrender


def ledger(tmp_path: Path, on: str, paid: str) -> None:
    path = tmp_path / f"ledger-{on}.csv"
    path.write_text(f"policy_no,due_date,amount,paid_on\nP001,2026-06-01,600,{paid}\n", "utf-8")
    cast.import_book(path, joined=on, kind="premiums")


def test_a_payment_that_bounces_opens_a_case_on_the_day_of_the_file(
    people: cast.Cast, tmp_path: Path
) -> None:
    ledger(tmp_path, "2026-06-02", "2026-06-01")
    assert Premium.get().bounced_on is None
    ledger(tmp_path, "2026-06-05", "")
    assert Premium.get().bounced_on == cast.day("2026-06-05")
    assert look("2026-06-04") == (0, 0)
    assert [look(f"2026-06-0{day}") for day in (5, 6)] == [(1, 0), (0, 0)]
    assert said() == [("P001", "debit_failed", "2026-06-05")]


def test_a_payment_that_comes_after_it_bounced_opens_nothing(
    people: cast.Cast, tmp_path: Path
) -> None:
    for on, paid in (
        ("2026-06-02", "2026-06-01"),
        ("2026-06-05", ""),
        ("2026-06-06", "2026-06-06"),
    ):
        ledger(tmp_path, on, paid)
    assert look("2026-06-07") == (0, 0)


def test_a_payment_that_was_to_come_and_does_not_has_not_bounced(
    people: cast.Cast, tmp_path: Path
) -> None:
    ledger(tmp_path, "2026-06-02", "2026-06-20")
    ledger(tmp_path, "2026-06-05", "")
    assert look("2026-06-07") == (0, 0)


@pytest.mark.parametrize(
    ("status", "ended_on", "opened"),
    [
        ("surrendered", "2026-07-02", 1),
        ("surrendered", "2027-07-02", 1),
        ("surrendered", "2027-07-03", 0),  # more than a year ahead
        ("surrendered", "2026-07-01", 0),  # it has ended
        ("matured", "2026-07-15", 0),
    ],
)
def test_a_surrender_on_a_day_to_come(
    people: cast.Cast, status: str, ended_on: str, opened: int
) -> None:
    cast.change(cast.policy(), status=status, ended_on=cast.day(ended_on))
    assert look("2026-07-01") == (opened, 0)
    assert look("2026-07-01") == (0, 0)
    assert said() == [("P001", "surrender_asked", ended_on)] * opened
    assert [each.received_on for each in Case.select()] == [cast.day("2026-07-01")] * opened


# --------------------------------------------------------------------------------- a complaint


@pytest.fixture
def staff(people: cast.Cast) -> cast.Cast:
    give_account("he", "manager", team="一部")
    give_account("chen", "agent", agent_no="A001")
    return people


def complain(**facts: Any) -> Case:
    return complaint("2026-05-28", **facts)


def retention() -> Case:
    return Case.get(Case.kind == "retention")


def test_an_open_complaint_opens_a_case_of_its_policy(people: cast.Cast) -> None:
    of = complain(policy_no="P002")
    assert [look("2026-06-01"), look("2026-06-02")] == [(1, 0), (0, 0)]
    assert said() == [("P002", "complaint", "2026-05-28")]
    assert retention().caused_by == of.id


def test_a_complaint_of_no_policy_is_carried_by_the_first_in_force(people: cast.Cast) -> None:
    complain()
    look("2026-06-01")
    assert said() == [("P001", "complaint", "2026-05-28")]


def test_a_complaint_that_has_ended_opens_nothing(people: cast.Cast) -> None:
    of = complain()
    order = Order(of.id, "withdraw", BY, cast.day("2026-05-29"), Given("it was a misunderstanding"))
    stepping.step(CHINA, order, NOW.date(), NOW)
    assert look("2026-06-01") == (0, 0)


def test_a_complaint_of_a_former_holder_says_nothing_of_the_next(people: cast.Cast) -> None:
    complain(policy_no="P002")
    cast.change(cast.policy("P002"), client=people.zhou_ming)
    assert look("2026-06-01") == (0, 0)


def test_an_open_case_of_a_detractor_opens_one_as_well(staff: cast.Cast) -> None:
    day = cast.day("2026-05-28")
    of = Request("detractor", day, "2", BY, client_no="C001", policy_no="P002", about="A001")
    opening.open_case(CHINA, of, day, NOW)
    assert look("2026-06-01") == (1, 0)
    assert said() == [("P002", "detractor", "2026-05-28")]
    assert retention().owner == "he"


def test_an_anonymous_complaint_is_of_no_policy(people: cast.Cast) -> None:
    complain(client_no="")
    assert look("2026-06-01") == (0, 0)


def test_the_case_goes_to_nobody_whom_the_complaint_is_about(staff: cast.Cast) -> None:
    complain(policy_no="P001", about="A001")
    look("2026-06-01")
    of = retention()
    assert (of.owner, of.about.agent_no) == ("he", "A001")
    chen = recusal.account("chen")
    assert chen is not None
    assert not Case.select().where(recusal.seen(chen)).exists()


def test_nor_to_whom_it_may_be_about(staff: cast.Cast) -> None:
    complain(policy_no="P001")
    look("2026-06-01")
    assert retention().owner == "he"
    order = Order(retention().id, "assign", "he", cast.day("2026-06-01"), Given(person="chen"))
    with refuses(errors.CaseRefused, "nobody has said yet whom"):
        stepping.step(CHINA, order, NOW.date(), NOW)


def test_whoever_is_named_later_has_it_no_more(staff: cast.Cast) -> None:
    of = complain(policy_no="P001")
    look("2026-06-01")
    given = SAID._replace(reason="", date=None, person="he")
    stepping.step(CHINA, Order(of.id, "accept", BY, NOW.date(), given), NOW.date(), NOW)
    assert (retention().owner, retention().about_login) == ("", "he")


@pytest.mark.parametrize("about", ["A001", ""])
def test_an_agent_who_had_the_case_has_it_no_more(staff: cast.Cast, about: str) -> None:
    day = cast.day("2026-05-20")
    asked = Request("retention", day, "wants to leave", BY, policy_no="P001")
    assert opening.open_case(CHINA, asked, day, NOW).owner == "chen"
    complain(policy_no="P001", about=about)
    assert look("2026-06-01") == (0, 1)
    of = retention()
    assert of.owner == "he"
    assert (of.about.agent_no if of.about else "") == about


def test_an_agent_keeps_the_case_where_the_complaint_is_about_another(staff: cast.Cast) -> None:
    day = cast.day("2026-05-20")
    opening.open_case(CHINA, Request("retention", day, "x", BY, policy_no="P001"), day, NOW)
    complain(policy_no="P001", about="A900")
    assert look("2026-06-01") == (0, 1)
    assert retention().owner == "chen"


def test_it_says_nothing_of_what_the_complaint_says(staff: cast.Cast) -> None:
    complain(policy_no="P001", text="she has lied to me", about="A001")
    look("2026-06-01")
    words = [each.text for each in CaseEntry.select().where(CaseEntry.case == retention())]
    assert words == ["A complaint 2026-05-28", ""]


# ---------------------------------------------------------------------------- one at a time, kinds


@pytest.mark.parametrize("kind", ["retention", "reinstatement"])
def test_of_a_policy_one_is_open_at_a_time(people: cast.Cast, kind: str) -> None:
    day = cast.day("2026-05-20")
    asked = Request(kind, day, "it was said", BY, policy_no="P001", by_hand=True)
    first = opening.open_case(CHINA, asked, day, NOW)
    with refuses(errors.CaseRefused, f"case {first.id} of policy P001 is open"):
        opening.open_case(CHINA, asked, day, NOW)
    opening.open_case(CHINA, Request(kind, day, "another", BY, policy_no="P002"), day, NOW)


def test_a_kind_that_there_is_not_is_refused_by_name(tmp_path: Path) -> None:
    of = ground(home=tmp_path)
    (tmp_path / "cases").mkdir()
    shipped = Path("policies/cases/retention.toml").read_text("utf-8")
    mended = shipped.replace('case = "complaint"', 'case = "grumble"')
    (tmp_path / "cases" / "retention.toml").write_text(mended, "utf-8")
    told = "source complaint: there is no kind of case 'grumble'; there are: .*complaint"
    with refuses(policy_errors.BadCaseKind, told):
        of.kind("retention")


@cast.on_sqlite
def test_signs_read_no_whole_table(book: peewee.Database) -> None:
    people = cast.everybody(issued="2024-03-20")
    spoke(people.lin_wei, "2026-03-03")
    complain(policy_no="P002")
    cast.change(cast.policy("P003"), status="surrendered", ended_on=cast.day("2026-08-01"))
    of = cast.give_premium(cast.policy("P900"), "2026-05-01")
    cast.change(of, bounced_on=cast.day("2026-06-01"))
    with looked_up.listening(book) as heard:
        assert look("2026-07-01") == (2, 0)
        assert look("2026-06-01") == (2, 0)
    assert heard.faults() == []
