"""An erasure: what the database lets it do, what seals say of it, and what stays of a line."""

import contextlib
import datetime
import json
from collections.abc import Iterator
from typing import Any

import peewee
import pytest

from policies import database, persons
from policies.models import Client, Policy, Relation
from servicing.card import notes
from servicing.channels.memory import Memory
from servicing.core import errors, sealed_lines, seals, trail
from servicing.core.account_models import User
from servicing.core.erasure_models import ErasedLine, Erasure
from servicing.core.models import CardEntry, Message, Task, Touchpoint
from servicing.core.trail import Entry
from servicing.desk import client_search, search_keys, tasks
from servicing.rights import erasing, keeping, left_facts
from servicing.rights.erasing import Order
from servicing.rights.keeping import Contract
from servicing.rights.traces import Traces
from servicing.years import years
from tests import cast
from tests.refusals import refuses
from tests.servicing import owed
from tests.servicing.dispatched import TEN, by, dispatch

Book = peewee.Database

WALKER = cast.walker(owed.THREE_YEARS)
DAY = datetime.date(2025, 9, 30)
EVENING = cast.at(DAY, "20:00")
LATER = cast.at("2025-10-10", "12:00")
ORDER = Order("PIPL 47(1)(3)", "ada", datetime.date(2025, 10, 10), LATER)


@pytest.fixture
def left(book: Book) -> Client:
    """Lin Wei, after a day's work that was sealed; then his policies ended."""
    cast.everybody()
    cast.walk_only(DAY, WALKER)
    dispatch(by(Memory()))
    tasks.done(cast.task("month_1").id, TEN, "已通话")
    notes.remark(cast.lin_wei(), "note", "林伟喜欢下午来电", "chen", TEN)
    notes.remark(Client.get(Client.client_no == "C900"), "note", "林伟的朋友", "sun", TEN)
    seals.seal(EVENING)
    ended = {"status": "surrendered", "ended_on": datetime.date(2025, 10, 1)}
    Policy.update(**ended).where(Policy.client == cast.lin_wei()).execute()
    return cast.lin_wei()


def faults() -> list[tuple[str, int]]:
    return [(each.fault, each.entry) for each in seals.verify().findings]


def lines() -> dict[int, str]:
    return {each.id: each.facts for each in CardEntry.select().order_by(CardEntry.id)}


def test_the_seals_of_before_hold_and_name_the_erased_lines(left: Client) -> None:
    before, digest = lines(), seals.verify().digest
    found = erasing.erase("C001", ORDER)
    audit = seals.verify()
    assert (audit.findings, audit.digest, audit.erasures) == ([], digest, 1)
    changed = [number for number, facts in before.items() if lines()[number] != facts]
    assert audit.erased == len(changed) == found.gone["lines"] + found.gone["lines_of_others"]
    seals.seal(LATER + datetime.timedelta(hours=2))
    assert seals.verify().findings == [] and seals.verify().unsealed == 0


def test_a_line_that_is_not_sealed_yet_is_sealed_as_it_was(left: Client) -> None:
    notes.remark(left, "note", "林伟搬家了", "chen", LATER - datetime.timedelta(minutes=5))
    erasing.erase("C001", ORDER)
    assert "林伟" not in "".join(lines().values())
    seals.seal(LATER + datetime.timedelta(hours=2))
    assert seals.verify().findings == [] and seals.verify().unsealed == 0


@contextlib.contextmanager
def unlocked() -> Iterator[None]:
    """As somebody who may do anything to the database; but for that it refuses."""
    tables = ("card_entry", "erased_line", "erasure")
    for table in tables:
        if database.is_sqlite():
            for what in ("update", "delete"):
                database.execute(f"DROP TRIGGER IF EXISTS {table}_no_{what}")
        else:
            database.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    yield
    for table in () if database.is_sqlite() else tables:
        database.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


