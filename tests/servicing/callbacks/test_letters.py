"""Clients whom no call has reached are written to: a file to be printed, once, with an entry."""

from pathlib import Path

import peewee
import pytest

from servicing.callbacks import letters
from servicing.callbacks.letters import Letter, Printer
from servicing.cases import desks
from servicing.core import errors
from servicing.core.case_models import CaseEntry
from servicing.operations import personal_files
from tests import cast
from tests.refusals import refuses
from tests.servicing.callbacks.called import answer, attempt, case, follow, house, said
from tests.servicing.web.visits import give_account

NOW = cast.at("2026-02-13", "09:30")
IN_VAIN = ("2026-02-11 10:00", "2026-02-11 13:00", "2026-02-12 10:00")


@pytest.fixture
def people(book: peewee.Database) -> cast.Cast:
    """Of all contracts the receipt is signed on 10 February 2026."""
    found = cast.everybody(issued="2026-02-05", delivered_on="2026-02-10")
    follow("2026-02-10")
    return found


@pytest.fixture
def printer(tmp_path: Path) -> Printer:
    return Printer(house(), tmp_path / "outbox", "Example Life", "+1 202 555 0100")


def called_in_vain(policy_no: str = "P001", times: int = 3) -> None:
    for when in IN_VAIN[:times]:
        attempt(policy_no, when)


def write(printer: Printer, policy_no: str = "P001", by: str = "root") -> Letter:
    return letters.write(printer, case(policy_no).id, by, NOW)


def entries(policy_no: str) -> list[str]:
    query = CaseEntry.select().where(CaseEntry.case == case(policy_no)).order_by(CaseEntry.id)
    return [each.step for each in query]


def test_after_three_calls_in_vain_one_letter_is_about_all_contracts(
    people: cast.Cast, printer: Printer
) -> None:
    called_in_vain()
    done = write(printer)
    assert done.policies == ["P001", "P002", "P003"]
    assert done.file == f"2026-02-13/letter/{case('P001').id:09d}-callback.html"
    page = (printer.outbox / done.file).read_text("utf-8")
    for told in ("Dear 林伟,", "P003", "2026-02-25", "Are you the applicant?", "Example Life"):
        assert told in page
    assert (page.count("☐ Yes"), page.count("☐ Does not apply")) == (7, 6)
    assert [entries(each)[-1] for each in done.policies] == ["letter"] * 3
    assert entries("P900")[-1] == "receipt"


def test_it_is_in_the_client_s_language(people: cast.Cast, printer: Printer) -> None:
    cast.change(people.lin_wei, language="zh_CN")
    called_in_vain()
    page = (printer.outbox / write(printer).file).read_text("utf-8")
    assert "尊敬的林伟" in page and "投保人签名" in page and 'lang="zh-CN"' in page


@pytest.mark.parametrize("times", [0, 1, 2])
def test_nobody_is_written_to_before(people: cast.Cast, printer: Printer, times: int) -> None:
    called_in_vain(times=times)
    with refuses(errors.CaseRefused, f"with {times} calls in vain; a letter is written after 3"):
        write(printer)
    assert letters.write_all(printer, "root", NOW) == []
    assert not printer.outbox.exists()


def test_the_company_may_write_earlier(people: cast.Cast, printer: Printer) -> None:
    called_in_vain(times=1)
    write(printer._replace(house=house(letter_after=1)))


def test_it_is_written_once(people: cast.Cast, printer: Printer) -> None:
    called_in_vain()
    write(printer)
    for policy_no in ("P001", "P002"):
        with refuses(errors.CaseRefused, "has its letter of 2026-02-13"):
            write(printer, policy_no)
    assert letters.write_all(printer, "root", NOW) == []
    assert len(list(printer.outbox.rglob("*.html"))) == 1


def test_all_that_are_due_are_written_by_one_command(people: cast.Cast, printer: Printer) -> None:
    called_in_vain("P001")
    called_in_vain("P900")
    done = letters.write_all(printer, "root", NOW)
    assert [each.policies for each in done] == [["P001", "P002", "P003"], ["P900"]]


