"""What may be done with a case, by whom and when; over random moves none is lost or reopened."""

import datetime
from collections.abc import Sequence
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies import case_file, case_kind, desks
from policies.case_kind import SETTLED, Kind
from policies.case_moves import (
    EVERYWHERE,
    Given,
    Moved,
    Refusal,
    Standing,
    Who,
    missing_to_settle,
    move,
    next_steps,
    way_ahead,
)

RULES = (
    "complaint_simple",
    "complaint_complex",
    "complaint_special",
    "free_look",
    "improvement",
    "problem",
    "reinstatement",
    "retention",
    "retention_decision",
)
COMPLAINT = case_file.load(case_file.SHIPPED / "complaint.toml", RULES)
KINDS = [
    case_file.load(case_file.SHIPPED / f"{each}.toml", RULES)
    for each in (*("complaint", "callback", "problem", "retention", "reinstatement"),)
]

RECEIVED = datetime.date(2026, 3, 2)
LATER = datetime.date(2026, 3, 9)
DESK = Who("lihua", "operations", frozenset(["complaint"]))


def standing(state: str = "received", *done: str, categories: Sequence[str] = ()) -> Standing:
    return Standing(state, RECEIVED, RECEIVED, frozenset(categories), frozenset(done))


def refused(answer: Moved | Refusal) -> str:
    assert isinstance(answer, Refusal), answer
    return answer.code


def moved(answer: Moved | Refusal) -> str:
    assert isinstance(answer, Moved), answer
    return answer.state.id


SAID = Given("because", date=LATER, person="wang")

ALLOWED = [
    ("received", "accept", "accepted"),
    ("received", "accepted", "accepted"),
    ("received", "forward", "forwarded"),
    ("accepted", "investigate", "investigating"),
    ("investigating", "offer", "offered"),
    ("offered", "decide", "decided"),
    ("decided", "inform", "informed"),
    ("informed", "review", "review"),
    ("review", "decide_review", "review_decided"),
    ("review_decided", "withdraw", "withdrawn"),
    ("received", "apology", "received"),
    ("decided", "penalty", "decided"),
]


@pytest.mark.parametrize(("state", "step", "to"), ALLOWED)
def test_a_step_leads_to_its_state(state: str, step: str, to: str) -> None:
    assert moved(move(COMPLAINT, standing(state), step, DESK, LATER, SAID)) == to


REFUSED = [
    ("received", "decide", "case_step_not_now"),
    ("received", "penalty", "case_step_not_now"),
    ("received", "dance", "case_no_step"),
    ("accepted", "refuse", "case_step_not_now"),
    ("informed", "close", "case_step_requires"),
    ("closed", "accept", "case_has_ended"),
    ("withdrawn", "record", "case_has_ended"),
    ("elsewhere", "record", "case_state_gone"),
    ("accepted", "extend", "case_not_of_category"),
]


@pytest.mark.parametrize(("state", "step", "code"), REFUSED)
def test_a_step_is_refused_with_its_code(state: str, step: str, code: str) -> None:
    assert refused(move(COMPLAINT, standing(state), step, DESK, LATER, SAID)) == code


def test_a_refusal_has_one_of_the_reasons_that_a_reasonable_complaint_has_not() -> None:
    no_reason = Given("we do not like it")
    with_one = Given("it is about another company", "out_of_scope")
    case = standing()
    assert refused(move(COMPLAINT, case, "refuse", DESK, LATER, no_reason)) == "case_needs_reason"
    assert moved(move(COMPLAINT, case, "refuse", DESK, LATER, with_one)) == "refused"


def test_a_reasonable_complaint_is_not_refused() -> None:
    case, why = standing("received", "reasonable"), Given("no", "no_harm")
    assert refused(move(COMPLAINT, case, "refuse", DESK, LATER, why)) == "case_step_barred"