FORGED = [
    # what somebody does who may do anything -> what is found
    ('UPDATE card_entry SET facts = \'{"text": "x"}\' WHERE id = {erased}', "changed"),
    ("UPDATE card_entry SET kind = 'note.read' WHERE id = {erased}", "changed"),
    ("DELETE FROM card_entry WHERE id = {erased}", "gone"),
    ("DELETE FROM erased_line WHERE entry_id = {erased}", "forged"),
    ("UPDATE erased_line SET facts = '{}', now = was WHERE entry_id = {erased}", "forged"),
    ("UPDATE card_entry SET kind = 'note.written' WHERE id = {says}", "forged"),
    ("UPDATE card_entry SET facts = '{\"lines\": 1}' WHERE id = {says}", "forged"),
    ("DELETE FROM card_entry WHERE id = {says}", "forged"),
]


@pytest.mark.parametrize(("sql", "fault"), FORGED)
def test_whatever_is_done_to_an_erasure_is_found(left: Client, sql: str, fault: str) -> None:
    erasing.erase("C001", ORDER)
    seals.seal(LATER + datetime.timedelta(hours=2))
    erased = ErasedLine.select().order_by(ErasedLine.id).first().entry_id
    says = Erasure.get().entry_id
    with unlocked():
        database.execute(sql.replace("{erased}", str(erased)).replace("{says}", str(says)))
    assert fault in {name for name, _ in faults()}


def test_a_line_that_somebody_says_was_erased_is_found(left: Client) -> None:
    """Whoever makes up the record of an erasure cannot make up the sealed line that vouches for it."""
    erasing.erase("C001", ORDER)
    seals.seal(LATER + datetime.timedelta(hours=2))
    victim = CardEntry.get(CardEntry.kind == "note.written", CardEntry.client != left)
    (line,) = sealed_lines.between(victim.id, victim.id)
    was = sealed_lines.digest_of(line).hex()
    with unlocked():
        database.execute("UPDATE card_entry SET facts = '{}' WHERE id = ?", [victim.id])
    (line,) = sealed_lines.between(victim.id, victim.id)
    now = sealed_lines.digest_of(line).hex()
    known: dict[str, Any] = {"entry_id": victim.id, "was": was, "now": now, "facts": "{}"}
    ErasedLine.create(erasure=Erasure.get(), **known)
    assert {("forged", Erasure.get().entry_id), ("changed", victim.id)} <= set(faults())


REFUSED = [
    "UPDATE card_entry SET facts = '{}' WHERE id = {line}",
    "UPDATE card_entry SET kind = 'note.read' WHERE id = {line}",
    "DELETE FROM card_entry WHERE id = {line}",
    "UPDATE card_entry SET facts = '{}' WHERE id = {erased}",
    "UPDATE card_entry SET facts = NULL WHERE id = {erased}",
    "UPDATE card_entry SET client_id = 2 WHERE id = {erased}",
    "UPDATE card_entry SET at = '2020-01-01 00:00:00' WHERE id = {erased}",
    "DELETE FROM card_entry WHERE id = {erased}",
    "UPDATE erased_line SET facts = 'x'",
    "DELETE FROM erased_line",
    "UPDATE erasure SET entry_id = 1",
    "DELETE FROM erasure",
]


@pytest.mark.parametrize("sql", REFUSED)
def test_the_database_lets_nothing_else_through(left: Client, sql: str) -> None:
    erasing.erase("C001", ORDER)
    erased = ErasedLine.select().order_by(ErasedLine.id).first().entry_id
    untouched = set(lines()) - {each.entry_id for each in ErasedLine.select()}
    said = sql.replace("{line}", str(min(untouched))).replace("{erased}", str(erased))
    with pytest.raises(peewee.DatabaseError, match="append-only|not-null|foreign key"):
        database.execute(said)


def test_nobody_who_was_erased_is_found_by_name_or_telephone(left: Client) -> None:
    """Neither at once nor after the words are brought in step again."""
    search_keys.bring_up_to_date(lambda: False)
    ops = User(login="ops", role="operations")
    ways = ("林伟", "linwei", "lw", "0111", "C001")
    assert all(client_search.found(ops, each, "CN", DAY).ids == [left.id] for each in ways)
    erasing.erase("C001", ORDER)
    for _ in range(2):
        assert all(client_search.found(ops, each, "CN", DAY).ids == [] for each in ways)
        sql = "SELECT COUNT(*) FROM client_word WHERE client_id = ?"
        assert database.value(sql, [left.id]) == 0
        search_keys.bring_up_to_date(lambda: False)


