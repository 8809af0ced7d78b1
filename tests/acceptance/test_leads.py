"""Referrals from the command line: who may be asked, whom they name, and what came of it."""

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests import homes
from tests.acceptance.frontdoor import call
from tests.cast import at

HEAD = "policy_no,issue_date,annual_premium,client_no,client_name,agent_no,phone,email,birthday"
HEAD += ",referred_by,delivered_on,status,ended_on"
GIVER = "P001,2024-03-20,6000,C001,林伟,A001,+12025550111,,1980-01-02,,2024-03-25,in_force,"
OTHER = "P002,2024-03-20,3000,C002,王芳,A002,+12025550112,,1981-02-03,,2024-03-25,in_force,"
NAME, PHONE, BORN = "Ada Example", "+12025550142", "1990-05-06"
EN = {"SERVICING_SERVICING_LOCALE": "en"}
DAY = "2026-09-01"


class Agency:
    """An office whose clients are asked whom they know."""

    def __init__(self, home: Path) -> None:
        self.home = home
        call("init", cwd=home).done()
        self.book(GIVER, OTHER)

    def book(self, *rows: str, on: str = DAY) -> Any:
        (self.home / "book.csv").write_text("\n".join([HEAD, *rows, ""]), "utf-8")
        words = ("book", "import", "book.csv", "--joined", on, "--format", "json")
        return call(*words, cwd=self.home, now=at(on)).done().document()

    def __call__(self, *words: object, on: str = DAY) -> Any:
        return self.run(*words, on=on).done().document()

    def run(self, *words: object, on: str = DAY) -> Any:
        told = ("leads", *words, "--format", "json")
        return call(*told, cwd=self.home, env=EN, now=at(on))

    def ask(self, client_no: str = "C001", answer: str = "yes", on: str = DAY) -> Any:
        return self("ask", client_no, "--answer", answer, on=on)

    def give(
        self,
        client_no: str = "C001",
        name: str = NAME,
        reach: Sequence[str] = ("--phone", PHONE),
        on: str = DAY,
    ) -> int:
        return int(self("give", client_no, "--name", name, *reach, on=on)["lead"])

    def agreed(self, client_no: str = "C001", on: str = DAY, **named: Any) -> int:
        lead = self.give(client_no, on=on, **named)
        self("step", lead, "consent", "--how", "call", "--birthday", BORN, on=on)
        return lead

    def against(self, client_no: str = "C001", on: str = DAY) -> list[tuple[str, str | None]]:
        told = self("ask", client_no, on=on)
        assert told["may_ask"] == (not told["against"])
        return [(each["why"], each["until"]) for each in told["against"]]

    def state(self, lead: int) -> str:
        ((state,),) = homes.rows(self.home, f"SELECT state FROM lead WHERE id = {lead}")
        return str(state)

    def referrer(self, client_no: str) -> str:
        sql = f"SELECT referred_by FROM client WHERE client_no = '{client_no}'"
        ((found,),) = homes.rows(self.home, sql)
        return str(found)

    def holds(self, *words: str) -> list[str]:
        """The tables, and the files of the database, in which a word stands."""
        tables = homes.held(self.home).items()
        found = [name for name, rows in tables if any(word in str(rows) for word in words)]
        for path in sorted(self.home.glob("servicing.db*")):
            held = path.read_bytes()
            found += [path.name for word in words if word.encode() in held]
        return found


@pytest.fixture
def agency(tmp_path: Path) -> Agency:
    return Agency(tmp_path)


def friend(number: str = "C003", **other: str) -> str:
    """A row of the book about the friend, who is a client now."""
    said = {"name": NAME, "phone": PHONE, "birthday": "", "referred_by": "", "email": ""} | other
    columns = ("name", "phone", "email", "birthday", "referred_by")
    name, phone, email, birthday, referrer = (said[each] for each in columns)
    who = f"{number},{name},A002,{phone},{email},{birthday},{referrer}"
    return f"P{number},2026-09-20,900,{who},,in_force,"


