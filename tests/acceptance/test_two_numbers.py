"""One person who has two client numbers: what is said of one holds for the other, nothing goes twice."""

import datetime
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.acceptance.office import ILSE, Office

Row = Mapping[str, object]

DAY, MORNING, LATER = "2027-05-12", "2027-05-12 10:00", "2027-05-12 11:00"
STANDING = {"status": "in_force", "ended_on": "", "marketing_consent": "yes"}
BORN = {**ILSE, **STANDING}
"""Her birthday is the day."""
NEWS = {**BORN, "issue_date": "2026-04-12", "birthday": ""}
"""Her news falls due on the day."""
SECOND = {"policy_no": "K2", "agent_no": "A2"}
OTTO = {"policy_no": "X", "client_no": "C2", "client_name": "Otto Klein", "phone": "+12125550102"}
NOW_C9 = {"client_no": "C9"}


@pytest.fixture
def office(tmp_path: Path) -> Office:
    found = Office(tmp_path / "office")
    found.now = datetime.datetime.fromisoformat("2027-05-02T09:00+08:00")
    return found


def renumber(office: Office, row: Row) -> None:
    """C1 becomes C9: no policy is left with the former number."""
    office.book({**row, **NOW_C9}, {**row, **SECOND, **NOW_C9})


def split(office: Office, row: Row) -> None:
    """A second policy goes to C9, C1 keeps the first."""
    office.book(row, {**row, **SECOND, **NOW_C9})


MOVES = pytest.mark.parametrize("move", [renumber, split])


def begin(office: Office, row: Row, *more: Row) -> None:
    office.book(row, {**row, **SECOND}, *more, joined="2027-05-01")


def states(office: Office, client_no: str = "") -> set[tuple[str, str]]:
    """State and reason of each message, or of those of a client."""
    rows = office("messages", "--format", "csv").done().table()
    return {(row["state"], row["reason"]) for row in rows if client_no in ("", row["client_no"])}


def said(office: Office, *args: object) -> None:
    office(*args).done()


def card(office: Office, client_no: str) -> Mapping[str, object]:
    document: Mapping[str, object] = office("card", client_no, "--format", "json").done().document()
    return document


SAID: dict[str, tuple[Row, tuple[object, ...], tuple[str, str]]] = {
    "a death": (
        *(BORN, ("client", "deceased", "C1", "--on", "2027-05-01")),
        ("cancelled", "client_deceased"),
    ),
    "a stop": (NEWS, ("consent", "stop", "C1"), ("suppressed", "marketing_opted_out")),
}


@MOVES
@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("what", SAID)
def test_what_is_said_of_one_number_holds_for_the_other(
    office: Office, what: str, before: bool, move: Callable[[Office, Row], None]
) -> None:
    row, words, end = SAID[what]
    begin(office, row)
    if before:
        said(office, *words)
    move(office, row)
    if not before:
        said(office, *words)
    office.walk(DAY)
    assert office.dispatch(MORNING) == {}
    assert states(office) == {end}


TAKEN_BACK = {
    "a death": (BORN, ("client", "alive"), 1),
    "a stop": (NEWS, ("consent", "allow"), 1),
}


@MOVES
@pytest.mark.parametrize("number", ["C1", "C9"])
@pytest.mark.parametrize("what", TAKEN_BACK)
def test_what_is_taken_back_of_one_number_stays_taken_back(
    office: Office, what: str, number: str, move: Callable[[Office, Row], None]
) -> None:
    row, words, count = TAKEN_BACK[what]
    begin(office, row)
    said(office, *SAID[what][1])
    move(office, row)
    said(office, *words, number)
    said(office, "consent", "stop", ILSE["phone"])
    said(office, "consent", "allow", ILSE["phone"])  # touches both numbers
    office.walk(DAY)
    assert office.dispatch(MORNING) == {"accepted": count}
    assert office.tasks(DAY) == []
    assert {card(office, each)["deceased_on"] for each in ("C1", "C9")} == {None}


