"""A client answers by a link: who it is, once, while the free look runs; and what strangers cost."""

import datetime
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from flask import Flask

from policies import database
from policies.models import Client, Policy
from servicing.breaker import halts
from servicing.callbacks import answer_form, calling
from servicing.callbacks.links import answering, sending, signed
from servicing.callbacks.links.signed import Link
from servicing.core import errors
from servicing.core.callback_models import CallbackAnswer, CallbackCall, CallbackLink
from servicing.core.case_models import Case, CaseEntry
from servicing.core.models import HookCount
from servicing.dispatch import unsubscribe
from servicing.messages import suppressions
from servicing.operations.workspace import Workspace
from servicing.web import app as pages
from tests import cast
from tests.refusals import refuses
from tests.servicing.web import desk_callbacks
from tests.servicing.web.conftest import Visit
from tests.servicing.web.desk_callbacks import YES, case
from tests.servicing.web.extremes import VALUES
from tests.servicing.web.visits import MOST_STATEMENTS, NOW, Clock, Visitor, statements, text_of

PUBLIC = "https://service.example.com"
ENGLISH = {"Accept-Language": "en"}
HOUR, DAY = datetime.timedelta(hours=1), datetime.timedelta(days=1)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(space: Workspace) -> Workspace:
    """Lin Wei has two contracts to be called about; the pages have an address."""
    web = msgspec.structs.replace(space.settings.web, public_url=PUBLIC)
    space.settings = msgspec.structs.replace(space.settings, web=web)
    desk_callbacks.live(space)
    desk_callbacks.of_the_desk()
    return space


@pytest.fixture
def app(desk: Workspace, clock: Clock) -> Flask:
    return pages.create(desk, clock)


def sent(space: Workspace, policy_no: str = "N1", now: datetime.datetime = NOW) -> sending.Sent:
    return sending.send(space.post(), case(policy_no).id, "mei", now)


def letter(space: Workspace, channel: str = "sms") -> str:
    """The last message, as its file has it."""
    (file,) = sorted((space.home / "outbox").glob(f"*/{channel}/*-callback_link.txt"))[-1:]
    return file.read_text("utf-8")


def path(space: Workspace) -> str:
    """Where the link of the last message leads."""
    found = re.search(rf"{PUBLIC}(/c/\S+)", letter(space))
    assert found
    return found[1]


# --- It is sent ---------------------------------------------------------------------------------


def without_link(letter: str) -> str:
    """The words of a message; a signature may have any letters."""
    return re.sub(r"https?://\S+", "", letter.partition("\n\n")[2])


def test_the_desk_sends_it_by_one_tap_as_a_message_of_its_own(
    visit: Visit, desk: Workspace
) -> None:
    answer = visit("mei").post(f"/callbacks/{case('N1').id}/link")
    assert answer.status_code == 303
    assert "链接已发出" in text_of(visit("mei").get(answer.location))
    text = letter(desk)
    assert "To: +12025550111" in text and "Class: service" in text
    assert "请在 2026-06-06 前打开链接" in text and "N1" not in without_link(text)
    link = CallbackLink.get()
    assert (link.state, link.made_by, link.channel, link.used_at) == ("sent", "mei", "sms", None)
    assert link.digest not in text
    for policy_no in ("N1", "N2"):
        assert [each.step for each in entries(policy_no)][-1] == "link", "it is about both"


def entries(policy_no: str) -> list[CaseEntry]:
    return list(CaseEntry.select().where(CaseEntry.case == case(policy_no)).order_by(CaseEntry.id))


def test_it_is_in_the_client_s_language_and_by_their_channel(desk: Workspace) -> None:
    facts = {"language": "en", "channel": "email", "email": "lin.wei@example.com"}
    cast.change(cast.lin_wei(), **facts)
    assert sent(desk).channel == "email"
    text = letter(desk, "email")
    assert "Subject: A few questions about your new insurance" in text
    assert "The link works once, until 2026-06-06." in text


REFUSED = [
    ({"channel": "none"}, "cannot be written to"),
    ({"phone": "", "email": ""}, "cannot be written to"),
    ({"channel": "email", "email": "nowhere"}, "cannot be written to"),
    ({"timezone": "America/New_York"}, "it is 21:30 where the client is"),
]


