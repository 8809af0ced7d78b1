"""The texts of what was sent, packed: each against the words of its template, which are kept once.

What a text shares with its template takes two or three bytes a passage, so what is left are the names
and figures of one client. The bytes come back as they were, whatever becomes of the template: its
words are kept under their digest for good. A text that an earlier version has stored is read as it
stands.
"""

import hashlib
import zlib
from collections.abc import Collection, Iterable
from typing import NamedTuple

from policies import database
from policies.records import Record
from servicing.core.models import Message, TextBase


class Words(NamedTuple):
    """What a message says."""

    subject: str
    body: str


class Base(NamedTuple):
    """The words that texts were packed against."""

    id: int
    words: str


Bases = dict[str, Base]
"""By the words themselves."""


def has_words(message: Message) -> bool:
    """Whether a message has a text."""
    return bool(message.body) or message.packed_text is not None


# ------------------------------------------------------------------------------------------ packing


def bases(wanted: Collection[str]) -> Bases:
    """Some words as texts are packed against them; new ones are kept, in the transaction we are in."""
    digests = {_digest(words): words for words in wanted}
    known = _of_digests(digests)
    if fresh := sorted(digests.keys() - known.keys()):
        rows = [{"digest": each, "words": digests[each]} for each in fresh]
        TextBase.insert_many(rows).on_conflict_ignore().execute()
        known |= _of_digests(fresh)
    return {each.words: each for each in known.values()}


def _digest(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()


def _of_digests(digests: Collection[str]) -> dict[str, Base]:
    found = TextBase.select().where(TextBase.digest.in_(sorted(digests)))
    return {each.digest: Base(each.id, each.words) for each in found}


_NUMBER = 3
"""Bytes in front that say against which base a text is packed."""

_BETWEEN = b"\xff"
"""Between subject and body: no text has this byte."""


def pack(words: Words, base: Base) -> bytes:
    """A text in as few bytes as it needs beside its base."""
    plain, shared = _BETWEEN.join(each.encode() for each in words), base.words.encode()
    # the window holds both, and no more: most of the time goes into making it
    window = min(max((len(plain) + len(shared)).bit_length(), 9), zlib.MAX_WBITS)
    packer = zlib.compressobj(9, zlib.DEFLATED, -window, 5, zlib.Z_DEFAULT_STRATEGY, shared)
    return base.id.to_bytes(_NUMBER, "big") + packer.compress(plain) + packer.flush()


# ---------------------------------------------------------------------------------------- unpacking


class Stored(Record, frozen=True):
    """The columns of a message that have its text."""

    id: int
    subject: str
    body: str
    packed_text: bytes | None


def of(messages: Iterable[Message]) -> dict[int, Words]:
    """By id what some messages say."""
    return read(
        Stored(each.id, each.subject, each.body, _bytes(each.packed_text)) for each in messages
    )


def _bytes(value: bytes | memoryview | None) -> bytes | None:
    return None if value is None else bytes(value)


def read(stored: Iterable[Stored]) -> dict[int, Words]:
    """The same, of messages whose columns were read."""
    rows = list(stored)
    numbers = {_number(each.packed_text) for each in rows if each.packed_text}
    shared = {
        each.id: each.words.encode()
        for some in database.chunks(sorted(numbers))
        for each in TextBase.select().where(TextBase.id.in_(some))
    }
    return {each.id: _words(each, shared) for each in rows}


def _number(packed: bytes) -> int:
    return int.from_bytes(packed[:_NUMBER], "big")


def _words(stored: Stored, shared: dict[int, bytes]) -> Words:
    if stored.packed_text is None:
        return Words(stored.subject, stored.body)
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS, shared[_number(stored.packed_text)])
    plain = unpacker.decompress(stored.packed_text[_NUMBER:]) + unpacker.flush()
    subject, _, body = plain.partition(_BETWEEN)
    return Words(subject.decode(), body.decode())
