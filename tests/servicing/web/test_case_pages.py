"""The pages of cases: who sees which, what may be done there, and that it is what the command does."""

import json
import re

import pytest

from policies import case_moves, database, persons
from policies.case_moves import Given, Refusal
from policies.desks import Desk
from policies.models import Client
from servicing.cases import desks, escalation, recusal, shelf, stepping, telling
from servicing.cases.shelf import Asked, View
from servicing.cases.stepping import Order
from servicing.core import accounts, errors
from servicing.core.audit_models import AuditEntry
from servicing.core.case_models import Case, CaseEntry
from servicing.operations.workspace import Workspace
from servicing.web.cases import names
from tests import cast
from tests.servicing import looked_up
from tests.servicing.cases import opened
from tests.servicing.web.conftest import Visit
from tests.servicing.web.visits import (
    MOST_STATEMENTS,
    NOW,
    Visitor,
    account,
    give_account,
    statements,
    text_of,
)

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def desk(visit: Visit) -> Visitor:
    """Operations, who are the complaint desk here."""
    desks.put(account("ops"), {"complaint"}, NOW)
    return visit("ops")


def numbers(page: str) -> list[int]:
    """The cases of a list, in their order."""
    return [
        int(each) for each in re.findall(r'<th scope="row"[^>]*><a[^>]* href="/cases/(\d+)">', page)
    ]


def send(visitor: Visitor, case: Case, step: str, **form: str) -> tuple[int, str]:
    """Press the button of a step; what was answered."""
    moves = stepping.of_number(case.id).moves
    answer = visitor.post(
        f"/cases/{case.id}/steps", ENGLISH, **{"step": step, "moves": str(moves)} | form
    )
    return answer.status_code, text_of(answer)


# --- The list -----------------------------------------------------------------------------------


def test_what_is_due_first_stands_before_the_others(desk: Visitor) -> None:
    late, soon, fresh = (
        opened.complaint(day).id for day in ("2026-05-04", "2026-05-18", "2026-05-28")
    )
    over = opened.done(opened.complaint("2026-05-20"), *opened.TO_DECIDED, on="2026-05-25").id
    page = desk.get("/cases", headers=ENGLISH)
    assert numbers(page.text) == [late, soon, fresh, over], "the decided one has no clock that runs"
    said = text_of(page)
    assert "13 days overdue" in said
    assert "1 day left" in said
    assert "11 days left" in said
    assert "no clock runs" in said
    assert numbers(desk.get("/cases?view=overdue").text) == [late]


def test_a_list_is_of_one_s_own_of_a_kind_in_a_state(desk: Visitor) -> None:
    mine, other = opened.complaint("2026-05-28"), opened.complaint("2026-05-27")
    send(desk, mine, "assign", person="ops")
    opened.done(other, "withdraw", on="2026-05-29")
    problem = opened.opening.open_case(
        opened.CHINA,
        opened.Request("problem", cast.day("2026-05-26"), "x", "root", client_no="C001"),
        opened.TODAY,
        opened.NOW,
    )
    assert numbers(desk.get("/cases?view=mine").text) == [mine.id]
    assert numbers(desk.get("/cases?state=withdrawn").text) == [other.id]
    assert numbers(desk.get("/cases?view=all&kind=problem").text) == [], "of the call-back desk"
    desks.put(account("ops"), {"complaint", "callback"}, NOW)
    assert numbers(desk.get("/cases?view=all&kind=problem").text) == [problem.id]
    assert numbers(desk.get("/cases").text) == [problem.id, mine.id], "it is due on 2 June"


def choices(page: str) -> dict[str, list[str]]:
    """The states that may be chosen, by what stands above them."""
    groups = re.findall(r'<optgroup label="([^"]+)">(.*?)</optgroup>', page, re.DOTALL)
    return {title: re.findall(r'<option value="([^"]*)"', states) for title, states in groups}


