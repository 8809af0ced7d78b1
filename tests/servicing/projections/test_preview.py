"""What a client would be sent is what the walk would make, and may be refused for the same reasons."""

import datetime

import peewee
import pytest

from policies.models import Client
from servicing.messages import suppressions
from servicing.messages.waiting import previews
from servicing.projections import preview
from servicing.projections.preview import Preview, TextChoice
from tests import cast
from tests.servicing import owed
from tests.servicing.dispatched import TEN, WALKER

ON = datetime.date(2025, 9, 30)


def of(client: Client, key: str = "month_1", template: str = "", **asked: str) -> Preview | None:
    touchpoint = WALKER.plan.touchpoint(key)
    assert touchpoint
    template = template or preview.templates(touchpoint)[0]
    price = float(asked.pop("price", 0))
    return preview.preview(WALKER, client, touchpoint, TextChoice(template, **asked), ON, price)


@pytest.fixture
def people(book: peewee.Database) -> cast.Cast:
    return cast.everybody()


def test_it_is_the_text_of_the_walk(people: cast.Cast) -> None:
    seen = of(people.lin_wei)
    cast.walk_only(ON, WALKER)
    made = cast.message("month_1")
    assert (made.channel, made.address, made.provider) == ("sms", "+12025550111", "memory")
    assert seen and seen.text == previews(WALKER.writer, [made])[made.id].text
    assert (seen.channel, seen.address, seen.provider) == ("sms", made.address, made.provider)
    assert (seen.state, seen.reason.value) == (made.state, made.reason)


def test_another_channel_and_language_may_be_asked_for(people: cast.Cast) -> None:
    cast.change(people.lin_wei, email="lin.wei@example.com")
    seen = of(people.lin_wei, channel="email", locale="en")
    assert seen and seen.text.subject and seen.text.locale == "en"
    assert (seen.address, seen.state) == ("lin.wei@example.com", "queued")


def test_it_says_why_it_may_not_be_sent(people: cast.Cast) -> None:
    seen = [of(people.lin_wei, "news"), of(people.lin_wei, channel="email")]
    suppressions.suppress("sms", people.lin_wei.phone, "opted_out", "reply", TEN)
    cast.change(people.zhou_ming, channel="none")
    seen += [of(people.lin_wei), of(people.zhou_ming)]
    assert [(each.state, each.reason.value) for each in seen if each] == [
        ("suppressed", "no_marketing_consent"),
        ("suppressed", "no_email"),
        ("suppressed", "opted_out"),
        ("suppressed", "client_wants_none"),
    ]


LANDLINE = "+442079460123"


@pytest.mark.parametrize(
    ("email", "asked", "expected"),
    [
        ("lin.wei@example.com", "", ("email", "queued", "due")),
        ("lin.wei@example.com", "sms", ("sms", "suppressed", "no_sms_number")),
        ("", "", ("sms", "suppressed", "no_sms_number")),
        ("", "email", ("email", "suppressed", "no_email")),
    ],
)
def test_a_landline_is_written_to_by_email(
    people: cast.Cast, email: str, asked: str, expected: tuple[str, str, str]
) -> None:
    cast.change(people.lin_wei, phone=LANDLINE, email=email)
    seen = of(people.lin_wei, channel=asked)
    assert seen and (seen.channel, seen.state, seen.reason.value) == expected


MONTHS = [
    # the first of four days of marketing (then 2, 3 and 4 September); whether 30 September has room
    ("2025-08-31", "due"),
    ("2025-09-01", "cap_moved"),
]


@pytest.mark.parametrize(("first", "reason"), MONTHS)
def test_a_marketing_cap_that_is_full_is_seen(
    book: peewee.Database, first: str, reason: str
) -> None:
    people = cast.people()
    cast.change(people.lin_wei, marketing_consent=True)
    cast.give_policy(people.lin_wei, "P001", "2025-08-01")
    days = [cast.day(first), *(datetime.date(2025, 9, each) for each in (2, 3, 4))]
    plan = owed.marketing(*((day - datetime.date(2025, 8, 1)).days for day in days))
    for day in days:
        cast.walk_only(day, cast.walker(plan))
    seen = of(people.lin_wei, "news")
    assert seen and seen.reason.value == reason


def test_a_premium_reminder_is_of_the_next_unpaid_instalment(people: cast.Cast) -> None:
    assert of(people.lin_wei, "renewal") is None
    cast.give_premium(people.policies[0], "2025-09-01", paid_on="2025-09-02")
    cast.give_premium(people.policies[2], "2025-10-31", amount="777")
    cast.give_premium(people.policies[1], "2025-10-30", amount="6543.21")
    seen = of(people.lin_wei, "renewal")
    assert seen and seen.policy_no == "P002" and "6,543.21" in seen.text.body


def test_a_policy_that_has_ended_is_written_to_no_more(people: cast.Cast) -> None:
    cast.change(cast.policy("P900"), status="surrendered", ended_on=ON)
    seen = of(people.zhou_ming)
    assert seen and (seen.state, seen.reason.value) == ("cancelled", "policy_ended")


def test_it_tells_what_it_costs(people: cast.Cast) -> None:
    seen, free = of(people.lin_wei, price="0.045"), of(people.lin_wei)
    assert seen and str(seen.cost) == "0.090"
    assert free and free.cost is None
