"""A client is erased: in the database, in the files of the workspace, and in what is left of either.

Files cannot be taken back, so they go once the transaction of the database is done; whoever was
interrupted in between says it once more, and the rest follows.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from policies import shredding
from policies.models import Client
from servicing.core import card_views
from servicing.operations import personal_files
from servicing.operations.workspace import Workspace
from servicing.rights import erasing
from servicing.rights.erasing import Found, Order
from servicing.rights.traces import Traces


@dataclass(frozen=True)
class Erased:
    """A client who was erased, or would be."""

    found: Found
    is_shredded: bool = False
    """Whether the files of the database hold no more than its rows."""


def look(space: Workspace, client_no: str, order: Order) -> Found:
    """What an erasure would erase and keep; raises what `erasing.erase` raises."""
    found = erasing.erase(client_no, order, dry_run=True)
    numbers = list(found.traces.numbers)
    files = {
        "letters": len(personal_files.letters(space.home, numbers)),
        "uploads": len(personal_files.waiting_uploads(space.home)),
    }
    return replace(found, gone=found.gone | files)


def erase(space: Workspace, client_no: str, order: Order) -> Erased:
    """Erase a client; raises what `erasing.erase` raises, and then nothing has happened."""
    card_views.bring_all_in()  # looks that are kept beside the database name her number
    found = erasing.erase(client_no, order)
    files = _clean(space.home, found.traces, found.policy_nos)
    return Erased(replace(found, gone=found.gone | files), shredding.shred())


def erase_again(space: Workspace, client_no: str, was: Client) -> bool:
    """What is left of somebody who was erased before: their files, and the pages of the database.

    `client_no`: the number of before, if somebody still knows it; it is kept nowhere.
    """
    _clean(space.home, Traces({client_no: was.client_no}), [])
    return shredding.shred()


def _clean(home: Path, traces: Traces, policy_nos: list[str]) -> dict[str, int]:
    card_views.bring_all_in()
    letters = personal_files.remove(personal_files.letters(home, list(traces.numbers)))
    uploads = personal_files.remove(personal_files.waiting_uploads(home))
    told = personal_files.clean_uploads(home, traces, policy_nos)
    return {"letters": letters, "uploads": uploads, "results": told}
