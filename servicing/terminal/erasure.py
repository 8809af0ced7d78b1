"""What an erasure erases and keeps, as a terminal shows it."""

from collections.abc import Iterator
from dataclasses import dataclass

import click

from policies import controls
from servicing.core import i18n, output
from servicing.core.output import Format
from servicing.rights.erasing import Found
from servicing.terminal.words import word


@dataclass(frozen=True)
class Fate:
    """What becomes of one kind of what is known of a client."""

    fate: str
    """goes, gone or kept."""
    what: str
    count: int


def show(found: Found, form: Format, locale: str, *, is_done: bool) -> None:
    """Show what was erased, or would be, and what stays."""
    if form == "json":
        output.emit_json(document(found, is_done=is_done))
        return
    fates = list(_fates(found, is_done))
    if form == "csv":
        output.emit_csv(fates, Fate)
        return
    output.emit_table([_worded(each, locale) for each in fates], ["fate", "what", "count"], locale)
    for line in _sentences(found, locale, is_done):
        click.echo(controls.inert(line))


def document(found: Found, *, is_done: bool) -> dict[str, object]:
    """As scripts read it; the numbers of before are not repeated."""
    known: dict[str, object] = {
        "gone": found.gone,
        "kept": found.kept,
        "kept_until": found.kept_until,
        "dry_run": not is_done,
    }
    if is_done:
        known |= {"numbers": list(found.traces.numbers.values()), "proofs": found.proofs}
    return known


def _fates(found: Found, is_done: bool) -> Iterator[Fate]:
    for fate, counts in (("gone" if is_done else "goes", found.gone), ("kept", found.kept)):
        yield from (Fate(fate, what, count) for what, count in counts.items())


def _worded(each: Fate, locale: str) -> dict[str, object]:
    return {
        "fate": i18n.say("fate", each.fate, locale),
        "what": i18n.say("personal", each.what, locale),
        "count": each.count,
    }


def _sentences(found: Found, locale: str, is_done: bool) -> Iterator[str]:
    if found.kept_until:
        yield word("kept_until", locale, on=found.kept_until)
    if not is_done:
        yield word("nothing_erased", locale)
        return
    for number, proof in zip(found.traces.numbers.values(), found.proofs, strict=True):
        yield word("erased_as", locale, number=number, proof=proof)


def warn_of_pages(is_shredded: bool, locale: str) -> None:
    """Say where others were at work, so that the file of the database may still hold old pages."""
    if not is_shredded:
        click.echo(controls.inert(word("pages_left", locale)), err=True)
