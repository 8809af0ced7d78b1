"""A client who was erased is found by no search, and everything else is as it was."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests import homes
from tests.acceptance.frontdoor import call
from tests.acceptance.office import ILSE as ILSE_S
from tests.acceptance.office import Office

NUMBER = "KD-7731"
ILSE = {**ILSE_S, "client_no": NUMBER, "birthday": "1980-12-21"}
GROUND = "PIPL 47(1)(3)"
ENDED = "2027-03-01"


def row(of: Mapping[str, object], **facts: object) -> dict[str, object]:
    """A row with all columns of these files."""
    known = {"email": "", "status": "in_force", "ended_on": "", "branch": "North", "team": "One"}
    return {**known, "referred_by": "", **of, **facts}


ILSES = [
    row(ILSE, email="ilse.brandt@mail.example", marketing_consent="yes"),
    row(ILSE, policy_no="K2", email="ilse.brandt@mail.example", marketing_consent="yes"),
]
OTTO = row(
    ILSE,
    policy_no="K3",
    client_no="C2",
    client_name="Otto Klein",
    phone="+12125550102",
    birthday="1979-07-01",
    referred_by=NUMBER,
    marketing_consent="yes",
)
SECRETS = ["Ilse", "Brandt", "12125550101", "12125550109", "ilse.brandt", NUMBER, "1980-12-"]
"""What she is found by: her names, her phones of today and before, her address, number and birthday."""


def ended(*rows: Mapping[str, object], **facts: object) -> list[dict[str, object]]:
    return [{**each, "status": "terminated", "ended_on": ENDED, **facts} for each in rows]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """She was written to on days of three months, answered for, refused, spoken of, and has left."""
    office = Office(tmp_path / "office")
    office.now = office.now.replace(year=2027)
    office.book(*ILSES, OTTO, joined="2026-12-01")
    for day in ("2026-12-04", "2026-12-21", "2027-01-04"):
        office.walk(day)
        office.dispatch(f"{day} 10:00")
        for task in office("tasks", "list", "--on", day, "--format", "csv").done().table():
            if task["client_no"] == NUMBER:
                office("tasks", "done", task["id"], "--note", "Ilse Brandt war da").done()
    office("client", "family", "C2", NUMBER, "--kin", "spouse").done()
    office("client", "family", NUMBER, "C2", "--kin", "spouse").done()
    granted = ("--until", "2027-12-31", "--reason", "Ilse Brandt war da")
    office("tiers", "override", NUMBER, "personal", *granted).done()
    office("tiers", "override", "C2", "personal", *granted).done()
    office("review", "income", NUMBER, "4321").done()
    office("review", "other", NUMBER, "--insurer", "Brandt & Co", "--sum", "9").done()
    office("review", "beneficiary", "K1", "--name", "Otto Klein", "--kin", "spouse").done()
    office("review", "beneficiary", "K3", "--name", "Ilse Brandt", "--kin", "spouse").done()
    office("consent", "stop", "+12125550101", "--note", "Ilse said so").done()
    office("consent", "stop", NUMBER).done()
    moved = [{**each, "phone": "+12125550109", "birthday": "1980-12-22"} for each in ILSES]
    office.book(*moved, OTTO, joined="2027-01-05")
    office("card", NUMBER).done()
    office("evidence", NUMBER, "--out", tmp_path / "pack.zip").done()
    office("audit", "seal").done()
    office.book(*ended(*moved), OTTO, joined="2027-03-02")
    return office


def erase(office: Office, *args: object, client_no: str = NUMBER) -> Any:
    return office("client", "erase", client_no, "--ground", GROUND, *args)


def names_in(text: str) -> list[str]:
    return [each for each in SECRETS if each.casefold() in text.casefold()]


def places(office: Office) -> Iterator[str]:
    """Where she is found: in a row of a table, or in the bytes of a file of the workspace."""
    for table, rows in homes.held(office.home).items():
        for each in rows:
            told = json.dumps(each, ensure_ascii=False, default=repr)
            yield from (f"{table}: {name} in {told}" for name in names_in(told))
    for path in sorted(office.home.rglob("*")):
        if path.is_file():
            held = path.read_bytes().decode("latin-1")
            yield from (f"{path.name}: {name}" for name in names_in(held))


def figures(office: Office) -> list[Any]:
    """Each figure, but for the names that stand in them."""
    asked = [
        ("persistency", "--month", "13", "--as-of", "2028-06-01"),
        ("scorecard", "--by", "team", "--period", "2027-01", "--as-of", "2027-03-31"),
        ("scorecard", "--by", "agent", "--period", "2026-12", "--as-of", "2027-03-31"),
        ("losses", "--as-of", "2028-06-01"),
        ("influence", "--top", "5", "--on", "2027-02-28"),
    ]
    told = [office(*each, "--format", "json").done().document() for each in asked]
    for centre in told[-1]["centres"]:
        del centre["client_no"], centre["name"]
    return told


def test_she_is_found_by_no_search_and_the_trail_is_whole(office: Office) -> None:
    found = {each.partition(":")[0] for each in places(office)}
    assert found >= {
        "client",
        "card_entry",
        "barred",
        "touchpoint",
        "relation",
        "task",
        "tier_line",
    }
    erase(office, "--yes").done()
    assert list(places(office)) == []
    audit = office("audit", "verify", "--format", "json").done().document()
    assert audit["findings"] == [] and audit["erasures"] == 1 and audit["erased"] > 0
    office.now = office.now.replace(year=2028)
    office("audit", "seal").done()
    assert office("audit", "verify", "--format", "json").done().document()["unsealed"] == 0
    backup = office.home / "later.backup"
    office("backup", backup).done()
    assert list(places(office)) == []


def test_the_audit_log_still_tells_who_saw_her_under_another_number(office: Office) -> None:
    erase(office, "--yes").done()
    told = office("audit", "log", "--format", "json").done().document()
    hers = {line["kind"]: line["client_no"] for line in told if line["client_no"]}
    assert {"card.seen", "evidence.packed", "client.erased"} <= hers.keys()
    assert len(set(hers.values())) == 1 and names_in(str(told)) == []
    assert office("audit", "verify", "--format", "json").done().document()["log"]["findings"] == []


def test_the_words_of_her_messages_are_gone_and_that_they_went_stays(office: Office) -> None:
    before = homes.rows(office.home, "SELECT id, state, planned_on FROM message ORDER BY id")
    sent = homes.rows(office.home, "SELECT id FROM message WHERE client_id = 1")
    assert len(sent) > 2
    erase(office, "--yes").done()
    assert (
        homes.rows(office.home, "SELECT id, state, planned_on FROM message ORDER BY id") == before
    )
    emptied = "packed_text IS NULL AND body = '' AND address = '' AND provider_ref = ''"
    left = homes.rows(office.home, f"SELECT id FROM message WHERE client_id = 1 AND {emptied}")
    assert left == sent
    others = "SELECT COUNT(*) FROM message WHERE client_id = 2 AND packed_text IS NOT NULL"
    assert homes.rows(office.home, others) != [(0,)]
    assert all("Otto" in each for each in office.sent("2026-12-04"))


def test_the_figures_are_what_they_were(office: Office) -> None:
    before = figures(office)
    erase(office, "--yes").done()
    assert figures(office) == before


def test_without_a_yes_it_is_said_what_would_go_and_nothing_goes(office: Office) -> None:
    before = homes.held(office.home)
    told = erase(office).done().out
    for word in ("would go", "stays", "outbox", "2037-03-01", "Nothing was erased"):
        assert word in told
    assert homes.held(office.home) == before
    looked = erase(office, "--format", "json").done().document()
    done = erase(office, "--yes", "--format", "json").done().document()
    assert (looked["dry_run"], done["dry_run"]) == (True, False)
    assert looked["kept"] == done["kept"] and looked["kept_until"] == "2037-03-01"
    assert {**done["gone"], **looked["gone"]} == done["gone"]
    assert min(done["gone"][name] for name in ("messages", "lines", "letters", "relations")) > 0


def test_a_policy_that_has_not_ended_stands_against_it(office: Office) -> None:
    assert "K3" in erase(office, "--yes", client_no="C2").refused()
    assert (
        "names the client"
        in office("client", "erase", NUMBER, "--ground", "Ilse Brandt asked", "--yes").refused()
    )
    assert "C404" in erase(office, client_no="C404").refused()


def test_the_same_said_twice_tells_when_it_was(office: Office) -> None:
    erase(office, "--yes").done()
    told = erase(office, "--yes").done().out
    assert "erased on 2027-05-11" in told
    (number,) = homes.rows(office.home, "SELECT client_no FROM client WHERE id = 1")
    assert number[0] in told


def test_the_next_list_that_names_her_brings_no_name_back(office: Office) -> None:
    erase(office, "--yes").done()
    again = [*ended(*ILSES), OTTO]
    for _ in range(2):  # nor are her rows passed over in silence the second time
        counts = office.book(*again, joined="2027-04-01")
        assert (counts["rejected"], counts["added"]) == (0, 0)
        assert "2 rows name clients who were erased" in office.warned
    (office.home.parent / "list.csv").unlink()
    assert list(places(office)) == []
    (number,) = homes.rows(office.home, "SELECT client_no FROM client WHERE id = 1")
    assert homes.rows(office.home, "SELECT referred_by FROM client WHERE id = 2") == [number]


def test_her_new_policy_comes_under_her_new_number(office: Office) -> None:
    erase(office, "--yes").done()
    office.book(row(ILSE, policy_no="K9", issue_date="2027-04-01"), joined="2027-04-01")
    held = "SELECT client_id FROM policy WHERE policy_no = 'K9'"
    assert homes.rows(office.home, held) == [(1,)]
    office.walk("2027-05-12")
    assert office.dispatch("2027-05-12 10:00").get("accepted", 0) == 0
    (office.home.parent / "list.csv").unlink()
    assert list(places(office)) == []


def test_she_comes_back_as_a_new_client_only_if_a_person_says_so(office: Office) -> None:
    erase(office, "--yes").done()
    assert "nobody who was erased" in office("client", "readmit", "C2").refused()
    office("client", "readmit", NUMBER).done()
    new = row(ILSE, policy_no="K9", issue_date="2027-04-01", phone="+12125550177")
    office.book({**new, "marketing_consent": "yes"}, joined="2027-04-01")
    assert "erased" not in office.warned
    held = "SELECT c.client_no FROM policy p JOIN client c ON c.id = p.client_id WHERE policy_no = "
    assert homes.rows(office.home, held + "'K9'") == [(NUMBER,)]
    assert homes.rows(office.home, held + "'K1'") != [(NUMBER,)]
    office.walk("2027-04-04")
    office.dispatch("2027-04-04 10:00")
    assert any("Ilse Brandt" in text for text in office.sent("2027-04-04"))
    stopped = office("consent", "list", "--format", "csv").done().table()
    assert NUMBER in {each["subject"] for each in stopped if each["of"] == "marketing"}
    assert office("audit", "verify", "--format", "json").done().document()["findings"] == []


def test_whoever_gets_her_number_later_is_not_written_to(office: Office) -> None:
    erase(office, "--yes").done()
    uwe = row(ILSE, policy_no="K7", client_no="C7", client_name="Uwe Ahr", issue_date="2027-06-01")
    assert "digest:" in office("consent", "list", "--format", "csv").done().out
    office.book({**uwe, "birthday": "1970-01-01"}, joined="2027-06-01")
    office.walk("2027-06-04")
    told = {each[1:] for each in office.messages("--on", "2027-06-04")}
    assert told == {("suppressed", "opted_out")}


def test_card_why_and_evidence_still_tell_what_was_done(office: Office) -> None:
    erase(office, "--yes").done()
    ((number,),) = homes.rows(office.home, "SELECT client_no FROM client WHERE id = 1")
    card = office("card", number, "--format", "json").done().document()
    kinds = {line["kind"] for line in card["trail"]}
    assert {"client.erased", "message.queued", "task.done", "status.changed"} <= kinds
    assert "erased" in office("card", number).done().out
    assert office.why("K1", "delivery", "2026-12-04")["outcome"] == "recorded"
    assert office.why("K1", "birthday", "2026-12-21")["touchpoint"] == "birthday"
    office("evidence", number, "--out", office.home / "pack.zip").done()
    assert list(places(office)) == []


def test_a_restored_copy_of_afterwards_has_nothing_of_her(office: Office, tmp_path: Path) -> None:
    erase(office, "--yes").done()
    backup = tmp_path / "later.backup"
    office("backup", backup).done()
    other = Office(tmp_path / "other")
    other("restore", backup, "--yes").done()
    assert list(places(other)) == []
    assert call("--home", other.home, "audit", "verify", cwd=tmp_path).code == 0