def later(days: int, since: str = DAY) -> str:
    return str(datetime.date.fromisoformat(since) + datetime.timedelta(days))


# ------------------------------------------------------------------------------------ who may be asked


@pytest.mark.parametrize(("days", "may_ask"), [(0, False), (1, False), (180, False), (181, True)])
@pytest.mark.parametrize("answer", ["yes", "no", "later"])
def test_nobody_is_asked_twice_within_180_days(
    agency: Agency, answer: str, days: int, may_ask: bool
) -> None:
    agency.ask(answer=answer)
    on = later(days)
    assert agency.against(on=on) == ([] if may_ask else [("asked", "2027-02-28")])
    again = agency.run("ask", "C001", "--answer", "yes", on=on)
    if may_ask:
        again.done()
    else:
        assert "2027-02-28" in again.refused()


def test_whoever_complains_is_not_asked(agency: Agency) -> None:
    opening = ("--client", "C001", "--received", DAY, "--text", "no answer")
    call("cases", "open", "complaint", *opening, cwd=agency.home, now=at(DAY)).done()
    assert agency.against() == [("matter", None)]
    assert (
        "a matter of the client is open" in agency.run("ask", "C001", "--answer", "yes").refused()
    )
    withdrawn = ("cases", "step", "1", "withdraw", "--text", "settled")
    call(*withdrawn, cwd=agency.home, now=at(DAY)).done()
    assert agency.against() == []


@pytest.mark.parametrize(
    ("delivered_on", "on", "against"),
    [
        ("2026-09-10", "2026-09-25", [("free_look", "2026-09-25")]),
        ("2026-09-10", "2026-09-26", []),
        ("", "2026-10-31", [("free_look", "2026-10-31")]),
        ("", "2026-11-01", []),
    ],
)
def test_whoever_is_in_free_look_is_not_asked(
    agency: Agency, delivered_on: str, on: str, against: Any
) -> None:
    fresh = f"P009,2026-09-01,900,C001,林伟,A001,+12025550111,,1980-01-02,,{delivered_on},in_force,"
    agency.book(GIVER, OTHER, fresh, on="2026-09-12")
    assert agency.against(on=on) == against


def test_who_mourns_is_stopped_or_has_died_is_not_asked(agency: Agency) -> None:
    call("consent", "stop", "C002", cwd=agency.home, now=at(DAY)).done()
    assert agency.against("C002") == [("stopped", None)]
    family = ("client", "family", "C001", "C002", "--kin", "spouse")
    call(*family, cwd=agency.home, now=at(DAY)).done()
    died = ("client", "deceased", "C002", "--on", DAY)
    call(*died, cwd=agency.home, now=at(DAY)).done()
    assert agency.against("C002")[0] == ("died", None)
    assert agency.against("C001") == [("mourning", "2026-12-10")]
    assert agency.run("give", "C002", "--name", NAME, "--phone", PHONE).refused()


@pytest.mark.parametrize(
    ("state", "on", "against"),
    [
        ("open", "2026-12-01", [("detractor", None)]),
        ("closed", "2026-09-02", [("detractor", "2027-02-28")]),
        ("closed", "2027-02-28", [("detractor", "2027-02-28")]),
        ("closed", "2027-03-01", []),
    ],
)
def test_a_detractor_is_not_asked_within_180_days(
    agency: Agency, state: str, on: str, against: Any
) -> None:
    kind = Path("policies/cases/follow_up.toml").resolve()
    text = (Path(__file__).parents[2] / kind).read_text("utf-8")
    kinds = agency.home / "cases"
    kinds.mkdir()
    (kinds / "detractor.toml").write_text(text.replace('"follow_up"', '"detractor"'), "utf-8")
    opening = ("--client", "C001", "--received", DAY, "--text", "two of ten")
    call("cases", "open", "detractor", *opening, cwd=agency.home, now=at(DAY)).done()
    if state == "closed":
        call("cases", "step", "1", "done", "--text", "called", cwd=agency.home, now=at(DAY)).done()
    assert agency.against(on=on) == against


