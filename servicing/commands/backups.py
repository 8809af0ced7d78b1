"""servicing backup and restore: a copy of the book, and the book made of a copy."""

import dataclasses
import datetime
from pathlib import Path

import click

from policies import backup
from policies.backup import Received
from servicing.commands.agreement import said_yes, yes_option
from servicing.commands.options import FILE, MOMENT, clock, in_workspace, now, tell, to_be_restored
from servicing.core import errors
from servicing.operations import backups
from servicing.operations.workspace import Workspace
from servicing.terminal.words import word


@click.command("backup")
@click.argument("file", type=FILE)
@in_workspace
def backup_command(space: Workspace, file: Path) -> None:
    """Write a copy of the database to a new file.

    Others go on working meanwhile. The copy is signed with a key of the workspace. The settings,
    plans, clocks and texts of the workspace are files: keep them with the copy. keys.toml is a file, too:
    keep it elsewhere.

    \b
    Example:
      servicing backup servicing-2026-06-01.backup
    """
    backups.save(space, file)
    tell(space.locale, "backed_up", file=file, count=file.stat().st_size)


@click.command("restore")
@click.argument("file", type=FILE)
@click.option(
    "--lost-at", type=MOMENT, help="When the old book sent its last; default: it could until now."
)
@click.option(
    "--no-later-book", is_flag=True, help="The old book imported none after the backup was made."
)
@yes_option
@to_be_restored
def restore_command(
    space: Workspace,
    file: Path,
    lost_at: datetime.datetime | None,
    no_later_book: bool,
    yes: bool,
) -> None:
    """Restore a backup into a new workspace.

    The backup is looked through first: it is refused if anything in it is not as this program makes
    it, or if it does not fit its signature. Where it is signed by another workspace, or not at all,
    you are asked.

    The days since the backup are walked. A message that may have been sent since then is not sent
    again until its provider was asked, or a person has settled it. So is what later imports bring
    for these days. Import the book again: the old one may have known other numbers of clients.

    Links in mails that were sent go on working if the lost workspace's keys.toml is put here before.

    \b
    Example:
      servicing restore servicing-2026-06-01.backup --yes
    """
    lost = lost_at and clock(lost_at, space)()

    def agree(copy: Received) -> None:
        _show(copy, space)
        is_agreed = yes or copy.voucher == "ours"
        if not is_agreed and not said_yes(word("restore_agree", space.locale)):
            is_signed = copy.voucher == "others"
            raise errors.BadArgument(
                "restore_not_agreed_others" if is_signed else "restore_not_agreed_nobody"
            )

    done = backups.restore(space, file, now(), lost, no_later_book, agree)
    copied_at = f"{done.copied_at:%Y-%m-%dT%H:%MZ}"
    tell(space.locale, "restored", count=done.policies, copied_at=copied_at)
    tell(space.locale, "in_doubt", count=done.in_doubt)
    tell(space.locale, "not_in_backup")
    tell(space.locale, "restored_logins")


def _show(copy: Received, space: Workspace) -> None:
    """What is about to become the book, and who vouches for it."""
    said, locale = copy.content, space.locale
    last = f"{said.last_at:%Y-%m-%dT%H:%MZ}" if said.last_at else "–"
    where = backup.place_of(space.settings.servicing.database, space.home)
    tell(locale, "restore_into", where=where)
    facts = dataclasses.asdict(said)
    tell(locale, "restore_content", last=last, migration=said.migration, **facts)
    tell(locale, f"restore_vouched_{copy.voucher}")
    tell(locale, "restore_since", count=said.waiting)
