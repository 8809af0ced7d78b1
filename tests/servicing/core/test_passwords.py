"""Which passwords are taken."""

import pytest

from servicing.core import errors, passwords
from servicing.core.passwords import Whose
from tests.refusals import refuses

CHEN_YAN = Whose("chenyan01", "陈燕", "示例人寿")

TAKEN = [
    "correct horse battery",
    "another long secret",
    "tr4Vmq-9xkLz",
    "zebra cloud 7 fig",
    "qk7GpX2mLd",
    "红烧肉配米饭真香呀嘿",
    "🐢🚲🌧🍞🧦📎🎻🪁🥄🧊",
    "kQ7xV2mLp Z9wRt sails over the hedge " * 6,
]

GUESSED = [
    *("password123", "Passw0rd123!", "qwertyuiop", "1234567890", "administrator", "iloveyou123!"),
    *("aaaaaaaaaaaa", "abcabcabcabc", "abcd1234567", "19850214wang", "2026-06-10!", "13912345678"),
    *("woaini1314", "woaini1314520", "5201314520", "1qaz2wsx3edc", "1qaz@WSX3edc", "wang123456"),
    *("qq123456789", "mima123456", "woshishui123", "baoxian123456", "Shanghai@2026", "zhang@12345"),
    *("chenyan01!!", "CHENYAN2026", "yanchen1985!", "陈燕陈燕陈燕陈燕陈燕", "chenyan01-chenyan01"),
    *("示例人寿示例人寿12", "shilirenshou", "ShiLiRenShou@2026", "slrs20260101"),
    *("ｐａｓｓｗｏｒｄ１２３", "servicing2026", "insurance2026", "summer2026!"),
]


@pytest.mark.parametrize("password", TAKEN)
def test_a_long_password_that_nobody_guesses_is_taken(password: str) -> None:
    passwords.check(password, CHEN_YAN)


@pytest.mark.parametrize("password", GUESSED)
def test_a_password_that_is_guessed_soon_is_refused_in_a_sentence(password: str) -> None:
    with refuses(errors.BadUser, match="too easy to guess.*take a longer one"):
        passwords.check(password, CHEN_YAN)


@pytest.mark.parametrize("length", [0, 1, 9, 257, 100_000])
def test_a_password_has_10_to_256_characters(length: int) -> None:
    text = "kQ7xV2mLp Z9wRt sails over the hedge " * 3_000
    with refuses(errors.BadUser, match=f"10 to 256 characters, not {length}$"):
        passwords.check(text[:length], CHEN_YAN)


def test_what_one_person_may_not_take_another_may() -> None:
    passwords.check("chenyan01 sl", Whose("hejing", "何静", "另一家公司"))
    with refuses(errors.BadUser, match="too easy"):
        passwords.check("chenyan01 sl", CHEN_YAN)
