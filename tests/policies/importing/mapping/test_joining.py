"""Several files of one export are joined by a key: policies, their clients, their agents."""

from pathlib import Path

import peewee
import pytest

from policies import errors
from policies.importing.files.tables import Reading
from policies.importing.mapping import joining, loading
from policies.importing.mapping.joining import Beside
from policies.models import Agent, BookImport, Client, Premium
from tests import cast
from tests.acceptance.frontdoor import call
from tests.policies.importing.book_files import Imported, load_file, mapping_of
from tests.refusals import english, refuses

MAP = """
[columns]
policy_no = "Pol"
issue_date = "Issued"
annual_premium = "Prem"
client_no = "Cust"
client_name = { join = ["clients.First", "clients.Last"] }
phone = { first = ["clients.Mobile", "clients.Home"] }
birthday = "clients.DOB"
agent_no = "Adv"
agent_name = "agents.Name"

[codes.agent_name]
"-" = ""

[files.clients]
file = "clients*.csv"
key = "ID"
on = "Cust"

[files.agents]
file = "agents.csv"
key = "Adv"
on = "Adv"
"""

POLICIES = "Pol,Issued,Prem,Cust,Adv\nK1,2026-01-10,1200,C1,A1\nK2,2026-01-11,900,C2,A1\n"
CLIENTS = (
    "ID,First,Last,Mobile,Home,DOB\n"
    "C1,Ilse,Brandt,,+12025550101,1980-05-12\n"
    "C2,Nora,Vogt,+12025550102,,\n"
    "C9,Otto,Frey,,,\n"
)
AGENTS = "Adv,Name\nA1,Ada Lund\n"


@pytest.fixture
def export(tmp_path: Path) -> Path:
    for name, text in {"policies": POLICIES, "clients_2026": CLIENTS, "agents": AGENTS}.items():
        (tmp_path / f"{name}.csv").write_text(text, "utf-8")
    return tmp_path


def joined(export: Path, text: str = MAP, **given: Path) -> Imported:
    how = mapping_of(export, text)
    return load_file(export / "policies.csv", mapping=how, beside=Beside(export, given))


def change(path: Path, was: str, now: str) -> None:
    path.write_text(path.read_text("utf-8").replace(was, now), "utf-8")


def test_a_policy_has_its_client_and_agent_of_other_files(
    book: peewee.Database, export: Path
) -> None:
    assert joined(export).counts == (2, 0, 0, 0)
    ilse, nora = Client.select().order_by(Client.client_no)
    assert (ilse.name, ilse.phone, ilse.birthday) == (
        *("Ilse Brandt", "+12025550101", cast.day("1980-05-12")),
    )
    assert (nora.name, nora.phone, nora.birthday) == ("Nora Vogt", "+12025550102", None)
    assert Agent.get().name == "Ada Lund"
    assert joined(export).counts == (0, 0, 2, 0)


def test_a_change_in_another_file_changes_the_rows_that_it_is_joined_to(
    book: peewee.Database, export: Path
) -> None:
    """They are marked by what they say, not by the cells of the main file."""
    joined(export)
    change(export / "clients_2026.csv", "Vogt", "Vogt-Lang")
    assert joined(export).counts == (0, 1, 1, 0)
    assert Client.get(client_no="C2").name == "Nora Vogt-Lang"


def test_a_row_that_another_file_does_not_have_is_refused_once(
    book: peewee.Database, export: Path
) -> None:
    change(export / "clients_2026.csv", "C2,", "C7,")
    found = joined(export)
    assert found.counts == (1, 0, 0, 1)
    assert found.why == [
        "line 3, client_name: clients_2026.csv has no row of what stands in 'Cust'"
    ]
    assert found.rejects[0].cells == ["K2", "2026-01-11", "900", "C2", "A1"]


def test_a_row_that_another_file_has_twice_is_refused_unless_it_says_the_same(
    book: peewee.Database, export: Path
) -> None:
    path = export / "clients_2026.csv"
    path.write_text(
        CLIENTS + "C1,Ilse,Brandt,,+12025550101,1980-05-12\nC2,Nora,Weiss,,,\n", "utf-8"
    )
    assert joined(export).why == [
        "line 3, client_name: clients_2026.csv has several rows that differ of what stands in 'Cust'"
    ]


