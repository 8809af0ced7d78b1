"""What people read: every code and every key has its text in both languages, naming what it is given."""

import ast
import itertools
import re
import string
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from policies import notices, satisfaction, tier_labels, toml, unusable
from policies.importing.book import left_out
from policies.notices import Notice, notice
from servicing.commands import refusal
from servicing.core import i18n
from servicing.events import parties
from servicing.leads import asking

ROOT = Path(__file__).parents[3]
SOURCES = [path for room in ("policies", "servicing") for path in (ROOT / room).rglob("*.py")]
PAGES = sorted((i18n.shipped_templates() / "pages").glob("*"))
LOCALES = ["en", "zh_CN"]

MAKERS = ("notice", "Notice", "BadCell", "Invalid", "Misused", "ServicingError", "BadArgument")
MAKERS += (
    "BadFactor",
    "BadKeys",
    "BadReassignment",
    "BadSignIn",
    "BadUser",
    "CannotUndo",
    "Costly",
)
MAKERS += ("NotMeasurable", "UnusableDatabase", "CaseRefused", "LeadRefused", "refusal")
MAKERS += ("EventRefused",)
"""What is called with a code and its facts."""


class Told(NamedTuple):
    """A place that tells something."""

    code: str
    facts: frozenset[str] | None
    """None: not written out there."""
    at: str


def told_in(path: Path) -> Iterator[Told]:
    """Codes that are written where a notice is made."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        maker = getattr(node.func, "attr", getattr(node.func, "id", ""))
        is_found = ast.unparse(node.func).endswith("findings.add")
        if maker in MAKERS or is_found or ast.unparse(node.func) == "super().__init__":
            names = [each.arg for each in node.keywords]
            is_open = maker == "Notice" or is_found or None in names
            facts = None if is_open else frozenset(str(each) for each in names)
            for code in codes_of(node.args[0]):
                yield Told(code, facts, f"{path.name}:{node.lineno}")


def codes_of(argument: ast.expr) -> list[str]:
    if isinstance(argument, ast.IfExp):
        return codes_of(argument.body) + codes_of(argument.orelse)
    is_code = isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    return [argument.value] if is_code else []  # type: ignore[attr-defined]


@cache
def all_told() -> list[Told]:
    """Of all the code; to read it takes a second, which whoever runs other tests is spared."""
    return [each for path in SOURCES for each in told_in(path) if re.fullmatch(r"\w+", each.code)]


IN_TABLES = [
    *unusable._COMPLAINTS.values(),
    *("not_toml", "not_toml_at_end"),
    *toml._COMPLAINTS.values(),
    *refusal._CLICK_SAYS.values(),
    *(f"system_{each.lower()}" for each in (*notices._SAID, "other")),
    *("no_such_command", "no_such_command_but", "no_such_option", "no_such_option_but"),
    *(
        "not_halted",
        "nothing_halted",
        "bad_touchpoint",
        "bad_plan",
        "bad_lines",
        "bad_lines_and_more",
    ),
    *("bad_case_kind", "bad_case_place", "bad_case_line"),
    *("case_unknown_state", "case_unknown_step", "case_unknown_desk"),
    *("case_unknown_clock", "case_unknown_room", "case_unknown_category", "case_unknown_rule"),
    *("case_unknown_source", "case_unknown_channel", "case_unknown_facet", "case_unknown_kind"),
    *("older_database", "older_jobs", "owner_needed"),
    *("number_takes_no_sms", "phone_lacks_its_plus", "phone_keeps_its_country"),
    *("unusable_phones", "client_described_twice", "agent_described_twice", "earlier_agent_named"),
    *("consent_contradicts", "channel_contradicts", "numbers_differ_in_case"),
    *("numbers_with_unseen", "numbers_differ_in_zeros"),
    *("ended_ahead", "in_force_past_end", "ended_without_date", "end_is_maturity"),
    *("premium_is_instalment", "premium_is_single", "single_in_instalments"),
    *("issue_dates_swapped", "several_addresses", "new_agents", "new_branches"),
    *("merged_cells", "uncalculated"),
    *("bad_scorecard", "bad_scorecard_place", "bad_scorecard_line"),
    *(*parties.SPARED, parties.FREE_LOOK_RUNS),
    *(f"not_asked_{each}" for each in asking.ORDER if each not in asking.DATED),
    *(f"not_asked_{each}_until" for each in asking.ORDER if each not in asking.UNDATED),
    *("lead_no_step", "lead_has_ended"),
    *(f"label_{each}" for each in tier_labels.REASONS),
    *(f"counts_of_{each}" for each in satisfaction.NAMES),
    *(code for codes in left_out._CODES.values() for code in codes),
    *(f"{code}_{kind}" for code in ("would_drop", "drops_many") for kind in left_out._CODES),
]


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def texts(locale: str) -> dict[tuple[str, str], tuple[str, ...]]:
    """All that a language has."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for file in i18n.FILES:
        found.update(i18n.catalogue(file, locale).forms)
    return found


