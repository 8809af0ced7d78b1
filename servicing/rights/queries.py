"""The questions of the rights of a person to the database, and what is emptied there."""

import datetime
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from policies import database, dialect, models, occasions, records
from policies.models import Client, Policy, Relation, RowMark
from policies.records import Record
from policies.status import ENDED
from servicing.core.account_models import CardView, User
from servicing.core.audit_models import AuditEntry, AuditSeal
from servicing.core.cover_models import Beneficiary, ClientIncome, OtherPolicy
from servicing.core.models import ClosedYear, Message, Suppression, Touched
from servicing.rights.keeping import Contract
from servicing.rights.traces import Traces

STAFF = "staff"
"""The role of somebody in the company who has no account."""

# --------------------------------------------------------------------------------- what there is


def contracts_of(client_ids: Collection[int]) -> list[Contract]:
    """The policies of some clients, by number."""
    query = Policy.select().where(Policy.client.in_(client_ids)).order_by(Policy.policy_no)
    return [Contract(each.policy_no, each.status, each.issue_date, each.ended_on) for each in query]


class _Counted(Record, frozen=True):
    what: str
    count: int


def counts(client_ids: Collection[int]) -> dict[str, int]:
    """How many rows of each kind clients have of which the fact and the day are kept."""
    tables = ("policy", "touchpoint", "message", "task", "card_entry", "card_view")
    theirs, values = dialect.among("client_id", client_ids)
    sql = " UNION ALL ".join(
        f"SELECT '{each}', COUNT(*) FROM {each} WHERE {theirs}" for each in tables
    )
    instalments = f"""
        UNION ALL SELECT 'premium', COUNT(*) FROM premium
        WHERE policy_id IN (SELECT id FROM policy WHERE {theirs})
    """
    found = records.listed(_Counted, sql + instalments, [*values * (len(tables) + 1)])
    return {each.what: each.count for each in found}


def addresses_of(client_ids: Collection[int]) -> set[str]:
    """The addresses to which messages to clients have gone, or were to go."""
    query = Message.select(Message.address).where(Message.client.in_(client_ids)).distinct()
    return {each.address for each in query} - {""}


def is_address_of_another(column: str, address: str, client_ids: Collection[int]) -> bool:
    """Whether another client has that phone, or that email address (in small letters)."""
    compared = dialect.caseless(column) if column == "email" else column
    theirs, values = dialect.among("id", client_ids)
    sql = f"SELECT COUNT(*) FROM client WHERE {column} <> '' AND {compared} = ? AND NOT ({theirs})"
    return int(database.value(sql, [address, *values])) > 0


def looks(client_id: int) -> list[tuple[datetime.datetime, str, str]]:
    """When somebody saw a client, in which role they have an account, and where they saw them.

    Whoever looks by a command has no account, but a line in the audit log.
    """
    query = CardView.select(CardView, User).join(User).where(CardView.client == client_id)
    by_page = [(each.at, each.user.role, each.place) for each in query.order_by(CardView.id)]
    is_look = AuditEntry.kind.in_(("card.seen", "evidence.packed"))
    lines = AuditEntry.select(AuditEntry.at).where((AuditEntry.client == client_id) & is_look)
    return by_page + [(each.at, STAFF, "command") for each in lines.order_by(AuditEntry.id)]


def roles() -> dict[str, str]:
    """By login, what somebody is in the company."""
    return {each.login: each.role for each in User.select(User.login, User.role)}


def providers_of(client_id: int) -> list[str]:
    """The providers to whom messages to a client were handed."""
    query = Message.select(Message.provider).where(Message.client == client_id).distinct()
    return sorted({each.provider for each in query.where(Message.claimed_at.is_null(False))} - {""})


# ------------------------------------------------------------------------------- what is too old


class Old(Record, frozen=True):
    """A message, and the day it was meant for."""

    id: int
    planned_on: datetime.date
    state: str


def messages_after(number: int, limit: int) -> list[Old]:
    """The next messages, by id."""
    sql = "SELECT id, planned_on, state FROM message WHERE id > ? ORDER BY id LIMIT ?"
    return records.listed(Old, sql, [number, limit])


