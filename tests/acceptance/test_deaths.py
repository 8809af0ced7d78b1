"""A client has died, or a claim asks whether: nothing goes to the dead, and the family is spared."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.acceptance.office import ILSE, Office

DAY = "2027-05-28"
ILSE_S = {**ILSE, "issue_date": "2021-11-28", "birthday": "1950-05-28", "policy_no": "MED1"}
CLAIM = {"status": "claim", "ended_on": "2027-05-20"}
OTTO = {"client_no": "C2", "client_name": "Otto Klein", "phone": "+12125550102"}


def standing(row: Mapping[str, object], **facts: object) -> dict[str, object]:
    """A row with all columns of these files."""
    known = {"status": "in_force", "ended_on": "", "marketing_consent": "yes"}
    return {**known, **row, **facts}


LIFE1 = standing({**ILSE_S, "policy_no": "LIFE1", "issue_date": "2020-05-28"}, **CLAIM)
MED1 = standing(ILSE_S)
LIFE2, MED2 = (
    {**row, **OTTO, "policy_no": number, "phone": "+12125550102"}
    for row, number in ((LIFE1, "LIFE2"), (MED1, "MED2"))
)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "office")


def titles(office: Office, on: str = DAY) -> list[tuple[str, str]]:
    """The open tasks of a day: client and what it is about."""
    rows = office("tasks", "list", "--on", on, "--format", "csv").done().table()
    return sorted((row["client_no"], row["touchpoint"]) for row in rows)


def reasons(office: Office, client_no: str) -> set[tuple[str, str, str]]:
    """Touchpoint, state and reason of the messages of a client."""
    rows = office("messages", "--format", "csv").done().table()
    return {
        (row["touchpoint"], row["state"], row["reason"])
        for row in rows
        if row["client_no"] == client_no
    }


def test_a_claim_asks_whether_the_client_has_died_and_the_answer_decides(office: Office) -> None:
    office.book(LIFE1, MED1, LIFE2, MED2, joined="2027-05-10")
    office.walk(DAY)
    assert office.dispatch(f"{DAY} 10:00") == {}
    assert titles(office) == [("C1", "claim_asks"), ("C2", "claim_asks")]
    for key in ("birthday", "news", "event"):
        assert (key, "cancelled", "death_in_question") in reasons(office, "C1")
    office("client", "deceased", "C1", "--on", "2027-05-20").done()
    assert titles(office) == [("C1", "condolence"), ("C2", "claim_asks")]
    office("client", "alive", "C2").done()
    assert titles(office) == [("C1", "condolence"), ("C2", "visit")]
    assert office.dispatch(f"{DAY} 10:00")["accepted"] >= 1
    assert any("Otto Klein" in text for text in office.sent(DAY))
    assert not any("Ilse" in text for text in office.sent(DAY))
    card = office("card", "C1", "--format", "json").done().document()
    assert (card["deceased_on"], card["death_asked_on"]) == ("2027-05-20", None)
    office.walk("2027-06-28")  # the news of June falls due, and is cancelled
    assert ("C1", "visit") not in titles(office, "2027-06-28")
    assert not any(state == "queued" for _, state, _ in reasons(office, "C1"))


def test_the_warning_names_policy_and_client_and_the_same_file_asks_once(office: Office) -> None:
    book = office.home.parent / "list.csv"
    office.book(LIFE1, MED1, joined="2027-05-10")
    told = office("book", "import", book, "--joined", "2027-05-10").done().err
    ends_ahead = "is served until then"  # told each time, unlike the question
    assert [line for line in told.splitlines() if "LIFE1" in line and ends_ahead not in line] == []
    other = {**LIFE2, "policy_no": "LIFE3"}
    office.book({**LIFE2, "status": "in_force", "ended_on": ""}, MED2, joined="2027-05-10")
    office.book(LIFE2, joined="2027-05-10")
    assert titles(office) == [("C1", "claim_asks"), ("C2", "claim_asks")]
    office.book(other, joined="2027-05-10")
    assert titles(office) == [("C1", "claim_asks"), ("C2", "claim_asks")]
    again = office("book", "import", book, "--joined", "2027-05-10", "--dry-run").done()
    assert "claim" not in again.err


def test_a_first_import_says_of_whom_a_claim_asks(office: Office) -> None:
    file = office.home.parent / "claims.csv"
    file.write_text(f"{','.join(LIFE1)}\n{','.join(map(str, LIFE1.values()))}\n", encoding="utf-8")
    for more in (["--dry-run"], []):
        told = office("book", "import", file, "--joined", "2027-05-10", *more).done().err
        assert "LIFE1 of client C1" in told and "Ilse" not in told
    assert titles(office) == [("C1", "claim_asks")]


def test_a_claim_from_before_its_policy_joined_asks_nothing(office: Office) -> None:
    office.book({**LIFE1, "ended_on": "2027-05-09"}, MED1, joined="2027-05-10")
    assert titles(office) == []
    office.walk(DAY)
    assert ("birthday", "queued", "due") in reasons(office, "C1")


def test_what_waits_is_cancelled_at_once_and_lives_again(office: Office) -> None:
    office.book(MED1, joined="2027-05-10")
    office.walk(DAY)
    before = reasons(office, "C1")
    assert ("birthday", "queued", "due") in before
    office("client", "deceased", "C1", "--on", "2027-05-20").done()
    assert {state for _, state, _ in reasons(office, "C1")} == {"cancelled"}
    assert titles(office) == [("C1", "condolence")]
    office.book({**MED1, "phone": "+12125550199"})  # an import does not undo it
    assert {reason for _, _, reason in reasons(office, "C1")} == {"client_deceased"}
    office("client", "alive", "C1").done()
    assert {(key, state) for key, state, _ in reasons(office, "C1")} == {
        (key, state) for key, state, _ in before
    }
    assert titles(office) == [("C1", "visit")]
    assert office.dispatch(f"{DAY} 10:00")["accepted"] >= 1
    kinds = [line["kind"] for line in office("card", "C1", "--format", "json").document()["trail"]]
    assert [kind for kind in kinds if kind.startswith("death")] == [
        *("death.written", "death.withdrawn"),
    ]
    told = office("client", "alive", "C1").done().out
    assert "Nobody had said otherwise" in told


MOURNING = [
    (["C1", "C2"], "spouse", "bereaved"),
    (["C2", "C1"], "spouse", "bereaved"),
    (["C2", "C1"], "other", "due"),
]


@pytest.mark.parametrize(("linked", "kin", "reason"), MOURNING)
def test_the_family_is_spared_greetings_whoever_names_whom(
    office: Office, linked: list[str], kin: str, reason: str
) -> None:
    office.book(MED1, MED2, joined="2027-05-10")
    office("client", "family", *linked, "--kin", kin).done()
    office.walk(DAY)
    office("client", "deceased", "C1", "--on", "2027-05-20").done()
    assert ("birthday", reason) in {(key, why) for key, _, why in reasons(office, "C2")}
    assert titles(office) == [("C1", "condolence"), ("C2", "visit")]
    card = office("card", "C2", "--format", "json").done().document()
    assert card["bereaved_until"] == ("2027-08-28" if reason == "bereaved" else None)
    told = office.why("MED2", "birthday", "2028-05-28")
    assert told["message"] == "queued"
    office("client", "alive", "C1").done()
    assert ("birthday", "queued") in {(key, state) for key, state, _ in reasons(office, "C2")}
    card = office("card", "C2", "--format", "json").done().document()
    assert card["bereaved_until"] is None


def test_a_family_that_is_named_after_the_death_is_spared_too(office: Office) -> None:
    office.book(MED1, MED2, joined="2027-05-10")
    office.walk(DAY)
    office("client", "deceased", "C1", "--on", "2027-05-20").done()
    assert ("birthday", "queued", "due") in reasons(office, "C2")
    office("client", "family", "C2", "C1", "--kin", "parent").done()
    assert ("birthday", "cancelled", "bereaved") in reasons(office, "C2")


def test_why_knows_of_a_death_to_come_and_behind(office: Office) -> None:
    office.book(LIFE1, MED1, joined="2027-05-10")
    office.walk(DAY)
    told = office.why("MED1", "birthday", "2028-05-28")
    assert [link["code"] for link in told["chain"]][-1] == "death_asked"
    office("client", "deceased", "C1", "--on", "2027-05-20").done()
    for key, day in (("birthday", "2028-05-28"), ("visit", "2028-05-30")):
        told = office.why("MED1", key, day)
        assert [link["code"] for link in told["chain"]][-1] == "deceased"
        assert "2027-05-20" in told["chain"][-1]["sentence"]
    told = office.why("MED1", "birthday", DAY)
    assert (told["message"], told["message_reason"]) == ("cancelled", "death_in_question")
    timeline = office("book", "timeline", "MED1", "--to", "2029-01-01", "--format", "csv")
    assert "planned" not in {row["state"] for row in timeline.done().table()}


REFUSED = [
    (["deceased", "C404", "--on", "2026-05-20"], "C404"),
    (["deceased", "C1", "--on", "2027-05-29"], "has not come yet"),
    (["deceased", "C1", "--on", "1950-05-27"], "before the client's birthday"),
    (["alive", "C404"], "C404"),
]


@pytest.mark.parametrize(("words", "told"), REFUSED)
def test_what_cannot_be_is_refused(office: Office, words: list[str], told: str) -> None:
    office.book(MED1, joined="2027-05-10")
    office.walk(DAY)
    answer = office("client", *words)
    assert answer.code == 1 and told in answer.err


def test_the_question_is_answered_and_not_ticked_off(office: Office) -> None:
    office.book(LIFE1, MED1, joined="2027-05-10")
    (task,) = office("tasks", "list", "--on", DAY, "--format", "csv").done().table()
    for act in ("done", "skip"):
        answer = office("tasks", act, task["id"])
        assert answer.code == 1 and "client alive C1" in answer.err
    assert titles(office) == [("C1", "claim_asks")]


def test_a_claim_that_is_taken_back_asks_no_more(office: Office) -> None:
    office.book(LIFE1, MED1, joined="2027-05-10")
    assert titles(office) == [("C1", "claim_asks")]
    office.walk(DAY)
    office.book({**LIFE1, "status": "in_force", "ended_on": ""}, joined="2027-05-10")
    assert titles(office) == [("C1", "visit")]
    assert ("birthday", "queued", "revived") in reasons(office, "C1")


def test_who_has_died_under_one_number_has_died_under_the_other(office: Office) -> None:
    office.book(MED1, joined="2027-05-10")
    office.walk(DAY)
    office("client", "deceased", "C1", "--on", "2027-05-20").done()
    office.book({**MED1, "client_no": "C9"}, joined="2027-05-10")
    card = office("card", "C9", "--format", "json").done().document()
    assert card["deceased_on"] == "2027-05-20"


def test_another_day_of_death_moves_the_mourning_and_asks_nobody_twice(office: Office) -> None:
    office.book(MED1, MED2, joined="2027-05-10")
    office.walk(DAY)
    office("client", "family", "C1", "C2", "--kin", "sibling").done()
    for day in ("2027-05-20", "2027-05-20", "2027-05-18"):
        office("client", "deceased", "C1", "--on", day).done()
    assert titles(office) == [("C1", "condolence"), ("C2", "visit")]
    card = office("card", "C2", "--format", "json").done().document()
    assert card["bereaved_until"] == "2027-08-26"
