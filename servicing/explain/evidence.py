"""One client's evidence pack: what was said and done, why, and how one checks that it is unchanged.

A zip of JSON and plain text that anybody can open. Its manifest has the digest of every file in it
and that of the last seal over the trail (`servicing.core.seals`).
"""

import datetime
import hashlib
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from policies import whole
from policies.clock import NO_RULES, Rules
from policies.models import Client
from servicing.card import card as cards
from servicing.cases import telling
from servicing.core import output, seals
from servicing.core.models import CardEntry, Message, Touchpoint
from servicing.core.seals import SealAudit
from servicing.explain import queries
from servicing.explain import why as whys
from servicing.messages import history
from servicing.messages.history import MessageLife
from servicing.schedule.materialize import Walker

Pack = Mapping[str, bytes]
"""By name in the zip, what a file holds."""

Contents = dict[str, Any]
"""The same before it is written: a text, or what becomes JSON."""

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The moment of every file in the zip: the same content makes the same bytes."""


def pack(
    walker: Walker,
    client_no: str,
    locale: str,
    today: datetime.date,
    now: datetime.datetime,
    rules: Rules = NO_RULES,
) -> Pack:
    """The files of a client's pack; raises `ClientNotFound`."""
    client = cards.client_of(client_no)
    audit = seals.verify()
    return packed(client, contents(walker, client, locale, today, rules), walker, audit, now)


def packed(
    client: Client, held: Contents, walker: Walker, audit: SealAudit, now: datetime.datetime
) -> Pack:
    """The files with a manifest that has their digests, and what was found of the trail."""
    files = {name: _bytes(each) for name, each in held.items()}
    manifest = {
        "client_no": client.client_no,
        "made_at": now,
        "program": f"servicing {version('servicing')}",
        "plan": walker.plan.edition,
        "trail": {
            "sealed_lines": audit.lines,
            "digest": audit.digest,
            "findings": audit.findings,
            "last_line_of_client": _last_line(client),
        },
        "files": {name: hashlib.sha256(each).hexdigest() for name, each in files.items()},
    }
    return {**files, "manifest.json": _bytes(manifest)}


def contents(
    walker: Walker, client: Client, locale: str, today: datetime.date, rules: Rules = NO_RULES
) -> Contents:
    """What is known of a client, by the names of the files; `rules`: those of suspensions."""
    grace, zone = walker.composer.grace, walker.composer.zone
    card = cards.card_of(
        walker.plan, walker.calendar, client, today, grace, walker.writer, zone=zone, rules=rules
    )
    lives = [history.life(each.id, walker.writer) for each in _messages(client)]
    chains = [
        whys.why(walker, row.policy.policy_no, row.key, row.due_on, today).document(locale)
        for row in Touchpoint.select()
        .where(Touchpoint.client == client)
        .order_by(Touchpoint.due_on, Touchpoint.id)
    ]
    return {
        "card.json": card,
        "messages.json": lives,
        **dict(_texts(lives)),
        "consents.json": _consents(client),
        "cases.json": telling.of_client(client.id),
        "reasons.json": chains,
    }


def _texts(lives: Iterable[MessageLife]) -> Iterator[tuple[str, str]]:
    """The messages as they were sent."""
    for life in lives:
        if life.body and not life.is_preview:
            head = f"{life.due_on} {life.touchpoint} {life.channel} {life.state}"
            words = "\n\n".join(each for each in (head, life.subject, life.body) if each)
            yield f"messages/{life.id:09}.txt", f"{words}\n"


def _messages(client: Client) -> Any:
    return Message.select(Message.id).where(Message.client == client).order_by(Message.id)


def _consents(client: Client) -> dict[str, Any]:
    """The client's consents and refusals, each with its day and its source."""
    suppressed = [
        {"kind": row.kind, "why": row.why, "since": row.since, "source": row.source}
        for row in queries.suppressions(client.phone, client.email, client.client_no)
    ]
    return {"marketing": client.marketing_consent, "since": client.consent_on, "barred": suppressed}


def _last_line(client: Client) -> int:
    query = CardEntry.select(CardEntry.id).where(CardEntry.client == client)
    last = query.order_by(CardEntry.id.desc()).first()
    return last.id if last else 0


def _bytes(held: Any) -> bytes:
    if isinstance(held, str):
        return held.encode()
    return (json.dumps(output.plain(held), ensure_ascii=False, indent=2) + "\n").encode()


def write(files: Pack, to: Path) -> None:
    """The zip, readable by its owner only; whole or not at all. Raises `UnwritableFile`."""
    # a pipe is opened once: for a path, zipfile tries it for reading first, and its reader hears the end
    with (
        whole.written(to) as draft,
        draft.open("wb") as file,
        zipfile.ZipFile(file, "w") as archive,
    ):
        for name, held in files.items():
            archive.writestr(zipfile.ZipInfo(name, EPOCH), held, zipfile.ZIP_DEFLATED)
