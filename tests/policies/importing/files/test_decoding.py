"""A text file is read in the encoding that it has, or it is refused and says where, or what it may be."""

import codecs
from pathlib import Path

import pytest

from policies import errors
from policies.importing.files import decoding
from policies.importing.files.decoding import Decoded
from policies.importing.files.tables import Reading
from tests.refusals import english

HEADER = "policy_no,client_name"
CHINESE = ("王小明", "周国强", "陈静", "刘建华", "赵敏", "孙丽华")
READING = Reading(country="CN", names=frozenset(["client_name"]))


def table(*names: str) -> str:
    """A file of these people."""
    return "".join([f"{HEADER}\n", *(f"P{at},{name}\n" for at, name in enumerate(names, 1))])


def decoded(folder: Path, content: bytes, reading: Reading = READING) -> Decoded:
    path = folder / "book.csv"
    path.write_bytes(content)
    with path.open("rb") as file:
        found = decoding.encoding_of(path, file, reading)
        assert file.tell() == 0
        return found


def refusal(folder: Path, content: bytes, reading: Reading = READING) -> str:
    """The sentence with which the file is refused, the path before it left away."""
    with pytest.raises(errors.UnreadableFile) as caught:
        decoded(folder, content, reading)
    return english(caught.value).partition(": ")[2]


@pytest.mark.parametrize(
    ("content", "codec"),
    [
        (table("Ilse Brandt").encode(), "utf-8-sig"),
        (table(*CHINESE).encode(), "utf-8-sig"),
        (codecs.BOM_UTF8 + table(*CHINESE).encode(), "utf-8-sig"),
        (table(*CHINESE).encode("utf-16"), "utf-16"),
        (codecs.BOM_UTF16_BE + table(*CHINESE).encode("utf-16-be"), "utf-16"),
        (table(*CHINESE).encode("utf-16-le"), "utf-16-le"),
        (table(*CHINESE).encode("utf-16-be"), "utf-16-be"),
        (table(*CHINESE).encode("utf-32"), "utf-32"),
        (table(*CHINESE).encode("utf-32-be"), "utf-32-be"),
        (table(*CHINESE).encode("utf-32-le"), "utf-32-le"),
        (HEADER.encode("utf-16-le"), "utf-16-le"),
    ],
)
def test_what_a_file_says_itself_is_taken_at_its_word(
    tmp_path: Path, content: bytes, codec: str
) -> None:
    assert decoded(tmp_path, content) == Decoded(codec=codec)


@pytest.mark.parametrize(
    ("country", "codec", "names"),
    [
        ("CN", "gb18030", CHINESE),
        ("TW", "cp950", ("陳怡文", "黃國雄", "張淑華", "劉家銘")),
        ("JP", "cp932", ("森田 さくら", "藤井 ゆうき", "岡本 健")),
        (
            "KR",
            "cp949",
            ("문지현", "배성호", "백은영", "남기훈", "하동균", "차승원", "구본혁", "우지원"),
        ),
        ("FR", "cp1252", ("Frédéric Chénier", "Anaïs Thébault", "Gaël Forêt")),
    ],
)
def test_by_evidence_three_names_are_shown_as_they_are_read(
    tmp_path: Path, country: str, codec: str, names: tuple[str, ...]
) -> None:
    reading = Reading(country=country, names=frozenset(["client_name"]))
    found = decoded(tmp_path, table(*names).encode(codec), reading)
    assert found == Decoded(codec=codec, by_evidence=True, names=names[:3])


@pytest.mark.parametrize("title", ["", "保单清单,,\n,,\n"])
def test_names_stand_under_the_header_that_a_mapping_names(tmp_path: Path, title: str) -> None:
    rows = "".join(f'P{at},"1,200.00",有效,{name}\n' for at, name in enumerate(CHINESE, 1))
    reading = Reading(country="CN", names=frozenset(["投保人"]), header_row=title.count("\n") + 1)
    text = f"{title}保单号,保费,状态,投保人\n{rows}"
    assert decoded(tmp_path, text.encode("gb18030"), reading).names == CHINESE[:3]


def test_names_are_found_in_a_file_whose_lines_end_as_on_an_old_mac(tmp_path: Path) -> None:
    content = table(*CHINESE).replace("\n", "\r").encode("gb18030")
    assert decoded(tmp_path, content).names == CHINESE[:3]


def test_a_quote_that_stays_open_takes_no_other_line_into_a_name(tmp_path: Path) -> None:
    content = table(f'"{CHINESE[0]}', *CHINESE[1:]).encode("gb18030")
    assert decoded(tmp_path, content).names == CHINESE[:3]


