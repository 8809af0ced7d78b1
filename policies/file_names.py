"""File names made of what somebody has written: none leads out of its folder."""

import hashlib

LONGEST = 200
"""Bytes: a file system takes 255, and something stands before and behind."""

_SPECIAL = frozenset('/\\%:*?"<>|')
"""Signs that separate folders, here or on a system that a file is carried to, and our own."""


def is_plain(name: str) -> bool:
    """Whether a text may be, as it is, the name of a file that stands in a folder of ours."""
    is_short = len(name.encode("utf-8", "surrogatepass")) <= LONGEST
    return is_short and bool(name.strip(". ")) and all(map(_is_kept, name))


def of(text: str) -> str:
    """A name, or a part of one, for a text of the book; each text has another one.

    What a name may not have is written as in a web address; what is too long ends with its digest.
    """
    name = "".join(each if _is_kept(each) else _written(each) for each in text)
    if not name.strip(". "):
        name = "".join(map(_written, text))
    if len(name.encode()) <= LONGEST:
        return name
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{name[: LONGEST // 8]}%{digest}"


def _is_kept(sign: str) -> bool:
    return sign.isprintable() and sign not in _SPECIAL


def _written(sign: str) -> str:
    return "".join(f"%{each:02X}" for each in sign.encode("utf-8", "surrogatepass"))