def test_states_to_choose_from_stand_below_their_kind(desk: Visitor) -> None:
    every = choices(desk.get("/cases", headers=ENGLISH).text)
    assert list(every) == [
        *("Call-back", "Complaint", "Detractor", "Enquiry", "Follow-up", "Improvement measure"),
        *("Problem item", "Reinstatement", "Retention"),
    ]
    assert "problem:open" in every["Problem item"] and "callback:open" in every["Call-back"]
    one = choices(desk.get("/cases?kind=problem", headers=ENGLISH).text)
    assert one == {"Problem item": every["Problem item"]}, "those of the chosen kind alone"


STATES = [
    ("state=problem:open", ["problem"], "problem:open"),
    ("state=improvement:open", ["improvement"], "improvement:open"),
    ("kind=problem&state=problem:open", ["problem"], "problem:open"),
    ("kind=improvement&state=problem:open", ["improvement"], ""),
    ("state=open", ["improvement", "problem"], None),
    ("state=problem:none", ["problem"], ""),
    ("state=nothing:open", ["improvement", "problem"], None),
]
"""What the address asks for, the kinds of the cases that are listed, and the state that is chosen."""


@pytest.mark.parametrize(("asked", "kinds", "chosen"), STATES)
def test_a_state_is_of_the_kind_below_which_it_stands(
    visit: Visit, asked: str, kinds: list[str], chosen: str | None
) -> None:
    desks.put(account("ops"), {"callback", "quality"}, NOW)
    item()
    said = opened.Request("improvement", cast.day("2026-05-28"), "x", opened.BY)
    opened.opening.open_case(opened.CHINA, said, opened.TODAY, opened.NOW)
    page = visit("ops").get(f"/cases?view=all&{asked}").text
    assert sorted(Case.get_by_id(each).kind for each in numbers(page)) == kinds
    if chosen is not None:
        assert re.findall(r'<option value="(\w+:\w+)" selected', page) == (
            [chosen] if chosen else []
        )


ROADS = [("team", True), ("shanghai", True), ("ops", False), ("chenyan", False)]
"""Who comes on to call-backs and spot checks; the last two have them by a desk, or not at all."""


@pytest.mark.parametrize(("login", "leads_on"), ROADS)
def test_the_way_to_cases_is_in_the_navigation_and_managers_come_on_from_there(
    visit: Visit, login: str, leads_on: bool
) -> None:
    assert 'href="/cases"' in visit(login).get("/clients").text.partition("<main")[0]
    head, _, rest = visit(login).get("/cases").text.partition("<main")
    assert 'href="/cases" aria-current="page"' in head
    assert ('href="/cases?kind=callback"' in rest) == leads_on
    assert ('href="/checks"' in rest) == leads_on


@pytest.mark.parametrize("view", ["desk", "mine", "overdue", "all"])
@pytest.mark.parametrize("role", ["operations", "administrator"])
def test_page_after_page_a_view_has_what_its_file_has(
    space: Workspace, view: View, role: accounts.Role
) -> None:
    user, others = give_account("lihua", role), give_account("wang", "operations")
    desks.put(user, {"complaint", "quality"}, NOW)
    for number in range(12):
        day = f"2026-05-{8 + number * 7 % 20:02}"
        kind = "problem" if number % 3 == 0 else "complaint"
        request = opened.Request(kind, cast.day(day), "x", "root", client_no="C001")
        case = opened.opening.open_case(opened.CHINA, request, opened.TODAY, opened.NOW)
        owner = (user.login, others.login, "")[number % 3]
        Case.update(owner=owner).where(Case.id == case.id).execute()
    own = desks.of(user)
    whole = [each.case for each in shelf.lines(user, own, Asked(view), NOW.date())]
    pages = [
        each.case
        for after in range(0, 15, 5)
        for each in shelf.lines(user, own, Asked(view), NOW.date(), 5, after)
    ]
    assert whole
    assert pages == whole