def test_a_row_without_a_key_has_nothing_of_another_file(
    book: peewee.Database, export: Path
) -> None:
    text = MAP.replace('agent_no = "Adv"\n', "").replace('on = "Adv"', 'on = "Chief"')
    change(export / "policies.csv", "Adv", "Chief")
    change(export / "policies.csv", ",900,C2,A1", ",900,C2,")
    assert joined(export, f'{text}\n[constants]\nagent_no = "A1"').counts == (2, 0, 0, 0)


def test_a_file_may_be_named_elsewhere(book: peewee.Database, export: Path) -> None:
    elsewhere = export / "old"
    elsewhere.mkdir()
    (export / "agents.csv").rename(elsewhere / "people.csv")
    assert joined(export, agents=elsewhere / "people.csv").counts == (2, 0, 0, 0)


def test_a_file_that_is_not_one_refuses_the_import(export: Path) -> None:
    (export / "clients_2025.csv").write_text(CLIENTS, "utf-8")
    with refuses(
        errors.UnreadableFile, match="as 'clients', and there are 2: clients_2025.csv, clients"
    ):
        Beside(export).path("clients", "clients*.csv")
    with refuses(errors.UnreadableFile, match="joins this file as 'agents', and there is none"):
        Beside(export).path("agents", "people.csv")
    with refuses(errors.UnreadableFile, match="as 'agents', and it was not handed in"):
        Beside().path("agents", "agents.csv")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("ID,First\nC1\n", "line 2: 2 cells were expected, 1 found"),
        ("No,First\nC1,Ilse\n", "the column ID is needed"),
        ("ID,First,First\n", "the header has 'First' more than once"),
    ],
)
def test_another_file_that_cannot_be_read_refuses_the_import(
    export: Path, text: str, why: str
) -> None:
    path = export / "clients_2026.csv"
    path.write_text(text, "utf-8")
    how = mapping_of(export, MAP).files["clients"]
    with pytest.raises(errors.ServicingError) as refusal:
        joining.lookup(how, path, Reading(known=frozenset(["clients.First"])))
    assert why in english(refusal.value)


def test_a_column_that_another_file_does_not_have_is_named(
    book: peewee.Database, export: Path
) -> None:
    with refuses(errors.MissingColumns, match="clients_2026.csv: the column Surname is needed"):
        joined(export, MAP.replace("clients.Last", "clients.Surname"))
    with refuses(errors.MissingColumns, match="policies.csv: the column people.DOB is needed"):
        joined(export, MAP.replace("clients.DOB", "people.DOB"))


@pytest.mark.parametrize("name", ["../secrets.csv", "/etc/passwd", "a\\b.csv", "", "..", "."])
def test_another_file_is_in_no_other_folder(tmp_path: Path, name: str) -> None:
    text = f"[files.x]\nfile = '{name}'\nkey = 'a'\non = 'b'"
    (tmp_path / "map.toml").write_text(text, "utf-8")
    with refuses(errors.BadSetting, match="files.x.file: a name without a folder was expected"):
        loading.load_mapping(tmp_path / "map.toml")


# --- A ledger beside the book -------------------------------------------------------------------

LEDGER = """
[files.payments]
file = "payments.csv"
kind = "premiums"
columns = { policy_no = "Contract", amount = "Sum", due_date = "Due", paid_on = "Paid" }
"""
PAYMENTS = (
    "Contract,Due,Sum,Paid\nK1,2026-05-10,100,\nK2,2026-05-11,75,2026-05-11\nK9,2026-05-11,1,\n"
)


def test_a_ledger_comes_in_with_its_book_or_not_at_all(book: peewee.Database, export: Path) -> None:
    (export / "payments.csv").write_text(PAYMENTS, "utf-8")
    found = joined(export, MAP + LEDGER)
    assert found.counts == (4, 0, 0, 1)
    assert found.why == [
        "payments.csv: line 4, policy_no 'K9': no policy of this number is in the book"
    ]
    known = [(each.policy.policy_no, str(each.amount)) for each in Premium.select()]
    assert known == [("K1", "100.00"), ("K2", "75.00")]
    kinds = [each.kind for each in BookImport.select().order_by(BookImport.id)]
    assert kinds == ["book", "premiums"]
    assert joined(export, MAP + LEDGER).counts == (0, 0, 4, 1)


