"""A sample that anybody can draw again: who is drawn follows from the seed alone (domain.md §14.1).

The clients of a frame are ordered by the SHA-256 of `seed|client_no`; the first of each stratum are
drawn. Nobody can choose them, and the same seed draws the same, in whatever order the frame comes.
"""

import hashlib
import heapq
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from decimal import ROUND_CEILING, Decimal, localcontext
from typing import TypeVar

from policies.notices import Invalid

Stratum = TypeVar("Stratum", bound=Hashable)

EXACT_DIGITS = 60
"""More than the digits of a share and of a number of clients together, so that no product is rounded."""

MOST_DECIMALS = 20
"""Of a share."""


def read_share(text: str) -> Decimal:
    """A share as a person writes it, exactly; raises `Invalid` unless it lies above 0 and up to 1."""
    plain = text.strip()
    digits = plain.replace(".", "", 1)
    if not (digits.isascii() and digits.isdigit()) or len(plain.partition(".")[2]) > MOST_DECIMALS:
        raise Invalid("not_a_share", value=text)
    share = Decimal(plain)
    if not 0 < share <= 1:
        raise Invalid("not_a_share", value=text)
    return share


def size(frame: int, share: Decimal, min_each: int = 0) -> int:
    """How many of a stratum's clients are drawn: ⌈share × frame⌉, at least `min_each`, at most all."""
    with localcontext(prec=EXACT_DIGITS):
        wanted = int((share * frame).to_integral_value(ROUND_CEILING))
    return min(frame, max(wanted, min_each))


def sizes(frames: Mapping[Stratum, int], share: Decimal, min_each: int = 0) -> dict[Stratum, int]:
    """The same of each stratum."""
    return {stratum: size(frame, share, min_each) for stratum, frame in frames.items()}


def place(seed: str, client_no: str) -> int:
    """The place of a client in the order of a seed: the SHA-256 of `seed|client_no` as a number."""
    return int.from_bytes(hashlib.sha256(f"{seed}|{client_no}".encode()).digest())


def last_places(
    places: Iterable[tuple[Stratum, int]], wanted: Mapping[Stratum, int]
) -> dict[Stratum, int]:
    """The place of the last client drawn of each stratum: who stands at it or before it is drawn.

    Holds the places of those that are drawn, and none of the others, whatever the length of the frame.
    """
    kept: defaultdict[Stratum, list[int]] = defaultdict(list)  # heaps, the last place on top
    for stratum, at in places:
        heap, most = kept[stratum], wanted.get(stratum, 0)
        if len(heap) < most:
            heapq.heappush(heap, -at)
        elif heap and -at > heap[0]:
            heapq.heapreplace(heap, -at)
    return {stratum: -heap[0] for stratum, heap in kept.items() if heap}


def draw(
    frame: Iterable[tuple[Stratum, str]], seed: str, share: Decimal, min_each: int = 0
) -> Iterator[tuple[Stratum, str]]:
    """Those of a small frame, as (stratum, client number), who are drawn, in the order of the seed."""
    known = sorted(frame, key=lambda each: place(seed, each[1]))
    left = Counter(sizes(Counter(stratum for stratum, _ in known), share, min_each))
    for stratum, client_no in known:
        if left[stratum]:
            left[stratum] -= 1
            yield stratum, client_no