@pytest.mark.parametrize(
    ("login", "ways"),
    [("chenyan", ["mine"]), ("team", ["all", "overdue", "mine"]), ("ops", ["mine"])],
)
def test_a_view_is_offered_to_whom_it_can_show_something(
    visit: Visit, login: str, ways: list[str]
) -> None:
    page = visit(login).get("/cases").text
    assert re.findall(r'href="/cases\?view=(\w+)"', page) == (ways if len(ways) > 1 else [])


def test_whom_a_case_is_about_sees_neither_line_nor_page(visit: Visit) -> None:
    case = opened.complaint("2026-05-28", about="A001")
    desks.put(account("chenyan"), {"complaint"}, NOW)
    chenyan = visit("chenyan")
    assert numbers(chenyan.get("/cases").text) == []
    pages = [chenyan.get(f"/cases/{number}") for number in (case.id, 99_999)]
    assert [each.status_code for each in pages] == [404, 404]
    first, second = (each.text.replace("99999", str(case.id)) for each in pages)
    assert first == second
    status, _ = send(chenyan, case, "record", text="x")
    assert status == 404
    assert numbers(visit("team").get("/cases").text) == [case.id]


def test_a_manager_who_is_complained_of_does_not_see_it_and_nobody_below(visit: Visit) -> None:
    case = opened.complaint("2026-05-28", about=account("shanghai").login)
    desks.put(account("chenyan"), {"complaint"}, NOW)
    for login in ("shanghai", "team", "chenyan"):
        assert numbers(visit(login).get("/cases?view=all").text) == []
        assert visit(login).get(f"/cases/{case.id}").status_code == 404
    assert numbers(visit("admin").get("/cases").text) == [case.id]


# --- A case -------------------------------------------------------------------------------------


def test_a_case_shows_its_way_and_what_is_left(desk: Visitor) -> None:
    case = opened.complaint("2026-05-28", categories=("service_attitude",))
    opened.done(case, "accept", "investigate", on="2026-05-29")
    page = desk.get(f"/cases/{case.id}", headers=ENGLISH)
    stages = re.findall(r'<li class="is-(\w+)".*?class="title">([^<]+)<', page.text)
    assert stages == [
        ("done", "Received"),
        ("done", "Accepted"),
        ("now", "Under investigation"),
        *(
            ("ahead", each)
            for each in ("Solution proposed", "Decided", "Client informed", "Closed")
        ),
    ]
    said = text_of(page)
    assert "11 days left" in said
    assert "15 calendar days after 2026-05-28, which is not counted" in said
    assert "Service: attitude" in said
    assert "nobody answers" in said
    assert 'href="/clients/C001"' in page.text


def test_days_off_that_a_clock_leaves_out_are_named(desk: Visitor, space: Workspace) -> None:
    rule = '[[rule]]\nname = "complaint_simple"\nlength = 15\nunit = "working_days"\n'
    (space.home / "clocks").mkdir()
    (space.home / "clocks" / "cn.toml").write_text(f"{rule}valid_from = 2020-01-01\n", "utf-8")
    case = opened.complaint("2026-04-27", on=opened.ground(home=space.home))
    said = text_of(desk.get(f"/cases/{case.id}", headers=ENGLISH))
    assert "15 working days after 2026-04-27" in said
    assert "2026-05-01" in said


def test_it_offers_the_steps_that_the_command_names(desk: Visitor) -> None:
    case = opened.complaint("2026-05-28")
    for done in ("accept", "investigate", "offer", "decide", "inform"):
        opened.done(case, done, on="2026-05-29")
        page = desk.get(f"/cases/{case.id}").text
        shown = re.findall(r'name="step" value="(\w+)"', page)
        named = [each.step for each in telling.of_number(opened.CHINA, case.id).next]
        assert sorted(shown) == sorted(set(named))
    assert "Missing to close it: Set the follow-up" in text_of(
        desk.get(f"/cases/{case.id}", headers=ENGLISH)
    )


