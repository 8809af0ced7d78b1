"""Keys of the workspace, one for each purpose: who knows one of them knows nothing of the others."""

import hmac

from policies import database
from servicing.operations.workspace import Workspace

BACKUPS = "backups"
"""The purpose of the key that backups are signed with."""


def key_for(space: Workspace, purpose: str) -> bytes:
    """32 bytes that only this workspace knows (RFC 5869, expanded once: its secret is random)."""
    with database.explained():  # one that was never used is written down now
        return hmac.digest(space.secret.encode(), purpose.encode() + b"\x01", "sha256")
