"""The circuit breaker: what stops, what does not, what waits, and how a person lets it go on."""

import datetime
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, get_args

import peewee
import pytest

from policies.models import Client
from servicing.breaker import breaker, forecast, halts
from servicing.breaker.breaker import OutgoingText
from servicing.card import card
from servicing.channels import Accepted, Answer, Outgoing, Rejected, Throttled
from servicing.channels.memory import Memory
from servicing.core import doubts, errors
from servicing.core.models import CardEntry, ChannelAnswers, Forecast, Halt, Message, Volume
from servicing.core.models import Touchpoint as TouchpointRow
from servicing.core.settings import Breaker
from servicing.dispatch import claims, receipts, reconcile
from servicing.dispatch import dispatcher as dispatching
from servicing.dispatch.claims import Dispatcher
from servicing.dispatch.provider_pool import ProviderPool
from servicing.dispatch.receipts import Receipt
from servicing.explain.why import why
from servicing.messages import history, waiting
from servicing.messages.waiting import previews
from servicing.schedule import walk
from tests import cast
from tests.refusals import refuses
from tests.servicing import owed, stored
from tests.servicing.dispatched import Threaded, by, dispatch, states, trail
from tests.servicing.hands import Hands

pytestmark = cast.on_one

Book = peewee.Database
RULES = Breaker()
WALKER = cast.walker(owed.THREE_YEARS, breaks=True)
BEFORE, ON, AFTER = "2025-09-29", "2025-09-30", "2025-10-01"
TEN = cast.at(ON, "10:00")
HOUR = datetime.timedelta(hours=1)


# ------------------------------------------------------------------------------ counts and verdicts

DAYS = [
    # count, expected, is it too many
    (0, 0, False),
    (99, 0, False),
    (100, 0, True),
    (12, 3, False),
    (150, 51, False),
    (151, 51, False),
    (153, 51, False),
    (154, 51, True),
    (300, 100, False),
    (301, 100, True),
    (2_000, 100, True),
    (100, 2_000, False),
]


@pytest.mark.parametrize(("count", "expected", "is_over"), DAYS)
def test_a_day_is_too_much_by_a_factor_and_by_a_hundred(
    count: int, expected: int, is_over: bool
) -> None:
    assert breaker.is_too_many(count, expected, RULES) is is_over


TOTALS = [
    ({"news": 2_000, "birthday": 9}, {"news": 100, "birthday": 9}, {"news": (2_000, 100)}),
    ({"news": 90, "event": 90}, {}, {"": (180, 0)}),
    ({"news": 40, "event": 40}, {}, {}),
    ({"news": 90, "event": 90}, {"news": 60}, {}),
    ({}, {"news": 100}, {}),
]


@pytest.mark.parametrize(("counted", "expected", "over"), TOTALS)
def test_where_no_single_touchpoint_is_too_many_all_of_them_may_be(
    counted: dict[str, int], expected: dict[str, int], over: dict[str, tuple[int, int]]
) -> None:
    assert breaker.too_many(counted, expected, RULES) == over


ANSWERS = [
    # before, new, how many of how many refused are too many
    ("", "-" * 10, None),
    ("", "-" * 11, (11, 11)),
    ("-" * 10, "-", (11, 11)),
    ("-" * 10 + "+" * 190, "-", None),
    ("+" * 190 + "-" * 10, "-", (11, 200)),
    ("", "-" * 11 + "+" * 400, (11, 11)),
    ("-" * 11, "+" * 200, (11, 12)),
    ("+" * 200, "+" * 200, None),
]


@pytest.mark.parametrize(("lately", "new", "found"), ANSWERS)
def test_more_than_one_in_twenty_of_the_last_two_hundred_are_too_many(
    lately: str, new: str, found: tuple[int, int] | None
) -> None:
    assert breaker.refusals(lately, new, RULES) == found


TEXTS = [
    # what goes, as number and text; what has gone; which of them repeat, and which other one
    (["1a", "1b", "2a"], [], []),
    (["1a", "1b", "1a"], [], [(3, 1)]),
    (["1a", "1b"], ["1a"], [(1, 900)]),
    (["1a", "1a", "1a"], ["2a"], [(2, 1), (3, 1)]),
]


