"""The ways out that a text offers: each has to be understood when it comes back (domain.md §6.3)."""

import re
from collections.abc import Iterable

from servicing.core import inbound

_QUOTES = "[\"'“”‘’「」『』【】《》]?"
_WORD = rf"{_QUOTES}(?P<word>[^\W_]+){_QUOTES}"
_REPLY = r"(?:reply|respond|text|txt|send|answer)(?:\s+(?:us|back|with|by|the|word))*"
_LEAVING = (
    r"(?:opt(?:ing)?[\s-]?out|unsubscrib\w*|stop\w*|end\w*|quit\w*|cancel\w*|leav\w+|no\s+more)"
)
_ANSWER = "(?:回复|回覆|回復|发送|發送|回|发)"
_LEAVING_ZH = "(?:退订|退訂|拒收|取消|不再|停止)"

_OFFERS = tuple(
    re.compile(pattern, flags)
    for pattern, flags in (
        # reply WORD to opt out; to opt out, reply WORD; reply YES to come, WORD to opt out
        (rf"\b{_REPLY}\s+{_WORD}\s+(?:to|for|if|and)\s+(?:\w+\s+){{0,3}}?{_LEAVING}", re.I),
        (rf"\b(?:to|for)\s+{_LEAVING}(?:\s+\w+){{0,4}}?\s*[,:-]?\s+(?:please\s+)?"
         rf"{_REPLY}\s+{_WORD}", re.I),
        (rf"\b{_QUOTES}(?P<word>[A-Z]{{1,12}}){_QUOTES}\s+to\s+(?i:{_LEAVING})", 0),
        # 回复T退订; 退订请回复T; 拒收回复"R"
        (rf"{_ANSWER}\s*{_QUOTES}(?P<word>[A-Za-z0-9]+|[一-鿿]{{2}}){_QUOTES}"
         rf"\s*(?:即可|可以|可|来|以)?\s*{_LEAVING_ZH}", 0),
        (rf"{_LEAVING_ZH}\s*[，,：:]?\s*(?:请|請|可)?\s*{_ANSWER}\s*"
         rf"{_QUOTES}(?P<word>[A-Za-z0-9]+|[一-鿿]{{2}})", 0),
    )
)  # fmt: skip

_ARTICLES = frozenset(["a", "an", "the", "this", "your"])
_PREPOSITIONS = frozenset(["by", "for", "of", "to", "with"])
_NO_WORDS = _ARTICLES | _PREPOSITIONS | {"and", "here", "if", "me", "now", "or", "us"}
"""What follows "reply" in a sentence that names no word to send."""

_LONGEST = 12
"""A longer way out that the settings name is no word to send but a sentence, or an address."""


def not_understood(body: str, words: Iterable[str] = ()) -> list[str]:
    """The words that a text offers as a way out and that nobody would understand.

    `words`: those that the company takes for ways out (`[texts] opt_out`).
    """
    matches = (match["word"] for each in _OFFERS for match in each.finditer(body))
    found = [each for each in matches if each.lower() not in _NO_WORDS]
    found += [
        each
        for each in words
        if each.isalnum() and len(each) <= _LONGEST and each.casefold() in body.casefold()
    ]
    return [each for each in dict.fromkeys(found) if not inbound.is_stop_word(each)]
