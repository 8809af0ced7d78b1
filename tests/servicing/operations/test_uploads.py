"""What came of an uploaded file, as it is read again."""

from pathlib import Path

import pytest

from policies.notices import Notice, notice
from servicing.core import i18n
from servicing.operations import pending, upload_results
from servicing.operations.upload_results import Result

NESTED = notice(
    "bad_setting",
    where="mapping",
    why=[notice("not_a_table", key="[columns]"), notice("at_key", key="a", why=Notice("is_empty"))],
    known=["one", "two"],
)


def test_notices_in_a_notice_are_notices_again(tmp_path: Path) -> None:
    """One, or several in a list."""
    result = Result(
        name="7",
        file="book.csv",
        kind="policies",
        joined_on="2026-05-11",
        at="2026-05-11T09:00:00+08:00",
        by="jing",
        dry_run=False,
        counts={"rejected": 0},
        warnings=[NESTED],
    )
    folder = tmp_path / pending.FOLDER
    folder.mkdir()
    upload_results.keep(folder, result, folder / "none.csv")
    assert upload_results.result(tmp_path, "7") == result
    (kept,) = result.warnings
    assert "; " in i18n.sentence(kept, "en")


def test_a_warning_that_an_earlier_version_kept_is_told_in_todays_words() -> None:
    kept = upload_results._notice({"code": "read_as_gb18030", "facts": {}})
    assert i18n.sentence(kept, "en").startswith("the file is not UTF-8 and was read as 'gb18030'")


BEFORE = [
    ("unusable_phones", {"count": 2}, "2 phone numbers are invalid"),
    ("client_described_twice", {"count": 2}, "2 rows describe their client differently"),
    ("agent_described_twice", {"count": 2}, "2 rows describe their agent differently"),
    ("not_an_amount", {}, "an amount such as 1234.50 was expected"),
]


@pytest.mark.parametrize("locale", i18n.locales())
@pytest.mark.parametrize(("code", "facts", "beginning"), BEFORE)
def test_a_warning_of_an_earlier_version_that_names_no_lines_can_be_read(
    code: str, facts: dict[str, int], beginning: str, locale: str
) -> None:
    told = i18n.sentence(upload_results._notice({"code": code, "facts": facts}), locale)
    assert told.startswith(beginning) or locale != "en"