@pytest.mark.parametrize(("facts", "told"), REFUSED)
def test_it_goes_to_nobody_who_cannot_be_written_to_and_at_no_odd_hour(
    desk: Workspace, facts: dict[str, str], told: str
) -> None:
    cast.change(cast.lin_wei(), **facts)
    refused(desk, told)


def refused(desk: Workspace, told: str, now: datetime.datetime = NOW) -> None:
    before = CallbackLink.select().count()
    with refuses(errors.CaseRefused, told):
        sent(desk, now=now)
    assert CallbackLink.select().count() == before


@pytest.mark.parametrize("why", ["opted_out", "wrong"])
def test_what_the_owner_of_a_number_has_refused_holds(desk: Workspace, why: str) -> None:
    suppressions.suppress("sms", "+12025550111", why, "reply", NOW)  # type: ignore[arg-type]
    refused(desk, "cannot be written to")


def test_nobody_is_sent_one_who_has_died_or_may_have(desk: Workspace) -> None:
    cast.change(cast.lin_wei(), death_asked_on=NOW.date())
    refused(desk, "asked whether client C001 has died")
    cast.change(cast.lin_wei(), death_asked_on=None, deceased_on=NOW.date())
    refused(desk, "not_owed")


def test_a_halted_channel_carries_none(desk: Workspace) -> None:
    halts.stop(halts.Subject("channel", "sms"), "person", {}, NOW, "ops", "x")
    refused(desk, "sms is halted")


def test_one_a_day_unless_it_failed(desk: Workspace) -> None:
    sent(desk)
    refused(desk, "today already")
    CallbackLink.update(state="failed").execute()
    sent(desk)
    sent(desk, now=NOW + DAY)


def test_none_is_sent_when_the_free_look_is_over_or_has_not_begun(desk: Workspace) -> None:
    refused(desk, "while the call-back waits", NOW + 6 * DAY)
    with refuses(errors.CaseRefused, "waiting_receipt"):
        sent(desk, "N3")


def test_who_is_not_of_the_desk_and_who_serves_the_contract_send_none(desk: Workspace) -> None:
    for by in ("ops", "chenyan", "A001"):
        with refuses(errors.CaseRefused, by):
            sending.send(desk.post(), case("N1").id, by, NOW)
    assert not CallbackLink.select().count()


def test_without_an_address_of_the_pages_there_is_no_link(space: Workspace) -> None:
    desk_callbacks.live(space)
    with refuses(errors.CaseRefused, "public_url"):
        sending.send(space.post(), case("N1").id, "root", NOW)


