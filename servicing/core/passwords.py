"""Which passwords are taken: long enough, and not among the first that somebody would guess.

zxcvbn estimates how many guesses a password stands, by lists of common passwords and words, by the
keyboard, dates, repeats and letters written as digits. It is told of words that it does not know: those
of this account and company, and what people in China take for a password.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from servicing.core import errors
from servicing.core.hashing import LONGEST_PASSWORD

SHORTEST_PASSWORD = 10

GUESSES = 100_000_000
"""A password stands at least so many: a hundred years of those that are let through for an account."""

JUDGED = 72
"""Characters that are judged: to judge more takes long, and so much is enough."""

SHORTEST_WORD = 3

_HABITS = """
    woaini aini wozuiaini woaiwojia woaizhongguo wobuzhidao woshishui wodemima mima mima123 nishishui
    woaimama woaibaba wodejia yishengyishi yongyuan tiancai shengri kuaile xingfu pingan jixiang
    ruyi facai gongxi fuguannianhua zhongguo china beijing shanghai guangzhou shenzhen hangzhou
    nanjing chengdu chongqing wuhan xian tianjin suzhou qingdao dalian shenyang changsha zhengzhou
    baoxian renshou baodan kehu yewuyuan daili gongsi fuwu shouxian dailiren guanliyuan xitong
    wang wei li zhang liu chen yang huang zhao wu zhou xu sun ma zhu hu guo he lin gao luo zheng liang
    xie tang deng feng cao peng zeng xiao tian dong pan yuan cai jiang jia ding fang shen jing jun
    jie ming qiang lei yan fei hong hua hui juan min ping xin xiu ying yong yu li na tao bo bin chao
    hao kai peng rui ting wen xue zhi 520 521 1314 5201314 1314520 201314 666 888 168 8888 6666
    woaini1314 woaini520 woaini1314520 1qaz 2wsx 3edc 4rfv 1qaz2wsx 1qaz2wsx3edc 1qaz@wsx 3edc$rfv
    qwer asdf zxcv qazwsx qazwsxedc admin@123 huawei@123 abc@123 aa123456 a123456 qq123456 q1w2e3
    servicing insurance policy
"""
HABITS = _HABITS.split()
"""Words and keys, and common syllables of names."""


@dataclass(frozen=True)
class Whose:
    """What a stranger would try of a person first."""

    login: str
    name: str = ""
    company: str = ""


def check(password: str, whose: Whose) -> None:
    """Raises `BadUser` for a password that is too short, too long, or guessed too easily."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise errors.BadUser(
            "bad_password",
            shortest=SHORTEST_PASSWORD,
            longest=LONGEST_PASSWORD,
            length=len(password),
        )
    if guesses(password, whose) < GUESSES:
        raise errors.BadUser("weak_password")


def guesses(password: str, whose: Whose) -> float:
    """About how many guesses it stands, also without the words of its owner.

    Capitals and full-width letters make it no harder.
    """
    plain = _plain(password)
    words = {_plain(each) for each in _words(whose)}
    others = plain
    for word in sorted(words, key=len, reverse=True):
        others = others.replace(word, "")
    return min(_judged(each, words) for each in {plain, others})


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()


def _judged(password: str, words: Iterable[str]) -> float:
    if not password:
        return 0
    from zxcvbn import zxcvbn  # its lists are read where somebody chooses a password

    told = zxcvbn(password[:JUDGED], user_inputs=[*words, *HABITS])
    return float(told["guesses"])


def _words(whose: Whose) -> Iterator[str]:
    """Login, name and company; Chinese ones also as they are typed: 示例人寿, shilirenshou, slrs."""
    from pypinyin import Style, lazy_pinyin  # a third of a second, for the same reason

    for text in (whose.login, whose.name, whose.company):
        syllables = lazy_pinyin(text)
        initials = "".join(lazy_pinyin(text, style=Style.FIRST_LETTER))
        spoken = ("".join(syllables), "".join(syllables[1:] + syllables[:1]), initials)
        for word in [text, *spoken, *text.split(), *syllables]:
            if len(word) >= SHORTEST_WORD:
                yield word
