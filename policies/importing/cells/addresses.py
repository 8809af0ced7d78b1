"""Email addresses as files write them: with what other programs put around them."""

import re
from collections.abc import Sequence
from itertools import repeat

from policies.importing.cells.texts import Text

_BRACKETED = re.compile(r"[^<>@]*<\s*([^<>\s]+@[^<>\s]+)\s*>")
_AROUND = ("<", ";", ",", "mailto:", "MAILTO:", "Mailto:")


class Address(Text):
    """Reads an email address: without its brackets, `mailto:` and what ends a list."""

    def __call__(self, cell: str) -> str:
        """The address in a cell, or the text where there is more than one."""
        return _bare(super().__call__(cell))

    def all(self, cells: list[str]) -> list[str]:
        """The addresses in many cells: nearly always they are what stands there."""
        texts, joined = super().all(cells), "\n".join(cells)
        return list(map(_bare, texts)) if any(each in joined for each in _AROUND) else texts


def parse_address() -> Address:
    """Reads an email address of at most 200 characters."""
    return Address(200, False)


def are_several(cell: str) -> bool:
    """Whether a cell holds more than one address."""
    return cell.count("@") > 1


def are_any_several(cells: Sequence[str]) -> bool:
    """Whether any of many cells does, which is asked of all of them at once."""
    return max(map(str.count, cells, repeat("@")), default=0) > 1


def _bare(text: str) -> str:
    """The address without what is around it; several stay as they were given."""
    if are_several(text):
        return text
    bare = text.strip(";, \t")
    if found := _BRACKETED.fullmatch(bare):
        bare = found.group(1)
    if bare[:7].lower() == "mailto:":
        bare = bare[7:].strip()
    return bare.strip(";, \t")
