"""Phones as the world dials them; the quick way and the library's full parser never differ."""

import phonenumbers
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from policies.importing.cells import phones

COUNTRIES = st.sampled_from(["CN", "US", "GB", "KE"])
CALLING = {"CN": "86", "US": "1", "GB": "44", "KE": "254"}
SEPARATORS = st.sampled_from(["", "", "", " ", "-", "(", ") ", ".", "/", "x", "ext. "])


def full_parse(given: str, country: str) -> str:
    """What the library says when it is asked the long way."""
    try:
        number = phonenumbers.parse(given, country)
    except phonenumbers.NumberParseException:
        return ""
    if number.extension or not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@st.composite
def numbers(draw: st.DrawFn) -> tuple[str, str]:
    """A country and something like one of its numbers: bare, with its prefixes, or international."""
    country = draw(COUNTRIES)
    example_of = phonenumbers.example_number_for_type(country, phonenumbers.PhoneNumberType.MOBILE)
    digits = list(str(example_of.national_number))
    for place in draw(st.lists(st.integers(0, len(digits) - 1), max_size=9)):
        digits[place] = draw(st.sampled_from("0123456789"))
    national = "".join(digits)[: draw(st.sampled_from([None, None, None, -1, -4]))]
    calling = CALLING[country]
    prefix = draw(
        st.sampled_from(["", "", "0", "1", calling, f"+{calling}", f"00{calling}", f"+{calling}0"])
    )
    return country, prefix + national


@given(numbers())
@example(("CN", "13812345678"))
@example(("CN", "+8613812345678"))
@example(("CN", "8613812345678"))
@example(("CN", "013812345678"))
@example(("US", "12025550111"))
@example(("US", "2025550111"))
@example(("GB", "07400123456"))
@example(("GB", "7400123456"))
@example(("KE", "0712123456"))
def test_the_quick_way_says_what_the_full_parser_says(number: tuple[str, str]) -> None:
    country, given_as = number
    assert phones.to_e164(given_as, country) == full_parse(given_as, country)


@given(COUNTRIES, st.text("0123456789", max_size=16), st.sampled_from(["", "+", "+86", "+1", "0"]))
def test_it_does_so_for_any_digits(country: str, digits: str, prefix: str) -> None:
    assert phones.to_e164(prefix + digits, country) == full_parse(prefix + digits, country)


@given(COUNTRIES, st.text(st.characters(codec="utf-8"), max_size=20))
def test_it_does_so_for_any_text(country: str, text: str) -> None:
    assert phones.to_e164(text, country) == full_parse(text, country)


@given(numbers(), SEPARATORS, st.integers(0, 12))
def test_it_does_so_for_digits_in_groups(
    number: tuple[str, str], separator: str, place: int
) -> None:
    country, text = number
    grouped = text[:place] + separator + text[place:]
    assert phones.to_e164(grouped, country) == full_parse(grouped, country)


@given(numbers())
def test_a_number_that_was_understood_is_understood_again(number: tuple[str, str]) -> None:
    country, given_as = number
    if understood := phones.to_e164(given_as, country):
        for other in CALLING:
            assert phones.to_e164(understood, other) == understood


@pytest.mark.parametrize(
    ("given_as", "country", "dialled"),
    [
        ("13812345678", "CN", "+8613812345678"),
        ("138-1234-5678", "CN", "+8613812345678"),
        ("１３８１２３４５６７８", "CN", "+8613812345678"),
        ("+86 138 1234 5678", "US", "+8613812345678"),
        ("0086 138 1234 5678", "CN", "+8613812345678"),
        ("021-61234567", "CN", "+862161234567"),
        ("(202) 555-0111", "US", "+12025550111"),
        ("1-202-555-0111", "US", "+12025550111"),
        ("+1 202 555 0111", "CN", "+12025550111"),
        ("07400 123456", "GB", "+447400123456"),
        ("0712 123456", "KE", "+254712123456"),
    ],
)
def test_a_number_is_dialled_from_anywhere(given_as: str, country: str, dialled: str) -> None:
    assert phones.to_e164(given_as, country) == dialled


@pytest.mark.parametrize(
    ("given_as", "country"),
    [
        ("", "CN"),
        ("none", "CN"),
        ("无", "CN"),
        ("110", "CN"),
        ("1381234567", "CN"),
        ("138123456789", "CN"),
        ("10812345678", "CN"),
        ("+86", "CN"),
        ("+999 138 1234 5678", "CN"),
        ("555-0111", "US"),
        ("202-555-0111 ext. 5", "US"),
        ("0000000000", "US"),
        ("1.38123E+10", "CN"),
        ("13812345678/13912345678", "CN"),
    ],
)
def test_what_cannot_be_a_number_is_none(given_as: str, country: str) -> None:
    assert phones.to_e164(given_as, country) == ""


@pytest.mark.parametrize(
    ("country", "is_one"), [("CN", True), ("US", True), ("XX", False), ("", False), ("cn", False)]
)
def test_a_country_has_a_numbering_plan(country: str, is_one: bool) -> None:
    assert phones.is_country(country) is is_one


KINDS = [
    ("+8613812345678", True),
    ("+12025550111", True),  # nobody can tell a landline there
    ("+447400123456", True),
    ("+15005550006", True),
    ("+442079460123", False),
    ("+861012345678", False),
    ("+864000000000", False),
    ("+868008000000", False),
    ("+448081570192", False),
    ("+85221234567", False),
    ("+85251234567", True),
    ("+999", True),
    ("nonsense", True),
    ("", True),
]


@pytest.mark.parametrize(("number", "takes_sms"), KINDS)
def test_what_is_only_called_takes_no_sms(number: str, takes_sms: bool) -> None:
    assert phones.takes_sms(number) is takes_sms


def test_each_country_has_numbers_that_are_written_to_and_others_that_are_called() -> None:
    kind = phonenumbers.PhoneNumberType
    called = [kind.FIXED_LINE, kind.TOLL_FREE, kind.PREMIUM_RATE, kind.SHARED_COST, kind.UAN]
    for country in phonenumbers.SUPPORTED_REGIONS:
        for each in (kind.MOBILE, kind.PERSONAL_NUMBER, kind.VOIP, *called, kind.VOICEMAIL):
            number = phonenumbers.example_number_for_type(country, each)
            if number is not None:
                found = phonenumbers.number_type(number)
                e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
                assert phones.takes_sms(e164) is (found not in (*called, kind.VOICEMAIL)), e164
                at_a_glance = phones.mobiles_of(country).fullmatch(e164)
                assert not at_a_glance or phones.takes_sms(e164), e164


@pytest.mark.parametrize(
    ("given_as", "country", "lacks"),
    [
        ("13125550101", "CN", True),
        ("13125550101", "US", False),
        ("8613812345678", "CN", False),
        ("8613812345678", "US", True),
        ("+13125550101", "CN", False),
        ("18812345678", "CN", False),
        ("1312555010１", "CN", False),
        ("", "CN", False),
        ("0", "CN", False),
    ],
)
def test_digits_that_are_another_countrys_number_lack_a_plus(
    given_as: str, country: str, lacks: bool
) -> None:
    assert phones.lacks_plus(given_as, country) is lacks
