"""Clients whose personal data were erased, as a file of a core system that still has them meets them.

Their numbers are kept as keyed digests. A row that names one is taken as its skeleton: the policy under
the number that stands in place of the client's, and nothing of the person.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

NUMBER = "client number"
"""What the digest of a client's number is over, before the number."""


def digest(key: str, kind: str, value: str) -> str:
    """The digest of a value of some kind by a key of the workspace."""
    return hmac.new(key.encode(), f"{kind} {value}".encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class ErasedClients:
    """Who was erased."""

    key: str = ""
    numbers: Mapping[str, str] = field(default_factory=dict)
    """By the digest of the number of before, the number that stands in its place."""

    def among(self, client_nos: Iterable[str]) -> dict[str, str]:
        """Those of some numbers that were erased, each with the number in its place."""
        if not self.numbers:
            return {}
        found = {
            each: self.numbers.get(digest(self.key, NUMBER, each)) for each in client_nos if each
        }
        return {each: instead for each, instead in found.items() if instead}


NOBODY = ErasedClients()
"""Nobody was erased."""
