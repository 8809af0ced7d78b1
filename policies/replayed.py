"""Migrations applied to an empty database once more, in an order that somebody has named."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import peewee

from policies import database, errors


def apply(model: Any, history: Sequence[str], migrations: Sequence[Path]) -> None:
    """Make what these migrations make; `model` is connected to where there is nothing yet.

    Raises `UnusableDatabase` for an order in which they cannot be applied.
    """
    from playhouse.migrate import SchemaMigrator
    from playhouse.migrations import Migration, Runner

    Runner(model, migrations[0], table_name=database.HISTORY).History.create_table()
    paths = {path.stem: path for path in scripts(migrations)}
    migrator = SchemaMigrator.from_database(model)
    for name in history:
        try:
            Migration(0, name, str(paths[name]), None).load().up(migrator, model)
        except peewee.DatabaseError:
            raise errors.UnusableDatabase("history_not_ours", migration=name) from None


def check_names(names: Sequence[str], migrations: Sequence[Path]) -> None:
    """Raises `NewerDatabase` for a migration that this version does not know."""
    known = {path.stem for path in scripts(migrations)}
    if unknown := sorted(set(names) - known):
        raise errors.NewerDatabase([errors.shorten(each) for each in unknown])


def scripts(migrations: Sequence[Path]) -> Iterator[Path]:
    """The files of all migrations."""
    for folder in migrations:
        yield from folder.glob("[0-9]*.py")
