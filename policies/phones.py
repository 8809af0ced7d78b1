"""Phone numbers as the book gives them, and as the world dials them (E.164).

The library's own pattern of a country's mobile numbers answers for the many; whatever it does not
match goes through the full parser, which is some thirty times slower. A test holds the two equal.
"""

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneMetadata


def to_e164(given: str, country: str) -> str:
    """The number as `+8613812345678`, or an empty string if it cannot be a phone number.

    `country` (ISO code) is meant where the number names none.
    """
    if quick := _mobile(country).fullmatch(given):
        return given if quick[1] else f"+{_calling_code(country)}{given}"
    try:
        number = phonenumbers.parse(given, country)
    except phonenumbers.NumberParseException:
        return ""
    if number.extension or not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(maxsize=8)
def _mobile(country: str) -> re.Pattern[str]:
    """A country's mobile numbers, bare or in E.164 (then group 1 is the calling code)."""
    metadata = PhoneMetadata.metadata_for_region(country)
    if metadata is None or not (metadata.mobile and metadata.mobile.national_number_pattern):
        return re.compile(r"(?!)()")
    pattern, prefix = metadata.mobile.national_number_pattern, metadata.national_prefix
    bare = f"(?!{prefix})" if prefix else ""
    return re.compile(rf"(?:(\+{_calling_code(country)})|{bare})(?:{pattern})", re.ASCII)


@lru_cache(maxsize=8)
def _calling_code(country: str) -> int:
    return int(phonenumbers.country_code_for_region(country))


def is_country(country: str) -> bool:
    """Whether the ISO code names a country with a numbering plan."""
    return _calling_code(country) > 0
