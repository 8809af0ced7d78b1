"""The words of the synthetic book: names, cities, products and telephone numbers.

Everything here is data and the few lines that unfold it, draw from it and write it down. A weighted
list is a pool in which a word stands as often as it weighs, so that drawing is one index into it,
however uneven the odds.
"""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from itertools import product
from random import Random
from typing import NamedTuple, TypeVar

T = TypeVar("T")


def listed(words: str) -> tuple[str, ...]:
    """Unfold `"王 李"` into 王 李."""
    return tuple(words.split())


def pool(weighted: str) -> tuple[str, ...]:
    """Unfold `"王 3 李 2"` into 王 王 王 李 李."""
    words = weighted.split()
    return tuple(
        word
        for word, weight in zip(words[::2], words[1::2], strict=True)
        for _ in range(int(weight))
    )


def pick(rng: Random, pool: Sequence[T]) -> T:
    """One of `pool`, in a third of the time that Random.choice takes."""
    return pool[int(len(pool) * rng.random())]


def money(fen: int) -> str:
    """An amount as the book writes it: 123456 fen are 1234.56."""
    return f"{fen // 100}.{fen % 100:02d}"


# A day as the book writes it. Ninety years fit: a book writes few dates, often.
iso = lru_cache(maxsize=1 << 15)(date.isoformat)


# Per thousand of the population, after the household register; the long tail is cut short.
FAMILY_NAMES = pool(
    "王 72 李 71 张 68 刘 54 陈 45 杨 31 赵 23 黄 22 周 21 吴 20 徐 17 孙 15 胡 13 朱 13 马 13 "
    "高 12 林 12 何 12 郭 11 罗 9 梁 8 宋 8 郑 8 谢 7 韩 7 唐 7 冯 6 于 6 董 6 萧 5 程 5 曹 5 "
    "袁 5 邓 5 许 5 傅 5 沈 5 曾 5 彭 5 吕 5 苏 4 卢 4 蒋 4 蔡 4 贾 4 丁 4 魏 4 薛 4 叶 4 阎 4 "
    "余 4 潘 4 杜 4 戴 3 夏 3 钟 3 汪 3 田 3 任 3 姜 3 范 3 方 3 石 3 姚 3 谭 3 廖 3 邹 3 熊 3 "
    "金 3 陆 3 郝 3 孔 2 白 2 崔 2 康 2 毛 2 邱 2 秦 2 江 2 史 2 顾 2 侯 2 邵 2 孟 2 龙 2 万 2 "
    "段 2 雷 2 钱 2 汤 2 尹 2 黎 2 易 2 常 2 武 2 乔 2 贺 2 赖 2 龚 2 文 2 欧阳 1 上官 1 司马 1 "
    "诸葛 1 夏侯 1 皇甫 1"
)


