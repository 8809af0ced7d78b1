"""Short lists of names are read as they were written, or somebody is asked; never as another text."""

import itertools
from collections import Counter

import pytest

from policies.importing.files import alphabets, evidence
from tests.policies.importing.foreign_lists import OFFICES, Office, listed

ROWS = (1, 2, 3, 5, 10, 30, 100)
ABROAD = ("CN", "US", "PL", "JP", "")


def named(office: Office) -> str:
    return f"{office.country}-{office.encoding}"


def verdict(office: Office, rows: int, seed: int, country: str, *, own_header: bool) -> str:
    """What becomes of a list in a workspace of that country: right, asked or wrong."""
    lines = listed(office, rows, seed, own_header=own_header).split("\r\n")
    text = "\n".join(line for line in lines if not line.isascii())
    data = text.encode(office.encoding)
    readings = evidence.plausible(data, country)
    chosen = evidence.decided(data, readings, country) if text else ""
    if not chosen:
        return "asked"
    return "right" if data.decode(chosen) == text else "wrong"


def verdicts(office: Office, country: str, seeds: range) -> Counter[str]:
    return Counter(
        verdict(office, rows, seed, country, own_header=own_header)
        for rows, seed, own_header in itertools.product(ROWS, seeds, (False, True))
    )


@pytest.mark.parametrize("office", OFFICES, ids=named)
def test_nothing_is_read_wrong_whereever_the_workspace_is(office: Office) -> None:
    for country in (office.country, *ABROAD):
        assert verdicts(office, country, range(1))["wrong"] == 0


FAR_FROM_HOME = [
    # the text, its encoding, and where it makes sense as something else
    ("彭丽媛\n傅红\n重疾险", "gb18030", "TH"),
    ("彭丽媛\n傅红\n重疾险", "gb18030", "KR"),
    ("彭丽媛\n傅红\n重疾险", "gb18030", "TW"),
    ("石川 真由美", "euc_jp", "KR"),
    ("石川 真由美", "euc_jp", "RU"),
    ("גיל סגל", "cp1255", "RU"),
    ("Iñaki Ibarra\nCalle Peñón\nOrdóñez", "cp1252", "PL"),
    ("กิตติ มั่นคง", "cp874", "JP"),
]


@pytest.mark.parametrize(("text", "encoding", "country"), FAR_FROM_HOME)
def test_a_name_or_two_from_far_away_is_asked_about(text: str, encoding: str, country: str) -> None:
    data = text.encode(encoding)
    readings = evidence.plausible(data, country)
    chosen = evidence.decided(data, readings, country) or evidence.familiar(data, country)
    assert not chosen or data.decode(chosen) == text


@pytest.mark.drilled
@pytest.mark.parametrize("office", OFFICES, ids=named)
def test_nothing_is_read_wrong_in_any_country(office: Office) -> None:
    for country in ("CN", "TW", "JP", "KR", "TH", "PL", "RU", "GR", "TR", "IL", "EG", "VN", "LT"):
        assert verdicts(office, country, range(20, 26))["wrong"] == 0


@pytest.mark.parametrize("rows", [10, 30, 100])
@pytest.mark.parametrize("office", OFFICES, ids=named)
def test_a_list_of_ten_is_read_at_home(office: Office, rows: int) -> None:
    for own_header in (False, True):
        assert verdict(office, rows, 7, office.country, own_header=own_header) == "right"


@pytest.mark.parametrize("office", OFFICES, ids=named)
def test_a_list_of_a_hundred_is_read_in_another_country(office: Office) -> None:
    if office.encoding != "cp874":  # nearly any text could be Thai, so it is read in Thailand only
        assert verdict(office, 100, 7, "CN", own_header=True) == "right"


@pytest.mark.parametrize(
    ("text", "encoding", "country", "readings"),
    [
        ("김영수", "cp949", "KR", {"gb18030", "cp949"}),
        ("José", "cp1252", "FR", {"cp1252"}),
        ("José", "cp1252", "PL", {"cp1250"}),  # the same text in both: it is called as at home
        ("ÿ\x81", "latin-1", "FR", set()),
        ("Москва", "cp1251", "US", {"cp1251"}),
        ("José;1\xa0200,00;13\xa0200,00", "cp1252", "US", {"cp1252"}),  # as France groups amounts
        ("1\xa0200,00", "cp1252", "US", {"cp1252"}),
    ],
)
def test_a_reading_counts_if_it_makes_everyday_characters(
    text: str, encoding: str, country: str, readings: set[str]
) -> None:
    found = set(evidence.plausible(text.encode(encoding), country))
    assert readings <= found
    assert bool(found) == bool(readings)


@pytest.mark.parametrize("country", ["US", "FR", "CN"])
def test_blanks_that_keep_an_amount_together_hide_no_encoding(country: str) -> None:
    names = ("Lefèvre", "Hélène Béranger", "Zoé Crépin", "Benoît Château", "Jérôme Français")
    text = "".join(f"N{at};{at}\xa0200,00;{name};Résilié\n" for at, name in enumerate(names, 1))
    data = text.encode("cp1252")
    assert evidence.decided(data, evidence.plausible(data, country), country) == "cp1252"


def test_a_rare_name_is_read_in_the_encoding_of_its_country() -> None:
    data = "㐂龘, 林伟".encode("gb18030")
    assert evidence.plausible(data, "CN") == []
    assert evidence.familiar(data, "CN") == "gb18030"
    assert evidence.familiar(data, "US") == ""


def test_what_is_good_text_nowhere_is_not_familiar_either() -> None:
    assert evidence.familiar("Müller, Lefèvre".encode("mac_roman"), "CN") == ""


@pytest.mark.parametrize("encoding", sorted(alphabets.DOUBLE_BYTE | alphabets.SINGLE_BYTE))
def test_everyday_characters_can_be_written_in_their_encoding(encoding: str) -> None:
    letters = [char for char in alphabets.everyday(encoding) if char.isalpha()]
    assert len(letters) > 10
    assert sum(_is_in(char, encoding) for char in letters) / len(letters) > 0.75


def _is_in(char: str, encoding: str) -> bool:
    return bool(char.encode(encoding, "ignore"))


@pytest.mark.parametrize(
    ("country", "home"),
    [
        ("CN", "gb18030"),
        ("HK", "cp950"),
        ("JP", "cp932"),
        ("US", "cp1252"),
        ("PL", "cp1250"),
        ("", ""),
    ],
)
def test_every_country_has_an_encoding_of_its_own(country: str, home: str) -> None:
    assert alphabets.home(country) == home