@pytest.mark.parametrize("name", ["policies", "clients_2026", "agents", "payments"])
def test_of_every_file_is_told_that_its_encoding_was_decided_by_evidence(
    book: peewee.Database, export: Path, name: str
) -> None:
    """The main file, those that are joined to it, and the ledger."""
    (export / "payments.csv").write_text(PAYMENTS, "utf-8")
    path = export / f"{name}.csv"
    people = "\n".join(f"X{number},王秀英,李娜,张伟国,刘洋,陈静" for number in range(9))
    width = path.read_text("utf-8").partition("\n")[0].count(",") + 1
    more = "\n".join(",".join(line.split(",")[:width]) for line in people.splitlines())
    path.write_text(f"{path.read_text('utf-8')}{more}\n", "gb18030")
    (told,) = [each for each in joined(export, MAP + LEDGER).warnings if "gb18030" in each]
    where = "" if name == "policies" else f"{name}.csv: "
    assert told.startswith(f"{where}the file is not UTF-8 and was read as 'gb18030'")


def test_without_columns_of_its_own_a_ledger_is_read_by_those_of_the_book(
    book: peewee.Database, export: Path
) -> None:
    (export / "payments.csv").write_text("Pol,due_date,amount\nK1,2026-05-10,100\n", "utf-8")
    text = MAP + '\n[files.payments]\nfile = "payments.csv"\nkind = "premiums"\n'
    assert joined(export, text).counts == (3, 0, 0, 0)


def test_a_ledger_that_cannot_be_read_takes_its_book_back(
    book: peewee.Database, export: Path
) -> None:
    (export / "payments.csv").write_text('Contract,Due,Sum,Paid\nK1,2026-05-10,"1\n', "utf-8")
    with refuses(errors.UnreadableFile, match="payments.csv: line 2: a quote is never closed"):
        joined(export, MAP + LEDGER)
    assert (Client.select().count(), BookImport.select().count()) == (0, 0)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ('kind = "premiums"\nkey = "A"', "files.x: exactly one of kind, key was expected"),
        ('key = "A"', "files.x: 'key' and 'on' are stated together, or neither is"),
        ("", "files.x: 'key' and 'on' are stated together, or neither is"),
        (
            'kind = "premiums"\ncolumns = { sum = "A" }',
            "files.x.columns: [files.x.columns] 'sum' is no column of a book",
        ),
        (
            'kind = "premiums"\ncolumns = { amount = { of = "A", match = "(" } }',
            "files.x.columns.amount: '(' is no pattern that can be used",
        ),
    ],
)
def test_a_file_is_joined_by_a_key_or_is_a_ledger(tmp_path: Path, said: str, why: str) -> None:
    path = tmp_path / "map.toml"
    path.write_text(f'[files.x]\nfile = "x.csv"\n{said}\n', "utf-8")
    with pytest.raises(errors.BadSetting) as refusal:
        loading.load_mapping(path)
    assert english(refusal.value) == f"{path}: {why}"


def test_refused_rows_of_a_ledger_have_a_file_of_their_own(export: Path) -> None:
    (export / "payments.csv").write_text(PAYMENTS, "utf-8")
    mapping_of(export, MAP + LEDGER)
    speaks = {"SERVICING_SERVICING_LOCALE": "en"}
    call("init", cwd=export).done()
    words = ("book", "import", "policies.csv", "--map", "map.toml", "--rejects", "bad.csv")
    told = call(*words, cwd=export, env=speaks)
    assert told.code == 1
    assert "refused: payments.csv: line 4, policy_no 'K9'" in told.err
    bad = (export / "bad.payments.csv").read_text("utf-8-sig")
    assert bad.splitlines()[1].startswith('K9,"=""2026-05-11""",1,,4,policy_no,')
    assert len((export / "bad.csv").read_text("utf-8-sig").splitlines()) == 1