@pytest.mark.parametrize(("going", "gone", "found"), TEXTS)
def test_a_text_repeats_what_went_to_the_number_or_goes_before_it(
    going: Sequence[str], gone: Sequence[str], found: list[tuple[int, int]]
) -> None:
    texts = [OutgoingText(number, "news", each[0], each[1]) for number, each in enumerate(going, 1)]
    sent = {(each[0], each[1]): number for number, each in enumerate(gone, 900)}
    assert [(each.message_id, each.other) for each in breaker.repeated(texts, sent)] == found


NAMES = [
    ("news", ("touchpoint", "news")),
    ("touchpoint:news", ("touchpoint", "news")),
    ("sms", ("channel", "sms")),
    (" channel:email ", ("channel", "email")),
    ("touchpoint:sms", ("touchpoint", "sms")),
    ("message:12", ("message", "12")),
]


@pytest.mark.parametrize(("text", "meant"), NAMES)
def test_a_person_names_a_touchpoint_or_a_channel(text: str, meant: tuple[str, str]) -> None:
    assert breaker.named(text) == meant


# ------------------------------------------------------------------------------------------ helpers


def strict(**rules: object) -> Breaker:
    """Rules by which the few people of the cast are many."""
    return Breaker(**{"factor": 1.0, "at_least": 2, **rules})  # type: ignore[arg-type]


def cautious(*, hands: Hands | None = None) -> walk.Walker:
    return replace(WALKER, breaker=strict(), others=hands)


def stopped_now() -> list[tuple[str, str, dict[str, object]]]:
    return [(each.name, each.cause, each.facts) for each in halts.listed()]


def more_clients(count: int, issued: str = "2025-08-31", served_from: str = ON) -> None:
    """A file of others, of whom nobody has known before."""
    for number in range(count):
        known = {"client_no": f"C5{number:02}", "name": f"客户{number}", "phone": "+12025550150"}
        cast.give_policy(Client.create(**known), f"P5{number:02}", issued, served_from=served_from)
    cast.joined(served_from)


def resume(what: str = "month_1", now: datetime.datetime = TEN, **how: Any) -> int:
    return breaker.resume(what, "looked at it", "ops", now, **how)


# ------------------------------------------------------------------------------------------- volume


def test_the_days_ahead_are_counted_once(book: Book) -> None:
    cast.everybody(served_from=BEFORE)
    cast.walk_on(BEFORE, WALKER)
    assert forecast.of_day(cast.day(ON)) == Counter({"": 4, "month_1": 4})
    more_clients(3)
    cast.walk_on(BEFORE, WALKER)
    assert forecast.of_day(cast.day(ON)) == Counter({"": 4, "month_1": 4}), "the first one stands"
    assert forecast.of_day(cast.day("2025-10-06")) is not None
    assert forecast.of_day(cast.day("2025-10-05")) is None


def test_a_forecast_is_what_the_walk_finds(book: Book) -> None:
    people = cast.everybody(issued=["2025-08-31", "2024-06-30", "2024-03-30"], served_from=BEFORE)
    cast.give_premium(people.policies[0], "2025-10-30")
    first, last = cast.day(ON), cast.day("2025-11-05")
    ahead = forecast.count(WALKER.plan, WALKER.calendar, first, last)
    for day, counted in ahead.items():
        found = cast.walk_only(day, WALKER).by_touchpoint
        assert found <= counted, day  # one may be counted on two days; it is found on the first
        assert found.keys() == counted.keys(), day


def test_an_import_that_nobody_expected_is_stopped_before_anything_leaves(book: Book) -> None:
    cast.everybody(served_from=BEFORE)
    cast.walk_on(BEFORE, cautious())
    more_clients(10)
    walked = cast.walk_on(ON, cautious())
    told = {"day": ON, "count": 14, "expected": 4}
    assert (walked.messages, stopped_now()) == (14, [("touchpoint:month_1", "volume", told)])
    memory = Memory()
    assert dispatch(by(memory)) == {"halted": 14}
    assert (memory.sent, states()) == ({}, {"queued": 14})
    assert dispatch(by(memory)) == {}, "what is held is not looked at again"
    assert halts.listed()[0].waiting == 14
    assert resume() == 0
    assert dispatch(by(memory)) == {"accepted": 14}
    (line,) = halts.listed(is_all=True)
    assert (line.resumed_at, line.resumed_by, line.resumed_why) == (TEN, "ops", "looked at it")


