"""What an erasure does to the files of a workspace: the outbox, refused rows, results, uploads."""

import csv
import datetime
import io
import json
from pathlib import Path
from typing import Any

import pytest

from policies import database
from policies.importing.files import rejects
from policies.importing.files.tables import REJECT_COLUMNS
from policies.models import Client, Policy
from servicing.core import accounts, audit_log, card_views, erased_numbers
from servicing.core.account_models import CardView
from servicing.core.audit_models import AuditEntry
from servicing.core.models import Suppression
from servicing.messages import suppressions
from servicing.operations import erasures, pending, personal_files
from servicing.operations.workspace import Workspace
from servicing.rights.erasing import Order
from servicing.rights.traces import Traces
from tests import cast

NOW = cast.at("2026-05-11", "12:00")
ORDER = Order("PIPL 47(1)(3)", "ada", datetime.date(2026, 5, 11), NOW)
TRACES = Traces({"C001": "erased-1"}, frozenset(["林伟"]), frozenset(["+12025550111"]))

HEADER = [*REJECT_COLUMNS, "policy_no", "client_no", "client_name", "phone"]
ROWS = [
    # which row -> whether it stays
    (["2", "phone", "…", "P001", "C001", "林伟", "x"], False),
    (["3", "phone", "…", "P002", "", "", ""], False),
    (["4", "phone", "…", "P7", "C7", "某人", '="+12025550111"'], False),
    (["5", "phone", "…", "P0010", "C0010", "林立", "+120255501110"], True),
    (["6", "phone", "…", "P9", "C9", 'a "quoted"; name', ""], True),
]


def rejects_file(home: Path, delimiter: str) -> Path:
    path = pending.path(home, "7", "csv")
    pending.folder(home)
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows([HEADER, *(row for row, _ in ROWS)])
    path.write_bytes(b"\xef\xbb\xbf" + text.getvalue().encode())
    return path


@pytest.mark.parametrize("delimiter", rejects.DELIMITERS)
def test_refused_rows_of_the_client_go_and_the_others_stay(tmp_path: Path, delimiter: str) -> None:
    path = rejects_file(tmp_path, delimiter)
    assert personal_files.clean_uploads(tmp_path, TRACES, ["P001", "P002"]) == 1
    held = path.read_text("utf-8-sig")
    rows = list(csv.reader(io.StringIO(held, newline=""), delimiter=delimiter))
    assert rows == [HEADER, *(row for row, stays in ROWS if stays)]
    assert oct(path.stat().st_mode)[-3:] == "600"
    assert personal_files.clean_uploads(tmp_path, TRACES, ["P001", "P002"]) == 0


def test_a_result_tells_of_the_client_without_the_number(tmp_path: Path) -> None:
    pending.folder(tmp_path)
    path = pending.path(tmp_path, "7", "json")
    path.write_text('{"warnings": ["C001: 林伟, C0011"]}', "utf-8")
    assert personal_files.clean_uploads(tmp_path, TRACES, []) == 1
    assert path.read_text("utf-8") == '{"warnings": ["erased-1: erased-1, C0011"]}'


def test_only_letters_to_the_client_go(tmp_path: Path) -> None:
    day = tmp_path / "outbox" / "2026-05-11" / "sms"
    day.mkdir(parents=True)
    for name, client_no, body in (("1", "C001", "林伟"), ("2", "C0011", "Client: C001")):
        (day / f"{name}.txt").write_text(f"To: x\nClient: {client_no}\n\n{body}\n", "utf-8")
    found = personal_files.letters(tmp_path, ["C001"])
    assert [each.name for each in found] == ["1.txt"]
    assert personal_files.remove(found) == 1 and day.is_dir()
    personal_files.remove(personal_files.letters(tmp_path, ["C0011"]))
    assert not day.exists()


@pytest.fixture
def left(workspace: Workspace) -> Workspace:
    cast.everybody()
    ended = {"status": "surrendered", "ended_on": datetime.date(2026, 1, 1)}
    Policy.update(**ended).where(Policy.client == cast.lin_wei()).execute()
    return workspace


def test_all_that_waits_is_dropped_and_told(left: Workspace) -> None:
    pending.folder(left.home)
    for end in pending.ENDS:
        pending.path(left.home, "token", end).write_text("林伟", "utf-8")
    assert erasures.look(left, "C001", ORDER).gone["uploads"] == 3
    done = erasures.erase(left, "C001", ORDER)
    assert done.found.gone["uploads"] == 3 and done.is_shredded
    assert list((left.home / pending.FOLDER).iterdir()) == []


def test_a_look_that_waits_beside_the_database_names_nobody_who_was_erased(
    left: Workspace,
) -> None:
    """Two waited: one can be brought in, one is of a login that is gone."""
    file = database.file_of(left.settings.servicing.database, left.home)
    if file is None:
        pytest.skip("PostgreSQL: many write at a time, so no look waits beside the database")
    folder = file.parent / "looks"
    ada = accounts.add("ada", "operations", "a pass phrase of nobody", NOW)
    folder.mkdir()
    for name in (ada.login, "gone"):
        look = {"login": name, "client_no": "C001", "at": NOW.isoformat()}
        (folder / f"{name}.json").write_text(json.dumps(look), "utf-8")
    erasures.erase(left, "C001", ORDER)
    assert list(folder.iterdir()) == []
    assert [each.client.client_no == "C001" for each in CardView.select()] == [False]