def test_a_manager_may_apologise_and_write_down_and_no_more(visit: Visit) -> None:
    case = opened.complaint("2026-05-28")
    page = visit("team").get(f"/cases/{case.id}").text
    assert re.findall(r'name="step" value="(\w+)"', page) == ["apology", "record"]


def test_a_case_goes_from_receipt_to_end_by_its_page(desk: Visitor) -> None:
    case = opened.complaint("2026-05-28")
    steps: list[tuple[str, dict[str, str]]] = [
        ("accept", {"text": "ours to answer", "category": "complex"}),
        ("investigate", {"text": "the agent was on leave"}),
        ("offer", {"text": "a colleague takes over"}),
        ("decide", {"text": "it is justified"}),
        ("inform", {"text": "called her"}),
        ("follow_up", {"date": "2026-07-01"}),
        ("close", {}),
    ]
    for name, form in steps:
        status, _ = send(desk, case, name, **form)
        assert status == 303, name
    closed = stepping.of_number(case.id)
    assert (closed.state, closed.ended_on, closed.categories) == (
        *("closed", NOW.date()),
        "complex",
    )
    assert {each.done_by for each in closed.entries} == {opened.BY, "ops"}
    said = text_of(desk.get(f"/cases/{case.id}", headers=ENGLISH))
    assert "day set: 2026-07-01" in said
    assert "What may be done now" not in said


REFUSED: list[tuple[str, dict[str, str], str]] = [
    ("close", {}, "'Close' is not done where the case stands (Received), but at: Client informed"),
    ("accept", {"text": " "}, "'Accept' needs words"),
    ("refuse", {"text": "kept"}, "'Refuse' needs a reason, one of: nobody complains, no matter is"),
    ("accept", {"text": "kept", "on": "2026-05-27"}, "2026-05-27 is before the day of receipt"),
    ("accept", {"text": "kept", "on": "2026-06-02"}, "it cannot have been done on 2026-06-02"),
    ("accept", {"text": "kept", "on": "32.13."}, "'32.13.' is no day, such as 2026-05-28"),
    ("assign", {"person": "kept"}, "kept"),
    ("penalty", {"text": "kept"}, "'Penalty' is not done where the case stands (Received)"),
    ("nothing", {"text": "kept"}, "there is no step 'nothing'"),
]


@pytest.mark.parametrize(("step", "form", "sentence"), REFUSED)
def test_what_is_refused_is_said_in_words_and_what_was_typed_stays(
    desk: Visitor, step: str, form: dict[str, str], sentence: str
) -> None:
    case = opened.complaint("2026-05-28")
    moves = str(case.moves)
    answer = desk.post(f"/cases/{case.id}/steps", ENGLISH, step=step, moves=moves, **form)
    assert answer.status_code == 400
    assert sentence in text_of(answer)
    for typed in form.values():
        assert typed in answer.text
    assert CaseEntry.select().count() == 1, "nothing is written"


def test_page_and_command_refuse_the_same(desk: Visitor) -> None:
    """For each step of a complaint in each state, without anything that it needs."""
    case, kind = opened.complaint("2026-05-28"), opened.CHINA.kind("complaint")
    for at in ("accept", "investigate", "offer", "decide", "inform"):
        for each in kind.step:
            standing, who = stepping.standing(case), recusal.who("ops", case)
            told = case_moves.move(kind, standing, each.id, who, NOW.date())
            assert isinstance(told, Refusal), "each needs something, or a step before"
            status, said = send(desk, case, each.id)
            with desk.client.application.test_request_context(headers=ENGLISH):
                refused = names.sentence(errors.CaseRefused(told.code, **told.values), kind)
            assert (status, refused in said) == (400, True), (at, each.id, refused)
        case = opened.done(case, at, on="2026-05-29")


def test_what_went_up_by_itself_is_told_in_the_readers_language(desk: Visitor) -> None:
    case = opened.complaint("2026-05-15")
    assert escalation.escalate(opened.CHINA, NOW.date(), NOW.date(), NOW)
    page = text_of(desk.get(f"/cases/{case.id}"))
    assert "自动上报" in page and "时限到期 记录" in page and "已超期" in page
    english = text_of(desk.get(f"/cases/{case.id}", headers=ENGLISH))
    assert "Went up" in english and "by the clock" in english