def test_others_are_not_handed_what_is_halted(book: Book) -> None:
    hands = Hands()
    cast.everybody(served_from=BEFORE)
    cast.walk_on(BEFORE, cautious(hands=hands))
    more_clients(10)
    cast.walk_on(ON, cautious(hands=hands))
    assert [name for name, *_ in stopped_now()] == ["touchpoint:month_1"]
    list(hands.make_all(cautious(hands=hands), TEN))
    (batch,) = hands.batches[-1:]
    worker = by(Memory())
    Message.update(provider="memory").execute()
    for each in hands.batches:
        dispatching.dispatch(worker, lambda: TEN, batch=replace(each, provider="memory"))
    hands.batches.clear()
    assert (states(), dispatching.hand_out(hands, TEN)) == ({"queued": 14}, 0)
    resume()
    assert dispatching.hand_out(hands, TEN) == 14
    assert batch.messages


def test_what_a_person_has_accepted_is_expected_from_then_on(book: Book) -> None:
    cast.everybody(served_from=BEFORE)
    cast.walk_on(BEFORE, cautious())
    more_clients(10)
    cast.walk_on(ON, cautious())
    row = (Volume.day == cast.day(ON)) & (Volume.key == "month_1")
    assert Volume.get(row).verdict == "over"
    resume()
    assert Volume.get(row).verdict == "accepted"
    cast.walk_on(ON, cautious())
    for number in range(12):
        client = Client.create(client_no=f"C7{number}", name=f"某{number}", phone="+12025550177")
        cast.give_policy(client, f"P7{number}", "2025-09-01", served_from=AFTER)
    cast.walk_on(AFTER, cautious())
    assert stopped_now() == []


def test_the_whole_day_counts_however_often_it_is_walked(book: Book) -> None:
    cast.everybody(served_from=BEFORE)
    cast.walk_on(BEFORE, cautious())
    cast.walk_on(ON, cautious())
    for number, stopped in ((1, []), (2, [6])):
        client = Client.create(client_no=f"C7{number}", name=f"某{number}", phone="+12025550177")
        cast.give_policy(client, f"P7{number}", "2025-08-31", served_from=ON)
        cast.walk_on(ON, cautious())
        assert [facts["count"] for *_, facts in stopped_now()] == stopped


def test_the_first_walk_of_a_book_has_nothing_to_be_judged_by(book: Book) -> None:
    cast.everybody(served_from=ON)
    cast.walk_on(ON, cautious())
    assert (stopped_now(), states()) == ([], {"queued": 4})


def test_after_a_long_sleep_a_day_is_judged_by_what_the_book_held_before(book: Book) -> None:
    cast.everybody(served_from="2025-09-01")
    cast.walk_on("2025-09-01", cautious())
    cast.walk_on(ON, cautious())
    assert stopped_now() == [], "no forecast of the day, and the book has not changed"
    Forecast.delete().execute()
    client = Client.create(client_no="C700", name="某人", phone="+12025550177")
    for number in range(5):
        cast.give_policy(client, f"P70{number}", "2025-10-01", served_from="2025-10-01")
    cast.walk_on("2025-11-01", cautious())
    (halt,) = stopped_now()
    assert halt == (
        "touchpoint:month_1",
        "volume",
        {"day": "2025-11-01", "count": 5, "expected": 0},
    )


def test_many_small_surprises_at_once_stop_both_channels(book: Book) -> None:
    cast.everybody(issued=["2025-08-31", "2025-05-31", "2025-02-28"], served_from=BEFORE)
    walker = replace(WALKER, breaker=strict(at_least=3))
    Volume.create(day=cast.day(BEFORE), key="", touchpoints=0, verdict="usual")
    cast.walk_on(BEFORE, walker)
    Forecast.update(touchpoints=0).execute()
    cast.walk_on(ON, walker)
    told = {"day": ON, "count": 3, "expected": 0}
    assert stopped_now() == [("channel:sms", "volume", told), ("channel:email", "volume", told)]
    assert dispatch(by(Memory())) == {"halted": 3}
    resume("sms")
    resume("email")
    assert dispatch(by(Memory())) == {"accepted": 3}


def test_what_is_too_late_to_leave_stops_nothing(book: Book) -> None:
    cast.everybody(served_from="2025-08-31")
    cast.walk_on("2025-10-20", replace(WALKER, breaker=strict(at_least=1)))
    assert stopped_now() == []