def test_a_crash_between_the_row_and_the_provider_leaves_what_nobody_knows(
    desk: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(sending, "_handed_over", crash)
    with pytest.raises(KeyboardInterrupt):
        sent(desk)
    assert CallbackLink.get().state == "begun"
    monkeypatch.undo()
    refused(desk, "today already")


# --- Where it is offered ------------------------------------------------------------------------


def stop_channel(space: Workspace) -> None:
    halts.stop(halts.Subject("channel", "sms"), "person", {}, NOW, "ops", "x")


def lose_address(space: Workspace) -> None:
    web = msgspec.structs.replace(space.settings.web, public_url="")
    space.settings = msgspec.structs.replace(space.settings, web=web)


def has_refused(space: Workspace) -> None:
    suppressions.suppress("sms", "+12025550111", "opted_out", "reply", NOW)


def lives(**facts: Any) -> Callable[[Workspace], None]:
    return lambda _: cast.change(cast.lin_wei(), **facts) and None


def sent_of_other(space: Workspace) -> None:
    sent(space, "N2")


WHY_NOT = [
    (lose_address, "public_url"),
    (lives(phone="", email=""), "cannot be written to"),
    (lives(channel="none"), "cannot be written to"),
    (lives(timezone="America/New_York"), "it is 21:30 where the client is"),
    (lives(death_asked_on=NOW.date()), "asked whether client C001 has died"),
    (has_refused, "cannot be written to"),
    (stop_channel, "is halted"),
    (sent, "today already"),
    (sent_of_other, "today already"),
]


@pytest.mark.parametrize(("happens", "why"), WHY_NOT)
def test_where_it_would_be_refused_the_page_says_why_in_place_of_the_button(
    visit: Visit, desk: Workspace, happens: Callable[[Workspace], object], why: str
) -> None:
    address, visitor = f"/callbacks/{case('N1').id}", visit("mei")
    assert f'action="{address}/link"' in visitor.get(address).text
    happens(desk)
    page = visitor.get(address, headers=ENGLISH)
    assert f'action="{address}/link"' not in page.text
    assert why in text_of(page)
    refused = visitor.post(f"{address}/link", ENGLISH)
    assert refused.status_code == 400 and why in text_of(refused)


def test_a_letter_that_would_be_refused_is_not_offered(visit: Visit, desk: Workspace) -> None:
    visitor, address = visit("mei"), f"/callbacks/{case('N1').id}"
    for at in ("2026-05-30T10:00", "2026-05-30T13:00", "2026-05-31T10:00"):
        visitor.post(f"{address}/attempt", outcome="no_answer", at=at)
    assert f'action="{address}/letter"' in visitor.get(address).text
    cast.change(cast.lin_wei(), death_asked_on=NOW.date())
    page = visitor.get(address, headers=ENGLISH)
    assert f'action="{address}/letter"' not in page.text
    assert visitor.post(f"{address}/letter").status_code == 400


def test_a_page_that_says_why_not_asks_little(visit: Visit, desk: Workspace) -> None:
    sent(desk)
    visitor, address = visit("mei"), f"/callbacks/{case('N1').id}"
    visitor.post(f"{address}/attempt", outcome="busy")
    with statements() as told:
        visitor.get(address)
    print(
        "\n".join(
            "## " + " ".join(x.split())[:60] + " ... " + " ".join(x.split())[-120:] for x in told
        )
    )
    assert len(told) <= MOST_STATEMENTS


# --- The page -----------------------------------------------------------------------------------


def test_it_opens_without_a_login_in_both_languages_and_tells_nothing(
    visit: Visit, desk: Workspace
) -> None:
    sent(desk)
    page = visit().get(path(desk))
    told = text_of(page)
    assert page.status_code == 200 and "保单号最后 4 位" in told and "Go on" in told
    assert "林伟" not in told and "N1" not in told and "Set-Cookie" not in page.headers
    assert not CallbackLink.get().used_at


def filled(**otherwise: str) -> dict[str, str]:
    return {**YES, "tail": "N1", "do": "answer", "spoken": "N2", **otherwise}


def test_who_knows_the_end_of_the_number_sees_the_questions_and_answers_once(
    visit: Visit, desk: Workspace
) -> None:
    sent(desk)
    visitor, address = visit(), path(desk)
    told = text_of(visitor.post(address, tail=" n1 "))
    assert "请问您是投保人本人吗？" in told and "Are you the applicant?" in told
    assert "是 · Yes" in told and "N2" in told
    assert "您的回答已记录" in text_of(visitor.post(address, **filled()))
    assert (case("N1").state, case("N2").state) == ("done_clean", "done_clean")
    call = CallbackCall.get()
    assert (call.channel, call.done_by, call.outcome) == ("link", "the client", "answered")
    assert {each.answer for each in CallbackAnswer.select()} == {"yes"}
    assert CallbackLink.get().used_at == NOW
    again = visitor.post(address, **filled(cover="no"))
    assert "您已回答过" in text_of(again)
    assert CallbackCall.select().count() == 2, "one of each contract"


def test_the_desk_sees_that_it_was_answered(visit: Visit, desk: Workspace) -> None:
    sent(desk)
    visit().post(path(desk), **filled())
    told = text_of(visit("mei").get(f"/callbacks/{case('N1').id}"))
    assert "电子回访" in told and "已回答" in told and "客户本人" in told


def test_no_or_unclear_is_a_problem_item_and_a_call_of_the_desk(
    visit: Visit, desk: Workspace
) -> None:
    sent(desk)
    answer = visit().post(path(desk), **filled(surrender="unclear", note="退保扣多少？"))
    assert "我们会致电说明" in answer.text or "致电说明" in text_of(answer)
    problem = Case.get(Case.kind == "problem")
    assert CaseEntry.get(CaseEntry.case == problem).text.endswith("退保扣多少？")
    assert problem.caused_by == case("N1").id


def test_one_link_is_about_all_contracts_that_wait(visit: Visit, desk: Workspace) -> None:
    sent(desk)
    page = visit().post(path(desk), tail="N1")
    assert re.findall(r'<input type="(\w+)" name="spoken" value="(\w+)"', page.text) == [
        ("hidden", "N2")
    ], "nobody has to tick it"
    assert "同时适用于保单 N2" in text_of(page) and "also hold for policy N2" in text_of(page)
    visit().post(path(desk), **filled(**{"N2:cover": "no"}))
    assert (case("N1").state, case("N2").state) == ("done_clean", "done_problem")
    assert not calling.to_call_of([cast.lin_wei().id], None), "none is left open"


def test_a_form_that_names_no_contract_is_about_all(visit: Visit, desk: Workspace) -> None:
    sent(desk)
    form = filled()
    del form["spoken"]
    visit().post(path(desk), **form)
    assert (case("N1").state, case("N2").state) == ("done_clean", "done_clean")


def test_of_a_contract_that_was_not_shown_nothing_is_answered(
    visit: Visit, desk: Workspace
) -> None:
    """It was delivered while the client had the page open."""
    sent(desk)
    address = path(desk)
    Policy.update(delivered_on=desk_callbacks.DELIVERED).where(Policy.policy_no == "N3").execute()
    desk_callbacks.follow(desk)
    answer = visit().post(address, **filled())
    assert answer.status_code == 400
    assert "N3" in text_of(answer)
    assert not CallbackLink.get().used_at and not CallbackCall.select().count()
    again = visit().client.post(
        address, data=filled() | {"spoken": ["N2", "N3"]}, base_url="https://localhost"
    )
    assert again.status_code == 200
    assert {case(each).state for each in ("N1", "N2", "N3")} == {"done_clean"}


def test_what_is_missing_is_said_and_the_link_is_not_used_up(visit: Visit, desk: Workspace) -> None:
    sent(desk)
    answer = visit().post(path(desk), **filled(cover=""))
    assert answer.status_code == 400 and "第 4 题没有回答" in text_of(answer)
    assert not CallbackLink.get().used_at
    assert visit().post(path(desk), **filled()).status_code == 200
    assert CallbackLink.get().used_at


TAILS = [
    ("N1", True),
    ("n1", True),
    ("Ｎ１", True),
    ("N2", True),
    ("", False),
    ("N", False),
    ("N9", False),
]


@pytest.mark.parametrize(("tail", "is_theirs"), TAILS)
def test_the_end_of_one_of_their_policies_tells_who_it_is(
    visit: Visit, desk: Workspace, tail: str, is_theirs: bool
) -> None:
    sent(desk)
    answer = visit().post(path(desk), tail=tail)
    assert answer.status_code == (200 if is_theirs else 403)
    assert ("投保人本人" in text_of(answer)) == is_theirs


def test_who_guesses_is_stopped_and_other_links_are_not(
    visit: Visit, desk: Workspace, clock: Clock
) -> None:
    sent(desk)
    address = path(desk)
    codes = [visit().post(address, tail="no").status_code for _ in range(7)]
    assert codes == [403] * 5 + [429] * 2
    assert visit().post(address, **filled()).status_code == 429, "also with the right one"
    sent(desk, "N9")
    assert visit().post(path_of(desk, "N9"), tail="N9").status_code == 200
    clock.now += HOUR
    assert visit().post(address, **filled()).status_code == 200


def path_of(space: Workspace, policy_no: str) -> str:
    """The link of a contract, made again as only the server can."""
    number = CallbackLink.get(CallbackLink.case == case(policy_no)).id
    files = (space.home / "outbox").glob(f"*/sms/{number:09d}-callback_link.txt")
    found = re.search(rf"{PUBLIC}(/c/\S+)", next(iter(files)).read_text("utf-8"))
    assert found
    return found[1]


def test_it_ends_with_the_free_look(visit: Visit, desk: Workspace, clock: Clock) -> None:
    sent(desk)
    address = path(desk)
    clock.now = NOW + 5 * DAY
    assert "保单号最后 4 位" in text_of(visit().get(address)), "the last day"
    clock.now = NOW + 6 * DAY
    assert "链接已失效" in text_of(visit().get(address))
    assert "链接已失效" in text_of(visit().post(address, **filled()))
    assert not CallbackCall.select().count()


def test_it_ends_where_the_desk_has_called_about_all(visit: Visit, desk: Workspace) -> None:
    sent(desk)
    visit("mei").post(f"/callbacks/{case('N1').id}/answers", **YES, spoken="N2")
    assert "链接已失效" in text_of(visit().get(path(desk)))


def test_what_the_desk_has_not_called_about_is_answered_by_it(
    visit: Visit, desk: Workspace, clock: Clock
) -> None:
    sent(desk)
    visit("mei").post(f"/callbacks/{case('N1').id}/answers", **YES)
    told = text_of(visit().post(path(desk), tail="N2"))
    assert "N2" in told and "N1" not in told
    visit().post(path(desk), **YES, tail="N2", do="answer")
    assert case("N2").state == "done_clean"
    assert CallbackLink.get().used_at == NOW


def test_of_two_who_answer_at_once_one_is_told_so(desk: Workspace) -> None:
    sent(desk)
    link = signed.read(path(desk).removeprefix(signed.PATH), desk.keys.callback_keys(NOW.date()))
    assert link
    state, opened = answering.opened(link, NOW.date())
    assert state == "open" and opened
    said = answer_form.read(desk.house.interview, YES, {"N2": {}}, channel="link")
    turn, told = threading.Barrier(2), []

    def go() -> None:
        with database.database.connection_context():
            turn.wait()
            try:
                answering.answer(desk.house, opened, said, NOW)
                told.append("recorded")
            except errors.CaseRefused as error:
                told.append(error.notice.code)

    threads = [threading.Thread(target=go) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(told) == ["link_used", "recorded"]
    assert CallbackCall.select().count() == 2, "one of each contract"


# --- What strangers cost ------------------------------------------------------------------------


def forged(space: Workspace) -> list[str]:
    """Links that nobody of ours has made."""
    real = path(space).removeprefix(signed.PATH)
    marketing = unsubscribe.url("", space.keys.link_key, "C001").removeprefix(unsubscribe.PATH)
    other = signed.url("", "another key", Link(1, "x")).removeprefix(signed.PATH)
    by_link_key = signed.url("", space.keys.link_key, Link(1, "x")).removeprefix(signed.PATH)
    return ["x", real[:-2], real + "x", marketing, other, by_link_key]


def test_a_forged_link_asks_the_database_nothing_and_is_counted(
    visit: Visit, desk: Workspace
) -> None:
    sent(desk)
    visitor, many = visit(), forged(desk)
    for each in many:
        with statements() as told:
            assert visitor.get(f"/c/{each}").status_code == 404
            assert (
                visitor.client.post(f"/c/{each}", base_url="https://localhost").status_code == 404
            )
        assert told == [], each
    database.database.connect(reuse_if_open=True)
    assert not HookCount.select().where(HookCount.hook == "callback_link").count()


def test_a_real_signature_over_a_number_of_another_book_leads_nowhere(
    visit: Visit, desk: Workspace
) -> None:
    """A book that was restored gives numbers again: the secret tells them apart."""
    sent(desk)
    key = desk.keys.callback_key
    for link in (Link(CallbackLink.get().id, "another"), Link(99, "x"), Link(1 << 70, "x")):
        address = signed.url("", key, link)
        assert "链接已失效" in text_of(visit().get(address))


def test_a_renewed_key_verifies_the_links_of_before(
    visit: Visit, desk: Workspace, tmp_path: Path
) -> None:
    sent(desk)
    ring = desk.keys
    renewed = ring.renewed(NOW.date())
    token = path(desk).removeprefix(signed.PATH)
    assert signed.read(token, renewed.callback_keys(NOW.date()))
    assert renewed.callback_key != ring.callback_key
    assert not signed.read(token, renewed.callback_keys(NOW.date())[1:])


@pytest.mark.parametrize("name", ["tail", "do", "note", "questions", "spoken", "cover"])
def test_no_form_makes_the_page_fail(visit: Visit, desk: Workspace, name: str) -> None:
    sent(desk)
    visitor, address = visit(), path(desk)
    wrong = [
        value[:30]
        for value in VALUES
        if visitor.post(address, **{**filled(), name: value}).status_code >= 500
    ]
    assert not wrong


def test_an_erased_client_s_link_has_ended(visit: Visit, desk: Workspace) -> None:
    sent(desk)
    cast.change(Client.get(client_no="C001"), erased_on=NOW.date())
    desk_callbacks.follow(desk)
    assert "链接已失效" in text_of(visit().get(path(desk)))


def test_the_visitor_of_a_link_has_no_session(visit: Visit, desk: Workspace) -> None:
    sent(desk)
    visitor: Visitor = visit()
    visitor.get(path(desk))
    assert visitor.get("/callbacks").status_code == 303
