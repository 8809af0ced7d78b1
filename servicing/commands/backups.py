"""servicing backup and restore: a copy of the book, and the book made of a copy."""

import datetime
from pathlib import Path

import click

from servicing.commands.options import FILE, MOMENT, clock, in_workspace, now, tell
from servicing.operations import backups
from servicing.operations.workspace import Workspace


@click.command("backup")
@click.argument("file", type=FILE)
@in_workspace
def backup_command(space: Workspace, file: Path) -> None:
    """Write a copy of the database to a new file.

    Others go on working meanwhile. The settings, plans and texts of the workspace are files: keep
    them with the copy. keys.toml is a file, too: keep it elsewhere.

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
@in_workspace
def restore_command(
    space: Workspace, file: Path, lost_at: datetime.datetime | None, no_later_book: bool
) -> None:
    """Restore a backup into a new workspace.

    The days since the backup are walked. A message that may have been sent since then is not sent
    again until its provider was asked, or a person has settled it. So is what later imports bring
    for these days. Import the book again: the old one may have known other numbers of clients.

    Links in mails that were sent go on working if the lost workspace's keys.toml is put here before.

    \b
    Example:
      servicing restore servicing-2026-06-01.backup
    """
    lost = lost_at and clock(lost_at, space)()
    done = backups.restore(space, file, now(), lost, is_latest_book=no_later_book)
    copied_at = f"{done.copied_at:%Y-%m-%dT%H:%MZ}"
    tell(space.locale, "restored", count=done.policies, copied_at=copied_at)
    tell(space.locale, "in_doubt", count=done.in_doubt)
    tell(space.locale, "not_in_backup")
    tell(space.locale, "restored_logins")