def test_a_breaker_that_is_switched_off_judges_nothing(book: Book) -> None:
    off = replace(WALKER, breaker=strict(enabled=False))
    cast.everybody(served_from=BEFORE)
    cast.walk_on(BEFORE, off)
    more_clients(10)
    cast.walk_on(ON, off)
    assert (stopped_now(), dispatch(careless())) == ([], {"accepted": 14})


def careless() -> Dispatcher:
    return replace(by(Memory()), breaker=strict(enabled=False))


# ------------------------------------------------------------------------------------- what is held


def test_what_is_held_until_its_window_closes_is_skipped_for_that(book: Book) -> None:
    cast.everybody()
    cast.walk_only(ON, WALKER)
    breaker.halt("month_1", WALKER.plan, "the text is wrong", "ops", TEN)
    assert dispatch(by(Memory())) == {"halted": 4}
    closing = max(each.send_until for each in Message.select())
    assert dispatch(by(Memory()), closing - HOUR) == {}
    assert dispatch(by(Memory()), closing) == {"skipped": 4}
    assert trail() == [("queued", "due"), ("skipped", "halted")]
    resume(now=closing)
    assert (dispatch(by(Memory()), closing), states()) == ({}, {"skipped": 4})


def test_a_claim_that_has_seen_the_halt_only_just_loses_nothing(book: Book) -> None:
    """It sets aside after the person has resumed: the next minute lets it go."""
    cast.everybody()
    cast.walk_only(ON, WALKER)
    halts.hold([each.id for each in Message.select()])
    assert dispatch(by(Memory())) == {"accepted": 4}


def test_what_is_held_may_have_left_from_a_book_that_is_lost(book: Book) -> None:
    cast.everybody()
    cast.walk_only(ON, WALKER)
    halts.hold([each.id for each in Message.select()])
    span = doubts.Span(1, TEN, TEN + HOUR, 0, 0, is_latest_book=False)
    assert reconcile.doubt(span, "Asia/Shanghai", TEN + HOUR) == 4


def test_another_touchpoint_leaves_meanwhile(book: Book) -> None:
    people = cast.everybody(issued=["2025-08-31", "2025-05-31", "2025-02-28"])
    cast.walk_only(ON, WALKER)
    breaker.halt("month_1", WALKER.plan, "the text is wrong", "ops", TEN)
    assert dispatch(by(Memory()), limit=2) == {"accepted": 1, "halted": 2}
    assert people.lin_wei.client_no == "C001" and halts.listed()[0].waiting == 2


def test_a_halted_channel_holds_all_its_touchpoints(book: Book) -> None:
    people = cast.everybody()
    cast.change(people.zhou_ming, channel="email", email="zhou.ming@example.com")
    cast.walk_only(ON, WALKER)
    breaker.halt("sms", WALKER.plan, "the number is to be changed", "ops", TEN)
    assert dispatch(by(Memory())) == {"accepted": 1, "halted": 3}
    assert cast.message("month_1", "P900").state == "accepted"


def test_why_tells_what_holds_a_message(book: Book) -> None:
    cast.everybody()
    cast.walk_only(ON, WALKER)
    breaker.halt("month_1", WALKER.plan, "the text is wrong", "ops", TEN)
    dispatch(by(Memory()))
    chain = why(WALKER, "P001", "month_1", cast.day(ON), cast.day(ON)).chain
    (link,) = (each for each in chain if each.code == "halted")
    told = link.in_zone(TEN.tzinfo or datetime.UTC)
    assert told.sentence("en") == (
        "This touchpoint is halted since 2025-09-30 10:00: a person has halted it."
    )
    assert told.sentence("zh_CN") == "这个触点自 2025-09-30 10:00 起停发：人工停发。"


# --------------------------------------------------------------------------------------- a person


def test_nothing_is_resumed_that_is_not_halted(book: Book) -> None:
    with refuses(errors.NotHalted, match="'news' is not halted; nothing is"):
        resume("news")
    breaker.halt("event", WALKER.plan, "rain", "ops", TEN)
    with refuses(errors.NotHalted, match="'news' is not halted; halted is: touchpoint:event"):
        resume("news")