@pytest.mark.parametrize("missing", ["decide", "inform", "follow_up"])
def test_a_complaint_is_not_closed_without_decision_notice_and_follow_up(missing: str) -> None:
    done = {"decide", "inform", "follow_up"} - {missing}
    case = standing("informed", *done)
    assert refused(move(COMPLAINT, case, "close", DESK, LATER)) == "case_step_requires"
    assert missing_to_settle(COMPLAINT, case) == [missing]
    whole = standing("informed", *done, missing)
    assert moved(move(COMPLAINT, whole, "close", DESK, LATER)) == "closed"


WAYS = [
    ("complaint", "received", "accepted investigating offered decided informed closed"),
    ("complaint", "informed", "closed"),
    ("complaint", "review", "review_decided closed"),
    ("complaint", "closed", ""),
    ("complaint", "withdrawn", ""),
    ("complaint", "a state of before", ""),
    ("callback", "waiting_receipt", "open done_clean"),
    ("callback", "attempting", "done_clean"),
    ("problem", "open", "contacted solved"),
    ("problem", "solved", ""),
]


@pytest.mark.parametrize(("name", "state", "way"), WAYS)
def test_the_way_ahead_is_the_shortest_to_be_settled(name: str, state: str, way: str) -> None:
    kind = next(each for each in KINDS if each.id == name)
    assert [each.id for each in way_ahead(kind, state)] == way.split()


def test_a_step_is_taken_by_its_desk_or_role_only() -> None:
    agent, desk = Who("chen", "agent"), Who("chen", "agent", frozenset(["complaint"]))
    operator = Who("root", EVERYWHERE)
    assert refused(move(COMPLAINT, standing(), "accept", agent, LATER, SAID)) == (
        "case_step_not_theirs"
    )
    assert moved(move(COMPLAINT, standing(), "accept", desk, LATER, SAID)) == "accepted"
    assert moved(move(COMPLAINT, standing(), "accept", operator, LATER, SAID)) == "accepted"
    assert moved(move(COMPLAINT, standing(), "apology", agent, LATER, SAID)) == "received"


@pytest.mark.parametrize("role", ["agent", "manager", "operations", "administrator", EVERYWHERE])
def test_whom_it_is_about_takes_no_step(role: str) -> None:
    about = Who("chen", role, frozenset(desks.DESKS), is_recused=True)
    for step in COMPLAINT.step:
        for state in step.from_states:
            assert refused(move(COMPLAINT, standing(state), step.id, about, LATER, SAID)) == (
                "case_recused"
            )
    assert next_steps(COMPLAINT, standing(), about) == []


DAYS = [
    ("2026-03-01", "2026-03-02", "case_before_receipt"),
    ("2026-03-02", "2026-03-02", ""),
    ("2026-03-05", "2026-03-06", "case_before_last"),
    ("2026-03-06", "2026-03-06", ""),
]


@pytest.mark.parametrize(("on", "last", "code"), DAYS)
def test_entries_are_in_the_order_of_their_days(on: str, last: str, code: str) -> None:
    case = standing()._replace(last_on=datetime.date.fromisoformat(last))
    answer = move(COMPLAINT, case, "accept", DESK, datetime.date.fromisoformat(on), SAID)
    assert (refused(answer) if code else "") == code


def test_an_extension_is_approved_by_somebody_else_and_once() -> None:
    case = standing("accepted", categories=["complex"])
    own = SAID._replace(person=DESK.login)
    extended = case._replace(done=frozenset(["extend"]))
    assert moved(move(COMPLAINT, case, "extend", DESK, LATER, SAID)) == "accepted"
    assert refused(move(COMPLAINT, case, "extend", DESK, LATER, own)) == "case_approves_oneself"
    assert refused(move(COMPLAINT, case, "extend", DESK, LATER, Given("told"))) == (
        "case_needs_approver"
    )
    assert refused(move(COMPLAINT, extended, "extend", DESK, LATER, SAID)) == "case_step_once"


# --- Random lives of cases ----------------------------------------------------------------------


class Try(NamedTuple):
    """Somebody tries something."""

    step: str
    who: Who
    days: int
    given: Given


