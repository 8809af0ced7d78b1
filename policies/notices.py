"""Notices to a person before they are put into words: a code, and the values that its words name.

Refusals, the reasons of refused rows, warnings and the results of commands are notices. The words
stand in catalogues, and the edge (`commands`, `web`) puts them on in the reader's language.
"""

import errno
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any


@dataclass(frozen=True)
class Notice:
    """A code of the catalogues with its facts; a fact may be a notice itself, or a list of them."""

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """As a log has it: the code, then the facts."""
        named = ", ".join(f"{name}={value}" for name, value in self.facts.items())
        return f"{self.code} ({named})" if named else self.code


def renamed(said: Notice, names: Mapping[str, str]) -> Notice:
    """The notice with other words in place of some that its facts hold."""

    def other(value: Any) -> Any:
        if isinstance(value, Notice):
            return renamed(value, names)
        for ours, theirs in names.items() if isinstance(value, str) else ():
            value = value.replace(ours, theirs)
        return value

    return Notice(said.code, {name: other(value) for name, value in said.facts.items()})


def notice(code: str, /, **facts: Any) -> Notice:
    """A notice of that code with these facts."""
    return Notice(code, facts)


def joined(code: str, values: Iterable[Any]) -> Any:
    """Values with a word between them: `and`, `or`."""
    return reduce(lambda one, other: notice(code, one=one, other=other), values)


_SAID = (
    "ENOENT",
    "EACCES",
    "EPERM",
    "EISDIR",
    "ENOTDIR",
    "EEXIST",
    "ENOSPC",
    "EROFS",
    "ENAMETOOLONG",
    "EADDRINUSE",
    "EADDRNOTAVAIL",
    "EBUSY",
    "EIO",
    "ELOOP",
)
"""Errors of a system that are so frequent that we have our own words for them."""


def of_system(error: OSError) -> Notice:
    """Why the operating system has refused to read or write."""
    name = errno.errorcode.get(error.errno or 0, "")
    known = name if name in _SAID else "other"
    return Notice(f"system_{known.lower()}", {"text": error.strerror or str(error)})


class Invalid(ValueError):
    """A value that a person wrote is invalid; the notice says what was expected."""

    def __init__(self, code: str, /, **facts: Any) -> None:
        super().__init__(code)
        self.notice = Notice(code, facts)