def test_a_person_halts_what_there_is_and_once(book: Book) -> None:
    with refuses(errors.BadArgument, match="'newz' is not known, there is: delivery"):
        breaker.halt("newz", WALKER.plan, "rain", "ops", TEN)
    with refuses(errors.BadArgument, match="'fax' is not known, there is: sms, email"):
        breaker.halt("channel:fax", WALKER.plan, "rain", "ops", TEN)
    breaker.halt("event", WALKER.plan, "rain", "ops", TEN)
    with refuses(errors.HaltedAlready, match="'event' is halted already, by ops"):
        breaker.halt("event", WALKER.plan, "more rain", "admin", TEN)
    resume("event")
    breaker.halt("event", WALKER.plan, "rain again", "ops", TEN)
    assert [each.halted_why for each in halts.listed(is_all=True)] == ["rain", "rain again"]


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("cause", get_args(halts.Cause))
def test_every_cause_is_a_sentence(book: Book, cause: halts.Cause, locale: str) -> None:
    told = {"day": ON, "count": 717, "expected": 7, "hours": 24, "rejected": 717, "of": 200}
    halts.stop(halts.Subject("channel", "sms"), cause, told, TEN, "X717", "because")
    (line,) = halts.listed()
    assert "717" in line.sentence(locale) and "{" not in line.sentence(locale)


# ---------------------------------------------------------------------------------- repeated texts


@pytest.fixture
def doubled(book: Book) -> None:
    """Four messages of which two say the same to one number: two policies end in the same digits."""
    cast.everybody()
    cast.change(cast.policy("P002"), policy_no="XP001")
    cast.walk_only(ON, WALKER)


def test_of_two_that_say_the_same_the_second_is_held_and_nothing_else(doubled: None) -> None:
    memory = Memory()
    assert dispatch(by(memory)) == {"accepted": 3, "halted": 1}
    held = cast.message("month_1", "XP001").id
    (line,) = halts.listed()
    assert (line.name, line.cause, line.waiting) == (f"message:{held}", "repeated", 1)
    assert line.facts == {"other": cast.message("month_1").id, "hours": 24}
    assert (line.client_no, line.other_client_no, line.address) == ("C001", "C001", "+12025550111")
    assert dispatch(by(memory), TEN + HOUR) == {}
    resume(line.name)
    assert halts.listed() == []
    assert dispatch(by(memory), TEN + HOUR) == {"accepted": 1}, "the person has seen it"


def test_with_its_touchpoint_goes_what_is_held_by_itself(doubled: None) -> None:
    assert dispatch(by(Memory())) == {"accepted": 3, "halted": 1}
    with refuses(errors.NotHalted):
        resume("news")
    with refuses(errors.NotHalted):
        resume("message:month_1")
    resume("month_1")
    assert dispatch(by(Memory())) == {"accepted": 1}


def test_what_is_held_by_itself_is_dropped_by_name(doubled: None) -> None:
    dispatch(by(Memory()))
    (line,) = halts.listed()
    assert resume(line.name, drops_repeated=partial(waiting.would_say, by(Memory()).writer)) == 1
    assert (halts.listed(), dispatch(by(Memory()))) == ([], {})
    assert trail("XP001") == [("queued", "due"), ("cancelled", "repeated")]


@pytest.mark.parametrize(("at_least", "counts"), [(1, {"halted": 4}), (2, None), (20, None)])
def test_a_touchpoint_stops_for_everybody_only_where_repeats_are_many(
    doubled: None, at_least: int, counts: dict[str, int] | None
) -> None:
    worker = replace(by(Memory()), breaker=Breaker(repeated_at_least=at_least))
    assert dispatch(worker) == (counts or {"accepted": 3, "halted": 1})
    names = [each.name for each in halts.listed()]
    assert ("touchpoint:month_1" in names) == (counts is not None)
    resume("month_1")
    assert dispatch(worker) == ({"accepted": 4} if counts else {"accepted": 1})


def test_repeats_of_earlier_claims_count_within_the_hours(doubled: None) -> None:
    worker = replace(by(Memory()), breaker=Breaker(repeated_at_least=2))
    dispatch(worker)
    for number, day in ((1, TEN + 30 * HOUR), (2, TEN + 31 * HOUR)):
        client = Client.create(
            client_no=f"C60{number}", name="林伟", gender="M", phone="+12025550111"
        )
        cast.give_policy(client, f"{number}XP001", "2025-08-31")
        cast.walk_only(ON, WALKER)
        Message.update(claimed_at=day).where(Message.state == "accepted").execute()
        dispatch(worker, day)
    names = [each.name for each in halts.listed()]
    assert names.count("touchpoint:month_1") == 1
    (line,) = (each for each in halts.listed() if each.kind == "touchpoint")
    assert line.facts["count"] == 2, "the one of yesterday is long ago"