def test_of_two_who_look_at_once_the_second_is_told_so(desk: Visitor) -> None:
    case = opened.complaint("2026-05-28")
    opened.done(case, "apology", on="2026-05-29")
    answer = desk.post(f"/cases/{case.id}/steps", ENGLISH, step="accept", moves="1", text="mine")
    assert answer.status_code == 409
    assert "somebody else has done something with case" in text_of(answer)
    assert "mine" in answer.text
    assert stepping.of_number(case.id).state == "received"


def test_a_button_that_is_pressed_twice_does_its_work_once(desk: Visitor) -> None:
    case = opened.complaint("2026-05-28")
    form = {"step": "apology", "moves": str(case.moves), "text": "we are sorry"}
    answers = [desk.post(f"/cases/{case.id}/steps", **form) for _ in range(2)]
    assert {each.location for each in answers} == {f"/cases/{case.id}"}
    assert CaseEntry.select().where(CaseEntry.step == "apology").count() == 1


def test_penalties_are_shown_to_the_desk_alone_and_when_it_asks(
    desk: Visitor, visit: Visit
) -> None:
    case = opened.done(opened.complaint("2026-05-28"), *opened.TO_DECIDED, on="2026-05-29")
    send(desk, case, "penalty", text="a fine")
    assert "a fine" not in desk.get(f"/cases/{case.id}").text
    assert "a fine" in desk.get(f"/cases/{case.id}?restricted=1").text
    looks = AuditEntry.select().where(AuditEntry.kind == "list.seen").order_by(AuditEntry.id)
    facts = [json.loads(each.facts) for each in looks]
    assert [each["restricted"] for each in facts if each.get("case") == case.id] == [False, True]
    for address in (f"/cases/{case.id}", f"/cases/{case.id}?restricted=1"):
        page = visit("team").get(address).text
        assert "a fine" not in page
        assert f'href="/cases/{case.id}?restricted=1"' not in page


GIVEN_AWAY = [("quality", "/cases"), ("callback", "/cases/{case}")]
"""A problem item is the call-back desk's: whoever of another desk has it sees it no more after that."""


@pytest.mark.parametrize(("desk_of", "onward"), GIVEN_AWAY)
def test_who_gives_a_case_away_is_led_to_the_list(visit: Visit, desk_of: Desk, onward: str) -> None:
    desks.put(account("ops"), {desk_of}, NOW)
    case = item()
    order = Order(case.id, "assign", opened.BY, opened.TODAY, Given(person="ops"))
    moves = str(stepping.step(opened.CHINA, order, opened.TODAY, opened.NOW).moves)
    visitor, address = visit("ops"), f"/cases/{case.id}"
    assert visitor.get(address).status_code == 200, "an owner sees theirs"
    given = {"step": "assign", "person": "shanghai", "moves": moves}
    answer = visitor.post(f"{address}/steps", **given)
    assert answer.location == onward.format(case=case.id)
    assert visitor.get(answer.location).status_code == 200
    assert stepping.of_number(case.id).owner == "shanghai"


def test_a_complaint_to_which_nobody_has_put_a_name_has_a_page(desk: Visitor) -> None:
    case = opened.complaint("2026-05-28", client_no="", persons=30, spokesmen=5)
    said = text_of(desk.get(f"/cases/{case.id}", headers=ENGLISH))
    assert "nobody has put a name to it" in said
    assert "a major event" in said
    assert "persons who came 30" in said
    assert "nobody has put a name to it" in text_of(desk.get("/cases", headers=ENGLISH))


def item(received: str = "2026-05-28") -> Case:
    """A problem item of Lin Wei's."""
    said = opened.Request("problem", cast.day(received), "x", opened.BY, client_no="C001")
    return opened.opening.open_case(opened.CHINA, said, opened.TODAY, opened.NOW)


