"""Phone numbers as the book gives them, and as the world dials them (E.164).

The library's own patterns of mobile numbers answer for the many; whatever they do not match goes
through the full parser, which is some thirty times slower. A test holds the two equal. The library
takes a while to load, so it is where the first number is asked about.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from phonenumbers import PhoneMetadata

LONGEST_CALLING_CODE = 3
NEVER = re.compile(r"(?!)")


def to_e164(given: str, country: str) -> str:
    """The number as `+8613812345678`, or an empty string if it cannot be a phone number.

    `country` (ISO code) is that of a number that names none.
    """
    if given[:1] == "+":
        if _international(_code_in(given)).fullmatch(given):
            return given
    else:
        pattern, prefix = _dialled_in(country)
        if pattern.fullmatch(given):
            return prefix + given
    return _parsed(given, country)


def are_mobiles_at_home(given: Sequence[str], country: str) -> bool:
    """Whether all of these are mobile numbers as they are dialled in the country, or empty."""
    return _are_all(_dialled_in(country)[0], given)


def are_mobiles_of(country: str, numbers: Sequence[str]) -> bool:
    """Whether all of these, in E.164 or empty, are mobile numbers of the country's calling code."""
    return _are_all(mobiles_of(country), numbers)


def _are_all(pattern: re.Pattern[str], numbers: Sequence[str]) -> bool:
    """Whether a pattern matches each of these that is not empty: all of them are asked at once."""
    column = "\n".join([*numbers, ""])
    return column.count("\n") == len(numbers) and bool(_column_of(pattern).fullmatch(column))


@lru_cache(maxsize=64)
def _column_of(pattern: re.Pattern[str]) -> re.Pattern[str]:
    return re.compile(rf"(?:(?:{pattern.pattern})?\n)*", re.ASCII)


def takes_sms(number: str) -> bool:
    """Whether a text can reach the number, in E.164: no landline, and none that is only called.

    Of a number whose kind nobody can tell, as in North America, it is believed that it can.
    """
    return bool(_international(_code_in(number)).fullmatch(number)) or not _is_only_called(number)


@lru_cache(maxsize=1 << 14)
def _is_only_called(number: str) -> bool:
    """Whether the numbering plan says that nothing but a voice goes there."""
    from phonenumbers import NumberParseException, PhoneNumberType, number_type, parse

    only_called = (
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.TOLL_FREE,
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.UAN,
        PhoneNumberType.VOICEMAIL,
    )
    try:
        return number_type(parse(number)) in only_called
    except NumberParseException:
        return False


@lru_cache(maxsize=1 << 14)
def _parsed(given: str, country: str) -> str:
    """The full parser's answer, remembered: an agent's landline stands in hundreds of rows."""
    import phonenumbers

    try:
        number = phonenumbers.parse(given, country)
    except phonenumbers.NumberParseException:
        return ""
    if number.extension or not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def lacks_plus(given: str, country: str) -> bool:
    """Whether the digits are the number of another country, which has lost its plus."""
    if not (given.isascii() and given.isdigit()):
        return False
    return _calling_code(country) != _code_of(given[:LONGEST_CALLING_CODE]) and bool(
        to_e164(f"+{given}", "")
    )


def mobiles_of(country: str) -> re.Pattern[str]:
    """The mobile numbers, in E.164, of a country and of others with its calling code."""
    return _international(_calling_code(country))


def calling_code(country: str) -> str:
    """What a number of the country begins with, in E.164."""
    return f"+{_calling_code(country)}"


def is_country(country: str) -> bool:
    """Whether the ISO code names a country with a numbering plan."""
    return _calling_code(country) > 0


@lru_cache(maxsize=8)
def _calling_code(country: str) -> int:
    import phonenumbers

    return int(phonenumbers.country_code_for_region(country))


@lru_cache(maxsize=1 << 10)
def _code_of(prefix: str) -> int:
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

    for length in range(1, LONGEST_CALLING_CODE + 1):
        code = prefix[:length]
        if code.isascii() and code.isdigit() and int(code) in COUNTRY_CODE_TO_REGION_CODE:
            return int(code)
    return 0


def _code_in(given: str) -> int:
    """The country calling code of a number that begins with +; 0 if there is none."""
    return _code_of(given[1 : 1 + LONGEST_CALLING_CODE])


@lru_cache(maxsize=256)
def _international(code: int) -> re.Pattern[str]:
    """The mobile numbers of a calling code, in E.164."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

    regions = COUNTRY_CODE_TO_REGION_CODE.get(code, ())
    patterns = [pattern for region in regions if (pattern := _mobile(region))]
    if not patterns:
        return NEVER
    return re.compile(rf"\+{code}(?:{'|'.join(patterns)})", re.ASCII)


@lru_cache(maxsize=8)
def _dialled_in(country: str) -> tuple[re.Pattern[str], str]:
    """The mobile numbers of a country at home, and what stands before them elsewhere."""
    return _national(country), calling_code(country)


def _national(country: str) -> re.Pattern[str]:
    """The mobile numbers of a country as they are dialled at home without a prefix."""
    pattern, metadata = _mobile(country), _metadata(country)
    if metadata is None or not pattern:
        return NEVER
    bare = f"(?!{metadata.national_prefix})" if metadata.national_prefix else ""
    return re.compile(rf"{bare}(?:{pattern})", re.ASCII)


def _mobile(region: str) -> str:
    metadata = _metadata(region)
    mobile = metadata.mobile if metadata else None
    return (mobile.national_number_pattern or "") if mobile else ""


def _metadata(region: str) -> "PhoneMetadata | None":
    from phonenumbers import PhoneMetadata

    return PhoneMetadata.metadata_for_region(region)