def test_a_corrected_number_lets_the_second_message_go(doubled: None) -> None:
    dispatch(by(Memory()))
    held = cast.message("month_1", "XP001")
    other = Client.create(client_no="C600", name="林伟", gender="M", phone="+12025550177")
    Message.update(client=other, send_from=TEN).where(Message.id == held.id).execute()
    TouchpointRow.update(client=other).where(TouchpointRow.id == held.touchpoint_id).execute()
    cast.change(cast.policy("XP001"), client=other)
    assert dispatch(by(Memory()), TEN + HOUR) == {"accepted": 1}
    assert halts.listed() == []
    dispatch(by(Memory()), TEN + 2 * HOUR)
    (line,) = halts.listed(is_all=True)
    assert (line.resumed_by, line.resumed_at) == ("", TEN + 2 * HOUR)


def test_what_is_held_by_itself_until_its_window_closes_is_skipped(doubled: None) -> None:
    dispatch(by(Memory()))
    closing = cast.message("month_1", "XP001").send_until
    assert dispatch(by(Memory()), closing) == {"skipped": 1}
    assert trail("XP001")[-1] == ("skipped", "halted")
    assert halts.listed() == []


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_such_a_halt_names_both_records_and_the_address_where_it_may(
    doubled: None, locale: str
) -> None:
    dispatch(by(Memory()))
    (line,) = halts.listed()
    told, short = line.sentence(locale), line.unaddressed.sentence(locale)
    assert told.count("C001") == short.count("C001") == 2
    assert ("+12025550111" in told, "+1202" in short) == (True, False)
    (waits,) = card.card(
        by(Memory()).writer, WALKER.calendar, "C001", cast.day(ON)
    ).waiting_messages
    assert waits.repeats == line
    chain = why(WALKER, "XP001", "month_1", cast.day(ON), cast.day(ON)).chain
    (link,) = (each for each in chain if each.code == "held_for_its_text")
    assert link.facts["name"] == line.name
    said = {"en": f"Message {line.subject} to C001", "zh_CN": f"消息 {line.subject}（客户 C001）"}
    assert (
        link.sentence(locale).startswith(said[locale]) and link.sentence(locale).count("C001") == 2
    )


def test_what_repeats_may_be_dropped(doubled: None) -> None:
    worker = replace(by(Memory()), breaker=Breaker(repeated_at_least=1))
    assert dispatch(worker) == {"halted": 4}
    assert resume(drops_repeated=partial(waiting.would_say, by(Memory()).writer)) == 1
    assert dispatch(by(Memory())) == {"accepted": 3}
    assert trail("XP001") == [("queued", "due"), ("cancelled", "repeated")]


HOURS = [(0, True), (23, True), (24, True), (25, False)]


@pytest.mark.parametrize(("hours", "is_stopped"), HOURS)
def test_what_went_to_the_number_within_a_day_is_not_said_again(
    doubled: None, hours: int, is_stopped: bool
) -> None:
    said = previews(by(Memory()).writer, [Message.get_by_id(1)])[1]
    at = TEN - hours * HOUR + HOUR / 60
    gone = {"state": "delivered", "claimed_at": at, "attempts": 1, "body": said.text.body}
    Message.update(gone).where(Message.id == 1).execute()
    assert dispatch(by(Memory())) == (
        {"accepted": 2, "halted": 1} if is_stopped else {"accepted": 3}
    )


def test_what_the_number_never_got_may_be_said_again(doubled: None) -> None:
    Message.update(state="failed", claimed_at=TEN, attempts=1).where(Message.id == 1).execute()
    assert dispatch(by(Memory())) == {"accepted": 3}


def test_a_message_that_a_person_sends_again_repeats_nothing(book: Book) -> None:
    cast.everybody()
    cast.walk_only(ON, WALKER)
    dispatch(by(Memory()))
    Message.update(state="unknown").where(Message.id == 1).execute()
    history.settle(1, "resend", TEN)
    assert dispatch(by(Memory())) == {"accepted": 1}