def taps(page: str) -> set[str]:
    """The steps that a page offers."""
    return set(re.findall(r'name="step" value="(\w+)"', page))


def test_a_complaint_opens_its_measure_by_a_tap_which_is_finished_by_taps(visit: Visit) -> None:
    desks.put(account("ops"), {"complaint", "quality"}, NOW)
    visitor, case = visit("ops"), opened.complaint("2026-05-28")
    opened.done(case, "accept", "investigate", on="2026-05-29")
    assert "improvement" in taps(visitor.get(f"/cases/{case.id}").text)
    status, _ = send(visitor, case, "improvement", text="two people at the hotline")
    assert status == 303
    measure = Case.get(Case.kind == "improvement")
    page = visitor.get(f"/cases/{case.id}", headers=ENGLISH)
    assert f"Case {measure.id} was opened: Improvement measure." in text_of(page)
    assert f'href="/cases/{measure.id}"' in page.text
    its_own = visitor.get(f"/cases/{measure.id}", headers=ENGLISH)
    assert f'href="/cases/{case.id}"' in its_own.text
    assert "two people at the hotline" in text_of(its_own)
    for each in ("cause", "measure", "done"):
        assert each in taps(visitor.get(f"/cases/{measure.id}").text)
        assert send(visitor, measure, each, text="as it was said")[0] == 303
    assert stepping.of_number(measure.id).state == "done"


OPENED_BY = [("problem", "complain", "complaint"), ("complaint", "improvement", "improvement")]
"""A case, its step, and the kind of the case that comes of it."""


@pytest.mark.parametrize(("kind", "name", "comes"), OPENED_BY)
def test_the_number_of_what_a_step_opens_is_told_also_to_who_does_not_see_it(
    visit: Visit, kind: str, name: str, comes: str
) -> None:
    desks.put(account("ops"), {"callback"} if kind == "problem" else {"complaint"}, NOW)
    case = item() if kind == "problem" else opened.complaint("2026-05-28")
    if kind == "complaint":
        opened.done(case, "accept", "investigate", on="2026-05-29")
    visitor = visit("ops")
    send(visitor, case, name, text="as it was said")
    made = Case.get(Case.kind == comes)
    page = visitor.get(f"/cases/{case.id}", headers=ENGLISH)
    assert f"Case {made.id} was opened" in text_of(page)
    assert f'href="/cases/{made.id}"' not in page.text
    assert visitor.get(f"/cases/{made.id}").status_code == 404
    assert "was opened" not in text_of(visitor.get(f"/cases/{case.id}", headers=ENGLISH))


def test_a_step_that_opens_nothing_tells_of_nothing(desk: Visitor) -> None:
    case = opened.done(opened.complaint("2026-05-28"), "accept", "investigate", on="2026-05-29")
    send(desk, case, "improvement", text="two people at the hotline")
    desk.get(f"/cases/{case.id}")
    send(desk, case, "apology", text="we are sorry")
    assert "was opened" not in text_of(desk.get(f"/cases/{case.id}", headers=ENGLISH))


@pytest.mark.only_sqlite("PostgreSQL plans by what a book holds: tests/drills/test_plans.py")
def test_what_has_come_of_a_case_is_found_by_an_index(desk: Visitor) -> None:
    case = opened.complaint("2026-05-28")
    with looked_up.listening(database.database.obj) as heard:
        desk.get(f"/cases/{case.id}")
        assert heard.faults() == []


def test_other_cases_of_the_client_stand_below_it(desk: Visitor) -> None:
    before = opened.complaint("2026-05-04", policy_no="P001")
    first = opened.done(before, "withdraw", on="2026-05-05")
    second = opened.complaint("2026-05-28", policy_no="P001")
    page = desk.get(f"/cases/{second.id}", headers=ENGLISH)
    assert f'href="/cases/{first.id}"' in page.text
    assert f"It repeats case {first.id}" in text_of(page)


