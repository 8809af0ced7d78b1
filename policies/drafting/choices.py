"""What a person chooses of a mapping, column by column: preset by the draft, written as its TOML."""

import itertools
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import tomli_w

from policies import records
from policies.drafting import draft
from policies.drafting.forms import DATE_FORMATS, NUMBER_STYLES
from policies.drafting.look import Look, LookedColumn
from policies.importing.kinds import CELLS, Kind
from policies.notices import Notice

Tables = dict[str, Any]
"""A mapping as TOML has it: nothing of it is checked yet."""

AS_SAID = "="
"""In place of a header: the column is made as the draft says, of several columns or of a part of one."""

UNSAID = "?"
"""Nobody has said it yet, and nothing is guessed."""

_ASKS = {
    "draft_days": "date_formats",
    "draft_numbers": "numbers",
    "draft_premium": "premium_per",
}
"""By remark of a draft the key that a person has to say."""


class Drafted(msgspec.Struct, frozen=True):
    """A draft, and what it leaves to a person."""

    tables: Tables
    asked: tuple[str, ...]
    """The keys that a person has to say."""


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """What a person has chosen."""

    columns: Mapping[str, str]
    """Canonical column = that system's header, or `AS_SAID`; empty: it is not in the file."""
    constants: Mapping[str, str] = {}
    """Canonical column = one value for every row."""
    dates: Sequence[str] = ()
    """`UNSAID`: not yet chosen; likewise below."""
    numbers: str = ""
    premium_per: str = ""
    end_only_when_ended: bool = False
    codes: Mapping[str, Mapping[str, str]] = {}


def drafted(look: Look) -> Drafted:
    """The draft of a mapping, without what can be read in several ways."""
    remarks: list[Notice] = []

    def in_words(remark: Notice) -> str:
        remarks.append(remark)
        return remark.code

    tables = tomllib.loads(draft.mapping_text(look, in_words))
    asked = tuple(dict.fromkeys(_ASKS[each.code] for each in remarks if each.code in _ASKS))
    return Drafted({key: said for key, said in tables.items() if key not in asked}, asked)


def as_text(tables: Tables) -> str:
    """A mapping as the text of its file; what says nothing is left out."""
    return tomli_w.dumps({key: said for key, said in tables.items() if said not in ("", [], {})})


def told(tables: Tables, asked: Iterable[str]) -> Choices:
    """The choices that a mapping stands for; of what is asked and not said nothing is chosen."""
    unsaid = {key for key in asked if key not in tables}
    dates = [UNSAID] if "date_formats" in unsaid else tables.get("date_formats", [])
    return Choices(
        columns={
            name: said if isinstance(said, str) else AS_SAID
            for name, said in tables.get("columns", {}).items()
        },
        constants={name: str(said) for name, said in tables.get("constants", {}).items()},
        dates=dates,
        numbers=UNSAID if "numbers" in unsaid else tables.get("numbers", ""),
        premium_per=UNSAID if "premium_per" in unsaid else tables.get("premium_per", ""),
        end_only_when_ended=tables.get("end_only_when_ended", False),
        codes=tables.get("codes", {}),
    )


def chosen(before: Tables, look: Look, choices: Choices) -> Tables:
    """A mapping with these choices; what nobody is asked stays as it is `before`."""
    made = {
        name: before.get("columns", {}).get(name) if header == AS_SAID else header
        for name, header in choices.columns.items()
    }
    columns = {name: said for name, said in made.items() if said}
    said = {
        **before,
        "date_formats": [] if UNSAID in choices.dates else list(choices.dates),
        "numbers": "" if choices.numbers == UNSAID else choices.numbers,
        "premium_per": "" if choices.premium_per == UNSAID else choices.premium_per,
        "end_only_when_ended": choices.end_only_when_ended or "",
        "own_headers": "" if _is_all_said(look, columns) else False,
        "columns": columns,
        "constants": {
            name: value for name, value in choices.constants.items() if name not in columns
        },
        "codes": _codes({**choices.codes, **coded(look, choices)}, columns),
    }
    return {key: value for key, value in said.items() if value not in ("", [], {})}


def _is_all_said(look: Look, columns: Tables) -> bool:
    """Whether every header in our own words is one that was chosen: otherwise they do not count."""
    known = records.columns(CELLS[look.kind])
    return all(name in columns for each in look.columns if (name := each.header.lower()) in known)


def _codes(codes: Mapping[str, Mapping[str, str]], columns: Tables) -> Tables:
    """The codes of the columns that there are; one that is the same word needs no line."""
    said = {
        name: {theirs: ours for theirs, ours in table.items() if theirs != ours}
        for name, table in codes.items()
        if name in columns
    }
    return {name: table for name, table in said.items() if table}


def coded(look: Look, choices: Choices) -> dict[str, dict[str, str]]:
    """By column with codes: the cells of the column chosen for it, each with our code or `UNSAID`."""
    headers = {each.header: each for each in look.columns}
    return {
        name: _meanings(name, headers[header], choices.codes.get(name, {}))
        for name, header in choices.columns.items()
        if name in draft.CODED and header in headers and headers[header].codes
    }


def _meanings(name: str, column: LookedColumn, said: Mapping[str, str]) -> dict[str, str]:
    return {cell: said.get(cell, draft.meant(name, cell)) for cell in column.codes}


def unsaid(look: Look, choices: Choices) -> list[str]:
    """The keys and the columns with codes of which nothing is chosen yet."""
    keys = {
        "date_formats": UNSAID in choices.dates,
        "numbers": choices.numbers == UNSAID,
        "premium_per": choices.premium_per == UNSAID,
    }
    open_keys = [key for key, is_unsaid in keys.items() if is_unsaid]
    return open_keys + unsaid_codes(look, choices)


def unsaid_codes(look: Look, choices: Choices) -> list[str]:
    """The columns of whose codes one is still without a meaning."""
    return [name for name, table in coded(look, choices).items() if UNSAID in table.values()]


def date_formats(look: Look) -> list[tuple[str, ...]]:
    """How days may be written: what the file's columns agree on first; several may be meant at once."""
    seen = [each.forms for each in look.columns if each.kind == "date" and each.forms]
    clear = tuple(dict.fromkeys(forms[0] for forms in seen if len(forms) == 1))
    single = dict.fromkeys([*itertools.chain(*seen), *DATE_FORMATS])
    several = [clear] if len(clear) > 1 else []
    return [*several, *((form,) for form in single)]


def number_styles(look: Look) -> list[str]:
    """How amounts may be written: as the file's columns are at first."""
    seen = itertools.chain(*(each.forms for each in look.columns if each.kind == "amount"))
    return list(dict.fromkeys([*seen, *NUMBER_STYLES]))


def kind_columns(kind: Kind) -> tuple[str, ...]:
    """The canonical columns of a kind of file, the needed ones first."""
    return records.columns(CELLS[kind])
