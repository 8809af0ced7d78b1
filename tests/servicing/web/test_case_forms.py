"""Whatever kind of case there is, whoever may open one finds its form, and what was said goes along."""

import re
from typing import Any

import pytest

from servicing.card import notes
from servicing.cases import desks, opening, stepping
from servicing.cases.opening import Request
from servicing.core import errors
from servicing.core.case_models import Case, DeskMember
from servicing.dispatch import replies
from servicing.dispatch.replies import Incoming
from servicing.operations.workspace import Workspace
from tests import cast
from tests.servicing.cases import opened
from tests.servicing.web.conftest import Visit
from tests.servicing.web.visits import NOW, account, text_of

ENGLISH = {"Accept-Language": "en"}
CARD = "/clients/C001"
FORM = "/clients/C001/cases/enquiry"
UNNAMED = "/cases/new/enquiry"
ASKED = "怎么更改扣款账户"


def ask(visit: Visit, login: str = "team", **form: str) -> Any:
    said = {"text": ASKED, "received": "2026-05-28"} | form
    return visit(login).post(FORM, ENGLISH, **said)


def the_case(kind: str = "enquiry") -> Case:
    (case,) = Case.select().where(Case.kind == kind)
    return stepping.of_number(case.id)


# --- Who opens what ---------------------------------------------------------------------------------

OPENERS: list[tuple[str, str, set[str]]] = [
    ("chenyan", "", {"complaint", "enquiry"}),
    ("team", "", {"complaint", "enquiry", "improvement"}),
    ("ops", "", {"complaint", "enquiry"}),
    ("ops", "callback", {"complaint", "enquiry", "problem"}),
    ("ops", "quality", {"complaint", "enquiry", "improvement", "problem"}),
    ("admin", "", set()),
    ("admin", "complaint", {"complaint", "enquiry"}),
]
"""A login, the desk that they are of, and the kinds of which they open a case by hand."""

KINDS = ("callback", "complaint", "enquiry", "follow_up", "improvement", "problem")


@pytest.mark.parametrize(("login", "desk", "kinds"), OPENERS)
def test_the_pages_offer_what_is_taken_and_nothing_else(
    visit: Visit, login: str, desk: Any, kinds: set[str]
) -> None:
    user = account(login)
    if desk:
        desks.put(user, {desk}, NOW)
    card = visit(login).get(CARD).text
    ways = r'(?:formaction|href)="/clients/C001/(?:cases/)?(\w+)(?:/form)?"'
    offered = set(re.findall(ways, card)) & {*KINDS}
    assert offered == kinds
    forms = [each for each in KINDS if visit(login).get(form_of(each)).status_code == 200]
    assert set(forms) == kinds
    assert {each for each in KINDS if is_taken(each, login)} == kinds


def form_of(kind: str) -> str:
    return f"/clients/C001/{'' if kind == 'complaint' else 'cases/'}{kind}"


def is_taken(kind: str, login: str) -> bool:
    policy_no = "P001" if kind == "callback" else ""
    said = Request(kind, NOW.date(), "x", login, "C001", policy_no, by_hand=True)
    try:
        opening.open_case(opened.CHINA, said, NOW.date(), NOW)
    except errors.CaseRefused as error:
        codes = ("case_opens_not_theirs", "case_opens_by_itself", "case_recused")
        assert error.notice.code in codes
        return False
    return True


def test_what_needs_a_client_is_not_offered_without_one(visit: Visit) -> None:
    desks.put(account("ops"), {"quality"}, NOW)
    shown = visit("ops").get("/cases").text
    found = set(
        re.findall(r'href="/cases/(?:new/)?(complaint|enquiry|improvement|problem)"', shown)
    )
    assert found == {"complaint", "enquiry", "improvement"}
    assert visit("ops").get("/cases/new/problem").status_code == 404


def test_nobody_finds_a_form_of_a_kind_that_there_is_not(visit: Visit) -> None:
    for path in ("/cases/new/nothing", "/clients/C001/cases/nothing", "/cases/new/.."):
        assert visit("ops").get(path).status_code == 404


