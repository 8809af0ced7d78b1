"""How long an SMS is: its encoding and the parts it costs (domain.md §6.9)."""

import re
from dataclasses import dataclass

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = "\f^{}\\[~]|€"
"""Sent as two septets each."""

_GSM7 = re.compile(f"[{re.escape(_BASIC + _EXTENSION)}]*")
_EXTENDED = re.compile(f"[{re.escape(_EXTENSION)}]")

GSM7_SINGLE, GSM7_PART = 160, 153
UCS2_SINGLE, UCS2_PART = 70, 67


@dataclass(frozen=True, slots=True)
class Segments:
    """The size of a text as SMS."""

    encoding: str
    """GSM-7 or UCS-2."""
    units: int
    """Septets, or UTF-16 code units."""
    parts: int


def measure(text: str) -> Segments:
    """Count a text: one character outside GSM-7 makes all of it UCS-2."""
    if _GSM7.fullmatch(text):
        units = len(text) + len(_EXTENDED.findall(text))
        return Segments("GSM-7", units, _parts(units, GSM7_SINGLE, GSM7_PART))
    units = len(text.encode("utf-16-le")) // 2
    return Segments("UCS-2", units, _parts(units, UCS2_SINGLE, UCS2_PART))


def _parts(units: int, single: int, part: int) -> int:
    return 1 if units <= single else -(-units // part)
