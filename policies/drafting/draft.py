"""A draft of a mapping: what a file leaves no doubt of, and comments where a person has to choose."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence

from policies import controls
from policies.drafting import known
from policies.drafting.look import Look, LookedColumn
from policies.importing.cells.cells import PAYMENT_MODES, STATUSES
from policies.importing.kinds import needed
from policies.notices import Notice, notice

Line = str | Notice
"""A line of a mapping, or a remark."""

_DECIMAL_SIGN = -3
"""Where it stands in the example of a style."""

UNKNOWN = "?"
"""Stands for a code that a person has to name: no import takes it."""

MOST_END = 0.9
"""An end that more than so many policies have is not the day on which they ended."""

PLAIN, GROUPED, DOTTED = "1234.56", "1,234.56", "1.234,56"
"""Styles of amounts: the first is always read, the second unless all could be the third: 2.500."""

TERM = r"^(\d+)[^\d岁]*$|^()\D*$"
"""Takes the years of a term; words say none (`终身`), and an age (`至60岁`, `to 65`) is refused."""

CODED = {
    "status": STATUSES,
    "payment_mode": frozenset(PAYMENT_MODES),
    "gender": frozenset(["M", "F"]),
    "marketing_consent": frozenset(["yes", "no"]),
    "channel": frozenset(["sms", "email", "none"]),
    "source": frozenset(["company", "agent", "referral", "other", "unknown"]),
}
"""Our codes of the columns that have some."""

InWords = Callable[[Notice], str]
"""Puts a remark into words."""


def mapping_text(look: Look, in_words: InWords) -> str:
    """The text of a mapping file, with what a person has to choose as comments."""
    parts = _parts(look)
    lines = ("\n".join(_worded(each, in_words) for each in part) for part in parts if part)
    return "\n\n".join(lines) + "\n"


def _worded(line: str | Notice, in_words: InWords) -> str:
    if not isinstance(line, Notice):
        return line
    words = " ".join(in_words(line).splitlines())
    return f"# {controls.inert(words)}"


def _parts(look: Look) -> list[list[Line]]:
    """What is said of the file, of its columns, and of the codes in some of them."""
    used = {each.ours: each for each in look.columns if each.ours}
    premium, end = _premium(look, used), _end(look, used)
    chosen = {
        **used,
        **({"annual_premium": premium} if premium else {}),
        **({"ended_on": end} if end else {}),
    }
    return [
        [*_file_wide(look, list(chosen.values())), *_premium_per(premium), *_ends(look, chosen)],
        ["[columns]", *_columns(look, chosen), *_unused(look, list(_columns(look, chosen)))],
        *(_codes(name, each) for name, each in chosen.items() if name in CODED),
    ]


def _end(look: Look, used: dict[str, LookedColumn]) -> LookedColumn | None:
    """The column of a day on which policies end if nothing happens before."""
    if look.kind != "book" or "ended_on" in used:
        return None
    return next((each for each in look.called(known.unclear_ends()) if not each.ours), None)


def _ends(look: Look, chosen: dict[str, LookedColumn]) -> Iterator[str]:
    """An end that may be a maturity, or that nearly all have, is none yet where one is in force."""
    end, status = chosen.get("ended_on"), chosen.get("status")
    if not end or not status:
        return
    if known.folded(end.header) in known.unclear_ends() or end.filled > MOST_END * look.rows:
        yield "end_only_when_ended = true"


def _premium_per(premium: LookedColumn | None) -> Iterator[Line]:
    if premium and known.folded(premium.header) in known.per_instalment():
        yield 'premium_per = "instalment"'
    elif premium:
        yield notice("draft_premium", header=premium.header)


def _premium(look: Look, used: dict[str, LookedColumn]) -> LookedColumn | None:
    """The column of a premium whose header does not say that it is of a year."""
    if look.kind != "book" or "annual_premium" in used:
        return None
    found = [*look.called(known.per_instalment()), *look.called(known.unclear_premiums())]
    return next((each for each in found if not each.ours), None)


def _file_wide(look: Look, chosen: Sequence[LookedColumn]) -> Iterator[Line]:
    found = look.recognised
    if found.encoding and found.encoding != "utf-8":
        yield f"encoding = {_quoted(found.encoding)}"
    if found.delimiter and found.delimiter != ",":
        yield f"delimiter = {_quoted(found.delimiter)}"
    if look.header_row:
        yield f"header_row = {look.header_row}"
    yield from _dates([each for each in chosen if each.kind == "date"])
    yield from _numbers([each for each in chosen if each.kind == "amount"])
    if look.totals:
        yield f"totals = {_list(look.totals)}"


def _dates(columns: Sequence[LookedColumn]) -> Iterator[Line]:
    """The formats of days: of those that read one day in two ways a person takes one away."""
    wanted = dict.fromkeys(form for each in columns for form in each.forms)
    if not wanted:
        return
    yield f"date_formats = {_list(wanted)}"
    unclear = [each.header for each in columns if len(each.forms) > 1]
    if unclear:
        yield notice("draft_days", headers=unclear)


def _numbers(columns: Sequence[LookedColumn]) -> Iterator[Line]:
    """The style of amounts, where they are not written as ours."""
    styles = [
        style
        for style in dict.fromkeys(form for each in columns for form in each.forms)
        if all(style in each.forms for each in columns)
    ]
    is_clear = PLAIN in styles or (GROUPED in styles and DOTTED not in styles)
    if is_clear and any(each.has_signs for each in columns):
        yield f"numbers = {_quoted(GROUPED if GROUPED in styles else PLAIN)}"
    if not styles or is_clear:
        return
    if len({style[_DECIMAL_SIGN] for style in styles}) > 1:  # 2.500 may be 2,500: a person says it
        yield notice("draft_numbers", styles=styles)
    else:
        yield f"numbers = {_quoted(styles[0])}"


def _columns(look: Look, chosen: dict[str, LookedColumn]) -> Iterator[Line]:
    """Each of our columns, and how it is made."""
    for name in dict.fromkeys(known.headers(look.kind).values()):
        if made := _made(name, look, chosen):
            yield f"{name} = {made}"
        elif name in needed(look.kind):
            yield notice("draft_needed", column=name)


def _made(name: str, look: Look, chosen: dict[str, LookedColumn]) -> str:
    """How a canonical column is made; empty: not of this file."""
    if name == "client_name" and name not in chosen:
        return _joined_name(look)
    if name not in chosen:
        return ""
    header = _quoted(chosen[name].header)
    others = [each for each in look.called(known.apart("other_phone")) if not each.ours]
    if name == "phone" and others:
        return f"{{ first = {_list([chosen[name].header, *(each.header for each in others)])} }}"
    if name == "premium_term_years" and not all(map(str.isdecimal, chosen[name].samples)):
        return f"{{ of = {header}, match = '{TERM}' }}"
    return header


def _joined_name(look: Look) -> str:
    """A name of its two parts, in the order of the language that they are in."""
    first, last = (look.called(known.apart(part)) for part in ("first_name", "last_name"))
    if not (first and last):
        return ""
    given, family = first[0].header, last[0].header
    if given.isascii() or not set(known.folded(given)) <= {"名"}:
        return f"{{ join = {_list([given, family])} }}"
    return f'{{ join = {_list([family, given])}, with = "" }}'


def _unused(look: Look, lines: Sequence[Line]) -> Iterator[Line]:
    """The headers that mean nothing to us; not what stands there, which may be of persons."""
    said = "\n".join(line for line in lines if isinstance(line, str))
    left = [each.header for each in look.columns if _quoted(each.header) not in said]
    if left := list(filter(None, left)):
        yield notice("draft_unread", headers=left)


def _codes(column: str, looked: LookedColumn) -> list[Line]:
    """What each of their codes is, where that is not the same word."""
    taken = {cell: meant(column, cell) for cell in looked.codes}
    lines = [f"{_quoted(cell)} = {_quoted(ours)}" for cell, ours in taken.items() if cell != ours]
    if not lines:
        return []
    ours = sorted(CODED[column])
    choices = [notice("draft_codes", choices=ours)] if UNKNOWN in taken.values() else []
    return [f"[codes.{column}]", *choices, *lines]


def meant(column: str, cell: str) -> str:
    """Which of our codes a cell of theirs is, or `UNKNOWN`."""
    if cell in CODED[column]:
        return cell
    ours = known.codes(column).get(known.folded(cell), UNKNOWN)
    return ours if ours in CODED[column] else UNKNOWN


def _quoted(text: str) -> str:
    """A text as TOML has it: its basic strings are those of JSON."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _list(values: Iterable[str]) -> str:
    return f"[{', '.join(map(_quoted, values))}]"