def _given(singles: str, firsts: str, seconds: str) -> tuple[str, ...]:
    """Given names of one generation: pairs of characters, and single ones about half as often."""
    pairs = tuple(a + b for a, b in product(firsts, seconds) if a != b)
    return pairs + tuple(singles) * (len(pairs) // (2 * len(singles)))


# By gender: born before 1965, before 1985, later.
GIVEN_NAMES = {
    "M": (
        _given("刚平生", "建志德文永国明金", "国军华民平生林强"),
        _given("伟强勇军磊涛斌超鹏杰辉刚", "志建晓海文俊国少", "伟强明军东峰华勇"),
        _given("浩宇轩博睿晨", "子浩宇俊泽一嘉思", "轩然涵宇辰杰豪睿"),
    ),
    "F": (
        _given("兰英珍", "秀桂玉淑凤美月春", "英兰珍芳华梅云琴"),
        _given("芳娜敏静丽艳娟霞燕红玲婷", "晓丽海雪春小文慧", "燕红梅霞丽萍玲琴"),
        _given("婷悦颖雪倩", "欣梓雨思诗佳紫可", "怡涵桐妍萱琪瑶欣"),
    ),
}
ENGLISH_FAMILY_NAMES = listed(
    "Smith Johnson Williams Brown Jones Miller Davis Wilson Anderson Taylor Thomas Moore Martin "
    "Thompson White Harris Clark Lewis Robinson Walker Young King Wright Scott Green Baker Adams "
    "Nelson Carter Mitchell Roberts Turner Phillips Campbell Parker Evans Edwards Collins"
)
ENGLISH_GIVEN_NAMES = {
    "M": listed(
        "James Robert John Michael David William Richard Joseph Thomas Christopher Daniel "
        "Matthew Anthony Mark Steven Andrew Paul Joshua Kevin Brian George Edward"
    ),
    "F": listed(
        "Mary Patricia Jennifer Linda Elizabeth Barbara Susan Jessica Sarah Karen Lisa Nancy "
        "Sandra Ashley Emily Kimberly Donna Michelle Carol Amanda Melissa Deborah"
    ),
}


def given_name(gender: str, born: int, draw: float) -> str:
    """A given name such as parents chose in the year `born`; `draw` lies in [0, 1)."""
    names = GIVEN_NAMES[gender][0 if born < 1965 else 1 if born < 1985 else 2]
    return names[int(draw * len(names))]


# One branch each. A company with more branches than cities begins again: 北京第2分公司.
CITIES = listed(
    "北京 上海 广州 深圳 成都 杭州 重庆 武汉 西安 苏州 天津 南京 长沙 郑州 东莞 青岛 沈阳 宁波 "
    "昆明 合肥 济南 佛山 福州 厦门 哈尔滨 长春 大连 石家庄 南宁 贵阳 南昌 太原 无锡 温州 泉州 "
    "常州 烟台 嘉兴 南通 金华 珠海 惠州 徐州 海口 乌鲁木齐 绍兴 中山 台州 兰州 潍坊 保定 镇江 "
    "扬州 桂林 唐山 三亚 湖州 呼和浩特 廊坊 洛阳 威海 盐城 临沂 江门 汕头 泰州 漳州 邯郸 济宁 "
    "芜湖 淄博 银川 柳州 绵阳 湛江 鞍山 赣州 大庆 宜昌 包头"
)
TEAMS = ("一部", "二部", "三部", "四部", "五部", "六部")

TIMEZONES = (
    "Asia/Hong_Kong",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Europe/London",
    "America/New_York",
    "America/Los_Angeles",
    "Australia/Sydney",
)

# Geographic area codes in service in the United States.
AREA_CODES = listed(
    "201 202 203 205 206 207 208 209 210 212 213 214 215 216 217 218 219 224 225 228 229 231 234 "
    "239 240 248 251 252 253 254 256 260 262 267 269 270 276 281 301 302 303 304 305 307 308 309 "
    "310 312 313 314 315 316 317 318 319 320 321 323 325 330 331 334 336 337 339 347 351 352 360 "
    "361 385 386 401 402 404 405 406 407 408 409 410 412 413 414 415 417 419 423 424 425 430 432 "
    "434 435 440 443 469 470 475 478 479 480 484 501 502 503 504 505 507 508 509 510 512 513 515 "
    "516 517 518 520 530 540 541 551 559 561 562 563 567 570 571 573 574 575 580 585 586 601 602 "
    "603 605 606 607 608 609 610 612 614 615 616 617 618 619 620 623 626 630 631 636 641 646 650 "
    "651 657 660 661 662 678 681 682 701 702 703 704 706 707 708 712 713 714 715 716 717 718 719 "
    "720 724 727 731 732 734 740 747 754 757 760 762 763 765 769 770 772 773 774 775 779 781 785 "
    "786 801 802 803 804 805 806 808 810 812 813 814 815 816 817 818 828 830 831 832 843 845 847 "
    "848 850 856 857 858 859 860 862 863 864 865 870 872 878 901 903 904 906 907 908 909 910 912 "
    "913 914 915 916 917 918 919 920 925 928 931 936 937 938 940 941 947 949 951 952 954 956 970 "
    "971 972 973 978 979 980 985 989"
)


def phone_number(index: int) -> str:
    """A number that can never ring: 555-0100 to 555-0199 is reserved for fiction.

    Consecutive indexes, negative ones too, give different numbers until the range is used up,
    which is after 28,400; then they come round again.
    """
    line, area = divmod(index, len(AREA_CODES))
    return f"+1{AREA_CODES[area]}55501{line % 100:02d}"


class Product(NamedTuple):
    """One product of the shelf, priced at so much for 1,000 of sum assured."""

    name: str
    weight: int  # its share of sales, in percent
    terms: tuple[int, ...]  # years over which premiums may be paid; the last is the longest
    covers_years: int  # the policy matures after these; 0 = whole life
    lump: bool  # may be paid in a single premium
    sums: tuple[int, ...]  # sums assured on offer, in units of 10,000
    rate: float  # yearly premium per 1,000 at age 30, paid over 20 years
    ageing: float  # by how much a year of age multiplies the rate


_PRODUCTS = (
    Product("康佑重疾险", 26, (10, 20, 30), 0, False, (10, 20, 30, 50), 16.0, 1.040),
    Product("医享保长期医疗险", 20, (20,), 20, False, (100, 200, 400), 0.3, 1.035),
    Product("传家终身寿险", 18, (5, 10, 20), 0, True, (10, 20, 50, 100), 18.0, 1.020),
    Product("金满年年年金险", 14, (5, 10), 0, True, (5, 10, 20, 50), 50.0, 1.002),
    Product("福满两全险", 14, (5, 10), 10, True, (5, 10, 20), 44.0, 1.004),
    Product("安心定期寿险", 8, (20, 30), 30, False, (50, 100, 150, 200), 1.6, 1.070),
)
PRODUCTS = tuple(item for item in _PRODUCTS for _ in range(item.weight))

# What one premium costs against one of twenty yearly ones: fewer premiums, each of them larger.
TERM_LOADING = {1: 14.5, 5: 3.5, 10: 1.8, 20: 1.0, 30: 0.78}