def test_words_that_were_being_made_do_not_outlive_an_erasure(left: Client) -> None:
    """The job has read the name, and the client is erased before it writes."""
    read = list(search_keys._changed(lambda: False))
    erasing.erase("C001", ORDER)
    for some in read:
        search_keys._make(some)
    sql = "SELECT COUNT(*) FROM client_word WHERE client_id = ?"
    assert database.value(sql, [left.id]) == 0


def test_a_dry_run_changes_nothing(left: Client) -> None:
    before = lines()
    found = erasing.erase("C001", ORDER, dry_run=True)
    assert found.gone["lines"] > 0 and found.kept["policy"] == 3
    assert lines() == before and Erasure.select().count() == 0
    assert cast.lin_wei().name == "林伟"


def test_the_ones_on_other_cards_lose_the_name_and_keep_the_rest(left: Client) -> None:
    erasing.erase("C001", ORDER)
    (said,) = [
        json.loads(each.facts)
        for each in CardEntry.select().where(CardEntry.kind == "note.written")
        if each.client.client_no == "C900"
    ]
    number = Client.get_by_id(left.id).client_no
    assert (said["text"], said["by"], said["erased"]) == (f"{number}的朋友", "sun", True)


def test_two_who_are_erased_one_after_the_other_leave_the_seals_whole(left: Client) -> None:
    """A line that names both is erased twice."""
    zhou = Client.get(Client.client_no == "C900")
    notes.remark(zhou, "note", "林伟和周明", "sun", LATER)
    Policy.update(status="surrendered", ended_on=DAY).where(Policy.client == zhou).execute()
    erasing.erase("C001", ORDER)
    erasing.erase("C900", ORDER)
    audit = seals.verify()
    assert (audit.erasures, audit.findings) == (2, [])
    assert not any("周明" in each or "林伟" in each for each in lines().values())


def test_a_message_of_which_nobody_knows_stands_against_it(left: Client) -> None:
    Message.update(state="unknown").where(Message.client == left).execute()
    with refuses(errors.BadArgument, match="nobody knows"):
        erasing.erase("C001", ORDER)


def test_what_was_open_is_cancelled_and_says_why(left: Client) -> None:
    cast.walk_only("2025-10-01", WALKER)
    Message.update(state="queued").where(Message.client == left).execute()
    erasing.erase("C001", ORDER)
    states = {(each.state, each.reason) for each in Message.select().where(Message.client == left)}
    assert states == {("cancelled", "client_erased")}
    assert any(each.kind == "message.cancelled" for each in trail.of_client(left.id))


# ----------------------------------------------------------------------------- what the law wants

KEPT = [
    # status, issued, ended -> until when
    ("surrendered", "2020-05-01", "2026-05-01", "2036-05-01"),
    ("matured", "2025-05-01", "2026-05-01", "2031-05-01"),
    ("matured", "2025-05-01", "2026-05-02", "2036-05-02"),
    ("surrendered", "2025-05-01", "2025-06-01", "2035-06-01"),
    ("matured", "2019-02-28", "2020-02-28", "2025-02-28"),
    ("claim", "2016-02-29", "2024-02-29", "2034-02-28"),
    ("in_force", "2016-02-29", None, None),
    ("suspended", "2016-02-29", None, None),
]


@pytest.mark.parametrize(("status", "issued", "ended", "until"), KEPT)
def test_the_law_wants_a_contract_kept_for_ten_years_or_five(
    status: str, issued: str, ended: str | None, until: str | None
) -> None:
    contract = Contract("P1", status, cast.day(issued), cast.maybe_day(ended))
    assert keeping.kept_until(contract) == cast.maybe_day(until)


OPEN = [
    # status, ended, on -> open
    ("in_force", None, "2026-05-11", True),
    ("suspended", None, "2026-05-11", True),
    ("paid_up", None, "2026-05-11", True),
    ("applied", None, "2026-05-11", True),
    ("terminated", "2026-05-11", "2026-05-11", False),
    ("terminated", "2026-05-12", "2026-05-11", True),
    ("in_force", "2026-05-01", "2026-05-11", True),
]


