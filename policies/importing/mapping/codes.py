"""Codes of another system: neither case nor blanks of them count."""

from collections.abc import Callable

from policies.importing import inert

ANYTHING = "*"
"""The code of every cell of which no code speaks."""


def folded(cell: str) -> str:
    """A code as it is compared: neither case nor blanks count."""
    return "".join(cell.split()).casefold()


def listed(said: str | tuple[str, ...]) -> tuple[str, ...]:
    """One text, or several, as several."""
    return (said,) if isinstance(said, str) else said


def coder(codes: dict[str, str]) -> Callable[[str], str]:
    """What a cell means by these codes: as it stands there, else without case and blanks, else `*`.

    A cell that two codes could mean, and an empty one, has to stand there itself.
    """
    alike: dict[str, set[str]] = {}
    for theirs, ours in codes.items():
        alike.setdefault(folded(theirs), set()).add(ours)
    loose = {theirs: min(ours) for theirs, ours in alike.items() if theirs and len(ours) == 1}

    def meant(cell: str) -> str:
        said = inert.said(cell)
        if said in codes or not said:
            return codes.get(said, cell)
        code = folded(said)
        return (
            loose[code] if code in loose else cell if code in alike else codes.get(ANYTHING, cell)
        )

    return meant
