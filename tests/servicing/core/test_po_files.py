"""Catalogues are read as Babel reads them."""

import gettext
import io
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from hypothesis import given
from hypothesis import strategies as st

from servicing.core import i18n, po_files

SHIPPED = sorted((i18n.shipped_templates() / "words").glob("*/*.po"))

HEADER = 'msgid ""\nmsgstr ""\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_ours_are_read_quickly_and_as_babel_reads_them(path: Path) -> None:
    forms, number = po_files.quickly(path.read_text("utf-8"))
    of_babel, number_of_babel = po_files.by_babel(path, path.parent.name)
    assert forms == of_babel
    ours, babels = gettext.c2py(number), gettext.c2py(number_of_babel)
    assert [ours(count) for count in range(200)] == [babels(count) for count in range(200)]


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\r"), min_size=1, max_size=120)
IDS = st.text(st.characters(categories=["L", "N"], include_characters='_\\" \n\t'), min_size=1)


@given(st.dictionaries(st.tuples(IDS, IDS), st.one_of(TEXTS, st.tuples(TEXTS, TEXTS))))
def test_what_babel_writes_is_read_as_it_was_meant(
    tmp_path_factory: pytest.TempPathFactory,
    entries: dict[tuple[str, str], str | tuple[str, str]],
) -> None:
    catalog = Catalog(locale="en")
    for (context, key), text in entries.items():
        name = key if isinstance(text, str) else (key, f"{key}s")
        catalog.add(name, text, context=context)
    written = io.BytesIO()
    write_po(written, catalog, omit_header=False)
    path = tmp_path_factory.getbasetemp() / "written.po"
    path.write_bytes(written.getvalue())
    assert po_files.read(path, "en")[0] == po_files.by_babel(path, "en")[0]


UNUSUAL = {
    "an escape of C": HEADER + 'msgid "a"\nmsgstr "\\x41\\a"\n',
    "no plurals": 'msgid ""\nmsgstr ""\n"Language: en\\n"\n\nmsgid "a"\nmsgstr "b"\n',
    "no header": 'msgid "a"\nmsgstr "b"\n',
    "indented": HEADER + 'msgid "a"\n  msgstr "b"\n',
    "without an end of line": HEADER + 'msgid "a"\nmsgstr "b"',
    "entries without a line between": HEADER + 'msgid "a"\nmsgstr "b"\nmsgid "c"\nmsgstr "d"\n',
    "line ends of Windows": (HEADER + 'msgid "a"\nmsgstr "b"\n').replace("\n", "\r\n"),
}


@pytest.mark.parametrize("text", UNUSUAL.values(), ids=UNUSUAL.keys())
def test_what_is_written_in_another_way_is_babel_s(text: str, tmp_path: Path) -> None:
    path = tmp_path / "other.po"
    path.write_bytes(text.encode())
    assert po_files.read(path, "en")[0] == po_files.by_babel(path, "en")[0]


USUAL = {
    "a comment and an old entry": HEADER + '# x\n#, fuzzy\nmsgid "a"\nmsgstr "b"\n\n#~ msgid "c"\n',
    "no text yet": HEADER + 'msgid "a"\nmsgstr ""\n',
    "several lines": HEADER + 'msgctxt "x"\nmsgid "a"\nmsgstr ""\n"b\\n"\n"c \\"d\\" \\\\ \\t"\n',
    "no line between": HEADER + 'msgctxt "x"\nmsgid "a"\nmsgstr "b"\nmsgid "c"\nmsgstr "d"\n',
    "plurals": HEADER + 'msgid "a"\nmsgid_plural "as"\nmsgstr[0] "b"\nmsgstr[1] "c"\n',
}


@pytest.mark.parametrize("text", USUAL.values(), ids=USUAL.keys())
def test_what_is_usual_needs_no_babel(text: str, tmp_path: Path) -> None:
    path = tmp_path / "usual.po"
    path.write_text(text, "utf-8")
    assert po_files.quickly(text)[0] == po_files.by_babel(path, "en")[0]


def test_words_are_said_without_babel() -> None:
    said = (
        "import sys; from servicing.core import i18n;"
        "[i18n.catalogue(file, locale) for file in i18n.FILES for locale in i18n.locales()];"
        "sys.exit('babel' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", said], cwd=Path(__file__).parents[3], check=True)
