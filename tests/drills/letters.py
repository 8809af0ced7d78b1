"""The letters in the outbox: each is there once, and the card tells of it once."""

import re
from pathlib import Path

from tests.acceptance import tables
from tests.acceptance.tables import Tables

TOKEN = re.compile(r"(?<=^Reference: )[a-z2-7]{8}-", re.M)


def letters(home: Path) -> dict[int, str]:
    """The files of the outbox, by the message's id; a draft left behind or a second file fails.

    The token of the book is left out of the reference: each workspace has one of its own.
    """
    files = [path for path in (home / "outbox").rglob("*") if path.is_file()]
    found = {int(path.name[:9]): TOKEN.sub("", path.read_text("utf-8")) for path in files}
    assert len(found) == len(files), "a message has two files"
    return found


def assert_each_left_once(found: Tables, ids: set[int] | object) -> None:
    states = {row["id"]: row["state"] for row in found["message"] if row["id"] in ids}
    assert set(states.values()) == {"accepted"}
    told = tables.told(found, "message.accepted")
    assert len(told) == len(set(told)) == len(states), "the card tells of each message once"
