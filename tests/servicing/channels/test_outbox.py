"""The outbox: one readable file for every message, whole or not at all."""

import contextlib
import os
import resource
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from servicing.channels import Accepted, Lookup, Rejected
from servicing.channels.outbox import Outbox
from tests.servicing import letters


def files(home: Path) -> list[str]:
    """Every file under the outbox."""
    outbox = home / "outbox"
    return sorted(each.relative_to(outbox).as_posix() for each in outbox.rglob("*.*"))


def head_and_body(path: Path) -> tuple[dict[str, str], str]:
    head, _, body = path.read_text("utf-8").partition("\n\n")
    return dict(line.split(": ", 1) for line in head.splitlines()), body


def test_a_message_becomes_a_file_of_its_day_and_channel(tmp_path: Path) -> None:
    answer = Outbox(tmp_path).send(letters.to_lin_wei())
    assert answer == Accepted("2025-09-30/sms/000000007-month_1.txt")
    assert files(tmp_path) == ["2025-09-30/sms/000000007-month_1.txt"]


def test_the_file_tells_an_operator_what_it_is_and_shows_the_words(tmp_path: Path) -> None:
    letter = letters.to_lin_wei(channel="email", subject="满一个月了", body="林伟先生：\n\n您好。")
    answer = Outbox(tmp_path).send(letter)
    assert isinstance(answer, Accepted)
    head, body = head_and_body(tmp_path / "outbox" / answer.ref)
    assert head == {
        "Message": "7",
        "To": "+12025550111",
        "Channel": "email",
        "Class": "service",
        "Touchpoint": "month_1",
        "Template": "zh_CN/month_1",
        "Client": "C001",
        "Policy": "…0001",
        "Signed-By": "陈燕",
        "For": "2025-09-30",
        "Size": "10 characters, UCS-2, 1 part(s)",
        "Subject": "满一个月了",
    }
    assert body == "林伟先生：\n\n您好。\n"


def test_every_message_has_a_file_of_its_own(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    for number in range(1, 6):
        outbox.send(letters.to_lin_wei(id=number, body=f"第{number}条"))
    found = files(tmp_path)
    assert found == [f"2025-09-30/sms/{number:09}-month_1.txt" for number in range(1, 6)]
    for number, name in enumerate(found, 1):
        assert f"第{number}条" in (tmp_path / "outbox" / name).read_text("utf-8")


def test_a_message_handed_over_twice_is_one_file(tmp_path: Path) -> None:
    letter = letters.to_lin_wei()
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: Outbox(tmp_path).send(letter), range(20)))
    assert Accepted("2025-09-30/sms/000000007-month_1.txt") in answers
    assert [name for name in files(tmp_path) if name.endswith(".txt")] == [
        "2025-09-30/sms/000000007-month_1.txt"
    ]


def test_it_finds_what_it_wrote_and_nothing_else(tmp_path: Path) -> None:
    letter = letters.to_lin_wei()
    assert Outbox(tmp_path).find(letter) == Lookup("absent")
    Outbox(tmp_path).send(letter)
    assert Outbox(tmp_path).find(letter) == Lookup(
        "found", ("2025-09-30/sms/000000007-month_1.txt",)
    )
    assert Outbox(tmp_path).find(letters.to_lin_wei(id=8)) == Lookup("absent")


def test_what_was_half_written_when_it_crashed_is_not_there(tmp_path: Path) -> None:
    folder = tmp_path / "outbox" / "2025-09-30" / "sms"
    folder.mkdir(parents=True)
    (folder / "000000007-month_1.part").write_text("Message: 7\nTo: +12", "utf-8")
    outbox, letter = Outbox(tmp_path), letters.to_lin_wei()
    assert outbox.find(letter) == Lookup("absent")
    outbox.send(letter)
    assert files(tmp_path) == ["2025-09-30/sms/000000007-month_1.txt"]


@contextlib.contextmanager
def a_disk_with_room_for(count: int) -> Iterator[None]:
    """No file grows beyond `count` bytes: a write breaks off half-way, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (count, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_file_that_cannot_be_written_whole_is_not_written(tmp_path: Path) -> None:
    outbox, letter = Outbox(tmp_path), letters.to_lin_wei(body="林伟" * 9_000)
    with a_disk_with_room_for(10_000):
        answer = outbox.send(letter)
    assert isinstance(answer, Rejected)
    assert answer.kind == "configuration"
    assert outbox.find(letter) == Lookup("absent")
    assert isinstance(outbox.send(letter), Accepted)
    assert files(tmp_path) == ["2025-09-30/sms/000000007-month_1.txt"]


def test_where_the_folder_should_be_there_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("", "utf-8")
    answer = Outbox(tmp_path).send(letters.to_lin_wei())
    assert isinstance(answer, Rejected)
    assert answer.kind == "configuration"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_where_the_folder_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "outbox").mkdir(mode=0o500)
    answer = Outbox(tmp_path).send(letters.to_lin_wei())
    assert isinstance(answer, Rejected)
    assert answer.kind == "configuration"


def test_an_outbox_that_was_emptied_meanwhile_is_made_again(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    outbox.send(letters.to_lin_wei())
    (tmp_path / "outbox").rename(tmp_path / "sent")
    assert isinstance(outbox.send(letters.to_lin_wei(id=8)), Accepted)
    assert files(tmp_path) == ["2025-09-30/sms/000000008-month_1.txt"]


FROM_THE_BOOK = ["agent_name", "client_no", "policy_tail", "address", "subject"]


def test_a_line_break_in_the_book_cannot_begin_another_header(tmp_path: Path) -> None:
    for name in FROM_THE_BOOK:
        for line_break in ("\n", "\r", "\r\n", "\u2028"):
            letter = letters.to_lin_wei(**{name: f"x{line_break}Bcc: +8613800138000"})
            answer = Outbox(tmp_path).send(letter)
            assert isinstance(answer, Accepted)
            text = (tmp_path / "outbox" / answer.ref).read_bytes().decode()
            head = text.partition("\n\n")[0].splitlines()
            assert "Bcc" not in [line.partition(":")[0] for line in head], (name, line_break)
