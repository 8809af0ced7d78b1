"""The one way in which lines of a card lose their facts; `sealed_lines` says why nobody can hide it."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from policies import database
from servicing.core import sealed_lines, trail
from servicing.core.erasure_models import ErasedLine, Erasure
from servicing.core.models import CardEntry
from servicing.core.sealed_lines import SealedLine, Step


@dataclass(frozen=True)
class Left:
    """A line, and what is left of its facts."""

    line: SealedLine
    facts: str


@dataclass(frozen=True)
class Said:
    """What the card says of an erasure: its kind (`sealed_lines.KINDS`), and who, why."""

    client_id: int
    kind: str
    at: datetime.datetime
    facts: dict[str, Any]


def erase(lines: Iterable[Left], said: Said) -> str:
    """Erase facts of lines, and say so on a card, in the transaction we are in; answers with the proof.

    The proof is a digest over what the lines were and are; it stands on the card.
    """
    changed = [each for each in lines if each.facts != each.line.facts]
    steps = {each.line.id: _step(each) for each in changed}
    proof = sealed_lines.proof_of(steps.values())
    facts = trail.facts(**said.facts, lines=len(steps), proof=proof)
    entry = CardEntry.create(client=said.client_id, at=said.at, kind=said.kind, facts=facts)
    erasure = Erasure.create(client=said.client_id, entry_id=entry.id, at=said.at)
    columns = ("erasure_id", "entry_id", "was", "now", "facts")
    rows = (
        (erasure.id, each.line.id, steps[each.line.id].was, steps[each.line.id].now, each.facts)
        for each in changed
    )
    database.insert_rows(ErasedLine, columns, rows)
    database.update_rows(CardEntry, ("facts",), ((each.facts, each.line.id) for each in changed))
    return proof


def _step(each: Left) -> Step:
    now = replace(each.line, facts=each.facts)
    digests = (sealed_lines.digest_of(line).hex() for line in (each.line, now))
    return Step(each.line.id, *digests)
