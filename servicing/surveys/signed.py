"""The link in a message by which a client answers a survey.

It is signed with a key that serves nothing else, and names the touchpoint by its number and by its mark
(`core.references`): the number of a book that was restored may be another client's, the mark never is.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from servicing.core import references
from servicing.core.context import TouchpointContext

if TYPE_CHECKING:  # loaded where a link is signed
    from itsdangerous import URLSafeSerializer

PATH = "/s/"
_NAME = "survey"


class Link(NamedTuple):
    """What a link says of itself."""

    touchpoint: int
    mark: str

    def is_of(self, context: TouchpointContext) -> bool:
        """Whether it is about this touchpoint."""
        return self.mark == references.mark_of(context)


def url(public_url: str, key: str, context: TouchpointContext) -> str:
    """The address to open; the same however often the message is composed."""
    said = [context.touchpoint_id, references.mark_of(context)]
    return f"{public_url.rstrip('/')}{PATH}{_signer((key,)).dumps(said)}"


def read(token: str, keys: Sequence[str]) -> Link | None:
    """What a link says; None for one that none of the keys has signed. It asks no database."""
    from itsdangerous import BadSignature

    try:
        found = _signer(tuple(keys)).loads(token)
    except BadSignature:
        return None
    match found:
        case [int(number), str(mark)]:
            return Link(number, mark)
    return None


@lru_cache(maxsize=8)
def _signer(keys: tuple[str, ...]) -> "URLSafeSerializer":
    from itsdangerous import URLSafeSerializer

    return URLSafeSerializer(keys, salt=_NAME)
