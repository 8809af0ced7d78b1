"""servicing book: the book of business comes in, is made up, and is looked at."""

import datetime
import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from policies import whole
from policies.notices import of_system
from servicing.card import policy_timeline
from servicing.card.policy_timeline import TimelineLine
from servicing.commands import refusal
from servicing.commands.index import Group
from servicing.commands.options import (
    DAY,
    FILE,
    SERVICE_DAY,
    format_option,
    gathered,
    in_workspace,
    now,
    progress,
    tell,
    warn,
)
from servicing.commands.refusal import Misused
from servicing.core import errors, i18n, output
from servicing.core.output import Format
from servicing.operations import workspace
from servicing.operations.workspace import Workspace
from servicing.terminal.words import word

if TYPE_CHECKING:
    from policies.importing.findings import Wrong
    from policies.importing.importer import BookFile, Outcome
    from policies.importing.kinds import Kind, Said
    from policies.importing.mapping.mapping import Mapping
    from servicing.operations.imports import ImportRequest, ImportResult


@click.group("book", cls=Group)
def book_group() -> None:
    """Import the book of business, make a sample, see a timeline.

    \b
    Example:
      servicing book import book.csv --dry-run
    """


@dataclass(frozen=True)
class ImportOptions:
    """The file of an import, and how it is taken in."""

    file: Path
    map_file: Path | None
    beside: tuple[str, ...]
    premiums: bool
    clients: bool
    agents: bool
    joined: datetime.date | None
    dry_run: bool
    rejects: Path | None
    complete: bool
    whole_book: bool
    yes: bool


@book_group.command("import")
@click.argument("file", type=FILE)
@click.option(
    "--map", "map_file", type=FILE, help="A mapping file: another system's headers and codes."
)
@click.option(
    "--with",
    "beside",
    multiple=True,
    metavar="NAME=FILE",
    help="Another file that the mapping joins to FILE; else it is looked for beside FILE.",
)
@click.option("--premiums", is_flag=True, help="FILE is a premium ledger.")
@click.option("--clients", is_flag=True, help="FILE is of clients alone, whom the book knows.")
@click.option("--agents", is_flag=True, help="FILE is of agents alone.")
@click.option(
    "--joined", type=DAY, help="The day from which these policies are served; default: today."
)
@click.option("--dry-run", is_flag=True, help="Say what would change; write nothing.")
@click.option(
    "--rejects", type=FILE, help="Write refused rows here, to be mended and imported again."
)
@click.option(
    "--complete",
    is_flag=True,
    help="FILE has all policies of its branches (a ledger: all instalments of its policies).",
)
@click.option("--whole-book", is_flag=True, help="FILE has all policies of the book.")
@click.option("--yes", is_flag=True, help="Do not ask, however much FILE leaves out.")
@format_option
@in_workspace
@gathered(ImportOptions)
def book_import(space: Workspace, asked: ImportOptions, form: Format) -> None:
    """Import a book of business: CSV, JSON lines or a workbook.

    New policies are added, and changes go on the clients' cards. A row with a mistake is refused
    alone: then the exit code is 1, and the other rows are imported. With --dry-run the command says
    what the file would change, in the book and in the next 30 days.

    A policy that a complete file leaves out is reported, and paused if the next one leaves it out too;
    an instalment that a complete ledger leaves out is void. More than a tenth is asked about first.

    \b
    Example:
      servicing book import book.csv --dry-run
    """
    from policies.importing import importer
    from servicing.operations.imports import ImportRequest

    request = ImportRequest(
        _book_file(asked),
        joined=asked.joined,
        dry_run=asked.dry_run,
        rejects=asked.rejects,
        looks_ahead=form != "csv",
        drops_much=asked.yes,
    )
    result = _taken_in(space, request, form)
    _complain_of(result, space.locale)
    if asked.dry_run and form == "table":
        tell(space.locale, "dry_run")
        _tell_of_reading(result.outcome, space.locale)
    counts: dict[str, Any] = dict(importer.counts(result.outcome, asked.dry_run))
    if form == "json" and asked.dry_run:  # of a real one the counts alone, as scripts know them
        counts |= _told(result, space.locale)
    output.emit_counts(counts, form, space.locale)
    if result.difference and form == "table":
        from servicing.terminal import projections

        click.echo()
        projections.show_difference(result.difference, space.plan, space.locale)
    if result.outcome.rejected:
        sys.exit(1)


