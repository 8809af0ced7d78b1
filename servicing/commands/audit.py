"""servicing audit and evidence: what nobody can change afterwards without being found."""

import datetime
import difflib
import itertools
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from policies import file_names, whole
from policies.notices import Invalid
from servicing.commands.index import Group
from servicing.commands.options import (
    DAY,
    FILE,
    Parsed,
    complain,
    format_option,
    in_workspace,
    now,
    tell,
)
from servicing.core import audit_listing, audit_log, output, seals, unusual
from servicing.core.audit_listing import AuditLine, Wanted
from servicing.core.output import Format
from servicing.core.seals import Finding
from servicing.core.unusual import UnusualDay
from servicing.operations.workspace import Workspace


def _kind(text: str) -> str:
    """A kind of the log; what is none is refused with those that are near it, or all."""
    if text in audit_log.KINDS:
        return text
    known: list[str] = list(audit_log.KINDS)
    near = [each for each in known if text and text in each]
    near = near or difflib.get_close_matches(text, known)
    raise Invalid("not_a_kind_of_the_log", kind=text, kinds=near or known)


@click.group("audit", cls=Group)
def audit_group() -> None:
    """Seal the trails of service and the audit log, verify the seals, and read the log.

    \b
    Example:
      servicing audit verify
    """


@audit_group.command("seal")
@in_workspace
def audit_seal(space: Workspace) -> None:
    """Seal every line of the cards and of the audit log that is an hour old or older.

    `servicing run` and `servicing worker` do so every hour. Keep the last digests outside the database:
    whoever can change the whole database can also seal it again.

    \b
    Example:
      servicing audit seal
    """
    moment = now()
    count, of_log = seals.seal(moment), seals.seal(moment, seals.LOG)
    tell(space.locale, "sealed", count=count)
    click.echo(seals.verify().digest)
    tell(space.locale, "sealed_log", count=of_log)
    click.echo(seals.verify(seals.LOG).digest)


@audit_group.command("verify")
@format_option
@in_workspace
def audit_verify(space: Workspace, form: Format) -> None:
    """Check every seal, and name each line of a card or of the log that was changed after it was sealed.

    The exit code is 1 if there is one.

    \b
    Example:
      servicing audit verify
    """
    audit, log = seals.verify(), seals.verify(seals.LOG)
    findings = [*audit.findings, *log.findings]
    if form == "json":
        output.emit_json({**output.plain(audit), "log": output.plain(log)})
    elif form == "csv":
        output.emit_csv(findings, Finding)
    else:
        tell(space.locale, "verified", count=audit.lines, unsealed=audit.unsealed)
        click.echo(audit.digest)
        tell(space.locale, "verified_log", count=log.lines, unsealed=log.unsealed)
        click.echo(log.digest)
    if findings:
        _complain_of(findings, space.locale)
    sys.exit(bool(findings))


@audit_group.command("log")
@click.option("--from", "first", type=DAY, help="The first day.")
@click.option("--to", "last", type=DAY, help="The last day.")
@click.option("--login", "who", default="", help="Of this login, os:NAME, or service.")
@click.option(
    "--kind",
    type=Parsed("kind", _kind),
    metavar="KIND",
    help="Of this kind, as the list shows it in JSON.",
)
@click.option("--limit", type=click.IntRange(1), help="At most so many.")
@format_option
@in_workspace
def audit_log_command(
    space: Workspace,
    first: datetime.date | None,
    last: datetime.date | None,
    who: str,
    kind: str | None,
    limit: int | None,
    form: Format,
) -> None:
    """List who has used which power, the latest first.

    Sign-ins and refusals, accounts, lists and exports seen, imports, edited files, halts, keys, backups,
    by page, by command and by the service itself.

    \b
    Example:
      servicing audit log --from 2026-06-01 --kind session.begun
    """
    since = audit_listing.day(first, space.zone)[0] if first else None
    until = audit_listing.day(last, space.zone)[1] if last else None
    wanted = Wanted(since, until, audit_listing.who_is(who), kind or "")
    lines = audit_listing.lines(wanted, limit)
    if form != "table":
        output.emit(lines, AuditLine, [], form, space.locale)
    elif (first_line := next(lines, None)) is not None:
        columns = ["at", "who", "told", "came_from"]
        found = itertools.chain([first_line], lines)
        output.emit_table(_log_rows(found, space), columns, space.locale)
    else:
        tell(space.locale, "no_audit_lines")


