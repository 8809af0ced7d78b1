"""The night gives clients points and tiers by the book, and writes down what has changed alone."""

import datetime
import json
from decimal import Decimal
from typing import Any

import msgspec
import peewee
import pytest

from policies import tier
from policies.models import Client
from servicing.core import errors, kept, trail
from servicing.core.done_models import DoneTask
from servicing.core.models import CardEntry, Kept, Touched
from servicing.core.runtime import never
from servicing.core.tier_models import TierLine, TierStanding
from servicing.tiers import granting, night, queries, scoring
from servicing.tiers.granting import Grant
from servicing.tiers.scoring import Done, Rules
from tests import cast

Book = peewee.Database
CARD = tier.load(tier.SHIPPED / "basic.toml")
RULES = Rules(CARD, "CNY", True)
ON = datetime.date(2026, 5, 11)


def run(on: datetime.date = ON, rules: Rules = RULES) -> Done:
    return night.run(rules, on, cast.at(on, "03:00"), never)


def standing(client_no: str = "C001") -> TierStanding:
    client = Client.get(Client.client_no == client_no)
    return TierStanding.get(TierStanding.client_id == client.id)


def factors(client_no: str = "C001") -> dict[str, tuple[str, str]]:
    found = scoring.factors_of(standing(client_no).scored)
    return {
        each.factor: ("" if each.value is None else f"{each.value:f}", f"{each.points:f}")
        for each in found
    }


def tell(client: Client, kind: str) -> None:
    """A line on the client's card says that something has changed."""
    trail.write([trail.Entry(client.id, None, None, kind, "{}")], cast.at(ON))


@pytest.fixture
def people(book: Book) -> cast.Cast:
    """Lin Wei has three policies of 12,000 since August, Zhou Ming has one."""
    return cast.everybody()


def test_everybody_is_scored_by_what_the_book_knows(people: cast.Cast) -> None:
    assert run() == Done(scored=2, changed=2)
    assert factors() == {
        "annual_premium": ("36000", "9"),
        "policies": ("3", "5"),
        "years": ("0", "2"),
        "referrals": ("0", "0"),
        "churn": ("", "0"),
    }
    assert (standing().points, standing().tier) == ("16", "attentive")
    assert standing("C900").tier == "regular"


COUNTED: list[tuple[str, dict[str, Any], str, str]] = [
    ("as it is", {}, "36000", "3"),
    ("paid up", {"status": "paid_up"}, "24000", "3"),
    ("a single premium", {"payment_mode": "single"}, "24000", "3"),
    ("another currency", {"currency": "USD"}, "24000", "3"),
    ("the book's own", {"currency": "CNY"}, "36000", "3"),
    ("over", {"status": "surrendered", "ended_on": ON}, "24000", "2"),
    ("over tomorrow", {"status": "matured", "ended_on": datetime.date(2026, 5, 12)}, "36000", "3"),
    ("an application", {"status": "applied"}, "24000", "2"),
    ("not yet issued", {"issue_date": datetime.date(2026, 5, 12)}, "24000", "2"),
]


@pytest.mark.parametrize(
    ("name", "facts", "premium", "policies"), COUNTED, ids=[e[0] for e in COUNTED]
)
def test_what_counts_of_a_policy(
    people: cast.Cast, name: str, facts: dict[str, Any], premium: str, policies: str
) -> None:
    cast.change(cast.policy("P003"), **facts)
    run()
    assert factors()["annual_premium"][0] == premium
    assert factors()["policies"][0] == policies


def test_a_referral_counts_once_the_friend_has_bought(people: cast.Cast) -> None:
    friend = Client.create(client_no="C010", name="钱多", referred_by="C001")
    run()
    assert factors()["referrals"] == ("0", "0")
    cast.give_policy(friend, "P010", "2026-05-12", agent=people.chen_yan)
    assert run(ON + datetime.timedelta(days=1)).scored == 2, "the friend, and who has referred them"
    assert factors()["referrals"] == ("1", "5")