def expire_messages(ids: Collection[int]) -> int:
    """Their texts and addresses go; how many had some."""
    return _empty_messages(*dialect.among("id", ids))


def expire_notes(before: datetime.datetime) -> int:
    """The notes of tasks that ended before a moment go; how many there were."""
    sql = "UPDATE task SET note = '' WHERE note <> '' AND ended_at < ?"
    return _changed(sql, [models.stored(before)])


def expire_replies(before: datetime.datetime) -> int:
    """Sender and words of replies of before a moment go; how many there were."""
    sql = (
        f"UPDATE reply SET {_WITHOUT_WORDS} WHERE received_at < ? AND (sender <> '' OR body <> '')"
    )
    return _changed(sql, [models.stored(before)])


_WITHOUT_WORDS = "sender = '', body = '', provider_ref = 'erased-' || id"


def expire_looks(before: datetime.datetime) -> int:
    """Looks at cards of before a moment go; how many there were."""
    return int(CardView.delete().where(CardView.at < before).execute())


def audit_until(before: datetime.datetime) -> int:
    """The last line of the audit log that is sealed and before which all are of before a moment."""
    seal = AuditSeal.select(AuditSeal.last_entry).order_by(AuditSeal.id.desc()).first()
    sealed = int(seal.last_entry) if seal else 0
    young = AuditEntry.select(AuditEntry.id).where(AuditEntry.at >= before)
    border = young.order_by(AuditEntry.id).first()
    return min(sealed, int(border.id) - 1) if border else sealed


class Former(Record, frozen=True):
    """A client without a contract."""

    id: int
    client_no: str


def without_contract_since(on: datetime.date, behind: int, limit: int) -> list[Former]:
    """The next clients, by id, whose last policy had ended by that day, and who were not erased."""
    open_or_later = (
        f"p.ended_on IS NULL OR p.ended_on > ? OR p.status NOT IN ({dialect.quoted(ENDED)})"
    )
    sql = f"""
        SELECT c.id, c.client_no FROM client c WHERE c.id > ? AND c.erased_on IS NULL
            AND EXISTS (SELECT 1 FROM policy p WHERE p.client_id = c.id)
            AND NOT EXISTS (SELECT 1 FROM policy p WHERE p.client_id = c.id AND ({open_or_later}))
        ORDER BY c.id LIMIT ?
    """
    return records.listed(Former, sql, [behind, on.isoformat(), limit])


# -------------------------------------------------------------------------------- what is emptied


def empty_messages(client_ids: Collection[int]) -> int:
    """Messages keep their touchpoint, state and days; how many had more."""
    return _empty_messages(*dialect.among("client_id", client_ids))


def _empty_messages(theirs: str, values: Sequence[object]) -> int:
    return _changed(
        f"""
        UPDATE message SET address = '', params = '{{}}', subject = '', body = '', packed_text = NULL,
            provider_ref = '', past_refs = ''
        WHERE {theirs} AND (address <> '' OR params <> '{{}}' OR subject <> '' OR body <> ''
            OR packed_text IS NOT NULL OR provider_ref <> '' OR past_refs <> '')
        """,
        values,
    )


def hide_birthdays(client_ids: Collection[int], birthdays: Collection[str]) -> int:
    """A touchpoint that counts from the day of birth counts from its own day."""
    theirs, values = dialect.among("client_id", client_ids)
    on_it = f"anchor_on IN ({dialect.marks(birthdays)})"
    sql = f"UPDATE touchpoint SET anchor_on = due_on WHERE {theirs} AND {on_it}"
    return _changed(sql, [*values, *birthdays])


def empty_notes(client_ids: Collection[int]) -> int:
    """Tasks keep what they were and became, not what was noted."""
    theirs, values = dialect.among("client_id", client_ids)
    return _changed(f"UPDATE task SET note = '' WHERE note <> '' AND {theirs}", values)