def test_there_is_much_to_tell() -> None:
    assert len({each.code for each in all_told()}) > 150


@pytest.mark.parametrize("locale", LOCALES)
def test_every_code_has_a_text(locale: str) -> None:
    known = {key for section, key in texts(locale) if section == i18n.NOTICES}
    missing = [(each.code, each.at) for each in all_told() if each.code not in known]
    assert (missing, set(IN_TABLES) - known) == ([], set())


@pytest.mark.parametrize("locale", LOCALES)
def test_a_text_names_facts_that_it_is_given(locale: str) -> None:
    forms = texts(locale)
    wrong = [
        (each.code, each.at, extra)
        for each in all_told()
        if each.facts is not None
        for form in forms[i18n.NOTICES, each.code]
        if (extra := blanks(form) - each.facts)
    ]
    assert wrong == []


@pytest.mark.parametrize("locale", LOCALES)
def test_no_text_is_told_by_nobody(locale: str) -> None:
    ours = {each.code for each in all_told()} | set(IN_TABLES)
    known = {key for section, key in texts(locale) if section == i18n.NOTICES}
    of_words = {"comma", "semicolon", "and", "or"} | {key for key in known if key[:5] == "type_"}
    assert known - ours - of_words == set()


def test_both_languages_have_the_same_keys_and_blanks() -> None:
    english, chinese = (texts(locale) for locale in LOCALES)
    assert english.keys() == chinese.keys()
    for key, forms in english.items():
        assert set().union(*map(blanks, forms)) == set().union(*map(blanks, chinese[key])), key


@pytest.mark.parametrize("locale", LOCALES)
def test_nothing_has_two_texts(locale: str) -> None:
    """A reader would take one of them without a word: two branches have written the same key."""
    entries = [
        key
        for catalogue in sorted((ROOT / "templates" / "words" / locale).glob("*.po"))
        for key in re.findall(r'^msgctxt "(.+)"\nmsgid "(.+)"$', catalogue.read_text("utf-8"), re.M)
    ]
    assert entries
    assert [key for key in set(entries) if entries.count(key) > 1] == []


TEMPLATE = re.compile(r'"([a-z_]+\.html)"')


def test_every_page_that_is_named_has_its_template() -> None:
    pages = ROOT / "templates" / "pages"
    named = {
        name
        for file in [*(ROOT / "servicing" / "web").rglob("*.py"), *pages.glob("*.html")]
        for name in TEMPLATE.findall(file.read_text("utf-8"))
    }
    assert named == {each.name for each in pages.glob("*.html")}


@pytest.mark.parametrize("locale", LOCALES)
def test_every_hint_belongs_to_a_code(locale: str) -> None:
    known = texts(locale)
    hints = {key for section, key in known if section == "hint"}
    assert hints
    assert all((i18n.NOTICES, key) in known for key in hints)


class Said(NamedTuple):
    """A place that puts a key into words."""

    sections: list[str]
    """Those that are written there: one, or either of two; none where a name stands for it."""
    keys: list[str]
    at: str


def said_in(path: Path) -> Iterator[Said]:
    """Calls of `i18n.say` and `i18n.known`, and of what the pages have in their place."""
    is_of_pages = "web" in path.parts
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        call, at = ast.unparse(node.func), f"{path.name}:{node.lineno}"
        if call == "say" and is_of_pages:
            yield Said(["pages"], codes_of(node.args[0]), at)
        elif call in SAYERS or (call == "word" and is_of_pages):
            yield Said(codes_of(node.args[0]), codes_of(node.args[1]), at)


SAYERS = ("i18n.say", "i18n.known", "say", "known")


@cache
def all_said() -> list[Said]:
    return [each for path in SOURCES for each in said_in(path)]


def test_every_section_that_is_written_stands_in_a_file() -> None:
    sections = {section for file in i18n.FILES.values() for section in file.split()}
    written = [(section, each.at) for each in all_said() for section in each.sections]
    assert len(written) > 60
    assert [each for each in written if each[0] not in sections] == []


def keys_written() -> Iterator[tuple[str, str, str]]:
    """Sections and keys that are written out in code and in pages."""
    yield from keys_of_code()
    yield from keys_of_pages()


