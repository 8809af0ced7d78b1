"""A complaint is registered on the pages: by whom, with which words, and what is shown before."""

import re
from typing import Any

import pytest

from servicing.card import notes
from servicing.cases import desks, stepping
from servicing.core.case_models import Case, CaseEntry
from servicing.core.models import CardEntry
from servicing.dispatch import replies
from servicing.dispatch.replies import Incoming
from tests import cast
from tests.servicing.cases import opened
from tests.servicing.web.conftest import Visit
from tests.servicing.web.visits import NOW, Visitor, account, text_of

ENGLISH = {"Accept-Language": "en"}
CARD = "/clients/C001"
FORM = "/clients/C001/complaint"


def register(visitor: Visitor, **form: str) -> Any:
    said = {"text": "nobody calls back", "received": "2026-05-28"} | form
    return visitor.post(FORM, ENGLISH, **said)


def the_case() -> Case:
    (case,) = Case.select()
    return stepping.of_number(case.id)


def test_a_complaint_is_registered_with_all_that_is_said_of_it(visit: Visit) -> None:
    desks.put(account("ops"), {"complaint"}, NOW)
    said = {"source": "heir", "channel": "letter", "policy": "P001", "about": "A001"}
    answer = register(visit("ops"), **said, category="service_attitude")
    case = the_case()
    assert answer.location == f"/cases/{case.id}"
    assert (case.source, case.channel, case.categories) == ("heir", "letter", "service_attitude")
    assert case.policy.policy_no == "P001"
    assert case.about.agent_no == "A001"
    assert str(case.received_on) == "2026-05-28", "its clocks run from receipt"
    assert str(case.due_on) == "2026-06-12"
    (entry,) = case.entries
    assert (entry.text, entry.done_by) == ("nobody calls back", "ops")
    page = visit("ops").get(answer.location, headers=ENGLISH)
    assert "nobody calls back" in page.text


def test_an_agent_registers_one_and_does_not_see_it_afterwards(visit: Visit) -> None:
    chenyan = visit("chenyan")
    assert 'name="about"' not in chenyan.get(FORM).text
    answer = register(chenyan)
    assert answer.location == CARD
    case = the_case()
    page = chenyan.get(CARD, headers=ENGLISH)
    assert f"Complaint {case.id} is registered; it is due on 2026-06-12." in text_of(page)
    assert chenyan.get(f"/cases/{case.id}").status_code == 404
    again = chenyan.get(FORM, headers=ENGLISH)
    assert "nobody calls back" not in again.text
    assert "One is open already" in text_of(again)
    assert "1 more is open that is not yours to see." in text_of(again)


def test_a_button_that_is_pressed_twice_registers_one(visit: Visit) -> None:
    first, second = register(visit("team")), register(visit("team"))
    assert first.location == second.location == f"/cases/{the_case().id}"
    assert CaseEntry.select().count() == 1


@pytest.mark.parametrize("login", ["chenyan", "ops"])
def test_a_complaint_of_somebody_who_is_not_known_is_registered_once(
    visit: Visit, login: str
) -> None:
    visitor = visit(login)
    assert 'href="/cases/complaint"' in visitor.get("/cases").text
    assert 'name="policy"' not in visitor.get("/cases/complaint").text
    said = {"text": "no answer", "received": "2026-05-28"}
    for _ in range(2):
        assert visitor.post("/cases/complaint", **said).location == "/cases"
    assert the_case().client is None


def test_many_who_come_together_are_a_major_event(visit: Visit) -> None:
    team = visit("team")
    answer = register(team, persons="30", spokesmen="5")
    page = text_of(team.get(answer.location, headers=ENGLISH))
    assert "30 people have come: a major event" in page
    assert (the_case().persons, the_case().spokesmen) == (30, 5)


@pytest.mark.parametrize("count", ["0x1", "-1", "1e3", "٣", "9" * 7])
def test_what_is_no_number_of_people_is_refused(visit: Visit, count: str) -> None:
    assert register(visit("team"), persons=count).status_code == 400
    assert Case.select().count() == 0


def test_another_person_s_words_are_another_complaint(visit: Visit) -> None:
    register(visit("team"), policy="P001")
    register(visit("shanghai"), policy="P001")
    register(visit("shanghai"), policy="P001", text="and once more")
    first, *others = Case.select().order_by(Case.id)
    assert [each.repeat_of for each in others] == [first.id, others[0].id]


def test_similar_ones_are_shown_before_with_the_rule_of_repeats(visit: Visit) -> None:
    over = opened.done(opened.complaint("2026-05-04"), "withdraw", on="2026-05-05")
    running = opened.complaint("2026-05-25")
    page = visit("team").get(FORM, headers=ENGLISH)
    assert re.findall(r'class="case-line"><a href="/cases/(\d+)"', page.text) == [
        str(running.id),
        str(over.id),
    ]
    assert page.text.index('id="before"') < page.text.index('name="text"')
    assert "within 90 days" in text_of(page)


