"""What a text offers as a way out, and what nobody would understand of it."""

from pathlib import Path

import pytest

from servicing.core.i18n import shipped_templates
from servicing.core.settings import Texts
from servicing.messages.ways_out import not_understood

OFFERS: list[tuple[str, list[str]]] = [
    # a text -> the words that it offers and that are none
    ("Reply STOP to opt out.", []),
    ("Reply UNSUBSCRIBE to opt out.", []),
    ("Reply LEAVE to opt out.", ["LEAVE"]),
    ("To opt out, reply LEAVE.", ["LEAVE"]),
    ("To unsubscribe from news please text NOMORE", ["NOMORE"]),
    ("Reply with “HALT” to stop these messages", ["HALT"]),
    ("Text EXIT to 12345 to opt out", ["EXIT"]),
    ("Text STOP to 12345 to opt out", []),
    ("Reply YES to come, STOP to end.", []),
    ("Reply YES to come, EXIT to stop.", ["EXIT"]),
    ("拒收请回复R", []),
    ("退订回T", []),
    ("回复TD退订", []),
    ("退订请回复0000", ["0000"]),
    ("回复Q退订", ["Q"]),
    ("退订回复“不要”", ["不要"]),
    # no offer of a way out
    ("Reply or call us if you want to stop", []),
    ("Reply YES to confirm your visit.", []),
    ("If you want to cancel your policy, reply to this email", []),
    ("如需取消预约，请回复本短信", []),
    ("请回复您的地址。", []),
]


@pytest.mark.parametrize(("body", "words"), OFFERS)
def test_an_offer_is_a_word_that_is_understood(body: str, words: list[str]) -> None:
    assert not_understood(body) == words


NAMED = [
    # what the settings take for a way out -> what is wrong with "Call us or send EXIT. 退出"
    (("EXIT",), ["EXIT"]),
    (("退出",), ["退出"]),
    (("STOP", "unsubscribe"), []),
    (("call us or send",), []),
    (("HALT",), []),
]


@pytest.mark.parametrize(("words", "wrong"), NAMED)
def test_a_way_out_of_the_settings_is_understood_too(
    words: tuple[str, ...], wrong: list[str]
) -> None:
    assert not_understood("Call us or send EXIT. 退出", words) == wrong


SHIPPED = sorted((shipped_templates() / "messages").glob("*/*.txt"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_text_of_ours_offers_what_is_understood(path: Path) -> None:
    assert not_understood(path.read_text("utf-8"), Texts().opt_out) == []
