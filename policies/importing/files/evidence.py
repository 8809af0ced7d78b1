"""Which encoding a text has that is not UTF-8: by what stands in it if it is read so.

No detector decides alone: each of them misreads short lists of names. A reading counts that makes
everyday characters of everyday scripts; where there are several, two of three have to agree on one: two
detectors, and the country of the workspace. Otherwise nobody guesses, and a person is asked.
"""

import codecs
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

from policies.importing.files import alphabets

_NO_BREAK = "\xa0"
"""A blank that keeps the groups of an amount together; it speaks for no encoding."""

PLAUSIBLE = 0.9
"""So much of what is no ASCII has to be everyday."""

MARGIN = 0.02
"""A reading that is as plausible as the best but for so much cannot be told from it."""

FAMILIAR = 0.5
"""So much of it has to be everyday in the country's own encoding if no reading is plausible."""

SHORT = 16
"""Of fewer bytes beyond ASCII, a name or two, both detectors and the country have to agree.

Latin names have few such letters, and readings of them differ in a letter, not in all; but where an
encoding is read at home only, one letter makes a neighbour's name one of ours.
"""

_WORD = re.compile(r"[^\W\d_]{2,}")

_SAME = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "cp950",
    "big5hkscs": "cp950",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "iso8859-1": "cp1252",
    "iso8859-15": "cp1252",
    "iso8859-2": "cp1250",
    "iso8859-5": "cp1251",
    "iso8859-6": "cp1256",
    "iso8859-7": "cp1253",
    "iso8859-8": "cp1255",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "iso8859-13": "cp1257",
    "tis-620": "cp874",
}
"""The encodings that detectors name, and ours that holds them."""


def plausible(data: bytes, country: str) -> list[str]:
    """The encodings in which text makes sense, the best first; of equal readings the first alone."""
    shares = {
        encoding: share
        for encoding in alphabets.candidates(country)
        if (share := _share(data, encoding)) is not None
    }
    best = max(shares.values(), default=0.0)
    good = [each for each, share in shares.items() if share >= max(PLAUSIBLE, best - MARGIN)]
    home = alphabets.home(country)
    return _distinct(
        data, sorted(good, key=lambda each: (shares[each], each == home), reverse=True)
    )


def familiar(data: bytes, country: str) -> str:
    """The country's own encoding, if text with many rare characters may be written in it; or nothing."""
    home = alphabets.home(country)
    shares = {each: _share(data, each) or 0.0 for each in alphabets.DOUBLE_BYTE}
    share = shares.pop(home, 0.0)
    return home if share >= max(FAMILIAR, max(shares.values()) + MARGIN) else ""


def decided(data: bytes, readings: list[str], country: str) -> str:
    """The one of several plausible readings that two of three agree on; or nothing.

    The first detector takes Western Europe for Central Europe, so of alphabets the second has a say.
    """
    if len(readings) < 2 and not alphabets.AT_HOME_ONLY.keys() & set(readings):
        return "".join(readings)
    said = [*_detected(data), alphabets.home(country)]
    first, second, own = (_within(data, readings, each) for each in said)
    is_guess = alphabets.AT_HOME_ONLY.keys() & set(readings) or not set(readings) <= alphabets.LATIN
    if _is_short(data) and is_guess:
        chosen = own if first == second == own else ""
    elif second and second in (first, own):
        chosen = second
    else:
        chosen = own if first == own and own in alphabets.DOUBLE_BYTE else ""
    is_doubtful = chosen == "gb18030" and {"cp949", "euc_jp"} & set(readings)
    return "" if is_doubtful else chosen


def _is_short(data: bytes) -> bool:
    return len(data) - len(data.decode("ascii", "ignore")) < SHORT


def _share(data: bytes, encoding: str) -> float | None:
    """How much of what is no ASCII is everyday in an encoding; None: the text is not in it."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    counted = Counter(text)
    odd = {char: count for char, count in counted.items() if char > "\x7f" and char != _NO_BREAK}
    if any(unicodedata.category(char) in ("Co", "Cc", "Cn") for char in odd):
        return None
    good = alphabets.everyday(encoding)
    bad = sum(count for char, count in odd.items() if char not in good)
    if encoding in alphabets.SINGLE_BYTE:
        bad += sum(map(_is_jumbled, _WORD.findall(text)))
    total = sum(odd.values())
    if not total:  # amounts whose groups a blank keeps together, and nothing more
        return 1.0 if _NO_BREAK in counted else None
    return (total - bad) / total


def _is_jumbled(word: str) -> bool:
    """Whether scripts are mixed in a word, or a capital follows a small letter that is no ASCII."""
    if word.isascii():
        return False
    if len({_script(char) for char in word}) > 1:
        return True
    pairs = zip(word, word[1:], strict=False)
    return any(one.islower() and two.isupper() and not (one + two).isascii() for one, two in pairs)


def _script(char: str) -> str:
    return unicodedata.name(char, "?").partition(" ")[0]


def _distinct(data: bytes, encodings: Iterable[str]) -> list[str]:
    """The encodings that read the same text differently."""
    found: dict[str, str] = {}
    for each in encodings:
        found.setdefault(data.decode(each), each)
    return list(found.values())


def _detected(data: bytes) -> Iterable[str]:
    """What the two detectors say, in our names."""
    import cchardet  # only people with such a file wait for them
    import chardet

    for detect in (chardet.detect, cchardet.detect):
        said = detect(data)["encoding"]
        yield _ours(said) if said else ""


def _ours(name: str) -> str:
    try:
        known = codecs.lookup(name).name
    except LookupError:
        return ""
    return _SAME.get(known, known)


def _within(data: bytes, readings: Iterable[str], vote: str) -> str:
    """The reading that a vote is for: by name, or by reading the same."""
    if vote in readings or not vote:
        return vote
    try:
        text = data.decode(vote)
    except (LookupError, UnicodeDecodeError):
        return ""
    return next((each for each in readings if data.decode(each) == text), "")
