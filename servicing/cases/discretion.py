"""What of a client's cases somebody is not told, wherever it would stand (domain.md §12.11).

A line of a card about a case is for whoever may see that case. What somebody has said in their own words
and a case began with, is not for whom the case is kept from, nor for an agent who may not see it; only
whoever has written it reads it still.
"""

import hashlib
from dataclasses import dataclass


def digest(words: str) -> str:
    """The digest of somebody's words: blanks and ends of lines make no other ones of them."""
    bare = " ".join(words.split())
    return hashlib.sha256(bare.encode()).hexdigest() if bare else ""


@dataclass(frozen=True)
class Kept:
    """What of some clients a reader is not told."""

    login: str = ""
    cases: frozenset[int] = frozenset()
    """Of these, nothing that happened."""
    words: frozenset[str] = frozenset()
    """Digests of words that these began with."""
    desk_tasks: bool = False
    """Nothing of what a desk has to do for them (domain.md §4.19)."""

    def has_case(self, number: object) -> bool:
        """Whether nothing is told of a case."""
        return number in self.cases

    def has_words(self, said: str, by: str = "") -> bool:
        """Whether somebody's words are not told; whoever has written them knows them."""
        is_own = bool(by) and by == self.login
        return bool(self.words) and not is_own and digest(said) in self.words


NOTHING = Kept()
"""Everything is told, as to whoever works at the machine itself."""
