"""servicing audit and evidence: what nobody can change afterwards without being found."""

import sys
from pathlib import Path

import click

from cli.door import FILE, format_option, in_workspace, now
from servicing.core import output, seals
from servicing.core.output import Format
from servicing.core.seals import Finding
from servicing.explain import evidence
from servicing.operations.workspace import Workspace
from servicing.terminal import pages


@click.group("audit")
def audit_group() -> None:
    """The seals over the clients' trails of service."""


@audit_group.command("seal")
@in_workspace
def audit_seal(space: Workspace) -> None:
    """Seal what stands on the cards for an hour and more; `run` and `worker` do so every hour.

    Keep the last digest outside of the database: who could change all of it could seal it anew.

    \b
    Example:
      servicing audit seal
    """
    count = seals.seal(now())
    audit = seals.verify()
    click.echo(pages.word("sealed", space.locale, count=f"{count:,}"))
    click.echo(audit.digest)


@audit_group.command("verify")
@format_option
@in_workspace
def audit_verify(space: Workspace, form: Format) -> None:
    """Look through all seals; ends with 1 if a line of a card is not as it was sealed.

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
        told = {"lines": f"{audit.lines:,}", "unsealed": f"{audit.unsealed:,}"}
        click.echo(pages.word("verified", space.locale, **told))
        click.echo(audit.digest)
    for each in audit.findings:
        click.echo(f"Error: {pages.fault(each, space.locale)}", err=True)
    sys.exit(bool(audit.findings))


@click.command("evidence")
@click.argument("client_no")
@click.option("--out", type=FILE, help="The file; default: evidence-CLIENT_NO.zip.")
@in_workspace
def evidence_command(space: Workspace, client_no: str, out: Path | None) -> None:
    """Everything about one client as a zip: card, messages as sent, consents, reasons, a manifest.

    \b
    Example:
      servicing evidence C000001
    """
    file = out or Path(f"evidence-{client_no}.zip")
    pack = evidence.pack(space.walker(), client_no, space.locale, space.today(now()), now())
    evidence.write(pack, file)
    click.echo(pages.word("packed", space.locale, file=file, count=len(pack)))