def test_one_that_is_refused_meanwhile_keeps_no_other_from_being_written(
    people: cast.Cast, printer: Printer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody has answered for the first of two since the list was made."""
    called_in_vain("P001")
    called_in_vain("P900")
    listed = letters.queries.unreached(printer.house.rules.letter_after, letters.MOST)
    answer("P001", "2026-02-13 09:00", others={"P002": said(), "P003": said()})
    monkeypatch.setattr(letters.queries, "unreached", lambda *_: listed)
    assert [each.policies for each in letters.write_all(printer, "root", NOW)] == [["P900"]]


def test_a_letter_holds_back_no_call_of_the_day_before(people: cast.Cast, printer: Printer) -> None:
    called_in_vain()
    write(printer)
    attempt("P001", "2026-02-12 15:00")
    assert entries("P001")[-2:] == ["letter", "again"]


def test_a_letter_of_which_a_crash_has_left_the_file_alone_is_written_anew(
    people: cast.Cast, printer: Printer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    called_in_vain()
    with monkeypatch.context() as patched:
        patched.setattr(letters.stepping, "step", crash)
        with pytest.raises(KeyboardInterrupt):
            write(printer)
    assert len(list(printer.outbox.rglob("*.html"))) == 1 and "letter" not in entries("P001")
    write(printer)
    assert len(list(printer.outbox.rglob("*.html"))) == 1 and entries("P001")[-1] == "letter"


def test_who_serves_the_contract_writes_none(people: cast.Cast, printer: Printer) -> None:
    called_in_vain()
    chen = give_account("chen", "agent", agent_no="A001")
    desks.put(chen, ["callback"], NOW)
    with refuses(errors.CaseRefused, "chen"):
        write(printer, by="chen")
    assert letters.write_all(printer, "chen", NOW) == []


def test_who_is_not_of_the_desk_writes_none_and_leaves_no_entry(
    people: cast.Cast, printer: Printer
) -> None:
    called_in_vain()
    give_account("mei", "operations")
    with refuses(errors.CaseRefused, "mei"):
        write(printer, by="mei")
    assert "letter" not in entries("P001")


def test_a_letter_that_was_sent_back_is_recorded_as_such(
    people: cast.Cast, printer: Printer
) -> None:
    called_in_vain()
    write(printer)
    (done,) = answer("P001", "2026-02-20 21:30", channel="letter")
    assert (done.state, done.in_time) == ("done_clean", True)


def test_nobody_is_written_to_who_has_died_or_may_have(people: cast.Cast, printer: Printer) -> None:
    called_in_vain()
    cast.change(people.lin_wei, death_asked_on=cast.day("2026-02-12"))
    with refuses(errors.CaseRefused, "asked whether client C001 has died"):
        write(printer)
    assert letters.write_all(printer, "root", NOW) == []
    cast.change(people.lin_wei, death_asked_on=None, deceased_on=cast.day("2026-02-12"))
    with refuses(errors.CaseRefused, "not_owed"):
        write(printer)
    assert letters.write_all(printer, "root", NOW) == [] and not printer.outbox.exists()


HOSTILE = ["C001", "A&B", "C<1>", "x--></p>"]


@pytest.mark.parametrize("client_no", HOSTILE)
def test_an_erasure_finds_it_whatever_the_client_s_number_is(
    people: cast.Cast, printer: Printer, client_no: str
) -> None:
    cast.change(people.lin_wei, client_no=client_no, name="<b>x</b>")
    called_in_vain()
    file = printer.outbox / write(printer).file
    assert personal_files.letters(printer.outbox.parent, [client_no]) == [file]
    assert personal_files.letters(printer.outbox.parent, ["C900"]) == []
    page = file.read_text("utf-8")
    assert "<b>x" not in page and page.count("-->") == 1
    assert personal_files.old_letters(printer.outbox.parent, cast.day("2026-02-14")) == [file]
