"""The texts from the command line: what is wrong with them is said in the reader's language."""

from pathlib import Path

import pytest

from tests.acceptance.frontdoor import call

BROKEN = "【示例人寿】{{ 1 // (client_name == 'Specimen') }}"
"""Works for the sample that a plan is checked with, and for no client."""

LOCALES = [
    # the reader's language, what is said of each of two texts, and why one cannot be written
    (
        "en",
        "Error: month_1.sms cannot be written for ",
        "Error: zh_CN/month_4.sms has no signature 【…】 at its beginning or end",
        "cannot be rendered for some clients: ZeroDivisionError in line 1",
    ),
    (
        "zh_CN",
        "错误：month_1.sms 无法为 ",
        "错误：zh_CN/month_4.sms 首尾没有签名【…】",
        "对部分客户无法生成：第 1 行，ZeroDivisionError",
    ),
]


@pytest.fixture
def with_bad_texts(office: Path) -> Path:
    """An office with a text that cannot be rendered, and one without a signature."""
    folder = office / "templates" / "messages" / "zh_CN"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "month_1.sms.txt").write_text(BROKEN, "utf-8")
    (folder / "month_4.sms.txt").write_text("{{ salutation }}，您好。", "utf-8")
    return office


@pytest.mark.parametrize(("locale", "broken", "unsigned", "why"), LOCALES)
def test_a_text_that_is_wrong_is_named_with_what_is_wrong_and_for_whom(
    with_bad_texts: Path, locale: str, broken: str, unsigned: str, why: str
) -> None:
    env = {"SERVICING_SERVICING_LOCALE": locale}
    told = call("templates", "check", cwd=with_bad_texts, env=env)
    lines = told.err.splitlines()
    (one,) = [line for line in lines if line.startswith(broken)]
    assert (told.code, why in one, "…" in one, unsigned in lines) == (1, True, True, True)


@pytest.mark.parametrize(("locale", "broken", "unsigned", "why"), LOCALES)
def test_what_is_wrong_is_text_in_the_document_too(
    with_bad_texts: Path, locale: str, broken: str, unsigned: str, why: str
) -> None:
    env = {"SERVICING_SERVICING_LOCALE": locale}
    told = call("templates", "check", "--format", "json", cwd=with_bad_texts, env=env)
    document = told.document()
    assert list(document) == ["texts", "complaints", "reached"]
    what = {each["template"]: each["what"] for each in document["complaints"]}
    assert why in what["month_1.sms"]
    assert what["zh_CN/month_4.sms"] == ""
    (one, *_) = document["complaints"]
    assert list(one) == ["template", "code", "what", "clients", "examples"]
