"""Who may not be written to any more is not, however he says so and however the book spells him."""

import csv
import io
from pathlib import Path

import pytest

from tests.acceptance.office import ILSE, Office


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "office")


BY_EMAIL = {
    **{name: value for name, value in ILSE.items() if name != "phone"},
    "issue_date": "2026-04-12",
    "email": "Ilse.Brandt@Mail.Example",
    "channel": "email",
    "marketing_consent": "yes",
}


def test_an_address_that_is_stopped_is_stopped_in_any_case(office: Office) -> None:
    office.book(BY_EMAIL, joined="2027-05-10")
    told = office("consent", "stop", "ilse.brandt@MAIL.example", "--note", "by phone").done()
    assert told.out == ""
    office.walk("2027-05-12")
    assert office.dispatch("2027-05-12 10:00") == {}
    assert sorted(office.messages()) == [
        ("birthday", "suppressed", "opted_out"),
        ("news", "suppressed", "opted_out"),
    ]
    listed = office("consent", "list", "--format", "csv").done().out
    (line,) = csv.DictReader(io.StringIO(listed))
    assert (line["subject"], line["why"]) == ("ilse.brandt@mail.example", "opted_out")


@pytest.mark.parametrize("subject", ["nobody@mail.example", "+12125550199"])
def test_a_stop_that_matches_nobody_is_kept_and_says_so(office: Office, subject: str) -> None:
    told = office("consent", "stop", subject.upper()).done()
    assert told.out == (
        f"nobody in the book has {subject}: the stop is kept, and holds for whoever gets it\n"
    )
    assert subject in office("consent", "list").done().out
    office.book({**ILSE, "email": "Nobody@Mail.Example", "phone": "+12125550199"})
    assert office("consent", "allow", subject).done().out == ""


LIFTED: list[tuple[tuple[str, ...], str]] = [
    # what `consent allow` says -> what it is refused for, where the client has refused today
    ((), "the client has refused since"),
    (("--note", "asked for it"), "the client has refused since"),
    (("--evidence", "letter"), "the client has refused since"),
    (("--reference", "2026/118"), "the client has refused since"),
    (("--evidence", "letter", "--reference", " "), "the client has refused since"),
    (("--evidence", "letter", "--reference", "7", "--dated", "2020-01-01"), "refused after it"),
    (("--evidence", "letter", "--reference", "7", "--dated", "2150-01-01"), "has not come yet"),
]


@pytest.mark.parametrize("subject", ["C1", "+12125550101", "ilse@mail.example"])
def test_what_a_client_has_refused_is_lifted_with_evidence_only(
    office: Office, subject: str
) -> None:
    office.book({**ILSE, "issue_date": "2026-04-12", "email": "ilse@mail.example"})
    office("consent", "stop", subject, "--note", "said so on the phone").done()
    for said, why in LIFTED:
        assert why in office("consent", "allow", subject, *said).refused()
        assert subject in office("consent", "list").done().out
    shown = ("--evidence", "letter", "--reference", "2026/118")
    assert office("consent", "allow", subject, *shown, "--note", "asked for it").done().out == ""
    assert subject not in office("consent", "list").done().out
    card = office("card", "C1", "--format", "json").done().document()
    (line,) = [each["facts"] for each in card["trail"] if each["kind"] == "consent.given"]
    assert (line["source"], line["evidence"], line["reference"]) == (
        *("asked for it", "letter", "2026/118"),
    )
    assert "2026/118" in office("card", "C1").done().out


def test_a_slip_of_today_is_taken_back_without(office: Office) -> None:
    office.book({**ILSE, "issue_date": "2026-04-12"})
    office("consent", "stop", "C1").done()
    assert office("consent", "allow", "C1").done().out == ""
    assert "C1" not in office("consent", "list").done().out


WANTS_NEWS = {**ILSE, "issue_date": "2024-04-12", "birthday": "", "marketing_consent": "yes"}

OFFERED = [
    # what the text offers -> whether it may
    ("Reply UNSUBSCRIBE to opt out.", True),
    ("Reply STOP to opt out.", True),
    ("Reply LEAVE to opt out.", False),
]


@pytest.mark.parametrize(("offer", "may_be"), OFFERED)
def test_a_text_may_offer_what_is_understood(office: Office, offer: str, may_be: bool) -> None:
    text = f"{{{{ company }}}}: Dear {{{{ salutation }}}}, we have news. {offer}"
    drafts = office.home.parent / "drafts" / "en"
    drafts.mkdir(parents=True)
    (drafts / "news.sms.txt").write_text(text, "utf-8")
    using = office("templates", "use", drafts.parent, "--yes")
    assert (using.code == 0, "LEAVE" in using.err) == (may_be, not may_be)
    own = office.home / "templates" / "messages" / "en"
    own.mkdir(parents=True, exist_ok=True)
    (own / "news.sms.txt").write_text(text, "utf-8")
    office.book(WANTS_NEWS)
    checked = office("templates", "check")
    assert (checked.code == 0, "LEAVE" in checked.err) == (may_be, not may_be)
    plan = office("plan", "check", office("plan", "copy", "standard").done().out.split()[-1])
    assert plan.code in (0, 1)