@MOVES
def test_mourning_goes_along(office: Office, move: Callable[[Office, Row], None]) -> None:
    begin(office, NEWS, {**NEWS, **OTTO, "marketing_consent": "no"})
    said(office, "client", "family", "C1", "C2", "--kin", "spouse")
    said(office, "client", "deceased", "C2", "--on", "2027-05-01")
    office.walk(DAY)
    move(office, NEWS)
    office.walk("2027-05-13")
    assert office.dispatch("2027-05-13 10:00") == {}
    until = {card(office, number)["bereaved_until"] for number in ("C1", "C9")}
    assert until == {"2027-08-09"}
    said(office, "client", "alive", "C2")
    assert {card(office, number)["bereaved_until"] for number in ("C1", "C9")} == {None}
    assert office.dispatch("2027-05-13 11:00") == {"accepted": 1}


def test_the_family_of_somebody_with_two_numbers_is_spared(office: Office) -> None:
    otto = {**BORN, **OTTO, "birthday": "1950-01-01"}
    office.book(BORN, otto, joined="2027-05-01")
    said(office, "client", "family", "C1", "C2", "--kin", "spouse")
    office.book(BORN, {**otto, "client_no": "C22"})
    said(office, "client", "deceased", "C22", "--on", "2027-05-01")
    office.walk(DAY)
    assert office.dispatch(MORNING) == {}
    assert states(office, "C1") == {("cancelled", "bereaved")}


@pytest.mark.parametrize("answered_as", ["C1", "C9"])
def test_a_question_about_a_death_is_asked_of_the_person(office: Office, answered_as: str) -> None:
    old = {**BORN, "policy_no": "K0", "issue_date": "2026-01-01"}
    office.book(BORN, old, joined="2027-05-01")
    office.book({**BORN, **NOW_C9}, old)
    office.book({**BORN, **NOW_C9}, {**old, "status": "claim", "ended_on": "2027-05-11"})
    assert [key for key, _ in office.tasks(DAY)] == ["claim_asks"]
    office.walk(DAY)
    assert office.dispatch(MORNING) == {}
    assert ("cancelled", "death_in_question") in states(office, "C9")
    said(office, "client", "alive", answered_as)
    assert office.tasks(DAY) == []
    assert office.dispatch(LATER) == {"accepted": 1}
    office.book({**BORN, **NOW_C9}, old)  # the claim is taken back: nobody asks
    assert office.tasks(DAY) == []


def test_a_claim_that_is_taken_back_asks_of_neither_number(office: Office) -> None:
    old = {**BORN, "policy_no": "K0", "issue_date": "2026-01-01"}
    office.book(BORN, old, joined="2027-05-01")
    office.book({**BORN, **NOW_C9}, old)
    office.book({**BORN, **NOW_C9}, {**old, "status": "claim", "ended_on": "2027-05-11"})
    office.walk(DAY)
    office.book({**BORN, **NOW_C9}, old)
    assert {card(office, each)["death_asked_on"] for each in ("C1", "C9")} == {None}
    assert office.dispatch(MORNING) == {"accepted": 1}


def test_one_person_is_greeted_once(office: Office) -> None:
    begin(office, BORN)
    split(office, BORN)
    office.walk(DAY)
    assert office.dispatch(MORNING) == {"accepted": 1}
    assert states(office, "C9") == {("cancelled", "other_number")}
    told = office.why("K2", "birthday", DAY)
    assert told["message_reason"] == "other_number"
    assert any(link["code"] == "had_under" and "C1" in link["sentence"] for link in told["chain"])


def test_what_the_first_number_does_not_get_the_other_one_gets(office: Office) -> None:
    office.now = datetime.datetime.fromisoformat(f"{DAY}T08:00+08:00")
    begin(office, BORN)
    split(office, BORN)
    office.walk(DAY)
    office.book({**BORN, **SECOND, **NOW_C9})  # a sweep takes the second one back
    assert states(office, "C9") == {("cancelled", "other_number")}
    office.book({**BORN, "status": "surrendered", "ended_on": "2027-05-11"})
    assert states(office, "C1") == {("cancelled", "policy_ended")}
    assert office.dispatch(MORNING) == {"accepted": 1}


def test_a_person_who_was_greeted_has_been_greeted_under_both_numbers(office: Office) -> None:
    begin(office, BORN)
    office.walk(DAY)
    assert office.dispatch(MORNING) == {"accepted": 1}
    split(office, {**BORN, "birthday": "1980-05-13"})
    office.walk("2027-05-13")
    assert office.dispatch("2027-05-13 10:00") == {}


