"""What of a complaint is told to whom: the agent complained of reads one line, and afterwards nothing.

The same holds for the client's own agent while nobody has said whom it is about.
"""

import datetime
import re
from collections.abc import Callable

import pytest

from policies.case_moves import Given
from servicing.callbacks.owed import TOLD
from servicing.card import notes
from servicing.cases import opening, stepping
from servicing.cases.opening import Request
from servicing.cases.stepping import Order
from servicing.core import i18n
from servicing.core.case_models import Case
from servicing.dispatch import replies
from servicing.dispatch.replies import Incoming
from tests import cast
from tests.servicing.cases import opened
from tests.servicing.web.conftest import Visit
from tests.servicing.web.visits import NOW, Visitor, text_of

ENGLISH = {"Accept-Language": "en"}

SAID = "Chen Yan has kept my premium"
COURSE = ["A matter was opened", "A matter went on", "A matter was worked on", "A matter has ended"]
DO_NOT_SELL = "A complaint is open: do not sell."
MARK = "do not sell"

ON_THE_DAY = ("/day", "/day/C001", "/day/view/soon", "/day/view/waiting", "/day/view/done")
PLACES = [
    "/clients/C001?all=1",
    "/clients/C001?all=1&show=tasks",
    *ON_THE_DAY,
    "/day/week",
    "/day/week?as=csv",
    "/day/month",
    "/clients",
    "/clients?as=csv",
    "/clients?q=premium",
    "/cases",
    "/cases?as=csv",
    "/clients/C001/complaint",
]
"""Wherever an agent reads of a client."""


def told_in(reader: Visitor, path: str) -> str:
    answer = reader.get(path, headers=ENGLISH)
    if answer.status_code == 303:  # there is nothing to do for the client
        return ""
    assert answer.status_code == 200, path
    return answer.text


def written(kind: notes.Remark = "note", by: str = "ops", text: str = SAID) -> None:
    assert notes.remark(cast.lin_wei(), kind, text, by, NOW)


def replied(text: str = SAID) -> None:
    """The client's words, as a reply leaves them: a line of the card and a task of the agent."""
    incoming = Incoming("twilio", "IN1", cast.lin_wei().phone, text)
    assert replies.take(incoming, NOW.date(), NOW)


# --- The words that a complaint began with ----------------------------------------------------------

ABOUT = ["A001", ""]
"""The agent complained of; nobody yet, where the client's own agent may be whom it is about."""


@pytest.mark.parametrize("about", ABOUT)
@pytest.mark.parametrize("began", [written, replied])
def test_words_that_a_complaint_began_with_are_read_in_no_place_by_its_agent(
    visit: Visit, began: Callable[[], None], about: str
) -> None:
    began()
    before = [path for path in PLACES if SAID in told_in(visit("chenyan"), path)]
    assert before, "they could be read"
    case = opened.complaint("2026-06-01", about=about, text=SAID)
    for path in PLACES:
        assert SAID not in told_in(visit("chenyan"), path), path
    for login in ("team", "ops"):
        assert SAID in told_in(visit(login), PLACES[0]), login
    opened.done(case, "withdraw", on="2026-06-01")
    for path in PLACES:
        assert SAID not in told_in(visit("chenyan"), path), path


def test_words_that_were_changed_in_the_form_are_known_all_the_same(visit: Visit) -> None:
    written(text=f"{SAID}\n and more")
    ops = visit("ops")
    form = ops.get("/clients/C001?all=1", headers=ENGLISH).text
    (began_with,) = set(re.findall(r'name="began_with" value="(\w+)"', form))
    again = ops.post("/clients/C001/complaint/form", text="a premium", began_with=began_with)
    assert f'name="began_with" value="{began_with}"' in again.text
    said = {"text": "a premium was kept", "received": "2026-06-01", "began_with": began_with}
    ops.post("/clients/C001/complaint", **said)
    assert Case.get().began_with == began_with
    assert SAID not in told_in(visit("chenyan"), PLACES[0])


def test_who_has_written_a_note_reads_it_still(visit: Visit) -> None:
    written(by="chenyan")
    opened.complaint("2026-06-01", about="A001", text=SAID)
    assert SAID in told_in(visit("chenyan"), PLACES[0])


