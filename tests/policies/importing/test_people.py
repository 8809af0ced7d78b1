"""Files of clients alone, and of agents alone."""

from pathlib import Path

import peewee
import pytest

from policies.importing import kinds
from policies.importing.kinds import Kind, Said
from policies.models import Agent, BookImport, Client
from servicing.core.models import CardEntry
from tests import cast
from tests.acceptance.frontdoor import call
from tests.policies.importing.book_files import (
    Imported,
    load,
    load_file,
    mapping_of,
    row,
    write,
    zhou_mings,
)


def load_clients(folder: Path, *rows: dict[str, str], **how: object) -> Imported:
    return load_file(write(folder / "clients.csv", list(rows)), kind="clients", **how)


def load_agents(folder: Path, *rows: dict[str, str], **how: object) -> Imported:
    return load_file(write(folder / "agents.csv", list(rows)), kind="agents", **how)


def test_clients_are_changed_whom_the_book_knows(book: peewee.Database, tmp_path: Path) -> None:
    load(tmp_path, row(), zhou_mings())
    lin = {"client_no": "C001", "phone": "13812345678", "marketing_consent": "yes"}
    found = load_clients(
        tmp_path, lin, {"client_no": "C404", "phone": "1", "marketing_consent": ""}
    )
    assert found.counts == (0, 1, 0, 1)
    assert found.why == ["line 3, client_no 'C404': no client of this number is in the book"]
    known = cast.lin_wei()
    assert (known.name, known.phone, known.marketing_consent) == ("林伟", "+8613812345678", True)
    assert str(known.consent_on) == "2026-01-15"
    kinds = {each.kind for each in CardEntry.select()}
    assert {"consent.given", "contact.changed"} <= kinds
    assert load_clients(tmp_path, lin).counts == (0, 0, 1, 0)
    assert BookImport.select().order_by(BookImport.id.desc()).first().kind == "clients"
    assert Client.select().count() == 2


def test_a_client_stands_once_in_a_file(book: peewee.Database, tmp_path: Path) -> None:
    load(tmp_path, row())
    rows = [{"client_no": "C001", "email": each} for each in ("a@b.example", "c@d.example")]
    found = load_clients(tmp_path, *rows)
    assert found.why == ["line 3, client_no 'C001': stands more than once in this file"]
    assert cast.lin_wei().email == "a@b.example"


def test_a_clients_name_is_not_emptied(book: peewee.Database, tmp_path: Path) -> None:
    load(tmp_path, row())
    found = load_clients(tmp_path, {"client_no": "C001", "client_name": ""})
    assert found.why == ["line 2, client_name: must not be empty"]


def test_an_unusable_phone_of_a_client_is_counted(book: peewee.Database, tmp_path: Path) -> None:
    load(tmp_path, row())
    found = load_clients(tmp_path, {"client_no": "C001", "phone": "later"})
    assert found.warnings == ["1 phone number is invalid and is not used for SMS (line 2: C001)"]


PHONES = [
    # the book's, the cell -> the book's then, what is told
    ("", "+44 20 7946 0123", "+442079460123", "number_takes_no_sms"),
    ("", "442079460123", "", "phone_lacks_its_plus"),
    ("+13125550101", "13125550101", "+13125550101", "phone_keeps_its_country"),
    ("+13125550101", "13912345678", "+8613912345678", ""),
]


@pytest.mark.parametrize(("was", "cell", "now", "code"), PHONES)
@cast.on_one
def test_phones_of_clients_are_looked_at_as_those_of_a_book(
    book: peewee.Database, tmp_path: Path, was: str, cell: str, now: str, code: str
) -> None:
    load(tmp_path, row(phone=was))
    found = load_clients(tmp_path, {"client_no": "C001", "phone": cell})
    assert cast.lin_wei().phone == now
    told = {each.code: each.facts["lines"] for each in found.outcome.warnings}
    assert told == ({code: [2]} if code else {})