def _tell_of_reading(outcome: "Outcome", locale: str) -> None:
    """Print how a text file was read, and names in it, so that a person sees whether that is right."""
    read, encoding = outcome.recognised, outcome.recognised.encoding.upper()
    if read.delimiter:
        key = "recognised" if read.header_line else "recognised_headless"
        facts = {"delimiter": repr(read.delimiter)[1:-1], "line": str(read.header_line)}
        tell(locale, key, err=False, encoding=encoding, **facts)
    elif encoding:
        tell(locale, "recognised_lines", encoding=encoding)
    if outcome.names:
        tell(locale, "recognised_names", names=i18n.listed(outcome.names, locale))


def _taken_in(space: Workspace, request: "ImportRequest", form: Format) -> "ImportResult":
    """Import the file; where it leaves out so much that somebody must agree, ask and do it again.

    Nothing is locked while somebody thinks. Raises `DropsTooMany` where nobody is there to be asked,
    or says no.
    """
    from servicing.operations import imports

    try:
        with progress(request.file.path.name, form) as on_progress:
            return imports.take_in(space, request, now(), on_progress)
    except errors.DropsTooMany as error:
        question = word(f"drop_{error.kind}", space.locale, **error.notice.facts)
        if not sys.stdin.isatty() or not click.confirm(question, err=True):
            raise
    return _taken_in(space, replace(request, drops_much=True), form)


def _book_file(asked: ImportOptions) -> "BookFile":
    from policies.importing.importer import BookFile
    from policies.importing.mapping.joining import Beside

    kind = _kind(asked)
    if asked.premiums and asked.whole_book:
        raise Misused("ledger_is_no_book")
    if kind in ("clients", "agents") and (asked.complete or asked.whole_book):
        raise Misused("people_are_not_complete")
    complete: Said = "book" if asked.whole_book else asked.complete
    mapping = workspace.mapping_of(asked.map_file)
    beside = Beside(asked.file.parent, _named_files(asked.beside, mapping))
    return BookFile(asked.file, kind, mapping, complete=complete, beside=beside)


def _kind(asked: ImportOptions) -> "Kind":
    """The kind of the file."""
    named: dict[Kind, bool] = {
        "premiums": asked.premiums,
        "clients": asked.clients,
        "agents": asked.agents,
    }
    said = [kind for kind, is_said in named.items() if is_said]
    if len(said) > 1:
        raise Misused("one_kind_of_file", kinds=[f"--{each}" for each in said])
    return said[0] if said else "book"


def _named_files(said: tuple[str, ...], mapping: "Mapping") -> dict[str, Path]:
    """The files that are joined, by their names in the mapping."""
    named = dict(each.partition("=")[::2] for each in said)
    if strange := [name for name in named if name not in mapping.files]:
        raise Misused("no_such_joined_file", name=strange[0], names=list(mapping.files) or ["–"])
    return {name: Path(path) for name, path in named.items()}


def _complain_of(result: "ImportResult", locale: str) -> None:
    """Print the first refused rows, the number of the others, and the warnings."""
    for reject in result.refused:
        for each in reject.notices:
            told = i18n.sentence(each, locale)
            click.echo(refusal.labelled("refused", told, locale), err=True)
    if more := result.outcome.rejected - len(result.refused):
        tell(locale, "more_refused", err=True, count=more)
    warn(result.outcome.warnings, locale)


def _told(result: "ImportResult", locale: str) -> dict[str, Any]:
    """What a program reads beyond the counts, of that what there is."""
    from policies.importing import findings, importer
    from servicing.terminal import projections

    names = {"names": list(result.outcome.names)} if result.outcome.names else {}
    read_as = importer.read_as(result.outcome)
    told = {
        "read_as": read_as and read_as | names,
        "difference": result.difference and projections.as_json(result.difference),
        "warnings": [findings.document(each) for each in result.outcome.warnings],
        "refused": [
            _refused_cell(reject.line, wrong, locale)
            for reject in result.refused
            for wrong in reject.wrong
        ],
    }
    return {name: found for name, found in told.items() if found}


def _refused_cell(line: int, wrong: "Wrong", locale: str) -> dict[str, Any]:
    """A cell of a refused row: its place, its value unless it is personal, what is expected."""
    value = {"value": wrong.shown} if wrong.shown else {}
    expected = i18n.sentence(wrong.reason, locale)
    return {"line": line, "column": wrong.column, **value, "expected": expected}


