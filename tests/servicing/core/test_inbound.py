"""What a message from outside means: the words that end messages, and everything else."""

import pytest

from servicing.core import inbound

LATIN = [
    *("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END"),
    *("QUIT", "REVOKE", "OPTOUT", "TD", "T", "N", "R"),
]
CHINESE = ["退订", "退訂", "拒收", "取消"]
AROUND = [
    "{}",
    " {}\n",
    "{}.",
    "{}!",
    "{}。",
    '"{}"',
    "“{}”",
    "'{}'",
    "「{}」",
    "({})",
    "{}\0",
    "{} 🙏",
]


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("word", LATIN + CHINESE)
def test_a_stop_word_is_one_with_whatever_stands_around_it(word: str, around: str) -> None:
    for written in (word, word.lower(), word.capitalize()):
        assert inbound.meaning_of(around.format(written)) == "stop"


MEANINGS = [
    *[(word, "stop") for word in ("Ｔ", "ＴＤ", "ｔｄ", "ＳＴＯＰ", "Ⓣ")],
    *[
        (word, "stop")
        for word in ("退 订", "退-订", "T D", "S.T.O.P", "stop all", "opt-out", "opt out")
    ],
    *[
        (word, "stop")
        for word in ("回复TD", "回复 T", "回复“退订”", "请回复R", "回T", "reply STOP")
    ],
    *[
        (word, "stop")
        for word in ("TD退订", "T退订", "回复TD退订", "回T拒收", "\ud800TD", "td\u200b")
    ],
    *[(word, "start") for word in ("START", "start", " Start. ", "“START”", "ＳＴＡＲＴ")],
    *[
        (word, "reply")
        for word in ("", "  ", "!", "HELP", "Yes", "好的", "回复", "TDX", "T1", "12")
    ],
    *[
        (word, "reply")
        for word in ("stop it", "Please do not stop", "not", "N R", "no", "R U there")
    ],
    *[
        (word, "reply")
        for word in ("What does it cost to cancel?", "End of May suits me", "the end")
    ],
    *[
        (word, "reply")
        for word in ("不退订", "退订吗", "取消退订", "取消预约", "NN", "stop stopping")
    ],
    *[(word, "stop") for word in ("退订 退订", "STOP STOP STOP", "td, td")],
    ("不要退订，请联系我", "reply"),
    *[(word, "reply") for word in ("restart", "start again", "回复START", "重新开始")],
]


@pytest.mark.parametrize(("body", "meaning"), MEANINGS)
def test_a_further_word_makes_it_a_reply(body: str, meaning: str) -> None:
    assert inbound.meaning_of(body) == meaning


TEXTS = [
    ("好的", "好的"),
    ("a\0b", "ab"),
    ("a\ud800b", "a\ufffdb"),
    ("\udfff\ud800", "\ufffd\ufffd"),
    ("🙏", "🙏"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "kept"), TEXTS)
def test_what_is_kept_can_be_kept(text: str, kept: str) -> None:
    assert inbound.storable(text) == kept
    assert inbound.storable(text).encode().decode() == kept