# --------------------------------------------------------------------------- from a name to a client


def test_a_friend_agrees_is_contacted_met_and_becomes_a_client(agency: Agency) -> None:
    agency.ask()
    lead = agency.give()
    assert "cannot be done now" in agency.run("step", lead, "contact").refused()
    assert "birthday" in agency.run("step", lead, "forget", "--birthday", BORN).refused()
    agency("step", lead, "consent", "--how", "call")
    agency("step", lead, "contact", on="2026-09-02")
    agency("step", lead, "meet", on="2026-09-03")
    (line,) = agency("list", on="2026-09-03")
    assert (line["state"], line["days_left"], line["next"]) == ("met", 88, "win")
    agency.book(GIVER, OTHER, friend(phone="", name="someone else"), on="2026-09-20")
    assert agency.state(lead) == "met"
    agency("step", lead, "win", "--client", "C003", on="2026-09-21")
    assert agency.referrer("C003") == "C001"
    assert agency("list", "--state", "won")[0]["friend_no"] == "C003"


@pytest.mark.parametrize(
    ("row", "won"),
    [
        ({}, True),
        ({"name": "ADA  example"}, True),
        ({"name": "Ada Other"}, False),
        ({"phone": "+12025550199"}, False),
        ({"phone": "", "birthday": BORN}, True),
        ({"phone": "", "birthday": "1990-05-07"}, False),
        ({"referred_by": "C001"}, True),
    ],
)
def test_a_friend_who_agreed_is_known_in_a_file_by_name_and_number_or_birthday(
    agency: Agency, row: dict[str, str], won: bool
) -> None:
    lead = agency.agreed()
    agency.book(GIVER, OTHER, friend(**row), on="2026-09-20")
    assert (agency.state(lead), agency.referrer("C003")) == (
        ("won", "C001") if won else ("consented", "")
    )


def test_a_friend_is_known_by_an_email_address_in_any_case(agency: Agency) -> None:
    lead = agency.agreed(reach=("--email", "Ada@Mail.example"))
    agency.book(GIVER, OTHER, friend(phone="", email="ada@MAIL.example"), on="2026-09-20")
    assert agency.state(lead) == "won"


def test_who_has_not_agreed_is_compared_with_nobody(agency: Agency) -> None:
    lead = agency.give()
    agency.book(GIVER, OTHER, friend(), on="2026-09-20")
    assert (agency.state(lead), agency.referrer("C003")) == ("new", "")


@pytest.mark.parametrize(
    ("first", "second", "said", "counts"),
    [
        ("2026-09-02", "2026-09-03", "", "C001"),
        ("2026-09-03", "2026-09-02", "", "C002"),
        ("2026-09-02", "2026-09-02", "", "C001"),
        ("2026-09-02", "2026-09-03", "C002", "C002"),
        ("2026-09-02", "2026-09-03", "C777", ""),
    ],
)
def test_of_two_referrers_the_first_consent_counts_unless_the_file_says_another(
    agency: Agency, first: str, second: str, said: str, counts: str
) -> None:
    leads = {client_no: agency.give(client_no) for client_no in ("C001", "C002")}
    for client_no, on in (("C001", first), ("C002", second)):
        agency("step", leads[client_no], "consent", "--how", "met", "--on", on, on="2026-09-04")
    agency.book(GIVER, OTHER, friend(referred_by=said), on="2026-09-20")
    assert agency.referrer("C003") == (said or counts)
    for client_no, lead in leads.items():
        assert agency.state(lead) == ("won" if client_no == counts else "lost")
    assert "lead" not in agency.holds(NAME)


def test_a_file_that_names_nobody_takes_no_referrer_back_and_changes_nothing(
    agency: Agency,
) -> None:
    agency.agreed()
    agency.book(GIVER, OTHER, friend(), on="2026-09-20")
    for _ in range(2):
        again = agency.book(GIVER, OTHER, friend(), on="2026-09-21")
        assert (again["changed"], agency.referrer("C003")) == (0, "C001")
    agency.book(GIVER, OTHER, friend(referred_by="C002"), on="2026-09-22")
    assert agency.referrer("C003") == "C002"


