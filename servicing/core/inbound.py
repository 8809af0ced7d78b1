"""What comes in from outside: the words that end or begin messages, and text that both databases keep.

One list for both directions: what a text may offer as a way out is what is understood when it comes
back (domain.md §6.3).
"""

import re
import unicodedata
from typing import Literal

Meaning = Literal["stop", "start", "reply"]

STOP_LATIN = frozenset(
    ["stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"]
) | {"td", "t", "n", "r"}
STOP_CHINESE = frozenset(["退订", "退訂", "拒收", "取消"])
STOP_WORDS = STOP_LATIN | STOP_CHINESE
START_WORDS = frozenset(["start"])

_ASKED = re.compile(r"(?:请|請)?(?:回复|回覆|回復|回|reply)")
"""How a text asks for the word, which some send along."""

_BOTH = re.compile(rf"(?:td|t|n|r)(?:{'|'.join(sorted(STOP_CHINESE))})")
"""The word with what it does, as a text may put it: TD退订."""

_AGAIN = re.compile(r"(.{2,}?)\1+")
LONGEST_AGAIN = 60
"""A word said more than once, such as STOP STOP, is looked for in no more letters than these."""

_SURROGATE = re.compile("[\ud800-\udfff]")


def meaning_of(body: str) -> Meaning:
    """What a message says: exactly one of the words, or something to read.

    Blanks, punctuation and quotation marks around and between its letters, case and width make no
    difference, nor does it to say it twice; a further word does.
    """
    word = _letters(body)
    if is_stop_word(word) or is_stop_word(_ASKED.sub("", word, count=1)):
        return "stop"
    return "start" if word in START_WORDS else "reply"


def is_stop_word(word: str) -> bool:
    """Whether this, sent to us, ends all messages to the number."""
    letters = _letters(word)
    if len(letters) <= LONGEST_AGAIN and (again := _AGAIN.fullmatch(letters)):
        letters = again[1]
    return letters in STOP_WORDS or bool(_BOTH.fullmatch(letters))


def _letters(text: str) -> str:
    """The letters and digits of a text, in one case and width."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(each for each in folded if each.isalnum())


def storable(text: str) -> str:
    """The text as both databases can keep it: without NUL, and without halves of characters."""
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text.replace("\0", ""))