def test_another_text_that_repeats_after_that_stops_it_again(doubled: None) -> None:
    dispatch(by(Memory()))
    resume()
    dispatch(by(Memory()))
    client = Client.create(client_no="C600", name="林伟", gender="M", phone="+12025550111")
    cast.give_policy(client, "XXP001", "2025-08-31")
    cast.walk_only(ON, WALKER)
    assert dispatch(by(Memory())) == {"halted": 1}


def test_the_very_last_message_that_the_person_has_seen_is_accepted_too(doubled: None) -> None:
    """What repeats is the newest one there was when he let it go on."""
    Message.delete().where(Message.id > 2).execute()
    worker = replace(by(Memory()), breaker=Breaker(repeated_at_least=1))
    assert dispatch(worker) == {"halted": 2}
    resume()
    assert {each.message_mark for each in Halt.select()} == {2}, "what repeats is the mark itself"
    Halt.delete().where(Halt.kind == "message").execute()
    assert dispatch(worker) == {"accepted": 2}


@cast.on_postgresql
def test_two_who_claim_at_once_do_not_both_say_it(doubled: None) -> None:
    Message.delete().where(Message.id > 2).execute()

    def claim_one(number: int) -> int:
        worker = by(Memory())
        return len(claims.claim(worker, "memory", TEN, 1, (), [number]).to_send)

    Message.update(provider="memory").execute()
    sent = stored.at_once(lambda: claim_one(1), lambda: claim_one(2))
    assert sorted(sent) == [0, 1]


# -------------------------------------------------------------------------------------- rejections


def refusing(message: Outgoing) -> Answer:
    return Rejected("content", "30007")


def test_a_channel_that_refuses_too_many_is_stopped(book: Book) -> None:
    cast.everybody()
    more_clients(20, served_from="2025-08-31")
    cast.walk_only(ON, WALKER)
    threaded = Threaded(refusing)
    counts = dispatch(by(threaded))
    ((name, cause, told),) = stopped_now()
    assert (name, cause, told["rejected"]) == ("channel:sms", "rejections", 11)
    assert counts["failed"] >= 11
    assert states()["failed"] == counts["failed"]
    assert CardEntry.select().where(CardEntry.kind == "message.failed").count() == counts["failed"]
    resume("sms")
    assert ChannelAnswers.select().count() == 0
    dispatch(by(Memory()))
    assert stopped_now() == []


def test_what_waits_for_a_thread_is_not_handed_over_any_more(book: Book) -> None:
    cast.everybody()
    cast.walk_only(ON, WALKER)
    asked = []

    def refused(message: Outgoing) -> Answer:
        asked.append(message.id)
        breaker_open()
        return Rejected("content", "30007")

    def breaker_open() -> None:
        hands.halted = halts.Halted(channels=frozenset(["sms"]))

    class Slow(Threaded):
        capabilities = replace(Memory.capabilities, concurrency=1)

    slow = Slow(refused)
    Message.update(provider=slow.name).execute()
    worker = by(slow)
    with ProviderPool(worker.directory, lambda: TEN, worker.wall) as hands:
        claimed = claims.claim(worker, slow.name, TEN, 10)
        hands.give(each for _, each in claimed.to_send)
        told = []
        while hands.on_their_way:
            told += hands.answered()
    assert (len(asked), len(told)) == (1, 4)


def test_what_is_tried_again_later_is_no_refusal(book: Book) -> None:
    cast.everybody()
    cast.walk_only(ON, WALKER)
    strictly = replace(
        by(Memory(lambda message: Throttled(HOUR))), breaker=strict(rejected_share=0.0)
    )
    dispatch(strictly)
    assert stopped_now() == [] and ChannelAnswers.select().count() == 0
    dispatch(replace(by(Memory()), breaker=strictly.breaker), TEN + 2 * HOUR)
    assert ChannelAnswers.get().lately == "++++"


def test_an_address_that_turns_out_wrong_later_is_no_refusal(book: Book) -> None:
    cast.everybody()
    cast.walk_only(ON, WALKER)
    dispatch(by(Memory(lambda message: Accepted(f"SM{message.id}"))))
    receipts.apply(Receipt(1, "memory", "SM1", "undelivered"), TEN)
    assert stopped_now() == []


def test_it_remembers_no_name_no_number_and_no_text(doubled: None) -> None:
    dispatch(by(Memory()))
    told = json.dumps([each.facts for each in Halt.select()])
    assert "+1202" not in told and "林伟" not in told and "您好" not in told
