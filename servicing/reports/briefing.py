"""One page of A4 for a meeting: a title, some figures, some tables; Chinese with a font of the reader.

The font is one that every reader of PDF has for Chinese, so none is packed into the file.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from servicing.reports import sheets

FONT = "STSong-Light"
MARGIN, LINE, GAP = 40, 13.5, 8
"""Points: of the edge, of a line of a table, between two columns."""
LARGE, TITLE, TEXT, SMALL = 17, 10.5, 8.5, 7.5
FACTS_A_ROW = 4


@dataclass(frozen=True)
class Table:
    """A table of the page: its first lines, and how many there are in all."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    is_number: Sequence[bool]
    of: int


@dataclass(frozen=True)
class Briefing:
    """What stands on the page."""

    title: str
    about: str
    facts: Sequence[tuple[str, str]]
    """Each with its name, the most important first."""
    tables: Sequence[Table]


def write(path: Path, told: Briefing) -> None:
    """Write the page; raises `UnwritableFile`."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    with sheets.written(path) as draft, draft.open("wb") as file:
        canvas = Canvas(file, pagesize=A4, pageCompression=1)
        canvas.setTitle(told.title)
        _Page(canvas).draw(told)
        canvas.showPage()
        canvas.save()


class _Page:
    """The page, and how far down it is written."""

    def __init__(self, canvas: Any) -> None:
        self._canvas = canvas
        self._width, self._height = A4
        self._y = self._height - MARGIN - LARGE

    def draw(self, told: Briefing) -> None:
        """The whole of it."""
        self._text(MARGIN, told.title, LARGE)
        self._y -= LINE * 1.3
        self._text(MARGIN, told.about, TEXT, colors.HexColor("#55606d"))
        self._y -= LINE * 2
        self._facts(told.facts)
        for table in told.tables:
            if table.rows:
                self._table(table)

    def _facts(self, facts: Sequence[tuple[str, str]]) -> None:
        wide = (self._width - 2 * MARGIN) / FACTS_A_ROW
        for number, (name, value) in enumerate(facts):
            left = MARGIN + wide * (number % FACTS_A_ROW)
            self._text(left, name, SMALL, colors.HexColor("#55606d"))
            self._text(left, value, LARGE - 2, down=LARGE)
            if number % FACTS_A_ROW == FACTS_A_ROW - 1 or number == len(facts) - 1:
                self._y -= LINE * 2.9

    def _table(self, table: Table) -> None:
        count = f"{len(table.rows)} / {table.of}" if table.of > len(table.rows) else str(table.of)
        self._text(MARGIN, f"{table.title}  {count}", TITLE)
        self._y -= LINE * 1.2
        wide = self._widths(table)
        self._row(table.columns, table, wide, colors.HexColor("#55606d"))
        self._canvas.setStrokeColor(colors.HexColor("#d9dfe5"))
        self._canvas.line(MARGIN, self._y + LINE * 0.7, self._width - MARGIN, self._y + LINE * 0.7)
        for row in table.rows:
            self._row(row, table, wide)
        self._y -= LINE

    def _widths(self, table: Table) -> list[float]:
        """Of the columns: as wide as their widest cell, made narrower alike where that is too much."""
        lines = [table.columns, *table.rows]
        wanted = [
            max(_wide(line[number]) for line in lines) + GAP for number in range(len(table.columns))
        ]
        room = self._width - 2 * MARGIN
        share = min(1.0, room / sum(wanted))
        return [each * share for each in wanted]

    def _row(
        self, cells: Sequence[str], table: Table, wide: Sequence[float], ink: Any = colors.black
    ) -> None:
        left = float(MARGIN)
        for cell, width, is_number in zip(cells, wide, table.is_number, strict=True):
            told = _fitted(cell, width - GAP / 2)
            at = left + width - GAP - _wide(told) if is_number else left
            self._text(at, told, TEXT, ink)
            left += width
        self._y -= LINE

    def _text(
        self, left: float, text: str, size: float, ink: Any = colors.black, down: float = 0
    ) -> None:
        self._canvas.setFillColor(ink)
        self._canvas.setFont(FONT, size)
        self._canvas.drawString(left, self._y - down, text)


def _wide(text: str) -> float:
    return float(pdfmetrics.stringWidth(text, FONT, TEXT))


def _fitted(text: str, width: float) -> str:
    """As much of a text as there is room for."""
    if _wide(text) <= width:
        return text
    while text and _wide(f"{text}…") > width:
        text = text[:-1]
    return f"{text}…"