@pytest.mark.parametrize("names", [CHINESE, CHINESE[:3]])
@pytest.mark.parametrize("at", [0, 1, 2])
@pytest.mark.parametrize("how", ["left out", "another"])
def test_utf8_with_one_broken_byte_names_its_line_and_reads_nothing_otherwise(
    tmp_path: Path, names: tuple[str, ...], at: int, how: str
) -> None:
    content = table(*names).encode()
    place = content.index(names[1].encode()) + at
    broken = content[:place] + (b"" if how == "left out" else b"?") + content[place + 1 :]
    assert refusal(tmp_path, broken).startswith("line 3 is not UTF-8, the rest is")


def test_the_first_ten_broken_lines_are_named(tmp_path: Path) -> None:
    content = table(*["王小明"] * 40).encode()
    for number in range(20, 40):
        content = content.replace(f"P{number},王".encode(), f"P{number},".encode() + b"\xe7\x8e")
    told = refusal(tmp_path, content)
    assert told.startswith("20 lines are not UTF-8")
    assert "(lines 21, 22, 23, 24, 25, 26, 27, 28, 29, 30)" in told


def test_few_bytes_say_nothing_of_utf8_so_somebody_is_asked(tmp_path: Path) -> None:
    told = refusal(tmp_path, table("王明").encode()[:-2] + b"\n")
    assert "say" in told and "encoding" in told
    assert "the rest is" not in told


def test_the_question_shows_each_reading_with_its_names(tmp_path: Path) -> None:
    told = refusal(tmp_path, table("김민수", "이영희").encode("cp949"))
    for part in ("'cp949' reads '김민수, 이영희'", "'gb18030' reads '"):
        assert part in told


@pytest.mark.parametrize("encoding", ["cp949", "gb18030", "euc_jp"])
def test_a_mapping_answers_the_question(tmp_path: Path, encoding: str) -> None:
    content = table("김민수", "이영희").encode("cp949")
    assert decoded(tmp_path, content, Reading(encoding=encoding)) == Decoded(codec=encoding)


def test_a_byte_order_mark_is_believed_before_a_mapping(tmp_path: Path) -> None:
    content = codecs.BOM_UTF8 + table(*CHINESE).encode()
    assert decoded(tmp_path, content, Reading(encoding="cp932")) == Decoded(codec="utf-8-sig")


@pytest.mark.parametrize("encoding", ["ascii", "utf-8", "cp949", "euc_jp"])
def test_a_line_that_is_not_in_the_mappings_encoding_is_named(
    tmp_path: Path, encoding: str
) -> None:
    content = table("Ilse", "Nora").encode() + b"P3,\xff\xff\n"
    told = refusal(tmp_path, content, Reading(encoding=encoding))
    assert told == f"line 4 cannot be read as '{encoding}'"


def test_a_broken_byte_far_down_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "SNIFF_BYTES", 64)
    monkeypatch.setattr(decoding, "SAMPLE_BYTES", 64)
    content = table(*CHINESE * 20).encode("gb18030") + b"P,\xff\xff\n"
    assert refusal(tmp_path, content) == "line 122 cannot be read as 'gb18030'"


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_whatever_ends_them(tmp_path: Path, line_end: str) -> None:
    content = table(*CHINESE).replace("\n", line_end).encode().replace("陈".encode(), b"\xe9\x99")
    assert refusal(tmp_path, content).startswith("line 4 is not UTF-8")


@pytest.mark.parametrize(
    "content", [b"\x7fELF\x00\x01\x02", b"policy_no\nP001\x00\n", bytes(range(256)) * 64]
)
def test_a_binary_file_is_no_text(tmp_path: Path, content: bytes) -> None:
    assert refusal(tmp_path, content) == "is a binary file, not CSV, JSON lines or a workbook"


@pytest.mark.parametrize(
    ("odd", "is_odd"),
    [
        ("\ue863", True),
        ("\ufffd", True),
        ("\x85", True),
        ("\x1b$B", True),
        ("\U000f0001", True),
        ("\u0378", True),
        ("㐂", False),
        ("𠮷", False),
        ("\U0002ebf0", False),
        ("\u200b", False),
        ("é", False),
        ("\t", False),
    ],
)
def test_characters_that_no_text_has_are_noticed(tmp_path: Path, odd: str, is_odd: bool) -> None:
    assert decoded(tmp_path, table("Ilse", f"x{odd}x").encode()).is_odd == is_odd
    assert bool(decoding.odd().search(odd)) == is_odd


def test_many_lines_with_such_characters_refuse_the_file(tmp_path: Path) -> None:
    told = refusal(tmp_path, table(*["\ue863明"] * 12).encode())
    assert told.startswith("12 lines have characters that no text has")
    assert "(lines 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)" in told