people = st.builds(
    Who,
    st.sampled_from(["a", "b"]),
    st.sampled_from([*case_kind.ROLES, EVERYWHERE]),
    st.frozensets(st.sampled_from(desks.DESKS)),
    st.booleans(),
)
words = st.builds(
    Given,
    st.sampled_from(["", "  ", "words"]),
    st.sampled_from(["", "no_harm", "busy", "other"]),
    st.sampled_from([None, LATER]),
    st.sampled_from(["", "a", "b"]),
)


def tries(kind: Kind) -> st.SearchStrategy[list[Try]]:
    names = [*(each.id for each in kind.step), *(each.id for each in kind.state), "nothing"]
    days = st.integers(-3, 20)
    one = st.builds(Try, st.sampled_from(names), people, days, words)
    return st.lists(one, max_size=40)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.id))
@given(data=st.data())
def test_no_case_is_lost_reopened_or_settled_without_decision_notice_and_date(
    kind: Kind, data: st.DataObject
) -> None:
    case = Standing(kind.first.id, RECEIVED, RECEIVED, frozenset(["complex"]))
    needs: set[str] = set()
    for each in data.draw(tries(kind)):
        on = case.last_on + datetime.timedelta(days=each.days)
        was = kind.state_of(case.state)
        answer = move(kind, case, each.step, each.who, on, each.given)
        if isinstance(answer, Refusal):
            continue
        assert was and was.is_open, "an end was left"
        assert not each.who.is_recused
        assert on >= case.last_on >= case.received_on
        needs |= set(answer.step.needs)
        case = case._replace(state=answer.state.id, last_on=on, done=case.done | {answer.step.id})
        stands = kind.state_of(case.state)
        assert stands, "it stands nowhere"
        if stands.settled:
            assert needs >= set(SETTLED)
        if stands.is_open:
            ends = {one.id for one in kind.state if not one.is_open}
            assert case_file.reachable(kind, {case.state}) & ends


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.id))
@given(data=st.data())
def test_what_is_shown_as_next_is_refused_for_nothing_but_what_has_to_be_given(
    kind: Kind, data: st.DataObject
) -> None:
    state = data.draw(st.sampled_from([each.id for each in kind.state if each.is_open]))
    done = data.draw(st.frozensets(st.sampled_from([each.id for each in kind.step])))
    who = data.draw(people)
    case = Standing(state, RECEIVED, RECEIVED, frozenset(), done)
    shown = {each.id for each in next_steps(kind, case, who)}
    for step in kind.step:
        given = Given("words", step.reasons[0] if step.reasons else "", LATER, "somebody else")
        answer = move(kind, case, step.id, who, RECEIVED, given)
        assert isinstance(answer, Moved) == (step.id in shown)


SORTED: list[tuple[str, str, tuple[str, ...], str]] = [
    ("received", "accept", ("simple", "service_attitude", "sales"), ""),
    ("received", "accept", ("cause_terms",), "case_sorts_other"),
    ("accepted", "investigate", ("cause_terms",), ""),
    ("accepted", "investigate", ("cause_terms", "simple"), "case_sorts_other"),
    ("accepted", "investigate", ("propose_refund",), "case_sorts_other"),
    ("investigating", "offer", ("propose_refund", "cause_system"), ""),
    ("offered", "decide", ("propose_refund",), "case_does_not_sort"),
]


@pytest.mark.parametrize(("state", "step", "categories", "code"), SORTED)
def test_a_step_says_the_categories_of_its_own_facets(
    state: str, step: str, categories: tuple[str, ...], code: str
) -> None:
    given = Given("because", categories=categories)
    answer = move(COMPLAINT, standing(state), step, DESK, LATER, given)
    assert (refused(answer) == code) if code else moved(answer)


MATTERS = [
    (("sales", "cause_terms"), ("sales", "cause_system"), True),
    (("sales", "complex"), ("sales", "simple"), True),
    (("sales",), ("claims",), False),
    (("cause_terms",), ("cause_terms",), None),
]


@pytest.mark.parametrize(("one", "other", "is_same"), MATTERS)
def test_what_was_found_out_is_no_subject_of_a_complaint(
    one: tuple[str, ...], other: tuple[str, ...], is_same: bool | None
) -> None:
    assert case_kind.is_same_matter(COMPLAINT, one, other) is is_same