def empty_replies(client_ids: Collection[int], senders: Collection[str]) -> int:
    """What clients wrote, and from where; that they did, and when, stays."""
    theirs, values = dialect.among("client_id", client_ids)
    from_there, numbers = dialect.among("sender", senders)
    return _changed(
        f"""
        UPDATE reply SET {_WITHOUT_WORDS}
        WHERE ({theirs} OR client_id IS NULL AND {from_there}) AND (sender <> '' OR body <> '')
        """,
        [*values, *numbers],
    )


def empty_reassignments(client_ids: Collection[int]) -> int:
    """Why a policy was reassigned is a person's text; that it was, and by whom, stays."""
    theirs, values = dialect.among("client_id", client_ids)
    of_theirs = f"policy_id IN (SELECT id FROM policy WHERE {theirs})"
    return _changed(f"UPDATE handing SET why = '' WHERE why <> '' AND {of_theirs}", values)


def empty_cases(client_ids: Collection[int]) -> int:
    """What was said in their cases; that there was one, its steps and days stay."""
    theirs, values = dialect.among("client_id", client_ids)
    of_theirs = f"case_id IN (SELECT id FROM case_file WHERE {theirs})"
    return _changed(f"UPDATE case_entry SET text = '' WHERE text <> '' AND {of_theirs}", values)


def empty_parties(client_ids: Collection[int]) -> int:
    """Of events to which they were invited they leave that somebody was, and what became of it."""
    theirs, values = dialect.among("client_id", client_ids)
    database.execute(f"DELETE FROM party_day WHERE {theirs}", values)
    nobodys = "client_id = NULL, touchpoint_id = NULL, reached = reached OR EXISTS ({left})"
    left = (
        "SELECT 1 FROM message m WHERE m.touchpoint_id = event_party.touchpoint_id"
        " AND m.state IN ('accepted', 'delivered')"
    )
    sql = f"UPDATE event_party SET {nobodys.format(left=left)} WHERE {theirs}"
    return _changed(sql, values)


def rename(client_id: int, number: str, on: str) -> None:
    """A client keeps the row, and nothing in it but what figures count: who referred them."""
    Client.update(
        client_no=number,
        name=number,
        gender="",
        birthday=None,
        phone="",
        phone_given="",
        email="",
        language="",
        timezone="",
        channel="none",
        marketing_consent=None,
        consent_on=None,
        deceased_on=None,
        death_asked_on=None,
        bereaved_until=None,
        erased_on=on,
    ).where(Client.id == client_id).execute()


def renumber(was: str, number: str, is_of_ours: Callable[[str], bool]) -> None:
    """What names a client by number names the one that stands in its place.

    `is_of_ours`: of a source of a suppression, whether it is no text of a person's.
    """
    Client.update(referred_by=number).where(Client.referred_by == was).execute()
    is_theirs = (Suppression.kind == "marketing") & (Suppression.subject == was)
    for each in Suppression.select().where(is_theirs):
        each.subject, each.source = number, each.source if is_of_ours(each.source) else ""
        each.save()
    Suppression.update(source=number).where(Suppression.source == was).execute()


def hide_family(client_ids: Collection[int], traces: Traces) -> int:
    """A greeting for a birthday in the family counts from its own day, whosever birth it says.

    Of their own families, and of those on whose cards they stand themselves.
    """
    theirs, values = dialect.among("client_id", client_ids)
    of_family = occasions.named("occurrence", [occasions.SOLAR, occasions.LUNAR])
    sql = f"UPDATE touchpoint SET anchor_on = due_on WHERE {of_family} AND anchor_on <> due_on"
    hidden = _changed(f"{sql} AND {theirs}", values)
    for each in Relation.select().where(_in_families(client_ids, traces)):
        if each.birthday:
            born = [each.client_id, each.birthday]
            hidden += _changed(f"{sql} AND client_id = ? AND anchor_on = ?", born)
    return hidden


def _in_families(client_ids: Collection[int], traces: Traces) -> Any:
    """The condition of `forget_relations`."""
    is_theirs = Relation.client.in_(client_ids) | Relation.client_no.in_(list(traces.numbers))
    by_name = Relation.name.in_(traces.names) & Relation.birthday.in_(sorted(traces.birthdays))
    return is_theirs | by_name