@pytest.mark.parametrize(("status", "ended", "on", "is_open"), OPEN)
def test_what_has_not_ended_stands_against_an_erasure(
    status: str, ended: str | None, on: str, is_open: bool
) -> None:
    contract = Contract("P1", status, cast.day("2020-01-01"), cast.maybe_day(ended))
    assert keeping.is_open(contract, cast.day(on)) is is_open


# -------------------------------------------------------------------------------- what is left

TRACES = Traces(
    {"C1": "erased-1"},
    frozenset(["Ilse Brandt", "Li", "林伟"]),
    frozenset(["+12125550101", "i@x.example", "119"]),
)

TEXTS = [
    ("Ilse Brandt called", "erased-1 called"),
    ("Ilse Brandts Hund", "Ilse Brandts Hund"),
    ("Livia and Li", "Livia and Li"),
    ("林伟先生", "erased-1先生"),
    ("C1, C12, AC1, C1-2", "erased-1, C12, AC1, erased-1-2"),
    ("from +12125550101", "from erased-1"),
    ("+121255501012", "+121255501012"),
    ("i@x.example; fi@x.example", "erased-1; fi@x.example"),
    ("call 119", "call 119"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "without"), TEXTS)
def test_only_whole_and_telling_words_are_taken_out(text: str, without: str) -> None:
    assert TRACES.without(text) == without


OWN = [
    # kind, facts -> what is left
    ("message.accepted", {"reason": "accepted", "channel": "sms", "ref": "SM1"}, ["ref"]),
    ("message.answered", {"channel": "sms", "note": "ja"}, ["note"]),
    ("task.done", {"note": "x", "agent_no": "A1", "outcome": "met"}, ["note"]),
    ("task.skipped", {"note": "x", "why": "no_need", "agent_no": "A1"}, ["note"]),
    ("task.done", {"reason_was": "client_replied", "note_was": "x", "task": 7}, ["note_was"]),
    ("task.done", {"was_on": "2026-01-01", "agent_no": "A1"}, []),
    ("task.reopened", {"undone": "done", "agent_no": "A1"}, []),
    ("contact.changed", {"phone": ["+1", "+2"], "name": ["a", "b"]}, ["phone", "name"]),
    ("family.written", {"kin": "spouse", "name": "Otto", "by": "x"}, ["kin", "name"]),
    ("death.written", {"deceased_on": [None, "2026-01-01"], "by": "x"}, ["deceased_on"]),
    ("consent.withdrawn", {"of": "sms", "source": "said so to Ada"}, ["source"]),
    ("consent.withdrawn", {"of": "sms", "source": "twilio 21610"}, []),
    ("consent.withdrawn", {"of": "sms", "source": "reply"}, []),
    ("agent.changed", {"agent_no": ["A1", "A2"], "why": "moved", "by": "x"}, ["why"]),
    ("status.changed", {"status": ["in_force", "claim"], "ended_on": [None, "2026-01-01"]}, []),
    ("premium.paid", {"due_date": "2026-01-01", "paid_on": [None, "2026-01-02"]}, []),
    ("check.recorded", {"check": 7, "note": "x", "by": "quality"}, ["note"]),
    ("something.new", {"anything": "at all"}, ["anything"]),
    ("client.erased", {"by": "x", "ground": "y", "lines": 1, "proof": "z"}, []),
]


@pytest.mark.parametrize(("kind", "facts", "gone"), OWN)
def test_decisions_stay_and_the_person_goes(
    kind: str, facts: dict[str, Any], gone: list[str]
) -> None:
    said = json.dumps(facts)
    left = json.loads(left_facts.on_own_card(kind, said, TRACES))
    kept = {name: value for name, value in facts.items() if name not in gone}
    assert left == kept | ({"erased": True} if gone else {})


# -------------------------------------------------------------------------------- closed years


