"""servicing database: what the owner of its tables does."""

import click

from servicing.commands.index import Group
from servicing.commands.options import now, of_the_owner, tell
from servicing.core import audit_log
from servicing.operations import ownership
from servicing.operations.workspace import Workspace


@click.group("database", cls=Group)
def database_group() -> None:
    """Migrate the database, and grant a role its use, as its owner.

    On PostgreSQL the program may work with a role that cannot alter what is append-only. The owner's
    address is SERVICING_SERVICING_OWNER_DATABASE; without it that of the workspace is the owner's.

    \b
    Example:
      servicing database migrate
    """


@database_group.command("migrate")
@of_the_owner
def database_migrate(space: Workspace) -> None:
    """Bring the tables up to date, those of the workers included.

    Every role that was granted the use of the database may use what is new.

    \b
    Example:
      servicing database migrate
    """
    names = ownership.bring_up_to_date(space.settings.servicing, space.home)
    if names:
        audit_log.record("database.migrated", now(), steps=len(names))
    tell(space.locale, "migrated", count=len(names))


@database_group.command("grant")
@click.argument("role")
@of_the_owner
def database_grant(space: Workspace, role: str) -> None:
    """Let a role of PostgreSQL work with the book, and do nothing else.

    It reads and writes rows. To what is append-only it adds lines, and it cannot change, remove or
    unguard them. It owns nothing and makes nothing. The role has to be there: createuser servicing.

    \b
    Example:
      servicing database grant servicing
    """
    ownership.grant(role, space.settings.servicing, space.home)
    audit_log.record("database.granted", now(), role=role)
    tell(space.locale, "granted", role=role)
