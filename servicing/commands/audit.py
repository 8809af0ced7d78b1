"""servicing audit and evidence: what nobody can change afterwards without being found."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from policies import file_names, whole
from servicing.commands.index import Group
from servicing.commands.options import FILE, complain, format_option, in_workspace, now, tell
from servicing.core import output, seals
from servicing.core.output import Format
from servicing.core.seals import Finding
from servicing.operations.workspace import Workspace


@click.group("audit", cls=Group)
def audit_group() -> None:
    """Seal the clients' trails of service, and verify the seals.

    \b
    Example:
      servicing audit verify
    """


@audit_group.command("seal")
@in_workspace
def audit_seal(space: Workspace) -> None:
    """Seal every line of the cards that is an hour old or older.

    `servicing run` and `servicing worker` do so every hour. Keep the last digest outside the database:
    whoever can change the whole database can also seal it again.

    \b
    Example:
      servicing audit seal
    """
    count = seals.seal(now())
    audit = seals.verify()
    tell(space.locale, "sealed", count=count)
    click.echo(audit.digest)


@audit_group.command("verify")
@format_option
@in_workspace
def audit_verify(space: Workspace, form: Format) -> None:
    """Check every seal, and name each line of a card that was changed after it was sealed.

    The exit code is 1 if there is one.

    \b
    Example:
      servicing audit verify
    """
    audit = seals.verify()
    if form == "json":
        output.emit_json(audit)
    elif form == "csv":
        output.emit_csv(audit.findings, Finding)
    else:
        tell(space.locale, "verified", count=audit.lines, unsealed=audit.unsealed)
        click.echo(audit.digest)
    if audit.findings:
        _complain_of(audit.findings, space.locale)
    sys.exit(bool(audit.findings))


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
        pack = evidence.pack(space.walker(), client_no, space.locale, today, moment)
    else:
        company = space.settings.servicing.company
        request = access.Request(company, space.locale, space.zone, moment)
        pack = access.pack(space.walker(), client_no, request)
    evidence.write(pack, file)
    is_stream = whole.is_stream(file)
    tell(space.locale, "packed", err=is_stream, file=file, count=len(pack))
    if others := access.other_numbers(client_no):
        tell(space.locale, "packed_of_one_number", err=is_stream, numbers=", ".join(others))
