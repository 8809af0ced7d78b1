"""Statements that are asked over and over: their words are put together once, and not each time.

To put together the words of a statement with many columns takes longer than to have its rows.
"""

from typing import Any

import peewee

from policies import database


class Given:
    """Stands in a statement where a value is given each time it is asked."""

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def value(self) -> peewee.Value:
        """To be compared with a column; what is given later has to be as the column stores it."""
        return peewee.Value(self, False)


class Prepared(peewee.ModelSelect):
    """A select of models that `of` answers with its values filled in."""

    _words: peewee.SQL | None = None

    def __init__(self, *of: Any, **how: Any) -> None:
        super().__init__(*of, **how)
        self._written: dict[type, tuple[str, list[Any]]] = {}

    def __sql__(self, ctx: Any) -> Any:
        if self._words is not None:
            return ctx.sql(self._words)
        return super().__sql__(ctx)  # type: ignore[no-untyped-call]

    def given(self, **values: Any) -> "Prepared":
        """The statement with these values, to be run once."""
        kind = type(database.database.obj)
        if kind not in self._written:  # the kinds of databases do not write alike
            self._written[kind] = self.sql()
        words, holes = self._written[kind]
        asked: Prepared = self.clone()
        asked._words = peewee.SQL(
            words, [values[each.name] if isinstance(each, Given) else each for each in holes]
        )
        return asked