# --- An enquiry -------------------------------------------------------------------------------------


def test_an_enquiry_is_registered_as_a_complaint_is(visit: Visit) -> None:
    desks.put(account("ops"), {"complaint"}, NOW)
    ops, said = visit("ops"), {"text": ASKED, "received": "2026-05-28"}
    answer = ops.post(FORM, ENGLISH, **said, channel="phone", policy="P001")
    case = the_case()
    assert answer.location == f"/cases/{case.id}"
    assert (case.channel, case.policy.policy_no, case.due_on) == ("phone", "P001", None)
    page = ops.get(answer.location, headers=ENGLISH)
    assert f"Enquiry {case.id} is registered. The complaint desk has it." in text_of(page)
    assert ASKED in page.text


def test_a_form_that_is_sent_twice_opens_one(visit: Visit) -> None:
    first, second = ask(visit), ask(visit)
    assert first.location == second.location == f"/cases/{the_case().id}"


def test_one_of_somebody_who_is_not_known_is_registered_once(visit: Visit) -> None:
    assert f'href="{UNNAMED}"' in visit("chenyan").get("/cases").text
    for _ in range(2):
        said = {"text": "which papers?", "received": "2026-05-28"}
        assert visit("chenyan").post(UNNAMED, **said).location == "/cases"
    assert the_case().client is None


def test_it_asks_nothing_that_an_enquiry_does_not_know(visit: Visit) -> None:
    page = visit("team").get(FORM, headers=ENGLISH).text
    assert "What is asked" in page
    assert [each for each in ("about", "source", "category") if f'name="{each}"' in page] == []


REFUSED: list[tuple[dict[str, str], str]] = [
    ({"text": " "}, "a case needs words"),
    ({"received": "32.13."}, "'32.13.' is no day, such as 2026-05-28"),
    ({"channel": "smoke"}, "there is no channel 'smoke'"),
    ({"policy": "P900"}, "P900"),
    ({"category": "simple"}, "there is no category 'simple'"),
]


@pytest.mark.parametrize(("wrong", "sentence"), REFUSED)
@pytest.mark.parametrize("path", [FORM, UNNAMED])
def test_what_is_refused_is_said_and_the_words_stay(
    visit: Visit, path: str, wrong: dict[str, str], sentence: str
) -> None:
    form = {"text": ASKED, "received": "2026-05-28", "began_with": "a1"} | wrong
    answer = visit("team").post(path, ENGLISH, **form)
    assert answer.status_code == 400
    assert sentence in text_of(answer)
    assert f">{form['text']}</textarea>" in answer.text
    assert 'name="began_with" value="a1"' in answer.text
    assert Case.select().count() == 0


def test_open_enquiries_stand_before_other_cases(visit: Visit) -> None:
    ask(visit)
    complaint = opened.complaint("2026-05-25")
    page = visit("team").get(FORM, headers=ENGLISH).text
    lines = re.findall(r'class="case-line"><a href="/cases/(\d+)"', page)
    assert lines == [str(the_case().id), str(complaint.id)]
    assert "within" not in page, "an enquiry repeats nothing"


def test_the_words_of_a_note_go_along_by_one_click(visit: Visit) -> None:
    notes.remark(cast.lin_wei(), "note", ASKED, "chenyan", NOW)
    card = visit("team").get(CARD).text
    assert f'formaction="{FORM}/form"' in card
    form = visit("team").post(f"{FORM}/form", text=ASKED)
    assert f">{ASKED}</textarea>" in form.text
    assert Case.select().count() == 0, "nothing is opened before somebody says so"