def test_the_days_since_the_last_contact_are_scored_by_the_day(people: cast.Cast) -> None:
    bands = [
        {"to": Decimal(30), "points": Decimal(4)},
        {"from": Decimal(30), "points": Decimal(1)},
    ]
    contact = msgspec.convert(
        {"id": "contact_days", "title": {"en": "Contact"}, "bands": bands}, tier.Factor
    )
    card = msgspec.structs.replace(CARD, factors=(contact,), digest="contact")
    rules = Rules(card, "CNY", False)
    run(rules=rules)
    assert factors() == {"contact_days": ("", "0")}
    done = {"key": "month_1", "policy_id": people.policies[0].id, "done_on": ON}
    DoneTask.create(task_id=1, client_id=people.lin_wei.id, **done)
    tell(people.lin_wei, "task.done")
    run(rules=rules)
    assert factors() == {"contact_days": ("0", "4")}
    days = [ON + datetime.timedelta(days=each) for each in range(1, 31)]
    changed = [each for each in days if run(each, rules).changed]
    assert changed == [ON + datetime.timedelta(days=30)]


def test_a_night_in_which_nothing_happened_looks_at_nobody(people: cast.Cast) -> None:
    run()
    assert run() == Done()
    assert TierLine.select().count() == 2


def test_who_is_scored_again_without_news_gets_no_line(people: cast.Cast) -> None:
    run()
    later = ON + datetime.timedelta(days=40)
    assert run(later) == Done(scored=2)
    assert TierLine.select().count() == 2


@pytest.mark.parametrize("kind", queries.TELLING)
def test_whose_card_tells_of_a_change_is_scored(people: cast.Cast, kind: str) -> None:
    run()
    tell(people.lin_wei, kind)
    assert run() == Done(scored=1)


def test_an_edited_scorecard_is_a_round_through_all_clients(people: cast.Cast) -> None:
    run()
    edited = Rules(msgspec.structs.replace(CARD, digest="edited"), "CNY", False)
    assert run(rules=edited) == Done(scored=2)
    assert run(rules=edited) == Done()


def test_an_interrupted_round_goes_on_where_it_was(
    people: cast.Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "AT_A_TIME", 1)
    answers = iter([False, True, True, True, True])
    assert night.run(RULES, ON, cast.at(ON), lambda: next(answers)).scored == 1
    assert run() == Done(scored=1, changed=1)


def test_what_is_kept_of_a_night_can_be_lost(people: cast.Cast) -> None:
    run()
    Kept.delete().where(Kept.name == night.NAME).execute()
    assert kept.value(night.NAME, night.NAME) is None
    assert run() == Done(scored=2)


def test_down_only_after_two_periods_and_up_at_once(people: cast.Cast) -> None:
    run()
    cast.change(cast.policy("P001"), status="surrendered", ended_on=ON)
    cast.change(cast.policy("P002"), status="surrendered", ended_on=ON)
    tell(people.lin_wei, "status.changed")
    run()
    assert (standing().points, standing().tier) == ("9", "regular"), "too few by 6"


def test_too_few_by_five_waits_for_two_months(people: cast.Cast) -> None:
    run()
    cast.change(cast.policy("P001"), annual_premium=Decimal(1000))
    cast.change(cast.policy("P002"), annual_premium=Decimal(1000))
    tell(people.lin_wei, "policy.changed")
    run()
    assert (standing().points, standing().tier, standing().below_since) == ("12", "attentive", ON)
    seen = {}
    for days in range(1, 70):
        day = ON + datetime.timedelta(days=days)
        run(day)
        seen.setdefault(standing().tier, day)
    assert seen["regular"] == datetime.date(2026, 7, 11)


