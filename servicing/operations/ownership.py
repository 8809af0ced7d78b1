"""The work of the database's owner: who migrates, closes years and restores, and what is granted then.

On PostgreSQL two roles may share a book. The application's works (`database`), the owner's alone
changes tables (`owner_database`). Where there is one role, it is the owner, and all goes on as it does
on SQLite.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from policies import database, roles
from policies.notices import notice
from servicing.core import append_only, errors
from servicing.core.models import ALL_MIGRATIONS
from servicing.core.settings import General
from servicing.operations import job_queue


@contextlib.contextmanager
def as_owner(general: General, home: Path, refusal: str = "owner_needed") -> Iterator[str]:
    """In here the book is connected as its owner, at the address that this answers with.

    Whoever was granted the use of it may use what was made in here, too. Raises `UnusableDatabase`
    (`refusal`) where no owner is at hand, or the owner's address leads to another database.
    """
    if not database.is_connected():
        database.connect(general.database, home)
    if database.is_sqlite():
        yield general.database
        return
    worker = roles.current()
    here = roles.whereabouts()
    if general.owner_database:
        database.connect(general.owner_database, home)
    try:
        if roles.whereabouts() != here:
            raise errors.UnusableDatabase("owner_elsewhere")
        if not roles.may_alter():
            raise errors.UnusableDatabase(refusal, role=roles.current())
        yield general.owner_database or general.database
        _grant_anew(worker)
    finally:
        if general.owner_database:
            database.connect(general.database, home)


def _grant_anew(worker: str) -> None:
    """Who had the use of what there was has that of what there is."""
    for role in {worker, *roles.granted()} - {roles.current()}:
        roles.grant(role, append_only.RULES)


def bring_up_to_date(general: General, home: Path, refusal: str = "owner_needed") -> list[str]:
    """Apply the migrations that are missing; answers with their names.

    Where the application has a role of its own, its workers find the tables of their jobs, too: they
    cannot make them.
    """
    with as_owner(general, home, refusal):
        names = database.migrate(ALL_MIGRATIONS)
        if not database.is_sqlite() and (general.owner_database or roles.granted()):
            names += job_queue.prepare()
        return names


def prepare_jobs(general: General, home: Path) -> None:
    """See to the tables of the workers; raises `UnusableDatabase` where only the owner could.

    What takes something away can wait for the owner; it is not needed.
    """
    if roles.may_alter():
        job_queue.prepare()
    elif job_queue.lacks_something():
        with as_owner(general, home, "older_jobs"):
            job_queue.prepare()


def grant(role: str, general: General, home: Path) -> None:
    """Let a role work with the book, and do nothing else; the book is brought up to date before.

    Raises `BadSetting` for SQLite, `UnusableDatabase` where no owner is at hand, and `BadArgument` for
    a role that is not there, or may do more than it should however little it is granted.
    """
    if database.file_of(general.database, home):
        raise errors.BadSetting("servicing.database", notice("roles_need_postgresql"))
    with as_owner(general, home):
        database.migrate(ALL_MIGRATIONS)
        job_queue.prepare()
        _grant(role)


def _grant(role: str) -> None:
    if not roles.exists(role):
        raise errors.BadArgument("no_such_role", role=role)
    with database.writing():  # a role that is refused has been granted nothing
        too_much = roles.excess(role, roles.NO_RULES)
        if not too_much:
            roles.grant(role, append_only.RULES)
            too_much = roles.excess(role, append_only.RULES)
        if too_much:
            raise errors.BadArgument("role_may_too_much", role=role, what=too_much)


def unguarded() -> str:
    """The role in which we work, where it could alter what is append-only; else nothing."""
    if database.is_sqlite():
        return ""
    role = roles.current()
    return role if roles.excess(role, append_only.RULES) else ""
