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