@cast.on_postgresql
def test_a_year_that_is_away_stands_against_it_and_one_that_is_closed_does_not(
    left: Client,
) -> None:
    Task.update(state="missed").where(Task.state == "open").execute()
    Message.update(state="delivered").where(Message.state == "queued").execute()
    years.close("2025", LATER)
    years.detach("2025", LATER)
    with refuses(errors.BadArgument, match="2025"):
        erasing.erase("C001", ORDER)
    years.attach("2025")
    before = seals.verify().digest
    found = erasing.erase("C001", ORDER)
    audit = seals.verify()
    assert found.gone["messages"] > 0 and found.gone["lines"] > 0
    assert (audit.findings, audit.digest) == ([], before)
    assert not any("林伟" in each for each in lines().values())
    with pytest.raises(peewee.DatabaseError, match="append-only"):
        database.execute("UPDATE card_entry SET kind = 'note.read'")
    years.detach("2025", LATER)
    assert seals.verify().findings == []


# ------------------------------------------------------------------------- those who are around


def test_a_policy_that_came_from_another_client_is_told_on_both_cards(left: Client) -> None:
    zhou = Client.get(Client.client_no == "C900")
    moved = trail.facts(client_no=["C900", "C001"])
    entries = [Entry(each.id, 1, None, "client.changed", moved) for each in (left, zhou)]
    trail.write(entries, LATER)
    erasing.erase("C001", ORDER)
    number = Client.get_by_id(left.id).client_no
    for each in (left, zhou):
        (line,) = [each for each in trail.of_client(each.id) if each.kind == "client.changed"]
        assert json.loads(line.facts)["client_no"] == ["C900", number]
    assert seals.verify().findings == []


def test_a_person_is_erased_with_all_their_numbers(left: Client) -> None:
    other = Client.create(client_no="C002", name="林伟", phone="+12025550112")
    persons.unite(left, other)
    notes.remark(other, "note", "林伟的另一个号", "chen", TEN)
    found = erasing.erase("C002", ORDER)
    assert len(found.proofs) == 2 and set(found.traces.numbers) == {"C001", "C002"}
    assert {each.erased_on is None for each in Client.select() if each.client_no != "C900"} == {
        False
    }
    assert seals.verify().findings == [] and seals.verify().erasures == 2


def test_a_namesake_keeps_what_the_book_says_of_them(left: Client) -> None:
    """That two are called alike is no reason to touch the other one's own data."""
    other = Client.create(client_no="C800", name="林伟", phone="+12025550188")
    own = trail.facts(name=["林维", "林伟"])
    trail.write([Entry(other.id, None, None, "contact.changed", own)], TEN)
    erasing.erase("C001", ORDER)
    (line,) = trail.of_client(other.id)
    assert json.loads(line.facts) == {"name": ["林维", "林伟"]}
    assert Client.get_by_id(other.id).name == "林伟"


FAMILIES = [
    # how another card has him -> what is left there
    ({"name": "林伟", "client_no": "C001"}, None),
    ({"name": "阿伟", "client_no": "C001"}, None),
    ({"name": "林伟", "birthday": datetime.date(1984, 2, 29)}, None),
    ({"name": "林伟", "note": "林伟爱喝茶"}, "erased"),
    ({"name": "林立", "birthday": datetime.date(1984, 2, 29)}, "林立"),
]


@pytest.mark.parametrize(("known", "left_there"), FAMILIES)
def test_he_goes_from_the_families_of_others(
    left: Client, known: dict[str, Any], left_there: str | None
) -> None:
    zhou = Client.get(Client.client_no == "C900")
    Relation.create(client=zhou, kind="sibling", **known)
    erasing.erase("C001", ORDER)
    found = Relation.get_or_none(Relation.client == zhou)
    assert (found and found.name.partition("-")[0]) == left_there
    assert found is None or "林伟" not in found.note


def test_a_touchpoint_of_the_birthday_forgets_the_year_of_birth(left: Client) -> None:
    on = cast.touchpoint("month_1")
    born = datetime.date(1984, 2, 29)
    Touchpoint.update(anchor_on=born).where(Touchpoint.id == on.id).execute()
    back = trail.facts(reason="date_corrected", channel="sms", counted_from=born)
    trail.write([Entry(left.id, None, on.id, "message.cancelled", back)], LATER)
    erasing.erase("C001", ORDER)
    row = Touchpoint.get_by_id(on.id)
    assert row.anchor_on == row.due_on == on.due_on
    assert not any("1984" in each for each in lines().values())