@pytest.mark.parametrize("phone", ["+12125550101", "+12125550109"])
def test_the_dead_are_not_greeted_under_a_number_that_nothing_tells_apart(
    office: Office, phone: str
) -> None:
    """No policy ever went between the two; one with another phone number may be another person."""
    office.book(BORN, {**BORN, **SECOND, **NOW_C9, "phone": phone}, joined="2027-05-01")
    said(office, "client", "deceased", "C1", "--on", "2027-05-01")
    office.walk(DAY)
    is_one = phone == BORN["phone"]
    assert office.dispatch(MORNING) == ({} if is_one else {"accepted": 1})


NAMES = ["ILSE BRANDT", " Ilse  Brandt ", "Ｉlse Brandt"]


@pytest.mark.parametrize("name", NAMES)
def test_one_name_is_written_in_several_ways(office: Office, name: str) -> None:
    office.book(BORN, joined="2027-05-01")
    office.walk(DAY)
    assert office.dispatch(MORNING) == {"accepted": 1}
    office.book({**BORN, **NOW_C9, "birthday": "1980-05-13", "client_name": name})
    office.walk("2027-05-13")
    assert office.dispatch("2027-05-13 10:00") == {}


def test_a_slip_in_the_name_is_mended_later(office: Office) -> None:
    office.book(BORN, joined="2027-05-01")
    office.walk(DAY)
    assert office.dispatch(MORNING) == {"accepted": 1}
    moved = {**BORN, **NOW_C9, "birthday": "1980-05-13"}
    office.book({**moved, "client_name": "Ilse Brand"})
    office.book(moved)
    office.walk("2027-05-13")
    assert office.dispatch("2027-05-13 10:00") == {}


@pytest.mark.parametrize("is_dead", [True, False])
def test_father_and_son_are_two(office: Office, is_dead: bool) -> None:
    office.book(BORN, joined="2027-05-01")
    if is_dead:
        said(office, "client", "deceased", "C1", "--on", "2027-05-01")
    office.book({**BORN, **NOW_C9, "birthday": "2001-05-13"})
    assert card(office, "C9")["deceased_on"] is None
    office.walk("2027-05-13")
    assert office.dispatch("2027-05-13 10:00") == {"accepted": 1}


@pytest.mark.parametrize("is_split", [True, False])
def test_the_cap_of_a_day_is_the_person_s(office: Office, is_split: bool) -> None:
    """News have left for C1; the event of C9 falls due on the same day."""
    event = {**NEWS, "policy_no": "K2", "issue_date": "2026-02-12"}
    office.book(NEWS, joined=DAY)
    office.walk(DAY)
    assert office.dispatch(MORNING) == {"accepted": 1}
    if is_split:
        office.book(NEWS, event, joined=DAY)
    office.book(NEWS if is_split else {**NEWS, **NOW_C9}, {**event, **NOW_C9}, joined=DAY)
    office.walk(DAY)
    assert office.dispatch(LATER) == {}
    assert ("queued", "cap_moved") in states(office)


def split_and_walked(office: Office, **facts: object) -> None:
    """The second policy is C9's; of two greetings the first one waits."""
    begin(office, BORN)
    office.book(BORN, {**BORN, **SECOND, **NOW_C9, **facts})
    office.walk(DAY)
    office.book(BORN)
    assert states(office, "C1") == {("queued", "due")}
    assert states(office, "C9") == {("cancelled", "other_number")}


def test_of_two_that_live_again_the_first_one_is_left(office: Office) -> None:
    split_and_walked(office)
    said(office, "client", "deceased", "C1", "--on", "2027-05-01")
    said(office, "client", "alive", "C9")
    assert states(office, "C1") == {("queued", "revived")}
    assert states(office, "C9") == {("cancelled", "other_number")}
    assert office.dispatch(MORNING) == {"accepted": 1}


def test_where_the_first_one_comes_to_nothing_the_other_lives_again(office: Office) -> None:
    split_and_walked(office, phone="+12125550109")
    said(office, "consent", "stop", ILSE["phone"])
    assert office.dispatch(MORNING) == {"suppressed": 1}
    assert office.dispatch(LATER) == {"accepted": 1}
    assert states(office, "C9") == {("accepted", "accepted")}