def test_a_dry_run_wins_nothing(agency: Agency) -> None:
    lead = agency.agreed()
    (agency.home / "book.csv").write_text("\n".join([HEAD, GIVER, friend(), ""]), "utf-8")
    words = ("book", "import", "book.csv", "--joined", "2026-09-20", "--dry-run")
    call(*words, cwd=agency.home, now=at("2026-09-20")).done()
    assert agency.state(lead) == "consented"


# ------------------------------------------------------------------------------ what is kept of a friend


@pytest.mark.parametrize(
    ("is_agreed", "days", "state"),
    [(False, 30, "new"), (False, 31, "no_consent"), (True, 90, "consented"), (True, 91, "expired")],
)
def test_a_lead_ends_by_itself_and_nothing_of_the_friend_is_left(
    agency: Agency, is_agreed: bool, days: int, state: str
) -> None:
    agency.ask()
    lead = agency.agreed() if is_agreed else agency.give()
    assert agency.holds(NAME, PHONE)
    on = later(days)
    ended = {"expired": 0, "no_consent": 0}
    assert agency("expire", on=on) == {**ended, **({state: 1} if state in ended else {})}
    assert agency.state(lead) == state
    if state in ended:
        assert agency.holds(NAME, PHONE, BORN) == []
        ((on_day,),) = homes.rows(agency.home, "SELECT ended_on FROM lead")
        assert str(on_day) == on
    span = ("report", "--from", DAY, "--to", DAY)
    assert agency(*span, on=on)["names"] == 1


def test_what_ended_while_nobody_looked_ended_on_its_own_day(agency: Agency) -> None:
    agency.give()
    agency("expire", on="2027-06-01")
    assert homes.rows(agency.home, "SELECT CAST(ended_on AS TEXT) FROM lead") == [("2026-10-02",)]


@pytest.mark.parametrize(
    "step", [("forget",), ("lose", "--reason", "has_cover"), ("win", "--client", "C002")]
)
def test_with_its_end_a_lead_loses_name_number_and_birthday(
    agency: Agency, step: Sequence[str]
) -> None:
    lead = agency.agreed()
    agency("step", lead, *step)
    assert agency.holds(NAME, PHONE, BORN) == []
    assert "has ended" in agency.run("step", lead, "forget").refused()


def test_an_erased_client_takes_along_the_friends_who_have_not_agreed(agency: Agency) -> None:
    agency.ask()
    fresh = agency.give(name="Bea Example", reach=("--email", "bea@mail.example"))
    agreed = agency.agreed()
    own = agency.agreed("C002", name="林伟", reach=("--phone", "+12025550111"))
    ended = GIVER.replace("in_force,", "terminated,2026-09-02")
    agency.book(ended, OTHER, on="2026-09-03")
    words = ("client", "erase", "C001", "--ground", "PIPL 47(1)(3)", "--yes")
    call(*words, cwd=agency.home, now=at("2026-09-04")).done()
    assert [agency.state(each) for each in (fresh, agreed, own)] == [
        "no_consent",
        "consented",
        "no_consent",
    ]
    assert agency.holds("C001", "林伟", "+12025550111", "Bea", "bea@") == []
    assert agency.holds(NAME)


# -------------------------------------------------------------------------------------------- the rest


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--name", " ", "--phone", PHONE), "name"),
        (("--name", NAME), "one way"),
        (("--name", NAME, "--phone", PHONE, "--email", "a@mail.example"), "one way"),
        (("--name", NAME, "--phone", "12"), "12 is no telephone number"),
        (("--name", NAME, "--email", "ada"), "ada is no email address"),
        (("--name", NAME, "--phone", PHONE, "--on", "2026-09-02"), "later than today"),
        (("--name", NAME, "--phone", PHONE, "--on", "2026-08-01"), "30 days"),
    ],
)
def test_a_name_that_cannot_be_kept_is_refused_in_a_sentence(
    agency: Agency, words: Sequence[str], told: str
) -> None:
    assert told in agency.run("give", "C001", *words).refused()
    assert homes.rows(agency.home, "SELECT COUNT(*) FROM lead") == [(0,)]