@book_group.command("look")
@click.argument("file", type=FILE)
@click.option("--premiums", is_flag=True, help="FILE is a premium ledger.")
@click.option("--encoding", default="", help="Of FILE, such as cp1252, if it is not found.")
@click.option("--out", type=FILE, help="Write the draft of a mapping here.")
@format_option
@in_workspace
def book_look(
    space: Workspace, file: Path, premiums: bool, encoding: str, out: Path | None, form: Format
) -> None:
    """Look at another system's file, and draft a mapping.

    The command says how the file is read and what its columns hold, names odd cells, and writes what
    it understood as a mapping. Comments in it are questions. Nothing is imported.

    \b
    Example:
      servicing book look book.csv
    """
    from policies.drafting import draft
    from policies.drafting import look as looks
    from policies.importing.mapping.loading import encoding_named
    from servicing.terminal import look as shown

    known = encoding_named(encoding, file)
    seen = looks.look(file, space.country, "premiums" if premiums else None, known)
    mapping = draft.mapping_text(seen, lambda remark: i18n.sentence(remark, space.locale))
    if out:
        _write_new(out, mapping)
    warn(list(seen.told), space.locale)
    if form != "table":
        shown.emit(seen, mapping, form, space.locale)
        return
    shown.show(seen, space.locale)
    click.echo()
    if out:
        kind = "--premiums " if seen.kind == "premiums" else ""
        tell(space.locale, "draft_written", file=f"{kind}{file}", out=out)
    else:
        click.echo(mapping, nl=False)


def _write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet: a mapping that a person has mended is not overwritten."""
    try:
        whole.new(path)
        with whole.moved(path, path):  # it goes again where it cannot be filled
            path.write_text(text, "utf-8")
    except OSError as error:
        raise errors.UnwritableFile(path, of_system(error)) from None


@book_group.command("sample")
@click.option("--policies", type=click.IntRange(1), required=True, help="How many.")
@click.option("--out", type=FILE, required=True, help="The book file to write.")
@click.option("--premiums", type=FILE, help="The premium ledger to write beside it.")
@click.option("--as-of", type=DAY, help="The day the book is seen from; default: today.")
@click.option("--seed", default=1, show_default=True, help="Another seed, another book.")
@click.pass_obj
def book_sample(
    home: Path,
    policies: int,
    out: Path,
    premiums: Path | None,
    as_of: datetime.date | None,
    seed: int,
) -> None:
    """Make up a book of business.

    It has Chinese names, families and lapses; its phone numbers are reserved for fiction.

    \b
    Example:
      servicing book sample --policies 500 --out book.csv --premiums premiums.csv
    """
    from policies.sample import book as sample

    as_of = as_of or now().astimezone().date()
    with progress(out.name, "table") as on_progress:
        counts = sample.write(
            policies,
            out,
            premiums=premiums,
            as_of=as_of,
            seed=seed,
            progress=lambda done: on_progress(done / policies),
        )
    tell(
        refusal.language(home, os.environ),
        "sample_written",
        err=any(whole.is_stream(each) for each in (out, premiums) if each),
        file=out,
        count=counts.policies,
        clients=counts.clients,
        agents=counts.agents,
    )


@book_group.command("timeline")
@click.argument("policy_no")
@click.option("--from", "start", type=SERVICE_DAY, help="The first day.")
@click.option("--to", "end", type=SERVICE_DAY, help="The last day; default: a year from today.")
@format_option
@in_workspace
def book_timeline(
    space: Workspace,
    policy_no: str,
    start: datetime.date | None,
    end: datetime.date | None,
    form: Format,
) -> None:
    """Show the touchpoints of a policy: what became of the past ones, and those to come.

    \b
    Example:
      servicing book timeline P0000000001
    """
    today = space.today(now())
    lines = policy_timeline.policy_timeline(
        space.plan, space.calendar, policy_no, (start, end), today, space.composer.grace
    )
    if form == "table":
        from servicing.terminal.day import timeline_rows

        rows = timeline_rows(lines, space.plan, space.locale)
        grace = ["grace_until"] if any(line.grace_until for line in lines) else []
        columns = ["due_on", "title", "state", "reason", *grace, "carried_by"]
        output.emit_table(rows, columns, space.locale)
    else:
        output.emit(lines, TimelineLine, [], form, space.locale)