def keys_of_code() -> Iterator[tuple[str, str, str]]:
    for path in SOURCES:
        source = path.read_text("utf-8")
        for said in said_in(path):
            for section, key in itertools.product(said.sections, filter(None, said.keys)):
                yield section, key, path.name
        if "terminal" in path.parts or "commands" in path.parts:
            for key in re.findall(r'\bword\("([\w-]+)"', source):
                yield "terminal", key, path.name
            for key in re.findall(r'\btell\([\w.]*locale, "([\w-]+)"', source):
                yield "terminal", key, path.name


def keys_of_pages() -> Iterator[tuple[str, str, str]]:
    for path in PAGES:
        source = path.read_text("utf-8")
        for key in re.findall(r'\bsay\("([\w-]+)"[,)]', source):
            yield "pages", key, path.name
        for section, key in re.findall(r'\bword\("(\w+)", "([\w-]+)"[,)]', source):
            yield section, key, path.name
        for key in re.findall(r'\bop\("([\w-]+)"[,)]', source):
            yield "operations", key, path.name


@pytest.mark.parametrize("locale", LOCALES)
def test_every_key_that_is_written_has_a_text(locale: str) -> None:
    known, written = texts(locale), list(keys_written())
    assert len(written) > 200
    assert [each for each in written if each[:2] not in known] == []


def columns_shown() -> Iterator[tuple[str, str]]:
    """The columns of tables that are written out in commands and in the terminal."""
    for path in SOURCES:
        if not {"commands", "terminal"} & set(path.parts):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            for column in strings_of(table_columns(node)):
                yield column, path.name


def table_columns(node: ast.AST) -> ast.AST | None:
    """What a place in code names as the columns of a table."""
    if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "columns":
        return node.value
    is_call = isinstance(node, ast.Call) and ast.unparse(node.func) == "output.emit_table"
    return node.args[1] if is_call else None  # type: ignore[attr-defined]


def strings_of(node: ast.AST | None) -> Iterator[str]:
    for each in ast.walk(node) if node else ():
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.value


@pytest.mark.parametrize("locale", LOCALES)
def test_every_column_of_a_table_has_a_heading(locale: str) -> None:
    known, shown = texts(locale), list(columns_shown())
    assert len(shown) > 80
    assert [each for each in shown if ("heading", each[0]) not in known] == []


STILL_GIVEN = "still given to their earlier agent by the file and are left as they are"
COUNTED = [
    (1, "1 reassigned policy is still given to its earlier agent by the file and is left as it is"),
    (2, f"2 reassigned policies are {STILL_GIVEN}"),
    (1200, f"1,200 reassigned policies are {STILL_GIVEN}"),
]


@pytest.mark.parametrize(("count", "sentence"), COUNTED)
def test_a_number_decides_the_form(count: int, sentence: str) -> None:
    told = notice("earlier_agent_named", count=count)
    assert i18n.sentence(told, "en") == sentence
    chinese = i18n.sentence(told, "zh_CN")
    assert chinese == f"{count:,} 张已移交的保单在文件中仍属原服务人员，保持移交后的归属"


@pytest.mark.parametrize("count", ["1", "1,200", 1.5, None])
def test_what_is_no_whole_number_decides_no_form(count: object) -> None:
    with pytest.raises(AssertionError, match="earlier_agent_named"):
        i18n.sentence(notice("earlier_agent_named", count=count), "en")


SPOKEN = [("zh_CN", "zh_CN"), ("zh_TW", "zh_CN"), ("en_GB", "en"), ("fr", "en"), ("", "en")]


@pytest.mark.parametrize(("locale", "spoken"), SPOKEN)
def test_a_language_without_words_has_those_of_the_nearest(locale: str, spoken: str) -> None:
    assert i18n.spoken(locale) == spoken
    assert i18n.say("state", "queued", locale) == i18n.say("state", "queued", spoken)


def test_what_has_no_text_stands_for_itself() -> None:
    assert i18n.say("state", "struck {by} lightning", "en") == "struck {by} lightning"
    assert i18n.known("hint", "policy_not_found", "en") == ""


def test_a_notice_in_a_notice_is_told_in_the_same_language() -> None:
    why = notice("wrong_type", expected=Notice("type_int"), found=Notice("type_str"))
    told = notice("bad_setting", where="servicing.toml", why=notice("at_key", key="day", why=why))
    assert i18n.sentence(told, "en") == "servicing.toml: day: expected a whole number, not text"
    assert i18n.sentence(told, "zh_CN") == "servicing.toml：day：应为整数，不是文字"