def test_the_same_friend_is_named_once_by_a_client(agency: Agency) -> None:
    lead = agency.give()
    assert f"lead {lead}" in agency.run("give", "C001", "--name", NAME, "--phone", PHONE).refused()
    assert agency.give("C002") != lead


def test_of_50_who_were_asked_20_gave_25_names_and_4_bought(agency: Agency) -> None:
    """As of 300 who were asked 120 gave 150 names and 24 bought: 40 %, 16 % and 8 %."""
    clients = [
        f"Q{n},2024-03-20,100,K{n},林伟{n},A00{n % 3},,,,,2024-03-25,in_force," for n in range(50)
    ]
    agency.book(GIVER, OTHER, *clients)
    for n in range(50):
        agency.ask(f"K{n}", answer="yes" if n < 20 else "no")
    phones = [f"+120255501{n:02}" for n in range(25)]
    leads = [
        agency.give(f"K{n % 20}", name=f"Friend {n}", reach=("--phone", phone))
        for n, phone in enumerate(phones)
    ]
    for lead in leads[:4]:
        agency("step", lead, "consent", "--how", "met")
    bought = [friend(f"F{n}", name=f"Friend {n}", phone=phones[n]) for n in range(6)]
    agency.book(GIVER, OTHER, *clients, *bought, on="2026-09-20")
    assert agency("report", "--from", DAY, "--to", DAY) == {
        **{"asked": 50, "gave": 20, "names": 25, "won": 4},
        **{"gave_ratio": 0.4, "per_name": 0.16, "per_ask": 0.08},
    }
    empty = agency("report", "--from", "2025-01-01", "--to", "2025-06-30")
    assert empty == {
        **{"asked": 0, "gave": 0, "names": 0, "won": 0},
        **{"gave_ratio": None, "per_name": None, "per_ask": None},
    }
    by = agency("report", "--from", DAY, "--to", DAY, "--by", "agent")
    assert [(each["key"], each["asked"]) for each in by["rows"]] == [
        ("A000", 17),
        ("A001", 17),
        ("A002", 16),
    ]
    assert by["total"]["per_ask"] == 0.08


def test_of_the_leads_that_ended_satisfaction_tells_how_many_were_won(agency: Agency) -> None:
    lost, won = (
        agency.give(name=name, reach=("--phone", phone))
        for name, phone in (("Nobody", "+12025550150"), (NAME, PHONE))
    )
    agency("step", lost, "forget")
    agency("step", won, "consent", "--how", "met")
    agency.book(GIVER, OTHER, friend(), on="2026-09-20")
    asked = ("satisfaction", "report", "--from", DAY, "--to", "2026-09-30", "--format", "json")
    told = call(*asked, "--by", "agent", cwd=agency.home, env=EN).done().document()
    assert (told["closing"], [each["closing"] for each in told["rows"]]) == (0.5, [0.5, None])


def test_a_name_that_came_unasked_is_a_lead_and_in_no_share(agency: Agency) -> None:
    agency.give()
    agency.ask(on="2026-09-02")
    told = agency("report", "--from", DAY, "--to", "2026-09-30", on="2026-09-02")
    assert (told["asked"], told["gave"], told["names"]) == (1, 0, 0)
    assert len(agency("list", on="2026-09-02")) == 1


def test_a_terminal_shows_the_next_step_and_the_days_left(agency: Agency) -> None:
    agency.give()
    told = call("leads", "list", cwd=agency.home, env=EN, now=at("2026-09-11")).done().out
    assert "20" in told and "consent" in told and NAME in " ".join(told.split())