def _log_rows(lines: Iterator[AuditLine], space: Workspace) -> Iterator[dict[str, str]]:
    from servicing.desk import audit_wording
    from servicing.terminal.words import moment

    locale = space.locale
    for each in lines:
        told = [audit_wording.kind(each.kind, locale), each.client_no]
        told += audit_wording.facts(each.facts, locale)
        yield {
            "at": moment(each.at, space.zone),
            "who": audit_wording.actor(each.who, locale),
            "told": " · ".join(filter(None, told)),
            "came_from": each.source or audit_wording.kind(each.way, locale),
        }


@audit_group.command("unusual")
@click.option("--on", type=DAY, help="Only this day; default: the last two weeks.")
@format_option
@in_workspace
def audit_unusual(space: Workspace, on: datetime.date | None, form: Format) -> None:
    """List the days on which somebody did what is unusual, by the rules of [audit].

    Many clients seen, a large file taken out, passwords refused, a sign-in at night, a new device of an
    administrator. A rule accuses nobody: it says where to look.

    \b
    Example:
      servicing audit unusual
    """
    last = on or space.today(now())
    first = on or last - datetime.timedelta(days=unusual.SHOWN_DAYS - 1)
    found = unusual.days(first, last, space.settings.audit, space.zone)
    if form != "table":
        output.emit(found, UnusualDay, [], form, space.locale)
    elif found:
        output.emit_table(_unusual_rows(found, space.locale), ["on", "told"], space.locale)
    else:
        tell(space.locale, "no_unusual_days")


def _unusual_rows(found: Sequence[UnusualDay], locale: str) -> Iterator[dict[str, object]]:
    from servicing.desk import audit_wording

    for each in found:
        yield {"on": each.on, "told": audit_wording.unusual(each, locale)}


def _complain_of(findings: Sequence[Finding], locale: str) -> None:
    from servicing.terminal.why import fault  # with all that a card is told by, which takes a while

    for each in findings:
        complain(fault(each, locale), locale)


@click.command("evidence")
@click.argument("client_no")
@click.option("--out", type=FILE, help="The file; default: evidence-CLIENT_NO.zip.")
@click.option(
    "--internal", is_flag=True, help="With other people's names, for those who may know them."
)
@in_workspace
def evidence_command(space: Workspace, client_no: str, out: Path | None, internal: bool) -> None:
    """Pack all that is known of one client into a zip.

    It is the answer to a client who asks: the card, the messages as sent, consents, reasons, who looked
    at the card, a manifest, and what all this is, in each language. Other people are left out, and
    those of the company stand in it by their roles. Read the notes over before you hand it on.

    \b
    Example:
      servicing evidence C000001
    """
    from servicing.explain import evidence
    from servicing.rights import access

    file, moment = out or Path(f"evidence-{file_names.of(client_no)}.zip"), now()
    if internal:
        today = space.today(moment)
        pack = evidence.pack(space.walker(), client_no, space.locale, today, moment, space.clocks)
    else:
        company = space.settings.servicing.company
        request = access.Request(company, space.locale, space.zone, moment, space.clocks)
        pack = access.pack(space.walker(), client_no, request)
    evidence.write(pack, file)
    is_stream = whole.is_stream(file)
    tell(space.locale, "packed", err=is_stream, file=file, count=len(pack))
    if others := access.other_numbers(client_no):
        tell(space.locale, "packed_of_one_number", err=is_stream, numbers=", ".join(others))