def test_who_changes_the_tier_is_looked_at_where_the_plan_asks_for_tiers(people: cast.Cast) -> None:
    run()
    assert Touched.select().count() == 0, "nobody was of another tier before"
    for number in ("P001", "P002"):
        cast.change(cast.policy(number), status="surrendered", ended_on=ON)
    tell(people.lin_wei, "status.changed")
    run()
    assert [each.client_id for each in Touched.select()] == [people.lin_wei.id]


def test_who_has_died_is_scored_no_more(people: cast.Cast) -> None:
    run()
    cast.change(people.lin_wei, deceased_on=ON)
    tell(people.lin_wei, "policy.changed")
    assert run() == Done()
    assert standing().next_on is None


# ------------------------------------------------------------------------------------- granted


def give(client: Client, tier: str = "personal", days: int = 30, reason: str = "新生儿") -> None:
    until = ON + datetime.timedelta(days=days)
    granting.grant(client, Grant(tier, until, reason, "hejing"), RULES, ON, cast.at(ON))


def test_a_granted_tier_counts_until_its_last_day(people: cast.Cast) -> None:
    run()
    give(people.lin_wei)
    assert standing().tier == "personal"
    run(ON + datetime.timedelta(days=30))
    assert standing().tier == "personal"
    run(ON + datetime.timedelta(days=31))
    assert (standing().tier, standing().granted) == ("attentive", None)
    kinds = [each.kind for each in queries.lines(people.lin_wei.id)]
    assert kinds == ["ran_out", "granted", "scored"]


def test_who_was_never_scored_can_be_granted_a_tier(people: cast.Cast) -> None:
    give(people.lin_wei)
    assert (standing().tier, standing().by_points) == ("personal", "attentive")


def test_it_is_taken_back(people: cast.Cast) -> None:
    give(people.lin_wei)
    granting.lift(people.lin_wei, "hejing", RULES, ON, cast.at(ON))
    assert standing().tier == "attentive"
    with pytest.raises(errors.BadArgument) as refused:
        granting.lift(people.lin_wei, "hejing", RULES, ON, cast.at(ON))
    assert refused.value.notice.code == "tier_not_granted"


def test_the_card_says_who_has_granted_it_and_why(people: cast.Cast) -> None:
    give(people.lin_wei)
    (line,) = CardEntry.select().where(CardEntry.kind == "tier.granted")
    until = str(ON + datetime.timedelta(days=30))
    said = {"tier": "personal", "until": until, "text": "新生儿", "by": "hejing"}
    assert json.loads(line.facts) == said


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("no such tier", {"tier": "gold"}, "tier_unknown"),
    ("past", {"days": -1}, "tier_until"),
    ("a day more than a year", {"days": 366}, "tier_until"),
    ("no reason", {"reason": "  "}, "tier_reason_missing"),
    ("a long one", {"reason": "好" * 501}, "tier_reason_long"),
    ("an insult", {"reason": "他是难缠的客户"}, "tier_reason"),
    ("an insult in English", {"reason": "a cash cow"}, "tier_reason"),
]


@pytest.mark.parametrize(("name", "how", "code"), REFUSED, ids=[each[0] for each in REFUSED])
def test_what_cannot_be_granted(
    people: cast.Cast, name: str, how: dict[str, Any], code: str
) -> None:
    with pytest.raises(errors.BadArgument) as refused:
        give(people.lin_wei, **how)
    assert refused.value.notice.code == code
    assert TierLine.select().count() == 0


@pytest.mark.parametrize("days", [0, 365])
def test_from_today_to_a_year_from_now(people: cast.Cast, days: int) -> None:
    give(people.lin_wei, days=days)


def test_nobody_who_has_died_is_granted_anything(people: cast.Cast) -> None:
    cast.change(people.lin_wei, deceased_on=ON)
    with pytest.raises(errors.BadArgument) as refused:
        give(people.lin_wei)
    assert refused.value.notice.code == "tier_of_nobody"
