"""The characters that people use every day, by the encoding that an export of theirs is written in.

They are made of the codecs themselves: of a double-byte set the half that its standard calls frequent.
"""

from collections.abc import Iterable
from functools import lru_cache

HAN_MARKS = frozenset("、。・·「」『』（）：；，．－／￥＿＃＆　〇々ー")
"""Marks that stand among the characters of East Asia."""

KANA = frozenset(map(chr, range(0x3041, 0x30FF)))
MARKS = frozenset("€£°№’–")

_LETTERS = {
    "cp1252": "àâäáãåæçèéêëìíîïñòóôõöøœùúûüÿß",
    "cp1250": "ąćęłńóśźżáčďéěíňřšťúůýžöüőűäôľĺŕăîâșțşţđß",
    "cp1251": "".join(map(chr, range(0x430, 0x450))) + "ёіїєґўђјљњћџ",
    "cp1253": "".join(map(chr, [*range(0x3AC, 0x3CF), 0x390])),
    "cp1254": "çğıİöşüâîû",
    "cp1257": "āčēģīķļņšūžąęėįųõäöüŗō",
    "cp1258": "àâáãăèéêëíìóôơòõúùưđ\u0300\u0301\u0303\u0309\u0323₫",
}
"""By encoding the letters of its languages beyond ASCII, small ones."""

_SIGNS = {
    "cp1255": "".join(map(chr, range(0x5D0, 0x5EB))) + "₪״׳־\u200e\u200f",
    "cp1256": "".join(map(chr, range(0x621, 0x653))) + "پچژگک،؛؟",
    "cp874": "".join(map(chr, [*range(0xE01, 0xE3B), *range(0xE3F, 0xE5C)])),
}
"""The same of alphabets that know no capitals."""

_FREQUENT = {
    "gb18030": ("gb2312", 0xB0, 0xD7),
    "cp950": ("big5", 0xA4, 0xC6),
    "cp932": ("euc_jp", 0xB0, 0xCF),
    "euc_jp": ("euc_jp", 0xB0, 0xCF),
    "cp949": ("euc_kr", 0xB0, 0xC8),
}
"""By encoding the set that it is made of, and from where to where its frequent characters stand."""

TRAILS = [*range(0x40, 0x7F), *range(0xA1, 0xFF)]
"""The second bytes of a character in these sets."""

DOUBLE_BYTE = frozenset(_FREQUENT)

SINGLE_BYTE = frozenset([*_LETTERS, *_SIGNS])

LATIN = frozenset(["cp1250", "cp1252", "cp1254", "cp1257"])

AT_HOME_ONLY = {
    "cp874": frozenset(["TH"]),
    "cp1257": frozenset(["EE", "LT", "LV"]),
    "cp1258": frozenset(["VN"]),
}
"""Nearly any text of another country could be read so."""

_HOMES = {
    "gb18030": "CN SG",
    "cp950": "TW HK MO",
    "cp932": "JP",
    "cp949": "KR",
    "cp874": "TH",
    "cp1250": "PL CZ SK HU SI HR RO AL BA ME",
    "cp1251": "RU UA BY BG MK RS KZ KG TJ MN",
    "cp1253": "GR CY",
    "cp1254": "TR AZ",
    "cp1255": "IL",
    "cp1256": "SA AE EG IQ JO KW LB LY MA OM QA SD SY TN YE BH DZ IR PK AF PS",
    "cp1257": "EE LT LV",
    "cp1258": "VN",
}

_HOME_OF = {country: encoding for encoding, of in _HOMES.items() for country in of.split()}


def home(country: str) -> str:
    """The encoding in which exports of a country are written that are not UTF-8."""
    return _HOME_OF.get(country, "cp1252") if country else ""


def candidates(country: str) -> list[str]:
    """The encodings that a file of a workspace in that country may have."""
    return [
        each
        for each in [*_FREQUENT, *_LETTERS, *_SIGNS]
        if country in AT_HOME_ONLY.get(each, (country,))
    ]


@lru_cache
def everyday(encoding: str) -> frozenset[str]:
    """The characters beyond ASCII that people write every day in an encoding."""
    if encoding in _FREQUENT:
        own = frozenset(_frequent(*_FREQUENT[encoding])) | HAN_MARKS
        if encoding not in ("cp932", "euc_jp"):
            return own
        return own | KANA
    small = _LETTERS.get(encoding, "")
    return frozenset(small + small.upper() + _SIGNS.get(encoding, "")) | MARKS


def _frequent(encoding: str, first: int, last: int) -> Iterable[str]:
    for lead in range(first, last + 1):
        for trail in TRAILS:
            yield bytes([lead, trail]).decode(encoding, "ignore")[:1]