def files_beside(space: Workspace, client_id: int) -> None:
    """What was seen of a client and done, as it is kept while somebody else writes."""
    user = accounts.add("chen", "operations", "correct horse battery", NOW)
    line = audit_log.told(audit_log.line_of("card.seen", NOW, audit_log.SERVICE, client_id))
    moment = {"login": user.login, "at": NOW.isoformat(), "on": NOW.date().isoformat()}
    file = database.file_of(space.settings.servicing.database, space.home)
    if file is None:
        pytest.skip("PostgreSQL: many write at a time, so nothing waits beside the database")
    folder = file.parent / "looks"
    folder.mkdir()
    for name, said in {
        "audit-1": line,
        "look-2": {**moment, "client_no": line["client_no"]},
        "seen-3": {
            **moment,
            "client_nos": [line["client_no"], "C900"],
            "place": "search",
            "line": {**line, "kind": "list.seen", "client_no": ""},
        },
    }.items():
        (folder / f"{name}.json").write_text(json.dumps(said), "utf-8")


def everything_seen() -> dict[str, list[Any]]:
    """Of whom each line and look is that has come in."""
    own = AuditEntry.select().where(AuditEntry.kind << ["card.seen", "list.seen"])
    lines = [(each.kind, each.client_id) for each in own.order_by(AuditEntry.id)]
    looks = CardView.select().order_by(CardView.place, CardView.client)
    return {"lines": lines, "looks": [(each.place, each.client_id) for each in looks]}


def test_what_was_kept_beside_the_database_is_told_of_who_was_erased_meanwhile(
    left: Workspace,
) -> None:
    lin, other = cast.lin_wei(), Client.get(client_no="C900")
    files_beside(left, lin.id)
    database.execute("UPDATE client SET client_no = 'erased-1' WHERE id = ?", [lin.id])
    erased_numbers.remember("C001", lin.id)
    card_views.bring_all_in()
    assert everything_seen() == {
        "lines": [("card.seen", lin.id), ("list.seen", None)],
        "looks": [("card", lin.id), ("search", lin.id), ("search", other.id)],
    }


def test_a_line_stays_though_nobody_knows_any_more_of_whom_it_was(left: Workspace) -> None:
    lin, other = cast.lin_wei(), Client.get(client_no="C900")
    files_beside(left, lin.id)
    database.execute("UPDATE client SET client_no = 'another' WHERE id = ?", [lin.id])
    card_views.bring_all_in()
    assert everything_seen() == {
        "lines": [("card.seen", None), ("list.seen", None)],
        "looks": [("search", other.id)],
    }


def test_a_link_of_before_ends_marketing_under_the_number_since_then(left: Workspace) -> None:
    """It is in her mailbox, and has the number of before in it."""
    number = cast.lin_wei().id
    erasures.erase(left, "C001", ORDER)
    assert suppressions.suppress("marketing", "C001", "opted_out", "unsubscribe link", NOW)
    (row,) = Suppression.select()
    assert row.subject == Client.get_by_id(number).client_no


KINDS = [
    # kind of suppression, address, whether another client has it, too -> what it is known by
    ("sms", "+12025550111", False, "digest"),
    ("sms", "+12025550111", True, "address"),
    ("email", "lin@x.example", False, "digest"),
    ("email", "lin@x.example", True, "address"),
]


@pytest.mark.parametrize(("kind", "address", "is_shared", "known_by"), KINDS)
def test_an_opt_out_outlives_its_client(
    left: Workspace, kind: suppressions.Kind, address: str, is_shared: bool, known_by: str
) -> None:
    Client.update(email="Lin@X.example").where(Client.client_no == "C001").execute()
    if is_shared:
        theirs = {"phone": "+12025550111", "email": "LIN@x.example"}
        Client.update(**theirs).where(Client.client_no == "C900").execute()
    suppressions.suppress(kind, address, "opted_out", "reply", NOW)
    erasures.erase(left, "C001", ORDER)
    (row,) = Suppression.select()
    assert (row.subject == address) is (known_by == "address")
    assert (row.kind, row.why, row.source) == (kind, "opted_out", "reply")
    assert not suppressions.suppress(kind, address, "opted_out", "reply", NOW), "it is known"
    assert {each.subject for each in suppressions.listed(suppressions.subjects(address, "US"))}
    if known_by == "digest":
        assert suppressions.lift(kind, address, "asked for it", NOW)
        assert not Suppression.select().exists()


def test_an_address_that_comes_back_is_barred_by_its_name_again(left: Workspace) -> None:
    suppressions.suppress("sms", "+12025550111", "opted_out", "reply", NOW)
    erasures.erase(left, "C001", ORDER)
    last = Client.select().order_by(Client.id.desc()).get().id
    Client.create(client_no="C7", name="某人", phone="+12025550111")
    assert suppressions.name_again(last, 0) == 1
    assert Suppression.get().subject == "+12025550111"
    assert suppressions.name_again(last, 0) == 0
