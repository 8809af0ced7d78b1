"""Other files of the same export: their rows, by what stands in one of their columns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from policies import errors
from policies.importing.files import files
from policies.importing.files.tables import Lookup, Reading, only_once
from policies.importing.inert import revived
from policies.importing.mapping.mapping import Joined
from policies.notices import notice

MOST_ROWS = 2_000_000
"""They are held in memory."""


@dataclass(frozen=True)
class Beside:
    """Where the other files of an export are."""

    folder: Path | None = None
    """Where their names are looked for; None: nowhere."""
    given: Mapping[str, Path] = field(default_factory=dict)
    """Those that somebody has named, by the name in the mapping."""

    def path(self, name: str, pattern: str) -> Path:
        """The file that a mapping means; raises `UnreadableFile` where it is not one."""
        if name in self.given:
            return self.given[name]
        if self.folder is None:
            raise errors.UnreadableFile(pattern, notice("joined_not_given", name=name))
        found = sorted(self.folder.glob(pattern))
        if not found:
            raise errors.UnreadableFile(self.folder / pattern, notice("joined_missing", name=name))
        if len(found) > 1:
            names = [each.name for each in found]
            why = notice("joined_several", name=name, files=names[:3], count=len(names))
            raise errors.UnreadableFile(self.folder / pattern, why)
        return found[0]


def lookup(joined: Joined, path: Path, main: Reading) -> Lookup:
    """The rows of a file; raises what `files.opened` raises, and `MissingColumns`.

    `main`: what is known of the file that it is joined to, written by the same people.
    """
    used = {each.partition(".")[2] for each in main.known} | {joined.key}
    known = Reading(
        country=main.country, encoding=main.encoding, known=frozenset([joined.key]) | main.known
    )
    rows: dict[str, list[str]] = {}
    twice: set[str] = set()
    with files.opened(path, known) as table:
        only_once(path, table.header, used.__contains__)
        if joined.key not in table.header:
            raise errors.MissingColumns(path, [joined.key], table.header)
        place, width = table.header.index(joined.key), len(table.header)
        for row in table.rows:
            if len(row.cells) != width:
                why = notice("wrong_width", expected=width, found=len(row.cells))
                raise errors.UnreadableFile(path, notice("line", line=row.line, why=why))
            key = revived(row.cells[place].strip())
            if rows.setdefault(key, row.cells) != row.cells:
                twice.add(key)
            if len(rows) > MOST_ROWS:
                raise errors.UnreadableFile(path, notice("joined_too_long", most=MOST_ROWS))
        return Lookup(joined.on, table.header, rows, frozenset(twice), path.name, table.warnings())