def test_a_note_of_which_nothing_came_stays(visit: Visit) -> None:
    written(text="prefers the evening")
    opened.complaint("2026-06-01", about="A001", text=SAID)
    assert "prefers the evening" in told_in(visit("chenyan"), PLACES[0])


def test_a_manager_complained_of_does_not_read_the_note_either(visit: Visit) -> None:
    written()
    opened.complaint("2026-06-01", about="team", text=SAID)
    assert SAID not in told_in(visit("team"), PLACES[0])
    assert SAID not in told_in(visit("chenyan"), PLACES[0])
    assert SAID in told_in(visit("shanghai"), PLACES[0])


# --- The course ------------------------------------------------------------------------------------


@pytest.mark.parametrize("about", ABOUT)
def test_of_a_complaint_its_agent_reads_one_line_and_then_nothing(visit: Visit, about: str) -> None:
    def course() -> list[str]:
        page = text_of(visit("chenyan").get(PLACES[0], headers=ENGLISH))
        return [each for each in [*COURSE, DO_NOT_SELL, "matter is open"] if each in page]

    assert course() == []
    case = opened.complaint("2026-05-28", about=about)
    opened.done(case, "accept", "apology", "investigate", "offer", "decide", on="2026-06-01")
    assert course() == [DO_NOT_SELL]
    given = Given("told", date=datetime.date(2026, 6, 15))
    for step in ("inform", "follow_up", "close"):
        order = Order(case.id, step, opened.BY, NOW.date(), given)
        stepping.step(opened.CHINA, order, NOW.date(), NOW)
    assert course() == [], "and nothing of its follow-up"
    page = text_of(visit("team").get(PLACES[0], headers=ENGLISH))
    assert all(each in page for each in COURSE), "whoever may see it reads its course"


# --- The mark --------------------------------------------------------------------------------------


MARKED = [
    "/day",
    "/day/C001",
    "/day/week",
    "/day/week?as=csv",
    "/day/month",
    "/clients",
    "/clients?as=csv",
    "/clients?complaint=1",
    "/clients/C001",
]


@pytest.mark.parametrize("path", MARKED)
@pytest.mark.parametrize(("locale", "mark"), [("en", MARK), ("zh_CN", "请勿推介")])
def test_the_client_of_an_open_complaint_is_marked_in_every_list(
    visit: Visit, path: str, locale: str, mark: str
) -> None:
    def page() -> str:
        answer = visit("chenyan").get(path, headers={"Accept-Language": locale.replace("_", "-")})
        return answer.text.partition("<table")[2] if "complaint=1" in path else answer.text

    is_filter = path == "/clients"  # whose chips name every mark
    before = page().count(mark)
    assert before == is_filter
    case = opened.complaint("2026-05-28", about="A001")
    assert page().count(mark) > before
    opened.done(case, "withdraw", on="2026-06-01")
    assert page().count(mark) == before


# --- Call-backs ------------------------------------------------------------------------------------


def called_back(state: str) -> Case:
    asked = Request("callback", cast.day("2026-05-28"), "signed", opened.BY, "C001", "P001")
    case = opening.open_case(opened.CHINA, asked, NOW.date(), NOW)
    is_open = state in ("waiting_receipt", "open", "attempting")
    Case.update(state=state, is_open=is_open).where(Case.id == case.id).execute()
    return case


@pytest.mark.parametrize("state", TOLD)
def test_an_agent_is_told_what_is_owed_and_no_answer(visit: Visit, state: str) -> None:
    case = called_back(state)
    card = text_of(visit("chenyan").get(PLACES[0], headers=ENGLISH))
    assert i18n.say("agent_callback", TOLD[state], "en") in card
    assert "problem" not in card.lower()
    assert not [each for each in [*COURSE, "matter is open"] if each in card]
    day = text_of(visit("chenyan").get("/day", headers=ENGLISH))
    is_owed = TOLD[state] == "owed"
    assert ("Call-backs owed" in day) is is_owed
    assert (f"until {case.due_on}" in day) is is_owed
    assert "Call-backs owed" not in text_of(visit("sunli").get("/day", headers=ENGLISH))


def test_a_day_counts_the_call_backs_that_are_owed_and_unfolds_them(visit: Visit) -> None:
    for _ in range(23):
        called_back("open")
    day = text_of(visit("chenyan").get("/day", headers=ENGLISH))
    assert "Call-backs owed 23" in day
    assert day.count("until 20") >= 23