def test_a_client_s_reply_goes_along_and_its_agent_reads_it_still(visit: Visit) -> None:
    """An enquiry is about nobody: what a client asks is no secret from whoever serves them."""
    assert replies.take(Incoming("twilio", "IN1", cast.lin_wei().phone, ASKED), NOW.date(), NOW)
    day = visit("chenyan").get("/day/C001").text
    assert f'formaction="{FORM}/form"' in day
    form = visit("chenyan").post(f"{FORM}/form", text=ASKED, channel="message").text
    assert re.search(r'<option value="message" selected>', form)
    ask(visit, "chenyan", channel="message")
    for path in (CARD, "/day/C001"):
        assert ASKED in visit("chenyan").get(path).text


@pytest.mark.parametrize("path", ["/clients/C001/", "/cases/"])
def test_what_was_typed_goes_along_to_the_form_of_another_kind(visit: Visit, path: str) -> None:
    there = path.replace("/cases/", "/cases/new/") if path == "/cases/" else f"{path}cases/"
    page = visit("ops").get(f"{path}complaint").text
    assert f'formaction="{there}enquiry/form"' in page
    typed = {"text": ASKED, "received": "2026-05-27", "category": "sales", "began_with": "a1"}
    form = visit("ops").post(f"{there}enquiry/form", ENGLISH, **typed)
    assert form.status_code == 200
    for kept in (f">{ASKED}</textarea>", 'value="2026-05-27"', 'name="began_with" value="a1"'):
        assert kept in form.text
    assert Case.select().count() == 0


# --- It becomes a complaint -------------------------------------------------------------------------


def test_an_enquiry_becomes_a_complaint_with_its_words(visit: Visit) -> None:
    desks.put(account("ops"), {"complaint"}, NOW)
    page = ask(visit, "ops").location
    shown = visit("ops").get(page).text
    step = shown[shown.index('id="step-complain"') :]
    assert f">{ASKED}</textarea>" in step, "they stand in the field already"
    visit("ops").post(f"{page}/steps", step="complain", text=f"{ASKED}，三周没有人答复", moves="1")
    enquiry, complaint = the_case(), the_case("complaint")
    assert enquiry.state == "complaint"
    assert complaint.caused_by == enquiry.id
    assert complaint.entries[0].text == f"{ASKED}，三周没有人答复"


def test_from_then_on_its_words_are_kept_from_whom_it_may_be_about(visit: Visit) -> None:
    notes.remark(cast.lin_wei(), "note", ASKED, "team", NOW)
    ask(visit)
    assert ASKED in visit("chenyan").get(CARD).text
    opened.done(the_case(), "complain", on="2026-06-01")
    assert ASKED not in visit("chenyan").get(CARD).text, "though the complaint has other words"
    assert ASKED in visit("team").get(CARD).text


# --- A kind of the company's own ---------------------------------------------------------------------

WISH = """
title = { en = "Wish", zh_CN = "心愿" }
desk = "conservation"
opened_by = ["agent"]

[[state]]
id = "open"
title = { en = "Open", zh_CN = "待办" }

[[state]]
id = "done"
title = { en = "Done", zh_CN = "已办" }
open = false

[[step]]
id = "done"
title = { en = "Done", zh_CN = "办结" }
from = ["open"]
to = "done"
by = ["conservation"]
"""


def test_a_kind_of_the_company_s_own_has_its_form(space: Workspace, visit: Visit) -> None:
    folder = space.home / "cases"
    folder.mkdir(exist_ok=True)
    (folder / "wish.toml").write_text(WISH, "utf-8")
    (folder / "wrong.toml").write_text("title = 1", "utf-8")
    chenyan = visit("chenyan")
    assert "Register: Wish" in text_of(chenyan.get(CARD, headers=ENGLISH))
    assert "登记心愿" in chenyan.get(CARD).text
    said = {"text": "a visit in the evening", "received": "2026-05-28"}
    answer = chenyan.post("/clients/C001/cases/wish", ENGLISH, **said)
    assert answer.location == CARD
    case = the_case("wish")
    told = text_of(chenyan.get(CARD, headers=ENGLISH))
    assert f"Wish {case.id} is registered. The conservation desk has it." in told
    assert visit("team").get("/clients/C001/cases/wish").status_code == 404
    assert DeskMember.select().count() == 0