def test_of_a_kind_whose_file_is_wrong_the_page_says_where(desk: Visitor, space: Workspace) -> None:
    case = opened.complaint("2026-05-28")
    (space.home / "cases").mkdir()
    (space.home / "cases" / "complaint.toml").write_text("state = 1\n", "utf-8")
    assert desk.get("/cases").status_code == 200
    assert desk.get(f"/cases/{case.id}").status_code == 200
    status, said = send(desk, case, "accept", text="x")
    assert (status, "complaint.toml" in said) == (400, True)


def test_a_case_whose_kind_was_taken_away_is_shown_by_its_ids(desk: Visitor) -> None:
    case = opened.complaint("2026-05-28")
    Case.update(kind="gone").execute()
    page = desk.get(f"/cases/{case.id}")
    assert page.status_code == 200
    assert desk.get("/cases").status_code == 200
    status, said = send(desk, case, "accept", text="x")
    assert (status, "gone" in said) == (400, True)


# --- Whom it goes to, who approves, what is agreed ------------------------------------------------

SAID_WRONGLY = [
    ("received", "assign", {"person": "chenyan"}, "nobody has said yet whom the case is about"),
    ("accepted", "extend", {"person": "nobody", "text": "told"}, "nobody has the login"),
    ("accepted", "extend", {"person": "sunli", "text": "told"}, "may not approve it"),
    ("accepted", "extend", {"person": "chenyan", "text": "told"}, "serves its client"),
    ("decided", "follow_up", {"date": "2026-05-31"}, "2026-05-31 is past"),
]


@pytest.mark.parametrize(("state", "step", "form", "told"), SAID_WRONGLY)
def test_a_step_for_nobody_who_may_or_for_a_day_that_is_past_is_refused_by_the_page(
    desk: Visitor, state: str, step: str, form: dict[str, str], told: str
) -> None:
    for login in ("chenyan", "sunli"):
        account(login)
    case = opened.complaint("2026-05-28", categories=("complex",))
    Case.update(state=state).where(Case.id == case.id).execute()
    status, said = send(desk, case, step, **form)
    assert (status, told in said) == (400, True)
    assert stepping.of_number(case.id).moves == case.moves


OFFERED = [
    # whom it is about, whether its client has several numbers, who can have it, who can approve
    ("", False, {"ops", "team", "shanghai", "admin"}, {"team", "shanghai", "beijing", "admin"}),
    ("", True, {"ops", "team", "shanghai", "admin"}, {"team", "shanghai", "beijing", "admin"}),
    ("team", True, {"ops", "sunli", "shanghai", "admin"}, {"shanghai", "beijing", "admin"}),
    ("shanghai", False, {"ops", "admin"}, {"beijing", "admin"}),
]


@pytest.mark.parametrize(("about", "is_two", "owners", "approvers"), OFFERED)
@pytest.mark.parametrize("state", ["received", "accepted", "decided"])
def test_the_field_of_a_person_offers_who_is_taken_at_no_great_cost(
    desk: Visitor, state: str, about: str, is_two: bool, owners: set[str], approvers: set[str]
) -> None:
    """Owners and approvers are two lists of their own; neither is asked person by person."""
    for login in ("chenyan", "sunli", "team", "shanghai", "beijing", "admin"):
        account(login)
    if is_two:
        persons.unite(cast.lin_wei(), Client.get(Client.client_no == "C900"))
    case = opened.complaint("2026-05-28", categories=("complex",), about=about)
    Case.update(state=state).where(Case.id == case.id).execute()
    with statements() as told:
        page = desk.get(f"/cases/{case.id}").text
    assert len(told) <= MOST_STATEMENTS, "\n".join(told)
    lists = dict(re.findall(r'<datalist id="people-(\w+)">(.*?)</datalist>', page, re.DOTALL))
    people = {step: set(re.findall(r'value="(\w+)"', each)) for step, each in lists.items()}
    assert people["assign"] == owners
    if state == "accepted":
        assert people["extend"] == approvers