REFUSED: list[tuple[dict[str, str], str]] = [
    ({"text": " "}, "a case needs words"),
    ({"received": "2026-06-02"}, "it cannot have been received on 2026-06-02"),
    ({"source": "nobody"}, "there is no source 'nobody'"),
    ({"channel": "smoke"}, "there is no channel 'smoke'"),
    ({"category": "wrong"}, "there is no category 'wrong'"),
    ({"policy": "P900"}, "P900"),
    ({"about": "A900"}, "A900"),
    ({"about": "ops"}, "ops"),
    ({"persons": "30", "spokesmen": "6"}, "6 spokesmen: at least 1 and at most 5"),
    ({"persons": "0"}, "0 have come, and 2 speak for them"),
    ({"persons": "abc"}, "'abc' is no number of people, such as 3"),
    ({"persons": "3.5"}, "'3.5' is no number of people"),
    ({"spokesmen": "-1"}, "'-1' is no number of people"),
    ({"received": "32.13."}, "'32.13.' is no day, such as 2026-05-28"),
    ({"received": "2026-02-30"}, "'2026-02-30' is no day"),
    ({"received": "yesterday"}, "'yesterday' is no day"),
    ({"received": ""}, "'' is no day"),
]


WHOLE = {
    "text": "nobody calls back",
    "received": "2026-05-28",
    "source": "heir",
    "channel": "letter",
    "policy": "P001",
    "category": "service_attitude",
    "about": "A001",
    "persons": "3",
    "spokesmen": "2",
}
"""A form in which every field is filled in."""

CHOSEN = ("source", "channel", "policy", "category")
"""What is chosen from a list: it stands there again where the list has it."""


def stands_again(page: str, name: str, value: str) -> bool:
    """Whether a field of the form has what was typed or chosen."""
    if name == "text":
        return f">{value}</textarea>" in page
    if name in CHOSEN:
        lists = re.findall(rf'<select[^>]* name="{name}">(.*?)</select>', page, re.DOTALL)
        return any(f'<option value="{value}" selected>' in each for each in lists)
    return bool(re.search(rf'<input[^>]* name="{name}"[^>]* value="{re.escape(value)}"', page))


@pytest.mark.parametrize(("wrong", "sentence"), REFUSED)
def test_what_is_refused_is_said_and_all_that_was_typed_stays(
    visit: Visit, wrong: dict[str, str], sentence: str
) -> None:
    form = WHOLE | wrong
    answer = register(visit("team"), **form)
    assert answer.status_code == 400
    assert sentence in text_of(answer)
    lost = [
        name
        for name, value in form.items()
        if not stands_again(answer.text, name, value) and not (name in wrong and name in CHOSEN)
    ]
    if wrong.get("received") == "":
        lost.remove("received")  # the form proposes today
    assert lost == []
    assert Case.select().count() == 0


def test_what_somebody_without_a_name_has_said_stays_as_well(visit: Visit) -> None:
    form = {"text": "no answer", "received": "32.13.", "persons": "3", "source": "proxy"}
    answer = visit("ops").post("/cases/complaint", ENGLISH, **form)
    assert answer.status_code == 400
    assert "'32.13.' is no day, such as 2026-05-28" in text_of(answer)
    assert [each for each in form if not stands_again(answer.text, each, form[each])] == []


def test_whom_an_agent_s_complaint_is_about_she_cannot_say(visit: Visit) -> None:
    """Neither of herself nor of anybody: so the form tells nobody which numbers there are."""
    told = [text_of(register(visit("chenyan"), about=each)) for each in ("A001", "A900", "A999")]
    assert [
        each.replace(no, "?") for each, no in zip(told, ("A001", "A900", "A999"), strict=True)
    ] == [told[0].replace("A001", "?")] * 3
    assert Case.select().count() == 0


def test_a_manager_names_an_agent_of_the_unit(visit: Visit) -> None:
    register(visit("team"), about="A001")
    assert the_case().about.agent_no == "A001"


def test_operations_may_name_a_login(visit: Visit) -> None:
    register(visit("ops"), about="shanghai")
    case = the_case()
    assert case.about_login == "shanghai"
    assert visit("shanghai").get(f"/cases/{case.id}").status_code == 404


@pytest.mark.parametrize("kind", ["note", "complaint"])
def test_the_words_of_a_note_go_along_and_the_note_stays(visit: Visit, kind: Any) -> None:
    notes.remark(cast.lin_wei(), kind, "打了三次电话都没有人回复", "chenyan", NOW)
    card = visit("team").get(CARD)
    words, *_ = re.findall(
        r'action="/clients/C001/complaint/form">.*?name="text" value="([^"]+)"',
        card.text,
        re.DOTALL,
    )
    assert words == "打了三次电话都没有人回复"
    form = visit("team").post(f"{FORM}/form", text=words)
    assert f">{words}</textarea>" in form.text
    assert Case.select().count() == 0, "nothing is opened before somebody says so"
    register(visit("team"), text=words)
    assert the_case().entries[0].text == words
    kept = CardEntry.select().where(CardEntry.kind == f"{kind}.written")
    assert [each.facts for each in kept if words in each.facts]


def test_a_client_s_reply_goes_along_as_such(visit: Visit) -> None:
    sender = cast.lin_wei().phone
    incoming = Incoming("twilio", "IN1", sender, "为什么没有人回电")
    assert replies.take(incoming, NOW.date(), NOW)
    card = visit("team").get(CARD).text
    assert 'name="text" value="为什么没有人回电"' in card
    assert 'name="channel" value="message"' in card
    day = visit("chenyan").get("/day/C001").text
    assert 'action="/clients/C001/complaint/form"' in day
    assert 'name="text" value="为什么没有人回电"' in day