def test_a_policy_is_read_again_after_its_client_has_changed(
    book: peewee.Database, tmp_path: Path
) -> None:
    load(tmp_path, row(phone="13812345678"))
    load_clients(tmp_path, {"client_no": "C001", "phone": "13912345678"})
    assert load(tmp_path, row(phone="13812345678")).counts == (0, 1, 0, 0)
    assert cast.lin_wei().phone == "+8613812345678"


def test_agents_come_and_change_without_policies(book: peewee.Database, tmp_path: Path) -> None:
    chen = {"agent_no": "A001", "agent_name": "陈燕", "team": "一部", "branch": "上海"}
    sun = {"agent_no": "A002", "agent_name": "孙丽", "team": "", "branch": ""}
    assert load_agents(tmp_path, chen, sun).counts == (2, 0, 0, 0)
    assert load_agents(tmp_path, {**chen, "team": "二部"}, sun).counts == (0, 1, 1, 0)
    one, two = Agent.select().order_by(Agent.agent_no)
    assert (one.team.name, one.team.branch.name, two.team) == ("二部", "上海", None)
    assert load_agents(tmp_path, {"agent_no": "A001", "team": "三部"}).counts == (0, 1, 0, 0)
    assert Agent.get(agent_no="A001").team.branch.name == "上海"


def test_a_mapping_reads_people_too(book: peewee.Database, tmp_path: Path) -> None:
    how = mapping_of(tmp_path, '[columns]\nagent_no = "Code"\nagent_name = { join = ["F", "L"] }')
    rows = [{"Code": "A1", "F": "Ada", "L": "Lund"}, {"Code": "A1", "F": "Ada", "L": "Berg"}]
    found = load_agents(tmp_path, *rows, mapping=how)
    assert found.counts == (1, 0, 0, 1)
    assert (Agent.get().name, found.rejects[0].cells) == ("Ada Lund", ["A1", "Ada", "Berg"])


def test_a_dry_run_of_people_writes_nothing(book: peewee.Database, tmp_path: Path) -> None:
    assert load_agents(tmp_path, {"agent_no": "A1"}, dry_run=True).counts == (1, 0, 0, 0)
    assert (Agent.select().count(), BookImport.select().count()) == (0, 0)


@pytest.mark.parametrize("kind", ["clients", "agents"])
@pytest.mark.parametrize("said", [True, "book", "branches", "policies"])
def test_files_of_people_are_never_complete(kind: Kind, said: Said) -> None:
    assert kinds.scope_of(said, kind) == ""


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--clients", "--agents"], "a file is of one kind, not of --clients, --agents"),
        (["--premiums", "--agents"], "a file is of one kind, not of --premiums, --agents"),
        (["--clients", "--complete"], "says nothing of whom it leaves out"),
        (["--agents", "--whole-book"], "says nothing of whom it leaves out"),
        (["--with", "clients=x.csv"], "the mapping joins no file 'clients', but –"),
    ],
)
def test_a_command_says_one_kind_of_file(tmp_path: Path, options: list[str], why: str) -> None:
    speaks = {"SERVICING_SERVICING_LOCALE": "en"}
    call("init", cwd=tmp_path).done()
    write(tmp_path / "people.csv", [{"client_no": "C1"}])
    told = call("book", "import", "people.csv", *options, cwd=tmp_path, env=speaks)
    assert told.code == 2
    assert why in told.err


def test_the_command_takes_files_of_people(tmp_path: Path) -> None:
    call("init", cwd=tmp_path).done()
    write(tmp_path / "book.csv", [row()])
    write(
        tmp_path / "people.csv", [{"client_no": "C001", "agent_no": "A001", "agent_name": "陈燕"}]
    )
    call("book", "import", "book.csv", cwd=tmp_path).done()
    call("book", "import", "people.csv", "--agents", cwd=tmp_path).done()
    told = call("book", "import", "people.csv", "--clients", "--format", "csv", cwd=tmp_path).done()
    assert "1,0,0,1,0" in told.out