def forget_relations(client_ids: Collection[int], traces: Traces) -> int:
    """Their families, and they themselves in the families of others: by number, or by name and birth."""
    return int(Relation.delete().where(_in_families(client_ids, traces)).execute())


def forget_covers(client_ids: Collection[int]) -> int:
    """What they have told of their income, of other insurers' policies and of their beneficiaries."""
    theirs = Policy.select(Policy.id).where(Policy.client.in_(client_ids))
    gone = (
        OtherPolicy.delete().where(OtherPolicy.client.in_(client_ids)),
        ClientIncome.delete().where(ClientIncome.client.in_(client_ids)),
        Beneficiary.delete().where(Beneficiary.policy.in_(theirs)),
    )
    return sum(int(each.execute()) for each in gone)


class CoverLine(Record, frozen=True):
    """What a client has told of their cover; of a beneficiary what they are, and not who."""

    what: str
    """other_policy, income or beneficiary."""
    of: str
    """The insurer, or the policy."""
    kind: str
    amount: int | None
    """Hundredths; of a beneficiary of a per cent."""
    currency: str
    written_on: datetime.date


def covers_of(client_id: int) -> list[CoverLine]:
    """What a client has told of their cover."""
    sql = """
        SELECT 'other_policy', insurer, kind, sum_assured, currency, written_on FROM other_policy
        WHERE client_id = ?
        UNION ALL SELECT 'income', '', '', amount, currency, written_on FROM client_income
        WHERE client_id = ?
        UNION ALL SELECT 'beneficiary', p.policy_no, b.kin, b.share, '', b.written_on
        FROM beneficiary b JOIN policy p ON p.id = b.policy_id WHERE p.client_id = ?
        ORDER BY 1, 2, 3
    """
    return records.listed(CoverLine, sql, [client_id] * 3)


class Written(Record, frozen=True):
    """A text that a person wrote, and where."""

    id: int
    text: str


FREE_TEXTS = (
    ("task", "note"),
    ("relation", "name"),
    ("relation", "note"),
    ("beneficiary", "name"),
    ("other_policy", "insurer"),
    ("lead", "name"),
    ("handing", "why"),
    ("case_entry", "text"),
    ("tier_line", "reason"),
    ("halt", "halted_why"),
    ("halt", "resumed_why"),
    ("barred", "source"),
    ("book_import", "file"),
)
"""Columns in which a person may name another one."""


def texts_with(table: str, column: str, words: Collection[str]) -> list[Written]:
    """The texts of a column that contain one of some words."""
    contained = " OR ".join([dialect.contains(column)] * len(words)) or "1 = 0"
    sql = f"SELECT id, {column} FROM {table} WHERE {column} <> '' AND ({contained}) ORDER BY id"
    return records.listed(Written, sql, list(words))


def rewrite(table: str, column: str, texts: Iterable[Written]) -> None:
    """Put other texts in their places."""
    rows: Sequence[tuple[str, int]] = [(each.text, each.id) for each in texts]
    database.execute_many(f"UPDATE {table} SET {column} = ? WHERE id = ?", rows)


def forget_marks(client_ids: Collection[int]) -> None:
    """What was worked out of their rows, and what is still to be drawn from them."""
    theirs = Policy.select(Policy.id).where(Policy.client.in_(client_ids))
    RowMark.delete().where(RowMark.policy_id.in_(theirs)).execute()
    Touched.delete().where(Touched.client_id.in_(client_ids)).execute()


def _changed(sql: str, values: Sequence[object]) -> int:
    return int(database.execute(sql, values).rowcount)


def years_away() -> list[str]:
    """The years that are out of the book and whose tables are in the database: nobody reads in them."""
    away = ClosedYear.select(ClosedYear.name).where(ClosedYear.detached_at.is_null(False))
    return [each.name for each in away if _is_there(f"message_{each.name}")]


def _is_there(table: str) -> bool:
    return bool(database.value("SELECT to_regclass(?) IS NOT NULL", [table]))
