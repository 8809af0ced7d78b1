"""The number under which what stays of an erased client is kept."""

import secrets

PREFIX = "erased-"


def pseudonym() -> str:
    """A number that says nothing of anybody, and that no company gives."""
    return f"{PREFIX}{secrets.token_hex(6)}"
